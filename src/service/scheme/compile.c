/* Rows to the flat arrays of engine/casemix/scheme.h. */
#include "service/scheme/scheme_internal.h"

#include "base/money.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX 50000 /* MDCs, ADRGs, DRGs: far more than any scheme has; blocks fit a hit */

void problem_add(
    compiler *c, bool warning, scheme_table table, int64_t line, const char *format, ...)
{
    scheme *out = c->out;
    char text[400];
    va_list args;
    out->warning_count += warning;
    out->error_count += !warning;
    if (out->problem_count == SCHEME_PROBLEMS_MAX)
        return;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= (int)sizeof text)
        n = (int)sizeof text - 1;
    while (n > 0 && !str_is_utf8((str){text, n}))
        n--; /* cut inside a character */
    out->problem[out->problem_count++] = (scheme_problem){warning, str_of(scheme_table_file(table)),
                                                          line, arena_str(c->a, (str){text, n})};
}

static str cell(const compiler *c, scheme_table t, int32_t row, int column)
{
    return rows_cell(&c->rows[t], row, column);
}

static int64_t line_of(const compiler *c, scheme_table t, int32_t row)
{
    return c->rows[t].line[row];
}

/* ---- rows in the order of their priority ---- */

typedef struct {
    int64_t owner, priority;
    int32_t row;
} place;

static int place_compare(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows whose code is new and whose owner exists, sorted; their codes go into `names`. */
static place *places_read(compiler *c,
                          scheme_table t,
                          int code_at,
                          int priority_at,
                          int owner_at,
                          const text_index *owners,
                          int32_t *count)
{
    const table_rows *rows = &c->rows[t];
    place *p = arena_new(&c->scratch, place, rows->count);
    text_index seen = text_index_new(&c->scratch, rows->count + 1);
    *count = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        str code = cell(c, t, i, code_at);
        int64_t priority, owner = 0;
        int32_t before = seen.count;
        if (code.n == 0 || code.n > 20) {
            problem_add(c, false, t, line_of(c, t, i), "a code has 1 to 20 bytes");
            continue;
        }
        if (!decimal_parse(&priority, cell(c, t, i, priority_at), 0, 1000000000)) {
            problem_add(c, false, t, line_of(c, t, i),
                        "the priority of `%.*s` is not a whole number", STR_ARG(code));
            continue;
        }
        if (owners && (owner = text_index_find(owners, cell(c, t, i, owner_at))) < 0) {
            problem_add(c, false, t, line_of(c, t, i),
                        "`%.*s` belongs to `%.*s`, which is not there", STR_ARG(code),
                        STR_ARG(cell(c, t, i, owner_at)));
            continue;
        }
        if (text_index_add(&seen, code) < before) {
            problem_add(c, false, t, line_of(c, t, i), "`%.*s` stands here twice", STR_ARG(code));
            continue;
        }
        p[(*count)++] = (place){owner, priority, i};
    }
    qsort(p, (size_t)*count, sizeof *p, place_compare);
    for (int32_t i = 1; i < *count; i++)
        if (p[i].owner == p[i - 1].owner && p[i].priority == p[i - 1].priority)
            problem_add(c, false, t, line_of(c, t, p[i].row),
                        "`%.*s` has the priority of another row; the order must be certain",
                        STR_ARG(cell(c, t, p[i].row, code_at)));
    return p;
}

static void mdcs_read(compiler *c)
{
    enum { PRIORITY, CODE, NAME, RULE };
    casemix_scheme *s = c->s;
    int32_t count;
    const place *p = places_read(c, TABLE_MDC, CODE, PRIORITY, 0, NULL, &count);
    if (count > BLOCK_BITS) {
        problem_add(c, false, TABLE_MDC, 0, "more than %d MDCs", BLOCK_BITS);
        count = BLOCK_BITS;
    }
    int32_t *row = arena_new(&c->scratch, int32_t, count);
    s->mdc = arena_new(c->a, casemix_mdc, count);
    c->mdc = text_index_new(&c->scratch, count + 1);
    for (int32_t i = 0; i < count; i++) {
        casemix_mdc *m = &s->mdc[i];
        row[i] = p[i].row;
        m->code = cell(c, TABLE_MDC, p[i].row, CODE);
        m->name = cell(c, TABLE_MDC, p[i].row, NAME);
        m->rule_text = cell(c, TABLE_MDC, p[i].row, RULE);
        text_index_add(&c->mdc, m->code);
        rule_read(&m->rule, c, m->rule_text, LEVEL_MDC, TABLE_MDC, line_of(c, TABLE_MDC, row[i]));
    }
    s->mdc_count = count;
    c->mdc_row = row;
}

