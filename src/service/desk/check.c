/* What must always be true, looked at on a living database. */
#include "service/desk/desk_internal.h"

#define PERSONS_AT_ONCE 100

typedef struct {
    desk *d;
    desk_report *out;
    json_reader *reader;
    int64_t after; /* the last person seen */
    ptrdiff_t seen;
    arena *findings; /* outlives a page */
} checking;

static void
found(checking *w, const char *rule, int64_t person_id, int64_t object_id, const char *text)
{
    desk_report *r = w->out;
    if (r->finding_count < FINDINGS_MAX)
        r->finding[r->finding_count] =
            (desk_finding){rule, person_id, object_id, arena_str(w->findings, str_of(text))};
    r->finding_count++;
}

/* ---- sums ---- */

static bool sums_work(store_job *job, void *arg, arena *a, err *e)
{
    static const struct {
        store_sql sql;
        const char *rule, *text;
    } rule[] = {
        {SQL_CHECK_IDENTITIES, "identities", "total, funds and personal part do not agree"},
        {SQL_CHECK_JOURNAL, "journal", "its entries are not what the funds and accounts owe"},
        {SQL_CHECK_JOURNAL_ALONE, "journal", "an entry without a settlement"},
        {SQL_CHECK_BETWEEN, "areas", "what one area owes is not what the other is owed"},
        {SQL_CHECK_BETWEEN_ROWS, "areas", "not what was settled for the other area"},
        {SQL_CHECK_BETWEEN_ALONE, "areas", "owed between areas without a settlement"},
        {SQL_CHECK_CLEARING, "clearing", "the statement is not what was settled in its month"},
        {SQL_CHECK_CLEARING_ENTRIES, "clearing", "what was cleared is not what was paid"},
        {SQL_CHECK_CLEARING_DUTIES, "duties", "made, confirmed and paid by one person"},
        {SQL_CHECK_BILLS, "lines", "the bill's total is not its settlement's"},
        {SQL_CHECK_VISITS, "visits", "a bill without visit or without settlement"},
        {SQL_CHECK_POLICIES, "policies", "its policy is not among those that were used"},
        {SQL_CHECK_HEADS, "accumulators", "what its person used up is not there"},
        {SQL_CHECK_REVERSALS, "reversals", "does not undo what it reverses"},
        {SQL_CHECK_REVERSED, "reversals", "called reversed, but nothing reverses it"},
        {SQL_CHECK_STOCK, "stock", "what is there is not the sum of what moved"},
        {SQL_CHECK_STOCK_ALONE, "stock", "moved, but not counted as there"},
        {SQL_CHECK_STOCK_REVERSALS, "stock", "does not undo what it takes back"},
        {SQL_CHECK_SUBMISSIONS, "submissions", "its sums are not those of its lines"},
        {SQL_CHECK_SUBMISSION_LINES, "submissions", "a line is not what was settled"},
        {SQL_CHECK_SUBMISSION_RECEIPTS, "submissions", "what was received is not what was due"},
        {SQL_CHECK_SUBMISSION_DUTIES, "duties", "submitted and cleared by one person"},
        {SQL_CHECK_DISPUTE_STEPS, "disputes", "its state is not what its steps led to"},
        {SQL_CHECK_DISPUTE_ALONE, "disputes", "two are open over one group"},
        {SQL_CHECK_DISPUTE_DUTIES, "duties", "decided by who put the grounds forward"},
        {SQL_CHECK_APPROVALS, "duties", "decided by who asked"},
        {SQL_CHECK_ADMINS, "duties", "one person holds two of the three administrations"},
    };
    checking *w = arg;
    store_rows r;
    for (ptrdiff_t i = 0; i < COUNTOF(rule); i++) {
        if (!store_query(job, rule[i].sql, NULL, 0, &r, a, e))
            return false;
        for (ptrdiff_t k = 0; k < r.row_count; k++)
            found(w, rule[i].rule, store_number(&r, k, 0), store_number(&r, k, 1), rule[i].text);
    }
    if (!store_query(job, SQL_CHECK_COUNTS, NULL, 0, &r, a, e))
        return false;
    int64_t *const to[] = {&w->out->persons, &w->out->bills,   &w->out->lines,
                           &w->out->entries, &w->out->answers, &w->out->approvals};
    for (int i = 0; i < COUNTOF(to); i++)
        *to[i] = store_number(&r, 0, i);
    if (!store_query(job, SQL_CHECK_TOTALS, NULL, 0, &r, a, e))
        return false;
    w->out->settlements = store_number(&r, 0, 0);
    if (!store_query(job, SQL_CHECK_BETWEEN_TOTALS, NULL, 0, &r, a, e))
        return false;
    w->out->between = store_number(&r, 0, 0);
    w->out->between_fen = store_number(&r, 0, 1);
    return true;
}

