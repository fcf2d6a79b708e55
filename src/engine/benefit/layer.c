/* Layers: take money out of heaps, pay a part of it, and leave the rest for the layers after. */
#include "engine/benefit/settle_internal.h"

#define MOVES_MAX (FEEDS_MAX + CAPS_MAX + 8)

typedef benefit_segment segment;

/* The amounts of one layer, in the letters of docs/pack-format.md 12. */
typedef struct {
    const benefit_layer *layer;
    int64_t base, expense, nominal, deductible, payable, paid, over_cap, copay;
    int64_t fund_left; /* what the fund caps leave */
    bool cap_active[CAPS_MAX];
    segment *seg;
    int seg_count;
    int move_count;
    struct {
        uint16_t accumulator;
        uint8_t what;
    } move[MOVES_MAX];
    int64_t *to_deductible, *to_over_cap, *to_copay; /* per line, in line mode */
} layer_run;

static void trace_layer(benefit_run *r,
                        benefit_step_kind step,
                        const benefit_ground *ground,
                        int64_t amount_fen,
                        int64_t a,
                        int64_t b)
{
    if (r->tracing)
        trace_add(r, step, ground, amount_fen, a, b);
}

static bool by_line(const benefit_run *r)
{
    return r->line_heap[0] != NULL;
}

/* ---- accumulators a layer moves, each at most once ---- */

static void move_later(layer_run *l, uint16_t accumulator, feed_what what)
{
    if (!accumulator)
        return;
    for (int i = 0; i < l->move_count; i++)
        if (l->move[i].accumulator == accumulator && l->move[i].what == what)
            return;
    assert(l->move_count < MOVES_MAX);
    l->move[l->move_count].accumulator = accumulator;
    l->move[l->move_count++].what = (uint8_t)what;
}

static bool moves_apply(benefit_run *r, layer_run *l)
{
    const int64_t amount[] = {
        [WHAT_BASE] = l->base,       [WHAT_EXPENSE] = l->expense,
        [WHAT_PAID] = l->paid,       [WHAT_DEDUCTIBLE] = l->deductible,
        [WHAT_COPAY] = l->copay,     [WHAT_OVER_CAP] = l->over_cap,
        [WHAT_PAYABLE] = l->payable,
    };
    for (int i = 0; i < l->layer->feed_count; i++)
        move_later(l, l->layer->feed[i].accumulator, l->layer->feed[i].what);
    const benefit_deductible *d = &l->layer->deductible;
    if (d->given && d->mode == DEDUCTIBLE_HIGHWATER)
        accumulator_set(r, d->key, max_i64(l->nominal, accumulator_get(r, d->key)));
    for (int i = 0; i < d->times_count && l->deductible > 0; i++) { /* none has reached its max */
        uint16_t counter = d->times[i].accumulator;
        accumulator_set(r, counter, accumulator_get(r, counter) + 1);
    }
    for (int i = 0; i < l->move_count; i++)
        if (amount[l->move[i].what] &&
            !accumulator_add(r, l->move[i].accumulator, amount[l->move[i].what]))
            return false;
    return true;
}

/* ---- caps ---- */

static bool caps_eval(benefit_run *r, layer_run *l)
{
    l->fund_left = AMOUNT_NO_LIMIT;
    l->expense = l->base;
    for (int i = 0; i < l->layer->cap_count; i++) {
        const benefit_cap *cap = &l->layer->cap[i];
        benefit_ground ground;
        int64_t amount;
        l->cap_active[i] = when_holds(r, cap->when);
        if (!l->cap_active[i])
            continue;
        if (!amount_eval(r, &cap->amount, 0, &amount, &ground))
            return false;
        move_later(l, cap->key, cap->on_expense ? WHAT_EXPENSE : WHAT_PAID);
        if (amount == AMOUNT_NO_LIMIT)
            continue;
        int64_t left = cap->key ? max_i64(0, amount - accumulator_get(r, cap->key)) : amount;
        if (cap->on_expense) {
            if (left < l->expense)
                trace_layer(r, STEP_EXPENSE_CAP, &ground, left, amount, l->base);
            l->expense = min_i64(l->expense, left);
        } else {
            l->fund_left = min_i64(l->fund_left, left);
            trace_layer(r, STEP_CAP_LEFT, &ground, left, amount, 0);
        }
    }
    return true;
}

