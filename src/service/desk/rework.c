/* Taking back: a reversal undoes what a settlement moved; when later ones stand on it, they
 * are taken back too and settled again, in order, in the same transaction.  docs/adr/0010. */
#include "service/desk/desk_internal.h"
#include "service/filing/filing.h"

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
    int64_t home[CHAIN_MAX]; /* the household it counted in; 0 = it moved nothing there */
    int count;
} chain;

static bool moved_household(const desk_settlement *s)
{
    for (int k = 0; k < s->part_count; k++)
        for (ptrdiff_t i = 0; i < s->part[k].change_count; i++)
            if (str_eq(s->part[k].change[i].home, S("household")))
                return true;
    return false;
}

bool settlement_household(
    int64_t *home, const desk_settlement *s, json_reader *reader, arena *a, err *e)
{
    *home = 0;
    if (!moved_household(s))
        return true;
    if (!document_household(home, reader, s->part[0].document, a, e))
        return false;
    *home = *home ? *home : -s->part[0].person_id;
    return true;
}

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
        desk_settlement *at = c->at[c->count];
        if (!settlement_rows(at, w->d, job, w->person_id, id, w->reader, a, e) ||
            !settlement_household(&c->home[c->count], at, w->reader, a, e))
            return false;
        c->count++;
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
                       .disease = was->disease,
                       .admit_on = was->admit_on,
                       .between = was->between,
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
        int64_t id = store_new_id_after(store_of(job), s->last_settlement_id);
        s->last_settlement_id = id;
        if (c->home[i] && !household_ask(s, job, c->home[i], true, a, e))
            return false;
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
    if (!was->pack || !str_eq(was->pack->digest, was->pack_digest))
        return FAIL(e, ERR_NO_POLICY, "pack %.*s is not here as it was on that day",
                    STR_ARG(was->pack_id));
    int64_t id = store_new_id_after(store_of(job), s->last_settlement_id), home;
    if (was->pack->pack.has_household &&
        (!document_household(&home, w->reader, document, a, e) ||
         !household_ask(s, job, home ? home : -was->person_id, true, a, e)))
        return false;
    desk_part header = header_again(was, id, store_now_ms(store_of(job)), w->who);
    header.bill_id = bill_id;
    if (!parts_settle(out, &header, s, w->reader, document, a, e))
        return false;
    settlement_put(job, out, w->who, a);
    policies_put(job, w->d, out);
    s->last_settlement_id = id;
    return true;
}

/* ---- refunds ---- */

static bool refund_wrong(err *e)
{
    FAIL(e, ERR_BAD_VALUE, "a line to refund");
    err_field(e, S("lines"));
    err_expected(e, "[{\"line_no\": 1, \"quantity\": 2}], each line of the bill once");
    return false;
}

static bool
refund_read(int64_t *line_no, int64_t *quantity_e4, const json_node *first, ptrdiff_t at, err *e)
{
    int members = 0;
    *line_no = *quantity_e4 = 0;
    for (ptrdiff_t k = at + 1; first[at].kind == JSON_OBJECT && k < first[at].next;
         k = first[k].next, members++) {
        bool ok = false;
        if (str_eq(first[k].key, S("line_no")))
            ok = decimal_parse(line_no, first[k].text, 0, LINES_MAX);
        else if (str_eq(first[k].key, S("quantity")))
            ok = decimal_parse(quantity_e4, first[k].text, 4, QUANTITY_E4_MAX);
        if (!ok)
            return refund_wrong(e);
    }
    return (members == 2 && *line_no > 0 && *quantity_e4 > 0) || refund_wrong(e);
}

/* What is asked to go back of a line: 0 = nothing, -1 = it cannot be read.  Each line stands once,
 * and none that the bill (of so many lines) does not have. */
