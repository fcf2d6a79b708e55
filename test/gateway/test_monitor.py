"""Those who watch the gateway: how it runs, its messages (masked), comparisons with providers, who may come, tidying.

covers: R084
"""
import csv
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import POSTGRES, ROOT, Server  # noqa: E402

NAMES = ["张三丰", "李四海", "王小明"]
PEOPLE = [{"name": n} for n in NAMES]
LINES = [("A1", 2, 30.0), ("B1", 3, 14.8), ("C1", 1, 8.5)]
DAYS = {"stmt_begndate": "2000-01-01", "stmt_enddate": "2099-12-31"}


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open")
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    h = Hospital(server)
    h.sign_in()
    return h


@pytest.fixture(scope="module")
def operator(server):
    return server.user("operator", "interface_operator", area="350900")


@pytest.fixture(scope="module")
def reader(server):
    return server.user("reader", "interface_reader", area="350900")


def last(client, query=""):
    return client.get(f"/gateway/messages?limit=1&{query}")["rows"][0]


def provider(client, code):
    return client.get(f"/gateway/access?q={code}")["rows"][0]["provider_id"]


# ---- how it runs ----

def test_figures_of_the_day_and_the_hour(server, hospital, reader):
    before = reader.get("/gateway/monitor?period=day")["totals"]
    hour = reader.get("/gateway/monitor?period=hour")["totals"]
    msgid = hospital.msgid()
    sign = {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}}
    body = json.dumps(hospital.envelope("9001", sign, msgid)).encode()
    assert hospital.post("/gateway", body)[2] == hospital.post("/gateway", body)[2]  # a retry
    hospital.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "350902199901019999"}}, "not_found")
    hospital.do("4301", {"data": {"mdtrt_sn": "1", "dr_name": "王主任"}})
    stranger = Hospital(server, "NOBODY")
    stranger.refused("9001", sign, "gateway_closed")
    got = reader.get("/gateway/monitor?period=day")
    grown = {k: got["totals"][k] - before[k] for k in before}
    assert grown == {"messages": 4, "ok": 1, "recorded": 1, "replayed": 1, "refused": 1}  # a stranger is of no area
    assert sum(sum(s[k] for k in ("ok", "recorded", "replayed", "refused")) for s in got["series"]) == got["totals"]["messages"]
    assert len(got["series"]) in (24, 25) and got["step_seconds"] == 3600
    now = reader.get("/gateway/monitor?period=hour")["totals"]
    assert {k: now[k] - hour[k] for k in now} == {"messages": 3, "ok": 1, "recorded": 1, "replayed": 0, "refused": 1}
    sign_in = next(t for t in got["transactions"] if t["transaction_no"] == "9001")
    assert sign_in["name"] == "签到" and 0 < sign_in["p50_us"] <= sign_in["p99_us"] <= sign_in["longest_us"]
    assert "not_found" in [c["code"] for c in got["codes"]]
    assert got["providers"][0]["code"] == "H2" and got["providers"][0]["refused"] >= 1
    assert got["slowest"] == sorted(got["slowest"], key=lambda m: -m["duration_us"]) and got["slowest"]
    assert [s["code"] for s in got["silent"]] == ["H3"] and got["silent"][0]["last_at"] is None
    week = reader.get("/gateway/monitor?period=week")
    assert week["totals"] == got["totals"] and len(week["series"]) in (28, 29)
    everywhere = server.user("far", "interface_reader").get("/gateway/monitor?period=day")
    assert everywhere["totals"]["refused"] == got["totals"]["refused"] + 1
    assert "gateway_closed" in [c["code"] for c in everywhere["codes"]]
    assert reader.ask("GET", "/gateway/monitor?period=year").code == "bad_value"


def test_counts_are_there_after_a_restart(server, hospital, reader):
    hospital.person(PEOPLE[0]["id_no"])
    before = reader.get("/gateway/monitor?period=day")["totals"]
    hospital.person(PEOPLE[0]["id_no"])
    server.stop()
    server.start()
    after = server.sign_in("reader").get("/gateway/monitor?period=day")["totals"]
    assert after["ok"] == before["ok"] + 1


# ---- messages ----

