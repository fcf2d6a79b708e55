"""Electronic prescriptions at the gateway: a hospital writes one, the patient takes it to a pharmacy, which settles it there."""
import base64
import datetime
import json
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import sm  # noqa: E402
from support.area import fill  # noqa: E402
from support.hospital import Hospital, SERIAL, fen, identities  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [{"name": n, "scheme": "employee", "status": "active"} for n in ("张三丰", "李四")]
PLACES = ("code,name,area_code,kind,level\nP1,第一药店,350902,pharmacy,l1\nP2,第二药店,350902,pharmacy,l1\n"
          "P3,第三药店,350902,pharmacy,l1\nP4,第四药店,350921,pharmacy,l1\n")
AGREED = "provider_code,from_on,until_on,state\n" + "".join(f"P{n},2020-01-01,,signed\n" for n in (1, 2, 3, 4))
ITEMS = ("item_code,name,kind,spec,unit,maker\nB2,阿莫西林胶囊,drug,0.25g*24粒,盒,另一厂\nB3,二甲双胍片,drug,0.5g*30片,盒,某厂\n")
TERMS = "area_code,item_code,from_on,item_class,pay_first,limit,price\n350900,B2,2020-01-01,A,,,\n350900,B3,2020-01-01,A,,,\n"
OURS = sm.Key(0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8)
FILE = base64.b64encode(b"%PDF-1.7 a prescription").decode()
MARKS = {"devInfo": "x", "ipInfo": "192.0.2.1", "opter": "001", "opterName": "药师", "optinsNo": "1"}


