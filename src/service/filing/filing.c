/* Filings, their flags, and who decides. */
#include "service/filing/filing.h"

#include "base/day.h"

static bool is_state(const filing *f, const char *state)
{
    return str_eq(f->state, str_of(state));
}

static bool overlap(str from_a, str until_a, str from_b, str until_b)
{
    return (until_a.n == 0 || str_cmp(from_b, until_a) <= 0) &&
           (until_b.n == 0 || str_cmp(from_a, until_b) <= 0);
}

/* ---- rows ---- */

static filing row_take(const store_rows *r, ptrdiff_t i, int64_t person_id)
{
    filing f = {.person_id = person_id, .filing_id = store_number(r, i, 0)};
    str *const to[] = {&f.slot,  &f.state,  &f.area_code, &f.scheme,   &f.biz_type, &f.flag_kind,
                       &f.value, &f.target, &f.from_on,   &f.until_on, &f.said_on,  &f.visit_no};
    str kind = store_text(r, i, 1);
    for (int k = 0; k < FILING__COUNT; k++)
        if (str_eq(kind, str_of(filing_kind_names[k])))
            f.kind = (filing_kind)k;
    for (int k = 0; k < (int)COUNTOF(to); k++)
        *to[k] = store_text(r, i, 2 + k);
    f.provider_id = store_number(r, i, 14);
    f.detail = store_text(r, i, 15);
    f.made_at = store_number(r, i, 16);
    f.made_by = store_text(r, i, 17);
    f.approval_id = store_number(r, i, 18);
    return f;
}

bool filing_list(
    filing **out, int *count, store_job *job, int64_t person_id, filing_kind kind, arena *a, err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_T(str_of(filing_kind_names[kind]))};
    store_rows r;
    *count = 0;
    if (!store_query(job, SQL_FILING_LIST, key, COUNTOF(key), &r, a, e))
        return false;
    *out = arena_new(a, filing, r.row_count);
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        (*out)[(*count)++] = row_take(&r, i, person_id);
    return true;
}

/* Bills read what is on file behind the same lock; SQLite locks the whole file. */
static bool hold(store_job *job, int64_t person_id, arena *a, err *e)
{
    const store_value key = STORE_N(person_id);
    store_rows unused;
    const store_ask ask[] = {{SQL_DESK_HEAD_MAKE, &key, 1, &unused},
                             {SQL_DESK_HEAD_LOCK, &key, 1, &unused}};
    return !store_is_postgres(store_of(job)) || store_query_all(job, ask, COUNTOF(ask), a, e);
}

bool filing_get(filing *out,
                store_job *job,
                const actor *who,
                int64_t person_id,
                int64_t filing_id,
                arena *a,
                err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_N(filing_id)};
    store_rows r;
    if (!hold(job, person_id, a, e) ||
        !store_query(job, SQL_FILING_GET, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count == 1) {
        *out = row_take(&r, 0, person_id);
        if (!who->provider_id || who->provider_id == out->provider_id)
            return true;
    }
    FAIL(e, ERR_NOT_FOUND, "no filing %" PRId64 " of this person", filing_id);
    return false;
}

static void row_put(store_job *job, const filing *f)
{
    const store_value row[] = {STORE_N(f->person_id),
                               STORE_N(f->filing_id),
                               STORE_T(str_of(filing_kind_names[f->kind])),
                               STORE_T(f->slot),
                               STORE_T(f->state),
                               STORE_T(f->area_code),
                               STORE_T(f->scheme),
                               STORE_T(f->biz_type),
                               STORE_T(f->flag_kind),
                               STORE_T(f->value),
                               STORE_T(f->target),
                               STORE_T(f->from_on),
                               STORE_T(f->until_on),
                               STORE_T(f->said_on),
                               STORE_T(f->visit_no),
                               STORE_N(f->provider_id),
                               STORE_T(f->detail),
                               STORE_N(f->made_at),
                               STORE_T(f->made_by),
                               STORE_N(f->approval_id)};
    store_put(job, SQL_FILING_ADD, row, COUNTOF(row));
}

