"""Pharmacies' and hospitals' goods at the gateway: counted, changed, bought, sold, returned, taken back, and asked for.

covers: R206
"""
import itertools
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.areas import sql  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [{"name": "张三丰"}, {"name": "李四"}]
NUMBER = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open", "H9,open,,,,,strict")
        yield s


@pytest.fixture(scope="module")
def shop(server):
    return Hospital(server)


@pytest.fixture
def own():
    """A code of the shop's own that no other test uses."""
    return f"G{next(NUMBER):03}"


def goods(own, batch="P1", **more):
    return {"med_list_codg": "B1", "fixmedins_hilist_id": own, "fixmedins_hilist_name": "阿莫西林胶囊", "fixmedins_bchno": batch,
            "rx_flag": "1", "memo": "", **more}


def count(own, n, on="2024-05-01", batch="P1", **more):
    return goods(own, batch, invdate=on, inv_cnt=n, manu_lotnum="L1", manu_date="2024-01-01", expy_end="2026-01-01", **more)


def change(own, kind, n, at="2024-05-02 09:00:00", batch="P1", **more):
    return goods(own, batch, inv_chg_type=kind, pric=8.5, cnt=n, inv_chg_time=at, inv_chg_opter_name="陈", trdn_flag="0", **more)


def purchase(own, n, at="2024-05-01 08:00:00", batch="P1", invoice="I1", **more):
    return goods(own, batch, dynt_no="D1", spler_name="某商业公司", manu_lotnum="L1", prodentp_name="某药厂", aprvno="国药准字",
                 manu_date="2024-01-01", expy_end="2026-01-01", finl_trns_pric="8.123456", purc_retn_cnt=n, purc_invo_no=invoice,
                 purc_retn_stoin_time=at, purc_retn_opter_name="陈", prod_geay_flag="0", **more)


def sale(own, n, receipt, at="2024-05-03 10:00:00", batch="P1", codes=(), **more):
    return goods(own, batch, prsc_dr_name="王医生", phar_name="陈药师", phar_prac_cert_no="Y1", mdtrt_sn=f"S{receipt}",
                 manu_lotnum="L1", manu_date="2024-01-01", expy_end="2026-01-01", trdn_flag="0", finl_trns_pric=14.8,
                 rtal_docno=receipt, sel_retn_cnt=n, sel_retn_time=at, sel_retn_opter_name="陈",
                 drugtracinfo=[{"drug_trac_codg": c} for c in codes], **more)


def ask(shop, infno, own="", **more):
    return shop.do(infno, {"data": {"fixmedins_code": shop.code, "medins_list_codg": own, "fixmedins_bchno": "",
                                    "begndate": "2024-01-01", "enddate": "2024-12-31", **more}})


def on_hand(shop, own):
    return {r["fixmedinsBchno"]: float(r["invCnt"]) for r in ask(shop, "3508", own)}


# ---- what moves ----

def test_opening_and_what_came_in_less_what_went_out_is_what_is_there(server, shop, own):
    shop.do("3501", {"invinfo": count(own, 10)})
    shop.do("3503", {"purcinfo": purchase(own, 50)})
    shop.do("3502", {"invinfo": change(own, "101", 5.5)})
    shop.do("3502", {"invinfo": change(own, "105", 1.25)})
    shop.do("3504", {"purcinfo": purchase(own, 4, "2024-05-02 08:00:00")})
    shop.do("3505", {"selinfo": sale(own, 3, "R1")})
    shop.do("3505", {"selinfo": sale(own, 0.5, "R2")})
    shop.do("3506", {"selinfo": sale(own, 1, "R1", "2024-05-04 10:00:00")})
    opening, came, went = 10, 50 + 5.5 + 1, 1.25 + 4 + 3 + 0.5
    assert on_hand(shop, own) == {"P1": opening + came - went}
    shop.do("3503", {"purcinfo": purchase(own, 7, batch="P2")})
    assert on_hand(shop, own) == {"P1": 57.75, "P2": 7}
    # what was counted is what is there, whatever was thought; a second count finds no difference
    for _ in range(2):
        shop.do("3501", {"invinfo": count(own, 56, "2024-05-31")})
        assert on_hand(shop, own)["P1"] == 56
    found = [(r["invChgType"], float(r["cnt"])) for r in ask(shop, "3509", own)]
    assert found == [("103", 10), ("101", 5.5), ("105", 1.25), ("104", 1.75)]
    row = ask(shop, "3508", own)[0]
    assert (row["medListCodg"], row["medinsListName"], row["expyEnd"], row["invdate"]) == (
        "B1", "阿莫西林胶囊", "2026-01-01", "2024-05-31")
    server.cli("check", "--packs", str(server.packs))


