/* Scalars, words and mappings: the bottom of the schema. */
#include "service/pack/read_internal.h"

#include <stdio.h>

static void problem_add(
    reading *c, const yaml_node *at, str path, bool is_warning, const char *expected, str message)
{
    VEC_PUSH(c->a, &c->problem,
             (pack_problem){
                 .warning = is_warning,
                 .file = c->file,
                 .line = at ? at->line : 0,
                 .column = at ? at->column : 0,
                 .path = path,
                 .message = message,
                 .expected = expected ? arena_str(c->a, str_of(expected)) : (str){0},
             });
    c->pack->error_count += !is_warning;
}

void problem(
    reading *c, const yaml_node *at, str path, const char *expected, const char *format, ...)
{
    char buffer[400];
    va_list args;
    va_start(args, format);
    vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    problem_add(c, at, path, false, expected, arena_str(c->a, str_of(buffer)));
}

void warning(reading *c, const yaml_node *at, str path, const char *format, ...)
{
    char buffer[400];
    va_list args;
    va_start(args, format);
    vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    problem_add(c, at, path, true, NULL, arena_str(c->a, str_of(buffer)));
}

str path_join(reading *c, str path, str key)
{
    return path.n ? arena_printf(c->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(key)) : key;
}

str path_index(reading *c, str path, ptrdiff_t index)
{
    return arena_printf(c->a, "%.*s[%td]", STR_ARG(path), index + 1);
}

/* How many letters must change, to guess what a misspelt word was meant to be. */
static int edit_distance(str a, str b)
{
    int row[40] = {0};
    if (a.n >= 40 || b.n >= 40)
        return 40;
    for (int j = 0; j <= b.n; j++)
        row[j] = j;
    for (int i = 1; i <= a.n; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= b.n; j++) {
            int change = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            int best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = best < change ? best : change;
        }
    }
    return row[b.n];
}

static void unknown_key(reading *c, const yaml_node *key, str path, const key_spec *keys, int count)
{
    char buffer[400];
    text_buffer list = {buffer, 0, sizeof buffer - 1, false};
    int best = 0;
    for (int i = 0; i < count; i++) {
        text_printf(&list, "%s%s", i ? ", " : "", keys[i].name);
        if (edit_distance(key->text, str_of(keys[i].name)) <
            edit_distance(key->text, str_of(keys[best].name)))
            best = i;
    }
    buffer[list.n] = 0;
    bool close = edit_distance(key->text, str_of(keys[best].name)) <= 2;
    problem(c, key, path_join(c, path, key->text), buffer, "unknown key `%.*s`%s%s%s",
            STR_ARG(key->text), close ? "; did you mean `" : "", close ? keys[best].name : "",
            close ? "`?" : "");
}

bool map_read(reading *c,
              const yaml_node *node,
              str path,
              const key_spec *keys,
              int count,
              const yaml_node **found)
{
    for (int i = 0; i < count; i++) {
        assert(keys[i].name); /* the table has a row for every key */
        found[i] = NULL;
    }
    if (!node || node->kind != NODE_MAP) {
        problem(c, node, path, "a mapping {key: value}", "not a mapping");
        return false;
    }
    for (ptrdiff_t k = 0; k < node->count; k++) {
        const yaml_node *key = &node->key[k];
        int i = 0;
        while (i < count && !str_eq(key->text, str_of(keys[i].name)))
            i++;
        if (i == count || key->kind != NODE_SCALAR)
            unknown_key(c, key, path, keys, count);
        else if (found[i])
            problem(c, key, path_join(c, path, key->text), NULL,
                    "`%s` stands twice, first in line %d", keys[i].name, found[i]->line);
        else
            found[i] = &node->item[k];
    }
    for (int i = 0; i < count; i++)
        if (keys[i].required && !found[i])
            problem(c, node, path_join(c, path, str_of(keys[i].name)), keys[i].name,
                    "`%s` is missing", keys[i].name);
    return true;
}

bool is_scalar(reading *c, const yaml_node *node, str path, const char *expected)
{
    if (node && node->kind == NODE_SCALAR)
        return true;
    problem(c, node, path, expected, "a single value was expected here");
    return false;
}

