/* What the auxiliary directories ask of a case: comorbidity, severity, age, coming back. */
#include "engine/casemix/dip_internal.h"

#define DISEASES_MAX 64 /* of the CCI */

const char *dip_fact_name(dip_fact f)
{
    static const char *const names[] = {"age",       "age_days", "los",      "cci",
                                        "icu_hours", "death",    "recurrent"};
    static_assert(COUNTOF(names) == DIP_FACT__COUNT, "each fact has a name");
    return names[f];
}

static char letter(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Without points and spaces, upper case; what is longer than any code is cut. */
static str plain(char out[CODE_BYTES_MAX], str code)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < code.n && n < CODE_BYTES_MAX; i++)
        if (code.p[i] != ' ' && code.p[i] != '\t' && code.p[i] != '.')
            out[n++] = letter(code.p[i]);
    return (str){out, n};
}

typedef struct {
    uint64_t lists;
    int32_t weight[DISEASES_MAX]; /* the largest of each disease */
} membership;

static void lists_of(membership *m, const dip_catalogue *c, str code)
{
    char text[CODE_BYTES_MAX];
    str s = plain(text, code);
    if (s.n == 0)
        return;
    unsigned char first = (unsigned char)*s.p;
    for (int32_t i = c->prefix_of[first]; i < c->prefix_of[first + 1]; i++) {
        const dip_prefix *p = &c->prefix[i];
        if (p->prefix.n > s.n || memcmp(p->prefix.p, s.p, (size_t)p->prefix.n) != 0)
            continue;
        m->lists |= (uint64_t)1 << p->list;
        if (p->disease >= 0 && p->weight > m->weight[p->disease])
            m->weight[p->disease] = p->weight;
    }
}

static void others_of(membership *m, const dip_catalogue *c, const dip_case *of)
{
    *m = (membership){0};
    for (int32_t i = 0; i < of->facts.other_dx_count; i++)
        lists_of(m, c, of->facts.other_dx[i]);
}

static int32_t cci_of(const membership *m)
{
    int32_t sum = 0;
    for (int i = 0; i < DISEASES_MAX; i++)
        sum += m->weight[i];
    return sum;
}

int32_t dip_cci(const dip_catalogue *c, const dip_case *of)
{
    membership m;
    others_of(&m, c, of);
    return cci_of(&m);
}

static void facts_of(int32_t fact[DIP_FACT__COUNT], const dip_case *of, const membership *others)
{
    const int32_t *n = of->facts.number;
    fact[DIP_FACT_AGE] = n[CASE_AGE];
    if (n[CASE_AGE] == CASE_UNKNOWN && n[CASE_AGE_DAYS] != CASE_UNKNOWN)
        fact[DIP_FACT_AGE] = (int32_t)((int64_t)n[CASE_AGE_DAYS] * 4 / 1461);
    fact[DIP_FACT_AGE_DAYS] = n[CASE_AGE_DAYS];
    fact[DIP_FACT_STAY] = n[CASE_STAY];
    fact[DIP_FACT_CCI] = cci_of(others);
    fact[DIP_FACT_ICU_HOURS] = n[CASE_ICU];
    fact[DIP_FACT_DEATH] = of->facts.died;
    fact[DIP_FACT_RECURRENT] = of->recurrent;
}

static bool list_holds(int16_t list, uint64_t lists)
{
    return list < 0 || (lists >> list & 1);
}

static bool grade_holds(const dip_grade *g, const int32_t *fact, uint64_t main, uint64_t others)
{
    if (!list_holds(g->main_list, main) || !list_holds(g->other_list, others) ||
        (g->no_main_list >= 0 && (main >> g->no_main_list & 1)))
        return false;
    for (int f = 0; f < DIP_FACT__COUNT; f++) {
        bool asked = g->from[f] != DIP_ANY || g->to[f] != DIP_ANY;
        if (asked && fact[f] == CASE_UNKNOWN)
            return false;
        if ((g->from[f] != DIP_ANY && fact[f] < g->from[f]) ||
            (g->to[f] != DIP_ANY && fact[f] > g->to[f]))
            return false;
    }
    return true;
}

void dip_grades(uint8_t grade[DIP_KINDS_MAX], const dip_catalogue *c, const dip_case *of)
{
    membership main = {0}, others;
    int32_t fact[DIP_FACT__COUNT];
    memset(grade, 0, DIP_KINDS_MAX);
    lists_of(&main, c, of->facts.main_dx);
    others_of(&others, c, of);
    facts_of(fact, of, &others);
    for (int32_t i = 0; i < c->grade_count; i++) {
        const dip_grade *g = &c->grade[i];
        if (grade[g->kind] == 0 && grade_holds(g, fact, main.lists, others.lists))
            grade[g->kind] = (uint8_t)(i + 1);
    }
}
