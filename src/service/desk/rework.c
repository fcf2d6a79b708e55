/* Taking back: a reversal undoes what a settlement moved; when later ones stand on it, they
 * are taken back too and settled again, in order, in the same transaction.  docs/adr/0010. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

#define CHAIN_MAX 200

typedef struct {
    desk *d;
    const actor *who;
    int64_t person_id, target_id;
    bool may_move_later;
    const json_node *first, *refund; /* lines to take back; NULL = all */
    str reason;
    json_reader *reader;
    desk_settlement *out; /* the reversal, or what replaces the target */
    int64_t result_id;
} rework;

/* The person's settlements from the target on, oldest first. */
typedef struct {
    desk_settlement *at[CHAIN_MAX];
    int count;
} chain;

static bool chain_load(chain *c, rework *w, store_job *job, arena *a, err *e)
{
    const store_value key[] = {STORE_N(w->person_id), STORE_N(w->target_id)};
    store_rows rows;
    *c = (chain){0};
    if (!store_query(job, SQL_DESK_CHAIN, key, 2, &rows, a, e))
        return false;
    if (rows.row_count == 0 || store_number(&rows, 0, 0) != w->target_id)
        return FAIL(e, ERR_REVERSED, "settlement %" PRId64, w->target_id);
    for (ptrdiff_t i = 0; i < rows.row_count; i++) {
        int64_t id = store_number(&rows, i, 0);
        if (i > 0 && id == store_number(&rows, i - 1, 0))
            continue; /* another part of it */
        if (c->count == CHAIN_MAX)
            return FAIL(e, ERR_TOO_LARGE, "more than %d settlements came later", CHAIN_MAX);
        c->at[c->count] = arena_new(a, desk_settlement, 1);
        if (!settlement_rows(c->at[c->count++], w->d, job, w->person_id, id, w->reader, a, e))
            return false;
    }
    if (c->count > 1 && !w->may_move_later)
        return FAIL(e, ERR_LATER_SETTLEMENTS, "%d later settlements of this person", c->count - 1);
    return true;
}

static desk_part header_again(const desk_part *was, int64_t id, int64_t now_ms, const actor *who)
{
    return (desk_part){.settlement_id = id,
                       .kind = S("settle"),
                       .bill_id = was->bill_id,
                       .visit_id = was->visit_id,
                       .person_id = was->person_id,
                       .provider_id = was->provider_id,
                       .bill_no = was->bill_no,
                       .visit_no = was->visit_no,
                       .person_name = was->person_name,
                       .area_code = was->area_code,
                       .channel = was->channel,
                       .scheme = was->scheme,
                       .visit_kind = was->visit_kind,
                       .admit_on = was->admit_on,
                       .settled_at = now_ms,
                       .settled_by = who->user_id,
                       .replaces_id = was->settlement_id,
                       .pack_id = was->pack->pack.id,
                       .pack_digest = was->pack->digest,
                       .pack = was->pack};
}

/* Takes back all of the chain, newest first. */
static bool chain_undo(const chain *c, rework *w, person_state *s, store_job *job, arena *a, err *e)
{
    for (int i = c->count - 1; i >= 0; i--) {
        const desk_settlement *was = c->at[i];
        int64_t id = store_new_id(store_of(job));
        for (int k = was->part_count - 1; k >= 0; k--)
            if (!state_apply(s, &was->part[k], true, a, e))
                return false;
        settlement_put_reversal(job, was, w->who, id, a);
        if (i == 0)
            w->result_id = id;
    }
    return true;
}

static bool again(desk_settlement *out,
                  const desk_part *was,
                  str document,
                  int64_t bill_id,
                  rework *w,
                  person_state *s,
                  store_job *job,
                  arena *a,
                  err *e)
{
    if (!was->pack)
        return FAIL(e, ERR_NO_POLICY, "pack %.*s is not loaded", STR_ARG(was->pack_id));
    int64_t id = store_new_id(store_of(job));
    desk_part header = header_again(was, id, store_now_ms(store_of(job)), w->who);
    header.bill_id = bill_id;
    if (!parts_settle(out, &header, s, w->reader, document, a, e))
        return false;
    settlement_put(job, out, w->who, a);
    s->last_settlement_id = id;
    return true;
}

