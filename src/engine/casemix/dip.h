/* dip -- which DIP group a discharge belongs to, how many points it earns, and why.
 *
 * In:      a compiled catalogue (filled by service/dip, never changed afterwards, shared by
 *          threads) and one case: values only.
 * Out:     the group, how it was found, the score with deviation, auxiliary factor and
 *          coefficient; on request the path.  No clock, files, globals or malloc.
 * May use: base, casemix.
 *
 * Units: costs in fen; scores, ratios and factors in 1e-4 (`_e4`), each product rounded half up.
 * Rules: docs/dip.md.
 */
#ifndef CASEMIX_DIP_H
#define CASEMIX_DIP_H
#include "engine/casemix/casemix.h"

/* Treatment classes, low to high.  An intervention ranks as surgery. */
typedef enum {
    DIP_CLASS_NONE = 0,
    DIP_CONSERVATIVE,
    DIP_DIAGNOSTIC,
    DIP_THERAPEUTIC,
    DIP_SURGERY,
    DIP_CLASS__COUNT
} dip_class;

typedef enum { DIP_TIER_NONE = 0, DIP_CORE, DIP_BASE, DIP_MIXED, DIP_TIER__COUNT } dip_tier;

/* How the group was found. */
typedef enum {
    DIP_MATCH_NONE = 0,
    DIP_EXACT,         /* the group asks for all procedures of the case */
    DIP_SUBSET,        /* the case has more procedures than the group asks for */
    DIP_NEAREST,       /* several groups fitted equally: the one nearest in cost */
    DIP_NO_PROCEDURE,  /* core group without procedure */
    DIP_CATEGORY,      /* mixed group of the 3-character category */
    DIP_PREFIX,        /* mixed group of a shorter beginning */
    DIP_RANGE,         /* mixed group of a range such as A00-B99 */
    DIP_COMPREHENSIVE, /* mixed group of all diagnoses */
    DIP_MATCH__COUNT
} dip_match;

typedef enum {
    DIP_DEVIATION_NONE = 0, /* the cost or its yardstick is not known */
    DIP_LOW,
    DIP_NORMAL,
    DIP_HIGH,
    DIP_DEVIATION__COUNT
} dip_deviation;

/* What a catalogue says with one number.  All are kept in 1e-4. */
typedef enum {
#define PARAMETER(id, name, standard, max, zh, en) DIP_P_##id,
#include "engine/casemix/dip_parameter.tbl.h"
    DIP_PARAMETER__COUNT
} dip_parameter;

const char *dip_parameter_name(dip_parameter p);
int64_t dip_parameter_standard_e4(dip_parameter p); /* what a build takes when nothing is said */
int64_t dip_parameter_max_e4(dip_parameter p);

#define DIP_LEVELS         10  /* hospital levels 1 to 9; 0 = not known */
#define DIP_KINDS_MAX      8   /* auxiliary directories: severity, tumour, age ... */
#define DIP_GRADES_MAX     250 /* of all kinds together */
#define DIP_LISTS_MAX      64
#define DIP_PROCEDURES_MAX 64 /* different ones of a case that count; more are left out */
#define DIP_KEY_TEXT       12

/* The key of a diagnosis: its first characters without the point, and a class behind them where
 * mixed groups are meant.  0 = none. */
typedef uint64_t dip_key;

typedef struct {
    const uint32_t *slot; /* index + 1; 0 = free */
    const dip_key *key;
    uint32_t mask;
} dip_keys;

/* One of these procedures must be there; a group's expression is all of its terms. */
typedef struct {
    int32_t first, count; /* of catalogue.alternative */
} dip_term;

typedef struct {
    str code; /* "K35.8:47.0100+54.5100", "K35.8:-", "K35:surgery", "*:conservative" */
    str diagnosis, procedures, name;
    int32_t term_first, term_count;
    uint8_t tier, treatment; /* dip_tier, dip_class */
    bool range;
    int64_t score_e4, mean_fen;
    int64_t nearest_fen;           /* where several fit, the nearest of these wins */
    int64_t level_fen[DIP_LEVELS]; /* the yardstick of deviation; 0 = take mean_fen */
    int64_t cases, cv_e4;
    int32_t factor_first, factor_count; /* of catalogue.factor */
} dip_group_row;

