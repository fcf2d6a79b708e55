/* discharge -- settlement lists: what a provider says of a discharge, checked and grouped.
 *
 * In:      a list of one of the provider's settlements; a scheme and a catalogue, where the
 *          installation groups.
 * Out:     the list kept with what is wrong with it and its groups; rows in the caller's job.
 * May use: base, store, engine/casemix, service/access, OpenSSL (random).
 *
 * It is a simulation: nothing here changes a settlement or what is paid.
 */
#ifndef DISCHARGE_DISCHARGE_H
#define DISCHARGE_DISCHARGE_H
#include "base/day.h"
#include "base/json_out.h"
#include "engine/casemix/casemix.h"
#include "engine/casemix/dip.h"
#include "service/access/access.h"

typedef struct {
    str code; /* of the interface */
    int64_t fen;
    bool no_fund; /* account or hospital: a list may leave it out */
} discharge_fund;

typedef struct {
    str code, on; /* on: a day, "" = not said */
    bool main;
} discharge_code;

typedef struct {
    int64_t person_id, settlement_id, provider_id, now_ms;
    str visit_no, month, state;
    str document; /* JSON, as it came */
    /* what the person and the settlement say */
    str sex, birth_on;
    str admit_on, end_on;
    const discharge_fund *booked;
    int booked_count;
    bool day_surgery;
    int64_t cost_fen;
    int level; /* of the provider, 1 to 9; 0 = not known */
    /* what the list says; days may be "" */
    str said_admit_on, said_end_on, bill_from, bill_until;
    const discharge_fund *said;
    int said_count;
    const discharge_code *dx, *procedure;
    int dx_count, procedure_count;
    const str *icu; /* "days/hours/minutes" */
    int icu_count;
    str ventilation;
    int32_t weight_g, age_days; /* CASE_UNKNOWN = not said */
    bool died, way_said;
} discharge_list;

#define DISCHARGE_FINDINGS_MAX 200

typedef struct {
    str code, field, received, message;
    int severity; /* 1 to look at, 2 wrong */
} discharge_finding;

typedef struct {
    int64_t list_id;
    int severity; /* of the worst finding; 0 = there is none */
    int finding_count;
    discharge_finding finding[DISCHARGE_FINDINGS_MAX];
    casemix_case facts;
    casemix_result group; /* status NONE = not grouped */
    dip_result dip;       /* likewise */
} discharge_outcome;

/* By what lists are grouped; NULL = not by that. */
typedef struct {
    const casemix_scheme *scheme;
    const dip_catalogue *catalogue;
    str scheme_name, catalogue_name; /* of their folders */
} discharge_grouping;

/* Checks, groups and keeps; what was kept of the settlement is overwritten.
 * ERR_LIST_STATE when that one was submitted or approved. */
bool discharge_take(discharge_outcome *out,
                    const discharge_list *l,
                    store_job *job,
                    const discharge_grouping *by,
                    arena *a,
                    err *e) MUST_USE;

typedef struct {
    int64_t list_id, uploaded_at;
    str visit_no, state, document, drg, drg_name, dip, dip_name;
    int severity;
} discharge_kept;

/* ERR_NOT_FOUND unless it is this provider's list of this person. */
bool discharge_get(discharge_kept *out,
                   store_job *job,
                   const actor *who,
                   int64_t settlement_id,
                   int64_t person_id,
                   arena *a,
                   err *e) MUST_USE;

/* What a provider may do: a draft is submitted, a rejected one submitted or made a draft again.
 * ERR_LIST_STATE. */
bool discharge_state_set(store_job *job,
                         const actor *who,
                         int64_t settlement_id,
                         int64_t person_id,
                         str state,
                         arena *a,
                         err *e) MUST_USE;

/* ---- counts of a month ("202405"), of lists that are grouped and whose settlement stands ---- */

typedef enum { DISCHARGE_DRG = 0, DISCHARGE_DIP } discharge_system;

typedef struct {
    str alias, area_code; /* alias: 16 hexadecimal digits, the same for ever */
    int64_t groups, cost_fen, mean_fen, cases;
} discharge_provider;

/* The providers of a pooling area, most cases first, under names that tell nobody who they are.
 * New names are put into the job. */
bool discharge_providers(discharge_provider **out,
                         int *count,
                         store_job *job,
                         discharge_system by,
                         str month,
                         str pool,
                         arena *a,
                         err *e) MUST_USE;

typedef struct {
    str code, name, diagnosis, procedures, area_code;
    int64_t cost_fen, mean_fen, cases;
} discharge_count;

/* The groups of one of them, most cases first; `only`: a DRG, or of DIP a diagnosis, "" = all.
 * ERR_NOT_FOUND: nobody has that name. */
bool discharge_counts(discharge_count **out,
                      int *count,
                      int64_t *total,
                      store_job *job,
                      discharge_system by,
                      str month,
                      str pool,
                      str alias,
                      str only,
                      int64_t limit,
                      int64_t offset,
                      arena *a,
                      err *e) MUST_USE;

#endif
