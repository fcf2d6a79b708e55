"""What goes over the wire to the gateway: signed and sealed messages against ciphers of our own, what is told about a wrong
signature, bodies in parts, cards and tokens.
"""
import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import sm  # noqa: E402
from support.area import fill  # noqa: E402
from support.hospital import SINGLE, Hospital, admit, identities  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = [{"name": "张三"}, {"name": "李四"}]
THEIRS, OURS, OTHER = sm.Key(), sm.Key(), sm.Key()
APP, SECRET = "43AF047BBA47FC8A1AE8EFB232BDBBCB", "4117E877F5FA0A0188891283E4B617D5"
LINES = [("A1", 2, 30.0), ("B1", 3, 14.8)]
ASK = {"medinsinfo": {"fixmedins_code": "H2", "fixmedins_name": "", "fixmedins_type": "1"}}


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open")
        yield s


def access(server, code="H3", **settings):
    """Columns by name; what is not said is the first choice."""
    row = {"provider_code": code, "state": "open", **settings}
    path = f"{server.folder.name}/access.csv"
    Path(path).write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
    # what is left out would stay as it is
    blank = {"signature": "none", "verify": "off", "cainfo": "off", "cainfo_form": "head", "sign_answers": "no", "encryption": "off",
             "checks": "lenient", "sign_in": "free", "infcode": "number", "amounts": "number", "single_nodes": "object"}
    full = {**blank, **row}
    Path(path).write_text(",".join(full) + "\n" + ",".join(full.values()) + "\n", encoding="utf-8")
    server.cli("import", "gateways", path, "--packs", str(server.packs), "--area", "350900", "--quiet")
    time.sleep(0.25)


KEYS = {"public_key": THEIRS.public.hex(), "private_key": OURS.private.hex()}


# ---- cainfo ----

def signed(h, infno, data, form="head", key=THEIRS, user=sm.USER, encode=lambda s: s.hex().upper(), **more):
    body = h.envelope(infno, data, signtype="SM2", **more)
    body["cainfo"] = "@"
    text = json.dumps(body, ensure_ascii=False)
    said = sm.head_text(body) if form == "head" else json.dumps(data, ensure_ascii=False).encode()
    text = text.replace('"cainfo": "@"', f'"cainfo": "{encode(key.sign(said, user))}"')
    return json.loads(h.post(SINGLE, text.encode())[2])


@pytest.mark.parametrize("form", ["head", "input"])
def test_envelopes_signed_by_others_are_understood(server, form):
    access(server, cainfo="strict", cainfo_form=form, **KEYS)
    h = Hospital(server, "H3")
    for encode in (lambda s: s.hex(), lambda s: s.hex().upper(), lambda s: base64.b64encode(s).decode(), lambda s: sm.der(s).hex(),
                   lambda s: base64.b64encode(sm.der(s)).decode()):
        assert signed(h, "1201", ASK, form, encode=encode)["infcode"] == 0
    answer = signed(h, "1201", ASK, form, key=OTHER)
    assert answer["error"]["code"] == "bad_signature" and answer["error"]["field"] == "cainfo" and answer["output"] is None
    assert signed(h, "1201", ASK, form, user=b"")["error"]["code"] == "bad_signature"
    assert signed(h, "1201", ASK, form, encode=lambda s: "no signature")["error"]["code"] == "bad_signature"
    assert h.say("1201", ASK)["error"]["code"] == "bad_signature"
    other_form = signed(h, "1201", ASK, "input" if form == "head" else "head")
    assert other_form["error"]["code"] == "bad_signature"
    access(server, cainfo="lenient", cainfo_form=form, **KEYS)
    answer = h.say("1201", ASK)
    assert answer["infcode"] == 0 and answer["warn_msg"] == "[bad_signature] cainfo is empty"
    access(server, cainfo="off")
    assert h.say("1201", ASK)["warn_msg"] == ""


