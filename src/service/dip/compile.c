/* Rows to the flat arrays of engine/casemix/dip.h. */
#include "service/dip/dip_internal.h"

#include "base/money.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX 1000000
#define CELL_MAX 2000 /* bytes of a set of procedures */

static const struct {
    const char *file, *columns;
    bool required;
} tables[] = {
    {NULL, NULL, false},
#define TABLE(id, file, required, columns) {file, columns, required},
#include "service/dip/table.tbl.h"
};

const char *dip_table_file(dip_table table)
{
    return tables[table].file;
}

const char *dip_table_columns(dip_table table)
{
    return tables[table].columns;
}

static void note(dip_compiler *c, dip_table table, int64_t line, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void note(dip_compiler *c, dip_table table, int64_t line, const char *format, ...)
{
    dip *out = c->out;
    char text[400];
    va_list args;
    out->error_count++;
    if (out->problem_count == SCHEME_PROBLEMS_MAX)
        return;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= (int)sizeof text)
        n = (int)sizeof text - 1;
    while (n > 0 && !str_is_utf8((str){text, n}))
        n--; /* cut inside a character */
    out->problem[out->problem_count++] = (scheme_problem){false, str_of(dip_table_file(table)),
                                                          line, arena_str(c->a, (str){text, n})};
}

static void row_note(void *to, int table, int64_t line, const char *message)
{
    note(to, (dip_table)table, line, "%s", message);
}

static str cell(const dip_compiler *c, dip_table t, int32_t row, int column)
{
    return rows_cell(&c->rows[t], row, column);
}

static int64_t line_of(const dip_compiler *c, dip_table t, int32_t row)
{
    return c->rows[t].line[row];
}

static void tables_read(dip_compiler *c, const dip_files *files)
{
    for (int t = 1; t < DIP_TABLE__COUNT; t++) {
        const table_reader r = {row_note, c, t, c->a, &c->scratch};
        if (files->text[t].p)
            table_rows_read(&c->rows[t], &r, files->text[t], tables[t].columns);
        else if (tables[t].required && !c->basis)
            note(c, (dip_table)t, 0, "the file is missing");
        if (c->rows[t].count <= ROWS_MAX)
            continue;
        note(c, (dip_table)t, 0, "more than %d rows", ROWS_MAX);
        c->rows[t].count = 0;
    }
}

/* A number that is there, or 0 with a problem. */
static int64_t number(dip_compiler *c, dip_table t, int32_t row, int column, int scale, int64_t max)
{
    int64_t n = 0;
    str s = cell(c, t, row, column);
    if (!decimal_parse(&n, s, scale, max))
        note(c, t, line_of(c, t, row), "`%.*s` is not a number that fits here", STR_ARG(s));
    return n;
}

/* The same where an empty cell is 0. */
static int64_t
number_or_none(dip_compiler *c, dip_table t, int32_t row, int column, int scale, int64_t max)
{
    return cell(c, t, row, column).n ? number(c, t, row, column, scale, max) : 0;
}

dip_class dip_class_read(str s)
{
    if (str_eq(s, S("intervention")))
        return DIP_SURGERY;
    for (int k = 1; k < DIP_CLASS__COUNT; k++)
        if (str_eq(s, str_of(dip_class_name((dip_class)k))))
            return (dip_class)k;
    return DIP_CLASS_NONE;
}

static dip_tier tier_read(str s)
{
    for (int k = 1; k < DIP_TIER__COUNT; k++)
        if (str_eq(s, str_of(dip_tier_name((dip_tier)k))))
            return (dip_tier)k;
    return DIP_TIER_NONE;
}

/* ---- parameters, order, coefficients ---- */

/* What a build notes about itself. */
static const char *const remarks[] = {"year_weights", "last_year", "resamples", "seed"};

