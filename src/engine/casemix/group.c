#include "engine/casemix/group_internal.h"

void casemix_case_clear(casemix_case *c)
{
    *c = (casemix_case){0};
    for (int i = 0; i < CASE_NUMBER__COUNT; i++)
        c->number[i] = CASE_UNKNOWN;
}

/* ---- codes ---- */

static const casemix_code *resolve(const casemix_work *w, const casemix_codes *codes, str text)
{
    const casemix_code *code = casemix_find(codes, text);
    if (!code && w->o.tidy) {
        char tidy[CODE_BYTES_MAX];
        code = casemix_find(codes, casemix_code_tidy(tidy, text));
    }
    if (code && w->o.map) {
        if (code->map_to)
            return &codes->code[code->map_to - 1];
        if (code->flags & CODE_MAPPED_AWAY)
            return NULL;
    }
    return code;
}

const casemix_code *work_dx(const casemix_work *w, str code)
{
    return resolve(w, &w->s->dx, code);
}

static void procedures_find(casemix_work *w)
{
    int32_t count = w->c->procedure_count;
    memset(w->procedure, 0, sizeof w->procedure);
    for (int32_t i = 0; i < count && i < PROCEDURES_KEPT; i++)
        w->procedure[i] = resolve(w, &w->s->procedure, w->c->procedure[i]);
    w->procedures_known = true;
}

const casemix_code *work_procedure(casemix_work *w, int32_t i)
{
    assert(i >= 0 && i < w->c->procedure_count);
    if (!w->procedures_known)
        procedures_find(w);
    return i < PROCEDURES_KEPT ? w->procedure[i] : resolve(w, &w->s->procedure, w->c->procedure[i]);
}

/* ---- the case ---- */

void work_open(casemix_work *w, const casemix_scheme *s, const casemix_case *c, casemix_options o)
{
    w->s = s;
    w->c = c;
    w->o = o;
    w->main = work_dx(w, c->main_dx);
    w->sites = -1;
    w->severity_known = w->mcc = w->cc = false;
    w->procedures_known = false;
    w->age = c->number[CASE_AGE];
    if (w->age == CASE_UNKNOWN && c->number[CASE_AGE_DAYS] != CASE_UNKNOWN)
        w->age = (int32_t)((int64_t)c->number[CASE_AGE_DAYS] * 4 / 1461);
}

static bool is_gray(const casemix_code *code)
{
    return code && code->flags & CODE_GRAY;
}

static bool any_gray(const casemix_work *w)
{
    if (is_gray(w->main))
        return true;
    for (int32_t i = 0; i < w->c->other_dx_count; i++)
        if (is_gray(work_dx(w, w->c->other_dx[i])))
            return true;
    for (int32_t i = 0; i < w->c->procedure_count; i++)
        if (is_gray(resolve(w, &w->s->procedure, w->c->procedure[i])))
            return true;
    return false;
}

casemix_reason work_invalid(const casemix_work *w)
{
    const casemix_case *c = w->c;
    if (c->wrong)
        return (casemix_reason)c->wrong;
    if (c->sex == SEX_MISSING)
        return REASON_NO_SEX;
    if (w->age == CASE_UNKNOWN)
        return REASON_NO_AGE;
    if (w->age == 0 && c->number[CASE_AGE_DAYS] == CASE_UNKNOWN)
        return REASON_NO_AGE_DAYS;
    if (w->o.refuse_gray && any_gray(w))
        return REASON_GRAY_CODE;
    return REASON_NONE;
}

/* ---- which rows have which code in their lists ---- */

static void rows_clear(casemix_work *w)
{
    memset(w->main_rows, 0, sizeof w->main_rows);
    memset(w->other_rows, 0, sizeof w->other_rows);
    memset(w->first_rows, 0, sizeof w->first_rows);
    memset(w->later_rows, 0, sizeof w->later_rows);
}

