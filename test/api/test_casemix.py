"""Grouping through a running server: what a hospital coder asks and what a HIS maker's program sends."""
import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import Server  # noqa: E402

ROOT = Path(os.environ["GONGJI_ROOT"])
TEACHING = ROOT / "packs/schemes/teaching"
HEADER = "case_id,sex,age,age_days,los,discharge_status,main_dx,other_dx,procedures\n"
CASES = HEADER + """1,1,50,,6,1,K35.800,E11.900,47.0100
2,2,50,,6,1,Z00.000,,
3,,50,,6,1,K35.800,,
4,1,0,,3,1,K35.800,,
5,1,61,,9,1,K80.100,A41.900|I10.x00,51.2300
6,1,44,,2,5,S36.000,S72.000,
7,2,30,,4,1,j18.900,,
"""


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        yield s


@pytest.fixture(scope="module")
def coder(server):
    return server.user("coder", "hospital")


def of_command(text, *args):
    done = subprocess.run([os.environ["GONGJI"], "group", "drg", "--scheme", TEACHING, "--in", "/dev/stdin", "--format", "csv",
                           "--weights", "教学市:2025", *args], input=text.encode(), capture_output=True, check=False)
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def rows_as_text(answer):
    return [{k: r[k] or "" for k in ("case_id", "status", "mdc", "adrg", "drg", "weight")} for r in answer["rows"]]


@pytest.mark.parametrize("options", [(), ("tidy",), ("map",), ("tidy", "map", "refuse_gray")])
def test_server_and_command_give_the_same_groups(coder, options):
    expected = of_command(CASES, *["--" + o.replace("_", "-") for o in options])
    assert {r["status"] for r in expected} >= {"grouped", "ungrouped", "invalid"}
    query = "&".join(f"{o}=1" for o in options)
    answer = coder.post(f"/casemix/drg/file?{query}", CASES.encode(), headers={"Content-Type": "text/csv"})
    assert rows_as_text(answer) == expected
    assert answer["grouped"] + answer["ungrouped"] + answer["invalid"] == len(expected)
    cases = list(csv.DictReader(io.StringIO(CASES)))
    for c in cases[::2]:
        c["procedures"] = c["procedures"].split("|")
    same = coder.post("/casemix/drg", {"scheme": "teaching", "cases": cases, **{o: True for o in options}})
    assert same["rows"] == answer["rows"]


def test_one_case_with_its_way_and_its_neighbours(coder):
    case = {"case_id": "A", "sex": "1", "age": 50, "main_dx": "K35.800", "other_dx": ["E11.900"], "procedures": "47.0100"}
    zh = coder.post("/casemix/drg", {"case": case, "explain": True})["rows"][0]
    assert (zh["mdc"], zh["adrg"], zh["drg"], zh["weight"]) == ("MDCG", "GD1", "GD13", "0.95")
    assert [s["step"] for s in zh["path"]] == ["mdc_passed", "missing", "mdc", "term", "adrg", "term", "term", "cc",
                                               "other_level", "drg", "term"]
    assert "E11.900" in zh["path"][7]["text"]
    assert [(n["drg"], n["taken"]) for n in zh["neighbours"]] == [("GD13", True), ("GD15", False)]
    en = coder.post("/casemix/drg?lang=en", {"case": case, "explain": True})["rows"][0]
    assert en["drg"] == zh["drg"] and en["path"][0]["text"] != zh["path"][0]["text"]
    without = coder.post("/casemix/drg", {"case": {**case, "other_dx": []}, "explain": True})["rows"][0]
    assert without["drg"] == "GD15"
    refused = coder.post("/casemix/drg", {"case": {**case, "sex": ""}, "explain": True})["rows"][0]
    assert (refused["status"], refused["reason"], refused["neighbours"]) == ("invalid", "no_sex", [])


def test_a_file_as_spreadsheets_in_china_save_it(coder):
    text = CASES.replace("1,1,50", "一,男,50")
    answers = [coder.post("/casemix/drg/file", text.encode(e), headers={"Content-Type": "text/csv"}) for e in ("utf-8", "gb18030")]
    assert answers[0] == answers[1] and answers[0]["rows"][0]["case_id"] == "一" and answers[0]["rows"][0]["drg"] == "GD13"
    neither = coder.post("/casemix/drg/file", text.encode() + b"\xff\xfe\n", status=400, headers={"Content-Type": "text/csv"})
    assert tuple(neither["error"][k] for k in ("code", "line", "expected")) == ("bad_utf8", 9, "UTF-8 or GB18030")