static void parameter_read(dip_compiler *c, int32_t row, bool *seen)
{
    dip_catalogue *s = c->s;
    str key = cell(c, DIP_TABLE_PARAMETER, row, 0), value = cell(c, DIP_TABLE_PARAMETER, row, 1);
    int64_t line = line_of(c, DIP_TABLE_PARAMETER, row);
    for (int p = 0; p < DIP_PARAMETER__COUNT; p++) {
        if (!str_eq(key, str_of(dip_parameter_name((dip_parameter)p))))
            continue;
        if (seen[p])
            note(c, DIP_TABLE_PARAMETER, line, "`%.*s` stands here twice", STR_ARG(key));
        seen[p] = true;
        s->parameter_e4[p] =
            number(c, DIP_TABLE_PARAMETER, row, 1, 4, dip_parameter_max_e4((dip_parameter)p));
        return;
    }
    if (str_eq(key, S("name"))) {
        s->name = value;
        return;
    }
    if (str_eq(key, S("unlisted_procedure"))) {
        s->unlisted = (uint8_t)dip_class_read(value);
        if (!s->unlisted)
            note(c, DIP_TABLE_PARAMETER, line, "`%.*s` is no class of treatment", STR_ARG(value));
        return;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(remarks); i++)
        if (str_eq(key, str_of(remarks[i])))
            return;
    note(c, DIP_TABLE_PARAMETER, line, "there is no parameter `%.*s`", STR_ARG(key));
}

static void parameters_read(dip_compiler *c)
{
    dip_catalogue *s = c->s;
    bool seen[DIP_PARAMETER__COUNT] = {false};
    for (int p = 0; p < DIP_PARAMETER__COUNT; p++)
        s->parameter_e4[p] = dip_parameter_standard_e4((dip_parameter)p);
    for (int32_t i = 0; i < c->rows[DIP_TABLE_PARAMETER].count; i++)
        parameter_read(c, i, seen);
    for (int p = 0; p < DIP_P_THRESHOLD && !c->basis; p++)
        if (!seen[p])
            note(c, DIP_TABLE_PARAMETER, 0, "`%s` is missing",
                 dip_parameter_name((dip_parameter)p));
    if (!s->unlisted && !c->basis)
        note(c, DIP_TABLE_PARAMETER, 0, "`unlisted_procedure` is missing");
    int64_t characters = s->parameter_e4[DIP_P_DX_CHARACTERS];
    if (characters % 10000 != 0 || characters < 30000) {
        note(c, DIP_TABLE_PARAMETER, 0, "`dx_characters` is 3, 4, 5 or 6");
        s->parameter_e4[DIP_P_DX_CHARACTERS] = 40000;
    }
    if (s->parameter_e4[DIP_P_HIGH_RATIO] < 10000)
        note(c, DIP_TABLE_PARAMETER, 0, "`high_ratio` is at least 1");
    s->parameter_e4[DIP_P_HIGH_RATIO] = max_i64(10000, s->parameter_e4[DIP_P_HIGH_RATIO]);
    if (s->parameter_e4[DIP_P_TRIM_HIGH] <= 5000) /* nothing would be left between the two */
        note(c, DIP_TABLE_PARAMETER, 0, "`trim_high` is above 0.5");
    s->parameter_e4[DIP_P_TRIM_HIGH] = max_i64(5001, s->parameter_e4[DIP_P_TRIM_HIGH]);
}

