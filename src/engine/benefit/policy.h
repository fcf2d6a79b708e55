/* policy -- a benefit policy compiled into flat tables, so that settling a bill walks arrays.
 *
 * In:      filled once by the pack compiler from the YAML of docs/pack-format.md.
 * Out:     immutable while it is used; may be shared by any number of threads.
 * May use: base.
 *
 * Everything refers to everything else by index into the arrays of `benefit_policy`.  Index 0 of
 * tables is never used, so that 0 means "none".
 */
#ifndef BENEFIT_POLICY_H
#define BENEFIT_POLICY_H
#include "base/base.h"
#include "base/day.h"
#include "base/money.h"

typedef enum {
    FACT_NONE = 0,
#define FACT(id, name, kind, of, zh) FACT_##id,
#include "engine/benefit/fact.tbl.h"
    FACT__COUNT
} fact_id;

typedef enum {
    KIND_NONE = 0,
    KIND_SYM,   /* one word: its 64-bit hash */
    KIND_SET,   /* several words: offset and count in benefit_bill.word, see SET_OF */
    KIND_INT,   /* a whole number */
    KIND_DAY,   /* day number */
    KIND_MONEY, /* fen */
    KIND_PRICE, /* yuan with four decimals */
    KIND_FLAG   /* 0 or 1 */
} fact_kind;

typedef enum { OF_NONE = 0, OF_PERSON, OF_VISIT, OF_PROVIDER, OF_LINE, OF_ENROLMENT } fact_of;

typedef struct {
    const char *name, *zh;
    fact_kind kind;
    fact_of of;
} fact_info;

extern const fact_info fact_table[FACT__COUNT];

#define FACT_ABSENT     INT64_MIN
#define AMOUNT_NO_LIMIT INT64_MAX

/* Words are compared by hash; the pack compiler proves that the words of a pack do not collide. */
typedef int64_t word; /* str_hash of the text, 0 = none */

static inline word word_of(str s)
{
    return (word)str_hash(s);
}

typedef enum {
    TEST_NONE = 0,
    TEST_EQUAL,  /* a */
    TEST_ONE_OF, /* word[a .. a+n) */
    TEST_RANGE,  /* a <= value <= b */
    TEST_HAS,    /* the set contains a */
    TEST_HAS_ANY /* the set contains one of word[a .. a+n) */
} test_op;

typedef struct {
    uint8_t op;   /* test_op */
    uint8_t fact; /* fact_id; FACT_NONE = the accumulator */
    uint16_t accumulator;
    uint32_t n;
    int64_t a, b;
} benefit_test;

/* All tests must hold; none = always. */
typedef struct {
    uint32_t first;
    uint16_t n;
} benefit_when;

typedef enum {
    VALUE_NONE = 0,
    VALUE_NUMBER, /* number: fen or e8 */
    VALUE_WORD,   /* number: the word */
    VALUE_TABLE,  /* index: an inner table, final once entered */
    VALUE_FORM,   /* index: benefit_form */
    VALUE_ITEM,   /* what the line itself carries */
    VALUE_BANDS   /* index: benefit_bands, over the line amount */
} value_kind;

typedef struct {
    uint8_t kind;
    uint16_t index;
    int64_t number;
} benefit_value;

typedef struct {
    benefit_when when;
    uint16_t basis;     /* index of a source, 0 = that of the layer */
    int32_t input_line; /* line in the policy file */
    benefit_value value;
} benefit_row;

typedef struct {
    uint32_t first, n; /* rows; the first match wins */
    str name;          /* where it stands, for people: "layers.pool.rate" */
} benefit_table;

typedef enum {
    FORM_NONE = 0,
    FORM_TABLE,  /* a named table, perhaps with some facts replaced */
    FORM_FACT,   /* (fact - minus, at least 0) x each, or the money fact itself */
    FORM_SHARE,  /* share of the amount before adjustments */
    FORM_COMBINE /* the table once for each word of a set */
} form_kind;

#define FORM_WITH_MAX 4

typedef struct {
    uint8_t kind;
    uint8_t fact;
    bool largest, keep_largest;
    uint16_t table, each_table, limit_table;
    int64_t minus;
    int64_t share_e8; /* FORM_SHARE; FORM_COMBINE: of the second largest, with `largest` */
    int64_t times_e8; /* then times this, 0 = not */
    int64_t round_fen;
    int with_count;
    struct {
        uint8_t fact;
        word value;
    } with[FORM_WITH_MAX];
} benefit_form;

