#!/usr/bin/python3
"""A second, separately written settlement of one bill, made from docs/pack-format.md and
docs/bill-format.md alone. It exists to disagree with the engine: nothing here was read from or shared
with src/. Plain integers throughout: amounts in fen, rates in 1e-8, prices and quantities in 1e-4.

    oracle.py --pack DIR --in BILLS.jsonl [--out FILE] [--explain]

Reading order: values, tests and tables (closures built once per policy), adjustments, accumulators,
layers, the settlement, the reader of bills.
"""
import argparse
import calendar
import datetime
import json
import os
import sys

import yaml

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
ONE = 100_000_000          # a rate of 100 %
MOST_AMOUNT = 100_000_000_000 * 100          # fen; also of price x quantity
MOST_BILL = 10_000_000_000_000 * 100
MOST_PRICE = 1_000_000_000 * 10_000          # 1e-4 yuan
MOST_QUANTITY = 10_000_000 * 10_000
MOST_LINES, MOST_WORDS, MOST_TEXT = 5_000, 64, 200
# the others say that the bill cannot be read; so does too_large while it is being read
REFUSALS = {"no_stack", "no_row", "no_share", "no_class", "no_entitlement_row", "too_large"}
HALF = ONE // 2


class Refused(Exception):
    """The pack has no answer for this bill, or the bill cannot be read."""

    def __init__(self, code, field="", reason=""):
        super().__init__(f"{code} {field}: {reason}")
        self.code, self.field, self.reason = code, field, reason


class PackError(Exception):
    """The pack itself is wrong."""


# ---------------------------------------------------------------------------------------- values

def digits(text, places, what="amount"):
    """'12.5' as an integer of 10**-places; the text is read digit by digit."""
    whole, dot, frac = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(frac) > places:
        raise ValueError(f"not a {what}: {text!r}")
    if dot and not (frac.isascii() and frac.isdigit()):
        raise ValueError(f"not a {what}: {text!r}")
    return int(whole) * 10 ** places + (int(frac.ljust(places, "0")) if frac else 0)


def rate_of(text):
    """'60%' or '10pp' as 1e-8."""
    if text.endswith("%"):
        return digits(text[:-1].strip(), 6, "rate")
    if text.endswith("pp"):
        return digits(text[:-2].strip(), 6, "rate")
    raise ValueError(f"not a rate: {text!r}")


def share_of(amount, rate):
    return (amount * rate + HALF) // ONE


_hashes = {None: 0}


def hashed(word):
    """The 64-bit FNV-1a hash of a word; 0 when there is none."""
    h = _hashes.get(word)
    if h is None:
        h = 0xcbf29ce484222325
        for byte in word.encode():
            h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
        _hashes[word] = h
    return h


_dates = {}


def day_of(text):
    day = _dates.get(text)
    if day is None:
        if len(text) != 10:
            raise ValueError(f"not a date: {text!r}")
        day = _dates[text] = datetime.date.fromisoformat(text)
    return day


def once(words):
    """A set: each word once, in the order given."""
    return tuple(dict.fromkeys(words))


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


# ----------------------------------------------------------------------------------------- facts

SYM, SET, INT, DAY, MONEY, PRICE, FLAG = "sym", "set", "int", "day", "money", "price", "flag"


def _kinds(**groups):
    return {name: kind for kind, names in groups.items() for name in names.split()}


BILL_FACTS = _kinds(
    sym="scheme status sex group tier civil_rank soldier_grade employer visit_kind disease cause transfer route "
        "prescription event disease_group provider level grade provider_kind fee_class seat provider_area",
    set="category person_tag accredited visit_tag provider_tag",
    int="age insured_months continuous_years no_claim_years days year nth_stay nth_stay_at_level stay_part",
    day="birth_date first_work_date date admit_date",
    money="account_credit prev_deductible deductible_override",
    flag="contract has_override waive_deductible filed_elsewhere chosen referred tcm")
LINE_FACTS = _kinds(sym="class list line_disease item origin", set="tag", day="line_date", price="unit_price",
                    money="line_amount", flag="has_share condition_met")
ENROL_FACTS = _kinds(sym="kind", int="gap_months missed_years repaid_years age_days window_year",
                     day="registered_on paid_on born_on")
NONE = {}                   # the line facts where there is no line


# ------------------------------------------------------------------------------- tests and tables
#
# Every compiled test, table and amount is a function of (F, L): the facts of the bill and of the line.
# F also carries "@ctx", the settlement under way, for accumulators.

class Table:
    """fn(F, L); const when the value needs no facts; line when it tests a fact of a line."""
    __slots__ = ("fn", "const", "is_const", "line")

    def __init__(self, fn=None, const=None, is_const=False, line=False):
        self.fn, self.const, self.is_const, self.line = fn, const, is_const, line
        if is_const and fn is None:
            self.fn = lambda F, L: const


