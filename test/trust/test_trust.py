"""What must hold whatever happens: the plug pulled, the disk full, a message said five times, two counters at once.

On PostgreSQL when GONGJI_POSTGRES names one. GONGJI_SOAK=1 (make soak) does the same for long.

covers: R023
"""
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from crowd import (BROKEN, Crowd, Line, POSTGRES, answers, bill, each, must_be_clean, number, query, request_bytes,  # noqa: E402
                   send_and_cut, start_server)

SOAK = os.environ.get("GONGJI_SOAK") == "1"
SEED = os.environ.get("GONGJI_SEED") or str(random.randrange(10**9))


@pytest.fixture(autouse=True)
def seed_is_told():
    print("GONGJI_SEED=" + SEED)  # shown when a test fails


# ---- the plug is pulled ----

def test_killed_at_any_moment(tmp_path):
    kills, dice = (220 if SOAK else 15), random.Random("kill " + SEED)
    server, client = start_server(tmp_path)
    crowd = Crowd(server, client, 8, 300, SEED)
    with server:
        for i in range(kills):
            crowd.start()
            time.sleep(dice.uniform(0.02, 0.5))
            assert server.process.poll() is None
            server.stop(signal.SIGKILL)
            crowd.stop()
            server.start()
            assert not crowd.wrong, crowd.wrong[:3]
            # Half of what was never answered is said again: it must be settled once, whether it was kept or not.
            line = Line(server, client)
            for key in [k for k in crowd.unknown if dice.random() < 0.5]:
                status, answer = line.settle(key, crowd.unknown.pop(key))
                assert status == 201, answer
                crowd.told[key] = answer["settlements"][0]["settlement_id"]
            line.close()
        assert server.stop() == 0
        kept = answers(server.database)
        lost = {k: v for k, v in crowd.told.items() if kept.get(k) != v}
        assert not lost, f"{len(lost)} of {len(crowd.told)} acknowledged settlements are not there: {list(lost)[:3]}"
        assert not set(kept) - set(crowd.told) - set(crowd.unknown)
        assert len(set(kept.values())) == len(kept)
        assert must_be_clean(server) == len(kept)
        assert len(crowd.told) > 2 * kills  # there was load at all


# ---- said one to five times, out of order, on lines that break ----

def test_said_again_and_again_settles_once(tmp_path):
    dice = random.Random("again " + SEED)
    bills = {f"again-{i}": bill(dice, dice.randrange(40)) for i in range(3000 if SOAK else 150)}
    said = [key for key in bills for _ in range(dice.randint(1, 5))]
    dice.shuffle(said)
    jobs = [(key, dice.choice(["whole", "whole", "before", "after", "inside"]), dice.random()) for key in said]
    heard, lock = {}, threading.Lock()
    server, client = start_server(tmp_path)
    with server:
        def say(job):
            key, how, luck = job
            data = request_bytes(server, client, key, bills[key])
            if how != "whole":
                send_and_cut(server, data, how, random.Random(luck))
                return
            line = Line(server, client)
            status, answer = line.settle(key, bills[key])
            line.close()
            assert status == 201, answer
            with lock:
                heard.setdefault(key, []).append(answer)
        each(jobs, say)
        each([(key, "whole", 0) for key in bills], say)
        for key, list_of in heard.items():
            assert all(a == list_of[0] for a in list_of), key
        line, other = Line(server, client), bill(dice, 1)
        status, answer = line.settle("again-0", other)
        assert (status, answer["error"]["code"], answer["error"]["saved"]) == (409, "idempotency_mismatch", False)
        line.close()
        server.stop()
        assert {k: v[0]["settlements"][0]["settlement_id"] for k, v in heard.items()} == answers(server.database)
        assert must_be_clean(server) == len(bills)


# ---- two counters at once ----

def test_two_at_once_use_nothing_twice(tmp_path):
    """Bills of one person from many counters at once come out as if they had come one after the other: the same
    bills, in the order of their settlements, give another person like him the same amounts to the fen."""
    rounds, dice = (60 if SOAK else 6), random.Random("twice " + SEED)
    server, client = start_server(tmp_path, persons=2 * rounds * 8 * 8)
    amounts = ("fund_total", "deductible", "over_cap", "cash")
    with server:
        groups = {}
        for row in query(server.database, "select p.person_id, birth_on, (select count(*) from person_flag f where"
                                          " f.person_id = p.person_id) from person p order by 1"):
            groups.setdefault((row[1], row[2]), []).append(int(row[0]) - 100_000_000_000)
        pairs = [g[:2] for g in groups.values() if len(g) > 1][:rounds]
        assert len(pairs) == rounds
        for number_of_round, (one, two) in enumerate(pairs):
            bills = [bill(dice, one, lines=4) for _ in range(6)]
            gate, told = threading.Barrier(len(bills)), {}

            def settle(i):
                line = Line(server, client)
                gate.wait()
                status, answer = line.settle(f"twice-{number_of_round}-{i}", bills[i])
                line.close()
                assert status == 201, answer
                told[i] = answer["settlements"][0]
            each(range(len(bills)), settle, threads=len(bills))
            line = Line(server, client)
            for place, i in enumerate(sorted(told, key=lambda i: int(told[i]["settlement_id"]))):
                again = {**bills[i], "person_id": str(100_000_000_000 + two)}
                status, answer = line.settle(f"alone-{number_of_round}-{place}", again)
                assert status == 201, answer
                serial = answer["settlements"][0]
                assert [told[i][a] for a in amounts] == [serial[a] for a in amounts], f"bill {place} of person {one}"
            line.close()
        server.stop()
        states = dict((int(p) - 100_000_000_000, s) for p, s in query(server.database, "select person_id, replace(state,"
                                                                      " '\n', ';') from person_state where year > 0"))
        for one, two in pairs:
            assert states[one] == states[two] != ""
        assert must_be_clean(server, lines=4) == 12 * rounds