def test_keys_in_every_usual_form(server):
    h = Hospital(server, "H3")
    info = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + THEIRS.public
    for public in (THEIRS.public.hex(), THEIRS.public[1:].hex().upper(), base64.b64encode(THEIRS.public).decode(),
                   base64.b64encode(info).decode()):
        access(server, cainfo="strict", public_key=public)
        assert signed(h, "1201", ASK)["infcode"] == 0, public
    access(server, cainfo="strict", public_key="abcd")
    assert "no public key" in signed(h, "1201", ASK)["error"]["expected"]


def test_the_command_line_of_openssl_signs_and_verifies_the_same(server, tmp_path):
    """A second implementation that is not ours."""
    def openssl(*command, data=None):
        return subprocess.run(["openssl", *command], input=data, capture_output=True, check=True).stdout
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    public = openssl("pkey", "-in", str(tmp_path / "key.pem"), "-pubout", "-outform", "DER")
    (tmp_path / "text").write_bytes(b"x")

    class Theirs:
        @staticmethod
        def sign(data, user):
            (tmp_path / "text").write_bytes(data)
            return openssl("pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", str(tmp_path / "key.pem"), "-in", str(tmp_path / "text"),
                           "-pkeyopt", "distid:" + user.decode())
    access(server, cainfo="strict", public_key=base64.b64encode(public).decode())
    assert signed(Hospital(server, "H3"), "1201", ASK, key=Theirs)["infcode"] == 0


@pytest.mark.parametrize("form", ["head", "input"])
def test_answers_are_signed(server, form):
    access(server, sign_answers="yes", cainfo_form=form, **KEYS)
    h = Hospital(server, "H3")
    for infno, data in (("1201", ASK), ("5301", {"data": {"psn_no": "1"}})):
        raw = h.post(SINGLE, h.envelope(infno, data))[2].decode()
        answer = json.loads(raw)
        assert answer["signtype"] == "SM2"
        text = sm.head_text(answer, ("cainfo", "output"))
        if form == "input":
            text = raw[raw.index('"output":') + 9:raw.index(',"error"') if "error" in answer else raw.index(',"cainfo"')].encode()
        assert OURS.verify(text, bytes.fromhex(answer["cainfo"]))
        assert not OTHER.verify(text, bytes.fromhex(answer["cainfo"]))


# ---- sealed messages ----

class Application(Hospital):
    """Signs each message as a whole, encrypts it, and holds the answers to the same."""

    def __init__(self, server, code, encrypted=True, key=THEIRS, user=sm.USER, secret=SECRET, at=None, encode=None):
        super().__init__(server, code)
        self.encrypted, self.key, self.user, self.secret, self.at = encrypted, key, user, secret, at
        self.encode = encode or (lambda b: b.hex().upper())

    def seal(self, body):
        outer = {"appId": APP, "version": "2.0.1", "timestamp": str(self.at or int(time.time())), "signType": "SM2"}
        if self.encrypted:
            outer["encType"] = "SM4"
        outer["signData"] = base64.b64encode(self.key.sign(sm.sealed_text(outer, body, self.secret), self.user)).decode()
        if self.encrypted:
            outer["encData"] = self.encode(sm.encrypt(sm.application_key(APP, self.secret), json.dumps(body, ensure_ascii=False).encode()))
        else:
            outer["data"] = body
        return outer

    def post(self, path, body, headers=None):
        return super().post(path, body if isinstance(body, bytes) else self.seal(body), headers)

    def say(self, infno, data, msgid=None, path=SINGLE, **more):
        raw = self.post(path, self.envelope(infno, data, msgid, **more))[2]
        outer = json.loads(raw, parse_float=str)  # numbers are signed as they stand in the text
        if "encData" not in outer and "data" not in outer:
            return outer
        assert outer["appId"] == APP and outer["version"] == "2.0.1" and outer["signType"] == "SM2"
        if self.encrypted:
            inner = json.loads(sm.decrypt(sm.application_key(APP, SECRET), bytes.fromhex(outer["encData"])), parse_float=str)
        else:
            inner = outer["data"]
        assert OURS.verify(sm.sealed_text(outer, inner, SECRET), base64.b64decode(outer["signData"]), self.user)
        return inner


