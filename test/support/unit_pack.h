/* unit_pack -- a pack of the repository, loaded once for all tests of a program. */
#ifndef SUPPORT_UNIT_PACK_H
#define SUPPORT_UNIT_PACK_H
#include "service/pack/pack.h"
#include "test/support/unit.h"

/* `folder` is below the root of the repository. The pack lives until the program ends. */
static inline const pack *unit_pack(const char *folder)
{
    static struct {
        const char *folder;
        pack pack;
    } loaded[4];
    char path[512];
    err e = {0};
    int i = 0;
    for (; loaded[i].folder; i++)
        if (strcmp(loaded[i].folder, folder) == 0)
            return &loaded[i].pack;
    assert_true(i < (int)COUNTOF(loaded) - 1);
    arena a = unit_arena((ptrdiff_t)64 << 20);
    snprintf(path, sizeof path, "%s/%s", GONGJI_ROOT, folder);
    pack *p = &loaded[i].pack;
    if (!pack_load(p, str_of(path), &a, &e))
        fail_msg("%s: %s", path, e.msg);
    if (p->error_count)
        fail_msg("%s: %.*s", path, STR_ARG(p->problem[0].message));
    loaded[i].folder = folder;
    return p;
}

static inline const benefit_policy *
unit_policy(const pack *p, const char *scheme, int year, int month, int day_of_month)
{
    const benefit_policy *policy =
        pack_policy_on(p, word_of(str_of(scheme)), day_of(year, month, day_of_month));
    assert_non_null(policy);
    return policy;
}

static inline uint16_t unit_accumulator(const pack *p, const char *name)
{
    uint16_t found = pack_accumulator_find(p, str_of(name));
    assert_true(found > 0);
    return found;
}

/* Everything a settlement says, as text: two results are equal when their texts are. */
static inline str unit_result_text(const benefit_result *r, arena *a)
{
    ptrdiff_t cap = 4096 + 300 * (ptrdiff_t)r->layer_count + 200 * (ptrdiff_t)r->change_count +
                    200 * (ptrdiff_t)r->trace_count;
    text_buffer t = {arena_new(a, char, cap), 0, cap, false};
    text_printf(&t, "status %d refusal %d where %.*s line %d year %d policy %p\n", (int)r->status,
                (int)r->refusal, STR_ARG(r->where), r->where_line, r->year,
                (const void *)r->policy);
    const money sums[] = {r->total,      r->own,           r->over_limit,    r->pay_first,
                          r->in_scope,   r->deductible,    r->over_cap,      r->route_share,
                          r->fund_total, r->cash,          r->hospital_part, r->personal_part,
                          r->account,    r->family_account};
    for (ptrdiff_t i = 0; i < COUNTOF(sums); i++)
        text_printf(&t, "%" PRId64 " ", sums[i].fen);
    for (int i = 0; i < FIELD__COUNT; i++)
        text_printf(&t, "paid %" PRId64 " ", r->paid[i].fen);
    for (int i = 0; i < r->layer_count; i++)
        text_printf(&t, "\nlayer %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                    r->layer[i].layer, r->layer[i].base.fen, r->layer[i].deductible.fen,
                    r->layer[i].paid.fen, r->layer[i].over_cap.fen);
    for (int i = 0; i < r->change_count; i++)
        text_printf(&t, "\nchange %d %" PRIx64 " %" PRId64 " %" PRId64, r->change[i].accumulator,
                    r->change[i].sub, r->change[i].before, r->change[i].after);
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        text_printf(&t, "\naccount %" PRId64, r->account_after_fen[i]);
    for (int i = 0; i < r->trace_count; i++)
        text_printf(&t, "\nstep %d %d %d %d %" PRId64 " %" PRId64 " %" PRId64, r->trace[i].step,
                    r->trace[i].layer, r->trace[i].basis, r->trace[i].input_line,
                    r->trace[i].amount_fen, r->trace[i].a, r->trace[i].b);
    assert_false(t.cut);
    return (str){t.p, t.n};
}

/* Everything a state holds; entries in the order of accumulator and sub-key, zeros left out. */
static inline str unit_state_text(const benefit_state *s, int dense_count, arena *a)
{
    ptrdiff_t cap = 65536;
    text_buffer t = {arena_new(a, char, cap), 0, cap, false};
    for (int i = 0; i < dense_count; i++)
        text_printf(&t, "dense %d %" PRId64 "\n", i, s->dense ? s->dense[i] : 0);
    for (int h = 0; h < HOME__COUNT; h++) {
        uint64_t sub = 0, accumulator = 0;
        for (bool first = true;; first = false) { /* by selection: there are few */
            const benefit_entry *next = NULL;
            for (ptrdiff_t i = 0; i < s->entry_count[h]; i++) {
                const benefit_entry *e = &s->entry[h][i];
                bool after = first || e->accumulator > accumulator ||
                             (e->accumulator == accumulator && e->sub > sub);
                if (after && (!next || e->accumulator < next->accumulator ||
                              (e->accumulator == next->accumulator && e->sub < next->sub)))
                    next = e;
            }
            if (!next)
                break;
            accumulator = next->accumulator;
            sub = next->sub;
            if (next->value)
                text_printf(&t, "entry %d %d %" PRIx64 " %" PRId64 "\n", h, next->accumulator,
                            next->sub, next->value);
        }
    }
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        text_printf(&t, "account %" PRId64 "\n", s->account_fen[i]);
    assert_false(t.cut);
    return (str){t.p, t.n};
}

#endif
