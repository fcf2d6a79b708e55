"""Review before and during care: what 3101 and 3102 say, what 3103 keeps, and that none of it touches money.

covers: R153
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.areas import check, fill, packs_of, sql  # noqa: E402
from support.hospital import Hospital, admit, identities  # noqa: E402
from support.server import Server  # noqa: E402

NAMES = ("首诊", "复诊", "住院", "再入", "反馈", "重发", "钱", "本次")
PEOPLE = {name: {"area": "350902"} for name in NAMES}

RULES = """
from: 2020-01-01
sources: {s: {title: 试用规则, grade: M, note: 条文一}}
rules:
"""


def rule(id, kind, handling, more, name="规则"):
    return (f"  - {{id: {id}, kind: {kind}, name: {{zh: {name}, en: Rule}}, say: {{zh: 请核实。, en: Please check.}}, "
            f"handling: {handling}, basis: s, {more}}}\n")


RULES += (rule("SEX", "sex", "refuse", "items: [H1], only: female", "限女性")
          + rule("PRICE", "price", "warn", "items: ['*'], max: catalogue", "超限价")
          + rule("QTY", "quantity", "warn", "items: [B1], days: 7, max: 3", "一周三盒")
          + rule("AGAIN", "repeat", "remind", "items: [A1], days: 0", "同日重复")
          + rule("STAY", "overlap", "warn", "stages: [before, during]", "住院期间")
          + rule("BACK", "readmission", "remind", "days: 15, same_diagnosis: yes", "再入院")
          + rule("LEVEL", "level", "refuse", "items: [H1], levels: [l3], stages: [before]", "限三级"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    packs = packs_of(tmp_path_factory.mktemp("areas"))
    (packs / "review/demo/rules/2026.yaml").write_text(RULES, encoding="utf-8")
    with Server(packs=packs) as s:
        fill(s, PEOPLE)
        admit(s, "N3,open", "N1,open", "C3,open")
        yield s


@pytest.fixture(scope="module")
def big(server):
    h = Hospital(server, "N3")
    h.sign_in()
    return h


@pytest.fixture(scope="module")
def small(server):
    h = Hospital(server, "N1")
    h.sign_in()
    return h


def order(code, count, price, on="2024-05-01", current="1", **more):
    return {"rx_id": f"R{code}{on[-2:]}{current}", "rxno": "1", "long_drord_flag": "0", "hilist_type": "101", "chrg_type": "09",
            "drord_bhvr": "0", "hilist_code": code, "hilist_name": "", "hilist_lv": "02", "hilist_pric": price, "hosplist_code": "L" + code,
            "hosplist_name": "本院名", "cnt": count, "pric": price, "sumamt": f"{count * price:.2f}", "ownpay_amt": 0, "selfpay_amt": 0,
            "spec": "1", "spec_unt": "盒", "drord_begn_date": f"{on} 09:00:00", "drord_dept_codg": "A50", "drord_dept_name": "内科",
            "drord_dr_codg": "D7", "drord_dr_name": "赵医生", "drord_dr_profttl": "231", "curr_drord_flag": current, **more}


def asked(orders, patient="his-1", visit="his-visit-1", sex="1", born="1980-02-03", med_type="11", on="2024-05-01", dx="I10.x00", **data):
    return {"data": {"patient_dtos": [{
        "patn_id": patient, "patn_name": "某人", "gend": sex, "brdy": born, "poolarea": "350900", "curr_mdtrt_id": visit,
        "fsi_encounter_dtos": [{
            "mdtrt_id": visit, "medins_id": "N3", "medins_name": "宁德三级医院", "medins_admdvs": "350902", "medins_type": "1",
            "medins_lv": "2", "adm_date": f"{on} 08:00:00", "dscg_date": "", "dscg_main_dise_codg": dx, "dscg_main_dise_name": "病",
            "dr_codg": "D7", "adm_dept_codg": "A50", "adm_dept_name": "内科", "dscg_dept_codg": "", "dscg_dept_name": "",
            "med_mdtrt_type": "1", "med_type": med_type, "matn_stas": "0", "medfee_sumamt": 0, "ownpay_amt": 0, "selfpay_amt": 0,
            "setl_totlnum": 1, "insutype": "390", "reim_flag": "2", "out_setl_flag": "0",
            "fsi_diagnose_dtos": [{"dise_id": "1", "inout_dise_type": "1", "maindise_flag": "1", "dias_srt_no": "1", "dise_codg": dx,
                                   "dise_name": "病", "dise_date": f"{on} 09:00:00"}],
            "fsi_order_dtos": orders}]}], **data}}


def ids(out):
    return [r["rule_id"] for r in out["result"]]


def test_a_finding_explains_itself(big):
    """Somebody nobody has registered yet: the message alone is looked at, and the answer says so."""
    answer = big.say("3101", asked([order("A1", 1, 30.0), order("H1", 2, 10.0), order("B1", 2, 14.8)]))
    assert answer["infcode"] == 0 and answer["warn_msg"].startswith("[unknown_person]"), answer
    by = {r["rule_id"]: r for r in answer["output"]["result"]}
    assert list(by) == ["SEX", "PRICE"]
    sex, price = by["SEX"], by["PRICE"]
    assert sex["rule_name"] == "限女性" and sex["sev_deg"] == "1" and sex["vola_evid"] == "试用规则 条文一"
    assert sex["vola_cont"] == "第 2 行 H1 只在宁德纳入的药：限女性使用，患者为男性 请核实。"
    assert sex["vola_amt"] == 20.0 and sex["vola_bhvr_type"] == "2" and sex["patn_id"] == "his-1"
    assert sex["judge_result_detail_dtos"] == [{"jrd_id": f"{sex['jr_id']}-1", "patn_id": "his-1", "mdtrt_id": "his-visit-1",
                                                "rx_id": "RH1011", "vola_item_type": "1", "vola_amt": 20.0}]
    # the limit of the area's catalogue is 12.50: 2 x 2.30 are too much
    assert price["sev_deg"] == "2" and price["vola_amt"] == 4.6 and "单价 14.80，最多 12.50 元" in price["vola_cont"]
    assert price["task_id"] == sex["task_id"] and price["jr_id"] != sex["jr_id"]


def test_two_lines_that_clash_are_both_named(big):
    out = big.do("3101", asked([order("A1", 1, 30.0), order("A1", 1, 30.0, rx_id="second")]))
    assert ids(out) == ["AGAIN"] and out["result"][0]["sev_deg"] == "3"
    first, other = out["result"][0]["judge_result_detail_dtos"]
    assert (first["rx_id"], first["vola_item_type"]) == ("second", "1")
    assert (other["rx_id"], other["vola_item_type"]) == ("RA1011", "2")


def test_the_institution_counts_and_the_stage(big, small):
    assert ids(small.do("3101", asked([order("H1", 1, 10.0)], sex="2"))) == ["LEVEL"]  # whatever the message says of its level
    assert ids(small.do("3102", asked([order("H1", 1, 10.0)], sex="2"))) == []
    assert ids(big.do("3101", asked([order("H1", 1, 10.0)], sex="2"))) == []


def test_only_rules_that_are_named(big):
    orders = [order("H1", 1, 10.0), order("B1", 4, 14.8)]
    assert ids(big.do("3101", asked(orders, rule_ids=["QTY"]))) == ["QTY"]
    assert ids(big.do("3101", asked(orders, rule_ids=["QTY"], trig_scen="4"))) == ["SEX", "PRICE", "QTY"]  # the place goes before


def test_what_was_given_before_counts(big, small):
    """Two boxes of a bill that stands in another hospital, one uploaded and not settled; orders that are not current."""
    person = PEOPLE["复诊"]["id_no"]
    _, _, (psn_no, _, _) = small.outpatient(person, [("B1", 2, 12.0)], on="2024-04-28")
    open_visit = small.register(psn_no, on="2024-04-30")
    small.inform(psn_no, open_visit, on="2024-04-30")
    small.do("2204", {"feedetail": small.rows(psn_no, open_visit, [("B1", 1, 12.0)], "BX", "2024-04-30")})
    assert ids(big.do("3101", asked([order("B1", 1, 12.0)], patient=psn_no))) == ["QTY"]
    out = big.do("3101", asked([order("B1", 1, 12.0, "2024-05-05")], patient=psn_no))  # the 28th is eight days before
    assert ids(out) == []
    assert "一周三盒" not in str(out)
    small.do("2205", {"data": {"mdtrt_id": open_visit, "psn_no": psn_no, "chrg_bchno": "BX", "feedetl_sn": "0000"}})
    assert ids(big.do("3101", asked([order("B1", 1, 12.0)], patient=psn_no))) == []
    assert ids(big.do("3101", asked([order("B1", 1, 12.0), order("B1", 1, 12.0, current="0")], patient=psn_no))) == ["QTY"]
    assert ids(big.do("3101", asked([order("B1", 1, 12.0)], patient="his-9"))) == []  # somebody else


def test_the_register_knows_sex_and_birth(big):
    """The person in the register is a woman or a man, whatever the message says."""
    person = big.person(PEOPLE["首诊"]["id_no"])["baseinfo"]
    said = "2" if person["gend"] == "1" else "1"
    out = big.do("3101", asked([order("H1", 1, 10.0)], patient=person["psn_no"], sex=said))
    assert ids(out) == (["SEX"] if person["gend"] == "1" else [])


def test_the_visit_itself_is_not_counted_twice(big):
    psn_no = big.person(PEOPLE["本次"]["id_no"])["baseinfo"]["psn_no"]
    visit = big.register(psn_no)
    big.inform(psn_no, visit)
    big.do("2204", {"feedetail": big.rows(psn_no, visit, [("B1", 3, 12.0)], "BQ")})
    assert ids(big.do("3102", asked([order("B1", 3, 12.0)], patient=psn_no, visit=visit))) == []
    assert ids(big.do("3102", asked([order("B1", 4, 12.0)], patient=psn_no, visit=visit))) == ["QTY"]
    assert ids(big.do("3102", asked([order("B1", 1, 12.0)], patient=psn_no))) == ["QTY"]  # another visit


def test_a_stay_somewhere_else(big, small):
    psn_no = big.person(PEOPLE["住院"]["id_no"])["baseinfo"]["psn_no"]
    visit = small.admit(psn_no, on="2024-04-20")
    out = big.do("3101", asked([order("A1", 1, 30.0)], patient=psn_no))
    assert ids(out) == ["STAY"] and out["result"][0]["vola_bhvr_type"] == "1" and out["result"][0]["vola_amt"] == 0
    assert "住院 2024-04-20 至 今" in out["result"][0]["vola_cont"]
    assert out["result"][0]["judge_result_detail_dtos"][0]["rx_id"] == ""
    small.discharge(psn_no, visit, on="2024-05-01")
    assert ids(big.do("3101", asked([order("A1", 1, 30.0)], patient=psn_no))) == []  # the day of discharge


def test_admitted_again(big, small):
    psn_no = big.person(PEOPLE["再入"]["id_no"])["baseinfo"]["psn_no"]
    visit = big.admit(psn_no, on="2024-04-10")
    big.discharge(psn_no, visit, on="2024-04-20")
    stay = dict(patient=psn_no, med_type="21")
    assert ids(big.do("3101", asked([], **stay))) == ["BACK"]
    assert ids(big.do("3101", asked([], **stay, dx="K35.8"))) == []
    assert ids(big.do("3101", asked([], **stay, on="2024-05-06"))) == []
    assert ids(small.do("3101", asked([], **stay))) == []  # it was the other hospital's


def test_what_the_doctor_did(big, small, server):
    """3103 refers to a warning that was really given, to this institution, at this stage."""
    def feedback(*warns, stage="1"):
        return {"data": {"warn_type": stage, "warns": [dict(zip(("warn_rslt_id", "dspo_way", "dspo_way_rea"), w)) for w in warns]}}
    before = big.do("3101", asked([order("H1", 1, 10.0), order("B1", 4, 14.8)]))["result"]
    first, second = before[0]["jr_id"], before[1]["jr_id"]
    assert big.do("3103", feedback((first, "2", ""), (second, "1", "病情需要"))) is None
    assert big.do("3103", feedback((second, "2", "改用小包装"))) is None
    kept = sql(server, f"select way, reason, said_by from review_feedback where finding_id in ({first}, {second}) order by feedback_id")
    assert kept == [("changed", "", "001 王医生"), ("continued", "病情需要", "001 王医生"), ("changed", "改用小包装", "001 王医生")]
    big.refused("3103", feedback((first, "1", "")), "missing_field", "input.warns.dspo_way_rea")
    big.refused("3103", feedback((first, "3", "")), "bad_value", "input.warns.dspo_way")
    big.refused("3103", feedback((first, "2", ""), ("999", "2", "")), "not_found", "input.warns[2].warn_rslt_id")
    big.refused("3103", feedback(("abc", "2", "")), "not_found", "input.warns.warn_rslt_id")
    big.refused("3103", feedback((first, "2", ""), stage="2"), "not_found")
    big.refused("3103", feedback((first, "2", ""), stage="9"), "bad_value")
    big.refused("3103", feedback(), "missing_field", "input.data.warns")
    small.refused("3103", feedback((first, "2", "")), "not_found")
    assert len(sql(server, f"select 1 from review_feedback where finding_id in ({first}, {second})")) == 3


def test_a_retry_is_not_a_second_warning(big, server):
    data, msgid = asked([order("H1", 1, 10.0)]), big.msgid()
    first, again = big.say("3101", data, msgid), big.say("3101", data, msgid)
    assert first["output"] == again["output"]
    kept = sql(server, f"select count(*) from review_finding where finding_id = {first['output']['result'][0]['jr_id']}")
    assert kept == [("1",)]
    check_id = first["output"]["result"][0]["task_id"]
    head = sql(server, f"select stage, pack_id, version_from_on, line_count, finding_count, length(digest) from review_check "
                       f"where check_id = {check_id}")
    assert head == [("before", "demo", "2020-01-01", "1", "1", "64")]


def test_bad_messages(big):
    big.refused("3101", {"data": {"trig_scen": "4"}}, "missing_field", "input.data.patient_dtos")
    big.refused("3101", asked([{**order("H1", 1, 10.0), "hilist_code": ""}]), "missing_field", "input.fsi_order_dtos.hilist_code")
    big.refused("3101", asked([order("A1", 1, 1.0), {**order("H1", 1, 10.0), "cnt": "x"}]), "bad_value", "input.fsi_order_dtos[2].cnt")
    big.refused("3101", asked([order("H1", 1, 10.0)], born="1980-02-30"), "bad_date")
    no_visit = asked([])
    no_visit["data"]["patient_dtos"][0]["fsi_encounter_dtos"] = []
    big.refused("3101", no_visit, "missing_field", "input.patient_dtos.fsi_encounter_dtos")
    # what would not be looked at is refused: it must not seem to be in order
    crowd = asked([order("A1", 1, 1.0)])
    crowd["data"]["patient_dtos"] *= 21
    big.refused("3101", crowd, "too_large", "input.data.patient_dtos")
    stays = asked([order("A1", 1, 1.0)])
    stays["data"]["patient_dtos"][0]["fsi_encounter_dtos"] *= 201
    big.refused("3102", stays, "too_large", "input.patient_dtos.fsi_encounter_dtos")
    word = {"warn_rslt_id": "7", "dspo_way": "2", "dspo_way_rea": ""}
    big.refused("3103", {"data": {"warn_type": "1", "warns": [word] * 501}}, "too_large", "input.data.warns")


def test_an_area_without_rules(server):
    there = Hospital(server, "C3")
    there.sign_in()
    answer = there.say("3101", asked([order("H1", 1, 10.0)]))
    assert answer["infcode"] == 0 and answer["output"]["result"] == [] and answer["warn_msg"].startswith("[no_rules]")


def same(out):
    free = ("setl_id", "setl_time", "medins_setl_id")
    return {**out, "setlinfo": {k: v for k, v in out["setlinfo"].items() if k not in free}}


def test_money_is_what_it_was(big, server):
    """A settlement whose lines the rules refuse is the same as before they said so; what is kept adds up."""
    psn_no = big.person(PEOPLE["钱"]["id_no"])["baseinfo"]["psn_no"]
    visit = big.register(psn_no)
    big.inform(psn_no, visit)
    rows = big.rows(psn_no, visit, [("B1", 9, 14.8), ("H1", 1, 10.0)], "BM")
    big.do("2204", {"feedetail": rows})
    body = big.bill(psn_no, visit, rows)
    before = big.do("2206", body)
    for infno in ("3101", "3102"):
        assert "QTY" in ids(big.do(infno, asked([order("B1", 9, 14.8), order("H1", 1, 10.0)], patient=psn_no, visit=visit)))
    assert same(big.do("2206", body)) == same(before)
    settled = big.do("2207", body)
    assert same(settled) == same(before)
    identities(settled["setlinfo"], settled["setldetail"])
    check(server)


def test_three_kinds_of_alert_at_several_points(big):
    """Ban, key monitoring, reminder: each at the order and at the daily upload."""
    orders = [order("H1", 1, 10.0), order("B1", 4, 12.0), order("A1", 1, 1.0), order("A1", 1, 1.0)]
    for infno in ("3101", "3102"):
        out = big.do(infno, asked(orders))
        assert [(r["rule_id"], r["sev_deg"]) for r in out["result"]] == [("SEX", "1"), ("QTY", "2"), ("AGAIN", "3")]


# ------------------------------------------------------------------------------------- REST: rules, a try, what was told

def provider(server, code):
    return sql(server, f"select provider_id from provider where code = '{code}'")[0][0]


@pytest.fixture(scope="module")
def agency(server):
    return server.user("shenhe", "supervisor")


@pytest.fixture(scope="module")
def office(server):
    return server.user("yibaoban", "hospital", provider=provider(server, "N1"))


def test_the_rules_are_read(agency):
    packs = agency.get("/review/packs")["rows"]
    assert [(p["pack_id"], p["from_on"], p["until_on"], p["areas"], p["rule_count"]) for p in packs] == \
        [("demo", "2020-01-01", None, ["3509"], 7)]
    rules = {r["rule_id"]: r for r in agency.get("/review/packs/demo/2020-01-01")["rules"]}
    assert rules["QTY"]["looks_at"] == "7 天内数量不超过 3；项目 B1" and rules["QTY"]["items"] == ["B1"]
    assert rules["SEX"]["handling"] == "refuse" and rules["SEX"]["source"] == "试用规则 条文一" and rules["SEX"]["grade"] == "M"
    assert rules["LEVEL"]["stages"] == ["before"] and rules["STAY"]["settings"] == ["outpatient", "inpatient", "pharmacy"]
    english = agency.get("/review/packs/demo/2020-01-01?lang=en")["rules"]
    assert english[2]["looks_at"] == "in 7 days at most 3; items B1"
    for path in ("/review/packs/demo/2021-01-01", "/review/packs/none/2020-01-01", "/review/packs/demo/yesterday"):
        agency.get(path, 404)


def test_a_bill_is_tried(server, agency, office):
    """The insurance office of a hospital asks about its own bill before it is settled; nothing is kept."""
    kept = sql(server, "select count(*) from review_check")
    bill = {"setting": "outpatient", "date": "2024-05-01", "sex": "male", "birth_on": "1980-02-03", "diagnoses": ["I10"],
            "lines": [{"code": "H1", "quantity": 2, "unit_price": "10.00"}, {"code": "B1", "quantity": "4", "amount": "50.00"}]}
    told = office.post("/review/checks", bill)
    assert (told["pack_id"], told["from_on"], told["line_count"], told["past_count"]) == ("demo", "2020-01-01", 2, 0)
    assert [(f["rule_id"], f["line_no"], f["value"], f["limit"], f["amount"]) for f in told["findings"]] == \
        [("SEX", 1, "male", "female", "20.00"), ("LEVEL", 1, "l1", "l3", "20.00"), ("QTY", 2, "4", "3", "12.50")]
    assert told["findings"][2]["sentence"] == "第 2 行 B1 阿莫西林胶囊：7 天内共 4，最多 3"
    person = sql(server, f"select person_id from person where id_no = '{PEOPLE['复诊']['id_no']}'")[0][0]
    known = office.post("/review/checks", {**bill, "person_id": person, "lines": [{"code": "B1", "quantity": 2}]})
    assert known["past_count"] == 1 and [f["rule_id"] for f in known["findings"]] == ["QTY"]
    looks = f"select count(*) from audit_log where action = 'review.check' and person_id = {person}"
    assert sql(server, looks) == [("1",)]  # it tells what he was given
    same = agency.post("/review/checks", {**bill, "provider_id": provider(server, "N3")})
    assert [f["rule_id"] for f in same["findings"]] == ["SEX", "QTY"]
    assert sql(server, "select count(*) from review_check") == kept
    for wrong, status, code, field in (({**bill, "provider_id": provider(server, "N3")}, 403, "no_right", ""),
                                       ({**bill, "person_id": "77"}, 404, "not_found", "person_id"),
                                       ({**bill, "setting": "home"}, 400, "unknown_word", "setting"),
                                       ({**bill, "setting": ""}, 400, "missing_field", "setting"),
                                       ({**bill, "diagnoses": "I10"}, 400, "bad_type", "diagnoses"),
                                       ({**bill, "lines": [{"code": "B1", "quantity": "-1"}]}, 400, "bad_number", "lines[1].quantity"),
                                       ({**bill, "lines": [{"code": "B1"}, 3]}, 400, "bad_type", "lines[2]"),
                                       ({**bill, "colour": 1}, 400, "unknown_field", "colour")):
        body = office.post("/review/checks", wrong, status)
        assert body["error"]["code"] == code, body
        assert not field or body["error"]["field"] == field, body
    assert agency.post("/review/checks", bill, 400)["error"]["field"] == "provider_id"


def test_what_was_told_is_found_again(server, agency, office, big, small):
    first = big.do("3101", asked([order("H1", 1, 10.0, drord_dr_codg="D9", drord_dr_name="钱医生")]))["result"][0]["jr_id"]
    small.do("3102", asked([order("B1", 4, 12.0, drord_dr_codg="D9")]))
    big.do("3103", {"data": {"warn_type": "1", "warns": [{"warn_rslt_id": first, "dspo_way": "1", "dspo_way_rea": "急诊"}]}})
    rows = agency.get("/review/findings?doctor_no=D9")["rows"]
    assert [(r["rule_id"], r["stage"], r["handling"], r["feedback"], r["reason"]) for r in rows] == \
        [("QTY", "during", "warn", "", ""), ("SEX", "before", "refuse", "continued", "急诊")]
    assert rows[1]["finding_id"] == first and rows[1]["value"] == "male" and rows[1]["limit"] == "female"
    assert rows[1]["zh"].endswith("限女性使用，患者为男性") and rows[1]["source"] == "试用规则 条文一"
    assert [r["rule_id"] for r in agency.get("/review/findings?doctor_no=D9&feedback=continued")["rows"]] == ["SEX"]
    assert [r["rule_id"] for r in office.get("/review/findings?doctor_no=D9")["rows"]] == ["QTY"]  # its own only
    named = [r for r in agency.get("/review/findings?rule_id=STAY")["rows"]]
    assert named and all("*" in r["person_name"] for r in named)  # masked
    sums = agency.get("/review/sums?doctor_no=D9")["rows"]
    assert sorted((r["rule_id"], r["findings"], r["continued"], r["changed"], r["amount"]) for r in sums) == \
        [("QTY", 1, 0, 0, "12.00"), ("SEX", 1, 1, 0, "10.00")]
    total = sum(r["findings"] for r in agency.get("/review/sums?limit=500")["rows"])
    assert [(str(total),)] == sql(server, "select count(*) from review_finding")
    assert "急诊" in agency.ask("GET", "/review/findings?format=csv").body.decode("utf-8-sig")


def test_rights(server):
    data = server.user("ziliao", "data")
    for path in ("/review/packs", "/review/findings", "/review/sums"):
        data.get(path, 403)
    data.post("/review/checks", {}, 403)
    head = server.user("lingdao", "head")
    assert head.get("/review/packs")["rows"]
    head.post("/review/checks", {}, 403)
