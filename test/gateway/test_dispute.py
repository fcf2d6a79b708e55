"""Groups of settlement lists as both sides look at them; a hospital contests one, somebody else decides; how far DIP reaches.

covers: R122 R123
"""
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from gateway.test_discharge import MONTH, NOW, money, settlement_list, stay  # noqa: E402
from gateway import test_discharge  # noqa: E402
from support.areas import check, fill, packs_of, sql  # noqa: E402
from support.hospital import Hospital, admit  # noqa: E402
from support.server import Server  # noqa: E402

PEOPLE = test_discharge.PEOPLE


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(packs=packs_of(tmp_path_factory.mktemp("areas")), options=["--list-scheme", "teaching", "--list-catalogue", "teaching"]) as s:
        fill(s, PEOPLE)
        admit(s, "N3,open", "N1,open")
        yield s


@pytest.fixture(scope="module")
def users(server):
    of = dict(sql(server, "select code, provider_id from provider"))
    return {"office": server.user("office", "hospital", area="350902", provider=of["N3"]),
            "colleague": server.user("colleague", "hospital", area="350902", provider=of["N3"]),
            "rival": server.user("rival", "hospital", area="350902", provider=of["N1"]),
            "judge": server.user("judge", "supervisor", area="350900"),
            "clerk": server.user("clerk", "clerk", area="350900"),
            "elsewhere": server.user("elsewhere", "supervisor", area="130800")}


@pytest.fixture(scope="module")
def hospital(server):
    h = Hospital(server, "N3")
    h.sign_in()
    return h


def a_list(server, hospital, users, name):
    """A list by the gateway; as the hospital sees it in the browser, and the money before any dispute."""
    ids, settled = stay(hospital, name)
    hospital.do("4101", settlement_list(ids, settled))
    rows = users["office"].get(f"/settlement-lists?settlement_id={ids['setl_id']}")["rows"]
    assert len(rows) == 1 and rows[0]["drg"] == "GD13" and rows[0]["dip"] == "K35.8:47.0100" and rows[0]["points"] == "393.75"
    return rows[0]["list_id"], money(server, ids), ids


def contest(user, list_id, status=201, **more):
    body = {"system": "dip", "wanted_group": "K35.8:47.0100+54.5100", "grounds": "粘连松解未计入", **more}
    return user.post(f"/settlement-lists/{list_id}/disputes", body, status=status)


def step(user, dispute_id, what, note="理由", status=200, **more):
    return user.post(f"/group-disputes/{dispute_id}/steps", {"step": what, "note": note, **more}, status=status)


def code(answer):
    return answer["error"]["code"]


def test_both_sides_see_a_list_with_its_groups_and_nobody_else(server, hospital, users):
    list_id, _, _ = a_list(server, hospital, users, "阑尾")
    seen = users["judge"].get(f"/settlement-lists/{list_id}")
    assert seen["drg"]["group"] == "GD13" and "GD13" in seen["drg"]["path"] and seen["drg"]["by"].startswith("教学")
    assert (seen["dip"]["tier"], seen["dip"]["deviation"], seen["dip"]["points"]) == ("core", "low", "393.7500")
    assert seen["disputes"] == [] and not seen["may_file"] and users["office"].get(f"/settlement-lists/{list_id}")["may_file"]
    for stranger in ("rival", "elsewhere"):
        users[stranger].get(f"/settlement-lists/{list_id}", status=404)
        assert list_id not in [r["list_id"] for r in users[stranger].get("/settlement-lists")["rows"]]
    assert int(sql(server, "select count(*) from audit_log where action = 'settlement_list.read'")[0][0]) >= 2