/* ---- deductible ---- */

static bool extra_add(benefit_run *r, uint16_t accumulator, int64_t by)
{
    int i = 0;
    while (i < r->w.extra_count && r->w.extra[i].accumulator != accumulator)
        i++;
    if (i == EXTRA_COUNT_MAX)
        return refuse(r, REFUSED_TOO_LARGE, S("deductible"));
    r->w.extra[i].accumulator = accumulator;
    r->w.extra[i].by += by;
    r->w.extra_count += i == r->w.extra_count;
    return true;
}

static bool counts_alike(const benefit_adjust *a, const benefit_adjust *b)
{
    return a->op >= ADJUST_NTH_LIST && a->accumulator == b->accumulator;
}

/* Every counter that a rule of the deductible names, once for all its rules. */
static bool extra_stays(benefit_run *r, const benefit_amount *amount, int64_t by)
{
    const benefit_adjust *first = r->p->adjust + amount->adjust_first;
    const benefit_adjust *end = first + amount->adjust_n;
    for (const benefit_adjust *adjust = first; adjust < end; adjust++) {
        const benefit_adjust *same = first;
        while (same < adjust && !counts_alike(same, adjust))
            same++;
        if (adjust->op >= ADJUST_NTH_LIST && same == adjust &&
            !extra_add(r, adjust->accumulator, by))
            return false;
    }
    return true;
}

static bool
nominal_eval(benefit_run *r, const benefit_deductible *d, int64_t *out_fen, benefit_ground *ground)
{
    if (!amount_eval(r, &d->amount, 0, out_fen, ground))
        return false;
    if (d->repeat_every_days == 0)
        return true;
    int64_t again = (r->fact[FACT_DAYS] - 1) / d->repeat_every_days, once = *out_fen;
    for (int64_t k = 1; k <= again; k++) {
        if (d->repeat_as_stay && !amount_eval(r, &d->amount, k, &once, ground))
            return false;
        if (once > AMOUNT_FEN_MAX - *out_fen)
            return refuse(r, REFUSED_TOO_LARGE, S("deductible"));
        *out_fen += once;
    }
    return again == 0 || !d->repeat_as_stay || extra_stays(r, &d->amount, again);
}

static bool times_used_up(const benefit_run *r, const benefit_deductible *d)
{
    for (int i = 0; i < d->times_count; i++)
        if (accumulator_get(r, d->times[i].accumulator) >= d->times[i].max)
            return true;
    return false;
}

static bool
deductible_left(benefit_run *r, const benefit_deductible *d, int64_t nominal, int64_t *left)
{
    *left =
        d->mode == DEDUCTIBLE_VISIT ? nominal : max_i64(0, nominal - accumulator_get(r, d->key));
    if (times_used_up(r, d))
        *left = 0;
    if (d->ceiling_key) {
        benefit_ground ground;
        int64_t ceiling;
        if (!amount_eval(r, &d->ceiling, 0, &ceiling, &ground))
            return false;
        *left = min_i64(*left, max_i64(0, ceiling - accumulator_get(r, d->ceiling_key)));
    }
    return true;
}

static bool deductible_eval(benefit_run *r, layer_run *l)
{
    const benefit_deductible *d = &l->layer->deductible;
    benefit_ground ground;
    int64_t left;
    if (!d->given)
        return true;
    if (!nominal_eval(r, d, &l->nominal, &ground) || !deductible_left(r, d, l->nominal, &left))
        return false;
    int64_t may_meet = l->expense;
    if (d->has_exempt)
        may_meet = max_i64(0, min_i64(may_meet, l->base - lines_exempt_sum(r, l->layer)));
    l->deductible = min_i64(left, may_meet);
    trace_layer(r, STEP_DEDUCTIBLE_NOMINAL, &ground, l->nominal, 0, 0);
    trace_layer(r, STEP_DEDUCTIBLE, &ground, l->deductible, left, may_meet);
    if (d->mode == DEDUCTIBLE_CUMULATIVE)
        move_later(l, d->key, d->measure_base ? WHAT_EXPENSE : WHAT_DEDUCTIBLE);
    move_later(l, d->ceiling_key, WHAT_DEDUCTIBLE);
    return true;
}

