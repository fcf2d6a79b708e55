"""Lines without a national code: refused wherever a hospital or pharmacy may send lines, and nothing of the message is kept."""
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import test_prescription as rx  # noqa: E402
from support.area import fill  # noqa: E402
from support.areas import sql  # noqa: E402
from support.hospital import Hospital, SERIAL  # noqa: E402
from support.server import Server  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, rx.PEOPLE)
        rx.load(s, "providers", rx.PLACES)
        rx.load(s, "agreements", rx.AGREED)
        rx.load(s, "gateways", "provider_code,state\nH2,open\nP1,open\n")
        time.sleep(0.25)
        yield s


def kept(server):
    return [sql(server, f"select count(*) from {table}") for table in ("care_upload", "settlement")]


@pytest.mark.parametrize("code", ["XX", "A1 ", "a1", "YP-0001", "", "住院床位"])
def test_a_line_without_a_national_code_is_refused_with_its_message(server, code):
    """covers: R065"""
    hospital, shop = Hospital(server), Hospital(server, "P1")
    psn = rx.patient(hospital)
    visit, stay = hospital.register(psn, "310", rx.TODAY), hospital.admit(psn, "310", rx.TODAY)
    before = kept(server)
    own = "C_unknown"
    for infno, number, batch in (("2204", visit, f"B{next(SERIAL)}"), ("2301", stay, None)):
        rows = hospital.rows(psn, number, [("A1", 1, 10.0), ("A1", 2, 10.0)], batch, rx.TODAY)
        rows[1].update(med_list_codg=code, medins_list_codg=own)
        answer = hospital.say(infno, {"feedetail": rows})
        if code.strip() == "A1":  # blanks around a code are none of it
            assert str(answer["infcode"]) == "0"
            continue
        assert answer["error"]["code"] == "not_in_catalogue"
        assert answer["error"]["field"] == "input.feedetail[2]." + ("med_list_codg" if code else "medins_list_codg")
    body = rx.bill(psn, {"hiRxno": ""}, (("B1", 1),), "0")
    body["drugdetail"][0].update(med_list_codg=code, medins_list_codg=own)
    if code.strip() != "A1":
        for infno in ("2101", "2102"):
            answer = shop.say(infno, body)
            assert answer["error"]["code"] == "not_in_catalogue", answer["err_msg"]
        assert kept(server) == before


def test_an_own_code_counts_when_it_stands_for_a_national_one(server):
    """covers: R065"""
    hospital = Hospital(server)
    psn = rx.patient(hospital, 1)
    visit = hospital.register(psn, "310", rx.TODAY)
    row = hospital.rows(psn, visit, [("A1", 1, 10.0)], f"B{next(SERIAL)}", rx.TODAY)[0]
    row.update(med_list_codg="", medins_list_codg="OWN1")
    hospital.refused("2204", {"feedetail": [row]}, "not_in_catalogue", "input.feedetail[1].medins_list_codg")
    hospital.do("3301", {"data": {"fixmedins_hilist_id": "OWN1", "fixmedins_hilist_name": "床位费", "list_type": "201", "med_list_codg": "A1",
                                  "begndate": "2020-01-01", "enddate": ""}})
    hospital.do("2204", {"feedetail": [row]})
    split = hospital.do("2204", {"feedetail": [{**row, "feedetl_sn": "OWN-2", "chrg_bchno": "OWN-2"}]})["result"][0]
    assert split["med_chrgitm_type"] and float(split["inscp_scp_amt"]) == 10.0  # what A1 is, class A
