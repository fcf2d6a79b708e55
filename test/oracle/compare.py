#!/usr/bin/python3
"""Settles generated bills by the engine and by the oracle and compares them to the fen.

    compare.py --pack DIR [--count N] [--seed S] [--gongji PATH] [--jobs 2]
    compare.py --all packs/ [...]
    compare.py --pack DIR --in BILLS.jsonl          a file of bills instead of generated ones
    compare.py --pack DIR --oracle-only             only the oracle and the identities

Compared: the whole settlement as printed; of a refusal its code and whether it stands in the output.
Held against each settlement of the engine: the identities I1 to I5, and that the order of lines changes nothing.
The exit status is 1 on a difference, 77 when there is no engine.

covers: R023
"""
import argparse
import itertools
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time

from generate import Maker, dumps
from oracle import FUND_FIELDS, MONEY_KEYS, Oracle, PackError, State, as_settlement, digits, loads, yuan

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IN_SCOPE = {"scope", "deductible", "copay", "over_cap"}


# ---------------------------------------------------------------------------------- one settlement

def differences(got, want):
    """What the engine says otherwise than the oracle, as (field, engine, oracle)."""
    if want["status"] == "refused":
        if got.get("status") != "refused" or got.get("code") != want["code"]:
            return [("status", f"{got.get('status')} {got.get('code', '')}", f"refused {want['code']}")]
        if got.get("unread", False) != want["unread"]:
            return [("refused", "on standard error" if "unread" in got else "in the output", want["code"])]
        return [] if "unread" in got else [(k, got.get(k), want[k]) for k in ("bill", "person") if got.get(k) != want[k]]
    mine = as_settlement(want)
    if got == mine:
        return []
    if got.get("status") != want["status"]:
        return [("status", f"{got.get('status')} {got.get('code', '')}", f"{want['status']} {want.get('reason', '')}")]
    out = []
    for key in {**mine, **got}:
        a, b = got.get(key), mine.get(key)
        if a == b:
            continue
        if key == "layers":
            for x, y in itertools.zip_longest(a, b):
                if x != y:
                    out.append(("layer", shown(x), shown(y)))
        elif isinstance(a, dict) and isinstance(b, dict):
            out += [(f"{key} {k}", a.get(k, "not printed"), b.get(k, "not printed"))
                    for k in {**a, **b} if a.get(k) != b.get(k)]
        else:
            out.append((key, a, b))
    return out


def shown(row):
    return "not there" if row is None else " ".join(f"{k}={x}" for k, x in row.items())


def mixes(layer):
    """A layer that carries money over the border of what is in scope; I5 does not speak about such packs."""
    return layer.leaves is not None and not set(layer.base) | set(layer.leaves) <= IN_SCOPE


def broken(got, ctx):
    """The identities that do not hold of a settlement in fen."""
    out = []
    if got["total"] != got["own"] + got["over_limit"] + got["pay_first"] + got["route_share"] + got["in_scope"]:
        out.append("I1 total = own + over limit + pay-first + route share + in scope")
    if got["fund_total"] != sum(got["funds"].values()) or not got["funds"].keys() <= FUND_FIELDS:
        out.append("I2 fund total = sum of funds")
    if got["total"] != got["fund_total"] + got["personal_part"] + got["hospital_part"]:
        out.append("I3 total = funds + personal part + hospital part")
    if got["personal_part"] != got["account"] + got["family_account"] + got["cash"]:
        out.append("I4 personal part = accounts + cash")
    if min(got[k] for k in MONEY_KEYS) < 0:
        out.append("I5 nothing negative")
    if not any(mixes(row[0]) for row in ctx.rows):
        if got["deductible"] > got["in_scope"]:
            out.append("I5 deductible within scope")
        inside = {row[0].name for row in ctx.rows if IN_SCOPE.issuperset(row[0].base)}
        if sum(r["paid"] for r in got["layers"] if r["layer"] in inside) > got["in_scope"]:
            out.append("I5 layers on in-scope money pay at most what is in scope")
    return [("identity", text, "") for text in out]


def in_fen(got):
    """A settlement as printed, its amounts in fen."""
    out = {k: digits(got[k], 2) for k in MONEY_KEYS}
    out["funds"] = {f: digits(x, 2) for f, x in got["funds"].items()}
    out["layers"] = [{"layer": r["layer"], "paid": digits(r["paid"], 2)} for r in got["layers"]]
    return out


# ---------------------------------------------------------------------------------- running both

