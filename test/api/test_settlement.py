"""Bills through a running server: from the counter's request to the printed sheet, and back.

covers: R006 R023 R037 R157 R200
"""
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import Area, fill  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [
    {"name": "张三丰", "category": [("dibao", "2024-01-01", "2024-06-30")]},
    {"name": "李四"},
    {"name": "王小明", "disease": [("gout", "2023-01-01", "2024-02-29")]},
    {"name": "赵六"},
    {"name": "钱七"},
    {"name": "孙八", "county": "350921"},
    {"name": "周九"},
]
ONE_STOP = [{"code": "A1", "amount": "40000"}, {"code": "B1", "amount": 5000, "quantity": 500}, {"code": "C1", "amount": 800}]


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        yield s


@pytest.fixture(scope="module")
def clerk(server):
    return server.user("clerk1", "clerk")


@pytest.fixture(scope="module")
def checker(server):
    return server.user("checker1", "supervisor")


@pytest.fixture(scope="module")
def area(clerk):
    a = Area(clerk)
    a.people = {p["name"]: a.person(p["id_no"]) for p in PEOPLE}
    return a


KEYS = iter(range(1, 10**6))


def bill(area, name, date="2024-05-01", lines=ONE_STOP, provider="H2", kind="inpatient", **more):
    visit = {"kind": kind, "date": date, **more.pop("visit", {})}
    return {"person_id": area.people[name], "provider_id": area.provider[provider], "visit": visit, "lines": lines, **more}


def settle(client, body, status=201, key=None):
    return client.post("/settlements", body, status, {"Idempotency-Key": key or f"key {next(KEYS)}"})


def test_one_stop_one_window_one_bill(clerk, area):
    preview = clerk.post("/settlements/preview?lang=en", bill(area, "张三丰"))["settlements"][0]
    got = settle(clerk, bill(area, "张三丰"))["settlements"][0]
    assert preview["settlement_id"] is None and got["settlement_id"]
    funds = {f["payer"]: f["amount"] for f in got["funds"]}
    # class B is 10.00 a box, below the limit of 12.50: scope 40000 + 5000 x 80 %
    assert funds == {"pool": "32625.00", "catastrophic": "2518.75", "assistance": "6642.19"}
    assert (got["total"], got["fund_total"], got["cash"]) == ("45800.00", "41785.94", "4014.06")
    assert preview["cash"] == got["cash"] and preview["layers"] == got["layers"]
    shown = clerk.get(f"/settlements/{got['settlement_id']}?lang=en")["settlements"][0]
    assert shown["layers"] == got["layers"] and shown["lines"] == got["lines"] and shown["waterfall"]
    assert "medical assistance: 8856.25 yuan at 75% are 6642.19 yuan." in " ".join(s["text"] for s in shown["explain"])
    bars = shown["waterfall"]
    taken = sum(fen(b["amount"]) for b in bars[1:] if not b["personal"] and b["key"] != "cash")
    assert fen(bars[0]["amount"]) - taken == fen(shown["cash"])


def fen(text):
    return round(float(text) * 100)


def test_flag_and_recognition_of_the_day_of_service_decide(clerk, area):
    other = settle(clerk, bill(area, "王小明", "2024-05-01"))["settlements"][0]
    assert other["cash"] == "13175.00"  # nobody's category
    late = clerk.ask("POST", "/settlements/preview", bill(area, "王小明", "2024-03-01", kind="chronic", visit={"disease": "gout"}))
    assert (late.status, late.code) == (422, "not_recognised")
    assert "2024-02-29" in late.json["error"]["message"]
    settled = settle(clerk, bill(area, "王小明", "2024-02-29", kind="chronic", visit={"disease": "gout"}))["settlements"][0]
    assert settled["disease"] == "gout"
    assert other["disease"] == ""
    read = clerk.get(f"/settlements/{settled['settlement_id']}")["settlements"][0]
    assert read["disease"] == "gout"


def test_agreement_of_the_day_decides(clerk, area):
    clerk.post("/settlements/preview", bill(area, "李四", "2024-03-31", provider="H9"))
    refused = clerk.ask("POST", "/settlements/preview", bill(area, "李四", "2024-04-01", provider="H9"))
    assert (refused.status, refused.code) == (422, "no_agreement")
    assert "suspended" in refused.json["error"]["message"]


