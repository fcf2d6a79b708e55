/* The branches that no shipped pack and no generated bill reaches: test/packs/corners, worked out
 * by hand, and a few functions asked for themselves. */
#include "engine/benefit/settle_internal.h"

#include "test/support/unit_bill.h"

static const pack *corners(void)
{
    return unit_pack("test/packs/corners");
}

static const benefit_policy *policy(void)
{
    return unit_policy(corners(), "employee", 2024, 6, 1);
}

/* A bill of one person: more of the person and of the visit after a comma, then the lines. */
static benefit_bill *
bill_of(const char *person, const char *level, const char *visit, const char *lines, arena *a)
{
    str json = arena_printf(a,
                            "{'bill':'B','person':{'id':'P','scheme':'employee'%s},"
                            "'provider':{'id':'H','level':'%s'},'visit':{%s},'lines':[%s]}",
                            person, level, visit, lines);
    return &unit_bill(corners(), json.p, a)->bill;
}

static benefit_result settle(const benefit_bill *bill, arena *a)
{
    static const benefit_state nothing;
    benefit_result r;
    benefit_settle(&r, policy(), bill, &nothing, true, a);
    return r;
}

static int64_t change_of(const benefit_result *r, const char *accumulator)
{
    uint16_t wanted = unit_accumulator(corners(), accumulator);
    for (int i = 0; i < r->change_count; i++)
        if (r->change[i].accumulator == wanted)
            return r->change[i].after - r->change[i].before;
    return 0;
}

static void assert_refused(const benefit_result *r, refusal why, const char *where)
{
    assert_int_equal(r->status, BENEFIT_REFUSED);
    assert_int_equal(r->refusal, why);
    unit_str_equal(r->where, where);
    assert_int_equal(r->change_count, 0);
}

#define SHORT_STAY "'kind':'inpatient','admit_date':'2024-07-10','date':'2024-07-12'"
#define LONG_STAY  "'kind':'inpatient','admit_date':'2024-03-01','date':'2024-07-12'" /* 133 days */
#define THOUSAND   "{'class':'A','amount':1000}"

static void years_begin_in_the_middle_of_a_month(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    benefit_result before = settle(bill_of("", "l1", SHORT_STAY, THOUSAND, &a), &a);
    benefit_result on =
        settle(bill_of("", "l1", "'kind':'inpatient','date':'2024-07-15'", THOUSAND, &a), &a);
    assert_int_equal(before.year, 2023);
    assert_int_equal(on.year, 2024);
    free(memory);
}

