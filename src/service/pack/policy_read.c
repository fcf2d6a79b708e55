/* A policy file: header, accumulators, split, stacks, entitlement. */
#include "service/pack/read_internal.h"

enum {
    P_POLICY,
    P_SCHEME,
    P_FROM,
    P_UNTIL,
    P_NAME,
    P_MONEY,
    P_SOURCES,
    P_PERIOD,
    P_ACCUMULATORS,
    P_TABLES,
    P_ENTITLEMENT,
    P_NOT_COVERED,
    P_SPLIT,
    P_STACKS,
    P_LAYERS,
    P_KEYS
};
static const key_spec policy_keys[P_KEYS] = {
    {"policy", true},       {"scheme", true},  {"from", true},         {"until", false},
    {"name", true},         {"money", true},   {"sources", true},      {"period", false},
    {"accumulators", true}, {"tables", false}, {"entitlement", false}, {"not_covered", false},
    {"split", false},       {"stacks", true},  {"layers", true}};

static void period_read(reading *c, const yaml_node *node, benefit_policy *p)
{
    enum { YEAR_START, CROSS_YEAR, AGE_ON, CATEGORY_ON, KEYS };
    static const key_spec keys[KEYS] = {
        {"year_start", false}, {"cross_year", false}, {"age_on", false}, {"category_on", false}};
    static const char *const crosses[] = {"discharge", "split", NULL};
    static const char *const ages[] = {"admission", "discharge", "year_start", NULL};
    static const char *const categories[] = {"discharge", "admission", NULL};
    const yaml_node *found[KEYS];
    p->year_start_month = p->year_start_day = 1;
    if (!node || !map_read(c, node, S("period"), keys, KEYS, found))
        return;
    if (found[YEAR_START]) {
        str s = scalar_text(c, found[YEAR_START], S("period.year_start"), "MM-DD");
        str iso = arena_printf(c->a, "2023-%.*s", STR_ARG(s));
        day first;
        if (day_parse(&first, iso)) {
            p->year_start_month = day_civil(first).month;
            p->year_start_day = day_civil(first).day;
        } else {
            problem(c, found[YEAR_START], S("period.year_start"), "MM-DD such as 07-01",
                    "`%.*s` is not a day of every year", STR_ARG(s));
        }
    }
    if (found[CROSS_YEAR])
        p->cross_year_split =
            choice_read(c, found[CROSS_YEAR], S("period.cross_year"), crosses) == 1;
    if (found[AGE_ON])
        p->age_on = (uint8_t)max_i64(0, choice_read(c, found[AGE_ON], S("period.age_on"), ages));
    if (found[CATEGORY_ON])
        p->category_on_admission =
            choice_read(c, found[CATEGORY_ON], S("period.category_on"), categories) == 1;
}

void sources_read(reading *c, const yaml_node *node)
{
    enum { TITLE, GRADE, NOTE, KEYS };
    static const key_spec keys[KEYS] = {{"title", true}, {"grade", true}, {"note", false}};
    static const char *const grades[] = {"A", "B", "C", "M", NULL};
    VEC_PUSH(c->a, &c->source, (benefit_source){0});
    if (!node || node->kind != NODE_MAP || node->count == 0) {
        problem(c, node, S("sources"), "{NAME: {title, grade}}", "a policy needs its sources");
        return;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[KEYS];
        str path = path_join(c, S("sources"), node->key[i].text);
        benefit_source source = {.id = node->key[i].text};
        if (!map_read(c, &node->item[i], path, keys, KEYS, found))
            continue;
        if (found[TITLE])
            source.title = scalar_text(c, found[TITLE], path, "a title");
        if (found[GRADE] &&
            choice_read(c, found[GRADE], path_join(c, path, S("grade")), grades) >= 0)
            source.grade = found[GRADE]->text;
        if (found[NOTE])
            source.note = scalar_text(c, found[NOTE], path, "a note");
        VEC_PUSH(c->a, &c->source, source);
    }
}

/* ---- accumulators: one name space for the whole pack ---- */

