/* PostgreSQL: a pipeline for each transaction, so that it costs two round trips however many
 * statements it has. */
#include "store/store_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_AT_ONCE 64  /* of one insert; forms of 1, 2, 4 … rows are prepared */
#define EXPECTED_MAX 512 /* results not read yet */
#define NUMBER_OID   20
#define TEXT_OID     25

typedef struct {
    store_rows *out; /* NULL: rows do not matter */
    arena *a;        /* for them */
    bool touch_one, is_commit;
} expected;

typedef struct {
    store_conn base;
    PGconn *pg;
    bool for_reading;
    int node; /* held as long as the connection lasts; 0 = none */
    char *uri;
    uint32_t prepared[SQL__COUNT]; /* bit n: the form with 2^n rows is */
    expected expect[EXPECTED_MAX];
    int expect_count;
} connection;

/* ---- trouble ---- */

static bool trouble(connection *c, const PGresult *r, err *e)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *said = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!said)
        said = PQerrorMessage(c->pg);
    c->base.failed = true;
    if (PQstatus(c->pg) == CONNECTION_BAD)
        c->base.lost = true;
    if (e->code != ERR_OK)
        return false; /* the first one is the cause */
    err_code code = ERR_STORE;
    if (state && strncmp(state, "23", 2) == 0)
        code = ERR_STORE_CONFLICT;
    else if (state && (strncmp(state, "40", 2) == 0 || strncmp(state, "55P03", 5) == 0))
        code = ERR_STORE_BUSY; /* deadlock, serialisation, lock not available */
    else if (state && strncmp(state, "53100", 5) == 0)
        code = ERR_DISK_FULL;
    return FAIL(e, code, "postgres %s: %s", state ? state : "-", said);
}

/* ---- reading results ---- */

static void cell_read(store_value *cell, const PGresult *r, int row, int column, arena *a)
{
    if (PQgetisnull(r, row, column))
        return;
    const char *text = PQgetvalue(r, row, column);
    Oid type = PQftype(r, column);
    if (type == 20 || type == 21 || type == 23)
        *cell = STORE_N(strtoll(text, NULL, 10));
    else
        *cell = STORE_T(arena_str(a, ((str){text, PQgetlength(r, row, column)})));
}

static void rows_read(store_rows *out, const PGresult *r, arena *a)
{
    int rows = PQntuples(r), columns = PQnfields(r);
    *out = (store_rows){.row_count = rows, .column_count = columns};
    out->cell = arena_new(a, store_value, (ptrdiff_t)rows * columns);
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++)
            cell_read(&out->cell[i * columns + k], r, i, k, a);
}

static bool result_take(connection *c, const expected *x, PGresult *r, err *e)
{
    ExecStatusType status = PQresultStatus(r);
    if (status == PGRES_PIPELINE_ABORTED)
        return false;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return trouble(c, r, e);
    if (x->out)
        rows_read(x->out, r, x->a);
    if (x->touch_one && strcmp(PQcmdTuples(r), "1") != 0) {
        c->base.failed = true;
        return FAIL(e, ERR_STORE_CONFLICT, "%s rows touched, one expected", PQcmdTuples(r));
    }
    if (x->is_commit && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        c->base.failed = true;
        return e->code == ERR_OK ? FAIL(e, ERR_STORE, "the transaction could not be kept") : false;
    }
    return true;
}

/* Copies rows out of a result; in a function of its own, for the jump when the arena is full. */
static bool result_guarded(connection *c, const expected *x, PGresult *r, err *e)
{
    arena *a = x->a;
    if (!a || !a->oom)
        return result_take(c, x, r, e);
    jmp_buf oom, *outer = a->oom;
    a->oom = &oom;
    if (setjmp(oom)) {
        a->oom = outer;
        c->base.failed = true;
        return FAIL(e, ERR_OUT_OF_MEMORY, "the answer is larger than the memory of one request");
    }
    bool ok = result_take(c, x, r, e);
    a->oom = outer;
    return ok;
}

/* Reads what all statements sent so far have answered. */
static bool results_read(connection *c, err *e)
{
    bool ok = true;
    for (int i = 0; i < c->expect_count; i++) {
        PGresult *r = PQgetResult(c->pg);
        if (!r) {
            ok = trouble(c, NULL, e);
            break;
        }
        ok = result_guarded(c, &c->expect[i], r, e) && ok;
        PQclear(r);
        while ((r = PQgetResult(c->pg)))
            PQclear(r);
    }
    c->expect_count = 0;
    return ok;
}

static bool flush(connection *c, err *e)
{
    if (PQsendFlushRequest(c->pg) != 1 || PQflush(c->pg) < 0)
        return trouble(c, NULL, e);
    return results_read(c, e);
}