static void adrgs_read(compiler *c)
{
    enum { PRIORITY, CODE, NAME, MDC, KIND, RULE };
    casemix_scheme *s = c->s;
    int32_t count;
    const place *p = places_read(c, TABLE_ADRG, CODE, PRIORITY, MDC, &c->mdc, &count);
    int32_t *row = arena_new(&c->scratch, int32_t, count);
    s->adrg = arena_new(c->a, casemix_adrg, count);
    c->adrg = text_index_new(&c->scratch, count + 1);
    for (int32_t i = 0; i < count; i++) {
        casemix_adrg *a = &s->adrg[i];
        casemix_mdc *m = &s->mdc[p[i].owner];
        row[i] = p[i].row;
        a->code = cell(c, TABLE_ADRG, p[i].row, CODE);
        a->name = cell(c, TABLE_ADRG, p[i].row, NAME);
        a->kind = cell(c, TABLE_ADRG, p[i].row, KIND);
        a->rule_text = cell(c, TABLE_ADRG, p[i].row, RULE);
        a->mdc = (int32_t)p[i].owner;
        if (m->adrg_count++ == 0)
            m->adrg_first = i;
        text_index_add(&c->adrg, a->code);
        rule_read(&a->rule, c, a->rule_text, LEVEL_ADRG, TABLE_ADRG,
                  line_of(c, TABLE_ADRG, row[i]));
    }
    s->adrg_count = count;
    c->adrg_row = row;
}

static void drgs_read(compiler *c)
{
    enum { CODE, NAME, ADRG, PRIORITY, CONDITION };
    casemix_scheme *s = c->s;
    int32_t count;
    const place *p = places_read(c, TABLE_DRG, CODE, PRIORITY, ADRG, &c->adrg, &count);
    int32_t *row = arena_new(&c->scratch, int32_t, count);
    s->drg = arena_new(c->a, casemix_drg, count);
    c->drg = text_index_new(&c->scratch, count + 1);
    for (int32_t i = 0; i < count; i++) {
        casemix_drg *d = &s->drg[i];
        casemix_adrg *a = &s->adrg[p[i].owner];
        row[i] = p[i].row;
        d->code = cell(c, TABLE_DRG, p[i].row, CODE);
        d->name = cell(c, TABLE_DRG, p[i].row, NAME);
        d->condition_text = cell(c, TABLE_DRG, p[i].row, CONDITION);
        d->adrg = (int32_t)p[i].owner;
        if (a->drg_count++ == 0)
            a->drg_first = i;
        text_index_add(&c->drg, d->code);
        rule_read(&d->rule, c, d->condition_text, LEVEL_DRG, TABLE_DRG,
                  line_of(c, TABLE_DRG, row[i]));
    }
    s->drg_count = count;
    c->drg_row = row;
}

/* ---- blocks: which rows are worth a look ---- */

static void term_note(casemix_block *b, const casemix_term *t)
{
    b->needs_other_dx |= t->kind == TERM_ANY_DX || t->kind == TERM_OTHER_DX;
    b->needs_procedures |= t->kind >= TERM_FIRST_PROCEDURE && t->kind <= TERM_OTHER_PROCEDURE;
}

/* The list that a case must have a code of, for this alternative to hold: the rarest kind. */
static uint64_t *anchor(casemix_block *b, const compiler *c, const casemix_all_of *all)
{
    bool main = false, other = false, first = false, any = false;
    for (uint32_t i = 0; i < all->count; i++) {
        const casemix_term *t = &c->term[all->first + i];
        if (t->negated)
            continue;
        main |= t->kind == TERM_MAIN_DX;
        other |= t->kind == TERM_ANY_DX || t->kind == TERM_OTHER_DX;
        first |= t->kind == TERM_FIRST_PROCEDURE;
        any |= t->kind == TERM_ANY_PROCEDURE || t->kind == TERM_OTHER_PROCEDURE;
    }
    return first   ? &b->by_first
           : any   ? &b->by_any
           : main  ? &b->by_main
           : other ? &b->by_other
                   : &b->always;
}

