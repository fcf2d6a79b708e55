/* Who comes: sign-in, persons, providers, recognised diseases. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"

/* ---- sign-in ---- */

bool gate_sign_in(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "signIn");
    str operator;
    if (!gate_need(&operator, c, in, "opter_no", e))
        return false;
    str sign_no = arena_printf(c->a, "%" PRId64, c->message_id);
    const store_value row[] = {STORE_T(sign_no),
                               STORE_N(c->access.provider_id),
                               STORE_T(operator),
                               STORE_T(gate_text(in, "mac")),
                               STORE_T(gate_text(in, "ip")),
                               STORE_N(c->received_at)};
    store_put(c->job, SQL_GATEWAY_SIGN_IN_ADD, row, COUNTOF(row));
    gate_node_open(c, "signinoutb");
    json_field(&c->out, S("sign_time"), gate_moment(c->received_at, c->a));
    json_field(&c->out, S("sign_no"), sign_no);
    gate_node_close(c);
    return true;
}

bool gate_sign_out(gate_call *c, err *e)
{
    str sign_no;
    store_rows r;
    if (!gate_need(&sign_no, c, gate_node(c, "signOut"), "sign_no", e))
        return false;
    const store_value key[] = {STORE_T(sign_no), STORE_N(c->access.provider_id),
                               STORE_N(c->received_at)};
    if (!store_query(c->job, SQL_GATEWAY_SIGN_IN_GET, key, 2, &r, c->a, e))
        return false;
    if (r.row_count == 0 || store_number(&r, 0, 2))
        return gate_fault(c, ERR_NOT_FOUND, "sign_no", sign_no, "what 9001 answered", e);
    store_put_one(c->job, SQL_GATEWAY_SIGN_OUT, key, COUNTOF(key));
    gate_node_open(c, "signinoutb");
    json_field(&c->out, S("sign_time"), gate_moment(c->received_at, c->a));
    gate_node_close(c);
    return true;
}

/* ---- persons ---- */

bool gate_person_rows(store_rows *out, gate_call *c, int64_t person_id, err *e)
{
    const store_value id = STORE_N(person_id);
    if (!store_query(c->job, SQL_GATEWAY_PERSON, &id, 1, out, c->a, e))
        return false;
    c->person_id = person_id;
    return out->row_count > 0 || gate_fault(c, ERR_NOT_FOUND, "psn_no", S(""), NULL, e);
}

/* The certificate number that came, by itself or as the credential; "" = a token or card alone. */
static bool id_no_of(str *out, gate_call *c, gate_value in, err *e)
{
    str type = gate_text(in, "mdtrt_cert_type"), number = gate_text(in, "mdtrt_cert_no");
    bool other = str_eq(type, S("01")) || str_eq(type, S("03"));
    bool by_number = str_eq(type, S("02")) || type.n == 0;
    *out = by_number && number.n ? number : gate_text(in, "certno");
    if (out->n || (other && number.n))
        return true;
    if (by_number || other)
        return gate_fault(c, ERR_MISSING_FIELD, "mdtrt_cert_no", S(""), "the number of it", e);
    c->received = type;
    err_field(e, S("mdtrt_cert_type"));
    err_expected(e, "01, 02, 03, or certno beside it");
    return FAIL(e, ERR_NOT_SUPPORTED, "%s", "");
}

enum { DATED_WHAT, DATED_KIND, DATED_VALUE, DATED_FROM, DATED_UNTIL, DATED_FACTS };

static bool within(const store_rows *r, ptrdiff_t i, str on)
{
    str until = store_text(r, i, DATED_UNTIL);
    return str_cmp(store_text(r, i, DATED_FROM), on) <= 0 && (!until.n || str_cmp(on, until) <= 0);
}

static bool text_holds(str text, const char *part)
{
    ptrdiff_t n = (ptrdiff_t)strlen(part);
    for (ptrdiff_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, part, (size_t)n) == 0)
            return true;
    return false;
}

