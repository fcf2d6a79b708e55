/* multipart/form-data: a text part with the message, a part with the file. */
#include "edge/gateway/gateway_internal.h"

#define PARTS_MAX_READ 16

static str find(str in, str what)
{
    for (ptrdiff_t i = 0; what.n && i + what.n <= in.n; i++) {
        const char *p = memchr(in.p + i, what.p[0], (size_t)(in.n - i - what.n + 1));
        if (!p)
            break;
        i = p - in.p;
        if (memcmp(p, what.p, (size_t)what.n) == 0)
            return (str){p, in.n - i};
    }
    return (str){NULL, 0};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool begins(str s, str with)
{
    for (ptrdiff_t i = 0; i < with.n; i++)
        if (i >= s.n || lower(s.p[i]) != with.p[i])
            return false;
    return true;
}

/* name="jsonStr" or name=jsonStr of a header's line; "" = none. */
static str parameter(str line, str name)
{
    for (ptrdiff_t i = 0; i < line.n; i++) {
        str rest = {line.p + i, line.n - i};
        bool first = i > 0 && (rest.p[-1] == ';' || rest.p[-1] == ' ' || rest.p[-1] == '\t');
        if (!first || !begins(rest, name) || rest.n <= name.n || rest.p[name.n] != '=')
            continue;
        str v = {rest.p + name.n + 1, rest.n - name.n - 1};
        bool quoted = v.n > 0 && v.p[0] == '"';
        if (quoted)
            v = (str){v.p + 1, v.n - 1};
        ptrdiff_t n = 0;
        while (n < v.n && v.p[n] != '\r' &&
               (quoted ? v.p[n] != '"' : v.p[n] != ';' && v.p[n] != ' '))
            n++;
        return (str){v.p, n};
    }
    return S("");
}

typedef struct {
    str name, filename, bytes;
} part;

/* The line of a part's head that says what it is. */
static str disposition(str head)
{
    static const char wanted[] = "content-disposition:";
    for (ptrdiff_t i = 0; i < head.n; i++) {
        str line = {head.p + i, head.n - i};
        if ((i > 0 && head.p[i - 1] != '\n') || !begins(line, S(wanted)))
            continue;
        const char *end = memchr(line.p, '\n', (size_t)line.n);
        return (str){line.p, end ? end - line.p : line.n};
    }
    return S("");
}

/* Head and content are parted by an empty line; some end lines with a line feed alone. */
static bool part_read(part *out, str whole)
{
    str gap = find(whole, S("\r\n\r\n")), short_gap = find(whole, S("\n\n"));
    ptrdiff_t n = 4;
    if (!gap.p || (short_gap.p && short_gap.p < gap.p)) {
        gap = short_gap;
        n = 2;
    }
    if (!gap.p)
        return false;
    str line = disposition((str){whole.p, gap.p - whole.p});
    *out =
        (part){parameter(line, S("name")), parameter(line, S("filename")), {gap.p + n, gap.n - n}};
    return true;
}

static bool is_object(str s)
{
    ptrdiff_t i = 0;
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\t'))
        i++;
    return i < s.n && s.p[i] == '{';
}

/* The first object without a file's name is the message, the first other part that may be one the
 * file. */
static void part_take(gate_call *c, const part *p)
{
    if (!c->has_upload && p->filename.n) {
        c->upload = p->bytes;
        c->upload_name = p->filename;
        c->has_upload = true;
    } else if (c->message.n == 0 && !p->filename.n && is_object(p->bytes)) {
        c->message = p->bytes;
    } else if (!c->has_upload && (str_eq(p->name, S("file")) || str_eq(p->name, S("in")))) {
        c->upload = p->bytes;
        c->has_upload = true;
    }
}

bool gate_parts_read(gate_call *c, err *e)
{
    str type = http_header(c->request, "content-type"), rest = c->request->body;
    c->message = rest;
    if (!begins(type, S("multipart/")))
        return true;
    str boundary = parameter(type, S("boundary"));
    str border = arena_printf(c->a, "--%.*s", STR_ARG(boundary));
    c->message = S("");
    rest = boundary.n ? find(rest, border) : S("");
    for (int i = 0; i < PARTS_MAX_READ && rest.p && rest.n > border.n; i++) {
        part p;
        str from = {rest.p + border.n, rest.n - border.n}, end = find(from, border);
        if (!end.p)
            break;
        str whole = {from.p, end.p - from.p};
        if (whole.n > 0 && whole.p[whole.n - 1] == '\n')
            whole.n--;
        if (whole.n > 0 && whole.p[whole.n - 1] == '\r')
            whole.n--;
        if (part_read(&p, whole))
            part_take(c, &p);
        rest = end;
    }
    if (c->message.n)
        return true;
    err_expected(e, "a part jsonStr with the message, a part file with the file");
    return FAIL(e, ERR_MISSING_FIELD, "no part of this body is a message");
}