def sealing(server, **more):
    access(server, **{"cainfo": "strict", "encryption": "allowed", "app_id": APP, "app_secret": SECRET, **KEYS, **more})


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_visit_goes_sealed_from_registration_to_settlement(server, encrypted):
    sealing(server)
    h = Application(server, "H3", encrypted)
    settled, detail, _ = h.outpatient(PEOPLE[0]["id_no"], LINES)
    identities(settled, detail)
    msgid = h.msgid()
    again = [h.say("9001", {"signIn": {"opter_no": "1"}}, msgid) for _ in range(2)]  # sealed anew, the same message
    assert again[0] == again[1]
    assert h.say("9001", {"signIn": {"opter_no": "2"}}, msgid)["error"]["code"] == "idempotency_mismatch"
    assert h.say("5301", {"data": {"psn_no": "1"}})["error"]["code"] == "not_found"


def test_sealed_messages_in_other_forms(server):
    sealing(server)
    for more in ({"user": SECRET.encode()}, {"at": int(time.time() * 1000)}, {"encode": lambda b: base64.b64encode(b).decode()}):
        assert Application(server, "H3", **more).say("1201", ASK)["infcode"] == 0, more


def test_sealed_messages_that_are_not_in_order_are_refused(server):
    sealing(server)
    for more, code, field in (({"key": OTHER}, "bad_signature", "signData"), ({"at": int(time.time()) - 3600}, "bad_signature", "signData"),
                              ({"secret": SECRET[::-1]}, "bad_value", "encData"), ({"encode": lambda b: "@"}, "bad_value", "encData"),
                              ({"encode": lambda b: b[:-1].hex()}, "bad_value", "encData")):
        answer = Application(server, "H3", **more).say("1201", ASK)
        assert (answer["error"]["code"], answer["error"]["field"]) == (code, field), more
    # another provider's message in this application's envelope
    stranger = Application(server, "H2").say("1201", ASK)
    assert (stranger["error"]["code"], stranger["error"]["field"]) == ("gateway_closed", "fixmedins_code")
    h = Application(server, "H3")
    outer = h.seal(h.envelope("1201", ASK))
    for name, code in (("appId", "gateway_closed"), ("signData", "bad_signature")):
        broken = json.loads(Hospital.post(h, SINGLE, json.dumps({**outer, name: "x"}).encode())[2])
        broken = broken if "error" in broken else json.loads(sm.decrypt(sm.application_key(APP, SECRET), bytes.fromhex(broken["encData"])))
        assert broken["error"]["code"] == code
    sealing(server, encryption="required")
    assert Hospital(server, "H3").say("1201", ASK)["error"]["field"] == "encData"
    assert Application(server, "H3", encrypted=False).say("1201", ASK)["error"]["field"] == "encData"
    sealing(server, encryption="off")
    assert Application(server, "H3").say("1201", ASK)["error"]["code"] == "gateway_closed"
    sealing(server, cainfo="lenient")
    answer = Application(server, "H3", key=OTHER).say("1201", ASK)
    assert answer["infcode"] == 0 and answer["warn_msg"].startswith("[bad_signature]")


def test_files_go_sealed_too(server):
    sealing(server)
    h = Application(server, "H3")
    kept = h.do("9101", {"fsUploadIn": {"in": base64.b64encode(b"a\tb\n").decode(), "filename": "a.txt"}})
    got = h.do("9102", {"fsDownloadIn": {"file_qury_no": kept["file_qury_no"], "filename": "a.txt"}})
    assert base64.b64decode(got["in"]) == b"a\tb\n"


# ---- what is wrong with a signature ----

def diagnosed(h):
    return h.do("GJ02", {"data": {}})


