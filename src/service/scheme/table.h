/* table -- files of comma separated values as rows of the columns that are wanted.
 *
 * In:      text with names in its first row; the names wanted, with ? behind those that may be
 *          missing.
 * Out:     cells in the order of the names wanted; what is wrong goes to whoever asked.
 * May use: base.
 */
#ifndef SCHEME_TABLE_H
#define SCHEME_TABLE_H
#include "base/base.h"

#define TABLE_COLUMNS_MAX 16

/* "" where a file has no such column, or a row ends before it. */
typedef struct {
    const str *cell;
    const int64_t *line;
    int32_t count;
    int columns;
} table_rows;

static inline str rows_cell(const table_rows *rows, int32_t row, int column)
{
    return rows->cell[(ptrdiff_t)row * rows->columns + column];
}

typedef struct {
    void (*note)(void *to, int table, int64_t line, const char *message);
    void *to;
    int table;          /* handed back with what is noted */
    arena *a, *scratch; /* for cells with doubled quotes; for the rows */
} table_reader;

/* A whole file.  `there` is false when there is none; false = it cannot be read. */
bool table_file_read(str *out, bool *there, const char *path, arena *a, err *e) MUST_USE;
/* ERR_IO when there is no such folder. */
bool table_folder_check(const char *folder, err *e) MUST_USE;

/* `columns`: "adrg icd10 list?".  Rows with mistakes are noted and left out. */
void table_rows_read(table_rows *out, const table_reader *r, str text, const char *columns);

/* Texts by hash: the index of each is the order in which it came. */
typedef struct {
    str *text;
    int32_t *slot; /* index + 1, 0 = free */
    int32_t count, cap;
    uint32_t mask;
} text_index;

text_index text_index_new(arena *a, int32_t cap);
int32_t text_index_find(const text_index *x, str text); /* -1 = not there */
int32_t text_index_add(text_index *x, str text);        /* there are never more than `cap` */

#endif
