/* The second factor: codes of six digits by RFC 6238, recovery codes; a password typed again. */
#include "service/access/access_internal.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>

#define CODE_DIGITS    6
#define STEPS_APART    1 /* a telephone's clock may be as far off, either way */
#define RECOVERY_BYTES 16

/* ---- codes ---- */

uint32_t factor_code(str secret, int64_t step)
{
    unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    const unsigned char *done =
        HMAC(EVP_sha1(), secret.p, (int)secret.n, counter, sizeof counter, mac, &size);
    assert(done && size == 20);
    const unsigned char *p = mac + (mac[19] & 15);
    uint32_t n = (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return n % 1000000;
}

static bool is_code(str code)
{
    for (ptrdiff_t i = 0; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9')
            return false;
    return code.n == CODE_DIGITS;
}

static str base32(str bytes, arena *a)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *p = arena_new(a, char, bytes.n * 8 / 5 + 2);
    ptrdiff_t n = 0;
    uint32_t held = 0;
    int bits = 0;
    for (ptrdiff_t i = 0; i < bytes.n; i++) {
        held = held << 8 | (unsigned char)bytes.p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            p[n++] = letters[held >> (bits - 5) & 31];
    }
    assert(bits == 0); /* 20 bytes are 32 letters */
    return (str){p, n};
}

static str bound_to(int64_t user_id, arena *a)
{
    return arena_printf(a, "gongji-factor-1 %" PRId64, user_id);
}

static str recovery_digest(access_service *ac, int64_t user_id, str code, arena *a)
{
    return digest_of(
        ac, arena_printf(a, "gongji-recovery-1 %" PRId64 " %.*s", user_id, STR_ARG(code)), a);
}

/* Another server may have made the key file since this one was started. */
static bool key_now(key_file *out, access_service *ac, err *e)
{
    pthread_mutex_lock(&ac->lock);
    *out = ac->key;
    pthread_mutex_unlock(&ac->lock);
    if (out->id[0])
        return true;
    if (!key_load(out, ac, e))
        return false;
    pthread_mutex_lock(&ac->lock);
    if (out->id[0])
        ac->key = *out;
    pthread_mutex_unlock(&ac->lock);
    return true;
}

/* The step of `secret` whose code this is, later than `last`; 0 = none. */
static int64_t step_of(str secret, str code, int64_t last, int64_t now_ms)
{
    int64_t now = now_ms / 1000 / FACTOR_STEP_SECONDS, found = 0;
    for (int64_t step = now - STEPS_APART; step <= now + STEPS_APART; step++) {
        char text[16];
        uint32_t n = factor_code(secret, step);
        for (int i = CODE_DIGITS - 1; i >= 0; i--, n /= 10)
            text[i] = (char)('0' + n % 10);
        if (sodium_memcmp(text, code.p, CODE_DIGITS) == 0 && step > last)
            found = step;
    }
    return found;
}

static bool bad_code(err *e)
{
    err_field(e, S("code"));
    return FAIL(e, ERR_BAD_CODE, "%s", "");
}

static bool
recovery_check(store_job *job, access_service *ac, const actor *who, str code, arena *a, err *e)
{
    store_rows rows;
    str digest = recovery_digest(ac, who->user_id, code, a);
    const store_value key[] = {STORE_N(who->user_id), STORE_T(digest)};
    if (!store_query(job, SQL_RECOVERY_FIND, key, 2, &rows, a, e))
        return false;
    if (store_number(&rows, 0, 0) == 0)
        return bad_code(e);
    store_put_one(job, SQL_RECOVERY_USE,
                  (store_value[]){key[0], key[1], STORE_N(store_now_ms(ac->store))}, 3);
    access_audit(job, who, S("user.recovery"), user_object(who->user_id, a), 0, S("{}"), S("ok"));
    return true;
}

static bool
factor_check(store_job *job, access_service *ac, const actor *who, str code, arena *a, err *e)
{
    store_rows rows;
    str secret;
    key_file key;
    if (!store_query(job, SQL_FACTOR, (store_value[]){STORE_N(who->user_id)}, 1, &rows, a, e))
        return false;
    if (rows.row_count == 0)
        return bad_code(e);
    if (!is_code(code))
        return recovery_check(job, ac, who, code, a, e);
    if (!key_now(&key, ac, e) ||
        !key_open(&secret, &key, store_text(&rows, 0, 0), bound_to(who->user_id, a), a, e))
        return false;
    int64_t step = step_of(secret, code, store_number(&rows, 0, 2), store_now_ms(ac->store));
    if (step == 0)
        return bad_code(e);
    store_put_one(job, SQL_FACTOR_STEP, (store_value[]){STORE_N(who->user_id), STORE_N(step)}, 2);
    return true;
}

bool factor_try(err *wrong,
                store_job *job,
                access_service *ac,
                const actor *who,
                const store_rows *user,
                str code,
                const char *action,
                arena *a,
                err *e)
{
    bool tried = user_not_locked(ac, user, wrong);
    if (tried)
        *wrong = (err){0};
    if (tried && factor_check(job, ac, who, code, a, e))
        return true;
    if (tried && e->code != ERR_BAD_CODE)
        return false;
    if (tried) {
        *wrong = *e;
        *e = (err){0};
        failure_count(job, ac, user);
    }
    access_audit(job, who, str_of(action), user_object(who->user_id, a), 0, S("{}"),
                 str_of(err_name(wrong->code)));
    return true;
}

bool factor_is_required(const access_service *ac, str roles)
{
    const char *all = ac->config.factor_roles;
    if (!all || !*all)
        return false;
    if (strcmp(all, "all") == 0)
        return true;
    while (roles.n > 0) {
        const char *end = memchr(roles.p, ' ', (size_t)roles.n);
        str one = {roles.p, end ? end - roles.p : roles.n};
        for (const char *p = all; *p;) {
            size_t n = strcspn(p, ",");
            if (str_eq((str){p, (ptrdiff_t)n}, one))
                return true;
            p += n + (p[n] == ',');
        }
        roles = (str){one.p + one.n + (end != NULL), roles.n - one.n - (end != NULL)};
    }
    return false;
}

/* ---- setting it up ---- */

typedef struct {
    access_service *ac;
    const actor *who;
    str sealed;
    str digest, code;    /* of the session; told by the user */
    const str *recovery; /* digests */
    err wrong;           /* with the code */
} factor_job;

/* Nobody's secrets are lost because a key file is not there: a new one is made only for the first
 * of them. */
static bool any_work(store_job *job, void *arg, arena *a, err *e)
{
    int64_t *count = arg;
    store_rows rows;
    if (!store_query(job, SQL_FACTOR_ANY, NULL, 0, &rows, a, e))
        return false;
    *count = store_number(&rows, 0, 0);
    return true;
}

static bool key_ready(access_service *ac, arena *a, err *e)
{
    int64_t sealed = 0;
    key_file key;
    if (!key_now(&key, ac, e))
        return false;
    if (key.id[0])
        return true;
    if (!store_read(ac->store, any_work, &sealed, a, e))
        return false;
    if (sealed > 0)
        return FAIL(e, ERR_KEY_FILE, "secrets are sealed with a key file that is not here");
    return key_make(ac, e);
}

static bool begin_work(store_job *job, void *arg, arena *a, err *e)
{
    const factor_job *t = arg;
    const store_value id = STORE_N(t->who->user_id);
    store_rows user, rows;
    if (!user_row(&user, job, SQL_USER_LOCK, id, a, e) || !user_not_locked(t->ac, &user, e) ||
        !store_query(job, SQL_FACTOR, &id, 1, &rows, a, e))
        return false;
    if (rows.row_count > 0 && store_number(&rows, 0, 1) > 0)
        return FAIL(e, ERR_EXISTS, "the second factor is set up already");
    store_put(job, SQL_FACTOR_DROP, &id, 1);
    store_put(job, SQL_FACTOR_ADD,
              (store_value[]){id, STORE_T(t->sealed), STORE_N(store_now_ms(t->ac->store))}, 3);
    return true;
}

bool access_factor_begin(
    access_factor *out, access_service *ac, const actor *who, str password, arena *a, err *e)
{
    factor_job t = {.ac = ac, .who = who};
    char *secret = arena_new(a, char, FACTOR_SECRET_BYTES);
    str hash, bytes = {secret, FACTOR_SECRET_BYTES};
    if (!own_password_check(&hash, ac, who, password, "password", "user.factor", a, e) ||
        !key_ready(ac, a, e))
        return false;
    if (RAND_priv_bytes((unsigned char *)secret, FACTOR_SECRET_BYTES) != 1)
        return FAIL(e, ERR_KEY_FILE, "no random numbers");
    key_file key;
    if (!key_now(&key, ac, e) ||
        !key_seal(&t.sealed, &key, bytes, bound_to(who->user_id, a), a, e) ||
        !store_write(ac->store, LANE, begin_work, &t, a, e))
        return false;
    out->secret = base32(bytes, a);
    out->uri = arena_printf(a, "otpauth://totp/Gongji:%.*s?secret=%.*s&issuer=Gongji",
                            STR_ARG(who->login), STR_ARG(out->secret));
    return true;
}

static bool confirm_work(store_job *job, void *arg, arena *a, err *e)
{
    const factor_job *t = arg;
    key_file key;
    const store_value id = STORE_N(t->who->user_id);
    int64_t now_ms = store_now_ms(t->ac->store);
    store_rows user, rows;
    str secret;
    if (!user_row(&user, job, SQL_USER_LOCK, id, a, e) ||
        !store_query(job, SQL_FACTOR, &id, 1, &rows, a, e))
        return false;
    if (rows.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no second factor is being set up");
    if (store_number(&rows, 0, 1) > 0)
        return FAIL(e, ERR_EXISTS, "the second factor is set up already");
    if (!key_now(&key, t->ac, e) ||
        !key_open(&secret, &key, store_text(&rows, 0, 0), bound_to(t->who->user_id, a), a, e))
        return false;
    int64_t step = is_code(t->code) ? step_of(secret, t->code, 0, now_ms) : 0;
    if (step == 0)
        return bad_code(e);
    store_put_one(job, SQL_FACTOR_CONFIRM, (store_value[]){id, STORE_N(now_ms), STORE_N(step)}, 3);
    store_put(job, SQL_RECOVERY_DROP, &id, 1);
    for (int i = 0; i < ACCESS_RECOVERY_CODES; i++)
        store_put(job, SQL_RECOVERY_ADD, (store_value[]){id, STORE_T(t->recovery[i])}, 2);
    store_put(job, SQL_SESSION_DROP_OTHERS, (store_value[]){id, STORE_T(t->digest)}, 2);
    access_bump(job);
    access_audit(job, t->who, S("user.factor"), user_object(t->who->user_id, a), 0,
                 S("{\"state\":\"on\"}"), S("ok"));
    return true;
}

/* 80 random bits, in four groups that can be read aloud. */
static str recovery_make(arena *a)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    char *p = arena_new(a, char, RECOVERY_BYTES + 3);
    for (int i = 0; i < RECOVERY_BYTES + 3; i++)
        p[i] = i % 5 == 4 ? '-' : letters[randombytes_uniform((uint32_t)sizeof letters - 1)];
    return (str){p, RECOVERY_BYTES + 3};
}

bool access_factor_confirm(str recovery[ACCESS_RECOVERY_CODES],
                           access_service *ac,
                           const actor *who,
                           str token,
                           str code,
                           arena *a,
                           err *e)
{
    str digest[ACCESS_RECOVERY_CODES];
    for (int i = 0; i < ACCESS_RECOVERY_CODES; i++) {
        recovery[i] = recovery_make(a);
        digest[i] = recovery_digest(ac, who->user_id, recovery[i], a);
    }
    factor_job t = {
        .ac = ac, .who = who, .digest = digest_of(ac, token, a), .code = code, .recovery = digest};
    if (!store_write(ac->store, LANE, confirm_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}

/* ---- taking it away ---- */

static void factor_drop(store_job *job, int64_t user_id)
{
    store_put(job, SQL_FACTOR_DROP, (store_value[]){STORE_N(user_id)}, 1);
    store_put(job, SQL_RECOVERY_DROP, (store_value[]){STORE_N(user_id)}, 1);
    access_bump(job);
}

static bool end_work(store_job *job, void *arg, arena *a, err *e)
{
    factor_job *t = arg;
    store_rows user;
    if (!user_row(&user, job, SQL_USER_LOCK, STORE_N(t->who->user_id), a, e) ||
        !factor_try(&t->wrong, job, t->ac, t->who, &user, t->code, "user.factor", a, e))
        return false;
    if (t->wrong.code != ERR_OK)
        return true;
    factor_drop(job, t->who->user_id);
    access_audit(job, t->who, S("user.factor"), user_object(t->who->user_id, a), 0,
                 S("{\"state\":\"off\"}"), S("ok"));
    return true;
}

/* A job that asks for a code. */
static bool guarded(store_work *work, factor_job *t, arena *a, err *e)
{
    if (!store_write(t->ac->store, LANE, work, t, a, e))
        return false;
    if (t->wrong.code != ERR_OK)
        *e = t->wrong;
    return t->wrong.code == ERR_OK;
}

bool access_factor_end(
    access_service *ac, const actor *who, str password, str code, arena *a, err *e)
{
    factor_job t = {.ac = ac, .who = who, .code = code};
    str hash;
    if (!own_password_check(&hash, ac, who, password, "password", "user.factor", a, e) ||
        !guarded(end_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}

typedef struct {
    const actor *who;
    int64_t user_id;
} reset_job;

static bool reset_work(store_job *job, void *arg, arena *a, err *e)
{
    const reset_job *t = arg;
    access_user u;
    if (!user_target(&u, job, t->who, t->user_id, a, e) || !user_may_be_reset(&u, t->who, e))
        return false;
    factor_drop(job, u.user_id);
    store_put(job, SQL_SESSION_DROP_OF_USER, (store_value[]){STORE_N(u.user_id)}, 1);
    access_audit(job, t->who, S("user.factor_reset"), user_object(u.user_id, a), 0, S("{}"),
                 S("ok"));
    return true;
}

bool access_factor_reset(access_service *ac, const actor *who, int64_t user_id, arena *a, err *e)
{
    reset_job t = {who, user_id};
    if (!store_write(ac->store, LANE, reset_work, &t, a, e))
        return false;
    copies_drop_user(ac, user_id);
    return true;
}

/* ---- typing the password again ---- */

static bool sure_work(store_job *job, void *arg, arena *a, err *e)
{
    factor_job *t = arg;
    store_rows rows;
    access_user u;
    if (!user_row(&rows, job, SQL_USER_LOCK, STORE_N(t->who->user_id), a, e))
        return false;
    user_of_row(&u, &rows, 0);
    t->wrong = (err){0};
    if (!u.has_factor && !user_not_locked(t->ac, &rows, e))
        return false;
    if (u.has_factor &&
        !factor_try(&t->wrong, job, t->ac, t->who, &rows, t->code, "session.confirm", a, e))
        return false;
    if (t->wrong.code != ERR_OK)
        return true;
    store_put(job, SQL_SESSION_SURE,
              (store_value[]){STORE_T(t->digest), STORE_N(store_now_ms(t->ac->store))}, 2);
    access_bump(job); /* the copies of other processes, too */
    access_audit(job, t->who, S("session.confirm"), user_object(u.user_id, a), 0, S("{}"), S("ok"));
    return true;
}

bool access_confirm(
    access_service *ac, const actor *who, str token, str password, str code, arena *a, err *e)
{
    factor_job t = {.ac = ac, .who = who, .digest = digest_of(ac, token, a), .code = code};
    str hash;
    if (!own_password_check(&hash, ac, who, password, "password", "session.confirm", a, e) ||
        !guarded(sure_work, &t, a, e))
        return false;
    copies_drop_user(ac, who->user_id);
    return true;
}
