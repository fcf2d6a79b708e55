#include "service/office/office_internal.h"

#include <stdlib.h>

#define COPIES_BYTES ((ptrdiff_t)768 << 20) /* reserved; only what is filled is really taken */

typedef struct {
    store_rows area, provider, agreement, item, term;
} tables;

static bool tables_load(store_job *job, void *arg, arena *a, err *e)
{
    tables *t = arg;
    const store_ask ask[] = {
        {SQL_OFFICE_AREAS, NULL, 0, &t->area},
        {SQL_OFFICE_PROVIDERS, NULL, 0, &t->provider},
        {SQL_OFFICE_AGREEMENTS, NULL, 0, &t->agreement},
        {SQL_OFFICE_ITEMS, NULL, 0, &t->item},
        {SQL_OFFICE_TERMS, NULL, 0, &t->term},
    };
    return store_query_all(job, ask, COUNTOF(ask), a, e);
}

static void areas_copy(copies *c, const store_rows *r, arena *a)
{
    area_copy *area = arena_new(a, area_copy, r->row_count);
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        area[i] = (area_copy){store_text(r, i, 0), store_text(r, i, 1), store_text(r, i, 2)};
    c->area = area;
    c->area_count = r->row_count;
}

static void providers_copy(copies *c, const tables *t, arena *a)
{
    const store_rows *r = &t->provider, *g = &t->agreement;
    provider_copy *p = arena_new(a, provider_copy, r->row_count);
    agreement_copy *agreement = arena_new(a, agreement_copy, g->row_count);
    for (ptrdiff_t i = 0; i < g->row_count; i++)
        agreement[i] =
            (agreement_copy){store_text(g, i, 1), store_text(g, i, 2), store_text(g, i, 3)};
    ptrdiff_t at = 0;
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        p[i] = (provider_copy){store_number(r, i, 0),
                               store_text(r, i, 1),
                               store_text(r, i, 2),
                               store_text(r, i, 3),
                               store_text(r, i, 4),
                               store_text(r, i, 5),
                               store_text(r, i, 6),
                               NULL,
                               0};
        while (at < g->row_count && store_number(g, at, 0) < p[i].provider_id)
            at++;
        p[i].agreement = agreement + at;
        for (; at < g->row_count && store_number(g, at, 0) == p[i].provider_id; at++)
            p[i].agreement_count++;
    }
    c->provider = p;
    c->provider_count = r->row_count;
}

static void items_index(copies *c, arena *a)
{
    uint32_t size = 64;
    while ((ptrdiff_t)size < 2 * c->item_count)
        size *= 2;
    c->item_slot = arena_new(a, int32_t, size);
    c->item_mask = size - 1;
    for (ptrdiff_t i = 0; i < c->item_count; i++) {
        uint32_t at = (uint32_t)str_hash(c->item[i].code) & c->item_mask;
        while (c->item_slot[at])
            at = (at + 1) & c->item_mask;
        c->item_slot[at] = (int32_t)i + 1;
    }
}

/* Items and terms come sorted by the same code, byte by byte. */
static void items_copy(copies *c, const tables *t, arena *a)
{
    const store_rows *r = &t->item, *g = &t->term;
    item_copy *item = arena_new(a, item_copy, r->row_count);
    term_copy *term = arena_new(a, term_copy, g->row_count);
    for (ptrdiff_t i = 0; i < g->row_count; i++)
        term[i] = (term_copy){store_text(g, i, 0),   store_text(g, i, 2),  store_text(g, i, 3),
                              store_text(g, i, 4),   store_text(g, i, 5),  store_number(g, i, 6),
                              store_number(g, i, 7), store_number(g, i, 8)};
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        item[i] = (item_copy){store_text(r, i, 0),
                              store_text(r, i, 1),
                              store_text(r, i, 2),
                              store_text(r, i, 3),
                              store_text(r, i, 4),
                              store_text(r, i, 5),
                              NULL,
                              0};
    c->item = item;
    c->item_count = r->row_count;
    items_index(c, a);
    for (ptrdiff_t i = 0; i < g->row_count;) {
        str code = store_text(g, i, 1);
        item_copy *of = (item_copy *)copies_item(c, code);
        ptrdiff_t first = i;
        while (i < g->row_count && str_eq(store_text(g, i, 1), code))
            i++;
        if (of) {
            of->term = term + first;
            of->term_count = i - first;
        }
    }
}

static bool copies_fill(copies *c, store *s, arena *a, err *e)
{
    tables *t = arena_new(a, tables, 1);
    if (!store_read(s, tables_load, t, a, e))
        return false;
    areas_copy(c, &t->area, a);
    providers_copy(c, t, a);
    items_copy(c, t, a);
    return true;
}

bool copies_load(copies *out, store *s, err *e)
{
    *out = (copies){.memory = malloc((size_t)COPIES_BYTES)};
    if (!out->memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for copies of the catalogue");
    jmp_buf oom;
    arena a = {out->memory, (char *)out->memory + COPIES_BYTES, &oom};
    if (setjmp(oom)) {
        copies_free(out);
        return FAIL(e, ERR_OUT_OF_MEMORY, "the catalogue is larger than %td MB",
                    COPIES_BYTES >> 20);
    }
    if (copies_fill(out, s, &a, e))
        return true;
    copies_free(out);
    return false;
}

void copies_free(copies *c)
{
    free(c->memory);
    *c = (copies){0};
}

const area_copy *copies_area(const copies *c, str code)
{
    ptrdiff_t low = 0, high = c->area_count;
    while (low < high) {
        ptrdiff_t middle = (low + high) / 2;
        int order = str_cmp(c->area[middle].code, code);
        if (order == 0)
            return &c->area[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const provider_copy *copies_provider(const copies *c, int64_t id)
{
    ptrdiff_t low = 0, high = c->provider_count;
    while (low < high) {
        ptrdiff_t middle = (low + high) / 2;
        if (c->provider[middle].provider_id == id)
            return &c->provider[middle];
        if (c->provider[middle].provider_id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const item_copy *copies_item(const copies *c, str code)
{
    if (!c->item_slot)
        return NULL;
    for (uint32_t at = (uint32_t)str_hash(code) & c->item_mask; c->item_slot[at];
         at = (at + 1) & c->item_mask) {
        const item_copy *item = &c->item[c->item_slot[at] - 1];
        if (str_eq(item->code, code))
            return item;
    }
    return NULL;
}
