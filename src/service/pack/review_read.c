/* A pack of review rules: its manifest, its versions, what each kind of rule has to say. */
#include "service/pack/review.h"

#include "base/money.h"
#include "service/pack/read_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define DAYS_MAX  3660
#define AGE_MAX   100000
#define CODE_MAX  (REVIEW_LENGTHS_MAX - 1)
#define RULES_MAX 20000

typedef struct {
    str name;
    const yaml_node *node;
    bool used;
} code_group;

typedef struct {
    reading *c;
    VEC(str) area;
    VEC(review_rules) version;
    VEC(pack_text) file;
    VEC(int) line; /* where each version begins in its file */

    /* the version being read */
    VEC(review_rule) rule;
    VEC(review_watch) watch;
    VEC(str) word;
    VEC(code_group) group;
} rules_reading;

enum {
    K_ID,
    K_KIND,
    K_NAME,
    K_SAY,
    K_HANDLING,
    K_BASIS,
    K_STAGES,
    K_SETTINGS,
    K_FROM,
    K_UNTIL,
    K_ITEMS,
    K_OTHERS,
    K_ONLY,
    K_AGE,
    K_DIAGNOSES,
    K_LEVELS,
    K_DAYS,
    K_MAX,
    K_PER_DAY,
    K_SAME_DIAGNOSIS,
    K_NOTE,
    K_KEYS
};

static const key_spec rule_keys[K_KEYS] = {
    [K_ID] = {"id", true},
    [K_KIND] = {"kind", true},
    [K_NAME] = {"name", true},
    [K_SAY] = {"say", true},
    [K_HANDLING] = {"handling", true},
    [K_BASIS] = {"basis", true},
    [K_STAGES] = {"stages", false},
    [K_SETTINGS] = {"settings", false},
    [K_FROM] = {"from", false},
    [K_UNTIL] = {"until", false},
    [K_ITEMS] = {"items", false},
    [K_OTHERS] = {"others", false},
    [K_ONLY] = {"only", false},
    [K_AGE] = {"age", false},
    [K_DIAGNOSES] = {"diagnoses", false},
    [K_LEVELS] = {"levels", false},
    [K_DAYS] = {"days", false},
    [K_MAX] = {"max", false},
    [K_PER_DAY] = {"per_day", false},
    [K_SAME_DIAGNOSIS] = {"same_diagnosis", false},
    [K_NOTE] = {"note", false},
};

#define NEED(key) (1u << (key))
/* Which of the keys from ITEMS to SAME_DIAGNOSIS a kind has to have, and which it may have. */
static const struct {
    unsigned needs, may;
} of_kind[REVIEW__COUNT] = {
    [REVIEW_SEX] = {NEED(K_ITEMS) | NEED(K_ONLY), 0},
    [REVIEW_AGE] = {NEED(K_ITEMS) | NEED(K_AGE), 0},
    [REVIEW_DIAGNOSIS] = {NEED(K_ITEMS) | NEED(K_DIAGNOSES), 0},
    [REVIEW_CONTRAINDICATION] = {NEED(K_ITEMS) | NEED(K_DIAGNOSES), 0},
    [REVIEW_LEVEL] = {NEED(K_ITEMS) | NEED(K_LEVELS), 0},
    [REVIEW_SETTING] = {NEED(K_ITEMS) | NEED(K_ONLY), 0},
    [REVIEW_STOPPED] = {NEED(K_ITEMS), 0},
    [REVIEW_PRICE] = {NEED(K_ITEMS) | NEED(K_MAX), 0},
    [REVIEW_QUANTITY] = {NEED(K_ITEMS) | NEED(K_DAYS) | NEED(K_MAX), 0},
    [REVIEW_SUPPLY] = {NEED(K_ITEMS) | NEED(K_PER_DAY) | NEED(K_MAX), 0},
    [REVIEW_REPEAT] = {NEED(K_ITEMS) | NEED(K_DAYS), 0},
    [REVIEW_EXCLUSIVE] = {NEED(K_ITEMS) | NEED(K_DAYS), NEED(K_OTHERS)},
    [REVIEW_DIAGNOSIS_SEX] = {NEED(K_DIAGNOSES) | NEED(K_ONLY), 0},
    [REVIEW_OVERLAP] = {0, 0},
    [REVIEW_READMISSION] = {NEED(K_DAYS), NEED(K_SAME_DIAGNOSIS)},
};

