/* Goods of pharmacies and hospitals: what they say moved, and what there is. */
#include "edge/gateway/gateway_internal.h"

/* A number as it was sent: as one where JSON writes it so, else ("007", ".5") as text. */
static void sent_number_put(gate_call *c, const char *name, str text)
{
    ptrdiff_t i = text.n > 0 && text.p[0] == '-', from = i;
    while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
        i++;
    bool fine = i > from && (text.p[from] != '0' || i == from + 1);
    if (fine && i < text.n && text.p[i] == '.') {
        from = ++i;
        while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
            i++;
        fine = i > from;
    }
    if (fine && i == text.n)
        gate_put_number(c, name, text);
    else
        json_field(&c->out, str_of(name), text);
}

/* ---- 3501-3506 and their forms of several rows ---- */

typedef struct {
    const char *no, *node;
    stock_kind kind;
    const char *quantity, *when;
    const char *answer; /* node of the results; NULL = none: all rows or nothing */
    const char *number; /* member that tells the number of what was booked */
} goods_form;

static const goods_form forms[] = {
    {"3501", "invinfo", STOCK_COUNT, "inv_cnt", "invdate", NULL, NULL},
    {"3501A", "invinfoDetail", STOCK_COUNT, "inv_cnt", "invdate", NULL, NULL},
    {"3502", "invinfo", STOCK_CHANGE, "cnt", "inv_chg_time", NULL, NULL},
    {"3502A", "invinfoDetail", STOCK_CHANGE, "cnt", "inv_chg_time", "invinfoErrDetail", NULL},
    {"3503", "purcinfo", STOCK_PURCHASE, "purc_retn_cnt", "purc_retn_stoin_time", NULL, NULL},
    {"3503A", "purcinfoDetail", STOCK_PURCHASE, "purc_retn_cnt", "purc_retn_stoin_time",
     "purcinfoDetail", "medins_prod_purc_no"},
    {"3504", "purcinfo", STOCK_PURCHASE_RETURN, "purc_retn_cnt", "purc_retn_stoin_time", NULL,
     NULL},
    {"3504A", "purcinfoDetail", STOCK_PURCHASE_RETURN, "purc_retn_cnt", "purc_retn_stoin_time",
     "purcinfoErrDetail", NULL},
    {"3505", "selinfo", STOCK_SALE, "sel_retn_cnt", "sel_retn_time", NULL, NULL},
    {"3505A", "selinfoDetail", STOCK_SALE, "sel_retn_cnt", "sel_retn_time", "selinfoDetail",
     "medins_prod_sel_no"},
    {"3506", "selinfo", STOCK_SALE_RETURN, "sel_retn_cnt", "sel_retn_time", NULL, NULL},
    {"3506A", "selinfoDetail", STOCK_SALE_RETURN, "sel_retn_cnt", "sel_retn_time",
     "selinfoErrDetail", NULL},
};

/* What the warnings of a message count. */
typedef struct {
    int shorts, sold_before, unsettled, failed;
} goods_tally;

/* Codes of single packs: beside the row's members or, of a message of one row, beside the row. */
static void trace_take(stock_goods *g, gate_call *c, gate_value row, bool alone)
{
    gate_value v = gate_member(row, "drugtracinfo");
    if (!v.node && alone)
        v = gate_member(c->input, "drugtracinfo");
    bool list = v.node && v.node->kind == JSON_LIST, one = v.node && v.node->kind == JSON_OBJECT;
    int count = 1;
    for (gate_value m = gate_first(v); list && m.node; m = gate_next(v, m))
        count++;
    str *code = arena_new(c->a, str, count);
    for (gate_value m = gate_first(v); list && m.node; m = gate_next(v, m)) {
        code[g->trace_count] = gate_text(m, "drug_trac_codg");
        g->trace_count += code[g->trace_count].n > 0;
    }
    if (g->trace_count == 0) {
        code[0] = gate_text(one ? v : row, "drug_trac_codg");
        g->trace_count = code[0].n > 0;
    }
    g->trace = code;
}

static bool quantity_take(stock_goods *g, const goods_form *f, gate_call *c, gate_value row, err *e)
{
    str text;
    if (!gate_need(&text, c, row, f->quantity, e) ||
        !gate_quantity(&g->quantity_e4, c, row, f->quantity, e))
        return false;
    bool fine = g->kind == STOCK_COUNT ? g->quantity_e4 >= 0 : g->quantity_e4 > 0;
    return fine || gate_fault(c, ERR_BAD_VALUE, f->quantity, text,
                              g->kind == STOCK_COUNT ? "0 or more" : "more than 0", e);
}