def test_a_repeated_request_is_one_settlement(clerk, area):
    body = bill(area, "赵六", bill_no="repeated")
    answers = []

    def send():
        answers.append(clerk.ask("POST", "/settlements", body, {"Idempotency-Key": "again"}))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [a.status for a in answers] == [201] * 5
    assert len({a.json["settlements"][0]["settlement_id"] for a in answers}) == 1
    assert sum(a.headers.get("Idempotent-Replay") == "true" for a in answers) == 4
    other = clerk.ask("POST", "/settlements", bill(area, "赵六"), {"Idempotency-Key": "again"})
    assert (other.status, other.code) == (409, "idempotency_mismatch")
    twice = clerk.ask("POST", "/settlements", body, {"Idempotency-Key": "another key"})
    assert (twice.status, twice.code) == (409, "exists")
    without = clerk.ask("POST", "/settlements", body)
    assert (without.status, without.code, without.json["error"]["field"]) == (400, "missing_field", "Idempotency-Key")


def test_class_and_limit_come_from_the_catalogue(clerk, area):
    lines = [{"code": "B1", "quantity": 2, "unit_price": "14.80"}]
    line = clerk.post("/settlements/preview", bill(area, "李四", lines=lines))["settlements"][0]["lines"][0]
    assert (line["class"], line["amount"], line["over_limit"], line["pay_first"], line["in_scope"]) == (
        "B", "29.60", "4.60", "5.00", "20.00")
    unknown = clerk.ask("POST", "/settlements/preview", bill(area, "李四", lines=[{"code": "??", "amount": 1}]))
    assert (unknown.code, unknown.json["error"]["field"]) == ("not_in_catalogue", "lines[1].code")
    written = clerk.ask("POST", "/settlements/preview", bill(area, "李四", lines=[{"code": "B1", "amount": 1, "class": "A"}]))
    assert (written.status, written.json["error"]["right"]) == (403, "settlement.override")


def test_what_the_office_knows_no_provider_says(server, area):
    """A deductible waived, a second stay that was the first: the fund would pay for somebody's word."""
    client = server.user("desk9", "clerk")
    plain = client.post("/settlements/preview", bill(area, "孙八"))["settlements"][0]["fund_total"]
    for field, value in (("nth_stay", 5), ("nth_stay_at_level", 5), ("prev_deductible", "900"), ("deductible_override", "0"),
                         ("waive_deductible", True)):
        refused = client.ask("POST", "/settlements/preview", bill(area, "孙八", visit={field: value}))
        assert (refused.status, refused.json["error"]["right"], refused.json["error"]["field"]) == (
            403, "settlement.override", f"visit.{field}")
    alone = client.ask("POST", "/settlements", bill(area, "孙八", visit={"stay_part": 2}), {"Idempotency-Key": "part without first"})
    assert (alone.status, alone.json["error"]["field"]) == (400, "visit.stay_part")
    late = client.ask("POST", "/settlements/preview", bill(area, "孙八", lines=[{"code": "A1", "amount": 1, "date": "2024-05-02"}]))
    assert (late.status, late.json["error"]["field"]) == (400, "lines[1].date")
    for on, status in (("2024-04-30", 200), ("2024-02-03", 200), ("2024-01-31", 400), ("2023-05-01", 400)):  # admitted on 2024-05-01
        early = client.ask("POST", "/settlements/preview", bill(area, "孙八", "2024-05-10", visit={"admit_date": "2024-05-01"},
                                                                lines=[{"code": "A1", "amount": 1, "date": on}]))
        assert early.status == status, on
        if status == 400:
            assert (early.code, early.json["error"]["field"]) == ("bad_date", "lines[1].date")
    assert client.post("/settlements/preview", bill(area, "孙八"))["settlements"][0]["fund_total"] == plain


