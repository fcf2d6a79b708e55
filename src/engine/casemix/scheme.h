/* scheme -- a grouping scheme, compiled: flat arrays that refer to each other by index.
 *
 * In:      filled by service/scheme from a folder of tables; never changed afterwards.
 * Out:     what casemix_group reads; threads share it.
 * May use: base.
 */
#ifndef CASEMIX_SCHEME_H
#define CASEMIX_SCHEME_H
#include "base/base.h"

#define CODE_BYTES_MAX 24 /* of one diagnosis or procedure code */
#define LISTS_MAX      9  /* numbered lists of one ADRG */
#define BLOCK_BITS     64 /* MDCs of a scheme; ADRGs that are tried together */

typedef enum {
    TERM_NONE = 0,
#define TERM(id, name, argument, zh, en) TERM_##id,
#include "engine/casemix/term.tbl.h"
    TERM__COUNT
} casemix_term_kind;

typedef enum {
    COMPARE_NONE = 0,
    COMPARE_LESS,
    COMPARE_AT_MOST,
    COMPARE_EQUAL,
    COMPARE_AT_LEAST,
    COMPARE_MORE
} casemix_compare;

typedef struct {
    uint8_t kind, list, compare;
    bool negated;
    int32_t value;
} casemix_term;

/* All of its terms must hold. */
typedef struct {
    uint32_t first;
    uint32_t count;
} casemix_all_of;

/* One of its alternatives must hold. */
typedef struct {
    uint32_t first; /* of scheme.all_of */
    uint32_t count;
} casemix_rule;

/* Rows that are tried together, each a bit.  A row is a candidate when a code of the case stands in
 * one of its lists, or when it is in `always`: so that few rules are looked at. */
typedef struct {
    int32_t first; /* row with bit 0: an MDC or ADRG */
    uint64_t always, by_main, by_other, by_first, by_any;
    bool needs_other_dx, needs_procedures; /* lists of these are tested */
} casemix_block;

typedef struct {
    str code, name, rule_text;
    casemix_rule rule;
    int32_t block_first, block_count; /* with its ADRGs */
    int32_t adrg_first, adrg_count;
} casemix_mdc;

typedef struct {
    str code, name, kind, rule_text;
    casemix_rule rule;
    int32_t mdc, drg_first, drg_count;
} casemix_adrg;

typedef struct {
    str code, name, condition_text;
    casemix_rule rule;
    int32_t adrg;
} casemix_drg;

/* A code stands in list `list` of those rows of a block. */
typedef struct {
    uint64_t rows;
    uint16_t block;
    uint8_t list;
} casemix_hit;

enum {
    CODE_LISTED = 1,
    CODE_GRAY = 2,
    CODE_VALID = 4,
    CODE_MAPPED_AWAY = 8,
    CODE_FOREIGN = 16 /* of another version: only a map knows it */
};

/* One diagnosis or procedure: a cache line. */
typedef struct {
    alignas(64) uint64_t key[CODE_BYTES_MAX / 8]; /* its bytes, zeros behind */
    uint64_t mdcs;                                /* diagnoses: the MDCs in whose list it stands */
    uint32_t hit_first;                           /* of scheme.hit */
    uint32_t exclusion_first; /* of scheme.exclusion: groups it excludes as main diagnosis */
    uint32_t map_to;          /* code + 1, in this version; 0 = itself */
    uint16_t hit_count, exclusion_count;
    uint16_t mcc, cc; /* exclusion group + 1, 0 = not in that list */
    uint8_t site;     /* body site + 1 */
    uint8_t flags;
} casemix_code;

static_assert(sizeof(casemix_code) == 64, "one code is one cache line");

typedef struct {
    str code, name;
} casemix_text;

/* Codes of one kind behind a hash table: upper 12 bits of a slot are of the hash, below them is
 * code + 1; 0 is free. */
#define SLOT_INDEX_BITS 20
typedef struct {
    const uint32_t *slot;
    const casemix_code *code;
    const casemix_text *text; /* the same index */
    int32_t count;
    int shift; /* 64 - log2 of the number of slots */
} casemix_codes;

#define CASEMIX_LEVELS 10 /* of hospitals, 1 to 9; 0 = not known */

typedef struct {
    int32_t drg;
    uint8_t level; /* of the hospitals it is for; 0 = all of them */
    str region, year, weight, price;
} casemix_weight;

/* What a case of a group counts for at one level; price: yuan, n = 0: none is stated. */
typedef struct {
    str weight, price;
} casemix_worth;

/* all: by group, then level; NULL = there are none. */
static inline const casemix_worth *
casemix_worth_at(const casemix_worth *all, int32_t drg, int level)
{
    return all && drg >= 0 ? &all[(ptrdiff_t)drg * CASEMIX_LEVELS + level] : NULL;
}

typedef struct {
    str dir, name;
    casemix_mdc *mdc; /* in the order in which they are tried; so are the ADRGs and DRGs */
    casemix_adrg *adrg;
    casemix_drg *drg;
    int32_t mdc_count, adrg_count, drg_count, block_count, list_max;
    casemix_block mdc_block; /* the MDCs */
    const casemix_block *block;
    const casemix_all_of *all_of;
    const casemix_term *term;
    const casemix_hit *hit;
    const uint16_t *exclusion;
    const str *site; /* names */
    int32_t site_count;
    casemix_codes dx, procedure;
    casemix_weight *weight; /* by region, year, DRG, level */
    int32_t weight_count;
    int64_t lookup_bytes; /* of what grouping touches, without texts */
} casemix_scheme;

/* A code as its key; false = longer than any code can be. */
bool casemix_key(uint64_t key[CODE_BYTES_MAX / 8], str code);
uint64_t casemix_key_hash(const uint64_t key[CODE_BYTES_MAX / 8]);
/* NULL = not there. */
const casemix_code *casemix_find(const casemix_codes *codes, str code);
str casemix_code_text(const casemix_codes *codes, const casemix_code *code);
str casemix_code_name(const casemix_codes *codes, const casemix_code *code);

/* How a code is written in the national lists: no spaces, letters upper case but for the x in the
 * extension.  `out` has room for CODE_BYTES_MAX; empty when it does not fit. */
str casemix_code_tidy(char out[CODE_BYTES_MAX], str code);

/* What the terms are called. */
const char *casemix_term_name(casemix_term_kind kind);

#endif
