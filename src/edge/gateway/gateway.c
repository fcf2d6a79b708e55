/* A message from its bytes to its answer. */
#include "edge/gateway/gateway_internal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

#define BODY_BYTES_MAX  ((int64_t)16 << 20)
#define STRANGER_BYTES  4096 /* of a message that was not let in; the rest is not kept */
#define SERVICE_PATHS   2
#define GATEWAY_USER_ID (-2) /* a provider's system; who sat there stands in the login */

static const char *const paths[] = {
    "/fsi/api/rsfComIfsService/callService",
    "/fsi/api/rsfComIfsService/callService/{infno}",
    "/ebus/gdyb_api/prd/hsa/hgs/{infno}",
    "/power-csb/powercsb/{infno}",
    "/gateway",
    "/gateway/{infno}",
    "/fsi/api/{service}/{method}",
    "/api/fsiextend/{service}/{method}",
};

static_assert(HTTP_BODY_PADDING_BYTES >= JSON_PADDING_BYTES, "bodies are parsed where they lie");

bool gateway_open(gateway **out, office *o, desk *d, messages *m, err *e)
{
    *out = NULL;
    gateway *g = calloc(1, sizeof *g);
    http_route *route = calloc((size_t)COUNTOF(paths), sizeof *route);
    if (!g || !route) {
        free(g);
        free(route);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the gateway");
    }
    for (int i = 0; i < COUNTOF(paths); i++)
        route[i] =
            (http_route){.method = "POST", .path = paths[i], .body_bytes_max = BODY_BYTES_MAX};
    g->office = o;
    g->desk = d;
    g->messages = m;
    g->route = route;
    g->route_count = (int)COUNTOF(paths);
    pthread_mutex_init(&g->lock, NULL);
    g->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if ((!g->sha256 && !FAIL(e, ERR_STORE, "SHA-256 is not available")) || !gate_words_open(g, e)) {
        gateway_close(g);
        return false;
    }
    *out = g;
    return true;
}

void gateway_group_lists(gateway *g, struct grouping *by, str drg, str dip_name)
{
    g->grouping = by;
    g->list_scheme = drg;
    g->list_catalogue = dip_name;
}

void gateway_review_by(gateway *g, struct reviews *by)
{
    g->reviews = by;
}

void gateway_close(gateway *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->idle_count; i++)
        json_reader_free(g->idle[i]);
    gate_copies_free(g);
    gate_words_close(g);
    EVP_MD_free(g->sha256);
    pthread_mutex_destroy(&g->lock);
    free(g->route);
    free(g);
}

const http_route *gateway_routes(const gateway *g, int *count)
{
    *count = g->route_count;
    return g->route;
}

static json_reader *reader_take(gateway *g, err *e)
{
    json_reader *r = NULL;
    pthread_mutex_lock(&g->lock);
    if (g->idle_count > 0)
        r = g->idle[--g->idle_count];
    pthread_mutex_unlock(&g->lock);
    if (!r)
        r = json_reader_new();
    if (!r)
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    return r;
}

static void reader_give(gateway *g, json_reader *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&g->lock);
    bool kept = g->idle_count < (int)COUNTOF(g->idle);
    if (kept)
        g->idle[g->idle_count++] = r;
    pthread_mutex_unlock(&g->lock);
    if (!kept)
        json_reader_free(r);
}

static void readers_give(gate_call *c)
{
    while (c->reader_count > 0)
        reader_give(c->with, c->reader[--c->reader_count]);
}

/* ---- the envelope ---- */

/* A reader that lives as long as the message does. */
static json_reader *reader_for(gate_call *c, err *e)
{
    assert(c->reader_count < (int)COUNTOF(c->reader));
    json_reader *r = reader_take(c->with, e);
    if (r)
        c->reader[c->reader_count++] = r;
    return r;
}

gate_value gate_kept_json(gate_call *c, str text, err *e)
{
    if (!c->of_kept)
        c->of_kept = reader_for(c, e);
    const json_node *first = c->of_kept ? json_parse_copy(c->of_kept, text, c->a, e) : NULL;
    return (gate_value){first, first};
}