def test_taking_back_needs_a_second_person_and_moves_later_bills(clerk, checker, area):
    first = settle(clerk, bill(area, "钱七", "2024-05-01"))["settlements"][0]
    later = settle(clerk, bill(area, "钱七", "2024-05-20"))["settlements"][0]
    asked = clerk.post(f"/settlements/{first['settlement_id']}/reverse", {"reason": "重复录入"}, 202)
    path = f"/approvals/{asked['approval_id']}"
    assert clerk.get(path)["state"] == "open"
    own = clerk.ask("POST", path + "/approve", {"note": ""})
    assert own.status == 403
    done = checker.post(path + "/approve", {"note": "属实"})
    assert done["state"] == "approved" and done["result_id"]
    assert clerk.get(f"/settlements/{first['settlement_id']}")["settlements"][0]["state"] == "reversed"
    assert clerk.get(f"/settlements/{later['settlement_id']}")["settlements"][0]["state"] == "reversed"
    rows = clerk.get(f"/settlements?person_id={area.people['钱七']}&state=settled&kind=settle")["rows"]
    assert [(r["cash"], r["total"]) for r in rows] == [(first["cash"], first["total"])]  # what was second is first now
    again = checker.ask("POST", path + "/approve", {"note": ""})
    assert (again.status, again.code) == (409, "not_open")


def test_ones_own_of_the_day_is_taken_back_at_once(clerk, area):
    got = settle(clerk, bill(area, "孙八"))["settlements"][0]
    back = clerk.post(f"/settlements/{got['settlement_id']}/reverse", {"reason": "录错"}, 200)["settlements"][0]
    assert back["kind"] == "reverse" and back["total"] == "-45800.00" and back["reverses_id"] == got["settlement_id"]
    again = clerk.ask("POST", f"/settlements/{got['settlement_id']}/reverse", {"reason": "录错"})
    assert (again.status, again.code) == (409, "already_reversed")


def test_some_lines_are_refunded(clerk, checker, area):
    got = settle(clerk, bill(area, "李四", "2024-06-01"))["settlements"][0]
    asked = clerk.post(f"/settlements/{got['settlement_id']}/refund",
                       {"reason": "退药", "lines": [{"line_no": 2, "quantity": "250"}]}, 202)
    done = checker.post(f"/approvals/{asked['approval_id']}/approve", {"note": ""})
    left = done["settlement"]["settlements"][0]
    assert (left["total"], left["replaces_id"]) == ("43300.00", got["settlement_id"])
    for lines, field in (([{"line_no": 2, "quantity": "251"}], "lines[2].quantity"), ([{"line_no": 9, "quantity": "1"}], "lines")):
        refused = clerk.ask("POST", f"/settlements/{left['settlement_id']}/refund", {"reason": "退药", "lines": lines})
        assert (refused.status, refused.json["error"]["field"]) == (400, field)  # nobody is asked to approve it


def test_a_late_paper_claim_waits_for_a_second_person(clerk, checker, area):
    body = bill(area, "李四", "2024-02-01", provider="H9", channel="manual", bill_no="纸质 1")
    asked = settle(clerk, body, 202, "paper 1")
    again = clerk.ask("POST", "/settlements", body, {"Idempotency-Key": "paper 1"})
    assert (again.status, again.json, again.headers.get("Idempotent-Replay")) == (202, asked, "true")
    unnumbered = clerk.ask("POST", "/settlements", {k: v for k, v in body.items() if k != "bill_no"}, {"Idempotency-Key": "paper 2"})
    assert (unnumbered.status, unnumbered.json["error"]["field"]) == (400, "bill_no")
    shown = checker.get(f"/approvals/{asked['approval_id']}")
    assert shown["kind"] == "manual" and shown["settlement"]["settlements"][0]["settlement_id"] is None
    done = checker.post(f"/approvals/{asked['approval_id']}/approve", {"note": ""})
    assert done["settlement"]["settlements"][0]["channel"] == "manual"


