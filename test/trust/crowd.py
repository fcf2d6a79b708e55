"""Clients who settle all at once, lose their line, and say things twice; and what the tables say afterwards."""
import http.client
import json
import os
import queue
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import GONGJI, POSTGRES, Server  # noqa: E402

LINES = 8
FIRST_PERSON = 100_000_000_000  # of `gongji bench --prepare`
FIRST_PROVIDER = 1000


def prepared(folder, persons, name="trust"):
    """A new database with made-up people: a file, or one of the private PostgreSQL."""
    database = str(Path(folder) / (name + ".db"))
    if POSTGRES and name != "file":
        database = new_postgres()
    done = subprocess.run([GONGJI, "bench", "--prepare", "--db", database, "--persons", str(persons), "--providers", "10",
                           "--items", "60"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return database


def new_postgres():
    name = "trust_%d_%d" % (os.getpid(), time.monotonic_ns())
    subprocess.run(["psql", "-q", POSTGRES, "-c", f"create database {name}"], check=True, capture_output=True)
    return urllib.parse.urlunsplit(urllib.parse.urlsplit(POSTGRES)._replace(path="/" + name))


def query(database, text):
    """Rows of texts."""
    if "://" in database:
        done = subprocess.run(["psql", "-qtAF", "\t", database, "-c", text], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]
    with sqlite3.connect(database) as db:
        return [["" if v is None else str(v) for v in row] for row in db.execute(text)]


def number(database, text):
    return int(query(database, text)[0][0] or 0)


def bill(dice, person, lines=LINES, kind="inpatient"):
    """person: its number from 0."""
    day = dice.randint(1, 28)
    return {"person_id": str(FIRST_PERSON + person), "provider_id": str(FIRST_PROVIDER + dice.randrange(10)),
            "visit": {"kind": kind, "date": f"2024-09-{day:02}", "admit_date": f"2024-09-{max(1, day - 3):02}"},
            "lines": [{"code": f"X{dice.randrange(60):07}", "quantity": dice.randint(1, 9),
                       "unit_price": f"{dice.randint(1, 900)}.{dice.randint(0, 99):02}"} for _ in range(lines)]}


def request_bytes(server, client, key, body, view="?view=brief"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (f"POST /api/v1/settlements{view} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n")
    return head.encode() + data


class Line:
    """A connection that is kept; opened again when it was lost."""

    def __init__(self, server, client):
        self.server, self.client, self.http = server, client, None

    def settle(self, key, body, view="?view=brief"):
        """(status, answer as JSON); OSError or HTTPException when the line broke."""
        if self.http is None:
            self.http = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            self.http.request("POST", "/api/v1/settlements" + view, json.dumps(body).encode(), {
                "Authorization": "Bearer " + self.client.token, "Idempotency-Key": key,
                "Content-Type": "application/json"})
            got = self.http.getresponse()
            return got.status, json.loads(got.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            raise

    def close(self):
        if self.http is not None:
            self.http.close()
        self.http = None


BROKEN = (OSError, http.client.HTTPException, ValueError)


class Crowd:
    """Threads that settle until they are told to stop, or their line breaks. `told` has what was acknowledged,
    `unknown` what was sent and never answered."""

    def __init__(self, server, client, threads, persons, seed):
        self.server, self.client, self.persons = server, client, persons
        self.told, self.unknown, self.wrong = {}, {}, []
        self.stopping = threading.Event()
        self.seed, self.count, self.lock = seed, 0, threading.Lock()
        self.threads, self.thread = threads, []

    def start(self):
        self.stopping.clear()
        self.thread = [threading.Thread(target=self._work, args=(i,)) for i in range(self.threads)]
        for t in self.thread:
            t.start()

    def stop(self):
        self.stopping.set()
        for t in self.thread:
            t.join()

    def _work(self, i):
        with self.lock:
            self.count += 1
            dice = random.Random(f"{self.seed} {i} {self.count}")
            name = f"{self.seed}-{i}-{self.count}"
        line, n = Line(self.server, self.client), 0
        while not self.stopping.is_set():
            key, body = f"{name}-{n}", bill(dice, dice.randrange(self.persons))
            n += 1
            try:
                status, answer = line.settle(key, body)
            except BROKEN:
                self.unknown[key] = body
                break
            if status == 201:
                self.told[key] = answer["settlements"][0]["settlement_id"]
            elif status in (503, 507):  # it says itself that nothing was saved
                self.unknown[key] = body
            else:
                self.wrong.append((status, answer))
        line.close()


def each(jobs, work, threads=8):
    """Runs work(job) for all jobs on some threads; the first exception comes out."""
    left, trouble = queue.SimpleQueue(), []
    for job in jobs:
        left.put(job)

    def run():
        try:
            while not trouble:
                work(left.get_nowait())
        except queue.Empty:
            pass
        except BaseException as e:  # noqa: BLE001  told by the thread that waits
            trouble.append(e)
    started = [threading.Thread(target=run) for _ in range(threads)]
    for t in started:
        t.start()
    for t in started:
        t.join()
    if trouble:
        raise trouble[0]


def send_and_cut(server, data, how, dice):
    """Sends all or a part of a request and hangs up before the answer, or in the middle of it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        if how == "before":
            s.sendall(data[:dice.randrange(1, len(data))])
        else:
            s.sendall(data)
            if how == "inside":
                s.recv(dice.randint(1, 60))


# ---- what must be true at the end ----

def must_be_clean(server, lines=LINES):
    """The checks of the program itself, and sums of our own beside them."""
    out = server.cli("check", "--packs", str(server.packs))
    assert "nothing is wrong" in out, out
    d = server.database
    assert number(d, "select coalesce(sum(fund_fen + account_fen), 0) from settlement") == number(
        d, "select coalesce(sum(amount_fen), 0) from journal_entry")
    assert number(d, "select count(*) from settlement where total_fen <> own_fen + over_limit_fen + pay_first_fen"
                     " + in_scope_fen or total_fen <> fund_fen + hospital_fen + personal_fen"
                     " or personal_fen <> account_fen + cash_fen") == 0
    bills = number(d, "select count(*) from bill")
    for what in ("select count(distinct bill_id) from settlement", "select count(*) from visit",
                 "select count(*) from idempotent_answer", "select count(*) from outbox where topic = 'settlement.settled'",
                 "select count(*) from audit_log where action = 'settlement.settle'"):
        assert number(d, what) == bills, what
    if lines:
        assert number(d, "select sum(line_count) from bill") == lines * bills
    return bills


def answers(database):
    """key -> settlement of the idempotent answers."""
    return {key: answer.split()[1] for key, answer in query(database, "select message_key, answer from idempotent_answer")}


def start_server(folder, persons=300, name="trust", **options):
    server = Server(database=prepared(folder, persons, name), **options)
    return server, server.user("crowd", "clerk")