/* ---- what is paid of the payable ---- */

static bool
segments_of_bands(benefit_run *r, layer_run *l, int64_t low, int64_t high, int64_t shift)
{
    const benefit_bands *bands = &l->layer->bands;
    const benefit_step *step = r->p->step + bands->first;
    for (int i = 0; i < bands->n && low < high; i++, step++) {
        int64_t top = step->to_fen == AMOUNT_NO_LIMIT ? high : min_i64(high, step->to_fen + shift);
        if (top <= low)
            continue;
        segment *s = &l->seg[l->seg_count++];
        *s = (segment){.amount_fen = top - low};
        if (!rate_eval(r, step->table, &l->layer->rate, &s->rate_e8, &s->ground))
            return false;
        s->ground.basis = s->ground.basis ? s->ground.basis : step->basis;
        low = top;
    }
    return true;
}

static bool segments_of_lines(benefit_run *r, layer_run *l)
{
    for (ptrdiff_t at = 0; at < r->line_count; at++) {
        int64_t amount = r->line_part[at] ? lines_base_at(r, l->layer, at) : 0;
        if (amount == 0)
            continue;
        segment *s = &l->seg[l->seg_count++];
        *s = (segment){.amount_fen = amount, .at = at};
        r->line = &r->bill->line[r->order[at]];
        bool found = rate_eval(r, l->layer->rate.table, &l->layer->rate, &s->rate_e8, &s->ground);
        r->line = NULL;
        if (!found)
            return false;
    }
    return true;
}

static bool segments_eval(benefit_run *r, layer_run *l)
{
    const benefit_layer *layer = l->layer;
    if (layer->line_rate)
        return segments_of_lines(r, l);
    if (layer->bands.given) {
        uint16_t measure = layer->bands.measure;
        int64_t start = measure ? accumulator_get(r, measure) : 0;
        bool above = layer->bands.origin_deductible;
        move_later(l, measure, above ? WHAT_PAYABLE : WHAT_EXPENSE);
        return above ? segments_of_bands(r, l, start, start + l->payable, 0)
                     : segments_of_bands(r, l, start + l->deductible, start + l->expense, 0);
    }
    if (l->payable == 0)
        return true;
    segment *s = &l->seg[l->seg_count++];
    *s = (segment){.amount_fen = l->payable};
    return rate_eval(r, layer->rate.table, &layer->rate, &s->rate_e8, &s->ground);
}

static wide segment_pay(const segment *s)
{
    return (wide)(uint64_t)s->amount_fen * (uint64_t)s->rate_e8;
}

static wide segments_sum(const layer_run *l)
{
    wide sum = 0;
    for (int i = 0; i < l->seg_count; i++)
        sum += segment_pay(&l->seg[i]);
    return sum;
}

/* The cap is reached inside the bill: expense is used in order until it, the rest is over the cap. 
 * Leaves in each segment the part that was used. */
static void segments_cut(layer_run *l)
{
    wide left = (wide)(uint64_t)l->fund_left * (uint64_t)RATE_ONE;
    segment *s = l->seg, *end = s + l->seg_count;
    for (; segment_pay(s) <= left; s++) { /* all of them together would pay more */
        left -= segment_pay(s);
        assert(s + 1 < end);
    }
    wide used = (left + (uint64_t)s->rate_e8 / 2) / (uint64_t)s->rate_e8;
    int64_t keeps = min_i64((int64_t)used, s->amount_fen);
    l->over_cap += s->amount_fen - keeps;
    s->amount_fen = keeps;
    while (++s < end) {
        l->over_cap += s->amount_fen;
        s->amount_fen = 0;
    }
}