def test_a_wrong_header_signature_is_explained_and_no_secret_told(server):
    secret, at = "s3cret-of-H3", str(int(time.time()))

    def tif(text, how=hashlib.sha256):
        return lambda body: {"x-tif-paasid": "p1", "x-tif-timestamp": at, "x-tif-nonce": "n1",
                             "x-tif-signature": how(text.encode()).hexdigest()}
    access(server, signature="x-tif", verify="strict", access_key="p1", secret=secret)
    for headers, fits, cause in ((tif(at + secret + "n1" + at), True, ""), (tif(at + "n1" + secret + at), False, "each other's place"),
                                 (tif(at + secret + "n1"), False, "missing at the end"), (tif("nonsense"), False, "another secret")):
        got = diagnosed(Hospital(server, "H3", headers))["signatures"]
        mine = next(s for s in got if s["kind"] == "x-tif")
        assert mine["configured"] and mine["signature_fits"] == fits and cause in mine["cause"]
        assert mine["string_to_sign"] == at + "******n1" + at and mine["access_key_fits"] and mine["time_fits"]
        assert mine["sample_signature"] == hashlib.sha256((at + "SECRET" + "n1" + at).encode()).hexdigest()
        told = json.dumps(got)
        assert secret not in told
        if not fits:  # what would be right is a secret, too
            assert hashlib.sha256((at + secret + "n1" + at).encode()).hexdigest() not in told
        assert not any(s["present"] for s in got if s["kind"] != "x-tif")
    late = next(s for s in diagnosed(Hospital(server, "H3", lambda b: {**tif("x")(b), "x-tif-timestamp": str(int(at) - 7200)}))["signatures"]
                if s["kind"] == "x-tif")
    assert not late["time_fits"] and -7205 <= late["time_off_seconds"] <= -7195


def test_the_two_other_headers_are_explained(server):
    secret, at = "s3cret-of-H3", str(int(time.time() * 1000))
    access(server, signature="api", verify="strict", access_key="k", secret=secret)

    def api(names, how=hashlib.sha1, encode=lambda b: base64.b64encode(b).decode()):
        value = {"_api_name": "GJ02", "_api_version": "1.0", "_api_timestamp": at, "_api_access_key": "k"}
        text = "&".join(f"{n}={value[n]}" for n in names)
        return lambda body: {**value, "_api_signature": encode(hmac.new(secret.encode(), text.encode(), how).digest())}
    order = ["_api_access_key", "_api_name", "_api_timestamp", "_api_version"]
    other = ["_api_name", "_api_version", "_api_timestamp", "_api_access_key"]
    for headers, cause in ((api(order), ""), (api(other), "order of the alphabet"), (api(order, hashlib.sha256), "HMAC-SHA256"),
                           (api(order, encode=bytes.hex), "hex")):
        mine = next(s for s in diagnosed(Hospital(server, "H3", headers))["signatures"] if s["kind"] == "api")
        assert cause in mine["cause"] and mine["signature_fits"] == (cause == "") and secret not in json.dumps(mine)

    def sm3_mac(data):
        return subprocess.run(["openssl", "dgst", "-sm3", "-hmac", secret], input=data, capture_output=True, check=True).stdout.decode().split()[-1]
    access(server, signature="x-ca", verify="strict", access_key="k", secret=secret)
    for text, cause in ((lambda b: at.encode() + b"\n" + b, ""), (lambda b: b, "only the body"), (lambda b: at.encode() + b, "line feed")):
        h = Hospital(server, "H3", lambda body, t=text: {"x-ca-key": "k", "x-ca-signature": at + ":" + sm3_mac(t(body))})
        mine = next(s for s in diagnosed(h)["signatures"] if s["kind"] == "x-ca")
        assert cause in mine["cause"] and mine["signature_fits"] == (cause == "") and secret not in json.dumps(mine)
    # who has no signature at all is told, too, and nothing else is done for him
    h = Hospital(server, "H3")
    assert not any(s["present"] for s in diagnosed(h)["signatures"])
    assert h.say("1201", ASK)["error"]["code"] == "bad_signature"


