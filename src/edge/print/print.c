/* What stands on the sheet and on the receipt, from title to signatures. */
#include "edge/print/page_internal.h"

#include "base/day.h"
#include "base/money.h"

#include <cairo-pdf.h>
#include <pthread.h>
#include <stdio.h>

/* ---- title and header ---- */

static const char *title(const page *p)
{
    switch (p->bill->mark) {
    case PRINT_PREVIEW:
        return page_say(p, "医疗保障费用预结算单", "Medical Insurance Settlement (Preview)");
    case PRINT_REVERSAL:
        return page_say(p, "医疗保障费用撤销结算单", "Medical Insurance Settlement (Reversal)");
    case PRINT_VALID:
    case PRINT_REVERSED:
        break;
    }
    return page_say(p, "医疗保障费用结算单", "Medical Insurance Settlement");
}

/* Under the title: what this paper is not, or which other paper belongs to it. */
static void draw_mark(page *p)
{
    const print_bill *b = p->bill;
    char buffer[200];
    str told = S("");
    if (b->mark == PRINT_PREVIEW)
        told = page_print(buffer, sizeof buffer, "%s",
                          page_say(p, "预结算 不作报销凭证",
                                   "Preview only: nothing was settled, not valid as a voucher"));
    else if (b->mark == PRINT_REVERSAL)
        told = page_print(buffer, sizeof buffer,
                          page_say(p, "撤销原结算 %.*s", "Takes back settlement %.*s"),
                          STR_ARG(b->other_no));
    else if (b->mark == PRINT_REVERSED)
        told = page_print(buffer, sizeof buffer,
                          page_say(p, "本结算已撤销，撤销单 %.*s", "Was taken back by %.*s"),
                          STR_ARG(b->other_no));
    if (told.n == 0)
        return;
    page_text t = {told, {.size = 9, .align = PAGE_CENTER, .bold = true, .gray = 0.15}};
    page_draw(p, &t, (page_box){p->left, p->y, p->right - p->left});
    p->y += 15;
}

static void draw_title(page *p, double size)
{
    const print_bill *b = p->bill;
    double wide = p->right - p->left;
    char buffer[300];
    str told = page_print(buffer, sizeof buffer, page_say(p, "%.*s%s", "%.*s %s"),
                          STR_ARG(b->area_name), title(p));
    page_text t = {told, {.size = size, .align = PAGE_CENTER, .bold = true}};
    page_draw(p, &t, (page_box){p->left, p->y, wide});
    p->y += size * 1.55;
    page_style small = {.size = size * 0.5, .align = PAGE_LEFT, .gray = 0.3};
    page_text unit = {str_of(page_say(p, "一单制　金额单位：元", "One bill · amounts in yuan")),
                      small};
    page_draw(p, &unit, (page_box){p->left, p->y, wide});
    if (b->part_count > 1) {
        small.align = PAGE_RIGHT;
        told = page_print(
            buffer, sizeof buffer,
            page_say(p, "跨年住院 第 %d 段 共 %d 段", "Stay over the year's end, part %d of %d"),
            b->part, b->part_count);
        page_draw(p, &(page_text){told, small}, (page_box){p->left, p->y, wide});
    }
    if (b->mark != PRINT_VALID)
        draw_mark(p);
    else
        p->y += size * 0.5 + 5;
}

typedef struct {
    const char *zh, *en;
    str value;
} pair;

#define ACROSS 3

/* Three pairs of label and value a row. */
static void draw_pairs(page *p, const pair *list, int count, double size)
{
    double third = (p->right - p->left) / ACROSS,
           label = size * (p->bill->lang == PRINT_ZH ? 6 : 6.6);
    double top = p->y;
    page_style name = {.size = size, .gray = 0.35}, value = {.size = size, .wrap = true};
    for (int i = 0; i < count; i += ACROSS) {
        double height = size * 1.45 + 5;
        for (int k = i; k < i + ACROSS && k < count; k++) {
            page_text t = {list[k].value.n ? list[k].value : S("—"), value};
            double high = page_height(p, &t, third - label - 6) + 5;
            height = high > height ? high : height;
        }
        for (int k = i; k < i + ACROSS && k < count; k++) {
            double x = p->left + third * (k - i);
            page_text t = {str_of(page_say(p, list[k].zh, list[k].en)), name};
            page_fill(p, x, p->y, label, height, 0.955);
            page_draw(p, &t, (page_box){x + 4, p->y + 2.5, label - 5});
            t = (page_text){list[k].value.n ? list[k].value : S("—"), value};
            page_draw(p, &t, (page_box){x + label + 4, p->y + 2.5, third - label - 6});
            page_line_down(p, x, p->y, height, 0.7);
        }
        p->y += height;
        page_rule(p, p->left, p->y, p->right - p->left, 0.4, 0.7);
    }
    page_frame(p, p->left, top, p->right - p->left, p->y - top, 0.25);
}

