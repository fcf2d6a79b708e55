/* SQLite's log, folded back into the file beside the writer instead of by it: whoever waits for a
 * commit does not wait for that, too. */
#include "store/store_internal.h"

#include <stdlib.h>

#define LOG_PAGES 48000 /* 192 MB: pages that many settlements change are folded once */

typedef enum { IDLE = 0, WANTED, FOLDED } keeper_state;

struct keeper {
    struct store *store;
    store_conn *conn;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    bool started, stopping;
    atomic_int state;
    int64_t due_pages; /* only the lane's */
};

/* What is written while the first pass runs is left to the second; what is left then is so little
 * that the lane does it between two commits, when nobody adds to the log: it begins anew then. */
static void fold(keeper *k)
{
    bool all = false;
    for (int i = 0; i < 2 && !all; i++)
        if (!k->store->driver->fold(k->conn, &all))
            return;
}

static void *keeper_main(void *arg)
{
    keeper *k = arg;
    pthread_mutex_lock(&k->lock);
    while (!k->stopping) {
        if (atomic_load(&k->state) != WANTED) {
            pthread_cond_wait(&k->wanted, &k->lock);
            continue;
        }
        pthread_mutex_unlock(&k->lock);
        fold(k);
        atomic_store(&k->state, FOLDED);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

void keeper_after_commit(keeper *k, store_conn *lane_conn)
{
    int state = k ? atomic_load(&k->state) : WANTED;
    if (state == FOLDED) {
        bool all = false;
        bool fine = k->store->driver->fold(lane_conn, &all) && all;
        k->due_pages = fine ? LOG_PAGES : lane_conn->log_pages + LOG_PAGES / 4; /* a long reader */
        atomic_store(&k->state, IDLE);
    } else if (state == IDLE && lane_conn->log_pages >= k->due_pages) {
        pthread_mutex_lock(&k->lock);
        atomic_store(&k->state, WANTED);
        pthread_cond_signal(&k->wanted);
        pthread_mutex_unlock(&k->lock);
    }
}

void keeper_stop(keeper *k)
{
    if (!k)
        return;
    if (k->started) {
        pthread_mutex_lock(&k->lock);
        k->stopping = true;
        pthread_cond_signal(&k->wanted);
        pthread_mutex_unlock(&k->lock);
        pthread_join(k->thread, NULL);
    }
    if (k->conn)
        k->store->driver->close(k->conn);
    pthread_cond_destroy(&k->wanted);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

bool keeper_start(keeper **out, store *s, err *e)
{
    *out = NULL;
    if (!s->driver->fold)
        return true;
    keeper *k = calloc(1, sizeof *k);
    if (!k)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a thread");
    *out = k;
    k->store = s;
    k->due_pages = LOG_PAGES;
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wanted, NULL);
    if (!s->driver->open(&k->conn, s->uri, false, e))
        return false;
    k->started = pthread_create(&k->thread, NULL, keeper_main, k) == 0;
    return k->started || FAIL(e, ERR_OUT_OF_MEMORY, "cannot start a thread");
}
