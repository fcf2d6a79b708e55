#include "base/json/json.h"

const json_node *json_parse_copy(json_reader *reader, str text, arena *a, err *e)
{
    const json_node *nodes;
    int32_t count;
    char *copy = arena_new(a, char, text.n + JSON_PADDING_BYTES);
    if (text.n)
        memcpy(copy, text.p, (size_t)text.n);
    return json_parse(reader, (str){copy, text.n}, &nodes, &count, e) ? nodes : NULL;
}
