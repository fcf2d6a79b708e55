/* store -- rows kept durably, in SQLite or PostgreSQL, behind one set of calls.
 *
 * In:      statements of the files in sql/ by name (or text put together by a caller), values by
 *          position.
 * Out:     rows; or an err.  What `store_write` says is done is on the disk.
 * May use: base, sqlite3, libpq, OpenSSL (SM3), threads.
 *
 * A write is a job: its `work` reads, decides and puts rows; the puts are carried out together when
 * it returns true, and nothing is kept when it returns false.  Jobs of one lane run one after
 * another, many to one commit; so `work` may run twice, and must only depend on what it reads.
 * Numbers, money (fen), days (ISO text), moments (UTC milliseconds): docs/store.md.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include "base/base.h"

typedef enum {
    SQL_NONE = 0,
#define SQL(id, params, text) SQL_##id,
#include "store/sql.tbl.h" /* made of the files in sql/ by tools/gen_sql.py */
    SQL__COUNT
} store_sql;

typedef enum { STORE_NULL = 0, STORE_NUMBER, STORE_TEXT } store_kind;

typedef struct {
    store_kind kind;
    int64_t number;
    str text;
} store_value;

#define STORE_N(n) ((store_value){.kind = STORE_NUMBER, .number = (n)})
#define STORE_T(s) ((store_value){.kind = STORE_TEXT, .text = (s)})

/* cell = row_count x column_count values; texts live in the arena given to the query. */
typedef struct {
    ptrdiff_t row_count;
    int column_count;
    store_value *cell;
} store_rows;

int64_t store_number(const store_rows *r, ptrdiff_t row, int column); /* NULL is 0 */
str store_text(const store_rows *r, ptrdiff_t row, int column);       /* NULL is "" */

typedef struct store store;
typedef struct store_job store_job;
typedef bool store_work(store_job *job, void *arg, arena *a, err *e);

typedef struct {
    str uri;       /* a file's path, or postgres://… */
    int node;      /* 1-63: which server this is, part of every id */
    int lanes;     /* writers; SQLite has one */
    int readers;   /* connections for reading */
    int batch_max; /* jobs per commit */
    int wait_ms;   /* for the node, if somebody holds it */
    int64_t (*now_ms)(void *);
    void *now_arg;
} store_config;

extern const store_config store_config_default;

/* ERR_EXISTS: another process works on this database as the same node. */
bool store_open(store **out, const store_config *c, err *e) MUST_USE;
void store_close(store *s); /* finishes the jobs it has; NULL is fine */
/* Brings the tables to what this program needs.  *before = version found, 0 = empty. */
bool store_migrate(store *s, int *before, int *after, err *e) MUST_USE;
/* 0 = never set up.  To be asked once before writing: ids then go on above those that are there. */
bool store_version(store *s, int *version, err *e) MUST_USE;
int store_version_needed(void);
bool store_is_postgres(const store *s);

/* Runs `work` in the lane of `lane_key` and waits until it is durable.  Out of memory in `a` ends
 * the job, not the program. */
bool store_write(
    store *s, uint64_t lane_key, store_work *work, void *arg, arena *a, err *e) MUST_USE;
/* The same, with questions that are answered before `work` runs, for several jobs in one round
 * trip. `lane_key` has to cover what they ask about: of two jobs with the same key the later
 * one asks when the earlier one is done. */
typedef struct store_ask store_ask;
bool store_write_asking(store *s,
                        uint64_t lane_key,
                        const store_ask *ask,
                        int count,
                        store_work *work,
                        void *arg,
                        arena *a,
                        err *e) MUST_USE;
/* Runs `work` on one consistent view; puts are refused. */
bool store_read(store *s, store_work *work, void *arg, arena *a, err *e) MUST_USE;

/* Inside a job ------------------------------------------------------------------------------ */

bool store_query(store_job *job,
                 store_sql sql,
                 const store_value *value,
                 int count,
                 store_rows *out,
                 arena *a,
                 err *e) MUST_USE;