def test_each_kind_of_change_goes_its_way(shop, own):
    shop.do("3501", {"invinfo": count(own, 100)})
    ways = {"101": 1, "103": 1, "106": 1, "108": 1, "110": 1, "102": -1, "104": -1, "105": -1, "107": -1, "109": -1, "111": -1}
    there = 100
    for kind, way in ways.items():
        shop.do("3502", {"invinfo": change(own, kind, 2)})
        there += 2 * way
        assert on_hand(shop, own)["P1"] == there, kind
    shop.refused("3502", {"invinfo": change(own, "999", 2)}, "unknown_word", "input.invinfo.inv_chg_type")


def test_more_sold_than_there_is_is_done_and_told(shop, own):
    told = shop.say("3505", {"selinfo": sale(own, 2, "R1")})
    assert told["infcode"] == 0 and told["warn_msg"].startswith("[stock_short] 1 ")
    assert on_hand(shop, own) == {"P1": -2}
    assert shop.say("3503", {"purcinfo": purchase(own, 5)})["warn_msg"] == ""
    assert shop.say("3505", {"selinfo": sale(own, 3, "R2")})["warn_msg"] == ""
    assert on_hand(shop, own) == {"P1": 0}


def test_the_same_said_again_does_nothing_twice(shop, own):
    shop.do("3503", {"purcinfo": purchase(own, 5)})
    message = shop.envelope("3505", {"selinfo": sale(own, 2, "R1")})
    answers = [json.loads(shop.post("/gateway", message)[2]) for _ in range(2)]
    assert answers[0] == answers[1] and on_hand(shop, own) == {"P1": 3}
    # under another msgid, too
    shop.refused("3505", {"selinfo": sale(own, 2, "R1")}, "exists", "input.selinfo.fixmedins_bchno")
    shop.refused("3503", {"purcinfo": purchase(own, 5)}, "exists", "input.purcinfo.fixmedins_bchno")
    shop.do("3505", {"selinfo": sale(own, 2, "R2")})
    assert on_hand(shop, own) == {"P1": 1}


def test_what_is_wrong_moves_nothing(server, shop, own):
    shop.refused("3505", {"selinfo": sale(own, -1, "R1")}, "bad_value", "input.selinfo.sel_retn_cnt")
    shop.refused("3505", {"selinfo": sale(own, 0, "R1")}, "bad_value", "input.selinfo.sel_retn_cnt")
    shop.refused("3501", {"invinfo": count(own, -1)}, "bad_value", "input.invinfo.inv_cnt")
    shop.refused("3501", {"invinfo": count(own, "")}, "missing_field", "input.invinfo.inv_cnt")
    shop.refused("3503", {"purcinfo": purchase(own, 1, "soon")}, "bad_date", "input.purcinfo.purc_retn_stoin_time")
    shop.refused("3503", {"purcinfo": purchase("", 1)}, "missing_field", "input.purcinfo.fixmedins_hilist_id")
    shop.refused("3505", {"selinfo": {**sale(own, 1, "R1"), "med_list_codg": ""}}, "not_in_catalogue")
    shop.refused("3501A", {"invinfoDetail": [count(own, 1), count(own, 2, batch="")]}, "missing_field",
                 "input.invinfoDetail[2].fixmedins_bchno")
    assert on_hand(shop, own) == {}
    # an institution with strict checks can say all of it
    strict = Hospital(server, "H9")
    strict.do("3501", {"invinfo": count(own, 5, pric=8)})
    strict.do("3503", {"purcinfo": purchase(own, 5)})
    strict.do("3505", {"selinfo": sale(own, 2, "R1", codes=["T" + own])})
    strict.refused("3505", {"selinfo": {**sale(own, 2, "R2"), "phar_name": ""}}, "missing_field", "input.selinfo.phar_name")
    strict.do("3504A", {"purcinfoDetail": [purchase(own, 5, "2024-05-05 08:00:00")]})
    strict.do("3503", {"purcinfo": purchase(own, 5, "2024-05-06 08:00:00")})
    assert [float(r["invCnt"]) for r in ask(strict, "3508", own, fixmedins_bchno="P1")] == [8]


