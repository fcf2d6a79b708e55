/* Signing in and changing one's password: what has to be slow, and must not say too much. */
#include "service/access/access_internal.h"

/* ---- failures ---- */

/* A login that nobody has locks like others; returns whether it is locked now. */
static bool phantom_is_locked(access_service *ac, str login, int64_t now_ms, bool failed)
{
    uint64_t hash = str_hash(login);
    pthread_mutex_lock(&ac->lock);
    phantom *p = &ac->phantom[hash % PHANTOMS];
    if (p->login_hash != hash && failed)
        *p = (phantom){.login_hash = hash};
    bool locked = p->login_hash == hash && p->locked_until > now_ms;
    if (p->login_hash == hash && failed && !locked &&
        ++p->failed_count >= ac->config.failures_max) {
        p->failed_count = 0;
        p->locked_until = now_ms + (int64_t)ac->config.lock_seconds * 1000;
    }
    pthread_mutex_unlock(&ac->lock);
    return locked;
}

typedef struct {
    access_service *ac;
    const actor *who;
    int64_t user_id; /* 0 = nobody has this login */
    const char *action;
    err_code why; /* ERR_LOCKED, ERR_CODE_NEEDED: only said, not counted */
} failure_job;

void failure_count(store_job *job, const access_service *ac, const store_rows *user)
{
    int64_t count = store_number(user, 0, U_FAILED) + 1;
    int64_t until = store_number(user, 0, U_LOCKED_UNTIL);
    bool lock = count >= ac->config.failures_max;
    if (lock)
        until = store_now_ms(ac->store) + (int64_t)ac->config.lock_seconds * 1000;
    store_put(job, SQL_USER_FAILURES,
              (store_value[]){STORE_N(store_number(user, 0, U_ID)), STORE_N(lock ? 0 : count),
                              STORE_N(until)},
              3);
}

bool user_not_locked(const access_service *ac, const store_rows *user, err *e)
{
    return store_number(user, 0, U_LOCKED_UNTIL) <= store_now_ms(ac->store) ||
           FAIL(e, ERR_LOCKED, "%s", "");
}

static bool failure_work(store_job *job, void *arg, arena *a, err *e)
{
    const failure_job *t = arg;
    store_rows rows;
    if (t->user_id && t->why != ERR_LOCKED && t->why != ERR_CODE_NEEDED) {
        if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(t->user_id), a, e))
            return false;
        failure_count(job, t->ac, &rows);
    }
    access_audit(job, t->who, str_of(t->action), user_object(t->user_id, a), 0, S("{}"),
                 str_of(err_name(t->why)));
    return true;
}

/* The text of a login that nobody has is not kept: it is often a password in the wrong field. */
bool failure_keep(access_service *ac,
                  const actor *who,
                  int64_t user_id,
                  const char *action,
                  err_code why,
                  arena *a,
                  err *e)
{
    failure_job t = {ac, who, user_id, action, why};
    return store_write(ac->store, LANE, failure_work, &t, a, e);
}

/* ---- signing in ---- */

typedef struct {
    store_value key;
    bool known;
    access_user user;
    str hash;
    int64_t locked_until;
} candidate;

static bool candidate_work(store_job *job, void *arg, arena *a, err *e)
{
    candidate *t = arg;
    store_rows rows;
    if (!store_query(job, SQL_USER_BY_LOGIN, &t->key, 1, &rows, a, e))
        return false;
    t->known = rows.row_count == 1;
    if (!t->known)
        return true;
    user_of_row(&t->user, &rows, 0);
    t->hash = store_text(&rows, 0, U_HASH);
    t->locked_until = store_number(&rows, 0, U_LOCKED_UNTIL);
    return true;
}

typedef struct {
    access_service *ac;
    actor who;
    str hash, digest, csrf, code;
    int64_t user_id;
    access_user user;
    int64_t password_at;
    bool dropped;
    err wrong; /* with the code */
} open_job;

static bool others_end(store_job *job, open_job *t, arena *a, err *e)
{
    store_rows mine;
    if (!store_query(job, SQL_SESSIONS_OF_USER, (store_value[]){STORE_N(t->user_id)}, 1, &mine, a,
                     e))
        return false;
    bool counter = t->user.rights >> RIGHT_SETTLEMENT_SETTLE & 1;
    const access_config *c = &t->ac->config;
    int most = counter ? c->counter_sessions_max : c->sessions_max;
    t->dropped = mine.row_count >= most;
    for (ptrdiff_t i = 0; i <= mine.row_count - most; i++)
        store_put(job, SQL_SESSION_DROP, (store_value[]){STORE_T(store_text(&mine, i, 0))}, 1);
    if (t->dropped)
        access_bump(job);
    return true;
}

