"""The gateway against systems as they are: recorded clients, published examples, a hospital's busy day, the borders of each field,
signatures, the small client of examples/his-client.

covers: R084 R085
"""
import base64
import csv
import hashlib
import hmac
import json
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.hospital import Hospital, SERIAL, SINGLE, admit, fen, identities  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

SHARED = ROOT.parent / "shared/interface"
PEOPLE = [{"name": f"病人{i}"} for i in range(40)] + [{"name": f"职工{i}", "scheme": "employee", "status": "active"} for i in range(10)]
DAY = {"stmt_begndate": "2000-01-01", "stmt_enddate": "2099-12-31"}


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open,,,,,strict")
        yield s


# ---- what others have sent ----

def known_providers(server, codes):
    """The institutions that the recorded messages come from, open, nothing else configured."""
    folder = Path(server.folder.name)
    codes = sorted(set(codes))
    (folder / "p.csv").write_text("code,name,area_code,kind,level\n" + "".join(f"{c},测试医院,350902,hospital,l2\n" for c in codes))
    (folder / "a.csv").write_text("provider_code,from_on,until_on,state\n" + "".join(f"{c},2020-01-01,,signed\n" for c in codes))
    for kind, name in (("providers", "p.csv"), ("agreements", "a.csv")):
        server.cli("import", kind, str(folder / name), "--packs", str(server.packs), "--area", "350900", "--quiet")
    admit(server, *[f"{c},open" for c in codes])


def understood(answer):
    """What a platform says to a message it can read about people it does not know: data, or a business reason."""
    assert set(answer) >= {"infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg", "output"}
    if answer["infcode"] == 0:
        return "ok"
    code = answer["error"]["code"]
    assert answer["err_msg"].startswith(f"[{code}] ")
    return code


BUSINESS = {"ok", "not_found", "not_supported"}


@pytest.mark.skipif(not (SHARED / "recorded").is_dir(), reason="recorded messages are not beside the project")
def test_recorded_clients_are_understood(server):
    seen = {}
    files = sorted((SHARED / "recorded").glob("*.json"))
    messages = [json.loads(f.read_text(encoding="utf-8")) for f in files]
    known_providers(server, [m["body"]["fixmedins_code"] for m in messages if m.get("body_is_json")])
    for f, m in zip(files, messages):
        if not m.get("body_is_json"):
            continue
        body = json.dumps(m["body"], ensure_ascii=False).encode()
        path = m["path"].split("?")[0]
        headers = {k: v for k, v in m["headers"].items() if k.lower() not in ("content-length", "host", "connection", "accept-encoding")}
        line = Hospital(server)
        status, got, answer = line.post(path, body, headers)
        assert status == 200, (f.name, status, answer[:200])
        if got["Content-Type"] == "application/octet-stream":
            seen[f.name] = "file"
            continue
        seen[f.name] = understood(json.loads(answer))
    told((n, m["body"]["infno"], seen[n], "") for n, m in zip((f.name for f in files), messages) if n in seen)
    wrong = {name: code for name, code in seen.items() if code not in BUSINESS | {"file", "missing_field", "bad_value"}}
    assert not wrong and len(seen) >= 10, seen
    assert sum(code == "ok" for code in seen.values()) >= 3, seen
    # a message without any value is told which one is missing
    assert {n: c for n, c in seen.items() if c == "missing_field"}.keys() <= {n for n in seen if "2302" in n or "2301" in n or "9101" in n or "4101" in n or
                                                                          "240" in n or "1101" in n or "3301" in n}, seen


