"""What messages say of a visit or purchase beside its bill: is it the person, who came for him, and how late it was told."""
import itertools
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import test_prescription as rx  # noqa: E402
from support.area import fill, id_no  # noqa: E402
from support.areas import sql  # noqa: E402
from support.hospital import Hospital, SERIAL  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

NUMBER = itertools.count(1)
AUNT = {"agnter_name": "王小妹", "agnter_cert_type": "01", "agnter_certno": id_no("350921", "1975-06-01", 77), "agnter_tel": "13800001111",
        "agnter_addr": "宁德市某路1号", "agnter_rlts": "8"}
LIMITS = "kind,code,word,scheme,label\nupload_minutes,settlement,60,,\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Purchases are to be told within an hour, in this area."""
    packs = tmp_path_factory.mktemp("packs")
    shutil.copytree(ROOT / "packs", packs, dirs_exist_ok=True)
    (packs / "ningde/gateway").mkdir()
    (packs / "ningde/gateway/words.csv").write_text(LIMITS, encoding="utf-8")
    with Server(packs=packs) as s:
        fill(s, rx.PEOPLE)
        for kind, text in (("providers", rx.PLACES), ("agreements", rx.AGREED), ("items", rx.ITEMS), ("terms", rx.TERMS)):
            rx.load(s, kind, text)
        rx.load(s, "gateways", "provider_code,state\nH2,open\nP1,open\nP2,open\nP3,open\nP4,open\n")
        time.sleep(0.25)
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


@pytest.fixture(scope="module")
def clerk(server):
    return server.user("sun", "clerk")


@pytest.fixture(scope="module")
def reader(server):
    return server.user("zhou", "supervisor")


def shop_of(server, number=1):
    return Hospital(server, f"P{number}")


def bought(psn, at=None, **more):
    body = rx.bill(psn, {"hiRxno": ""}, flag="0")
    body["druginfo"].update({"begntime": at or rx.china(), **more})
    for row in body["drugdetail"]:
        row["fee_ocur_time"] = body["druginfo"]["begntime"]
    return body


# ---- is it the person? ----

def test_name_and_certificate_have_to_be_the_persons(server, hospital):
    """covers: R209"""
    shop, psn, me, other = shop_of(server), rx.patient(hospital), *rx.PEOPLE
    for infno in ("2101", "2102"):
        shop.refused(infno, bought(psn, psn_name=other["name"]), "id_mismatch", "input.druginfo.psn_name")
        got = shop.refused(infno, bought(psn, psn_cert_type="01", certno=other["id_no"]), "id_mismatch", "input.druginfo.certno")
        assert other["id_no"] not in str(got)
    for name in ("register", "admit"):
        with pytest.raises(AssertionError, match="id_mismatch"):
            wrong = Wrong(server, psn_name=other["name"])
            getattr(wrong, name)(psn, "310", rx.TODAY)
    shop.do("2102", bought(psn, psn_name=me["name"], psn_cert_type="01", certno=me["id_no"]))
    # a passport is no citizen's number: nobody here knows it
    shop.do("2102", bought(psn, psn_name=me["name"], psn_cert_type="03", certno="E12345678"))


class Wrong(Hospital):
    """Puts something into the first node of what it says."""

    def __init__(self, server, code="H2", **more):
        super().__init__(server, code)
        self.more = more

    def do(self, infno, data, msgid=None, **more):
        node = next(iter(data))
        return super().do(infno, {**data, node: {**data[node], **self.more}}, msgid, **more)


# ---- who came for him? ----

def proxies(client, **asked):
    return client.get("/proxies?" + "&".join(f"{k}={v}" for k, v in asked.items()))["rows"]


