/* Counts in memory, written by a thread; bodies that are old enough, emptied by the same. */
#include "base/day.h"
#include "service/messages/messages_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define HOUR_MS      INT64_C(3600000)
#define DAY_MS       INT64_C(86400000)
#define CHINA_MS     (8 * HOUR_MS)
#define SLOTS_FIRST  1024
#define ROWS_AT_ONCE 1000 /* to one commit */
#define ARENA_BYTES  ((ptrdiff_t)4 << 20)
#define LANE         str_hash(S("messages"))

typedef struct {
    int64_t hour_at, provider_id;
    char transaction_no[8], outcome[32], credential[8]; /* "" = no step of care that was done */
    char step[16];                                      /* as the transaction says */
    int64_t messages, total_us, longest_us, last_at;
    int64_t bucket[MONITOR_BUCKETS];
} count;

typedef struct {
    count *slot; /* messages == 0: free */
    uint32_t size, used;
} counts;

struct messages {
    store *store;
    messages_config config;
    counts now;
    pthread_mutex_t lock;  /* over `now` and `ending` */
    pthread_mutex_t write; /* one writes at a time */
    pthread_cond_t wake;
    pthread_t thread;
    bool ending;
    void *memory;
    int64_t tidied_at;
};

const messages_config messages_config_default = {
    .flush_seconds = 10, .body_days = 180, .count_days = 1100};

/* ---- the table of counts ---- */

static const int64_t border_us[MONITOR_BUCKETS - 1] = {1000,    2000,    5000,    10000,  20000,
                                                       50000,   100000,  200000,  500000, 1000000,
                                                       2000000, 5000000, 10000000};

int64_t monitor_border_us(int bucket)
{
    return border_us[bucket];
}

static uint64_t hash_of(const count *c)
{
    str no = {c->transaction_no, sizeof c->transaction_no};
    str outcome = {c->outcome, sizeof c->outcome};
    str credential = {c->credential, sizeof c->credential};
    uint64_t h = (str_hash(no) * 31 + str_hash(outcome)) * 31 + str_hash(credential);
    return (h ^ (uint64_t)c->provider_id) * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)c->hour_at;
}

static bool same_key(const count *c, const count *key)
{
    return c->hour_at == key->hour_at && c->provider_id == key->provider_id &&
           memcmp(c->transaction_no, key->transaction_no, sizeof key->transaction_no) == 0 &&
           memcmp(c->outcome, key->outcome, sizeof key->outcome) == 0 &&
           memcmp(c->credential, key->credential, sizeof key->credential) == 0;
}

static count *slot_of(counts *t, const count *key)
{
    uint32_t at = (uint32_t)(hash_of(key) >> 20) & (t->size - 1);
    while (t->slot[at].messages && !same_key(&t->slot[at], key))
        at = (at + 1) & (t->size - 1);
    return &t->slot[at];
}

static bool grow(counts *t)
{
    uint32_t size = t->size ? 2 * t->size : SLOTS_FIRST;
    counts larger = {calloc(size, sizeof *larger.slot), size, t->used};
    if (!larger.slot)
        return false;
    for (uint32_t i = 0; i < t->size; i++)
        if (t->slot[i].messages)
            *slot_of(&larger, &t->slot[i]) = t->slot[i];
    free(t->slot);
    *t = larger;
    return true;
}

static void merge(counts *t, const count *c)
{
    if (2 * (t->used + 1) > t->size && !grow(t) && t->used + 1 >= t->size)
        return; /* no memory at all: a count is less than a message */
    count *s = slot_of(t, c);
    if (s->messages == 0) {
        *s = *c;
        t->used++;
        return;
    }
    s->messages += c->messages;
    s->total_us += c->total_us;
    if (c->longest_us > s->longest_us)
        s->longest_us = c->longest_us;
    if (c->last_at > s->last_at)
        s->last_at = c->last_at;
    for (int i = 0; i < MONITOR_BUCKETS; i++)
        s->bucket[i] += c->bucket[i];
}

static void text_put(char *to, size_t size, str s)
{
    size_t n = s.n < (ptrdiff_t)size ? (size_t)s.n : size - 1;
    memset(to, 0, size);
    if (n)
        memcpy(to, s.p, n);
}

