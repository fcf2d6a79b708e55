/* Every list: one page as JSON, or all of it as a file. */
#include "base/day.h"
#include "base/money.h"
#include "edge/api/api_internal.h"
#include "edge/sheet/sheet.h"
#include "service/lists/lists.h"

#include <stdio.h>

/* ---- the request ---- */

static const int64_t china_ms = INT64_C(8) * 3600 * 1000;

static str today_text(int64_t now_ms, arena *a)
{
    char on[DAY_TEXT_SIZE];
    day_print(on, (day){(int32_t)((now_ms + china_ms) / 86400000)});
    return arena_str(a, str_of(on));
}

static bool request_read(
    list_request *out, api_list *l, const char *list, const list_filter *fixed, api_call *c, err *e)
{
    if (!api_list_read(l, c, e))
        return false;
    list_filter *filter = arena_new(c->a, list_filter, API_FILTERS_MAX + 1);
    *out = (list_request){.list = list_named(str_of(list)),
                          .filter = filter,
                          .q = l->q,
                          .sort = l->sort,
                          .cursor = l->cursor,
                          .limit = l->limit,
                          .today = today_text(store_now_ms(c->store), c->a)};
    for (int i = 0; i < l->filter_count; i++)
        filter[out->filter_count++] = (list_filter){l->filter[i].name, l->filter[i].value};
    if (fixed)
        filter[out->filter_count++] = *fixed;
    return true;
}

/* ---- files ---- */

/* Words that are not those of a pack. */
static const struct {
    const char *word, *zh, *en;
} words[] = {
    {"settle", "结算", "settlement"},
    {"reverse", "撤销", "reversal"},
    {"refund", "退费", "refund"},
    {"manual", "手工报销", "paper claim"},
    {"settled", "已结算", "settled"},
    {"not_covered", "不享受待遇", "not covered"},
    {"reversed", "已撤销", "reversed"},
    {"counter", "窗口", "counter"},
    {"hospital", "医院", "hospital"},
    {"pharmacy", "药店", "pharmacy"},
    {"clinic", "诊所", "clinic"},
    {"signed", "已签", "signed"},
    {"suspended", "暂停", "suspended"},
    {"terminated", "终止", "terminated"},
    {"drug", "药品", "drug"},
    {"service", "诊疗项目", "service"},
    {"material", "耗材", "material"},
    {"open", "待复核", "open"},
    {"approved", "已同意", "approved"},
    {"refused", "已拒绝", "refused"},
    {"withdrawn", "已撤回", "withdrawn"},
    {"live", "有效", "live"},
    {"returned", "已退回", "returned"},
    {"unseen", "未审核", "unseen"},
    {"doctor", "医师", "doctor"},
    {"nurse", "护士", "nurse"},
    {"pharmacist", "药师", "pharmacist"},
    {"technician", "技师", "technician"},
    {"booked", "待生成", "booked"},
    {"made", "已生成", "made"},
    {"confirmed", "已确认", "confirmed"},
    {"paid", "已拨付", "paid"},
    {"applied", "已申请", "applied"},
    {"checked", "已预核验", "checked"},
    {"valid", "有效", "valid"},
    {"passed", "通过", "passed"},
    {"failed", "不通过", "failed"},
    {"count", "盘点", "count"},
    {"change", "变更", "change"},
    {"purchase", "采购", "purchase"},
    {"purchase_return", "采购退货", "purchase returned"},
    {"sale", "销售", "sale"},
    {"sale_return", "销售退货", "sale returned"},
    {"reversal", "撤销", "taken back"},
    {"waiting", "待申报", "waiting"},
    {"submitted", "已申报", "submitted"},
    {"cleared", "已核销", "cleared"},
    {"visit", "就诊", "visit"},
    {"filing", "备案", "filing"},
    {"settlement", "结算", "settlement"},
    {"goods", "商品销售", "sale of goods"},
    {"yes", "是", "yes"},
    {"no", "否", "no"},
    {"province", "省", "province"},
    {"city", "市", "city"},
    {"county", "县", "county"},
};

