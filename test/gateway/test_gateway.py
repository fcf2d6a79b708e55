"""Hospital systems at the gateway: the whole way of outpatient, inpatient and pharmacy visits, reversal, reconciliation, and
what goes wrong on it.

covers: R065 R084 R085
"""
import json
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import FILES, fill  # noqa: E402
from support.hospital import Hospital, MONEY, SERIAL, admit, fen, identities  # noqa: E402
from support.server import Server  # noqa: E402

NAMES = ["张三丰", "李四", "王小明", "赵六", "钱七", "孙八", "周九", "吴十", "郑一", "冯二", "陈三", "褚四"]
PEOPLE = [{"name": n} for n in NAMES]
PEOPLE[0]["category"] = [("dibao", "2024-01-01", "2030-06-30")]
PEOPLE[2]["disease"] = [("hypertension", "2023-01-01", "2030-01-01")]
PEOPLE[5].update(scheme="employee", status="active")
DAY = {"stmt_begndate": "2000-01-01", "stmt_enddate": "2099-12-31"}
LINES = [("A1", 2, 30.0), ("B1", 3, 14.8), ("C1", 1, 8.5)]
STAY = [("A1", 10, 3000.0), ("B1", 100, 14.8), ("C1", 1, 800.0)]


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open,,,,,strict,required,string,string,array", "H9,closed")
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    h = Hospital(server)
    h.sign_in()
    return h


def of(name):
    return next(p for p in PEOPLE if p["name"] == name)["id_no"]


def person(hospital, name):
    return hospital.person(of(name))["baseinfo"]["psn_no"]


# ---- persons and providers ----

def test_sign_in_person_and_provider(hospital):
    assert hospital.sign_no
    got = hospital.person(of("张三丰"))
    assert got["baseinfo"]["psn_name"] == "张三丰" and got["baseinfo"]["brdy"] == "1980-02-03"
    assert got["baseinfo"]["gend"] in ("1", "2")
    assert [i["insutype"] for i in got["insuinfo"]] == ["390"] and got["insuinfo"][0]["psn_insu_stas"] == "1"
    assert [i["psn_idet_type"] for i in got["idetinfo"]] == ["2303"]
    hospital.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "350902199901019999"}}, "not_found")
    hospital.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": of("李四"), "psn_name": "王五"}}, "id_mismatch",
                     "input.data.psn_name")
    hospital.refused("1101", {"data": {"mdtrt_cert_type": "01", "mdtrt_cert_no": "token"}}, "unknown_credential",
                     "input.data.mdtrt_cert_no")
    one = hospital.do("1201", {"medinsinfo": {"fixmedins_type": "1", "fixmedins_code": "H3", "fixmedins_name": ""}})
    assert one["medinsinfo"]["fixmedins_name"] == "第三医院"
    found = hospital.do("5301", {"data": {"psn_no": person(hospital, "王小明")}})["feedetail"]
    assert [(d["opsp_dise_code"], d["begndate"]) for d in found] == [("M03900", "2023-01-01")]


# ---- outpatient ----

def test_outpatient_from_registration_to_reversal(hospital):
    psn = person(hospital, "李四")
    s, detail, (_, visit, rows) = hospital.outpatient(of("李四"), LINES)
    v = identities(s, detail)
    assert v["medfee_sumamt"] == 6000 + 4440 + 850 and v["fulamt_ownpay_amt"] == 850 and v["overlmt_selfpay"] == 690
    assert s["psn_no"] == psn and s["mdtrt_id"] == visit and s["clr_type"] == "11" and s["clr_way"] == "1"
    assert s["insutype"] == "390" and s["med_type"] == "11"
    shown = hospital.do("5203", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}})
    assert identities(shown["setlinfo"], shown["setldetail"]) == v
    assert shown["setlinfo"]["medins_setl_id"] == s["medins_setl_id"] and shown["setlinfo"]["refd_setl_flag"] == "0"
    hospital.refused("2205", {"data": {"mdtrt_id": visit, "chrg_bchno": rows[0]["chrg_bchno"], "psn_no": psn}}, "items_settled")
    hospital.refused("2202", {"data": {"mdtrt_id": visit, "psn_no": psn, "ipt_otp_no": "x"}}, "items_settled")
    back = hospital.do("2208", {"data": {"setl_id": s["setl_id"], "mdtrt_id": visit, "psn_no": psn}})
    b = identities(back["setlinfo"], back["setldetail"])
    assert b == {k: -v[k] for k in MONEY} and back["setlinfo"]["setl_id"] != s["setl_id"]
    shown = hospital.do("5203", {"data": {"psn_no": psn, "setl_id": back["setlinfo"]["setl_id"], "mdtrt_id": visit}})
    assert identities(shown["setlinfo"], shown["setldetail"]) == b and shown["setlinfo"]["refd_setl_flag"] == "1"
    hospital.refused("2208", {"data": {"setl_id": s["setl_id"], "mdtrt_id": visit, "psn_no": psn}}, "already_reversed")
    # the items are free again: settled once more, with the same outcome
    again = hospital.do("2207", hospital.bill(psn, visit, rows))
    assert identities(again["setlinfo"], again["setldetail"]) == v
    assert again["setlinfo"]["setl_id"] not in (s["setl_id"], back["setlinfo"]["setl_id"])


