"""A second DIP, written from docs/dip.md alone: catalogues built and cases grouped, slowly and plainly, with
Python's integers. test/dip/run.py compares the command with it, table by table, byte for byte."""
import csv
import datetime
import io
import re
from collections import defaultdict
from math import isqrt
from pathlib import Path

CLASSES = ["conservative", "diagnostic", "therapeutic", "surgery"]
USUAL = {"dx_characters": 40000, "score_base": 10000000, "mean_cost": 0, "low_ratio": 5000, "high_ratio": 20000,
         "ungrouped_factor": 8000, "base_coefficient": 10000, "threshold": 150000, "mixed_threshold": 150000,
         "trim_low": 250, "trim_high": 9750, "trim_cases": 250000, "level_cases": 50000, "factor_group_cases": 100000,
         "factor_cases": 50000, "factor_gain": 2000, "base_share": 5000, "base_cv": 7000, "recurrent_days": 150000,
         "long_stay": 20000}
ORDER = [("core", "surgery"), ("base", "surgery"), ("core", "therapeutic"), ("base", "therapeutic"),
         ("core", "diagnostic"), ("base", "diagnostic"), ("mixed", "surgery"), ("mixed", "therapeutic"),
         ("mixed", "diagnostic"), ("core", "conservative"), ("base", "conservative"), ("mixed", "conservative")]
MASK = (1 << 64) - 1


def half_up(a, b):
    return (2 * a + b) // (2 * b)


def fixed(text, scale):
    """"12.5" with scale 2 is 1250."""
    whole, _, part = text.partition(".")
    return int(whole + (part + "0" * scale)[:scale])


def e4(n):
    return f"{n // 10000}.{n % 10000:04d}"


def yuan(n):
    return f"{n // 100}.{n % 100:02d}"


def rows(text):
    return list(csv.DictReader(io.StringIO(text))) if text else []


def table(folder, name):
    path = Path(folder) / name
    return path.read_text(encoding="utf-8-sig") if path.is_file() else ""


# ------------------------------------------------------------------------------------ codes

def diagnosis(code, characters):
    code = re.sub("[ \t]", "", code)
    if len(code.encode()) > 24:
        return None
    key = ""
    for i, c in enumerate(code):
        if len(key) == characters:
            break
        if c == "." and len(key) == 3:
            continue
        c = c.upper() if c.isascii() else "?"
        if not c.isalnum():
            if len(key) < 3:
                return None
            break
        key += "x" if c == "X" and key else c
    return None if len(key) < 3 else key if len(key) == 3 else key[:3] + "." + key[3:]


def procedure(code):
    code = re.sub("[ \t]", "", code)
    if not re.fullmatch(r"[A-Za-z0-9.]{1,24}", code):
        return None
    code = code.upper()
    return code[0] + code[1:].replace("X", "x")


def number(text, limit):
    """None = not given, "bad" = not a number of this kind."""
    text = text.strip(" \t")
    if text == "":
        return None
    return int(text) if re.fullmatch(r"\d+", text) and int(text) <= limit else "bad"


def day(text):
    text = text.strip(" \t")
    if text == "":
        return None
    try:
        return datetime.date.fromisoformat(text) if len(text) == 10 else "bad"
    except ValueError:
        return "bad"


def years_between(born, on):
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def yes(text):
    return text.strip(" \t") in ("1", "true", "yes", "是")


def codes(text):
    return re.split("[|;]", text) if text else []