/* Ends the pipeline's present stretch: errors do not reach beyond it. */
static bool sync(connection *c, err *e)
{
    if (PQpipelineSync(c->pg) != 1)
        return trouble(c, NULL, e);
    bool ok = results_read(c, e);
    for (int i = 0; i < EXPECTED_MAX; i++) {
        PGresult *r = PQgetResult(c->pg);
        if (!r && PQstatus(c->pg) == CONNECTION_BAD)
            return trouble(c, NULL, e);
        if (!r)
            continue;
        bool end = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        PQclear(r);
        if (end)
            return ok;
    }
    return trouble(c, NULL, e);
}

/* ---- sending ---- */

static bool expect(connection *c, expected x, err *e)
{
    c->expect[c->expect_count++] = x;
    return c->expect_count < EXPECTED_MAX - 2 || flush(c, e);
}

static bool send_text(connection *c, const char *sql, bool is_commit, err *e)
{
    if (PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) != 1)
        return trouble(c, NULL, e);
    return expect(c, (expected){.is_commit = is_commit}, e);
}

/* Values as text, in one buffer that the caller frees. */
typedef struct {
    const char **value;
    Oid *type;
    char *memory;
} arguments;

static void arguments_free(arguments *p)
{
    free(p->value);
    free(p->type);
    free(p->memory);
}

static bool arguments_make(arguments *out, const statement *s, int rows, err *e)
{
    size_t bytes = 1;
    int count = rows * s->count;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < s->count; i++)
            bytes += s[r].value[i].kind == STORE_TEXT ? (size_t)s[r].value[i].text.n + 1 : 24;
    *out = (arguments){malloc((size_t)(count + 1) * sizeof(char *)),
                       malloc((size_t)(count + 1) * sizeof(Oid)), malloc(bytes)};
    if (!out->value || !out->type || !out->memory) {
        arguments_free(out);
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a statement");
        return false;
    }
    char *to = out->memory;
    for (int k = 0; k < count; k++) {
        const store_value *v = &s[k / s->count].value[k % s->count];
        out->value[k] = v->kind == STORE_NULL ? NULL : to;
        out->type[k] = v->kind == STORE_NUMBER ? NUMBER_OID : v->kind == STORE_TEXT ? TEXT_OID : 0;
        if (v->kind == STORE_NUMBER) {
            to += snprintf(to, 24, "%" PRId64, v->number) + 1;
        } else if (v->kind == STORE_TEXT) {
            if (v->text.n)
                memcpy(to, v->text.p, (size_t)v->text.n);
            to[v->text.n] = 0;
            to += v->text.n + 1;
        }
    }
    return true;
}

/* "insert … values ($1, $2) …" for several rows. */
static char *text_of_rows(const char *base, int params, int rows)
{
    const char *values = strstr(base, "values (");
    size_t length = strlen(base);
    size_t cap = length + (size_t)rows * (size_t)params * 8 + 64;
    char *out = malloc(cap);
    if (!out)
        return NULL;
    if (rows == 1) {
        memcpy(out, base, length + 1);
        return out;
    }
    assert(values);
    text_buffer t = {out, 0, (ptrdiff_t)cap - 1, false};
    text_add(&t, (str){base, values + 7 - base});
    for (int r = 0, n = 1; r < rows; r++) {
        text_add(&t, r ? S(",(") : S("("));
        for (int i = 0; i < params; i++)
            text_printf(&t, i ? ",$%d" : "$%d", n++);
        text_add(&t, S(")"));
    }
    text_add(&t, str_of(strchr(values, ')') + 1));
    out[t.n] = 0;
    return out;
}

/* How many of the first values are the key of "insert into t (a, b, c) values … on conflict
 * (a, b)"; -1 = they do not begin the list. */
static int conflict_keys(const char *text, const char *tail)
{
    static const char on_conflict[] = "on conflict (";
    const char *columns = strchr(text, '('), *target = strstr(tail, on_conflict);
    if (!columns || !target)
        return -1;
    target += sizeof on_conflict - 1;
    size_t n = strcspn(target, ")");
    if (strncmp(columns + 1, target, n) != 0)
        return -1;
    int keys = 1;
    for (size_t i = 0; i < n; i++)
        keys += target[i] == ',';
    return keys;
}

/* Can several rows be sent as one?  It takes "insert … values ($1, $2 … $n)".  *keys: rows that are
 * alike in so many of the first values cannot go together; 0 = any can. */