static void by_list_read(reading *c, const yaml_node *node, str path, benefit_accumulator *acc)
{
    static const uint8_t allowed[] = {FACT_LEVEL, FACT_DISEASE, FACT_DISEASE_GROUP, FACT_PROVIDER,
                                      FACT_TIER,  FACT_CAUSE,   FACT_EVENT};
    const char *expected = "level, disease, disease_group, provider, tier, cause or event";
    if (!is_list(c, node, path, expected))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        fact_id fact = fact_find(scalar_text(c, &node->item[i], path, expected));
        bool ok = false;
        for (ptrdiff_t k = 0; k < COUNTOF(allowed); k++)
            ok = ok || (fact && allowed[k] == fact);
        if (!ok || acc->by_count == BY_MAX)
            problem(c, &node->item[i], path, expected, "cannot keep an accumulator by this");
        else
            acc->by[acc->by_count++] = (uint8_t)fact;
    }
}

static bool accumulator_same(const benefit_accumulator *a, const benefit_accumulator *b)
{
    return a->unit == b->unit && a->period == b->period && a->of_household == b->of_household &&
           a->given == b->given && a->by_count == b->by_count && memcmp(a->by, b->by, BY_MAX) == 0;
}

static void accumulator_add(reading *c, const yaml_node *key, const yaml_node *node)
{
    enum { ZH, EN, UNIT, PERIOD, BY, OWNER, GIVEN, KEYS };
    static const key_spec keys[KEYS] = {{"zh", true},      {"en", true},  {"unit", false},
                                        {"period", false}, {"by", false}, {"owner", false},
                                        {"given", false}};
    static const char *const units[] = {"money", "count", NULL};
    static const char *const periods[] = {"year",    "day",  "month", "quarter",
                                          "episode", "life", NULL};
    static const char *const owners[] = {"person", "household", NULL};
    const yaml_node *found[KEYS];
    str path = path_join(c, S("accumulators"), key->text);
    benefit_accumulator acc = {.name = key->text, .dense = -1};
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (found[ZH])
        acc.zh = scalar_text(c, found[ZH], path, "a Chinese name");
    if (found[EN])
        acc.en = scalar_text(c, found[EN], path, "an English name");
    if (found[UNIT])
        acc.unit =
            (uint8_t)max_i64(0, choice_read(c, found[UNIT], path_join(c, path, S("unit")), units));
    if (found[PERIOD])
        acc.period = (uint8_t)max_i64(
            0, choice_read(c, found[PERIOD], path_join(c, path, S("period")), periods));
    if (found[BY])
        by_list_read(c, found[BY], path_join(c, path, S("by")), &acc);
    if (found[OWNER])
        acc.of_household =
            choice_read(c, found[OWNER], path_join(c, path, S("owner")), owners) == 1;
    if (found[GIVEN]) {
        str name = scalar_text(c, found[GIVEN], path, "nth_stay");
        acc.given = (uint8_t)fact_find(name);
        if (!acc.given || fact_table[acc.given].kind != KIND_INT || acc.unit != UNIT_COUNT)
            problem(c, found[GIVEN], path_join(c, path, S("given")), "a count fact, on a counter",
                    "`%.*s` cannot state this counter", STR_ARG(name));
    }
    for (int i = 1; i < c->accumulator.n; i++) {
        if (!str_eq(c->accumulator.at[i].name, acc.name))
            continue;
        if (!accumulator_same(&c->accumulator.at[i], &acc))
            problem(c, key, path, "the same declaration in every policy of a pack",
                    "accumulator `%.*s` is declared differently elsewhere in this pack",
                    STR_ARG(acc.name));
        return;
    }
    VEC_PUSH(c->a, &c->accumulator, acc);
}

void accumulators_read(reading *c, const yaml_node *root)
{
    const yaml_node *node = NULL;
    for (ptrdiff_t i = 0; root->kind == NODE_MAP && i < root->count; i++)
        if (str_eq(root->key[i].text, S("accumulators")))
            node = &root->item[i];
    if (!node || node->kind != NODE_MAP)
        return; /* policy_read says what is wrong */
    for (ptrdiff_t i = 0; i < node->count; i++)
        accumulator_add(c, &node->key[i], &node->item[i]);
}

