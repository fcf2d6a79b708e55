/* Tests, tables, amounts and adjustments. */
#include "service/pack/read_internal.h"

/* ---- tests ---- */

static bool fact_allowed(reading *c, fact_id fact, const yaml_node *key, str path)
{
    fact_of of = fact_table[fact].of;
    if (c->enrolment_allowed != (of == OF_ENROLMENT)) {
        problem(c, key, path,
                c->enrolment_allowed ? "a fact of the enrolment" : "a fact of the bill",
                "`%s` cannot be tested here", fact_table[fact].name);
        return false;
    }
    if (of == OF_LINE && !c->lines_allowed) {
        problem(c, key, path, "a fact of the person, visit or provider",
                "`%s` belongs to a line and cannot be tested here", fact_table[fact].name);
        return false;
    }
    c->saw_line_fact |= of == OF_LINE;
    return true;
}

/* A number of the fact's own kind: yuan, price, count or day. */
static bool number_read(reading *c, fact_kind kind, const yaml_node *node, str path, int64_t *out)
{
    day on;
    switch (kind) {
    case KIND_DAY:
        if (!date_read(c, node, path, &on))
            return false;
        *out = on.number;
        return true;
    case KIND_MONEY:
        return amount_read(c, node, path, out);
    case KIND_PRICE:
        if (!amount_read(c, node, path, out))
            return false;
        *out *= 100;
        return true;
    default:
        return count_read(c, node, path, 1000000000, out);
    }
}

static void range_read(reading *c, fact_kind kind, const yaml_node *node, str path, benefit_test *t)
{
    enum { MIN, MAX, FROM, AFTER, BEFORE, UNTIL, KEYS };
    static const key_spec keys[KEYS] = {{"min", false},   {"max", false},    {"from", false},
                                        {"after", false}, {"before", false}, {"until", false}};
    const yaml_node *found[KEYS];
    *t = (benefit_test){.op = TEST_RANGE, .a = INT64_MIN + 1, .b = INT64_MAX};
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    for (int i = 0; i < KEYS; i++) {
        if (!found[i])
            continue;
        str at = path_join(c, path, str_of(keys[i].name));
        int64_t value;
        if ((kind == KIND_DAY) != (i >= FROM)) {
            problem(c, found[i], at, kind == KIND_DAY ? "from, after, before, until" : "min, max",
                    "`%s` does not fit this fact", keys[i].name);
            continue;
        }
        if (!number_read(c, kind, found[i], at, &value))
            continue;
        if (i == MIN || i == FROM || i == AFTER)
            t->a = max_i64(t->a, value + (i == AFTER));
        else
            t->b = min_i64(t->b, value - (i == BEFORE));
    }
    if (t->a > t->b)
        problem(c, node, path, NULL, "no value can be inside this range");
}

static void
words_test_read(reading *c, fact_id fact, const yaml_node *node, str path, benefit_test *t)
{
    bool set = fact_table[fact].kind == KIND_SET;
    if (node->kind == NODE_SCALAR) {
        t->op = set ? TEST_HAS : TEST_EQUAL;
        word_read(c, fact, node, path, &t->a);
        return;
    }
    if (!is_list(c, node, path, "a word or a list of words"))
        return;
    t->op = set ? TEST_HAS_ANY : TEST_ONE_OF;
    t->a = c->words.n;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        word w;
        if (word_read(c, fact, &node->item[i], path_index(c, path, i), &w))
            VEC_PUSH(c->a, &c->words, w);
    }
    t->n = (uint32_t)(c->words.n - t->a);
    if (node->count == 0)
        problem(c, node, path, "at least one word", "the list is empty");
}