/* ---- lists of words ---- */

static unsigned
flags_read(reading *c, const yaml_node *node, str path, const char *const *names, unsigned all)
{
    unsigned flags = 0;
    if (!node)
        return all;
    if (!is_list(c, node, path, "a list"))
        return all;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        int at = choice_read(c, &node->item[i], path_index(c, path, i), names);
        if (at >= 0)
            flags |= 1u << at;
    }
    if (node->count == 0)
        problem(c, node, path, "at least one", "the list is empty");
    return flags;
}

static code_group *group_find(rules_reading *r, str name)
{
    for (int i = 0; i < r->group.n; i++)
        if (str_eq(r->group.at[i].name, name))
            return &r->group.at[i];
    return NULL;
}

typedef void code_take(rules_reading *r, const yaml_node *node, str path, void *arg);

/* Each code of a list; `group NAME` stands for those of a group. */
static void
codes_walk(rules_reading *r, const yaml_node *node, str path, bool deep, code_take *take, void *arg)
{
    reading *c = r->c;
    static const str group = {"group ", 6};
    if (!is_list(c, node, path, "a list of codes, or of `group NAME`"))
        return;
    if (node->count == 0)
        problem(c, node, path, "at least one code", "the list is empty");
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *one = &node->item[i];
        str at = path_index(c, path, i), s = scalar_text(c, one, at, "a code");
        if (s.n <= group.n || !str_eq((str){s.p, group.n}, group)) {
            if (s.n)
                take(r, one, at, arg);
            continue;
        }
        str name = {s.p + group.n, s.n - group.n};
        code_group *g = group_find(r, name);
        if (!g || deep) {
            problem(c, one, at, deep ? "codes" : "a name under `groups`",
                    deep ? "a group cannot hold the group `%.*s`" : "there is no group `%.*s`",
                    STR_ARG(name));
            continue;
        }
        g->used = true;
        codes_walk(r, g->node, path_join(c, S("groups"), name), true, take, arg);
    }
}

typedef struct {
    int32_t rule;
    uint8_t side;
} watch_of;

static void watch_take(rules_reading *r, const yaml_node *node, str path, void *arg)
{
    const watch_of *of = arg;
    reading *c = r->c;
    str code = node->text;
    bool prefix = code.p[code.n - 1] == '*';
    code.n -= prefix;
    if (code.n > CODE_MAX || memchr(code.p, '*', (size_t)code.n) ||
        memchr(code.p, ' ', (size_t)code.n)) {
        problem(c, node, path, "a code such as XA10BAE046A001, a beginning such as XA10BA*, or *",
                "`%.*s` is neither a code nor the beginning of codes", STR_ARG(node->text));
        return;
    }
    for (int i = r->watch.n - 1; i >= 0 && r->watch.at[i].rule == of->rule; i--)
        if (r->watch.at[i].side == of->side && r->watch.at[i].prefix == prefix &&
            str_eq(r->watch.at[i].code, code)) {
            warning(c, node, path, "`%.*s` stands twice", STR_ARG(node->text));
            return;
        }
    VEC_PUSH(c->a, &r->watch, (review_watch){code, prefix, of->side, of->rule});
}

