/* Keeping every heap per line, for layers that look at single lines. */
#include "engine/benefit/settle_internal.h"

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By content, so that the order on the bill changes nothing; lines equal in all of this are the
 * same to every policy.  Words compare by their hash, as docs/pack-format.md 13 says. */
static int line_compare(const benefit_run *r, int32_t left, int32_t right)
{
    const benefit_line *a = &r->bill->line[left], *b = &r->bill->line[right];
    const benefit_line_result *x = &r->result->line[left], *y = &r->result->line[right];
    int order = str_cmp(a->code, b->code);
    order = order ? order : compare_u64((uint64_t)a->class, (uint64_t)b->class);
    const int64_t numbers[][2] = {
        {x->amount.fen, y->amount.fen},
        {x->in_scope.fen, y->in_scope.fen},
        {x->own.fen, y->own.fen},
        {x->over_limit.fen, y->over_limit.fen},
        {x->pay_first.fen, y->pay_first.fen},
        {a->on.number, b->on.number},
        {a->unit_price_e4, b->unit_price_e4},
        {a->share_e8, b->share_e8},
        {a->condition_not_met, b->condition_not_met},
    };
    for (ptrdiff_t i = 0; order == 0 && i < COUNTOF(numbers); i++)
        order = compare_i64(numbers[i][0], numbers[i][1]);
    order = order ? order : compare_u64((uint64_t)a->list, (uint64_t)b->list);
    order = order ? order : compare_u64((uint64_t)a->disease, (uint64_t)b->disease);
    order = order ? order : compare_u64((uint64_t)a->origin, (uint64_t)b->origin);
    ptrdiff_t tags = min_i64(SET_COUNT(a->tags), SET_COUNT(b->tags));
    for (ptrdiff_t i = 0; order == 0 && i < tags; i++)
        order = compare_u64((uint64_t)r->bill->words[SET_OFFSET(a->tags) + i],
                            (uint64_t)r->bill->words[SET_OFFSET(b->tags) + i]);
    return order ? order : compare_i64(SET_COUNT(a->tags), SET_COUNT(b->tags));
}

/* Merge sort: stable, and n log n for bills of thousands of lines. */
static void lines_sort(const benefit_run *r, int32_t *order, int32_t *spare, ptrdiff_t n)
{
    for (ptrdiff_t width = 1; width < n; width *= 2) {
        for (ptrdiff_t low = 0; low < n; low += 2 * width) {
            ptrdiff_t middle = min_i64(low + width, n), high = min_i64(low + 2 * width, n);
            ptrdiff_t i = low, j = middle;
            for (ptrdiff_t k = low; k < high; k++) {
                bool left = i < middle && (j >= high || line_compare(r, order[i], order[j]) <= 0);
                spare[k] = left ? order[i++] : order[j++];
            }
        }
        memcpy(order, spare, (size_t)n * sizeof *order);
    }
}

void lines_open(benefit_run *r)
{
    ptrdiff_t n = r->bill->line_count;
    int32_t *order = arena_new(r->a, int32_t, n), *spare = arena_new(r->a, int32_t, n);
    for (ptrdiff_t i = 0; i < n; i++)
        order[i] = (int32_t)i;
    lines_sort(r, order, spare, n);
    r->order = order;
    r->line_count = n;
    r->line_part = arena_new(r->a, bool, n);
    for (int h = 0; h < HEAP__COUNT; h++)
        r->line_heap[h] = arena_new(r->a, int64_t, n);
    for (ptrdiff_t at = 0; at < n; at++) {
        const benefit_line_result *line = &r->result->line[order[at]];
        r->line_heap[HEAP_OWN][at] = line->own.fen;
        r->line_heap[HEAP_OVER_LIMIT][at] = line->over_limit.fen;
        r->line_heap[HEAP_PAY_FIRST][at] = line->pay_first.fen;
        r->line_heap[HEAP_ROUTE_SHARE][at] = line->route_share.fen;
        r->line_heap[HEAP_SCOPE][at] = line->in_scope.fen;
    }
}