@pytest.mark.skipif(not (SHARED / "examples").is_dir(), reason="examples are not beside the project")
def test_published_requests_are_understood(server):
    index = (SHARED / "examples/INDEX.md").read_text(encoding="utf-8")
    seen, bodies = {}, {}
    for line in index.splitlines():
        cells = line.split("|")
        if len(cells) < 5 or cells[3] != "请求" or cells[4][:1] not in "AB":
            continue
        path = SHARED / "examples" / cells[1]
        if path.exists():
            body = json.loads(path.read_text(encoding="utf-8"))
            if "infno" in body:
                bodies[cells[1]] = body
    known_providers(server, [b["fixmedins_code"] for b in bodies.values()])
    for name, body in bodies.items():
        status, _, answer = Hospital(server).post(SINGLE, body)
        assert status == 200
        seen[name] = understood(json.loads(answer))
    told((n, bodies[n]["infno"], c, "") for n, c in seen.items())
    wrong = {n: c for n, c in seen.items() if c not in BUSINESS | {"missing_field", "not_in_catalogue"}}
    assert not wrong and len(seen) >= 15, seen
    assert seen["9001_req_01.json"] == "ok"


def told(rows):
    """The table that `pytest -s` shows: where it came from, transaction, outcome, what was said."""
    for row in rows:
        print("%-32s %-7s %-16s %s" % row)


@pytest.mark.skipif(not (SHARED / "examples").is_dir(), reason="examples are not beside the project")
def test_what_others_sent_runs_as_visits(server):
    """The same messages, byte for byte but for what no two installations share: the numbers the platform gives, persons and items of
    its own, the day, and one sum that did not fit its item."""
    folder, rows = SHARED, []
    employee = next(p for p in PEOPLE if p.get("scheme"))["id_no"]

    def load(name):
        body = json.loads((folder / name).read_text(encoding="utf-8"))
        return body.get("body", body), body.get("path", SINGLE).split("?")[0]

    def send(name, **ids):
        body, path = load(name)

        def swap(v, key=""):
            if isinstance(v, dict):
                return {k: swap(x, k) for k, x in v.items()}
            if isinstance(v, list):
                return [swap(x, key) for x in v]
            v = ids.get(key, v)
            return v.replace("2021-04-10", "2024-05-01").replace("2020-10-24", "2024-05-01") if isinstance(v, str) else v
        body["input"] = swap(body["input"])
        known_providers(server, [body["fixmedins_code"]])
        answer = json.loads(Hospital(server).post(path, body)[2])
        rows.append((Path(name).name, body["infno"], understood(answer), answer["err_msg"][:70]))
        assert answer["infcode"] == 0, (name, answer["err_msg"])
        return answer["output"]

    known_providers(server, ["H44030000000", "H00000000001"])
    ex, rec = "examples/%s.json", "recorded/nhis_java_%s.json"
    psn = send(ex % "1101_req_01", mdtrt_cert_no=employee, certno=employee, psn_name="")["baseinfo"]["psn_no"]
    sign_no = send(ex % "9001_req_01")["signinoutb"]["sign_no"]
    ids = {"psn_no": psn, "mdtrt_id": send(ex % "2201_req_01", psn_no=psn)["data"]["mdtrt_id"], "med_list_codg": "A1"}
    send(ex % "2203_req_01", **ids)
    assert send(ex % "2204_req_01", **ids)["result"][0]["det_item_fee_sumamt"] == 2
    before, after = send(ex % "2206_req_01", **ids), send(ex % "2207_req_01", **ids)
    assert identities(before["setlinfo"], before["setldetail"]) == identities(after["setlinfo"], after["setldetail"])
    ids["setl_id"] = after["setlinfo"]["setl_id"]
    assert send(ex % "5203_req_01", **ids)["setlinfo"]["setl_id"] == ids["setl_id"]
    send(ex % "2208_req_01", **ids)
    send(ex % "2205_req_01", **ids)
    send(ex % "9002_req_01", sign_no=sign_no)
    # the clinic of the Java client: a stay
    psn = send(rec % "003_1101", mdtrt_cert_no=employee)["baseinfo"]["psn_no"]
    ids = {"psn_no": psn, "mdtrt_id": send(rec % "007_2401", psn_no=psn)["result"]["mdtrt_id"], "med_list_codg": "A1"}
    send(rec % "009_2403", **ids)
    send(rec % "005_2301", **ids, det_item_fee_sumamt="100.00", pric="100.00")
    before, after = send(rec % "017_2303", **ids), send(rec % "018_2304", **ids)
    assert identities(before["setlinfo"], before["setldetail"]) == identities(after["setlinfo"], after["setldetail"])
    ids["setl_id"] = after["setlinfo"]["setl_id"]
    assert send(rec % "026_5203", **ids)["setlinfo"]["setl_id"] == ids["setl_id"]
    assert len(send(rec % "027_5204", **ids)) == 1
    send(rec % "019_2305", **ids)
    send(rec % "006_2302", **{**ids, "feedetl_sn": "001"})
    send(rec % "010_2404", **ids)
    told(rows)
    assert len(rows) == 22


