/* gongji settle: bills in, settlements out, in the order of the file, on as many threads as asked
 * for.
 *
 * The file is worked through in chunks.  Each thread reads its share of a chunk and settles it
 * while it is still in its cache; bills of a person who also has one in an earlier share wait until
 * the shares are done.  So a person's bills are always settled in file order, and the result does
 * not depend on the number of threads. */
#include "edge/cli/cli.h"

#include "edge/bill/bill.h"
#include "edge/cli/input.h"
#include "service/claim/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_BILLS      2048
#define CHUNK_BYTES      ((ptrdiff_t)4 << 20)
#define WORK_ARENA_BYTES ((ptrdiff_t)512 << 20) /* reserved, touched only as far as needed */
#define THREADS_MAX      64

typedef struct {
    str raw;
    int64_t line;
    claim_bill claim;
    char *text;  /* of a bill from CSV; freed with the chunk */
    err *failed; /* NULL = fine */
    bool empty;
    uint64_t person; /* hash */
    int settled_by;  /* the worker whose `out` holds the answer */
    bool late;       /* waits for an earlier share */
    ptrdiff_t out_at, out_n;
} job;

typedef struct {
    int64_t settled, not_covered, refused, unreadable;
    int64_t total_fen, fund_fen, personal_fen, hospital_fen;
} tally;

typedef struct settle_run settle_run;

#define PERSONS_SLOTS ((uint64_t)4 * CHUNK_BILLS) /* at most a quarter full */
#define SHARDS        64

/* The ledgers of all persons, by hash, so that threads seldom want the same one. */
typedef struct {
    claim_ledger *ledger;
    pthread_mutex_t lock;
} shard;

typedef struct {
    settle_run *run;
    int index;
    json_reader *reader;
    uint64_t persons[PERSONS_SLOTS]; /* hashes of the persons in this worker's share, 0 = free */
    char *memory;
    arena a;
    jmp_buf oom;
    byte_buffer out;      /* settlements in the order they were made */
    byte_buffer gathered; /* this worker's share of the chunk, in the order of the file */
    tally tally;
    int64_t late;
    bool out_of_memory;
    int write_errno;
} worker;

struct settle_run {
    const cli_call *call;
    const pack *pack;
    const char *in_path, *out_path;
    bool explain, quiet, csv_input, as_text;
    const char *format; /* as asked for, or NULL */
    int threads, out_fd;
    bool out_is_ours; /* a file that this command made: can be written in pieces */
    off_t out_at;
    input in;
    bill_csv *csv;
    job *jobs;
    str *lines;
    ptrdiff_t job_count;
    int64_t line;
    bool finished, broken;
    pthread_barrier_t barrier;
    worker *worker; /* `threads` of them */
    shard shards[SHARDS];
    struct timespec last_progress;
};

static err *err_keep(worker *w, const err *e)
{
    if (w->a.end - w->a.beg < (ptrdiff_t)(sizeof(err) + alignof(err))) {
        w->out_of_memory = true;
        static err no_memory = {.code = ERR_OUT_OF_MEMORY};
        return &no_memory;
    }
    err *kept = arena_new(&w->a, err, 1);
    *kept = *e;
    return kept;
}

/* Where the share of the chunk begins that a worker reads, settles and writes. */
static ptrdiff_t share_from(const settle_run *run, int index)
{
    return run->job_count * index / run->threads;
}

/* ---- whose bill it is ---- */

/* With household accumulators persons are not independent: all count as one. */
static uint64_t person_hash(const settle_run *run, const claim_bill *claim)
{
    uint64_t hash = run->pack->has_household ? 1 : str_hash(claim->person_id);
    hash = (hash ^ (hash >> 29)) * UINT64_C(0x9E3779B97F4A7C15);
    return (hash ^ (hash >> 32)) | 1;
}

static bool persons_has(const worker *w, uint64_t person)
{
    for (uint64_t at = person % PERSONS_SLOTS; w->persons[at]; at = (at + 1) % PERSONS_SLOTS)
        if (w->persons[at] == person)
            return true;
    return false;
}

