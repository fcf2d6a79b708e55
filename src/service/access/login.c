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
    bool is_locked; /* only said, not counted */
} failure_job;

static bool failure_work(store_job *job, void *arg, arena *a, err *e)
{
    const failure_job *t = arg;
    const access_config *c = &t->ac->config;
    int64_t now_ms = store_now_ms(t->ac->store);
    store_rows rows;
    if (t->user_id && !t->is_locked) {
        if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(t->user_id), a, e))
            return false;
        int64_t count = store_number(&rows, 0, U_FAILED) + 1;
        int64_t until = store_number(&rows, 0, U_LOCKED_UNTIL);
        bool lock = count >= c->failures_max;
        if (lock)
            until = now_ms + (int64_t)c->lock_seconds * 1000;
        store_put(job, SQL_USER_FAILURES,
                  (store_value[]){STORE_N(t->user_id), STORE_N(lock ? 0 : count), STORE_N(until)},
                  3);
    }
    access_audit(job, t->who, str_of(t->action), user_object(t->user_id, a), 0, S("{}"),
                 str_of(err_name(t->is_locked ? ERR_LOCKED : ERR_BAD_LOGIN)));
    return true;
}

/* The text of a login that nobody has is not kept: it is often a password in the wrong field. */
static bool failure_keep(access_service *ac,
                         const actor *who,
                         int64_t user_id,
                         const char *action,
                         bool locked,
                         arena *a,
                         err *e)
{
    failure_job t = {ac, who, user_id, action, locked};
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
    str hash, digest, csrf;
    int64_t user_id;
    access_user user;
    int64_t password_at;
    bool dropped;
} open_job;

static bool others_end(store_job *job, open_job *t, arena *a, err *e)
{
    store_rows mine;
    if (!store_query(job, SQL_SESSIONS_OF_USER, (store_value[]){STORE_N(t->user_id)}, 1, &mine, a,
                     e))
        return false;
    t->dropped = mine.row_count >= t->ac->config.sessions_max;
    for (ptrdiff_t i = 0; i <= mine.row_count - t->ac->config.sessions_max; i++)
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
                     str_eq(t->user.state, S("active")) &&
                     store_number(&rows, 0, U_LOCKED_UNTIL) <= now_ms;
    if (!as_before) /* changed while the password was being compared */
        return FAIL(e, ERR_BAD_LOGIN, "%s", "");
    t->password_at = store_number(&rows, 0, U_PASSWORD_AT);
    if (!user_roles_load(&t->user, job, a, e) || !others_end(job, t, a, e))
        return false;
    store_put(job, SQL_SESSION_SWEEP,
              (store_value[]){STORE_N(now_ms - (int64_t)c->absolute_seconds * 1000),
                              STORE_N(now_ms - (int64_t)c->idle_seconds * 1000 - 60000)},
              2);
    store_put(job, SQL_SESSION_ADD,
              (store_value[]){STORE_T(t->digest), STORE_N(t->user_id), STORE_T(t->csrf),
                              STORE_N(now_ms), STORE_N(now_ms), STORE_T(t->who.address)},
              6);
    store_put(job, SQL_USER_SIGNED_IN, (store_value[]){STORE_N(t->user_id), STORE_N(now_ms)}, 2);
    access_actor_of(&t->who, &t->user, t->who.address, t->who.trace_id);
    access_audit(job, &t->who, S("session.open"), user_object(t->user_id, a), 0, S("{}"), S("ok"));
    return true;
}

static bool session_open(access_session *out,
                         access_service *ac,
                         const candidate *who,
                         const actor *from,
                         arena *a,
                         err *e)
{
    open_job t = {.ac = ac, .who = *from, .hash = who->hash, .user_id = who->user.user_id};
    *out = (access_session){.token = access_random_hex(TOKEN_BYTES, a),
                            .csrf = access_random_hex(32, a)};
    t.csrf = out->csrf;
    t.digest = digest_of(ac, out->token, a);
    if (!store_write(ac->store, LANE, open_work, &t, a, e))
        return false;
    if (t.dropped)
        copies_drop_user(ac, t.user_id);
    int64_t days_ms = (int64_t)ac->config.password_days * 86400000;
    out->user = t.user;
    out->user.must_change |= days_ms && store_now_ms(ac->store) - t.password_at > days_ms;
    return true;
}

bool access_login(access_session *out,
                  access_service *ac,
                  str login,
                  str password,
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
                   str_eq(who.user.state, S("active"));
    if (matches)
        return session_open(out, ac, &who, from, a, e);
    if (!who.known && !locked)
        phantom_is_locked(ac, login, now_ms, true);
    if (!failure_keep(ac, &named, who.user.user_id, "session.refuse", locked, a, e))
        return false;
    return FAIL(e, locked ? ERR_LOCKED : ERR_BAD_LOGIN, "%s", "");
}

/* ---- one's own password ---- */

typedef struct {
    const actor *who;
    str old_hash, new_hash, digest;
} password_job;

static bool password_work(store_job *job, void *arg, arena *a, err *e)
{
    const password_job *t = arg;
    store_rows rows;
    int64_t id = t->who->user_id;
    if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(id), a, e))
        return false;
    if (!str_eq(store_text(&rows, 0, U_HASH), t->old_hash))
        return FAIL(e, ERR_STORE_CONFLICT, "the password was changed meanwhile");
    store_put_one(job, SQL_USER_PASSWORD,
                  (store_value[]){STORE_N(id), STORE_T(t->new_hash), STORE_N(0),
                                  STORE_N(store_now_ms(store_of(job)))},
                  4);
    store_put(job, SQL_SESSION_DROP_OTHERS, (store_value[]){STORE_N(id), STORE_T(t->digest)}, 2);
    access_bump(job);
    access_audit(job, t->who, S("user.password"), user_object(id, a), 0, S("{}"), S("ok"));
    return true;
}

static bool old_password_check(
    const candidate *c, access_service *ac, const actor *who, str password, arena *a, err *e)
{
    bool locked = c->locked_until > store_now_ms(ac->store);
    if (c->known && !locked && password_matches(ac, c->hash, password))
        return true;
    if (!failure_keep(ac, who, who->user_id, "user.password", locked, a, e))
        return false;
    err_field(e, S("old"));
    err_expected(e, "the password you have now");
    return FAIL(e, locked ? ERR_LOCKED : ERR_BAD_VALUE, "%s", "");
}

bool access_password_change(access_service *ac,
                            const actor *who,
                            str token,
                            str old_password,
                            str new_password,
                            arena *a,
                            err *e)
{
    candidate c = {.key = STORE_T(who->login), .hash = str_of(ac->nobody.text)};
    password_hash hash;
    if (!store_read(ac->store, candidate_work, &c, a, e) ||
        !old_password_check(&c, ac, who, old_password, a, e) ||
        !password_is_good(who->login, new_password, e))
        return false;
    if (str_eq(old_password, new_password)) {
        err_field(e, S("new"));
        err_expected(e, "another password than before");
        return FAIL(e, ERR_WEAK_PASSWORD, "the new password is the old one");
    }
    if (!password_hash_make(&hash, ac, new_password, e))
        return false;
    password_job t = {who, c.hash, str_of(hash.text), digest_of(ac, token, a)};
    if (!store_write(ac->store, LANE, password_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}
