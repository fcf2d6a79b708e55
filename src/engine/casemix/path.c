/* The same decisions once more, slowly, with what they were made of. */
#include "engine/casemix/group_internal.h"

#define PASSED_MAX 8 /* ADRGs that nearly fitted */

typedef struct {
    casemix_path *path;
    casemix_work *w;
    int32_t block; /* at hand; -1 = the MDCs */
    int passed;
} walk;

static casemix_step *step_add(walk *k, casemix_step_kind kind, int32_t index)
{
    static const casemix_step none = {0};
    casemix_path *p = k->path;
    if (p->count == CASEMIX_STEPS_MAX) {
        p->cut = true;
        p->count--; /* the last one gives way */
    }
    casemix_step *s = &p->step[p->count++];
    *s = none;
    s->kind = (uint8_t)kind;
    s->index = index;
    s->number = CASE_UNKNOWN;
    return s;
}

/* ---- codes that are not what they seem ---- */

static void code_note(walk *k, const casemix_codes *codes, str text, bool procedure)
{
    const casemix_work *w = k->w;
    char tidy_text[CODE_BYTES_MAX];
    const casemix_code *code = casemix_find(codes, text);
    const casemix_code *near =
        code ? NULL : casemix_find(codes, casemix_code_tidy(tidy_text, text));
    casemix_step *s = NULL;
    if (text.n == 0)
        return;
    if (near && w->o.tidy) {
        s = step_add(k, CASEMIX_STEP_TIDIED, -1);
        s->code = text;
        s->code2 = casemix_code_text(codes, near);
        s->procedure = procedure;
        code = near;
    }
    if (code && w->o.map && (code->map_to || code->flags & CODE_MAPPED_AWAY)) {
        s = step_add(k, code->map_to ? CASEMIX_STEP_MAPPED : CASEMIX_STEP_MAPPED_AWAY, -1);
        s->code = casemix_code_text(codes, code);
        s->procedure = procedure;
        code = code->map_to ? &codes->code[code->map_to - 1] : NULL;
        s->code2 = code ? casemix_code_text(codes, code) : (str){0};
    } else if (!code || code->flags & CODE_FOREIGN) {
        s = step_add(k, procedure ? CASEMIX_STEP_UNKNOWN_PROCEDURE : CASEMIX_STEP_UNKNOWN_DX, -1);
        s->code = text;
        s->procedure = procedure;
        if (code && code->map_to)
            near = &codes->code[code->map_to - 1];
        s->code2 = near ? casemix_code_text(codes, near) : (str){0};
    }
    if (code && code->flags & CODE_GRAY) {
        s = step_add(k, CASEMIX_STEP_GRAY, -1);
        s->code = text;
        s->procedure = procedure;
    }
}

static void codes_note(walk *k)
{
    const casemix_case *c = k->w->c;
    code_note(k, &k->w->s->dx, c->main_dx, false);
    for (int32_t i = 0; i < c->other_dx_count; i++)
        code_note(k, &k->w->s->dx, c->other_dx[i], false);
    for (int32_t i = 0; i < c->procedure_count; i++)
        code_note(k, &k->w->s->procedure, c->procedure[i], true);
}

/* ---- what made a term hold ---- */

static bool stands_in(const walk *k, const casemix_code *code, int list, int bit)
{
    if (!code)
        return false;
    if (k->block < 0)
        return code->mdcs >> bit & 1;
    const casemix_hit *hit = &k->w->s->hit[code->hit_first];
    for (int i = 0; i < code->hit_count; i++)
        if (hit[i].block == k->block && hit[i].list == list && hit[i].rows >> bit & 1)
            return true;
    return false;
}

static str witness_dx(const walk *k, const casemix_term *t, int bit)
{
    const casemix_case *c = k->w->c;
    if (t->kind != TERM_OTHER_DX && stands_in(k, k->w->main, t->list, bit))
        return c->main_dx;
    for (int32_t i = 0; t->kind != TERM_MAIN_DX && i < c->other_dx_count; i++)
        if (stands_in(k, work_dx(k->w, c->other_dx[i]), t->list, bit))
            return c->other_dx[i];
    return (str){0};
}

