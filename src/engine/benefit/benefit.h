/* benefit -- what one bill pays, layer by layer, with the reason for every fen.
 *
 * In:      a compiled policy, a bill, and the person's accumulators before it.
 * Out:     a settlement: every amount, the accumulators it moves, and its trace; or a refusal, as
 *          data, when the policy has no answer for this bill.  Nothing else is read or written:
 *          no clock, no files, no globals, no memory but the arena's.  Same input, same output,
 *          byte for byte.
 * May use: base.
 *
 * Amounts are fen, rates 1e-8.  Rules: docs/pack-format.md; identities I1-I7 hold for every
 * settlement.
 */
#ifndef BENEFIT_BENEFIT_H
#define BENEFIT_BENEFIT_H
#include "engine/benefit/policy.h"

typedef struct {
    str code;
    word class, list, origin, disease;
    int64_t tags; /* SET_OF words */
    day on;       /* DAY_NONE = the visit's date */
    int64_t quantity_e4;
    int64_t unit_price_e4; /* yuan, four decimals; -1 = not given */
    int64_t amount_fen;    /* -1 = price x quantity */
    int64_t limit_e4;      /* per unit; -1 = none */
    int64_t share_e8;      /* own pay-first share; -1 = none */
    bool condition_not_met, refuse_over_limit;
    int32_t number; /* on the bill, from 1; 0 = its place here */
} benefit_line;

#define LINES_MAX         5000
#define QUANTITY_E4_MAX   INT64_C(100000000000)   /* ten million units */
#define UNIT_PRICE_E4_MAX INT64_C(10000000000000) /* a billion yuan */

#define SET_OF(offset, count) (((int64_t)(offset) << 16) | (int64_t)(count))
#define SET_OFFSET(set)       ((ptrdiff_t)((set) >> 16))
#define SET_COUNT(set)        ((ptrdiff_t)((set)&0xFFFF))

typedef struct {
    day from, until; /* inclusive; DAY_NONE = open */
} benefit_period;

typedef struct {
    word category;
    benefit_period valid;
} benefit_category;

typedef struct {
    str id;
    /* FACT_ABSENT, or 0 for flags and sets not given; the engine fills the derived ones */
    int64_t fact[FACT__COUNT];
    const word *words;                /* what SET facts point into */
    const benefit_category *category; /* the engine picks those valid on the day */
    int category_count;
    const benefit_period *entitled;
    int entitled_count; /* 0 = covered */
    bool has_enrolment;
    day death_date;
    uint64_t episode; /* hash of the stay id, 0 = the bill is its own episode */
    const benefit_line *line;
    ptrdiff_t line_count;
} benefit_bill;

/* Resets to "nothing known". */
void benefit_bill_clear(benefit_bill *bill);

typedef struct {
    uint16_t accumulator;
    uint64_t sub; /* which period and sub-key: benefit_sub_key_of */
    int64_t value;
} benefit_entry;

/* Where an accumulator that is not in the dense array is kept. */
typedef enum { HOME_YEAR = 0, HOME_LIFE, HOME_HOUSEHOLD, HOME__COUNT } entry_home;

entry_home benefit_home(const benefit_accumulator *a);

/* A person's accumulators before a bill: those of the benefit year in `dense` and entry[HOME_YEAR],
 * those that outlast it in entry[HOME_LIFE], the household's in entry[HOME_HOUSEHOLD].  What is
 * missing is 0. */
typedef struct {
    const int64_t *dense; /* policy.dense_count values, or NULL */
    const benefit_entry *entry[HOME__COUNT];
    ptrdiff_t entry_count[HOME__COUNT];
    int64_t account_fen[ACCOUNT_COUNT];
} benefit_state;

typedef struct {
    uint16_t accumulator;
    uint64_t sub; /* 0 for dense ones */
    int64_t before, after;
    word by[BY_MAX]; /* the sub-keys, in the order of the declaration */
} benefit_change;

typedef enum {
    STEP_NONE = 0,
#define STEP(id, name, zh, en) STEP_##id,
#include "engine/benefit/step.tbl.h"
    STEP__COUNT
} benefit_step_kind;

const char *benefit_step_name(benefit_step_kind step);

