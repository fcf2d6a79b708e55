#!/usr/bin/python3
"""The 30 public worked examples of ../shared, through the engine and through the oracle: every amount of
each trace, each expected result and each line split must come out to the fen.

    run.py [--gongji PATH] [--oracle-only]

covers: R037
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "test", "oracle"))
from oracle import ONE, Oracle, State, as_settlement, digits, loads, rate_of  # noqa: E402

SOURCE = os.path.join(ROOT, "..", "shared", "domain", "examples_public.json")
PACKS = {"ND-RES": ("ningde", "resident", 2024), "ND-EMP": ("ningde", "employee", 2024),
         "ND-PSY": ("ningde", "employee", 2024), "XC-EMP": ("xuancheng", "employee", 2024),
         "XC-RES": ("xuancheng", "resident", 2024), "CD-EMP": ("chengde", "employee", 2024),
         "CD-RES": ("chengde", "resident", 2024), "BJ-EMP": ("beijing", "employee", 2024),
         "BJ-RES": ("beijing", "resident", 2024), "XT-POOR": ("xintian", "resident", 2018),
         "SD-2014": ("shandong", "resident", 2014), "QH-RES": ("qinghai", "resident", 2024)}
KINDS = {"dual": "dual_channel", "beddays": "bed_days"}
OPENINGS = {"ytd_pool": "pool", "ytd_large": "large_amount", "ytd_op_deductible": "op_deductible",
            "ytd_op_scope": "op_scope", "ytd_op_fund": "op_fund", "ytd_case_scope": "chronic_scope",
            "ytd_cii_base": "cii_base", "ytd_cii_paid": "cii_paid", "ytd_ma_base": "ma_base", "ytd_ma": "ma_paid",
            "ytd_tilt_base": "tilt_base", "ytd_tilt": "tilt_paid"}
POOLS = ("pool", "op_pool", "chronic_pool", "dual_pool", "bed_day_pool")
LAYERS = {"cii": "catastrophic", "large": "large_amount", "civil": "civil_servant", "ma": "assistance", "tilt": "tilt",
          "floor": "floor"}
ENDS = {"total": "total", "full_own": "own", "over_limit": "over_limit", "pre_self": "pay_first", "in_scope": "in_scope",
        "fund_total": "fund_total", "psn_part": "personal_part", "acct": "account", "family_acct": "family_account",
        "cash": "cash"}


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


# ------------------------------------------------------------------------------- example to bill

def bill_of(example):
    """The example as a bill of the pack it stands for, in the words of docs/bill-format.md."""
    pack, scheme, year = PACKS[example["policy"]]
    who, met = example["person"], example["encounter"]
    person = {"id": example["id"], "scheme": scheme, "status": who["status"]}
    category = who.get("ma_category") or ("dibao" if who.get("poor") else None)
    if category:
        person["categories"] = ["registered_poor" if pack == "xintian" else category]
    if who.get("civil_servant"):
        person["civil_rank"] = "staff"
    accounts = {to: yuan(who[key]) for key, to in (("acct_balance_fen", "current"), ("family_acct_balance_fen", "family"))
                if key in who}
    if accounts:
        person["accounts"] = accounts
    provider = {"id": "H1"}
    if met["level"] in ("city", "county"):
        provider.update(level="l3", seat=met["level"])
    else:
        provider["level"] = met["level"]
    if who.get("floor_eligible"):
        provider["seat"] = "county"
    visit = {"kind": KINDS.get(met["type"], met["type"]), "admit_date": f"{year}-06-03", "date": f"{year}-06-12"}
    if met.get("waive_deductible"):
        visit["kind"] = "day_surgery"
    if visit["kind"] in ("outpatient", "chronic", "dual_channel"):
        del visit["admit_date"]
    for key, to in (("ooa", "route"), ("transfer", "transfer"), ("nth_admission", "nth_stay")):
        if key in met:
            visit[to] = met[key]
    if "prev_deductible_paid_fen" in met:
        visit["prev_deductible"] = yuan(met["prev_deductible_paid_fen"])
    bill = {"bill": example["id"], "person": person, "provider": provider, "visit": visit,
            "lines": [line_of(item, i) for i, item in enumerate(example["items"])]}
    opening = {OPENINGS[key[:-4]]: yuan(v) for key, v in who.items() if key.startswith("ytd_")}
    if opening:
        bill["opening"] = opening
    return pack, bill


def line_of(item, i):
    line = {"code": f"L{i + 1}", "name": item["name"], "class": item["class"], "quantity": item["qty"]}
    if "amount_fen" in item:
        line["amount"] = yuan(item["amount_fen"])
    else:
        line["unit_price"] = yuan(item["unit_price_fen"])
    if "limit_price_fen" in item:
        line["limit"] = yuan(item["limit_price_fen"])
    if "preself_bp" in item:
        line["pay_first"] = f"{item['preself_bp'] // 100}.{item['preself_bp'] % 100:02d}%"
    return line


def line_bills(example, bill):
    """Every line as a bill of its own, so that its split can be read."""
    for i, line in enumerate(bill["lines"]):
        one = dict(bill, bill=f"{bill['bill']}/{i + 1}", lines=[line], person=dict(bill["person"], id=f"{bill['bill']}/{i}"))
        one.pop("opening", None)
        yield one, example["lines"][i]


# ------------------------------------------------------------------------------- comparing

class Check:
    """The amounts of one settlement that an example speaks about."""

    def __init__(self, result, who):
        self.r, self.who, self.bad, self.count = result, who, [], 0
        self.layers, self.steps = {}, {}
        for row in result.get("layers", []):
            self.layers[row["layer"]] = row
        for s in result.get("explain", []):
            self.steps.setdefault((s.get("layer") or "", s["step"]), []).append(s)
        self.pool = next((p for p in POOLS if p in self.layers), "pool")

    def same(self, what, got, want):
        self.count += 1
        if got != want:
            self.bad.append(f"{self.who} {what}: got {yuan(got) if got is not None else 'nothing'}, example {yuan(want)}")

    def paid(self, layer):
        return fen(self.layers[layer]["paid"]) if layer in self.layers else 0

    def step(self, layer, step, default=None):
        found = self.steps.get((layer, step))
        return fen(found[-1]["amount"]) if found else default

    def segments(self, layer, expr):
        """The parts 'AMOUNTxRATE%=PAYS' that the example writes out."""
        parts = re.findall(r"([\d.]+)x([\d.]+)%=([\d.]+)", expr)
        rows = [(fen(s["amount"]), rate(s["rate"]), fen(s["pays"])) for s in self.steps.get((layer, "segment"), [])]
        rows = [row for row in rows if row[0]]
        for i, (amount, percent, pays) in enumerate(parts):
            got = rows[i] if i < len(rows) else (None, None, None)
            a, r, p = fen(amount), rate_of(percent + "%"), fen(pays)
            if got[1] != r:
                self.bad.append(f"{self.who} {layer} segment {i + 1}: rate {got[1]}, example {percent}%")
            if (a * r + ONE // 2) // ONE == p:
                self.same(f"{layer} segment {i + 1}", got[0], a)
                self.same(f"{layer} segment {i + 1} pays", got[2], p)
            elif got[0] != a:
                # a cap cut the payment: the example shows the whole part, the engine what it used
                whole = (got[0] or 0) + self.step(layer, "over_cap", 0)
                self.same(f"{layer} segment {i + 1} with what the cap left", whole, a)
                self.same(f"{layer} segment {i + 1} pays", got[2], p)

    def trace(self, steps):
        for t in steps:
            step, want, expr = t["step"], t["fen"], t["expr"]
            if step in ENDS:
                self.same(step, fen(self.r[ENDS[step]]), want)
            elif step == "deductible_nominal":
                self.same(step, self.step(self.pool, step, 0), want)
            elif step == "deductible":
                self.same(step, self.step(self.pool, step, 0), want)
                self.same("deductible of the bill", fen(self.r["deductible"]), want)
            elif step == "case_limit":
                self.same(step, self.step(self.pool, "expense_cap"), want)
            elif step == "pool":
                self.same(step, self.paid(self.pool), want)
                self.segments(self.pool, expr)
            elif step == "over_cap_scope":
                self.same(step, self.step(self.pool, "over_cap"), want)
                self.same("over_cap of the bill", fen(self.r["over_cap"]), want)
            elif step == "self_in_scope_after_basic":
                self.same(step, fen(self.r["in_scope"]) - self.paid(self.pool) - self.paid("large_amount"), want)
            elif step == "cii_base":
                self.same(step, self.step("catastrophic", "base", 0), want)
            elif step == "cii_base_ytd":
                self.same(step, self.step("catastrophic", "cumulative", 0), want)
            elif step == "ma_base":
                self.same(step, self.step("assistance", "base", 0), want)
            elif step in LAYERS:
                self.layer(step, LAYERS[step], want, expr)
            else:
                self.bad.append(f"{self.who}: nobody knows how to check {step}")

    def layer(self, step, layer, want, expr):
        self.same(step, self.paid(layer), want)
        if step == "cii":
            self.segments(layer, expr)
            nominal, already = re.match(r"deductible ([\d.]+);.*already paid ([\d.]+)", expr).groups()
            self.same("cii deductible", self.step(layer, "deductible_nominal"), fen(nominal))
            self.same("cii already paid", self.step(layer, "already_paid"), fen(already))
        elif step == "ma":
            base, left = re.match(r"\(([\d.]+) - deductible left ([\d.]+)\)", expr).groups()
            self.same("ma deductible", self.step(layer, "deductible"), min(fen(base), fen(left)))
        elif step == "tilt":
            burden, above = re.search(r"burden ([\d.]+) above ([\d.]+)", expr).groups()
            self.same("tilt burden", self.step(layer, "cumulative"), fen(burden))
            self.same("tilt threshold", self.step(layer, "deductible_nominal"), fen(above))
        elif step in ("civil", "large"):
            self.same(f"{step} base", self.step(layer, "base"), fen(re.match(r"[\d.]+", expr).group()))

    def expected(self, want):
        names = dict(ENDS, deductible="deductible")
        if self.pool == "pool":         # the examples count what a cap left over only for stays
            names["over_cap_scope"] = "over_cap"
        for key, value in want.items():
            name = key[:-4]
            if name in names:
                self.same(f"expected {name}", fen(self.r[names[name]]), value)
            elif name == "over_cap_scope":
                continue
            elif name == "pool":
                self.same("expected pool", self.paid(self.pool), value)
            else:
                self.same(f"expected {name}", self.paid(LAYERS[name]), value)

    def line(self, want):
        for name in ("full_own", "over_limit", "pre_self", "in_scope"):
            self.same(f"line {name}", fen(self.r[ENDS[name]]), want[name])


def fen(text):
    return digits(str(text), 2)


def rate(value):
    return value if isinstance(value, int) else rate_of(str(value))


# ------------------------------------------------------------------------------- running

def by_engine(gongji, pack, bills):
    """The settlements of the engine by bill id."""
    with tempfile.TemporaryDirectory() as tmp:
        source, target = os.path.join(tmp, "in.jsonl"), os.path.join(tmp, "out.jsonl")
        with open(source, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(b, ensure_ascii=False) + "\n" for b in bills)
        run = subprocess.run([gongji, "settle", "--pack", os.path.join(ROOT, "packs", pack), "--in", source, "--out", target,
                              "--explain"], capture_output=True, text=True)
        if run.returncode not in (0, 3) or not os.path.exists(target):
            sys.exit(f"gongji settle --pack {pack} left with {run.returncode}: {run.stderr.strip()}")
        with open(target, encoding="utf-8") as f:
            return {r["bill"]: r for r in map(loads, f)}


def by_oracle(pack, bills):
    oracle, state = Oracle(os.path.join(ROOT, "packs", pack), explain=True), State()
    return {b["bill"]: as_settlement(oracle.settle(loads(json.dumps(b)), state)[0]) for b in bills}


def main():
    p = argparse.ArgumentParser(description="the worked examples, to the fen")
    p.add_argument("--gongji", default=os.environ.get("GONGJI", os.path.join(ROOT, "build", "release", "src", "gongji")))
    p.add_argument("--oracle-only", action="store_true")
    a = p.parse_args()
    if not os.path.exists(SOURCE):
        print("SKIP: ../shared/domain/examples_public.json is not here")
        return 77
    if not a.oracle_only and not os.access(a.gongji, os.X_OK):
        print(f"SKIP: no engine at {a.gongji}")
        return 77
    with open(SOURCE, encoding="utf-8") as f:
        examples = json.load(f)["examples"]
    groups = {}
    for e in examples:
        pack, bill = bill_of(e)
        groups.setdefault(pack, []).append((e, bill))
    bad, count = [], 0
    sides = ["oracle"] + ([] if a.oracle_only else ["gongji"])
    for pack, pairs in sorted(groups.items()):
        extra = [x for e, bill in pairs for x in line_bills(e, bill)]
        bills = [bill for _, bill in pairs] + [b for b, _ in extra]
        for side in sides:
            got = by_oracle(pack, bills) if side == "oracle" else by_engine(a.gongji, pack, bills)
            for e, bill in pairs:
                check = Check(got.get(bill["bill"], {}), f"{side} {e['id']}")
                if check.r.get("status") != "settled":
                    bad.append(f"{side} {e['id']}: {json.dumps(check.r, ensure_ascii=False)}")
                    continue
                check.trace(e["trace"])
                check.expected(e["expected"])
                bad += check.bad
                count += check.count
            for bill, want in extra:
                check = Check(got.get(bill["bill"], {}), f"{side} {bill['bill']}")
                if check.r.get("status") != "settled":
                    bad.append(f"{side} {bill['bill']}: {json.dumps(check.r, ensure_ascii=False)}")
                    continue
                check.line(want)
                bad += check.bad
                count += check.count
    for line in bad:
        print("DIFFERENT", line)
    print(f"{len(examples)} examples, {count} amounts compared ({', '.join(sides)}), {len(bad)} different")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
