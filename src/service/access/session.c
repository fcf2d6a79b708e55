/* Signing in, sessions, and their copies in memory. */
#include "service/access/access_internal.h"

#include <stdlib.h>

#define SEEN_EVERY_MS 60000 /* how often the moment of the last request is written */
#define DAY_MS        86400000

const access_config access_config_default = {
    .idle_seconds = 15 * 60,
    .absolute_seconds = 8 * 3600,
    .sessions_max = 3,
    .counter_sessions_max = 1,
    .sure_seconds = 10 * 60,
    .failures_max = 5,
    .lock_seconds = 600,
    .password_bytes_min = 10,
    .password_classes_min = 3,
    .password_days = 90,
    .passwords_kept = 5,
    .unused_days = 90,
    .hashes_at_once = 4,
    .hash_operations = crypto_pwhash_OPSLIMIT_INTERACTIVE,
    .hash_bytes = crypto_pwhash_MEMLIMIT_INTERACTIVE,
    .foreign_check_seconds = 1,
};

bool access_open(access_service **out, store *s, const access_config *c, err *e)
{
    char nobody[32];
    *out = NULL;
    if (sodium_init() < 0)
        return FAIL(e, ERR_IO, "libsodium has no random numbers");
    access_service *ac = calloc(1, sizeof *ac);
    if (!ac)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for sessions");
    ac->store = s;
    ac->config = *c;
    pthread_mutex_init(&ac->lock, NULL);
    pthread_mutex_init(&ac->hash_lock, NULL);
    pthread_cond_init(&ac->hash_free, NULL);
    ac->sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    randombytes_buf(nobody, sizeof nobody);
    if (!ac->sm3)
        FAIL(e, ERR_IO, "OpenSSL has no SM3");
    if (!ac->sm3 || !key_load(&ac->key, ac, e) ||
        (c->refused_file && !password_refused_load(ac, c->refused_file, e)) ||
        !password_hash_make(&ac->nobody, ac, (str){nobody, sizeof nobody}, e)) {
        access_close(ac);
        return false;
    }
    *out = ac;
    return true;
}

void access_close(access_service *ac)
{
    if (!ac)
        return;
    EVP_MD_free(ac->sm3);
    free(ac->refused);
    pthread_mutex_destroy(&ac->lock);
    pthread_mutex_destroy(&ac->hash_lock);
    pthread_cond_destroy(&ac->hash_free);
    sodium_memzero(ac, sizeof *ac);
    free(ac);
}

str digest_of(access_service *ac, str token, arena *a)
{
    unsigned char raw[DIGEST_BYTES / 2];
    unsigned size = 0;
    char *hex = arena_new(a, char, DIGEST_BYTES + 1);
    int done = EVP_Digest(token.p, (size_t)token.n, raw, &size, ac->sm3, NULL);
    assert(done == 1 && size == sizeof raw);
    sodium_bin2hex(hex, DIGEST_BYTES + 1, raw, sizeof raw);
    return (str){hex, DIGEST_BYTES};
}

str access_random_hex(ptrdiff_t digits, arena *a)
{
    unsigned char raw[64];
    char *hex = arena_new(a, char, digits + 1);
    assert(digits % 2 == 0 && digits / 2 <= (ptrdiff_t)sizeof raw);
    randombytes_buf(raw, (size_t)digits / 2);
    sodium_bin2hex(hex, (size_t)digits + 1, raw, (size_t)digits / 2);
    return (str){hex, digits};
}

bool access_csrf_same(str a, str b)
{
    return a.n == b.n && a.n > 0 && sodium_memcmp(a.p, b.p, (size_t)a.n) == 0;
}

/* ---- copies; `lock` is held ---- */

static session_copy *set_of(access_service *ac, str digest)
{
    return ac->copy[str_hash(digest) % CACHE_SETS];
}

static session_copy *copy_find(access_service *ac, str digest)
{
    session_copy *set = set_of(ac, digest);
    for (int i = 0; i < CACHE_WAYS; i++)
        if (set[i].used && memcmp(set[i].digest, digest.p, DIGEST_BYTES) == 0)
            return &set[i];
    return NULL;
}

/* The place of the one that was not used for longest. */
static session_copy *copy_place(access_service *ac, str digest)
{
    session_copy *found = copy_find(ac, digest), *set = set_of(ac, digest);
    for (int i = 0; i < CACHE_WAYS && !found; i++)
        found = set[i].used ? NULL : &set[i];
    if (found)
        return found;
    found = &set[0];
    for (int i = 1; i < CACHE_WAYS; i++)
        if (set[i].seen_at < found->seen_at)
            found = &set[i];
    return found;
}

static void copies_drop(access_service *ac, int64_t user_id)
{
    for (int i = 0; i < CACHE_SETS; i++)
        for (int j = 0; j < CACHE_WAYS; j++)
            if (user_id == 0 || ac->copy[i][j].user_id == user_id)
                ac->copy[i][j].used = false;
    ac->generation++;
}

