/* What happens after a settlement: the pack is edited, another server's clock is behind, households
 * change, messages and papers come twice.  On both databases. */
#include "service/desk/desk.h"
#include "test/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME "later_test.db"
#define PACKS     "later_test_packs"
#define ROOM      ((ptrdiff_t)8 << 20)

typedef struct {
    store *s;
    office *o;
    desk *d;
} server;

typedef struct {
    server here, there; /* there: another node on the same database */
    json_reader *reader;
    int64_t now_ms, behind_ms;
    char *memory;
    arena a; /* of one test */
    err e;
} fixture;

static const actor clerk = {
    .user_id = 11, .login = {"clerk", 5}, .name = {"clerk", 5}, .rights = ~UINT64_C(0)};
static const actor checker = {
    .user_id = 12, .login = {"checker", 7}, .name = {"checker", 7}, .rights = ~UINT64_C(0)};

static int64_t clock_here(void *arg)
{
    return ((fixture *)arg)->now_ms;
}

static int64_t clock_there(void *arg)
{
    return ((fixture *)arg)->now_ms - ((fixture *)arg)->behind_ms;
}

typedef struct {
    str sql;
    store_rows rows;
} free_text;

static bool run_text(store_job *job, void *arg, arena *a, err *e)
{
    free_text *t = arg;
    return store_query_text(job, t->sql, NULL, 0, &t->rows, a, e);
}

