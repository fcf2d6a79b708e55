/* From a history to a catalogue: years, core groups, mixed groups, scores. */
#include "service/dip/build_internal.h"

#include <stdlib.h>

#define SCRATCH_FLOOR ((ptrdiff_t)64 << 20)

ptrdiff_t dip_build_bytes(const dip_history *h)
{
    return SCRATCH_FLOOR + (ptrdiff_t)h->count * 600 + h->member_count * 80;
}

ptrdiff_t dip_build_scratch_bytes(const dip_history *h)
{
    return SCRATCH_FLOOR + (ptrdiff_t)h->count * 300 + h->member_count * 80;
}

void dip_build_options_of(dip_build_options *out, const dip_catalogue *basis)
{
    *out = (dip_build_options){.year_weight = {1, 2, 7}, .year_count = 3, .halves = 20, .seed = 1};
    memcpy(out->parameter_e4, basis->parameter_e4, sizeof out->parameter_e4);
}

static void say(const builder *b, const char *zh, const char *en, int64_t done)
{
    if (b->o->progress)
        b->o->progress(b->o->progress_to, zh, en, done, b->h->count);
}

static int64_t whole(const builder *b, dip_parameter p)
{
    return b->o->parameter_e4[p] / 10000;
}

/* ---- which cases ---- */

/* The slot of each case's year; -1 = not of the years asked for. */
static bool years_set(builder *b, err *e)
{
    dip_history *h = b->h;
    int32_t last = b->o->last_year;
    bool any_year = b->o->year_count == 1 && last == 0;
    for (int64_t i = 0; i < h->count && !b->o->last_year; i++)
        last = h->event[i].year > last ? h->event[i].year : last;
    for (int64_t i = 0; i < h->count; i++) {
        event *v = &h->event[i];
        int32_t slot = b->o->year_count - 1 - (last - v->year);
        bool in = v->year > 0 && slot >= 0 && slot < b->o->year_count;
        v->slot = any_year ? 0 : in ? (int8_t)slot : -1;
        b->used += v->slot >= 0;
    }
    b->last_slot = b->o->year_count - 1;
    b->out->measure[DIP_M_LAST_YEAR] = any_year ? DIP_NOT_MEASURED : last;
    return b->used > 0 ||
           FAIL(e, ERR_BAD_VALUE, "no case has a diagnosis, a cost and a year of these");
}

typedef struct {
    uint64_t key;
    int64_t event;
} keyed;

static int keyed_compare(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static int64_t run_end(const keyed *k, int64_t count, int64_t from)
{
    int64_t i = from;
    while (i < count && k[i].key == k[from].key)
        i++;
    return i;
}

/* ---- texts of sets ---- */

static void sets_print(builder *b)
{
    const dip_history *h = b->h;
    b->set_text = arena_new(b->a, str, h->set_count);
    for (int32_t i = 0; i < h->set_count; i++) {
        char text[DIP_PROCEDURES_MAX * (CODE_BYTES_MAX + 1)];
        text_buffer t = {text, 0, sizeof text, false};
        for (int32_t k = 0; k < h->set[i].count; k++) {
            int32_t m = h->member[h->set[i].first + k];
            text_add(&t, k ? S("+") : S(""));
            text_add(&t, (str){h->procedure[m].text, h->procedure[m].n});
        }
        b->set_text[i] = t.n ? arena_str(b->a, (str){text, t.n}) : S("-");
    }
}

/* ---- core groups ---- */

typedef struct {
    uint64_t key; /* of the diagnosis */
    int32_t diagnosis, set;
    int64_t nearest_fen;
    const builder *b;
} core_pair;

static int core_compare(const void *a, const void *b)
{
    const core_pair *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return str_cmp(x->b->set_text[x->set], x->b->set_text[y->set]);
}

static core_pair *core_find(builder *b, int32_t *count, arena *scratch)
{
    const dip_history *h = b->h;
    int64_t threshold = max_i64(1, whole(b, DIP_P_THRESHOLD)), n = 0;
    keyed *k = arena_new(scratch, keyed, b->used);
    for (int64_t i = 0; i < h->count; i++)
        if (h->event[i].slot >= 0)
            k[n++] = (keyed){(uint64_t)h->event[i].diagnosis << 32 | (uint32_t)h->event[i].set, i};
    qsort(k, (size_t)n, sizeof *k, keyed_compare);
    core_pair *p = arena_new(scratch, core_pair, n / threshold + 1);
    *count = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        end = run_end(k, n, i);
        if (end - i < threshold)
            continue;
        stratum s = {0};
        for (int64_t m = i; m < end; m++)
            stratum_add(&s, &h->event[k[m].event]);
        const event *v = &h->event[k[i].event];
        p[(*count)++] = (core_pair){h->diagnosis.key[v->diagnosis], v->diagnosis, v->set,
                                    dip_share(stratum_mean_e4(&s, b->o), 1, 10000), b};
    }
    qsort(p, (size_t)*count, sizeof *p, core_compare);
    return p;
}

/* ---- the catalogue so far ---- */

