/* Working a person-year through again, and what is left when bills are taken back. */
#include "engine/benefit/benefit.h"

#include "test/support/unit_bill.h"

#define BILLS_MAX 12

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

typedef struct {
    benefit_event event[BILLS_MAX];
    ptrdiff_t count;
    benefit_state opening;
} history;

static void history_add(history *h, const char *scheme, const char *json, arena *a)
{
    const claim_bill *claim = unit_bill(unit(), json, a);
    day on = {(int32_t)claim->bill.fact[FACT_DATE]};
    const benefit_policy *p = pack_policy_on(unit(), word_of(str_of(scheme)), on);
    assert_non_null(p);
    h->event[h->count++] = (benefit_event){p, &claim->bill, false};
}

/* A, B and C move a high-water mark, counters, cumulative layers, sub-keys, a life-long counter. */
static void history_abc(history *h, arena *a)
{
    static const char *const visits[] = {
        "'provider':{'id':'H','level':'l3'},'visit':{'kind':'inpatient','id':'V1',"
        "'admit_date':'2024-01-01','date':'2024-02-01'}",
        "'provider':{'id':'H','level':'l2'},'visit':{'kind':'inpatient','date':'2024-03-01'}",
        "'provider':{'id':'G','level':'l1'},'visit':{'kind':'inpatient','id':'V1',"
        "'date':'2024-04-01'}",
        "'provider':{'id':'G','level':'l3'},'visit':{'kind':'outpatient','date':'2024-04-02'}",
        "'visit':{'kind':'chronic','disease':'diabetes','date':'2024-04-03'}",
        "'provider':{'id':'G','level':'l2'},'visit':{'kind':'outpatient','date':'2024-04-09'}",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(visits); i++) {
        str json = arena_printf(a,
                                "{'bill':'B%td','person':{'id':'P','scheme':'resident',"
                                "'categories':['dibao','dibian']},%s,"
                                "'lines':[{'class':'A','amount':'%td.37'},"
                                "{'class':'B','amount':'3210.99','list':'negotiated'}]}",
                                i, visits[i], 4000 + 1111 * i);
        history_add(h, "resident", json.p, a);
    }
}

static void history_play(const history *h, benefit_result *r, benefit_state *closing, arena *a)
{
    benefit_replay(r, closing, h->event, h->count, &h->opening, false, a);
}

static int dense_count(void)
{
    return unit()->dense_count;
}

/* Settle A, B, C, reverse B: the same as settling A and C, and the others do not even see it. */
static void reversing_one_is_as_if_it_had_never_been(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    history h = {0};
    history_abc(&h, &a);
    for (ptrdiff_t gone = 0; gone < h.count; gone++) {
        arena scratch = a;
        benefit_result with[BILLS_MAX], without[BILLS_MAX];
        benefit_state closing_with, closing_without;
        history reversed = h, never = h;
        reversed.event[gone].reversed = true;
        memmove(never.event + gone, never.event + gone + 1,
                (size_t)(h.count - gone - 1) * sizeof *never.event);
        never.count--;
        history_play(&reversed, with, &closing_with, &scratch);
        history_play(&never, without, &closing_without, &scratch);
        for (ptrdiff_t i = 0; i < never.count; i++) {
            const benefit_result *other = &with[i < gone ? i : i + 1];
            assert_int_equal(other->status, BENEFIT_SETTLED);
            assert_true(
                str_eq(unit_result_text(other, &scratch), unit_result_text(&without[i], &scratch)));
        }
        assert_int_equal(with[gone].status, BENEFIT_NONE);
        assert_true(str_eq(unit_state_text(&closing_with, dense_count(), &scratch),
                           unit_state_text(&closing_without, dense_count(), &scratch)));
    }
    free(memory);
}

