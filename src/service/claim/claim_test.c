#include "service/claim/claim.h"

#include "test/support/unit_bill.h"

typedef struct {
    const pack *pack;
    claim_ledger *ledger;
    arena a;
    char *memory;
    benefit_result part[PARTS_MAX];
    int count;
    err e;
} door;

static int open_door(void **state)
{
    door *d = calloc(1, sizeof *d);
    d->pack = unit_pack("test/packs/unit");
    d->ledger = claim_ledger_new(d->pack);
    d->a = unit_arena(1 << 22);
    d->memory = d->a.beg;
    *state = d;
    return d->ledger ? 0 : -1;
}

static int close_door(void **state)
{
    door *d = *state;
    claim_ledger_free(d->ledger);
    free(d->memory);
    free(d);
    return 0;
}

static bool settle(door *d, const char *json)
{
    d->a.beg = d->memory;
    d->e = (err){0};
    return claim_settle(d->part, &d->count, d->ledger, unit_bill(d->pack, json, &d->a), true, &d->a,
                        &d->e);
}

/* The settlement's first part must be settled and pay this much out of the funds. */
static void pays(door *d, const char *json, const char *yuan)
{
    if (!settle(d, json))
        fail_msg("%s %s: %s", err_name(d->e.code), d->e.field, d->e.msg);
    assert_int_equal(d->part[0].status, BENEFIT_SETTLED);
    assert_string_equal(money_show(d->part[0].fund_total.fen).c, yuan);
}

static void fails(door *d, const char *json, err_code code, const char *field)
{
    assert_false(settle(d, json));
    assert_string_equal(err_name(d->e.code), err_name(code));
    assert_string_equal(d->e.field, field);
}

#define BILL(person, visit, more)                                                                  \
    "{'bill':'B','person':{'scheme':'employee','id':" person                                       \
    "},'provider':{'id':'H','level':'l1'},"                                                        \
    "'visit':{" visit "},'lines':[{'class':'A','amount':'1300.00'}]" more "}"
#define STAY(date)   "'kind':'inpatient','date':'" date "'"
#define CLINIC(date) "'kind':'outpatient','date':'" date "'"

/* Deductible 300, then 150 from the second stay on; 90 %; cap 10,000 in the year. */
static void accumulators_roll_on(void **state)
{
    door *d = *state;
    pays(d, BILL("'P'", STAY("2024-02-01"), ""), "900.00");
    pays(d, BILL("'P'", STAY("2024-03-01"), ""), "1035.00");
    pays(d, BILL("'Q'", STAY("2024-03-01"), ""), "900.00");  /* another person */
    pays(d, BILL("'P'", STAY("2025-01-01"), ""), "900.00");  /* another year */
    pays(d, BILL("'P'", STAY("2024-12-31"), ""), "1035.00"); /* and back: both are kept */
    assert_int_equal(claim_ledger_person_years(d->ledger), 3);
    assert_true(claim_ledger_bytes(d->ledger) > 0);
}

static void opening_values_begin_a_year(void **state)
{
    door *d = *state;
    pays(d, BILL("'P'", STAY("2024-02-01"), ",'opening':{'pool':'9500.00','stays':1}"), "500.00");
    fails(d, BILL("'P'", STAY("2024-03-01"), ",'opening':{'pool':'1.00'}"), ERR_OPENING_NOT_FIRST,
          "opening");
    pays(d, BILL("'P'", STAY("2024-03-01"), ""), "0.00"); /* the failed one moved nothing */
    pays(d, BILL("'P'", STAY("2024-03-01"), ",'opening':{}"), "0.00");
    pays(d, BILL("'P'", STAY("2025-02-01"), ",'opening':{'stays':3}"), "1035.00");
    pays(d, BILL("'Q'", STAY("2024-02-01"), ",'opening':{'op_deductible':'600.00'}"), "900.00");
    pays(d, BILL("'Q'", CLINIC("2024-02-02"), ""), "650.00");
}

static void opening_values_with_sub_keys(void **state)
{
    door *d = *state;
    static const char resident[] =
        "{'bill':'B','person':{'id':'R','scheme':'resident'},'provider':{'level':'l2'},"
        "'visit':{'kind':'%s','date':'2024-02-01','disease':'diabetes'},"
        "'lines':[{'class':'A','amount':'1000.00'}]%s}";
    str first =
        arena_printf(&d->a, resident, "chronic",
                     ",'opening':{'disease_paid':{'diabetes':'450.00','hypertension':'300'},"
                     "'level_stays':{'l2':4},'life_stays':7}");
    char kept[600];
    snprintf(kept, sizeof kept, "%s", first.p);
    pays(d, kept, "50.00"); /* 500 a year for diabetes, 450 are used up */
    snprintf(kept, sizeof kept, resident, "inpatient", "");
    pays(d, kept, "275.00"); /* 250 and a tenth of the copay */
    const benefit_result *r = &d->part[0];
    int found = 0;
    for (int i = 0; i < r->change_count; i++) {
        str name = r->policy->accumulator[r->change[i].accumulator].name;
        if (str_eq(name, S("level_stays")) || str_eq(name, S("life_stays"))) {
            assert_true(r->change[i].before == (str_eq(name, S("level_stays")) ? 4 : 7));
            assert_true(r->change[i].after == r->change[i].before + 1);
            found++;
        }
    }
    assert_int_equal(found, 2);
}