static void
cover_put(gate_call *c, const store_rows *r, ptrdiff_t i, str area, int64_t account_fen, str today)
{
    str scheme = store_text(r, i, DATED_KIND);
    bool employee = str_eq(scheme, S("employee"));
    json_open(&c->out, '{');
    gate_put_fen(c, "balc", employee ? account_fen : 0);
    json_field(&c->out, S("insutype"), gate_code_of(c->words, "insutype", scheme, S("")).code);
    json_field(&c->out, S("psn_type"),
               gate_code_of(c->words, "psn_type", store_text(r, i, DATED_VALUE), S("")).code);
    json_field(&c->out, S("psn_insu_stas"), within(r, i, today) ? S("1") : S("4"));
    json_field(&c->out, S("psn_insu_date"), store_text(r, i, DATED_FROM));
    json_field(&c->out, S("paus_insu_date"), store_text(r, i, DATED_UNTIL));
    json_field(&c->out, S("cvlserv_flag"),
               text_holds(store_text(r, i, DATED_FACTS), "civil_rank") ? S("1") : S("0"));
    json_field(&c->out, S("insuplc_admdvs"), area);
    json_field(&c->out, S("emp_name"), S(""));
    json_close(&c->out, '}');
}

static void category_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    json_open(&c->out, '{');
    json_field(&c->out, S("psn_idet_type"),
               gate_code_of(c->words, "psn_idet_type", store_text(r, i, DATED_VALUE), S("")).code);
    json_field(&c->out, S("psn_type_lv"), S(""));
    json_field(&c->out, S("memo"), S(""));
    json_field(&c->out, S("begntime"), store_text(r, i, DATED_FROM));
    json_field(&c->out, S("endtime"), store_text(r, i, DATED_UNTIL));
    json_close(&c->out, '}');
}

static void base_put(gate_call *c, const store_rows *p, str today)
{
    day born, on;
    str birth = store_text(p, 0, 6);
    bool known = day_parse(&born, birth) && day_parse(&on, today);
    gate_node_open(c, "baseinfo");
    json_field(&c->out, S("psn_no"), arena_printf(c->a, "%" PRId64, store_number(p, 0, 0)));
    json_field(&c->out, S("psn_cert_type"), store_text(p, 0, 2));
    json_field(&c->out, S("certno"), store_text(p, 0, 3));
    json_field(&c->out, S("psn_name"), store_text(p, 0, 4));
    json_field(&c->out, S("gend"), gate_code_of(c->words, "gend", store_text(p, 0, 5), S("")).code);
    json_field(&c->out, S("naty"), S(""));
    json_field(&c->out, S("brdy"), birth);
    gate_put_number(c, "age", arena_printf(c->a, "%d", known ? age_on(born, on) : 0));
    json_field(&c->out, S("exp_content"), S(""));
    gate_node_close(c);
}

/* Of persons registered in several areas the one insured where the message says, else where the
 * provider is. */
static int64_t person_choose(gate_call *c, const store_rows *r)
{
    const str area[] = {gate_text(c->body, "insuplc_admdvs"), c->access.area_code};
    for (ptrdiff_t k = 0; k < COUNTOF(area); k++) {
        const office_pack *wanted = office_pack_of_area(c->with->office, area[k]);
        for (ptrdiff_t i = 0; wanted && i < r->row_count; i++)
            if (office_pack_of_area(c->with->office, store_text(r, i, 1)) == wanted)
                return store_number(r, i, 0);
    }
    return store_number(r, 0, 0);
}

/* By certificate, or by the token or card that stands for the person, or both. */
static bool who_is_it(int64_t *person_id, gate_call *c, gate_value in, err *e)
{
    str id_no;
    store_rows found;
    *person_id = 0;
    if (!id_no_of(&id_no, c, in, e))
        return false;
    const store_value key = STORE_T(id_no);
    if (id_no.n && !store_query(c->job, SQL_GATEWAY_PERSON_BY_ID_NO, &key, 1, &found, c->a, e))
        return false;
    if (id_no.n && found.row_count == 0)
        return gate_fault(c, ERR_NOT_FOUND, "certno", S("***"), "a person insured here", e);
    if (id_no.n)
        *person_id = person_choose(c, &found);
    return gate_credential_use(person_id, c, in, e);
}