static void state_put(store_job *job, const filing *f, const char *state, str reason)
{
    const store_value row[] = {STORE_N(f->person_id),  STORE_N(f->filing_id),
                               STORE_T(str_of(state)), STORE_N(store_now_ms(store_of(job))),
                               STORE_T(reason),        STORE_T(f->state)};
    store_put_one(job, SQL_FILING_STATE_SET, row, COUNTOF(row));
}

static void audit(store_job *job, const actor *who, const filing *f, const char *action, arena *a)
{
    json_out o = json_out_new(a, 128);
    json_open(&o, '{');
    json_field(&o, S("kind"), str_of(filing_kind_names[f->kind]));
    json_field(&o, S("value"), f->value);
    json_field(&o, S("from_on"), f->from_on);
    json_close(&o, '}');
    access_audit(job, who, str_of(action), arena_printf(a, "filing %" PRId64, f->filing_id),
                 f->person_id, json_out_text(&o), S("ok"));
}

/* ---- the flag ---- */

static str day_before(str on, arena *a)
{
    day d;
    char text[DAY_TEXT_SIZE];
    if (!day_parse(&d, on))
        return on;
    d.number--;
    day_print(text, d);
    return arena_str(a, str_of(text));
}

static void flag_drop(store_job *job, const filing *f)
{
    const store_value key[] = {STORE_N(f->person_id), STORE_T(f->flag_kind), STORE_T(f->value),
                               STORE_T(f->from_on)};
    if (f->flag_kind.n)
        store_put(job, SQL_FILING_FLAG_DROP, key, COUNTOF(key));
}

