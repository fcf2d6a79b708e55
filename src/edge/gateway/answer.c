/* Envelopes: what was done, or what was wrong. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "base/money.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define MESSAGE_BYTES   580 /* 200 characters of three bytes, less a border */

void gate_node_open(gate_call *c, const char *name)
{
    json_key(&c->out, str_of(name));
    if (c->access.nodes_array)
        json_open(&c->out, '[');
    json_open(&c->out, '{');
}

void gate_node_close(gate_call *c)
{
    json_close(&c->out, '}');
    if (c->access.nodes_array)
        json_close(&c->out, ']');
}

void gate_put_number(gate_call *c, const char *name, str digits)
{
    json_key(&c->out, str_of(name));
    if (c->access.amounts_text)
        json_str(&c->out, digits);
    else
        json_raw(&c->out, digits);
}

str gate_decimal(const gate_call *c, int64_t e4)
{
    json_out o = json_out_new(c->a, 32);
    json_e4(&o, e4);
    str s = json_out_text(&o);
    return s.n >= 2 && s.p[0] == '"' ? (str){s.p + 1, s.n - 2} : s;
}

str gate_share(const gate_call *c, int64_t e4)
{
    char *p = arena_new(c->a, char, NUMBER_TEXT_MAX + 5);
    ptrdiff_t n = number_print(p, e4 / 10000);
    int64_t left = e4 % 10000;
    p[n++] = '.';
    for (int unit = 1000; unit > 0; unit /= 10)
        p[n++] = (char)('0' + left / unit % 10);
    return (str){p, n};
}

void gate_put_fen(gate_call *c, const char *name, int64_t fen)
{
    gate_put_number(c, name, arena_str(c->a, str_of(money_show(fen).c)));
}

static str moment(int64_t ms, bool compact, arena *a)
{
    int64_t local = ms + CHINA_OFFSET_MS;
    civil d = day_civil((day){(int32_t)(local / 86400000)});
    int64_t left = local % 86400000;
    int h = (int)(left / 3600000), m = (int)(left / 60000 % 60), s = (int)(left / 1000 % 60);
    if (compact)
        return arena_printf(a, "%04d%02d%02d%02d%02d%02d%03d", d.year, d.month, d.day, h, m, s,
                            (int)(left % 1000));
    return arena_printf(a, "%04d-%02d-%02d %02d:%02d:%02d", d.year, d.month, d.day, h, m, s);
}

str gate_moment(int64_t ms, arena *a)
{
    return moment(ms, false, a);
}

str gate_today(const gate_call *c)
{
    str now = moment(c->received_at, false, c->a);
    return (str){now.p, 10};
}

/* Stable code first, then where, what came, what would have been right, and the trace. */
static str message_of(const gate_call *c, const err *fault)
{
    char text[MESSAGE_BYTES];
    text_buffer t = {text, 0, sizeof text - 32, false};
    text_printf(&t, "[%s] %s", err_name(fault->code), err_zh(fault->code));
    if (fault->field[0])
        text_printf(&t, "；字段 %s", fault->field);
    if (c->received.n || fault->code == ERR_MISSING_FIELD)
        text_printf(&t, "；收到 '%.*s'", (int)utf8_cut(c->received, 60),
                    c->received.p ? c->received.p : "");
    if (fault->expected[0])
        text_printf(&t, "；应为 %s", fault->expected);
    if (fault->msg[0])
        text_printf(&t, "；%s", fault->msg);
    t.cap = sizeof text;
    text_printf(&t, "；trace %.*s", STR_ARG(c->request->trace_id));
    return arena_str(c->a, (str){text, t.n});
}

static void fault_put(json_out *o, const gate_call *c, const err *fault)
{
    json_key(o, S("error"));
    json_open(o, '{');
    json_field(o, S("code"), str_of(err_name(fault->code)));
    json_field(o, S("field"), str_of(fault->field));
    json_field(o, S("received"), c->received);
    json_field(o, S("expected"), str_of(fault->expected));
    json_field(o, S("trace_id"), c->request->trace_id);
    json_close(o, '}');
}

str gate_answer_of(gate_call *c, const err *fault)
{
    bool fine = !fault || fault->code == ERR_OK;
    json_out o = json_out_new(c->a, c->out.n + 1024);
    str area = c->access.area_code.n == 6 ? c->access.area_code : S("000000");
    str at = moment(c->received_at, true, c->a);
    json_open(&o, '{');
    json_key(&o, S("infcode"));
    if (c->access.infcode_text)
        json_str(&o, fine ? S("0") : S("-1"));
    else
        json_number(&o, fine ? 0 : -1);
    json_field(&o, S("inf_refmsgid"),
               arena_printf(c->a, "%.*s%.*s%010" PRId64, STR_ARG(area), 14, at.p,
                            c->message_id % INT64_C(10000000000)));
    json_field(&o, S("refmsg_time"), at);
    json_field(&o, S("respond_time"), at);
    json_field(&o, S("enctype"), S(""));
    json_field(&o, S("signtype"), c->access.sign_answers ? S("SM2") : S(""));
    json_field(&o, S("warn_msg"), c->warning);
    json_field(&o, S("err_msg"), fine ? S("") : message_of(c, fault));
    json_key(&o, S("output"));
    if (!fine || c->output_null) {
        json_null(&o);
    } else {
        json_open(&o, c->output_list ? '[' : '{');
        json_raw(&o, json_out_text(&c->out));
        json_close(&o, c->output_list ? ']' : '}');
    }
    if (!fine)
        fault_put(&o, c, fault);
    json_close(&o, '}');
    return json_out_text(&o);
}
