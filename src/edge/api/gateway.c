/* The gateway as its operators see it: how it runs, its messages, comparisons, who may come. */
#include "base/day.h"
#include "edge/api/api_internal.h"
#include "edge/api/form_internal.h"

#define CHINA_MS INT64_C(28800000) /* eight hours ahead */
#define DAY_MS   INT64_C(86400000)

bool api_gateway_monitor(api_call *c, err *e)
{
    str period = http_query(c->request, "period");
    monitor_request r = {.period = period.n ? period : S("day"),
                         .transaction_name = gateway_transaction_name};
    if (!messages_flush(c->with.messages, e))
        return false;
    json_open(&c->out, '{');
    if (!monitor_json(&c->out, c->store, &r, &c->who, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

/* With what people showed who they are: sums of a month, and day by day. */
bool api_gateway_credentials(api_call *c, err *e)
{
    credential_request r = {.month = http_query(c->request, "month"),
                            .transaction_name = gateway_transaction_name};
    str provider = http_query(c->request, "provider_id");
    if (provider.n && !api_id_of_text(&r.provider_id, provider)) {
        err_field(e, S("provider_id"));
        err_expected(e, "a provider's id");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    if (!messages_flush(c->with.messages, e))
        return false;
    json_open(&c->out, '{');
    if (!credential_json(&c->out, c->store, &r, &c->who, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_credential_days_list(api_call *c, err *e)
{
    return messages_flush(c->with.messages, e) && api_list_answer(c, "credential_days", NULL, e);
}

/* ---- messages ---- */

bool api_messages_list(api_call *c, err *e)
{
    return api_list_answer(c, "messages", NULL, e);
}

static void finding_add(void *arg, const gateway_field *f)
{
    json_out *o = arg;
    if (f->problem[0] == 0)
        return;
    json_open(o, '{');
    json_field(o, S("code"), str_of(f->problem));
    json_field(o, S("field"), f->path);
    json_field(o, S("received"), f->received);
    json_field(o, S("expected"), str_of(f->expected ? f->expected : ""));
    json_close(o, '}');
}

static str findings(void *with, str request, arena *a)
{
    gateway_head head;
    char *body = arena_new(a, char, request.n + JSON_PADDING_BYTES);
    json_out out = json_out_new(a, 512);
    memcpy(body, request.p, (size_t)request.n);
    http_request as_it_came = {.body = {body, request.n}};
    json_open(&out, '[');
    gateway_look(&head, with, &as_it_came, finding_add, &out, a);
    json_close(&out, ']');
    return json_out_text(&out);
}

static bool message_answer(api_call *c, bool full, str reason, err *e)
{
    message_request r = {.full = full,
                         .reason = reason,
                         .transaction_name = gateway_transaction_name,
                         .findings = findings,
                         .findings_with = c->with.gateway};
    if (!api_path_id(&r.message_id, c, "message_id", e))
        return false;
    json_open(&c->out, '{');
    if (!message_json(&c->out, c->store, &r, &c->who, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_message_get(api_call *c, err *e)
{
    return message_answer(c, false, S(""), e);
}

bool api_message_unmask(api_call *c, err *e)
{
    api_value body;
    str reason;
    return api_body(&body, c, e) && api_known(body, "reason", e) &&
           api_text(&reason, body, "reason", true, e) && message_answer(c, true, reason, e);
}

/* ---- comparisons ---- */

static str clearing_type(const void *with, str area_code, str visit_kind)
{
    return gateway_clearing_type(with, area_code, visit_kind);
}

bool api_gateway_totals(api_call *c, err *e)
{
    totals_request r = {.from_on = http_query(c->request, "from"),
                        .until_on = http_query(c->request, "until"),
                        .clr_type = clearing_type,
                        .with = c->with.gateway};
    if (!api_id_of_text(&r.provider_id, http_query(c->request, "provider_id"))) {
        err_field(e, S("provider_id"));
        err_expected(e, "a provider's id");
        return FAIL(e, ERR_MISSING_FIELD, "%s", "");
    }
    json_open(&c->out, '{');
    if (!totals_json(&c->out, c->store, &r, &c->who, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_statements_list(api_call *c, err *e)
{
    return api_list_answer(c, "statements", NULL, e);
}

bool api_statement_differences_list(api_call *c, err *e)
{
    int64_t id;
    list_filter of = {S("statement_id"), http_param(c->request, "statement_id")};
    return api_path_id(&id, c, "statement_id", e) && api_list_answer(c, "differences", &of, e);
}

bool api_statement_difference_resolve(api_call *c, err *e)
{
    api_value body;
    statement_resolution r;
    if (!api_path_id(&r.statement_id, c, "statement_id", e) ||
        !api_path_id(&r.line, c, "line", e) || !api_body(&body, c, e) ||
        !api_known(body, "resolution note", e) ||
        !api_text(&r.resolution, body, "resolution", false, e) ||
        !api_text(&r.note, body, "note", true, e) ||
        !statement_resolve(c->store, &r, &c->who, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_field(&c->out, S("resolution"), r.resolution);
    json_field(&c->out, S("note"), r.note);
    json_close(&c->out, '}');
    return true;
}

/* ---- who may come ---- */

bool api_gateways_list(api_call *c, err *e)
{
    return api_list_answer(c, "gateways", NULL, e);
}

/* Never told: secrets are made, not typed. */
static bool is_quiet(const master_column *m)
{
    return m->kind == CELL_PROVIDER || strstr(m->name, "secret") || strstr(m->name, "private");
}

typedef struct {
    store_value id;
    store_rows access, scope;
} looking;

static bool access_work(store_job *job, void *arg, arena *a, err *e)
{
    looking *l = arg;
    return store_query(job, SQL_GATEWAY_ACCESS_FIND, &l->id, 1, &l->access, a, e) &&
           store_query(job, SQL_ACCESS_SCOPE, &l->id, 1, &l->scope, a, e);
}

static void column_json(json_out *o, const master_column *m, str value)
{
    const char *bar = strchr(m->zh, '|');
    json_open(o, '{');
    json_field(o, S("name"), str_of(m->name));
    json_field(o, S("zh"), bar ? (str){m->zh, bar - m->zh} : str_of(m->zh));
    json_field(o, S("value"), value);
    json_field_number(o, S("bytes_max"), m->bytes_max);
    json_key(o, S("choices"));
    json_open(o, '[');
    for (int i = 0; m->choice && m->choice[i].word; i++) {
        json_open(o, '{');
        json_field(o, S("word"), str_of(m->choice[i].word));
        json_field(o, S("zh"), str_of(m->choice[i].said));
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
}

static bool access_answer(api_call *c, int64_t provider_id, err *e)
{
    enum { AREA, CODE, NAME, OLD_UNTIL, KEY_MADE_AT, HAS_KEY };
    const master_kind *k = master_kind_of(MASTER_GATEWAYS);
    looking l = {.id = STORE_N(provider_id)};
    json_out *o = &c->out;
    if (!gateway_scope(c->store, provider_id, &c->who, c->a, e) ||
        !store_read(c->store, access_work, &l, c->a, e))
        return false;
    bool known = l.access.row_count == 1;
    json_open(o, '{');
    json_field_id(o, S("provider_id"), provider_id);
    json_field(o, S("code"), store_text(&l.scope, 0, CODE));
    json_field(o, S("name"), store_text(&l.scope, 0, NAME));
    json_field_bool(o, S("admitted"), known);
    json_field_bool(o, S("has_key"), store_number(&l.scope, 0, HAS_KEY) == 1);
    json_field_moment(o, S("key_made_at"), store_number(&l.scope, 0, KEY_MADE_AT));
    json_field_moment(o, S("old_until"), store_number(&l.scope, 0, OLD_UNTIL));
    json_key(o, S("columns"));
    json_open(o, '[');
    for (int i = 0; i < k->column_count; i++)
        if (!is_quiet(&k->column[i]))
            column_json(o, &k->column[i], known ? store_text(&l.access, 0, i) : S(""));
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

bool api_gateway_access_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "provider_id", e) && access_answer(c, id, e);
}

bool api_gateway_access_put(api_call *c, err *e)
{
    const master_kind *k = master_kind_of(MASTER_GATEWAYS);
    text_buffer names = {arena_new(c->a, char, 2000), 0, 1999, false};
    looking l;
    master_row row;
    int64_t id;
    for (int i = 0; i < k->column_count; i++)
        if (!is_quiet(&k->column[i]))
            text_printf(&names, "%s%s", names.n ? " " : "", k->column[i].name);
    if (!api_path_id(&id, c, "provider_id", e) || !gateway_scope(c->store, id, &c->who, c->a, e))
        return false;
    l.id = STORE_N(id);
    if (!store_read(c->store, access_work, &l, c->a, e))
        return false;
    master_mode mode = l.access.row_count ? MASTER_CHANGE : MASTER_UPSERT;
    return form_keep(&row, c, MASTER_GATEWAYS, mode, 0, id, names.p, e) && access_answer(c, id, e);
}

/* Until the end of that day in China. */
static bool end_of_day(int64_t *ms, str on, int64_t now_ms, err *e)
{
    day d;
    *ms = 0;
    if (on.n == 0)
        return true;
    if (day_parse(&d, on))
        *ms = (d.number + 1) * DAY_MS - CHINA_MS;
    if (*ms > now_ms)
        return true;
    err_field(e, S("old_until"));
    err_expected(e, "today or a later day; empty: the old key ends now");
    return FAIL(e, ERR_BAD_DATE, "%s", "");
}

bool api_gateway_key_create(api_call *c, err *e)
{
    api_value body;
    int64_t id, until_ms;
    str on, secret;
    if (!api_path_id(&id, c, "provider_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "old_until", e) || !api_day(&on, body, "old_until", false, e) ||
        !end_of_day(&until_ms, on, store_now_ms(c->store), e) ||
        !gateway_key_new(&secret, c->store, id, until_ms, &c->who, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_field(&c->out, S("secret"), secret);
    json_field_moment(&c->out, S("old_until"), until_ms);
    json_close(&c->out, '}');
    c->response->status = 201;
    return true;
}

bool api_gateway_key_old_end(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "provider_id", e) &&
           gateway_key_end(c->store, id, &c->who, c->a, e) && access_answer(c, id, e);
}
