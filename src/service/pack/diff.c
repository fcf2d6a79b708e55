/* What differs between two packs: the files as written, value by value, with the place of each. */
#include "service/pack/pack.h"
#include "service/pack/yaml_internal.h"

typedef struct {
    text_buffer *out;
    arena *a;
    str title; /* of the policy being compared */
    int count;
    pack_difference *row; /* NULL: told as text */
    int row_max;
} differ;

static void difference(differ *d, str path, const yaml_node *before, const yaml_node *after);

static str path_key(differ *d, str path, str key)
{
    return path.n ? arena_printf(d->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(key)) : key;
}

/* The node in one line, as it could be written in flow style. */
static void node_print(text_buffer *out, const yaml_node *node)
{
    if (node->kind == NODE_SCALAR) {
        text_add(out, node->text);
        return;
    }
    text_add(out, node->kind == NODE_MAP ? S("{") : S("["));
    for (ptrdiff_t i = 0; i < node->count; i++) {
        if (i)
            text_add(out, S(", "));
        if (node->kind == NODE_MAP) {
            node_print(out, &node->key[i]);
            text_add(out, S(": "));
        }
        node_print(out, &node->item[i]);
    }
    text_add(out, node->kind == NODE_MAP ? S("}") : S("]"));
}

static bool node_equal(const yaml_node *a, const yaml_node *b)
{
    if (a->kind != b->kind || a->count != b->count || !str_eq(a->text, b->text))
        return false;
    for (ptrdiff_t i = 0; i < a->count; i++)
        if ((a->kind == NODE_MAP && !node_equal(&a->key[i], &b->key[i])) ||
            !node_equal(&a->item[i], &b->item[i]))
            return false;
    return true;
}

#define VALUE_BYTES 2000

static str node_text(differ *d, const yaml_node *node)
{
    text_buffer t = {arena_new(d->a, char, VALUE_BYTES), 0, VALUE_BYTES, false};
    if (node)
        node_print(&t, node);
    return (str){t.p, t.n};
}

static void told(differ *d, str path, const yaml_node *before, const yaml_node *after)
{
    d->count++;
    if (d->row) {
        if (d->count <= d->row_max)
            d->row[d->count - 1] =
                (pack_difference){path, node_text(d, before), node_text(d, after),
                                  before ? before->line : 0, after ? after->line : 0};
        return;
    }
    text_printf(d->out, "%.*s: %.*s: ", STR_ARG(d->title), STR_ARG(path));
    if (before)
        node_print(d->out, before);
    else
        text_add(d->out, S("(none)"));
    text_add(d->out, S(" -> "));
    if (after)
        node_print(d->out, after);
    else
        text_add(d->out, S("(none)"));
    text_printf(d->out, "  [line %d -> %d]\n", before ? before->line : 0, after ? after->line : 0);
}

static const yaml_node *map_find(const yaml_node *map, str key)
{
    for (ptrdiff_t i = 0; i < map->count; i++)
        if (str_eq(map->key[i].text, key))
            return &map->item[i];
    return NULL;
}

/* stacks.inpatient rather than stacks[1], where both rows are the same stack. */
static str
row_path(differ *d, str path, ptrdiff_t i, const yaml_node *before, const yaml_node *after)
{
    const yaml_node *a = before && before->kind == NODE_MAP ? map_find(before, S("stack")) : NULL;
    const yaml_node *b = after && after->kind == NODE_MAP ? map_find(after, S("stack")) : NULL;
    if (a && b && str_eq(a->text, b->text))
        return path_key(d, path, a->text);
    return arena_printf(d->a, "%.*s[%td]", STR_ARG(path), i + 1);
}

static void maps_differ(differ *d, str path, const yaml_node *before, const yaml_node *after)
{
    for (ptrdiff_t i = 0; i < before->count; i++) {
        const yaml_node *other = map_find(after, before->key[i].text);
        str at = path_key(d, path, before->key[i].text);
        if (!other)
            told(d, at, &before->item[i], NULL);
        else
            difference(d, at, &before->item[i], other);
    }
    for (ptrdiff_t i = 0; i < after->count; i++)
        if (!map_find(before, after->key[i].text))
            told(d, path_key(d, path, after->key[i].text), NULL, &after->item[i]);
}

/* Rows that stand unchanged at the front and at the back are passed over; what is between is
 * compared in order, so that one row put in is one difference. */
static void lists_differ(differ *d, str path, const yaml_node *before, const yaml_node *after)
{
    ptrdiff_t front = 0, back = 0;
    while (front < before->count && front < after->count &&
           node_equal(&before->item[front], &after->item[front]))
        front++;
    while (
        back < before->count - front && back < after->count - front &&
        node_equal(&before->item[before->count - 1 - back], &after->item[after->count - 1 - back]))
        back++;
    ptrdiff_t old_end = before->count - back, new_end = after->count - back;
    for (ptrdiff_t i = front; i < old_end || i < new_end; i++) {
        const yaml_node *then = i < old_end ? &before->item[i] : NULL;
        const yaml_node *now = i < new_end ? &after->item[i] : NULL;
        str at = row_path(d, path, i, then, now);
        if (i < old_end && i < new_end)
            difference(d, at, &before->item[i], &after->item[i]);
        else
            told(d, at, i < old_end ? &before->item[i] : NULL,
                 i < new_end ? &after->item[i] : NULL);
    }
}