class Case:
    """A row of a case file."""

    def __init__(self, row):
        get = lambda *names: next((row[n] for n in names if row.get(n) is not None), "")
        self.id, self.main = row["case_id"], row["main_dx"]
        self.others, self.procedures = codes(get("other_dx")), codes(get("procedures"))
        self.age, self.age_days = number(get("age"), 200), number(get("age_days"), 80000)
        self.stay, self.icu = number(get("los", "los_days"), 40000), number(get("icu_hours"), 900000)
        weight = number(get("birth_weight", "birth_weight_g"), 20000)
        ventilation = number(get("ventilation_hours"), 900000)
        cost = get("total_cost").strip(" \t")
        good = re.fullmatch(r"\d+(\.\d{1,2}0*)?", cost) and fixed(cost, 2) <= 10 ** 11
        self.cost = None if cost == "" else fixed(cost, 2) if good else "bad"
        self.admitted, self.discharged = day(get("admit_date")), day(get("discharge_date"))
        born, year = day(get("birth_date")), number(get("year"), 2999)
        year = "bad" if isinstance(year, int) and year < 1800 else year
        level = get("provider_level").strip(" \t")
        found = re.fullmatch("([1-9])|([一二三]).+", level, re.S)
        self.level = 0 if level == "" else "bad" if not found else int(
            found[1] or "一二三".index(found[2]) + 1)
        self.person, self.recurrent = get("person_id"), yes(get("recurrent"))
        self.died = get("discharge_status", "leave_type").strip(" \t") == "5" or yes(get("death"))
        self.reason = "too_many_codes" if max(len(self.others), len(self.procedures)) > 5000 else ""
        if None in row and row[None]:
            self.reason = "bad_row"
        if not self.reason and "bad" in (self.age, self.age_days, self.stay, self.icu, weight, ventilation, self.cost,
                                         self.admitted, self.discharged, born, year, self.level):
            self.reason = "bad_number"
        if self.reason:
            return
        self.year = year or (self.discharged.year if self.discharged else 0)
        if self.stay is None and self.admitted and self.discharged and self.discharged >= self.admitted:
            self.stay = (self.discharged - self.admitted).days
        if self.admitted and born and born <= self.admitted:
            self.age_days = (self.admitted - born).days if self.age_days is None else self.age_days
            self.age = years_between(born, self.admitted) if self.age is None else self.age
        if self.age is None and self.age_days is not None:
            self.age = self.age_days * 4 // 1461


# ------------------------------------------------------------------------------------ a catalogue

class Group:
    def __init__(self, row, mixed, class_of):
        self.diagnosis = row["diagnosis"]
        self.score, self.mean = fixed(row["score"], 4), fixed(row["mean_cost"], 2)
        if mixed:
            self.tier, self.treatment, self.terms = "mixed", row["treatment"], []
            self.code = f'{self.diagnosis}:{self.treatment}'
            return
        self.tier, self.code = row["tier"], f'{self.diagnosis}:{row["procedures"]}'
        self.nearest = fixed(row["nearest_cost"], 2) if row.get("nearest_cost") else self.mean
        self.terms = [] if row["procedures"] == "-" else [t.split("/") for t in row["procedures"].split("+")]
        self.treatment = max([0] + [CLASSES.index(class_of(p)) for t in self.terms for p in t])
        self.treatment = CLASSES[self.treatment]


