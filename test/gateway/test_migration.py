"""What hospitals had sent before a migration is there behind it: uploaded items, what repeats are answered with; and what was kept of
filings for who decides them is what he needs.

On SQLite; with GONGJI_POSTGRES on PostgreSQL.
"""
import json
import os
import re
import sqlite3
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
FOLDER = ROOT / "src/store/sql/migration"
POSTGRES = os.environ.get("GONGJI_POSTGRES", "")
ITEM = ("person_id, visit_id, detail_no, batch, original_no, item_code, own_code, given_on, quantity_e4, unit_price, amount_fen,"
        " prescription_no, bill_id, place")


class Lite:
    name = "sqlite"

    def __init__(self):
        self.line = sqlite3.connect(":memory:")

    def run(self, text):
        self.line.executescript(text)

    def rows(self, text):
        return [tuple(str(x) for x in row) for row in self.line.execute(text)]


class Post:
    name = "postgres"

    def __init__(self):
        parts = urllib.parse.urlsplit(POSTGRES)
        name = "m%d_%d" % (os.getpid(), time.monotonic_ns())
        self.address = POSTGRES
        self.run(f"create database {name}")
        self.address = urllib.parse.urlunsplit(parts._replace(path="/" + name))

    def run(self, text, *options):
        done = subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", *options, self.address], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, text):
        return [tuple(line.split("\x1f")) for line in self.run(text + ";", "-At", "-F", "\x1f").splitlines()]


def before(number):
    d = Post() if POSTGRES else Lite()
    for path in sorted(FOLDER.glob("*.sql")):
        if path.name < number:
            migrate(d, path)
    return d


@pytest.fixture
def database():
    """Tables as they were before migration 0019."""
    return before("0019")


def migrate(d, path):
    text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
    d.run(re.sub(r"/\*(\w+):(.*?)\*/", lambda m: m[2] if m[1] == d.name else "", text, flags=re.S))


def message(d, number, msgid, transaction="2207", provider=1, kept=True, person=7):
    d.run("insert into gateway_message (message_id, trace_id, provider_id, transaction_no, msgid, person_id, received_at, outcome,"
          f" request, answer, duration_us, address) values ({number}, 't{number}', {provider}, '{transaction}', '{msgid}', {person},"
          f" {number}000, 'ok', 'question {number}', 'answer {number}', {number}, '::1');")
    if kept:
        d.run("insert into gateway_answer (provider_id, transaction_no, msgid, body_digest, message_id, person_id, object_id)"
              f" values ({provider}, '{transaction}', '{msgid}', 'digest {number}', {number}, {person}, {number}00);")


def items_of(text):
    """Nine texts an item, each as its length in bytes, a colon and its bytes."""
    data, out = text.encode(), []
    while data:
        n, _, data = data.partition(b":")
        out.append(data[:int(n)].decode())
        data = data[int(n):]
    return [tuple(out[i:i + 9]) for i in range(0, len(out), 9)]


def test_uploaded_items_keep_their_order_their_bill_and_every_byte(database):
    d = database
    lines = [(7, 70, "行 1", "B1", "", "A1", "本院:1", "2024-05-01", 10000, "12.5", 1250, "处方-1", 0, 0),
             (7, 70, "2", "B1", "", "B1", "", "2024-05-01", 25000, "0.333333", 83, "", 900, 1),
             (7, 70, "0", "", "行 1", "A1", "12:", "2024-05-02", -10000, "12.5", -1250, "", 0, 1),
             (8, 80, "2", "B9", "", "C1", "", "2024-05-03", 1, "", 9007199254740993, "", 0, 0)]
    for x in lines:
        d.run(f"insert into care_item ({ITEM}) values ({', '.join(repr(v) for v in x)});")
    migrate(d, FOLDER / "0019_uploads.sql")
    found = d.rows("select person_id, visit_id, place, batch, bill_id, items from care_upload order by visit_id, place")
    assert [row[:5] for row in found] == [("7", "70", "0", "B1", "0"), ("7", "70", "1", "", "0"), ("7", "70", "2", "B1", "900"),
                                          ("8", "80", "0", "B9", "0")]
    wanted = [(x[2], x[4], x[5], x[6], x[7], str(x[8]), x[9], str(x[10]), x[11]) for x in (lines[0], lines[2], lines[1], lines[3])]
    assert [items_of(row[5]) for row in found] == [[x] for x in wanted]


def test_repeats_are_answered_with_what_was_kept(database):
    d = database
    message(d, 1, "m1")
    message(d, 2, "m2", kept=False)
    message(d, 3, "m1", transaction="2204")
    message(d, 4, "m1", provider=2)
    message(d, 5, "m1", kept=False)
    migrate(d, FOLDER / "0019_uploads.sql")
    assert d.rows("select message_id, trace_id, provider_id, transaction_no, msgid, person_id, received_at, outcome, duration_us,"
                  " address, body_digest, object_id, request, answer from gateway_message order by message_id") == [
        (str(i), f"t{i}", "2" if i == 4 else "1", "2204" if i == 3 else "2207", "m2" if i == 2 else "m1", "7", f"{i}000", "ok", str(i),
         "::1", f"digest {i}" if i in (1, 3, 4) else "", f"{i}00" if i in (1, 3, 4) else "0", f"question {i}", f"answer {i}")
        for i in range(1, 6)]
    with pytest.raises((sqlite3.IntegrityError, AssertionError)):  # one effect for each message
        d.run("update gateway_message set body_digest = 'again' where message_id = 5;")
    assert d.rows("select count(*), sum(messages) from gateway_live") == [("5", "5")]


def test_approvals_of_filings_keep_only_what_is_decided():
    last = next(FOLDER.glob("*_filing_approvals.sql"))
    d = before(last.name)
    whole = {"psn_no": "7", "certno": "350902198002030011", "psn_name": "王五", "agnter_certno": "350902198002030022", "addr": "某路 1 号",
             "begndate": "2024-05-01", "enddate": None, "trum_rea": "摔倒 'x' \"y\"", "exp_content": {"certno": "1"}, "refl_rea": ["certno"]}
    said = {"provider_name": "某院", "diag_name": "高血压", "chk_pay_flag": "1"}
    kinds = [("filing", json.dumps(whole, ensure_ascii=False)), ("filing", json.dumps(said)), ("filing", ""), ("filing", "not JSON"),
             ("refund", json.dumps(whole, ensure_ascii=False))]
    for number, (kind, body) in enumerate(kinds, 1):
        quoted = body.replace("'", "''")
        d.run("insert into approval (approval_id, kind, object_id, reason, body, state, made_by, made_at)"
              f" values ({number}, '{kind}', 1, '', '{quoted}', 'open', 1, 1);")
    migrate(d, last)
    kept = [json.loads(row[0]) for row in d.rows("select body from approval order by approval_id")]
    assert kept == [{"begndate": "2024-05-01", "enddate": None, "trum_rea": "摔倒 'x' \"y\""}, said, {}, {}, whole]
