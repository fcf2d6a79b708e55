#!/usr/bin/python3
"""The grouper against what is known of it, case by case:

    the public conformance cases and the 600 public discharges of ../shared: every group as expected;
    the cases where the public groupers disagree: each answer is one of theirs, by the choices of docs/casemix.md;
    generated cases of the teaching scheme against test/casemix/oracle.py, with every term of the rule language;
    generated cases of CHS-DRG 1.1 against ../shared/tools/drg_oracle.py and against test/casemix/oracle.py.

    run.py [--gongji PATH] [--count N] [--jobs N] [--seed N]     N cases of each generated kind
"""
import argparse
import csv
import importlib.util
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import oracle  # noqa: E402

SHARED = ROOT.parent / "shared"
CHS = SHARED / "casemix/chs_drg_11"
TEACHING = ROOT / "packs/schemes/teaching"
ANSWER = ("status", "mdc", "adrg", "drg")
COLUMNS = ["case_id", "sex", "age", "age_days", "birth_weight", "los", "discharge_status", "main_dx", "other_dx",
           "procedures", "day_surgery", "icu_hours", "ventilation_hours"]


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def answers(gongji, scheme, path, *options):
    """(case_id, (status, mdc, adrg, drg)) of each case, in the order of the file."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as out:
        done = subprocess.run([gongji, "group", "drg", "--scheme", str(scheme), "--in", str(path), "--out", out.name,
                               "--threads", "2", "--quiet", *options], stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode in (0, 3), done.stderr
        return [(r["case_id"], tuple(r[c] for c in ANSWER)) for r in read(out.name)]


def differing(got, want, what, show=5):
    assert len(got) == len(want) and [g[0] for g in got] == [w[0] for w in want], f"{what}: rows are missing"
    wrong = [(g, w) for g, w in zip(got, want) if g != w]
    for g, w in wrong[:show]:
        print(f"not ok {what}: {g[0]}: got {g[1]}, expected {w[1]}")
    print(f"{'not ok' if wrong else 'ok'} {what}: {len(got)} cases, {len(wrong)} different")
    return bool(wrong)


# ------------------------------------------------------------------------------------ what is known

def conformance(gongji):
    path = SHARED / "casemix/conformance_public.csv"
    want = [(r["case_id"], tuple(r["expected_" + c] for c in ANSWER)) for r in read(path)]
    return differing(answers(gongji, CHS, path), want, "conformance_public.csv")


def discharges(gongji):
    path = SHARED / "data/cn_drg_cases/cases.csv"
    status = {"分组成功": "grouped", "无法入组": "ungrouped"}
    want = [(r["case_id"], (status[r["ref_status"]], r["ref_mdc"], r["ref_adrg"], r["ref_drg"])) for r in read(path)]
    return differing(answers(gongji, CHS, path), want, "cn_drg_cases")


# Which peers docs/casemix.md takes sides with, by what the case is about.
SIDES = {
    "newborn without weight": {"python"},       # the weight is asked for only by rules that need it
    "age in days only": {"java", "js"},         # the age follows from it
    "under one year, no days": {"python"},      # a newborn cannot be told from an infant
    "sex not stated": {"java", "js"},           # 0 and 9 are codes of the standard
    "no code of a sex": {"python"},
    "sex in words": {"java", "js"},
    "no main diagnosis": {"python", "js"},
    "one cell of the table": {"python", "js"},
}


def about(r):
    if r["main_dx"] == "":
        return "no main diagnosis"
    if r["sex"] in ("男", "女"):
        return "sex in words"
    if r["sex"] in ("0", "9"):
        return "sex not stated"
    if r["sex"] == "3":
        return "no code of a sex"
    if r["age"] == "":
        return "age in days only"
    if r["age"] == "0" and r["age_days"] == "":
        return "under one year, no days"
    return "newborn without weight" if r["category"] == "newborn_no_weight" else "one cell of the table"


def disagreements(gongji):
    path = SHARED / "casemix/conformance_disagreements.csv"
    wrong, counts = 0, Counter()
    for (case_id, got), r in zip(answers(gongji, CHS, path), read(path)):
        agree = {p for p in ("python", "java", "js") if got == tuple(r[f"{p}_{c}"] for c in ANSWER)}
        counts[about(r)] += 1
        if agree != SIDES[about(r)]:
            wrong += 1
            print(f"not ok disagreements: {case_id} ({about(r)}): {got} is the answer of {agree}")
    print(f"{'not ok' if wrong else 'ok'} conformance_disagreements.csv: " +
          ", ".join(f"{n} {what}" for what, n in counts.items()))
    return wrong > 0


# ------------------------------------------------------------------------------------ generated cases

class Maker:
    """Cases that rules have something to say about: codes of one ADRG, its numbers near the limits, and noise."""

    def __init__(self, scheme, seed):
        self.random, self.s = random.Random(seed), scheme
        self.dx = sorted({c for codes in scheme.mdc_list.values() for c in codes})
        self.dx_of = {a: sorted(set().union(*(v for (adrg, _), v in scheme.dx.items() if adrg == a)))
                      for a in {k[0] for k in scheme.dx}}
        self.procedure_of = {a: sorted(set().union(*(v for (adrg, _), v in scheme.procedure.items() if adrg == a)))
                             for a in {k[0] for k in scheme.procedure}}
        self.valid = sorted(scheme.valid)
        self.procedures = sorted(set(self.valid).union(*self.procedure_of.values()))
        self.severe = sorted(set(scheme.cc) | set(scheme.mcc))
        self.mdc_dx = {m: sorted(codes) for m, codes in scheme.mdc_list.items()}
        self.adrgs = [(m, a["adrg"]) for m, rows in scheme.adrgs.items() for a in rows]
        self.by_group = {}
        for code in self.severe:
            for group in {scheme.cc.get(code), scheme.mcc.get(code)} - {None}:
                self.by_group.setdefault(group, []).append(code)

    def other(self, main):
        r = self.random
        kind = r.random()
        if kind < 0.35:
            return r.choice(self.severe)
        groups = sorted(self.s.excludes.get(main, ()))
        if kind < 0.5 and groups:
            return r.choice(self.by_group.get(r.choice(groups), self.severe))
        if kind < 0.55:
            return r.choice(["", "Z99.999", "i10.x00", "-"])
        if kind < 0.65 and self.s.site:
            return r.choice(sorted(self.s.site)) if len(self.s.site) < 50 else r.choice(self.severe)
        return r.choice(self.dx)

    def procedure(self, adrg):
        r = self.random
        kind = r.random()
        if kind < 0.55 and adrg in self.procedure_of:
            return r.choice(self.procedure_of[adrg])
        if kind < 0.75:
            return r.choice(self.procedures)
        return r.choice(["99.0400", "", "00.0000", *self.valid[:3]])

    def numbers(self):
        r = self.random
        if r.random() < 0.25:
            days = r.choice([0, 1, 27, 28, 29, 200, 364])
            age = "0"
        else:
            days = r.randrange(366, 36000)
            age = str(days * 4 // 1461)
        return {"age": age, "age_days": str(days) if age == "0" or r.random() < 0.7 else "",
                "birth_weight": r.choice(["", "0", "900", "1499", "1500", "1999", "2000", "2499", "2500", "3300"]),
                "los": r.choice(["", "0", "1", "2", "3", "9", "40"]),
                "icu_hours": r.choice(["", "", "0", "71", "72", "500"]),
                "ventilation_hours": r.choice(["", "", "23", "24", "95", "96"])}

    def case(self, number):
        r = self.random
        mdc, adrg = r.choice(self.adrgs)
        kind = r.random()
        if kind < 0.5 and adrg in self.dx_of:
            main = r.choice(self.dx_of[adrg])
        elif kind < 0.9 and mdc in self.mdc_dx:
            main = r.choice(self.mdc_dx[mdc])
        else:
            main = r.choice([r.choice(self.dx), "Z00.000", "", "K35", "-"])
        others = [self.other(main) for _ in range(r.choice([0, 0, 1, 2, 4, 9]))]
        if r.random() < 0.1 and adrg in self.dx_of:
            others.append(r.choice(self.dx_of[adrg]))
        procedures = [self.procedure(adrg) for _ in range(r.choice([0, 1, 1, 2, 3]))]
        return {"case_id": f"G{number}", "sex": r.choice("12"), **self.numbers(),
                "discharge_status": r.choice("12345"), "main_dx": main, "other_dx": "|".join(others),
                "procedures": "|".join(procedures), "day_surgery": r.choice(["", "0", "1"])}


def shared_oracle():
    spec = importlib.util.spec_from_file_location("drg_oracle", SHARED / "tools/drg_oracle.py")
    module = importlib.util.module_from_spec(spec)
    argv, sys.argv = sys.argv, ["drg_oracle.py", str(CHS)]
    spec.loader.exec_module(module)
    sys.argv = argv
    return module


def shared_answer(module, r):
    got = module.group(r["sex"], module.iv(r["age"]), module.iv(r["age_days"]), module.iv(r["birth_weight"]),
                       [r["main_dx"], *(r["other_dx"].split("|") if r["other_dx"] else [])],
                       r["procedures"].split("|") if r["procedures"] else [])
    return ("ungrouped" if got[2] == "0000" else "grouped", *got)


def part(task):
    """One process' share: makes cases, asks both; how many groups were reached, and what differs."""
    gongji, folder, name, seed, count = task
    scheme = oracle.Scheme(folder)
    maker = Maker(scheme, seed)
    cases = [maker.case(i) for i in range(count)]
    if name == "tools/drg_oracle.py":
        module = shared_oracle()
        want = [(r["case_id"], shared_answer(module, r)) for r in cases]
    else:
        want = [(r["case_id"], oracle.group(scheme, oracle.case_of_row(r))) for r in cases]
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS, lineterminator=random.Random(seed).choice(["\n", "\r\n"]))
        writer.writeheader()
        writer.writerows(cases)
        f.flush()
        got = answers(gongji, folder, f.name)
        explained = answers(gongji, folder, f.name, "--explain")
        json_got = json_answers(gongji, folder, cases[:2000])
    if explained != got:
        return Counter(), "the groups with --explain are others", None
    if json_got != got[:2000]:
        return Counter(), "the groups of JSON lines are others", None
    wrong = [(g, w, c) for g, w, c in zip(got, want, cases) if g != w]
    return Counter(w[1][3] for w in want), len(wrong), wrong[:3]