void messages_count(messages *m, const message_seen *seen)
{
    count c = {.hour_at = seen->at_ms - seen->at_ms % HOUR_MS,
               .provider_id = seen->provider_id,
               .messages = 1,
               .total_us = seen->duration_us,
               .longest_us = seen->duration_us,
               .last_at = seen->at_ms};
    int bucket = 0;
    text_put(c.transaction_no, sizeof c.transaction_no, seen->transaction_no);
    text_put(c.outcome, sizeof c.outcome, seen->outcome);
    text_put(c.credential, sizeof c.credential, seen->credential);
    text_put(c.step, sizeof c.step, seen->step);
    while (bucket < MONITOR_BUCKETS - 1 && seen->duration_us >= border_us[bucket])
        bucket++;
    c.bucket[bucket] = 1;
    pthread_mutex_lock(&m->lock);
    merge(&m->now, &c);
    pthread_mutex_unlock(&m->lock);
}

/* ---- writing ---- */

typedef struct {
    const count *row;
    uint32_t from, until;
} piece;

str china_day(int64_t ms, arena *a)
{
    char *text = arena_new(a, char, DAY_TEXT_SIZE);
    day_print(text, (day){(int32_t)((ms + CHINA_MS) / DAY_MS)});
    return str_of(text);
}

static void credential_put(store_job *job, const count *c, arena *a)
{
    const store_value v[] = {STORE_T(china_day(c->hour_at, a)),  STORE_N(c->provider_id),
                             STORE_T(str_of(c->transaction_no)), STORE_T(str_of(c->credential)),
                             STORE_T(str_of(c->step)),           STORE_N(c->messages)};
    store_put(job, SQL_CREDENTIAL_DAY_ADD, v, COUNTOF(v));
}

static bool piece_work(store_job *job, void *arg, arena *a, err *e)
{
    const piece *p = arg;
    (void)e;
    for (uint32_t i = p->from; i < p->until; i++) {
        const count *c = &p->row[i];
        store_value v[8 + MONITOR_BUCKETS] = {STORE_N(c->hour_at),
                                              STORE_N(c->provider_id),
                                              STORE_T(str_of(c->transaction_no)),
                                              STORE_T(str_of(c->outcome)),
                                              STORE_N(c->messages),
                                              STORE_N(c->total_us),
                                              STORE_N(c->longest_us),
                                              STORE_N(c->last_at)};
        for (int k = 0; k < MONITOR_BUCKETS; k++)
            v[8 + k] = STORE_N(c->bucket[k]);
        store_put(job, SQL_GATEWAY_HOUR_ADD, v, COUNTOF(v));
        if (c->credential[0])
            credential_put(job, c, a);
    }
    return true;
}

/* Rows side by side in front. */
static uint32_t gather(counts *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->size; i++)
        if (t->slot[i].messages)
            t->slot[n++] = t->slot[i];
    return n;
}

static bool all_write(messages *m, err *e)
{
    pthread_mutex_lock(&m->lock);
    counts taken = m->now;
    m->now = (counts){0};
    pthread_mutex_unlock(&m->lock);
    uint32_t n = gather(&taken), done = 0;
    bool ok = true;
    while (ok && done < n) {
        arena a = {m->memory, (char *)m->memory + ARENA_BYTES, NULL};
        piece p = {taken.slot, done, n - done < ROWS_AT_ONCE ? n : done + ROWS_AT_ONCE};
        ok = store_write(m->store, LANE, piece_work, &p, &a, e);
        done = ok ? p.until : done;
    }
    pthread_mutex_lock(&m->lock);
    for (uint32_t i = done; i < n; i++)
        merge(&m->now, &taken.slot[i]); /* another time */
    pthread_mutex_unlock(&m->lock);
    free(taken.slot);
    return ok;
}

bool messages_flush(messages *m, err *e)
{
    pthread_mutex_lock(&m->write);
    bool ok = all_write(m, e);
    pthread_mutex_unlock(&m->write);
    return ok;
}

/* ---- emptying ---- */

typedef struct {
    int64_t before_ms, emptied;
    bool more;
} tidying;

static bool tidy_work(store_job *job, void *arg, arena *a, err *e)
{
    tidying *t = arg;
    store_rows reached, next;
    if (!store_query(job, SQL_TIDY_FROM, NULL, 0, &reached, a, e))
        return false;
    const store_value key[] = {STORE_N(reached.row_count ? store_number(&reached, 0, 0) : 0),
                               STORE_N(reached.row_count ? store_number(&reached, 0, 1) : 0),
                               STORE_N(t->before_ms)};
    if (!store_query(job, SQL_TIDY_NEXT, key, COUNTOF(key), &next, a, e))
        return false;
    t->emptied = next.row_count;
    t->more = next.row_count == TIDY_ROWS;
    if (next.row_count == 0)
        return true;
    for (ptrdiff_t i = 0; i < next.row_count; i++) {
        const store_value id = STORE_N(store_number(&next, i, 0));
        store_put(job, SQL_TIDY_BODY, &id, 1);
    }
    ptrdiff_t last = next.row_count - 1;
    const store_value reach[] = {STORE_T(S("bodies")), STORE_N(store_number(&next, last, 1)),
                                 STORE_N(store_number(&next, last, 0))};
    store_put(job, SQL_TIDY_REACHED, reach, COUNTOF(reach));
    return true;
}

