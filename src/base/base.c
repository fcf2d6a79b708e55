#include "base/base.h"

#include <stdio.h>

int str_cmp(str a, str b)
{
    ptrdiff_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, (size_t)n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool id_parse(int64_t *out, str s)
{
    int64_t id = 0;
    if (s.n < 1 || s.n > 19)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(id, 10, &id) ||
            __builtin_add_overflow(id, s.p[i] - '0', &id))
            return false;
    *out = id;
    return id > 0;
}

uint64_t str_hash(str s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (ptrdiff_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return hash;
}

ptrdiff_t utf8_length(const char *text, ptrdiff_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    ptrdiff_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (n == 0 || n > left || p[0] > 0xF4)
        return 0;
    for (ptrdiff_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool bad = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
               (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F);
    return bad ? 0 : n;
}

ptrdiff_t utf8_cut(str s, ptrdiff_t max)
{
    if (s.n <= max)
        return s.n;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return max;
}

bool str_contains(str text, str part)
{
    for (ptrdiff_t i = 0; i + part.n <= text.n; i++)
        if (part.n == 0 || memcmp(text.p + i, part.p, (size_t)part.n) == 0)
            return true;
    return false;
}

bool str_is_utf8(str s)
{
    for (ptrdiff_t i = 0, n; i < s.n; i += n) {
        uint64_t eight = UINT64_MAX;
        if (s.n - i >= 8)
            memcpy(&eight, s.p + i, 8);
        n = eight & UINT64_C(0x8080808080808080) ? utf8_length(s.p + i, s.n - i) : 8; /* ASCII */
        if (n == 0)
            return false;
    }
    return true;
}

/* Memory that holds whatever it held before. */
static char *take(arena *a, size_t size, size_t align, ptrdiff_t count)
{
    assert(count >= 0);
    size_t bytes;
    ptrdiff_t pad = (ptrdiff_t)(-(uintptr_t)a->beg & (align - 1));
    ptrdiff_t room = a->end - a->beg - pad;
    if (__builtin_mul_overflow((size_t)count, size, &bytes) || room < 0 || bytes > (size_t)room) {
        assert(a->oom);
        longjmp(*a->oom, 1);
    }
    char *p = a->beg + pad;
    a->beg = p + bytes;
    return p;
}

void *arena_alloc(arena *a, size_t size, size_t align, ptrdiff_t count)
{
    if (count == 0)
        return a->beg;
    char *p = take(a, size, align, count);
    return memset(p, 0, (size_t)count * size);
}

str arena_str(arena *a, str s)
{
    char *p = take(a, 1, 1, s.n + 1);
    if (s.n)
        memcpy(p, s.p, (size_t)s.n);
    p[s.n] = 0;
    return (str){p, s.n};
}

str arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    ptrdiff_t left = a->end - a->beg;
    va_start(args, format);
    int n = vsnprintf(left > 0 ? a->beg : NULL, left > 0 ? (size_t)left : 0, format, args);
    va_end(args);
    assert(n >= 0);
    return (str){take(a, 1, 1, n + 1), n}; /* where it was written, or there is no room */
}

bool err_set(err *e, err_code code, const char *file, int line, const char *format, ...)
{
    assert(e->code == ERR_OK);
    e->code = code;
    e->file = file;
    e->line = line;
    va_list args;
    va_start(args, format);
    vsnprintf(e->msg, sizeof e->msg, format, args);
    va_end(args);
    return false;
}

void err_field(err *e, str field)
{
    snprintf(e->field, sizeof e->field, "%.*s", STR_ARG(field));
}

void err_expected(err *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(e->expected, sizeof e->expected, format, args);
    va_end(args);
}

static const struct {
    const char *name, *zh, *en;
    int http;
} err_texts[] = {
    [ERR_OK] = {"ok", "正常", "fine", 200},
#define ERR(name, code, http, zh, en) [ERR_##name] = {code, zh, en, http},
#include "base/err.tbl.h"
};

const char *err_name(err_code code)
{
    return err_texts[code].name;
}

const char *err_zh(err_code code)
{
    return err_texts[code].zh;
}

const char *err_en(err_code code)
{
    return err_texts[code].en;
}

int err_http(err_code code)
{
    return err_texts[code].http;
}

/* Where printf would be felt. */
ptrdiff_t number_print(char *p, int64_t n)
{
    char digits[NUMBER_TEXT_MAX];
    int at = NUMBER_TEXT_MAX;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--at] = '-';
    memcpy(p, digits + at, (size_t)(NUMBER_TEXT_MAX - at));
    return NUMBER_TEXT_MAX - at;
}

void text_add(text_buffer *t, str s)
{
    ptrdiff_t room = t->cap - t->n;
    ptrdiff_t n = s.n;
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
            n--; /* do not cut inside a UTF-8 character */
        t->cut = true;
    }
    if (n > 0)
        memcpy(t->p + t->n, s.p, (size_t)n);
    t->n += n;
}

void text_printf(text_buffer *t, const char *format, ...)
{
    char buffer[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    assert(n >= 0);
    if (n >= (int)sizeof buffer) {
        t->cut = true;
        n = (int)sizeof buffer - 1;
        while (n > 0 && ((unsigned char)buffer[n - 1] & 0xC0) == 0x80)
            n--; /* the last character may be half */
        n -= n > 0 && (unsigned char)buffer[n - 1] >= 0xC0;
    }
    text_add(t, (str){buffer, n});
}