static bool envelope_read(gate_call *c, err *e)
{
    int32_t count;
    json_reader *reader = reader_for(c, e);
    if (!reader || !gate_parts_read(c, e))
        return false;
    str body = c->message;
    if (body.n >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
        body = (str){body.p + 3, body.n - 3};
    c->message = body;
    if (body.n == 0)
        return FAIL(e, ERR_BAD_JSON, "no body");
    if (!json_parse(reader, body, &c->body.first, &count, e))
        return false;
    c->body.node = c->body.first;
    if (c->body.node->kind != JSON_OBJECT)
        return FAIL(e, ERR_BAD_TYPE, "a message is an object");
    return true;
}

/* Out of the envelope that it came sealed in, if it did. */
static bool message_open(gate_call *c, err *e)
{
    json_reader *inner = reader_for(c, e);
    if (!inner || !gate_unseal(c, inner, e))
        return false;
    c->input = gate_member(c->body, "input");
    c->msgid = gate_text(c->body, "msgid");
    return true;
}

/* The number that path and body agree on. */
static bool number_find(gate_call *c, err *e)
{
    str in_body = gate_text(c->body, "infno"), in_path = http_param(c->request, "infno");
    if (http_param(c->request, "service").n) {
        in_path = gate_transaction_of_path(c->request->path);
        if (in_path.n == 0)
            return gate_fault(c, ERR_PATH_MISMATCH, "", c->request->path, "a path of a service", e);
    }
    c->infno = in_body.n ? in_body : in_path;
    if (c->infno.n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "infno", S(""), "a transaction number", e);
    if (in_path.n && !str_eq(in_path, c->infno))
        return gate_fault(c, ERR_PATH_MISMATCH, "infno", c->infno, arena_str(c->a, in_path).p, e);
    return gate_transaction_find(&c->t, c->infno) ||
           gate_fault(c, ERR_UNKNOWN_TRANSACTION, "infno", c->infno, "a known number", e);
}

bool gateway_body_check(gateway *g, str body, bool strict, arena *a, err *e)
{
    gate_call *c = arena_new(a, gate_call, 1);
    http_request request = {.body = body};
    c->with = g;
    c->request = &request;
    c->a = a;
    bool ok = envelope_read(c, e);
    if (ok) {
        c->input = gate_member(c->body, "input");
        ok = number_find(c, e) && gate_check(c, strict, e);
    }
    err fault = *e;
    c->out = json_out_new(a, 64);
    c->answer = gate_answer_of(c, &fault);
    readers_give(c);
    return ok;
}

void gateway_look(
    gateway_head *out, gateway *g, const http_request *r, gateway_seen *seen, void *arg, arena *a)
{
    err e = {0};
    gate_call *c = arena_new(a, gate_call, 1);
    *out = (gateway_head){.institution = S("")};
    c->with = g;
    c->request = r;
    c->a = a;
    if (envelope_read(c, &e)) {
        err sealed = {0};
        out->known = message_open(c, &sealed) && number_find(c, &e);
        out->institution = arena_str(a, gate_text(c->body, "fixmedins_code"));
        out->infno = arena_str(a, c->infno);
        out->msgid = arena_str(a, c->msgid);
        gate_check_all(c, seen, arg);
    }
    readers_give(c);
}

/* ---- who is asking ---- */

/* Whose message it is, whether he may send it, and that it is his. */
static bool admit(gate_call *c, err *e)
{
    str code = gate_text(c->body, "fixmedins_code");
    if (code.n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "fixmedins_code", S(""), "the provider's code", e);
    c->received = code;
    if (!gate_access_find(&c->access, c->with, code, c->a, e))
        return false;
    c->received = S("");
    c->words = gate_words_of(c->with, c->access.area_code);
    c->who = (actor){
        .user_id = GATEWAY_USER_ID,
        .login =
            arena_printf(c->a, "%.*s/%.*s", STR_ARG(code), STR_ARG(gate_text(c->body, "opter"))),
        .name = gate_text(c->body, "opter_name"),
        .provider_id = c->access.provider_id,
        .rights = UINT64_C(1) << RIGHT_SETTLEMENT_PREVIEW | UINT64_C(1) << RIGHT_SETTLEMENT_SETTLE |
                  UINT64_C(1) << RIGHT_SETTLEMENT_READ | UINT64_C(1) << RIGHT_PERSON_READ,
        .address = c->request->address,
        .trace_id = c->request->trace_id};
    if (str_eq(c->infno, S("GJ02"))) /* asks what is wrong with them */
        return true;
    return gate_seal_fits(c, e) && gate_signature_check(c, e) && gate_cainfo_check(c, e);
}

/* ---- once for each message ---- */

static bool answered_before(gate_call *c, err *e)
{
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_T(c->infno),
                               STORE_T(c->msgid)};
    store_rows r;
    if (!store_query(c->job, SQL_GATEWAY_ANSWER_GET, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 0)
        return true;
    if (!gate_digest_is(c, store_text(&r, 0, 0)))
        return gate_fault(c, ERR_IDEMPOTENCY, "msgid", c->msgid,
                          "the same body as the first time, or a new msgid", e);
    c->replayed = true;
    c->answer = store_text(&r, 0, 4);
    return true;
}

static bool signed_in(gate_call *c, err *e)
{
    str sign_no = gate_text(c->body, "sign_no");
    const store_value key[] = {STORE_T(sign_no), STORE_N(c->access.provider_id)};
    store_rows r;
    if (!str_eq(c->access.sign_in, S("required")) || str_eq(c->infno, S("9001")))
        return true;
    if (!store_query(c->job, SQL_GATEWAY_SIGN_IN_GET, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 1 && store_number(&r, 0, 2) == 0)
        return true;
    return gate_fault(c, ERR_NOT_SIGNED_IN, "sign_no", sign_no, "what 9001 answered", e);
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* `kept`: a repeat is answered with it. */
static void message_put(gate_call *c, store_job *job, str outcome, bool kept)
{
    const store_value row[] = {STORE_N(c->message_id),
                               STORE_T(c->request->trace_id),
                               STORE_N(c->access.provider_id),
                               STORE_T(c->infno),
                               STORE_T(c->msgid),
                               STORE_N(c->person_id),
                               STORE_N(c->received_at),
                               STORE_T(outcome),
                               STORE_T(c->message),
                               STORE_T(c->file.n ? S("(file)") : c->answer),
                               STORE_N(now_us() - c->started_us),
                               STORE_T(c->request->address),
                               STORE_T(kept ? c->digest : S("")),
                               STORE_N(kept ? c->object_id : 0)};
    store_put(job, SQL_GATEWAY_MESSAGE_ADD, row, COUNTOF(row));
}

/* No use case: a message that expects nothing but thanks is kept, another one is refused. */
static bool record_only(gate_call *c, err *e)
{
    if (c->dispatch || c->t.has_output || c->t.field_count == 0) {
        err_field(e, S("infno"));
        c->received = c->infno;
        return FAIL(e, ERR_NOT_SUPPORTED, "%s", "");
    }
    c->warning = S("[recorded] 已登记备查，未作业务处理");
    return true;
}

static void warnings_join(gate_call *c)
{
    str own = c->warning, other = c->signature_warning;
    if (other.n)
        c->warning =
            arena_printf(c->a, "%.*s%s%.*s", STR_ARG(other), own.n ? "；" : "", STR_ARG(own));
}

static bool message_work(store_job *job, void *arg, arena *a, err *e)
{
    gate_call *c = arg;
    bool live = c->dispatch && c->dispatch->handler;
    bool writes = !live || c->dispatch->writes;
    arena *outer = c->a;
    c->a = a;
    c->job = job;
    c->replayed = c->output_null = c->output_list = false;
    c->warning = S("");
    c->person_id = c->object_id = 0;
    c->visit_cert[0] = 0;
    c->received = c->file = S("");
    c->out = json_out_new(a, 2048);
    bool ok = !writes || c->msgid.n > 0 ||
              gate_fault(c, ERR_MISSING_FIELD, "msgid", S(""), "a number of your own", e);
    ok = ok && (!writes || answered_before(c, e));
    if (ok && !c->replayed) {
        ok = signed_in(c, e) && (live ? c->dispatch->handler(c, e) : record_only(c, e));
        if (ok) {
            warnings_join(c);
            c->answer = gate_answer_of(c, NULL);
            message_put(c, job, live ? S("ok") : S("recorded"), writes);
        }
    }
    c->job = NULL;
    c->a = outer;
    return ok;
}

typedef struct {
    gate_call *c;
    const err *fault;
} fault_log;

/* Whole characters only. */
static str beginning_of(str text)
{
    ptrdiff_t n = text.n < STRANGER_BYTES ? text.n : STRANGER_BYTES;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return (str){text.p, n};
}

static bool fault_work(store_job *job, void *arg, arena *a, err *e)
{
    fault_log *l = arg;
    (void)a, (void)e;
    /* Whoever did not get in is remembered, but must not fill the disk. */
    if (l->fault->code == ERR_BAD_SIGNATURE || l->fault->code == ERR_GATEWAY_CLOSED)
        l->c->message = beginning_of(l->c->message);
    message_put(l->c, job, str_of(err_name(l->fault->code)), false);
    return true;
}

/* What was refused is kept, too; that it could not be must not hide why. */
static void fault_keep(gate_call *c, const err *fault)
{
    fault_log l = {c, fault};
    err unseen = {0};
    if (c->access.provider_id &&
        !store_write(office_store(c->with->office), (uint64_t)c->message_id, fault_work, &l, c->a,
                     &unseen))
        c->response->error = unseen;
}

/* Jobs of one person are in one lane. */
static uint64_t lane_of(const gate_call *c)
{
    int64_t id;
    const json_node *n = c->input.first;
    for (ptrdiff_t i = c->input.node ? c->input.node - n + 1 : 0;
         c->input.node && i < c->input.node->next; i++)
        if (gate_same_name(n[i].key, S("psn_no")) && id_parse(&id, n[i].text))
            return (uint64_t)id;
    return str_hash(c->access.code);
}

static bool message_do(gate_call *c, err *e)
{
    store *st = office_store(c->with->office);
    if (!envelope_read(c, e) || !message_open(c, e))
        return false;
    c->infno = gate_text(c->body, "infno");
    if (c->infno.n == 0)
        c->infno = http_param(c->request, "infno");
    if (!admit(c, e) || !number_find(c, e))
        return false;
    c->dispatch = gate_dispatch_find(c->infno);
    c->digest = gate_digest(c, e);
    return c->digest.n && gate_check(c, str_eq(c->access.checks, S("strict")), e) &&
           store_write(st, lane_of(c), message_work, c, c->a, e);
}

/* "psn_no" is told as "input.data.psn_no". */
static void path_complete(const gate_call *c, err *e)
{
    static const char *const outside[] = {"infno", "msgid", "fixmedins_code", "sign_no"};
    /* what the desk calls a field, and what the sender does */
    static const char *const known_as[][2] = {{"visit.date", "begntime"},
                                              {"visit.disease", "dise_codg"},
                                              {"visit.kind", "med_type"},
                                              {"person_id", "psn_no"},
                                              {"bill_no", "chrg_bchno"}};
    if (!c->node || e->field[0] == 0 || strncmp(e->field, "input", 5) == 0)
        return;
    for (ptrdiff_t i = 0; i < COUNTOF(outside); i++)
        if (strcmp(e->field, outside[i]) == 0)
            return;
    for (ptrdiff_t i = 0; i < COUNTOF(known_as); i++)
        if (strcmp(e->field, known_as[i][0]) == 0)
            err_field(e, str_of(known_as[i][1]));
    err_field(e, arena_printf(c->a, "input.%s.%s", c->node, e->field));
}

/* Bytes in a sealed answer: as text in its output. */
static void file_as_text(gate_call *c)
{
    c->out = json_out_new(c->a, 2 * c->file.n + 64);
    json_field(&c->out, S("in"), gate_file_text(c->file, c->a));
    c->answer = gate_answer_of(c, NULL);
    c->file = S("");
}

static void answer_send(gate_call *c, bool ok)
{
    err e = {0};
    bool file = ok && c->file.n > 0;
    json_reader *of_answer = c->sealed || c->access.sign_answers ? reader_for(c, &e) : NULL;
    json_reader *of_head = of_answer ? reader_for(c, &e) : NULL;
    c->response->content_type =
        file ? S("application/octet-stream") : S("application/json;charset=UTF-8");
    c->response->body = file ? c->file : c->answer;
    if (!file && of_head && gate_seal(&c->response->body, c, of_answer, of_head, &e))
        return;
    if (e.code != ERR_OK) { /* unsigned it would not be believed */
        c->sealed = c->access.sign_answers = false;
        c->response->body = gate_answer_of(c, &e);
        c->response->error = e;
    }
}

static void message_count(gate_call *c, const err *fault)
{
    bool live = c->dispatch && c->dispatch->handler;
    bool done = live && !fault->code && !c->replayed;
    str step = done ? gate_step_of(c) : S("");
    messages_count(c->with->messages,
                   &(message_seen){.at_ms = c->received_at,
                                   .provider_id = c->access.provider_id,
                                   .transaction_no = str_of(c->t.no ? c->t.no : ""),
                                   .outcome = fault->code   ? str_of(err_name(fault->code))
                                              : c->replayed ? S("replayed")
                                              : live        ? S("ok")
                                                            : S("recorded"),
                                   .step = step,
                                   .credential = step.n ? gate_credential_shown(c) : S(""),
                                   .duration_us = now_us() - c->started_us});
}

static void message_answer(gate_call *c)
{
    err e = {0};
    bool ok = message_do(c, &e);
    if (!ok) {
        path_complete(c, &e);
        c->out = json_out_new(c->a, 64);
        c->warning = S("");
        c->answer = gate_answer_of(c, &e);
        c->response->error = e;
        fault_keep(c, &e);
    }
    if (ok && c->file.n && c->sealed)
        file_as_text(c);
    answer_send(c, ok);
    if (c->with->messages)
        message_count(c, &e);
    if (ok && c->replayed)
        http_add_header(c->response, S("Idempotent-Replay"), S("true"));
}

void gateway_handle(
    void *app, int route, const http_request *request, http_response *response, arena *a)
{
    gateway *g = app;
    gate_call *c = arena_new(a, gate_call, 1);
    (void)route;
    c->with = g;
    c->request = request;
    c->response = response;
    c->a = a;
    c->started_us = now_us();
    c->received_at = store_now_ms(office_store(g->office));
    c->message_id = store_new_id(office_store(g->office));
    jmp_buf oom, *outer = a->oom;
    a->oom = &oom;
    bool enough = setjmp(oom) == 0;
    if (enough)
        message_answer(c);
    readers_give(c);
    a->oom = outer;
    if (!enough)
        longjmp(*outer, 1);
}
