/* The tables of a built catalogue as text. */
#include "service/dip/build_internal.h"

static const char *const out_files[] = {
    "",
#define OUT(id, file) file,
#include "service/dip/out.tbl.h"
};

const char *dip_out_file(dip_out out)
{
    return out_files[out];
}

static const struct {
    const char *name;
    dip_measure_kind kind;
    const char *words[2];
} measures[] = {
    {"", DIP_KIND_COUNT, {"", ""}},
#define MEASURE(id, name, kind, zh, en) {name, DIP_KIND_##kind, {en, zh}},
#include "service/dip/measure.tbl.h"
};

const char *dip_measure_name(dip_measure m)
{
    return measures[m].name;
}

const char *dip_measure_text(dip_measure m, bool chinese)
{
    return measures[m].words[chinese];
}

dip_measure_kind dip_measure_kind_of(dip_measure m)
{
    return measures[m].kind;
}

void write_e4(text_buffer *t, int64_t e4)
{
    text_printf(t, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000);
}

void write_fen(text_buffer *t, int64_t fen)
{
    text_printf(t, "%" PRId64 ".%02" PRId64, fen / 100, fen % 100);
}

void dip_measure_print(text_buffer *out, dip_measure m, int64_t value)
{
    if (value == DIP_NOT_MEASURED)
        return;
    if (measures[m].kind == DIP_KIND_COUNT)
        text_printf(out, "%" PRId64, value);
    else if (measures[m].kind == DIP_KIND_FEN)
        write_fen(out, value);
    else
        write_e4(out, value);
}

text_buffer write_open(const arena *scratch)
{
    return (text_buffer){scratch->beg, 0, scratch->end - scratch->beg, false};
}

str write_keep(builder *b, const text_buffer *t)
{
    if (t->cut)
        longjmp(*b->a->oom, 1);
    return arena_str(b->a, (str){t->p, t->n});
}

/* ---- what it rests on ---- */

str write_order(builder *b)
{
    const dip_catalogue *basis = b->h->basis;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("tier,treatment\n"));
    for (int32_t i = 0; i < basis->order_count; i++)
        text_printf(&t, "%s,%s\n", dip_tier_name((dip_tier)basis->order[i].tier),
                    dip_class_name((dip_class)basis->order[i].treatment));
    return write_keep(b, &t);
}

/* Without zeros that say nothing. */
static void plain_e4(text_buffer *t, int64_t e4)
{
    char digits[8];
    text_buffer d = {digits, 0, sizeof digits, false};
    text_printf(&d, ".%04" PRId64, e4 % 10000);
    while (d.n > 1 && digits[d.n - 1] == '0')
        d.n--;
    text_printf(t, "%" PRId64, e4 / 10000);
    if (d.n > 1)
        text_add(t, (str){digits, d.n});
}

str write_parameters(builder *b)
{
    const dip_build_options *o = b->o;
    const dip_catalogue *basis = b->h->basis;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("key,value\n"));
    if (basis->name.n) {
        text_add(&t, S("name,"));
        csv_cell_add(&t, basis->name);
        text_add(&t, S("\n"));
    }
    for (int p = 0; p < DIP_PARAMETER__COUNT; p++) {
        text_printf(&t, "%s,", dip_parameter_name((dip_parameter)p));
        if (p == DIP_P_MEAN_COST)
            write_fen(&t, dip_share(b->mean_e4, 1, 10000));
        else
            plain_e4(&t, o->parameter_e4[p]);
        text_add(&t, S("\n"));
    }
    text_printf(&t, "unlisted_procedure,%s\nyear_weights,",
                dip_class_name((dip_class)basis->unlisted));
    for (int y = 0; y < o->year_count; y++)
        text_printf(&t, "%s%" PRId32, y ? ":" : "", o->year_weight[y]);
    text_printf(&t, "\nresamples,%d\nseed,%" PRIu64 "\n", o->halves, o->seed);
    if (b->out->measure[DIP_M_LAST_YEAR] != DIP_NOT_MEASURED)
        text_printf(&t, "last_year,%" PRId64 "\n", b->out->measure[DIP_M_LAST_YEAR]);
    return write_keep(b, &t);
}

/* ---- groups ---- */

static void numbers_write(text_buffer *t, const group_facts *f, const int64_t *nearest_fen)
{
    write_e4(t, f->score_e4);
    text_add(t, S(","));
    write_fen(t, dip_share(f->mean_e4, 1, 10000));
    if (nearest_fen) {
        text_add(t, S(","));
        write_fen(t, *nearest_fen);
    }
    text_printf(t, ",%" PRId64 ",", f->cases);
    write_e4(t, f->cv_e4);
    text_printf(t, ",%" PRId64 "\n", f->kept.count);
}