def json_answers(gongji, folder, cases):
    lists = ("other_dx", "procedures")
    with tempfile.TemporaryDirectory() as tmp:
        with open(tmp + "/in.jsonl", "w", encoding="utf-8") as f:
            for i, r in enumerate(cases):
                as_list = {k: (v.split("|") if v else []) if k in lists and i % 2 else v for k, v in r.items()}
                f.write(json.dumps({k: int(v) if k == "age" and v and i % 3 else v for k, v in as_list.items()},
                                   ensure_ascii=i % 2 == 0) + "\n")
        subprocess.run([gongji, "group", "drg", "--scheme", str(folder), "--in", tmp + "/in.jsonl", "--out",
                        tmp + "/out.jsonl", "--quiet"], check=False)
        with open(tmp + "/out.jsonl", encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
    return [(r["case_id"], tuple(r[c] for c in ANSWER)) for r in rows]


def generated(gongji, folder, name, count, jobs, seed, groups_min):
    share = 50000 if count > 50000 else count
    tasks = [(gongji, folder, name, seed + i, min(share, count - i * share)) for i in range(-(-count // share))]
    reached, bad = Counter(), 0
    with multiprocessing.Pool(jobs) as pool:
        for groups, wrong, examples in pool.imap(part, tasks):
            reached += groups
            if isinstance(wrong, str):
                print(f"not ok {folder.name} against {name}: {wrong}")
                return True
            bad += wrong
            for got, want, case in examples:
                print(f"not ok {folder.name} against {name}: got {got[1]}, expected {want[1]}: {case}")
    some = sum(n for g, n in reached.items() if g != "0000")
    groups = len(reached) - ("0000" in reached)
    few = groups < groups_min or some * 2 < count
    print(f"{'not ok' if bad or few else 'ok'} {folder.name} against {name}: {count} generated cases (seed {seed}), "
          f"{bad} different; {groups} groups reached, {100 * some // count} % have one")
    return bool(bad or few)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gongji", default=os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji")))
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20250131)
    o = parser.parse_args()
    bad = generated(o.gongji, TEACHING, "oracle.py", o.count, o.jobs, o.seed, 38)
    if CHS.is_dir():
        bad |= conformance(o.gongji) | discharges(o.gongji) | disagreements(o.gongji)
        bad |= generated(o.gongji, CHS, "tools/drg_oracle.py", o.count, o.jobs, o.seed, 500)
        bad |= generated(o.gongji, CHS, "oracle.py", min(o.count, 20000), o.jobs, o.seed + 7000, 500)
    else:
        print("skipped: ../shared is not here, so neither the public cases nor CHS-DRG 1.1")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
