/* DIP: a catalogue built from a million made-up cases, and the same cases grouped by it: the engine
 * alone, and the whole commands. */
#include "bench.h"

#include "base/csv_row.h"
#include "service/cases/cases.h"
#include "service/dip/dip.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASES 1000000

static const char *const cases_path = "build/bench-dip.csv";
static const char *const out_path = "build/bench-dip-points.csv";
static const char *const catalogue_dir = "build/bench-dip";

static void cases_write(void)
{
    FILE *f = fopen(cases_path, "w");
    assert(f);
    uint64_t seed = 11;
    fputs("case_id,main_dx,other_dx,procedures,total_cost,provider_level,age,los,year,person_id\n",
          f);
    for (long i = 0; i < CASES; i++) {
        uint64_t r = random_next(&seed), q = random_next(&seed);
        int common = (int)(r % 10) < 7; /* most cases are of few diagnoses */
        int dx = (int)((r >> 8) % (common ? 300 : 9000)),
            op = (int)((q >> 40) % (common ? 40 : 3000));
        fprintf(f, "D%07ld,%c%02d.%d00,%s,", i, 'A' + dx / 100 % 26, dx % 100, dx / 2600 % 10,
                q & 3 ? "" : "I10.x00|E11.900");
        if (r >> 60 & 1)
            fprintf(f, "%02d.%02d00", op % 99, op / 99);
        if ((r >> 60 & 3) == 3)
            fprintf(f, "|%02d.0100", (int)(q >> 20 & 15));
        fprintf(f, ",%d.%02d,%d,%d,%d,%d,P%06d\n",
                900 + (int)(dx * 37 % 9000) + (int)(q >> 48 & 4095), (int)(r % 100),
                1 + (int)((r >> 20) % 3), 1 + (int)((q >> 8) % 90), 1 + (int)(r >> 30 & 15),
                2021 + (int)((r >> 40) % 3), (int)((q >> 16) % 400000));
    }
    fclose(f);
}

/* Wall clock; what the children took of a core, and of memory, so far goes into `usage`. */
static double command(const char *const *args, struct rusage *usage)
{
    double start = seconds_now();
    pid_t child = fork();
    if (child == 0) {
        execv(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    assert(WIFEXITED(status));
    assert(WEXITSTATUS(status) == 0);
    getrusage(RUSAGE_CHILDREN, usage);
    return seconds_now() - start;
}

static double cpu(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           1e-6 * (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

/* ---- the engine alone ---- */

static char *file_read(long *bytes)
{
    FILE *f = fopen(cases_path, "r");
    assert(f);
    char *text = malloc((size_t)128 << 20);
    assert(text);
    *bytes = (long)fread(text, 1, (size_t)128 << 20, f);
    fclose(f);
    return text;
}

static double engine_seconds(const dip_catalogue *c, str text, long limit, long *grouped, bool path)
{
    static str cell[CASE_COLUMNS_MAX];
    static case_columns columns;
    char *memory = malloc((size_t)256 << 20);
    assert(memory);
    jmp_buf oom;
    arena a = {memory, memory + ((ptrdiff_t)256 << 20), &oom};
    csv_rows in = csv_rows_of(text);
    csv_row row;
    err e = {0};
    bool ok = csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a) &&
              case_columns_read_dip(&columns, cell, row.count, &a, &e);
    assert(ok);
    dip_case *of = arena_new(&a, dip_case, limit);
    long n = 0;
    for (; n < limit && csv_row_next(&row, cell, CASE_COLUMNS_MAX, &in, &a); n++) {
        case_record r;
        case_of_cells(&r, &columns, cell, row.count, &a);
        dip_case_of(&of[n], &r);
    }
    double start = seconds_now();
    *grouped = 0;
    for (long i = 0; i < n; i++) {
        dip_result result;
        dip_path way;
        arena fresh = a;
        if (path)
            dip_explain(&way, c, &of[i], &fresh);
        else
            dip_group(&result, c, &of[i]);
        *grouped += path ? way.result.group >= 0 : result.group >= 0;
    }
    double seconds = seconds_now() - start;
    free(memory);
    return seconds / (double)n;
}

int main(int argc, char **argv)
{
    const char *gongji = argc > 1 ? argv[1] : "build/release/src/gongji";
    const char *build[] = {
        gongji,        "dip",     "build",           "--in",    cases_path, "--out",
        catalogue_dir, "--basis", "packs/dip/basis", "--quiet", NULL};
    const char *one[] = {gongji, "group",    "dip",   "--catalogue", catalogue_dir,
                         "--in", cases_path, "--out", out_path,      "--threads",
                         "1",    "--quiet",  NULL};
    const char *two[] = {gongji, "group",    "dip",   "--catalogue", catalogue_dir,
                         "--in", cases_path, "--out", out_path,      "--threads",
                         "2",    "--quiet",  NULL};
    struct rusage before, after, later;
    long bytes, grouped;
    err e = {0};
    cases_write();
    double first = command(build, &before), second = command(build, &after);
    double building = first < second ? first : second;
    double single = command(one, &later), both = command(two, &later);
    dip *d = dip_load(str_of(catalogue_dir), &e);
    assert(d && d->error_count == 0);
    char *text = file_read(&bytes);
    double alone = engine_seconds(&d->compiled, (str){text, bytes}, 400000, &grouped, false);
    double way = engine_seconds(&d->compiled, (str){text, bytes}, 100000, &grouped, true);
    printf(
        "dip: %d cases of %ld bytes: build %.2f s (%.2f s of a core, %ld MiB), %d core and %d "
        "mixed "
        "groups; engine alone %.0f cases/s on one core, %.0f with the path; gongji group dip %.0f "
        "cases/s on two threads, %.0f on one; catalogue %.1f MiB of lookups\n",
        CASES, bytes / CASES, building, cpu(&after) - cpu(&before), after.ru_maxrss / 1024,
        d->compiled.core_count, d->compiled.group_count - d->compiled.core_count, 1 / alone,
        1 / way, CASES / both, CASES / single, (double)d->compiled.lookup_bytes / 1048576);
    unlink(cases_path);
    unlink(out_path);
    dip_free(d);
    free(text);
    return 0;
}