def china(days=0, seconds=0):
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    return (now + datetime.timedelta(days=days, seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


TODAY = china()[:10]


def load(server, kind, text):
    path = f"{server.folder.name}/{kind}_more.csv"
    Path(path).write_text(text, encoding="utf-8")
    server.cli("import", kind, path, "--packs", str(server.packs), "--area", "350900", "--quiet")


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        for kind, text in (("providers", PLACES), ("agreements", AGREED), ("items", ITEMS), ("terms", TERMS)):
            load(s, kind, text)
        load(s, "gateways", f"provider_code,state,private_key\nH2,open,{OURS.private.hex()}\nH3,open,\nP1,open,\nP2,open,\nP3,open,\nP4,open,\n")
        time.sleep(0.25)
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


def pharmacy(server, number=1):
    return Hospital(server, f"P{number}")


def patient(hospital, number=0):
    return hospital.person(PEOPLE[number]["id_no"])["baseinfo"]["psn_no"]


def drug(code="B1", count=4, name="阿莫西林胶囊", **more):
    return {"medListCodg": code, "rxItemTypeCode": "11", "drugGenname": name, "drugDosform": "胶囊", "drugSpec": "0.25g*24粒",
            "prdrName": "某厂", "medcWayCodg": "1", "medcWayDscr": "口服", "medcBegntime": china(), "medcEndtime": china(7),
            "medcDays": 7, "sinDosunt": "粒", "sinDoscnt": 2, "usedFrquCodg": "11", "usedFrquName": "每日三次", "drugDosunt": "盒",
            "drugCnt": count, "hospApprFlag": "0", **more}


def written(hospital, who=0, drugs=None, psn=None, own=None, **head):
    """Input of 7101 at a visit of today."""
    person = PEOPLE[who]
    psn = psn or patient(hospital, who)
    visit = hospital.register(psn, "310", TODAY)
    return {"data": {"mdtrtCertType": "02", "mdtrtCertNo": person["id_no"], "bizTypeCode": "01", "rxExraAttrCode": "02",
                     "hospRxno": own or f"RX{next(SERIAL)}", "rxTypeCode": "1", "prscTime": china(), "rxDrugCnt": 1, "valiDays": 3,
                     "valiEndTime": china(3), "rxCotnFlag": "0", **head},
            "rxdrugdetail": drugs or [drug()],
            "mdtrtinfo": {"fixmedinsName": "第二医院", "fixmedinsCode": hospital.code, "mdtrtId": visit, "medType": "11",
                          "iptOtpNo": "OP1", "psnNo": psn, "patnName": person["name"], "psnCertType": "01",
                          "certno": person["id_no"], "patnAge": 40, "gend": "1", "prscDeptName": "内科", "prscDeptCode": "A50",
                          "drCode": "D1", "prscDrName": "王医生", "drProfttlCodg": "1", "drProfttlName": "主任", "drDeptCode": "A50",
                          "drDeptName": "内科", "mdtrtTime": china(), "spDiseFlag": "0", "maindiagCode": "I10.x00",
                          "maindiagName": "高血压"},
            "diseinfo": [{"diagType": "1", "maindiagFlag": "1", "diagSrtNo": 1, "diagCode": "I10.x00", "diagName": "高血压",
                          "diagDept": "内科", "diagDrNo": "D1", "diagDrName": "王医生", "diagTime": china()}]}


def upload(hospital, checked, body, signature=None, **more):
    visit = body["mdtrtinfo"]
    return {"data": {"rxTraceCode": checked["rxTraceCode"], "hiRxno": checked["hiRxno"], "mdtrtId": visit["mdtrtId"],
                     "patnName": visit["patnName"], "psnCertType": "01", "certno": visit["certno"], "fixmedinsName": "第二医院",
                     "fixmedinsCode": hospital.code, "drCode": "D1", "prscDrName": "王医生", "pharDeptName": "药剂科",
                     "pharDeptCode": "Y1", "pharCode": "Y1", "pharName": "陈药师", "pharChkTime": china(), "rxFile": FILE,
                     "signDigest": signature or "elsewhere", **more}}


def sign(hospital, checked, **more):
    value = base64.b64encode(json.dumps({"rxTraceCode": checked["rxTraceCode"], "hiRxno": checked["hiRxno"], **more}).encode()).decode()
    return value, hospital.do("7102", {"data": {"fixmedinsCode": hospital.code, "originalValue": value, "originalRxFile": FILE}})["data"]


def prescribe(hospital, who=0, **more):
    """Checked, signed, uploaded: what 7101 answered, what it was asked."""
    body = written(hospital, who, **more)
    checked = hospital.do("7101", body)["data"]
    _, signed = sign(hospital, checked)
    told = hospital.do("7103", upload(hospital, checked, body, signed["signDigest"]))["data"]
    assert told == {"hiRxno": checked["hiRxno"], "rxStasCodg": "1", "rxStasName": "有效"}
    return checked, body


def shown(hospital, rx, body, infno="7105"):
    visit = body["mdtrtinfo"]
    return hospital.do(infno, {"data": {"fixmedinsCode": hospital.code, "hiRxno": rx["hiRxno"], "mdtrtId": visit["mdtrtId"],
                                        "psnName": visit["patnName"], "psnCertType": "01", "certno": visit["certno"]}})


def states(hospital, rx, body):
    data = shown(hospital, rx, body)["data"]
    return data["rxStasCodg"], data["rxUsedStasCodg"]


def asked(shop, who=0, **more):
    person = PEOPLE[who]
    return {"data": {"fixmedinsCode": shop.code, "psnName": person["name"], "psnCertType": "01", "certno": person["id_no"],
                     "ecToken": "", "regSn": "REG1", **MARKS, **more}}


def grants(shop, who=0):
    return shop.do("7201", asked(shop, who))["data"]


def decode(shop, rx):
    return shop.do("7203", {"data": {"epcQrcd": rx["rxTraceCode"], "fixmedinsCode": shop.code, **MARKS}})["data"]


def fetch(shop, grant):
    return shop.do("7204", {"data": {"epcToken": grant["epcToken"], "authRxno": grant["authRxno"], "fixmedinsCode": shop.code, **MARKS}})


def verify(shop, rx, grant, file=FILE, **more):
    return shop.do("7205", {"data": {"hiRxno": rx["hiRxno"], "fixmedinsCode": shop.code, "rxTraceCode": rx["rxTraceCode"],
                                     "rxFile": file, "epcToken": grant["epcToken"], **more}})["data"]


def opinion(shop, rx, grant, serial, verdict="1"):
    return {"data": {"hiRxno": rx["hiRxno"], "epcToken": grant["epcToken"], "ecToken": "", "fixmedinsCode": shop.code,
                     "fixmedinsName": "药店", "pharCertType": "01", "pharCertno": "1", "pharName": "林药师", "pharCode": "Y2",
                     "rxChkOpnn": "可以", "rxChkStasCodg": verdict, "rxChkTime": china(), "rxSignVerifySn": serial}}


def take_in(shop, rx):
    """From the code on the patient's telephone to the pharmacist's consent: the number of that."""
    grant = decode(shop, rx)
    fetch(shop, grant)
    checked = verify(shop, rx, grant)
    return shop.do("7206", opinion(shop, rx, grant, checked["rxSignVerifySn"]))["data"]["rxChkBizSn"]


def sale(shop, rx, judged, lines=(("B1", 4),), unit="盒", **more):
    return {"data": {"hiRxno": rx["hiRxno"], "fixmedinsCode": shop.code, "fixmedinsName": "药店", "rxChkBizSn": judged, **more},
            "rxSaleDrugDetl": [{"rtalDocno": f"S{next(SERIAL)}", "stooutTime": china(), "medListCodg": code, "medinsListCodg": "L" + code,
                                "drugGenname": "阿莫西林胶囊", "drugSpec": "0.25g*24粒", "manuLotnum": "240501", "drugTotlcnt": count,
                                "drugTotlcntEmp": unit} for code, count in lines]}


def bill(psn, rx, lines=(("B1", 4),), flag="1"):
    detail = [{"feedetl_sn": f"P{next(SERIAL)}", "rxno": rx["hiRxno"], "rx_circ_flag": flag, "fee_ocur_time": china(),
               "med_list_codg": c, "medins_list_codg": "L" + c, "det_item_fee_sumamt": f"{n * 14.8:.2f}", "cnt": n, "pric": 14.8}
              for c, n in lines]
    return {"druginfo": {"psn_no": psn, "mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "begntime": china(),
                         "medfee_sumamt": Hospital.total(detail), "insutype": "310", "acct_used_flag": "0", "med_type": "11"},
            "drugdetail": detail}


def back(shop, psn, s):
    shop.do("2103", {"data": {"setl_id": s["setl_id"], "mdtrt_id": s["mdtrt_id"], "psn_no": psn}})


# ---- the way of one prescription ----

def test_from_the_doctor_to_the_settlement_in_a_pharmacy(server, hospital):
    """covers: R234"""
    shop, psn = pharmacy(server), patient(hospital)
    rx, body = prescribe(hospital)
    assert len(rx["rxTraceCode"]) == 20 and states(hospital, rx, body) == ("1", "1")
    assert hospital.do("7106", {"data": {"hiRxno": rx["hiRxno"]}})["data"]["rxChkStasCodg"] == ""
    # nothing before a pharmacist of this pharmacy looked at it
    shop.refused("2102", bill(psn, rx), "prescription_state", "input.drugdetail[1].rxno")
    judged = take_in(shop, rx)
    seen = shown(hospital, rx, body, "7106")["data"]
    assert (seen["rxChkStasCodg"], seen["rxChkStasName"], seen["pharName"], seen["rxChkOpnn"]) == ("1", "审核通过", "林药师", "可以")
    sold = shop.do("7207", sale(shop, rx, judged))["data"]
    assert sold["flag"] is True and states(hospital, rx, body) == ("1", "1")
    before, after = shop.do("2101", bill(psn, rx)), shop.do("2102", bill(psn, rx))
    v = identities(after["setlinfo"], after["setldetail"])
    assert v == identities(before["setlinfo"], before["setldetail"]) and v["medfee_sumamt"] == 5920
    assert states(hospital, rx, body) == ("1", "2")
    got = shown(hospital, rx, body, "7107")
    assert (got["data"]["rxUsedStasName"], got["data"]["setlTime"][:10]) == ("已使用", TODAY)
    assert [(r["medListCodg"], float(r["cnt"]), r["manuLotnum"], r["takeDrugFlag"]) for r in got["seltdelts"]] == [("B1", 4, "240501", "1")]
    # once, here and elsewhere
    shop.refused("2102", bill(psn, rx), "prescription_state", "input.drugdetail[1].rxno")
    pharmacy(server, 2).refused("7203", {"data": {"epcQrcd": rx["rxTraceCode"], **MARKS}}, "prescription_state")
    shop.refused("7208", {"data": {"hiRxno": rx["hiRxno"]}}, "prescription_state")
    hospital.refused("7104", undo(hospital, rx), "prescription_state", "input.data.hiRxno")
    # taken back it is free again, and what was handed out is gone with it
    back(shop, psn, after["setlinfo"])
    assert states(hospital, rx, body) == ("1", "1")
    assert shown(hospital, rx, body, "7107")["seltdelts"] == []
    other = pharmacy(server, 2)
    take_in(other, rx)
    s = other.do("2102", bill(psn, rx))["setlinfo"]
    assert states(hospital, rx, body) == ("1", "2")
    # without 7207 the pharmacy's bill tells what was taken
    assert [(r["medListCodg"], float(r["cnt"])) for r in shown(hospital, rx, body, "7107")["seltdelts"]] == [("B1", 4)]
    other.do("2601", {"data": {"psn_no": psn, "omsgid": s["medins_setl_id"], "oinfno": "2102"}})
    assert states(hospital, rx, body) == ("1", "1")


def undo(hospital, rx, **more):
    return {"data": {"hiRxno": rx["hiRxno"], "fixmedinsCode": hospital.code, "drCode": "D1", "undoDrName": "王医生", "undoDrCertType": "01",
                     "undoDrCertno": "1", "undoRea": "开错", "undoTime": china(), **more}}


def test_two_pharmacies_at_once_the_second_is_refused(server, hospital):
    psn, (rx, body) = patient(hospital, 1), prescribe(hospital, 1)
    shops = [pharmacy(server, n) for n in (1, 2, 3, 4)]
    judged = {}
    for shop in shops:  # each has it on the table; only the last one's pharmacist has judged it
        judged[shop.code] = take_in(shop, rx)
    answers = {}
    line = threading.Barrier(len(shops) + 1)

    def go(name, shop, infno, message):
        line.wait()
        answers[name] = shop.say(infno, message)

    work = [threading.Thread(target=go, args=(s.code, s, "2102", bill(psn, rx))) for s in shops]
    work.append(threading.Thread(target=go, args=("twice", shops[3], "2102", bill(psn, rx))))
    for t in work:
        t.start()
    for t in work:
        t.join()
    done = [n for n, a in answers.items() if str(a["infcode"]) == "0"]
    assert len(done) == 1 and done[0] in ("P4", "twice"), answers
    assert {a["error"]["code"] for n, a in answers.items() if n not in done} == {"prescription_state"}
    assert states(hospital, rx, body) == ("1", "2")


def test_a_sale_and_a_withdrawal_at_once_are_not_both_done(server, hospital):
    shop = pharmacy(server)
    for _ in range(6):
        rx, body = prescribe(hospital)
        judged, answers = take_in(shop, rx), {}
        line = threading.Barrier(2)

        def go(who, infno, message):
            line.wait()
            answers[infno] = who.say(infno, message)

        work = [threading.Thread(target=go, args=(shop, "7207", sale(shop, rx, judged))),
                threading.Thread(target=go, args=(hospital, "7104", undo(hospital, rx)))]
        for t in work:
            t.start()
        for t in work:
            t.join()
        assert sorted(str(a["infcode"]) for a in answers.values()) == ["-1", "0"], answers
        assert {a["error"]["code"] for a in answers.values() if str(a["infcode"]) == "-1"} <= {"prescription_state", "store_conflict"}


# ---- the hospital ----

def test_what_is_checked_before_it_gets_a_number(server, hospital):
    def wrong(code, field, **more):
        hospital.refused("7101", written(hospital, **more), code, field)

    wrong("not_in_catalogue", "input.rxdrugdetail[2].medListCodg", drugs=[drug(), drug("XX")])
    wrong("bad_value", "input.rxdrugdetail[1].medListCodg", drugs=[drug("A1")])
    wrong("bad_value", "input.rxdrugdetail[1].drugCnt", drugs=[drug(count=0)])
    wrong("bad_value", "input.data.valiEndTime", valiEndTime=china(-1), prscTime=china(-4))
    wrong("bad_value", "input.data.valiEndTime", valiEndTime=china(-1))
    wrong("missing_field", "input.data.prscTime", prscTime="")
    body = written(hospital)
    body["mdtrtinfo"]["certno"] = PEOPLE[1]["id_no"]
    hospital.refused("7101", body, "id_mismatch", "input.mdtrtinfo.certno")
    body = written(hospital)
    body["mdtrtinfo"]["psnNo"] = patient(hospital, 1)
    hospital.refused("7101", body, "not_found", "input.mdtrtinfo.mdtrtId")
    Hospital(server, "H3").refused("7101", {**written(hospital), "mdtrtinfo": {**written(hospital)["mdtrtinfo"], "fixmedinsCode": "H3"}},
                                   "not_found", "input.mdtrtinfo.mdtrtId")


def test_without_an_end_it_is_valid_as_long_as_the_common_pack_says(hospital):
    rx, body = prescribe(hospital, valiDays="", valiEndTime="")
    end = shown(hospital, rx, body)["data"]["valiEndTime"]
    assert end[:10] == china(3)[:10]


def test_what_was_signed_has_to_come_as_it_was_signed(server, hospital):
    body = written(hospital)
    checked = hospital.do("7101", body)["data"]
    hospital.refused("7105", {"data": {"hiRxno": checked["hiRxno"]}}, "prescription_state", "input.data.hiRxno")
    value, signed = sign(hospital, checked)
    assert OURS.verify(value.encode(), base64.b64decode(signed["signDigest"])), "SM2 of originalValue"
    assert signed["rxFile"] == FILE and len(signed["signCertSn"]) == 64
    other = base64.b64encode(b"%PDF another").decode()
    hospital.refused("7103", upload(hospital, checked, body, "mine"), "bad_signature", "input.data.signDigest")
    hospital.refused("7103", upload(hospital, checked, body, signed["signDigest"], rxFile=other), "bad_signature", "input.data.rxFile")
    hospital.refused("7103", upload(hospital, {**checked, "rxTraceCode": "X"}, body, signed["signDigest"]), "not_found", "input.data.rxTraceCode")
    good = upload(hospital, checked, body, signed["signDigest"])
    hospital.do("7103", good)
    hospital.refused("7103", good, "prescription_state", "input.data.hiRxno")
    for value in ("!!!", base64.b64encode(b"[1").decode()):
        answer = hospital.say("7102", {"data": {"originalValue": value, "originalRxFile": FILE}})
        assert answer["error"]["code"] in ("bad_value", "bad_json"), answer
    # another hospital has no key here: that is said, not invented
    third = Hospital(server, "H3")
    mine = written(third)
    number = third.do("7101", mine)["data"]
    plain = base64.b64encode(json.dumps(number).encode()).decode()
    third.refused("7102", {"data": {"originalValue": plain, "originalRxFile": FILE}}, "not_supported")
    answer = third.say("7103", upload(third, number, mine))
    assert str(answer["infcode"]) == "0" and answer["warn_msg"].startswith("[not_signed] ")
    shop = pharmacy(server)
    grant = decode(shop, number)
    fetch(shop, grant)
    assert verify(shop, number, grant)["flag"] is False


def test_withdrawn_and_written_again(server, hospital):
    rx, body = prescribe(hospital, own="RX-AGAIN")
    hospital.refused("7101", written(hospital, own="RX-AGAIN"), "exists", "input.data.hospRxno")
    shop = pharmacy(server)
    take_in(shop, rx)
    told = hospital.do("7104", undo(hospital, rx))["data"]
    assert (told["rxStasCodg"], told["rxStasName"]) == ("3", "已撤销")
    hospital.refused("7104", undo(hospital, rx), "prescription_state")
    shop.refused("2102", bill(patient(hospital), rx), "prescription_state", "input.drugdetail[1].rxno")
    assert states(hospital, rx, body) == ("3", "1")
    prescribe(hospital, own="RX-AGAIN")


def test_a_hospital_sees_its_own_only(server, hospital):
    rx, body = prescribe(hospital)
    third = Hospital(server, "H3")
    for infno in ("7105", "7106", "7107"):
        third.refused(infno, {"data": {"hiRxno": rx["hiRxno"]}}, "not_found", "input.data.hiRxno")
        hospital.refused(infno, {"data": {"hiRxno": rx["hiRxno"], "certno": PEOPLE[1]["id_no"]}}, "id_mismatch", "input.data.certno")
        hospital.refused(infno, {"data": {"hiRxno": rx["hiRxno"], "mdtrtId": "1"}}, "not_found", "input.data.mdtrtId")
    third.refused("7104", undo(third, rx), "not_found", "input.data.hiRxno")
    hospital.refused("7105", {"data": {"hiRxno": rx["hiRxno"], "fixmedinsCode": "H3"}}, "no_right")
    got = shown(hospital, rx, body)
    assert got["data"]["rxTypeName"] == "门诊西药" and got["data"]["rxExraAttrName"] == "门诊统筹处方"
    row, = got["rxDetlList"]
    assert (row["medListCodg"], row["drugGenname"], row["drugCnt"], row["takeDrugFlag"]) == ("B1", "阿莫西林胶囊", 4, "0")
    assert (got["rxOtpinfo"]["iptOpNo"], got["rxOtpinfo"]["insutype"], got["rxOtpinfo"]["pharName"]) == ("OP1", "310", "陈药师")
    assert [r["diagCode"] for r in got["rxDiseList"]] == ["I10.x00"]


# ---- the pharmacy ----

def test_a_pharmacy_sees_what_the_person_shows(server, hospital):
    one, body = prescribe(hospital, 1)
    two, _ = prescribe(hospital, 1)
    shop, other = pharmacy(server), pharmacy(server, 2)
    shop.refused("7201", asked(shop, 1, psnName="王五"), "id_mismatch", "input.data.psnName")
    shop.refused("7201", asked(shop, 1, regSn=""), "missing_field", "input.data.ecToken")
    shop.refused("7201", asked(shop, 1, outFlag="1"), "not_supported", "input.data.outFlag")
    rows = grants(shop, 1)
    by = {g["authRxno"]: g for g in rows}
    assert len(by) == len(rows) >= 2 and all(g["fixmedinsCode"] == "H2" and len(g["epcToken"]) == 48 for g in rows)
    first = rows[-1]
    seen = fetch(shop, first)
    assert seen["data"]["hiRxno"] == two["hiRxno"] and seen["data"]["rxFile"] == FILE and seen["data"]["fileSuffix"] == "pdf"
    assert "diagDrName" not in seen["rxDiseList"][0] and seen["rxOtpinfo"]["patnName"] == "李四"
    # looking at one ends the others of the list; a token is of one pharmacy
    shop.refused("7204", {"data": {"epcToken": rows[-2]["epcToken"], "authRxno": rows[-2]["authRxno"]}}, "not_found", "input.data.epcToken")
    other.refused("7204", {"data": {"epcToken": first["epcToken"], "authRxno": first["authRxno"]}}, "not_found", "input.data.epcToken")
    other.refused("7205", {"data": {"hiRxno": two["hiRxno"], "rxTraceCode": two["rxTraceCode"], "rxFile": FILE,
                                    "epcToken": first["epcToken"]}}, "not_found", "input.data.epcToken")
    assert verify(shop, two, first, base64.b64encode(b"changed").decode())["flag"] is False
    assert verify(shop, {**two, "rxTraceCode": "X"}, first)["flag"] is False
    good = verify(shop, two, first)
    assert good["flag"] is True and len(good["signCertSn"]) == 64
    shop.refused("7206", opinion(shop, two, first, "1"), "bad_value", "input.data.rxSignVerifySn")
    shop.refused("7206", opinion(shop, two, first, good["rxSignVerifySn"], "7"), "unknown_word", "input.data.rxChkStasCodg")
    # a pharmacist who says no
    shop.do("7206", opinion(shop, two, first, "", "0"))
    assert hospital.do("7106", {"data": {"hiRxno": two["hiRxno"]}})["data"]["rxChkStasName"] == "审核不通过"
    shop.refused("2102", bill(patient(hospital, 1), two), "prescription_state")
    shop.refused("7203", {"data": {"epcQrcd": "0" * 20}}, "not_found", "input.data.epcQrcd")


def test_a_token_has_to_be_the_persons(server, hospital):
    load(server, "credentials", f"id_no,kind,number,state\n{PEOPLE[0]['id_no']},token,T-ZHANG,valid\n{PEOPLE[1]['id_no']},token,T-LI,valid\n")
    prescribe(hospital)
    shop = pharmacy(server)
    shop.refused("7201", asked(shop, ecToken="T-LI", regSn=""), "id_mismatch", "input.data.ecToken")
    assert shop.do("7201", asked(shop, ecToken="T-ZHANG", regSn=""))["data"]


def test_never_more_than_prescribed_nor_something_else(server, hospital):
    shop, psn = pharmacy(server), patient(hospital)
    rx, body = prescribe(hospital, drugs=[drug(), drug("B3", 1, "二甲双胍片")])
    judged = take_in(shop, rx)
    for infno in ("2101", "2102"):
        shop.refused(infno, bill(psn, rx, [("B1", 5)]), "prescription_exceeded", "input.drugdetail[1].cnt")
        shop.refused(infno, bill(psn, rx, [("B1", 4), ("B1", 1)]), "prescription_exceeded", "input.drugdetail[2].cnt")
        shop.refused(infno, bill(psn, rx, [("B1", 2), ("C1", 1)]), "prescription_exceeded", "input.drugdetail[2].cnt")
        shop.refused(infno, bill(patient(hospital, 1), rx), "id_mismatch", "input.drugdetail[1].rxno")
    shop.refused("7207", sale(shop, rx, judged, [("B1", 5)]), "prescription_exceeded", "input.rxSaleDrugDetl[1].drugTotlcnt")
    shop.refused("7207", sale(shop, rx, "1"), "bad_value", "input.data.rxChkBizSn")
    # another maker's drug of the same name is what was prescribed
    shop.do("2102", bill(psn, rx, [("B2", 4), ("B3", 1)]))
    assert [r["takeDrugFlag"] for r in shown(hospital, rx, body)["rxDetlList"]] == ["1", "1"]


def test_a_number_that_is_none_of_ours(server, hospital):
    shop, psn = pharmacy(server), patient(hospital)
    shop.refused("2102", bill(psn, {"hiRxno": "123456789"}), "not_found", "input.drugdetail[1].rxno")
    shop.refused("2102", bill(psn, {"hiRxno": ""}), "missing_field", "input.drugdetail[1].rxno")
    for number in ("123456789", "R1", ""):
        shop.do("2101", bill(psn, {"hiRxno": number}, flag="0"))


def test_after_its_end_nobody_hands_it_out(server, hospital):
    shop, psn = pharmacy(server), patient(hospital)
    rx, body = prescribe(hospital, valiEndTime=china(0, 4), prscTime=china(-1))
    late, late_body = written(hospital, valiEndTime=china(0, 4), prscTime=china(-1)), None
    late_body, late = late, hospital.do("7101", late)["data"]
    judged = take_in(shop, rx)
    grant = decode(shop, rx)
    time.sleep(5.2)
    assert states(hospital, rx, body) == ("2", "1")
    for infno, message in (("2101", bill(psn, rx)), ("2102", bill(psn, rx)), ("7207", sale(shop, rx, judged)),
                           ("7203", {"data": {"epcQrcd": rx["rxTraceCode"]}}),
                           ("7204", {"data": {"epcToken": grant["epcToken"], "authRxno": grant["authRxno"]}})):
        answer = shop.refused(infno, message, "prescription_state")
        assert "expired" in answer["err_msg"]
    hospital.refused("7103", upload(hospital, late, late_body), "prescription_state", "input.data.hiRxno")


def test_paid_by_the_person_alone_it_is_used_too(server, hospital):
    shop, psn = pharmacy(server), patient(hospital)
    rx, body = prescribe(hospital)
    judged = take_in(shop, rx)
    sold = shop.do("7207", sale(shop, rx, judged, hiFeesetlFlag="0", psnCashPay=59.2))["data"]
    assert states(hospital, rx, body) == ("1", "2")
    shop.refused("2102", bill(psn, rx), "prescription_state")
    shop.refused("7207", sale(shop, rx, judged), "prescription_state")
    pharmacy(server, 2).refused("7208", {"data": {"hiRxno": rx["hiRxno"]}}, "not_found", "input.data.selStooutSn")
    shop.do("7208", {"data": {"hiRxno": rx["hiRxno"], "fixmedinsCode": shop.code, "hiFeesetlFlag": "0", "selStooutSn": sold["selStooutSn"]}})
    assert states(hospital, rx, body) == ("1", "1")
    # handed out by one, it cannot be judged or paid elsewhere until that one takes it back
    shop.do("7207", sale(shop, rx, judged))
    shop.refused("7207", sale(shop, rx, judged), "prescription_state")
    other = pharmacy(server, 2)
    grant = decode(other, rx)
    fetch(other, grant)
    other.refused("7206", opinion(other, rx, grant, verify(other, rx, grant)["rxSignVerifySn"]), "prescription_state")
    shop.do("7208", {"data": {"hiRxno": rx["hiRxno"]}})
    take_in(other, rx)


def test_the_same_message_again_is_the_same_prescription(server, hospital):
    body = hospital.envelope("7101", written(hospital))
    first = json.loads(hospital.post("/gateway", body)[2])
    status, headers, again = hospital.post("/gateway", body)
    assert headers["Idempotent-Replay"] == "true" and json.loads(again)["output"] == first["output"]
    for infno in ("7108", "7109", "7202", "7209", "7210", "7211"):
        hospital.refused(infno, {"data": {}}, "not_supported")