static void draw_header(page *p, double size)
{
    const print_bill *b = p->bill;
    const pair list[] = {
        {"姓名", "Name", b->person_name},
        {"证件号码", "Certificate", b->person_id_no},
        {"险种", "Scheme", b->scheme},
        {"医药机构", "Provider", b->provider_name},
        {"机构编码", "Code", b->provider_code},
        {"机构等级", "Level", b->provider_level},
        {"医疗类别", "Kind of visit", b->visit_kind},
        {"入院日期", "Admitted on", b->admit_on},
        {"出院或就诊", "Service on", b->service_on},
        {"就诊号", "Visit no.", b->visit_no},
        {"病种", "Disease", b->disease},
        {"结算时间", "Settled at", b->settled_at},
        {"结算编号", "Settlement", b->settlement_no},
        {"账单号", "Bill no.", b->bill_no},
        {"执行政策", "Policy", b->policy},
    };
    draw_pairs(p, list, (int)COUNTOF(list), size);
}

/* ---- amounts ---- */

typedef enum { ROW_PLAIN = 0, ROW_SUM, ROW_CASH } row_kind;

typedef struct {
    str name;
    int64_t fen;
    str basis;
    row_kind kind;
} amount_row;

#define AMOUNTS_MAX (PRINT_FUNDS_MAX + 16)

typedef struct {
    amount_row row[AMOUNTS_MAX];
    int count, first_fund; /* rows before it: how the bill was divided; from it on: who pays */
} amount_list;

static void amount_add(amount_list *l, const char *name, print_amount amount, row_kind kind)
{
    l->row[l->count++] = (amount_row){str_of(name), amount.fen, amount.basis, kind};
}

static void amounts_collect(amount_list *l, const page *p)
{
    const print_bill *b = p->bill;
    *l = (amount_list){.count = 0};
    amount_add(l, page_say(p, "医疗费总额", "Total of the bill"), b->total, ROW_SUM);
    amount_add(l, page_say(p, "减：全自费", "less: not covered"), b->own, ROW_PLAIN);
    amount_add(l, page_say(p, "减：超限价自费", "less: above price limits"), b->over_limit,
               ROW_PLAIN);
    amount_add(l, page_say(p, "减：先行自付", "less: first share"), b->pay_first, ROW_PLAIN);
    amount_add(l, page_say(p, "政策范围内费用", "In scope"), b->in_scope, ROW_SUM);
    amount_add(l, page_say(p, "其中：起付标准", "of it: deductible"), b->deductible, ROW_PLAIN);
    if (b->over_cap.fen)
        amount_add(l, page_say(p, "其中：超过最高支付限额", "of it: above the cap"), b->over_cap,
                   ROW_PLAIN);
    l->first_fund = l->count;
    for (int i = 0; i < b->fund_count && i < PRINT_FUNDS_MAX; i++)
        l->row[l->count++] =
            (amount_row){b->fund[i].name, b->fund[i].fen, b->fund[i].basis, ROW_PLAIN};
    amount_add(l, page_say(p, "基金支付合计", "Funds together"), b->fund_total, ROW_SUM);
    if (b->hospital.fen)
        amount_add(l, page_say(p, "医院负担", "Borne by the provider"), b->hospital, ROW_PLAIN);
    amount_add(l, page_say(p, "个人负担合计", "Patient's part"), b->personal, ROW_SUM);
    amount_add(l, page_say(p, "其中：个人账户支付", "of it: own account"), b->account, ROW_PLAIN);
    if (b->family_account.fen)
        amount_add(l, page_say(p, "其中：家庭共济账户支付", "of it: family account"),
                   b->family_account, ROW_PLAIN);
    amount_add(l, page_say(p, "个人现金支付", "To be paid in cash"), b->cash, ROW_CASH);
}

