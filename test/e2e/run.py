#!/usr/bin/env python3
"""The workbench in a real browser, against `gongji serve` and a small demo area: runs web/e2e/run.mjs, which prints TAP.

SHOTS=folder keeps the pictures.

covers: R157 R200
"""
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.sandbox import Sandbox  # noqa: E402
from support.server import PASSWORD, ROOT, Server  # noqa: E402

USERS = {"clerk": ["clerk"], "clerk2": ["clerk"], "supervisor": ["supervisor"], "data": ["data"]}
ADMINS = {"sysadmin": "system", "secadmin": "security", "audit": "audit"}


def a_list(server):
    """A settlement list as a hospital sends it, with its groups: the gateway's own tests send real ones."""
    with sqlite3.connect(server.database, timeout=30) as db:
        person, settlement, provider = db.execute(
            "select s.person_id, s.settlement_id, s.provider_id from settlement s join provider v on v.provider_id = s.provider_id"
            " where v.kind = 'hospital' and s.kind = 'settle' and s.state = 'settled' order by s.total_fen desc limit 1").fetchone()
        now = time.time_ns() // 1_000_000
        month = time.strftime("%Y%m", time.gmtime(now / 1000 + 8 * 3600))
        list_row = dict(person_id=person, list_id=11, settlement_id=settlement, visit_no="1", provider_id=provider, month=month, state="submitted",
                        document="{}", facts="{}", severity=1, uploaded_at=now, group_status="grouped", scheme="teaching", scheme_name="教学用分组方案",
                        mdc="MDCG", adrg="GD1", drg="GD13", drg_name="阑尾切除术，伴一般并发症", complication="cc E11.900",
                        path="MDCG：主要诊断 K35.800；ADRG GD1：主要手术 47.0100；CC：E11.900", cost_fen=980000)
        dip_row = dict(person_id=person, list_id=11, settlement_id=settlement, provider_id=provider, month=month, group_status="grouped",
                       catalogue="teaching", catalogue_name="教学用 DIP 目录", dip="K35.8:47.0100", dip_name="急性阑尾炎 腹腔镜阑尾切除",
                       diagnosis="K35.8", procedures="47.0100", tier="core", found_by="exact", score_e4=13500000, deviation="normal",
                       ratio_e4=9074, points_e4=14175000, path="诊断 K35.8；手术 47.0100 全部相符；分值 1350")
        for table, row in (("settlement_list", list_row), ("settlement_list_dip", dip_row)):
            db.execute(f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
        return provider


def main():
    if not (ROOT / "web/node_modules/playwright-core").is_dir():
        print("skipped: the workbench's packages are not installed (make web)")
        return 77
    with Server(start=False) as server, Sandbox() as sandbox:
        server.cli("demo", "--persons", "3000", "--bills", "400", "--packs", str(server.packs), "--quiet")
        server.start()
        environment = dict(os.environ, BASE_URL=f"http://127.0.0.1:{server.port}", AREA="350900", PASSWORD=PASSWORD)
        environment["SANDBOX_URL"] = sandbox.url
        for login, roles in USERS.items():
            server.user(login, *roles, area="350900")
            environment[login.upper()] = f"{login}:{PASSWORD}"
        for name, login in ADMINS.items():
            server.admin(login)
            environment[name.upper()] = f"{login}:{PASSWORD}"
        server.user("office", "hospital", area="350900", provider=a_list(server))
        environment["OFFICE"] = f"office:{PASSWORD}"
        found = server.sign_in("data")
        reader = server.sign_in("clerk")
        row = reader.get("/persons?limit=1&area_code=350900")["rows"][0]
        who = reader.post(f"/persons/{row['person_id']}/unmask", {"reason": "test"})
        environment["PERSON"] = who["name"]
        environment["PROVIDER"] = found.get("/providers?kind=hospital&limit=1")["rows"][0]["name"]
        environment["ITEM"] = found.get("/items?kind=drug&limit=1")["rows"][0]["name"]
        return subprocess.run(["node", "e2e/run.mjs"], cwd=ROOT / "web", env=environment).returncode


sys.exit(main())
