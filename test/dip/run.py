#!/usr/bin/python3
"""Catalogues and groups of the command against test/dip/oracle.py, which was written from docs/dip.md alone:

    a history somebody can check by hand (packs/dip/teaching and the worked cases below);
    generated histories, with every option: all tables byte for byte, every case's answer;
    with --real the two public histories of ../shared: the same bytes twice, the oracle's bytes, and what they cover.

    run.py [--gongji PATH] [--count N] [--seed N] [--real]     --real: the public histories only
"""
import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import oracle  # noqa: E402

DATA = ROOT.parent / "shared/data"
BASIS, TEACHING = ROOT / "packs/dip/basis", ROOT / "packs/dip/teaching"
COLUMNS = ["case_id", "main_dx", "other_dx", "procedures", "total_cost", "provider_level", "age", "age_days", "los",
           "birth_date", "admit_date", "discharge_date", "year", "person_id", "death", "recurrent", "icu_hours"]
ANSWER = ["status", "group", "tier", "match", "score", "deviation", "ratio", "factor", "coefficient", "points"]
csv.field_size_limit(1 << 24)


def folder(path):
    return {p.name: p.read_text(encoding="utf-8-sig") for p in Path(path).glob("*.csv")}


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def run(gongji, *args, ok=(0, 3)):
    done = subprocess.run([gongji, *map(str, args), "--quiet", "--lang", "en"], capture_output=True, text=True, check=False)
    assert done.returncode in ok, (args, done.returncode, done.stderr)
    return done.stdout


def build(gongji, path, out, *options):
    run(gongji, "dip", "build", "--in", path, "--out", out, *options)
    return {p.name: p.read_text(encoding="utf-8") for p in Path(out).iterdir()}


def compare_tables(got, want, what):
    bad = 0
    for name in sorted(set(got) | set(want)):
        if got.get(name) == want.get(name):
            continue
        bad += 1
        a, b = (t.get(name, "").splitlines() for t in (got, want))
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        print(f"not ok {what}: {name} line {at + 1}: got {a[at:at + 1]}, expected {b[at:at + 1]}")
    return bad


def compare_answers(gongji, catalogue, cases, path, what, *options):
    c = oracle.Catalogue(folder(catalogue))
    with tempfile.NamedTemporaryFile(suffix=".csv") as out:
        run(gongji, "group", "dip", "--catalogue", catalogue, "--in", path, "--out", out.name, *options)
        got = [(r["case_id"], tuple(r[a] for a in ANSWER)) for r in read(out.name)]
    bad = 0
    assert len(got) == len(cases), f"{what}: rows are missing"
    for (case_id, g), case in zip(got, cases):
        w = c.answer(case)
        if (case_id, g) == (case.id, w):
            continue
        bad += 1
        if bad <= 5:
            print(f"not ok {what}: {case_id}: got {g}, expected {w}")
    return bad


# ------------------------------------------------------------------------------------ made-up histories