static void persons_add(worker *w, job *j)
{
    j->person = person_hash(w->run, &j->claim);
    uint64_t at = j->person % PERSONS_SLOTS;
    while (w->persons[at] && w->persons[at] != j->person)
        at = (at + 1) % PERSONS_SLOTS;
    w->persons[at] = j->person;
}

/* ---- reading ---- */

static void job_read(worker *w, job *j)
{
    err e = {0};
    const json_node *nodes;
    int32_t count;
    volatile char *mark = w->a.beg;
    j->failed = NULL;
    j->empty = true;
    for (ptrdiff_t i = 0; i < j->raw.n && j->empty; i++)
        j->empty = j->raw.p[i] == ' ' || j->raw.p[i] == '\t';
    if (j->empty)
        return;
    if (setjmp(w->oom)) {
        w->a.beg = (char *)mark;
        e = (err){0};
        FAIL(&e, ERR_TOO_LARGE, "the bill is too large to be read");
        j->failed = err_keep(w, &e);
        return;
    }
    if (!json_parse(w->reader, j->raw, &nodes, &count, &e) ||
        !bill_of_json(&j->claim, nodes, w->run->pack, &w->a, &e)) {
        j->failed = err_keep(w, &e);
        return;
    }
    persons_add(w, j);
}

/* ---- settling ---- */

static void tally_add(tally *t, const benefit_result *r)
{
    t->settled += r->status == BENEFIT_SETTLED;
    t->not_covered += r->status == BENEFIT_NOT_COVERED;
    t->refused += r->status == BENEFIT_REFUSED;
    t->total_fen += r->total.fen;
    t->fund_fen += r->fund_total.fen;
    t->personal_fen += r->personal_part.fen;
    t->hospital_fen += r->hospital_part.fen;
}

/* claim_settle under the lock of the person's shard, which memory running out must not leave
 * locked. */
static bool ledger_settle(worker *w, job *j, benefit_result *part, int *count, err *e)
{
    shard *home = &w->run->shards[j->person % SHARDS];
    jmp_buf oom, *outer = w->a.oom;
    pthread_mutex_lock(&home->lock);
    w->a.oom = &oom;
    if (setjmp(oom)) {
        w->a.oom = outer;
        pthread_mutex_unlock(&home->lock);
        longjmp(*outer, 1);
    }
    bool trace = w->run->explain || w->run->as_text;
    bool ok = claim_settle(part, count, home->ledger, &j->claim, trace, &w->a, e);
    w->a.oom = outer;
    pthread_mutex_unlock(&home->lock);
    return ok;
}

static void job_settle(worker *w, job *j)
{
    j->settled_by = w->index;
    benefit_result part[PARTS_MAX];
    volatile char *mark = w->a.beg;
    err e = {0};
    int count;
    j->out_at = w->out.n;
    j->out_n = 0;
    if (setjmp(w->oom)) {
        w->a.beg = (char *)mark;
        e = (err){0};
        FAIL(&e, ERR_TOO_LARGE, "the bill is too large to be settled");
        j->failed = err_keep(w, &e);
        return;
    }
    if (!ledger_settle(w, j, part, &count, &e)) {
        w->a.beg = (char *)mark;
        j->failed = err_keep(w, &e);
        return;
    }
    for (int i = 0; i < count; i++) {
        tally_add(&w->tally, &part[i]);
        if (!(w->run->as_text ? settlement_to_text : settlement_to_json)(
                &w->out, &j->claim, &part[i], i + 1, count, w->run->explain, w->run->call->lang))
            w->out_of_memory = true;
    }
    j->out_n = w->out.n - j->out_at;
    w->a.beg = (char *)mark;
}

#define AHEAD 8

static bool is_bill(const job *j)
{
    return !j->failed && !j->empty;
}

/* Does the person have a bill in a share before this worker's? */
static bool is_late(const worker *w, const job *j)
{
    for (int i = 0; i < w->index; i++)
        if (persons_has(&w->run->worker[i], j->person))
            return true;
    return false;
}

