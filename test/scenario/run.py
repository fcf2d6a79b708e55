#!/usr/bin/python3
"""Settle the bills of the scenarios with the program and compare every figure an auditor worked out by hand.

    run.py [--gongji PATH] [--oracle] [FILE ...]    one line a scenario, ok or FAIL; exit 1 when one failed
    run.py --clauses                                the kinds of rule that have a scenario, and those that have none

PATH is the program (or set GONGJI); --oracle takes test/oracle/oracle.py instead.

A scenario:

    scenario: title
    rule_kinds: [A1, F1]
    pack: packs/ningde
    basis: where the rule comes from
    steps:
      - bill: {bill: B1, person: {...}, provider: {...}, visit: {...}, lines: [...]}
        pack: another pack for this bill only (optional)
        expect: {status: settled, deductible: 500.00, funds: {hifp_pay: 41175.00}, layers: {pool: {paid: 41175.00}}}
        why: the arithmetic
    differences:
      - {of: [B2, B1], expect: {fund_total: 100.00}, why: ...}     # B2 less B1

Bills are settled in the order of the steps, in one run for each pack. `funds` names all national fields with a payment; the other
parts of `expect` name only what is to be compared. `parts` is a list of expectations for a stay settled in parts.
A scenario with `pack_is_wrong: words` has bills without expectation: the pack must be refused with these words.
`explain` compares steps of the explanation: {pool: {deductible_nominal: 500.00}}; `text` words that must occur in it.
Numbers are never read as binary fractions: an amount stays the text it is until it becomes a Decimal.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KINDS = {"A": range(1, 14), "B": range(0, 14), "C": range(1, 3), "D": range(1, 10), "E": range(1, 8), "F": range(1, 13),
         "G": range(1, 12), "H": range(1, 20), "I": range(1, 10), "J": range(1, 8), "K": range(1, 6), "L": range(1, 14),
         "M": range(1, 16), "P": range(1, 8), "S": range(1, 7), "Y": range(1, 5)}
SCENARIO_KEYS = {"scenario", "covers", "rule_kinds", "pack", "pack_is_wrong", "basis", "note", "steps", "differences"}
STEP_KEYS = {"bill", "pack", "expect", "why"}


class Loader(yaml.SafeLoader):
    """Integers, true and false; everything else stays text."""


Loader.yaml_implicit_resolvers = {}
for words, kind, pattern in (("tf", "bool", r"^(?:true|false)$"), ("0123456789", "int", r"^(?:0|[1-9][0-9]*)$")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", yaml.resolver.re.compile(pattern), list(words))


def number(value):
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def same(want, got):
    a, b = number(want), number(got)
    return a == b if a is not None and b is not None else want == got


def compare(want, got, path, wrong):
    """Every value named in `want` must stand in `got`; what is missing there counts as 0."""
    if isinstance(want, dict):
        if not isinstance(got, dict):
            got = {}
        for key, value in want.items():
            compare(value, got.get(key), f"{path}.{key}" if path else str(key), wrong)
    elif not same(want, 0 if got is None and number(want) is not None else got):
        wrong.append(f"{path}: expected {want}, got {got}")


def by_layer(settlement):
    """Layers by name; amounts of a layer that ran more than once add up."""
    out = {}
    for layer in settlement.get("layers", []):
        into = out.setdefault(layer["layer"], {})
        for key, value in layer.items():
            amount = number(value)
            into[key] = value if amount is None or key == "layer" else Decimal(into.get(key, 0)) + amount
    return out


def by_step(settlement):
    out = {}
    for step in settlement.get("explain", []):
        into = out.setdefault(step.get("layer") or "bill", {})
        amount = number(step.get("amount"))
        if amount is not None:
            into[step["step"]] = into.get(step["step"], 0) + amount
    return out


def check_one(want, got, wrong):
    for key, value in want.items():
        if key == "layers":
            compare(value, by_layer(got), "layers", wrong)
            for name in value:
                if name not in by_layer(got):
                    wrong.append(f"layers.{name}: did not run")
        elif key == "explain":
            compare(value, by_step(got), "explain", wrong)
        elif key == "text":
            told = json.dumps(got.get("explain", []), ensure_ascii=False)
            for words in value if isinstance(value, list) else [value]:
                if words not in told:
                    wrong.append(f"text: nothing of {words!r} in the explanation")
        elif key == "funds":
            for name in {*value, *got.get("funds", {})}:
                compare(value.get(name, 0), got.get("funds", {}).get(name, "0"), f"funds.{name}", wrong)
        else:
            compare(value, got.get(key), key, wrong)
    if got.get("status") == "settled":
        identities(got, wrong)


def identities(s, wrong):
    """What must hold of every settlement, whatever the rule."""
    v = {k: Decimal(s[k]) for k in ("total", "own", "over_limit", "pay_first", "route_share", "in_scope", "fund_total",
                                    "hospital_part", "personal_part", "account", "family_account", "cash")}
    funds = sum((Decimal(x) for x in s.get("funds", {}).values()), Decimal(0))
    for name, left, right in (
            ("parts of the total", v["total"], v["own"] + v["over_limit"] + v["pay_first"] + v["route_share"] + v["in_scope"]),
            ("funds", v["fund_total"], funds),
            ("who pays the total", v["total"], v["fund_total"] + v["hospital_part"] + v["personal_part"]),
            ("personal part", v["personal_part"], v["account"] + v["family_account"] + v["cash"])):
        if left != right:
            wrong.append(f"{name}: {left} is not {right}")
    wrong.extend(f"{k}: negative" for k, x in v.items() if x < 0)


def settle(command, pack, bills):
    """{bill: [settlements]} of one run, and what the program said on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "bills.jsonl", Path(folder) / "settled.jsonl"
        given.write_text("".join(json.dumps(b, ensure_ascii=False) + "\n" for b in bills), encoding="utf-8")
        done = subprocess.run([*command, "--pack", str(pack), "--in", str(given), "--out", str(out), "--explain"],
                              capture_output=True, text=True, timeout=120)
        found = {}
        if out.exists():
            for line in out.read_text(encoding="utf-8").splitlines():
                s = json.loads(line)
                found.setdefault(s.get("bill"), []).append(s)
        return found, done.stderr.strip() if done.returncode not in (0, 3) else ""


