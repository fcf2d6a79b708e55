/* What is allowed but unlikely to be meant.  One line for each kind of finding in a table, with a
 * count and examples: a national scheme has thousands of them. */
#include "service/scheme/scheme_internal.h"

#include <stdio.h>

#define EXAMPLES_MAX 5

typedef struct {
    int64_t count, line; /* line: of the first one */
    char text[160];
    int used;
} finding;

static void found(finding *f, int64_t line, str example)
{
    if (f->count++ == 0)
        f->line = line;
    if (f->count > EXAMPLES_MAX || f->used + (int)example.n + 3 > (int)sizeof f->text)
        return;
    f->used += snprintf(f->text + f->used, sizeof f->text - (size_t)f->used, "%s%.*s",
                        f->used ? ", " : "", STR_ARG(example));
}

static void report(compiler *c, const finding *f, scheme_table t, const char *what)
{
    if (f->count)
        problem_add(c, true, t, f->line, "%" PRId64 " %s: %s%s", f->count, what, f->text,
                    f->count > EXAMPLES_MAX ? " ..." : "");
}

static str cell(const compiler *c, scheme_table t, int32_t row, int column)
{
    return rows_cell(&c->rows[t], row, column);
}

static const casemix_code *dx_at(const compiler *c, scheme_table t, int32_t row, int column)
{
    int32_t i = text_index_find(&c->dx, cell(c, t, row, column));
    return i < 0 ? NULL : &c->dx_code[i];
}

/* ---- codes ---- */

static void doubled_rows(compiler *c, scheme_table t)
{
    const table_rows *rows = &c->rows[t];
    arena scratch = c->scratch;
    text_index seen = text_index_new(&scratch, rows->count + 1);
    finding f = {0};
    for (int32_t i = 0; i < rows->count; i++) {
        str key = {0};
        for (int k = 0; k < rows->columns; k++)
            key = arena_printf(&scratch, "%.*s\x1f%.*s", STR_ARG(key), STR_ARG(cell(c, t, i, k)));
        int32_t before = seen.count;
        if (text_index_add(&seen, key) < before)
            found(&f, rows->line[i], cell(c, t, i, rows->columns > 1));
    }
    report(c, &f, t, "rows stand here twice");
}

static void foreign_codes(compiler *c, scheme_table t, int column, bool procedure)
{
    const text_index *x = procedure ? &c->procedure : &c->dx;
    const casemix_code *codes = procedure ? c->procedure_code : c->dx_code;
    arena scratch = c->scratch;
    text_index seen = text_index_new(&scratch, c->rows[t].count + 1);
    finding unknown = {0}, untidy = {0};
    for (int32_t i = 0; i < c->rows[t].count; i++) {
        str code = cell(c, t, i, column);
        char tidy[CODE_BYTES_MAX];
        int32_t at = text_index_find(x, code), before = seen.count;
        if (at < 0 || text_index_add(&seen, code) < before)
            continue;
        if (c->rows[procedure ? TABLE_PROCEDURE : TABLE_DX].count &&
            !(codes[at].flags & CODE_LISTED))
            found(&unknown, c->rows[t].line[i], code);
        if (!str_eq(casemix_code_tidy(tidy, code), code))
            found(&untidy, c->rows[t].line[i], code);
    }
    report(c, &unknown, t,
           procedure ? "codes are not in icd9cm3.csv" : "codes are not in icd10.csv");
    report(c, &untidy, t, "codes are not written as usual");
}

static void several_mdcs(compiler *c)
{
    finding f = {0};
    arena scratch = c->scratch;
    text_index seen = text_index_new(&scratch, c->rows[TABLE_MDC_DX].count + 1);
    for (int32_t i = 0; i < c->rows[TABLE_MDC_DX].count; i++) {
        const casemix_code *code = dx_at(c, TABLE_MDC_DX, i, 1);
        int32_t before = seen.count;
        if (code && code->mdcs & (code->mdcs - 1) &&
            text_index_add(&seen, cell(c, TABLE_MDC_DX, i, 1)) == before)
            found(&f, c->rows[TABLE_MDC_DX].line[i], cell(c, TABLE_MDC_DX, i, 1));
    }
    report(c, &f, TABLE_MDC_DX, "codes stand in several MDCs, the first that fits is taken");
}

