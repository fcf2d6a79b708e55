/* Disputes over the group of a settlement list. */
#include "service/discharge/dispute.h"

#include "base/day.h"

enum {
    L_PERSON,
    L_SETTLEMENT,
    L_PROVIDER,
    L_MONTH,
    L_STATE,
    L_SEVERITY,
    L_AT,
    L_COST,
    L_DRG_STATUS,
    L_DRG_REASON,
    L_SCHEME,
    L_SCHEME_NAME,
    L_DRG,
    L_DRG_NAME,
    L_COMPLICATION,
    L_DRG_PATH,
    L_DIP_STATUS,
    L_DIP_REASON,
    L_CATALOGUE,
    L_CATALOGUE_NAME,
    L_DIP,
    L_DIP_NAME,
    L_TIER,
    L_SCORE,
    L_DEVIATION,
    L_POINTS,
    L_DIP_PATH,
    L_CODE,
    L_NAME,
    L_AREA,
    L_SETTLEMENT_STATE
};

static bool fault(err *e, err_code code, const char *field, const char *expected)
{
    FAIL(e, code, "the field %s", field);
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return false;
}

static bool text_fits(str text, const char *field, err *e)
{
    if (text.n == 0)
        return fault(e, ERR_MISSING_FIELD, field, "a text");
    return text.n <= DISPUTE_TEXT_MAX || fault(e, ERR_TOO_LARGE, field, "up to 2,000 bytes");
}

static bool sees(const actor *who, int64_t provider_id, str area_code)
{
    return who->provider_id ? who->provider_id == provider_id : actor_covers_area(who, area_code);
}

/* One row; ERR_NOT_FOUND for whoever may not see it. */
static bool
list_ask(store_rows *r, store_job *job, const actor *who, int64_t list_id, arena *a, err *e)
{
    const store_value key = STORE_N(list_id);
    if (!store_query(job, SQL_GROUPED_LIST_GET, &key, 1, r, a, e))
        return false;
    if (r->row_count == 0 || !sees(who, store_number(r, 0, L_PROVIDER), store_text(r, 0, L_AREA)))
        return FAIL(e, ERR_NOT_FOUND, "no list %" PRId64, list_id);
    return true;
}

static void step_put(store_job *job,
                     const actor *who,
                     int64_t person_id,
                     int64_t dispute_id,
                     int64_t step_no,
                     str state,
                     str note,
                     str group,
                     arena *a)
{
    const store_value row[] = {STORE_N(person_id),    STORE_N(dispute_id),
                               STORE_N(step_no),      STORE_T(state),
                               STORE_N(who->user_id), STORE_N(store_now_ms(store_of(job))),
                               STORE_T(note),         STORE_T(group)};
    store_put(job, SQL_DISPUTE_STEP_ADD, row, COUNTOF(row));
    access_audit(job, who, arena_printf(a, "dispute.%.*s", STR_ARG(state)),
                 arena_printf(a, "dispute %" PRId64, dispute_id), person_id, S("{}"), S("ok"));
}

/* ---- filing ---- */

typedef struct {
    const dispute_claim *claim;
    const actor *who;
    int64_t list_id;
} filing_work;