static void
rows_add(uint64_t *rows, const casemix_scheme *s, const casemix_code *code, int32_t block)
{
    if (!code)
        return;
    const casemix_hit *hit = &s->hit[code->hit_first];
    for (int i = 0; i < code->hit_count; i++)
        if (hit[i].block == block)
            rows[hit[i].list] |= hit[i].rows;
}

static uint64_t rows_any(const uint64_t *rows, int32_t list_max)
{
    uint64_t any = 0;
    for (int i = 1; i <= list_max; i++)
        any |= rows[i];
    return any;
}

uint64_t work_mdcs(casemix_work *w)
{
    const casemix_scheme *s = w->s;
    const casemix_block *b = &s->mdc_block;
    rows_clear(w);
    w->main_rows[1] = w->main ? w->main->mdcs : 0;
    for (int32_t i = 0; b->needs_other_dx && i < w->c->other_dx_count; i++) {
        const casemix_code *code = work_dx(w, w->c->other_dx[i]);
        w->other_rows[1] |= code ? code->mdcs : 0;
    }
    return b->always | (w->main_rows[1] & b->by_main) | (w->other_rows[1] & b->by_other);
}

uint64_t work_block(casemix_work *w, int32_t block)
{
    const casemix_scheme *s = w->s;
    const casemix_block *b = &s->block[block];
    int32_t lists = s->list_max;
    rows_clear(w);
    rows_add(w->main_rows, s, w->main, block);
    for (int32_t i = 0; b->needs_other_dx && i < w->c->other_dx_count; i++)
        rows_add(w->other_rows, s, work_dx(w, w->c->other_dx[i]), block);
    if (b->needs_procedures && w->c->procedure_count > 0) {
        rows_add(w->first_rows, s, work_procedure(w, 0), block);
        for (int32_t i = 1; i < w->c->procedure_count; i++)
            rows_add(w->later_rows, s, work_procedure(w, i), block);
    }
    uint64_t main = rows_any(w->main_rows, lists), other = rows_any(w->other_rows, lists);
    uint64_t first = rows_any(w->first_rows, lists), later = rows_any(w->later_rows, lists);
    return b->always | (main & b->by_main) | ((main | other) & b->by_other) |
           (first & b->by_first) | ((first | later) & b->by_any);
}

/* ---- terms ---- */

static bool procedure_is_valid(casemix_work *w, int32_t i)
{
    const casemix_code *code = work_procedure(w, i);
    return code && code->flags & CODE_VALID;
}

static bool any_valid(casemix_work *w)
{
    for (int32_t i = 0; i < w->c->procedure_count; i++)
        if (procedure_is_valid(w, i))
            return true;
    return false;
}

static int sites_count(casemix_work *w)
{
    if (w->sites >= 0)
        return w->sites;
    uint64_t seen = 0;
    if (w->main && w->main->site)
        seen |= (uint64_t)1 << (w->main->site - 1);
    for (int32_t i = 0; i < w->c->other_dx_count; i++) {
        const casemix_code *code = work_dx(w, w->c->other_dx[i]);
        if (code && code->site)
            seen |= (uint64_t)1 << (code->site - 1);
    }
    w->sites = __builtin_popcountll(seen);
    return w->sites;
}

bool work_excluded(const casemix_work *w, uint16_t group_plus_1)
{
    if (!w->main)
        return false;
    const uint16_t *group = &w->s->exclusion[w->main->exclusion_first];
    for (int i = 0; i < w->main->exclusion_count; i++)
        if (group[i] + 1 == group_plus_1)
            return true;
    return false;
}

static void severity_find(casemix_work *w)
{
    for (int32_t i = 0; i < w->c->other_dx_count; i++) {
        const casemix_code *code = work_dx(w, w->c->other_dx[i]);
        if (!code)
            continue;
        if (code->mcc && !w->mcc)
            w->mcc = !work_excluded(w, code->mcc);
        if (code->cc && !w->cc)
            w->cc = !work_excluded(w, code->cc);
    }
    w->severity_known = true;
}

