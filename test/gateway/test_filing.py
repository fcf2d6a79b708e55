"""What hospitals put on file for a person (2406, 2501-2507), what is on file (2407, 5301-5304), and the bills that follow from it.

covers: R007
"""
import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import area  # noqa: E402
from support.hospital import Hospital, SERIAL, admit, fen, identities  # noqa: E402
from support.server import Server  # noqa: E402

NAMES = ["张三丰", "李四", "王小明", "赵六", "钱七", "孙八", "周九", "吴十", "郑十一", "冯十二", "陈十三", "褚十四", "卫十五"]
PEOPLE = [{"name": n} for n in NAMES]
STAY = [("A1", 10, 3000.0), ("B1", 100, 14.8), ("C1", 1, 800.0)]


# Chengde beside Ningde; Ningde's pack opens stays elsewhere, by another route if nobody filed
ELSEWHERE = {"areas": "130000,河北省,\n130800,承德市,chengde\n130802,双桥区,\n130821,承德县,\n",
             "providers": "X3,承德医院,130802,hospital,l3\n", "agreements": "X3,2020-01-01,,signed\n",
             "terms": "130800,A1,2020-01-01,A,,,\n130800,B1,2020-01-01,B,20%,12.50,14.80\n130800,C1,2020-01-01,C,,,\n"}


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        at_home = dict(area.FILES)
        for kind, rows in ELSEWHERE.items():
            area.FILES[kind] += rows
        try:
            area.fill(s, PEOPLE)
        finally:
            area.FILES.update(at_home)
        admit(s, "H2,open", "H3,open")
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


@pytest.fixture(scope="module")
def clerk(server):
    return server.user("filing_clerk", "clerk")


@pytest.fixture(scope="module")
def supervisor(server):
    return server.user("filing_head", "supervisor")


def person(hospital, name):
    return hospital.person(next(p for p in PEOPLE if p["name"] == name)["id_no"])["baseinfo"]["psn_no"]


def transfer(psn, to, kind, **more):
    return {"refmedin": {"psn_no": psn, "insutype": "390", "diag_code": "I10.x00", "diag_name": "高血压", "reflin_medins_no": to,
                         "reflin_medins_name": "上级医院", "mdtrtarea_admdvs": "350900", "refl_type": kind, "refl_date": "2024-04-20",
                         "refl_rea": "本院无法诊治", "refl_opnn": "同意", "hosp_agre_refl_flag": "1", **more}}


def disease(psn, code="M03900", **more):
    return {"data": {"psn_no": psn, "insutype": "390", "opsp_dise_code": code, "opsp_dise_name": "高血压", "insu_optins": "350900",
                     "ide_fixmedins_no": "H2", "ide_fixmedins_name": "第二医院", "hosp_ide_date": "2024-04-01", "diag_dr_codg": "D1",
                     "diag_dr_name": "王医生", "begndate": "2024-04-01", **more}}


def chosen(psn, at="H2", kind="03", number="1", **more):
    return {"data": {"psn_no": psn, "biz_appy_type": kind, "begndate": "2024-04-01", "fix_srt_no": number, "fixmedins_code": at,
                     "fixmedins_name": "医院", **more}}


def counter(server, clerk, psn, provider, **visit):
    """What the counter would settle."""
    at = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == provider)
    return clerk.post("/settlements/preview", {
        "person_id": psn, "provider_id": at, "visit": {"kind": "inpatient", "date": "2024-05-10", "admit_date": "2024-05-01", **visit},
        "lines": [{"code": c, "quantity": n, "unit_price": p} for c, n, p in STAY]})["settlements"][0]


def pool(settlement):
    return next(fen(f["amount"]) for f in settlement["funds"] if f["field"] == "hifp_pay")


def open_approval(client, psn):
    rows = [r for r in client.get("/approvals?kind=filing&state=open")["rows"] if r["person_id"] == psn]
    return rows[0] if rows else None


def rows(server, sql):
    if "://" in server.database:
        said = subprocess.run(["psql", "-qAt", server.database, "-c", sql], check=True, capture_output=True, text=True).stdout
        return [tuple(line.split("|")) for line in said.splitlines()]
    with contextlib.closing(sqlite3.connect(server.database)) as db:
        return [tuple(map(str, r)) for r in db.execute(sql)]


