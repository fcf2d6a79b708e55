"""Sessions, users, roles and the frame of every request, through a running server.

covers: R168
"""
import base64
import hmac
import json
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import API, CONTRACT, GONGJI, PASSWORD, POSTGRES, ROOT, Client, Server  # noqa: E402

ADMINS = ("system", "security", "audit")


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        for login in ADMINS:
            s.admin(login)
        yield s


@pytest.fixture(scope="module")
def system(server):
    return server.admin("system")


@pytest.fixture(scope="module")
def security(server):
    return server.admin("security")


def names():
    names.count += 1
    return f"user{names.count}"


names.count = 0


def audit_rows(server, where):
    """Straight from the table: the page of the audit log has its own tests."""
    query = f"select count(*) from audit_log where {where}"
    if POSTGRES:
        done = subprocess.run(["psql", "-qtA", server.database, "-c", query], capture_output=True, text=True, check=True)
        return int(done.stdout)
    with sqlite3.connect(server.database) as db:
        return db.execute(query).fetchone()[0]


# ---- a fresh installation ----

def test_a_fresh_database_has_three_administrators_and_nobody_else():
    with Server() as server:
        assert sorted(server.passwords) == sorted(ADMINS)
        assert len(set(server.passwords.values())) == 3
        assert [line.split("\t")[0] for line in server.cli("user", "list").splitlines()] == sorted(ADMINS)
        for login in ADMINS:
            for password in (login, "admin", "123456", ""):
                answer = server.nobody.ask("POST", "/session", {"login": login, "password": password})
                assert answer.status in (400, 401)
        again = server.cli("init")
        assert "the users stay as they are" in again and not re.search(r"\w{5}-\w{5}-\w{5}", again)
        assert "://" not in again  # an address may hold a password


def test_a_set_up_that_broke_off_between_user_and_role_goes_on():
    with Server() as server:
        for text in ("delete from user_role where user_id = (select user_id from app_user where login = 'audit')",):
            if "://" in server.database:
                subprocess.run(["psql", "-q", server.database, "-c", text], check=True)
            else:
                with sqlite3.connect(server.database) as db:
                    db.execute(text)
                db.close()
        told = server.cli("init")
        password = re.search(r"^audit +(\S+)", told, re.M)[1]
        assert "system" not in told.split("told only now")[-1].replace("system administrator", "") and password != server.passwords["audit"]
        client = server.sign_in("audit", password)
        assert client.user["must_change"] is True and "audit_admin" in client.user["roles"]
        assert "the users stay as they are" in server.cli("init")


def test_until_the_first_password_is_changed_nothing_else_is_allowed():
    with Server() as server:
        first = server.passwords["system"]
        client = server.sign_in("system", first)
        assert client.user["must_change"] is True
        assert client.ask("GET", "/users").code == "must_change_password"
        assert client.get("/session")["user"]["must_change"] is True
        client.post("/session/password", {"old": first, "new": PASSWORD}, 204)
        assert client.get("/users")["total"] == 3
        assert server.nobody.ask("POST", "/session", {"login": "system", "password": first}).code == "bad_login"


def test_without_tables_the_server_says_what_to_do(tmp_path):
    done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", str(tmp_path / "none.db"), "--packs", str(ROOT / "packs"),
                           "--port", "0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "store_version" in done.stderr and "gongji init" in done.stderr


@pytest.mark.parametrize("args", [["--port", "70000"], ["--port", "x"], ["--node", "0"], ["--node", "63"], ["--wrong"],
                                  ["--db"], ["more"]])
