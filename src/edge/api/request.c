/* Reading bodies, members, paths and the queries of lists. */
#include "base/day.h"
#include "edge/api/api_internal.h"

static bool wrong(err *e, err_code code, const char *field, const char *expected)
{
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return FAIL(e, code, "%s", "");
}

bool api_body(api_value *out, api_call *c, err *e)
{
    json_reader *reader;
    int32_t count;
    if (!api_reader(&reader, c, e) || !json_parse(reader, c->request->body, &out->first, &count, e))
        return false;
    out->node = out->first;
    return out->node->kind == JSON_OBJECT || wrong(e, ERR_BAD_TYPE, "", "a JSON object");
}

api_value api_first(api_value parent)
{
    bool any = parent.node && parent.node->next > parent.node - parent.first + 1;
    return (api_value){parent.first, any ? parent.node + 1 : NULL};
}

api_value api_next(api_value parent, api_value child)
{
    bool more = child.node->next < parent.node->next;
    return (api_value){parent.first, more ? parent.first + child.node->next : NULL};
}

api_value api_member(api_value object, const char *name)
{
    api_value m = api_first(object);
    while (m.node && !str_eq(m.node->key, str_of(name)))
        m = api_next(object, m);
    return m;
}

/* "a b c" holds b. */
static bool holds(const char *names, str name)
{
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, " ");
        if (str_eq((str){p, (ptrdiff_t)n}, name))
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

bool api_known(api_value object, const char *names, err *e)
{
    for (api_value m = api_first(object); m.node; m = api_next(object, m)) {
        if (!holds(names, m.node->key)) {
            err_field(e, m.node->key);
            err_expected(e, "%s", names);
            return FAIL(e, ERR_UNKNOWN_FIELD, "%s", "");
        }
        for (api_value n = api_first(object); n.node != m.node; n = api_next(object, n)) {
            if (str_eq(n.node->key, m.node->key)) {
                err_field(e, m.node->key);
                return FAIL(e, ERR_DUPLICATE_FIELD, "%s", "");
            }
        }
    }
    return true;
}

/* True with node NULL when it is absent, or null, and may be. */
static bool member(api_value *out, api_value object, const char *name, bool required, err *e)
{
    *out = api_member(object, name);
    if (out->node && out->node->kind == JSON_NULL)
        out->node = NULL;
    return out->node || !required || wrong(e, ERR_MISSING_FIELD, name, "a value");
}

bool api_text(str *out, api_value object, const char *name, bool required, err *e)
{
    api_value m;
    *out = S("");
    if (!member(&m, object, name, required, e))
        return false;
    if (!m.node)
        return true;
    if (m.node->kind != JSON_STRING)
        return wrong(e, ERR_BAD_TYPE, name, "text");
    *out = m.node->text;
    return out->n > 0 || !required || wrong(e, ERR_MISSING_FIELD, name, "a value");
}

bool api_id_of_text(int64_t *out, str text)
{
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        int digit = text.p[i] - '0';
        if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
            return false;
        n = 10 * n + digit;
    }
    *out = n;
    return n > 0;
}

bool api_id(int64_t *out, api_value object, const char *name, bool required, err *e)
{
    api_value m;
    *out = 0;
    if (!member(&m, object, name, required, e))
        return false;
    if (!m.node || (m.node->kind == JSON_STRING && m.node->text.n == 0 && !required))
        return true;
    if (m.node->kind != JSON_STRING && m.node->kind != JSON_NUMBER)
        return wrong(e, ERR_BAD_TYPE, name, "an id as text");
    return api_id_of_text(out, m.node->text) || wrong(e, ERR_BAD_NUMBER, name, "an id as text");
}

bool api_day(str *out, api_value object, const char *name, bool required, err *e)
{
    day d;
    if (!api_text(out, object, name, required, e))
        return false;
    return out->n == 0 || day_parse(&d, *out) || wrong(e, ERR_BAD_DATE, name, "2024-02-29");
}

bool api_flag(bool *out, api_value object, const char *name, bool otherwise, err *e)
{
    api_value m;
    *out = otherwise;
    if (!member(&m, object, name, false, e))
        return false;
    if (!m.node)
        return true;
    *out = m.node->kind == JSON_TRUE;
    return *out || m.node->kind == JSON_FALSE || wrong(e, ERR_BAD_TYPE, name, "true or false");
}

bool api_path_id(int64_t *out, const api_call *c, const char *name, err *e)
{
    return api_id_of_text(out, http_param(c->request, name)) ||
           wrong(e, ERR_NOT_FOUND, name, "an id");
}

/* ---- lists ---- */

static bool limit_read(int *out, str text, err *e)
{
    int64_t n = API_LIMIT;
    if (text.n > 0 && (!api_id_of_text(&n, text) || n > API_LIMIT_MAX))
        return wrong(e, ERR_BAD_VALUE, "limit", "1 to 500");
    *out = (int)n;
    return true;
}

bool api_list_read(api_list *out, const api_call *c, err *e)
{
    const http_request *r = c->request;
    *out = (api_list){.cursor = http_query(r, "cursor"),
                      .sort = http_query(r, "sort"),
                      .q = http_query(r, "q"),
                      .format = http_query(r, "format"),
                      .columns = http_query(r, "columns")};
    if (out->format.n > 0 && !str_eq(out->format, S("csv")) && !str_eq(out->format, S("xlsx")))
        return wrong(e, ERR_BAD_VALUE, "format", "csv or xlsx");
    if (!limit_read(&out->limit, http_query(r, "limit"), e))
        return false;
    for (int i = 0; i < r->query_count; i++) {
        if (r->query[i].value.n == 0 ||
            holds("limit cursor sort q format columns lang", r->query[i].name))
            continue;
        if (out->filter_count == API_FILTERS_MAX)
            return wrong(e, ERR_TOO_LARGE, "", "at most 20 filters");
        out->filter[out->filter_count++] = r->query[i];
    }
    return true;
}

/* ---- answering ---- */

void api_answer_text(api_call *c, int status, str content_type, str body)
{
    c->response->status = status;
    c->response->content_type = content_type;
    c->response->body = body;
}
