/* DRG grouping: the engine alone on one core, the whole command on a million cases, and a loop that
 * only cuts the same file into cells.  The cases are those of ../shared, with CHS-DRG 1.1; where it
 * is absent, made-up ones with the teaching scheme. */
#include "bench.h"

#include "base/csv_row.h"
#include "service/cases/cases.h"
#include "service/scheme/scheme.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARED   "../shared/casemix/"
#define REPEATED 10
#define CASES    100000

static const char *const cases_path = "build/bench-cases.csv";
static const char *const out_path = "build/bench-groups.csv";
static const char *scheme_dir = SHARED "chs_drg_11";

static void made_up(FILE *f)
{
    static const char *const dx[] = {"K35.800", "J18.900", "C18.900",
                                     "K40.900", "S27.300", "N40.x00"};
    static const char *const other[] = {"", "E11.900", "I10.x00|A41.900",
                                        "S36.000|N18.900|Z00.000"};
    static const char *const op[] = {"", "47.0100", "45.7600|99.0400", "53.0500"};
    uint64_t seed = 5;
    for (long i = 0; i < CASES; i++) {
        uint64_t r = random_next(&seed);
        fprintf(f, "B%06ld,1,%d,%d,,%d,1,%s,%s,%s\n", i, 20 + (int)(r & 63), 9000,
                1 + (int)(r >> 8 & 31), dx[(r >> 16) % 6], other[r >> 24 & 3], op[r >> 32 & 3]);
    }
}

/* The file once, its header kept apart: what is repeated are the rows. */
static char *rows_get(long *bytes, char header[1024])
{
    FILE *f = access(SHARED "bench_100k.csv.xz", R_OK) == 0
                  ? popen("xz -dc " SHARED "bench_100k.csv.xz", "r")
                  : NULL;
    char *text = malloc((size_t)32 << 20);
    assert(text);
    if (f) {
        char *got = fgets(header, 1024, f);
        assert(got);
        *bytes = (long)fread(text, 1, (size_t)32 << 20, f);
        pclose(f);
        return text;
    }
    scheme_dir = "packs/schemes/teaching";
    strcpy(header, "case_id,sex,age,age_days,birth_weight,los,discharge_status,main_dx,other_dx,"
                   "procedures\n");
    f = fmemopen(text, (size_t)32 << 20, "w");
    assert(f);
    made_up(f);
    *bytes = ftell(f);
    fclose(f);
    return text;
}

static void file_write(const char *header, const char *rows, long bytes)
{
    FILE *f = fopen(cases_path, "w");
    assert(f);
    fputs(header, f);
    for (int i = 0; i < REPEATED; i++)
        fwrite(rows, 1, (size_t)bytes, f);
    fclose(f);
}

/* ---- the engine alone ---- */

static case_record *records_read(const char *header, str rows, long *count, arena *a)
{
    str cell[CASE_COLUMNS_MAX];
    case_columns *columns = arena_new(a, case_columns, 1);
    case_record *r = arena_new(a, case_record, CASES + 1);
    csv_rows in = csv_rows_of(str_of(header));
    csv_row row;
    err e = {0};
    bool ok = csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, a) &&
              case_columns_read(columns, cell, row.count, a, &e);
    assert(ok);
    in = csv_rows_of(rows);
    for (*count = 0; *count < CASES && csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, a); ++*count)
        case_of_cells(&r[*count], columns, cell, row.count, a);
    return r;
}

static double
group_seconds(const casemix_scheme *s, const case_record *r, long count, long *grouped)
{
    const casemix_options o = {0};
    casemix_result result;
    *grouped = 0;
    double start = seconds_now();
    for (int turn = 0; turn < REPEATED; turn++) {
        for (long i = 0; i < count; i++) {
            casemix_group(&result, s, &r[i].facts, o);
            *grouped += result.status == CASEMIX_GROUPED;
        }
    }
    return seconds_now() - start;
}

static double
explain_seconds(const casemix_scheme *s, const case_record *r, long count, arena memory)
{
    double start = seconds_now();
    for (long i = 0; i < count; i++) {
        arena a = memory;
        casemix_path path;
        casemix_explain(&path, s, &r[i].facts, (casemix_options){0}, &a);
        assert(path.count > 0);
    }
    return seconds_now() - start;
}