/* One step of the reasoning.  What a and b hold depends on the step: see explain.c. */
typedef struct {
    uint8_t step;
    int16_t layer;      /* index in the policy, -1 = none */
    uint16_t basis;     /* source, 0 = none */
    int32_t input_line; /* of the rule in the policy file, 0 = none */
    int64_t amount_fen;
    int64_t a, b;
} benefit_trace;

typedef struct {
    uint16_t layer; /* index in the policy */
    money base, deductible, paid, over_cap;
} benefit_layer_result;

typedef struct {
    money amount, own, over_limit, pay_first, route_share, in_scope;
} benefit_line_result;

typedef enum {
    BENEFIT_NONE = 0,
    BENEFIT_SETTLED,
    BENEFIT_NOT_COVERED,
    BENEFIT_REFUSED
} benefit_status;

typedef enum {
    REFUSED_NONE = 0,
#define REFUSAL(id, name, zh, en) REFUSED_##id,
#include "engine/benefit/refusal.tbl.h"
    REFUSED__COUNT
} refusal;

const char *refusal_name(refusal r);
const char *refusal_zh(refusal r);
const char *refusal_en(refusal r);

typedef struct {
    benefit_status status;
    refusal refusal;
    str where; /* refused: the table, stack or field without an answer; not covered: the reason */
    int where_line; /* refused because of a line of the bill: its number, else 0 */
    const benefit_policy *policy;
    int year;
    money total, own, over_limit, pay_first, route_share, in_scope;
    money deductible, over_cap; /* of the first layer on the scope */
    money paid[FIELD__COUNT];
    money fund_total, hospital_part, personal_part, account, family_account, cash;
    benefit_layer_result *layer;
    int layer_count;
    benefit_line_result *line; /* bill.line_count of them */
    benefit_change *change;
    int change_count;
    int64_t account_after_fen[ACCOUNT_COUNT];
    benefit_trace *trace;
    int trace_count;
} benefit_result;

/* Settles one bill.  `result` and what it points to live in `a`; so do the bill's and the policy's
 * strings it borrows.  With trace = false the amounts are the same and trace_count is 0. */
void benefit_settle(benefit_result *result,
                    const benefit_policy *p,
                    const benefit_bill *bill,
                    const benefit_state *before,
                    bool trace,
                    arena *a);

/* The key of an entry from its parts, for opening values: `by` texts in the order of the
 * declaration. */
uint64_t benefit_sub_key_of(const benefit_policy *p,
                            const benefit_accumulator *acc,
                            int64_t period,
                            const word *by);
int64_t benefit_period_index(const benefit_policy *p,
                             const benefit_accumulator *acc,
                             const benefit_bill *bill);

/* A stay over the end of a benefit year, where the policy splits it: the parts to settle one after
 * another, each in its own year.  Returns how many (1 = not split; then part[0] is the bill
 * itself). */
#define PARTS_MAX 8
int benefit_parts(benefit_bill part[PARTS_MAX],
                  const benefit_policy *p,
                  const benefit_bill *bill,
                  arena *a);

/* First covered day after an enrolment (its facts are in bill.fact); false = no rule for it. */
bool benefit_entitled_from(day *out, const benefit_policy *p, const benefit_bill *bill);

/* Settles the bills of one person-year again, in order, leaving out those reversed: the answer to
 * "bill k was reversed, what do the later ones pay now?".  Every result is what it would have been
 * had the reversed bills never happened.  `result` has `count` elements; those of reversed bills
 * are zero.  `opening` is the state before the first; `closing`, if not NULL, receives the state
 * after the last (owned by `a`). */
typedef struct {
    const benefit_policy *policy;
    const benefit_bill *bill;
    bool reversed;
} benefit_event;

void benefit_replay(benefit_result *result,
                    benefit_state *closing,
                    const benefit_event *event,
                    ptrdiff_t count,
                    const benefit_state *opening,
                    bool trace,
                    arena *a);

/* `state` after `result`: applies its changes.  New arrays are taken from `a`. */
benefit_state benefit_apply(const benefit_state *state, const benefit_result *result, arena *a);

/* One step as a sentence a patient understands. */
typedef enum { LANG_ZH = 0, LANG_EN } lang;
void benefit_sentence(text_buffer *out, const benefit_result *r, const benefit_trace *t, lang l);

#endif