class Maker:
    """Cases that crowd around few diagnoses, so that groups of all kinds arise."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.dx = [f"{c}{n:02d}.{m}00" for c in "ACIJKNSZ" for n in range(0, 60, 7) for m in (1, 2, 9)] + ["I10.x00", "I10"]
        self.heavy = self.r.sample(self.dx, 12)
        self.ops = [f"{n:02d}.{m:04d}" for n in range(3, 99, 6) for m in (100, 9901)] + ["86.700x0014"]
        self.others = ["", "J96.000", "C78.000", "E11.900", "N18.902", "A41.901", "I50.901", "E11.200|N18.0", "j96.0;I21.0"]

    def spoil(self, text):
        kind = self.r.random()
        return (text if kind < 0.93 else text.lower() if kind < 0.95 else " " + text[:2] + " " + text[2:] if kind < 0.97 else
                text.replace(".", "") if kind < 0.98 else self.r.choice(["", "?", "Ж10.1", "K", text * 9, text + "+M01.1*"]))

    def case(self, i):
        r = self.r
        dx = r.choice(self.heavy) if r.random() < 0.7 else r.choice(self.dx)
        n = r.choice([0, 0, 1, 1, 1, 2, 3])
        ops = [r.choice(self.ops[:8] if r.random() < 0.8 else self.ops) for _ in range(n)]
        ops += [r.choice(ops + [""])] if ops and r.random() < 0.2 else []
        base = 200000 + 90000 * (self.dx.index(dx) % 17) + 400000 * len(set(ops))
        cost = int(base * r.lognormvariate(0, 0.5)) if r.random() < 0.98 else r.choice([0, 1, base * 40])
        year, stay = r.choice([2021, 2022, 2022, 2023, 2023, 2023, 2023, 2019]), int(r.expovariate(0.15))
        day = r.randrange(0, 330)
        admit = oracle.datetime.date(year, 1, 1) + oracle.datetime.timedelta(day)
        born = oracle.datetime.date(r.choice([1938, 1950, 1957, 1985, 2015, year]), r.randrange(1, 13), r.randrange(1, 29))
        dates = r.random() < 0.9
        return {"case_id": f"D{i:06d}", "main_dx": self.spoil(dx), "other_dx": r.choice(self.others),
                "procedures": r.choice("|;").join(self.spoil(o) if r.random() < 0.5 else o for o in ops),
                "total_cost": f"{cost / 100:.2f}" if r.random() < 0.99 else r.choice(["", "-3", "x", "99999999999"]),
                "provider_level": r.choice(["1", "1", "2", "3", "三级甲等", "一级", ""]) if r.random() < 0.995 else "q",
                "age": "" if dates else r.choice(["0", "5", "66", "81", "200"]), "age_days": "" if dates else r.choice(["", "3"]),
                "los": "" if dates and r.random() < 0.5 else str(stay), "birth_date": born.isoformat() if dates else "",
                "admit_date": admit.isoformat() if dates else "",
                "discharge_date": (admit + oracle.datetime.timedelta(stay)).isoformat() if dates else "",
                "year": "" if dates and r.random() < 0.7 else str(year), "person_id": r.choice(["", f"P{r.randrange(400)}"]),
                "death": r.choice(["", "0", "0", "0", "1"]), "recurrent": r.choice(["", "", "1"]),
                "icu_hours": r.choice(["", "", "", "0", "60", "400"])}

    def classes(self):
        return "icd9cm3,class\n" + "".join(
            f"{o},{self.r.choice(['diagnostic', 'therapeutic', 'surgery', 'intervention', 'conservative'])}\n"
            for o in self.ops[2:])


def a_basis(maker, to, kind):
    """Nothing; the project's; the project's with classes, coefficients and other parameters."""
    shutil.rmtree(to, ignore_errors=True)
    if kind == 0:
        return []
    shutil.copytree(BASIS, to)
    if kind == 2:
        (to / "procedure_class.csv").write_text(maker.classes(), encoding="utf-8")
        (to / "coefficient.csv").write_text("level,coefficient\n1,0.75\n3,1.0525\n", encoding="utf-8")
        text = (to / "parameter.csv").read_text(encoding="utf-8")
        text = text.replace("low_ratio,0.5", "low_ratio,0.45").replace("high_ratio,2", "high_ratio,1.3333")
        (to / "parameter.csv").write_text(text.replace("base_cv,0.7", "base_cv,2.5").replace("base_share,0.5", "base_share,0.3") +
                                          "unlisted_procedure,diagnostic\n", encoding="utf-8")
    return ["--basis", to]


def generated(gongji, where, count, seed):
    bad = 0
    old = None
    for turn in range(6):
        maker = Maker(seed + turn)
        path, out, basis = where / "cases.csv", where / f"catalogue{turn}", where / "basis"
        write(path, [maker.case(i) for i in range(count)])
        options = a_basis(maker, basis, turn % 3)
        more = {"weights": [(1, 2, 7), (1,), (3, 4)][turn % 3], "seed": turn, "halves": [20, 64, 0][turn % 3],
                "accept_base": turn >= 3, "last_year": 2022 if turn == 5 else 0}
        parameters = {"threshold": (8 + turn) * 10000, "mixed_threshold": 100000, "dx_characters": [4, 3, 5][turn % 3] * 10000,
                      "trim_low": 500, "trim_high": 9375}
        options += ["--years", ":".join(map(str, more["weights"])), "--seed", turn, "--resample", more["halves"],
                    "--threshold", 8 + turn, "--mixed-threshold", 10, "--characters", [4, 3, 5][turn % 3],
                    "--trim", "5,93.75"] + (["--accept-base"] if turn >= 3 else [])
        options += ["--last-year", 2022] if turn == 5 else []
        options += ["--since", old] if old else []
        since = oracle.Catalogue(folder(old)) if old else None
        got = build(gongji, path, out, *options)
        cases = [oracle.Case(r) for r in read(path)]
        want = oracle.Build(folder(basis) if basis.is_dir() else {}, cases, since=since, parameters=parameters, **more)
        bad += compare_tables(got, want.tables, f"history {turn}")
        bad += compare_answers(gongji, out, cases, path, f"history {turn}", "--threads", "2")
        tiers = {g.tier for g in want.groups}
        assert {"core", "mixed"} <= tiers and len(want.groups) > 15, "the history is too thin to show anything"
        assert turn < 5 or "base" in tiers, "no grass-roots disease"
        old = out
    print(f"{'not ok' if bad else 'ok'} 6 generated histories of {count} cases (seed {seed}): tables and answers, {bad} different")
    return bad


def teaching(gongji, where, count, seed):
    """The teaching catalogue, whose expressions and ranges no build makes."""
    maker = Maker(seed)
    groups = read(TEACHING / "core.csv") + read(TEACHING / "mixed.csv")
    classes = [r["icd9cm3"] for r in read(TEACHING / "procedure_class.csv")]
    rows = []
    for i in range(count):
        row, g = maker.case(i), maker.r.choice(groups)
        if maker.r.random() < 0.85:
            begin = g["diagnosis"].replace("*", "Q").split("-")[0].replace(".", "")
            begin = (begin + "22")[:max(3, len(begin))]
            row["main_dx"] = maker.spoil(begin[:3] + "." + begin[3:] + "00")
            ops = [maker.r.choice(t.split("/")) for t in g.get("procedures", "").split("+") if t not in ("", "-")]
            ops += maker.r.sample(classes, maker.r.choice([0, 0, 1, 2]))
            row["procedures"] = "|".join(maker.r.sample(ops, len(ops)))
        if row["total_cost"].replace(".", "").isdigit() and maker.r.random() < 0.3:  # at the limits
            mean = oracle.fixed(g["mean_cost"], 2)
            row["total_cost"] = oracle.yuan(mean * maker.r.choice([1, 2, 4]) // 2 + maker.r.choice([-1, 0, 1]))
        rows.append(row)
    path = where / "teaching.csv"
    write(path, rows)
    bad = compare_answers(gongji, TEACHING, [oracle.Case(r) for r in read(path)], path, "teaching catalogue")
    print(f"{'not ok' if bad else 'ok'} teaching catalogue: {count} cases, {bad} different")
    return bad


# ------------------------------------------------------------------------------------ what a person can check

# Means and points by hand, from docs/dip.md section 6 and 4.
HISTORY = [("2021", 610000), ("2022", 655000), ("2023", 700000)]


def by_hand(gongji, where):
    """K80.1 with 51.2300: 6,100 / 6,550 / 7,000 yuan in three years weigh 1:2:7, that is 6,820.00; J18.9 costs 1,705.00 every
    year, a quarter. 15 cases of each in each year, so nothing is trimmed below 25: trimming is off. M, by years:
    (6,100 + 1,705) / 2 = 3,902.50, 4,127.50 and 4,352.50, weighted 4,262.50. Scores: 6,820 / 4,262.5 x 1000 = 1600,
    1,705 / 4,262.5 x 1000 = 400."""
    rows = []
    for year, cost in HISTORY:
        for i in range(15):
            for dx, op, fen in (("K80.100", "51.2300", cost), ("J18.900", "", 170500)):
                rows.append({"case_id": len(rows), "main_dx": dx, "procedures": op, "total_cost": oracle.yuan(fen),
                             "year": year, "provider_level": 3})
    path, out = where / "hand.csv", where / "hand"
    write(path, rows)
    got = build(gongji, path, out, "--trim", "0,100")
    assert got["core.csv"].splitlines()[1:] == [
        "J18.9,-,core,400.0000,1705.00,1705.00,45,0.0000,45",
        "K80.1,51.2300,core,1600.0000,6820.00,6820.00,45,0.0561,45"], got["core.csv"]
    assert "mean_cost,4262.50\n" in got["parameter.csv"]
    assert "K80.1:51.2300,3,7000.00,15" in got["level_mean.csv"]  # the last year's
    # 3,499.99 < half of 7,000: 1600 x 0.49999857 = 799.9977. 14,000.01 > twice: 1600 x (2.00000143 - 1) = 1600.0023.
    write(path, [{"case_id": i, "main_dx": "k80.1", "procedures": " 51.2300", "total_cost": c, "provider_level": "三级"}
                 for i, c in enumerate(["3499.99", "3500.00", "14000.00", "14000.01"])])
    run(gongji, "group", "dip", "--catalogue", out, "--in", path, "--out", where / "hand_out.csv")
    said = [(r["deviation"], r["points"]) for r in read(where / "hand_out.csv")]
    assert said == [("low", "799.9977"), ("normal", "1600.0000"), ("normal", "1600.0000"), ("high", "1600.0023")], said
    print("ok by hand: a mean weighted 1:2:7, scores, limits of deviation")


def worked(gongji, where):
    """Six settled cases: level, cost, points, by packs/dip/teaching. A grass-roots disease has the same points everywhere."""
    cases = [("K80.100", "51.2300", 3, "15000", "normal", "1785.0000"), ("K80.100", "51.2300", 2, "5500", "low", "695.4546"),
             ("K80.100", "51.2300", 3, "36000", "high", "2740.3522"), ("J18.900", "", 1, "4800", "normal", "487.5000"),
             ("I10.x00", "", 3, "3900", "normal", "300.0000"), ("I10.x00", "", 1, "2300", "normal", "300.0000"),
             ("I10.x00", "", 2, "2400", "normal", "300.0000")]
    path = where / "worked.csv"
    write(path, [{"case_id": i, "main_dx": c[0], "procedures": c[1], "provider_level": c[2], "total_cost": c[3]}
                 for i, c in enumerate(cases)])
    run(gongji, "group", "dip", "--catalogue", TEACHING, "--in", path, "--out", where / "worked_out.csv")
    said = [(r["deviation"], r["points"]) for r in read(where / "worked_out.csv")]
    assert said == [c[4:] for c in cases], said
    print(f"ok worked examples: {len(cases)} cases")


# ------------------------------------------------------------------------------------ real histories

def unpacked(name, where, **renamed):
    path = where / f"{name}.csv"
    with open(path, "wb") as f:
        subprocess.run(["zstd", "-dqc", str(DATA / name / "cases.csv.zst")], stdout=f, check=True)
    if renamed:
        head, rest = path.read_text(encoding="utf-8").split("\n", 1)
        names = [renamed.get(n, n) for n in head.split(",")]
        path.write_text(",".join(names) + "\n" + rest, encoding="utf-8")
    return path


def real(gongji, where, name, least_share, least_gain, last_year, **renamed):
    path = unpacked(name, where, **renamed)
    options = ["--basis", BASIS] + (["--last-year", last_year] if last_year else [])
    got = build(gongji, path, where / name, *options)
    assert build(gongji, path, where / (name + "_again"), *options) == got, "two builds differ"
    cases = [oracle.Case(r) for r in read(path)]
    bad = compare_tables(got, oracle.Build(folder(BASIS), cases, last_year=last_year).tables, name)
    bad += compare_answers(gongji, where / name, cases, path, name)
    said = dict(r.split(",") for r in got["report.csv"].splitlines())
    for key in ("cases", "core_groups", "core_share", "core_cost_share", "mixed_groups", "riv_dip", "riv_diagnosis", "factors",
                "stable_share", "lasting_share"):
        print(f"# {name}: {key} {said[key]}")
    assert int(said["core_cases"]) + int(said["mixed_cases"]) == int(said["cases"])
    assert float(said["core_share"]) >= least_share, "too few cases in core groups"
    assert float(said["riv_dip"]) >= float(said["riv_diagnosis"]) + least_gain, "procedures explain nothing"
    print(f"{'not ok' if bad else 'ok'} {name}: built twice with the same bytes, against the oracle {bad} different")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gongji", default=os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji")))
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=20250131)
    parser.add_argument("--real", action="store_true")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        where = Path(temp)
        if not o.real:
            by_hand(o.gongji, where)
            worked(o.gongji, where)
            bad = teaching(o.gongji, where, o.count, o.seed) + generated(o.gongji, where, o.count, o.seed)
        elif (DATA / "br_sih").is_dir() and shutil.which("zstd"):
            bad = real(o.gongji, where, "br_sih", 0.7, 0.005, 2016)
            bad += real(o.gongji, where, "cms_desynpuf", 0.5, 0.05, 0, main_dx="main_dx_icd9cm", main_dx_icd10cm="main_dx")
        else:
            print("skipped: ../shared (or zstd) is not here, so neither of the public histories")
            return 77
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
