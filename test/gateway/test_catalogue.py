"""What hospital systems fetch and say of the catalogue at the gateway: files with versions, the area's terms, own codes mapped
to national ones, departments, staff.
"""
import csv
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.area import fill  # noqa: E402
from support.hospital import Hospital, SERIAL, admit, fen  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

PEOPLE = [{"name": "张三丰"}, {"name": "李四"}]
STAFF = ("provider_code,staff_code,own_no,name,kind,id_type,id_no,insurance_doctor,from_on\n"
         "H2,D350902000001,001,王医生,医师,01,,是,2020-01-01\nH2,Y350902000001,002,陈药师,药师,01,,否,2020-01-01\n"
         "H3,D350921000001,001,林医生,doctor,01,,yes,2020-01-01\n")
NOT_HELD = "1303 1308 1310 1311 1313 1314 1315 1320".split()


def load(server, kind, text):
    path = f"{server.folder.name}/{kind}_more.csv"
    Path(path).write_text(text, encoding="utf-8")
    server.cli("import", kind, path, "--packs", str(server.packs), "--area", "350900", "--quiet")


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s, PEOPLE)
        admit(s, "H2,open", "H3,open", "H9,open")
        load(s, "items", "item_code,name,kind,spec,unit,maker\nT000100001,黄芪,drug,,克,\nM1,一次性注射器,material,5ml,支,某厂\n")
        load(s, "terms", "area_code,item_code,scheme,from_on,until_on,item_class,pay_first,limit\n350921,B1,,2020-01-01,,B,30%,\n"
                         "350900,T000100001,,2020-01-01,2023-12-31,A,,\n")
        load(s, "staff", STAFF)
        yield s


@pytest.fixture(scope="module")
def hospital(server):
    return Hospital(server)


def headings(infno):
    with open(ROOT / "packs/common/gateway/columns.csv", encoding="utf-8", newline="") as f:
        return [row["heading"] for row in csv.DictReader(f) if row["transaction"] == infno]


def fetch(hospital, infno, ver="v0000"):
    """→ rows of the file by heading, the whole answer"""
    answer = hospital.say(infno, {"data": {"ver": ver}})
    assert str(answer["infcode"]) == "0", answer["err_msg"]
    told = answer["output"]
    status, headers, body = hospital.post("/gateway", hospital.envelope("9102", {"fsDownloadIn": {
        "file_qury_no": told["file_qury_no"], "filename": told["filename"], "fixmedins_code": "plc"}}))
    assert status == 200 and headers["Content-Type"] == "application/octet-stream"
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        lines = z.read(z.namelist()[0]).decode("utf-8").split("\r\n")
    assert lines.pop() == "" and len(lines) == told["data_cnt"]
    rows = [line.split("\t") for line in lines]
    names = headings(infno)
    assert all(len(r) == len(names) for r in rows)
    return [{k: v for k, v in zip(names, r)} for r in rows], answer


def top(rows):
    return max((r["版本号"] for r in rows), key=int)


# ---- files ----

def test_each_list_is_a_file_with_its_columns(hospital):
    drugs, told = fetch(hospital, "1301")
    assert [(r["医疗目录编码"], r["药品通用名"], r["药品规格"], r["生产企业编号"]) for r in drugs] == [
        ("B1", "阿莫西林胶囊", "0.25g*24粒", "null"), ("N1", "未纳入目录的药", "null", "null")]
    assert told["warn_msg"] == "" and told["output"]["dld_end_time"].count("-") == 2 and len(headings("1301")) == 97
    herbs, _ = fetch(hospital, "1302")
    assert [(r["医疗目录编码"], r["单味药名称"]) for r in herbs] == [("T000100001", "黄芪")]
    services, _ = fetch(hospital, "1305")
    assert [(r["医疗服务项目名称"], r["计价单位名称"]) for r in services] == [("床位费", "日"), ("特需服务", "次")]
    for infno in ("1306", "1306A"):
        assert [(r["耗材名称"], r["规格"], r["生产企业名称"]) for r in fetch(hospital, infno)[0]] == [("一次性注射器", "5ml", "某厂")]
    assert [(r["诊断代码"], r["诊断名称"]) for r in fetch(hospital, "1307")[0]] == [("I10.x00", "原发性高血压")]
    chronic, _ = fetch(hospital, "1309")
    assert ("M03900", "350902") in [(r["门慢门特病种目录代码"], r["医保区划"]) for r in chronic]
    for r in drugs + herbs + services + chronic:
        assert r["有效标志"] == "1" and int(r["版本号"]) > 0


