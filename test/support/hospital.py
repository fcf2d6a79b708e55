"""A hospital's system for tests: messages of the national interface to a running server."""
import datetime
import http.client
import itertools
import json
import time

SINGLE = "/fsi/api/rsfComIfsService/callService"
SERIAL = itertools.count(1)
HEAD = "provider_code,state,signature,verify,access_key,secret,checks,sign_in,infcode,amounts,single_nodes\n"


def admit(server, *rows):
    """rows: lines of a file of systems that may come."""
    path = f"{server.folder.name}/gateways.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD + "".join(row + "," * (10 - row.count(",")) + "\n" for row in rows))
    server.cli("import", "gateways", path, "--packs", str(server.packs), "--area", "350900", "--quiet")
    time.sleep(0.25)  # so long a running server keeps what it knew


def fen(amount):
    return round(float(amount) * 100)


class Refused(Exception):
    pass


class Hospital:
    def __init__(self, server, code="H2", headers=None):
        self.server, self.code, self.sign_no = server, code, ""
        self.headers = headers or (lambda body: {})

    def msgid(self):
        return f"{self.code:0<12}20240501083000{next(SERIAL):04}"

    def envelope(self, infno, data, msgid=None, **more):
        return {"infno": infno, "msgid": msgid or self.msgid(), "mdtrtarea_admvs": "350900", "insuplc_admdvs": "350900",
                "recer_sys_code": "FSI_LOCAL", "dev_no": "", "dev_safe_info": "", "cainfo": "", "signtype": "",
                "infver": "V1.0", "opter_type": "1", "opter": "001", "opter_name": "王医生",
                "inf_time": "2024-05-01 08:30:00", "fixmedins_code": self.code, "fixmedins_name": "第二医院",
                "sign_no": self.sign_no, "input": data, **more}

    def post(self, path, body, headers=None):
        """→ status, headers, bytes"""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            if not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
            line.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8", **self.headers(body), **(headers or {})})
            got = line.getresponse()
            return got.status, got.headers, got.read()
        finally:
            line.close()

    def say(self, infno, data, msgid=None, path=SINGLE, **more):
        """The whole answer."""
        status, headers, body = self.post(path, self.envelope(infno, data, msgid, **more))
        assert status == 200, body
        assert headers["Content-Type"].startswith("application/json"), headers["Content-Type"]
        return json.loads(body)

    def do(self, infno, data, msgid=None, **more):
        """The output of a message that has to be done."""
        answer = self.say(infno, data, msgid, **more)
        assert str(answer["infcode"]) == "0", answer["err_msg"]
        return answer["output"]

    def refused(self, infno, data, code, field=None, **more):
        answer = self.say(infno, data, **more)
        assert str(answer["infcode"]) == "-1", answer
        assert answer["err_msg"].startswith(f"[{code}] "), answer["err_msg"]
        assert answer["error"]["code"] == code and answer["output"] is None
        if field is not None:
            assert answer["error"]["field"] == field, answer["error"]
        return answer

    # ---- the steps of a visit ----

    def sign_in(self):
        self.sign_no = self.do("9001", {"signIn": {"opter_no": "001", "mac": "00-00-00-00-00-01", "ip": "192.0.2.1"}})["signinoutb"]["sign_no"]

    def person(self, id_no):
        return self.do("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": id_no, "card_sn": "", "begntime": "",
                                         "psn_cert_type": "01", "certno": id_no, "psn_name": ""}})

    def register(self, psn_no, insutype="390", on="2024-05-01"):
        return self.do("2201", {"data": {"psn_no": psn_no, "insutype": insutype, "begntime": f"{on} 08:30:00",
                                         "mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "ipt_otp_no": f"OP{next(SERIAL)}",
                                         "atddr_no": "D1", "dr_name": "王医生", "dept_code": "A50", "dept_name": "内科",
                                         "caty": "A03"}})["data"]["mdtrt_id"]

    @staticmethod
    def diagnosis(code="I10.x00"):
        return [{"diag_type": "1", "diag_srt_no": 1, "diag_code": code, "diag_name": "高血压", "diag_dept": "内科",
                 "dise_dor_no": "D1", "dise_dor_name": "王医生", "diag_time": "2024-05-01 09:00:00", "vali_flag": "1",
                 "maindiag_flag": "1"}]

    def inform(self, psn_no, mdtrt_id, med_type="11", on="2024-05-01", **more):
        return self.do("2203", {"mdtrtinfo": {"mdtrt_id": mdtrt_id, "psn_no": psn_no, "med_type": med_type,
                                              "begntime": f"{on} 08:30:00", **more}, "diseinfo": self.diagnosis()})

    @staticmethod
    def rows(psn_no, mdtrt_id, lines, batch=None, on="2024-05-01"):
        """lines: (code, count, price)"""
        out = []
        for code, count, price in lines:
            row = {"feedetl_sn": f"F{next(SERIAL)}", "mdtrt_id": mdtrt_id, "psn_no": psn_no, "rxno": "", "rx_circ_flag": "0",
                   "fee_ocur_time": f"{on} 09:30:00", "med_list_codg": code, "medins_list_codg": "L" + code,
                   "cnt": count, "pric": price, "det_item_fee_sumamt": f"{count * price:.2f}", "bilg_dept_codg": "A50",
                   "bilg_dept_name": "内科", "bilg_dr_codg": "D1", "bilg_dr_name": "王医生", "hosp_appr_flag": "0"}
            out.append({**row, "chrg_bchno": batch} if batch else {**row, "med_type": "21"})
        return out

    @staticmethod
    def total(rows):
        return f"{sum(fen(r['det_item_fee_sumamt']) for r in rows) / 100:.2f}"

    def bill(self, psn_no, mdtrt_id, rows, insutype="390", med_type="11", **more):
        return {"data": {"psn_no": psn_no, "mdtrt_cert_type": "02", "mdtrt_cert_no": "x", "med_type": med_type,
                         "medfee_sumamt": self.total(rows), "psn_setlway": "01", "mdtrt_id": mdtrt_id,
                         "chrg_bchno": rows[0].get("chrg_bchno", ""), "acct_used_flag": "1", "insutype": insutype,
                         "fulamt_ownpay_amt": 0, "overlmt_selfpay": 0, "preselfpay_amt": 0, "inscp_scp_amt": 0, **more}}

    def outpatient(self, id_no, lines, insutype="390", on="2024-05-01"):
        """From registration to settlement: (setlinfo, setldetail, what is needed to take it back)."""
        psn_no = self.person(id_no)["baseinfo"]["psn_no"]
        visit = self.register(psn_no, insutype, on)
        self.inform(psn_no, visit, on=on)
        rows = self.rows(psn_no, visit, lines, f"B{next(SERIAL)}", on)
        self.do("2204", {"feedetail": rows})
        body = self.bill(psn_no, visit, rows, insutype)
        before = self.do("2206", body)
        after = self.do("2207", body)
        same_but_ids(before["setlinfo"], after["setlinfo"])
        assert before["setldetail"] == after["setldetail"]
        return after["setlinfo"], after["setldetail"], (psn_no, visit, rows)

    def admit(self, psn_no, insutype="390", on="2024-05-01", **more):
        return self.do("2401", {"mdtrtinfo": {
            "psn_no": psn_no, "insutype": insutype, "begntime": f"{on} 08:30:00", "mdtrt_cert_type": "02", "mdtrt_cert_no": "x",
            "med_type": "21", "ipt_no": f"IP{next(SERIAL)}", "atddr_no": "D1", "chfpdr_name": "王医生", "adm_diag_dscr": "高血压",
            "adm_dept_codg": "A50", "adm_dept_name": "内科", "adm_bed": "01", "dscg_maindiag_code": "I10.x00",
            "dscg_maindiag_name": "高血压", **more}, "diseinfo": [{**self.diagnosis()[0], "psn_no": psn_no}]})["result"]["mdtrt_id"]

    def discharge(self, psn_no, mdtrt_id, on="2024-05-10", insutype="390"):
        return self.do("2402", {"dscginfo": {"mdtrt_id": mdtrt_id, "psn_no": psn_no, "insutype": insutype,
                                             "endtime": f"{on} 10:00:00", "dscg_dept_codg": "A50", "dscg_dept_name": "内科",
                                             "dscg_way": "1"}, "diseinfo": self.diagnosis()})


