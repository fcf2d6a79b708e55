"""Settlement lists: sent, found faults with, grouped, submitted, counted; and that none of it touches money.

covers: R053
"""
import csv
import datetime
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.areas import check, fill, packs_of, sql  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = {name: {"area": "350902"} for name in ("阑尾", "多错", "撤回", "他院", "数一", "数二", "分值", "同组", "邻院")}
LINES = [("A1", 10, 300.0)]
NOW = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
MONTH, TODAY = f"{NOW:%Y%m}", f"{NOW:%Y-%m-%d}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(packs=packs_of(tmp_path_factory.mktemp("areas")), options=["--list-scheme", "teaching", "--list-catalogue", "teaching"]) as s:
        fill(s, PEOPLE)
        admit(s, "N3,open", "N1,open")
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    h = Hospital(server, "N3")
    h.sign_in()
    return h


def stay(hospital, name):
    """A settled stay of ten days: what identifies it, and what each fund paid."""
    psn_no = hospital.person(PEOPLE[name]["id_no"])["baseinfo"]["psn_no"]
    visit = hospital.admit(psn_no)
    rows = hospital.rows(psn_no, visit, LINES)
    hospital.do("2301", {"feedetail": rows})
    hospital.discharge(psn_no, visit)
    out = hospital.do("2304", hospital.bill(psn_no, visit, rows, med_type="21", mid_setl_flag="0"))
    return {"psn_no": psn_no, "mdtrt_id": visit, "setl_id": out["setlinfo"]["setl_id"]}, out


def settlement_list(ids, settled, **more):
    """A right one: an appendix removed, with hypertension beside."""
    info = {**ids, "medcasno": "B1", "ntly": "CHN", "prfs": "90", "coner_name": "李某", "patn_rlts": "10", "coner_addr": "蕉城", "coner_tel": "1",
            "adm_time": "2024-05-01 08:30:00", "dscg_time": "2024-05-10 10:00:00", "dscg_caty": "A04", "dscg_way": "1", "bill_code": "1",
            "bill_no": "2", "biz_sn": "3", "setl_begn_date": "2024-05-01", "setl_end_date": "2024-05-10", "medins_fill_dept": "病案室",
            "medins_fill_psn": "王", "hi_paymtd": "4", "vent_used_dura": "0/2/30", **more}
    return {"setlinfo": info,
            "diseinfo": [dx("K35.800", "1"), dx("I10.x00", "0"), {**dx("BNW010", "0"), "diag_type": "2"}],
            "oprninfo": [{"oprn_oprt_type": "1", "oprn_oprt_name": "阑尾切除", "oprn_oprt_code": "47.0100", "oper_dr_code": "D1",
                          "oprn_oprt_begntime": "2024-05-02 09:00:00"}],
            "icuinfo": [],
            "payinfo": [{"fund_pay_type": f["fund_pay_type"], "fund_payamt": f["fund_payamt"]} for f in settled["setldetail"]]}


def dx(code, main):
    return {"diag_type": "1", "diag_code": code, "diag_name": "某病", "adm_cond_type": "1", "maindiag_flag": main}


def quality(hospital, ids, infno="4104", **more):
    answer = hospital.do(infno, {"data": {"setl_ym": MONTH, "page_num": 1, "page_size": 20, "setl_id": ids["setl_id"], **more}})
    rows = answer if infno == "4104" else answer["data"]
    return rows


def found(row, node="detailinfo"):
    return sorted((f["qltctrl_chk_rslt"].split("]")[0][1:], f["exam_data_fld"], f["init_val"]) for f in row[node])


def money(server, ids):
    """All that says who pays what."""
    tables = ("settlement", "bill", "journal_entry", "person_state")
    return [sorted(sql(server, f"select * from {t} where person_id = {ids['psn_no']}")) for t in tables]


def group_of(hospital, ids):
    rows = hospital.do("3605", {"data": {"setl_ym": MONTH, "page_num": 1, "page_size": 20, "setl_id": ids["setl_id"]}})["data"]
    return rows[0] if rows else None