static void word_take(rules_reading *r, const yaml_node *node, str path, void *arg)
{
    (void)arg;
    if (memchr(node->text.p, '*', (size_t)node->text.n) || node->text.n > CODE_MAX)
        problem(r->c, node, path, "the beginning of codes, such as I10",
                "`%.*s` cannot be the beginning of a code", STR_ARG(node->text));
    else
        VEC_PUSH(r->c->a, &r->word, node->text);
}

static review_words words_read(rules_reading *r, const yaml_node *node, str path)
{
    review_words out = {.from = r->word.n};
    codes_walk(r, node, path, false, word_take, NULL);
    out.count = r->word.n - out.from;
    return out;
}

/* ---- one rule ---- */

static void amount_e4_read(reading *c, const yaml_node *node, str path, int64_t *out)
{
    const char *expected = "a number above 0 with up to four decimals";
    *out = 1;
    if (!is_scalar(c, node, path, expected))
        return;
    if (!decimal_parse(out, node->text, 4, REVIEW_E4_MAX) || *out == 0) {
        *out = 1;
        problem(c, node, path, expected, "`%.*s` is not such a number", STR_ARG(node->text));
    }
}

static void max_read(reading *c, const yaml_node *node, str path, review_rule *rule)
{
    if (rule->kind == REVIEW_PRICE && node->kind == NODE_SCALAR &&
        str_eq(node->text, S("catalogue"))) {
        rule->max_e4 = REVIEW_NO_LIMIT;
        return;
    }
    amount_e4_read(c, node, path, &rule->max_e4);
    if (rule->kind == REVIEW_SUPPLY && rule->max_e4 > DAYS_MAX * INT64_C(10000))
        problem(c, node, path, "days", "more than %d days", DAYS_MAX);
}

static void age_read(reading *c, const yaml_node *node, str path, review_rule *rule)
{
    enum { MIN, MOST, UNIT, COUNT };
    static const key_spec keys[COUNT] = {{"min", false}, {"max", false}, {"in", false}};
    static const char *const units[] = {"years", "days", NULL};
    const yaml_node *found[COUNT];
    int64_t n = 0;
    rule->age_min = 0;
    rule->age_max = INT32_MAX;
    if (!map_read(c, node, path, keys, COUNT, found))
        return;
    if (found[MIN] && count_read(c, found[MIN], path_join(c, path, S("min")), AGE_MAX, &n))
        rule->age_min = (int32_t)n;
    if (found[MOST] && count_read(c, found[MOST], path_join(c, path, S("max")), AGE_MAX, &n))
        rule->age_max = (int32_t)n;
    if (found[UNIT])
        rule->age_in_days = choice_read(c, found[UNIT], path_join(c, path, S("in")), units) == 1;
    if (!found[MIN] && !found[MOST])
        problem(c, node, path, "min, max or both", "the age has no bound");
    if (rule->age_min > rule->age_max)
        problem(c, node, path, "min not above max", "nobody is of this age");
}

static void only_read(reading *c, const yaml_node *node, str path, review_rule *rule)
{
    static const char *const sexes[] = {"male", "female", NULL};
    static const char *const settings[] = {"outpatient", "inpatient", "pharmacy", NULL};
    if (rule->kind == REVIEW_SETTING) {
        rule->only = (uint8_t)flags_read(c, node, path, settings, 0);
        if (rule->only == REVIEW_SETTINGS_ALL)
            problem(c, node, path, "not all of them", "the rule never finds anything");
        return;
    }
    int at = choice_read(c, node, path, sexes);
    rule->sex = at < 0 ? REVIEW_MALE : (uint8_t)(REVIEW_MALE + at);
}

