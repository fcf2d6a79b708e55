/* Layers: deductible, caps, bands, what they pay and what they leave. */
#include "service/pack/read_internal.h"

static void amount_table_read(
    reading *c, const yaml_node *table, const yaml_node *adjust, str path, benefit_amount *out)
{
    if (table)
        out->table = table_read(c, table, path_join(c, path, S("amount")), TABLE_AMOUNT);
    adjust_read(c, adjust, path_join(c, path, S("adjust")), TABLE_AMOUNT, out);
}

static void times_read(reading *c, const yaml_node *node, str path, benefit_deductible *d)
{
    if (!is_list(c, node, path, "a list of {key, max}"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        static const key_spec keys[] = {{"key", true}, {"max", true}};
        const yaml_node *found[2];
        str at = path_index(c, path, i);
        int64_t max = 0;
        if (!map_read(c, &node->item[i], at, keys, 2, found) || !found[0] || !found[1])
            continue;
        uint16_t key = accumulator_read(c, found[0], at, UNIT_COUNT);
        count_read(c, found[1], at, 255, &max);
        if (d->times_count == TIMES_MAX) {
            problem(c, &node->item[i], at, NULL, "at most %d counters", TIMES_MAX);
            return;
        }
        if (key)
            d->times[d->times_count++] = (benefit_times){key, (uint8_t)max};
    }
}

static void deductible_read(reading *c, const yaml_node *node, str path, benefit_deductible *d)
{
    enum {
        AMOUNT,
        ADJUST,
        MODE,
        KEY,
        MEASURE,
        TIMES,
        CEILING,
        EXEMPT,
        REPEAT,
        AS_STAY,
        BASIS,
        KEYS
    };
    static const key_spec keys[KEYS] = {{"amount", true},
                                        {"adjust", false},
                                        {"mode", false},
                                        {"key", false},
                                        {"measure", false},
                                        {"times", false},
                                        {"ceiling", false},
                                        {"exempt", false},
                                        {"repeat_every_days", false},
                                        {"repeat_as_stay", false},
                                        {"basis", false}};
    static const char *const modes[] = {"visit", "cumulative", "highwater", NULL};
    static const char *const measures[] = {"charged", "base", NULL};
    const yaml_node *found[KEYS];
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    d->given = true;
    amount_table_read(c, found[AMOUNT], found[ADJUST], path, &d->amount);
    d->amount.basis = basis_read(c, found[BASIS], path_join(c, path, S("basis")));
    int mode = found[MODE] ? choice_read(c, found[MODE], path_join(c, path, S("mode")), modes) : 0;
    d->mode = (uint8_t)max_i64(mode, 0);
    if (found[KEY])
        d->key = accumulator_read(c, found[KEY], path_join(c, path, S("key")), UNIT_MONEY);
    if (found[MEASURE])
        d->measure_base =
            choice_read(c, found[MEASURE], path_join(c, path, S("measure")), measures) == 1;
    if (found[TIMES])
        times_read(c, found[TIMES], path_join(c, path, S("times")), d);
    if (found[CEILING]) {
        static const key_spec ceiling_keys[] = {{"key", true}, {"amount", true}, {"adjust", false}};
        const yaml_node *ceiling[3];
        str at = path_join(c, path, S("ceiling"));
        if (map_read(c, found[CEILING], at, ceiling_keys, 3, ceiling) && ceiling[0]) {
            d->ceiling_key = accumulator_read(c, ceiling[0], at, UNIT_MONEY);
            amount_table_read(c, ceiling[1], ceiling[2], at, &d->ceiling);
        }
    }
    if (found[EXEMPT]) {
        d->has_exempt = true;
        c->lines_allowed = true;
        d->exempt = when_read(c, found[EXEMPT], path_join(c, path, S("exempt")));
        c->lines_allowed = false;
    }
    int64_t days = 0;
    if (found[REPEAT])
        count_read(c, found[REPEAT], path_join(c, path, S("repeat_every_days")), 3660, &days);
    d->repeat_every_days = (int32_t)days;
    if (found[AS_STAY])
        flag_read(c, found[AS_STAY], path_join(c, path, S("repeat_as_stay")), &d->repeat_as_stay);
}

static void deductible_check(
    reading *c, const yaml_node *node, str path, const benefit_deductible *d, pay_mode pay)
{
    if (!d->given)
        return;
    if (pay == PAY_ENTITLEMENT) {
        if (d->mode != DEDUCTIBLE_VISIT || d->key || d->times_count || d->ceiling_key ||
            d->has_exempt || d->repeat_every_days)
            problem(c, node, path, "amount and adjust only",
                    "the deductible of an entitlement layer is yearly by itself");
    } else if (pay != PAY_RATE) {
        problem(c, node, path, NULL,
                "only layers that pay by rate or entitlement have a deductible");
    } else if ((d->mode == DEDUCTIBLE_VISIT) != (d->key == 0)) {
        problem(c, node, path, "key: ACCUMULATOR",
                d->key ? "`key` needs mode cumulative or highwater"
                       : "mode cumulative or highwater needs `key`");
    }
    if (d->measure_base && d->mode != DEDUCTIBLE_CUMULATIVE)
        problem(c, node, path, "mode: cumulative", "`measure` goes with mode cumulative");
}

static void caps_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    enum { KEY, ON, AMOUNT, ADJUST, IF, BASIS, KEYS };
    static const key_spec keys[KEYS] = {{"key", false},    {"on", false}, {"amount", true},
                                        {"adjust", false}, {"if", false}, {"basis", false}};
    static const char *const ons[] = {"fund", "expense", NULL};
    if (!is_list(c, node, path, "a list of caps"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[KEYS];
        str at = path_index(c, path, i);
        benefit_cap cap = {0};
        if (!map_read(c, &node->item[i], at, keys, KEYS, found) || !found[AMOUNT])
            continue;
        if (found[KEY])
            cap.key = accumulator_read(c, found[KEY], path_join(c, at, S("key")), UNIT_MONEY);
        if (found[ON])
            cap.on_expense = choice_read(c, found[ON], path_join(c, at, S("on")), ons) == 1;
        cap.when = when_read(c, found[IF], path_join(c, at, S("if")));
        amount_table_read(c, found[AMOUNT], found[ADJUST], at, &cap.amount);
        cap.amount.basis = basis_read(c, found[BASIS], path_join(c, at, S("basis")));
        if (cap.on_expense && layer->pay != PAY_RATE)
            problem(c, found[ON], at, "on: fund", "only layers that pay by rate have expense caps");
        if (layer->cap_count == CAPS_MAX) {
            problem(c, &node->item[i], at, NULL, "at most %d caps", CAPS_MAX);
            return;
        }
        layer->cap[layer->cap_count++] = cap;
    }
}

static int heap_read(reading *c, const yaml_node *node, str path)
{
    str name = scalar_text(c, node, path, "a heap");
    for (int h = 0; h < HEAP__COUNT; h++)
        if (str_eq(name, str_of(heap_names[h])))
            return h;
    if (name.n)
        problem(c, node, path,
                "own, over_limit, pay_first, route_share, scope, deductible, copay or over_cap",
                "there is no heap `%.*s`", STR_ARG(name));
    return -1;
}

static void base_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    if (!is_list(c, node, path, "a list of heaps"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        int heap = heap_read(c, &node->item[i], path_index(c, path, i));
        for (int j = 0; j < layer->base_count; j++) {
            if (layer->base[j] == heap) {
                problem(c, &node->item[i], path, NULL, "heap `%s` stands twice", heap_names[heap]);
                heap = -1;
            }
        }
        if (heap >= 0)
            layer->base[layer->base_count++] = (uint8_t)heap;
    }
    if (node->count == 0)
        problem(c, node, path, "at least one heap", "the layer has no base");
}

static bool base_has(const benefit_layer *layer, heap_id heap)
{
    for (int i = 0; i < layer->base_count; i++)
        if (layer->base[i] == heap)
            return true;
    return false;
}

static void leaves_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    static const key_spec keys[] = {{"deductible", false}, {"copay", false}, {"over_cap", false}};
    const yaml_node *found[3];
    layer->leave_deductible = HEAP_DEDUCTIBLE;
    layer->leave_copay = HEAP_COPAY;
    layer->leave_over_cap = HEAP_OVER_CAP;
    layer->leaves_same = layer->pay != PAY_RATE || !base_has(layer, HEAP_SCOPE);
    if (!node)
        return;
    if (node->kind == NODE_SCALAR) {
        if (!str_eq(node->text, S("same")))
            problem(c, node, path, "same, or {deductible, copay, over_cap}", "`%.*s` is not known",
                    STR_ARG(node->text));
        layer->leaves_same = true;
        return;
    }
    if (!map_read(c, node, path, keys, 3, found))
        return;
    layer->leaves_same = false;
    uint8_t *to[] = {&layer->leave_deductible, &layer->leave_copay, &layer->leave_over_cap};
    for (int i = 0; i < 3; i++) {
        int heap = found[i] ? heap_read(c, found[i], path_join(c, path, str_of(keys[i].name))) : -1;
        if (heap >= 0)
            *to[i] = (uint8_t)heap;
    }
    if (layer->pay != PAY_RATE)
        problem(c, node, path, "same", "only layers that pay by rate move what they leave");
}

