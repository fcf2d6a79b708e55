"""Settled, submitted, cleared: every settlement of a provider is in exactly one of these, and each step is proved by gongji check.

covers: R088
"""
import datetime
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import Area, fill  # noqa: E402
from support.areas import check, sql  # noqa: E402
from support.hospital import Hospital, admit, fen  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [{"name": n, "scheme": "employee", "status": "active"} for n in ("张三丰", "李四", "王五")]
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
MONTH = (TODAY.replace(day=1) - datetime.timedelta(days=1)).isoformat()[:7]


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open")
        yield s


@pytest.fixture(scope="module")
def area(server):
    return Area(server.user("zhao", "clerk"))


@pytest.fixture(scope="module")
def finance(server):
    return server.user("qian", "finance")


@pytest.fixture(scope="module")
def office(server, area):
    return server.user("sun", "hospital", provider=area.provider["H2"])


def long_ago(server, settlement_id):
    """As if it had been settled in the middle of last month."""
    ms = int(datetime.datetime.fromisoformat(f"{MONTH}-15T04:00:00+00:00").timestamp() * 1000)
    run = f"update settlement set settled_at = {ms} where settlement_id = {settlement_id}"
    if server.database.startswith("postgres"):
        import subprocess
        subprocess.run(["psql", "-q", server.database, "-c", run], check=True)
    else:
        import sqlite3
        with sqlite3.connect(server.database, timeout=30) as db:
            db.execute(run)


def settle(server, n, code="H2", price=1000, ago=True):
    info, _, (psn, visit, _) = Hospital(server, code).outpatient(PEOPLE[n]["id_no"], [("A1", 2, price), ("B1", 1, 14.8)], "310", "2024-05-02")
    if ago:
        long_ago(server, info["setl_id"])
    return info, psn, visit


def states(client, **asked):
    rows = client.get("/submissions/settlements?limit=500&" + "&".join(f"{k}={v}" for k, v in asked.items()))["rows"]
    return {r["settlement_id"]: (r["state"], r["submission_id"]) for r in rows}


def submit(client, status=201, **body):
    return client.post("/submissions", {"month": MONTH, **body}, status)


def due_of(rows):
    return sum(fen(i["fund_pay_sumamt"]) + fen(i["acct_pay"]) for i in rows)


