/* Electronic prescriptions: what pharmacies ask and send (7201-7208). */
#include "edge/gateway/rx_internal.h"
#include "edge/gateway/sm_internal.h"

#define USER        S("1234567812345678")
#define PERSONS_MAX 8

static const char audit_members[] = "pharName pharCode pharCertType pharCertno rxChkOpnn rxChkTime";

/* ---- 7201, 7203: the person lets a pharmacy see ---- */

static bool grant_put(gate_call *c, const prescription_grant *g, err *e)
{
    prescription p = {0};
    if (!prescription_get(&p, g->rx_id, c->job, c->a, e))
        return false;
    const str from[] = {p.head, p.visit};
    const rx_member own[] = {{"authRxno", rx_number(c, g->grant_no)},
                             {"epcToken", rx_quoted(c, g->token)},
                             {"expiresIn", rx_quoted(c, gate_moment(g->until_at, c->a))},
                             {"fixmedinsCode", rx_quoted(c, p.provider_code)},
                             {"fixmedinsName", rx_quoted(c, p.provider_name)},
                             {"deptName", gate_raw_member(p.visit, "prscDeptName")},
                             {"rxExraAttrName", rx_named(c, &p, "rxExraAttrCode", "rx_attr_name")},
                             {"valiEndTime", rx_quoted(c, gate_moment(p.until_at, c->a))}};
    rx_members_put(c, "data", from, COUNTOF(from), own, COUNTOF(own));
    return true;
}

/* Who is there: by certificate and name, and a token or the number of a look at his papers. */
static bool person_there(store_rows *found, gate_call *c, gate_value in, err *e)
{
    str id_no, name;
    if (!rx_sender_is(c, in, e) || !gate_need(&id_no, c, in, "certno", e) ||
        !gate_need(&name, c, in, "psnName", e))
        return false;
    if (gate_text(in, "ecToken").n == 0 && gate_text(in, "regSn").n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "ecToken", S(""), "a token, or regSn", e);
    if (str_eq(gate_text(in, "outFlag"), S("1")))
        return gate_fault(c, ERR_NOT_SUPPORTED, "outFlag", S("1"), "0: those kept here", e);
    const store_value key = STORE_T(id_no);
    if (!store_query(c->job, SQL_GATEWAY_PERSON_BY_ID_NO, &key, 1, found, c->a, e))
        return false;
    if (found->row_count == 0)
        return gate_fault(c, ERR_NOT_FOUND, "certno", S("***"), "a person insured here", e);
    return str_eq(name, store_text(found, 0, 4)) ||
           gate_fault(c, ERR_ID_MISMATCH, "psnName", S("***"), "the name that belongs to it", e);
}

/* The token of any of the rows a person has in several areas. */
static bool token_fits(gate_call *c, const store_rows *found, str token, err *e)
{
    for (ptrdiff_t i = 0; token.n && i < found->row_count; i++) {
        int64_t person_id = store_number(found, i, 0);
        *e = (err){0};
        if (gate_credential_is(&person_id, c, S("token"), token, S(""), "ecToken", e))
            return true;
    }
    return token.n == 0;
}

bool gate_prescriptions_grant(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    store_rows found = {0};
    prescription_grant *g = arena_new(c->a, prescription_grant, PRESCRIPTION_GRANTS_MAX);
    if (!person_there(&found, c, in, e) || !token_fits(c, &found, gate_text(in, "ecToken"), e))
        return false;
    c->person_id = store_number(&found, 0, 0);
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < found.row_count && i < PERSONS_MAX; i++) {
        int count;
        if (!prescription_grant_all(g, &count, &c->who, store_number(&found, i, 0), c->received_at,
                                    c->job, c->a, e))
            return false;
        for (int k = 0; k < count; k++) {
            json_open(&c->out, '{');
            if (!grant_put(c, &g[k], e))
                return false;
            json_close(&c->out, '}');
        }
    }
    json_close(&c->out, ']');
    return true;
}

bool gate_prescription_decode(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    prescription_grant g;
    str code;
    if (!rx_sender_is(c, in, e) || !gate_need(&code, c, in, "epcQrcd", e))
        return false;
    rx_about(c, "epcQrcd", code, e);
    if (!prescription_grant_one(&g, &p, &c->who, code, c->received_at, c->job, c->a, e))
        return false;
    c->person_id = p.person_id;
    c->object_id = p.rx_id;
    rx_fine(c, e);
    gate_node_open(c, "data");
    if (!grant_put(c, &g, e))
        return false;
    gate_node_close(c);
    return true;
}

/* ---- 7204 ---- */

