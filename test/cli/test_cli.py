"""The command from outside: what goes in, what comes out, on which stream and with which status.

covers: R100
"""
import csv
import io
import json
import os
import random
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
GONGJI = os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji"))
NINGDE, CHENGDE, UNIT = (str(ROOT / p) for p in ("packs/ningde", "packs/chengde", "test/packs/unit"))
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}


def run(*args, stdin=None, lang="en", env=ENV, cwd=None):
    """status, standard output as bytes, standard error as text"""
    args = [GONGJI, *(["--lang", lang] if lang else []), *map(str, args)]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(args, input=stdin if stdin is not None else b"", env=env, cwd=cwd, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode()


def lines_of(data):
    return [json.loads(line) for line in data.decode().split("\n") if line]


def dumps(*bills):
    return "".join(json.dumps(b, ensure_ascii=False) + "\n" for b in bills)


def settle(pack, *bills, status=0, more=()):
    got, out, err = run("settle", "--pack", pack, "--in", "-", *more, stdin=dumps(*bills))
    assert got == status, err
    return lines_of(out)


def bill(number="B1", person="P1", kind="inpatient", date="2024-05-01", amount="10000.00", level="l2", scheme="employee",
         lines=None, status="active", **more):
    """A bill; keyword arguments named person_x, visit_x, provider_x add fields there, others at the top."""
    made = {"bill": number, "person": {"id": person, "scheme": scheme, "status": status},
            "provider": {"id": "H1", "level": level}, "visit": {"kind": kind, "date": date},
            "lines": lines or [{"code": "X1", "class": "A", "amount": amount}]}
    for key, value in more.items():
        group, _, field = key.partition("_")
        if group in made and field:
            made[group][field] = value
        else:
            made[key] = value
    return made


# ------------------------------------------------------------------------------------ streams and files

def test_from_a_file_and_from_a_pipe(tmp_path):
    text = dumps(bill("B1"), bill("B2", person="P2"), bill("B3"))
    (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
    status, out, err = run("settle", "--pack", NINGDE, "--in", tmp_path / "in.jsonl")
    assert status == 0 and len(lines_of(out)) == 3
    assert "settled 3" in err
    assert run("settle", "--pack", NINGDE, "--in", "-", stdin=text) == (status, out, err)
    target = tmp_path / "out.jsonl"
    target.write_bytes(b"x" * 100_000)                         # what stood there is gone
    status, nothing, _ = run("settle", "--pack", NINGDE, "--in", tmp_path / "in.jsonl", "--out", target)
    assert (status, nothing, target.read_bytes()) == (0, b"", out)
    status, nothing, _ = run("settle", "--pack", NINGDE, "--in", "-", "--out", target, stdin=text)
    assert (status, nothing, target.read_bytes()) == (0, b"", out)
    assert run("settle", "--pack", NINGDE, "--in", tmp_path / "in.jsonl", "--quiet") == (0, out, "")


def test_an_append_only_and_a_special_output(tmp_path):
    text = dumps(bill())
    expected = run("settle", "--pack", NINGDE, "--in", "-", "--quiet", stdin=text)[1]
    assert run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--out", "/dev/stdout", stdin=text)[:2] == (0, expected)
    assert run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--out", "/dev/null", stdin=text) == (0, b"", "")
    target = tmp_path / "all.jsonl"
    target.write_bytes(b"before\n")
    with open(target, "ab") as appended:                       # the shell's >>
        subprocess.run([GONGJI, "settle", "--quiet", "--pack", NINGDE, "--in", "-"], input=text.encode(), stdout=appended,
                       env=ENV, check=True)
    assert target.read_bytes() == b"before\n" + expected
    with open(target, "r+b") as middle:                        # standard output that already stands somewhere
        middle.seek(7)
        subprocess.run([GONGJI, "settle", "--quiet", "--pack", NINGDE, "--in", "-"], input=text.encode(), stdout=middle,
                       env=ENV, check=True)
    assert target.read_bytes() == b"before\n" + expected


def test_a_closed_pipe_is_not_a_crash(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(dumps(*[bill(f"B{i}", person=f"P{i}") for i in range(5000)]))
    process = subprocess.Popen([GONGJI, "settle", "--quiet", "--pack", NINGDE, "--in", path], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENV)
    process.stdout.read(100)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) != 0
    assert b"Sanitizer" not in said


INPUTS = {
    "CRLF": lambda t: t.replace("\n", "\r\n").encode(),
    "byte order mark": lambda t: "\ufeff".encode() + t.encode(),
    "no newline at the end": lambda t: t.rstrip("\n").encode(),
    "empty lines": lambda t: ("\n" + t.replace("\n", "\n\n  \t\n")).encode(),
    "spaces around": lambda t: "".join(f"  {line}  \n" for line in t.splitlines()).encode(),
}


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("door", ["file", "pipe"])
def test_the_same_bills_in_other_clothes(tmp_path, kind, door):
    text = dumps(bill("B1"), bill("B2", person="P2"), bill("B3"))
    expected = run("settle", "--pack", NINGDE, "--in", "-", stdin=text)
    data = INPUTS[kind](text)
    path = "-" if door == "pipe" else tmp_path / "in.jsonl"
    if door == "file":
        path.write_bytes(data)
    assert run("settle", "--pack", NINGDE, "--in", path, stdin=data) == expected


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n", b"   \n", "\ufeff".encode(), "\ufeff\n".encode()])
def test_nothing_to_settle(tmp_path, content):
    (tmp_path / "in.jsonl").write_bytes(content)
    for path, stdin in ((tmp_path / "in.jsonl", b""), ("-", content)):
        status, out, err = run("settle", "--pack", NINGDE, "--in", path, stdin=stdin)
        assert (status, out) == (0, b""), err
        assert "settled 0" in err


@pytest.mark.parametrize("size", [4096, 8192, 65536, 4194304, 8388608])
@pytest.mark.parametrize("newline", [True, False])
def test_a_file_that_ends_with_its_page(tmp_path, size, newline):
    """The reader looks a little beyond the last line; beyond the last page there is nothing."""
    line = dumps(bill()).encode()
    count = max(1, size // len(line) - 1) if size <= 65536 else 5
    data = b"".join(dumps(bill(f"B{i}", person=f"P{i}")).encode() for i in range(count))
    while len(data) > size - len(line):
        data = data[:data[:-1].rindex(b"\n") + 1]
    last = bill("LAST", person="L")
    text = dumps(last)
    room = size - len(data) - len(text.encode()) + (not newline)   # filled with spaces before the last brace
    data += text[:-2].encode() + b" " * room + b"}" + (b"\n" if newline else b"")
    assert len(data) == size
    path = tmp_path / "in.jsonl"
    path.write_bytes(data)
    status, out, err = run("settle", "--pack", NINGDE, "--in", path)
    assert status == 0, err
    assert lines_of(out)[-1]["bill"] == "LAST"
    assert out == run("settle", "--pack", NINGDE, "--in", "-", stdin=data)[1]


@pytest.mark.parametrize("near", range(0, 140, 7))
def test_last_lines_near_the_end_of_a_page(tmp_path, near):
    text = dumps(*[bill(f"B{i}", person=f"P{i}") for i in range(40)]).encode()
    pad = -len(text) % 4096
    data = text + b" " * ((pad + near) % 4096)
    path = tmp_path / "in.jsonl"
    path.write_bytes(data)
    assert run("settle", "--pack", NINGDE, "--in", path)[1] == run("settle", "--pack", NINGDE, "--in", "-", stdin=text)[1]


def test_a_line_of_two_megabytes(tmp_path):
    many = bill("BIG", person="PBIG", lines=[{"code": f"C{i:04d}", "name": "名" * 66, "class": "ABC"[i % 3], "amount": "12.34",
                                              "tags": [f"tag{k}" for k in range(24)]} for i in range(5000)])
    text = dumps(bill("B1"), many, bill("B2", person="P2"))
    assert len(text.encode()) > 2_000_000
    path = tmp_path / "in.jsonl"
    path.write_text(text, encoding="utf-8")
    status, out, err = run("settle", "--pack", NINGDE, "--in", path)
    assert status == 0, err
    big = lines_of(out)[1]
    assert big["total"] == str(5000 * Decimal("12.34"))
    assert out == run("settle", "--pack", NINGDE, "--in", "-", stdin=text)[1]
    assert out == run("settle", "--pack", NINGDE, "--in", path, "--threads", 3)[1]
    many["lines"].append({"class": "A", "amount": 1})
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=dumps(bill("B1"), many, bill("B2", person="P2")))
    assert status == 3 and [s["bill"] for s in lines_of(out)] == ["B1", "B2"]
    assert err.startswith("-:2: too_large lines:")


def test_a_line_larger_than_any_bill():
    data = dumps(bill("B1")).encode() + b'{"bill":"' + b"x" * (17 << 20) + b'"}\n' + dumps(bill("B2")).encode()
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=data)
    assert status == 3
    assert [s["bill"] for s in lines_of(out)] == ["B1", "B2"]
    assert err.startswith("-:2: too_large")


# ------------------------------------------------------------------------------------ bad lines

BAD = [
    ('{"bill":', "bad_json", ""),
    ("nonsense", "bad_json", ""),
    ("[]", "bad_type", "bill"),
    ('{"bill":"B"}', "missing_field", "person"),
    (bill(person_sx="male"), "unknown_field", "person.sx"),
    (bill(visit_date="2024-02-30"), "bad_date", "visit.date"),
    (bill(level="l9"), "unknown_word", "provider.level"),
    (bill(lines=[{"class": "A", "amount": "1"}, {"class": "A", "amount": "1.005"}]), "bad_amount", "lines[2].amount"),
    (bill(person_insured_months=1.5), "bad_number", "person.insured_months"),
    (bill(lines=[{"class": "B", "amount": "1", "pay_first": "10"}]), "bad_rate", "lines[1].pay_first"),
    (bill(visit_date="2023-12-31"), "no_policy", "visit.date"),
    (bill(person_entitled=[]), "bad_value", "person.entitled"),
]


def test_bad_lines_are_named_and_the_rest_is_settled(tmp_path):
    rows, wanted = [], []
    for i, (content, code, field) in enumerate(BAD):
        rows += [dumps(bill(f"G{i}", person=f"P{i}")), content + "\n" if isinstance(content, str) else dumps(content)]
        wanted.append((2 * i + 2, code, field))
    path = tmp_path / "in.jsonl"
    path.write_text("".join(rows), encoding="utf-8")
    for threads in (1, 3):
        status, out, err = run("settle", "--pack", NINGDE, "--in", path, "--threads", threads)
        assert status == 3
        assert [s["bill"] for s in lines_of(out)] == [f"G{i}" for i in range(len(BAD))]
        said = [line for line in err.splitlines() if line.startswith(str(path))]
        assert len(said) == len(BAD), err
        for line, (number, code, field) in zip(said, wanted):
            assert line.startswith(f"{path}:{number}: {code}{' ' + field if field else ''}: "), line
        assert f"unreadable {len(BAD)}" in err
        assert "B{" not in err and "P0" not in err             # nothing of a person


def test_bad_utf8(tmp_path):
    data = dumps(bill("B1")).encode() + b'{"bill":"\xff\xfe"}\n' + dumps(bill("B2")).encode()
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=data)
    assert status == 3 and len(lines_of(out)) == 2
    assert err.startswith("-:2: bad_utf8")


