/* bill -- bills and settlements as JSON and CSV, field by field as docs/bill-format.md says.
 *
 * In:      one JSON object or some CSV rows, and the pack whose words they use.
 * Out:     a claim_bill, or an err with code, field and what was expected; settlements as one JSON
 *          line.
 * May use: base, engine/benefit, service/pack, service/claim, base/json, libcsv.
 */
#ifndef BILL_BILL_H
#define BILL_BILL_H
#include "base/json/json.h"
#include "service/claim/claim.h"
#include "service/pack/pack.h"

#define LIST_MAX 64  /* categories, tags, periods of one bill or line */
#define TEXT_MAX 200 /* bytes of an identity, code or word */

/* What a field of the format is; both readers walk this table. */
typedef enum {
    FIELD_KIND_NONE = 0,
    FIELD_TEXT,
    FIELD_WORD,
    FIELD_COUNT,
    FIELD_DATE,
    FIELD_AMOUNT,
    FIELD_FLAG,
    FIELD_WORDS,      /* list of words */
    FIELD_CATEGORIES, /* words, or {category, from, until} */
    FIELD_PERIODS,
    FIELD_ACCOUNTS,
    FIELD_ENROLMENT,
    FIELD_DECIMAL4, /* number with up to four decimals */
    FIELD_RATE,
    FIELD_OPENING,
    FIELD_OBJECT,
    FIELD_LINES
} bill_field_kind;

typedef struct {
    str name;
    uint8_t kind;
    uint8_t fact; /* FACT_NONE: `slot` says where it goes */
    uint8_t slot;
    bool required;
} bill_field;

/* Reads one bill.  Everything in the result lives in `a`; the nodes may go. */
bool bill_of_json(claim_bill *out, const json_node *node, const pack *p, arena *a, err *e) MUST_USE;

/* A growing piece of output. */
typedef struct {
    char *p;
    ptrdiff_t n, cap;
} byte_buffer;

/* Appends the settlement as one JSON line.  False = no memory. */
bool settlement_to_json(byte_buffer *out,
                        const claim_bill *claim,
                        const benefit_result *result,
                        int part,
                        int part_count,
                        bool explain,
                        lang l) MUST_USE;

/* The same for people: who pays what, and with `explain` (and a trace) why. */
bool settlement_to_text(byte_buffer *out,
                        const claim_bill *claim,
                        const benefit_result *result,
                        int part,
                        int part_count,
                        bool explain,
                        lang l) MUST_USE;

/* Copies bytes to the end.  False = no memory. */
bool byte_buffer_add(byte_buffer *out, str s) MUST_USE;

/* ---- CSV ---- */

typedef struct bill_csv bill_csv;

/* Turns rows into JSON bills, one call per bill, so that both forms share one reader.  `next`
 * returns false at the end or on trouble (e->code set: bad_csv, unknown_field …; e->input_line
 * tells the row; reading can go on with the next bill). */
bill_csv *bill_csv_open(str bytes, const pack *p, err *e); /* NULL = header wrong or no memory */
bool bill_csv_next(bill_csv *csv, str *json, int64_t *line, err *e);
void bill_csv_close(bill_csv *csv);

extern const bill_field bill_person_fields[], bill_provider_fields[], bill_visit_fields[],
    bill_line_fields[];
extern const int bill_person_field_count, bill_provider_field_count, bill_visit_field_count,
    bill_line_field_count;

#endif