#define ACCOUNTS(list) "'P','accounts':{" list "}"

static void accounts_are_carried_forward(void **state)
{
    door *d = *state;
    pays(d, BILL(ACCOUNTS("'current':'500.00'"), STAY("2024-02-01"), ""), "900.00");
    assert_true(d->part[0].account.fen == 40000);
    assert_true(d->part[0].account_after_fen[0] == 10000);
    /* stated again as at the beginning of the run: the balance stays what it has become */
    pays(d, BILL(ACCOUNTS("'current':'500.00'"), CLINIC("2024-02-02"), ""), "350.00");
    assert_true(d->part[0].account.fen == 10000 && d->part[0].account_after_fen[0] == 0);
    fails(d, BILL(ACCOUNTS("'current':'100.00'"), STAY("2024-03-01"), ""), ERR_ACCOUNT_RESTATED,
          "person.accounts");
    /* an account that was not given before may still be */
    pays(d, BILL(ACCOUNTS("'family':'60.00'"), STAY("2024-03-01"), ""), "1035.00");
    assert_true(d->part[0].family_account.fen == 6000);
    /* the year ends, the balance does not */
    pays(d, BILL("'P'", STAY("2025-01-02"), ""), "900.00");
    assert_true(d->part[0].account.fen == 0);
}

static void a_household_shares_its_accumulators(void **state)
{
    door *d = *state;
#define FAMILY(id, more) BILL(id more, "'kind':'pharmacy','date':'2024-02-01'", "")
    pays(d, FAMILY("'P1'", ",'household':'F'"), "1000.00");
    pays(d, FAMILY("'P2'", ",'household':'F'"), "0.00");
    pays(d, FAMILY("'P3'", ",'household':'G'"), "1000.00");
    pays(d, FAMILY("'P4'", ""), "1000.00"); /* alone */
    pays(d, FAMILY("'P4'", ""), "0.00");
    pays(d, BILL("'P2','household':'F'", "'kind':'pharmacy','date':'2025-02-01'", ""), "1000.00");
}

static void counters_of_days_and_months(void **state)
{
    door *d = *state;
    /* cumulative 600; twice a day at most: from the third visit on nothing is due, but it is met
     * already */
    pays(d, BILL("'P'", CLINIC("2024-02-01"), ""), "350.00");
    pays(d, BILL("'P'", CLINIC("2024-02-01"), ""), "650.00");
    const benefit_result *r = &d->part[0];
    bool day_times = false, month_times = false;
    for (int i = 0; i < r->change_count; i++) {
        str name = r->policy->accumulator[r->change[i].accumulator].name;
        day_times = day_times || (str_eq(name, S("day_times")) && r->change[i].after == 3);
        month_times = month_times || (str_eq(name, S("month_times")) && r->change[i].after == 2);
    }
    assert_true(day_times); /* once as a deductible met, twice as a visit */
    assert_true(month_times);
    pays(d, BILL("'P'", CLINIC("2024-02-02"), ""), "650.00");
    r = &d->part[0];
    for (int i = 0; i < r->change_count; i++)
        if (str_eq(r->policy->accumulator[r->change[i].accumulator].name, S("day_times")))
            assert_true(r->change[i].before == 0 && r->change[i].after == 1);
}

static void no_policy_on_that_day(void **state)
{
    door *d = *state;
    fails(d, BILL("'P'", STAY("2023-12-31"), ""), ERR_NO_POLICY, "visit.date");
    assert_non_null(strstr(d->e.msg, "2023-12-31"));
    pays(d, BILL("'P'", STAY("2024-01-01"), ""), "900.00");
    assert_int_equal(claim_ledger_person_years(d->ledger), 1);
}

/* ---- over the end of the year ---- */

#define LONG_STAY(level, more)                                                                     \
    "{'bill':'S','person':{'id':'R','scheme':'resident'" more "},'provider':{'level':'" level      \
    "'},"                                                                                          \
    "'visit':{'kind':'inpatient','admit_date':'2023-12-20','date':'2024-01-05'},"                  \
    "'lines':[{'class':'A','amount':'2000.00','date':'2023-12-30'},"                               \
    "{'class':'A','amount':'3000.00','date':'2024-01-02'}]}"
