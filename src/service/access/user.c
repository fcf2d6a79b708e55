/* Users: created, changed, given roles and passwords, listed. */
#include "base/day.h"
#include "service/access/access_internal.h"

#define DAY_MS   INT64_C(86400000)
#define CHINA_MS INT64_C(28800000)

void user_of_row(access_user *out, const store_rows *rows, ptrdiff_t row)
{
    *out = (access_user){
        .user_id = store_number(rows, row, U_ID),
        .login = store_text(rows, row, U_LOGIN),
        .name = store_text(rows, row, U_NAME),
        .area_code = store_text(rows, row, U_AREA),
        .provider_id = store_number(rows, row, U_PROVIDER),
        .state = store_text(rows, row, U_STATE),
        .must_change = store_number(rows, row, U_MUST_CHANGE) != 0,
        .has_factor = store_number(rows, row, U_FACTOR) > 0,
        .expires_on = store_text(rows, row, U_EXPIRES),
        .last_login_at = store_number(rows, row, U_LAST_LOGIN),
    };
}

bool user_row(store_rows *out, store_job *job, store_sql sql, store_value key, arena *a, err *e)
{
    if (!store_query(job, sql, &key, 1, out, a, e))
        return false;
    return out->row_count == 1 || FAIL(e, ERR_NOT_FOUND, "no such user");
}

bool user_roles_load(access_user *u, store_job *job, arena *a, err *e)
{
    const store_value id = STORE_N(u->user_id);
    store_rows roles, rights;
    const store_ask ask[] = {{SQL_USER_ROLES, &id, 1, &roles}, {SQL_USER_RIGHTS, &id, 1, &rights}};
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    str *role = arena_new(a, str, roles.row_count);
    for (ptrdiff_t i = 0; i < roles.row_count; i++)
        role[i] = store_text(&roles, i, 0);
    u->role = role;
    u->role_count = (int)roles.row_count;
    u->rights = 0;
    for (ptrdiff_t i = 0; i < rights.row_count; i++) {
        right r = right_of_word(store_text(&rights, i, 0));
        if (r != RIGHT_NONE)
            u->rights |= (uint64_t)1 << r;
    }
    return true;
}

/* Days are those of China. */
static void today_print(char out[DAY_TEXT_SIZE], int64_t now_ms)
{
    day_print(out, (day){(int32_t)((now_ms + CHINA_MS) / DAY_MS)});
}

bool user_is_over(const access_user *u, int64_t now_ms)
{
    char today[DAY_TEXT_SIZE];
    if (u->expires_on.n == 0)
        return false;
    today_print(today, now_ms);
    return str_cmp(u->expires_on, str_of(today)) < 0;
}

str user_object(int64_t user_id, arena *a)
{
    return arena_printf(a, "user %" PRId64, user_id);
}

void access_actor_of(actor *out, const access_user *u, str address, str trace_id)
{
    *out = (actor){.user_id = u->user_id,
                   .login = u->login,
                   .name = u->name,
                   .area_code = u->area_code,
                   .provider_id = u->provider_id,
                   .rights = u->rights,
                   .address = address,
                   .trace_id = trace_id};
}

/* An administrator of an area sees and changes the users of that area only. */
static bool in_area(const actor *who, str area_code)
{
    return who->area_code.n <= area_code.n &&
           (who->area_code.n == 0 ||
            memcmp(who->area_code.p, area_code.p, (size_t)who->area_code.n) == 0);
}

bool user_target(
    access_user *out, store_job *job, const actor *who, int64_t user_id, arena *a, err *e)
{
    store_rows rows;
    if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(user_id), a, e))
        return false;
    user_of_row(out, &rows, 0);
    if (!in_area(who, out->area_code))
        return FAIL(e, ERR_NOT_FOUND, "the user is of another area");
    return user_roles_load(out, job, a, e);
}

/* ---- a new one ---- */

static bool field_fail(err *e, err_code code, const char *field, const char *expected)
{
    err_field(e, str_of(field));
    err_expected(e, "%s", expected);
    return FAIL(e, code, "%s", "");
}