/* ---- refunds ---- */

/* What is asked to go back of a line: 0 = nothing. */
static int64_t refund_of(const rework *w, int line_no, err *e)
{
    const json_node *n = w->first;
    for (ptrdiff_t i = w->refund - n + 1; i < w->refund->next; i = n[i].next) {
        int64_t number = 0, quantity_e4 = 0;
        for (ptrdiff_t k = i + 1; n[i].kind == JSON_OBJECT && k < n[i].next; k = n[k].next) {
            if (str_eq(n[k].key, S("line_no")))
                (void)decimal_parse(&number, n[k].text, 0, LINES_MAX);
            else if (str_eq(n[k].key, S("quantity")))
                (void)decimal_parse(&quantity_e4, n[k].text, 4, QUANTITY_E4_MAX);
        }
        if (number == line_no && quantity_e4 > 0)
            return quantity_e4;
        if (number == 0 || quantity_e4 == 0) {
            FAIL(e, ERR_BAD_VALUE, "a line to refund");
            err_field(e, S("lines"));
            err_expected(e, "{\"line_no\": 1, \"quantity\": 2}");
            return -1;
        }
    }
    return 0;
}

static const json_node *in_line(const json_node *doc, ptrdiff_t line, const char *name)
{
    for (ptrdiff_t i = line + 1; i < doc[line].next; i = doc[i].next)
        if (str_eq(doc[i].key, str_of(name)))
            return &doc[i];
    return NULL;
}

/* One line with less of it.  *kept = is anything left? */
static bool line_less(json_out *o,
                      const json_node *doc,
                      ptrdiff_t line,
                      int64_t back_e4,
                      int number,
                      bool *kept,
                      arena *a,
                      err *e)
{
    const json_node *quantity = in_line(doc, line, "quantity"),
                    *amount = in_line(doc, line, "amount");
    int64_t had_e4 = 10000;
    if (quantity && !decimal_parse(&had_e4, quantity->text, 4, QUANTITY_E4_MAX))
        return FAIL(e, ERR_INVARIANT, "a stored quantity cannot be read");
    if (back_e4 > had_e4) {
        FAIL(e, ERR_BAD_VALUE, "more than was billed");
        err_field(e, arena_printf(a, "lines[%d].quantity", number));
        err_expected(e, "at most %s", arena_str(a, quantity ? quantity->text : S("1")).p);
        return false;
    }
    *kept = had_e4 > back_e4;
    if (!*kept)
        return true;
    json_open(o, '{');
    for (ptrdiff_t i = line + 1; i < doc[line].next; i = doc[i].next) {
        if (&doc[i] == quantity || &doc[i] == amount)
            continue;
        json_key(o, doc[i].key);
        document_copy(o, doc, &doc[i]);
    }
    json_field_e4(o, S("quantity"), had_e4 - back_e4);
    if (amount) {
        money was;
        if (!money_parse(&was, amount->text))
            return FAIL(e, ERR_INVARIANT, "a stored amount cannot be read");
        json_field_money(o, S("amount"), mul_div_half_up_wide(was.fen, had_e4 - back_e4, had_e4));
    }
    json_close(o, '}');
    return true;
}

/* The document without what goes back.  *lines = how many are left. */
static bool document_less(str *out, int *lines, str document, rework *w, arena *a, err *e)
{
    const json_node *doc;
    int32_t count;
    int number = 0;
    str padded = document_padded(document, a);
    if (!json_parse(w->reader, padded, &doc, &count, e))
        return false;
    json_out o = json_out_new(a, document.n);
    *lines = 0;
    json_open(&o, '{');
    for (ptrdiff_t i = 1; i < doc->next; i = doc[i].next) {
        json_key(&o, doc[i].key);
        if (!str_eq(doc[i].key, S("lines"))) {
            document_copy(&o, doc, &doc[i]);
            continue;
        }
        json_open(&o, '[');
        for (ptrdiff_t k = i + 1; k < doc[i].next; k = doc[k].next) {
            int64_t back_e4 = refund_of(w, ++number, e);
            bool kept = true;
            if (back_e4 < 0)
                return false;
            if (back_e4 == 0)
                document_copy(&o, doc, &doc[k]);
            else if (!line_less(&o, doc, k, back_e4, number, &kept, a, e))
                return false;
            *lines += kept;
        }
        json_close(&o, ']');
    }
    json_close(&o, '}');
    *out = json_out_text(&o);
    return true;
}