static void difference(differ *d, str path, const yaml_node *before, const yaml_node *after)
{
    if (node_equal(before, after))
        return;
    if (before->kind == NODE_MAP && after->kind == NODE_MAP)
        maps_differ(d, path, before, after);
    else if (before->kind == NODE_LIST && after->kind == NODE_LIST)
        lists_differ(d, path, before, after);
    else
        told(d, path, before, after);
}

static const yaml_node *document_of(const pack *p, const benefit_policy *policy)
{
    for (int i = 0; i < p->document_count; i++)
        if (str_eq(p->document[i].file, policy->file))
            return p->document[i].root;
    return NULL;
}

/* The same version, or else the last one of the same policy that begins earlier. */
static const benefit_policy *counterpart(const pack *p, const benefit_policy *wanted)
{
    const benefit_policy *best = NULL;
    for (int i = 0; i < p->policy_count; i++) {
        const benefit_policy *policy = &p->policy[i];
        if (str_eq(policy->id, wanted->id) && policy->from.number <= wanted->from.number)
            best = policy;
    }
    return best;
}

static void policies_differ(differ *d, const pack *before, const pack *after)
{
    char from[DAY_TEXT_SIZE];
    for (int i = 0; i < after->policy_count; i++) {
        const benefit_policy *now = &after->policy[i], *then = counterpart(before, now);
        day_print(from, now->from);
        d->title = arena_printf(d->a, "%.*s %s", STR_ARG(now->id), from);
        if (then) {
            difference(d, (str){0}, document_of(before, then), document_of(after, now));
            continue;
        }
        text_printf(d->out, "%.*s: new policy\n", STR_ARG(d->title));
        d->count++;
    }
    for (int i = 0; i < before->policy_count; i++) {
        const benefit_policy *then = &before->policy[i];
        bool kept = false;
        for (int k = 0; k < after->policy_count; k++)
            kept = kept || counterpart(before, &after->policy[k]) == then;
        if (kept)
            continue;
        day_print(from, then->from);
        text_printf(d->out, "%.*s %s: policy is gone\n", STR_ARG(then->id), from);
        d->count++;
    }
}

static const char *dictionary_name(const pack_word *w)
{
    return w->fact == FACT_NONE ? "payer" : fact_table[w->fact].name;
}

static void words_differ(differ *d, const pack *before, const pack *after)
{
    for (int i = 0; i < before->word_count; i++) {
        const pack_word *w = &before->word[i], *now = pack_word_find(after, w->fact, w->text);
        if (now && str_eq(now->zh, w->zh) && str_eq(now->en, w->en) && now->field == w->field)
            continue;
        text_printf(d->out, "dictionary %s: %.*s: %s\n", dictionary_name(w), STR_ARG(w->text),
                    now ? "changed" : "is gone");
        d->count++;
    }
    for (int i = 0; i < after->word_count; i++) {
        const pack_word *w = &after->word[i];
        if (pack_word_find(before, w->fact, w->text))
            continue;
        text_printf(d->out, "dictionary %s: %.*s: new\n", dictionary_name(w), STR_ARG(w->text));
        d->count++;
    }
}

static bool calendar_has(const calendar *c, const calendar_exception *wanted)
{
    for (ptrdiff_t i = 0; i < c->count; i++)
        if (c->exception[i].on.number == wanted->on.number &&
            c->exception[i].works == wanted->works)
            return true;
    return false;
}

static void
calendars_differ(differ *d, const calendar *left, const calendar *right, const char *what)
{
    char on[DAY_TEXT_SIZE];
    for (ptrdiff_t i = 0; i < left->count; i++) {
        if (calendar_has(right, &left->exception[i]))
            continue;
        day_print(on, left->exception[i].on);
        text_printf(d->out, "calendar: %s as %s: %s\n", on,
                    left->exception[i].works ? "working day" : "holiday", what);
        d->count++;
    }
}

int pack_compare(pack_difference *out,
                 int max,
                 const pack *p,
                 const benefit_policy *before,
                 const benefit_policy *after,
                 arena *a)
{
    differ d = {.a = a, .row = out, .row_max = max};
    difference(&d, (str){0}, document_of(p, before), document_of(p, after));
    return d.count < max ? d.count : max;
}

int pack_diff(text_buffer *out, const pack *before, const pack *after, arena *a)
{
    differ d = {.out = out, .a = a};
    policies_differ(&d, before, after);
    words_differ(&d, before, after);
    calendars_differ(&d, &before->calendar, &after->calendar, "is gone");
    calendars_differ(&d, &after->calendar, &before->calendar, "new");
    return d.count;
}