static void execute(fixture *f, const char *sql)
{
    free_text t = {.sql = str_of(sql)};
    f->e = (err){0};
    if (!store_write(f->here.s, 0, run_text, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
}

static int64_t number_of(fixture *f, const char *sql)
{
    free_text t = {.sql = str_of(sql)};
    f->e = (err){0};
    if (!store_read(f->here.s, run_text, &t, &f->a, &f->e))
        fail_msg("%s: %s", sql, f->e.msg);
    return store_number(&t.rows, 0, 0);
}

/* ---- a folder of packs that may be edited ---- */

static const char home_pack[] = "pack: homes\narea: \"431128\"\nname: {zh: 家庭, en: Homes}\n"
                                "uses: [../common]\n" /* the only provider lies elsewhere */
                                "cross_area: {routes: [{route: filed, basis: sample}]}\n";
static const char home_policy[] =
    "policy: homes-resident\nscheme: resident\nfrom: 2024-01-01\n"
    "name: {zh: 家庭限额, en: household cap}\nmoney: yuan\n"
    "sources:\n  sample: {title: 示例参数, grade: M}\n"
    "accumulators:\n"
    "  family_paid: {owner: household, zh: 家庭年度支付, en: paid for the household}\n"
    "stacks:\n  - stack: outpatient\n    if: {visit_kind: outpatient}\n    layers: [family]\n"
    "layers:\n  family:\n    name: {zh: 家庭共用限额, en: household cap}\n    basis: sample\n"
    "    payer: pool\n    base: [scope]\n    rate: 50%\n"
    "    caps: [{key: family_paid, amount: 300}]\n";

/* Stays are split where the year ends. */
static const char year_pack[] = "pack: years\narea: \"431129\"\nname: {zh: 跨年, en: Years}\n"
                                "uses: [../common]\n"
                                "cross_area: {routes: [{route: filed, basis: sample}]}\n";
static const char year_policy[] =
    "policy: years-resident\nscheme: resident\nfrom: 2020-01-01\n"
    "name: {zh: 跨年, en: years}\nmoney: yuan\nperiod: {cross_year: split}\n"
    "sources:\n  sample: {title: 示例参数, grade: M}\n"
    "accumulators:\n  paid: {zh: 年度支付, en: paid in the year}\n"
    "stacks:\n  - stack: inpatient\n    if: {visit_kind: inpatient}\n    layers: [pool]\n"
    "layers:\n  pool:\n    name: {zh: 统筹, en: pool}\n    basis: sample\n"
    "    payer: pool\n    base: [scope]\n    rate: 50%\n"
    "    caps: [{key: paid, amount: 300}]\n";

static void run(const char *command)
{
    if (system(command) != 0) /* NOLINT: of the test itself */
        fail_msg("%s", command);
}

static void file_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void packs_make(void)
{
    run("rm -rf " PACKS " && mkdir -p " PACKS "/homes/policy " PACKS
        "/years/policy && cp -r " GONGJI_ROOT "/packs/common " GONGJI_ROOT "/packs/ningde " PACKS
        "/");
    file_write(PACKS "/homes/pack.yaml", home_pack);
    file_write(PACKS "/homes/policy/resident.yaml", home_policy);
    file_write(PACKS "/years/pack.yaml", year_pack);
    file_write(PACKS "/years/policy/resident.yaml", year_policy);
}

/* ---- servers ---- */

static void server_open(server *s, fixture *f, const char *uri, int node)
{
    store_config c = store_config_default;
    int before, after;
    c.uri = str_of(uri);
    c.node = node;
    c.now_ms = node == 1 ? clock_here : clock_there;
    c.now_arg = f;
    if (!store_open(&s->s, &c, &f->e) || !store_migrate(s->s, &before, &after, &f->e) ||
        !office_open(&s->o, s->s, S(PACKS), &f->e) || !desk_open(&s->d, s->o, &f->e))
        fail_msg("%s", f->e.msg);
}

static void server_close(server *s)
{
    desk_close(s->d);
    office_close(s->o);
    store_close(s->s);
    *s = (server){0};
}

static const char *const people[] = {
    "insert into area values ('350900', 'Ningde', 'city', '35', 'ningde'), "
    "('350902', 'Jiaocheng', 'county', '350900', ''), "
    "('431128', 'Xintian', 'county', '4311', 'homes'), "
    "('431129', 'Jianghua', 'county', '4311', 'years')",
    "insert into provider (provider_id, code, name, area_code, kind, level) values "
    "(501, 'H2', 'Second Hospital', '350902', 'hospital', 'l2')",
    "insert into provider_agreement values (501, '2020-01-01', '', 'signed', 'A1')",
    "insert into item (item_code, name, kind) values ('A1', 'bed', 'service')",
    "insert into item_term (area_code, item_code, from_on, item_class, pay_first_e8) values "
    "('350900', 'A1', '2020-01-01', 'A', -1), ('431128', 'A1', '2020-01-01', 'A', -1)",
};

static void person_add(fixture *f, int64_t id, const char *area, int64_t household)
{
    execute(f, arena_printf(&f->a,
                            "insert into person (person_id, area_code, id_no, name, sex, "
                            "birth_on, household_id) values (%" PRId64 ", '%s', 'X%" PRId64
                            "', 'Zhang San', 'male', '1980-02-03', %" PRId64 ")",
                            id, area, id, household)
                   .p);
    execute(f, arena_printf(&f->a,
                            "insert into person_cover values (%" PRId64
                            ", '2020-01-01', '', 'resident', 'resident', '')",
                            id)
                   .p);
}

static fixture *open_at(const char *uri)
{
    fixture *f = calloc(1, sizeof *f);
    f->a = unit_arena(ROOM);
    f->memory = f->a.beg;
    f->now_ms = 1780272000000; /* 2026-06-01 */
    f->reader = json_reader_new();
    packs_make();
    server_open(&f->here, f, uri, 1);
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++)
        execute(f, people[i]);
    return f;
}

static void files_remove(void)
{
    run("rm -rf " PACKS " " FILE_NAME " " FILE_NAME "-wal " FILE_NAME "-shm " FILE_NAME "-nodes");
}

static int sqlite_setup(void **state)
{
    files_remove();
    *state = open_at(FILE_NAME);
    return 0;
}

static int close_it(void **state)
{
    fixture *f = *state;
    if (!f)
        return 0;
    if (f->there.s)
        server_close(&f->there);
    server_close(&f->here);
    json_reader_free(f->reader);
    free(f->memory);
    free(f);
    files_remove();
    return 0;
}

static int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    store_config c = store_config_default;
    fixture f = {.a = unit_arena(ROOM)};
    *state = NULL;
    f.memory = f.a.beg;
    if (uri) {
        c.uri = str_of(uri);
        assert_true(store_open(&f.here.s, &c, &f.e));
        execute(&f, "drop schema public cascade");
        execute(&f, "create schema public");
        store_close(f.here.s);
        *state = open_at(uri);
    }
    free(f.memory);
    return 0;
}

static fixture *fixture_or_skip(void **state)
{
    if (!*state)
        skip();
    return *state;
}