/* NULL draws an empty row. */
static void draw_amount(page *p, const page_table *t, const amount_row *r, double height)
{
    static const double shade[] = {[ROW_PLAIN] = 0, [ROW_SUM] = 0.965, [ROW_CASH] = 0.90};
    static const amount_row none = {.kind = ROW_PLAIN};
    char figures[PAGE_MONEY_BYTES];
    const amount_row *x = r ? r : &none;
    const str cell[] = {x->name, r ? page_money(figures, x->fen) : S(""), x->basis};
    page_row row = {.height = height,
                    .shade = shade[x->kind],
                    .bold = x->kind != ROW_PLAIN,
                    .wrap = t->count > 2};
    page_need(p, page_row_height(p, t, cell, &row));
    page_table_row(p, t, cell, &row);
}

static void draw_words(page *p, double size)
{
    char words[PRINT_WORDS_BYTES], buffer[PRINT_WORDS_BYTES + 80];
    text_buffer out = {words, 0, PRINT_WORDS_BYTES, false};
    print_amount_words(&out, p->bill->cash.fen);
    str told = page_print(buffer, sizeof buffer,
                          page_say(p, "现金支付（大写）　%.*s", "Cash in capitals　%.*s"),
                          (int)out.n, words);
    double wide = p->right - p->left, height = size * 1.45 + 8;
    page_text t = {told, {.size = size, .bold = true}};
    page_need(p, height);
    page_frame(p, p->left, p->y, wide, height, 0.25);
    page_draw(p, &t, (page_box){p->left + 5, p->y + 4, wide - 10});
    p->y += height;
}

static void draw_amounts(page *p)
{
    static const page_column column[] = {
        {"项目", "Amount", 150, PAGE_LEFT},
        {"金额", "Yuan", 82, PAGE_RIGHT},
        {"计算与依据", "How and by which rule", 0, PAGE_LEFT},
    };
    page_table t = {column, (int)COUNTOF(column), 8.5, p->right - p->left, p->left};
    amount_list list;
    amounts_collect(&list, p);
    p->y += 8;
    page_table_head(p, &t);
    for (int i = 0; i < list.count; i++)
        draw_amount(p, &t, &list.row[i], 17);
    draw_words(p, 9.5);
}

/* The receipt has room for one page: what the bill was on the left, who pays it on the right. */
static void draw_amounts_halved(page *p)
{
    static const page_column column[] = {
        {"费用构成", "The bill", 0, PAGE_LEFT},
        {"金额", "Yuan", 84, PAGE_RIGHT},
    };
    static const page_column payer[] = {
        {"支付构成", "Who pays", 0, PAGE_LEFT},
        {"金额", "Yuan", 84, PAGE_RIGHT},
    };
    double half = (p->right - p->left) / 2;
    page_table left = {column, 2, 8, half, p->left};
    page_table right = {payer, 2, 8, half, p->left + half};
    amount_list list;
    amounts_collect(&list, p);
    p->y += 5;
    double top = p->y;
    /* Two lines more than fit are not printed small but take the height from each other. */
    int longest = list.count - list.first_fund;
    longest = longest > list.first_fund ? longest : list.first_fund;
    double height = (p->bottom - top - 80) / (longest > 0 ? longest : 1);
    height = height > 15 ? 15 : height;
    page_table_head(p, &left);
    for (int i = 0; i < longest; i++)
        draw_amount(p, &left, i < list.first_fund ? &list.row[i] : NULL, height);
    p->y = top;
    page_table_head(p, &right);
    int last = list.count - 1; /* the cash stands at the foot, whatever is above it */
    for (int i = 0; i < longest - 1; i++)
        draw_amount(p, &right, list.first_fund + i < last ? &list.row[list.first_fund + i] : NULL,
                    height);
    draw_amount(p, &right, &list.row[last], height);
    draw_words(p, 9);
}

/* ---- layers ---- */

static void heading(page *p, const char *zh, const char *en)
{
    page_text t = {str_of(page_say(p, zh, en)), {.size = 10, .bold = true}};
    page_need(p, 70); /* a heading does not stand alone at the foot of a page */
    p->y += 12;
    page_draw(p, &t, (page_box){p->left, p->y, p->right - p->left});
    p->y += 17;
}

