/* Bills and settlements: preview, settle, show, print, take back. */
#include "edge/api/settlement_internal.h"

#define KEY_MAX 100

lang api_lang(const api_call *c)
{
    return c->english ? LANG_EN : LANG_ZH;
}

static bool bill_of_body(desk_bill *out, api_call *c, err *e)
{
    api_value body;
    return api_body(&body, c, e) && desk_bill_read(out, body.node, e);
}

/* A settlement tells of a person what he had and what he has used up. */
static bool looked(api_call *c, const char *action, const desk_settlement *s, err *e)
{
    int64_t id = s->part[0].settlement_id;
    str object = id ? arena_printf(c->a, "settlement %" PRId64, id) : S("settlement");
    return access_audit_look(c->store, &c->who, str_of(action), object, s->part[0].person_id,
                             S("{}"), c->a, e);
}

bool api_settlement_preview(api_call *c, err *e)
{
    desk_bill bill;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!bill_of_body(&bill, c, e) || !desk_preview(s, c->with.desk, &c->who, &bill, c->a, e) ||
        !looked(c, "settlement.preview", s, e))
        return false;
    desk_answer(&c->out, s, api_lang(c), false);
    return true;
}

static bool key_of(str *out, const api_call *c, err *e)
{
    *out = http_header(c->request, "Idempotency-Key");
    if (out->n > 0 && out->n <= KEY_MAX)
        return true;
    FAIL(e, out->n ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "the header Idempotency-Key");
    err_field(e, S("Idempotency-Key"));
    err_expected(e, "a text of the sender's choice, up to %d bytes, new for each bill", KEY_MAX);
    return false;
}

static bool manual_ask(api_call *c, const desk_bill *bill, str key, err *e)
{
    int64_t approval_id;
    bool replayed;
    if (!api_need(c, RIGHT_SETTLEMENT_MANUAL, e) ||
        !desk_ask_manual(&approval_id, &replayed, c->with.desk, &c->who, bill, key,
                         c->request->body, c->a, e))
        return false;
    if (replayed)
        http_add_header(c->response, S("Idempotent-Replay"), S("true"));
    api_answer_approval(c, approval_id);
    return true;
}

void api_answer_approval(api_call *c, int64_t approval_id)
{
    json_open(&c->out, '{');
    json_field_id(&c->out, S("approval_id"), approval_id);
    json_close(&c->out, '}');
    c->response->status = 202;
}

bool api_settlement_create(api_call *c, err *e)
{
    desk_bill bill;
    bool replayed;
    str key;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!key_of(&key, c, e) || !bill_of_body(&bill, c, e))
        return false;
    if (str_eq(bill.channel, S("manual")))
        return manual_ask(c, &bill, key, e);
    if (!desk_settle(s, &replayed, c->with.desk, &c->who, &bill, key, c->request->body, c->a, e) ||
        (replayed && !looked(c, "settlement.read", s, e)))
        return false;
    if (replayed)
        http_add_header(c->response, S("Idempotent-Replay"), S("true"));
    c->response->status = 201;
    bool brief = str_eq(http_query(c->request, "view"), S("brief"));
    desk_answer(&c->out, s, api_lang(c), brief);
    return true;
}

static bool load(desk_settlement **out, api_call *c, err *e)
{
    int64_t id;
    *out = arena_new(c->a, desk_settlement, 1);
    return api_path_id(&id, c, "settlement_id", e) &&
           desk_load(*out, c->with.desk, &c->who, id, c->a, e);
}

bool api_settlement_get(api_call *c, err *e)
{
    desk_settlement *s;
    if (!load(&s, c, e) || !looked(c, "settlement.read", s, e))
        return false;
    desk_answer(&c->out, s, api_lang(c), false);
    return true;
}

/* ---- taking back ---- */

static bool reason_of(str *out, api_value *body, api_call *c, const char *known, err *e)
{
    return api_body(body, c, e) && api_known(*body, known, e) &&
           api_text(out, *body, "reason", true, e);
}

