/* The builder alone, then every list on SQLite and, if GONGJI_POSTGRES names one, on PostgreSQL. */
#include "service/lists/lists_internal.h"
#include "service/lists/mask.h"
#include "test/support/unit.h"

#define FILE_NAME   "lists_test.db"
#define ARENA_BYTES ((ptrdiff_t)64 << 20)
#define TODAY       S("2026-11-21")

static const actor everybody = {.user_id = 1, .rights = ~UINT64_C(0)};

static bool has(str text, const char *part)
{
    ptrdiff_t n = (ptrdiff_t)strlen(part);
    for (ptrdiff_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, part, (size_t)n) == 0)
            return true;
    return false;
}

/* ---- masks ---- */

static void names_and_numbers_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *name, *id_no, *phone;
    } cases[] = {
        {"", "", "", ""},
        {"张", "张*", "张*", "张*"},
        {"张三", "张*", "张*", "张*"},
        {"王小明", "王**", "王**", "王**"},
        {"阿卜杜拉·买买提", "阿*******", "阿*******", "阿*******"},
        {"350902199001011234", "3*****************", "3509**********1234", "350***********1234"},
        {"13805931234", "1**********", "1**********", "138****1234"},
        {"1380593123456", "1************", "1380*****3456", "138******3456"},
        {"E12345678", "E********", "E********", "E********"},
        {"\xff\xff", "\xff*", "\xff*", "\xff*"},
    };
    arena a = unit_arena(4096);
    arena whole = a;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        unit_str_equal(mask_name(str_of(cases[i].plain), &a), cases[i].name);
        unit_str_equal(mask_id_no(str_of(cases[i].plain), &a), cases[i].id_no);
        unit_str_equal(mask_phone(str_of(cases[i].plain), &a), cases[i].phone);
    }
    free(whole.beg);
}

/* ---- the builder ---- */

static list_request request_of(const char *list)
{
    const list_spec *l = list_named(str_of(list));
    assert_non_null(l);
    return (list_request){.list = l, .today = TODAY};
}

static void a_request_becomes_one_text(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    arena whole = a;
    err e = {0};
    list_query q;
    list_filter filter[] = {{S("provider_id"), S("42")},
                            {S("state"), S("")},
                            {S("area_code"), S("3509")},
                            {S("from"), S("2026-11-01")},
                            {S("until"), S("2026-11-21")}};
    list_request r = request_of("settlements");
    actor who = {.area_code = S("350902"), .provider_id = 77};
    r.filter = filter;
    r.filter_count = COUNTOF(filter);
    r.q = S("123");
    store_value last[] = {STORE_N(5), STORE_N(6), STORE_N(0)};
    r.cursor = cursor_write(S("-settled_at"), last, 3, &a);
    assert_true(list_build(&q, &r, &who, &a, &e));
    const char *where =
        " where s.provider_id = $1 and s.area_code >= $2 and s.area_code <= $3"
        " and s.settled_at >= $4 and s.settled_at < $5"
        " and s.area_code >= $6 and s.area_code <= $7 and s.provider_id = $8"
        " and (s.settlement_id in (select s2.settlement_id from bill b2 join settlement s2"
        " on s2.person_id = b2.person_id and s2.bill_id = b2.bill_id where b2.bill_no = $9"
        " union all select s3.settlement_id from settlement s3 where s3.settlement_id = $10))";
    assert_true(has(q.sql, where));
    assert_true(has(q.sql, " and (s.settled_at, s.settlement_id, s.part) < ($11, $12, $13)"
                           " order by s.settled_at desc, s.settlement_id desc, s.part desc"
                           " limit $14) k join settlement s on s.person_id = k.person_id "));
    unit_str_equal(
        q.count_sql,
        arena_printf(
            &a, "select count(*) from (select 1 as one from settlement s%s limit 10001) counted",
            where)
            .p);
    assert_int_equal(q.value_count, 14);
    assert_int_equal(q.value[0].number, 42);
    unit_str_equal(q.value[1].text, "3509");
    unit_str_equal(q.value[2].text, "3509999999999999");
    assert_int_equal(q.value[3].number, 1793462400000); /* 2026-10-31T16:00Z */
    assert_int_equal(q.value[4].number, 1793462400000 + INT64_C(21) * 86400000);
    unit_str_equal(q.value[5].text, "350902");
    assert_int_equal(q.value[7].number, 77);
    unit_str_equal(q.value[8].text, "123");
    assert_int_equal(q.value[13].number, LIST_LIMIT + 1);
    free(whole.beg);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *list, *name, *value, *field;
        err_code code;
    } cases[] = {
        {"settlements", "colour", "red", "colour", ERR_UNKNOWN_FIELD},
        {"settlements", "person_name", "x", "person_name", ERR_UNKNOWN_FIELD},
        {"settlements", "person_id", "12a", "person_id", ERR_BAD_NUMBER},
        {"settlements", "person_id", "-1", "person_id", ERR_BAD_NUMBER},
        {"settlements", "person_id", "99999999999999999999", "person_id", ERR_BAD_NUMBER},
        {"settlements", "from", "2026-02-30", "from", ERR_BAD_DATE},
        {"settlements", "area_code", "35%", "area_code", ERR_BAD_VALUE},
        {"persons", "from", "2026-02-28", "from", ERR_UNKNOWN_FIELD},
        {"items", "area_code", "x", "area_code", ERR_BAD_VALUE},
        {"persons", "sort", "name", "sort", ERR_BAD_VALUE},
        {"persons", "sort", "id_no", "sort", ERR_BAD_VALUE},
        {"settlements", "sort", "--settled_at", "sort", ERR_BAD_VALUE},
        {"settlements", "limit", "501", "limit", ERR_BAD_VALUE},
        {"settlements", "limit", "-1", "limit", ERR_BAD_VALUE},
        {"settlements", "cursor", "abc", "cursor", ERR_BAD_VALUE},
        {"settlements", "cursor", "@@", "cursor", ERR_BAD_VALUE},
    };
    arena a = unit_arena(1 << 20);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena scratch = a;
        err e = {0};
        list_query q;
        list_request r = request_of(cases[i].list);
        str name = str_of(cases[i].name), value = str_of(cases[i].value);
        list_filter f = {name, value};
        if (str_eq(name, S("sort")))
            r.sort = value;
        else if (str_eq(name, S("limit")))
            r.limit = atoi(cases[i].value);
        else if (str_eq(name, S("cursor")))
            r.cursor = value;
        else
            r.filter = &f, r.filter_count = 1;
        if (list_build(&q, &r, &everybody, &scratch, &e))
            fail_msg("%s %s=%s was taken", cases[i].list, cases[i].name, cases[i].value);
        assert_int_equal(e.code, cases[i].code);
        assert_string_equal(e.field, cases[i].field);
        assert_true(e.expected[0]);
    }
    list_filter many[20];
    for (int i = 0; i < 20; i++)
        many[i] = (list_filter){S("area_code"), S("3509")};
    err e = {0};
    list_query q;
    list_request r = request_of("settlements");
    r.filter = many;
    r.filter_count = 20;
    r.q = S("12345678");
    arena again = a;
    assert_false(list_build(&q, &r, &everybody, &again, &e));
    assert_int_equal(e.code, ERR_TOO_LARGE);
    r.filter_count = LIST_FILTERS_MAX;
    e = (err){0};
    again = a;
    assert_true(list_build(&q, &r, &everybody, &again, &e));
    r = request_of("persons");
    e = (err){0};
    actor hospital = {.provider_id = 7};
    arena scratch = a;
    assert_false(list_build(&q, &r, &hospital, &scratch, &e));
    assert_int_equal(e.code, ERR_MISSING_FIELD);
    r.q = S("王小明");
    e = (err){0};
    assert_true(list_build(&q, &r, &hospital, &scratch, &e));
    free(a.beg);
}

