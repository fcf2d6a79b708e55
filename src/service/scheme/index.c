#include "service/scheme/scheme_internal.h"

text_index text_index_new(arena *a, int32_t cap)
{
    uint32_t slots = 16;
    while (slots < 2 * (uint32_t)cap)
        slots *= 2;
    return (text_index){arena_new(a, str, cap), arena_new(a, int32_t, (ptrdiff_t)slots), 0, cap,
                        slots - 1};
}

static uint32_t place(const text_index *x, str text)
{
    uint32_t at = (uint32_t)(str_hash(text) * 0x9E3779B97F4A7C15u >> 32) & x->mask;
    while (x->slot[at] && !str_eq(x->text[x->slot[at] - 1], text))
        at = (at + 1) & x->mask;
    return at;
}

int32_t text_index_find(const text_index *x, str text)
{
    return x->slot ? x->slot[place(x, text)] - 1 : -1;
}

int32_t text_index_add(text_index *x, str text)
{
    uint32_t at = place(x, text);
    if (!x->slot[at]) {
        assert(x->count < x->cap);
        x->text[x->count] = text;
        x->slot[at] = ++x->count;
    }
    return x->slot[at] - 1;
}