def test_numbers_are_those_of_the_counter(server, hospital):
    clerk = server.user("clerk1", "clerk")
    psn = person(hospital, "赵六")
    provider = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "H2")
    counter = clerk.post("/settlements/preview", {
        "person_id": psn, "provider_id": provider, "visit": {"kind": "inpatient", "date": "2024-05-10", "admit_date": "2024-05-01"},
        "lines": [{"code": c, "quantity": n, "unit_price": p} for c, n, p in STAY]})["settlements"][0]
    visit = hospital.admit(psn)
    rows = hospital.rows(psn, visit, STAY)
    hospital.do("2301", {"feedetail": rows})
    hospital.discharge(psn, visit)
    s = hospital.do("2303", hospital.bill(psn, visit, rows, med_type="21", mid_setl_flag="0"))["setlinfo"]
    for ours, theirs in (("medfee_sumamt", "total"), ("fund_pay_sumamt", "fund_total"), ("psn_cash_pay", "cash")):
        assert fen(s[ours]) == fen(counter[theirs])


def test_each_uploaded_line_is_split(hospital):
    psn = person(hospital, "王小明")
    visit = hospital.register(psn)
    rows = hospital.rows(psn, visit, LINES, "BX")
    split = hospital.do("2204", {"feedetail": rows})["result"]
    assert [(r["feedetl_sn"], r["chrgitm_lv"]) for r in split] == [(r["feedetl_sn"], lv) for r, lv in zip(rows, ("01", "02", "03"))]
    for r in split:
        assert fen(r["det_item_fee_sumamt"]) == sum(fen(r[k]) for k in ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt"))
    b = split[1]
    assert (b["pric_uplmt_amt"], b["overlmt_amt"], b["preselfpay_amt"], b["selfpay_prop"]) == (12.5, 6.9, 7.5, 0.2)
    asked = hospital.do("2206", hospital.bill(psn, visit, rows))["setlinfo"]
    for line, whole in (("fulamt_ownpay_amt", "fulamt_ownpay_amt"), ("overlmt_amt", "overlmt_selfpay"),
                        ("preselfpay_amt", "preselfpay_amt"), ("inscp_scp_amt", "inscp_scp_amt")):
        assert sum(fen(r[line]) for r in split) == fen(asked[whole])
    hospital.refused("2204", {"feedetail": hospital.rows(psn, visit, [("A1", 1, 1.0), ("XX", 1, 1.0)], "BY")}, "not_in_catalogue",
                     "input.feedetail[2].med_list_codg")
    hospital.refused("2204", {"feedetail": rows}, "exists", "input.feedetail[1].feedetl_sn")
    wrong = hospital.bill(psn, visit, rows)
    wrong["data"]["medfee_sumamt"] = "99.00"
    assert "112.90" in hospital.refused("2207", wrong, "amount_mismatch", "input.data.medfee_sumamt")["err_msg"]
    hospital.do("2205", {"data": {"mdtrt_id": visit, "chrg_bchno": "BX", "psn_no": psn}})
    hospital.refused("2206", hospital.bill(psn, visit, rows), "no_items")
    hospital.do("2202", {"data": {"mdtrt_id": visit, "psn_no": psn, "ipt_otp_no": "x"}})
    hospital.refused("2204", {"feedetail": rows}, "visit_state")


def test_a_chronic_disease_has_to_be_known_and_recognised(hospital):
    psn = person(hospital, "王小明")
    visit = hospital.register(psn)
    told = {"mdtrtinfo": {"mdtrt_id": visit, "psn_no": psn, "med_type": "14", "begntime": "2024-05-01"}, "diseinfo": []}
    hospital.refused("2203", told, "missing_field", "input.mdtrtinfo.dise_codg")
    told["mdtrtinfo"].update(dise_codg="M03900", med_type="9901")
    hospital.do("2203", told)
    rows = hospital.rows(psn, visit, [("B1", 5, 10.0)], "BZ")
    hospital.do("2204", {"feedetail": rows})
    got = hospital.do("2207", hospital.bill(psn, visit, rows, med_type="9901"))
    assert identities(got["setlinfo"], got["setldetail"])["hifp_pay"] > 0 and got["setlinfo"]["clr_type"] == "15"
    other = person(hospital, "赵六")
    visit = hospital.register(other)
    told["mdtrtinfo"].update(mdtrt_id=visit, psn_no=other)
    hospital.do("2203", told)
    rows = hospital.rows(other, visit, [("B1", 5, 10.0)], "BZ")
    hospital.refused("2204", {"feedetail": rows}, "not_recognised")


# ---- inpatient ----

def test_inpatient_from_admission_to_reversal(hospital):
    psn = person(hospital, "张三丰")
    visit = hospital.admit(psn)
    assert visit in [r["mdtrt_id"] for r in hospital.do("5303", {"data": {"psn_no": psn, "begntime": "2024-04-01",
                                                                      "endtime": "2024-06-01"}})["data"]]
    rows = hospital.rows(psn, visit, STAY)
    hospital.do("2301", {"feedetail": rows})
    extra = hospital.rows(psn, visit, 4 * [("A1", 1, 3000.0)])
    hospital.do("2301", {"feedetail": extra})
    drop = [{"feedetl_sn": r["feedetl_sn"], "mdtrt_id": visit, "psn_no": psn} for r in extra]
    hospital.refused("2302", {"data": [drop[1], {**drop[2], "feedetl_sn": "none"}]}, "not_found")
    hospital.do("2302", {"data": [drop[0], drop[2]]})
    hospital.refused("2302", {"data": [drop[0]]}, "not_found")
    hospital.do("2302", {"data": [drop[3]]})
    hospital.do("2301", {"feedetail": [extra[3]]})
    hospital.do("2302", {"data": [drop[3], drop[1]]})
    back = {**rows[0], "feedetl_sn": "back1", "init_feedetl_sn": rows[0]["feedetl_sn"], "cnt": -2, "det_item_fee_sumamt": "-6000.00"}
    hospital.do("2301", {"feedetail": [back]})
    hospital.refused("2301", {"feedetail": [{**back, "feedetl_sn": "back2", "cnt": -9, "det_item_fee_sumamt": "-27000.00"}]},
                     "bad_value", "input.feedetail[1].cnt")
    hospital.discharge(psn, visit)
    rows[0]["det_item_fee_sumamt"] = "24000.00"
    body = hospital.bill(psn, visit, rows, med_type="21", mid_setl_flag="0")
    before, after = hospital.do("2303", body), hospital.do("2304", body)
    v = identities(after["setlinfo"], after["setldetail"])
    assert v == identities(before["setlinfo"], before["setldetail"]) and before["setlinfo"]["setl_time"] is None
    assert v["maf_pay"] > 0 and {"390100", "610100"} <= {d["fund_pay_type"] for d in after["setldetail"]}
    assert after["setlinfo"]["clr_type"] == "21" and v["act_pay_dedc"] > 0
    hospital.refused("2405", {"data": {"mdtrt_id": visit, "psn_no": psn}}, "items_settled")
    undone = hospital.do("2305", {"data": {"mdtrt_id": visit, "setl_id": after["setlinfo"]["setl_id"], "psn_no": psn}})
    assert identities(undone["setlinfo"], undone["setldetail"]) == {k: -v[k] for k in MONEY}
    hospital.do("2405", {"data": {"mdtrt_id": visit, "psn_no": psn}})
    hospital.refused("2404", {"data": {"mdtrt_id": visit, "psn_no": psn}}, "visit_state")
    hospital.do("2302", {"data": {"feedetl_sn": "0000", "mdtrt_id": visit, "psn_no": psn}})
    hospital.do("2404", {"data": {"mdtrt_id": visit, "psn_no": psn}})


def test_changes_of_a_stay_and_its_end_before_its_beginning(hospital):
    psn = person(hospital, "周九")
    visit = hospital.admit(psn)
    hospital.do("2403", {"adminfo": {"mdtrt_id": visit, "psn_no": psn, "begntime": "2024-05-03 08:00:00", "med_type": "21",
                                     "mdtrt_cert_type": "02", "adm_bed": "07"}, "diseinfo": hospital.diagnosis()})
    early = {"dscginfo": {"mdtrt_id": visit, "psn_no": psn, "insutype": "390", "endtime": "2024-05-02"}, "diseinfo": []}
    hospital.refused("2402", early, "bad_value", "input.dscginfo.endtime")


def test_what_came_later_has_to_go_first(hospital):
    psn = person(hospital, "钱七")
    first, _, (_, visit, _) = hospital.outpatient(of("钱七"), LINES)
    second, _, (_, visit2, _) = hospital.outpatient(of("钱七"), LINES, on="2024-05-02")
    third, _, (_, visit3, _) = hospital.outpatient(of("钱七"), LINES, on="2024-05-03")
    refused = hospital.refused("2208", {"data": {"setl_id": first["setl_id"], "mdtrt_id": visit, "psn_no": psn}}, "later_settlements")
    assert f"{third['setl_id']}, {second['setl_id']}" in refused["err_msg"]
    for s, v in ((third, visit3), (second, visit2), (first, visit)):
        hospital.do("2208", {"data": {"setl_id": s["setl_id"], "mdtrt_id": v, "psn_no": psn}})


# ---- pharmacy ----

def drugs(psn, lines, insutype="310", med_type="11"):
    detail = [{"feedetl_sn": f"P{next(SERIAL)}", "rxno": "R1", "rx_circ_flag": "0", "fee_ocur_time": "2024-05-01 09:00:00",
               "med_list_codg": c, "medins_list_codg": "L" + c, "det_item_fee_sumamt": f"{n * p:.2f}", "cnt": n, "pric": p}
              for c, n, p in lines]
    return {"druginfo": {"psn_no": psn, "mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "begntime": "2024-05-01 09:00:00",
                         "medfee_sumamt": Hospital.total(detail), "insutype": insutype, "acct_used_flag": "0",
                         "med_type": med_type}, "drugdetail": detail}


def test_pharmacy_settles_in_one_message(hospital):
    psn = person(hospital, "孙八")
    body = drugs(psn, [("B1", 20, 14.8)])
    before, after = hospital.do("2101", body), hospital.do("2102", body)
    v = identities(after["setlinfo"], after["setldetail"])
    assert v == identities(before["setlinfo"], before["setldetail"])
    assert before["detlcutinfo"] == after["detlcutinfo"] and after["detlcutinfo"][0]["chrgitm_lv"] == "02"
    s = after["setlinfo"]
    back = hospital.do("2103", {"data": {"setl_id": s["setl_id"], "mdtrt_id": s["mdtrt_id"], "psn_no": psn}})
    assert identities(back["setlinfo"], back["setldetail"]) == {k: -v[k] for k in MONEY}
    # this city's policy pays for nothing bought in a pharmacy: said, not invented
    answer = hospital.refused("2101", drugs(psn, [("B1", 1, 14.8)], med_type="41"), "refused")
    assert "no_stack" in answer["err_msg"]


def statement(server, sql):
    """→ the number it asks for, if it asks"""
    import sqlite3
    import subprocess
    if "://" in server.database:
        said = subprocess.run(["psql", "-qAt", server.database, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()
        return int(said) if said.isdigit() else None
    with sqlite3.connect(server.database) as db:
        row = db.execute(sql).fetchone()
    db.close()
    return row[0] if row else None


def test_the_account_is_left_alone_when_the_patient_says_so(server, hospital):
    psn = person(hospital, "孙八")
    statement(server, f"insert into person_state (person_id, version, account) values ({psn}, 1, 'current 0 100000\n') "
                      "on conflict (person_id, scheme, year) do update set account = excluded.account")
    lines = [("A1", 1, 100.0), ("C1", 1, 8.0)]
    visit = hospital.register(psn, "310")
    hospital.inform(psn, visit)
    rows = hospital.rows(psn, visit, lines, "B1")
    hospital.do("2204", {"feedetail": rows})
    without = hospital.do("2206", hospital.bill(psn, visit, rows, "310", acct_used_flag="0"))
    assert fen(without["setlinfo"]["acct_pay"]) == 0 and without["setlinfo"]["balc"] == 1000
    used = hospital.do("2206", hospital.bill(psn, visit, rows, "310"))
    paid = identities(used["setlinfo"], used["setldetail"])["acct_pay"]
    assert paid > 0 and fen(used["setlinfo"]["balc"]) == 100000 - paid
    assert "310200" in {d["fund_pay_type"] for d in used["setldetail"]}
    done = hospital.do("2207", hospital.bill(psn, visit, rows, "310", acct_used_flag="0"))["setlinfo"]
    assert hospital.person(of("孙八"))["insuinfo"][0]["balc"] == 1000
    hospital.do("2208", {"data": {"setl_id": done["setl_id"], "mdtrt_id": visit, "psn_no": psn}})
    done = hospital.do("2207", hospital.bill(psn, visit, rows, "310"))["setlinfo"]
    assert fen(hospital.person(of("孙八"))["insuinfo"][0]["balc"]) == 100000 - paid
    back = hospital.do("2208", {"data": {"setl_id": done["setl_id"], "mdtrt_id": visit, "psn_no": psn}})
    assert back["setlinfo"]["balc"] == 1000 and identities(back["setlinfo"], back["setldetail"])["acct_pay"] == -paid


# ---- once, and only once ----

def test_a_repeated_message_is_one_settlement(hospital):
    psn = person(hospital, "吴十")
    visit = hospital.register(psn)
    hospital.inform(psn, visit)
    rows = hospital.rows(psn, visit, LINES, "B1")
    hospital.do("2204", {"feedetail": rows})
    msgid = hospital.msgid()
    body = hospital.envelope("2207", hospital.bill(psn, visit, rows), msgid)
    answers = []

    def send():
        answers.append(hospital.post("/fsi/api/rsfComIfsService/callService", body))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len({a[2] for a in answers}) == 1 and b'"infcode":0' in answers[0][2]
    assert sum(a[1].get("Idempotent-Replay") == "true" for a in answers) == 5
    other = hospital.bill(psn, visit, rows)
    other["data"]["invono"] = "7"
    hospital.refused("2207", other, "idempotency_mismatch", "msgid", msgid=msgid)
    # the same number for another transaction is another message
    assert hospital.do("5301", {"data": {"psn_no": psn}}, msgid=msgid) == {"feedetail": []}
    hospital.do("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2207"}})
    for _ in range(2):  # whoever lost the answer asks again
        again = hospital.say("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2207"}})
        assert again["infcode"] == 0 and again["warn_msg"].startswith("[already_reversed]") and again["output"] is None
    other_psn = person(hospital, "郑一")
    hospital.refused("2601", {"data": {"psn_no": other_psn, "omsgid": msgid, "oinfno": "2207"}}, "not_found", "input.data.omsgid")
    row = {"psn_no": psn, "omsgid": msgid, "oinfno": "2207"}
    hospital.refused("2601", {"data": [row, row]}, "bad_value", "input.data")
    assert hospital.say("2601", {"data": [row]})["infcode"] == 0
    hospital.refused("2601", {"data": {"psn_no": psn, "omsgid": "unheard-of", "oinfno": "2207"}}, "not_found", "input.data.omsgid")
    hospital.refused("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2204"}}, "not_supported", "input.data.oinfno")