/* Keys that mean something to this kind only. */
static void params_read(rules_reading *r, const yaml_node **found, str path, review_rule *rule)
{
    reading *c = r->c;
    int64_t days = 0;
    watch_of of = {.rule = r->rule.n};
    if (found[K_ITEMS])
        codes_walk(r, found[K_ITEMS], path_join(c, path, S("items")), false, watch_take, &of);
    of.side = 1;
    rule->two_sides = found[K_OTHERS] != NULL;
    if (found[K_OTHERS])
        codes_walk(r, found[K_OTHERS], path_join(c, path, S("others")), false, watch_take, &of);
    if (found[K_ONLY])
        only_read(c, found[K_ONLY], path_join(c, path, S("only")), rule);
    if (found[K_AGE])
        age_read(c, found[K_AGE], path_join(c, path, S("age")), rule);
    if (found[K_DIAGNOSES])
        rule->diagnosis = words_read(r, found[K_DIAGNOSES], path_join(c, path, S("diagnoses")));
    if (found[K_LEVELS])
        rule->level = words_read(r, found[K_LEVELS], path_join(c, path, S("levels")));
    if (found[K_DAYS] &&
        count_read(c, found[K_DAYS], path_join(c, path, S("days")), DAYS_MAX, &days))
        rule->days = (int32_t)days;
    if (rule->kind == REVIEW_QUANTITY && found[K_DAYS] && days == 0)
        problem(c, found[K_DAYS], path_join(c, path, S("days")), "1 for a day",
                "a quantity is counted over at least one day");
    if (found[K_MAX])
        max_read(c, found[K_MAX], path_join(c, path, S("max")), rule);
    if (found[K_PER_DAY])
        amount_e4_read(c, found[K_PER_DAY], path_join(c, path, S("per_day")), &rule->per_day_e4);
    if (found[K_SAME_DIAGNOSIS])
        (void)flag_read(c, found[K_SAME_DIAGNOSIS], path_join(c, path, S("same_diagnosis")),
                        &rule->same_diagnosis);
}

static void
keys_check(reading *c, const yaml_node *node, const yaml_node **found, str path, review_kind kind)
{
    for (int k = K_ITEMS; k <= K_SAME_DIAGNOSIS; k++) {
        bool needs = of_kind[kind].needs >> k & 1, may = of_kind[kind].may >> k & 1;
        str at = path_join(c, path, str_of(rule_keys[k].name));
        if (needs && !found[k])
            problem(c, node, at, rule_keys[k].name, "a rule of kind `%s` needs `%s`",
                    review_kind_name(kind), rule_keys[k].name);
        if (found[k] && !needs && !may)
            problem(c, found[k], at, NULL, "a rule of kind `%s` does not look at `%s`",
                    review_kind_name(kind), rule_keys[k].name);
    }
}

static void dates_read(
    reading *c, const yaml_node *from, const yaml_node *until, str path, day *first, day *last)
{
    *first = *last = (day){DAY_NONE};
    if (from)
        (void)date_read(c, from, path_join(c, path, S("from")), first);
    if (until)
        (void)date_read(c, until, path_join(c, path, S("until")), last);
    if (first->number != DAY_NONE && last->number != DAY_NONE && last->number < first->number)
        problem(c, until, path_join(c, path, S("until")), "a day not before `from`",
                "it ends before it begins");
}

static void words_of_rule(reading *c, const yaml_node **found, str path, review_rule *rule)
{
    if (found[K_NAME])
        names_read(c, found[K_NAME], path_join(c, path, S("name")), &rule->zh, &rule->en);
    if (found[K_SAY])
        names_read(c, found[K_SAY], path_join(c, path, S("say")), &rule->say_zh, &rule->say_en);
    if (found[K_BASIS]) {
        const benefit_source *s =
            &c->source.at[basis_read(c, found[K_BASIS], path_join(c, path, S("basis")))];
        rule->source = s->note.n
                           ? arena_printf(c->a, "%.*s %.*s", STR_ARG(s->title), STR_ARG(s->note))
                           : s->title;
        rule->grade = s->grade;
    }
}