static void feeds_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    static const key_spec keys[] = {{"key", true}, {"what", true}};
    static const char *const whats[] = {"base", "paid", "deductible", "copay", "over_cap", NULL};
    static const uint8_t codes[] = {WHAT_BASE, WHAT_PAID, WHAT_DEDUCTIBLE, WHAT_COPAY,
                                    WHAT_OVER_CAP};
    if (!is_list(c, node, path, "a list of {key, what}"))
        return;
    for (ptrdiff_t i = 0; i < node->count; i++) {
        const yaml_node *found[2];
        str at = path_index(c, path, i);
        if (!map_read(c, &node->item[i], at, keys, 2, found) || !found[0] || !found[1])
            continue;
        uint16_t key = accumulator_read(c, found[0], at, UNIT_MONEY);
        int what = choice_read(c, found[1], path_join(c, at, S("what")), whats);
        if (layer->feed_count == FEEDS_MAX) {
            problem(c, &node->item[i], at, NULL, "at most %d feeds", FEEDS_MAX);
            return;
        }
        if (key && what >= 0)
            layer->feed[layer->feed_count++] = (benefit_feed){key, codes[what]};
    }
}

static void payer_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    str name = scalar_text(c, node, path, "a payer");
    const pack_word *payer = name.n ? pack_word_find(c->pack, FACT_NONE, name) : NULL;
    layer->payer = name;
    if (payer) {
        layer->field = payer->field;
        return;
    }
    char buffer[400];
    text_buffer list = {buffer, 0, sizeof buffer - 1, false};
    pack_words_list(&list, c->pack, FACT_NONE);
    buffer[list.n] = 0;
    if (name.n)
        problem(c, node, path, buffer, "payer `%.*s` is not in the dictionary `payer`",
                STR_ARG(name));
}

