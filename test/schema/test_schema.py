"""docs/schema against the program: the same fields, and the same verdict on the same bills.

The field tables are read from the C sources, so a field added there fails here until the schema has it.
"""
import copy
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
GONGJI = os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji"))
BILL_C = (ROOT / "src/service/bill/bill_json.c").read_text(encoding="utf-8")
BENEFIT = ROOT / "src/engine/benefit"


def schema(name):
    loaded = json.loads((ROOT / f"docs/schema/{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(loaded)
    return loaded


BILL, SETTLEMENT = schema("bill"), schema("settlement")
bill_check, settlement_check = Draft202012Validator(BILL), Draft202012Validator(SETTLEMENT)


def each_once(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), f"a member stands twice: {pairs}"
    return dict(pairs)


def settle(tmp_path, bills, pack="packs/ningde", explain=True):
    """The settlements, and the numbers of the lines that could not be read."""
    path = tmp_path / "bills.jsonl"
    path.write_text("".join((b if isinstance(b, str) else json.dumps(b, ensure_ascii=False)) + "\n" for b in bills),
                    encoding="utf-8")
    done = subprocess.run([GONGJI, "settle", "--pack", str(ROOT / pack), "--in", str(path), "--quiet", "--lang", "en",
                           *(["--explain"] if explain else [])], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    unread = {int(n) for n in re.findall(rf"^{re.escape(str(path))}:(\d+): ", done.stderr, re.M)}
    return [json.loads(line, object_pairs_hook=each_once) for line in done.stdout.splitlines()], unread


# ------------------------------------------------------------------------------------- the same fields

KINDS = {"FIELD_TEXT": "text", "FIELD_WORD": "word", "FIELD_COUNT": "count", "FIELD_DATE": "date", "FIELD_AMOUNT": "amount",
         "FIELD_FLAG": "flag", "FIELD_WORDS": "words", "FIELD_RATE": "rate"}
GROUPS = {"person": BILL["properties"]["person"], "provider": BILL["properties"]["provider"],
          "visit": BILL["properties"]["visit"], "line": BILL["$defs"]["line"]}


def c_table(group):
    """{field: (kind, required)} of one table of bill_json.c"""
    body = re.search(rf"bill_field bill_{group}_fields\[\] = {{(.*?)\n}};", BILL_C, re.S)[1]
    rows = re.findall(r'"(\w+)"\)?,\s*(FIELD_\w+),\s*\w+,\s*\w+,\s*(true|false)\s*}', body)
    assert len(rows) == body.count("FIELD_")
    return {name: (kind, required == "true") for name, kind, required in rows}


def first_names(table, rest=""):
    """The stable names in a table of the engine."""
    text = (BENEFIT / f"{table}.tbl.h").read_text(encoding="utf-8")
    return re.findall(rf'^{table.upper()}\(\s*\w+,\s*"(\w+)"{rest}', text, re.M)


def kind_of(field):
    """The $defs name a field refers to, and whether null is read as not given."""
    options = field.get("anyOf", [field])
    return next(o.get("$ref", "").rpartition("/")[2] for o in options), {"type": "null"} in options


@pytest.mark.parametrize("group", GROUPS)
def test_fields_are_those_of_the_table(group):
    table, part = c_table(group), GROUPS[group]
    assert set(part["properties"]) == set(table)
    assert set(part.get("required", [])) == {name for name, (_, required) in table.items() if required}
    assert part["additionalProperties"] is False
    for name, (kind, required) in table.items():
        found, nullable = kind_of(part["properties"][name])
        assert nullable is not required, name
        if kind in KINDS:
            assert found == KINDS[kind], name
        if kind == "FIELD_DECIMAL4":
            assert found in ("quantity", "price"), name


def test_top_level_accounts_and_enrolment():
    top = re.search(r"keys\[KEYS\] = {(.*?)}", BILL_C, re.S)[1]
    assert list(BILL["properties"]) == re.findall(r'"(\w+)"', top)
    accounts = re.search(r"account_names\[ACCOUNT_COUNT\] = {(.*?)}", (BENEFIT / "facts.c").read_text(), re.S)[1]
    person = BILL["properties"]["person"]["properties"]
    assert list(person["accounts"]["anyOf"][0]["properties"]) == re.findall(r'"(\w+)"', accounts)
    facts = first_names("fact", r",\s*\w+,\s*ENROLMENT\b")
    assert list(person["enrolment"]["anyOf"][0]["properties"]) == facts


def test_limits_are_those_of_the_program():
    bill_h = (ROOT / "src/service/bill/bill.h").read_text(encoding="utf-8")
    limits = {name: int(re.search(rf"#define {name}\s+(\d+)", text)[1])
              for name, text in (("TEXT_MAX", bill_h), ("LIST_MAX", bill_h),
                                 ("LINES_MAX", (BENEFIT / "benefit.h").read_text(encoding="utf-8")))}
    defs = BILL["$defs"]
    assert defs["text"]["maxLength"] == defs["word"]["maxLength"] == limits["TEXT_MAX"]
    assert defs["words"]["maxItems"] == limits["LIST_MAX"]
    assert BILL["properties"]["lines"]["maxItems"] == limits["LINES_MAX"]


def names_in(part):
    """Every property name anywhere in a schema."""
    if isinstance(part, list):
        return set().union(*map(names_in, part))
    if not isinstance(part, dict):
        return set()
    return set(part.get("properties", {})) | set().union(*map(names_in, part.values()), set())


def test_settlement_members_are_those_the_program_writes():
    source = (ROOT / "src/service/bill/settlement_json.c").read_text(encoding="utf-8")
    fields = re.search(r"pay_field_names\[FIELD__COUNT\] = {(.*?)}", (BENEFIT / "facts.c").read_text(), re.S)[1]
    funds = re.findall(r'"(\w+)"', fields)
    funds = funds[:funds.index("oth_pay") + 1]
    written = set(re.findall(r'\\"(\w+)\\":', source)) | set(funds)
    assert names_in(SETTLEMENT) == written
    steps = first_names("step")
    assert SETTLEMENT["$defs"]["step"]["properties"]["step"]["enum"] == steps
    codes = first_names("refusal")
    refused = next(v for v in SETTLEMENT["oneOf"] if v["title"] == "refused")
    assert refused["properties"]["code"]["enum"] == codes


# -------------------------------------------------------------------------------- the same settlements

class Loader(yaml.SafeLoader):
    """Whole numbers and flags; amounts stay text."""


Loader.yaml_implicit_resolvers = {}
for first, kind, pattern in (("tf", "bool", r"^(?:true|false)$"), ("0123456789", "int", r"^(?:0|[1-9][0-9]*)$")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


def scenario_bills():
    """The bills of all scenarios, by pack; without those about packs that cannot be used."""
    found = {}
    for path in sorted((ROOT / "test/scenario").glob("*.yaml")):
        scenario = yaml.load(path.read_text(encoding="utf-8"), Loader)
        for step in scenario.get("steps", []):
            if isinstance(step.get("bill"), dict):
                found.setdefault(step.get("pack", scenario["pack"]), []).append(step["bill"])
    return {pack: bills for pack, bills in found.items() if not pack.startswith("test/scenario/broken/")}


def test_real_bills_and_settlements_validate(tmp_path):
    demo = [json.loads(line) for line in (ROOT / "demo/bills.jsonl").read_text(encoding="utf-8").splitlines()]
    seen = set()
    for pack, bills in [("packs/ningde", demo), *scenario_bills().items()]:
        settlements, unread = settle(tmp_path, bills, pack)
        for number, bill in enumerate(bills, 1):
            if number not in unread:
                bill_check.validate(bill)
        for settlement in settlements:
            settlement_check.validate(settlement)
            seen |= {settlement["status"]} | ({"part"} & set(settlement))
            if settlement.get("accumulators"):  # can be handed back
                bill_check.validate(changed(("opening", settlement["accumulators"])))
                seen |= {"by sub-key" for value in settlement["accumulators"].values() if isinstance(value, dict)}
            seen |= {step["step"] for step in settlement.get("explain", [])}
    assert {"settled", "not_covered", "refused", "part", "segment", "paid", "entitled", "over_cap", "skipped", "by sub-key"} <= seen


# ------------------------------------------------------------------------------------ the same verdict

GOOD = {"bill": "B", "person": {"id": "P", "scheme": "resident"}, "provider": {"id": "H", "level": "l2"},
        "visit": {"kind": "inpatient", "date": "2024-05-01"}, "lines": [{"class": "A", "amount": "100.00"}]}
LEFT_OUT = object()


def changed(*changes):
    """GOOD with the value at each path replaced, added or (LEFT_OUT) taken away."""
    bill = copy.deepcopy(GOOD)
    for path, value in changes:
        at = bill
        *way, last = path.split(".")
        for key in way:
            at = at[int(key)] if isinstance(at, list) else at.setdefault(key, {})
        last = int(last) if isinstance(at, list) else last
        if value is LEFT_OUT:
            del at[last]
        else:
            at[last] = value
    return bill


LINE = "lines.0."
READ, UNREAD = [], []
for path, good, bad in (
        ("bill", ["x", "账" * 66], ["", 1, None, "x" * 201, LEFT_OUT]),
        ("extra", [], [1, None]),
        ("person", [], [None, [], "P", LEFT_OUT]),
        ("person.id", ["1"], ["", None, 7, LEFT_OUT]),
        ("person.scheme", [], ["", None, 1, LEFT_OUT]),
        ("person.household", ["", "F", None], [1]),
        ("person.status", ["", "retired", None], [1, True, ["retired"]]),
        ("person.birth_date", ["1800-01-01", "2000-02-29", "2024-02-29", "2999-12-31", None],
         ["1799-12-31", "3000-01-01", "1900-02-29", "2023-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-1-1", "", 20240101]),
        ("person.categories", [[], ["dibao"], [""], [{"category": "dibao", "from": "2024-01-01", "until": None}], None],
         ["dibao", [1], [None], [{"category": "dibao", "to": "2024-01-01"}], [{"category": "dibao", "from": ""}]]),
        ("person.accounts", [{}, {"current": 1, "previous": "0.10", "civil": 0, "family": "7"}, {"current": None}, None],
         [{"other": 1}, {"current": "-1"}, [], "1"]),
        ("person.insured_months", [0, 12, "12", "012", 12.0, "12.0", 100000, "100000", None],
         [-1, 1.5, "1.5", "", "a", 100001, "100001", "1000000", True]),
        ("person.contract", [True, False, None], ["yes", 1, 0, ""]),
        ("person.accredited", [[], ["d1", "d2"], ["d"] * 64, None], ["d1", [None], [1], ["d"] * 65, {}]),
        ("person.entitled", [[{"from": "2024-01-01"}], [{}], [{"from": None, "until": "2024-12-31"}], None],
         [[], {}, ["2024"], [{"category": "dibao"}], [{"from": "2024"}]]),
        ("person.enrolment", [{}, {"kind": "window", "window_year": 2024}, {"paid_on": None}, None], [{"when": 1}, [], {"paid_on": "x"}]),
        ("provider", [{}, None, LEFT_OUT], [[]]),
        ("provider.tcm", [True, None], ["true"]),
        ("provider.tags", [["a"], None], ["a"]),
        ("provider.beds", [], [1]),
        ("visit", [], [None, LEFT_OUT]),
        ("visit.kind", ["", "outpatient"], [None, 1, LEFT_OUT]),
        ("visit.date", ["2024-12-31"], ["", None, "2024/12/31", "2024-12-31T00:00:00", LEFT_OUT]),
        ("visit.prev_deductible", [0, "100", "0.01", 100000000000, "100000000000.00", None],
         [-1, "-1", "1.234", "1,000", " 1", "1.", ".5", "+1", "1e3", 100000000001, "100000000000.01", "", [1]]),
        ("lines", [], [None, [], {}, [None], [[]], LEFT_OUT]),
        (LINE + "class", ["A", "B", "C", ""], [None, 1, LEFT_OUT]),
        (LINE + "amount", [0, 10, 10.5, 19.99, "19.99", "0019.9900"], [-0.01, "19.999", None, LEFT_OUT, True]),
        (LINE + "quantity", [1, 0.0001, "2.5000", 10000000, None], ["0.00001", 10000001, -1, "x"]),
        (LINE + "limit", ["1000000000", 0, "0.0001", None], ["1000000000.0001", -1]),
        (LINE + "pay_first", ["10%", "0%", "100%", "89.5%", "010.500000%", 0.1, 1, 0, "0.12345678", "1.0", None],
         ["100.1%", "%", "10 %", 1.1, "1.5", 2, -0.1, "10.1234567%", "0.123456789", "a", True]),
        (LINE + "tags", [["x"], []], ["x", [["x"]]]),
        (LINE + "condition_met", [True, False, None], ["no"]),
        (LINE + "remark", [], ["x"]),
        ("opening", [{}, {"pool": "1.00", "stays": 2}, {"two_paid": {"diabetes": 3}}, {"pool": None}, None],
         [[], {"pool": "x"}, {"pool": True}, {"two_paid": {"diabetes": {}}}, {"pool": "-1"}])):
    READ += [(path, value) for value in good]
    UNREAD += [(path, value) for value in bad]

# What a schema cannot say: the schema lets these pass, the program does not.
BEYOND = [json.dumps(changed(c)) for c in (("person.scheme", "nothing"), ("visit.route", "by_air"), (LINE + "class", "D"),
                                            ("opening", {"nothing": 1}), ("bill", "账" * 67), (LINE + "amount", 1.234))]
BEYOND += [json.dumps(GOOD).replace('"100.00"', text) for text in ("1e2", "-0")]
BEYOND += [json.dumps(GOOD).replace('"bill": "B"', '"bill": "B", "bill": "B"')]


def reads(tmp_path, bills):
    """For each bill whether the program could read it; each person is new, so that no bill depends on another."""
    alone = []
    for number, bill in enumerate(bills):
        if isinstance(bill, dict) and isinstance(bill.get("person"), dict) and bill["person"].get("id") in ("P", "1"):
            bill = {**bill, "person": {**bill["person"], "id": f"P{number}"}}
        alone.append(bill)
    unread = settle(tmp_path, alone, explain=False)[1]
    return [number not in unread for number in range(1, len(bills) + 1)]


def disagreements(tmp_path, changes):
    bills = [changed(c) for c in changes]
    return [(change, "program reads it" if read else "program refuses it")
            for change, bill, read in zip(changes, bills, reads(tmp_path, bills)) if read != bill_check.is_valid(bill)]


def test_bills_that_are_read(tmp_path):
    assert all(bill_check.is_valid(changed(c)) for c in READ), [c for c in READ if not bill_check.is_valid(changed(c))]
    assert disagreements(tmp_path, READ) == []


def test_bills_that_are_refused(tmp_path):
    assert not any(bill_check.is_valid(changed(c)) for c in UNREAD), [c for c in UNREAD if bill_check.is_valid(changed(c))]
    assert disagreements(tmp_path, UNREAD) == []


def test_price_without_amount(tmp_path):
    lines = [{"class": "A", "unit_price": "1.2345", "quantity": 2}, {"class": "A", "unit_price": 1}, {"class": "A", "quantity": 2},
             {"class": "A", "unit_price": None, "amount": None}, {"class": "A", "unit_price": "1.23456"}]
    bills = [changed(("lines", [line])) for line in lines]
    assert reads(tmp_path, bills) == [bill_check.is_valid(b) for b in bills] == [True, True, False, False, False]


def test_what_the_schema_cannot_say_the_program_refuses(tmp_path):
    assert all(bill_check.is_valid(json.loads(b)) for b in BEYOND)
    assert not any(reads(tmp_path, BEYOND))
