/* Comparisons with providers: kept as they were made, resolved by people. */
#include "base/day.h"
#include "service/messages/messages_internal.h"

#define NOTE_BYTES 600
#define CHINA_MS   INT64_C(28800000)
#define DAY_MS     INT64_C(86400000)
#define TOTALS_MAX 400
#define LANE       str_hash(S("statement"))

static const char *const resolutions[] = {"missing_here",   "missing_there", "amount",
                                          "reversed_later", "other",         ""};

void statement_put(store_job *job, const statement *s)
{
    const store_value key[] = {STORE_N(s->provider_id), STORE_T(s->transaction_no),
                               STORE_T(s->from_on),     STORE_T(s->until_on),
                               STORE_T(s->scheme),      STORE_T(s->clr_type),
                               STORE_T(s->refunded)};
    const store_value row[] = {STORE_N(s->statement_id),
                               STORE_N(s->provider_id),
                               STORE_T(s->transaction_no),
                               STORE_T(s->trace_id),
                               STORE_N(s->made_at),
                               STORE_T(s->from_on),
                               STORE_T(s->until_on),
                               STORE_T(s->scheme),
                               STORE_T(s->clr_type),
                               STORE_T(s->refunded),
                               STORE_T(s->differences ? S("open") : S("equal")),
                               STORE_N(s->ours.count),
                               STORE_N(s->ours.total_fen),
                               STORE_N(s->ours.fund_fen),
                               STORE_N(s->ours.account_fen),
                               STORE_N(s->theirs.count),
                               STORE_N(s->theirs.total_fen),
                               STORE_N(s->theirs.fund_fen),
                               STORE_N(s->theirs.account_fen),
                               STORE_N(s->differences),
                               STORE_N(s->row_count)};
    store_put(job, SQL_STATEMENT_SUPERSEDE, key, COUNTOF(key));
    store_put(job, SQL_STATEMENT_ADD, row, COUNTOF(row));
    for (int i = 0; i < s->row_count; i++) {
        const statement_difference *d = &s->row[i];
        const store_value v[] = {STORE_N(s->statement_id),  STORE_N(i + 1),
                                 STORE_T(str_of(d->kind)),  STORE_T(d->reference),
                                 STORE_N(d->settlement_id), STORE_N(d->person_id),
                                 STORE_T(d->visit_ref),     STORE_N(d->refund),
                                 STORE_N(d->ours[0]),       STORE_N(d->ours[1]),
                                 STORE_N(d->ours[2]),       STORE_N(d->theirs[0]),
                                 STORE_N(d->theirs[1]),     STORE_N(d->theirs[2])};
        store_put(job, SQL_DIFFERENCE_ADD, v, COUNTOF(v));
    }
}

typedef struct {
    const statement_resolution *r;
    const actor *who;
} resolving;

