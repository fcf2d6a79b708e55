/* Means, spread, what is explained, how stable it is.  All of it in integers. */
#include "service/dip/build_internal.h"

#include <stdlib.h>

/* ---- strata ---- */

void stratum_add(stratum *s, const event *v)
{
    s->count++;
    s->sum_fen += v->cost_fen;
    s->squares += (wide)v->cost_fen * (wide)v->cost_fen;
    s->year_count[v->slot]++;
    s->year_sum[v->slot] += v->cost_fen;
}

static int64_t
years_mean_e4(const int64_t *count, const int64_t *sum_fen, const dip_build_options *o)
{
    wide sum = 0, weights = 0;
    for (int y = 0; y < o->year_count; y++) {
        if (count[y] == 0)
            continue;
        sum += wide_of(o->year_weight[y]) * wide_of(dip_share(sum_fen[y], 10000, count[y]));
        weights += wide_of(o->year_weight[y]);
    }
    return weights ? wide_round(sum, weights) : 0;
}

int64_t stratum_mean_e4(const stratum *s, const dip_build_options *o)
{
    return years_mean_e4(s->year_count, s->year_sum, o);
}

uint64_t wide_root(wide n)
{
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t with = root | (uint64_t)1 << bit;
        if ((wide)with * with <= n)
            root = with;
    }
    return root;
}

int64_t stratum_cv_e4(const stratum *s)
{
    wide square = (wide)s->sum_fen * (wide)s->sum_fen, all = (wide)s->count * s->squares;
    if (s->sum_fen == 0 || all <= square)
        return 0;
    return dip_share((int64_t)wide_root(all - square), 10000, s->sum_fen);
}

/* ---- groups ---- */

/* Cases by group, in the order of the history within each. */
static void order_make(builder *b)
{
    const dip_history *h = b->h;
    int32_t groups = b->now.compiled.group_count;
    b->facts = arena_new(b->a, group_facts, groups);
    if (!b->order)
        b->order = arena_new(b->a, int64_t, b->used);
    for (int64_t i = 0; i < h->count; i++)
        if (h->event[i].slot >= 0)
            b->facts[h->event[i].group].cases++;
    int64_t at = 0;
    for (int32_t g = 0; g < groups; g++) {
        b->facts[g].first = at;
        at += b->facts[g].cases;
        b->facts[g].cases = 0;
    }
    for (int64_t i = 0; i < h->count; i++) {
        if (h->event[i].slot < 0)
            continue;
        group_facts *f = &b->facts[h->event[i].group];
        b->order[f->first + f->cases++] = i;
    }
}

static int fen_compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The costs between which a case of the group stays in its means. */
static void trim_limits(const builder *b, const group_facts *f, int64_t *low, int64_t *high)
{
    const int64_t *p = b->o->parameter_e4;
    arena scratch = b->scratch;
    *low = 0;
    *high = INT64_MAX;
    if (f->cases * 10000 < p[DIP_P_TRIM_CASES])
        return;
    int64_t *cost = arena_new(&scratch, int64_t, f->cases);
    for (int64_t i = 0; i < f->cases; i++)
        cost[i] = b->h->event[b->order[f->first + i]].cost_fen;
    qsort(cost, (size_t)f->cases, sizeof *cost, fen_compare);
    *low = cost[f->cases * p[DIP_P_TRIM_LOW] / 10000];
    *high = cost[f->cases - 1 - f->cases * (10000 - p[DIP_P_TRIM_HIGH]) / 10000];
}

static void group_measure(builder *b, group_facts *f)
{
    int64_t low, high;
    trim_limits(b, f, &low, &high);
    for (int64_t i = 0; i < f->cases; i++) {
        event *v = &b->h->event[b->order[f->first + i]];
        v->kept = v->cost_fen >= low && v->cost_fen <= high;
        f->cost_fen += v->cost_fen;
        f->level_count[v->level]++;
        f->deaths += v->died;
        f->recurrent += v->recurrent;
        if (v->stay != CASE_UNKNOWN) {
            f->stay_sum += v->stay;
            f->stay_count++;
        }
        if (!v->kept)
            continue;
        stratum_add(&f->kept, v);
        stratum_add(&b->all, v);
        if (v->slot == b->last_slot) {
            f->last_count[v->level]++;
            f->last_sum[v->level] += v->cost_fen;
        }
    }
    f->mean_e4 = stratum_mean_e4(&f->kept, b->o);
    f->cv_e4 = stratum_cv_e4(&f->kept);
}

