#!/usr/bin/python3
"""Real input, read in place from ../shared/data: every bill must settle, every identity hold and the oracle
agree, under two packs.

    run.py [--gongji PATH] [--oracle-only]

Three sets: 600 grouped Chinese stays (whole, and divided 60/30/10 into classes A, B and C); 2,000 bills drawn
with a fixed seed from a regional catalogue of drugs and service items with their real prices; 40,394 item lines
of 3,327 Brazilian stays. Years are moved into 2024, because the packs begin there.
"""
import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "test", "oracle"))
from compare import Tally, check, engine, report, results_of  # noqa: E402
from generate import dumps  # noqa: E402
from oracle import Oracle, digits, yuan  # noqa: E402

DATA = os.path.join(ROOT, "..", "shared", "data")
NEEDED = ("cn_drg_cases/cases.csv", "cn_catalogue_guangxi/drug_info.csv.zst",
          "cn_catalogue_guangxi/diagnosis_treatment.csv.zst", "br_sih/lines.csv.zst", "br_sih/cases_from_lines.csv")
PACKS = ("ningde", "beijing")
LEVELS = ("l1", "l2", "l3")          # the sources give none; taken in turn
SERVICE_CLASSES = "AAAAAAABBC"       # service items carry no class in the source; drawn with the seed


def table(name):
    path = os.path.join(DATA, name)
    if name.endswith(".zst"):
        text = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    else:
        with open(path, encoding="utf-8") as f:
            text = f.read()
    return csv.DictReader(io.StringIO(text))


def bill(number, person, level, kind, start, end, lines):
    visit = {"kind": kind, "date": end}
    if kind == "inpatient":
        visit["admit_date"] = start
    return {"bill": number, "person": person, "provider": {"id": "H1", "level": level}, "visit": visit, "lines": lines}


def chinese_cases(parts):
    """600 stays as one class A line, or as three lines of classes A, B and C that add up to the same."""
    for i, row in enumerate(table("cn_drg_cases/cases.csv")):
        employee = row["insurance_type"] == "职工"
        person = {"id": row["person_id"], "scheme": "employee" if employee else "resident",
                  "status": ("retired" if int(row["age"]) >= 60 else "active") if employee else "resident",
                  "birth_date": row["birth_date"]}
        fen = digits(row["total_cost"], 2)
        if parts == 1:
            lines = [{"code": row["main_dx"], "class": "A", "amount": yuan(fen)}]
        else:
            a, b = fen * 60 // 100, fen * 30 // 100
            lines = [{"code": c, "class": c, "amount": yuan(x)} for c, x in (("A", a), ("B", b), ("C", fen - a - b))]
        yield bill(row["case_id"], person, LEVELS[i % 3], "inpatient", "2024" + row["admit_date"][4:],
                   "2024" + row["discharge_date"][4:], lines)


def catalogue_bills(count=2000, seed=20240601):
    rng = random.Random(seed)
    drugs = [(r["id"], {"甲类": "A", "乙类": "B", "丙类": "C"}[r["insurance_class"]], r["price"])
             for r in table("cn_catalogue_guangxi/drug_info.csv.zst")]
    services = [(r["national_code"], None, r["price"]) for r in table("cn_catalogue_guangxi/diagnosis_treatment.csv.zst")
                if r["price"]]
    for i in range(count):
        kind = rng.choice(("inpatient", "inpatient", "outpatient"))
        employee = i // 4 % 2 == 1               # four bills each, so that the year adds up
        person = {"id": f"C{i // 4:04d}", "scheme": "employee" if employee else "resident",
                  "status": ("active", "retired")[i // 8 % 2] if employee else "resident"}
        lines = []
        for _ in range(rng.randint(1, 25 if kind == "inpatient" else 5)):
            code, klass, price = rng.choice(drugs if rng.random() < 0.5 else services)
            line = {"code": code, "class": klass or rng.choice(SERVICE_CLASSES), "unit_price": price,
                    "quantity": rng.choice((1, 1, 1, 2, 3, 7, "0.5", "1.25"))}
            if line["class"] == "B" and rng.random() < 0.5:
                line["pay_first"] = rng.choice(("5%", "10%", "20%", "30%"))
            lines.append(line)
        day = f"2024-{1 + i % 4 * 3:02d}-{rng.randint(10, 28)}"
        yield bill(f"K{i:05d}", person, LEVELS[i % 3], kind, day[:8] + "03", day, lines)


def brazilian_lines():
    stays = {r["case_id"]: r for r in table("br_sih/cases_from_lines.csv")}
    cases = {}
    for row in table("br_sih/lines.csv.zst"):
        klass = {"material": "B", "complementary": "B", "drug": "B"}.get(row["category"], "A")
        line = {"code": row["item_code"], "name": row["item_name"], "class": klass, "quantity": row["qty"],
                "unit_price": row["unit_price"], "amount": row["amount"]}
        cases.setdefault(row["case_id"], []).append(line)
    for i, (case, lines) in enumerate(cases.items()):
        employee = i % 2 == 1
        person = {"id": case, "scheme": "employee" if employee else "resident",
                  "status": "active" if employee else "resident"}
        stay = stays[case]
        yield bill(case, person, LEVELS[i % 3], "inpatient", "2024" + stay["admit_date"][4:],
                   "2024" + stay["discharge_date"][4:], lines)


SETS = (("600 Chinese stays, one line", lambda: chinese_cases(1)), ("600 Chinese stays, A/B/C", lambda: chinese_cases(3)),
        ("2,000 bills from a catalogue", catalogue_bills), ("40,394 Brazilian lines", brazilian_lines))


def run(name, bills, pack, gongji, tmp):
    began = time.monotonic()
    folder = os.path.join(ROOT, "packs", pack)
    texts = [dumps(b) + "\n" for b in bills]
    job = {"pack": folder, "gongji": gongji, "seed": name, "oracle": Oracle(folder)}
    got, unread = None, {}
    if gongji:
        source, target = os.path.join(tmp, "in.jsonl"), os.path.join(tmp, "out.jsonl")
        with open(source, "w", encoding="utf-8") as f:
            f.writelines(texts)
        unread = engine(gongji, folder, source, target)
        got = results_of(target)
    tally = Tally()
    found = check(job["oracle"], texts, got, unread, tally, 3)
    for line in report(job, texts, found):
        print(line)
    unsettled = tally.bills - tally.settled
    print(f"{name} under {pack}: {tally.bills} bills, {sum(len(b['lines']) for b in bills)} lines, "
          f"total {yuan(tally.total)}, funds {yuan(tally.funds)}, personal {yuan(tally.personal)}; "
          f"{unsettled} not settled, {tally.different} different; {time.monotonic() - began:.1f} s", flush=True)
    return unsettled + tally.different


def main():
    p = argparse.ArgumentParser(description="real input through engine and oracle")
    p.add_argument("--gongji", default=os.environ.get("GONGJI", os.path.join(ROOT, "build", "release", "src", "gongji")))
    p.add_argument("--oracle-only", action="store_true")
    a = p.parse_args()
    missing = [n for n in NEEDED if not os.path.exists(os.path.join(DATA, n))]
    if missing:
        print(f"SKIP: ../shared/data/{missing[0]} is not here")
        return 77
    if not a.oracle_only and not os.access(a.gongji, os.X_OK):
        print(f"SKIP: no engine at {a.gongji}")
        return 77
    bad = 0
    with tempfile.TemporaryDirectory() as tmp:
        for name, bills in SETS:
            made = list(bills())
            for pack in PACKS:
                bad += run(name, made, pack, None if a.oracle_only else a.gongji, tmp)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