static void id_check(rules_reading *r, const yaml_node *node, str path, str id)
{
    for (ptrdiff_t i = 0; i < id.n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._", id.p[i])) {
            problem(r->c, node, path, "letters, digits, `-`, `.` and `_`",
                    "`%.*s` is no id of a rule", STR_ARG(id));
            return;
        }
    if (id.n > 50)
        problem(r->c, node, path, "at most 50 characters", "the id is too long");
    for (int i = 0; i < r->rule.n; i++)
        if (str_eq(r->rule.at[i].id, id))
            problem(r->c, node, path, "each id once", "`%.*s` already stands in line %d",
                    STR_ARG(id), (int)r->rule.at[i].line);
}

static void rule_read(rules_reading *r, const yaml_node *node, str path)
{
    static const char *const kinds[] = {
#define KIND(NAME, name, about, zh, en) name,
#include "engine/review/kind.tbl.h"
        NULL};
    static const char *const handlings[] = {"remind", "warn", "refuse", NULL};
    static const char *const stages[] = {"before", "during", NULL};
    static const char *const settings[] = {"outpatient", "inpatient", "pharmacy", NULL};
    reading *c = r->c;
    const yaml_node *found[K_KEYS];
    review_rule rule = {.line = node->line};
    if (!map_read(c, node, path, rule_keys, K_KEYS, found))
        return;
    if (found[K_ID]) {
        rule.id = scalar_text(c, found[K_ID], path_join(c, path, S("id")), "an id");
        id_check(r, found[K_ID], path_join(c, path, S("id")), rule.id);
    }
    int kind =
        found[K_KIND] ? choice_read(c, found[K_KIND], path_join(c, path, S("kind")), kinds) : -1;
    int handling = found[K_HANDLING] ? choice_read(c, found[K_HANDLING],
                                                   path_join(c, path, S("handling")), handlings)
                                     : -1;
    if (kind < 0)
        return;
    rule.kind = (uint8_t)(kind + 1);
    rule.handling = (uint8_t)(handling + 1);
    rule.stages = (uint8_t)flags_read(c, found[K_STAGES], path_join(c, path, S("stages")), stages,
                                      REVIEW_BEFORE | REVIEW_DURING);
    rule.settings = (uint8_t)flags_read(c, found[K_SETTINGS], path_join(c, path, S("settings")),
                                        settings, REVIEW_SETTINGS_ALL);
    words_of_rule(c, found, path, &rule);
    dates_read(c, found[K_FROM], found[K_UNTIL], path, &rule.from, &rule.until);
    keys_check(c, node, found, path, (review_kind)rule.kind);
    params_read(r, found, path, &rule);
    VEC_PUSH(c->a, &r->rule, rule);
}

/* ---- one version ---- */

static void groups_read(rules_reading *r, const yaml_node *node)
{
    if (node->kind != NODE_MAP) {
        problem(r->c, node, S("groups"), "{NAME: [codes]}", "not a mapping");
        return;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        str name = node->key[i].text;
        if (node->key[i].kind != NODE_SCALAR || name.n == 0 || group_find(r, name))
            problem(r->c, &node->key[i], S("groups"), "each name once", "not a new name");
        else
            VEC_PUSH(r->c->a, &r->group, (code_group){name, &node->item[i], false});
    }
}

static void groups_check(rules_reading *r)
{
    for (int i = 0; i < r->group.n; i++)
        if (!r->group.at[i].used)
            warning(r->c, r->group.at[i].node, path_join(r->c, S("groups"), r->group.at[i].name),
                    "no rule uses this group");
}

static void version_close(rules_reading *r, review_rules *v)
{
    arena *a = r->c->a;
    v->rule = VEC_AT(a, review_rule, &r->rule);
    v->rule_count = r->rule.n;
    v->word = VEC_AT(a, str, &r->word);
    v->word_count = r->word.n;
    for (int i = 0; i < r->rule.n; i++) {
        const review_rule *one = &r->rule.at[i];
        bool visit = review_kind_of_visit((review_kind)one->kind);
        int64_t back = one->kind == REVIEW_SUPPLY ? one->max_e4 / 10000 + 1 : one->days;
        v->wants_stays |= one->kind == REVIEW_OVERLAP || one->kind == REVIEW_READMISSION;
        if (!visit)
            v->days_max = (int32_t)min_i64(DAYS_MAX, max_i64(v->days_max, back));
    }
    review_index(v, VEC_AT(a, review_watch, &r->watch), r->watch.n, a);
}

