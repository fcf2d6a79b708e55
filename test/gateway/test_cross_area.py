"""People of one pooling area treated in another: which rule is whose, and what the areas owe each other. Amounts are worked out by
hand beside each case, in yuan; docs/cross-area.md says why.

The stay used throughout, at Chengde's prices and classes:
    A1  10 x 300.00 = 3000.00  class A                                              in scope 3000.00
    B1 100 x  14.80 = 1480.00  class B: limit 100 x 10.00, so 480.00 over the limit;
                               30 % of 1000.00 = 300.00 paid first                  in scope  700.00
    N1   1 x 100.00 =  100.00  class A in Chengde (Ningde does not cover it)        in scope  100.00
    H1   1 x  50.00 =   50.00  covered in Ningde only: own                          in scope    0.00
    total 4630.00                                                                   in scope 3800.00
Ningde's residents at level 3: deductible 800.00, then 60 %; referred or emergency 50 %; without filing 40 %.
    3800.00 - 800.00 = 3000.00: 1800.00, 1500.00, 1200.00
"""
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.areas import check, fill, load, packs_of, sql  # noqa: E402
from support.hospital import Hospital, MONEY, SERIAL, admit, fen, identities, same_but_ids  # noqa: E402
from support.server import Server  # noqa: E402

LONG = ("2023-01-01", "")
PEOPLE = {
    "长住": {"area": "350902", "filing": [("filed", *LONG)]},
    "转诊": {"area": "350902", "filing": [("referred", "2024-04-20", "2024-07-20")]},
    "急诊": {"area": "350902"},
    "自行": {"area": "350902"},
    "补办": {"area": "350902", "filing": [("referred", "2024-05-09", "2024-08-09")]},
    "过期": {"area": "350902", "filing": [("filed", "2022-01-01", "2024-04-30")]},
    "省院": {"area": "350902", "filing": [("filed", *LONG)]},
    "门诊": {"area": "350902", "filing": [("filed", *LONG)]},
    "职工": {"area": "350902", "scheme": "employee", "status": "active", "filing": [("filed", *LONG)]},
    "撤销": {"area": "350902", "filing": [("filed", *LONG)]},
    "柜台": {"area": "350902", "filing": [("filed", *LONG)]},
    "随机": {"area": "350902", "filing": [("filed", *LONG)]},
    "承德人": {"area": "130802"},
}
STAY = [("A1", 10, 300.0), ("B1", 100, 14.8), ("N1", 1, 100.0), ("H1", 1, 50.0)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(packs=packs_of(tmp_path_factory.mktemp("areas"))) as s:
        fill(s, PEOPLE)
        admit(s, *(f"{code},open" for code in ("N3", "N1", "C3", "CP", "C1", "CX", "CD")))
        yield s


@pytest.fixture(scope="module")
def at(server):
    """A provider's system by its code."""
    known = {}

    def of(code):
        if code not in known:
            known[code] = Hospital(server, code)
            known[code].sign_in()
        return known[code]
    return of


def psn(hospital, name):
    return hospital.person(PEOPLE[name]["id_no"])["baseinfo"]["psn_no"]


def stay(hospital, name, lines=STAY, med_type="21", insutype="390", begin="2024-05-01", end="2024-05-10"):
    """A whole stay: (setlinfo, what takes it back)."""
    who = psn(hospital, name)
    visit = hospital.admit(who, insutype, begin, med_type=med_type)
    rows = hospital.rows(who, visit, lines, on=begin)
    hospital.do("2301", {"feedetail": rows})
    hospital.discharge(who, visit, end, insutype)
    body = hospital.bill(who, visit, rows, insutype, med_type, mid_setl_flag="0")
    before, after = hospital.do("2303", body), hospital.do("2304", body)
    same_but_ids(before["setlinfo"], after["setlinfo"])
    assert before["setldetail"] == after["setldetail"]
    identities(after["setlinfo"], after["setldetail"])
    return after["setlinfo"], {"data": {"setl_id": after["setlinfo"]["setl_id"], "mdtrt_id": visit, "psn_no": who}}


def entries(server, settlement):
    return sorted(sql(server, "select area_code, fund, debit, credit, amount_fen, other_area from journal_entry "
                              f"where settlement_id = {settlement}"))


# ---- which rule is whose ----

@pytest.mark.parametrize("name, med_type, fund_fen", [
    ("长住", "21", 180000), ("转诊", "21", 150000), ("急诊", "24", 150000), ("自行", "21", 120000),
    ("补办", "21", 150000),  # filed on the 9th, discharged on the 10th: late, but in time
    ("过期", "21", 120000)])  # ended the day before the admission: as if there were none
def test_catalogue_of_the_place_of_treatment_policy_of_the_place_of_insurance(server, at, name, med_type, fund_fen):
    s, _ = stay(at("C3"), name, med_type=med_type)
    assert {k: fen(s[k]) for k in ("medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt",
                                   "act_pay_dedc", "fund_pay_sumamt", "hifp_pay", "psn_cash_pay")} == {
        "medfee_sumamt": 463000, "fulamt_ownpay_amt": 5000, "overlmt_selfpay": 48000, "preselfpay_amt": 30000,
        "inscp_scp_amt": 380000, "act_pay_dedc": 80000, "fund_pay_sumamt": fund_fen, "hifp_pay": fund_fen,
        "psn_cash_pay": 463000 - fund_fen}
    assert s["clr_optins"] == "130802"  # Chengde's office pays its hospital
    # Ningde owes Chengde, Chengde the hospital: the same fen twice, and nobody else anything
    assert entries(server, s["setl_id"]) == [
        ("130802", "hifp_pay", "due_from_area", "payable_provider", str(fund_fen), "350900"),
        ("350902", "hifp_pay", "benefit_expense", "due_to_area", str(fund_fen), "130800")]


def test_at_home_nothing_is_owed_between_areas(server, at):
    s, _ = stay(at("N3"), "急诊", med_type="24", begin="2024-06-01", end="2024-06-05")
    # at home an emergency is nothing special; B1: 14.80 above 12.50, 20 % first; N1 is not covered, H1 is:
    # 3000 + (1250 - 250) + 50 = 4050.00 in scope; a second stay, 800.00 again; 60 % of 3250.00
    assert (fen(s["inscp_scp_amt"]), fen(s["fund_pay_sumamt"])) == (405000, 195000)
    assert entries(server, s["setl_id"]) == [("350902", "hifp_pay", "benefit_expense", "payable_provider", "195000", "")]
    assert s["clr_optins"] == "350902"


def test_a_level_there_is_told_in_words_of_here(server, at):
    # the provincial hospital of Hebei counts as level 3 for Ningde: 60 % above 800.00, not 55 % above 1000.00
    s, _ = stay(at("CP"), "省院")
    assert (fen(s["act_pay_dedc"]), fen(s["fund_pay_sumamt"])) == (80000, 180000)


def test_caps_of_the_year_are_the_persons_own(server, at):
    # outpatient at level 1: 50 %, at most 200.00 a year, wherever it was: 300.00 there gives 150.00 …
    s, detail, _ = at("C1").outpatient(PEOPLE["门诊"]["id_no"], [("A1", 1, 300.0)])
    assert fen(s["fund_pay_sumamt"]) == 15000 and identities(s, detail)["psn_cash_pay"] == 15000
    # … and 300.00 at home the last 50.00
    s, _, _ = at("N1").outpatient(PEOPLE["门诊"]["id_no"], [("A1", 1, 300.0)])
    assert fen(s["fund_pay_sumamt"]) == 5000


def test_accounts_and_pharmacies(server, at):
    # employee, drug of the dual channel: N1 is class A in Chengde: 70 % of 1000.00; 300.00 from the account
    who = psn(at("CD"), "职工")
    sql_write(server, f"insert into person_state (person_id, version, account) values ({who}, 1, 'current 0 1000000\n') "
                      "on conflict (person_id, scheme, year) do update set account = excluded.account")
    detail = [{"feedetl_sn": f"P{next(SERIAL)}", "rxno": "R1", "rx_circ_flag": "0", "fee_ocur_time": "2024-05-01 09:00:00",
               "med_list_codg": "N1", "medins_list_codg": "L1", "det_item_fee_sumamt": "1000.00", "cnt": 10, "pric": 100.0}]
    body = {"druginfo": {"psn_no": who, "mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "begntime": "2024-05-01 09:00:00",
                         "medfee_sumamt": "1000.00", "insutype": "310", "acct_used_flag": "1", "med_type": "18"},
            "drugdetail": detail}
    before, after = at("CD").do("2101", body), at("CD").do("2102", body)
    v = identities(after["setlinfo"], after["setldetail"])
    assert v == identities(before["setlinfo"], before["setldetail"])
    assert (v["hifp_pay"], v["acct_pay"], v["psn_cash_pay"]) == (70000, 30000, 0)
    assert entries(server, after["setlinfo"]["setl_id"]) == [
        ("130802", "acct_pay", "due_from_area", "payable_provider", "30000", "350900"),
        ("130802", "hifp_pay", "due_from_area", "payable_provider", "70000", "350900"),
        ("350902", "acct_pay", "account_expense", "due_to_area", "30000", "130800"),
        ("350902", "hifp_pay", "benefit_expense", "due_to_area", "70000", "130800")]


def sql_write(server, text):
    if server.database.startswith("postgres"):
        sql(server, text)
        return
    import sqlite3
    with sqlite3.connect(server.database, timeout=30) as db:
        db.execute(text)


# ---- what is not opened ----

def test_what_the_place_of_insurance_does_not_open_is_refused(server, at):
    hospital = at("C1")
    who = psn(hospital, "自行")  # no filing: Ningde settles stays, but no outpatient visits
    register = {"data": {"psn_no": who, "insutype": "390", "begntime": "2024-05-01", "mdtrt_cert_type": "02", "ipt_otp_no": "1"}}
    answer = hospital.refused("2201", register, "cross_area", "input.data.psn_no")
    assert "350902" not in answer["err_msg"].split("；")[0]
    # filed, so one may register; but family beds are not opened
    filed = psn(hospital, "长住")
    refused = {"mdtrtinfo": {"psn_no": filed, "insutype": "390", "begntime": "2024-05-01", "mdtrt_cert_type": "02", "med_type": "71",
                             "ipt_no": "1"}, "diseinfo": []}
    hospital.refused("2401", refused, "cross_area", "input.mdtrtinfo.psn_no")
    visit = hospital.register(filed)
    hospital.refused("2203", {"mdtrtinfo": {"mdtrt_id": visit, "psn_no": filed, "med_type": "51", "begntime": "2024-05-01"},
                              "diseinfo": []}, "cross_area")
    # whose agreement counts: the one with the area of treatment
    suspended = at("CX")
    inpatient = suspended.admit(filed)
    rows = suspended.rows(filed, inpatient, STAY)
    suspended.refused("2301", {"feedetail": rows}, "no_agreement")


# ---- taking back ----

def test_taking_back_undoes_both_sides(server, at):
    hospital = at("C3")
    s, undo = stay(hospital, "撤销")
    back = hospital.do("2305", undo)["setlinfo"]
    assert {k: fen(back[k]) for k in MONEY} == {k: -fen(s[k]) for k in MONEY}
    assert entries(server, back["setl_id"]) == [
        ("130802", "hifp_pay", "due_from_area", "payable_provider", "-180000", "350900"),
        ("350902", "hifp_pay", "benefit_expense", "due_to_area", "-180000", "130800")]
    again, _ = stay(hospital, "撤销")
    assert fen(again["fund_pay_sumamt"]) == 180000


# ---- the counter ----

def test_the_counter_settles_as_the_gateway_does(server, at):
    clerk = server.user("cd_clerk", "clerk", area="130800")
    provider = next(r["provider_id"] for r in clerk.get("/providers?limit=100")["rows"] if r["code"] == "C3")
    who = psn(at("C3"), "柜台")
    bill = {"person_id": who, "provider_id": provider,
            "visit": {"kind": "inpatient", "date": "2024-05-10", "admit_date": "2024-05-01"},
            "lines": [{"code": c, "quantity": n, "unit_price": p} for c, n, p in STAY]}
    before = clerk.post("/settlements/preview", bill)["settlements"][0]
    after = clerk.post("/settlements", bill, 201, {"Idempotency-Key": "between-1"})["settlements"][0]
    assert fen(before["fund_total"]) == fen(after["fund_total"]) == 180000
    shown = clerk.get(f"/settlements/{after['settlement_id']}")["settlements"][0]
    assert shown["fund_total"] == after["fund_total"]
    clerk.post(f"/settlements/{after['settlement_id']}/reverse", {"reason": "wrong person"})
    # the route is not the provider's to say, whatever it is worth
    bill["visit"]["route"] = "filed"
    answer = clerk.ask("POST", "/settlements/preview", bill)
    assert (answer.status, answer.code, answer.json["error"]["field"]) == (403, "no_right", "visit.route")
    # a visit without admission has no day but its own: an admission that is said does not bring an ended filing back
    late = {"person_id": psn(at("C3"), "过期"), "provider_id": provider, "lines": [{"code": "A1", "amount": 100}],
            "visit": {"kind": "outpatient", "date": "2024-05-10", "admit_date": "2024-04-01"}}
    assert clerk.ask("POST", "/settlements/preview", late).code == "cross_area"
    late["visit"] |= {"date": "2024-04-29"}
    assert clerk.post("/settlements/preview", late)["settlements"][0]["state"] == "settled"
    # a paper claim that no rule opens has to say how it came to be elsewhere; null says nothing
    office = server.user("nd_clerk", "clerk", area="350900")
    paper = {**late, "person_id": psn(at("C3"), "自行"), "channel": "manual", "bill_no": "paper 1",
             "visit": {"kind": "outpatient", "date": "2024-05-10", "route": None}}
    answer = office.ask("POST", "/settlements", paper, {"Idempotency-Key": "paper-1"})
    assert (answer.code, answer.json["error"]["field"]) == ("missing_field", "visit.route")
    # somebody of a third place sees none of it
    stranger = server.user("qy_clerk", "clerk", area="620000")
    assert stranger.ask("GET", f"/settlements/{after['settlement_id']}").status == 404
    # and at home Chengde's clerk has nothing to do with Ningde's people
    bill = {**bill, "provider_id": next(r["provider_id"] for r in server.user("all", "clerk").get("/providers?limit=100")["rows"]
                                        if r["code"] == "N3"), "visit": {"kind": "outpatient", "date": "2024-05-10"}}
    assert clerk.ask("POST", "/settlements/preview", bill).code == "no_right"


# ---- everything together ----

def test_many_visits_in_both_directions_tie_up(server, at):
    random.seed(20240501)
    for i in range(12):
        lines = [(random.choice(["A1", "B1", "N1", "H1"]), random.randint(1, 30), random.randint(100, 99999) / 100)
                 for _ in range(random.randint(1, 4))]
        code, name = random.choice([("C3", "随机"), ("N3", "承德人"), ("CP", "随机")])
        s, undo = stay(at(code), name, lines, begin=f"2024-07-{i + 1:02}", end=f"2024-07-{i + 2:02}")
        if i % 3 == 0:
            at(code).do("2305", undo)
    out = check(server)
    assert "nothing is wrong" in out
    due = dict(sql(server, "select credit, sum(amount_fen) from journal_entry where credit = 'due_to_area' group by credit"))
    owed = dict(sql(server, "select debit, sum(amount_fen) from journal_entry where debit = 'due_from_area' group by debit"))
    settled = sql(server, "select sum(s.fund_fen + s.account_fen) from settlement s join person p on p.person_id = s.person_id "
                          "join provider h on h.provider_id = s.provider_id "
                          "where substr(p.area_code, 1, 4) <> substr(h.area_code, 1, 4)")
    assert due["due_to_area"] == owed["due_from_area"] == settled[0][0] and int(settled[0][0]) > 0
    # one fen less on one side is found
    worst = sql(server, "select max(settlement_id) from journal_entry where credit = 'due_to_area'")[0][0]
    sql_write(server, f"update journal_entry set amount_fen = amount_fen - 1 where settlement_id = {worst} and credit = 'due_to_area'")
    assert "WRONG areas" in check_fails(server)
    sql_write(server, f"update journal_entry set amount_fen = amount_fen + 1 where settlement_id = {worst} and credit = 'due_to_area'")
    assert "nothing is wrong" in check(server)


def check_fails(server):
    import os
    import subprocess
    from support.server import GONGJI
    done = subprocess.run([GONGJI, "--lang", "en", "check", "--packs", str(server.packs), "--db", server.database],
                          capture_output=True, text=True, env=os.environ)
    assert done.returncode not in (0,), done.stdout
    return done.stdout