def test_files_to_be_saved(coder):
    answer = coder.ask("POST", "/casemix/drg/file?format=csv", CASES.encode(), {"Content-Type": "text/csv"})
    assert answer.headers["Content-Type"].startswith("text/csv") and "drg-" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0][:2] == ["病例号", "状态"] and len(rows) == 8
    assert rows[1][4:7] == ["GD13", "阑尾切除，伴并发症或合并症", "0.95"]
    xlsx = coder.ask("POST", "/casemix/drg/file?format=xlsx", CASES.encode(), {"Content-Type": "text/csv"})
    with zipfile.ZipFile(io.BytesIO(xlsx.body)) as z:
        assert "GD13" in z.read("xl/worksheets/sheet1.xml").decode()


def test_a_large_file(coder):
    rows = CASES.splitlines()[1:]
    text = HEADER + "".join(rows[i % 7] + "\n" for i in range(70_000))
    answer = coder.post("/casemix/drg/file", text.encode(), headers={"Content-Type": "text/csv"})
    assert len(answer["rows"]) == 70_000 and answer["grouped"] + answer["ungrouped"] + answer["invalid"] == 70_000
    assert [r["drg"] for r in answer["rows"][:7]] == [r["drg"] for r in answer["rows"][-7:]]


@pytest.mark.parametrize("how, header, row, group", [
    ("drg", HEADER, "1,1,50,,6,1,K35.800,,47.0100\n", "GD15"),
    ("dip", "case_id,main_dx,procedures,total_cost\n", "1,K35.800,47.0100,9000\n", "K35.8:47.0100")])
def test_a_million_cases_are_for_sheets(coder, how, header, row, group):
    text = (header + 1_000_000 * row).encode()
    refused = coder.ask("POST", f"/casemix/{how}/file", text, {"Content-Type": "text/csv"})
    assert refused.status == 413
    assert {k: refused.json["error"][k] for k in ("code", "field", "expected")} == {
        "code": "too_many_cases", "field": "format", "expected": "csv or xlsx for more than 200000 cases, or 96 MiB of JSON"}
    sheet = coder.ask("POST", f"/casemix/{how}/file?format=csv", text, {"Content-Type": "text/csv"})
    assert sheet.status == 200 and sheet.body.count(b"," + group.encode() + b",") == 1_000_000


def test_long_names_of_cases_do_not_end_the_memory_either(coder):
    text = HEADER + "".join(f"{i:0600d},1,50,,6,1,K35.800,,47.0100\n" for i in range(90_000))
    long = text.replace("0" * 500, "\x01" * 500)  # in JSON six bytes each
    refused = coder.ask("POST", "/casemix/drg/file", long.encode(), {"Content-Type": "text/csv"})
    assert refused.status == 413 and refused.code == "too_many_cases"


def test_prices_by_level_of_the_hospital(tmp_path):
    folder = tmp_path / "schemes/priced"
    folder.mkdir(parents=True)
    for f in TEACHING.glob("*.csv"):
        (folder / f.name).write_bytes(f.read_bytes())
    (folder / "drg_weight.csv").write_text("region,year,drg,rw,level,price\n甲市,2025,GD13,0.95,,8550.00\n"
                                           "甲市,2025,GD13,1.05,3,9450.00\n甲市,2025,GD15,0.72,,\n", encoding="utf-8")
    with Server(options=["--schemes", str(folder.parent)]) as server:
        coder = server.user("coder", "hospital")
        case = {"sex": "1", "age": 50, "main_dx": "K35.800", "other_dx": ["E11.900"], "procedures": "47.0100"}
        rows = coder.post("/casemix/drg", {"explain": True, "cases": [{**case, "provider_level": v} for v in (3, "二级", None)]})["rows"]
        assert [(r["weight"], r["price"]) for r in rows] == [("1.05", "9450.00"), ("0.95", "8550.00"), ("0.95", "8550.00")]
        assert [(n["weight"], n["price"]) for n in rows[0]["neighbours"]] == [("1.05", "9450.00"), ("0.72", None)]
        listed = {d["drg"]: d["levels"] for d in coder.get("/casemix/schemes/priced/adrgs/GD1")["drgs"]}
        assert listed == {"GD13": [{"level": 3, "weight": "1.05", "price": "9450.00"}], "GD15": []}
        text = HEADER.replace("\n", ",provider_level\n") + "1,1,50,,6,1,K35.800,E11.900,47.0100,3\n"
        sheet = coder.ask("POST", "/casemix/drg/file?format=csv", text.encode(), {"Content-Type": "text/csv"})
        row = next(csv.DictReader(io.StringIO(sheet.body.decode("utf-8-sig"))))
        assert (row["权重"], row["价格（元）"]) == ("1.05", "9450.00")


