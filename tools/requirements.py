#!/usr/bin/env python3
"""Which requirement is shown by which test: collects the tags `covers: R001, R002` from the tests.

    tools/requirements.py            the table; - marks a requirement without a test
    tools/requirements.py --quiet    only what is wrong: a tag that names no requirement
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLES = ROOT.parent / "shared/domain/requirements.md"
LAST = 265

TAG = re.compile(r"\bcovers:(.*)")
ID = re.compile(r"R[0-9]+")
LIST = re.compile(r"\s*R[0-9]{3}([\s,]+R[0-9]{3})*\b")


def tests():
    for path in sorted([*ROOT.glob("test/**/*"), *ROOT.glob("src/**/*_test.c")]):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def collect():
    """The places of each tag, and what is wrong with tags."""
    places, wrong = defaultdict(list), []
    known = {f"R{n:03d}" for n in range(1, LAST + 1)}
    for path in tests():
        name = path.relative_to(ROOT)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for tag in TAG.finditer(line):
                listed = LIST.match(tag[1])
                ids = ID.findall(listed[0]) if listed else []
                if not ids or ID.findall(tag[1]) != ids:
                    wrong.append(f"{name}:{number}: not a list like R001, R002: {tag[0].strip()}")
                for unknown in sorted(set(ids) - known):
                    wrong.append(f"{name}:{number}: {unknown} is no requirement (R001 to R{LAST})")
                for known_id in set(ids) & known:
                    places[known_id].append((str(name), number))
    return places, wrong


def titles():
    if not TITLES.is_file():
        return {}
    rows = re.findall(r"^\| (R[0-9]{3}) \|[^|]*\| ([^|]*?) \|", TITLES.read_text(encoding="utf-8"), re.M)
    return dict(rows)


def where(found):
    """test/a.py:3,9 test/b.py:1"""
    by_file = defaultdict(list)
    for name, number in found:
        by_file[name].append(str(number))
    return " ".join(f"{name}:{','.join(numbers)}" for name, numbers in by_file.items())


def main():
    places, wrong = collect()
    if "--quiet" not in sys.argv:
        title = titles()
        for n in range(1, LAST + 1):
            key = f"R{n:03d}"
            print(f"{key}  {title.get(key, '')[:60]:60}  {where(places[key]) if key in places else '-'}".rstrip())
        print(f"{len(places)} of {LAST} requirements have a covering test")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