class Catalogue:
    def __init__(self, tables, basis=False):
        """tables: texts by file name."""
        text = {r["key"]: r["value"] for r in rows(tables.get("parameter.csv"))}
        self.name = text.get("name", "")
        self.p = {k: fixed(text[k], 4) if k in text else v for k, v in USUAL.items()}
        self.listed = {procedure(r["icd9cm3"]): "surgery" if r["class"] == "intervention" else r["class"]
                       for r in rows(tables.get("procedure_class.csv"))}
        self.unlisted = text.get("unlisted_procedure") or ("conservative" if self.listed else "therapeutic")
        self.order = [(r["tier"], r["treatment"]) for r in rows(tables.get("order.csv"))] or ORDER
        self.lists, self.weights = defaultdict(list), []
        for r in rows(tables.get("diagnosis_list.csv")):
            prefix = r["icd10"].replace(".", "").replace(" ", "").upper()
            self.lists[r["list"]].append(prefix)
            if r.get("disease"):
                self.weights.append((prefix, r["disease"], int(r["weight"])))
        self.grades = [(r["kind"], r["grade"], r["condition"]) for r in rows(tables.get("grade.csv"))]
        self.core, self.mixed, self.groups, self.ranges = defaultdict(list), {}, [], []
        self.characters = self.p["dx_characters"] // 10000
        self.coefficient = {r["level"]: fixed(r["coefficient"], 4) for r in rows(tables.get("coefficient.csv"))}
        if basis:
            return
        for r in rows(tables["core.csv"]):
            self.add(Group(r, False, self.class_of))
        for r in rows(tables["mixed.csv"]):
            self.add(Group(r, True, self.class_of))
        self.level = {(r["group"], int(r["level"])): fixed(r["mean_cost"], 2)
                      for r in rows(tables.get("level_mean.csv"))}
        self.factor = defaultdict(dict)
        for r in rows(tables.get("factor.csv")):
            self.factor[r["group"]][r["kind"], r["grade"]] = fixed(r["factor"], 4)

    def add(self, g):
        self.groups.append(g)
        if g.tier != "mixed":
            self.core[g.diagnosis].append(g)
        elif "-" in g.diagnosis:
            self.ranges.append(g)
        else:
            self.mixed[g.diagnosis, g.treatment] = g

    def class_of(self, code):
        return self.listed.get(code, self.unlisted)

    def procedures(self, case):
        """(the set, whether there are others that count, the treatment)"""
        found, more, treatment = [], False, 0
        for text in case.procedures:
            code = procedure(text)
            if code is None or self.class_of(code) == "conservative":
                continue
            treatment = max(treatment, CLASSES.index(self.class_of(code)))
            if code in found:
                continue
            if len(found) == 64:
                more = True
            else:
                found.append(code)
        return found, more, CLASSES[treatment]

    def cci(self, case):
        worst = defaultdict(int)
        for other in map(plain, case.others):
            for prefix, disease, weight in self.weights:
                if other.startswith(prefix):
                    worst[disease] = max(worst[disease], weight)
        return sum(worst.values())

    def holds(self, condition, case, facts):
        for term in condition.split("&"):
            if term == "always":
                continue
            where, _, name = term.partition(":")
            if name:
                among = [plain(case.main)] if where.endswith("main") else [plain(o) for o in case.others]
                within = any(c.startswith(p) for c in among for p in self.lists[name])
                if within == where.startswith("!"):
                    return False
                continue
            fact, sign, limit = re.fullmatch("([a-z_]+)([<>]?=?)([0-9]+)", term).groups()
            value, limit = facts[fact], int(limit)
            if value is None or not {"<": value < limit, "<=": value <= limit, "=": value == limit,
                                     ">=": value >= limit, ">": value > limit}[sign]:
                return False
        return True

    def graded(self, case, recurrent):
        facts = {"age": case.age, "age_days": case.age_days, "los": case.stay, "icu_hours": case.icu,
                 "cci": self.cci(case), "death": int(case.died), "recurrent": int(recurrent)}
        out = {}
        for kind, grade, condition in self.grades:
            if kind not in out and self.holds(condition, case, facts):
                out[kind] = grade
        return out

    # ---- decisions

    def best(self, key, tier, treatment, found, case_treatment, cost):
        fits = []
        for g in self.core.get(key, ()):
            if (g.tier, g.treatment) != (tier, treatment) or (not g.terms and case_treatment != "conservative"):
                continue
            if all(any(p in found for p in t) for t in g.terms):
                fits.append((g, sum(p in found for t in g.terms for p in t)))
        most = max((len(g.terms) for g, _ in fits), default=0)
        fits = [f for f in fits if len(f[0].terms) == most]
        most = max((n for _, n in fits), default=0)
        fits = [f for f in fits if f[1] == most]
        if not fits:
            return None, 0, False
        g, n = min(fits, key=lambda f: 0 if cost is None else abs(f[0].nearest - cost))
        return g, n, len(fits) > 1

    def mixed_of(self, key, treatment):
        plain_key = key.replace(".", "")
        for n in (3, 2, 1):
            g = self.mixed.get((plain_key[:n], treatment))
            if g:
                return g, "category" if n == 3 else "prefix"
        for g in self.ranges:
            first, last = (x.replace(".", "") for x in g.diagnosis.split("-"))
            if g.treatment == treatment and first <= plain_key[:len(first)] and plain_key[:len(last)] <= last:
                return g, "range"
        g = self.mixed.get(("*", treatment))
        return (g, "comprehensive") if g else (None, "")

    def find(self, key, case):
        found, more, case_treatment = self.procedures(case)
        for tier, treatment in self.order:
            if tier == "mixed":
                if treatment == case_treatment:
                    g, how = self.mixed_of(key, treatment)
                    if g:
                        return g, how
                continue
            g, named, tied = self.best(key, tier, treatment, found, case_treatment, case.cost)
            if g:
                exact = named == len(found) and not more
                return g, "conservative" if not g.terms else "nearest" if tied else "exact" if exact else "subset"
        return None, ""

    def by_cost(self, cost, factor):
        mean = self.p["mean_cost"] // 100
        return half_up(half_up(cost * self.p["score_base"], mean) * factor, 10000) if cost is not None and mean else 0

    def deviation(self, g, case):
        """(class, ratio, score after it)"""
        mean = self.level.get((g.code, case.level)) or g.mean
        if case.cost is None or not mean:
            return "", None, g.score
        ratio = half_up(case.cost * 10000, mean)
        if case.cost * 10000 < self.p["low_ratio"] * mean:
            return "low", ratio, half_up(g.score * case.cost, mean)
        if case.cost * 10000 > self.p["high_ratio"] * mean:
            beyond = half_up((self.p["high_ratio"] - 10000) * mean, 10000)
            return "high", ratio, half_up(g.score * (case.cost - beyond), mean)
        return "normal", ratio, g.score

    def answer(self, case):
        """The row of `gongji group dip`, without the case's identity."""
        if case.reason:
            return ("invalid", "0000", *[""] * 8)
        key = diagnosis(case.main, self.characters)
        g, how = self.find(key, case) if key else (None, "")
        if not g:
            return ("ungrouped", "0000", *[""] * 7, e4(self.by_cost(case.cost, self.p["ungrouped_factor"])))
        if g.score == 0:
            return ("grouped", g.code, g.tier, how, e4(0), "", "", e4(10000), e4(10000), e4(self.by_cost(case.cost, 10000)))
        deviation, ratio, score = self.deviation(g, case)
        graded = self.graded(case, case.recurrent) if g.code in self.factor else {}
        factor = max((f for (kind, grade), f in self.factor[g.code].items() if graded.get(kind) == grade), default=10000)
        coefficient = self.p["base_coefficient"] if g.tier == "base" else self.coefficient.get(str(case.level)) or 10000
        points = half_up(half_up(score * factor, 10000) * coefficient, 10000)
        return ("grouped", g.code, g.tier, how, e4(g.score), deviation, "" if ratio is None else e4(ratio), e4(factor),
                e4(coefficient), e4(points))