/* ---- lines ---- */

typedef struct {
    int64_t person_id, settlement_id, total_fen, lines_fen;
    bool readable;
} lines_walk;

static void lines_judge(checking *w, const lines_walk *at)
{
    if (at->settlement_id && (!at->readable || at->total_fen != at->lines_fen))
        found(w, "lines", at->person_id, at->settlement_id,
              at->readable ? "the lines do not add up to the bill" : "the lines cannot be read");
}

/* A settlement may have several parts, and a page may end between them. */
static bool lines_work(store_job *job, void *arg, arena *a, err *e)
{
    enum { ID, PART, PERSON, KIND, TOTAL, LINES, AT_ONCE = 500 };
    checking *w = arg;
    lines_walk at = {0};
    store_rows r;
    store_value from[] = {STORE_N(0), STORE_N(-1), STORE_N(AT_ONCE)};
    do {
        arena page = *a;
        if (!store_query(job, SQL_CHECK_LINES, from, COUNTOF(from), &r, &page, e))
            return false;
        for (ptrdiff_t i = 0; i < r.row_count; i++) {
            int64_t id = store_number(&r, i, ID), fen = 0;
            if (id != at.settlement_id) {
                lines_judge(w, &at);
                at = (lines_walk){store_number(&r, i, PERSON), id, 0, 0, true};
            }
            at.readable = lines_sum(&fen, store_text(&r, i, LINES)) && at.readable;
            at.lines_fen += str_eq(store_text(&r, i, KIND), S("reverse")) ? -fen : fen;
            at.total_fen += store_number(&r, i, TOTAL);
            from[0] = STORE_N(id);
            from[1] = STORE_N(store_number(&r, i, PART));
        }
    } while (r.row_count == AT_ONCE);
    lines_judge(w, &at);
    return true;
}

/* ---- one person: walk through what moved, settle again on the way ---- */

enum {
    ROW_ID,
    ROW_PART,
    ROW_KIND,
    ROW_PACK,
    ROW_DIGEST,
    ROW_RESULT,
    ROW_SCHEME,
    ROW_VISIT_KIND,
    ROW_DOCUMENT,
    ROW_AREA,
    ROW_CHANGES,
    ROW_LINES,
    ROW_CHANNEL,
    ROW_AMOUNTS /* PART_AMOUNTS of them */
};

/* Balances of accounts begin outside of settlements: the first change says with what. */
static void accounts_begin(person_state *s, const desk_part *p, bool seen[ACCOUNT_COUNT])
{
    for (ptrdiff_t i = 0; i < p->change_count; i++)
        for (int k = 0; k < ACCOUNT_COUNT; k++)
            if (str_eq(p->change[i].home, S("account")) &&
                str_eq(p->change[i].name, str_of(account_names[k])) && !seen[k]) {
                seen[k] = true;
                s->account_fen[k] = p->change[i].before;
            }
}

typedef struct {
    checking *w;
    store_job *job;
    const store_rows *rows, *entries;
    ptrdiff_t entry; /* the first one that was not looked at */
    person_state *state;
    bool account_seen[ACCOUNT_COUNT];
    int64_t person_id;
} walk;

static int parts_of(const walk *k, ptrdiff_t i)
{
    int parts = 0;
    while (i + parts < k->rows->row_count &&
           store_number(k->rows, i + parts, ROW_ID) == store_number(k->rows, i, ROW_ID))
        parts++;
    return parts;
}

/* Columns are copies of what `result` says. */
static void amounts_judge(walk *k, ptrdiff_t i, desk_part *part, int parts, int64_t sign, arena *a)
{
    for (int p = 0; p < parts; p++) {
        err e = {0};
        int64_t fen[PART_AMOUNTS];
        part[p].result = store_text(k->rows, i + p, ROW_RESULT);
        bool same = result_read(&part[p], k->w->reader, sign, a, &e);
        part_amounts(fen, &part[p]);
        for (int c = 0; same && c < PART_AMOUNTS; c++)
            same = store_number(k->rows, i + p, ROW_AMOUNTS + c) == fen[c];
        if (!same)
            found(k->w, "amounts", k->person_id, part[p].settlement_id,
                  "its amounts are not those of its result");
    }
}

static int field_of(str fund)
{
    for (int field = FIELD_HIFP; field < FIELD__COUNT; field++)
        if (str_eq(fund, str_of(pay_field_names[field])))
            return field;
    return -1;
}

