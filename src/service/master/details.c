/* One person, provider or item with all that belongs to it. */
#include "base/money.h"
#include "service/lists/mask.h"
#include "service/master/master_internal.h"

#include <stdio.h>

typedef struct {
    int64_t id;
    str code;
    store_rows main, first, second, third, fourth;
} detail;

static bool person_load(store_job *job, void *arg, arena *a, err *e)
{
    detail *d = arg;
    const store_value id = STORE_N(d->id);
    const store_ask ask[] = {
        {SQL_PERSON_FIND_BY_ID, &id, 1, &d->main},
        {SQL_MASTER_PERSON_COVERS, &id, 1, &d->first},
        {SQL_MASTER_PERSON_FLAGS, &id, 1, &d->second},
        {SQL_MASTER_PERSON_HEAD, &id, 1, &d->third},
        {SQL_MASTER_PERSON_YEARS, &id, 1, &d->fourth},
    };
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

static void periods_json(json_out *out, const store_rows *r, const char *const *name, int count)
{
    json_open(out, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        json_open(out, '{');
        for (int c = 0; c < count; c++) {
            str text = store_text(r, i, c);
            if (strcmp(name[c], "facts") == 0)
                json_field_raw(out, str_of(name[c]), text.n ? text : S("{}"));
            else
                json_field(out, str_of(name[c]), text);
        }
        json_close(out, '}');
    }
    json_close(out, ']');
}

/* "name sub value" a line, as the desk keeps balances and accumulators. */
static bool entry_next(str *text, str *name, int64_t *sub, int64_t *value)
{
    int64_t number[2] = {0, 0};
    const char *end = text->p + text->n, *p = text->p;
    const char *space = text->n ? memchr(p, ' ', (size_t)text->n) : NULL;
    if (!space)
        return false;
    *name = (str){p, space - p};
    p = space;
    for (int i = 0; i < 2; i++) {
        bool minus = ++p < end && *p == '-';
        for (p += minus; p < end && *p >= '0' && *p <= '9'; p++)
            number[i] = (int64_t)((uint64_t)number[i] * 10 + (uint64_t)(*p - '0'));
        number[i] = minus ? -number[i] : number[i];
    }
    p += p < end;
    *sub = number[0];
    *value = number[1];
    *text = (str){p, end - p};
    return true;
}

static void accounts_json(json_out *out, const store_rows *head)
{
    str text = head->row_count ? store_text(head, 0, 0) : S(""), name;
    int64_t sub, fen;
    json_open(out, '{');
    while (entry_next(&text, &name, &sub, &fen))
        json_field_money(out, name, fen);
    json_close(out, '}');
}

static void accumulators_json(json_out *out, const store_rows *year, const pack *p)
{
    json_open(out, '[');
    for (ptrdiff_t i = 0; i < year->row_count; i++) {
        str text = store_text(year, i, 2), name;
        int64_t sub, value;
        while (entry_next(&text, &name, &sub, &value)) {
            uint16_t at = p ? pack_accumulator_find(p, name) : 0;
            bool is_money = !at || p->accumulator[at].unit == UNIT_MONEY;
            char number[24];
            snprintf(number, sizeof number, "%" PRId64, value);
            json_open(out, '{');
            json_field(out, S("scheme"), store_text(year, i, 0));
            json_field_number(out, S("year"), store_number(year, i, 1));
            json_field(out, S("name"), name);
            if (sub && p)
                json_field(out, S("sub"), pack_word_text(p, (word)sub));
            if (at) {
                json_field(out, S("zh"), p->accumulator[at].zh);
                json_field(out, S("en"), p->accumulator[at].en);
            }
            json_field_bool(out, S("is_money"), is_money);
            json_field(out, S("value"), is_money ? str_of(money_show(value).c) : str_of(number));
            json_close(out, '}');
        }
    }
    json_close(out, ']');
}

/* The cover in force on a day, else the latest. */
static ptrdiff_t cover_on(const store_rows *r, str on)
{
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        str from = store_text(r, i, 2), until = store_text(r, i, 3);
        if (str_cmp(from, on) <= 0 && (until.n == 0 || str_cmp(on, until) <= 0))
            return i;
    }
    return r->row_count > 0 ? 0 : -1;
}