def test_a_trace_id_leads_to_the_message_and_what_it_made(server, hospital, operator):
    setl, _, (psn, visit, _) = hospital.outpatient(PEOPLE[1]["id_no"], LINES)
    row = last(operator, f"transaction_no=2207&person_id={psn}")
    assert (row["outcome"], row["result"], row["person_name"]) == ("ok", "ok", "李**")
    found = operator.get(f"/gateway/messages?q={row['trace_id']}")["rows"]
    assert [r["message_id"] for r in found] == [row["message_id"]]
    assert [r["message_id"] for r in operator.get(f"/gateway/messages?q={row['msgid']}")["rows"]] == [row["message_id"]]
    m = operator.get(f"/gateway/messages/{row['message_id']}")
    assert m["settlement_id"] == setl["setl_id"] and m["person_id"] == psn and m["kept_for_repeats"]
    assert m["transaction_name"] == "门诊结算" and m["address"] and m["duration_us"] > 0 and not m["emptied"]
    register = operator.get(f"/gateway/messages/{last(operator, f'transaction_no=2201&person_id={psn}')['message_id']}")
    assert register["visit_id"] == visit and register["settlement_id"] is None
    refused = hospital.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "350902199901019999"}}, "not_found")
    by_trace = operator.get(f"/gateway/messages?q={refused['error']['trace_id']}")["rows"][0]
    assert by_trace["outcome"] == "not_found" and by_trace["result"] == "refused"
    assert operator.get("/gateway/messages?result=refused&from=2000-01-01&until=2099-01-01")["rows"][0]["result"] == "refused"
    assert operator.get("/gateway/messages?q=nothing")["rows"] == []


def test_bodies_are_masked_and_unmasking_needs_a_right_and_a_reason(server, hospital, operator, reader):
    who = PEOPLE[2]
    hospital.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": who["id_no"], "psn_name": "张冠戴"}},
                     "id_mismatch")
    message_id = last(reader)["message_id"]
    m = reader.get(f"/gateway/messages/{message_id}")
    shown = json.dumps(m, ensure_ascii=False)
    assert who["id_no"] not in shown and "张冠戴" not in shown and "王医生" not in shown and m["masked"]
    request, answer = json.loads(m["request"]), json.loads(m["answer"])
    assert request["input"]["data"]["mdtrt_cert_no"] == who["id_no"][:4] + "*" * 10 + who["id_no"][-4:]
    assert request["input"]["data"]["psn_name"] == "张**" and request["opter_name"] == "王**"
    assert "张**" in answer["err_msg"] and answer["error"]["received"] == "张**"
    hospital.person(who["id_no"])
    found = reader.get(f"/gateway/messages/{last(reader)['message_id']}")
    info = json.loads(found["answer"])["output"]["baseinfo"]
    assert info["psn_name"] == "王**" and info["certno"].count("*") == 10 and who["id_no"] not in json.dumps(found)
    assert reader.ask("POST", f"/gateway/messages/{message_id}/unmask", {"reason": "核对"}).code == "no_right"
    assert operator.ask("POST", f"/gateway/messages/{message_id}/unmask", {"reason": ""}).code == "missing_field"
    full = operator.post(f"/gateway/messages/{message_id}/unmask", {"reason": "机构来电核对"})
    assert json.loads(full["request"])["input"]["data"]["mdtrt_cert_no"] == who["id_no"] and not full["masked"]
    audit = server.admin("audit")
    line = audit.get("/audit?action=message.unmask")["rows"][0]
    assert line["detail"]["reason"] == "机构来电核对" and line["object"] == f"message {message_id}" and line["login"] == "operator"
    assert audit.get(f"/audit?action=message.read&object=message%20{message_id}")["total"] == 1


def test_no_member_that_tells_who_somebody_is_is_forgotten():
    table = (ROOT / "src/service/messages/personal.tbl.h").read_text(encoding="utf-8")
    masked = set(re.findall(r'^PERSONAL\("(\w+)", \w+\)', table, re.M))
    with open(ROOT / "packs/common/gateway/fields.csv", encoding="utf-8") as f:
        fields = {row["field"].replace("_", "").lower() for row in csv.DictReader(f)}
    telling = re.compile(r"(tel|addr|certno|idcard|idno|mobile|phone|psnname|patnname|drname|(dor|oper|opter|er)name|sscno|pic|brdy|birthday|doc)$")
    # of things, not of persons
    things = {"elecbillsetlertificateno", "fixmedinsname", "splername", "prodentpname", "manufacturername", "insutypepic"}
    left = {f for f in fields if telling.search(f)} - masked - things
    assert left == set(), sorted(left)


