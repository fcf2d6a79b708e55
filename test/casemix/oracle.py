"""A second grouper, written from docs/casemix.md alone: no compiled lists, no candidates, every rule is read anew
for every case. Slow and plain on purpose; test/casemix/run.py compares the command with it."""
import csv
import re
from collections import defaultdict
from pathlib import Path

NONE = ("0000", "00", "0000")
NUMBERS = {"AGE": "age", "DAYS": "age_days", "W": "birth_weight", "LOS": "los", "ICU": "icu_hours",
           "VENT": "ventilation_hours"}
TOKEN = re.compile(r"\s*([A-Z_]+|\d+|<=|>=|[<>=&|()!])")
COMPARE = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b, ">=": lambda a, b: a >= b,
           ">": lambda a, b: a > b}


def rows(folder, name):
    path = Path(folder) / (name + ".csv")
    if not path.is_file():
        return []
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


class Scheme:
    def __init__(self, folder):
        self.mdcs = sorted(rows(folder, "mdc"), key=lambda r: int(r["priority"]))
        self.mdc_list = defaultdict(set)
        self.dx = defaultdict(set)      # (adrg, list)
        self.procedure = defaultdict(set)
        self.adrgs, self.drgs = defaultdict(list), defaultdict(list)
        for r in rows(folder, "mdc_diagnosis"):
            self.mdc_list[r["mdc"]].add(r["icd10"])
        for r in rows(folder, "adrg_diagnosis"):
            self.dx[r["adrg"], int(r.get("list") or 1)].add(r["icd10"])
        for r in rows(folder, "adrg_procedure"):
            self.procedure[r["adrg"], int(r.get("slot") or 1)].add(r["icd9cm3"])
        for r in sorted(rows(folder, "adrg"), key=lambda r: int(r["priority"])):
            self.adrgs[r["mdc"]].append(r)
        for r in sorted(rows(folder, "drg"), key=lambda r: int(r["priority"])):
            self.drgs[r["adrg"]].append(r)
        self.valid = {r["icd9cm3"] for r in rows(folder, "valid_procedure")}
        self.site = {r["icd10"]: r["body_site"] for r in rows(folder, "mdcz_site")}
        self.cc = {r["icd10"]: r["exclusion_group"] for r in rows(folder, "cc")}
        self.mcc = {r["icd10"]: r["exclusion_group"] for r in rows(folder, "mcc")}
        self.excludes = defaultdict(set)
        for r in rows(folder, "cc_exclusion"):
            self.excludes[r["main_icd10"]].add(r["exclusion_group"])


class Rule:
    """Recursive descent that decides while it reads."""

    def __init__(self, scheme, text, case, owner):
        self.s, self.case, self.owner = scheme, case, owner
        self.tokens = [t for t in TOKEN.findall(text)]
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def any(self):
        holds = self.all()
        while self.peek() == "|":
            self.take()
            right = self.all()
            holds = holds or right
        return holds

    def all(self):
        holds = self.one()
        while self.peek() == "&":
            self.take()
            right = self.one()
            holds = holds and right
        return holds

    def one(self):
        if self.peek() == "(":
            self.take()
            holds = self.any()
            assert self.take() == ")"
            return holds
        if self.peek() == "!":
            self.take()
            return not self.term()
        return self.term()

    def in_list(self, codes, lists):
        number = int(self.take()) if self.peek().isdigit() else 1
        if isinstance(self.owner, tuple):  # an MDC
            return any(c in self.s.mdc_list[self.owner[0]] for c in codes)
        return any(c in lists[self.owner, number] for c in codes)

    def number(self, value):
        sign = "=" if self.peek().isdigit() else self.take()
        limit = int(self.take())
        return value is not None and COMPARE[sign](value, limit)

    def severity(self, table):
        main, *others = self.case["dx"]
        return any(d in table and table[d] not in self.s.excludes.get(main, ()) for d in others)

    def term(self):
        s, c, t = self.s, self.case, self.take()
        dx, procedures = c["dx"], c["procedures"]
        lists = {"MD": (dx[:1], s.dx), "AD": (dx, s.dx), "OD": (dx[1:], s.dx), "MP": (procedures[:1], s.procedure),
                 "AP": (procedures, s.procedure), "OP": (procedures[1:], s.procedure)}
        if t in lists:
            return self.in_list(*lists[t])
        if t == "W":
            return self.number(c["birth_weight"] or None)
        if t in NUMBERS:
            return self.number(c[NUMBERS[t]])
        if t == "TRAUMA_SITES":
            return self.number(len({s.site[d] for d in dx if d in s.site}))
        if t == "SEX":
            return c["sex"] == self.take()
        return {"ALWAYS": lambda: True,
                "MV": lambda: bool(procedures) and procedures[0] in s.valid,
                "AV": lambda: any(p in s.valid for p in procedures),
                "NV": lambda: not any(p in s.valid for p in procedures),
                "NP": lambda: not procedures,
                "NB": lambda: c["age_days"] is not None and c["age_days"] <= 28,
                "DEATH": lambda: c["died"],
                "DAYSURGERY": lambda: c["day_surgery"],
                "MCC": lambda: self.severity(s.mcc),
                "CC": lambda: self.severity(s.cc),
                "MCC_OR_CC": lambda: self.severity(s.mcc) or self.severity(s.cc)}[t]()


def group(s, case):
    """(status, mdc, adrg, drg) of a case as group_case() makes it."""
    if case["sex"] == "" or case["age"] is None or (case["age"] == 0 and case["age_days"] is None):
        return ("invalid", *NONE)
    for m in s.mdcs:
        if not Rule(s, m["rule"], case, (m["mdc"],)).any():
            continue
        for a in s.adrgs[m["mdc"]]:
            if not Rule(s, a["rule"], case, a["adrg"]).any():
                continue
            for d in s.drgs[a["adrg"]]:
                if Rule(s, d["condition"], case, a["adrg"]).any():
                    return ("grouped", m["mdc"], a["adrg"], d["drg"])
    return ("ungrouped", *NONE)


def case_of_row(r):
    """A row of a case file, as text, to what the rules ask."""
    number = {k: int(r[k]) if r.get(k) else None for k in NUMBERS.values()}
    if number["age"] is None and number["age_days"] is not None:
        number["age"] = number["age_days"] * 4 // 1461
    return {**number, "sex": r["sex"], "died": r.get("discharge_status") == "5",
            "day_surgery": r.get("day_surgery") == "1",
            "dx": [r["main_dx"], *(r["other_dx"].split("|") if r["other_dx"] else [])],
            "procedures": r["procedures"].split("|") if r["procedures"] else []}
