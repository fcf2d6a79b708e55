/* The desk on both databases: what an auditor would try.
 * covers: R006 R023 R037 */
#include "service/desk/desk.h"
#include "test/support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME "desk_test.db"
#define SINGLE    ((ptrdiff_t)4 << 20)

typedef struct {
    store *s;
    office *o;
    desk *d;
    json_reader *reader;
    int64_t now_ms;
    int bills; /* for numbers */
} fixture;

/* Memory and error of one call. */
typedef struct {
    arena a;
    char *memory;
    err e;
} call;

static call call_new(void)
{
    call c = {.a = unit_arena(SINGLE)};
    c.memory = c.a.beg;
    return c;
}

static const actor clerk = {
    .user_id = 11, .login = {"clerk", 5}, .name = {"clerk", 5}, .rights = ~UINT64_C(0)};
static const actor checker = {
    .user_id = 12, .login = {"checker", 7}, .name = {"checker", 7}, .rights = ~UINT64_C(0)};

static int64_t test_clock(void *arg)
{
    return *(int64_t *)arg;
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
    call c = call_new();
    free_text t = {.sql = str_of(sql)};
    if (!store_write(f->s, 0, run_text, &t, &c.a, &c.e))
        fail_msg("%s: %s", sql, c.e.msg);
    free(c.memory);
}

static int64_t number_of(fixture *f, const char *sql)
{
    call c = call_new();
    free_text t = {.sql = str_of(sql)};
    if (!store_read(f->s, run_text, &t, &c.a, &c.e))
        fail_msg("%s: %s", sql, c.e.msg);
    int64_t n = store_number(&t.rows, 0, 0);
    free(c.memory);
    return n;
}

static const char *const people[] = {
    "insert into area values ('350900', 'Ningde', 'city', '35', 'ningde'), "
    "('350902', 'Jiaocheng', 'county', '350900', '')",
    "insert into provider (provider_id, code, name, area_code, kind, level) values "
    "(501, 'H2', 'Second Hospital', '350902', 'hospital', 'l2'), "
    "(502, 'H9', 'Suspended Hospital', '350902', 'hospital', 'l2')",
    "insert into provider_agreement values (501, '2020-01-01', '', 'signed', 'A1'), "
    "(502, '2020-01-01', '2024-03-31', 'signed', 'A2'), "
    "(502, '2024-04-01', '', 'suspended', 'A2')",
    "insert into item (item_code, name, kind) values ('A1', 'bed', 'service'), "
    "('B1', 'drug', 'drug'), ('C1', 'extra', 'service'), ('N1', 'not covered here', 'drug')",
    "insert into item_term (area_code, item_code, from_on, item_class, pay_first_e8) values "
    "('350900', 'A1', '2020-01-01', 'A', -1), ('350900', 'B1', '2020-01-01', 'B', 20000000), "
    "('350900', 'C1', '2020-01-01', 'C', -1)",
};

static void person_add(fixture *f, int64_t id, bool needy)
{
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "insert into person (person_id, area_code, id_no, name, sex, birth_on) values (%" PRId64
        ", '350902', 'X%" PRId64 "', 'Zhang San', 'male', '1980-02-03')",
        id, id);
    execute(f, sql);
    snprintf(sql, sizeof sql,
             "insert into person_cover values (%" PRId64
             ", '2020-01-01', '2024-12-31', 'resident', 'resident', '')",
             id);
    execute(f, sql);
    snprintf(sql, sizeof sql,
             "insert into person_flag (person_id, kind, value, from_on, until_on, note) "
             "values (%" PRId64 ", 'category', 'dibao', '2024-01-01', '2024-06-30', '')",
             id);
    if (needy)
        execute(f, sql);
}

static fixture *open_at(const char *uri)
{
    fixture *f = calloc(1, sizeof *f);
    store_config c = store_config_default;
    err e = {0};
    int before = 0, after = 0;
    f->now_ms = 1780272000000; /* 2026-06-01 */
    c.uri = str_of(uri);
    c.now_ms = test_clock;
    c.now_arg = &f->now_ms;
    if (!store_open(&f->s, &c, &e) || !store_migrate(f->s, &before, &after, &e) ||
        !office_open(&f->o, f->s, S(GONGJI_ROOT "/packs"), &e) || !desk_open(&f->d, f->o, &e))
        fail_msg("%s", e.msg);
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++)
        execute(f, people[i]);
    f->reader = json_reader_new();
    return f;
}

