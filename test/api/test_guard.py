"""What a server does by itself: the copy of the audit log, the clock, users that nobody needs; and what happens
when the audit log cannot be written."""
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import GONGJI, POSTGRES, ROOT, Server  # noqa: E402


def sql(server, statement):
    """What the statement gives, as one text."""
    if POSTGRES:
        done = subprocess.run(["psql", "-qtA", server.database, "-c", statement], capture_output=True, text=True, check=True)
        return done.stdout.strip()
    with sqlite3.connect(server.database, timeout=30) as db:
        row = db.execute(statement).fetchone()
        return str(row[0]) if row else ""


def soon(what, seconds=30):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)


def lines_of(copy):
    out = []
    for line in copy.read_text(encoding="utf-8").splitlines():
        try:
            out.append(json.loads(line))
        except ValueError:
            assert not line or not line.endswith("}")
    return out


def check(server, copy, status=0):
    done = subprocess.run([GONGJI, "--lang", "en", "check", "--db", server.database, "--packs", str(ROOT / "packs"),
                           "--audit-copy", str(copy)], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


# ---- the copy ----

def test_each_line_is_copied_soon_and_once(tmp_path):
    copy = tmp_path / "audit.jsonl"
    with Server(options=["--audit-copy", str(copy)]) as server:
        before = time.monotonic()
        server.user("zhang", "clerk")
        soon(lambda: any(r["login"] == "zhang" and r["action"] == "session.open" for r in lines_of(copy)))
        assert time.monotonic() - before < 60
        server.nobody.ask("POST", "/session", {"login": "zhang", "password": "wrong"})
        server.stop()  # what was not yet copied is copied
        with copy.open("a") as f:
            f.write('{"chain":64,"seq":99')  # a line that broke off
        server.start()
        server.sign_in("zhang")
        server.stop()
        rows = lines_of(copy)
        assert len(rows) == int(sql(server, "select count(*) from audit_log"))
        assert len({(r["chain"], r["seq"]) for r in rows}) == len(rows)
        assert {r["hash"] for r in rows} >= {sql(server, "select hash from audit_log order by at desc, seq desc limit 1")}
        assert {"session.refuse", "user.add", "user.roles", "user.password"} <= {r["action"] for r in rows}
        assert "nothing is wrong" in check(server, copy)
        assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["cut", "anew"])
def test_a_chain_that_was_cut_or_written_anew_is_noticed(tmp_path, damage):
    copy = tmp_path / "audit.jsonl"
    with Server(options=["--audit-copy", str(copy)]) as server:
        server.user("zhang", "clerk")
        server.stop()
        chain = sql(server, "select chain from audit_log where login = 'zhang' order by seq desc limit 1")
        last = sql(server, f"select max(seq) from audit_log where chain = {chain}")
        if damage == "cut":
            sql(server, f"delete from audit_log where chain = {chain} and seq = {last}")
        else:  # the whole log is gone, and a new one began
            sql(server, "delete from audit_log")
        done = subprocess.run([GONGJI, "--lang", "en", "check", "--db", server.database, "--packs", str(ROOT / "packs")],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, "the database alone cannot know"
        assert f"WRONG audit_copy: chain {chain}, line {last}" in check(server, copy, 3)
        assert "nothing is wrong" not in check(server, copy, 3)


def test_a_chain_that_was_cut_and_grew_again_is_noticed(tmp_path):
    copy = tmp_path / "audit.jsonl"
    with Server(options=["--audit-copy", str(copy)]) as server:
        server.user("zhang", "clerk")
        server.stop()
        chain = sql(server, "select chain from audit_log where login = 'zhang' order by seq desc limit 1")
        last = int(sql(server, f"select max(seq) from audit_log where chain = {chain}"))
        sql(server, f"delete from audit_log where chain = {chain} and seq > {last - 2}")
        server.start()
        for _ in range(5):
            server.sign_in("zhang")
        server.stop()
        newest = int(sql(server, f"select max(seq) from audit_log where chain = {chain}"))
        assert newest > last and newest in {r["seq"] for r in lines_of(copy) if str(r["chain"]) == chain}
        assert f"WRONG audit_copy: chain {chain}, line {last}" in check(server, copy, 3)


def test_without_its_copy_a_server_does_not_start(tmp_path):
    with Server(start=False) as server:
        done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"), "--port", "0",
                               "--audit-copy", str(tmp_path / "nowhere" / "audit")], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "cannot be written" in done.stderr
        assert "cannot be read" in check(server, tmp_path / "none", 1)


def test_a_copy_that_fails_goes_on_when_it_can(tmp_path):
    folder = tmp_path / "far"
    folder.mkdir()
    copy = folder / "audit.jsonl"
    with Server(options=["--audit-copy", str(copy)]) as server:
        folder.rename(tmp_path / "away")  # as a share that is not there for a while
        server.user("zhang", "clerk")
        soon(lambda: "cannot be written" in server.log_text())
        (tmp_path / "away").rename(folder)
        soon(lambda: any(r["login"] == "zhang" for r in lines_of(copy)))


# ---- the clock, and users ----

def test_a_clock_that_was_put_back_is_written_down():
    with Server() as server:
        server.user("zhang", "clerk")
        server.stop()
        assert sql(server, "select count(*) from audit_log where action = 'clock.jump'") == "0"
        ahead = int(time.time() * 1000) + 3600 * 1000
        sql(server, f"update audit_log set at = {ahead} where login = 'zhang'")
        server.start()
        soon(lambda: sql(server, "select count(*) from audit_log where action = 'clock.jump' and login = 'clock'") == "1")
        assert "ms since the newest line" in sql(server, "select object from audit_log where action = 'clock.jump'")


def test_a_server_disables_who_is_not_needed():
    with Server() as server:
        server.user("zhang", "clerk")
        server.user("li", "clerk")
        server.stop()
        sql(server, "update app_user set last_login_at = 5, created_at = 5 where login = 'zhang'")
        server.start()
        soon(lambda: sql(server, "select state from app_user where login = 'zhang'") == "disabled")
        assert sql(server, "select state from app_user where login = 'li'") == "active"
        assert sql(server, "select count(*) from audit_log where action = 'user.disable' and login = 'daily task'") == "1"


# ---- no audit, no business ----

def no_more_audit(server, on):
    if POSTGRES:
        sql(server, "alter table audit_log add constraint no_more check (false) not valid" if on else
            "alter table audit_log drop constraint no_more")
    else:
        sql(server, "create trigger no_more before insert on audit_log begin select raise(abort, 'no more'); end" if on else
            "drop trigger no_more")


def test_what_cannot_be_written_down_is_not_done():
    with Server() as server:
        system, clerk = server.admin("system"), server.user("zhang", "clerk")
        before = system.get("/users")["total"]
        no_more_audit(server, True)
        body = {"login": "wangwu", "name": "王五"}
        asked = [system.ask("POST", "/users", body),
                 clerk.ask("GET", "/users"),  # a refusal that cannot be written down is that trouble
                 server.nobody.ask("POST", "/session", {"login": "zhang", "password": "wrong"}),
                 server.nobody.ask("POST", "/session", {"login": "zhang", "password": "Tested-Passw0rd"})]
        for answer in asked:  # a row that the database does not take
            assert (answer.status, answer.code, answer.json["error"]["saved"]) == (409, "store_conflict", False)
        no_more_audit(server, False)
        assert system.get("/users")["total"] == before
        system.post("/users", body, 201)
        server.sign_in("zhang")