def test_bad_lines_in_chinese():
    status, _, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=dumps(bill(visit_date="2024-02-30")), lang="zh")
    assert status == 3
    assert "bad_date visit.date: 日期不存在或格式不对" in err and "应为" in err


def test_a_long_name_is_cut_between_characters():
    for n in range(1, 40):
        wrong = bill()
        wrong["person"]["x" * (n % 3) + "字" * n] = 1
        args = [GONGJI, "settle", "--pack", NINGDE, "--in", "-"]
        said = subprocess.run(args, input=dumps(wrong).encode(), env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stderr
        said.decode("utf-8")                                   # strict


def test_a_refused_bill_says_why():
    refused, = settle(NINGDE, bill(kind="maternity"), status=3)
    assert refused["status"] == "refused" and refused["code"] == "no_stack" and refused["reason"]
    refused, = settle(NINGDE, bill(kind="bed_days", provider_seat="district"), status=3)
    assert refused["code"] == "no_row" and "bed_day_pool" in refused["field"]
    before, refused, after = settle(NINGDE, bill("B1"), bill("B2", kind="maternity"), bill("B3"), status=3)
    assert after["accumulators"]["stays"] == before["accumulators"]["stays"] + 1


def test_opening_and_accounts_given_twice():
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=dumps(
        bill("B1", opening={"stays": 1}, person_accounts={"current": "100.00"}), bill("B2", opening={"stays": 1}),
        bill("B3", person_accounts={"current": "50.00"}), bill("B4", person_accounts={"current": "100.00"})))
    assert status == 3
    assert [s["bill"] for s in lines_of(out)] == ["B1", "B4"]
    assert "-:2: opening_not_first opening: " in err and "-:3: account_restated person.accounts: " in err