static bool takes_rows(const char *text, int params, int *keys)
{
    const char *p = strstr(text, "values (");
    if (!p || strncmp(text, "insert", 6) != 0)
        return false;
    p += 8;
    for (int i = 1; i <= params; i++) {
        char want[8];
        int n = snprintf(want, sizeof want, "$%d", i);
        while (*p == ' ' || *p == '\n' || *p == ',')
            p++;
        if (strncmp(p, want, (size_t)n) != 0)
            return false;
        p += n;
    }
    while (*p == ' ' || *p == '\n')
        p++;
    if (*p != ')')
        return false;
    p += 1 + strspn(p + 1, " \n");
    *keys = *p ? conflict_keys(text, p) : 0;
    return *keys >= 0;
}

static bool same_key(const statement *a, const statement *b, int keys)
{
    for (int i = 0; i < keys; i++) {
        const store_value *x = &a->value[i], *y = &b->value[i];
        if (x->kind != y->kind || x->number != y->number || !str_eq(x->text, y->text))
            return false;
    }
    return keys > 0;
}

/* How many of them can be sent as one: a power of two, so that few forms have to be prepared. */
static int rows_together(const statement *s, int count)
{
    int keys, fit = 1, rows = 1;
    if (s->touch_one || s->sql == SQL_NONE || count < 2 || s[1].sql != s->sql ||
        !takes_rows(s->text.p, s->count, &keys))
        return 1;
    for (; fit < ROWS_AT_ONCE && fit < count; fit++) {
        bool fits = s[fit].sql == s->sql && !s[fit].touch_one;
        for (int i = 0; fits && keys && i < fit; i++)
            fits = !same_key(&s[i], &s[fit], keys);
        if (!fits)
            break;
    }
    while (2 * rows <= fit)
        rows *= 2;
    return rows;
}

static int power_of(int rows)
{
    int n = 0;
    while (1 << n < rows)
        n++;
    return n;
}

static bool prepare(
    connection *c, const statement *s, int rows, const char *name, const arguments *args, err *e)
{
    char *text = store_text_for(s->text, "postgres");
    char *many = text ? text_of_rows(text, s->count, rows) : NULL;
    bool ok = many != NULL;
    if (!ok)
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a statement");
    else if (PQsendPrepare(c->pg, name, many, rows * s->count, args->type) != 1)
        ok = trouble(c, NULL, e);
    free(many);
    free(text);
    if (!ok || !expect(c, (expected){0}, e))
        return false;
    c->prepared[s->sql] |= UINT32_C(1) << power_of(rows);
    return true;
}

static bool send_free_text(connection *c, const statement *s, const arguments *args, err *e)
{
    char *text = store_text_for(s->text, "postgres");
    if (!text)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a statement");
    int sent = PQsendQueryParams(c->pg, text, s->count, args->type, args->value, NULL, NULL, 0);
    free(text);
    return sent == 1 || trouble(c, NULL, e);
}

/* Sends one statement, or `rows` rows of the same insert. */
static bool send(connection *c, const statement *s, int rows, arena *a, err *e)
{
    arguments args;
    if (!arguments_make(&args, s, rows, e))
        return false;
    bool ok;
    if (s->sql == SQL_NONE) {
        ok = send_free_text(c, s, &args, e);
    } else {
        char name[32];
        snprintf(name, sizeof name, "s%d_%d", (int)s->sql, rows);
        ok = ((c->prepared[s->sql] >> power_of(rows)) & 1) || prepare(c, s, rows, name, &args, e);
        if (ok && PQsendQueryPrepared(c->pg, name, rows * s->count, args.value, NULL, NULL, 0) != 1)
            ok = trouble(c, NULL, e);
    }
    arguments_free(&args);
    return ok && expect(c, (expected){.out = s->out, .a = a, .touch_one = s->touch_one}, e);
}

/* ---- the driver ---- */

#define NODE_LOCK "1198485834" /* of this program, beside the node */

/* Outside of the pipeline. */
static bool node_lock(connection *c, int node, bool *held, err *e)
{
    char sql[80];
    snprintf(sql, sizeof sql, "select pg_try_advisory_lock(" NODE_LOCK ", %d)", node);
    PGresult *r = PQexec(c->pg, sql);
    bool ok = PQresultStatus(r) == PGRES_TUPLES_OK || trouble(c, r, e);
    *held = ok && strcmp(PQgetvalue(r, 0, 0), "t") != 0;
    PQclear(r);
    return ok;
}

