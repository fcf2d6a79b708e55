/* The lines go by in the order of their days; each rule keeps what it has seen of late. */
#include "engine/review/review_internal.h"

#include "base/money.h"

typedef struct {
    int32_t line, next; /* places in `node` from 1; 0 = end */
} node;

/* What one side of a rule has seen and not yet forgotten. */
typedef struct {
    int32_t head, tail;
    int64_t sum_e4;  /* of quantities */
    int32_t sum_on;  /* SUPPLY: the day sum_e4 is of */
    int32_t seen_by; /* the line that asked last + 1 */
} queue;

typedef struct {
    const review_rules *r;
    const review_case *c;
    queue *queue;        /* two of each rule */
    int32_t *found_line; /* of each rule: the last line it said something of + 1 */
    bool *active;
    node *node;
    int32_t node_count, node_cap;
    review_finding *finding;
    int32_t count, cap;
    arena *a;
} work;

bool review_diagnosis_in(const review_rules *r, review_words words, str dx)
{
    for (int32_t i = 0; i < words.count; i++) {
        str begin = r->word[words.from + i];
        if (dx.n >= begin.n && str_eq((str){dx.p, begin.n}, begin))
            return true;
    }
    return false;
}

static void *grown(arena *a, const void *old, int32_t count, int32_t *cap, size_t size)
{
    *cap = *cap ? 2 * *cap : 32;
    void *more = arena_alloc(a, size, alignof(max_align_t), *cap);
    if (old)
        memcpy(more, old, (size_t)count * size);
    return more;
}

static void say(work *w, int32_t rule, int32_t line, review_finding f)
{
    f.rule = rule;
    f.line = line;
    if (line >= 0 && w->found_line[rule] == line + 1)
        return;
    if (w->count == w->cap)
        w->finding = grown(w->a, w->finding, w->count, &w->cap, sizeof *w->finding);
    w->finding[w->count++] = f;
    if (line >= 0)
        w->found_line[rule] = line + 1;
}

/* ---- queues ---- */

static void queue_add(work *w, queue *q, int32_t line)
{
    if (w->node_count + 1 >= w->node_cap)
        w->node = grown(w->a, w->node, w->node_count + 1, &w->node_cap, sizeof *w->node);
    int32_t at = ++w->node_count;
    w->node[at] = (node){.line = line};
    if (q->tail)
        w->node[q->tail].next = at;
    else
        q->head = at;
    q->tail = at;
    q->sum_e4 += w->c->line[line].quantity_e4;
}

/* Forgets what was before `from`. */
static void queue_expire(work *w, queue *q, int64_t from)
{
    while (q->head && w->c->line[w->node[q->head].line].on < from) {
        q->sum_e4 -= w->c->line[w->node[q->head].line].quantity_e4;
        q->head = w->node[q->head].next;
    }
    if (!q->head)
        q->tail = 0;
}

/* The last line of the queue with the same code, or with another one; -1 = none. */
static int32_t queue_find(const work *w, const queue *q, int32_t line, bool same)
{
    str code = w->c->line[line].code;
    int32_t found = -1;
    for (int32_t at = q->head; at; at = w->node[at].next)
        if (w->node[at].line != line && str_eq(w->c->line[w->node[at].line].code, code) == same)
            found = w->node[at].line;
    return found;
}

/* ---- lines ---- */

static int64_t share_of(const review_line *l, int64_t excess_e4)
{
    int64_t some = min_i64(excess_e4, l->quantity_e4);
    return mul_div_half_up_wide(max_i64(l->amount_fen, 0), some, l->quantity_e4);
}

static void age_look(work *w, int32_t rule, int32_t line)
{
    const review_rule *r = &w->r->rule[rule];
    const review_line *l = &w->c->line[line];
    if (w->c->born.number == DAY_NONE || w->c->born.number > l->on)
        return;
    int32_t age = r->age_in_days ? l->on - w->c->born.number : age_on(w->c->born, (day){l->on});
    if (age < r->age_min || age > r->age_max)
        say(w, rule, line,
            (review_finding){.value = age,
                             .limit = age < r->age_min ? r->age_min : r->age_max,
                             .other = -1,
                             .amount_fen = max_i64(l->amount_fen, 0)});
}