bool api_settlement_reverse(api_call *c, err *e)
{
    int64_t id, approval_id;
    str reason;
    api_value body;
    if (!actor_may(&c->who, RIGHT_SETTLEMENT_REVERSE_OWN) &&
        !api_need(c, RIGHT_SETTLEMENT_REVERSE, e)) /* before anything is read */
        return false;
    if (!api_path_id(&id, c, "settlement_id", e) || !reason_of(&reason, &body, c, "reason", e))
        return false;
    if (actor_may(&c->who, RIGHT_SETTLEMENT_REVERSE_OWN)) {
        desk_settlement *s = arena_new(c->a, desk_settlement, 1);
        if (desk_reverse_own(s, c->with.desk, &c->who, id, reason, c->a, e)) {
            desk_answer(&c->out, s, api_lang(c), false);
            return true;
        }
        bool others_business = e->code == ERR_NO_RIGHT || e->code == ERR_LATER_SETTLEMENTS;
        if (!others_business || !actor_may(&c->who, RIGHT_SETTLEMENT_REVERSE))
            return false;
        *e = (err){0};
    }
    if (!api_need(c, RIGHT_SETTLEMENT_REVERSE, e) ||
        !desk_ask_reverse(&approval_id, c->with.desk, &c->who, id, reason, c->a, e))
        return false;
    api_answer_approval(c, approval_id);
    return true;
}

bool api_settlement_refund(api_call *c, err *e)
{
    int64_t id, approval_id;
    str reason;
    api_value body;
    if (!api_path_id(&id, c, "settlement_id", e) ||
        !reason_of(&reason, &body, c, "reason lines", e) ||
        !desk_ask_refund(&approval_id, c->with.desk, &c->who, id, reason, body.first,
                         api_member(body, "lines").node, c->a, e))
        return false;
    api_answer_approval(c, approval_id);
    return true;
}

/* ---- what waits for a second person ---- */

static bool approval_answer(api_call *c, int64_t id, err *e)
{
    desk_approval p;
    if (!desk_approval_load(&p, c->with.desk, &c->who, id, c->a, e))
        return false;
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    err unseen = {0};
    int64_t shown = p.result_id ? p.result_id : p.object_id;
    bool has = shown && desk_load(s, c->with.desk, &c->who, shown, c->a, &unseen);
    if (!shown && !p.result_id)
        has = desk_preview_body(s, c->with.desk, &c->who, p.body, c->a, &unseen);
    if (!has && (err_http(unseen.code) >= 500)) {
        *e = unseen; /* not to be seen is no trouble; this is */
        return false;
    }
    json_out *o = &c->out;
    json_open(o, '{');
    desk_approval_json(o, &p);
    json_key(o, S("settlement"));
    if (has)
        desk_answer(o, s, api_lang(c), false);
    else
        json_null(o);
    json_close(o, '}');
    return true;
}

bool api_approval_get(api_call *c, err *e)
{
    int64_t id;
    desk_approval p;
    return api_path_id(&id, c, "approval_id", e) &&
           desk_approval_load(&p, c->with.desk, &c->who, id, c->a, e) &&
           access_audit_look(c->store, &c->who, S("approval.read"),
                             arena_printf(c->a, "approval %" PRId64, id), p.person_id, S("{}"),
                             c->a, e) &&
           approval_answer(c, id, e);
}

static bool decide(api_call *c, desk_decision decision, err *e)
{
    int64_t id, result_id;
    str note = S("");
    api_value body;
    if (!api_path_id(&id, c, "approval_id", e))
        return false;
    if (decision != DECIDE_WITHDRAW &&
        (!api_body(&body, c, e) || !api_known(body, "note", e) ||
         !api_text(&note, body, "note", decision == DECIDE_REFUSE, e)))
        return false;
    return desk_decide(&result_id, c->with.desk, &c->who, id, decision, note, c->a, e) &&
           approval_answer(c, id, e);
}

bool api_approval_approve(api_call *c, err *e)
{
    return decide(c, DECIDE_APPROVE, e);
}

bool api_approval_refuse(api_call *c, err *e)
{
    return decide(c, DECIDE_REFUSE, e);
}

bool api_approval_withdraw(api_call *c, err *e)
{
    return decide(c, DECIDE_WITHDRAW, e);
}

/* ---- on paper ---- */

bool api_settlement_pdf(api_call *c, err *e)
{
    desk_settlement *s;
    str size = http_query(c->request, "size"), pdf;
    if (size.n && !str_eq(size, S("a4")) && !str_eq(size, S("a5"))) {
        FAIL(e, ERR_BAD_VALUE, "the size of the sheet");
        err_field(e, S("size"));
        err_expected(e, "a4 or a5");
        return false;
    }
    if (!load(&s, c, e))
        return false;
    print_bill *bill = arena_new(c->a, print_bill, s->part_count);
    for (int i = 0; i < s->part_count; i++)
        api_print_part(&bill[i], c, &s->part[i], s->part_count, str_eq(size, S("a5")));
    if (!print_bill_pdf(&pdf, bill, s->part_count, c->a, e))
        return false;
    if (!looked(c, "settlement.print", s, e))
        return false;
    api_answer_text(c, 200, S("application/pdf"), pdf);
    return true;
}