static void compile_now(builder *b)
{
    dip_compile(&b->now, &b->files, false, b->a, b->scratch);
    assert(b->now.error_count == 0);
}

/* What stays the same from the first to the last catalogue. */
static void files_start(builder *b)
{
    static const dip_table copied[] = {DIP_TABLE_ORDER, DIP_TABLE_CLASS, DIP_TABLE_LIST,
                                       DIP_TABLE_GRADE, DIP_TABLE_COEFFICIENT};
    for (ptrdiff_t i = 0; i < COUNTOF(copied); i++)
        b->files.text[copied[i]] = b->basis->text[copied[i]];
    b->files.text[DIP_TABLE_ORDER] = write_order(b);
    b->files.text[DIP_TABLE_PARAMETER] = write_parameters(b);
    b->files.text[DIP_TABLE_MIXED] = S("diagnosis,treatment,score,mean_cost\n");
}

static str core_rows(builder *b, const core_pair *p, int32_t count)
{
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("diagnosis,procedures,tier,score,mean_cost,nearest_cost\n"));
    for (int32_t i = 0; i < count; i++) {
        char key[DIP_KEY_TEXT];
        history_key_text(b->h, p[i].diagnosis, key);
        text_printf(&t, "%s,%.*s,%s,0,0,", key, STR_ARG(b->set_text[p[i].set]),
                    b->facts && b->facts[i].candidate ? "base" : "core");
        write_fen(&t, p[i].nearest_fen);
        text_add(&t, S("\n"));
    }
    return write_keep(b, &t);
}

/* ---- grouping the history ---- */

typedef struct {
    const builder *b;
    str *member; /* texts of h->member */
} regroup;

static regroup regroup_open(const builder *b, arena *scratch)
{
    const dip_history *h = b->h;
    regroup g = {b, arena_new(scratch, str, h->member_count)};
    for (int64_t i = 0; i < h->member_count; i++)
        g.member[i] = (str){h->procedure[h->member[i]].text, h->procedure[h->member[i]].n};
    return g;
}

static void regroup_one(dip_result *out, const regroup *g, const dip_catalogue *c, const event *v)
{
    const dip_history *h = g->b->h;
    const procedure_set *s = &h->set[v->set];
    char key[DIP_KEY_TEXT];
    dip_case of;
    dip_case_clear(&of);
    history_key_text(h, v->diagnosis, key);
    of.facts.main_dx = str_of(key);
    of.facts.procedure = g->member + s->first;
    of.facts.procedure_count = s->count;
    of.cost_fen = v->cost_fen;
    of.level = v->level;
    dip_group(out, c, &of);
}

static void events_group(builder *b, const char *zh, const char *en)
{
    dip_history *h = b->h;
    arena scratch = b->scratch;
    regroup g = regroup_open(b, &scratch);
    for (int64_t i = 0; i < h->count; i++) {
        event *v = &h->event[i];
        dip_result r;
        if (i % 65536 == 0)
            say(b, zh, en, i);
        if (v->slot < 0)
            continue;
        regroup_one(&r, &g, &b->now.compiled, v);
        v->group = r.group;
        v->exact = r.match == DIP_EXACT || r.match == DIP_NO_PROCEDURE;
    }
}

/* ---- mixed groups ---- */

static void mixed_row(text_buffer *t, uint64_t key, int characters)
{
    for (int i = 0; i < characters; i++)
        text_printf(t, "%c", (int)(key >> (56 - 8 * i) & 0xFF));
    text_printf(t, "%s,%s,0,0\n", characters ? "" : "*", dip_class_name((dip_class)(key & 0xFF)));
}

/* Cases that no core group took, by ever shorter beginnings of their diagnosis. */
static str mixed_rows(builder *b)
{
    const dip_history *h = b->h;
    arena scratch = b->scratch;
    int64_t n = 0, threshold = max_i64(1, whole(b, DIP_P_MIXED_THRESHOLD));
    keyed *k = arena_new(&scratch, keyed, b->used);
    for (int64_t i = 0; i < h->count; i++)
        if (h->event[i].slot >= 0 && h->event[i].group < 0)
            k[n++] = (keyed){0, i};
    text_buffer t = write_open(&scratch);
    text_add(&t, S("diagnosis,treatment,score,mean_cost\n"));
    for (int characters = 3; characters >= 0; characters--) {
        int64_t left = 0;
        for (int64_t i = 0; i < n; i++) {
            const event *v = &h->event[k[i].event];
            k[i].key = dip_key_mixed(h->diagnosis.key[v->diagnosis], characters,
                                     (dip_class)h->set[v->set].treatment);
        }
        qsort(k, (size_t)n, sizeof *k, keyed_compare);
        for (int64_t i = 0, end; i < n; i = end) {
            end = run_end(k, n, i);
            if (characters == 0 || end - i >= threshold) {
                mixed_row(&t, k[i].key, characters);
                continue;
            }
            for (int64_t m = i; m < end; m++)
                k[left++] = k[m];
        }
        n = left;
    }
    return write_keep(b, &t);
}

/* ---- coming back ---- */

typedef struct {
    uint64_t person;
    int32_t diagnosis, admitted;
    int64_t event;
} visit;

