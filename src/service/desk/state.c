/* The accumulators of a person, as text in `person_state`: one "name sub value" a line. */
#include "service/desk/desk_internal.h"

#include <errno.h>
#include <stdlib.h>

static bool number_take(int64_t *out, str *text, char end)
{
    char digits[24];
    ptrdiff_t n = 0;
    while (n < text->n && text->p[n] != end && n < (ptrdiff_t)sizeof digits - 1) {
        digits[n] = text->p[n];
        n++;
    }
    digits[n] = 0;
    char *stop;
    errno = 0;
    *out = strtoll(digits, &stop, 10);
    if (n == 0 || *stop || errno || (n < text->n && text->p[n] != end))
        return false;
    n += n < text->n;
    *text = (str){text->p + n, text->n - n};
    return true;
}

static bool entries_read(shelf *s, str text, arena *a, err *e)
{
    while (text.n > 0) {
        const char *space = memchr(text.p, ' ', (size_t)text.n);
        str name = {text.p, space ? space - text.p : 0};
        int64_t sub, value;
        if (name.n)
            text = (str){space + 1, text.n - name.n - 1};
        if (!name.n || !number_take(&sub, &text, ' ') || !number_take(&value, &text, '\n'))
            return FAIL(e, ERR_INVARIANT, "the accumulators of %" PRId64 " cannot be read",
                        s->owner_id);
        shelf_set(s, name, sub, value, a);
    }
    s->changed = false;
    return true;
}

static str entries_write(const shelf *s, arena *a)
{
    ptrdiff_t bytes = 1;
    for (ptrdiff_t i = 0; i < s->count; i++)
        bytes += s->entry[i].name.n + 48;
    text_buffer t = {arena_new(a, char, bytes), 0, bytes, false};
    for (ptrdiff_t i = 0; i < s->count; i++) {
        if (s->entry[i].value == 0)
            continue;
        text_add(&t, s->entry[i].name);
        text_printf(&t, " %" PRId64 " %" PRId64 "\n", s->entry[i].sub, s->entry[i].value);
    }
    return (str){t.p, t.n};
}

int64_t shelf_get(const shelf *s, str name, int64_t sub)
{
    for (ptrdiff_t i = 0; i < s->count; i++)
        if (s->entry[i].sub == sub && str_eq(s->entry[i].name, name))
            return s->entry[i].value;
    return 0;
}

void shelf_set(shelf *s, str name, int64_t sub, int64_t value, arena *a)
{
    s->changed = true;
    for (ptrdiff_t i = 0; i < s->count; i++) {
        if (s->entry[i].sub == sub && str_eq(s->entry[i].name, name)) {
            s->entry[i].value = value;
            return;
        }
    }
    if (s->count == s->cap) {
        ptrdiff_t cap = s->cap ? 2 * s->cap : 16;
        state_entry *more = arena_new(a, state_entry, cap);
        if (s->count)
            memcpy(more, s->entry, (size_t)s->count * sizeof *more);
        s->entry = more;
        s->cap = cap;
    }
    s->entry[s->count++] = (state_entry){name, sub, value};
}

shelf *state_shelf(person_state *s, int64_t owner_id, str scheme, int year, err *e)
{
    for (int i = 0; i < s->shelf_count; i++)
        if (s->shelf[i].owner_id == owner_id && s->shelf[i].year == year &&
            str_eq(s->shelf[i].scheme, scheme))
            return &s->shelf[i];
    if (s->shelf_count == SHELVES_MAX) {
        FAIL(e, ERR_TOO_LARGE, "more than %d person-years", SHELVES_MAX);
        return NULL;
    }
    s->shelf[s->shelf_count] = (shelf){.owner_id = owner_id, .scheme = scheme, .year = year};
    return &s->shelf[s->shelf_count++];
}

static bool accounts_read(person_state *s, str text, arena *a, err *e)
{
    shelf accounts = {.owner_id = s->person_id};
    if (!entries_read(&accounts, text, a, e))
        return false;
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        s->account_fen[i] = shelf_get(&accounts, str_of(account_names[i]), 0);
    return true;
}

enum { STATE_SCHEME, STATE_YEAR, STATE_LAST, STATE_ACCOUNT, STATE_TEXT };

int64_t own_accounts(const person_state *s)
{
    int64_t fen = 0;
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        if (!str_eq(str_of(account_names[i]), S("family")))
            fen += s->account_fen[i];
    return fen;
}

bool state_load(person_state *s, int64_t person_id, const store_rows *rows, arena *a, err *e)
{
    *s = (person_state){.person_id = person_id};
    shelf *life = state_shelf(s, person_id, S(""), 0, e);
    for (ptrdiff_t i = 0; i < rows->row_count; i++) {
        str scheme = store_text(rows, i, STATE_SCHEME);
        if (scheme.n == 0) {
            s->last_settlement_id = store_number(rows, i, STATE_LAST);
            if (!accounts_read(s, store_text(rows, i, STATE_ACCOUNT), a, e) ||
                !entries_read(life, store_text(rows, i, STATE_TEXT), a, e))
                return false;
            continue;
        }
        shelf *year = state_shelf(s, person_id, scheme, (int)store_number(rows, i, STATE_YEAR), e);
        if (!year || !entries_read(year, store_text(rows, i, STATE_TEXT), a, e))
            return false;
    }
    return true;
}

