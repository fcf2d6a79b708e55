"""Lists through a running server: pages, filters, who sees what, files."""
import csv
import io
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.server import POSTGRES, Server  # noqa: E402

DAY = 1795190400000  # 2026-11-21 in Beijing
PERSONS = 130


def fill(server):
    rows = [
        "insert into provider (provider_id, code, name, initials, area_code, kind, level) values "
        "(1, 'H1', '第一医院', 'DYYY', '350902', 'hospital', 'l3'), (2, 'H2', '第二医院', 'DEYY', '350981', 'hospital', 'l2')",
        "insert into item (item_code, name, initials, kind) values ('X1', '阿莫西林', 'AMXL', 'drug'), ('X2', '=SUM(A1)', 'S', 'drug')",
        "insert into item_term (area_code, item_code, from_on, item_class, pay_first_e8, limit_e4) values "
        "('350900', 'X1', '2024-01-01', 'B', 10000000, 123400)",
        "insert into disease (icd_code, name, initials) values ('K80.1', '胆囊结石', 'DNJS')",
        "insert into area (area_code, name, level, parent_code, pack_id) values ('350900', '宁德市', 'city', '', 'ningde'), "
        "('350902', '蕉城区', 'county', '350900', '')",
        "insert into approval (approval_id, kind, person_id, object_id, area_code, reason, amount_fen, state, made_by, made_at) "
        f"values (5, 'reverse', 1, 1001, '350902', '录错', -120, 'open', 1, {DAY})",
    ]
    for i in range(1, PERSONS + 1):
        area = "350902" if i % 2 else "350981"
        rows.append("insert into person (person_id, area_code, id_no, name, initials, sex, birth_on) values "
                    f"({i}, '{area}', '3509021990010{i:05d}', '王小明', 'WXM', 'male', '1990-01-01')")
        rows.append("insert into bill (person_id, bill_id, visit_id, bill_no, provider_id, channel, service_on, line_count, "
                    f"total_fen, document, created_at, created_by) values ({i}, {i}, {i}, 'B{i}', {1 + i % 2}, 'counter', "
                    f"'2026-11-20', 1, {i}, '{{}}', 1, 1)")
        rows.append("insert into settlement (person_id, settlement_id, part, bill_id, provider_id, area_code, kind, state, "
                    "channel, scheme, visit_kind, year, service_on, settled_at, settled_by, pack_id, pack_digest, policy_id, "
                    "policy_from_on, total_fen, own_fen, over_limit_fen, pay_first_fen, in_scope_fen, fund_fen, hospital_fen, "
                    f"personal_fen, account_fen, cash_fen, result, trace) values ({i}, {1000 + i}, 0, {i}, {1 + i % 2}, '{area}', "
                    f"'settle', 'settled', 'counter', 'resident', 'inpatient', 2026, '2026-11-20', {DAY + i * 3600000}, 1, 'p', "
                    f"'d', 'x', '2026-01-01', {i}, 0, 0, 0, 0, 0, 0, {i}, 0, {i}, '{{}}', '{{}}')")
    script = ";\n".join(rows) + ";"
    if POSTGRES:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", server.database], input=script, text=True, check=True)
        return
    with sqlite3.connect(server.database, timeout=30) as db:
        db.executescript(script)


@pytest.fixture(scope="module")
def server():
    with Server() as s:
        fill(s)
        yield s


@pytest.fixture(scope="module")
def clerk(server):
    return server.user("clerk1", "clerk")


@pytest.fixture(scope="module")
def supervisor(server):
    return server.user("checker", "supervisor")


def walk(client, path):
    rows, cursor, joint = [], "", "&" if "?" in path else "?"
    while cursor is not None:
        page = client.get(f"{path}{joint}limit=17&cursor={cursor}")
        rows += page["rows"]
        cursor = page["next"]
    assert page["total"] == len(rows) and page["total_is_exact"]
    return rows


def test_pages_give_every_row_once_in_order(clerk):
    rows = walk(clerk, "/settlements")
    assert [r["settlement_id"] for r in rows] == [str(1000 + i) for i in range(PERSONS, 0, -1)]
    rows = walk(clerk, "/settlements?sort=settled_at&from=2026-11-22&until=2026-11-23")
    assert [r["settlement_id"] for r in rows] == [str(1000 + i) for i in range(24, 72)]
    assert len(walk(clerk, "/persons?area_code=350902")) == PERSONS // 2


def test_persons_are_found_and_masked(clerk):
    row = clerk.get("/persons?q=350902199001000007")["rows"]
    assert [(r["person_id"], r["name"], r["id_no"]) for r in row] == [("7", "王**", "3509**********0007")]
    for q in ("王小明", "王", "wxm"):
        assert clerk.get(f"/persons?q={q}")["total"] == PERSONS
    assert clerk.get("/persons?q=35090219900100")["total"] == 0  # not by a part of the number
    assert [r["bill_no"] for r in clerk.get("/persons/7/settlements")["rows"]] == ["B7"]