/* The older one ends the day before the newer begins; one that had not begun never was. */
static void replace(store_job *job, const filing *was, const filing *f, arena *a)
{
    str last = day_before(f->from_on, a);
    const store_value row[] = {STORE_N(was->person_id), STORE_N(was->filing_id), STORE_T(last),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put_one(job, SQL_FILING_END, row, COUNTOF(row));
    if (str_cmp(last, was->from_on) < 0) {
        flag_drop(job, was);
        return;
    }
    const store_value flag[] = {STORE_N(was->person_id), STORE_T(was->flag_kind),
                                STORE_T(was->value), STORE_T(was->from_on), STORE_T(last)};
    if (was->flag_kind.n)
        store_put(job, SQL_FILING_FLAG_END, flag, COUNTOF(flag));
}

/* What a new filing takes the place of; all[i] stay as they came. */
typedef struct {
    const filing *all;
    int *which;
    int count;
} filings;

static bool takes_place_of(const filings *old, str value, str from_on)
{
    for (int i = 0; i < old->count; i++) {
        const filing *was = &old->all[old->which[i]];
        if (str_eq(was->value, value) && str_eq(was->from_on, from_on))
            return true;
    }
    return false;
}

/* A flag of the same word: a disease stands once at a time, and no two begin on one day. */
static bool flag_free(const filing *f, const store_rows *flags, const filings *old, err *e)
{
    for (ptrdiff_t i = 0; i < flags->row_count; i++) {
        str value = store_text(flags, i, 0), from = store_text(flags, i, 2),
            until = store_text(flags, i, 3);
        if (!str_eq(f->value, value) || takes_place_of(old, value, from))
            continue;
        bool same_day = str_eq(from, f->from_on);
        if (same_day ||
            (f->kind == FILING_DISEASE && overlap(from, until, f->from_on, f->until_on)))
            return FAIL(e, ERR_OVERLAP, "on file from %.*s", STR_ARG(from));
    }
    return true;
}

static bool flag_may(const filing *f, const filings *old, store_job *job, arena *a, err *e)
{
    const store_value key[] = {STORE_N(f->person_id), STORE_T(f->flag_kind)};
    store_rows flags;
    return f->flag_kind.n == 0 ||
           (store_query(job, SQL_FILING_FLAGS, key, COUNTOF(key), &flags, a, e) &&
            flag_free(f, &flags, old, e));
}

/* What stands in its slot: old = on file, to be replaced; what waits there is in the way. */
static bool slot_look(filings *old, const filing *f, store_job *job, arena *a, err *e)
{
    filing *all;
    int count;
    if (!filing_list(&all, &count, job, f->person_id, f->kind, a, e))
        return false;
    *old = (filings){.all = all, .which = arena_new(a, int, count)};
    for (int i = 0; i < count; i++) {
        const filing *was = &all[i];
        if (was->filing_id == f->filing_id || !str_eq(was->slot, f->slot) ||
            !overlap(was->from_on, was->until_on, f->from_on, f->until_on))
            continue;
        if (is_state(was, "waiting"))
            return FAIL(e, ERR_EXISTS, "filing %" PRId64 " waits for a decision", was->filing_id);
        if (is_state(was, "filed") && f->kind == FILING_DISEASE)
            return FAIL(e, ERR_OVERLAP, "filing %" PRId64, was->filing_id);
        if (is_state(was, "filed"))
            old->which[old->count++] = i;
    }
    return true;
}

static bool take_effect(const filing *f, const filings *old, store_job *job, arena *a, err *e)
{
    const store_value row[] = {STORE_N(f->person_id), STORE_T(f->flag_kind), STORE_T(f->value),
                               STORE_T(f->from_on),   STORE_T(f->until_on),  STORE_T(f->target)};
    if (!flag_may(f, old, job, a, e))
        return false;
    for (int i = 0; i < old->count; i++)
        replace(job, &old->all[old->which[i]], f, a);
    if (f->flag_kind.n)
        store_put(job, SQL_FILING_FLAG_ADD, row, COUNTOF(row));
    return true;
}

/* ---- use cases ---- */

static void approval_put(store_job *job, const filing *f, const actor *who)
{
    const store_value row[] = {
        STORE_N(f->approval_id), STORE_T(S("filing")), STORE_N(f->person_id), STORE_N(f->filing_id),
        STORE_T(f->area_code),   STORE_T(f->reason),   STORE_T(f->shown),     STORE_N(0),
        STORE_N(who->user_id),   STORE_N(f->made_at)};
    store_put(job, SQL_DESK_APPROVAL_ADD, row, COUNTOF(row));
}

bool filing_put(filing *f, store_job *job, office *o, const actor *who, arena *a, err *e)
{
    const office_pack *p = office_pack_of_area(o, f->area_code);
    filings old;
    if (!p)
        return FAIL(e, ERR_NO_POLICY, "no policy pack for area %.*s", STR_ARG(f->area_code));
    if (f->until_on.n && str_cmp(f->until_on, f->from_on) < 0) {
        err_expected(e, "not before the first day");
        return FAIL(e, ERR_BAD_DATE, "until %.*s", STR_ARG(f->until_on));
    }
    f->filing_id = store_new_id(store_of(job));
    f->provider_id = who->provider_id;
    f->made_at = store_now_ms(store_of(job));
    f->made_by = who->login;
    f->state = p->pack.filing_waits[f->kind] ? S("waiting") : S("filed");
    if (!hold(job, f->person_id, a, e) || !slot_look(&old, f, job, a, e))
        return false;
    if (is_state(f, "waiting")) {
        f->approval_id = store_new_id(store_of(job));
        approval_put(job, f, who);
    } else if (!take_effect(f, &old, job, a, e)) {
        return false;
    }
    row_put(job, f);
    audit(job, who, f, "filing.put", a);
    return true;
}

/* What a bill says that made use of it. */
static str trace_of(const filing *f, arena *a)
{
    if (str_eq(f->flag_kind, S("referral")))
        return S("%\"referred\":true%");
    if (str_eq(f->flag_kind, S("visit_tag")))
        return arena_printf(a, "%%\"%.*s\"%%", STR_ARG(f->value));
    if (str_eq(f->flag_kind, S("disease")))
        return arena_printf(a, "%%\"disease\":\"%.*s\"%%", STR_ARG(f->value));
    if (str_eq(f->flag_kind, S("accident")))
        return arena_printf(a, "%%\"cause\":\"%.*s\"%%", STR_ARG(f->value));
    return S("%\"chosen\":true%");
}

/* ERR_FILING_STATE when a bill that stands says so. */
static bool untraced(const filing *f, store_job *job, str trace, str route, arena *a, err *e)
{
    const store_value key[] = {STORE_N(f->person_id), STORE_N(f->made_at), STORE_T(trace),
                               STORE_T(route)};
    store_rows r;
    if (!store_query(job, SQL_FILING_USED, key, COUNTOF(key), &r, a, e))
        return false;
    return r.row_count == 0 || FAIL(e, ERR_FILING_STATE, "settlement %" PRId64 " made use of it",
                                    store_number(&r, 0, 0));
}

static bool opens(const pack_cross_rule *rule, str filing_word)
{
    for (int i = 0; i < rule->filing_count; i++)
        if (str_eq(rule->filing[i], filing_word))
            return true;
    return false;
}

/* A filing for elsewhere is seen by the routes it opens. */
static bool unused(const filing *f, store_job *job, office *o, arena *a, err *e)
{
    const office_pack *p = office_pack_of_area(o, f->area_code);
    if (!str_eq(f->flag_kind, S("filing")))
        return untraced(f, job, trace_of(f, a), S("-"), a, e);
    for (int i = 0; p && i < p->pack.cross_count; i++) {
        str route = p->pack.cross[i].route;
        str trace = route.n ? arena_printf(a, "%%\"route\":\"%.*s\"%%", STR_ARG(route)) : S("");
        if (opens(&p->pack.cross[i], f->value) && !untraced(f, job, trace, route, a, e))
            return false;
    }
    return true;
}

bool filing_withdraw(
    const filing *f, store_job *job, office *o, const actor *who, str reason, arena *a, err *e)
{
    bool waiting = is_state(f, "waiting");
    if (!waiting && !is_state(f, "filed"))
        return FAIL(e, ERR_FILING_STATE, "it is %.*s", STR_ARG(f->state));
    if (!waiting && f->approval_id)
        return FAIL(e, ERR_FILING_STATE, "the agency has decided it");
    if (!waiting && f->flag_kind.n && !unused(f, job, o, a, e))
        return false;
    if (waiting) {
        const store_value row[] = {STORE_N(f->approval_id), STORE_N(store_now_ms(store_of(job))),
                                   STORE_T(reason)};
        store_put_one(job, SQL_FILING_APPROVAL_END, row, COUNTOF(row));
    } else {
        flag_drop(job, f);
    }
    state_put(job, f, "withdrawn", reason);
    audit(job, who, f, "filing.withdraw", a);
    return true;
}

bool filing_decide(store_job *job,
                   const actor *who,
                   int64_t person_id,
                   int64_t filing_id,
                   bool agreed,
                   str note,
                   arena *a,
                   err *e)
{
    filing f;
    filings old;
    if (!filing_get(&f, job, who, person_id, filing_id, a, e))
        return false;
    if (!is_state(&f, "waiting"))
        return FAIL(e, ERR_FILING_STATE, "it is %.*s", STR_ARG(f.state));
    if (agreed && (!slot_look(&old, &f, job, a, e) || !take_effect(&f, &old, job, a, e)))
        return false;
    state_put(job, &f, agreed ? "filed" : "refused", note);
    audit(job, who, &f, agreed ? "filing.agree" : "filing.refuse", a);
    return true;
}
