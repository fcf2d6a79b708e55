/* rules -- a compiled set of review rules: all of it, as flat arrays.
 *
 * In:      what service/pack read of a pack of rules (docs/review.md).
 * Out:     lookups from a line's code to the rules that watch it.
 * May use: base.
 */
#ifndef REVIEW_RULES_H
#define REVIEW_RULES_H
#include "base/base.h"
#include "base/day.h"

typedef enum {
    REVIEW_NONE = 0,
#define KIND(NAME, name, about, zh, en) REVIEW_##NAME,
#include "engine/review/kind.tbl.h"
    REVIEW__COUNT
} review_kind;

/* What is asked of whoever is told: to look, to give a reason, to leave it. */
typedef enum {
    REVIEW_NO_HANDLING = 0,
    REVIEW_REMIND,
    REVIEW_WARN,
    REVIEW_REFUSE,
    REVIEW_HANDLINGS
} review_handling;

enum { REVIEW_BEFORE = 1, REVIEW_DURING = 2 };                             /* stages */
enum { REVIEW_OUTPATIENT = 1, REVIEW_INPATIENT = 2, REVIEW_PHARMACY = 4 }; /* settings */
#define REVIEW_SETTINGS_ALL 7
enum { REVIEW_SEX_UNKNOWN = 0, REVIEW_MALE, REVIEW_FEMALE };

#define REVIEW_NO_LIMIT INT64_MAX /* the provider's catalogue says it, line by line */

typedef struct {
    int32_t from, count; /* of review_rules.word */
} review_words;

typedef struct {
    str id, zh, en;     /* its name */
    str say_zh, say_en; /* what it says, for people */
    str source, grade;  /* what it rests on */
    uint8_t kind, handling;
    uint8_t stages, settings; /* where it is looked at */
    uint8_t sex;              /* the one that is right */
    uint8_t only;             /* SETTING: where it is right */
    bool age_in_days;
    bool same_diagnosis;      /* READMISSION: for the same category */
    bool two_sides;           /* EXCLUSIVE: has `others` */
    day from, until;          /* DAY_NONE = open */
    int32_t age_min, age_max; /* both are right; INT32_MAX = open */
    int32_t days;             /* QUANTITY: that many in a row; else the longest distance */
    int64_t max_e4;           /* PRICE yuan, QUANTITY units, SUPPLY days: all of 1e-4 */
    int64_t per_day_e4;       /* SUPPLY: units used in a day */
    review_words diagnosis;   /* beginnings of codes */
    review_words level;
    int32_t line; /* of its file */
} review_rule;

/* One code or beginning of codes that a rule watches; side 1 = the `others` of a pair. */
typedef struct {
    str code;
    bool prefix;
    uint8_t side;
    int32_t rule;
} review_watch;

#define REVIEW_LENGTHS_MAX 64

typedef struct {
    str id, zh, en; /* of the pack */
    day from, until;
    str digest; /* of its files, hex */
    const review_rule *rule;
    int32_t rule_count;
    const str *word;
    int32_t word_count;
    const review_watch *watch; /* those of one code stand together */
    int32_t watch_count;
    int32_t days_max; /* how far back any rule looks */
    bool wants_stays; /* some rule looks at other stays */

    /* made by review_index() */
    const int32_t *slot; /* hash table: first watch of a code + 1 */
    int32_t slot_mask;
    uint8_t length[REVIEW_LENGTHS_MAX]; /* that beginnings have, rising */
    int32_t length_count;
} review_rules;

/* `watch` is put in order; the lookup lives in `a`. */
void review_index(review_rules *r, review_watch *watch, int32_t count, arena *a);

/* Watches of a line's code: the places of the first ones of each code or beginning that fits; ends
 * with -1. */
void review_watches(int32_t first[REVIEW_LENGTHS_MAX + 2], const review_rules *r, str code);
static inline bool review_same_code(const review_watch *a, const review_watch *b)
{
    return a->prefix == b->prefix && str_eq(a->code, b->code);
}

const char *review_kind_name(review_kind kind);
const char *review_kind_text(review_kind kind, bool chinese);
bool review_kind_of_visit(review_kind kind);
const char *review_handling_name(review_handling handling); /* "remind" */

#endif