bool gate_person_find(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str name = gate_text(in, "psn_name"), today = gate_today(c);
    store_rows person, dated;
    int64_t account_fen, person_id;
    if (!who_is_it(&person_id, c, in, e))
        return false;
    const store_value id = STORE_N(person_id);
    if (!gate_person_rows(&person, c, id.number, e) ||
        !store_query(c->job, SQL_DESK_DATED, &id, 1, &dated, c->a, e) ||
        !desk_account_in(&account_fen, c->job, id.number, c->a, e))
        return false;
    if (name.n && !str_eq(name, store_text(&person, 0, 4)))
        return gate_fault(c, ERR_ID_MISMATCH, "psn_name", name, "the name that belongs to it", e);
    base_put(c, &person, today);
    json_key(&c->out, S("insuinfo"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < dated.row_count; i++)
        if (str_eq(store_text(&dated, i, DATED_WHAT), S("cover")))
            cover_put(c, &dated, i, store_text(&person, 0, 1), account_fen, today);
    json_close(&c->out, ']');
    json_key(&c->out, S("idetinfo"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < dated.row_count; i++)
        if (str_eq(store_text(&dated, i, DATED_KIND), S("category")) && within(&dated, i, today))
            category_put(c, &dated, i);
    json_close(&c->out, ']');
    return true;
}

/* ---- recognised diseases ---- */

bool gate_diseases_show(gate_call *c, err *e)
{
    int64_t person_id;
    store_rows person, dated;
    if (!gate_need_id(&person_id, c, gate_node(c, "data"), "psn_no", e) ||
        !gate_person_rows(&person, c, person_id, e))
        return false;
    const store_value id = STORE_N(person_id);
    if (!store_query(c->job, SQL_DESK_DATED, &id, 1, &dated, c->a, e))
        return false;
    json_key(&c->out, S("feedetail"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < dated.row_count; i++) {
        str disease = store_text(&dated, i, DATED_VALUE);
        if (!str_eq(store_text(&dated, i, DATED_WHAT), S("flag")) ||
            !str_eq(store_text(&dated, i, DATED_KIND), S("disease")))
            continue;
        str code = gate_code_of(c->words, "dise_codg", disease, S("")).code;
        json_open(&c->out, '{');
        json_field(&c->out, S("opsp_dise_code"), code.n ? code : disease);
        json_field(&c->out, S("opsp_dise_name"), disease);
        json_field(&c->out, S("begndate"), store_text(&dated, i, DATED_FROM));
        json_field(&c->out, S("enddate"), store_text(&dated, i, DATED_UNTIL));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

/* ---- providers ---- */

bool gate_provider_find(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "medinsinfo");
    str code = gate_text(in, "fixmedins_code"), name = gate_text(in, "fixmedins_name");
    store_rows r;
    if (code.n == 0 && name.n == 0)
        code = c->access.code; /* who asks about nobody asks about himself */
    const store_value key[] = {STORE_T(code),
                               STORE_T(arena_printf(c->a, "%%%.*s%%", STR_ARG(name)))};
    if (!store_query(c->job, SQL_GATEWAY_PROVIDERS, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 0)
        return gate_fault(c, ERR_NOT_FOUND, "fixmedins_code", code.n ? code : name, NULL, e);
    json_key(&c->out, S("medinsinfo"));
    if (r.row_count > 1 || c->access.nodes_array)
        json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        json_open(&c->out, '{');
        json_field(&c->out, S("fixmedins_code"), store_text(&r, i, 1));
        json_field(&c->out, S("fixmedins_name"), store_text(&r, i, 2));
        json_field(&c->out, S("uscc"), S(""));
        json_field(&c->out, S("fixmedins_type"),
                   gate_code_of(c->words, "fixmedins_type", store_text(&r, i, 3), S("")).code);
        json_field(&c->out, S("hosp_lv"),
                   gate_code_of(c->words, "hosp_lv", store_text(&r, i, 4), S("")).code);
        json_field(&c->out, S("exp_content"), S(""));
        json_close(&c->out, '}');
    }
    if (r.row_count > 1 || c->access.nodes_array)
        json_close(&c->out, ']');
    return true;
}
