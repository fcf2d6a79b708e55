/* Rows that are right by themselves, beside what is there: references, periods, what changes. */
#include "service/master/master_internal.h"

#include <stdio.h>

#define VALUES_MAX   (MASTER_COLUMNS_MAX + 3)
#define ASKS_AT_ONCE 16

/* One row on its way; lives as long as the job. */
typedef struct {
    store_rows reference[3], found, period, locked;
    int reference_column[3], reference_count;
    store_value key[6];
    store_value asked[3][3];
} lookup;

typedef struct {
    master_batch *b;
    store_job *job;
    lookup *look;
    store_ask *ask;
    int ask_count;
    arena *a;
} saving;

static void wrong(master_row *row, int column, err_code code, const char *expected)
{
    if (row->outcome == ROW_WRONG)
        return;
    row->outcome = ROW_WRONG;
    row->fault = (master_fault){.column = column, .code = code};
    text_buffer t = {row->fault.expected, 0, sizeof row->fault.expected - 1, false};
    text_add(&t, str_of(expected));
}

/* ---- what rows refer to ---- */

static bool area_in_file(const saving *s, int i, str code)
{
    str key = arena_printf(s->a, "\x1f%.*s", STR_ARG(code));
    if (master_seen_line(s->b->seen, key))
        return true;
    for (int k = 0; k < i; k++)
        if (s->b->row[k].outcome != ROW_WRONG && str_eq(s->b->row[k].cell[0], code))
            return true;
    return false;
}

static void ask(saving *s, store_sql sql, const store_value *value, int count, store_rows *out)
{
    s->ask[s->ask_count++] = (store_ask){sql, value, count, out};
}

/* As many in one round trip as the store takes. */
static bool asks_run(saving *s, err *e)
{
    for (int done = 0, n; done < s->ask_count; done += n) {
        n = s->ask_count - done < ASKS_AT_ONCE ? s->ask_count - done : ASKS_AT_ONCE;
        if (!store_query_all(s->job, s->ask + done, n, s->a, e))
            return false;
    }
    return true;
}

static void reference_ask(saving *s, int i, int column)
{
    master_row *row = &s->b->row[i];
    lookup *l = &s->look[i];
    store_value *v = l->asked[l->reference_count];
    store_rows *out = &l->reference[l->reference_count];
    v[0] = STORE_T(row->cell[column]);
    switch ((master_cell_kind)s->b->kind->column[column].kind) {
    case CELL_AREA:
        ask(s, SQL_MASTER_AREA, v, 1, out);
        break;
    case CELL_ITEM:
        ask(s, SQL_MASTER_ITEM, v, 1, out);
        break;
    case CELL_PROVIDER:
        v[0] = row->owner ? STORE_N(row->owner) : v[0];
        ask(s, row->owner ? SQL_MASTER_PROVIDER_BY_ID : SQL_MASTER_PROVIDER, v, 1, out);
        break;
    case CELL_HOUSEHOLD:
        v[0] = STORE_N(row->number[column]);
        v[1] = STORE_T(((str){row->cell[0].p, row->cell[0].n < 4 ? 0 : 4}));
        v[2] = STORE_N(row->id); /* of a change that leaves the area alone */
        ask(s, SQL_MASTER_HOUSEHOLD_ELSEWHERE, v, 3, out);
        break;
    case CELL_PERSON:
        v[0] = row->owner ? STORE_N(row->owner) : v[0];
        v[1] = STORE_T(s->b->area_code);
        ask(s, row->owner ? SQL_MASTER_PERSON_BY_ID : SQL_MASTER_PERSON, v, row->owner ? 1 : 2,
            out);
        break;
    default:
        return;
    }
    l->reference_column[l->reference_count++] = column;
}

