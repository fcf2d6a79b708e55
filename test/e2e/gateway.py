#!/usr/bin/env python3
"""The pages of the gateway in a real browser, with messages of a hospital's system behind them: runs web/e2e/gateway.mjs, which prints TAP.

SHOTS=folder keeps the pictures.
"""
import base64
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import PASSWORD, ROOT, Server  # noqa: E402

DAYS = {"stmt_begndate": "2000-01-01", "stmt_enddate": "2099-12-31", "setl_optins": "350900"}
PEOPLE = [{"name": n} for n in ("张三丰", "李四海", "王小明", "赵子龙", "钱多多", "孙尚香")]


def messages(server):
    """→ trace id of a message that was refused, and the certificate number in it."""
    h = Hospital(server)
    h.sign_in()
    settled = [h.outpatient(p["id_no"], [("A1", 2, 30.0), ("B1", 3, 14.8), ("C1", 1, 8.5)])[0] for p in PEOPLE]
    for n in range(14):
        h.say("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": f"35090219900101{9000 + n}"}})
    h.say("3401", {"deptinfo": [{"hosp_dept_codg": "A50", "hosp_dept_name": "内科", "begntime": "2024-01-01", "itro": "x"}]})
    h.say("1301", {"data": {"ver": "F001"}})
    h.do("3201", {"data": {**DAYS, "insutype": "390", "clr_type": "11", "medfee_sumamt": "1.00", "fund_pay_sumamt": "0",
                           "acct_pay": "0", "fixmedins_setl_cnt": "1"}})
    rows = "".join(f"{s['setl_id']}\tV\tP\t{s['medfee_sumamt']}\t{s['fund_pay_sumamt']}\t{s['acct_pay']}\t0\n" for s in settled[2:])
    rows += f"{settled[0]['setl_id']}\tV\tP\t99.90\t20.00\t0.00\t0\n88888888\tV9\tP9\t66.00\t33.00\t0.00\t0\n"
    file_no = h.do("9101", {"fsUploadIn": {"in": base64.b64encode(rows.encode()).decode(), "filename": "s.txt",
                                           "fixmedins_code": "H2"}})["file_qury_no"]
    h.do("3202", {"data": {**DAYS, "file_qury_no": file_no}})
    id_no = PEOPLE[0]["id_no"]
    refused = h.say("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": id_no, "psn_name": "张冠李戴"}})
    return refused["error"]["trace_id"], id_no


def reminded(server):
    """What a doctor was reminded of before and during care, and what he did about two of it."""
    h = Hospital(server)
    h.sign_in()

    def ask(infno, orders, **more):
        rows = [{"rx_id": f"R{n}", "hilist_code": code, "hilist_name": name, "cnt": count, "pric": price, "sumamt": count * price,
                 "drord_begn_date": "2026-06-01 09:00:00", "drord_dr_codg": "D7", "drord_dr_name": "赵医生", "curr_drord_flag": "1"}
                for n, (code, name, count, price) in enumerate(orders)]
        visit = {"mdtrt_id": "V1", "adm_date": "2026-06-01 08:00:00", "med_type": "11", "insutype": "390", "fsi_order_dtos": rows,
                 "fsi_diagnose_dtos": [{"maindise_flag": "1", "dise_codg": "I10.x00"}], **more}
        return h.do(infno, {"data": {"patient_dtos": [{"patn_id": "his-1", "gend": "1", "brdy": "1960-01-02", "curr_mdtrt_id": "V1",
                                                       "fsi_encounter_dtos": [visit]}]}})["result"]
    before = ask("3101", [("DEMOF01607", "剖宫产术", 1, 1500.0), ("DEMOF01580", "心电图", 1, 22.0), ("DEMOF01581", "动态心电图", 1, 180.0),
                          ("DEMOF01600", "血液透析", 4, 400.0)])
    ask("3102", [("DEMOF01588", "普通床位费", 2, 40.0), ("DEMOF01593", "静脉输液", 1, 15.0)], med_type="21", med_mdtrt_type="2")
    h.do("3103", {"data": {"warn_type": "1", "warns": [
        {"warn_rslt_id": before[0]["jr_id"], "dspo_way": "2", "dspo_way_rea": ""},
        {"warn_rslt_id": before[-1]["jr_id"], "dspo_way": "1", "dspo_way_rea": "急性肾损伤，每日透析"}]}})


STAFF = ("provider_code,staff_code,own_no,name,kind,id_type,id_no,insurance_doctor,from_on\n"
         "H2,D350902000001,001,王小医,医师,01,,是,2020-01-01\nH2,Y350902000001,002,陈药师,药师,01,,否,2020-01-01\n")


