#include "edge/api/form_internal.h"

#define CHINA_MS INT64_C(28800000) /* eight hours ahead */
#define DAY_MS   INT64_C(86400000)

#define HOUSEHOLD "household_id" /* the column is called `household` in files */

static bool wrong(err *e, err_code code, str field, const char *expected)
{
    err_field(e, field);
    err_expected(e, "%s", expected);
    return FAIL(e, code, "%s", "");
}

/* ["a", "b"] as a|b */
static bool words_join(str *out, api_value list, arena *a, err *e)
{
    *out = S("");
    for (api_value m = api_first(list); m.node; m = api_next(list, m)) {
        if (m.node->kind != JSON_STRING || m.node->text.n == 0 ||
            memchr(m.node->text.p, '|', (size_t)m.node->text.n))
            return wrong(e, ERR_BAD_VALUE, list.node->key, "a list of words");
        *out = out->n ? arena_printf(a, "%.*s|%.*s", STR_ARG(*out), STR_ARG(m.node->text))
                      : m.node->text;
    }
    return true;
}

static bool cell_read(master_row *row, api_call *c, const master_kind *k, api_value m, err *e)
{
    bool household = str_eq(m.node->key, S(HOUSEHOLD));
    str name = household ? S("household") : m.node->key;
    int column = -1;
    for (int i = 0; i < k->column_count; i++)
        if (str_eq(name, str_of(k->column[i].name)))
            column = i;
    if (column < 0)
        return wrong(e, ERR_UNKNOWN_FIELD, m.node->key, "");
    row->given |= UINT32_C(1) << column;
    switch (m.node->kind) {
    case JSON_NULL:
        return true;
    case JSON_STRING:
    case JSON_NUMBER:
        row->cell[column] = m.node->text;
        return true;
    case JSON_LIST:
        if (k->column[column].kind == CELL_WORDS)
            return words_join(&row->cell[column], m, c->a, e);
        break;
    default:
        break;
    }
    return wrong(e, ERR_BAD_TYPE, m.node->key, "text");
}

/* The facts stand together: those left out are gone. */
static bool facts_read(master_row *row, api_call *c, const master_kind *k, api_value facts, err *e)
{
    if (facts.node->kind == JSON_NULL)
        return true;
    if (facts.node->kind != JSON_OBJECT)
        return wrong(e, ERR_BAD_TYPE, S("facts"), "an object");
    for (int i = 0; i < k->column_count; i++)
        if (k->column[i].in_facts)
            row->given |= UINT32_C(1) << i;
    for (api_value m = api_first(facts); m.node; m = api_next(facts, m)) {
        int column = master_column_find(k, m.node->key);
        if (column < 0 || !k->column[column].in_facts)
            return wrong(e, ERR_UNKNOWN_FIELD, m.node->key, "a fact of docs/import.md");
        if (!cell_read(row, c, k, m, e))
            return false;
    }
    return true;
}

bool form_read(master_row *row, api_call *c, const master_kind *k, const char *names, err *e)
{
    api_value body;
    *row = (master_row){0};
    if (!api_body(&body, c, e) || !api_known(body, names, e))
        return false;
    api_value m = api_first(body);
    if (!m.node)
        return wrong(e, ERR_MISSING_FIELD, S(""), names);
    for (; m.node; m = api_next(body, m)) {
        bool facts = k->has_facts && str_eq(m.node->key, S("facts"));
        if (!(facts ? facts_read(row, c, k, m, e) : cell_read(row, c, k, m, e)))
            return false;
    }
    return true;
}

bool form_keep(master_row *row,
               api_call *c,
               master_id kind,
               master_mode mode,
               int64_t id,
               int64_t owner,
               const char *names,
               err *e)
{
    master_form f = {.kind = master_kind_of(kind),
                     .mode = mode,
                     .id = id,
                     .owner = owner,
                     .row = row,
                     .close_open = kind == MASTER_AGREEMENTS};
    bool ok =
        form_read(row, c, f.kind, names, e) && master_keep(&f, c->with.office, &c->who, c->a, e);
    if (!ok && str_eq(str_of(e->field), S("household")))
        err_field(e, S(HOUSEHOLD));
    return ok;
}

bool form_day(str *on, const api_call *c, err *e)
{
    day d = {(int32_t)((store_now_ms(c->store) + CHINA_MS) / DAY_MS)};
    char text[DAY_TEXT_SIZE];
    *on = http_query(c->request, "on");
    if (on->n > 0)
        return day_parse(&d, *on) || wrong(e, ERR_BAD_DATE, S("on"), "2024-02-29");
    day_print(text, d);
    *on = arena_str(c->a, str_of(text));
    return true;
}