static void rule_note(casemix_block *b, const compiler *c, const casemix_rule *rule, int bit)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &c->all_of[rule->first + i];
        if (bit >= 0)
            *anchor(b, c, all) |= (uint64_t)1 << bit;
        for (uint32_t k = 0; k < all->count; k++)
            term_note(b, &c->term[all->first + k]);
    }
}

static void blocks_make(compiler *c)
{
    casemix_scheme *s = c->s;
    int32_t count = 0;
    for (int32_t m = 0; m < s->mdc_count; m++) {
        rule_note(&s->mdc_block, c, &s->mdc[m].rule, m);
        s->mdc[m].block_first = count;
        s->mdc[m].block_count = (s->mdc[m].adrg_count + BLOCK_BITS - 1) / BLOCK_BITS;
        count += s->mdc[m].block_count;
    }
    casemix_block *block = arena_new(c->a, casemix_block, count);
    for (int32_t m = 0; m < s->mdc_count; m++) {
        for (int32_t i = 0; i < s->mdc[m].adrg_count; i++) {
            casemix_block *b = &block[s->mdc[m].block_first + i / BLOCK_BITS];
            const casemix_adrg *a = &s->adrg[s->mdc[m].adrg_first + i];
            if (i % BLOCK_BITS == 0)
                b->first = s->mdc[m].adrg_first + i;
            rule_note(b, c, &a->rule, i % BLOCK_BITS);
            for (int32_t d = a->drg_first; d < a->drg_first + a->drg_count; d++)
                rule_note(b, c, &s->drg[d].rule, -1);
        }
    }
    s->block = block;
    s->block_count = count;
}

/* ---- codes ---- */

static const struct {
    scheme_table table;
    uint8_t column, column2; /* column2 = 0: only one */
    bool procedure;
} code_columns[] = {
    {TABLE_DX, 0, 0, false},        {TABLE_PROCEDURE, 0, 0, true},
    {TABLE_MDC_DX, 1, 0, false},    {TABLE_SITE, 0, 0, false},
    {TABLE_ADRG_DX, 1, 0, false},   {TABLE_ADRG_PROCEDURE, 2, 0, true},
    {TABLE_MCC, 0, 0, false},       {TABLE_CC, 0, 0, false},
    {TABLE_EXCLUSION, 1, 0, false}, {TABLE_VALID, 0, 0, true},
    {TABLE_DX_MAP, 0, 1, false},    {TABLE_PROCEDURE_MAP, 0, 1, true},
    {TABLE_DX_GRAY, 0, 0, false},   {TABLE_PROCEDURE_GRAY, 0, 0, true},
};

static void code_take(compiler *c, text_index *x, scheme_table t, int32_t row, int column)
{
    str code = cell(c, t, row, column);
    if (code.n == 0 || code.n > CODE_BYTES_MAX || memchr(code.p, 0, (size_t)code.n))
        problem_add(c, false, t, line_of(c, t, row), "a code has 1 to %d bytes", CODE_BYTES_MAX);
    else if (x->count < x->cap)
        text_index_add(x, code);
}

static void codes_take(compiler *c, bool procedures)
{
    text_index *x = procedures ? &c->procedure : &c->dx;
    int64_t most = 1;
    for (ptrdiff_t i = 0; i < COUNTOF(code_columns); i++)
        if (code_columns[i].procedure == procedures)
            most +=
                (code_columns[i].column2 ? 2 : 1) * (int64_t)c->rows[code_columns[i].table].count;
    if (most >= (int64_t)1 << SLOT_INDEX_BITS)
        most = ((int64_t)1 << SLOT_INDEX_BITS) - 1;
    *x = text_index_new(&c->scratch, (int32_t)most);
    for (ptrdiff_t i = 0; i < COUNTOF(code_columns); i++) {
        scheme_table t = code_columns[i].table;
        for (int32_t row = 0; code_columns[i].procedure == procedures && row < c->rows[t].count;
             row++) {
            code_take(c, x, t, row, code_columns[i].column);
            if (code_columns[i].column2 && !str_eq(cell(c, t, row, 1), S("-")))
                code_take(c, x, t, row, code_columns[i].column2);
        }
    }
    if (x->count == x->cap)
        problem_add(c, false, procedures ? TABLE_PROCEDURE : TABLE_DX, 0, "too many codes");
}