def plain(code):
    """As lists compare codes: at most 24 bytes of it."""
    kept = b"".join(bytes([b]) for b in code.encode() if b not in b" \t.")[:24]
    return re.sub(rb"[a-z]", lambda m: m[0].upper(), kept).decode("utf-8", "replace")


# ------------------------------------------------------------------------------------ a build

class Event:
    """One case of a history."""

    def __init__(self, case, key, place, found, treatment):
        self.case, self.key, self.place = case, key, place
        self.procedures, self.treatment, self.cost = tuple(sorted(found)), treatment, case.cost


class Stratum:
    def __init__(self, events, weights):
        self.n, self.sum = len(events), sum(e.cost for e in events)
        self.squares = sum(e.cost * e.cost for e in events)
        years = defaultdict(list)
        for e in events:
            years[e.slot].append(e.cost)
        self.mean = half_up(sum(weights[y] * half_up(sum(c) * 10000, len(c)) for y, c in years.items()),
                            sum(weights[y] for y in years)) if years else 0
        inside = self.n * self.squares - self.sum * self.sum
        self.cv = half_up(isqrt(inside) * 10000, self.sum) if self.sum and inside > 0 else 0


def coins(seed, place):
    x = (seed + (place + 1) * 0x9E3779B97F4A7C15) & MASK
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