/* Stays longer than so many times the mean one. */
static void long_stays(builder *b, group_facts *f)
{
    int64_t times_e4 = b->o->parameter_e4[DIP_P_LONG_STAY];
    for (int64_t i = 0; i < f->cases; i++) {
        int32_t stay = b->h->event[b->order[f->first + i]].stay;
        f->overlong += stay != CASE_UNKNOWN && (wide)stay * (wide)f->stay_count * 10000 >
                                                   (wide)times_e4 * (wide)f->stay_sum;
    }
}

static bool is_candidate(const builder *b, const group_facts *f)
{
    const int64_t *p = b->o->parameter_e4;
    return f->level_count[1] * 10000 >= f->cases * p[DIP_P_BASE_SHARE] && f->level_count[1] > 0 &&
           f->cv_e4 <= p[DIP_P_BASE_CV];
}

void build_measure(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    b->all = (stratum){0};
    order_make(b);
    for (int32_t g = 0; g < c->group_count; g++) {
        group_measure(b, &b->facts[g]);
        long_stays(b, &b->facts[g]);
        b->facts[g].candidate = g < c->core_count && is_candidate(b, &b->facts[g]);
    }
    b->mean_e4 = stratum_mean_e4(&b->all, b->o);
    for (int32_t g = 0; g < c->group_count; g++)
        b->facts[g].score_e4 =
            dip_share(b->facts[g].mean_e4, b->o->parameter_e4[DIP_P_SCORE_BASE], b->mean_e4);
}

/* ---- auxiliary factors ---- */

/* What the grades of one kind are in a group; the last one is all that is too rare. */
typedef struct {
    stratum grade[DIP_GRADES_MAX + 1];
    int32_t rest;
} split;

static void split_make(split *s, const builder *b, const group_facts *f, int kind)
{
    int32_t grades = b->now.compiled.grade_count;
    memset(s->grade, 0, (size_t)(grades + 1) * sizeof *s->grade);
    s->rest = grades;
    for (int64_t i = 0; i < f->cases; i++) {
        const event *v = &b->h->event[b->order[f->first + i]];
        int grade = v->grade[v->recurrent][kind];
        if (v->kept)
            stratum_add(&s->grade[grade ? grade - 1 : s->rest], v);
    }
}

static void stratum_join(stratum *to, stratum *from)
{
    to->count += from->count;
    to->sum_fen += from->sum_fen;
    to->squares += from->squares;
    for (int y = 0; y < DIP_YEARS_MAX; y++) {
        to->year_count[y] += from->year_count[y];
        to->year_sum[y] += from->year_sum[y];
    }
    *from = (stratum){0};
}

/* Whether the grades that are frequent enough bring the costs together enough. */
static bool split_helps(split *s, const builder *b, const group_facts *f)
{
    const int64_t *p = b->o->parameter_e4;
    wide after = 0, before = (wide)f->cv_e4 * (wide)f->kept.count;
    int frequent = 0;
    for (int32_t i = 0; i < s->rest; i++) {
        if (s->grade[i].count * 10000 <= p[DIP_P_FACTOR_CASES])
            stratum_join(&s->grade[s->rest], &s->grade[i]);
        frequent += s->grade[i].count > 0;
    }
    for (int32_t i = 0; i <= s->rest; i++)
        after += (wide)s->grade[i].count * (wide)stratum_cv_e4(&s->grade[i]);
    return frequent > 0 && before > after &&
           (before - after) * 10000 >= before * wide_of(p[DIP_P_FACTOR_GAIN]);
}

str build_factors(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    arena scratch = b->scratch;
    split *s = arena_new(&scratch, split, 1);
    text_buffer t = write_open(&scratch);
    text_add(&t, S("group,kind,grade,factor,cases\n"));
    int64_t rows = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        const group_facts *f = &b->facts[g];
        if (f->kept.count * 10000 <= b->o->parameter_e4[DIP_P_FACTOR_GROUP_CASES])
            continue;
        for (int kind = 0; kind < c->kind_count; kind++) {
            split_make(s, b, f, kind);
            if (!split_helps(s, b, f))
                continue;
            for (int32_t i = 0; i < c->grade_count; i++) {
                if (s->grade[i].count == 0)
                    continue;
                csv_cell_add(&t, c->group[g].code);
                text_printf(&t, ",%.*s,", STR_ARG(c->kind[kind]));
                csv_cell_add(&t, c->grade[i].name);
                text_add(&t, S(","));
                write_e4(&t, min_i64(10000000, dip_share(stratum_mean_e4(&s->grade[i], b->o), 10000,
                                                         f->mean_e4)));
                text_printf(&t, ",%" PRId64 "\n", s->grade[i].count);
                rows++;
            }
        }
    }
    b->out->measure[DIP_M_FACTORS] = rows;
    return write_keep(b, &t);
}

