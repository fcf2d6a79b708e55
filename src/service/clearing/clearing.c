/* Statements between pooling areas. */
#include "service/clearing/clearing.h"

#include "base/day.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define STRAGGLERS_MS   (INT64_C(10) * 60 * 1000)

static str day_text(int64_t ms, arena *a)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){(int32_t)((ms + CHINA_OFFSET_MS) / 86400000)});
    return arena_str(a, str_of(text));
}

static str day_now(store *s, arena *a)
{
    return day_text(store_now_ms(s), a);
}

static bool fault(err *e, err_code code, const char *field, const char *expected)
{
    FAIL(e, code, "the field %s", field);
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return false;
}

/* ---- making ---- */

typedef struct {
    office *o;
    const actor *who;
    str month, pool;
    clearing_made *out;
    store_rows sums, funds, live;
} making;

enum { SUM_INSURED, SUM_SCHEME, SUM_KIND, SUM_WAY, SUM_COUNT, SUM_TOTAL, SUM_FUND, SUM_ACCOUNT };

typedef struct {
    int64_t visits, reversals, total_fen, fund_fen, account_fen;
} amounts;

static void amounts_add(amounts *to, const store_rows *r, ptrdiff_t i)
{
    bool back = str_eq(store_text(r, i, SUM_WAY), S("reverse"));
    to->visits += back ? 0 : store_number(r, i, SUM_COUNT);
    to->reversals += back ? store_number(r, i, SUM_COUNT) : 0;
    to->total_fen += store_number(r, i, SUM_TOTAL);
    to->fund_fen += store_number(r, i, SUM_FUND);
    to->account_fen += store_number(r, i, SUM_ACCOUNT);
}

static bool
same_cells(const store_rows *r, ptrdiff_t i, const store_rows *s, ptrdiff_t k, int count)
{
    for (int at = 0; at < count; at++)
        if (!str_eq(store_text(r, i, at), store_text(s, k, at)))
            return false;
    return true;
}

static void line_put(store_job *job, int64_t statement_id, str kind, str said, const amounts *m)
{
    const store_value row[] = {STORE_N(statement_id), STORE_T(kind),          STORE_T(said),
                               STORE_N(m->visits),    STORE_N(m->reversals),  STORE_N(m->total_fen),
                               STORE_N(m->fund_fen),  STORE_N(m->account_fen)};
    store_put(job, SQL_CLEARING_LINE_ADD, row, COUNTOF(row));
}

/* The rows of one pair and scheme lie together, those of one kind of visit within them too. */
static amounts settings_put(store_job *job, making *w, int64_t id, ptrdiff_t first, ptrdiff_t end)
{
    amounts all = {0};
    for (ptrdiff_t i = first; i < end;) {
        amounts of_kind = {0};
        ptrdiff_t begin = i;
        for (; i < end && same_cells(&w->sums, i, &w->sums, begin, SUM_KIND + 1); i++) {
            amounts_add(&of_kind, &w->sums, i);
            amounts_add(&all, &w->sums, i);
        }
        line_put(job, id, S("visit_kind"), store_text(&w->sums, begin, SUM_KIND), &of_kind);
    }
    return all;
}

static void funds_put(store_job *job, making *w, int64_t id, ptrdiff_t first)
{
    enum { FUND_NAME = 2, FUND_FEN };
    for (ptrdiff_t i = 0; i < w->funds.row_count; i++) {
        if (!same_cells(&w->funds, i, &w->sums, first, SUM_SCHEME + 1))
            continue;
        const amounts m = {.fund_fen = store_number(&w->funds, i, FUND_FEN)};
        line_put(job, id, S("fund"), store_text(&w->funds, i, FUND_NAME), &m);
    }
}

