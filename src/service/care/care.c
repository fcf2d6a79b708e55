/* Visits and items between their announcement and their bill. */
#include "service/care/care.h"

#include "base/money.h"

/* ---- visits ---- */

/* Treated in another pooling area than where he is insured: does that one settle it there? */
static bool settles_here(
    const care_visit *v, const office_away_ask *asked, store_job *job, office *o, arena *a, err *e)
{
    static const store_rows nothing;
    office_away_ask ask = *asked;
    office_away away;
    store_rows dated;
    const store_value person = STORE_N(v->person_id);
    ask.dated = &nothing;
    if (!office_away_find(&away, o, &ask, a, e))
        return false;
    if (away.open)
        return true;
    ask.dated = &dated;
    return store_query(job, SQL_DESK_DATED, &person, 1, &dated, a, e) &&
           office_away_find(&away, o, &ask, a, e) &&
           (away.open || office_away_closed(&away, &ask, e));
}

static str day_part_of(str moment)
{
    return moment.n >= 10 ? (str){moment.p, 10} : moment;
}

bool care_admissible(
    const care_visit *v, store_job *job, office *o, const actor *who, arena *a, err *e)
{
    office_provider here;
    store_rows r;
    const store_value person = STORE_N(v->person_id);
    err_field(e, S("psn_no"));
    if (!store_query(job, SQL_GATEWAY_PERSON, &person, 1, &r, a, e))
        return false;
    if (r.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no person %" PRId64, v->person_id);
    if (!office_provider_on(&here, o, who->provider_id, day_part_of(v->begin_at), a, e))
        return e->code != ERR_OK ? false : FAIL(e, ERR_NOT_FOUND, "no such provider");
    const office_away_ask ask = {.insured_area = store_text(&r, 0, 1),
                                 .treatment_area = here.area_code,
                                 .scheme = v->scheme,
                                 .kind = v->kind,
                                 .from_on = day_part_of(v->begin_at),
                                 .until_on = day_part_of(v->end_at),
                                 .emergency = v->emergency};
    if (!settles_here(v, &ask, job, o, a, e))
        return false;
    e->field[0] = 0;
    return true;
}

bool care_visit_open(care_visit *v, store_job *job, office *o, const actor *who, arena *a, err *e)
{
    if (!care_admissible(v, job, o, who, a, e))
        return false;
    v->visit_id = store_new_id(store_of(job));
    v->provider_id = who->provider_id;
    v->state = S("open");
    const store_value row[] = {STORE_N(v->person_id),   STORE_N(v->visit_id),
                               STORE_N(v->provider_id), STORE_T(v->setting),
                               STORE_T(v->visit_no),    STORE_T(v->scheme),
                               STORE_T(v->kind),        STORE_T(v->med_type),
                               STORE_T(v->cert_type),   STORE_T(v->disease),
                               STORE_T(v->begin_at),    STORE_T(v->detail),
                               STORE_T(v->diagnoses),   STORE_N(store_now_ms(store_of(job)))};
    store_put(job, SQL_CARE_VISIT_ADD, row, COUNTOF(row));
    return true;
}

bool care_visit_get(care_visit *out,
                    store_job *job,
                    const actor *who,
                    int64_t visit_id,
                    int64_t person_id,
                    arena *a,
                    err *e)
{
    const store_value id = STORE_N(visit_id);
    store_rows r;
    if (!store_query(job, SQL_CARE_VISIT_GET, &id, 1, &r, a, e))
        return false;
    if (r.row_count == 0 || store_number(&r, 0, 1) != who->provider_id ||
        (person_id && store_number(&r, 0, 0) != person_id)) {
        err_field(e, S("mdtrt_id"));
        return FAIL(e, ERR_NOT_FOUND, "no visit %" PRId64 " of this person here", visit_id);
    }
    *out = (care_visit){.visit_id = visit_id,
                        .person_id = store_number(&r, 0, 0),
                        .provider_id = store_number(&r, 0, 1)};
    str *const to[] = {&out->setting,  &out->state,    &out->visit_no,  &out->scheme,
                       &out->kind,     &out->med_type, &out->cert_type, &out->disease,
                       &out->begin_at, &out->end_at,   &out->detail,    &out->diagnoses};
    for (int i = 0; i < (int)COUNTOF(to); i++)
        *to[i] = store_text(&r, 0, 2 + i);
    return true;
}

void care_visit_put(store_job *job, const care_visit *v)
{
    const store_value row[] = {STORE_N(v->visit_id), STORE_N(v->person_id), STORE_T(v->state),
                               STORE_T(v->scheme),   STORE_T(v->kind),      STORE_T(v->med_type),
                               STORE_T(v->disease),  STORE_T(v->begin_at),  STORE_T(v->end_at),
                               STORE_T(v->detail),   STORE_T(v->diagnoses)};
    store_put_one(job, SQL_CARE_VISIT_SET, row, COUNTOF(row));
}

bool care_visit_settlements(
    int64_t *out, int *count, int max, store_job *job, const care_visit *v, arena *a, err *e)
{
    str no = arena_printf(a, "%" PRId64, v->visit_id);
    const store_value key[] = {STORE_N(v->person_id), STORE_N(v->provider_id), STORE_T(no)};
    store_rows r;
    *count = 0;
    if (!store_query(job, SQL_CARE_SETTLEMENTS_OF_VISIT, key, COUNTOF(key), &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        int64_t id = store_number(&r, i, 0);
        if (i > 0 && id == store_number(&r, i - 1, 0))
            continue;
        if (*count < max)
            out[*count] = id;
        ++*count;
    }
    return true;
}

bool care_visit_must_be_open(const care_visit *v, bool or_discharged, err *e)
{
    if (str_eq(v->state, S("open")) || (or_discharged && str_eq(v->state, S("discharged"))))
        return true;
    err_field(e, S("mdtrt_id"));
    err_expected(e, "a visit that is open");
    return FAIL(e, ERR_VISIT_STATE, "visit %" PRId64 " is %.*s", v->visit_id, STR_ARG(v->state));
}

/* ---- items ---- */

bool care_items_load(care_items *out, store_job *job, const care_visit *v, arena *a, err *e)
{
    const store_value key[] = {STORE_N(v->visit_id), STORE_N(v->person_id)};
    store_rows r;
    *out = (care_items){0};
    if (!store_query(job, SQL_CARE_ITEMS, key, COUNTOF(key), &r, a, e))
        return false;
    out->at = arena_new(a, care_item, r.row_count);
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        out->at[out->count++] = (care_item){.detail_no = store_text(&r, i, 0),
                                            .batch = store_text(&r, i, 1),
                                            .original_no = store_text(&r, i, 2),
                                            .item_code = store_text(&r, i, 3),
                                            .own_code = store_text(&r, i, 4),
                                            .given_on = store_text(&r, i, 5),
                                            .quantity_e4 = store_number(&r, i, 6),
                                            .unit_price = store_text(&r, i, 7),
                                            .amount_fen = store_number(&r, i, 8),
                                            .bill_id = store_number(&r, i, 9),
                                            .prescription_no = store_text(&r, i, 11)};
    return true;
}

static const care_item *item_find(const care_items *all, int count, str detail_no)
{
    for (int i = 0; i < count; i++)
        if (str_eq(all->at[i].detail_no, detail_no))
            return &all->at[i];
    return NULL;
}

/* What is left of a line after all that takes it back. */
static care_item net_of(const care_items *all, const care_item *item)
{
    care_item net = *item;
    for (int i = 0; i < all->count; i++) {
        if (all->at[i].original_no.n == 0 || !str_eq(all->at[i].original_no, item->detail_no))
            continue;
        net.quantity_e4 += all->at[i].quantity_e4;
        net.amount_fen += all->at[i].amount_fen;
    }
    return net;
}

care_items care_items_of_bill(const care_items *all, int64_t bill_id, arena *a)
{
    care_items of = {arena_new(a, care_item, all->count), 0};
    for (int i = 0; i < all->count; i++) {
        if (all->at[i].bill_id != bill_id || all->at[i].quantity_e4 <= 0)
            continue;
        care_item net = net_of(all, &all->at[i]);
        if (net.quantity_e4 > 0)
            of.at[of.count++] = net;
    }
    return of;
}

static bool taken_back_fits(const care_items *all, const care_item *item, err *e)
{
    const care_item *original = item_find(all, all->count, item->original_no);
    if (item->quantity_e4 >= 0 && item->amount_fen >= 0)
        return true;
    if (!original || original->quantity_e4 <= 0) {
        err_field(e, S("init_feedetl_sn"));
        err_expected(e, "the number of the line that is taken back");
        return FAIL(e, ERR_UNKNOWN_REFERENCE, "no such line");
    }
    if (original->bill_id) {
        err_field(e, S("init_feedetl_sn"));
        return FAIL(e, ERR_ITEMS_SETTLED, "the line is settled");
    }
    care_item net = net_of(all, original);
    if (net.quantity_e4 >= 0 && net.amount_fen >= 0)
        return true;
    err_field(e, S("cnt"));
    err_expected(e, "not more than there is");
    return FAIL(e, ERR_BAD_VALUE, "more is taken back than was given");
}

static void item_put(store_job *job, const care_visit *v, const care_item *m, int place)
{
    const store_value row[] = {
        STORE_N(v->person_id),  STORE_N(v->visit_id),    STORE_T(m->detail_no),
        STORE_T(m->batch),      STORE_T(m->original_no), STORE_T(m->item_code),
        STORE_T(m->own_code),   STORE_T(m->given_on),    STORE_N(m->quantity_e4),
        STORE_T(m->unit_price), STORE_N(m->amount_fen),  STORE_T(m->prescription_no),
        STORE_N(place),         STORE_N(m->bill_id)};
    store_put(job, SQL_CARE_ITEM_ADD, row, COUNTOF(row));
}

bool care_items_add(
    const care_items *add, int *wrong, store_job *job, const care_visit *v, arena *a, err *e)
{
    care_items all;
    *wrong = 0;
    if (!care_items_load(&all, job, v, a, e))
        return false;
    care_item *more = arena_new(a, care_item, all.count + add->count);
    for (int i = 0; i < all.count; i++)
        more[i] = all.at[i];
    int before = all.count;
    all.at = more;
    for (int i = 0; i < add->count; i++) {
        *wrong = i;
        if (item_find(&all, all.count, add->at[i].detail_no)) {
            err_field(e, S("feedetl_sn"));
            return FAIL(e, ERR_EXISTS, "a line of this number was uploaded already");
        }
        all.at[all.count++] = add->at[i];
        if (!taken_back_fits(&all, &add->at[i], e))
            return false;
    }
    for (int i = 0; i < add->count; i++)
        item_put(job, v, &add->at[i], before + i);
    return true;
}

bool care_items_drop(const care_choice *c, store_job *job, const care_visit *v, arena *a, err *e)
{
    care_items all;
    int found = 0;
    bool every = c->detail_no.n == 0 && c->batch.n == 0;
    if (!care_items_load(&all, job, v, a, e))
        return false;
    for (int i = 0; i < all.count; i++) {
        const care_item *m = &all.at[i];
        bool meant = every || (c->detail_no.n && str_eq(m->detail_no, c->detail_no)) ||
                     (c->batch.n && str_eq(m->batch, c->batch));
        if (!meant || (every && m->bill_id))
            continue;
        if (m->bill_id) {
            err_field(e, c->batch.n ? S("chrg_bchno") : S("feedetl_sn"));
            return FAIL(e, ERR_ITEMS_SETTLED, "settled with bill %" PRId64, m->bill_id);
        }
        const store_value key[] = {STORE_N(v->visit_id), STORE_N(v->person_id),
                                   STORE_T(m->detail_no)};
        store_put_one(job, SQL_CARE_ITEM_DROP, key, COUNTOF(key));
        found++;
    }
    if (found)
        return true;
    err_field(e, c->batch.n ? S("chrg_bchno") : S("feedetl_sn"));
    return FAIL(e, ERR_NOT_FOUND, "no such items");
}

void care_items_settled(store_job *job, const care_visit *v, str batch, int64_t bill_id)
{
    const store_value row[] = {STORE_N(v->visit_id), STORE_N(v->person_id), STORE_N(bill_id),
                               STORE_T(batch), STORE_N(batch.n == 0)};
    store_put(job, SQL_CARE_ITEMS_SETTLED, row, COUNTOF(row));
}

void care_items_opened(store_job *job, int64_t visit_id, int64_t person_id, int64_t bill_id)
{
    const store_value row[] = {STORE_N(visit_id), STORE_N(person_id), STORE_N(bill_id)};
    store_put(job, SQL_CARE_ITEMS_OPENED, row, COUNTOF(row));
}

/* ---- the bill ---- */

static void line_write(json_out *o, const care_item *m)
{
    int64_t price_e4;
    json_open(o, '{');
    json_field(o, S("code"), m->item_code);
    json_field_e4(o, S("quantity"), m->quantity_e4);
    if (decimal_parse(&price_e4, m->unit_price, 4, INT64_C(10000000000000)))
        json_field_e4(o, S("unit_price"), price_e4);
    json_field_money(o, S("amount"), m->amount_fen);
    json_field(o, S("date"), m->given_on);
    if (m->prescription_no.n)
        json_field(o, S("prescription_no"), m->prescription_no);
    json_close(o, '}');
}

static void visit_write(json_out *o, const care_billing *b, const care_visit *v)
{
    json_key(o, S("visit"));
    json_open(o, '{');
    json_field(o, S("kind"), v->kind);
    json_field(o, S("date"), b->until);
    json_key(o, S("visit_no"));
    json_id(o, v->visit_id);
    if (str_eq(v->setting, S("inpatient")))
        json_field(o, S("admit_date"), day_part_of(v->begin_at));
    if (v->emergency)
        json_field_bool(o, S("emergency"), true);
    if (v->disease.n)
        json_field(o, S("disease"), v->disease);
    if (b->stay_part > 1)
        json_field_number(o, S("stay_part"), b->stay_part);
    json_close(o, '}');
}

bool care_bill(str *body,
               int64_t *total_fen,
               const care_billing *b,
               store_job *job,
               const care_visit *v,
               arena *a,
               err *e)
{
    care_items all;
    int lines = 0;
    *total_fen = 0;
    if (b->items)
        all = *b->items;
    else if (!care_items_load(&all, job, v, a, e))
        return false;
    json_out o = json_out_new(a, 512 + 160 * (ptrdiff_t)all.count);
    json_open(&o, '{');
    json_field_id(&o, S("person_id"), v->person_id);
    json_field_id(&o, S("provider_id"), v->provider_id);
    json_field(&o, S("scheme"), v->scheme);
    json_field(&o, S("channel"), S("hospital"));
    if (b->bill_no.n)
        json_field(&o, S("bill_no"), b->bill_no);
    if (!b->use_account)
        json_field_bool(&o, S("use_account"), false);
    visit_write(&o, b, v);
    json_key(&o, S("lines"));
    json_open(&o, '[');
    for (int i = 0; i < all.count; i++) {
        const care_item *m = &all.at[i];
        if (m->bill_id || m->quantity_e4 <= 0 || (b->batch.n && !str_eq(m->batch, b->batch)))
            continue;
        care_item net = net_of(&all, m);
        if (net.quantity_e4 <= 0)
            continue;
        line_write(&o, &net);
        *total_fen += net.amount_fen;
        lines++;
    }
    json_close(&o, ']');
    json_close(&o, '}');
    *body = json_out_text(&o);
    if (lines)
        return true;
    err_field(e, b->batch.n ? S("chrg_bchno") : S("mdtrt_id"));
    return FAIL(e, ERR_NO_ITEMS, "nothing to settle");
}