static void segments_trace(benefit_run *r, layer_run *l)
{
    if (!r->tracing)
        return;
    for (int i = 0; i < l->seg_count; i++)
        trace_add(r, STEP_SEGMENT, &l->seg[i].ground, l->seg[i].amount_fen, l->seg[i].rate_e8,
                  fen_share_half_up(l->seg[i].amount_fen, l->seg[i].rate_e8));
}

/* Gives the segments room: bands are few, lines may be thousands. */
static void segments_open(benefit_run *r, layer_run *l)
{
    l->seg = r->segment;
    if (l->layer->line_rate)
        l->seg = arena_new(r->a, segment, r->line_count);
    assert(l->layer->bands.n <= BANDS_MAX);
}

/* Takes the amounts out of the heaps when nobody looks at single lines. */
static void heaps_move(benefit_run *r, layer_run *l)
{
    const benefit_layer *layer = l->layer;
    int64_t *heap = r->w.heap_fen, left = l->paid;
    if (layer->leaves_same) {
        for (int i = 0; i < layer->base_count; i++) {
            int64_t here = min_i64(heap[layer->base[i]], left);
            heap[layer->base[i]] -= here;
            left -= here;
        }
        assert(left == 0);
        return;
    }
    for (int i = 0; i < layer->base_count; i++)
        heap[layer->base[i]] = 0;
    heap[layer->leave_deductible] += l->deductible;
    heap[layer->leave_over_cap] += l->over_cap;
    heap[layer->leave_copay] += l->copay;
}

static void line_heaps_add(benefit_run *r, uint8_t heap, const int64_t *from)
{
    for (ptrdiff_t at = 0; at < r->line_count; at++) {
        r->line_heap[heap][at] += from[at];
        r->w.heap_fen[heap] += from[at];
    }
}

/* Line mode, before rates are known: the deductible and what an expense cap cuts leave the base. */
static void lines_before_rates(benefit_run *r, layer_run *l)
{
    l->to_deductible = arena_new(r->a, int64_t, r->line_count);
    l->to_over_cap = arena_new(r->a, int64_t, r->line_count);
    l->to_copay = arena_new(r->a, int64_t, r->line_count);
    lines_take(r, l->layer, l->deductible, true, l->to_deductible);
    lines_take(r, l->layer, l->over_cap, false, l->to_over_cap);
}

static void lines_after_rates(benefit_run *r, layer_run *l, int64_t over_cap_before)
{
    const benefit_layer *layer = l->layer;
    if (layer->line_rate) {
        int64_t give_way = l->payable - l->paid - l->copay; /* X2 */
        for (int i = l->seg_count - 1; i >= 0 && give_way > 0; i--) {
            int64_t here =
                min_i64(lines_base_at(r, layer, l->seg[i].at) - l->seg[i].amount_fen, give_way);
            lines_take_at(r, layer, l->seg[i].at, max_i64(here, 0), l->to_over_cap);
            give_way -= max_i64(here, 0);
        }
    } else {
        lines_take(r, layer, l->over_cap - over_cap_before, false, l->to_over_cap);
    }
    lines_take(r, layer, l->paid, false, NULL);
    lines_move_rest(r, layer, l->to_copay);
    line_heaps_add(r, layer->leave_deductible, l->to_deductible);
    line_heaps_add(r, layer->leave_over_cap, l->to_over_cap);
    line_heaps_add(r, layer->leave_copay, l->to_copay);
}

static bool pay_by_rate(benefit_run *r, layer_run *l)
{
    if (!caps_eval(r, l) || !deductible_eval(r, l))
        return false;
    int64_t cut_before = l->base - l->expense;
    l->over_cap = cut_before;
    l->payable = l->expense - l->deductible;
    if (by_line(r) && !l->layer->leaves_same)
        lines_before_rates(r, l);
    if (!segments_eval(r, l))
        return false;
    l->paid = fen_of_wide(segments_sum(l));
    if (l->paid > l->fund_left) {
        l->paid = l->fund_left;
        segments_cut(l);
        int64_t room = l->base - l->deductible - l->paid; /* X gives way to the payment */
        l->over_cap = min_i64(l->over_cap, room);
    }
    l->copay = l->base - l->deductible - l->paid - l->over_cap;
    segments_trace(r, l);
    if (!by_line(r))
        heaps_move(r, l);
    else if (l->layer->leaves_same)
        lines_take(r, l->layer, l->paid, false, NULL);
    else
        lines_after_rates(r, l, cut_before);
    return true;
}