def test_a_failed_bill_leaves_nothing_behind():
    """One account is new, another contradicts: neither may stick."""
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=dumps(
        bill("B1", person_accounts={"family": "10.00"}),
        bill("B2", person_accounts={"current": "5.00", "family": "20.00"}),
        bill("B3", person_accounts={"current": "7.00", "family": "10.00"})))
    assert status == 3
    assert [s["bill"] for s in lines_of(out)] == ["B1", "B3"], err
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", stdin=dumps(
        bill("B1", date="2024-05-01", person_accounts={"current": "5.00"}),
        bill("B2", date="2025-05-01", person_accounts={"current": "6.00"}, opening={"stays": 1}),
        bill("B3", date="2025-05-01", opening={"stays": 1})))
    assert [s["bill"] for s in lines_of(out)] == ["B1", "B3"], err


# ------------------------------------------------------------------------------------ status and usage

USAGE = [
    (),
    ("frobnicate",),
    ("settle",),
    ("settle", "--pack", NINGDE),
    ("settle", "--in", "-"),
    ("settle", "--pack", NINGDE, "--in"),
    ("settle", "--pack", NINGDE, "--in", "-", "--frob"),
    ("settle", "--pack", NINGDE, "--in", "-", "--frob", "x"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "0"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "65"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "two"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "-1"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "1.5"),
    ("settle", "--pack", NINGDE, "--in", "-", "--threads", "99999999999999999999"),
    ("settle", "--pack", NINGDE, "--in", "-", "--format", "xml"),
    ("pack",),
    ("pack", "check"),
    ("pack", "check", NINGDE, NINGDE),
    ("pack", "mend", NINGDE),
    ("pack", "diff", NINGDE),
    ("help", "nothing"),
    ("settle", "--lang", "fr"),
    ("--lang",),
]


@pytest.mark.parametrize("args", USAGE, ids=lambda a: " ".join(Path(x).name if "/" in x else x for x in a) or "nothing")
def test_wrong_usage(args):
    status, out, err = run(*args, lang=None)
    assert status == 2, (out, err)
    assert err or not args
    assert out == b"" or not args


def test_help_and_version():
    assert run("--version")[1].decode() == f"gongji {(ROOT / 'VERSION').read_text().strip()}\n"
    for topic in ("", "settle", "pack", "exit"):
        texts = set()
        for lang in ("zh", "en"):
            status, out, err = run("help", *([topic] if topic else []), lang=lang)
            assert (status, err) == (0, "") and len(out) > 100
            texts.add(out)
        assert len(texts) == 2
    for name in ("help", "--help", "-h"):
        assert run(name)[:2] == run("help")[:2]
    known = run("help", "settle")[1].decode()
    for option in ("--pack", "--in", "--out", "--explain", "--threads"):
        assert option in known


def test_language_of_the_system():
    def help_in(**locale):
        env = {k: v for k, v in ENV.items() if k not in ("LC_ALL", "LC_MESSAGES", "LANG")}
        return run("help", lang=None, env={**env, **locale})[1].decode()
    assert "用法" in help_in(LANG="zh_CN.UTF-8")
    assert "usage" in help_in(LANG="en_US.UTF-8")
    assert "usage" in help_in()
    assert "用法" in help_in(LANG="en_US.UTF-8", LC_ALL="zh_CN.UTF-8")
    assert "usage" in help_in(LANG="zh_CN.UTF-8", LC_MESSAGES="C")
    assert "用法" in run("help", "--lang=zh", lang=None)[1].decode()