static str core_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("diagnosis,procedures,tier,score,mean_cost,nearest_cost,cases,cv,kept\n"));
    for (int32_t g = 0; g < c->core_count; g++) {
        const dip_group_row *r = &c->group[g];
        text_printf(&t, "%.*s,%.*s,%s,", STR_ARG(r->diagnosis), STR_ARG(r->procedures),
                    dip_tier_name((dip_tier)r->tier));
        numbers_write(&t, &b->facts[g], &r->nearest_fen);
    }
    return write_keep(b, &t);
}

static str mixed_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("diagnosis,treatment,score,mean_cost,cases,cv,kept\n"));
    for (int32_t g = c->core_count; g < c->group_count; g++) {
        const dip_group_row *r = &c->group[g];
        text_printf(&t, "%.*s,%s,", STR_ARG(r->diagnosis), dip_class_name((dip_class)r->treatment));
        numbers_write(&t, &b->facts[g], NULL);
    }
    return write_keep(b, &t);
}

static str levels_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("group,level,mean_cost,cases\n"));
    for (int32_t g = 0; g < c->group_count; g++) {
        const group_facts *f = &b->facts[g];
        for (int l = 1; l < DIP_LEVELS; l++) {
            int64_t n = f->last_count[l];
            if (n == 0 || n * 10000 < b->o->parameter_e4[DIP_P_LEVEL_CASES])
                continue;
            text_printf(&t, "%.*s,%d,", STR_ARG(c->group[g].code), l);
            write_fen(&t, dip_share(f->last_sum[l], 1, n));
            text_printf(&t, ",%" PRId64 "\n", n);
        }
    }
    return write_keep(b, &t);
}

void write_catalogue(builder *b)
{
    str core = core_write(b), mixed = mixed_write(b);
    b->files.text[DIP_TABLE_PARAMETER] = write_parameters(b);
    b->files.text[DIP_TABLE_LEVEL] = levels_write(b);
    b->files.text[DIP_TABLE_FACTOR] = build_factors(b);
    b->files.text[DIP_TABLE_CORE] = core;
    b->files.text[DIP_TABLE_MIXED] = mixed;
}

/* ---- what tells about it ---- */

static str candidates_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("group,cases,level_1_cases,cv,score\n"));
    for (int32_t g = 0; g < c->core_count; g++) {
        const group_facts *f = &b->facts[g];
        if (!f->candidate)
            continue;
        text_printf(&t, "%.*s,%" PRId64 ",%" PRId64 ",", STR_ARG(c->group[g].code), f->cases,
                    f->level_count[1]);
        write_e4(&t, f->cv_e4);
        text_add(&t, S(","));
        write_e4(&t, f->score_e4);
        text_add(&t, S("\n"));
    }
    return write_keep(b, &t);
}

static str supervision_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("group,cases,mean_stay,low_cost,high_cost,recurrent,overlong,deaths\n"));
    for (int32_t g = 0; g < c->group_count; g++) {
        const group_facts *f = &b->facts[g];
        text_printf(&t, "%.*s,%" PRId64 ",", STR_ARG(c->group[g].code), f->cases);
        if (f->stay_count)
            write_e4(&t, dip_share(f->stay_sum, 10000, f->stay_count));
        text_printf(&t, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "\n", f->low,
                    f->high, f->recurrent, f->overlong, f->deaths);
    }
    return write_keep(b, &t);
}

static str stability_write(builder *b)
{
    const dip_catalogue *c = &b->now.compiled;
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("group,score,standard_error,lowest,highest,half_samples,still_core\n"));
    for (int32_t g = 0; g < c->group_count && b->o->halves > 0; g++) {
        const group_facts *f = &b->facts[g];
        text_printf(&t, "%.*s,", STR_ARG(c->group[g].code));
        write_e4(&t, f->score_e4);
        text_add(&t, S(","));
        write_e4(&t, f->error_e4);
        text_add(&t, S(","));
        write_e4(&t, f->half_low_e4);
        text_add(&t, S(","));
        write_e4(&t, f->half_high_e4);
        text_printf(&t, ",%d,", f->halves);
        if (g < c->core_count)
            text_printf(&t, "%d", f->lasting);
        text_add(&t, S("\n"));
    }
    return write_keep(b, &t);
}

/* More than a tenth. */
static bool moved(int64_t old_e4, int64_t new_e4)
{
    int64_t off = old_e4 > new_e4 ? old_e4 - new_e4 : new_e4 - old_e4;
    return (wide)off * 10 > (wide)old_e4;
}

