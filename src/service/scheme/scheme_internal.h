/* scheme_internal -- tables on their way to a compiled scheme; private to this module. */
#ifndef SCHEME_SCHEME_INTERNAL_H
#define SCHEME_SCHEME_INTERNAL_H
#include "engine/casemix/casemix.h"
#include "service/scheme/scheme.h"

#define COLUMNS_MAX 6

/* Rows of one file: the columns that table.tbl.h names, in its order; "" where a file has none. */
typedef struct {
    const str *cell;
    const int64_t *line;
    int32_t count;
    int columns;
} scheme_rows;

static inline str rows_cell(const scheme_rows *rows, int32_t row, int column)
{
    return rows->cell[(ptrdiff_t)row * rows->columns + column];
}

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

typedef struct {
    scheme *out;
    casemix_scheme *s;
    arena *a;      /* for what stays */
    arena scratch; /* for what goes */
    scheme_rows rows[TABLE__COUNT];
    text_index mdc, adrg, drg, dx, procedure, group, site;
    casemix_code *dx_code, *procedure_code;
    casemix_all_of *all_of;
    casemix_term *term;
    int32_t all_of_count, term_count;
    int32_t all_of_cap, term_cap;
    const int32_t *mdc_row, *adrg_row, *drg_row; /* of the tables, in the order of s->mdc ... */
} compiler;

void problem_add(
    compiler *c, bool warning, scheme_table table, int64_t line, const char *format, ...)
    PRINTF_LIKE(5, 6);

void rows_read(compiler *c, const scheme_files *files);

typedef enum { LEVEL_MDC, LEVEL_ADRG, LEVEL_DRG } rule_level;

/* A rule's text to alternatives.  False = a problem was noted. */
bool rule_read(
    casemix_rule *out, compiler *c, str text, rule_level level, scheme_table table, int64_t line);

void scheme_lint(compiler *c);

#endif
