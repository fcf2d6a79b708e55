/* One message with everything that is known of it. */
#include "service/lists/mask.h"
#include "service/messages/messages_internal.h"

enum {
    ID,
    TRACE,
    PROVIDER,
    CODE,
    NAME,
    AREA,
    TRANSACTION,
    MSGID,
    PERSON,
    RECEIVED,
    OUTCOME,
    DURATION,
    ADDRESS,
    REQUEST,
    ANSWER,
    PERSON_NAME
};

typedef struct {
    const message_request *request;
    const actor *who;
    store_rows message, effect, same;
} loading;

static bool load_work(store_job *job, void *arg, arena *a, err *e)
{
    loading *l = arg;
    const store_value id = STORE_N(l->request->message_id);
    if (!store_query(job, SQL_MONITOR_MESSAGE, &id, 1, &l->message, a, e))
        return false;
    const store_rows *m = &l->message;
    bool seen = m->row_count == 1 && actor_covers_area(l->who, store_text(m, 0, AREA)) &&
                (l->who->provider_id == 0 || l->who->provider_id == store_number(m, 0, PROVIDER));
    if (!seen)
        return FAIL(e, ERR_NOT_FOUND, "message %" PRId64, l->request->message_id);
    const store_value key[] = {STORE_N(store_number(m, 0, PROVIDER)),
                               STORE_T(store_text(m, 0, TRANSACTION)),
                               STORE_T(store_text(m, 0, MSGID))};
    const store_value same[] = {key[0], key[2]};
    return store_query(job, SQL_MONITOR_MESSAGE_EFFECT, key, COUNTOF(key), &l->effect, a, e) &&
           store_query(job, SQL_MONITOR_SAME_MSGID, same, COUNTOF(same), &l->same, a, e);
}

static void id_or_null(json_out *o, str key, int64_t id)
{
    json_key(o, key);
    if (id)
        json_id(o, id);
    else
        json_null(o);
}

static void facts_put(json_out *o, const loading *l, arena *a)
{
    const store_rows *m = &l->message;
    str no = store_text(m, 0, TRANSACTION);
    json_field_id(o, S("message_id"), store_number(m, 0, ID));
    json_field(o, S("trace_id"), store_text(m, 0, TRACE));
    id_or_null(o, S("provider_id"), store_number(m, 0, PROVIDER));
    json_field(o, S("provider_code"), store_text(m, 0, CODE));
    json_field(o, S("provider_name"), store_text(m, 0, NAME));
    json_field(o, S("transaction_no"), no);
    json_field(o, S("transaction_name"), l->request->transaction_name(no));
    json_field(o, S("msgid"), store_text(m, 0, MSGID));
    id_or_null(o, S("person_id"), store_number(m, 0, PERSON));
    json_field(o, S("person_name"), mask_name(store_text(m, 0, PERSON_NAME), a));
    json_field_moment(o, S("received_at"), store_number(m, 0, RECEIVED));
    json_field(o, S("outcome"), store_text(m, 0, OUTCOME));
    json_field_number(o, S("duration_us"), store_number(m, 0, DURATION));
    json_field(o, S("address"), store_text(m, 0, ADDRESS));
}

/* What it made, if this message did it and not an earlier one. */
static void effect_put(json_out *o, const loading *l)
{
    const store_rows *f = &l->effect;
    bool mine = f->row_count == 1 && store_number(f, 0, 0) == store_number(&l->message, 0, ID);
    json_field_bool(o, S("kept_for_repeats"), mine);
    id_or_null(o, S("settlement_id"), mine ? store_number(f, 0, 2) : 0);
    id_or_null(o, S("visit_id"), mine ? store_number(f, 0, 3) : 0);
}

static void same_put(json_out *o, const loading *l)
{
    const store_rows *r = &l->same;
    json_key(o, S("same_msgid"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (store_number(r, i, 0) == store_number(&l->message, 0, ID) ||
            store_text(&l->message, 0, MSGID).n == 0)
            continue;
        json_open(o, '{');
        json_field_id(o, S("message_id"), store_number(r, i, 0));
        json_field(o, S("trace_id"), store_text(r, i, 1));
        json_field(o, S("transaction_no"), store_text(r, i, 2));
        json_field_moment(o, S("received_at"), store_number(r, i, 3));
        json_field(o, S("outcome"), store_text(r, i, 4));
        json_field_number(o, S("duration_us"), store_number(r, i, 5));
        json_close(o, '}');
    }
    json_close(o, ']');
}

static bool bodies_put(json_out *o, const loading *l, arena *a, err *e)
{
    str request = store_text(&l->message, 0, REQUEST), answer = store_text(&l->message, 0, ANSWER);
    str shown[2] = {request, answer};
    if (!l->request->full && (!body_masked(&shown[0], request, answer, a, e) ||
                              !body_masked(&shown[1], answer, request, a, e)))
        return false;
    json_field_bool(o, S("masked"), !l->request->full);
    json_field_bool(o, S("emptied"), request.n == 0);
    json_field_number(o, S("request_bytes"), request.n);
    json_field_number(o, S("answer_bytes"), answer.n);
    json_field(o, S("request"), shown[0]);
    json_field(o, S("answer"), shown[1]);
    return true;
}

/* Before it is shown: who looked, at whom, and why. */
static bool looked(store *s, const loading *l, arena *a, err *e)
{
    bool full = l->request->full;
    json_out detail = json_out_new(a, 256);
    json_open(&detail, '{');
    json_field(&detail, S("transaction_no"), store_text(&l->message, 0, TRANSACTION));
    if (full)
        json_field(&detail, S("reason"), l->request->reason);
    json_close(&detail, '}');
    return access_audit_look(s, l->who, full ? S("message.unmask") : S("message.read"),
                             arena_printf(a, "message %" PRId64, l->request->message_id),
                             store_number(&l->message, 0, PERSON), json_out_text(&detail), a, e);
}

bool message_json(
    json_out *out, store *s, const message_request *r, const actor *who, arena *a, err *e)
{
    loading l = {.request = r, .who = who};
    if (r->full && r->reason.n < 2) {
        err_field(e, S("reason"));
        err_expected(e, "why it has to be seen");
        return FAIL(e, ERR_MISSING_FIELD, "%s", "");
    }
    if (!store_read(s, load_work, &l, a, e) || !looked(s, &l, a, e))
        return false;
    str request = store_text(&l.message, 0, REQUEST), found = S("[]");
    if (r->findings && request.n)
        found = r->findings(r->findings_with, request, a);
    if (!r->full && !body_masked(&found, found, request, a, e))
        return false;
    facts_put(out, &l, a);
    effect_put(out, &l);
    same_put(out, &l);
    json_key(out, S("findings"));
    json_raw(out, found);
    return bodies_put(out, &l, a, e);
}
