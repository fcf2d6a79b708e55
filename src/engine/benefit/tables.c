#include "engine/benefit/settle_internal.h"

/* The row that holds; follows inner tables, which are final once entered. */
static bool table_find(benefit_run *r, uint16_t table, const benefit_row **row)
{
    assert(table > 0);
    for (;;) {
        const benefit_table *t = &r->p->table[table];
        const benefit_row *candidate = r->p->row + t->first, *end = candidate + t->n;
        while (candidate < end && !when_holds(r, candidate->when))
            candidate++;
        if (candidate == end)
            return refuse(r, REFUSED_NO_ROW, t->name);
        if (candidate->value.kind != VALUE_TABLE) {
            *row = candidate;
            return true;
        }
        table = candidate->value.index;
    }
}

bool table_word(benefit_run *r, uint16_t table, word *out, const benefit_row **row)
{
    if (!table_find(r, table, row))
        return false;
    assert((*row)->value.kind == VALUE_WORD || (*row)->value.kind == VALUE_ITEM);
    *out = (*row)->value.kind == VALUE_ITEM ? 0 : (*row)->value.number;
    return true;
}

bool table_rate(benefit_run *r, uint16_t table, int64_t *out_e8, const benefit_row **row)
{
    if (!table_find(r, table, row))
        return false;
    assert((*row)->value.kind == VALUE_NUMBER);
    *out_e8 = (*row)->value.number;
    return true;
}

static bool in_range(benefit_run *r, int64_t fen)
{
    if (fen > AMOUNT_FEN_MAX && fen != AMOUNT_NO_LIMIT)
        return refuse(r, REFUSED_TOO_LARGE, S("amount"));
    return true;
}

static bool form_fact(benefit_run *r, const benefit_form *f, int64_t *out_fen)
{
    int64_t value = r->fact[f->fact] == FACT_ABSENT ? 0 : r->fact[f->fact];
    if (!f->each_table) {
        *out_fen = value;
        return true;
    }
    const benefit_row *row;
    int64_t each;
    if (!table_amount(r, f->each_table, 0, &each, &row))
        return false;
    value = max_i64(0, value - f->minus);
    if (__builtin_mul_overflow(value, each, out_fen))
        return refuse(r, REFUSED_TOO_LARGE, S("amount"));
    return true;
}

static bool form_table(benefit_run *r,
                       const benefit_form *f,
                       int64_t base_fen,
                       int64_t *out_fen,
                       const benefit_row **row)
{
    int64_t kept[FORM_WITH_MAX] = {0};
    for (int i = 0; i < f->with_count; i++) {
        kept[i] = r->fact[f->with[i].fact];
        r->fact[f->with[i].fact] = f->with[i].value;
    }
    bool found = table_amount(r, f->table, base_fen, out_fen, row);
    for (int i = f->with_count - 1; i >= 0; i--)
        r->fact[f->with[i].fact] = kept[i];
    return found;
}

static bool form_combine(benefit_run *r,
                         const benefit_form *f,
                         int64_t base_fen,
                         int64_t *out_fen,
                         const benefit_row **row)
{
    int64_t set = r->fact[f->fact], kept = r->fact[FACT_DISEASE];
    const word *words = f->fact == FACT_CATEGORY ? r->category_word : r->bill->words;
    int64_t sum = 0, largest = 0, second = 0;
    for (ptrdiff_t i = 0; i < SET_COUNT(set); i++) {
        int64_t one;
        r->fact[FACT_DISEASE] = words[SET_OFFSET(set) + i];
        bool found = table_amount(r, f->table, base_fen, &one, row);
        r->fact[FACT_DISEASE] = kept;
        if (!found)
            return false;
        second = max_i64(second, min_i64(largest, one));
        largest = max_i64(largest, one);
        sum = one == AMOUNT_NO_LIMIT || sum == AMOUNT_NO_LIMIT ? AMOUNT_NO_LIMIT : sum + one;
        if (!in_range(r, sum))
            return false;
    }
    *out_fen = f->largest ? largest : sum;
    if (f->largest && f->share_e8 && largest != AMOUNT_NO_LIMIT)
        *out_fen += fen_share_half_up(second, f->share_e8);
    if (f->limit_table) {
        int64_t limit;
        if (!table_amount(r, f->limit_table, base_fen, &limit, row))
            return false;
        *out_fen = min_i64(*out_fen, f->keep_largest ? max_i64(limit, largest) : limit);
    }
    return true;
}

