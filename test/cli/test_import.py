"""gongji import from outside: statuses, streams, and real files where ../shared has them.

covers: R224
"""
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
GONGJI = os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji"))
DATA = ROOT.parent / "shared/data"
MAPS = ROOT / "packs/common/import"
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}


class Database:
    def __init__(self, folder):
        self.path, self.folder = folder / "g.db", folder
        assert subprocess.run([GONGJI, "init", "--db", self.path], env=ENV, capture_output=True).returncode == 0

    def run(self, *args, stdin=b"", lang="en"):
        done = subprocess.run([GONGJI, "--lang", lang, "import", *map(str, args), "--db", self.path, "--packs", ROOT / "packs"],
                              input=stdin, capture_output=True, env=ENV, timeout=300)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def text(self, kind, text, *more, **named):
        path = self.folder / f"{kind}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.run(kind, path, *more, **named)

    def rows(self, sql):
        with sqlite3.connect(self.path) as c:
            return c.execute(sql).fetchall()


@pytest.fixture
def db(tmp_path):
    return Database(tmp_path)


AREAS = "area_code,name,pack_id\n35,福建省,\n3509,宁德市,ningde\n350902,蕉城区,\n"


def test_statuses_and_streams(db):
    assert db.text("areas", AREAS) == (0, "3 rows: 3 added, 0 changed, 0 unchanged, 0 wrong\n", "")
    status, out, err = db.text("diseases", "icd_code,name\nI10,高血压\nI 11,x\n")
    assert status == 3 and out.startswith("2 rows: 1 added") and out.endswith("1 wrong\n")
    assert err == f"{db.folder}/diseases.csv:3: bad_value icd_code: value not allowed; expected a code without blanks\n"
    status, out, err = db.text("diseases", "icd_code,name\nI10,高血压\nI 11,x\n", lang="zh")
    assert status == 3 and out == "2 行：新增 0，更新 0，未变 1，有误 1\n" and "值不允许；应为" in err
    status, out, err = db.text("diseases", "icd,name\n")
    assert status == 1 and out == "" and ":1: gongji: unknown_field: icd" in err
    assert db.run("diseases", db.folder / "none.csv")[0] == 1
    for args in ((), ("diseases",), ("people", "x.csv"), ("diseases", "x.csv", "y.csv"), ("diseases", "x.csv", "--what")):
        assert db.run(*args)[0] == 2, args


def test_a_pipe_a_dry_run_and_quiet(db):
    text = "icd_code,name\nI10,高血压\n".encode()
    status, out, err = db.run("diseases", "-", "--dry-run", stdin=text)
    assert (status, out, err) == (0, "dry run, nothing kept: 1 rows: 1 added, 0 changed, 0 unchanged, 0 wrong\n", "")
    assert db.rows("select count(*) from disease") == [(0,)]
    assert db.run("diseases", "-", "--quiet", stdin=text) == (0, "", "")
    assert db.rows("select name, initials from disease") == [("高血压", "GXY")]
    assert db.rows("select login, detail from audit_log where action = 'import'") == [
        ("command line", '{"area_code":"","rows":1,"added":1,"changed":0,"unchanged":0,"wrong":0}')]


def test_columns_on_the_command_line(db):
    text = "编号,品名\n7,阿莫西林\n"
    assert db.text("items", text, "--columns", "item_code:=GX{编号},name=品名,kind:=drug")[0] == 0
    assert db.rows("select item_code, name, kind from item") == [("GX7", "阿莫西林", "drug")]
    status, _, err = db.text("items", text, "--columns", "item_code=编号,name=药名")
    assert status == 1 and "药名" in err


def test_a_database_that_was_never_set_up(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(AREAS)
    done = subprocess.run([GONGJI, "import", "areas", path, "--db", tmp_path / "new.db", "--packs", ROOT / "packs"], env=ENV,
                          capture_output=True)
    assert done.returncode == 1 and b"gongji init" in done.stderr


# ---- real files ----

def unpacked(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"no {path}")
    return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout


def counts(out):
    return dict((w, int(n)) for n, w in re.findall(r"(\d+) (rows|added|changed|unchanged|wrong)", out))


def load(db, kind, name, mapping, *more, wrong=0):
    """Loads the file, then again: the second time nothing changes."""
    text = unpacked(name)
    status, out, err = db.run(kind, "-", "--map", MAPS / mapping, *more, stdin=text)
    first = counts(out)
    assert status == (3 if wrong else 0) and first["wrong"] == wrong, out + err[:2000]
    second = counts(db.run(kind, "-", "--map", MAPS / mapping, *more, stdin=text)[1])
    assert (second["added"], second["changed"]) == (0, 0) and second["wrong"] == wrong
    return first


def test_divisions_and_hospitals(db):
    load(db, "areas", "reference/cn_admdiv_provinces.csv.zst", "division_provinces.map")
    load(db, "areas", "reference/cn_admdiv_cities.csv.zst", "division_cities.map")
    counties = load(db, "areas", "reference/cn_admdiv_areas.csv.zst", "division_counties.map")
    assert counties["rows"] == 2978
    assert db.rows("select name, level, parent_code from area where area_code in ('350000', '350900', '350902') order by 1") == [
        ("宁德市", "city", "350000"), ("福建省", "province", ""), ("蕉城区", "county", "350900")]
    assert db.rows("select count(*) from area where area_code = parent_code") == [(0,)]
    hospitals = load(db, "providers", "reference/cn_hospitals.csv.zst", "hospital_list.map", wrong=8)  # eight stand twice
    assert hospitals["added"] == 2075


def test_the_catalogue_of_guangxi(db):
    db.text("areas", "area_code,name\n45,广西壮族自治区\n")
    drugs = "cn_catalogue_guangxi/drug_info.csv.zst"
    assert load(db, "items", drugs, "guangxi_drug_items.map")["added"] == 6019
    assert load(db, "terms", drugs, "guangxi_drug_terms.map", "--area", "450000")["added"] == 6019
    assert db.rows("select item_class, price_e4 from item_term where item_code = 'GXYP9634'") == [("C", 2358000)]
    # rows without a national code are headings of groups, and are told
    assert load(db, "items", "cn_catalogue_guangxi/diagnosis_treatment.csv.zst", "guangxi_service_items.map", wrong=108)["rows"] == 14542
    assert load(db, "diseases", "cn_catalogue_guangxi/disease_info.csv.zst", "guangxi_diseases.map", wrong=131)["rows"] == 29395


# ---- the demo area ----

def test_demo_settles_every_bill_and_nothing_is_wrong_with_it(tmp_path):
    def gongji(*args):
        done = subprocess.run([GONGJI, "--lang", "en", *map(str, args), "--db", tmp_path / "d.db", "--packs", ROOT / "packs"],
                              env=ENV, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    small = ("demo", "--persons", 1500, "--bills", 600)
    status, out = gongji(*small)
    assert status == 0 and re.search(r"bills +600, not settled 0", out), out
    status, out = gongji("check")
    assert status == 0, out
    with sqlite3.connect(tmp_path / "d.db") as c:
        kinds = dict(c.execute("select visit_kind, count(*) from settlement group by 1"))
        assert set(kinds) == {"inpatient", "outpatient", "chronic", "two_diseases"}
        before = c.execute("select count(*), sum(fund_fen) from settlement").fetchone()
    status, out = gongji(*small)  # once more: everything is there already
    assert status == 0, out
    with sqlite3.connect(tmp_path / "d.db") as c:
        assert c.execute("select count(*), sum(fund_fen) from settlement").fetchone() == before