def test_what_is_not_held_says_so(hospital):
    for infno in NOT_HELD:
        rows, told = fetch(hospital, infno)
        assert rows == [] and told["warn_msg"].startswith("[not_held] "), infno
    told = hospital.say("1304", {"data": {"updt_time": "2020-01-01", "page_num": 1, "page_size": 10}})
    assert told["output"]["data"] == [] and told["warn_msg"].startswith("[not_held] ")


def test_only_what_changed_since_the_version_comes(server, hospital):
    before = top(fetch(hospital, "1305")[0])
    assert fetch(hospital, "1305", before)[0] == []
    load(server, "items", "item_code,name,kind,spec,unit\nA1,床位费,service,,日\nC1,特需服务,service,,小时\nC2,新服务,service,,次\n")
    changed = fetch(hospital, "1305", before)[0]
    assert [(r["医疗目录编码"], r["计价单位名称"]) for r in changed] == [("C1", "小时"), ("C2", "次")], "A1 did not change"
    assert len({r["版本号"] for r in changed}) == 2 and int(top(changed)) > int(before)
    chronic = fetch(hospital, "1309")[0]
    assert fetch(hospital, "1309", top(chronic))[0] == []
    hospital.refused("1301", {"data": {"ver": ""}}, "missing_field", "input.data.ver")
    hospital.refused("1301", {"data": {"ver": "newest"}}, "bad_value", "input.data.ver")


def test_the_same_message_again_is_the_same_file(server, hospital):
    body = hospital.envelope("1301", {"data": {"ver": "v0000"}})
    first = json.loads(hospital.post("/gateway", body)[2])["output"]
    assert json.loads(hospital.post("/gateway", body)[2])["output"] == first
    Hospital(server, "H3").refused("9102", {"fsDownloadIn": {"file_qury_no": first["file_qury_no"], "filename": "x"}}, "not_found")


# ---- terms of the area ----

def ask(hospital, infno, **more):
    return hospital.do(infno, {"data": {"updt_time": "2020-01-01 00:00:00", "page_num": 1, "page_size": 100, **more}})


def test_class_limit_and_share_of_the_own_area(server, hospital):
    got = ask(hospital, "1312", hilist_code="B1")
    assert got["recordCounts"] == 1 and got["pages"] == 1
    row = got["data"][0]
    assert (row["hilist_name"], row["chrgitm_lv"], row["list_type"], row["insu_admdvs"]) == ("阿莫西林胶囊", "02", "101", "350900")
    assert [r["chrgitm_lv"] for r in ask(hospital, "1312", hilist_name="特需")["data"]] == ["03"]
    assert [r["hilist_code"] for r in ask(hospital, "1318")["data"]] == ["B1"]
    assert float(ask(hospital, "1318")["data"][0]["hilist_pric_uplmt_amt"]) == 12.5
    assert [(r["hilist_code"], float(r["selfpay_prop"])) for r in ask(hospital, "1319")["data"]] == [("B1", 0.2)]
    # a hospital of another county sees its own terms beside those of the city, not those of a third
    other = ask(Hospital(server, "H3"), "1319")["data"]
    assert sorted((r["insu_admdvs"], float(r["selfpay_prop"])) for r in other) == [("350900", 0.2), ("350921", 0.3)]
    herb = ask(hospital, "1316", med_list_codg="T000100001")["data"][0]
    assert (herb["med_list_codg"], herb["hilist_code"], herb["list_type"], herb["vali_flag"]) == ("T000100001",) * 2 + ("102", "0")
    assert ask(hospital, "1316", med_list_codg="T000100001", vali_flag="1")["data"] == []
    assert ask(hospital, "1316", med_list_codg="T000100001", query_date="2023-05-01")["recordCounts"] == 1
    assert ask(hospital, "1316", med_list_codg="T000100001", query_date="2024-05-01")["recordCounts"] == 0