def test_a_dispute_goes_there_and_back_and_ends_with_a_result(server, hospital, users):
    list_id, before, ids = a_list(server, hospital, users, "多错")
    office, colleague, judge = users["office"], users["colleague"], users["judge"]
    filed = contest(office, list_id)["disputes"][0]
    dispute_id = filed["dispute_id"]
    assert (filed["state"], filed["was_group"], filed["may"]) == ("filed", "K35.8:47.0100", ["withdraw"])
    assert code(contest(colleague, list_id, status=409)) == "exists"
    assert users["judge"].get("/group-disputes?state=filed")["rows"][0]["dispute_id"] == dispute_id
    # the agency wants more, the hospital says more
    back = step(judge, dispute_id, "return", "请补手术记录")["disputes"][0]
    assert back["state"] == "returned" and back["may"] == []
    assert code(step(judge, dispute_id, "uphold", status=409)) == "not_open"
    again = step(colleague, dispute_id, "supplement", "手术记录第三页：松解粘连")["disputes"][0]
    assert (again["state"], again["grounds"]) == ("filed", "手术记录第三页：松解粘连")
    done = step(judge, dispute_id, "uphold", "手术记录属实")
    d = done["disputes"][0]
    assert (d["state"], d["result_group"], d["answer"], d["may"]) == ("upheld", "K35.8:47.0100+54.5100", "手术记录属实", [])
    # the whole history, each step with who and why
    assert [(s["step"], s["state"], s["by"], s["note"]) for s in d["steps"]] == [
        (1, "filed", "office", "粘连松解未计入"), (2, "returned", "judge", "请补手术记录"),
        (3, "filed", "colleague", "手术记录第三页：松解粘连"), (4, "upheld", "judge", "手术记录属实")]
    # what was found stays, and so does the money
    assert done["dip"]["group"] == "K35.8:47.0100" and money(server, ids) == before
    row = judge.get(f"/group-disputes?dispute_id={dispute_id}")["rows"][0]
    assert (row["state"], row["made_by_name"], row["decided_by_name"], row["result_group"]) == ("upheld", "office", "judge", d["result_group"])
    assert office.get(f"/settlement-lists?list_id={list_id}")["rows"][0]["dispute"] == "upheld"
    for after in ("return", "dismiss"):
        assert code(step(judge, dispute_id, after, status=409)) == "not_open"
    assert code(contest(office, list_id, status=409)) == "exists"  # it was decided
    audit = sql(server, f"select action from audit_log where object = 'dispute {dispute_id}' order by at, chain, seq")
    assert [a for a, in audit] == ["dispute.filed", "dispute.returned", "dispute.filed", "dispute.upheld"]
    check(server)
    # a row that somebody changes by hand is found
    for change, undo in ((f"state = 'dismissed' where dispute_id = {dispute_id}", f"state = 'upheld' where dispute_id = {dispute_id}"),
                         (f"decided_by = made_by where dispute_id = {dispute_id}", f"decided_by = {d_by(server)} where dispute_id = {dispute_id}")):
        change_row(server, f"update group_dispute set {change}")
        check(server, 3)
        change_row(server, f"update group_dispute set {undo}")
    check(server)


def d_by(server):
    return sql(server, "select user_id from app_user where login = 'judge'")[0][0]


def change_row(server, text):
    if server.database.startswith("postgres"):
        sql(server, text)
        return
    with sqlite3.connect(server.database, timeout=30) as db:
        db.execute(text)


def test_a_dispute_is_withdrawn_or_dismissed_and_may_name_a_third_group(server, hospital, users):
    list_id, _, _ = a_list(server, hospital, users, "撤回")
    office, judge = users["office"], users["judge"]
    first = contest(office, list_id, system="drg", wanted_group="GZ13")["disputes"][0]["dispute_id"]
    assert step(office, first, "withdraw", "看错了")["disputes"][0]["state"] == "withdrawn"
    second = contest(office, list_id, system="drg", wanted_group="GZ13")["disputes"][1]["dispute_id"]
    d = step(judge, second, "dismiss", "首要手术在表内")["disputes"][1]
    assert (d["state"], d["result_group"]) == ("dismissed", "GD13")
    third = contest(office, list_id)["disputes"][2]["dispute_id"]  # DIP is another question
    assert code(step(judge, third, "uphold", group="K99.9:-", status=422)) == "unknown_reference"
    d = step(judge, third, "uphold", group="K35.8:47.0901")["disputes"][2]
    assert (d["state"], d["result_group"]) == ("upheld", "K35.8:47.0901")


