/* The desk inside somebody else's job: what a message settles and that it was answered belong
 * together. */
#include "service/desk/desk_internal.h"

typedef struct {
    json_reader *body, *document;
} two_readers;

static bool readers_take(two_readers *r, desk *d, err *e)
{
    r->body = desk_reader_take(d, e);
    r->document = r->body ? desk_reader_take(d, e) : NULL;
    if (r->body && !r->document)
        desk_reader_give(d, r->body);
    return r->document != NULL;
}

static void readers_give(const two_readers *r, desk *d)
{
    desk_reader_give(d, r->body);
    desk_reader_give(d, r->document);
}

bool desk_settle_in(desk_settlement *out,
                    int64_t *settlement_id,
                    store_job *job,
                    desk *d,
                    const actor *who,
                    str body,
                    arena *a,
                    err *e)
{
    two_readers r;
    if (!readers_take(&r, d, e))
        return false;
    bool ok = settle_in_job(job, d, who, r.body, r.document, body, out, settlement_id, a, e);
    readers_give(&r, d);
    return ok;
}

/* ---- what would be paid ---- */

static bool household_of(person_state *s,
                         const desk_person *person,
                         const office_pack *p,
                         store_job *job,
                         bool lock,
                         arena *a,
                         err *e)
{
    if (!p || !p->pack.has_household)
        return true;
    int64_t home = person->household_id ? person->household_id : -person->person_id;
    return household_ask(s, job, home, lock, a, e);
}

static bool preview(desk_settlement *out,
                    store_job *job,
                    desk *d,
                    const actor *who,
                    const desk_bill *bill,
                    json_reader *reader,
                    arena *a,
                    err *e)
{
    desk_case *c = arena_new(a, desk_case, 1);
    person_state *s = arena_new(a, person_state, 1);
    str document;
    if (!case_open(c, d, who, bill, a, e) ||
        !head_ask(s, &c->person, job, bill->person_id, false, a, e))
        return false;
    if (c->bill.bill_no.n == 0)
        c->bill.bill_no = S("-");
    if (c->visit_no.n == 0)
        c->visit_no = c->bill.bill_no;
    if (!case_document(&document, c, d, a, e) ||
        !household_of(s, &c->person, c->pack, job, false, a, e))
        return false;
    desk_part header = {.kind = S("settle"),
                        .person_id = c->person.person_id,
                        .provider_id = c->provider.provider_id,
                        .bill_no = c->bill.bill_no,
                        .visit_no = c->visit_no,
                        .person_name = c->person.name,
                        .provider_name = c->provider.name,
                        .area_code = c->person.area_code,
                        .channel = c->bill.channel,
                        .scheme = c->scheme,
                        .visit_kind = c->visit_kind,
                        .admit_on = c->admit_on,
                        .settled_at = store_now_ms(store_of(job)),
                        .settled_by = who->user_id,
                        .pack_id = c->pack->pack.id,
                        .pack_digest = c->pack->digest,
                        .pack = c->pack};
    return parts_settle(out, &header, s, reader, document, a, e);
}

bool desk_preview_in(
    desk_settlement *out, store_job *job, desk *d, const actor *who, str body, arena *a, err *e)
{
    two_readers r;
    desk_bill *bill = arena_new(a, desk_bill, 1);
    const json_node *doc;
    int32_t count;
    str padded = arena_printf(a, "%.*s%*s", STR_ARG(body), JSON_PADDING_BYTES, "");
    padded.n = body.n;
    if (!readers_take(&r, d, e))
        return false;
    bool ok = json_parse(r.body, padded, &doc, &count, e) && desk_bill_read(bill, doc, e) &&
              preview(out, job, d, who, bill, r.document, a, e);
    readers_give(&r, d);
    return ok;
}

/* ---- looking ---- */

bool desk_load_in(desk_settlement *out,
                  store_job *job,
                  desk *d,
                  const actor *who,
                  int64_t settlement_id,
                  arena *a,
                  err *e)
{
    const store_value id = STORE_N(settlement_id);
    store_rows r;
    if (!store_query(job, SQL_DESK_SETTLEMENT_PERSON, &id, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || (who->provider_id && who->provider_id != store_number(&r, 0, 1)))
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, settlement_id);
    json_reader *reader = desk_reader_take(d, e);
    if (!reader)
        return false;
    bool ok = settlement_rows(out, d, job, store_number(&r, 0, 0), settlement_id, reader, a, e);
    desk_reader_give(d, reader);
    return ok;
}

