#!/usr/bin/env python3
"""Reads what tools/test.sh left in build/, shows what failed and why, what was skipped and why, and counts.

Builds and checks count one each (*.steps: lines `ok NAME`, `not ok NAME`), tests that speak TAP one for each
of their cases, other tests one each. A test that fails outside its cases counts as one failure more.
The last line is `N passed, N failed`, with `, N skipped` when there are any.
"""
import json
import re
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build"
BUILDS = ("release", "asan", "clang")
OUTPUT_LINES_MAX = 200

CASE = re.compile(r"^(ok|not ok)\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(SKIP\S*|TODO)\b\s*(.*))?", re.I)


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add(self, name, result, why=""):
        if result == "pass":
            self.passed += 1
        else:
            (self.failed if result == "fail" else self.skipped).append((name, why))


def read_steps(count):
    for path in (BUILD / "build.steps", BUILD / "check.steps"):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        found = re.findall(r"^(ok|not ok) (.*)\n((?:    .*\n)*)", text, re.M)
        if not found:
            count.add(path.name, "fail", "no step was taken")
        for ok, name, why in found:
            count.add(name, "pass" if ok == "ok" else "fail", why)


def cases(stdout):
    """The cases of a test that speaks TAP: name, result, reason. None when it does not."""
    if not re.search(r"^\s*1\.\.\d", stdout, re.M):
        return None
    found = []
    for line in stdout.splitlines():
        case = CASE.match(line)
        if case:
            result = "fail" if case[1].lower() == "not ok" else "skip" if case[3] else "pass"
            found.append((case[2].strip(), result, case[4] or ""))
    return found


def output(run):
    lines = (run.get("stdout", "") + run.get("stderr", "")).splitlines()
    cut = len(lines) - OUTPUT_LINES_MAX
    return "\n".join(([f"({cut} lines before these)"] if cut > 0 else []) + lines[-OUTPUT_LINES_MAX:])


def read_run(count, name, run):
    found = cases(run.get("stdout", ""))
    failing = run["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")
    if found is None:
        result = "fail" if failing else "skip" if run["result"] == "SKIP" else "pass"
        count.add(name, result, output(run))
        return
    if not found and not failing:
        count.add(name, "fail", "it ran no case")
    why = output(run)
    for case, result, reason in found:
        count.add(f"{name}: {case}", result, why if result == "fail" else reason)
        if result == "fail":
            why = "(see above)"
    if failing and not any(result == "fail" for _, result, _ in found):
        count.add(name, "fail", f"{run['result']}, exit status {run['returncode']}\n{why}")


def read_tests(count):
    for build in BUILDS:
        log = BUILD / build / "meson-logs/testlog.json"
        if not log.is_file():
            count.add(f"{build} tests", "fail", "no test was run")
            continue
        for line in log.read_text(encoding="utf-8").splitlines():
            run = json.loads(line)
            read_run(count, f"{build} {run['name'].removeprefix('gongji:').replace(' / ', '/')}", run)


def main():
    count = Count()
    read_steps(count)
    read_tests(count)
    for name, why in count.skipped:
        print(f"skipped {name}: {why.strip().splitlines()[-1] if why.strip() else 'no reason given'}")
    for name, why in count.failed:
        print(f"\nFAILED {name}\n{why}".rstrip())
    if count.failed:
        print("\nfailed:", *(f"  {name}" for name, _ in count.failed), sep="\n")
    tail = f", {len(count.skipped)} skipped" if count.skipped else ""
    print(f"\n{count.passed} passed, {len(count.failed)} failed{tail}")
    return 1 if count.failed else 0


sys.exit(main())