static void
numbers_test_read(reading *c, fact_kind kind, const yaml_node *node, str path, benefit_test *t)
{
    if (node->kind == NODE_MAP) {
        range_read(c, kind, node, path, t);
        return;
    }
    if (node->kind == NODE_SCALAR) {
        t->op = TEST_EQUAL;
        number_read(c, kind, node, path, &t->a);
        return;
    }
    t->op = TEST_ONE_OF;
    t->a = c->words.n;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        int64_t value;
        if (number_read(c, kind, &node->item[i], path_index(c, path, i), &value))
            VEC_PUSH(c->a, &c->words, value);
    }
    t->n = (uint32_t)(c->words.n - t->a);
    if (node->count == 0)
        problem(c, node, path, "at least one value", "the list is empty");
}

static void
fact_test_read(reading *c, fact_id fact, const yaml_node *node, str path, benefit_test *t)
{
    bool yes;
    switch (fact_table[fact].kind) {
    case KIND_SYM:
    case KIND_SET:
        words_test_read(c, fact, node, path, t);
        break;
    case KIND_FLAG:
        flag_read(c, node, path, &yes);
        *t = (benefit_test){.op = TEST_EQUAL, .a = yes};
        break;
    default:
        numbers_test_read(c, fact_table[fact].kind, node, path, t);
    }
    t->fact = (uint8_t)fact;
}

static void accumulator_test_read(
    reading *c, const yaml_node *key, const yaml_node *node, str path, benefit_test *t)
{
    yaml_node name = *key;
    name.text = (str){key->text.p + 4, key->text.n - 4};
    uint16_t accumulator = accumulator_read(c, &name, path, -1);
    fact_kind kind =
        accumulator && c->accumulator.at[accumulator].unit == UNIT_COUNT ? KIND_INT : KIND_MONEY;
    numbers_test_read(c, kind, node, path, t);
    t->fact = FACT_NONE;
    t->accumulator = accumulator;
    if (!accumulator)
        t->op = TEST_EQUAL;
}

benefit_when when_read(reading *c, const yaml_node *node, str path)
{
    benefit_when when = {(uint32_t)c->test.n, 0};
    if (!node)
        return when;
    if (node->kind != NODE_MAP) {
        problem(c, node, path, "{fact: test}", "a condition is a mapping of facts to tests");
        return when;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *key = &node->key[i];
        str at = path_join(c, path, key->text);
        benefit_test t = {0};
        if (key->text.n > 4 && memcmp(key->text.p, "acc.", 4) == 0) {
            accumulator_test_read(c, key, &node->item[i], at, &t);
            if (!t.accumulator)
                continue;
        } else {
            fact_id fact = fact_find(key->text);
            if (!fact) {
                problem(c, key, at, "a fact of docs/pack-format.md section 4",
                        "there is no fact `%.*s`", STR_ARG(key->text));
                continue;
            }
            if (!fact_allowed(c, fact, key, at))
                continue;
            fact_test_read(c, fact, &node->item[i], at, &t);
        }
        if (t.op)
            VEC_PUSH(c->a, &c->test, t);
    }
    when.n = (uint16_t)(c->test.n - (int)when.first);
    return when;
}

/* ---- values ---- */

static uint16_t named_table_find(reading *c, const yaml_node *node, str path)
{
    str name = scalar_text(c, node, path, "the name of a table");
    for (int i = 0; i < c->named.n; i++)
        if (str_eq(c->named.at[i].name, name))
            return c->named.at[i].table;
    if (name.n)
        problem(c, node, path, "a name under `tables`", "there is no table `%.*s`", STR_ARG(name));
    return 0;
}

static void with_read(reading *c, const yaml_node *node, str path, benefit_form *form)
{
    if (node->kind != NODE_MAP || node->count > FORM_WITH_MAX) {
        problem(c, node, path, "{fact: word}", "`with` replaces up to %d word facts",
                FORM_WITH_MAX);
        return;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        str at = path_join(c, path, node->key[i].text);
        fact_id fact = fact_find(node->key[i].text);
        if (!fact || fact_table[fact].kind != KIND_SYM || fact_table[fact].of == OF_LINE) {
            problem(c, &node->key[i], at, "a word fact", "only word facts can be replaced");
            continue;
        }
        form->with[form->with_count].fact = (uint8_t)fact;
        if (word_read(c, fact, &node->item[i], at, &form->with[form->with_count].value))
            form->with_count++;
    }
}