def test_who_buys_for_another_is_kept_and_shown_masked(server, hospital, clerk, reader):
    """covers: R209"""
    shop, psn = shop_of(server), rx.patient(hospital)
    s = shop.do("2102", bought(psn, **AUNT))["setlinfo"]
    assert sql(server, f"select name, id_type, id_no, relation, phone, kind, transaction_no from proxy where object_id = {s['mdtrt_id']}") == \
        [("王小妹", "01", AUNT["agnter_certno"], "8", "13800001111", "visit", "2102")]
    (row,) = proxies(clerk, object_id=s["mdtrt_id"])
    assert (row["provider_name"], row["relation"], row["person_id"]) == ("第一药店", "8", psn)
    assert row["proxy_name"] == "王**" and AUNT["agnter_certno"] not in str(row) and row["id_no"].startswith("3509*")
    # by the number in full, and not by a part of it
    assert [r["object_id"] for r in clerk.get(f"/proxies?q={AUNT['agnter_certno']}")["rows"]] == [s["mdtrt_id"]]
    assert clerk.get(f"/proxies?q={AUNT['agnter_certno'][:6]}")["rows"] == []
    # in full for a reason, which is logged
    assert clerk.post(f"/proxies/{s['mdtrt_id']}/unmask", {"reason": ""}, 400)["error"]["field"] == "reason"
    got = clerk.post(f"/proxies/{s['mdtrt_id']}/unmask", {"reason": "核对代购人"})
    assert got == {"id_no": AUNT["agnter_certno"], "name": "王小妹", "phone": "13800001111", "address": "宁德市某路1号"}
    assert sql(server, f"select count(*) from audit_log where action = 'proxy.unmask' and person_id = {psn}") == [("1",)]
    clerk.post("/proxies/1/unmask", {"reason": "核对代购人"}, 404)
    server.user("wei", "head").post(f"/proxies/{s['mdtrt_id']}/unmask", {"reason": "核对代购人"}, 403)
    elsewhere = server.user("qin", "clerk", area="350921")
    assert proxies(elsewhere) == []
    elsewhere.post(f"/proxies/{s['mdtrt_id']}/unmask", {"reason": "核对代购人"}, 404)
    # as a file
    csv = reader.ask("GET", "/proxies?format=csv").body.decode("utf-8-sig")
    assert "王**" in csv and "王小妹" not in csv and "就诊" in csv


def test_a_proxy_is_told_completely_and_truly(server, hospital):
    """covers: R209"""
    shop, psn, (me, other) = shop_of(server), rx.patient(hospital), rx.PEOPLE
    wrong = [({"agnter_name": ""}, "missing_field", "agnter_name"), ({"agnter_cert_type": ""}, "missing_field", "agnter_cert_type"),
             ({"agnter_certno": ""}, "missing_field", "agnter_certno"), ({"agnter_certno": "350921197506010771"}, "bad_id_no", "agnter_certno"),
             ({"agnter_certno": me["id_no"], "agnter_name": me["name"]}, "bad_value", "agnter_certno"),
             ({"agnter_certno": other["id_no"]}, "id_mismatch", "agnter_name"), ({"agnter_rlts": "77"}, "unknown_word", "agnter_rlts")]
    before = sql(server, "select count(*) from proxy"), sql(server, "select count(*) from settlement")
    for more, code, field in wrong:
        got = shop.refused("2102", bought(psn, **{**AUNT, **more}), code, f"input.druginfo.{field}")
        assert AUNT["agnter_certno"] not in str(got)
    assert (sql(server, "select count(*) from proxy"), sql(server, "select count(*) from settlement")) == before
    # somebody known here, by his own name; and one with a passport
    shop.do("2102", bought(psn, **{**AUNT, "agnter_name": other["name"], "agnter_certno": other["id_no"]}))
    shop.do("2102", bought(psn, **{**AUNT, "agnter_cert_type": "03", "agnter_certno": "E12345678"}))


def test_visits_and_filings_have_them_too(server, hospital, clerk):
    psn = rx.patient(hospital, 1)
    aunt = Wrong(server, **AUNT)
    visit, stay = aunt.register(psn, "310", rx.TODAY), aunt.admit(psn, "310", rx.TODAY)
    filed = hospital.do("2505", {"data": {"psn_no": psn, "insutype": "310", "biz_appy_type": "03", "begndate": rx.TODAY, "enddate": "",
                                          "fix_srt_no": "1", "fixmedins_code": "H2", "fixmedins_name": "第二医院", "memo": "", **AUNT}})
    number = filed["result"]["trt_dcla_detl_sn"]
    rows = {r["object_id"]: (r["kind"], r["transaction_no"]) for r in proxies(clerk, person_id=psn)}
    assert rows == {visit: ("visit", "2201"), stay: ("visit", "2401"), number: ("filing", "2505")}
    # the message that is kept shows none of it
    head = server.user("he", "supervisor")
    row = head.get("/gateway/messages?transaction_no=2505")["rows"][0]
    assert AUNT["agnter_certno"] not in str(head.get(f"/gateway/messages/{row['message_id']}"))


# ---- how late? ----