/* Whatever is sent, the texts are those of the program: words, signs and places of values. */
static void no_text_of_a_user_becomes_sql(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "ZQZ'; drop table person; --", "ZQZ\" or 1=1",  "ZQZ%_!", "$1ZQZ", "{today}ZQZ", "/*ZQZ*/",
        "ZQZ/*postgres: x*/",          "1234567890ZQZ", "ZQZ\\'", "王ZQZ"};
    arena a = unit_arena(1 << 22);
    uint64_t seed = 7;
    int built = 0;
    for (int turn = 0; turn < 20000; turn++) {
        arena scratch = a;
        err e = {0};
        list_query q;
        const list_spec *l = list_at((int)unit_below(&seed, list_count()));
        list_filter filter[4];
        list_request r = {.list = l, .today = TODAY, .filter = filter};
        for (int i = 0; i < 4; i++) {
            const list_column *c = &l->column[unit_below(&seed, l->column_count)];
            if (unit_below(&seed, 2) && (c->flags & LIST_FILTER))
                filter[r.filter_count++] = (list_filter){
                    str_of(c->name), str_of(hostile[unit_below(&seed, COUNTOF(hostile))])};
        }
        if (unit_below(&seed, 2) && l->search[0].kind != SEARCH_NONE)
            r.q = str_of(hostile[unit_below(&seed, COUNTOF(hostile))]);
        if (!list_build(&q, &r, &everybody, &scratch, &e)) {
            assert_int_equal(e.code, ERR_BAD_NUMBER);
            continue;
        }
        built++;
        assert_false(has(q.sql, "ZQZ"));
        assert_false(has(q.count_sql, "ZQZ"));
        assert_false(has(q.sql, "{"));
    }
    assert_true(built > 5000);
    free(a.beg);
}

static void a_cursor_comes_back_or_is_refused(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    store_value value[] = {STORE_N(INT64_MAX), STORE_N(-INT64_MAX), STORE_T(S("名:1")),
                           STORE_T(S(""))};
    store_value back[4];
    arena whole = a;
    str c = cursor_write(S("-x"), value, 4, &a);
    assert_true(cursor_read(back, 4, S("-x"), c, &a));
    assert_int_equal(back[0].number, INT64_MAX);
    assert_int_equal(back[1].number, -INT64_MAX);
    unit_str_equal(back[2].text, "名:1");
    assert_int_equal(back[3].text.n, 0);
    assert_false(cursor_read(back, 4, S("x"), c, &a));
    assert_false(cursor_read(back, 3, S("-x"), c, &a));
    assert_false(cursor_read(back, 4, S("-x"), (str){c.p, c.n - 3}, &a));
    uint64_t seed = 3;
    for (int i = 0; i < 100000; i++) { /* the sanitizer watches */
        arena scratch = a;
        char damaged[200];
        assert_true(c.n < 200);
        memcpy(damaged, c.p, (size_t)c.n);
        damaged[unit_below(&seed, c.n)] = (char)unit_below(&seed, 256);
        (void)cursor_read(back, 4, S("-x"), (str){damaged, unit_below(&seed, c.n + 1)}, &scratch);
    }
    free(whole.beg);
}

/* ---- on the databases ---- */

