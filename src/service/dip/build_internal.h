/* build_internal -- a history and what becomes of it; shared by history.c, build.c, measure.c and
 * write.c. */
#ifndef DIP_BUILD_INTERNAL_H
#define DIP_BUILD_INTERNAL_H
#include "service/dip/build.h"
#include "service/dip/dip_internal.h"

#include "base/money.h"

__extension__ typedef unsigned __int128 wide;

/* One case. */
typedef struct {
    int64_t cost_fen;
    uint64_t person; /* hash; 0 = not known */
    int32_t diagnosis, set, drg;
    int32_t admitted, discharged, stay, year;
    int32_t group;
    int8_t slot; /* of its year; -1 = left out */
    uint8_t level;
    bool died, recurrent, kept, exact; /* kept: not trimmed */
    uint8_t grade[2][DIP_KINDS_MAX];   /* coming back or not */
} event;

typedef struct {
    int32_t first, count; /* of procedures, by text */
    uint8_t treatment;
} procedure_set;

/* Hash of 64-bit keys that grows. */
typedef struct {
    uint32_t *slot; /* index + 1 */
    uint64_t *key;
    int32_t count, cap;
    uint32_t mask;
} key_table;

struct dip_history {
    const dip_catalogue *basis;
    bool asks_recurrent;
    event *event;
    int64_t count, cap;
    key_table diagnosis; /* dip_key */
    procedure_set *set;
    int32_t set_count, set_cap;
    uint32_t *set_slot;
    uint32_t set_mask;
    int32_t *member; /* of sets: procedures */
    int64_t member_count, member_cap;
    struct {
        char text[CODE_BYTES_MAX];
        uint8_t n, treatment;
    } * procedure;
    int32_t procedure_count, procedure_cap;
    uint32_t *procedure_slot;
    uint32_t procedure_mask;
    int64_t read, invalid, no_diagnosis, no_cost;
};

bool key_table_add(key_table *t, uint64_t key, int32_t *index); /* false = no memory */
void key_table_free(key_table *t);
void history_key_text(const dip_history *h, int32_t diagnosis, char text[DIP_KEY_TEXT]);

/* Numbers of a stratum: cases of a group, of a grade ... */
typedef struct {
    int64_t count, sum_fen;
    wide squares;
    int64_t year_count[DIP_YEARS_MAX], year_sum[DIP_YEARS_MAX];
} stratum;

void stratum_add(stratum *s, const event *v);
int64_t stratum_mean_e4(const stratum *s, const dip_build_options *o); /* in 1e-4 fen */
int64_t stratum_cv_e4(const stratum *s);
uint64_t wide_root(wide n);

static inline wide wide_of(int64_t n)
{
    return (wide)n;
}

static inline int64_t wide_round(wide a, wide b)
{
    wide q = (a + b / 2) / b;
    return (int64_t)q;
}

/* What is known of a group. */
typedef struct {
    stratum kept;
    int64_t cases, cost_fen, score_e4, mean_e4, cv_e4;
    int64_t level_count[DIP_LEVELS];                      /* all cases, all years */
    int64_t last_count[DIP_LEVELS], last_sum[DIP_LEVELS]; /* kept, last year */
    int64_t stay_sum, stay_count, deaths, recurrent, low, high, overlong;
    int64_t first; /* of builder.order */
    bool candidate;
    int halves, lasting; /* half samples with cases; with enough */
    int64_t error_e4, half_low_e4, half_high_e4;
} group_facts;

typedef struct {
    const dip_build_options *o;
    const dip_files *basis;
    dip_history *h;
    arena *a;
    arena scratch;
    dip_built *out;
    dip_files files;    /* of the catalogue so far */
    dip now;            /* compiled from them */
    group_facts *facts; /* of now.compiled.group */
    int64_t *order;     /* events by group, in the order of the history within */
    int64_t used;       /* events not left out */
    stratum all;        /* kept ones */
    int64_t mean_e4;    /* of all kept cases, 1e-4 fen */
    str *set_text;      /* "-" or "a+b" */
    int32_t last_slot;
} builder;

/* Finds the group of each case in b->now; all of `b->facts`. */
void build_measure(builder *b);
void build_stability(builder *b);
void build_report(builder *b);
void build_since(builder *b);
str build_factors(builder *b); /* factor.csv */

/* Texts of the tables. */
str write_order(builder *b);
str write_parameters(builder *b); /* with b->mean_e4 */
void write_catalogue(builder *b); /* parameters, core, mixed, level means, factors: into b->files */
void write_report(builder *b);    /* all of it into b->out */
void write_e4(text_buffer *t, int64_t e4);
void write_fen(text_buffer *t, int64_t fen);
/* A text over all that is left of `scratch`, which nobody may use until it is kept. */
text_buffer write_open(const arena *scratch);
str write_keep(builder *b, const text_buffer *t);

#endif