bool desk_account_in(int64_t *fen, store_job *job, int64_t person_id, arena *a, err *e)
{
    person_state *s = arena_new(a, person_state, 1);
    desk_person person;
    *fen = 0;
    if (!head_ask(s, &person, job, person_id, false, a, e))
        return false;
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        if (!str_eq(str_of(account_names[i]), S("family")))
            *fen += s->account_fen[i];
    return true;
}

/* ---- taking back at the provider's door ---- */

/* What came later has to go first: told by number, the last one first. */
static bool is_last(store_job *job, const desk_part *p, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(p->person_id), STORE_N(p->settlement_id)};
    store_rows later;
    if (!store_query(job, SQL_DESK_LATER, key, 2, &later, a, e))
        return false;
    if (later.row_count == 0)
        return true;
    char list[200];
    text_buffer t = {list, 0, sizeof list, false};
    for (ptrdiff_t i = 0; i < later.row_count && i < 8; i++) {
        bool own = store_number(&later, i, 1) == who->provider_id;
        text_printf(&t, "%s%" PRId64 "%s", i ? ", " : "", store_number(&later, i, 0),
                    own ? "" : " (another provider)");
    }
    err_field(e, S("setl_id"));
    return FAIL(e, ERR_LATER_SETTLEMENTS, "take back first, in this order: %.*s", (int)t.n, t.p);
}

static bool take_back(const desk_settlement *was,
                      int64_t reversal_id,
                      store_job *job,
                      desk *d,
                      const actor *who,
                      str reason,
                      arena *a,
                      err *e)
{
    const desk_part *first = &was->part[0];
    person_state *s = arena_new(a, person_state, 1);
    desk_person person;
    if (!head_ask(s, &person, job, first->person_id, true, a, e) ||
        !is_last(job, first, who, a, e) ||
        !household_of(s, &person, office_pack_of_area(d->office, person.area_code), job, true, a,
                      e))
        return false;
    s->last_settlement_id = reversal_id;
    for (int k = was->part_count - 1; k >= 0; k--)
        if (!state_apply(s, &was->part[k], true, a, e))
            return false;
    settlement_put_reversal(job, was, who, reversal_id, a);
    state_put(job, s, a);
    json_out detail = json_out_new(a, 128);
    json_open(&detail, '{');
    json_field(&detail, S("reason"), reason);
    json_close(&detail, '}');
    audit_put(job, who, "settlement.reverse", first->settlement_id, first->person_id,
              json_out_text(&detail), a);
    event_put(job, "settlement.reversed", first, a);
    return true;
}

bool desk_take_back_in(desk_settlement *was,
                       int64_t *reversal_id,
                       store_job *job,
                       desk *d,
                       const actor *who,
                       int64_t settlement_id,
                       str reason,
                       arena *a,
                       err *e)
{
    const store_value id = STORE_N(settlement_id);
    store_rows owner, head;
    if (!store_query(job, SQL_DESK_SETTLEMENT_PERSON, &id, 1, &owner, a, e))
        return false;
    if (owner.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, settlement_id);
    const store_value person = STORE_N(store_number(&owner, 0, 0));
    if (!store_query(job, SQL_DESK_HEAD_LOCK, &person, 1, &head, a, e) || /* before its state */
        !desk_load_in(was, job, d, who, settlement_id, a, e))
        return false;
    const desk_part *p = &was->part[0];
    if (!str_eq(p->kind, S("settle")) || str_eq(p->state, S("reversed")))
        return FAIL(e, ERR_REVERSED, "settlement %" PRId64, settlement_id);
    if (who->provider_id != p->provider_id)
        return FAIL(e, ERR_NO_RIGHT, "another provider's settlement");
    *reversal_id =
        store_new_id_after(store_of(job), head.row_count ? store_number(&head, 0, 1) : 0);
    return take_back(was, *reversal_id, job, d, who, reason, a, e);
}
