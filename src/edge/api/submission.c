/* Submissions of providers. */
#include "service/submission/submission.h"
#include "base/money.h"
#include "edge/api/api_internal.h"

bool api_submissions_list(api_call *c, err *e)
{
    return api_list_answer(c, "submissions", NULL, e);
}

bool api_submission_settlements_list(api_call *c, err *e)
{
    return api_list_answer(c, "submission_settlements", NULL, e);
}

static bool shown(api_call *c, int64_t id, err *e)
{
    json_open(&c->out, '{');
    if (!submission_show(&c->out, c->with.office, &c->who, id, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_submission_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "submission_id", e) && shown(c, id, e);
}

bool api_submission_make(api_call *c, err *e)
{
    api_value body;
    str month, provider = S("");
    int64_t provider_id = c->who.provider_id, id;
    if (!api_body(&body, c, e) || !api_known(body, "month provider_id", e) ||
        !api_text(&month, body, "month", true, e) ||
        !api_text(&provider, body, "provider_id", c->who.provider_id == 0, e))
        return false;
    if (provider.n && !api_id_of_text(&provider_id, provider)) {
        err_field(e, S("provider_id"));
        err_expected(e, "a provider's id");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    if (!submission_make(&id, c->with.office, &c->who, provider_id, month, c->a, e) ||
        !shown(c, id, e))
        return false;
    c->response->status = 201;
    return true;
}

static bool step(api_call *c, submission_step what, api_value body, int64_t fen, err *e)
{
    int64_t id;
    str text;
    const char *field = what == SUBMISSION_CLEAR ? "reference" : "reason";
    return api_path_id(&id, c, "submission_id", e) && api_text(&text, body, field, true, e) &&
           submission_do(what, c->with.office, &c->who, id, fen, text, c->a, e) && shown(c, id, e);
}

bool api_submission_clear(api_call *c, err *e)
{
    api_value body;
    str amount;
    int64_t fen;
    if (!api_body(&body, c, e) || !api_known(body, "amount reference", e) ||
        !api_text(&amount, body, "amount", true, e))
        return false;
    bool minus = amount.n && amount.p[0] == '-';
    if (!decimal_parse(&fen, (str){amount.p + minus, amount.n - minus}, 2, MONEY_FEN_MAX)) {
        err_field(e, S("amount"));
        err_expected(e, "yuan with at most two decimals");
        return FAIL(e, ERR_BAD_AMOUNT, "%s", "");
    }
    return step(c, SUBMISSION_CLEAR, body, minus ? -fen : fen, e);
}

static bool with_reason(api_call *c, submission_step what, err *e)
{
    api_value body;
    return api_body(&body, c, e) && api_known(body, "reason", e) && step(c, what, body, 0, e);
}

bool api_submission_reopen(api_call *c, err *e)
{
    return with_reason(c, SUBMISSION_REOPEN, e);
}

bool api_submission_withdraw(api_call *c, err *e)
{
    return with_reason(c, SUBMISSION_WITHDRAW, e);
}