@pytest.fixture(scope="module")
def right(server, hospital):
    """A list without faults: ids, the settlement's answer, the list's number, the money before it."""
    ids, settled = stay(hospital, "阑尾")
    before = money(server, ids)
    answer = hospital.say("4101", settlement_list(ids, settled))
    assert str(answer["infcode"]) == "0" and answer["warn_msg"] == "", answer
    return ids, settled, answer["output"]["data"]["setl_list_id"], before


def test_a_right_list_is_kept_and_grouped(hospital, right):
    ids, _, number, _ = right
    row, = quality(hospital, ids)
    assert (row["qltctrl_rslt"], row["err_lv"], row["detailinfo"], row["grp_stas"]) == ("1", "0", [], "1")
    assert row["cert_no"] == PEOPLE["阑尾"]["id_no"] and row["psn_no"] == ids["psn_no"]
    g = group_of(hospital, ids)
    assert (g["mdc_codg"], g["adrg_code"], g["drg_code"], g["grp_rslt"], g["ccmcc"]) == ("MDCG", "GD1", "GD13", "1", "cc I10.x00")
    assert g["drg_name"].startswith("阑尾切除") and "GD13" in g["path"] and g["grp_name"].startswith("教学") and g["setl_list_sn"] == number
    assert hospital.do("3605", {"data": {"setl_ym": "199901", "page_num": 1, "page_size": 20}})["data"] == []


def test_the_list_comes_back_as_it_was_sent(hospital, right):
    ids, settled, number, _ = right
    out = hospital.do("4103", {"data": {"psn_no": ids["psn_no"], "setl_id": ids["setl_id"]}})
    info = out["setlinfo"]
    assert (info["setl_list_sn"], info["mdtrt_id"], info["medcasno"], info["dscg_way"]) == (number, ids["mdtrt_id"], "B1", "1")
    assert (info["vent_used_days"], info["vent_used_h_cnt"], info["vent_used_m_cnt"]) == ("0", "2", "30")
    assert (info["brdy"], info["age"], info["stas_type"], info["fixmedins_code"]) == ("1980-02-03", 44, "0", "N3")
    assert [(d["diag_code"], d["maindiag_flag"]) for d in out["diseinfo"]] == [("K35.800", "1"), ("I10.x00", "0"), ("BNW010", "0")]
    assert [p["oprn_oprt_code"] for p in out["oprninfo"]] == ["47.0100"] and out["icuinfo"] == []
    assert [p["fund_payamt"] for p in out["payinfo"]] == [f["fund_payamt"] for f in settled["setldetail"]]


def test_lists_and_groups_change_no_money(server, hospital, right):
    ids, settled, _, before = right
    group_of(hospital, ids)
    assert money(server, ids) == before and before[0] and before[2]
    again = hospital.do("5203", {"data": {"psn_no": ids["psn_no"], "mdtrt_id": ids["mdtrt_id"], "setl_id": ids["setl_id"]}})
    for key, value in settled["setlinfo"].items():
        assert again["setlinfo"][key] == value, key
    assert again["setldetail"] == settled["setldetail"]
    check(server)