def settled_by(hospital, psn, on):
    """→ the message number of a 2207, its setlinfo."""
    visit = hospital.register(psn, on=on)
    hospital.inform(psn, visit, on=on)
    rows = hospital.rows(psn, visit, [("A1", 1, 30.0)], f"B{next(SERIAL)}", on)
    hospital.do("2204", {"feedetail": rows})
    msgid = hospital.msgid()
    return msgid, hospital.do("2207", hospital.bill(psn, visit, rows), msgid=msgid)["setlinfo"]


def test_many_are_undone_at_once_and_each_of_them_once(server, hospital):
    psns = [person(hospital, n) for n in ("赵六", "钱七", "周九", "冯二")]
    made = [(psn, *settled_by(hospital, psn, f"2024-08-{d:02}")) for psn in psns for d in (1, 2, 3)]
    told, lock = [], threading.Lock()

    def undo(psn, msgid):
        for _ in range(30):  # of one person's the last one first: whoever comes too early is told, and asks again
            answer = hospital.say("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2207"}})
            if answer["infcode"] == 0 or answer["error"]["code"] != "later_settlements":
                break
            time.sleep(0.05)
        with lock:
            told.append((msgid, answer["infcode"], answer["warn_msg"]))

    threads = [threading.Thread(target=undo, args=(psn, msgid)) for psn, msgid, _ in made for _ in range(2)]  # each by two tills
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [t for t in told if t[1] != 0] == []
    for _, msgid, s in made:
        assert sorted(w.startswith("[already_reversed]") for m, _, w in told if m == msgid) == [False, True]
        assert statement(server, f"select count(*) from settlement where reverses_id = {s['setl_id']} and part = 0") == 1
        assert statement(server, f"select count(*) from settlement where settlement_id = {s['setl_id']} and state = 'reversed'") == 1