def test_trouble(tmp_path):
    text = dumps(bill())
    (tmp_path / "in.jsonl").write_text(text)
    pack_in = ("--pack", NINGDE, "--in", tmp_path / "in.jsonl")
    cases = [
        (("settle", "--pack", NINGDE, "--in", tmp_path / "none.jsonl"), "none.jsonl"),
        (("settle", "--pack", tmp_path / "none", "--in", tmp_path / "in.jsonl"), "none"),
        (("settle", "--pack", tmp_path, "--in", tmp_path / "in.jsonl"), "pack.yaml"),
        (("settle", "--pack", tmp_path / "in.jsonl", "--in", tmp_path / "in.jsonl"), "in.jsonl"),
        (("settle", "--pack", NINGDE, "--in", tmp_path), "folder"),
        (("settle", *pack_in, "--out", tmp_path), str(tmp_path)),
        (("settle", *pack_in, "--out", tmp_path / "no/such/out"), "no/such/out"),
        (("settle", *pack_in, "--out", "/dev/full"), "/dev/full"),
        (("settle", "--pack", NINGDE, "--in", tmp_path / "none.csv"), "none.csv"),
        (("pack", "check", tmp_path / "none"), "none"),
        (("pack", "explain", tmp_path / "none"), "none"),
        (("pack", "diff", NINGDE, tmp_path / "none"), "none"),
    ]
    for args, word in cases:
        status, out, err = run(*args)
        assert status == 1, (args, err)
        assert word in err, (args, err)
        assert out == b""


