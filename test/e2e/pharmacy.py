#!/usr/bin/env python3
"""The pages of pharmacies and submissions in a real browser, with a prescription, sales, goods, a proxy and late uploads behind them: runs
web/e2e/pharmacy.mjs, which prints TAP.  SHOTS=folder keeps the pictures.
"""
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gateway"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))
import test_prescription as rx  # noqa: E402
import test_purchase as purchase  # noqa: E402
import test_rx_sale as sale  # noqa: E402
import test_submission as submission  # noqa: E402
from support.area import Area, fill  # noqa: E402
from support.hospital import Hospital  # noqa: E402
from support.server import PASSWORD, ROOT, Server  # noqa: E402


def happened(server):
    hospital, shop, other = Hospital(server), Hospital(server, "P1"), Hospital(server, "P2")
    psn = rx.patient(hospital)
    told, _ = rx.prescribe(hospital, drugs=[rx.drug(), rx.drug("B3", 2, "二甲双胍片")])
    rx.prescribe(hospital, 1)
    rx.take_in(shop, told)
    shop.do("2102", sale.bought(psn, told["hiRxno"], (("B1", 4), ("B3", 2)), "1"))
    paper = shop.do("2102", sale.bought(psn, "ZF2026001", **purchase.AUNT))["setlinfo"]
    other.do("2102", late(psn))
    for kind in ("G1", "G2"):
        shop.do("3503", {"purcinfo": {**goods(kind), "dynt_no": "D1", "spler_name": "某商业公司", "prodentp_name": "某药厂", "aprvno": "国药准字",
                                      "purc_retn_cnt": 100, "purc_invo_no": "I1", "purc_retn_stoin_time": rx.china(days=-3),
                                      "purc_retn_opter_name": "陈", "prod_geay_flag": "0", "finl_trns_pric": 8.1}})
    body = sale.goods(paper)
    body["selinfo"].update(goods("G1"), rxno="ZF2026001")
    shop.do("3505", body)
    hospital_bill = hospital.outpatient(rx.PEOPLE[0]["id_no"], [("A1", 2, 1000)], "310", "2024-05-02")[0]
    submission.long_ago(server, hospital_bill["setl_id"])


def late(psn):
    at = rx.china(seconds=-30 * 3600)
    body = sale.bought(psn, "ZF9", begntime=at)
    for row in body["drugdetail"]:
        row["fee_ocur_time"] = at
    return body


def goods(own):
    return {"med_list_codg": "B1", "fixmedins_hilist_id": own, "fixmedins_hilist_name": "阿莫西林胶囊", "fixmedins_bchno": "L" + own,
            "rx_flag": "1", "memo": "", "manu_lotnum": "L1", "manu_date": "2024-01-01", "expy_end": "2027-01-01"}


def main():
    if not (ROOT / "web/node_modules/playwright-core").is_dir():
        print("skipped: the workbench's packages are not installed (make web)")
        return 77
    with Server() as server:
        fill(server, rx.PEOPLE)
        for kind, text in (("providers", rx.PLACES), ("agreements", rx.AGREED), ("items", sale.ITEMS), ("terms", sale.TERMS), ("staff", sale.STAFF)):
            rx.load(server, kind, text)
        rx.load(server, "gateways", f"provider_code,state,private_key\nH2,open,{rx.OURS.private.hex()}\nP1,open,\nP2,open,\n")
        time.sleep(0.3)
        happened(server)
        area = Area(server.user("keeper", "clerk"))
        server.user("clerk", "clerk", area="350900")
        server.user("checker", "supervisor", area="350900")
        server.user("finance", "finance", area="350900")
        server.user("office", "hospital", provider=area.provider["H2"])
        environment = dict(os.environ, BASE_URL=f"http://127.0.0.1:{server.port}", AREA="350900", PASSWORD=PASSWORD,
                           MONTH=submission.MONTH, AUNT=purchase.AUNT["agnter_certno"])
        return subprocess.run(["node", "e2e/pharmacy.mjs"], cwd=ROOT / "web", env=environment).returncode


sys.exit(main())
