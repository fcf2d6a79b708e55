/* With what people showed who they are, step by step of their care: sums of a month. */
#include "base/day.h"
#include "service/messages/messages_internal.h"

typedef struct {
    const credential_request *request;
    const actor *who;
    json_out *out;
    str month;
} asking;

enum { NO, STEP, KIND, COUNT };

#define E_VOUCHER S("01")
#define ALL_E4    10000

static int64_t share_e4(int64_t part, int64_t all)
{
    return all ? (part * ALL_E4 + all / 2) / all : 0;
}

/* Rows `from` to `until` are of one transaction; `voucher` = of them with an e-voucher. */
static ptrdiff_t group_sum(int64_t *all, int64_t *voucher, const store_rows *r, ptrdiff_t from)
{
    ptrdiff_t i = from;
    *all = *voucher = 0;
    for (; i < r->row_count && str_eq(store_text(r, i, NO), store_text(r, from, NO)); i++) {
        *all += store_number(r, i, COUNT);
        if (str_eq(store_text(r, i, KIND), E_VOUCHER))
            *voucher += store_number(r, i, COUNT);
    }
    return i;
}

static void
step_json(const asking *q, const store_rows *r, ptrdiff_t from, ptrdiff_t until, int64_t all)
{
    json_key(q->out, S("credentials"));
    json_open(q->out, '[');
    for (ptrdiff_t i = from; i < until; i++) {
        json_open(q->out, '{');
        json_field(q->out, S("credential"), store_text(r, i, KIND));
        json_field_number(q->out, S("messages"), store_number(r, i, COUNT));
        json_field_e4(q->out, S("share"), share_e4(store_number(r, i, COUNT), all));
        json_close(q->out, '}');
    }
    json_close(q->out, ']');
}

static bool credential_work(store_job *job, void *arg, arena *a, err *e)
{
    const asking *q = arg;
    area_span area = span_of(q->who, a);
    const store_value v[] = {STORE_T(arena_printf(a, "%.*s-01", STR_ARG(q->month))),
                             STORE_T(arena_printf(a, "%.*s-31", STR_ARG(q->month))),
                             STORE_T(area.from),
                             STORE_T(area.until),
                             STORE_N(q->who->provider_id),
                             STORE_N(q->request->provider_id)};
    store_rows r;
    int64_t all, voucher, sum = 0, vouchers = 0;
    if (!store_query(job, SQL_CREDENTIAL_STEPS, v, COUNTOF(v), &r, a, e))
        return false;
    json_key(q->out, S("steps"));
    json_open(q->out, '[');
    for (ptrdiff_t i = 0, next; i < r.row_count; i = next) {
        str no = store_text(&r, i, NO);
        next = group_sum(&all, &voucher, &r, i);
        json_open(q->out, '{');
        json_field(q->out, S("transaction_no"), no);
        json_field(q->out, S("name"), q->request->transaction_name(no));
        json_field(q->out, S("step"), store_text(&r, i, STEP));
        json_field_number(q->out, S("messages"), all);
        json_field_e4(q->out, S("e_voucher_share"), share_e4(voucher, all));
        step_json(q, &r, i, next, all);
        json_close(q->out, '}');
        sum += all;
        vouchers += voucher;
    }
    json_close(q->out, ']');
    json_field_number(q->out, S("messages"), sum);
    json_field_e4(q->out, S("e_voucher_share"), share_e4(vouchers, sum));
    return true;
}

bool credential_json(
    json_out *out, store *s, const credential_request *r, const actor *who, arena *a, err *e)
{
    asking q = {.request = r, .who = who, .out = out, .month = r->month};
    day first;
    if (q.month.n == 0)
        q.month = (str){china_day(store_now_ms(s), a).p, 7};
    if (q.month.n != 7 || !day_parse(&first, arena_printf(a, "%.*s-01", STR_ARG(q.month)))) {
        err_field(e, S("month"));
        err_expected(e, "a month such as 2026-11");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    json_field(out, S("month"), q.month);
    json_field_id_or_null(out, S("provider_id"), r->provider_id);
    return store_read(s, credential_work, &q, a, e);
}
