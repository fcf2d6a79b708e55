#!/usr/bin/env python3
"""A hospital system in a hundred lines: one outpatient visit, from sign-in to reconciliation.

    his_client.py http://127.0.0.1:8080 --provider H35090200001 --id-no 350902198002030016 --item A1:2:30.00 --item B1:1:14.80

Each message is `Client.send(number, input)`: an envelope around the input goes out by POST, the output of the answer comes back,
and what the platform refuses is an exception that begins with its code. --paasid and --secret sign the header (x-tif).
Only the standard library is used, so that it can be read from top to bottom and rewritten in another language.
"""
import argparse
import datetime
import hashlib
import itertools
import json
import secrets
import sys
import time
import urllib.request
from decimal import Decimal

PATH = "/fsi/api/rsfComIfsService/callService"
NOW = datetime.datetime.now


class Refused(Exception):
    pass


class Client:
    def __init__(self, address, provider, area="350900", paasid="", secret=""):
        self.address, self.provider, self.area = address.rstrip("/"), provider, area
        self.paasid, self.secret = paasid, secret
        self.sign_no, self.serial = "", itertools.count(1)

    def msgid(self):
        """Provider, time, serial number: never the same twice, and kept for a repetition."""
        return f"{self.provider[:12]}{NOW():%Y%m%d%H%M%S}{next(self.serial) % 10000:04}"

    def headers(self):
        """SHA-256 over time, secret, nonce, time."""
        if not self.secret:
            return {}
        at, nonce = str(int(time.time())), secrets.token_hex(16)
        return {"x-tif-paasid": self.paasid, "x-tif-timestamp": at, "x-tif-nonce": nonce,
                "x-tif-signature": hashlib.sha256((at + self.secret + nonce + at).encode()).hexdigest()}

    def send(self, number, data):
        message = {
            "infno": number, "msgid": self.msgid(), "mdtrtarea_admvs": self.area, "insuplc_admdvs": self.area,
            "recer_sys_code": "FSI_LOCAL", "dev_no": "", "dev_safe_info": "", "cainfo": "", "signtype": "", "infver": "V1.0",
            "opter_type": "1", "opter": "0001", "opter_name": "收费员", "inf_time": f"{NOW():%Y-%m-%d %H:%M:%S}",
            "fixmedins_code": self.provider, "fixmedins_name": "医院", "sign_no": self.sign_no, "input": data}
        body = json.dumps(message, ensure_ascii=False).encode()
        answer = self.post(body)
        if str(answer["infcode"]) != "0":
            raise Refused(f"{number}: {answer['err_msg']}")
        print(f"{number} ok")
        return answer["output"]

    def post(self, body, tries=3):
        """The same bytes again when the line breaks: the platform does a message once, and answers it twice."""
        for left in reversed(range(tries)):
            try:
                request = urllib.request.Request(self.address + PATH, body, {"Content-Type": "application/json", **self.headers()})
                with urllib.request.urlopen(request, timeout=30) as got:
                    return json.load(got)
            except OSError:
                if not left:
                    raise
                time.sleep(1)