/* ---- only cutting into cells, two threads ---- */

typedef struct {
    str text;
    long cells;
} half;

static void *cut(void *argument)
{
    half *h = argument;
    char memory[1 << 12];
    jmp_buf oom;
    arena a = {memory, memory + sizeof memory, &oom};
    csv_rows in = {h->text, 1};
    csv_row row;
    str cell[32];
    while (csv_row_next(&row, cell, 32, &in, &a))
        h->cells += row.count;
    return NULL;
}

static double cut_seconds(void)
{
    int fd = open(cases_path, O_RDONLY);
    struct stat st;
    fstat(fd, &st);
    double start = seconds_now();
    const char *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert(p != MAP_FAILED);
    const char *middle = memchr(p + st.st_size / 2, '\n', (size_t)(st.st_size / 2));
    half halves[2] = {{{p, middle + 1 - p}, 0}, {{middle + 1, p + st.st_size - middle - 1}, 0}};
    pthread_t other;
    pthread_create(&other, NULL, cut, &halves[1]);
    cut(&halves[0]);
    pthread_join(other, NULL);
    double seconds = seconds_now() - start;
    munmap((void *)(uintptr_t)p, (size_t)st.st_size);
    close(fd);
    assert(halves[0].cells > 0 && halves[1].cells > 0);
    return seconds;
}

/* ---- the command ---- */

static double command_seconds(const char *gongji, const char *threads, const char *explain)
{
    double start = seconds_now();
    pid_t child = fork();
    if (child == 0) {
        execl(gongji, "gongji", "group", "drg", "--scheme", scheme_dir, "--in", cases_path, "--out",
              out_path, "--threads", threads, "--quiet", explain, (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    assert(WIFEXITED(status));
    assert(WEXITSTATUS(status) == 0);
    return seconds_now() - start;
}

static double best_of(int turns, const char *gongji, const char *threads, const char *explain)
{
    double best = 1e9;
    for (int i = 0; i < turns; i++) {
        double seconds = command_seconds(gongji, threads, explain);
        best = seconds < best ? seconds : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    const char *gongji = argc > 1 ? argv[1] : "build/release/src/gongji";
    char header[1024];
    long bytes, count, grouped;
    char *rows = rows_get(&bytes, header);
    err e = {0};
    double start = seconds_now();
    scheme *s = scheme_load(str_of(scheme_dir), false, &e);
    double load = seconds_now() - start;
    assert(s && s->error_count == 0);
    char *memory = malloc((size_t)256 << 20);
    assert(memory);
    jmp_buf oom;
    arena a = {memory, memory + ((ptrdiff_t)256 << 20), &oom};
    case_record *r = records_read(header, (str){rows, bytes}, &count, &a);
    group_seconds(&s->compiled, r, count, &grouped); /* warm */
    double alone = group_seconds(&s->compiled, r, count, &grouped);
    double path = explain_seconds(&s->compiled, r, count, a);
    long all = count * REPEATED;
    file_write(header, rows, bytes);
    cut_seconds(); /* warm */
    double cells = cut_seconds();
    double two = best_of(3, gongji, "2", NULL), one = best_of(3, gongji, "1", NULL);
    double explained = command_seconds(gongji, "2", "--explain");
    printf("casemix: %s, %ld cases of %ld bytes, %.1f %% grouped: engine alone %.0f cases/s on one "
           "core, "
           "%.0f with the path; gongji group %.0f cases/s on two threads, %.0f on one, %.0f on two "
           "with --explain; only cutting into cells %.0f rows/s on two, %.2f x the time; scheme "
           "%.1f ms to load, %.1f MiB of lookups\n",
           scheme_dir, all, bytes / count, 100.0 * (double)grouped / (double)all,
           (double)all / alone, (double)count / path, (double)all / two, (double)all / one,
           (double)all / explained, (double)all / cells, two / cells, 1000 * load,
           (double)s->compiled.lookup_bytes / 1048576);
    unlink(cases_path);
    unlink(out_path);
    scheme_free(s);
    free(rows);
    free(memory);
    return 0;
}