static void change_row(text_buffer *t, str group, const char *what, int64_t old_e4, int64_t new_e4)
{
    text_printf(t, "%.*s,%s,", STR_ARG(group), what);
    if (old_e4 >= 0)
        write_e4(t, old_e4);
    text_add(t, S(","));
    if (new_e4 >= 0)
        write_e4(t, new_e4);
    text_add(t, S("\n"));
}

/* Groups by code of another catalogue. */
static text_index codes_index(const dip_catalogue *c, arena *scratch)
{
    text_index x = text_index_new(scratch, c->group_count + 1);
    for (int32_t g = 0; g < c->group_count; g++)
        text_index_add(&x, c->group[g].code);
    return x;
}

static str changes_write(builder *b)
{
    const dip_catalogue *old = b->o->since, *now = &b->now.compiled;
    int64_t *m = b->out->measure;
    arena scratch = b->scratch;
    if (!old)
        return S("group,change,old_score,new_score\n");
    text_index before = codes_index(old, &scratch), after = codes_index(now, &scratch);
    text_buffer t = write_open(&scratch);
    m[DIP_M_SINCE_NEW] = m[DIP_M_SINCE_GONE] = m[DIP_M_SINCE_SAME] = m[DIP_M_SINCE_MOVED] = 0;
    text_add(&t, S("group,change,old_score,new_score\n"));
    for (int32_t g = 0; g < now->group_count; g++) {
        int32_t at = text_index_find(&before, now->group[g].code);
        int64_t old_e4 = at < 0 ? -1 : old->group[at].score_e4;
        m[DIP_M_SINCE_NEW] += at < 0;
        m[DIP_M_SINCE_SAME] += at >= 0;
        if (at >= 0 && !moved(old_e4, now->group[g].score_e4))
            continue;
        m[DIP_M_SINCE_MOVED] += at >= 0;
        change_row(&t, now->group[g].code, at < 0 ? "new" : "score", old_e4,
                   now->group[g].score_e4);
    }
    for (int32_t g = 0; g < old->group_count; g++) {
        if (text_index_find(&after, old->group[g].code) >= 0)
            continue;
        m[DIP_M_SINCE_GONE]++;
        change_row(&t, old->group[g].code, "gone", old->group[g].score_e4, -1);
    }
    return write_keep(b, &t);
}

static str report_write(builder *b)
{
    text_buffer t = write_open(&b->scratch);
    text_add(&t, S("measure,value\n"));
    for (int m = 1; m < DIP_MEASURE__COUNT; m++) {
        if (b->out->measure[m] == DIP_NOT_MEASURED)
            continue;
        text_printf(&t, "%s,", measures[m].name);
        dip_measure_print(&t, (dip_measure)m, b->out->measure[m]);
        text_add(&t, S("\n"));
    }
    return write_keep(b, &t);
}

/* A table of the basis that it does not have is one without rows. */
static str copied(const builder *b, dip_table table, str header)
{
    return b->basis->text[table].p ? b->basis->text[table] : header;
}

void write_report(builder *b)
{
    str *t = b->out->text;
    t[DIP_OUT_PARAMETER] = b->files.text[DIP_TABLE_PARAMETER];
    t[DIP_OUT_ORDER] = b->files.text[DIP_TABLE_ORDER];
    t[DIP_OUT_CLASS] = copied(b, DIP_TABLE_CLASS, S("icd9cm3,class\n"));
    t[DIP_OUT_LIST] = copied(b, DIP_TABLE_LIST, S("list,icd10,disease,weight\n"));
    t[DIP_OUT_GRADE] = copied(b, DIP_TABLE_GRADE, S("kind,grade,condition\n"));
    t[DIP_OUT_COEFFICIENT] = copied(b, DIP_TABLE_COEFFICIENT, S("level,coefficient\n"));
    t[DIP_OUT_CORE] = b->files.text[DIP_TABLE_CORE];
    t[DIP_OUT_MIXED] = b->files.text[DIP_TABLE_MIXED];
    t[DIP_OUT_LEVEL] = b->files.text[DIP_TABLE_LEVEL];
    t[DIP_OUT_FACTOR] = b->files.text[DIP_TABLE_FACTOR];
    t[DIP_OUT_CANDIDATE] = candidates_write(b);
    t[DIP_OUT_SUPERVISION] = supervision_write(b);
    t[DIP_OUT_STABILITY] = stability_write(b);
    t[DIP_OUT_CHANGE] = changes_write(b);
    t[DIP_OUT_REPORT] = report_write(b);
}