def test_a_wrong_cainfo_is_explained(server):
    access(server, cainfo="strict", **KEYS)
    h = Hospital(server, "H3")
    data = {"data": {"x": 1}}
    mine = signed(h, "GJ02", data)["output"]["cainfo"]
    assert mine["signature_fits"] and mine["cause"] == ""
    body = {"signtype": "SM2", **{k: v for k, v in h.envelope("GJ02", data).items() if k != "signtype"}}
    body["cainfo"] = THEIRS.sign(b"nothing").hex()
    wrong = json.loads(h.post(SINGLE, body)[2])["output"]["cainfo"]
    text = sm.head_text(body)
    assert wrong["string_to_sign"].encode() == text and wrong["sm3"] == sm.sm3(text).hex()
    assert int(wrong["digest"], 16) == THEIRS.digest(text) and wrong["public_key"] == THEIRS.public.hex().upper()
    assert not wrong["signature_fits"] and OURS.private.hex() not in json.dumps(wrong)
    for more, cause in (({"user": b""}, "id is empty"), ({"form": "input"}, "input was signed"), ({"key": OTHER}, "not the signature of this")):
        assert cause in signed(h, "GJ02", data, **more)["output"]["cainfo"]["cause"]
    sealing(server)
    sealed = Application(server, "H3", key=OTHER).do("GJ02", data)["sealed"]
    assert not sealed["signature_fits"] and sealed["string_to_sign"].endswith("&key=******") and SECRET not in json.dumps(sealed)
    assert Application(server, "H3").do("GJ02", data)["sealed"]["signature_fits"]


# ---- bodies in parts ----

def parts(*rows, boundary="----WebKitFormBoundary7MA4YWxk", end=b"\r\n"):
    """rows: (line of the disposition, further lines, bytes)"""
    out = b""
    for disposition, more, content in rows:
        head = [b"--" + boundary.encode(), b"Content-Disposition: form-data; " + disposition.encode(), *[m.encode() for m in more]]
        out += end.join(head) + end + end + content + end
    return out + b"--" + boundary.encode() + b"--" + end, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def test_files_come_in_parts(server):
    access(server)
    h = Hospital(server, "H3")
    content = bytes(range(256)) * 40 + b"\r\n--not the border\r\n"
    names = iter(range(100))

    def text():
        return json.dumps(h.envelope("9101", {"fsUploadIn": {"filename": f"{next(names)}.zip", "fixmedins_code": "H3"}})).encode()
    latin = ["Content-Type: text/plain; charset=ISO-8859-1", "Content-Transfer-Encoding: 8bit"]
    bodies = [
        parts(('name="jsonStr"', latin, text()), ('name="file"; filename="a.zip"', ["Content-Type: application/octet-stream"], content)),
        parts(('name="in"; filename="a.zip"', [], content), ('name="jsonStr"', [], text())),
        parts(('name=jsonStr', [], text()), ('name=file', [], content), boundary="b"),
        parts(('name="jsonStr"', [], b" \n" + text()), ('name="in"', [], content), boundary="x", end=b"\n"),
    ]
    quoted, headers = bodies[0]
    headers = {"Content-Type": 'Multipart/Form-Data; charset=UTF-8; boundary="----WebKitFormBoundary7MA4YWxk"'}
    for body, head in [*bodies, (quoted, headers)]:
        status, _, answer = h.post("/fsi/api/fileupload/upload", body, head)
        kept = json.loads(answer)
        assert kept["infcode"] == 0, kept
        status, got, back = h.post("/fsi/api/fileupload/download", h.envelope("9102", {"fsDownloadIn": {"file_qury_no": kept["output"]["file_qury_no"]}}))
        assert got["Content-Type"] == "application/octet-stream" and back == content
    assert json.loads(h.post("/gateway", quoted, headers)[2])["output"] == json.loads(h.post("/gateway", quoted, headers)[2])["output"]