class Compiler:
    """Compiles the tests and tables of one policy version."""

    def __init__(self, raw, accs, enrol=False):
        self.raw, self.accs, self.enrol = raw, accs, enrol
        self.named = {}

    # -- tests

    def condition(self, tests):
        """`if` as (function, tests a line fact?); None when there is nothing to test."""
        if not tests:
            return None, False
        made = [self.test(fact, spec) for fact, spec in tests.items()]
        line = any(m[1] for m in made)
        fns = [m[0] for m in made]
        if len(fns) == 1:
            return fns[0], line
        if len(fns) == 2:
            a, b = fns
            return (lambda F, L: a(F, L) and b(F, L)), line

        def every(F, L):
            for fn in fns:
                if not fn(F, L):
                    return False
            return True
        return every, line

    def test(self, fact, spec):
        if fact.startswith("acc."):
            acc = self.acc(fact[4:])
            read = {MONEY: lambda t: digits(t, 2), INT: int}["int" if acc.count else MONEY]
            return self.scalar(lambda F, L: F["@ctx"].now(acc, F), spec, read), False
        if self.enrol:
            kind, line = ENROL_FACTS[fact], False
        elif fact in BILL_FACTS:
            kind, line = BILL_FACTS[fact], False
        elif fact in LINE_FACTS:
            kind, line = LINE_FACTS[fact], True
        else:
            raise PackError(f"unknown fact {fact}")
        words = spec if isinstance(spec, list) else [spec]
        if kind == FLAG:
            if spec not in ("yes", "no"):
                raise PackError(f"{fact}: a flag is yes or no")
            want = spec == "yes"
            if line:                                     # where there is no line the fact is absent
                return (lambda F, L: L.get(fact) is want), True
            return (lambda F, L: F.get(fact, False) is want), False
        if kind == SET:
            wanted = frozenset(words)
            if line:
                return (lambda F, L: not wanted.isdisjoint(L.get(fact, ()))), True
            return (lambda F, L: not wanted.isdisjoint(F.get(fact, ()))), False
        if kind == SYM:
            wanted = frozenset(words)
            if line:
                return (lambda F, L: L.get(fact) in wanted), True
            return (lambda F, L: F.get(fact) in wanted), False
        read = {INT: int, DAY: day_of, MONEY: lambda t: digits(t, 2), PRICE: lambda t: digits(t, 4)}[kind]
        if line:
            return self.scalar(lambda F, L: L.get(fact), spec, read), True
        return self.scalar(lambda F, L: F.get(fact), spec, read), False

    @staticmethod
    def scalar(get, spec, read):
        if isinstance(spec, dict):
            bad = set(spec) - {"min", "max", "from", "after", "before", "until"}
            if bad:
                raise PackError(f"unknown test {sorted(bad)}")
            low = [read(spec[k]) for k in ("min", "from") if k in spec]
            high = [read(spec[k]) for k in ("max", "until") if k in spec]
            above = [read(spec["after"])] if "after" in spec else []
            below = [read(spec["before"])] if "before" in spec else []

            def ranged(F, L):
                v = get(F, L)
                return v is not None and all(v >= x for x in low) and all(v <= x for x in high) \
                    and all(v > x for x in above) and all(v < x for x in below)
            return ranged
        wanted = frozenset(read(s) for s in (spec if isinstance(spec, list) else [spec]))
        return lambda F, L: get(F, L) in wanted

    def acc(self, name):
        if name not in self.accs:
            raise PackError(f"accumulator {name} is not declared")
        return self.accs[name]

    # -- tables

    def table(self, raw, leaf):
        """A table whose values are made by leaf(raw value) -> Table."""
        if isinstance(raw, list):
            rows = []
            for row in raw:
                fn, line = self.condition(row.get("if"))
                rows.append((fn, self.table(row["value"], leaf), line))
            return self.rows(rows)
        if isinstance(raw, dict) and "by" in raw:
            return self.by(raw, leaf)
        return leaf(raw)

    @staticmethod
    def rows(rows):
        if rows and rows[0][0] is None:
            return rows[0][1]
        line = any(r[2] or r[1].line for r in rows)
        pairs = [(fn, value.fn) for fn, value, _ in rows]

        def first(F, L):
            for fn, value in pairs:
                if fn is None or fn(F, L):
                    return value(F, L)
            raise Refused("no_row", "", "no row of the table matches")
        return Table(first, line=line)

    def by(self, raw, leaf):
        fact = raw["by"]
        other = self.table(raw["else"], leaf) if "else" in raw else None
        cells = [(word, self.table(v, leaf)) for word, v in raw.items() if word not in ("by", "else", "basis")]
        kind = BILL_FACTS.get(fact) or LINE_FACTS.get(fact)
        if kind != SYM:
            rows = []
            for word, value in cells:
                fn, line = self.test(fact, word)
                rows.append((fn, value, line))
            if other:
                rows.append((None, other, False))
            return self.rows(rows)
        line = fact in LINE_FACTS
        below = any(v.line for _, v in cells) or bool(other and other.line)
        lookup = {word: v.fn for word, v in cells}
        rest = other.fn if other else None

        def pick(F, L):
            fn = lookup.get((L if line else F).get(fact), rest)
            if fn is None:
                raise Refused("no_row", fact, "no row of the table matches")
            return fn(F, L)
        if not below and not line and all(v.is_const for _, v in cells) and (other is None or other.is_const):
            values = {word: v.const for word, v in cells}      # the common case, one look-up

            def pick_const(F, L):
                word = F.get(fact)
                if word in values:
                    return values[word]
                if other is None:
                    raise Refused("no_row", fact, "no row of the table matches")
                return other.const
            return Table(pick_const)
        return Table(pick, line=line or below)

    def words(self, raw):
        return self.table(raw, lambda v: Table(const=v, is_const=True))

    def rate(self, raw):
        return self.table(raw, lambda v: Table(const=rate_of(v), is_const=True))

    def share(self, raw):
        """A pay-first share: fn gives a rate, 'item', or a list of (bound or None, rate function)."""
        def leaf(v):
            if v == "item":
                return Table(const="item", is_const=True)
            if isinstance(v, dict):
                steps, line = [], False
                for step in v["bands"]:
                    rate = self.rate(step["rate"])
                    line |= rate.line
                    steps.append((digits(step["to"], 2) if "to" in step else None, rate.fn))
                return Table(lambda F, L: steps, const=steps, is_const=not line, line=line)
            return Table(const=rate_of(v), is_const=True)
        return self.table(raw, leaf)

    # -- amounts

    def amount(self, raw):
        return self.table(raw, self.amount_leaf)

    def named_table(self, name):
        if name not in self.named:
            tables = self.raw.get("tables") or {}
            if name not in tables:
                raise PackError(f"no table {name}")
            self.named[name] = self.amount(tables[name])
        return self.named[name]

    def amount_leaf(self, raw):
        if not isinstance(raw, dict):
            return Table(const=None if raw == "none" else digits(raw, 2), is_const=True)
        fn = self.amount_form(raw)
        if "times" in raw:
            times = self.rate(raw["times"]).fn
            fn = self.then(fn, lambda a, F: share_of(a, times(F, NONE)))
        if "round_to" in raw:
            unit = digits(raw["round_to"], 2)
            fn = self.then(fn, lambda a, F: (2 * a + unit) // (2 * unit) * unit)
        return Table(fn)

    @staticmethod
    def then(fn, op):
        def both(F, L):
            a = fn(F, L)
            return None if a is None else op(a, F)
        return both

    def amount_form(self, raw):
        if "combine" in raw:
            return self.combine(raw)
        if "table" in raw:
            table = self.named_table(raw["table"]).fn
            given = raw.get("with")
            if not given:
                return lambda F, L: table(F, NONE)
            return lambda F, L: table({**F, **given}, NONE)
        if "share" in raw:
            rate = self.rate(raw["share"]).fn
            return lambda F, L: None if F["@first"] is None else share_of(F["@first"], rate(F, NONE))
        if "fact" in raw:
            return self.fact_amount(raw)
        raise PackError(f"not an amount: {raw}")

    def fact_amount(self, raw):
        fact = raw["fact"]
        if BILL_FACTS.get(fact) == MONEY:
            return lambda F, L: F.get(fact, 0)
        if BILL_FACTS.get(fact) != INT:
            raise PackError(f"{fact} is neither money nor a count")
        minus, each = int(raw.get("minus", "0")), self.amount(raw["each"]).fn
        return lambda F, L: max(0, F.get(fact, 0) - minus) * each(F, NONE)

    def combine(self, raw):
        fact, table = raw["combine"], self.named_table(raw["table"]).fn
        total = raw.get("mode", "sum") == "sum"
        second = self.rate(raw["next"]).fn if "next" in raw else None
        top = self.amount(raw["at_most"]).fn if "at_most" in raw else None
        keep = raw.get("keep_largest") == "yes"

        def combined(F, L):
            each = [table({**F, "disease": word}, NONE) for word in F.get(fact, ())]
            if not each:
                return 0
            if None in each:
                each, largest, result = [], None, None
            else:
                largest = max(each)
                result = sum(each) if total else largest
                if second and len(each) > 1:
                    result += share_of(sorted(each)[-2], second(F, NONE))
            limit = top(F, NONE) if top else None
            if limit is not None and (result is None or result > limit):
                result = limit if not keep else (None if largest is None else max(limit, largest))
            return result
        return combined

    # -- adjustments

    def adjust_amount(self, entries):
        """The §6 list as fn(amount, F); None is 'no limit'. Also the counters its nth rules name."""
        steps, counters = [], []
        for entry in entries or []:
            cond = self.condition(entry.get("if"))[0]
            op = None
            if "nth" in entry:
                counters.append(self.acc(entry["nth"]))
                op = self.nth(entry, counters[-1])
            else:
                for word, make in AMOUNT_OPS.items():
                    if word in entry:
                        operand = self.rate(entry[word]) if word == "times" else self.amount(entry[word])
                        op = make(operand.fn)
            if op is None and entry.get("stop") != "yes":
                raise PackError(f"no operation in {entry}")
            steps.append((cond, op, entry.get("stop") == "yes"))
        if not steps:
            return None, counters

        def adjusted(amount, F):
            F["@first"] = amount
            for cond, op, stop in steps:
                if cond is None or cond(F, NONE):
                    if op is not None:
                        amount = op(amount, F)
                    if stop:
                        break
            return amount
        return adjusted, counters

    def nth(self, entry, counter):
        def n_of(F):
            return F["@ctx"].nth(counter, F) + F.get("@later", 0)
        if "list" in entry:
            items = [(True, rate_of(x)) if isinstance(x, str) and x.endswith("%") else (False, self.amount(x).fn)
                     for x in entry["list"]]

            def listed(amount, F):
                is_share, value = items[min(n_of(F), len(items)) - 1]
                if not is_share:
                    return value(F, NONE)
                return None if amount is None else share_of(amount, value)
            return listed
        floor = self.amount(entry.get("floor", "0")).fn
        if "minus" in entry:
            minus = self.amount(entry["minus"]).fn

            def less(amount, F):
                if amount is None:
                    return None
                return min(amount, max(floor(F, NONE), amount - minus(F, NONE) * (n_of(F) - 1)))
            return less
        rate, most = self.rate(entry["minus_share"]).fn, int(entry.get("max_times", "1000000000"))

        def less_share(amount, F):
            if amount is None:
                return None
            cut = share_of(amount, rate(F, NONE) * min(n_of(F) - 1, most))
            return min(amount, max(floor(F, NONE), amount - cut))
        return less_share

    def full_amount(self, raw):
        """{amount, adjust} as (fn(F), counters)."""
        table = self.amount(raw["amount"])
        adjust, counters = self.adjust_amount(raw.get("adjust"))
        if adjust is None:
            fn = table.fn
            return (lambda F: fn(F, NONE)), counters
        fn = table.fn
        return (lambda F: adjust(fn(F, NONE), F)), counters

    def full_rate(self, table_raw, adjust_raw):
        """The rate with its adjustments, clamped, as a Table."""
        table = self.rate(table_raw)
        steps, line = [], table.line
        for entry in adjust_raw or []:
            cond, cond_line = self.condition(entry.get("if"))
            op = None
            line |= cond_line
            for word, make in RATE_OPS.items():
                if word in entry:
                    operand = self.rate(entry[word])
                    line |= operand.line
                    op = make(operand.fn)
            if op is None and entry.get("stop") != "yes":
                raise PackError(f"no operation in {entry}")
            steps.append((cond, op, entry.get("stop") == "yes"))
        if not steps and table.is_const:
            return Table(const=min(ONE, table.const), is_const=True)
        fn = table.fn

        def rated(F, L):
            r = fn(F, L)
            for cond, op, stop in steps:
                if cond is None or cond(F, L):
                    if op is not None:
                        r = op(r, F, L)
                    if stop:
                        break
            return 0 if r < 0 else ONE if r > ONE else r
        return Table(rated, line=line)


def _unless_none(op):
    """An operation that leaves 'no limit' as it is, also when its operand has no limit."""
    def make(fn):
        def run(a, F):
            if a is None:
                return None
            x = fn(F, NONE)
            return None if x is None else op(a, x)
        return run
    return make


def _at_most(fn):
    def run(a, F):
        x = fn(F, NONE)
        return x if a is None else a if x is None else min(a, x)
    return run


AMOUNT_OPS = {
    "set": lambda fn: lambda a, F: fn(F, NONE),
    "add": _unless_none(lambda a, x: a + x),
    "sub": _unless_none(lambda a, x: max(0, a - x)),
    "times": _unless_none(share_of),
    "at_least": _unless_none(max),
    "at_most": _at_most,
}
RATE_OPS = {
    "set": lambda fn: lambda r, F, L: fn(F, L),
    "add": lambda fn: lambda r, F, L: r + fn(F, L),
    "sub": lambda fn: lambda r, F, L: r - fn(F, L),
    "times": lambda fn: lambda r, F, L: share_of(r, fn(F, L)),
    "personal_times": lambda fn: lambda r, F, L: ONE - share_of(ONE - r, fn(F, L)),
    "at_least": lambda fn: lambda r, F, L: max(r, fn(F, L)),
    "at_most": lambda fn: lambda r, F, L: min(r, fn(F, L)),
}


# ---------------------------------------------------------------------------------- accumulators

class Acc:
    """A declared accumulator. An entry is keyed (name, owner, period, sub-keys)."""
    __slots__ = ("name", "count", "period", "by", "household", "given")

    def __init__(self, name, raw):
        raw = raw or {}
        self.name = name
        self.count = raw.get("unit", "money") == "count"
        self.period = raw.get("period", "year")
        self.by = raw.get("by") or []
        if isinstance(self.by, str):
            self.by = [self.by]
        self.household = raw.get("owner", "person") == "household"
        self.given = raw.get("given")

    def key(self, F):
        sub = tuple(F.get(f, "") for f in self.by) if self.by else ()
        return (self.name, F["@house"] if self.household else F["@owner"], F["@ctx"].periods[self.period], sub)


class State:
    """Everything carried from one bill to the next: accumulators, account balances, whose year has begun.
    A refused bill is rolled back through the journal, so it leaves nothing behind."""

    def __init__(self):
        self.acc = {}
        self.accounts = {}
        self.given = {}
        self.settled = {}
        self.journal = []

    def put(self, where, key, value):
        self.journal.append((where, key, where.get(key)))
        where[key] = value

    def rollback(self):
        for where, key, old in reversed(self.journal):
            if old is None:
                del where[key]
            else:
                where[key] = old


class Context:
    """One settlement under way. Changes lie in `over` and `balance` until the bill is through."""
    __slots__ = ("state", "F", "periods", "over", "balance", "heap", "held", "lines", "split", "fund", "hospital",
                 "account", "family", "by_field", "rows", "explain", "later")

    def copy(self):
        other = Context()
        other.state, other.periods, other.lines, other.split = self.state, self.periods, self.lines, self.split
        other.over, other.balance, other.heap = dict(self.over), dict(self.balance), dict(self.heap)
        other.held = None if self.held is None else {h: list(v) for h, v in self.held.items()}
        other.fund, other.hospital, other.account, other.family = self.fund, self.hospital, self.account, self.family
        other.by_field, other.rows = dict(self.by_field), list(self.rows)
        other.explain = None if self.explain is None else list(self.explain)
        other.later = dict(self.later)
        other.F = {**self.F, "@ctx": other}
        return other

    def now(self, acc, F):
        key = acc.key(F)
        v = self.over.get(key)
        return self.state.acc.get(key, 0) if v is None else v

    def value(self, key):
        v = self.over.get(key)
        return self.state.acc.get(key, 0) if v is None else v

    def nth(self, counter, F):
        if counter.given and counter.given in F:
            return F[counter.given]
        return self.state.acc.get(counter.key(F), 0) + 1

    def note(self, step, layer, amount, **more):
        if self.explain is not None:
            self.explain.append({"step": step, "layer": layer, "amount": amount, **more})


# ---------------------------------------------------------------------------------------- layers

HEAPS = ("own", "over_limit", "pay_first", "route_share", "scope", "deductible", "copay", "over_cap")
FUND_FIELDS = {"hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "maf_pay", "oth_pay"}


def apportion(amount, held, among):
    """`amount` over the lines `among` in proportion to what they hold, by largest remainder."""
    total = sum(held[i] for i in among)
    out = {}
    if not amount:
        return out
    rests = []
    left = amount
    for i in among:
        q, r = divmod(amount * held[i], total)
        out[i] = q
        left -= q
        rests.append((-r, i))
    rests.sort()
    for _, i in rests[:left]:
        out[i] += 1
    return out


def take(held, base, amount, among):
    """Takes `amount` from the heaps of `base` in order; gives what each line lost."""
    lost = {}
    for h in base:
        if not amount:
            break
        has = held[h]
        part = min(amount, sum(has[i] for i in among))
        for i, x in apportion(part, has, among).items():
            has[i] -= x
            lost[i] = lost.get(i, 0) + x
        amount -= part
    return lost


class Layer:
    """One compiled layer. run(ctx) gives what it paid, or None when it was skipped or found no money."""

    def __init__(self, name, raw, comp, payers):
        self.name = name
        self.pay = raw.get("pay", "rate")
        self.base = raw["base"] if isinstance(raw["base"], list) else [raw["base"]]
        self.payer = raw.get("payer", "")
        self.field = payers.get(self.payer, {}).get("field")
        if self.field is None:
            if self.pay != "account":
                raise PackError(f"layer {name}: payer {self.payer} is not in the dictionary")
            self.field = "acct_mulaid_pay" if raw.get("account") == "family" else "acct_pay"
        self.cond = comp.condition(raw.get("if"))[0]
        self.lines = comp.condition(raw.get("lines"))[0]
        self.each = raw.get("each")
        self.best_over = raw.get("best_over")
        self.of = raw.get("of")
        self.kind = raw.get("account")
        self.read_leaves(raw)
        self.read_deductible(raw.get("deductible"), comp)
        self.read_rates(raw, comp)
        self.caps = []
        for cap in raw.get("caps") or []:
            amount = comp.full_amount(cap)[0]
            self.caps.append((comp.condition(cap.get("if"))[0], comp.acc(cap["key"]) if "key" in cap else None,
                              cap.get("on", "fund") == "expense", amount))
        self.feeds = [(comp.acc(f["key"]), f["what"]) for f in raw.get("feeds") or []]
        self.cum = self.paid = None
        if self.pay == "entitlement":
            self.cum, self.paid = comp.acc(raw["cumulative"]["base"]), comp.acc(raw["cumulative"]["paid"])
        self.needs_lines = bool(self.lines or self.each or self.exempt or self.per_line)

    def read_leaves(self, raw):
        same = not ("scope" in self.base and self.pay == "rate")
        leaves = raw.get("leaves", "same" if same else {})
        self.leaves = None
        if leaves != "same":
            self.leaves = tuple(leaves.get(k, k) for k in ("deductible", "copay", "over_cap"))

    def read_deductible(self, raw, comp):
        self.ded = self.exempt = None
        if not raw:
            return
        self.ded = comp.full_amount(raw)
        self.mode = raw.get("mode", "visit")
        self.dkey = comp.acc(raw["key"]) if "key" in raw else None
        self.dbase = raw.get("measure", "charged") == "base"
        self.times = [(comp.acc(t["key"]), int(t["max"])) for t in raw.get("times") or []]
        self.ceiling = None
        if "ceiling" in raw:
            self.ceiling = comp.acc(raw["ceiling"]["key"]), comp.full_amount(raw["ceiling"])[0]
        self.exempt = comp.condition(raw.get("exempt"))[0]
        self.every = int(raw["repeat_every_days"]) if "repeat_every_days" in raw else 0
        self.as_stay = raw.get("repeat_as_stay") == "yes"

    def read_rates(self, raw, comp):
        self.steps, self.rate, self.per_line = None, None, False
        bands = raw.get("bands")
        if bands:
            self.from_zero = bands.get("origin", "zero") == "zero"
            self.measure = comp.acc(bands["measure"]) if "measure" in bands else None
            self.steps = []
            for step in bands["steps"]:
                to = comp.amount(step["to"]).fn if "to" in step else None
                self.steps.append((to, comp.full_rate(step["rate"], raw.get("rate_adjust")).fn))
        elif self.pay != "account":
            rate = comp.full_rate(raw["rate"], raw.get("rate_adjust"))
            self.rate, self.per_line = rate.fn, rate.line and self.pay == "rate"
        if not bands:
            self.from_zero, self.measure = True, None

    # -- running

    def run(self, ctx):
        if self.best_over and ctx.F.get("category"):
            return self.run_best(ctx)
        return self.run_facts(ctx, ctx.F)

    def run_best(self, ctx):
        best = None
        for word in ctx.F["category"]:
            trial = ctx.copy()
            trial.F["category"] = (word,)
            paid = self.run_facts(trial, trial.F)
            if paid is not None and (best is None or paid > best[0]):
                best = paid, trial
        if best is None:
            ctx.note("skipped", self.name, 0)
            return None
        keep(ctx, best[1])
        return best[0]

    def run_facts(self, ctx, F):
        if not self.each:
            return self.run_once(ctx, F, None)
        paid, ran = 0, False
        for word in dict.fromkeys(L.get("line_disease") for L in ctx.lines):
            if word is None:
                continue
            only = [i for i, L in enumerate(ctx.lines) if L.get("line_disease") == word]
            got = self.run_once(ctx, {**F, "disease": word}, only)
            if got is not None:
                ran, paid = True, paid + got
        return paid if ran else None

    def run_once(self, ctx, F, only):
        if self.cond and not self.cond(F, NONE):
            ctx.note("skipped", self.name, 0)
            return None
        among, heap = None, ctx.heap
        if ctx.held is None:
            B = 0
            for h in self.base:
                B += heap[h]
        else:
            among = range(len(ctx.lines)) if only is None else only
            if self.lines:
                among = [i for i in among if self.lines(F, ctx.lines[i])]
            B = sum(ctx.held[h][i] for h in self.base for i in among)
        if B == 0:
            return None
        ctx.note("base", self.name, B)
        moves = {}
        if self.pay == "rate":
            result = self.by_rate(ctx, F, B, among, moves)
        else:
            pay = {"entitlement": self.by_entitlement, "topup": self.by_topup,
                   "account": self.by_account}[self.pay](ctx, F, B, moves)
            result = pay, 0, B - pay, 0
            self.move(ctx, among, pay, 0, B - pay, (0, 0), among, {})
        pay, D, copay, over = result
        for acc, what in self.feeds:
            moves[acc.key(F), what] = {"base": B, "paid": pay, "deductible": D, "copay": copay, "over_cap": over}[what]
        for (key, what), x in moves.items():
            if x:
                ctx.over[key] = ctx.value(key) + x
        ctx.note("paid", self.name, pay)
        self.book(ctx, pay)
        ctx.rows.append((self, B, D, pay, over))
        return pay

    def book(self, ctx, pay):
        if self.field in FUND_FIELDS:
            ctx.fund += pay
        elif self.field == "hosp_part_amt":
            ctx.hospital += pay
        elif self.field == "acct_pay":
            ctx.account += pay
        else:
            ctx.family += pay
        ctx.by_field[self.field] = ctx.by_field.get(self.field, 0) + pay

    def limits(self, ctx, F, expense, moves, quantity):
        """What the caps of one kind leave (None: no limit); notes which keys move."""
        left = None
        for cond, acc, on_expense, amount in self.caps:
            if on_expense is not expense or (cond and not cond(F, NONE)):
                continue
            most = amount(F)
            if acc:
                key = acc.key(F)
                moves[key, quantity] = None
                if most is not None:
                    most = max(0, most - ctx.value(key))
            if most is not None and (left is None or most < left):
                left = most
        return left

    @staticmethod
    def fill(moves, quantity, amount):
        for k in moves:
            if k[1] == quantity:
                moves[k] = amount

    # -- pay: rate

    def by_rate(self, ctx, F, B, among, moves):
        E = B
        left = self.limits(ctx, F, True, moves, "expense")
        if left is not None and left < B:
            E = left
            ctx.note("expense_cap", self.name, E)
        X1 = B - E
        D, meets = 0, among
        if self.ded:
            if self.exempt:
                meets = [i for i in among if not self.exempt(F, ctx.lines[i])]
            may = E if not self.exempt else min(E, sum(ctx.held[h][i] for h in self.base for i in meets))
            D = self.deduct(ctx, F, E, may, moves)
        P = E - D
        rest = None
        if self.per_line:
            rest, segments = self.line_segments(ctx, F, among, meets, D, X1)
        else:
            segments = self.segments(ctx, F, D, E, moves)
        exact = sum(a * r for a, r in segments)
        pay = (exact + HALF) // ONE
        L = self.limits(ctx, F, False, moves, "paid")
        X2, used = 0, None
        if L is not None and pay > L:
            pay = L
            used = consume(segments, L)
            X2 = P - sum(used)
        if P - pay - X2 < 0:
            X2 = P - pay
        copay = P - pay - X2
        if ctx.explain is not None:
            if L is not None:
                ctx.note("cap_left", self.name, L)
            for (a, r), u in zip(segments, used or [a for a, _ in segments]):
                ctx.note("segment", self.name, u, rate=r, pays=share_of(u, r))
            if X1 + X2:
                ctx.note("over_cap", self.name, X1 + X2)
        fell = line_over(rest, segments, used, X2) if self.per_line else {}
        self.fill(moves, "expense", E)
        self.fill(moves, "paid", pay)
        self.move(ctx, among, pay, D, copay, (X1, X2 - sum(fell.values())), meets, fell)
        return pay, D, copay, X1 + X2

    def deduct(self, ctx, F, E, may, moves):
        amount, counters = self.ded
        N = amount(F)
        if N is None:
            raise PackError(f"layer {self.name}: a deductible cannot be none")
        if self.every:
            r = (F.get("days", 1) - 1) // self.every
            if self.as_stay:
                for j in range(1, r + 1):
                    N += amount({**F, "@later": j})
                for key in {c.key(F) for c in counters}:
                    ctx.later[key] = ctx.later.get(key, 0) + r
            else:
                N *= 1 + r
        ctx.note("deductible_nominal", self.name, N)
        left = N
        if self.dkey:
            key = self.dkey.key(F)
            left = max(0, N - ctx.value(key))
        if any(ctx.now(acc, F) >= most for acc, most in self.times):
            left = 0
        if self.ceiling:
            acc, most = self.ceiling
            top = most(F)
            if top is not None:
                left = min(left, max(0, top - ctx.now(acc, F)))
        D = min(left, may)
        ctx.note("deductible", self.name, D)
        if self.mode == "cumulative":
            moves[key, "expense" if self.dbase else "deductible"] = E if self.dbase else D
        elif self.mode == "highwater":
            moves[key, "highwater"] = max(0, N - ctx.value(key))
        if self.ceiling:
            moves[self.ceiling[0].key(F), "deductible"] = D
        if D:
            for acc, _ in self.times:
                moves[acc.key(F), "times"] = 1
        return D

    def segments(self, ctx, F, D, E, moves):
        if self.steps is None:
            return [(E - D, self.rate(F, NONE))] if E > D else []       # no part, no rate to look up
        s = ctx.now(self.measure, F) if self.measure else 0
        low, high = (s + D, s + E) if self.from_zero else (s, s + E - D)
        if self.measure:
            rises = ("expense", E) if self.from_zero else ("payable", E - D)
            moves[self.measure.key(F), rises[0]] = rises[1]
        return self.bands(F, low, high, 0)

    def bands(self, F, low, high, shift):
        """The parts of (low, high] in each step, the steps moved up by `shift`."""
        out, floor = [], 0
        if high <= low:
            return out
        for to, rate in self.steps:
            top = high if to is None else min(high, to(F, NONE) + shift)
            a = max(low, floor)
            if top > a:
                out.append((top - a, rate(F, NONE)))
            if to is None or top == high:
                break
            floor = top
        return out

    def line_segments(self, ctx, F, among, meets, D, X1):
        """Rates by line: D and X1 leave as they always do; what is left of each line is a segment."""
        held = {h: list(ctx.held[h]) for h in self.base}
        take(held, self.base, D, meets)
        take(held, self.base, X1, among)
        rest = {i: sum(held[h][i] for h in self.base) for i in among}
        return rest, [(x, self.rate(F, ctx.lines[i])) for i, x in rest.items() if x]

    def move(self, ctx, among, pay, D, copay, X, meets, fell):
        """Step 6: pay leaves the base; D, copay and over-cap go where `leaves` says. `fell` is over-cap whose
        lines are known, X what is taken besides for X1 and for X2."""
        if ctx.held is None:
            heap = ctx.heap
            if self.leaves is None:
                for h in self.base:
                    x = min(pay, heap[h])
                    heap[h] -= x
                    pay -= x
                return
            for h in self.base:
                heap[h] = 0
            for h, x in zip(self.leaves, (D, copay, sum(X))):
                heap[h] += x
            return
        held = ctx.held
        if self.leaves is None:
            take(held, self.base, pay, among)
            return
        to_deductible = take(held, self.base, D, meets)
        to_over = take(held, self.base, X[0], among)
        for lost in [take(held, self.base, X[1], among)] + [take(held, self.base, x, [i]) for i, x in fell.items()]:
            for i, x in lost.items():
                to_over[i] = to_over.get(i, 0) + x
        take(held, self.base, pay, among)
        to_copay = {i: sum(held[h][i] for h in self.base) for i in among}
        for h in self.base:
            for i in among:
                held[h][i] = 0
        for h, part in zip(self.leaves, (to_deductible, to_copay, to_over)):
            for i, x in part.items():
                held[h][i] += x

    # -- the other ways to pay

    def by_entitlement(self, ctx, F, B, moves):
        bkey, pkey = self.cum.key(F), self.paid.key(F)
        cum, before = ctx.value(bkey) + B, ctx.value(pkey)
        Dn = self.ded[0](F) if self.ded else 0
        if self.steps is None:
            parts = [(cum - Dn, self.rate(F, NONE))] if cum > Dn else []
        else:
            parts = self.bands(F, Dn, max(cum, Dn), 0 if self.from_zero else Dn)
        ent = (sum(a * r for a, r in parts) + HALF) // ONE
        left = self.limits(ctx, F, False, moves, "paid")
        pay = min(max(0, ent - before), B)
        if left is not None:
            pay = min(pay, left)
        moves[bkey, "base"] = B
        moves[pkey, "paid"] = pay
        self.fill(moves, "paid", pay)
        if ctx.explain is not None:
            ctx.note("deductible_nominal", self.name, Dn)
            if left is not None:
                ctx.note("cap_left", self.name, left)
            ctx.note("cumulative", self.name, cum)
            for a, r in parts:
                ctx.note("segment", self.name, a, rate=r, pays=share_of(a, r))
            ctx.note("entitled", self.name, ent)
            ctx.note("already_paid", self.name, before)
        return pay

    def by_topup(self, ctx, F, B, moves):
        of = ctx.split["total" if self.of == "total" else "scope"]
        target = share_of(of, self.rate(F, NONE))
        ctx.note("target", self.name, target)
        pay = min(max(0, target - ctx.fund - ctx.hospital), B)
        left = self.limits(ctx, F, False, moves, "paid")
        if left is not None:
            pay = min(pay, left)
        self.fill(moves, "paid", pay)
        return pay

    def by_account(self, ctx, F, B, moves):
        pay = min(ctx.balance.get(self.kind, 0), B)
        left = self.limits(ctx, F, False, moves, "paid")
        if left is not None:
            pay = min(pay, left)
        ctx.balance[self.kind] = ctx.balance.get(self.kind, 0) - pay
        self.fill(moves, "paid", pay)
        return pay


def consume(segments, L):
    """Step 5: how much of each segment is used when the payment is cut to L."""
    used, before, limit = [], 0, L * ONE
    crossed = False
    for a, r in segments:
        if crossed:
            used.append(0)
        elif before + a * r <= limit:
            used.append(a)
            before += a * r
        else:
            crossed = True
            used.append((2 * (limit - before) + r) // (2 * r))
    return used


def line_over(rest, segments, used, X2):
    """The over-cap of each line when the rates go by line; the last lines give way to rounding."""
    lines = [i for i, a in rest.items() if a]
    lost = {}
    if used is None:
        return lost
    for i, (a, _), u in zip(lines, segments, used):
        if a > u:
            lost[i] = a - u
    surplus = sum(lost.values()) - X2
    for i in reversed(lines):
        x = min(surplus, lost.get(i, 0))
        if x:
            lost[i] -= x
            surplus -= x
    return lost


def keep(ctx, trial):
    """The effects of the chosen trial become those of ctx; the facts stay ctx's own."""
    for slot in ("over", "balance", "heap", "held", "fund", "hospital", "account", "family", "by_field", "rows",
                 "explain", "later"):
        setattr(ctx, slot, getattr(trial, slot))


# ---------------------------------------------------------------------------------------- policy

class Policy:
    """One version of one scheme, compiled."""

    def __init__(self, raw, payers, path):
        self.path, self.name, self.scheme = path, raw["policy"], raw["scheme"]
        self.start = day_of(raw["from"])
        self.until = day_of(raw["until"]) if "until" in raw else None
        if raw.get("money") != "yuan":
            raise PackError(f"{path}: money must be yuan")
        period = raw.get("period") or {}
        self.year_start = tuple(int(x) for x in period.get("year_start", "01-01").split("-"))
        self.split_year = period.get("cross_year", "discharge") == "split"
        self.age_on = period.get("age_on", "admission")
        self.category_on = period.get("category_on", "discharge")
        self.accs = {name: Acc(name, a) for name, a in (raw.get("accumulators") or {}).items()}
        self.used_periods = {a.period for a in self.accs.values()}
        comp = Compiler(raw, self.accs)
        self.not_covered = [(comp.condition(row.get("if"))[0], row.get("reason", "not_covered"))
                            for row in raw.get("not_covered") or []]
        self.entitlement = self.read_entitlement(raw.get("entitlement"))
        self.read_split(raw.get("split") or {}, comp)
        layers = {name: Layer(name, body, comp, payers) for name, body in (raw.get("layers") or {}).items()}
        self.stacks = []
        for s in raw["stacks"]:
            order = [[layers[n] for n in item["best"]] if isinstance(item, dict) else layers[item]
                     for item in s.get("layers") or []]
            counts = [(comp.acc(c if isinstance(c, str) else c["key"]),
                       None if isinstance(c, str) else comp.condition(c.get("if"))[0]) for c in s.get("counts") or []]
            tracked = any(x.needs_lines for item in order for x in (item if isinstance(item, list) else [item]))
            self.stacks.append((s["stack"], comp.condition(s.get("if"))[0], order, counts, tracked))

    @staticmethod
    def read_entitlement(raw):
        if not raw:
            return []
        comp = Compiler({}, {}, enrol=True)
        return [(comp.condition(row.get("if"))[0], row["starts"]) for row in raw["rows"]]

    def read_split(self, raw, comp):
        self.klass = None if raw.get("class", "item") == "item" else comp.words(raw["class"]).fn
        first = raw.get("first_share", "item")
        self.first = comp.share(first)
        self.route = comp.rate(raw.get("route_share", "0%"))
        self.limits = [(comp.condition(row.get("if"))[0], row.get("per", "unit"), comp.amount(row["amount"]).fn)
                       for row in raw.get("limit") or []]

    def year_of(self, day):
        return day.year if (day.month, day.day) >= self.year_start else day.year - 1

    def year_first(self, day):
        return clip(self.year_of(day), *self.year_start)

    # -- step by step

    def derive(self, F):
        """The facts that depend on this version's period."""
        date = F["date"]
        admit = min(date, F.get("admit_date", date))
        F["days"] = max(1, (date - admit).days)
        F["year"] = self.year_of(date)
        F.setdefault("stay_part", 1)
        if "deductible_override" in F:
            F["has_override"] = True
        birth = F.get("birth_date")
        if birth:
            day = date if self.age_on == "discharge" else admit if self.age_on == "admission" \
                else self.year_first(date)
            F["age"] = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
        day = admit if self.category_on == "admission" else date
        F["category"] = once(w for w, a, b in F["@categories"] if (a is None or a <= day) and (b is None or day <= b))

    def covered(self, F, bill):
        """None, or why the person is not covered on the day."""
        date = F["date"]
        if bill.death and date > bill.death:
            return "death"
        for cond, reason in self.not_covered:
            if cond is None or cond(F, NONE):
                return reason
        if bill.entitled is not None and not any((a is None or a <= date) and (b is None or date <= b)
                                                 for a, b in bill.entitled):
            return "not_entitled"
        if bill.enrolment is not None:
            for cond, starts in self.entitlement:
                if cond is None or cond(bill.enrolment, NONE):
                    return "not_entitled" if date < first_covered(starts, bill.enrolment) else None
            raise Refused("no_entitlement_row", "person.enrolment", "no row of the entitlement matches")
        return None

    def split_line(self, F, L):
        """The line as (amount, own, over limit, pay-first, route share, in scope)."""
        amount = amount_of(L)
        word = L["class"]
        if self.klass:
            to = self.klass(F, L)
            word = word if to == "item" else to
        if word not in ("A", "B", "C"):
            raise Refused("no_class", "lines.class", "neither A nor B nor C")
        if word == "C":
            return amount, amount, 0, 0, 0, 0
        limit = None
        quantity = L["@quantity"]
        if "@limit" in L:
            limit = (L["@limit"] * quantity + 500_000) // 1_000_000
        for cond, per, most in self.limits:
            if cond is None or cond(F, L):
                x = most(F, L)
                if x is not None:
                    if per == "unit":
                        x = (x * quantity + 5_000) // 10_000
                    limit = x if limit is None else min(limit, x)
                break
        over = 0
        if limit is not None and amount > limit:
            if L.get("@refuse"):
                return amount, amount, 0, 0, 0, 0
            over = amount - limit
        rest = amount - over
        first = route = 0
        if word == "B":
            first = self.shared(self.first, rest, F, L)
            rest -= first
        route = self.shared(self.route, rest, F, L)
        return amount, 0, over, first, route, rest - route

    @staticmethod
    def shared(table, rest, F, L):
        if not rest:                     # no part that holds money, no rate to look up
            return 0
        share = table.const if table.is_const else table.fn(F, L)
        if share.__class__ is int:
            return (rest * share + HALF) // ONE
        if share == "item":
            if "@share" not in L:
                raise Refused("no_share", "pay_first", "the line carries no share of its own")
            return (rest * L["@share"] + HALF) // ONE
        exact, floor = 0, 0
        for to, rate in share:
            top = rest if to is None else min(rest, to)
            if top > floor:
                exact += (top - floor) * rate(F, L)
                floor = top
        return (exact + HALF) // ONE

    def settle(self, F, lines, bill, state, part, explain):
        """One part of one bill, changing `state` only when it went through."""
        ctx = Context()
        ctx.state, ctx.explain = state, [] if explain else None
        F = dict(F)
        F["@ctx"] = ctx
        self.derive(F)
        ctx.F = F
        person = bill.person
        F["@owner"] = ("p", self.scheme, person)
        F["@house"] = ("h", self.scheme, bill.household) if bill.household else F["@owner"]
        date = F["date"]
        ctx.periods = {"year": F["year"], "life": None, "day": date, "month": (date.year, date.month),
                       "quarter": (date.year, "q", (date.month - 1) // 3),
                       "episode": ("stay", bill.stay) if bill.stay else ("bill", bill.id)}
        self.open(F, ctx, bill, state, part)
        reason = self.covered(F, bill)
        if reason:
            total = sum(amount_of(L) for L in lines)
            within(bill)
            ctx.split = dict.fromkeys(HEAPS, 0)
            ctx.split["total"] = ctx.split["own"] = total
            ctx.rows, ctx.by_field = [], {}
            ctx.fund = ctx.hospital = ctx.account = ctx.family = 0
            ctx.note("not_covered", "", total)
            return self.result("not_covered", ctx, bill, part, reason)
        sums = [0] * 6
        parts = []
        for L in lines:
            p = self.split_line(F, L)
            parts.append(p)
            for k in range(6):
                sums[k] += p[k]
        within(bill)
        ctx.split = split = dict(zip(("total", "own", "over_limit", "pay_first", "route_share", "scope"), sums))
        ctx.heap = {"own": sums[1], "over_limit": sums[2], "pay_first": sums[3], "route_share": sums[4],
                    "scope": sums[5], "deductible": 0, "copay": 0, "over_cap": 0}
        if explain:
            for step, h in (("total", "total"), ("own", "own"), ("over_limit", "over_limit"),
                            ("pay_first", "pay_first"), ("route_share", "route_share"), ("in_scope", "scope")):
                ctx.note(step, "", split[h])
        for name, cond, order, counts, tracked in self.stacks:
            if cond is None or cond(F, NONE):
                break
        else:
            raise Refused("no_stack", "", "no stack fits this visit")
        ctx.held, ctx.lines = None, ()
        if tracked:
            self.track(ctx, lines, parts)
        ctx.over, ctx.balance, ctx.later = ctx.over, dict(state.accounts.get(person, {})), {}
        ctx.fund = ctx.hospital = ctx.account = ctx.family = 0
        ctx.by_field, ctx.rows = {}, []
        for item in order:
            if isinstance(item, list):
                self.run_best(ctx, item)
            else:
                item.run(ctx)
        self.count(ctx, F, counts)
        return self.result("settled", ctx, bill, part, None)

    def open(self, F, ctx, bill, state, part):
        """Opening balances and values, into the trial state of this bill."""
        ctx.over = {}
        given = state.given.get(bill.person, {})
        if any(given.get(kind, x) != x for kind, x in bill.accounts.items()):
            raise Refused("account_restated", "person.accounts", "an earlier bill of the run said otherwise")
        new = {kind: x for kind, x in bill.accounts.items() if kind not in given}
        if new:
            state.put(state.given, bill.person, {**given, **new})
            state.put(state.accounts, bill.person, {**state.accounts.get(bill.person, {}), **new})
        if (part or 1) > 1 or not bill.opening:      # the opening of a split stay was that of its first part
            return
        if (bill.person, self.scheme, F["year"]) in state.settled:
            raise Refused("opening_not_first", "opening", "the person-year has a settled bill already")
        for name, value in bill.opening.items():
            acc = self.pack_accs[name]
            owner, period = acc.key(F)[1:3]
            read = int if acc.count else _money
            if acc.by:
                for sub, v in value.items():
                    state.put(state.acc, (name, owner, period, tuple(sub.split("|"))), read(v))
            else:
                state.put(state.acc, acc.key(F), read(value))

    @staticmethod
    def track(ctx, lines, parts):
        def order(pair):
            L, p = pair
            return (L.get("item", ""), hashed(L["class"]), p[0], p[5], p[1], p[2], p[3], L.get("@date", ""),
                    L.get("unit_price", -1), L.get("@share", -1), not L["condition_met"], hashed(L.get("list")),
                    hashed(L.get("@disease")), hashed(L.get("origin")), tuple(hashed(t) for t in L.get("tag", ())))
        pairs = sorted(zip(lines, parts), key=order)
        ctx.lines = [L for L, _ in pairs]
        ctx.held = {h: [0] * len(pairs) for h in HEAPS}
        for h, k in (("own", 1), ("over_limit", 2), ("pay_first", 3), ("route_share", 4), ("scope", 5)):
            ctx.held[h] = [p[k] for _, p in pairs]

    @staticmethod
    def run_best(ctx, layers):
        best = None
        for layer in layers:
            trial = ctx.copy()
            paid = layer.run(trial)
            if paid is not None and (best is None or paid > best[0]):
                best = paid, trial
        if best:
            keep(ctx, best[1])

    @staticmethod
    def count(ctx, F, counts):
        if F["stay_part"] > 1:
            return
        for acc, cond in counts:
            if cond is None or cond(F, NONE):
                key = acc.key(F)
                value = ctx.value(key) + 1
                if acc.given and acc.given in F:
                    value = max(value, F[acc.given])
                ctx.over[key] = value
        for key, r in ctx.later.items():
            if r:
                ctx.over[key] = ctx.value(key) + r

    def result(self, status, ctx, bill, part, reason):
        total = ctx.split["total"]
        personal = total - ctx.fund - ctx.hospital
        state = ctx.state
        moved = {}
        for key, v in ctx.over.items():
            if v != state.acc.get(key, 0):
                moved[key] = v
        if status == "settled":
            for key, v in moved.items():
                state.put(state.acc, key, v)
            state.put(state.accounts, bill.person, ctx.balance)
        state.put(state.settled, (bill.person, self.scheme, ctx.F["year"]), True)
        first = next((r[0] for r in ctx.rows if r[0].pay == "rate" and "scope" in r[0].base), None)
        out = {"bill": bill.id, "person": bill.person, "status": status, "policy": self.name,
               "version": self.start.isoformat(), "year": ctx.F["year"], "part": part, "total": total,
               "own": ctx.split["own"], "over_limit": ctx.split["over_limit"], "pay_first": ctx.split["pay_first"],
               "route_share": ctx.split["route_share"], "in_scope": ctx.split["scope"],
               "deductible": sum(r[2] for r in ctx.rows if r[0] is first),
               "over_cap": sum(r[4] for r in ctx.rows if r[0] is first),
               "funds": {f: x for f, x in ctx.by_field.items() if x and f in FUND_FIELDS},
               "fund_total": ctx.fund, "hospital_part": ctx.hospital, "personal_part": personal,
               "account": ctx.account, "family_account": ctx.family, "cash": personal - ctx.account - ctx.family,
               "layers": [{"layer": r[0].name, "payer": r[0].payer, "base": r[1], "deductible": r[2], "paid": r[3],
                           "over_cap": r[4]} for r in ctx.rows],
               "accumulators": moved, "policy_": self, "ctx_": ctx}
        if reason:
            out["reason"] = reason
        if ctx.explain is not None:
            for step in ("fund_total", "hospital_part", "personal_part", "account", "family_account", "cash"):
                ctx.note(step, "", out[step])
            out["explain"] = ctx.explain
        return out


def amount_of(L):
    if L["line_amount"] > MOST_AMOUNT:
        raise Refused("too_large", "lines.amount", "price x quantity above 100 billion yuan")
    return L["line_amount"]


def within(bill):
    if sum(L["line_amount"] for L in bill.lines) > MOST_BILL:
        raise Refused("too_large", "lines", "a bill above 10 trillion yuan")


def clip(year, month, day):
    """The day, or the last one of a shorter month."""
    return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def first_covered(starts, facts):
    source = starts["from"]
    needed = "window_year" if source == "year_start" else source
    if needed not in facts:
        raise Refused("no_entitlement_row", f"person.enrolment.{needed}", "needed for the first covered day")
    day = datetime.date(facts["window_year"], 1, 1) if source == "year_start" else facts[source]
    missed = facts.get("missed_years", 0)
    months = int(starts.get("add_months", "0")) + int(starts.get("per_missed_year", "0")) * missed \
        + int(starts.get("per_repaid_year", "0")) * facts.get("repaid_years", 0)
    if "at_least_months" in starts and missed >= int(starts.get("at_least_if_missed", "0")):
        months = max(months, int(starts["at_least_months"]))
    index = day.year * 12 + day.month - 1 + max(0, months)
    year, month = divmod(index, 12)
    which = starts.get("day", "same")
    if which == "first":
        return datetime.date(year, month + 1, 1)
    return clip(year, month + 1, day.day) + datetime.timedelta(days=which == "next")


# ------------------------------------------------------------------------------------------ bill

def _text(v):
    if not isinstance(v, str):
        raise ValueError("not a text")
    if len(v.encode()) > MOST_TEXT:
        raise Refused("too_large", "", "a text above 200 bytes")
    return v


def _word(v):
    return _text(v if isinstance(v, str) else str(v))


def _flag(v):
    if v is True or v is False:
        return v
    raise ValueError("not a flag")


def _count(v):
    if v.__class__ is not int or v < 0:
        raise ValueError("not a count")
    return v


def _decimal(places, most):
    def read(v):
        v = digits(v if isinstance(v, str) else str(v), places)
        if v > most:
            raise Refused("bad_amount", "", "above the limit")
        return v
    return read


_money = _decimal(2, MOST_AMOUNT)
_price, _quantity = _decimal(4, MOST_PRICE), _decimal(4, MOST_QUANTITY)


def _share(v):
    v = v if isinstance(v, str) else str(v)
    rate = rate_of(v) if v.endswith("%") else digits(v, 8, "rate")
    if rate > ONE:
        raise ValueError("above 100 %")
    return rate


def _words(v):
    if not isinstance(v, list):
        raise ValueError("not a list")
    return once(_text(w) for w in few(v))


def few(v):
    if len(v) > MOST_WORDS:
        raise Refused("too_large", "", "a list above 64 words")
    return v


def _span(v, word=None):
    allowed = {"from", "until"} | ({word} if word else set())
    if not v.keys() <= allowed:
        raise Refused("unknown_field", sorted(v.keys() - allowed)[0])
    ends = tuple(day_of(v[k]) if k in v else None for k in ("from", "until"))
    return (v[word], *ends) if word else ends


def _categories(v):
    return [(_text(c), None, None) if isinstance(c, str) else _span(c, "category") for c in few(v)]


def _spec(*rows):
    """{JSON key: (fact or @slot, reader)}"""
    return {key: (fact, read) for read, names in rows for key, fact in
            (n.split("=") if "=" in n else (n, n) for n in names.split())}


PERSON = _spec((_text, "id=@person household=@household"),
               (_word, "scheme status sex group tier civil_rank soldier_grade employer"),
               (day_of, "birth_date first_work_date death_date=@death"),
               (_count, "insured_months continuous_years no_claim_years"), (_flag, "contract"),
               (_money, "account_credit"), (_categories, "categories=@categories"),
               (_words, "accredited tags=person_tag"),
               (lambda v: {k: _money(x) for k, x in v.items()}, "accounts=@accounts"),
               (lambda v: [_span(x) for x in v], "entitled=@entitled"),
               (lambda v: {k: _enrol(k, x) for k, x in v.items()}, "enrolment=@enrolment"))
PROVIDER = _spec((_word, "id=provider level grade fee_class seat kind=provider_kind area=provider_area"),
                 (_flag, "tcm"), (_words, "tags=provider_tag"))
VISIT = _spec((_text, "id=@stay"), (_word, "kind=visit_kind disease disease_group cause transfer route prescription event"),
              (day_of, "date admit_date"), (_count, "nth_stay nth_stay_at_level stay_part"),
              (_money, "prev_deductible deductible_override"),
              (_flag, "waive_deductible filed_elsewhere chosen referred"), (_words, "tags=visit_tag"))
LINE = _spec((_text, "code=item name=@name prescription_no=@rx"), (_word, "class list origin disease=@disease"),
             (_quantity, "quantity=@quantity"), (_price, "unit_price limit=@limit"), (_money, "amount=line_amount"),
             (_share, "pay_first=@share"), (_text, "date=@date"), (_words, "tags=tag"),
             (_flag, "condition_met refuse_over_limit=@refuse"))
ACCOUNTS = {"current", "previous", "civil", "family"}


def _enrol(key, v):
    kind = ENROL_FACTS.get(key)
    if kind is None:
        raise Refused("unknown_field", f"person.enrolment.{key}")
    return day_of(v) if kind == DAY else _count(v) if kind == INT else _word(v)


class Bill:
    __slots__ = ("id", "person", "household", "stay", "death", "entitled", "enrolment", "accounts", "opening", "F", "lines")


def read_part(raw, spec, F, path):
    for key, v in raw.items():
        to = spec.get(key)
        if to is None:
            raise Refused("unknown_field", f"{path}.{key}")
        try:
            F[to[0]] = to[1](v)
        except Refused as e:
            raise Refused(e.code, e.field or f"{path}.{key}", e.reason) from None
        except (ValueError, AttributeError, TypeError) as e:
            raise Refused("bad_value", f"{path}.{key}", str(e)) from None


def read_bill(raw, closed):
    """The JSON object as a Bill: facts, lines, and what is not a fact."""
    bill, F = Bill(), {}
    for key in raw:
        if key not in ("bill", "person", "provider", "visit", "lines", "opening"):
            raise Refused("unknown_field", key)
    for key in ("bill", "person", "visit", "lines"):
        if not raw.get(key):
            raise Refused("missing_field", key)
    if len(raw["lines"]) > MOST_LINES:
        raise Refused("too_large", "lines", "above 5,000 lines")
    read_part(raw["person"], PERSON, F, "person")
    read_part(raw.get("provider", {}), PROVIDER, F, "provider")
    read_part(raw["visit"], VISIT, F, "visit")
    for fact, path in (("@person", "person.id"), ("scheme", "person.scheme"), ("visit_kind", "visit.kind"),
                       ("date", "visit.date")):
        if fact not in F:
            raise Refused("missing_field", path)
    bill.id, bill.person, bill.household = _text(raw["bill"]), F["@person"], F.get("@household")
    bill.stay, bill.death, bill.entitled = F.get("@stay"), F.get("@death"), F.get("@entitled")
    bill.enrolment, bill.accounts, bill.opening = F.get("@enrolment"), F.get("@accounts", {}), raw.get("opening", {})
    for kind in bill.accounts:
        if kind not in ACCOUNTS:
            raise Refused("unknown_field", f"person.accounts.{kind}")
    F.setdefault("@categories", ())
    bill.F = F
    bill.lines = [read_line(line, F, f"lines[{i}]") for i, line in enumerate(raw["lines"])]
    for fact, words in closed:
        if fact in LINE_FACTS:
            for L in bill.lines:
                check_words(fact, L.get(fact), words)
        elif fact == "category":
            check_words(fact, [c[0] for c in F["@categories"]], words)
        else:
            check_words(fact, F.get(fact), words)
    return bill


def check_words(fact, v, words):
    for w in (() if v is None else (v,) if isinstance(v, str) else v):
        if w not in words:
            raise Refused("unknown_word", fact, w)


def read_line(raw, F, path):
    L = {"condition_met": True, "@quantity": 10_000}
    read_part(raw, LINE, L, path)
    if "class" not in L:
        raise Refused("missing_field", f"{path}.class")
    if "line_amount" not in L:
        if "unit_price" not in L:
            raise Refused("missing_field", f"{path}.amount")
        L["line_amount"] = (L["unit_price"] * L["@quantity"] + 500_000) // 1_000_000
    L["has_share"] = "@share" in L
    if "@date" in L:
        try:
            L["line_date"] = day_of(L["@date"])
        except ValueError as e:
            raise Refused("bad_value", f"{path}.date", str(e)) from None
    else:
        L["line_date"] = F["date"]
    disease = L.get("@disease", F.get("disease"))
    if disease is not None:
        L["line_disease"] = disease
    return L


# ---------------------------------------------------------------------------------------- oracle

def read_yaml(path):
    with open(path, encoding="utf-8") as f:
        return yaml.load(f, LOADER)


def yaml_files(folder):
    for where, dirs, files in os.walk(folder):
        dirs.sort()
        for name in sorted(files):
            if name.endswith((".yaml", ".yml")):
                yield os.path.join(where, name)


class Pack:
    """The raw files of a pack folder and of the folders it uses."""

    def __init__(self, folder):
        self.folder = folder
        head = os.path.join(folder, "pack.yaml")
        self.head = read_yaml(head) if os.path.exists(head) else {}
        self.policies, self.dictionaries = [], {}
        folders = [folder] + [os.path.join(folder, u) for u in self.head.get("uses") or []]
        for where in folders:
            for path in yaml_files(where):
                raw = read_yaml(path)
                if not isinstance(raw, dict):
                    continue
                if "policy" in raw and where == folder:
                    self.policies.append((path, raw))
                elif "dictionary" in raw:
                    self.dictionaries.setdefault(raw["dictionary"], {}).update(raw.get("values") or {})


class Oracle:
    """settle(bill, state) gives the list of results of one bill: one, or one per part of a split stay."""

    def __init__(self, pack, explain=False):
        self.pack = pack if isinstance(pack, Pack) else Pack(pack)
        self.explain = explain
        payers = self.pack.dictionaries.get("payer", {})
        self.schemes = {}
        for path, raw in self.pack.policies:
            try:
                policy = Policy(raw, payers, path)
            except (PackError, KeyError, ValueError, TypeError, AttributeError) as e:
                raise PackError(f"{path}: {type(e).__name__}: {e}") from e
            self.schemes.setdefault(policy.scheme, []).append(policy)
        self.accs = {}
        for versions in self.schemes.values():
            versions.sort(key=lambda policy: policy.start)
            for policy in versions:
                self.accs.update(policy.accs)
                policy.pack_accs = self.accs
        known = set(BILL_FACTS) | set(LINE_FACTS)
        self.words = {fact: set(words) for fact, words in self.pack.dictionaries.items() if fact in known}
        self.closed = list(self.words.items())

    def version(self, scheme, date):
        begun = {p.name: p for p in self.schemes.get(scheme, ()) if p.start <= date}      # of each policy the latest
        for policy in begun.values():
            if policy.until is None or date <= policy.until:
                return policy
        raise Refused("no_policy", "visit.date", "no version of the policy is in force")

    def settle(self, raw, state):
        state.journal, reading = [], True
        try:
            bill = read_bill(raw, self.closed)
            for name, value in bill.opening.items():
                self.check_opening(name, value)
            reading = False
            return self.parts(bill, state)
        except Refused as e:
            state.rollback()
            return [{"bill": raw.get("bill"), "person": (raw.get("person") or {}).get("id"), "status": "refused",
                     "code": e.code, "field": e.field, "reason": e.reason, "unread": reading or e.code not in REFUSALS}]

    def check_opening(self, name, value):
        acc = self.accs.get(name)
        if acc is None:
            raise Refused("unknown_field", f"opening.{name}", "no such accumulator")
        if isinstance(value, dict) != bool(acc.by):
            raise Refused("bad_type", f"opening.{name}", "sub-keys where there are none, or the other way round")
        for v in value.values() if acc.by else (value,):
            try:
                _count(v) if acc.count else _money(v)
            except ValueError as e:
                raise Refused("bad_value", f"opening.{name}", str(e)) from None
        for sub in value if acc.by else ():
            words = sub.split("|")
            if len(words) != len(acc.by):
                raise Refused("bad_value", f"opening.{name}", sub)
            for fact, word in zip(acc.by, words):
                if word and word not in self.words.get(fact, {word}):
                    raise Refused("unknown_word", f"opening.{name}", word)

    def parts(self, bill, state):
        F = bill.F
        policy = self.version(F["scheme"], F["date"])
        if policy.split_year and "admit_date" in F and policy.year_of(F["admit_date"]) < policy.year_of(F["date"]):
            return self.by_year(bill, state, policy)
        return [policy.settle(F, bill.lines, bill, state, None, self.explain)]

    def by_year(self, bill, state, policy):
        """The lines of each year are a part of their own, on the last day of their year or of the stay."""
        F, years = bill.F, {}
        for L in bill.lines:
            day = min(F["date"], max(F["admit_date"], L["line_date"]))
            years.setdefault(policy.year_of(day), []).append(L)
        done, stay_part = [], F.get("stay_part", 1)
        for i, year in enumerate(sorted(years)):
            date, there = F["date"], policy
            if year < policy.year_of(date):
                date = clip(year + 1, *policy.year_start) - datetime.timedelta(days=1)
                there = self.version(F["scheme"], date)
            done.append(there.settle({**F, "date": date, "stay_part": stay_part + i}, years[year], bill, state,
                                     i + 1 if len(years) > 1 else None, self.explain))
        return done


# ---------------------------------------------------------------------------------------- output

MONEY_KEYS = ("total", "own", "over_limit", "pay_first", "route_share", "in_scope", "deductible", "over_cap",
              "fund_total", "hospital_part", "personal_part", "account", "family_account", "cash")


def as_settlement(result):
    """A result with its amounts as text, in the shape of docs/bill-format.md."""
    if result["status"] == "refused":
        return {k: v for k, v in result.items() if k != "unread"}
    out = dict(result)
    if out["part"] is None:
        del out["part"]
    accs = out.pop("policy_").accs
    del out["ctx_"]
    for key in MONEY_KEYS:
        out[key] = yuan(out[key])
    out["funds"] = {f: yuan(x) for f, x in result["funds"].items()}
    out["layers"] = [{k: yuan(v) if isinstance(v, int) else v for k, v in row.items()} for row in result["layers"]]
    values = {}
    for (name, _, _, sub), v in result["accumulators"].items():
        shown = v if accs[name].count else yuan(v)
        if sub:
            values.setdefault(name, {})["|".join(sub)] = shown
        else:
            values[name] = shown
    out["accumulators"] = values
    if "explain" in out:
        out["explain"] = [dict(s, amount=yuan(s["amount"]), **({"pays": yuan(s["pays"])} if "pays" in s else {}))
                          for s in result["explain"]]
    return out


def loads(line):
    return json.loads(line, parse_float=str)


def main():
    p = argparse.ArgumentParser(description="settle bills by the separately written oracle")
    p.add_argument("--pack", required=True)
    p.add_argument("--in", dest="source", required=True)
    p.add_argument("--out")
    p.add_argument("--explain", action="store_true")
    a = p.parse_args()
    oracle, state = Oracle(a.pack, a.explain), State()
    out = open(a.out, "w", encoding="utf-8") if a.out else sys.stdout
    with open(a.source, encoding="utf-8") as f:
        for line in f:
            for r in oracle.settle(loads(line), state):
                out.write(json.dumps(as_settlement(r), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