/* This worker's share, but for bills that must wait. */
static void share_settle(worker *w)
{
    settle_run *run = w->run;
    ptrdiff_t from = share_from(run, w->index), until = share_from(run, w->index + 1);
    for (ptrdiff_t i = from; i < until; i++) {
        job *j = &run->jobs[i], *ahead = i + AHEAD < until ? j + AHEAD : j;
        if (is_bill(ahead))
            claim_ledger_prefetch(run->shards[ahead->person % SHARDS].ledger,
                                  ahead->claim.person_id);
        if (!is_bill(j))
            continue;
        j->late = is_late(w, j);
        w->late += j->late;
        if (!j->late)
            job_settle(w, j);
    }
}

/* The first worker, when all shares are done: what had to wait, in the order of the file. */
static void late_settle(worker *w)
{
    settle_run *run = w->run;
    bool any = false;
    for (int i = 0; i < run->threads; i++)
        any = any || run->worker[i].late;
    for (ptrdiff_t i = 0; any && i < run->job_count; i++)
        if (is_bill(&run->jobs[i]) && run->jobs[i].late)
            job_settle(w, &run->jobs[i]);
}

/* ---- one chunk ---- */

static void chunk_fill_csv(settle_run *run)
{
    ptrdiff_t bytes = 0;
    while (run->job_count < CHUNK_BILLS && bytes < CHUNK_BYTES) {
        job *j = &run->jobs[run->job_count];
        err e = {0};
        str json;
        *j = (job){0};
        bool got = bill_csv_next(run->csv, &json, &j->line, &e);
        if (!got && e.code == ERR_OK) {
            run->finished = true;
            return;
        }
        ptrdiff_t needed = got ? json.n + JSON_PADDING_BYTES : (ptrdiff_t)sizeof(err);
        char *p = calloc(1, (size_t)needed); /* given back with the chunk */
        j->text = p;
        if (!p) {
            run->broken = true;
            return;
        }
        if (got) {
            memcpy(p, json.p, (size_t)json.n);
            j->raw = (str){p, json.n};
            bytes += json.n;
        } else {
            memcpy(p, &e, sizeof e);
            j->failed = (err *)(void *)p;
            j->line = e.input_line;
        }
        run->job_count++;
    }
}

static void chunk_fill_lines(settle_run *run)
{
    err e = {0};
    ptrdiff_t count = input_lines(&run->in, run->lines, CHUNK_BILLS, CHUNK_BYTES, &e);
    if (e.code) {
        cli_print_err(run->call, &e);
        run->broken = true;
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        job *j = &run->jobs[i];
        j->raw = run->lines[i];
        j->line = ++run->line;
        j->failed = NULL;
        if (j->line == 1 && j->raw.n >= 3 && memcmp(j->raw.p, "\xEF\xBB\xBF", 3) == 0) {
            j->raw.p += 3; /* byte order mark */
            j->raw.n -= 3;
        }
    }
    run->job_count = count;
    run->finished = count == 0;
}

static void chunk_fill(settle_run *run)
{
    for (ptrdiff_t i = 0; run->csv && i < run->job_count; i++) {
        free(run->jobs[i].text);
        run->jobs[i].text = NULL;
    }
    run->job_count = 0;
    for (int i = 0; i < run->threads; i++) {
        run->worker[i].a.beg = run->worker[i].memory;
        run->worker[i].out.n = 0;
        run->worker[i].late = 0;
        memset(run->worker[i].persons, 0, sizeof run->worker[i].persons);
    }
    if (run->csv)
        chunk_fill_csv(run);
    else
        chunk_fill_lines(run);
}

static bool write_all(int fd, const char *p, ptrdiff_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, (size_t)n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        p += done;
        n -= done;
    }
    return true;
}

static void failure_print(const settle_run *run, const job *j, bool chinese)
{
    const err *e = j->failed;
    fprintf(stderr, "%s:%" PRId64 ": %s", run->in_path, j->line, err_name(e->code));
    if (e->field[0])
        fprintf(stderr, " %s", e->field);
    fprintf(stderr, ": %s", chinese ? err_zh(e->code) : e->msg);
    if (chinese)
        fprintf(stderr, "（%s）", e->msg);
    if (e->expected[0])
        fprintf(stderr, chinese ? "；应为 %s" : "; expected %s", e->expected);
    fputc('\n', stderr);
}

