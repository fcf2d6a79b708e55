/* Faults on demand: which message is hit, and who waits for whom. */
#include "edge/sandbox/sandbox_internal.h"

#include <time.h>

#define OVERTAKE_MS 300

static const struct {
    const char *word, *zh, *en;
} kinds[] = {
    {"", "", ""},
#define FAULT(name, said, chinese, english) {said, chinese, english},
#include "edge/sandbox/fault.tbl.h"
};

const char *sandbox_fault_word(sandbox_fault_kind k)
{
    return kinds[k].word;
}

bool sandbox_fault_kind_read(sandbox_fault_kind *out, str said)
{
    for (int k = SANDBOX_FAULT_NONE + 1; k < SANDBOX_FAULT__COUNT; k++) {
        if (!str_eq(said, str_of(kinds[k].word)))
            continue;
        *out = (sandbox_fault_kind)k;
        return true;
    }
    return false;
}

bool sandbox_fault_add(sandbox *s, const sandbox_fault *f, err *e)
{
    bool room;
    pthread_mutex_lock(&s->lock);
    room = s->fault_count < SANDBOX_FAULTS_MAX;
    if (room) {
        sandbox_fault *at = &s->fault[s->fault_count++];
        *at = *f;
        at->fault_id = ++s->last_fault_id;
        at->passed = at->hit = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return room || FAIL(e, ERR_TOO_MANY, "more than %d faults", SANDBOX_FAULTS_MAX);
}

void sandbox_faults_drop(sandbox *s, str institution)
{
    int kept = 0;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->fault_count; i++)
        if (institution.n && !str_eq(str_of(s->fault[i].institution), institution))
            s->fault[kept++] = s->fault[i];
    s->fault_count = kept;
    s->dropped++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* ---- hitting ---- */

static int dice_roll(sandbox *s) /* splitmix64; 0 to 99 */
{
    uint64_t z = (s->dice += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (int)((z ^ (z >> 31)) % 100);
}

static bool fits(const char *wanted, str have)
{
    return wanted[0] == 0 || str_eq(str_of(wanted), have);
}

sandbox_fault sandbox_fault_take(sandbox *s, str institution, str transaction)
{
    sandbox_fault taken = {.kind = SANDBOX_FAULT_NONE};
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->fault_count && taken.kind == SANDBOX_FAULT_NONE; i++) {
        sandbox_fault *f = &s->fault[i];
        if (!fits(f->institution, institution) || !fits(f->transaction, transaction) ||
            (f->count && f->hit >= f->count))
            continue;
        if (f->passed < f->skip || dice_roll(s) >= f->percent) {
            f->passed++;
            continue;
        }
        f->hit++;
        taken = *f;
    }
    pthread_mutex_unlock(&s->lock);
    return taken;
}

/* ---- waiting ---- */

static struct timespec after_ms(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

void sandbox_wait_ms(sandbox *s, int64_t ms)
{
    const struct timespec until = after_ms(ms);
    pthread_mutex_lock(&s->lock);
    const int64_t dropped = s->dropped;
    if (s->waiting < SANDBOX_WAITING_MAX) { /* or nobody could reach the page of faults */
        s->waiting++;
        while (!s->ending && s->dropped == dropped &&
               pthread_cond_timedwait(&s->changed, &s->lock, &until) == 0)
            continue;
        s->waiting--;
    }
    pthread_mutex_unlock(&s->lock);
}

/* Under the lock; -1 = there are too many institutions to hold anything back. */
static int turn_of(sandbox *s, str institution)
{
    for (int i = 0; i < s->turn_count; i++)
        if (str_eq(str_of(s->turn[i].code), institution))
            return i;
    if (s->turn_count == SANDBOX_INSTITUTIONS || institution.n >= SANDBOX_CODE_BYTES)
        return -1;
    memcpy(s->turn[s->turn_count].code, institution.p, (size_t)institution.n);
    return s->turn_count++;
}

int64_t sandbox_turn_take(sandbox *s, str institution)
{
    int64_t mine = 0;
    pthread_mutex_lock(&s->lock);
    int i = turn_of(s, institution);
    if (i >= 0)
        mine = ++s->turn[i].answered;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return mine;
}

void sandbox_wait_turn(sandbox *s, str institution, int64_t mine)
{
    const struct timespec until = after_ms(SANDBOX_HOLD_SECONDS * INT64_C(1000));
    pthread_mutex_lock(&s->lock);
    const int64_t dropped = s->dropped;
    int i = s->waiting < SANDBOX_WAITING_MAX ? turn_of(s, institution) : -1;
    s->waiting++;
    while (i >= 0 && !s->ending && s->dropped == dropped && s->turn[i].answered == mine &&
           pthread_cond_timedwait(&s->changed, &s->lock, &until) == 0)
        continue;
    s->waiting--;
    pthread_mutex_unlock(&s->lock);
    sandbox_wait_ms(s, OVERTAKE_MS); /* the other answer is on its way only now */
}

/* ---- showing ---- */

void sandbox_faults_json(json_out *o, sandbox *s)
{
    sandbox_fault copy[SANDBOX_FAULTS_MAX];
    pthread_mutex_lock(&s->lock);
    int count = s->fault_count;
    memcpy(copy, s->fault, (size_t)count * sizeof *copy);
    pthread_mutex_unlock(&s->lock); /* the arena may jump away while we write */
    json_open(o, '[');
    for (int i = 0; i < count; i++) {
        const sandbox_fault *f = &copy[i];
        json_open(o, '{');
        json_field_id(o, S("fault_id"), f->fault_id);
        json_field(o, S("institution"), str_of(f->institution));
        json_field(o, S("transaction_no"), str_of(f->transaction));
        json_field(o, S("kind"), str_of(kinds[f->kind].word));
        json_field(o, S("zh"), str_of(kinds[f->kind].zh));
        json_field(o, S("en"), str_of(kinds[f->kind].en));
        json_field_number(o, S("percent"), f->percent);
        json_field_number(o, S("skip"), f->skip);
        json_field_number(o, S("count"), f->count);
        json_field_number(o, S("seconds"), f->seconds);
        json_field_number(o, S("passed"), f->passed);
        json_field_number(o, S("hit"), f->hit);
        json_close(o, '}');
    }
    json_close(o, ']');
}