def test_a_settlement_that_was_made_anew_is_undone_as_it_stands(server, hospital):
    psn = person(hospital, "陈三")
    (_, first), (msgid, second) = settled_by(hospital, psn, "2024-08-01"), settled_by(hospital, psn, "2024-08-02")
    clerk, checker = server.user("undo_clerk", "clerk"), server.user("undo_checker", "supervisor")
    asked = clerk.post(f"/settlements/{first['setl_id']}/reverse", {"reason": "重复录入"}, 202)
    checker.post(f"/approvals/{asked['approval_id']}/approve", {"note": ""})
    standing = f"select count(*) from settlement where person_id = {psn} and kind = 'settle' and state = 'settled' and service_on = '2024-08-02'"
    moved = statement(server, f"select max(settlement_id) from settlement where replaces_id = {second['setl_id']}")
    assert moved and statement(server, standing) == 1
    ask = {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2207"}}
    assert "warn_msg" in hospital.say("2601", ask) and statement(server, standing) == 0
    assert statement(server, f"select count(*) from settlement where reverses_id = {moved} and part = 0") == 1
    assert hospital.say("2601", ask)["warn_msg"].startswith("[already_reversed]")


def test_an_admission_by_mistake_is_undone_by_its_message(hospital):
    psn = person(hospital, "郑一")
    msgid = hospital.msgid()
    body = {"mdtrtinfo": {"psn_no": psn, "insutype": "390", "begntime": "2024-05-01", "mdtrt_cert_type": "02", "med_type": "21",
                          "ipt_no": "IP"}, "diseinfo": []}
    visit = hospital.do("2401", body, msgid=msgid)["result"]["mdtrt_id"]
    hospital.do("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2401"}})
    assert hospital.say("2601", {"data": {"psn_no": psn, "omsgid": msgid, "oinfno": "2401"}})["warn_msg"].startswith("[already_reversed]")
    hospital.refused("2301", {"feedetail": hospital.rows(psn, visit, [("A1", 1, 1.0)])}, "visit_state")


