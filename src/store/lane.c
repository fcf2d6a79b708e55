/* One writer: takes jobs from its queue, many to a commit. */
#include "store/store_internal.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH_LIMIT 256
#define TRIES_MAX   4

/* Puts the rows of a job that said yes. */
static bool job_puts(store_job *job, err *e)
{
    enum { AT_ONCE = 64 };
    statement many[AT_ONCE];
    int count = 0;
    for (put *p = job->first; p; p = p->next) {
        many[count++] = p->statement;
        if (count == AT_ONCE || !p->next) {
            if (!job->conn->driver->put(job->conn, many, count, e))
                return false;
            count = 0;
        }
    }
    return true;
}

static void job_run(lane *l, waiting *w)
{
    store_job job = {.store = l->store, .conn = l->conn, .a = w->a};
    job.last = &job.first;
    job.audit_last = &job.audit;
    *w->e = (err){0};
    w->ok = job_work(&job, w->work, w->arg, w->a, w->e);
    if (w->ok && job.audit)
        w->ok = audit_seal(&job, &l->chain, w->e);
    if (w->ok && job.first)
        w->ok = job_puts(&job, w->e);
    w->failed_below = l->conn->failed;
    w->reference_changed = w->ok && job.reference_changed;
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
    while (ok && done < count) {
        job_run(l, job[done]);
        ok = !job[done]->failed_below;
        done++;
    }
    if (ok && driver->commit(l->conn, &e)) {
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
        int count = jobs_take(l, job);
        if (count == 0)
            return NULL;
        batch(l, job, count);
        pthread_mutex_lock(&l->lock);
        for (int i = 0; i < count; i++) {
            job[i]->done = true;
            pthread_cond_signal(&job[i]->wake);
        }
        pthread_mutex_unlock(&l->lock);
    }
}

bool lane_start(lane *l, store *s, int number, err *e)
{
    l->store = s;
    l->last = &l->first;
    l->chain.number = s->config.node * 64 + number;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    if (!s->driver->open(&l->conn, s->uri, false, e))
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
    if (l->conn)
        l->store->driver->close(l->conn);
    pthread_cond_destroy(&l->filled);
    pthread_mutex_destroy(&l->lock);
}

bool lane_run(lane *l, waiting *w)
{
    pthread_cond_init(&w->wake, NULL);
    pthread_mutex_lock(&l->lock);
    *l->last = w;
    l->last = &w->next;
    l->queued++;
    pthread_cond_signal(&l->filled);
    while (!w->done)
        pthread_cond_wait(&w->wake, &l->lock);
    pthread_mutex_unlock(&l->lock);
    pthread_cond_destroy(&w->wake);
    return w->ok;
}
