/* office -- what every use case needs at hand: the database, the packs, copies of slow-moving
 * lists.
 *
 * In:      a store and a folder of packs.
 * Out:     the pack that governs an area; providers and catalogue terms as of a day.
 * May use: base, store, base/sm3, service/pack.
 *
 * One office per process, shared by all threads; the copies renew themselves when
 * `office_changed` was called for their topic, by this process or another.
 */
#ifndef OFFICE_OFFICE_H
#define OFFICE_OFFICE_H
#include "base/sm3/sm3.h"
#include "service/pack/pack.h"
#include "store/store.h"

typedef struct office office;

typedef struct {
    pack pack;
    str digest; /* SM3 of its files, hex */
} office_pack;

/* One file of a pack into its digest; in the order of paths. */
void office_digest_add(sm3 *sum, str path, str text);

bool office_open(office **out, store *s, str packs_dir, err *e) MUST_USE;
void office_close(office *o);

store *office_store(const office *o);
int office_pack_count(const office *o);
const office_pack *office_pack_at(const office *o, int i);
const office_pack *office_pack_by_id(const office *o, str pack_id); /* NULL = none */
/* A file of a pack that is no policy; *there false = it has none. */
bool office_pack_file(
    str *out, bool *there, const office_pack *p, const char *name, arena *a, err *e) MUST_USE;
/* Is this area in the tables, with people of its own? */
bool office_has_area(office *o, str area_code);
/* The pack of a pooling area, or of the area it lies in; NULL = none. */
const office_pack *office_pack_of_area(office *o, str area_code);

/* The pooling area that an area belongs to; "" = no pack governs it. */
bool office_pool_of(str *pool, office *o, str area_code, arena *a, err *e) MUST_USE;

typedef struct {
    int64_t provider_id;
    str code, name, area_code, kind, level, tags;
    bool has_agreement; /* in force on the day asked for */
    str agreement_state;
} office_provider;
/* Texts live in `a`.  False without an err code = no such provider. */
bool office_provider_on(office_provider *out, office *o, int64_t id, str on, arena *a, err *e);

typedef struct {
    str code, name, kind, spec, unit;
    str rx;        /* sold on prescription only: yes, no; "" = not known */
    bool known;    /* the item exists */
    bool has_term; /* and has a class in this area on this day */
    str item_class;
    int64_t pay_first_e8, limit_e4, price_e4; /* -1 = none */
} office_term;
bool office_term_on(
    office_term *out, office *o, str area_code, str scheme, str code, str on, arena *a, err *e);

/* ---- persons of one pooling area treated in another: docs/cross-area.md ---- */

typedef struct {
    str insured_area, treatment_area; /* of the person, of the provider */
    str scheme, kind;                 /* "" = not known yet */
    str from_on, until_on;            /* of the visit; until_on "" = it only begins */
    bool emergency;                   /* as the provider says */
    const store_rows *dated;          /* SQL_DESK_DATED of the person: filings are in it */
} office_away_ask;

typedef struct {
    bool away; /* the pools differ; what follows is empty otherwise */
    str insured_pool, treatment_pool;
    bool open; /* a rule of the insured area's pack fits */
    str route; /* of that rule */
} office_away;

/* False: trouble only.  A treatment area that nobody governs is not `away`, but not `open`. */
bool office_away_find(
    office_away *out, office *o, const office_away_ask *ask, arena *a, err *e) MUST_USE;
/* ERR_CROSS_AREA: says what was looked for. */
bool office_away_closed(const office_away *away, const office_away_ask *ask, err *e) MUST_USE;

/* To be put in the job that changes area, provider, item or role. */
void office_changed(store_job *job, str topic, arena *a);

#endif