static bool proves(const walk *k, const casemix_term *t, int bit, int32_t i)
{
    const casemix_code *code = work_procedure(k->w, i);
    if (t->kind == TERM_FIRST_VALID || t->kind == TERM_ANY_VALID || t->kind == TERM_NONE_VALID)
        return code && code->flags & CODE_VALID;
    return stands_in(k, code, t->list, bit);
}

static str witness_procedure(const walk *k, const casemix_term *t, int bit)
{
    const casemix_case *c = k->w->c;
    bool only_first = t->kind == TERM_FIRST_PROCEDURE || t->kind == TERM_FIRST_VALID;
    int32_t until = only_first && c->procedure_count > 1 ? 1 : c->procedure_count;
    for (int32_t i = t->kind == TERM_OTHER_PROCEDURE; i < until; i++)
        if (proves(k, t, bit, i))
            return c->procedure[i];
    return (str){0};
}

static str witness_severity(const walk *k, const casemix_term *t)
{
    const casemix_case *c = k->w->c;
    for (int32_t i = 0; i < c->other_dx_count; i++) {
        const casemix_code *code = work_dx(k->w, c->other_dx[i]);
        uint16_t group = !code ? 0 : t->kind == TERM_MCC ? code->mcc : code->cc;
        if (group && !work_excluded(k->w, group))
            return c->other_dx[i];
    }
    return (str){0};
}

static void term_note(walk *k, casemix_step *s, const casemix_term *t, int bit)
{
    s->term = *t;
    s->number = work_number(k->w, t);
    if (t->kind >= TERM_MAIN_DX && t->kind <= TERM_OTHER_DX) {
        s->code = witness_dx(k, t, bit);
    } else if (t->kind >= TERM_FIRST_PROCEDURE && t->kind <= TERM_NONE_VALID) {
        s->code = witness_procedure(k, t, bit);
        s->procedure = true;
    } else if (t->kind == TERM_MCC || t->kind == TERM_CC) {
        s->code = witness_severity(k, t);
    }
}

/* The terms of the alternative that held. */
static void terms_note(walk *k, const casemix_rule *rule, int bit)
{
    const casemix_scheme *s = k->w->s;
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_all_of *all = &s->all_of[rule->first + i];
        if (!work_all_of(k->w, all, bit))
            continue;
        for (uint32_t t = 0; t < all->count; t++)
            if (s->term[all->first + t].kind != TERM_ALWAYS)
                term_note(k, step_add(k, CASEMIX_STEP_TERM_HELD, -1), &s->term[all->first + t],
                          bit);
        return;
    }
}

/* How many terms of an alternative fail, and the first that does. */
static uint32_t failing(walk *k, const casemix_all_of *all, int bit, const casemix_term **first)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        const casemix_term *t = &k->w->s->term[all->first + i];
        if (work_term(k->w, t, bit))
            continue;
        *first = count ? *first : t;
        count++;
    }
    return count;
}

/* The term that kept a rule from holding, in the alternative that came nearest. */
static const casemix_term *obstacle(walk *k, const casemix_rule *rule, int bit)
{
    const casemix_term *best = NULL;
    uint32_t fewest = UINT32_MAX;
    for (uint32_t i = 0; i < rule->count; i++) {
        const casemix_term *first = NULL;
        uint32_t count = failing(k, &k->w->s->all_of[rule->first + i], bit, &first);
        if (first && count < fewest) {
            fewest = count;
            best = first;
        }
    }
    return best;
}

static bool is_number(const casemix_term *t)
{
    return t->kind == TERM_NEWBORN || t->kind >= TERM_SITES;
}

static void
passed_note(walk *k, casemix_step_kind kind, int32_t index, const casemix_rule *r, int bit)
{
    const casemix_term *t = obstacle(k, r, bit);
    if (kind == CASEMIX_STEP_ADRG_PASSED && k->passed++ >= PASSED_MAX)
        return;
    bool missing = t && is_number(t) && t->kind < TERM_MCC &&
                   work_number(k->w, t) == CASE_UNKNOWN && kind == CASEMIX_STEP_ADRG_PASSED;
    casemix_step *s = step_add(k, missing ? CASEMIX_STEP_MISSING : kind, index);
    if (t)
        term_note(k, s, t, bit);
}