static str suffix_of(str base64)
{
    bool pdf = base64.n > 5 && memcmp(base64.p, "JVBER", 5) == 0; /* %PDF */
    bool zip = base64.n > 5 && memcmp(base64.p, "UEsDB", 5) == 0;
    return pdf ? S("pdf") : zip ? S("ofd") : S("");
}

bool gate_prescription_fetch(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    str token, file;
    int64_t grant_no;
    if (!rx_sender_is(c, in, e) || !gate_need(&token, c, in, "epcToken", e) ||
        !gate_need_id(&grant_no, c, in, "authRxno", e))
        return false;
    rx_about(c, "authRxno", gate_text(in, "authRxno"), e);
    if (!prescription_grant_open(&p, &c->who, grant_no, token, c->received_at, c->job, c->a, e) ||
        !prescription_file(&file, p.rx_id, c->job, c->a, e))
        return false;
    c->person_id = p.person_id;
    c->object_id = p.rx_id;
    rx_fine(c, e);
    const str from[] = {p.head, p.visit};
    const rx_member own[] = {{"hiRxno", rx_number(c, p.rx_id)},
                             {"rxTraceCode", rx_quoted(c, p.trace_code)},
                             {"fixmedinsCode", rx_quoted(c, p.provider_code)},
                             {"fixmedinsName", rx_quoted(c, p.provider_name)},
                             {"rxTypeName", rx_named(c, &p, "rxTypeCode", "rx_type_name")},
                             {"valiEndTime", rx_quoted(c, gate_moment(p.until_at, c->a))},
                             {"rxFile", rx_quoted(c, file)},
                             {"fileSuffix", rx_quoted(c, suffix_of(file))}};
    gate_node_open(c, "data");
    rx_members_put(c, "data", from, COUNTOF(from), own, COUNTOF(own));
    gate_node_close(c);
    return rx_details_put(c, &p, e);
}

/* ---- 7205 ---- */

/* What is wrong with it; NULL = nothing. */
static const char *verdict(gate_call *c, const prescription *p, str trace, str file)
{
    unsigned char point[SM_POINT_BYTES], signature[SM_SIGNATURE_BYTES];
    if (!str_eq(trace, p->trace_code))
        return "[wrong_trace] 处方追溯码不符";
    if (!str_eq(sm3_hex(file, c->a), p->file_digest))
        return "[wrong_file] 处方文件与上传的不一致";
    if (p->signed_key.n == 0)
        return "[not_signed] 处方未经本平台签名，无法验签";
    if (!sm2_public_read(point, p->signed_key, c->a) ||
        !sm2_signature_read(signature, p->signature, c->a) ||
        !sm2_verify(point, signature, p->signed_text, USER))
        return "[bad_signature] 处方签名校验失败";
    return NULL;
}

bool gate_prescription_verify(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    prescription_grant g;
    str token, trace, file;
    if (!gate_need(&token, c, in, "epcToken", e) || !gate_need(&trace, c, in, "rxTraceCode", e) ||
        !gate_need(&file, c, in, "rxFile", e) || !rx_read(&p, c, in, e) ||
        !prescription_grant_of(&g, &p, &c->who, token, c->job, c->a, e))
        return false;
    rx_fine(c, e);
    const char *wrong = verdict(c, &p, trace, file);
    if (wrong)
        c->warning = str_of(wrong);
    else
        prescription_verified(&g, c->job);
    gate_node_open(c, "data");
    json_field_bool(&c->out, S("flag"), !wrong);
    json_field(&c->out, S("rxSignVerifySn"),
               wrong ? S("") : arena_printf(c->a, "%" PRId64, g.verify_no));
    json_field(&c->out, S("signCertSn"), rx_key_serial(p.signed_key, c->a));
    json_field(&c->out, S("signCertDn"), S(""));
    gate_node_close(c);
    return true;
}

/* ---- 7206 ---- */

/* One that was signed has to be verified before it is passed. */
static bool verified(gate_call *c, gate_value in, const prescription *p, int64_t verify_no, err *e)
{
    str said = gate_text(in, "rxSignVerifySn");
    bool same = verify_no && str_eq(said, arena_printf(c->a, "%" PRId64, verify_no));
    return same || p->signed_key.n == 0 || str_eq(p->audit, S("failed")) ||
           gate_fault(c, ERR_BAD_VALUE, "rxSignVerifySn", said, "what 7205 answered", e);
}