static void severities(compiler *c)
{
    finding both = {0}, open = {0}, several = {0};
    for (int32_t i = 0; i < c->rows[TABLE_CC].count; i++) {
        const casemix_code *code = dx_at(c, TABLE_CC, i, 0);
        if (code && code->mcc && code->cc)
            found(&both, c->rows[TABLE_CC].line[i], cell(c, TABLE_CC, i, 0));
        if (cell(c, TABLE_CC, i, 1).n == 0)
            found(&open, c->rows[TABLE_CC].line[i], cell(c, TABLE_CC, i, 0));
    }
    assert(c->dx_code);
    for (int32_t i = 0; i < c->dx.count; i++)
        if (c->dx_code[i].exclusion_count > 1)
            found(&several, 0, c->dx.text[i]);
    report(c, &both, TABLE_CC, "codes are in mcc.csv as well, where they count");
    report(c, &open, TABLE_CC, "codes have no exclusion group: no main diagnosis excludes them");
    report(c, &several, TABLE_EXCLUSION,
           "main diagnoses are in several groups, all of which count");
}

/* ---- lists ---- */

static uint64_t row_bit(const compiler *c, int32_t adrg, int32_t *block)
{
    const casemix_mdc *m = &c->s->mdc[c->s->adrg[adrg].mdc];
    int32_t at = adrg - m->adrg_first;
    *block = m->block_first + at / BLOCK_BITS;
    return (uint64_t)1 << at % BLOCK_BITS;
}

static bool stands_in(const compiler *c, const casemix_code *code, int32_t adrg, int list)
{
    int32_t block;
    uint64_t bit = row_bit(c, adrg, &block);
    for (int i = 0; i < code->hit_count; i++) {
        const casemix_hit *hit = &c->s->hit[code->hit_first + (uint32_t)i];
        if (hit->block == block && hit->list == list && hit->rows & bit)
            return true;
    }
    return false;
}

/* How many codes each list has: diagnoses [0], procedures [1]. */
typedef struct {
    int32_t codes[2][LISTS_MAX + 1];
} list_sizes;

static void sizes_count(list_sizes *sizes, const compiler *c, bool procedures)
{
    const text_index *x = procedures ? &c->procedure : &c->dx;
    const casemix_code *codes = procedures ? c->procedure_code : c->dx_code;
    for (int32_t i = 0; i < x->count; i++) {
        for (int k = 0; k < codes[i].hit_count; k++) {
            const casemix_hit *hit = &c->s->hit[codes[i].hit_first + (uint32_t)k];
            for (uint64_t rows = hit->rows; rows; rows &= rows - 1)
                sizes[c->s->block[hit->block].first + __builtin_ctzll(rows)]
                    .codes[procedures][hit->list]++;
        }
    }
}

static bool is_list(const casemix_term *t, bool *procedures)
{
    *procedures = t->kind >= TERM_FIRST_PROCEDURE && t->kind <= TERM_OTHER_PROCEDURE;
    return *procedures || (t->kind >= TERM_MAIN_DX && t->kind <= TERM_OTHER_DX);
}

/* What the term asks for is in a table that has no rows. */
static bool has_no_row(const compiler *c, const casemix_term *t)
{
    if (t->kind == TERM_MCC)
        return c->rows[TABLE_MCC].count == 0;
    if (t->kind == TERM_CC)
        return c->rows[TABLE_CC].count == 0;
    return (t->kind == TERM_FIRST_VALID || t->kind == TERM_ANY_VALID) &&
           c->rows[TABLE_VALID].count == 0;
}