/* ---- half samples ---- */

static uint64_t coins(uint64_t seed, int64_t number)
{
    uint64_t x = seed + ((uint64_t)number + 1) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

typedef struct {
    int64_t all, count[DIP_YEARS_MAX], sum[DIP_YEARS_MAX];
} half;

static void halves_fill(half *half_of, const builder *b, const group_facts *f)
{
    memset(half_of, 0, (size_t)b->o->halves * sizeof *half_of);
    for (int64_t i = 0; i < f->cases; i++) {
        int64_t number = b->order[f->first + i];
        const event *v = &b->h->event[number];
        uint64_t in = coins(b->o->seed, number);
        for (int r = 0; r < b->o->halves; r++) {
            if (!(in >> r & 1))
                continue;
            half_of[r].all++;
            half_of[r].count[v->slot] += v->kept;
            half_of[r].sum[v->slot] += v->kept ? v->cost_fen : 0;
        }
    }
}

void build_stability(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    half half_of[DIP_HALVES_MAX];
    int64_t threshold_e4 = b->o->parameter_e4[DIP_P_THRESHOLD];
    for (int32_t g = 0; g < c->group_count && b->o->halves > 0; g++) {
        group_facts *f = &b->facts[g];
        wide squares = 0;
        halves_fill(half_of, b, f);
        for (int r = 0; r < b->o->halves; r++) {
            f->lasting += half_of[r].all * 20000 >= threshold_e4;
            int64_t mean_e4 = years_mean_e4(half_of[r].count, half_of[r].sum, b->o);
            if (mean_e4 == 0)
                continue;
            int64_t score = dip_share(mean_e4, b->o->parameter_e4[DIP_P_SCORE_BASE], b->mean_e4);
            int64_t off = score > f->score_e4 ? score - f->score_e4 : f->score_e4 - score;
            squares += (wide)off * (wide)off;
            f->half_low_e4 = f->halves ? min_i64(f->half_low_e4, score) : score;
            f->half_high_e4 = max_i64(f->half_high_e4, score);
            f->halves++;
        }
        if (f->halves && f->score_e4) {
            wide mean = squares / wide_of(f->halves);
            f->error_e4 = dip_share((int64_t)wide_root(mean), 10000, f->score_e4);
        }
    }
}

/* ---- what a grouping explains ---- */

typedef struct {
    int64_t count, sum_fen;
} label_sum;

/* The share of the squares around the mean that lies between groups; `label` is by event. */
static int64_t explained(const builder *b, const int32_t *label, int32_t labels, bool kept_only)
{
    const dip_history *h = b->h;
    arena scratch = b->scratch;
    label_sum *l = arena_new(&scratch, label_sum, labels);
    wide squares = 0, between = 0;
    int64_t n = 0, sum = 0;
    for (int64_t i = 0; i < h->count; i++) {
        const event *v = &h->event[i];
        if (v->slot < 0 || (kept_only && !v->kept))
            continue;
        l[label[i]].count++;
        l[label[i]].sum_fen += v->cost_fen;
        squares += (wide)v->cost_fen * (wide)v->cost_fen;
        sum += v->cost_fen;
        n++;
    }
    for (int32_t i = 0; i < labels; i++)
        if (l[i].count)
            between += (wide)l[i].sum_fen * (wide)l[i].sum_fen / (wide)l[i].count;
    wide mean = n ? (wide)sum * (wide)sum / (wide)n : 0;
    if (squares <= mean)
        return DIP_NOT_MEASURED;
    if (between <= mean)
        return 0;
    return wide_round((between - mean) * 10000, squares - mean);
}

/* Diagnoses that begin with the same three characters get the same number. */
static int32_t *categories(const dip_history *h, arena *scratch)
{
    int32_t *of = arena_new(scratch, int32_t, h->diagnosis.count);
    key_table t = {0};
    bool ok = true;
    for (int32_t i = 0; i < h->diagnosis.count && ok; i++)
        ok = key_table_add(&t, h->diagnosis.key[i] >> 40, &of[i]);
    key_table_free(&t);
    if (!ok)
        longjmp(*scratch->oom, 1);
    return of;
}

static void riv_measure(builder *b)
{
    const dip_history *h = b->h;
    int64_t *m = b->out->measure;
    arena saved = b->scratch;
    int32_t *label = arena_new(&b->scratch, int32_t, h->count);
    const int32_t *category = categories(h, &b->scratch);
    int32_t drgs = 1;
    for (int64_t i = 0; i < h->count; i++)
        label[i] = h->event[i].group;
    m[DIP_M_RIV] = explained(b, label, b->now.compiled.group_count, false);
    m[DIP_M_RIV_KEPT] = explained(b, label, b->now.compiled.group_count, true);
    for (int64_t i = 0; i < h->count; i++)
        label[i] = h->event[i].diagnosis;
    m[DIP_M_RIV_DIAGNOSIS] = explained(b, label, h->diagnosis.count, false);
    m[DIP_M_RIV_DIAGNOSIS_KEPT] = explained(b, label, h->diagnosis.count, true);
    for (int64_t i = 0; i < h->count; i++)
        label[i] = category[h->event[i].diagnosis];
    m[DIP_M_RIV_CATEGORY] = explained(b, label, h->diagnosis.count, false);
    for (int64_t i = 0; i < h->count; i++) {
        label[i] = h->event[i].drg + 1;
        drgs = label[i] >= drgs ? label[i] + 1 : drgs;
    }
    if (b->o->with_drg) {
        m[DIP_M_RIV_DRG] = explained(b, label, drgs, false);
        m[DIP_M_RIV_DRG_KEPT] = explained(b, label, drgs, true);
    }
    b->scratch = saved;
}

/* ---- the report ---- */

static int64_t share_e4(int64_t part, int64_t all)
{
    return all > 0 ? dip_share(part, 10000, all) : DIP_NOT_MEASURED;
}

static void groups_count(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    int64_t *m = b->out->measure;
    int64_t core = 0, core_fen = 0, mixed = 0, all_fen = 0, candidates = 0;
    int64_t stable = 0, lasting = 0, recurrent = 0;
    wide spread = 0;
    for (int32_t g = 0; g < c->group_count; g++) {
        const group_facts *f = &b->facts[g];
        bool is_core = g < c->core_count;
        core += is_core ? f->cases : 0;
        core_fen += is_core ? f->cost_fen : 0;
        mixed += is_core ? 0 : f->cases;
        all_fen += f->cost_fen;
        candidates += f->candidate;
        recurrent += f->recurrent;
        lasting += is_core ? f->lasting : 0;
        stable += f->halves > 0 && f->error_e4 <= 1000 ? f->cases : 0;
        spread += (wide)f->cv_e4 * (wide)f->kept.count;
    }
    m[DIP_M_COST] = all_fen;
    m[DIP_M_CORE_CASES] = core;
    m[DIP_M_CORE_SHARE] = share_e4(core, b->used);
    m[DIP_M_CORE_COST_SHARE] = share_e4(core_fen, all_fen);
    m[DIP_M_MIXED_CASES] = mixed;
    m[DIP_M_CANDIDATES] = candidates;
    m[DIP_M_RECURRENT] = recurrent;
    m[DIP_M_CV] = wide_round(spread, (wide)b->all.count);
    if (b->o->halves > 0) {
        m[DIP_M_STABLE_SHARE] = share_e4(stable, b->used);
        m[DIP_M_LASTING_SHARE] = share_e4(lasting, (int64_t)c->core_count * b->o->halves);
    }
}

void build_report(builder *b)
{
    const dip_history *h = b->h;
    const dip_catalogue *c = &b->now.compiled;
    int64_t *m = b->out->measure;
    m[DIP_M_READ] = h->read;
    m[DIP_M_INVALID] = h->invalid;
    m[DIP_M_NO_DIAGNOSIS] = h->no_diagnosis;
    m[DIP_M_NO_COST] = h->no_cost;
    m[DIP_M_OTHER_YEARS] = h->count - b->used;
    m[DIP_M_CASES] = b->used;
    m[DIP_M_MEAN] = dip_share(b->mean_e4, 1, 10000);
    m[DIP_M_TRIMMED] = b->used - b->all.count;
    m[DIP_M_CORE_GROUPS] = c->core_count;
    m[DIP_M_MIXED_GROUPS] = c->group_count - c->core_count;
    m[DIP_M_EXACT_CASES] = 0;
    for (int64_t i = 0; i < h->count; i++)
        m[DIP_M_EXACT_CASES] += h->event[i].slot >= 0 && h->event[i].exact;
    groups_count(b);
    riv_measure(b);
}