/* The hash table and the texts. */
static casemix_code *codes_make(casemix_codes *out, compiler *c, const text_index *x)
{
    casemix_code *code = arena_new(c->a, casemix_code, x->count);
    casemix_text *text = arena_new(c->a, casemix_text, x->count);
    int bits = 4;
    while ((int64_t)1 << bits < 2 * (int64_t)x->count)
        bits++;
    uint32_t *slot = arena_new(c->a, uint32_t, (ptrdiff_t)1 << bits);
    for (int32_t i = 0; i < x->count; i++) {
        text[i].code = x->text[i];
        bool fits = casemix_key(code[i].key, x->text[i]);
        assert(fits);
        uint64_t hash = casemix_key_hash(code[i].key), at = hash >> (64 - bits);
        while (slot[at])
            at = (at + 1) & (((uint64_t)1 << bits) - 1);
        uint32_t tag = (uint32_t)hash >> SLOT_INDEX_BITS << SLOT_INDEX_BITS;
        slot[at] = tag | (uint32_t)(i + 1);
    }
    *out = (casemix_codes){slot, code, text, x->count, 64 - bits};
    c->s->lookup_bytes += (int64_t)x->count * (int64_t)sizeof *code + ((int64_t)4 << bits);
    return code;
}

/* The code in a cell; NULL when it was refused. */
static casemix_code *code_at(compiler *c, scheme_table t, int32_t row, int column, bool procedure)
{
    int32_t i = text_index_find(procedure ? &c->procedure : &c->dx, cell(c, t, row, column));
    return i < 0 ? NULL : procedure ? &c->procedure_code[i] : &c->dx_code[i];
}

static void flags_set(compiler *c, scheme_table t, bool procedure, uint8_t flag)
{
    casemix_text *text =
        (casemix_text *)(uintptr_t)(procedure ? c->s->procedure.text : c->s->dx.text);
    const casemix_code *first = procedure ? c->procedure_code : c->dx_code;
    for (int32_t i = 0; i < c->rows[t].count; i++) {
        casemix_code *code = code_at(c, t, i, 0, procedure);
        if (!code)
            continue;
        code->flags |= flag;
        if (c->rows[t].columns > 1 && text[code - first].name.n == 0)
            text[code - first].name = cell(c, t, i, 1);
    }
}

static void maps_set(compiler *c, scheme_table t, bool procedure)
{
    const casemix_code *first = procedure ? c->procedure_code : c->dx_code;
    for (int32_t i = 0; i < c->rows[t].count; i++) {
        casemix_code *from = code_at(c, t, i, 0, procedure);
        const casemix_code *to = code_at(c, t, i, 1, procedure);
        if (!from)
            continue;
        if (from->map_to || from->flags & CODE_MAPPED_AWAY)
            problem_add(c, false, t, line_of(c, t, i), "`%.*s` is mapped twice",
                        STR_ARG(cell(c, t, i, 0)));
        else if (to && to != from)
            from->map_to = (uint32_t)(to - first) + 1;
        else if (!to)
            from->flags |= CODE_MAPPED_AWAY;
    }
}

static void mdc_lists_set(compiler *c)
{
    for (int32_t i = 0; i < c->rows[TABLE_MDC_DX].count; i++) {
        int32_t mdc = text_index_find(&c->mdc, cell(c, TABLE_MDC_DX, i, 0));
        casemix_code *code = code_at(c, TABLE_MDC_DX, i, 1, false);
        if (mdc < 0)
            problem_add(c, false, TABLE_MDC_DX, line_of(c, TABLE_MDC_DX, i),
                        "there is no MDC `%.*s`", STR_ARG(cell(c, TABLE_MDC_DX, i, 0)));
        else if (code)
            code->mdcs |= (uint64_t)1 << mdc;
    }
}