def test_input_is_not_touched(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(dumps(bill()))
    os.chmod(path, 0o400)
    before = path.stat()
    assert run("settle", "--pack", NINGDE, "--in", path)[0] == 0
    assert path.read_text() == dumps(bill()) and path.stat().st_mtime == before.st_mtime


# ------------------------------------------------------------------------------------ explanations

def test_explain_in_both_languages():
    plain, = settle(NINGDE, bill())
    zh = lines_of(run("settle", "--pack", NINGDE, "--in", "-", "--explain", stdin=dumps(bill()), lang="zh")[1])[0]
    en = lines_of(run("settle", "--pack", NINGDE, "--in", "-", "--explain", stdin=dumps(bill()), lang="en")[1])[0]
    assert "explain" not in plain
    steps_zh, steps_en = zh.pop("explain"), en.pop("explain")
    assert zh == en == plain                                   # the explanation changes nothing
    assert len(steps_zh) == len(steps_en) > 5
    for a, b in zip(steps_zh, steps_en):
        assert {k: v for k, v in a.items() if k != "text"} == {k: v for k, v in b.items() if k != "text"}
        assert a["text"] != b["text"] and a["text"] and b["text"]
        assert any("一" <= c <= "鿿" for c in a["text"])
    names = [s["step"] for s in steps_zh]
    assert names[0] == "total" and names[-1] == "cash"
    paid = next(s for s in steps_zh if s["step"] == "paid" and s["layer"] == "pool")
    assert paid["amount"] == plain["layers"][0]["paid"] and paid["basis"]
    segment = next(s for s in steps_zh if s["step"] == "segment")
    assert segment["rate"] == "88%" and Decimal(segment["pays"]) == Decimal(segment["amount"]) * Decimal("0.88")


def test_explain_says_why_nothing_is_paid():
    for lang, word in (("zh", "工伤"), ("en", "work_injury")):
        text = dumps(bill(visit_cause="work_injury"))
        made = lines_of(run("settle", "--pack", NINGDE, "--in", "-", "--explain", stdin=text, lang=lang)[1])[0]
        assert made["status"] == "not_covered" and made["reason"] == "work_injury"
        assert made["explain"][0]["step"] == "not_covered"
        assert word in made["explain"][0]["text"] or lang == "en"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_for_people(lang):
    """--text says the same amounts, one paragraph a bill."""
    bills = [bill("B1"), bill("B2", kind="maternity"), bill("B3", visit_cause="work_injury"),
             bill("B4", person_accounts={"current": "5.00"}, person="P4")]
    status, out, err = run("settle", "--pack", NINGDE, "--in", "-", "--quiet", stdin=dumps(*bills), lang=lang)
    status_text, text, err_text = run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--text", stdin=dumps(*bills), lang=lang)
    assert (status, err) == (status_text, err_text) == (3, "")
    told = text.decode()
    at = -1
    for made in lines_of(out):
        assert told.index(made["bill"]) > at               # in the order of the file
        at = told.index(made["bill"])
        for key in ("total", "personal_part", "cash"):
            assert made["status"] == "refused" or made[key] in told[at:], key
        if made["status"] == "refused":
            assert made["reason"] in told[at:]
    explained = run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--text", "--explain", stdin=dumps(*bills), lang=lang)[1]
    assert len(explained) > 2 * len(text)
    for made in lines_of(run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--explain", stdin=dumps(*bills), lang=lang)[1]):
        for step in made.get("explain", []):           # steps of nothing are left out for people
            assert step["text"] in explained.decode() or step["amount"] == "0.00", step
    for threads in (2, 3):
        assert run("settle", "--pack", NINGDE, "--in", "-", "--quiet", "--text", "--threads", threads, stdin=dumps(*bills),
                   lang=lang)[1] == text


# ------------------------------------------------------------------------------------ CSV

COLUMNS = ["bill", "person.id", "person.scheme", "person.status", "person.birth_date", "person.categories", "person.contract",
           "person.accounts.current", "provider.id", "provider.level", "visit.kind", "visit.date", "visit.admit_date",
           "visit.nth_stay", "code", "name", "class", "quantity", "unit_price", "amount", "pay_first", "tags", "condition_met"]


def as_json(rows):
    """The bills that the rows of a table say, made apart from the program."""
    bills = []
    for row in rows:
        line = {}
        head = {"person": {}, "provider": {}, "visit": {}}
        for name, value in row.items():
            if value == "":
                continue
            if name in ("person.categories", "tags"):
                value = value.split("|")
            elif name in ("person.contract", "condition_met"):
                value = value in ("yes", "true", "1", "是")
            group, _, rest = name.partition(".")
            if name == "bill":
                head["bill"] = value
            elif rest:
                into = head[group]
                *path, last = rest.split(".")
                for key in path:
                    into = into.setdefault(key, {})
                into[last] = value
            else:
                line[name] = value
        if not bills or bills[-1]["bill"] != head["bill"]:
            bills.append({**head, "lines": []})
        bills[-1]["lines"].append(line)
    return bills


def random_rows(seed, count):
    rng = random.Random(seed)
    rows = []
    for i in range(count):
        first = {
            "bill": f"B{i}", "person.id": f"P{rng.randrange(count // 4)}", "person.scheme": rng.choice(["employee", "resident"]),
            "person.status": rng.choice(["active", "retired", ""]), "person.birth_date": rng.choice(["1950-02-28", ""]),
            "person.categories": rng.choice(["", "dibao", "dibao|tekun"]), "person.contract": rng.choice(["", "yes", "否", "1"]),
            "provider.id": "H,\"1\"", "provider.level": rng.choice(["community", "l1", "l2", "l3"]),
            "visit.kind": rng.choice(["inpatient", "outpatient"]), "visit.date": f"2024-{rng.randrange(1, 13):02d}-10",
            "visit.admit_date": rng.choice(["", "2024-01-01"]), "visit.nth_stay": rng.choice(["", "2"])}
        for k in range(rng.randrange(1, 5)):
            row = dict.fromkeys(COLUMNS, "")
            row.update(first if k == 0 or rng.random() < 0.5 else {"bill": first["bill"]})
            row.update({"code": f"C{k}", "name": rng.choice(["阿司匹林", "a,b", 'the "best"', "x\ny", ""]), "class": rng.choice("ABC"),
                        "tags": rng.choice(["", "bed", "bed|x"]), "condition_met": rng.choice(["", "no", "true"])})
            if rng.random() < 0.5:
                row.update({"quantity": f"{rng.randrange(1, 50)}.5", "unit_price": f"{rng.randrange(1, 900)}.{rng.randrange(10000):04d}"})
            else:
                row["amount"] = f"{rng.randrange(0, 20000)}.{rng.randrange(100):02d}"
            row["pay_first"] = rng.choice(["", "15%", "0.2"])
            rows.append(row)
    return rows


def as_csv(rows, columns=COLUMNS, end="\n"):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_csv_and_json_settle_alike(tmp_path):
    rows = random_rows(7, 400)
    table, text = tmp_path / "in.csv", tmp_path / "in.jsonl"
    table.write_text(as_csv(rows), encoding="utf-8")
    text.write_text(dumps(*as_json(rows)), encoding="utf-8")
    status, out, err = run("settle", "--pack", NINGDE, "--in", table, "--explain")
    status_json, out_json, err_json = run("settle", "--pack", NINGDE, "--in", text, "--explain")
    assert len(lines_of(out)) == 400
    assert (status, out) == (status_json, out_json)
    assert err.splitlines()[-2:] == err_json.splitlines()[-2:]  # the summary
    for kind in (as_csv(rows, end="\r\n"), "\ufeff" + as_csv(rows), as_csv(rows).rstrip("\n")):
        table.write_bytes(kind.encode())
        assert run("settle", "--pack", NINGDE, "--in", table, "--explain")[1] == out
    assert run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", "--explain", stdin=as_csv(rows))[1] == out
    shuffled = COLUMNS[::-1]
    assert run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", "--explain", stdin=as_csv(rows, shuffled))[1] == out
    for threads in (2, 5):
        assert run("settle", "--pack", NINGDE, "--in", table, "--explain", "--threads", threads)[1] == out


HEADER = "bill,person.id,person.scheme,visit.kind,visit.date,provider.level,class,amount\n"
GOOD = "{0},P{0},employee,inpatient,2024-05-01,l1,A,100.00\n"


@pytest.mark.parametrize("rows,line,code,field", [
    ("B1,P,employee,inpatient,2024-02-30,l1,A,1\n", 3, "bad_date", "visit.date"),
    ("B1,P,employee,inpatient,2024-05-01,l1,A,x\n", 3, "bad_amount", "lines[1].amount"),
    ("B1,P,employee,inpatient,2024-05-01,l1,A,1\nB1,,,,,,A,x\n", 3, "bad_amount", "lines[2].amount"),
    ("B1,P,employee,inpatient,2024-05-01,l1,A,1\nB1,Q,,,,,A,1\n", 4, "bad_value", "id"),
    ("B1,P,employee,inpatient,2024-05-01,l1,A,1,extra\n", 3, "bad_csv", ""),
    (",P,employee,inpatient,2024-05-01,l1,A,1\n", 3, "missing_field", "bill"),
    ("B1,,employee,inpatient,2024-05-01,l1,A,1\n", 3, "missing_field", "person.id"),
    ("B1\n", 3, "missing_field", "person.id"),
])
def test_bad_rows(rows, line, code, field):
    text = HEADER + GOOD.format("G1") + rows + GOOD.format("G2")
    status, out, err = run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", stdin=text)
    assert status == 3, err
    assert [s["bill"] for s in lines_of(out)] == ["G1", "G2"], err
    assert err.startswith(f"-:{line}: {code}"), err
    assert field in err.splitlines()[0]


@pytest.mark.parametrize("text,code,field", [
    ("", "bad_csv", ""),
    ("bill,person.name\n", "unknown_field", "person.name"),
    ("bill,opening.nothing\n", "unknown_field", "opening.nothing"),
    ("bill,lines\n", "unknown_field", "lines"),
    ("bill,person.entitled\n", "unknown_field", "person.entitled"),
    ("bill,amount,amount\n", "duplicate_field", "amount"),
    ("person.id,amount\n", "missing_field", "bill"),
    (",".join(["bill"] + [f"x{i}" for i in range(300)]) + "\n", "", ""),
])
def test_bad_headers(text, code, field):
    status, out, err = run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", stdin=text)
    assert status == 1 and out == b""
    assert err.startswith("-:1:"), err
    assert code in err and field in err


def test_quotes_that_are_not_closed():
    text = HEADER + GOOD.format("G1") + 'B1,"P,employee,inpatient,2024-05-01,l1,A,1\n' + GOOD.format("G2")
    status, out, err = run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", stdin=text)
    assert status == 3, err
    assert [s["bill"] for s in lines_of(out)] == ["G1"]
    assert err.startswith("-:3: bad_csv"), err


def test_openings_and_periods_in_csv():
    text = ("bill,person.id,person.scheme,person.entitled.from,person.entitled.until,person.enrolment.kind,person.enrolment.paid_on,"
            "opening.stays,visit.kind,visit.date,provider.level,class,amount\n"
            "B1,P1,employee,2024-01-01,2024-12-31,,,3,inpatient,2024-05-01,l3,A,1000\n"
            "B2,P2,employee,2025-01-01,,,,,inpatient,2024-05-01,l3,A,1000\n"
            "B3,P3,employee,,,flexible,2024-05-01,,inpatient,2024-05-01,l3,A,1000\n")
    status, out, err = run("settle", "--pack", NINGDE, "--format", "csv", "--in", "-", stdin=text)
    assert status == 0, err
    one, two, three = lines_of(out)
    assert one["status"] == "settled" and one["accumulators"]["stays"] == 4
    assert two["reason"] == three["reason"] == "not_entitled"


# ------------------------------------------------------------------------------------ threads

def generated(count, persons, seed):
    rng = random.Random(seed)
    for i in range(count):
        kind = rng.choice(["inpatient", "outpatient", "outpatient", "dual_channel"])
        made = bill(f"B{i}", person=f"P{rng.randrange(persons)}", kind=kind, date=f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 28):02d}",
                    level=rng.choice(["community", "l1", "l2", "l3"]), status=rng.choice(["active", "retired"]),
                    lines=[{"code": f"C{k}", "class": rng.choice("AAB"), "amount": f"{rng.randrange(1, 30000)}.{rng.randrange(100):02d}"}
                           for k in range(rng.randrange(1, 4))])
        if rng.random() < 0.01:
            made["visit"]["kind"] = "maternity"                # refused
        if rng.random() < 0.01:
            made["visit"]["date"] = "never"
        yield made