def test_interim_bills_of_one_stay_take_its_deductible_once(clerk, area):
    def interim(date, amount):
        return settle(clerk, bill(area, "周九", date, [{"code": "A1", "amount": amount}], visit={"visit_no": "stay 1", "admit_date": "2024-05-01"}))

    first, second = interim("2024-05-10", 300)["settlements"][0], interim("2024-05-20", 20000)["settlements"][0]
    assert (first["deductible"], second["deductible"]) == ("300.00", "200.00")  # 500 of a level 2 hospital
    assert first["visit_no"] == second["visit_no"]
    other = settle(clerk, bill(area, "周九", "2024-06-20", [{"code": "A1", "amount": 20000}], visit={"admit_date": "2024-06-01"}))
    assert fen(other["settlements"][0]["deductible"]) > 0


def test_the_printed_sheet(clerk, area, tmp_path):
    rows = clerk.get(f"/settlements?person_id={area.people['张三丰']}")["rows"]
    for lang, word, size in (("zh", "医疗救助", "a4"), ("en", "medical assistance", "a4"), ("zh", "4,014.06", "a5")):
        answer = clerk.ask("GET", f"/settlements/{rows[0]['settlement_id']}/pdf?lang={lang}&size={size}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pdf")
        file = tmp_path / "bill.pdf"
        file.write_bytes(answer.body)
        text = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
        assert word in text and "张三丰" not in text  # masked


def test_what_another_area_or_hospital_may_see(server, clerk, area):
    got = settle(clerk, bill(area, "孙八", "2024-07-01", provider="H3"))["settlements"][0]
    county = server.user("county1", "clerk", area="350902")
    assert county.ask("GET", f"/settlements/{got['settlement_id']}").status == 404
    assert county.ask("POST", "/settlements/preview", bill(area, "孙八")).code == "no_right"
    hospital = server.user("hospital1", "hospital", provider=area.provider["H2"])
    assert hospital.ask("GET", f"/settlements/{got['settlement_id']}").status == 404
    assert hospital.ask("POST", "/settlements/preview", bill(area, "李四", provider="H3")).code == "no_right"
    hospital.post("/settlements/preview", bill(area, "李四", provider="H2", channel="hospital"))


def test_the_calculator_is_open_to_everybody(server):
    areas = server.nobody.get("/public/areas")["rows"]
    assert {"area_code": "350900", "name": "宁德市", "pack_id": "ningde"}.items() <= next(
        a for a in areas if a["pack_id"] == "ningde").items()
    words = server.nobody.get("/public/choices?area_code=350900")["facts"]
    assert {"l2", "l3"} <= {w["word"] for w in words["level"]}
    person = {"scheme": "resident", "status": "resident", "categories": ["dibao"]}
    ask = {"person": person, "provider": {"level": "l2"}, "visit": {"kind": "inpatient", "date": "2024-05-01"},
           "lines": [{"class": "A", "amount": 40000}, {"class": "B", "amount": 5000, "pay_first": "20%"}, {"class": "C", "amount": 800}]}
    got = server.nobody.post("/public/calculate?area_code=350900&lang=en", ask)["settlements"][0]
    assert (got["cash"], got["fund_total"]) == ("4014.06", "41785.94") and len(got["waterfall"]) > 4
    ask["provider"]["level"] = "l3"
    assert fen(server.nobody.post("/public/calculate?area_code=350900", ask)["settlements"][0]["cash"]) > 401406
    ask["visit"]["kind"] = "nonsense"
    assert server.nobody.ask("POST", "/public/calculate?area_code=350900", ask).code == "unknown_word"
    assert "起付线" in server.nobody.get("/public/policies?area_code=350900&lang=zh")["rows"][0]["text"]


def test_class_and_price_of_an_item_for_everybody(server):
    rows = server.nobody.get("/public/items?q=B1&area_code=350900")["rows"]
    assert [(r["item_class"], r["price"], r["limit"], r["pay_first"]) for r in rows] == [("B", "14.80", "12.50", "20%")]
    assert server.nobody.get("/public/items?q=AMXL&area_code=350900")["rows"][0]["item_code"] == "B1"
    assert server.nobody.get("/public/items?q=N1&area_code=350900")["rows"][0]["item_class"] is None