typedef struct {
    store *s;
    arena whole;
} fixture;

typedef struct {
    const char *sql;
    store_rows rows;
    const list_query *query; /* its values */
} free_text;

static bool run_text(store_job *job, void *arg, arena *a, err *e)
{
    free_text *t = arg;
    const store_value *value = t->query ? t->query->value : NULL;
    int count = t->query ? t->query->value_count : 0;
    return store_query_text(job, str_of(t->sql), value, count, &t->rows, a, e);
}

static void execute(fixture *f, const char *sql)
{
    arena a = f->whole;
    err e = {0};
    if (!store_write(f->s, 0, run_text, &(free_text){.sql = sql}, &a, &e))
        fail_msg("%s: %s", sql, e.msg);
}

#define SERIES(count)                                                                              \
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < " #count ") "

static const char *const content[] = {
    "insert into area (area_code, name, level, parent_code, pack_id) values"
    " ('35','福建省','province','',''), ('3509','宁德市','city','35','ningde'),"
    " ('350902','蕉城区','county','3509',''), ('350981','福安市','county','3509',''),"
    " ('3510','别处市','city','35','')",
    "insert into provider (provider_id, code, name, initials, area_code, kind, level)" SERIES(
        30) "select i, 'H' || (1000 + i), '第' || i || '医院', 'DYY', case when i % 2 = 0 then "
            "'350902' else '350981' end,"
            " case when i % 5 = 0 then 'pharmacy' else 'hospital' end, 'l' || (1 + i % 3) from n",
    "insert into provider_agreement (provider_id, from_on, until_on, state) values"
    " (1, '2020-01-01', '2025-12-31', 'signed'), (1, '2026-01-01', '', 'suspended'),"
    " (2, '2020-01-01', '2025-12-31', 'signed')",
    "insert into item (item_code, name, initials, kind)" SERIES(
        700) "select 'X' || (10000 + i), '药品' || (i % 13) || '_' || i, 'YP', 'drug' from n",
    "insert into item_term (area_code, item_code, from_on, until_on, item_class, pay_first_e8, "
    "limit_e4, price_e4) values"
    " ('3509','X10001','2024-01-01','2025-12-31','C',-1,-1,-1), "
    "('3509','X10001','2026-01-01','','B',10000000,123400,-1),"
    " ('3510','X10001','2024-01-01','','A',0,-1,-1), "
    "('350900','X10001','2024-01-01','','A',0,-1,-1),"
    " ('350981','X10001','2024-01-01','','C',-1,-1,-1), "
    "('350982','X10001','2024-01-01','2024-12-31','C',-1,-1,-1)",
    "insert into disease (icd_code, name, initials) values ('K80.1','胆囊结石','DNJS'), "
    "('E11.9','2型糖尿病','2XTNB')",
    "insert into person (person_id, area_code, id_no, name, initials, sex, birth_on)" SERIES(
        600) "select 7000000000 + i, case when i % 3 = 0 then '350902' when i % 3 = 1 then "
             "'350981' else '3510' end,"
             " '35090219900101' || (1000 + i), case when i % 4 = 0 then '王小明' else '李四' end,"
             " case when i % 4 = 0 then 'WXM' else 'LS' end, 'male', '1990-01-01' from n",
    "insert into person_cover (person_id, from_on, until_on, scheme, status) values"
    " (7000000001, '2020-01-01', '2025-12-31', 'resident', 'student'), (7000000001, '2026-01-01', "
    "'', 'employee', 'working'),"
    " (7000000002, '2027-01-01', '', 'employee', 'working')",
    "insert into bill (person_id, bill_id, visit_id, bill_no, provider_id, channel, service_on, "
    "line_count, total_fen,"
    " document, created_at, created_by)" SERIES(
        500) "select 7000000001 + i % 60, i, i, 'B' || i, 1 + i % 30, 'counter', '2026-11-20', 1, "
             "1000, '{}', 1, 1 from n",
    "insert into settlement (person_id, settlement_id, part, bill_id, provider_id, area_code, "
    "kind, state, channel, scheme,"
    " visit_kind, year, service_on, settled_at, settled_by, pack_id, pack_digest, policy_id, "
    "policy_from_on, total_fen, own_fen,"
    " over_limit_fen, pay_first_fen, in_scope_fen, fund_fen, hospital_fen, personal_fen, "
    "account_fen, cash_fen, result, trace)" SERIES(
        500) "select 7000000001 + i % 60, 9000 + i / 2, i % 2, i, 1 + i % 30, case when i % 2 = 0 "
             "then '350902' else '350981' end,"
             " 'settle', case when i % 10 = 0 then 'reversed' else 'settled' end, 'counter', "
             "'resident', 'inpatient', 2026,"
             " '2026-11-20', 1795190400000 + i / 4 * 3600000, 1, 'p', 'd', 'x', '2026-01-01',"
             " 100000 + i, 0, 0, 0, 0, 60000, 0, 40000, 0, 40000 + i, '{}', '{}' from n",
    "insert into cross_settlement (person_id, settlement_id, part, kind, insured_pool, "
    "treatment_pool, treatment_area, provider_id, scheme, visit_kind, route, booked_on, month, "
    "total_fen, fund_fen, account_fen)" SERIES(
        40) "select 7000000001 + i % 60, 9000 + i / 2, i % 2, 'settle', '350900', '130800', "
            "'130802', 1 + i % 30, case when i % 2 = 0 then 'resident' else 'employee' end,"
            " 'inpatient', 'filed', '2026-0' || (1 + i % 9) || '-01', '2026-0' || (1 + i % 9),"
            " 1000, 600, 0 from n",
    "insert into clearing_statement (statement_id, month, insured_pool, treatment_pool, scheme, "
    "state, visits, reversals, total_fen, fund_fen, account_fen, due_fen, made_by, made_at)" SERIES(
        20) "select i, '2026-0' || (1 + i % 9), '350900', '130800', 's' || i, 'made', 1, 0, 10, 5,"
            " 0, 5, 1, 1 from n",
    "insert into clearing_application (application_id, provider_id, month, clr_type, from_on, "
    "until_on, state, agrees, visits, total_fen, fund_fen, cash_fen, account_fen, own_visits, "
    "own_total_fen, own_fund_fen, own_cash_fen, own_account_fen, made_at)" SERIES(
        10) "select i, 1 + i % 30, '2026-0' || (1 + i % 9), '1' || i, '2026-01-01', '2026-01-31',"
            " 'applied', i % 2, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, i / 3 from n",
    "insert into submission (submission_id, provider_id, month, state, settlements, total_fen, "
    "fund_fen, account_fen, cash_fen, due_fen, made_by, made_at)" SERIES(
        8) "select i, i, '2026-0' || i, 'submitted', 0, 0, 0, 0, 0, 0, 1, i / 3 from n",
    "insert into proxy (person_id, object_id, kind, provider_id, transaction_no, name, id_type, "
    "id_no, "
    "made_at)" SERIES(25) "select 7000000000 + i, i, 'visit', 1 + i % 30, '2102', '王', '01', "
                          "'35090219800203001' || i, i / 3 from n",
    "insert into purchase_upload (provider_id, purchase_id, kind, person_id, transaction_no, "
    "happened_at, uploaded_at, month, delay_minutes, limit_minutes, late)" SERIES(
        60) "select 1 + i % 30, i, case when i % 3 = 0 then 'goods' else 'settlement' end, 0, "
            "'2102', i, i / 3, '2026-0' || (1 + i % 2), i, 30, i % 2 from n",
    "insert into settlement_list (person_id, list_id, settlement_id, visit_no, provider_id, month, "
    "state, document, facts, severity, uploaded_at, group_status, drg)" SERIES(
        35) "select 7000000000 + i, i, 9000 + i, 'v', 1 + i % 30, '202611', 'draft', '{}', '{}', "
            "0, 1795190400000 + i / 4, 'grouped', 'GD13' from n",
    "insert into group_dispute (person_id, dispute_id, list_id, settlement_id, provider_id, "
    "area_code, system, was_group, wanted_group, grounds, state, made_by, made_at, steps)" SERIES(
        15) "select 7000000000 + i, 100 + i, i, 9000 + i, 1 + i % 30, '350902', 'drg', 'GD13', "
            "'GD15', 'g', 'filed', 1, 1795190400000 + i / 4, 1 from n",
    "insert into app_user (user_id, login, name, area_code, password_hash, state, created_at, "
    "last_login_at) values"
    " (1,'anna','安娜','3509','x','active',1,0), "
    "(2,'bert','伯特','','x','disabled',1,1795190400000), (3,'b_t','一','3510','x','active',1,0)",
    "insert into user_role (user_id, role) values (1,'clerk'), (1,'auditor')",
    "insert into approval (approval_id, kind, person_id, object_id, area_code, reason, amount_fen, "
    "state, made_by, made_at)" SERIES(
        70) "select i, 'reverse', 7000000001, 9000 + i, '350902', '理由' || i, -i, case when i % 3 "
            "= 0 then 'open' else 'approved' end, 1,"
            " 1795190400000 + i / 5 from n",
    "insert into audit_log (chain, seq, at, user_id, login, address, action, object, person_id, "
    "detail, outcome, trace_id, hash)" SERIES(
        10050) "select i % 3, i, 1795190400000 + i / 7 * 1000, i % 5, 'u' || (i % 5), '::1', "
               "'person.read', 'person ' || i, i % 40,"
               " '{\"n\":1}', 'ok', 't' || i, 'h' from n",
    "insert into audit_log (chain, seq, at, user_id, login, address, action, object, person_id, "
    "detail, outcome, trace_id, hash) select 7, s.settlement_id, s.settled_at, 1, 'u1', '::1', "
    "'settlement.settle', 'settlement ' || s.settlement_id, s.person_id, '{}', 'ok', 's', 'h' "
    "from settlement s where s.part = 0",
    "insert into gateway_access (provider_id, state, secret) values (1, 'open', 's'), (2, "
    "'closed', '')",
    "insert into gateway_message (message_id, trace_id, provider_id, transaction_no, msgid, "
    "person_id, received_at, outcome,"
    " request, answer, duration_us)" SERIES(
        40) "select i, 't' || i, 1 + i % 3, '2207', 'm' || (i / 2), 7000000001, 1795190400000 + i "
            "/ 3, case when i % 5 = 0 then"
            " 'not_found' else 'ok' end, '{}', '{}', i from n",
    "insert into gateway_statement (statement_id, provider_id, transaction_no, trace_id, made_at, "
    "from_on, until_on, scheme,"
    " clr_type, refunded, state, ours_count, ours_total_fen, ours_fund_fen, ours_account_fen, "
    "theirs_count, theirs_total_fen,"
    " theirs_fund_fen, theirs_account_fen, differences, unresolved)" SERIES(
        9) "select i, 1 + i % 2, '3202', 't', 1795190400000 + i / 2, '2026-11-01', '2026-11-30', "
           "'', '', '', 'open', 1, 2, 3, 4,"
           " 5, 6, 7, 8, 2, 2 from n",
    "insert into gateway_difference (statement_id, line, kind, reference, settlement_id, "
    "person_id, visit_ref, refund,"
    " ours_total_fen, ours_fund_fen, ours_account_fen, theirs_total_fen, theirs_fund_fen, "
    "theirs_account_fen)" SERIES(18) "select (i + 1) / 2, 1 + i % 2, 'amounts', 'r', 9001, "
                                     "7000000001, 'v', 0, 1, 2, 3, 4, 5, 6 from n",
    "insert into credential_day (counted_on, provider_id, transaction_no, credential, step, "
    "messages)" SERIES(24) "select '2026-' || (10 + i / 20) || '-2' || (i % 3), 1 + i % 2, case "
                           "when i % 4 < 2 then '2207' else '1101' end, 'k' || i, case when i % 4 "
                           "< 2 then 'settle' else 'identify' end, i from n",
};

