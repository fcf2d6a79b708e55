/* base -- counted strings, arenas and errors, shared by every module.
 *
 * In:      nothing.
 * Out:     values; no I/O, no clock, no global state.
 * May use: C library headers only.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNTOF(a)         ((ptrdiff_t)(sizeof(a) / sizeof(*(a))))
#define NEVER(why)         assert(false && (why)) /* a place that cannot be reached */
#define MUST_USE           __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))
#define arena_new(a, T, n) ((T *)arena_alloc((a), sizeof(T), alignof(T), (n)))

/* Bytes with a length; not NUL-terminated.  Points into memory that somebody else owns. */
typedef struct {
    const char *p;
    ptrdiff_t n;
} str;

#define S(literal) ((str){(literal), (ptrdiff_t)sizeof(literal) - 1})
#define STR_ARG(s) (int)(s).n, (s).p /* for printf("%.*s") */

static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || !a.p || !b.p || memcmp(a.p, b.p, (size_t)a.n) == 0);
}

/* NULL gives the empty string.  Here, so that lengths of literals are known at compile time. */
static inline str str_of(const char *c_string)
{
    str s = {c_string, c_string ? (ptrdiff_t)strlen(c_string) : 0};
    return s;
}

int str_cmp(str a, str b);
bool id_parse(int64_t *out, str s);    /* 1 to 19 digits, above 0 */
bool str_contains(str text, str part); /* byte for byte; the empty part is in every text */
uint64_t str_hash(str s);              /* FNV-1a, 64 bits: the same on every machine, for ever */

/* Length of the UTF-8 sequence at p, 0 when it is not one; `left` > 0 bytes are readable. */
ptrdiff_t utf8_length(const char *p, ptrdiff_t left);
bool str_is_utf8(str s);
/* At most `max` bytes of a UTF-8 text, none of a character that would be cut. */
ptrdiff_t utf8_cut(str s, ptrdiff_t max);

/* A block of memory that is handed out from the front and given back all at once. */
typedef struct {
    char *beg, *end;
    jmp_buf *oom; /* set once, at the request boundary */
} arena;

/* Zeroed memory for `count` objects.  Never NULL: on exhaustion jumps to a->oom. */
void *arena_alloc(arena *a, size_t size, size_t align, ptrdiff_t count);
str arena_str(arena *a, str s); /* a copy, followed by a NUL that is not counted */
str arena_printf(arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

typedef enum {
    ERR_OK = 0,
#define ERR(name, code, http, zh, en) ERR_##name,
#include "base/err.tbl.h"
    ERR__COUNT
} err_code;

/* Trouble: what went wrong, where in the input, and what had been expected. */
typedef struct {
    err_code code;
    int line;          /* of the source file that noticed it */
    const char *file;  /* the same */
    int input_line;    /* 1-based line of the input, 0 = not known */
    int input_column;  /* 1-based, 0 = not known */
    char field[80];    /* path of the field, may be empty */
    char expected[96]; /* what would have been right, may be empty */
    char msg[240];     /* facts for the operator: ids and numbers, never a person's data */
} err;

/* Records the first failure and returns false, so callers write `return FAIL(...)`. */
bool err_set(err *e, err_code code, const char *file, int line, const char *format, ...)
    PRINTF_LIKE(5, 6);
#define FAIL(e, code, ...) err_set((e), (code), __FILE__, __LINE__, __VA_ARGS__)
void err_field(err *e, str field);
void err_expected(err *e, const char *format, ...) PRINTF_LIKE(2, 3);

const char *err_name(err_code code); /* stable, lower case: "bad_amount" */
const char *err_zh(err_code code);
const char *err_en(err_code code);
int err_http(err_code code); /* the status an answer with it has */

#define NUMBER_TEXT_MAX 20
ptrdiff_t number_print(char *p, int64_t n); /* in decimals; at most NUMBER_TEXT_MAX bytes, no NUL */

/* A fixed buffer that text is appended to; what does not fit is cut at a character border. */
typedef struct {
    char *p;
    ptrdiff_t n, cap;
    bool cut;
} text_buffer;

void text_add(text_buffer *t, str s);
void text_printf(text_buffer *t, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
