/* The bill with everything a policy may ask for: what came, and what the tables know of the day. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

bool day_within(str from_on, str until_on, str on)
{
    return str_cmp(from_on, on) <= 0 && (until_on.n == 0 || str_cmp(on, until_on) <= 0);
}

/* ---- reading the request ---- */

static const json_node *member(const json_node *first, const json_node *object, str name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (ptrdiff_t i = object - first + 1; i < object->next; i = first[i].next)
        if (str_eq(first[i].key, name))
            return &first[i];
    return NULL;
}

static str text_of(const json_node *first, const json_node *object, str name)
{
    const json_node *n = member(first, object, name);
    return n && (n->kind == JSON_STRING || n->kind == JSON_NUMBER) ? n->text : S("");
}

static bool bad_field(err *e, err_code code, str field, const char *expected)
{
    FAIL(e, code, "the field %.*s", STR_ARG(field));
    err_field(e, field);
    err_expected(e, "%s", expected);
    return false;
}

static bool id_of(int64_t *out, const json_node *n, err *e)
{
    int64_t id;
    if ((n->kind != JSON_STRING && n->kind != JSON_NUMBER) || !id_parse(&id, n->text))
        return bad_field(e, ERR_BAD_VALUE, n->key, "an id");
    *out = id;
    return true;
}

static bool field_read(desk_bill *out, const json_node *n, err *e)
{
    str *const text[] = {&out->scheme, &out->channel, &out->bill_no};
    static const char *const name[] = {"scheme", "channel", "bill_no"};
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++) {
        if (!str_eq(n->key, str_of(name[i])))
            continue;
        if (n->kind != JSON_STRING || n->text.n > TEXT_MAX)
            return bad_field(e, ERR_BAD_TYPE, n->key, "a text");
        *text[i] = n->text;
        return true;
    }
    if (str_eq(n->key, S("person_id")))
        return id_of(&out->person_id, n, e);
    if (str_eq(n->key, S("provider_id")))
        return id_of(&out->provider_id, n, e);
    if (str_eq(n->key, S("use_account")) && (n->kind == JSON_TRUE || n->kind == JSON_FALSE))
        out->no_account = n->kind == JSON_FALSE;
    else if (str_eq(n->key, S("visit")) && n->kind == JSON_OBJECT)
        out->visit = n;
    else if (str_eq(n->key, S("lines")) && n->kind == JSON_LIST)
        out->lines = n;
    else
        return bad_field(
            e, ERR_UNKNOWN_FIELD, n->key,
            "person_id, provider_id, scheme, channel, bill_no, use_account, visit, lines");
    return true;
}

bool desk_bill_read(desk_bill *out, const json_node *body, err *e)
{
    *out = (desk_bill){.first = body, .channel = S("counter")};
    if (body->kind != JSON_OBJECT)
        return FAIL(e, ERR_BAD_TYPE, "a bill is an object");
    for (ptrdiff_t i = 1; i < body->next; i = body[i].next)
        if (!field_read(out, &body[i], e))
            return false;
    if (!out->person_id)
        return bad_field(e, ERR_MISSING_FIELD, S("person_id"), "an id");
    if (!out->provider_id)
        return bad_field(e, ERR_MISSING_FIELD, S("provider_id"), "an id");
    if (!out->visit)
        return bad_field(e, ERR_MISSING_FIELD, S("visit"), "an object");
    if (!out->lines)
        return bad_field(e, ERR_MISSING_FIELD, S("lines"), "a list");
    if (!str_eq(out->channel, S("counter")) && !str_eq(out->channel, S("hospital")) &&
        !str_eq(out->channel, S(CHANNEL_MANUAL)))
        return bad_field(e, ERR_BAD_VALUE, S("channel"), "counter, hospital or manual");
    return true;
}

