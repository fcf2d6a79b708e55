/* claim -- settling bills against the person-years they belong to.
 *
 * In:      a pack, a bill as it came through a door, and the ledger of person-years it is settled
 *          against.
 * Out:     one result per part of the bill; the person-year is moved on only when every part was
 *          settled.
 * May use: base, engine/benefit, service/pack.
 */
#ifndef CLAIM_CLAIM_H
#define CLAIM_CLAIM_H
#include "engine/benefit/benefit.h"
#include "service/pack/pack.h"

typedef struct {
    uint16_t accumulator;
    word by[BY_MAX]; /* values of the sub-keys, in the order of the declaration */
    int64_t value;
} claim_opening;

/* The text of a word that an accumulator may be kept by. */
typedef struct {
    word hash;
    str text;
} claim_word;

/* A bill with what belongs to the person and not to the calculation. */
typedef struct {
    benefit_bill bill;
    str person_id, household_id;
    bool has_accounts[ACCOUNT_COUNT];
    int64_t account_fen[ACCOUNT_COUNT];
    const claim_opening *opening;
    int opening_count;
    const claim_word *word;
    int word_count;
} claim_bill;

/* Person-years in memory: who has used up what.  One thread at a time per ledger. */
typedef struct claim_ledger claim_ledger;

claim_ledger *claim_ledger_new(const pack *p); /* NULL = no memory; caller frees */
void claim_ledger_free(claim_ledger *ledger);
ptrdiff_t claim_ledger_person_years(const claim_ledger *ledger);
ptrdiff_t claim_ledger_bytes(const claim_ledger *ledger);

uint64_t claim_person_hash(str person_id);

/* Fetch the memory of a person whose bill comes soon: first where to look, a little later what is
 * there.  Nobody may be changing the ledger meanwhile. */
void claim_ledger_prefetch_slot(const claim_ledger *ledger, uint64_t person_hash);
void claim_ledger_prefetch_person(const claim_ledger *ledger, uint64_t person_hash);

/* Settles a bill: chooses the policy version by its date, splits it at the year's end where the
 * policy says so, and moves the person's accumulators.  part[0 .. *count) live in `a`.  False =
 * nothing could be calculated (no policy, opening values given too late, no memory); a refusal by
 * the policy is a result. */
bool claim_settle(benefit_result part[PARTS_MAX],
                  int *count,
                  claim_ledger *ledger,
                  const claim_bill *bill,
                  bool trace,
                  arena *a,
                  err *e) MUST_USE;

#endif
