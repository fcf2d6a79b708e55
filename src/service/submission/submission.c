/* Settled, submitted, cleared. */
#include "service/submission/submission.h"

#include "base/day.h"
#include "base/money.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define DAY_MS          INT64_C(86400000)
#define STRAGGLERS_MS   (INT64_C(10) * 60 * 1000)

static bool fault(err *e, err_code code, const char *field, const char *expected)
{
    FAIL(e, code, "the field %s", field);
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return false;
}

static bool sees(const actor *who, int64_t provider_id, str area_code)
{
    return who->provider_id ? who->provider_id == provider_id : actor_covers_area(who, area_code);
}

static void audit(store_job *job, const actor *who, const char *action, int64_t id, arena *a)
{
    access_audit(job, who, str_of(action), arena_printf(a, "submission %" PRId64, id), 0, S("{}"),
                 S("ok"));
}

/* ---- making ---- */

typedef struct {
    const actor *who;
    int64_t provider_id, submission_id, from_ms, until_ms;
    str month;
} making;

typedef struct {
    int64_t count, total_fen, fund_fen, account_fen, cash_fen;
} sums;

static bool provider_is_seen(store_job *job, const making *w, arena *a, err *e)
{
    const store_value key = STORE_N(w->provider_id);
    store_rows r;
    if (!store_query(job, SQL_SUBMISSION_PROVIDER, &key, 1, &r, a, e))
        return false;
    return (r.row_count && sees(w->who, w->provider_id, store_text(&r, 0, 0))) ||
           fault(e, ERR_NOT_FOUND, "provider_id", "a provider of yours");
}

static sums lines_put(store_job *job, const making *w, const store_rows *r)
{
    enum { SETTLEMENT, PERSON, KIND, TOTAL, FUND, ACCOUNT, CASH };
    sums all = {0};
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        const store_value row[] = {STORE_N(w->submission_id),
                                   STORE_N(store_number(r, i, SETTLEMENT)),
                                   STORE_N(store_number(r, i, PERSON)),
                                   STORE_T(store_text(r, i, KIND)),
                                   STORE_N(store_number(r, i, TOTAL)),
                                   STORE_N(store_number(r, i, FUND)),
                                   STORE_N(store_number(r, i, ACCOUNT)),
                                   STORE_N(store_number(r, i, CASH))};
        store_put(job, SQL_SUBMISSION_LINE_ADD, row, COUNTOF(row));
        all.count++;
        all.total_fen += store_number(r, i, TOTAL);
        all.fund_fen += store_number(r, i, FUND);
        all.account_fen += store_number(r, i, ACCOUNT);
        all.cash_fen += store_number(r, i, CASH);
    }
    return all;
}

static bool make_work(store_job *job, void *arg, arena *a, err *e)
{
    making *w = arg;
    const store_value month[] = {STORE_N(w->provider_id), STORE_T(w->month)};
    const store_value period[] = {STORE_N(w->provider_id), STORE_N(w->from_ms),
                                  STORE_N(w->until_ms)};
    store_rows live, r;
    if (!provider_is_seen(job, w, a, e) ||
        !store_query(job, SQL_SUBMISSION_LIVE, month, 2, &live, a, e) ||
        !store_query(job, SQL_SUBMISSION_WAITING, period, 3, &r, a, e))
        return false;
    if (live.row_count)
        return fault(e, ERR_EXISTS, "month", "a month that was not submitted");
    if (r.row_count == 0)
        return fault(e, ERR_NO_ITEMS, "month", "a month with settlements");
    w->submission_id = store_new_id(store_of(job));
    sums all = lines_put(job, w, &r);
    const store_value row[] = {STORE_N(w->submission_id),
                               STORE_N(w->provider_id),
                               STORE_T(w->month),
                               STORE_N(all.count),
                               STORE_N(all.total_fen),
                               STORE_N(all.fund_fen),
                               STORE_N(all.account_fen),
                               STORE_N(all.cash_fen),
                               STORE_N(all.fund_fen + all.account_fen),
                               STORE_N(w->who->user_id),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_SUBMISSION_ADD, row, COUNTOF(row));
    audit(job, w->who, "submission.make", w->submission_id, a);
    return true;
}

