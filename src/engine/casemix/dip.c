#include "engine/casemix/dip_internal.h"

__extension__ typedef unsigned __int128 wide;

#define SCORE_MAX INT64_C(1000000000000000000)

int64_t dip_share(int64_t a, int64_t b, int64_t c)
{
    assert(a >= 0 && b >= 0);
    assert(c > 0);
    wide q = ((wide)a * (wide)b + (wide)c / 2) / (wide)c;
    return q > (wide)SCORE_MAX ? SCORE_MAX : (int64_t)q;
}

void dip_case_clear(dip_case *c)
{
    *c = (dip_case){.cost_fen = CASE_UNKNOWN};
    casemix_case_clear(&c->facts);
}

/* ---- keys ---- */

/* As in the national lists: upper case but for the x that fills a place; 0 = in no code. */
static char key_char(char c, int place)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'X' && place > 0)
        return 'x';
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : 0;
}

dip_key dip_key_of(str code, int characters, char text[DIP_KEY_TEXT])
{
    dip_key key = 0;
    int n = 0, written = 0;
    ptrdiff_t bytes = 0;
    char spare[DIP_KEY_TEXT];
    char *t = text ? text : spare;
    t[0] = 0;
    for (ptrdiff_t i = 0; i < code.n; i++) {
        if (code.p[i] == ' ' || code.p[i] == '\t')
            continue;
        if (++bytes > CODE_BYTES_MAX)
            return 0;
        if (n == characters || (code.p[i] == '.' && n == 3))
            continue;
        char c = key_char(code.p[i], n);
        if (!c) {
            if (n < 3)
                return 0;
            characters = n; /* A18+M01: what comes behind belongs to another code */
            continue;
        }
        if (n == 3)
            t[written++] = '.';
        t[written++] = c;
        key |= ((dip_key)1 << (56 - 8 * n)) * (unsigned char)c;
        n++;
    }
    t[written] = 0;
    return n < 3 ? 0 : key;
}

dip_key dip_key_mixed(dip_key diagnosis, int characters, dip_class treatment)
{
    dip_key mask = characters == 0 ? 0 : ~(dip_key)0 << (64 - 8 * characters);
    return (diagnosis & mask) | (dip_key)treatment;
}

uint32_t dip_key_hash(dip_key key)
{
    key *= 0x9E3779B97F4A7C15u;
    return (uint32_t)(key >> 32) ^ (uint32_t)(key >> 20);
}

int32_t dip_keys_find(const dip_keys *k, dip_key key)
{
    if (!k->slot)
        return -1;
    for (uint32_t at = dip_key_hash(key) & k->mask;; at = (at + 1) & k->mask) {
        if (k->slot[at] == 0)
            return -1;
        if (k->key[k->slot[at] - 1] == key)
            return (int32_t)(k->slot[at] - 1);
    }
}

static int32_t find_exactly(const dip_catalogue *c, str code)
{
    uint64_t key[CODE_BYTES_MAX / 8];
    if (!c->procedure_slot || code.n == 0 || !casemix_key(key, code))
        return -1;
    for (uint32_t at = (uint32_t)casemix_key_hash(key) & c->procedure_mask;;
         at = (at + 1) & c->procedure_mask) {
        if (c->procedure_slot[at] == 0)
            return -1;
        const uint64_t *k = c->procedure[c->procedure_slot[at] - 1];
        if (k[0] == key[0] && k[1] == key[1] && k[2] == key[2])
            return (int32_t)(c->procedure_slot[at] - 1);
    }
}

str dip_procedure_tidy(char out[CODE_BYTES_MAX], str code)
{
    str s = casemix_code_tidy(out, code);
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && !key_char(s.p[i], 1))
            return (str){0};
    return s;
}

int32_t dip_procedure_find(const dip_catalogue *c, str code)
{
    char tidy[CODE_BYTES_MAX];
    int32_t found = find_exactly(c, code);
    return found >= 0 ? found : find_exactly(c, dip_procedure_tidy(tidy, code));
}