/* ---- split ---- */

static void limits_read(reading *c, const yaml_node *node)
{
    enum { IF, PER, AMOUNT, BASIS, KEYS };
    static const key_spec keys[KEYS] = {
        {"if", false}, {"per", true}, {"amount", true}, {"basis", false}};
    static const char *const pers[] = {"unit", "line", NULL};
    if (!is_list(c, node, S("split.limit"), "a list of limits"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[KEYS];
        str path = path_index(c, S("split.limit"), i);
        benefit_limit limit = {0};
        if (!map_read(c, &node->item[i], path, keys, KEYS, found) || !found[AMOUNT] || !found[PER])
            continue;
        limit.when = when_read(c, found[IF], path_join(c, path, S("if")));
        limit.per =
            (uint8_t)max_i64(0, choice_read(c, found[PER], path_join(c, path, S("per")), pers));
        limit.table = table_read(c, found[AMOUNT], path_join(c, path, S("amount")), TABLE_AMOUNT);
        basis_read(c, found[BASIS], path_join(c, path, S("basis")));
        VEC_PUSH(c->a, &c->limit, limit);
    }
}

static void split_read(reading *c, const yaml_node *node, benefit_policy *p)
{
    enum { CLASS, LIMIT, FIRST_SHARE, ROUTE_SHARE, BASIS, KEYS };
    static const key_spec keys[KEYS] = {{"class", false},
                                        {"limit", false},
                                        {"first_share", false},
                                        {"route_share", false},
                                        {"basis", false}};
    const yaml_node *found[KEYS];
    if (!map_read(c, node, S("split"), keys, KEYS, found))
        return;
    basis_read(c, found[BASIS], S("split.basis"));
    c->lines_allowed = true;
    if (found[CLASS])
        p->class_table = table_read(c, found[CLASS], S("split.class"), TABLE_CLASS);
    if (found[LIMIT])
        limits_read(c, found[LIMIT]);
    if (found[FIRST_SHARE])
        p->first_share_table =
            table_read(c, found[FIRST_SHARE], S("split.first_share"), TABLE_SHARE);
    if (found[ROUTE_SHARE])
        p->route_share_table =
            table_read(c, found[ROUTE_SHARE], S("split.route_share"), TABLE_RATE);
    c->lines_allowed = false;
}

/* ---- stacks ---- */

static int layer_find(const reading *c, str name)
{
    for (int i = 0; i < c->layer.n; i++)
        if (str_eq(c->layer.at[i].name, name))
            return i;
    return -1;
}

static void
step_layer_read(reading *c, const yaml_node *node, str path, benefit_stack *stack, bool *used)
{
    str name = scalar_text(c, node, path, "the name of a layer");
    int index = layer_find(c, name);
    if (index < 0) {
        if (name.n)
            problem(c, node, path, "a name under `layers`", "there is no layer `%.*s`",
                    STR_ARG(name));
        return;
    }
    const benefit_layer *layer = &c->layer.at[index];
    used[index] = true;
    stack->layer_count++;
    stack->needs_lines = stack->needs_lines || layer->has_lines || layer->each_disease ||
                         layer->line_rate || layer->deductible.has_exempt;
    VEC_PUSH(c->a, &c->step_layer, (uint16_t)index);
}

static void
stack_layers_read(reading *c, const yaml_node *node, str path, benefit_stack *stack, bool *used)
{
    static const key_spec best_keys[] = {{"best", true}};
    stack->step_first = (uint32_t)c->stack_step.n;
    if (!is_list(c, node, path, "a list of layers"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *item = &node->item[i], *found[1];
        str at = path_index(c, path, i);
        benefit_stack_step step = {(uint32_t)c->step_layer.n, 0};
        if (item->kind != NODE_MAP) {
            step_layer_read(c, item, at, stack, used);
        } else if (map_read(c, item, at, best_keys, 1, found) && found[0] &&
                   is_list(c, found[0], at, "a list of layers")) {
            for (ptrdiff_t k = 0; k < found[0]->count; k++)
                step_layer_read(c, &found[0]->item[k], at, stack, used);
        }
        step.n = (uint16_t)(c->step_layer.n - (int)step.first);
        if (step.n)
            VEC_PUSH(c->a, &c->stack_step, step);
    }
    stack->step_n = (uint16_t)(c->stack_step.n - (int)stack->step_first);
}

static void counts_read(reading *c, const yaml_node *node, str path, benefit_stack *stack)
{
    static const key_spec keys[] = {{"key", true}, {"if", false}};
    stack->count_first = (uint32_t)c->count.n;
    if (!node || !is_list(c, node, path, "a list of counters"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *item = &node->item[i], *found[2] = {item, NULL};
        str at = path_index(c, path, i);
        if (item->kind == NODE_MAP && !map_read(c, item, at, keys, 2, found))
            continue;
        benefit_count count = {accumulator_read(c, found[0], at, UNIT_COUNT),
                               when_read(c, found[1], path_join(c, at, S("if")))};
        if (count.accumulator)
            VEC_PUSH(c->a, &c->count, count);
    }
    stack->count_n = (uint16_t)(c->count.n - (int)stack->count_first);
}

static void stacks_read(reading *c, const yaml_node *node)
{
    enum { STACK, IF, COUNTS, LAYERS, BASIS, NAME, KEYS };
    static const key_spec keys[KEYS] = {{"stack", true},  {"if", false},    {"counts", false},
                                        {"layers", true}, {"basis", false}, {"name", false}};
    bool *used = arena_new(c->a, bool, c->layer.n);
    if (!node || !is_list(c, node, S("stacks"), "a list of stacks"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[KEYS];
        str path = path_index(c, S("stacks"), i), zh, en;
        benefit_stack stack = {.input_line = node->item[i].line};
        if (!map_read(c, &node->item[i], path, keys, KEYS, found))
            continue;
        if (found[STACK]) {
            stack.name = scalar_text(c, found[STACK], path, "a name");
            path = path_join(c, S("stacks"), stack.name);
        }
        if (found[NAME])
            names_read(c, found[NAME], path, &zh, &en);
        stack.when = when_read(c, found[IF], path_join(c, path, S("if")));
        basis_read(c, found[BASIS], path_join(c, path, S("basis")));
        counts_read(c, found[COUNTS], path_join(c, path, S("counts")), &stack);
        if (found[LAYERS])
            stack_layers_read(c, found[LAYERS], path_join(c, path, S("layers")), &stack, used);
        VEC_PUSH(c->a, &c->stack, stack);
    }
    if (node->count == 0)
        problem(c, node, S("stacks"), "at least one stack", "the policy has no stacks");
    for (int i = 0; i < c->layer.n; i++)
        if (!used[i])
            warning(c, node, path_join(c, S("layers"), c->layer.at[i].name),
                    "layer `%.*s` stands in no stack", STR_ARG(c->layer.at[i].name));
}

/* ---- entitlement ---- */

static void months_read(reading *c, const yaml_node *node, str path, int *out)
{
    int64_t value = 0;
    yaml_node number;
    if (!node)
        return;
    number = *node;
    bool minus = node->kind == NODE_SCALAR && node->text.n > 1 && node->text.p[0] == '-';
    if (minus)
        number.text = (str){node->text.p + 1, node->text.n - 1};
    count_read(c, &number, path, 600, &value);
    *out = (int)(minus ? -value : value);
}

static void starts_read(reading *c, const yaml_node *node, str path, benefit_waiting *rule)
{
    enum { FROM, ADD, MISSED, REPAID, LEAST, LEAST_IF, DAY, KEYS };
    static const key_spec keys[KEYS] = {{"from", true},
                                        {"add_months", false},
                                        {"per_missed_year", false},
                                        {"per_repaid_year", false},
                                        {"at_least_months", false},
                                        {"at_least_if_missed", false},
                                        {"day", false}};
    static const char *const froms[] = {"registered_on", "paid_on", "born_on", "year_start", NULL};
    static const char *const days[] = {"same", "first", "next", NULL};
    const yaml_node *found[KEYS];
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (found[FROM])
        rule->from =
            (uint8_t)(choice_read(c, found[FROM], path_join(c, path, S("from")), froms) + 1);
    months_read(c, found[ADD], path, &rule->add_months);
    months_read(c, found[MISSED], path, &rule->per_missed_year);
    months_read(c, found[REPAID], path, &rule->per_repaid_year);
    months_read(c, found[LEAST], path, &rule->at_least_months);
    months_read(c, found[LEAST_IF], path, &rule->at_least_if_missed);
    if (found[DAY]) {
        int which = choice_read(c, found[DAY], path_join(c, path, S("day")), days);
        rule->first_of_month = which == 1;
        rule->next_day = which == 2;
    }
}

static void entitlement_read(reading *c, const yaml_node *node)
{
    enum { IF, STARTS, BASIS, KEYS };
    static const key_spec top[] = {{"rows", true}};
    static const key_spec keys[KEYS] = {{"if", false}, {"starts", true}, {"basis", false}};
    const yaml_node *rows[1];
    if (!node || !map_read(c, node, S("entitlement"), top, 1, rows) || !rows[0] ||
        !is_list(c, rows[0], S("entitlement.rows"), "a list of rows"))
        return;
    for (ptrdiff_t i = 0; i < rows[0]->count; i++) {
        const yaml_node *found[KEYS];
        str path = path_index(c, S("entitlement.rows"), i);
        benefit_waiting rule = {0};
        if (!map_read(c, &rows[0]->item[i], path, keys, KEYS, found))
            continue;
        c->enrolment_allowed = true;
        rule.when = when_read(c, found[IF], path_join(c, path, S("if")));
        c->enrolment_allowed = false;
        basis_read(c, found[BASIS], path_join(c, path, S("basis")));
        if (found[STARTS])
            starts_read(c, found[STARTS], path_join(c, path, S("starts")), &rule);
        VEC_PUSH(c->a, &c->waiting, rule);
    }
}

static void not_covered_read(reading *c, const yaml_node *node)
{
    enum { IF, REASON, BASIS, ZH, EN, KEYS };
    static const key_spec keys[KEYS] = {
        {"if", true}, {"reason", true}, {"basis", false}, {"zh", false}, {"en", false}};
    if (!node || !is_list(c, node, S("not_covered"), "a list of {if, reason}"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[KEYS];
        str path = path_index(c, S("not_covered"), i);
        benefit_not_covered rule = {0};
        if (!map_read(c, &node->item[i], path, keys, KEYS, found) || !found[IF] || !found[REASON])
            continue;
        rule.when = when_read(c, found[IF], path_join(c, path, S("if")));
        rule.reason = rule.zh = rule.en = scalar_text(c, found[REASON], path, "a reason");
        if (found[ZH])
            rule.zh = scalar_text(c, found[ZH], path, "a Chinese sentence");
        if (found[EN])
            rule.en = scalar_text(c, found[EN], path, "an English sentence");
        rule.basis = basis_read(c, found[BASIS], path_join(c, path, S("basis")));
        VEC_PUSH(c->a, &c->not_covered, rule);
    }
}

/* ---- the whole ---- */

static void header_read(reading *c, const yaml_node **found, benefit_policy *p)
{
    if (found[P_POLICY])
        p->id = scalar_text(c, found[P_POLICY], S("policy"), "the id of the policy");
    if (found[P_SCHEME] && word_read(c, FACT_SCHEME, found[P_SCHEME], S("scheme"), &p->scheme))
        p->scheme_name = found[P_SCHEME]->text;
    p->from = p->until = (day){DAY_NONE};
    if (found[P_FROM])
        date_read(c, found[P_FROM], S("from"), &p->from);
    if (found[P_UNTIL])
        date_read(c, found[P_UNTIL], S("until"), &p->until);
    if (p->until.number != DAY_NONE && p->until.number < p->from.number)
        problem(c, found[P_UNTIL], S("until"), "a day after `from`",
                "the policy ends before it begins");
    if (found[P_NAME])
        names_read(c, found[P_NAME], S("name"), &p->zh, &p->en);
    if (found[P_MONEY]) {
        str unit = scalar_text(c, found[P_MONEY], S("money"), "yuan");
        if (!str_eq(unit, S("yuan")))
            problem(c, found[P_MONEY], S("money"), "yuan",
                    "amounts are written in yuan, not `%.*s`", STR_ARG(unit));
    }
}

static void policy_close(reading *c, const yaml_node *root, benefit_policy *p)
{
    const int counts[] = {c->test.n, c->row.n, c->table.n, c->form.n, c->adjust.n, c->layer.n};
    for (ptrdiff_t i = 0; i < COUNTOF(counts); i++)
        if (counts[i] > 60000)
            problem(c, root, S(""), NULL,
                    "the policy is too large: more than 60000 parts of a kind");
    p->test = VEC_AT(c->a, benefit_test, &c->test);
    p->words = VEC_AT(c->a, word, &c->words);
    p->row = VEC_AT(c->a, benefit_row, &c->row);
    p->table = VEC_AT(c->a, benefit_table, &c->table);
    p->form = VEC_AT(c->a, benefit_form, &c->form);
    p->adjust = VEC_AT(c->a, benefit_adjust, &c->adjust);
    p->nth = VEC_AT(c->a, benefit_nth, &c->nth);
    p->step = VEC_AT(c->a, benefit_step, &c->step);
    p->share_bands = VEC_AT(c->a, benefit_bands, &c->share_bands);
    p->layer = VEC_AT(c->a, benefit_layer, &c->layer);
    p->stack = VEC_AT(c->a, benefit_stack, &c->stack);
    p->stack_step = VEC_AT(c->a, benefit_stack_step, &c->stack_step);
    p->step_layer = VEC_AT(c->a, uint16_t, &c->step_layer);
    p->count = VEC_AT(c->a, benefit_count, &c->count);
    p->source = VEC_AT(c->a, benefit_source, &c->source);
    p->limit = VEC_AT(c->a, benefit_limit, &c->limit);
    p->waiting = VEC_AT(c->a, benefit_waiting, &c->waiting);
    p->not_covered = VEC_AT(c->a, benefit_not_covered, &c->not_covered);
    p->table_count = c->table.n;
    p->layer_count = c->layer.n;
    p->stack_count = c->stack.n;
    p->source_count = c->source.n;
    p->limit_count = c->limit.n;
    p->waiting_count = c->waiting.n;
    p->not_covered_count = c->not_covered.n;
}

static void policy_open(reading *c, benefit_policy *p)
{
    *p = (benefit_policy){.file = c->file};
    memset(&c->test, 0, offsetof(reading, lines_allowed) - offsetof(reading, test));
    c->policy = p;
    c->lines_allowed = c->enrolment_allowed = c->saw_line_fact = false;
    VEC_PUSH(c->a, &c->table, (benefit_table){0}); /* 0 = none */
}

void policy_read(reading *c, const yaml_node *root, benefit_policy *p)
{
    const yaml_node *found[P_KEYS];
    policy_open(c, p);
    if (!map_read(c, root, S(""), policy_keys, P_KEYS, found))
        return;
    header_read(c, found, p);
    sources_read(c, found[P_SOURCES]);
    period_read(c, found[P_PERIOD], p);
    named_tables_read(c, found[P_TABLES]);
    entitlement_read(c, found[P_ENTITLEMENT]);
    not_covered_read(c, found[P_NOT_COVERED]);
    if (found[P_SPLIT])
        split_read(c, found[P_SPLIT], p);
    if (found[P_LAYERS])
        layers_read(c, found[P_LAYERS]);
    stacks_read(c, found[P_STACKS]);
    policy_close(c, root, p);
}