/* False when an empty list keeps every alternative of the rule from holding. */
static bool can_hold(compiler *c,
                     const casemix_rule *rule,
                     const list_sizes *sizes,
                     str who,
                     scheme_table t,
                     int64_t line)
{
    bool some = false;
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &c->all_of[rule->first + i];
        bool holds = true;
        for (uint32_t k = 0; k < all->count; k++) {
            const casemix_term *term = &c->term[all->first + k];
            bool procedures;
            if (!is_list(term, &procedures) || sizes->codes[procedures][term->list] > 0) {
                holds = holds && (term->negated || !has_no_row(c, term));
                continue;
            }
            char name[24];
            text_buffer text = {name, 0, sizeof name, false};
            casemix_term_print(&text, term);
            problem_add(c, true, t, line, "the list of %.*s in `%.*s` is empty", (int)text.n, name,
                        STR_ARG(who));
            holds = holds && term->negated;
        }
        some = some || holds;
    }
    return some;
}

/* The rule is MD alone: the ADRG takes every case of its list. */
static bool takes_its_list(const compiler *c, const casemix_rule *rule)
{
    const casemix_all_of *all = &c->all_of[rule->first];
    return rule->count == 1 && all->count == 1 && c->term[all->first].kind == TERM_MAIN_DX &&
           c->term[all->first].list == 1 && !c->term[all->first].negated;
}

/* Diagnosis lists that only the main diagnosis is held against, a bit for each. */
static unsigned main_lists(const compiler *c, const casemix_rule *rule)
{
    unsigned main_dx = 0, others = 0;
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &c->all_of[rule->first + i];
        for (uint32_t k = 0; k < all->count; k++) {
            const casemix_term *t = &c->term[all->first + k];
            if (t->kind == TERM_MAIN_DX && !t->negated)
                main_dx |= 1U << t->list;
            else if (t->kind >= TERM_MAIN_DX && t->kind <= TERM_OTHER_DX)
                others |= 1U << t->list;
        }
    }
    return main_dx & ~others;
}

/* Every alternative of the rule wants the main diagnosis in one of the lists. */
static bool wants_main(const compiler *c, const casemix_rule *rule, unsigned lists)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &c->all_of[rule->first + i];
        bool wants = false;
        for (uint32_t k = 0; k < all->count; k++) {
            const casemix_term *t = &c->term[all->first + k];
            wants = wants || (t->kind == TERM_MAIN_DX && !t->negated && lists >> t->list & 1);
        }
        if (!wants)
            return false;
    }
    return true;
}

static bool always_holds(const compiler *c, const casemix_rule *rule)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &c->all_of[rule->first + i];
        if (all->count == 1 && c->term[all->first].kind == TERM_ALWAYS &&
            !c->term[all->first].negated)
            return true;
    }
    return false;
}

static bool taken_before(const compiler *c, const casemix_code *code, int32_t adrg)
{
    const casemix_mdc *m = &c->s->mdc[c->s->adrg[adrg].mdc];
    for (int32_t i = m->adrg_first; i < adrg; i++)
        if (takes_its_list(c, &c->s->adrg[i].rule) && stands_in(c, code, i, 1))
            return true;
    return false;
}

/* The diagnoses of one ADRG that are wanted as main diagnosis. */
static void
list_lint(compiler *c, int32_t adrg, int64_t line, const int32_t *from, const int32_t *rows)
{
    const casemix_adrg *a = &c->s->adrg[adrg];
    finding outside = {0}, before = {0};
    unsigned lists = main_lists(c, &a->rule);
    bool by_main = wants_main(c, &c->s->mdc[a->mdc].rule, ~0U);
    int32_t count = 0;
    for (int32_t i = from[adrg]; i < from[adrg + 1]; i++) {
        const casemix_code *code = dx_at(c, TABLE_ADRG_DX, rows[i], 1);
        str text = cell(c, TABLE_ADRG_DX, rows[i], 1);
        str list = cell(c, TABLE_ADRG_DX, rows[i], 2);
        if (!code || !(lists >> (list.n ? *list.p - '0' : 1) & 1))
            continue;
        count++;
        if (by_main && !(code->mdcs >> a->mdc & 1))
            found(&outside, c->rows[TABLE_ADRG_DX].line[rows[i]], text);
        else if (taken_before(c, code, adrg))
            found(&before, c->rows[TABLE_ADRG_DX].line[rows[i]], text);
    }
    char what[160];
    snprintf(what, sizeof what, "diagnoses of `%.*s` are not in its MDC `%.*s`", STR_ARG(a->code),
             STR_ARG(c->s->mdc[a->mdc].code));
    report(c, &outside, TABLE_ADRG_DX, what);
    snprintf(what, sizeof what, "diagnoses of `%.*s` are taken by an ADRG before it",
             STR_ARG(a->code));
    report(c, &before, TABLE_ADRG_DX, what);
    if (count > 0 && outside.count + before.count == count && wants_main(c, &a->rule, lists))
        problem_add(c, true, TABLE_ADRG, line, "`%.*s` can never be reached", STR_ARG(a->code));
}