static bool
refund(rework *w, const desk_part *was, person_state *s, store_job *job, arena *a, err *e)
{
    str document;
    int lines;
    assert(was);
    if (!document_less(&document, &lines, was->document, w, a, e))
        return false;
    if (lines == 0)
        return true; /* everything goes back: the reversal is all */
    int64_t bill_id = store_new_id(store_of(job));
    if (!again(w->out, was, document, bill_id, w, s, job, a, e))
        return false;
    const desk_part *p = &w->out->part[0];
    int64_t total_fen = 0;
    for (int i = 0; i < w->out->part_count; i++)
        total_fen += w->out->part[i].total_fen;
    const store_value bill[] = {
        STORE_N(p->person_id),  STORE_N(bill_id),        STORE_N(p->visit_id),
        STORE_T(p->bill_no),    STORE_N(p->provider_id), STORE_T(p->channel),
        STORE_T(p->service_on), STORE_N(lines),          STORE_N(total_fen),
        STORE_T(document),      STORE_N(p->settled_at),  STORE_N(w->who->user_id)};
    store_put(job, SQL_DESK_BILL_ADD, bill, COUNTOF(bill));
    lines_put(job, w->out);
    w->result_id = p->settlement_id;
    return true;
}

/* ---- the whole ---- */

static bool state_of_person(rework *w, person_state *s, store_job *job, arena *a, err *e)
{
    desk_person person;
    if (!head_ask(s, &person, job, w->person_id, true, a, e))
        return false;
    if (!actor_covers_area(w->who, person.area_code))
        return FAIL(e, ERR_NO_RIGHT, "a person of another area");
    const office_pack *governing = office_pack_of_area(w->d->office, person.area_code);
    if (!governing || !governing->pack.has_household)
        return true;
    int64_t home = person.household_id ? person.household_id : -w->person_id;
    return household_ask(s, job, home, true, a, e);
}

static bool rework_work(store_job *job, void *arg, arena *a, err *e)
{
    rework *w = arg;
    person_state *s = arena_new(a, person_state, 1);
    chain *c = arena_new(a, chain, 1);
    store_rows last;
    const store_value key[] = {STORE_N(w->person_id), STORE_N(w->target_id)};
    w->out->part_count = 0;
    if (!state_of_person(w, s, job, a, e) || !chain_load(c, w, job, a, e) ||
        !store_query(job, SQL_DESK_LAST_BEFORE, key, 2, &last, a, e) ||
        !chain_undo(c, w, s, job, a, e))
        return false;
    s->last_settlement_id = store_number(&last, 0, 0);
    if (w->refund && !refund(w, &c->at[0]->part[0], s, job, a, e))
        return false;
    for (int i = 1; i < c->count; i++) {
        const desk_part *was = &c->at[i]->part[0];
        desk_settlement *out = arena_new(a, desk_settlement, 1);
        if (!again(out, was, was->document, was->bill_id, w, s, job, a, e))
            return false;
    }
    state_put(job, s, a);
    json_out detail = json_out_new(a, 128);
    json_open(&detail, '{');
    json_field(&detail, S("reason"), w->reason);
    json_field_number(&detail, S("settled_again"), c->count - 1);
    json_close(&detail, '}');
    const char *action = w->refund ? "settlement.refund" : "settlement.reverse";
    audit_put(job, w->who, action, w->target_id, w->person_id, json_out_text(&detail), a);
    event_put(job, w->refund ? "settlement.refunded" : "settlement.reversed", &c->at[0]->part[0],
              a);
    return true;
}

/* ---- one's own, the same day ---- */

typedef struct {
    int64_t settlement_id, person_id, provider_id, settled_by, settled_at, total_fen;
    str kind, state, channel, area_code;
} summary;