/* Columns that hold words: of a pack (fact), or of the table above (FACT_NONE). */
static const struct {
    const char *column;
    fact_id fact;
} spoken[] = {
    {"scheme", FACT_SCHEME}, {"status", FACT_STATUS},
    {"sex", FACT_SEX},       {"visit_kind", FACT_VISIT_KIND},
    {"route", FACT_ROUTE},   {"level", FACT_LEVEL},
    {"kind", FACT_NONE},     {"state", FACT_NONE},
    {"channel", FACT_NONE},  {"agreement_state", FACT_NONE},
    {"rx", FACT_NONE},       {"audit", FACT_NONE},
    {"review", FACT_NONE},
};

typedef struct {
    api_call *c;
    const list_spec *list;
    sheet *sheet;
    int column[SHEET_COLUMNS_MAX]; /* of the list */
    int spoken[SHEET_COLUMNS_MAX]; /* place in the table above; -1 = none */
    int count;
    int area; /* column of the row's area; -1 = none */
} export;

static sheet_kind sheet_kind_of(list_kind kind)
{
    switch (kind) {
    case LIST_NUMBER:
        return SHEET_COUNT;
    case LIST_MONEY:
        return SHEET_MONEY;
    case LIST_E4:
        return SHEET_E4;
    case LIST_DAY:
        return SHEET_DAY;
    case LIST_MOMENT:
        return SHEET_MOMENT;
    default:
        return SHEET_TEXT; /* ids too: Excel would round them */
    }
}

static str word_said(const export *x, int place, str said, const pack *p)
{
    bool english = x->c->english;
    const pack_word *w = NULL;
    if (p && spoken[place].fact != FACT_NONE)
        w = pack_word_find(p, spoken[place].fact, said);
    if (w)
        return english ? w->en : w->zh;
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++)
        if (str_eq(said, str_of(words[i].word)))
            return str_of(english ? words[i].en : words[i].zh);
    return said;
}

static sheet_cell
cell_of(const export *x, int column, const list_cell *cell, const pack *p, arena *a)
{
    list_kind kind = x->list->column[x->column[column]].kind;
    sheet_cell out = {.text = cell->text, .number = cell->number, .none = cell->none};
    if (kind == LIST_ID) {
        out.text = arena_printf(a, "%" PRId64, cell->number);
    } else if (kind == LIST_RATE && !cell->none) {
        money_text t = rate_show(cell->number);
        out.text = arena_str(a, str_of(t.c));
    } else if (kind == LIST_FLAG) {
        if (x->c->english)
            out.text = cell->number ? S("yes") : S("no");
        else
            out.text = cell->number ? S("是") : S("否");
    } else if (x->spoken[column] >= 0) {
        out.text = word_said(x, x->spoken[column], cell->text, p);
    }
    return out;
}

static bool page_write(void *arg, const list_page *page, arena *a, err *e)
{
    export *x = arg;
    for (ptrdiff_t i = 0; i < page->rows.row_count; i++) {
        arena row = *a;
        sheet_cell cell[SHEET_COLUMNS_MAX];
        const office_pack *p = NULL;
        if (x->area >= 0 && x->c->with.office)
            p = office_pack_of_area(x->c->with.office, list_cell_at(page, i, x->area, &row).text);
        for (int k = 0; k < x->count; k++) {
            list_cell value = list_cell_at(page, i, x->column[k], &row);
            cell[k] = cell_of(x, k, &value, p ? &p->pack : NULL, &row);
        }
        if (!sheet_row(x->sheet, cell, e))
            return false;
    }
    return true;
}

/* "a,b,c" holds b; an empty one holds everything. */
static bool is_wanted(str names, const char *name)
{
    str wanted = str_of(name);
    if (names.n == 0)
        return true;
    for (str left = names; left.n > 0;) {
        const char *comma = memchr(left.p, ',', (size_t)left.n);
        str one = {left.p, comma ? comma - left.p : left.n};
        if (str_eq(one, wanted))
            return true;
        left = comma ? (str){comma + 1, left.n - one.n - 1} : (str){0};
    }
    return false;
}