def engine(gongji, pack, source, target, threads=2):
    """Runs the engine; gives {line number: code} of the lines it could not read."""
    run = subprocess.run([gongji, "settle", "--pack", pack, "--in", source, "--out", target, "--threads", str(threads)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    if run.returncode not in (0, 3):
        raise RuntimeError(f"gongji settle --pack {pack} --in {source} left with {run.returncode}: {run.stderr[-2000:]}")
    return {int(m[1]): m[2] for m in re.finditer(r"^.*?:(\d+): (\w+)", run.stderr, re.M)}


def results_of(path):
    out = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            r = json.loads(line)
            out.setdefault(r["bill"], []).append(r)
    return out


class Tally:
    FIELDS = ("bills", "settled", "refused", "not_covered", "total", "funds", "personal", "different")

    def __init__(self):
        for f in self.FIELDS:
            setattr(self, f, 0)
        self.codes, self.layers = {}, {}

    def add(self, other):
        for f in self.FIELDS:
            setattr(self, f, getattr(self, f) + getattr(other, f))
        for mine, more in ((self.codes, other.codes), (self.layers, other.layers)):
            for k, v in more.items():
                mine[k] = mine.get(k, 0) + v

    def saw(self, want):
        if want["status"] == "refused":
            self.refused += 1
            self.codes[want["code"]] = self.codes.get(want["code"], 0) + 1
        else:
            setattr(self, want["status"], getattr(self, want["status"]) + 1)
            self.total += want["total"]
            self.funds += want["fund_total"]
            self.personal += want["personal_part"]
            for row in want["layers"]:
                if row["paid"]:
                    self.layers[row["layer"]] = self.layers.get(row["layer"], 0) + 1


def check(oracle, lines, got, unread, tally, stop_after):
    """Settles the lines by the oracle and compares; gives the first differences as (index, rows)."""
    state, found = State(), []
    for i, text in enumerate(lines):
        bill = loads(text)
        wants = oracle.settle(bill, state)
        tally.bills += 1
        theirs = None if got is None else got.get(bill["bill"], [])
        if got is not None and not theirs and i + 1 in unread:
            theirs = [{"status": "refused", "code": unread[i + 1], "unread": True}]
        rows = []
        for want in wants:
            tally.saw(want)
            if want["status"] == "settled":
                rows += broken(want, want["ctx_"])
        if theirs is not None:
            if len(theirs) != len(wants):
                rows.append(("number of settlements", [t.get("status") for t in theirs], [w["status"] for w in wants]))
            for mine, want in zip(theirs, wants):
                differ = differences(mine, want)
                if differ and mine["status"] == want["status"] == "settled":
                    differ += broken(in_fen(mine), want["ctx_"])
                rows += differ
        if rows:
            tally.different += 1
            if len(found) < stop_after:
                found.append((i, rows))
    return found


# ---------------------------------------------------------------------------------- reporting

def belongs(text, of):
    bill, last = json.loads(text)["person"], json.loads(of)["person"]
    return bill["id"] == last["id"] or ("household" in last and bill.get("household") == last["household"])


def still_differs(job, lines):
    with tempfile.TemporaryDirectory() as tmp:
        source, target = os.path.join(tmp, "in.jsonl"), os.path.join(tmp, "out.jsonl")
        with open(source, "w", encoding="utf-8") as f:
            f.writelines(lines)
        try:
            unread = engine(job["gongji"], job["pack"], source, target, 1)
        except RuntimeError:
            return False
        found = check(job["oracle"], lines, results_of(target), unread, Tally(), len(lines))
        return any(i == len(lines) - 1 for i, _ in found)


def smaller(text):
    """The bill with one line, one opening value or one optional field less, each in turn."""
    bill = json.loads(text)
    for i in range(len(bill["lines"])):
        if len(bill["lines"]) > 1:
            yield dict(bill, lines=bill["lines"][:i] + bill["lines"][i + 1:])
    for name in bill.get("opening", {}):
        yield dict(bill, opening={k: v for k, v in bill["opening"].items() if k != name})
    for part, must in (("person", ("id", "scheme")), ("visit", ("kind", "date")), ("provider", ())):
        for key in bill.get(part, {}):
            if key not in must:
                yield dict(bill, **{part: {k: v for k, v in bill[part].items() if k != key}})
    for i, line in enumerate(bill["lines"]):
        for key in line:
            if key not in ("class", "amount", "unit_price", "quantity"):
                less = {k: v for k, v in line.items() if k != key}
                yield dict(bill, lines=bill["lines"][:i] + [less] + bill["lines"][i + 1:])


def minimal(job, lines, budget=400):
    """Leaves out earlier bills, lines and fields as long as the last bill still differs."""
    lines = [t if t.endswith("\n") else t + "\n" for t in lines]
    if not still_differs(job, lines):
        return lines
    shrunk = True
    while shrunk and budget > 0:
        shrunk = False
        trials = [lines[:i] + lines[i + 1:] for i in range(len(lines) - 1)]
        for i, text in enumerate(lines):
            trials += [lines[:i] + [dumps(b) + "\n"] + lines[i + 1:] for b in smaller(text)]
        for trial in trials:
            budget -= 1
            if budget <= 0:
                break
            if still_differs(job, trial):
                lines, shrunk = trial, True
                break
    return lines


def report(job, lines, found):
    out = []
    for i, rows in found:
        bill = json.loads(lines[i])
        out.append(f"DIFFERENT {job['pack']} bill {bill['bill']} of {bill['person']['id']} "
                   f"(seed {job['seed']}, line {i + 1})")
        out += [f"    {field}: engine {got} | oracle {want}" for field, got, want in rows]
        small = [t for t in lines[:i + 1] if belongs(t, lines[i])]
        if job["gongji"]:
            small = minimal(job, small)
        out.append("  minimal repro:")
        out += ["    " + t.rstrip("\n") for t in small]
    return out


def work(job):
    """One share of a run: its tally and its report."""
    job = dict(job, oracle=Oracle(job["pack"]))
    tally = Tally()
    with tempfile.TemporaryDirectory() as tmp:
        if job["source"]:
            with open(job["source"], encoding="utf-8") as f:
                lines = f.readlines()
            source = job["source"]
        else:
            lines = [dumps(b) + "\n" for b in Maker(job["oracle"].pack, job["seed"]).stream(job["count"])]
            source = os.path.join(tmp, "in.jsonl")
            with open(source, "w", encoding="utf-8") as f:
                f.writelines(lines)
        got, unread = None, {}
        if job["gongji"]:
            target = os.path.join(tmp, "out.jsonl")
            unread = engine(job["gongji"], job["pack"], source, target)
            got = results_of(target)
            order = [b for b in dict.fromkeys(json.loads(t)["bill"] for t in lines) if b in got]
            if list(got) != order:
                tally.different += 1
        found = check(job["oracle"], lines, got, unread, tally, job["show"])
        lines_of_report = report(job, lines, found)
        if job["gongji"]:
            lines_of_report += reordered(job, lines, target, tmp, tally)
        return tally, lines_of_report


def reordered(job, lines, target, tmp, tally):
    """The same bills with their lines shuffled: the engine must write the same bytes."""
    rng = random.Random(job["seed"])
    source, other = os.path.join(tmp, "shuffled.jsonl"), os.path.join(tmp, "shuffled_out.jsonl")
    with open(source, "w", encoding="utf-8") as f:
        for text in lines:
            bill = json.loads(text)
            rng.shuffle(bill["lines"])
            f.write(dumps(bill) + "\n")
    engine(job["gongji"], job["pack"], source, other)
    with open(target, encoding="utf-8") as f, open(other, encoding="utf-8") as g:
        for before, after in itertools.zip_longest(f, g):
            if before != after and json.loads(before or "{}").get("status") != "refused":
                tally.different += 1
                return [f"ORDER of lines matters in {job['pack']} (seed {job['seed']}):", f"    {before}", f"    {after}"]
    return []


def run_pack(pack, a):
    began = time.monotonic()
    jobs = 1 if a.source else max(1, min(a.jobs, a.count))
    shares = [a.count // jobs + (i < a.count % jobs) for i in range(jobs)]
    todo = [{"pack": pack, "gongji": None if a.oracle_only else a.gongji, "seed": f"{a.seed}/{i}", "count": n,
             "source": a.source, "show": a.show} for i, n in enumerate(shares)]
    tally = Tally()
    if jobs == 1:
        done = [work(todo[0])]
    else:
        with multiprocessing.Pool(jobs) as pool:
            done = pool.map(work, todo)
    for t, lines in done:
        tally.add(t)
        for line in lines:
            print(line)
    seconds = time.monotonic() - began
    print(f"{os.path.basename(os.path.normpath(pack))}: {tally.bills} bills, {tally.settled} settled, "
          f"{tally.not_covered} not covered, {tally.refused} refused {dict(sorted(tally.codes.items()))}; "
          f"total {yuan(tally.total)}, funds {yuan(tally.funds)}, personal {yuan(tally.personal)}; "
          f"{tally.different} different; {seconds:.1f} s")
    print("    paid by layer: " + ", ".join(f"{k} {v}" for k, v in sorted(tally.layers.items())), flush=True)
    return tally.different


def packs_of(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(os.path.join(path, "policy")) and os.listdir(os.path.join(path, "policy")):
            yield path


def main():
    p = argparse.ArgumentParser(description="engine against oracle")
    p.add_argument("--pack", action="append", default=[])
    p.add_argument("--all", metavar="FOLDER")
    p.add_argument("--in", dest="source")
    p.add_argument("--count", type=int, default=10_000)
    p.add_argument("--seed", default="1")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--show", type=int, default=3, help="differences reported by each job")
    p.add_argument("--gongji", default=os.environ.get("GONGJI", os.path.join(ROOT, "build", "release", "src", "gongji")))
    p.add_argument("--oracle-only", action="store_true")
    a = p.parse_args()
    if not a.oracle_only and not os.access(a.gongji, os.X_OK):
        print(f"SKIP: no engine at {a.gongji}")
        return 77
    packs = a.pack + (list(packs_of(a.all)) if a.all else [])
    if not packs:
        p.error("--pack or --all")
    different = 0
    for pack in packs:
        try:
            different += run_pack(pack, a)
        except (PackError, RuntimeError) as e:
            print(f"FAILED {pack}: {e}")
            different += 1
    print("all agree" if not different else f"{different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