def put_on_file(server):
    """Own codes, a department, staff; a transfer that counts and a disease that waits."""
    h = Hospital(server)
    path = f"{server.folder.name}/staff.csv"
    with open(path, "w", encoding="utf-8") as f:
        f.write(STAFF)
    server.cli("import", "staff", path, "--packs", str(server.packs), "--area", "350900", "--quiet")
    own = {"list_type": "101", "begndate": "2024-01-01", "enddate": "2099-12-31"}
    h.do("3301", {"data": [{**own, "fixmedins_hilist_id": "Y001", "fixmedins_hilist_name": "阿莫西林胶囊（某厂）", "med_list_codg": "B1"},
                           {**own, "fixmedins_hilist_id": "Y002", "fixmedins_hilist_name": "床位费", "med_list_codg": "A1",
                            "list_type": "201"}]})
    h.do("3401", {"deptinfo": {"hosp_dept_codg": "A51", "hosp_dept_name": "心血管内科", "caty": "A03", "begntime": "2020-01-01", "itro": "x",
                               "dept_resper_name": "王主任", "dept_resper_tel": "1", "dept_med_serv_scp": "x",
                               "dept_estbdat": "2020-01-01", "aprv_bed_cnt": "20"}})
    psn = h.person(PEOPLE[1]["id_no"])["baseinfo"]["psn_no"]
    h.do("2503", {"data": {"psn_no": psn, "insutype": "390", "opsp_dise_code": "M03900", "opsp_dise_name": "高血压", "insu_optins": "350900",
                           "ide_fixmedins_no": "H2", "ide_fixmedins_name": "第二医院", "hosp_ide_date": "2024-04-01", "diag_dr_codg": "D1",
                           "diag_dr_name": "王医生", "begndate": "2024-04-01"}})
    h.do("2501", {"refmedin": {"psn_no": psn, "insutype": "390", "diag_code": "I10.x00", "diag_name": "高血压", "reflin_medins_no": "H3",
                               "reflin_medins_name": "第三医院", "mdtrtarea_admdvs": "350900", "refl_type": "1",
                               "refl_date": "2024-04-20", "refl_rea": "本院无法诊治", "refl_opnn": "同意", "hosp_agre_refl_flag": "1"}})
    h.do("2505", {"data": {"psn_no": psn, "biz_appy_type": "03", "begndate": "2024-04-01", "fix_srt_no": "1", "fixmedins_code": "H2",
                           "fixmedins_name": "第二医院"}})
    return psn


def shown(server):
    """At 1101 and at three of nine visits two e-vouchers and a card; the rest with their identity cards."""
    h = Hospital(server)
    for p, kind in zip(PEOPLE[3:], ("01", "01", "03")):
        credential = {"mdtrt_cert_type": kind, "mdtrt_cert_no": "SHOWN"}
        psn = h.do("1101", {"data": {**credential, "certno": p["id_no"]}})["baseinfo"]["psn_no"]
        visit = h.do("2201", {"data": {"psn_no": psn, "insutype": "390", "begntime": "2024-05-02 08:30:00", "ipt_otp_no": "E1", **credential}})["data"]["mdtrt_id"]
        h.inform(psn, visit, on="2024-05-02")
        rows = h.rows(psn, visit, [("A1", 1, 30.0)], "E1", "2024-05-02")
        h.do("2204", {"feedetail": rows})
        h.do("2207", h.bill(psn, visit, rows, **credential))


def main():
    if not (ROOT / "web/node_modules/playwright-core").is_dir():
        print("skipped: the workbench's packages are not installed (make web)")
        return 77
    with Server() as server:
        fill(server, PEOPLE)
        admit(server, "H2,open", "H3,open")
        trace, id_no = messages(server)
        reminded(server)
        psn = put_on_file(server)
        shown(server)
        for login, role in {"keeper": "data", "head": "supervisor", "operator": "interface_operator", "reader": "interface_reader", "clerk": "clerk", "reviewer": "supervisor"}.items():
            server.user(login, role, area="350900")
        environment = dict(os.environ, BASE_URL=f"http://127.0.0.1:{server.port}", AREA="350900", PASSWORD=PASSWORD, TRACE=trace,
                           ID_NO=id_no, PERSON=psn, PERSON_ID_NO=PEOPLE[1]["id_no"])
        return subprocess.run(["node", "e2e/gateway.mjs"], cwd=ROOT / "web", env=environment).returncode


sys.exit(main())
