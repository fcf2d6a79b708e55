/* Engine alone, one core: settlements of ten-line bills per second, without and with trace. */
#include "bench.h"

#include "base/json/json.h"
#include "service/bill/bill.h"
#include "service/claim/claim.h"

#define BILLS 20000

static jmp_buf oom;

static arena arena_of(ptrdiff_t bytes)
{
    char *p = malloc((size_t)bytes);
    assert(p);
    return (arena){p, p + bytes, &oom};
}

static double
settle_all(const pack *p, const claim_bill *bills, bool trace, int rounds, int64_t *check)
{
    arena work = arena_of((ptrdiff_t)1 << 20);
    int64_t *dense = calloc((size_t)p->dense_count, sizeof *dense);
    benefit_state state = {.dense = dense};
    *check = 0;
    double start = seconds_now();
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < BILLS; i++) {
            arena a = work;
            benefit_result result;
            benefit_settle(&result, &p->policy[1], &bills[i].bill, &state, trace, &a);
            *check += result.fund_total.fen;
        }
    }
    double seconds = seconds_now() - start;
    free(work.beg);
    free(dense);
    return seconds;
}

/* Settles with accumulators that roll on, to see what a person-year costs. */
static void person_years(const pack *p, const claim_bill *bills)
{
    arena work = arena_of((ptrdiff_t)1 << 20);
    claim_ledger *ledger = claim_ledger_new(p);
    benefit_result part[PARTS_MAX];
    int count;
    for (int i = 0; i < BILLS; i++) {
        arena a = work;
        err e = {0};
        bool ok = claim_settle(part, &count, ledger, &bills[i], false, &a, &e);
        assert(ok);
    }
    printf("memory: %td bytes per person-year (%td of them, %d accumulators)\n",
           claim_ledger_bytes(ledger) / claim_ledger_person_years(ledger),
           claim_ledger_person_years(ledger), p->accumulator_count - 1);
    claim_ledger_free(ledger);
    free(work.beg);
}

static int run(const char *dir)
{
    static pack p;
    static char text[4096 + JSON_PADDING_BYTES];
    err e = {0};
    uint64_t seed = 1;
    arena pack_memory = arena_of(PACK_ARENA_BYTES), memory = arena_of((ptrdiff_t)256 << 20);
    if (!pack_load(&p, str_of(dir), &pack_memory, &e) || p.error_count)
        return 1;
    claim_bill *bills = calloc(BILLS, sizeof *bills);
    json_reader *reader = json_reader_new();
    assert(bills && reader);
    for (int i = 0; i < BILLS; i++) {
        const json_node *nodes;
        int32_t count;
        int n = bill_print(text, 4096, &seed, i);
        if (!json_parse(reader, (str){text, n}, &nodes, &count, &e) ||
            !bill_of_json(&bills[i], nodes, &p, &memory, &e)) {
            printf("%s %s\n", e.field, e.msg);
            return 1;
        }
    }
    int64_t with, without;
    settle_all(&p, bills, false, 1, &without); /* warm */
    double plain = settle_all(&p, bills, false, 50, &without);
    double traced = settle_all(&p, bills, true, 20, &with);
    printf("engine: %.0f settlements/s without trace, %.0f with trace (one core, ten lines; "
           "%.2f us and %.2f us each)\n",
           50.0 * BILLS / plain, 20.0 * BILLS / traced, plain / BILLS / 50 * 1e6,
           traced / BILLS / 20 * 1e6);
    assert(without / 50 == with / 20);
    person_years(&p, bills);
    json_reader_free(reader);
    return 0;
}

int main(int argc, char **argv)
{
    if (setjmp(oom))
        return 1;
    return run(argc > 1 ? argv[1] : "packs/ningde");
}