/* First and last moment of a month that is over. */
static bool month_read(making *w, int64_t now_ms, arena *a, err *e)
{
    day first, next;
    str after;
    if (w->month.n != 7 || !day_parse(&first, arena_printf(a, "%.7s-01", w->month.p)))
        return fault(e, ERR_BAD_VALUE, "month", "a month such as 2026-10");
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){first.number + 31});
    after = arena_printf(a, "%.7s-01", text);
    if (!day_parse(&next, after))
        return fault(e, ERR_BAD_VALUE, "month", "a month such as 2026-10");
    w->from_ms = (int64_t)first.number * DAY_MS - CHINA_OFFSET_MS;
    w->until_ms = (int64_t)next.number * DAY_MS - CHINA_OFFSET_MS;
    return w->until_ms + STRAGGLERS_MS <= now_ms ||
           fault(e, ERR_BAD_VALUE, "month", "a month that is over");
}

bool submission_make(int64_t *submission_id,
                     office *o,
                     const actor *who,
                     int64_t provider_id,
                     str month,
                     arena *a,
                     err *e)
{
    making w = {.who = who, .provider_id = provider_id, .month = month};
    if (!month_read(&w, store_now_ms(office_store(o)), a, e) ||
        !store_write(office_store(o), (uint64_t)provider_id, make_work, &w, a, e))
        return false;
    *submission_id = w.submission_id;
    return true;
}

/* ---- clearing, and what undoes ---- */

typedef struct {
    submission_step step;
    const char *from, *action;
    right needs;
    store_sql sql;
    const char *text;
} step_rule;

static const step_rule steps[] = {
    {SUBMISSION_CLEAR, "submitted", "submission.clear", RIGHT_SUBMISSION_CLEAR,
     SQL_SUBMISSION_CLEAR, "reference"},
    {SUBMISSION_REOPEN, "cleared", "submission.reopen", RIGHT_SUBMISSION_CLEAR,
     SQL_SUBMISSION_REOPEN, "reason"},
    {SUBMISSION_WITHDRAW, "submitted", "submission.withdraw", RIGHT_SUBMISSION_MAKE,
     SQL_SUBMISSION_WITHDRAW, "reason"},
};

typedef struct {
    const step_rule *rule;
    const actor *who;
    int64_t submission_id, amount_fen;
    str text;
} stepping;

enum { STATE, PROVIDER, AREA, MADE_BY, DUE, RECEIPTS };

static bool may_step(const stepping *w, const store_rows *r, err *e)
{
    if (r->row_count == 0 || !sees(w->who, store_number(r, 0, PROVIDER), store_text(r, 0, AREA)))
        return FAIL(e, ERR_NOT_FOUND, "no submission %" PRId64, w->submission_id);
    if (!actor_may(w->who, w->rule->needs)) {
        err_expected(e, "%s", right_word(w->rule->needs));
        return FAIL(e, ERR_NO_RIGHT, "not yours to do");
    }
    if (!str_eq(store_text(r, 0, STATE), str_of(w->rule->from)))
        return FAIL(e, ERR_NOT_OPEN, "it is %.*s", STR_ARG(store_text(r, 0, STATE)));
    if (w->rule->needs == RIGHT_SUBMISSION_CLEAR && store_number(r, 0, MADE_BY) == w->who->user_id)
        return FAIL(e, ERR_SAME_PERSON, "you submitted it");
    if (w->rule->step == SUBMISSION_CLEAR && store_number(r, 0, DUE) != w->amount_fen) {
        FAIL(e, ERR_AMOUNT_MISMATCH, "not what is due");
        err_field(e, S("amount"));
        err_expected(e, "%s", money_show(store_number(r, 0, DUE)).c);
        return false;
    }
    return true;
}

static void receipt_put(store_job *job, const stepping *w, const store_rows *r, arena *a)
{
    char on[DAY_TEXT_SIZE];
    int64_t now = store_now_ms(store_of(job)), due = store_number(r, 0, DUE);
    day_print(on, (day){(int32_t)((now + CHINA_OFFSET_MS) / DAY_MS)});
    const store_value row[] = {STORE_N(w->submission_id),
                               STORE_N(store_number(r, 0, RECEIPTS) + 1),
                               STORE_N(w->rule->step == SUBMISSION_CLEAR ? due : -due),
                               STORE_T(arena_str(a, str_of(on))),
                               STORE_T(w->text),
                               STORE_N(w->who->user_id),
                               STORE_N(now)};
    store_put(job, SQL_SUBMISSION_RECEIPT_ADD, row, COUNTOF(row));
}