/* Which columns are shown, and how each is told. */
static void columns_choose(export *x, str names, sheet_column *column)
{
    const list_spec *l = x->list;
    x->area = -1;
    for (int i = 0; i < l->column_count; i++) {
        const list_column *c = &l->column[i];
        if (strcmp(c->name, "area_code") == 0 || strcmp(c->name, "insured_pool") == 0)
            x->area = i;
        if ((c->flags & LIST_QUIET) || !is_wanted(names, c->name))
            continue;
        x->spoken[x->count] = -1;
        for (int k = 0; k < (int)COUNTOF(spoken); k++)
            if (strcmp(c->name, spoken[k].column) == 0)
                x->spoken[x->count] = k;
        column[x->count] =
            (sheet_column){str_of(x->c->english ? c->en : c->zh), sheet_kind_of(c->kind), c->width};
        x->column[x->count++] = i;
    }
}

/* What was filtered, who made it and when: it stands in the file. */
static str note_of(const api_call *c, const list_request *r, int64_t now_ms)
{
    text_buffer t = {arena_new(c->a, char, 1000), 0, 1000, false};
    int minutes = (int)((now_ms + china_ms) / 60000 % 1440);
    if (r->q.n)
        text_printf(&t, "q=%.*s  ", STR_ARG(r->q));
    for (int i = 0; i < r->filter_count; i++)
        text_printf(&t, "%.*s=%.*s  ", STR_ARG(r->filter[i].name), STR_ARG(r->filter[i].value));
    text_printf(&t, "%s %.*s  %.*s %02d:%02d", c->english ? "made by" : "制表",
                STR_ARG(c->who.login), STR_ARG(r->today), minutes / 60, minutes % 60);
    return (str){t.p, t.n};
}

static bool
file_make(str *out, api_call *c, const list_request *r, sheet_format format, str names, err *e)
{
    int64_t now_ms = store_now_ms(c->store);
    sheet_column column[SHEET_COLUMNS_MAX];
    export x = {.c = c, .list = r->list};
    assert(r->list->column_count <= SHEET_COLUMNS_MAX);
    columns_choose(&x, names, column);
    if (x.count == 0) {
        err_field(e, S("columns"));
        err_expected(e, "columns of this list, joined by commas");
        return FAIL(e, ERR_BAD_VALUE, "%.*s", STR_ARG(names));
    }
    sheet_head head = {.format = format,
                       .title = str_of(c->english ? r->list->en : r->list->zh),
                       .note = note_of(c, r, now_ms),
                       .made_at_ms = now_ms,
                       .column = column,
                       .column_count = x.count};
    bool ok = sheet_begin(&x.sheet, &head, e) &&
              list_each(c->store, r, &c->who, page_write, &x, c->a, e) &&
              sheet_end(out, x.sheet, c->a, e);
    sheet_close(x.sheet);
    return ok;
}

/* For the audit log: what was searched for may be a certificate number, and is not told. */
static str filters_json(api_call *c, const list_request *r)
{
    json_out o = json_out_new(c->a, 256);
    json_open(&o, '{');
    json_field_bool(&o, S("search"), r->q.n > 0);
    for (int i = 0; i < r->filter_count; i++)
        if (r->filter[i].value.n <= 100)
            json_field(&o, r->filter[i].name, r->filter[i].value);
    json_close(&o, '}');
    return json_out_text(&o);
}

void api_answer_file(api_call *c, const char *name, str format, str bytes)
{
    str today = today_text(store_now_ms(c->store), c->a);
    http_add_header(c->response, S("Content-Disposition"),
                    arena_printf(c->a, "attachment; filename=\"%s-%.*s.%.*s\"", name,
                                 STR_ARG(today), STR_ARG(format)));
    api_answer_text(c, 200,
                    str_eq(format, S("xlsx"))
                        ? S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
                        : S("text/csv; charset=utf-8"),
                    bytes);
}