# ---- the disk is full ----

@pytest.mark.skipif(bool(POSTGRES), reason="the file is SQLite's")
@pytest.mark.parametrize("kind", ["limit", "tmpfs"])
def test_disk_full(tmp_path, kind):
    folder = tmp_path / "small"
    folder.mkdir()
    if kind == "tmpfs":
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "gongji-test", str(folder)], capture_output=True)
        if done.returncode:
            pytest.skip("only root can mount a small disk; the limit of a file's size is tested beside this")
    try:
        fill_and_go_on(folder, kind)
    finally:
        if kind == "tmpfs":
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_and_go_on(folder, kind):
    server, client = start_server(folder, persons=300)
    ballast, dice = folder / "ballast", random.Random("disk " + SEED)
    if kind == "tmpfs":
        ballast.write_bytes(bytes(1 << 20))
    with server:
        told, refused, line = {}, [], Line(server, client)

        def settle(key):
            status, answer = line.settle(key, bill(dice, dice.randrange(300)))
            if status == 201:
                told[key] = answer["settlements"][0]["settlement_id"]
            else:
                refused.append(answer["error"])
            return status
        assert settle("first") == 201
        if kind == "limit":
            soft = os.path.getsize(server.database + "-wal") + (1 << 20)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
        n = 0
        while len(refused) < 20 and n < 20000:
            settle(f"filling-{n}")
            n += 1
        assert len(refused) == 20, "the disk was never full"
        assert {e["code"] for e in refused} == {"disk_full"} and not any(e["saved"] for e in refused), refused[0]
        assert refused[0]["zh"] and refused[0]["en"]
        assert client.get("/providers?limit=1")["rows"]  # it still answers
        look = client.ask("GET", "/persons?limit=1")
        assert look.status in (200, 507)  # nobody looks at people unseen: without room for the audit line there is no answer
        if kind == "limit":
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            ballast.unlink()
        assert settle("after") == 201, refused[-1]
        line.close()
        assert server.stop() == 0
        assert answers(server.database) == told
        if kind == "limit":  # gongji check needs room for its own temporary things on the small disk
            assert must_be_clean(server) == len(told)
        assert number(server.database, "select sum(line_count) from bill") == 8 * len(told)


# ---- both databases ----

def compared(settlement):
    """A settlement without what is of one server only."""
    own = ("settlement_id", "settled_at", "bill_no", "visit_no")
    return {k: v for k, v in settlement.items() if k not in own}


@pytest.mark.skipif(not POSTGRES, reason="needs both")
def test_both_databases_give_the_same(tmp_path):
    count, dice = (10000 if SOAK else 400), random.Random("both " + SEED)
    persons = max(20, count // 50)
    kinds = ["inpatient", "inpatient", "outpatient", "chronic", "emergency"]
    bills = [bill(dice, dice.randrange(persons), kind=dice.choice(kinds)) for _ in range(count)]
    outcome, states = [], []
    for name in ("trust", "file"):
        server, client = start_server(tmp_path, persons, name)
        got = {}
        with server:
            def settle_person(person):
                line = Line(server, client)
                for i, b in enumerate(bills):
                    if b["person_id"] == person:
                        status, answer = line.settle(f"both-{i}", b, view="")
                        got[i] = (status, [compared(s) for s in answer["settlements"]] if status == 201
                                  else answer["error"]["code"])
                line.close()
            each(sorted({b["person_id"] for b in bills}), settle_person, threads=4)
            server.stop()
            states.append(sorted(map(tuple, query(server.database, "select person_id, scheme, year, replace(state, '\n', ';')"
                                                                   " from person_state where year > 0"))))
            must_be_clean(server)
        outcome.append(got)
    settled = sum(status == 201 for status, _ in outcome[0].values())
    assert settled > count / 3, {c for s, c in outcome[0].values() if s != 201}
    for i in range(count):
        assert outcome[0][i] == outcome[1][i], json.dumps(bills[i], ensure_ascii=False)
    assert states[0] == states[1]