int32_t work_number(casemix_work *w, const casemix_term *t)
{
    const int32_t *number = w->c->number;
    switch ((casemix_term_kind)t->kind) {
    case TERM_SITES:
        return sites_count(w);
    case TERM_AGE:
        return w->age;
    case TERM_AGE_DAYS:
    case TERM_NEWBORN:
        return number[CASE_AGE_DAYS];
    case TERM_WEIGHT:
        return number[CASE_WEIGHT] > 0 ? number[CASE_WEIGHT] : CASE_UNKNOWN;
    case TERM_STAY:
        return number[CASE_STAY];
    case TERM_ICU:
        return number[CASE_ICU];
    case TERM_VENTILATION:
        return number[CASE_VENTILATION];
    default:
        return CASE_UNKNOWN;
    }
}

/* What is not known is neither small nor large. */
static bool number_holds(int32_t number, const casemix_term *t)
{
    if (number == CASE_UNKNOWN)
        return false;
    switch ((casemix_compare)t->compare) {
    case COMPARE_LESS:
        return number < t->value;
    case COMPARE_AT_MOST:
        return number <= t->value;
    case COMPARE_EQUAL:
        return number == t->value;
    case COMPARE_AT_LEAST:
        return number >= t->value;
    case COMPARE_MORE:
        return number > t->value;
    default:
        NEVER("the reader of rules gives every number a comparison");
        return false;
    }
}

static bool severity(casemix_work *w, bool major)
{
    if (!w->severity_known)
        severity_find(w);
    return major ? w->mcc : w->cc;
}

static bool plain_term(casemix_work *w, const casemix_term *t, int bit)
{
    const casemix_case *c = w->c;
    switch ((casemix_term_kind)t->kind) {
    case TERM_ALWAYS:
        return true;
    case TERM_MAIN_DX:
        return w->main_rows[t->list] >> bit & 1;
    case TERM_ANY_DX:
        return (w->main_rows[t->list] | w->other_rows[t->list]) >> bit & 1;
    case TERM_OTHER_DX:
        return w->other_rows[t->list] >> bit & 1;
    case TERM_FIRST_PROCEDURE:
        return w->first_rows[t->list] >> bit & 1;
    case TERM_ANY_PROCEDURE:
        return (w->first_rows[t->list] | w->later_rows[t->list]) >> bit & 1;
    case TERM_OTHER_PROCEDURE:
        return w->later_rows[t->list] >> bit & 1;
    case TERM_FIRST_VALID:
        return c->procedure_count > 0 && procedure_is_valid(w, 0);
    case TERM_ANY_VALID:
        return any_valid(w);
    case TERM_NONE_VALID:
        return !any_valid(w);
    case TERM_NO_PROCEDURE:
        return c->procedure_count == 0;
    case TERM_NEWBORN:
        return c->number[CASE_AGE_DAYS] != CASE_UNKNOWN && c->number[CASE_AGE_DAYS] <= 28;
    case TERM_SEX:
        return c->sex == t->value;
    case TERM_DEATH:
        return c->died;
    case TERM_DAY_SURGERY:
        return c->day_surgery;
    case TERM_MCC:
    case TERM_CC:
        return severity(w, t->kind == TERM_MCC);
    default:
        return number_holds(work_number(w, t), t);
    }
}

bool work_term(casemix_work *w, const casemix_term *t, int bit)
{
    return plain_term(w, t, bit) != t->negated;
}

bool work_all_of(casemix_work *w, const casemix_all_of *all, int bit)
{
    const casemix_term *t = &w->s->term[all->first];
    for (uint32_t i = 0; i < all->count; i++)
        if (!work_term(w, &t[i], bit))
            return false;
    return true;
}

bool work_rule(casemix_work *w, const casemix_rule *rule, int bit)
{
    for (uint32_t i = 0; i < rule->count; i++)
        if (work_all_of(w, &w->s->all_of[rule->first + i], bit))
            return true;
    return false;
}

