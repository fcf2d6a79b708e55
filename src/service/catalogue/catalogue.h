/* catalogue -- what a provider's own codes mean, and its departments.
 *
 * In:      what a provider's system says of them.
 * Out:     rows kept in the caller's job; the national code that an own code stands for on a day.
 * May use: base, store, service/{access,office,pack}.
 *
 * Nothing is deleted: what is withdrawn stays, with a new version.
 */
#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H
#include "service/access/access.h"
#include "service/office/office.h"

typedef struct {
    str own_code, own_name;
    str list_type; /* code of the interface */
    str kind;      /* drug, service, material: what the item has to be; "" = anything */
    str item_code, from_on, until_on;
    str detail; /* members of JSON */
} catalogue_mapping;

/* Overwrites what was said of the same codes.  ERR_NOT_IN_CATALOGUE, ERR_BAD_VALUE when the item
 * is of another kind.  *like = the own name and the national one have something in common. */
bool catalogue_map(bool *like,
                   const catalogue_mapping *m,
                   store_job *job,
                   office *o,
                   const actor *who,
                   str area_code,
                   arena *a,
                   err *e) MUST_USE;
/* ERR_NOT_FOUND */
bool catalogue_unmap(
    const catalogue_mapping *m, store_job *job, const actor *who, arena *a, err *e) MUST_USE;
/* "" = nothing on this day.  Of several the one that began last. */
bool catalogue_mapped(str *item_code,
                      store_job *job,
                      const actor *who,
                      str own_code,
                      str on,
                      arena *a,
                      err *e) MUST_USE;

/* The agency confirms or returns what was said last; `mapping_id` is its version, and the new one
 * after.  What is returned is not used until the provider says it anew.  ERR_NOT_FOUND: changed
 * meanwhile, withdrawn, or of another area. */
bool catalogue_review(int64_t *mapping_id,
                      store *s,
                      const actor *who,
                      bool confirmed,
                      str note,
                      arena *a,
                      err *e) MUST_USE;

typedef struct {
    str code, name, caty, begin_at, end_at;
    str detail; /* members of JSON */
} catalogue_department;

typedef enum { DEPARTMENT_NONE = 0, DEPARTMENT_ADD, DEPARTMENT_CHANGE } catalogue_change;

/* ERR_EXISTS, ERR_NOT_FOUND */
bool catalogue_department_put(const catalogue_department *d,
                              catalogue_change change,
                              store_job *job,
                              const actor *who,
                              arena *a,
                              err *e) MUST_USE;
bool catalogue_department_withdraw(
    str code, store_job *job, const actor *who, arena *a, err *e) MUST_USE;

#endif