/* Puts this worker's share of the answers into the order of the file, and writes it where it
 * belongs when the output is a file of ours. */
static void share_gather(worker *w)
{
    settle_run *run = w->run;
    byte_buffer *all = &w->gathered;
    ptrdiff_t from = share_from(run, w->index), until = share_from(run, w->index + 1);
    off_t at = run->out_at;
    all->n = 0;
    for (ptrdiff_t i = 0; i < from; i++)
        at += run->jobs[i].failed || run->jobs[i].empty ? 0 : run->jobs[i].out_n;
    for (ptrdiff_t i = from; i < until; i++) {
        const job *j = &run->jobs[i];
        if (j->failed || j->empty)
            continue;
        if (!byte_buffer_add(all, (str){run->worker[j->settled_by].out.p + j->out_at, j->out_n})) {
            w->out_of_memory = true;
            return;
        }
    }
    for (ptrdiff_t done = 0; run->out_is_ours && done < all->n;) {
        ssize_t n = pwrite(run->out_fd, all->p + done, (size_t)(all->n - done), at + done);
        if (n < 0 && errno != EINTR) {
            w->write_errno = errno;
            return;
        }
        done += n > 0 ? n : 0;
    }
}

/* The first worker, when all are done with the chunk: failures, writing in order, trouble. */
static void chunk_close(settle_run *run)
{
    for (ptrdiff_t i = 0; i < run->job_count; i++) {
        if (!run->jobs[i].failed)
            continue;
        run->worker[0].tally.unreadable++;
        failure_print(run, &run->jobs[i], run->call->lang == LANG_ZH);
    }
    for (int i = 0; i < run->threads; i++) {
        worker *w = &run->worker[i];
        run->out_at += w->gathered.n;
        if (!run->out_is_ours && !write_all(run->out_fd, w->gathered.p, w->gathered.n))
            w->write_errno = errno;
        if (run->broken)
            continue;
        if (w->write_errno)
            fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(w->write_errno));
        else if (w->out_of_memory)
            fprintf(stderr, "gongji: %s\n", cli_say(run->call, "内存不足", "out of memory"));
        run->broken = w->write_errno || w->out_of_memory;
    }
}

static void progress(settle_run *run)
{
    struct timespec now;
    if (run->quiet || !isatty(STDERR_FILENO))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec == run->last_progress.tv_sec)
        return;
    run->last_progress = now;
    int64_t done = 0;
    for (int i = 0; i < run->threads; i++)
        done += run->worker[i].tally.settled;
    fprintf(stderr, cli_say(run->call, "\r已结算 %" PRId64, "\rsettled %" PRId64), done);
    if (run->in.total_bytes > 0)
        fprintf(stderr, " (%" PRId64 " %%)", 100 * run->in.done_bytes / (run->in.total_bytes + 1));
    fflush(stderr);
}

static void *work(void *argument)
{
    worker *w = argument;
    settle_run *run = w->run;
    for (;;) {
        if (w->index == 0)
            chunk_fill(run);
        pthread_barrier_wait(&run->barrier);
        if (run->broken || (run->finished && run->job_count == 0))
            return NULL;
        for (ptrdiff_t i = share_from(run, w->index); i < share_from(run, w->index + 1); i++)
            if (!run->jobs[i].failed)
                job_read(w, &run->jobs[i]);
        pthread_barrier_wait(&run->barrier);
        share_settle(w);
        pthread_barrier_wait(&run->barrier);
        if (w->index == 0)
            late_settle(w);
        if (run->threads > 1)
            pthread_barrier_wait(&run->barrier);
        share_gather(w);
        pthread_barrier_wait(&run->barrier);
        if (w->index == 0) {
            chunk_close(run);
            progress(run);
        }
    }
}

/* ---- the command ---- */