def test_each_fault_is_found_and_none_refuses_the_list(hospital):
    ids, settled = stay(hospital, "多错")
    bad = settlement_list(ids, settled, dscg_way="", dscg_time="2024-05-09 10:00:00", vent_used_dura="two days", age_days=5,
                          setl_begn_date="2024-05-11")
    bad["diseinfo"] += [dx("K35.800", "1"), dx("Z99.999", "0")]
    bad["oprninfo"] += [{"oprn_oprt_type": "2", "oprn_oprt_code": "99.9999", "oprn_oprt_begntime": "2024-06-01 09:00:00"}]
    bad["payinfo"][0]["fund_payamt"] = 1
    answer = hospital.say("4101", bad)
    assert str(answer["infcode"]) == "0" and answer["warn_msg"].startswith("[findings] ")
    number = answer["output"]["data"]["setl_list_id"]
    row, = quality(hospital, ids)
    wrong = [("age_differs", "age_days", ""), ("bad_duration", "vent_used_dura", "two days"), ("days_differ", "dscg_time", "2024-05-09"),
             ("days_order", "setl_end_date", "2024-05-10"), ("fund_differs", "payinfo.fund_payamt", bad["payinfo"][0]["fund_pay_type"]),
             ("no_discharge_way", "dscg_way", ""), ("outside_stay", "oprninfo.oprn_oprt_begntime", "2024-06-01"),
             ("several_main_diagnoses", "diseinfo.maindiag_flag", "K35.800"), ("unknown_diagnosis", "diseinfo.diag_code", "Z99.999"),
             ("unknown_procedure", "oprninfo.oprn_oprt_code", "99.9999")]
    assert found(row) == wrong and (row["qltctrl_rslt"], row["err_lv"]) == ("0", "2")
    assert found(quality(hospital, ids, "3607")[0], "detl_list") == wrong
    assert quality(hospital, ids, err_lv="0") == [] and len(quality(hospital, ids, err_lv="2")) == 1
    # put right: the same list, nothing left of the faults
    again = hospital.do("4101", settlement_list(ids, settled))
    assert again["data"]["setl_list_id"] == number and quality(hospital, ids)[0]["detailinfo"] == []
    # without a main diagnosis there is no group
    none = settlement_list(ids, settled)
    none["diseinfo"] = [dx("I10.x00", "0")]
    del none["payinfo"]
    hospital.do("4101", none)
    assert [f[0] for f in found(quality(hospital, ids)[0])] == ["fund_differs", "no_group", "no_main_diagnosis"]
    g = group_of(hospital, ids)
    assert (g["grp_rslt"], g["drg_code"], g["err_info"]) == ("0", "0000", "没有主要诊断")


def test_a_newborn_needs_a_weight_and_is_grouped_by_it(server, hospital):
    ids, settled = stay(hospital, "撤回")
    sql_born = f"update person set birth_on = '2024-05-01' where person_id = {ids['psn_no']}"
    from gateway.test_cross_area import sql_write
    sql_write(server, sql_born)
    baby = settlement_list(ids, settled, age_days=0)
    baby["diseinfo"], baby["oprninfo"] = [dx("P07.000", "1")], []
    hospital.do("4101", baby)
    assert found(quality(hospital, ids)[0])[0] == ("newborn_weight", "nwb_bir_wt", "")
    baby["setlinfo"]["nwb_bir_wt"] = "1200.00"
    hospital.do("4101", baby)
    assert quality(hospital, ids)[0]["detailinfo"] == [] and group_of(hospital, ids)["drg_code"] == "PS19"


def test_a_submitted_list_does_not_change(server, hospital, right):
    ids, settled, _, _ = right
    def state(to, **more):
        return {"data": {"stastinfo": [{"psn_no": ids["psn_no"], "setl_id": ids["setl_id"], "stas_type": to, **more}]}}
    hospital.refused("4102", state("0"), "list_state", "input.stastinfo.stas_type")  # it is a draft
    hospital.do("4102", state("1"))
    hospital.refused("4102", state("1"), "list_state", "input.stastinfo.stas_type")
    hospital.refused("4102", state("0"), "list_state", "input.stastinfo.stas_type")
    hospital.refused("4101", settlement_list(ids, settled), "list_state")
    hospital.refused("4102", state("2"), "list_state")
    from gateway.test_cross_area import sql_write
    sql_write(server, f"update settlement_list set state = 'rejected' where settlement_id = {ids['setl_id']}")
    assert quality(hospital, ids, retn_flag="1")[0]["retn_flag"] == "1"
    hospital.do("4101", settlement_list(ids, settled, stas_type="1"))
    hospital.refused("4101", settlement_list(ids, settled), "list_state")
    sql_write(server, f"update settlement_list set state = 'draft' where settlement_id = {ids['setl_id']}")