static void files_remove(void)
{
    remove(FILE_NAME);
    remove(FILE_NAME "-wal");
    remove(FILE_NAME "-shm");
    remove(FILE_NAME "-nodes");
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
    desk_close(f->d);
    office_close(f->o);
    store_close(f->s);
    json_reader_free(f->reader);
    free(f);
    files_remove();
    return 0;
}

static int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    store_config c = store_config_default;
    fixture f = {0};
    err e = {0};
    *state = NULL;
    if (!uri)
        return 0;
    c.uri = str_of(uri);
    assert_true(store_open(&f.s, &c, &e));
    execute(&f, "drop schema public cascade");
    execute(&f, "create schema public");
    store_close(f.s);
    *state = open_at(uri);
    return 0;
}

static int postgres_close(void **state)
{
    return *state ? close_it(state) : 0;
}

static fixture *fixture_or_skip(void **state)
{
    if (!*state)
        skip();
    return *state;
}

/* ---- bills ---- */

static const json_node *json_of(json_reader *reader, str text, arena *a)
{
    const json_node *n;
    int32_t count;
    err e = {0};
    str padded = arena_printf(a, "%.*s%*s", STR_ARG(text), JSON_PADDING_BYTES, "");
    padded.n = text.n;
    if (!json_parse(reader, padded, &n, &count, &e))
        fail_msg("%.*s: %s", STR_ARG(text), e.msg);
    return n;
}

#define STAY(person, date, lines)                                                                  \
    "{\"person_id\":\"" person "\",\"provider_id\":\"501\",\"visit\":{\"kind\":\"inpatient\","     \
    "\"admit_date\":\"2024-04-20\",\"date\":\"" date "\"},\"lines\":[" lines "]}"
#define ONE_STOP                                                                                   \
    "{\"code\":\"A1\",\"amount\":\"40000\"},{\"code\":\"B1\",\"amount\":5000},"                    \
    "{\"code\":\"C1\",\"amount\":800}"

static bool
settle_with(desk_settlement *out, fixture *f, json_reader *reader, str body, str key, call *c)
{
    desk_bill bill;
    bool replayed;
    const json_node *n = json_of(reader, body, &c->a);
    c->e = (err){0};
    return desk_bill_read(&bill, n, &c->e) &&
           desk_settle(out, &replayed, f->d, &clerk, &bill, key, body, &c->a, &c->e);
}

static int64_t settled(fixture *f, const char *body, int64_t cash_fen)
{
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    if (!settle_with(s, f, f->reader, str_of(body), S(""), &c))
        fail_msg("%s: %s %s", body, err_name(c.e.code), c.e.msg);
    if (cash_fen >= 0)
        assert_int_equal(s->part[0].cash_fen, cash_fen);
    int64_t id = s->part[0].settlement_id;
    free(c.memory);
    return id;
}

static void refused(fixture *f, const char *body, err_code code, const char *field)
{
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    assert_false(settle_with(s, f, f->reader, str_of(body), S(""), &c));
    assert_string_equal(err_name(c.e.code), err_name(code));
    assert_string_equal(c.e.field, field);
    free(c.memory);
}