def test_an_own_code_stands_for_the_national_one_that_it_is_mapped_to(shop, own):
    shop.do("3301", {"data": {"fixmedins_hilist_id": own, "fixmedins_hilist_name": "阿莫西林胶囊", "list_type": "101",
                              "med_list_codg": "B1", "begndate": "2024-01-01", "enddate": "2099-12-31"}})
    shop.do("3501", {"invinfo": {**count(own, 5), "med_list_codg": ""}})
    assert ask(shop, "3508", own)[0]["medListCodg"] == "B1"


# ---- several rows ----

def test_several_rows_are_booked_one_by_one(shop, own):
    shop.do("3501A", {"invinfoDetail": [count(own, 4, pric=1), count(own, 9, batch="P2", pric=1), count(own, 6, pric=1)]})
    assert on_hand(shop, own) == {"P1": 6, "P2": 9}, "the later row of a batch counts"
    told = shop.say("3505A", {"selinfoDetail": [sale(own, 2, "R1"), sale(own, 0, "R2"), sale(own, 2, "R1"), sale(own, 5, "R3")]})
    rows = told["output"]["selinfoDetail"]
    assert [r["retRslt"] for r in rows] == ["1", "0", "0", "1"]
    assert rows[1]["msgRslt"].startswith("[bad_value] ") and rows[2]["msgRslt"].startswith("[exists] ")
    assert told["warn_msg"].startswith("[rows_failed] 2 ") and "[stock_short] 1 " in told["warn_msg"]
    assert (rows[0]["rtal_docno"], float(rows[0]["finl_trns_pric"])) == ("R1", 14.8) and rows[0]["medins_prod_sel_no"]
    assert on_hand(shop, own) == {"P1": -1, "P2": 9}
    back = shop.do("3506A", {"selinfoDetail": [sale(own, 1, "R1", "2024-05-04 10:00:00",
                                                    medins_prod_sel_no=rows[0]["medins_prod_sel_no"])]})["selinfoErrDetail"]
    assert [(r["retRslt"], r["medins_prod_sel_no"]) for r in back] == [("1", rows[0]["medins_prod_sel_no"])]
    bought = shop.do("3503A", {"purcinfoDetail": [purchase(own, 10)]})["purcinfoDetail"]
    assert ask(shop, "3510", own)[0]["medinsProdPurcNo"] == bought[0]["medins_prod_purc_no"]
    shop.do("3504A", {"purcinfoDetail": [purchase(own, 3, "2024-05-05 08:00:00")]})
    assert [r["retRslt"] for r in shop.do("3502A", {"invinfoDetail": [change(own, "101", 1), change(own, "1", 1)]})["invinfoErrDetail"]] == ["1", "0"]
    assert on_hand(shop, own) == {"P1": 8, "P2": 9}
    assert [r["retRslt"] for r in shop.do("3507A", {"goodDetail": [
        {"fixmedins_bchno": "P1", "inv_data_type": "9"}, {"fixmedins_bchno": "none", "inv_data_type": "4"}]})["goodErrDetail"]] == ["0", "0"]


# ---- taken back ----

def test_what_was_said_of_a_batch_is_taken_back_by_its_type(server, shop, own):
    batch = "B" + own
    shop.do("3501", {"invinfo": count(own, 10, batch=batch)})
    shop.do("3503", {"purcinfo": purchase(own, 5, batch=batch)})
    shop.do("3504", {"purcinfo": purchase(own, 2, "2024-05-02 08:00:00", batch=batch)})
    shop.do("3505", {"selinfo": sale(own, 4, "R1", batch=batch)})
    shop.do("3506", {"selinfo": sale(own, 1, "R1", "2024-05-04 10:00:00", batch=batch)})
    shop.do("3502", {"invinfo": change(own, "101", 100, batch=batch)})

    def back(kind):
        shop.do("3507", {"data": {"fixmedins_bchno": batch, "inv_data_type": kind}})
        return on_hand(shop, own)[batch]

    assert on_hand(shop, own)[batch] == 110
    assert back("4") == 113 and back("3") == 110 and back("2") == 10 and back("1") == 0
    for kind in "1234":
        shop.refused("3507", {"data": {"fixmedins_bchno": batch, "inv_data_type": kind}}, "not_found", "input.data.fixmedins_bchno")
    shop.refused("3507", {"data": {"fixmedins_bchno": batch, "inv_data_type": "5"}}, "bad_value", "input.data.inv_data_type")
    # all of it can still be asked for, and said anew
    assert [(r["valiFlag"], r["prodRetnFlag"]) for r in ask(shop, "3510", own)] == [("0", "0"), ("0", "1")]
    assert ask(shop, "3511", own, vali_flag="1") == [] and len(ask(shop, "3511", own, vali_flag="0")) == 2
    shop.do("3505", {"selinfo": sale(own, 4, "R1", batch=batch)})
    assert on_hand(shop, own)[batch] == -4
    server.cli("check", "--packs", str(server.packs))


