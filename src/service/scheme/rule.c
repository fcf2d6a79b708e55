/* Rules: `MD&(AP1|AP2&AP3)`.  & binds tighter than |, parentheses may be nested, ! turns a list or
 * flag around.  Kept as alternatives, each a list of terms that must all hold. */
#include "service/scheme/scheme_internal.h"

#include "base/money.h"

#include <stdio.h>

#define ALTERNATIVES_MAX 64
#define TERMS_MAX        16
#define DEPTH_MAX        4

typedef struct {
    casemix_term term[ALTERNATIVES_MAX][TERMS_MAX];
    uint8_t terms[ALTERNATIVES_MAX];
    int count;
} alternatives;

typedef struct {
    compiler *c;
    str left;
    rule_level level;
    int depth;
    char wrong[160]; /* the first mistake */
} reading;

static bool wrong(reading *r, const char *format, ...) PRINTF_LIKE(2, 3);
static bool wrong(reading *r, const char *format, ...)
{
    if (r->wrong[0])
        return false;
    text_buffer t = {r->wrong, 0, sizeof r->wrong - 1, false};
    char line[120];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_add(&t, (str){line, n < (int)sizeof line ? n : (int)sizeof line - 1});
    r->wrong[t.n] = 0;
    return false;
}

static char peek(reading *r)
{
    while (r->left.n > 0 && *r->left.p == ' ')
        r->left = (str){r->left.p + 1, r->left.n - 1};
    return r->left.n > 0 ? *r->left.p : '\0';
}

static str take_while(reading *r, const char *set)
{
    str s = {r->left.p, 0};
    while (s.n < r->left.n && r->left.p[s.n] && strchr(set, r->left.p[s.n]))
        s.n++;
    r->left = (str){r->left.p + s.n, r->left.n - s.n};
    return s;
}

enum { ARGUMENT_NONE, ARGUMENT_LIST, ARGUMENT_NUMBER, ARGUMENT_DIGIT };

static const struct {
    const char *name;
    int argument;
} terms[] = {
    {"", ARGUMENT_NONE},
#define TERM(id, name, argument, zh, en) {name, ARGUMENT_##argument},
#include "engine/casemix/term.tbl.h"
};

static bool compare_read(reading *r, casemix_term *t)
{
    static const struct {
        const char *sign;
        casemix_compare compare;
    } signs[] = {{"<", COMPARE_LESS},      {"<=", COMPARE_AT_MOST}, {"=", COMPARE_EQUAL},
                 {">=", COMPARE_AT_LEAST}, {">", COMPARE_MORE},     {"", COMPARE_EQUAL}}; /* AGE0 */
    str sign = take_while(r, "<=>");
    int64_t value;
    for (ptrdiff_t i = 0; i < COUNTOF(signs); i++)
        if (str_eq(sign, str_of(signs[i].sign)))
            t->compare = (uint8_t)signs[i].compare;
    str digits = take_while(r, "0123456789");
    if (!t->compare || !decimal_parse(&value, digits, 0, 1000000))
        return wrong(r, "`%s` needs a comparison with a number up to 1000000, such as %s>=2",
                     terms[t->kind].name, terms[t->kind].name);
    t->value = (int32_t)value;
    return true;
}

static bool argument_read(reading *r, casemix_term *t)
{
    int argument = terms[t->kind].argument;
    if (argument == ARGUMENT_NUMBER)
        return compare_read(r, t);
    str digits = take_while(r, "0123456789");
    if (argument == ARGUMENT_NONE)
        return digits.n == 0 || wrong(r, "`%s` takes no number", terms[t->kind].name);
    int value = digits.n == 1 ? digits.p[0] - '0' : digits.n == 0 ? 1 : 0;
    if (argument == ARGUMENT_LIST) {
        t->list = (uint8_t)value;
        return value > 0 || wrong(r, "lists are numbered 1 to 9");
    }
    t->value = value;
    return (digits.n == 1 && (value == SEX_MALE || value == SEX_FEMALE)) ||
           wrong(r, "SEX1 is male, SEX2 is female");
}

static bool allowed(reading *r, const casemix_term *t)
{
    const char *name = terms[t->kind].name;
    bool procedures = t->kind >= TERM_FIRST_PROCEDURE && t->kind <= TERM_OTHER_PROCEDURE;
    if (r->level != LEVEL_DRG && (t->kind == TERM_MCC || t->kind == TERM_CC))
        return wrong(r, "`%s` is for drg.csv", name);
    if (r->level == LEVEL_MDC && (procedures || t->list > 1))
        return wrong(r, "an MDC has no list for `%s`", name);
    if (t->negated && terms[t->kind].argument == ARGUMENT_NUMBER)
        return wrong(r, "`!` cannot stand before a comparison: turn the comparison around");
    return true;
}