bool master_person_json(
    json_out *out, office *o, const actor *who, int64_t person_id, str on, arena *a, err *e)
{
    static const char *const cover[] = {"scheme", "status", "from_on", "until_on", "facts"};
    static const char *const flag[] = {"kind", "value", "from_on", "until_on", "note"};
    detail d = {.id = person_id};
    if (!store_read(office_store(o), person_load, &d, a, e))
        return false;
    str area = d.main.row_count ? store_text(&d.main, 0, 1) : S("");
    if (d.main.row_count == 0 || !actor_covers_area(who, area))
        return FAIL(e, ERR_NOT_FOUND, "no person %" PRId64, person_id);
    const office_pack *p = office_pack_of_area(o, area);
    ptrdiff_t now = cover_on(&d.first, on);
    json_field_id(out, S("person_id"), person_id);
    json_field(out, S("area_code"), area);
    json_field(out, S("id_type"), store_text(&d.main, 0, 2));
    json_field(out, S("id_no"), mask_id_no(store_text(&d.main, 0, 3), a));
    json_field(out, S("name"), mask_name(store_text(&d.main, 0, 4), a));
    json_field(out, S("sex"), store_text(&d.main, 0, 6));
    json_field(out, S("birth_on"), store_text(&d.main, 0, 7));
    json_field(out, S("death_on"), store_text(&d.main, 0, 8));
    int64_t household = store_number(&d.main, 0, 9);
    json_key(out, S("household_id"));
    if (household)
        json_id(out, household);
    else
        json_null(out);
    json_field(out, S("phone"), mask_phone(store_text(&d.main, 0, 10), a));
    json_field(out, S("scheme"), now < 0 ? S("") : store_text(&d.first, now, 0));
    json_field(out, S("status"), now < 0 ? S("") : store_text(&d.first, now, 1));
    json_key(out, S("covers"));
    periods_json(out, &d.first, cover, COUNTOF(cover));
    json_key(out, S("flags"));
    periods_json(out, &d.second, flag, COUNTOF(flag));
    json_key(out, S("accounts"));
    accounts_json(out, &d.third);
    json_key(out, S("accumulators"));
    accumulators_json(out, &d.fourth, p ? &p->pack : NULL);
    return true;
}

/* ---- in full, for a reason ---- */

typedef struct {
    const actor *who;
    int64_t person_id;
    str reason;
    office *office;
    store_rows person;
} unmasking;

static bool unmask_work(store_job *job, void *arg, arena *a, err *e)
{
    unmasking *u = arg;
    const store_value id = STORE_N(u->person_id);
    if (!store_query(job, SQL_PERSON_FIND_BY_ID, &id, 1, &u->person, a, e))
        return false;
    if (u->person.row_count == 0 || !actor_covers_area(u->who, store_text(&u->person, 0, 1)))
        return FAIL(e, ERR_NOT_FOUND, "no person %" PRId64, u->person_id);
    json_out detail_json = json_out_new(a, 128);
    json_open(&detail_json, '{');
    json_field(&detail_json, S("reason"), u->reason);
    json_close(&detail_json, '}');
    access_audit(job, u->who, S("person.unmask"), arena_printf(a, "person %" PRId64, u->person_id),
                 u->person_id, json_out_text(&detail_json), S("ok"));
    return true;
}

#define REASON_MIN 2 /* characters */
#define REASON_MAX 200

static ptrdiff_t characters(str s)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

bool master_person_unmask(
    json_out *out, office *o, const actor *who, int64_t person_id, str reason, arena *a, err *e)
{
    unmasking u = {.who = who, .person_id = person_id, .reason = reason, .office = o};
    if (characters(reason) < REASON_MIN || characters(reason) > REASON_MAX) {
        FAIL(e, reason.n ? ERR_BAD_VALUE : ERR_MISSING_FIELD, "no reason of a usable length");
        err_field(e, S("reason"));
        err_expected(e, "why the identity is needed, %d to %d characters", REASON_MIN, REASON_MAX);
        return false;
    }
    if (!store_write(office_store(o), (uint64_t)person_id, unmask_work, &u, a, e))
        return false;
    json_field(out, S("id_no"), store_text(&u.person, 0, 3));
    json_field(out, S("name"), store_text(&u.person, 0, 4));
    json_field(out, S("phone"), store_text(&u.person, 0, 10));
    json_field(out, S("address"), store_text(&u.person, 0, 11));
    return true;
}

/* ---- providers and items ---- */

