#include "engine/benefit/settle_internal.h"

#define CLASS_A ((word)0xaf63fc4c860222ecu) /* str_hash of "A", "B", "C": see split_words_test */
#define CLASS_B ((word)0xaf63ff4c86022805u)
#define CLASS_C ((word)0xaf63fe4c86022652u)

/* yuan with four decimals x quantity with four decimals, to fen, half up; -1 = too large */
static int64_t price_times(int64_t price_e4, int64_t quantity_e4)
{
    int64_t product;
    int64_t fen =
        !__builtin_mul_overflow(price_e4, quantity_e4, &product) && product < INT64_MAX - 500000
            ? (product + 500000) / 1000000
            : mul_div_half_up_wide(price_e4, quantity_e4, 1000000);
    return fen > MONEY_FEN_MAX ? -1 : fen;
}

static bool line_amount(benefit_run *r, const benefit_line *line, int64_t *out_fen)
{
    if (line->amount_fen >= 0)
        *out_fen = line->amount_fen;
    else if (line->unit_price_e4 < 0)
        return refuse(r, REFUSED_NO_AMOUNT, S("lines.amount"));
    else
        *out_fen = price_times(line->unit_price_e4, line->quantity_e4);
    if (*out_fen < 0 || *out_fen > MONEY_FEN_MAX)
        return refuse(r, REFUSED_TOO_LARGE, S("lines.amount"));
    return true;
}

/* The most that may be in scope of this line; `fen` itself when nothing limits it. */
static bool line_limit(benefit_run *r, const benefit_line *line, int64_t fen, int64_t *out_fen)
{
    *out_fen = fen;
    if (line->limit_e4 >= 0) {
        int64_t limit = price_times(line->limit_e4, line->quantity_e4);
        if (limit >= 0)
            *out_fen = min_i64(*out_fen, limit);
    }
    for (int i = 0; i < r->p->limit_count; i++) {
        const benefit_limit *rule = &r->p->limit[i];
        if (!when_holds(r, rule->when))
            continue;
        const benefit_row *row;
        int64_t limit;
        if (!table_amount(r, rule->table, 0, &limit, &row))
            return false;
        if (limit != AMOUNT_NO_LIMIT && rule->per == LIMIT_UNIT)
            limit = mul_div_half_up_wide(min_i64(limit, MONEY_FEN_MAX), line->quantity_e4, 10000);
        *out_fen = min_i64(*out_fen, limit);
        break;
    }
    return true;
}

static int64_t banded_share(const benefit_run *r, const benefit_bands *bands, int64_t rest_fen)
{
    wide sum = 0;
    int64_t low = 0;
    for (int i = 0; i < bands->n && low < rest_fen; i++) {
        const benefit_step *step = &r->p->step[bands->first + (uint32_t)i];
        int64_t high = min_i64(step->to_fen, rest_fen);
        int64_t share = r->p->row[r->p->table[step->table].first].value.number;
        assert(high > low); /* bands rise */
        sum += (wide)(uint64_t)(high - low) * (uint64_t)share;
        low = high;
    }
    return fen_of_wide(sum);
}

static bool pay_first(benefit_run *r, const benefit_line *line, int64_t rest_fen, int64_t *out_fen)
{
    int64_t share = line->share_e8;
    uint16_t table = r->p->first_share_table;
    while (table) {
        const benefit_table *t = &r->p->table[table];
        const benefit_row *row = r->p->row + t->first, *end = row + t->n;
        while (row < end && !when_holds(r, row->when))
            row++;
        if (row == end)
            return refuse(r, REFUSED_NO_ROW, t->name);
        table = 0;
        switch ((value_kind)row->value.kind) {
        case VALUE_TABLE:
            table = row->value.index;
            break;
        case VALUE_NUMBER:
            share = row->value.number;
            break;
        case VALUE_BANDS:
            *out_fen =
                min_i64(rest_fen, banded_share(r, &r->p->share_bands[row->value.index], rest_fen));
            return true;
        default:
            assert(row->value.kind == VALUE_ITEM);
        }
    }
    if (share < 0)
        return refuse(r, REFUSED_NO_SHARE, S("lines.pay_first"));
    *out_fen = fen_share_half_up(rest_fen, min_i64(share, RATE_ONE));
    return true;
}

static bool split_line(benefit_run *r, const benefit_line *line, benefit_line_result *out)
{
    int64_t amount, limited, first = 0, route = 0, share;
    const benefit_row *row;
    word class = line->class;
    *out = (benefit_line_result){0};
    r->line = line;
    if (!line_amount(r, line, &amount))
        return false;
    out->amount.fen = amount;
    if (r->p->class_table) {
        word said;
        if (!table_word(r, r->p->class_table, &said, &row))
            return false;
        class = said ? said : class;
    }
    if (class == CLASS_C) {
        out->own.fen = amount;
        return true;
    }
    if (class != CLASS_A && class != CLASS_B)
        return refuse(r, REFUSED_NO_CLASS, S("lines.class"));
    if (!line_limit(r, line, amount, &limited))
        return false;
    if (limited < amount && line->refuse_over_limit) {
        out->own.fen = amount;
        return true;
    }
    if (class == CLASS_B && limited > 0 && !pay_first(r, line, limited, &first))
        return false;
    int64_t rest = limited - first;
    if (r->p->route_share_table && rest > 0) {
        if (!table_rate(r, r->p->route_share_table, &share, &row))
            return false;
        route = fen_share_half_up(rest, min_i64(share, RATE_ONE));
    }
    out->over_limit.fen = amount - limited;
    out->pay_first.fen = first;
    out->route_share.fen = route;
    out->in_scope.fen = rest - route;
    return true;
}

static int line_number(const benefit_run *r, ptrdiff_t i)
{
    int32_t number = r->bill->line[i].number;
    return number ? number : (int)i + 1;
}

bool split_all_own(benefit_run *r)
{
    int64_t total = 0;
    for (ptrdiff_t i = 0; i < r->bill->line_count; i++) {
        int64_t amount;
        r->refused_line = line_number(r, i);
        if (!line_amount(r, &r->bill->line[i], &amount))
            return false;
        r->result->line[i].amount.fen = r->result->line[i].own.fen = amount;
        total += amount;
    }
    r->refused_line = 0;
    r->w.heap_fen[HEAP_OWN] = total;
    if (total > BILL_FEN_MAX)
        return refuse(r, REFUSED_TOO_LARGE, S("total"));
    return true;
}

/* Splits every line into own, over limit, pay-first, route share and in scope, and fills the heaps.
 * */
bool split_lines(benefit_run *r)
{
    const benefit_bill *bill = r->bill;
    int64_t *heap = r->w.heap_fen;
    int64_t total = 0;
    for (ptrdiff_t i = 0; i < bill->line_count; i++) {
        benefit_line_result *out = &r->result->line[i];
        if (!split_line(r, &bill->line[i], out)) {
            r->refused_line = line_number(r, i);
            r->line = NULL;
            return false;
        }
        heap[HEAP_OWN] += out->own.fen;
        heap[HEAP_OVER_LIMIT] += out->over_limit.fen;
        heap[HEAP_PAY_FIRST] += out->pay_first.fen;
        heap[HEAP_ROUTE_SHARE] += out->route_share.fen;
        heap[HEAP_SCOPE] += out->in_scope.fen;
        total += out->amount.fen;
    }
    r->line = NULL;
    if (total > BILL_FEN_MAX)
        return refuse(r, REFUSED_TOO_LARGE, S("total"));
    return true;
}
