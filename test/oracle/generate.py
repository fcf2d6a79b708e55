#!/usr/bin/python3
"""Seeded bills for any pack, as JSON lines on standard output.

    generate.py --pack DIR --count N [--seed S]

The pack itself says what matters: the words its tables test, the dates and ages at which they change, the
amounts at which a deductible, a band or a cap begins. Bills come in batches; every batch switches a random
half of the features off (swarm testing), so that rare features also meet each other without being drowned.
The same pack, count and seed give the same bytes.
"""
import argparse
import datetime
import json
import random
import sys

from oracle import (BILL_FACTS, DAY, ENROL_FACTS, FLAG, INT, LINE_FACTS, MONEY, PERSON, PROVIDER, Pack, SET, SYM, VISIT,
                    clip, day_of, digits)

FEATURES = ("absent strange categories accounts civil override transfer route tags limits shares fractions opening "
            "cross_year entitled enrolment death nth line_dates line_disease household stay_id cause huge tiny edge "
            "flags birth interim disease group facts provider numbers many_bills many_lines other_scheme twins no_admit "
            "orphan reopen repeats birthdays outside later_accounts beyond late_admit").split()
ONE_DAY = datetime.timedelta(days=1)
# where on a bill each fact stands
PLACE = {fact: (part, key) for part, spec in (("person", PERSON), ("provider", PROVIDER), ("visit", VISIT))
         for key, (fact, _) in spec.items() if fact in BILL_FACTS}


class Known:
    """What the policies of one scheme talk about."""

    def __init__(self, pack, scheme, policies):
        self.scheme, self.policies = scheme, policies
        self.words, self.numbers, self.amounts, self.dates = {}, {}, {0, 1, 100}, set()
        self.enrol_kinds, self.accs, self.splits, self.uncovered, self.conditions = [], {}, False, [], []
        self.stacks = [s.get("if") or {} for raw in policies for s in raw["stacks"]]
        for raw in policies:
            self.dates |= {day_of(raw[k]) for k in ("from", "until") if k in raw}
            self.walk(raw.get("layers"), True)
            for part in ("tables", "split", "stacks"):
                self.walk(raw.get(part), part == "tables")
            for row in raw.get("not_covered") or []:
                self.uncovered += [(f, w) for f, spec in (row.get("if") or {}).items() if f in ("cause", "visit_tag")
                                   for w in (spec if isinstance(spec, list) else [spec]) if isinstance(w, str)]
            for row in (raw.get("entitlement") or {}).get("rows") or []:
                kind = (row.get("if") or {}).get("kind")
                if isinstance(kind, str) and kind not in self.enrol_kinds:
                    self.enrol_kinds.append(kind)
            self.accs.update({k: v or {} for k, v in (raw.get("accumulators") or {}).items()})
            self.splits |= (raw.get("period") or {}).get("cross_year") == "split"
        self.first = min(day_of(raw["from"]) for raw in policies)
        starts = {(raw.get("period") or {}).get("year_start", "01-01") for raw in policies}
        self.year_starts = [tuple(int(x) for x in s.split("-")) for s in sorted(starts)]
        self.amounts = sorted(self.amounts)
        self.dates = sorted(self.dates)
        self.closed = {f: sorted(w) for f, w in pack.dictionaries.items() if f in BILL_FACTS or f in LINE_FACTS}
        self.words = {f: sorted(w) for f, w in self.words.items()}
        self.given = sorted({a["given"] for a in self.accs.values() if "given" in a})

    def walk(self, raw, money):
        if isinstance(raw, list):
            for x in raw:
                self.walk(x, money)
        elif isinstance(raw, dict):
            fact = raw.get("by")
            if isinstance(fact, str):
                for word in raw:
                    if word not in ("by", "else", "basis"):
                        self.saw(fact, word)
            for key, value in raw.items():
                if key in ("if", "lines", "exempt", "with") and isinstance(value, dict):
                    self.conditions += [value] if key == "if" else []
                    for f, spec in value.items():
                        self.saw(f, spec)
                elif key not in ("name", "basis", "note", "zh", "en"):
                    self.walk(value, money)
        elif money and isinstance(raw, str):
            try:
                self.amounts.add(digits(raw, 2))
            except ValueError:
                pass

    def saw(self, fact, spec):
        for x in spec if isinstance(spec, list) else [spec]:
            kind = BILL_FACTS.get(fact) or LINE_FACTS.get(fact)
            if kind in (SYM, SET):
                self.words.setdefault(fact, set()).add(x)
            elif kind == INT or fact.startswith("acc."):
                for v in x.values() if isinstance(x, dict) else [x]:
                    if v.isdigit():
                        self.numbers.setdefault(fact, set()).add(int(v))
            elif kind == MONEY:
                for v in x.values() if isinstance(x, dict) else [x]:
                    self.amounts.add(digits(v, 2))
            elif kind == DAY:
                for v in x.values() if isinstance(x, dict) else [x]:
                    self.dates.add(day_of(v)) if fact in ("date", "admit_date", "line_date") else \
                        self.numbers.setdefault(fact, set()).add(day_of(v))