static fixture *open_at(const char *uri)
{
    fixture *f = calloc(1, sizeof *f);
    store_config c = store_config_default;
    int before, after;
    err e = {0};
    f->whole = unit_arena(ARENA_BYTES);
    c.uri = str_of(uri);
    if (!store_open(&f->s, &c, &e) || !store_migrate(f->s, &before, &after, &e))
        fail_msg("%s", e.msg);
    for (ptrdiff_t i = 0; i < COUNTOF(content); i++)
        execute(f, content[i]);
    return f;
}

static void files_remove(void)
{
    remove(FILE_NAME);
    remove(FILE_NAME "-wal");
    remove(FILE_NAME "-shm");
}

/* Filled once for all tests, which only read. */
static fixture *on_sqlite, *on_postgres;

static int sqlite_setup(void **state)
{
    if (!on_sqlite) {
        files_remove();
        on_sqlite = open_at(FILE_NAME);
    }
    *state = on_sqlite;
    return 0;
}

static int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    if (uri && !on_postgres) {
        fixture f = {.whole = unit_arena(1 << 20)};
        store_config c = store_config_default;
        err e = {0};
        c.uri = str_of(uri);
        assert_true(store_open(&f.s, &c, &e));
        execute(&f, "drop schema public cascade");
        execute(&f, "create schema public");
        store_close(f.s);
        free(f.whole.beg);
        on_postgres = open_at(uri);
    }
    *state = on_postgres;
    return 0;
}

