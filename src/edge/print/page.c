/* Text, rules and tables; what stands above and below every page. */
#include "edge/print/page_internal.h"

#include "base/day.h"
#include "base/money.h"

#include <stdio.h>

static void text_set(page *p, str s)
{
    if (!s.p)
        s = S("");
    if (g_utf8_validate(s.p, (gssize)s.n, NULL)) {
        pango_layout_set_text(p->layout, s.p, (int)s.n);
        return;
    }
    char *valid = g_utf8_make_valid(s.p, (gssize)s.n);
    pango_layout_set_text(p->layout, valid, -1);
    g_free(valid);
}

static void layout_set(page *p, const page_text *t, double width)
{
    static const PangoAlignment align[] = {
        [PAGE_LEFT] = PANGO_ALIGN_LEFT,
        [PAGE_CENTER] = PANGO_ALIGN_CENTER,
        [PAGE_RIGHT] = PANGO_ALIGN_RIGHT,
    };
    PangoFontDescription *font = p->font[t->style.bold];
    pango_font_description_set_absolute_size(font, t->style.size * PANGO_SCALE);
    pango_layout_set_font_description(p->layout, font);
    pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
    pango_layout_set_alignment(p->layout, align[t->style.align]);
    pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_ellipsize(p->layout,
                               t->style.wrap ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
    text_set(p, t->text);
}

/* Chinese and Latin fonts stand differently in their lines.  Every first line gets the same ascent
 * and height, so that neighbours share a baseline. */
#define ASCENT 1.16
#define LINE   1.45

static double drop_of(page *p, double size)
{
    return size * ASCENT - (double)pango_layout_get_baseline(p->layout) / PANGO_SCALE;
}

double page_height(page *p, const page_text *t, double width)
{
    int high;
    layout_set(p, t, width);
    pango_layout_get_size(p->layout, NULL, &high);
    double height = (double)high / PANGO_SCALE + drop_of(p, t->style.size);
    return height > t->style.size * LINE ? height : t->style.size * LINE;
}

void page_draw(page *p, const page_text *t, page_box box)
{
    if (p->dry || t->text.n == 0)
        return;
    layout_set(p, t, box.width);
    cairo_set_source_rgb(p->cr, t->style.gray, t->style.gray, t->style.gray);
    cairo_move_to(p->cr, box.x, box.y + drop_of(p, t->style.size));
    pango_cairo_show_layout(p->cr, p->layout);
}

void page_rule(page *p, double x, double y, double width, double thick, double gray)
{
    if (p->dry)
        return;
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_rectangle(p->cr, x, y - thick / 2, width, thick);
    cairo_fill(p->cr);
}

void page_line_down(page *p, double x, double y, double height, double gray)
{
    if (p->dry)
        return;
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_rectangle(p->cr, x - 0.2, y, 0.4, height);
    cairo_fill(p->cr);
}

void page_fill(page *p, double x, double y, double width, double height, double gray)
{
    if (p->dry)
        return;
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_rectangle(p->cr, x, y, width, height);
    cairo_fill(p->cr);
}

void page_frame(page *p, double x, double y, double width, double height, double gray)
{
    if (p->dry)
        return;
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_set_line_width(p->cr, 0.6);
    cairo_rectangle(p->cr, x, y, width, height);
    cairo_stroke(p->cr);
}

/* Across the whole page, pale, so that no copy of a part of it passes for a voucher. */
static void watermark(page *p)
{
    static const struct {
        const char *zh, *en;
    } text[] = {
        [PRINT_VALID] = {NULL, NULL},
        [PRINT_PREVIEW] = {"预结算 不作报销凭证", "PREVIEW - NOT A VOUCHER"},
        [PRINT_REVERSAL] = {"撤 销 单", "REVERSAL"},
        [PRINT_REVERSED] = {"已 撤 销", "REVERSED"},
    };
    print_mark mark = p->bill->mark;
    if (p->dry || mark == PRINT_VALID)
        return;
    page_text t = {str_of(page_say(p, text[mark].zh, text[mark].en)),
                   {.size = p->height > p->width ? 46 : 38, .align = PAGE_CENTER, .bold = true}};
    double wide = p->width + p->height;
    layout_set(p, &t, wide);
    int high;
    pango_layout_get_size(p->layout, NULL, &high);
    cairo_save(p->cr);
    cairo_translate(p->cr, p->width / 2, p->height / 2);
    cairo_rotate(p->cr, p->height > p->width ? -0.72 : -0.42);
    cairo_move_to(p->cr, -wide / 2, -(double)high / PANGO_SCALE / 2);
    cairo_set_source_rgba(p->cr, 0.7, 0.1, 0.1, 0.13);
    pango_cairo_show_layout(p->cr, p->layout);
    cairo_restore(p->cr);
}

#define MARGIN_TOP 34

void page_begin(page *p)
{
    p->page++;
    p->y = MARGIN_TOP;
}

/* Chinese clocks show one time in the whole country. */
static void beijing_time(char out[40], int64_t ms)
{
    char on[DAY_TEXT_SIZE];
    int64_t minutes = ms / 60000 + 480;
    day_print(on, (day){(int32_t)(minutes / 1440)});
    snprintf(out, 40, "%s %02d:%02d", on, (int)(minutes / 60 % 24), (int)(minutes % 60));
}

void page_end(page *p)
{
    const print_bill *b = p->bill;
    double wide = p->right - p->left, y = p->bottom + 8;
    char buffer[200], at[40];
    page_style small = {.size = 7.5, .gray = 0.35};
    beijing_time(at, b->made_at_ms);
    page_rule(p, p->left, y - 3, wide, 0.5, 0.6);
    str told = page_print(buffer, sizeof buffer, page_say(p, "结算编号 %.*s", "Settlement %.*s"),
                          STR_ARG(b->settlement_no));
    if (b->settlement_no.n)
        page_draw(p, &(page_text){told, small}, (page_box){p->left, y, wide / 2});
    small.align = PAGE_CENTER;
    told = page_print(buffer, sizeof buffer, page_say(p, "打印时间 %s", "Printed %s"), at);
    page_draw(p, &(page_text){told, small}, (page_box){p->left, y, wide});
    small.align = PAGE_RIGHT;
    told = page_print(buffer, sizeof buffer, page_say(p, "第 %d 页 共 %d 页", "Page %d of %d"),
                      p->page, p->page_count);
    page_draw(p, &(page_text){told, small}, (page_box){p->left, y, wide});
    watermark(p); /* last, for what is shaded would hide it */
    if (!p->dry)
        cairo_show_page(p->cr);
}

bool page_need(page *p, double height)
{
    if (p->y + height <= p->bottom)
        return false;
    page_end(p);
    page_begin(p);
    return true;
}

str page_print(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(buffer, size, format, args);
    va_end(args);
    assert(n >= 0);
    return (str){buffer, n < (int)size ? n : (int)size - 1};
}

str page_money(char out[PAGE_MONEY_BYTES], int64_t fen)
{
    money_text plain = money_show(fen);
    ptrdiff_t n = (ptrdiff_t)strlen(plain.c), length = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t left = n - 3 - i; /* digits from here to the point */
        if (left > 0 && left % 3 == 0 && i > 0 && plain.c[i - 1] != '-')
            out[length++] = ',';
        out[length++] = plain.c[i];
    }
    return (str){out, length};
}