typedef enum {
    ADJUST_NONE = 0,
    ADJUST_SET,
    ADJUST_ADD,
    ADJUST_SUB,
    ADJUST_TIMES,
    ADJUST_PERSONAL_TIMES,
    ADJUST_AT_LEAST,
    ADJUST_AT_MOST,
    ADJUST_NTH_LIST,
    ADJUST_NTH_MINUS,
    ADJUST_NTH_MINUS_SHARE
} adjust_op;

typedef struct {
    benefit_when when;
    uint8_t op;
    bool stop;
    uint16_t table;       /* operand */
    uint16_t accumulator; /* nth: the counter */
    uint32_t list_first;  /* nth list: tables list_table[first .. +n) */
    uint16_t list_n;
    uint16_t floor_table;
    uint16_t basis;    /* source, 0 = as before */
    int32_t times_max; /* 0 = no limit */
    int64_t share_e8;  /* nth minus_share */
    int32_t input_line;
} benefit_adjust;

/* An element of an nth list: a share of the amount, or a table of amounts. */
typedef struct {
    bool is_share;
    int64_t share_e8;
    uint16_t table;
} benefit_nth;

typedef struct {
    uint16_t table; /* 0 = not given */
    uint32_t adjust_first;
    uint16_t adjust_n;
    uint16_t basis; /* source, 0 = that of the layer */
} benefit_amount;   /* also used for rates */

typedef struct {
    int64_t to_fen; /* inclusive; AMOUNT_NO_LIMIT for the last */
    uint16_t table;
    uint16_t basis;
} benefit_step;

typedef struct {
    bool given;
    bool origin_deductible;
    uint16_t measure; /* accumulator, 0 = this bill alone */
    uint32_t first;
    uint16_t n;
} benefit_bands;

typedef enum { UNIT_MONEY = 0, UNIT_COUNT } accumulator_unit;
typedef enum {
    PERIOD_YEAR = 0,
    PERIOD_DAY,
    PERIOD_MONTH,
    PERIOD_QUARTER,
    PERIOD_EPISODE,
    PERIOD_LIFE
} accumulator_period;

#define BY_MAX 4

typedef struct {
    str name, zh, en;
    uint8_t unit, period;
    bool of_household;
    uint8_t given; /* fact that states n, 0 = none */
    int by_count;
    uint8_t by[BY_MAX];
    int dense; /* place in the dense array of a person-year, -1 = kept as an entry */
} benefit_accumulator;

#define DENSE_MAX 96

typedef struct {
    uint16_t accumulator;
    uint8_t max;
} benefit_times;

#define TIMES_MAX 4

typedef enum { DEDUCTIBLE_VISIT = 0, DEDUCTIBLE_CUMULATIVE, DEDUCTIBLE_HIGHWATER } deductible_mode;

typedef struct {
    bool given;
    uint8_t mode;
    bool measure_base, repeat_as_stay, has_exempt;
    benefit_amount amount;
    uint16_t key;
    int times_count;
    benefit_times times[TIMES_MAX];
    uint16_t ceiling_key;
    benefit_amount ceiling;
    benefit_when exempt;
    int32_t repeat_every_days;
} benefit_deductible;

typedef struct {
    benefit_when when;
    bool on_expense;
    uint16_t key; /* 0 = this bill alone */
    benefit_amount amount;
} benefit_cap;

/* Heaps of money a bill is made of while it is settled. */
typedef enum {
    HEAP_OWN = 0,
    HEAP_OVER_LIMIT,
    HEAP_PAY_FIRST,
    HEAP_ROUTE_SHARE,
    HEAP_SCOPE,
    HEAP_DEDUCTIBLE,
    HEAP_COPAY,
    HEAP_OVER_CAP,
    HEAP__COUNT
} heap_id;

extern const char *const heap_names[HEAP__COUNT];

/* The national fields a payment is reported in; source: the national settlement interface. */
typedef enum {
    FIELD_NONE = 0,
    FIELD_HIFP,
    FIELD_CVLSERV,
    FIELD_HIFES,
    FIELD_HIFMI,
    FIELD_HIFOB,
    FIELD_HIFDM,
    FIELD_MAF,
    FIELD_OTH,
    FIELD_HOSPITAL,
    FIELD_ACCOUNT,
    FIELD_FAMILY_ACCOUNT,
    FIELD__COUNT
} pay_field;

extern const char *const pay_field_names[FIELD__COUNT];