def test_a_scheme_to_look_at(coder):
    schemes = coder.get("/casemix/schemes")["rows"]
    assert [s["scheme"] for s in schemes] == ["teaching"] and schemes[0]["problem"] is None
    assert {"region": "教学市", "year": "2025"} in schemes[0]["weights"]
    whole = coder.get("/casemix/schemes/teaching")
    assert len(whole["groups"]) == schemes[0]["drgs"] and len(whole["mdcs"]) == 6
    assert next(g for g in whole["groups"] if g["drg"] == "GD13")["weight"] == "0.95"
    adrg = coder.get("/casemix/schemes/teaching/adrgs/GD1")
    assert adrg["rule"] == "MD&MP1" and [d["drg"] for d in adrg["drgs"]] == ["GD13", "GD15"]
    assert "47.0100" in [p["code"] for p in adrg["procedures"]] and adrg["diagnosis_count"] == len(adrg["diagnoses"])
    found = coder.get("/casemix/schemes/teaching/codes?kind=diagnosis&q=k35")["rows"]
    assert "K35.800" in [f["code"] for f in found] and found[0]["mdcs"] == ["MDCG"] and "GD1" in found[0]["adrgs"]
    named = coder.get("/casemix/schemes/teaching/codes?kind=procedure&q=%E9%98%91%E5%B0%BE")["rows"]  # 阑尾
    assert named and all("阑尾" in f["name"] for f in named)


@pytest.mark.parametrize("path, body, status, code, field", [
    ("/casemix/drg", {"cases": []}, 200, None, None),
    ("/casemix/drg", {}, 400, "missing_field", "case"),
    ("/casemix/drg", {"case": {}, "cases": []}, 400, "missing_field", "case"),
    ("/casemix/drg", {"case": {}, "schema": "x"}, 400, "unknown_field", "schema"),
    ("/casemix/drg", {"case": {}, "scheme": "nowhere"}, 404, "not_found", "scheme"),
    ("/casemix/drg", {"case": {}, "year": "1999"}, 404, "not_found", "region"),
    ("/casemix/drg/file", b"", 400, "bad_csv", None),
    ("/casemix/drg/file", b"a,b\n1,2\n", 400, None, None),
    ("/casemix/drg/file?format=pdf", CASES.encode(), 400, "bad_value", "format"),
    ("/casemix/drg/file?map=yes", CASES.encode(), 400, "bad_value", "map")])
def test_what_cannot_be_understood(coder, path, body, status, code, field):
    headers = {"Content-Type": "text/csv"} if isinstance(body, bytes) else None
    answer = coder.ask("POST", path, body, headers)
    assert answer.status == status, answer.body
    if code:
        assert answer.json["error"]["code"] == code and answer.json["error"].get("field") == field


def test_a_row_that_makes_no_sense_spoils_no_other(coder):
    answer = coder.post("/casemix/drg", {"cases": ["x", {"case_id": "2", "sex": "1", "age": 50, "main_dx": "K35.800"}, {"main_dx": 5}]})
    assert [r["status"] for r in answer["rows"]] == ["invalid", "grouped", "invalid"]
    assert answer["rows"][0]["reason"] == "bad_row"


def test_ten_thousand_cases_are_enough_for_one_body(coder):
    case = {"case_id": "1", "sex": "1", "age": 50, "main_dx": "K35.800"}
    answer = coder.ask("POST", "/casemix/drg", {"cases": [case] * 10_001})
    assert answer.status == 413 and answer.json["error"]["code"] == "too_large"


def test_who_may_not(server):
    admin = server.user("keeper", "audit_admin")
    assert admin.ask("GET", "/casemix/schemes").code == "no_right"
    assert server.ask("POST", "/casemix/drg", {"case": {}}).code == "not_signed_in"


