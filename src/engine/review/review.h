/* review -- what the rules have to say of a visit and its lines.
 *
 * In:      compiled rules; a case: who, where, why, the lines, what was given before.
 * Out:     findings, each with its rule, line, value and limit; sentences.
 * May use: base, money.
 *
 * It never changes what is paid.  What is not known leads to no finding.  A line more never takes
 * the finding of another line away.
 */
#ifndef REVIEW_REVIEW_H
#define REVIEW_REVIEW_H
#include "engine/review/rules.h"

typedef struct {
    str code, name;
    int32_t on;            /* day number */
    int64_t quantity_e4;   /* above 0; other lines are left out */
    int64_t unit_price_e4; /* -1 = not known */
    int64_t limit_e4;      /* price limit of the catalogue, -1 = none */
    int64_t amount_fen;
    bool past; /* counts, but nothing is said of it */
} review_line;

typedef struct {
    day from, until; /* until DAY_NONE = still there */
    bool same_provider;
    str main_dx; /* "" = not known */
} review_stay;

typedef struct {
    uint8_t stage, setting; /* one of each; 0 = not known */
    uint8_t sex;
    day born;      /* DAY_NONE = not known */
    day on, until; /* of the visit; until DAY_NONE = not ended */
    str level;     /* of the institution; "" = not known */
    const str *dx; /* the first is the main one */
    int32_t dx_count;
    const review_line *line;
    int32_t line_count;
    const review_stay *stay; /* of the same person, others than this one */
    int32_t stay_count;
} review_case;

typedef struct {
    int32_t rule;
    int32_t line;         /* -1 = the visit */
    int32_t other;        /* the line, diagnosis or stay it clashes with; -1 = none */
    int64_t value, limit; /* in the unit of the kind: review_sentence() */
    int64_t amount_fen;   /* of the line, or what is too much of it; 0 for visits */
} review_finding;

#define REVIEW_LINES_MAX 20000
/* A million units, or yuan: what is above is not looked at. */
#define REVIEW_E4_MAX INT64_C(10000000000)

/* Findings in the order of lines, those of the visit last; in `a`. */
void review_check(const review_finding **out,
                  int32_t *count,
                  const review_rules *r,
                  const review_case *c,
                  arena *a);

/* "数量 5，1 天内最多 3": what was found and what would have been right. */
void review_sentence(text_buffer *out,
                     const review_rules *r,
                     const review_case *c,
                     const review_finding *f,
                     bool chinese);
/* Value and limit as they are compared: "5", "3"; "female", "male". */
void review_value(text_buffer *out,
                  const review_rules *r,
                  const review_case *c,
                  const review_finding *f);
void review_limit(text_buffer *out,
                  const review_rules *r,
                  const review_case *c,
                  const review_finding *f);

#endif