typedef enum { PAY_RATE = 0, PAY_ENTITLEMENT, PAY_TOPUP, PAY_ACCOUNT } pay_mode;
typedef enum {
    WHAT_NONE = 0,
    WHAT_BASE,
    WHAT_EXPENSE,
    WHAT_PAID,
    WHAT_DEDUCTIBLE,
    WHAT_COPAY,
    WHAT_OVER_CAP,
    WHAT_PAYABLE
} feed_what;

#define ACCOUNT_COUNT 4 /* current, previous, civil, family */
extern const char *const account_names[ACCOUNT_COUNT];

typedef struct {
    uint16_t accumulator;
    uint8_t what;
} benefit_feed;

#define BANDS_MAX 32
#define FEEDS_MAX 8
#define CAPS_MAX  8

typedef struct {
    str name, zh, en;
    str payer;
    uint16_t basis;
    uint8_t field; /* pay_field */
    uint8_t pay;   /* pay_mode */
    uint8_t account;
    bool of_in_scope; /* topup */
    bool leaves_same;
    bool has_lines; /* a line filter on the base */
    bool each_disease, best_over_category;
    bool line_rate; /* the rate depends on line facts */
    benefit_when when, lines;
    int base_count;
    uint8_t base[HEAP__COUNT];
    uint8_t leave_deductible, leave_copay, leave_over_cap;
    benefit_deductible deductible;
    benefit_amount rate;
    benefit_bands bands;
    int cap_count;
    benefit_cap cap[CAPS_MAX];
    uint16_t cumulative_base, cumulative_paid;
    int feed_count;
    benefit_feed feed[FEEDS_MAX];
    int32_t input_line;
} benefit_layer;

/* A step of a stack: one layer, or the best of several. */
typedef struct {
    uint32_t first; /* in step_layer */
    uint16_t n;
} benefit_stack_step;

typedef struct {
    uint16_t accumulator;
    benefit_when when;
} benefit_count;

typedef struct {
    str name;
    benefit_when when;
    uint32_t count_first, step_first;
    uint16_t count_n, step_n;
    bool needs_lines;
    int layer_count; /* of all steps */
    int32_t input_line;
} benefit_stack;

typedef struct {
    str id, title, grade, note;
} benefit_source;

typedef enum { LIMIT_UNIT = 0, LIMIT_LINE } limit_per;

typedef struct {
    benefit_when when;
    uint8_t per;
    uint16_t table;
} benefit_limit;

typedef enum { START_NONE = 0, START_REGISTERED, START_PAID, START_BORN, START_YEAR } start_from;

typedef struct {
    benefit_when when;
    uint8_t from;
    bool first_of_month, next_day;
    int add_months, per_missed_year, per_repaid_year, at_least_months, at_least_if_missed;
} benefit_waiting;

typedef struct {
    benefit_when when;
    str reason, zh, en;
    uint16_t basis;
} benefit_not_covered;

typedef enum { ON_ADMISSION = 0, ON_DISCHARGE, ON_YEAR_START } fact_day;

typedef struct benefit_policy {
    str id, zh, en, file;
    str scheme_name;
    word scheme;
    day from, until; /* until is inclusive; DAY_NONE = open */
    int year_start_month, year_start_day;
    bool cross_year_split;
    uint8_t age_on;
    bool category_on_admission;

    const benefit_test *test;
    const word *words; /* of the tests */
    const benefit_row *row;
    const benefit_table *table;
    const benefit_form *form;
    const benefit_adjust *adjust;
    const benefit_nth *nth;
    const benefit_step *step;
    const benefit_bands *share_bands;
    const benefit_layer *layer;
    const benefit_stack *stack;
    const benefit_stack_step *stack_step;
    const uint16_t *step_layer;
    const benefit_count *count;
    const benefit_source *source;
    const benefit_limit *limit;
    const benefit_waiting *waiting;
    const benefit_not_covered *not_covered;
    int table_count, layer_count, stack_count, source_count, limit_count, waiting_count,
        not_covered_count;
    uint16_t class_table;       /* 0 = what the line carries */
    uint16_t first_share_table; /* 0 = the line's own share */
    uint16_t route_share_table; /* 0 = none */

    const benefit_accumulator *accumulator; /* shared by all policies of a pack; [0] unused */
    int accumulator_count, dense_count;
} benefit_policy;

/* The benefit year that `on` lies in, by the calendar year of its first day. */
int policy_year_of(const benefit_policy *p, day on);
day policy_year_first_day(const benefit_policy *p, int year);

#endif
