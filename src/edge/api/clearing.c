/* What pooling areas owe each other. */
#include "service/clearing/clearing.h"
#include "edge/api/api_internal.h"

bool api_clearing_months_list(api_call *c, err *e)
{
    return api_list_answer(c, "clearing_months", NULL, e);
}

bool api_clearing_statements_list(api_call *c, err *e)
{
    return api_list_answer(c, "clearing_statements", NULL, e);
}

bool api_clearing_settlements_list(api_call *c, err *e)
{
    return api_list_answer(c, "clearing_settlements", NULL, e);
}

bool api_clearing_applications_list(api_call *c, err *e)
{
    return api_list_answer(c, "clearing_applications", NULL, e);
}

bool api_clearing_statements_make(api_call *c, err *e)
{
    api_value body;
    str month, pool;
    clearing_made *made = arena_new(c->a, clearing_made, 1);
    if (!api_body(&body, c, e) || !api_known(body, "month treatment_pool", e) ||
        !api_text(&month, body, "month", true, e) ||
        !api_text(&pool, body, "treatment_pool", true, e) ||
        !clearing_make(made, c->with.office, &c->who, month, pool, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_key(&c->out, S("made"));
    json_open(&c->out, '[');
    for (int i = 0; i < made->count; i++)
        json_id(&c->out, made->id[i]);
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    c->response->status = made->count ? 201 : 200;
    return true;
}

bool api_clearing_statement_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "statement_id", e) &&
           clearing_show(&c->out, c->with.office, &c->who, id, c->a, e);
}

static bool step(api_call *c, clearing_step what, const char *field, err *e)
{
    int64_t id;
    api_value body;
    str text = S("");
    return api_path_id(&id, c, "statement_id", e) &&
           (!field || (api_body(&body, c, e) && api_known(body, field, e) &&
                       api_text(&text, body, field, true, e))) &&
           clearing_do(what, c->with.office, &c->who, id, text, c->a, e) &&
           clearing_show(&c->out, c->with.office, &c->who, id, c->a, e);
}

bool api_clearing_statement_confirm(api_call *c, err *e)
{
    return step(c, CLEARING_CONFIRM, NULL, e);
}

bool api_clearing_statement_pay(api_call *c, err *e)
{
    return step(c, CLEARING_PAY, "reference", e);
}

bool api_clearing_statement_withdraw(api_call *c, err *e)
{
    return step(c, CLEARING_WITHDRAW, "reason", e);
}