static void close_it(fixture *f)
{
    if (!f)
        return;
    store_close(f->s);
    free(f->whole.beg);
    free(f);
}

static int close_all(void **state)
{
    (void)state;
    close_it(on_sqlite);
    close_it(on_postgres);
    files_remove();
    return 0;
}

static fixture *fixture_or_skip(void **state)
{
    if (!*state) {
        print_message("no GONGJI_POSTGRES\n");
        skip();
    }
    return *state;
}

static list_page read_page(fixture *f, const list_request *r, const actor *who, arena *a)
{
    list_page p;
    err e = {0};
    if (!list_read(&p, f->s, r, who, a, &e))
        fail_msg("%s: %s %s", r->list->name, err_name(e.code), e.msg);
    return p;
}

static str page_json(const list_page *p, arena *a)
{
    json_out o = json_out_new(a, 1000);
    json_open(&o, '{');
    list_json(&o, p);
    json_close(&o, '}');
    return json_out_text(&o);
}

static ptrdiff_t found(fixture *f, const char *list, const char *name, const char *value)
{
    arena a = f->whole;
    list_request r = request_of(list);
    list_filter filter = {str_of(name), str_of(value)};
    r.limit = LIST_LIMIT_MAX;
    if (strcmp(name, "q") == 0)
        r.q = str_of(value);
    else
        r.filter = &filter, r.filter_count = 1;
    list_page p = read_page(f, &r, &everybody, &a);
    if (p.rows.row_count < LIST_LIMIT_MAX)
        assert_int_equal(p.total, p.rows.row_count);
    return p.rows.row_count;
}

/* Page by page gives each row once, in order, whatever is sorted by. */
static void walk_sorted(fixture *f, const list_spec *l, const char *sort, int64_t want)
{
    arena a = f->whole;
    list_request r = {.list = l, .today = TODAY, .limit = want > 2000 ? 499 : 7};
    r.sort = str_of(sort);
    str seen[700];
    int64_t rows = 0;
    bool many = want > COUNTOF(seen);
    do {
        list_page p = read_page(f, &r, &everybody, &a);
        assert_int_equal(p.total, want > LIST_COUNT_MAX ? LIST_COUNT_MAX : want);
        assert_int_equal(p.total_is_exact, want <= LIST_COUNT_MAX);
        for (ptrdiff_t i = 0; i < p.rows.row_count; i++, rows++) {
            assert_true(rows < want);
            if (many)
                continue;
            store_value key[LIST_KEYS_MAX];
            int count = 0;
            for (; count < LIST_KEYS_MAX && l->key[count]; count++)
                for (int c = 0; c < l->column_count; c++)
                    if (strcmp(l->column[c].name, l->key[count]) == 0)
                        key[count] = p.rows.cell[i * p.rows.column_count + c];
            seen[rows] = cursor_write(S(""), key, count, &a);
            for (int64_t k = 0; k < rows; k++)
                if (str_eq(seen[k], seen[rows]))
                    fail_msg("%s by %s: a row came twice", l->name, sort);
        }
        r.cursor = p.next;
        if (many)
            a = f->whole, r.cursor = arena_str(&a, p.next);
    } while (r.cursor.n);
    assert_int_equal(rows, want);
}