enum {
    L_NAME,
    L_BASIS,
    L_PAYER,
    L_IF,
    L_BASE,
    L_LINES,
    L_EACH,
    L_BEST_OVER,
    L_PAY,
    L_DEDUCTIBLE,
    L_RATE,
    L_RATE_ADJUST,
    L_BANDS,
    L_CAPS,
    L_CUMULATIVE,
    L_OF,
    L_ACCOUNT,
    L_LEAVES,
    L_FEEDS,
    L_KEYS
};
static const key_spec layer_keys[L_KEYS] = {
    {"name", true},     {"basis", true},       {"payer", true},       {"if", false},
    {"base", true},     {"lines", false},      {"each", false},       {"best_over", false},
    {"pay", false},     {"deductible", false}, {"rate", false},       {"rate_adjust", false},
    {"bands", false},   {"caps", false},       {"cumulative", false}, {"of", false},
    {"account", false}, {"leaves", false},     {"feeds", false}};

static void rate_read(reading *c, const yaml_node **found, str path, benefit_layer *layer)
{
    c->lines_allowed = true;
    c->saw_line_fact = false;
    if (found[L_RATE])
        layer->rate.table = table_read(c, found[L_RATE], path_join(c, path, S("rate")), TABLE_RATE);
    adjust_read(c, found[L_RATE_ADJUST], path_join(c, path, S("rate_adjust")), TABLE_RATE,
                &layer->rate);
    layer->line_rate = c->saw_line_fact;
    c->lines_allowed = false;
    if (found[L_BANDS])
        bands_read(c, found[L_BANDS], path_join(c, path, S("bands")), &layer->bands);
}