static bool change_take(stock_goods *g, gate_call *c, gate_value row, err *e)
{
    if (g->kind != STOCK_CHANGE)
        return true;
    if (!gate_need(&g->change_type, c, row, "inv_chg_type", e))
        return false;
    str way = gate_word_of(c->words, "inv_chg_type", g->change_type);
    g->out = str_eq(way, S("out"));
    return way.n || gate_fault(c, ERR_UNKNOWN_WORD, "inv_chg_type", g->change_type,
                               "a code of the dictionary inv_chg_type", e);
}

/* What makes it this purchase or sale and no other. */
static void key_take(stock_goods *g, gate_call *c, gate_value row)
{
    static const char names[] =
        "dynt_no spler_name purc_invo_no purc_invo_codg finl_trns_pric pric "
        "prod_geay_flag rtal_docno stoout_no mdtrt_sn rxno trdn_flag";
    json_out o = json_out_new(c->a, 512);
    json_open(&o, '{');
    json_field_number(&o, S("kind"), (int64_t)g->kind);
    json_field(&o, S("type"), g->change_type);
    json_field(&o, S("at"), g->happened_at);
    json_field_number(&o, S("quantity"), g->quantity_e4);
    json_raw(&o, gate_members(c, row, names));
    json_key(&o, S("trace"));
    json_open(&o, '[');
    for (int i = 0; i < g->trace_count; i++)
        json_str(&o, g->trace[i]);
    json_close(&o, ']');
    json_close(&o, '}');
    g->said_key = json_out_text(&o);
}

static bool
goods_take(stock_goods *g, const goods_form *f, gate_call *c, gate_value row, bool alone, err *e)
{
    str on, refers = gate_text(row, "medins_prod_purc_no");
    *g = (stock_goods){.kind = f->kind};
    if (!gate_need(&g->own_code, c, row, "fixmedins_hilist_id", e) ||
        !gate_need(&g->batch_no, c, row, "fixmedins_bchno", e) ||
        !gate_day(&on, c, row, f->when, true, e) || !quantity_take(g, f, c, row, e) ||
        !change_take(g, c, row, e) || !gate_item_code(&g->item_code, c, row, on, e))
        return false;
    if (refers.n == 0)
        refers = gate_text(row, "medins_prod_sel_no");
    if (!id_parse(&g->refers_id, refers))
        g->refers_id = 0;
    if (!id_parse(&g->settlement_id, gate_text(row, "setl_id")))
        g->settlement_id = 0;
    g->happened_at = gate_text(row, f->when);
    g->visit_no = gate_text(row, "mdtrt_sn");
    g->cert_no = gate_text(row, "certno");
    g->opened = str_eq(gate_text(row, "trdn_flag"), S("1"));
    g->detail = gate_json_of(c, row);
    trace_take(g, c, row, alone);
    key_take(g, c, row);
    return true;
}

static bool row_book(stock_booked *did,
                     goods_tally *t,
                     const goods_form *f,
                     stock_sheet *sheet,
                     gate_call *c,
                     gate_value row,
                     bool alone,
                     err *e)
{
    stock_goods g;
    if (!goods_take(&g, f, c, row, alone, e) || !gate_goods_rx(&g, c, row, e))
        return false;
    c->received = g.batch_no;
    if (!stock_book(did, &g, sheet, c->job, &c->who, c->a, e))
        return false;
    c->received = S("");
    if (g.kind == STOCK_SALE)
        gate_upload_take(c, g.happened_at, "goods", did->movement_id);
    t->shorts += did->is_short;
    t->sold_before += did->sold_before;
    t->unsettled += gate_text(row, "setl_id").n > 0 && did->settlement_id == 0;
    return true;
}

static void tally_warn(gate_call *c, const goods_tally *t)
{
    const struct {
        int count;
        const char *code, *zh;
    } row[] = {{t->failed, "rows_failed", "条未登记"},
               {t->shorts, "stock_short", "条出库超过现有库存"},
               {t->sold_before, "sold_before", "条含已售出的药品追溯码"},
               {t->unsettled, "unknown_settlement", "条的结算ID不是本机构的结算"}};
    for (ptrdiff_t i = 0; i < COUNTOF(row); i++)
        if (row[i].count)
            c->warning =
                arena_printf(c->a, "%.*s%s[%s] %d %s", STR_ARG(c->warning),
                             c->warning.n ? "；" : "", row[i].code, row[i].count, row[i].zh);
}

