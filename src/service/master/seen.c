/* The rows of a file so far: what a later row may not repeat or overlap. */
#include "service/master/master_internal.h"

#include <stdlib.h>

typedef struct {
    uint64_t key_hash, period_hash;
    ptrdiff_t at; /* key, period, from, until one after another in `text` */
    int32_t key_bytes, period_bytes, from_bytes, until_bytes;
    int64_t line;
    int32_t next; /* with the same hash of the period: index + 1 */
} entry;

struct master_seen {
    entry *entry;
    ptrdiff_t count, cap;
    int32_t *by_key, *by_period; /* index + 1 */
    ptrdiff_t slots;
    char *text;
    ptrdiff_t text_bytes, text_cap;
};

master_seen *master_seen_new(void)
{
    return calloc(1, sizeof(master_seen));
}

void master_seen_free(master_seen *s)
{
    if (!s)
        return;
    free(s->entry);
    free(s->by_key);
    free(s->by_period);
    free(s->text);
    free(s);
}

static str text_of(const master_seen *s, ptrdiff_t at, int32_t n)
{
    return (str){s->text + at, n};
}

static str period_of(const master_seen *s, const entry *n)
{
    return text_of(s, n->at + n->key_bytes, n->period_bytes);
}

static void link_in(master_seen *s, ptrdiff_t i)
{
    entry *n = &s->entry[i];
    size_t mask = (size_t)s->slots - 1, at = (size_t)n->key_hash & mask;
    while (s->by_key[at])
        at = (at + 1) & mask;
    s->by_key[at] = (int32_t)i + 1;
    n->next = 0;
    if (n->period_bytes == 0)
        return;
    at = (size_t)n->period_hash & mask;
    while (s->by_period[at] && s->entry[s->by_period[at] - 1].period_hash != n->period_hash)
        at = (at + 1) & mask;
    n->next = s->by_period[at];
    s->by_period[at] = (int32_t)i + 1;
}

static bool room_for(master_seen *s, ptrdiff_t bytes)
{
    if (s->text_bytes + bytes > s->text_cap) {
        ptrdiff_t cap = 2 * (s->text_cap + bytes) + 4096;
        char *more = realloc(s->text, (size_t)cap);
        if (!more)
            return false;
        s->text = more;
        s->text_cap = cap;
    }
    if (s->count < s->cap)
        return true;
    ptrdiff_t cap = s->cap ? 2 * s->cap : 1024, slots = 2 * cap;
    entry *more = realloc(s->entry, (size_t)cap * sizeof *more);
    if (more)
        s->entry = more;
    int32_t *by_key = calloc((size_t)slots, sizeof *by_key);
    int32_t *by_period = calloc((size_t)slots, sizeof *by_period);
    if (!more || !by_key || !by_period) {
        free(by_key);
        free(by_period);
        return false;
    }
    free(s->by_key);
    free(s->by_period);
    s->by_key = by_key;
    s->by_period = by_period;
    s->cap = cap;
    s->slots = slots;
    for (ptrdiff_t i = 0; i < s->count; i++)
        link_in(s, i);
    return true;
}

static int32_t text_add_to(master_seen *s, str t)
{
    if (t.n)
        memcpy(s->text + s->text_bytes, t.p, (size_t)t.n);
    s->text_bytes += t.n;
    return (int32_t)t.n;
}

bool master_seen_add(master_seen *s, const master_row *row, const master_kind *k)
{
    str from = S(""), until = S("");
    if (k->periods != SQL_NONE) {
        from = row->cell[master_column_named(k, "from_on")];
        until = row->cell[master_column_named(k, "until_on")];
    }
    if (!room_for(s, row->key.n + row->period.n + from.n + until.n))
        return false;
    entry *n = &s->entry[s->count];
    *n = (entry){.key_hash = str_hash(row->key),
                 .period_hash = str_hash(row->period),
                 .at = s->text_bytes,
                 .line = row->line};
    n->key_bytes = text_add_to(s, row->key);
    n->period_bytes = text_add_to(s, row->period);
    n->from_bytes = text_add_to(s, from);
    n->until_bytes = text_add_to(s, until);
    link_in(s, s->count++);
    return true;
}

int64_t master_seen_line(const master_seen *s, str key)
{
    if (!s || s->slots == 0)
        return 0;
    uint64_t hash = str_hash(key);
    size_t mask = (size_t)s->slots - 1;
    for (size_t at = (size_t)hash & mask; s->by_key[at]; at = (at + 1) & mask) {
        const entry *n = &s->entry[s->by_key[at] - 1];
        if (n->key_hash == hash && str_eq(text_of(s, n->at, n->key_bytes), key))
            return n->line;
    }
    return 0;
}

bool master_seen_overlap(const master_seen *s, const master_row *row, const master_kind *k)
{
    if (!s || s->slots == 0)
        return false;
    str from_on = row->cell[master_column_named(k, "from_on")];
    str until_on = row->cell[master_column_named(k, "until_on")];
    uint64_t hash = str_hash(row->period);
    size_t mask = (size_t)s->slots - 1, at = (size_t)hash & mask;
    while (s->by_period[at] && s->entry[s->by_period[at] - 1].period_hash != hash)
        at = (at + 1) & mask;
    for (int32_t i = s->by_period[at]; i; i = s->entry[i - 1].next) {
        const entry *n = &s->entry[i - 1];
        ptrdiff_t dates = n->at + n->key_bytes + n->period_bytes;
        str from = text_of(s, dates, n->from_bytes);
        str until = text_of(s, dates + n->from_bytes, n->until_bytes);
        if (str_eq(period_of(s, n), row->period) && spans_meet(from, until, from_on, until_on))
            return true;
    }
    return false;
}
