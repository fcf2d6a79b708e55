/* pack -- folders of policy data: read, checked, compiled, explained, compared.
 *
 * In:      a folder as docs/pack-format.md describes.
 * Out:     compiled policies that benefit_settle can use, the words of the area, its calendars; or
 *          a list of what is wrong, each with file, line and what was expected.
 * May use: base, engine/benefit, libyaml, files.
 */
#ifndef PACK_PACK_H
#define PACK_PACK_H
#include "base/base.h"
#include "base/day.h"
#include "engine/benefit/benefit.h"

typedef struct {
    bool warning; /* worth a look, but the pack can be used */
    str file;
    int line, column;
    str path; /* "layers.pool.rate" */
    str message;
    str expected; /* may be empty */
} pack_problem;

typedef struct {
    uint8_t fact; /* FACT_NONE: a payer */
    str text, zh, en, file;
    word hash;
    uint8_t field;   /* payers: pay_field */
    bool recognised; /* visit kinds: the disease has to be recognised for the person */
    bool stay;       /* visit kinds: it begins with an admission */
    int line;
} pack_word;

/* When people of this area are settled at once in another one: docs/cross-area.md. */
typedef struct {
    const str *kind, *scheme, *filing, *area; /* any of each; none = whatever */
    int kind_count, scheme_count, filing_count, area_count;
    bool emergency;  /* only when the provider says so */
    day from, until; /* DAY_NONE = open */
    str route, basis;
} pack_cross_rule;

typedef struct {
    str there, here; /* a level of a provider in another area, and the word of this one for it */
} pack_level;

/* What may be put on file for a person, and whether the agency has to agree first. */
typedef enum {
    FILING_TRANSFER = 0, /* to be treated elsewhere */
    FILING_DISEASE,      /* a chronic disease recognised */
    FILING_CHOSEN,       /* the institution the person chose */
    FILING_ACCIDENT,
    FILING_ATTRIBUTE, /* something special about a stay */
    FILING__COUNT
} filing_kind;
extern const char *const filing_kind_names[FILING__COUNT];

typedef struct {
    str dir, id, area, zh, en;
    bool filing_waits[FILING__COUNT]; /* for a decision of the agency */
    void *memory;                     /* what everything lives in, for whoever loaded the pack */
    benefit_policy *policy;           /* sorted by id, then from */
    int policy_count;
    pack_word *word; /* the entries of all dictionaries */
    int word_count;
    const pack_word *said; /* every word a policy tests, sorted by hash: text for people */
    int said_count;
    const int32_t *word_slot; /* hash table over (fact, text): index + 1 */
    int32_t word_slot_mask;
    bool fact_closed[FACT__COUNT];
    const benefit_accumulator *accumulator; /* [0] unused */
    int accumulator_count, dense_count;
    bool has_by;        /* some accumulator is kept by sub-keys */
    bool has_household; /* some accumulator belongs to households */
    calendar calendar;
    const pack_cross_rule *cross;
    int cross_count;
    const pack_level *cross_level;
    int cross_level_count;
    struct pack_document { /* the policy files as read, for pack_diff */
        str file;
        const struct yaml_node *root;
    } * document;
    int document_count;
    pack_problem *problem;
    int problem_count, error_count;
} pack;

#define PACK_ARENA_BYTES ((ptrdiff_t)128 << 20)

/* Reads and compiles the folder.  False only for trouble (folder unreadable, memory); mistakes in
 * the pack are in pack->problem, and with error_count > 0 its policies must not be used. 
 * Everything lives in `a`. */
bool pack_load(pack *out, str dir, arena *a, err *e) MUST_USE;

/* The same of files that were kept: their paths are relative to the folder that `dir` is in. */
typedef struct {
    str path, text;
} pack_text;
bool pack_load_texts(
    pack *out, str dir, const pack_text *text, int count, arena *a, err *e) MUST_USE;

/* The policy of a scheme in force on a day; NULL = none. */
const benefit_policy *pack_policy_on(const pack *p, word scheme, day on);

/* A word of a fact that has a dictionary; NULL = not in it. */
const pack_word *pack_word_find(const pack *p, fact_id fact, str s);
/* The text of a word that a policy of this pack tests. */
str pack_word_text(const pack *p, word hash);
/* The words of a closed fact, for "expected one of …". */
void pack_words_list(text_buffer *out, const pack *p, fact_id fact);
uint16_t pack_accumulator_find(const pack *p, str name); /* 0 = none */

/* The rule for one of this area's people treated in another; NULL = it is not settled there. */
typedef struct {
    str scheme, kind; /* kind "" = not known yet: any but a stay may be meant */
    str area;         /* where the provider is */
    const str *filing;
    int filing_count;
    bool emergency;
    day on;
} pack_cross_ask;
const pack_cross_rule *pack_cross_find(const pack *p, const pack_cross_ask *ask);
str pack_cross_level(const pack *p, str level);

/* The policies as a person would read them; `only` = id of one policy, or empty. */
void pack_explain(text_buffer *out, const pack *p, str only, lang l);
/* One version of a policy; `p` holds it. */
void pack_explain_policy(text_buffer *out, const pack *p, const benefit_policy *policy, lang l);

/* One of its layers. */
void pack_explain_layer(
    text_buffer *out, const pack *p, const benefit_policy *policy, int layer, lang l);

/* What differs between two versions, as the files say it; "" = is not there. */
typedef struct {
    str path, before, after;
    int before_line, after_line;
} pack_difference;
int pack_compare(pack_difference *out,
                 int max,
                 const pack *p,
                 const benefit_policy *before,
                 const benefit_policy *after,
                 arena *a);

/* What differs between two packs, policy by policy, one line each: path, old value, new value.
 * Returns how many. */
int pack_diff(text_buffer *out, const pack *before, const pack *after, arena *a);
void pack_problem_print(text_buffer *out, const pack_problem *problem);

#endif