static bool
summary_ask(summary *out, store_job *job, const actor *who, int64_t id, arena *a, err *e)
{
    const store_value key = STORE_N(id);
    store_rows r;
    if (!store_query(job, SQL_DESK_SETTLEMENT_PERSON, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, id);
    *out = (summary){id,
                     store_number(&r, 0, 0),
                     store_number(&r, 0, 1),
                     store_number(&r, 0, 2),
                     store_number(&r, 0, 3),
                     store_number(&r, 0, 9),
                     store_text(&r, 0, 4),
                     store_text(&r, 0, 5),
                     store_text(&r, 0, 6),
                     store_text(&r, 0, 7)};
    if (!actor_covers_area(who, out->area_code) ||
        (who->provider_id && who->provider_id != out->provider_id))
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, id);
    if (!str_eq(out->kind, S("settle")) || str_eq(out->state, S("reversed")))
        return FAIL(e, ERR_REVERSED, "settlement %" PRId64, id);
    return true;
}

typedef struct {
    summary *out;
    const actor *who;
    int64_t id;
} work_of_summary;

static bool summary_work(store_job *job, void *arg, arena *a, err *e)
{
    work_of_summary *w = arg;
    return summary_ask(w->out, job, w->who, w->id, a, e);
}

static bool summary_read(summary *out, desk *d, const actor *who, int64_t id, arena *a, err *e)
{
    work_of_summary w = {out, who, id};
    return store_read(office_store(d->office), summary_work, &w, a, e);
}

static bool reason_given(str reason, err *e)
{
    if (reason.n > 0 && reason.n <= 500)
        return true;
    FAIL(e, reason.n ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "a reason");
    err_field(e, S("reason"));
    err_expected(e, "why, up to 500 bytes");
    return false;
}

bool desk_reverse_own(desk_settlement *out,
                      desk *d,
                      const actor *who,
                      int64_t settlement_id,
                      str reason,
                      arena *a,
                      err *e)
{
    summary was;
    if (!reason_given(reason, e) || !summary_read(&was, d, who, settlement_id, a, e))
        return false;
    str today = day_of_moment(store_now_ms(office_store(d->office)), a);
    if (was.settled_by != who->user_id || !str_eq(day_of_moment(was.settled_at, a), today)) {
        FAIL(e, ERR_NO_RIGHT,
             "only one's own settlement of the same day; else ask a second person");
        return false;
    }
    rework *w = arena_new(a, rework, 1);
    *w = (rework){.d = d,
                  .who = who,
                  .person_id = was.person_id,
                  .target_id = settlement_id,
                  .reason = reason,
                  .out = out,
                  .reader = desk_reader_take(d, e)};
    if (!w->reader)
        return false;
    bool ok = store_write(office_store(d->office), (uint64_t)was.person_id, rework_work, w, a, e);
    desk_reader_give(d, w->reader);
    return ok && desk_load(out, d, who, w->result_id, a, e);
}

/* ---- asking a second person ---- */

typedef struct {
    const actor *who;
    summary was;
    const char *kind;
    str reason, body;
    int64_t approval_id;
} asking;

static bool ask_work(store_job *job, void *arg, arena *a, err *e)
{
    asking *w = arg;
    if (w->was.settlement_id) {
        const store_value object = STORE_N(w->was.settlement_id);
        store_rows open;
        if (!summary_ask(&w->was, job, w->who, w->was.settlement_id, a, e) ||
            !store_query(job, SQL_DESK_APPROVAL_OF, &object, 1, &open, a, e))
            return false;
        if (open.row_count)
            return FAIL(e, ERR_EXISTS, "approval %" PRId64 " is open already",
                        store_number(&open, 0, 0));
    }
    w->approval_id = store_new_id(store_of(job));
    const store_value row[] = {STORE_N(w->approval_id),   STORE_T(str_of(w->kind)),
                               STORE_N(w->was.person_id), STORE_N(w->was.settlement_id),
                               STORE_T(w->was.area_code), STORE_T(w->reason),
                               STORE_T(w->body),          STORE_N(w->was.total_fen),
                               STORE_N(w->who->user_id),  STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_DESK_APPROVAL_ADD, row, COUNTOF(row));
    access_audit(job, w->who, S("approval.ask"),
                 arena_printf(a, "approval %" PRId64, w->approval_id), w->was.person_id, S("{}"),
                 S("ok"));
    return true;
}

