"""Prescription drugs in pharmacies: without a prescription none is sold, whichever way the pharmacy settles; with one it is
sold once, and who signed is kept."""
import itertools
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import test_prescription as rx  # noqa: E402
from support.area import Area, fill  # noqa: E402
from support.areas import sql  # noqa: E402
from support.hospital import Hospital, SERIAL, fen  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

PEOPLE = rx.PEOPLE
ITEMS = ("item_code,name,kind,spec,unit,maker,rx\nB1,阿莫西林胶囊,drug,0.25g*24粒,盒,某厂,yes\nB2,阿莫西林胶囊,drug,0.25g*24粒,盒,另一厂,处方药\n"
         "B3,二甲双胍片,drug,0.5g*30片,盒,某厂,yes\nB4,板蓝根颗粒,drug,10g*20袋,盒,某厂,非处方药\n")
TERMS = "area_code,item_code,from_on,item_class,pay_first,limit,price\n" + "".join(f"350900,{c},2020-01-01,A,,,\n" for c in ("B2", "B3", "B4"))
STAFF = ("provider_code,staff_code,name,kind,practice_no,from_on\nP1,Y350902000001,林药师,pharmacist,ZY001,2020-01-01\n")
NUMBER = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        for kind, text in (("providers", rx.PLACES), ("agreements", rx.AGREED), ("items", ITEMS), ("terms", TERMS), ("staff", STAFF)):
            rx.load(s, kind, text)
        rx.load(s, "gateways", f"provider_code,state,private_key\nH2,open,{rx.OURS.private.hex()}\nP1,open,\nP2,open,\nP3,open,\n")
        time.sleep(0.25)
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


def shop_of(server, number=1):
    return Hospital(server, f"P{number}")


def bought(psn, rxno="", lines=(("B1", 1),), flag="0", **more):
    """Input of 2101 and 2102."""
    body = rx.bill(psn, {"hiRxno": rxno}, lines, flag)
    body["druginfo"].update(more)
    return body


class Visit:
    """The same by registration, upload and settlement."""

    def __init__(self, shop, psn, rxno="", lines=(("B1", 1),), flag="0"):
        self.shop, self.psn, self.number = shop, psn, shop.register(psn, "310", rx.TODAY)
        self.batch = f"B{next(SERIAL)}"
        shop.inform(psn, self.number, on=rx.TODAY)
        self.rows = shop.rows(psn, self.number, [(c, n, 14.8) for c, n in lines], self.batch, rx.TODAY)
        for row in self.rows:
            row.update(rxno=rxno, rx_circ_flag=flag)

    def upload(self):
        return self.shop.do("2204", {"feedetail": self.rows})

    def upload_refused(self, code, field="input.feedetail[1].rxno"):
        self.shop.refused("2204", {"feedetail": self.rows}, code, field)

    def bill(self):
        return self.shop.bill(self.psn, self.number, self.rows, "310")

    def settle(self):
        before, after = self.shop.do("2206", self.bill()), self.shop.do("2207", self.bill())
        assert before["setldetail"] == after["setldetail"]
        return after["setlinfo"]

    def back(self, s):
        self.shop.do("2208", {"data": {"setl_id": s["setl_id"], "mdtrt_id": self.number, "psn_no": self.psn}})


def kept(server, settlement):
    return sql(server, "select prescription_no, rx_id, pharmacist, pharmacist_no, audit_no <> 0 from rx_sale"
                       f" where settlement_id = {settlement['setl_id']} order by place")


# ---- without a prescription ----