void copies_drop_user(access_service *ac, int64_t user_id)
{
    pthread_mutex_lock(&ac->lock);
    copies_drop(ac, user_id);
    pthread_mutex_unlock(&ac->lock);
}

static bool text_keep(char *out, size_t cap, str s)
{
    if (s.n >= (ptrdiff_t)cap)
        return false;
    memcpy(out, s.p, (size_t)s.n);
    out[s.n] = 0;
    return true;
}

/* ---- the session in the table ---- */

typedef struct {
    str digest;
    session_copy found;
} load_job;

static bool copy_fill(session_copy *c, const access_user *u, const store_rows *rows, arena *a)
{
    str roles = S("");
    for (int i = 0; i < u->role_count; i++)
        roles =
            arena_printf(a, "%.*s%s%.*s", STR_ARG(roles), i > 0 ? " " : "", STR_ARG(u->role[i]));
    c->user_id = u->user_id;
    c->provider_id = u->provider_id;
    c->last_login_at = u->last_login_at;
    c->rights = u->rights;
    c->must_change = u->must_change;
    c->has_factor = u->has_factor;
    c->password_at = store_number(rows, 0, U_PASSWORD_AT);
    c->created_at = store_number(rows, 0, U__COUNT + 1);
    c->seen_at = c->written_at = store_number(rows, 0, U__COUNT + 2);
    c->sure_at = store_number(rows, 0, U__COUNT + 3);
    return text_keep(c->expires_on, sizeof c->expires_on, u->expires_on) &&
           text_keep(c->csrf, sizeof c->csrf, store_text(rows, 0, U__COUNT)) &&
           text_keep(c->login, sizeof c->login, u->login) &&
           text_keep(c->name, sizeof c->name, u->name) &&
           text_keep(c->area_code, sizeof c->area_code, u->area_code) &&
           text_keep(c->roles, sizeof c->roles, roles);
}

static bool load_work(store_job *job, void *arg, arena *a, err *e)
{
    load_job *t = arg;
    store_rows rows;
    access_user u;
    t->found = (session_copy){0};
    if (!store_query(job, SQL_SESSION_BY_DIGEST, (store_value[]){STORE_T(t->digest)}, 1, &rows, a,
                     e))
        return false;
    if (rows.row_count == 0)
        return FAIL(e, ERR_NOT_SIGNED_IN, "no such session");
    user_of_row(&u, &rows, 0);
    if (!str_eq(u.state, S("active")))
        return FAIL(e, ERR_NOT_SIGNED_IN, "the user is not active");
    if (!user_roles_load(&u, job, a, e))
        return false;
    memcpy(t->found.digest, t->digest.p, DIGEST_BYTES);
    if (!copy_fill(&t->found, &u, &rows, a))
        return FAIL(e, ERR_INVARIANT, "user %" PRId64 " has texts that are too long", u.user_id);
    t->found.used = true;
    return true;
}

typedef struct {
    str digest;
    int64_t now_ms;
} seen_job;

static bool seen_work(store_job *job, void *arg, arena *a, err *e)
{
    const seen_job *t = arg;
    (void)a, (void)e;
    store_put(job, SQL_SESSION_SEEN, (store_value[]){STORE_T(t->digest), STORE_N(t->now_ms)}, 2);
    return true;
}

static bool version_work(store_job *job, void *arg, arena *a, err *e)
{
    int64_t *version = arg;
    store_rows rows;
    if (!store_query(job, SQL_ACCESS_VERSION, NULL, 0, &rows, a, e))
        return false;
    *version = rows.row_count ? store_number(&rows, 0, 0) : 0;
    return true;
}

/* Once a second one request looks whether another process changed users, roles or sessions. */
static bool foreign_changes(access_service *ac, int64_t now_ms, arena *a, err *e)
{
    int64_t version = 0;
    pthread_mutex_lock(&ac->lock);
    bool due = now_ms - ac->version_seen_at >= (int64_t)ac->config.foreign_check_seconds * 1000 ||
               now_ms < ac->version_seen_at;
    if (due)
        ac->version_seen_at = now_ms;
    pthread_mutex_unlock(&ac->lock);
    if (!due)
        return true;
    if (!store_read(ac->store, version_work, &version, a, e)) {
        copies_drop_user(ac, 0); /* what cannot be checked is not believed */
        return false;
    }
    pthread_mutex_lock(&ac->lock);
    if (version != ac->version)
        copies_drop(ac, 0);
    ac->version = version;
    pthread_mutex_unlock(&ac->lock);
    return true;
}

static bool is_over(const access_service *ac, const session_copy *c, int64_t now_ms)
{
    const access_user u = {.expires_on = str_of(c->expires_on)};
    return user_is_over(&u, now_ms) ||
           now_ms - c->seen_at > (int64_t)ac->config.idle_seconds * 1000 ||
           now_ms - c->created_at > (int64_t)ac->config.absolute_seconds * 1000;
}

