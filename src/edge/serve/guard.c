#include "edge/serve/guard.h"

#include "base/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ARENA_BYTES   ((ptrdiff_t)32 << 20)
#define EVERY_SECONDS 5
#define HOUR_MS       INT64_C(3600000)
#define JUMP_MS       INT64_C(2000) /* a clock that is set right slowly stays far below */

struct guard {
    store *store;
    access_service *access;
    const char *copy; /* NULL = none */
    char *memory;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending;
    bool copy_fails; /* was said */
    int64_t wall_ms, up_ms, tidied_at;
};

static const actor clock_actor = {.user_id = -1,
                                  .login = {"clock", 5},
                                  .name = {"", 0},
                                  .area_code = {"", 0},
                                  .address = {"", 0},
                                  .trace_id = {"", 0}};

/* ---- the clock ---- */

static int64_t clock_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t guard_clock_jump(int64_t wall_before, int64_t wall_now, int64_t up_before, int64_t up_now)
{
    int64_t by = (wall_now - wall_before) - (up_now - up_before);
    return by > JUMP_MS || by < -JUMP_MS ? by : 0;
}

static bool jump_audit(guard *g, int64_t by_ms, const char *since, arena *a, err *e)
{
    str object = arena_printf(a, "%+" PRId64 " ms since %s", by_ms, since);
    return access_audit_alone(g->store, &clock_actor, S("clock.jump"), object, S("ok"), a, e);
}

static void clock_look(guard *g, arena *a)
{
    err e = {0};
    int64_t wall = clock_ms(CLOCK_REALTIME), up = clock_ms(CLOCK_BOOTTIME);
    int64_t by = guard_clock_jump(g->wall_ms, wall, g->up_ms, up);
    if (by && !jump_audit(g, by, "the last look", a, &e))
        return; /* it is seen again next time, as the look before is not moved */
    g->wall_ms = wall;
    g->up_ms = up;
}

/* A clock that was put back while nothing ran. */
static bool clock_begin(guard *g, arena *a, err *e)
{
    int64_t newest = 0;
    g->wall_ms = clock_ms(CLOCK_REALTIME);
    g->up_ms = clock_ms(CLOCK_BOOTTIME);
    if (!store_audit_newest(&newest, g->store, a, e))
        return false;
    return newest - g->wall_ms <= JUMP_MS ||
           jump_audit(g, g->wall_ms - newest, "the newest line of the audit log", a, e);
}

/* ---- the copy ---- */

static void line_json(json_out *o, const store_audit_line *l)
{
    json_open(o, '{');
    json_field_number(o, S("chain"), l->chain);
    json_field_number(o, S("seq"), l->seq);
    json_field(o, S("hash"), l->hash);
    json_field_moment(o, S("at"), l->at);
    json_field_id(o, S("user_id"), l->user_id);
    json_field(o, S("login"), l->login);
    json_field(o, S("address"), l->address);
    json_field(o, S("action"), l->action);
    json_field(o, S("object"), l->object);
    json_field_id(o, S("person_id"), l->person_id);
    json_field(o, S("detail"), l->detail);
    json_field(o, S("outcome"), l->outcome);
    json_field(o, S("trace_id"), l->trace_id);
    json_close(o, '}');
}

static bool trouble(err *e, const char *file)
{
    return FAIL(e, ERR_IO, "the copy of the audit log, %s, cannot be written", file);
}

/* Opened each time, so that the file may be moved away. */
static bool copy_append(const char *file, str text, err *e)
{
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    bool ok = fd >= 0;
    for (ptrdiff_t done = 0; ok && done < text.n;) {
        ssize_t n = write(fd, text.p + done, (size_t)(text.n - done));
        ok = n > 0 || (n < 0 && errno == EINTR);
        done += n > 0 ? n : 0;
    }
    ok = ok && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || trouble(e, file);
}

/* Each batch begins with an empty line: one that broke off stays a line of its own. */
static bool copy_take(void *arg, const store_audit_line *line, ptrdiff_t count, arena *a, err *e)
{
    const guard *g = arg;
    str *said = arena_new(a, str, count);
    ptrdiff_t room = 1, n = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        json_out o = json_out_new(a, 512);
        line_json(&o, &line[i]);
        said[i] = json_out_text(&o);
        room += said[i].n + 1;
    }
    char *text = arena_new(a, char, room);
    text[n++] = '\n';
    for (ptrdiff_t i = 0; i < count; i++) {
        memcpy(text + n, said[i].p, (size_t)said[i].n);
        n += said[i].n;
        text[n++] = '\n';
    }
    return copy_append(g->copy, (str){text, n}, e);
}

static void copy_go(guard *g, arena *a)
{
    err e = {0};
    int64_t copied;
    if (!g->copy)
        return;
    bool ok = store_audit_copy(g->store, &copied, copy_take, g, a, &e);
    if (!ok && !g->copy_fails)
        fprintf(stderr, "{\"error\":\"%s\",\"message\":\"%s\"}\n", err_name(e.code), e.msg);
    g->copy_fails = !ok;
}

/* ---- the thread ---- */

static void tidy_go(guard *g, arena *a)
{
    err e = {0}; /* it is tried again in a few seconds */
    int64_t disabled, now_ms = store_now_ms(g->store);
    if (now_ms - g->tidied_at > HOUR_MS && access_tidy(&disabled, g->access, -1, a, &e))
        g->tidied_at = now_ms;
}

static bool wait_a_while(guard *g)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_SECONDS;
    pthread_mutex_lock(&g->lock);
    int waited = 0;
    while (!g->ending && waited == 0)
        waited = pthread_cond_timedwait(&g->wake, &g->lock, &until);
    bool ending = g->ending;
    pthread_mutex_unlock(&g->lock);
    return !ending;
}

static void *watch(void *arg)
{
    guard *g = arg;
    bool going;
    do {
        going = wait_a_while(g);
        arena a = {g->memory, g->memory + ARENA_BYTES, NULL};
        clock_look(g, &a);
        tidy_go(g, &a);
        copy_go(g, &a); /* last: with what the others wrote */
    } while (going);
    return NULL;
}

static void wake_make(pthread_cond_t *out)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(out, &steady);
    pthread_condattr_destroy(&steady);
}

static void guard_free(guard *g)
{
    pthread_cond_destroy(&g->wake);
    pthread_mutex_destroy(&g->lock);
    free(g->memory);
    free(g);
}

bool guard_start(guard **out, store *s, access_service *ac, const char *copy, err *e)
{
    *out = NULL;
    guard *g = calloc(1, sizeof *g);
    char *memory = malloc((size_t)ARENA_BYTES);
    if (!g || !memory) {
        free(g);
        free(memory);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the guard");
    }
    g->store = s;
    g->access = ac;
    g->copy = copy;
    g->memory = memory;
    pthread_mutex_init(&g->lock, NULL);
    wake_make(&g->wake);
    arena a = {memory, memory + ARENA_BYTES, NULL};
    bool ok = (!copy || copy_append(copy, S("\n"), e)) && clock_begin(g, &a, e);
    if (ok && pthread_create(&g->thread, NULL, watch, g) != 0)
        ok = FAIL(e, ERR_OUT_OF_MEMORY, "no thread for the guard");
    if (!ok) {
        guard_free(g);
        return false;
    }
    *out = g;
    return true;
}

void guard_stop(guard *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->lock);
    g->ending = true;
    pthread_cond_signal(&g->wake);
    pthread_mutex_unlock(&g->lock);
    pthread_join(g->thread, NULL);
    guard_free(g);
}