enum {
    F_TABLE,
    F_WITH,
    F_FACT,
    F_MINUS,
    F_EACH,
    F_SHARE,
    F_TIMES,
    F_ROUND,
    F_COMBINE,
    F_MODE,
    F_AT_MOST,
    F_KEEP,
    F_NEXT,
    F_KEYS
};
static const key_spec form_keys[F_KEYS] = {
    {"table", false},   {"with", false},  {"fact", false},    {"minus", false},
    {"each", false},    {"share", false}, {"times", false},   {"round_to", false},
    {"combine", false}, {"mode", false},  {"at_most", false}, {"keep_largest", false},
    {"next", false}};

static void form_fact_read(reading *c, const yaml_node **found, str path, benefit_form *form)
{
    str name = scalar_text(c, found[F_FACT], path, "a fact");
    fact_id fact = fact_find(name);
    fact_kind kind = fact ? fact_table[fact].kind : KIND_NONE;
    form->kind = FORM_FACT;
    form->fact = (uint8_t)fact;
    if (kind != KIND_MONEY && kind != KIND_INT) {
        problem(c, found[F_FACT], path, "a money fact, or a count with `each`",
                "`%.*s` cannot be an amount", STR_ARG(name));
        return;
    }
    if ((kind == KIND_INT) != (found[F_EACH] != NULL)) {
        problem(c, found[F_FACT], path, NULL,
                kind == KIND_INT ? "a count needs `each`: the amount for one"
                                 : "`each` goes with counts only");
        return;
    }
    if (found[F_MINUS])
        count_read(c, found[F_MINUS], path_join(c, path, S("minus")), 1000000, &form->minus);
    if (found[F_EACH])
        form->each_table =
            table_read(c, found[F_EACH], path_join(c, path, S("each")), TABLE_AMOUNT);
}

static void form_combine_read(reading *c, const yaml_node **found, str path, benefit_form *form)
{
    static const char *const modes[] = {"sum", "largest", NULL};
    str name = scalar_text(c, found[F_COMBINE], path, "a set fact");
    fact_id fact = fact_find(name);
    form->kind = FORM_COMBINE;
    form->fact = (uint8_t)fact;
    if (!fact || fact_table[fact].kind != KIND_SET || fact_table[fact].of == OF_LINE)
        problem(c, found[F_COMBINE], path, "accredited", "`%.*s` is not a set fact", STR_ARG(name));
    if (found[F_TABLE])
        form->table = named_table_find(c, found[F_TABLE], path_join(c, path, S("table")));
    else
        problem(c, found[F_COMBINE], path, "table: NAME", "`combine` needs `table`");
    if (found[F_MODE])
        form->largest = choice_read(c, found[F_MODE], path_join(c, path, S("mode")), modes) == 1;
    if (found[F_NEXT])
        percent_read(c, found[F_NEXT], path_join(c, path, S("next")), &form->share_e8);
    if (found[F_NEXT] && !form->largest)
        problem(c, found[F_NEXT], path, "mode: largest", "`next` goes with mode largest");
    if (found[F_AT_MOST])
        form->limit_table =
            table_read(c, found[F_AT_MOST], path_join(c, path, S("at_most")), TABLE_AMOUNT);
    if (found[F_KEEP])
        flag_read(c, found[F_KEEP], path_join(c, path, S("keep_largest")), &form->keep_largest);
}

