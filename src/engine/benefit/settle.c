#include "engine/benefit/settle_internal.h"

static const char *const step_names[STEP__COUNT] = {
    [STEP_NONE] = "",
#define STEP(id, name, zh, en) [STEP_##id] = name,
#include "engine/benefit/step.tbl.h"
};

static const char *const refusal_texts[REFUSED__COUNT][3] = {
    [REFUSED_NONE] = {"", "", ""},
#define REFUSAL(id, name, zh, en) [REFUSED_##id] = {name, zh, en},
#include "engine/benefit/refusal.tbl.h"
};

const char *benefit_step_name(benefit_step_kind step)
{
    return step_names[step];
}

const char *refusal_name(refusal r)
{
    return refusal_texts[r][0];
}

const char *refusal_zh(refusal r)
{
    return refusal_texts[r][1];
}

const char *refusal_en(refusal r)
{
    return refusal_texts[r][2];
}

void trace_add(benefit_run *r,
               benefit_step_kind step,
               const benefit_ground *ground,
               int64_t amount_fen,
               int64_t a,
               int64_t b)
{
    if (!r->tracing)
        return;
    if (r->w.trace_count == r->trace_cap) {
        int cap = 2 * r->trace_cap + 48;
        benefit_trace *more = arena_new(r->a, benefit_trace, cap);
        if (r->w.trace_count)
            memcpy(more, r->result->trace, (size_t)r->w.trace_count * sizeof *more);
        r->result->trace = more;
        r->trace_cap = cap;
    }
    r->result->trace[r->w.trace_count++] = (benefit_trace){
        .step = (uint8_t)step,
        .layer = r->layer_index,
        .basis = ground && ground->basis ? ground->basis : r->layer_basis,
        .input_line = ground ? ground->input_line : 0,
        .amount_fen = amount_fen,
        .a = a,
        .b = b,
    };
}

/* The reason why nothing is covered on that day; empty = covered. */
static bool not_covered(benefit_run *r, str *reason)
{
    const benefit_bill *bill = r->bill;
    int64_t on = r->fact[FACT_DATE];
    if (bill->death_date.number != DAY_NONE && on > bill->death_date.number) {
        *reason = S("death");
        return true;
    }
    for (int i = 0; i < r->p->not_covered_count; i++) {
        if (when_holds(r, r->p->not_covered[i].when)) {
            *reason = r->p->not_covered[i].reason;
            r->layer_basis = r->p->not_covered[i].basis; /* of the first step of the trace */
            return true;
        }
    }
    bool inside = bill->entitled_count == 0;
    for (int i = 0; i < bill->entitled_count; i++) {
        const benefit_period *period = &bill->entitled[i];
        inside = inside || ((period->from.number == DAY_NONE || period->from.number <= on) &&
                            (period->until.number == DAY_NONE || on <= period->until.number));
    }
    day first;
    if (inside && bill->has_enrolment) {
        if (!benefit_entitled_from(&first, r->p, bill))
            return refuse(r, REFUSED_NO_ENTITLEMENT_ROW, S("entitlement"));
        inside = on >= first.number;
    }
    if (!inside)
        *reason = S("not_entitled");
    return !inside;
}

static void totals_after_split(benefit_run *r)
{
    benefit_result *result = r->result;
    const int64_t *heap = r->w.heap_fen;
    result->own.fen = heap[HEAP_OWN];
    result->over_limit.fen = heap[HEAP_OVER_LIMIT];
    result->pay_first.fen = heap[HEAP_PAY_FIRST];
    result->route_share.fen = heap[HEAP_ROUTE_SHARE];
    result->in_scope.fen = heap[HEAP_SCOPE];
    for (int h = 0; h < HEAP__COUNT; h++)
        result->total.fen += heap[h];
    if (result->status == BENEFIT_NOT_COVERED)
        trace_add(r, STEP_NOT_COVERED, NULL, result->total.fen, 0, 0);
    r->layer_basis = 0;
    trace_add(r, STEP_TOTAL, NULL, result->total.fen, r->bill->line_count, 0);
    trace_add(r, STEP_OWN, NULL, result->own.fen, 0, 0);
    trace_add(r, STEP_OVER_LIMIT, NULL, result->over_limit.fen, 0, 0);
    trace_add(r, STEP_PAY_FIRST, NULL, result->pay_first.fen, 0, 0);
    if (result->route_share.fen)
        trace_add(r, STEP_ROUTE_SHARE, NULL, result->route_share.fen, 0, 0);
    trace_add(r, STEP_IN_SCOPE, NULL, result->in_scope.fen, 0, 0);
}

static const benefit_stack *stack_find(benefit_run *r)
{
    for (int i = 0; i < r->p->stack_count; i++)
        if (when_holds(r, r->p->stack[i].when))
            return &r->p->stack[i];
    refuse(r, REFUSED_NO_STACK, S("stacks"));
    return NULL;
}