static void draw_layers(page *p)
{
    static const page_column column[] = {
        {"支付层次", "Layer", 0, PAGE_LEFT},  {"支付方", "Payer", 96, PAGE_LEFT},
        {"计算基数", "Base", 72, PAGE_RIGHT}, {"起付标准", "Deductible", 68, PAGE_RIGHT},
        {"本层支付", "Paid", 72, PAGE_RIGHT}, {"超过限额", "Above cap", 68, PAGE_RIGHT},
    };
    const print_bill *b = p->bill;
    page_table t = {column, (int)COUNTOF(column), 8, p->right - p->left, p->left};
    if (b->layer_count == 0)
        return;
    heading(p, "逐层支付", "Layer by layer");
    page_table_head(p, &t);
    for (int i = 0; i < b->layer_count; i++) {
        const print_layer *x = &b->layer[i];
        char m[4][PAGE_MONEY_BYTES];
        const str cell[] = {x->name,
                            x->payer,
                            page_money(m[0], x->base_fen),
                            page_money(m[1], x->deductible_fen),
                            page_money(m[2], x->paid_fen),
                            page_money(m[3], x->over_cap_fen)};
        page_row row = {.height = 15.5, .wrap = true};
        if (page_need(p, page_row_height(p, &t, cell, &row)))
            page_table_head(p, &t);
        page_table_row(p, &t, cell, &row);
    }
}

/* ---- lines ---- */

typedef struct {
    int64_t amount, own, over_limit, pay_first, in_scope;
} line_sums;

static void sums_add(line_sums *s, const print_line *x)
{
    s->amount += x->amount_fen;
    s->own += x->own_fen;
    s->over_limit += x->over_limit_fen;
    s->pay_first += x->pay_first_fen;
    s->in_scope += x->in_scope_fen;
}

static void draw_sums(page *p, const page_table *t, const char *name, const line_sums *s)
{
    char m[5][PAGE_MONEY_BYTES];
    const str cell[] = {S(""),
                        str_of(name),
                        S(""),
                        S(""),
                        S(""),
                        page_money(m[0], s->amount),
                        page_money(m[1], s->own),
                        page_money(m[2], s->over_limit),
                        page_money(m[3], s->pay_first),
                        page_money(m[4], s->in_scope)};
    page_table_row(p, t, cell, &(page_row){.height = 15, .shade = 0.95, .bold = true});
}

static void draw_line(page *p, const page_table *t, const print_line *x, double height)
{
    char no[12], m[5][PAGE_MONEY_BYTES];
    const str cell[] = {page_print(no, sizeof no, "%d", x->line_no),
                        x->name,
                        x->item_class,
                        x->quantity,
                        x->unit_price,
                        page_money(m[0], x->amount_fen),
                        page_money(m[1], x->own_fen),
                        page_money(m[2], x->over_limit_fen),
                        page_money(m[3], x->pay_first_fen),
                        page_money(m[4], x->in_scope_fen)};
    page_table_row(p, t, cell, &(page_row){.height = height});
}

/* Name above, code below it in small. */
static void draw_name(page *p, const page_table *t, const print_line *x, double name_height)
{
    double left = p->left + page_column_width(t, 0) + 3.5, wide = page_column_width(t, 1) - 7;
    page_text name = {x->name, {.size = t->size, .wrap = true}};
    page_text code = {x->code, {.size = t->size - 1.2, .gray = 0.4}};
    page_draw(p, &name, (page_box){left, p->y + 2, wide});
    page_draw(p, &code, (page_box){left, p->y + 1.5 + name_height, wide});
}

#define SUMS_HEIGHT 15