static benefit_value form_read(reading *c, const yaml_node *node, str path)
{
    const yaml_node *found[F_KEYS];
    benefit_form form = {0};
    map_read(c, node, path, form_keys, F_KEYS, found);
    if (found[F_COMBINE]) {
        form_combine_read(c, found, path, &form);
    } else if (found[F_TABLE]) {
        form.kind = FORM_TABLE;
        form.table = named_table_find(c, found[F_TABLE], path_join(c, path, S("table")));
        if (found[F_WITH])
            with_read(c, found[F_WITH], path_join(c, path, S("with")), &form);
    } else if (found[F_FACT]) {
        form_fact_read(c, found, path, &form);
    } else if (found[F_SHARE]) {
        form.kind = FORM_SHARE;
        percent_read(c, found[F_SHARE], path_join(c, path, S("share")), &form.share_e8);
    } else {
        problem(c, node, path, "table, fact, share or combine", "this is no form of an amount");
    }
    if (found[F_TIMES])
        percent_read(c, found[F_TIMES], path_join(c, path, S("times")), &form.times_e8);
    if (found[F_ROUND] &&
        amount_read(c, found[F_ROUND], path_join(c, path, S("round_to")), &form.round_fen) &&
        form.round_fen == 0)
        problem(c, found[F_ROUND], path, "more than 0", "cannot round to a multiple of 0");
    VEC_PUSH(c->a, &c->form, form);
    return (benefit_value){VALUE_FORM, (uint16_t)(c->form.n - 1), 0};
}