bool case_open(desk_case *c, desk *d, const actor *who, const desk_bill *bill, arena *a, err *e)
{
    const json_node *first = bill->first, *visit = bill->visit;
    day on;
    *c = (desk_case){.bill = *bill, .who = who};
    c->service_on = text_of(first, visit, S("date"));
    c->visit_kind = text_of(first, visit, S("kind"));
    c->visit_no = text_of(first, visit, S("visit_no"));
    c->admit_on = text_of(first, visit, S("admit_date"));
    c->disease = text_of(first, visit, S("disease"));
    c->stay_part = text_of(first, visit, S("stay_part"));
    if (c->service_on.n == 0)
        return bad_field(e, ERR_MISSING_FIELD, S("visit.date"), "a day");
    if (!day_parse(&on, c->service_on))
        return bad_field(e, ERR_BAD_DATE, S("visit.date"), "a day such as 2024-02-29");
    if (str_cmp(day_of_moment(store_now_ms(office_store(d->office)), a), c->service_on) < 0)
        return bad_field(e, ERR_BAD_DATE, S("visit.date"), "a day that is not yet to come");
    if (who->provider_id && who->provider_id != bill->provider_id)
        return FAIL(e, ERR_NO_RIGHT, "another provider's bill");
    if (!office_provider_on(&c->provider, d->office, bill->provider_id, c->service_on, a, e)) {
        if (e->code != ERR_OK)
            return false;
        FAIL(e, ERR_NOT_FOUND, "no such provider");
        err_field(e, S("provider_id"));
        return false;
    }
    if (!c->provider.has_agreement && !str_eq(bill->channel, S(CHANNEL_MANUAL))) {
        FAIL(e, ERR_NO_AGREEMENT, "state on %.*s: %.*s", STR_ARG(c->service_on),
             STR_ARG(c->provider.agreement_state.n ? c->provider.agreement_state : S("none")));
        err_field(e, S("provider_id"));
        return false;
    }
    return true;
}

/* ---- writing the document ---- */

bool document_household(int64_t *out, json_reader *reader, str document, arena *a, err *e)
{
    *out = 0;
    const json_node *doc = json_parse_copy(reader, document, a, e);
    if (!doc)
        return false;
    const json_node *home = member(doc, member(doc, doc, S("person")), S("household"));
    return !home || id_of(out, home, e);
}

void document_copy(json_out *o, const json_node *first, const json_node *n)
{
    bool object = n->kind == JSON_OBJECT;
    if (n->kind == JSON_STRING) {
        json_str(o, n->text);
    } else if (n->kind == JSON_NUMBER) {
        json_raw(o, n->text);
    } else if (object || n->kind == JSON_LIST) {
        json_open(o, object ? '{' : '[');
        for (ptrdiff_t i = n - first + 1; i < n->next; i = first[i].next) {
            if (object)
                json_key(o, first[i].key);
            document_copy(o, first, &first[i]);
        }
        json_close(o, object ? '}' : ']');
    } else if (n->kind == JSON_NULL) {
        json_null(o);
    } else {
        json_bool(o, n->kind == JSON_TRUE);
    }
}

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL, DATED_FACTS };

static bool dated_is(const store_rows *r, ptrdiff_t i, str what, str kind)
{
    return str_eq(store_text(r, i, DATED_WHAT), what) &&
           (kind.n == 0 || str_eq(store_text(r, i, DATED_KIND), kind));
}

static bool dated_on(const store_rows *r, ptrdiff_t i, str on)
{
    return day_within(store_text(r, i, DATED_FROM), store_text(r, i, DATED_UNTIL), on);
}

/* The cover a bill of this day belongs to: -1 = none. */
static ptrdiff_t cover_find(const desk_case *c)
{
    const store_rows *r = c->person.dated;
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        if (dated_is(r, i, S("cover"), c->bill.scheme) && dated_on(r, i, c->service_on))
            return i;
    return -1;
}

static void put_period(json_out *o, const store_rows *r, ptrdiff_t i)
{
    json_field(o, S("from"), store_text(r, i, DATED_FROM));
    if (store_text(r, i, DATED_UNTIL).n)
        json_field(o, S("until"), store_text(r, i, DATED_UNTIL));
}

static void put_flags(json_out *o, const desk_case *c, str key, str kind)
{
    const store_rows *r = c->person.dated;
    json_key(o, key);
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        if (dated_is(r, i, S("flag"), kind) && dated_on(r, i, c->service_on))
            json_str(o, store_text(r, i, DATED_VALUE));
    json_close(o, ']');
}

