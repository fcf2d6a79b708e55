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

static bool look_ahead(desk_settlement *out,
                       bool only_lines,
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
    bool ok = preview_in_job(job, d, who, r.body, r.document, body, only_lines, out, a, e);
    readers_give(&r, d);
    return ok;
}

bool desk_preview_in(
    desk_settlement *out, store_job *job, desk *d, const actor *who, str body, arena *a, err *e)
{
    return look_ahead(out, false, job, d, who, body, a, e);
}

bool desk_split_in(
    desk_settlement *out, store_job *job, desk *d, const actor *who, str body, arena *a, err *e)
{
    return look_ahead(out, true, job, d, who, body, a, e);
}

/* ---- looking ---- */

bool desk_load_of_person_in(desk_settlement *out,
                            store_job *job,
                            desk *d,
                            int64_t person_id,
                            int64_t settlement_id,
                            arena *a,
                            err *e)
{
    json_reader *reader = desk_reader_take(d, e);
    if (!reader)
        return false;
    bool ok = settlement_rows(out, d, job, person_id, settlement_id, reader, a, e);
    desk_reader_give(d, reader);
    return ok;
}

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
    return desk_load_of_person_in(out, job, d, store_number(&r, 0, 0), settlement_id, a, e);
}

bool desk_account_in(int64_t *fen, store_job *job, int64_t person_id, arena *a, err *e)
{
    person_state *s = arena_new(a, person_state, 1);
    desk_person person;
    *fen = 0;
    if (!head_ask(s, &person, job, person_id, false, a, e))
        return false;
    *fen = own_accounts(s);
    return true;
}

static bool is_count(const office_pack *p, str name)
{
    for (int i = 1; p && i < p->pack.accumulator_count; i++)
        if (str_eq(p->pack.accumulator[i].name, name))
            return p->pack.accumulator[i].unit == UNIT_COUNT;
    return false;
}

bool desk_sums_in(
    desk_sum **out, int *count, store_job *job, desk *d, int64_t person_id, arena *a, err *e)
{
    person_state *s = arena_new(a, person_state, 1);
    desk_person person;
    ptrdiff_t most = 0;
    *count = 0;
    if (!head_ask(s, &person, job, person_id, false, a, e))
        return false;
    const office_pack *p = office_pack_of_area(d->office, person.area_code);
    for (int i = 0; i < s->shelf_count; i++)
        most += s->shelf[i].count;
    *out = arena_new(a, desk_sum, most);
    for (int i = 0; i < s->shelf_count; i++) {
        int first = *count;
        for (ptrdiff_t k = 0; k < s->shelf[i].count; k++) {
            const state_entry *m = &s->shelf[i].entry[k];
            int at = first;
            while (at < *count && !str_eq((*out)[at].name, m->name))
                at++;
            if (at == *count)
                (*out)[(*count)++] = (desk_sum){.scheme = s->shelf[i].scheme,
                                                .name = m->name,
                                                .year = s->shelf[i].year,
                                                .is_money = !is_count(p, m->name)};
            (*out)[at].value += m->value;
        }
    }
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

static bool household_counted(
    person_state *s, const desk_settlement *was, store_job *job, desk *d, arena *a, err *e)
{
    int64_t home = 0;
    json_reader *reader = desk_reader_take(d, e);
    if (!reader)
        return false;
    bool ok = settlement_household(&home, was, reader, a, e);
    desk_reader_give(d, reader);
    return ok && (!home || household_ask(s, job, home, true, a, e));
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
        !is_last(job, first, who, a, e) || !household_counted(s, was, job, d, a, e))
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

bool desk_standing_in(
    int64_t *out, store_job *job, int64_t person_id, int64_t settlement_id, arena *a, err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_N(settlement_id)};
    store_rows head, r;
    if (!store_query(job, SQL_DESK_HEAD_LOCK, key, 1, &head, a, e) ||
        !store_query(job, SQL_DESK_STANDING, key, COUNTOF(key), &r, a, e))
        return false;
    *out = r.row_count ? store_number(&r, 0, 0) : 0;
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
    if (str_eq(p->channel, S(CHANNEL_MANUAL)))
        return FAIL(e, ERR_NO_RIGHT, "a paper claim, paid to the person by its office");
    *reversal_id =
        store_new_id_after(store_of(job), head.row_count ? store_number(&head, 0, 1) : 0);
    return take_back(was, *reversal_id, job, d, who, reason, a, e);
}