class Build:
    def __init__(self, basis, cases, weights=(1, 2, 7), last_year=0, halves=20, seed=1, accept_base=False, since=None,
                 drg=None, parameters=None):
        self.basis = dict(basis)
        self.c = Catalogue(basis, basis=True)
        self.p = {**self.c.p, **(parameters or {})}
        self.c.p, self.c.characters = self.p, self.p["dx_characters"] // 10000
        self.weights, self.halves, self.seed, self.since = list(weights), halves, seed, since
        self.m, self.last_year = {}, last_year
        self.read(cases)
        self.recurrent()
        core = self.core_groups()
        self.group(core, [])
        mixed = self.mixed_groups()
        self.group(core, mixed)
        self.measure()
        if accept_base:
            core = [{**r, "tier": "base" if g.candidate else "core"} for r, g in zip(core, self.groups)]
            self.group(core, mixed)
            self.measure()
        self.write(core, mixed, drg)

    def read(self, cases):
        count = defaultdict(int)
        self.events = []
        for case in cases:
            count["read"] += 1
            if case.reason:
                count["invalid"] += 1
                continue
            key = diagnosis(case.main, self.c.characters)
            if key is None or not case.cost:
                count["no_diagnosis" if key is None else "no_cost"] += 1
                continue
            found, _, treatment = self.c.procedures(case)
            self.events.append(Event(case, key, len(self.events), found, treatment))
        last, n = self.last_year or max((e.case.year for e in self.events), default=0), len(self.weights)
        any_year = n == 1 and not self.last_year
        for e in self.events:
            e.slot = 0 if any_year else n - 1 - (last - e.case.year)
        self.used = [e for e in self.events if e.slot in range(n) and (any_year or e.case.year)]
        self.m.update(cases_read=count["read"], cases_invalid=count["invalid"],
                      cases_without_diagnosis=count["no_diagnosis"], cases_without_cost=count["no_cost"],
                      cases_of_other_years=len(self.events) - len(self.used), cases=len(self.used))
        self.last = None if any_year else last

    def recurrent(self):
        for e in self.events:
            e.recurrent = e.case.recurrent
        seen = sorted((e for e in self.events if e.case.person and e.case.admitted and e.case.discharged),
                      key=lambda e: (e.case.person, e.key, e.case.admitted, e.place))
        for before, e in zip(seen, seen[1:]):
            if (before.case.person, before.key) == (e.case.person, e.key):
                gap = (e.case.admitted - before.case.discharged).days
                e.recurrent |= 0 <= gap <= self.p["recurrent_days"] // 10000

    def core_groups(self):
        sets = defaultdict(list)
        for e in self.used:
            sets[e.key, "+".join(e.procedures) or "-"].append(e)
        order = sorted(sets, key=lambda k: (k[0].replace(".", ""), k[1]))
        return [{"diagnosis": key, "procedures": text, "tier": "core", "score": "0", "mean_cost": "0",
                 "nearest_cost": yuan(half_up(Stratum(sets[key, text], self.weights).mean, 10000))}
                for key, text in order if len(sets[key, text]) * 10000 >= max(10000, self.p["threshold"] // 10000 * 10000)]

    def group(self, core, mixed):
        c = self.c
        c.core, c.mixed, c.groups = defaultdict(list), {}, []
        c.level, c.factor = {}, defaultdict(dict)
        for r in core:
            c.add(Group(r, False, c.class_of))
        for r in mixed:
            c.add(Group(r, True, c.class_of))
        self.groups = c.groups
        for e in self.used:
            e.group, e.how = self.find(e)

    def find(self, e, catalogue=None):
        class Known:
            procedures, cost, level = e.procedures, e.cost, e.case.level
        catalogue = catalogue or self.c
        return catalogue.find(diagnosis(e.key, catalogue.characters), Known)

    def mixed_groups(self):
        left, out = [e for e in self.used if e.group is None], []
        for n in (3, 2, 1, 0):
            found = defaultdict(list)
            for e in left:
                found[e.key.replace(".", "")[:n], CLASSES.index(e.treatment)].append(e)
            left = []
            for key in sorted(found):
                if n and len(found[key]) < max(1, self.p["mixed_threshold"] // 10000):
                    left += found[key]
                else:
                    out.append({"diagnosis": key[0] or "*", "treatment": CLASSES[key[1]], "score": "0", "mean_cost": "0"})
        return out

    def measure(self):
        p = self.p
        of = defaultdict(list)
        for e in self.used:
            of[e.group.code].append(e)
        kept_all = []
        for g in self.groups:
            g.events = of[g.code]
            costs, n = sorted(e.cost for e in g.events), len(g.events)
            g.kept = g.events
            if n and n * 10000 >= p["trim_cases"]:
                low, high = costs[n * p["trim_low"] // 10000], costs[n - 1 - n * (10000 - p["trim_high"]) // 10000]
                g.kept = [e for e in g.events if low <= e.cost <= high]
            g.facts = Stratum(g.kept, self.weights)
            kept_all += g.kept
        self.all = Stratum(kept_all, self.weights)
        self.kept = set(map(id, kept_all))
        for g in self.groups:
            g.score = half_up(g.facts.mean * p["score_base"], self.all.mean)
            g.mean = half_up(g.facts.mean, 10000)
            first = sum(e.case.level == 1 for e in g.events)
            g.candidate = (g.tier != "mixed" and first > 0 and first * 10000 >= len(g.events) * p["base_share"] and
                           g.facts.cv <= p["base_cv"])

    # ---- tables

    def levels(self):
        out = ["group,level,mean_cost,cases"]
        for g in self.groups:
            for level in range(1, 10):
                costs = [e.cost for e in g.kept if e.case.level == level and e.slot == len(self.weights) - 1]
                if costs and len(costs) * 10000 >= self.p["level_cases"]:
                    self.c.level[g.code, level] = half_up(sum(costs), len(costs))
                    out.append(f"{g.code},{level},{yuan(self.c.level[g.code, level])},{len(costs)}")
        return out

    def factors(self):
        out = ["group,kind,grade,factor,cases"]
        kinds = list(dict.fromkeys(k for k, _, _ in self.c.grades))
        if kinds:
            for e in self.used:
                e.grades = self.c.graded(e.case, e.recurrent)
        for g in self.groups:
            if g.facts.n * 10000 <= self.p["factor_group_cases"]:
                continue
            for kind in kinds:
                named = [grade for k, grade, _ in self.c.grades if k == kind]
                strata = {n: [e for e in g.kept if e.grades.get(kind) == n] for n in named}
                strata = {n: s for n, s in strata.items() if len(s) * 10000 > self.p["factor_cases"]}
                rest = Stratum([e for e in g.kept if e.grades.get(kind) not in strata], self.weights)
                strata = {n: Stratum(s, self.weights) for n, s in strata.items()}
                after = sum(s.n * s.cv for s in strata.values()) + rest.n * rest.cv
                before = g.facts.n * g.facts.cv
                if strata and after < before and (before - after) * 10000 >= before * self.p["factor_gain"]:
                    for n, s in strata.items():
                        out.append(f"{g.code},{kind},{n},{e4(min(10 ** 7, half_up(s.mean * 10000, g.facts.mean)))},{s.n}")
        return out

    def supervision(self):
        out = ["group,cases,mean_stay,low_cost,high_cost,recurrent,overlong,deaths"]
        self.came_back = 0
        for g in self.groups:
            stays = [e.case.stay for e in g.events if e.case.stay is not None]
            deviations = [self.c.deviation(g, e.case)[0] if g.score else "" for e in g.events]
            long = sum(s * len(stays) * 10000 > self.p["long_stay"] * sum(stays) for s in stays)
            back = sum(e.recurrent for e in g.events)
            self.came_back += back
            out.append(f"{g.code},{len(g.events)},{e4(half_up(sum(stays) * 10000, len(stays))) if stays else ''},"
                       f"{deviations.count('low')},{deviations.count('high')},{back},{long},"
                       f"{sum(e.case.died for e in g.events)}")
        return out

    def stability(self):
        out = ["group,score,standard_error,lowest,highest,half_samples,still_core"]
        for e in self.used:
            e.coins = coins(self.seed, e.place)
        stable = lasting_all = 0
        for g in self.groups if self.halves else ():
            scores, lasting = [], 0
            for r in range(self.halves):
                half = [e for e in g.events if e.coins >> r & 1]
                lasting += len(half) * 20000 >= self.p["threshold"]
                mean = Stratum([e for e in half if id(e) in self.kept], self.weights).mean
                if mean:
                    scores.append(half_up(mean * self.p["score_base"], self.all.mean))
            error = 0
            if scores and g.score:
                error = half_up(isqrt(sum((s - g.score) ** 2 for s in scores) // len(scores)) * 10000, g.score)
            stable += len(g.events) if scores and error <= 1000 else 0
            lasting_all += lasting if g.tier != "mixed" else 0
            out.append(f"{g.code},{e4(g.score)},{e4(error)},{e4(min(scores, default=0))},{e4(max(scores, default=0))},"
                       f"{len(scores)},{lasting if g.tier != 'mixed' else ''}")
        self.stable, self.lasting = stable, lasting_all
        return out

    def explained(self, label, events):
        sums = defaultdict(lambda: [0, 0])
        for e in events:
            sums[label(e)][0] += 1
            sums[label(e)][1] += e.cost
        total, squares = sum(e.cost for e in events), sum(e.cost ** 2 for e in events)
        mean = total * total // len(events)
        between = sum(s * s // n for n, s in sums.values())
        return None if squares <= mean else half_up(max(0, between - mean) * 10000, squares - mean)

    def changes(self):
        out = ["group,change,old_score,new_score"]
        if not self.since:
            return out
        old, new = {g.code: g for g in self.since.groups}, {g.code: g for g in self.groups}
        same = 0
        for g in self.groups:
            if g.code not in old:
                out.append(f"{g.code},new,,{e4(g.score)}")
                continue
            same += 1
            if abs(g.score - old[g.code].score) * 10 > old[g.code].score:
                out.append(f"{g.code},score,{e4(old[g.code].score)},{e4(g.score)}")
        moved = len([r for r in out if ",score," in r and not r.startswith("group,")])
        gone = [g for g in self.since.groups if g.code not in new]
        out += [f"{g.code},gone,{e4(g.score)}," for g in gone]
        regrouped = 0
        for e in self.used:
            g, _ = self.find(e, self.since)
            regrouped += (g.code if g else "0000") != e.group.code
        self.m.update(groups_new=len(new) - same, groups_gone=len(gone), groups_same=same, groups_moved=moved,
                      cases_regrouped=regrouped)
        return out

    def parameters(self):
        out = ["key,value"] + ([f"name,{self.c.name}"] if self.c.name else [])
        for k in USUAL:
            v = self.p[k]
            out.append(f"{k},{yuan(half_up(self.all.mean, 10000)) if k == 'mean_cost' else short(v)}")
        out += [f"unlisted_procedure,{self.c.unlisted}", "year_weights," + ":".join(map(str, self.weights)),
                f"resamples,{self.halves}", f"seed,{self.seed}"]
        return out + ([f"last_year,{self.last}"] if self.last is not None else [])

    def report(self, drg):
        m, core = self.m, [g for g in self.groups if g.tier != "mixed"]
        cost, used, kept = sum(e.cost for e in self.used), len(self.used), [e for g in self.groups for e in g.kept]
        core_cases = sum(len(g.events) for g in core)
        share = lambda part, all_: e4(half_up(part * 10000, all_))
        some = lambda n: None if n is None else e4(n)
        by_drg = drg and (lambda e: drg[e.case.id])
        rows_ = [
            *[(k, m[k]) for k in ("cases_read", "cases_invalid", "cases_without_diagnosis", "cases_without_cost",
                                  "cases_of_other_years", "cases")],
            ("cost", yuan(cost)), ("last_year", self.last), ("mean_cost", yuan(half_up(self.all.mean, 10000))),
            ("cases_trimmed", used - len(kept)), ("core_groups", len(core)), ("core_cases", core_cases),
            ("core_share", share(core_cases, used)),
            ("core_cost_share", share(sum(e.cost for g in core for e in g.events), cost)),
            ("mixed_groups", len(self.groups) - len(core)), ("mixed_cases", used - core_cases),
            ("exact_cases", sum(e.how in ("exact", "conservative") for e in self.used)),
            ("base_candidates", sum(g.candidate for g in self.groups)), ("factors", self.factor_count),
            ("recurrent_cases", self.came_back),
            ("riv_dip", some(self.explained(lambda e: e.group.code, self.used))),
            ("riv_diagnosis", some(self.explained(lambda e: e.key, self.used))),
            ("riv_category", some(self.explained(lambda e: e.key[:3], self.used))),
            ("riv_drg", some(self.explained(by_drg, self.used)) if drg else None),
            ("riv_dip_trimmed", some(self.explained(lambda e: e.group.code, kept))),
            ("riv_diagnosis_trimmed", some(self.explained(lambda e: e.key, kept))),
            ("riv_drg_trimmed", some(self.explained(by_drg, kept)) if drg else None),
            ("mean_cv", e4(half_up(sum(g.facts.cv * g.facts.n for g in self.groups), len(kept)))),
            ("stable_share", share(self.stable, used) if self.halves else None),
            ("lasting_share", share(self.lasting, len(core) * self.halves) if core and self.halves else None),
            *[(k, m.get(k)) for k in ("groups_new", "groups_gone", "groups_same", "groups_moved", "cases_regrouped")]]
        return ["measure,value"] + [f"{k},{v}" for k, v in rows_ if v is not None]

    def write(self, core, mixed, drg):
        for g, r in zip(self.groups, core + mixed):
            numbers = f"{e4(g.score)},{yuan(g.mean)}"
            tail = f"{len(g.events)},{e4(g.facts.cv)},{g.facts.n}"
            g.row = (f"{r['diagnosis']},{r['treatment']},{numbers},{tail}" if g.tier == "mixed" else
                     f"{r['diagnosis']},{r['procedures']},{g.tier},{numbers},{r['nearest_cost']},{tail}")
        out = {"parameter.csv": self.parameters(), "order.csv": ["tier,treatment"] + [",".join(o) for o in self.c.order],
               "core.csv": ["diagnosis,procedures,tier,score,mean_cost,nearest_cost,cases,cv,kept"] +
                           [g.row for g in self.groups if g.tier != "mixed"],
               "mixed.csv": ["diagnosis,treatment,score,mean_cost,cases,cv,kept"] +
                            [g.row for g in self.groups if g.tier == "mixed"],
               "level_mean.csv": self.levels(), "factor.csv": self.factors(), "supervision.csv": self.supervision(),
               "base_candidate.csv": ["group,cases,level_1_cases,cv,score"] +
                                     [f"{g.code},{len(g.events)},{sum(e.case.level == 1 for e in g.events)},"
                                      f"{e4(g.facts.cv)},{e4(g.score)}" for g in self.groups if g.candidate],
               "stability.csv": self.stability(), "change.csv": self.changes()}
        self.factor_count = len(out["factor.csv"]) - 1
        out["report.csv"] = self.report(drg)
        self.tables = {name: "\n".join(lines) + "\n" for name, lines in out.items()}
        empty = {"procedure_class.csv": "icd9cm3,class\n", "diagnosis_list.csv": "list,icd10,disease,weight\n",
                 "grade.csv": "kind,grade,condition\n", "coefficient.csv": "level,coefficient\n"}
        for name, header in empty.items():
            self.tables[name] = self.basis.get(name) or header


def short(v):
    return f"{v // 10000}" if v % 10000 == 0 else f"{v // 10000}.{v % 10000:04d}".rstrip("0")
