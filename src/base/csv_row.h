/* csv_row -- rows of CSV text cut into cells where they lie; only cells with doubled quotes are
 * copied.
 *
 * In:      UTF-8 bytes with commas, RFC 4180 quotes, and LF or CRLF at the end of a row.
 * Out:     cells, and what is wrong with a row; reading goes on with the next one.
 * May use: base.
 */
#ifndef BASE_CSV_ROW_H
#define BASE_CSV_ROW_H
#include "base/base.h"

#define CSV_ROW_BYTES_MAX ((ptrdiff_t)1 << 20)

typedef struct {
    str left;
    int64_t line; /* of the next row, from 1 */
} csv_rows;

typedef enum {
    CSV_FINE = 0,
    CSV_QUOTES,  /* quotes stand where they may not */
    CSV_OPEN,    /* a quoted cell does not end */
    CSV_TOO_MANY /* more cells than there is room for; the first ones are there */
} csv_fault;

typedef struct {
    int count;
    csv_fault fault;
    int64_t line;
} csv_row;

/* Skips a byte order mark. */
csv_rows csv_rows_of(str bytes);

/* The next row; false at the end.  Cells live as long as the text, or in `a`.  A row that is empty
 * has one empty cell. */
bool csv_row_next(csv_row *row, str *cell, int max, csv_rows *in, arena *a);

/* How many bytes of `text` to give to one thread: whole rows, at least `wanted` bytes when there
 * are so many.  Quotes are minded. */
ptrdiff_t csv_rows_cut(str text, ptrdiff_t wanted);

#endif
