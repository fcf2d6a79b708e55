/* A provider's own codes, its departments and its staff. */
#include "edge/gateway/gateway_internal.h"

#define ROWS_MAX 5000

static const char mapping_detail[] = "aprvno dosform exct_cont item_cont prcunt spec pacspec memo";
static const char department_detail[] =
    "itro dept_resper_name dept_resper_tel dept_med_serv_scp dept_estbdat aprv_bed_cnt "
    "hi_crtf_bed_cnt poolarea_no dr_psncnt phar_psncnt nurs_psncnt tecn_psncnt memo";

bool gate_row_fault(gate_call *c, const char *node, int number, int count, err *e)
{
    if (count > 1) {
        str field = str_of(e->field);
        err_field(e, arena_printf(c->a, "input.%s[%d].%.*s", node, number, STR_ARG(field)));
    }
    return false;
}

bool gate_rows_need(gate_value **rows, int *count, gate_call *c, const char *node, err *e)
{
    c->node = node;
    *count = gate_rows(rows, c, node);
    if (*count > 0 && *count <= ROWS_MAX)
        return true;
    return gate_fault(c, *count ? ERR_TOO_LARGE : ERR_MISSING_FIELD,
                      arena_printf(c->a, "input.%s", node).p, S(""), "1 to 5000 rows", e);
}

/* ---- 3301, 3302 ---- */

static bool mapping_key(catalogue_mapping *m, gate_call *c, gate_value in, err *e)
{
    return gate_need(&m->own_code, c, in, "fixmedins_hilist_id", e) &&
           gate_need(&m->list_type, c, in, "list_type", e) &&
           gate_need(&m->item_code, c, in, "med_list_codg", e);
}

static bool mapping_take(bool *like, gate_call *c, gate_value in, err *e)
{
    catalogue_mapping m = {.detail = gate_members(c, in, mapping_detail)};
    if (!mapping_key(&m, c, in, e) || !gate_need(&m.own_name, c, in, "fixmedins_hilist_name", e) ||
        !gate_day(&m.from_on, c, in, "begndate", true, e) ||
        !gate_day(&m.until_on, c, in, "enddate", false, e))
        return false;
    if (!gate_dictionary_has(gate_dictionary_find(S("list_type")), m.list_type))
        return gate_fault(c, ERR_UNKNOWN_WORD, "list_type", m.list_type,
                          "a code of the dictionary list_type", e);
    m.kind = gate_word_of(c->words, "list_type", m.list_type);
    if (m.kind.n && !str_eq(m.kind, S("service")) && !str_eq(m.kind, S("material")))
        m.kind = S("drug"); /* herbs and preparations, too */
    c->received = m.item_code;
    if (!catalogue_map(like, &m, c->job, c->with->office, &c->who, c->access.area_code, c->a, e))
        return false;
    c->received = S("");
    return true;
}

bool gate_mapping_put(gate_call *c, err *e)
{
    gate_value *rows = NULL;
    int count, differ = 0;
    if (!gate_rows_need(&rows, &count, c, "data", e))
        return false;
    for (int i = 0; i < count; i++) {
        bool like = true;
        if (!mapping_take(&like, c, rows[i], e))
            return gate_row_fault(c, "data", i + 1, count, e);
        differ += !like;
    }
    if (differ)
        c->warning = arena_printf(c->a, "[name_differs] %d 条对照与目录名称无相同之处", differ);
    return true;
}

bool gate_mapping_drop(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    catalogue_mapping m = {0};
    if (!mapping_key(&m, c, in, e))
        return false;
    c->received = m.own_code;
    return catalogue_unmap(&m, c->job, &c->who, c->a, e);
}

bool gate_item_code(str *out, gate_call *c, gate_value row, str on, err *e)
{
    str own = gate_text(row, "medins_list_codg");
    *out = gate_text(row, "med_list_codg");
    if (own.n == 0)
        own = gate_text(row, "fixmedins_hilist_id");
    if (out->n || own.n == 0)
        return out->n || gate_fault(c, ERR_MISSING_FIELD, "med_list_codg", S(""), "a value", e);
    if (!catalogue_mapped(out, c->job, &c->who, own, on, c->a, e))
        return false;
    return out->n || gate_fault(c, ERR_NOT_IN_CATALOGUE, "medins_list_codg", own,
                                "med_list_codg, or an own code that 3301 mapped on this day", e);
}