static bool form_eval(benefit_run *r,
                      const benefit_form *f,
                      int64_t base_fen,
                      int64_t *out_fen,
                      const benefit_row **row)
{
    bool found = true;
    const benefit_row *inner;
    switch ((form_kind)f->kind) {
    case FORM_TABLE:
        found = form_table(r, f, base_fen, out_fen, row);
        break;
    case FORM_FACT:
        found = form_fact(r, f, out_fen);
        break;
    case FORM_SHARE:
        *out_fen =
            base_fen == AMOUNT_NO_LIMIT ? base_fen : fen_share_half_up(base_fen, f->share_e8);
        break;
    case FORM_COMBINE:
        found = form_combine(r, f, base_fen, out_fen, &inner);
        break;
    case FORM_NONE:
        NEVER("form without a kind");
        break;
    }
    if (!found || *out_fen == AMOUNT_NO_LIMIT)
        return found;
    if (!in_range(r, *out_fen))
        return false;
    if (f->times_e8)
        *out_fen = fen_share_half_up(*out_fen, f->times_e8);
    if (f->round_fen)
        *out_fen = (*out_fen + f->round_fen / 2) / f->round_fen * f->round_fen;
    return in_range(r, *out_fen);
}

bool table_amount(
    benefit_run *r, uint16_t table, int64_t base_fen, int64_t *out_fen, const benefit_row **row)
{
    if (!table_find(r, table, row))
        return false;
    const benefit_value *value = &(*row)->value;
    if (value->kind == VALUE_FORM)
        return form_eval(r, &r->p->form[value->index], base_fen, out_fen, row);
    assert(value->kind == VALUE_NUMBER);
    *out_fen = value->number;
    return true;
}

int64_t nth_of(const benefit_run *r, uint16_t accumulator)
{
    uint8_t given = r->p->accumulator[accumulator].given;
    if (given && r->fact[given] != FACT_ABSENT)
        return r->fact[given];
    return accumulator_get(r, accumulator) + 1;
}

static bool adjust_nth(benefit_run *r,
                       const benefit_adjust *adjust,
                       int64_t stay_offset,
                       int64_t base_fen,
                       int64_t *fen)
{
    int64_t nth = nth_of(r, adjust->accumulator) + stay_offset;
    int64_t before = *fen, less = 0, floor = 0;
    const benefit_row *row;
    if (before == AMOUNT_NO_LIMIT)
        return true;
    if (adjust->op == ADJUST_NTH_LIST) {
        const benefit_nth *element =
            r->p->nth + adjust->list_first + min_i64(max_i64(nth, 1), adjust->list_n) - 1;
        if (!element->is_share)
            return table_amount(r, element->table, base_fen, fen, &row);
        *fen = fen_share_half_up(before, element->share_e8);
        return true;
    }
    int64_t times = max_i64(nth - 1, 0);
    if (adjust->times_max)
        times = min_i64(times, adjust->times_max);
    if (adjust->op == ADJUST_NTH_MINUS) {
        int64_t each;
        if (!table_amount(r, adjust->table, base_fen, &each, &row))
            return false;
        if (__builtin_mul_overflow(each, times, &less))
            less = before;
    } else {
        less = min_i64(times, 100000) * adjust->share_e8;
        less = less >= RATE_ONE * 100 ? before : fen_share_half_up(before, less);
    }
    if (adjust->floor_table && !table_amount(r, adjust->floor_table, base_fen, &floor, &row))
        return false;
    *fen = min_i64(before, max_i64(floor, before - less));
    return true;
}