static const char *uri_of(fixture *f)
{
    return store_is_postgres(f->here.s) ? getenv("GONGJI_POSTGRES") : FILE_NAME;
}

/* ---- bills ---- */

static bool bill_of(desk_bill *out, fixture *f, str body)
{
    const json_node *n;
    int32_t count;
    str padded = arena_printf(&f->a, "%.*s%*s", STR_ARG(body), JSON_PADDING_BYTES, "");
    padded.n = body.n;
    f->e = (err){0};
    if (!json_parse(f->reader, padded, &n, &count, &f->e))
        fail_msg("%.*s: %s", STR_ARG(body), f->e.msg);
    return desk_bill_read(out, n, &f->e);
}

static str visit(fixture *f, int64_t person, const char *kind, const char *date, const char *yuan)
{
    return arena_printf(&f->a,
                        "{\"person_id\":%" PRId64 ",\"provider_id\":501,\"visit\":{\"kind\":\"%s\","
                        "\"date\":\"%s\"},\"lines\":[{\"code\":\"A1\",\"amount\":\"%s\"}]}",
                        person, kind, date, yuan);
}

static bool try_settle(desk_settlement **out, fixture *f, desk *d, str body, str key)
{
    desk_bill bill;
    bool replayed;
    *out = arena_new(&f->a, desk_settlement, 1);
    return bill_of(&bill, f, body) &&
           desk_settle(*out, &replayed, d, &clerk, &bill, key, body, &f->a, &f->e);
}

static const desk_part *settled(fixture *f, desk *d, str body)
{
    desk_settlement *s;
    if (!try_settle(&s, f, d, body, S("")))
        fail_msg("%.*s: %s %s", STR_ARG(body), err_name(f->e.code), f->e.msg);
    return &s->part[0];
}

static bool try_reverse(fixture *f, int64_t settlement_id)
{
    int64_t approval, result;
    f->e = (err){0};
    return desk_ask_reverse(&approval, f->here.d, &clerk, settlement_id, S("test"), &f->a, &f->e) &&
           desk_decide(&result, f->here.d, &checker, approval, DECIDE_APPROVE, S(""), &f->a, &f->e);
}

static void reverse(fixture *f, int64_t settlement_id)
{
    if (!try_reverse(f, settlement_id))
        fail_msg("%s %s", err_name(f->e.code), f->e.msg);
}

