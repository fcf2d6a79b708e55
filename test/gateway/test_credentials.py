"""With what people showed who they are at each step of their care: e-voucher, cards, nothing.

covers: R248
"""
import datetime
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.hospital import Hospital, SERIAL, admit  # noqa: E402
from support.server import Server  # noqa: E402
import test_prescription as rx  # noqa: E402
from test_monitor import provider, sql  # noqa: E402

PEOPLE = rx.PEOPLE + [{"name": n, "scheme": "employee", "status": "active"} for n in ("王五", "赵六", "孙七")]
LINES = [("A1", 2, 30.0), ("B1", 3, 14.8)]
MONTH = rx.TODAY[:7]
SIGN = {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}}


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        rx.load(s, "credentials", f"id_no,kind,number,serial,state,until_on\n{PEOPLE[0]['id_no']},token,TOKEN-1,,valid,\n")
        admit(s, "H2,open", "H3,open")
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


@pytest.fixture(scope="module")
def reader(server):
    return server.user("reader", "interface_reader", area="350900")


def figures(client, query=""):
    got = client.get(f"/gateway/credentials?month={MONTH}{query}")
    return {(s["transaction_no"], c["credential"]): c["messages"] for s in got["steps"] for c in s["credentials"]}


class Counted:
    """What the figures have more at the end."""

    def __init__(self, client):
        self.client, self.more = client, {}

    def __enter__(self):
        self.before = figures(self.client)
        return self

    def __exit__(self, *_):
        after = figures(self.client)
        self.more = {k: n - self.before.get(k, 0) for k, n in after.items() if n != self.before.get(k, 0)}


def identify(h, kind, number, who, **more):
    return h.do("1101", {"data": {"mdtrt_cert_type": kind, "mdtrt_cert_no": number, "certno": PEOPLE[who]["id_no"], **more}})["baseinfo"]["psn_no"]


def register(h, psn, kind, number="x", msgid=None):
    return h.do("2201", {"data": {"psn_no": psn, "insutype": "310", "begntime": f"{rx.TODAY} 08:30:00", "mdtrt_cert_type": kind, "mdtrt_cert_no": number,
                                  "ipt_otp_no": f"OP{next(SERIAL)}"}}, msgid)["data"]["mdtrt_id"]


def treat(h, psn, visit, **settled_with):
    h.inform(psn, visit, on=rx.TODAY)
    rows = h.rows(psn, visit, LINES, f"B{next(SERIAL)}", rx.TODAY)
    h.do("2204", {"feedetail": rows})
    body = h.bill(psn, visit, rows, "310", **settled_with)
    h.do("2206", body)
    return h.do("2207", body)["setlinfo"]


def test_an_e_voucher_goes_with_its_visit_through_all_steps(hospital, reader):
    with Counted(reader) as c:
        psn = identify(hospital, "01", "TOKEN-1", 0)
        visit = register(hospital, psn, "01", "TOKEN-1")
        # neither the items nor this settlement say anything themselves
        treat(hospital, psn, visit, mdtrt_cert_type="", mdtrt_cert_no="")
    assert c.more == {("1101", "01"): 1, ("2201", "01"): 1, ("2204", "01"): 1, ("2206", "01"): 1, ("2207", "01"): 1}


def test_a_step_counts_by_its_own_credential_where_it_has_one(hospital, reader):
    with Counted(reader) as c:
        psn = identify(hospital, "02", PEOPLE[1]["id_no"], 1)
        treat(hospital, psn, register(hospital, psn, "02"), mdtrt_cert_type="03", mdtrt_cert_no="CARD")
    assert c.more == {("1101", "02"): 1, ("2201", "02"): 1, ("2204", "02"): 1, ("2206", "03"): 1, ("2207", "03"): 1}


def test_a_stay_without_any_and_a_kind_that_nobody_knows(hospital, reader):
    with Counted(reader) as c:
        psn = identify(hospital, "03", "CARD", 2)
        visit = hospital.admit(psn, "310", rx.TODAY, mdtrt_cert_type="")
        rows = hospital.rows(psn, visit, LINES, on=rx.TODAY)
        hospital.do("2301", {"feedetail": rows})
        hospital.discharge(psn, visit, rx.TODAY, "310")
        hospital.do("2304", hospital.bill(psn, visit, rows, "310", "21", mdtrt_cert_type="02"))
        register(hospital, identify(hospital, "03", "CARD", 3), "77")
    assert c.more == {("1101", "03"): 2, ("2401", "none"): 1, ("2301", "none"): 1, ("2402", "none"): 1, ("2304", "02"): 1, ("2201", "other"): 1}


def test_a_prescription_and_a_purchase(hospital, reader):
    with Counted(reader) as c:
        hospital.do("7101", rx.written(hospital, 1, mdtrtCertType="01", mdtrtCertNo="SHOWN"))
        psn = identify(hospital, "02", PEOPLE[4]["id_no"], 4)
        bill = rx.bill(psn, {"hiRxno": "R1"}, flag="0")
        bill["druginfo"]["mdtrt_cert_type"] = "01"
        hospital.do("2101", bill)
        hospital.do("2102", bill)
    assert c.more == {("1101", "02"): 2, ("2201", "02"): 1, ("7101", "01"): 1, ("2101", "01"): 1, ("2102", "01"): 1}