static void pay_specials_read(
    reading *c, const yaml_node **found, const yaml_node *node, str path, benefit_layer *layer)
{
    static const key_spec cumulative_keys[] = {{"base", true}, {"paid", true}};
    static const char *const accounts[] = {"current", "previous", "civil", "family", NULL};
    static const char *const ofs[] = {"total", "in_scope", NULL};
    const yaml_node *cumulative[2];
    if (found[L_CUMULATIVE]) {
        str at = path_join(c, path, S("cumulative"));
        if (map_read(c, found[L_CUMULATIVE], at, cumulative_keys, 2, cumulative)) {
            if (cumulative[0])
                layer->cumulative_base = accumulator_read(c, cumulative[0], at, UNIT_MONEY);
            if (cumulative[1])
                layer->cumulative_paid = accumulator_read(c, cumulative[1], at, UNIT_MONEY);
        }
    }
    if (found[L_ACCOUNT])
        layer->account = (uint8_t)max_i64(
            0, choice_read(c, found[L_ACCOUNT], path_join(c, path, S("account")), accounts));
    if (found[L_OF])
        layer->of_in_scope = choice_read(c, found[L_OF], path_join(c, path, S("of")), ofs) == 1;
    if ((layer->pay == PAY_ENTITLEMENT) != (found[L_CUMULATIVE] != NULL))
        problem(c, node, path, "cumulative: {base, paid}",
                "`cumulative` and pay: entitlement go together");
    if ((layer->pay == PAY_ACCOUNT) != (found[L_ACCOUNT] != NULL))
        problem(c, node, path, "account: current, previous, civil or family",
                "`account` and pay: account go together");
    if ((layer->pay == PAY_TOPUP) != (found[L_OF] != NULL))
        problem(c, node, path, "of: total or in_scope", "`of` and pay: topup go together");
}

static void layer_check(reading *c,
                        const yaml_node **found,
                        const yaml_node *node,
                        str path,
                        const benefit_layer *layer)
{
    bool rated = found[L_RATE] || found[L_BANDS];
    if (found[L_RATE] && found[L_BANDS])
        problem(c, node, path, "rate or bands", "a layer has `rate` or `bands`, not both");
    if (layer->pay != PAY_ACCOUNT && !rated)
        problem(c, node, path_join(c, path, S("rate")), "rate or bands", "the layer has no `rate`");
    if (layer->pay == PAY_ACCOUNT && (rated || found[L_RATE_ADJUST]))
        problem(c, node, path, NULL, "an account pays the whole of its base: no rate");
    if (layer->pay == PAY_TOPUP && found[L_BANDS])
        problem(c, node, path, "rate", "a top-up has one rate");
    if (layer->line_rate && (layer->bands.given || layer->pay != PAY_RATE))
        problem(c, node, path, NULL,
                "a rate by line cannot be combined with bands or another `pay`");
    if (layer->line_rate && layer->leaves_same && (layer->deductible.given || layer->cap_count > 0))
        problem(c, node, path, "leaves: {deductible, copay, over_cap}",
                "a rate by line with a deductible or caps must say what it leaves");
    if (layer->pay == PAY_ENTITLEMENT && !base_has(layer, HEAP_COPAY))
        problem(c, found[L_BASE], path_join(c, path, S("base")), "copay in the base",
                "a cumulative layer must count the personal share (`copay`)");
    if (layer->pay == PAY_ENTITLEMENT && layer->bands.measure)
        problem(c, found[L_BANDS], path, NULL, "`measure` is not for entitlement layers");
    bool account_field = layer->field == FIELD_ACCOUNT || layer->field == FIELD_FAMILY_ACCOUNT;
    if (layer->field && account_field != (layer->pay == PAY_ACCOUNT))
        problem(c, found[L_PAYER], path_join(c, path, S("payer")), NULL,
                account_field ? "this payer is an account: it needs pay: account"
                              : "pay: account needs a payer whose field is an account");
    for (int i = 0; i < layer->cap_count; i++)
        for (int j = 0; j < i; j++)
            if (layer->cap[i].key && layer->cap[i].key == layer->cap[j].key &&
                layer->cap[i].on_expense != layer->cap[j].on_expense)
                problem(c, found[L_CAPS], path_join(c, path, S("caps")),
                        "one meaning per accumulator",
                        "one accumulator cannot count both payments and expense");
}

