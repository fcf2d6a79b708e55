/* desk -- bills settled against the database: preview, settle, reverse, refund, show.
 *
 * In:      who asks, a bill as a counter, hospital or paper brings it, or a settlement's number.
 * Out:     a settlement with its layers and reasons, stored in one transaction with everything it
 *          moves; or an err.
 * May use: base, engine/benefit, store, service/{pack,claim,office,access}, bill format.
 *
 * Orders of settlements of one person matter: docs/adr/0010 says what a reversal does to later
 * ones.
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H
#include "base/json/json.h"
#include "base/json_out.h"
#include "engine/benefit/benefit.h"
#include "service/access/access.h"
#include "service/office/office.h"

typedef struct desk desk;

bool desk_open(desk **out, office *o, err *e) MUST_USE;
void desk_close(desk *d);

/* What somebody wants settled; nodes and texts are borrowed. */
typedef struct {
    int64_t person_id, provider_id;
    str scheme;             /* "" = the cover in force on the day */
    str channel;            /* counter, hospital, manual */
    str bill_no;            /* "" = one is made */
    bool no_account;        /* the person's accounts are left alone */
    const json_node *first; /* of the document that holds the others */
    const json_node *visit, *lines;
} desk_bill;

/* Reads the body of a request (the first node of its document); what it does not know is
 * refused. */
bool desk_bill_read(desk_bill *out, const json_node *body, err *e) MUST_USE;

typedef struct {
    str layer, payer, zh, en;
    int64_t base_fen, deductible_fen, paid_fen, over_cap_fen;
} desk_layer;

typedef struct {
    int line_no;
    str code, name, item_class;
    int64_t quantity_e4, unit_price_e4; /* -1 = only the amount was given */
    int64_t amount_fen, own_fen, over_limit_fen, pay_first_fen, in_scope_fen;
} desk_line;

typedef struct {
    str home, scheme, name; /* home: year, life, household, account */
    int year;
    int64_t sub, before, after;
    bool is_money;
} desk_change;

/* A bill that one pooling area settles for another; all "" = at home, or a paper claim. */
typedef struct {
    str insured_pool, treatment_pool, area; /* area: where the provider is */
    str route;
} desk_between;

/* One settlement; a stay split at the year's end has several parts. */
typedef struct {
    int64_t settlement_id; /* 0 = a preview */
    int part;
    str kind, state; /* settle, reverse; settled, not_covered, reversed */
    int64_t bill_id, visit_id, person_id, provider_id;
    str bill_no, visit_no, person_name, id_no, provider_name, area_code, channel, scheme,
        visit_kind, disease;
    str service_on, admit_on;
    int64_t settled_at, settled_by;
    int64_t reverses_id, replaces_id, reversed_by_id;
    str pack_id, pack_digest, policy_id, policy_from_on;
    const office_pack *pack;      /* NULL = not loaded any more */
    const benefit_policy *policy; /* NULL = not loaded any more, or edited since */
    int year;
    int64_t total_fen, own_fen, over_limit_fen, pay_first_fen, route_share_fen, in_scope_fen;
    int64_t deductible_fen, over_cap_fen;
    int64_t fund_fen, hospital_fen, personal_fen, account_fen, family_account_fen, cash_fen;
    int64_t paid_fen[FIELD__COUNT];
    desk_layer *layer;
    desk_line *line;
    desk_change *change;
    benefit_trace *trace;
    ptrdiff_t layer_count, line_count, change_count, trace_count;
    desk_between between;
    str where;       /* not covered: the reason */
    str document;    /* the bill, complete */
    str result;      /* as docs/bill-format.md, stored */
    str lines;       /* of this part, stored; `line` is the whole bill's */
    bool only_lines; /* the rest was not wanted */
} desk_part;

typedef struct {
    int part_count;
    desk_part part[PARTS_MAX];
    /* Just decided: what was read for it. */
    const store_rows *dated; /* SQL_DESK_DATED; NULL = it was not decided here */
    int64_t account_fen;     /* on the person's own accounts before it */
} desk_settlement;

/* What would be paid; nothing is stored. */
bool desk_preview(desk_settlement *out,
                  desk *d,
                  const actor *who,
                  const desk_bill *bill,
                  arena *a,
                  err *e) MUST_USE;

/* Settles and stores.  The same key with the same body gives what was stored the first time
 * (*replayed); with another body it is refused. */
bool desk_settle(desk_settlement *out,
                 bool *replayed,
                 desk *d,
                 const actor *who,
                 const desk_bill *bill,
                 str key,
                 str body,
                 arena *a,
                 err *e) MUST_USE;

/* A settlement as it was stored. */
bool desk_load(desk_settlement *out,
               desk *d,
               const actor *who,
               int64_t settlement_id,
               arena *a,
               err *e) MUST_USE;

/* Anybody's question: a bill as docs/bill-format.md, under the policy of an area. */
bool desk_calculate(
    desk_settlement *out, desk *d, str area_code, const json_node *bill, arena *a, err *e) MUST_USE;

/* Takes back one's own settlement of the same day, if it is the person's last. */
bool desk_reverse_own(desk_settlement *out,
                      desk *d,
                      const actor *who,
                      int64_t settlement_id,
                      str reason,
                      arena *a,
                      err *e) MUST_USE;

/* Asks a second person: to take back a settlement, to refund lines of it ([{line_no,
 * quantity}]), or to pay a late paper claim.  `body` is kept as it is. */
bool desk_ask_reverse(int64_t *approval_id,
                      desk *d,
                      const actor *who,
                      int64_t settlement_id,
                      str reason,
                      arena *a,
                      err *e) MUST_USE;