double page_column_width(const page_table *t, int column)
{
    if (t->column[column].width > 0)
        return t->column[column].width;
    double left = t->width;
    for (int i = 0; i < t->count; i++)
        left -= t->column[i].width;
    return left;
}

#define CELL_PAD 3.5

static void row_lines(page *p, const page_table *t, double y, double height)
{
    double x = t->x;
    page_rule(p, t->x, y + height, t->width, 0.4, 0.6);
    for (int i = 0; i < t->count; i++) {
        page_line_down(p, x, y, height, 0.6);
        x += page_column_width(t, i);
    }
    page_line_down(p, x, y, height, 0.6);
}

void page_table_head(page *p, const page_table *t)
{
    double height = t->size * 1.45 + 6, x = t->x;
    page_fill(p, t->x, p->y, t->width, height, 0.91);
    page_rule(p, t->x, p->y, t->width, 0.8, 0.25);
    for (int i = 0; i < t->count; i++) {
        const page_column *c = &t->column[i];
        double width = page_column_width(t, i);
        page_text text = {str_of(page_say(p, c->zh, c->en)),
                          {.size = t->size, .align = c->align, .bold = true, .gray = 0.1}};
        double high = p->dry ? 0 : page_height(p, &text, width - 2 * CELL_PAD);
        page_draw(p, &text,
                  (page_box){x + CELL_PAD, p->y + (height - high) / 2, width - 2 * CELL_PAD});
        x += width;
    }
    row_lines(p, t, p->y, height);
    p->y += height;
}

static page_text cell_text(const page_table *t, int column, str text, const page_row *row)
{
    return (page_text){text,
                       {.size = t->size,
                        .align = t->column[column].align,
                        .bold = row->bold,
                        .wrap = row->wrap && t->column[column].align == PAGE_LEFT,
                        .gray = 0}};
}

double page_row_height(page *p, const page_table *t, const str *cell, const page_row *row)
{
    double highest = row->height;
    for (int i = 0; i < t->count && row->wrap; i++) {
        if (t->column[i].align != PAGE_LEFT || cell[i].n == 0)
            continue;
        page_text text = cell_text(t, i, cell[i], row);
        double high = page_height(p, &text, page_column_width(t, i) - 2 * CELL_PAD) + 5;
        highest = high > highest ? high : highest;
    }
    return highest;
}

void page_table_row(page *p, const page_table *t, const str *cell, const page_row *row)
{
    double height = page_row_height(p, t, cell, row), x = t->x;
    if (row->shade > 0)
        page_fill(p, t->x, p->y, t->width, height, row->shade);
    for (int i = 0; i < t->count && !p->dry; i++) {
        page_text text = cell_text(t, i, cell[i], row);
        double width = page_column_width(t, i);
        double inner = width - 2 * CELL_PAD;
        double high = text.text.n ? page_height(p, &text, inner) : 0;
        page_draw(p, &text, (page_box){x + CELL_PAD, p->y + (height - high) / 2, inner});
        x += width;
    }
    row_lines(p, t, p->y, height);
    p->y += height;
}