def test_another_ones_batch_is_not_taken_back(server, shop, own):
    other = Hospital(server, "H3")
    shop.do("3503", {"purcinfo": purchase(own, 5, batch="B" + own)})
    other.refused("3507", {"data": {"fixmedins_bchno": "B" + own, "inv_data_type": "3"}}, "not_found")
    assert ask(other, "3508", own) == []
    other.refused("3508", {"data": {"fixmedins_code": "H2", "medins_list_codg": own}}, "no_right", "input.data.fixmedins_code")


# ---- what can be asked ----

def test_purchases_and_sales_come_as_they_were_said(shop, own):
    shop.do("3503", {"purcinfo": purchase(own, 50)})
    shop.do("3505", {"selinfo": sale(own, 3, "R1", psn_name="张三丰", certno="350902198002030019", psn_cert_type="01")})
    shop.do("3506", {"selinfo": sale(own, 1, "R1", "2024-05-04 10:00:00")})
    bought = ask(shop, "3510", own)[0]
    assert (bought["splerName"], bought["prodentpName"], bought["purcInvoNo"], str(bought["finlTrnsPric"]), float(bought["purcRetnCnt"]),
            bought["prodGeayFlag"], bought["prodRetnFlag"], bought["medinsListCodg"], bought["fixmedinsCode"], bought["valiFlag"]) == (
        "某商业公司", "某药厂", "I1", "8.123456", 50, "0", "0", own, "H2", "1")
    sold, back = ask(shop, "3511", own)
    assert (sold["pharName"], sold["bilgDrName"], sold["certno"], sold["psnName"], sold["selRetnTime"], float(sold["selRetnCnt"])) == (
        "陈药师", "王医生", "350902198002030019", "张三丰", "2024-05-03 10:00:00", 3)
    assert float(back["selRetnCnt"]) == -1
    assert ask(shop, "3511", own, begndate="2024-05-04") == [back]
    assert ask(shop, "3511", own, medins_prod_sel_no=sold["medinsProdSelNo"]) == [sold]
    assert ask(shop, "3511", own, enddate="2024-05-02") == [] and ask(shop, "3511", own, fixmedins_bchno="P9") == []
    for infno in "3508 3509 3510 3511 3512 3513".split():
        shop.refused(infno, {"data": {"fixmedins_code": "H2", "begndate": "2024-01-01", "enddate": "2024-12-31"}}, "missing_field")


def test_names_in_capitals(shop, own):
    shop.do("3503", {"purcinfo": {k.upper(): v for k, v in purchase(own, 5).items()}})
    assert [(float(r["purcRetnCnt"]), r["splerName"], r["medinsListName"]) for r in ask(shop, "3510", own)] == [
        (5, "某商业公司", "阿莫西林胶囊")]


def test_answers_have_the_fields_of_the_interface(shop, own):
    import csv
    from support.server import ROOT
    code = "T" + own
    shop.do("3501", {"invinfo": count(own, 5, drugtracinfo=[{"drug_trac_codg": code}])})
    shop.do("3503", {"purcinfo": purchase(own, 50)})
    shop.do("3505", {"selinfo": sale(own, 3, "R1", codes=[code])})
    with open(ROOT / "packs/common/gateway/fields.csv", encoding="utf-8", newline="") as f:
        fields = [row for row in csv.reader(f) if row[1:2] == ["out"]]
    for infno in "3508 3509 3510 3511 3512 3513".split():
        assert set(ask(shop, infno, own)[0]) == {row[4] for row in fields if row[0] == infno}, infno


def test_pages(shop, own):
    for i in range(5):
        shop.do("3503", {"purcinfo": purchase(own, i + 1)})
    pages = [shop.say("3510", {"data": {"fixmedins_code": "H2", "medins_list_codg": own, "page_num": n, "page_size": 2}}) for n in (1, 2, 3, 4)]
    assert [[float(r["purcRetnCnt"]) for r in p["output"]] for p in pages] == [[1, 2], [3, 4], [5], []]
    assert [p["warn_msg"].startswith("[more] ") for p in pages] == [True, True, False, False]


