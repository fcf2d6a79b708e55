#include "service/pack/yaml_internal.h"

#include <yaml.h>

typedef struct {
    yaml_parser_t parser;
    yaml_event_t event; /* the one at hand; its memory is libyaml's */
    arena *a;
    err *e;
    int nodes;
} reader;

static bool broken(reader *r, const yaml_mark_t *at, const char *what)
{
    FAIL(r->e, ERR_BAD_YAML, "%s", what);
    r->e->input_line = (int)at->line + 1;
    r->e->input_column = (int)at->column + 1;
    return false;
}

static bool next(reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return true;
    yaml_mark_t at = r->parser.problem_mark;
    return broken(r, &at, r->parser.problem ? r->parser.problem : "not YAML");
}

static bool node_read(reader *r, yaml_node *out, int depth);

static void children_grow(reader *r, yaml_node *out, ptrdiff_t cap)
{
    yaml_node *item = arena_new(r->a, yaml_node, cap);
    yaml_node *key = out->kind == NODE_MAP ? arena_new(r->a, yaml_node, cap) : NULL;
    if (out->count) {
        memcpy(item, out->item, (size_t)out->count * sizeof *item);
        if (key)
            memcpy(key, out->key, (size_t)out->count * sizeof *key);
    }
    out->item = item;
    out->key = key;
}

/* Children of a list or map up to its end, collected in doubling arrays. */
static bool children_read(reader *r, yaml_node *out, yaml_event_type_t end, int depth)
{
    ptrdiff_t cap = 0;
    for (;;) {
        if (!next(r))
            return false;
        if (r->event.type == end)
            return true;
        if (out->count == cap) {
            cap = cap ? 2 * cap : 8;
            children_grow(r, out, cap);
        }
        if (out->kind == NODE_MAP && (!node_read(r, &out->key[out->count], depth) || !next(r)))
            return false;
        if (!node_read(r, &out->item[out->count], depth))
            return false;
        out->count++;
    }
}

/* The node that the event at hand begins. */
static bool node_read(reader *r, yaml_node *out, int depth)
{
    const yaml_event_t *event = &r->event;
    *out = (yaml_node){.line = (int)event->start_mark.line + 1,
                       .column = (int)event->start_mark.column + 1};
    if (depth > YAML_DEPTH_MAX)
        return broken(r, &event->start_mark, "nested too deeply");
    if (++r->nodes > YAML_NODES_MAX)
        return broken(r, &event->start_mark, "file is too large");
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        if (event->data.scalar.anchor || event->data.scalar.tag)
            return broken(r, &event->start_mark, "anchors and tags are not part of a pack");
        out->kind = NODE_SCALAR;
        out->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        out->text = arena_str(r->a, (str){(const char *)event->data.scalar.value,
                                          (ptrdiff_t)event->data.scalar.length});
        return true;
    case YAML_SEQUENCE_START_EVENT:
        if (event->data.sequence_start.anchor || event->data.sequence_start.tag)
            return broken(r, &event->start_mark, "anchors and tags are not part of a pack");
        out->kind = NODE_LIST;
        return children_read(r, out, YAML_SEQUENCE_END_EVENT, depth + 1);
    case YAML_MAPPING_START_EVENT:
        if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
            return broken(r, &event->start_mark, "anchors and tags are not part of a pack");
        out->kind = NODE_MAP;
        return children_read(r, out, YAML_MAPPING_END_EVENT, depth + 1);
    case YAML_ALIAS_EVENT:
        return broken(r, &event->start_mark, "aliases are not part of a pack; write the value out");
    default:
        return broken(r, &event->start_mark, "a value was expected");
    }
}

static bool document_read(reader *r, yaml_node *root)
{
    const yaml_event_type_t head[] = {YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT};
    const yaml_event_type_t tail[] = {YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT};
    for (ptrdiff_t i = 0; i < COUNTOF(head); i++) {
        if (!next(r))
            return false;
        if (r->event.type != head[i])
            return broken(r, &r->event.start_mark, "the file is empty");
    }
    if (!next(r) || !node_read(r, root, 0))
        return false;
    for (ptrdiff_t i = 0; i < COUNTOF(tail); i++) {
        if (!next(r))
            return false;
        if (r->event.type != tail[i])
            return broken(r, &r->event.start_mark, "only one document per file");
    }
    return true;
}

/* The tree is built by a function that may leave by longjmp when memory ends: libyaml's own memory
 * has to be given back then too. */
bool yaml_read(yaml_node *root, str bytes, arena *a, err *e)
{
    jmp_buf oom, *outer = a->oom;
    reader r = {.a = a, .e = e};
    if (!yaml_parser_initialize(&r.parser))
        return FAIL(e, ERR_OUT_OF_MEMORY, "cannot start the YAML reader");
    bool ok;
    a->oom = &oom;
    if (setjmp(oom) == 0) {
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes.p, (size_t)bytes.n);
        ok = document_read(&r, root);
        a->oom = outer;
        yaml_event_delete(&r.event);
        yaml_parser_delete(&r.parser);
        return ok;
    }
    a->oom = outer;
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    longjmp(*outer, 1);
}