def test_who_may_do_what(server, hospital, users):
    list_id, _, _ = a_list(server, hospital, users, "他院")
    office, judge = users["office"], users["judge"]
    assert code(contest(judge, list_id, status=403)) == "no_right"
    assert code(contest(users["rival"], list_id, status=404)) == "not_found"
    assert code(contest(office, list_id, wanted_group="K35.8:47.0100", status=400)) == "bad_value"
    assert code(contest(office, list_id, wanted_group="Q99.9:-", status=422)) == "unknown_reference"
    assert code(contest(office, list_id, system="apg", status=400)) == "bad_value"
    assert code(contest(office, list_id, grounds="", status=400)) == "missing_field"
    dispute_id = contest(office, list_id)["disputes"][0]["dispute_id"]
    for user, what, status, want in ((office, "uphold", 403, "no_right"), (judge, "withdraw", 403, "no_right"),
                                     (users["clerk"], "uphold", 403, "no_right"), (users["rival"], "withdraw", 404, "not_found"),
                                     (users["elsewhere"], "uphold", 404, "not_found"), (judge, "sing", 400, "bad_value")):
        assert code(step(user, dispute_id, what, status=status)) == want, what
    assert code(step(judge, dispute_id, "uphold", "", status=400)) == "missing_field"
    # whoever filed it for the hospital does not decide it, should he work for the agency one day
    of, = sql(server, f"select made_by from group_dispute where dispute_id = {dispute_id}")
    from gateway.test_cross_area import sql_write
    sql_write(server, f"update group_dispute_step set done_by = (select user_id from app_user where login = 'judge') where dispute_id = {dispute_id}")
    assert code(step(judge, dispute_id, "uphold", status=403)) == "same_person"
    sql_write(server, f"update group_dispute_step set done_by = {of[0]} where dispute_id = {dispute_id}")
    assert step(judge, dispute_id, "uphold")["disputes"][0]["state"] == "upheld"


def test_a_settlement_that_was_taken_back_has_no_dispute(server, hospital, users):
    list_id, _, ids = a_list(server, hospital, users, "数一")
    hospital.do("2305", {"data": ids})
    assert code(contest(users["office"], list_id, status=409)) == "already_reversed"


def test_how_far_dip_reaches(server, hospital, users):
    month = f"{NOW:%Y-%m}"
    before = users["judge"].get(f"/casemix/coverage?month={month}")
    rows = {r["code"]: r for r in before["rows"]}
    assert set(rows) == {"N1", "N3"} and (before["covered"], before["eligible"]) == (1, 2)  # one of two, none of other areas
    assert rows["N1"]["lists"] == 0 and rows["N3"]["grouped"] == rows["N3"]["lists"] == before["lists"] >= 4
    other = Hospital(server, "N1")
    other.sign_in()
    ids, settled = stay(other, "邻院")
    none = settlement_list(ids, settled)
    none["diseinfo"] = []
    other.do("4101", none)  # a list without a group does not count as reached
    assert users["judge"].get(f"/casemix/coverage?month={month}")["covered"] == 1
    other.do("4101", settlement_list(ids, settled))
    after = users["judge"].get(f"/casemix/coverage?month={month}")
    assert (after["covered"], after["eligible"], after["grouped"]) == (2, 2, before["grouped"] + 1)
    empty = users["judge"].get("/casemix/coverage?month=2024-02")
    assert (empty["covered"], empty["eligible"], empty["lists"]) == (0, 2, 0)
    assert users["judge"].get("/casemix/coverage?month=2019-12")["eligible"] == 0  # no agreement yet
    users["judge"].get("/casemix/coverage?month=2024", status=400)
    users["office"].get(f"/casemix/coverage?month={month}", status=403)
    assert MONTH == month.replace("-", "")