static bool term_read(reading *r, alternatives *out)
{
    casemix_term t = {0};
    if (peek(r) == '!') {
        t.negated = true;
        r->left = (str){r->left.p + 1, r->left.n - 1};
        peek(r);
    }
    str name = take_while(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    if (str_eq(name, S("MCC_OR_CC")) && !t.negated && r->level == LEVEL_DRG) {
        out->term[0][0] = (casemix_term){.kind = TERM_MCC};
        out->term[1][0] = (casemix_term){.kind = TERM_CC};
        out->terms[0] = out->terms[1] = 1;
        out->count = 2;
        return true;
    }
    for (int i = 1; i < TERM__COUNT; i++)
        if (str_eq(name, str_of(terms[i].name)))
            t.kind = (uint8_t)i;
    if (!t.kind)
        return wrong(r, "there is no term `%.*s`", (int)(name.n < 40 ? name.n : 40), name.p);
    out->term[0][0] = t;
    if (!argument_read(r, &out->term[0][0]) || !allowed(r, &out->term[0][0]))
        return false;
    out->terms[0] = 1;
    out->count = 1;
    return true;
}

/* Every alternative of one with every one of the other. */
static bool combine(reading *r, alternatives *left, const alternatives *right, alternatives *work)
{
    if (left->count * right->count > ALTERNATIVES_MAX)
        return wrong(r, "more than %d alternatives", ALTERNATIVES_MAX);
    work->count = 0;
    for (int i = 0; i < left->count; i++) {
        for (int k = 0; k < right->count; k++) {
            casemix_term *to = work->term[work->count];
            if (left->terms[i] + right->terms[k] > TERMS_MAX)
                return wrong(r, "more than %d terms together", TERMS_MAX);
            memcpy(to, left->term[i], left->terms[i] * sizeof *to);
            memcpy(to + left->terms[i], right->term[k], right->terms[k] * sizeof *to);
            work->terms[work->count++] = (uint8_t)(left->terms[i] + right->terms[k]);
        }
    }
    *left = *work;
    return true;
}

static bool any_read(reading *r, alternatives *out);

static bool factor_read(reading *r, alternatives *out)
{
    if (peek(r) != '(')
        return term_read(r, out);
    if (r->depth == DEPTH_MAX)
        return wrong(r, "parentheses are nested too deeply");
    r->depth++;
    r->left = (str){r->left.p + 1, r->left.n - 1};
    if (!any_read(r, out))
        return false;
    r->depth--;
    if (peek(r) != ')')
        return wrong(r, "a closing parenthesis is missing");
    r->left = (str){r->left.p + 1, r->left.n - 1};
    return true;
}

static bool all_read(reading *r, alternatives *out)
{
    if (!factor_read(r, out))
        return false;
    while (peek(r) == '&') {
        arena scratch = r->c->scratch;
        alternatives *next = arena_new(&scratch, alternatives, 2);
        arena outer = r->c->scratch;
        r->left = (str){r->left.p + 1, r->left.n - 1};
        r->c->scratch = scratch; /* what is read inside lies behind */
        bool ok = factor_read(r, next);
        r->c->scratch = outer;
        if (!ok || !combine(r, out, next, next + 1))
            return false;
    }
    return true;
}

static bool any_read(reading *r, alternatives *out)
{
    if (!all_read(r, out))
        return false;
    while (peek(r) == '|') {
        arena scratch = r->c->scratch, outer = scratch;
        alternatives *next = arena_new(&scratch, alternatives, 1);
        r->left = (str){r->left.p + 1, r->left.n - 1};
        r->c->scratch = scratch;
        bool ok = all_read(r, next);
        r->c->scratch = outer;
        if (!ok)
            return false;
        if (out->count + next->count > ALTERNATIVES_MAX)
            return wrong(r, "more than %d alternatives", ALTERNATIVES_MAX);
        memcpy(out->term[out->count], next->term, (size_t)next->count * sizeof *next->term);
        memcpy(out->terms + out->count, next->terms, (size_t)next->count);
        out->count += next->count;
    }
    return true;
}

/* Room for one more of a growing array in the compiler's arena. */
static void *room(arena *a, void *at, int32_t count, int32_t *cap, size_t size)
{
    if (count < *cap)
        return at;
    *cap = *cap ? 2 * *cap : 256;
    void *more = arena_alloc(a, size, alignof(max_align_t), *cap);
    return count ? memcpy(more, at, (size_t)count * size) : more;
}

static void keep(casemix_rule *out, compiler *c, const alternatives *from)
{
    *out = (casemix_rule){(uint32_t)c->all_of_count, (uint32_t)from->count};
    for (int i = 0; i < from->count; i++) {
        c->all_of = room(c->a, c->all_of, c->all_of_count, &c->all_of_cap, sizeof *c->all_of);
        c->all_of[c->all_of_count++] = (casemix_all_of){(uint32_t)c->term_count, from->terms[i]};
        for (int k = 0; k < from->terms[i]; k++) {
            c->term = room(c->a, c->term, c->term_count, &c->term_cap, sizeof *c->term);
            c->term[c->term_count++] = from->term[i][k];
            if (from->term[i][k].list > c->s->list_max)
                c->s->list_max = from->term[i][k].list;
        }
    }
}

bool rule_read(
    casemix_rule *out, compiler *c, str text, rule_level level, scheme_table table, int64_t line)
{
    arena outer = c->scratch;
    alternatives *all = arena_new(&c->scratch, alternatives, 1);
    reading r = {.c = c, .left = text.n ? text : S(""), .level = level};
    bool ok = any_read(&r, all);
    peek(&r); /* spaces behind */
    if (ok && r.left.n > 0)
        ok = wrong(&r, "`%.*s` is left over", (int)(r.left.n < 40 ? r.left.n : 40), r.left.p);
    c->scratch = outer;
    if (ok)
        keep(out, c, all);
    else
        problem_add(c, false, table, line, "rule: %s", r.wrong);
    return ok;
}