static bool provider_load(store_job *job, void *arg, arena *a, err *e)
{
    detail *d = arg;
    const store_value id = STORE_N(d->id);
    const store_ask ask[] = {{SQL_PROVIDER_FIND_BY_ID, &id, 1, &d->main},
                             {SQL_MASTER_PROVIDER_AGREEMENTS, &id, 1, &d->first}};
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

bool master_provider_json(
    json_out *out, office *o, const actor *who, int64_t provider_id, str on, arena *a, err *e)
{
    static const char *const agreement[] = {"from_on", "until_on", "state", "agreement_no"};
    static const char *const name[] = {"code",  "name", "",        "area_code", "kind",
                                       "level", "",     "address", "phone"};
    detail d = {.id = provider_id};
    (void)who; /* providers are no secret: patients go to those of other areas */
    if (!store_read(office_store(o), provider_load, &d, a, e))
        return false;
    if (d.main.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no provider %" PRId64, provider_id);
    json_field_id(out, S("provider_id"), provider_id);
    for (int i = 0; i < COUNTOF(name); i++)
        if (name[i][0])
            json_field(out, str_of(name[i]), store_text(&d.main, 0, i + 1));
    str state = S("");
    for (ptrdiff_t i = 0; i < d.first.row_count && state.n == 0; i++)
        if (str_cmp(store_text(&d.first, i, 0), on) <= 0 &&
            (store_text(&d.first, i, 1).n == 0 || str_cmp(on, store_text(&d.first, i, 1)) <= 0))
            state = store_text(&d.first, i, 2);
    json_field(out, S("agreement_state"), state);
    json_key(out, S("tags"));
    json_open(out, '[');
    for (str tags = store_text(&d.main, 0, 7); tags.n > 0;) {
        const char *bar = memchr(tags.p, '|', (size_t)tags.n);
        ptrdiff_t n = bar ? bar - tags.p : tags.n;
        json_str(out, (str){tags.p, n});
        tags = (str){tags.p + n + (bar ? 1 : 0), tags.n - n - (bar ? 1 : 0)};
    }
    json_close(out, ']');
    json_key(out, S("agreements"));
    periods_json(out, &d.first, agreement, COUNTOF(agreement));
    return true;
}

static bool item_load(store_job *job, void *arg, arena *a, err *e)
{
    detail *d = arg;
    const store_value code = STORE_T(d->code);
    const store_ask ask[] = {{SQL_ITEM_FIND, &code, 1, &d->main},
                             {SQL_MASTER_ITEM_TERMS, &code, 1, &d->first}};
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

static void rate_field(json_out *out, str key, int64_t e8)
{
    if (e8 < 0) {
        json_key(out, key);
        json_null(out);
    } else {
        json_field(out, key, str_of(rate_show(e8).c));
    }
}

static void e4_field(json_out *out, str key, int64_t e4)
{
    json_key(out, key);
    if (e4 < 0)
        json_null(out);
    else
        json_e4(out, e4);
}

bool master_item_json(
    json_out *out, office *o, const actor *who, str item_code, str on, arena *a, err *e)
{
    static const char *const name[] = {"item_code", "name", "initials", "kind",
                                       "spec",      "unit", "maker",    "rx"};
    static const char *const term[] = {"area_code", "scheme", "from_on", "until_on", "item_class"};
    detail d = {.code = item_code};
    if (!store_read(office_store(o), item_load, &d, a, e))
        return false;
    if (d.main.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no item %.*s", (int)(item_code.n < 60 ? item_code.n : 60),
                    item_code.p);
    for (int i = 0; i < COUNTOF(name); i++)
        json_field(out, str_of(name[i]), store_text(&d.main, 0, i));
    office_term now;
    if (!office_term_on(&now, o, who->area_code, S(""), item_code, on, a, e) && e->code)
        return false;
    json_key(out, S("item_class"));
    if (now.has_term)
        json_str(out, now.item_class);
    else
        json_null(out);
    rate_field(out, S("pay_first"), now.pay_first_e8);
    e4_field(out, S("limit"), now.limit_e4);
    e4_field(out, S("price"), now.price_e4);
    json_key(out, S("terms"));
    json_open(out, '[');
    for (ptrdiff_t i = 0; i < d.first.row_count; i++) {
        json_open(out, '{');
        for (int c = 0; c < COUNTOF(term); c++)
            json_field(out, str_of(term[c]), store_text(&d.first, i, c));
        rate_field(out, S("pay_first"), store_number(&d.first, i, 5));
        e4_field(out, S("limit"), store_number(&d.first, i, 6));
        e4_field(out, S("price"), store_number(&d.first, i, 7));
        json_close(out, '}');
    }
    json_close(out, ']');
    return true;
}
