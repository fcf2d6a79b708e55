/* What a list is asked for, line by line: its name, then name=value. */
#include "fuzz.h"
#include "service/lists/lists.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((ptrdiff_t)1 << 20)
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static str line_take(str *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', (size_t)rest->n) : NULL;
    ptrdiff_t n = end ? end - rest->p : rest->n;
    str line = {rest->p, n};
    *rest = (str){rest->p + n + (end != NULL), rest->n - n - (end != NULL)};
    return line;
}

/* Plain ASCII, and no place beyond the values. */
static void text_check(str sql, int values)
{
    MUST(sql.n > 0);
    for (ptrdiff_t i = 0; i < sql.n; i++) {
        MUST(sql.p[i] >= 0x20 && sql.p[i] < 0x7f && sql.p[i] != '{' && sql.p[i] != ';');
        if (sql.p[i] == '$') {
            int place = atoi(sql.p + i + 1);
            MUST(place >= 1 && place <= values);
        }
    }
}

static void request_try(str rest, arena *a)
{
    list_filter filter[30];
    str name = line_take(&rest);
    list_request r = {.list = list_named(name), .filter = filter, .today = S("2026-11-21")};
    actor who = {.area_code = S("")};
    if (!r.list)
        return;
    while (rest.n > 0) {
        str line = line_take(&rest);
        const char *equal = line.n ? memchr(line.p, '=', (size_t)line.n) : NULL;
        ptrdiff_t n = equal ? equal - line.p : 0;
        str key = {line.p, n}, value = {line.p + n + 1, line.n - n - 1};
        if (!equal)
            continue;
        if (str_eq(key, S("q")))
            r.q = value;
        else if (str_eq(key, S("sort")))
            r.sort = value;
        else if (str_eq(key, S("cursor")))
            r.cursor = value;
        else if (str_eq(key, S("limit")))
            r.limit = (int)value.n;
        else if (str_eq(key, S("area")))
            who.area_code = value;
        else if (str_eq(key, S("provider")))
            who.provider_id = value.n;
        else if (r.filter_count < COUNTOF(filter))
            filter[r.filter_count++] = (list_filter){key, value};
    }
    list_query q;
    err e = {0};
    if (!list_build(&q, &r, &who, a, &e)) {
        MUST(e.code != ERR_OK && e.expected[0]);
        return;
    }
    MUST(q.value_count > 0 && q.value_count <= LIST_VALUES_MAX);
    text_check(q.sql, q.value_count);
    text_check(q.count_sql, q.value_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *memory = malloc((size_t)ARENA_BYTES);
    jmp_buf oom;
    MUST(memory);
    arena a = {memory, memory + ARENA_BYTES, &oom};
    if (!setjmp(oom))
        request_try((str){(const char *)data, (ptrdiff_t)size}, &a);
    free(memory);
    return 0;
}
