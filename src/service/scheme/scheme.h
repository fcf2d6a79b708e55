/* scheme -- folders of grouping tables: read, checked, compiled.
 *
 * In:      a folder as docs/casemix.md describes, or the texts of its files.
 * Out:     a casemix_scheme that threads can share; or a list of what is wrong, with file and line.
 * May use: base, engine/casemix, files.
 */
#ifndef SCHEME_SCHEME_H
#define SCHEME_SCHEME_H
#include "base/base.h"
#include "engine/casemix/scheme.h"

typedef enum {
    TABLE_NONE = 0,
#define TABLE(id, file, required, columns) TABLE_##id,
#include "service/scheme/table.tbl.h"
    TABLE__COUNT
} scheme_table;

const char *scheme_table_file(scheme_table table);

typedef struct {
    str text[TABLE__COUNT]; /* p = NULL: the file is not there */
} scheme_files;

typedef struct {
    bool warning; /* worth a look, but the scheme can be used */
    str file;
    int64_t line; /* 0 = of the whole file */
    str message;
} scheme_problem;

#define SCHEME_PROBLEMS_MAX 200

typedef struct {
    casemix_scheme compiled;
    scheme_problem *problem; /* the first SCHEME_PROBLEMS_MAX */
    int problem_count;
    int error_count, warning_count; /* all of them; with errors it must not be used */
} scheme;

#define SCHEME_BYTES         ((ptrdiff_t)96 << 20) /* enough for national schemes */
#define SCHEME_SCRATCH_BYTES ((ptrdiff_t)96 << 20)

/* Reads the files of the folder into `a`.  False = trouble: no folder, no memory. */
bool scheme_files_read(scheme_files *out, str dir, arena *a, err *e) MUST_USE;

/* Compiles them.  What is wrong is in out->problem; `lint` looks for what is allowed but unlikely
 * to be meant as well.  Everything lives in `a`, and borrows the texts. */
void scheme_compile(scheme *out, const scheme_files *files, bool lint, arena *a, arena scratch);

/* Both, in memory of its own that scheme_free gives back.  NULL = trouble. */
scheme *scheme_load(str dir, bool lint, err *e) MUST_USE;
void scheme_free(scheme *s);

void scheme_problem_print(text_buffer *out, const scheme_problem *problem);

/* The scheme as a person would read it; `only` = an MDC, ADRG or DRG, or empty. False = there is
 * none. */
bool scheme_explain(text_buffer *out, const casemix_scheme *s, str only, bool chinese);
void scheme_rule_say(text_buffer *out,
                     const casemix_scheme *s,
                     const casemix_rule *rule,
                     bool chinese);

/* What groups count for in a region and year, into CASEMIX_LEVELS zeroed places for each: those of
 * the level, else those for all levels.  An empty region or year: whichever comes first.  Returns
 * how many groups have a weight. */
int32_t scheme_worths(casemix_worth *out, const casemix_scheme *s, str region, str year);

/* The codes of an ADRG's lists, one after the other, from {0}. */
typedef struct {
    int32_t code, hit; /* where the search goes on */
    int list;
    casemix_text text;
} scheme_listed;
bool scheme_listed_next(scheme_listed *at, const casemix_scheme *s, int32_t adrg, bool procedures);

/* ---- bringing in tables of others ---- */

typedef struct {
    str text;                                  /* the whole table, to be written */
    int64_t added, present, refused, repaired; /* rows of the sheet; codes */
    scheme_problem *problem; /* the first ones of those refused; line of the sheet */
    int problem_count;
} scheme_import;

const char *scheme_table_columns(scheme_table table); /* "adrg icd10 list?" */

/* The rows of a sheet (CSV) behind those of a table.  `mapping` says where columns come from, when
 * they are not called the same: `icd10=code,adrg:=GD1` (:= the same text in every row).  False = a
 * column is missing, or a file cannot be read. */
bool scheme_import_sheet(scheme_import *out,
                         scheme_table table,
                         str existing,
                         str sheet,
                         str mapping,
                         arena *a,
                         arena scratch,
                         err *e) MUST_USE;

#endif
