/* covers: R037 */
#include "engine/benefit/benefit.h"

#include "test/support/unit_bill.h"

#define INPATIENT "'visit':{'kind':'inpatient','date':'2024-05-10'}"
#define EMPLOYEE  "'person':{'id':'P','scheme':'employee'}"
#define AT(level) "'provider':{'id':'H','level':'" level "'}"

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

static const benefit_policy *employee(void)
{
    return unit_policy(unit(), "employee", 2024, 6, 1);
}

static const benefit_policy *resident(void)
{
    return unit_policy(unit(), "resident", 2024, 6, 1);
}

static benefit_result settle(const benefit_policy *p, const char *json, arena *a)
{
    static const benefit_state nothing;
    benefit_result r;
    claim_bill *claim = unit_bill(unit(), json, a);
    benefit_settle(&r, p, &claim->bill, &nothing, true, a);
    return r;
}

/* A bill of an employee in a level 2 hospital, with these lines. */
static benefit_result settle_lines(const char *lines, arena *a)
{
    str json =
        arena_printf(a, "{'bill':'B'," EMPLOYEE "," AT("l2") "," INPATIENT ",'lines':[%s]}", lines);
    return settle(employee(), json.p, a);
}

static void assert_identities(const benefit_result *r)
{
    int64_t funds = 0;
    for (int field = FIELD_HIFP; field <= FIELD_OTH; field++)
        funds += r->paid[field].fen;
    assert_true(r->total.fen == r->own.fen + r->over_limit.fen + r->pay_first.fen +
                                    r->route_share.fen + r->in_scope.fen);
    assert_true(r->fund_total.fen == funds);
    assert_true(r->total.fen == r->fund_total.fen + r->personal_part.fen + r->hospital_part.fen);
    assert_true(r->personal_part.fen == r->account.fen + r->family_account.fen + r->cash.fen);
    assert_true(r->cash.fen >= 0);
    assert_true(r->deductible.fen <= r->in_scope.fen);
}

