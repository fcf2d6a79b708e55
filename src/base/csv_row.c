#include "base/csv_row.h"

csv_rows csv_rows_of(str bytes)
{
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        bytes = (str){bytes.p + 3, bytes.n - 3};
    return (csv_rows){bytes, 1};
}

/* Where the row that begins at `p` ends: after its line feed, or at `end`.  A quote opens or
 * closes wherever it stands, so that all threads see the same rows.  One that stays open longer
 * than any row may be ends with its first line. */
static const char *row_end(const char *p, const char *end, bool *open)
{
    const char *limit = end - p > CSV_ROW_BYTES_MAX ? p + CSV_ROW_BYTES_MAX : end;
    bool quoted = false;
    for (const char *q = p; q < limit; q++) {
        if (*q == '"')
            quoted = !quoted;
        else if (*q == '\n' && !quoted)
            return q + 1;
    }
    if (limit == end && !quoted)
        return end;
    *open = true;
    const char *first = memchr(p, '\n', (size_t)(end - p));
    return first ? first + 1 : end;
}

ptrdiff_t csv_rows_cut(str text, ptrdiff_t wanted)
{
    if (text.n <= wanted)
        return text.n;
    if (!memchr(text.p, '"', (size_t)wanted)) {
        for (ptrdiff_t n = wanted; n > 0; n--)
            if (text.p[n - 1] == '\n')
                return n;
    }
    const char *p = text.p, *end = text.p + text.n;
    bool open = false;
    while (p < end && p - text.p < wanted && !open)
        p = row_end(p, end, &open);
    return open ? text.n : p - text.p; /* what comes after a quote that stays open hangs together */
}

/* A quoted cell that begins after its quote; what follows it is left at *at. */
static str cell_quoted(const char **at, const char *end, csv_fault *fault, arena *a)
{
    const char *from = *at, *p = from;
    ptrdiff_t doubled = 0;
    for (; p < end; p++) {
        if (*p != '"')
            continue;
        if (p + 1 == end || p[1] != '"')
            break;
        doubled++;
        p++;
    }
    if (p == end)
        *fault = CSV_OPEN;
    *at = p < end ? p + 1 : p;
    if (doubled == 0)
        return (str){from, p - from};
    char *copy = arena_new(a, char, p - from - doubled);
    ptrdiff_t n = 0;
    for (const char *q = from; q < p; q++) {
        copy[n++] = *q;
        q += *q == '"';
    }
    return (str){copy, n};
}

static bool row_with_quotes(csv_row *row, str *cell, int max, str text, arena *a)
{
    const char *p = text.p, *end = text.p + text.n;
    for (;; p++) {
        str s;
        if (p < end && *p == '"') {
            p++;
            s = cell_quoted(&p, end, &row->fault, a);
            if (p < end && *p != ',')
                row->fault = CSV_QUOTES;
            while (p < end && *p != ',')
                p++;
        } else {
            s.p = p;
            for (; p < end && *p != ','; p++)
                if (*p == '"')
                    row->fault = CSV_QUOTES;
            s.n = p - s.p;
        }
        if (row->count < max)
            cell[row->count++] = s;
        else if (!row->fault)
            row->fault = CSV_TOO_MANY;
        if (p == end)
            return true;
    }
}

static str without_line_end(const char *from, const char *to)
{
    if (to > from && to[-1] == '\n')
        to--;
    if (to > from && to[-1] == '\r')
        to--;
    return (str){from, to - from};
}

bool csv_row_next(csv_row *row, str *cell, int max, csv_rows *in, arena *a)
{
    *row = (csv_row){.line = in->line};
    if (in->left.n == 0)
        return false;
    const char *p = in->left.p, *end = p + in->left.n, *from = p;
    for (; p < end; p++) {
        char c = *p;
        if (c > ',')
            continue;
        if (c == '\n' || c == '"')
            break;
        if (c != ',')
            continue;
        if (row->count < max)
            cell[row->count++] = (str){from, p - from};
        else
            row->fault = CSV_TOO_MANY;
        from = p + 1;
    }
    if (p == end || *p == '\n') {
        if (row->count < max)
            cell[row->count++] = without_line_end(from, p);
        else
            row->fault = CSV_TOO_MANY;
        p += p < end;
        in->line++;
    } else {
        bool open = false;
        row->count = 0;
        row->fault = CSV_FINE;
        from = in->left.p;
        p = row_end(from, end, &open);
        for (const char *q = from; q < p; q++)
            in->line += *q == '\n';
        row_with_quotes(row, cell, max, without_line_end(from, p), a);
        if (open)
            row->fault = CSV_OPEN;
    }
    in->left = (str){p, end - p};
    return true;
}
