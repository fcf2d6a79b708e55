/* Electronic prescriptions: what hospitals send and ask (7101-7107). */
#include "edge/gateway/rx_internal.h"
#include "edge/gateway/sm_internal.h"

#include "base/day.h"
#include "base/money.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define DAY_MS          INT64_C(86400000)
#define USER            S("1234567812345678")
#define ROWS_MAX        200

static const char upload_members[] =
    "drCode prscDrName pharDeptName pharDeptCode pharProfttlCodg pharProfttlName pharCode "
    "pharCertType pharCertno pharName pharPracCertNo pharChkTime";
static const char withdrawal_members[] =
    "drCode undoDrName undoDrCertType undoDrCertno undoRea undoTime";

/* ---- shared ---- */

str rx_quoted(gate_call *c, str text)
{
    json_out o = json_out_new(c->a, text.n + 16);
    json_str(&o, text);
    return json_out_text(&o);
}

str rx_number(gate_call *c, int64_t id)
{
    return arena_printf(c->a, "\"%" PRId64 "\"", id);
}

str rx_e4(gate_call *c, int64_t e4)
{
    return arena_printf(c->a, "\"%" PRId64 ".%04d\"", e4 / 10000, (int)(e4 % 10000));
}

static str
member_of(const char *name, const str *from, int from_count, const rx_member *own, int own_count)
{
    str json = S("");
    for (int k = 0; k < own_count; k++)
        if (strcmp(own[k].name, name) == 0)
            return own[k].json;
    for (int k = 0; k < from_count && json.n == 0; k++)
        json = gate_raw_member(from[k], name);
    return json;
}

void rx_members_put(gate_call *c,
                    const char *node,
                    const str *from,
                    int from_count,
                    const rx_member *own,
                    int own_count)
{
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        if (f->direction != GATE_OUT || strcmp(f->node, node) != 0)
            continue;
        str json = member_of(f->name, from, from_count, own, own_count);
        json_key(&c->out, str_of(f->name));
        if (json.n)
            json_raw(&c->out, json);
        else
            json_null(&c->out);
    }
}

static str line_cut(str *left)
{
    const char *end = left->n ? memchr(left->p, '\n', (size_t)left->n) : NULL;
    str line = {left->p, end ? end - left->p : left->n};
    ptrdiff_t taken = line.n + (end != NULL);
    *left = (str){left->p + taken, left->n - taken};
    return line;
}

/* Rows of a node as lines, an object of JSON each. */
static str lines_of(gate_call *c, const gate_value *rows, int count)
{
    str all = S("");
    for (int i = 0; i < count; i++)
        all = arena_printf(c->a, "%.*s%s%.*s", STR_ARG(all), i ? "\n" : "",
                           STR_ARG(gate_json_of(c, rows[i])));
    return all;
}