/* One at a time; what was decided about a group stays decided. */
static bool free_to_file(store_job *job, const filing_work *w, str was, arena *a, err *e)
{
    enum { SYSTEM, STATE, WAS };
    const store_value key = STORE_N(w->list_id);
    store_rows r;
    if (!store_query(job, SQL_DISPUTE_OPEN, &key, 1, &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        str state = store_text(&r, i, STATE);
        if (!str_eq(store_text(&r, i, SYSTEM), w->claim->system) || str_eq(state, S("withdrawn")))
            continue;
        bool open = str_eq(state, S("filed")) || str_eq(state, S("returned"));
        if (open || str_eq(store_text(&r, i, WAS), was))
            return FAIL(e, ERR_EXISTS, "there is one that is %.*s", STR_ARG(state));
    }
    return true;
}

static bool file_work(store_job *job, void *arg, arena *a, err *e)
{
    const filing_work *w = arg;
    const dispute_claim *c = w->claim;
    bool drg = str_eq(c->system, S("drg"));
    const store_value key = STORE_N(w->list_id);
    store_rows lock, r;
    if (!store_query(job, SQL_DISPUTE_LIST_LOCK, &key, 1, &lock, a, e) ||
        !list_ask(&r, job, w->who, w->list_id, a, e))
        return false;
    str was = store_text(&r, 0, drg ? L_DRG : L_DIP);
    if (store_text(&r, 0, drg ? L_DRG_STATUS : L_DIP_STATUS).n == 0)
        return fault(e, ERR_NOT_FOUND, "system", "one by which this list was grouped");
    if (str_eq(store_text(&r, 0, L_SETTLEMENT_STATE), S("reversed")))
        return FAIL(e, ERR_REVERSED, "the settlement was taken back");
    if (str_eq(was, c->wanted_group))
        return fault(e, ERR_BAD_VALUE, "wanted_group", "another group than the list has");
    if (!c->known(c->with, c->system, store_text(&r, 0, drg ? L_SCHEME : L_CATALOGUE),
                  c->wanted_group))
        return fault(e, ERR_UNKNOWN_REFERENCE, "wanted_group", "a group of the scheme");
    if (!free_to_file(job, w, was, a, e))
        return false;
    store *s = store_of(job);
    int64_t person_id = store_number(&r, 0, L_PERSON), dispute_id = store_new_id(s);
    const store_value row[] = {STORE_N(person_id),
                               STORE_N(dispute_id),
                               STORE_N(w->list_id),
                               STORE_N(store_number(&r, 0, L_SETTLEMENT)),
                               STORE_N(store_number(&r, 0, L_PROVIDER)),
                               STORE_T(store_text(&r, 0, L_AREA)),
                               STORE_T(c->system),
                               STORE_T(was),
                               STORE_T(store_text(&r, 0, drg ? L_DRG_NAME : L_DIP_NAME)),
                               STORE_T(c->wanted_group),
                               STORE_T(c->grounds),
                               STORE_N(w->who->user_id),
                               STORE_N(store_now_ms(s))};
    store_put(job, SQL_DISPUTE_ADD, row, COUNTOF(row));
    step_put(job, w->who, person_id, dispute_id, 1, S("filed"), c->grounds, c->wanted_group, a);
    return true;
}

bool dispute_file(
    const dispute_claim *d, store *s, const actor *who, int64_t list_id, arena *a, err *e)
{
    filing_work w = {d, who, list_id};
    if (!who->provider_id || !actor_may(who, RIGHT_DISPUTE_FILE))
        return FAIL(e, ERR_NO_RIGHT, "for the hospital of the list to do");
    if (!str_eq(d->system, S("drg")) && !str_eq(d->system, S("dip")))
        return fault(e, ERR_BAD_VALUE, "system", "drg or dip");
    return text_fits(d->grounds, "grounds", e) && text_fits(d->wanted_group, "wanted_group", e) &&
           store_write(s, (uint64_t)list_id, file_work, &w, a, e);
}

/* ---- the steps after it ---- */

static const struct {
    const char *step, *from, *also_from, *to;
    bool by_hospital, ends;
} rules[] = {
    {"supplement", "returned", "", "filed", true, false},
    {"withdraw", "filed", "returned", "withdrawn", true, false},
    {"return", "filed", "", "returned", false, false},
    {"uphold", "filed", "", "upheld", false, true},
    {"dismiss", "filed", "", "dismissed", false, true},
};

typedef struct {
    const dispute_step *step;
    const actor *who;
    int64_t dispute_id, list_id;
    int rule;
} step_work;

enum {
    D_ID,
    D_PERSON,
    D_LIST,
    D_STATE,
    D_SYSTEM,
    D_WAS,
    D_WANTED,
    D_MADE_BY,
    D_PROVIDER,
    D_AREA,
    D_STEPS
};

/* Whoever put grounds forward does not judge them. */
static bool is_party(bool *party, store_job *job, const step_work *w, arena *a, err *e)
{
    const store_value key = STORE_N(w->dispute_id);
    store_rows r;
    if (!store_query(job, SQL_DISPUTE_STEP_MAKERS, &key, 1, &r, a, e))
        return false;
    *party = false;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        *party = *party || store_number(&r, i, 0) == w->who->user_id;
    return true;
}

static bool may_step(store_job *job, const step_work *w, const store_rows *d, arena *a, err *e)
{
    const actor *who = w->who;
    str state = store_text(d, 0, D_STATE);
    bool party;
    if (rules[w->rule].by_hospital != (who->provider_id != 0) ||
        !actor_may(who, who->provider_id ? RIGHT_DISPUTE_FILE : RIGHT_DISPUTE_DECIDE))
        return FAIL(e, ERR_NO_RIGHT, "for the other side to do");
    if (!str_eq(state, str_of(rules[w->rule].from)) &&
        !str_eq(state, str_of(rules[w->rule].also_from)))
        return FAIL(e, ERR_NOT_OPEN, "it is %.*s", STR_ARG(state));
    if (rules[w->rule].by_hospital)
        return true;
    if (!is_party(&party, job, w, a, e))
        return false;
    return !party || FAIL(e, ERR_SAME_PERSON, "you filed it");
}

/* Dismissed, the group stays; upheld, it is what was wanted or what the decision names. */
static bool
result_of(str *result, const step_work *w, const store_rows *d, store_job *job, arena *a, err *e)
{
    str said = w->step->group;
    bool upheld = str_eq(str_of(rules[w->rule].to), S("upheld"));
    *result = upheld ? (said.n ? said : store_text(d, 0, D_WANTED)) : store_text(d, 0, D_WAS);
    if (!upheld || !said.n)
        return true;
    store_rows l;
    bool drg = str_eq(store_text(d, 0, D_SYSTEM), S("drg"));
    if (!list_ask(&l, job, w->who, store_number(d, 0, D_LIST), a, e))
        return false;
    return w->step->known(w->step->with, store_text(d, 0, D_SYSTEM),
                          store_text(&l, 0, drg ? L_SCHEME : L_CATALOGUE), said) ||
           fault(e, ERR_UNKNOWN_REFERENCE, "group", "a group of the scheme");
}

static bool do_work(store_job *job, void *arg, arena *a, err *e)
{
    step_work *w = arg;
    const store_value key = STORE_N(w->dispute_id);
    store_rows d;
    str to = str_of(rules[w->rule].to), note = w->step->note, result = S("");
    if (!store_query(job, SQL_DISPUTE_OF, &key, 1, &d, a, e))
        return false;
    if (d.row_count == 0 ||
        !sees(w->who, store_number(&d, 0, D_PROVIDER), store_text(&d, 0, D_AREA)))
        return FAIL(e, ERR_NOT_FOUND, "no dispute %" PRId64, w->dispute_id);
    if (!may_step(job, w, &d, a, e))
        return false;
    int64_t person_id = store_number(&d, 0, D_PERSON);
    w->list_id = store_number(&d, 0, D_LIST);
    if (rules[w->rule].ends) {
        if (!result_of(&result, w, &d, job, a, e))
            return false;
        const store_value row[] = {
            STORE_N(w->dispute_id), STORE_N(person_id),       STORE_T(to),
            STORE_T(result),        STORE_N(w->who->user_id), STORE_N(store_now_ms(store_of(job))),
            STORE_T(note)};
        store_put_one(job, SQL_DISPUTE_DECIDE, row, COUNTOF(row));
    } else {
        str grounds = str_eq(to, S("filed")) ? note : S("");
        const store_value row[] = {STORE_N(w->dispute_id), STORE_N(person_id), STORE_T(to),
                                   STORE_T(grounds)};
        store_put_one(job, SQL_DISPUTE_MOVE, row, COUNTOF(row));
    }
    step_put(job, w->who, person_id, w->dispute_id, store_number(&d, 0, D_STEPS) + 1, to, note,
             result, a);
    return true;
}

bool dispute_do(int64_t *list_id,
                const dispute_step *d,
                store *s,
                const actor *who,
                int64_t dispute_id,
                arena *a,
                err *e)
{
    step_work w = {.step = d, .who = who, .dispute_id = dispute_id, .rule = -1};
    for (int i = 0; i < (int)COUNTOF(rules); i++)
        if (str_eq(d->step, str_of(rules[i].step)))
            w.rule = i;
    if (w.rule < 0)
        return fault(e, ERR_BAD_VALUE, "step", "return, uphold, dismiss, supplement or withdraw");
    if (!text_fits(d->note, "note", e) || !store_write(s, (uint64_t)dispute_id, do_work, &w, a, e))
        return false;
    *list_id = w.list_id;
    return true;
}

/* ---- showing ---- */

typedef struct {
    json_out *out;
    const actor *who;
    int64_t list_id, person_id;
} showing;

static void points_json(json_out *o, const char *name, int64_t e4)
{
    json_field(o, str_of(name),
               arena_printf(o->a, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000));
}

static void groups_json(json_out *o, const store_rows *l)
{
    json_key(o, S("drg"));
    if (store_text(l, 0, L_DRG_STATUS).n) {
        json_open(o, '{');
        json_field(o, S("status"), store_text(l, 0, L_DRG_STATUS));
        json_field(o, S("group"), store_text(l, 0, L_DRG));
        json_field(o, S("name"), store_text(l, 0, L_DRG_NAME));
        json_field(o, S("by"), store_text(l, 0, L_SCHEME_NAME));
        json_field(o, S("folder"), store_text(l, 0, L_SCHEME));
        json_field(o, S("reason"), store_text(l, 0, L_DRG_REASON));
        json_field(o, S("complication"), store_text(l, 0, L_COMPLICATION));
        json_field(o, S("path"), store_text(l, 0, L_DRG_PATH));
        json_close(o, '}');
    } else {
        json_null(o);
    }
    json_key(o, S("dip"));
    if (store_text(l, 0, L_DIP_STATUS).n) {
        json_open(o, '{');
        json_field(o, S("status"), store_text(l, 0, L_DIP_STATUS));
        json_field(o, S("group"), store_text(l, 0, L_DIP));
        json_field(o, S("name"), store_text(l, 0, L_DIP_NAME));
        json_field(o, S("by"), store_text(l, 0, L_CATALOGUE_NAME));
        json_field(o, S("folder"), store_text(l, 0, L_CATALOGUE));
        json_field(o, S("reason"), store_text(l, 0, L_DIP_REASON));
        json_field(o, S("tier"), store_text(l, 0, L_TIER));
        points_json(o, "score", store_number(l, 0, L_SCORE));
        json_field(o, S("deviation"), store_text(l, 0, L_DEVIATION));
        points_json(o, "points", store_number(l, 0, L_POINTS));
        json_field(o, S("path"), store_text(l, 0, L_DIP_PATH));
        json_close(o, '}');
    } else {
        json_null(o);
    }
}

static void steps_json(json_out *o, const store_rows *s, int64_t dispute_id)
{
    enum { DISPUTE, NO, STATE, BY, AT, NOTE, GROUP };
    json_key(o, S("steps"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < s->row_count; i++) {
        if (store_number(s, i, DISPUTE) != dispute_id)
            continue;
        json_open(o, '{');
        json_field_number(o, S("step"), store_number(s, i, NO));
        json_field(o, S("state"), store_text(s, i, STATE));
        json_field(o, S("by"), store_text(s, i, BY));
        json_key(o, S("at"));
        json_moment(o, store_number(s, i, AT));
        json_field(o, S("note"), store_text(s, i, NOTE));
        json_field(o, S("group"), store_text(s, i, GROUP));
        json_close(o, '}');
    }
    json_close(o, ']');
}

/* What this user may do with it now; what it takes besides is asked when he does. */
static void may_json(json_out *o, const actor *who, str state)
{
    bool party = who->provider_id != 0;
    bool allowed = actor_may(who, party ? RIGHT_DISPUTE_FILE : RIGHT_DISPUTE_DECIDE);
    json_key(o, S("may"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; allowed && i < COUNTOF(rules); i++)
        if (rules[i].by_hospital == party &&
            (str_eq(state, str_of(rules[i].from)) || str_eq(state, str_of(rules[i].also_from))))
            json_str(o, str_of(rules[i].step));
    json_close(o, ']');
}

static void
disputes_json(json_out *o, const actor *who, const store_rows *d, const store_rows *steps)
{
    enum { ID, SYSTEM, WAS, WAS_NAME, WANTED, STATE, RESULT, MADE_BY, GROUNDS, ANSWER };
    json_key(o, S("disputes"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < d->row_count; i++) {
        json_open(o, '{');
        json_key(o, S("dispute_id"));
        json_id(o, store_number(d, i, ID));
        json_field(o, S("system"), store_text(d, i, SYSTEM));
        json_field(o, S("was_group"), store_text(d, i, WAS));
        json_field(o, S("was_name"), store_text(d, i, WAS_NAME));
        json_field(o, S("wanted_group"), store_text(d, i, WANTED));
        json_field(o, S("state"), store_text(d, i, STATE));
        json_field(o, S("result_group"), store_text(d, i, RESULT));
        json_field(o, S("grounds"), store_text(d, i, GROUNDS));
        json_field(o, S("answer"), store_text(d, i, ANSWER));
        steps_json(o, steps, store_number(d, i, ID));
        may_json(o, who, store_text(d, i, STATE));
        json_close(o, '}');
    }
    json_close(o, ']');
}

static bool show_work(store_job *job, void *arg, arena *a, err *e)
{
    showing *w = arg;
    json_out *o = w->out;
    const store_value key = STORE_N(w->list_id);
    store_rows l, d, steps;
    if (!list_ask(&l, job, w->who, w->list_id, a, e) ||
        !store_query(job, SQL_DISPUTES_OF_LIST, &key, 1, &d, a, e) ||
        !store_query(job, SQL_DISPUTE_STEPS_OF_LIST, &key, 1, &steps, a, e))
        return false;
    w->person_id = store_number(&l, 0, L_PERSON);
    json_open(o, '{');
    json_key(o, S("list_id"));
    json_id(o, w->list_id);
    json_key(o, S("settlement_id"));
    json_id(o, store_number(&l, 0, L_SETTLEMENT));
    json_field(o, S("provider_code"), store_text(&l, 0, L_CODE));
    json_field(o, S("provider_name"), store_text(&l, 0, L_NAME));
    json_field(o, S("month"), store_text(&l, 0, L_MONTH));
    json_field(o, S("state"), store_text(&l, 0, L_STATE));
    json_field_number(o, S("severity"), store_number(&l, 0, L_SEVERITY));
    json_key(o, S("uploaded_at"));
    json_moment(o, store_number(&l, 0, L_AT));
    json_field_money(o, S("cost"), store_number(&l, 0, L_COST));
    groups_json(o, &l);
    disputes_json(o, w->who, &d, &steps);
    json_field_bool(o, S("may_file"),
                    w->who->provider_id != 0 && actor_may(w->who, RIGHT_DISPUTE_FILE));
    json_close(o, '}');
    return true;
}

bool dispute_list_show(json_out *out, store *s, const actor *who, int64_t list_id, arena *a, err *e)
{
    showing w = {out, who, list_id, 0};
    return store_read(s, show_work, &w, a, e) &&
           access_audit_look(s, who, S("settlement_list.read"),
                             arena_printf(a, "settlement list %" PRId64, list_id), w.person_id,
                             S("{}"), a, e);
}

/* ---- how far DIP reaches ---- */

typedef struct {
    json_out *out;
    const actor *who;
    str month, first, last, within;
} reaching;

static bool coverage_work(store_job *job, void *arg, arena *a, err *e)
{
    enum { CODE, NAME, LEVEL, LISTS, GROUPED };
    reaching *w = arg;
    json_out *o = w->out;
    const store_value key[] = {STORE_T(w->within), STORE_T(w->first), STORE_T(w->last),
                               STORE_T(arena_printf(a, "%.4s%.2s", w->month.p, w->month.p + 5))};
    store_rows r;
    int64_t covered = 0, lists = 0, grouped = 0;
    if (!store_query(job, SQL_DIP_COVERAGE, key, COUNTOF(key), &r, a, e))
        return false;
    json_open(o, '{');
    json_field(o, S("month"), w->month);
    json_key(o, S("rows"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        int64_t with_group = store_number(&r, i, GROUPED);
        covered += with_group > 0;
        lists += store_number(&r, i, LISTS);
        grouped += with_group;
        json_open(o, '{');
        json_field(o, S("code"), store_text(&r, i, CODE));
        json_field(o, S("name"), store_text(&r, i, NAME));
        json_field(o, S("level"), store_text(&r, i, LEVEL));
        json_field_number(o, S("lists"), store_number(&r, i, LISTS));
        json_field_number(o, S("grouped"), with_group);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_field_number(o, S("eligible"), r.row_count);
    json_field_number(o, S("covered"), covered);
    json_field_number(o, S("lists"), lists);
    json_field_number(o, S("grouped"), grouped);
    json_close(o, '}');
    return true;
}

bool dip_coverage_show(json_out *out, store *s, const actor *who, str month, arena *a, err *e)
{
    day first;
    char last[DAY_TEXT_SIZE];
    str area = who->area_code;
    if (month.n != 7 || !day_parse(&first, arena_printf(a, "%.*s-01", STR_ARG(month))))
        return fault(e, ERR_BAD_VALUE, "month", "a month such as 2024-05");
    if (who->provider_id)
        return FAIL(e, ERR_NO_RIGHT, "of all hospitals of an area");
    civil c = day_civil(first);
    day_print(last, (day){first.number + days_in_month(c.year, c.month) - 1});
    while (area.n >= 2 && area.p[area.n - 1] == '0' && area.p[area.n - 2] == '0')
        area.n -= 2;
    reaching w = {out,
                  who,
                  month,
                  arena_printf(a, "%.*s-01", STR_ARG(month)),
                  arena_str(a, str_of(last)),
                  arena_printf(a, "%.*s%%", STR_ARG(area))};
    return store_read(s, coverage_work, &w, a, e);
}
