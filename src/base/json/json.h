/* json -- JSON text to a flat tree and back; numbers keep their digits, nothing passes through a
 * double.
 *
 * In:      UTF-8 bytes.
 * Out:     nodes in document order, or an err with the position.
 * May use: base, simdjson (behind json.cpp).
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    JSON_NULL = 0,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER, /* text: as written */
    JSON_STRING, /* text: without escapes */
    JSON_LIST,
    JSON_OBJECT
} json_kind;

typedef struct {
    uint8_t kind;
    int32_t next; /* index of the node after this one and all inside it */
    str key;      /* of a member of an object */
    str text;
} json_node;

#define JSON_DEPTH_MAX     16
#define JSON_BYTES_MAX     (16 << 20)
#define JSON_PADDING_BYTES 64

typedef struct json_reader json_reader;

json_reader *json_reader_new(void); /* NULL = no memory; caller frees */
void json_reader_free(json_reader *reader);

/* One document.  JSON_PADDING_BYTES after its end must be readable (whatever they hold).  The nodes
 * and their strings live until the next call with this reader. */
bool json_parse(
    json_reader *reader, str bytes, const json_node **nodes, int32_t *count, err *e) MUST_USE;
/* The same for a text without room behind it; the strings live in the arena.  NULL = trouble. */
const json_node *json_parse_copy(json_reader *reader, str text, arena *a, err *e) MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