static void order_read(dip_compiler *c)
{
    /* The order of the national guide, for a basis that says nothing. */
    static const dip_order usual[] = {
        {DIP_CORE, DIP_SURGERY},      {DIP_BASE, DIP_SURGERY},      {DIP_CORE, DIP_THERAPEUTIC},
        {DIP_BASE, DIP_THERAPEUTIC},  {DIP_CORE, DIP_DIAGNOSTIC},   {DIP_BASE, DIP_DIAGNOSTIC},
        {DIP_MIXED, DIP_SURGERY},     {DIP_MIXED, DIP_THERAPEUTIC}, {DIP_MIXED, DIP_DIAGNOSTIC},
        {DIP_CORE, DIP_CONSERVATIVE}, {DIP_BASE, DIP_CONSERVATIVE}, {DIP_MIXED, DIP_CONSERVATIVE},
    };
    const table_rows *rows = &c->rows[DIP_TABLE_ORDER];
    bool seen[DIP_TIER__COUNT][DIP_CLASS__COUNT] = {{false}};
    dip_order *o = arena_new(c->a, dip_order, (ptrdiff_t)DIP_TIER__COUNT * DIP_CLASS__COUNT);
    int32_t n = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        dip_tier tier = tier_read(cell(c, DIP_TABLE_ORDER, i, 0));
        dip_class treatment = dip_class_read(cell(c, DIP_TABLE_ORDER, i, 1));
        if (!tier || !treatment || seen[tier][treatment]) {
            note(c, DIP_TABLE_ORDER, line_of(c, DIP_TABLE_ORDER, i),
                 tier && treatment ? "this stands here twice" : "no tier, or no class");
            continue;
        }
        seen[tier][treatment] = true;
        o[n++] = (dip_order){(uint8_t)tier, (uint8_t)treatment};
    }
    if (n == 0 && c->basis) {
        memcpy(o, usual, sizeof usual);
        n = COUNTOF(usual);
    }
    c->s->order = o;
    c->s->order_count = n;
}

static int level_of(dip_compiler *c, dip_table t, int32_t row, int column)
{
    str s = cell(c, t, row, column);
    if (s.n == 1 && *s.p >= '1' && *s.p <= '9')
        return *s.p - '0';
    note(c, t, line_of(c, t, row), "`%.*s` is no level: they are 1 to 9", STR_ARG(s));
    return 0;
}

static void coefficients_read(dip_compiler *c)
{
    for (int32_t i = 0; i < c->rows[DIP_TABLE_COEFFICIENT].count; i++) {
        int level = level_of(c, DIP_TABLE_COEFFICIENT, i, 0);
        int64_t e4 = number(c, DIP_TABLE_COEFFICIENT, i, 1, 4, 1000000);
        if (level)
            c->s->coefficient_e4[level] = e4;
    }
}

/* ---- procedures ---- */

static int32_t procedures_most(const dip_compiler *c)
{
    int64_t most = c->rows[DIP_TABLE_CLASS].count + 1;
    const table_rows *core = &c->rows[DIP_TABLE_CORE];
    for (int32_t i = 0; i < core->count; i++) {
        str s = rows_cell(core, i, 1);
        most++;
        for (ptrdiff_t k = 0; k < s.n; k++)
            most += s.p[k] == '+' || s.p[k] == '/';
    }
    return (int32_t)min_i64(most, 2000000);
}

/* -1 = no code. */
static int32_t procedure_add(dip_compiler *c, str code)
{
    char tidy[CODE_BYTES_MAX];
    str s = dip_procedure_tidy(tidy, code);
    if (s.n == 0 || c->procedure.count == c->procedure.cap)
        return -1;
    int32_t found = text_index_find(&c->procedure, s);
    return found >= 0 ? found : text_index_add(&c->procedure, arena_str(c->a, s));
}

static void classes_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_CLASS];
    int32_t most = procedures_most(c);
    c->procedure = text_index_new(&c->scratch, most);
    c->procedure_class = arena_new(c->a, uint8_t, most);
    for (int32_t i = 0; i < rows->count; i++) {
        int64_t line = line_of(c, DIP_TABLE_CLASS, i);
        int32_t id = procedure_add(c, cell(c, DIP_TABLE_CLASS, i, 0));
        dip_class treatment = dip_class_read(cell(c, DIP_TABLE_CLASS, i, 1));
        if (id < 0 || !treatment)
            note(c, DIP_TABLE_CLASS, line, id < 0 ? "a code has 1 to %d bytes" : "no class",
                 CODE_BYTES_MAX);
        else if (c->procedure_class[id] && c->procedure_class[id] != treatment)
            note(c, DIP_TABLE_CLASS, line, "the code stands here with another class");
        else
            c->procedure_class[id] = (uint8_t)treatment;
    }
}

