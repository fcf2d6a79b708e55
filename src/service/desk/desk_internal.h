/* What the files of the desk share. */
#ifndef DESK_DESK_INTERNAL_H
#define DESK_DESK_INTERNAL_H
#include "base/sm3/sm3.h"
#include "service/bill/bill.h"
#include "service/desk/desk.h"

#include <pthread.h>

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define READERS_MAX     64
#define SHELVES_MAX     160 /* two schemes, a working life and more */
#define VERSIONS_MAX    100
#define POLICIES_MAX    64
#define CHANNEL_MANUAL  "manual"

struct desk {
    office *office;
    pthread_mutex_t lock;
    json_reader *reader[READERS_MAX];
    int reader_count;
    office_pack *version[VERSIONS_MAX]; /* packs as they were, compiled when they were wanted */
    int version_count;
    uint64_t used[POLICIES_MAX]; /* policies whose row in `policy_used` is on the disk */
    int used_count;
};

json_reader *desk_reader_take(desk *d, err *e);
void desk_reader_give(desk *d, json_reader *r);

/* ---- version.c: packs as they were ---- */

/* *out: the pack with this digest; NULL = it is neither loaded nor kept.  False: trouble.  What the
 * reader gave before is gone. */
bool version_find(const office_pack **out,
                  desk *d,
                  store_job *job,
                  str pack_id,
                  str digest,
                  json_reader *reader,
                  arena *a,
                  err *e) MUST_USE;
void versions_free(desk *d);

/* ---- state.c: what a person has used up ---- */

typedef struct {
    str name;
    int64_t sub, value;
} state_entry;

/* The accumulators of one person-year (scheme and year), of the person for good, or of a household
 * (scheme "", year 0). */
typedef struct {
    int64_t owner_id;
    str scheme;
    int year;
    state_entry *entry;
    ptrdiff_t count, cap;
    bool changed;
} shelf;

typedef struct {
    int64_t person_id, household_id;
    int64_t last_settlement_id;
    int64_t account_fen[ACCOUNT_COUNT];
    shelf shelf[SHELVES_MAX]; /* [0]: the person's own for good */
    int shelf_count;
    bool household_known; /* its shelf was loaded */
} person_state;

int64_t own_accounts(const person_state *s); /* what is on all but the family's */

/* rows: of SQL_DESK_STATE; none = nothing was ever used. */
bool state_load(
    person_state *s, int64_t person_id, const store_rows *rows, arena *a, err *e) MUST_USE;
bool state_load_household(
    person_state *s, int64_t household_id, const store_rows *rows, arena *a, err *e) MUST_USE;
bool state_household_again(person_state *s, int64_t household_id); /* false: not loaded yet */
shelf *state_shelf(person_state *s, int64_t owner_id, str scheme, int year, err *e);
int64_t shelf_get(const shelf *s, str name, int64_t sub);
void shelf_set(shelf *s, str name, int64_t sub, int64_t value, arena *a);
bool state_for_engine(benefit_state *out,
                      person_state *s,
                      const benefit_policy *p,
                      str scheme,
                      int year,
                      arena *a,
                      err *e) MUST_USE;
/* Moves the state on by what a part changed, or back. */
bool state_apply(person_state *s, const desk_part *part, bool back, arena *a, err *e) MUST_USE;
void state_put(store_job *job, person_state *s, arena *a);

/* ---- document.c: the bill, complete ---- */

/* A person, as far as settling is concerned. */
typedef struct {
    int64_t person_id, household_id;
    str area_code, name, sex, birth_on, death_on;
    const store_rows *dated; /* SQL_DESK_DATED */
} desk_person;

typedef struct {
    desk_bill bill;
    desk_person person;
    office_provider provider;
    const office_pack *pack;
    str scheme, service_on, visit_kind, visit_no, admit_on, disease, stay_part;
    desk_between between;
    str treatment_pool; /* "" = at home */
    str route;          /* where it is known from filings; "" = as the bill says */
    const actor *who;
} desk_case;

/* Fills what does not depend on the person. */
bool case_open(
    desk_case *c, desk *d, const actor *who, const desk_bill *bill, arena *a, err *e) MUST_USE;
/* The bill with everything the policy may ask for, in the form of docs/bill-format.md. */
bool case_document(str *out, desk_case *c, desk *d, store_job *job, arena *a, err *e) MUST_USE;
const json_node *case_said(const desk_case *c, const char *name); /* of the visit; NULL = not */
/* A bill for the calculator: header gets what the bill says. */
bool calculation_document(
    str *out, desk_part *header, const json_node *bill, arena *a, err *e) MUST_USE;
/* A node as it came. */
void document_copy(json_out *o, const json_node *first, const json_node *n);
bool day_within(str from_on, str until_on, str on);

/* ---- filed.c: what is on file for the person ---- */

typedef struct {
    str transfer, cause; /* "" = nothing on file */
    bool chosen, referred;
    ptrdiff_t referral;            /* row of person.dated it comes from; -1 = none */
    int64_t deductible_before_fen; /* of the stay he was sent from; 0 = not known, or counted */
    str tag[8];
    int tag_count;
} case_files;

