/* prescription -- electronic prescriptions, from the hospital that writes them to the pharmacy that
 * dispenses and settles.
 *
 * In:      what hospitals and pharmacies say; bills that pay for one.
 * Out:     rows kept in the caller's job; ERR_RX_STATE, ERR_RX_EXCEEDED for what must not be.
 * May use: base, store, service/{access,office}, OpenSSL (random).
 *
 * One is checked, then valid, unless it is withdrawn; it expires by itself.  It is dispensed once:
 * by one bill, or by one sale that the person pays; and again when that bill's settlement was
 * taken back.  Moments are UTC milliseconds.
 */
#ifndef PRESCRIPTION_PRESCRIPTION_H
#define PRESCRIPTION_PRESCRIPTION_H
#include "service/access/access.h"
#include "service/office/office.h"

typedef struct {
    int64_t rx_id, person_id, provider_id, visit_id, version;
    str provider_code, provider_name;
    str own_no, trace_code;
    str state; /* checked, valid, withdrawn */
    int64_t until_at;
    str head, visit, upload, withdrawal; /* objects of JSON, as they came */
    str diagnoses;                       /* one a line */
    str signed_text, signature, signed_key, file_digest;
    str audit; /* "", passed, failed */
    int64_t audit_no, audit_by, audit_at;
    str audit_detail;
    int64_t settlement_id, used_by, used_at;
    bool paid; /* a bill of it stands */
    /* what was handed out and counts: */
    int64_t sale_no, sale_by, sale_at;
    bool sale_insured;
    str sale_lines; /* one a line */
} prescription;

/* valid, expired, withdrawn; checked ones are "" */
str prescription_state(const prescription *p, int64_t now_ms);
/* By a bill, or by a sale without one. */
bool prescription_is_used(const prescription *p);

typedef struct {
    str item_code, name, unit;
    int64_t quantity_e4, taken_e4;
    str detail; /* JSON, as it came */
} prescription_item;

typedef struct {
    prescription_item *at;
    int count;
} prescription_items;

/* Locks it for the rest of the job.  ERR_NOT_FOUND */
bool prescription_get(prescription *out, int64_t rx_id, store_job *job, arena *a, err *e) MUST_USE;
bool prescription_items_get(
    prescription_items *out, int64_t rx_id, store_job *job, arena *a, err *e) MUST_USE;

/* ---- the hospital ---- */

/* Makes rx_id and trace_code.  Items have to be drugs of the catalogue; their names are filled in.
 * *wrong = the item, from 0, or -1.  ERR_NOT_IN_CATALOGUE, ERR_BAD_VALUE; ERR_EXISTS when one of
 * the same own number is valid. */
bool prescription_check(prescription *p,
                        prescription_items *items,
                        int *wrong,
                        store_job *job,
                        office *o,
                        arena *a,
                        err *e) MUST_USE;
/* signed_text, signature, signed_key, file_digest */
bool prescription_sign(const prescription *p, store_job *job, err *e) MUST_USE;
/* upload, signature, file_digest; the file in base64 */
bool prescription_upload(
    const prescription *p, str file, int64_t now_ms, store_job *job, arena *a, err *e) MUST_USE;
bool prescription_withdraw(const prescription *p, str who_and_why, store_job *job, err *e) MUST_USE;

/* ---- the pharmacy ---- */

typedef struct {
    int64_t grant_no, rx_id, group_no, until_at, verify_no;
    str token, state; /* open, used, ended */
} prescription_grant;

#define PRESCRIPTION_GRANTS_MAX 50

/* What the person could fetch now, each with a grant for this pharmacy; looking at one ends the
 * others. */
bool prescription_grant_all(prescription_grant out[PRESCRIPTION_GRANTS_MAX],
                            int *count,
                            const actor *who,
                            int64_t person_id,
                            int64_t now_ms,
                            store_job *job,
                            arena *a,
                            err *e) MUST_USE;
/* Of the one prescription with this trace code.  ERR_NOT_FOUND, ERR_RX_STATE */
bool prescription_grant_one(prescription_grant *out,
                            prescription *p,
                            const actor *who,
                            str trace_code,
                            int64_t now_ms,
                            store_job *job,
                            arena *a,
                            err *e) MUST_USE;