static void statement_put(store_job *job, making *w, ptrdiff_t first, ptrdiff_t end, arena *a)
{
    store *s = store_of(job);
    int64_t id = store_new_id(s);
    amounts all = settings_put(job, w, id, first, end);
    funds_put(job, w, id, first);
    const store_value row[] = {STORE_N(id),
                               STORE_T(w->month),
                               STORE_T(store_text(&w->sums, first, SUM_INSURED)),
                               STORE_T(w->pool),
                               STORE_T(store_text(&w->sums, first, SUM_SCHEME)),
                               STORE_N(all.visits),
                               STORE_N(all.reversals),
                               STORE_N(all.total_fen),
                               STORE_N(all.fund_fen),
                               STORE_N(all.account_fen),
                               STORE_N(all.fund_fen + all.account_fen),
                               STORE_N(w->who->user_id),
                               STORE_N(store_now_ms(s))};
    store_put(job, SQL_CLEARING_STATEMENT_ADD, row, COUNTOF(row));
    access_audit(job, w->who, S("clearing.make"), arena_printf(a, "clearing %" PRId64, id), 0,
                 S("{}"), S("ok"));
    w->out->id[w->out->count++] = id;
}

static bool make_work(store_job *job, void *arg, arena *a, err *e)
{
    making *w = arg;
    const store_value key[] = {STORE_T(w->month), STORE_T(w->pool)};
    const store_ask ask[] = {{SQL_CLEARING_SUMS, key, 2, &w->sums},
                             {SQL_CLEARING_FUNDS, key, 2, &w->funds},
                             {SQL_CLEARING_LIVE, key, 2, &w->live}};
    w->out->count = 0;
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    for (ptrdiff_t i = 0; i < w->sums.row_count;) {
        ptrdiff_t first = i;
        bool there = w->out->count == CLEARING_STATEMENTS_MAX;
        while (i < w->sums.row_count && same_cells(&w->sums, i, &w->sums, first, SUM_SCHEME + 1))
            i++;
        for (ptrdiff_t k = 0; k < w->live.row_count; k++)
            there = there || same_cells(&w->live, k, &w->sums, first, SUM_SCHEME + 1);
        if (!there)
            statement_put(job, w, first, i, a);
    }
    return true;
}

static bool is_month(str s, arena *a)
{
    day ignored;
    return s.n == 7 && day_parse(&ignored, arena_printf(a, "%.*s-01", STR_ARG(s)));
}

bool clearing_make(clearing_made *out,
                   office *o,
                   const actor *who,
                   str month,
                   str treatment_pool,
                   arena *a,
                   err *e)
{
    making w = {.o = o, .who = who, .month = month, .pool = treatment_pool, .out = out};
    /* what another server booked just before midnight may not be there yet */
    str pool, today = day_text(store_now_ms(office_store(o)) - STRAGGLERS_MS, a);
    *out = (clearing_made){0};
    if (!is_month(month, a))
        return fault(e, ERR_BAD_VALUE, "month", "a month such as 2026-10");
    if (str_cmp(month, (str){today.p, 7}) >= 0)
        return fault(e, ERR_BAD_VALUE, "month", "a month that is over");
    if (!office_pool_of(&pool, o, treatment_pool, a, e))
        return false;
    if (pool.n == 0 || !str_eq(pool, treatment_pool))
        return fault(e, ERR_BAD_VALUE, "treatment_pool", "the code of a pooling area");
    if (who->provider_id || !actor_covers_area(who, pool))
        return FAIL(e, ERR_NO_RIGHT, "another area's statements");
    return store_write(office_store(o), str_hash(pool), make_work, &w, a, e);
}

/* ---- confirming, paying, withdrawing ---- */

typedef struct {
    clearing_step step;
    const char *from, *to, *action;
    right needs;
    bool by_insured; /* else by the area of treatment */
    store_sql sql;
    const char *text; /* the field that has to be there; NULL = none */
} step_rule;

static const step_rule steps[] = {
    {CLEARING_CONFIRM, "made", "confirmed", "clearing.confirm", RIGHT_CLEARING_CONFIRM, true,
     SQL_CLEARING_CONFIRM, NULL},
    {CLEARING_PAY, "confirmed", "paid", "clearing.pay", RIGHT_CLEARING_PAY, true, SQL_CLEARING_PAY,
     "reference"},
    {CLEARING_WITHDRAW, "made", "withdrawn", "clearing.withdraw", RIGHT_CLEARING_MAKE, false,
     SQL_CLEARING_WITHDRAW, "reason"},
};

