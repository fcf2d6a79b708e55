/* A message on its way through the sandbox: looked at, hit by a fault or not, kept. */
#include "edge/sandbox/sandbox_internal.h"

#include <stdlib.h>
#include <time.h>

/* ---- the mark ---- */

static bool marked_work(store_job *job, void *arg, arena *a, err *e)
{
    store_rows r;
    bool *out = arg;
    if (!store_query(job, SQL_SANDBOX_MARK_GET, NULL, 0, &r, a, e))
        return false;
    *out = r.row_count > 0;
    return true;
}

bool sandbox_is_marked(bool *out, store *s, arena *a, err *e)
{
    return store_read(s, marked_work, out, a, e);
}

static bool mark_work(store_job *job, void *arg, arena *a, err *e)
{
    const store_value now = STORE_N(store_now_ms(store_of(job)));
    (void)arg, (void)a, (void)e;
    store_put(job, SQL_SANDBOX_MARK_ADD, &now, 1);
    return true;
}

bool sandbox_mark(store *s, arena *a, err *e)
{
    return store_write(s, SANDBOX_LANE, mark_work, NULL, a, e);
}

/* ---- the whole ---- */

bool sandbox_open(sandbox **out, office *o, desk *d, gateway *g, err *e)
{
    sandbox *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the sandbox");
    s->office = o;
    s->desk = d;
    s->gateway = g;
    s->dice = (uint64_t)store_new_id(office_store(o));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    return true;
}

void sandbox_end(sandbox *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

void sandbox_close(sandbox *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

static bool ask_work(store_job *job, void *arg, arena *a, err *e)
{
    sandbox_ask *q = arg;
    return store_query(job, q->sql, q->key, q->count, &q->rows, a, e);
}

bool sandbox_query(sandbox_ask *q, sandbox *s, arena *a, err *e)
{
    return store_read(office_store(s->office), ask_work, q, a, e);
}

bool sandbox_institution(store_rows *out, sandbox *s, str code, arena *a, err *e)
{
    const store_value key = STORE_T(code);
    sandbox_ask q = {.sql = SQL_SANDBOX_INSTITUTIONS, .key = &key, .count = 1};
    if (!sandbox_query(&q, s, a, e))
        return false;
    *out = q.rows;
    return q.rows.row_count > 0 || code.n == 0 ||
           FAIL(e, ERR_NOT_FOUND, "no institution %.*s", STR_ARG(code));
}

/* ---- one message ---- */

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Nothing is done; the answer says that the sandbox did it. */
static void refuse(http_response *response, const http_request *r, bool unavailable, arena *a)
{
    FAIL(&response->error, ERR_INJECTED, "%s", "");
    if (unavailable) {
        http_answer_error(response, &response->error, S(""), r->trace_id, a);
        return;
    }
    json_out o = json_out_new(a, 512);
    json_open(&o, '{');
    json_field_number(&o, S("infcode"), -1);
    json_field(&o, S("inf_refmsgid"), S(""));
    json_field(&o, S("err_msg"),
               arena_printf(a, "[%s] %s；trace %.*s", err_name(ERR_INJECTED), err_zh(ERR_INJECTED),
                            STR_ARG(r->trace_id)));
    json_key(&o, S("output"));
    json_null(&o);
    json_close(&o, '}');
    response->content_type = S("application/json;charset=UTF-8");
    response->body = json_out_text(&o);
}

static void lose(http_response *response)
{
    FAIL(&response->error, ERR_INJECTED, "%s", "");
    response->cut = true;
}

static bool holds(str text, str part)
{
    for (ptrdiff_t i = 0; i + part.n <= text.n; i++)
        if (memcmp(text.p + i, part.p, (size_t)part.n) == 0)
            return true;
    return false;
}

static const char *noted_of(const sandbox_exchange *x)
{
    if (str_eq(x->head.infno, S("3201")) && holds(x->answer, S("\"stmt_rslt\":\"")))
        return holds(x->answer, S("\"stmt_rslt\":\"0\"")) ? "balanced" : "differs";
    if (holds(x->answer, S("\"warn_msg\":\"[bad_signature]")))
        return "unsigned";
    return holds(x->answer, S("\"warn_msg\":\"[recorded]")) ? "recorded" : "";
}

static bool is_replay(const http_response *response)
{
    for (int i = 0; i < response->header_count; i++)
        if (str_eq(response->header[i].name, S("Idempotent-Replay")))
            return true;
    return false;
}

static void
process(sandbox *s, sandbox_fault_kind k, const http_request *r, http_response *response, arena *a)
{
    if (k == SANDBOX_FAULT_REFUSE || k == SANDBOX_FAULT_UNAVAILABLE) {
        refuse(response, r, k == SANDBOX_FAULT_UNAVAILABLE, a);
    } else if (k == SANDBOX_FAULT_LOSE) {
        lose(response);
    } else {
        gateway_handle(s->gateway, 0, r, response, a);
        if (k != SANDBOX_FAULT_TWICE)
            return;
        *response = (http_response){.status = 200};
        gateway_handle(s->gateway, 0, r, response, a);
    }
}

static void
spoil(sandbox *s, const sandbox_fault *f, str institution, int64_t mine, http_response *response)
{
    if (f->kind == SANDBOX_FAULT_DELAY)
        sandbox_wait_ms(s, f->seconds * INT64_C(1000));
    if (f->kind == SANDBOX_FAULT_HOLD)
        sandbox_wait_turn(s, institution, mine);
    response->cut |= f->kind == SANDBOX_FAULT_CUT || f->kind == SANDBOX_FAULT_HALF;
    if (f->kind == SANDBOX_FAULT_HALF)
        response->cut_after = (response->body.n + 1) / 2;
}

int64_t sandbox_pass(sandbox *s, const http_request *request, http_response *response, arena *a)
{
    sandbox_exchange *x = arena_new(a, sandbox_exchange, 1);
    sandbox_look(x, s, request, a);
    int64_t from_us = now_us();
    const sandbox_fault f = sandbox_fault_take(s, x->head.institution, x->head.infno);
    process(s, f.kind, request, response, a);
    x->duration_us = now_us() - from_us;
    bool file = str_eq(response->content_type, S("application/octet-stream"));
    x->answer = file ? S("(file)") : response->body;
    x->outcome = response->error.code == ERR_OK ? "ok" : err_name(response->error.code);
    x->fault = sandbox_fault_word(f.kind);
    x->replayed = is_replay(response);
    x->noted = noted_of(x);
    sandbox_keep(x, s, a);
    spoil(s, &f, x->head.institution, sandbox_turn_take(s, x->head.institution), response);
    return x->exchange_id;
}

void sandbox_gateway(
    void *app, int route, const http_request *request, http_response *response, arena *a)
{
    (void)route;
    sandbox_pass(app, request, response, a);
}