def test_only_what_was_done_counts_and_repeats_do_not(hospital, reader):
    psn = identify(hospital, "02", PEOPLE[1]["id_no"], 1)
    with Counted(reader) as c:
        msgid = hospital.msgid()
        body = json.dumps(hospital.envelope("2201", {"data": {"psn_no": psn, "insutype": "310", "begntime": f"{rx.TODAY} 08:30:00", "mdtrt_cert_type": "01",
                                                              "mdtrt_cert_no": "x", "ipt_otp_no": "R"}}, msgid)).encode()
        assert hospital.post("/gateway", body)[2] == hospital.post("/gateway", body)[2] == hospital.post("/gateway", body)[2]
        hospital.refused("1101", {"data": {"mdtrt_cert_type": "01", "mdtrt_cert_no": "STRANGE"}}, "unknown_credential")
        hospital.refused("2201", {"data": {"psn_no": psn, "insutype": "999", "begntime": rx.TODAY, "mdtrt_cert_type": "01"}}, "unknown_word")
        hospital.do("9001", SIGN)  # no step of care
        hospital.do("4301", {"data": {"mdtrt_sn": "1", "dr_name": "王主任"}})
    assert c.more == {("2201", "01"): 1}


def test_shares_and_the_list_say_the_same(server, hospital, reader):
    got = reader.get(f"/gateway/credentials?month={MONTH}")
    assert got == reader.get("/gateway/credentials")  # this month, unless another one is asked for
    assert [s["transaction_no"] for s in got["steps"]] == sorted(s["transaction_no"] for s in got["steps"])
    step = {s["transaction_no"]: s for s in got["steps"]}
    assert (step["2201"]["name"], step["2201"]["step"], step["2304"]["step"], step["7101"]["step"]) == ("门诊挂号", "register", "settle", "prescription")
    for s in got["steps"]:
        assert s["messages"] == sum(c["messages"] for c in s["credentials"]) and abs(sum(float(c["share"]) for c in s["credentials"]) - 1) < 0.0005
        vouchers = sum(c["messages"] for c in s["credentials"] if c["credential"] == "01")
        assert abs(float(s["e_voucher_share"]) - vouchers / s["messages"]) <= 0.00005
    assert step["2207"]["credentials"] == [{"credential": "01", "messages": 1, "share": "0.50"}, {"credential": "03", "messages": 1, "share": "0.50"}]
    assert got["messages"] == sum(s["messages"] for s in got["steps"])
    rows = reader.get(f"/gateway/credentials/days?month={MONTH}&limit=500")["rows"]
    assert {(r["transaction_no"], r["credential"]): r["messages"] for r in rows if r["provider_name"] == "第二医院"} == figures(reader)
    assert {r["counted_on"] for r in rows} <= {rx.TODAY, (datetime.date.fromisoformat(rx.TODAY) + datetime.timedelta(days=1)).isoformat()}

    def having(query):
        return {(r["transaction_no"], r["credential"]) for r in reader.get(f"/gateway/credentials/days?{query}")["rows"]}
    assert having("step=settle") == {("2207", "01"), ("2207", "03"), ("2304", "02")}
    assert having("credential=other") == {("2201", "other")} and having("transaction_no=2207&credential=03") == {("2207", "03")}
    assert having("month=2020-01") == set() and having(f"provider_id={provider(reader, 'H3')}") == set()
    shares = {r["credential"]: r["share"] for r in reader.get("/gateway/credentials/days?transaction_no=2207")["rows"]}
    assert shares == {"01": "0.50", "03": "0.50"}
    head = server.user("head", "supervisor", area="350900")
    text = head.ask("GET", "/gateway/credentials/days?format=csv&step=settle").body.decode("utf-8-sig")
    assert "凭证" in text and "2304" in text and "1101" not in text
    assert reader.ask("GET", "/gateway/credentials?month=2026-13").code == "bad_value"
    assert reader.ask("GET", "/gateway/credentials?provider_id=x").code == "bad_value"


def test_whose_figures_are_seen(server, hospital, reader):
    h3 = Hospital(server, "H3")
    identify(h3, "01", "TOKEN-1", 0)
    at = {code: provider(reader, code) for code in ("H2", "H3")}
    assert figures(reader, f"&provider_id={at['H3']}") == {("1101", "01"): 1}
    of_h3 = server.user("office3", "hospital", provider=at["H3"])
    assert figures(of_h3) == {("1101", "01"): 1} and figures(of_h3, f"&provider_id={at['H2']}") == {}
    assert [r["provider_name"] for r in of_h3.get("/gateway/credentials/days")["rows"]] == ["第三医院"]
    elsewhere = server.user("elsewhere", "interface_reader", area="350921")  # where H3 lies
    assert figures(elsewhere) == {("1101", "01"): 1} and elsewhere.get("/gateway/credentials/days")["total"] == 1
    clerk = server.user("counter", "clerk")
    assert clerk.ask("GET", "/gateway/credentials").code == clerk.ask("GET", "/gateway/credentials/days").code == "no_right"


def test_they_are_there_after_a_restart_and_go_when_they_are_old(server, hospital, reader):
    before = figures(reader)
    identify(hospital, "01", "TOKEN-1", 0)
    server.stop()
    server.start()
    after = figures(server.sign_in("reader"))
    assert after == {**before, ("1101", "01"): before[("1101", "01")] + 1}
    days = server.sign_in("reader").get("/gateway/credentials/days")["total"]
    sql(server, "update credential_day set counted_on = '2020-01-31' where transaction_no = '2207'")
    assert server.cli("tidy", "--count-days", "1000") == "0 messages were emptied, 2 sums by hour or day dropped\n"
    assert server.sign_in("reader").get("/gateway/credentials/days")["total"] == days - 2