#define RESIDENT(level, date)                                                                      \
    "{'bill':'S','person':{'id':'R','scheme':'resident'},'provider':{'level':'" level "'},"        \
    "'visit':{'kind':'inpatient','date':'" date "'},'lines':[{'class':'A','amount':'2000.00'}]}"

static int64_t after(const benefit_result *r, const char *name)
{
    for (int i = 0; i < r->change_count; i++)
        if (str_eq(r->policy->accumulator[r->change[i].accumulator].name, str_of(name)))
            return r->change[i].after;
    return -1;
}

static void a_stay_over_new_year_is_settled_in_two(void **state)
{
    door *d = *state;
    pays(d, LONG_STAY("l2", ""), "825.00"); /* 500 deductible, 1500 at 50 %, a tenth of the copay */
    assert_int_equal(d->count, 2);
    assert_int_equal(d->part[0].year, 2023);
    assert_int_equal(d->part[1].year, 2024);
    assert_int_equal(after(&d->part[0], "stays"), 1);
    assert_int_equal(after(&d->part[1], "stays"), -1); /* the second part counts no stay */
    assert_int_equal(claim_ledger_person_years(d->ledger), 2);
    assert_true(settle(d, RESIDENT("l2", "2024-03-01"))); /* the first stay of 2024 */
    assert_true(d->part[0].deductible.fen == 50000);
    assert_int_equal(after(&d->part[0], "stays"), 1);
}

/* Level `prov` has no answer in 2024: what the part in 2023 had moved must go back. */
static void a_refused_part_takes_the_whole_stay_back(void **state)
{
    door *d = *state;
    assert_true(settle(d, LONG_STAY("prov", "")));
    assert_int_equal(d->count, 1);
    assert_int_equal(d->part[0].status, BENEFIT_REFUSED);
    assert_int_equal(d->part[0].refusal, REFUSED_NO_ROW);
    pays(d, RESIDENT("l2", "2023-12-30"), "825.00"); /* as if it were the first */
    assert_int_equal(after(&d->part[0], "stays"), 1);
    assert_int_equal(after(&d->part[0], "ceiling"), 50000);
    assert_int_equal(after(&d->part[0], "life_stays"), 1);
}

static void a_part_before_all_policies_fails_the_stay(void **state)
{
    door *d = *state;
    assert_false(settle(d, "{'bill':'S','person':{'id':'R','scheme':'resident'},"
                           "'provider':{'level':'l2'},'visit':{'kind':'inpatient',"
                           "'admit_date':'2022-12-20','date':'2023-01-05'},"
                           "'lines':[{'class':'A','amount':'2000.00','date':'2022-12-30'},"
                           "{'class':'A','amount':'2000.00','date':'2023-01-02'}]}"));
    assert_int_equal(d->e.code, ERR_NO_POLICY);
    pays(d, RESIDENT("l2", "2023-12-30"), "825.00");
    assert_int_equal(after(&d->part[0], "stays"), 1);
}

static void a_part_may_be_uncovered(void **state)
{
    door *d = *state;
    pays(d, LONG_STAY("l2", ",'entitled':[{'until':'2023-12-31'}]"), "825.00");
    assert_int_equal(d->count, 2);
    assert_int_equal(d->part[1].status, BENEFIT_NOT_COVERED);
    assert_true(d->part[1].cash.fen == 300000);
}

/* ---- many ---- */

static void thousands_of_persons(void **state)
{
    door *d = *state;
    char json[400];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(json, sizeof json, BILL("'P%d'", STAY("2024-02-01"), ""), i);
            pays(d, json, round ? "1035.00" : "900.00");
        }
    }
    assert_int_equal(claim_ledger_person_years(d->ledger), 5000);
}

static void nothing_to_free(void **state)
{
    (void)state;
    claim_ledger_free(NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_door, close_door)
    const struct CMUnitTest tests[] = {
        TEST(accumulators_roll_on),
        TEST(opening_values_begin_a_year),
        TEST(opening_values_with_sub_keys),
        TEST(accounts_are_carried_forward),
        TEST(a_household_shares_its_accumulators),
        TEST(counters_of_days_and_months),
        TEST(no_policy_on_that_day),
        TEST(a_stay_over_new_year_is_settled_in_two),
        TEST(a_refused_part_takes_the_whole_stay_back),
        TEST(a_part_before_all_policies_fails_the_stay),
        TEST(a_part_may_be_uncovered),
        TEST(thousands_of_persons),
        cmocka_unit_test(nothing_to_free),
    };
    return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
