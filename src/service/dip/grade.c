/* Lists of diagnoses and the conditions of grades. */
#include "service/dip/dip_internal.h"

#include "base/money.h"

#include <stdlib.h>

#define DISEASES_MAX 64
#define WEIGHT_MAX   1000

static str cell(const dip_compiler *c, dip_table t, int32_t row, int column)
{
    return rows_cell(&c->rows[t], row, column);
}

/* ---- lists ---- */

static int prefix_compare(const void *a, const void *b)
{
    const dip_prefix *x = a, *y = b;
    int order = str_cmp(x->prefix, y->prefix);
    return order ? order : (int)x->list - (int)y->list;
}

/* Without points and spaces, upper case; empty = no beginning of a code. */
static str prefix_plain(dip_compiler *c, str s)
{
    char *text = arena_new(c->a, char, s.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (ch == '.' || ch == ' ')
            continue;
        text[n++] = ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
    }
    return (str){text, n > CODE_BYTES_MAX ? 0 : n};
}

static bool list_row(dip_compiler *c, text_index *disease, int32_t row, dip_prefix *out)
{
    enum { LIST, CODE, DISEASE, WEIGHT };
    str list = cell(c, DIP_TABLE_LIST, row, LIST), name = cell(c, DIP_TABLE_LIST, row, DISEASE);
    str weight = cell(c, DIP_TABLE_LIST, row, WEIGHT);
    int64_t line = c->rows[DIP_TABLE_LIST].line[row], n = 0;
    *out =
        (dip_prefix){.prefix = prefix_plain(c, cell(c, DIP_TABLE_LIST, row, CODE)), .disease = -1};
    if (out->prefix.n == 0 || list.n == 0) {
        c->note(c, DIP_TABLE_LIST, line, "no list, or no beginning of a code");
        return false;
    }
    int at = text_index_add(&c->list, list);
    out->list = (uint8_t)at;
    if (at >= DIP_LISTS_MAX) {
        c->note(c, DIP_TABLE_LIST, line, "more than %d lists", DIP_LISTS_MAX);
        return false;
    }
    if (name.n == 0)
        return true;
    int which = text_index_add(disease, name);
    if (which >= DISEASES_MAX || !decimal_parse(&n, weight, 0, WEIGHT_MAX)) {
        c->note(c, DIP_TABLE_LIST, line, "too many diseases, or a weight that is no number");
        return false;
    }
    out->disease = (int16_t)which;
    out->weight = (int32_t)n;
    return true;
}

void dip_lists_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_LIST];
    dip_catalogue *s = c->s;
    text_index disease = text_index_new(&c->scratch, rows->count + 1);
    dip_prefix *p = arena_new(c->a, dip_prefix, rows->count);
    int32_t n = 0;
    c->list = text_index_new(&c->scratch, rows->count + 1);
    for (int32_t i = 0; i < rows->count; i++)
        n += list_row(c, &disease, i, &p[n]);
    qsort(p, (size_t)n, sizeof *p, prefix_compare);
    s->prefix = p;
    s->prefix_count = n;
    for (int32_t byte = 0, i = 0; byte <= 256; byte++) {
        while (i < n && (unsigned char)*p[i].prefix.p < byte)
            i++;
        s->prefix_of[byte] = i;
    }
    s->lookup_bytes += (int64_t)n * (int64_t)sizeof *p;
}

/* ---- conditions ---- */

static bool list_find(const dip_compiler *c, str name, int16_t *out)
{
    int32_t at = text_index_find(&c->list, name);
    *out = (int16_t)at;
    return at >= 0 && at < DIP_LISTS_MAX;
}

/* `fact>=3`, `fact<=9`, `fact=1`. */
static bool limit_read(dip_grade *g, str s)
{
    ptrdiff_t n = 0;
    int64_t value;
    while (n < s.n && s.p[n] != '<' && s.p[n] != '>' && s.p[n] != '=')
        n++;
    int fact = 0;
    while (fact < DIP_FACT__COUNT && !str_eq((str){s.p, n}, str_of(dip_fact_name((dip_fact)fact))))
        fact++;
    if (fact == DIP_FACT__COUNT || n == s.n)
        return false;
    char sign = s.p[n++];
    bool equal = sign == '=' || (n < s.n && s.p[n] == '=');
    n += equal && sign != '=';
    if (!decimal_parse(&value, (str){s.p + n, s.n - n}, 0, 1000000))
        return false;
    if (sign != '<')
        g->from[fact] = (int32_t)value + !equal;
    if (sign != '>')
        g->to[fact] = (int32_t)value - !equal;
    return true;
}

static bool starts(str s, str with, str *rest)
{
    if (s.n <= with.n || memcmp(s.p, with.p, (size_t)with.n) != 0)
        return false;
    *rest = (str){s.p + with.n, s.n - with.n};
    return true;
}

static bool term_read(const dip_compiler *c, dip_grade *g, str s)
{
    str name;
    if (str_eq(s, S("always")))
        return true;
    if (starts(s, S("!main:"), &name))
        return list_find(c, name, &g->no_main_list);
    if (starts(s, S("main:"), &name))
        return list_find(c, name, &g->main_list);
    if (starts(s, S("other:"), &name))
        return list_find(c, name, &g->other_list);
    return limit_read(g, s);
}

static bool condition_read(const dip_compiler *c, dip_grade *g, str s)
{
    if (s.n == 0)
        return false;
    for (ptrdiff_t from = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != '&')
            continue;
        if (!term_read(c, g, (str){s.p + from, i - from}))
            return false;
        from = i + 1;
    }
    return true;
}

static int kind_add(dip_catalogue *s, str name)
{
    int k = 0;
    while (k < s->kind_count && !str_eq(s->kind[k], name))
        k++;
    if (k == s->kind_count && k < DIP_KINDS_MAX)
        s->kind[s->kind_count++] = name;
    return k < DIP_KINDS_MAX ? k : -1;
}

void dip_grades_read(dip_compiler *c)
{
    const table_rows *rows = &c->rows[DIP_TABLE_GRADE];
    dip_catalogue *s = c->s;
    dip_grade *g = arena_new(c->a, dip_grade, rows->count);
    for (int32_t i = 0; i < rows->count; i++) {
        dip_grade *to = &g[s->grade_count];
        int kind = kind_add(s, cell(c, DIP_TABLE_GRADE, i, 0));
        *to = (dip_grade){.name = cell(c, DIP_TABLE_GRADE, i, 1),
                          .kind = (uint8_t)kind,
                          .main_list = -1,
                          .other_list = -1,
                          .no_main_list = -1};
        for (int f = 0; f < DIP_FACT__COUNT; f++)
            to->from[f] = to->to[f] = DIP_ANY;
        if (kind < 0 || s->grade_count == DIP_GRADES_MAX)
            c->note(c, DIP_TABLE_GRADE, rows->line[i], "too many kinds, or too many grades");
        else if (!condition_read(c, to, cell(c, DIP_TABLE_GRADE, i, 2)))
            c->note(c, DIP_TABLE_GRADE, rows->line[i], "`%.*s` is no condition",
                    STR_ARG(cell(c, DIP_TABLE_GRADE, i, 2)));
        else
            s->grade_count++;
    }
    s->grade = g;
}