def test_policies_can_be_read_and_compared(clerk):
    rows = clerk.get("/policies?area_code=350900")["rows"]
    used = next(r for r in rows if r["scheme"] == "resident")
    assert used["used"] is True and next(r for r in rows if r["scheme"] == "employee")["used"] is False
    text = clerk.get(f"/policies/ningde/{used['policy_id']}/{used['from_on']}?lang=en")
    pool = next(x for x in text["layers"] if x["layer"] == "pool")
    assert any("deductible" in line for line in pool["text"]) and text["sources"]
    chengde = [r for r in clerk.get("/policies?area_code=130800")["rows"]]
    by_id = {}
    for r in chengde:
        by_id.setdefault(r["policy_id"], []).append(r["from_on"])
    policy, days = next((p, d) for p, d in by_id.items() if len(d) > 1)
    found = clerk.get(f"/policies/compare?pack_id=chengde&policy_id={policy}&a={days[0]}&b={days[1]}")["rows"]
    assert found and all(r["path"] for r in found)
    assert clerk.get(f"/policies/compare?pack_id=chengde&policy_id={policy}&a={days[0]}&b={days[0]}")["rows"] == []


def test_afterwards_everything_is_in_order(server, clerk):
    auditor = server.admin("audit")
    assert auditor.get("/audit/verify")["ok"] is True
    out = server.cli("check", "--packs", str(server.packs))
    assert "nothing is wrong" in out
    if "://" not in server.database:
        copy = f"{server.folder.name}/copy.db"
        assert "verified" in server.cli("backup", "--out", copy)
        assert "is there already" in server.cli("backup", "--out", copy, status=1)


def test_every_look_at_a_person_leaves_a_line(server, clerk, checker, area):
    """SECURITY D1: who looked, at whom; before he is answered."""
    person = area.people["周九"]
    got = settle(clerk, bill(area, "周九"))["settlements"][0]
    sid = got["settlement_id"]
    waiting = clerk.post(f"/settlements/{sid}/refund", {"reason": "退药", "lines": [{"line_no": 2, "quantity": "1"}]}, 202)
    auditor = server.admin("audit")

    def lines(action):
        return auditor.get(f"/audit?action={action}&login={clerk.get('/session')['user']['login']}&limit=500")["rows"]

    looks = [
        ("person.read", lambda: clerk.get(f"/persons/{person}"), person),
        ("settlement.read", lambda: clerk.get(f"/settlements/{sid}"), person),
        ("settlement.preview", lambda: clerk.post("/settlements/preview", bill(area, "周九")), person),
        ("settlement.print", lambda: clerk.ask("GET", f"/settlements/{sid}/pdf"), person),
        ("approval.read", lambda: clerk.get(f"/approvals/{waiting['approval_id']}"), person),
        ("list.read", lambda: clerk.get("/persons?q=周九"), None),
        ("list.read", lambda: clerk.get(f"/persons/{person}/settlements"), person),
        ("list.read", lambda: clerk.get("/settlements"), None),
        ("list.read", lambda: clerk.get("/approvals"), None),
    ]
    for action, look, whom in looks:
        before = len(lines(action))
        look()
        after = lines(action)
        assert len(after) == before + 1, action
        assert (after[0]["person_id"], after[0]["outcome"]) == (whom, "ok"), action
    clerk.post(f"/approvals/{waiting['approval_id']}/withdraw", {})
    assert auditor.get("/audit/verify")["ok"] is True


def test_a_hospital_sees_no_approval_but_its_own(server, clerk, area):
    got = settle(clerk, bill(area, "周九", "2024-07-01"))["settlements"][0]
    waiting = clerk.post(f"/settlements/{got['settlement_id']}/refund", {"reason": "退药", "lines": [{"line_no": 2, "quantity": "1"}]}, 202)
    path = f"/approvals/{waiting['approval_id']}"
    for name, provider in (("hospital7", "H9"), ("hospital8", "H2")):
        hospital = server.user(name, "hospital", "head", "supervisor", provider=area.provider[provider])
        assert hospital.get("/approvals")["rows"] == []
        assert hospital.ask("GET", path).status == 404
        assert hospital.ask("POST", path + "/approve", {"note": ""}).status in (403, 404)
    assert clerk.get(path)["state"] == "open"
    clerk.post(path + "/withdraw", {})
