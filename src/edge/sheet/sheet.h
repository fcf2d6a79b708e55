/* sheet -- rows to a file that Excel and other programs open: CSV or XLSX.
 *
 * In:      typed columns, then row after row; any number of them in the same memory.
 * Out:     the file's bytes; the same input gives the same bytes.
 * May use: base, libxlsxwriter, temporary files.
 */
#ifndef SHEET_SHEET_H
#define SHEET_SHEET_H
#include "base/base.h"

typedef enum { SHEET_CSV = 0, SHEET_XLSX } sheet_format;

typedef enum {
    SHEET_TEXT = 0,
    SHEET_MONEY,  /* fen, shown as yuan */
    SHEET_COUNT,  /* a whole number */
    SHEET_E4,     /* ten-thousandths, shown with two to four decimals */
    SHEET_DAY,    /* text "2026-11-21" */
    SHEET_MOMENT, /* UTC milliseconds, shown in Beijing time */
} sheet_kind;

typedef struct {
    str title;
    sheet_kind kind;
    int width; /* characters; 0 = by its kind */
} sheet_column;

typedef struct {
    str text;       /* SHEET_TEXT, SHEET_DAY */
    int64_t number; /* the other kinds */
    bool none;      /* an empty cell */
} sheet_cell;

#define SHEET_COLUMNS_MAX 64
#define SHEET_ROWS_MAX    1000000

typedef struct {
    sheet_format format;
    str title;          /* XLSX: first row, and the name of the sheet */
    str note;           /* XLSX: second row: what was filtered, who made it and when */
    int64_t made_at_ms; /* the only date in the file */
    const sheet_column *column;
    int column_count;
} sheet_head;

typedef struct sheet sheet;

bool sheet_begin(sheet **out, const sheet_head *head, err *e) MUST_USE; /* copies the head */
bool sheet_row(sheet *s, const sheet_cell *cell, err *e) MUST_USE;
/* The bytes live in `a`.  Too little memory there is an err. */
bool sheet_end(str *out, sheet *s, arena *a, err *e) MUST_USE;
void sheet_close(sheet *s); /* always, with or without sheet_end; NULL is fine */

#endif
