/* One writer: takes jobs from its queue, many to a commit. */
#include "store/store_internal.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH_LIMIT 256
#define TRIES_MAX   4

/* ---- sending what was put ---- */

/* The one table a statement changes, found in its text; "" = it may look at others. */
static str table_of(const statement *s)
{
    static const char *const begin[] = {"insert into ", "update ", "delete from "};
    if (s->sql == SQL_NONE || strstr(s->text.p, "select"))
        return S("");
    for (ptrdiff_t i = 0; i < COUNTOF(begin); i++) {
        size_t n = strlen(begin[i]);
        if (strncmp(s->text.p, begin[i], n) == 0)
            return (str){s->text.p + n, (ptrdiff_t)strcspn(s->text.p + n, " \n(")};
    }
    return S("");
}

/* Statements that are sent one after another. */
typedef struct {
    store_sql sql;
    str table;
    int count, from;
} put_group;

/* A put joins the last group of its table if that is of the same statement: what happens to one
 * table keeps its order, and rows of many jobs travel together. */
static int group_of(put_group *group, int *count, const statement *s)
{
    str table = {0};
    for (int i = *count - 1; i >= 0 && table.n == 0; i--)
        if (group[i].sql == s->sql && group[i].table.n > 0)
            table = group[i].table;
    if (table.n == 0)
        table = table_of(s);
    for (int i = *count - 1; i >= 0 && table.n > 0; i--) {
        if (group[i].table.n == 0)
            break;
        if (!str_eq(group[i].table, table))
            continue;
        if (group[i].sql == s->sql)
            return i;
        break;
    }
    group[*count] = (put_group){.sql = s->sql, .table = table};
    return (*count)++;
}

enum { GROUPS_MAX = 64 };

static bool room_for_sorted(lane *l, int count, err *e)
{
    assert(count > 0);
    if (count <= l->sorted_cap)
        return true;
    statement *more = realloc(l->sorted, (size_t)count * 2 * sizeof *more);
    if (!more)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for %d statements", count);
    l->sorted = more;
    l->sorted_cap = 2 * count;
    return true;
}

/* Sends the first puts of the list, as many as make GROUPS_MAX groups; *first becomes the rest. */
static bool some_flush(lane *l, put **first, err *e)
{
    put_group group[GROUPS_MAX];
    int groups = 0, count = 0, from = 0;
    put *end = *first;
    for (; end && groups < GROUPS_MAX; end = end->next, count++) {
        end->group = group_of(group, &groups, &end->statement);
        group[end->group].count++;
    }
    for (int i = 0; i < groups; i++) {
        group[i].from = from;
        from += group[i].count;
    }
    if (!room_for_sorted(l, count, e))
        return false;
    for (put *p = *first; p != end; p = p->next)
        l->sorted[group[p->group].from++] = p->statement;
    *first = end;
    return l->conn->driver->put(l->conn, l->sorted, count, e);
}

bool lane_flush(lane *l, err *e)
{
    put *first = l->put_first;
    l->put_first = NULL;
    l->put_last = &l->put_first;
    while (first) {
        if (!some_flush(l, &first, e)) {
            l->conn->failed = true;
            return false;
        }
    }
    return true;
}

/* ---- jobs ---- */

static bool ask_and_work(store_job *job, void *arg, arena *a, err *e)
{
    waiting *w = arg;
    return (w->asked || w->ask_count == 0 || store_query_all(job, w->ask, w->ask_count, a, e)) &&
           w->work(job, w->arg, a, e);
}

static void job_run(lane *l, waiting *w)
{
    store_job job = {.store = l->store, .lane = l, .conn = l->conn, .a = w->a};
    job.last = &job.first;
    job.audit_last = &job.audit;
    *w->e = (err){0};
    w->ok = job_work(&job, ask_and_work, w, w->a, w->e);
    if (w->ok && job.audit)
        w->ok = audit_seal(&job, &l->chain, w->e);
    if (w->ok && job.first) {
        *l->put_last = job.first;
        l->put_last = job.last;
    }
    w->failed_below = l->conn->failed;
    w->reference_changed = w->ok && job.reference_changed;
}

/* Asks for all jobs at once, but for those that must see what one before them puts. */
static bool asks_ahead(lane *l, waiting **job, int count, err *e)
{
    int asks = 0;
    for (int i = 0; i < count; i++)
        asks += job[i]->ask_count;
    if (asks == 0 || !room_for_sorted(l, asks, e))
        return asks == 0;
    asks = 0;
    for (int i = 0; i < count; i++) {
        waiting *w = job[i];
        bool first = true;
        for (int k = 0; first && k < i; k++)
            first = job[k]->key != w->key;
        w->asked = first && w->ask_count > 0;
        for (int k = 0; w->asked && k < w->ask_count; k++) {
            const store_ask *q = &w->ask[k];
            l->sorted[asks] = statement_of(q->sql, q->value, q->count, q->out);
            l->sorted[asks++].a = w->a;
        }
    }
    return l->conn->driver->ask(l->conn, l->sorted, asks, NULL, e);
}

