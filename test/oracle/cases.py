#!/usr/bin/python3
"""Holds the engine and the oracle against the hand-worked cases of cases.yaml.

    cases.py [--gongji PATH] [--oracle-only]
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

from oracle import LOADER, Oracle, State, as_settlement, digits, loads

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SKELETON = {"policy": "case-resident", "scheme": "resident", "from": "2020-01-01", "money": "yuan",
            "name": {"zh": "算例", "en": "case"}, "sources": {"own": {"title": "自拟", "grade": "M"}}}
COUNTER = {"unit": "count", "given": "nth_stay"}
FLAGS = {"condition_met", "refuse_over_limit", "tcm"}
COUNTS = {"stays", "nth_stay", "stay_part", "continuous_years", "missed_years", "repaid_years"}


class Plain(yaml.SafeDumper):
    """Writes what appears twice out twice: a pack has no anchors."""

    def ignore_aliases(self, data):
        return True


def write_pack(case, folder):
    """The case's policy on the skeleton, as a pack of one file. JSON is YAML."""
    policy = dict(SKELETON, **case["policy"])
    accs = dict({"pool": {}, "stays": COUNTER}, **(policy.get("accumulators") or {}))
    named = {"zh": "算例", "en": "case"}
    policy["accumulators"] = {name: dict(named, **(acc or {})) for name, acc in accs.items()}
    policy["layers"] = {name: dict({"name": named, "basis": "own", "payer": "pool"}, **layer)
                        for name, layer in policy["layers"].items()}
    policy.setdefault("split", {"first_share": "item"})
    policy.setdefault("stacks", [{"stack": "all", "counts": ["stays"], "layers": list(policy["layers"])}])
    os.makedirs(os.path.join(folder, "policy"))
    head = {"pack": "case", "area": "000000", "name": named,
            "uses": [os.path.relpath(os.path.join(ROOT, "packs", "common"), folder)]}
    files = [("pack.yaml", head)]
    for scheme in case.get("schemes", ["resident"]):
        files.append((f"policy/{scheme}.yaml", dict(policy, policy=f"case-{scheme}", scheme=scheme)))
    for path, body in files:
        with open(os.path.join(folder, path), "w", encoding="utf-8") as f:
            yaml.dump(body, f, Dumper=Plain, allow_unicode=True, sort_keys=False)


def typed(key, v):
    """Texts of the YAML as the JSON of a bill wants them."""
    if isinstance(v, dict):
        return {k: typed(k, x) for k, x in v.items()}
    if isinstance(v, list):
        return [typed(key, x) for x in v]
    if key in FLAGS:
        return v in ("true", "yes")
    return int(v) if key in COUNTS else v


def bills_of(case):
    out = []
    for i, raw in enumerate(case["bills"]):
        lines = [{"class": "A", "amount": x} if isinstance(x, str) else x for x in raw.get("lines", ["1"])]
        person = dict({"id": "P1", "scheme": "resident", "status": "resident"}, **raw.get("person", {}))
        bill = {"bill": f"B{i + 1}", "person": person,
                "provider": dict({"id": "H1"}, **raw.get("provider", {})),
                "visit": dict({"kind": "inpatient", "date": "2024-05-10"}, **raw.get("visit", {})), "lines": lines}
        if "opening" in raw:
            bill["opening"] = raw["opening"]
        out.append(typed("", bill))
    return out


def by_engine(gongji, pack, bills, folder):
    source, target = os.path.join(folder, "in.jsonl"), os.path.join(folder, "out.jsonl")
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(b, ensure_ascii=False) + "\n" for b in bills)
    run = subprocess.run([gongji, "settle", "--pack", pack, "--in", source, "--out", target],
                         capture_output=True, text=True)
    if run.returncode not in (0, 3):
        return None, f"left with {run.returncode}: {run.stderr.strip()}"
    unread = {int(n): code for n, code in re.findall(r"^.*?:(\d+): (\w+)", run.stderr, re.M)}
    with open(target, encoding="utf-8") as f:
        settled = [loads(line) for line in f]
    out = []
    for i, b in enumerate(bills):
        out += [r for r in settled if r["bill"] == b["bill"]]
        if i + 1 in unread:
            out.append({"bill": b["bill"], "status": "refused", "code": unread[i + 1]})
    return out, run.stderr.strip()