static void procedures_make(dip_compiler *c)
{
    dip_catalogue *s = c->s;
    int32_t count = c->procedure.count;
    uint32_t slots = 16;
    while (slots < 2 * (uint32_t)count)
        slots *= 2;
    uint64_t(*key)[CODE_BYTES_MAX / 8] = arena_alloc(c->a, sizeof *key, alignof(uint64_t), count);
    str *text = arena_new(c->a, str, count);
    uint32_t *slot = arena_new(c->a, uint32_t, (ptrdiff_t)slots);
    for (int32_t i = 0; i < count; i++) {
        text[i] = c->procedure.text[i];
        bool fits = casemix_key(key[i], text[i]);
        assert(fits);
        uint32_t at = (uint32_t)casemix_key_hash(key[i]) & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    s->procedure = (const uint64_t(*)[CODE_BYTES_MAX / 8]) key;
    s->procedure_text = text;
    s->procedure_class = c->procedure_class;
    s->procedure_slot = slot;
    s->procedure_mask = slots - 1;
    s->procedure_count = count;
    s->lookup_bytes += (int64_t)count * (int64_t)(sizeof *key + 1) + 4 * (int64_t)slots;
}

/* ---- keys ---- */

static void keys_room(dip_keys *k, dip_key **key, uint32_t **slot, int32_t most, arena *a)
{
    uint32_t slots = 16;
    while (slots < 2 * (uint32_t)most)
        slots *= 2;
    *key = arena_new(a, dip_key, most);
    *slot = arena_new(a, uint32_t, (ptrdiff_t)slots);
    *k = (dip_keys){*slot, *key, slots - 1};
}

/* Where the key stands; `count` grows when it is new. */
static int32_t
key_add(const dip_keys *k, dip_key *keys, uint32_t *slot, int32_t *count, dip_key key)
{
    int32_t found = dip_keys_find(k, key);
    if (found >= 0)
        return found;
    uint32_t at = dip_key_hash(key) & k->mask;
    while (slot[at])
        at = (at + 1) & k->mask;
    keys[*count] = key;
    slot[at] = (uint32_t)*count + 1;
    return (*count)++;
}

/* ---- groups ---- */

typedef struct {
    dip_key key;
    int32_t row;
} core_place;

static int place_compare(const void *a, const void *b)
{
    const core_place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void row_numbers(dip_compiler *c, dip_group_row *g, dip_table t, int32_t row, int first)
{
    enum { SCORE, MEAN };
    int next = first + MEAN + 1;
    g->score_e4 = number(c, t, row, first + SCORE, 4, INT64_C(1000000000000));
    g->mean_fen = number(c, t, row, first + MEAN, 2, CASE_FEN_MAX);
    g->nearest_fen = g->mean_fen;
    if (t == DIP_TABLE_CORE) {
        if (cell(c, t, row, next).n)
            g->nearest_fen = number(c, t, row, next, 2, CASE_FEN_MAX);
        next++;
    }
    g->cases = number_or_none(c, t, row, next, 0, INT64_C(1000000000));
    g->cv_e4 = number_or_none(c, t, row, next + 1, 4, INT64_C(1000000000000));
    g->name = cell(c, t, row, next + 2);
}

/* The expression of a group: `+` between terms, `/` between alternatives.  Its normal writing goes
 * into `text`.  False = a problem was noted. */
static bool expression_read(dip_compiler *c, dip_group_row *g, int32_t row, text_buffer *text)
{
    str s = cell(c, DIP_TABLE_CORE, row, 1);
    int treatment = DIP_CONSERVATIVE;
    g->term_first = c->term_count;
    if (str_eq(s, S("-")) || s.n == 0) {
        g->treatment = DIP_CONSERVATIVE;
        text_add(text, S("-"));
        return true;
    }
    for (ptrdiff_t from = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '+' && s.p[i] != '/')
            continue;
        int32_t id = procedure_add(c, (str){s.p + from, i - from});
        if (id < 0) {
            note(c, DIP_TABLE_CORE, line_of(c, DIP_TABLE_CORE, row),
                 "`%.*s` is no set of procedures", STR_ARG(s));
            return false;
        }
        int class = c->procedure_class[id] ? c->procedure_class[id] : c->s->unlisted;
        treatment = class > treatment ? class : treatment;
        if (from == 0 || s.p[from - 1] == '+') {
            c->term[c->term_count++] = (dip_term){c->alternative_count, 0};
            g->term_count++;
        }
        c->term[c->term_count - 1].count++;
        c->alternative[c->alternative_count++] = id;
        text_add(text, c->procedure.text[id]);
        if (i < s.n)
            text_add(text, (str){s.p + i, 1});
        from = i + 1;
    }
    g->treatment = (uint8_t)treatment;
    if (treatment == DIP_CONSERVATIVE)
        note(c, DIP_TABLE_CORE, line_of(c, DIP_TABLE_CORE, row),
             "`%.*s`: its procedures do not count", STR_ARG(s));
    return treatment != DIP_CONSERVATIVE;
}

/* Under its code, which must be new. */
static bool group_name(dip_compiler *c, dip_group_row *g, dip_table t, int32_t row, str tail)
{
    g->code = arena_printf(c->a, "%.*s:%.*s", STR_ARG(g->diagnosis), STR_ARG(tail));
    if (text_index_find(&c->group, g->code) >= 0) {
        note(c, t, line_of(c, t, row), "`%.*s` stands here twice", STR_ARG(g->code));
        return false;
    }
    text_index_add(&c->group, g->code);
    return true;
}

static void core_row(dip_compiler *c, int32_t row)
{
    dip_group_row *g = &c->s->group[c->s->group_count];
    char key_text[DIP_KEY_TEXT], text[CELL_MAX];
    text_buffer t = {text, 0, sizeof text, false};
    int64_t line = line_of(c, DIP_TABLE_CORE, row);
    dip_tier tier = tier_read(cell(c, DIP_TABLE_CORE, row, 2));
    dip_key_of(cell(c, DIP_TABLE_CORE, row, 0), 6, key_text);
    *g = (dip_group_row){.diagnosis = arena_str(c->a, str_of(key_text)), .tier = (uint8_t)tier};
    if (tier != DIP_CORE && tier != DIP_BASE) {
        note(c, DIP_TABLE_CORE, line, "the tier is `core` or `base`");
        return;
    }
    row_numbers(c, g, DIP_TABLE_CORE, row, 3);
    if (!expression_read(c, g, row, &t))
        return;
    if (t.cut) {
        note(c, DIP_TABLE_CORE, line, "too many procedures");
        return;
    }
    g->procedures = arena_str(c->a, (str){text, t.n});
    if (group_name(c, g, DIP_TABLE_CORE, row, g->procedures))
        c->s->group_count++;
}

static void core_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_CORE];
    dip_catalogue *s = c->s;
    core_place *p = arena_new(&c->scratch, core_place, rows->count);
    int characters = (int)(s->parameter_e4[DIP_P_DX_CHARACTERS] / 10000);
    int32_t n = 0, keys = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        char text[DIP_KEY_TEXT], cut[DIP_KEY_TEXT];
        dip_key key = dip_key_of(cell(c, DIP_TABLE_CORE, i, 0), characters, cut);
        if (!key || dip_key_of(cell(c, DIP_TABLE_CORE, i, 0), 6, text) != key)
            note(c, DIP_TABLE_CORE, line_of(c, DIP_TABLE_CORE, i),
                 "`%.*s` is no diagnosis of at most %d characters",
                 STR_ARG(cell(c, DIP_TABLE_CORE, i, 0)), characters);
        else
            p[n++] = (core_place){key, i};
    }
    qsort(p, (size_t)n, sizeof *p, place_compare);
    dip_key *key;
    uint32_t *slot;
    keys_room(&s->core, &key, &slot, n + 1, c->a);
    int32_t *first = arena_new(c->a, int32_t, n + 1);
    for (int32_t i = 0; i < n; i++) {
        if (i == 0 || p[i].key != p[i - 1].key)
            first[key_add(&s->core, key, slot, &keys, p[i].key)] = s->group_count;
        core_row(c, p[i].row);
    }
    first[keys] = s->group_count;
    s->core_first = first;
    s->core_count = s->group_count;
    s->lookup_bytes += 12 * (int64_t)n + 4 * ((int64_t)s->core.mask + 1);
}

