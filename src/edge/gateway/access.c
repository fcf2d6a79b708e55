/* Which provider's system may come, and how it talks. */
#include "edge/gateway/gateway_internal.h"

#include <stdlib.h>

#define ACCESS_MS  200 /* so long what was read counts */
#define COPY_BYTES 4096

enum { TEXTS = 20 };

static void texts_of(str *to[TEXTS], gate_access *x)
{
    str *const all[TEXTS] = {
        &x->code,   &x->name,       &x->area_code,  &x->kind,        &x->level,
        &x->state,  &x->signature,  &x->verify,     &x->access_key,  &x->secret,
        &x->checks, &x->sign_in,    &x->cainfo,     &x->cainfo_form, &x->encryption,
        &x->app_id, &x->app_secret, &x->public_key, &x->private_key, &x->old_secret,
    };
    memcpy(to, all, sizeof all);
}

/* ---- reading ---- */

typedef struct {
    gate_access *out;
    str code;
} question;

static bool is(const store_rows *r, int column, str said)
{
    return str_eq(store_text(r, 0, column), said);
}

static bool access_work(store_job *job, void *arg, arena *a, err *e)
{
    question *q = arg;
    const store_value key = STORE_T(q->code);
    store_rows r;
    str *to[TEXTS];
    if (!store_query(job, SQL_GATEWAY_ACCESS_BY_CODE, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || !is(&r, 5, S("open"))) {
        err_field(e, S("fixmedins_code"));
        return FAIL(e, ERR_GATEWAY_CLOSED, "%s", "");
    }
    *q->out = (gate_access){.provider_id = store_number(&r, 0, 0),
                            .infcode_text = is(&r, 19, S("string")),
                            .amounts_text = is(&r, 20, S("string")),
                            .nodes_array = is(&r, 21, S("array")),
                            .sign_answers = is(&r, 22, S("yes")),
                            .old_until = store_number(&r, 0, 24)};
    texts_of(to, q->out);
    *to[0] = arena_str(a, q->code);
    for (int i = 1; i < TEXTS - 1; i++)
        *to[i] = store_text(&r, 0, i);
    *to[TEXTS - 1] = store_text(&r, 0, 23);
    return true;
}

/* ---- copies ---- */

/* `room` was taken before the lock: a lack of memory must not leave it locked. */
static bool copy_take(
    gate_access *out, const gateway *g, const gate_copy *copy, str code, char room[COPY_BYTES])
{
    int64_t generation = store_reference_generation(office_store(g->office));
    int64_t age_ms = store_now_ms(office_store(g->office)) - copy->read_ms;
    if (copy->bytes == 0 || !str_eq(copy->access.code, code) || copy->generation != generation ||
        age_ms < 0 || age_ms > ACCESS_MS)
        return false;
    str *to[TEXTS];
    *out = copy->access;
    texts_of(to, out);
    memcpy(room, copy->memory, (size_t)copy->bytes);
    for (int i = 0; i < TEXTS; i++)
        to[i]->p = room + (to[i]->p - copy->memory);
    return true;
}

static void copy_put(gate_copy *copy, gate_access access, int64_t generation, int64_t now_ms)
{
    str *from[TEXTS];
    ptrdiff_t bytes = 1;
    texts_of(from, &access);
    for (int i = 0; i < TEXTS; i++)
        bytes += from[i]->n;
    copy->bytes = 0;
    if (bytes > COPY_BYTES)
        return;
    if (!copy->memory)
        copy->memory = malloc(COPY_BYTES);
    if (!copy->memory)
        return;
    for (int i = 0; i < TEXTS; i++) {
        char *p = copy->memory + copy->bytes;
        if (from[i]->n)
            memcpy(p, from[i]->p, (size_t)from[i]->n);
        from[i]->p = p;
        copy->bytes += from[i]->n;
    }
    copy->bytes++;
    copy->access = access;
    copy->generation = generation;
    copy->read_ms = now_ms;
}

bool gate_access_find(gate_access *out, gateway *g, str code, arena *a, err *e)
{
    store *st = office_store(g->office);
    gate_copy *copy = &g->copy[str_hash(code) % GATE_COPIES];
    int64_t generation = store_reference_generation(st), now_ms = store_now_ms(st);
    question q = {out, code};
    char *room = arena_new(a, char, COPY_BYTES);
    pthread_mutex_lock(&g->lock);
    bool there = copy_take(out, g, copy, code, room);
    pthread_mutex_unlock(&g->lock);
    if (there)
        return true;
    if (!store_read(st, access_work, &q, a, e))
        return false;
    pthread_mutex_lock(&g->lock);
    copy_put(copy, *out, generation, now_ms);
    pthread_mutex_unlock(&g->lock);
    return true;
}

void gate_copies_free(gateway *g)
{
    for (int i = 0; i < GATE_COPIES; i++)
        free(g->copy[i].memory);
}