MONEY = ("medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc hifp_pay cvlserv_pay "
         "hifes_pay hifmi_pay hifob_pay hifdm_pay maf_pay oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay "
         "hosp_part_amt acct_mulaid_pay").split()


def same_but_ids(before, after):
    """2206 against 2207."""
    free = {"setl_id", "setl_time", "medins_setl_id"}
    assert {k: v for k, v in before.items() if k not in free} == {k: v for k, v in after.items() if k not in free}
    assert before["setl_id"] is None and after["setl_id"]


def identities(s, detail):
    """What has to hold in each answer with money."""
    v = {k: fen(s[k]) for k in MONEY}
    assert v["medfee_sumamt"] == v["fund_pay_sumamt"] + v["psn_part_amt"] + v["hosp_part_amt"]
    assert v["medfee_sumamt"] == sum(v[k] for k in ("inscp_scp_amt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"))
    assert v["fund_pay_sumamt"] == sum(v[k] for k in ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay",
                                                      "hifdm_pay", "maf_pay", "oth_pay"))
    assert v["psn_part_amt"] == v["acct_pay"] + v["psn_cash_pay"]
    assert sum(fen(d["fund_payamt"]) for d in detail) == v["fund_pay_sumamt"] + v["acct_pay"] + v["hosp_part_amt"]
    return v