/* Runs the jobs in one transaction.  False: none of them was kept, and the caller has to run them
 * one by one. */
static bool batch_run(lane *l, waiting **job, int count)
{
    const store_driver *driver = l->store->driver;
    audit_chain before = l->chain;
    err e = {0};
    int done = 0;
    bool ok = driver->begin(l->conn, &e);
    l->put_first = NULL;
    l->put_last = &l->put_first;
    for (int i = 0; i < count; i++)
        job[i]->asked = false;
    if (ok && driver->trips && count > 1)
        ok = asks_ahead(l, job, count, &e);
    while (ok && done < count) {
        job_run(l, job[done]);
        ok = !job[done]->failed_below;
        done++;
    }
    if (ok && lane_flush(l, &e) && driver->commit(l->conn, &e)) {
        atomic_fetch_add(&l->store->commits, 1);
        for (int i = 0; i < count; i++)
            if (job[i]->reference_changed)
                atomic_fetch_add(&l->store->reference_generation, 1);
        return true;
    }
    driver->rollback(l->conn);
    l->chain = before;
    l->chain.known = false; /* somebody else may have written to it */
    if (count == 1) {
        waiting *w = job[0];
        w->ok = false;
        if (w->e->code == ERR_OK)
            *w->e = e;
    }
    return false;
}

static bool worth_another_try(const waiting *w)
{
    return !w->ok && w->e->code == ERR_STORE_BUSY;
}

static void run_alone(lane *l, waiting *w)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        if (batch_run(l, &w, 1) || !worth_another_try(w))
            return;
        atomic_fetch_add(&l->store->retries, 1);
    }
}

static void batch(lane *l, waiting **job, int count)
{
    err lost = {0};
    if (syncer_refuses(l->syncer, &lost)) {
        for (int i = 0; i < count; i++) {
            job[i]->ok = false;
            *job[i]->e = lost;
        }
        return;
    }
    if (count == 1) {
        run_alone(l, job[0]);
    } else if (!batch_run(l, job, count)) {
        atomic_fetch_add(&l->store->retries, 1);
        for (int i = 0; i < count; i++)
            run_alone(l, job[i]);
    }
    atomic_fetch_add(&l->store->jobs, count);
}

static int jobs_take(lane *l, waiting **job)
{
    int most = l->store->config.batch_max < BATCH_LIMIT ? l->store->config.batch_max : BATCH_LIMIT;
    int count = 0;
    pthread_mutex_lock(&l->lock);
    while (!l->first && !l->stopping)
        pthread_cond_wait(&l->filled, &l->lock);
    while (l->first && count < most) {
        job[count++] = l->first;
        l->first = l->first->next;
    }
    if (!l->first)
        l->last = &l->first;
    l->queued -= count;
    pthread_mutex_unlock(&l->lock);
    return count;
}

static void *lane_main(void *arg)
{
    lane *l = arg;
    waiting *job[BATCH_LIMIT];
    for (;;) {
        if (l->syncer)
            syncer_wait(l->syncer);
        int count = jobs_take(l, job);
        if (count == 0)
            return NULL;
        batch(l, job, count);
        if (l->syncer)
            syncer_give(l->syncer, job, count);
        for (int i = 0; i < count && !l->syncer; i++)
            sem_post(&job[i]->wake); /* from here on it is gone */
        keeper_after_commit(l->store->keeper, l->conn);
    }
}

bool lane_start(lane *l, store *s, int number, err *e)
{
    l->store = s;
    l->last = &l->first;
    l->chain.number = s->config.node * 64 + number;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    if (!s->driver->open(&l->conn, s->uri, false, e) ||
        (s->driver->sync && !s->driver->sync_apart(l->conn, e)) ||
        !syncer_start(&l->syncer, l->conn, &s->syncs, e))
        return false;
    l->started = pthread_create(&l->thread, NULL, lane_main, l) == 0;
    return l->started || FAIL(e, ERR_OUT_OF_MEMORY, "cannot start a thread");
}

void lane_stop(lane *l)
{
    if (!l->store)
        return;
    if (l->started) {
        pthread_mutex_lock(&l->lock);
        l->stopping = true;
        pthread_cond_signal(&l->filled);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
    }
    syncer_stop(l->syncer);
    if (l->conn)
        l->store->driver->close(l->conn);
    free(l->sorted);
    pthread_cond_destroy(&l->filled);
    pthread_mutex_destroy(&l->lock);
}

bool lane_run(lane *l, waiting *w)
{
    sem_init(&w->wake, 0, 0);
    pthread_mutex_lock(&l->lock);
    *l->last = w;
    l->last = &w->next;
    l->queued++;
    pthread_cond_signal(&l->filled);
    pthread_mutex_unlock(&l->lock);
    while (sem_wait(&w->wake) != 0)
        continue; /* a signal came in between */
    sem_destroy(&w->wake);
    return w->ok;
}
