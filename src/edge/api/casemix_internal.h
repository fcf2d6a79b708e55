/* What the files about case mix share: cases come one by one, whoever groups them. */
#ifndef API_CASEMIX_INTERNAL_H
#define API_CASEMIX_INTERNAL_H
#include "edge/api/api.h"
#include "edge/sheet/sheet.h"
#include "service/cases/cases.h"

#define CASE_PATH_BYTES ((ptrdiff_t)1 << 20)

/* One request; `row` groups a case and writes its object, or its row of the sheet. */
typedef struct case_job {
    api_call *c;
    bool explain;
    char *path_memory; /* CASE_PATH_BYTES for the path of one case, when it is explained */
    int64_t grouped, ungrouped, invalid;
    sheet *sheet; /* NULL = the answer is JSON */
    bool (*row)(struct case_job *j, const case_record *r, arena *a, err *e);
} case_job;

void case_count(case_job *j, casemix_status status);
bool case_sheet_row(case_job *j, const str *text, int count, err *e);

/* The members `case` or `cases` of the body; `names` are the others it may have. */
bool cases_wanted(api_value *body, api_value *cases, const char *names, api_call *c, err *e);
/* {"rows": [...], "name": which, "grouped": ...} */
bool cases_answer(case_job *j, api_value cases, const char *name, str which, err *e);

/* What a file is answered with, of ?format=: JSON, or a sheet with these columns. */
typedef struct {
    const char *name, *which_name; /* of the file; of the member that says by what */
    str which, title;
    const char *const (*column)[2]; /* zh, en */
    int column_count;
    bool (*columns_read)(case_columns *out, const str *names, int count, arena *a, err *e);
} case_file;
bool cases_answer_file(case_job *j, const case_file *f, err *e);
bool case_flag(bool *out, const api_call *c, const char *name, err *e); /* of the query: 0 or 1 */

/* Members of an object: code, name, condition in words, weight and price (NULL: none). */
void casemix_drg_json(
    json_out *o, const casemix_scheme *s, int32_t drg, const casemix_worth *worth, bool chinese);

#endif
