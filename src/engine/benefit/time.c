/* Entitlement, stays over the end of a year, and working a person-year through again. */
#include "engine/benefit/settle_internal.h"

static int64_t count_of(const benefit_bill *bill, fact_id id)
{
    return bill->fact[id] == FACT_ABSENT ? 0 : bill->fact[id];
}

bool benefit_entitled_from(day *out, const benefit_policy *p, const benefit_bill *bill)
{
    benefit_run r = {.p = p, .bill = bill};
    memcpy(r.fact, bill->fact, sizeof r.fact);
    for (int i = 0; i < p->waiting_count; i++) {
        const benefit_waiting *rule = &p->waiting[i];
        if (!when_holds(&r, rule->when))
            continue;
        fact_id from = rule->from == START_REGISTERED ? FACT_REGISTERED_ON
                       : rule->from == START_PAID     ? FACT_PAID_ON
                       : rule->from == START_BORN     ? FACT_BORN_ON
                                                      : FACT_WINDOW_YEAR;
        int64_t start = bill->fact[from];
        if (start == FACT_ABSENT)
            return false;
        int64_t missed = count_of(bill, FACT_MISSED_YEARS);
        int64_t months = rule->add_months + rule->per_missed_year * missed +
                         rule->per_repaid_year * count_of(bill, FACT_REPAID_YEARS);
        if (rule->at_least_if_missed == 0 || missed >= rule->at_least_if_missed)
            months = max_i64(months, rule->at_least_months);
        months = min_i64(max_i64(months, 0), 1200);
        day first = rule->from == START_YEAR ? day_of((int)start, 1, 1) : (day){(int32_t)start};
        first = day_add_months(first, (int)months);
        civil c = day_civil(first);
        *out = rule->first_of_month ? day_of(c.year, c.month, 1)
                                    : (day){first.number + rule->next_day};
        return true;
    }
    return false;
}

static int year_of_line(
    const benefit_policy *p, const benefit_line *line, day last, int first_year, int last_year)
{
    int year = policy_year_of(p, line->on.number == DAY_NONE ? last : line->on);
    return (int)min_i64(max_i64(year, first_year), last_year);
}

int benefit_parts(benefit_bill part[PARTS_MAX],
                  const benefit_policy *p,
                  const benefit_bill *bill,
                  arena *a)
{
    part[0] = *bill;
    int64_t on = bill->fact[FACT_DATE], admitted = bill->fact[FACT_ADMIT_DATE];
    if (!p->cross_year_split || on == FACT_ABSENT || admitted == FACT_ABSENT || admitted > on)
        return 1;
    day last = {(int32_t)on};
    int first_year = policy_year_of(p, (day){(int32_t)admitted}),
        last_year = policy_year_of(p, last);
    int64_t stay_part = bill->fact[FACT_STAY_PART] == FACT_ABSENT ? 1 : bill->fact[FACT_STAY_PART];
    int count = 0;
    if (last_year - first_year >= PARTS_MAX)
        first_year = last_year - PARTS_MAX + 1; /* older lines count in the first part */
    for (int year = first_year; year <= last_year; year++) {
        benefit_line *line = arena_new(a, benefit_line, bill->line_count);
        ptrdiff_t n = 0;
        for (ptrdiff_t i = 0; i < bill->line_count; i++)
            if (year_of_line(p, &bill->line[i], last, first_year, last_year) == year)
                line[n++] = bill->line[i];
        if (n == 0)
            continue;
        part[count] = *bill;
        part[count].line = line;
        part[count].line_count = n;
        part[count].fact[FACT_STAY_PART] = stay_part + count;
        if (!part[count].episode)
            part[count].episode = str_hash(bill->id);
        if (year < last_year)
            part[count].fact[FACT_DATE] = policy_year_first_day(p, year + 1).number - 1;
        count++;
    }
    return count;
}

static void
entry_put(const benefit_entry **entry, ptrdiff_t *count, const benefit_change *change, arena *a)
{
    benefit_entry *copy = arena_new(a, benefit_entry, *count + 1);
    if (*count)
        memcpy(copy, *entry, (size_t)*count * sizeof *copy);
    ptrdiff_t i = 0;
    while (i < *count && (copy[i].accumulator != change->accumulator || copy[i].sub != change->sub))
        i++;
    copy[i] = (benefit_entry){change->accumulator, change->sub, change->after};
    *entry = copy;
    *count += i == *count;
}

benefit_state benefit_apply(const benefit_state *state, const benefit_result *result, arena *a)
{
    const benefit_policy *p = result->policy;
    benefit_state after = *state;
    int64_t *dense = arena_new(a, int64_t, p->dense_count);
    if (state->dense)
        memcpy(dense, state->dense, (size_t)p->dense_count * sizeof *dense);
    after.dense = dense;
    for (int i = 0; i < result->change_count; i++) {
        const benefit_change *change = &result->change[i];
        const benefit_accumulator *acc = &p->accumulator[change->accumulator];
        if (acc->dense >= 0)
            dense[acc->dense] = change->after;
        else
            entry_put(&after.entry[benefit_home(acc)], &after.entry_count[benefit_home(acc)],
                      change, a);
    }
    memcpy(after.account_fen, result->account_after_fen, sizeof after.account_fen);
    return after;
}

void benefit_replay(benefit_result *result,
                    benefit_state *closing,
                    const benefit_event *event,
                    ptrdiff_t count,
                    const benefit_state *opening,
                    bool trace,
                    arena *a)
{
    benefit_state state = *opening;
    for (ptrdiff_t i = 0; i < count; i++) {
        result[i] = (benefit_result){0};
        if (event[i].reversed)
            continue;
        benefit_settle(&result[i], event[i].policy, event[i].bill, &state, trace, a);
        if (result[i].status == BENEFIT_SETTLED)
            state = benefit_apply(&state, &result[i], a);
    }
    if (closing)
        *closing = state;
}