def test_the_same_message_in_other_parts_is_the_same_message(server):
    access(server)
    h = Hospital(server, "H3")
    text = json.dumps(h.envelope("9101", {"fsUploadIn": {"filename": "a"}})).encode()
    first = h.post("/gateway", *parts(('name="jsonStr"', [], text), ('name="file"; filename="a"', [], b"one"), boundary="b1"))
    again = h.post("/gateway", *parts(('name="jsonStr"', [], text), ('name="file"; filename="a"', [], b"one"), boundary="b2"))
    assert first[2] == again[2] and again[1]["Idempotent-Replay"] == "true"
    other = json.loads(h.post("/gateway", *parts(('name="jsonStr"', [], text), ('name="file"; filename="a"', [], b"two")))[2])
    assert other["error"]["code"] == "idempotency_mismatch"


def test_parts_that_hold_no_message_are_refused(server):
    h = Hospital(server, "H3")
    for body, head in (parts(('name="file"; filename="a"', [], b"x")), (b"", {"Content-Type": "multipart/form-data; boundary=b"}),
                       (b"--b\r\n", {"Content-Type": "multipart/form-data; boundary=b"}), (b"{}", {"Content-Type": "multipart/form-data"}),
                       (b"--b\r\nx: y\r\n\r\n{}", {"Content-Type": "multipart/form-data; boundary=b"})):
        status, headers, answer = h.post("/gateway", body, head)
        assert status == 200 and headers["Content-Type"] == "application/json;charset=UTF-8"
        assert json.loads(answer)["error"]["code"] == "missing_field", answer
    no_file = json.dumps(h.envelope("9101", {"fsUploadIn": {"filename": "a"}})).encode()
    body, head = parts(('name="jsonStr"', [], no_file))
    assert json.loads(h.post("/gateway", body, head)[2])["error"]["field"] == "input.fsUploadIn.in"


def test_downloads_that_fail_are_json(server):
    h = Hospital(server, "H3")
    status, headers, answer = h.post("/fsi/api/fileupload/download", h.envelope("9102", {"fsDownloadIn": {"file_qury_no": "1"}}))
    assert status == 200 and headers["Content-Type"] == "application/json;charset=UTF-8"
    assert json.loads(answer)["error"]["code"] == "not_found"
    status, headers, answer = h.post("/fsi/api/fileupload/download", b"not JSON")
    assert headers["Content-Type"] == "application/json;charset=UTF-8" and json.loads(answer)["infcode"] == -1


# ---- tokens and cards ----

def credentials(server, *rows):
    path = Path(server.folder.name) / "credentials.csv"
    path.write_text("id_no,kind,number,serial,state,until_on\n" + "".join(r + "\n" for r in rows), encoding="utf-8")
    return server.cli("import", "credentials", str(path), "--packs", str(server.packs), "--area", "350900", "--quiet")


def test_persons_are_known_by_token_and_by_card(server):
    first, second = (p["id_no"] for p in PEOPLE)
    credentials(server, f"{first},token,TOKEN-1,,valid,", f"{first},card,CARD-1,CHIP-1,正常,2099-12-31", f"{first},card,CARD-0,,挂失,",
                f"{first},token,TOKEN-0,,valid,2020-01-01", f"{first},card,CARD-X,,cancelled,")
    access(server)
    h = Hospital(server, "H3")

    def ask(kind, number, **more):
        return {"data": {"mdtrt_cert_type": kind, "mdtrt_cert_no": number, **more}}
    assert h.do("1101", ask("01", "TOKEN-1"))["baseinfo"]["psn_name"] == "张三"
    assert h.do("1101", ask("03", "CARD-1", card_sn="CHIP-1", certno=first))["baseinfo"]["certno"] == first
    for data, code, field in ((ask("01", "TOKEN-2"), "unknown_credential", "mdtrt_cert_no"),
                              (ask("01", "TOKEN-2", certno=first), "unknown_credential", "mdtrt_cert_no"),
                              (ask("01", "CARD-1"), "unknown_credential", "mdtrt_cert_no"),
                              (ask("01", "TOKEN-0"), "credential_ended", "mdtrt_cert_no"),
                              (ask("03", "CARD-X"), "credential_ended", "mdtrt_cert_no"),
                              (ask("03", "CARD-0", certno=first), "credential_lost", "mdtrt_cert_no"),
                              (ask("03", "CARD-1"), "id_mismatch", "card_sn"), (ask("03", "CARD-1", card_sn="x"), "id_mismatch", "card_sn"),
                              (ask("01", "TOKEN-1", certno=second), "id_mismatch", "mdtrt_cert_no"),
                              (ask("01", "TOKEN-1", psn_name="李四"), "id_mismatch", "psn_name"),
                              (ask("01", ""), "missing_field", "mdtrt_cert_no"), (ask("04", "x"), "not_supported", "mdtrt_cert_type")):
        answer = h.refused("1101", data, code, "input.data." + field)
        assert "TOKEN" not in answer["err_msg"] and "CARD" not in answer["err_msg"]
    # of whom nothing is kept: what the provider says of the person counts
    assert h.do("1101", ask("03", "SOMETHING", certno=second))["baseinfo"]["psn_name"] == "李四"