static void
steps_read(reading *c, const yaml_node *node, str path, table_kind kind, benefit_bands *bands)
{
    VEC(benefit_step) steps = {0};
    int64_t last = 0;
    if (!is_list(c, node, path, "a list of {to, rate}"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        enum { TO, RATE, BASIS, KEYS };
        static const key_spec keys[KEYS] = {{"to", false}, {"rate", true}, {"basis", false}};
        const yaml_node *found[KEYS];
        str at = path_index(c, path, i);
        benefit_step step = {.to_fen = AMOUNT_NO_LIMIT};
        if (!map_read(c, &node->item[i], at, keys, KEYS, found))
            continue;
        bool is_last = i == node->count - 1;
        if (found[TO] && amount_read(c, found[TO], path_join(c, at, S("to")), &step.to_fen)) {
            if (step.to_fen <= last)
                problem(c, found[TO], at, "edges that rise", "band edge %s does not rise above %s",
                        money_show(step.to_fen).c, money_show(last).c);
            last = step.to_fen;
        }
        if (is_last == (found[TO] != NULL))
            problem(c, &node->item[i], at, "`to` in every band but the last",
                    is_last ? "the last band must be open: leave `to` out" : "`to` is missing");
        step.basis = basis_read(c, found[BASIS], path_join(c, at, S("basis")));
        if (found[RATE])
            step.table = table_read(c, found[RATE], path_join(c, at, S("rate")), kind);
        VEC_PUSH(c->a, &steps, step);
    }
    if (node->count == 0 || node->count > BANDS_MAX)
        problem(c, node, path, NULL, "between 1 and %d bands", BANDS_MAX);
    bands->given = true;
    bands->first = (uint32_t)c->step.n;
    bands->n = (uint16_t)(steps.n <= BANDS_MAX ? steps.n : 0);
    for (int i = 0; i < bands->n; i++)
        VEC_PUSH(c->a, &c->step, steps.at[i]);
}

void bands_read(reading *c, const yaml_node *node, str path, benefit_bands *bands)
{
    enum { ORIGIN, MEASURE, STEPS, KEYS };
    static const key_spec keys[KEYS] = {{"origin", false}, {"measure", false}, {"steps", true}};
    static const char *const origins[] = {"zero", "deductible", NULL};
    const yaml_node *found[KEYS];
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (found[ORIGIN])
        bands->origin_deductible =
            choice_read(c, found[ORIGIN], path_join(c, path, S("origin")), origins) == 1;
    if (found[MEASURE])
        bands->measure =
            accumulator_read(c, found[MEASURE], path_join(c, path, S("measure")), UNIT_MONEY);
    if (found[STEPS])
        steps_read(c, found[STEPS], path_join(c, path, S("steps")), TABLE_RATE, bands);
}

static benefit_value share_bands_read(reading *c, const yaml_node *node, str path)
{
    static const key_spec keys[] = {{"bands", true}};
    const yaml_node *found[1];
    benefit_bands bands = {0};
    if (map_read(c, node, path, keys, 1, found) && found[0])
        steps_read(c, found[0], path_join(c, path, S("bands")), TABLE_RATE, &bands);
    for (int i = 0; i < bands.n; i++) {
        uint16_t table = c->step.at[bands.first + (uint32_t)i].table;
        const benefit_row *row = &c->row.at[c->table.at[table].first];
        if (c->table.at[table].n != 1 || row->when.n || row->value.kind != VALUE_NUMBER)
            problem(c, node, path, "one percentage per band", "share bands cannot have conditions");
        else if (row->value.number > RATE_ONE)
            problem(c, node, path, "0% to 100%", "a share above 100%%");
    }
    VEC_PUSH(c->a, &c->share_bands, bands);
    return (benefit_value){VALUE_BANDS, (uint16_t)(c->share_bands.n - 1), 0};
}

static bool has_key(const yaml_node *node, str name)
{
    if (node->kind == NODE_MAP)
        for (ptrdiff_t i = 0; i < node->count; i++)
            if (str_eq(node->key[i].text, name))
                return true;
    return false;
}

static benefit_value scalar_value_read(reading *c, const yaml_node *node, str path, table_kind kind)
{
    benefit_value value = {VALUE_NUMBER, 0, 0};
    switch (kind) {
    case TABLE_AMOUNT:
        if (str_eq(node->text, S("none")))
            value.number = AMOUNT_NO_LIMIT;
        else
            amount_read(c, node, path, &value.number);
        break;
    case TABLE_RATE:
        percent_read(c, node, path, &value.number);
        break;
    case TABLE_POINTS:
        points_read(c, node, path, &value.number);
        break;
    case TABLE_SHARE:
        if (str_eq(node->text, S("item")))
            value.kind = VALUE_ITEM;
        else if (percent_read(c, node, path, &value.number) && value.number > RATE_ONE)
            problem(c, node, path, "0% to 100%", "a share above 100%%");
        break;
    case TABLE_CLASS:
        value.kind = VALUE_WORD;
        if (str_eq(node->text, S("item")))
            value.kind = VALUE_ITEM;
        else if (node->text.n == 1 && node->text.p[0] >= 'A' && node->text.p[0] <= 'C')
            value.number = word_of(node->text);
        else
            problem(c, node, path, "A, B, C or item", "`%.*s` is not a class", STR_ARG(node->text));
        break;
    }
    if (kind == TABLE_RATE && value.number > 100 * RATE_ONE)
        value.number = 0;
    return value;
}

static benefit_value value_read(reading *c, const yaml_node *node, str path, table_kind kind)
{
    if (node->kind == NODE_SCALAR)
        return scalar_value_read(c, node, path, kind);
    if (node->kind == NODE_LIST || has_key(node, S("by")))
        return (benefit_value){VALUE_TABLE, table_read(c, node, path, kind), 0};
    if (kind == TABLE_AMOUNT)
        return form_read(c, node, path);
    if (kind == TABLE_SHARE)
        return share_bands_read(c, node, path);
    problem(c, node, path, "a value, a list of rows, or {by: fact, …}", "this is not a value");
    return (benefit_value){VALUE_NUMBER, 0, 0};
}

/* ---- tables ---- */

typedef VEC(benefit_row) rows;

static void by_read(reading *c, const yaml_node *node, str path, table_kind kind, rows *out)
{
    fact_id fact = FACT_NONE;
    const yaml_node *otherwise = NULL;
    uint16_t basis = 0;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        if (str_eq(node->key[i].text, S("by"))) {
            str name = scalar_text(c, &node->item[i], path, "a fact");
            fact = fact_find(name);
            if (!fact)
                problem(c, &node->item[i], path_join(c, path, S("by")),
                        "a fact of docs/pack-format.md section 4", "there is no fact `%.*s`",
                        STR_ARG(name));
            else if (!fact_allowed(c, fact, &node->item[i], path_join(c, path, S("by"))))
                fact = FACT_NONE;
        }
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *key = &node->key[i];
        str at = path_join(c, path, key->text);
        if (str_eq(key->text, S("by")))
            continue;
        if (str_eq(key->text, S("else"))) {
            otherwise = &node->item[i];
            continue;
        }
        if (str_eq(key->text, S("basis"))) {
            basis = basis_read(c, &node->item[i], at);
            continue;
        }
        for (ptrdiff_t j = 0; j < i; j++)
            if (str_eq(node->key[j].text, key->text))
                problem(c, key, at, NULL, "`%.*s` stands twice", STR_ARG(key->text));
        if (!fact)
            continue;
        benefit_row row = {.input_line = key->line};
        benefit_test t = {0};
        fact_test_read(c, fact, key, at, &t);
        row.when = (benefit_when){(uint32_t)c->test.n, 1};
        if (!t.op)
            continue;
        VEC_PUSH(c->a, &c->test, t);
        row.value = value_read(c, &node->item[i], at, kind);
        VEC_PUSH(c->a, out, row);
    }
    if (otherwise) {
        benefit_row row = {.input_line = otherwise->line};
        row.value = value_read(c, otherwise, path_join(c, path, S("else")), kind);
        VEC_PUSH(c->a, out, row);
    }
    for (int i = 0; i < out->n; i++)
        out->at[i].basis = basis;
    if (out->n == 0)
        problem(c, node, path, "at least one row", "the table has no rows");
}