def test_findings_and_repeats(hospital, reader):
    msgid = hospital.msgid()
    data = {"data": {"psn_no": "1", "insutype": "999", "begntime": "2024-05-01 08:30:00", "mdtrt_cert_type": "02",
                     "mdtrt_cert_no": "x", "ipt_otp_no": "Z" * 40}}
    for _ in range(2):
        hospital.say("2201", data, msgid)
    rows = reader.get(f"/gateway/messages?q={msgid}")["rows"]
    assert len(rows) == 2
    m = reader.get(f"/gateway/messages/{rows[0]['message_id']}")
    assert [s["message_id"] for s in m["same_msgid"]] == [rows[1]["message_id"]]
    codes = {(f["code"], f["field"]) for f in m["findings"]}
    assert ("unknown_word", "input.data.insutype") in codes and ("missing_field", "input.data.psn_cert_type") in codes
    assert ("too_long", "input.data.ipt_otp_no") in codes  # all of them, not only the first


def test_others_messages_are_not_there(server, hospital, reader):
    hospital.person(PEOPLE[0]["id_no"])
    message_id = last(reader)["message_id"]
    of_h3 = server.user("office3", "hospital", provider=provider(reader, "H3"))
    assert of_h3.get("/gateway/messages")["rows"] == []
    assert of_h3.ask("GET", f"/gateway/messages/{message_id}").code == "not_found"
    elsewhere = server.user("elsewhere", "interface_reader", area="350921")
    assert elsewhere.ask("GET", f"/gateway/messages/{message_id}").code == "not_found"
    assert elsewhere.get("/gateway/monitor")["totals"]["messages"] == 0
    assert [r["code"] for r in elsewhere.get("/gateway/access")["rows"]] == ["H3"]
    clerk = server.user("counter", "clerk")
    for path in ("monitor", "messages", f"messages/{message_id}", "statements", "access"):
        assert clerk.ask("GET", f"/gateway/{path}").code == "no_right"


# ---- comparisons ----

def upload(hospital, text):
    import base64
    content = base64.b64encode(text.encode()).decode()
    return hospital.do("9101", {"fsUploadIn": {"in": content, "filename": "s.txt", "fixmedins_code": hospital.code}})["file_qury_no"]