static bool login_is_good(str login)
{
    for (ptrdiff_t i = 0; i < login.n; i++) {
        char c = login.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && (i == 0 || (c == 0 || !strchr("._-", c))))
            return false;
    }
    return login.n >= 2 && login.n <= LOGIN_MAX;
}

static bool name_is_good(str name)
{
    for (ptrdiff_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20)
            return false;
    return name.n > 0 && name.n <= NAME_MAX_UTF && str_is_utf8(name);
}

static bool area_is_good(str area)
{
    for (ptrdiff_t i = 0; i < area.n; i++)
        if (area.p[i] < '0' || area.p[i] > '9')
            return false;
    return area.n <= AREA_MAX && area.n % 2 == 0;
}

static bool expires_is_good(str expires_on, err *e)
{
    day d;
    return expires_on.n == 0 || day_parse(&d, expires_on) ||
           field_fail(e, ERR_BAD_DATE, "expires_on", "a day, or nothing");
}

static bool wanted_check(const access_user *w, const actor *who, err *e)
{
    if (!login_is_good(w->login))
        return field_fail(e, ERR_BAD_VALUE, "login", "2 to 32 of a-z 0-9 . _ -");
    if (!name_is_good(w->name))
        return field_fail(e, ERR_BAD_VALUE, "name", "1 to 64 characters");
    if (!area_is_good(w->area_code) || !in_area(who, w->area_code))
        return field_fail(e, ERR_BAD_VALUE, "area_code", "a division code within your own");
    if (w->provider_id < 0)
        return field_fail(e, ERR_BAD_VALUE, "provider_id", "a provider");
    return expires_is_good(w->expires_on, e);
}

typedef struct {
    const actor *who;
    const access_user *wanted;
    int64_t user_id;
    str hash;
} add_job;

static bool add_work(store_job *job, void *arg, arena *a, err *e)
{
    add_job *t = arg;
    const access_user *w = t->wanted;
    store_rows same;
    if (!store_query(job, SQL_USER_BY_LOGIN, (store_value[]){STORE_T(w->login)}, 1, &same, a, e))
        return false;
    if (same.row_count > 0)
        return field_fail(e, ERR_EXISTS, "login", "a login that nobody has");
    int64_t now = store_now_ms(store_of(job));
    store_put(job, SQL_USER_ADD,
              (store_value[]){STORE_N(t->user_id), STORE_T(w->login), STORE_T(w->name),
                              STORE_T(w->area_code), STORE_N(w->provider_id), STORE_T(t->hash),
                              STORE_N(now), STORE_N(now), STORE_T(w->expires_on)},
              9);
    access_audit(job, t->who, S("user.add"), user_object(t->user_id, a), 0,
                 arena_printf(a, "{\"login\":\"%.*s\"}", STR_ARG(w->login)), S("ok"));
    return true;
}

bool access_user_add(int64_t *user_id,
                     str *password,
                     access_service *ac,
                     const actor *who,
                     const access_user *wanted,
                     arena *a,
                     err *e)
{
    password_hash hash;
    if (!wanted_check(wanted, who, e))
        return false;
    *password = password_make(wanted->login, a);
    if (!password_hash_make(&hash, ac, *password, e))
        return false;
    add_job t = {who, wanted, store_new_id(ac->store), str_of(hash.text)};
    *user_id = t.user_id;
    return store_write(ac->store, LANE, add_work, &t, a, e);
}

/* ---- changes ---- */

typedef struct {
    const actor *who;
    int64_t user_id;
    const str *name, *state, *expires_on;
    bool dropped;
} change_job;