static bool workers_open(settle_run *run)
{
    run->worker = calloc((size_t)run->threads, sizeof *run->worker);
    if (!run->worker)
        return false;
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&run->shards[i].lock, NULL);
        run->shards[i].ledger = claim_ledger_new(run->pack);
        if (!run->shards[i].ledger)
            return false;
    }
    for (int i = 0; i < run->threads; i++) {
        worker *w = &run->worker[i];
        w->run = run;
        w->index = i;
        w->reader = json_reader_new();
        w->memory = malloc((size_t)WORK_ARENA_BYTES);
        w->a = (arena){w->memory, w->memory + WORK_ARENA_BYTES, &w->oom};
        if (!w->reader || !w->memory)
            return false;
    }
    run->jobs = calloc(CHUNK_BILLS, sizeof *run->jobs);
    run->lines = calloc(CHUNK_BILLS, sizeof *run->lines);
    return run->jobs && run->lines;
}

static void workers_close(settle_run *run)
{
    for (int i = 0; i < SHARDS; i++)
        claim_ledger_free(run->shards[i].ledger);
    for (int i = 0; run->worker && i < run->threads; i++) {
        json_reader_free(run->worker[i].reader);
        free(run->worker[i].memory);
        free(run->worker[i].out.p);
        free(run->worker[i].gathered.p);
    }
    for (ptrdiff_t i = 0; run->jobs && i < CHUNK_BILLS; i++)
        free(run->jobs[i].text);
    free(run->jobs);
    free(run->lines);
    free(run->worker);
}

static tally tally_sum(const settle_run *run)
{
    tally sum = {0};
    for (int i = 0; i < run->threads; i++) {
        const tally *t = &run->worker[i].tally;
        sum.settled += t->settled;
        sum.not_covered += t->not_covered;
        sum.refused += t->refused;
        sum.unreadable += t->unreadable;
        sum.total_fen += t->total_fen;
        sum.fund_fen += t->fund_fen;
        sum.personal_fen += t->personal_fen;
        sum.hospital_fen += t->hospital_fen;
    }
    return sum;
}

static void summary(const settle_run *run, const tally *t)
{
    if (run->quiet)
        return;
    if (isatty(STDERR_FILENO))
        fputs("\r                                        \r", stderr);
    fprintf(stderr,
            cli_say(run->call,
                    "已结算 %" PRId64 "，不享受待遇 %" PRId64 "，政策无法计算 %" PRId64
                    "，无法读取 %" PRId64 "\n总额 %s 元 = 基金 %s + 医院 %s + 个人 %s\n",
                    "settled %" PRId64 ", not covered %" PRId64 ", refused %" PRId64
                    ", unreadable %" PRId64
                    "\ntotal %s yuan = funds %s + hospitals %s + personal %s\n"),
            t->settled, t->not_covered, t->refused, t->unreadable, money_show(t->total_fen).c,
            money_show(t->fund_fen).c, money_show(t->hospital_fen).c,
            money_show(t->personal_fen).c);
}

static int settle(settle_run *run)
{
    pthread_t thread[THREADS_MAX];
    pthread_barrier_init(&run->barrier, NULL, (unsigned)run->threads);
    for (int i = 1; i < run->threads; i++) {
        if (pthread_create(&thread[i], NULL, work, &run->worker[i]) != 0) {
            fprintf(stderr, "gongji: cannot start a thread\n");
            exit(EXIT_TROUBLE); /* nothing was settled yet */
        }
    }
    work(&run->worker[0]);
    for (int i = 1; i < run->threads; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&run->barrier);
    if (run->out_fd != STDOUT_FILENO && close(run->out_fd) != 0) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(errno));
        run->broken = true;
    }
    tally t = tally_sum(run);
    summary(run, &t);
    if (run->broken)
        return EXIT_TROUBLE;
    return t.refused || t.unreadable ? EXIT_PARTLY : EXIT_OK;
}

static bool number_option(const char *value, int max, int *out)
{
    int64_t n;
    if (!value || !decimal_parse(&n, str_of(value), 0, max) || n < 1)
        return false;
    *out = (int)n;
    return true;
}