static bool open_work(store_job *job, void *arg, arena *a, err *e)
{
    open_job *t = arg;
    const access_config *c = &t->ac->config;
    store_rows rows;
    int64_t now_ms = store_now_ms(t->ac->store);
    if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(t->user_id), a, e))
        return false;
    user_of_row(&t->user, &rows, 0);
    bool as_before = str_eq(store_text(&rows, 0, U_HASH), t->hash) &&
                     str_eq(t->user.state, S("active")) && !user_is_over(&t->user, now_ms) &&
                     store_number(&rows, 0, U_LOCKED_UNTIL) <= now_ms;
    if (!as_before) /* changed while the password was being compared */
        return FAIL(e, ERR_BAD_LOGIN, "%s", "");
    t->password_at = store_number(&rows, 0, U_PASSWORD_AT);
    t->who.user_id = t->user_id;
    if (t->user.has_factor && t->code.n == 0)
        return FAIL(e, ERR_CODE_NEEDED, "%s", "");
    t->wrong = (err){0};
    if (t->user.has_factor &&
        !factor_try(&t->wrong, job, t->ac, &t->who, &rows, t->code, "session.refuse", a, e))
        return false;
    if (t->wrong.code != ERR_OK)
        return true;
    if (!user_roles_load(&t->user, job, a, e) || !others_end(job, t, a, e))
        return false;
    store_put(job, SQL_SESSION_SWEEP,
              (store_value[]){STORE_N(now_ms - (int64_t)c->absolute_seconds * 1000),
                              STORE_N(now_ms - (int64_t)c->idle_seconds * 1000 - 60000)},
              2);
    store_put(job, SQL_SESSION_ADD,
              (store_value[]){STORE_T(t->digest), STORE_N(t->user_id), STORE_T(t->csrf),
                              STORE_N(now_ms), STORE_N(now_ms), STORE_N(now_ms),
                              STORE_T(t->who.address)},
              7);
    store_put(job, SQL_USER_SIGNED_IN, (store_value[]){STORE_N(t->user_id), STORE_N(now_ms)}, 2);
    access_actor_of(&t->who, &t->user, t->who.address, t->who.trace_id);
    access_audit(job, &t->who, S("session.open"), user_object(t->user_id, a), 0, S("{}"), S("ok"));
    return true;
}

static bool session_open(access_session *out,
                         access_service *ac,
                         const candidate *who,
                         str code,
                         const actor *from,
                         arena *a,
                         err *e)
{
    open_job t = {
        .ac = ac, .who = *from, .hash = who->hash, .code = code, .user_id = who->user.user_id};
    *out = (access_session){
        .token = access_random_hex(TOKEN_BYTES, a), .csrf = access_random_hex(32, a), .sure = true};
    t.csrf = out->csrf;
    t.digest = digest_of(ac, out->token, a);
    if (!store_write(ac->store, LANE, open_work, &t, a, e))
        return false;
    if (t.wrong.code != ERR_OK) {
        *e = t.wrong;
        return false;
    }
    if (t.dropped)
        copies_drop_user(ac, t.user_id);
    int64_t days_ms = (int64_t)ac->config.password_days * 86400000;
    out->user = t.user;
    out->user.must_change |= days_ms && store_now_ms(ac->store) - t.password_at > days_ms;
    str roles = S("");
    for (int i = 0; i < t.user.role_count; i++)
        roles = arena_printf(a, "%.*s%.*s ", STR_ARG(roles), STR_ARG(t.user.role[i]));
    out->user.must_add_factor = !t.user.has_factor && factor_is_required(ac, roles);
    return true;
}

/* The password was right; that a code is asked for is written down, and not counted. */
static bool session_try(access_session *out,
                        access_service *ac,
                        const candidate *who,
                        str code,
                        const actor *named,
                        arena *a,
                        err *e)
{
    err kept = {0};
    if (session_open(out, ac, who, code, named, a, e))
        return true;
    if (e->code == ERR_CODE_NEEDED &&
        !failure_keep(ac, named, who->user.user_id, "session.refuse", e->code, a, &kept))
        *e = kept;
    return false;
}

bool access_login(access_session *out,
                  access_service *ac,
                  str login,
                  str password,
                  str code,
                  const actor *from,
                  arena *a,
                  err *e)
{
    candidate who = {.key = STORE_T(login), .hash = str_of(ac->nobody.text)};
    int64_t now_ms = store_now_ms(ac->store);
    if (login.n > LOGIN_MAX)
        who.key = STORE_T(S("")); /* nobody is called so; the work is the same */
    if (!store_read(ac->store, candidate_work, &who, a, e))
        return false;
    actor named = *from;
    if (who.known)
        access_actor_of(&named, &who.user, from->address, from->trace_id);
    bool locked =
        who.known ? who.locked_until > now_ms : phantom_is_locked(ac, login, now_ms, false);
    bool matches = !locked && password_matches(ac, who.hash, password) && who.known &&
                   str_eq(who.user.state, S("active")) && !user_is_over(&who.user, now_ms);
    if (matches)
        return session_try(out, ac, &who, code, &named, a, e);
    if (!who.known && !locked)
        phantom_is_locked(ac, login, now_ms, true);
    if (!failure_keep(ac, &named, who.user.user_id, "session.refuse",
                      locked ? ERR_LOCKED : ERR_BAD_LOGIN, a, e))
        return false;
    return FAIL(e, locked ? ERR_LOCKED : ERR_BAD_LOGIN, "%s", "");
}

