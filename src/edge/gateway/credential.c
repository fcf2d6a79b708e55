/* Cards and tokens that stand for a person. */
#include "edge/gateway/gateway_internal.h"

enum { PERSON, SERIAL, STATE, UNTIL };

static bool ended(const store_rows *r, ptrdiff_t i, str today)
{
    str until = store_text(r, i, UNTIL);
    return until.n && str_cmp(until, today) < 0;
}

/* The row that counts today; else the one that says why none does. */
static ptrdiff_t row_choose(const store_rows *r, str today)
{
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        if (str_eq(store_text(r, i, STATE), S("valid")) && !ended(r, i, today))
            return i;
    return 0;
}

static bool
row_fits(gate_call *c, const char *field, str shown, const store_rows *r, ptrdiff_t i, err *e)
{
    str state = store_text(r, i, STATE), serial = store_text(r, i, SERIAL);
    if (str_eq(state, S("lost")))
        return gate_fault(c, ERR_CREDENTIAL_LOST, field, S("***"), NULL, e);
    if (!str_eq(state, S("valid")) || ended(r, i, gate_today(c)))
        return gate_fault(c, ERR_CREDENTIAL_ENDED, field, S("***"), NULL, e);
    return serial.n == 0 || str_eq(serial, shown) ||
           gate_fault(c, ERR_ID_MISMATCH,
                      strcmp(field, "mdtrt_cert_no") == 0 ? "card_sn" : "cardSn", S("***"),
                      "what the chip of this card says", e);
}

/* Not kept here.  That is no objection to a person of whom no such credential is kept. */
static bool unknown(gate_call *c, const char *field, str kind, int64_t person_id, err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_T(kind)};
    store_rows r;
    if (!store_query(c->job, SQL_CREDENTIALS_OF_PERSON, key, COUNTOF(key), &r, c->a, e))
        return false;
    return (person_id && r.row_count == 0) || gate_fault(c, ERR_UNKNOWN_CREDENTIAL, field, S("***"),
                                                         "a token or card that is kept here", e);
}

bool gate_credential_is(
    int64_t *person_id, gate_call *c, str kind, str number, str serial, const char *field, err *e)
{
    const store_value key[] = {STORE_T(kind), STORE_T(number)};
    store_rows r;
    if (kind.n == 0 || number.n == 0)
        return true;
    if (!store_query(c->job, SQL_CREDENTIAL_BY_NUMBER, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 0)
        return unknown(c, field, kind, *person_id, e);
    ptrdiff_t i = row_choose(&r, gate_today(c));
    if (!row_fits(c, field, serial, &r, i, e))
        return false;
    if (*person_id && *person_id != store_number(&r, i, PERSON))
        return gate_fault(c, ERR_ID_MISMATCH, field, S("***"), "a token or card of this person", e);
    *person_id = store_number(&r, i, PERSON);
    return true;
}

bool gate_credential_use(int64_t *person_id, gate_call *c, gate_value in, err *e)
{
    str type = gate_text(in, "mdtrt_cert_type");
    str kind = str_eq(type, S("01")) ? S("token") : str_eq(type, S("03")) ? S("card") : S("");
    return gate_credential_is(person_id, c, kind, gate_text(in, "mdtrt_cert_no"),
                              gate_text(in, "card_sn"), "mdtrt_cert_no", e);
}

/* ---- with what each step was done ---- */

static const struct {
    const char *no, *step;
} steps[] = {
#define GATE_STEP(no, step) {no, step},
#include "edge/gateway/step.tbl.h"
};

str gate_step_of(const gate_call *c)
{
    str no = str_of(c->t.no ? c->t.no : "");
    for (ptrdiff_t i = 0; i < COUNTOF(steps); i++)
        if (str_eq(no, str_of(steps[i].no)))
            return str_of(steps[i].step);
    return S("");
}

void gate_visit_credential(gate_call *c, const care_visit *v)
{
    text_buffer t = {c->visit_cert, 0, sizeof c->visit_cert - 1, false};
    text_add(&t, v->cert_type);
    c->visit_cert[t.n] = 0;
}

/* Of the message itself: what its descriptors call the kind of credential, or a token. */
static str kind_shown(gate_call *c)
{
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        bool token = strcmp(f->name, "ecToken") == 0;
        if (f->direction != GATE_IN || (!token && strcmp(f->name, "mdtrt_cert_type") != 0 &&
                                        strcmp(f->name, "mdtrtCertType") != 0))
            continue;
        str said = gate_text(gate_node(c, f->node), f->name);
        if (said.n)
            return token ? S("01") : said;
    }
    return S("");
}

str gate_credential_shown(gate_call *c)
{
    str kind = kind_shown(c);
    if (kind.n == 0)
        kind = str_of(c->visit_cert);
    if (kind.n == 0)
        return S("none");
    int dictionary = gate_dictionary_find(S("mdtrt_cert_type"));
    return gate_dictionary_has(dictionary, kind) ? kind : S("other");
}