def test_threads_change_nothing(tmp_path):
    path, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    path.write_text(dumps(*generated(20_000, 3_000, seed=11)), encoding="utf-8")
    status, expected, said = run("settle", "--pack", NINGDE, "--in", path)
    assert status == 3
    assert 19_000 < len(expected.splitlines()) < 20_000
    for threads in (2, 4, 7):
        assert run("settle", "--pack", NINGDE, "--in", path, "--threads", threads) == (status, expected, said), threads
        got, nothing, again = run("settle", "--pack", NINGDE, "--in", path, "--threads", threads, "--out", target)
        assert (got, nothing, again) == (status, b"", said)
        assert target.read_bytes() == expected, threads
    with open(path, "rb") as source:                           # a pipe has no length
        assert run("settle", "--pack", NINGDE, "--in", "-", "--threads", 4, stdin=source.read())[1] == expected


def test_threads_and_families(tmp_path):
    path = tmp_path / "in.jsonl"
    rng = random.Random(3)
    path.write_text(dumps(*[bill(f"B{i}", person=f"P{rng.randrange(60)}", kind="pharmacy", amount=f"{rng.randrange(400)}.00",
                                 person_household=f"F{rng.randrange(20)}") for i in range(2000)]))
    status, expected, _ = run("settle", "--pack", UNIT, "--in", path)
    assert status == 0
    for threads in (2, 5):
        assert run("settle", "--pack", UNIT, "--in", path, "--threads", threads)[1] == expected
    paid = {}
    for made, was in zip(lines_of(expected), path.read_text().splitlines()):
        family = json.loads(was)["person"]["household"]
        paid[family] = paid.get(family, 0) + Decimal(made["fund_total"])
    assert max(paid.values()) == 1000                          # the cap of the family, and no more


# ------------------------------------------------------------------------------------ versions, cover, enrolment

@pytest.mark.parametrize("date,version,cap", [
    ("2023-12-30", "2023-01-01", "1500.00"), ("2023-12-31", "2023-01-01", "1500.00"),
    ("2024-01-01", "2024-01-01", "2000.00"), ("2024-01-02", "2024-01-01", "2000.00"), ("2024-02-29", "2024-01-01", "2000.00")])
def test_the_day_chooses_the_version(date, version, cap):
    """The outpatient cap of Chengde rose from 1,500 to 2,000 with the year 2024."""
    made, = settle(CHENGDE, bill(kind="outpatient", date=date, amount="100000.00", level="l1"))
    assert (made["version"], made["funds"]["hifp_pay"]) == (version, cap)


def test_a_stay_counts_on_the_day_it_ends():
    """covers: R187"""
    stay = dict(visit_admit_date="2023-12-20", level="l2", amount="20000.00")
    old, = settle(CHENGDE, bill(date="2023-12-31", **stay))
    new, = settle(CHENGDE, bill(date="2024-01-01", **stay))
    assert (old["version"], old["year"], new["version"], new["year"]) == ("2023-01-01", 2023, "2024-01-01", 2024)
    # the epidemic rule: its own payer, only for admissions until 31 March 2023, and gone with the next version
    epidemic = dict(visit_event="epidemic", level="l2", amount="20000.00")
    last, = settle(CHENGDE, bill(date="2023-04-20", visit_admit_date="2023-03-31", **epidemic))
    late, = settle(CHENGDE, bill(date="2023-04-20", visit_admit_date="2023-04-01", **epidemic))
    assert last["cash"] == "0.00" and Decimal(last["funds"]["oth_pay"]) > 0
    assert "oth_pay" not in late["funds"] and Decimal(late["cash"]) > 0
    assert Decimal(last["funds"]["oth_pay"]) == Decimal(late["cash"])  # counted apart


