#include "service/claim/claim.h"

#include <stdlib.h>

#define BLOCK_BYTES ((ptrdiff_t)1 << 20)

typedef struct block {
    struct block *next;
} block;

typedef struct {
    benefit_entry *at;
    int32_t count, cap;
} entries;

typedef struct person_year {
    struct person_year *next;
    word scheme;
    int32_t year;
    bool used; /* some bill was settled in it: opening values come too late */
    entries entry;
    int64_t dense[];
} person_year;

/* A person, or a household: households use only id and entry. */
typedef struct {
    str id;
    person_year *year;
    entries entry; /* those that outlast the year */
    int64_t account_fen[ACCOUNT_COUNT], account_given_fen[ACCOUNT_COUNT];
    bool account_given[ACCOUNT_COUNT];
} owner;

typedef struct {
    uint64_t hash; /* here too, so that a neighbour is passed by without a look at it */
    owner *owner;
} owner_slot;

typedef struct {
    owner_slot *slot;
    int32_t count, size; /* a power of two */
} owner_map;

struct claim_ledger {
    const pack *pack;
    block *blocks;
    char *beg, *end;
    owner_map persons, households;
    ptrdiff_t year_count, bytes;
};

/* Memory that lives as long as the ledger. */
static void *ledger_alloc(claim_ledger *l, ptrdiff_t size)
{
    size = (size + 15) & ~(ptrdiff_t)15;
    if (size > l->end - l->beg) {
        ptrdiff_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block *b = malloc(sizeof(max_align_t) + (size_t)room);
        if (!b)
            return NULL;
        b->next = l->blocks;
        l->blocks = b;
        l->beg = (char *)b + sizeof(max_align_t);
        l->end = l->beg + room;
        l->bytes += room;
    }
    void *p = l->beg;
    l->beg += size;
    return memset(p, 0, (size_t)size);
}

claim_ledger *claim_ledger_new(const pack *p)
{
    claim_ledger *l = calloc(1, sizeof *l);
    if (l)
        l->pack = p;
    return l;
}

void claim_ledger_free(claim_ledger *l)
{
    if (!l)
        return;
    while (l->blocks) {
        block *next = l->blocks->next;
        free(l->blocks);
        l->blocks = next;
    }
    free(l->persons.slot);
    free(l->households.slot);
    free(l);
}

ptrdiff_t claim_ledger_person_years(const claim_ledger *l)
{
    return l->year_count;
}

ptrdiff_t claim_ledger_bytes(const claim_ledger *l)
{
    return l->bytes + (ptrdiff_t)sizeof(owner_slot) * (l->persons.size + l->households.size);
}

static bool map_grow(owner_map *map)
{
    int32_t size = map->size ? 2 * map->size : 1024;
    owner_slot *slot = calloc((size_t)size, sizeof *slot);
    if (!slot)
        return false;
    for (int32_t i = 0; i < map->size; i++) {
        if (!map->slot[i].owner)
            continue;
        uint32_t at = (uint32_t)map->slot[i].hash & (uint32_t)(size - 1);
        while (slot[at].owner)
            at = (at + 1) & (uint32_t)(size - 1);
        slot[at] = map->slot[i];
    }
    free(map->slot);
    map->slot = slot;
    map->size = size;
    return true;
}

/* FNV leaves neighbours close together; the map needs them spread. */
uint64_t claim_person_hash(str id)
{
    uint64_t hash = str_hash(id) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

/* Where a person or household stands in the map, or where it belongs. */
static owner_slot *slot_of(const owner_map *map, uint64_t hash, const str *id)
{
    uint32_t mask = (uint32_t)map->size - 1, at = (uint32_t)hash & mask;
    while (map->slot[at].owner &&
           (map->slot[at].hash != hash || (id && !str_eq(map->slot[at].owner->id, *id))))
        at = (at + 1) & mask;
    return &map->slot[at];
}

void claim_ledger_prefetch_slot(const claim_ledger *l, uint64_t person_hash)
{
    const owner_map *map = &l->persons;
    if (map->size)
        __builtin_prefetch(&map->slot[(uint32_t)person_hash & (uint32_t)(map->size - 1)]);
}

void claim_ledger_prefetch_person(const claim_ledger *l, uint64_t person_hash)
{
    enum { CACHE_LINE = 64 };
    const owner *o = l->persons.size ? slot_of(&l->persons, person_hash, NULL)->owner : NULL;
    if (!o)
        return;
    /* behind a person stand the name and the first year: they were made together */
    ptrdiff_t size = (ptrdiff_t)(sizeof *o + sizeof(person_year)) +
                     (ptrdiff_t)sizeof(int64_t) * l->pack->dense_count;
    for (ptrdiff_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)o + at, 1);
}