typedef struct {
    int64_t statement_id, made_by, confirmed_by;
    str state, insured_pool, treatment_pool, scheme;
} statement;

typedef struct {
    const step_rule *rule;
    const actor *who;
    statement s;
    str text;
} stepping;

static bool statement_ask(statement *s, store_job *job, store_sql sql, arena *a, err *e)
{
    const store_value key = STORE_N(s->statement_id);
    store_rows r;
    if (!store_query(job, sql, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0) {
        FAIL(e, ERR_NOT_FOUND, "no statement %" PRId64, s->statement_id);
        return false;
    }
    *s = (statement){s->statement_id,      store_number(&r, 0, 4), store_number(&r, 0, 5),
                     store_text(&r, 0, 0), store_text(&r, 0, 1),   store_text(&r, 0, 2),
                     store_text(&r, 0, 3)};
    return true;
}

static bool sees(const actor *who, const statement *s)
{
    return !who->provider_id &&
           (actor_covers_area(who, s->insured_pool) || actor_covers_area(who, s->treatment_pool));
}

static bool may_step(const step_rule *r, const statement *s, const actor *who, err *e)
{
    if (!sees(who, s))
        return FAIL(e, ERR_NOT_FOUND, "no statement %" PRId64, s->statement_id);
    if (!actor_may(who, r->needs)) {
        err_expected(e, "%s", right_word(r->needs));
        return FAIL(e, ERR_NO_RIGHT, "not yours to do");
    }
    if (!actor_covers_area(who, r->by_insured ? s->insured_pool : s->treatment_pool))
        return FAIL(e, ERR_NO_RIGHT, "for the other area to do");
    if (!str_eq(s->state, str_of(r->from)))
        return FAIL(e, ERR_NOT_OPEN, "it is %.*s", STR_ARG(s->state));
    if (r->by_insured && (s->made_by == who->user_id || s->confirmed_by == who->user_id))
        return FAIL(e, ERR_SAME_PERSON, "you did the step before");
    return true;
}

/* What was owed is cleared against the bank, fund by fund, on both sides. */
static bool paid_put(store_job *job, const stepping *w, arena *a, err *e)
{
    const store_value key = STORE_N(w->s.statement_id);
    store_rows r;
    int entry_no = 0;
    if (!store_query(job, SQL_CLEARING_FUND_LINES, &key, 1, &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        const struct {
            str area, other, debit, credit;
        } side[] = {{w->s.insured_pool, w->s.treatment_pool, S("due_to_area"), S("bank")},
                    {w->s.treatment_pool, w->s.insured_pool, S("bank"), S("due_from_area")}};
        for (int k = 0; k < (int)COUNTOF(side); k++) {
            const store_value row[] = {STORE_N(w->s.statement_id),
                                       STORE_N(entry_no++),
                                       STORE_T(day_now(store_of(job), a)),
                                       STORE_T(side[k].area),
                                       STORE_T(side[k].other),
                                       STORE_T(w->s.scheme),
                                       STORE_T(store_text(&r, i, 0)),
                                       STORE_T(side[k].debit),
                                       STORE_T(side[k].credit),
                                       STORE_N(store_number(&r, i, 1))};
            store_put(job, SQL_CLEARING_ENTRY_ADD, row, COUNTOF(row));
        }
    }
    return true;
}

static bool step_work(store_job *job, void *arg, arena *a, err *e)
{
    stepping *w = arg;
    if (!statement_ask(&w->s, job, SQL_CLEARING_LOCK, a, e) || !may_step(w->rule, &w->s, w->who, e))
        return false;
    if (w->rule->step == CLEARING_PAY && !paid_put(job, w, a, e))
        return false;
    const store_value row[] = {STORE_N(w->s.statement_id), STORE_N(w->who->user_id),
                               STORE_N(store_now_ms(store_of(job))), STORE_T(w->text)};
    store_put_one(job, w->rule->sql, row, w->rule->text ? 4 : 3);
    access_audit(job, w->who, str_of(w->rule->action),
                 arena_printf(a, "clearing %" PRId64, w->s.statement_id), 0, S("{}"), S("ok"));
    return true;
}

bool clearing_do(clearing_step step,
                 office *o,
                 const actor *who,
                 int64_t statement_id,
                 str text,
                 arena *a,
                 err *e)
{
    stepping w = {.rule = &steps[step - 1], .who = who, .text = text};
    assert(w.rule->step == step);
    w.s.statement_id = statement_id;
    if (w.rule->text && (text.n == 0 || text.n > 200))
        return fault(e, text.n ? ERR_TOO_LARGE : ERR_MISSING_FIELD, w.rule->text,
                     "a text of up to 200 bytes");
    return store_write(office_store(o), (uint64_t)statement_id, step_work, &w, a, e);
}

/* ---- showing ---- */

typedef struct {
    json_out *out;
    const actor *who;
    int64_t statement_id;
} showing;

static void lines_show(json_out *o, const store_rows *r)
{
    enum { KIND, WORD, VISITS, REVERSALS, TOTAL, FUND, ACCOUNT };
    json_key(o, S("settings"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (!str_eq(store_text(r, i, KIND), S("visit_kind")))
            continue;
        json_open(o, '{');
        json_field(o, S("visit_kind"), store_text(r, i, WORD));
        json_field_number(o, S("visits"), store_number(r, i, VISITS));
        json_field_number(o, S("reversals"), store_number(r, i, REVERSALS));
        json_field_money(o, S("total"), store_number(r, i, TOTAL));
        json_field_money(o, S("fund"), store_number(r, i, FUND));
        json_field_money(o, S("account"), store_number(r, i, ACCOUNT));
        json_close(o, '}');
    }
    json_close(o, ']');
    json_key(o, S("funds"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (!str_eq(store_text(r, i, KIND), S("fund")))
            continue;
        json_open(o, '{');
        json_field(o, S("fund"), store_text(r, i, WORD));
        json_field_money(o, S("amount"), store_number(r, i, FUND));
        json_close(o, '}');
    }
    json_close(o, ']');
}

/* What this user could do next. */
static void may_show(json_out *o, const statement *s, const actor *who)
{
    static const char *const said[] = {"confirm", "pay", "withdraw"};
    json_key(o, S("may"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < COUNTOF(steps); i++) {
        err unheard = {0};
        if (may_step(&steps[i], s, who, &unheard))
            json_str(o, str_of(said[i]));
    }
    json_close(o, ']');
}

static bool show_work(store_job *job, void *arg, arena *a, err *e)
{
    enum {
        MONTH = 6,
        INSURED_NAME,
        TREATMENT_NAME,
        VISITS,
        REVERSALS,
        TOTAL,
        FUND,
        ACCOUNT,
        DUE,
        MADE_AT,
        CONFIRMED_AT,
        PAID_AT,
        REFERENCE,
        REASON,
        MAKER,
        CONFIRMER,
        PAYER
    };
    showing *w = arg;
    json_out *o = w->out;
    statement s = {.statement_id = w->statement_id};
    const store_value key = STORE_N(w->statement_id);
    store_rows r, lines;
    if (!statement_ask(&s, job, SQL_CLEARING_SHOW, a, e))
        return false;
    if (!sees(w->who, &s))
        return FAIL(e, ERR_NOT_FOUND, "no statement %" PRId64, s.statement_id);
    if (!store_query(job, SQL_CLEARING_SHOW, &key, 1, &r, a, e) ||
        !store_query(job, SQL_CLEARING_LINES, &key, 1, &lines, a, e))
        return false;
    json_open(o, '{');
    json_field_id(o, S("statement_id"), s.statement_id);
    const struct {
        const char *name;
        str text;
    } text[] = {{"month", store_text(&r, 0, MONTH)},
                {"insured_pool", s.insured_pool},
                {"insured_name", store_text(&r, 0, INSURED_NAME)},
                {"treatment_pool", s.treatment_pool},
                {"treatment_name", store_text(&r, 0, TREATMENT_NAME)},
                {"scheme", s.scheme},
                {"state", s.state},
                {"made_by_name", store_text(&r, 0, MAKER)},
                {"confirmed_by_name", store_text(&r, 0, CONFIRMER)},
                {"paid_by_name", store_text(&r, 0, PAYER)},
                {"reference", store_text(&r, 0, REFERENCE)},
                {"reason", store_text(&r, 0, REASON)}};
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++)
        json_field(o, str_of(text[i].name), text[i].text);
    json_field_number(o, S("visits"), store_number(&r, 0, VISITS));
    json_field_number(o, S("reversals"), store_number(&r, 0, REVERSALS));
    json_field_money(o, S("total"), store_number(&r, 0, TOTAL));
    json_field_money(o, S("fund"), store_number(&r, 0, FUND));
    json_field_money(o, S("account"), store_number(&r, 0, ACCOUNT));
    json_field_money(o, S("due"), store_number(&r, 0, DUE));
    json_field_moment(o, S("made_at"), store_number(&r, 0, MADE_AT));
    json_field_moment(o, S("confirmed_at"), store_number(&r, 0, CONFIRMED_AT));
    json_field_moment(o, S("paid_at"), store_number(&r, 0, PAID_AT));
    lines_show(o, &lines);
    may_show(o, &s, w->who);
    json_close(o, '}');
    return true;
}

bool clearing_show(
    json_out *out, office *o, const actor *who, int64_t statement_id, arena *a, err *e)
{
    showing w = {out, who, statement_id};
    return store_read(office_store(o), show_work, &w, a, e);
}

/* ---- applications of providers ---- */

bool clearing_agrees(const clearing_application *p)
{
    return p->said.visits == p->booked.visits && p->said.total_fen == p->booked.total_fen &&
           p->said.fund_fen == p->booked.fund_fen && p->said.account_fen == p->booked.account_fen &&
           p->said.cash_fen == p->booked.cash_fen;
}

bool clearing_apply(clearing_application *p, store_job *job, arena *a, err *e)
{
    const store_value key[] = {STORE_N(p->provider_id), STORE_T(p->month), STORE_T(p->clr_type),
                               STORE_T(p->from_on), STORE_T(p->until_on)};
    store_rows r;
    if (!store_query(job, SQL_CLEARING_APPLICATION_OPEN, key, COUNTOF(key), &r, a, e))
        return false;
    if (r.row_count)
        return FAIL(e, ERR_EXISTS, "application %" PRId64 " is open", store_number(&r, 0, 0));
    p->application_id = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(p->application_id),
                               STORE_N(p->provider_id),
                               STORE_T(p->month),
                               STORE_T(p->clr_type),
                               STORE_T(p->from_on),
                               STORE_T(p->until_on),
                               STORE_N(clearing_agrees(p)),
                               STORE_N(p->said.visits),
                               STORE_N(p->said.total_fen),
                               STORE_N(p->said.fund_fen),
                               STORE_N(p->said.cash_fen),
                               STORE_N(p->said.account_fen),
                               STORE_N(p->booked.visits),
                               STORE_N(p->booked.total_fen),
                               STORE_N(p->booked.fund_fen),
                               STORE_N(p->booked.cash_fen),
                               STORE_N(p->booked.account_fen),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_CLEARING_APPLICATION_ADD, row, COUNTOF(row));
    return true;
}

bool clearing_apply_withdraw(
    store_job *job, int64_t provider_id, int64_t application_id, arena *a, err *e)
{
    const store_value key[] = {STORE_N(application_id), STORE_N(provider_id),
                               STORE_N(store_now_ms(store_of(job)))};
    store_rows r;
    if (!store_query(job, SQL_CLEARING_APPLICATION_GET, key, 2, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no application %" PRId64, application_id);
    if (!str_eq(store_text(&r, 0, 0), S("applied")))
        return FAIL(e, ERR_NOT_OPEN, "it is %.*s", STR_ARG(store_text(&r, 0, 0)));
    store_put_one(job, SQL_CLEARING_APPLICATION_WITHDRAW, key, COUNTOF(key));
    return true;
}
