/* What is sent: people, hospitals and items as the server knows them, put together at random. */
#include "base/day.h"
#include "edge/bench/bench_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_ROWS 500

/* Takes what it can use of a row; false = enough of them. */
typedef bool row_take(bench_stock *s, const json_node *first, const json_node *row, arena *a);

static int64_t id_at(const json_node *first, const json_node *row, const char *name)
{
    int64_t id = 0;
    const json_node *n = json_get(first, row, name);
    return n && id_parse(&id, n->text) ? id : 0;
}

static bool person_take(bench_stock *s, const json_node *first, const json_node *row, arena *a)
{
    (void)a;
    const json_node *scheme = json_get(first, row, "scheme");
    if (scheme && scheme->text.n > 0) /* whoever is not insured cannot be settled */
        s->person[s->person_count++] = id_at(first, row, "person_id");
    return true;
}

static bool provider_take(bench_stock *s, const json_node *first, const json_node *row, arena *a)
{
    (void)a;
    const json_node *state = json_get(first, row, "agreement_state");
    if (state && str_eq(state->text, S("signed")))
        s->provider[s->provider_count++] = id_at(first, row, "provider_id");
    return s->provider_count < PAGE_ROWS;
}

static bool item_take(bench_stock *s, const json_node *first, const json_node *row, arena *a)
{
    const json_node *code = json_get(first, row, "item_code");
    if (code)
        s->item[s->item_count++] = arena_str(a, code->text);
    return s->item_count < PAGE_ROWS;
}

static bool pages_read(
    bench_stock *s, http_client *c, const char *path, int max, row_take *take, arena *a, err *e)
{
    char next[600];
    bool more = true;
    snprintf(next, sizeof next, "%s?limit=%d", path, PAGE_ROWS);
    for (int seen = 0; more && seen + PAGE_ROWS <= max; seen += PAGE_ROWS) {
        const json_node *doc;
        arena page = *a; /* the request is forgotten, what a row gives is kept */
        if (!client_ask(&doc, c, "GET", next, S(""), &page, e))
            return false;
        const json_node *rows = json_get(doc, doc, "rows"), *cursor = json_get(doc, doc, "next");
        if (!rows || !cursor)
            return FAIL(e, ERR_IO, "%s is not a list", path);
        more = cursor->kind == JSON_STRING;
        if (more)
            snprintf(next, sizeof next, "%s?limit=%d&cursor=%.*s", path, PAGE_ROWS,
                     STR_ARG(cursor->text));
        for (ptrdiff_t i = rows - doc + 1; i < rows->next; i = doc[i].next)
            more = take(s, doc, &doc[i], a) && more;
    }
    return true;
}

static bool persons_of_file(bench_stock *s, const char *path, int max, err *e)
{
    char line[64];
    FILE *f = fopen(path, "r");
    if (!f)
        return FAIL(e, ERR_IO, "cannot read %s", path);
    while (s->person_count < max && fgets(line, sizeof line, f)) {
        int64_t id;
        if (!id_parse(&id, (str){line, (ptrdiff_t)strcspn(line, "\r\n")})) {
            fclose(f);
            return FAIL(e, ERR_BAD_NUMBER, "%s: %.20s", path, line);
        }
        s->person[s->person_count++] = id;
    }
    fclose(f);
    return true;
}

bool stock_load(bench_stock *s, http_client *c, const bench_load *load, arena *a, err *e)
{
    int max = (load->persons_max / PAGE_ROWS + 1) * PAGE_ROWS;
    *s = (bench_stock){.person = arena_new(a, int64_t, max),
                       .provider = arena_new(a, int64_t, (ptrdiff_t)2 * PAGE_ROWS),
                       .item = arena_new(a, str, (ptrdiff_t)2 * PAGE_ROWS)};
    bool ok = load->persons_path ? persons_of_file(s, load->persons_path, max, e)
                                 : pages_read(s, c, "/api/v1/persons", max, person_take, a, e);
    ok = ok && pages_read(s, c, "/api/v1/providers", 10 * PAGE_ROWS, provider_take, a, e) &&
         pages_read(s, c, "/api/v1/items", PAGE_ROWS, item_take, a, e);
    if (!ok)
        return false;
    if (!s->person_count || !s->provider_count || !s->item_count)
        return FAIL(e, ERR_USAGE, "%d insured persons, %d providers with an agreement, %d items",
                    s->person_count, s->provider_count, s->item_count);
    return true;
}

int bill_make(char *p, size_t room, const bench_stock *s, const bench_load *load, uint64_t *seed)
{
    uint64_t r = bench_random(seed);
    char on[DAY_TEXT_SIZE], admitted[DAY_TEXT_SIZE];
    day last;
    bool known = day_parse(&last, str_of(load->on));
    assert(known);
    last.number -= (int32_t)(r % 28);
    day_print(on, last);
    last.number -= (int32_t)(r >> 8) & 7;
    day_print(admitted, last);
    int n = snprintf(p, room,
                     "{\"person_id\":\"%" PRId64 "\",\"provider_id\":\"%" PRId64
                     "\",\"channel\":\"counter\",\"visit\":{\"kind\":\"inpatient\",\"admit_date\":"
                     "\"%s\",\"date\":\"%s\"},\"lines\":[",
                     s->person[(r >> 16) % (unsigned)s->person_count],
                     s->provider[(r >> 40) % (unsigned)s->provider_count], admitted, on);
    for (int i = 0; i < load->lines; i++) {
        uint64_t q = bench_random(seed);
        str item = s->item[q % (unsigned)s->item_count];
        n += snprintf(p + n, room - (size_t)n,
                      "%s{\"code\":\"%.*s\",\"quantity\":%u,\"unit_price\":\"%u.%02u\"}",
                      i ? "," : "", STR_ARG(item), 1 + (unsigned)(q >> 24 & 7),
                      1 + (unsigned)(q >> 28 & 255), (unsigned)(q >> 36 & 63));
        assert((size_t)n < room - 4);
    }
    return n + snprintf(p + n, room - (size_t)n, "]}");
}