# ---- a busy day ----

class Lossy(Hospital):
    """A line that loses answers, says things twice, and hangs up."""

    def __init__(self, server, code, seed):
        super().__init__(server, code)
        self.chance = random.Random(seed)
        self.repeated = 0

    def say(self, infno, data, msgid=None, path=SINGLE, **more):
        body = json.dumps(self.envelope(infno, data, msgid, **more), ensure_ascii=False).encode()
        what = self.chance.random()
        if what < 0.10:  # sent, and the answer never read
            with socket.create_connection(("127.0.0.1", self.server.port)) as line:
                line.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body)
                if self.chance.random() < 0.5:
                    time.sleep(0.02)
            self.repeated += 1
        elif what < 0.15:  # cut in the middle
            with socket.create_connection(("127.0.0.1", self.server.port)) as line:
                line.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body[:len(body) // 2])
        elif what < 0.25:
            self.post(path, body)
            self.repeated += 1
        return json.loads(self.post(path, body)[2])


def test_a_hospital_day_balances_to_the_fen(server):
    """250 visits by four desks over lines that lose and repeat messages; a fifth is taken back."""
    books, troubles, lock = [], [], threading.Lock()

    def desk(number):
        h = Lossy(server, "H2", number)
        try:
            for i in range(number, 250, 4):
                p = PEOPLE[i % len(PEOPLE)]
                insutype = "310" if p.get("scheme") else "390"
                psn = h.person(p["id_no"])["baseinfo"]["psn_no"]
                visit = h.register(psn, insutype)
                h.inform(psn, visit)
                lines = [("A1", h.chance.randint(1, 9), h.chance.randint(1, 9999) / 100), ("B1", h.chance.randint(1, 5), 14.8)]
                rows = h.rows(psn, visit, lines, f"B{next(SERIAL)}")
                h.do("2204", {"feedetail": rows})
                got = h.do("2207", h.bill(psn, visit, rows, insutype))
                identities(got["setlinfo"], got["setldetail"])
                with lock:
                    books.append(got["setlinfo"])
                if i % 5 == 0:
                    back = h.say("2208", {"data": {"setl_id": got["setlinfo"]["setl_id"], "mdtrt_id": visit, "psn_no": psn}})
                    if back["infcode"] == 0:
                        with lock:
                            books.append(back["output"]["setlinfo"])
                    else:  # another desk has settled this person meanwhile
                        assert back["error"]["code"] == "later_settlements", back
        except Exception as e:  # a thread's failure has to reach the test
            troubles.append(e)
        assert h.repeated > 5

    threads = [threading.Thread(target=desk, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not troubles, troubles[:2]
    h = Hospital(server)
    for insutype in ("310", "390"):
        mine = [s for s in books if s["insutype"] == insutype]
        data = {"insutype": insutype, "clr_type": "11", "setl_optins": "350900", **DAY, "fixmedins_setl_cnt": len(mine)}
        for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay"):
            data[name] = f"{sum(fen(s[name]) for s in mine) / 100:.2f}"
        got = h.do("3201", {"data": data})["stmtinfo"]
        assert got["stmt_rslt"] == "0", got
    assert len({s["setl_id"] for s in books}) == len(books) >= 250
    assert len({s["medins_setl_id"] for s in books}) == len(books)
    server.cli("check", "--packs", str(server.packs))


# ---- borders ----

def fields():
    with open(ROOT / "packs/common/gateway/fields.csv", encoding="utf-8", newline="") as f:
        return [r for r in csv.DictReader(f) if r["direction"] == "in"]


def filled(rows):
    """An input that fits its descriptors."""
    out = {}
    for r in rows:
        value = {"number": "1", "time": "2024-05-01", "text": "1"}.get(r["type"], "1")
        if r["dictionary"]:
            value = DICTIONARIES[r["dictionary"]][0]
        (out.setdefault(r["node"], {}) if r["node"] else out)[r["field"]] = value
    return out


def read_dictionaries():
    out = {}
    with open(ROOT / "packs/common/gateway/dictionaries.csv", encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f):
            out.setdefault(r["dictionary"], []).append(r["code"])
    return out


DICTIONARIES = read_dictionaries()
FORM = {"too_long", "unknown_word", "bad_number", "bad_date", "missing_field"}


def test_lengths_numbers_days_and_dictionaries_at_their_borders(server):
    """Each field that has a length or a dictionary, one step inside and one outside, with strict checks."""
    import http.client
    h = Hospital(server, "H3")
    by_transaction = {}
    for r in fields():
        by_transaction.setdefault(r["transaction"], []).append(r)
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    checked, whole = 0, set()  # dictionaries of which each code was sent

    def verdict(number, data, field):
        line.request("POST", SINGLE, json.dumps(h.envelope(number, data)).encode(), {"Content-Type": "application/json"})
        answer = json.loads(line.getresponse().read())
        error = answer.get("error") or {}
        about = error.get("field", "").split(".")[-1].split("[")[0] == field
        business = error.get("code") == "unknown_word" and not error["expected"].startswith("a code of the dictionary")
        return error.get("code") if about and not business and error.get("code") in FORM else None

    def put(number, rows, r, value):
        data = filled(rows)
        (data[r["node"]] if r["node"] else data)[r["field"]] = value
        return verdict(number, data, r["field"])

    for number, rows in sorted(by_transaction.items()):
        for r in rows:
            if r["field"] in ("input",) or (not r["node"] and any(x["node"] == r["field"] for x in rows)):
                continue
            size, scale = int(r["length"]), int(r["scale"])
            if r["dictionary"]:
                codes = DICTIONARIES[r["dictionary"]]
                for code in codes[-1:] if r["dictionary"] in whole else codes:
                    fits = None if not size or len(code) <= size else "too_long"
                    assert put(number, rows, r, code) == fits, (number, r, code)
                whole.add(r["dictionary"])
                assert put(number, rows, r, "~") == "unknown_word", (number, r)
            elif r["type"] == "text" and 0 < size <= 4000:
                assert put(number, rows, r, "字" * (size + 1)) == "too_long", (number, r)
                assert put(number, rows, r, "字" * size) is None, (number, r)
            elif r["type"] == "number" and size:
                assert put(number, rows, r, "9" * (size - scale + 1)) == "too_long", (number, r)
                assert put(number, rows, r, "9" * (size - scale) + ("." + "9" * scale if scale else "")) is None, (number, r)
                assert put(number, rows, r, "1,5") == "bad_number", (number, r)
                assert put(number, rows, r, "0." + "0" * scale + "1") == "too_long", (number, r)
                assert put(number, rows, r, "0." + "0" * scale + "0") is None, (number, r)
            elif r["type"] == "time":
                assert put(number, rows, r, "2024-02-30") == "bad_date", (number, r)
                assert put(number, rows, r, "2024-02-29 23:59:59") is None, (number, r)
                assert put(number, rows, r, "2024-02-29 24:00:00") == "bad_date", (number, r)
            else:
                continue
            if r["required"] == "1":
                assert put(number, rows, r, "") == "missing_field", (number, r)
            checked += 1
    assert checked > 3000, checked
    assert whole == {r["dictionary"] for r in fields()} - {""}


def test_the_envelope_at_its_borders(server):
    h = Hospital(server)
    data = {"data": {"psn_no": "1"}}
    for name, size in (("opter", 30), ("opter_name", 50), ("fixmedins_name", 200), ("cainfo", 1024), ("msgid", 50), ("infver", 6)):
        assert h.say("5301", data, **({name: "x" * size} if name != "msgid" else {"msgid": "x" * 50}))["error"]["code"] == "not_found"
        long = h.say("5301", data, **({name: "x" * (size + 1)} if name != "msgid" else {"msgid": "x" * 51}))
        assert (long["error"]["code"], long["error"]["field"]) == ("too_long", name)
    strict = Hospital(server, "H3")
    nobody = strict.say("5301", data, opter_name="")["error"]
    assert (nobody["code"], nobody["field"]) == ("missing_field", "opter_name")
    assert strict.say("5301", data)["error"]["code"] == "not_found"


# ---- signatures ----

def x_tif(secret, paasid="p1", at=None):
    at = str(at or int(time.time()))
    return lambda body: {"x-tif-paasid": paasid, "x-tif-timestamp": at, "x-tif-nonce": "n", "x-tif-signature":
                         hashlib.sha256((at + secret + "n" + at).encode()).hexdigest().upper()}


def api(secret, key="p1"):
    at = str(int(time.time() * 1000))
    text = f"_api_access_key={key}&_api_name=5301&_api_timestamp={at}&_api_version=1.0.0"
    sign = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return lambda body: {"_api_name": "5301", "_api_version": "1.0.0", "_api_timestamp": at, "_api_access_key": key, "_api_signature": sign}


def x_ca(secret, key="p1"):
    def headers(body):
        at = str(int(time.time() * 1000))
        done = subprocess.run(["openssl", "dgst", "-sm3", "-hmac", secret], input=at.encode() + b"\n" + body, capture_output=True, check=True)
        return {"x-ca-key": key, "x-ca-signature": at + ":" + done.stdout.decode().split()[-1].upper()}
    return headers


@pytest.mark.parametrize("kind, sign", [("x-tif", x_tif), ("api", api), ("x-ca", x_ca)])
def test_signatures_of_the_header(server, kind, sign):
    ask = ("5301", {"data": {"psn_no": "1"}})
    admit(server, f"H3,open,{kind},strict,p1,s3cret")
    try:
        assert Hospital(server, "H3", sign("s3cret")).say(*ask)["error"]["code"] == "not_found"
        for wrong in (sign("other"), sign("s3cret", "p2"), None):
            assert Hospital(server, "H3", wrong).say(*ask)["error"]["code"] == "bad_signature"
        if kind == "x-tif":
            assert Hospital(server, "H3", x_tif("s3cret", at=int(time.time()) - 3600)).say(*ask)["error"]["code"] == "bad_signature"
        admit(server, f"H3,open,{kind},lenient,p1,s3cret")
        signed_wrongly = Hospital(server, "H3", sign("other"))
        assert signed_wrongly.say("1201", {"medinsinfo": {"fixmedins_code": "H3"}})["warn_msg"].startswith("[bad_signature]")
    finally:
        admit(server, "H3,open,none,off,,,strict")


# ---- the client to read ----

def test_the_small_client_runs_a_visit_from_sign_in_to_reconciliation():
    with Server() as s:
        fill(s, PEOPLE[:2])
        admit(s, "H2,open,x-tif,strict,p1,s3cret")
        command = [sys.executable, str(ROOT / "examples/his-client/his_client.py"), f"http://127.0.0.1:{s.port}", "--provider", "H2",
                   "--id-no", PEOPLE[0]["id_no"], "--item", "A1:2:30.00", "--item", "B1:1:14.80", "--paasid", "p1", "--secret"]
        done = subprocess.run([*command, "s3cret"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        steps = [line.split()[0] for line in done.stdout.splitlines() if line.endswith(" ok")]
        assert steps == "9001 1101 2201 2203 2204 2206 2207 2208 1101 2201 2203 2204 2206 2207 3201 9002".split()
        assert "reconciled" in done.stdout and "total 74.8" in done.stdout
        refused = subprocess.run([*command, "other"], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "[bad_signature]" in refused.stderr