/* What a row was, with what became of it. */
static void result_put(gate_call *c,
                       const char *node,
                       gate_value row,
                       const char *number_name,
                       int64_t number,
                       const err *fault)
{
    bool fine = fault->code == ERR_OK;
    json_open(&c->out, '{');
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        bool number_here = number_name && strcmp(f->name, number_name) == 0;
        if (strcmp(f->node, node) != 0 || strcmp(f->name, "retRslt") == 0 ||
            strcmp(f->name, "msgRslt") == 0 ||
            (f->direction != GATE_OUT && !strstr(node, "ErrDetail")))
            continue;
        str text = number_here ? number ? arena_printf(c->a, "%" PRId64, number) : S("")
                               : gate_text(row, f->name);
        if (text.n == 0)
            gate_put_nulls(c, f->name);
        else if (f->type == GATE_NUMBER)
            sent_number_put(c, f->name, text);
        else
            json_field(&c->out, str_of(f->name), text);
    }
    json_field(&c->out, S("retRslt"), fine ? S("1") : S("0"));
    json_field(&c->out, S("msgRslt"),
               fine ? S("")
                    : arena_printf(c->a, "[%s] %s；字段 %s；应为 %s", err_name(fault->code),
                                   err_zh(fault->code), fault->field, fault->expected));
    json_close(&c->out, '}');
}

/* A row that is wrong fails alone; trouble of ours fails the message. */
static bool is_the_rows_own(const err *fault)
{
    return fault->code != ERR_OK && fault->code != ERR_STORE && fault->code != ERR_STORE_BUSY &&
           fault->code != ERR_OUT_OF_MEMORY && fault->code != ERR_STORE_CONFLICT &&
           fault->code != ERR_DISK_FULL;
}

bool gate_goods_book(gate_call *c, err *e)
{
    const goods_form *f = forms;
    gate_value *rows = NULL;
    int count;
    stock_sheet sheet = {0};
    goods_tally t = {0};
    while (!str_eq(c->infno, str_of(f->no)))
        f++;
    if (!gate_rows_need(&rows, &count, c, f->node, e))
        return false;
    if (f->answer) {
        json_key(&c->out, str_of(f->answer));
        json_open(&c->out, '[');
    }
    for (int i = 0; i < count; i++) {
        stock_booked did = {0};
        err fault = {0};
        bool ok = row_book(&did, &t, f, &sheet, c, rows[i], count == 1, &fault);
        if (!ok && (!f->answer || !is_the_rows_own(&fault))) {
            *e = fault;
            return gate_row_fault(c, f->node, i + 1, count, e);
        }
        c->received = S("");
        t.failed += !ok;
        if (f->answer)
            result_put(c, f->answer, rows[i], f->number, did.movement_id, &fault);
    }
    if (f->answer)
        json_close(&c->out, ']');
    tally_warn(c, &t);
    return true;
}

/* ---- 3507 ---- */

static bool withdraw(stock_sheet *sheet, gate_call *c, gate_value row, err *e)
{
    str batch, type;
    int count;
    if (!gate_need(&batch, c, row, "fixmedins_bchno", e) ||
        !gate_need(&type, c, row, "inv_data_type", e))
        return false;
    str what = gate_word_of(c->words, "inv_data_type", type);
    if (what.n == 0)
        return gate_fault(c, ERR_BAD_VALUE, "inv_data_type", type,
                          "1 counts, 2 changes, 3 purchases, 4 sales", e);
    c->received = batch;
    return stock_withdraw(&count, batch, what, sheet, c->job, &c->who, c->a, e);
}

bool gate_goods_withdraw(gate_call *c, err *e)
{
    bool several = str_eq(c->infno, S("3507A"));
    const char *node = several ? "goodDetail" : "data";
    gate_value *rows = NULL;
    int count;
    stock_sheet sheet = {0};
    goods_tally t = {0};
    if (!gate_rows_need(&rows, &count, c, node, e))
        return false;
    if (several) {
        json_key(&c->out, S("goodErrDetail"));
        json_open(&c->out, '[');
    }
    for (int i = 0; i < count; i++) {
        err fault = {0};
        bool ok = withdraw(&sheet, c, rows[i], &fault);
        if (!ok && (!several || !is_the_rows_own(&fault))) {
            *e = fault;
            return gate_row_fault(c, node, i + 1, count, e);
        }
        c->received = S("");
        t.failed += !ok;
        if (several)
            result_put(c, "goodErrDetail", rows[i], NULL, 0, &fault);
    }
    if (several)
        json_close(&c->out, ']');
    tally_warn(c, &t);
    return true;
}