static int64_t refund_of(const rework *w, int line_no, ptrdiff_t lines, err *e)
{
    const json_node *n = w->first;
    int64_t back_e4 = 0;
    for (ptrdiff_t i = w->refund - n + 1; i < w->refund->next; i = n[i].next) {
        int64_t number, quantity_e4;
        if (!refund_read(&number, &quantity_e4, n, i, e))
            return -1;
        if (number > lines || (number == line_no && back_e4)) {
            refund_wrong(e);
            return -1;
        }
        if (number == line_no)
            back_e4 = quantity_e4;
    }
    return back_e4;
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
    int number = 0;
    const json_node *doc = json_parse_copy(w->reader, document, a, e);
    if (!doc)
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
        ptrdiff_t billed = 0;
        for (ptrdiff_t k = i + 1; k < doc[i].next; k = doc[k].next)
            billed++;
        for (ptrdiff_t k = i + 1; k < doc[i].next; k = doc[k].next) {
            int64_t back_e4 = refund_of(w, ++number, billed, e);
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
    w->result_id = p->settlement_id;
    return true;
}

/* ---- the whole ---- */

static bool state_of_person(rework *w, person_state *s, store_job *job, arena *a, err *e)
{
    desk_person person;
    return head_ask(s, &person, job, w->person_id, true, a, e); /* whose it is was looked at */
}

static bool rework_work(store_job *job, void *arg, arena *a, err *e)
{
    rework *w = arg;
    person_state *s = arena_new(a, person_state, 1);
    chain *c = arena_new(a, chain, 1);
    w->out->part_count = 0;
    if (!state_of_person(w, s, job, a, e) || !chain_load(c, w, job, a, e) ||
        !chain_undo(c, w, s, job, a, e))
        return false;
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
    int64_t settlement_id, person_id, provider_id, settled_by, settled_at, replaces_id, total_fen;
    str kind, state, channel;
    str area_code; /* of the office that settled it */
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
                     store_number(&r, 0, 8),
                     store_number(&r, 0, 9),
                     store_text(&r, 0, 4),
                     store_text(&r, 0, 5),
                     store_text(&r, 0, 6),
                     store_text(&r, 0, 10).n ? store_text(&r, 0, 10) : store_text(&r, 0, 7)};
    if (!settlement_covered(who, &r) || (who->provider_id && who->provider_id != out->provider_id))
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
    summary was = {0};
    if (!reason_given(reason, e) || !summary_read(&was, d, who, settlement_id, a, e))
        return false;
    str today = day_of_moment(store_now_ms(office_store(d->office)), a);
    /* Whoever approves settles for somebody else: two decided it, one may not take it back. */
    if (was.replaces_id || str_eq(was.channel, S(CHANNEL_MANUAL)) ||
        was.settled_by != who->user_id || !str_eq(day_of_moment(was.settled_at, a), today)) {
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
    str key, digest; /* "" = no idempotency wanted */
    int64_t approval_id;
    bool only_look; /* was it asked before? */
} asking;

static bool asked_before(asking *w, store_job *job, arena *a, err *e)
{
    const store_value message[] = {STORE_T(w->who->login), STORE_T(w->key)};
    store_rows answer;
    w->approval_id = 0;
    return w->key.n == 0 || (store_query(job, SQL_DESK_ANSWER_GET, message, 2, &answer, a, e) &&
                             answer_of_message(&w->approval_id, &answer, w->digest, e));
}

static bool ask_work(store_job *job, void *arg, arena *a, err *e)
{
    asking *w = arg;
    if (!asked_before(w, job, a, e))
        return false;
    if (w->approval_id || w->only_look)
        return true;
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
    answer_put(job, w->who, w->key, w->digest, 202, w->was.person_id, w->approval_id, a);
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

/* Nobody is to approve what cannot be done. */
static bool refund_fits(desk *d,
                        const actor *who,
                        int64_t settlement_id,
                        const json_node *first,
                        const json_node *lines,
                        arena *a,
                        err *e)
{
    desk_settlement *s = arena_new(a, desk_settlement, 1);
    rework asked = {.first = first, .refund = lines};
    str document;
    int left;
    if (!desk_load(s, d, who, settlement_id, a, e))
        return false;
    asked.reader = desk_reader_take(d, e);
    if (!asked.reader)
        return false;
    bool ok = document_less(&document, &left, s->part[0].document, &asked, a, e);
    desk_reader_give(d, asked.reader);
    return ok;
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
    document_copy(&body, first, lines);
    w.body = json_out_text(&body);
    return reason_given(reason, e) && summary_read(&w.was, d, who, settlement_id, a, e) &&
           refund_fits(d, who, settlement_id, first, lines, a, e) && ask(approval_id, d, &w, a, e);
}

/* Paper can be handed in twice: its number tells. */
static bool paper_is_new(store_job *job, void *arg, arena *a, err *e)
{
    const desk_bill *bill = arg;
    const store_value key[] = {STORE_N(bill->person_id), STORE_N(bill->provider_id),
                               STORE_T(bill->bill_no)};
    store_rows rows;
    if (!store_query(job, SQL_DESK_BILL_BY_NO, key, 3, &rows, a, e))
        return false;
    if (rows.row_count)
        FAIL(e, ERR_EXISTS, "this bill is settled already");
    else if (bill->bill_no.n == 0)
        FAIL(e, ERR_MISSING_FIELD, "a paper claim without the number of its bill");
    else
        return true;
    err_field(e, S("bill_no"));
    err_expected(e, "the number that is printed on the bill");
    return false;
}

bool desk_ask_manual(int64_t *approval_id,
                     bool *replayed,
                     desk *d,
                     const actor *who,
                     const desk_bill *bill,
                     str key,
                     str body,
                     arena *a,
                     err *e)
{
    store *st = office_store(d->office);
    asking w = {.who = who,
                .kind = "manual",
                .reason = S("手工报销 late paper claim"),
                .body = body,
                .key = key,
                .only_look = true};
    /* through the writer: what is answered again has to be on the disk */
    if (!sm3_of(&w.digest, body, a, e) ||
        !store_write(st, (uint64_t)bill->person_id, ask_work, &w, a, e))
        return false;
    *approval_id = w.approval_id;
    *replayed = w.approval_id != 0;
    if (*replayed)
        return true;
    desk_settlement *would = arena_new(a, desk_settlement, 1);
    desk_bill paper = *bill;
    if (!store_read(st, paper_is_new, &paper, a, e) || !desk_preview(would, d, who, bill, a, e))
        return false; /* what cannot be settled need not be approved */
    w.only_look = false;
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
    right needed = str_eq(p->kind, S("manual"))   ? RIGHT_SETTLEMENT_MANUAL_APPROVE
                   : str_eq(p->kind, S("filing")) ? RIGHT_FILING_DECIDE
                                                  : RIGHT_SETTLEMENT_REVERSE_APPROVE;
    if (decision == DECIDE_WITHDRAW)
        return p->made_by == who->user_id || FAIL(e, ERR_NO_RIGHT, "only who asked may withdraw");
    if (!actor_may(who, needed)) {
        err_expected(e, "%s", right_word(needed));
        return FAIL(e, ERR_NO_RIGHT, "not yours to decide");
    }
    if (!actor_covers_area(who, p->area_code) || who->provider_id)
        return FAIL(e, ERR_NO_RIGHT, "another area, or a provider's user");
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
    if (str_eq(w->p.kind, S("filing")))
        return filing_decide(job, w->who, w->p.person_id, w->p.object_id,
                             w->decision == DECIDE_APPROVE, w->note, a, e);
    if (str_eq(w->p.kind, S("manual"))) {
        desk_settlement *out = arena_new(a, desk_settlement, 1);
        return settle_in_job(job, w->d, w->who, w->body_reader, w->rework->reader, w->p.body, out,
                             &w->result_id, a, e);
    }
    rework *r = w->rework;
    const json_node *lines = NULL;
    if (str_eq(w->p.kind, S("refund")) &&
        !(lines = json_parse_copy(w->body_reader, w->p.body, a, e)))
        return false;
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
    bool moves = w->decision == DECIDE_APPROVE || str_eq(w->p.kind, S("filing"));
    if (moves && !decide_effect(job, w, a, e))
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
