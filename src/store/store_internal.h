/* What the two databases have in common, and what each brings. */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H
#include "store/store.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define PARAMS_MAX 48

/* A statement of the files in sql/, or text put together by the program (sql == SQL_NONE). */
typedef struct {
    store_sql sql;
    str text;
    const store_value *value;
    int count;
    store_rows *out; /* NULL: no rows are wanted */
    arena *a;        /* for them; NULL = as the call says */
    bool touch_one;  /* exactly one row has to be touched */
} statement;

/* One connection; drivers extend it. */
typedef struct store_conn {
    const struct store_driver *driver;
    bool failed;       /* the transaction cannot go on */
    bool lost;         /* the connection is gone; begin opens it again */
    int64_t log_pages; /* SQLite: of its log, after the last commit */
} store_conn;

typedef struct store_driver {
    bool trips; /* each ask waits for a server: ask for several jobs at once */
    bool (*open)(store_conn **out, const char *uri, bool for_reading, err *e);
    void (*close)(store_conn *c);
    bool (*begin)(store_conn *c, err *e);
    /* Runs all, in order, with as few round trips as the database can do. */
    bool (*ask)(store_conn *c, const statement *s, int count, arena *a, err *e);
    /* Runs all and need not wait for the outcome before commit. */
    bool (*put)(store_conn *c, const statement *s, int count, err *e);
    bool (*commit)(store_conn *c, err *e);
    /* For the connection of a lane: commits no longer wait for the disk, sync does, and is called
     * on another thread.  NULL: commit waits. */
    bool (*sync_apart)(store_conn *c, err *e);
    bool (*sync)(store_conn *c, err *e);
    void (*rollback)(store_conn *c);
    bool (*script)(store_conn *c, const char *sql, err *e);
    /* Folds the log back into the file without making anybody wait.  *all = nothing is left of it.
     * NULL: there is none. */
    bool (*fold)(store_conn *c, bool *all);
    /* Makes this connection the only one that is this node, as long as it lasts. *held: somebody
     * else is. */
    bool (*hold)(store_conn *c, const char *uri, int node, bool *held, err *e);
} store_driver;

extern const store_driver store_sqlite, store_postgres;

extern const struct sql_text {
    const char *text;
    int params;
} store_sql_text[SQL__COUNT];

/* The text for one database: what stands in a comment that begins with its name and a colon is
 * kept, other comments vanish.  malloc'd; NULL = no memory. */
char *store_text_for(str text, const char *name);

typedef struct put {
    struct put *next;
    statement statement;
    int group;
} put;

struct store_job {
    struct store *store;
    struct lane *lane; /* NULL: reading */
    store_conn *conn;
    arena *a;
    bool reading;
    put *first, **last;
    int put_count;
    bool reference_changed;
    struct audit_item {
        struct audit_item *next;
        store_audit line;
    } * audit, **audit_last;
};

/* The end of one chain of the audit log. */
typedef struct {
    int number;
    bool known;
    int64_t seq;
    char hash[65];
} audit_chain;

bool audit_seal(store_job *job, audit_chain *chain, err *e) MUST_USE;

/* A call of store_write, waiting in its lane. */
typedef struct waiting {
    struct waiting *next;
    uint64_t key;
    const store_ask *ask; /* to be answered before work runs */
    int ask_count;
    store_work *work;
    void *arg;
    arena *a;
    err *e;
    bool asked, ok, failed_below; /* failed_below: the database refused, not the work */
    bool reference_changed;
    sem_t wake; /* posted when it is done: nobody waits for a lock that the lane holds */
} waiting;

/* ---- sqlite_cache.c ---- */

void sqlite_cache_configure(void); /* before the first connection; once is enough */

/* ---- sqlite_log.c ---- */

struct sqlite3;

const char *sqlite_writer_vfs(void); /* of connections that write; NULL = the usual one */
bool sqlite_log_apart(struct sqlite3 *db) MUST_USE; /* a commit does not wait for the disk */

/* ---- syncer.c ---- */

typedef struct syncer syncer;
/* NULL where commits wait for the disk themselves.  *syncs counts. */
bool syncer_start(syncer **out, store_conn *conn, _Atomic int64_t *syncs, err *e) MUST_USE;
void syncer_give(syncer *s, waiting *const *job, int count); /* told when they are on the disk */
void syncer_wait(syncer *s);                                 /* until it is at the last batch */
bool syncer_refuses(syncer *s, err *e);                      /* the disk failed before */
void syncer_stop(syncer *s);                                 /* when all were told */

typedef struct lane {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    waiting *first, **last;
    int64_t queued;
    bool stopping, started;
    store_conn *conn;
    syncer *syncer;
    audit_chain chain;
    put *put_first, **put_last; /* of the jobs of this batch, not sent yet */
    statement *sorted;          /* room for them, in the order they are sent */
    int sorted_cap;
} lane;

bool lane_start(lane *l, struct store *s, int number, err *e) MUST_USE;
void lane_stop(lane *l);
bool lane_run(lane *l, waiting *w); /* queues and waits */
/* Sends the puts of the jobs before this one, so that it sees them. */
bool lane_flush(lane *l, err *e) MUST_USE;
statement statement_of(store_sql sql, const store_value *value, int count, store_rows *out);

typedef struct keeper keeper;
bool keeper_start(keeper **out, struct store *s, err *e) MUST_USE; /* NULL where none is needed */
void keeper_stop(keeper *k);
void keeper_after_commit(keeper *k, store_conn *lane_conn); /* on the thread of the lane */

/* Runs the work with out-of-memory in its arena turned into an error. */
bool job_work(store_job *job, store_work *work, void *arg, arena *a, err *e);

struct store {
    store_config config;
    char *uri;
    const store_driver *driver;
    lane *lane;
    keeper *keeper;
    store_conn **reader;
    bool *reader_busy;
    pthread_mutex_t reader_lock;
    pthread_cond_t reader_free;
    _Atomic int64_t last_id;
    _Atomic int64_t commits, syncs, jobs, retries, reference_generation;
};

#endif
