/* Keys of providers' systems: made here, told once, replaced without a gap. */
#include "service/messages/messages_internal.h"

#define KEY_DIGITS 48
#define LANE       str_hash(S("gateway_access"))

typedef struct {
    int64_t provider_id;
    const actor *who;
    str secret; /* "" = only look, or end the old one */
    int64_t old_until_ms;
} keying;

static bool scope_check(store_rows *r, store_job *job, const keying *k, arena *a, err *e)
{
    const store_value id = STORE_N(k->provider_id);
    if (!store_query(job, SQL_ACCESS_SCOPE, &id, 1, r, a, e))
        return false;
    bool seen = r->row_count == 1 && actor_covers_area(k->who, store_text(r, 0, 0)) &&
                (k->who->provider_id == 0 || k->who->provider_id == k->provider_id);
    return seen || FAIL(e, ERR_NOT_FOUND, "provider %" PRId64, k->provider_id);
}

static bool scope_work(store_job *job, void *arg, arena *a, err *e)
{
    store_rows r;
    return scope_check(&r, job, arg, a, e);
}

bool gateway_scope(store *s, int64_t provider_id, const actor *who, arena *a, err *e)
{
    keying k = {.provider_id = provider_id, .who = who};
    return store_read(s, scope_work, &k, a, e);
}

static bool key_work(store_job *job, void *arg, arena *a, err *e)
{
    const keying *k = arg;
    store_rows r;
    if (!scope_check(&r, job, k, a, e))
        return false;
    int64_t now_ms = store_now_ms(store_of(job));
    json_out detail = json_out_new(a, 128);
    json_open(&detail, '{');
    if (k->secret.n) {
        const store_value v[] = {STORE_N(k->provider_id), STORE_T(k->secret), STORE_N(now_ms),
                                 STORE_N(k->old_until_ms)};
        store_put_one(job, SQL_ACCESS_KEY_SET, v, COUNTOF(v));
        json_field_moment(&detail, S("old_until"), k->old_until_ms);
    } else {
        store_put_one(job, SQL_ACCESS_KEY_OLD_END,
                      &(store_value){.kind = STORE_NUMBER, .number = k->provider_id}, 1);
    }
    json_close(&detail, '}');
    access_audit(job, k->who, k->secret.n ? S("gateway.key") : S("gateway.key_end"),
                 arena_printf(a, "provider %" PRId64, k->provider_id), 0, json_out_text(&detail),
                 S("ok"));
    return true;
}

bool gateway_key_new(str *secret,
                     store *s,
                     int64_t provider_id,
                     int64_t old_until_ms,
                     const actor *who,
                     arena *a,
                     err *e)
{
    *secret = access_random_hex(KEY_DIGITS, a);
    keying k = {
        .provider_id = provider_id, .who = who, .secret = *secret, .old_until_ms = old_until_ms};
    return store_write(s, LANE, key_work, &k, a, e);
}

bool gateway_key_end(store *s, int64_t provider_id, const actor *who, arena *a, err *e)
{
    keying k = {.provider_id = provider_id, .who = who};
    return store_write(s, LANE, key_work, &k, a, e);
}