static void sites_set(compiler *c)
{
    const table_rows *rows = &c->rows[TABLE_SITE];
    c->site = text_index_new(&c->scratch, rows->count + 1);
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t site = text_index_add(&c->site, cell(c, TABLE_SITE, i, 1));
        casemix_code *code = code_at(c, TABLE_SITE, i, 0, false);
        if (site >= BLOCK_BITS)
            problem_add(c, false, TABLE_SITE, line_of(c, TABLE_SITE, i), "more than %d body sites",
                        BLOCK_BITS);
        else if (code)
            code->site = (uint8_t)(site + 1);
    }
    c->s->site_count = c->site.count;
    str *names = arena_new(c->a, str, c->site.count);
    for (int32_t i = 0; i < c->site.count; i++)
        names[i] = c->site.text[i];
    c->s->site = names;
}

/* Group + 1; an empty cell is a group of its own that nothing excludes. */
static uint16_t group_of(compiler *c, scheme_table t, int32_t row, int column)
{
    str name = cell(c, t, row, column);
    if (name.n == 0)
        return UINT16_MAX;
    if (c->group.count >= UINT16_MAX - 2) {
        problem_add(c, false, t, line_of(c, t, row), "too many exclusion groups");
        return UINT16_MAX;
    }
    return (uint16_t)(text_index_add(&c->group, name) + 1);
}

static void severities_set(compiler *c)
{
    const table_rows *mcc = &c->rows[TABLE_MCC], *cc = &c->rows[TABLE_CC];
    c->group =
        text_index_new(&c->scratch, mcc->count + cc->count + c->rows[TABLE_EXCLUSION].count + 1);
    for (int32_t i = 0; i < mcc->count; i++) {
        casemix_code *code = code_at(c, TABLE_MCC, i, 0, false);
        uint16_t group = group_of(c, TABLE_MCC, i, 1);
        if (code)
            code->mcc = group;
    }
    for (int32_t i = 0; i < cc->count; i++) {
        casemix_code *code = code_at(c, TABLE_CC, i, 0, false);
        uint16_t group = group_of(c, TABLE_CC, i, 1);
        if (code)
            code->cc = group;
    }
}

typedef struct {
    int32_t code;
    uint16_t block, list;
    uint64_t rows;
} pair; /* a code and something it has; exclusions use block for the group */

static int pair_compare(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (int)x->list - (int)y->list;
}

static void exclusions_set(compiler *c)
{
    const table_rows *rows = &c->rows[TABLE_EXCLUSION];
    pair *p = arena_new(&c->scratch, pair, rows->count);
    int32_t count = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t code = text_index_find(&c->dx, cell(c, TABLE_EXCLUSION, i, 1));
        uint16_t group = group_of(c, TABLE_EXCLUSION, i, 0);
        if (code >= 0 && group != UINT16_MAX)
            p[count++] = (pair){code, (uint16_t)(group - 1), 0, 0};
    }
    qsort(p, (size_t)count, sizeof *p, pair_compare);
    uint16_t *exclusion = arena_new(c->a, uint16_t, count + 1);
    for (int32_t i = 0; i < count; i++) {
        casemix_code *code = &c->dx_code[p[i].code];
        exclusion[i] = p[i].block;
        if (code->exclusion_count == 0)
            code->exclusion_first = (uint32_t)i;
        if (code->exclusion_count < UINT16_MAX)
            code->exclusion_count++;
    }
    c->s->exclusion = exclusion;
    c->s->lookup_bytes += 2 * (int64_t)count;
}

/* ---- lists of the ADRGs ---- */

static bool list_number(compiler *c, scheme_table t, int32_t row, int column, uint16_t *list)
{
    str s = cell(c, t, row, column);
    *list = 1;
    if (s.n == 1 && *s.p >= '1' && *s.p <= '9')
        *list = (uint16_t)(*s.p - '0');
    else if (s.n > 0) {
        problem_add(c, false, t, line_of(c, t, row), "`%.*s` is no list: they are numbered 1 to 9",
                    STR_ARG(s));
        return false;
    }
    if (*list > c->s->list_max)
        c->s->list_max = *list;
    return true;
}

