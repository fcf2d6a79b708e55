/* 3203, 3204: a provider applies for what is cleared of a month, and takes the application back. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "service/clearing/clearing.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define DAY_MS          INT64_C(86400000)

/* "202610" is "2026-10". */
static bool month_read(str *out, gate_call *c, gate_value in, err *e)
{
    str said;
    day first;
    if (!gate_need(&said, c, in, "setlym", e))
        return false;
    str on = arena_printf(c->a, "%.*s-%.*s-01", said.n >= 4 ? 4 : (int)said.n, said.p,
                          said.n >= 4 ? (int)said.n - 4 : 0, said.p + (said.n >= 4 ? 4 : 0));
    if (said.n != 6 || !day_parse(&first, on))
        return gate_fault(c, ERR_BAD_VALUE, "setlym", said, "a month such as 202610", e);
    *out = (str){on.p, 7};
    return true;
}

/* What is booked of this type between the two days: what was taken back counts against. */
static bool booked_here(clearing_application *p, gate_call *c, day first, day last, err *e)
{
    enum { SCHEME, VISIT_KIND, KIND, STATE, COUNT, TOTAL, FUND, ACCOUNT, CASH };
    const store_value key[] = {STORE_N(p->provider_id),
                               STORE_N(first.number * DAY_MS - CHINA_OFFSET_MS),
                               STORE_N((last.number + 1) * DAY_MS - CHINA_OFFSET_MS)};
    store_rows r;
    if (!store_query(c->job, SQL_GATEWAY_TOTALS, key, COUNTOF(key), &r, c->a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        bool back = str_eq(store_text(&r, i, KIND), S("reverse"));
        gate_code type = gate_code_of(c->words, "clr_type", store_text(&r, i, VISIT_KIND), S(""));
        if (!str_eq(type.code, p->clr_type))
            continue;
        p->booked.visits += back ? -store_number(&r, i, COUNT) : store_number(&r, i, COUNT);
        p->booked.total_fen += store_number(&r, i, TOTAL);
        p->booked.fund_fen += store_number(&r, i, FUND);
        p->booked.account_fen += store_number(&r, i, ACCOUNT);
        p->booked.cash_fen += store_number(&r, i, CASH);
    }
    return true;
}

bool gate_clearing_apply(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    clearing_application p = {.provider_id = c->access.provider_id};
    int64_t visits_e4;
    day first, last;
    if (!gate_need(&p.clr_type, c, in, "clr_type", e) || !month_read(&p.month, c, in, e) ||
        !gate_quantity(&visits_e4, c, in, "psntime", e) ||
        !gate_amount(&p.said.total_fen, c, in, "medfee_sumamt", e) ||
        !gate_amount(&p.said.fund_fen, c, in, "fund_appy_sum", e) ||
        !gate_amount(&p.said.cash_fen, c, in, "cash_payamt", e) ||
        !gate_amount(&p.said.account_fen, c, in, "acct_pay", e) ||
        !gate_day(&p.from_on, c, in, "begndate", true, e) ||
        !gate_day(&p.until_on, c, in, "enddate", true, e))
        return false;
    if (!day_parse(&first, p.from_on) || !day_parse(&last, p.until_on) ||
        last.number < first.number)
        return gate_fault(c, ERR_BAD_VALUE, "enddate", p.until_on, "not before the first day", e);
    p.said.visits = visits_e4 / 10000;
    c->received = p.month;
    err_field(e, S("setlym"));
    if (!booked_here(&p, c, first, last, e) || !clearing_apply(&p, c->job, c->a, e))
        return false;
    e->field[0] = 0;
    c->received = S("");
    c->object_id = p.application_id;
    if (!clearing_agrees(&p))
        c->warning = arena_printf(
            c->a, "[differs] 与本系统不一致：%" PRId64 " 人次，总额 %s，基金 %s", p.booked.visits,
            money_show(p.booked.total_fen).c, money_show(p.booked.fund_fen).c);
    gate_node_open(c, "result");
    json_field(&c->out, S("clr_appy_evt_id"), arena_printf(c->a, "%" PRId64, p.application_id));
    gate_node_close(c);
    return true;
}

bool gate_clearing_withdraw(gate_call *c, err *e)
{
    int64_t id;
    gate_value in = gate_node(c, "data");
    if (!gate_need_id(&id, c, in, "clr_appy_evt_id", e))
        return false;
    c->received = gate_text(in, "clr_appy_evt_id");
    err_field(e, S("clr_appy_evt_id"));
    if (!clearing_apply_withdraw(c->job, c->access.provider_id, id, c->a, e))
        return false;
    e->field[0] = 0;
    c->received = S("");
    c->object_id = id;
    c->output_null = true;
    return true;
}