static void reversing_all_returns_the_opening(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    history h = {0};
    int64_t dense[DENSE_MAX];
    for (int i = 0; i < DENSE_MAX; i++)
        dense[i] = i * 101;
    uint16_t life = unit_accumulator(unit(), "life_stays");
    uint64_t sub = benefit_sub_key_of(&unit()->policy[0], &unit()->accumulator[life], 0, NULL);
    const benefit_entry entry = {life, sub, 3};
    h.opening = (benefit_state){.dense = dense, .account_fen = {1, 2, 3, 4}};
    h.opening.entry[HOME_LIFE] = &entry;
    h.opening.entry_count[HOME_LIFE] = 1;
    history_abc(&h, &a);
    benefit_result r[BILLS_MAX];
    benefit_state closing;
    history_play(&h, r, &closing, &a);
    assert_false(str_eq(unit_state_text(&closing, dense_count(), &a),
                        unit_state_text(&h.opening, dense_count(), &a)));
    for (ptrdiff_t i = 0; i < h.count; i++)
        h.event[i].reversed = true;
    history_play(&h, r, &closing, &a);
    assert_true(str_eq(unit_state_text(&closing, dense_count(), &a),
                       unit_state_text(&h.opening, dense_count(), &a)));
    free(memory);
}

/* The state with the changes of one result taken back: what a ledger does when it cancels the last
 * bill. */
static benefit_state undo(const benefit_state *s, const benefit_result *r, arena *a)
{
    benefit_result back = *r;
    back.change = arena_new(a, benefit_change, r->change_count);
    for (int i = 0; i < r->change_count; i++) {
        back.change[i] = r->change[i];
        back.change[i].before = r->change[i].after;
        back.change[i].after = r->change[i].before;
    }
    return benefit_apply(s, &back, a);
}

/* I7: forward bill by bill, then back bill by bill; every state is met again. */
static void settle_then_cancel_restores_every_accumulator(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 23);
    char *memory = a.beg;
    history h = {.opening = {.account_fen = {500, 0, 0, 700}}};
    history_abc(&h, &a);
    benefit_state at[BILLS_MAX + 1];
    benefit_result r[BILLS_MAX];
    at[0] = h.opening;
    for (ptrdiff_t i = 0; i < h.count; i++) {
        benefit_settle(&r[i], h.event[i].policy, h.event[i].bill, &at[i], false, &a);
        at[i + 1] = benefit_apply(&at[i], &r[i], &a);
    }
    benefit_state back = at[h.count];
    for (ptrdiff_t i = h.count - 1; i >= 0; i--) {
        back = undo(&back, &r[i], &a);
        memcpy(back.account_fen, at[i].account_fen, sizeof back.account_fen);
        assert_true(str_eq(unit_state_text(&back, dense_count(), &a),
                           unit_state_text(&at[i], dense_count(), &a)));
    }
    /* replay says the same as going step by step */
    benefit_result again[BILLS_MAX];
    benefit_state closing;
    history_play(&h, again, &closing, &a);
    for (ptrdiff_t i = 0; i < h.count; i++)
        assert_true(str_eq(unit_result_text(&r[i], &a), unit_result_text(&again[i], &a)));
    assert_true(str_eq(unit_state_text(&closing, dense_count(), &a),
                       unit_state_text(&at[h.count], dense_count(), &a)));
    free(memory);
}

/* The numbers, by hand, for the high-water mark: 100, 400, 700 by level, each counted up to the
 * highest. */
static void high_water_by_hand(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    history h = {0};
    static const char *const levels[] = {"l2", "l3", "l1"};
    for (ptrdiff_t i = 0; i < 3; i++)
        history_add(&h, "employee",
                    arena_printf(&a,
                                 "{'bill':'B%td','person':{'id':'P','scheme':'employee'},"
                                 "'provider':{'id':'H','level':'%s'},"
                                 "'visit':{'kind':'chronic','date':'2024-02-1%td'},"
                                 "'lines':[{'class':'A','amount':'150.00'}]}",
                                 i, levels[i], i)
                        .p,
                    &a);
    benefit_result r[BILLS_MAX];
    history_play(&h, r, NULL, &a);
    assert_true(r[0].deductible.fen == 15000); /* 400 wanted, the bill is 150; the mark is 400 */
    assert_true(r[1].deductible.fen == 15000); /* 700 - 400 = 300 wanted */
    assert_true(r[2].deductible.fen == 0 && r[2].fund_total.fen == 7500);
    h.event[1].reversed = true;
    history_play(&h, r, NULL, &a);
    assert_true(r[2].deductible.fen == 0);
    h.event[0].reversed = true;
    history_play(&h, r, NULL, &a);
    assert_true(r[2].deductible.fen == 10000 && r[2].fund_total.fen == 2500);
    free(memory);
}