def test_special_drugs_of_a_list():
    """covers: R199"""
    drug = {"code": "D1", "class": "A", "amount": "10000.00"}
    listed, = settle(CHENGDE, bill(kind="special", lines=[{**drug, "list": "cancer_drugs_22"}]))
    other, = settle(CHENGDE, bill(kind="special", lines=[drug]))
    both, = settle(CHENGDE, bill(kind="special", lines=[{**drug, "list": "cancer_drugs_22"}, drug]))
    assert listed["fund_total"] == "7000.00" and other["fund_total"] == "0.00" and both["fund_total"] == "7000.00"


@pytest.mark.parametrize("more,reason", [
    ({"visit_cause": "work_injury"}, "work_injury"), ({"visit_cause": "third_party"}, "third_party"),
    ({"visit_cause": "public_health"}, "public_health"), ({"visit_cause": "abroad"}, "abroad"),
    ({"visit_cause": "fitness"}, "fitness"), ({"visit_cause": "illness"}, None),
    ({"person_death_date": "2024-04-30"}, "death"), ({"person_death_date": "2024-05-01"}, None),
    ({"person_entitled": [{"until": "2024-04-30"}]}, "not_entitled"), ({"person_entitled": [{"until": "2024-05-01"}]}, None),
    ({"person_entitled": [{"from": "2024-05-02"}]}, "not_entitled"), ({"person_entitled": [{"from": "2024-05-01"}]}, None),
    ({"person_entitled": [{"until": "2024-03-31"}, {"from": "2024-06-01"}]}, "not_entitled"),
])
def test_not_covered(more, reason):
    made, = settle(NINGDE, bill(date="2024-05-01", **more))
    if reason is None:
        assert made["status"] == "settled" and Decimal(made["fund_total"]) > 0
        return
    assert (made["status"], made["reason"]) == ("not_covered", reason)
    assert made["own"] == made["total"] == made["cash"] == "10000.00"
    assert made["funds"] == {} and made["layers"] == [] and made["accumulators"] == {}


@pytest.mark.parametrize("scheme,enrolment,covered_from", [
    ("employee", {"kind": "employer", "registered_on": "2024-01-31"}, "2024-02-01"),
    ("employee", {"kind": "employer", "registered_on": "2023-12-01"}, "2024-01-01"),
    ("employee", {"kind": "flexible", "gap_months": 1, "paid_on": "2024-01-31"}, "2024-03-01"),
    ("employee", {"kind": "flexible", "gap_months": 0, "paid_on": "2024-01-31"}, "2024-02-01"),
    ("resident", {"kind": "window", "window_year": 2024}, "2024-01-01"),
    ("resident", {"kind": "late", "paid_on": "2024-01-31"}, "2024-04-30"),
    ("resident", {"kind": "late", "paid_on": "2024-11-30"}, "2025-02-28"),
    ("resident", {"kind": "late", "paid_on": "2024-01-10", "missed_years": 2}, "2024-06-10"),
    ("resident", {"kind": "late", "paid_on": "2024-01-10", "missed_years": 2, "repaid_years": 2}, "2024-04-10"),
    ("resident", {"kind": "late", "paid_on": "2024-01-10", "missed_years": 4, "repaid_years": 4}, "2024-07-10"),
    ("resident", {"kind": "late", "paid_on": "2024-01-10", "missed_years": 6}, "2024-10-10"),
    ("resident", {"kind": "needy", "registered_on": "2024-03-05"}, "2024-03-05"),
    ("resident", {"kind": "newborn", "age_days": 90, "born_on": "2024-02-29", "paid_on": "2024-05-20"}, "2024-02-29"),
    ("resident", {"kind": "newborn", "age_days": 91, "born_on": "2024-02-29", "paid_on": "2024-05-30"}, "2024-05-30"),
])
def test_waiting_periods(scheme, enrolment, covered_from):
    from datetime import date, timedelta
    first = date.fromisoformat(covered_from)
    for day, covered in ((first - timedelta(1), False), (first, True), (first + timedelta(1), True)):
        if day.year < 2024:
            continue
        made, = settle(NINGDE, bill(date=day.isoformat(), scheme=scheme, person_enrolment=enrolment))
        assert made["status"] == ("settled" if covered else "not_covered"), day


# ------------------------------------------------------------------------------------ packs

def test_pack_check():
    for pack in sorted(p.parent for p in (ROOT / "packs").glob("*/pack.yaml")):
        status, out, err = run("pack", "check", pack)
        assert (status, err) == (0, ""), err
        assert b"no errors" in out
    assert "没有错误" in run("pack", "check", NINGDE, lang="zh")[1].decode()
    assert run("pack", "check", NINGDE + "/")[0] == 0


def test_pack_explain_tells_every_number():
    for lang in ("zh", "en"):
        for pack in (NINGDE, CHENGDE, ROOT / "packs/xintian", ROOT / "packs/beijing"):
            status, out, err = run("pack", "explain", pack, lang=lang)
            assert (status, err) == (0, "")
            assert out.strip(), "nothing was explained"
    text = run("pack", "explain", NINGDE)[1].decode()
    for number in ("15000", "50%", "350000", "8000", "95%", "20000"):
        assert number in text.replace(",", ""), number
    one = run("pack", "explain", NINGDE, "--policy", "ningde-resident")[1].decode()
    assert "15000" in one.replace(",", "") and "500000" not in one.replace(",", "")
    assert len(one) < len(text)