static void version_read(rules_reading *r, const yaml_node *root)
{
    enum { V_FROM, V_UNTIL, V_SOURCES, V_GROUPS, V_RULES, V_NOTE, V_KEYS };
    static const key_spec keys[V_KEYS] = {{"from", true},    {"until", false}, {"sources", true},
                                          {"groups", false}, {"rules", true},  {"note", false}};
    const yaml_node *found[V_KEYS];
    reading *c = r->c;
    review_rules v = {0};
    memset(&r->rule, 0, sizeof r->rule);
    memset(&r->watch, 0, sizeof r->watch);
    memset(&r->word, 0, sizeof r->word);
    memset(&r->group, 0, sizeof r->group);
    memset(&c->source, 0, sizeof c->source);
    if (!map_read(c, root, S(""), keys, V_KEYS, found))
        return;
    dates_read(c, found[V_FROM], found[V_UNTIL], S(""), &v.from, &v.until);
    sources_read(c, found[V_SOURCES]);
    if (found[V_GROUPS])
        groups_read(r, found[V_GROUPS]);
    if (found[V_RULES] && is_list(c, found[V_RULES], S("rules"), "a list of rules")) {
        if (found[V_RULES]->count > RULES_MAX)
            problem(c, found[V_RULES], S("rules"), NULL, "more than %d rules", RULES_MAX);
        for (ptrdiff_t i = 0; i < found[V_RULES]->count && i < RULES_MAX; i++)
            rule_read(r, &found[V_RULES]->item[i], path_index(c, S("rules"), i));
    }
    groups_check(r);
    version_close(r, &v);
    VEC_PUSH(c->a, &r->version, v);
    VEC_PUSH(c->a, &r->line, found[V_FROM] ? found[V_FROM]->line : 1);
}

/* ---- the pack ---- */