def test_pages(hospital):
    codes = [ask(hospital, "1312", page_num=n, page_size=1)["data"][0]["hilist_code"] for n in (1, 2, 3, 4)]
    assert len(set(codes)) == 4
    got = ask(hospital, "1312", page_num=2, page_size=3)
    assert (got["recordCounts"], got["pages"], len(got["data"])) == (4, 2, 1)
    assert ask(hospital, "1312", updt_time="2099-01-01")["data"] == []
    hospital.refused("1312", {"data": {"updt_time": "2020-01-01", "page_num": 0}}, "bad_value", "input.data.page_num")
    hospital.refused("1312", {"data": {"updt_time": "soon", "page_num": 1}}, "bad_date", "input.data.updt_time")


# ---- own codes ----

def mapping(own, code, name="阿莫西林胶囊", kind="101", begin="2024-01-01", end="2099-12-31", **more):
    return {"fixmedins_hilist_id": own, "fixmedins_hilist_name": name, "list_type": kind, "med_list_codg": code,
            "begndate": begin, "enddate": end, "spec": "0.25g", **more}


def test_an_own_code_is_mapped_and_decides(hospital):
    hospital.do("3301", {"catalogcompin": [mapping("Y001", "B1"), mapping("Y002", "A1", "床位费（双人间）", "201")]})
    psn = hospital.person(PEOPLE[0]["id_no"])["baseinfo"]["psn_no"]
    visit = hospital.register(psn)
    hospital.inform(psn, visit)
    rows = hospital.rows(psn, visit, [("", 3, 14.8), ("", 2, 30.0)], f"B{next(SERIAL)}")
    for row, own in zip(rows, ("Y001", "Y002")):
        row.update(med_list_codg="", medins_list_codg=own)
    split = hospital.do("2204", {"feedetail": rows})["result"]
    assert [(r["chrgitm_lv"], fen(r["overlmt_amt"])) for r in split] == [("02", 690), ("01", 0)]
    s = hospital.do("2207", hospital.bill(psn, visit, rows))["setlinfo"]
    assert fen(s["medfee_sumamt"]) == 4440 + 6000
    shown = hospital.do("5204", {"data": {"psn_no": psn, "setl_id": s["setl_id"], "mdtrt_id": visit}})
    assert [(r["med_list_codg"], r["medins_list_codg"]) for r in shown] == [("B1", "Y001"), ("A1", "Y002")]
    # nothing is mapped on the day, or at all: the line is refused by name
    stay = hospital.admit(psn)
    for own, on in (("Y001", "2023-05-01"), ("Y999", "2024-05-01")):
        row = hospital.rows(psn, stay, [("", 1, 10.0)], on=on)[0]
        row.update(med_list_codg="", medins_list_codg=own)
        hospital.refused("2301", {"feedetail": [row]}, "not_in_catalogue", "input.feedetail[1].medins_list_codg")


def test_of_several_mappings_the_later_one_decides_until_it_is_withdrawn(hospital):
    psn = hospital.person(PEOPLE[1]["id_no"])["baseinfo"]["psn_no"]

    def item_of(own):
        visit = hospital.register(psn)
        row = hospital.rows(psn, visit, [("", 1, 10.0)], f"B{next(SERIAL)}")[0]
        row.update(med_list_codg="", medins_list_codg=own)
        return hospital.do("2204", {"feedetail": [row]})["result"][0]["chrgitm_lv"]

    hospital.do("3301", {"data": mapping("Y010", "A1", "床位费", "201", "2024-01-01")})
    assert item_of("Y010") == "01"
    hospital.do("3301", {"data": mapping("Y010", "C1", "特需服务", "201", "2024-04-01")})
    assert item_of("Y010") == "03"
    hospital.do("3302", {"fixmedins_code": "H2", "fixmedins_hilist_id": "Y010", "list_type": "201", "med_list_codg": "C1"})
    assert item_of("Y010") == "01"
    hospital.refused("3302", {"data": {"fixmedins_hilist_id": "Y010", "list_type": "201", "med_list_codg": "C1"}}, "not_found")
    shown = {(r["med_list_codg"], r["vali_flag"]) for r in ask(hospital, "1317", medins_list_codg="Y010")["data"]}
    assert shown == {("A1", "1"), ("C1", "0")}


