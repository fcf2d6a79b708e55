/* What the engine does when a policy has holes: a table without rows, amounts beyond all measure,
 * accumulators that are full. Every bill is then either settled with all identities, or refused and
 * names the place. The bills of test/fault were made once by test/oracle/generate.py; nothing is
 * expected of them but variety. */
#include "engine/benefit/settle_internal.h"

#include "test/support/unit_bill.h"

#define BILLS_MAX 400

typedef struct {
    pack *pack;
    claim_bill bill[BILLS_MAX];
    benefit_status before[BILLS_MAX];
    int count;
    arena memory;
    char *start;
    int refused; /* since the last mutation */
} world;

static void world_open(world *w, const char *folder, const char *bills)
{
    char path[512];
    w->pack = (pack *)(uintptr_t)unit_pack(folder); /* its arrays are ours to damage and mend */
    w->memory = unit_arena((ptrdiff_t)64 << 20);
    w->start = w->memory.beg;
    w->count = 0;
    snprintf(path, sizeof path, "%s/test/fault/%s", GONGJI_ROOT, bills);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static char line[1 << 16];
    while (w->count < BILLS_MAX && fgets(line, sizeof line - JSON_PADDING_BYTES, f)) {
        err e = {0};
        str json = {line, (ptrdiff_t)strlen(line)};
        w->count += unit_bill_read(&w->bill[w->count], w->pack, json, &w->memory, &e);
    }
    fclose(f);
    assert_true(w->count > 20);
}

static void world_close(world *w)
{
    free(w->start);
}

static const benefit_policy *policy_of(const world *w, const benefit_bill *bill)
{
    return pack_policy_on(w->pack, bill->fact[FACT_SCHEME], (day){(int32_t)bill->fact[FACT_DATE]});
}

static void identities(const benefit_result *r)
{
    int64_t layers = 0;
    assert_true(r->total.fen == r->own.fen + r->over_limit.fen + r->pay_first.fen +
                                    r->route_share.fen + r->in_scope.fen);
    assert_true(r->total.fen == r->fund_total.fen + r->hospital_part.fen + r->personal_part.fen);
    assert_true(r->personal_part.fen == r->account.fen + r->family_account.fen + r->cash.fen);
    for (int i = 0; i < r->layer_count; i++) {
        assert_true(r->layer[i].paid.fen >= 0);
        assert_true(r->layer[i].paid.fen <= r->layer[i].base.fen);
        layers += r->layer[i].paid.fen;
    }
    assert_true(layers == r->total.fen - r->cash.fen);
    assert_true(r->cash.fen >= 0);
}

/* Settles every bill once; those of another policy than `only` are left out. */
static void world_run(
    world *w, const benefit_policy *only, const benefit_state *state, refusal expected, str place)
{
    w->refused = 0;
    for (int i = 0; i < w->count; i++) {
        const benefit_policy *p = policy_of(w, &w->bill[i].bill);
        arena a = w->memory;
        benefit_result r;
        if (!p || (only && p != only))
            continue;
        benefit_settle(&r, p, &w->bill[i].bill, state, i % 2 == 0, &a);
        if (r.status != BENEFIT_REFUSED) {
            identities(&r);
            continue;
        }
        assert_int_equal(r.total.fen, 0);
        assert_int_equal(r.change_count, 0);
        if (r.refusal != expected)
            continue; /* it was so before */
        w->refused++;
        if (place.n && expected == REFUSED_NO_ROW && w->before[i] != BENEFIT_REFUSED)
            assert_true(str_eq(r.where, place));
    }
}

static void world_before(world *w, const benefit_state *state)
{
    for (int i = 0; i < w->count; i++) {
        const benefit_policy *p = policy_of(w, &w->bill[i].bill);
        arena a = w->memory;
        benefit_result r;
        w->before[i] = BENEFIT_REFUSED;
        if (!p)
            continue;
        benefit_settle(&r, p, &w->bill[i].bill, state, false, &a);
        w->before[i] = r.status;
    }
}

static void holes(const char *folder, const char *bills)
{
    static world w;
    benefit_state nothing = {0};
    int missed = 0;
    world_open(&w, folder, bills);
    world_before(&w, &nothing);
    for (int k = 0; k < w.pack->policy_count; k++) {
        const benefit_policy *p = &w.pack->policy[k];
        for (int t = 1; t < p->table_count; t++) {
            benefit_table *table = (benefit_table *)(uintptr_t)&p->table[t];
            uint32_t rows = table->n;
            table->n = 0;
            world_run(&w, p, &nothing, REFUSED_NO_ROW, table->name);
            missed += w.refused > 0;
            table->n = rows;
        }
    }
    assert_true(missed > 10); /* most tables are asked by some bill */
    world_close(&w);
}

