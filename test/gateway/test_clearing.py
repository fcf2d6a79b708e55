"""Clearing between pooling areas: a month's statements, made where people were treated, confirmed and paid where they are insured, and
what a provider applies for (3203, 3204). The stays are those of test_cross_area.py: 1,800.00 for who is filed, 1,200.00 for who is not.
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from gateway.test_cross_area import STAY, check_fails, sql_write, stay  # noqa: E402
from support.areas import check, fill, packs_of, sql  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = {
    "甲": {"area": "350902", "filing": [("filed", "2023-01-01", "")]},
    "乙": {"area": "350902"},
    "丙": {"area": "350902", "filing": [("filed", "2023-01-01", "")]},
    "丁": {"area": "130802", "filing": [("filed", "2023-01-01", "")]},
}
MONTH, LATER = "2024-05", "2024-06"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(packs=packs_of(tmp_path_factory.mktemp("areas"))) as s:
        fill(s, PEOPLE)
        admit(s, "C3,open", "N3,open")
        yield s


def backdate(server, month):
    """What was booked today is booked in that month: the clock cannot be turned back, so the rows are."""
    today = "(select max(booked_on) from cross_settlement)"
    sql_write(server, f"update journal_entry set booked_on = '{month}-20' where booked_on = {today}")
    sql_write(server, f"update cross_settlement set booked_on = '{month}-20', month = '{month}' where booked_on = {today}")


@pytest.fixture(scope="module")
def booked(server):
    """Three stays of Ningde's people in Chengde and one the other way in May; in June one of the three is taken back."""
    c3, n3 = Hospital(server, "C3"), Hospital(server, "N3")
    c3.sign_in()
    n3.sign_in()
    import gateway.test_cross_area as stays
    stays.PEOPLE.update(PEOPLE)
    assert [stay(c3, name)[0]["fund_pay_sumamt"] for name in ("甲", "乙")] == [1800.0, 1200.0]
    third, undo = stay(c3, "丙")
    assert third["fund_pay_sumamt"] == 1800.0
    back = stay(n3, "丁")[0]["fund_pay_sumamt"]
    backdate(server, MONTH)
    c3.do("2305", undo)
    backdate(server, LATER)
    return {"c3": c3, "other": f"{back:.2f}"}


@pytest.fixture(scope="module")
def who(server, booked):
    return {"cd_finance": server.user("cd_finance", "finance", area="130800"),
            "cd_super": server.user("cd_super", "supervisor", area="130800"),
            "nd_finance": server.user("nd_finance", "finance", area="350900"),
            "nd_super": server.user("nd_super", "supervisor", area="350900"),
            "both": server.user("both", "finance", "supervisor"),
            "third": server.user("third", "finance", area="620000"),
            "clerk": server.user("clerk_c", "clerk", area="130800")}


def make(client, month=MONTH, pool="130800"):
    return client.ask("POST", "/clearing/statements", {"month": month, "treatment_pool": pool})


def test_what_is_due_is_seen_before_any_statement(who, booked):
    rows = who["nd_finance"].get("/clearing/months?month=" + MONTH)["rows"]
    assert [(r["insured_pool"], r["treatment_pool"], r["scheme"], r["visits"], r["due"], r["state"]) for r in rows] == [
        ("350900", "130800", "resident", 3, "4800.00", "booked"), ("130800", "350900", "resident", 1, booked["other"], "booked")]
    june = who["cd_finance"].get("/clearing/months?month=" + LATER)["rows"]
    assert [(r["visits"], r["reversals"], r["due"]) for r in june] == [(0, 1, "-1800.00")]
    assert who["third"].get("/clearing/months")["rows"] == []
    assert who["clerk"].ask("GET", "/clearing/months").code == "no_right"
    each = who["cd_finance"].get(f"/clearing/settlements?month={MONTH}&treatment_pool=130800")["rows"]
    assert sorted(r["fund"] for r in each) == ["1200.00", "1800.00", "1800.00"] and {r["route"] for r in each} == {"filed", "unfiled"}


