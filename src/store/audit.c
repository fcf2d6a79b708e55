/* The audit log: a chain for each writer, each line's hash covering the line before it. */
#include "base/sm3/sm3.h"
#include "store/store_internal.h"

#include <stdio.h>

#define PAGE 1000

typedef struct {
    int64_t chain, seq, at, user_id, person_id;
    str login, address, action, object, detail, outcome, trace_id;
} audit_line;

static void number_hash(sm3 *h, int64_t n, char behind)
{
    char text[NUMBER_TEXT_MAX + 1];
    ptrdiff_t length = number_print(text, n);
    text[length++] = behind;
    sm3_add(h, (str){text, length});
}

/* Format 1: "gongji-audit-1", the hash before, then each field as its length, a colon, its text. */
static bool line_hash(char out[SM3_HEX + 1], const char *before, const audit_line *l, err *e)
{
    const int64_t number[] = {l->chain, l->seq, l->at, l->user_id, l->person_id};
    const str text[] = {l->login,  l->address, l->action,  l->object,
                        l->detail, l->outcome, l->trace_id};
    sm3 h = sm3_begin();
    sm3_add(&h, S("gongji-audit-1"));
    sm3_add(&h, str_of(before));
    for (ptrdiff_t i = 0; i < COUNTOF(number); i++)
        number_hash(&h, number[i], ';');
    for (ptrdiff_t i = 0; i < COUNTOF(text); i++) {
        number_hash(&h, text[i].n, ':');
        sm3_add(&h, text[i]);
    }
    return sm3_end(out, &h, e);
}

static bool chain_find(store_job *job, audit_chain *chain, err *e)
{
    store_rows rows;
    if (!store_query(job, SQL_AUDIT_LAST, &STORE_N(chain->number), 1, &rows, job->a, e))
        return false;
    chain->seq = 0;
    chain->hash[0] = 0;
    if (rows.row_count == 1) {
        chain->seq = store_number(&rows, 0, 0);
        snprintf(chain->hash, sizeof chain->hash, "%.*s", STR_ARG(store_text(&rows, 0, 1)));
    }
    chain->known = true;
    return true;
}

static bool lines_put(store_job *job, audit_chain *chain, err *e)
{
    if (!chain->known && !chain_find(job, chain, e))
        return false;
    int64_t at = store_now_ms(job->store);
    for (struct audit_item *item = job->audit; item; item = item->next) {
        const store_audit *a = &item->line;
        audit_line l = {chain->number, chain->seq + 1, at,         a->user_id,
                        a->person_id,  a->login,       a->address, a->action,
                        a->object,     a->detail,      a->outcome, a->trace_id};
        char hash[SM3_HEX + 1];
        if (!line_hash(hash, chain->hash, &l, e))
            return false;
        memcpy(chain->hash, hash, sizeof chain->hash);
        chain->seq++;
        const store_value row[] = {STORE_N(l.chain),
                                   STORE_N(l.seq),
                                   STORE_N(l.at),
                                   STORE_N(l.user_id),
                                   STORE_T(l.login),
                                   STORE_T(l.address),
                                   STORE_T(l.action),
                                   STORE_T(l.object),
                                   STORE_N(l.person_id),
                                   STORE_T(l.detail),
                                   STORE_T(l.outcome),
                                   STORE_T(l.trace_id),
                                   STORE_T(arena_str(job->a, str_of(hash)))};
        store_put(job, SQL_AUDIT_ADD, row, COUNTOF(row));
    }
    return true;
}

typedef struct {
    audit_chain *chain;
    store_job *job;
} sealing;

static bool seal_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)a;
    return lines_put(job, ((sealing *)arg)->chain, e);
}

bool audit_seal(store_job *job, audit_chain *chain, err *e)
{
    sealing s = {chain, job};
    audit_chain before = *chain;
    if (job_work(job, seal_work, &s, job->a, e))
        return true;
    *chain = before; /* memory may have ended between two lines, which are not written now */
    return false;
}

/* ---- verifying ---- */

typedef struct {
    int64_t rows;
    store_audit_break *broken;
} verification;

static bool
page_verify(const store_rows *rows, int64_t chain, int64_t *seq, char hash[SM3_HEX + 1], err *e)
{
    for (ptrdiff_t i = 0; i < rows->row_count; i++) {
        audit_line l = {.chain = chain,
                        .seq = store_number(rows, i, 0),
                        .at = store_number(rows, i, 1),
                        .user_id = store_number(rows, i, 2),
                        .login = store_text(rows, i, 3),
                        .address = store_text(rows, i, 4),
                        .action = store_text(rows, i, 5),
                        .object = store_text(rows, i, 6),
                        .person_id = store_number(rows, i, 7),
                        .detail = store_text(rows, i, 8),
                        .outcome = store_text(rows, i, 9),
                        .trace_id = store_text(rows, i, 10)};
        char now[SM3_HEX + 1];
        if (!line_hash(now, hash, &l, e))
            return false;
        if (l.seq != *seq + 1)
            return FAIL(e, ERR_AUDIT_CHAIN, "chain %" PRId64 ": line %" PRId64 " is missing", chain,
                        *seq + 1);
        if (!str_eq(str_of(now), store_text(rows, i, 11)))
            return FAIL(e, ERR_AUDIT_CHAIN, "chain %" PRId64 ": line %" PRId64 " was changed",
                        chain, l.seq);
        memcpy(hash, now, sizeof now);
        *seq = l.seq;
    }
    return true;
}