/* What a mixed group's diagnosis is: `*`, one to three characters, or a range with a minus. */
static bool mixed_place(str s, dip_key *prefix, int *characters, dip_range *range)
{
    char text[] = "000000"; /* a beginning shorter than three is no diagnosis by itself */
    ptrdiff_t minus = -1;
    *prefix = 0;
    *characters = 0;
    *range = (dip_range){0};
    if (str_eq(s, S("*")))
        return true;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] == '-')
            minus = i;
    if (minus > 0) {
        range->from = (str){s.p, minus};
        range->to = (str){s.p + minus + 1, s.n - minus - 1};
        return range->from.n <= 6 && range->to.n >= 1 && range->to.n <= 6;
    }
    if (s.n < 1 || s.n > 3)
        return false;
    memcpy(text, s.p, (size_t)s.n);
    *characters = (int)s.n;
    *prefix = dip_key_of((str){text, s.n + 3}, 3, NULL);
    return *prefix != 0;
}

static void mixed_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_MIXED];
    dip_catalogue *s = c->s;
    dip_key *key;
    uint32_t *slot;
    int32_t keys = 0;
    keys_room(&s->mixed, &key, &slot, rows->count + 1, c->a);
    int32_t *group = arena_new(c->a, int32_t, rows->count + 1);
    dip_range *range = arena_new(c->a, dip_range, rows->count + 1);
    for (int32_t i = 0; i < rows->count; i++) {
        dip_group_row *g = &s->group[s->group_count];
        str diagnosis = cell(c, DIP_TABLE_MIXED, i, 0);
        dip_class treatment = dip_class_read(cell(c, DIP_TABLE_MIXED, i, 1));
        dip_key prefix;
        int characters;
        dip_range r;
        if (!treatment || !mixed_place(diagnosis, &prefix, &characters, &r)) {
            note(c, DIP_TABLE_MIXED, line_of(c, DIP_TABLE_MIXED, i),
                 "`%.*s`, `%.*s`: no beginning of a code and class", STR_ARG(diagnosis),
                 STR_ARG(cell(c, DIP_TABLE_MIXED, i, 1)));
            continue;
        }
        *g = (dip_group_row){.diagnosis = diagnosis,
                             .tier = DIP_MIXED,
                             .treatment = (uint8_t)treatment,
                             .range = r.to.n > 0};
        row_numbers(c, g, DIP_TABLE_MIXED, i, 2);
        if (!group_name(c, g, DIP_TABLE_MIXED, i, str_of(dip_class_name(treatment))))
            continue;
        r.treatment = g->treatment;
        r.group = s->group_count++;
        if (g->range)
            range[s->range_count++] = r;
        else
            group[key_add(&s->mixed, key, slot, &keys,
                          dip_key_mixed(prefix, characters, treatment))] = r.group;
    }
    s->mixed_group = group;
    s->range = range;
    s->lookup_bytes += 12 * (int64_t)rows->count + 4 * ((int64_t)s->mixed.mask + 1);
}