bool case_files_find(
    case_files *out, const desk_case *c, desk *d, store_job *job, arena *a, err *e) MUST_USE;
/* Members of the visit that were not said. */
void case_files_put(json_out *o, const desk_case *c, const case_files *f);

/* ---- part.c: one document settled against a state ---- */

/* Settles and moves `s` on.  header: what the parts have in common. */
bool parts_settle(desk_settlement *out,
                  const desk_part *header,
                  person_state *s,
                  json_reader *reader,
                  str document,
                  arena *a,
                  err *e) MUST_USE;

/* ---- rows.c: a settlement as rows and back ---- */

void settlement_put(store_job *job, const desk_settlement *s, const actor *who, arena *a);
void settlement_put_reversal(
    store_job *job, const desk_settlement *s, const actor *who, int64_t reversal_id, arena *a);
/* Puts a row for each policy that is not known to have one; known: the job of `s` is done. */
void policies_put(store_job *job, desk *d, const desk_settlement *s);
void policies_known(desk *d, const desk_settlement *s);
ptrdiff_t lines_of_bill(const desk_settlement *s); /* a line that lies in two parts counts once */
/* The amounts of all lines of `settlement.lines`, and how many lines; false: unreadable. */
bool lines_sum(int64_t *fen, str lines) MUST_USE;
typedef struct {
    str result, lines, changes;
} part_texts;
/* Are these the texts kept of a part?  Of a stay in parts the first may hold the lines of all. */
bool part_is_kept_as(const desk_settlement *s, int part, const part_texts *kept, arena *a);
/* The amounts that have columns in `settlement`, in their order there. */
#define PART_AMOUNTS 10
void part_amounts(int64_t out[PART_AMOUNTS], const desk_part *p);
int64_t part_owes(const desk_part *p, int field); /* what the fund or account of it owes, in fen */
bool field_is_account(int field);
/* Amounts, funds and layers of p->result; sign: -1 = a reversal, whose result is that of what it
 * takes back. */
bool result_read(desk_part *p, json_reader *reader, int64_t sign, arena *a, err *e) MUST_USE;
bool changes_read(desk_part *p, str changes, arena *a, err *e) MUST_USE; /* settlement.changes */
bool settlement_rows(desk_settlement *out,
                     desk *d,
                     store_job *job,
                     int64_t person_id,
                     int64_t settlement_id,
                     json_reader *reader,
                     arena *a,
                     err *e) MUST_USE;
str day_of_moment(int64_t ms, arena *a); /* the calendar day in China */

/* ---- settle.c ---- */

/* Is a settlement (SQL_DESK_SETTLEMENT_PERSON) of the actor's area, or was it made there? */
bool settlement_covered(const actor *who, const store_rows *r);

/* The questions about a person, and what came of them. */
#define HEAD_ASKS 5
typedef struct {
    store_value key;
    store_rows unused, state, who, dated;
} head_rows;
int head_asks(store_ask *ask, head_rows *rows, const store *s, int64_t person_id, bool lock);
/* rows has to live as long as *person. */
bool head_take(person_state *s, desk_person *person, head_rows *rows, arena *a, err *e) MUST_USE;
bool head_ask(person_state *s,
              desk_person *person,
              store_job *job,
              int64_t person_id,
              bool lock,
              arena *a,
              err *e) MUST_USE;
/* The household the next bills count in; negative: a person who belongs to none.  What was loaded
 * and moved before stays as it is. */
bool household_ask(
    person_state *s, store_job *job, int64_t household_id, bool lock, arena *a, err *e) MUST_USE;
/* Whose household a stored bill counted in, whatever the tables say today. */
bool document_household(int64_t *out, json_reader *reader, str document, arena *a, err *e) MUST_USE;
/* The household whose accumulators a settlement moved; 0 = none, negative as above. */
bool settlement_household(
    int64_t *home, const desk_settlement *s, json_reader *reader, arena *a, err *e) MUST_USE;
/* Settles a bill inside somebody else's job; `body` is what a counter would send. */
bool settle_in_job(store_job *job,
                   desk *d,
                   const actor *who,
                   json_reader *body_reader,
                   json_reader *reader,
                   str body,
                   desk_settlement *out,
                   int64_t *settlement_id,
                   arena *a,
                   err *e) MUST_USE;
/* What it would come to; writes nothing. */
bool preview_in_job(store_job *job,
                    desk *d,
                    const actor *who,
                    json_reader *body_reader,
                    json_reader *reader,
                    str body,
                    bool only_lines,
                    desk_settlement *out,
                    arena *a,
                    err *e) MUST_USE;
/* *id: what came of this message the first time, 0 = it is new. */
bool answer_of_message(int64_t *id, const store_rows *answer, str digest, err *e) MUST_USE;
void answer_put(store_job *job,
                const actor *who,
                str key,
                str digest,
                int status,
                int64_t person_id,
                int64_t id,
                arena *a);
void audit_put(store_job *job,
               const actor *who,
               const char *action,
               int64_t settlement_id,
               int64_t person_id,
               str detail,
               arena *a);
void event_put(store_job *job, const char *topic, const desk_part *part, arena *a);

#endif