def test_a_server_that_dies_keeps_what_it_answered(server, hospital):
    import signal
    psn = person(hospital, "冯二")
    s, _, (_, visit, rows) = hospital.outpatient(of("冯二"), LINES)
    server.restart(signal.SIGKILL)
    shown = hospital.do("5203", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}})["setlinfo"]
    assert fen(shown["medfee_sumamt"]) == fen(s["medfee_sumamt"])
    hospital.refused("2207", hospital.bill(psn, visit, rows), "no_items")


# ---- one hospital is not another ----

def test_nobody_sees_or_touches_anothers_visits(server, hospital):
    s, _, (psn, visit, rows) = hospital.outpatient(of("陈三"), LINES)
    admit(server, "H3,open")
    other = Hospital(server, "H3")
    other.refused("5203", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}}, "not_found")
    other.refused("2208", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}}, "not_found")
    other.refused("2204", {"feedetail": other.rows(psn, visit, LINES, "B")}, "not_found")
    Hospital(server, "H9").refused("9001", {"signIn": {"opter_no": "1"}}, "gateway_closed", "fixmedins_code")
    Hospital(server, "H404").refused("9001", {"signIn": {"opter_no": "1"}}, "gateway_closed")
    wrong = hospital.say("5203", {"data": {"psn_no": person(hospital, "褚四"), "setl_id": s["setl_id"], "mdtrt_id": visit}})
    assert wrong["error"]["code"] == "not_found"