static int32_t pairs_read(
    compiler *c, pair *p, scheme_table t, int code_column, int list_column, const text_index *codes)
{
    int32_t count = 0;
    for (int32_t i = 0; i < c->rows[t].count; i++) {
        int32_t adrg = text_index_find(&c->adrg, cell(c, t, i, 0));
        int32_t code = text_index_find(codes, cell(c, t, i, code_column));
        uint16_t list;
        if (adrg < 0) {
            problem_add(c, false, t, line_of(c, t, i), "there is no ADRG `%.*s`",
                        STR_ARG(cell(c, t, i, 0)));
            continue;
        }
        if (code < 0 || !list_number(c, t, i, list_column, &list))
            continue;
        const casemix_mdc *m = &c->s->mdc[c->s->adrg[adrg].mdc];
        int32_t at = adrg - m->adrg_first;
        p[count++] = (pair){code, (uint16_t)(m->block_first + at / BLOCK_BITS), list,
                            (uint64_t)1 << at % BLOCK_BITS};
    }
    qsort(p, (size_t)count, sizeof *p, pair_compare);
    return count;
}

static int32_t
hits_add(casemix_hit *hit, int32_t n, casemix_code *codes, const pair *p, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        casemix_code *code = &codes[p[i].code];
        if (i > 0 && pair_compare(&p[i], &p[i - 1]) == 0) {
            hit[n - 1].rows |= p[i].rows;
            continue;
        }
        if (code->hit_count++ == 0)
            code->hit_first = (uint32_t)n;
        hit[n++] = (casemix_hit){p[i].rows, p[i].block, (uint8_t)p[i].list};
    }
    return n;
}

static void hits_make(compiler *c)
{
    int32_t most = c->rows[TABLE_ADRG_DX].count + c->rows[TABLE_ADRG_PROCEDURE].count;
    casemix_hit *hit = arena_new(&c->scratch, casemix_hit, most + 1);
    pair *p = arena_new(&c->scratch, pair, most);
    int32_t count = pairs_read(c, p, TABLE_ADRG_DX, 1, 2, &c->dx);
    int32_t n = hits_add(hit, 0, c->dx_code, p, count);
    count = pairs_read(c, p, TABLE_ADRG_PROCEDURE, 2, 1, &c->procedure);
    n = hits_add(hit, n, c->procedure_code, p, count);
    casemix_hit *kept = arena_new(c->a, casemix_hit, n + 1);
    memcpy(kept, hit, (size_t)n * sizeof *hit);
    c->s->hit = kept;
    c->s->lookup_bytes += (int64_t)n * (int64_t)sizeof *hit;
}

/* ---- weights ---- */

static int weight_compare(const void *a, const void *b)
{
    const casemix_weight *x = a, *y = b;
    int order = str_cmp(x->region, y->region);
    order = order ? order : str_cmp(x->year, y->year);
    order = order ? order : (x->drg > y->drg) - (x->drg < y->drg);
    return order ? order : (int)x->level - (int)y->level;
}

static bool weight_row(compiler *c, int32_t i, casemix_weight *out)
{
    enum { REGION, YEAR, DRG, RW, LEVEL, PRICE };
    str code = cell(c, TABLE_WEIGHT, i, DRG), level = cell(c, TABLE_WEIGHT, i, LEVEL);
    *out = (casemix_weight){.drg = text_index_find(&c->drg, code),
                            .region = cell(c, TABLE_WEIGHT, i, REGION),
                            .year = cell(c, TABLE_WEIGHT, i, YEAR),
                            .weight = cell(c, TABLE_WEIGHT, i, RW),
                            .price = cell(c, TABLE_WEIGHT, i, PRICE)};
    const char *what = NULL, *wanted = NULL;
    int64_t n;
    if (out->drg < 0) {
        problem_add(c, false, TABLE_WEIGHT, line_of(c, TABLE_WEIGHT, i), "there is no DRG `%.*s`",
                    STR_ARG(code));
        return false;
    }
    if (!decimal_parse(&n, out->weight, 9, INT64_C(1000000000000)))
        what = "weight", wanted = "a number";
    else if (level.n && (level.n > 1 || *level.p < '1' || *level.p > '9'))
        what = "level", wanted = "1 to 9";
    else if (out->price.n && !decimal_parse(&n, out->price, 2, INT64_C(100000000000)))
        what = "price", wanted = "an amount in yuan";
    if (what) {
        problem_add(c, false, TABLE_WEIGHT, line_of(c, TABLE_WEIGHT, i),
                    "the %s of `%.*s` is not %s", what, STR_ARG(code), wanted);
        return false;
    }
    out->level = level.n ? (uint8_t)(*level.p - '0') : 0;
    return true;
}

