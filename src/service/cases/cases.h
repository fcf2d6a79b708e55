/* cases -- discharges as CSV rows or JSON objects, and their groups written back the same way.
 *
 * In:      cells under a header, or JSON nodes; docs/casemix.md names the columns.
 * Out:     casemix_case values; lines of text.
 * May use: base, base/json, engine/casemix.
 */
#ifndef CASES_CASES_H
#define CASES_CASES_H
#include "base/base.h"
#include "base/day.h"
#include "base/json/json.h"
#include "base/json_out.h"
#include "engine/casemix/casemix.h"

#define CASE_COLUMNS_MAX 200
#define CASE_CODES_MAX   5000 /* diagnoses, or procedures, of one case */

/* Where the columns of a file are. */
typedef struct {
    str name[CASE_COLUMNS_MAX];
    uint8_t field[CASE_COLUMNS_MAX]; /* 0 = none of ours */
    int count;
    int pass[CASE_COLUMNS_MAX]; /* columns to write behind the answer */
    int pass_count;
} case_columns;

/* What DIP asks for beyond the facts.  Days are day numbers or DAY_NONE. */
typedef struct {
    int64_t total_fen; /* CASE_UNKNOWN = not given */
    int32_t admitted, discharged, born;
    int32_t year; /* as given; 0 = see `discharged` */
    str person;
    uint8_t level; /* of the hospital, 1 to 9; 0 = not given */
    bool died, recurrent;
    bool wrong; /* one of these cannot be read */
} case_stay;

#define CASE_FEN_MAX INT64_C(100000000000) /* 1 billion yuan */

/* One case as it was read. */
typedef struct {
    str id;
    casemix_case facts;
    case_stay stay;
    const str *cell; /* CSV: all of them, for those to be passed on */
    int cell_count;
} case_record;

/* `names` are copied into `a`. */
bool case_columns_read(case_columns *out, const str *names, int count, arena *a, err *e) MUST_USE;
/* The same for DIP, which needs neither sex nor age, and reads the columns of case_stay as well. */
bool case_columns_read_dip(
    case_columns *out, const str *names, int count, arena *a, err *e) MUST_USE;
/* Names to pass on, with commas between; "all" = every column that is none of ours. */
bool case_columns_pass(case_columns *columns, str names, err *e) MUST_USE;

/* What is wrong with a case is in facts.wrong.  Lists live in `a`. */
void case_of_cells(
    case_record *out, const case_columns *columns, const str *cell, int count, arena *a);
/* node[at]: the object, in a document that begins at node; NULL = it could not be read. */
void case_of_json(case_record *out, const json_node *node, int32_t at, arena *a);
/* The codes of a list: `|` or `;` between them.  An empty text has none. */
const str *case_codes(str text, int32_t *count, arena *a);

typedef struct {
    const casemix_scheme *scheme;
    bool explain, chinese;
    const case_columns *columns; /* NULL = JSON */
    const casemix_worth *worth;  /* for casemix_worth_at(); NULL = weights were not asked for */
    bool priced;                 /* prices, too */
} answer_form;

/* A cell of a CSV row, in quotes where it needs them. */
void csv_cell_add(text_buffer *out, str s);

/* One step of a path as an object; f: scheme and language. */
void answer_step_json(json_out *o, const answer_form *f, const casemix_path *path, int step);
void answer_header(text_buffer *out, const answer_form *f);
/* `path` is needed with f->explain; `a` is for the time of the call. */
void answer_csv(text_buffer *out,
                const answer_form *f,
                const case_record *r,
                const casemix_result *result,
                const casemix_path *path,
                arena a);
void answer_json(text_buffer *out,
                 const answer_form *f,
                 const case_record *r,
                 const casemix_result *result,
                 const casemix_path *path,
                 arena a);

#endif