bool gate_prescription_judge(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    prescription_grant g;
    str token, audit, who;
    if (!gate_need(&token, c, in, "epcToken", e) || !gate_need(&who, c, in, "pharName", e) ||
        !gate_need_word(&audit, c, in, "rxChkStasCodg", "rx_chk_stas_codg", e) ||
        !rx_read(&p, c, in, e) || !prescription_grant_of(&g, &p, &c->who, token, c->job, c->a, e))
        return false;
    p.audit = audit;
    p.audit_detail = arena_printf(c->a, "{%.*s}", STR_ARG(gate_members(c, in, audit_members)));
    if (!verified(c, in, &p, g.verify_no, e))
        return false;
    rx_about(c, "hiRxno", gate_text(in, "hiRxno"), e);
    if (!prescription_judge(&p, &c->who, c->received_at, c->job, e))
        return false;
    rx_fine(c, e);
    gate_node_open(c, "data");
    json_field_bool(&c->out, S("flag"), true);
    json_field_id(&c->out, S("rxChkBizSn"), p.audit_no);
    gate_node_close(c);
    return true;
}

/* ---- 7207, 7208 ---- */

#define SALE_ROWS_MAX 200

static bool sale_lines_read(prescription_lines *out, prescription *p, gate_call *c, err *e)
{
    gate_value *rows;
    int count = gate_rows(&rows, c, "rxSaleDrugDetl");
    str all = S("");
    if (count == 0 || count > SALE_ROWS_MAX)
        return gate_fault(c, count ? ERR_TOO_LARGE : ERR_MISSING_FIELD, "input.rxSaleDrugDetl",
                          S(""), "1 to 200 drugs", e);
    prescription_line *line = arena_new(c->a, prescription_line, count);
    for (int i = 0; i < count; i++) {
        line[i].unit = gate_text(rows[i], "drugTotlcntEmp");
        if (!gate_need(&line[i].item_code, c, rows[i], "medListCodg", e) ||
            !gate_quantity(&line[i].quantity_e4, c, rows[i], "drugTotlcnt", e)) {
            str field = str_of(e->field);
            err_field(e,
                      arena_printf(c->a, "input.rxSaleDrugDetl[%d].%.*s", i + 1, STR_ARG(field)));
            return false;
        }
        all = arena_printf(c->a, "%.*s%s%.*s", STR_ARG(all), i ? "\n" : "",
                           STR_ARG(gate_json_of(c, rows[i])));
    }
    p->sale_lines = all;
    *out = (prescription_lines){line, count};
    return true;
}

static bool insured_flag(bool *insured, gate_call *c, gate_value in, err *e)
{
    str flag = gate_text(in, "hiFeesetlFlag");
    *insured = !str_eq(flag, S("0"));
    return flag.n == 0 || str_eq(flag, S("0")) || str_eq(flag, S("1")) ||
           gate_fault(c, ERR_UNKNOWN_WORD, "hiFeesetlFlag", flag, "0 or 1", e);
}

bool gate_prescription_sell(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    prescription_lines lines = {0};
    int wrong;
    str judged, earlier;
    bool insured;
    if (!gate_need(&judged, c, in, "rxChkBizSn", e) || !insured_flag(&insured, c, in, e) ||
        !rx_read(&p, c, in, e))
        return false;
    earlier = p.sale_lines;
    if (!sale_lines_read(&lines, &p, c, e))
        return false;
    if (!prescription_fits(&p, 0, &lines, &wrong, &c->who, c->received_at, c->job, c->with->office,
                           c->a, e)) {
        if (wrong >= 0 && lines.at) {
            c->received = lines.at[wrong].item_code;
            err_field(e, arena_printf(c->a, "input.rxSaleDrugDetl[%d].drugTotlcnt", wrong + 1));
        }
        return false;
    }
    if (earlier.n)
        return gate_fault(c, ERR_RX_STATE, "hiRxno", gate_text(in, "hiRxno"),
                          "one that was not handed out yet: 7208 takes it back", e);
    if (!str_eq(judged, arena_printf(c->a, "%" PRId64, p.audit_no)))
        return gate_fault(c, ERR_BAD_VALUE, "rxChkBizSn", judged, "what 7206 answered", e);
    p.sale_insured = insured;
    prescription_sell(&p, &c->who, c->received_at, c->job);
    rx_fine(c, e);
    gate_node_open(c, "data");
    json_field_bool(&c->out, S("flag"), true);
    json_field_id(&c->out, S("selStooutSn"), p.sale_no);
    gate_node_close(c);
    return true;
}

bool gate_prescription_unsell(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    prescription p = {0};
    int64_t sale_no = 0;
    if ((gate_text(in, "selStooutSn").n && !gate_need_id(&sale_no, c, in, "selStooutSn", e)) ||
        !rx_read(&p, c, in, e) || !prescription_unsell(&p, &c->who, sale_no, c->job, e))
        return false;
    rx_fine(c, e);
    gate_node_open(c, "data");
    json_field_bool(&c->out, S("flag"), true);
    gate_node_close(c);
    return true;
}