static void items_put(gate_call *c, const prescription *p, const prescription_items *items)
{
    json_key(&c->out, S("rxDetlList"));
    json_open(&c->out, '[');
    for (int i = 0; i < items->count; i++) {
        const prescription_item *m = &items->at[i];
        bool taken = prescription_is_used(p) && (!p->paid || m->taken_e4 > 0);
        const rx_member own[] = {{"takeDrugFlag", taken ? S("\"1\"") : S("\"0\"")}};
        json_open(&c->out, '{');
        rx_members_put(c, "rxDetlList", &m->detail, 1, own, COUNTOF(own));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

bool rx_details_put(gate_call *c, const prescription *p, err *e)
{
    prescription_items items;
    care_visit v = {0};
    const actor writer = {.provider_id = p->provider_id};
    if (!prescription_items_get(&items, p->rx_id, c->job, c->a, e) ||
        !care_visit_get(&v, c->job, &writer, p->visit_id, p->person_id, c->a, e))
        return false;
    items_put(c, p, &items);
    const str from[] = {p->visit, p->upload};
    const rx_member own[] = {
        {"iptOpNo", gate_raw_member(p->visit, "iptOtpNo")},
        {"suckPrdFag", gate_raw_member(p->visit, "suckPrdFlag")},
        {"insutype", rx_quoted(c, gate_code_of(c->words, "insutype", v.scheme, S("")).code)}};
    gate_node_open(c, "rxOtpinfo");
    rx_members_put(c, "rxOtpinfo", from, COUNTOF(from), own, COUNTOF(own));
    gate_node_close(c);
    json_key(&c->out, S("rxDiseList"));
    json_open(&c->out, '[');
    for (str left = p->diagnoses; left.n;) {
        str line = line_cut(&left);
        json_open(&c->out, '{');
        rx_members_put(c, "rxDiseList", &line, 1, NULL, 0);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

void rx_about(gate_call *c, const char *field, str received, err *e)
{
    c->received = received;
    err_field(e, str_of(field));
}

bool rx_fine(gate_call *c, err *e)
{
    c->received = S("");
    e->field[0] = 0;
    return true;
}

bool rx_sender_is(gate_call *c, gate_value in, err *e)
{
    str said = gate_text(in, "fixmedinsCode");
    return said.n == 0 || str_eq(said, c->access.code) ||
           gate_fault(c, ERR_NO_RIGHT, "fixmedinsCode", said, "your own code", e);
}

bool rx_read(prescription *p, gate_call *c, gate_value in, err *e)
{
    int64_t id;
    if (!rx_sender_is(c, in, e) || !gate_need_id(&id, c, in, "hiRxno", e))
        return false;
    rx_about(c, "hiRxno", gate_text(in, "hiRxno"), e);
    if (!prescription_get(p, id, c->job, c->a, e))
        return false;
    c->person_id = p->person_id;
    c->object_id = p->rx_id;
    return true;
}

bool rx_person_is(gate_call *c, int64_t person_id, gate_value in, const char *name_field, err *e)
{
    str id_no = gate_text(in, "certno"), name = gate_text(in, name_field);
    store_rows person;
    if (!gate_person_rows(&person, c, person_id, e))
        return false;
    if (id_no.n && !str_eq(id_no, store_text(&person, 0, 3)))
        return gate_fault(c, ERR_ID_MISMATCH, "certno", S("***"), "that of the patient", e);
    return name.n == 0 || str_eq(name, store_text(&person, 0, 4)) ||
           gate_fault(c, ERR_ID_MISMATCH, name_field, S("***"), "the patient's name", e);
}

str rx_key_serial(str public_key, arena *a)
{
    return public_key.n ? sm3_hex(public_key, a) : S("");
}

/* ---- 7101: checked, and given its number ---- */

/* Of a day alone its last second. */
static bool moment_read(int64_t *ms, gate_call *c, gate_value in, const char *name, err *e)
{
    str on, text = gate_text(in, name);
    day d;
    *ms = 0;
    if (text.n == 0)
        return true;
    if (!gate_day(&on, c, in, name, true, e) || !day_parse(&d, on))
        return false;
    int64_t clock[3] = {23, 59, 59};
    for (int k = 0; text.n >= 19 && k < 3; k++)
        if (!decimal_parse(&clock[k], (str){text.p + 11 + (ptrdiff_t)3 * k, 2}, 0, 59))
            return gate_fault(c, ERR_BAD_DATE, name, text, "2024-02-29 08:30:00", e);
    *ms = d.number * DAY_MS - CHINA_OFFSET_MS + (clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000;
    return true;
}

/* As the message says: an end, or days; else what the common pack says. */
static bool until_read(int64_t *until, gate_call *c, gate_value in, err *e)
{
    int64_t written, days_e4;
    str said = gate_text(in, "valiDays");
    if (said.n == 0)
        said = gate_word_of(c->words, "rx_days", S("default"));
    if (gate_text(in, "prscTime").n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "prscTime", S(""), "a moment", e);
    if (!moment_read(&written, c, in, "prscTime", e) ||
        !moment_read(until, c, in, "valiEndTime", e))
        return false;
    if (!decimal_parse(&days_e4, said, 4, INT64_C(3660000)) || days_e4 == 0)
        return gate_fault(c, ERR_BAD_VALUE, "valiDays", said, "1 to 366 days", e);
    if (*until == 0)
        *until = written + days_e4 / 10000 * DAY_MS;
    if (*until <= written)
        return gate_fault(c, ERR_BAD_VALUE, "valiEndTime", gate_text(in, "valiEndTime"),
                          "after prscTime", e);
    return *until >= c->received_at || gate_fault(c, ERR_BAD_VALUE, "valiEndTime",
                                                  gate_moment(*until, c->a), "not over yet", e);
}

static bool visit_of(care_visit *v, gate_call *c, gate_value in, err *e)
{
    int64_t visit_id, person_id;
    if (!rx_sender_is(c, in, e) || !gate_need_id(&visit_id, c, in, "mdtrtId", e) ||
        !gate_need_id(&person_id, c, in, "psnNo", e))
        return false;
    c->person_id = person_id;
    c->received = gate_text(in, "mdtrtId");
    if (!care_visit_get(v, c->job, &c->who, visit_id, person_id, c->a, e) ||
        (str_eq(v->state, S("cancelled")) && !care_visit_must_be_open(v, true, e))) {
        err_field(e, S("mdtrtId"));
        return false;
    }
    c->received = S("");
    gate_visit_credential(c, v);
    return rx_person_is(c, person_id, in, "patnName", e);
}

static bool item_read(prescription_item *m, gate_call *c, gate_value row, err *e)
{
    *m = (prescription_item){.unit = gate_text(row, "drugDosunt"), .detail = gate_json_of(c, row)};
    if (!gate_need(&m->item_code, c, row, "medListCodg", e) ||
        !gate_quantity(&m->quantity_e4, c, row, "drugCnt", e))
        return false;
    return m->quantity_e4 > 0 ||
           gate_fault(c, ERR_BAD_VALUE, "drugCnt", gate_text(row, "drugCnt"), "above 0", e);
}

static bool row_fault(gate_call *c, const char *node, int number, err *e)
{
    str field = str_of(e->field);
    err_field(e, arena_printf(c->a, "input.%s[%d].%.*s", node, number, STR_ARG(field)));
    return false;
}

static bool items_read(prescription_items *items, gate_call *c, err *e)
{
    gate_value *rows;
    int count = gate_rows(&rows, c, "rxdrugdetail");
    if (count == 0 || count > ROWS_MAX)
        return gate_fault(c, count ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "input.rxdrugdetail", S(""),
                          "1 to 200 drugs", e);
    *items = (prescription_items){arena_new(c->a, prescription_item, count), count};
    for (int i = 0; i < count; i++)
        if (!item_read(&items->at[i], c, rows[i], e))
            return row_fault(c, "rxdrugdetail", i + 1, e);
    return true;
}

/* Token or card, where the message names one. */
static bool shown_credential(gate_call *c, gate_value in, int64_t person_id, err *e)
{
    str type = gate_text(in, "mdtrtCertType"), number = gate_text(in, "mdtrtCertNo");
    const char *kind = str_eq(type, S("01")) ? "token" : str_eq(type, S("03")) ? "card" : "";
    return number.n == 0 || gate_credential_is(&person_id, c, str_of(kind), number,
                                               gate_text(in, "cardSn"), "mdtrtCertNo", e);
}

bool gate_prescription_check(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data"), *dise;
    prescription p = {.provider_id = c->access.provider_id};
    prescription_items items;
    care_visit v;
    int wrong;
    if (!gate_need(&p.own_no, c, in, "hospRxno", e) || !until_read(&p.until_at, c, in, e))
        return false;
    gate_value visit = gate_node(c, "mdtrtinfo");
    if (!visit_of(&v, c, visit, e))
        return false;
    c->node = "data";
    if (!shown_credential(c, in, v.person_id, e) || !items_read(&items, c, e))
        return false;
    p.person_id = v.person_id;
    p.visit_id = v.visit_id;
    p.head = gate_json_of(c, in);
    p.visit = gate_json_of(c, visit);
    int count = gate_rows(&dise, c, "diseinfo");
    p.diagnoses = lines_of(c, dise, count);
    c->received = p.own_no;
    if (!prescription_check(&p, &items, &wrong, c->job, c->with->office, c->a, e)) {
        if (wrong >= 0)
            c->received = items.at[wrong].item_code;
        return wrong >= 0 ? row_fault(c, "rxdrugdetail", wrong + 1, e) : false;
    }
    c->object_id = p.rx_id;
    rx_fine(c, e);
    gate_node_open(c, "data");
    json_field(&c->out, S("rxTraceCode"), p.trace_code);
    json_field_id(&c->out, S("hiRxno"), p.rx_id);
    gate_node_close(c);
    return true;
}

/* ---- one's own ---- */

static bool own_read(prescription *p, gate_call *c, gate_value in, err *e)
{
    if (!rx_read(p, c, in, e))
        return false;
    if (p->provider_id != c->access.provider_id) {
        c->person_id = c->object_id = 0;
        return gate_fault(c, ERR_NOT_FOUND, "hiRxno", gate_text(in, "hiRxno"),
                          "a prescription of yours", e);
    }
    return true;
}

/* As 7105, 7106 and 7107 ask. */
static bool asked_for(prescription *p, gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t visit_id;
    if (!own_read(p, c, in, e))
        return false;
    if (str_eq(p->state, S("checked")))
        return gate_fault(c, ERR_RX_STATE, "hiRxno", gate_text(in, "hiRxno"),
                          "one that was uploaded (7103)", e);
    rx_fine(c, e);
    if (gate_text(in, "mdtrtId").n) {
        if (!gate_need_id(&visit_id, c, in, "mdtrtId", e))
            return false;
        if (visit_id != p->visit_id)
            return gate_fault(c, ERR_NOT_FOUND, "mdtrtId", gate_text(in, "mdtrtId"),
                              "the visit it was written at", e);
    }
    return rx_person_is(c, p->person_id, in, "psnName", e);
}

static void state_put(gate_call *c, str said)
{
    gate_code code = gate_code_of(c->words, "rx_stas_codg", said, S(""));
    json_field(&c->out, S("rxStasCodg"), code.code);
    json_field(&c->out, S("rxStasName"), code.label);
}

static void state_answer(gate_call *c, const prescription *p, str said)
{
    gate_node_open(c, "data");
    json_field_id(&c->out, S("hiRxno"), p->rx_id);
    state_put(c, said);
    gate_node_close(c);
}

/* ---- 7102 ---- */

/* What is signed names the prescription. */
static bool signed_names(gate_call *c, str text, str *number, str *trace, err *e)
{
    json_reader *reader = json_reader_new();
    if (!reader)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    gate_value v = {json_parse_copy(reader, text, c->a, e), NULL};
    v.node = v.first;
    *number = v.node ? arena_str(c->a, gate_text(v, "hiRxno")) : S("");
    *trace = v.node ? arena_str(c->a, gate_text(v, "rxTraceCode")) : S("");
    json_reader_free(reader);
    return v.node != NULL;
}

static bool sign(prescription *p, gate_call *c, err *e)
{
    unsigned char key[SM_KEY_BYTES], point[SM_POINT_BYTES], signature[SM_SIGNATURE_BYTES];
    if (!sm2_private_read(key, c->access.private_key, c->a) || !sm2_public_of(point, key) ||
        !sm2_sign(signature, key, p->signed_text, USER))
        return gate_fault(c, ERR_NOT_SUPPORTED, "infno", c->infno,
                          "an institution with a private_key (gongji import gateways)", e);
    p->signature = sm_base64((str){(char *)signature, sizeof signature}, c->a);
    p->signed_key = sm_hex((str){(char *)point, sizeof point}, false, c->a);
    return true;
}

bool gate_prescription_sign(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    str value, file, text, number = {0}, trace = {0};
    int64_t id;
    if (!rx_sender_is(c, in, e) || !gate_need(&value, c, in, "originalValue", e) ||
        !gate_need(&file, c, in, "originalRxFile", e))
        return false;
    rx_about(c, "originalValue", S("…"), e);
    err_expected(e, "the base64 of JSON with hiRxno and rxTraceCode of 7101");
    if (!sm_bytes(&text, value, c->a))
        return FAIL(e, ERR_BAD_VALUE, "it is no base64");
    if (!signed_names(c, text, &number, &trace, e))
        return false;
    if (!id_parse(&id, number))
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    if (!prescription_get(&p, id, c->job, c->a, e))
        return false;
    if (p.provider_id != c->access.provider_id || !str_eq(p.trace_code, trace))
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    c->person_id = p.person_id;
    c->object_id = p.rx_id;
    p.signed_text = value;
    p.file_digest = sm3_hex(file, c->a);
    if (!sign(&p, c, e) || !prescription_sign(&p, c->job, e))
        return false;
    e->expected[0] = 0;
    rx_fine(c, e);
    gate_node_open(c, "data");
    json_field(&c->out, S("rxFile"), file);
    json_field(&c->out, S("signDigest"), p.signature);
    json_field(&c->out, S("signCertSn"), rx_key_serial(p.signed_key, c->a));
    json_field(&c->out, S("signCertDn"), S(""));
    gate_node_close(c);
    return true;
}

/* ---- 7103 ---- */

/* What 7102 signed has to come as it went; what was signed elsewhere nobody here can check. */
static bool signature_fits(prescription *p, gate_call *c, str file, str signature, err *e)
{
    str digest = sm3_hex(file, c->a);
    if (p->signature.n == 0) {
        p->signature = signature;
        p->file_digest = digest;
        c->warning = S("[not_signed] 处方未经本平台签名（7102），取药机构无法验签");
        return true;
    }
    if (!str_eq(signature, p->signature))
        return gate_fault(c, ERR_BAD_SIGNATURE, "signDigest", signature, "what 7102 answered", e);
    return str_eq(digest, p->file_digest) ||
           gate_fault(c, ERR_BAD_SIGNATURE, "rxFile", S("…"), "the file that 7102 answered", e);
}

bool gate_prescription_upload(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    str file, signature, trace;
    if (!gate_need(&file, c, in, "rxFile", e) || !gate_need(&signature, c, in, "signDigest", e) ||
        !gate_need(&trace, c, in, "rxTraceCode", e) || !own_read(&p, c, in, e))
        return false;
    if (!str_eq(trace, p.trace_code))
        return gate_fault(c, ERR_NOT_FOUND, "rxTraceCode", trace, "what 7101 answered", e);
    if (gate_text(in, "mdtrtId").n &&
        !str_eq(gate_text(in, "mdtrtId"), arena_printf(c->a, "%" PRId64, p.visit_id)))
        return gate_fault(c, ERR_NOT_FOUND, "mdtrtId", gate_text(in, "mdtrtId"),
                          "the visit of 7101", e);
    if (!rx_person_is(c, p.person_id, in, "patnName", e) ||
        !signature_fits(&p, c, file, signature, e))
        return false;
    p.upload = arena_printf(c->a, "{%.*s}", STR_ARG(gate_members(c, in, upload_members)));
    rx_about(c, "hiRxno", gate_text(in, "hiRxno"), e);
    if (!prescription_upload(&p, file, c->received_at, c->job, c->a, e))
        return false;
    rx_fine(c, e);
    state_answer(c, &p, S("valid"));
    return true;
}

/* ---- 7104 ---- */

bool gate_prescription_withdraw(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    str why;
    if (!gate_need(&why, c, in, "undoRea", e) || !own_read(&p, c, in, e))
        return false;
    str told = arena_printf(c->a, "{%.*s}", STR_ARG(gate_members(c, in, withdrawal_members)));
    if (!prescription_withdraw(&p, told, c->job, e))
        return false;
    rx_fine(c, e);
    state_answer(c, &p, S("withdrawn"));
    return true;
}

/* ---- 7105, 7106, 7107 ---- */

str rx_named(gate_call *c, const prescription *p, const char *member, const char *kind)
{
    str code = gate_raw_member(p->head, member);
    if (code.n >= 2 && code.p[0] == '"')
        code = (str){code.p + 1, code.n - 2};
    return rx_quoted(c, gate_word_of(c->words, kind, code));
}

bool gate_prescription_show(gate_call *c, err *e)
{
    prescription p = {0};
    if (!asked_for(&p, c, e))
        return false;
    gate_code state =
        gate_code_of(c->words, "rx_stas_codg", prescription_state(&p, c->received_at), S(""));
    gate_code used = gate_code_of(c->words, "rx_used_stas_codg",
                                  prescription_is_used(&p) ? S("used") : S("unused"), S(""));
    const rx_member own[] = {{"hiRxno", rx_number(c, p.rx_id)},
                             {"fixmedinsCode", rx_quoted(c, p.provider_code)},
                             {"fixmedinsName", rx_quoted(c, p.provider_name)},
                             {"rxStasCodg", rx_quoted(c, state.code)},
                             {"rxStasName", rx_quoted(c, state.label)},
                             {"rxUsedStasCodg", rx_quoted(c, used.code)},
                             {"rxUsedStasName", rx_quoted(c, used.label)},
                             {"bizTypeName", rx_named(c, &p, "bizTypeCode", "rx_biz_name")},
                             {"rxExraAttrName", rx_named(c, &p, "rxExraAttrCode", "rx_attr_name")},
                             {"rxTypeName", rx_named(c, &p, "rxTypeCode", "rx_type_name")},
                             {"valiEndTime", rx_quoted(c, gate_moment(p.until_at, c->a))},
                             {"rxCircLimitFlag", S("\"0\"")}};
    gate_node_open(c, "data");
    rx_members_put(c, "data", &p.head, 1, own, COUNTOF(own));
    gate_node_close(c);
    return rx_details_put(c, &p, e);
}

bool gate_prescription_audit_show(gate_call *c, err *e)
{
    prescription p = {0};
    if (!asked_for(&p, c, e))
        return false;
    gate_code found = {S(""), S("")};
    if (p.audit.n)
        found = gate_code_of(c->words, "rx_chk_stas_codg", p.audit, S(""));
    else
        c->warning = S("[not_audited] 取药机构药师尚未审核");
    gate_code state =
        gate_code_of(c->words, "rx_stas_codg", prescription_state(&p, c->received_at), S(""));
    const rx_member own[] = {{"hiRxno", rx_number(c, p.rx_id)},
                             {"rxChkStasCodg", rx_quoted(c, found.code)},
                             {"rxChkStasName", rx_quoted(c, found.label)},
                             {"rxStasCodg", rx_quoted(c, state.code)},
                             {"rxStasName", rx_quoted(c, state.label)}};
    gate_node_open(c, "data");
    rx_members_put(c, "data", &p.audit_detail, 1, own, COUNTOF(own));
    gate_node_close(c);
    return true;
}

static void sale_line_put(gate_call *c, str line, str count)
{
    const rx_member own[] = {{"cnt", count}, {"takeDrugFlag", S("\"1\"")}};
    json_open(&c->out, '{');
    rx_members_put(c, "seltdelts", &line, 1, own, COUNTOF(own));
    json_close(&c->out, '}');
}

bool gate_prescription_sale_show(gate_call *c, err *e)
{
    prescription p = {0};
    prescription_items items;
    if (!asked_for(&p, c, e) || !prescription_items_get(&items, p.rx_id, c->job, c->a, e))
        return false;
    bool used = prescription_is_used(&p);
    gate_code code =
        gate_code_of(c->words, "rx_used_stas_codg", used ? S("used") : S("unused"), S(""));
    gate_node_open(c, "data");
    json_field_id(&c->out, S("hiRxno"), p.rx_id);
    json_field(&c->out, S("setlTime"),
               used ? gate_moment(p.paid ? p.used_at : p.sale_at, c->a) : S(""));
    state_put(c, prescription_state(&p, c->received_at));
    json_field(&c->out, S("rxUsedStasCodg"), code.code);
    json_field(&c->out, S("rxUsedStasName"), code.label);
    gate_node_close(c);
    json_key(&c->out, S("seltdelts"));
    json_open(&c->out, '[');
    for (str left = used ? p.sale_lines : S(""); left.n;) {
        str line = line_cut(&left);
        sale_line_put(c, line, gate_raw_member(line, "drugTotlcnt"));
    }
    for (int i = 0; used && p.sale_lines.n == 0 && i < items.count; i++)
        if (items.at[i].taken_e4 > 0)
            sale_line_put(c, items.at[i].detail, rx_e4(c, items.at[i].taken_e4));
    json_close(&c->out, ']');
    return true;
}