/* A refused or uncovered bill in the middle moves nothing. */
static void a_refused_bill_leaves_no_trace(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    history h = {0}, with = {0};
    history_abc(&h, &a);
    with.event[with.count++] = h.event[0];
    history_add(&with, "resident",
                "{'bill':'R','person':{'id':'P','scheme':'resident'},"
                "'visit':{'kind':'pharmacy','date':'2024-02-02'},"
                "'lines':[{'class':'A','amount':1}]}",
                &a);
    history_add(&with, "resident",
                "{'bill':'N','person':{'id':'P','scheme':'resident','death_date':'2024-01-01'},"
                "'provider':{'id':'H','level':'l3'},"
                "'visit':{'kind':'inpatient','date':'2024-02-02'},"
                "'lines':[{'class':'A','amount':9999}]}",
                &a);
    for (ptrdiff_t i = 1; i < h.count; i++)
        with.event[with.count++] = h.event[i];
    benefit_result r[BILLS_MAX];
    benefit_state one, other;
    history_play(&with, r, &one, &a);
    assert_int_equal(r[1].status, BENEFIT_REFUSED);
    assert_int_equal(r[2].status, BENEFIT_NOT_COVERED);
    history_play(&h, r, &other, &a);
    assert_true(str_eq(unit_state_text(&one, dense_count(), &a),
                       unit_state_text(&other, dense_count(), &a)));
    free(memory);
}

/* ---- stays over the end of a year ---- */

static void assert_part(const benefit_bill *part, ptrdiff_t lines, const char *date, int64_t nth)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){(int32_t)part->fact[FACT_DATE]});
    assert_string_equal(text, date);
    assert_int_equal(part->line_count, lines);
    assert_int_equal(part->fact[FACT_STAY_PART], nth);
}

#define STAY(admit, end, lines)                                                                    \
    "{'bill':'S','person':{'id':'P','scheme':'resident'},'visit':{'kind':'inpatient',"             \
    "'admit_date':'" admit "','date':'" end "'},'lines':[" lines "]}"
#define LINE(date) "{'class':'A','amount':1,'date':'" date "'}"