static void diagnoses_look(work *w, int32_t rule, int32_t line)
{
    const review_rule *r = &w->r->rule[rule];
    int32_t fits = -1;
    for (int32_t i = 0; i < w->c->dx_count && fits < 0; i++)
        if (review_diagnosis_in(w->r, r->diagnosis, w->c->dx[i]))
            fits = i;
    bool bad = r->kind == REVIEW_DIAGNOSIS ? fits < 0 && w->c->dx_count > 0 : fits >= 0;
    if (bad)
        say(w, rule, line,
            (review_finding){.other = fits, .amount_fen = max_i64(w->c->line[line].amount_fen, 0)});
}

static bool level_fits(const review_rules *r, review_words words, str level)
{
    for (int32_t i = 0; i < words.count; i++)
        if (str_eq(r->word[words.from + i], level))
            return true;
    return false;
}

/* Kinds that look at nothing but the line and the visit. */
static void line_look(work *w, int32_t rule, int32_t line)
{
    const review_rule *r = &w->r->rule[rule];
    const review_case *c = w->c;
    const review_line *l = &c->line[line];
    review_finding f = {.other = -1, .amount_fen = max_i64(l->amount_fen, 0)};
    bool bad = r->kind == REVIEW_STOPPED;
    if (r->kind == REVIEW_SEX) {
        bad = c->sex && c->sex != r->sex;
        f.value = c->sex;
        f.limit = r->sex;
    } else if (r->kind == REVIEW_LEVEL) {
        bad = c->level.n && !level_fits(w->r, r->level, c->level);
    } else if (r->kind == REVIEW_SETTING) {
        bad = c->setting && !(c->setting & r->only);
        f.value = c->setting;
        f.limit = r->only;
    } else if (r->kind == REVIEW_PRICE) {
        f.value = l->unit_price_e4;
        f.limit = r->max_e4 == REVIEW_NO_LIMIT ? l->limit_e4 : r->max_e4;
        bad = f.limit >= 0 && f.value > f.limit && f.value <= REVIEW_E4_MAX;
        if (bad)
            f.amount_fen = mul_div_half_up_wide(f.value - f.limit, l->quantity_e4, 1000000);
    }
    if (bad)
        say(w, rule, line, f);
}

static void quantity_look(work *w, int32_t rule, int32_t line, queue *q)
{
    const review_rule *r = &w->r->rule[rule];
    const review_line *l = &w->c->line[line];
    queue_expire(w, q, (int64_t)l->on - r->days + 1);
    queue_add(w, q, line);
    if (!l->past && q->sum_e4 > r->max_e4)
        say(w, rule, line,
            (review_finding){.other = -1,
                             .value = q->sum_e4,
                             .limit = r->max_e4,
                             .amount_fen = share_of(l, q->sum_e4 - r->max_e4)});
}

/* What is in hand: what was given less what has been used since. */
static void supply_look(work *w, int32_t rule, int32_t line, queue *q)
{
    const review_rule *r = &w->r->rule[rule];
    const review_line *l = &w->c->line[line];
    int64_t used = q->sum_e4 ? ((int64_t)l->on - q->sum_on) * r->per_day_e4 : 0;
    int64_t most = mul_div_half_up_wide(r->max_e4, r->per_day_e4, 10000);
    q->sum_e4 = max_i64(q->sum_e4 - used, 0) + l->quantity_e4;
    q->sum_on = l->on;
    if (!l->past && q->sum_e4 > most)
        say(w, rule, line,
            (review_finding){.other = -1,
                             .value = mul_div_half_up_wide(q->sum_e4, 10000, r->per_day_e4),
                             .limit = r->max_e4,
                             .amount_fen = share_of(l, q->sum_e4 - most)});
}

