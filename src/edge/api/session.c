/* Signing in and out. */
#include "edge/api/api_internal.h"

static const char cookie_rest[] = "; Path=/; HttpOnly; SameSite=Strict";

/* Secure as soon as we, or a proxy in front, speak TLS. */
static void cookie_set(api_call *c, str token, int seconds)
{
    http_add_header(c->response, S("Set-Cookie"),
                    arena_printf(c->a, "gongji_session=%.*s%s; Max-Age=%d%s", STR_ARG(token),
                                 cookie_rest, seconds, c->request->secure ? "; Secure" : ""));
}

static void session_json(api_call *c, const access_session *s, bool with_token)
{
    json_out *o = &c->out;
    int bytes_min, classes_min;
    access_password_needs(c->with.access, &bytes_min, &classes_min);
    json_open(o, '{');
    if (with_token)
        json_field(o, S("token"), s->token);
    json_field(o, S("csrf"), s->csrf);
    json_field_bool(o, S("must_add_factor"), s->user.must_add_factor);
    json_field_number(o, S("password_bytes_min"), bytes_min);
    json_field_number(o, S("password_classes_min"), classes_min);
    json_key(o, S("user"));
    api_user_json(o, &s->user);
    json_close(o, '}');
}

bool api_session_create(api_call *c, err *e)
{
    api_value body;
    str login, password, code;
    access_session s;
    if (!api_body(&body, c, e) || !api_known(body, "login password code", e) ||
        !api_text(&login, body, "login", true, e) ||
        !api_text(&password, body, "password", true, e) ||
        !api_text(&code, body, "code", false, e) ||
        !access_login(&s, c->with.access, login, password, code, &c->who, c->a, e))
        return false;
    cookie_set(c, s.token, access_config_default.absolute_seconds);
    session_json(c, &s, true);
    return true;
}

bool api_session_get(api_call *c, err *e)
{
    (void)e;
    session_json(c, &c->session, false);
    return true;
}

bool api_session_delete(api_call *c, err *e)
{
    if (!access_logout(c->with.access, &c->who, c->session.token, c->a, e))
        return false;
    cookie_set(c, S(""), 0);
    c->response->status = 204;
    return true;
}

bool api_session_password(api_call *c, err *e)
{
    api_value body;
    str before, after;
    if (!api_body(&body, c, e) || !api_known(body, "old new", e) ||
        !api_text(&before, body, "old", true, e) || !api_text(&after, body, "new", true, e) ||
        !access_password_change(c->with.access, &c->who, c->session.token, before, after, c->a, e))
        return false;
    c->response->status = 204;
    return true;
}

/* The password once more: exports, payments and the like ask for it. */
bool api_session_confirm(api_call *c, err *e)
{
    api_value body;
    str password, code;
    if (!api_body(&body, c, e) || !api_known(body, "password code", e) ||
        !api_text(&password, body, "password", true, e) ||
        !api_text(&code, body, "code", false, e) ||
        !access_confirm(c->with.access, &c->who, c->session.token, password, code, c->a, e))
        return false;
    c->response->status = 204;
    return true;
}

/* ---- the second factor ---- */

bool api_session_factor_begin(api_call *c, err *e)
{
    api_value body;
    str password;
    access_factor f;
    json_out *o = &c->out;
    if (!api_body(&body, c, e) || !api_known(body, "password", e) ||
        !api_text(&password, body, "password", true, e) ||
        !access_factor_begin(&f, c->with.access, &c->who, password, c->a, e))
        return false;
    json_open(o, '{');
    json_field(o, S("secret"), f.secret);
    json_field(o, S("uri"), f.uri);
    json_close(o, '}');
    return true;
}

bool api_session_factor_confirm(api_call *c, err *e)
{
    api_value body;
    str code, recovery[ACCESS_RECOVERY_CODES];
    json_out *o = &c->out;
    if (!api_body(&body, c, e) || !api_known(body, "code", e) ||
        !api_text(&code, body, "code", true, e) ||
        !access_factor_confirm(recovery, c->with.access, &c->who, c->session.token, code, c->a, e))
        return false;
    json_open(o, '{');
    json_key(o, S("recovery_codes"));
    json_open(o, '[');
    for (int i = 0; i < ACCESS_RECOVERY_CODES; i++)
        json_str(o, recovery[i]);
    json_close(o, ']');
    json_close(o, '}');
    return true;
}

bool api_session_factor_end(api_call *c, err *e)
{
    api_value body;
    str password, code;
    if (!api_body(&body, c, e) || !api_known(body, "password code", e) ||
        !api_text(&password, body, "password", true, e) ||
        !api_text(&code, body, "code", true, e) ||
        !access_factor_end(c->with.access, &c->who, password, code, c->a, e))
        return false;
    c->response->status = 204;
    return true;
}