static void areas_read(rules_reading *r, const yaml_node *node)
{
    reading *c = r->c;
    if (!is_list(c, node, S("areas"), "a list of area codes or their beginnings"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        str at = path_index(c, S("areas"), i);
        str area = scalar_text(c, &node->item[i], at, "an area code or its beginning");
        bool digits = area.n > 0 && area.n <= 6;
        for (ptrdiff_t k = 0; k < area.n; k++)
            digits &= area.p[k] >= '0' && area.p[k] <= '9';
        if (digits)
            VEC_PUSH(c->a, &r->area, area);
        else if (area.n)
            problem(c, &node->item[i], at, "1 to 6 digits, such as 3509", "`%.*s` is no area",
                    STR_ARG(area));
    }
}

static void manifest_read(rules_reading *r, review_pack *p, const yaml_node *root)
{
    enum { M_REVIEW, M_NAME, M_AREAS, M_NOTE, M_KEYS };
    static const key_spec keys[M_KEYS] = {
        {"review", true}, {"name", true}, {"areas", true}, {"note", false}};
    const yaml_node *found[M_KEYS];
    if (!map_read(r->c, root, S(""), keys, M_KEYS, found))
        return;
    if (found[M_REVIEW])
        p->id = scalar_text(r->c, found[M_REVIEW], S("review"), "the id of the pack");
    if (found[M_NAME])
        names_read(r->c, found[M_NAME], S("name"), &p->zh, &p->en);
    if (found[M_AREAS])
        areas_read(r, found[M_AREAS]);
}

static bool tree_of(rules_reading *r, str path, yaml_node *root)
{
    str bytes;
    r->c->file = path;
    if (!file_bytes(r->c, path, &bytes))
        return false;
    VEC_PUSH(r->c->a, &r->file, (pack_text){path, bytes});
    return text_tree(r->c, bytes, root);
}

static int version_order(const void *left, const void *right)
{
    const review_rules *x = left, *y = right;
    return (x->from.number > y->from.number) - (x->from.number < y->from.number);
}

static void versions_check(rules_reading *r)
{
    for (int i = 0; i < r->version.n; i++)
        for (int k = 0; k < i; k++) {
            const review_rules *x = &r->version.at[i], *y = &r->version.at[k];
            bool apart = (x->until.number != DAY_NONE && x->until.number < y->from.number) ||
                         (y->until.number != DAY_NONE && y->until.number < x->from.number);
            yaml_node at = {.line = r->line.at[i], .column = 1};
            r->c->file = r->file.at[i + 1].path;
            if (!apart)
                problem(r->c, &at, S("from"), "versions that do not overlap",
                        "%.*s is in force on the same days", STR_ARG(r->file.at[k + 1].path));
        }
}

static void all_read(reading *c, review_pack *out)
{
    rules_reading r = {.c = c};
    str *file = arena_new(c->a, str, FILES_MAX);
    yaml_node root;
    if (tree_of(&r, arena_printf(c->a, "%.*s/review.yaml", STR_ARG(out->dir)), &root))
        manifest_read(&r, out, &root);
    int count = folder_list(c, arena_printf(c->a, "%.*s/rules", STR_ARG(out->dir)), file);
    if (count == 0 && c->pack->error_count == 0)
        problem(c, NULL, S("rules"), "a folder `rules` with *.yaml", "there are no rules");
    for (int i = 0; i < count; i++)
        if (tree_of(&r, file[i], &root))
            version_read(&r, &root);
    if (c->pack->error_count == 0)
        versions_check(&r);
    out->area = VEC_AT(c->a, str, &r.area);
    out->area_count = r.area.n;
    out->version = VEC_AT(c->a, review_rules, &r.version);
    out->version_count = r.version.n;
    for (int i = 0; i < r.version.n; i++) {
        out->version[i].id = out->id;
        out->version[i].zh = out->zh;
        out->version[i].en = out->en;
    }
    if (r.version.n > 1)
        qsort(out->version, (size_t)r.version.n, sizeof *out->version, version_order);
    out->file = VEC_AT(c->a, pack_text, &r.file);
    out->file_count = r.file.n;
    out->problem = VEC_AT(c->a, pack_problem, &c->problem);
    out->problem_count = c->problem.n;
    out->error_count = c->pack->error_count;
}

static reading *reading_of(review_pack *out, str dir, arena *a)
{
    reading *c = arena_new(a, reading, 1);
    *out = (review_pack){.dir = dir_plain(dir, a)};
    c->a = a;
    c->pack = arena_new(a, pack, 1); /* counts the errors */
    return c;
}

bool review_pack_load(review_pack *out, str dir, arena *a, err *e)
{
    reading *c = reading_of(out, dir, a);
    DIR *d = opendir(out->dir.p);
    if (!d)
        return FAIL(e, ERR_IO, "cannot open the folder %.*s: %s", STR_ARG(out->dir),
                    strerror(errno));
    closedir(d);
    all_read(c, out);
    return true;
}

void review_pack_texts(review_pack *out, str dir, const pack_text *text, int count, arena *a)
{
    reading *c = reading_of(out, dir, a);
    c->kept = text;
    c->kept_count = count;
    all_read(c, out);
}

const review_rules *review_pack_on(const review_pack *p, day on)
{
    for (int i = 0; i < p->version_count; i++) {
        const review_rules *v = &p->version[i];
        if (v->from.number <= on.number &&
            (v->until.number == DAY_NONE || on.number <= v->until.number))
            return v;
    }
    return NULL;
}
