"""Persons, providers, items and files through a running server: changes, what they refuse, who may.

covers: R145 R161 R224
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import Area, fill, id_no  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [{"name": "张三丰", "category": [("dibao", "2024-01-01", "2024-06-30")]}, {"name": "李四"}]


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        yield s


@pytest.fixture(scope="module")
def data(server):
    return server.user("data1", "data")


@pytest.fixture(scope="module")
def clerk(server):
    return server.user("clerk1", "clerk")


@pytest.fixture(scope="module")
def zhang(clerk):
    return "/persons/" + Area(clerk).person(PEOPLE[0]["id_no"])


def refused(client, method, path, body, status, code, field=None):
    answer = client.ask(method, path, body)
    assert (answer.status, answer.code) == (status, code), answer.body
    if field is not None:
        assert answer.json["error"]["field"] == field, answer.body
    return answer.json["error"]


def test_a_person_complete_and_masked(clerk, zhang):
    p = clerk.get(zhang)
    assert p["name"] == "张**" and p["id_no"].startswith("3509") and "*" in p["id_no"]
    assert p["scheme"] == "resident" and p["birth_on"] == "1980-02-03"
    assert p["covers"] == [{"scheme": "resident", "status": "resident", "from_on": "2020-01-01", "until_on": "", "facts": {}}]
    assert p["flags"] == [{"kind": "category", "value": "dibao", "from_on": "2024-01-01", "until_on": "2024-06-30", "note": ""}]
    assert p["accounts"] == {} and p["accumulators"] == [] and p["household_id"] is None
    refused(clerk, "GET", "/persons/1", None, 404, "not_found")


def test_accumulators_are_told_with_their_names(server, clerk, zhang):
    area = Area(clerk)
    body = {"person_id": zhang.rsplit("/", 1)[1], "provider_id": area.provider["H2"],
            "visit": {"kind": "inpatient", "date": "2024-05-01"}, "lines": [{"code": "A1", "amount": "40000"}]}
    clerk.post("/settlements", body, 201, {"Idempotency-Key": "one"})
    by_name = {a["name"]: a for a in clerk.get(zhang)["accumulators"]}
    assert by_name["stays"]["value"] == "1" and by_name["stays"]["is_money"] is False
    assert by_name["pool"]["value"] == "29625.00" and by_name["pool"]["en"] == "pool fund paid in the year"
    assert by_name["pool"]["year"] == 2024


def test_an_identity_in_full_needs_a_reason_and_is_logged(server, clerk, zhang):
    refused(clerk, "POST", zhang + "/unmask", {"reason": "x"}, 400, "bad_value", "reason")
    refused(clerk, "POST", zhang + "/unmask", {}, 400, "missing_field", "reason")
    refused(server.user("finance1", "finance"), "POST", zhang + "/unmask", {"reason": "核对"}, 403, "no_right")
    assert clerk.post(zhang + "/unmask", {"reason": "核对身份"})["name"] == "张三丰"
    audit = server.first_sign_in("audit", server.passwords["audit"])
    rows = [r for r in audit.get("/audit?action=person.unmask")["rows"] if r["outcome"] == "ok"]
    assert len(rows) == 1 and rows[0]["detail"] == {"reason": "核对身份"} and rows[0]["login"] == "clerk1"


def test_adding_and_changing_a_person(data, clerk):
    number = id_no("350921", "1999-12-31", 777)
    new = {"area_code": "350921", "id_no": number, "name": "周小川", "phone": "13900001234", "household_id": "42"}
    refused(clerk, "POST", "/persons", new, 403, "no_right")
    refused(data, "POST", "/persons", {**new, "id_no": number[:-1] + ("1" if number[-1] != "1" else "2")}, 400, "bad_id_no", "id_no")
    refused(data, "POST", "/persons", {**new, "sex": "female"}, 422, "id_mismatch", "sex")
    refused(data, "POST", "/persons", {**new, "area_code": "990000"}, 422, "unknown_reference", "area_code")
    refused(data, "POST", "/persons", {**new, "initials": "X"}, 400, "unknown_field", "initials")
    got = data.post("/persons", new, 201)
    assert got["sex"] == "male" and got["birth_on"] == "1999-12-31" and got["household_id"] == "42"
    refused(data, "POST", "/persons", new, 409, "exists")
    path = "/persons/" + got["person_id"]
    assert data.get("/persons?q=ZXC")["rows"][0]["person_id"] == got["person_id"]
    assert data.patch(path, {"name": "周大川"})["phone"] == "139****1234"
    assert data.get("/persons?q=ZDC")["total"] == 1
    refused(data, "PATCH", path, {"birth_on": "1999-12-30"}, 422, "id_mismatch", "birth_on")
    refused(data, "PATCH", path, {"death_on": "1990-01-01"}, 400, "bad_date", "death_on")
    refused(data, "PATCH", path, {"id_no": number}, 400, "unknown_field", "id_no")
    refused(data, "PATCH", "/persons/12345", {"name": "无"}, 404, "not_found")


def test_a_household_belongs_to_one_city(data):
    for code, name, level, parent in (("350200", "厦门市", "city", "35"), ("350203", "思明区", "county", "350200")):
        data.ask("POST", "/import/areas", f"area_code,name,level,parent_code\n{code},{name},{level},{parent}\n".encode(), {"Content-Type": "text/csv"})
    one = {"area_code": "350921", "id_no": id_no("350921", "1980-12-31", 701), "name": "甲", "household_id": "4300"}
    data.post("/persons", one, 201)
    data.post("/persons", {**one, "area_code": "350902", "id_no": id_no("350921", "1981-12-31", 702)}, 201)
    other = {**one, "area_code": "350203", "id_no": id_no("350203", "1980-12-31", 703)}
    refused(data, "POST", "/persons", other, 409, "exists", "household_id")
    got = data.post("/persons", {**other, "household_id": "350200004300"}, 201)
    path = "/persons/" + got["person_id"]
    refused(data, "PATCH", path, {"household_id": "4300"}, 409, "exists", "household_id")
    data.patch(path, {"household_id": "350200004301"})


def test_covers_do_not_overlap(data, zhang):
    path = zhang + "/covers"
    refused(data, "POST", path, {"scheme": "employee", "from_on": "2025-01-01"}, 422, "overlapping_period", "from_on")
    refused(data, "POST", path, {"scheme": "gold", "from_on": "2025-01-01"}, 400, "unknown_word", "scheme")
    refused(data, "POST", path, {"scheme": "resident", "from_on": "2020-01-01", "until_on": "2019-01-01"}, 400, "bad_date", "until_on")
    data.post(path, {"scheme": "resident", "from_on": "2020-01-01", "until_on": "2025-12-31"})
    got = data.post(path, {"scheme": "employee", "status": "active", "from_on": "2026-01-01", "facts": {"civil_rank": "staff", "insured_months": 3}})
    assert [c["scheme"] for c in got["covers"]] == ["employee", "resident"]
    assert got["covers"][0]["facts"] == {"civil_rank": "staff", "insured_months": 3}
    got = data.post(path, {"scheme": "employee", "from_on": "2026-01-01", "until_on": "2026-06-30"})
    assert got["covers"][0]["facts"] == {"civil_rank": "staff", "insured_months": 3} and got["covers"][0]["status"] == "active"
    refused(data, "POST", path, {"scheme": "employee", "from_on": "2026-01-01", "facts": {"rank": "x"}}, 400, "unknown_field", "rank")


def test_flags_begin_and_end(data, zhang):
    path = zhang + "/flags"
    flag = {"kind": "disease", "value": "gout", "from_on": "2025-03-01", "note": "三院"}
    assert flag["value"] in [f["value"] for f in data.post(path, flag)["flags"]]
    refused(data, "POST", path, flag, 409, "exists")
    refused(data, "POST", path, {**flag, "from_on": "2025-04-01"}, 422, "overlapping_period", "from_on")
    refused(data, "POST", path, {"kind": "category", "value": "rich", "from_on": "2025-01-01"}, 400, "unknown_word", "value")
    end = {k: flag[k] for k in ("kind", "value", "from_on")}
    got = data.patch(path, {**end, "until_on": "2025-12-31"})
    assert [(f["until_on"], f["note"]) for f in got["flags"] if f["value"] == "gout"] == [("2025-12-31", "三院")]
    refused(data, "PATCH", path, {**end, "from_on": "2024-01-01", "until_on": "2024-02-01"}, 404, "not_found")


def test_providers_and_agreements(data, clerk):
    new = {"code": "H77", "name": "和安医院", "area_code": "350902", "kind": "hospital", "level": "l2", "tags": ["tcm", "children"]}
    refused(clerk, "POST", "/providers", new, 403, "no_right")
    refused(data, "POST", "/providers", {**new, "level": "l9"}, 400, "unknown_word", "level")
    refused(data, "POST", "/providers", {**new, "tags": ["a|b"]}, 400, "bad_value", "tags")
    got = data.post("/providers", new, 201)
    assert got["tags"] == ["tcm", "children"] and got["agreements"] == [] and got["agreement_state"] == ""
    path = "/providers/" + got["provider_id"]
    refused(data, "POST", "/providers", new, 409, "exists")
    assert data.patch(path, {"level": "l3"})["level"] == "l3"
    data.post(path + "/agreements", {"from_on": "2024-01-01", "state": "signed", "agreement_no": "A1"})
    got = data.post(path + "/agreements", {"from_on": "2025-07-01", "state": "suspended"})
    assert [(a["from_on"], a["until_on"], a["state"]) for a in got["agreements"]] == [
        ("2025-07-01", "", "suspended"), ("2024-01-01", "2025-06-30", "signed")]
    assert got["agreement_state"] == "suspended"
    refused(data, "POST", path + "/agreements", {"from_on": "2025-01-01", "state": "signed"}, 422, "overlapping_period", "from_on")


def test_an_item_with_its_terms(clerk, server):
    item = clerk.get("/items/B1")
    assert item["terms"] == [{"area_code": "350900", "scheme": "", "from_on": "2020-01-01", "until_on": "", "item_class": "B",
                              "pay_first": "20%", "limit": "12.50", "price": "14.80"}]
    assert item["item_class"] is None  # a user of no area
    of_ningde = server.user("clerk2", "clerk", area="350900")
    assert of_ningde.get("/items/B1")["item_class"] == "B"
    refused(clerk, "GET", "/items/none", None, 404, "not_found")


def test_a_file(data, clerk):
    text = "icd_code,name\nE11.900,2型糖尿病\nE11 900,x\n"
    refused(clerk, "POST", "/import/diseases", text, 403, "no_right")
    refused(data, "POST", "/import/people", text, 404, "not_found", "kind")
    refused(data, "POST", "/import/diseases?dry_run=2", text, 400, "bad_value", "dry_run")
    refused(data, "POST", "/import/diseases", "icd,name\n", 400, "unknown_field", "icd")
    for dry_run in (1, 0):
        got = data.post(f"/import/diseases?dry_run={dry_run}", text)
        assert (got["rows"], got["added"], got["wrong"], got["dry_run"]) == (2, 1, 1, bool(dry_run))
        assert got["errors"][0]["line"] == 3 and got["errors"][0]["column"] == "icd_code" and got["errors"][0]["code"] == "bad_value"
    assert data.post("/import/diseases", text)["unchanged"] == 1


def test_a_user_of_one_county_sees_and_changes_only_it(server, data):
    xiapu = server.user("data2", "data", area="350921")
    zhang = "/persons/" + Area(data).person(PEOPLE[0]["id_no"])
    refused(xiapu, "GET", zhang, None, 404, "not_found")
    refused(xiapu, "PATCH", zhang, {"phone": "1"}, 403, "no_right")
    refused(xiapu, "POST", zhang + "/flags", {"kind": "tag", "value": "x", "from_on": "2024-01-01"}, 403, "no_right")
    number = id_no("350902", "1970-01-01", 901)
    refused(xiapu, "POST", "/persons", {"area_code": "350902", "id_no": number, "name": "外县人"}, 403, "no_right", "area_code")


def test_the_chain_of_the_audit_log_is_whole(server):
    assert server.sign_in("audit").get("/audit/verify")["ok"] is True
