#include "base/json_out.h"
#include "base/money.h"

#include <stdio.h>

json_out json_out_new(arena *a, ptrdiff_t expected_bytes)
{
    ptrdiff_t cap = expected_bytes > 64 ? expected_bytes : 64;
    return (json_out){.a = a, .p = arena_new(a, char, cap), .cap = cap};
}

str json_out_text(const json_out *o)
{
    return (str){o->p, o->n};
}

static char *room(json_out *o, ptrdiff_t bytes)
{
    if (o->cap - o->n < bytes) {
        ptrdiff_t cap = 2 * o->cap + bytes;
        char *more = arena_new(o->a, char, cap);
        memcpy(more, o->p, (size_t)o->n);
        o->p = more;
        o->cap = cap;
    }
    return o->p + o->n;
}

static void add(json_out *o, str s)
{
    if (s.n == 0)
        return;
    memcpy(room(o, s.n), s.p, (size_t)s.n);
    o->n += s.n;
}

static void add_char(json_out *o, char c)
{
    *room(o, 1) = c;
    o->n++;
}

static void before_value(json_out *o)
{
    if (o->comma)
        add_char(o, ',');
    o->comma = true;
}

void json_open(json_out *o, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    before_value(o);
    add_char(o, bracket);
    o->comma = false;
}

void json_close(json_out *o, char bracket)
{
    assert(bracket == '}' || bracket == ']');
    add_char(o, bracket);
    o->comma = true;
}

static void add_escaped(json_out *o, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letter[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (c == '"' || c == '\\') {
        add(o, (str){(char[]){'\\', (char)c}, 2});
    } else if (letter[c]) {
        add(o, (str){(char[]){'\\', letter[c]}, 2});
    } else {
        add(o, (str){(char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6});
    }
}

/* How many bytes at the front stand for themselves; eight at a time. */
static ptrdiff_t plain_bytes(str s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    ptrdiff_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t x;
        memcpy(&x, s.p + i, 8);
        uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
        if (((x - ones * 0x20) | (quote - ones) | (slash - ones) | x) & high)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] < 0x80 &&
           s.p[i] != '"' && s.p[i] != '\\')
        i++;
    return i;
}

static void add_quoted(json_out *o, str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    ptrdiff_t start = 0, i = plain_bytes(s);
    char *to = room(o, s.n + 2);
    if (i == s.n) {
        to[0] = '"';
        if (s.n)
            memcpy(to + 1, s.p, (size_t)s.n);
        to[s.n + 1] = '"';
        o->n += s.n + 2;
        return;
    }
    add_char(o, '"');
    while (i < s.n) {
        if (p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\') {
            i++;
            continue;
        }
        ptrdiff_t length = p[i] < 0x80 ? 0 : utf8_length(s.p + i, s.n - i);
        if (length) {
            i += length;
            continue;
        }
        add(o, (str){s.p + start, i - start});
        if (p[i] < 0x80)
            add_escaped(o, p[i]);
        else
            add(o, S("\xEF\xBF\xBD"));
        start = ++i;
    }
    if (start < i)
        add(o, (str){s.p + start, i - start});
    add_char(o, '"');
}

void json_key(json_out *o, str key)
{
    before_value(o);
    add_quoted(o, key);
    add_char(o, ':');
    o->comma = false;
}

void json_str(json_out *o, str s)
{
    before_value(o);
    add_quoted(o, s);
}

void json_raw(json_out *o, str json)
{
    before_value(o);
    add(o, json);
}

void json_number(json_out *o, int64_t n)
{
    before_value(o);
    o->n += number_print(room(o, NUMBER_TEXT_MAX), n);
}

void json_id(json_out *o, int64_t id)
{
    before_value(o);
    add_char(o, '"');
    o->n += number_print(room(o, NUMBER_TEXT_MAX), id);
    add_char(o, '"');
}

void json_money(json_out *o, int64_t fen)
{
    char text[MONEY_TEXT_MAX + 3] = "\"";
    ptrdiff_t n = 1;
    if (fen < 0)
        text[n++] = '-';
    n += money_print(text + n, fen < 0 ? -fen : fen);
    text[n++] = '"';
    json_raw(o, (str){text, n});
}

void json_e4(json_out *o, int64_t e4)
{
    char text[NUMBER_TEXT_MAX + 8] = "\"-";
    int64_t size = e4 < 0 ? -e4 : e4, left = size % 10000;
    ptrdiff_t n = 1 + (e4 < 0);
    n += number_print(text + n, size / 10000);
    text[n++] = '.';
    for (int unit = 1000; unit > 0; unit /= 10)
        text[n++] = (char)('0' + left / unit % 10);
    for (int cut = 0; cut < 2 && text[n - 1] == '0'; cut++)
        n--;
    text[n++] = '"';
    json_raw(o, (str){text, n});
}

void json_bool(json_out *o, bool b)
{
    json_raw(o, b ? S("true") : S("false"));
}

void json_null(json_out *o)
{
    json_raw(o, S("null"));
}

void json_moment(json_out *o, int64_t ms)
{
    if (ms <= 0) {
        json_null(o);
        return;
    }
    char date[DAY_TEXT_SIZE], text[40];
    day_print(date, (day){(int32_t)(ms / 86400000)});
    int in_day = (int)(ms % 86400000);
    int n = snprintf(text, sizeof text, "\"%sT%02d:%02d:%02d.%03dZ\"", date, in_day / 3600000,
                     in_day / 60000 % 60, in_day / 1000 % 60, in_day % 1000);
    json_raw(o, (str){text, n});
}

void json_field(json_out *o, str key, str value)
{
    json_key(o, key);
    json_str(o, value);
}

void json_field_number(json_out *o, str key, int64_t n)
{
    json_key(o, key);
    json_number(o, n);
}

void json_field_id(json_out *o, str key, int64_t id)
{
    json_key(o, key);
    json_id(o, id);
}

void json_field_id_or_null(json_out *o, str key, int64_t id)
{
    json_key(o, key);
    if (id)
        json_id(o, id);
    else
        json_null(o);
}

void json_field_text_or_null(json_out *o, str key, str value)
{
    json_key(o, key);
    if (value.n)
        json_str(o, value);
    else
        json_null(o);
}

void json_field_money(json_out *o, str key, int64_t fen)
{
    json_key(o, key);
    json_money(o, fen);
}

void json_field_e4(json_out *o, str key, int64_t e4)
{
    json_key(o, key);
    json_e4(o, e4);
}

void json_field_bool(json_out *o, str key, bool b)
{
    json_key(o, key);
    json_bool(o, b);
}

void json_field_moment(json_out *o, str key, int64_t ms)
{
    json_key(o, key);
    json_moment(o, ms);
}

void json_field_raw(json_out *o, str key, str json)
{
    json_key(o, key);
    json_raw(o, json);
}
