/* dip -- DIP catalogues: folders of tables, read and compiled; cases grouped by them.
 *
 * In:      a folder as docs/dip.md describes, or the texts of its files.
 * Out:     a dip_catalogue that threads can share, or a list of what is wrong with file and line;
 *          lines of text for cases and their groups.
 * May use: base, engine/casemix, service/cases, service/scheme (reading tables), files.
 */
#ifndef DIP_DIP_H
#define DIP_DIP_H
#include "base/base.h"
#include "base/json_out.h"
#include "engine/casemix/dip.h"
#include "service/cases/cases.h"
#include "service/scheme/scheme.h"

typedef enum {
    DIP_TABLE_NONE = 0,
#define TABLE(id, file, required, columns) DIP_TABLE_##id,
#include "service/dip/table.tbl.h"
    DIP_TABLE__COUNT
} dip_table;

const char *dip_table_file(dip_table table);
const char *dip_table_columns(dip_table table);

typedef struct {
    str text[DIP_TABLE__COUNT]; /* p = NULL: the file is not there */
} dip_files;

typedef struct {
    dip_catalogue compiled;
    scheme_problem *problem; /* the first SCHEME_PROBLEMS_MAX; none is only a warning */
    int problem_count;
    int error_count; /* all of them; with any it must not be used */
} dip;

#define DIP_BYTES         ((ptrdiff_t)256 << 20)
#define DIP_SCRATCH_BYTES ((ptrdiff_t)256 << 20)

/* Reads the files of the folder into `a`.  False = trouble: no folder, no memory. */
bool dip_files_read(dip_files *out, str dir, arena *a, err *e) MUST_USE;

/* Everything lives in `a`, and borrows the texts.  A `basis` needs no groups: it is what a build
 * starts from. */
void dip_compile(dip *out, const dip_files *files, bool basis, arena *a, arena scratch);

/* Both, in memory of its own that dip_free gives back.  NULL = trouble. */
dip *dip_load(str dir, err *e) MUST_USE;
void dip_free(dip *d);

/* What DIP asks of a case that was read; borrows its lists.  Age and stay follow from the dates
 * where they are not given. */
void dip_case_of(dip_case *out, const case_record *r);

/* ---- answers, beside those of service/cases ---- */

typedef struct {
    const dip_catalogue *catalogue;
    bool explain, chinese;
    const case_columns *columns; /* NULL = JSON */
} dip_answer_form;

/* The members of an object for one case. */
void dip_answer_members(json_out *o,
                        const dip_answer_form *f,
                        const case_record *r,
                        const dip_result *result,
                        const dip_path *path);
/* The cells behind the case's id, and what their columns are called. */
#define DIP_ANSWERS_MAX 16
int dip_answer_cells(str *cell, const dip_answer_form *f, const dip_result *result, arena *a);
const char *dip_answer_name(int i);

void dip_answer_header(text_buffer *out, const dip_answer_form *f);
/* `path` is needed with f->explain; `a` is for the time of the call. */
void dip_answer_csv(text_buffer *out,
                    const dip_answer_form *f,
                    const case_record *r,
                    const dip_result *result,
                    const dip_path *path,
                    arena a);
void dip_answer_json(text_buffer *out,
                     const dip_answer_form *f,
                     const case_record *r,
                     const dip_result *result,
                     const dip_path *path,
                     arena a);

#endif