bool state_household_again(person_state *s, int64_t household_id)
{
    for (int i = 0; i < s->shelf_count; i++)
        if (s->shelf[i].owner_id == household_id && str_eq(s->shelf[i].scheme, S("household"))) {
            s->household_id = household_id;
            return true;
        }
    return false;
}

bool state_load_household(
    person_state *s, int64_t household_id, const store_rows *rows, arena *a, err *e)
{
    shelf *home = state_shelf(s, household_id, S("household"), 0, e);
    s->household_id = household_id;
    s->household_known = true;
    return home &&
           (rows->row_count == 0 || entries_read(home, store_text(rows, 0, STATE_TEXT), a, e));
}

static shelf *shelf_of_home(person_state *s, entry_home home, str scheme, int year, err *e)
{
    if (home == HOME_YEAR)
        return state_shelf(s, s->person_id, scheme, year, e);
    if (home == HOME_LIFE)
        return &s->shelf[0];
    assert(s->household_known);
    return state_shelf(s, s->household_id, S("household"), 0, e);
}

bool state_for_engine(benefit_state *out,
                      person_state *s,
                      const benefit_policy *p,
                      str scheme,
                      int year,
                      arena *a,
                      err *e)
{
    int64_t *dense = arena_new(a, int64_t, p->dense_count);
    *out = (benefit_state){.dense = dense};
    for (int home = 0; home < HOME__COUNT; home++) {
        if (home == HOME_HOUSEHOLD && !s->household_known)
            continue;
        const shelf *from = shelf_of_home(s, (entry_home)home, scheme, year, e);
        if (!from)
            return false;
        benefit_entry *entry = arena_new(a, benefit_entry, from->count);
        for (ptrdiff_t i = 0; i < from->count; i++) {
            for (int k = 1; k < p->accumulator_count; k++) {
                const benefit_accumulator *acc = &p->accumulator[k];
                if ((int)benefit_home(acc) != home || !str_eq(acc->name, from->entry[i].name))
                    continue;
                if (acc->dense >= 0)
                    dense[acc->dense] = from->entry[i].value;
                else
                    entry[out->entry_count[home]++] = (benefit_entry){
                        (uint16_t)k, (uint64_t)from->entry[i].sub, from->entry[i].value};
            }
        }
        out->entry[home] = entry;
    }
    memcpy(out->account_fen, s->account_fen, sizeof out->account_fen);
    return true;
}

static bool change_apply(
    person_state *s, const desk_part *part, const desk_change *c, bool back, arena *a, err *e)
{
    int64_t from = back ? c->after : c->before, to = back ? c->before : c->after, now;
    if (str_eq(c->home, S("account"))) {
        for (int i = 0; i < ACCOUNT_COUNT; i++)
            if (str_eq(c->name, str_of(account_names[i]))) {
                now = s->account_fen[i];
                s->account_fen[i] = to;
                return now == from ||
                       FAIL(e, ERR_INVARIANT, "account %s is not as settlement %" PRId64 " left it",
                            account_names[i], part->settlement_id);
            }
        return FAIL(e, ERR_INVARIANT, "no such account");
    }
    entry_home home = str_eq(c->home, S("year"))   ? HOME_YEAR
                      : str_eq(c->home, S("life")) ? HOME_LIFE
                                                   : HOME_HOUSEHOLD;
    shelf *at = shelf_of_home(s, home, c->scheme, c->year, e);
    if (!at)
        return false;
    now = shelf_get(at, c->name, c->sub);
    shelf_set(at, c->name, c->sub, to, a);
    if (now != from && home == HOME_HOUSEHOLD)
        return FAIL(e, ERR_LATER_SETTLEMENTS, "another member of the household settled later");
    return now == from ||
           FAIL(e, ERR_INVARIANT, "accumulator %.*s is not as settlement %" PRId64 " left it",
                STR_ARG(c->name), part->settlement_id);
}

bool state_apply(person_state *s, const desk_part *part, bool back, arena *a, err *e)
{
    for (ptrdiff_t i = 0; i < part->change_count; i++)
        if (!change_apply(s, part, &part->change[back ? part->change_count - 1 - i : i], back, a,
                          e))
            return false;
    return true;
}

static str accounts_write(const person_state *s, arena *a)
{
    shelf accounts = {0};
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        shelf_set(&accounts, str_of(account_names[i]), 0, s->account_fen[i], a);
    return entries_write(&accounts, a);
}

static void shelf_put(
    store_job *job, const shelf *f, str scheme, int64_t last_settlement_id, str account, arena *a)
{
    const store_value row[] = {STORE_N(f->owner_id),
                               STORE_T(scheme),
                               STORE_N(f->year),
                               STORE_N(last_settlement_id),
                               STORE_T(account),
                               STORE_T(entries_write(f, a)),
                               STORE_N(1)};
    store_put(job, SQL_DESK_STATE_SAVE, row, COUNTOF(row));
}

void state_put(store_job *job, person_state *s, arena *a)
{
    shelf_put(job, &s->shelf[0], S(""), s->last_settlement_id, accounts_write(s, a), a);
    for (int i = 1; i < s->shelf_count; i++) {
        const shelf *f = &s->shelf[i];
        if (f->changed)
            shelf_put(job, f, f->owner_id == s->person_id ? f->scheme : S(""), 0, S(""), a);
    }
}
