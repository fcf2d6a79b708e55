/* check -- what must hold for every settlement, whatever the bill and the pack. Stops the program
 * when it does not. */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H
#include "service/bill/bill.h"

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Identities I1 to I5 of the benefit domain. */
static inline void check_result(const benefit_result *r)
{
    const money amounts[] = {r->total,          r->own,           r->over_limit,    r->pay_first,
                             r->route_share,    r->in_scope,      r->deductible,    r->over_cap,
                             r->fund_total,     r->hospital_part, r->personal_part, r->account,
                             r->family_account, r->cash};
    int64_t funds = 0;
    for (ptrdiff_t i = 0; i < COUNTOF(amounts); i++)
        MUST(amounts[i].fen >= 0);
    for (int field = 0; field < FIELD__COUNT; field++)
        MUST(r->paid[field].fen >= 0);
    for (int field = FIELD_HIFP; field <= FIELD_OTH; field++)
        funds += r->paid[field].fen;
    MUST(r->status == BENEFIT_SETTLED || r->status == BENEFIT_NOT_COVERED ||
         r->status == BENEFIT_REFUSED);
    MUST(r->total.fen ==
         r->own.fen + r->over_limit.fen + r->pay_first.fen + r->route_share.fen + r->in_scope.fen);
    MUST(r->fund_total.fen == funds);
    MUST(r->total.fen == r->fund_total.fen + r->personal_part.fen + r->hospital_part.fen);
    MUST(r->personal_part.fen == r->account.fen + r->family_account.fen + r->cash.fen);
    MUST(r->deductible.fen <= r->in_scope.fen);
    for (int i = 0; i < r->layer_count; i++)
        MUST(r->layer[i].paid.fen >= 0 && r->layer[i].paid.fen <= r->layer[i].base.fen);
    for (int i = 0; i < r->change_count; i++)
        MUST(r->change[i].after >= 0);
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        MUST(r->account_after_fen[i] >= 0);
}

/* The settlement as a line is JSON that our own reader reads. */
static inline void check_line(json_reader *reader, const claim_bill *claim, const benefit_result *r)
{
    for (int l = LANG_ZH; l <= LANG_EN; l++) {
        byte_buffer out = {0};
        const json_node *nodes;
        int32_t count;
        err e = {0};
        MUST(settlement_to_json(&out, claim, r, 1, 1, true, (lang)l));
        MUST(out.n > 0 && out.p[out.n - 1] == '\n');
        char *padded = realloc(out.p, (size_t)out.n + JSON_PADDING_BYTES);
        MUST(padded);
        if (!json_parse(reader, (str){padded, out.n}, &nodes, &count, &e)) {
            fprintf(stderr, "%.*s%s\n", (int)out.n, padded, e.msg);
            abort();
        }
        free(padded);
    }
}

#endif
