"""The gateway's doors from outside: what a system that was written elsewhere sends, and what somebody who means no good tries.
"""
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.areas import sql  # noqa: E402
from support.hospital import SINGLE, Hospital, admit  # noqa: E402
from support.server import GONGJI, ROOT, Server  # noqa: E402

PEOPLE = [{"name": "张三"}, {"name": "李四", "born": "1971-09-08"}]
LINES = [("A1", 2, 30.0), ("B1", 3, 14.8)]
MORE = "code,name,area_code,kind,level\nK1,东街诊所,350902,clinic,community\n"
SIGNED = "provider_code,from_on,until_on,state\nK1,2020-01-01,,signed\n"


def load(server, kind, text):
    path = f"{server.folder.name}/{kind}-more.csv"
    Path(path).write_text(text, encoding="utf-8")
    server.cli("import", kind, path, "--packs", str(server.packs), "--area", "350900", "--quiet")


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        load(s, "providers", MORE)
        load(s, "agreements", SIGNED)
        admit(s, "H2,open", "H3,open", "K1,open")
        yield s


@pytest.fixture(scope="module")
def reader(server):
    return server.user("reader", "interface_reader")


def last(reader):
    message_id = reader.get("/gateway/messages?sort=-received_at&limit=1")["rows"][0]["message_id"]
    return reader.get(f"/gateway/messages/{message_id}")


def visit(h, who=0, **more):
    person = h.person(PEOPLE[who]["id_no"])
    psn = person["baseinfo"]["psn_no"]
    mdtrt = h.register(psn)
    h.inform(psn, mdtrt)
    return person, psn, mdtrt


# ---- loosely written ----

def test_codes_that_this_platform_answers_may_be_sent_back(server):
    """1101 says psn_type 1701, and 2206 has room for three characters: whoever repeats it is not refused, unless checks are strict."""
    h = Hospital(server)
    person, psn, mdtrt = visit(h)
    rows = h.rows(psn, mdtrt, LINES, batch="P1")
    h.do("2204", {"feedetail": rows})
    kind = person["insuinfo"][0]["psn_type"]
    assert kind == "1701"
    bill = h.bill(psn, mdtrt, rows, psn_type=kind)
    assert h.do("2206", bill)["setlinfo"]["medfee_sumamt"] == 104.4
    node = next(iter(bill.values()))
    node["psn_type"] = "1" * 31
    h.refused("2206", bill, "too_long", "input.data.psn_type")
    node["psn_type"] = kind
    admit(server, "H2,open,,,,,strict")
    assert h.say("2206", bill)["error"]["code"] in ("too_long", "missing_field")
    admit(server, "H2,open,,,,,lenient")


def test_names_in_capitals_are_found(server, reader):
    h = Hospital(server, "H3")
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    h.refused("3201", {"DATA": {"INSUTYPE": "no such", "clr_type": "11", "stmt_begndate": today, "stmt_enddate": today}}, "unknown_word")
    _, psn, mdtrt = visit(h, 1)
    rows = h.rows(psn, mdtrt, LINES, batch="P2")
    capitals = [{k.upper(): v for k, v in r.items()} for r in rows]
    assert len(h.do("2204", {"FeeDetail": capitals})["result"]) == 2
    h.do("2207", h.bill(psn, mdtrt, rows))
    ask = {"insutype": "390", "clr_type": "11", "stmt_begndate": today, "stmt_enddate": today, "medfee_sumamt": 0,
           "fund_pay_sumamt": 0, "acct_pay": 0, "fixmedins_setl_cnt": 0}
    assert h.do("3201", {"data": {**ask, "REFD_SETL_FLAG": "1"}})["stmtinfo"]["stmt_rslt"] == "0"
    found = last(reader)["findings"]
    assert {"code": "unknown_field", "field": "input.data.REFD_SETL_FLAG", "received": "1", "expected": "refd_setl_flag"} in found
    # the exact name goes before one in capitals
    assert h.do("3201", {"data": {**ask, "REFD_SETL_FLAG": "0", "refd_setl_flag": "1"}})["stmtinfo"]["stmt_rslt"] == "0"
    # the envelope is what is signed: its names are exact
    body = h.envelope("3201", {"data": ask})
    body["INFNO"] = body.pop("infno")
    assert json.loads(h.post(SINGLE, body)[2])["error"]["field"] == "infno"