static void stays_are_split_at_the_years_end(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 22);
    char *memory = a.beg;
    benefit_bill part[PARTS_MAX];
    const benefit_policy *p = unit_policy(unit(), "resident", 2024, 6, 1);
    const char *lines = LINE("2023-12-31") "," LINE("2024-01-01") ",{'class':'A','amount':1}";
    claim_bill *stay =
        unit_bill(unit(), arena_printf(&a, STAY("2023-12-20", "2024-01-05", "%s"), lines).p, &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 2);
    assert_part(&part[0], 1, "2023-12-31", 1);
    assert_part(&part[1], 2, "2024-01-05", 2); /* a line without a date belongs to the end */
    assert_true(part[0].episode == part[1].episode);
    assert_true(part[0].episode != 0);
    /* the last day of the year, the first of the next */
    stay = unit_bill(unit(), STAY("2024-01-01", "2024-12-31", LINE("2024-05-01")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 1);
    stay = unit_bill(unit(), STAY("2024-12-31", "2025-01-01", LINE("2024-12-31")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 1); /* nothing was done afterwards */
    assert_part(&part[0], 1, "2024-12-31", 1);
    stay = unit_bill(unit(), STAY("2023-12-31", "2024-01-01", LINE("2024-01-01")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 1);
    assert_part(&part[0], 1, "2024-01-01", 1);
    /* lines dated outside the stay count in its first or last year */
    stay = unit_bill(
        unit(), STAY("2023-12-20", "2024-01-05", LINE("2022-01-01") "," LINE("2025-01-01")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 2);
    assert_part(&part[0], 1, "2023-12-31", 1);
    assert_part(&part[1], 1, "2024-01-05", 2);
    /* three years */
    stay = unit_bill(unit(),
                     STAY("2022-06-01", "2024-06-01",
                          LINE("2022-06-01") "," LINE("2023-06-01") "," LINE("2024-06-01")),
                     &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 3);
    assert_part(&part[0], 1, "2022-12-31", 1);
    assert_part(&part[1], 1, "2023-12-31", 2);
    assert_part(&part[2], 1, "2024-06-01", 3);
    /* more years than parts: the oldest come together */
    stay = unit_bill(
        unit(), STAY("2005-01-01", "2024-06-01", LINE("2005-02-01") "," LINE("2024-02-01")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 2);
    /* no admission, or one after the end: not a stay that could be split */
    stay = unit_bill(unit(), STAY("2025-01-01", "2024-06-01", LINE("2023-02-01")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 1);
    /* a policy that settles at discharge */
    p = unit_policy(unit(), "employee", 2024, 6, 1);
    stay = unit_bill(unit(), STAY("2023-12-20", "2024-01-05", LINE("2023-12-31")), &a);
    assert_int_equal(benefit_parts(part, p, &stay->bill, &a), 1);
    assert_part(&part[0], 1, "2024-01-05", FACT_ABSENT);
    free(memory);
}

/* ---- many histories ---- */

static const char *const kinds[] = {"inpatient", "inpatient", "inpatient", "outpatient", "chronic"};

static str random_bill(uint64_t *seed, int number, arena *a)
{
    static const char *const levels[] = {"l1", "l2", "l3"}, *const lists[] = {"basic", "negotiated",
                                                                              "procured"};
    int64_t month = 1 + number, days = unit_below(seed, 200);
    char admit[DAY_TEXT_SIZE], date[DAY_TEXT_SIZE];
    day on = day_of(2024, (int)month, 1 + (int)unit_below(seed, 28));
    day_print(date, on);
    day_print(admit, (day){on.number - (int)days});
    str lines = S("");
    int64_t count = 1 + unit_below(seed, 4);
    for (int64_t i = 0; i < count; i++)
        lines = arena_printf(a, "%.*s%s{'class':'%c','amount':'%s','list':'%s'}", STR_ARG(lines),
                             i ? "," : "", (char)('A' + unit_below(seed, 3)),
                             money_show(unit_below(seed, 2000000)).c, lists[unit_below(seed, 3)]);
    return arena_printf(a,
                        "{'bill':'B%d','person':{'id':'P','scheme':'resident','categories':[%s]},"
                        "'provider':{'id':'H','level':'%s'},'visit':{'kind':'%s','disease':'%s',"
                        "'admit_date':'%s','date':'%s'},'lines':[%.*s]}",
                        number, unit_below(seed, 2) ? "'dibao'" : "'dibian','tekun'",
                        levels[unit_below(seed, 3)], kinds[unit_below(seed, 5)],
                        unit_below(seed, 2) ? "diabetes" : "hypertension", admit, date,
                        STR_ARG(lines));
}

static void many_histories(void **state)
{
    (void)state;
    arena whole = unit_arena(1 << 23);
    for (uint64_t round = 1; round <= 300; round++) {
        arena a = whole;
        uint64_t seed = round;
        history h = {0}, kept = {0};
        for (int i = 0; i < 10; i++) {
            history_add(&h, "resident", random_bill(&seed, i, &a).p, &a);
            h.event[i].reversed = unit_below(&seed, 3) == 0;
            if (!h.event[i].reversed)
                kept.event[kept.count++] = h.event[i];
        }
        benefit_result r[BILLS_MAX], expected[BILLS_MAX];
        benefit_state one, other;
        history_play(&h, r, &one, &a);
        history_play(&kept, expected, &other, &a);
        for (ptrdiff_t i = 0, k = 0; i < h.count; i++)
            if (!h.event[i].reversed &&
                !str_eq(unit_result_text(&r[i], &a), unit_result_text(&expected[k++], &a)))
                fail_msg("seed %d, bill %td", (int)round, i);
        if (!str_eq(unit_state_text(&one, dense_count(), &a),
                    unit_state_text(&other, dense_count(), &a)))
            fail_msg("seed %d: another closing state", (int)round);
    }
    free(whole.beg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reversing_one_is_as_if_it_had_never_been),
        cmocka_unit_test(reversing_all_returns_the_opening),
        cmocka_unit_test(settle_then_cancel_restores_every_accumulator),
        cmocka_unit_test(high_water_by_hand),
        cmocka_unit_test(a_refused_bill_leaves_no_trace),
        cmocka_unit_test(stays_are_split_at_the_years_end),
        cmocka_unit_test(many_histories),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