static void reference_take(saving *s, int i, int n)
{
    master_row *row = &s->b->row[i];
    const lookup *l = &s->look[i];
    const store_rows *r = &l->reference[n];
    int column = l->reference_column[n], area = 0;
    uint8_t kind = s->b->kind->column[column].kind;
    bool own_area = s->b->kind->id == MASTER_AREAS;
    if (r->row_count == 0 && own_area && area_in_file(s, i, row->cell[column]))
        return;
    if (kind == CELL_HOUSEHOLD) { /* it would share what the two households use up */
        if (r->row_count)
            wrong(row, column, ERR_EXISTS,
                  "a number no household of another city has, as 350900000001");
        return;
    }
    if (r->row_count != 1) {
        wrong(row, column, ERR_UNKNOWN_REFERENCE,
              r->row_count            ? "one person; name the area (--area)"
              : kind == CELL_AREA     ? "a division code of the areas"
              : kind == CELL_ITEM     ? "an item of the catalogue"
              : kind == CELL_PROVIDER ? "a provider that is known"
                                      : "a person who is known");
        return;
    }
    if (kind == CELL_ITEM)
        return;
    if (kind != CELL_AREA) {
        row->owner = store_number(r, 0, 0);
        area = 1;
    }
    if (!own_area && !actor_covers_area(s->b->who, store_text(r, 0, area)))
        wrong(row, column, ERR_NO_RIGHT, "something of your own area");
}

static bool references_resolve(saving *s, err *e)
{
    const master_kind *k = s->b->kind;
    s->ask_count = 0;
    for (int i = 0; i < s->b->count; i++)
        for (int c = 0; c < k->column_count; c++)
            if (s->b->row[i].cell[c].n > 0 && s->look[i].reference_count < 3 &&
                (row_gives(&s->b->row[i], c) || c == 0))
                reference_ask(s, i, c);
    if (!asks_run(s, e))
        return false;
    for (int i = 0; i < s->b->count; i++)
        for (int n = 0; n < s->look[i].reference_count; n++)
            reference_take(s, i, n);
    return true;
}

/* ---- what is there ---- */

static int key_values(const master_kind *k, const master_row *row, store_value *v)
{
    int n = 0;
    if (k->has_owner)
        v[n++] = STORE_N(row->owner);
    for (int i = k->has_owner; i < k->column_count; i++)
        if (k->column[i].key)
            v[n++] = STORE_T(row->cell[i]);
    return n;
}

static int period_values(const master_kind *k, const master_row *row, store_value *v)
{
    if (k->id == MASTER_TERMS) {
        v[0] = STORE_T(row->cell[0]);
        v[1] = STORE_T(row->cell[1]);
        return 2;
    }
    v[0] = STORE_N(row->owner);
    if (k->id != MASTER_FLAGS)
        return 1;
    v[1] = STORE_T(row->cell[1]);
    v[2] = STORE_T(row->cell[2]);
    return 3;
}

static bool rows_find(saving *s, err *e)
{
    const master_kind *k = s->b->kind;
    s->ask_count = 0;
    for (int i = 0; i < s->b->count; i++) {
        master_row *row = &s->b->row[i];
        lookup *l = &s->look[i];
        if (row->outcome == ROW_WRONG)
            continue;
        if (s->b->save && (k->id == MASTER_COVERS || k->id == MASTER_FLAGS)) {
            store_value *owner = arena_new(s->a, store_value, 1);
            *owner = STORE_N(row->owner);
            ask(s, SQL_MASTER_PERSON_LOCK, owner, 1, &l->locked);
        }
        bool by_id = k->has_own_id && s->b->mode == MASTER_CHANGE;
        l->key[0] = STORE_N(row->id);
        int count = by_id ? 1 : key_values(k, row, l->key);
        ask(s, by_id ? k->find_by_id : k->find, l->key, count, &l->found);
        if (k->periods != SQL_NONE) {
            store_value *v = arena_new(s->a, store_value, 3);
            ask(s, k->periods, v, period_values(k, row, v), &l->period);
        }
    }
    return asks_run(s, e);
}

/* ---- rows as values of the database ---- */

static bool is_number(const master_column *c)
{
    return c->kind == CELL_RATE || c->kind == CELL_E4 || c->kind == CELL_COUNT ||
           c->kind == CELL_HOUSEHOLD;
}

static str facts_json(const master_kind *k, const master_row *row, arena *a)
{
    json_out out = json_out_new(a, 128);
    bool any = false;
    json_open(&out, '{');
    for (int i = 0; i < k->column_count; i++) {
        const master_column *c = &k->column[i];
        if (!c->in_facts || row->cell[i].n == 0)
            continue;
        any = true;
        if (is_number(c))
            json_field_number(&out, str_of(c->name), row->number[i]);
        else
            json_field(&out, str_of(c->name), row->cell[i]);
    }
    json_close(&out, '}');
    return any ? json_out_text(&out) : S("");
}