/* ---- 3508-3513 ---- */

enum {
    G_OWN,
    G_BATCH,
    G_ITEM,
    G_ID,
    G_AT,
    G_MOVED,
    G_SAID,
    G_KIND,
    G_CHANGE,
    G_LIVE,
    G_BOOKED,
    G_WHO,
    G_SETTLEMENT,
    G_VISIT,
    G_DETAIL,
    G_TRACE,
    G_COUNT
};

typedef enum {
    FROM_NONE = 0,
    FROM_ROW, /* a column as it stands */
    FROM_ID,
    FROM_MOVED,
    FROM_SOLD, /* of a return below 0 */
    FROM_SAID,
    FROM_LIVE,
    FROM_RETURN,
    FROM_CHANGE,
    FROM_BOOKED,
    FROM_DAY,
    FROM_PROVIDER,
    FROM_AREA,
    FROM_DETAIL, /* a member of what came, under another name */
    FROM_NOWHERE
} goods_source;

/* Where members of the answers come from; all others are members of what came. */
static const struct {
    const char *name;
    goods_source from;
    int column;
    const char *member;
} sources[] = {
    {"medinsListCodg", FROM_ROW, G_OWN, NULL},
    {"fixmedinsBchno", FROM_ROW, G_BATCH, NULL},
    {"medListCodg", FROM_ROW, G_ITEM, NULL},
    {"invChgTime", FROM_ROW, G_AT, NULL},
    {"mdtrtId", FROM_ROW, G_VISIT, NULL},
    {"drugTracCodg", FROM_ROW, G_TRACE, NULL},
    {"crterName", FROM_ROW, G_WHO, NULL},
    {"opterName", FROM_ROW, G_WHO, NULL},
    {"rid", FROM_ID, 0, NULL},
    {"medinsProdInvNo", FROM_ID, 0, NULL},
    {"medinsProdInvChgNo", FROM_ID, 0, NULL},
    {"medinsProdPurcNo", FROM_ID, 0, NULL},
    {"medinsProdSelNo", FROM_ID, 0, NULL},
    {"invCnt", FROM_MOVED, 0, NULL},
    {"cnt", FROM_MOVED, 0, NULL},
    {"selRetnCnt", FROM_SOLD, 0, NULL},
    {"purcRetnCnt", FROM_SAID, 0, NULL},
    {"valiFlag", FROM_LIVE, 0, NULL},
    {"prodRetnFlag", FROM_RETURN, 0, NULL},
    {"invChgType", FROM_CHANGE, 0, NULL},
    {"crteTime", FROM_BOOKED, 0, NULL},
    {"updtTime", FROM_BOOKED, 0, NULL},
    {"optTime", FROM_BOOKED, 0, NULL},
    {"invdate", FROM_DAY, 0, NULL},
    {"fixmedinsCode", FROM_PROVIDER, 0, NULL},
    {"poolareaNo", FROM_AREA, 0, NULL},
    {"fixBlngAdmdvs", FROM_AREA, 0, NULL},
    {"medinsListName", FROM_DETAIL, 0, "fixmedins_hilist_name"},
    {"bilgDrName", FROM_DETAIL, 0, "prsc_dr_name"},
    {"mdtrtSetlType", FROM_DETAIL, 0, "MDTRT_SETL_TYPE"},
    {"crterId", FROM_NOWHERE, 0, NULL},
    {"opterId", FROM_NOWHERE, 0, NULL},
    {"crteOptinsNo", FROM_NOWHERE, 0, NULL},
    {"optinsNo", FROM_NOWHERE, 0, NULL},
};

/* "manuLotnum" as it was sent: "manu_lotnum". */
static const char *snake(gate_call *c, const char *name)
{
    char *out = arena_new(c->a, char, 2 * (ptrdiff_t)strlen(name) + 1), *p = out;
    for (; *name; name++) {
        bool upper = *name >= 'A' && *name <= 'Z';
        if (upper)
            *p++ = '_';
        *p++ = upper ? (char)(*name - 'A' + 'a') : *name;
    }
    *p = 0;
    return out;
}