/* ---- the way down ---- */

static bool drg_find(casemix_result *out, casemix_work *w, int32_t adrg, int bit)
{
    const casemix_adrg *a = &w->s->adrg[adrg];
    for (int32_t i = a->drg_first; i < a->drg_first + a->drg_count; i++) {
        if (!work_rule(w, &w->s->drg[i].rule, bit))
            continue;
        *out = (casemix_result){CASEMIX_GROUPED, REASON_NONE, a->mdc, adrg, i};
        return true;
    }
    return false;
}

static bool adrg_find(casemix_result *out, casemix_work *w, const casemix_mdc *m)
{
    for (int32_t block = m->block_first; block < m->block_first + m->block_count; block++) {
        const casemix_block *b = &w->s->block[block];
        for (uint64_t rows = work_block(w, block); rows; rows &= rows - 1) {
            int bit = __builtin_ctzll(rows);
            if (work_rule(w, &w->s->adrg[b->first + bit].rule, bit) &&
                drg_find(out, w, b->first + bit, bit))
                return true;
        }
    }
    return false;
}

static void nothing_found(casemix_result *out, const casemix_work *w, bool had_mdc)
{
    *out = (casemix_result){CASEMIX_UNGROUPED, REASON_NO_MDC, -1, -1, -1};
    if (w->c->main_dx.n == 0)
        out->reason = REASON_NO_MAIN_DX;
    else if (!w->main || w->main->flags & CODE_FOREIGN)
        out->reason = REASON_UNKNOWN_MAIN_DX;
    else if (had_mdc)
        out->reason = REASON_NO_ADRG;
}

void work_group(casemix_result *out, casemix_work *w)
{
    bool had_mdc = false;
    casemix_reason wrong = work_invalid(w);
    if (wrong) {
        *out = (casemix_result){CASEMIX_INVALID, wrong, -1, -1, -1};
        return;
    }
    for (uint64_t rows = work_mdcs(w); rows; rows &= rows - 1) {
        int bit = __builtin_ctzll(rows);
        const casemix_mdc *m = &w->s->mdc[bit];
        if (had_mdc)
            work_mdcs(w); /* the ADRGs of the one before stand in its place */
        if (!work_rule(w, &m->rule, bit))
            continue;
        had_mdc = true;
        if (adrg_find(out, w, m))
            return;
    }
    nothing_found(out, w, had_mdc);
}

void casemix_group(casemix_result *out,
                   const casemix_scheme *s,
                   const casemix_case *c,
                   casemix_options o)
{
    casemix_work w;
    work_open(&w, s, c, o);
    work_group(out, &w);
}

/* ---- names ---- */

str casemix_mdc_code(const casemix_scheme *s, const casemix_result *r)
{
    return r->mdc < 0 ? S("0000") : s->mdc[r->mdc].code;
}

str casemix_adrg_code(const casemix_scheme *s, const casemix_result *r)
{
    return r->adrg < 0 ? S("00") : s->adrg[r->adrg].code;
}

str casemix_drg_code(const casemix_scheme *s, const casemix_result *r)
{
    return r->drg < 0 ? S("0000") : s->drg[r->drg].code;
}

const char *casemix_status_name(casemix_status s)
{
    static const char *const names[] = {"", "grouped", "ungrouped", "invalid"};
    return names[s];
}

const char *casemix_reason_name(casemix_reason r)
{
    static const char *const names[] = {
        "",
#define REASON(id, name, zh, en) name,
#include "engine/casemix/reason.tbl.h"
    };
    return names[r];
}

const char *casemix_reason_text(casemix_reason r, bool chinese)
{
    static const char *const texts[][2] = {
        {"", ""},
#define REASON(id, name, zh, en) {en, zh},
#include "engine/casemix/reason.tbl.h"
    };
    return texts[r][chinese];
}