static bool gives_facts(const master_kind *k, const master_row *row)
{
    for (int i = 0; i < k->column_count; i++)
        if (k->column[i].in_facts && row_gives(row, i))
            return true;
    return false;
}

/* In the order of the statements: own id or owner, columns, facts. */
static int row_values(const master_kind *k, const master_row *row, str facts, store_value *v)
{
    int n = 0;
    if (k->has_own_id)
        v[n++] = STORE_N(row->id);
    if (k->has_owner)
        v[n++] = STORE_N(row->owner);
    for (int i = k->has_owner; i < k->column_count; i++)
        if (!k->column[i].in_facts)
            v[n++] = is_number(&k->column[i]) ? STORE_N(row->number[i]) : STORE_T(row->cell[i]);
    if (k->has_facts)
        v[n++] = STORE_T(facts);
    return n;
}

/* What the row does not say stays as it is. */
static void row_overlay(const master_kind *k, master_row *row, const store_rows *found)
{
    int n = k->has_own_id + k->has_owner;
    if (k->has_own_id)
        row->id = store_number(found, 0, 0);
    for (int i = k->has_owner; i < k->column_count; i++) {
        if (k->column[i].in_facts)
            continue;
        int at = n++;
        if (row_gives(row, i))
            continue;
        if (is_number(&k->column[i]))
            row->number[i] = store_number(found, 0, at);
        else
            row->cell[i] = store_text(found, 0, at);
    }
}

static bool row_same(const store_value *v, int count, const store_rows *found)
{
    for (int i = 0; i < count; i++) {
        bool same = v[i].kind == STORE_NUMBER ? v[i].number == store_number(found, 0, i)
                                              : str_eq(v[i].text, store_text(found, 0, i));
        if (!same)
            return false;
    }
    return true;
}

/* ---- periods ---- */

static bool same_group(const master_kind *k, str a, str b)
{
    if (k->id != MASTER_COVERS)
        return str_eq(a, b);
    return str_eq(master_scheme_group(a), master_scheme_group(b));
}

static bool key_in_file(const saving *s, int i, str key)
{
    for (int n = 0; n < i; n++)
        if (s->b->row[n].outcome != ROW_WRONG && str_eq(s->b->row[n].key, key))
            return true;
    return master_seen_line(s->b->seen, key) != 0;
}

/* An agreement that is open to the end finds it the day before the next begins. */
static bool close_before(saving *s, const master_row *row, str from, str until, str first)
{
    day d;
    char last[DAY_TEXT_SIZE];
    if (!s->b->close_open || until.n > 0 || str_cmp(from, first) >= 0 || !day_parse(&d, first))
        return false;
    day_print(last, (day){d.number - 1});
    store_value *v = arena_new(s->a, store_value, 3);
    v[0] = STORE_N(row->owner);
    v[1] = STORE_T(from);
    v[2] = STORE_T(arena_str(s->a, str_of(last)));
    store_put_one(s->job, SQL_AGREEMENT_CLOSE, v, 3);
    return true;
}

static void period_check(saving *s, int i)
{
    const master_kind *k = s->b->kind;
    master_row *row = &s->b->row[i];
    int column = master_column_named(k, "from_on");
    str first = row->cell[column], last = row->cell[master_column_named(k, "until_on")];
    str label = master_period_label(k, row), owner = master_owner_text(k, row, s->a);
    const store_rows *r = &s->look[i].period;
    char text[96];
    for (int n = 0; n < i; n++) {
        const master_row *o = &s->b->row[n];
        if (o->outcome != ROW_WRONG && str_eq(o->period, row->period) &&
            spans_meet(o->cell[column], o->cell[master_column_named(k, "until_on")], first, last)) {
            snprintf(text, sizeof text, "no overlap with line %" PRId64, o->line);
            wrong(row, column, ERR_OVERLAP, text);
            return;
        }
    }
    if (master_seen_overlap(s->b->seen, row, k)) {
        wrong(row, column, ERR_OVERLAP, "no overlap with an earlier line");
        return;
    }
    for (ptrdiff_t n = 0; n < r->row_count; n++) {
        str other = store_text(r, n, 0), from = store_text(r, n, 1), until = store_text(r, n, 2);
        bool itself = str_eq(other, label) && str_eq(from, first);
        if (itself || !same_group(k, other, label) || !spans_meet(from, until, first, last))
            continue;
        str key = arena_printf(s->a, "%.*s\x1f%.*s\x1f%.*s", STR_ARG(owner), STR_ARG(other),
                               STR_ARG(from));
        if (key_in_file(s, i, key) || close_before(s, row, from, until, first))
            continue;
        snprintf(text, sizeof text, "no overlap with %.*s%s%.*s to %.*s", STR_ARG(other),
                 other.n ? " " : "", STR_ARG(from), STR_ARG(until.n ? until : S("-")));
        wrong(row, column, ERR_OVERLAP, text);
        return;
    }
}