static bool ask(int64_t *approval_id, desk *d, asking *w, arena *a, err *e)
{
    *approval_id = 0;
    if (!store_write(office_store(d->office), (uint64_t)w->was.person_id, ask_work, w, a, e))
        return false;
    *approval_id = w->approval_id;
    return true;
}

bool desk_ask_reverse(int64_t *approval_id,
                      desk *d,
                      const actor *who,
                      int64_t settlement_id,
                      str reason,
                      arena *a,
                      err *e)
{
    asking w = {.who = who, .kind = "reverse", .reason = reason};
    return reason_given(reason, e) && summary_read(&w.was, d, who, settlement_id, a, e) &&
           ask(approval_id, d, &w, a, e);
}

bool desk_ask_refund(int64_t *approval_id,
                     desk *d,
                     const actor *who,
                     int64_t settlement_id,
                     str reason,
                     const json_node *first,
                     const json_node *lines,
                     arena *a,
                     err *e)
{
    asking w = {.who = who, .kind = "refund", .reason = reason};
    json_out body = json_out_new(a, 256);
    if (!lines || lines->kind != JSON_LIST || lines->next == lines - first + 1) {
        FAIL(e, ERR_MISSING_FIELD, "no lines to refund");
        err_field(e, S("lines"));
        err_expected(e, "[{\"line_no\": 1, \"quantity\": 2}]");
        return false;
    }
    rework checked = {.first = first, .refund = lines};
    if (refund_of(&checked, -1, e) < 0)
        return false;
    document_copy(&body, first, lines);
    w.body = json_out_text(&body);
    return reason_given(reason, e) && summary_read(&w.was, d, who, settlement_id, a, e) &&
           ask(approval_id, d, &w, a, e);
}

bool desk_ask_manual(int64_t *approval_id,
                     desk *d,
                     const actor *who,
                     const desk_bill *bill,
                     str body,
                     arena *a,
                     err *e)
{
    desk_settlement *would = arena_new(a, desk_settlement, 1);
    if (!desk_preview(would, d, who, bill, a, e))
        return false; /* what cannot be settled need not be approved */
    asking w = {
        .who = who, .kind = "manual", .reason = S("手工报销 late paper claim"), .body = body};
    w.was.person_id = bill->person_id;
    w.was.area_code = would->part[0].area_code;
    for (int i = 0; i < would->part_count; i++)
        w.was.total_fen += would->part[i].total_fen;
    return ask(approval_id, d, &w, a, e);
}

/* ---- deciding ---- */

typedef struct {
    str kind, area_code, reason, body, state;
    int64_t approval_id, person_id, object_id, made_by;
} approval;