def test_a_lost_card_opens_no_visit(server):
    first = PEOPLE[0]["id_no"]
    credentials(server, f"{first},card,CARD-2,,valid,")
    access(server)
    h = Hospital(server, "H3")
    psn = h.person(first)["baseinfo"]["psn_no"]
    visit = {"psn_no": psn, "insutype": "390", "begntime": "2024-05-01", "mdtrt_cert_type": "03", "mdtrt_cert_no": "CARD-2", "med_type": "21"}
    h.do("2201", {"data": {**visit, "ipt_otp_no": "1"}})
    credentials(server, f"{first},card,CARD-2,,lost,")
    for infno, node in (("2201", "data"), ("2401", "mdtrtinfo")):
        h.refused(infno, {node: visit, "diseinfo": []} if infno == "2401" else {node: visit}, "credential_lost", f"input.{node}.mdtrt_cert_no")
    detail = [{"feedetl_sn": "1", "fee_ocur_time": "2024-05-01", "med_list_codg": "B1", "cnt": 1, "pric": 1, "det_item_fee_sumamt": 1}]
    for infno in ("2101", "2102"):
        h.refused(infno, {"druginfo": {**visit, "med_type": "11"}, "drugdetail": detail}, "credential_lost")


# ---- what real systems are known for, one by one ----

def test_message_numbers_as_real_systems_make_them(server):
    access(server)
    h = Hospital(server, "H3")
    data = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": PEOPLE[0]["id_no"]}}
    for msgid in ("H35092100003202405010830Ab12", "550e8400-e29b-41d4-a716-446655", "202405010830009999", "X" * 24, "x" * 50):
        # one number for two transactions: they are two messages
        assert h.say("9001", {"signIn": {"opter_no": "1"}}, msgid)["infcode"] == 0
        assert h.say("1101", data, msgid)["infcode"] == 0
        assert h.say("9001", {"signIn": {"opter_no": "other"}}, msgid)["error"]["code"] == "idempotency_mismatch"
    body = json.dumps(h.envelope("9001", {"signIn": {"opter_no": "1"}})).encode()
    first, second = h.post(SINGLE, body), h.post(SINGLE, body)  # as a client does that tries again by itself
    assert first[2] == second[2] and second[1]["Idempotent-Replay"] == "true"


