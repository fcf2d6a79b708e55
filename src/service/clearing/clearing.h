/* clearing -- what pooling areas owe each other, month by month, and what providers apply for.
 *
 * In:      settlements booked between areas; who makes, confirms and pays a statement.
 * Out:     statements with their lines, and the entries that clear them; applications of providers
 *          beside what is booked here.
 * May use: base, store, service/{access,office}.
 *
 * The area of treatment makes a statement of a month that is over, the area of insurance confirms
 * and pays it; each step is another person's.
 */
#ifndef CLEARING_CLEARING_H
#define CLEARING_CLEARING_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

#define CLEARING_STATEMENTS_MAX 200 /* made at once */

typedef struct {
    int64_t id[CLEARING_STATEMENTS_MAX];
    int count;
} clearing_made;

/* Statements of a month ("2026-10") for each pair and scheme that owes this pool and has none. */
bool clearing_make(clearing_made *out,
                   office *o,
                   const actor *who,
                   str month,
                   str treatment_pool,
                   arena *a,
                   err *e) MUST_USE;

typedef enum { CLEARING_NONE = 0, CLEARING_CONFIRM, CLEARING_PAY, CLEARING_WITHDRAW } clearing_step;

/* text: of a payment the number of the bank's order, of what is withdrawn the reason. */
bool clearing_do(clearing_step step,
                 office *o,
                 const actor *who,
                 int64_t statement_id,
                 str text,
                 arena *a,
                 err *e) MUST_USE;

/* A statement as an object of the API; ERR_NOT_FOUND for whoever is of neither area. */
bool clearing_show(
    json_out *out, office *o, const actor *who, int64_t statement_id, arena *a, err *e) MUST_USE;

/* ---- applications of providers: 3203, 3204 ---- */

typedef struct {
    int64_t visits, total_fen, fund_fen, cash_fen, account_fen;
} clearing_amounts;

typedef struct {
    int64_t application_id, provider_id;
    str month, clr_type, from_on, until_on;
    clearing_amounts said, booked;
} clearing_application;

/* Kept whether it agrees or not; ERR_EXISTS when one of this month and type is open. */
bool clearing_apply(clearing_application *p, store_job *job, arena *a, err *e) MUST_USE;
bool clearing_apply_withdraw(
    store_job *job, int64_t provider_id, int64_t application_id, arena *a, err *e) MUST_USE;
bool clearing_agrees(const clearing_application *p);

#endif