static void pair_look(work *w, int32_t rule, int32_t line, int side)
{
    const review_rule *r = &w->r->rule[rule];
    const review_line *l = &w->c->line[line];
    queue *own = &w->queue[2 * rule + side], *other = &w->queue[2 * rule + 1 - side];
    bool repeat = r->kind == REVIEW_REPEAT;
    if (repeat || !r->two_sides)
        other = own;
    queue_expire(w, other, (int64_t)l->on - r->days);
    int32_t found = l->past ? -1 : queue_find(w, other, line, repeat);
    if (other != own)
        queue_expire(w, own, (int64_t)l->on - r->days);
    queue_add(w, own, line);
    if (found >= 0)
        say(w, rule, line,
            (review_finding){.other = found,
                             .value = l->on - w->c->line[found].on,
                             .limit = r->days,
                             .amount_fen = max_i64(l->amount_fen, 0)});
}

static void rule_look(work *w, int32_t rule, int side, int32_t line)
{
    const review_rule *r = &w->r->rule[rule];
    const review_line *l = &w->c->line[line];
    queue *q = &w->queue[2 * rule + side];
    bool in_force = (r->from.number == DAY_NONE || r->from.number <= l->on) &&
                    (r->until.number == DAY_NONE || l->on <= r->until.number);
    if (!w->active[rule] || !in_force || q->seen_by == line + 1)
        return;
    q->seen_by = line + 1;
    switch ((review_kind)r->kind) {
    case REVIEW_QUANTITY:
        quantity_look(w, rule, line, q);
        return;
    case REVIEW_SUPPLY:
        supply_look(w, rule, line, q);
        return;
    case REVIEW_REPEAT:
    case REVIEW_EXCLUSIVE:
        pair_look(w, rule, line, side);
        return;
    default:
        break;
    }
    if (l->past)
        return;
    if (r->kind == REVIEW_AGE)
        age_look(w, rule, line);
    else if (r->kind == REVIEW_DIAGNOSIS || r->kind == REVIEW_CONTRAINDICATION)
        diagnoses_look(w, rule, line);
    else
        line_look(w, rule, line);
}

/* ---- the visit ---- */

static int64_t day_or(day d, int64_t open)
{
    return d.number == DAY_NONE ? open : d.number;
}

static bool stay_clashes(const review_rule *r, const review_case *c, const review_stay *s)
{
    bool inpatient = c->setting == REVIEW_INPATIENT;
    if (r->kind == REVIEW_OVERLAP) {
        int64_t end = inpatient ? day_or(c->until, INT32_MAX) : c->on.number;
        return s->from.number < end && c->on.number < day_or(s->until, INT32_MAX);
    }
    int64_t apart = (int64_t)c->on.number - s->until.number;
    if (!inpatient || !s->same_provider || s->until.number == DAY_NONE || apart < 0 ||
        apart > r->days)
        return false;
    str before = s->main_dx, now = c->dx_count ? c->dx[0] : S("");
    bool same = before.n >= 3 && now.n >= 3 && memcmp(before.p, now.p, 3) == 0;
    return same || !r->same_diagnosis;
}

static void visit_look(work *w, int32_t rule)
{
    const review_rule *r = &w->r->rule[rule];
    const review_case *c = w->c;
    if (!w->active[rule] || c->on.number == DAY_NONE ||
        (r->from.number != DAY_NONE && c->on.number < r->from.number) ||
        (r->until.number != DAY_NONE && c->on.number > r->until.number))
        return;
    if (r->kind == REVIEW_DIAGNOSIS_SEX) {
        for (int32_t i = 0; c->sex && c->sex != r->sex && i < c->dx_count; i++)
            if (review_diagnosis_in(w->r, r->diagnosis, c->dx[i]))
                say(w, rule, -1, (review_finding){.other = i, .value = c->sex, .limit = r->sex});
        return;
    }
    for (int32_t i = 0; i < c->stay_count; i++)
        if (stay_clashes(r, c, &c->stay[i]))
            say(w, rule, -1,
                (review_finding){.other = i,
                                 .value = c->stay[i].until.number == DAY_NONE
                                              ? 0
                                              : c->on.number - c->stay[i].until.number,
                                 .limit = r->days});
}