static void totals_at_end(benefit_run *r)
{
    benefit_result *result = r->result;
    for (int field = 0; field < FIELD__COUNT; field++)
        result->paid[field].fen = r->w.paid_fen[field];
    for (int field = FIELD_HIFP; field <= FIELD_OTH; field++)
        result->fund_total.fen += r->w.paid_fen[field];
    result->hospital_part = result->paid[FIELD_HOSPITAL];
    result->account = result->paid[FIELD_ACCOUNT];
    result->family_account = result->paid[FIELD_FAMILY_ACCOUNT];
    result->personal_part.fen =
        result->total.fen - result->fund_total.fen - result->hospital_part.fen;
    result->cash.fen = result->personal_part.fen - result->account.fen - result->family_account.fen;
    assert(result->cash.fen >= 0);
    result->deductible.fen = r->w.deductible_fen;
    result->over_cap.fen = r->w.over_cap_fen;
    result->layer_count = r->w.layer_count;
    trace_add(r, STEP_FUND_TOTAL, NULL, result->fund_total.fen, 0, 0);
    if (result->hospital_part.fen)
        trace_add(r, STEP_HOSPITAL_PART, NULL, result->hospital_part.fen, 0, 0);
    trace_add(r, STEP_PERSONAL_PART, NULL, result->personal_part.fen, 0, 0);
    trace_add(r, STEP_ACCOUNT, NULL, result->account.fen, 0, 0);
    if (result->family_account.fen)
        trace_add(r, STEP_FAMILY_ACCOUNT, NULL, result->family_account.fen, 0, 0);
    trace_add(r, STEP_CASH, NULL, result->cash.fen, 0, 0);
    memcpy(result->account_after_fen, r->w.account_fen, sizeof result->account_after_fen);
}

/* What moved: dense accumulators by comparison, the others as collected. */
static void changes_collect(benefit_run *r)
{
    const benefit_policy *p = r->p;
    int moved = 0, n = 0;
    for (int i = 0; i < p->dense_count; i++)
        moved += r->dense[i] != (r->before->dense ? r->before->dense[i] : 0);
    benefit_change *change = arena_new(r->a, benefit_change, moved + r->w.change_count);
    for (int i = 1; i < p->accumulator_count && n < moved; i++) {
        int at = p->accumulator[i].dense;
        if (at < 0)
            continue;
        int64_t before = r->before->dense ? r->before->dense[at] : 0;
        if (r->dense[at] != before)
            change[n++] = (benefit_change){(uint16_t)i, 0, before, r->dense[at], {0}};
    }
    for (int i = 0; i < r->w.change_count; i++)
        if (r->change[i].before != r->change[i].after)
            change[n++] = r->change[i];
    r->result->change = change;
    r->result->change_count = n;
}

static void result_refused(benefit_run *r)
{
    benefit_result *result = r->result;
    *result = (benefit_result){
        .status = BENEFIT_REFUSED,
        .refusal = r->refused,
        .where = r->refused_where,
        .where_line = r->refused_line,
        .policy = r->p,
        .year = result->year,
    };
    memcpy(result->account_after_fen, r->before->account_fen, sizeof result->account_after_fen);
}

static bool run(benefit_run *r)
{
    benefit_result *result = r->result;
    if (r->bill->fact[FACT_DATE] == FACT_ABSENT)
        return refuse(r, REFUSED_NO_DATE, S("visit.date"));
    facts_derive(r);
    result->year = (int)r->fact[FACT_YEAR];
    bool covered = !not_covered(r, &result->where);
    if (r->refused)
        return false;
    result->status = covered ? BENEFIT_SETTLED : BENEFIT_NOT_COVERED;
    if (!(covered ? split_lines(r) : split_all_own(r)))
        return false;
    totals_after_split(r);
    if (covered) {
        const benefit_stack *stack = stack_find(r);
        if (!stack)
            return false;
        r->layer_cap = stack->layer_count;
        if (stack->needs_lines)
            r->layer_cap += stack->layer_count * (int)r->bill->line_count;
        result->layer = arena_new(r->a, benefit_layer_result, r->layer_cap);
        if (!stack_run(r, stack))
            return false;
    }
    totals_at_end(r);
    changes_collect(r);
    result->trace_count = r->w.trace_count;
    return true;
}

void benefit_settle(benefit_result *result,
                    const benefit_policy *p,
                    const benefit_bill *bill,
                    const benefit_state *before,
                    bool trace,
                    arena *a)
{
    benefit_run
        r; /* large: fields are set one by one, the big arrays only as far as they are used */
    assert(p->dense_count <= DENSE_MAX);
    assert(bill->line_count <= LINES_MAX);
    r.p = p;
    r.bill = bill;
    r.before = before;
    r.a = a;
    r.result = result;
    r.tracing = trace;
    r.trace_cap = r.change_cap = r.layer_cap = 0;
    r.refused = REFUSED_NONE;
    r.refused_where = (str){0};
    r.refused_line = 0;
    memcpy(r.fact, bill->fact, sizeof r.fact);
    r.category_word = NULL;
    r.line = NULL;
    r.w = (benefit_work){0};
    memcpy(r.w.account_fen, before->account_fen, sizeof r.w.account_fen);
    if (before->dense)
        memcpy(r.dense, before->dense, (size_t)p->dense_count * sizeof *r.dense);
    else
        memset(r.dense, 0, (size_t)p->dense_count * sizeof *r.dense);
    r.change = NULL;
    r.line_count = 0;
    r.order = NULL;
    memset(r.line_heap, 0, sizeof r.line_heap);
    r.line_part = NULL;
    r.layer_index = -1;
    r.layer_basis = 0;
    *result = (benefit_result){.policy = p};
    result->line = arena_new(a, benefit_line_result, bill->line_count);
    if (!run(&r))
        result_refused(&r);
}