def test_a_statement_is_made_confirmed_and_paid_each_by_another(server, who):
    import datetime
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y-%m")
    for month, pool, code, field in ((today, "130800", "bad_value", "month"), ("2024-13", "130800", "bad_value", "month"),
                                     (MONTH, "130802", "bad_value", "treatment_pool"), (MONTH, "350900", "no_right", None)):
        answer = make(who["cd_finance"], month, pool)
        assert answer.code == code and answer.json["error"].get("field") == field, answer.json
    made = make(who["cd_finance"])
    assert made.status == 201 and len(made.json["made"]) == 1
    assert make(who["cd_finance"]).json == {"made": []}
    at = "/clearing/statements/" + made.json["made"][0]
    s = who["nd_super"].get(at)
    assert (s["state"], s["visits"], s["reversals"], s["total"], s["fund"], s["account"], s["due"]) == (
        "made", 3, 0, "13890.00", "4800.00", "0.00", "4800.00")
    assert s["settings"] == [{"visit_kind": "inpatient", "visits": 3, "reversals": 0, "total": "13890.00", "fund": "4800.00",
                              "account": "0.00"}]
    assert s["funds"] == [{"fund": "hifp_pay", "amount": "4800.00"}] and s["may"] == ["confirm"]
    assert who["cd_finance"].get(at)["may"] == ["withdraw"]
    assert who["third"].ask("GET", at).status == 404
    # in order, by the right side, by who may
    assert who["nd_finance"].ask("POST", at + "/pay", {"reference": "B1"}).code == "not_open"
    assert who["cd_super"].ask("POST", at + "/confirm").code == "no_right"
    assert who["nd_finance"].ask("POST", at + "/confirm").code == "no_right"
    confirmed = who["nd_super"].post(at + "/confirm")
    assert confirmed["state"] == "confirmed" and confirmed["may"] == []
    assert who["nd_super"].ask("POST", at + "/confirm").code == "not_open"
    assert who["cd_finance"].ask("POST", at + "/withdraw", {"reason": "x"}).code == "not_open"
    assert who["cd_finance"].ask("POST", at + "/pay", {"reference": "B1"}).code == "no_right"
    assert who["nd_finance"].ask("POST", at + "/pay", {}).code == "missing_field"
    paid = who["nd_finance"].post(at + "/pay", {"reference": "BANK-20240620-1"})
    assert (paid["state"], paid["reference"], paid["made_by_name"], paid["confirmed_by_name"], paid["paid_by_name"]) == (
        "paid", "BANK-20240620-1", "cd_finance", "nd_super", "nd_finance")
    assert sorted(sql(server, "select area_code, other_area, debit, credit, amount_fen from clearing_entry")) == [
        ("130800", "350900", "bank", "due_from_area", "480000"), ("350900", "130800", "due_to_area", "bank", "480000")]
    assert "nothing is wrong" in check(server)


def test_nobody_confirms_what_he_made_and_what_is_withdrawn_is_made_again(who):
    made = make(who["both"], LATER).json["made"]
    at = "/clearing/statements/" + made[0]
    assert who["both"].ask("POST", at + "/confirm").code == "same_person"
    assert who["both"].post(at + "/withdraw", {"reason": "too early"})["state"] == "withdrawn"
    again = make(who["cd_finance"], LATER).json["made"]
    assert len(again) == 1 and again != made
    june = who["nd_super"].get("/clearing/statements/" + again[0])
    assert (june["visits"], june["reversals"], june["due"]) == (0, 1, "-1800.00")  # May stays as it was
    at = "/clearing/statements/" + again[0]
    who["both"].post(at + "/confirm")
    assert who["both"].ask("POST", at + "/pay", {"reference": "B2"}).code == "same_person"


def test_lists_go_to_excel(who):
    answer = who["cd_finance"].ask("GET", "/clearing/statements?format=xlsx")
    assert answer.status == 200 and answer.body[:2] == b"PK"
    csv = who["cd_finance"].ask("GET", f"/clearing/statements?format=csv&month={MONTH}").body.decode("utf-8-sig")
    assert "4800.00" in csv and "已拨付" in csv and "承德市" in csv


def test_a_statement_that_was_changed_is_found(server, who):
    sql_write(server, "update clearing_line set fund_fen = fund_fen + 1 where kind = 'fund' and fund_fen = 480000")
    assert "WRONG clearing" in check_fails(server)
    sql_write(server, "update clearing_line set fund_fen = fund_fen - 1 where kind = 'fund' and fund_fen = 480001")
    sql_write(server, "update clearing_entry set amount_fen = amount_fen + 1 where debit = 'due_to_area'")
    assert "WRONG clearing" in check_fails(server)
    sql_write(server, "update clearing_entry set amount_fen = amount_fen - 1 where debit = 'due_to_area'")
    assert "nothing is wrong" in check(server)