static owner *owner_get(claim_ledger *l, owner_map *map, str id)
{
    if (2 * map->count >= map->size && !map_grow(map))
        return NULL;
    uint64_t hash = claim_person_hash(id);
    owner_slot *slot = slot_of(map, hash, &id);
    if (slot->owner)
        return slot->owner;
    owner *o = ledger_alloc(l, (ptrdiff_t)sizeof *o);
    char *copy = o ? ledger_alloc(l, id.n + 1) : NULL;
    if (!copy)
        return NULL;
    if (id.n)
        memcpy(copy, id.p, (size_t)id.n);
    o->id = (str){copy, id.n};
    *slot = (owner_slot){hash, o};
    map->count++;
    return o;
}

static person_year *year_get(claim_ledger *l, owner *o, word scheme, int year)
{
    for (person_year *y = o->year; y; y = y->next)
        if (y->scheme == scheme && y->year == year)
            return y;
    person_year *y =
        ledger_alloc(l, (ptrdiff_t)sizeof *y + (ptrdiff_t)sizeof(int64_t) * l->pack->dense_count);
    if (!y)
        return NULL;
    y->scheme = scheme;
    y->year = year;
    y->next = o->year;
    o->year = y;
    l->year_count++;
    return y;
}

static bool
entry_set(claim_ledger *l, entries *e, uint16_t accumulator, uint64_t sub, int64_t value)
{
    for (int32_t i = 0; i < e->count; i++) {
        if (e->at[i].accumulator == accumulator && e->at[i].sub == sub) {
            e->at[i].value = value;
            return true;
        }
    }
    if (e->count == e->cap) {
        int32_t cap = e->cap ? 2 * e->cap : 4;
        benefit_entry *more = ledger_alloc(l, cap * (ptrdiff_t)sizeof *more);
        if (!more)
            return false;
        if (e->count)
            memcpy(more, e->at, (size_t)e->count * sizeof *more);
        e->at = more;
        e->cap = cap;
    }
    e->at[e->count++] = (benefit_entry){accumulator, sub, value};
    return true;
}

/* Where the accumulators of one part of a bill live. */
typedef struct {
    owner *person, *household;
    person_year *year;
} place;

static bool
place_set(claim_ledger *l, const place *at, uint16_t accumulator, uint64_t sub, int64_t value)
{
    const benefit_accumulator *acc = &l->pack->accumulator[accumulator];
    if (acc->dense >= 0) {
        at->year->dense[acc->dense] = value;
        return true;
    }
    entries *home[] = {[HOME_YEAR] = &at->year->entry,
                       [HOME_LIFE] = &at->person->entry,
                       [HOME_HOUSEHOLD] = &at->household->entry};
    return entry_set(l, home[benefit_home(acc)], accumulator, sub, value);
}

static int64_t place_get(const claim_ledger *l, const place *at, uint16_t accumulator, uint64_t sub)
{
    const benefit_accumulator *acc = &l->pack->accumulator[accumulator];
    if (acc->dense >= 0)
        return at->year->dense[acc->dense];
    const entries *home[] = {[HOME_YEAR] = &at->year->entry,
                             [HOME_LIFE] = &at->person->entry,
                             [HOME_HOUSEHOLD] = &at->household->entry};
    const entries *e = home[benefit_home(acc)];
    for (int32_t i = 0; i < e->count; i++)
        if (e->at[i].accumulator == accumulator && e->at[i].sub == sub)
            return e->at[i].value;
    return 0;
}

/* What a bill has done to the ledger before it is known to hold: everything that goes back if it
 * does not. */
typedef struct {
    benefit_entry *opening; /* values before the opening ones */
    int opening_count;
    int64_t account_fen[ACCOUNT_COUNT], account_given_fen[ACCOUNT_COUNT];
    bool account_given[ACCOUNT_COUNT];
} undo;