static void books_agree(fixture *f, int64_t not_loaded)
{
    desk_report *r = arena_new(&f->a, desk_report, 1);
    f->e = (err){0};
    if (!desk_check(r, f->here.d, NULL, NULL, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    if (r->finding_count)
        fail_msg("%s %" PRId64 ": %.*s", r->finding[0].rule, r->finding[0].object_id,
                 STR_ARG(r->finding[0].text));
    if (not_loaded >= 0)
        assert_int_equal(r->not_loaded, not_loaded);
}

static int64_t fund_of(fixture *f, int64_t person)
{
    return number_of(f, arena_printf(&f->a,
                                     "select coalesce(cast(sum(fund_fen) as bigint), 0) from "
                                     "settlement where person_id = %" PRId64,
                                     person)
                            .p);
}

/* ---- tests ---- */

/* Later bills are settled again with the policy of their day, not with what somebody made of it. */
static void an_edited_pack_does_not_touch_the_past(void **state)
{
    fixture *f = fixture_or_skip(state);
    const char *uri = uri_of(f);
    person_add(f, 7, "350902", 0);
    person_add(f, 8, "350902", 0);
    const desk_part *first = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-20", "20000"));
    settled(f, f->here.d, visit(f, 8, "inpatient", "2024-05-20", "20000"));
    int64_t expected = fund_of(f, 8);
    str digest = arena_str(&f->a, first->pack_digest);
    server_close(&f->here);
    run("sed -i 's/rate: {by: level, community: 90%, l1: 85%, l2: 75%/rate: {by: level, community: "
        "90%, l1: 85%, l2: 65%/' " PACKS "/ningde/policy/resident-2024.yaml");
    server_open(&f->here, f, uri, 1);
    desk_settlement *shown = arena_new(&f->a, desk_settlement, 1);
    if (!desk_load(shown, f->here.d, &clerk, first->settlement_id, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_true(shown->part[0].trace_count > 0); /* and it is still explained */
    const desk_part *now = settled(f, f->here.d, visit(f, 8, "inpatient", "2024-05-21", "20000"));
    assert_false(str_eq(now->pack_digest, digest));
    assert_true(str_eq(shown->part[0].pack_digest, digest));
    reverse(f, first->settlement_id);
    assert_int_equal(fund_of(f, 7), expected);
    books_agree(f, 0);
}

static void a_version_that_is_lost_is_not_replaced_by_another(void **state)
{
    fixture *f = fixture_or_skip(state);
    const char *uri = uri_of(f);
    person_add(f, 7, "350902", 0);
    const desk_part *first = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    const desk_part *last = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-20", "20000"));
    server_close(&f->here);
    run("echo '# edited' >> " PACKS "/ningde/policy/resident-2024.yaml");
    server_open(&f->here, f, uri, 1);
    execute(f, "update policy_version set files = replace(files, '75%', '65%')");
    assert_false(try_reverse(f, first->settlement_id));
    assert_int_equal(f->e.code, ERR_NO_POLICY);
    reverse(f, last->settlement_id); /* needs no policy */
    books_agree(f, -1);
}

/* The ids of a person's settlements rise, whatever the clocks of two servers say: a reversal looks
 * for what came later by them. */
static void the_clock_of_another_server_may_be_behind(void **state)
{
    fixture *f = fixture_or_skip(state);
    f->behind_ms = 3600000;
    server_open(&f->there, f, uri_of(f), 2);
    person_add(f, 7, "350902", 0);
    person_add(f, 8, "350902", 0);
    const desk_part *first = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    const desk_part *second =
        settled(f, f->there.d, visit(f, 7, "inpatient", "2024-05-20", "20000"));
    settled(f, f->here.d, visit(f, 8, "inpatient", "2024-05-20", "20000"));
    assert_true(second->settlement_id > first->settlement_id);
    reverse(f, first->settlement_id);
    assert_int_equal(fund_of(f, 7), fund_of(f, 8));
    const desk_part *third =
        settled(f, f->there.d, visit(f, 7, "inpatient", "2024-05-21", "20000"));
    assert_int_equal(number_of(f, "select max(settlement_id) from settlement where person_id = 7"),
                     third->settlement_id);
    books_agree(f, 0);
}

/* Two commands just after a settlement: what one made the other does not make again. */
static void two_commands_one_after_the_other_make_no_id_twice(void **state)
{
    fixture *f = fixture_or_skip(state);
    int64_t id[2];
    person_add(f, 7, "350902", 0);
    settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    for (int i = 0; i < 2; i++) {
        int version;
        f->now_ms += 20; /* less than a second */
        server_open(&f->there, f, uri_of(f), 2);
        assert_true(store_version(f->there.s, &version, &f->e));
        id[i] = store_new_id(f->there.s);
        server_close(&f->there);
    }
    assert_true(id[1] > id[0]);
}

/* A household's number may be its head's id; what the household used up is not his own account. */
static void a_household_is_nobodys_own_account(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "431128", 7);
    person_add(f, 8, "431128", 7);
    person_add(f, 9, "431128", 0);
    settled(f, f->here.d, visit(f, 7, "outpatient", "2024-05-01", "400"));
    execute(f,
            "update person_state set account = 'own 0 12300\n' where person_id = 7 and year = 0");
    int64_t last = number_of(
        f, "select last_settlement_id from person_state where person_id = 7 and year = 0");
    const desk_part *second = settled(f, f->here.d, visit(f, 8, "outpatient", "2024-05-02", "400"));
    assert_int_equal(second->fund_fen, 10000); /* of 300 the first had 200 */
    assert_int_equal(
        number_of(f, "select count(*) from person_state where person_id = 7 and account <> ''"), 1);
    assert_true(
        number_of(f,
                  "select last_settlement_id from person_state where person_id = 7 and year = 0") ==
        last);
    const desk_part *alone = settled(f, f->here.d, visit(f, 9, "outpatient", "2024-05-02", "400"));
    assert_int_equal(alone->fund_fen, 20000);
    books_agree(f, 3);
    reverse(f, second->settlement_id);
    books_agree(f, 3);
}

/* What a bill moved in a household goes back there, also when the person lives elsewhere now. */
static void a_household_may_change(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "431128", 100);
    person_add(f, 8, "431128", 100);
    person_add(f, 9, "431128", 200);
    const desk_part *mine = settled(f, f->here.d, visit(f, 7, "outpatient", "2024-05-01", "400"));
    execute(f, "update person set household_id = 200 where person_id = 7");
    settled(f, f->here.d, visit(f, 9, "outpatient", "2024-05-01", "400"));
    reverse(f, mine->settlement_id);
    assert_int_equal(
        settled(f, f->here.d, visit(f, 8, "outpatient", "2024-05-02", "600"))->fund_fen, 30000);
    assert_int_equal(
        settled(f, f->here.d, visit(f, 9, "outpatient", "2024-05-02", "600"))->fund_fen, 10000);
}

typedef struct {
    fixture *f;
    int64_t settlement_id;
} at_the_door;

static bool take_back_job(store_job *job, void *arg, arena *a, err *e)
{
    const at_the_door *w = arg;
    actor hospital = clerk;
    int64_t reversal_id;
    hospital.provider_id = 501;
    return desk_take_back_in(arena_new(a, desk_settlement, 1), &reversal_id, job, w->f->here.d,
                             &hospital, w->settlement_id, S("test"), a, e);
}

/* The same when the hospital's system takes its bill back. */
static void a_hospital_takes_back_in_the_household_of_that_day(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "431128", 100);
    person_add(f, 8, "431128", 100);
    person_add(f, 9, "431128", 200);
    const desk_part *mine = settled(f, f->here.d, visit(f, 7, "outpatient", "2024-05-01", "400"));
    at_the_door w = {f, mine->settlement_id};
    execute(f, "update person set household_id = 200 where person_id = 7");
    settled(f, f->here.d, visit(f, 9, "outpatient", "2024-05-01", "400"));
    if (!store_write(f->here.s, 7, take_back_job, &w, &f->a, &f->e))
        fail_msg("%s %s", err_name(f->e.code), f->e.msg);
    assert_int_equal(
        settled(f, f->here.d, visit(f, 8, "outpatient", "2024-05-02", "600"))->fund_fen, 30000);
    assert_int_equal(
        settled(f, f->here.d, visit(f, 9, "outpatient", "2024-05-02", "600"))->fund_fen, 10000);
}

static void a_later_bill_of_another_member_is_said_to_be_in_the_way(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "431128", 100);
    person_add(f, 8, "431128", 100);
    const desk_part *first = settled(f, f->here.d, visit(f, 7, "outpatient", "2024-05-01", "200"));
    const desk_part *second = settled(f, f->here.d, visit(f, 8, "outpatient", "2024-05-01", "200"));
    assert_false(try_reverse(f, first->settlement_id));
    assert_int_equal(f->e.code, ERR_LATER_SETTLEMENTS);
    reverse(f, second->settlement_id);
    f->e = (err){0};
    int64_t approval = number_of(f, "select approval_id from approval where state = 'open'"),
            result;
    if (!desk_decide(&result, f->here.d, &checker, approval, DECIDE_APPROVE, S(""), &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(
        settled(f, f->here.d, visit(f, 8, "outpatient", "2024-05-02", "600"))->fund_fen, 30000);
}

static bool ask_manual(fixture *f, int64_t *approval, bool *replayed, str body, str key)
{
    desk_bill bill;
    return bill_of(&bill, f, body) &&
           desk_ask_manual(approval, replayed, f->here.d, &clerk, &bill, key, body, &f->a, &f->e);
}

static str paper(fixture *f, const char *number)
{
    return arena_printf(&f->a,
                        "{\"person_id\":7,\"provider_id\":501,\"channel\":\"manual\"%s,\"visit\":"
                        "{\"kind\":\"inpatient\",\"date\":\"2024-05-01\"},\"lines\":"
                        "[{\"code\":\"A1\",\"amount\":\"9000\"}]}",
                        number);
}

/* covers: R200 */
static void a_paper_claim_is_paid_once(void **state)
{
    fixture *f = fixture_or_skip(state);
    int64_t first = 0, again = 0, result;
    bool replayed;
    str body = paper(f, ",\"bill_no\":\"No. 1\"");
    person_add(f, 7, "350902", 0);
    if (!ask_manual(f, &first, &replayed, body, S("key")) || replayed)
        fail_msg("%s", f->e.msg);
    assert_true(ask_manual(f, &again, &replayed, body, S("key")));
    assert_true(replayed);
    assert_true(again == first);
    assert_int_equal(number_of(f, "select count(*) from approval"), 1);
    assert_false(ask_manual(f, &again, &replayed, paper(f, ",\"bill_no\":\"No. 2\""), S("key")));
    assert_int_equal(f->e.code, ERR_IDEMPOTENCY);
    assert_false(ask_manual(f, &again, &replayed, paper(f, ""), S("another")));
    assert_int_equal(f->e.code, ERR_MISSING_FIELD);
    assert_string_equal(f->e.field, "bill_no");
    f->e = (err){0};
    if (!desk_decide(&result, f->here.d, &checker, first, DECIDE_APPROVE, S(""), &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_false(ask_manual(f, &again, &replayed, body, S("third")));
    assert_int_equal(f->e.code, ERR_EXISTS);
    assert_true(ask_manual(f, &again, &replayed, body, S("key"))); /* still the first answer */
    assert_true(again == first);
    books_agree(f, 0);

    /* Two decided it: the second of them alone does not undo it on the same day. */
    desk_settlement *s = arena_new(&f->a, desk_settlement, 1);
    f->e = (err){0};
    assert_false(desk_reverse_own(s, f->here.d, &checker, result, S("me"), &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_NO_RIGHT);
}

static void what_was_settled_again_is_not_ones_own(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "350902", 0);
    const desk_part *first = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-20", "20000"));
    reverse(f, first->settlement_id);
    int64_t moved = number_of(f, "select settlement_id from settlement where replaces_id > 0");
    desk_settlement *s = arena_new(&f->a, desk_settlement, 1);
    assert_false(desk_reverse_own(s, f->here.d, &checker, moved, S("me"), &f->a, &f->e));
    assert_int_equal(f->e.code, ERR_NO_RIGHT);
}

/* Nobody approves a refund that says something else than what would be done. */
static void a_refund_names_lines_that_are_there_once(void **state)
{
    static const char *const wrong[] = {
        "[{\"line_no\":2,\"quantity\":1}]",
        "[{\"line_no\":1,\"quantity\":1},{\"line_no\":1,\"quantity\":1}]",
        "[{\"line_no\":1,\"quantity\":-1}]",
        "[{\"line_no\":1,\"quantity\":0}]",
        "[{\"line_no\":1,\"quantity\":2}]",
        "[{\"line_no\":1,\"quantity\":1,\"amount\":5}]",
        "[{\"line_no\":1}]",
        "[7]",
        "[]",
    };
    fixture *f = fixture_or_skip(state);
    int64_t approval;
    person_add(f, 7, "350902", 0);
    const desk_part *p = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "20000"));
    for (ptrdiff_t i = 0; i < COUNTOF(wrong); i++) {
        const json_node *n;
        int32_t count;
        str text = arena_printf(&f->a, "%s%*s", wrong[i], JSON_PADDING_BYTES, "");
        text.n -= JSON_PADDING_BYTES;
        f->e = (err){0};
        assert_true(json_parse(f->reader, text, &n, &count, &f->e));
        if (desk_ask_refund(&approval, f->here.d, &clerk, p->settlement_id, S("test"), n, n, &f->a,
                            &f->e))
            fail_msg("%s was taken", wrong[i]);
        assert_true(err_http(f->e.code) < 500);
    }
    assert_int_equal(number_of(f, "select count(*) from approval"), 0);
}

static void the_service_must_have_been_given(void **state)
{
    fixture *f = fixture_or_skip(state);
    desk_settlement *s;
    person_add(f, 7, "350902", 0);
    f->now_ms = 1780243199999; /* the last moment of 2026-05-31 in China */
    assert_false(
        try_settle(&s, f, f->here.d, visit(f, 7, "inpatient", "2026-06-01", "100"), S("")));
    assert_int_equal(f->e.code, ERR_BAD_DATE);
    f->now_ms++;
    settled(f, f->here.d, visit(f, 7, "inpatient", "2026-06-01", "100"));
}

/* What is asked for approval is the whole bill, also of a stay in two years. */
static void an_approval_is_of_the_whole_stay(void **state)
{
    fixture *f = fixture_or_skip(state);
    int64_t approval;
    person_add(f, 7, "350902", 0);
    const desk_part *p = settled(f, f->here.d, visit(f, 7, "inpatient", "2024-05-01", "100"));
    execute(
        f, arena_printf(&f->a,
                        "insert into settlement select person_id, settlement_id, 1, bill_id, "
                        "provider_id, area_code, kind, state, reverses_id, replaces_id, "
                        "channel, scheme, visit_kind, year, service_on, settled_at, "
                        "settled_by, pack_id, pack_digest, policy_id, policy_from_on, 2300, "
                        "0, 0, 0, 2300, 0, 0, 2300, 0, 2300, result, trace, '', '' from settlement "
                        "where settlement_id = %" PRId64,
                        p->settlement_id)
               .p);
    if (!desk_ask_reverse(&approval, f->here.d, &clerk, p->settlement_id, S("test"), &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(number_of(f, "select amount_fen from approval"), 12300);
}

static int64_t findings(fixture *f, const char *rule)
{
    desk_report *r = arena_new(&f->a, desk_report, 1);
    if (!desk_check(r, f->here.d, NULL, NULL, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_true(r->finding_count == 0 || strcmp(r->finding[0].rule, rule) == 0);
    return r->finding_count;
}

/* Each part of a stay keeps its lines; before, the first kept those of all. */
static void lines_of_a_stay_in_parts_are_looked_at(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, "431129", 0);
    const desk_part *p =
        settled(f, f->here.d,
                S("{\"person_id\":7,\"provider_id\":501,\"visit\":{\"kind\":\"inpatient\","
                  "\"admit_date\":\"2023-12-22\",\"date\":\"2024-01-11\"},\"lines\":["
                  "{\"code\":\"A1\",\"amount\":\"400\",\"date\":\"2023-12-24\"},"
                  "{\"code\":\"A1\",\"amount\":\"600\"}]}"));
    assert_int_equal(number_of(f, "select max(part) from settlement"), 1);
    books_agree(f, 0);
    execute(f, "update settlement set lines = replace(lines, ' A ', ' B ') where part = 1");
    assert_true(findings(f, "resettle") > 0);
    execute(f, "update settlement set lines = replace(lines, ' B ', ' A ') where part = 1");
    desk_settlement *s = arena_new(&f->a, desk_settlement, 1);
    if (!desk_load(s, f->here.d, &clerk, p->settlement_id, &f->a, &f->e))
        fail_msg("%s", f->e.msg);
    assert_int_equal(s->part[0].line_count, 2);
    text_buffer t = {arena_new(&f->a, char, 500), 0, 500, false};
    for (ptrdiff_t i = 0; i < s->part[0].line_count; i++) {
        const desk_line *l = &s->part[0].line[i];
        text_printf(&t, "%d %.*s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
                    l->line_no, STR_ARG(l->item_class), l->amount_fen, l->own_fen,
                    l->over_limit_fen, l->pay_first_fen, l->in_scope_fen);
    }
    execute(f, arena_printf(&f->a,
                            "update settlement set lines = case part when 0 then '%.*s' else '' "
                            "end",
                            (int)t.n, t.p)
                   .p);
    books_agree(f, 0);
    execute(f, "update settlement set lines = replace(lines, ' A ', ' B ')");
    assert_true(findings(f, "resettle") > 0);
}

#define ON_BOTH(t)                                                                                 \
    {"sqlite: " #t, t, sqlite_setup, close_it, NULL},                                              \
    {                                                                                              \
        "postgres: " #t, t, postgres_setup, close_it, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(an_edited_pack_does_not_touch_the_past),
        ON_BOTH(a_version_that_is_lost_is_not_replaced_by_another),
        ON_BOTH(the_clock_of_another_server_may_be_behind),
        ON_BOTH(two_commands_one_after_the_other_make_no_id_twice),
        ON_BOTH(a_household_is_nobodys_own_account),
        ON_BOTH(a_household_may_change),
        ON_BOTH(a_hospital_takes_back_in_the_household_of_that_day),
        ON_BOTH(a_later_bill_of_another_member_is_said_to_be_in_the_way),
        ON_BOTH(a_paper_claim_is_paid_once),
        ON_BOTH(what_was_settled_again_is_not_ones_own),
        ON_BOTH(a_refund_names_lines_that_are_there_once),
        ON_BOTH(the_service_must_have_been_given),
        ON_BOTH(an_approval_is_of_the_whole_stay),
        ON_BOTH(lines_of_a_stay_in_parts_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
