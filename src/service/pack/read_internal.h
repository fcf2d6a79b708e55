/* read_internal -- reading YAML by schema into a compiled policy; private to this module.
 *
 * In:      nodes, and tables that say which keys a mapping may have.
 * Out:     flat arrays; every mistake becomes a pack_problem and reading goes on.
 * May use: base, engine/benefit.
 */
#ifndef PACK_READ_INTERNAL_H
#define PACK_READ_INTERNAL_H
#include "service/pack/pack.h"
#include "service/pack/yaml_internal.h"

/* One growing array per kind of thing in a policy. */
#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        int n, cap;                                                                                \
    }
/* Never NULL, so that an empty array can be pointed into. */
#define VEC_AT(a, T, v) ((v)->at ? (v)->at : arena_new((a), T, 1))
#define VEC_PUSH(a, v, ...)                                                                        \
    do {                                                                                           \
        if ((v)->n == (v)->cap) {                                                                  \
            (v)->cap = (v)->cap ? 2 * (v)->cap : 16;                                               \
            void *more_ = arena_alloc((a), sizeof *(v)->at, alignof(max_align_t), (v)->cap);       \
            if ((v)->n)                                                                            \
                memcpy(more_, (v)->at, (size_t)(v)->n * sizeof *(v)->at);                          \
            (v)->at = more_;                                                                       \
        }                                                                                          \
        (v)->at[(v)->n++] = (__VA_ARGS__);                                                         \
    } while (0)

typedef struct {
    str name;
    uint16_t table;
    const yaml_node *node;
} named_table;

typedef struct {
    arena *a;
    pack *pack;
    const pack_text *kept; /* instead of a folder; NULL = a folder is read */
    int kept_count;
    VEC(pack_problem) problem;
    VEC(pack_word) word, said;
    VEC(benefit_accumulator) accumulator;
    VEC(calendar_exception) calendar;

    /* the policy being read */
    str file;
    benefit_policy *policy;
    VEC(benefit_test) test;
    VEC(word) words;
    VEC(benefit_row) row;
    VEC(benefit_table) table;
    VEC(benefit_form) form;
    VEC(benefit_adjust) adjust;
    VEC(benefit_nth) nth;
    VEC(benefit_step) step;
    VEC(benefit_bands) share_bands;
    VEC(benefit_layer) layer;
    VEC(benefit_stack) stack;
    VEC(benefit_stack_step) stack_step;
    VEC(uint16_t) step_layer;
    VEC(benefit_count) count;
    VEC(benefit_source) source;
    VEC(benefit_limit) limit;
    VEC(benefit_waiting) waiting;
    VEC(benefit_not_covered) not_covered;
    VEC(named_table) named;
    bool lines_allowed;     /* the table being read may test line facts */
    bool enrolment_allowed; /* … enrolment facts, and those only */
    bool saw_line_fact;
} reading;

typedef enum { TABLE_AMOUNT, TABLE_RATE, TABLE_POINTS, TABLE_CLASS, TABLE_SHARE } table_kind;

/* A mapping's schema: the keys it may have. */
typedef struct {
    const char *name;
    bool required;
} key_spec;

/* Finds the keys of a mapping: found[i] is the value of keys[i] or NULL.  Unknown, repeated and
 * missing keys become problems.  False when the node is not a mapping. */
bool map_read(reading *c,
              const yaml_node *node,
              str path,
              const key_spec *keys,
              int count,
              const yaml_node **found);

void problem(
    reading *c, const yaml_node *at, str path, const char *expected, const char *format, ...)
    PRINTF_LIKE(5, 6);
void warning(reading *c, const yaml_node *at, str path, const char *format, ...) PRINTF_LIKE(4, 5);
str path_join(reading *c, str path, str key);
str path_index(reading *c, str path, ptrdiff_t index);

bool is_scalar(reading *c, const yaml_node *node, str path, const char *expected);
bool is_list(reading *c, const yaml_node *node, str path, const char *expected);
str scalar_text(reading *c, const yaml_node *node, str path, const char *expected);
bool amount_read(reading *c, const yaml_node *node, str path, int64_t *fen);
bool percent_read(reading *c, const yaml_node *node, str path, int64_t *e8);
bool points_read(reading *c, const yaml_node *node, str path, int64_t *e8);
bool count_read(reading *c, const yaml_node *node, str path, int64_t max, int64_t *out);
bool date_read(reading *c, const yaml_node *node, str path, day *out);
bool flag_read(reading *c, const yaml_node *node, str path, bool *out);
/* One of the names (NULL-terminated list); -1 and a problem when it is none. */
int choice_read(reading *c, const yaml_node *node, str path, const char *const *names);
bool word_read(reading *c, fact_id fact, const yaml_node *node, str path, word *out);
void names_read(reading *c, const yaml_node *node, str path, str *zh, str *en);
uint16_t basis_read(reading *c, const yaml_node *node, str path);
uint16_t accumulator_read(reading *c, const yaml_node *node, str path, int unit);
fact_id fact_find(str name);

/* `sources` into c->source, whose first is none; policy_read.c */
void sources_read(reading *c, const yaml_node *node);

/* pack.c: bytes and tree of a file, the *.yaml files of a folder (FILES_MAX of them); false, or
 * none, with a problem. */
#define FILES_MAX 512
bool file_bytes(reading *c, str path, str *bytes);
bool file_tree(reading *c, str path, yaml_node *root);
bool text_tree(reading *c, str bytes, yaml_node *root);
int folder_list(reading *c, str dir, str *file);
str dir_plain(str dir, arena *a); /* without a slash at its end */

/* tables_read.c */
benefit_when when_read(reading *c, const yaml_node *node, str path);
uint16_t table_read(reading *c, const yaml_node *node, str path, table_kind kind);
void adjust_read(reading *c, const yaml_node *node, str path, table_kind kind, benefit_amount *out);
void named_tables_read(reading *c, const yaml_node *node);
void bands_read(reading *c, const yaml_node *node, str path, benefit_bands *bands);

/* cross_read.c */
void cross_area_read(reading *c, const yaml_node *node);

/* policy_read.c, layer_read.c */
void policy_read(reading *c, const yaml_node *root, benefit_policy *policy);
void layers_read(reading *c, const yaml_node *node);
void accumulators_read(reading *c, const yaml_node *root);

#endif
