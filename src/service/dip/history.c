/* Cases on their way to a catalogue: what is needed of each, with its texts made numbers. */
#include "service/dip/build_internal.h"

#include <stdlib.h>

/* ---- tables that grow ---- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* Room for one more; `cap` doubles.  False = no memory, and nothing has changed. */
static bool room(void **items, int64_t count, int64_t *cap, size_t size)
{
    if (count < *cap)
        return true;
    int64_t more = *cap ? 2 * *cap : 1024;
    void *p = realloc(*items, (size_t)more * size);
    if (!p)
        return false;
    *items = p;
    *cap = more;
    return true;
}

static bool room_i32(void **items, int32_t count, int32_t *cap, size_t size)
{
    int64_t wanted = *cap;
    bool ok = room(items, count, &wanted, size);
    *cap = (int32_t)wanted;
    return ok;
}

/* Twice as many slots, empty; NULL = no memory. */
static uint32_t *slots_more(uint32_t *mask)
{
    uint32_t more = *mask ? 2 * (*mask + 1) : 4096;
    uint32_t *slot = calloc(more, sizeof *slot);
    if (slot)
        *mask = more - 1;
    return slot;
}

static void slot_put(uint32_t *slot, uint32_t mask, uint64_t hash, int32_t index)
{
    assert(slot);
    uint32_t at = (uint32_t)hash & mask;
    while (slot[at])
        at = (at + 1) & mask;
    slot[at] = (uint32_t)index + 1;
}

bool key_table_add(key_table *t, uint64_t key, int32_t *index)
{
    uint64_t hash = mix(key);
    for (uint32_t at = (uint32_t)hash & t->mask; t->slot && t->slot[at]; at = (at + 1) & t->mask) {
        *index = (int32_t)(t->slot[at] - 1);
        if (t->key[*index] == key)
            return true;
    }
    if (!room_i32((void **)&t->key, t->count, &t->cap, sizeof *t->key))
        return false;
    if (2 * ((uint32_t)t->count + 1) > t->mask) {
        uint32_t *slot = slots_more(&t->mask);
        if (!slot)
            return false;
        for (int32_t i = 0; i < t->count; i++)
            slot_put(slot, t->mask, mix(t->key[i]), i);
        free(t->slot);
        t->slot = slot;
    }
    *index = t->count++;
    t->key[*index] = key;
    slot_put(t->slot, t->mask, hash, *index);
    return true;
}

void key_table_free(key_table *t)
{
    free(t->slot);
    free(t->key);
    *t = (key_table){0};
}

/* ---- procedures and sets of them ---- */

static str procedure_text(const dip_history *h, int32_t i)
{
    return (str){h->procedure[i].text, h->procedure[i].n};
}

/* The index; -1 = not there. */
static int32_t procedure_look(const dip_history *h, str code)
{
    if (!h->procedure_slot || code.n == 0 || code.n > CODE_BYTES_MAX)
        return -1;
    for (uint32_t at = (uint32_t)mix(str_hash(code)) & h->procedure_mask; h->procedure_slot[at];
         at = (at + 1) & h->procedure_mask) {
        int32_t i = (int32_t)(h->procedure_slot[at] - 1);
        if (str_eq(procedure_text(h, i), code))
            return i;
    }
    return -1;
}

static bool procedure_new(dip_history *h, str tidy, int32_t *index)
{
    if (!room_i32((void **)&h->procedure, h->procedure_count, &h->procedure_cap,
                  sizeof *h->procedure))
        return false;
    if (2 * ((uint32_t)h->procedure_count + 1) > h->procedure_mask) {
        uint32_t *slot = slots_more(&h->procedure_mask);
        if (!slot)
            return false;
        for (int32_t i = 0; i < h->procedure_count; i++)
            slot_put(slot, h->procedure_mask, mix(str_hash(procedure_text(h, i))), i);
        free(h->procedure_slot);
        h->procedure_slot = slot;
    }
    *index = h->procedure_count++;
    int32_t listed = dip_procedure_find(h->basis, tidy);
    uint8_t class = listed < 0 ? DIP_CLASS_NONE : h->basis->procedure_class[listed];
    memcpy(h->procedure[*index].text, tidy.p, (size_t)tidy.n);
    h->procedure[*index].n = (uint8_t)tidy.n;
    h->procedure[*index].treatment = class == DIP_CLASS_NONE ? h->basis->unlisted : class;
    slot_put(h->procedure_slot, h->procedure_mask, mix(str_hash(tidy)), *index);
    return true;
}

/* -1 = no code. */
static bool procedure_of(dip_history *h, str code, int32_t *index)
{
    char room_for[CODE_BYTES_MAX];
    *index = procedure_look(h, code);
    if (*index >= 0)
        return true;
    str tidy = dip_procedure_tidy(room_for, code);
    *index = procedure_look(h, tidy);
    return *index >= 0 || tidy.n == 0 || procedure_new(h, tidy, index);
}

static uint64_t set_hash(const int32_t *member, int32_t count)
{
    uint64_t hash = (uint64_t)count;
    for (int32_t i = 0; i < count; i++)
        hash = mix(hash ^ (uint64_t)(uint32_t)member[i]) + 0x9E3779B97F4A7C15u;
    return hash;
}