static void undo_open(undo *u, const owner *person)
{
    assert(person);
    u->opening = NULL;
    u->opening_count = 0;
    memcpy(u->account_fen, person->account_fen, sizeof u->account_fen);
    memcpy(u->account_given_fen, person->account_given_fen, sizeof u->account_given_fen);
    memcpy(u->account_given, person->account_given, sizeof u->account_given);
}

static void undo_run(claim_ledger *l, const undo *u, const place *at)
{
    for (int i = u->opening_count - 1; i >= 0; i--)
        (void)place_set(l, at, u->opening[i].accumulator, u->opening[i].sub, u->opening[i].value);
    memcpy(at->person->account_fen, u->account_fen, sizeof u->account_fen);
    memcpy(at->person->account_given_fen, u->account_given_fen, sizeof u->account_given_fen);
    memcpy(at->person->account_given, u->account_given, sizeof u->account_given);
}

static bool accounts_open(owner *person, const claim_bill *claim, err *e)
{
    for (int i = 0; i < ACCOUNT_COUNT; i++) {
        if (!claim->has_accounts[i])
            continue;
        if (person->account_given[i] && person->account_given_fen[i] != claim->account_fen[i]) {
            FAIL(e, ERR_ACCOUNT_RESTATED, "the run began with another balance of this account");
            err_field(e, S("person.accounts"));
            return false;
        }
        if (!person->account_given[i])
            person->account_fen[i] = person->account_given_fen[i] = claim->account_fen[i];
        person->account_given[i] = true;
    }
    return true;
}

static bool opening_apply(claim_ledger *l,
                          const place *at,
                          const benefit_policy *p,
                          const claim_bill *claim,
                          const benefit_bill *part,
                          undo *u,
                          arena *a,
                          err *e)
{
    if (!accounts_open(at->person, claim, e))
        return false;
    if (claim->opening_count > 0 && at->year->used) {
        FAIL(e, ERR_OPENING_NOT_FIRST, "this person-year already has bills");
        err_field(e, S("opening"));
        return false;
    }
    u->opening = arena_new(a, benefit_entry, claim->opening_count);
    for (int i = 0; i < claim->opening_count; i++) {
        const claim_opening *o = &claim->opening[i];
        const benefit_accumulator *acc = &p->accumulator[o->accumulator];
        int64_t period = benefit_period_index(p, acc, part);
        uint64_t sub = acc->dense >= 0 ? 0 : benefit_sub_key_of(p, acc, period, o->by);
        u->opening[u->opening_count++] =
            (benefit_entry){o->accumulator, sub, place_get(l, at, o->accumulator, sub)};
        if (!place_set(l, at, o->accumulator, sub, o->value))
            return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for person-years");
    }
    return true;
}

static void state_of(benefit_state *state, const place *at)
{
    *state = (benefit_state){
        .dense = at->year->dense,
        .entry = {[HOME_YEAR] = at->year->entry.at,
                  [HOME_LIFE] = at->person->entry.at,
                  [HOME_HOUSEHOLD] = at->household->entry.at},
        .entry_count = {[HOME_YEAR] = at->year->entry.count,
                        [HOME_LIFE] = at->person->entry.count,
                        [HOME_HOUSEHOLD] = at->household->entry.count},
    };
    memcpy(state->account_fen, at->person->account_fen, sizeof state->account_fen);
}

static const benefit_policy *policy_find(const claim_ledger *l, const benefit_bill *bill, err *e)
{
    day on = {(int32_t)bill->fact[FACT_DATE]};
    const benefit_policy *p = pack_policy_on(l->pack, bill->fact[FACT_SCHEME], on);
    if (p)
        return p;
    char on_text[DAY_TEXT_SIZE];
    day_print(on_text, on);
    FAIL(e, ERR_NO_POLICY, "no policy of this scheme is in force on %s", on_text);
    err_field(e, S("visit.date"));
    return NULL;
}