/* Rows of adrg_diagnosis.csv by ADRG: rows[from[i]] to rows[from[i + 1] - 1]. */
static int32_t *rows_by_adrg(const compiler *c, arena *a, int32_t **from)
{
    const table_rows *table = &c->rows[TABLE_ADRG_DX];
    int32_t *rows = arena_new(a, int32_t, table->count + 1), sum = 0;
    int32_t *at = arena_new(a, int32_t, c->s->adrg_count + 1);
    *from = arena_new(a, int32_t, c->s->adrg_count + 2);
    for (int32_t i = 0; i < table->count; i++) {
        int32_t adrg = text_index_find(&c->adrg, rows_cell(table, i, 0));
        at[adrg]++;
    }
    for (int32_t i = 0; i < c->s->adrg_count; i++) {
        (*from)[i] = sum;
        sum += at[i];
        at[i] = (*from)[i];
    }
    (*from)[c->s->adrg_count] = sum;
    for (int32_t i = 0; i < table->count; i++)
        rows[at[text_index_find(&c->adrg, rows_cell(table, i, 0))]++] = i;
    return rows;
}

static void levels_lint(compiler *c, const casemix_adrg *a, const list_sizes *sizes)
{
    bool closed = false;
    for (int32_t d = a->drg_first; d < a->drg_first + a->drg_count; d++) {
        const casemix_drg *drg = &c->s->drg[d];
        int64_t line = c->rows[TABLE_DRG].line[c->drg_row[d]];
        bool again = false;
        for (int32_t i = a->drg_first; i < d; i++)
            again = again || str_eq(c->s->drg[i].condition_text, drg->condition_text);
        if (closed || again)
            problem_add(c, true, TABLE_DRG, line,
                        "`%.*s` can never be reached: a group before it "
                        "takes its cases",
                        STR_ARG(drg->code));
        else if (!can_hold(c, &drg->rule, sizes, drg->code, TABLE_DRG, line))
            problem_add(c, true, TABLE_DRG, line, "`%.*s` can never be reached",
                        STR_ARG(drg->code));
        closed = closed || always_holds(c, &drg->rule);
    }
    if (a->drg_count == 0)
        problem_add(c, true, TABLE_DRG, 0, "the ADRG `%.*s` has no DRG", STR_ARG(a->code));
    else if (!closed)
        problem_add(c, true, TABLE_DRG, c->rows[TABLE_DRG].line[c->drg_row[a->drg_first]],
                    "no DRG of `%.*s` is for ALWAYS: some of its cases have no group",
                    STR_ARG(a->code));
}

/* MDCs whose list has no code, though every alternative of their rule wants one. */
static void mdcs_lint(compiler *c)
{
    uint64_t listed = 0;
    for (int32_t i = 0; i < c->dx.count; i++)
        listed |= c->dx_code[i].mdcs;
    for (int32_t m = 0; m < c->s->mdc_count; m++) {
        const casemix_mdc *mdc = &c->s->mdc[m];
        if (!(listed >> m & 1) && wants_main(c, &mdc->rule, ~0U))
            problem_add(c, true, TABLE_MDC, c->rows[TABLE_MDC].line[c->mdc_row[m]],
                        "the list of `%.*s` is empty: it can never be reached", STR_ARG(mdc->code));
    }
}

