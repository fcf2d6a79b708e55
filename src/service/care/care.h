/* care -- visits announced and items uploaded before they are settled.
 *
 * In:      what a provider's system says of a visit: beginning, diagnoses, items, end.
 * Out:     the bill to be settled of a visit or batch; rows kept in the caller's job.
 * May use: base, store, service/{access,office,pack}.
 *
 * A visit is `open` until it is discharged or cancelled; an item is free until a bill takes it,
 * and free again when that
 * bill's settlement is taken back.
 */
#ifndef CARE_CARE_H
#define CARE_CARE_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

typedef struct {
    int64_t visit_id, person_id, provider_id;
    str setting; /* outpatient, inpatient, pharmacy */
    str state;   /* open, discharged, cancelled */
    str visit_no, scheme, kind, med_type, cert_type, disease;
    str begin_at, end_at;  /* "2026-11-22 08:30:00" or a day */
    str detail, diagnoses; /* JSON as it came */
    bool emergency;        /* as its kind of care says; not kept */
} care_visit;

/* The person exists, and is insured where the provider is or in an area that settles such a visit
 * there; else ERR_NOT_FOUND, ERR_CROSS_AREA. */
bool care_admissible(
    const care_visit *v, store_job *job, office *o, const actor *who, arena *a, err *e) MUST_USE;

/* Makes visit_id.  The visit has to be admissible. */
bool care_visit_open(
    care_visit *v, store_job *job, office *o, const actor *who, arena *a, err *e) MUST_USE;
/* ERR_NOT_FOUND unless it is this provider's visit of this person (0 = whoever). */
bool care_visit_get(care_visit *out,
                    store_job *job,
                    const actor *who,
                    int64_t visit_id,
                    int64_t person_id,
                    arena *a,
                    err *e) MUST_USE;
/* The same for whoever changes it or its items: what is read after it stays so until the job ends.
 * Before the person's lock, never behind it. */
bool care_visit_hold(care_visit *out,
                     store_job *job,
                     const actor *who,
                     int64_t visit_id,
                     int64_t person_id,
                     arena *a,
                     err *e) MUST_USE;
void care_visit_put(store_job *job, const care_visit *v);
/* Settlements of the visit that stand. */
bool care_visit_settlements(int64_t *out,
                            int *count,
                            int max,
                            store_job *job,
                            const care_visit *v,
                            arena *a,
                            err *e) MUST_USE;
/* ERR_VISIT_STATE unless it is open (or, with `or_discharged`, discharged). */
bool care_visit_must_be_open(const care_visit *v, bool or_discharged, err *e) MUST_USE;

typedef struct {
    str detail_no, batch, original_no, item_code, own_code;
    str given_on; /* a day */
    int64_t quantity_e4;
    str unit_price;
    int64_t amount_fen;
    str prescription_no;
    int64_t bill_id; /* 0 = free */
} care_item;

typedef struct {
    care_item *at;
    int count;
} care_items;

bool care_items_load(
    care_items *out, store_job *job, const care_visit *v, arena *a, err *e) MUST_USE;
/* The lines of a bill, in their order, less what was taken back before it was settled. */
care_items care_items_of_bill(const care_items *all, int64_t bill_id, arena *a);
/* Refuses numbers that are there already and lines that take back more than there is;
 * *wrong = which of `add`, from 0. */
bool care_items_add(const care_items *add,
                    int *wrong,
                    store_job *job,
                    const care_visit *v,
                    arena *a,
                    err *e) MUST_USE;

/* Which items are meant: one by its number, those of a batch, or all that are free. */
typedef struct {
    str detail_no, batch; /* both "" = all */
} care_choice;

/* Drops free items; ERR_ITEMS_SETTLED when a bill has one that is meant, ERR_NOT_FOUND when there
 * is none; *wrong = by which of `c`, from 0.  Once for each visit and job. */
bool care_items_drop(const care_choice *c,
                     int count,
                     int *wrong,
                     store_job *job,
                     const care_visit *v,
                     arena *a,
                     err *e) MUST_USE;

typedef struct {
    str batch;   /* "" = all that are free */
    str until;   /* day of service or discharge */
    str bill_no; /* "" = one is made */
    int stay_part;
    bool use_account;
    const care_items *items; /* instead of the stored ones */
} care_billing;

/* The body a counter would send, and what its lines sum to.  ERR_NO_ITEMS. */
bool care_bill(str *body,
               int64_t *total_fen,
               const care_billing *b,
               store_job *job,
               const care_visit *v,
               arena *a,
               err *e) MUST_USE;
/* After the bill was settled, or was taken back. */
void care_items_settled(store_job *job, const care_visit *v, str batch, int64_t bill_id);
void care_items_opened(store_job *job, int64_t visit_id, int64_t person_id, int64_t bill_id);

#endif