static bool
place_find(place *at, claim_ledger *l, const claim_bill *claim, int year, arena *a, err *e)
{
    at->person = owner_get(l, &l->persons, claim->person_id);
    at->household = at->person;
    if (l->pack->has_household) {
        /* whoever has no household is one alone, under a name no household can have */
        str alone = arena_printf(a, "\n%.*s", STR_ARG(claim->person_id));
        at->household =
            owner_get(l, &l->households, claim->household_id.n ? claim->household_id : alone);
    }
    at->year = at->person ? year_get(l, at->person, claim->bill.fact[FACT_SCHEME], year) : NULL;
    return (at->year && at->household) || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for person-years");
}

/* Settles one part and moves the accumulators; what it moved stands in result->change. */
static bool part_settle(benefit_result *result,
                        claim_ledger *l,
                        const benefit_policy *p,
                        const benefit_bill *part,
                        place *at,
                        bool trace,
                        arena *a,
                        err *e)
{
    benefit_state before;
    state_of(&before, at);
    benefit_settle(result, p, part, &before, trace, a);
    if (result->status != BENEFIT_SETTLED)
        return true;
    for (int i = 0; i < result->change_count; i++)
        if (!place_set(l, at, result->change[i].accumulator, result->change[i].sub,
                       result->change[i].after))
            return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for person-years");
    memcpy(at->person->account_fen, result->account_after_fen, sizeof at->person->account_fen);
    return true;
}

static void parts_undo(claim_ledger *l, const benefit_result *part, const place *at, int count)
{
    for (int k = count - 1; k >= 0; k--)
        for (int i = part[k].change_count - 1; part[k].status == BENEFIT_SETTLED && i >= 0; i--)
            (void)place_set(l, &at[k], part[k].change[i].accumulator, part[k].change[i].sub,
                            part[k].change[i].before);
}

static bool parts_settle(benefit_result part[PARTS_MAX],
                         int *count,
                         claim_ledger *l,
                         const claim_bill *claim,
                         const benefit_bill *bill,
                         int bills,
                         place *at,
                         undo *u,
                         bool trace,
                         arena *a,
                         err *e)
{
    for (*count = 0; *count < bills; ++*count) {
        int i = *count;
        const benefit_policy *p = policy_find(l, &bill[i], e);
        day on = {(int32_t)bill[i].fact[FACT_DATE]};
        if (!p || !place_find(&at[i], l, claim, policy_year_of(p, on), a, e))
            return false;
        if (i == 0) {
            undo_open(u, at[0].person);
            if (!opening_apply(l, &at[0], p, claim, &bill[0], u, a, e))
                return false;
        }
        if (!part_settle(&part[i], l, p, &bill[i], &at[i], trace, a, e) ||
            part[i].status == BENEFIT_REFUSED)
            return false;
    }
    return true;
}

/* One bill on its way through the ledger; in the arena, so that it outlives a jump. */
typedef struct {
    place at[PARTS_MAX];
    undo undo;
    int bills;
} session;

/* Nothing stays of a bill that was not settled. */
static void session_undo(claim_ledger *l, session *s, const benefit_result *part, int settled)
{
    if (!s->at[0].year || !s->at[0].household)
        return;
    parts_undo(l, part, s->at, settled);
    undo_run(l, &s->undo, &s->at[0]);
}

bool claim_settle(benefit_result part[PARTS_MAX],
                  int *count,
                  claim_ledger *l,
                  const claim_bill *claim,
                  bool trace,
                  arena *a,
                  err *e)
{
    const benefit_policy *p = policy_find(l, &claim->bill, e);
    session *s = arena_new(a, session, 1);
    benefit_bill split[PARTS_MAX];
    const benefit_bill *bill = &claim->bill;
    jmp_buf oom, *outer = a->oom;
    *count = 0;
    if (!p)
        return false;
    s->bills = 1;
    a->oom = &oom;
    if (setjmp(oom)) {
        a->oom = outer;
        session_undo(l, s, part, *count);
        longjmp(*outer, 1);
    }
    if (p->cross_year_split) {
        s->bills = benefit_parts(split, p, bill, a);
        bill = split;
    }
    bool done = parts_settle(part, count, l, claim, bill, s->bills, s->at, &s->undo, trace, a, e);
    a->oom = outer;
    if (done) {
        for (int i = 0; i < s->bills; i++)
            s->at[i].year->used = true;
        return true;
    }
    session_undo(l, s, part, *count);
    part[0] = part[*count]; /* one answer for the whole bill */
    *count = 1;
    return e->code == ERR_OK;
}