static void classes_decide_the_split(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    benefit_result r =
        settle_lines("{'class':'A','amount':'100.00'},{'class':'B','amount':'100.00'},"
                     "{'class':'C','amount':'100.00'},"
                     "{'class':'B','amount':'100.00','pay_first':'25%'}",
                     &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    assert_true(r.line[0].in_scope.fen == 10000);
    assert_true(r.line[1].pay_first.fen == 1000 && r.line[1].in_scope.fen == 9000);
    assert_true(r.line[2].own.fen == 10000 && r.line[2].in_scope.fen == 0);
    assert_true(r.line[3].pay_first.fen == 2500 && r.line[3].in_scope.fen == 7500);
    assert_true(r.own.fen == 10000 && r.pay_first.fen == 3500 && r.in_scope.fen == 26500);
    assert_identities(&r);
    free(memory);
}

static void limits_cut_a_line(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    benefit_result r = settle_lines(
        "{'class':'A','unit_price':'3.3333','quantity':'3','limit':'3'}," /* 10.00, limit 9.00 */
        "{'class':'B','unit_price':'10','quantity':'2','limit':'9.995'}," /* 19.99, 10 % first */
        "{'class':'A','unit_price':'10','quantity':'2','limit':'9','refuse_over_limit':true},"
        "{'class':'A','unit_price':'9','quantity':'2','limit':'9','refuse_over_limit':true},"
        "{'class':'C','unit_price':'10','quantity':'2','limit':'1'},"
        "{'class':'A','amount':'8.00','unit_price':'10','quantity':'2','limit':'3'}",
        &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    assert_true(r.line[0].amount.fen == 1000 && r.line[0].over_limit.fen == 100);
    assert_true(r.line[1].over_limit.fen == 1 && r.line[1].pay_first.fen == 200);
    assert_true(r.line[1].in_scope.fen == 1799);
    assert_true(r.line[2].own.fen == 2000 && r.line[2].over_limit.fen == 0);
    assert_true(r.line[3].in_scope.fen == 1800); /* at the limit is not above it */
    assert_true(r.line[4].own.fen == 2000);
    assert_true(r.line[5].amount.fen == 800 && r.line[5].over_limit.fen == 200);
    assert_identities(&r);
    free(memory);
}

static void refusals_are_results(void **state)
{
    (void)state;
    static const struct {
        const char *bill;
        refusal why;
        int line;
    } cases[] = {
        {"{'bill':'B'," EMPLOYEE "," AT("l2") ",'visit':{'kind':'maternity','date':'2024-05-10'},"
                                              "'lines':[{'class':'A','amount':1}]}",
         REFUSED_NO_STACK, 0},
        {"{'bill':'B'," EMPLOYEE "," AT("prov") "," INPATIENT
                                                ",'lines':[{'class':'A','amount':1}]}",
         REFUSED_NO_ROW, 0},
        {"{'bill':'B'," EMPLOYEE "," AT("l2") "," INPATIENT
                                              ",'lines':[{'class':'A','amount':1},{'class':'B','"
                                              "amount':1,'tags':['unshared']}]}",
         REFUSED_NO_SHARE, 2},
        {"{'bill':'B'," EMPLOYEE "," AT("l2") "," INPATIENT ",'lines':[{'class':'','amount':1}]}",
         REFUSED_NO_CLASS, 1},
        {"{'bill':'B'," EMPLOYEE
         "," AT("l2") "," INPATIENT
                      ",'lines':[{'class':'A','unit_price':'1000000000','quantity':'10000000'}]}",
         REFUSED_TOO_LARGE, 1},
        {"{'bill':'B','person':{'id':'P','scheme':'employee','enrolment':{'kind':'newborn'}}," AT(
             "l2") "," INPATIENT ",'lines':[{'class':'A','amount':1}]}",
         REFUSED_NO_ENTITLEMENT_ROW, 0},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        benefit_result r = settle(employee(), cases[i].bill, &a);
        assert_int_equal(r.status, BENEFIT_REFUSED);
        assert_int_equal(r.refusal, cases[i].why);
        assert_int_equal(r.where_line, cases[i].line);
        assert_true(r.where.n > 0);
        assert_int_equal(r.change_count, 0);
        assert_true(r.total.fen == 0 && r.fund_total.fen == 0 && r.cash.fen == 0);
        assert_true(strlen(refusal_name(r.refusal)) && strlen(refusal_zh(r.refusal)) &&
                    strlen(refusal_en(r.refusal)));
        free(memory);
    }
}

/* A bill made by a program and not by the reader may lack even the date. */
static void a_bill_without_a_date_is_refused(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    static const benefit_state nothing;
    benefit_line line = {.class = word_of(S("A")),
                         .on = {DAY_NONE},
                         .quantity_e4 = 10000,
                         .unit_price_e4 = -1,
                         .amount_fen = 100,
                         .limit_e4 = -1,
                         .share_e8 = -1};
    benefit_bill bill;
    benefit_result r;
    benefit_bill_clear(&bill);
    bill.line = &line;
    bill.line_count = 1;
    benefit_settle(&r, employee(), &bill, &nothing, true, &a);
    assert_int_equal(r.refusal, REFUSED_NO_DATE);
    bill.fact[FACT_DATE] = day_of(2024, 5, 10).number;
    bill.fact[FACT_VISIT_KIND] = word_of(S("inpatient"));
    bill.fact[FACT_LEVEL] = word_of(S("l1"));
    line.amount_fen = -1;
    benefit_settle(&r, employee(), &bill, &nothing, true, &a);
    assert_int_equal(r.refusal, REFUSED_NO_AMOUNT);
    line.amount_fen = 100;
    benefit_settle(&r, employee(), &bill, &nothing, true, &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    free(memory);
}

static void not_covered_is_all_own(void **state)
{
    (void)state;
    static const struct {
        const char *person, *visit, *reason;
    } cases[] = {
        {"'death_date':'2024-05-09'", "", "death"},
        {"'death_date':'2024-05-10'", "", NULL}, /* the day itself */
        {"'entitled':[{'from':'2024-05-11'}]", "", "not_entitled"},
        {"'entitled':[{'until':'2024-05-09'}]", "", "not_entitled"},
        {"'entitled':[{'from':'2024-05-10','until':'2024-05-10'}]", "", NULL},
        {"'entitled':[{'until':'2024-01-31'},{'from':'2024-05-01'}]", "", NULL},
        {"'entitled':[{'from':'2024-05-01'},{'until':'2024-01-31'}]", "", NULL},
        {"'entitled':[{}]", "", NULL},
        {"'status':'active'", ",'cause':'work_injury'", "work_injury"},
        {"'status':'active'", ",'cause':'illness'", NULL},
        /* two months on, the first of the month */
        {"'enrolment':{'kind':'flexible','gap_months':1,'paid_on':'2024-03-31'}", "", NULL},
        {"'enrolment':{'kind':'flexible','gap_months':1,'paid_on':'2024-04-01'}", "",
         "not_entitled"},
        /* one month on, the same day, the last of a shorter month */
        {"'enrolment':{'kind':'flexible','gap_months':0,'paid_on':'2024-04-10'}", "", NULL},
        {"'enrolment':{'kind':'flexible','paid_on':'2024-04-11'}", "", "not_entitled"},
        {"'enrolment':{'kind':'late','paid_on':'2024-02-10'}", "", NULL},
        {"'enrolment':{'kind':'late','paid_on':'2024-02-11'}", "", "not_entitled"},
        {"'enrolment':{'kind':'late','paid_on':'2024-01-10','missed_years':1}", "", NULL},
        {"'enrolment':{'kind':'late','paid_on':'2024-01-11','missed_years':1}", "", "not_entitled"},
        {"'enrolment':{'kind':'late','paid_on':'2024-02-10','missed_years':1,'repaid_years':1}", "",
         NULL},
        {"'enrolment':{'kind':'late','paid_on':'2023-11-10','missed_years':4,'repaid_years':4}", "",
         NULL}, /* 3 + 4 - 4, but at least six */
        {"'enrolment':{'kind':'late','paid_on':'2023-11-11','missed_years':4,'repaid_years':4}", "",
         "not_entitled"},
        {"'enrolment':{'kind':'window','window_year':2024}", "", NULL},
        {"'enrolment':{'kind':'window','window_year':2025}", "", "not_entitled"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        str json = arena_printf(
            &a,
            "{'bill':'B','person':{'id':'P','scheme':'employee',%s,'accounts':{'current':'50.00'}}"
            "," AT(
                "l1") ",'visit':{'kind':'inpatient','date':'2024-05-10'%s},"
                      "'lines':[{'class':'A','amount':'1000.00'},{'class':'B','amount':'10.00'}]}",
            cases[i].person, cases[i].visit);
        benefit_result r = settle(employee(), json.p, &a);
        if (r.status != (cases[i].reason ? BENEFIT_NOT_COVERED : BENEFIT_SETTLED))
            fail_msg("%s: status %d", cases[i].person, (int)r.status);
        assert_identities(&r);
        if (cases[i].reason) {
            unit_str_equal(r.where, cases[i].reason);
            assert_true(r.own.fen == 101000 && r.cash.fen == 101000 && r.in_scope.fen == 0);
            assert_int_equal(r.change_count, 0);
            assert_int_equal(r.layer_count, 0);
        }
        free(memory);
    }
}

/* Three accounts in turn, each down to nothing; what is left is cash. */
static void accounts_pay_in_order(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    claim_bill *claim =
        unit_bill(unit(),
                  "{'bill':'B'," EMPLOYEE "," AT("l1") "," INPATIENT
                                                       ",'lines':[{'class':'A','amount':'1300.00'},"
                                                       "{'class':'C','amount':'20.00'}]}",
                  &a);
    benefit_state before = {.account_fen = {3000, 10000, 4000, 1000000}};
    benefit_result r;
    benefit_settle(&r, employee(), &claim->bill, &before, false, &a);
    /* 300 deductible, 1000 at 90 %: 900; the person bears 300 + 100 + 20 = 420 */
    assert_true(r.paid[FIELD_HIFP].fen == 90000 && r.personal_part.fen == 42000);
    assert_true(r.account.fen == 3000 + 10000 + 4000);
    assert_true(r.account_after_fen[0] == 0 && r.account_after_fen[1] == 0);
    assert_true(r.account_after_fen[2] == 0);
    /* the first account paid the class C line; the others may pay only what is in scope */
    assert_true(r.family_account.fen == 42000 - 17000 && r.cash.fen == 0);
    assert_true(r.account_after_fen[3] == 1000000 - 25000);
    assert_identities(&r);
    free(memory);
}

static void trace_changes_no_amount(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    static const benefit_state nothing;
    claim_bill *claim =
        unit_bill(unit(),
                  "{'bill':'B'," EMPLOYEE
                  "," AT("l1") "," INPATIENT ",'lines':[{'class':'A','amount':'1300.00'}]}",
                  &a);
    benefit_result with, without;
    benefit_settle(&with, employee(), &claim->bill, &nothing, true, &a);
    benefit_settle(&without, employee(), &claim->bill, &nothing, false, &a);
    assert_true(with.trace_count > 0);
    assert_int_equal(without.trace_count, 0);
    with.trace_count = 0;
    assert_true(str_eq(unit_result_text(&with, &a), unit_result_text(&without, &a)));
    free(memory);
}

/* Every step can be told in both languages, and not a letter is cut. */
static void every_step_has_a_sentence(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    benefit_result r = settle_lines("{'class':'A','amount':'50000.00'}", &a);
    for (int i = 0; i < r.trace_count; i++) {
        for (int l = LANG_ZH; l <= LANG_EN; l++) {
            char room[600];
            text_buffer t = {room, 0, sizeof room, false};
            benefit_sentence(&t, &r, &r.trace[i], (lang)l);
            assert_true(t.n > 0);
            assert_false(t.cut);
        }
    }
    benefit_result never = {.policy = r.policy, .where = S("death")};
    for (int step = STEP_NONE + 1; step < STEP__COUNT; step++) {
        char room[600];
        text_buffer t = {room, 0, sizeof room, false};
        const benefit_trace trace = {.step = (uint8_t)step,
                                     .layer = -1,
                                     .amount_fen = INT64_MAX,
                                     .a = INT64_MAX,
                                     .b = INT64_MAX};
        benefit_sentence(&t, &never, &trace, LANG_ZH);
        benefit_sentence(&t, &never, &trace, LANG_EN);
        assert_true(t.n > 0);
        assert_true(strlen(benefit_step_name((benefit_step_kind)step)) > 0);
    }
    free(memory);
}

/* ---- memory ends at every point ---- */

/* Lines in every mode, several categories, a choice of two layers, entries and dense accumulators,
 * a trace. */
#define RICH                                                                                       \
    "{'bill':'R','person':{'id':'P','scheme':'resident','categories':['tekun',"                    \
    "{'category':'dibao','from':'2024-01-01'},'dibian']},'provider':{'id':'H','level':'l2'},"      \
    "'visit':{'id':'V','kind':'inpatient','admit_date':'2024-01-10','date':'2024-05-10'},"         \
    "'lines':[{'code':'D1','class':'B','amount':'8000.00','list':'negotiated','origin':'imported'" \
    "},"                                                                                           \
    "{'code':'D2','class':'A','amount':'900.00','list':'negotiated','tags':['essential']},"        \
    "{'code':'D3','class':'B','amount':'1500.00','list':'negotiated','pay_first':'0%'},"           \
    "{'code':'X1','class':'A','amount':'30000.00','tags':['a','b']},"                              \
    "{'code':'X2','class':'B','unit_price':'123.4567','quantity':'7'},"                            \
    "{'code':'BED','class':'A','unit_price':'60','quantity':'20','tags':['bed']},"                 \
    "{'code':'OWN','class':'C','amount':'77.77'}]}"

#define MANY_DISEASES                                                                              \
    "{'bill':'C','person':{'id':'P','scheme':'resident','categories':['dibao','tekun']},"          \
    "'visit':{'kind':'chronic','date':'2024-05-10','disease':'hypertension'},"                     \
    "'lines':[{'class':'A','amount':'400.00'},{'class':'A','amount':'700.00','disease':'diabetes'" \
    "},"                                                                                           \
    "{'class':'A','amount':'500.00','disease':'hypertension'}]}"

typedef struct {
    const char *json;
    bool employee;
} memory_case;

/* In a function of its own, so that nothing that setjmp might forget is used after it. */
static bool settles_within(benefit_result *r,
                           const benefit_policy *p,
                           const benefit_bill *bill,
                           const benefit_state *before,
                           bool trace,
                           arena *a)
{
    jmp_buf oom;
    a->oom = &oom;
    if (setjmp(oom))
        return false;
    benefit_settle(r, p, bill, before, trace, a);
    return true;
}

static void memory_ends_anywhere(void **state)
{
    (void)state;
    static const memory_case cases[] = {
        {RICH, false},
        {MANY_DISEASES, false},
        {"{'bill':'B'," EMPLOYEE "," AT("l1") "," INPATIENT ",'lines':[{'class':'A','amount':1}]}",
         true},
        {"{'bill':'B'," EMPLOYEE "," AT("prov") "," INPATIENT
                                                ",'lines':[{'class':'A','amount':1}]}",
         true}, /* refused */
    };
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        const benefit_policy *p = cases[i].employee ? employee() : resident();
        claim_bill *claim = unit_bill(unit(), cases[i].json, &a);
        const benefit_state before = {.account_fen = {100, 200, 300, 400}};
        for (int trace = 0; trace <= 1; trace++) {
            benefit_result r;
            arena whole = unit_arena(1 << 20), used = whole;
            assert_true(settles_within(&r, p, &claim->bill, &before, trace, &used));
            arena text = a;
            str want = unit_result_text(&r, &text);
            ptrdiff_t needed = used.beg - whole.beg;
            free(whole.beg);
            assert_true(needed > 0);
            int too_small = 0;
            for (ptrdiff_t bytes = 0; bytes <= needed + 64; bytes += 8) {
                arena small = unit_arena(bytes), within = small, again = text;
                bool done = settles_within(&r, p, &claim->bill, &before, trace, &within);
                too_small += !done;
                if (done && !str_eq(unit_result_text(&r, &again), want))
                    fail_msg("another result with %td bytes", bytes);
                if (!done && bytes >= needed + 32)
                    fail_msg("%td bytes were enough, %td are not", needed, bytes);
                free(small.beg);
            }
            assert_true(too_small > 0);
        }
    }
    free(memory);
}

static void a_rich_bill_by_hand(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    benefit_result r = settle(resident(), RICH, &a);
    assert_int_equal(r.status, BENEFIT_SETTLED);
    assert_identities(&r);
    /* X2: 123.4567 x 7 = 864.20; D1 first 10 % of 1000, 20 % of 7000; BED 60 above 40 for 20 nights
     * */
    assert_true(r.line[4].amount.fen == 86420 && r.line[4].pay_first.fen == 8642);
    assert_true(r.line[0].pay_first.fen == 150000);
    assert_true(r.line[5].over_limit.fen == 40000);
    assert_true(r.total.fen == 4254197);
    /* drugs: 6500 + 900 + 1500 = 8900, cut to 5000 of the month; 200 deductible on the two that may
     * meet it */
    assert_string_equal(money_show(r.layer[0].base.fen).c, "8900.00");
    assert_string_equal(money_show(r.layer[0].deductible.fen).c, "200.00");
    assert_string_equal(money_show(r.layer[0].over_cap.fen).c, "3900.00");
    /* pool: 121 days are one repeat; 500 + 400; ceiling 1500 */
    assert_string_equal(money_show(r.layer[1].base.fen).c, "31577.78");
    assert_string_equal(money_show(r.layer[1].deductible.fen).c, "900.00");
    /* bands from 900: 2100 at 55 %, 7000 at 75 %, 21577.78 at 95 % */
    assert_string_equal(money_show(r.layer[1].paid.fen).c, "26903.89");
    free(memory);
}

/* Order of lines is no information. */
static void line_order_changes_nothing(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    const char *jsons[] = {RICH, MANY_DISEASES};
    uint64_t seed = 4;
    for (ptrdiff_t k = 0; k < COUNTOF(jsons); k++) {
        static const benefit_state nothing;
        claim_bill *claim = unit_bill(unit(), jsons[k], &a);
        benefit_bill bill = claim->bill;
        benefit_line line[16];
        benefit_result r;
        memcpy(line, bill.line, (size_t)bill.line_count * sizeof *line);
        bill.line = line;
        benefit_settle(&r, resident(), &bill, &nothing, true, &a);
        str want = unit_result_text(&r, &a);
        for (int round = 0; round < 200; round++) {
            arena again = a;
            for (ptrdiff_t i = bill.line_count - 1; i > 0; i--) {
                ptrdiff_t j = unit_below(&seed, i + 1);
                benefit_line kept = line[i];
                line[i] = line[j];
                line[j] = kept;
            }
            benefit_settle(&r, resident(), &bill, &nothing, true, &again);
            if (!str_eq(unit_result_text(&r, &again), want))
                fail_msg("round %d differs", round);
        }
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_decide_the_split),
        cmocka_unit_test(limits_cut_a_line),
        cmocka_unit_test(refusals_are_results),
        cmocka_unit_test(a_bill_without_a_date_is_refused),
        cmocka_unit_test(not_covered_is_all_own),
        cmocka_unit_test(accounts_pay_in_order),
        cmocka_unit_test(trace_changes_no_amount),
        cmocka_unit_test(every_step_has_a_sentence),
        cmocka_unit_test(a_rich_bill_by_hand),
        cmocka_unit_test(line_order_changes_nothing),
        cmocka_unit_test(memory_ends_anywhere),
    };
    return cmocka_run_group_tests_name("benefit", tests, NULL, NULL);
}