static void books_agree(fixture *f)
{
    desk_report *r = calloc(1, sizeof *r);
    call c = call_new();
    if (!desk_check(r, f->d, NULL, NULL, &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    if (r->finding_count)
        fail_msg("%s %" PRId64 ": %.*s", r->finding[0].rule, r->finding[0].object_id,
                 STR_ARG(r->finding[0].text));
    assert_true(r->settled_again > 0);
    assert_int_equal(r->not_loaded, 0);
    free(r);
    free(c.memory);
}

/* ---- tests ---- */

static void one_bill_goes_through_all_layers_in_one_transaction(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, true);
    int64_t id = settled(f, STAY("7", "2024-05-01", ONE_STOP), 401406);
    assert_int_equal(number_of(f,
                               "select (length(result) - length(replace(result, '\"layer\":', '')"
                               ")) / 8 from settlement"),
                     4);
    assert_int_equal(number_of(f, "select count(*) from settlement where changes like '%pool 0 %'"),
                     1);
    assert_int_equal(number_of(f, "select amount_fen from journal_entry where fund = 'maf_pay'"),
                     664219);
    assert_int_equal(number_of(f, "select line_count from bill"), 3);
    assert_int_equal(number_of(f, "select count(*) from outbox"), 1);
    assert_int_equal(number_of(f, "select count(*) from audit_log"), 1);
    books_agree(f);

    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    if (!desk_load(s, f->d, &clerk, id, &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_int_equal(s->part_count, 1);
    assert_int_equal(s->part[0].cash_fen, 401406);
    json_out o = json_out_new(&c.a, 4096);
    desk_answer(&o, s, LANG_EN, false);
    str text = json_out_text(&o);
    text.p = arena_str(&c.a, text).p;
    assert_non_null(
        strstr(text.p, "\"text\":\"medical assistance: 8856.25 yuan at 75% are 6642.19 yuan."));
    assert_non_null(strstr(text.p, "\"key\":\"fund:assistance\""));
    free(c.memory);
}

static void the_same_message_settles_once(void **state)
{
    fixture *f = fixture_or_skip(state);
    str body = S(STAY("7", "2024-05-01", ONE_STOP));
    person_add(f, 7, false);
    int64_t first = 0;
    for (int i = 0; i < 5; i++) {
        call c = call_new();
        desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
        if (!settle_with(s, f, f->reader, body, S("message 1"), &c))
            fail_msg("%s", c.e.msg);
        assert_int_equal(s->part[0].cash_fen, 1317500);
        if (i == 0)
            first = s->part[0].settlement_id;
        assert_true(s->part[0].settlement_id == first);
        free(c.memory);
    }
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    str other = S(STAY("7", "2024-05-02", ONE_STOP));
    assert_false(settle_with(s, f, f->reader, other, S("message 1"), &c));
    assert_int_equal(c.e.code, ERR_IDEMPOTENCY);
    assert_int_equal(number_of(f, "select count(*) from settlement"), 1);
    free(c.memory);
}

/* As after a restart of the server. */
static void reopen(fixture *f)
{
    store_config c = store_config_default;
    err e = {0};
    int version;
    c.uri = str_of(store_is_postgres(f->s) ? getenv("GONGJI_POSTGRES") : FILE_NAME);
    c.now_ms = test_clock;
    c.now_arg = &f->now_ms;
    desk_close(f->d);
    office_close(f->o);
    store_close(f->s);
    if (!store_open(&f->s, &c, &e) || !store_version(f->s, &version, &e) ||
        !office_open(&f->o, f->s, S(GONGJI_ROOT "/packs"), &e) || !desk_open(&f->d, f->o, &e))
        fail_msg("%s", e.msg);
}

static void the_clock_may_jump(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const int64_t jump_ms[] = {3600000,           -7200000,     0,  86400000 * 400LL,
                                      -86400000 * 800LL, 86400000 * 5, -1, 1};
    int64_t last = 0;
    person_add(f, 7, false);
    f->now_ms += 86400000 * 900LL; /* the bill's day stays in the past */
    for (int i = 0; i < 2 * COUNTOF(jump_ms); i++) {
        f->now_ms += jump_ms[i / 2];
        if (i % 2)
            reopen(f);
        int64_t id = settled(f, STAY("7", "2024-05-01", ONE_STOP), -1);
        assert_true(id > last);
        last = id;
    }
    assert_int_equal(number_of(f, "select count(*) from settlement"), 2 * COUNTOF(jump_ms));
    assert_true(
        number_of(f,
                  "select last_settlement_id from person_state where person_id = 7 and year = 0") ==
        last);
    books_agree(f);
}

static void what_holds_on_the_day_of_service_decides(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, true);
    person_add(f, 8, true);
    execute(f, "insert into person_flag (person_id, kind, value, from_on, until_on, note) "
               "values (7, 'disease', 'gout', '2023-01-01', '2024-02-29', '')");
    settled(f, STAY("7", "2024-05-01", ONE_STOP), 401406);
    settled(f, STAY("8", "2024-07-01", ONE_STOP), 1317500); /* the flag ended in June */
    refused(f, STAY("7", "2025-01-01", ONE_STOP), ERR_NO_COVER, "visit.date");
    refused(f,
            "{\"person_id\":7,\"provider_id\":502,\"visit\":{\"kind\":\"inpatient\",\"date\":"
            "\"2024-04-01\"},\"lines\":[{\"code\":\"A1\",\"amount\":1}]}",
            ERR_NO_AGREEMENT, "provider_id");
    settled(f,
            "{\"person_id\":7,\"provider_id\":502,\"visit\":{\"kind\":\"inpatient\",\"date\":"
            "\"2024-03-31\"},\"lines\":[{\"code\":\"A1\",\"amount\":1}]}",
            -1);
    refused(f,
            "{\"person_id\":7,\"provider_id\":501,\"visit\":{\"kind\":\"chronic\",\"disease\":"
            "\"gout\",\"date\":\"2024-03-01\"},\"lines\":[{\"code\":\"A1\",\"amount\":1}]}",
            ERR_NOT_RECOGNISED, "visit.disease");
    settled(f,
            "{\"person_id\":7,\"provider_id\":501,\"visit\":{\"kind\":\"chronic\",\"disease\":"
            "\"gout\",\"date\":\"2024-02-29\"},\"lines\":[{\"code\":\"A1\",\"amount\":1}]}",
            -1);
    books_agree(f);
}

static void what_cannot_be_settled_leaves_nothing(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, false);
    refused(f, STAY("7", "2024-05-01", "{\"code\":\"??\",\"amount\":1}"), ERR_NOT_IN_CATALOGUE,
            "lines[1].code");
    refused(f, STAY("7", "2024-05-32", ONE_STOP), ERR_BAD_DATE, "visit.date");
    refused(f, STAY("999", "2024-05-01", ONE_STOP), ERR_NOT_FOUND, "person_id");
    refused(f, STAY("7", "2024-05-01", "{\"code\":\"A1\",\"amount\":\"1.234\"}"), ERR_BAD_AMOUNT,
            "lines[1].amount");
    refused(f, "{\"person_id\":7,\"provider_id\":501,\"wrong\":1}", ERR_UNKNOWN_FIELD, "wrong");
    refused(f, "{\"person_id\":7}", ERR_MISSING_FIELD, "provider_id");
    static const char *const tables[] = {"settlement", "bill",      "journal_entry",
                                         "outbox",     "audit_log", "visit"};
    for (ptrdiff_t i = 0; i < COUNTOF(tables); i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select count(*) from %s", tables[i]);
        assert_int_equal(number_of(f, sql), 0);
    }
}

static void an_item_that_the_area_does_not_cover_is_the_patients(void **state)
{
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, false);
    settled(f, STAY("7", "2024-05-01", "{\"code\":\"N1\",\"amount\":100}"), 10000);
}