int64_t lines_base_at(const benefit_run *r, const benefit_layer *layer, ptrdiff_t at)
{
    int64_t sum = 0;
    for (int i = 0; i < layer->base_count; i++)
        sum += r->line_heap[layer->base[i]][at];
    return sum;
}

/* Marks the lines that take part in the layer; the sum of their money in its base. */
int64_t lines_select(benefit_run *r, const benefit_layer *layer, bool by_disease, word disease)
{
    int64_t sum = 0;
    for (ptrdiff_t at = 0; at < r->line_count; at++) {
        r->line = &r->bill->line[r->order[at]];
        r->line_part[at] = (!by_disease || line_fact(r, r->line, FACT_LINE_DISEASE) == disease) &&
                           when_holds(r, layer->lines);
        if (r->line_part[at])
            sum += lines_base_at(r, layer, at);
    }
    r->line = NULL;
    return sum;
}

static bool exempt(benefit_run *r, const benefit_layer *layer, ptrdiff_t at)
{
    if (!layer->deductible.has_exempt)
        return false;
    r->line = &r->bill->line[r->order[at]];
    bool holds = when_holds(r, layer->deductible.exempt);
    r->line = NULL;
    return holds;
}

int64_t lines_exempt_sum(benefit_run *r, const benefit_layer *layer)
{
    int64_t sum = 0;
    for (ptrdiff_t at = 0; at < r->line_count; at++)
        if (r->line_part[at] && exempt(r, layer, at))
            sum += lines_base_at(r, layer, at);
    return sum;
}

static void move(benefit_run *r, uint8_t heap, ptrdiff_t at, int64_t fen, int64_t *destination)
{
    r->line_heap[heap][at] -= fen;
    r->w.heap_fen[heap] -= fen;
    if (destination)
        destination[at] += fen;
}

/* Takes an amount out of the base heaps, heap by heap in order, from the lines that take part in
 * proportion to what they hold there; into `destination` (per line), or out of the bill when that
 * is NULL. */
void lines_take(benefit_run *r,
                const benefit_layer *layer,
                int64_t amount_fen,
                bool skip_exempt,
                int64_t *destination)
{
    arena scratch = *r->a;
    int64_t *weight = arena_new(&scratch, int64_t, r->line_count);
    int64_t *part = arena_new(&scratch, int64_t, r->line_count);
    for (int i = 0; i < layer->base_count && amount_fen > 0; i++) {
        int64_t sum = 0;
        for (ptrdiff_t at = 0; at < r->line_count; at++) {
            bool takes_part = r->line_part[at] && !(skip_exempt && exempt(r, layer, at));
            weight[at] = takes_part ? r->line_heap[layer->base[i]][at] : 0;
            sum += weight[at];
        }
        int64_t here = min_i64(sum, amount_fen);
        share_out(part, weight, r->line_count, here, scratch);
        for (ptrdiff_t at = 0; at < r->line_count; at++)
            move(r, layer->base[i], at, part[at], destination);
        amount_fen -= here;
    }
    assert(amount_fen == 0);
}

/* The same for one line. */
void lines_take_at(benefit_run *r,
                   const benefit_layer *layer,
                   ptrdiff_t at,
                   int64_t amount_fen,
                   int64_t *destination)
{
    for (int i = 0; i < layer->base_count; i++) {
        int64_t here = min_i64(r->line_heap[layer->base[i]][at], amount_fen);
        move(r, layer->base[i], at, here, destination);
        amount_fen -= here;
    }
    assert(amount_fen == 0);
}

void lines_move_rest(benefit_run *r, const benefit_layer *layer, int64_t *destination)
{
    for (ptrdiff_t at = 0; at < r->line_count; at++)
        if (r->line_part[at])
            for (int i = 0; i < layer->base_count; i++)
                move(r, layer->base[i], at, r->line_heap[layer->base[i]][at], destination);
}