/* ---- severity ---- */

static void severity_note(walk *k)
{
    const casemix_case *c = k->w->c;
    for (int32_t i = 0; i < c->other_dx_count; i++) {
        const casemix_code *code = work_dx(k->w, c->other_dx[i]);
        uint16_t group = !code ? 0 : code->mcc ? code->mcc : code->cc;
        if (!group)
            continue;
        bool excluded = work_excluded(k->w, group);
        casemix_step_kind kind =
            code->mcc ? (excluded ? CASEMIX_STEP_MCC_EXCLUDED : CASEMIX_STEP_MCC_COUNTS)
                      : (excluded ? CASEMIX_STEP_CC_EXCLUDED : CASEMIX_STEP_CC_COUNTS);
        casemix_step *s = step_add(k, kind, -1);
        s->code = c->other_dx[i];
        s->code2 = c->main_dx;
        s->number = group - 1;
    }
}

/* ---- the way down ---- */

static void adrgs_walk(walk *k, const casemix_mdc *m)
{
    const casemix_scheme *s = k->w->s;
    const casemix_result *r = &k->path->result;
    for (k->block = m->block_first; k->block < m->block_first + m->block_count; k->block++) {
        const casemix_block *b = &s->block[k->block];
        for (uint64_t rows = work_block(k->w, k->block); rows; rows &= rows - 1) {
            int bit = __builtin_ctzll(rows);
            const casemix_adrg *adrg = &s->adrg[b->first + bit];
            if (b->first + bit != r->adrg) {
                passed_note(k, CASEMIX_STEP_ADRG_PASSED, b->first + bit, &adrg->rule, bit);
                continue;
            }
            step_add(k, CASEMIX_STEP_ADRG_TAKEN, r->adrg);
            terms_note(k, &adrg->rule, bit);
            severity_note(k);
            for (int32_t i = adrg->drg_first; i < adrg->drg_first + adrg->drg_count; i++)
                if (i != r->drg)
                    step_add(k, CASEMIX_STEP_LEVEL, i);
            step_add(k, CASEMIX_STEP_DRG_TAKEN, r->drg);
            terms_note(k, &s->drg[r->drg].rule, bit);
            return;
        }
    }
}

static void mdcs_walk(walk *k)
{
    const casemix_scheme *s = k->w->s;
    for (uint64_t rows = work_mdcs(k->w); rows; rows &= rows - 1) {
        int bit = __builtin_ctzll(rows);
        const casemix_mdc *m = &s->mdc[bit];
        work_mdcs(k->w);
        k->block = -1;
        if (!work_rule(k->w, &m->rule, bit)) {
            passed_note(k, CASEMIX_STEP_MDC_PASSED, bit, &m->rule, bit);
            continue;
        }
        bool taken = bit == k->path->result.mdc;
        step_add(k, taken ? CASEMIX_STEP_MDC_TAKEN : CASEMIX_STEP_MDC_PASSED, bit);
        if (taken)
            terms_note(k, &m->rule, bit);
        adrgs_walk(k, m);
        if (taken)
            return;
    }
}

void casemix_explain(
    casemix_path *out, const casemix_scheme *s, const casemix_case *c, casemix_options o, arena *a)
{
    casemix_work w;
    casemix_step step[CASEMIX_STEPS_MAX]; /* most paths are short: only those steps are kept */
    *out = (casemix_path){.step = step};
    work_open(&w, s, c, o);
    work_group(&out->result, &w);
    walk k = {out, &w, -1, 0};
    codes_note(&k);
    if (out->result.status != CASEMIX_INVALID)
        mdcs_walk(&k);
    if (out->result.status != CASEMIX_GROUPED)
        step_add(&k, CASEMIX_STEP_FAILED, -1);
    out->step = arena_new(a, casemix_step, out->count);
    /* cppcheck-suppress uninitvar ; step_add() filled the first `count` */
    memcpy(out->step, step, (size_t)out->count * sizeof *step);
}