def test_what_belongs_to_nobody_is_refused(server, hospital, right):
    ids, settled, _, _ = right
    other = Hospital(server, "N1")
    other.sign_in()
    other.refused("4101", settlement_list(ids, settled), "not_found", "input.setlinfo.setl_id")
    other.refused("4103", {"data": {"psn_no": ids["psn_no"], "setl_id": ids["setl_id"]}}, "not_found")
    assert quality(other, {"setl_id": ids["setl_id"]}) == []
    hospital.refused("4101", settlement_list({**ids, "mdtrt_id": "12"}, settled), "not_found", "input.setlinfo.mdtrt_id")
    hospital.refused("4101", settlement_list({**ids, "setl_id": "12"}, settled), "not_found", "input.setlinfo.setl_id")
    hospital.refused("4101", settlement_list(ids, settled, adm_time="yesterday"), "bad_date", "input.setlinfo.adm_time")
    hospital.refused("4101", settlement_list(ids, settled, stas_type="2"), "bad_value", "input.setlinfo.stas_type")
    hospital.refused("4104", {"data": {"setl_ym": "2024-5", "page_num": 1, "page_size": 20}}, "bad_value")
    gone, settled = stay(hospital, "他院")
    hospital.refused("4103", {"data": {"psn_no": gone["psn_no"], "setl_id": gone["setl_id"]}}, "not_found")
    hospital.do("2305", {"data": gone})
    hospital.refused("4101", settlement_list(gone, settled), "already_reversed", "input.setlinfo.setl_id")


def test_how_many_lists_are_wanting(hospital):
    def count(kinds=(), **more):
        out = hospital.do("4105", {"data": {"fixmedins_code": "N3", "medtype_list": list(kinds), "stt_begntime": TODAY + " 00:00:00",
                                            "stt_endtime": TODAY + " 23:59:59", **more}})
        return out["needUploadCnt"], out["uploadedCnt"]
    needed, sent = count()
    for name in ("数一", "数二"):
        ids, settled = stay(hospital, name)
    hospital.do("4101", settlement_list(ids, settled))
    assert count() == (needed + 2, sent + 1) == count(["21"]) and count(["11"]) == (0, 0)
    hospital.do("2305", {"data": ids})
    assert count() == (needed + 1, sent) and count(refdset_flag="1")[0] > needed + 2
    hospital.refused("4105", {"data": {"fixmedins_code": "N1", "medtype_list": [], "stt_begntime": TODAY, "stt_endtime": TODAY}}, "no_right")


def dip_of(hospital, ids, **more):
    asked = {"setl_ym": MONTH, "page_num": 1, "page_size": 20, "setl_id": ids["setl_id"], **more}
    rows = hospital.do("3606", {"data": asked})["data"]
    return rows[0] if rows else None


def of_command(*rows):
    """The same cases by `gongji group dip`."""
    text = "case_id,main_dx,other_dx,procedures,total_cost,provider_level,age,los\n" + "".join(row + "\n" for row in rows)
    packs = Path(os.environ["GONGJI_ROOT"]) / "packs/dip/teaching"
    done = subprocess.run([os.environ["GONGJI"], "group", "dip", "--catalogue", packs, "--in", "/dev/stdin", "--format", "csv"],
                          input=text.encode(), capture_output=True, check=True)
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def test_the_dip_group_stands_beside_the_drg(server, hospital):
    ids, settled = stay(hospital, "分值")
    before = money(server, ids)
    hospital.do("4101", settlement_list(ids, settled))
    g, (want,) = dip_of(hospital, ids), of_command("1,K35.800,I10.x00,47.0100,3000.00,3,44,9")
    assert want["group"] == "K35.8:47.0100" and want["deviation"] == "low"
    assert (g["dip_dise_grp_code"], g["dise_list_type"], g["sco_stas"]) == (want["group"], want["tier"], want["deviation"])
    assert (f"{g['grp_dise_sco']:.4f}", f"{g['act_setl_sco']:.4f}") == (want["score"], want["points"])
    assert (g["grp_diag_code"], g["oprn_grp_code"], g["grp_stas"], g["nuld_flag"]) == ("K35.8", "47.0100", "1", "0")
    assert g["dip_dise_grp_name"].startswith("急性阑尾炎") and g["dise_list_type_name"] == "核心病种" and "K35.8" in g["path"]
    assert group_of(hospital, ids)["drg_code"] == "GD13"
    info = hospital.do("4103", {"data": {"psn_no": ids["psn_no"], "setl_id": ids["setl_id"]}})["setlinfo"]
    assert info["dipDiseGrpCode"] == "K35.8:47.0100" and info["dipDiseGrpName"] == g["dip_dise_grp_name"]
    assert money(server, ids) == before
    # without a main diagnosis there is none, and the reason is told
    none = settlement_list(ids, settled)
    none["diseinfo"] = []
    hospital.do("4101", none)
    g = dip_of(hospital, ids)
    assert (g["grp_stas"], g["dip_dise_grp_code"], g["dise_list_type"]) == ("0", "", None) and "主要诊断" in g["remarks"]
    hospital.do("4101", settlement_list(ids, settled))
    assert dip_of(hospital, ids, setl_ym="199901") is None