static bool pay_by_entitlement(benefit_run *r, layer_run *l)
{
    const benefit_layer *layer = l->layer;
    benefit_ground ground = {0};
    if (!caps_eval(r, l))
        return false;
    int64_t cum = accumulator_get(r, layer->cumulative_base) + l->base;
    int64_t already = accumulator_get(r, layer->cumulative_paid);
    if (layer->deductible.given &&
        !amount_eval(r, &layer->deductible.amount, 0, &l->nominal, &ground))
        return false;
    trace_layer(r, STEP_CUMULATIVE, NULL, cum, cum - l->base, l->base);
    trace_layer(r, STEP_DEDUCTIBLE_NOMINAL, &ground, l->nominal, 0, 0);
    bool found = true;
    if (layer->bands.given) {
        found = segments_of_bands(r, l, l->nominal, cum,
                                  layer->bands.origin_deductible ? l->nominal : 0);
    } else if (cum > l->nominal) {
        segment *s = &l->seg[l->seg_count++];
        *s = (segment){.amount_fen = cum - l->nominal};
        found = rate_eval(r, layer->rate.table, &layer->rate, &s->rate_e8, &s->ground);
    }
    if (!found)
        return false;
    int64_t entitled = fen_of_wide(segments_sum(l));
    segments_trace(r, l);
    trace_layer(r, STEP_ENTITLED, NULL, entitled, 0, 0);
    trace_layer(r, STEP_ALREADY_PAID, NULL, already, 0, 0);
    l->paid = min_i64(max_i64(0, entitled - already), min_i64(l->fund_left, l->base));
    l->expense = l->base;
    move_later(l, layer->cumulative_base, WHAT_BASE);
    move_later(l, layer->cumulative_paid, WHAT_PAID);
    return true;
}

static bool pay_by_topup(benefit_run *r, layer_run *l)
{
    const benefit_layer *layer = l->layer;
    benefit_ground ground;
    int64_t share, so_far = 0;
    if (!caps_eval(r, l) || !rate_eval(r, layer->rate.table, &layer->rate, &share, &ground))
        return false;
    int64_t of = layer->of_in_scope ? r->result->in_scope.fen : r->result->total.fen;
    for (int field = FIELD_HIFP; field <= FIELD_HOSPITAL; field++)
        so_far += r->w.paid_fen[field];
    int64_t target = fen_share_half_up(of, share);
    trace_layer(r, STEP_TARGET, &ground, target, share, so_far);
    l->paid = min_i64(max_i64(0, target - so_far), min_i64(l->fund_left, l->base));
    return true;
}

static bool pay_by_account(benefit_run *r, layer_run *l)
{
    if (!caps_eval(r, l))
        return false;
    int64_t *balance = &r->w.account_fen[l->layer->account];
    l->paid = min_i64(*balance, min_i64(l->fund_left, l->base));
    *balance -= l->paid;
    return true;
}

static void layer_record(benefit_run *r, const layer_run *l)
{
    const benefit_layer *layer = l->layer;
    assert(r->w.layer_count < r->layer_cap);
    r->result->layer[r->w.layer_count++] = (benefit_layer_result){
        (uint16_t)r->layer_index, {l->base}, {l->deductible}, {l->paid}, {l->over_cap}};
    r->w.paid_fen[layer->field] += l->paid;
    if (layer->pay != PAY_RATE || (r->w.scope_layer && r->w.scope_layer != r->layer_index + 1))
        return;
    for (int i = 0; i < layer->base_count; i++) {
        if (layer->base[i] != HEAP_SCOPE)
            continue;
        r->w.scope_layer = (int16_t)(r->layer_index + 1);
        r->w.deductible_fen += l->deductible;
        r->w.over_cap_fen += l->over_cap;
    }
}