def test_a_prescription_drug_is_not_sold_without_a_prescription(server, hospital):
    """covers: R207"""
    shop, psn = shop_of(server), rx.patient(hospital)
    for infno in ("2101", "2102"):
        got = shop.refused(infno, bought(psn), "prescription_needed", "input.drugdetail[1].rxno")
        assert "处方药须凭处方销售" in got["err_msg"]
    shop.refused("2102", bought(psn, lines=(("B4", 1), ("B3", 1))), "prescription_needed", "input.drugdetail[2].rxno")
    Visit(shop, psn).upload_refused("prescription_needed")
    # at the counter neither, whoever settles there
    area = Area(server.user("zhao", "clerk"))
    person = {"person_id": area.person(PEOPLE[0]["id_no"]), "provider_id": area.provider["P1"], "scheme": "employee", "channel": "counter",
              "visit": {"kind": "outpatient", "date": rx.TODAY}}
    for path in ("/settlements/preview", "/settlements"):
        got = area.client.post(path, {**person, "lines": [{"code": "B1", "amount": "14.80"}]}, 422, {"Idempotency-Key": f"rx {next(NUMBER)}"})["error"]
        assert (got["code"], got["field"]) == ("prescription_needed", "lines[1].prescription_no")
    numbered = [{"code": "B1", "amount": "14.80", "prescription_no": "ZF0"}]
    area.client.post("/settlements/preview", {**person, "lines": numbered})
    # a paper claim is of what was sold long ago
    area.client.post("/settlements/preview", {**person, "channel": "manual", "lines": [{"code": "B1", "amount": "14.80"}]})
    # nothing of it is left, and what needs none is sold
    assert sql(server, "select count(*) from settlement") == [("0",)]
    s = shop.do("2102", bought(psn, lines=(("B4", 2),)))["setlinfo"]
    assert fen(s["medfee_sumamt"]) == 2960 and kept(server, s) == []
    # a hospital's own doctor prescribes: nobody asks it for a number
    visit = Visit(hospital, psn)
    visit.upload()
    assert kept(server, visit.settle()) == []


def test_the_catalogue_says_what_needs_one(server, hospital):
    clerk = server.user("qian", "clerk")
    assert {r["item_code"]: r["rx"] for r in clerk.get("/items?kind=drug")["rows"]} == {"B1": "yes", "B2": "yes", "B3": "yes", "B4": "no", "N1": ""}
    assert [r["item_code"] for r in clerk.get("/items?rx=no")["rows"]] == ["B4"]
    assert clerk.get("/items/B3")["rx"] == "yes"


# ---- on paper ----

def test_on_paper_it_is_sold_once_and_the_pharmacist_is_kept(server, hospital):
    shop, psn, paper = shop_of(server), rx.patient(hospital, 1), f"ZF{next(NUMBER)}"
    s = shop.do("2102", bought(psn, paper, phar_name="林药师", phar_prac_cert_no="ZY001"))["setlinfo"]
    assert kept(server, s) == [(paper, "0", "林药师", "ZY001", "0")] or kept(server, s) == [(paper, "0", "林药师", "ZY001", "f")]
    # once, by this way and by the other
    for infno in ("2101", "2102"):
        shop.refused(infno, bought(psn, paper), "prescription_state", "input.drugdetail[1].rxno")
    Visit(shop, psn, paper).upload_refused("prescription_state")
    # another pharmacy's paper may have the same number
    other = shop_of(server, 2)
    other.do("2102", bought(psn, paper))
    # taken back it is good again
    rx.back(other, psn, other_last(server, "P2"))
    rx.back(shop, psn, s)
    visit = Visit(shop, psn, paper, lines=(("B1", 1), ("B4", 1)))
    visit.upload()
    s = visit.settle()
    assert [row[:2] for row in kept(server, s)] == [(paper, "0")]
    shop.refused("2102", bought(psn, paper), "prescription_state", "input.drugdetail[1].rxno")
    visit.back(s)
    shop.do("2102", bought(psn, paper))


def other_last(server, code):
    (number, visit), = sql(server, "select s.settlement_id, b.bill_no from settlement s join bill b on b.bill_id = s.bill_id and"
                                   f" b.person_id = s.person_id join provider v on v.provider_id = s.provider_id where v.code = '{code}'"
                                   " and s.kind = 'settle' order by s.settlement_id desc limit 1")
    return {"setl_id": number, "mdtrt_id": visit}