static void pages_give_every_row_once(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const int64_t rows[] = {500, 600, 30, 700, 2,  5, 70, 10300, 40, 0,  0, 9,
                                   18,  30,  25, 60,  30, 0, 0,  0,     0,  0,  8, 500,
                                   35,  15,  0,  0,   0,  3, 18, 20,    40, 10, 24};
    assert_int_equal(list_count(), COUNTOF(rows));
    for (int i = 0; i < list_count(); i++) {
        const list_spec *l = list_at(i);
        for (int c = 0; c < l->column_count; c++) {
            if (!(l->column[c].flags & LIST_SORT))
                continue;
            char falling[60];
            snprintf(falling, sizeof falling, "-%s", l->column[c].name);
            walk_sorted(f, l, falling + 1, rows[i]);
            walk_sorted(f, l, falling, rows[i]);
        }
    }
}

static void order_is_kept_over_pages(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena a = f->whole;
    list_request r = request_of("settlements");
    int64_t last[3] = {INT64_MAX, 0, 0};
    r.limit = 13;
    do {
        list_page p = read_page(f, &r, &everybody, &a);
        for (ptrdiff_t i = 0; i < p.rows.row_count; i++) {
            int64_t now[] = {list_cell_at(&p, i, 14, &a).number, list_cell_at(&p, i, 0, &a).number,
                             list_cell_at(&p, i, 1, &a).number};
            int k = 0;
            while (k < 2 && now[k] == last[k])
                k++;
            assert_true(now[k] < last[k]);
            memcpy(last, now, sizeof last);
        }
        r.cursor = p.next;
    } while (r.cursor.n);
}

static void filters_find_what_they_say(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const struct {
        const char *list, *name, *value;
        ptrdiff_t want;
    } cases[] = {
        {"settlements", "state", "reversed", 50},
        {"settlements", "provider_id", "1", 16},
        {"settlements", "person_id", "7000000001", 8},
        {"settlements", "area_code", "3509", 500},
        {"settlements", "area_code", "350902", 250},
        {"settlements", "area_code", "350900", 500},
        {"settlements", "area_code", "350000", 500},
        {"settlements", "area_code", "3510", 0},
        {"settlements", "q", "B7", 2}, /* both parts of a split stay */
        {"settlements", "q", "9001", 2},
        {"settlements", "q", "no such", 0},
        {"settlements", "q", "' or ''='", 0},
        {"settlements", "until", "2026-11-20", 0},
        {"settlements", "until", "2026-11-21", 95},
        {"settlements", "from", "2026-11-26", 21},
        {"credential_days", "month", "2026-10", 19},
        {"credential_days", "month", "2026-11", 5},
        {"credential_days", "month", "2026-1", 0},
        {"credential_days", "provider_id", "1", 12},
        {"credential_days", "step", "settle", 12},
        {"credential_days", "transaction_no", "1101", 12},
        {"credential_days", "credential", "k7", 1},
        {"persons", "q", "350902199001011003", 1},
        {"persons", "q", "35090219900101100", 0}, /* numbers are told in full or not at all */
        {"persons", "q", "王", 150},
        {"persons", "q", "王小明", 150},
        {"persons", "q", "小明", 0},
        {"persons", "q", "wx", 150},
        {"persons", "q", "%", 0},
        {"persons", "area_code", "3509", 400},
        {"providers", "q", "医院", 30},
        {"providers", "q", "第1", 11},
        {"providers", "q", "H1001", 1},
        {"providers", "q", "dyy", 30},
        {"providers", "kind", "pharmacy", 6},
        {"items", "q", "药品7", 54},
        {"items", "q", "7_", 54},
        {"items", "q", "%", 0},
        {"items", "q", "x10001", 0},
        {"items", "q", "X10001", 1},
        {"items", "item_class", "B", 0},
        {"diseases", "q", "结石", 1},
        {"diseases", "q", "e11", 0},
        {"diseases", "q", "E11", 1},
        {"diseases", "q", "2x", 1},
        {"areas", "parent_code", "3509", 2},
        {"areas", "area_code", "3509", 3},
        {"approvals", "state", "open", 23},
        {"approvals", "q", "理由7", 2},
        {"approvals", "made_by", "1", 70},
        {"audit", "person_id", "39", 251},
        {"audit", "person_id", "7000000001", 8},
        {"audit", "person_id", "7000009999", 0},
        {"audit", "user_id", "99", 0},
        {"audit", "q", "t77", 1},
        {"audit", "q", "person 78", 1},
        {"users", "state", "disabled", 1},
        {"users", "q", "_", 1},
        {"users", "area_code", "35", 2},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        ptrdiff_t got = found(f, cases[i].list, cases[i].name, cases[i].value);
        if (got != cases[i].want)
            fail_msg("%s %s=%s: %td rows, expected %td", cases[i].list, cases[i].name,
                     cases[i].value, got, cases[i].want);
    }
}

static void an_actor_sees_his_own(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const struct {
        const char *list;
        actor who;
        int64_t want;
    } cases[] = {
        {"settlements", {.area_code = {"350902", 6}}, 250},
        {"settlements", {.area_code = {"3509", 4}}, 500},
        {"settlements", {.area_code = {"350900", 6}}, 500},
        {"settlements", {.area_code = {"3510", 4}}, 0},
        {"settlements", {.provider_id = 2}, 17},
        {"settlements", {.provider_id = 2, .area_code = {"350902", 6}}, 0},
        {"persons", {.area_code = {"350902", 6}}, 200},
        {"approvals", {.area_code = {"350981", 6}}, 0},
        {"users", {.area_code = {"3509", 4}}, 1},
        {"providers", {.area_code = {"3510", 4}}, 30},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = f->whole;
        list_request r = request_of(cases[i].list);
        list_page p = read_page(f, &r, &cases[i].who, &a);
        if (p.total != cases[i].want)
            fail_msg("%s, case %td: %lld rows", cases[i].list, i, (long long)p.total);
    }
}