def test_every_kind_of_provider_that_can_be_imported_can_settle(server):
    """`clinic` could be imported, and no policy knew the word."""
    kinds = re.search(r"provider_kinds\[\] = \{(.*?)\{0\}", (ROOT / "src/service/master/kinds.c").read_text(encoding="utf-8"), re.S)[1]
    words = (ROOT / "packs/common/dictionary/provider_kind.yaml").read_text(encoding="utf-8")
    for kind in re.findall(r'\{"(\w+)"', kinds):
        assert f"  {kind}: " in words, kind
    h = Hospital(server, "K1")
    _, psn, mdtrt = visit(h)
    rows = h.rows(psn, mdtrt, LINES, batch="P3")
    h.do("2204", {"feedetail": rows})
    assert h.do("2207", h.bill(psn, mdtrt, rows))["setlinfo"]["medfee_sumamt"] == 104.4


# ---- signatures ----

def test_without_a_secret_nobody_can_sign(server):
    """A key that nobody made yet is no key: a signature made with the empty secret was taken for right."""
    admit(server, "H3,open,x-tif,strict,key3,")
    now = str(int(time.time()))
    headers = {"x-tif-paasid": "key3", "x-tif-timestamp": now, "x-tif-nonce": "n",
               "x-tif-signature": hashlib.sha256(f"{now}n{now}".encode()).hexdigest()}
    answer = Hospital(server, "H3", lambda body: headers).say("1201", {"medinsinfo": {"fixmedins_code": "H3"}})
    assert answer["infcode"] == -1 and answer["error"]["code"] == "bad_signature"
    assert answer["error"]["expected"] == "no secret of this provider is kept here"
    admit(server, "H3,open,none,off,,")


def test_who_is_not_let_in_cannot_fill_the_disk(server, reader):
    admit(server, "H3,open,x-tif,strict,key3,secret3")
    hospital = Hospital(server, "H3", lambda body: {})
    answer = hospital.say("1201", {"medinsinfo": {"fixmedins_code": "H3", "memo": "大" * 500_000}})
    assert answer["error"]["code"] == "bad_signature"
    admit(server, "H3,open,none,off,,")
    row = reader.get(f"/gateway/messages?q={answer['error']['trace_id']}")["rows"][0]
    kept = reader.get(f"/gateway/messages/{row['message_id']}")
    assert len(kept["request"]) < 6000 and "大" * 2000 not in kept["request"]


# ---- who is in a message ----

def test_nothing_personal_is_told_by_a_masked_message(server, reader):
    h = Hospital(server, "H2")
    who = PEOPLE[1]
    nested = {"psn_name": "欧阳修远", "more": json.dumps({"tel": "13900001234", "addr": "宁德市蕉城区某某路1号"}, ensure_ascii=False)}
    address = "a宁德市蕉城区某某路一百二十三号某某花园某某苑十二幢三单元四零五室"
    h.say("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": f"  {who['id_no']} ", "certno": who["id_no"], "brdy": who["born"],
                            "exp_content": json.dumps(nested, ensure_ascii=False), "psn_name": {"x": "司马相如"}}})
    shown = json.dumps(last(reader), ensure_ascii=False)
    for secret in (who["id_no"], who["born"], "欧阳修远", "13900001234", "某某路", "司马相如"):
        assert secret not in shown, secret
    # err_msg has only the beginning of a long value, and never half a character
    answer = h.say("2501", {"refmedin": {"addr": address * 20, "tel": "13900001234567890123456789012345678901234567890123456789012"}})
    assert "\ufffd" not in answer["err_msg"]
    shown = json.dumps(last(reader), ensure_ascii=False)
    for secret in ("某某路", "某某花园", "139000012345"):
        assert secret not in shown, secret


def test_what_is_in_a_file_is_not_shown(server, reader):
    h = Hospital(server, "H2")
    text = "张三 350902198002030011 13900001234".encode()
    h.do("9101", {"fsUploadIn": {"in": base64.b64encode(text).decode(), "filename": "a.txt", "fixmedins_code": "H2"}})
    assert base64.b64encode(text).decode()[:20] not in json.dumps(last(reader))
    h.do("9101", {"fsUploadIn": {"in": list(text), "filename": "b.txt", "fixmedins_code": "H2"}})
    request = json.loads(last(reader)["request"])
    assert request["input"]["fsUploadIn"]["in"] == "***"