static bool change_work(store_job *job, void *arg, arena *a, err *e)
{
    change_job *t = arg;
    access_user u;
    if (!user_target(&u, job, t->who, t->user_id, a, e))
        return false;
    str name = t->name ? *t->name : u.name, state = t->state ? *t->state : u.state;
    str expires_on = t->expires_on ? *t->expires_on : u.expires_on;
    t->dropped =
        !str_eq(name, u.name) || !str_eq(state, u.state) || !str_eq(expires_on, u.expires_on);
    if ((!str_eq(state, u.state) || !str_eq(expires_on, u.expires_on)) &&
        t->who->user_id == u.user_id)
        return FAIL(e, ERR_SAME_PERSON, "nobody changes his own state or last day");
    store_put_one(
        job, SQL_USER_CHANGE,
        (store_value[]){STORE_N(u.user_id), STORE_T(name), STORE_T(state), STORE_T(expires_on)}, 4);
    if (t->state && str_eq(state, S("active"))) { /* ends the lock of too many failures too */
        store_put(job, SQL_USER_FAILURES,
                  (store_value[]){STORE_N(u.user_id), STORE_N(0), STORE_N(0)}, 3);
        store_put(job, SQL_USER_ENABLED,
                  (store_value[]){STORE_N(u.user_id), STORE_N(store_now_ms(store_of(job)))}, 2);
    }
    if (!str_eq(state, S("active")))
        store_put(job, SQL_SESSION_DROP_OF_USER, (store_value[]){STORE_N(u.user_id)}, 1);
    access_bump(job);
    access_audit(job, t->who, S("user.change"), user_object(u.user_id, a), 0,
                 arena_printf(a,
                              "{\"state\":\"%.*s\",\"before\":\"%.*s\",\"renamed\":%s,"
                              "\"expires_on\":\"%.*s\"}",
                              STR_ARG(state), STR_ARG(u.state),
                              str_eq(name, u.name) ? "false" : "true", STR_ARG(expires_on)),
                 S("ok"));
    return true;
}

bool access_user_change(access_service *ac,
                        const actor *who,
                        int64_t user_id,
                        const str *name,
                        const str *state,
                        const str *expires_on,
                        arena *a,
                        err *e)
{
    change_job t = {who, user_id, name, state, expires_on, false};
    if (expires_on && !expires_is_good(*expires_on, e))
        return false;
    if (name && !name_is_good(*name))
        return field_fail(e, ERR_BAD_VALUE, "name", "1 to 64 characters");
    if (state && !str_eq(*state, S("active")) && !str_eq(*state, S("locked")) &&
        !str_eq(*state, S("disabled")))
        return field_fail(e, ERR_UNKNOWN_WORD, "state", "active, locked or disabled");
    if (!store_write(ac->store, LANE, change_work, &t, a, e))
        return false;
    if (t.dropped)
        copies_drop_user(ac, user_id);
    return true;
}

typedef struct {
    const actor *who;
    int64_t user_id;
    const str *role;
    int role_count;
} roles_job;

static bool role_rights(uint64_t *rights, const store_rows *known, str role)
{
    bool found = false;
    for (ptrdiff_t i = 0; i < known->row_count; i++) {
        if (!str_eq(store_text(known, i, 0), role))
            continue;
        right r = right_of_word(store_text(known, i, 1));
        *rights |= r == RIGHT_NONE ? 0 : (uint64_t)1 << r;
        found = true;
    }
    return found;
}

static bool role_is_repeated(const roles_job *t, int i)
{
    for (int j = 0; j < i; j++)
        if (str_eq(t->role[i], t->role[j]))
            return true;
    return false;
}

