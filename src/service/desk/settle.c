/* Preview and settle: load, decide, save. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

/* ---- the desk ---- */

bool desk_open(desk **out, office *o, err *e)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the desk");
    (*out)->office = o;
    pthread_mutex_init(&(*out)->lock, NULL);
    return true;
}

void desk_close(desk *d)
{
    if (!d)
        return;
    for (int i = 0; i < d->reader_count; i++)
        json_reader_free(d->reader[i]);
    versions_free(d);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

json_reader *desk_reader_take(desk *d, err *e)
{
    json_reader *r = NULL;
    pthread_mutex_lock(&d->lock);
    if (d->reader_count > 0)
        r = d->reader[--d->reader_count];
    pthread_mutex_unlock(&d->lock);
    if (!r)
        r = json_reader_new();
    if (!r)
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for reading JSON");
    return r;
}

void desk_reader_give(desk *d, json_reader *r)
{
    pthread_mutex_lock(&d->lock);
    bool kept = d->reader_count < READERS_MAX;
    if (kept)
        d->reader[d->reader_count++] = r;
    pthread_mutex_unlock(&d->lock);
    if (!kept)
        json_reader_free(r);
}

/* ---- loading ---- */

int head_asks(store_ask *ask, head_rows *rows, const store *s, int64_t person_id, bool lock)
{
    int count = 0;
    *rows = (head_rows){.key = STORE_N(person_id)};
    if (lock && store_is_postgres(s)) { /* SQLite locks the whole file */
        ask[count++] = (store_ask){SQL_DESK_HEAD_MAKE, &rows->key, 1, &rows->unused};
        ask[count++] = (store_ask){SQL_DESK_HEAD_LOCK, &rows->key, 1, &rows->unused};
    }
    ask[count++] = (store_ask){SQL_DESK_STATE, &rows->key, 1, &rows->state};
    ask[count++] = (store_ask){SQL_DESK_PERSON, &rows->key, 1, &rows->who};
    ask[count++] = (store_ask){SQL_DESK_DATED, &rows->key, 1, &rows->dated};
    return count;
}

/* As what, kind, from_on; a handful of rows. */
static void dated_sort(store_rows *r)
{
    enum { WHAT = 0, KIND = 1, FROM = 3, COLUMNS = 6 };
    for (ptrdiff_t i = 1; i < r->row_count; i++) {
        for (ptrdiff_t k = i; k > 0; k--) {
            store_value *x = r->cell + (k - 1) * COLUMNS, *y = x + COLUMNS, row[COLUMNS];
            int order = str_cmp(x[WHAT].text, y[WHAT].text);
            order = order ? order : str_cmp(x[KIND].text, y[KIND].text);
            order = order ? order : str_cmp(x[FROM].text, y[FROM].text);
            if (order <= 0)
                break;
            memcpy(row, x, sizeof row);
            memcpy(x, y, sizeof row);
            memcpy(y, row, sizeof row);
        }
    }
}

bool head_take(person_state *s, desk_person *person, head_rows *rows, arena *a, err *e)
{
    const store_rows *who = &rows->who;
    dated_sort(&rows->dated);
    if (who->row_count == 0) {
        FAIL(e, ERR_NOT_FOUND, "no such person");
        err_field(e, S("person_id"));
        return false;
    }
    *person = (desk_person){.person_id = rows->key.number,
                            .area_code = store_text(who, 0, 0),
                            .name = store_text(who, 0, 1),
                            .sex = store_text(who, 0, 2),
                            .birth_on = store_text(who, 0, 3),
                            .death_on = store_text(who, 0, 4),
                            .household_id = store_number(who, 0, 5),
                            .dated = &rows->dated};
    return state_load(s, rows->key.number, &rows->state, a, e);
}

bool head_ask(person_state *s,
              desk_person *person,
              store_job *job,
              int64_t person_id,
              bool lock,
              arena *a,
              err *e)
{
    store_ask ask[HEAD_ASKS];
    head_rows *rows = arena_new(a, head_rows, 1);
    int count = head_asks(ask, rows, store_of(job), person_id, lock);
    return store_query_all(job, ask, count, a, e) && head_take(s, person, rows, a, e);
}

bool household_ask(
    person_state *s, store_job *job, int64_t household_id, bool lock, arena *a, err *e)
{
    /* Ids of persons and numbers of households are not to meet in one table. */
    const store_value key = STORE_N(household_id > 0 ? -household_id : INT64_MIN - household_id);
    store_rows unused, state;
    if (state_household_again(s, key.number))
        return true;
    const store_ask ask[] = {{SQL_DESK_HOUSEHOLD_MAKE, &key, 1, &unused},
                             {SQL_DESK_HEAD_LOCK, &key, 1, &unused},
                             {SQL_DESK_STATE, &key, 1, &state}};
    int skip = lock && store_is_postgres(store_of(job)) ? 0 : 2;
    return store_query_all(job, ask + skip, (int)COUNTOF(ask) - skip, a, e) &&
           state_load_household(s, key.number, &state, a, e);
}

/* ---- deciding ---- */

typedef struct {
    desk *d;
    const actor *who;
    const desk_bill *bill;
    desk_case c;
    desk_settlement *out;
    json_reader *reader;
    str key, digest; /* "" = no idempotency wanted */
    bool *replayed;
    int64_t replayed_id;
    person_state state;
    head_rows rows; /* asked for before the work begins, if there is a key */
    store_rows answer;
    store_value message[2];
    int64_t visit_id, bill_id;
    bool visit_is_new, only_lines;
} work_of_settling;

static desk_part header_of(const work_of_settling *w, int64_t settlement_id, int64_t now_ms)
{
    const desk_case *c = &w->c;
    return (desk_part){.settlement_id = settlement_id,
                       .kind = S("settle"),
                       .bill_id = w->bill_id,
                       .visit_id = w->visit_id,
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
                       .disease = c->disease,
                       .admit_on = c->admit_on,
                       .between = c->between,
                       .settled_at = now_ms,
                       .settled_by = w->who->user_id,
                       .pack_id = c->pack->pack.id,
                       .pack_digest = c->pack->digest,
                       .pack = c->pack,
                       .only_lines = w->only_lines};
}

/* Load, decide: fills w->out from what the database holds; writes nothing. */
static bool decide(work_of_settling *w, store_job *job, bool lock, arena *a, err *e)
{
    store *st = store_of(job);
    str document;
    if (!case_open(&w->c, w->d, w->who, w->bill, a, e))
        return false;
    if (w->key.n ? !head_take(&w->state, &w->c.person, &w->rows, a, e)
                 : !head_ask(&w->state, &w->c.person, job, w->bill->person_id, lock, a, e))
        return false;
    w->out->dated = w->c.person.dated;
    w->out->account_fen = own_accounts(&w->state);
    w->bill_id = store_new_id(st);
    if (w->c.bill.bill_no.n == 0)
        w->c.bill.bill_no = arena_printf(a, "%" PRId64, w->bill_id);
    if (w->c.visit_no.n == 0)
        w->c.visit_no = w->c.bill.bill_no;
    if (!case_document(&document, &w->c, w->d, job, a, e))
        return false;
    if (w->c.pack->pack.has_household) {
        int64_t home = w->c.person.household_id ? w->c.person.household_id : -w->bill->person_id;
        if (!household_ask(&w->state, job, home, lock, a, e))
            return false;
    }
    desk_part header = header_of(w, 0, store_now_ms(st));
    return parts_settle(w->out, &header, &w->state, w->reader, document, a, e);
}

static bool preview_work(store_job *job, void *arg, arena *a, err *e)
{
    return decide(arg, job, false, a, e);
}

bool preview_in_job(store_job *job,
                    desk *d,
                    const actor *who,
                    json_reader *body_reader,
                    json_reader *reader,
                    str body,
                    bool only_lines,
                    desk_settlement *out,
                    arena *a,
                    err *e)
{
    work_of_settling *w = arena_new(a, work_of_settling, 1);
    desk_bill *bill = arena_new(a, desk_bill, 1);
    const json_node *doc = json_parse_copy(body_reader, body, a, e);
    *w = (work_of_settling){.d = d, .who = who, .bill = bill, .out = out, .reader = reader};
    w->only_lines = only_lines;
    return doc && desk_bill_read(bill, doc, e) && decide(w, job, false, a, e);
}

bool desk_preview(
    desk_settlement *out, desk *d, const actor *who, const desk_bill *bill, arena *a, err *e)
{
    work_of_settling *w = arena_new(a, work_of_settling, 1);
    *w = (work_of_settling){.d = d, .who = who, .bill = bill, .out = out};
    w->reader = desk_reader_take(d, e);
    if (!w->reader)
        return false;
    bool ok = store_read(office_store(d->office), preview_work, w, a, e);
    desk_reader_give(d, w->reader);
    return ok;
}

/* ---- saving ---- */

void audit_put(store_job *job,
               const actor *who,
               const char *action,
               int64_t settlement_id,
               int64_t person_id,
               str detail,
               arena *a)
{
    access_audit(job, who, str_of(action), arena_printf(a, "settlement %" PRId64, settlement_id),
                 person_id, detail, S("ok"));
}

void event_put(store_job *job, const char *topic, const desk_part *p, arena *a)
{
    json_out o = json_out_new(a, 256);
    json_open(&o, '{');
    json_field_id(&o, S("settlement_id"), p->settlement_id);
    json_field_id(&o, S("provider_id"), p->provider_id);
    json_field_money(&o, S("total"), p->total_fen);
    json_field_money(&o, S("fund"), p->fund_fen);
    json_close(&o, '}');
    const store_value row[] = {STORE_N(store_new_id(store_of(job))),
                               STORE_T(str_of(topic)),
                               STORE_N(p->person_id),
                               STORE_N(p->settlement_id),
                               STORE_T(json_out_text(&o)),
                               STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_DESK_EVENT_ADD, row, COUNTOF(row));
}

static void bill_put(store_job *job, const work_of_settling *w)
{
    const desk_part *p = &w->out->part[0];
    const desk_case *c = &w->c;
    int64_t total_fen = 0;
    for (int i = 0; i < w->out->part_count; i++)
        total_fen += w->out->part[i].total_fen;
    const store_value visit[] = {
        STORE_N(p->person_id),  STORE_N(p->visit_id), STORE_N(p->provider_id), STORE_T(c->visit_no),
        STORE_T(c->visit_kind), STORE_T(c->admit_on), STORE_T(c->service_on),  STORE_T(c->disease)};
    if (w->visit_is_new)
        store_put(job, SQL_DESK_VISIT_ADD, visit, COUNTOF(visit));
    const store_value bill[] = {STORE_N(p->person_id),   STORE_N(p->bill_id),
                                STORE_N(p->visit_id),    STORE_T(c->bill.bill_no),
                                STORE_N(p->provider_id), STORE_T(c->bill.channel),
                                STORE_T(c->service_on),  STORE_N(lines_of_bill(w->out)),
                                STORE_N(total_fen),      STORE_T(p->document),
                                STORE_N(p->settled_at),  STORE_N(w->who->user_id)};
    store_put(job, SQL_DESK_BILL_ADD, bill, COUNTOF(bill));
}

void answer_put(store_job *job,
                const actor *who,
                str key,
                str digest,
                int status,
                int64_t person_id,
                int64_t id,
                arena *a)
{
    const store_value row[] = {STORE_T(who->login),
                               STORE_T(key),
                               STORE_T(digest),
                               STORE_N(status),
                               STORE_T(arena_printf(a, "%" PRId64 " %" PRId64, person_id, id)),
                               STORE_N(store_now_ms(store_of(job)))};
    if (key.n)
        store_put(job, SQL_DESK_ANSWER_ADD, row, COUNTOF(row));
}

/* The same message again? */
bool answer_of_message(int64_t *id, const store_rows *rows, str digest, err *e)
{
    *id = 0;
    if (rows->row_count == 0)
        return true;
    if (!str_eq(store_text(rows, 0, 0), digest)) {
        FAIL(e, ERR_IDEMPOTENCY, "this key was used for another body");
        err_field(e, S("Idempotency-Key"));
        return false;
    }
    str answer = store_text(rows, 0, 2);
    char *end;
    (void)strtoll(answer.p, &end, 10);
    *id = strtoll(end, NULL, 10);
    return true;
}

/* A later part of a stay counts as no stay: there must have been a first one. */
static bool stay_part_fits(const work_of_settling *w, err *e)
{
    if (!w->visit_is_new || w->c.stay_part.n == 0 || str_eq(w->c.stay_part, S("1")))
        return true;
    FAIL(e, ERR_BAD_VALUE, "nothing of this stay was settled before");
    err_field(e, S("visit.stay_part"));
    err_expected(e, "1, or the visit_no of the stay whose first part is settled");
    return false;
}

/* Is the number new, and does the stay exist already? */
static bool numbers_check(work_of_settling *w, store_job *job, arena *a, err *e)
{
    const desk_case *c = &w->c;
    const store_value bill[] = {STORE_N(w->bill->person_id), STORE_N(w->bill->provider_id),
                                STORE_T(c->bill.bill_no)};
    const store_value visit[] = {bill[0], bill[1], STORE_T(c->visit_no)};
    store_rows bills, visits;
    const store_ask ask[] = {{SQL_DESK_BILL_BY_NO, bill, 3, &bills},
                             {SQL_DESK_VISIT_BY_NO, visit, 3, &visits}};
    if (w->bill->bill_no.n == 0 && str_eq(c->visit_no, c->bill.bill_no)) {
        w->visit_is_new = true; /* both numbers were just made */
        w->visit_id = w->bill_id;
        return stay_part_fits(w, e);
    }
    if (!store_query_all(job, ask, 2, a, e))
        return false;
    if (bills.row_count) {
        FAIL(e, ERR_EXISTS, "this bill is settled already");
        err_field(e, S("bill_no"));
        return false;
    }
    w->visit_is_new = visits.row_count == 0;
    w->visit_id = w->visit_is_new ? w->bill_id : store_number(&visits, 0, 0);
    return stay_part_fits(w, e);
}

static bool settle_work(store_job *job, void *arg, arena *a, err *e)
{
    work_of_settling *w = arg;
    w->replayed_id = 0;
    if (w->key.n && !answer_of_message(&w->replayed_id, &w->answer, w->digest, e))
        return false;
    if (w->replayed_id)
        return true;
    if (!decide(w, job, true, a, e) || !numbers_check(w, job, a, e))
        return false;
    int64_t id = store_new_id_after(store_of(job), w->state.last_settlement_id);
    for (int i = 0; i < w->out->part_count; i++) {
        w->out->part[i].settlement_id = id;
        w->out->part[i].visit_id = w->visit_id;
    }
    w->state.last_settlement_id = id;
    bill_put(job, w);
    settlement_put(job, w->out, w->who, a);
    policies_put(job, w->d, w->out);
    state_put(job, &w->state, a);
    answer_put(job, w->who, w->key, w->digest, 201, w->bill->person_id, id, a);
    event_put(job, "settlement.settled", &w->out->part[0], a);
    audit_put(job, w->who, "settlement.settle", id, w->bill->person_id, S("{}"), a);
    return true;
}

bool settle_in_job(store_job *job,
                   desk *d,
                   const actor *who,
                   json_reader *body_reader,
                   json_reader *reader,
                   str body,
                   desk_settlement *out,
                   int64_t *settlement_id,
                   arena *a,
                   err *e)
{
    work_of_settling *w = arena_new(a, work_of_settling, 1);
    desk_bill *bill = arena_new(a, desk_bill, 1);
    const json_node *doc = json_parse_copy(body_reader, body, a, e);
    *w = (work_of_settling){.d = d, .who = who, .bill = bill, .out = out, .reader = reader};
    if (!doc || !desk_bill_read(bill, doc, e) || !settle_work(job, w, a, e))
        return false;
    *settlement_id = out->part[0].settlement_id;
    return true;
}

bool desk_settle(desk_settlement *out,
                 bool *replayed,
                 desk *d,
                 const actor *who,
                 const desk_bill *bill,
                 str key,
                 str body,
                 arena *a,
                 err *e)
{
    work_of_settling *w = arena_new(a, work_of_settling, 1);
    *w = (work_of_settling){.d = d, .who = who, .bill = bill, .out = out, .key = key};
    *replayed = false;
    if (key.n && !sm3_of(&w->digest, body, a, e))
        return false;
    w->reader = desk_reader_take(d, e);
    if (!w->reader)
        return false;
    store *st = office_store(d->office);
    store_ask ask[HEAD_ASKS + 1];
    int asks = key.n ? head_asks(ask, &w->rows, st, bill->person_id, true) : 0;
    w->message[0] = STORE_T(who->login);
    w->message[1] = STORE_T(key);
    if (key.n) /* behind the lock: another server may be answering this message */
        ask[asks++] = (store_ask){SQL_DESK_ANSWER_GET, w->message, 2, &w->answer};
    bool ok = store_write_asking(st, (uint64_t)bill->person_id, ask, asks, settle_work, w, a, e);
    desk_reader_give(d, w->reader);
    if (ok && !w->replayed_id)
        policies_known(d, out);
    if (!ok || !w->replayed_id)
        return ok;
    *replayed = true;
    return desk_load(out, d, who, w->replayed_id, a, e);
}

/* ---- looking ---- */

typedef struct {
    desk *d;
    const actor *who;
    desk_settlement *out;
    int64_t settlement_id;
    json_reader *reader;
} work_of_looking;

bool settlement_covered(const actor *who, const store_rows *r)
{
    str treated = store_text(r, 0, 10);
    return actor_covers_area(who, store_text(r, 0, 7)) ||
           (treated.n && actor_covers_area(who, treated));
}

static bool load_work(store_job *job, void *arg, arena *a, err *e)
{
    work_of_looking *w = arg;
    const store_value id = STORE_N(w->settlement_id);
    store_rows r;
    if (!store_query(job, SQL_DESK_SETTLEMENT_PERSON, &id, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || !settlement_covered(w->who, &r) ||
        (w->who->provider_id && w->who->provider_id != store_number(&r, 0, 1)))
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, w->settlement_id);
    return settlement_rows(w->out, w->d, job, store_number(&r, 0, 0), w->settlement_id, w->reader,
                           a, e);
}

bool desk_load(
    desk_settlement *out, desk *d, const actor *who, int64_t settlement_id, arena *a, err *e)
{
    work_of_looking w = {d, who, out, settlement_id, desk_reader_take(d, e)};
    if (!w.reader)
        return false;
    bool ok = store_read(office_store(d->office), load_work, &w, a, e);
    desk_reader_give(d, w.reader);
    for (int i = 0; ok && i < out->part_count; i++) {
        office_provider p;
        err ignored = {0};
        if (office_provider_on(&p, d->office, out->part[i].provider_id, out->part[i].service_on, a,
                               &ignored))
            out->part[i].provider_name = p.name;
    }
    return ok;
}

/* ---- asking without being anybody ---- */

bool desk_calculate(
    desk_settlement *out, desk *d, str area_code, const json_node *bill, arena *a, err *e)
{
    const office_pack *governing = office_pack_of_area(d->office, area_code);
    if (!governing) {
        FAIL(e, ERR_NO_POLICY, "no policy pack for area %.*s", STR_ARG(area_code));
        err_field(e, S("area_code"));
        return false;
    }
    str document;
    desk_part header;
    if (!calculation_document(&document, &header, bill, a, e))
        return false;
    header.pack = governing;
    header.pack_id = governing->pack.id;
    header.pack_digest = governing->digest;
    header.area_code = area_code;
    person_state *s = arena_new(a, person_state, 1);
    const store_rows none = {0};
    json_reader *reader = desk_reader_take(d, e);
    if (!reader)
        return false;
    bool ok = state_load(s, 1, &none, a, e) && state_load_household(s, 2, &none, a, e) &&
              parts_settle(out, &header, s, reader, document, a, e);
    desk_reader_give(d, reader);
    return ok;
}
