/* import -- files from spreadsheets into the tables: checked row by row, kept in pieces.
 *
 * In:      CSV (UTF-8, or GB18030 as Excel in China saves it), a kind of master data.
 * Out:     counts; every row that is wrong with line, column, code and what was expected.
 * May use: base, store, service/master, service/office, service/access, base/charset, libcsv.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H
#include "service/master/master.h"

#define IMPORT_BYTES_MAX     ((ptrdiff_t)256 << 20)
#define IMPORT_COLUMNS_MAX   60
#define IMPORT_ROW_BYTES_MAX ((ptrdiff_t)64 << 10)
#define IMPORT_FAULTS_MAX    1000 /* told; more are counted */
#define IMPORT_CHUNK_ROWS    500  /* kept together */
#define IMPORT_CHUNK_BYTES   ((ptrdiff_t)48 << 20)

typedef struct {
    const master_kind *kind;
    const actor *who;
    str area_code; /* where rows belong that do not say it; may be empty */
    str columns;   /* COLUMN=HEADING or COLUMN:=text {HEADING}, by comma or line; may be empty */
    bool dry_run;
    void (*progress)(void *arg, int64_t rows, ptrdiff_t done_bytes, ptrdiff_t bytes);
    void *progress_arg;
} import_request;

typedef struct {
    int64_t line;
    char column[40]; /* empty = the row */
    err_code code;
    char expected[96];
} import_fault;

typedef struct {
    int64_t rows, added, changed, unchanged, wrong;
    import_fault *fault; /* borrowed until import_result_free */
    int fault_count;
    int64_t fault_total;
} import_result;

/* False: the file as a whole cannot be read (e->input_line tells where), or the database failed;
 * what `out` counts was kept all the same. */
bool import_run(import_result *out, office *o, const import_request *q, str bytes, err *e) MUST_USE;
void import_result_free(import_result *r);

/* Members of an open JSON object: counts and `errors`. */
void import_result_json(json_out *out, const import_result *r, bool dry_run);

/* ---- the file alone, without a database ---- */

typedef struct import_file import_file;

/* `bytes` and `columns` are borrowed.  NULL with an err: header or mapping wrong, no memory. */
import_file *import_file_open(const master_kind *k, str bytes, str columns, str area_code, err *e);
/* The next row, its cells in `a`; false at the end, or with an err when memory is short.  A row
 * that cannot be read comes with `fault->code`. */
bool import_file_next(import_file *f, master_row *row, master_fault *fault, arena *a, err *e);
ptrdiff_t import_file_done(const import_file *f); /* bytes read */
ptrdiff_t import_file_bytes(const import_file *f);
void import_file_close(import_file *f); /* NULL is fine */

#endif