static void further_deductibles_count_each_counter_once(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    /* 100 for the first stay, ten more for a woman; 50 for the second */
    benefit_result r = settle(bill_of(",'sex':'female'", "l1", LONG_STAY, THOUSAND, &a), &a);
    assert_true(r.deductible.fen == 16000 && r.fund_total.fen == 42000);
    /* two rules name `stays`: this stay and one further, not two */
    assert_int_equal(change_of(&r, "stays"), 2);
    assert_int_equal(change_of(&r, "borne"), 16000 + 42000);
    assert_int_equal(change_of(&r, "c1"), 1);
    assert_int_equal(change_of(&r, "c9"), 1);
    /* the second amount has a row for l1 only */
    r = settle(bill_of("", "l2", SHORT_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    r = settle(bill_of("", "l2", LONG_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_REFUSED);
    assert_int_equal(r.refusal, REFUSED_NO_ROW);
    /* of two layers each counts */
    r = settle(bill_of("", "l1",
                       "'kind':'day_surgery','admit_date':'2024-03-01','date':'2024-07-12'",
                       THOUSAND, &a),
               &a);
    assert_int_equal(r.layer_count, 2);
    assert_int_equal(change_of(&r, "c1"), 2);
    /* more counters than there is room for are refused, not forgotten */
    r = settle(bill_of("", "l1", "'kind':'maternity','date':'2024-07-12'", THOUSAND, &a), &a);
    assert_true(r.status == BENEFIT_SETTLED && r.deductible.fen == 10000);
    r = settle(bill_of("", "l1", "'kind':'maternity','admit_date':'2024-03-01','date':'2024-07-12'",
                       THOUSAND, &a),
               &a);
    assert_refused(&r, REFUSED_TOO_LARGE, "deductible");
    free(memory);
}

static void a_full_counter_refuses_further_stays(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    int64_t dense[DENSE_MAX] = {0};
    int at = corners()->accumulator[unit_accumulator(corners(), "stays")].dense;
    assert_true(at >= 0);
    dense[at] = ACCUMULATOR_FEN_MAX;
    const benefit_state full = {.dense = dense};
    benefit_result r;
    benefit_bill *bill = bill_of(",'sex':'female'", "l1", LONG_STAY, THOUSAND, &a);
    benefit_settle(&r, policy(), bill, &full, false, &a);
    assert_refused(&r, REFUSED_TOO_LARGE, "stays");
    free(memory);
}

/* A program may say how long the stay was; a bill in JSON cannot. */
static void given_days_hold(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    benefit_bill *bill = bill_of("", "l1", SHORT_STAY, THOUSAND, &a);
    assert_true(settle(bill, &a).deductible.fen == 10000);
    bill->fact[FACT_DAYS] = 91;
    assert_true(settle(bill, &a).deductible.fen == 15000);
    free(memory);
}

static void age_before_birth_is_nought(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    static const struct {
        const char *person;
        int64_t paid_fen;
    } cases[] = {
        {",'birth_date':'2024-07-11'", 54000}, /* 60 % of 900: born during the stay */
        {",'birth_date':'2023-07-11'", 54000},
        {",'birth_date':'2023-07-10'", 45000}, /* one year old at admission */
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        benefit_result r = settle(bill_of(cases[i].person, "l1", SHORT_STAY, THOUSAND, &a), &a);
        assert_int_equal(r.fund_total.fen, cases[i].paid_fen);
    }
    free(memory);
}

/* The class by what the line is, when it was, and not at all. */
static void lines_may_lack_class_code_and_date(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    benefit_result r = settle(bill_of("", "l1", SHORT_STAY,
                                      "{'class':'B','code':'X1','amount':1},"
                                      "{'class':'A','code':'X1','amount':2},"
                                      "{'class':'A','code':'X2','amount':4},"
                                      "{'class':'A','amount':8,'date':'2024-09-01'},"
                                      "{'class':'A','amount':16,'date':'2024-08-31'}",
                                      &a),
                              &a);
    assert_true(r.in_scope.fen == 2100 && r.own.fen == 1000);
    r = settle(bill_of("", "l1", SHORT_STAY, "{'class':'','amount':1}", &a), &a);
    assert_refused(&r, REFUSED_NO_CLASS, "lines.class");
    free(memory);
}

/* Facts of a line are absent where no line is looked at; then every test on them fails. */
static void no_line_has_no_facts(void **state)
{
    (void)state;
    const benefit_test met = {.op = TEST_EQUAL, .fact = FACT_CONDITION_MET, .a = 1};
    const benefit_policy p = {.test = &met};
    const benefit_line line = {.quantity_e4 = 10000};
    benefit_run r = {.p = &p};
    assert_true(line_fact(&r, NULL, FACT_TAG) == FACT_ABSENT);
    assert_false(when_holds(&r, (benefit_when){0, 1}));
    r.line = &line;
    assert_true(when_holds(&r, (benefit_when){0, 1}));
}

static void a_yearly_layer_without_deductible(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    const char *visit = "'kind':'outpatient','date':'2024-07-12'";
    benefit_result r = settle(bill_of(",'status':'active'", "l1", visit, THOUSAND, &a), &a);
    assert_int_equal(r.fund_total.fen, 30000);
    assert_int_equal(change_of(&r, "due_paid"), 30000);
    r = settle(bill_of(",'status':'retired'", "l1", visit, THOUSAND, &a), &a);
    assert_int_equal(r.fund_total.fen, 80000); /* at least 80 % */
    free(memory);
}

static void the_nth_deductible_falls_to_its_floor(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    static const struct {
        int nth;
        int64_t deductible_fen;
    } cases[] = {{1, 10000}, {2, 5000}, {3, 700}, {201, 700}, {9999, 700}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        str visit =
            arena_printf(&a, "'kind':'chronic','date':'2024-07-12','nth_stay':%d", cases[i].nth);
        benefit_result r = settle(bill_of("", "l1", visit.p, THOUSAND, &a), &a);
        assert_int_equal(r.deductible.fen, cases[i].deductible_fen);
    }
    free(memory);
}

static void categories_are_combined_like_diseases(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    const char *visit = "'kind':'pharmacy','date':'2024-07-12'";
    static const struct {
        const char *categories;
        int64_t paid_fen;
    } cases[] = {{"'dibao'", 10000}, {"'orphan','dibao'", 14000}, {"'disabled'", 0}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        str person = arena_printf(&a, ",'categories':[%s]", cases[i].categories);
        benefit_result r = settle(bill_of(person.p, "l1", visit, THOUSAND, &a), &a);
        assert_int_equal(r.fund_total.fen, cases[i].paid_fen);
    }
    free(memory);
}

static void waiting_from_birth_or_registration(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    static const char born[] = ",'enrolment':{'kind':'newborn','born_on':'2024-07-%d'}";
    static const char moved[] = ",'enrolment':{'kind':'transferred','registered_on':'2024-0%s'}";
    benefit_result r =
        settle(bill_of(arena_printf(&a, moved, "6-30").p, "l1", SHORT_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    r = settle(bill_of(arena_printf(&a, moved, "7-01").p, "l1", SHORT_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_NOT_COVERED);
    r = settle(bill_of(arena_printf(&a, born, 11).p, "l1", SHORT_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    r = settle(bill_of(arena_printf(&a, born, 12).p, "l1", SHORT_STAY, THOUSAND, &a), &a);
    assert_int_equal(r.status, BENEFIT_NOT_COVERED);
    for (int l = LANG_ZH; l <= LANG_EN; l++) {
        char room[400];
        text_buffer t = {room, 0, sizeof room, false};
        assert_int_equal(r.trace[0].step, STEP_NOT_COVERED);
        benefit_sentence(&t, &r, &r.trace[0], (lang)l);
        room[t.n] = 0;
        assert_non_null(strstr(room, l == LANG_ZH ? "当日不在待遇享受期内"
                                                  : "the day is outside the covered periods"));
    }
    free(memory);
}

/* 854015929.3384 x 108 = 92233720368.547200 yuan: the last that fits 64 bits before rounding. */
static void prices_up_to_the_edge(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    benefit_result r =
        settle(bill_of("", "l1", SHORT_STAY,
                       "{'class':'A','unit_price':'854015929.3384','quantity':'108'},"
                       "{'class':'A','amount':'5.00','quantity':'10000000','limit':'1000000000'}",
                       &a),
               &a);
    assert_int_equal(r.line[0].amount.fen, INT64_C(9223372036855));
    assert_true(r.line[1].in_scope.fen == 500 && r.line[1].over_limit.fen == 0);
    free(memory);
}

/* 10 trillion yuan is the most a bill may come to, also when nothing of it is covered. */
static void totals_have_a_bound(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    benefit_line line[101];
    benefit_bill *bill = bill_of("", "l1", SHORT_STAY, THOUSAND, &a);
    for (int i = 0; i < 101; i++) {
        line[i] = bill->line[0];
        line[i].number = i + 1;
        line[i].amount_fen = i < 100 ? BILL_FEN_MAX / 100 : 1;
    }
    bill->line = line;
    for (int covered = 0; covered <= 1; covered++) {
        bill->death_date = covered ? (day){DAY_NONE} : day_of(2020, 1, 1);
        bill->line_count = 100;
        benefit_result r = settle(bill, &a);
        assert_int_equal(r.status, covered ? BENEFIT_SETTLED : BENEFIT_NOT_COVERED);
        assert_int_equal(r.total.fen, BILL_FEN_MAX);
        bill->line_count = 101;
        r = settle(bill, &a);
        assert_refused(&r, REFUSED_TOO_LARGE, "total");
        assert_int_equal(r.where_line, 0);
    }
    line[0].amount_fen = MONEY_FEN_MAX + 1;
    bill->death_date = day_of(2020, 1, 1);
    benefit_result r = settle(bill, &a);
    assert_refused(&r, REFUSED_TOO_LARGE, "lines.amount");
    assert_int_equal(r.where_line, 1);
    free(memory);
}

/* A person of two categories, neither of which the layer is for: it is skipped. */
static void best_of_no_category_is_no_layer(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    static const benefit_state nothing;
    const pack *unit = unit_pack("test/packs/unit");
    static const char json[] =
        "{'bill':'B','person':{'id':'P','scheme':'resident','categories':['%s','disabled']},"
        "'visit':{'kind':'chronic','date':'2024-05-10','disease':'diabetes'},"
        "'lines':[{'class':'A','amount':400}]}";
    static const char *const categories[] = {"orphan", "dibao"};
    for (int held = 0; held <= 1; held++) {
        benefit_result r;
        claim_bill *claim = unit_bill(unit, arena_printf(&a, json, categories[held]).p, &a);
        benefit_settle(&r, unit_policy(unit, "resident", 2024, 5, 10), &claim->bill, &nothing, true,
                       &a);
        assert_int_equal(r.layer_count, 1 + held);
        assert_int_equal(r.paid[FIELD_MAF].fen > 0, held);
    }
    free(memory);
}

static void a_stay_without_a_date_is_not_split(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 18);
    char *memory = a.beg;
    const benefit_policy *p = unit_policy(unit_pack("test/packs/unit"), "resident", 2024, 6, 1);
    benefit_bill bill, part[PARTS_MAX];
    benefit_bill_clear(&bill);
    bill.fact[FACT_ADMIT_DATE] = day_of(2023, 12, 20).number;
    assert_int_equal(benefit_parts(part, p, &bill, &a), 1);
    assert_true(part[0].fact[FACT_STAY_PART] == FACT_ABSENT);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_begin_in_the_middle_of_a_month),
        cmocka_unit_test(further_deductibles_count_each_counter_once),
        cmocka_unit_test(a_full_counter_refuses_further_stays),
        cmocka_unit_test(given_days_hold),
        cmocka_unit_test(age_before_birth_is_nought),
        cmocka_unit_test(lines_may_lack_class_code_and_date),
        cmocka_unit_test(no_line_has_no_facts),
        cmocka_unit_test(a_yearly_layer_without_deductible),
        cmocka_unit_test(the_nth_deductible_falls_to_its_floor),
        cmocka_unit_test(categories_are_combined_like_diseases),
        cmocka_unit_test(waiting_from_birth_or_registration),
        cmocka_unit_test(prices_up_to_the_edge),
        cmocka_unit_test(totals_have_a_bound),
        cmocka_unit_test(best_of_no_category_is_no_layer),
        cmocka_unit_test(a_stay_without_a_date_is_not_split),
    };
    return cmocka_run_group_tests_name("corner", tests, NULL, NULL);
}