static void list_read(reading *c, const yaml_node *node, str path, table_kind kind, rows *out)
{
    bool unconditional = false;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        enum { IF, VALUE, BASIS, KEYS };
        static const key_spec keys[KEYS] = {{"if", false}, {"value", true}, {"basis", false}};
        const yaml_node *found[KEYS];
        str at = path_index(c, path, i);
        benefit_row row = {.input_line = node->item[i].line};
        if (!map_read(c, &node->item[i], at, keys, KEYS, found) || !found[VALUE])
            continue;
        if (unconditional)
            problem(c, &node->item[i], at, NULL,
                    "this row can never be reached: the one before has no condition");
        row.when = when_read(c, found[IF], path_join(c, at, S("if")));
        row.basis = basis_read(c, found[BASIS], path_join(c, at, S("basis")));
        row.value = value_read(c, found[VALUE], path_join(c, at, S("value")), kind);
        unconditional = unconditional || row.when.n == 0;
        VEC_PUSH(c->a, out, row);
    }
    if (node->count == 0)
        problem(c, node, path, "at least one row", "the table has no rows");
}

static void table_fill(reading *c, const yaml_node *node, str path, table_kind kind, uint16_t table)
{
    rows found = {0};
    if (node->kind == NODE_LIST) {
        list_read(c, node, path, kind, &found);
    } else if (has_key(node, S("by"))) {
        by_read(c, node, path, kind, &found);
    } else {
        benefit_row row = {.input_line = node->line, .value = value_read(c, node, path, kind)};
        VEC_PUSH(c->a, &found, row);
    }
    c->table.at[table] = (benefit_table){(uint32_t)c->row.n, (uint32_t)found.n, path};
    for (int i = 0; i < found.n; i++)
        VEC_PUSH(c->a, &c->row, found.at[i]);
}

uint16_t table_read(reading *c, const yaml_node *node, str path, table_kind kind)
{
    VEC_PUSH(c->a, &c->table, (benefit_table){.name = path});
    uint16_t table = (uint16_t)(c->table.n - 1);
    table_fill(c, node, path, kind, table);
    return table;
}

/* Tables may name each other in any order, but never themselves. */
static bool leads_to(const reading *c, uint16_t table, uint16_t target, bool *seen)
{
    const benefit_table *t = &c->table.at[table];
    if (table == 0 || seen[table])
        return false;
    seen[table] = true;
    for (uint32_t i = 0; i < t->n; i++) {
        const benefit_value *value = &c->row.at[t->first + i].value;
        uint16_t next[3] = {0};
        if (value->kind == VALUE_TABLE) {
            next[0] = value->index;
        } else if (value->kind == VALUE_FORM) {
            const benefit_form *form = &c->form.at[value->index];
            next[0] = form->table;
            next[1] = form->each_table;
            next[2] = form->limit_table;
        }
        for (int k = 0; k < 3; k++)
            if (next[k] && (next[k] == target || leads_to(c, next[k], target, seen)))
                return true;
    }
    return false;
}