bool messages_tidy(int64_t *emptied, store *s, int64_t before_ms, err *e)
{
    void *memory = malloc((size_t)ARENA_BYTES);
    tidying t = {.before_ms = before_ms, .more = true};
    bool ok = memory || FAIL(e, ERR_OUT_OF_MEMORY, "no memory to tidy");
    *emptied = 0;
    while (ok && t.more) {
        arena a = {memory, (char *)memory + ARENA_BYTES, NULL};
        ok = store_write(s, LANE, tidy_work, &t, &a, e);
        *emptied += ok ? t.emptied : 0;
    }
    free(memory);
    return ok;
}

typedef struct {
    int64_t before_ms, dropped;
} dropping;

static bool counts_work(store_job *job, void *arg, arena *a, err *e)
{
    dropping *t = arg;
    const store_value until[] = {STORE_N(t->before_ms - HOUR_MS + 1),
                                 STORE_T(china_day(t->before_ms, a))};
    store_rows r;
    if (!store_query(job, SQL_TIDY_COUNTS, until, COUNTOF(until), &r, a, e))
        return false;
    t->dropped = store_number(&r, 0, 0) + store_number(&r, 0, 1);
    if (store_number(&r, 0, 0))
        store_put(job, SQL_TIDY_COUNTS_DROP, &until[0], 1);
    if (store_number(&r, 0, 1))
        store_put(job, SQL_TIDY_CREDENTIALS_DROP, &until[1], 1);
    return true;
}

bool messages_tidy_counts(int64_t *dropped, store *s, int64_t before_ms, err *e)
{
    char memory[4096];
    arena a = {memory, memory + sizeof memory, NULL};
    dropping t = {.before_ms = before_ms};
    bool ok = store_write(s, LANE, counts_work, &t, &a, e);
    *dropped = ok ? t.dropped : 0;
    return ok;
}

/* ---- the thread ---- */

static bool all_tidy(messages *m, int64_t now_ms, err *e)
{
    const messages_config *c = &m->config;
    int64_t unused;
    return (!c->body_days || messages_tidy(&unused, m->store, now_ms - c->body_days * DAY_MS, e)) &&
           (!c->count_days ||
            messages_tidy_counts(&unused, m->store, now_ms - c->count_days * DAY_MS, e));
}

static void *keep(void *arg)
{
    messages *m = arg;
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += m->config.flush_seconds;
        pthread_mutex_lock(&m->lock);
        int waited = 0;
        while (!m->ending && waited == 0)
            waited = pthread_cond_timedwait(&m->wake, &m->lock, &until);
        bool ending = m->ending;
        pthread_mutex_unlock(&m->lock);
        err unseen = {0}; /* it is tried again, and the database's trouble is seen elsewhere */
        int64_t now_ms = store_now_ms(m->store);
        bool ok = messages_flush(m, &unseen);
        if (ending)
            return NULL;
        if (ok && now_ms - m->tidied_at > HOUR_MS && all_tidy(m, now_ms, &unseen))
            m->tidied_at = now_ms;
    }
}

bool messages_open(messages **out, store *s, const messages_config *c, err *e)
{
    *out = NULL;
    messages *m = calloc(1, sizeof *m);
    void *memory = malloc((size_t)ARENA_BYTES);
    if (!m || !memory) {
        free(m);
        free(memory);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for counts");
    }
    m->store = s;
    m->config = *c;
    m->memory = memory;
    pthread_mutex_init(&m->lock, NULL);
    pthread_mutex_init(&m->write, NULL);
    pthread_cond_init(&m->wake, NULL);
    if (pthread_create(&m->thread, NULL, keep, m) != 0) {
        free(memory);
        free(m);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no thread for counts");
    }
    *out = m;
    return true;
}

void messages_close(messages *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->ending = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->write);
    free(m->now.slot);
    free(m->memory);
    free(m);
}
