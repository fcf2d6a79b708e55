/* What is known of a person beyond one bill: transfers, drugs for chronic diseases, sums of the
 * year. */
#include "edge/gateway/gateway_internal.h"
#include "service/filing/filing.h"

static bool
period_need(str *from, str *until, gate_call *c, gate_value in, int64_t *person_id, err *e)
{
    if (!gate_need_id(person_id, c, in, "psn_no", e) ||
        !gate_day(from, c, in, "begntime", true, e) || !gate_day(until, c, in, "endtime", false, e))
        return false;
    if (until->n == 0)
        *until = gate_today(c);
    c->person_id = *person_id;
    return true;
}

/* ---- 5304 ---- */

/* Members of the message a filing came with, as far as they were given. */
static void
said_put(gate_call *c, json_reader *reader, const filing *f, const char *const *names, err *e)
{
    const json_node *doc;
    int32_t count;
    char *padded = arena_new(c->a, char, f->detail.n + JSON_PADDING_BYTES);
    memcpy(padded, f->detail.p, (size_t)f->detail.n);
    if (!json_parse(reader, (str){padded, f->detail.n}, &doc, &count, e))
        return;
    for (gate_value said = {doc, doc}; *names; names++)
        json_field(&c->out, str_of(*names), arena_str(c->a, gate_text(said, *names)));
}

static bool
transfer_put(gate_call *c, json_reader *reader, const filing *f, const store_rows *person, err *e)
{
    static const char *const names[] = {"tel",
                                        "addr",
                                        "insu_optins",
                                        "diag_code",
                                        "diag_name",
                                        "dise_cond_dscr",
                                        "reflin_medins_no",
                                        "reflin_medins_name",
                                        "refl_rea",
                                        "hosp_agre_refl_flag",
                                        NULL};
    json_open(&c->out, '{');
    json_field(&c->out, S("insutype"), gate_code_of(c->words, "insutype", f->scheme, S("")).code);
    json_field(&c->out, S("dcla_souc"), S("01"));
    json_field(&c->out, S("psn_no"), arena_printf(c->a, "%" PRId64, f->person_id));
    json_field(&c->out, S("psn_cert_type"), store_text(person, 0, 2));
    json_field(&c->out, S("certno"), store_text(person, 0, 3));
    json_field(&c->out, S("psn_name"), store_text(person, 0, 4));
    json_field(&c->out, S("gend"),
               gate_code_of(c->words, "gend", store_text(person, 0, 5), S("")).code);
    json_field(&c->out, S("brdy"), store_text(person, 0, 6));
    json_field(&c->out, S("emp_name"), S(""));
    said_put(c, reader, f, names, e);
    json_field(&c->out, S("out_flag"), str_eq(f->slot, S("elsewhere")) ? S("1") : S("0"));
    json_field(&c->out, S("refl_date"), f->said_on);
    json_field(&c->out, S("begndate"), f->from_on);
    json_field(&c->out, S("enddate"), f->until_on);
    json_field(&c->out, S("opter_id"), S(""));
    json_field(&c->out, S("opter_name"), f->made_by);
    json_field(&c->out, S("opt_time"), gate_moment(f->made_at, c->a));
    json_close(&c->out, '}');
    return e->code == ERR_OK;
}

bool gate_transfers_show(gate_call *c, err *e)
{
    str from, until;
    int64_t person_id;
    store_rows person;
    filing *all;
    int count;
    if (!period_need(&from, &until, c, gate_node(c, "data"), &person_id, e) ||
        !gate_person_rows(&person, c, person_id, e) ||
        !filing_list(&all, &count, c->job, person_id, FILING_TRANSFER, c->a, e))
        return false;
    json_reader *reader = json_reader_new();
    bool ok = reader || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    c->output_list = true;
    for (int i = 0; ok && i < count; i++)
        if (str_eq(all[i].state, S("filed")) && all[i].provider_id == c->access.provider_id &&
            str_cmp(from, all[i].said_on) <= 0 && str_cmp(all[i].said_on, until) <= 0)
            ok = transfer_put(c, reader, &all[i], &person, e);
    if (reader)
        json_reader_free(reader);
    return ok;
}

/* ---- 5205 ---- */