def one(server, sql):
    if "://" in server.database:
        return subprocess.run(["psql", "-qAt", server.database, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()
    with contextlib.closing(sqlite3.connect(server.database)) as db:
        return db.execute(sql).fetchone()[0]


# ---- elsewhere ----

def test_a_transfer_elsewhere_changes_the_bill_there_and_its_withdrawal_changes_it_back(server, hospital, clerk):
    psn = person(hospital, "张三丰")
    unfiled, at_home = (pool(counter(server, clerk, psn, provider)) for provider in ("X3", "H2"))
    filed = hospital.do("2501", transfer(psn, "X3", "2", mdtrtarea_admdvs="130800"))["result"]["trt_dcla_detl_sn"]
    # in scope: A1 30000.00 and B1 80 % of 100 x 12.50 = 1000.00; above the deductible of level 3, 800.00, 50 % instead of 40 %
    assert (unfiled, pool(counter(server, clerk, psn, "X3"))) == (3020000 * 40 // 100, 3020000 * 50 // 100)
    assert pool(counter(server, clerk, psn, "H2")) == at_home
    shown = hospital.do("5304", {"data": {"psn_no": psn, "begntime": "2024-04-01", "endtime": "2024-04-30"}})
    assert [(t["reflin_medins_no"], t["out_flag"], t["refl_date"], t["refl_rea"]) for t in shown] == [("X3", "1", "2024-04-20", "本院无法诊治")]
    assert Hospital(server, "H3").do("5304", {"data": {"psn_no": psn, "begntime": "2024-04-01"}}) == []
    Hospital(server, "H3").refused("2502", {"data": {"trt_dcla_detl_sn": filed, "psn_no": psn}}, "not_found", "input.data.trt_dcla_detl_sn")
    hospital.do("2502", {"data": {"trt_dcla_detl_sn": filed, "psn_no": psn, "memo": "病人不去了"}})
    assert pool(counter(server, clerk, psn, "X3")) == unfiled
    assert hospital.do("5304", {"data": {"psn_no": psn, "begntime": "2024-04-01", "endtime": "2024-04-30"}}) == []
    hospital.refused("2502", {"data": {"trt_dcla_detl_sn": filed, "psn_no": psn}}, "filing_state")


def test_a_transfer_holds_from_its_day_to_its_day_and_where_it_says(server, hospital, clerk):
    psn = person(hospital, "李四")
    bill = lambda: counter(server, clerk, psn, "X3")["fund_total"]  # noqa: E731
    none = bill()
    hospital.do("2501", transfer(psn, "X3", "3", mdtrtarea_admdvs="310000"))  # another city
    assert bill() == none
    hospital.do("2501", transfer(psn, "X3", "3", mdtrtarea_admdvs="130802", begndate="2024-05-11"))  # too late
    assert bill() == none
    # before the discharge is in time; it takes the place of the one that began later
    hospital.do("2501", transfer(psn, "X3", "3", mdtrtarea_admdvs="130800", begndate="2024-05-10", enddate="2024-06-30"))
    assert fen(bill()) > fen(none)
    # a county next to it in the same pooling area, the province
    for there, before, then in (("130821", "2024-04-01", "2024-05-02"), ("130000", "2024-04-02", "2024-05-03")):
        hospital.do("2501", transfer(psn, "X3", "3", mdtrtarea_admdvs="310000", begndate=before))
        assert bill() == none
        hospital.do("2501", transfer(psn, "X3", "3", mdtrtarea_admdvs=there, begndate=then))
        assert fen(bill()) > fen(none)
    hospital.refused("2501", transfer(psn, "X3", "3"), "bad_value", "input.refmedin.mdtrtarea_admdvs")
    hospital.refused("2501", transfer(psn, "X3", "1"), "bad_value", "input.refmedin.refl_type")
    hospital.refused("2501", transfer(psn, "X9", "1"), "not_found", "input.refmedin.reflin_medins_no")
    hospital.refused("2501", transfer(psn, "X3", "9"), "unknown_word", "input.refmedin.refl_type")
    hospital.refused("2501", transfer(psn, "X3", "2", mdtrtarea_admdvs="130800", enddate="2024-01-01"), "bad_date")
    hospital.refused("2501", transfer("1", "X3", "2", mdtrtarea_admdvs="130800"), "not_found", "input.refmedin.psn_no")


def test_what_a_bill_made_use_of_is_not_taken_back(server, hospital, clerk):
    psn = person(hospital, "王小明")
    filed = hospital.do("2501", transfer(psn, "X3", "2", mdtrtarea_admdvs="130800"))["result"]["trt_dcla_detl_sn"]
    at = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "X3")
    done = clerk.post("/settlements", {"person_id": psn, "provider_id": at, "lines": [{"code": "A1", "quantity": 10, "unit_price": 900}],
                                       "visit": {"kind": "inpatient", "date": "2024-05-10", "admit_date": "2024-05-01"}},
                      status=201, headers={"Idempotency-Key": "filing-1"})
    answer = hospital.refused("2502", {"data": {"trt_dcla_detl_sn": filed, "psn_no": psn}}, "filing_state")
    assert done["settlements"][0]["settlement_id"] in answer["err_msg"]


# ---- chronic diseases ----

def chronic(hospital, psn, med_type="9901", code="M03900"):
    visit = hospital.register(psn)
    hospital.do("2203", {"mdtrtinfo": {"mdtrt_id": visit, "psn_no": psn, "med_type": med_type, "begntime": "2024-05-01",
                                       "dise_codg": code}, "diseinfo": []})
    rows = hospital.rows(psn, visit, [("B1", 5, 10.0)], f"B{next(SERIAL)}")
    return visit, rows


def may(hospital, psn, code=""):
    return hospital.do("2001", {"data": {"psn_no": psn, "insutype": "390", "fixmedins_code": "H2", "med_type": "9901",
                                         "begntime": "2024-05-01 08:00:00", "dise_codg": code}})["trtinfo"][0]


def test_a_disease_waits_for_the_agency_and_then_pays(hospital, supervisor, clerk):
    psn = person(hospital, "赵六")
    answer = hospital.say("2503", disease(psn))
    assert answer["infcode"] == 0 and answer["warn_msg"].startswith("[waiting]")
    hospital.refused("2503", disease(psn), "exists")
    assert hospital.do("5301", {"data": {"psn_no": psn}})["feedetail"] == []
    assert may(hospital, psn)["trt_enjymnt_flag"] == "0"
    visit, rows = chronic(hospital, psn)
    hospital.refused("2204", {"feedetail": rows}, "not_recognised")
    waiting = open_approval(supervisor, psn)
    assert waiting["reason"] == "门诊慢特病备案 高血压" and waiting["object_id"] == answer["output"]["result"]["trt_dcla_detl_sn"]
    clerk.post(f"/approvals/{waiting['approval_id']}/approve", {"note": ""}, status=403)
    supervisor.post(f"/approvals/{waiting['approval_id']}/approve", {"note": "材料齐全"})
    assert [(d["opsp_dise_code"], d["begndate"]) for d in hospital.do("5301", {"data": {"psn_no": psn}})["feedetail"]] == [("M03900", "2024-04-01")]
    assert may(hospital, psn)["trt_enjymnt_flag"] == "1" and may(hospital, psn, "M03900")["trt_enjymnt_flag"] == "1"
    assert may(hospital, psn, "M01600")["trt_enjymnt_flag"] == "0"
    hospital.do("2204", {"feedetail": rows})
    got = hospital.do("2207", hospital.bill(psn, visit, rows, med_type="9901"))
    # the rule of the two diseases, not the general one, which pays nothing at a hospital of level 2
    assert identities(got["setlinfo"], got["setldetail"])["hifp_pay"] == 2000  # 50 % of 80 % of 5 x 10.00
    drugs = hospital.do("5205", {"data": {"psn_no": psn, "begntime": "2024-05-01 00:00:00", "endtime": "2024-05-31 00:00:00"}})["feedetail"]
    assert [(d["med_list_codg"], d["cnt"], d["pric"], d["fixmedins_code"], d["chrgitm_lv"]) for d in drugs] == [("B1", 5, 10, "H2", "02")]
    assert hospital.do("5205", {"data": {"psn_no": psn, "begntime": "2024-06-01"}})["feedetail"] == []
    hospital.refused("2503", disease(psn, begndate="2024-06-01"), "overlapping_period")
    hospital.refused("2504", {"data": {"trt_dcla_detl_sn": waiting["object_id"], "psn_no": psn, "memo": "x"}}, "filing_state")
    sums = {s["cum_type_code"]: s for s in hospital.do("5206", {"data": {"psn_no": psn, "cum_ym": "202405"}})["cuminfo"]}
    assert sums and all(s["year"] == "2024" and s["insutype"] == "390" for s in sums.values())
    assert fen(got["setlinfo"]["hifp_pay"]) in [fen(s["cum"]) for s in sums.values()]
    assert hospital.do("5206", {"data": {"psn_no": psn, "cum_ym": "2023"}})["cuminfo"] == []


def test_a_disease_that_is_refused_or_withdrawn_never_pays(hospital, supervisor):
    psn = person(hospital, "钱七")
    hospital.refused("2503", disease(psn, begndate="2024-13-01"), "bad_date", "input.data.begndate")
    hospital.do("2503", disease(psn))
    supervisor.post(f"/approvals/{open_approval(supervisor, psn)['approval_id']}/refuse", {"note": "缺少检查报告"})
    assert may(hospital, psn)["trt_enjymnt_flag"] == "0" and hospital.do("5301", {"data": {"psn_no": psn}})["feedetail"] == []
    again = hospital.do("2503", disease(psn))["result"]["trt_dcla_detl_sn"]
    hospital.do("2504", {"data": {"trt_dcla_detl_sn": again, "psn_no": psn, "memo": "录错"}})
    assert open_approval(supervisor, psn) is None
    hospital.refused("2504", {"data": {"trt_dcla_detl_sn": again, "psn_no": psn, "memo": "录错"}}, "filing_state")


# ---- the institution a person chose ----

def test_one_number_is_one_institution_and_the_newer_takes_its_place(server, hospital):
    psn = person(hospital, "孙八")
    first = hospital.do("2505", chosen(psn, "H2"))["result"]["trt_dcla_detl_sn"]
    hospital.do("2505", chosen(psn, "H3", number="2"))
    ask = {"data": {"psn_no": psn, "biz_appy_type": "03"}}
    got = hospital.do("5302", ask)["psnfixmedin"]
    assert sorted((g["fix_srt_no"], g["fixmedins_code"], g["fixmedins_name"]) for g in got) == [("1", "H2", "第二医院"), ("2", "H3", "第三医院")]
    hospital.do("2505", chosen(psn, "H3", begndate="2024-06-01", number="1"))
    assert [g["fixmedins_code"] for g in hospital.do("5302", ask)["psnfixmedin"]] == ["H3", "H3"]
    hospital.refused("2506", {"data": {"trt_dcla_detl_sn": first, "psn_no": psn, "memo": "x"}}, "filing_state")
    assert hospital.do("5302", {"data": {"psn_no": psn, "biz_appy_type": "01"}})["psnfixmedin"] == []
    hospital.refused("2505", chosen(psn, "X9"), "not_found", "input.data.fixmedins_code")


def test_a_newer_one_takes_the_place_of_all_that_it_meets(server, hospital):
    psn = person(hospital, "冯十二")
    hospital.do("2505", chosen(psn, "H2", enddate="2024-04-30"))
    hospital.do("2505", chosen(psn, "H3", begndate="2024-05-01", enddate="2024-05-31"))
    hospital.do("2505", chosen(psn, "H3", begndate="2024-06-10"))  # meets none of them
    hospital.do("2505", chosen(psn, "H3", begndate="2024-04-15", enddate="2024-05-31"))
    assert rows(server, f"select state, from_on, until_on from filing where person_id = {psn} order by filing_id") == [
        ("replaced", "2024-04-01", "2024-04-14"), ("replaced", "2024-05-01", "2024-04-14"), ("filed", "2024-06-10", ""),
        ("filed", "2024-04-15", "2024-05-31")]
    assert rows(server, f"select value, from_on, until_on from person_flag where person_id = {psn} and kind = 'chosen' order by from_on") == [
        ("H2", "2024-04-01", "2024-04-14"), ("H3", "2024-04-15", "2024-05-31"), ("H3", "2024-06-10", "")]


def test_a_withdrawal_waits_for_a_bill_that_is_being_settled(server, hospital):
    if "://" not in server.database:
        pytest.skip("SQLite has one writer")
    psn = person(hospital, "陈十三")
    filed = hospital.do("2501", transfer(psn, "X3", "2", mdtrtarea_admdvs="130800"))["result"]["trt_dcla_detl_sn"]
    one(server, f"insert into person_state (person_id) values ({psn}) on conflict do nothing")
    held = subprocess.Popen(["psql", "-qAt", server.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    held.stdin.write(f"begin; select 'held' from person_state where person_id = {psn} and scheme = '' and year = 0 for update;\n")
    held.stdin.flush()
    assert held.stdout.readline() == "held\n"
    done = threading.Event()
    asks = threading.Thread(target=lambda: (hospital.do("2502", {"data": {"trt_dcla_detl_sn": filed, "psn_no": psn, "memo": "x"}}), done.set()))
    asks.start()
    waited = not done.wait(0.7)
    held.communicate("commit;\n")
    asks.join(10)
    assert waited and done.is_set()


# ---- accidents, and what is special about a stay ----

def test_somebody_else_is_liable_once_the_agency_says_so(server, hospital, clerk, supervisor):
    psn = person(hospital, "周九")
    before = fen(counter(server, clerk, psn, "H2")["fund_total"])
    hospital.do("2507", {"data": {"dcla_souc": "01", "psn_no": psn, "psn_cert_type": "01", "certno": "x", "psn_name": "周九",
                                  "insu_admdvs": "350900", "fixmedins_code": "H2", "trum_time": "2024-04-30 20:00:00",
                                  "trum_rea": "车祸", "chk_pay_flag": "0", "begndate": "2024-05-01", "enddate": "2024-05-20"}})
    told = supervisor.get(f"/approvals/{open_approval(supervisor, psn)['approval_id']}")["body"]
    assert (told["provider_name"], told["trum_rea"], told["begndate"]) == ("第二医院", "车祸", "2024-05-01")
    assert not {"certno", "psn_name", "psn_no", "tel", "addr"} & set(told)
    assert before > 0 and fen(counter(server, clerk, psn, "H2")["fund_total"]) == before
    supervisor.post(f"/approvals/{open_approval(supervisor, psn)['approval_id']}/approve", {"note": ""})
    assert counter(server, clerk, psn, "H2")["fund_total"] == "0.00"
    assert fen(counter(server, clerk, psn, "H3")["fund_total"]) > 0  # of this hospital only


def test_what_is_special_about_a_stay_is_asked_by_its_visit(hospital, supervisor):
    psn = person(hospital, "吴十")
    visit = hospital.admit(psn)
    data = {"mdtrt_id": visit, "psn_no": psn, "psn_cert_type": "01", "certno": "x", "psn_name": "吴十", "ipt_otp_no": "1",
            "ipt_psn_sp_flag_type": "01", "ipt_psn_sp_flag": "11"}
    made = hospital.do("2406", {"data": data})["IptPsnSpFlagRegOut"]["ipt_psn_sp_flag_detl_id"]
    ask = {"data": {"page_num": 1, "page_size": 10, "psn_no": psn, "mdtrt_id": visit}}
    assert hospital.do("2407", ask)["IptPsnSpFlagReg"] == []
    supervisor.post(f"/approvals/{open_approval(supervisor, psn)['approval_id']}/approve", {"note": ""})
    got = hospital.do("2407", ask)["IptPsnSpFlagReg"]
    assert (got["ipt_psn_sp_flag_detl_id"], got["mdtrt_id"], got["ipt_psn_sp_flag"]) == (made, visit, "11")
    rows = hospital.rows(psn, visit, STAY)
    hospital.do("2301", {"feedetail": rows})
    hospital.discharge(psn, visit)
    s = hospital.do("2304", hospital.bill(psn, visit, rows, med_type="21", mid_setl_flag="0"))["setlinfo"]
    assert s["setl_id"]


# ---- in town ----

def test_sent_up_in_town_is_in_the_bill(server, hospital, clerk):
    psn = person(hospital, "吴十")
    old = hospital.admit(psn, on="2024-06-01")
    rows = hospital.rows(psn, old, [("A1", 2, 3000.0)], on="2024-06-02")
    hospital.do("2301", {"feedetail": rows})
    hospital.discharge(psn, old, on="2024-06-05")
    first = hospital.do("2304", hospital.bill(psn, old, rows, med_type="21", mid_setl_flag="0"))["setlinfo"]
    hospital.do("2501", transfer(psn, "H3", "1", refl_date="2024-06-05", refl_old_mdtrt_id=old))
    at = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "H3")
    body = {"person_id": psn, "provider_id": at, "lines": [{"code": "A1", "quantity": 3, "unit_price": 3000}],
            "visit": {"kind": "inpatient", "date": "2024-06-12", "admit_date": "2024-06-05"}}
    done = clerk.post("/settlements", body, status=201, headers={"Idempotency-Key": "filing-2"})
    bill = one(server, f"select document from bill where bill_id = (select max(bill_id) from bill where person_id = {psn})")
    assert '"transfer":"up"' in bill and '"referred":true' in bill
    assert f'"prev_deductible":"{first["act_pay_dedc"]:.2f}"' in bill and done["settlements"]


def stay_here(hospital, psn, month, price, day="01"):
    """A stay at H2; its id, and what the pool held back."""
    stay = hospital.admit(psn, on=f"2024-{month}-{day}")
    items = hospital.rows(psn, stay, [("A1", 2, price)], on=f"2024-{month}-{day}")
    hospital.do("2301", {"feedetail": items})
    hospital.discharge(psn, stay, on=f"2024-{month}-{int(day) + 4:02}")
    return stay, hospital.do("2304", hospital.bill(psn, stay, items, med_type="21", mid_setl_flag="0"))["setlinfo"]["act_pay_dedc"]


def stay_there(server, clerk, psn, admit, discharge):
    """A stay at H3, settled at the counter; its id, and what its bill says was held back before."""
    at = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "H3")
    body = {"person_id": psn, "provider_id": at, "lines": [{"code": "A1", "quantity": 3, "unit_price": 3000}],
            "visit": {"kind": "inpatient", "date": discharge, "admit_date": admit}}
    done = clerk.post("/settlements", body, status=201, headers={"Idempotency-Key": f"filing-{next(SERIAL)}"})
    bill = json.loads(one(server, f"select document from bill where bill_id = (select max(bill_id) from bill where person_id = {psn})"))
    return done["settlements"][0]["settlement_id"], bill["visit"].get("prev_deductible")


def test_what_was_held_back_before_lowers_one_deductible(server, hospital, clerk):
    psn = person(hospital, "褚十四")
    stay, paid = stay_here(hospital, psn, "06", 3000.0)
    hospital.do("2501", transfer(psn, "H3", "1", refl_date="2024-06-05", refl_old_mdtrt_id=stay))
    first, before = stay_there(server, clerk, psn, "2024-06-05", "2024-06-12")
    assert before == f"{paid:.2f}"
    second, before = stay_there(server, clerk, psn, "2024-09-01", "2024-09-10")  # the referral has no last day
    assert before is None
    for settlement in (second, first):
        clerk.post(f"/settlements/{settlement}/reverse", {"reason": "重复录入"})
    assert stay_there(server, clerk, psn, "2024-06-05", "2024-06-12")[1] == f"{paid:.2f}"  # the bill that counted it is gone


def test_of_two_referrals_that_meet_a_stay_the_later_counts(server, hospital, clerk):
    psn = person(hospital, "卫十五")
    paid = []
    for month, price in (("06", 3000.0), ("07", 150.0)):
        stay, held = stay_here(hospital, psn, month, price)
        paid.append(held)
        hospital.do("2501", transfer(psn, "H3", "1", refl_date=f"2024-{month}-05", refl_old_mdtrt_id=stay))
    assert paid[1] < paid[0]
    assert stay_there(server, clerk, psn, "2024-07-01", "2024-07-20")[1] == f"{paid[1]:.2f}"
    # the older referral was ended, and is still that of a stay in its days
    assert stay_there(server, clerk, psn, "2024-06-05", "2024-06-20")[1] == f"{paid[0]:.2f}"


def test_what_was_held_back_before_an_ended_transfer_counts_no_more(server, hospital, clerk):
    psn = person(hospital, "郑十一")
    paid = []
    for month, price in (("06", 3000.0), ("09", 150.0)):
        stay = hospital.admit(psn, on=f"2024-{month}-01")
        rows = hospital.rows(psn, stay, [("A1", 2, price)], on=f"2024-{month}-02")
        hospital.do("2301", {"feedetail": rows})
        hospital.discharge(psn, stay, on=f"2024-{month}-05")
        paid.append(hospital.do("2304", hospital.bill(psn, stay, rows, med_type="21", mid_setl_flag="0"))["setlinfo"]["act_pay_dedc"])
        end = {"enddate": "2024-06-30"} if month == "06" else {}
        hospital.do("2501", transfer(psn, "H3", "1", refl_date=f"2024-{month}-05", refl_old_mdtrt_id=stay, **end))
    assert paid[1] < paid[0]
    at = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "H3")
    body = {"person_id": psn, "provider_id": at, "lines": [{"code": "A1", "quantity": 3, "unit_price": 3000}],
            "visit": {"kind": "inpatient", "date": "2024-09-12", "admit_date": "2024-09-05"}}
    clerk.post("/settlements", body, status=201, headers={"Idempotency-Key": "filing-3"})
    bill = one(server, f"select document from bill where bill_id = (select max(bill_id) from bill where person_id = {psn})")
    assert f'"prev_deductible":"{paid[1]:.2f}"' in bill