static bool verify_work(store_job *job, void *arg, arena *a, err *e)
{
    verification *v = arg;
    store_rows chains, rows;
    if (!store_query(job, SQL_AUDIT_CHAINS, NULL, 0, &chains, a, e))
        return false;
    for (ptrdiff_t c = 0; c < chains.row_count; c++) {
        int64_t chain = store_number(&chains, c, 0), seq = 0;
        char hash[SM3_HEX + 1] = "";
        do {
            arena page = *a; /* each page takes the same room */
            const store_value value[] = {STORE_N(chain), STORE_N(seq), STORE_N(PAGE)};
            if (!store_query(job, SQL_AUDIT_PAGE, value, 3, &rows, &page, e))
                return false;
            bool whole = page_verify(&rows, chain, &seq, hash, e);
            *v->broken = (store_audit_break){chain, seq + 1};
            if (!whole)
                return false;
            v->rows += rows.row_count;
        } while (rows.row_count == PAGE);
    }
    return true;
}

bool store_audit_verify(store *s, int64_t *rows, store_audit_break *broken, arena *a, err *e)
{
    verification v = {.broken = broken};
    bool ok = store_read(s, verify_work, &v, a, e);
    *rows = v.rows;
    return ok;
}

/* ---- copies outside the database ---- */

typedef struct {
    int64_t node, chain, seq; /* of the last chain; copied so far */
    store_rows rows;
    bool more;
} copying;

static bool chain_next(store_job *job, void *arg, arena *a, err *e)
{
    copying *c = arg;
    store_rows rows, seq;
    if (!store_query(job, SQL_AUDIT_NEXT_CHAIN, &STORE_N(c->chain), 1, &rows, a, e))
        return false;
    int64_t next = rows.row_count ? store_number(&rows, 0, 0) : 0;
    c->more = next > c->chain;
    c->chain = next;
    const store_value key[] = {STORE_N(c->node), STORE_N(next)};
    if (!c->more)
        return true;
    if (!store_query(job, SQL_AUDIT_COPIED, key, 2, &seq, a, e))
        return false;
    c->seq = seq.row_count ? store_number(&seq, 0, 0) : 0;
    return true;
}

static bool page_read(store_job *job, void *arg, arena *a, err *e)
{
    copying *c = arg;
    const store_value value[] = {STORE_N(c->chain), STORE_N(c->seq), STORE_N(PAGE)};
    return store_query(job, SQL_AUDIT_PAGE, value, 3, &c->rows, a, e);
}

static bool copied_work(store_job *job, void *arg, arena *a, err *e)
{
    const copying *c = arg;
    (void)a, (void)e;
    store_put(job, SQL_AUDIT_COPIED_PUT,
              (store_value[]){STORE_N(c->node), STORE_N(c->chain), STORE_N(c->seq)}, 3);
    return true;
}

static store_audit_line *lines_of(const copying *c, arena *a)
{
    const store_rows *r = &c->rows;
    store_audit_line *line = arena_new(a, store_audit_line, r->row_count);
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        line[i] = (store_audit_line){.chain = c->chain,
                                     .seq = store_number(r, i, 0),
                                     .at = store_number(r, i, 1),
                                     .user_id = store_number(r, i, 2),
                                     .login = store_text(r, i, 3),
                                     .address = store_text(r, i, 4),
                                     .action = store_text(r, i, 5),
                                     .object = store_text(r, i, 6),
                                     .person_id = store_number(r, i, 7),
                                     .detail = store_text(r, i, 8),
                                     .outcome = store_text(r, i, 9),
                                     .trace_id = store_text(r, i, 10),
                                     .hash = store_text(r, i, 11)};
    return line;
}

bool store_audit_copy(
    store *s, int64_t *copied, store_audit_sink *sink, void *arg, arena *a, err *e)
{
    copying c = {.node = s->config.node};
    *copied = 0;
    for (;;) {
        arena chain = *a;
        if (!store_read(s, chain_next, &c, &chain, e))
            return false;
        if (!c.more)
            return true;
        do {
            arena page = *a;
            if (!store_read(s, page_read, &c, &page, e))
                return false;
            if (c.rows.row_count == 0)
                break;
            const store_audit_line *line = lines_of(&c, &page);
            if (!sink(arg, line, c.rows.row_count, &page, e))
                return false;
            c.seq = line[c.rows.row_count - 1].seq;
            *copied += c.rows.row_count;
            if (!store_write(s, str_hash(S("audit copy")), copied_work, &c, &page, e))
                return false;
        } while (c.rows.row_count == PAGE);
    }
}

typedef struct {
    int64_t chain, seq;
    str hash;
    bool holds;
} anchor;

static bool anchor_work(store_job *job, void *arg, arena *a, err *e)
{
    anchor *t = arg;
    store_rows rows;
    const store_value key[] = {STORE_N(t->chain), STORE_N(t->seq)};
    if (!store_query(job, SQL_AUDIT_HASH, key, 2, &rows, a, e))
        return false;
    t->holds = rows.row_count == 1 && str_eq(store_text(&rows, 0, 0), t->hash);
    return true;
}

bool store_audit_holds(
    bool *holds, store *s, int64_t chain, int64_t seq, str hash, arena *a, err *e)
{
    anchor t = {chain, seq, hash, false};
    bool ok = store_read(s, anchor_work, &t, a, e);
    *holds = t.holds;
    return ok;
}

static bool newest_work(store_job *job, void *arg, arena *a, err *e)
{
    store_rows rows;
    if (!store_query(job, SQL_AUDIT_NEWEST, NULL, 0, &rows, a, e))
        return false;
    *(int64_t *)arg = rows.row_count ? store_number(&rows, 0, 0) : 0;
    return true;
}

bool store_audit_newest(int64_t *at_ms, store *s, arena *a, err *e)
{
    return store_read(s, newest_work, at_ms, a, e);
}