static void rows_as_json(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const struct {
        const char *list, *name, *value, *want;
    } cases[] = {
        {"settlements", "settlement_id", "9000",
         "{\"rows\":[{\"settlement_id\":\"9000\",\"part\":1,\"kind\":\"settle\",\"state\":"
         "\"settled\","
         "\"person_id\":\"7000000002\",\"person_name\":\"李*\",\"provider_id\":\"2\","
         "\"provider_name\":\"第2医院\",\"bill_no\":\"B1\",\"area_code\":\"350981\","
         "\"channel\":\"counter\",\"scheme\":\"resident\",\"visit_kind\":\"inpatient\","
         "\"service_on\":\"2026-11-20\",\"settled_at\":\"2026-11-20T16:00:00.000Z\","
         "\"total\":\"1000.01\",\"fund\":\"600.00\",\"personal\":\"400.00\",\"cash\":\"400.01\"}],"
         "\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"persons", "person_id", "7000000001",
         "{\"rows\":[{\"person_id\":\"7000000001\",\"area_code\":\"350981\","
         "\"id_no\":\"3509**********1001\",\"name\":\"李*\",\"sex\":\"male\","
         "\"birth_on\":\"1990-01-01\",\"scheme\":\"employee\",\"status\":\"working\"}],"
         "\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"persons", "person_id", "7000000002",
         "{\"rows\":[{\"person_id\":\"7000000002\",\"area_code\":\"3510\","
         "\"id_no\":\"3509**********1002\",\"name\":\"李*\",\"sex\":\"male\","
         "\"birth_on\":\"1990-01-01\",\"scheme\":\"\",\"status\":\"\"}],"
         "\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"providers", "code", "H1001",
         "{\"rows\":[{\"provider_id\":\"1\",\"code\":\"H1001\",\"name\":\"第1医院\","
         "\"area_code\":\"350981\",\"kind\":\"hospital\",\"level\":\"l2\","
         "\"agreement_state\":\"suspended\"}],\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"users", "login", "anna",
         "{\"rows\":[{\"user_id\":\"1\",\"login\":\"anna\",\"name\":\"安娜\",\"area_code\":"
         "\"3509\","
         "\"provider_id\":null,\"roles\":[\"auditor\",\"clerk\"],\"must_change\":true,"
         "\"state\":\"active\",\"last_login_at\":null}],"
         "\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"audit", "trace_id", "t7",
         "{\"rows\":[{\"chain\":1,\"seq\":7,\"at\":\"2026-11-20T16:00:01.000Z\",\"login\":\"u2\","
         "\"address\":\"::1\",\"action\":\"person.read\",\"object\":\"person 7\","
         "\"person_id\":\"7\",\"detail\":{\"n\":1},\"outcome\":\"ok\",\"trace_id\":\"t7\","
         "\"hash\":\"h\"}],\"next\":null,\"total\":1,\"total_is_exact\":true}"},
        {"approvals", "approval_id", "3",
         "{\"rows\":[{\"approval_id\":\"3\",\"kind\":\"reverse\",\"object_id\":\"9003\","
         "\"person_id\":\"7000000001\",\"person_name\":\"李*\",\"reason\":\"理由3\","
         "\"amount\":\"-0.03\",\"state\":\"open\",\"made_by_name\":\"安娜\","
         "\"made_at\":\"2026-11-20T16:00:00.000Z\",\"decided_by_name\":\"\",\"decided_at\":null,"
         "\"decision_note\":\"\",\"result_id\":null}],\"next\":null,\"total\":1,"
         "\"total_is_exact\":true}"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = f->whole;
        list_request r = request_of(cases[i].list);
        list_filter filter = {str_of(cases[i].name), str_of(cases[i].value)};
        r.filter = &filter;
        r.filter_count = 1;
        list_page p = read_page(f, &r, &everybody, &a);
        unit_str_equal(page_json(&p, &a), cases[i].want);
    }
}

static void items_have_the_terms_of_the_area(void **state)
{
    fixture *f = fixture_or_skip(state);
    static const struct {
        const char *area, *today, *want;
    } cases[] = {
        {"3509", "2026-11-21",
         "\"item_class\":\"B\",\"pay_first\":\"10%\",\"limit\":\"12.34\",\"price\":null"},
        {"3509", "2025-01-01",
         "\"item_class\":\"C\",\"pay_first\":null,\"limit\":null,\"price\":null"},
        {"3510", "2026-11-21",
         "\"item_class\":\"A\",\"pay_first\":\"0%\",\"limit\":null,\"price\":null"},
        {"350981", "2026-11-21", "\"item_class\":\"C\""},
        {"350982", "2026-11-21", "\"item_class\":\"A\""},
        {"350902", "2026-11-21", "\"item_class\":\"A\""},
        {"350902", "2023-11-21", "\"item_class\":null"},
        {"3511", "2026-11-21",
         "\"item_class\":null,\"pay_first\":null,\"limit\":null,\"price\":null"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = f->whole;
        list_request r = request_of("items");
        list_filter filter = {S("area_code"), str_of(cases[i].area)};
        r.filter = &filter;
        r.filter_count = 1;
        r.q = S("X10001");
        r.today = str_of(cases[i].today);
        list_page p = read_page(f, &r, &everybody, &a);
        str json = page_json(&p, &a);
        if (!has(json, cases[i].want))
            fail_msg("%.*s", STR_ARG(json));
    }
}

typedef struct {
    int64_t rows, pages, cash;
} counted;

static bool count_page(void *arg, const list_page *p, arena *a, err *e)
{
    (void)e;
    counted *c = arg;
    c->pages++;
    for (ptrdiff_t i = 0; i < p->rows.row_count; i++, c->rows++)
        c->cash += list_cell_at(p, i, 18, a).number;
    return true;
}

static void export_walks_all_rows(void **state)
{
    fixture *f = fixture_or_skip(state);
    arena a = f->whole;
    err e = {0};
    counted c = {0, 0, 0};
    list_request r = request_of("settlements");
    list_filter filter = {S("state"), S("settled")};
    assert_true(list_each(f->s, &r, &everybody, count_page, &c, &a, &e));
    assert_int_equal(c.rows, 500);
    assert_int_equal(c.cash, 500 * 40000 + 500 * 501 / 2);
    c = (counted){0, 0, 0};
    r.filter = &filter;
    r.filter_count = 1;
    assert_true(list_each(f->s, &r, &everybody, count_page, &c, &a, &e));
    assert_int_equal(c.rows, 450);
    assert_int_equal(c.pages, 1);
}

/* SQLite tells its plan without asking for statistics: neither a sort nor a walk through a table
 * that grows. */
static void plans_use_the_indexes(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *list, *name, *value, *index;
    } cases[] = {
        {"settlements", "q", "", "settlement_by_time"},
        {"settlements", "from", "2026-11-21", "COVERING INDEX settlement_by_time"},
        {"settlements", "scheme", "resident", "COVERING INDEX settlement_by_time"},
        {"settlements", "provider_id", "3", "settlement_by_provider"},
        {"settlements", "person_id", "7000000001", "(person_id=?)"},
        {"settlements", "q", "B7", "bill_by_no"},
        {"settlements", "settlement_id", "9001", "settlement_by_id"},
        {"persons", "q", "", "person"},
        {"persons", "q", "350902199001011003", "person_by_id_no"},
        {"persons", "q", "王小", "person_by_name"},
        {"persons", "q", "wxm", "person_by_initials"},
        {"approvals", "state", "open", "approval_by_state"},
        {"approvals", "q", "", "approval_by_time"},
        {"audit", "q", "", "audit_by_time"},
        {"audit", "user_id", "3", "audit_by_user"},
        {"audit", "person_id", "3", "audit_by_person"},
        {"audit", "person_id", "3", "audit_by_settlement"},
        {"messages", "from", "2026-11-21", "COVERING INDEX gateway_message_by_time"},
        {"messages", "result", "refused", "COVERING INDEX gateway_message_by_time"},
        {"messages", "q", "t7", "gateway_message_by_trace"},
        {"messages", "q", "m7", "gateway_message_done"},
        {"messages", "q", "m7", "gateway_message_other"},
        {"messages", "person_id", "3", "gateway_message_by_person"},
        {"statements", "state", "open", "gateway_statement_by_time"},
        {"differences", "statement_id", "3", "(statement_id=?)"},
        {"credential_days", "month", "2026-10", "PRIMARY KEY (counted_on>? AND counted_on<?)"},
        {"settlement_lists", "q", "", "settlement_list_by_time"},
        {"group_disputes", "state", "filed", "group_dispute_by_time"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = f->whole;
        err e = {0};
        list_query q;
        list_request r = request_of(cases[i].list);
        list_filter filter = {str_of(cases[i].name), str_of(cases[i].value)};
        if (strcmp(cases[i].name, "q") == 0)
            r.q = str_of(cases[i].value);
        else
            r.filter = &filter, r.filter_count = 1;
        assert_true(list_build(&q, &r, &everybody, &a, &e));
        free_text t = {.sql = arena_printf(&a, "explain query plan %.*s", STR_ARG(q.sql)).p,
                       .query = &q};
        assert_true(store_read(f->s, run_text, &t, &a, &e));
        str plan = S("");
        for (ptrdiff_t k = 0; k < t.rows.row_count; k++)
            plan =
                arena_printf(&a, "%.*s%.*s\n", STR_ARG(plan), STR_ARG(store_text(&t.rows, k, 3)));
        if (!has(plan, cases[i].index))
            fail_msg("%s %s=%s does not use %s:\n%.*s", cases[i].list, cases[i].name,
                     cases[i].value, cases[i].index, STR_ARG(plan));
    }
}

#define ON_BOTH(f)                                                                                 \
    {"sqlite: " #f, f, sqlite_setup, NULL, NULL},                                                  \
    {                                                                                              \
        "postgres: " #f, f, postgres_setup, NULL, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_are_masked),
        cmocka_unit_test(a_request_becomes_one_text),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(no_text_of_a_user_becomes_sql),
        cmocka_unit_test(a_cursor_comes_back_or_is_refused),
        ON_BOTH(pages_give_every_row_once),
        ON_BOTH(order_is_kept_over_pages),
        ON_BOTH(filters_find_what_they_say),
        ON_BOTH(an_actor_sees_his_own),
        ON_BOTH(rows_as_json),
        ON_BOTH(items_have_the_terms_of_the_area),
        ON_BOTH(export_walks_all_rows),
        {"sqlite: plans_use_the_indexes", plans_use_the_indexes, sqlite_setup, NULL, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, close_all);
}
