"""A sandbox of our own for tests, and a hospital that does not give up: it sends again what got no answer."""
import http.client
import json
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from support.hospital import Hospital, SERIAL
from support.server import API, CONTRACT, GONGJI, ROOT

TODAY = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
HEAD = "H35090200001"


class Sandbox:
    def __init__(self, *options, database=None):
        self.folder = tempfile.TemporaryDirectory(prefix="gongji-sandbox-")
        self.database = database or str(Path(self.folder.name) / "sandbox.db")
        self.start("--small", *options)

    def start(self, *options):
        self.process = subprocess.Popen(
            [GONGJI, "--lang", "en", "sandbox", "--db", self.database, "--packs", str(ROOT / "packs"), "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.told, line = "", "x"
        while line and not line.startswith("curl"):
            line = self.process.stdout.readline()
            self.told += line
        found = re.search(r"http://[\w.]+:(\d+)", self.told)
        assert found, self.told + self.process.stderr.read()
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        out, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, errors
        return errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def ask(self, method, path, body=None):
        """→ status, JSON (or bytes); held against the contract"""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, API + path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            got = line.getresponse()
            data, kind = got.read(), got.headers.get("Content-Type", "").split(";")[0]
            CONTRACT.check(method, API + path.split("?")[0], got.status, kind, data)
            return got.status, json.loads(data) if kind == "application/json" else data
        finally:
            line.close()

    def get(self, path):
        status, body = self.ask("GET", path)
        assert status == 200, body
        return body

    def post(self, path, body=None):
        status, answer = self.ask("POST", path, body or {})
        assert status == 200, answer
        return answer

    def fault(self, kind, **more):
        return self.post("/sandbox/faults", {"kind": kind, **more})["rows"]

    def no_faults(self):
        status, answer = self.ask("DELETE", "/sandbox/faults")
        assert status == 200 and answer == {"rows": []}

    def card(self, key):
        return next(c["id_no"] for c in self.get("/sandbox")["cards"] if c["key"] == key)


class Stubborn(Hospital):
    """Sends the same bytes again, as real clients do, until there is a whole answer."""

    def __init__(self, server, code=HEAD, patience=1.0, tries=40):
        super().__init__(server, code)
        self.patience, self.tries, self.again = patience, tries, 0

    def post(self, path, body, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        for _ in range(self.tries):
            line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.patience)
            try:
                line.request("POST", path, body, {"Content-Type": "application/json", **self.headers(body), **(headers or {})})
                got = line.getresponse()
                data = got.read()
                if got.status == 200 and b"[injected_fault]" not in data[:400]:
                    return got.status, got.headers, data
            except (OSError, http.client.HTTPException, socket.timeout):
                pass
            finally:
                line.close()
            self.again += 1
        raise AssertionError(f"no answer after {self.tries} tries")

    def visit(self, id_no, insutype, lines):
        """An outpatient visit of today; returns setlinfo, and what was settled."""
        return self.outpatient(id_no, lines, insutype, TODAY)[0]

    def stay(self, id_no, insutype, lines):
        psn = self.person(id_no)["baseinfo"]["psn_no"]
        stay = self.admit(psn, insutype, TODAY)
        rows = self.rows(psn, stay, lines, on=TODAY)
        self.do("2301", {"feedetail": rows})
        self.discharge(psn, stay, TODAY, insutype)
        return self.do("2304", self.bill(psn, stay, rows, insutype, "21", mid_setl_flag="0"))["setlinfo"]

    def balanced(self, insutype, clr_type, booked):
        """3201 over what we believe: a list of setlinfo, negative ones too."""
        total = {k: f"{sum(round(float(s[k]) * 100) for s in booked) / 100:.2f}" for k in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")}
        return self.do("3201", {"data": {"insutype": insutype, "clr_type": clr_type, "setl_optins": "350900", "stmt_begndate": TODAY,
                                         "stmt_enddate": TODAY, "fixmedins_setl_cnt": str(len(booked)), **total}})["stmtinfo"]


__all__ = ["Sandbox", "Stubborn", "TODAY", "HEAD", "SERIAL"]