def test_comparisons_are_kept_side_by_side_and_resolved(server, hospital, operator, reader):
    setl, _, _ = hospital.outpatient(PEOPLE[0]["id_no"], LINES)
    sums = {"medfee_sumamt": "1.00", "fund_pay_sumamt": "0", "acct_pay": "0", "fixmedins_setl_cnt": "1"}
    got = hospital.do("3201", {"data": {**DAYS, "insutype": "390", "clr_type": "11", "setl_optins": "350900", **sums}})
    assert got["stmtinfo"]["stmt_rslt"] == "1"
    mine = provider(reader, "H2")
    kept = reader.get(f"/gateway/statements?provider_id={mine}&transaction_no=3201")["rows"][0]
    assert (kept["state"], kept["theirs_total"], kept["theirs_count"], kept["differences"]) == ("open", "1.00", 1, 1)
    ours = reader.get(f"/gateway/totals?provider_id={mine}&from=2000-01-01&until=2099-12-31")["rows"]
    outpatient = next(r for r in ours if r["clr_type"] == "11" and r["scheme"] == "resident")
    assert (outpatient["total"], outpatient["fund"], outpatient["count"]) == (kept["ours_total"], kept["ours_fund"], kept["ours_count"])
    # the same question again, with the right sums: the open one is out of date
    sums = {"medfee_sumamt": kept["ours_total"], "fund_pay_sumamt": kept["ours_fund"], "acct_pay": kept["ours_account"],
            "fixmedins_setl_cnt": str(kept["ours_count"])}
    hospital.do("3201", {"data": {**DAYS, "insutype": "390", "clr_type": "11", "setl_optins": "350900", **sums}})
    assert [s["state"] for s in reader.get(f"/gateway/statements?provider_id={mine}&transaction_no=3201")["rows"]] == \
        ["equal", "superseded"]

    rows = f"{setl['setl_id']}\tV1\tP1\t999.99\t0.00\t0.00\t0\nGHOST\tV2\tP2\t5.00\t3.00\t0.00\t0\n"
    hospital.do("3202", {"data": {**DAYS, "clr_type": "11", "file_qury_no": upload(hospital, rows), "setl_optins": "350900"}})
    s = reader.get(f"/gateway/statements?provider_id={mine}&transaction_no=3202")["rows"][0]
    assert s["state"] == "open" and s["theirs_total"] == "1004.99" and s["unresolved"] == s["differences"] >= 2
    path = f"/gateway/statements/{s['statement_id']}/differences"
    d = {r["reference"]: r for r in reader.get(path + "?limit=500")["rows"]}
    assert d["GHOST"]["kind"] == "only_there" and (d["GHOST"]["theirs_fund"], d["GHOST"]["ours_fund"]) == ("3.00", "0.00")
    same = d[setl["setl_id"]]
    assert same["kind"] == "amounts" and same["settlement_id"] == setl["setl_id"] and same["theirs_total"] == "999.99"
    assert same["ours_total"] == f"{float(setl['medfee_sumamt']):.2f}" and same["person_name"] == "张**"

    body = {"resolution": "missing_here", "note": "机构测试数据，已删除"}
    assert reader.ask("PATCH", f"{path}/{d['GHOST']['line']}", body).code == "no_right"
    assert operator.ask("PATCH", f"{path}/{d['GHOST']['line']}", {"resolution": "magic", "note": "xx"}).code == "bad_value"
    assert operator.ask("PATCH", f"{path}/{d['GHOST']['line']}", {"resolution": "other", "note": ""}).code == "missing_field"
    assert operator.ask("PATCH", f"{path}/9999", body).code == "not_found"
    for r in d.values():
        operator.patch(f"{path}/{r['line']}", body)
    s = reader.get(f"/gateway/statements?statement_id={s['statement_id']}")["rows"][0]
    assert (s["state"], s["unresolved"]) == ("resolved", 0)
    done = reader.get(path + "?resolution=missing_here")["rows"][0]
    assert done["note"] == body["note"] and done["resolved_by"] and done["resolved_at"]
    operator.patch(f"{path}/{done['line']}", {"resolution": "", "note": "再查"})
    s = reader.get(f"/gateway/statements?statement_id={s['statement_id']}")["rows"][0]
    assert (s["state"], s["unresolved"]) == ("open", 1)
    audit = server.admin("audit")
    assert audit.get("/audit?action=statement.resolve")["total"] == len(d) and audit.get("/audit?action=statement.reopen")["total"] == 1
    sheet = operator.ask("GET", path + "?format=xlsx")
    assert sheet.status == 200 and sheet.body[:2] == b"PK"
    text = operator.ask("GET", path + "?format=csv").body.decode("utf-8-sig")
    assert "GHOST" in text and "机构测试数据" in text


def test_a_settlement_taken_back_later_is_marked(hospital, reader):
    setl, _, (psn, visit, _) = hospital.outpatient(PEOPLE[1]["id_no"], LINES)
    hospital.do("3202", {"data": {**DAYS, "file_qury_no": upload(hospital, f"{setl['setl_id']}\tV\tP\t1.00\t0\t0\t0\n"),
                                  "setl_optins": "350900"}})
    s = reader.get("/gateway/statements?transaction_no=3202")["rows"][0]
    path = f"/gateway/statements/{s['statement_id']}/differences?limit=500"
    row = next(r for r in reader.get(path)["rows"] if r["reference"] == setl["setl_id"])
    assert not row["reversed_now"]
    hospital.do("2208", {"data": {"psn_no": psn, "mdtrt_id": visit, "setl_id": setl["setl_id"]}})
    row = next(r for r in reader.get(path)["rows"] if r["reference"] == setl["setl_id"])
    assert row["reversed_now"]


# ---- who may come ----

def x_tif(secret):
    def headers(body):
        at, nonce = str(int(time.time())), "n1"
        return {"x-tif-paasid": "key3", "x-tif-timestamp": at, "x-tif-nonce": nonce,
                "x-tif-signature": hashlib.sha256((at + secret + nonce + at).encode()).hexdigest()}
    return headers


def taken_up():
    """An access that was read a moment ago is not read again."""
    time.sleep(0.3)


