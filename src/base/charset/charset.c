#include "base/charset/charset.h"

#include <iconv.h>

bool charset_named(charset *out, str name)
{
    bool gb = str_eq(name, S("gb18030")) || str_eq(name, S("gbk"));
    *out = gb ? CHARSET_GB18030 : CHARSET_UTF8;
    return gb || str_eq(name, S("utf-8")) || str_eq(name, S("utf8"));
}

static bool neither(const char *from, const char *wrong, const char *expected, err *e)
{
    int64_t line = 1;
    for (const char *p = from; p < wrong; p++)
        line += *p == '\n';
    FAIL(e, ERR_BAD_UTF8, "line %" PRId64 " is not %s", line, expected);
    err_expected(e, "%s", expected);
    e->input_line = line > INT32_MAX ? INT32_MAX : (int)line;
    return false;
}

static const char *not_utf8(str bytes)
{
    ptrdiff_t at = 0;
    for (ptrdiff_t n; at < bytes.n && (n = utf8_length(bytes.p + at, bytes.n - at)) > 0;)
        at += n;
    return bytes.p + at;
}

bool charset_room(ptrdiff_t *room, str bytes, charset from, err *e)
{
    *room = 0;
    if (from != CHARSET_GB18030 && str_is_utf8(bytes))
        return true;
    if (from == CHARSET_UTF8)
        return neither(bytes.p, not_utf8(bytes), "UTF-8", e);
    *room = 2 * bytes.n + 16; /* two bytes become three at most */
    return true;
}

bool charset_convert(str *out, str bytes, char *memory, ptrdiff_t room, err *e)
{
    iconv_t convert = iconv_open("UTF-8", "GB18030");
    if (convert == (iconv_t)-1)
        return FAIL(e, ERR_IO, "this system cannot read GB18030");
    size_t left = (size_t)bytes.n, done = (size_t)room;
    char *from = (char *)(uintptr_t)bytes.p, *to = memory;
    size_t wrong = iconv(convert, &from, &left, &to, &done);
    iconv_close(convert);
    if (wrong == (size_t)-1) { /* what got further is what it was meant to be */
        const char *other = not_utf8(bytes);
        return neither(bytes.p, other > from ? other : from, "UTF-8 or GB18030", e);
    }
    *out = (str){memory, room - (ptrdiff_t)done};
    return true;
}