static void groups_read(dip_compiler *c)
{
    dip_catalogue *s = c->s;
    int32_t most = c->rows[DIP_TABLE_CORE].count + c->rows[DIP_TABLE_MIXED].count;
    int32_t procedures = procedures_most(c);
    c->group = text_index_new(&c->scratch, most + 1);
    c->term = arena_new(c->a, dip_term, procedures);
    c->alternative = arena_new(c->a, int32_t, procedures);
    s->group = arena_new(c->a, dip_group_row, most + 1);
    core_read(c);
    mixed_read(c);
    s->term = c->term;
    s->alternative = c->alternative;
    s->lookup_bytes += (int64_t)s->group_count * (int64_t)sizeof *s->group +
                       (int64_t)c->term_count * (int64_t)sizeof *c->term +
                       4 * (int64_t)c->alternative_count;
}

static int32_t group_at(dip_compiler *c, dip_table t, int32_t row)
{
    str code = cell(c, t, row, 0);
    int32_t at = text_index_find(&c->group, code);
    if (at < 0)
        note(c, t, line_of(c, t, row), "there is no group `%.*s`", STR_ARG(code));
    return at;
}

static void levels_read(dip_compiler *c)
{
    for (int32_t i = 0; i < c->rows[DIP_TABLE_LEVEL].count; i++) {
        int32_t group = group_at(c, DIP_TABLE_LEVEL, i);
        int level = level_of(c, DIP_TABLE_LEVEL, i, 1);
        int64_t mean = number(c, DIP_TABLE_LEVEL, i, 2, 2, CASE_FEN_MAX);
        if (group >= 0 && level)
            c->s->group[group].level_fen[level] = mean;
    }
}