def test_a_mapping_is_checked_and_overwritten(server, hospital):
    hospital.refused("3301", {"data": mapping("Y020", "XX")}, "not_in_catalogue", "input.data.med_list_codg")
    hospital.refused("3301", {"data": mapping("Y020", "A1")}, "bad_value", "input.data.list_type")
    hospital.refused("3301", {"data": mapping("Y020", "B1", kind="999")}, "unknown_word", "input.data.list_type")
    hospital.refused("3301", {"data": mapping("Y020", "B1", end="2023-01-01")}, "bad_value", "input.data.enddate")
    hospital.refused("3301", {"data": [mapping("Y021", "B1"), mapping("", "B1")]}, "missing_field",
                     "input.data[2].fixmedins_hilist_id")
    assert ask(hospital, "1317", medins_list_codg="Y021")["data"] == [], "all or nothing"
    assert hospital.say("3301", {"data": mapping("Y022", "B1", "维生素")})["warn_msg"].startswith("[name_differs] 1 ")
    assert hospital.say("3301", {"data": mapping("Y022", "B1", "阿莫西林胶囊（某厂）")})["warn_msg"] == ""
    row, = ask(hospital, "1317", medins_list_codg="Y022")["data"]
    assert (row["medins_list_name"], row["spec"], row["enddate"]) == ("阿莫西林胶囊（某厂）", "0.25g", "2099-12-31")
    # each sees its own
    other = Hospital(server, "H3")
    assert ask(other, "1317", medins_list_codg="Y022")["data"] == []
    other.refused("1317", {"data": {"fixmedins_code": "H2", "updt_time": "2020-01-01"}}, "no_right", "input.data.fixmedins_code")


def test_the_agency_confirms_or_returns_what_a_provider_says(server, hospital):
    keeper, reader = server.user("keeper", "data", area="350900"), server.user("looker", "clerk", area="350900")
    hospital.do("3301", {"data": [mapping("Y030", "B1"), mapping("Y031", "A1", "床位费", "201")]})
    row = lambda own: next(r for r in reader.get(f"/mappings?own_code={own}")["rows"])  # noqa: E731
    for own, item, name in (("Y030", "B1", "阿莫西林胶囊"), ("Y031", "A1", "床位费")):
        r = row(own)
        assert (r["item_code"], r["state"], r["review"]) == (item, "live", "unseen") and r["item_name"], own
    first, second = row("Y030"), row("Y031")
    assert reader.ask("POST", f"/mappings/{first['mapping_id']}/confirm", {}).code == "no_right"
    done = keeper.post(f"/mappings/{first['mapping_id']}/confirm", {"note": "无误"})
    assert done["review"] == "approved" and row("Y030")["mapping_id"] == done["mapping_id"] != first["mapping_id"]
    assert (row("Y030")["review_note"], row("Y030")["state"]) == ("无误", "live")
    assert keeper.ask("POST", f"/mappings/{first['mapping_id']}/confirm", {}).code == "not_found"  # that was the number before
    assert keeper.ask("POST", f"/mappings/{second['mapping_id']}/return", {}).code == "missing_field"
    keeper.post(f"/mappings/{second['mapping_id']}/return", {"note": "编码不符"})
    assert (row("Y031")["state"], row("Y031")["review"]) == ("returned", "returned")
    # it stands for nothing until the hospital says it anew
    psn = hospital.person(PEOPLE[0]["id_no"])["baseinfo"]["psn_no"]
    visit = hospital.admit(psn)
    line = {**hospital.rows(psn, visit, [("A1", 1, 30.0)])[0], "med_list_codg": "", "medins_list_codg": "Y031"}
    hospital.refused("2301", {"feedetail": [line]}, "not_in_catalogue")
    shown = ask(hospital, "1317", medins_list_codg="Y031")["data"]
    assert [m["vali_flag"] for m in shown] == ["0"]
    hospital.do("3301", {"data": mapping("Y031", "A1", "床位费", "201")})
    assert (row("Y031")["state"], row("Y031")["review"], row("Y031")["review_note"]) == ("live", "unseen", "")
    hospital.do("2301", {"feedetail": [line]})
    office = server.user("own_office", "hospital", provider=next(r["provider_id"] for r in reader.get("/providers?limit=100")["rows"]
                                                                if r["code"] == "H3"))
    assert office.get("/mappings?own_code=Y031")["rows"] == []
    elsewhere = server.user("other_area", "data", area="130800")
    assert elsewhere.get("/mappings")["rows"] == []
    assert elsewhere.ask("POST", f"/mappings/{row('Y030')['mapping_id']}/return", {"note": "x"}).code == "not_found"


