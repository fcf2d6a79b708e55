/* scheme_internal -- tables on their way to a compiled scheme; private to this module. */
#ifndef SCHEME_SCHEME_INTERNAL_H
#define SCHEME_SCHEME_INTERNAL_H
#include "engine/casemix/casemix.h"
#include "service/scheme/scheme.h"
#include "service/scheme/table.h"

typedef struct {
    scheme *out;
    casemix_scheme *s;
    arena *a;      /* for what stays */
    arena scratch; /* for what goes */
    table_rows rows[TABLE__COUNT];
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