def test_what_was_uploaded_twice_is_settled_once(server, hospital):
    """Two visits with the same paper: the second settlement is refused, not only the second upload."""
    shop, psn, paper = shop_of(server), rx.patient(hospital), f"ZF{next(NUMBER)}"
    visits = [Visit(shop, psn, paper) for _ in range(2)]
    for visit in visits:
        visit.upload()
    s = visits[0].settle()
    shop.refused("2206", visits[1].bill(), "prescription_state", "input.data.chrg_bchno")
    shop.refused("2207", visits[1].bill(), "prescription_state", "input.data.chrg_bchno")
    visits[0].back(s)
    visits[1].settle()


def approved(clerk, checker, path, body):
    """What a clerk asks for and a supervisor approves; the settlement it led to."""
    asked = clerk.post(path, body, 202)
    return checker.post(f"/approvals/{asked['approval_id']}/approve", {"note": ""})["result_id"]


def test_a_sale_that_was_settled_anew_still_uses_its_prescription(server, hospital):
    """An earlier bill is taken back, so the later ones are made anew: nothing may be sold on their prescriptions again."""
    shop, psn = shop_of(server), rx.patient(hospital, 1)
    agency = server.user("anew_clerk", "clerk"), server.user("anew_checker", "supervisor")
    paper, (one, body) = f"ZF{next(NUMBER)}", rx.prescribe(hospital, 1)
    first = shop.do("2102", bought(psn, lines=(("B4", 1),)))["setlinfo"]
    shop.do("2102", bought(psn, paper))
    rx.take_in(shop, one)
    s = shop.do("2102", rx.bill(psn, one, (("B1", 4),)))["setlinfo"]
    part = approved(*agency, f"/settlements/{s['setl_id']}/refund", {"reason": "退一盒", "lines": [{"line_no": 1, "quantity": "1"}]})
    approved(*agency, f"/settlements/{first['setl_id']}/reverse", {"reason": "重复录入"})
    assert sql(server, f"select count(*) from settlement where replaces_id = {part}") == [("1",)]
    shop.refused("2102", bought(psn, paper), "prescription_state", "input.drugdetail[1].rxno")
    shop.refused("2102", rx.bill(psn, one, (("B1", 4),)), "prescription_state", "input.drugdetail[1].rxno")
    assert rx.states(hospital, one, body)[1] != "1"


# ---- electronic ----

def test_an_electronic_one_counts_whichever_way_the_pharmacy_settles(server, hospital):
    """covers: R207"""
    shop, psn = shop_of(server), rx.patient(hospital)
    told, body = rx.prescribe(hospital)
    number = told["hiRxno"]
    # nobody looked at it: not by upload either
    Visit(shop, psn, number, flag="1").upload_refused("prescription_state")
    rx.take_in(shop, told)
    Visit(shop, psn, number, lines=(("B1", 5),)).upload_refused("prescription_exceeded", "input.feedetail[1].cnt")
    Visit(shop, psn, number, lines=(("B3", 1),)).upload_refused("prescription_exceeded", "input.feedetail[1].cnt")
    Visit(shop, rx.patient(hospital, 1), number).upload_refused("id_mismatch")
    Visit(shop, psn, "12", flag="1").upload_refused("not_found")
    visit = Visit(shop, psn, number, lines=(("B1", 4),), flag="1")
    visit.upload()
    s = visit.settle()
    assert rx.states(hospital, told, body) == ("1", "2")
    (row,) = kept(server, s)
    assert row[:4] == (number, number, "林药师", "Y2") and row[4] in ("1", "t")
    assert [(r["medListCodg"], float(r["cnt"])) for r in rx.shown(hospital, told, body, "7107")["seltdelts"]] == [("B1", 4)]
    # it is used: by the one message, too
    shop.refused("2102", bought(psn, number, (("B1", 4),), "1"), "prescription_state", "input.drugdetail[1].rxno")
    visit.back(s)
    assert rx.states(hospital, told, body) == ("1", "1")
    s = shop.do("2102", bought(psn, number, (("B1", 4),), "1"))["setlinfo"]
    assert kept(server, s)[0][2] == "林药师"
    Visit(shop, psn, number, lines=(("B1", 4),)).upload_refused("prescription_state")