static bool roles_work(store_job *job, void *arg, arena *a, err *e)
{
    roles_job *t = arg;
    access_user u;
    store_rows known;
    uint64_t rights = 0;
    str said = S("");
    if (!user_target(&u, job, t->who, t->user_id, a, e) ||
        !store_query(job, SQL_ROLE_RIGHTS, NULL, 0, &known, a, e))
        return false;
    if (t->who->user_id == u.user_id)
        return FAIL(e, ERR_SAME_PERSON, "nobody changes his own roles");
    store_put(job, SQL_USER_ROLE_CLEAR, (store_value[]){STORE_N(u.user_id)}, 1);
    for (int i = 0; i < t->role_count; i++) {
        if (!role_rights(&rights, &known, t->role[i]))
            return field_fail(e, ERR_UNKNOWN_WORD, "roles", "roles that exist");
        if (role_is_repeated(t, i))
            continue;
        said = arena_printf(a, "%.*s%s%.*s", STR_ARG(said), said.n ? " " : "", STR_ARG(t->role[i]));
        store_put(job, SQL_USER_ROLE_ADD, (store_value[]){STORE_N(u.user_id), STORE_T(t->role[i])},
                  2);
    }
    if (!access_duties_fit(rights))
        return field_fail(e, ERR_DUTY, "roles",
                          "one administrator's role, or roles of the business; who keeps the data "
                          "does not settle");
    store_put(job, SQL_SESSION_DROP_OF_USER, (store_value[]){STORE_N(u.user_id)}, 1);
    access_bump(job);
    access_audit(job, t->who, S("user.roles"), user_object(u.user_id, a), 0,
                 arena_printf(a, "{\"roles\":\"%.*s\"}", STR_ARG(said)), S("ok"));
    return true;
}

bool access_roles_set(access_service *ac,
                      const actor *who,
                      int64_t user_id,
                      const str *role,
                      int role_count,
                      arena *a,
                      err *e)
{
    roles_job t = {who, user_id, role, role_count};
    if (role_count > ROLES_MAX)
        return field_fail(e, ERR_TOO_LARGE, "roles", "at most 32");
    if (!store_write(ac->store, LANE, roles_work, &t, a, e))
        return false;
    copies_drop_user(ac, user_id);
    return true;
}

/* ---- a new password, made here ---- */

typedef struct {
    const access_service *ac;
    const actor *who;
    int64_t user_id;
    str hash;
} reset_job;

/* Else whoever manages users could sign in as the administrator of security or audit. */
static bool is_administrator(uint64_t rights)
{
    return (rights & ((uint64_t)1 << RIGHT_USER_WRITE | (uint64_t)1 << RIGHT_ROLE_WRITE |
                      (uint64_t)1 << RIGHT_AUDIT_READ)) != 0;
}

bool user_may_be_reset(const access_user *u, const actor *who, err *e)
{
    if (!is_administrator(u->rights) || who->user_id == -1)
        return true;
    return FAIL(e, ERR_DUTY, "an administrator is reset on the server: gongji user");
}

static bool reset_work(store_job *job, void *arg, arena *a, err *e)
{
    reset_job *t = arg;
    access_user u;
    store_rows rows;
    if (!user_target(&u, job, t->who, t->user_id, a, e) || !user_may_be_reset(&u, t->who, e) ||
        !user_row(&rows, job, SQL_USER_BY_ID, STORE_N(t->user_id), a, e))
        return false;
    password_keep(job, t->ac, u.user_id, store_text(&rows, 0, U_HASH));
    store_put_one(job, SQL_USER_PASSWORD,
                  (store_value[]){STORE_N(u.user_id), STORE_T(t->hash), STORE_N(1),
                                  STORE_N(store_now_ms(store_of(job)))},
                  4);
    store_put(job, SQL_SESSION_DROP_OF_USER, (store_value[]){STORE_N(u.user_id)}, 1);
    access_bump(job);
    access_audit(job, t->who, S("user.reset"), user_object(u.user_id, a), 0, S("{}"), S("ok"));
    return true;
}

bool access_password_reset(
    str *password, access_service *ac, const actor *who, int64_t user_id, arena *a, err *e)
{
    password_hash hash;
    *password = password_make(S(""), a);
    if (!password_hash_make(&hash, ac, *password, e))
        return false;
    reset_job t = {ac, who, user_id, str_of(hash.text)};
    if (!store_write(ac->store, LANE, reset_work, &t, a, e))
        return false;
    copies_drop_user(ac, user_id);
    return true;
}

/* ---- sessions that an administrator ends; users that nobody needs ---- */

typedef struct {
    const actor *who;
    int64_t user_id, ended;
} kill_job;