/* Two bills that each would use up the year's deductible; the second of a year pays a lower one. */
static void *settle_thread(void *arg)
{
    fixture *f = arg;
    json_reader *reader = json_reader_new();
    for (int i = 0; i < 10; i++) {
        call c = call_new();
        desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
        if (!settle_with(s, f, reader, S(STAY("7", "2024-05-01", ONE_STOP)), S(""), &c))
            fail_msg("%s", c.e.msg);
        free(c.memory);
    }
    json_reader_free(reader);
    return NULL;
}

static void two_at_once_use_nothing_twice(void **state)
{
    fixture *f = fixture_or_skip(state);
    pthread_t thread[4];
    person_add(f, 7, true);
    person_add(f, 8, true);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, settle_thread, f), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < 40; i++) /* the same, one after another */
        settled(f, STAY("8", "2024-05-01", ONE_STOP), -1);
    static const char *const sums[] = {"fund_fen", "cash_fen"};
    for (ptrdiff_t i = 0; i < COUNTOF(sums); i++) {
        char a[120], b[120];
        snprintf(a, sizeof a, "select cast(sum(%s) as bigint) from settlement where person_id = 7",
                 sums[i]);
        snprintf(b, sizeof b, "select cast(sum(%s) as bigint) from settlement where person_id = 8",
                 sums[i]);
        assert_int_equal(number_of(f, a), number_of(f, b));
    }
    books_agree(f);
}