def test_a_broken_scheme_is_named(tmp_path):
    folder = tmp_path / "schemes"
    for name in ("broken", "fine"):
        (folder / name).mkdir(parents=True)
        for f in TEACHING.glob("*.csv"):
            (folder / name / f.name).write_bytes(f.read_bytes())
    (folder / "broken/adrg.csv").write_text("priority,adrg,name,mdc,kind,rule\n1,GD1,x,MDCG,surgical,MP&\n", encoding="utf-8")
    with Server(options=["--schemes", str(folder)]) as server:
        coder = server.user("coder", "hospital")
        broken, fine = coder.get("/casemix/schemes")["rows"]
        assert broken["problem"] and "adrg.csv:2" in broken["problem"] and fine["problem"] is None
        case = {"sex": "1", "age": 50, "main_dx": "K35.800"}
        assert coder.ask("POST", "/casemix/drg", {"scheme": "broken", "case": case}).code == "pack"
        assert coder.post("/casemix/drg", {"scheme": "fine", "case": case})["rows"][0]["status"] == "grouped"
        assert fine["drgs"] > 0


# ---- DIP ----

DIP_HEADER = "case_id,age,los,main_dx,other_dx,procedures,total_cost,provider_level\n"
DIP_CASES = DIP_HEADER + """1,50,6,K35.800,,47.0100,9000.00,3
2,71,9,J18.900,A41.900,,5200.00,1
3,71,9,J18.900,,,1200.00,1
4,60,9,K80.100,,51.2300,60000.00,2
5,60,9,Q99.900,,,100.00,2
6,60,9,,,,100.00,2
7,60,9,K80.100,,,abc,2
"""


def dip_of_command(text):
    done = subprocess.run([os.environ["GONGJI"], "group", "dip", "--catalogue", ROOT / "packs/dip/teaching", "--in", "/dev/stdin", "--format", "csv"],
                          input=text.encode(), capture_output=True, check=False)
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def test_points_are_those_of_the_command(coder):
    expected = dip_of_command(DIP_CASES)
    assert {r["status"] for r in expected} >= {"grouped", "invalid"} and {r["deviation"] for r in expected} >= {"low", "normal", "high"}
    answer = coder.post("/casemix/dip/file", DIP_CASES.encode(), headers={"Content-Type": "text/csv"})
    assert [{k: r.get(k, "") for k in e} for r, e in zip(answer["rows"], expected)] == expected
    same = coder.post("/casemix/dip", {"cases": list(csv.DictReader(io.StringIO(DIP_CASES)))})
    assert same["rows"] == answer["rows"]
    sheet = coder.ask("POST", "/casemix/dip/file?format=csv", DIP_CASES.encode(), {"Content-Type": "text/csv"})
    rows = list(csv.reader(io.StringIO(sheet.body.decode("utf-8-sig"))))
    assert rows[0][2] == "病种" and [r[2] for r in rows[1:]] == [e["group"] for e in expected]


def test_one_case_with_the_way_to_its_points(coder):
    case = {"case_id": "A", "age": 71, "main_dx": "J18.900", "total_cost": "1200.00", "provider_level": "1"}
    row = coder.post("/casemix/dip", {"case": case, "explain": True})["rows"][0]
    assert (row["group"], row["tier"], row["deviation"]) == ("J18.9:-", "core", "low")
    assert row["yardstick"] == "5200.00" and float(row["points"]) < float(row["score"])
    assert [n["group"] for n in row["neighbours"] if n["taken"]] == ["J18.9:-"] and len(row["path"]) > 3


def test_a_catalogue_to_look_at(coder):
    assert [c["catalogue"] for c in coder.get("/casemix/catalogues")["rows"]] == ["teaching"]
    first = coder.get("/casemix/catalogues/teaching/groups?limit=3")
    assert len(first["rows"]) == 3 and first["next"] == "3"
    rest = coder.get("/casemix/catalogues/teaching/groups?limit=500&cursor=3")
    assert len(rest["rows"]) == first["total"] - 3 and rest["next"] is None
    found = coder.get("/casemix/catalogues/teaching/groups?q=J18&tier=core")["rows"]
    assert found and all(r["tier"] == "core" and "J18" in r["group"] for r in found)
    whole = coder.get("/casemix/catalogues/teaching/group?group=J18.9:-")
    assert {"kind": "severity", "grade": "severe", "factor": "1.6000"} in whole["factors"]
    assert {"level": 3, "mean_cost": "5600.00", "coefficient": "1.0500"} in whole["levels"]
    assert coder.ask("GET", "/casemix/catalogues/teaching/group?group=X").code == "not_found"
    assert coder.ask("GET", "/casemix/catalogues/nowhere/groups").code == "not_found"