/* Rates come from packs as 0 % to 10000 %; amounts may be anything. */
static bool is_rate(str table)
{
    return strstr(table.p, "rate") || strstr(table.p, "times") || strstr(table.p, "share");
}

static void beyond_measure(const char *folder, const char *bills)
{
    static world w;
    benefit_state nothing = {0};
    world_open(&w, folder, bills);
    for (int k = 0; k < w.pack->policy_count; k++) {
        const benefit_policy *p = &w.pack->policy[k];
        for (int t = 1; t < p->table_count; t++) {
            for (uint32_t i = 0; i < p->table[t].n; i++) {
                benefit_row *row = (benefit_row *)(uintptr_t)&p->row[p->table[t].first + i];
                int64_t number = row->value.number;
                const int64_t numbers[] = {AMOUNT_FEN_MAX + 1, AMOUNT_FEN_MAX, AMOUNT_NO_LIMIT, 0};
                const int64_t rates[] = {0, RATE_ONE, 100 * RATE_ONE, 1};
                bool rate_table = is_rate(p->table[t].name);
                for (ptrdiff_t m = 0; row->value.kind == VALUE_NUMBER && m < 4; m++) {
                    row->value.number = rate_table ? rates[m] : numbers[m];
                    world_run(&w, p, &nothing, REFUSED_TOO_LARGE, (str){0});
                }
                row->value.number = number;
            }
        }
    }
    world_close(&w);
}

static void test_benefit__holes_in_tables_are_named(void **state)
{
    (void)state;
    holes("test/packs/unit", "unit.jsonl");
    holes("test/oracle/fixtures/workshop", "workshop.jsonl");
    holes("test/packs/deductibles", "deductibles.jsonl");
}

static void test_benefit__amounts_beyond_measure_keep_the_identities(void **state)
{
    (void)state;
    beyond_measure("test/oracle/fixtures/workshop", "workshop.jsonl");
    beyond_measure("test/packs/deductibles", "deductibles.jsonl");
}

static void test_benefit__full_accumulators_refuse_or_hold(void **state)
{
    static world w;
    static int64_t dense[DENSE_MAX];
    benefit_state full = {.dense = dense};
    (void)state;
    world_open(&w, "test/oracle/fixtures/workshop", "workshop.jsonl");
    for (int i = 0; i < DENSE_MAX; i++)
        dense[i] = ACCUMULATOR_FEN_MAX;
    world_run(&w, NULL, &full, REFUSED_TOO_LARGE, (str){0});
    assert_true(w.refused > 0);
    world_close(&w);
}

static void test_benefit__lines_beyond_measure_are_refused(void **state)
{
    static world w;
    benefit_state nothing = {0};
    (void)state;
    world_open(&w, "test/packs/unit", "unit.jsonl");
    for (int i = 0; i < w.count; i++) {
        benefit_line *line = (benefit_line *)(uintptr_t)w.bill[i].bill.line;
        const benefit_line kept = *line;
        line->amount_fen = MONEY_FEN_MAX + 1;
        world_run(&w, NULL, &nothing, REFUSED_TOO_LARGE, (str){0});
        assert_true(w.refused > 0 || !policy_of(&w, &w.bill[i].bill) ||
                    w.bill[i].bill.fact[FACT_DATE] == FACT_ABSENT);
        *line = kept;
        line->amount_fen = -1;
        line->unit_price_e4 = UNIT_PRICE_E4_MAX;
        line->quantity_e4 = QUANTITY_E4_MAX;
        line->limit_e4 = UNIT_PRICE_E4_MAX;
        world_run(&w, NULL, &nothing, REFUSED_TOO_LARGE, (str){0});
        line->unit_price_e4 = -1;
        world_run(&w, NULL, &nothing, REFUSED_NO_AMOUNT, (str){0});
        line->amount_fen = 100;
        line->class = word_of(S("D"));
        world_run(&w, NULL, &nothing, REFUSED_NO_CLASS, (str){0});
        *line = kept;
        i += 6; /* a sample */
    }
    int64_t on = w.bill[0].bill.fact[FACT_DATE];
    w.bill[0].bill.fact[FACT_DATE] = FACT_ABSENT;
    benefit_result r;
    arena a = w.memory;
    benefit_settle(&r, &w.pack->policy[0], &w.bill[0].bill, &nothing, true, &a);
    assert_int_equal(r.refusal, REFUSED_NO_DATE);
    w.bill[0].bill.fact[FACT_DATE] = on;
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_benefit__holes_in_tables_are_named),
        cmocka_unit_test(test_benefit__amounts_beyond_measure_keep_the_identities),
        cmocka_unit_test(test_benefit__full_accumulators_refuse_or_hold),
        cmocka_unit_test(test_benefit__lines_beyond_measure_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
