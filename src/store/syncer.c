/* The flush of the disk, beside the writer: while one batch is on its way to the disk the next is
 * made.  Nobody is told that his job is done before his batch is there. */
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct syncer {
    store_conn *conn; /* the lane's: only what driver->sync does is done here */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, taken;
    waiting *first, **last;
    bool started, stopping;
    atomic_bool lost;
    _Atomic int64_t *syncs;
};

static void all_tell(waiting *first, bool ok, const err *e)
{
    while (first) {
        waiting *w = first;
        first = w->next;
        if (!ok && w->ok) {
            w->ok = false;
            *w->e = *e;
        }
        sem_post(&w->wake); /* from here on it is gone */
    }
}

static waiting *all_take(syncer *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->first && !s->stopping)
        pthread_cond_wait(&s->filled, &s->lock);
    waiting *first = s->first;
    s->first = NULL;
    s->last = &s->first;
    pthread_cond_signal(&s->taken);
    pthread_mutex_unlock(&s->lock);
    return first;
}

static void *syncer_main(void *arg)
{
    syncer *s = arg;
    for (;;) {
        err e = {0};
        waiting *first = all_take(s);
        if (!first)
            return NULL;
        bool ok = !atomic_load(&s->lost) && s->conn->driver->sync(s->conn, &e);
        if (ok)
            atomic_fetch_add(s->syncs, 1);
        else if (!atomic_exchange(&s->lost, true))
            fprintf(stderr, "gongji: %s; nothing is written any more\n", e.msg);
        else
            syncer_refuses(s, &e);
        all_tell(first, ok, &e);
    }
}

/* What the disk did not take may be lost, and no later flush would say so: only a new start, which
 * reads what is there, can go on. */
bool syncer_refuses(syncer *s, err *e)
{
    if (!s || !atomic_load(&s->lost))
        return false;
    FAIL(e, ERR_STORE, "the disk failed, the server has to be started again");
    return true;
}

/* A batch that waits for the flush before it goes with the next one: until then jobs gather, and
 * fewer commits write the same pages. */
void syncer_wait(syncer *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->first)
        pthread_cond_wait(&s->taken, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void syncer_give(syncer *s, waiting *const *job, int count)
{
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < count; i++) {
        job[i]->next = NULL;
        *s->last = job[i];
        s->last = &job[i]->next;
    }
    pthread_cond_signal(&s->filled);
    pthread_mutex_unlock(&s->lock);
}

bool syncer_start(syncer **out, store_conn *conn, _Atomic int64_t *syncs, err *e)
{
    *out = NULL;
    if (!conn->driver->sync)
        return true;
    syncer *s = calloc(1, sizeof *s);
    if (!s)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a thread");
    *out = s;
    s->conn = conn;
    s->last = &s->first;
    s->syncs = syncs;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->filled, NULL);
    pthread_cond_init(&s->taken, NULL);
    s->started = pthread_create(&s->thread, NULL, syncer_main, s) == 0;
    return s->started || FAIL(e, ERR_OUT_OF_MEMORY, "cannot start a thread");
}

void syncer_stop(syncer *s)
{
    if (!s)
        return;
    if (s->started) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->filled);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    pthread_cond_destroy(&s->filled);
    pthread_cond_destroy(&s->taken);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
