#include "engine/review/rules.h"

static const struct {
    const char *name, *zh, *en;
    bool visit;
} kinds[REVIEW__COUNT] = {
    {"", "", "", false},
#define LINE                            false
#define VISIT                           true
#define KIND(NAME, name, about, zh, en) {name, zh, en, about},
#include "engine/review/kind.tbl.h"
#undef LINE
#undef VISIT
};

const char *review_kind_name(review_kind kind)
{
    return kinds[kind].name;
}

const char *review_kind_text(review_kind kind, bool chinese)
{
    return chinese ? kinds[kind].zh : kinds[kind].en;
}

bool review_kind_of_visit(review_kind kind)
{
    return kinds[kind].visit;
}

const char *review_handling_name(review_handling handling)
{
    static const char *const names[REVIEW_HANDLINGS] = {"", "remind", "warn", "refuse"};
    return names[handling];
}

/* FNV-1a, byte by byte, so that all beginnings of a code are hashed in one walk. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
static uint64_t hash_more(uint64_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * UINT64_C(0x100000001b3);
}

static int32_t slot_of(uint64_t hash, bool prefix, int32_t mask)
{
    hash = (hash + prefix) * UINT64_C(0x9E3779B97F4A7C15);
    return (int32_t)(hash >> 33) & mask;
}

static int watch_order(const review_watch *x, const review_watch *y)
{
    int order = str_cmp(x->code, y->code);
    return order ? order : (int)x->prefix - (int)y->prefix;
}

/* Merge sort: equal ones keep their order. */
static void watches_sort(review_watch *w, review_watch *spare, int32_t count)
{
    if (count < 2)
        return;
    int32_t half = count / 2, i = 0, k = half, n = 0;
    watches_sort(w, spare, half);
    watches_sort(w + half, spare, count - half);
    while (i < half || k < count)
        spare[n++] = k == count || (i < half && watch_order(&w[i], &w[k]) <= 0) ? w[i++] : w[k++];
    memcpy(w, spare, (size_t)count * sizeof *w);
}

static void length_add(review_rules *r, ptrdiff_t n)
{
    int32_t at = 0;
    while (at < r->length_count && r->length[at] < n)
        at++;
    if ((at < r->length_count && r->length[at] == n) || r->length_count == REVIEW_LENGTHS_MAX)
        return;
    memmove(r->length + at + 1, r->length + at, (size_t)(r->length_count - at));
    r->length[at] = (uint8_t)n;
    r->length_count++;
}

void review_index(review_rules *r, review_watch *watch, int32_t count, arena *a)
{
    int32_t size = 16;
    while (size < 4 * count)
        size *= 2;
    int32_t *slot = arena_new(a, int32_t, size);
    watches_sort(watch, arena_new(a, review_watch, count + 1), count);
    r->length_count = 0;
    for (int32_t i = 0; i < count; i++) {
        uint64_t hash = HASH_START;
        assert(watch[i].code.n < REVIEW_LENGTHS_MAX);
        if (i > 0 && review_same_code(&watch[i - 1], &watch[i]))
            continue;
        for (ptrdiff_t k = 0; k < watch[i].code.n; k++)
            hash = hash_more(hash, watch[i].code.p[k]);
        int32_t at = slot_of(hash, watch[i].prefix, size - 1);
        while (slot[at])
            at = (at + 1) & (size - 1);
        slot[at] = i + 1;
        if (watch[i].prefix)
            length_add(r, watch[i].code.n);
    }
    r->watch = watch;
    r->watch_count = count;
    r->slot = slot;
    r->slot_mask = size - 1;
}

static int32_t watch_find(const review_rules *r, uint64_t hash, bool prefix, str code)
{
    for (int32_t at = slot_of(hash, prefix, r->slot_mask); r->slot[at];
         at = (at + 1) & r->slot_mask) {
        const review_watch *w = &r->watch[r->slot[at] - 1];
        if (w->prefix == prefix && str_eq(w->code, code))
            return r->slot[at] - 1;
    }
    return -1;
}

void review_watches(int32_t first[REVIEW_LENGTHS_MAX + 2], const review_rules *r, str code)
{
    uint64_t hash = HASH_START;
    int32_t count = 0, next = 0;
    for (ptrdiff_t n = 0; n <= code.n; n++) {
        if (next < r->length_count && r->length[next] == n) {
            next++;
            first[count] = watch_find(r, hash, true, (str){code.p, n});
            count += first[count] >= 0;
        }
        if (n == code.n) {
            first[count] = watch_find(r, hash, false, code);
            count += first[count] >= 0;
        } else {
            hash = hash_more(hash, code.p[n]);
        }
    }
    first[count] = -1;
}
