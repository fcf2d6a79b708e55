/* The section `cross_area` of pack.yaml: who is settled at once in another pooling area, and how.
 */
#include "service/pack/read_internal.h"

/* ---- reading ---- */

static int texts_read(const str **out, reading *c, const yaml_node *node, str path)
{
    if (!node)
        return 0;
    const bool list = node->kind == NODE_LIST;
    ptrdiff_t count = list ? node->count : 1;
    str *text = arena_new(c->a, str, count + 1);
    for (ptrdiff_t i = 0; i < count; i++)
        text[i] = scalar_text(c, list ? &node->item[i] : node, path, "a word, or a list of words");
    *out = text;
    return (int)count;
}

static int
words_read(const str **out, reading *c, fact_id fact, const yaml_node *node, str path, str key)
{
    str at = path_join(c, path, key);
    int count = texts_read(out, c, node, at);
    for (int i = 0; i < count; i++) {
        word ignored;
        (void)word_read(c, fact, node->kind == NODE_LIST ? &node->item[i] : node, at, &ignored);
    }
    return count;
}

static void areas_check(reading *c, const pack_cross_rule *r, const yaml_node *node, str path)
{
    for (int i = 0; i < r->area_count; i++)
        if (r->area[i].n != 2 && r->area[i].n != 4 && r->area[i].n != 6)
            problem(c, node, path, "division codes of 2, 4 or 6 digits",
                    "`%.*s` is no division code", STR_ARG(r->area[i]));
}

static void rule_read(reading *c, pack_cross_rule *r, const yaml_node *node, str path)
{
    enum { ROUTE, BASIS, FILING, EMERGENCY, KINDS, SCHEMES, AREAS, FROM, UNTIL, KEYS };
    static const key_spec keys[KEYS] = {{"route", true},      {"basis", true},  {"filing", false},
                                        {"emergency", false}, {"kinds", false}, {"schemes", false},
                                        {"areas", false},     {"from", false},  {"until", false}};
    const yaml_node *found[KEYS];
    const str *route = NULL;
    *r = (pack_cross_rule){.from = {DAY_NONE}, .until = {DAY_NONE}};
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (words_read(&route, c, FACT_ROUTE, found[ROUTE], path, S("route")) == 1)
        r->route = route[0];
    if (found[BASIS])
        r->basis = scalar_text(c, found[BASIS], path_join(c, path, S("basis")), "a document");
    r->filing_count = words_read(&r->filing, c, FACT_ROUTE, found[FILING], path, S("filing"));
    r->kind_count = words_read(&r->kind, c, FACT_VISIT_KIND, found[KINDS], path, S("kinds"));
    r->scheme_count = words_read(&r->scheme, c, FACT_SCHEME, found[SCHEMES], path, S("schemes"));
    r->area_count = texts_read(&r->area, c, found[AREAS], path_join(c, path, S("areas")));
    areas_check(c, r, found[AREAS], path_join(c, path, S("areas")));
    if (found[EMERGENCY])
        (void)flag_read(c, found[EMERGENCY], path_join(c, path, S("emergency")), &r->emergency);
    if (found[FROM])
        (void)date_read(c, found[FROM], path_join(c, path, S("from")), &r->from);
    if (found[UNTIL])
        (void)date_read(c, found[UNTIL], path_join(c, path, S("until")), &r->until);
}

static void levels_read(reading *c, const yaml_node *node, str path)
{
    pack *p = c->pack;
    word ignored;
    if (node->kind != NODE_MAP) {
        problem(c, node, path, "{level there: level here}", "not a mapping");
        return;
    }
    pack_level *level = arena_new(c->a, pack_level, node->count + 1);
    for (ptrdiff_t i = 0; i < node->count; i++) {
        str at = path_join(c, path, node->key[i].text);
        if (word_read(c, FACT_LEVEL, &node->item[i], at, &ignored))
            level[p->cross_level_count++] = (pack_level){node->key[i].text, node->item[i].text};
    }
    p->cross_level = level;
}

void cross_area_read(reading *c, const yaml_node *node)
{
    enum { ROUTES, LEVELS, NOTE, KEYS };
    static const key_spec keys[KEYS] = {{"routes", true}, {"levels", false}, {"note", false}};
    const yaml_node *found[KEYS];
    str path = S("cross_area");
    if (!map_read(c, node, path, keys, KEYS, found))
        return;
    if (found[LEVELS])
        levels_read(c, found[LEVELS], path_join(c, path, S("levels")));
    path = path_join(c, path, S("routes"));
    if (!found[ROUTES] || !is_list(c, found[ROUTES], path, "a list of rules"))
        return;
    pack_cross_rule *rule = arena_new(c->a, pack_cross_rule, found[ROUTES]->count + 1);
    for (ptrdiff_t i = 0; i < found[ROUTES]->count; i++)
        rule_read(c, &rule[i], &found[ROUTES]->item[i], path_index(c, path, i));
    c->pack->cross = rule;
    c->pack->cross_count = (int)found[ROUTES]->count;
}

/* ---- asking ---- */

static bool any_equal(const str *list, int count, str s)
{
    for (int i = 0; i < count; i++)
        if (str_eq(list[i], s))
            return true;
    return count == 0;
}

static bool filed(const pack_cross_rule *r, const pack_cross_ask *ask)
{
    for (int i = 0; i < ask->filing_count; i++)
        if (r->filing_count && any_equal(r->filing, r->filing_count, ask->filing[i]))
            return true;
    return r->filing_count == 0;
}

static bool lies_in(const pack_cross_rule *r, str area)
{
    for (int i = 0; i < r->area_count; i++)
        if (area.n >= r->area[i].n && memcmp(area.p, r->area[i].p, (size_t)r->area[i].n) == 0)
            return true;
    return r->area_count == 0;
}

/* A kind that is not told yet may be each that needs no admission. */
static bool for_kind(const pack *p, const pack_cross_rule *r, str kind)
{
    bool may = kind.n ? any_equal(r->kind, r->kind_count, kind) : r->kind_count == 0;
    for (int i = 0; i < r->kind_count && kind.n == 0; i++) {
        const pack_word *w = pack_word_find(p, FACT_VISIT_KIND, r->kind[i]);
        may = may || (w && !w->stay);
    }
    return may;
}

const pack_cross_rule *pack_cross_find(const pack *p, const pack_cross_ask *ask)
{
    for (int i = 0; i < p->cross_count; i++) {
        const pack_cross_rule *r = &p->cross[i];
        if ((r->emergency && !ask->emergency) || !filed(r, ask) || !lies_in(r, ask->area) ||
            !any_equal(r->scheme, r->scheme_count, ask->scheme) || !for_kind(p, r, ask->kind) ||
            (r->from.number != DAY_NONE && ask->on.number < r->from.number) ||
            (r->until.number != DAY_NONE && ask->on.number > r->until.number))
            continue;
        return r;
    }
    return NULL;
}

str pack_cross_level(const pack *p, str level)
{
    for (int i = 0; i < p->cross_level_count; i++)
        if (str_eq(p->cross_level[i].there, level))
            return p->cross_level[i].here;
    return level;
}
