#!/bin/sh
# Checks a pack, settles the bills of demo/bills.jsonl with it, and prints each settlement with its reasons.
set -e
cd "$(dirname "$0")/.."
gongji=${GONGJI:-build/release/src/gongji}
pack=packs/ningde
[ -x "$gongji" ] || { echo "demo: $gongji is not built"; exit 1; }

echo "\$ gongji pack check $pack"
"$gongji" pack check $pack
echo
echo "\$ gongji settle --pack $pack --in demo/bills.jsonl --explain"
"$gongji" settle --pack $pack --in demo/bills.jsonl --out build/demo.jsonl --explain
"${PYTHON:-/usr/bin/python3}" - build/demo.jsonl <<'PYTHON'
import json
import sys

for line in open(sys.argv[1], encoding="utf-8"):
    s = json.loads(line)
    print(f"\nbill {s['bill']}, person {s['person']}: {s['status']} {s.get('reason', '')}")
    for step in s.get("explain", []):
        name = ": ".join(filter(None, [step.get("layer"), step["step"]]))
        basis = f"[{step['basis']}]" if step.get("basis") else ""
        print(f"  {step.get('amount', ''):>12}  {name:34} {step.get('text', '')} {basis}".rstrip())
    funds = ", ".join(f"{field} {amount}" for field, amount in s.get("funds", {}).items())
    print(f"  total {s['total']} = funds {s['fund_total']} ({funds}) + hospital {s['hospital_part']}"
          f" + account {s['account']} + family {s['family_account']} + cash {s['cash']}")
PYTHON