def test_codes_of_packs_are_followed(server, shop, own):
    first, second = f"T{own}1", f"T{own}2"
    shop.do("3501", {"invinfo": count(own, 2), "drugtracinfo": [{"drug_trac_codg": first}]})
    shop.do("3502", {"invinfo": change(own, "101", 1, drugtracinfo=[{"drug_trac_codg": second}])})
    assert [r["drugTracCodg"] for r in ask(shop, "3512", own)] == [first, second]
    assert [r["medinsListCodg"] for r in ask(shop, "3512", drug_trac_codg=second)] == [own]
    shop.do("3505", {"selinfo": sale(own, 1, "R1", codes=[first], certno="C" + own)})
    for key in ({"drug_trac_codg": first}, {"mdtrt_id": "SR1", "medins_list_codg": own}, {"certno": "C" + own}):
        assert [(r["drugTracCodg"], r["certno"]) for r in ask(shop, "3513", **key)] == [(first, "C" + own)]
    # sold once more, by another one: told; after it came back: not
    other = Hospital(server, "H3")
    told = other.say("3505", {"selinfo": sale(own, 1, "R9", codes=[first])})
    assert "[sold_before] 1 " in told["warn_msg"]
    opened = other.say("3505", {"selinfo": {**sale(own, 0.1, "R8", codes=[first]), "trdn_flag": "1"}})
    assert "[sold_before]" not in opened["warn_msg"]
    shop.do("3505", {"selinfo": sale(own, 1, "R2", codes=[second])})
    shop.do("3506", {"selinfo": sale(own, 1, "R2", "2024-05-04 10:00:00", codes=[second])})
    assert "[sold_before]" not in shop.say("3505", {"selinfo": sale(own, 1, "R3", codes=[second])})["warn_msg"]


def test_a_sale_knows_the_settlement_that_paid_for_it(server, shop, own):
    shop.do("3501", {"invinfo": count(own, 10)})
    settled, _, (psn, visit, _) = shop.outpatient(PEOPLE[0]["id_no"], [("B1", 1, 14.8)])
    row = sale(own, 1, "R1", psn_no=psn, setl_id=settled["setl_id"])
    row["mdtrt_sn"] = visit
    assert shop.say("3505", {"selinfo": row})["warn_msg"] == ""
    assert [r["setlId"] for r in ask(shop, "3511", own)] == [settled["setl_id"]]
    assert sql(server, f"select settlement_id from stock_movement where own_code = '{own}' and kind = 'sale'") == [(settled["setl_id"],)]
    told = Hospital(server, "H3").say("3505", {"selinfo": sale(own, 1, "R1", setl_id=settled["setl_id"])})
    assert "[unknown_settlement] 1 " in told["warn_msg"]


# ---- many at once ----

def test_sales_of_many_persons_at_once_add_up(server, shop, own):
    shop.do("3501", {"invinfo": count(own, 100)})
    persons = [shop.person(p["id_no"])["baseinfo"]["psn_no"] for p in PEOPLE] + [""]

    def sell(i):
        if i % 10 == 9:
            return shop.do("3501", {"invinfo": count(own, 100, f"2024-06-{i % 28 + 1:02}")})
        return shop.do("3505", {"selinfo": sale(own, 1, f"M{i}", psn_no=persons[i % 3])})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sell, range(40)))
    server.cli("check", "--packs", str(server.packs))
    shop.do("3501", {"invinfo": count(own, 40, "2024-06-30")})
    assert on_hand(shop, own) == {"P1": 40}


def test_a_stock_that_was_tampered_with_is_found(server, shop, own):
    shop.do("3501", {"invinfo": count(own, 10)})
    where = f"where own_code = '{own}'"
    for wrong, right in ((f"update stock set quantity_e4 = quantity_e4 + 1 {where}", f"update stock set quantity_e4 = quantity_e4 - 1 {where}"),
                         (f"update stock_movement set quantity_e4 = 1 {where}", f"update stock_movement set quantity_e4 = 100000 {where}"),
                         (f"update stock_movement set batch_no = 'X' {where}", f"update stock_movement set batch_no = 'P1' {where}")):
        sql(server, wrong)
        with pytest.raises(AssertionError, match="WRONG stock"):
            server.cli("check", "--packs", str(server.packs))
        sql(server, right)
        server.cli("check", "--packs", str(server.packs))
