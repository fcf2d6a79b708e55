/* What waits for a second person, to be looked at. */
#include "service/desk/desk_internal.h"
#include "service/lists/mask.h"

typedef struct {
    desk_approval *out;
    const actor *who;
} looking;

static bool approval_work(store_job *job, void *arg, arena *a, err *e)
{
    looking *w = arg;
    desk_approval *p = w->out;
    const store_value key = STORE_N(p->approval_id);
    store_rows r;
    if (!store_query(job, SQL_DESK_APPROVAL_SHOW, &key, 1, &r, a, e))
        return false;
    bool own = r.row_count && store_number(&r, 0, 15) == w->who->user_id;
    if (r.row_count == 0 || !actor_covers_area(w->who, store_text(&r, 0, 3)) ||
        (w->who->provider_id && !own)) /* a hospital's user sees what he asked for himself */
        return FAIL(e, ERR_NOT_FOUND, "no approval %" PRId64, p->approval_id);
    *p = (desk_approval){.approval_id = p->approval_id,
                         .kind = store_text(&r, 0, 0),
                         .person_id = store_number(&r, 0, 1),
                         .object_id = store_number(&r, 0, 2),
                         .reason = store_text(&r, 0, 4),
                         .body = store_text(&r, 0, 5),
                         .state = store_text(&r, 0, 6),
                         .amount_fen = store_number(&r, 0, 7),
                         .made_at = store_number(&r, 0, 8),
                         .decided_at = store_number(&r, 0, 9),
                         .note = store_text(&r, 0, 10),
                         .result_id = store_number(&r, 0, 11),
                         .person_name = store_text(&r, 0, 12),
                         .made_by_name = store_text(&r, 0, 13),
                         .decided_by_name = store_text(&r, 0, 14)};
    return true;
}

bool desk_approval_load(
    desk_approval *out, desk *d, const actor *who, int64_t approval_id, arena *a, err *e)
{
    looking w = {out, who};
    out->approval_id = approval_id;
    return store_read(office_store(d->office), approval_work, &w, a, e);
}

void desk_approval_json(json_out *o, const desk_approval *p)
{
    json_field_id(o, S("approval_id"), p->approval_id);
    json_field(o, S("kind"), p->kind);
    json_field_id_or_null(o, S("object_id"), p->object_id);
    json_field_id_or_null(o, S("person_id"), p->person_id);
    json_field(o, S("person_name"), mask_name(p->person_name, o->a));
    json_field(o, S("reason"), p->reason);
    json_field_money(o, S("amount"), p->amount_fen);
    json_field(o, S("state"), p->state);
    json_field(o, S("made_by_name"), p->made_by_name);
    json_field_moment(o, S("made_at"), p->made_at);
    json_field_text_or_null(o, S("decided_by_name"), p->decided_by_name);
    json_field_moment(o, S("decided_at"), p->decided_at);
    json_field_text_or_null(o, S("decision_note"), p->note);
    json_field_id_or_null(o, S("result_id"), p->result_id);
    json_key(o, S("body"));
    if (p->body.n && p->body.p[0] == '[') { /* lines to refund */
        json_open(o, '{');
        json_field_raw(o, S("lines"), p->body);
        json_close(o, '}');
    } else {
        json_raw(o, p->body.n ? p->body : S("{}"));
    }
}

bool desk_preview_body(desk_settlement *out, desk *d, const actor *who, str body, arena *a, err *e)
{
    desk_bill bill;
    json_reader *reader = desk_reader_take(d, e);
    if (!reader)
        return false;
    const json_node *doc = json_parse_copy(reader, body, a, e);
    bool ok = doc && desk_bill_read(&bill, doc, e) && desk_preview(out, d, who, &bill, a, e);
    desk_reader_give(d, reader);
    return ok;
}