/* Several queries in one round trip. */
#define STORE_ASKS_MAX 16
struct store_ask {
    store_sql sql;
    const store_value *value;
    int count;
    store_rows *out;
};
bool store_query_all(store_job *job, const store_ask *ask, int count, arena *a, err *e) MUST_USE;

/* Text put together by the program, never by a user; values still by $1 … */
bool store_query_text(store_job *job,
                      str sql,
                      const store_value *value,
                      int count,
                      store_rows *out,
                      arena *a,
                      err *e) MUST_USE;

/* A row to be written when the work is done.  Texts are borrowed until store_write returns.
 * Rows of several jobs for one table are sent together; what happens to one table keeps its
 * order, and whoever asks later in the batch sees it. */
void store_put(store_job *job, store_sql sql, const store_value *value, int count);
/* The same, and the job fails with ERR_STORE_CONFLICT unless exactly one row was touched. */
void store_put_one(store_job *job, store_sql sql, const store_value *value, int count);

/* One line of the audit log, chained to the one before it. */
typedef struct {
    int64_t user_id;
    str login, address;
    str action; /* "settlement.settle" */
    str object; /* "settlement 123" */
    int64_t person_id;
    str detail;  /* JSON; no secrets, no certificate numbers */
    str outcome; /* "ok" or the code of an error */
    str trace_id;
} store_audit;
void store_put_audit(store_job *job, const store_audit *line);

int64_t store_new_id(store *s); /* time-ordered, never given twice */
/* One that is larger than `last`, which another server, or this one before its clock was set back,
 * may have made. */
int64_t store_new_id_after(store *s, int64_t last);
/* When an id was made, and the smallest one of a moment. */
int64_t store_id_moment(int64_t id);
int64_t store_id_at(int64_t ms);
int64_t store_now_ms(store *s);
store *store_of(store_job *job);
/* Rises with each commit of this process that put SQL_REFERENCE_BUMP: copies of slow-moving tables
 * are old then. */
int64_t store_reference_generation(const store *s);

/* Walks the chains of the audit log.  *rows = lines seen; false with ERR_AUDIT_CHAIN: *broken is
 * the first line that was changed, removed or put in. */
typedef struct {
    int64_t chain, seq;
} store_audit_break;
bool store_audit_verify(
    store *s, int64_t *rows, store_audit_break *broken, arena *a, err *e) MUST_USE;

/* A line as it is copied elsewhere; texts live until the sink returns. */
typedef struct {
    int64_t chain, seq, at, user_id, person_id;
    str login, address, action, object, detail, outcome, trace_id, hash;
} store_audit_line;
/* Takes lines of one chain, in their order; they are written when it returns true. */
typedef bool
store_audit_sink(void *arg, const store_audit_line *line, ptrdiff_t count, arena *a, err *e);

/* Gives what was not yet given on behalf of this node; after a crash some lines come again. */
bool store_audit_copy(
    store *s, int64_t *copied, store_audit_sink *sink, void *arg, arena *a, err *e) MUST_USE;
/* Whether a line that was copied is still there, the same; with whole chains, all before it too. */
bool store_audit_holds(
    bool *holds, store *s, int64_t chain, int64_t seq, str hash, arena *a, err *e) MUST_USE;
bool store_audit_newest(int64_t *at_ms,
                        store *s,
                        arena *a,
                        err *e) MUST_USE; /* 0 = there is none */

/* A copy of a running database into a file that must not exist yet (SQLite), while others write. */
bool store_backup(store *s, str path, err *e) MUST_USE;
/* Has SQLite look at every page of its file. */
bool store_file_verify(store *s, int64_t *settlements, arena *a, err *e) MUST_USE;

typedef struct {
    int64_t commits, jobs, retries, queued;
    int64_t syncs; /* flushes of the disk beside the writer; where commits flush themselves, 0 */
} store_stats;
store_stats store_stats_now(const store *s);

#endif