def test_pack_diff(tmp_path):
    import shutil
    shutil.copytree(ROOT / "packs/common", tmp_path / "common")
    shutil.copytree(NINGDE, tmp_path / "ningde")
    status, out, err = run("pack", "diff", NINGDE, tmp_path / "ningde")
    assert (status, err) == (0, "") and b"0 differences" in out
    path = tmp_path / "ningde/policy/resident-2024.yaml"
    path.write_text(path.read_text().replace("deductible: {amount: 8000}", "deductible: {amount: 9000}")
                    .replace("{key: op_fund, amount: 200}", "{key: op_fund, amount: 250}"))
    status, out, err = run("pack", "diff", NINGDE, tmp_path / "ningde")
    text = out.decode()
    assert (status, err) == (3, "")
    assert "2 differences" in text
    for words in (("tilt", "8000", "9000"), ("op_pool", "200", "250")):
        assert any(all(w in line.replace(",", "") for w in words) for line in text.splitlines()), text
    status, back, _ = run("pack", "diff", tmp_path / "ningde", NINGDE)
    assert status == 3 and "2 differences" in back.decode()


@pytest.mark.parametrize("file,old,new,words", [
    ("resident", "    rate: 60%\n    caps:\n      - {key: tilt_paid", "    rate: 65%\n    caps:\n      - {key: tilt_paid", ["tilt", "60%", "65%"]),
    ("resident", "        - {to: 100000, rate: 65%}\n", "", ["catastrophic", "100000"]),
    ("resident", "        - {to: 100000, rate: 65%}\n", "        - {to: 100000, rate: 65%}\n        - {to: 200000, rate: 70%}\n", ["200000"]),
    ("resident", "      - {if: {route: unfiled}, sub: 20pp, basis: route22}\n", "", ["rate_adjust", "20pp"]),
    ("resident", "    layers: [two_pool]\n", "    layers: [two_pool, assistance]\n", ["stacks", "assistance"]),
    ("employee", "amount: 600\n", "amount: [{if: {status: retired}, value: 300}, {value: 600}]\n", ["op_pool", "300"]),
    ("employee", "    if: {civil_rank: [staff, section, division, bureau]}\n", "    if: {civil_rank: [staff, section]}\n", ["civil_servant", "bureau"]),
    ("employee", "name: {zh: 宁德市职工医疗保险,", "name: {zh: 宁德职工医疗保险,", ["宁德职工"]),
])
def test_pack_diff_finds_each_change(tmp_path, file, old, new, words):
    import shutil
    shutil.copytree(ROOT / "packs/common", tmp_path / "common")
    shutil.copytree(NINGDE, tmp_path / "ningde")
    path = tmp_path / f"ningde/policy/{file}-2024.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    for sides in ((NINGDE, tmp_path / "ningde"), (tmp_path / "ningde", NINGDE)):
        status, out, err = run("pack", "diff", *sides)
        told = out.decode()
        assert (status, err) == (3, ""), told
        assert "0 differences" not in told
        for word in words:
            assert word in told.replace(",000", "000"), told


def test_pack_diff_of_whole_policies(tmp_path):
    import shutil
    shutil.copytree(ROOT / "packs/common", tmp_path / "common")
    shutil.copytree(NINGDE, tmp_path / "ningde")
    (tmp_path / "ningde/policy/employee-2024.yaml").unlink()
    for sides in ((NINGDE, tmp_path / "ningde"), (tmp_path / "ningde", NINGDE)):
        status, out, err = run("pack", "diff", *sides)
        assert (status, err) == (3, "") and "ningde-employee" in out.decode()
    status, out, err = run("pack", "diff", NINGDE, CHENGDE)
    assert status == 3 and "chengde" in out.decode()




@pytest.mark.parametrize("change", ["moved", "gone"])
def test_pack_diff_of_versions(tmp_path, change):
    import shutil
    shutil.copytree(ROOT / "packs/common", tmp_path / "common")
    shutil.copytree(CHENGDE, tmp_path / "chengde")
    path = tmp_path / "chengde/policy/employee-2023.yaml"
    if change == "gone":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("from: 2023-01-01\n", "from: 2023-02-01\n"))
    for sides in ((CHENGDE, tmp_path / "chengde"), (tmp_path / "chengde", CHENGDE)):
        status, out, err = run("pack", "diff", *sides)
        assert status == 3 and "2023-01-01" in out.decode(), out.decode()


# ------------------------------------------------------------------------------------ text

def test_every_character_survives():
    name = "共济 \"'\\/<>&\t\n\u0001\u007f\u2028é𠮷😀"
    made, = settle(NINGDE, bill(name, person=name))
    assert made["bill"] == name and made["person"] == name


def test_numbers_are_exact():
    lines = [{"code": str(i), "class": "A", "amount": amount} for i, amount in enumerate(
        ["0.1", "0.2", 0.3, "1.10", 1.005e0 and "1.00", "123456789.12", 0])]
    made, = settle(NINGDE, bill(lines=lines))
    assert made["total"] == "123456791.82"                    # 0.1 + 0.2 + 0.3 + 1.1 + 1 + 123456789.12
    text = dumps(bill(lines=[{"class": "A", "amount": "@"}])).replace('"@"', "1000000.10")
    made, = lines_of(run("settle", "--pack", NINGDE, "--in", "-", stdin=text)[1])
    assert made["total"] == "1000000.10"
    for wrong in ("1e2", "1.005", "-0", "1E0"):
        text = dumps(bill(lines=[{"class": "A", "amount": "@"}])).replace('"@"', wrong)
        assert run("settle", "--pack", NINGDE, "--in", "-", stdin=text)[0] == 3, wrong