# ---- shapes ----

def test_every_shape_of_address_and_body(hospital):
    data = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": of("李四")}}
    for path in ("/fsi/api/rsfComIfsService/callService", "/fsi/api/rsfComIfsService/callService/1101", "/ebus/gdyb_api/prd/hsa/hgs/1101",
                 "/power-csb/powercsb/1101", "/gateway", "/gateway/1101", "/fsi/api/fsiPsnInfoService/queryPsnInfo"):
        assert hospital.say("1101", data, path=path)["output"]["baseinfo"]["psn_name"] == "李四"
    hospital.refused("1101", data, "path_mismatch", path="/fsi/api/reverseService/revsMethod")
    hospital.refused("1101", data, "path_mismatch", path="/fsi/api/nothing/here")
    hospital.refused("9876", data, "unknown_transaction", "infno")
    body = json.dumps(hospital.envelope("1101", data), ensure_ascii=False).encode()
    for content_type in ("text/plain", "text/plain; charset=utf-8", "application/json", "application/x-www-form-urlencoded"):
        assert b"\xe6\x9d\x8e\xe5\x9b\x9b" in hospital.post("/gateway", body, {"Content-Type": content_type})[2]
    assert b'"infcode":0' in hospital.post("/gateway", b"\xef\xbb\xbf" + body)[2]
    for data in ({"data": [data["data"]]}, {"person": data["data"]}, data["data"]):
        assert hospital.say("1101", data)["infcode"] == 0
    for bad, code in ((b"", "bad_json"), (b"{", "bad_json"), (b"[]", "bad_type"), (b"{}", "missing_field"), (b'{"a":"\xff"}', "bad_")):
        status, headers, answer = hospital.post("/gateway", bad)
        assert status == 200 and json.loads(answer)["err_msg"].startswith("[" + code), answer


def test_output_as_the_institution_wants_it(server):
    admit(server, "H3,open,,,,,lenient,required,string,string,array")
    other = Hospital(server, "H3")
    other.refused("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": of("李四")}}, "not_signed_in", "sign_no")
    answer = other.say("9001", {"signIn": {"opter_no": "1", "mac": "m", "ip": "i"}})
    assert answer["infcode"] == "0" and isinstance(answer["output"]["signinoutb"], list)
    other.sign_no = answer["output"]["signinoutb"][0]["sign_no"]
    got = other.do("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": of("李四")}})
    assert isinstance(got["baseinfo"], list) and got["insuinfo"][0]["balc"] == "0.00"
    other.do("9002", {"signOut": {"sign_no": other.sign_no, "opter_no": "1"}})
    assert other.say("5301", {"data": {"psn_no": "1"}})["error"]["code"] == "not_signed_in"


def test_binary_fractions_are_what_they_were_meant_to_be(hospital):
    psn = person(hospital, "周九")
    visit = hospital.register(psn)
    row = hospital.rows(psn, visit, [("A1", 1, 11.12)], "BN")[0]
    noisy = {**row, "pric": 11.120000000000001, "det_item_fee_sumamt": "11.119999999999999", "cnt": "1.0"}
    split = hospital.do("2204", {"feedetail": [noisy]})["result"]
    assert split[0]["det_item_fee_sumamt"] == 11.12
    meant = {**row, "feedetl_sn": "n2", "det_item_fee_sumamt": "11.125"}
    hospital.refused("2204", {"feedetail": [meant]}, "bad_amount", "input.feedetail[1].det_item_fee_sumamt")
    hospital.refused("2204", {"feedetail": [{**meant, "det_item_fee_sumamt": "11.1250000000001"}]}, "bad_amount")


# ---- reconciliation ----

def totals(settled):
    return {"medfee_sumamt": f"{sum(fen(s['medfee_sumamt']) for s in settled) / 100:.2f}",
            "fund_pay_sumamt": f"{sum(fen(s['fund_pay_sumamt']) for s in settled) / 100:.2f}",
            "acct_pay": f"{sum(fen(s['acct_pay']) for s in settled) / 100:.2f}", "fixmedins_setl_cnt": len(settled)}


