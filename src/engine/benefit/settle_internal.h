/* settle_internal -- the state of one settlement while it is worked out; private to this module.
 *
 * In:      benefit.h.
 * Out:     the run, and the functions the files of this module offer each other.
 * May use: base.
 */
#ifndef BENEFIT_SETTLE_INTERNAL_H
#define BENEFIT_SETTLE_INTERNAL_H
#include "engine/benefit/benefit.h"

__extension__ typedef unsigned __int128 wide;

#define AMOUNT_FEN_MAX      INT64_C(10000000000000000) /* of anything a table can say */
#define BILL_FEN_MAX        INT64_C(1000000000000000)
#define ACCUMULATOR_FEN_MAX INT64_C(4000000000000000000)
#define EXTRA_COUNT_MAX     4

/* What a number rests on: the source of the last rule that shaped it, and where that rule stands.
 * */
typedef struct {
    uint16_t basis; /* 0 = that of the layer */
    int32_t input_line;
} benefit_ground;

/* A part of the payable at one rate. */
typedef struct {
    int64_t amount_fen, rate_e8;
    ptrdiff_t at; /* line in sorted order, for rates by line */
    benefit_ground ground;
} benefit_segment;

/* What a layer may change; copied to try alternatives. */
typedef struct {
    int64_t heap_fen[HEAP__COUNT];
    int64_t paid_fen[FIELD__COUNT];
    int64_t account_fen[ACCOUNT_COUNT];
    int64_t deductible_fen, over_cap_fen;
    int16_t scope_layer; /* the first that pays by rate from the scope: its index + 1 */
    int change_count;    /* of entries */
    int layer_count, trace_count;
    int extra_count;
    struct {
        uint16_t accumulator;
        int64_t by;
    } extra[EXTRA_COUNT_MAX];
} benefit_work;

typedef struct {
    const benefit_policy *p;
    const benefit_bill *bill;
    const benefit_state *before;
    arena *a;
    benefit_result *result;
    bool tracing;
    int trace_cap, change_cap, layer_cap;
    refusal refused;
    str refused_where;
    int refused_line;

    int64_t fact[FACT__COUNT]; /* with the derived ones; replaced for a moment by `with`, `each` */
    const word *category_word; /* what the set fact `category` points into */
    const benefit_line *line;  /* whose line facts are asked for, NULL = absent */

    benefit_work w;
    int64_t dense[DENSE_MAX];
    benefit_change *change; /* entries touched so far */

    /* Only for stacks that need lines: per heap, the amount on each line in sorted order. */
    ptrdiff_t line_count;
    const int32_t *order; /* sorted place -> index in the bill */
    int64_t *line_heap[HEAP__COUNT];
    bool *line_part; /* lines that take part in the layer at hand */
    int16_t layer_index;
    uint16_t layer_basis;
    benefit_segment segment[BANDS_MAX]; /* of the layer at hand */
} benefit_run;

static inline bool refuse(benefit_run *r, refusal why, str where)
{
    assert(r->refused == REFUSED_NONE); /* whoever refuses is the last to speak */
    r->refused = why;
    r->refused_where = where;
    return false;
}

/* facts.c */
void facts_derive(benefit_run *r);
int64_t line_fact(const benefit_run *r, const benefit_line *line, fact_id id);
bool when_holds(const benefit_run *r, benefit_when when);
int64_t accumulator_get(const benefit_run *r, uint16_t accumulator);
void accumulator_set(benefit_run *r, uint16_t accumulator, int64_t value);
bool accumulator_add(benefit_run *r, uint16_t accumulator, int64_t by);

/* tables.c */
bool table_word(benefit_run *r, uint16_t table, word *out, const benefit_row **row);
bool table_rate(benefit_run *r, uint16_t table, int64_t *out_e8, const benefit_row **row);
bool amount_eval(benefit_run *r,
                 const benefit_amount *amount,
                 int64_t stay_offset,
                 int64_t *out_fen,
                 benefit_ground *ground);
bool table_amount(
    benefit_run *r, uint16_t table, int64_t base_fen, int64_t *out_fen, const benefit_row **row);
bool rate_eval(benefit_run *r,
               uint16_t table,
               const benefit_amount *spec,
               int64_t *out_e8,
               benefit_ground *ground);
int64_t nth_of(const benefit_run *r, uint16_t accumulator);

/* split.c */
bool split_lines(benefit_run *r);
bool split_all_own(benefit_run *r); /* not covered: only the amounts count */

/* lines.c */
void lines_open(benefit_run *r);
int64_t lines_select(benefit_run *r, const benefit_layer *layer, bool by_disease, word disease);
int64_t lines_exempt_sum(benefit_run *r, const benefit_layer *layer);
void lines_take(benefit_run *r,
                const benefit_layer *layer,
                int64_t amount_fen,
                bool skip_exempt,
                int64_t *destination);
void lines_take_at(benefit_run *r,
                   const benefit_layer *layer,
                   ptrdiff_t at,
                   int64_t amount_fen,
                   int64_t *destination);
void lines_move_rest(benefit_run *r, const benefit_layer *layer, int64_t *destination);
int64_t lines_base_at(const benefit_run *r, const benefit_layer *layer, ptrdiff_t at);

/* layer.c */
bool stack_run(benefit_run *r, const benefit_stack *stack);

void trace_add(benefit_run *r,
               benefit_step_kind step,
               const benefit_ground *ground,
               int64_t amount_fen,
               int64_t a,
               int64_t b);

/* Half up, of a wide sum of fen x e8. */
static inline int64_t fen_of_wide(wide sum)
{
    return (int64_t)((sum + (uint64_t)RATE_ONE / 2) / (uint64_t)RATE_ONE);
}

#endif