def yuan(rng, fen):
    text = f"{fen // 100}.{fen % 100:02d}"
    style = rng.random()
    if fen % 100 == 0 and style < 0.2:
        return fen // 100
    return text


class Maker:
    def __init__(self, pack, seed):
        self.pack = pack if isinstance(pack, Pack) else Pack(pack)
        self.rng = random.Random(seed)
        schemes = {}
        for _, raw in self.pack.policies:
            schemes.setdefault(raw["scheme"], []).append(raw)
        self.known = [Known(self.pack, s, p) for s, p in sorted(schemes.items())]
        self.accs = {name: acc for k in self.known for name, acc in k.accs.items()}
        self.bills = self.people = 0

    # -- choosing

    def has(self, feature, p=0.5):
        return feature in self.on and self.rng.random() < p

    def word(self, k, fact, extra=()):
        """A word of the fact: mostly one the policy tests."""
        rng = self.rng
        tested, closed = k.words.get(fact, ()), k.closed.get(fact)
        if closed and (not tested or rng.random() < (0.15 if "strange" in self.on else 0.02)):
            return rng.choice(closed)
        if tested and (closed or rng.random() < 0.85):
            return rng.choice(tested)
        return rng.choice(tuple(extra) or ("other",))

    def near(self, k, top=10_000_000_00):
        """An amount in fen at, just below or just above something the policy says."""
        rng = self.rng
        base = rng.choice(k.amounts)
        if rng.random() < 0.3:
            base += rng.choice(k.amounts)
        return max(1, min(top, base + rng.choice((-1, 0, 1, 2, -100, 100))))

    def amount(self, k):
        rng = self.rng
        if self.has("edge"):
            return self.near(k)
        if self.has("huge", 0.15):
            return rng.randrange(10_000_00, 800_000_00)
        if self.has("tiny", 0.3):
            return rng.randrange(0, 20)
        return int(10 ** rng.uniform(2, 7))

    def near_number(self, k, fact, low, high):
        rng = self.rng
        seen = k.numbers.get(fact)
        if seen and rng.random() < 0.7:
            return max(low, rng.choice(sorted(seen)) + rng.choice((-1, 0, 0, 1)))
        return rng.randint(low, high)

    def date(self, k):
        rng, style = self.rng, self.rng.random()
        if style < 0.2:
            day = rng.choice(k.dates) + rng.choice((-1, 0, 0, 1)) * ONE_DAY
        elif style < 0.3:
            m, d = rng.choice(k.year_starts)
            day = datetime.date(k.first.year + rng.randint(0, 2), m, d) + rng.choice((-1, 0, 1)) * ONE_DAY
        elif style < 0.36:
            day = rng.choice([datetime.date(y, 2, 28 + (y % 4 == 0)) for y in range(k.first.year, k.first.year + 3)])
        elif style < 0.42:
            day = datetime.date(k.first.year + 1, rng.randint(1, 12), 1) - rng.choice((0, 1)) * ONE_DAY
        else:
            day = k.first + rng.randrange(0, 730) * ONE_DAY
        if day < k.first and rng.random() < 0.9:
            day = k.first
        return day

    def repeated(self, words):
        """Sometimes one of the words stands there twice."""
        rng = self.rng
        if words and self.has("repeats"):
            words = list(words)
            words.insert(rng.randrange(len(words) + 1), rng.choice(words))
        return words

    # -- parts

    def person(self, k):
        rng = self.rng
        self.people += 1
        p = {"id": f"P{self.people:06d}"}
        self.insured(k, p)
        if self.has("birth", 0.8):
            p["birth_date"] = self.birth(k)
        else:
            p["birth_date"] = f"{rng.randint(1930, 2015)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        for fact in ("sex", "group", "tier", "soldier_grade", "employer"):
            if fact in k.words and rng.random() < 0.8 or self.has("facts") and fact in k.closed:
                p[fact] = self.word(k, fact)
        if self.has("civil"):
            p["civil_rank"] = self.word(k, "civil_rank")
        for fact, high in (("insured_months", 200), ("continuous_years", 12), ("no_claim_years", 6)):
            if fact in k.numbers or self.has("numbers"):
                p[fact] = self.near_number(k, fact, 0, high)
        if "first_work_date" in k.numbers:
            p["first_work_date"] = str(rng.choice(sorted(k.numbers["first_work_date"])) + rng.randint(-1, 1) * ONE_DAY)
        if self.has("flags"):
            p["contract"] = rng.random() < 0.5
        if self.has("numbers"):
            p["account_credit"] = yuan(rng, self.near(k, 10_000_00))
        if self.has("categories", 0.7):
            p["categories"] = self.categories(k)
        if self.has("disease"):
            p["accredited"] = self.repeated(sorted({self.disease(k) for _ in range(rng.randint(1, 3))}))
        if self.has("tags"):
            p["tags"] = self.repeated([self.word(k, "person_tag")])
        if self.has("accounts", 0.7):
            kinds = rng.sample(["current", "previous", "civil", "family"], rng.randint(1, 4))
            p["accounts"] = {a: yuan(rng, rng.choice((0, 1, rng.randrange(0, 5_000_00)))) for a in kinds}
        if self.has("household"):
            p["household"] = f"H{self.people // 3}"
        return p

    def insured(self, k, p):
        """Makes the person one of the scheme of `k`."""
        rng = self.rng
        status = ["resident"] * 9 if k.scheme == "resident" else ["active"] * 5 + ["retired"] * 4
        p["scheme"] = k.scheme
        p["status"] = rng.choice(status + ([self.word(k, "status")] if "strange" in self.on else []))
        if "status" in k.closed and p["status"] not in k.closed["status"]:
            del p["status"]

    def birth(self, k):
        rng = self.rng
        if rng.random() < 0.15:
            return f"{rng.choice((1944, 1960, 1980, 2004, 2012))}-02-29"
        age = self.near_number(k, "age", 0, 95)
        day = self.date(k)
        try:
            day = day.replace(year=day.year - age)
        except ValueError:
            day = day.replace(year=day.year - age, day=28)
        return str(day + rng.choice((-1, 0, 1)) * ONE_DAY)

    def categories(self, k):
        rng, out, seen = self.rng, [], set()
        for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
            word = rng.choice(k.closed["category"]) if self.has("orphan") and "category" in k.closed \
                else self.word(k, "category")
            if word in seen and "repeats" not in self.on:
                continue
            seen.add(word)
            if rng.random() < 0.7:
                out.append(word)
            else:
                c = {"category": word}
                if rng.random() < 0.7:
                    c["from"] = str(self.date(k))
                if rng.random() < 0.5:
                    c["until"] = str(self.date(k))
                out.append(c)
        return self.repeated(out)

    def disease(self, k):
        return self.word(k, "disease", ("hypertension", "diabetes", "dialysis", "cold"))

    def provider(self, k):
        rng = self.rng
        p = {"id": f"H{rng.randint(1, 6)}"}
        if not self.has("absent", 0.05):
            p["level"] = self.word(k, "level", ("l1", "l2", "l3"))
        for fact, key in (("grade", "grade"), ("fee_class", "fee_class"), ("seat", "seat"),
                          ("provider_kind", "kind"), ("provider_area", "area")):
            if fact in k.words and self.rng.random() < 0.85 or self.has("provider", 0.3):
                p[key] = self.word(k, fact)
        if self.has("provider"):
            p["tcm"] = rng.random() < 0.5
        if self.has("tags") or "provider_tag" in k.words and rng.random() < 0.5:
            p["tags"] = self.repeated([self.word(k, "provider_tag")])
        return p

    def visit(self, k, day):
        rng = self.rng
        v = {"kind": self.word(k, "visit_kind", ("inpatient", "outpatient"))}
        stay = v["kind"] in ("inpatient", "day_surgery", "bed_days", "family_bed", "delivery") or rng.random() < 0.1
        if stay and not self.has("absent", 0.1):
            length = rng.choice((0, 1, 5, 12, 30, 59, 60, 61, 89, 90, 91, 92, 180, 181, 182)) \
                if rng.random() < 0.5 else rng.randint(0, 20)
            if not k.splits:
                pass
            elif self.has("cross_year"):
                m, d = rng.choice(k.year_starts)
                day = datetime.date(day.year, m, d) + rng.randint(0, 10) * ONE_DAY
                length = rng.randint(1, 40) if rng.random() < 0.8 else rng.randint(300, 1200)
            if self.has("no_admit", 0.1) or self.has("late_admit", 0.2):
                length = -rng.choice((1, 2, rng.randint(1, 100), rng.randint(100, 800)))
            v["admit_date"] = str(day - length * ONE_DAY)
            if self.has("no_admit", 0.25):
                del v["admit_date"]
        v["date"] = str(day)
        if self.has("stay_id"):
            v["id"] = f"S{self.people}-{rng.randint(1, 3)}"
        if self.has("disease", 0.8) or ("disease" in k.words and rng.random() < 0.8):
            v["disease"] = self.disease(k)
        if "disease_group" in k.words and rng.random() < 0.5:
            v["disease_group"] = self.word(k, "disease_group", ("other",))
        if self.has("cause", 0.15):
            v["cause"] = self.word(k, "cause", ("other",))
        if k.uncovered and self.has("cause", 0.1):
            fact, word = rng.choice(k.uncovered)
            v.update({"cause": word} if fact == "cause" else {"tags": [word]})
        if self.has("transfer"):
            v["transfer"] = self.word(k, "transfer", ("up", "down"))
            v["prev_deductible"] = yuan(rng, self.near(k, 3_000_00))
        if self.has("route"):
            v["route"] = self.word(k, "route", ("referred", "unfiled"))
        for fact in ("prescription", "event"):
            if fact in k.words and rng.random() < 0.7 or self.has("facts", 0.2):
                v[fact] = self.word(k, fact)
        for fact in k.given:
            if self.has("nth"):
                v[fact] = rng.choice((1, 1, 2, 2, 3, 4, 9))
        if self.has("override", 0.3):
            v["deductible_override"] = yuan(rng, self.near(k, 3_000_00))
        if self.has("interim", 0.15):
            v["stay_part"] = rng.randint(1, 3)
        for fact in ("waive_deductible", "filed_elsewhere", "chosen", "referred"):
            if self.has("flags", 0.4):
                v[fact] = rng.random() < 0.6
        if self.has("tags", 0.4):
            v["tags"] = self.repeated(v.get("tags", []) + [self.word(k, "visit_tag")])
        return v

    def meet(self, bill, tests):
        """Changes the bill so that the tests hold, as far as they are about words, flags and counts."""
        rng = self.rng
        for fact, spec in tests.items():
            kind, at = BILL_FACTS.get(fact), PLACE.get(fact)
            one = rng.choice(spec) if isinstance(spec, list) else spec
            if fact == "category":
                held = bill["person"].setdefault("categories", [])
                if one not in held:
                    bill["person"]["categories"] = held + [one]
            elif fact == "has_override" and one == "yes":
                bill["visit"]["deductible_override"] = "123.45"
            elif fact in ("age", "days", "date"):
                self.meet_day(bill, fact, one)
            elif at is None or fact == "scheme":
                continue
            elif kind == SET:
                bill[at[0]][at[1]] = sorted({*bill[at[0]].get(at[1], []), one})
            elif kind == SYM:
                bill[at[0]][at[1]] = one
            elif kind == FLAG:
                bill[at[0]][at[1]] = one == "yes"
            elif kind == INT:
                bound = one.get("min", one.get("max")) if isinstance(one, dict) else one
                bill[at[0]][at[1]] = int(bound)

    def meet_day(self, bill, fact, spec):
        visit = bill["visit"]
        day = day_of(visit["date"])
        if fact == "date":
            if isinstance(spec, dict) and "from" in spec and day < day_of(spec["from"]):
                visit["date"] = spec["from"]
                visit.pop("admit_date", None)
            return
        n = int(spec.get("min", spec.get("max")) if isinstance(spec, dict) else spec)
        if fact == "days":
            visit["admit_date"] = str(day - n * ONE_DAY)
        else:
            bill["person"]["birth_date"] = f"{day.year - n}-01-01"

    def birthday(self, k, bill):
        """A birthday on, or a day beside, a day the age could be asked on, at an age that matters."""
        rng, visit = self.rng, bill["visit"]
        date = day_of(visit["date"])
        day = rng.choice((date, day_of(visit.get("admit_date", visit["date"])), clip(date.year, *rng.choice(k.year_starts))))
        age = rng.choice(sorted(k.numbers.get("age") or (18, 60))) + rng.choice((0, 0, 1))
        bill["person"]["birth_date"] = str(clip(max(1, day.year - age), day.month, day.day) + rng.choice((-1, 0, 1)) * ONE_DAY)

    def more_accounts(self, person, bill):
        """Names an account later than the first bill, or again; seldom with another balance."""
        rng = self.rng
        named = person["accounts"] = dict(person.get("accounts") or {})
        for kind in rng.sample(["current", "previous", "civil", "family"], rng.randint(1, 3)):
            if kind not in named:
                named[kind] = yuan(rng, rng.choice((0, rng.randrange(0, 5_000_00), rng.randrange(0, 5_000_00))))
        shown = rng.sample(sorted(named), rng.randint(1, len(named)))
        bill["person"]["accounts"] = {kind: named[kind] for kind in shown}
        if rng.random() < 0.1:
            bill["person"]["accounts"][rng.choice(shown)] = "77.77"

    def beyond(self, bill):
        """At the limit of what can be read, or just above it."""
        rng, line = self.rng, self.rng.choice(bill["lines"])
        above = rng.random() < 0.5
        what = rng.choice("amount amount price quantity product account override credit opening words text many".split())
        amount = "100000000000.01" if above else "100000000000"
        if what == "amount":
            line["amount"] = amount
        elif what in ("price", "quantity", "product"):
            line.pop("amount", None)
            line.update({"price": {"unit_price": "1000000000.0001" if above else "1000000000", "quantity": "0.5"},
                         "quantity": {"unit_price": "0.0123", "quantity": "10000000.0001" if above else "10000000"},
                         "product": {"unit_price": "10000.0001" if above else "10000", "quantity": "10000000"}}[what])
        elif what == "account":
            bill["person"]["accounts"] = dict(bill["person"].get("accounts") or {}, family=amount)
        elif what == "override":
            bill["visit"]["deductible_override"] = amount
        elif what == "credit":
            bill["person"]["account_credit"] = amount
        elif what == "opening":
            for name, acc in sorted(self.accs.items()):
                if acc.get("unit") != "count" and not acc.get("by"):
                    bill["opening"] = {name: amount}
                    break
        elif what == "words":
            bill["visit"]["tags"] = [f"t{i}" for i in range(64 + above)]
        elif what == "text":
            bill["visit"]["id"] = "字" * 66 + "xx" + "x" * above
        elif what == "many" and rng.random() < 0.2:
            bill["lines"] = [{"class": "A", "amount": "100000000000"}] * (100 + above)

    def lines(self, k, visit):
        rng = self.rng
        n = rng.randint(5, 12) if self.has("many_lines", 0.4) else rng.randint(1, 4)
        if self.has("edge", 0.6):                     # class A lines that add up to something that matters
            target = self.near(k)
            cuts = sorted(rng.randrange(0, target + 1) for _ in range(n - 1))
            sums = [b - a for a, b in zip([0] + cuts, cuts + [target])]
            lines = [self.line(k, visit, "A", s) for s in sums]
        else:
            lines = [self.line(k, visit, rng.choice("AAABBBC"), self.amount(k)) for _ in range(n)]
        if self.has("twins", 0.6):
            for _ in range(rng.randint(1, 4)):
                line = self.twin(k, visit, rng.choice(lines))
                lines.append(self.twin(k, visit, line) if rng.random() < 0.3 else line)
            rng.shuffle(lines)
        return lines

    def twin(self, k, visit, line):
        """A line equal to another but for one field at most, so that only the end of the sort key parts them."""
        rng, out = self.rng, dict(line)
        field = rng.choice("none disease tags tags list origin date pay_first condition_met class unit_price".split())
        if field == "disease":
            out["disease"] = self.word(k, "line_disease", (self.disease(k),))
        elif field == "tags":
            tags = [self.word(k, "tag") for _ in range(rng.randint(0, 3))]
            tags = self.repeated(tags)
            out["tags"] = tags if rng.random() < 0.5 else tags + list(line.get("tags", ()))
        elif field in ("list", "origin"):
            out[field] = self.word(k, field)
        elif field == "date":
            self.line_date(out, visit)
        elif field == "pay_first":
            out["pay_first"] = rng.choice(("10%", "5%", "0%"))
        elif field == "condition_met":
            out["condition_met"] = not line.get("condition_met", True)
        elif field == "class":
            out["class"] = rng.choice("ABC")
        elif field == "unit_price" and "amount" in line:
            out["unit_price"] = rng.choice(("0", "0", f"{rng.randint(0, 9)}.5"))
        if rng.random() < 0.2 and field in line:
            del out[field]
        if "amount" not in out and "unit_price" not in out or "class" not in out:
            return dict(line)
        return out

    def line(self, k, visit, klass, fen):
        rng = self.rng
        line = {"code": f"X{rng.randint(1, 30):03d}", "class": klass}
        if rng.random() < 0.1:
            line["name"] = "名称"
        if self.has("fractions", 0.6):
            q = rng.choice((5000, 12500, 3333, 1, 20000, rng.randrange(1, 100_000)))
            line["quantity"] = f"{q // 10000}.{q % 10000:04d}".rstrip("0").rstrip(".")
            price = min(min(fen, 200_000_00) * 1_000_000 // q, 100_000_000_0000) + rng.randint(0, 99)
            line["unit_price"] = f"{price // 10000}.{price % 10000:04d}"
        else:
            line["amount"] = yuan(rng, fen)
            if rng.random() < 0.3:
                line["quantity"] = rng.randint(1, 9)
                if rng.random() < 0.5:
                    line["unit_price"] = "1.2345"
        if self.has("limits", 0.4):
            line["limit"] = yuan(rng, rng.choice((fen, fen + 1, max(0, fen - 1), fen // 2, 0)))
            if rng.random() < 0.3:
                line["refuse_over_limit"] = rng.random() < 0.8
        if self.has("shares", 0.7) or (klass == "B" and not self.has("absent", 0.1)):
            line["pay_first"] = rng.choice(("10%", "5%", "0%", "12.5%", "33.333333%", "100%", "0.2", 0.15, "0.0725"))
        if self.has("tags") or ("tag" in k.words and rng.random() < 0.3):
            line["tags"] = self.repeated(sorted({self.word(k, "tag") for _ in range(rng.randint(1, 2))}))
        for fact in ("list", "origin"):
            if fact in k.words and rng.random() < 0.6 or self.has("facts", 0.1):
                line[fact] = self.word(k, fact)
        if self.has("line_disease") or ("line_disease" in k.words and rng.random() < 0.5):
            line["disease"] = self.word(k, "line_disease", (self.disease(k),))
        if self.has("flags", 0.3):
            line["condition_met"] = rng.random() < 0.6
        if self.has("line_dates", 0.6):
            self.line_date(line, visit)
        return line

    def line_date(self, line, visit):
        end = day_of(visit["date"])
        start = day_of(visit.get("admit_date", visit["date"]))
        if self.has("outside", 0.3):
            start, end = start - self.rng.choice((1, 30, 400)) * ONE_DAY, end + self.rng.choice((1, 30, 400)) * ONE_DAY
        line["date"] = str(start + self.rng.randint(0, max(0, (end - start).days)) * ONE_DAY)

    def opening(self, k, visit, provider, person):
        """Values of some accumulators of the pack; the sub-keys are mostly those the bill will ask for."""
        rng, out = self.rng, {}
        bodies = (("visit", visit), ("provider", provider), ("person", person))
        facts = {f"{part}.{key}": v for part, body in bodies for key, v in body.items()}
        accs = dict(self.accs, **k.accs) if rng.random() < 0.2 else k.accs
        for name, acc in sorted(accs.items()):
            if rng.random() < 0.5:
                continue
            by = acc.get("by") or []
            by = [by] if isinstance(by, str) else by
            if not by:
                out[name] = self.opened(k, acc)
                continue
            out[name] = cells = {}
            for _ in range(rng.randint(1, 3)):
                words = []
                for fact in by:
                    own = facts.get(".".join(PLACE[fact]))
                    words.append(own if own and rng.random() < 0.6 else "" if rng.random() < 0.1
                                 else self.word(k, fact, ("H1", "other")))
                cells["|".join(words)] = self.opened(k, acc)
        return out

    def opened(self, k, acc):
        rng = self.rng
        return rng.choice((0, 1, 2, 3, 5)) if acc.get("unit") == "count" else yuan(rng, self.near(k, 1_000_000_00))

    def enrolment(self, k, day):
        rng = self.rng
        out = {"kind": rng.choice(k.enrol_kinds or ["other"])}
        near = day - rng.choice((0, 1, 28, 30, 31, 59, 60, 61, 62, 90, 92, 180, 183, 184, 365)) * ONE_DAY
        for fact, kind in ENROL_FACTS.items():
            if kind == DAY:
                out[fact] = str(near + rng.randint(-1, 1) * ONE_DAY)
        out["window_year"] = day.year + rng.choice((-1, 0, 0, 0, 1))
        out["gap_months"], out["missed_years"] = rng.choice((0, 1, 3)), rng.choice((0, 1, 3, 4, 5))
        out["repaid_years"] = rng.randint(0, out["missed_years"])
        out["age_days"] = rng.choice((1, 89, 90, 91, 400))
        if self.has("absent", 0.1):
            del out[rng.choice(sorted(set(out) - {"kind"}))]
        return out

    # -- bills

    def of_person(self, k):
        """The bills of one person, in order of date."""
        rng = self.rng
        person = self.person(k)
        n = rng.randint(3, 9) if self.has("many_bills", 0.7) else rng.randint(1, 3)
        days = sorted(self.date(k) for _ in range(n))
        if rng.random() < 0.4:                     # one year, so that the accumulators really build up
            days = sorted(day.replace(year=days[0].year, day=min(day.day, 28)) for day in days)
        if self.has("entitled", 0.2):
            a, b = sorted((rng.choice(days) + rng.randint(-1, 1) * ONE_DAY, self.date(k)))
            person["entitled"] = [{"from": str(a), "until": str(b)}] if rng.random() < 0.7 else [{"from": str(a)}]
        if self.has("death", 0.1):
            person["death_date"] = str(rng.choice(days) + rng.randint(-1, 1) * ONE_DAY)
        if self.has("enrolment", 0.25 if k.enrol_kinds else 0.02):
            person["enrolment"] = self.enrolment(k, rng.choice(days))
        out, part, stay = [], 0, None
        for i, day in enumerate(days):
            self.bills += 1
            if i and self.has("other_scheme", 0.3):            # insured otherwise from here on, or for this bill only
                k = rng.choice(self.known)
                self.insured(k, person)
            visit = self.visit(k, day)
            bill = {"bill": f"B{self.bills:07d}", "person": dict(person), "provider": self.provider(k), "visit": visit}
            if k.conditions and rng.random() < 0.3:
                self.meet(bill, rng.choice(k.conditions))
            if rng.random() < 0.8:
                self.meet(bill, rng.choice(k.stacks))
            if stay and self.has("interim", 0.6):              # one more bill of the stay before
                part += 1
                visit.update({key: stay[key] for key in ("id", "kind", "admit_date", "disease") if key in stay})
                visit["stay_part"] = part
            elif self.has("interim", 0.4):
                stay, part = visit, 1
                visit["id"] = f"S{self.people}-{i}"
                visit.setdefault("stay_part", 1)
            if self.has("birthdays", 0.9 if visit.get("admit_date", "") > visit["date"] else 0.4):
                self.birthday(k, bill)
            bill["lines"] = self.lines(k, visit)
            if i == 0 and self.has("opening") or i == 1 and self.has("reopen", 0.15):
                bill["opening"] = self.opening(k, visit, bill["provider"], person)
            if i and self.has("reopen", 0.1):
                bill["person"].pop("accounts", None)
            if i and self.has("later_accounts"):
                self.more_accounts(person, bill)
            if self.has("beyond", 0.04):
                self.beyond(bill)
            if i and self.has("birth", 0.05) and person.get("status") == "active":
                person["status"] = "retired"
            out.append(bill)
        return out

    def stream(self, count):
        """`count` bills; the bills of the people of a batch are interleaved, each person's in order."""
        rng, given = self.rng, 0
        while given < count:
            self.on = {f for f in FEATURES if rng.random() < 0.5}
            queues = [self.of_person(rng.choice(self.known)) for _ in range(12)]
            while queues and given < count:
                i = rng.randrange(len(queues))
                yield queues[i].pop(0)
                given += 1
                if not queues[i]:
                    queues.pop(i)


def dumps(bill):
    return json.dumps(bill, ensure_ascii=False, separators=(",", ":"))


def main():
    p = argparse.ArgumentParser(description="seeded bills for a pack")
    p.add_argument("--pack", required=True)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    for bill in Maker(a.pack, a.seed).stream(a.count):
        sys.stdout.write(dumps(bill) + "\n")


if __name__ == "__main__":
    main()