def test_access_and_keys(server, operator, reader):
    h3 = provider(reader, "H3")
    path = f"/gateway/access/{h3}"
    got = reader.get(path)
    columns = {c["name"]: c for c in got["columns"]}
    assert got["admitted"] and not got["has_key"] and "secret" not in columns
    assert [c["word"] for c in columns["verify"]["choices"]] == ["off", "lenient", "strict"]
    assert reader.ask("PUT", path, {"verify": "strict"}).code == "no_right"
    assert operator.ask("PUT", path, {"secret": "mine"}).code == "unknown_field"
    assert operator.ask("PUT", path, {"verify": "sometimes"}).code in ("bad_value", "unknown_word")
    changed = operator.put(path, {"signature": "x-tif", "verify": "strict", "access_key": "key3"})
    assert {c["name"]: c["value"] for c in changed["columns"]}["state"] == "open"
    first = operator.post(path + "/key", {}, 201)["secret"]
    assert len(first) == 48 and first not in json.dumps(reader.get(path)) and reader.get(path)["has_key"]
    sign = {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}}
    taken_up()
    Hospital(server, "H3", x_tif(first)).do("9001", sign)
    Hospital(server, "H3", x_tif("wrong")).refused("9001", sign, "bad_signature")
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    assert operator.ask("POST", path + "/key", {"old_until": "2020-01-01"}).code == "bad_date"
    second = operator.post(path + "/key", {"old_until": today}, 201)
    assert second["old_until"] and second["secret"] != first
    taken_up()
    for secret in (first, second["secret"]):
        Hospital(server, "H3", x_tif(secret)).do("9001", sign)
        told = Hospital(server, "H3", x_tif(secret)).do("GJ02", {"data": {}})["signatures"]
        mine = next(s for s in told if s["kind"] == "x-tif")
        assert mine["signature_fits"] and mine["cause"] == "" and mine["old_secret"] == (secret == first)
    assert operator.ask("DELETE", path + "/key/old").json["old_until"] is None
    taken_up()
    Hospital(server, "H3", x_tif(first)).refused("9001", sign, "bad_signature")
    Hospital(server, "H3", x_tif(second["secret"])).do("9001", sign)
    operator.put(path, {"state": "closed"})
    taken_up()
    Hospital(server, "H3", x_tif(second["secret"])).refused("9001", sign, "gateway_closed")
    h9 = provider(reader, "H9")
    assert not reader.get(f"/gateway/access/{h9}")["admitted"]
    assert operator.ask("PUT", f"/gateway/access/{h9}", {"verify": "off"}).code == "missing_field"
    assert operator.put(f"/gateway/access/{h9}", {"state": "open"})["admitted"]
    audit = server.admin("audit")
    actions = [r["action"] for r in audit.get(f"/audit?object=provider%20{h3}&limit=50")["rows"]]
    assert actions.count("gateway.key") == 2 and actions.count("gateway.key_end") == 1 and actions.count("gateway.change") == 2


# ---- tidying ----

def sql(server, text):
    if POSTGRES:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", server.database], input=text, text=True, check=True)
        return
    with sqlite3.connect(server.database, timeout=30) as db:
        db.executescript(text)


def test_old_bodies_are_emptied_and_repeats_still_answered(server, hospital, reader):
    msgid = hospital.msgid()
    sign = {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}}
    body = json.dumps(hospital.envelope("9001", sign, msgid)).encode()
    first = hospital.post("/gateway", body)[2]
    hospital.person(PEOPLE[0]["id_no"])
    looked_up, signed = last(reader, "transaction_no=1101"), last(reader, "transaction_no=9001")
    assert server.cli("tidy", "--message-days", "1") == "0 messages were emptied, 0 sums by hour or day dropped\n"  # none is old enough
    sql(server, "update gateway_message set received_at = received_at - 3 * 86400000")
    assert int(server.cli("tidy", "--message-days", "2").split()[0]) > 2
    assert server.cli("tidy", "--message-days", "2") == "0 messages were emptied, 0 sums by hour or day dropped\n"
    m = reader.get(f"/gateway/messages/{looked_up['message_id']}")
    assert m["emptied"] and m["request"] == m["answer"] == "" and m["outcome"] == "ok" and m["findings"] == []
    kept = reader.get(f"/gateway/messages/{signed['message_id']}")
    assert kept["emptied"] and kept["request"] == "" and kept["answer_bytes"] > 0
    status, headers, again = hospital.post("/gateway", body)
    assert again == first and headers["Idempotent-Replay"] == "true"
    assert hospital.post("/gateway", body.replace(b'"mac": "m"', b'"mac": "n"'))[2] != first