def test_a_message_about_thousands_is_masked_as_one_about_two(server, reader):
    """More names than are remembered: texts in which they may stand are not shown."""
    h = Hospital(server, "H2")
    names = [f"某{i:04d}人" for i in range(3000)]
    h.say("4301", {"rows": [{"psn_name": n, "memo": "x"} for n in names], "note": {"text": "这份名单的最后一位是" + names[-1] + "，请核对他的住址和电话号码"}})
    request = json.loads(last(reader)["request"])
    assert names[-1] not in json.dumps(request, ensure_ascii=False) and request["input"]["rows"][0]["memo"] == "x"


# ---- words of an area ----

WORDS = "# Ningde\nkind,code,word,scheme,label\npsn_type,1401,resident,,\nmed_type,110104,outpatient,,\nmed_type,12,,,\nfund,390199,pool,resident,本市统筹基金\nclr_type,9902,outpatient,,\n"


@pytest.fixture(scope="module")
def own_words(tmp_path_factory):
    packs = tmp_path_factory.mktemp("packs")
    shutil.copytree(ROOT / "packs", packs, dirs_exist_ok=True)
    (packs / "ningde/gateway").mkdir()
    (packs / "ningde/gateway/words.csv").write_text(WORDS, encoding="utf-8")
    with Server(packs=packs) as s:
        fill(s, PEOPLE)
        load(s, "providers", MORE)
        load(s, "agreements", SIGNED)
        admit(s, "K1,open")
        yield s


def digest(server):
    return sql(server, "select digest from policy_version where pack_id = 'ningde'")


def test_its_own_codes_are_part_of_an_areas_pack(own_words):
    done = subprocess.run([GONGJI, "--lang", "en", "pack", "check", str(own_words.packs / "ningde")], capture_output=True, text=True)
    assert done.returncode == 0 and "gateway/words.csv: 5 rows" in done.stdout
    with Server() as plain:
        assert digest(plain) and digest(plain) != digest(own_words)


def test_an_area_says_its_own_codes(own_words):
    h = Hospital(own_words, "K1")
    person = h.person(PEOPLE[0]["id_no"])
    psn = person["baseinfo"]["psn_no"]
    assert person["insuinfo"][0]["psn_type"] == "1401"
    mdtrt = h.register(psn)
    h.inform(psn, mdtrt, med_type="110104")
    rows = h.rows(psn, mdtrt, [("A1", 30, 30.0)], batch="P1")
    h.do("2204", {"feedetail": rows})
    done = h.do("2207", h.bill(psn, mdtrt, rows, med_type="110104"))
    funds = {d["fund_pay_type"]: d.get("fund_pay_type_name") for d in done["setldetail"]}
    assert "390100" not in funds and "390199" in funds
    assert done["setlinfo"]["clr_type"] == "9902"
    mdtrt = h.register(psn)
    h.refused("2203", {"mdtrtinfo": {"mdtrt_id": mdtrt, "psn_no": psn, "med_type": "12", "begntime": "2024-05-01 08:30:00"},
                       "diseinfo": h.diagnosis()}, "unknown_word")
    reader = own_words.user("sums", "interface_reader")
    k1 = next(r["provider_id"] for r in reader.get("/providers?limit=100")["rows"] if r["code"] == "K1")
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    sums = reader.get(f"/gateway/totals?provider_id={k1}&from={today}&until={today}")["rows"]
    assert [s["clr_type"] for s in sums] == ["9902"]


@pytest.mark.parametrize("wrong", ["kind,code\n", "kind,code,word,scheme,label\nno_such,1,x,,\n", "kind,code,word,scheme,label\npsn_type,,x,,\n"])
def test_words_that_make_no_sense_are_told(tmp_path, wrong):
    shutil.copytree(ROOT / "packs", tmp_path, dirs_exist_ok=True)
    (tmp_path / "ningde/gateway").mkdir()
    (tmp_path / "ningde/gateway/words.csv").write_text(wrong, encoding="utf-8")
    s = Server(packs=tmp_path, start=False)
    assert "ningde/gateway/words.csv line" in s.cli("serve", "--packs", str(tmp_path), "--port", "0", status=1)
    done = subprocess.run([GONGJI, "--lang", "en", "pack", "check", str(tmp_path / "ningde")], capture_output=True, text=True)
    assert done.returncode == 1 and "ningde/gateway/words.csv line" in done.stderr
    s.folder.cleanup()
