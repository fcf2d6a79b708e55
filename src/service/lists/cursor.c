/* The place in a list where the next page begins.  Whoever changes one sees other rows of what he
 * may see anyway: values are bound, and the scope stands in the statement. */
#include "service/lists/lists_internal.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static str base64_write(str s, arena *a)
{
    char *p = arena_new(a, char, s.n * 4 / 3 + 4);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.n; i += 3) {
        unsigned bits = 0;
        ptrdiff_t some = s.n - i < 3 ? s.n - i : 3;
        for (ptrdiff_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < some ? (unsigned char)s.p[i + k] : 0);
        for (ptrdiff_t k = 0; k <= some; k++)
            p[n++] = letters[bits >> (18 - 6 * k) & 63];
    }
    return (str){p, n};
}

static bool base64_read(str *out, str s, arena *a)
{
    char *p = arena_new(a, char, s.n + 1);
    ptrdiff_t n = 0;
    unsigned bits = 0;
    int held = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(letters, s.p[i]) : NULL;
        if (!at)
            return false;
        bits = (bits << 6 | (unsigned)(at - letters)) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            p[n++] = (char)(bits >> held & 0xFF);
        }
    }
    *out = (str){p, n};
    return true;
}

/* "t5:hello", "n12:-12345678901": kind, bytes, what they are. */
str cursor_write(str sort, const store_value *value, int count, arena *a)
{
    str all = arena_printf(a, "t%td:%.*s", sort.n, STR_ARG(sort));
    for (int i = 0; i < count; i++) {
        str text = value[i].kind == STORE_NUMBER ? arena_printf(a, "%" PRId64, value[i].number)
                                                 : value[i].text;
        char kind = value[i].kind == STORE_NUMBER ? 'n' : 't';
        all = arena_printf(a, "%.*s%c%td:%.*s", STR_ARG(all), kind, text.n, STR_ARG(text));
    }
    return base64_write(all, a);
}

static bool number_of(int64_t *out, str s)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    int64_t number = 0;
    if (s.n == minus || s.n > 20)
        return false;
    for (ptrdiff_t i = minus; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!minus && number == INT64_MIN)
        return false;
    *out = minus ? number : -number;
    return true;
}

static bool part_read(store_value *out, str *s)
{
    char kind = s->n ? s->p[0] : 0;
    ptrdiff_t i = 1, n = 0;
    while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9' && n < 100000)
        n = n * 10 + (s->p[i++] - '0');
    if ((kind != 't' && kind != 'n') || i >= s->n || s->p[i] != ':' || n > s->n - i - 1)
        return false;
    str text = {s->p + i + 1, n};
    *s = (str){s->p + i + 1 + n, s->n - i - 1 - n};
    *out = STORE_T(text);
    if (kind == 't') {
        for (ptrdiff_t k = 0, length; k < n; k += length)
            if (text.p[k] == 0 || !(length = utf8_length(text.p + k, n - k)))
                return false; /* the database would refuse it */
        return true;
    }
    *out = STORE_N(0);
    return number_of(&out->number, text);
}

bool cursor_read(store_value *value, int count, str sort, str cursor, arena *a)
{
    str all;
    store_value said;
    if (!base64_read(&all, cursor, a) || !part_read(&said, &all) || said.kind != STORE_TEXT ||
        !str_eq(said.text, sort))
        return false;
    for (int i = 0; i < count; i++)
        if (!part_read(&value[i], &all))
            return false;
    return all.n == 0;
}
