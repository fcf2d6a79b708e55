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

static bool visit_ask(care_visit *out,
                      store_sql sql,
                      store_job *job,
                      const actor *who,
                      int64_t visit_id,
                      int64_t person_id,
                      arena *a,
                      err *e)
{
    const store_value id = STORE_N(visit_id);
    store_rows r;
    if (!store_query(job, sql, &id, 1, &r, a, e))
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

bool care_visit_get(care_visit *out,
                    store_job *job,
                    const actor *who,
                    int64_t visit_id,
                    int64_t person_id,
                    arena *a,
                    err *e)
{
    return visit_ask(out, SQL_CARE_VISIT_GET, job, who, visit_id, person_id, a, e);
}

bool care_visit_hold(care_visit *out,
                     store_job *job,
                     const actor *who,
                     int64_t visit_id,
                     int64_t person_id,
                     arena *a,
                     err *e)
{
    return visit_ask(out, SQL_CARE_VISIT_HOLD, job, who, visit_id, person_id, a, e);
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

/* What came in one message under one number is one row. */
typedef struct {
    int64_t place, bill_id;
    str batch, text;
    int first, count; /* of the items */
} upload;

typedef struct {
    upload *at;
    int count;
    care_items items;
} uploads;

enum { TEXTS = 9 };

static void text_write(text_buffer *t, str s)
{
    char room[NUMBER_TEXT_MAX];
    text_add(t, (str){room, number_print(room, s.n)});
    text_add(t, S(":"));
    text_add(t, s);
}

static void number_write(text_buffer *t, int64_t n)
{
    char room[NUMBER_TEXT_MAX];
    text_write(t, (str){room, number_print(room, n)});
}

/* As the column `items` of care_upload. */
static str items_text(const care_item *m, int count, const bool *without, arena *a)
{
    ptrdiff_t room = 1;
    for (int i = 0; i < count; i++)
        room += (ptrdiff_t)TEXTS * 24 + m[i].detail_no.n + m[i].original_no.n + m[i].item_code.n +
                m[i].own_code.n + m[i].given_on.n + m[i].unit_price.n + m[i].prescription_no.n;
    text_buffer t = {arena_new(a, char, room), 0, room, false};
    for (int i = 0; i < count; i++) {
        if (without && without[i])
            continue;
        text_write(&t, m[i].detail_no);
        text_write(&t, m[i].original_no);
        text_write(&t, m[i].item_code);
        text_write(&t, m[i].own_code);
        text_write(&t, m[i].given_on);
        number_write(&t, m[i].quantity_e4);
        text_write(&t, m[i].unit_price);
        number_write(&t, m[i].amount_fen);
        text_write(&t, m[i].prescription_no);
    }
    assert(!t.cut);
    return (str){t.p, t.n};
}

static bool text_read(str *out, str *rest)
{
    ptrdiff_t n = 0, i = 0;
    while (i < rest->n && i < 9 && rest->p[i] >= '0' && rest->p[i] <= '9')
        n = 10 * n + (rest->p[i++] - '0');
    if (i == 0 || i >= rest->n || rest->p[i] != ':' || n > rest->n - i - 1)
        return false;
    *out = (str){rest->p + i + 1, n};
    *rest = (str){rest->p + i + 1 + n, rest->n - i - 1 - n};
    return true;
}

static bool number_read(int64_t *out, str *rest)
{
    str s;
    int64_t n = 0;
    if (!text_read(&s, rest) || s.n == 0 || s.n > 19)
        return false;
    ptrdiff_t from = s.p[0] == '-';
    for (ptrdiff_t i = from; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, s.p[i] - '0', &n))
            return false;
    }
    *out = from ? -n : n;
    return s.n > from;
}

static bool item_read(care_item *m, str *rest)
{
    return text_read(&m->detail_no, rest) && text_read(&m->original_no, rest) &&
           text_read(&m->item_code, rest) && text_read(&m->own_code, rest) &&
           text_read(&m->given_on, rest) && number_read(&m->quantity_e4, rest) &&
           text_read(&m->unit_price, rest) && number_read(&m->amount_fen, rest) &&
           text_read(&m->prescription_no, rest);
}

static int items_in(str text)
{
    str any;
    int texts = 0;
    while (text.n && text_read(&any, &text))
        texts++;
    return texts / TEXTS;
}