def test_what_was_told_late_is_listed_by_pharmacy(server, hospital, reader):
    """covers: R208"""
    psn = rx.patient(hospital)
    shop, other = shop_of(server, 3), shop_of(server, 4)
    hours = {"fresh": 0, "slow": 50 / 60, "late": 3, "later": 30}
    told = {name: shop.do("2102", bought(psn, at=rx.china(seconds=-int(h * 3600))))["setlinfo"]["setl_id"] for name, h in hours.items()}
    day = other.do("2102", bought(psn, at=rx.china(days=-2)[:10]))["setlinfo"]["setl_id"]
    rows = {r["purchase_id"]: r for r in reader.get("/uploads?kind=settlement&limit=100")["rows"]}
    assert {n: rows[i]["late"] for n, i in told.items()} == {"fresh": False, "slow": False, "late": True, "later": True}
    assert [rows[told[n]]["delay_minutes"] for n in ("slow", "late", "later")] == [50, 180, 1800]
    assert {r["limit_minutes"] for r in rows.values()} == {60}
    # of a day alone its end counts
    assert 24 * 60 <= rows[day]["delay_minutes"] < 48 * 60 and rows[day]["late"]
    late = reader.get(f"/uploads?late=1&provider_id={rows[told['late']]['provider_id']}")["rows"]
    assert {r["purchase_id"] for r in late} == {told["late"], told["later"]} and late[0]["person_name"] == "张**"
    by = {r["provider_name"]: r for r in reader.get(f"/uploads/delays?month={rx.TODAY[:7]}&kind=settlement")["rows"]}
    assert [by["第三药店"][k] for k in ("uploads", "late", "mean_minutes", "longest_minutes")] == [4, 2, (50 + 180 + 1800) // 4, 1800]
    assert [by["第四药店"][k] for k in ("uploads", "late")] == [1, 1]
    csv = reader.ask("GET", "/uploads/delays?format=csv").body.decode("utf-8-sig")
    assert "第三药店" in csv and "超时笔数" in csv
    # a pharmacy's own user sees its own; an area's those that lie there
    office = server.user("han", "hospital", provider=rows[told["late"]]["provider_id"])
    assert {r["provider_name"] for r in office.get("/uploads/delays")["rows"]} == {"第三药店"}
    county = server.user("mo", "supervisor", area="350921")
    assert {r["provider_name"] for r in county.get("/uploads")["rows"]} == {"第四药店"}


def test_by_upload_and_as_goods_it_is_told_as_well(server, hospital, reader):
    shop, psn = shop_of(server, 2), rx.patient(hospital)
    visit = shop.register(psn, "310", rx.TODAY)
    rows = shop.rows(psn, visit, [("B1", 1, 14.8)], f"B{next(SERIAL)}", rx.TODAY)
    shop.inform(psn, visit, on=rx.TODAY)
    shop.do("2204", {"feedetail": rows})
    number = shop.do("2207", shop.bill(psn, visit, rows, "310"))["setlinfo"]["setl_id"]
    n = next(NUMBER)
    shop.do("3505", {"selinfo": {"med_list_codg": "B1", "fixmedins_hilist_id": f"G{n}", "fixmedins_hilist_name": "药", "fixmedins_bchno": f"L{n}",
                                 "prsc_dr_name": "王", "phar_name": "林", "phar_prac_cert_no": "1", "mdtrt_sn": f"S{n}", "manu_lotnum": "L1",
                                 "manu_date": "2024-01-01", "expy_end": "2027-01-01", "rx_flag": "0", "trdn_flag": "0", "rtal_docno": f"S{n}",
                                 "sel_retn_cnt": 1, "sel_retn_time": rx.china(days=-2), "sel_retn_opter_name": "陈", "finl_trns_pric": 1}})
    got = {r["kind"]: r for r in reader.get("/uploads?limit=100")["rows"] if r["provider_name"] == "第二药店"}
    assert got["settlement"]["purchase_id"] == number and got["settlement"]["transaction_no"] == "2207"
    # the common limit, a day, where the area says nothing of goods
    assert (got["goods"]["delay_minutes"], got["goods"]["limit_minutes"], got["goods"]["late"], got["goods"]["person_id"]) == (2880, 1440, True, None)
    # a hospital tells of visits, not of purchases
    hospital.outpatient(rx.PEOPLE[0]["id_no"], [("A1", 1, 20)], "310", rx.TODAY)
    assert not [r for r in reader.get("/uploads?limit=100")["rows"] if r["provider_name"] == "第二医院"]
