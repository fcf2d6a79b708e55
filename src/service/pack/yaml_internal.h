/* yaml_internal -- a YAML file as a tree that remembers where everything stands; private to this
 * module.
 *
 * In:      bytes.
 * Out:     nodes with line and column.  Anchors, aliases, tags and several documents are refused: a
 *          pack reads top to bottom.
 * May use: base, libyaml.
 */
#ifndef PACK_YAML_INTERNAL_H
#define PACK_YAML_INTERNAL_H
#include "base/base.h"

typedef enum { NODE_NONE = 0, NODE_SCALAR, NODE_LIST, NODE_MAP } node_kind;

typedef struct yaml_node {
    node_kind kind;
    str text; /* scalar */
    bool quoted;
    int line, column; /* 1-based */
    ptrdiff_t count;
    struct yaml_node *item; /* list; of a map the values */
    struct yaml_node *key;  /* map */
} yaml_node;

#define YAML_DEPTH_MAX 40
#define YAML_NODES_MAX 400000

/* False with an err that carries the line; the tree lives in `a`. */
bool yaml_read(yaml_node *root, str bytes, arena *a, err *e) MUST_USE;

#endif