/* ---- the procedures of a case ---- */

bool dip_is_blank(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t')
            return false;
    return true;
}

dip_class dip_class_of(const dip_catalogue *c, int32_t procedure)
{
    uint8_t listed = procedure < 0 ? DIP_CLASS_NONE : c->procedure_class[procedure];
    return (dip_class)(listed == DIP_CLASS_NONE ? c->unlisted : listed);
}

void dip_procedures(dip_procedure_set *out, const dip_catalogue *c, const casemix_case *of)
{
    out->count = 0;
    out->more = false;
    out->treatment = DIP_CONSERVATIVE;
    for (int32_t i = 0; i < of->procedure_count; i++) {
        char tidy[CODE_BYTES_MAX];
        int32_t id = dip_procedure_find(c, of->procedure[i]);
        if (id < 0 && dip_procedure_tidy(tidy, of->procedure[i]).n == 0)
            continue; /* no code */
        dip_class treatment = dip_class_of(c, id);
        if (treatment == DIP_CONSERVATIVE)
            continue;
        if (treatment > out->treatment)
            out->treatment = treatment;
        int32_t at = 0;
        while (at < out->count && out->id[at] != id)
            at++;
        if (id < 0 || (at == out->count && out->count == DIP_PROCEDURES_MAX))
            out->more = true;
        else if (at == out->count)
            out->id[out->count++] = id;
    }
}

/* ---- core groups ---- */

static bool has(const dip_procedure_set *s, int32_t id)
{
    for (int32_t i = 0; i < s->count; i++)
        if (s->id[i] == id)
            return true;
    return false;
}

int32_t dip_lacks(int32_t *matched,
                  const dip_catalogue *c,
                  const dip_group_row *g,
                  const dip_procedure_set *s)
{
    *matched = 0;
    for (int32_t t = g->term_first; t < g->term_first + g->term_count; t++) {
        int32_t there = 0;
        for (int32_t i = 0; i < c->term[t].count; i++)
            there += has(s, c->alternative[c->term[t].first + i]);
        if (there == 0)
            return t;
        *matched += there;
    }
    return -1;
}

static int64_t distance(const dip_group_row *g, int64_t cost_fen)
{
    if (cost_fen == CASE_UNKNOWN)
        return 0;
    return g->nearest_fen > cost_fen ? g->nearest_fen - cost_fen : cost_fen - g->nearest_fen;
}

/* The more terms, the more procedures, the nearer the better; of equals the first one stays. */
static void candidate_take(
    dip_best *b, const dip_catalogue *c, int32_t group, int32_t matched, int64_t cost_fen)
{
    const dip_group_row *g = &c->group[group];
    int32_t terms = b->group < 0 ? -1 : c->group[b->group].term_count;
    bool better = g->term_count > terms || (g->term_count == terms && matched > b->matched);
    bool equal = g->term_count == terms && matched == b->matched;
    if (!better && !equal)
        return;
    b->tied = equal;
    if (better || distance(g, cost_fen) < distance(&c->group[b->group], cost_fen)) {
        b->group = group;
        b->matched = matched;
    }
}

static void core_match(dip_work *w)
{
    const dip_catalogue *c = w->c;
    for (int t = 0; t < DIP_TIER__COUNT; t++)
        for (int k = 0; k < DIP_CLASS__COUNT; k++)
            w->best[t][k] = (dip_best){.group = -1};
    int32_t at = dip_keys_find(&c->core, w->key);
    if (at < 0)
        return;
    for (int32_t i = c->core_first[at]; i < c->core_first[at + 1]; i++) {
        const dip_group_row *g = &c->group[i];
        int32_t matched;
        if (g->term_count == 0 && w->set.treatment != DIP_CONSERVATIVE)
            continue;
        if (dip_lacks(&matched, c, g, &w->set) < 0)
            candidate_take(&w->best[g->tier][g->treatment], c, i, matched, w->of->cost_fen);
    }
}