/* ---- taking back ---- */

static str text_of_state(fixture *f, int64_t person_id, const char *what, call *c)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "select %s || coalesce((select y.state from person_state y where y.person_id = "
             "h.person_id and y.year = 2024), '') from person_state h where h.year = 0 and "
             "h.person_id = %" PRId64,
             what, person_id);
    free_text t = {.sql = str_of(sql)};
    if (!store_read(f->s, run_text, &t, &c->a, &c->e))
        fail_msg("%s", c->e.msg);
    return t.rows.row_count ? store_text(&t.rows, 0, 0) : S("");
}

static str state_text(fixture *f, int64_t person_id, call *c)
{
    return text_of_state(f, person_id, "h.account || '|' || h.state || '|'", c);
}

/* What two persons with the same bills have alike: not what is kept for each stay. */
static str year_text(fixture *f, int64_t person_id, call *c)
{
    return text_of_state(f, person_id, "h.account || '|'", c);
}

static void settle_then_reverse_restores_everything(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    person_add(f, 7, true);
    settled(f, STAY("7", "2024-05-01", ONE_STOP), 401406);
    str before = state_text(f, 7, &c);
    int64_t second = settled(f, STAY("7", "2024-05-20", ONE_STOP), -1);
    assert_false(str_eq(before, state_text(f, 7, &c)));
    if (!desk_reverse_own(s, f->d, &clerk, second, S("wrong person"), &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_true(str_eq(s->part[0].kind, S("reverse")));
    assert_true(str_eq(before, state_text(f, 7, &c)));
    assert_false(desk_reverse_own(s, f->d, &clerk, second, S("again"), &c.a, &c.e));
    assert_int_equal(c.e.code, ERR_REVERSED);
    assert_int_equal(number_of(f, "select cast(sum(total_fen) as bigint) from settlement"),
                     4580000);
    books_agree(f);
    free(c.memory);
}

static void only_the_last_is_taken_back_alone(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    person_add(f, 7, false);
    int64_t first = settled(f, STAY("7", "2024-05-01", ONE_STOP), -1);
    settled(f, STAY("7", "2024-05-20", ONE_STOP), -1);
    assert_false(desk_reverse_own(s, f->d, &clerk, first, S("no"), &c.a, &c.e));
    assert_int_equal(c.e.code, ERR_LATER_SETTLEMENTS);
    c.e = (err){0};
    f->now_ms += 86400000; /* tomorrow a second person is needed */
    assert_false(desk_reverse_own(s, f->d, &clerk, first, S("no"), &c.a, &c.e));
    assert_int_equal(c.e.code, ERR_NO_RIGHT);
    free(c.memory);
}

static void a_second_person_takes_back_and_later_ones_are_settled_again(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    int64_t approval = 0, result = 0;
    person_add(f, 7, true);
    person_add(f, 8, true);
    int64_t first = settled(f, STAY("7", "2024-05-01", ONE_STOP), -1);
    settled(f, STAY("7", "2024-05-20", ONE_STOP), -1);
    settled(f, STAY("7", "2024-05-21", ONE_STOP), -1);
    settled(f, STAY("8", "2024-05-20", ONE_STOP), -1);
    settled(f, STAY("8", "2024-05-21", ONE_STOP), -1);
    if (!desk_ask_reverse(&approval, f->d, &clerk, first, S("billed twice"), &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_false(desk_decide(&result, f->d, &clerk, approval, DECIDE_APPROVE, S(""), &c.a, &c.e));
    assert_int_equal(c.e.code, ERR_SAME_PERSON);
    c.e = (err){0};
    if (!desk_decide(&result, f->d, &checker, approval, DECIDE_APPROVE, S("yes"), &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_true(str_eq(year_text(f, 7, &c), year_text(f, 8, &c)));
    assert_int_equal(
        number_of(f, "select cast(sum(cash_fen) as bigint) from settlement where person_id = 7"),
        number_of(f, "select cast(sum(cash_fen) as bigint) from settlement where person_id = 8"));
    assert_int_equal(number_of(f, "select count(*) from settlement where replaces_id > 0"), 2);
    assert_false(
        desk_decide(&result, f->d, &checker, approval, DECIDE_APPROVE, S("yes"), &c.a, &c.e));
    assert_int_equal(c.e.code, ERR_NOT_OPEN);
    books_agree(f);
    free(c.memory);
}

static void part_of_a_bill_is_refunded(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    int64_t approval = 0, result = 0;
    const char *body =
        "{\"person_id\":7,\"provider_id\":501,\"visit\":{\"kind\":\"inpatient\",\"date\":"
        "\"2024-05-01\"},\"lines\":[{\"code\":\"A1\",\"quantity\":10,\"unit_price\":100},"
        "{\"code\":\"B1\",\"quantity\":4,\"amount\":1000}]}";
    const char *less =
        "{\"person_id\":8,\"provider_id\":501,\"visit\":{\"kind\":\"inpatient\",\"date\":"
        "\"2024-05-01\"},\"lines\":[{\"code\":\"A1\",\"quantity\":7,\"unit_price\":100},"
        "{\"code\":\"B1\",\"quantity\":3,\"amount\":750}]}";
    person_add(f, 7, false);
    person_add(f, 8, false);
    int64_t id = settled(f, body, -1);
    settled(f, less, -1);
    const json_node *n = json_of(
        f->reader, S("[{\"line_no\":1,\"quantity\":3},{\"line_no\":2,\"quantity\":\"1\"}]"), &c.a);
    if (!desk_ask_refund(&approval, f->d, &clerk, id, S("not taken"), n, n, &c.a, &c.e) ||
        !desk_decide(&result, f->d, &checker, approval, DECIDE_APPROVE, S(""), &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_true(str_eq(year_text(f, 7, &c), year_text(f, 8, &c)));
    assert_int_equal(
        number_of(f, "select cast(sum(fund_fen) as bigint) from settlement where person_id = 7"),
        number_of(f, "select cast(sum(fund_fen) as bigint) from settlement where person_id = 8"));
    books_agree(f);
    free(c.memory);
}

static void a_paper_claim_is_paid_to_the_person_after_a_second_look(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    int64_t approval = 0, result = 0;
    desk_bill bill;
    bool replayed;
    str body = S("{\"person_id\":7,\"provider_id\":502,\"channel\":\"manual\",\"bill_no\":\"paper "
                 "1\",\"visit\":{"
                 "\"kind\":\"inpatient\",\"date\":\"2024-05-01\"},\"lines\":[{\"code\":\"A1\","
                 "\"amount\":9000}]}");
    person_add(f, 7, false);
    const json_node *n = json_of(f->reader, body, &c.a);
    if (!desk_bill_read(&bill, n, &c.e) ||
        !desk_ask_manual(&approval, &replayed, f->d, &clerk, &bill, S(""), body, &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_int_equal(number_of(f, "select count(*) from settlement"), 0);
    if (!desk_decide(&result, f->d, &checker, approval, DECIDE_APPROVE, S(""), &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_true(result > 0);
    assert_int_equal(
        number_of(f, "select count(*) from journal_entry where credit <> 'payable_person'"), 0);
    assert_true(number_of(f, "select count(*) from journal_entry") > 0);
    books_agree(f);
    free(c.memory);
}

static void a_preview_is_what_settling_gives_and_stores_nothing(void **state)
{
    fixture *f = fixture_or_skip(state);
    call c = call_new();
    desk_bill bill;
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    str body = S(STAY("7", "2024-05-01", ONE_STOP));
    person_add(f, 7, true);
    const json_node *n = json_of(f->reader, body, &c.a);
    if (!desk_bill_read(&bill, n, &c.e) || !desk_preview(s, f->d, &clerk, &bill, &c.a, &c.e))
        fail_msg("%s", c.e.msg);
    assert_int_equal(s->part[0].settlement_id, 0);
    assert_int_equal(number_of(f, "select count(*) from settlement"), 0);
    settled(f, body.p, s->part[0].cash_fen);
    free(c.memory);
}

/* The check has to find what somebody changed behind its back. */
static void the_check_finds_what_was_changed(void **state)
{
    static const struct {
        const char *damage, *undo, *rule;
    } change[] = {
        {"update settlement set cash_fen = cash_fen + 1, personal_fen = personal_fen + 1",
         "update settlement set cash_fen = cash_fen - 1, personal_fen = personal_fen - 1",
         "identities"},
        {"update journal_entry set amount_fen = amount_fen + 1 where entry_no = 0",
         "update journal_entry set amount_fen = amount_fen - 1 where entry_no = 0", "journal"},
        {"update bill set total_fen = total_fen + 1", "update bill set total_fen = total_fen - 1",
         "lines"},
        {"update settlement set lines = '1' || lines",
         "update settlement set lines = substr(lines, 2)", "resettle"},
        {"update settlement set lines = lines || '9 A 1 0 0 0 1\n'",
         "update settlement set lines = substr(lines, 1, length(lines) - 14)", "lines"},
        {"update settlement set lines = '?' || lines",
         "update settlement set lines = substr(lines, 2)", "lines"},
        {"update settlement set changes = '?' || changes",
         "update settlement set changes = substr(changes, 2)", "resettle"},
        {"update policy_used set policy_id = policy_id || '?'",
         "update policy_used set policy_id = substr(policy_id, 1, length(policy_id) - 1)",
         "policies"},
        {"update settlement set state = 'reversed'", "update settlement set state = 'settled'",
         "reversals"},
        {"update person_state set state = 'pool 0 1' || state where year > 0",
         "update person_state set state = substr(state, 9) where year > 0", "accumulators"},
        {"update settlement set result = result || ' '",
         "update settlement set result = substr(result, 1, length(result) - 1)", "resettle"},
        {"update settlement set own_fen = own_fen + 1, in_scope_fen = in_scope_fen - 1",
         "update settlement set own_fen = own_fen - 1, in_scope_fen = in_scope_fen + 1", "amounts"},
        {"update settlement set hospital_fen = 1, personal_fen = personal_fen - 1, cash_fen = "
         "cash_fen - 1",
         "update settlement set hospital_fen = 0, personal_fen = personal_fen + 1, cash_fen = "
         "cash_fen + 1",
         "amounts"},
        {"update journal_entry set fund = 'maf_pay?' where fund = 'maf_pay'",
         "update journal_entry set fund = 'maf_pay' where fund = 'maf_pay?'", "journal"},
        {"update journal_entry set credit = 'payable_person'",
         "update journal_entry set credit = 'payable_provider'", "journal"},
        {"update person_state set person_id = -person_id where year = 0",
         "update person_state set person_id = -person_id where year = 0", "accumulators"},
        {"update settlement set lines = lines || '9 A 9223372036854775807 0 0 0 1\n'",
         "update settlement set lines = substr(lines, 1, length(lines) - 32)", "lines"},
        {"update settlement set lines = lines || '9 A 99999999999999999999 0 0 0 1\n'",
         "update settlement set lines = substr(lines, 1, length(lines) - 33)", "lines"},
        {"update audit_log set login = 'nobody' where seq = 1",
         "update audit_log set login = 'clerk' where seq = 1", "audit"},
    };
    fixture *f = fixture_or_skip(state);
    person_add(f, 7, true);
    settled(f, STAY("7", "2024-05-01", ONE_STOP), 401406);
    books_agree(f);
    for (ptrdiff_t i = 0; i < COUNTOF(change); i++) {
        desk_report *r = calloc(1, sizeof *r);
        call c = call_new();
        execute(f, change[i].damage);
        if (!desk_check(r, f->d, NULL, NULL, &c.a, &c.e))
            fail_msg("%s: %s", change[i].damage, c.e.msg);
        assert_true(r->finding_count > 0);
        assert_string_equal(r->finding[0].rule, change[i].rule);
        execute(f, change[i].undo);
        free(r);
        free(c.memory);
    }
    books_agree(f);
}

/* Settles and reverses at random; a second person gets only what was left standing, in order. */
static void random_settling_and_reversing_agrees_with_a_model(void **state)
{
    fixture *f = fixture_or_skip(state);
    uint64_t seed = 20240601;
    char body[40][700];
    int64_t id[40];
    int count = 0;
    call c = call_new();
    desk_settlement *s = arena_new(&c.a, desk_settlement, 1);
    person_add(f, 7, true);
    person_add(f, 8, true);
    for (int i = 0; i < 60; i++) {
        if (count > 0 && (count == 40 || unit_below(&seed, 3) == 0)) {
            c.a.beg = c.memory + sizeof *s + 64;
            if (!desk_reverse_own(s, f->d, &clerk, id[--count], S("model"), &c.a, &c.e))
                fail_msg("%s", c.e.msg);
            continue;
        }
        snprintf(body[count], sizeof body[count],
                 "{\"person_id\":%%d,\"provider_id\":501,\"visit\":{\"kind\":\"%s\",\"date\":"
                 "\"2024-0%d-1%d\"},"
                 "\"lines\":[{\"code\":\"A1\",\"amount\":%" PRId64
                 ".%d},{\"code\":\"B1\",\"amount\":%" PRId64
                 "},{\"code\":\"C1\",\"amount\":1.11}]}",
                 unit_below(&seed, 2) ? "inpatient" : "outpatient", (int)unit_below(&seed, 9) + 1,
                 (int)unit_below(&seed, 10), unit_below(&seed, 60000), (int)unit_below(&seed, 100),
                 unit_below(&seed, 9000));
        char for_seven[700];
        snprintf(for_seven, sizeof for_seven, body[count], 7);
        id[count++] = settled(f, for_seven, -1);
    }
    for (int i = 0; i < count; i++) {
        char for_eight[700];
        snprintf(for_eight, sizeof for_eight, body[i], 8);
        settled(f, for_eight, -1);
    }
    assert_true(str_eq(year_text(f, 7, &c), year_text(f, 8, &c)));
    static const char *const sums[] = {"total_fen", "fund_fen", "cash_fen", "in_scope_fen"};
    for (ptrdiff_t i = 0; i < COUNTOF(sums); i++) {
        char a[120], b[120];
        snprintf(a, sizeof a, "select cast(sum(%s) as bigint) from settlement where person_id = 7",
                 sums[i]);
        snprintf(b, sizeof b, "select cast(sum(%s) as bigint) from settlement where person_id = 8",
                 sums[i]);
        assert_int_equal(number_of(f, a), number_of(f, b));
    }
    books_agree(f);
    free(c.memory);
}

#define ON_BOTH(t)                                                                                 \
    {"sqlite: " #t, t, sqlite_setup, close_it, NULL},                                              \
    {                                                                                              \
        "postgres: " #t, t, postgres_setup, postgres_close, NULL                                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(one_bill_goes_through_all_layers_in_one_transaction),
        ON_BOTH(the_same_message_settles_once),
        ON_BOTH(the_clock_may_jump),
        ON_BOTH(what_holds_on_the_day_of_service_decides),
        ON_BOTH(what_cannot_be_settled_leaves_nothing),
        ON_BOTH(an_item_that_the_area_does_not_cover_is_the_patients),
        ON_BOTH(two_at_once_use_nothing_twice),
        ON_BOTH(settle_then_reverse_restores_everything),
        ON_BOTH(only_the_last_is_taken_back_alone),
        ON_BOTH(a_second_person_takes_back_and_later_ones_are_settled_again),
        ON_BOTH(part_of_a_bill_is_refunded),
        ON_BOTH(a_paper_claim_is_paid_to_the_person_after_a_second_look),
        ON_BOTH(a_preview_is_what_settling_gives_and_stores_nothing),
        ON_BOTH(the_check_finds_what_was_changed),
        ON_BOTH(random_settling_and_reversing_agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