def test_the_other_lists(server, clerk, supervisor):
    assert [r["settlement_id"] for r in clerk.get("/settlements?q=B12")["rows"]] == ["1012"]
    assert [r["bill_no"] for r in clerk.get("/settlements?q=1013")["rows"]] == ["B13"]
    assert [r["code"] for r in clerk.get("/providers?q=第二")["rows"]] == ["H2"]
    assert clerk.get("/diseases?q=结石")["total"] == 1
    assert clerk.get("/areas?level=county")["total"] == 1
    item = clerk.get("/items?q=阿莫&area_code=350900")["rows"][0]
    assert (item["item_class"], item["pay_first"], item["limit"], item["price"]) == ("B", "10%", "12.34", None)
    assert server.nobody.get("/public/items?q=X1&area_code=350900")["rows"] == [item]
    assert clerk.get("/items?q=阿莫")["rows"][0]["item_class"] is None
    work = supervisor.get("/approvals?state=open")["rows"]
    assert [(r["approval_id"], r["person_name"], r["amount"]) for r in work] == [("5", "王**", "-1.20")]
    audit = server.admin("audit")
    mine = audit.get("/audit?action=session.password&limit=500")
    assert {r["action"] for r in mine["rows"]} <= {"session.password"}
    assert len(walk(audit, "/audit?until=2000-01-01")) == 0


@pytest.mark.parametrize("query, code, field", [
    ("colour=red", "unknown_field", "colour"), ("person_id=x", "bad_number", "person_id"),
    ("from=2026-02-30", "bad_date", "from"), ("sort=cash", "bad_value", "sort"), ("limit=501", "bad_value", "limit"),
    ("cursor=abc", "bad_value", "cursor"), ("format=pdf", "bad_value", "format"), ("area_code=';--", "bad_value", "area_code"),
])
def test_what_is_wrong_is_named(clerk, query, code, field):
    answer = clerk.ask("GET", "/settlements?" + query)
    assert (answer.status, answer.code, answer.json["error"]["field"]) == (400, code, field)


def test_everybody_sees_his_own(server):
    county = server.user("county", "clerk", area="350902")
    assert len(walk(county, "/settlements")) == PERSONS // 2
    assert county.get("/settlements?area_code=350981")["total"] == 0
    assert server.user("city", "clerk", area="350900").get("/settlements")["total"] == PERSONS
    hospital = server.user("hospital1", "hospital", provider=1)
    rows = walk(hospital, "/settlements")
    assert len(rows) == PERSONS // 2 and {r["provider_id"] for r in rows} == {"1"}
    assert hospital.get("/settlements?provider_id=2")["total"] == 0
    assert hospital.ask("GET", "/persons").code == "missing_field"
    assert hospital.get("/persons?q=350902199001000007")["total"] == 1
    for path in ("/audit", "/approvals"):
        assert hospital.ask("GET", path).code == "no_right"


def test_files_have_all_rows_that_are_filtered(server, clerk, supervisor):
    answer = supervisor.ask("GET", "/settlements?format=csv&from=2026-11-22&limit=3")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    head, first = rows[0], rows[1]
    assert len(rows) == 1 + PERSONS - 23
    assert first[head.index("结算编号")] == str(1000 + PERSONS)
    assert first[head.index("姓名")] == "王**" and first[head.index("现金支付")] == "1.30"
    assert first[head.index("状态")] == "已结算"
    items = supervisor.ask("GET", "/items?format=csv").body.decode("utf-8-sig")
    assert "'=SUM(A1)" in items
    some = supervisor.ask("GET", "/items?format=csv&columns=name,item_code").body.decode("utf-8-sig").splitlines()[0]
    assert some == "项目编码,名称"
    assert supervisor.ask("GET", "/items?format=csv&columns=colour").code == "bad_value"
    book = supervisor.ask("GET", "/persons?format=xlsx&lang=en").body
    with zipfile.ZipFile(io.BytesIO(book)) as z:
        sheet = z.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 3 + PERSONS and "350902199001000007" not in sheet and "checker" in sheet
    assert clerk.ask("GET", "/settlements?format=csv").code == "no_right"
    assert server.ask("GET", "/public/items?format=csv").code == "no_right"
    assert server.admin("system").ask("GET", "/users?format=csv").code == "no_right"
    told = server.admin("audit").get("/audit?action=list.export")["rows"]
    assert [(r["login"], r["object"]) for r in told] == [
        ("checker", "persons xlsx"), ("checker", "items csv"), ("checker", "items csv"), ("checker", "settlements csv")]