def visit(client, id_no, items, med_type="11"):
    """Returns what was settled."""
    now = f"{NOW():%Y-%m-%d %H:%M:%S}"
    found = client.send("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": id_no, "psn_cert_type": "01", "certno": id_no,
                                          "psn_name": ""}})
    psn_no = found["baseinfo"]["psn_no"]
    insutype = next(i["insutype"] for i in found["insuinfo"] if i["psn_insu_stas"] == "1")
    mdtrt_id = client.send("2201", {"data": {
        "psn_no": psn_no, "insutype": insutype, "begntime": now, "mdtrt_cert_type": "02", "mdtrt_cert_no": id_no,
        "ipt_otp_no": client.msgid()[-20:], "dept_code": "A03", "dept_name": "内科", "caty": "A03"}})["data"]["mdtrt_id"]
    client.send("2203", {"mdtrtinfo": {"mdtrt_id": mdtrt_id, "psn_no": psn_no, "med_type": med_type, "begntime": now},
                         "diseinfo": [{"diag_type": "1", "diag_srt_no": 1, "diag_code": "I10.x00", "diag_name": "高血压",
                                       "diag_dept": "内科", "dise_dor_no": "D1", "dise_dor_name": "医生", "diag_time": now,
                                       "vali_flag": "1"}]})
    batch, rows = client.msgid()[-20:], []
    for number, (code, count, price) in enumerate(items, 1):
        rows.append({"feedetl_sn": f"{batch}{number}", "mdtrt_id": mdtrt_id, "psn_no": psn_no, "chrg_bchno": batch,
                     "rx_circ_flag": "0", "fee_ocur_time": now, "med_list_codg": code, "medins_list_codg": code, "cnt": str(count),
                     "pric": str(price), "det_item_fee_sumamt": str((count * price).quantize(Decimal("0.01"))),
                     "bilg_dept_codg": "A03", "bilg_dept_name": "内科", "bilg_dr_codg": "D1", "bilg_dr_name": "医生",
                     "hosp_appr_flag": "0"})
    client.send("2204", {"feedetail": rows})
    bill = {"data": {"psn_no": psn_no, "mdtrt_cert_type": "02", "mdtrt_cert_no": id_no, "med_type": med_type,
                     "medfee_sumamt": str(sum(Decimal(r["det_item_fee_sumamt"]) for r in rows)), "psn_setlway": "01",
                     "mdtrt_id": mdtrt_id, "chrg_bchno": batch, "acct_used_flag": "1", "insutype": insutype}}
    before, after = client.send("2206", bill)["setlinfo"], client.send("2207", bill)["setlinfo"]
    assert before["fund_pay_sumamt"] == after["fund_pay_sumamt"], "a preview is what will be settled"
    return after


def reconcile(client, settled, on):
    """3201: does the platform count what we count?"""
    def total(name):
        return str(sum(Decimal(str(s[name])) for s in settled))
    return client.send("3201", {"data": {
        "insutype": settled[0]["insutype"], "clr_type": settled[0]["clr_type"], "setl_optins": client.area,
        "stmt_begndate": on, "stmt_enddate": on, "medfee_sumamt": total("medfee_sumamt"),
        "fund_pay_sumamt": total("fund_pay_sumamt"), "acct_pay": total("acct_pay"),
        "fixmedins_setl_cnt": str(len(settled))}})["stmtinfo"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("address")
    p.add_argument("--provider", required=True, help="the institution's code")
    p.add_argument("--id-no", required=True, help="the patient's certificate number")
    p.add_argument("--item", action="append", required=True, metavar="CODE:COUNT:PRICE")
    p.add_argument("--paasid", default="")
    p.add_argument("--secret", default="")
    a = p.parse_args()
    items = [(code, Decimal(count), Decimal(price)) for code, count, price in (i.split(":") for i in a.item)]
    client = Client(a.address, a.provider, paasid=a.paasid, secret=a.secret)
    try:
        client.sign_no = client.send("9001", {"signIn": {"opter_no": "0001", "mac": "", "ip": ""}})["signinoutb"]["sign_no"]
        first = visit(client, a.id_no, items)
        print(f"total {first['medfee_sumamt']}, funds {first['fund_pay_sumamt']}, account {first['acct_pay']}, cash {first['psn_cash_pay']}")
        back = client.send("2208", {"data": {k: first[k] for k in ("setl_id", "mdtrt_id", "psn_no")}})["setlinfo"]
        stands = visit(client, a.id_no, items)
        outcome = reconcile(client, [first, back, stands], stands["setl_time"][:10])
        print("reconciled" if outcome["stmt_rslt"] == "0" else f"differs: {outcome['stmt_rslt_dscr']}")
        client.send("9002", {"signOut": {"sign_no": client.sign_no, "opter_no": "0001"}})
    except Refused as why:
        sys.exit(str(why))
    sys.exit(outcome["stmt_rslt"] != "0")


if __name__ == "__main__":
    main()