static bool approval_ask(approval *out, store_job *job, int64_t id, bool lock, arena *a, err *e)
{
    const store_value key = STORE_N(id);
    store_rows r;
    if (!store_query(job, lock ? SQL_DESK_APPROVAL_LOCK : SQL_DESK_APPROVAL_GET, &key, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no approval %" PRId64, id);
    *out = (approval){store_text(&r, 0, 0),   store_text(&r, 0, 3),   store_text(&r, 0, 4),
                      store_text(&r, 0, 5),   store_text(&r, 0, 6),   id,
                      store_number(&r, 0, 1), store_number(&r, 0, 2), store_number(&r, 0, 7)};
    return str_eq(out->state, S("open")) || FAIL(e, ERR_NOT_OPEN, "approval %" PRId64, id);
}

static bool may_decide(const approval *p, const actor *who, desk_decision decision, err *e)
{
    right needed = str_eq(p->kind, S("manual")) ? RIGHT_SETTLEMENT_MANUAL_APPROVE
                                                : RIGHT_SETTLEMENT_REVERSE_APPROVE;
    if (decision == DECIDE_WITHDRAW)
        return p->made_by == who->user_id || FAIL(e, ERR_NO_RIGHT, "only who asked may withdraw");
    if (!actor_may(who, needed)) {
        err_expected(e, "%s", right_word(needed));
        return FAIL(e, ERR_NO_RIGHT, "not yours to decide");
    }
    if (!actor_covers_area(who, p->area_code))
        return FAIL(e, ERR_NO_RIGHT, "another area");
    return p->made_by != who->user_id || FAIL(e, ERR_SAME_PERSON, "you asked for it yourself");
}

typedef struct {
    desk *d;
    const actor *who;
    approval p;
    desk_decision decision;
    str note;
    json_reader *body_reader;
    rework *rework;
    int64_t result_id;
} deciding;

static bool decide_effect(store_job *job, deciding *w, arena *a, err *e)
{
    if (str_eq(w->p.kind, S("manual"))) {
        desk_settlement *out = arena_new(a, desk_settlement, 1);
        return settle_in_job(job, w->d, w->who, w->body_reader, w->rework->reader, w->p.body, out,
                             &w->result_id, a, e);
    }
    rework *r = w->rework;
    const json_node *lines = NULL;
    int32_t count;
    if (str_eq(w->p.kind, S("refund"))) {
        str padded = document_padded(w->p.body, a);
        if (!json_parse(w->body_reader, padded, &lines, &count, e))
            return false;
    }
    r->first = r->refund = lines;
    r->person_id = w->p.person_id;
    r->target_id = w->p.object_id;
    r->reason = w->p.reason;
    bool ok = rework_work(job, r, a, e);
    w->result_id = r->result_id;
    return ok;
}

static bool decide_work(store_job *job, void *arg, arena *a, err *e)
{
    deciding *w = arg;
    static const char *const states[] = {[DECIDE_APPROVE] = "approved",
                                         [DECIDE_REFUSE] = "refused",
                                         [DECIDE_WITHDRAW] = "withdrawn"};
    w->result_id = 0;
    if (!approval_ask(&w->p, job, w->p.approval_id, true, a, e) ||
        !may_decide(&w->p, w->who, w->decision, e))
        return false;
    if (w->decision == DECIDE_APPROVE && !decide_effect(job, w, a, e))
        return false;
    const store_value row[] = {STORE_N(w->p.approval_id), STORE_T(str_of(states[w->decision])),
                               STORE_N(w->who->user_id),  STORE_N(store_now_ms(store_of(job))),
                               STORE_T(w->note),          STORE_N(w->result_id)};
    store_put_one(job, SQL_DESK_APPROVAL_DECIDE, row, COUNTOF(row));
    access_audit(job, w->who, arena_printf(a, "approval.%s", states[w->decision]),
                 arena_printf(a, "approval %" PRId64, w->p.approval_id), w->p.person_id, S("{}"),
                 S("ok"));
    return true;
}

static bool approval_work(store_job *job, void *arg, arena *a, err *e)
{
    deciding *w = arg;
    return approval_ask(&w->p, job, w->p.approval_id, false, a, e) &&
           may_decide(&w->p, w->who, w->decision, e);
}

bool desk_decide(int64_t *result_id,
                 desk *d,
                 const actor *who,
                 int64_t approval_id,
                 desk_decision decision,
                 str note,
                 arena *a,
                 err *e)
{
    store *st = office_store(d->office);
    deciding *w = arena_new(a, deciding, 1);
    *w = (deciding){.d = d, .who = who, .decision = decision, .note = note};
    w->p.approval_id = approval_id;
    w->rework = arena_new(a, rework, 1);
    *w->rework = (rework){.d = d, .who = who, .may_move_later = true};
    w->rework->out = arena_new(a, desk_settlement, 1);
    *result_id = 0;
    if (note.n > 500)
        return FAIL(e, ERR_TOO_LARGE, "the note is longer than 500 bytes");
    if (!store_read(st, approval_work, w, a, e)) /* whose lane is it? */
        return false;
    w->body_reader = desk_reader_take(d, e);
    w->rework->reader = w->body_reader ? desk_reader_take(d, e) : NULL;
    bool ok = w->rework->reader && store_write(st, (uint64_t)w->p.person_id, decide_work, w, a, e);
    if (w->rework->reader)
        desk_reader_give(d, w->rework->reader);
    if (w->body_reader)
        desk_reader_give(d, w->body_reader);
    *result_id = w->result_id;
    return ok;
}