/* ---- 1317 ---- */

enum { M_OWN, M_NAME, M_TYPE, M_ITEM, M_FROM, M_UNTIL, M_DETAIL, M_STATE, M_VERSION, M_COUNT };

static void mapping_row_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    str own = store_text(r, i, M_OWN);
    json_open(&c->out, '{');
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("medins_list_codg"), own);
    json_field(&c->out, S("medins_list_name"), store_text(r, i, M_NAME));
    json_field(&c->out, S("insu_admdvs"), c->access.area_code);
    json_field(&c->out, S("list_type"), store_text(r, i, M_TYPE));
    json_field(&c->out, S("med_list_codg"), store_text(r, i, M_ITEM));
    json_field(&c->out, S("begndate"), store_text(r, i, M_FROM));
    json_field(&c->out, S("enddate"), store_text(r, i, M_UNTIL));
    json_raw(&c->out, store_text(r, i, M_DETAIL));
    gate_put_record(c, arena_printf(c->a, "%" PRId64, store_number(r, i, M_VERSION)),
                    store_number(r, i, M_VERSION), str_eq(store_text(r, i, M_STATE), S("live")));
    json_close(&c->out, '}');
}

bool gate_mappings_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str of = gate_text(in, "fixmedins_code"), on;
    int64_t since;
    gate_page p;
    store_rows r;
    if (of.n && !str_eq(of, c->access.code))
        return gate_fault(c, ERR_NO_RIGHT, "input.data.fixmedins_code", of, "your own code", e);
    if (!gate_page_read(&p, c, in, "page_num", "page_size", e) || !gate_since(&since, c, in, e) ||
        !gate_day(&on, c, in, "query_date", false, e))
        return false;
    const store_value key[] = {STORE_N(c->access.provider_id),
                               STORE_N(since),
                               STORE_T(gate_text(in, "medins_list_codg")),
                               STORE_T(gate_text(in, "med_list_codg")),
                               STORE_T(gate_like(c, gate_text(in, "medins_list_name"))),
                               STORE_T(on),
                               STORE_T(gate_text(in, "list_type")),
                               STORE_T(gate_text(in, "vali_flag")),
                               STORE_N(p.size),
                               STORE_N((p.number - 1) * p.size)};
    if (!store_query(c->job, SQL_MAPPING_PAGE, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        mapping_row_put(c, &r, i);
    json_close(&c->out, ']');
    gate_page_put(c, &p, r.row_count ? store_number(&r, 0, M_COUNT) : 0);
    return true;
}

/* ---- departments ---- */

static bool department_take(gate_call *c, gate_value in, catalogue_change change, err *e)
{
    catalogue_department d = {.caty = gate_text(in, "caty"),
                              .detail = gate_members(c, in, department_detail)};
    str day_only;
    if (!gate_need(&d.code, c, in, "hosp_dept_codg", e) ||
        !gate_need(&d.name, c, in, "hosp_dept_name", e) ||
        !gate_day(&day_only, c, in, "begntime", true, e) ||
        !gate_day(&day_only, c, in, "endtime", false, e))
        return false;
    d.begin_at = gate_text(in, "begntime");
    d.end_at = gate_text(in, "endtime");
    c->received = d.code;
    if (!catalogue_department_put(&d, change, c->job, &c->who, c->a, e))
        return false;
    c->received = S("");
    return true;
}

bool gate_departments_put(gate_call *c, err *e)
{
    catalogue_change change = str_eq(c->infno, S("3402")) ? DEPARTMENT_CHANGE : DEPARTMENT_ADD;
    gate_value *rows = NULL;
    int count;
    if (!gate_rows_need(&rows, &count, c, "deptinfo", e))
        return false;
    for (int i = 0; i < count; i++) {
        if (!department_take(c, rows[i], change, e))
            return gate_row_fault(c, "deptinfo", i + 1, count, e);
        for (int k = 0; k < i; k++)
            if (str_eq(gate_text(rows[k], "hosp_dept_codg"),
                       gate_text(rows[i], "hosp_dept_codg"))) {
                (void)!gate_fault(c, ERR_EXISTS, "hosp_dept_codg",
                                  gate_text(rows[i], "hosp_dept_codg"), "each code once", e);
                return gate_row_fault(c, "deptinfo", i + 1, count, e);
            }
    }
    return true;
}

bool gate_department_drop(gate_call *c, err *e)
{
    str code;
    if (!gate_need(&code, c, gate_node(c, "data"), "hosp_dept_codg", e))
        return false;
    c->received = code;
    return catalogue_department_withdraw(code, c->job, &c->who, c->a, e);
}

bool gate_departments_show(gate_call *c, err *e)
{
    enum { CODE, NAME, CATY, BEGIN, END, DETAIL };
    const store_value key = STORE_N(c->access.provider_id);
    store_rows r;
    if (!store_query(c->job, SQL_DEPARTMENTS, &key, 1, &r, c->a, e))
        return false;
    json_key(&c->out, S("feedetail"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        json_open(&c->out, '{');
        json_field(&c->out, S("hosp_dept_codg"), store_text(&r, i, CODE));
        json_field(&c->out, S("hosp_dept_name"), store_text(&r, i, NAME));
        json_field(&c->out, S("caty"), store_text(&r, i, CATY));
        json_field(&c->out, S("begntime"), store_text(&r, i, BEGIN));
        json_field(&c->out, S("endtime"), store_text(&r, i, END));
        json_raw(&c->out, store_text(&r, i, DETAIL));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

/* ---- staff ---- */

bool gate_staff_show(gate_call *c, err *e)
{
    enum {
        ID_TYPE,
        ID_NO,
        OWN_NO,
        CODE,
        NAME,
        KIND,
        QUALIFICATION,
        PRACTICE,
        DOCTOR,
        FROM,
        UNTIL,
        NOTE
    };
    gate_value in = gate_node(c, "data");
    str kind;
    store_rows r;
    if (!gate_need(&kind, c, in, "prac_psn_type", e))
        return false;
    kind = gate_word_of(c->words, "prac_psn_type", kind);
    if (kind.n == 0)
        return gate_fault(c, ERR_BAD_VALUE, "prac_psn_type", gate_text(in, "prac_psn_type"),
                          "1 doctors, 2 nurses, 3 pharmacists, 4 technicians", e);
    const store_value key[] = {
        STORE_N(c->access.provider_id), STORE_T(kind), STORE_T(gate_text(in, "certno")),
        STORE_T(gate_text(in, "prac_psn_name")), STORE_T(gate_text(in, "prac_psn_code"))};
    if (!store_query(c->job, SQL_STAFF_OF_PROVIDER, key, COUNTOF(key), &r, c->a, e))
        return false;
    json_key(&c->out, S("feedetail"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        str insured = store_text(&r, i, DOCTOR);
        json_open(&c->out, '{');
        json_field(&c->out, S("psn_cert_type"), store_text(&r, i, ID_TYPE));
        json_field(&c->out, S("certno"), store_text(&r, i, ID_NO));
        json_field(&c->out, S("prac_psn_no"), store_text(&r, i, OWN_NO));
        json_field(&c->out, S("prac_psn_code"), store_text(&r, i, CODE));
        json_field(&c->out, S("prac_psn_name"), store_text(&r, i, NAME));
        json_field(&c->out, S("prac_psn_type"),
                   gate_code_of(c->words, "prac_psn_type", store_text(&r, i, KIND), S("")).code);
        json_field(&c->out, S("prac_psn_cert"), store_text(&r, i, QUALIFICATION));
        json_field(&c->out, S("prac_cert_no"), store_text(&r, i, PRACTICE));
        json_field(&c->out, S("hi_dr_flag"), str_eq(insured, S("yes")) ? S("1") : S("0"));
        json_field(&c->out, S("begntime"), store_text(&r, i, FROM));
        json_field(&c->out, S("endtime"), store_text(&r, i, UNTIL));
        json_field(&c->out, S("chg_rea"), store_text(&r, i, NOTE));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}