# ---- 3203, 3204 ----

def test_a_paper_claim_is_not_the_hospitals(server, who, booked):
    """The office paid the person: the hospital's system can neither take it back nor finds it in its totals."""
    c3 = booked["c3"]
    office, second = server.user("cd_paper", "clerk", area="130800"), server.user("cd_paper2", "supervisor", area="130800")
    provider = next(r["provider_id"] for r in office.get("/providers?limit=100")["rows"] if r["code"] == "C3")
    person = c3.person(PEOPLE["丁"]["id_no"])["baseinfo"]["psn_no"]
    bill = {"person_id": person, "provider_id": provider, "channel": "manual", "bill_no": "paper 1",
            "visit": {"kind": "inpatient", "date": "2024-05-10", "admit_date": "2024-05-01"},
            "lines": [{"code": "A1", "quantity": 10, "unit_price": 300.0}]}
    asked = office.post("/settlements", bill, 202, {"Idempotency-Key": "paper-1"})
    done = second.post(f"/approvals/{asked['approval_id']}/approve", {"note": ""})
    settlement = done["settlement"]["settlements"][0]["settlement_id"]
    c3.refused("2305", {"data": {"setl_id": settlement, "mdtrt_id": "1", "psn_no": person}}, "no_right")
    assert sql(server, f"select count(*) from settlement where settlement_id = {settlement} and state = 'settled'") == [("1",)]
    assert "nothing is wrong" in check(server)


def test_a_providers_user_sees_its_own_settlements_only(server, who):
    provider = next(r["provider_id"] for r in who["cd_finance"].get("/providers?limit=100")["rows"] if r["code"] == "C1")
    inside = server.user("c1_finance", "finance", area="130800", provider=provider)
    for path in ("months", "statements", "settlements"):
        assert who["cd_finance"].get("/clearing/" + path)["rows"]
        assert inside.get("/clearing/" + path)["rows"] == []


def test_a_provider_applies_for_its_month(who, booked):
    # two stays stand, the third was taken back: 2 x 4630.00 in all, funds 1800.00 + 1200.00, the rest in cash
    c3 = booked["c3"]
    body = {"data": {"clr_type": "21", "clr_way": "1", "setlym": "202405", "psntime": 2, "medfee_sumamt": 9260.0, "med_sumfee": 9260.0,
                     "fund_appy_sum": 3000.0, "cash_payamt": 6260.0, "acct_pay": 0, "begndate": "2024-05-01", "enddate": "2099-12-31"}}
    answer = c3.say("3203", body)
    assert str(answer["infcode"]) == "0" and not answer["warn_msg"], answer
    event = answer["output"]["result"]["clr_appy_evt_id"]
    c3.refused("3203", body, "exists", "input.data.setlym")
    body["data"]["setlym"] = "202406"  # another month, but the same days
    c3.refused("3203", body, "exists", "input.data.setlym")
    body["data"]["setlym"] = "202405"
    c3.do("3204", {"data": {"clr_appy_evt_id": event}})
    c3.refused("3204", {"data": {"clr_appy_evt_id": event}}, "not_open", "input.data.clr_appy_evt_id")
    body["data"]["fund_appy_sum"] = 3000.01
    differs = c3.say("3203", body)
    assert str(differs["infcode"]) == "0" and differs["warn_msg"].startswith("[differs]") and "3000.00" in differs["warn_msg"]
    body["data"]["setlym"] = "202413"
    c3.refused("3203", body, "bad_value", "input.data.setlym")
    rows = who["cd_finance"].get("/clearing/applications?sort=made_at")["rows"]
    assert [(r["state"], r["agrees"], r["visits"], r["own_visits"], r["fund"], r["own_fund"]) for r in rows] == [
        ("withdrawn", True, 2, 2, "3000.00", "3000.00"), ("applied", False, 2, 2, "3000.01", "3000.00")]
    assert who["nd_finance"].get("/clearing/applications")["rows"] == []
