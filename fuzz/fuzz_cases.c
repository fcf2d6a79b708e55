/* Files of cases, CSV or JSON lines: every row gets an answer, the answers are rows again, and the
 * rows are the same however the file is cut for threads.  A first byte `{` means JSON. */
#include "check.h"
#include "fuzz.h"

#include "base/csv_row.h"
#include "service/cases/cases.h"
#include "service/scheme/scheme.h"

#define ARENA_BYTES ((ptrdiff_t)16 << 20)
#define OUT_BYTES   ((ptrdiff_t)1 << 20)

static struct {
    scheme *scheme;
    json_reader *reader;
    char *memory, *out;
} fixed;

static void open_fixed(void)
{
    err e = {0};
    if (fixed.scheme)
        return;
    fixed.scheme = scheme_load(S(GONGJI_ROOT "/packs/schemes/teaching"), false, &e);
    fixed.reader = json_reader_new();
    fixed.memory = malloc((size_t)ARENA_BYTES);
    fixed.out = malloc((size_t)OUT_BYTES);
    MUST(fixed.scheme && fixed.scheme->error_count == 0);
    MUST(fixed.reader && fixed.memory && fixed.out);
}

/* A row of our own making has the columns of its header, whatever the case said. */
static void answer_check(text_buffer *t, int columns, arena a)
{
    str cell[8];
    csv_row row;
    csv_rows in = {{t->p, t->n}, 1};
    if (t->cut)
        return;
    MUST(csv_row_next(&row, cell, 8, &in, &a));
    MUST(row.fault == CSV_FINE && row.count == columns && in.left.n == 0);
}

static void case_check(const case_record *r, const case_columns *columns, arena a)
{
    const casemix_scheme *s = &fixed.scheme->compiled;
    casemix_result plain;
    casemix_path path;
    casemix_options o = {.tidy = r->id.n % 2 == 1, .map = r->id.n % 3 == 1};
    casemix_group(&plain, s, &r->facts, o);
    casemix_explain(&path, s, &r->facts, o, &a);
    MUST(memcmp(&plain, &path.result, sizeof plain) == 0);
    for (int explain = 0; explain < 2; explain++) {
        answer_form f = {
            .scheme = s, .explain = explain, .chinese = r->id.n % 2, .columns = columns};
        text_buffer t = {fixed.out, 0, OUT_BYTES, false};
        answer_csv(&t, &f, r, &plain, &path, a);
        answer_check(&t, explain ? 7 : 5, a);
        t = (text_buffer){fixed.out, 0, OUT_BYTES - JSON_PADDING_BYTES, false};
        answer_json(&t, &f, r, &plain, &path, a);
        const json_node *node;
        int32_t count;
        err e = {0};
        MUST(t.cut || json_parse(fixed.reader, (str){t.p, t.n}, &node, &count, &e));
    }
}

static void json_lines(str text, arena a)
{
    static const case_columns none;
    while (text.n > 0) {
        arena fresh = a;
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        ptrdiff_t n = end ? end - text.p : text.n;
        char *padded = arena_new(&fresh, char, n + JSON_PADDING_BYTES);
        const json_node *node;
        int32_t count;
        case_record r;
        err e = {0};
        memcpy(padded, text.p, (size_t)n);
        bool ok = json_parse(fixed.reader, (str){padded, n}, &node, &count, &e);
        case_of_json(&r, ok ? node : NULL, 0, &fresh);
        case_check(&r, &none, fresh);
        text = (str){text.p + n + (end != NULL), text.n - n - (end != NULL)};
    }
}

/* The rows of the parts, one after the other, are the rows of the whole. */
static void cuts_check(csv_rows whole, arena a)
{
    str left = whole.left, cell[8], other[8];
    csv_row row, again;
    for (ptrdiff_t wanted = 1; left.n > 0; wanted = 3 * wanted % 61) {
        ptrdiff_t n = csv_rows_cut(left, wanted);
        csv_rows part = {{left.p, n}, 1};
        MUST(n > 0 && n <= left.n);
        for (arena fresh = a; csv_row_next(&row, cell, 8, &part, &fresh); fresh = a) {
            arena second = {fresh.beg + (fresh.end - fresh.beg) / 2, fresh.end, fresh.oom};
            MUST(csv_row_next(&again, other, 8, &whole, &second));
            MUST(row.count == again.count && row.fault == again.fault);
            for (int i = 0; i < row.count; i++)
                MUST(str_eq(cell[i], other[i]));
        }
        left = (str){left.p + n, left.n - n};
    }
    MUST(whole.left.n == 0);
}

static void csv_lines(str text, arena a)
{
    str cell[CASE_COLUMNS_MAX];
    static case_columns columns;
    csv_rows in = csv_rows_of(text);
    csv_row row;
    err e = {0};
    if (!csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a))
        return;
    bool usable = case_columns_read(&columns, cell, row.count, &a, &e);
    MUST(usable || e.code != ERR_OK);
    cuts_check(in, a);
    for (arena fresh = a; usable && csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &fresh);
         fresh = a) {
        case_record r;
        case_of_cells(&r, &columns, cell, row.count, &fresh);
        case_check(&r, &columns, fresh);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jmp_buf oom;
    open_fixed();
    str text = {(const char *)data, (ptrdiff_t)size};
    arena a = {fixed.memory, fixed.memory + ARENA_BYTES, &oom};
    if (setjmp(oom))
        return 0;
    if (size > 0 && data[0] == '{')
        json_lines(text, a);
    else
        csv_lines(text, a);
    return 0;
}
