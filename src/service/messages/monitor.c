/* How much, how fast, what was refused, who is silent: of an hour out of the messages themselves,
 * of a day or week out of the sums by the hour. */
#include "service/messages/messages_internal.h"

#define HOUR_MS  INT64_C(3600000)
#define CHINA_MS (8 * HOUR_MS)
#define TOP      12

typedef struct {
    const char *word;
    int64_t long_ms, step_ms; /* of the chart */
    const char *table, *at;   /* where, and the column that is in the period */
    int64_t silent_ms;
} span;

static const span spans[] = {
    {"hour", HOUR_MS, HOUR_MS / 12, "gateway_live", "last_at", HOUR_MS},
    {"day", 24 * HOUR_MS, HOUR_MS, "gateway_hour", "hour_at", 24 * HOUR_MS},
    {"week", 168 * HOUR_MS, 6 * HOUR_MS, "gateway_hour", "hour_at", 72 * HOUR_MS},
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

/* The text with {table} and {period}: in the period, and what `who` may see. */
static bool ask(store_rows *r, store_job *job, const asking *q, const char *text, arena *a, err *e)
{
    area_span area = span_of(q->who, a);
    const store_value v[] = {STORE_N(q->from_ms), STORE_N(q->until_ms), STORE_T(area.from),
                             STORE_T(area.until), STORE_N(q->who->provider_id)};
    char *sql = arena_new(a, char, 2400);
    text_buffer t = {sql, 0, 2400, false};
    for (const char *brace; (brace = strchr(text, '{')); text = strchr(brace, '}') + 1) {
        text_add(&t, (str){text, brace - text});
        if (brace[1] == 't')
            text_add(&t, str_of(q->span->table));
        else
            text_printf(&t,
                        "h.%s >= $1 and h.%s < $2 and (h.provider_id in (select v.provider_id from"
                        " provider v where v.area_code >= $3 and v.area_code <= $4) or $3 = '')"
                        " and (h.provider_id = $5 or $5 = 0)",
                        q->span->at, q->span->at);
    }
    text_add(&t, str_of(text));
    return store_query_text(job, (str){t.p, t.n}, v, COUNTOF(v), r, a, e);
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

#define KIND_SQL                                                                                   \
    "case when h.outcome = 'ok' then 0 when h.outcome = 'recorded' then 1"                         \
    " when h.outcome = 'replayed' then 2 else 3 end"

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
    if (!ask(&r, job, q,
             "select h.hour_at, " KIND_SQL ", cast(sum(h.messages) as bigint)"
             " from {table} h where {period} group by h.hour_at, " KIND_SQL,
             a, e))
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

#define SUM(column) ", cast(sum(h." #column ") as bigint)"
#define BUCKETS_SQL                                                                                \
    SUM(d0)                                                                                        \
    SUM(d1)                                                                                        \
    SUM(d2)                                                                                        \
    SUM(d3) SUM(d4) SUM(d5) SUM(d6) SUM(d7) SUM(d8) SUM(d9) SUM(d10) SUM(d11) SUM(d12) SUM(d13)
#define REFUSED_SQL "cast(sum(case when " KIND_SQL " = 3 then h.messages else 0 end) as bigint)"
#define COUNTED_SQL "cast(sum(h.messages) as bigint)"

static bool transactions_json(store_job *job, const asking *q, arena *a, err *e)
{
    enum { NO, MESSAGES, REFUSED_COUNT, LONGEST, FIRST };
    store_rows r;
    if (!ask(&r, job, q,
             "select h.transaction_no, " COUNTED_SQL ", " REFUSED_SQL
             ", max(h.longest_us)" BUCKETS_SQL
             " from {table} h where {period} group by h.transaction_no order by 2 desc, 1 limit 60",
             a, e))
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
    if (!ask(&r, job, q,
             "select h.outcome, " COUNTED_SQL " from {table} h where {period} and " KIND_SQL
             " = 3 group by h.outcome order by 2 desc, 1 limit 12",
             a, e))
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
    if (!ask(&r, job, q,
             "select t.provider_id, coalesce(v.code, ''), coalesce(v.name, ''), t.messages, "
             "t.refused"
             " from (select h.provider_id, " COUNTED_SQL " as messages, " REFUSED_SQL
             " as refused from {table} h where {period} group by h.provider_id) t"
             " left join provider v on v.provider_id = t.provider_id where t.refused > 0"
             " order by t.refused desc, t.provider_id limit 12",
             a, e))
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
    static const span live = {.table = "gateway_live", .at = "last_at"};
    asking of = *q;
    store_rows r;
    of.span = &live;
    if (!ask(&r, job, &of,
             "select h.message_id, h.last_at, h.provider_id, (select v.name from provider v"
             " where v.provider_id = h.provider_id), h.transaction_no, h.outcome, h.longest_us"
             " from {table} h where {period} and h.longest_us > 0"
             " order by h.longest_us desc, h.message_id limit 10",
             a, e))
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