def test_where_an_area_wants_electronic_ones_paper_is_refused(tmp_path):
    packs = tmp_path / "packs"
    shutil.copytree(ROOT / "packs", packs)
    (packs / "ningde/gateway").mkdir()
    (packs / "ningde/gateway/words.csv").write_text("kind,code,word,scheme,label\nrx_paper,pharmacy,refused,,\n", encoding="utf-8")
    with Server(packs=packs) as s:
        fill(s, PEOPLE)
        for kind, text in (("providers", rx.PLACES), ("agreements", rx.AGREED), ("items", ITEMS), ("terms", TERMS)):
            rx.load(s, kind, text)
        rx.load(s, "gateways", "provider_code,state\nH2,open\nP1,open\n")
        time.sleep(0.25)
        shop, psn = shop_of(s), rx.patient(Hospital(s))
        got = shop.refused("2102", bought(psn, "ZF1"), "prescription_needed", "input.drugdetail[1].rxno")
        assert got["error"]["expected"] == "the hiRxno of an electronic prescription"
        Visit(shop, psn, "ZF1").upload_refused("prescription_needed")


# ---- goods ----

def goods(settlement=None, code="B1", **more):
    n = next(NUMBER)
    return {"selinfo": {"med_list_codg": code, "fixmedins_hilist_id": f"G{n}", "fixmedins_hilist_name": "药", "fixmedins_bchno": f"L{n}",
                        "prsc_dr_name": "王医生", "phar_name": "林药师", "phar_prac_cert_no": "ZY001", "mdtrt_sn": f"S{n}", "manu_lotnum": "L1",
                        "manu_date": "2024-01-01", "expy_end": "2027-01-01", "rx_flag": "1", "trdn_flag": "0", "finl_trns_pric": 14.8,
                        "rxno": "ZF9", "rtal_docno": f"S{n}", "sel_retn_cnt": 1, "sel_retn_time": rx.china(), "sel_retn_opter_name": "陈",
                        "setl_id": settlement["setl_id"] if settlement else "", **more}}


def test_goods_of_a_sale_name_prescription_and_pharmacist(server, hospital):
    shop, psn, paper = shop_of(server), rx.patient(hospital, 1), f"ZF{next(NUMBER)}"
    s = shop.do("2102", bought(psn, paper))["setlinfo"]
    assert kept(server, s)[0][2] == ""
    shop.refused("3505", goods(s, rxno=""), "prescription_needed")
    shop.refused("3505", goods(s, rx_flag="0"), "bad_value")
    shop.refused("3505", goods(s, phar_name=""), "missing_field")
    got = shop.refused("3505", goods(s, phar_prac_cert_no="ZY999"), "unknown_reference")
    assert got["error"]["received"] != "" and kept(server, s)[0][2] == ""
    shop.do("3505", goods(s))
    assert kept(server, s)[0][2:4] == ("林药师", "ZY001")
    # who signed is told once; a pharmacy whose pharmacists nobody imported is believed
    shop.do("3505", goods(s, phar_name="别人"))
    assert kept(server, s)[0][2] == "林药师"
    shop_of(server, 2).do("3505", goods(phar_prac_cert_no="X1"))
    shop.do("3505", goods(code="B4", rxno="", phar_name="", rx_flag="0"))
    hospital.do("3505", goods(rxno=""))
