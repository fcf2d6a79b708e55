#!/usr/bin/env python3
"""Compares the branches of the benefit engine that no test reached with those docs/coverage.md names.

A branch is known by file, function and source text, so that a line may move; each row of the page says how
many branches of that line are missing. Fails on a branch that the page does not name, and on a row whose
branches were reached or are gone: the page says what is so.
usage: tools/check_branches.py GCOVR.json [ROOT]   (ROOT is for the self-test)
"""
import json
import re
import sys
from collections import Counter
from pathlib import Path

ENGINE = "src/engine/benefit/"
ROW = re.compile(r"^\| `([^`]+)` \| `(\w+)\(\)` \| `([^`]+)` \| (\d+) \|")


def missing(report, root):
    """(file, function, text) -> branches never taken, and how many branches there are."""
    found, total = Counter(), 0
    for file in report["files"]:
        path = file["file"]
        if not path.startswith(ENGINE):
            continue
        source = (root / path).read_text(encoding="utf-8").splitlines()
        functions = sorted((f["lineno"], f["name"]) for f in file["functions"])
        for line in file["lines"]:
            number = line["line_number"]
            total += len(line["branches"])
            never = sum(branch["count"] == 0 for branch in line["branches"])
            if never:
                function = [name for first, name in functions if first <= number][-1]
                found[path[len(ENGINE):], function, source[number - 1].strip()] += never
    return found, total


def named(page):
    rows = (ROW.match(line) for line in page.read_text(encoding="utf-8").splitlines())
    return Counter({row.group(1, 2, 3): int(row[4]) for row in rows if row})


def main(report, root="."):
    root = Path(root)
    found, total = missing(json.loads(Path(report).read_text(encoding="utf-8")), root)
    known = named(root / "docs/coverage.md")
    if not total:
        return f"{report}: nothing was measured of {ENGINE}"
    bad = []
    for key in sorted(found.keys() | known.keys()):
        file, function, text = key
        if found[key] != known[key]:
            bad.append(f"{ENGINE}{file}: {function}(): `{text}`: {found[key]} branches not reached, "
                       f"docs/coverage.md names {known[key]}")
    reached = total - sum(found.values())
    print(f"benefit engine: {reached} of {total} branches ({100 * reached / total:.1f} %), "
          f"{sum(known.values())} named in docs/coverage.md")
    return "\n".join(bad)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]) or 0)