/* One amount operation; `none` stays `none` except for set and at_most. */
static void adjust_amount(adjust_op op, int64_t *fen, int64_t operand)
{
    bool endless = *fen == AMOUNT_NO_LIMIT || operand == AMOUNT_NO_LIMIT;
    switch (op) {
    case ADJUST_SET:
        *fen = operand;
        break;
    case ADJUST_ADD:
        *fen = endless ? AMOUNT_NO_LIMIT : *fen + operand;
        break;
    case ADJUST_SUB:
        *fen = *fen == AMOUNT_NO_LIMIT ? *fen : max_i64(0, *fen - operand);
        break;
    case ADJUST_AT_LEAST:
        *fen = max_i64(*fen, operand);
        break;
    default:
        assert(op == ADJUST_AT_MOST);
        *fen = min_i64(*fen, operand);
    }
}

static void ground_shift(benefit_ground *ground, const benefit_adjust *adjust)
{
    if (adjust->basis)
        *ground = (benefit_ground){adjust->basis, adjust->input_line};
}

bool amount_eval(benefit_run *r,
                 const benefit_amount *amount,
                 int64_t stay_offset,
                 int64_t *out_fen,
                 benefit_ground *ground)
{
    int64_t base;
    const benefit_row *row;
    if (!table_amount(r, amount->table, 0, &base, &row))
        return false;
    *ground = (benefit_ground){row->basis ? row->basis : amount->basis, row->input_line};
    int64_t fen = base;
    const benefit_adjust *adjust = r->p->adjust + amount->adjust_first;
    for (int i = 0; i < amount->adjust_n; i++, adjust++) {
        if (!when_holds(r, adjust->when))
            continue;
        const benefit_row *inner;
        int64_t operand;
        if (adjust->op >= ADJUST_NTH_LIST) {
            if (!adjust_nth(r, adjust, stay_offset, base, &fen))
                return false;
        } else if (adjust->op == ADJUST_TIMES) {
            if (!table_rate(r, adjust->table, &operand, &inner))
                return false;
            fen = fen == AMOUNT_NO_LIMIT ? fen : fen_share_half_up(fen, operand);
        } else {
            if (!table_amount(r, adjust->table, base, &operand, &inner))
                return false;
            adjust_amount(adjust->op, &fen, operand);
        }
        if (!in_range(r, fen))
            return false;
        ground_shift(ground, adjust);
        if (adjust->stop)
            break;
    }
    *out_fen = fen;
    return true;
}

/* Rates may pass below zero on the way to the final clamp. */
static int64_t rate_times(int64_t e8, int64_t factor_e8)
{
    return e8 < 0 ? -fen_share_half_up(-e8, factor_e8) : fen_share_half_up(e8, factor_e8);
}

static int64_t adjust_rate(adjust_op op, int64_t e8, int64_t operand)
{
    switch (op) {
    case ADJUST_SET:
        return operand;
    case ADJUST_ADD:
        return e8 + operand;
    case ADJUST_SUB:
        return e8 - operand;
    case ADJUST_TIMES:
        return rate_times(e8, operand);
    case ADJUST_PERSONAL_TIMES:
        return RATE_ONE - rate_times(RATE_ONE - e8, operand);
    case ADJUST_AT_LEAST:
        return max_i64(e8, operand);
    default:
        assert(op == ADJUST_AT_MOST);
        return min_i64(e8, operand);
    }
}

bool rate_eval(benefit_run *r,
               uint16_t table,
               const benefit_amount *spec,
               int64_t *out_e8,
               benefit_ground *ground)
{
    int64_t e8;
    const benefit_row *row;
    if (!table_rate(r, table, &e8, &row))
        return false;
    *ground = (benefit_ground){row->basis, row->input_line};
    const benefit_adjust *adjust = r->p->adjust + spec->adjust_first;
    for (int i = 0; i < spec->adjust_n; i++, adjust++) {
        if (!when_holds(r, adjust->when))
            continue;
        const benefit_row *inner;
        int64_t operand;
        if (!table_rate(r, adjust->table, &operand, &inner))
            return false;
        e8 = adjust_rate(adjust->op, e8, operand);
        ground_shift(ground, adjust);
        if (adjust->stop)
            break;
    }
    *out_e8 = min_i64(RATE_ONE, max_i64(0, e8));
    return true;
}