static void draw_lines(page *p)
{
    static const page_column column[] = {
        {"序", "No.", 24, PAGE_CENTER},
        {"项目名称／编码", "Item / code", 0, PAGE_LEFT},
        {"等级", "Class", 30, PAGE_CENTER},
        {"数量", "Quantity", 40, PAGE_RIGHT},
        {"单价", "Price", 46, PAGE_RIGHT},
        {"金额", "Amount", 52, PAGE_RIGHT},
        {"全自费", "Own", 50, PAGE_RIGHT},
        {"超限价", "Over limit", 46, PAGE_RIGHT},
        {"先行自付", "First share", 46, PAGE_RIGHT},
        {"范围内", "In scope", 52, PAGE_RIGHT},
    };
    const print_bill *b = p->bill;
    page_table t = {column, (int)COUNTOF(column), 7.3, p->right - p->left, p->left};
    line_sums all = {0}, here = {0};
    bool turned = false;
    if (b->line_count == 0)
        return;
    heading(p, "费用明细", "Lines of the bill");
    page_table_head(p, &t);
    for (int i = 0; i < b->line_count; i++) {
        const print_line *x = &b->line[i];
        page_text name = {x->name, {.size = t.size, .wrap = true}};
        double name_height = page_height(p, &name, page_column_width(&t, 1) - 7);
        double height = name_height + (x->code.n ? t.size * 1.45 + 2 : 4);
        if (p->y + height + 2 * SUMS_HEIGHT > p->bottom) {
            draw_sums(p, &t, page_say(p, "本页小计", "This page"), &here);
            here = (line_sums){0};
            turned = true;
            page_need(p, p->bottom);
            page_table_head(p, &t);
        }
        print_line shown = *x;
        shown.name = S("");
        double y = p->y;
        draw_line(p, &t, &shown, height);
        double after = p->y;
        p->y = y;
        draw_name(p, &t, x, name_height);
        p->y = after;
        sums_add(&here, x);
        sums_add(&all, x);
    }
    if (turned)
        draw_sums(p, &t, page_say(p, "本页小计", "This page"), &here);
    draw_sums(p, &t, page_say(p, "合计", "All lines"), &all);
}

/* ---- explanation and signatures ---- */

static void draw_sentences(page *p)
{
    const print_bill *b = p->bill;
    double indent = 20, wide = p->right - p->left;
    if (b->sentence_count == 0)
        return;
    heading(p, "计算说明", "How it was computed");
    for (int i = 0; i < b->sentence_count; i++) {
        char no[16];
        page_text number = {page_print(no, sizeof no, "%d", i + 1),
                            {.size = 8, .align = PAGE_RIGHT, .gray = 0.45}};
        page_text t = {b->sentence[i], {.size = 8, .wrap = true, .gray = 0.1}};
        double height = page_height(p, &t, wide - indent) + 2.5;
        page_need(p, height);
        page_draw(p, &number, (page_box){p->left, p->y, indent - 6});
        page_draw(p, &t, (page_box){p->left + indent, p->y, wide - indent});
        p->y += height;
    }
}

static void draw_signatures(page *p, double size)
{
    const print_bill *b = p->bill;
    const struct {
        const char *zh, *en;
        str value;
    } place[] = {
        {"经办人", "Maker", b->maker},
        {"复核人", "Checker", b->checker},
        {"参保人或代办人签字", "Patient's signature", S("")},
        {"经办机构（盖章）", "Office seal", S("")},
    };
    static const double share[] = {0.19, 0.19, 0.35, 0.27};
    double wide = p->right - p->left, x = p->left;
    page_need(p, size * 4.6);
    p->y += size * 2;
    for (int i = 0; i < (int)COUNTOF(place); i++) {
        char buffer[120];
        str told = page_print(buffer, sizeof buffer, page_say(p, "%s：%.*s", "%s: %.*s"),
                              page_say(p, place[i].zh, place[i].en), STR_ARG(place[i].value));
        page_text t = {told, {.size = size}};
        page_draw(p, &t, (page_box){x, p->y, wide * share[i] - 10});
        page_rule(p, x, p->y + size * 1.7, wide * share[i] - 12, 0.5, 0.5);
        x += wide * share[i];
    }
    p->y += size * 2.2;
}

static void draw_sheet(page *p)
{
    page_begin(p);
    draw_title(p, 17);
    draw_header(p, 8.5);
    draw_amounts(p);
    draw_signatures(p, 8.5);
    draw_layers(p);
    draw_lines(p);
    draw_sentences(p);
    page_end(p);
}

static void draw_receipt(page *p)
{
    page_begin(p);
    draw_title(p, 14);
    draw_header(p, 7.5);
    draw_amounts_halved(p);
    draw_signatures(p, 8);
    page_end(p);
}

static void draw_all(page *p, const print_bill *part, int count)
{
    p->page = 0;
    for (int i = 0; i < count; i++) {
        p->bill = &part[i];
        if (part[0].size == PRINT_A5)
            draw_receipt(p);
        else
            draw_sheet(p);
    }
}

/* ---- the file ---- */

/* The file grows at the front of the arena, which nothing else takes from meanwhile. */
typedef struct {
    char *p;
    ptrdiff_t n, cap;
    bool full;
} pdf_bytes;