/* Mixed groups of diagnoses from..to, both compared by as many characters as they have. */
typedef struct {
    str from, to;
    uint8_t treatment;
    int32_t group;
} dip_range;

/* Tried in order: groups of that tier and class. */
typedef struct {
    uint8_t tier, treatment;
} dip_order;

/* Codes that begin with `prefix`, in an inner list; with a weight and a disease for the CCI. */
typedef struct {
    str prefix; /* without point, upper case */
    uint8_t list;
    int16_t disease; /* of a CCI list; -1 = none */
    int32_t weight;
} dip_prefix;

#define DIP_ANY INT32_MIN

/* The facts a grade may ask for; a fact that is not known fits no limit. */
typedef enum {
    DIP_FACT_AGE = 0,
    DIP_FACT_AGE_DAYS,
    DIP_FACT_STAY,
    DIP_FACT_CCI,
    DIP_FACT_ICU_HOURS,
    DIP_FACT_DEATH, /* 0, 1 */
    DIP_FACT_RECURRENT,
    DIP_FACT__COUNT
} dip_fact;

const char *dip_fact_name(dip_fact f);

/* The first grade of a kind whose limits and lists hold is the case's.  */
typedef struct {
    str name;
    uint8_t kind;
    int32_t from[DIP_FACT__COUNT], to[DIP_FACT__COUNT]; /* DIP_ANY = not asked */
    int16_t main_list, other_list, no_main_list;        /* -1 = not asked */
} dip_grade;

typedef struct {
    int32_t group;
    uint8_t grade;     /* of catalogue.grade */
    int64_t factor_e4; /* of the score */
} dip_factor;

typedef struct {
    str dir, name;
    int64_t parameter_e4[DIP_PARAMETER__COUNT];
    dip_group_row *group; /* core and base ones by diagnosis, then mixed ones */
    int32_t group_count, core_count;
    dip_keys core;             /* key = diagnosis; the index is of `core_first` */
    const int32_t *core_first; /* with one behind the last */
    dip_keys mixed;            /* key = prefix and class; the index is of `mixed_group` */
    const int32_t *mixed_group;
    const dip_range *range;
    int32_t range_count;
    const dip_term *term;
    const int32_t *alternative; /* procedures */
    const uint64_t (*procedure)[CODE_BYTES_MAX / 8];
    const str *procedure_text;
    const uint8_t *procedure_class; /* DIP_CLASS_NONE = the table does not know it */
    const uint32_t *procedure_slot;
    uint32_t procedure_mask;
    int32_t procedure_count;
    uint8_t unlisted; /* class of those; DIP_CONSERVATIVE = they do not count */
    const dip_order *order;
    int32_t order_count;
    str kind[DIP_KINDS_MAX];
    int kind_count;
    const dip_grade *grade; /* by kind */
    int32_t grade_count;
    const dip_prefix *prefix; /* by prefix */
    int32_t prefix_count;
    int32_t prefix_of[257];             /* the first one with that first byte */
    int64_t coefficient_e4[DIP_LEVELS]; /* 0 = none stated: 1 */
    const dip_factor *factor;
    int32_t factor_count;
    int64_t lookup_bytes;
} dip_catalogue;

typedef struct {
    casemix_case facts; /* its sex is not asked for */
    int64_t cost_fen;   /* CASE_UNKNOWN = not given */
    uint8_t level;      /* of the hospital, 1 to 9; 0 = not known */
    bool recurrent;     /* back within the days the catalogue names: the reader may know */
} dip_case;

void dip_case_clear(dip_case *c);

typedef enum {
    DIP_REASON_NONE = 0,
#define REASON(id, name, zh, en) DIP_REASON_##id,
#include "engine/casemix/dip_reason.tbl.h"
    DIP_REASON__COUNT
} dip_reason;