bool desk_ask_refund(int64_t *approval_id,
                     desk *d,
                     const actor *who,
                     int64_t settlement_id,
                     str reason,
                     const json_node *first,
                     const json_node *lines,
                     arena *a,
                     err *e) MUST_USE;
/* With the key of the message, as desk_settle. */
bool desk_ask_manual(int64_t *approval_id,
                     bool *replayed,
                     desk *d,
                     const actor *who,
                     const desk_bill *bill,
                     str key,
                     str body,
                     arena *a,
                     err *e) MUST_USE;

typedef enum { DECIDE_NONE = 0, DECIDE_APPROVE, DECIDE_REFUSE, DECIDE_WITHDRAW } desk_decision;

/* *result_id: the settlement that came of it, 0 = none. */
bool desk_decide(int64_t *result_id,
                 desk *d,
                 const actor *who,
                 int64_t approval_id,
                 desk_decision decision,
                 str note,
                 arena *a,
                 err *e) MUST_USE;

typedef struct {
    int64_t approval_id, person_id, object_id, result_id, amount_fen, made_at, decided_at;
    str kind, reason, body, state, note;            /* body: JSON, "" = none */
    str person_name, made_by_name, decided_by_name; /* the person's is not masked */
} desk_approval;

bool desk_approval_load(
    desk_approval *out, desk *d, const actor *who, int64_t approval_id, arena *a, err *e) MUST_USE;
/* Members of an open object. */
void desk_approval_json(json_out *out, const desk_approval *p);
/* The preview of a bill that was kept as text. */
bool desk_preview_body(
    desk_settlement *out, desk *d, const actor *who, str body, arena *a, err *e) MUST_USE;

/* ---- inside somebody else's job ----
 * `body` is what a counter would send.  What these put is kept when that job is. */

bool desk_preview_in(desk_settlement *out,
                     store_job *job,
                     desk *d,
                     const actor *who,
                     str body,
                     arena *a,
                     err *e) MUST_USE;
/* How the lines of a bill split, as desk_preview_in says it; layers, changes, steps and texts are
 * left out. */
bool desk_split_in(desk_settlement *out,
                   store_job *job,
                   desk *d,
                   const actor *who,
                   str body,
                   arena *a,
                   err *e) MUST_USE;
bool desk_settle_in(desk_settlement *out,
                    int64_t *settlement_id,
                    store_job *job,
                    desk *d,
                    const actor *who,
                    str body,
                    arena *a,
                    err *e) MUST_USE;
/* A provider takes back its own settlement, of whatever day, if it is the person's last; else
 * ERR_LATER_SETTLEMENTS lists what has to go first.  *was: the settlement as it was. */
bool desk_take_back_in(desk_settlement *was,
                       int64_t *reversal_id,
                       store_job *job,
                       desk *d,
                       const actor *who,
                       int64_t settlement_id,
                       str reason,
                       arena *a,
                       err *e) MUST_USE;
/* The settlement that stands for one that was made, made anew by a reversal before it or refunded
 * in part since; 0 = none.  The person is locked until the job ends. */
bool desk_standing_in(int64_t *out,
                      store_job *job,
                      int64_t person_id,
                      int64_t settlement_id,
                      arena *a,
                      err *e) MUST_USE;
bool desk_load_in(desk_settlement *out,
                  store_job *job,
                  desk *d,
                  const actor *who,
                  int64_t settlement_id,
                  arena *a,
                  err *e) MUST_USE;
/* The same of one person, whoever the provider was: his next one may ask, too. */
bool desk_load_of_person_in(desk_settlement *out,
                            store_job *job,
                            desk *d,
                            int64_t person_id,
                            int64_t settlement_id,
                            arena *a,
                            err *e) MUST_USE;
/* What a person has used up: by scheme, year and accumulator, sub-keys together; year 0 = for good.
 */
typedef struct {
    str scheme, name;
    int year;
    bool is_money; /* else a count */
    int64_t value;
} desk_sum;
bool desk_sums_in(desk_sum **out,
                  int *count,
                  store_job *job,
                  desk *d,
                  int64_t person_id,
                  arena *a,
                  err *e) MUST_USE;
/* What is on the person's own accounts. */
bool desk_account_in(int64_t *fen, store_job *job, int64_t person_id, arena *a, err *e) MUST_USE;

/* ---- what must always be true ---- */

#define FINDINGS_MAX 50

typedef struct {
    const char *rule; /* "journal", "accumulators", "resettle" … */
    int64_t person_id, object_id;
    str text;
} desk_finding;

typedef struct {
    int64_t persons, bills, lines, settlements, entries, answers, approvals, audit_lines;
    int64_t between, between_fen; /* settled for another area, and what that one owes */
    int64_t settled_again;        /* with the version of their day, same bytes */
    int64_t not_loaded;           /* their pack is not here as it was, or counts per household */
    desk_finding finding[FINDINGS_MAX];
    int64_t finding_count; /* may exceed FINDINGS_MAX */
} desk_report;

/* Looks at everything; `progress` (may be NULL) hears of each page of persons. */
bool desk_check(desk_report *out,
                desk *d,
                void (*progress)(void *, int64_t persons),
                void *arg,
                arena *a,
                err *e) MUST_USE;

/* The answer of the API; brief = amounts and funds only. */
void desk_answer(json_out *out, const desk_settlement *s, lang l, bool brief);

/* Who pays what: layers of the same payer together. */
#define DESK_FUNDS_MAX 64
typedef struct {
    str payer, zh, en;
    str field; /* the amount of the national interface it belongs to; "" = none of its own */
    int64_t fen;
    bool is_account; /* the person's own or his family's */
} desk_fund;
int desk_funds(desk_fund out[DESK_FUNDS_MAX], const desk_part *p);

#endif
