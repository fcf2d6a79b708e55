/* Policies: which versions there are, what one says, what differs between two. */
#include "edge/api/api_internal.h"
#include "service/desk/desk.h"

#define TEXT_BYTES      (512 << 10)
#define DIFFERENCES_MAX 2000

static bool used_work(store_job *job, void *arg, arena *a, err *e)
{
    const api_call *c = ((void **)arg)[0];
    store_rows *rows = ((void **)arg)[1];
    store_value pack_id = STORE_T(((const pack *)((void **)arg)[2])->id);
    (void)c;
    return store_query(job, SQL_DESK_POLICIES_USED, &pack_id, 1, rows, a, e);
}

static bool is_used(const store_rows *rows, str policy_id, str from_on)
{
    for (ptrdiff_t i = 0; i < rows->row_count; i++)
        if (str_eq(store_text(rows, i, 1), policy_id) && str_eq(store_text(rows, i, 2), from_on))
            return true;
    return false;
}

static str day_text(day d, arena *a)
{
    char text[DAY_TEXT_SIZE] = "";
    if (d.number != DAY_NONE)
        day_print(text, d);
    return arena_str(a, str_of(text));
}

static void row_put(api_call *c, const office_pack *p, const benefit_policy *policy, bool used)
{
    json_out *o = &c->out;
    json_open(o, '{');
    json_field(o, S("pack_id"), p->pack.id);
    json_field(o, S("policy_id"), policy->id);
    json_field(o, S("from_on"), day_text(policy->from, c->a));
    json_field(o, S("until_on"), day_text(policy->until, c->a));
    json_field(o, S("scheme"), policy->scheme_name);
    json_field(o, S("zh"), policy->zh);
    json_field(o, S("en"), policy->en);
    json_field(o, S("digest"), p->digest);
    json_field_bool(o, S("used"), used);
    json_close(o, '}');
}

bool api_policies_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    str area = http_query(c->request, "area_code");
    const office_pack *only = area.n ? office_pack_of_area(c->with.office, area) : NULL;
    int64_t total = 0;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < office_pack_count(c->with.office); i++) {
        const office_pack *p = office_pack_at(c->with.office, i);
        store_rows used;
        void *arg[] = {c, &used, (void *)&p->pack};
        if (area.n && p != only)
            continue;
        if (!store_read(c->store, used_work, arg, c->a, e))
            return false;
        for (int k = 0; k < p->pack.policy_count; k++, total++) {
            const benefit_policy *policy = &p->pack.policy[k];
            row_put(c, p, policy, is_used(&used, policy->id, day_text(policy->from, c->a)));
        }
    }
    json_close(o, ']');
    json_key(o, S("next"));
    json_null(o);
    json_field_number(o, S("total"), total);
    json_field_bool(o, S("total_is_exact"), true);
    json_close(o, '}');
    return true;
}

static const benefit_policy *policy_find(const office_pack *p, str policy_id, str from_on, arena *a)
{
    for (int i = 0; p && i < p->pack.policy_count; i++)
        if (str_eq(p->pack.policy[i].id, policy_id) &&
            str_eq(day_text(p->pack.policy[i].from, a), from_on))
            return &p->pack.policy[i];
    return NULL;
}

/* ---- one policy ---- */

static str line_take(str *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', (size_t)rest->n) : NULL;
    ptrdiff_t n = end ? end - rest->p : rest->n;
    str line = {rest->p, n};
    *rest = (str){rest->p + n + (end != NULL), rest->n - n - (end != NULL)};
    return line;
}

static void layer_put(api_call *c, const pack *p, const benefit_policy *policy, int index)
{
    json_out *o = &c->out;
    char memory[16 << 10];
    text_buffer t = {memory, 0, sizeof memory, false};
    pack_explain_layer(&t, p, policy, index, c->english ? LANG_EN : LANG_ZH);
    json_open(o, '{');
    json_field(o, S("layer"), policy->layer[index].name);
    json_field(o, S("payer"), policy->layer[index].payer);
    json_key(o, S("text"));
    json_open(o, '[');
    for (str rest = {t.p, t.n}; rest.n > 0;) {
        str line = line_take(&rest);
        ptrdiff_t indent = line.n < 4 ? line.n : 4; /* of all lines of a layer */
        json_str(o, (str){line.p + indent, line.n - indent});
    }
    json_close(o, ']');
    json_close(o, '}');
}

bool api_policy_get(api_call *c, err *e)
{
    json_out *o = &c->out;
    const office_pack *p = office_pack_by_id(c->with.office, http_param(c->request, "pack_id"));
    const benefit_policy *policy = policy_find(p, http_param(c->request, "policy_id"),
                                               http_param(c->request, "from_on"), c->a);
    if (!policy)
        return FAIL(e, ERR_NOT_FOUND, "no such policy version");
    text_buffer t = {arena_new(c->a, char, TEXT_BYTES), 0, TEXT_BYTES, false};
    pack_explain_policy(&t, &p->pack, policy, c->english ? LANG_EN : LANG_ZH);
    json_open(o, '{');
    json_field(o, S("text"), (str){t.p, t.n});
    json_key(o, S("layers"));
    json_open(o, '[');
    for (int i = 0; i < policy->layer_count; i++)
        layer_put(c, &p->pack, policy, i);
    json_close(o, ']');
    json_key(o, S("sources"));
    json_open(o, '[');
    for (int i = 1; i < policy->source_count; i++) {
        const benefit_source *s = &policy->source[i];
        if (s->id.n == 0)
            continue; /* an article of another one */
        json_open(o, '{');
        json_field(o, S("name"), s->id);
        json_field(o, S("title"), s->title);
        json_field(o, S("grade"), s->grade);
        json_field(o, S("note"), s->note);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

/* ---- two versions ---- */

static void text_or_null(json_out *o, str key, str text, int line)
{
    json_key(o, key);
    if (line)
        json_str(o, text);
    else
        json_null(o);
}

bool api_policies_compare(api_call *c, err *e)
{
    json_out *o = &c->out;
    const http_request *r = c->request;
    const office_pack *p = office_pack_by_id(c->with.office, http_query(r, "pack_id"));
    str id = http_query(r, "policy_id");
    const benefit_policy *before = policy_find(p, id, http_query(r, "a"), c->a);
    const benefit_policy *after = policy_find(p, id, http_query(r, "b"), c->a);
    if (!before || !after) {
        FAIL(e, ERR_NOT_FOUND, "no such policy version");
        err_field(e, before ? S("b") : S("a"));
        return false;
    }
    pack_difference *row = arena_new(c->a, pack_difference, DIFFERENCES_MAX);
    int count = pack_compare(row, DIFFERENCES_MAX, &p->pack, before, after, c->a);
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < count; i++) {
        json_open(o, '{');
        json_field(o, S("path"), row[i].path);
        text_or_null(o, S("a"), row[i].before, row[i].before_line);
        text_or_null(o, S("b"), row[i].after, row[i].after_line);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}