/* ---- one row after the other ---- */

static void audit_put(saving *s, const master_row *row, bool added)
{
    const master_kind *k = s->b->kind;
    json_out out = json_out_new(s->a, 256);
    json_open(&out, '{');
    json_key(&out, S("columns"));
    json_open(&out, '[');
    for (int i = k->has_owner; i < k->column_count; i++)
        if (row_gives(row, i))
            json_str(&out, str_of(k->column[i].name));
    json_close(&out, ']');
    json_close(&out, '}');
    bool of_person = k->id == MASTER_PERSONS || k->id == MASTER_COVERS || k->id == MASTER_FLAGS ||
                     k->id == MASTER_CREDENTIALS;
    int64_t id = k->has_own_id ? row->id : row->owner;
    str object = id ? arena_printf(s->a, "%s %" PRId64, of_person ? "person" : "provider", id)
                    : arena_printf(s->a, "%s %.*s", k->action,
                                   STR_ARG(row->cell[k->id == MASTER_TERMS ? 1 : 0]));
    access_audit(s->job, s->b->who,
                 arena_printf(s->a, "%s.%s", k->action, added ? "add" : "change"), object,
                 of_person ? id : 0, json_out_text(&out), S("ok"));
}

static void row_put(saving *s, int i, str facts, bool found)
{
    const master_kind *k = s->b->kind;
    master_row *row = &s->b->row[i];
    store_value *v = arena_new(s->a, store_value, VALUES_MAX);
    store *st = store_of(s->job);
    if (!found && k->has_own_id)
        row->id = store_new_id(st);
    int count = row_values(k, row, facts, v);
    if (k->has_version)
        v[count++] = STORE_N(store_new_id(st));
    if (found) {
        store_put_one(s->job, k->set, v, count);
    } else {
        if (k->id == MASTER_PERSONS)
            v[count++] = STORE_N(store_now_ms(st));
        store_put(s->job, k->add, v, count);
    }
    if (s->b->audit)
        audit_put(s, row, !found);
}

static void row_decide(saving *s, int i)
{
    const master_kind *k = s->b->kind;
    master_row *row = &s->b->row[i];
    lookup *l = &s->look[i];
    master_fault fault[MASTER_FAULTS_MAX];
    bool found = l->found.row_count > 0;
    if (row->outcome == ROW_WRONG)
        return;
    if (found && s->b->mode == MASTER_ADD)
        wrong(row, -1, ERR_EXISTS, "a new one");
    if (!found && s->b->mode == MASTER_CHANGE)
        wrong(row, -1, ERR_NOT_FOUND, "");
    if (row->outcome == ROW_WRONG)
        return;
    if (found)
        row_overlay(k, row, &l->found);
    if (s->b->mode == MASTER_CHANGE && master_complete(row, k, &s->b->words, fault, s->a) > 0) {
        wrong(row, fault[0].column, fault[0].code, fault[0].expected);
        return;
    }
    if (k->periods != SQL_NONE)
        period_check(s, i);
    if (row->outcome == ROW_WRONG)
        return;
    store_value v[VALUES_MAX];
    int last = l->found.column_count - 1;
    str facts = !k->has_facts                   ? S("")
                : found && !gives_facts(k, row) ? store_text(&l->found, 0, last)
                                                : facts_json(k, row, s->a);
    row->outcome = ROW_ADDED;
    int count = row_values(k, row, facts, v);
    if (found)
        row->outcome = row_same(v, count, &l->found) ? ROW_UNCHANGED : ROW_CHANGED;
    if (s->b->save && row->outcome != ROW_UNCHANGED)
        row_put(s, i, facts, found);
}