static bool export_answer(api_call *c, const list_request *r, const api_list *l, err *e)
{
    str format = l->format;
    bool xlsx = str_eq(format, S("xlsx"));
    str file = {0}, name = str_of(r->list->name);
    str object = arena_printf(c->a, "%.*s %.*s", STR_ARG(name), STR_ARG(format));
    if (!api_need(c, RIGHT_EXPORT, e) || !api_need_sure(c, e) ||
        !file_make(&file, c, r, xlsx ? SHEET_XLSX : SHEET_CSV, l->columns, e) ||
        !access_audit_look(c->store, &c->who, S("list.export"), object, 0, filters_json(c, r), c->a,
                           e))
        return false;
    api_answer_file(c, r->list->name, format, file);
    return true;
}

/* Lists of people are looked at, too: who, which list, how many rows, of whom if of one. */
static bool list_looked(api_call *c, const list_page *page, const list_filter *fixed, err *e)
{
    static const char *const personal[] = {"persons",
                                           "settlements",
                                           "approvals",
                                           "clearing_settlements",
                                           "proxies",
                                           "uploads",
                                           "submission_settlements",
                                           "prescriptions",
                                           "rx_sales",
                                           "review_findings",
                                           "settlement_lists",
                                           "group_disputes"};
    int64_t person_id = 0;
    bool is_personal = false;
    for (ptrdiff_t i = 0; i < COUNTOF(personal); i++)
        is_personal = is_personal || strcmp(page->list->name, personal[i]) == 0;
    if (!is_personal || page->rows.row_count == 0)
        return true;
    if (fixed && str_eq(fixed->name, S("person_id")))
        (void)api_id_of_text(&person_id, fixed->value);
    return access_audit_look(c->store, &c->who, S("list.read"), str_of(page->list->name), person_id,
                             arena_printf(c->a, "{\"rows\":%td}", page->rows.row_count), c->a, e);
}

/* ---- routes ---- */

bool api_list_answer(api_call *c, const char *list, const list_filter *fixed, err *e)
{
    list_request r;
    list_page page;
    api_list l;
    if (!request_read(&r, &l, list, fixed, c, e))
        return false;
    if (l.format.n)
        return export_answer(c, &r, &l, e);
    if (!list_read(&page, c->store, &r, &c->who, c->a, e) || !list_looked(c, &page, fixed, e))
        return false;
    json_open(&c->out, '{');
    list_json(&c->out, &page);
    json_close(&c->out, '}');
    return true;
}

bool api_persons_list(api_call *c, err *e)
{
    return api_list_answer(c, "persons", NULL, e);
}

bool api_person_settlements_list(api_call *c, err *e)
{
    int64_t person_id;
    list_filter person = {S("person_id"), http_param(c->request, "person_id")};
    return api_path_id(&person_id, c, "person_id", e) &&
           api_list_answer(c, "settlements", &person, e);
}

bool api_providers_list(api_call *c, err *e)
{
    return api_list_answer(c, "providers", NULL, e);
}

bool api_items_list(api_call *c, err *e)
{
    return api_list_answer(c, "items", NULL, e);
}

bool api_diseases_list(api_call *c, err *e)
{
    return api_list_answer(c, "diseases", NULL, e);
}

bool api_areas_list(api_call *c, err *e)
{
    return api_list_answer(c, "areas", NULL, e);
}

bool api_settlements_list(api_call *c, err *e)
{
    return api_list_answer(c, "settlements", NULL, e);
}

bool api_approvals_list(api_call *c, err *e)
{
    return api_list_answer(c, "approvals", NULL, e);
}

bool api_audit_list(api_call *c, err *e)
{
    return api_list_answer(c, "audit", NULL, e);
}

/* Nobody is signed in: no scope, and no file (that needs a right). */
bool api_public_items_list(api_call *c, err *e)
{
    return api_list_answer(c, "items", NULL, e);
}