def test_totals_and_details_are_compared(tmp_path):
    import base64
    import io
    import zipfile
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open")
        h = Hospital(s)
        done = [h.outpatient(of(n), LINES)[0] for n in NAMES[:4]]
        with_back = h.outpatient(of(NAMES[4]), LINES)
        psn, visit, _ = with_back[2]
        back = h.do("2208", {"data": {"setl_id": with_back[0]["setl_id"], "mdtrt_id": visit, "psn_no": psn}})["setlinfo"]
        Hospital(s, "H3").outpatient(of(NAMES[6]), LINES)
        every = done + [with_back[0], back]
        ask = {"insutype": "390", "clr_type": "11", "setl_optins": "350900", **DAY}
        flat = h.do("3201", {"data": {**ask, **totals(every)}})["stmtinfo"]
        assert flat == {"setl_optins": "350900", "stmt_rslt": "0", "stmt_rslt_dscr": ""}
        assert h.do("3201", {"data": {**ask, **totals(done), "refd_setl_flag": "0"}})["stmtinfo"]["stmt_rslt"] == "0"
        assert h.do("3201", {"data": {**ask, **totals(every[4:]), "refd_setl_flag": "1"}})["stmtinfo"]["stmt_rslt"] == "0"
        off = h.do("3201", {"data": {**ask, **totals(done)}})["stmtinfo"]
        assert off["stmt_rslt"] == "1" and "fixmedins_setl_cnt: 6 / 4" in off["stmt_rslt_dscr"]
        fen_off = {**totals(every), "fund_pay_sumamt": f"{float(totals(every)['fund_pay_sumamt']) + 0.01:.2f}"}
        assert h.do("3201", {"data": {**ask, **fen_off}})["stmtinfo"]["stmt_rslt"] == "1"
        assert h.do("3201", {"data": {**ask, "clr_type": "21", **totals([])}})["stmtinfo"]["stmt_rslt"] == "0"

        def compare(rows):
            text = "".join("\t".join(map(str, r)) + "\n" for r in rows)
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
                z.writestr("detail.txt", text)
            up = h.do("9101", {"fsUploadIn": {"in": list(packed.getvalue()), "filename": "detail.txt.zip", "fixmedins_code": "H2"}})
            got = h.say("3202", {"data": {**ask, **totals(every), "file_qury_no": up["file_qury_no"]}})
            info = got["output"]["fileinfo"]
            down = h.envelope("9102", {"fsDownloadIn": {**info, "fixmedins_code": "H2"}})
            status, headers, body = h.post("/fsi/api/fileupload/download", down)
            assert headers["Content-Type"] == "application/octet-stream"
            with zipfile.ZipFile(io.BytesIO(body)) as z:
                lines = z.read(z.namelist()[0]).decode().splitlines()
            return [line.split("\t") for line in lines], got["warn_msg"]

        mine = [[x["setl_id"], x["mdtrt_id"], x["psn_no"], x["medfee_sumamt"], x["fund_pay_sumamt"], x["acct_pay"],
                 int(i >= 4)] for i, x in enumerate(every)]
        same, warning = compare(mine)
        assert len(same) == 6 and {r[4] for r in same} == {"0"} and warning == ""
        mine[0][3] = "1.00"
        lost = mine.pop(1)
        rows, warning = compare(mine + [["999", "888", "777", "5.00", "1.00", "0", 0]])
        wrong = {(r[2], r[6]) for r in rows if r[4] == "1"}
        assert wrong == {(mine[0][0], "amounts differ"), ("null", "only here"), ("999", "not here")} and warning == "3 rows differ"
        assert [r[0] for r in rows if r[6] == "only here"] == [lost[2]]
        upload = base64.b64encode(b"\t".join(str(x).encode() for x in lost) + b"\n").decode()
        assert h.do("9101", {"fsUploadIn": {"in": upload, "filename": "a.txt", "fixmedins_code": "H2"}})["filename"] == "a.txt"
        out = s.cli("check", "--packs", str(s.packs))
        assert "0 " in out or out


# ---- questions ----

def test_what_can_be_asked(hospital):
    s, _, (psn, visit, rows) = hospital.outpatient(of("褚四"), LINES)
    lines = hospital.do("5204", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}})
    assert [(x["feedetl_sn"], x["med_list_codg"], x["setl_id"]) for x in lines] == [
        (r["feedetl_sn"], r["med_list_codg"], s["setl_id"]) for r in rows]
    for ours, theirs in (("inscp_scp_amt", "inscp_scp_amt"), ("overlmt_amt", "overlmt_selfpay"), ("preselfpay_amt", "preselfpay_amt")):
        assert sum(fen(x[ours]) for x in lines) == fen(s[theirs])
    visits = hospital.do("5201", {"data": {"psn_no": psn, "begntime": "2024-05-01", "endtime": "2024-05-01", "med_type": "11"}})
    assert visit in [v["mdtrt_id"] for v in visits["mdtrtinfo"]]
    assert hospital.do("5201", {"data": {"psn_no": psn, "begntime": "2023-05-01", "endtime": "2023-05-01"}}) == {"mdtrtinfo": []}
    assert hospital.do("5202", {"data": {"psn_no": psn, "mdtrt_id": visit}})["diseinfo"][0]["diag_code"] == "I10.x00"
    kinds = hospital.do("1901", {"data": {"type": "mdtrt_cert_type"}})["list"]
    assert {"01", "02", "03"} == {k["value"] for k in kinds}
    hospital.refused("1901", {"data": {"type": "no_such"}}, "not_found", "input.data.type")

    def entitled(insutype, on):
        return hospital.do("2001", {"data": {"psn_no": psn, "insutype": insutype, "fixmedins_code": "H2", "med_type": "11",
                                             "begntime": on}})["trtinfo"][0]
    assert entitled("390", "2024-05-01")["trt_enjymnt_flag"] == "1" and entitled("390", "2024-05-01")["fund_pay_type"] == "390100"
    assert entitled("390", "2019-05-01")["trt_enjymnt_flag"] == "0" and entitled("310", "2024-05-01")["trt_enjymnt_flag"] == "0"