static bool set_new(dip_history *h, const int32_t *member, int32_t count, int treatment)
{
    if (!room_i32((void **)&h->set, h->set_count, &h->set_cap, sizeof *h->set))
        return false;
    while (h->member_count + count > h->member_cap)
        if (!room((void **)&h->member, h->member_cap, &h->member_cap, sizeof *h->member))
            return false;
    if (2 * ((uint32_t)h->set_count + 1) > h->set_mask) {
        uint32_t *slot = slots_more(&h->set_mask);
        if (!slot)
            return false;
        for (int32_t i = 0; i < h->set_count; i++)
            slot_put(slot, h->set_mask, set_hash(h->member + h->set[i].first, h->set[i].count), i);
        free(h->set_slot);
        h->set_slot = slot;
    }
    for (int32_t i = 0; i < count; i++)
        h->member[h->member_count + i] = member[i];
    h->set[h->set_count] = (procedure_set){(int32_t)h->member_count, count, (uint8_t)treatment};
    slot_put(h->set_slot, h->set_mask, set_hash(member, count), h->set_count);
    h->set_count++;
    h->member_count += count;
    return true;
}

static bool
set_add(dip_history *h, const int32_t *member, int32_t count, int treatment, int32_t *index)
{
    uint64_t hash = set_hash(member, count);
    for (uint32_t at = (uint32_t)hash & h->set_mask; h->set_slot && h->set_slot[at];
         at = (at + 1) & h->set_mask) {
        *index = (int32_t)(h->set_slot[at] - 1);
        const procedure_set *s = &h->set[*index];
        if (s->count == count && (count == 0 || memcmp(h->member + s->first, member,
                                                       (size_t)count * sizeof *member) == 0))
            return true;
    }
    *index = h->set_count;
    return h->member_count < INT32_MAX - count && set_new(h, member, count, treatment);
}

/* The different procedures that count, by text. */
static bool set_of(dip_history *h, const casemix_case *c, int32_t *index)
{
    int32_t member[DIP_PROCEDURES_MAX], count = 0;
    int treatment = DIP_CONSERVATIVE;
    for (int32_t i = 0; i < c->procedure_count; i++) {
        int32_t id, at = 0;
        if (!procedure_of(h, c->procedure[i], &id))
            return false;
        if (id < 0 || h->procedure[id].treatment == DIP_CONSERVATIVE)
            continue;
        if (h->procedure[id].treatment > treatment)
            treatment = h->procedure[id].treatment;
        while (at < count && str_cmp(procedure_text(h, member[at]), procedure_text(h, id)) < 0)
            at++;
        if ((at < count && member[at] == id) || count == DIP_PROCEDURES_MAX)
            continue;
        memmove(&member[at + 1], &member[at], (size_t)(count - at) * sizeof *member);
        member[at] = id;
        count++;
    }
    return set_add(h, member, count, treatment, index);
}

/* ---- cases ---- */

dip_history *dip_history_open(const dip_catalogue *basis)
{
    dip_history *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->basis = basis;
    for (int32_t i = 0; i < basis->grade_count; i++) {
        const dip_grade *g = &basis->grade[i];
        h->asks_recurrent |=
            g->from[DIP_FACT_RECURRENT] != DIP_ANY || g->to[DIP_FACT_RECURRENT] != DIP_ANY;
    }
    return h;
}

void dip_history_close(dip_history *h)
{
    if (!h)
        return;
    key_table_free(&h->diagnosis);
    free(h->event);
    free(h->set);
    free(h->set_slot);
    free(h->member);
    free(h->procedure);
    free(h->procedure_slot);
    free(h);
}

int64_t dip_history_count(const dip_history *h)
{
    return h->count;
}

static void event_fill(event *v, dip_history *h, const case_record *r, dip_case *of, int32_t drg)
{
    v->cost_fen = of->cost_fen;
    v->person = r->stay.person.n ? str_hash(r->stay.person) | 1 : 0;
    v->drg = drg;
    v->admitted = r->stay.admitted;
    v->discharged = r->stay.discharged;
    v->stay = of->facts.number[CASE_STAY];
    v->year = r->stay.year;
    if (v->year == 0 && v->discharged != DAY_NONE)
        v->year = day_civil((day){v->discharged}).year;
    v->level = of->level;
    v->died = of->facts.died;
    v->group = -1;
    for (int k = 0; k < 2; k++) {
        of->recurrent = k;
        if (h->basis->grade_count > 0 && (k == 0 || h->asks_recurrent))
            dip_grades(v->grade[k], h->basis, of);
        else
            memcpy(v->grade[k], v->grade[0], sizeof v->grade[0]);
    }
    v->recurrent = r->stay.recurrent;
}

bool dip_history_add(dip_history *h, const case_record *r, int32_t drg, err *e)
{
    event v = {0};
    dip_case of;
    dip_case_of(&of, r);
    h->read++;
    if (dip_reason_of((casemix_reason)of.facts.wrong)) {
        h->invalid++;
        return true;
    }
    dip_key key = dip_key_of(of.facts.main_dx,
                             (int)(h->basis->parameter_e4[DIP_P_DX_CHARACTERS] / 10000), NULL);
    if (!key || of.cost_fen <= 0) {
        h->no_diagnosis += key == 0;
        h->no_cost += key != 0;
        return true;
    }
    if (h->count == DIP_CASES_MAX)
        return FAIL(e, ERR_TOO_LARGE, "more than %d cases", DIP_CASES_MAX);
    event_fill(&v, h, r, &of, drg);
    if (!room((void **)&h->event, h->count, &h->cap, sizeof *h->event) ||
        !key_table_add(&h->diagnosis, key, &v.diagnosis) || !set_of(h, &of.facts, &v.set))
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for %" PRId64 " cases", h->count);
    h->event[h->count++] = v;
    return true;
}

void history_key_text(const dip_history *h, int32_t diagnosis, char text[DIP_KEY_TEXT])
{
    uint64_t key = h->diagnosis.key[diagnosis];
    int n = 0;
    for (int i = 0; i < 6; i++) {
        char c = (char)(key >> (56 - 8 * i) & 0xFF);
        if (!c)
            break;
        if (i == 3)
            text[n++] = '.';
        text[n++] = c;
    }
    text[n] = 0;
}
