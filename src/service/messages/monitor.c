/* How much, how fast, what was refused, who is silent: of an hour out of the messages themselves,
 * of a day or week out of the sums by the hour. */
#include "service/messages/messages_internal.h"

#define HOUR_MS  INT64_C(3600000)
#define CHINA_MS (8 * HOUR_MS)

typedef struct {
    const char *word;
    int64_t long_ms, step_ms; /* of the chart */
    store_sql series, transactions, codes, providers;
    int64_t silent_ms;
} span;

#define OF(where)                                                                                  \
    SQL_MONITOR_SERIES_##where, SQL_MONITOR_TRANSACTIONS_##where, SQL_MONITOR_CODES_##where,       \
        SQL_MONITOR_PROVIDERS_##where

static const span spans[] = {
    {"hour", HOUR_MS, HOUR_MS / 12, OF(LIVE), HOUR_MS},
    {"day", 24 * HOUR_MS, HOUR_MS, OF(HOUR), 24 * HOUR_MS},
    {"week", 168 * HOUR_MS, 6 * HOUR_MS, OF(HOUR), 72 * HOUR_MS},
};

typedef struct {
    const monitor_request *request;
    const span *span;
    const actor *who;
    json_out *out;
    int64_t now_ms, from_ms, until_ms;
} asking;

area_span span_of(const actor *who, arena *a)
{
    str code = who->area_code;
    while (code.n > 2 && code.n % 2 == 0 && memcmp(code.p + code.n - 2, "00", 2) == 0)
        code.n -= 2;
    return code.n ? (area_span){code, arena_printf(a, "%.*s999999999999", STR_ARG(code))}
                  : (area_span){S(""), S("")};
}

/* In the period, and what `who` may see. */
static bool ask(store_rows *r, store_job *job, const asking *q, store_sql sql, arena *a, err *e)
{
    area_span area = span_of(q->who, a);
    const store_value v[] = {STORE_N(q->from_ms), STORE_N(q->until_ms), STORE_T(area.from),
                             STORE_T(area.until), STORE_N(q->who->provider_id)};
    return store_query(job, sql, v, COUNTOF(v), r, a, e);
}

/* ---- how long ---- */

int64_t monitor_percentile(const int64_t bucket[MONITOR_BUCKETS], int64_t longest_us, int percent)
{
    int64_t all = 0, before = 0;
    for (int i = 0; i < MONITOR_BUCKETS; i++)
        all += bucket[i];
    if (all == 0)
        return 0;
    int64_t wanted = (all * percent + 99) / 100; /* the so-many-th message */
    for (int i = 0; i < MONITOR_BUCKETS; i++) {
        if (before + bucket[i] < wanted) {
            before += bucket[i];
            continue;
        }
        int64_t low = i ? monitor_border_us(i - 1) : 0;
        int64_t high = i < MONITOR_BUCKETS - 1 ? monitor_border_us(i) : longest_us;
        if (high > longest_us)
            high = longest_us > low ? longest_us : low;
        return low + (high - low) * (wanted - before) / bucket[i];
    }
    return longest_us;
}

/* ---- the parts ---- */

enum { OK, RECORDED, REPLAYED, REFUSED, KINDS };
static const char *const kinds[] = {"ok", "recorded", "replayed", "refused"};

static int64_t slot_of(const asking *q, int64_t at_ms)
{
    return at_ms - (at_ms + CHINA_MS) % q->span->step_ms;
}