/* Each fund and account owes what `result` says, to whom it should. */
static void entries_judge(walk *k, const desk_part *part, int parts, bool to_person)
{
    enum { ID, FUND, DEBIT, CREDIT, FEN };
    int64_t spent[FIELD__COUNT] = {0}, owed[FIELD__COUNT] = {0}, id = part[0].settlement_id;
    const store_rows *r = k->entries;
    bool same = true;
    for (; k->entry < r->row_count && store_number(r, k->entry, ID) <= id; k->entry++) {
        int field = field_of(store_text(r, k->entry, FUND));
        str debit = store_text(r, k->entry, DEBIT), credit = store_text(r, k->entry, CREDIT);
        int64_t fen = store_number(r, k->entry, FEN);
        same = same && field >= 0;
        if (field < 0)
            continue;
        if (str_eq(debit, field_is_account(field) ? S("account_expense") : S("benefit_expense")))
            spent[field] += fen;
        if (str_eq(credit, to_person ? S("payable_person") : S("payable_provider")))
            owed[field] += fen;
    }
    for (int field = FIELD_HIFP; same && field < FIELD__COUNT; field++) {
        int64_t fen = 0;
        for (int p = 0; p < parts; p++)
            fen += part_owes(&part[p], field);
        same = spent[field] == fen && owed[field] == fen;
    }
    if (!same)
        found(k->w, "journal", k->person_id, id, "a fund's entries are not what its result says");
}

/* Settles again from the state walked to: the same bytes? */
static void again(walk *k, ptrdiff_t i, int parts, const office_pack *governing, arena *a)
{
    err e = {0};
    int64_t id = store_number(k->rows, i, ROW_ID);
    desk_settlement *out = arena_new(a, desk_settlement, 1);
    const desk_part header = {.settlement_id = id,
                              .kind = S("settle"),
                              .person_id = k->person_id,
                              .scheme = store_text(k->rows, i, ROW_SCHEME),
                              .visit_kind = store_text(k->rows, i, ROW_VISIT_KIND),
                              .area_code = store_text(k->rows, i, ROW_AREA),
                              .pack = governing};
    bool same = parts_settle(out, &header, k->state, k->w->reader,
                             store_text(k->rows, i, ROW_DOCUMENT), a, &e) &&
                out->part_count == parts;
    for (int p = 0; same && p < parts; p++)
        same = part_is_kept_as(out, p,
                               &(part_texts){store_text(k->rows, i + p, ROW_RESULT),
                                             store_text(k->rows, i + p, ROW_LINES),
                                             store_text(k->rows, i + p, ROW_CHANGES)},
                               a);
    if (same)
        k->w->out->settled_again++;
    else
        found(k->w, "resettle", k->person_id, id,
              e.code ? e.msg : "settled again it gives another result");
}

/* What a household used up moves with the bills of others, too: no single person tells it. */
static void household_leave_out(desk_part *p)
{
    ptrdiff_t kept = 0;
    for (ptrdiff_t i = 0; i < p->change_count; i++)
        if (!str_eq(p->change[i].home, S("household")))
            p->change[kept++] = p->change[i];
    p->change_count = kept;
}

static void walk_one(walk *k, ptrdiff_t i, int parts, arena *a)
{
    err e = {0};
    desk_part *part = arena_new(a, desk_part, parts);
    int64_t id = store_number(k->rows, i, ROW_ID);
    bool settles = str_eq(store_text(k->rows, i, ROW_KIND), S("settle"));
    for (int p = 0; p < parts; p++) {
        part[p].settlement_id = id;
        part[p].part = (int)store_number(k->rows, i + p, ROW_PART);
        if (!changes_read(&part[p], store_text(k->rows, i + p, ROW_CHANGES), a, &e)) {
            found(k->w, "accumulators", k->person_id, id, e.msg);
            return;
        }
        household_leave_out(&part[p]);
        accounts_begin(k->state, &part[p], k->account_seen);
    }
    arena scratch = *a;
    amounts_judge(k, i, part, parts, settles ? 1 : -1, &scratch);
    entries_judge(k, part, parts, str_eq(store_text(k->rows, i, ROW_CHANNEL), S(CHANNEL_MANUAL)));
    const office_pack *governing = NULL;
    bool loaded = version_find(&governing, k->w->d, k->job, store_text(k->rows, i, ROW_PACK),
                               store_text(k->rows, i, ROW_DIGEST), k->w->reader, a, &e) &&
                  governing && !governing->pack.has_household;
    e = (err){0};
    if (settles && loaded) {
        again(k, i, parts, governing, a);
        return;
    }
    k->w->out->not_loaded += settles;
    for (int p = 0; p < parts && !e.code; p++)
        if (!state_apply(k->state, &part[settles ? p : parts - 1 - p], false, a, &e))
            found(k->w, "accumulators", k->person_id, id, e.msg);
}