def test_envelopes_as_real_systems_fill_them(server):
    access(server)
    h = Hospital(server, "H3")
    data = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": PEOPLE[0]["id_no"]}}
    for more in ({"signtype": "PRCSSC"}, {"signtype": "MOCK"}, {"cainfo": "null"}, {"cainfo": "1"}, {"opter_type": 1}, {"dev_no": "null"},
                 {"dev_no": None}, {"inf_time": "2024-05-01"}, {"recer_sys_code": "LXXT"}, {"mdtrtarea_admvs": "3509"}, {"infver": "1.0.0"},
                 {"recer_admdvs": "350900"}, {"enc_type": ""}, {"insuplc_admdvs": ""}, {"fixmedins_name": "一" * 60}):
        assert h.say("1101", data, **more)["infcode"] == 0, more
    whole = h.envelope("1101", data)
    for missing in ("dev_no", "cainfo", "signtype", "sign_no", "opter_name", "inf_time", "recer_sys_code"):
        assert json.loads(h.post(SINGLE, {k: v for k, v in whole.items() if k != missing})[2])["infcode"] == 0, missing


def test_nothing_and_numbers_in_every_writing(server):
    access(server)
    h = Hospital(server, "H3")
    for nothing in ({"psn_name": ""}, {"psn_name": None}, {"psn_name": "null"}, {"psn_name": "NULL"}, {"psn_name": " "}, {}):
        got = h.do("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": PEOPLE[1]["id_no"], "begntime": None, **nothing}})
        assert got["baseinfo"]["psn_name"] == "李四"
    psn = got["baseinfo"]["psn_no"]
    visit = h.register(psn)
    for i, sum_ in enumerate((60, 60.0, "60", "60.00", "60.0000", " 60.00 ")):
        row = {**h.rows(psn, visit, [("A1", 2, 30.0)], f"N{i}")[0], "cnt": "2.0000", "pric": "30", "det_item_fee_sumamt": sum_}
        assert h.do("2204", {"feedetail": row})["result"][0]["det_item_fee_sumamt"] == 60  # one row, not a list
        body = h.bill(psn, visit, [row])["data"]
        body["medfee_sumamt"] = sum_
        for node in ("data", "mdtrtinfo"):  # named as each likes; what stands for the certificate's number is its kind
            assert h.do("2206", {node: {**body, "mdtrt_cert_no": "02"}})["setlinfo"]["medfee_sumamt"] == 60
    assert h.do("2206", body)["setlinfo"]["medfee_sumamt"] == 60  # no node at all


def test_files_as_lists_of_bytes(server):
    access(server)
    h = Hospital(server, "H3")
    for given, content in (([72, 105], b"Hi"), (["72", "-1"], b"H\xff"), ([-128, 127, 0, 255], b"\x80\x7f\x00\xff"), ([], b"")):
        kept = h.do("9101", {"fsUploadIn": {"in": given, "filename": "a.txt", "fixmedins_code": "H3"}})
        status, headers, body = h.post("/fsi/api/fileupload/download", h.envelope("9102", {"fsDownloadIn": kept}))
        assert status == 200 and headers["Content-Type"]  # nobody gets an answer without one
        assert body == content or (content == b"" and json.loads(body)["infcode"] == 0)
    h.refused("9101", {"fsUploadIn": {"in": [256], "filename": "a"}}, "bad_value", "input.fsUploadIn.in")


@pytest.mark.parametrize("infcode, amounts, nodes", [("number", "number", "object"), ("string", "number", "object"),
                                                     ("number", "string", "object"), ("number", "number", "array"),
                                                     ("string", "string", "array")])
def test_answers_as_the_institution_wants_them(server, infcode, amounts, nodes):
    access(server, infcode=infcode, amounts=amounts, single_nodes=nodes)
    h = Hospital(server, "H3")
    answer = h.say("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": PEOPLE[0]["id_no"]}})
    assert answer["infcode"] == ("0" if infcode == "string" else 0)
    base, cover = answer["output"]["baseinfo"], answer["output"]["insuinfo"]
    assert isinstance(base, list) == (nodes == "array") and isinstance(cover, list)  # several rows are always a list
    assert isinstance(cover[0]["balc"], str) == (amounts == "string")
    refused = h.say("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "x"}})
    assert refused["infcode"] == ("-1" if infcode == "string" else -1) and refused["output"] is None
    one = h.say("1201", ASK)["output"]["medinsinfo"]
    assert isinstance(one, list) == (nodes == "array")