bool is_list(reading *c, const yaml_node *node, str path, const char *expected)
{
    if (node && node->kind == NODE_LIST)
        return true;
    problem(c, node, path, expected, "a list was expected here");
    return false;
}

str scalar_text(reading *c, const yaml_node *node, str path, const char *expected)
{
    if (!is_scalar(c, node, path, expected))
        return (str){0};
    if (node->text.n == 0)
        problem(c, node, path, expected, "the value is empty");
    return node->text;
}

bool amount_read(reading *c, const yaml_node *node, str path, int64_t *fen)
{
    const char *expected = "an amount in yuan such as 800 or 800.00";
    money amount;
    *fen = 0;
    if (!is_scalar(c, node, path, expected))
        return false;
    if (!money_parse(&amount, node->text)) {
        problem(c, node, path, expected, "`%.*s` is not an amount", STR_ARG(node->text));
        return false;
    }
    *fen = amount.fen;
    return true;
}

static bool suffixed_read(
    reading *c, const yaml_node *node, str path, str suffix, const char *expected, int64_t *e8)
{
    *e8 = 0;
    if (!is_scalar(c, node, path, expected))
        return false;
    str s = node->text;
    bool has = s.n > suffix.n && str_eq((str){s.p + s.n - suffix.n, suffix.n}, suffix);
    if (has && decimal_parse(e8, (str){s.p, s.n - suffix.n}, 6, 100 * RATE_ONE))
        return true;
    problem(c, node, path, expected, "`%.*s` is not a %s", STR_ARG(s),
            suffix.p[0] == '%' ? "percentage" : "number of percentage points");
    return false;
}

bool percent_read(reading *c, const yaml_node *node, str path, int64_t *e8)
{
    return suffixed_read(c, node, path, S("%"), "a percentage such as 60% or 89.5%", e8);
}

bool points_read(reading *c, const yaml_node *node, str path, int64_t *e8)
{
    return suffixed_read(c, node, path, S("pp"), "percentage points such as 10pp", e8);
}

bool count_read(reading *c, const yaml_node *node, str path, int64_t max, int64_t *out)
{
    const char *expected = "a whole number";
    *out = 0;
    if (!is_scalar(c, node, path, expected))
        return false;
    if (decimal_parse(out, node->text, 0, max))
        return true;
    problem(c, node, path, expected, "`%.*s` is not a whole number up to %" PRId64,
            STR_ARG(node->text), max);
    return false;
}

bool date_read(reading *c, const yaml_node *node, str path, day *out)
{
    const char *expected = "a date such as 2024-01-31";
    *out = (day){DAY_NONE};
    if (!is_scalar(c, node, path, expected))
        return false;
    if (day_parse(out, node->text))
        return true;
    *out = (day){DAY_NONE};
    problem(c, node, path, expected, "`%.*s` is not a day of the calendar", STR_ARG(node->text));
    return false;
}

bool flag_read(reading *c, const yaml_node *node, str path, bool *out)
{
    *out = false;
    if (!is_scalar(c, node, path, "yes or no"))
        return false;
    if (str_eq(node->text, S("yes")) || str_eq(node->text, S("no"))) {
        *out = str_eq(node->text, S("yes"));
        return true;
    }
    problem(c, node, path, "yes or no", "`%.*s` is neither yes nor no", STR_ARG(node->text));
    return false;
}

int choice_read(reading *c, const yaml_node *node, str path, const char *const *names)
{
    char buffer[300];
    text_buffer list = {buffer, 0, sizeof buffer - 1, false};
    for (int i = 0; names[i]; i++) {
        if (node && node->kind == NODE_SCALAR && str_eq(node->text, str_of(names[i])))
            return i;
        text_printf(&list, "%s%s", i ? ", " : "one of ", names[i]);
    }
    buffer[list.n] = 0;
    if (is_scalar(c, node, path, buffer))
        problem(c, node, path, buffer, "`%.*s` is not known here", STR_ARG(node->text));
    return -1;
}

fact_id fact_find(str name)
{
    for (int i = 1; i < FACT__COUNT; i++)
        if (str_eq(name, str_of(fact_table[i].name)))
            return (fact_id)i;
    return FACT_NONE;
}