def test_all_hospitals_are_compared_and_none_is_named(server, hospital):
    gone, settled = stay(hospital, "同组")
    hospital.do("4101", settlement_list(gone, settled))
    other = Hospital(server, "N1")
    other.sign_in()
    their, settled = stay(other, "邻院")
    conservative = settlement_list(their, settled)
    conservative["oprninfo"] = []
    other.do("4101", conservative)
    asked = {"setl_mon": MONTH, "page_num": 1, "page_size": 1000}
    all_of = {infno: hospital.do(infno, {"data": asked})["data"] for infno in ("3608", "3610")}
    for rows in all_of.values():
        assert len(rows) == 2 and rows[0]["setl_psntime"] > rows[1]["setl_psntime"] == 1
        assert not {"N1", "N3"} & {r["fixmedins_code"] for r in rows} and [r["fixmedins_name"] for r in rows] == ["机构 1", "机构 2"]
        assert all(round(r["medfee_sumamt"] / r["setl_psntime"], 2) == r["ave_medfee_sumamt"] == 3000 for r in rows)
        assert {r["admdvs"] for r in rows} == {"350902"}
    assert [r["fixmedins_code"] for r in all_of["3608"]] == [r["fixmedins_code"] for r in all_of["3610"]]
    assert other.do("3608", {"data": asked})["data"] == all_of["3608"]  # the same names for everybody, and later on
    mine, their = (r["fixmedins_code"] for r in all_of["3608"])
    rows = hospital.do("3609", {"data": {**asked, "fixmedins_code": their}})["data"]
    assert [(r["dip_dise_grp_code"], r["setl_psntime"], r["medfee_sumamt"]) for r in rows] == [("K35.8:-", 1, 3000)]
    rows = other.do("3609", {"data": {**asked, "fixmedins_code": mine, "dise_code": "K35.8"}})["data"]
    assert [r["dip_dise_grp_code"] for r in rows] == ["K35.8:47.0100"] and rows[0]["setl_psntime"] >= 2
    drgs = {r["drg_code"]: r["setl_psntime"] for r in other.do("3611", {"data": {**asked, "fixmedins_code": mine}})["data"]}
    assert drgs["GD13"] == rows[0]["setl_psntime"]
    # what was taken back does not count, whoever asks for nobody is told so
    hospital.do("2305", {"data": gone})
    assert other.do("3611", {"data": {**asked, "fixmedins_code": mine, "dise_code": "GD13"}})["data"][0]["setl_psntime"] == drgs["GD13"] - 1
    hospital.refused("3609", {"data": {**asked, "fixmedins_code": "N1"}}, "not_found")
    hospital.refused("3608", {"data": {**asked, "setl_mon": "2024-5"}}, "bad_value")
    assert hospital.do("3608", {"data": {**asked, "setl_mon": "199901"}})["data"] == []


def test_without_a_scheme_lists_are_kept_and_not_grouped():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "N3,open")
        h = Hospital(s, "N3")
        h.sign_in()
        ids, settled = stay(h, "阑尾")
        h.do("4101A", settlement_list(ids, settled))
        assert group_of(h, ids) is None and dip_of(h, ids) is None and quality(h, ids)[0]["detailinfo"] == []


def test_a_scheme_that_is_not_there_stops_the_server():
    with Server(start=False) as s:
        assert "nothing" in s.cli("serve", "--packs", str(s.packs), "--port", "0", "--list-scheme", "nothing", status=1)
        assert "nothing" in s.cli("serve", "--packs", str(s.packs), "--port", "0", "--list-catalogue", "nothing", status=1)