typedef struct {
    dip_factor f;
    int32_t row;
} factor_place;

static int factor_compare(const void *a, const void *b)
{
    const factor_place *x = a, *y = b;
    if (x->f.group != y->f.group)
        return x->f.group < y->f.group ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void factors_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_FACTOR];
    dip_catalogue *s = c->s;
    factor_place *p = arena_new(&c->scratch, factor_place, rows->count);
    int32_t n = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t group = group_at(c, DIP_TABLE_FACTOR, i), grade = -1;
        int64_t e4 = number(c, DIP_TABLE_FACTOR, i, 3, 4, 10000000);
        for (int32_t k = 0; k < s->grade_count; k++)
            if (str_eq(s->kind[s->grade[k].kind], cell(c, DIP_TABLE_FACTOR, i, 1)) &&
                str_eq(s->grade[k].name, cell(c, DIP_TABLE_FACTOR, i, 2)))
                grade = k;
        if (grade < 0)
            note(c, DIP_TABLE_FACTOR, line_of(c, DIP_TABLE_FACTOR, i), "there is no such grade");
        else if (group >= 0)
            p[n++] = (factor_place){{group, (uint8_t)grade, e4}, i};
    }
    qsort(p, (size_t)n, sizeof *p, factor_compare);
    dip_factor *f = arena_new(c->a, dip_factor, n);
    for (int32_t i = 0; i < n; i++) {
        f[i] = p[i].f;
        if (s->group[f[i].group].factor_count++ == 0)
            s->group[f[i].group].factor_first = i;
    }
    s->factor = f;
    s->factor_count = n;
    s->lookup_bytes += (int64_t)n * (int64_t)sizeof *f;
}

void dip_compile(dip *out, const dip_files *files, bool basis, arena *a, arena scratch)
{
    *out = (dip){.problem = arena_new(a, scheme_problem, SCHEME_PROBLEMS_MAX)};
    dip_compiler c = {
        .out = out, .s = &out->compiled, .a = a, .scratch = scratch, .basis = basis, .note = note};
    tables_read(&c, files);
    parameters_read(&c);
    order_read(&c);
    coefficients_read(&c);
    classes_read(&c);
    groups_read(&c);
    procedures_make(&c);
    dip_lists_read(&c);
    dip_grades_read(&c);
    levels_read(&c);
    factors_read(&c);
}