static int options_read(settle_run *run, const cli_call *call, const char **pack_dir)
{
    for (int i = 1; i < call->argc; i++) {
        const char *name = call->argv[i];
        const char *value = i + 1 < call->argc ? call->argv[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            cli_help(call, "settle");
            exit(EXIT_OK); /* nothing is open yet */
        }
        if (strcmp(name, "--explain") == 0) {
            run->explain = true;
            continue;
        }
        if (strcmp(name, "--text") == 0) {
            run->as_text = true;
            continue;
        }
        if (strcmp(name, "--quiet") == 0) {
            run->quiet = true;
            continue;
        }
        if (!value)
            return cli_usage(call,
                             cli_say(call, "`%s` 后面缺少值，或没有这个选项",
                                     "`%s` needs a value, or is no option"),
                             name);
        i++;
        if (strcmp(name, "--pack") == 0)
            *pack_dir = value;
        else if (strcmp(name, "--in") == 0)
            run->in_path = value;
        else if (strcmp(name, "--out") == 0)
            run->out_path = value;
        else if (strcmp(name, "--threads") == 0) {
            if (!number_option(value, THREADS_MAX, &run->threads))
                return cli_usage(call,
                                 cli_say(call, "--threads 应为 1 到 %d", "--threads takes 1 to %d"),
                                 THREADS_MAX);
        } else if (strcmp(name, "--format") == 0 &&
                   (strcmp(value, "csv") == 0 || strcmp(value, "jsonl") == 0))
            run->format = value;
        else
            return cli_usage(call, cli_say(call, "没有选项 `%s %s`", "there is no option `%s %s`"),
                             name, value);
    }
    if (!*pack_dir || !run->in_path)
        return cli_usage(call, "%s",
                         cli_say(call, "需要 --pack 和 --in", "--pack and --in are needed"));
    ptrdiff_t n = (ptrdiff_t)strlen(run->in_path);
    bool named_csv = n > 4 && strcmp(run->in_path + n - 4, ".csv") == 0;
    run->csv_input = run->format ? strcmp(run->format, "csv") == 0 : named_csv;
    return EXIT_OK;
}

static bool input_start(settle_run *run)
{
    err e = {0};
    str bytes;
    if (!input_open(&run->in, run->in_path, &e)) {
        cli_print_err(run->call, &e);
        return false;
    }
    if (!run->csv_input)
        return true;
    if (!input_all(&run->in, &bytes, &e) || !(run->csv = bill_csv_open(bytes, run->pack, &e))) {
        fprintf(stderr, "%s:%d: ", run->in_path, e.input_line ? e.input_line : 1);
        cli_print_err(run->call, &e);
        return false;
    }
    return true;
}

/* Opens the output, but never over the input. */
static bool output_open(settle_run *run)
{
    struct stat in, out;
    if (strcmp(run->out_path, "-") == 0) {
        run->out_fd = STDOUT_FILENO;
        return true;
    }
    if (fstat(run->in.fd, &in) == 0 && stat(run->out_path, &out) == 0 && in.st_dev == out.st_dev &&
        in.st_ino == out.st_ino) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path,
                cli_say(run->call, "输出不能是输入文件", "the output is the input file"));
        return false;
    }
    run->out_fd = open(run->out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (run->out_fd < 0) {
        fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(errno));
        return false;
    }
    run->out_is_ours = fstat(run->out_fd, &out) == 0 && S_ISREG(out.st_mode);
    return true;
}

int cli_settle(const cli_call *call)
{
    settle_run *run = calloc(1, sizeof *run);
    const char *pack_dir = NULL;
    if (!run)
        return EXIT_TROUBLE;
    run->call = call;
    run->threads = 1;
    run->out_path = "-";
    int status = options_read(run, call, &pack_dir);
    if (status != EXIT_OK) {
        free(run);
        return status;
    }
    status = EXIT_TROUBLE;
    run->pack = cli_pack_load(call, pack_dir);
    run->in.fd = -1;
    run->out_fd = -1;
    if (run->pack && run->pack->error_count == 0 && input_start(run) && workers_open(run) &&
        output_open(run))
        status = settle(run);
    workers_close(run);
    if (run->csv)
        bill_csv_close(run->csv);
    input_close(&run->in);
    free(run);
    return status;
}