def test_each_settlement_is_in_one_state_from_the_counter_to_the_bank(server, area, office, finance):
    """covers: R088"""
    a, b = settle(server, 0), settle(server, 1, price=3000)
    back = Hospital(server).do("2208", {"data": {"setl_id": b[0]["setl_id"], "mdtrt_id": b[2], "psn_no": b[1]}})["setlinfo"]
    long_ago(server, back["setl_id"])
    later, other = settle(server, 0, ago=False), settle(server, 2, "H3")
    ids = [a[0]["setl_id"], b[0]["setl_id"], back["setl_id"]]
    assert {s for s, _ in states(finance).values()} == {"waiting"}
    # a month that is not over, a month without anything, somebody else's
    got = office.post("/submissions", {"month": TODAY.isoformat()[:7]}, 400)["error"]
    assert (got["code"], got["expected"]) == ("bad_value", "a month that is over")
    assert office.post("/submissions", {"month": "2020-02"}, 422)["error"]["code"] == "no_items"
    assert office.post("/submissions", {"month": "2020-13"}, 400)["error"]["field"] == "month"
    submit(office, 404, provider_id=area.provider["H3"])
    submit(finance, 403)
    made = submit(office)
    assert (made["state"], made["settlements"], made["provider_name"], made["receipts"]) == ("submitted", 3, "第二医院", [])
    assert fen(made["due"]) == due_of([a[0]]) > 0 and fen(made["total"]) == fen(a[0]["medfee_sumamt"])
    where = states(finance)
    assert {where[i] for i in ids} == {("submitted", made["submission_id"])}
    assert where[later[0]["setl_id"]] == where[other[0]["setl_id"]] == ("waiting", None)
    assert set(states(finance, state="submitted")) == set(ids) == set(states(finance, submission_id=made["submission_id"]))
    # twice is refused, by whoever
    assert submit(office, 409)["error"]["code"] == "exists"
    assert submit(area.client, 409, provider_id=area.provider["H2"])["error"]["code"] == "exists"
    # cleared by finance, exactly
    path = f"/submissions/{made['submission_id']}"
    office.post(f"{path}/clear", {"amount": made["due"], "reference": "BK1"}, 403)
    got = finance.post(f"{path}/clear", {"amount": "1.00", "reference": "BK1"}, 422)["error"]
    assert (got["code"], got["field"], got["expected"]) == ("amount_mismatch", "amount", made["due"])
    finance.post(f"{path}/clear", {"amount": "x", "reference": "BK1"}, 400)
    finance.post(f"{path}/clear", {"amount": made["due"], "reference": ""}, 400)
    done = finance.post(f"{path}/clear", {"amount": made["due"], "reference": "BK1"})
    assert (done["state"], done["cleared_by_name"], [r["amount"] for r in done["receipts"]]) == ("cleared", "qian", [made["due"]])
    assert {states(finance)[i] for i in ids} == {("cleared", made["submission_id"])}
    assert finance.post(f"{path}/clear", {"amount": made["due"], "reference": "BK2"}, 409)["error"]["code"] == "not_open"
    office.post(f"{path}/withdraw", {"reason": "报错了"}, 409)
    check(server)
    # undone by the opposite, then withdrawn: they wait again, and can be submitted again
    again = finance.post(f"{path}/reopen", {"reason": "银行退回"})
    assert [r["amount"] for r in again["receipts"]] == [made["due"], "-" + made["due"]] and again["state"] == "submitted"
    assert office.post(f"{path}/withdraw", {"reason": "重新申报"})["state"] == "withdrawn"
    assert {states(finance)[i] for i in ids} == {("waiting", None)}
    second = submit(office)
    assert second["settlements"] == 3 and second["submission_id"] != made["submission_id"]
    rows = finance.get(f"/submissions?month={MONTH}")["rows"]
    assert [(r["state"], r["settlements"], r["due"]) for r in rows] == [("submitted", 3, made["due"]), ("withdrawn", 3, made["due"])]
    check(server)


def test_who_submits_does_not_clear(server, area, finance):
    both = server.user("li", "clerk", "finance")
    made = submit(both, provider_id=area.provider["H3"])
    got = both.post(f"/submissions/{made['submission_id']}/clear", {"amount": made["due"], "reference": "BK9"}, 403)["error"]
    assert got["code"] == "same_person"
    finance.post(f"/submissions/{made['submission_id']}/clear", {"amount": made["due"], "reference": "BK9"})


def test_others_do_not_see_it(server, area, office, finance):
    (h3,) = [r for r in finance.get("/submissions")["rows"] if r["provider_name"] != "第二医院"]
    office.get(f"/submissions/{h3['submission_id']}", 404)
    assert {r["provider_name"] for r in office.get("/submissions")["rows"]} == {"第二医院"}
    assert {r["provider_name"] for r in office.get("/submissions/settlements")["rows"]} == {"第二医院"}
    county = server.user("wu", "finance", area="350902")
    county.get(f"/submissions/{h3['submission_id']}", 404)
    county.post(f"/submissions/{h3['submission_id']}/reopen", {"reason": "别处"}, 404)
    server.user("zheng", "data").get("/submissions", 403)
    csv = finance.ask("GET", "/submissions?format=csv").body.decode("utf-8-sig")
    assert "第三医院" in csv and "已核销" in csv


def test_check_finds_sums_and_states_that_were_changed(server, finance):
    """A row that somebody changes by hand is found."""
    if server.database.startswith("postgres"):
        pytest.skip("done once, on SQLite")
    import sqlite3
    for change, undo in (("update submission set total_fen = total_fen + 1", "update submission set total_fen = total_fen - 1"),
                         ("update submission_line set fund_fen = fund_fen + 1", "update submission_line set fund_fen = fund_fen - 1"),
                         ("update submission_receipt set amount_fen = amount_fen + 1", "update submission_receipt set amount_fen = amount_fen - 1")):
        with sqlite3.connect(server.database, timeout=30) as db:
            db.execute(change)
        check(server, 3)
        with sqlite3.connect(server.database, timeout=30) as db:
            db.execute(undo)
    check(server)
