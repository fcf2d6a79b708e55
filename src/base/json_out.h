/* json_out -- JSON text, written from the front; commas and escapes are taken care of.
 *
 * In:      keys and values in the order they are to stand.
 * Out:     UTF-8 text in an arena.
 * May use: base, money.
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H
#include "base/base.h"
#include "base/day.h"

typedef struct {
    arena *a;
    char *p;
    ptrdiff_t n, cap;
    bool comma; /* the next value or key needs one before it */
} json_out;

json_out json_out_new(arena *a, ptrdiff_t expected_bytes);
str json_out_text(const json_out *o); /* what was written so far; lives in the arena */

void json_open(json_out *o, char bracket);  /* '{' or '[' */
void json_close(json_out *o, char bracket); /* '}' or ']' */
void json_key(json_out *o, str key);

void json_str(json_out *o, str s); /* invalid UTF-8 becomes U+FFFD */
void json_number(json_out *o, int64_t n);
void json_id(json_out *o, int64_t id);     /* as text: JavaScript cannot hold 64 bits */
void json_money(json_out *o, int64_t fen); /* "12.30" */
void json_e4(json_out *o, int64_t e4); /* "12.3456", trailing zeros beyond two decimals left out */
void json_bool(json_out *o, bool b);
void json_null(json_out *o);
void json_moment(json_out *o, int64_t ms); /* "2026-11-21T08:00:00.000Z"; 0 = null */
void json_raw(json_out *o, str json);      /* a value that is JSON already */

/* Key and value. */
void json_field(json_out *o, str key, str value);
void json_field_number(json_out *o, str key, int64_t n);
void json_field_id(json_out *o, str key, int64_t id);
void json_field_id_or_null(json_out *o, str key, int64_t id);  /* null: 0 */
void json_field_text_or_null(json_out *o, str key, str value); /* null: empty */
void json_field_money(json_out *o, str key, int64_t fen);
void json_field_e4(json_out *o, str key, int64_t e4);
void json_field_bool(json_out *o, str key, bool b);
void json_field_moment(json_out *o, str key, int64_t ms);
void json_field_raw(json_out *o, str key, str json);

#endif
