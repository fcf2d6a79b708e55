/* page -- text, rules and tables on the pages of a PDF, from the top down.
 *
 * In:      boxes in points, texts.
 * Out:     marks on a cairo surface; on a dry run only the places where pages end.
 * May use: base, cairo, pango.
 */
#ifndef PRINT_PAGE_INTERNAL_H
#define PRINT_PAGE_INTERNAL_H
#include "edge/print/print.h"

#include <cairo.h>
#include <pango/pangocairo.h>

typedef enum { PAGE_LEFT = 0, PAGE_CENTER, PAGE_RIGHT } page_align;

typedef struct {
    double size; /* points */
    page_align align;
    bool bold, wrap;
    double gray; /* 0 = black */
} page_style;

typedef struct {
    double x, y, width;
} page_box;

/* One text on its way to paper; cells of tables are given as these too. */
typedef struct {
    str text;
    page_style style;
} page_text;

typedef struct {
    cairo_t *cr;
    PangoLayout *layout;
    PangoFontDescription *font[2]; /* plain, bold */
    const print_bill *bill;        /* the part that is printed now */
    bool dry;                      /* measure only, to learn how many pages there will be */
    int page, page_count;
    double width, height, left, right, bottom;
    double y; /* where the next thing goes */
} page;

static inline const char *page_say(const page *p, const char *zh, const char *en)
{
    return p->bill->lang == PRINT_ZH ? zh : en;
}

/* Height in points.  Without `wrap` what does not fit ends in an ellipsis. */
double page_height(page *p, const page_text *t, double width);
void page_draw(page *p, const page_text *t, page_box box);
void page_rule(page *p, double x, double y, double width, double thick, double gray);
void page_line_down(page *p, double x, double y, double height, double gray);
void page_fill(page *p, double x, double y, double width, double height, double gray);
void page_frame(page *p, double x, double y, double width, double height, double gray);

void page_begin(page *p);
void page_end(page *p);
/* A new page when `height` more points do not fit on this one; true = there was one. */
bool page_need(page *p, double height);

/* Into a buffer; what does not fit is cut. */
str page_print(char *buffer, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);

#define PAGE_MONEY_BYTES 40
/* "-28,237.50" */
str page_money(char out[PAGE_MONEY_BYTES], int64_t fen);

typedef struct {
    const char *zh, *en;
    double width; /* 0 = what the others leave */
    page_align align;
} page_column;

#define PAGE_COLUMNS_MAX 12

typedef struct {
    const page_column *column;
    int count;
    double size;  /* of the text */
    double width; /* of the whole */
    double x;
} page_table;

double page_column_width(const page_table *t, int column);
void page_table_head(page *p, const page_table *t);
/* One row of cells of the same height; `shade` 0 = none. */
typedef struct {
    double height, shade;
    bool bold, wrap;
} page_row;
double page_row_height(page *p, const page_table *t, const str *cell, const page_row *row);
void page_table_row(page *p, const page_table *t, const str *cell, const page_row *row);

#endif