/* ---- one's own password ---- */

typedef struct {
    const access_service *ac;
    const actor *who;
    str old_hash, new_hash, digest;
} password_job;

static bool password_work(store_job *job, void *arg, arena *a, err *e)
{
    const password_job *t = arg;
    store_rows rows;
    int64_t id = t->who->user_id;
    if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(id), a, e) ||
        !user_not_locked(t->ac, &rows, e))
        return false;
    if (!str_eq(store_text(&rows, 0, U_HASH), t->old_hash))
        return FAIL(e, ERR_STORE_CONFLICT, "the password was changed meanwhile");
    password_keep(job, t->ac, id, t->old_hash);
    store_put_one(job, SQL_USER_PASSWORD,
                  (store_value[]){STORE_N(id), STORE_T(t->new_hash), STORE_N(0),
                                  STORE_N(store_now_ms(store_of(job)))},
                  4);
    store_put(job, SQL_SESSION_DROP_OTHERS, (store_value[]){STORE_N(id), STORE_T(t->digest)}, 2);
    access_bump(job);
    access_audit(job, t->who, S("user.password"), user_object(id, a), 0, S("{}"), S("ok"));
    return true;
}

bool own_password_check(str *hash,
                        access_service *ac,
                        const actor *who,
                        str password,
                        const char *field,
                        const char *action,
                        arena *a,
                        err *e)
{
    candidate c = {.key = STORE_T(who->login), .hash = str_of(ac->nobody.text)};
    if (!store_read(ac->store, candidate_work, &c, a, e))
        return false;
    bool locked = c.locked_until > store_now_ms(ac->store);
    *hash = c.hash;
    if (c.known && !locked && password_matches(ac, c.hash, password))
        return true;
    err_code why = locked ? ERR_LOCKED : ERR_BAD_LOGIN;
    if (!failure_keep(ac, who, who->user_id, action, why, a, e))
        return false;
    err_field(e, str_of(field));
    err_expected(e, "the password you have now");
    return FAIL(e, locked ? ERR_LOCKED : ERR_BAD_VALUE, "%s", "");
}

void password_keep(store_job *job, const access_service *ac, int64_t user_id, str hash)
{
    const store_value id = STORE_N(user_id);
    if (ac->config.passwords_kept <= 1)
        return;
    store_put(job, SQL_PASSWORD_PAST_ADD,
              (store_value[]){id, STORE_T(hash), STORE_N(store_now_ms(ac->store))}, 3);
    store_put(job, SQL_PASSWORD_PAST_SWEEP,
              (store_value[]){id, STORE_N(ac->config.passwords_kept - 1)}, 2);
}

typedef struct {
    int64_t user_id;
    int count;
    store_rows rows;
} past_job;

static bool past_work(store_job *job, void *arg, arena *a, err *e)
{
    past_job *t = arg;
    const store_value value[] = {STORE_N(t->user_id), STORE_N(t->count)};
    return store_query(job, SQL_PASSWORD_PAST, value, 2, &t->rows, a, e);
}

/* None of the last ones, the one that is replaced among them. */
static bool
password_is_new(access_service *ac, int64_t user_id, str now_hash, str password, arena *a, err *e)
{
    past_job past = {.user_id = user_id, .count = ac->config.passwords_kept - 1};
    bool used = password_matches(ac, now_hash, password);
    if (past.count > 0 && !used) {
        if (!store_read(ac->store, past_work, &past, a, e))
            return false;
        for (ptrdiff_t i = 0; i < past.rows.row_count && !used; i++)
            used = password_matches(ac, store_text(&past.rows, i, 0), password);
    }
    if (!used)
        return true;
    err_field(e, S("new"));
    if (past.count > 0)
        err_expected(e, "none of the last %d passwords", ac->config.passwords_kept);
    else
        err_expected(e, "another password than before");
    return FAIL(e, ERR_WEAK_PASSWORD, "the new password was used before");
}

bool access_password_change(access_service *ac,
                            const actor *who,
                            str token,
                            str old_password,
                            str new_password,
                            arena *a,
                            err *e)
{
    str old_hash;
    password_hash hash;
    if (!own_password_check(&old_hash, ac, who, old_password, "old", "user.password", a, e) ||
        !password_is_good(ac, who->login, new_password, e) ||
        !password_is_new(ac, who->user_id, old_hash, new_password, a, e))
        return false;
    if (!password_hash_make(&hash, ac, new_password, e))
        return false;
    password_job t = {ac, who, old_hash, str_of(hash.text), digest_of(ac, token, a)};
    if (!store_write(ac->store, LANE, password_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}