static bool series_json(store_job *job, const asking *q, arena *a, err *e)
{
    store_rows r;
    int64_t first = slot_of(q, q->from_ms);
    int slots = (int)((q->until_ms - first + q->span->step_ms - 1) / q->span->step_ms);
    int64_t(*sum)[KINDS] = (int64_t(*)[KINDS])arena_new(a, int64_t, (ptrdiff_t)slots * KINDS);
    int64_t all[KINDS] = {0};
    if (!ask(&r, job, q, q->span->series, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        int slot = (int)((slot_of(q, store_number(&r, i, 0)) - first) / q->span->step_ms);
        int kind = (int)store_number(&r, i, 1);
        slot = slot < 0 ? 0 : slot;
        if (slot < slots)
            sum[slot][kind] += store_number(&r, i, 2);
        all[kind] += store_number(&r, i, 2);
    }
    json_key(q->out, S("totals"));
    json_open(q->out, '{');
    json_field_number(q->out, S("messages"),
                      all[OK] + all[RECORDED] + all[REPLAYED] + all[REFUSED]);
    for (int k = 0; k < KINDS; k++)
        json_field_number(q->out, str_of(kinds[k]), all[k]);
    json_close(q->out, '}');
    json_key(q->out, S("series"));
    json_open(q->out, '[');
    for (int i = 0; i < slots; i++) {
        json_open(q->out, '{');
        json_field_moment(q->out, S("at"), first + i * q->span->step_ms);
        for (int k = 0; k < KINDS; k++)
            json_field_number(q->out, str_of(kinds[k]), sum[i][k]);
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static bool transactions_json(store_job *job, const asking *q, arena *a, err *e)
{
    enum { NO, MESSAGES, REFUSED_COUNT, LONGEST, FIRST };
    store_rows r;
    if (!ask(&r, job, q, q->span->transactions, a, e))
        return false;
    json_key(q->out, S("transactions"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        int64_t bucket[MONITOR_BUCKETS], longest = store_number(&r, i, LONGEST);
        str no = store_text(&r, i, NO);
        for (int k = 0; k < MONITOR_BUCKETS; k++)
            bucket[k] = store_number(&r, i, FIRST + k);
        json_open(q->out, '{');
        json_field(q->out, S("transaction_no"), no);
        json_field(q->out, S("name"), q->request->transaction_name(no));
        json_field_number(q->out, S("messages"), store_number(&r, i, MESSAGES));
        json_field_number(q->out, S("refused"), store_number(&r, i, REFUSED_COUNT));
        json_field_number(q->out, S("p50_us"), monitor_percentile(bucket, longest, 50));
        json_field_number(q->out, S("p99_us"), monitor_percentile(bucket, longest, 99));
        json_field_number(q->out, S("longest_us"), longest);
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static err_code code_named(str name)
{
    for (int i = 1; i < ERR__COUNT; i++)
        if (str_eq(name, str_of(err_name((err_code)i))))
            return (err_code)i;
    return ERR_OK;
}

static bool codes_json(store_job *job, const asking *q, arena *a, err *e)
{
    store_rows r;
    if (!ask(&r, job, q, q->span->codes, a, e))
        return false;
    json_key(q->out, S("codes"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        err_code code = code_named(store_text(&r, i, 0));
        json_open(q->out, '{');
        json_field(q->out, S("code"), store_text(&r, i, 0));
        json_field(q->out, S("zh"), str_of(err_zh(code)));
        json_field(q->out, S("en"), str_of(err_en(code)));
        json_field_number(q->out, S("messages"), store_number(&r, i, 1));
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static bool providers_json(store_job *job, const asking *q, arena *a, err *e)
{
    store_rows r;
    if (!ask(&r, job, q, q->span->providers, a, e))
        return false;
    json_key(q->out, S("providers"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        json_open(q->out, '{');
        json_field_id(q->out, S("provider_id"), store_number(&r, i, 0));
        json_field(q->out, S("code"), store_text(&r, i, 1));
        json_field(q->out, S("name"), store_text(&r, i, 2));
        json_field_number(q->out, S("messages"), store_number(&r, i, 3));
        json_field_number(q->out, S("refused"), store_number(&r, i, 4));
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static bool slowest_json(store_job *job, const asking *q, arena *a, err *e)
{
    store_rows r;
    if (!ask(&r, job, q, SQL_MONITOR_SLOWEST, a, e))
        return false;
    json_key(q->out, S("slowest"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        json_open(q->out, '{');
        json_field_id(q->out, S("message_id"), store_number(&r, i, 0));
        json_field_moment(q->out, S("received_at"), store_number(&r, i, 1));
        json_field_id(q->out, S("provider_id"), store_number(&r, i, 2));
        json_field(q->out, S("provider_name"), store_text(&r, i, 3));
        json_field(q->out, S("transaction_no"), store_text(&r, i, 4));
        json_field(q->out, S("outcome"), store_text(&r, i, 5));
        json_field_number(q->out, S("duration_us"), store_number(&r, i, 6));
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static bool silent_json(store_job *job, const asking *q, arena *a, err *e)
{
    area_span area = span_of(q->who, a);
    const store_value v[] = {STORE_N(q->now_ms - q->span->silent_ms), STORE_T(area.from),
                             STORE_T(area.until), STORE_N(q->who->provider_id)};
    store_rows r;
    if (!store_query(job, SQL_MONITOR_SILENT, v, COUNTOF(v), &r, a, e))
        return false;
    json_key(q->out, S("silent"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        json_open(q->out, '{');
        json_field_id(q->out, S("provider_id"), store_number(&r, i, 0));
        json_field(q->out, S("code"), store_text(&r, i, 1));
        json_field(q->out, S("name"), store_text(&r, i, 2));
        json_field_moment(q->out, S("last_at"), store_number(&r, i, 3));
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
    return true;
}

static bool monitor_work(store_job *job, void *arg, arena *a, err *e)
{
    const asking *q = arg;
    return series_json(job, q, a, e) && transactions_json(job, q, a, e) &&
           codes_json(job, q, a, e) && providers_json(job, q, a, e) && slowest_json(job, q, a, e) &&
           silent_json(job, q, a, e);
}

bool monitor_json(
    json_out *out, store *s, const monitor_request *r, const actor *who, arena *a, err *e)
{
    asking q = {.request = r, .who = who, .out = out, .now_ms = store_now_ms(s)};
    for (ptrdiff_t i = 0; i < COUNTOF(spans); i++)
        if (str_eq(r->period, str_of(spans[i].word)))
            q.span = &spans[i];
    if (!q.span) {
        err_field(e, S("period"));
        err_expected(e, "hour, day or week");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    q.until_ms = q.now_ms + 1;
    q.from_ms = slot_of(&q, q.now_ms - q.span->long_ms + q.span->step_ms);
    json_field(out, S("period"), r->period);
    json_field_moment(out, S("from"), q.from_ms);
    json_field_moment(out, S("until"), q.now_ms);
    json_field_number(out, S("step_seconds"), q.span->step_ms / 1000);
    return store_read(s, monitor_work, &q, a, e);
}