static int visit_compare(const void *a, const void *b)
{
    const visit *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->diagnosis != y->diagnosis)
        return x->diagnosis < y->diagnosis ? -1 : 1;
    if (x->admitted != y->admitted)
        return x->admitted < y->admitted ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

/* A case is recurrent when the one before it, of the same person and diagnosis, ended at most so
 * many days before it began. */
static void recurrent_find(builder *b)
{
    dip_history *h = b->h;
    arena scratch = b->scratch;
    visit *v = arena_new(&scratch, visit, h->count);
    int64_t n = 0, days = whole(b, DIP_P_RECURRENT_DAYS);
    for (int64_t i = 0; i < h->count; i++) {
        const event *w = &h->event[i];
        if (w->person && w->admitted != DAY_NONE && w->discharged != DAY_NONE)
            v[n++] = (visit){w->person, w->diagnosis, w->admitted, i};
    }
    qsort(v, (size_t)n, sizeof *v, visit_compare);
    for (int64_t i = 1; i < n; i++) {
        if (v[i].person != v[i - 1].person || v[i].diagnosis != v[i - 1].diagnosis)
            continue;
        int64_t gap = (int64_t)v[i].admitted - h->event[v[i - 1].event].discharged;
        if (gap >= 0 && gap <= days)
            h->event[v[i].event].recurrent = true;
    }
}

/* ---- what the last catalogue makes of each case ---- */

static void deviations_count(builder *b)
{
    dip_history *h = b->h;
    arena scratch = b->scratch;
    regroup g = regroup_open(b, &scratch);
    for (int64_t i = 0; i < h->count; i++) {
        const event *v = &h->event[i];
        dip_result r;
        if (i % 65536 == 0)
            say(b, "核对", "checking", i);
        if (v->slot < 0)
            continue;
        regroup_one(&r, &g, &b->now.compiled, v);
        assert(r.group == v->group);
        b->facts[r.group].low += r.deviation == DIP_LOW;
        b->facts[r.group].high += r.deviation == DIP_HIGH;
    }
}

/* How many cases the other catalogue puts into a group of another name. */
void build_since(builder *b)
{
    const dip_catalogue *old = b->o->since, *new = &b->now.compiled;
    arena scratch = b->scratch;
    if (!old)
        return;
    regroup g = regroup_open(b, &scratch);
    int64_t moved = 0;
    for (int64_t i = 0; i < b->h->count; i++) {
        const event *v = &b->h->event[i];
        dip_result r;
        if (i % 65536 == 0)
            say(b, "与原目录比较", "comparing", i);
        if (v->slot < 0)
            continue;
        regroup_one(&r, &g, old, v);
        moved += !str_eq(dip_group_code(old, &r), new->group[v->group].code);
    }
    b->out->measure[DIP_M_SINCE_CASES] = moved;
}

static void base_accept(builder *b, const core_pair *p, int32_t count)
{
    b->files.text[DIP_TABLE_CORE] = core_rows(b, p, count);
    compile_now(b);
    events_group(b, "按基层病种重新入组", "grouping with grass-roots diseases");
    build_measure(b);
}

static bool build(builder *b, err *e)
{
    if (!years_set(b, e))
        return false;
    arena scratch = b->scratch;
    say(b, "统计核心病种", "finding core groups", 0);
    recurrent_find(b);
    sets_print(b);
    files_start(b);
    int32_t count;
    core_pair *p = core_find(b, &count, &b->scratch);
    b->files.text[DIP_TABLE_CORE] = core_rows(b, p, count);
    compile_now(b);
    events_group(b, "核心病种入组", "grouping by core groups");
    b->files.text[DIP_TABLE_MIXED] = mixed_rows(b);
    compile_now(b);
    events_group(b, "综合病种入组", "grouping by mixed groups");
    build_measure(b);
    if (b->o->accept_base)
        base_accept(b, p, count);
    say(b, "测算分值", "computing scores", b->h->count);
    write_catalogue(b);
    compile_now(b);
    deviations_count(b);
    say(b, "抽样检验", "resampling", 0);
    build_stability(b);
    build_since(b);
    build_report(b);
    write_report(b);
    b->scratch = scratch;
    return true;
}

bool dip_build(dip_built *out,
               dip_history *h,
               const dip_files *basis,
               const dip_build_options *o,
               arena *a,
               arena scratch,
               err *e)
{
    jmp_buf oom;
    arena memory = {a->beg, a->end, &oom};
    *out = (dip_built){0};
    for (int m = 0; m < DIP_MEASURE__COUNT; m++)
        out->measure[m] = DIP_NOT_MEASURED;
    scratch.oom = &oom;
    builder *b = calloc(1, sizeof *b);
    if (!b)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory to build");
    *b = (builder){.o = o, .basis = basis, .h = h, .a = &memory, .scratch = scratch, .out = out};
    bool ok = setjmp(oom) ? FAIL(e, ERR_OUT_OF_MEMORY, "no memory to build") : build(b, e);
    free(b);
    if (ok)
        a->beg = memory.beg;
    return ok;
}