bool word_read(reading *c, fact_id fact, const yaml_node *node, str path, word *out)
{
    *out = 0;
    if (!is_scalar(c, node, path, "a word"))
        return false;
    if (node->text.n == 0) {
        problem(c, node, path, "a word", "the word is empty");
        return false;
    }
    *out = word_of(node->text);
    VEC_PUSH(c->a, &c->said, (pack_word){.text = node->text, .hash = *out});
    const char *dictionary = fact_table[fact].name;
    if (fact == FACT_LINE_DISEASE)
        dictionary = "disease";
    if (fact == FACT_ACCREDITED)
        dictionary = "disease";
    fact_id listed = fact_find(str_of(dictionary));
    if (c->pack->fact_closed[listed] && !pack_word_find(c->pack, listed, node->text)) {
        char buffer[400];
        text_buffer list = {buffer, 0, sizeof buffer - 1, false};
        pack_words_list(&list, c->pack, listed);
        buffer[list.n] = 0;
        problem(c, node, path, buffer, "`%.*s` is not in the dictionary of `%s`",
                STR_ARG(node->text), dictionary);
        return false;
    }
    return true;
}

void names_read(reading *c, const yaml_node *node, str path, str *zh, str *en)
{
    static const key_spec keys[] = {{"zh", true}, {"en", true}};
    const yaml_node *found[2];
    if (!map_read(c, node, path, keys, 2, found))
        return;
    if (found[0])
        *zh = scalar_text(c, found[0], path_join(c, path, S("zh")), "a Chinese name");
    if (found[1])
        *en = scalar_text(c, found[1], path_join(c, path, S("en")), "an English name");
}

static uint16_t source_find(const reading *c, str id)
{
    for (int i = 1; i < c->source.n; i++)
        if (str_eq(c->source.at[i].id, id))
            return (uint16_t)i;
    return 0;
}

uint16_t basis_read(reading *c, const yaml_node *node, str path)
{
    enum { SOURCE, ARTICLE, NOTE, KEYS };
    static const key_spec keys[KEYS] = {{"source", true}, {"article", false}, {"note", false}};
    const yaml_node *found[KEYS] = {node, NULL, NULL};
    if (!node)
        return 0;
    if (node->kind == NODE_MAP)
        map_read(c, node, path, keys, KEYS, found);
    str id = scalar_text(c, found[SOURCE], path, "the name of a source of this policy");
    uint16_t source = source_find(c, id);
    if (id.n && !source)
        problem(c, found[SOURCE], path, "one of the names under `sources`",
                "source `%.*s` is not declared", STR_ARG(id));
    if (!source || (!found[ARTICLE] && !found[NOTE]))
        return source;
    benefit_source refined = c->source.at[source];
    const yaml_node *more = found[ARTICLE] ? found[ARTICLE] : found[NOTE];
    refined.note = scalar_text(c, more, path, "text");
    refined.id = (str){0}; /* cannot be named again */
    VEC_PUSH(c->a, &c->source, refined);
    return (uint16_t)(c->source.n - 1);
}

/* unit: accumulator_unit wanted, -1 = any */
uint16_t accumulator_read(reading *c, const yaml_node *node, str path, int unit)
{
    str name = scalar_text(c, node, path, "the name of an accumulator");
    if (!name.n)
        return 0;
    uint16_t best = 0;
    for (int i = 1; i < c->accumulator.n; i++) {
        const benefit_accumulator *acc = &c->accumulator.at[i];
        if (str_eq(acc->name, name)) {
            if (unit >= 0 && acc->unit != unit) {
                problem(c, node, path, unit == UNIT_COUNT ? "unit: count" : "unit: money",
                        "accumulator `%.*s` has the wrong unit for this", STR_ARG(name));
                return 0;
            }
            return (uint16_t)i;
        }
        if (!best ||
            edit_distance(name, acc->name) < edit_distance(name, c->accumulator.at[best].name))
            best = (uint16_t)i;
    }
    bool close = best && edit_distance(name, c->accumulator.at[best].name) <= 3;
    problem(c, node, path, "a name declared under `accumulators`",
            "accumulator `%.*s` is not declared%s%.*s%s", STR_ARG(name),
            close ? "; did you mean `" : "", close ? (int)c->accumulator.at[best].name.n : 0,
            close ? c->accumulator.at[best].name.p : "", close ? "`?" : "");
    return 0;
}
