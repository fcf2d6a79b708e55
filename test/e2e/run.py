#!/usr/bin/env python3
"""The workbench in a real browser, against `gongji serve` and a small demo area: runs web/e2e/run.mjs, which prints TAP.

SHOTS=folder keeps the pictures.

covers: R157 R200
"""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.sandbox import Sandbox  # noqa: E402
from support.server import PASSWORD, ROOT, Server  # noqa: E402

USERS = {"clerk": ["clerk"], "clerk2": ["clerk"], "supervisor": ["supervisor"], "data": ["data"]}
ADMINS = {"sysadmin": "system", "secadmin": "security", "audit": "audit"}


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
        found = server.sign_in("data")
        reader = server.sign_in("clerk")
        row = reader.get("/persons?limit=1&area_code=350900")["rows"][0]
        who = reader.post(f"/persons/{row['person_id']}/unmask", {"reason": "test"})
        environment["PERSON"] = who["name"]
        environment["PROVIDER"] = found.get("/providers?kind=hospital&limit=1")["rows"][0]["name"]
        environment["ITEM"] = found.get("/items?kind=drug&limit=1")["rows"][0]["name"]
        return subprocess.run(["node", "e2e/run.mjs"], cwd=ROOT / "web", env=environment).returncode


sys.exit(main())