static void adrgs_lint(compiler *c)
{
    casemix_scheme *s = c->s;
    arena scratch = c->scratch;
    list_sizes *sizes = arena_new(&scratch, list_sizes, s->adrg_count);
    int32_t *from, *rows = rows_by_adrg(c, &scratch, &from);
    sizes_count(sizes, c, false);
    sizes_count(sizes, c, true);
    for (int32_t m = 0; m < s->mdc_count; m++) {
        bool closed = false;
        if (s->mdc[m].adrg_count == 0)
            problem_add(c, true, TABLE_MDC, c->rows[TABLE_MDC].line[c->mdc_row[m]],
                        "the MDC `%.*s` has no ADRG", STR_ARG(s->mdc[m].code));
        for (int32_t i = s->mdc[m].adrg_first; i < s->mdc[m].adrg_first + s->mdc[m].adrg_count;
             i++) {
            const casemix_adrg *a = &s->adrg[i];
            int64_t line = c->rows[TABLE_ADRG].line[c->adrg_row[i]];
            bool holds = can_hold(c, &a->rule, &sizes[i], a->code, TABLE_ADRG, line);
            if (closed || !holds)
                problem_add(c, true, TABLE_ADRG, line, "`%.*s` can never be reached%s",
                            STR_ARG(a->code), closed ? ": an ADRG before it takes all cases" : "");
            else
                list_lint(c, i, line, from, rows);
            closed = closed || always_holds(c, &a->rule);
            levels_lint(c, a, &sizes[i]);
        }
    }
}

/* ---- weights ---- */

static bool same_set(const casemix_weight *a, const casemix_weight *b)
{
    return str_eq(a->region, b->region) && str_eq(a->year, b->year);
}

static void weights_lint(compiler *c)
{
    const casemix_scheme *s = c->s;
    for (int32_t i = 0, next; i < s->weight_count; i = next) {
        finding f = {0}, again = {0};
        int32_t drg = 0;
        for (next = i; next < s->weight_count && same_set(&s->weight[i], &s->weight[next]);
             next++) {
            const casemix_weight *w = &s->weight[next];
            for (; drg < w->drg; drg++)
                found(&f, 0, s->drg[drg].code);
            drg = w->drg + 1;
            if (next > i && w[-1].drg == w->drg && w[-1].level == w->level)
                found(&again, 0, s->drg[w->drg].code);
        }
        for (; drg < s->drg_count; drg++)
            found(&f, 0, s->drg[drg].code);
        char what[160];
        snprintf(what, sizeof what, "groups have no weight in %.*s %.*s",
                 STR_ARG(s->weight[i].region), STR_ARG(s->weight[i].year));
        report(c, &f, TABLE_WEIGHT, what);
        snprintf(what, sizeof what, "groups have several weights in %.*s %.*s",
                 STR_ARG(s->weight[i].region), STR_ARG(s->weight[i].year));
        report(c, &again, TABLE_WEIGHT, what);
    }
}

void scheme_lint(compiler *c)
{
    static const struct {
        scheme_table table;
        int column;
        bool procedure;
    } lists[] = {
        {TABLE_MDC_DX, 1, false},      {TABLE_ADRG_DX, 1, false}, {TABLE_ADRG_PROCEDURE, 2, true},
        {TABLE_MCC, 0, false},         {TABLE_CC, 0, false},      {TABLE_EXCLUSION, 1, false},
        {TABLE_VALID, 0, true},        {TABLE_SITE, 0, false},    {TABLE_DX_MAP, 1, false},
        {TABLE_PROCEDURE_MAP, 1, true}};
    for (ptrdiff_t i = 0; i < COUNTOF(lists); i++) {
        foreign_codes(c, lists[i].table, lists[i].column, lists[i].procedure);
        if (lists[i].table != TABLE_DX_MAP && lists[i].table != TABLE_PROCEDURE_MAP)
            doubled_rows(c, lists[i].table);
    }
    several_mdcs(c);
    severities(c);
    mdcs_lint(c);
    adrgs_lint(c);
    weights_lint(c);
}