static bool resolve_check(const statement_resolution *r, err *e)
{
    bool known = false;
    for (ptrdiff_t i = 0; i < COUNTOF(resolutions); i++)
        known = known || str_eq(r->resolution, str_of(resolutions[i]));
    if (!known) {
        err_field(e, S("resolution"));
        err_expected(e, "missing_here, missing_there, amount, reversed_later, other, or empty");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    if (r->note.n >= 2 && r->note.n <= NOTE_BYTES)
        return true;
    err_field(e, S("note"));
    err_expected(e, "what was found, in 2 to %d bytes", NOTE_BYTES);
    return FAIL(e, r->note.n > NOTE_BYTES ? ERR_TOO_LONG : ERR_MISSING_FIELD, "%s", "");
}

static bool resolve_work(store_job *job, void *arg, arena *a, err *e)
{
    const resolving *w = arg;
    const statement_resolution *r = w->r;
    store_rows s, d;
    const store_value key[] = {STORE_N(r->statement_id), STORE_N(r->line)};
    if (!store_query(job, SQL_STATEMENT_GET, key, 1, &s, a, e) ||
        !store_query(job, SQL_DIFFERENCE_GET, key, 2, &d, a, e))
        return false;
    if (s.row_count == 0 || d.row_count == 0 || !actor_covers_area(w->who, store_text(&s, 0, 1)) ||
        (w->who->provider_id && w->who->provider_id != store_number(&s, 0, 0)))
        return FAIL(e, ERR_NOT_FOUND, "statement %" PRId64 " line %" PRId64, r->statement_id,
                    r->line);
    bool was_open = store_text(&d, 0, 0).n == 0, opens = r->resolution.n == 0;
    int64_t open = store_number(&s, 0, 3) + opens - was_open;
    str state = store_text(&s, 0, 2);
    if (!str_eq(state, S("superseded")))
        state = open ? S("open") : S("resolved");
    const store_value row[] = {key[0],
                               key[1],
                               STORE_T(r->resolution),
                               STORE_T(r->note),
                               STORE_N(w->who->user_id),
                               STORE_N(opens ? 0 : store_now_ms(store_of(job)))};
    const store_value count[] = {key[0], STORE_N(open), STORE_T(state)};
    store_put_one(job, SQL_DIFFERENCE_RESOLVE, row, COUNTOF(row));
    store_put_one(job, SQL_STATEMENT_COUNT, count, COUNTOF(count));
    json_out detail = json_out_new(a, 256);
    json_open(&detail, '{');
    json_field_number(&detail, S("line"), r->line);
    json_field(&detail, S("resolution"), r->resolution);
    json_field(&detail, S("note"), r->note);
    json_field(&detail, S("before"), store_text(&d, 0, 0));
    json_close(&detail, '}');
    access_audit(job, w->who, opens ? S("statement.reopen") : S("statement.resolve"),
                 arena_printf(a, "statement %" PRId64, r->statement_id), 0, json_out_text(&detail),
                 S("ok"));
    return true;
}

bool statement_resolve(store *s, const statement_resolution *r, const actor *who, arena *a, err *e)
{
    resolving w = {r, who};
    return resolve_check(r, e) && store_write(s, LANE, resolve_work, &w, a, e);
}

/* ---- our side ---- */

typedef struct {
    str scheme, clr_type;
    statement_side sum;
    int64_t cash_fen, reversed;
} total;

typedef struct {
    const totals_request *r;
    int64_t from_ms, until_ms;
    str area;
    total *row;
    int count;
} summing;

static total *total_of(summing *w, str scheme, str clr_type)
{
    for (int i = 0; i < w->count; i++)
        if (str_eq(w->row[i].scheme, scheme) && str_eq(w->row[i].clr_type, clr_type))
            return &w->row[i];
    assert(w->count < TOTALS_MAX);
    w->row[w->count] = (total){.scheme = scheme, .clr_type = clr_type};
    return &w->row[w->count++];
}

static bool totals_work(store_job *job, void *arg, arena *a, err *e)
{
    enum { SCHEME, VISIT_KIND, KIND, STATE, COUNT, TOTAL, FUND, ACCOUNT, CASH };
    summing *w = arg;
    const store_value key[] = {STORE_N(w->r->provider_id), STORE_N(w->from_ms),
                               STORE_N(w->until_ms)};
    store_rows r, scope;
    if (!store_query(job, SQL_GATEWAY_TOTALS, key, COUNTOF(key), &r, a, e) ||
        !store_query(job, SQL_ACCESS_SCOPE, key, 1, &scope, a, e))
        return false;
    w->area = scope.row_count ? store_text(&scope, 0, 0) : S("");
    if (r.row_count > TOTALS_MAX)
        return FAIL(e, ERR_TOO_LARGE, "%td sums", r.row_count);
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        total *t = total_of(w, store_text(&r, i, SCHEME),
                            w->r->clr_type(w->r->with, w->area, store_text(&r, i, VISIT_KIND)));
        t->sum.count += store_number(&r, i, COUNT);
        t->sum.total_fen += store_number(&r, i, TOTAL);
        t->sum.fund_fen += store_number(&r, i, FUND);
        t->sum.account_fen += store_number(&r, i, ACCOUNT);
        t->cash_fen += store_number(&r, i, CASH);
        if (str_eq(store_text(&r, i, STATE), S("reversed")))
            t->reversed += store_number(&r, i, COUNT);
    }
    return true;
}

static bool days_read(summing *w, err *e)
{
    day first, last;
    bool from = day_parse(&first, w->r->from_on), until = day_parse(&last, w->r->until_on);
    if (!from || !until || last.number < first.number) {
        err_field(e, from ? S("until") : S("from"));
        err_expected(e, "a day, the last one not before the first");
        return FAIL(e, ERR_BAD_DATE, "%s", "");
    }
    w->from_ms = first.number * DAY_MS - CHINA_MS;
    w->until_ms = (last.number + 1) * DAY_MS - CHINA_MS;
    return true;
}

bool totals_json(
    json_out *out, store *s, const totals_request *r, const actor *who, arena *a, err *e)
{
    summing w = {.r = r, .row = arena_new(a, total, TOTALS_MAX)};
    if (!days_read(&w, e) || !gateway_scope(s, r->provider_id, who, a, e) ||
        !store_read(s, totals_work, &w, a, e))
        return false;
    json_key(out, S("rows"));
    json_open(out, '[');
    for (int i = 0; i < w.count; i++) {
        const total *t = &w.row[i];
        json_open(out, '{');
        json_field(out, S("scheme"), t->scheme);
        json_field(out, S("clr_type"), t->clr_type);
        json_field_number(out, S("count"), t->sum.count);
        json_field_number(out, S("reversed"), t->reversed);
        json_field_money(out, S("total"), t->sum.total_fen);
        json_field_money(out, S("fund"), t->sum.fund_fen);
        json_field_money(out, S("account"), t->sum.account_fen);
        json_field_money(out, S("cash"), t->cash_fen);
        json_close(out, '}');
    }
    json_close(out, ']');
    return true;
}