static void put_categories(json_out *o, const desk_case *c)
{
    const store_rows *r = c->person.dated;
    json_key(o, S("categories"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (!dated_is(r, i, S("flag"), S("category")))
            continue;
        json_open(o, '{');
        json_field(o, S("category"), store_text(r, i, DATED_VALUE));
        put_period(o, r, i);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void put_person(json_out *o, const desk_case *c, ptrdiff_t cover)
{
    const store_rows *r = c->person.dated;
    const desk_person *p = &c->person;
    json_key(o, S("person"));
    json_open(o, '{');
    json_field_id(o, S("id"), p->person_id);
    if (p->household_id)
        json_field_id(o, S("household"), p->household_id);
    json_field(o, S("scheme"), c->scheme);
    const str text[] = {store_text(r, cover, DATED_VALUE), p->sex, p->birth_on, p->death_on};
    static const char *const key[] = {"status", "sex", "birth_date", "death_date"};
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++)
        if (text[i].n)
            json_field(o, str_of(key[i]), text[i]);
    if (c->bill.no_account) {
        json_key(o, S("accounts"));
        json_open(o, '{');
        for (int i = 0; i < ACCOUNT_COUNT; i++)
            json_field_money(o, str_of(account_names[i]), 0);
        json_close(o, '}');
    }
    put_categories(o, c);
    put_flags(o, c, S("accredited"), S("disease"));
    put_flags(o, c, S("tags"), S("tag"));
    json_key(o, S("entitled"));
    json_open(o, '[');
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (!dated_is(r, i, S("cover"), c->scheme))
            continue;
        json_open(o, '{');
        put_period(o, r, i);
        json_close(o, '}');
    }
    json_close(o, ']');
    str facts = store_text(r, cover, DATED_FACTS);
    if (facts.n > 2) /* an object: its members belong here */
        json_raw(o, (str){facts.p + 1, facts.n - 2});
    json_close(o, '}');
}

static void put_provider(json_out *o, const desk_case *c)
{
    const office_provider *p = &c->provider;
    str level = c->treatment_pool.n ? pack_cross_level(&c->pack->pack, p->level) : p->level;
    json_key(o, S("provider"));
    json_open(o, '{');
    json_field(o, S("id"), p->code);
    if (level.n)
        json_field(o, S("level"), level);
    if (p->kind.n)
        json_field(o, S("kind"), p->kind);
    if (c->treatment_pool.n)
        json_field(o, S("area"), c->treatment_pool);
    if (p->tags.n) {
        json_key(o, S("tags"));
        json_open(o, '[');
        for (ptrdiff_t i = 0, from = 0; i <= p->tags.n; i++) {
            if (i < p->tags.n && p->tags.p[i] != '|')
                continue;
            json_str(o, (str){p->tags.p + from, i - from});
            from = i + 1;
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

/* What a person has used up, and what he need not pay, is not the provider's to say. */
static bool visit_may(const desk_case *c, arena *a, err *e)
{
    static const char *const of_the_office[] = {"nth_stay", "nth_stay_at_level", "prev_deductible",
                                                "deductible_override", "waive_deductible"};
    bool may = actor_may(c->who, RIGHT_SETTLEMENT_OVERRIDE);
    for (ptrdiff_t i = 0; i < COUNTOF(of_the_office); i++) {
        if (may || !member(c->bill.first, c->bill.visit, str_of(of_the_office[i])))
            continue;
        FAIL(e, ERR_NO_RIGHT, "what is known here may not be overwritten");
        err_expected(e, "%s", right_word(RIGHT_SETTLEMENT_OVERRIDE));
        err_field(e, arena_printf(a, "visit.%s", of_the_office[i]));
        return false;
    }
    return true;
}

const json_node *case_said(const desk_case *c, const char *name)
{
    const json_node *n = member(c->bill.first, c->bill.visit, str_of(name));
    return n && n->kind != JSON_NULL ? n : NULL;
}

static void put_visit(json_out *o, const desk_case *c, const case_files *files)
{
    const json_node *first = c->bill.first, *visit = c->bill.visit;
    json_key(o, S("visit"));
    json_open(o, '{');
    json_field(o, S("id"), c->visit_no);
    for (ptrdiff_t i = visit - first + 1; i < visit->next; i = first[i].next) {
        if (first[i].kind == JSON_NULL || str_eq(first[i].key, S("visit_no")) ||
            str_eq(first[i].key, S("emergency")) ||
            (c->route.n && str_eq(first[i].key, S("route"))))
            continue;
        json_key(o, first[i].key);
        document_copy(o, first, &first[i]);
    }
    if (c->route.n)
        json_field(o, S("route"), c->route);
    case_files_put(o, c, files);
    json_close(o, '}');
}

/* Directly settled bills follow the catalogue of the place of treatment, paper claims that of the
 * place of insurance. */
static str catalogue_of(const desk_case *c)
{
    return c->between.area.n ? c->between.area : c->person.area_code;
}

/* At a pharmacy; a paper claim is of what was sold long ago. */
static bool sold_on_prescription(const desk_case *c, const office_term *t)
{
    return str_eq(t->rx, S("yes")) && str_eq(c->provider.kind, S("pharmacy")) &&
           !str_eq(c->bill.channel, S(CHANNEL_MANUAL));
}

/* What was used in an emergency room may come with the stay; a quarter before it is a slip of the
 * year. */
#define DAYS_BEFORE_STAY 90

static bool line_day_may(const desk_case *c, str on, int number, arena *a, err *e)
{
    day admitted, used;
    str field = arena_printf(a, "lines[%d].date", number);
    if (str_cmp(c->service_on, on) < 0)
        return bad_field(e, ERR_BAD_DATE, field, "a day not after that of the bill");
    if (on.n && c->admit_on.n && day_parse(&admitted, c->admit_on) && day_parse(&used, on) &&
        used.number < admitted.number - DAYS_BEFORE_STAY)
        return bad_field(e, ERR_BAD_DATE, field, "a day within 90 days before the admission");
    return true;
}

/* Class, limit and share of a line come from the catalogue of the line's day, unless somebody who
 * may says otherwise. */
static bool put_line(
    json_out *o, const desk_case *c, desk *d, const json_node *line, int number, arena *a, err *e)
{
    const json_node *first = c->bill.first;
    static const char *const from_catalogue[] = {"class", "limit", "pay_first"};
    str code = text_of(first, line, S("code")), on = text_of(first, line, S("date"));
    office_term t = {.pay_first_e8 = -1, .limit_e4 = -1, .price_e4 = -1};
    if (code.n && !office_term_on(&t, d->office, catalogue_of(c), c->scheme, code,
                                  on.n ? on : c->service_on, a, e))
        return false;
    if (sold_on_prescription(c, &t) && text_of(first, line, S("prescription_no")).n == 0)
        return bad_field(e, ERR_RX_NEEDED, arena_printf(a, "lines[%d].prescription_no", number),
                         "the number of the prescription");
    if (!line_day_may(c, on, number, a, e))
        return false;
    bool may = actor_may(c->who, RIGHT_SETTLEMENT_OVERRIDE);
    for (ptrdiff_t i = 0; i < COUNTOF(from_catalogue); i++)
        if (!may && member(first, line, str_of(from_catalogue[i]))) {
            FAIL(e, ERR_NO_RIGHT, "what the catalogue says may not be overwritten");
            err_expected(e, "%s", right_word(RIGHT_SETTLEMENT_OVERRIDE));
            err_field(e, arena_printf(a, "lines[%d].%s", number, from_catalogue[i]));
            return false;
        }
    if (!t.known && !member(first, line, S("class"))) {
        FAIL(e, ERR_NOT_IN_CATALOGUE, "code %.*s", STR_ARG(code));
        err_field(e, arena_printf(a, "lines[%d].code", number));
        err_expected(e, "a code of the catalogue");
        return false;
    }
    json_open(o, '{');
    for (ptrdiff_t i = line - first + 1; i < line->next; i = first[i].next) {
        json_key(o, first[i].key);
        document_copy(o, first, &first[i]);
    }
    if (!member(first, line, S("name")) && t.name.n)
        json_field(o, S("name"), t.name);
    if (!member(first, line, S("class"))) /* known, but not covered in this area: class C */
        json_field(o, S("class"), t.has_term ? t.item_class : S("C"));
    if (!member(first, line, S("limit")) && t.limit_e4 >= 0)
        json_field_e4(o, S("limit"), t.limit_e4);
    if (!member(first, line, S("pay_first")) && t.pay_first_e8 >= 0)
        json_field(o, S("pay_first"), arena_str(a, str_of(rate_show(t.pay_first_e8).c)));
    if (!member(first, line, S("unit_price")) && !member(first, line, S("amount")) &&
        t.price_e4 >= 0)
        json_field_e4(o, S("unit_price"), t.price_e4);
    json_close(o, '}');
    return true;
}

static bool put_lines(json_out *o, const desk_case *c, desk *d, arena *a, err *e)
{
    const json_node *first = c->bill.first, *lines = c->bill.lines;
    int number = 0;
    json_key(o, S("lines"));
    json_open(o, '[');
    for (ptrdiff_t i = lines - first + 1; i < lines->next; i = first[i].next) {
        number++;
        if (first[i].kind != JSON_OBJECT)
            return bad_field(e, ERR_BAD_TYPE, arena_printf(a, "lines[%d]", number), "an object");
        if (!put_line(o, c, d, &first[i], number, a, e))
            return false;
    }
    json_close(o, ']');
    return true;
}

/* A chronic disease has to be recognised on the day, where the visit kind says so. */
static bool disease_recognised(const desk_case *c, err *e)
{
    const pack_word *kind = pack_word_find(&c->pack->pack, FACT_VISIT_KIND, c->visit_kind);
    const store_rows *r = c->person.dated;
    if (!kind || !kind->recognised || c->disease.n == 0)
        return true;
    str until = S("");
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (!dated_is(r, i, S("flag"), S("disease")) ||
            !str_eq(store_text(r, i, DATED_VALUE), c->disease))
            continue;
        if (dated_on(r, i, c->service_on))
            return true;
        until = store_text(r, i, DATED_UNTIL);
    }
    if (until.n)
        FAIL(e, ERR_NOT_RECOGNISED, "recognised until %.*s", STR_ARG(until));
    else
        FAIL(e, ERR_NOT_RECOGNISED, "never recognised");
    err_field(e, S("visit.disease"));
    err_expected(e, "a disease recognised for this person on %.*s", STR_ARG(c->service_on));
    return false;
}

/* Who may settle: the office of the insured, or that of the place of treatment at its own desks. */
static bool area_covered(const desk_case *c, err *e)
{
    return actor_covers_area(c->who, c->person.area_code) ||
           (c->between.area.n && actor_covers_area(c->who, c->between.area)) ||
           FAIL(e, ERR_NO_RIGHT, "a person of another area");
}

/* Treated in another pooling area?  By which route is then not the provider's to say. */
static bool case_away(desk_case *c, desk *d, arena *a, err *e)
{
    const json_node *first = c->bill.first, *visit = c->bill.visit;
    const json_node *said = member(first, visit, S("route")),
                    *urgent = member(first, visit, S("emergency"));
    bool manual = str_eq(c->bill.channel, S(CHANNEL_MANUAL));
    const pack_word *kind = pack_word_find(&c->pack->pack, FACT_VISIT_KIND, c->visit_kind);
    if (said && said->kind == JSON_NULL)
        said = NULL; /* as if it were not there, like everywhere in a bill */
    bool given = said && (manual || actor_may(c->who, RIGHT_SETTLEMENT_OVERRIDE));
    const office_away_ask ask = {.insured_area = c->person.area_code,
                                 .treatment_area = c->provider.area_code,
                                 .scheme = c->scheme,
                                 .kind = c->visit_kind,
                                 /* without an admission no day but its own */
                                 .from_on = kind && kind->stay && c->admit_on.n ? c->admit_on
                                                                                : c->service_on,
                                 .until_on = c->service_on,
                                 .emergency = urgent && urgent->kind == JSON_TRUE,
                                 .dated = c->person.dated};
    office_away away;
    if (urgent && urgent->kind != JSON_TRUE && urgent->kind != JSON_FALSE)
        return bad_field(e, ERR_BAD_TYPE, S("visit.emergency"), "true or false");
    if (!office_away_find(&away, d->office, &ask, a, e))
        return false;
    if (!away.away)
        return true;
    if (said && !given) {
        FAIL(e, ERR_NO_RIGHT, "filings say by which route");
        err_expected(e, "%s", right_word(RIGHT_SETTLEMENT_OVERRIDE));
        err_field(e, S("visit.route"));
        return false;
    }
    if (!away.open && !given && !manual) {
        err_field(e, S("provider_id"));
        return office_away_closed(&away, &ask, e);
    }
    if (!away.open && !given)
        return bad_field(e, ERR_MISSING_FIELD, S("visit.route"), "how it came to be elsewhere");
    c->treatment_pool = away.treatment_pool;
    c->route = given ? S("") : away.route;
    if (!manual)
        c->between = (desk_between){away.insured_pool, away.treatment_pool, c->provider.area_code,
                                    given ? text_of(first, visit, S("route")) : away.route};
    return true;
}

bool case_document(str *out, desk_case *c, desk *d, store_job *job, arena *a, err *e)
{
    case_files files;
    c->pack = office_pack_of_area(d->office, c->person.area_code);
    if (!c->pack)
        return FAIL(e, ERR_NO_POLICY, "no policy pack for area %.*s", STR_ARG(c->person.area_code));
    ptrdiff_t cover = cover_find(c);
    if (cover < 0) {
        FAIL(e, ERR_NO_COVER, "no cover%s%.*s on %.*s", c->bill.scheme.n ? " of scheme " : "",
             STR_ARG(c->bill.scheme), STR_ARG(c->service_on));
        err_field(e, S("visit.date"));
        return false;
    }
    c->scheme = store_text(c->person.dated, cover, DATED_KIND);
    if (!case_away(c, d, a, e) || !area_covered(c, e) || !disease_recognised(c, e) ||
        !visit_may(c, a, e) || !case_files_find(&files, c, d, job, a, e))
        return false;
    json_out o = json_out_new(a, 4096);
    json_open(&o, '{');
    json_field(&o, S("bill"), c->bill.bill_no);
    put_person(&o, c, cover);
    put_provider(&o, c);
    put_visit(&o, c, &files);
    if (!put_lines(&o, c, d, a, e))
        return false;
    json_close(&o, '}');
    *out = json_out_text(&o);
    return true;
}

/* ---- a bill that nobody has to be insured for ---- */

/* A calculator's bill: identities are filled in where they are missing. */
bool calculation_document(str *out, desk_part *header, const json_node *bill, arena *a, err *e)
{
    json_out o = json_out_new(a, 4096);
    bool has_person = false;
    if (bill->kind != JSON_OBJECT)
        return FAIL(e, ERR_BAD_TYPE, "a bill is an object");
    json_open(&o, '{');
    json_field(&o, S("bill"), S("-"));
    for (ptrdiff_t i = 1; i < bill->next; i = bill[i].next) {
        const json_node *n = &bill[i];
        if (str_eq(n->key, S("bill")))
            continue;
        json_key(&o, n->key);
        if (!str_eq(n->key, S("person")) || n->kind != JSON_OBJECT) {
            document_copy(&o, bill, n);
            continue;
        }
        has_person = true;
        json_open(&o, '{');
        json_field(&o, S("id"), S("-"));
        for (ptrdiff_t k = i + 1; k < n->next; k = bill[k].next) {
            if (str_eq(bill[k].key, S("id")))
                continue;
            json_key(&o, bill[k].key);
            document_copy(&o, bill, &bill[k]);
        }
        json_close(&o, '}');
    }
    json_close(&o, '}');
    if (!has_person)
        return bad_field(e, ERR_MISSING_FIELD, S("person"), "an object");
    const json_node *person = member(bill, bill, S("person")),
                    *visit = member(bill, bill, S("visit"));
    *header = (desk_part){.kind = S("settle"),
                          .scheme = arena_str(a, text_of(bill, person, S("scheme"))),
                          .visit_kind = arena_str(a, text_of(bill, visit, S("kind"))),
                          .admit_on = arena_str(a, text_of(bill, visit, S("admit_date"))),
                          .channel = S("public")};
    *out = json_out_text(&o);
    return true;
}
