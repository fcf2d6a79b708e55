/* What is on file for a person, as it enters the bill: a bill that says otherwise is believed. */
#include "service/desk/desk_internal.h"

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL, DATED_TARGET };

static bool is_stay(const desk_case *c)
{
    const pack_word *kind = pack_word_find(&c->pack->pack, FACT_VISIT_KIND, c->visit_kind);
    return kind && kind->stay && c->admit_on.n;
}

/* A flag in force on some day of the stay: who files before the discharge is in time. */
static bool holds(const desk_case *c, ptrdiff_t i, const char *kind)
{
    const store_rows *r = c->person.dated;
    str first = is_stay(c) ? c->admit_on : c->service_on, until = store_text(r, i, DATED_UNTIL);
    return str_eq(store_text(r, i, DATED_WHAT), S("flag")) &&
           str_eq(store_text(r, i, DATED_KIND), str_of(kind)) &&
           str_cmp(store_text(r, i, DATED_FROM), c->service_on) <= 0 &&
           (until.n == 0 || str_cmp(first, until) <= 0);
}

static bool is_here(const desk_case *c, ptrdiff_t i)
{
    return str_eq(store_text(c->person.dated, i, DATED_TARGET), c->provider.code);
}

/* A person chooses for chronic diseases apart. */
static bool chosen_here(const desk_case *c)
{
    const pack_word *kind = pack_word_find(&c->pack->pack, FACT_VISIT_KIND, c->visit_kind);
    const char *flag = kind && kind->recognised ? "chosen_chronic" : "chosen";
    for (ptrdiff_t i = 0; i < c->person.dated->row_count; i++)
        if (holds(c, i, flag) && is_here(c, i))
            return true;
    return false;
}

/* Of several referrals here the one that begins last: they stand by their first day. */
static void flags_take(case_files *f, const desk_case *c)
{
    const store_rows *r = c->person.dated;
    f->referral = -1;
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        str value = store_text(r, i, DATED_VALUE), target = store_text(r, i, DATED_TARGET);
        if (holds(c, i, "referral") && is_here(c, i)) {
            f->referred = true;
            f->referral = i;
            f->transfer = str_eq(value, S("same")) ? S("") : value;
        }
        if (holds(c, i, "accident") && is_stay(c) && (target.n == 0 || is_here(c, i)))
            f->cause = value;
        if (holds(c, i, "visit_tag") && str_eq(target, c->visit_no) &&
            f->tag_count < (int)COUNTOF(f->tag))
            f->tag[f->tag_count++] = value;
    }
}

/* The day from which a newer referral to here counts; after all days if there is none. */
static str next_referral_on(const desk_case *c, ptrdiff_t referral)
{
    const store_rows *r = c->person.dated;
    for (ptrdiff_t i = referral + 1; i < r->row_count; i++)
        if (str_eq(store_text(r, i, DATED_WHAT), S("flag")) &&
            str_eq(store_text(r, i, DATED_KIND), S("referral")) && is_here(c, i))
            return store_text(r, i, DATED_FROM);
    return S("9999-12-31");
}

/* What the pool held back in one settlement. */
static bool deductible_of(
    int64_t *most, desk *d, store_job *job, int64_t person_id, int64_t id, arena *a, err *e)
{
    desk_settlement *s = arena_new(a, desk_settlement, 1);
    if (!desk_load_of_person_in(s, job, d, person_id, id, a, e))
        return false;
    for (int k = 0; k < s->part_count; k++)
        for (int i = 0; i < s->part[k].layer_count; i++) {
            const desk_layer *l = &s->part[k].layer[i];
            if (str_eq(l->payer, S("pool")) && l->deductible_fen > *most)
                *most = l->deductible_fen;
        }
    return true;
}

bool case_files_find(case_files *out, const desk_case *c, desk *d, store_job *job, arena *a, err *e)
{
    store_rows r;
    *out = (case_files){0};
    flags_take(out, c);
    out->chosen = chosen_here(c);
    if (!str_eq(out->transfer, S("up")) || case_said(c, "prev_deductible"))
        return true;
    const store_value key[] = {STORE_N(c->person.person_id),
                               STORE_T(c->provider.code),
                               STORE_T(store_text(c->person.dated, out->referral, DATED_FROM)),
                               STORE_T(store_text(c->person.dated, out->referral, DATED_UNTIL)),
                               STORE_T(c->visit_no),
                               STORE_T(next_referral_on(c, out->referral))};
    if (!store_query(job, SQL_FILING_STAYS_BEFORE, key, COUNTOF(key), &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        if (!deductible_of(&out->deductible_before_fen, d, job, c->person.person_id,
                           store_number(&r, i, 0), a, e))
            return false;
    return true;
}

void case_files_put(json_out *o, const desk_case *c, const case_files *f)
{
    const struct {
        const char *name;
        str said;
    } words[] = {{"transfer", f->transfer}, {"cause", f->cause}};
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++)
        if (words[i].said.n && !case_said(c, words[i].name))
            json_field(o, str_of(words[i].name), words[i].said);
    if (f->chosen && !case_said(c, "chosen"))
        json_field_bool(o, S("chosen"), true);
    if (f->referred && !case_said(c, "referred"))
        json_field_bool(o, S("referred"), true);
    if (f->deductible_before_fen > 0)
        json_field_money(o, S("prev_deductible"), f->deductible_before_fen);
    if (f->tag_count == 0 || case_said(c, "tags"))
        return;
    json_key(o, S("tags"));
    json_open(o, '[');
    for (int i = 0; i < f->tag_count; i++)
        json_str(o, f->tag[i]);
    json_close(o, ']');
}