def test_what_became_of_a_message_can_be_asked(hospital):
    psn = person(hospital, "褚四")
    visit = hospital.register(psn)
    hospital.inform(psn, visit)
    rows = hospital.rows(psn, visit, LINES, "B1")
    msgid = hospital.msgid()
    hospital.refused("2207", hospital.bill(psn, visit, rows), "no_items", "input.data.chrg_bchno", msgid=msgid)
    hospital.do("2204", {"feedetail": rows})
    done = hospital.say("2207", hospital.bill(psn, visit, rows), msgid=msgid)
    found = hospital.do("GJ01", {"data": {"omsgid": msgid}})["messages"]
    assert [(m["oinfno"], m["outcome"]) for m in found] == [("2207", "no_items"), ("2207", "ok")]
    assert found[1]["answer"] == done and found[0]["trace_id"] == found[0]["answer"]["error"]["trace_id"]
    assert hospital.do("GJ01", {"data": {"omsgid": "never sent"}}) == {"messages": []}


# ---- a message that is only kept ----

def test_what_nobody_works_on_is_kept_or_refused(hospital):
    kept = hospital.say("4602", {"data": {"mdtrt_sn": "1", "dept_code": "A50", "bedno": "3"}})
    assert kept["infcode"] == 0 and kept["output"] == {} and "[recorded]" in kept["warn_msg"]
    hospital.refused("5401", {"data": {"psn_no": "1"}}, "not_supported", "infno")
    hospital.refused("3211", {"data": {}}, "not_supported", "infno")


def test_every_message_is_kept_and_none_of_it_is_logged(server, hospital):
    answer = hospital.refused("2207", {"data": {"psn_no": "1", "mdtrt_id": "2", "chrg_bchno": "3"}}, "not_found")
    assert answer["err_msg"].endswith("trace " + answer["error"]["trace_id"])
    log = server.log_text()
    assert answer["error"]["trace_id"] in log and of("李四") not in log and "李四" not in log


# ---- what is written about it ----

def test_the_facts_are_those_of_the_interface_and_the_page_says_what_works():
    import subprocess
    root = Path(__file__).resolve().parents[2]
    tool = [sys.executable, str(root / "tools/gen_gateway.py")]
    table = subprocess.run([*tool, "state", str(root / "src/edge/gateway/handler.tbl.h")], capture_output=True, text=True, check=True)
    assert (root / "docs/gateway.md").read_text(encoding="utf-8").endswith(table.stdout)
    shared = root.parent / "shared/interface"
    if not (shared / "interface.json").exists():
        pytest.skip("the interface's description is not beside the project")
    done = subprocess.run([*tool, "compare", str(shared)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_people_of_another_pooling_area_are_refused_not_paid_as_at_home(server, hospital):
    from support.area import id_no
    folder = Path(server.folder.name)
    stranger = id_no("130802", "1980-02-03", 901)
    for kind, text in (("areas", "area_code,name,pack_id\n130000,河北省,\n130800,承德市,chengde\n130802,双桥区,\n"),
                       ("persons", f"id_no,name,area_code\n{stranger},远客,130802\n"),
                       ("covers", f"id_no,scheme,status,from_on\n{stranger},resident,resident,2020-01-01\n")):
        (folder / "more.csv").write_text(text, encoding="utf-8")
        server.cli("import", kind, str(folder / "more.csv"), "--packs", str(server.packs), "--quiet")
    found = hospital.person(stranger)
    assert found["insuinfo"][0]["insuplc_admdvs"] == "130802"
    body = {"data": {"psn_no": found["baseinfo"]["psn_no"], "insutype": "390", "begntime": "2024-05-01", "mdtrt_cert_type": "02",
                     "ipt_otp_no": "1"}}
    hospital.refused("2201", body, "cross_area", "input.data.psn_no")
    hospital.refused("2101", drugs(found["baseinfo"]["psn_no"], [("B1", 1, 14.8)], "390"), "cross_area")
    hospital.refused("2102", drugs(found["baseinfo"]["psn_no"], [("B1", 1, 14.8)], "390"), "cross_area")