/* Some systems name all members so. */
static const char *capitals(gate_call *c, const char *name)
{
    char *out = arena_new(c->a, char, (ptrdiff_t)strlen(name) + 1), *p = out;
    for (; *name; name++)
        *p++ = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
    *p = 0;
    return out;
}

/* A quantity with as many decimals as the field has, or as it needs. */
static str quantity_show(gate_call *c, int64_t e4, int scale)
{
    const char *sign = e4 < 0 ? "-" : "";
    int64_t v = e4 < 0 ? -e4 : e4;
    if (scale <= 2 && v % 100 == 0)
        return arena_printf(c->a, "%s%" PRId64 ".%02" PRId64, sign, v / 10000, v / 100 % 100);
    return arena_printf(c->a, "%s%" PRId64 ".%04" PRId64, sign, v / 10000, v % 10000);
}

static void member_put(gate_call *c, const gate_field *f, str detail, const char *member)
{
    str raw = gate_raw_member(detail, member);
    if (raw.n == 0)
        raw = gate_raw_member(detail, capitals(c, member));
    bool quoted = raw.n >= 2 && raw.p[0] == '"';
    str inside = quoted ? (str){raw.p + 1, raw.n - 2} : raw;
    if (inside.n == 0 || str_eq(raw, S("null")))
        gate_put_nulls(c, f->name);
    else if (f->type == GATE_NUMBER && (!quoted || !memchr(inside.p, '\\', (size_t)inside.n)))
        sent_number_put(c, f->name, inside);
    else {
        json_key(&c->out, str_of(f->name));
        json_raw(&c->out, raw);
    }
}

static str change_of(const gate_call *c, const store_rows *r, ptrdiff_t i)
{
    str type = store_text(r, i, G_CHANGE);
    bool more = store_number(r, i, G_MOVED) > 0;
    return type.n ? type
                  : gate_code_of(c->words, "count_found", more ? S("more") : S("less"), S("")).code;
}

static void
source_put(gate_call *c, const gate_field *f, const store_rows *r, ptrdiff_t i, ptrdiff_t source)
{
    int64_t moved = store_number(r, i, G_MOVED);
    str at = store_text(r, i, G_AT), kind = store_text(r, i, G_KIND), text = S("");
    bool on_hand = str_eq(kind, S("stock"));
    switch (sources[source].from) {
    case FROM_ROW:
        text = store_text(r, i, sources[source].column);
        break;
    case FROM_ID:
        text = arena_printf(c->a, "%" PRId64, store_number(r, i, G_ID));
        break;
    case FROM_MOVED:
        text = quantity_show(c, moved < 0 && !on_hand ? -moved : moved, f->scale);
        break;
    case FROM_SOLD:
        text = quantity_show(c, -moved, f->scale);
        break;
    case FROM_SAID:
        text = quantity_show(c, store_number(r, i, G_SAID), f->scale);
        break;
    case FROM_LIVE:
        text = store_number(r, i, G_LIVE) ? S("1") : S("0");
        break;
    case FROM_RETURN:
        text = str_eq(kind, S("purchase_return")) ? S("1") : S("0");
        break;
    case FROM_CHANGE:
        text = change_of(c, r, i);
        break;
    case FROM_BOOKED:
        text = gate_moment(store_number(r, i, G_BOOKED), c->a);
        break;
    case FROM_DAY:
        text = at.n > 10 ? (str){at.p, 10} : at;
        break;
    case FROM_PROVIDER:
        text = c->access.code;
        break;
    case FROM_AREA:
        text = c->access.area_code;
        break;
    case FROM_DETAIL:
        member_put(c, f, store_text(r, i, G_DETAIL), sources[source].member);
        return;
    case FROM_NOWHERE:
    case FROM_NONE:
        break;
    }
    if (text.n == 0)
        gate_put_nulls(c, f->name);
    else if (f->type == GATE_NUMBER)
        gate_put_number(c, f->name, text);
    else
        json_field(&c->out, str_of(f->name), text);
}

static void goods_row_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    json_open(&c->out, '{');
    for (int k = 0; k < c->t.field_count; k++) {
        const gate_field *f = &c->t.field[k];
        ptrdiff_t source = 0;
        if (f->direction != GATE_OUT)
            continue;
        while (source < COUNTOF(sources) && strcmp(sources[source].name, f->name) != 0)
            source++;
        if (source < COUNTOF(sources))
            source_put(c, f, r, i, source);
        else
            member_put(c, f, store_text(r, i, G_DETAIL), snake(c, f->name));
    }
    json_close(&c->out, '}');
}