static bool kill_work(store_job *job, void *arg, arena *a, err *e)
{
    kill_job *t = arg;
    access_user u;
    store_rows rows;
    const store_value id = STORE_N(t->user_id);
    if (!user_target(&u, job, t->who, t->user_id, a, e) ||
        !store_query(job, SQL_SESSIONS_OF_USER, &id, 1, &rows, a, e))
        return false;
    t->ended = rows.row_count;
    store_put(job, SQL_SESSION_DROP_OF_USER, &id, 1);
    access_bump(job);
    access_audit(job, t->who, S("user.sessions_end"), user_object(t->user_id, a), 0,
                 arena_printf(a, "{\"ended\":%" PRId64 "}", t->ended), S("ok"));
    return true;
}

bool access_sessions_end(
    int64_t *ended, access_service *ac, const actor *who, int64_t user_id, arena *a, err *e)
{
    kill_job t = {who, user_id, 0};
    if (!store_write(ac->store, LANE, kill_work, &t, a, e))
        return false;
    copies_drop_user(ac, user_id);
    *ended = t.ended;
    return true;
}

typedef struct {
    const access_service *ac;
    int unused_days;
    int64_t disabled;
} tidy_job;

static const actor daily = {.user_id = -1,
                            .login = {"daily task", 10},
                            .name = {"", 0},
                            .area_code = {"", 0},
                            .address = {"", 0},
                            .trace_id = {"", 0}};

static bool is_in(const store_rows *rows, int64_t user_id)
{
    for (ptrdiff_t i = 0; i < rows->row_count; i++)
        if (store_number(rows, i, 0) == user_id)
            return true;
    return false;
}

/* Who stays although he is unused: after a long pause, or with a clock that runs ahead, there is
 * still somebody of the widest area who can enable the others.  0 = it needs nobody. */
static bool
last_manager(int64_t *out, store_job *job, const store_rows *unused, str today, arena *a, err *e)
{
    store_rows all;
    *out = 0;
    if (!store_query(job, SQL_USER_MANAGERS, (store_value[]){STORE_T(today)}, 1, &all, a, e))
        return false;
    for (ptrdiff_t i = 0; i < all.row_count; i++)
        if (store_number(&all, i, 1) == store_number(&all, 0, 1) &&
            !is_in(unused, store_number(&all, i, 0)))
            return true;
    if (all.row_count > 0)
        *out = store_number(&all, 0, 0);
    return true;
}

static bool tidy_work(store_job *job, void *arg, arena *a, err *e)
{
    tidy_job *t = arg;
    char today[DAY_TEXT_SIZE];
    int64_t now_ms = store_now_ms(t->ac->store), days = t->unused_days, stays;
    store_rows rows;
    today_print(today, now_ms);
    const store_value value[] = {STORE_N(days ? now_ms - days * DAY_MS : 0),
                                 STORE_T(str_of(today))};
    if (!store_query(job, SQL_USERS_UNUSED, value, 2, &rows, a, e) ||
        !last_manager(&stays, job, &rows, str_of(today), a, e))
        return false;
    t->disabled = 0;
    for (ptrdiff_t i = 0; i < rows.row_count; i++) {
        const store_value id = STORE_N(store_number(&rows, i, 0));
        if (id.number == stays)
            continue;
        t->disabled++;
        const access_user u = {.expires_on = store_text(&rows, i, 1)};
        store_put(job, SQL_USER_DISABLE, &id, 1);
        store_put(job, SQL_SESSION_DROP_OF_USER, &id, 1);
        access_audit(job, &daily, S("user.disable"), user_object(id.number, a), 0,
                     user_is_over(&u, now_ms) ? S("{\"why\":\"expired\"}")
                                              : S("{\"why\":\"unused\"}"),
                     S("ok"));
    }
    if (t->disabled > 0)
        access_bump(job);
    return true;
}

