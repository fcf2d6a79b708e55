"""gongji group drg and gongji scheme, as somebody at a hospital uses them."""
import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(os.environ["GONGJI_ROOT"])
TEACHING = ROOT / "packs/schemes/teaching"
HEADER = "case_id,sex,age,main_dx,other_dx,procedures\n"


def gongji(*args, stdin=None, lang="en"):
    return subprocess.run([os.environ["GONGJI"], *map(str, args), "--lang", lang], input=stdin, capture_output=True,
                          check=False)


def group(path, *args, lang="en"):
    done = gongji("group", "drg", "--scheme", TEACHING, "--in", path, *args, lang=lang)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def cases(tmp_path):
    def write(text, name="cases.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path
    return write


def test_the_answer_has_five_columns_in_the_order_of_the_file(cases):
    path = cases(HEADER + "1,1,50,K35.800,E11.900,47.0100\n2,2,50,Z00.000,,\n3,,50,K35.800,,\n")
    code, out, err = group(path)
    assert out == ("case_id,status,mdc,adrg,drg\n1,grouped,MDCG,GD1,GD13\n2,ungrouped,0000,00,0000\n"
                   "3,invalid,0000,00,0000\n")
    assert code == 3 and "grouped 1, ungrouped 1, invalid 1" in err


def test_a_group_is_only_simulated_and_the_input_is_left_alone(cases):
    text = HEADER + "1,1,50,K35.800,E11.900,47.0100\n"
    path = cases(text)
    assert group(path, "--out", path)[0] == 1
    assert path.read_text() == text


@pytest.mark.parametrize("change", [
    lambda t: b"\xef\xbb\xbf" + t, lambda t: t.replace(b"\n", b"\r\n"), lambda t: t.rstrip(b"\n"),
    lambda t: t.replace(b"|", b";"), lambda t: t + b"\n\n",
    lambda t: t.replace(b"K35.800,", b'"K35.800",'),
    lambda t: t.decode().replace("1,1,50", "1,男,50").replace("2,2,50", "2,女,50").encode("gb18030")],
    ids=["BOM", "CRLF", "no last line end", "semicolons", "empty lines", "quotes", "GB18030"])
def test_files_of_all_habits_say_the_same(cases, change):
    text = (HEADER + "1,1,50,K35.800,E11.900|I10.x00,47.0100|99.0400\n2,2,50,J18.900,A41.900,\n").encode()
    want = group(cases(text))[1]
    assert want.count("grouped") == 2
    assert group(cases(change(text), "other.csv"))[1] == want


def test_a_file_of_a_spreadsheet_in_china_is_understood_and_one_of_no_encoding_is_not(cases, tmp_path):
    text = HEADER.replace("case_id", "case_id,科室") + "1,普外,男,50,K35.800,E11.900,47.0100\n2,㐀科,女,50,J18.900,,\n"
    want = group(cases(text), "--pass", "科室")[1]
    assert want.splitlines()[0].endswith(",科室") and ",普外" in want and ",㐀科" in want
    for encoding, more in (("gb18030", ()), ("gb18030", ("--encoding", "gb18030")), ("utf-8", ("--encoding", "utf-8"))):
        assert group(cases(text.encode(encoding), "other.csv"), "--pass", "科室", *more)[1] == want
    code, out, err = group(cases(text.encode("gb18030"), "other.csv"), "--encoding", "utf-8")
    assert code == 1 and out == "" and "bad_utf8" in err and "line 1 is not UTF-8" in err
    code, out, err = group(cases(HEADER.encode() + b"1,1,50,K35.800,,\n2,\xff\xfe,50,K35.800,,\n", "neither.csv"))
    assert code == 1 and out == "" and "bad_utf8" in err and "line 3 is not UTF-8 or GB18030" in err
    assert group(cases(text), "--encoding", "latin1")[0] == 2
    line = '{"case_id":"一","sex":"男","age":50,"main_dx":"K35.800"}\n'
    json_text = cases(line.encode("gb18030"), "cases.jsonl")
    assert json.loads(group(json_text, "--encoding", "gb18030")[1])["case_id"] == "一"
    assert json.loads(group(json_text)[1])["status"] == "invalid"  # JSON is UTF-8 unless somebody says otherwise


def test_a_catalogue_is_the_same_whatever_its_history_was_saved_as(cases, tmp_path):
    rows = [f"{i},K35.800,47.0100,{5000 + i},三级,2024" for i in range(40)] + [f"a{i},J18.900,,{3000 + i},一级,2024" for i in range(40)]
    text = "case_id,main_dx,procedures,total_cost,provider_level,year\n" + "\n".join(rows) + "\n"
    for name, encoding in (("one", "utf-8"), ("two", "gb18030")):
        done = gongji("dip", "build", "--in", cases(text.encode(encoding), name + ".csv"), "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    tables = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert "level_mean.csv" in tables
    for table in tables:
        assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes(), table
    points = [gongji("group", "dip", "--catalogue", tmp_path / "one", "--in", tmp_path / (name + ".csv")).stdout for name in ("one", "two")]
    assert points[0] == points[1] and points[0].count(b"grouped") == 80


def test_rows_that_cannot_be_read_are_named_and_the_rest_is_grouped(cases):
    path = cases(HEADER + '1,1,50,K35.800,,\n2,1,50,K3"5.800,,\n3,1,50,K35.800,,,,\n4,1,50,K35.800,,\n')
    code, out, err = group(path, "--explain")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [r["status"] for r in rows] == ["grouped", "invalid", "invalid", "grouped"]
    assert [r["reason"] for r in rows] == ["", "bad_row", "bad_row", ""]
    assert code == 3 and f"{path}:3: " in err and f"{path}:4: " in err


def test_a_path_is_told_in_both_languages(cases):
    path = cases(HEADER + "1,1,50,k35.800,,\n2,1,50,K35.800,K65.000,47.0100\n")
    en, zh = group(path, "--explain")[1], group(path, "--explain", lang="zh")[1]
    assert "was K35.800 meant?" in en and "excluded by main diagnosis K35.800" in en
    assert "是否应为 K35.800" in zh and "被主要诊断 K35.800 排除" in zh
    tidied = group(path, "--tidy")[1]
    assert "1,grouped,MDCG,GZ1,GZ15" in tidied


def test_json_lines_in_and_out(cases, tmp_path):
    path = cases('{"case_id":"1","sex":1,"age":50,"main_dx":"K35.800","procedures":["47.0100"]}\n\nnonsense\n'
                 '{"case_id":"2","sex":"2","age":"50","main_dx":"K35.800","other_dx":"E11.900|X"}\n', "cases.jsonl")
    code, out, err = group(path, "--explain")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [r["drg"] for r in rows] == ["GD15", "0000", "GZ13"]
    assert rows[1]["reason"] == "bad_row" and f"{path}:3: " in err and code == 3
    assert {"step": "adrg", "text": "ADRG GD1 阑尾切除 (rule MD&MP1)"} in rows[0]["path"]
    table = tmp_path / "out.csv"
    assert group(path, "--out", table)[0] == 3
    assert table.read_text().splitlines()[1] == "1,grouped,MDCG,GD1,GD15"


def test_columns_pass_through_and_weights_are_added(cases):
    path = cases('case_id,ward,sex,age,main_dx,note,procedures\n1,A,1,50,K35.800,"x, ""y""",47.0100\n'
                 "2,B,1,50,K40.900,,53.0500\n")
    out = group(path, "--pass", "note,ward", "--weights", "教学市:2025")
    rows = list(csv.DictReader(io.StringIO(out[1])))
    assert [(r["note"], r["ward"], r["weight"]) for r in rows] == [('x, "y"', "A", "0.72"), ("", "B", "")]
    assert "32 groups have no weight" in out[2] and "1 cases with a weight, CMI 0.7200; 1 grouped" in out[2]
    everything = group(path, "--pass", "all")[1]
    assert everything.startswith("case_id,status,mdc,adrg,drg,ward,note\n")
    assert group(path, "--pass", "nothing")[0] == 1
    assert group(path, "--weights", "nowhere:2025")[0] == 1


PRICES = """region,year,drg,rw,level,price
甲市,2025,ES11,1.40,,12600.00
甲市,2025,ES11,1.60,3,14400.00
甲市,2025,ES13,0.80,,7200
甲市,2025,ES15,0.50,1,4500
甲市,2025,ES15,0.55,,
甲市,2025,MB15,1.10,2,9900
甲市,2026,ES15,0.60,,5500
乙市,2025,ES15,0.58,,
"""


def test_what_a_case_is_worth_goes_by_group_area_year_and_level(cases, tmp_path):
    """The group by sex, age, diagnosis and severity; its weight and price by area, year and level of the hospital.

    covers: R075
    """
    folder = shutil.copytree(TEACHING, tmp_path / "scheme")
    (folder / "drg_weight.csv").write_text(PRICES, encoding="utf-8")
    path = cases(HEADER.replace("\n", ",provider_level\n") + "a,1,50,J18.900,A41.900,,3\nb,1,50,J18.900,A41.900,,2\n"
                 "c,1,16,J18.900,,,\nd,1,17,J18.900,,,一级\ne,1,17,J18.900,,,\nf,1,70,N40.x00,,60.2900,1\n"
                 "g,1,70,N40.x00,,60.2900,二级\nh,2,70,N40.x00,,60.2900,2\n")

    def worth(where, *more, of=path):
        done = gongji("group", "drg", "--scheme", folder, "--in", of, "--weights", where, *more)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(), done.stderr.decode()
    out, err = worth("甲市:2025")
    assert [(r["case_id"], r["drg"], r["weight"], r["price"]) for r in csv.DictReader(io.StringIO(out))] == [
        ("a", "ES11", "1.60", "14400.00"), ("b", "ES11", "1.40", "12600.00"), ("c", "ES13", "0.80", "7200"),
        ("d", "ES15", "0.50", "4500"), ("e", "ES15", "0.55", ""), ("f", "MB15", "", ""), ("g", "MB15", "1.10", "9900"),
        ("h", "0000", "", "")]
    assert "6 cases with a weight, CMI 0.9917; 1 grouped" in err
    next_year = list(csv.DictReader(io.StringIO(worth("甲市:2026")[0])))
    assert [(r["weight"], r["price"]) for r in next_year[3:5]] == [("0.60", "5500")] * 2
    elsewhere = list(csv.DictReader(io.StringIO(worth("乙市:2025")[0])))
    assert elsewhere[3]["weight"] == "0.58" and "price" not in elsewhere[3]
    one = cases('{"case_id":"d","sex":1,"age":17,"main_dx":"J18.900","provider_level":1}\n', "one.jsonl")
    line = json.loads(worth("甲市:2025", of=one)[0])
    assert (line["weight"], line["price"]) == ("0.50", "4500")
    said = gongji("scheme", "explain", folder, "--group", "ES11").stdout.decode()
    assert "weight 甲市 2025: 1.40, 12600.00 yuan" in said and "weight 甲市 2025 level 3: 1.60, 14400.00 yuan" in said
    assert gongji("group", "drg", "--scheme", folder, "--in", path, "--weights", "甲市").returncode == 1


def test_tables_of_all_habits_make_the_same_scheme(cases, tmp_path):
    """Byte order marks and CRLF in every table, of a scheme and of a DIP catalogue."""
    path = cases(HEADER.replace("\n", ",total_cost,provider_level\n") + "1,1,50,K35.800,E11.900,47.0100,9000,3\n2,2,50,J18.900,,,5200,1\n")
    for how, option, folder in (("drg", "--scheme", TEACHING), ("dip", "--catalogue", ROOT / "packs/dip/teaching")):
        other = tmp_path / how
        other.mkdir()
        for f in folder.glob("*.csv"):
            (other / f.name).write_bytes(b"\xef\xbb\xbf" + f.read_bytes().replace(b"\n", b"\r\n"))
        said = [gongji("group", how, option, d, "--in", path, "--explain").stdout for d in (folder, other)]
        assert said[0] == said[1] and said[0].count(b",grouped,") == 2


@pytest.mark.parametrize("change", [
    lambda t: b"\xef\xbb\xbf" + t, lambda t: t.replace(b"\n", b"\r\n"), lambda t: t.replace(b"|", b";"),
    lambda t: t.replace(b"K35", b"k35").replace(b"J18", b"j18"), lambda t: t.replace(b"K35.", b" K 35. "),
    lambda t: t.replace(b"47.0100|", b" 47.0100 | ")],
    ids=["BOM", "CRLF", "semicolons", "lower case", "spaces", "spaces in a list"])
def test_dip_reads_files_of_all_habits(cases, change):
    text = (b"case_id,main_dx,other_dx,procedures,total_cost,provider_level\n1,K35.800,E11.900|I10.x00,47.0100|99.0400,9000,3\n"
            b"2,J18.900,A41.900,,5200,1\n")
    said = [gongji("group", "dip", "--catalogue", ROOT / "packs/dip/teaching", "--in", cases(t, n)).stdout
            for t, n in ((text, "one.csv"), (change(text), "other.csv"))]
    assert said[0] == said[1] and b"K35.8:47.0100" in said[0] and said[0].count(b",grouped,") == 2


def test_threads_change_nothing(cases, tmp_path):
    rows = [f"{i},{1 + i % 2},{i % 90},{('K35.800', 'J18.900', 'S27.300', 'Z')[i % 4]},"
            f"{('E11.900', 'S36.000|A41.900', '')[i % 3]},{('47.0100', '99.0400|50.5900')[i % 2]}" for i in range(60000)]
    rows[30000] = '30000,1,50,"K35.800","E11.900\n",'
    path = cases(HEADER + "\n".join(rows) + "\n")
    outs = []
    for threads in (1, 2, 7):
        out = tmp_path / f"out{threads}.csv"
        assert group(path, "--threads", threads, "--out", out, "--explain")[0] == 3
        outs.append(out.read_bytes())
    assert outs[0] == outs[1] == outs[2]
    assert len(list(csv.reader(io.StringIO(outs[0].decode(), newline="")))) == 60001
    piped = gongji("group", "drg", "--scheme", TEACHING, "--in", "-", "--explain", "--threads", 3,
                   stdin=path.read_bytes())
    assert piped.stdout == outs[0]


def test_what_cannot_be_used_is_said(cases, tmp_path):
    path = cases("case_id,sex,main_dx\n1,1,K35.800\n")
    code, _, err = group(path)
    assert code == 1 and "missing_field: age" in err
    assert group(tmp_path / "nothing.csv")[0] == 1
    assert group(cases("", "empty.csv"))[0] == 1
    assert gongji("group", "drg", "--scheme", tmp_path, "--in", path).returncode == 1
    assert gongji("group", "drg", "--in", path).returncode == 2
    assert gongji("group", "dog", "--in", path).returncode == 2
    assert group(path, "--threads", 0)[0] == 2
    assert group(path, "--out", tmp_path / "no/such/folder.csv")[0] == 1


def test_a_scheme_is_checked_and_read_out(tmp_path):
    done = gongji("scheme", "check", TEACHING)
    assert done.returncode == 0 and b"no errors, 3 warnings. 6 MDCs, 24 ADRGs, 39 DRGs" in done.stdout
    assert b"1 codes stand in several MDCs, the first that fits is taken: C34.900" in done.stderr
    for lang, word in (("zh", "主要诊断在诊断表 1，且主要手术操作在手术表 1"), ("en", "the first procedure is in")):
        out = gongji("scheme", "explain", TEACHING, "--group", "GD13", lang=lang).stdout.decode()
        assert "47.0100 腹腔镜阑尾切除术" in out and word.replace(" 1", "1" if lang == "zh" else " 1") in out
    assert gongji("scheme", "explain", TEACHING, "--group", "XX").returncode == 1
    broken = tmp_path / "broken"
    broken.mkdir()
    for f in TEACHING.glob("*.csv"):
        (broken / f.name).write_bytes(f.read_bytes())
    (broken / "adrg.csv").write_text((broken / "adrg.csv").read_text().replace("MD&NV", "MD&XY"))
    done = gongji("scheme", "check", broken)
    assert done.returncode == 1 and b"adrg.csv:24: rule: there is no term `XY`" in done.stderr


def test_sheets_become_tables_with_a_report_of_what_did_not_fit(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for f in TEACHING.glob("*.csv"):
        (folder / f.name).write_bytes(f.read_bytes())
    table = folder / "adrg_diagnosis.csv"
    before = table.read_text()
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes("\ufeff序号,诊断编码 ,诊断名称\r\n1, k35.900 ,阑尾炎\r\n2,K35.800,\"急性, 单纯\"\r\n3,急性阑尾炎,\r\n"
                      "4,,空\r\n5,K35.900,再次\r\n,,\r\n6,A1234567890123456789012345,\r\n".encode())
    args = ("scheme", "import", "adrg_diagnosis", sheet, "--to", folder, "--columns", "icd10=诊断编码,adrg:=GD1,list:=1")
    done = gongji(*args, "--dry-run")
    assert done.returncode == 3 and table.read_text() == before
    done = gongji(*args)
    said = done.stderr.decode()
    assert done.stdout.decode() == "1 rows added, 2 there already, 3 did not fit; 1 codes were written as usual\n"
    assert f"{sheet}:4: `急性阑尾炎` is no code" in said and f"{sheet}:5: `icd10` is empty" in said
    assert f"{sheet}:8: `A1234567890123456789012345` is no code" in said
    assert table.read_text() == before + "GD1,K35.900,1\n"
    sheet.write_bytes(sheet.read_text(encoding="utf-8-sig").encode("gb18030"))
    again = gongji(*args)
    assert again.stdout.decode().startswith("0 rows added, 3 there already") and done.returncode == 3
    assert table.read_text() == before + "GD1,K35.900,1\n"
    assert gongji("scheme", "check", folder).returncode == 0


def test_a_scheme_can_be_made_of_nothing_but_sheets(tmp_path, cases):
    folder = tmp_path / "new"
    folder.mkdir()
    tables = {"mdc": "priority,mdc,rule\n1,M,MD\n", "mdc_diagnosis": "mdc,icd10\nM,A00.000\n",
              "adrg": "priority,adrg,mdc,rule\n1,MR1,M,MD&AGE>=18\n", "adrg_diagnosis": "adrg,icd10\nMR1,A00.000\n",
              "drg": "drg,adrg,priority,condition\nMR19,MR1,1,ALWAYS\n"}
    for name, text in tables.items():
        assert gongji("scheme", "import", name, cases(text, name + ".csv"), "--to", folder).returncode == 0
    done = gongji("group", "drg", "--scheme", folder, "--in", cases(HEADER + "1,1,18,A00.000,,\n2,1,17,A00.000,,\n"))
    assert [line.split(",")[4] for line in done.stdout.decode().splitlines()] == ["drg", "MR19", "0000"]


def test_sheets_that_cannot_be_used(tmp_path, cases):
    sheet = cases("a,b\n1,2\n", "sheet.csv")
    done = gongji("scheme", "import", "mcc", sheet, "--to", tmp_path)
    assert done.returncode == 1 and b"missing_field: icd10: the sheet has no column `icd10`" in done.stderr
    assert gongji("scheme", "import", "mcc", sheet, "--to", tmp_path / "no", "--columns", "icd10=a").returncode == 1
    assert gongji("scheme", "import", "mcc", cases("", "empty.csv"), "--to", tmp_path).returncode == 1
    for wrong in (("nothing", sheet, "--to", tmp_path), ("mcc", sheet), ("mcc", sheet, "--to"), ("mcc", sheet, "more"),
                  ("mcc", sheet, "--into", tmp_path)):
        assert gongji("scheme", "import", *wrong).returncode == 2


def test_a_history_is_held_against_its_drgs(cases, tmp_path):
    """What DRG explains of the costs, worked out here from the groups that the other command gives."""
    rows = []
    for i in range(60):
        other, operation = ("", "E11.900", "A41.900")[i % 3], ("47.0100", "")[i // 30]
        cost = 9000 + 1500 * (i % 3) + 7 * i if operation else 3000 + 400 * (i % 3) + 5 * i
        rows.append(f"{i},1,50,K35.800,{other},{operation},{cost},2024")
    path = cases("case_id,sex,age,main_dx,other_dx,procedures,total_cost,year\n" + "\n".join(rows) + "\n")
    done = gongji("dip", "build", "--in", path, "--out", tmp_path / "out", "--years", "1", "--scheme", TEACHING)
    assert done.returncode == 0, done.stderr
    groups = {}
    for row, case in zip(csv.DictReader(io.StringIO(group(path, "--tidy")[1])), rows):
        groups.setdefault(row["drg"], []).append(100 * int(case.split(",")[6]))
    fen = [c for g in groups.values() for c in g]
    total = sum(fen) ** 2 // len(fen)
    between = sum(sum(g) ** 2 // len(g) for g in groups.values()) - total
    share = (20000 * between + (sum(c * c for c in fen) - total)) // (2 * (sum(c * c for c in fen) - total))
    report = dict(line.split(",")[:2] for line in (tmp_path / "out/report.csv").read_text().splitlines())
    assert len(groups) >= 4 and report["riv_drg"] == f"{share / 10000:.4f}"
    without = gongji("dip", "build", "--in", path, "--out", tmp_path / "none", "--years", "1")
    assert without.returncode == 0 and "riv_drg," not in (tmp_path / "none/report.csv").read_text()