def by_oracle(pack, bills):
    oracle, state = Oracle(pack), State()
    return [as_settlement(r) for b in bills for r in oracle.settle(loads(json.dumps(b)), state)]


def wrong(got, want):
    """Where a settlement is not what was worked out by hand."""
    out = []
    status = want.get("status", "settled")
    if got["status"] != status:
        return [f"status {got['status']} {got.get('code', '')} {got.get('reason', '')}, expected {status}"]
    for key, x in want.items():
        if key == "paid":
            paid = {}
            for row in got["layers"]:
                paid[row["layer"]] = paid.get(row["layer"], 0) + fen(row["paid"])
            for layer in {**paid, **x}:
                if paid.get(layer, 0) != fen(x.get(layer, "0")):
                    out.append(f"{layer} pays {paid.get(layer, 0)} fen, expected {x.get(layer, '0')}")
        elif key == "acc":
            out += wrong_accs(got.get("accumulators", {}), x)
        elif key in ("part", "year"):
            if got.get(key) != (None if x == "none" else int(x)):
                out.append(f"{key} {got.get(key)}, expected {x}")
        elif key in ("status", "code", "reason"):
            if got.get(key) != x:
                out.append(f"{key} {got.get(key)}, expected {x}")
        elif fen(got[key]) != fen(x):
            out.append(f"{key} {got[key]}, expected {x}")
    return out


def wrong_accs(got, want):
    """Every value named must be there; one named with none must not."""
    out = []
    for name, x in want.items():
        cells = x.items() if isinstance(x, dict) else [(None, None if x == "none" else x)]
        for sub, v in cells:
            mine = got.get(name)
            mine = mine.get(sub) if isinstance(mine, dict) else mine
            if mine is not None if v is None else mine is None or fen(mine) != fen(v):
                out.append(f"accumulator {name} {sub or ''} {mine}, expected {v}")
    return out


def fen(text):
    return digits(str(text), 2)


def main():
    p = argparse.ArgumentParser(description="hand-worked cases of the pack format")
    p.add_argument("--gongji", default=os.environ.get("GONGJI", os.path.join(ROOT, "build", "release", "src", "gongji")))
    p.add_argument("--oracle-only", action="store_true")
    a = p.parse_args()
    if not a.oracle_only and not os.access(a.gongji, os.X_OK):
        print(f"SKIP: no engine at {a.gongji}")
        return 77
    with open(os.path.join(HERE, "cases.yaml"), encoding="utf-8") as f:
        cases = yaml.load(f, LOADER)
    bad = count = 0
    for case in cases:
        with tempfile.TemporaryDirectory() as tmp:
            pack = os.path.join(tmp, "pack")
            write_pack(case, pack)
            bills = bills_of(case)
            sides = [("oracle", by_oracle(pack, bills), "")]
            if not a.oracle_only:
                sides.append(("gongji", *by_engine(a.gongji, pack, bills, tmp)))
            for side, got, said in sides:
                if got is None or len(got) != len(case["expect"]):
                    print(f"DIFFERENT {side} {case['case']}: {said or 'number of settlements'}")
                    bad += 1
                    continue
                for i, (r, want) in enumerate(zip(got, case["expect"])):
                    count += 1
                    for line in wrong(r, want):
                        print(f"DIFFERENT {side} {case['case']}, settlement {i + 1}: {line}")
                        bad += 1
    print(f"{len(cases)} cases, {count} settlements, {bad} different")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