bool access_tidy(int64_t *disabled, access_service *ac, int unused_days, arena *a, err *e)
{
    tidy_job t = {ac, unused_days < 0 ? ac->config.unused_days : unused_days, 0};
    if (!store_write(ac->store, LANE, tidy_work, &t, a, e))
        return false;
    if (t.disabled > 0)
        copies_drop_user(ac, 0);
    *disabled = t.disabled;
    return true;
}

/* ---- looking up ---- */

/* As people see it: after too many failures somebody is locked for a while. */
static void user_seen(access_user *out, store_job *job, const store_rows *rows, ptrdiff_t row)
{
    user_of_row(out, rows, row);
    if (str_eq(out->state, S("active")) &&
        store_number(rows, row, U_LOCKED_UNTIL) > store_now_ms(store_of(job)))
        out->state = S("locked");
}

typedef struct {
    const actor *who; /* NULL = of any area */
    store_sql sql;
    store_value key;
    access_user *out;
} find_job;

static bool find_work(store_job *job, void *arg, arena *a, err *e)
{
    find_job *t = arg;
    store_rows rows;
    if (!user_row(&rows, job, t->sql, t->key, a, e))
        return false;
    user_seen(t->out, job, &rows, 0);
    if (t->who && !in_area(t->who, t->out->area_code))
        return FAIL(e, ERR_NOT_FOUND, "the user is of another area");
    return user_roles_load(t->out, job, a, e);
}

bool access_user_find(
    access_user *out, access_service *ac, const actor *who, int64_t user_id, arena *a, err *e)
{
    find_job t = {who, SQL_USER_BY_ID, STORE_N(user_id), out};
    return store_read(ac->store, find_work, &t, a, e);
}

bool access_user_by_login(access_user *out, access_service *ac, str login, arena *a, err *e)
{
    find_job t = {NULL, SQL_USER_BY_LOGIN, STORE_T(login), out};
    return store_read(ac->store, find_work, &t, a, e);
}

/* `text` anywhere, or at the beginning; `!` takes their meaning from % and _. */
static str like(str text, bool anywhere, arena *a)
{
    char *p = arena_new(a, char, 2 * text.n + 3);
    ptrdiff_t n = 0;
    if (anywhere)
        p[n++] = '%';
    for (ptrdiff_t i = 0; i < text.n; i++) {
        if (text.p[i] && strchr("%_!", text.p[i]))
            p[n++] = '!';
        p[n++] = text.p[i];
    }
    p[n++] = '%';
    return (str){p, n};
}

typedef struct {
    const access_user_filter *filter;
    const actor *who;
    access_user_page *out;
} page_job;

static bool page_work(store_job *job, void *arg, arena *a, err *e)
{
    const page_job *t = arg;
    const access_user_filter *f = t->filter;
    store_rows rows, total;
    const store_value q = STORE_T(like(f->q, true, a)), state = STORE_T(f->state);
    const store_value area = STORE_T(like(t->who->area_code, false, a));
    const store_value page[] = {STORE_T(f->after), q, state, area, STORE_N(f->limit + 1)};
    const store_value all[] = {q, state, area};
    const store_ask ask[] = {
        {f->descending ? SQL_USER_PAGE_DOWN : SQL_USER_PAGE, page, COUNTOF(page), &rows},
        {SQL_USER_COUNT, all, COUNTOF(all), &total},
    };
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    t->out->more = rows.row_count > f->limit;
    t->out->count = (int)rows.row_count - t->out->more;
    t->out->total = store_number(&total, 0, 0);
    t->out->user = arena_new(a, access_user, t->out->count);
    for (int i = 0; i < t->out->count; i++) {
        user_seen(&t->out->user[i], job, &rows, i);
        if (!user_roles_load(&t->out->user[i], job, a, e))
            return false;
    }
    return true;
}

bool access_users(access_user_page *out,
                  access_service *ac,
                  const actor *who,
                  const access_user_filter *f,
                  arena *a,
                  err *e)
{
    page_job t = {f, who, out};
    return store_read(ac->store, page_work, &t, a, e);
}