static void layer_read(reading *c, const yaml_node *node, str path, benefit_layer *layer)
{
    static const char *const pays[] = {"rate", "entitlement", "topup", "account", NULL};
    static const char *const eaches[] = {"line_disease", NULL};
    static const char *const overs[] = {"category", NULL};
    const yaml_node *found[L_KEYS];
    if (!map_read(c, node, path, layer_keys, L_KEYS, found))
        return;
    if (found[L_NAME])
        names_read(c, found[L_NAME], path_join(c, path, S("name")), &layer->zh, &layer->en);
    layer->basis = basis_read(c, found[L_BASIS], path_join(c, path, S("basis")));
    if (found[L_PAYER])
        payer_read(c, found[L_PAYER], path_join(c, path, S("payer")), layer);
    layer->when = when_read(c, found[L_IF], path_join(c, path, S("if")));
    if (found[L_PAY])
        layer->pay =
            (uint8_t)max_i64(0, choice_read(c, found[L_PAY], path_join(c, path, S("pay")), pays));
    if (found[L_BASE])
        base_read(c, found[L_BASE], path_join(c, path, S("base")), layer);
    if (found[L_LINES]) {
        c->lines_allowed = layer->has_lines = true;
        layer->lines = when_read(c, found[L_LINES], path_join(c, path, S("lines")));
        c->lines_allowed = false;
    }
    if (found[L_EACH])
        layer->each_disease =
            choice_read(c, found[L_EACH], path_join(c, path, S("each")), eaches) == 0;
    if (found[L_BEST_OVER])
        layer->best_over_category =
            choice_read(c, found[L_BEST_OVER], path_join(c, path, S("best_over")), overs) == 0;
    leaves_read(c, found[L_LEAVES], path_join(c, path, S("leaves")), layer);
    if (found[L_DEDUCTIBLE])
        deductible_read(c, found[L_DEDUCTIBLE], path_join(c, path, S("deductible")),
                        &layer->deductible);
    deductible_check(c, found[L_DEDUCTIBLE], path_join(c, path, S("deductible")),
                     &layer->deductible, layer->pay);
    rate_read(c, found, path, layer);
    if (found[L_CAPS])
        caps_read(c, found[L_CAPS], path_join(c, path, S("caps")), layer);
    pay_specials_read(c, found, node, path, layer);
    if (found[L_FEEDS])
        feeds_read(c, found[L_FEEDS], path_join(c, path, S("feeds")), layer);
    layer_check(c, found, node, path, layer);
}

void layers_read(reading *c, const yaml_node *node)
{
    if (!node || node->kind != NODE_MAP) {
        problem(c, node, S("layers"), "{NAME: layer}", "`layers` must be a mapping");
        return;
    }
    for (ptrdiff_t i = 0; i < node->count; i++) {
        benefit_layer layer = {.name = node->key[i].text, .input_line = node->key[i].line};
        str path = path_join(c, S("layers"), layer.name);
        for (int j = 0; j < c->layer.n; j++)
            if (str_eq(c->layer.at[j].name, layer.name))
                problem(c, &node->key[i], path, NULL, "layer `%.*s` stands twice",
                        STR_ARG(layer.name));
        layer_read(c, &node->item[i], path, &layer);
        VEC_PUSH(c->a, &c->layer, layer);
    }
}
