/* gongji settle: bills in, settlements out, in the order of the file, on as many threads as asked
 * for.
 *
 * The file is worked through in chunks.  Each thread reads its share of a chunk and settles it
 * while it is still in its cache; bills of a person who also has one in an earlier share wait until
 * the shares are done.  So a person's bills are always settled in file order, and the result does
 * not depend on the number of threads. */
#include "edge/cli/cli.h"

#include "edge/cli/input.h"
#include "service/bill/bill.h"
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
} job;

typedef struct {
    int64_t settled, not_covered, refused, unreadable;
    int64_t total_fen, fund_fen, personal_fen, hospital_fen;
} tally;

typedef struct settle_run settle_run;

#define PERSONS_SLOTS ((uint32_t)2 * CHUNK_BILLS) /* at most half full */
#define SHARDS        64
#define SHARD_SHIFT   58 /* the upper bits of a hash choose the shard, the lower ones its slot */

/* The ledgers of all persons, by hash, so that threads seldom want the same one. */
typedef struct {
    claim_ledger *ledger;
    pthread_mutex_t lock;
} shard;

typedef struct worker worker;

/* Answers that stand side by side in the output: bytes of a worker's `out`. */
typedef struct {
    job *late; /* a bill that had to wait; NULL = answers of the share */
    const worker *by;
    ptrdiff_t at, n;
} piece;

struct worker {
    settle_run *run;
    int index;
    json_reader *reader;
    uint32_t persons[PERSONS_SLOTS]; /* of hashes of the persons in its share, 0 = free */
    char *memory;
    arena a;
    jmp_buf oom;
    byte_buffer out; /* settlements in the order they were made */
    piece *pieces;   /* of its share, in the order of the file */
    int piece_count;
    off_t write_at; /* where the first piece belongs */
    tally tally;
    bool out_of_memory;
    int write_errno;
};

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
    return run->pack->has_household ? 1 : claim_person_hash(claim->person_id);
}

static shard *shard_of(settle_run *run, const job *j)
{
    return &run->shards[j->person >> SHARD_SHIFT];
}

/* Where a hash stands among the worker's persons, or where it belongs. */
static uint32_t persons_at(const worker *w, uint32_t tag)
{
    uint32_t at = tag % PERSONS_SLOTS;
    while (w->persons[at] && w->persons[at] != tag)
        at = (at + 1) % PERSONS_SLOTS;
    return at;
}

static uint32_t person_tag(const job *j)
{
    uint32_t tag = (uint32_t)(j->person >> 16);
    return tag ? tag : 1;
}

static void persons_add(worker *w, job *j)
{
    j->person = person_hash(w->run, &j->claim);
    uint32_t tag = person_tag(j);
    w->persons[persons_at(w, tag)] = tag;
}