static int64_t base_sum(benefit_run *r, const benefit_layer *layer, bool by_disease, word disease)
{
    if (by_line(r))
        return lines_select(r, layer, by_disease, disease);
    int64_t sum = 0;
    for (int i = 0; i < layer->base_count; i++)
        sum += r->w.heap_fen[layer->base[i]];
    return sum;
}

/* One layer over the lines that take part; false = refused. */
static bool layer_once(benefit_run *r, const benefit_layer *layer, bool by_disease, word disease)
{
    layer_run l = {.layer = layer};
    l.base = base_sum(r, layer, by_disease, disease);
    trace_layer(r, STEP_BASE, NULL, l.base, 0, 0);
    if (l.base == 0)
        return true;
    segments_open(r, &l);
    bool done = false;
    switch ((pay_mode)layer->pay) {
    case PAY_RATE:
        done = pay_by_rate(r, &l);
        break;
    case PAY_ENTITLEMENT:
        done = pay_by_entitlement(r, &l);
        break;
    case PAY_TOPUP:
        done = pay_by_topup(r, &l);
        break;
    case PAY_ACCOUNT:
        done = pay_by_account(r, &l);
        break;
    }
    if (!done)
        return false;
    if (layer->pay != PAY_RATE) {
        if (by_line(r))
            lines_take(r, layer, l.paid, false, NULL);
        else
            heaps_move(r, &l);
    }
    if (l.over_cap > 0)
        trace_layer(r, STEP_OVER_CAP, NULL, l.over_cap, 0, 0);
    trace_layer(r, STEP_PAID, NULL, l.paid, l.base, 0);
    layer_record(r, &l);
    return moves_apply(r, &l);
}

static bool layer_each_disease(benefit_run *r, const benefit_layer *layer)
{
    int64_t kept = r->fact[FACT_DISEASE];
    word *seen = arena_new(r->a, word, r->line_count);
    ptrdiff_t seen_count = 0;
    for (ptrdiff_t at = 0; at < r->line_count; at++) {
        word disease = line_fact(r, &r->bill->line[r->order[at]], FACT_LINE_DISEASE);
        ptrdiff_t i = 0;
        while (i < seen_count && seen[i] != disease)
            i++;
        if (disease == FACT_ABSENT || i < seen_count)
            continue;
        seen[seen_count++] = disease;
        r->fact[FACT_DISEASE] = disease;
        bool done = layer_once(r, layer, true, disease);
        r->fact[FACT_DISEASE] = kept;
        if (!done)
            return false;
    }
    return true;
}

/* ---- trying alternatives ---- */

typedef struct {
    benefit_work w;
    int64_t dense[DENSE_MAX];
    benefit_change *change;
    int64_t *line_heap[HEAP__COUNT];
} snapshot;

static void snapshot_take(benefit_run *r, snapshot *s)
{
    s->w = r->w;
    memcpy(s->dense, r->dense, sizeof s->dense);
    s->change = arena_new(r->a, benefit_change, r->w.change_count);
    if (r->w.change_count)
        memcpy(s->change, r->change, (size_t)r->w.change_count * sizeof *s->change);
    for (int h = 0; h < HEAP__COUNT && by_line(r); h++) {
        s->line_heap[h] = arena_new(r->a, int64_t, r->line_count);
        memcpy(s->line_heap[h], r->line_heap[h], (size_t)r->line_count * sizeof(int64_t));
    }
}

static void snapshot_restore(benefit_run *r, const snapshot *s)
{
    r->w = s->w;
    memcpy(r->dense, s->dense, sizeof s->dense);
    if (r->w.change_count)
        memcpy(r->change, s->change, (size_t)r->w.change_count * sizeof *s->change);
    for (int h = 0; h < HEAP__COUNT && by_line(r); h++)
        memcpy(r->line_heap[h], s->line_heap[h], (size_t)r->line_count * sizeof(int64_t));
}

static int64_t paid_so_far(const benefit_run *r)
{
    int64_t sum = 0;
    for (int field = 0; field < FIELD__COUNT; field++)
        sum += r->w.paid_fen[field];
    return sum;
}