/* What a question asks for. */
typedef struct {
    str own, batch, item, from, until, visit, cert, trace;
    int64_t number; /* of one movement; 0 = all */
    gate_page page;
} goods_question;

static bool question_read(goods_question *q, gate_call *c, gate_value in, err *e)
{
    static const char *const numbers[] = {"medins_prod_inv_chg_no", "medins_prod_purc_no",
                                          "medins_prod_sel_no", "rid"};
    str of = gate_text(in, "fixmedins_code");
    *q = (goods_question){.own = gate_text(in, "medins_list_codg"),
                          .batch = gate_text(in, "fixmedins_bchno"),
                          .item = gate_text(in, "med_list_codg"),
                          .visit = gate_text(in, "mdtrt_id"),
                          .cert = gate_text(in, "certno"),
                          .trace = gate_text(in, "drug_trac_codg")};
    for (ptrdiff_t i = 0; i < COUNTOF(numbers) && q->number == 0; i++) {
        str text = gate_text(in, numbers[i]);
        if (text.n && !id_parse(&q->number, text))
            q->number = -1; /* not one of ours */
    }
    if (of.n && !str_eq(of, c->access.code))
        return gate_fault(c, ERR_NO_RIGHT, "input.data.fixmedins_code", of, "your own code", e);
    if (!gate_day(&q->from, c, in, "begndate", false, e) ||
        !gate_day(&q->until, c, in, "enddate", false, e) ||
        !gate_page_read(&q->page, c, in, "page_num", "page_size", e))
        return false;
    bool traces = str_eq(c->infno, S("3512")) || str_eq(c->infno, S("3513"));
    bool some = q->own.n || q->batch.n || (traces && (q->item.n || q->trace.n)) ||
                (str_eq(c->infno, S("3513")) && (q->visit.n || q->cert.n));
    return some || gate_fault(c, ERR_MISSING_FIELD, traces ? "med_list_codg" : "medins_list_codg",
                              S(""), "medins_list_codg, fixmedins_bchno or another of the keys", e);
}

static bool goods_find(store_rows *r, gate_call *c, gate_value in, const goods_question *q, err *e)
{
    static const struct {
        const char *no, *kind, *also, *moved;
    } of[] = {{"3509", "change", "change", "count"},
              {"3510", "purchase", "purchase_return", ""},
              {"3511", "sale", "sale_return", ""}};
    const store_value size = STORE_N(q->page.size),
                      from = STORE_N((q->page.number - 1) * q->page.size);
    store_value key[16] = {STORE_N(c->access.provider_id),
                           STORE_T(q->own),
                           STORE_T(q->batch),
                           STORE_T(q->item),
                           STORE_T(q->from),
                           STORE_T(q->until)};
    if (str_eq(c->infno, S("3508"))) {
        key[6] = size;
        key[7] = from;
        return store_query(c->job, SQL_STOCK_PAGE, key, 8, r, c->a, e);
    }
    for (ptrdiff_t i = 0; i < COUNTOF(of); i++) {
        if (!str_eq(c->infno, str_of(of[i].no)))
            continue;
        key[6] = STORE_T(str_of(of[i].kind));
        key[7] = STORE_T(str_of(of[i].also));
        key[8] = STORE_T(str_of(of[i].moved));
        key[9] = STORE_T(gate_text(in, "vali_flag"));
        key[10] = STORE_N(q->number);
        key[11] = size;
        key[12] = from;
        return store_query(c->job, SQL_STOCK_MOVEMENTS, key, 13, r, c->a, e);
    }
    key[6] = STORE_N(str_eq(c->infno, S("3513")));
    key[7] = STORE_T(q->trace);
    key[8] = STORE_T(q->visit);
    key[9] = STORE_T(q->cert);
    key[10] = size;
    key[11] = from;
    return store_query(c->job, SQL_STOCK_TRACES, key, 12, r, c->a, e);
}

bool gate_goods_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    goods_question q;
    store_rows r;
    if (!question_read(&q, c, in, e) || !goods_find(&r, c, in, &q, e))
        return false;
    c->output_list = true;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        goods_row_put(c, &r, i);
    int64_t all = r.row_count ? store_number(&r, 0, G_COUNT) : 0;
    if (all > q.page.number * q.page.size)
        c->warning = arena_printf(c->a, "[more] 共 %" PRId64 " 条，请用 page_num 取下一页", all);
    return true;
}