static void named_table_check(reading *c, const named_table *named)
{
    arena scratch = *c->a;
    bool *seen = arena_new(&scratch, bool, c->table.n);
    if (leads_to(c, named->table, named->table, seen))
        problem(c, named->node, path_join(c, S("tables"), named->name), NULL,
                "table `%.*s` leads back to itself", STR_ARG(named->name));
}

void named_tables_read(reading *c, const yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != NODE_MAP) {
        problem(c, node, S("tables"), "{NAME: table}", "not a mapping");
        return;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        VEC_PUSH(c->a, &c->table, (benefit_table){.name = node->key[i].text});
        VEC_PUSH(c->a, &c->named,
                 (named_table){node->key[i].text, (uint16_t)(c->table.n - 1), &node->item[i]});
    }
    for (int i = 0; i < c->named.n; i++)
        table_fill(c, c->named.at[i].node, path_join(c, S("tables"), c->named.at[i].name),
                   TABLE_AMOUNT, c->named.at[i].table);
    for (int i = 0; i < c->named.n; i++)
        named_table_check(c, &c->named.at[i]);
}

/* ---- adjustments ---- */

enum {
    A_IF,
    A_STOP,
    A_BASIS,
    A_SET,
    A_ADD,
    A_SUB,
    A_TIMES,
    A_PERSONAL,
    A_LEAST,
    A_MOST,
    A_NTH,
    A_LIST,
    A_MINUS,
    A_MINUS_SHARE,
    A_FLOOR,
    A_MAX_TIMES,
    A_KEYS
};
static const key_spec adjust_keys[A_KEYS] = {
    {"if", false},       {"stop", false},        {"basis", false}, {"set", false},
    {"add", false},      {"sub", false},         {"times", false}, {"personal_times", false},
    {"at_least", false}, {"at_most", false},     {"nth", false},   {"list", false},
    {"minus", false},    {"minus_share", false}, {"floor", false}, {"max_times", false}};