/* A user of one area changes what lies in it: the row as it is, and an area's own row. */
static void own_area_check(saving *s, int i)
{
    const master_kind *k = s->b->kind;
    master_row *row = &s->b->row[i];
    const store_rows *found = &s->look[i].found;
    if (k->id == MASTER_AREAS && !actor_covers_area(s->b->who, row->cell[0]))
        wrong(row, 0, ERR_NO_RIGHT, "something of your own area");
    if (!k->has_own_id || row->outcome == ROW_WRONG || found->row_count == 0)
        return;
    int area = 1 + master_column_named(k, "area_code");
    if (!actor_covers_area(s->b->who, store_text(found, 0, area)))
        wrong(row, -1, ERR_NO_RIGHT, "something of your own area");
}

bool master_batch_work(store_job *job, void *arg, arena *a, err *e)
{
    master_batch *b = arg;
    saving s = {.b = b, .job = job, .a = a};
    s.look = arena_new(a, lookup, b->count);
    s.ask = arena_new(a, store_ask, (ptrdiff_t)b->count * 3);
    for (int i = 0; i < b->count; i++)
        b->row[i].outcome = ROW_NONE; /* work may run twice */
    if (!references_resolve(&s, e) || !rows_find(&s, e))
        return false;
    bool changed = false;
    for (int i = 0; i < b->count; i++) {
        own_area_check(&s, i);
        row_decide(&s, i);
        changed = changed || b->row[i].outcome == ROW_ADDED || b->row[i].outcome == ROW_CHANGED;
    }
    if (b->save && changed && b->kind->topic)
        office_changed(job, str_of(b->kind->topic), a);
    return true;
}

/* ---- one row, of a form ---- */

static bool form_wrong(const master_kind *k, const master_fault *f, err *e)
{
    FAIL(e, f->code, "%s: %s", k->name, err_en(f->code));
    if (f->column >= 0)
        err_field(e, str_of(k->column[f->column].name));
    if (f->expected[0])
        err_expected(e, "%s", f->expected);
    return false;
}

static bool form_work(store_job *job, void *arg, arena *a, err *e)
{
    master_batch *b = arg;
    const master_row given = *b->row;
    if (!master_batch_work(job, b, a, e))
        return false;
    if (b->row->outcome != ROW_WRONG)
        return true;
    master_fault fault = b->row->fault;
    *b->row = given; /* for a second run */
    return form_wrong(b->kind, &fault, e);
}

bool master_keep(const master_form *f, office *o, const actor *who, arena *a, err *e)
{
    master_fault fault[MASTER_FAULTS_MAX];
    master_words words = master_words_of(o, who->area_code);
    if (f->kind->has_owner) {
        f->row->owner = f->owner;
        f->row->cell[0] = arena_printf(a, "%" PRId64, f->owner);
        f->row->given |= 1;
    }
    f->row->id = f->id;
    int count = f->mode == MASTER_CHANGE ? master_prepare(f->row, f->kind, &words, fault, a)
                                         : master_check(f->row, f->kind, &words, fault, a);
    if (count > 0)
        return form_wrong(f->kind, &fault[0], e);
    master_batch b = {.kind = f->kind,
                      .who = who,
                      .words = words,
                      .area_code = who->area_code,
                      .row = f->row,
                      .count = 1,
                      .mode = f->mode,
                      .save = true,
                      .close_open = f->close_open,
                      .audit = true};
    return store_write(office_store(o), (uint64_t)(f->owner ? f->owner : f->id), form_work, &b, a,
                       e);
}

master_words master_words_of(office *o, str area_code)
{
    master_words w = {0};
    const office_pack *own = area_code.n ? office_pack_of_area(o, area_code) : NULL;
    if (own)
        w.pack[w.count++] = &own->pack;
    for (int i = 0; !own && i < office_pack_count(o) && w.count < COUNTOF(w.pack); i++)
        w.pack[w.count++] = &office_pack_at(o, i)->pack;
    return w;
}