/* ERR_NOT_FOUND unless this pharmacy has it, with this token, and it is not over. */
bool prescription_grant_open(prescription *p,
                             const actor *who,
                             int64_t grant_no,
                             str token,
                             int64_t now_ms,
                             store_job *job,
                             arena *a,
                             err *e) MUST_USE;
/* The grant this pharmacy looked at the prescription with. */
bool prescription_grant_of(prescription_grant *out,
                           const prescription *p,
                           const actor *who,
                           str token,
                           store_job *job,
                           arena *a,
                           err *e) MUST_USE;
bool prescription_file(str *base64, int64_t rx_id, store_job *job, arena *a, err *e) MUST_USE;
/* Makes verify_no. */
void prescription_verified(prescription_grant *g, store_job *job);

/* audit, audit_detail; makes audit_no. */
bool prescription_judge(
    prescription *p, const actor *who, int64_t now_ms, store_job *job, err *e) MUST_USE;

/* Lines: what is handed out; quantities count where the unit is the prescription's.  Makes
 * sale_no. */
typedef struct {
    str item_code, unit;
    int64_t quantity_e4;
} prescription_line;

typedef struct {
    const prescription_line *at;
    int count;
} prescription_lines;

/* Whether this pharmacy may dispense these lines to this person (0 = its own): valid, not expired,
 * neither used nor in another pharmacy's hands, judged and passed here, no more than prescribed.
 * A line is of an item by its code, or else by the catalogue's name.  *wrong = the line, or -1. */
bool prescription_fits(const prescription *p,
                       int64_t person_id,
                       const prescription_lines *lines,
                       int *wrong,
                       const actor *who,
                       int64_t now_ms,
                       store_job *job,
                       office *o,
                       arena *a,
                       err *e) MUST_USE;
/* sale_insured, sale_lines; makes sale_no */
void prescription_sell(prescription *p, const actor *who, int64_t now_ms, store_job *job);
/* sale_no 0 = the one that counts.  ERR_NOT_FOUND; ERR_RX_STATE when a bill paid for it. */
bool prescription_unsell(
    const prescription *p, const actor *who, int64_t sale_no, store_job *job, err *e) MUST_USE;

/* A bill was settled with these lines, which fit. */
bool prescription_settled(const prescription *p,
                          const prescription_lines *lines,
                          int64_t bill_id,
                          int64_t settlement_id,
                          const actor *who,
                          int64_t now_ms,
                          store_job *job,
                          office *o,
                          arena *a,
                          err *e) MUST_USE;

/* ---- drugs sold on prescription only, with and without an electronic one: sale.c ---- */

/* As the catalogue says; an item that says nothing does not need one. */
bool prescription_is_needed(bool *needed, str item_code, office *o, arena *a, err *e) MUST_USE;
/* ERR_RX_STATE: a standing settlement of this pharmacy but this one sold on this paper already. */
bool prescription_paper_is_free(str number,
                                const actor *who,
                                int64_t but_settlement_id,
                                store_job *job,
                                arena *a,
                                err *e) MUST_USE;
/* ERR_UNKNOWN_REFERENCE where the pharmacists of the pharmacy are kept and this is none of them. */
bool prescription_pharmacist_is_known(
    str number, store_job *job, const actor *who, arena *a, err *e) MUST_USE;

typedef struct {
    int place;
    str item_code, prescription_no;
    int64_t quantity_e4;
    int64_t rx_id, audit_no;       /* 0 = on paper */
    str pharmacist, pharmacist_no; /* "" = nobody signed yet */
} prescription_sold;

void prescription_sale_keep(const prescription_sold *s,
                            int64_t person_id,
                            int64_t settlement_id,
                            const actor *who,
                            int64_t now_ms,
                            store_job *job);
/* The pharmacist who signed for an item of a sale, where nobody did. */
void prescription_sale_sign(
    store_job *job, const actor *who, int64_t settlement_id, str item_code, str name, str number);

#endif