def minus(a, b):
    """a less b, for every amount in both shapes."""
    if isinstance(a, dict) or isinstance(b, dict):
        a, b = a or {}, b or {}
        return {k: minus(a.get(k), b.get(k)) for k in {*a, *b}}
    x, y = number(a if a is not None else 0), number(b if b is not None else 0)
    return None if x is None or y is None else x - y


def run(path, command):
    """(steps, what is wrong) of one scenario file."""
    scenario = yaml.load(path.read_text(encoding="utf-8"), Loader)
    wrong = [f"unknown key {k}" for k in set(scenario) - SCENARIO_KEYS]
    steps = scenario["steps"]
    for n, step in enumerate(steps, 1):
        wrong.extend(f"step {n}: unknown key {k}" for k in set(step) - STEP_KEYS)
        if not step.get("why"):
            wrong.append(f"step {n}: no arithmetic")
    found, packs = {}, {}
    for step in steps:
        packs.setdefault(step.get("pack", scenario["pack"]), []).append(step["bill"])
    for pack, bills in packs.items():
        some, said = settle(command, ROOT / pack, bills)
        found.update(some)
        if said:
            wrong.append(said if "pack_is_wrong" in scenario else said.splitlines()[-1])
    if "pack_is_wrong" in scenario:
        told = "\n".join(wrong)
        return len(steps), [] if scenario["pack_is_wrong"] in told and not found else [*wrong, "the pack was taken"]
    for step in steps:
        name, want, here = step["bill"]["bill"], step["expect"], []
        got = found.get(name, [])
        parts = want["parts"] if "parts" in want else [want]
        if len(got) != len(parts):
            here.append(f"{len(parts)} settlements expected, got {len(got)}")
        for part, one in zip(parts, got):
            check_one(part, one, here)
        if here and got and got[0].get("status") == "refused":
            here.append(f"refused: {got[0].get('code')} {got[0].get('field')} {got[0].get('reason')}")
        wrong.extend(f"{name} {w}" for w in here)
    for d in scenario.get("differences", []):
        a, b = ({**found.get(n, [{}])[0], "layers": by_layer(found.get(n, [{}])[0])} for n in d["of"])
        here = []
        compare(d["expect"], minus(a, b), "", here)
        wrong.extend(f"{d['of'][0]} less {d['of'][1]} {w}" for w in here)
    return len(steps), wrong


def clauses(files):
    places = {}
    for path in files:
        for kind in yaml.load(path.read_text(encoding="utf-8"), Loader).get("rule_kinds", []):
            places.setdefault(kind, []).append(path.stem)
    known = [f"{letter}{n}" for letter, numbers in KINDS.items() for n in numbers]
    for kind in known:
        print(f"{kind:4}{' '.join(sorted(set(places[kind]))) if kind in places else '-'}")
    strange = sorted(set(places) - set(known))
    covered = sum(k in places for k in known)
    print(f"{covered} of {len(known)} kinds of rule have a scenario")
    if strange:
        print("unknown kinds:", *strange)
    return 1 if strange else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--gongji", default=os.environ.get("GONGJI"))
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--clauses", action="store_true")
    args = parser.parse_args()
    files = args.files or sorted(HERE.glob("*.yaml"))
    if args.clauses:
        return clauses(files)
    if args.oracle:
        command = [sys.executable, str(ROOT / "test/oracle/oracle.py")]
    elif args.gongji:
        command = [args.gongji, "settle"]
    else:
        parser.error("no program: give --gongji PATH, set GONGJI, or use --oracle")
    failed = steps = 0
    for path in files:
        try:
            n, wrong = run(path, command)
        except (yaml.YAMLError, KeyError, TypeError, json.JSONDecodeError, subprocess.TimeoutExpired) as trouble:
            n, wrong = 0, [f"{type(trouble).__name__}: {trouble}"]
        steps += n
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok':5}{path.stem}")
        for w in wrong:
            print(f"     {w}")
    print(f"{len(files) - failed} of {len(files)} scenarios, {steps} bills")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
