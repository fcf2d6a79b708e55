/* reviews -- visits looked at by the rules of their area, before and during care; what came of it.
 *
 * In:      a folder of packs of rules; a visit with its lines; what a doctor did about a finding.
 * Out:     findings that explain themselves; rows in the caller's job, only added.
 * May use: base, JSON, store, engine/review, service/{access,office,pack}.
 *
 * Nothing here changes a settlement or what is paid.
 */
#ifndef REVIEW_REVIEWS_H
#define REVIEW_REVIEWS_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"
#include "service/pack/review.h"

/* ---- the packs of an installation: book.c ---- */

typedef struct reviews reviews;

/* Every folder of `dir` with a review.yaml; a folder that is not there has none.  ERR_PACK: one has
 * errors. */
bool reviews_open(reviews **out, str dir, err *e) MUST_USE;
void reviews_close(reviews *r); /* NULL is fine */
int reviews_count(const reviews *r);
const review_pack *reviews_at(const reviews *r, int i);
const review_pack *reviews_pack(const reviews *r, str id); /* NULL = none */
/* The rules for an institution of this area on a day; NULL = there are none. */
const review_rules *reviews_rules(const reviews *r, str area_code, day on);

/* ---- looking ---- */

typedef struct {
    str order_no, doctor_no, doctor; /* rx_id; who ordered it */
} reviews_order;

typedef struct {
    int64_t person_id;             /* 0 = not known here: nothing of the past is known either */
    int64_t provider_id, visit_id; /* visit_id: of this platform, 0 = none */
    str area_code;                 /* of the provider */
    str scheme, visit_no;
    review_case c;              /* sex and birth of a person that is known are the register's */
    const reviews_order *order; /* one of each line of `c` */
    const str *only;            /* ids of rules; none = all */
    int only_count;
} reviews_ask;

typedef struct {
    const review_rules *rules; /* NULL = there are none */
    review_case c;             /* with the past */
    int32_t asked_count;       /* of its lines the first ones, as they were asked */
    const review_finding *finding;
    int32_t count;
    int64_t check_id, *finding_id; /* after reviews_keep() */
} reviews_outcome;

/* `limit_e4` and missing names of lines are looked up. */
bool reviews_look(reviews_outcome *out,
                  const reviews *r,
                  const reviews_ask *ask,
                  store_job *job,
                  office *o,
                  arena *a,
                  err *e) MUST_USE;
/* Keeps check and findings; the texts live in `a`. */
void reviews_keep(reviews_outcome *out, const reviews_ask *ask, store_job *job, arena *a);

/* "第 2 行 头孢克肟：单价 12.00，最多 10.00 元" */
str reviews_sentence(const reviews_outcome *o, int32_t i, bool chinese, arena *a);
void reviews_finding_json(json_out *out, const reviews_outcome *o, int32_t i, bool chinese);
const char *reviews_setting(uint8_t setting); /* "outpatient"; "" = not known */
const char *reviews_stage(uint8_t stage);
void reviews_rule_json(json_out *out, const review_rules *r, int32_t rule, bool chinese);

/* ---- what was done about it ---- */

typedef enum { REVIEWS_NO_WAY = 0, REVIEWS_CONTINUED, REVIEWS_CHANGED } reviews_way;

/* ERR_NOT_FOUND unless this provider was told so at this stage. */
bool reviews_feedback(int64_t *person_id,
                      store_job *job,
                      const actor *who,
                      int64_t finding_id,
                      uint8_t stage,
                      reviews_way way,
                      str reason,
                      str said_by,
                      arena *a,
                      err *e) MUST_USE;

#endif