static dip_match core_kind(const dip_work *w, const dip_best *b)
{
    if (w->c->group[b->group].term_count == 0)
        return DIP_NO_PROCEDURE;
    if (b->tied)
        return DIP_NEAREST;
    return b->matched == w->set.count && !w->set.more ? DIP_EXACT : DIP_SUBSET;
}

/* ---- mixed groups ---- */

static bool in_range(const dip_range *r, dip_key key, dip_class treatment)
{
    if (r->treatment != treatment)
        return false;
    for (int side = 0; side < 2; side++) {
        str limit = side ? r->to : r->from;
        for (ptrdiff_t i = 0; i < limit.n && i < 6; i++) {
            unsigned char k = (unsigned char)(key >> (56 - 8 * i)), l = (unsigned char)limit.p[i];
            if (k == l)
                continue;
            if (side ? k > l : k < l)
                return false;
            break;
        }
    }
    return true;
}

/* The group, or -1; how it was found goes into `match`. */
static int32_t mixed_match(const dip_work *w, dip_class treatment, dip_match *match)
{
    const dip_catalogue *c = w->c;
    for (int n = 3; n > 0; n--) {
        int32_t at = dip_keys_find(&c->mixed, dip_key_mixed(w->key, n, treatment));
        *match = n == 3 ? DIP_CATEGORY : DIP_PREFIX;
        if (at >= 0)
            return c->mixed_group[at];
    }
    *match = DIP_RANGE;
    for (int32_t i = 0; i < c->range_count; i++)
        if (in_range(&c->range[i], w->key, treatment))
            return c->range[i].group;
    *match = DIP_COMPREHENSIVE;
    int32_t at = dip_keys_find(&c->mixed, dip_key_mixed(0, 0, treatment));
    return at < 0 ? -1 : c->mixed_group[at];
}

static void group_find(dip_work *w)
{
    dip_result *r = w->out;
    core_match(w);
    for (int32_t i = 0; i < w->c->order_count; i++) {
        dip_order o = w->c->order[i];
        dip_match match = DIP_MATCH_NONE;
        int32_t group = -1;
        if (o.tier != DIP_MIXED) {
            const dip_best *b = &w->best[o.tier][o.treatment];
            group = b->group;
            if (group >= 0)
                match = core_kind(w, b);
        } else if (o.treatment == w->set.treatment) {
            group = mixed_match(w, (dip_class)o.treatment, &match);
        }
        if (group < 0)
            continue;
        r->status = CASEMIX_GROUPED;
        r->group = group;
        r->match = (uint8_t)match;
        r->tier = w->c->group[group].tier;
        r->score_e4 = w->c->group[group].score_e4;
        return;
    }
    r->reason = DIP_REASON_NO_GROUP;
}

/* ---- scores ---- */

/* Points of a cost, without a group: cost / mean of all x base x factor. */
static int64_t converted_e4(const dip_catalogue *c, int64_t cost_fen, int64_t factor_e4)
{
    const int64_t *p = c->parameter_e4;
    if (cost_fen == CASE_UNKNOWN || p[DIP_P_MEAN_COST] < 100)
        return 0;
    int64_t points_e4 = dip_share(cost_fen, p[DIP_P_SCORE_BASE], p[DIP_P_MEAN_COST] / 100);
    return dip_share(points_e4, factor_e4, 10000);
}

/* The score after what the cost says: ratio r below the lower limit: r x score; above the upper
 * one u: (r - u + 1) x score. */