# ---- departments and staff ----

def department(code, name="内科", **more):
    return {"hosp_dept_codg": code, "caty": "A03", "hosp_dept_name": name, "begntime": "2020-01-01 00:00:00", "endtime": "",
            "itro": "内科", "dept_resper_name": "王", "dept_resper_tel": "1", "dept_estbdat": "2000-01-01", "aprv_bed_cnt": 20,
            "poolarea_no": "350900", "dr_psncnt": 5, "phar_psncnt": 1, "nurs_psncnt": 9, "tecn_psncnt": 0, **more}


def test_departments(server, hospital):
    hospital.do("3401", {"deptinfo": department("A50")})
    hospital.refused("3401", {"deptinfo": department("A50")}, "exists", "input.deptinfo.hosp_dept_codg")
    hospital.refused("3401A", {"deptinfo": [department("A51"), department("A50")]}, "exists", "input.deptinfo[2].hosp_dept_codg")
    hospital.refused("3401A", {"deptinfo": [department("A52"), department("A52")]}, "exists", "input.deptinfo[2].hosp_dept_codg")
    hospital.do("3401A", {"deptinfo": [department("A51", "外科"), department("A52", "儿科")]})
    hospital.do("3402", {"deptinfo": department("A51", "普外科", aprv_bed_cnt=30)})
    hospital.refused("3402", {"deptinfo": department("A99")}, "not_found", "input.deptinfo.hosp_dept_codg")
    hospital.do("3403", {"data": {"hosp_dept_codg": "A52", "hosp_dept_name": "儿科", "begntime": "2020-01-01"}})
    hospital.refused("3403", {"data": {"hosp_dept_codg": "A52", "hosp_dept_name": "儿科", "begntime": "2020-01-01"}}, "not_found")
    shown = hospital.do("5101", {"data": {}})["feedetail"]
    assert [(r["hosp_dept_codg"], r["hosp_dept_name"], r["aprv_bed_cnt"], r["caty"]) for r in shown] == [
        ("A50", "内科", "20", "A03"), ("A51", "普外科", "30", "A03")]
    hospital.do("3401", {"deptinfo": department("A52", "儿科")})
    assert len(hospital.do("5101", "")["feedetail"]) == 3
    assert Hospital(server, "H3").do("5101", {"data": {}})["feedetail"] == []


def test_staff(hospital):
    doctors = hospital.do("5102", {"data": {"prac_psn_type": "1"}})["feedetail"]
    assert [(r["prac_psn_code"], r["prac_psn_name"], r["hi_dr_flag"], r["prac_psn_type"]) for r in doctors] == [
        ("D350902000001", "王医生", "1", "1")]
    assert [r["prac_psn_name"] for r in hospital.do("5102", {"data": {"prac_psn_type": "3"}})["feedetail"]] == ["陈药师"]
    assert hospital.do("5102", {"data": {"prac_psn_type": "1", "prac_psn_name": "林医生"}})["feedetail"] == []
    hospital.refused("5102", {"data": {"prac_psn_type": "8"}}, "bad_value", "input.data.prac_psn_type")


def test_departments_and_staff_are_listed_masked(server, hospital):
    reader = server.user("lists", "clerk", area="350900")
    hospital.do("3401", {"deptinfo": department("D30", "骨科")})
    d = reader.get("/departments?q=%E9%AA%A8%E7%A7%91")["rows"]
    assert [(r["dept_code"], r["name"], r["state"]) for r in d] == [("D30", "骨科", "live")]
    people = reader.get("/staff?limit=100")["rows"]
    assert people and all("*" in p["name"] for p in people)
    told = json.dumps(people, ensure_ascii=False)
    for line in STAFF.splitlines()[1:]:
        assert line.split(",")[3] not in told
    assert server.nobody.ask("GET", "/staff").code == "not_signed_in"