def test_options_are_checked(args):
    done = subprocess.run([GONGJI, "--lang", "en", "serve", *args], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "gongji help" in done.stderr


# ---- signing in ----

def test_the_cookie_is_out_of_reach_of_scripts(server):
    server.user("cookie", "clerk")
    answer = server.ask("POST", "/session", {"login": "cookie", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(r"gongji_session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800", cookie)
    secure = server.ask("POST", "/session", {"login": "cookie", "password": PASSWORD}, {"X-Forwarded-Proto": "https"})
    assert secure.headers["Set-Cookie"].endswith("; Secure")


def test_a_cookie_needs_its_csrf_token(server):
    login = names()
    one, other = server.user(login, "clerk"), server.sign_in(login)
    cookie = {"Cookie": "gongji_session=" + one.token}
    change = {"old": PASSWORD, "new": "Another-Passw0rd"}
    assert server.ask("GET", "/session", headers=cookie).status == 200
    for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": other.csrf}, {"X-CSRF-Token": one.csrf[:-1]}):
        answer = server.ask("POST", "/session/password", change, {**cookie, **wrong})
        assert (answer.status, answer.code) == (403, "csrf")
        assert server.ask("DELETE", "/session", None, {**cookie, **wrong}).code == "csrf"
    right = {**cookie, "X-CSRF-Token": one.csrf}
    assert server.ask("POST", "/session/password", change, right).status == 204
    answer = server.ask("DELETE", "/session", None, right)
    assert answer.status == 204 and "gongji_session=; " in answer.headers["Set-Cookie"]
    assert server.ask("GET", "/session", headers=cookie).code == "not_signed_in"
    assert audit_rows(server, f"outcome = 'csrf' and login = '{login}'") == 8


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer " + "0" * 64},
                                     {"Authorization": "Basic c3lzdGVtOng="}, {"Cookie": "gongji_session=' or 1=1 --"},
                                     {"Cookie": "gongji_session=" + "a" * 5000}])
def test_without_a_session_nobody_comes_in(server, headers):
    for method, path, operation in CONTRACT.operations():
        if operation["operationId"] not in routes() or operation["x-right"] == "public":
            continue
        answer = server.ask(method, path.replace("{", "").replace("}", ""), None if method == "GET" else {}, headers)
        assert (answer.status, answer.code) == (401, "not_signed_in"), path


def test_five_failures_lock_whoever_it_is_and_after_a_restart_too():
    with Server() as server:
        server.user("zhang", "clerk")
        seen = {}
        for login in ("zhang", "no-such-user"):
            answers = [server.nobody.ask("POST", "/session", {"login": login, "password": "wrong"}) for _ in range(6)]
            seen[login] = [(a.status, a.code, a.json["error"]["message"], a.json["error"]["field"]) for a in answers]
        assert seen["zhang"] == seen["no-such-user"]
        assert [s[0] for s in seen["zhang"]] == [401] * 5 + [429]
        right = {"login": "zhang", "password": PASSWORD}
        assert server.nobody.ask("POST", "/session", right).code == "locked"
        server.restart()
        assert server.nobody.ask("POST", "/session", right).code == "locked"
        assert "zhang\tzhang\tlocked\t" in server.cli("user", "list")
        made = server.cli("user", "reset", "zhang").split("\t")[1].strip()
        server.first_sign_in("zhang", made, "Another-Passw0rd")
        assert audit_rows(server, "action = 'user.reset' and user_id = -1") == 1


def test_a_session_survives_a_restart_and_kill(server):
    import signal
    client = server.user(names(), "clerk")
    assert server.restart() == 0
    assert client.get("/session")["user"]["login"] == client.user["login"]
    server.restart(signal.SIGKILL)
    assert client.get("/session")["user"]["login"] == client.user["login"]


def test_the_command_line_disables_at_once_what_the_server_has_in_memory(server):
    client = server.user(names(), "clerk")
    client.get("/session")
    server.cli("user", "disable", client.user["login"])
    until = time.monotonic() + 5
    while client.ask("GET", "/session").status == 200:
        assert time.monotonic() < until, "still signed in"
    assert server.nobody.ask("POST", "/session", {"login": client.user["login"], "password": PASSWORD}).code == "bad_login"
    server.cli("user", "enable", client.user["login"])
    server.sign_in(client.user["login"])


@pytest.mark.parametrize("new", ["short1A-", "alllowercaseletters", "lower-and-other", "1234567890123", "x-{login}-A1b2c3"])
def test_weak_passwords(server, new):
    login = names()
    client = server.user(login, "clerk")
    answer = client.ask("POST", "/session/password", {"old": PASSWORD, "new": new.replace("{login}", login.upper())})
    assert (answer.status, answer.code, answer.json["error"]["field"]) == (422, "weak_password", "new")
    server.sign_in(login)


# ---- the second factor ----

def otp(secret, late=0):
    """What a telephone shows: RFC 6238, in Python's own words."""
    key = base64.b32decode(secret)
    step = int((time.time() + late) // 30)
    mac = hmac.new(key, step.to_bytes(8, "big"), "sha1").digest()
    at = mac[-1] & 15
    return "%06d" % ((int.from_bytes(mac[at:at + 4], "big") & 0x7FFFFFFF) % 10**6)


def with_factor(options):
    return Server(options=[*options, "--key-file", tempfile.mkdtemp() + "/gongji.key"])


def test_a_second_factor_from_setting_up_to_losing_it():
    with with_factor([]) as server:
        system = server.admin("system")
        client = server.user("zhang", "clerk")
        assert client.user["has_factor"] is False
        assert client.ask("POST", "/session/factor", {"password": "wrong"}).json["error"]["field"] == "password"
        begun = client.post("/session/factor", {"password": PASSWORD})
        assert begun["uri"] == f"otpauth://totp/Gongji:zhang?secret={begun['secret']}&issuer=Gongji"
        server.sign_in("zhang")  # it does not count before a code proved it
        assert client.ask("POST", "/session/factor/confirm", {"code": "12345"}).code == "bad_code"
        codes = client.post("/session/factor/confirm", {"code": otp(begun["secret"])})["recovery_codes"]
        assert len(set(codes)) == 10
        body = {"login": "zhang", "password": PASSWORD}
        answer = server.nobody.ask("POST", "/session", body)
        assert (answer.status, answer.code) == (401, "code_needed")
        assert server.nobody.ask("POST", "/session", {**body, "password": "wrong", "code": "1"}).code == "bad_login"
        code = otp(begun["secret"], 30)  # of the next half minute: a telephone may be a little fast
        made = server.nobody.post("/session", {**body, "code": code})
        assert made["user"]["has_factor"] is True
        answer = server.nobody.ask("POST", "/session", {**body, "code": code})
        assert (answer.status, answer.code) == (401, "bad_code")
        server.restart()  # the key file is read again
        assert server.nobody.ask("POST", "/session", {**body, "code": code}).code == "bad_code"
        server.nobody.post("/session", {**body, "code": codes[3]})
        assert server.nobody.ask("POST", "/session", {**body, "code": codes[3]}).code == "bad_code"
        # an administrator resets it and reads nothing
        seen = system.post(f"/users/{client.user['user_id']}/factor/reset")
        assert seen["has_factor"] is False and begun["secret"] not in json.dumps(seen)
        server.sign_in("zhang")
        security = server.admin("security")
        assert system.ask("POST", f"/users/{security.user['user_id']}/factor/reset", {}).code == "duty_conflict"
        server.cli("user", "reset-factor", "security")
        for action, count in (("user.factor", 1), ("user.recovery", 1), ("user.factor_reset", 2)):
            assert audit_rows(server, f"action = '{action}' and outcome = 'ok'") == count, action
        assert begun["secret"] not in server.log_text() and code not in server.log_text()


def test_codes_tried_all_at_once_are_five_at_most():
    with with_factor([]) as server:
        client = server.user("zhang", "clerk")
        begun = client.post("/session/factor", {"password": PASSWORD})
        client.post("/session/factor/confirm", {"code": otp(begun["secret"])})
        body = {"login": "zhang", "password": PASSWORD}
        asked = [lambda: server.nobody.ask("POST", "/session", {**body, "code": "no-code"}),
                 lambda: client.ask("POST", "/session/confirm", {"password": PASSWORD, "code": "no-code"}),
                 lambda: client.ask("POST", "/session/factor/end", {"password": PASSWORD, "code": "no-code"})]
        said = []
        threads = [threading.Thread(target=lambda i=i: said.append(asked[i % 3]().code)) for i in range(36)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(said) == 36 and said.count("bad_code") == 5, said
        assert set(said) <= {"bad_code", "locked", "bad_login"}
        answer = server.nobody.ask("POST", "/session", {**body, "code": otp(begun["secret"], 30)})
        assert answer.code == "locked"


@pytest.mark.skipif(not POSTGRES, reason="beside a file of SQLite lies its key")
def test_a_second_factor_that_nobody_could_set_up_is_not_required():
    with Server(start=False) as server:
        done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"),
                               "--port", "0", "--second-factor", "all"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "--key-file" in done.stderr


def test_whoever_must_have_a_second_factor_does_nothing_without():
    with with_factor(["--second-factor", "clerk,audit_admin"]) as server:
        made = server.cli("user", "add", "zhang", "--role", "clerk").split("\t")[1].strip()
        client = server.first_sign_in("zhang", made)
        assert client.get("/session")["must_add_factor"] is True
        answer = client.ask("GET", "/settlements")
        assert (answer.status, answer.code) == (403, "must_add_factor")
        begun = client.post("/session/factor", {"password": PASSWORD})
        client.post("/session/factor/confirm", {"code": otp(begun["secret"])})
        assert client.get("/session")["must_add_factor"] is False
        assert client.ask("GET", "/settlements").status == 200
        assert server.user("li", "supervisor").ask("GET", "/settlements").status == 200


@pytest.mark.parametrize("options, said", [
    (["--second-factor", "clerk,emperor"], "no role emperor"), (["--profile", "none"], "mlps3 or asvs"),
    (["--counter-sessions", "0"], "1 and more"), (["--refused-passwords", "/nowhere/words"], "cannot be read")])
def test_settings_that_mean_nothing_are_refused(tmp_path, options, said):
    with Server(start=False) as server:
        done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"),
                               "--port", "0", *options], capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2) and said in done.stderr


def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    key = tmp_path / "open.key"
    key.write_text("0" * 64 + "\n")
    key.chmod(0o644)
    with Server(start=False) as server:
        done = subprocess.run([GONGJI, "--lang", "en", "serve", "--db", server.database, "--packs", str(ROOT / "packs"),
                               "--port", "0", "--key-file", str(key)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "chmod 600" in done.stderr


# ---- passwords typed again, sessions that end ----

def change_rows(server, statement):
    if POSTGRES:
        subprocess.run(["psql", "-qtA", server.database, "-c", statement], capture_output=True, text=True, check=True)
        return
    with sqlite3.connect(server.database) as db:
        db.execute(statement)


def sure_routes():
    text = (ROOT / "src/edge/api/route.tbl.h").read_text(encoding="utf-8")
    return re.findall(r"^API_SURE\((\w+)\)", text, re.M)


def test_what_asks_for_the_password_again():
    with Server() as server:
        clients = [server.user("a.boss", "supervisor", "finance"), server.admin("system"), server.admin("security"),
                   server.user("a.gate", "interface_operator")]
        boss = clients[0]
        assert boss.ask("GET", "/settlements?format=csv").status == 200  # signed in just now
        server.stop()
        change_rows(server, "update user_session set sure_at = 1")
        server.start()
        assert boss.ask("GET", "/settlements").status == 200
        answer = boss.ask("GET", "/settlements?format=csv")
        assert (answer.status, answer.code) == (403, "confirm_needed")
        asked = set()
        for method, path, operation in CONTRACT.operations():
            if operation["operationId"] not in sure_routes():
                continue
            for client in clients:
                if operation["x-right"] in client.user["rights"]:
                    assert client.ask(method, re.sub(r"\{\w+\}", "1", path), {}).code == "confirm_needed", path
                    asked.add(operation["operationId"])
        assert asked == set(sure_routes()) and len(asked) >= 8
        assert audit_rows(server, "login = 'a.boss' and outcome = 'confirm_needed'") >= 3
        assert boss.ask("POST", "/session/confirm", {"password": "wrong"}).json["error"]["field"] == "password"
        boss.post("/session/confirm", {"password": PASSWORD}, 204)
        assert boss.ask("GET", "/settlements?format=csv").status == 200
        assert audit_rows(server, "login = 'a.boss' and action = 'session.confirm' and outcome = 'ok'") == 1


def test_an_administrator_ends_sessions(server, system):
    client = server.user(names(), "clerk")
    server.sign_in(client.user["login"])
    assert system.post(f"/users/{client.user['user_id']}/sessions/end") == {"ended": 2}
    assert client.ask("GET", "/session").code == "not_signed_in"
    assert client.ask("POST", f"/users/{system.user['user_id']}/sessions/end", {}).code == "not_signed_in"
    assert audit_rows(server, f"action = 'user.sessions_end' and object = 'user {client.user['user_id']}'") == 1


def test_one_counter_for_whoever_settles():
    with Server(options=["--counter-sessions", "1"]) as server:
        one = server.user("zhang", "clerk")
        server.sign_in("zhang")
        assert one.ask("GET", "/session").code == "not_signed_in"
        boss = server.user("li", "supervisor")
        server.sign_in("li")
        assert boss.ask("GET", "/session").status == 200


def test_a_user_with_a_last_day(server, system):
    user = system.post("/users", {"login": names(), "name": "n", "expires_on": "2020-01-01"}, 201)
    assert user["user"]["expires_on"] == "2020-01-01"
    body = {"login": user["user"]["login"], "password": user["password"]}
    assert server.nobody.ask("POST", "/session", body).code == "bad_login"
    path = f"/users/{user['user']['user_id']}"
    assert system.ask("PATCH", path, {"expires_on": "2020-02-30"}).code == "bad_date"
    assert system.patch(path, {"expires_on": ""})["expires_on"] == ""
    server.sign_in(*body.values())


def test_tidying_disables_who_is_not_needed():
    with Server() as server:
        client = server.user("zhang", "clerk")
        server.user("li", "clerk")
        change_rows(server, "update app_user set last_login_at = 5, created_at = 5 where login = 'zhang'")
        server.cli("tidy")
        assert "zhang\tzhang\tdisabled\t" in server.cli("user", "list") and "li\tli\tactive" in server.cli("user", "list")
        assert audit_rows(server, "action = 'user.disable' and login = 'daily task'") == 1
        until = time.monotonic() + 5
        while client.ask("GET", "/session").status == 200:
            assert time.monotonic() < until, "still signed in"


def test_the_profile_decides_about_passwords():
    with Server(options=["--profile", "asvs"]) as server:
        client = server.user("zhang", "clerk")
        change = {"old": PASSWORD, "new": "only small letters"}
        client.post("/session/password", change, 204)
    with Server() as server:
        client = server.user("zhang", "clerk")
        assert client.ask("POST", "/session/password", change).code == "weak_password"
        client.post("/session/password", {"old": PASSWORD, "new": "Another-Passw0rd"}, 204)
        answer = client.ask("POST", "/session/password", {"old": "Another-Passw0rd", "new": PASSWORD})
        assert (answer.code, answer.json["error"]["expected"]) == ("weak_password", "none of the last 5 passwords")


# ---- who may do what ----

def test_each_administrator_is_refused_what_is_not_his(server):
    """The matrix of duties: every route that needs a right, for each of the three and for a clerk."""
    clients = {login: server.admin(login) for login in ADMINS}
    clients["a.clerk"] = server.user("a.clerk", "clerk")
    refused = 0
    for method, path, operation in CONTRACT.operations():
        right = operation["x-right"]
        if operation["operationId"] not in routes() or right in ("public", "signed_in"):
            continue
        for login, client in clients.items():
            if right in client.user["rights"]:
                continue
            before = audit_rows(server, f"login = '{login}' and outcome = 'no_right' and action = '{right}'")
            answer = client.ask(method, re.sub(r"\{\w+\}", "1", path), None if method == "GET" else {})
            assert (answer.status, answer.code) == (403, "no_right"), (login, path)
            assert answer.json["error"]["right"] == right
            after = audit_rows(server, f"login = '{login}' and outcome = 'no_right' and action = '{right}'")
            assert after == before + 1
            refused += 1
    assert refused >= 12


def test_no_one_holds_two_duties(server, security):
    client = server.user(names())
    path = f"/users/{client.user['user_id']}/roles"
    admins = ["system_admin", "security_admin", "audit_admin"]
    for a in admins:
        for b in [x for x in admins if x != a] + ["clerk", "supervisor", "data", "finance", "hospital", "head"]:
            answer = security.ask("PUT", path, {"roles": [a, b]})
            assert (answer.status, answer.code) == (422, "duty_conflict")
    assert security.put(path, {"roles": ["clerk", "finance"]})["roles"] == ["clerk", "finance"]


def test_roles_count_at_once(server, security):
    client = server.user(names(), "clerk")
    assert "settlement.settle" in client.user["rights"]
    security.put(f"/users/{client.user['user_id']}/roles", {"roles": ["head"]})
    assert client.ask("GET", "/session").code == "not_signed_in"
    rights = server.sign_in(client.user["login"]).user["rights"]
    assert "settlement.settle" not in rights and "settlement.read" in rights
    unknown = security.ask("PUT", f"/users/{client.user['user_id']}/roles", {"roles": ["emperor"]})
    assert (unknown.status, unknown.code) == (400, "unknown_word")
    own = security.ask("PUT", f"/users/{security.user['user_id']}/roles", {"roles": []})
    assert (own.status, own.code) == (403, "same_person")


def test_roles_are_listed(security):
    rows = {r["role"]: r for r in security.get("/roles")["rows"]}
    assert len(rows) == 11 and rows["clerk"]["zh"] == "经办"
    assert rows["audit_admin"]["rights"] == ["audit.read"]


# ---- users ----

def test_a_user_from_creation_to_leaving(server, system):
    login = names()
    body = {"login": login, "name": "王五", "area_code": "3509", "provider_id": "77"}
    made = system.post("/users", body, 201)
    user = made["user"]
    assert (user["name"], user["area_code"], user["provider_id"], user["roles"]) == ("王五", "3509", "77", [])
    assert system.ask("POST", "/users", body).code == "exists"
    client = server.first_sign_in(login, made["password"])
    assert system.patch(f"/users/{user['user_id']}", {"name": "王六"})["name"] == "王六"
    made = system.post(f"/users/{user['user_id']}/reset")
    assert client.ask("GET", "/session").code == "not_signed_in"
    client = server.first_sign_in(login, made["password"], "Another-Passw0rd")
    assert system.patch(f"/users/{user['user_id']}", {"state": "disabled"})["state"] == "disabled"
    assert client.ask("GET", "/session").code == "not_signed_in"
    assert system.get(f"/users/{user['user_id']}")["state"] == "disabled"
    for action in ("user.add", "user.change", "user.reset"):
        assert audit_rows(server, f"action = '{action}' and login = 'system' and object = 'user {user['user_id']}'") >= 1


def test_one_administrator_cannot_become_another(system, security):
    answer = system.ask("POST", f"/users/{security.user['user_id']}/reset", {})
    assert (answer.status, answer.code) == (422, "duty_conflict")
    security.get("/session")


@pytest.mark.parametrize("change, status, code, field", [
    ({"login": "A B"}, 400, "bad_value", "login"), ({"login": ""}, 400, "missing_field", "login"),
    ({"login": 7}, 400, "bad_type", "login"), ({"login": None}, 400, "missing_field", "login"),
    ({"name": "a\u0001"}, 400, "bad_value", "name"), ({"area_code": "35a9"}, 400, "bad_value", "area_code"),
    ({"provider_id": "x"}, 400, "bad_number", "provider_id"), ({"provider_id": {}}, 400, "bad_type", "provider_id"),
    ({"roles": ["clerk"]}, 400, "unknown_field", "roles"), ({"user_id": "1"}, 400, "unknown_field", "user_id")])
def test_what_a_new_user_must_be(system, change, status, code, field):
    answer = system.ask("POST", "/users", {"login": "fine.name", "name": "n", **change})
    assert (answer.status, answer.code, answer.json["error"]["field"]) == (status, code, field)


def test_users_page_by_page(server, system):
    for _ in range(7):
        system.post("/users", {"login": names(), "name": "翻页"}, 201)
    every = system.get("/users?limit=500")
    logins = [r["login"] for r in every["rows"]]
    assert logins == sorted(logins) and every["total"] == len(logins) and every["next"] is None
    for sort, wanted in (("login", logins), ("-login", logins[::-1])):
        got, cursor = [], ""
        while cursor is not None:
            page = system.get(f"/users?limit=3&sort={sort}&cursor={cursor}")
            got += [r["login"] for r in page["rows"]]
            cursor = page["next"]
        assert got == wanted
    assert system.get("/users?q=翻页")["total"] == 7
    assert system.get("/users?q=%25")["total"] == 0
    assert {r["state"] for r in system.get("/users?state=active&limit=500")["rows"]} == {"active"}
    for query, code in (("limit=501", "bad_value"), ("limit=0", "bad_value"), ("limit=x", "bad_value"),
                        ("sort=password_hash", "bad_value"), ("password_hash=x", "unknown_field"),
                        ("format=exe", "bad_value")):
        assert system.ask("GET", "/users?" + query).code == code


def test_an_administrator_of_an_area_sees_that_area(server, system):
    far = system.post("/users", {"login": names(), "name": "far", "area_code": "3601"}, 201)["user"]
    near = system.post("/users", {"login": names(), "name": "near", "area_code": "350902"}, 201)["user"]
    local = server.user(names(), "system_admin", area="3509")
    seen = {r["user_id"] for r in local.get("/users?limit=500")["rows"]}
    assert near["user_id"] in seen and far["user_id"] not in seen and system.user["user_id"] not in seen
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/reset")):
        body = None if method == "GET" else {"name": "x"} if method == "PATCH" else {}
        assert local.ask(method, f"/users/{far['user_id']}{path}", body).code == "not_found"
    assert local.ask("POST", "/users", {"login": names(), "name": "n", "area_code": "36"}).code == "bad_value"
    assert local.ask("POST", "/users", {"login": names(), "name": "n"}).code == "bad_value"


# ---- the frame ----

def routes():
    """operationId: (method, path, door, right) of route.tbl.h"""
    text = (ROOT / "src/edge/api/route.tbl.h").read_text(encoding="utf-8")
    return {m[0]: m[1:] for m in re.findall(r'^API\(\s*(\w+),\s*"(\w+)",\s*"([^"]+)",\s*(\w+),\s*(\w+)\)', text, re.M)}


def test_routes_are_those_of_the_contract():
    known = {o["operationId"]: (m, p, o["x-right"]) for m, p, o in CONTRACT.operations()}
    words = {m[0]: m[1] for m in re.findall(r'RIGHT\(\s*(?:/\*.*?\*/)?\s*(\w+),\s*(?:/\*.*?\*/)?\s*"([\w.]+)"',
                                            (ROOT / "src/service/access/right.tbl.h").read_text(encoding="utf-8"))}
    doors = {"OPEN_TO_ALL": "public", "SIGNED_IN": "signed_in"}
    for name, (method, path, door, right) in routes().items():
        wanted = doors.get(door) or words[right.removeprefix("RIGHT_")]
        assert known.get(name) == (method, path, wanted), name
    assert len(routes()) >= 15


def test_every_answer_is_protected(server, system):
    for client, method, path in ((server.nobody, "GET", "/healthz"), (server.nobody, "GET", "/nowhere"),
                                 (server.nobody, "GET", "/session"), (system, "GET", "/users"),
                                 (server.nobody, "PUT", "/session")):
        h = client.ask(method, path).headers
        assert "default-src 'self'" in h["Content-Security-Policy"] and "frame-ancestors 'none'" in h["Content-Security-Policy"]
        assert (h["X-Content-Type-Options"], h["X-Frame-Options"]) == ("nosniff", "DENY")
        assert (h["Referrer-Policy"], h["Cache-Control"]) == ("no-referrer", "no-store")
        assert re.fullmatch("[0-9a-f]{16}", h["X-Trace-Id"])


@pytest.mark.parametrize("body, code", [
    ("", "bad_json"), ("{", "bad_json"), ("[]", "bad_type"), ("7", "bad_json"), ('{"login":"a","login":"b","password":"c"}', "duplicate_field"),
    ('{"login":"a","password":"b","more":1}', "unknown_field"), ('{"login":"a"}', "missing_field"),
    ('{"login":["a"],"password":"b"}', "bad_type"), (b'{"login":"\xff","password":"b"}', "bad_json"),
    ("[" * 100000, "bad_json"), (json.dumps({"login": "a" * 100000, "password": "b" * 100000}), "bad_login"),
    ('{"login":"a\\u0000b","password":"b"}', None)], ids=range(12))
def test_bodies_that_are_not_what_they_should_be(server, body, code):
    answer = server.ask("POST", "/session", body)
    assert 400 <= answer.status < 500
    assert code is None or answer.code in (code, "bad_utf8")


def test_paths_and_methods(server, system):
    assert server.ask("GET", "/nowhere").code == "not_found"
    answer = server.ask("PUT", "/session", {})
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method_not_allowed", "POST, GET, DELETE")
    assert server.ask("GET", "/api/v1/users?q=%ff").code == "bad_utf8"
    assert system.ask("GET", "/users/abc").code == "not_found"
    assert system.ask("GET", "/users/99999999999999999999").code == "not_found"
    assert server.ask("HEAD", "/session").body == b""
    assert server.ask("POST", "/session", b"x" * (5 << 20)).code == "too_large"


def test_operations(server):
    assert server.ask("GET", "/healthz").body == b"ok\n"
    version = server.nobody.get("/version")
    assert version == {"version": (ROOT / "VERSION").read_text().strip(), "database": "postgres" if POSTGRES else "sqlite",
                       "sandbox": False}
    text = server.ask("GET", "/metrics").body.decode()
    assert re.search(r'^gongji_http_requests_total\{method="GET",route="/healthz",status="2xx"\} [1-9]', text, re.M)
    assert re.search(r"^gongji_store_commits_total [1-9]", text, re.M)
    assert not re.search(r"user\d", text)
    seen, last = set(), None
    for name in re.findall(r"^(\w+?)(?:_bucket|_sum|_count)?[{ ]", text, re.M):
        assert name == last or name not in seen, f"the lines of {name} are torn apart"
        seen.add(name)
        last = name


def test_the_log_is_json_without_persons():
    with Server() as server:
        server.user("zhangsan", "clerk").get("/session?name=张三")
        server.ask("GET", "/users/350902199001011234")
        server.stop()
        lines = server.log_text().splitlines()
        text = server.log_text()
    assert len(lines) >= 5
    for line in lines:
        assert {"time", "trace_id", "method", "route", "status", "duration_us", "bytes"} <= set(json.loads(line))
    for secret in ("zhangsan", "张三", "%E5", "350902199001011234", PASSWORD):
        assert secret not in text


@pytest.mark.parametrize("options, wanted", [([], "127.0.0.1"), (["--behind-proxy"], "203.0.113.9")])
def test_whose_address_is_written_down(options, wanted):
    """What a client says about itself counts only when a proxy that is ours says it, and then the last word."""
    with Server(options=options) as server:
        body = {"login": "system", "password": "wrong"}
        server.ask("POST", "/session", body, {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
        assert audit_rows(server, "action = 'session.refuse'") == 1
        assert audit_rows(server, f"action = 'session.refuse' and address = '{wanted}'") == 1
        server.ask("POST", "/session", body, {"X-Forwarded-For": "<script>"})
        assert audit_rows(server, "action = 'session.refuse' and address = '127.0.0.1'") == (1 if options else 2)


def test_too_many_sign_ins_from_one_address():
    with Server() as server:
        body = json.dumps({"login": "x"})  # refused before any work
        codes = [server.ask("POST", "/session", body).code for _ in range(140)]
        assert codes[:100] == ["missing_field"] * 100 and codes[-1] == "too_many"
        assert server.ask("GET", "/healthz").status == 200


def test_stopping_answers_what_was_asked(server):
    """Requests go on while the server is told to stop: each is answered whole, or was never taken."""
    client = server.user(names(), "clerk")
    done, torn = [0], []

    def work():
        while True:
            try:
                line = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            except OSError:
                return
            with line:
                try:
                    line.sendall(f"GET {API}/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n"
                                 "Connection: close\r\n\r\n".encode())
                    data = b""
                    while piece := line.recv(65536):
                        data += piece
                except OSError:
                    data = b""
            if data and not data.endswith(b"}"):
                torn.append(data)
            done[0] += bool(data)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    while done[0] < 200:
        time.sleep(0.01)
    assert server.stop() == 0
    for t in threads:
        t.join()
    assert not torn
    server.start()
    assert client.get("/session")["user"]["login"] == client.user["login"]


@pytest.mark.skipif(not POSTGRES, reason="SQLite has no lines that could be cut")
def test_lines_to_the_database_are_mended():
    """The database drops every line, as when it is restarted: the server goes on by itself."""
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with Server() as server:
        client = server.user("zhang", "clerk")
        for _ in range(3):
            subprocess.run(["psql", "-qtA", server.database, "-c", cut], capture_output=True, check=True)
            until, asked = time.monotonic() + 10, []
            while asked[-2:] != [200, 200]:
                assert time.monotonic() < until, asked
                asked.append(server.ask("GET", "/readyz").status)
                asked.append(server.ask("POST", "/session", {"login": "zhang", "password": PASSWORD}).status)
            assert set(asked) <= {200, 500, 503} and len(asked) <= 10
        client = server.sign_in("zhang")
        assert client.get("/session")["user"]["login"] == "zhang"


def test_many_at_once_see_only_themselves(server):
    clients = [server.user(names(), "clerk") for _ in range(4)]
    wrong = []

    def work(client: Client):
        for _ in range(50):
            if client.get("/session")["user"]["login"] != client.user["login"]:
                wrong.append(client.user["login"])

    threads = [threading.Thread(target=work, args=(c,)) for c in clients for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