static void nth_list_read(reading *c, const yaml_node *node, str path, benefit_adjust *adjust)
{
    VEC(benefit_nth) elements = {0};
    if (!is_list(c, node, path, "a list such as [100%, 50%]"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *item = &node->item[i];
        str at = path_index(c, path, i);
        benefit_nth element = {0};
        element.is_share =
            item->kind == NODE_SCALAR && item->text.n > 0 && item->text.p[item->text.n - 1] == '%';
        if (element.is_share)
            percent_read(c, item, at, &element.share_e8);
        else
            element.table = table_read(c, item, at, TABLE_AMOUNT);
        VEC_PUSH(c->a, &elements, element);
    }
    if (node->count == 0)
        problem(c, node, path, "at least one element", "the list is empty");
    adjust->op = ADJUST_NTH_LIST;
    adjust->list_first = (uint32_t)c->nth.n;
    adjust->list_n = (uint16_t)elements.n;
    for (int i = 0; i < elements.n; i++)
        VEC_PUSH(c->a, &c->nth, elements.at[i]);
}

static void nth_read(
    reading *c, const yaml_node **found, const yaml_node *node, str path, benefit_adjust *adjust)
{
    adjust->accumulator =
        accumulator_read(c, found[A_NTH], path_join(c, path, S("nth")), UNIT_COUNT);
    int given = (found[A_LIST] != NULL) + (found[A_MINUS] != NULL) + (found[A_MINUS_SHARE] != NULL);
    if (given != 1) {
        problem(c, node, path, "list, minus or minus_share", "`nth` needs exactly one of them");
        adjust->op = ADJUST_NONE;
        return;
    }
    if (found[A_LIST]) {
        nth_list_read(c, found[A_LIST], path_join(c, path, S("list")), adjust);
        return;
    }
    if (found[A_MINUS]) {
        adjust->op = ADJUST_NTH_MINUS;
        adjust->table = table_read(c, found[A_MINUS], path_join(c, path, S("minus")), TABLE_AMOUNT);
    } else {
        adjust->op = ADJUST_NTH_MINUS_SHARE;
        percent_read(c, found[A_MINUS_SHARE], path_join(c, path, S("minus_share")),
                     &adjust->share_e8);
    }
    if (found[A_FLOOR])
        adjust->floor_table =
            table_read(c, found[A_FLOOR], path_join(c, path, S("floor")), TABLE_AMOUNT);
    int64_t times = 0;
    if (found[A_MAX_TIMES])
        count_read(c, found[A_MAX_TIMES], path_join(c, path, S("max_times")), 1000, &times);
    adjust->times_max = (int32_t)times;
}

static void operation_read(reading *c,
                           const yaml_node **found,
                           const yaml_node *node,
                           str path,
                           table_kind kind,
                           benefit_adjust *adjust)
{
    static const struct {
        int key;
        adjust_op op;
    } operations[] = {{A_SET, ADJUST_SET},
                      {A_ADD, ADJUST_ADD},
                      {A_SUB, ADJUST_SUB},
                      {A_TIMES, ADJUST_TIMES},
                      {A_PERSONAL, ADJUST_PERSONAL_TIMES},
                      {A_LEAST, ADJUST_AT_LEAST},
                      {A_MOST, ADJUST_AT_MOST}};
    int operands = found[A_NTH] != NULL;
    for (ptrdiff_t i = 0; i < COUNTOF(operations); i++)
        operands += found[operations[i].key] != NULL;
    if (operands != 1) {
        problem(c, node, path, "set, add, sub, times, personal_times, at_least, at_most or nth",
                "an adjustment needs exactly one operation, this has %d", operands);
        return;
    }
    if ((found[A_NTH] && kind != TABLE_AMOUNT) || (found[A_PERSONAL] && kind == TABLE_AMOUNT)) {
        problem(c, node, path, NULL, "`%s` does not go with %s",
                found[A_NTH] ? "nth" : "personal_times",
                kind == TABLE_AMOUNT ? "an amount" : "a rate");
        return;
    }
    if (found[A_NTH]) {
        nth_read(c, found, node, path, adjust);
        return;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(operations); i++) {
        if (!found[operations[i].key])
            continue;
        adjust_op op = operations[i].op;
        table_kind operand = kind;
        if (op == ADJUST_TIMES || op == ADJUST_PERSONAL_TIMES)
            operand = TABLE_RATE;
        else if (kind == TABLE_RATE && (op == ADJUST_ADD || op == ADJUST_SUB))
            operand = TABLE_POINTS;
        adjust->op = (uint8_t)op;
        adjust->table =
            table_read(c, found[operations[i].key],
                       path_join(c, path, str_of(adjust_keys[operations[i].key].name)), operand);
    }
}

void adjust_read(reading *c, const yaml_node *node, str path, table_kind kind, benefit_amount *out)
{
    VEC(benefit_adjust) list = {0};
    if (!node || !is_list(c, node, path, "a list of adjustments"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[A_KEYS];
        str at = path_index(c, path, i);
        benefit_adjust adjust = {.input_line = node->item[i].line};
        if (!map_read(c, &node->item[i], at, adjust_keys, A_KEYS, found))
            continue;
        adjust.when = when_read(c, found[A_IF], path_join(c, at, S("if")));
        adjust.basis = basis_read(c, found[A_BASIS], path_join(c, at, S("basis")));
        if (found[A_STOP])
            flag_read(c, found[A_STOP], path_join(c, at, S("stop")), &adjust.stop);
        operation_read(c, found, &node->item[i], at, kind, &adjust);
        if (adjust.op)
            VEC_PUSH(c->a, &list, adjust);
    }
    out->adjust_first = (uint32_t)c->adjust.n;
    out->adjust_n = (uint16_t)list.n;
    for (int i = 0; i < list.n; i++)
        VEC_PUSH(c->a, &c->adjust, list.at[i]);
}