static bool step_work(store_job *job, void *arg, arena *a, err *e)
{
    stepping *w = arg;
    const store_value key = STORE_N(w->submission_id);
    store_rows lock, r;
    if (!store_query(job, SQL_SUBMISSION_LOCK, &key, 1, &lock, a, e) ||
        !store_query(job, SQL_SUBMISSION_GET, &key, 1, &r, a, e) || !may_step(w, &r, e))
        return false;
    if (w->rule->step == SUBMISSION_WITHDRAW)
        store_put(job, SQL_SUBMISSION_LINES_FREE, &key, 1);
    else
        receipt_put(job, w, &r, a);
    const store_value row[] = {key, STORE_N(w->who->user_id), STORE_N(store_now_ms(store_of(job))),
                               STORE_T(w->text)};
    store_put_one(job, w->rule->sql, row, COUNTOF(row));
    audit(job, w->who, w->rule->action, w->submission_id, a);
    return true;
}

bool submission_do(submission_step step,
                   office *o,
                   const actor *who,
                   int64_t submission_id,
                   int64_t amount_fen,
                   str text,
                   arena *a,
                   err *e)
{
    stepping w = {&steps[step - 1], who, submission_id, amount_fen, text};
    assert(w.rule->step == step);
    if (text.n == 0 || text.n > 200)
        return fault(e, text.n ? ERR_TOO_LARGE : ERR_MISSING_FIELD, w.rule->text,
                     "a text of up to 200 bytes");
    return store_write(office_store(o), (uint64_t)submission_id, step_work, &w, a, e);
}

/* ---- showing ---- */

typedef struct {
    int64_t submission_id;
    store_rows main, receipts;
} showing;

static bool show_work(store_job *job, void *arg, arena *a, err *e)
{
    showing *w = arg;
    const store_value key = STORE_N(w->submission_id);
    const store_ask ask[] = {{SQL_SUBMISSION_SHOW, &key, 1, &w->main},
                             {SQL_SUBMISSION_RECEIPTS, &key, 1, &w->receipts}};
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

static void receipts_json(json_out *out, const store_rows *r)
{
    json_key(out, S("receipts"));
    json_open(out, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        json_open(out, '{');
        json_field_money(out, S("amount"), store_number(r, i, 0));
        json_field(out, S("booked_on"), store_text(r, i, 1));
        json_field(out, S("text"), store_text(r, i, 2));
        json_field(out, S("by"), store_text(r, i, 3));
        json_close(out, '}');
    }
    json_close(out, ']');
}

bool submission_show(
    json_out *out, office *o, const actor *who, int64_t submission_id, arena *a, err *e)
{
    enum {
        STATE_AT,
        PROVIDER_AT,
        AREA_AT,
        MONTH,
        NAME,
        COUNT,
        TOTAL,
        FUND,
        ACCOUNT,
        CASH,
        DUE_AT,
        MAKER,
        CLEARER,
        REASON
    };
    showing w = {.submission_id = submission_id};
    if (!store_read(office_store(o), show_work, &w, a, e))
        return false;
    const store_rows *r = &w.main;
    if (r->row_count == 0 || !sees(who, store_number(r, 0, PROVIDER_AT), store_text(r, 0, AREA_AT)))
        return FAIL(e, ERR_NOT_FOUND, "no submission %" PRId64, submission_id);
    json_field_id(out, S("submission_id"), submission_id);
    json_field(out, S("month"), store_text(r, 0, MONTH));
    json_field(out, S("state"), store_text(r, 0, STATE_AT));
    json_field_id(out, S("provider_id"), store_number(r, 0, PROVIDER_AT));
    json_field(out, S("provider_name"), store_text(r, 0, NAME));
    json_field_number(out, S("settlements"), store_number(r, 0, COUNT));
    static const char *const amounts[] = {"total", "fund", "account", "cash", "due"};
    for (int i = 0; i < (int)COUNTOF(amounts); i++)
        json_field_money(out, str_of(amounts[i]), store_number(r, 0, TOTAL + i));
    json_field(out, S("made_by_name"), store_text(r, 0, MAKER));
    json_field(out, S("cleared_by_name"), store_text(r, 0, CLEARER));
    json_field(out, S("reason"), store_text(r, 0, REASON));
    receipts_json(out, &w.receipts);
    return true;
}