/* ---- all of it ---- */

static bool line_before(const review_line *l, int32_t x, int32_t y)
{
    if (l[x].on != l[y].on)
        return l[x].on < l[y].on;
    return l[x].past != l[y].past ? l[x].past : x < y;
}

/* By day; what was given before stands before what is asked about. */
static void lines_sort(int32_t *at, int32_t *spare, int32_t count, const review_line *l)
{
    bool sorted = true;
    for (int32_t i = 1; i < count && sorted; i++)
        sorted = line_before(l, at[i - 1], at[i]);
    if (sorted)
        return;
    int32_t half = count / 2, i = 0, k = half, n = 0;
    lines_sort(at, spare, half, l);
    lines_sort(at + half, spare, count - half, l);
    while (i < half || k < count)
        spare[n++] = k == count || (i < half && line_before(l, at[i], at[k])) ? at[i++] : at[k++];
    memcpy(at, spare, (size_t)count * sizeof *at);
}

static void rules_choose(work *w)
{
    for (int32_t i = 0; i < w->r->rule_count; i++) {
        const review_rule *r = &w->r->rule[i];
        bool stage = !w->c->stage || (r->stages & w->c->stage);
        bool everywhere = r->settings == REVIEW_SETTINGS_ALL;
        w->active[i] = stage && (everywhere || (r->settings & w->c->setting));
    }
}

static void lines_look(work *w)
{
    int32_t first[REVIEW_LENGTHS_MAX + 2];
    int32_t count = 0, *order = arena_new(w->a, int32_t, 2 * (ptrdiff_t)w->c->line_count + 2);
    for (int32_t i = 0; i < w->c->line_count; i++) {
        order[count] = i;
        count += w->c->line[i].quantity_e4 > 0 && w->c->line[i].quantity_e4 <= REVIEW_E4_MAX;
    }
    lines_sort(order, order + count + 1, count, w->c->line);
    for (int32_t i = 0; i < count; i++) {
        review_watches(first, w->r, w->c->line[order[i]].code);
        for (int32_t k = 0; first[k] >= 0; k++)
            for (int32_t n = first[k];
                 n < w->r->watch_count &&
                 (n == first[k] || review_same_code(&w->r->watch[first[k]], &w->r->watch[n]));
                 n++)
                rule_look(w, w->r->watch[n].rule, w->r->watch[n].side, order[i]);
    }
}

/* Findings were made in the order of days. */
static review_finding *by_line(const work *w)
{
    review_finding *out = arena_new(w->a, review_finding, w->count + 1);
    int32_t *at = arena_new(w->a, int32_t, w->c->line_count + 2);
    for (int32_t i = 0; i < w->count; i++)
        at[(w->finding[i].line < 0 ? w->c->line_count : w->finding[i].line) + 1]++;
    for (int32_t i = 0; i < w->c->line_count; i++)
        at[i + 1] += at[i];
    for (int32_t i = 0; i < w->count; i++) {
        int32_t line = w->finding[i].line < 0 ? w->c->line_count : w->finding[i].line;
        out[at[line]++] = w->finding[i];
    }
    return out;
}

void review_check(const review_finding **out,
                  int32_t *count,
                  const review_rules *r,
                  const review_case *c,
                  arena *a)
{
    work w = {.r = r, .c = c, .a = a, .node_cap = 32};
    assert(c->line_count <= REVIEW_LINES_MAX);
    w.node = arena_new(a, node, w.node_cap);
    w.queue = arena_new(a, queue, 2 * (ptrdiff_t)r->rule_count + 1);
    w.found_line = arena_new(a, int32_t, r->rule_count + 1);
    w.active = arena_new(a, bool, r->rule_count + 1);
    rules_choose(&w);
    lines_look(&w);
    for (int32_t i = 0; i < r->rule_count; i++)
        if (review_kind_of_visit((review_kind)r->rule[i].kind))
            visit_look(&w, i);
    *out = by_line(&w);
    *count = w.count;
}
