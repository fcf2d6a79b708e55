/* What a message says of a visit or purchase beside its bill: is it the person, who came for him,
 * and when was it sold. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "base/money.h"
#include "service/purchase/purchase.h"

#define DAY_MS          INT64_C(86400000)
#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)

/* ---- is it the person? ---- */

bool gate_shown_is(gate_call *c, gate_value in, int64_t person_id, err *e)
{
    enum { TYPE = 2, NUMBER, NAME };
    str name = gate_text(in, "psn_name"), number = gate_text(in, "certno"),
        type = gate_text(in, "psn_cert_type");
    store_rows person;
    if (name.n == 0 && number.n == 0)
        return true;
    if (!gate_person_rows(&person, c, person_id, e))
        return false;
    if (name.n && !str_eq(name, store_text(&person, 0, NAME)))
        return gate_fault(c, ERR_ID_MISMATCH, "psn_name", S("***"), "the name of this psn_no", e);
    bool same_kind = type.n == 0 || str_eq(type, store_text(&person, 0, TYPE));
    return !number.n || !same_kind || str_eq(number, store_text(&person, 0, NUMBER)) ||
           gate_fault(c, ERR_ID_MISMATCH, "certno", S("***"), "the certificate of this psn_no", e);
}

/* ---- who came for him? ---- */

static bool is_relation(str code)
{
    return gate_dictionary_has(gate_dictionary_find(S("agnter_rlts")), code);
}

bool gate_proxy_take(gate_call *c, gate_value in, const char *kind, int64_t object_id, err *e)
{
    const purchase_proxy p = {.name = gate_text(in, "agnter_name"),
                              .id_type = gate_text(in, "agnter_cert_type"),
                              .id_no = gate_text(in, "agnter_certno"),
                              .relation = gate_text(in, "agnter_rlts"),
                              .phone = gate_text(in, "agnter_tel"),
                              .address = gate_text(in, "agnter_addr")};
    const purchase_of of = {.person_id = c->person_id,
                            .kind = str_of(kind),
                            .object_id = object_id,
                            .transaction_no = c->infno};
    if (p.name.n == 0 && p.id_no.n == 0)
        return true;
    if (p.relation.n && !is_relation(p.relation))
        return gate_fault(c, ERR_UNKNOWN_WORD, "agnter_rlts", p.relation,
                          "a code of the dictionary agnter_rlts", e);
    if (!purchase_proxy_check(&p, c->person_id, c->job, c->a, e)) {
        if (e->field[0])
            err_field(e, arena_printf(c->a, "agnter_%s", e->field));
        c->received = S("***");
        return false;
    }
    purchase_proxy_keep(&p, &of, &c->who, c->received_at, c->job);
    return true;
}

/* ---- when was it sold? ---- */

/* Of a day alone, or with a clock that cannot be read, its last second. */
static bool moment_parse(int64_t *ms, str text)
{
    day d;
    int64_t clock[3] = {23, 59, 59};
    if (text.n < 10 || !day_parse(&d, (str){text.p, 10}))
        return false;
    for (int k = 0; text.n >= 19 && k < 3; k++)
        if (!decimal_parse(&clock[k], (str){text.p + 11 + (ptrdiff_t)3 * k, 2}, 0, 59))
            clock[k] = 59;
    *ms = d.number * DAY_MS - CHINA_OFFSET_MS + (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000;
    return true;
}

void gate_upload_take(gate_call *c, str when, const char *kind, int64_t purchase_id)
{
    purchase_upload u = {.purchase_id = purchase_id,
                         .kind = str_of(kind),
                         .person_id = c->person_id,
                         .transaction_no = c->infno,
                         .uploaded_at = c->received_at};
    if (!str_eq(c->access.kind, S("pharmacy")) || !moment_parse(&u.happened_at, when))
        return;
    str limit = gate_word_of(c->words, "upload_minutes", u.kind);
    if (!decimal_parse(&u.limit_minutes, limit, 0, INT64_C(100000000)))
        u.limit_minutes = 0;
    purchase_upload_keep(&u, &c->who, c->job, c->a);
}