static bool uploads_load(uploads *out, store_job *job, const care_visit *v, arena *a, err *e)
{
    enum { PLACE, BATCH, BILL, ITEMS };
    const store_value key[] = {STORE_N(v->visit_id), STORE_N(v->person_id)};
    store_rows r;
    int count = 0;
    *out = (uploads){0};
    if (!store_query(job, SQL_CARE_UPLOADS, key, COUNTOF(key), &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        count += items_in(store_text(&r, i, ITEMS));
    out->at = arena_new(a, upload, r.row_count);
    out->items.at = arena_new(a, care_item, count);
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        str rest = store_text(&r, i, ITEMS);
        upload *u = &out->at[out->count++];
        *u = (upload){.place = store_number(&r, i, PLACE),
                      .bill_id = store_number(&r, i, BILL),
                      .batch = store_text(&r, i, BATCH),
                      .text = rest,
                      .first = out->items.count};
        while (rest.n) {
            care_item *m = &out->items.at[out->items.count];
            if (out->items.count == count || !item_read(m, &rest))
                return FAIL(e, ERR_STORE, "items of visit %" PRId64 " are unreadable", v->visit_id);
            m->batch = u->batch;
            m->bill_id = u->bill_id;
            out->items.count++;
            u->count++;
        }
    }
    return true;
}

bool care_items_load(care_items *out, store_job *job, const care_visit *v, arena *a, err *e)
{
    uploads u;
    bool ok = uploads_load(&u, job, v, a, e);
    *out = ok ? u.items : (care_items){0};
    return ok;
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

/* A row for each run of items of one number. */
static void
items_put(store_job *job, const care_visit *v, const care_items *add, int64_t place, arena *a)
{
    for (int from = 0, until; from < add->count; from = until) {
        const care_item *m = &add->at[from];
        until = from + 1;
        while (until < add->count && str_eq(add->at[until].batch, m->batch) &&
               add->at[until].bill_id == m->bill_id)
            until++;
        const store_value row[] = {
            STORE_N(v->person_id), STORE_N(v->visit_id),
            STORE_N(place + from), STORE_T(m->batch),
            STORE_N(m->bill_id),   STORE_T(items_text(m, until - from, NULL, a))};
        store_put(job, SQL_CARE_UPLOAD_ADD, row, COUNTOF(row));
    }
}

bool care_items_add(
    const care_items *add, int *wrong, store_job *job, const care_visit *v, arena *a, err *e)
{
    uploads u;
    *wrong = 0;
    if (!uploads_load(&u, job, v, a, e))
        return false;
    const upload *last = u.count ? &u.at[u.count - 1] : NULL;
    care_items all = {arena_new(a, care_item, u.items.count + add->count), u.items.count};
    for (int i = 0; i < all.count; i++)
        all.at[i] = u.items.at[i];
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
    items_put(job, v, add, last ? last->place + last->count : 0, a);
    return true;
}

/* Marks the items that are meant. */
static bool choice_take(bool *gone, const care_choice *c, const care_items *all, err *e)
{
    int found = 0;
    bool every = c->detail_no.n == 0 && c->batch.n == 0;
    for (int i = 0; i < all->count; i++) {
        const care_item *m = &all->at[i];
        bool meant = every || (c->detail_no.n && str_eq(m->detail_no, c->detail_no)) ||
                     (c->batch.n && str_eq(m->batch, c->batch));
        if (gone[i] || !meant || (every && m->bill_id))
            continue;
        if (m->bill_id) {
            err_field(e, c->batch.n ? S("chrg_bchno") : S("feedetl_sn"));
            return FAIL(e, ERR_ITEMS_SETTLED, "settled with bill %" PRId64, m->bill_id);
        }
        gone[i] = true;
        found++;
    }
    if (found)
        return true;
    err_field(e, c->batch.n ? S("chrg_bchno") : S("feedetl_sn"));
    return FAIL(e, ERR_NOT_FOUND, "no such items");
}

bool care_items_drop(const care_choice *c,
                     int count,
                     int *wrong,
                     store_job *job,
                     const care_visit *v,
                     arena *a,
                     err *e)
{
    uploads u;
    *wrong = 0;
    if (!uploads_load(&u, job, v, a, e))
        return false;
    bool *gone = arena_new(a, bool, u.items.count);
    for (; *wrong < count; ++*wrong)
        if (!choice_take(gone, &c[*wrong], &u.items, e))
            return false;
    for (int k = 0; k < u.count; k++) {
        const upload *x = &u.at[k];
        int left = x->count;
        for (int i = 0; i < x->count; i++)
            left -= gone[x->first + i];
        if (left == x->count)
            continue;
        const store_value row[] = {
            STORE_N(v->visit_id), STORE_N(v->person_id), STORE_N(x->place), STORE_T(x->text),
            STORE_T(items_text(u.items.at + x->first, x->count, gone + x->first, a))};
        if (left)
            store_put_one(job, SQL_CARE_UPLOAD_SET, row, COUNTOF(row));
        else
            store_put_one(job, SQL_CARE_UPLOAD_DROP, row, COUNTOF(row) - 1);
    }
    return true;
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
