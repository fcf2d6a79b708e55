/* The sandbox's pages.  In production there is no sandbox and nothing of this: not found. */
#include "edge/sandbox/sandbox.h"

#include "edge/api/api_internal.h"

static bool sandbox_need(const api_call *c, err *e)
{
    return c->with.sandbox || FAIL(e, ERR_NOT_FOUND, "this server is no sandbox");
}

bool api_sandbox_get(api_call *c, err *e)
{
    if (!sandbox_need(c, e))
        return false;
    str host = http_header(c->request, "Host");
    json_open(&c->out, '{');
    if (!sandbox_home_json(&c->out, c->with.sandbox,
                           arena_printf(c->a, "http://%.*s", STR_ARG(host)), c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_sandbox_exchanges_get(api_call *c, err *e)
{
    int64_t after = 0;
    str said = http_query(c->request, "after");
    if (!sandbox_need(c, e))
        return false;
    if (said.n && !api_id_of_text(&after, said)) {
        err_field(e, S("after"));
        return FAIL(e, ERR_BAD_VALUE, "the number of a message");
    }
    json_open(&c->out, '{');
    if (!sandbox_exchanges_json(&c->out, c->with.sandbox, after,
                                http_query(c->request, "institution"),
                                http_query(c->request, "transaction_no"), c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_sandbox_exchange_get(api_call *c, err *e)
{
    int64_t id;
    if (!sandbox_need(c, e) || !api_path_id(&id, c, "exchange_id", e))
        return false;
    json_open(&c->out, '{');
    if (!sandbox_exchange_json(&c->out, c->with.sandbox, id, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_sandbox_exchange_replay(api_call *c, err *e)
{
    int64_t id;
    str msgid;
    api_value body;
    if (!sandbox_need(c, e) || !api_path_id(&id, c, "exchange_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "msgid", e) || !api_text(&msgid, body, "msgid", false, e))
        return false;
    json_open(&c->out, '{');
    if (!sandbox_replay(&c->out, c->with.sandbox, c->request, id, msgid, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

/* ---- faults ---- */

static bool
number_take(int *out, api_value body, const char *name, int otherwise, int from, int until, err *e)
{
    api_value v = api_member(body, name);
    int n = 0;
    *out = otherwise;
    if (!v.node || v.node->kind == JSON_NULL)
        return true;
    bool fine = v.node->kind == JSON_NUMBER && v.node->text.n > 0 && v.node->text.n < 8;
    for (ptrdiff_t i = 0; fine && i < v.node->text.n; i++) {
        fine = v.node->text.p[i] >= '0' && v.node->text.p[i] <= '9';
        n = 10 * n + (v.node->text.p[i] - '0');
    }
    if (fine && n >= from && n <= until) {
        *out = n;
        return true;
    }
    err_field(e, str_of(name));
    err_expected(e, "%d to %d", from, until);
    return FAIL(e, ERR_BAD_VALUE, "%s", "");
}

static bool code_take(char out[SANDBOX_CODE_BYTES], api_value body, const char *name, err *e)
{
    str s;
    if (!api_text(&s, body, name, false, e))
        return false;
    if (s.n >= SANDBOX_CODE_BYTES) {
        err_field(e, str_of(name));
        return FAIL(e, ERR_TOO_LONG, "%td bytes", s.n);
    }
    if (s.n)
        memcpy(out, s.p, (size_t)s.n);
    return true;
}

static bool fault_read(sandbox_fault *f, api_value body, err *e)
{
    str kind;
    if (!api_known(body, "institution transaction_no kind percent skip count seconds", e) ||
        !code_take(f->institution, body, "institution", e) ||
        !code_take(f->transaction, body, "transaction_no", e) ||
        !api_text(&kind, body, "kind", true, e) ||
        !number_take(&f->percent, body, "percent", 100, 1, 100, e) ||
        !number_take(&f->skip, body, "skip", 0, 0, 1000000, e) ||
        !number_take(&f->count, body, "count", 0, 0, 1000000, e) ||
        !number_take(&f->seconds, body, "seconds", 0, 0, SANDBOX_SECONDS_MAX, e))
        return false;
    if (sandbox_fault_kind_read(&f->kind, kind))
        return true;
    err_field(e, S("kind"));
    err_expected(e, "cut, delay, twice, half, hold, refuse, lose, unavailable");
    return FAIL(e, ERR_UNKNOWN_WORD, "%s", "");
}

static void faults_answer(api_call *c)
{
    json_open(&c->out, '{');
    json_key(&c->out, S("rows"));
    sandbox_faults_json(&c->out, c->with.sandbox);
    json_close(&c->out, '}');
}

bool api_sandbox_faults_get(api_call *c, err *e)
{
    if (!sandbox_need(c, e))
        return false;
    faults_answer(c);
    return true;
}

bool api_sandbox_fault_add(api_call *c, err *e)
{
    api_value body;
    sandbox_fault f = {.kind = SANDBOX_FAULT_NONE};
    if (!sandbox_need(c, e) || !api_body(&body, c, e) || !fault_read(&f, body, e) ||
        !sandbox_fault_add(c->with.sandbox, &f, e))
        return false;
    faults_answer(c);
    return true;
}

bool api_sandbox_faults_delete(api_call *c, err *e)
{
    if (!sandbox_need(c, e))
        return false;
    sandbox_faults_drop(c->with.sandbox, http_query(c->request, "institution"));
    faults_answer(c);
    return true;
}

/* ---- institutions ---- */

bool api_sandbox_report_get(api_call *c, err *e)
{
    str code = http_param(c->request, "institution"), file;
    if (!sandbox_need(c, e))
        return false;
    if (str_eq(http_query(c->request, "format"), S("xlsx"))) {
        if (!sandbox_report_sheet(&file, c->with.sandbox, code, c->english, c->a, e))
            return false;
        http_add_header(
            c->response, S("Content-Disposition"),
            arena_printf(c->a, "attachment; filename=\"conformance-%.*s.xlsx\"", STR_ARG(code)));
        api_answer_text(
            c, 200, S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), file);
        return true;
    }
    json_open(&c->out, '{');
    if (!sandbox_report_json(&c->out, c->with.sandbox, code, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_sandbox_reset(api_call *c, err *e)
{
    if (!sandbox_need(c, e))
        return false;
    json_open(&c->out, '{');
    if (!sandbox_reset(&c->out, c->with.sandbox, http_param(c->request, "institution"), c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}