static void deviate(dip_work *w)
{
    const dip_catalogue *c = w->c;
    const dip_group_row *g = &c->group[w->out->group];
    dip_result *r = w->out;
    int64_t cost = w->of->cost_fen, level = g->level_fen[w->of->level];
    int64_t low = c->parameter_e4[DIP_P_LOW_RATIO], high = c->parameter_e4[DIP_P_HIGH_RATIO];
    int64_t mean = level > 0 ? level : g->mean_fen;
    r->deviated_e4 = r->score_e4;
    if (cost == CASE_UNKNOWN || mean <= 0)
        return;
    r->yardstick_fen = mean;
    r->ratio_e4 = dip_share(cost, 10000, mean);
    wide exact = (wide)cost * 10000; /* not the rounded ratio: a limit itself is normal */
    if (exact < (wide)low * (wide)mean) {
        r->deviation = DIP_LOW;
        r->deviated_e4 = dip_share(r->score_e4, cost, mean);
    } else if (exact > (wide)high * (wide)mean) {
        r->deviation = DIP_HIGH;
        int64_t beyond = dip_share(high - 10000, mean, 10000);
        r->deviated_e4 = dip_share(r->score_e4, cost > beyond ? cost - beyond : 0, mean);
    } else {
        r->deviation = DIP_NORMAL;
    }
}

static void factor_find(dip_work *w)
{
    const dip_catalogue *c = w->c;
    const dip_group_row *g = &c->group[w->out->group];
    dip_result *r = w->out;
    if (g->factor_count == 0)
        return;
    uint8_t grade[DIP_KINDS_MAX];
    dip_grades(grade, c, w->of);
    for (int32_t i = g->factor_first; i < g->factor_first + g->factor_count; i++) {
        const dip_factor *f = &c->factor[i];
        if (grade[c->grade[f->grade].kind] != f->grade + 1)
            continue;
        if (r->factor < 0 || f->factor_e4 > r->factor_e4) {
            r->factor = i;
            r->factor_e4 = f->factor_e4;
        }
    }
}

static void score_find(dip_work *w)
{
    const dip_catalogue *c = w->c;
    dip_result *r = w->out;
    if (r->group < 0) {
        r->settled_e4 = converted_e4(c, w->of->cost_fen, c->parameter_e4[DIP_P_UNGROUPED_FACTOR]);
        return;
    }
    if (r->score_e4 == 0) { /* a group without a score is paid by its cost */
        r->settled_e4 = converted_e4(c, w->of->cost_fen, 10000);
        return;
    }
    deviate(w);
    factor_find(w);
    if (r->tier == DIP_BASE)
        r->coefficient_e4 = c->parameter_e4[DIP_P_BASE_COEFFICIENT];
    else if (c->coefficient_e4[w->of->level] > 0)
        r->coefficient_e4 = c->coefficient_e4[w->of->level];
    r->settled_e4 =
        dip_share(dip_share(r->deviated_e4, r->factor_e4, 10000), r->coefficient_e4, 10000);
}

void dip_work_group(dip_work *w, dip_result *out, const dip_catalogue *c, const dip_case *of)
{
    w->c = c;
    w->of = of;
    w->out = out;
    w->key = 0;
    memset(out, 0, sizeof *out); /* results can be compared as bytes */
    out->status = CASEMIX_UNGROUPED;
    out->group = out->factor = -1;
    out->factor_e4 = out->coefficient_e4 = 10000;
    assert(of->level < DIP_LEVELS);
    dip_reason wrong = dip_reason_of((casemix_reason)of->facts.wrong);
    if (wrong) {
        out->status = CASEMIX_INVALID;
        out->reason = (uint8_t)wrong;
        return;
    }
    w->key = dip_key_of(of->facts.main_dx, (int)(c->parameter_e4[DIP_P_DX_CHARACTERS] / 10000),
                        w->key_text);
    dip_procedures(&w->set, c, &of->facts);
    out->treatment = (uint8_t)w->set.treatment;
    if (w->key)
        group_find(w);
    else
        out->reason =
            dip_is_blank(of->facts.main_dx) ? DIP_REASON_NO_MAIN_DX : DIP_REASON_BAD_MAIN_DX;
    score_find(w);
}

void dip_group(dip_result *out, const dip_catalogue *c, const dip_case *of)
{
    dip_work w;
    dip_work_group(&w, out, c, of);
}

str dip_group_code(const dip_catalogue *c, const dip_result *r)
{
    return r->group < 0 ? S("0000") : c->group[r->group].code;
}