static void weights_read(compiler *c)
{
    const table_rows *rows = &c->rows[TABLE_WEIGHT];
    casemix_weight *w = arena_new(c->a, casemix_weight, rows->count + 1);
    int32_t n = 0;
    for (int32_t i = 0; i < rows->count; i++)
        n += weight_row(c, i, &w[n]);
    qsort(w, (size_t)n, sizeof *w, weight_compare);
    c->s->weight = w;
    c->s->weight_count = n;
}

/* ---- all of it ---- */

/* Codes that stand in no table but a map or the gray ones. */
static void foreign_set(casemix_code *codes, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        const casemix_code *c = &codes[i];
        if (!c->mdcs && !c->hit_count && !c->exclusion_count && !c->mcc && !c->cc && !c->site &&
            !(c->flags & (CODE_LISTED | CODE_VALID)))
            codes[i].flags |= CODE_FOREIGN;
    }
}

static void names_read(compiler *c)
{
    for (int32_t i = 0; i < c->rows[TABLE_SCHEME].count; i++)
        if (str_eq(cell(c, TABLE_SCHEME, i, 0), S("name")))
            c->s->name = cell(c, TABLE_SCHEME, i, 1);
}

static bool within_limits(compiler *c)
{
    static const scheme_table few[] = {TABLE_MDC, TABLE_ADRG, TABLE_DRG};
    bool ok = true;
    for (ptrdiff_t i = 0; i < COUNTOF(few); i++) {
        if (c->rows[few[i]].count <= ROWS_MAX)
            continue;
        problem_add(c, false, few[i], 0, "more than %d rows", ROWS_MAX);
        ok = false;
    }
    return ok;
}

void scheme_compile(scheme *out, const scheme_files *files, bool lint, arena *a, arena scratch)
{
    *out = (scheme){.problem = arena_new(a, scheme_problem, SCHEME_PROBLEMS_MAX)};
    compiler c = {.out = out, .s = &out->compiled, .a = a, .scratch = scratch};
    rows_read(&c, files);
    if (!within_limits(&c))
        return;
    c.s->list_max = 1;
    names_read(&c);
    mdcs_read(&c);
    adrgs_read(&c);
    drgs_read(&c);
    blocks_make(&c);
    codes_take(&c, false);
    codes_take(&c, true);
    c.dx_code = codes_make(&c.s->dx, &c, &c.dx);
    c.procedure_code = codes_make(&c.s->procedure, &c, &c.procedure);
    flags_set(&c, TABLE_DX, false, CODE_LISTED);
    flags_set(&c, TABLE_PROCEDURE, true, CODE_LISTED);
    flags_set(&c, TABLE_VALID, true, CODE_VALID);
    flags_set(&c, TABLE_DX_GRAY, false, CODE_GRAY);
    flags_set(&c, TABLE_PROCEDURE_GRAY, true, CODE_GRAY);
    maps_set(&c, TABLE_DX_MAP, false);
    maps_set(&c, TABLE_PROCEDURE_MAP, true);
    mdc_lists_set(&c);
    sites_set(&c);
    severities_set(&c);
    exclusions_set(&c);
    hits_make(&c);
    foreign_set(c.dx_code, c.dx.count);
    foreign_set(c.procedure_code, c.procedure.count);
    weights_read(&c);
    c.s->all_of = c.all_of ? c.all_of : arena_new(a, casemix_all_of, 1);
    c.s->term = c.term ? c.term : arena_new(a, casemix_term, 1);
    if (lint && out->error_count == 0)
        scheme_lint(&c);
}