static bool shelves_equal(const shelf *a, const shelf *b)
{
    for (ptrdiff_t i = 0; a && i < a->count; i++)
        if (a->entry[i].value != (b ? shelf_get(b, a->entry[i].name, a->entry[i].sub) : 0))
            return false;
    return true;
}

static const shelf *shelf_like(const person_state *s, const shelf *wanted)
{
    for (int i = 0; i < s->shelf_count; i++)
        if (s->shelf[i].year == wanted->year && str_eq(s->shelf[i].scheme, wanted->scheme) &&
            s->shelf[i].owner_id == wanted->owner_id)
            return &s->shelf[i];
    return NULL;
}

static bool states_equal(const person_state *a, const person_state *b, const bool *account_seen)
{
    for (int i = 0; i < a->shelf_count; i++)
        if (!shelves_equal(&a->shelf[i], shelf_like(b, &a->shelf[i])))
            return false;
    for (int i = 0; i < b->shelf_count; i++)
        if (!shelves_equal(&b->shelf[i], shelf_like(a, &b->shelf[i])))
            return false;
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        if (account_seen[i] && a->account_fen[i] != b->account_fen[i])
            return false;
    return true;
}

static bool person_check(checking *w, store_job *job, int64_t person_id, arena a, err *e)
{
    const store_value key = STORE_N(person_id);
    store_rows rows, entries, state;
    const store_ask ask[] = {{SQL_CHECK_PERSON_ROWS, &key, 1, &rows},
                             {SQL_CHECK_PERSON_ENTRIES, &key, 1, &entries},
                             {SQL_DESK_STATE, &key, 1, &state}};
    person_state *kept = arena_new(&a, person_state, 1);
    walk *k = arena_new(&a, walk, 1);
    const store_rows none = {0};
    *k = (walk){.w = w, .job = job, .rows = &rows, .entries = &entries, .person_id = person_id};
    k->state = arena_new(&a, person_state, 1);
    if (!store_query_all(job, ask, COUNTOF(ask), &a, e) ||
        !state_load(k->state, person_id, &none, &a, e))
        return false;
    err unreadable = {0};
    if (!state_load(kept, person_id, &state, &a, &unreadable)) {
        found(w, "accumulators", person_id, 0, unreadable.msg);
        return true;
    }
    for (ptrdiff_t i = 0; i < rows.row_count;) {
        int parts = parts_of(k, i);
        walk_one(k, i, parts, &a);
        i += parts;
    }
    if (!states_equal(k->state, kept, k->account_seen))
        found(w, "accumulators", person_id, 0, "not what the settlements moved");
    return true;
}

static bool persons_work(store_job *job, void *arg, arena *a, err *e)
{
    checking *w = arg;
    store_rows r;
    const store_value value[] = {STORE_N(w->after), STORE_N(PERSONS_AT_ONCE)};
    if (!store_query(job, SQL_CHECK_PERSONS, value, 2, &r, a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        w->after = store_number(&r, i, 0);
        if (!person_check(w, job, w->after, *a, e))
            return false;
    }
    w->seen = r.row_count;
    return true;
}

bool desk_check(desk_report *out,
                desk *d,
                void (*progress)(void *, int64_t persons),
                void *arg,
                arena *a,
                err *e)
{
    store *st = office_store(d->office);
    store_audit_break broken = {0};
    const ptrdiff_t bytes = (ptrdiff_t)FINDINGS_MAX * 400;
    char *room = arena_new(a, char, bytes);
    arena findings = {room, room + bytes, a->oom};
    checking w = {.d = d, .out = out, .findings = &findings, .reader = desk_reader_take(d, e)};
    *out = (desk_report){0};
    arena page = *a;
    bool ok = w.reader && store_read(st, sums_work, &w, &page, e);
    page = *a;
    ok = ok && store_read(st, lines_work, &w, &page, e);
    int64_t persons = 0;
    do {
        page = *a;
        ok = ok && store_read(st, persons_work, &w, &page, e);
        persons += w.seen;
        if (ok && progress)
            progress(arg, persons);
    } while (ok && w.seen == PERSONS_AT_ONCE);
    if (w.reader)
        desk_reader_give(d, w.reader);
    page = *a;
    if (ok && !store_audit_verify(st, &out->audit_lines, &broken, &page, e)) {
        ok = e->code == ERR_AUDIT_CHAIN;
        if (ok) {
            found(&w, "audit", broken.chain, broken.seq, e->msg);
            *e = (err){0};
        }
    }
    return ok;
}