static bool connect_now(connection *c, err *e)
{
    if (c->pg)
        PQfinish(c->pg);
    memset(c->prepared, 0, sizeof c->prepared);
    c->expect_count = 0;
    c->base.lost = false;
    c->pg = PQconnectdb(c->uri);
    if (PQstatus(c->pg) != CONNECTION_OK) {
        c->base.lost = c->base.failed = true;
        return FAIL(e, ERR_STORE, "cannot connect: %s", PQerrorMessage(c->pg));
    }
    /* What writes looks for keys only: planning it anew for each value gains nothing. */
    PGresult *r = PQexec(c->pg, c->for_reading ? "set client_min_messages = warning"
                                               : "set client_min_messages = warning; "
                                                 "set plan_cache_mode = force_generic_plan");
    PQclear(r);
    bool held = false;
    if (c->node && !node_lock(c, c->node, &held, e))
        return false;
    if (held) {
        c->base.lost = c->base.failed = true; /* the next transaction tries again */
        return FAIL(e, ERR_STORE, "another process works on this database as node %d", c->node);
    }
    return PQenterPipelineMode(c->pg) == 1 || trouble(c, NULL, e);
}

static void conn_close(store_conn *base)
{
    connection *c = (connection *)base;
    if (c->pg)
        PQfinish(c->pg);
    free(c->uri);
    free(c);
}

static bool conn_open(store_conn **out, const char *uri, bool for_reading, err *e)
{
    connection *c = calloc(1, sizeof *c);
    char *copy = malloc(strlen(uri) + 1);
    *out = NULL;
    if (!c || !copy) {
        free(c);
        free(copy);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a connection");
    }
    memcpy(copy, uri, strlen(uri) + 1);
    c->base.driver = &store_postgres;
    c->for_reading = for_reading;
    c->uri = copy;
    if (!connect_now(c, e)) {
        conn_close(&c->base);
        return false;
    }
    *out = &c->base;
    return true;
}

static bool conn_begin(store_conn *base, err *e)
{
    connection *c = (connection *)base;
    if ((base->lost || PQstatus(c->pg) == CONNECTION_BAD) && !connect_now(c, e))
        return false;
    base->failed = false;
    return send_text(
        c, c->for_reading ? "begin isolation level repeatable read read only" : "begin", false, e);
}

static bool conn_ask(store_conn *base, const statement *s, int count, arena *a, err *e)
{
    connection *c = (connection *)base;
    for (int i = 0; i < count; i++)
        if (!send(c, &s[i], 1, s[i].a ? s[i].a : a, e))
            return false;
    return flush(c, e);
}

static bool conn_put(store_conn *base, const statement *s, int count, err *e)
{
    connection *c = (connection *)base;
    for (int i = 0, rows; i < count; i += rows) {
        rows = rows_together(&s[i], count - i);
        if (!send(c, &s[i], rows, NULL, e))
            return false;
    }
    return true;
}

static bool conn_commit(store_conn *base, err *e)
{
    connection *c = (connection *)base;
    for (int i = 0; i < c->expect_count; i++)
        if (c->expect[i].touch_one) /* its count has to be seen before it is too late */
            if (!flush(c, e))
                return false;
    return send_text(c, "commit", true, e) && sync(c, e);
}

static void conn_rollback(store_conn *base)
{
    connection *c = (connection *)base;
    err ignored = {0};
    if (base->lost)
        return;
    if (base->failed) {
        (void)sync(c, &ignored);
        ignored = (err){0};
    }
    for (int i = 0; i < c->expect_count; i++)
        c->expect[i] = (expected){0}; /* nobody waits for these any more */
    if (!send_text(c, "rollback", false, &ignored) || !sync(c, &ignored))
        base->lost = true;
}

static bool conn_script(store_conn *base, const char *sql, err *e)
{
    connection *c = (connection *)base;
    if (PQexitPipelineMode(c->pg) != 1)
        return trouble(c, NULL, e);
    PGresult *r = PQexec(c->pg, sql);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK || trouble(c, r, e);
    PQclear(r);
    if (!ok)
        PQclear(PQexec(c->pg, "rollback"));
    return PQenterPipelineMode(c->pg) == 1 && ok;
}

static bool conn_hold(store_conn *base, const char *uri, int node, bool *held, err *e)
{
    connection *c = (connection *)base;
    (void)uri;
    if (PQexitPipelineMode(c->pg) != 1)
        return trouble(c, NULL, e);
    bool ok = node_lock(c, node, held, e);
    if (ok && !*held)
        c->node = node;
    return (PQenterPipelineMode(c->pg) == 1 || trouble(c, NULL, e)) && ok;
}

const store_driver store_postgres = {
    .trips = true,
    .open = conn_open,
    .close = conn_close,
    .begin = conn_begin,
    .ask = conn_ask,
    .put = conn_put,
    .commit = conn_commit,
    .rollback = conn_rollback,
    .script = conn_script,
    .hold = conn_hold,
};
