/* A message and what came of it, kept; and shown. */
#include "edge/sandbox/sandbox_internal.h"

/* ---- looking ---- */

typedef struct {
    sandbox_exchange *x;
    json_out out;
} look;

static void field_seen(void *arg, const gateway_field *f)
{
    look *l = arg;
    json_out *o = &l->out;
    json_open(o, '{');
    json_field(o, S("path"), f->path);
    json_field(o, S("received"), f->received);
    json_field(o, S("problem"), str_of(f->problem));
    json_field(o, S("type"), str_of(f->type));
    json_field_number(o, S("length"), f->length);
    json_field_number(o, S("scale"), f->scale);
    json_field_bool(o, S("required"), f->required);
    json_field(o, S("dictionary"), str_of(f->dictionary));
    json_field(o, S("expected"), str_of(f->expected));
    json_close(o, '}');
    if (!f->problem[0])
        return;
    l->x->problems++;
    if (l->x->finding_count < SANDBOX_FINDINGS_MAX)
        l->x->finding[l->x->finding_count++] = *f;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool begins(str name, const char *with)
{
    ptrdiff_t i = 0;
    while (i < name.n && with[i] && lower(name.p[i]) == with[i])
        i++;
    return with[i] == 0;
}

/* Those that a signature is made of. */
static str headers_of(const http_request *r, arena *a)
{
    str all = S("");
    for (int i = 0; i < r->header_count; i++) {
        const http_pair *h = &r->header[i];
        if (begins(h->name, "x-tif-") || begins(h->name, "_api_") || begins(h->name, "x-ca-"))
            all = arena_printf(a, "%.*s%.*s: %.*s\n", STR_ARG(all), STR_ARG(h->name),
                               STR_ARG(h->value));
    }
    return all;
}

void sandbox_look(sandbox_exchange *x, sandbox *s, const http_request *r, arena *a)
{
    look l = {x, json_out_new(a, 4096)};
    json_open(&l.out, '[');
    gateway_look(&x->head, s->gateway, r, field_seen, &l, a);
    json_close(&l.out, ']');
    x->fields = json_out_text(&l.out);
    x->path = r->path;
    x->headers = headers_of(r, a);
    x->request = str_is_utf8(r->body) ? r->body : S("(not UTF-8)");
    x->received_at = store_now_ms(office_store(s->office));
}

/* ---- keeping ---- */

static bool keep_work(store_job *job, void *arg, arena *a, err *e)
{
    sandbox_exchange *x = arg;
    (void)a, (void)e;
    x->exchange_id = store_new_id(store_of(job)); /* here: ids rise in the order of commits */
    const store_value row[] = {STORE_N(x->exchange_id),
                               STORE_T(x->head.institution),
                               STORE_T(x->head.infno),
                               STORE_T(x->head.msgid),
                               STORE_N(x->received_at),
                               STORE_N(x->duration_us),
                               STORE_T(str_of(x->outcome)),
                               STORE_T(str_of(x->fault)),
                               STORE_N(x->replayed),
                               STORE_T(str_of(x->noted)),
                               STORE_T(x->path),
                               STORE_T(x->headers),
                               STORE_T(x->request),
                               STORE_T(x->answer),
                               STORE_T(x->fields),
                               STORE_N(x->problems)};
    store_put(job, SQL_SANDBOX_EXCHANGE_ADD, row, COUNTOF(row));
    for (int i = 0; i < x->finding_count; i++) {
        const gateway_field *f = &x->finding[i];
        const store_value finding[] = {STORE_N(x->exchange_id),      STORE_N(i),
                                       STORE_T(x->head.institution), STORE_T(x->head.infno),
                                       STORE_T(f->name_path),        STORE_T(str_of(f->problem)),
                                       STORE_T(f->received),         STORE_T(str_of(f->expected))};
        store_put(job, SQL_SANDBOX_FINDING_ADD, finding, COUNTOF(finding));
    }
    return true;
}

void sandbox_keep(sandbox_exchange *x, sandbox *s, arena *a)
{
    err unseen = {0};
    if (!store_write(office_store(s->office), SANDBOX_LANE, keep_work, x, a, &unseen))
        x->exchange_id = 0;
}

/* ---- showing ---- */

enum {
    EXCHANGE_ID,
    EXCHANGE_INSTITUTION,
    EXCHANGE_TRANSACTION,
    EXCHANGE_MSGID,
    EXCHANGE_RECEIVED,
    EXCHANGE_DURATION,
    EXCHANGE_OUTCOME,
    EXCHANGE_FAULT,
    EXCHANGE_REPLAYED,
    EXCHANGE_NOTED,
    EXCHANGE_PROBLEMS,
    EXCHANGE_PATH,
    EXCHANGE_HEADERS,
    EXCHANGE_REQUEST,
    EXCHANGE_ANSWER,
    EXCHANGE_FIELDS
};

static void exchange_put(json_out *o, const store_rows *r, ptrdiff_t i)
{
    json_field_id(o, S("exchange_id"), store_number(r, i, EXCHANGE_ID));
    json_field(o, S("institution"), store_text(r, i, EXCHANGE_INSTITUTION));
    json_field(o, S("transaction_no"), store_text(r, i, EXCHANGE_TRANSACTION));
    json_field(o, S("name"), gateway_transaction_name(store_text(r, i, EXCHANGE_TRANSACTION)));
    json_field(o, S("msgid"), store_text(r, i, EXCHANGE_MSGID));
    json_field_moment(o, S("received_at"), store_number(r, i, EXCHANGE_RECEIVED));
    json_field_number(o, S("duration_us"), store_number(r, i, EXCHANGE_DURATION));
    json_field(o, S("outcome"), store_text(r, i, EXCHANGE_OUTCOME));
    json_field(o, S("fault"), store_text(r, i, EXCHANGE_FAULT));
    json_field_bool(o, S("replayed"), store_number(r, i, EXCHANGE_REPLAYED) != 0);
    json_field(o, S("noted"), store_text(r, i, EXCHANGE_NOTED));
    json_field_number(o, S("problems"), store_number(r, i, EXCHANGE_PROBLEMS));
}

bool sandbox_exchanges_json(
    json_out *o, sandbox *s, int64_t after, str institution, str transaction, arena *a, err *e)
{
    const store_value key[] = {STORE_N(after), STORE_T(institution), STORE_T(transaction)};
    sandbox_ask q =
        after ? (sandbox_ask){.sql = SQL_SANDBOX_EXCHANGES_AFTER, .key = key, .count = 3}
              : (sandbox_ask){.sql = SQL_SANDBOX_EXCHANGES_LAST, .key = key + 1, .count = 2};
    if (!sandbox_query(&q, s, a, e))
        return false;
    json_key(o, S("rows"));
    json_open(o, '[');
    for (ptrdiff_t k = 0; k < q.rows.row_count; k++) {
        json_open(o, '{');
        exchange_put(o, &q.rows, after ? k : q.rows.row_count - 1 - k);
        json_close(o, '}');
    }
    json_close(o, ']');
    return true;
}

static bool exchange_load(store_rows *out, sandbox *s, int64_t id, arena *a, err *e)
{
    const store_value key = STORE_N(id);
    sandbox_ask q = {.sql = SQL_SANDBOX_EXCHANGE_GET, .key = &key, .count = 1};
    if (!sandbox_query(&q, s, a, e))
        return false;
    *out = q.rows;
    return q.rows.row_count == 1 || FAIL(e, ERR_NOT_FOUND, "no message %" PRId64, id);
}

bool sandbox_exchange_json(json_out *o, sandbox *s, int64_t id, arena *a, err *e)
{
    store_rows r;
    if (!exchange_load(&r, s, id, a, e))
        return false;
    exchange_put(o, &r, 0);
    json_field(o, S("path"), store_text(&r, 0, EXCHANGE_PATH));
    json_field(o, S("headers"), store_text(&r, 0, EXCHANGE_HEADERS));
    json_field(o, S("request"), store_text(&r, 0, EXCHANGE_REQUEST));
    json_field(o, S("answer"), store_text(&r, 0, EXCHANGE_ANSWER));
    json_field_raw(o, S("fields"), store_text(&r, 0, EXCHANGE_FIELDS));
    return true;
}

/* ---- once more ---- */

static int headers_read(http_pair *out, int max, str text)
{
    int count = 0;
    while (text.n > 0 && count < max) {
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        str line = {text.p, end ? end - text.p : text.n};
        text = (str){line.p + line.n + (end != NULL), text.n - line.n - (end != NULL)};
        const char *colon = line.n ? memchr(line.p, ':', (size_t)line.n) : NULL;
        if (colon && colon + 2 <= line.p + line.n)
            out[count++] =
                (http_pair){{line.p, colon - line.p}, {colon + 2, line.p + line.n - colon - 2}};
    }
    return count;
}

/* The first place where the old number stands between quotes, with the new one there. */
static str msgid_changed(str body, str was, str now, arena *a)
{
    for (ptrdiff_t i = 0; was.n && i + was.n + 2 <= body.n; i++)
        if (body.p[i] == '"' && body.p[i + was.n + 1] == '"' &&
            memcmp(body.p + i + 1, was.p, (size_t)was.n) == 0)
            return arena_printf(a, "%.*s\"%.*s\"%.*s", (int)i, body.p, STR_ARG(now),
                                (int)(body.n - i - was.n - 2), body.p + i + was.n + 2);
    return body;
}

bool sandbox_replay(
    json_out *o, sandbox *s, const http_request *r, int64_t id, str msgid, arena *a, err *e)
{
    store_rows row;
    http_response response = {.status = 200};
    for (ptrdiff_t i = 0; i < msgid.n; i++)
        if (msgid.p[i] == '"' || msgid.p[i] == '\\' || (unsigned char)msgid.p[i] < ' ') {
            err_field(e, S("msgid"));
            err_expected(e, "nothing that would end a text of JSON");
            return FAIL(e, ERR_BAD_VALUE, "%s", "");
        }
    if (!exchange_load(&row, s, id, a, e))
        return false;
    str body = store_text(&row, 0, EXCHANGE_REQUEST);
    if (msgid.n)
        body = msgid_changed(body, store_text(&row, 0, EXCHANGE_MSGID), msgid, a);
    char *padded = arena_new(a, char, body.n + HTTP_BODY_PADDING_BYTES);
    if (body.n)
        memcpy(padded, body.p, (size_t)body.n);
    http_pair *header = arena_new(a, http_pair, HTTP_REQUEST_HEADER_MAX);
    http_request again = {.server = r->server,
                          .method = S("POST"),
                          .path = store_text(&row, 0, EXCHANGE_PATH),
                          .param = {{S("infno"), store_text(&row, 0, EXCHANGE_TRANSACTION)}},
                          .param_count = 1,
                          .header = header,
                          .body = {padded, body.n},
                          .address = r->address,
                          .trace_id = r->trace_id};
    again.header_count =
        headers_read(header, HTTP_REQUEST_HEADER_MAX, store_text(&row, 0, EXCHANGE_HEADERS));
    int64_t kept = sandbox_pass(s, &again, &response, a);
    json_field_id(o, S("exchange_id"), kept);
    json_field_bool(o, S("cut"), response.cut);
    json_field(o, S("answer"), response.body);
    return true;
}