static bool layer_plain(benefit_run *r, uint16_t index)
{
    const benefit_layer *layer = &r->p->layer[index];
    return layer->each_disease ? layer_each_disease(r, layer) : layer_once(r, layer, false, 0);
}

/* The layer once for each category the person holds, as if it were the only one; of those for which
 * the layer's condition holds the best-paying counts.  False in *found = it holds for none. */
static bool layer_best_category(benefit_run *r, uint16_t index, bool *found)
{
    int64_t all = r->fact[FACT_CATEGORY], best_paid = -1, best = 0;
    bool done = true;
    snapshot start;
    snapshot_take(r, &start);
    for (ptrdiff_t i = 0; done && i < SET_COUNT(all); i++) {
        r->fact[FACT_CATEGORY] = SET_OF(SET_OFFSET(all) + i, 1);
        if (!when_holds(r, r->p->layer[index].when))
            continue;
        done = layer_plain(r, index);
        int64_t paid = paid_so_far(r);
        if (done && paid > best_paid) {
            best_paid = paid;
            best = r->fact[FACT_CATEGORY];
        }
        snapshot_restore(r, &start);
    }
    *found = best_paid >= 0;
    r->fact[FACT_CATEGORY] = best;
    if (done && *found)
        done = layer_plain(r, index);
    r->fact[FACT_CATEGORY] = all;
    return done;
}

static bool layer_enter(benefit_run *r, uint16_t index)
{
    const benefit_layer *layer = &r->p->layer[index];
    bool found = true, done = true;
    r->layer_index = (int16_t)index;
    r->layer_basis = layer->basis;
    if (layer->best_over_category && SET_COUNT(r->fact[FACT_CATEGORY]) > 1)
        done = layer_best_category(r, index, &found);
    else if ((found = when_holds(r, layer->when)))
        done = layer_plain(r, index);
    if (!found)
        trace_layer(r, STEP_SKIPPED, NULL, 0, 0, 0);
    return done;
}

/* The layer that pays most of those whose condition holds, the first of equals. */
static bool best_layer(benefit_run *r, const uint16_t *layer, int count)
{
    snapshot start;
    int64_t best_paid = -1;
    int best = 0;
    snapshot_take(r, &start);
    for (int i = 0; i < count; i++) {
        int layers = r->w.layer_count;
        if (!layer_enter(r, layer[i]))
            return false;
        if (r->w.layer_count == layers) { /* skipped, or nothing to work on */
            snapshot_restore(r, &start);
            continue;
        }
        int64_t paid = paid_so_far(r);
        if (paid > best_paid) {
            best_paid = paid;
            best = i;
        }
        snapshot_restore(r, &start);
    }
    return layer_enter(r, layer[best]);
}

static bool counts_rise(benefit_run *r, const benefit_stack *stack)
{
    if (r->fact[FACT_STAY_PART] > 1)
        return true;
    for (int i = 0; i < stack->count_n; i++) {
        const benefit_count *c = &r->p->count[stack->count_first + (uint32_t)i];
        if (!when_holds(r, c->when))
            continue;
        int64_t risen = accumulator_get(r, c->accumulator) + 1;
        uint8_t given = r->p->accumulator[c->accumulator].given;
        if (given && r->fact[given] != FACT_ABSENT)
            risen = max_i64(risen, r->fact[given]);
        accumulator_set(r, c->accumulator, risen);
    }
    for (int i = 0; i < r->w.extra_count; i++)
        if (!accumulator_add(r, r->w.extra[i].accumulator, r->w.extra[i].by))
            return false;
    return true;
}

bool stack_run(benefit_run *r, const benefit_stack *stack)
{
    if (stack->needs_lines)
        lines_open(r);
    for (int i = 0; i < stack->step_n; i++) {
        const benefit_stack_step *step = &r->p->stack_step[stack->step_first + (uint32_t)i];
        const uint16_t *layer = r->p->step_layer + step->first;
        if (!(step->n == 1 ? layer_enter(r, *layer) : best_layer(r, layer, step->n)))
            return false;
    }
    r->layer_index = -1;
    r->layer_basis = 0;
    return counts_rise(r, stack);
}