static cairo_status_t pdf_write(void *closure, const unsigned char *data, unsigned length)
{
    pdf_bytes *b = closure;
    if (b->full || (ptrdiff_t)length > b->cap - b->n) {
        b->full = true;
        return CAIRO_STATUS_WRITE_ERROR;
    }
    memcpy(b->p + b->n, data, length);
    b->n += (ptrdiff_t)length;
    return CAIRO_STATUS_SUCCESS;
}

static void set_metadata(cairo_surface_t *surface, const page *p)
{
    char at[48], on[DAY_TEXT_SIZE], text[300];
    int64_t seconds = p->bill->made_at_ms / 1000;
    day_print(on, (day){(int32_t)(seconds / 86400)});
    int rest = (int)(seconds % 86400);
    snprintf(at, sizeof at, "%sT%02d:%02d:%02dZ", on, rest / 3600, rest / 60 % 60, rest % 60);
    snprintf(text, sizeof text, "%.*s%s", STR_ARG(p->bill->area_name), title(p));
    char *valid = g_utf8_make_valid(text, -1); /* it may have been cut within a character */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, valid);
    g_free(valid);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Gongji");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, at);
}

/* The one thing this process keeps: opening Chinese fonts takes longer than printing a bill, and
 * each bill in work holds a copy of them (16 MB a weight).  So the fonts are opened once, and bills
 * are printed one after another. */
static struct {
    pthread_mutex_t lock;
    PangoFontMap *fonts;
} press = {PTHREAD_MUTEX_INITIALIZER, NULL};

static PangoLayout *layout_make(cairo_t *cr)
{
    if (!press.fonts)
        press.fonts = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(press.fonts);
    pango_cairo_update_context(cr, context);
    PangoLayout *layout = pango_layout_new(context);
    g_object_unref(context);
    return layout;
}

static void fonts_make(page *p)
{
    static const char family[] =
        "Liberation Sans, Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Micro Hei, sans-serif";
    for (int i = 0; i < 2; i++) {
        p->font[i] = pango_font_description_new();
        pango_font_description_set_family_static(p->font[i], family);
        pango_font_description_set_weight(p->font[i], i ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    }
    PangoContext *context = pango_layout_get_context(p->layout);
    pango_context_set_language(context, pango_language_from_string("zh-cn"));
    pango_context_set_round_glyph_positions(context, FALSE);
    PangoAttrList *list = pango_attr_list_new();
    pango_attr_list_insert(list, pango_attr_font_features_new("tnum=1"));
    pango_layout_set_attributes(p->layout, list);
    pango_attr_list_unref(list);
}

static bool pdf_make(str *out, const print_bill *part, int count, arena *a, err *e)
{
    static const struct {
        double width, height, margin;
    } paper[] = {[PRINT_A4] = {595.276, 841.89, 40}, [PRINT_A5] = {595.276, 419.528, 36}};
    assert(count > 0);
    pdf_bytes bytes = {a->beg, 0, a->end - a->beg, false};
    page p = {.bill = part, .width = paper[part->size].width, .height = paper[part->size].height};
    p.left = paper[part->size].margin;
    p.right = p.width - p.left;
    p.bottom = p.height - (part->size == PRINT_A4 ? 44 : 28);
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(pdf_write, &bytes, p.width, p.height);
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    set_metadata(surface, &p);
    p.cr = cairo_create(surface);
    p.layout = layout_make(p.cr);
    fonts_make(&p);
    p.dry = true;
    draw_all(&p, part, count);
    p.page_count = p.page;
    p.dry = false;
    draw_all(&p, part, count);
    g_object_unref(p.layout);
    cairo_destroy(p.cr);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    for (int i = 0; i < 2; i++)
        pango_font_description_free(p.font[i]);
    if (bytes.full)
        return FAIL(e, ERR_OUT_OF_MEMORY, "the PDF is larger than the memory given to it");
    if (status != CAIRO_STATUS_SUCCESS)
        return FAIL(e, ERR_IO, "PDF: %s", cairo_status_to_string(status));
    a->beg += bytes.n;
    *out = (str){bytes.p, bytes.n};
    return true;
}

bool print_bill_pdf(str *out, const print_bill *part, int count, arena *a, err *e)
{
    pthread_mutex_lock(&press.lock);
    bool ok = pdf_make(out, part, count, a, e);
    pthread_mutex_unlock(&press.lock);
    return ok;
}