/* Does the person have a bill in a share before this worker's? */
static bool is_late(const worker *w, const job *j)
{
    uint32_t tag = person_tag(j);
    for (int i = 0; i < w->index; i++) {
        const worker *before = &w->run->worker[i];
        if (before->persons[persons_at(before, tag)])
            return true;
    }
    return false;
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

static bool is_bill(const job *j)
{
    return !j->failed && !j->empty;
}

/* Reads this worker's share.  No ledger moves meanwhile, so the memory of the persons can be
 * fetched for settling. */
static void share_read(worker *w)
{
    settle_run *run = w->run;
    const job *before = NULL;
    w->a.beg = w->memory;
    memset(w->persons, 0, sizeof w->persons);
    for (ptrdiff_t i = share_from(run, w->index); i < share_from(run, w->index + 1); i++) {
        job *j = &run->jobs[i];
        if (j->failed)
            continue;
        job_read(w, j);
        if (!is_bill(j))
            continue;
        claim_ledger_prefetch_slot(shard_of(run, j)->ledger, j->person);
        if (before)
            claim_ledger_prefetch_person(shard_of(run, before)->ledger, before->person);
        before = j;
    }
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
    shard *home = shard_of(w->run, j);
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
    benefit_result part[PARTS_MAX];
    volatile char *mark = w->a.beg;
    err e = {0};
    int count;
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
    w->a.beg = (char *)mark;
}

static void piece_add(worker *w, const piece *p)
{
    if (p->late || p->n > 0)
        w->pieces[w->piece_count++] = *p;
}

/* This worker's share, but for bills that must wait. */
static void share_settle(worker *w)
{
    settle_run *run = w->run;
    piece open = {.by = w};
    w->out.n = 0;
    for (ptrdiff_t i = share_from(run, w->index); i < share_from(run, w->index + 1); i++) {
        job *j = &run->jobs[i];
        if (!is_bill(j))
            continue;
        if (!is_late(w, j)) {
            job_settle(w, j);
            open.n = w->out.n - open.at;
            continue;
        }
        piece_add(w, &open);
        piece_add(w, &(piece){.late = j});
        open = (piece){.by = w, .at = w->out.n};
    }
    piece_add(w, &open);
}

/* The first worker, when all shares are done: what had to wait, in the order of the file. */
static void late_settle(worker *w)
{
    settle_run *run = w->run;
    for (int i = 0; i < run->threads; i++) {
        for (int k = 0; k < run->worker[i].piece_count; k++) {
            piece *p = &run->worker[i].pieces[k];
            if (!p->late)
                continue;
            p->by = w;
            p->at = w->out.n;
            job_settle(w, p->late);
            p->n = w->out.n - p->at;
        }
    }
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
    if (run->csv)
        chunk_fill_csv(run);
    else
        chunk_fill_lines(run);
}

/* Writes the answers of a share: a file of ours where they belong, anything else at its end. */
static void share_write(worker *w)
{
    const settle_run *run = w->run;
    off_t at = w->write_at;
    for (int i = 0; i < w->piece_count && !w->write_errno; i++) {
        const char *p = w->pieces[i].by->out.p + w->pieces[i].at;
        for (ptrdiff_t left = w->pieces[i].n; left > 0 && !w->write_errno;) {
            ssize_t n = run->out_is_ours ? pwrite(run->out_fd, p, (size_t)left, at)
                                         : write(run->out_fd, p, (size_t)left);
            if (n < 0 && errno != EINTR)
                w->write_errno = errno;
            if (n < 0)
                continue;
            p += n;
            at += n;
            left -= n;
        }
    }
    w->piece_count = 0;
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

/* Says what went wrong in the workers, once. */
static void trouble_print(settle_run *run)
{
    for (int i = 0; i < run->threads && !run->broken; i++) {
        const worker *w = &run->worker[i];
        if (w->write_errno)
            fprintf(stderr, "gongji: %s: %s\n", run->out_path, strerror(w->write_errno));
        else if (w->out_of_memory)
            fprintf(stderr, "gongji: %s\n", cli_say(run->call, "内存不足", "out of memory"));
        run->broken = w->write_errno || w->out_of_memory;
    }
}

/* The first worker, when all are done with the chunk: failures, where the answers go, trouble. */
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
        w->write_at = run->out_at;
        for (int k = 0; k < w->piece_count; k++)
            run->out_at += w->pieces[k].n;
        if (!run->out_is_ours)
            share_write(w);
    }
    trouble_print(run);
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

/* While one half of the workers writes the answers of the last chunk, the other half reads the
 * next: the kernel lets only one at a time write to a file. */
static void *work(void *argument)
{
    worker *w = argument;
    settle_run *run = w->run;
    for (;;) {
        if (w->index == 0)
            chunk_fill(run);
        pthread_barrier_wait(&run->barrier);
        bool last = run->broken || (run->finished && run->job_count == 0);
        if (last || w->index % 2 == 0)
            share_write(w);
        if (last)
            return NULL;
        share_read(w);
        if (w->index % 2 == 1)
            share_write(w);
        pthread_barrier_wait(&run->barrier);
        share_settle(w);
        pthread_barrier_wait(&run->barrier);
        if (w->index == 0) {
            late_settle(w);
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
        w->pieces = calloc((size_t)2 * CHUNK_BILLS + 1, sizeof *w->pieces); /* if each one waits */
        if (!w->reader || !w->memory || !w->pieces)
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
        free(run->worker[i].pieces);
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
    trouble_print(run);
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