typedef struct {
    casemix_status status;
    uint8_t reason, match, tier, treatment, deviation; /* treatment: of the case */
    int32_t group;                                     /* -1 = none */
    int64_t score_e4;                                  /* of the group */
    int64_t yardstick_fen; /* what the cost was held against; 0 = none */
    int64_t ratio_e4;      /* cost / yardstick */
    int64_t deviated_e4;   /* the score after deviation */
    int32_t factor;        /* of catalogue.factor; -1 = none */
    int64_t factor_e4, coefficient_e4;
    int64_t settled_e4; /* after deviation, factor and coefficient */
} dip_result;

const char *dip_class_name(dip_class c); /* "surgery" */
const char *dip_class_text(dip_class c, bool chinese);
const char *dip_tier_name(dip_tier t);   /* "core" */
const char *dip_match_name(dip_match m); /* "exact" */
const char *dip_deviation_name(dip_deviation d);
const char *dip_reason_name(dip_reason r);
const char *dip_reason_text(dip_reason r, bool chinese);
/* What DIP makes of why a case could not be read; NONE = it does not matter to DIP. */
dip_reason dip_reason_of(casemix_reason wrong);

void dip_group(dip_result *out, const dip_catalogue *c, const dip_case *of);
/* "K35.8:47.0100", or "0000" without a group. */
str dip_group_code(const dip_catalogue *c, const dip_result *r);

/* The grade of the case in each kind, + 1; 0 = none. */
void dip_grades(uint8_t grade[DIP_KINDS_MAX], const dip_catalogue *c, const dip_case *of);
int32_t dip_cci(const dip_catalogue *c, const dip_case *of);

/* ---- the way ---- */

typedef enum {
    DIP_STEP_NONE = 0,
#define STEP(id, name) DIP_STEP_##id,
#include "engine/casemix/dip_step.tbl.h"
    DIP_STEP__COUNT
} dip_step_kind;

typedef struct {
    uint8_t kind;
    int32_t index; /* of a group or grade, or a class, as the kind says */
    int64_t number, number2;
    str code;
} dip_step;

#define DIP_STEPS_MAX 200

typedef struct {
    dip_result result;
    dip_step *step;
    int count;
    bool cut; /* there were more */
} dip_path;

/* The result is that of dip_group.  The path lives in `a`; its codes are the catalogue's, the
 * case's, or in `a`. */
void dip_explain(dip_path *out, const dip_catalogue *c, const dip_case *of, arena *a);
const char *dip_step_name(dip_step_kind kind);
void dip_sentence(
    text_buffer *out, const dip_catalogue *c, const dip_path *p, int step, bool chinese);

/* ---- codes; for service/dip ---- */

/* The first `characters` of a diagnosis; 0 = it is no code.  `text` (may be NULL) gets "K35.8". */
dip_key dip_key_of(str code, int characters, char text[DIP_KEY_TEXT]);
dip_key dip_key_mixed(dip_key diagnosis, int characters, dip_class treatment);
int32_t dip_keys_find(const dip_keys *k, dip_key key); /* -1 = not there */
uint32_t dip_key_hash(dip_key key);
/* A procedure as in the national list; empty when it is no code: more than 24 bytes, or others than
 * letters, digits and points. */
str dip_procedure_tidy(char out[CODE_BYTES_MAX], str code);
/* The index of a procedure, tidied or not; -1 = not known. */
int32_t dip_procedure_find(const dip_catalogue *c, str code);
/* The different procedures of a case that count, as they came, and the class of the case. */
typedef struct {
    int32_t id[DIP_PROCEDURES_MAX];
    int32_t count;
    bool more; /* there are others, which no group asks for */
    dip_class treatment;
} dip_procedure_set;

void dip_procedures(dip_procedure_set *out, const dip_catalogue *c, const casemix_case *of);
/* Half-up product and quotient of numbers that are not negative; saturates. */
int64_t dip_share(int64_t a, int64_t b, int64_t c);

#endif