static void
drug_put(gate_call *c, const store_rows *bill, ptrdiff_t i, const desk_line *l, str spec)
{
    enum { BILL, CODE, NAME, KIND, ON };
    json_open(&c->out, '{');
    json_field(&c->out, S("feedetl_sn"),
               arena_printf(c->a, "%" PRId64 "-%d", store_number(bill, i, BILL), l->line_no));
    json_field(&c->out, S("rx_drord_no"), S(""));
    json_field(&c->out, S("fixmedins_code"), store_text(bill, i, CODE));
    json_field(&c->out, S("fixmedins_name"), store_text(bill, i, NAME));
    json_field(&c->out, S("psn_no"), arena_printf(c->a, "%" PRId64, c->person_id));
    json_field(&c->out, S("med_type"),
               gate_code_of(c->words, "med_type", store_text(bill, i, KIND), S("")).code);
    json_field(&c->out, S("fee_ocur_time"),
               arena_printf(c->a, "%.*s 00:00:00", STR_ARG(store_text(bill, i, ON))));
    gate_put_number(c, "cnt", gate_decimal(c, l->quantity_e4));
    gate_put_number(c, "pric", gate_decimal(c, l->unit_price_e4 < 0 ? 0 : l->unit_price_e4));
    json_field(&c->out, S("chrgitm_lv"),
               gate_code_of(c->words, "chrgitm_lv", l->item_class, S("")).code);
    json_field(&c->out, S("hilist_code"), l->code);
    json_field(&c->out, S("hilist_name"), l->name);
    json_field(&c->out, S("list_type"), S("101"));
    json_field(&c->out, S("med_list_codg"), l->code);
    json_field(&c->out, S("medins_list_codg"), l->code);
    json_field(&c->out, S("medins_list_name"), l->name);
    json_field(&c->out, S("med_chrgitm_type"),
               gate_code_of(c->words, "med_chrgitm_type", S("drug"), S("")).code);
    json_field(&c->out, S("spec"), spec);
    json_close(&c->out, '}');
}

/* The lines of one bill that are drugs. */
static bool drugs_put(gate_call *c, const store_rows *bill, ptrdiff_t i, err *e)
{
    enum { ITEM_KIND = 3, ITEM_SPEC };
    desk_settlement *s = arena_new(c->a, desk_settlement, 1);
    if (!desk_load_of_person_in(s, c->job, c->with->desk, c->person_id, store_number(bill, i, 0),
                                c->a, e))
        return false;
    for (ptrdiff_t k = 0; s->part_count > 0 && k < s->part[0].line_count; k++) {
        const desk_line *l = &s->part[0].line[k];
        const store_value code = STORE_T(l->code);
        store_rows item;
        if (!store_query(c->job, SQL_ITEM_FIND, &code, 1, &item, c->a, e))
            return false;
        if (item.row_count && str_eq(store_text(&item, 0, ITEM_KIND), S("drug")))
            drug_put(c, bill, i, l, store_text(&item, 0, ITEM_SPEC));
    }
    return true;
}

bool gate_chronic_drugs_show(gate_call *c, err *e)
{
    str from, until;
    int64_t person_id;
    store_rows person, bill;
    if (!period_need(&from, &until, c, gate_node(c, "data"), &person_id, e) ||
        !gate_person_rows(&person, c, person_id, e))
        return false;
    const store_value key[] = {STORE_N(person_id), STORE_T(from), STORE_T(until)};
    if (!store_query(c->job, SQL_FILING_CHRONIC_BILLS, key, COUNTOF(key), &bill, c->a, e))
        return false;
    json_key(&c->out, S("feedetail"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < bill.row_count; i++)
        if (!drugs_put(c, &bill, i, e))
            return false;
    json_close(&c->out, ']');
    return true;
}

/* ---- 5206 ---- */

bool gate_sums_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    str month = gate_text(in, "cum_ym");
    int64_t person_id;
    store_rows person;
    desk_sum *sum;
    int count;
    if (!gate_need_id(&person_id, c, in, "psn_no", e) ||
        !gate_person_rows(&person, c, person_id, e) ||
        !desk_sums_in(&sum, &count, c->job, c->with->desk, person_id, c->a, e))
        return false;
    if (month.n != 0 && month.n != 4 && month.n != 6)
        return gate_fault(c, ERR_BAD_VALUE, "cum_ym", month, "2024 or 202406", e);
    json_key(&c->out, S("cuminfo"));
    json_open(&c->out, '[');
    for (int i = 0; i < count; i++) {
        str year = arena_printf(c->a, "%04d", sum[i].year);
        if (sum[i].year == 0 || (month.n && memcmp(month.p, year.p, 4) != 0))
            continue;
        json_open(&c->out, '{');
        json_field(&c->out, S("insutype"),
                   gate_code_of(c->words, "insutype", sum[i].scheme, S("")).code);
        json_field(&c->out, S("year"), year);
        json_field(&c->out, S("cum_ym"),
                   month.n == 6 ? month : arena_printf(c->a, "%.*s12", STR_ARG(year)));
        json_field(&c->out, S("cum_type_code"), sum[i].name);
        if (sum[i].is_money)
            gate_put_fen(c, "cum", sum[i].value);
        else
            gate_put_number(c, "cum", arena_printf(c->a, "%" PRId64, sum[i].value));
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}
