/* Users and roles. */
#include "edge/api/api_internal.h"

static void rights_json(json_out *o, uint64_t rights)
{
    json_key(o, S("rights"));
    json_open(o, '[');
    for (int r = RIGHT_NONE + 1; r < RIGHT__COUNT; r++)
        if (rights >> r & 1)
            json_str(o, str_of(right_word((right)r)));
    json_close(o, ']');
}

void api_user_json(json_out *o, const access_user *u)
{
    json_open(o, '{');
    json_field_id(o, S("user_id"), u->user_id);
    json_field(o, S("login"), u->login);
    json_field(o, S("name"), u->name);
    json_field(o, S("area_code"), u->area_code);
    json_field_id_or_null(o, S("provider_id"), u->provider_id);
    json_key(o, S("roles"));
    json_open(o, '[');
    for (int i = 0; i < u->role_count; i++)
        json_str(o, u->role[i]);
    json_close(o, ']');
    rights_json(o, u->rights);
    json_field_bool(o, S("must_change"), u->must_change);
    json_field_bool(o, S("has_factor"), u->has_factor);
    json_field(o, S("state"), u->state);
    json_field(o, S("expires_on"), u->expires_on);
    json_field_moment(o, S("last_login_at"), u->last_login_at);
    json_close(o, '}');
}

static bool user_answer(api_call *c, int64_t user_id, err *e)
{
    access_user u;
    if (!access_user_find(&u, c->with.access, &c->who, user_id, c->a, e))
        return false;
    api_user_json(&c->out, &u);
    return true;
}

static bool filter_of(access_user_filter *out, const api_list *l, err *e)
{
    *out = (access_user_filter){.q = l->q,
                                .state = S(""),
                                .after = l->cursor,
                                .descending = str_eq(l->sort, S("-login")),
                                .limit = l->limit};
    if (l->sort.n > 0 && !out->descending && !str_eq(l->sort, S("login"))) {
        err_field(e, S("sort"));
        err_expected(e, "login or -login");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    for (int i = 0; i < l->filter_count; i++) {
        if (!str_eq(l->filter[i].name, S("state"))) {
            err_field(e, l->filter[i].name);
            return FAIL(e, ERR_UNKNOWN_FIELD, "users are filtered by state");
        }
        out->state = l->filter[i].value;
    }
    return true;
}

bool api_users_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    api_list l;
    access_user_filter f;
    access_user_page page;
    if (!api_list_read(&l, c, e))
        return false;
    if (l.format.n)
        return api_list_answer(c, "users", NULL, e);
    if (!filter_of(&f, &l, e) || !access_users(&page, c->with.access, &c->who, &f, c->a, e))
        return false;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < page.count; i++)
        api_user_json(o, &page.user[i]);
    json_close(o, ']');
    json_key(o, S("next"));
    if (page.more)
        json_str(o, page.user[page.count - 1].login);
    else
        json_null(o);
    json_field_number(o, S("total"), page.total);
    json_field_bool(o, S("total_is_exact"), true);
    json_close(o, '}');
    return true;
}

bool api_user_create(api_call *c, err *e)
{
    api_value body;
    access_user wanted = {0};
    int64_t id;
    str password;
    if (!api_body(&body, c, e) ||
        !api_known(body, "login name area_code provider_id expires_on", e) ||
        !api_text(&wanted.login, body, "login", true, e) ||
        !api_text(&wanted.name, body, "name", true, e) ||
        !api_text(&wanted.area_code, body, "area_code", false, e) ||
        !api_id(&wanted.provider_id, body, "provider_id", false, e) ||
        !api_day(&wanted.expires_on, body, "expires_on", false, e) ||
        !access_user_add(&id, &password, c->with.access, &c->who, &wanted, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_key(&c->out, S("user"));
    if (!user_answer(c, id, e))
        return false;
    json_field(&c->out, S("password"), password);
    json_close(&c->out, '}');
    c->response->status = 201;
    return true;
}

bool api_user_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "user_id", e) && user_answer(c, id, e);
}

bool api_user_change(api_call *c, err *e)
{
    api_value body;
    int64_t id;
    str name, state, expires_on;
    if (!api_path_id(&id, c, "user_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "name state expires_on", e) || !api_text(&name, body, "name", false, e) ||
        !api_text(&state, body, "state", false, e) ||
        !api_day(&expires_on, body, "expires_on", false, e))
        return false;
    if (!api_first(body).node)
        return FAIL(e, ERR_MISSING_FIELD, "neither name nor state nor expires_on is given");
    return access_user_change(c->with.access, &c->who, id,
                              api_member(body, "name").node ? &name : NULL,
                              api_member(body, "state").node ? &state : NULL,
                              api_member(body, "expires_on").node ? &expires_on : NULL, c->a, e) &&
           user_answer(c, id, e);
}

bool api_user_roles_put(api_call *c, err *e)
{
    enum { ROLES_MAX = 32 };
    api_value body;
    int64_t id;
    str role[ROLES_MAX];
    int count = 0;
    if (!api_path_id(&id, c, "user_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "roles", e))
        return false;
    api_value list = api_member(body, "roles");
    bool fine = list.node && list.node->kind == JSON_LIST;
    for (api_value r = api_first(fine ? list : (api_value){0}); r.node && fine;
         r = api_next(list, r)) {
        fine = r.node->kind == JSON_STRING && count < ROLES_MAX;
        if (fine)
            role[count++] = r.node->text;
    }
    if (!fine) {
        err_field(e, S("roles"));
        err_expected(e, "a list of at most %d words", ROLES_MAX);
        return FAIL(e, list.node ? ERR_BAD_TYPE : ERR_MISSING_FIELD, "%s", "");
    }
    return access_roles_set(c->with.access, &c->who, id, role, count, c->a, e) &&
           user_answer(c, id, e);
}

bool api_user_reset(api_call *c, err *e)
{
    int64_t id;
    str password;
    if (!api_path_id(&id, c, "user_id", e) ||
        !access_password_reset(&password, c->with.access, &c->who, id, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_field(&c->out, S("password"), password);
    json_close(&c->out, '}');
    return true;
}

bool api_user_factor_reset(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "user_id", e) &&
           access_factor_reset(c->with.access, &c->who, id, c->a, e) && user_answer(c, id, e);
}

bool api_user_sessions_end(api_call *c, err *e)
{
    int64_t id, ended;
    if (!api_path_id(&id, c, "user_id", e) ||
        !access_sessions_end(&ended, c->with.access, &c->who, id, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_field_number(&c->out, S("ended"), ended);
    json_close(&c->out, '}');
    return true;
}

bool api_roles_list(api_call *c, err *e)
{
    json_out *o = &c->out;
    const access_role *role;
    int count;
    if (!access_roles(&role, &count, c->with.access, c->a, e))
        return false;
    json_open(o, '{');
    json_key(o, S("rows"));
    json_open(o, '[');
    for (int i = 0; i < count; i++) {
        json_open(o, '{');
        json_field(o, S("role"), role[i].role);
        json_field(o, S("zh"), role[i].zh);
        json_field(o, S("en"), role[i].en);
        rights_json(o, role[i].rights);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    return true;
}