static void session_of_copy(
    access_session *out, const access_service *ac, const session_copy *c, int64_t now_ms, arena *a)
{
    int64_t password_ms = (int64_t)ac->config.password_days * DAY_MS;
    access_user *u = &out->user;
    str roles = arena_str(a, str_of(c->roles)), *role = arena_new(a, str, ROLES_MAX + 1);
    *out = (access_session){.csrf = arena_str(a, str_of(c->csrf))};
    out->sure = now_ms - c->sure_at <= (int64_t)ac->config.sure_seconds * 1000;
    u->user_id = c->user_id;
    u->login = arena_str(a, str_of(c->login));
    u->name = arena_str(a, str_of(c->name));
    u->area_code = arena_str(a, str_of(c->area_code));
    u->provider_id = c->provider_id;
    u->state = S("active");
    u->must_change = c->must_change || (password_ms && now_ms - c->password_at > password_ms);
    u->has_factor = c->has_factor;
    u->must_add_factor = !c->has_factor && factor_is_required(ac, roles);
    u->expires_on = arena_str(a, str_of(c->expires_on));
    u->last_login_at = c->last_login_at;
    u->rights = c->rights;
    u->role = role;
    while (roles.n > 0 && u->role_count < ROLES_MAX) {
        const char *end = memchr(roles.p, ' ', (size_t)roles.n);
        str one = {roles.p, end ? end - roles.p : roles.n};
        role[u->role_count++] = one;
        roles = (str){one.p + one.n + (end != NULL), roles.n - one.n - (end != NULL)};
    }
}

static bool drop_work(store_job *job, void *arg, arena *a, err *e)
{
    const str *digest = arg;
    (void)a, (void)e;
    store_put(job, SQL_SESSION_DROP, (store_value[]){STORE_T(*digest)}, 1);
    return true;
}

static bool session_end(access_service *ac, str digest, arena *a, err *e)
{
    pthread_mutex_lock(&ac->lock);
    session_copy *c = copy_find(ac, digest);
    if (c)
        c->used = false;
    ac->generation++;
    pthread_mutex_unlock(&ac->lock);
    if (!store_write(ac->store, LANE, drop_work, &digest, a, e))
        return false;
    return FAIL(e, ERR_NOT_SIGNED_IN, "the session is over");
}

/* From memory, else from the table and then into memory, unless something changed meanwhile. */
static bool
copy_take(session_copy *out, access_service *ac, str digest, int64_t now_ms, arena *a, err *e)
{
    load_job t = {.digest = digest};
    pthread_mutex_lock(&ac->lock);
    uint64_t generation = ac->generation;
    session_copy *c = copy_find(ac, digest);
    if (c && is_over(ac, c, now_ms))
        c = NULL; /* the table knows whether another server has seen it since */
    if (c) {
        *out = *c;
        c->seen_at = now_ms;
    }
    pthread_mutex_unlock(&ac->lock);
    if (c)
        return true;
    if (!store_read(ac->store, load_work, &t, a, e))
        return false;
    *out = t.found;
    if (is_over(ac, out, now_ms))
        return true;
    pthread_mutex_lock(&ac->lock);
    if (generation == ac->generation) {
        c = copy_place(ac, digest);
        *c = t.found;
        c->seen_at = now_ms;
    }
    pthread_mutex_unlock(&ac->lock);
    return true;
}

static bool seen_write(access_service *ac, str digest, int64_t now_ms, arena *a)
{
    seen_job t = {digest, now_ms};
    err e = {0};
    pthread_mutex_lock(&ac->lock);
    session_copy *c = copy_find(ac, digest);
    if (c)
        c->written_at = now_ms; /* first, so that others do not write it too */
    pthread_mutex_unlock(&ac->lock);
    return store_write(ac->store, LANE, seen_work, &t, a, &e);
}

bool access_session_find(access_session *out, access_service *ac, str token, arena *a, err *e)
{
    session_copy c;
    int64_t now_ms = store_now_ms(ac->store);
    if (token.n != TOKEN_BYTES)
        return FAIL(e, ERR_NOT_SIGNED_IN, "no token");
    str digest = digest_of(ac, token, a);
    if (!foreign_changes(ac, now_ms, a, e) || !copy_take(&c, ac, digest, now_ms, a, e))
        return false;
    if (is_over(ac, &c, now_ms))
        return session_end(ac, digest, a, e);
    if (now_ms - c.written_at >= SEEN_EVERY_MS)
        (void)seen_write(ac, digest, now_ms, a); /* the request goes on without it */
    session_of_copy(out, ac, &c, now_ms, a);
    out->token = arena_str(a, token);
    return true;
}

typedef struct {
    const actor *who;
    str digest;
} logout_job;

static bool logout_work(store_job *job, void *arg, arena *a, err *e)
{
    const logout_job *t = arg;
    (void)e;
    store_put(job, SQL_SESSION_DROP, (store_value[]){STORE_T(t->digest)}, 1);
    access_bump(job);
    access_audit(job, t->who, S("session.close"), user_object(t->who->user_id, a), 0, S("{}"),
                 S("ok"));
    return true;
}

bool access_logout(access_service *ac, const actor *who, str token, arena *a, err *e)
{
    logout_job t = {who, digest_of(ac, token, a)};
    if (!store_write(ac->store, LANE, logout_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}
