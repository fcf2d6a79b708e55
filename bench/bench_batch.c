/* The whole command on a million bills, two threads, against only reading and tokenising the same
 * file. */
#include "bench.h"

#include "base/json/json.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const bills_path = "build/bench-bills.jsonl";
static const char *const out_path = "build/bench-settlements.jsonl";

static void bills_write(long count)
{
    static char line[4096];
    uint64_t seed = 7;
    FILE *f = fopen(bills_path, "w");
    assert(f);
    for (long i = 0; i < count; i++) {
        int n = bill_print(line, sizeof line, &seed, i);
        line[n] = '\n';
        fwrite(line, 1, (size_t)n + 1, f);
    }
    fclose(f);
}

typedef struct {
    const char *from, *until;
    long nodes;
} half;

static void *tokenise(void *argument)
{
    half *h = argument;
    json_reader *reader = json_reader_new();
    for (const char *p = h->from; p < h->until;) {
        const char *end = memchr(p, '\n', (size_t)(h->until - p));
        const json_node *nodes;
        int32_t count;
        err e = {0};
        if (end + 1 < h->until && json_parse(reader, (str){p, end - p}, &nodes, &count, &e))
            h->nodes += count;
        p = end + 1;
    }
    json_reader_free(reader);
    return NULL;
}

static double tokenise_seconds(off_t *bytes)
{
    int fd = open(bills_path, O_RDONLY);
    struct stat st;
    fstat(fd, &st);
    *bytes = st.st_size;
    double start = seconds_now();
    const char *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert(p != MAP_FAILED);
    const char *middle = memchr(p + st.st_size / 2, '\n', (size_t)(st.st_size / 2));
    half halves[2] = {{p, middle + 1, 0}, {middle + 1, p + st.st_size, 0}};
    pthread_t other;
    pthread_create(&other, NULL, tokenise, &halves[1]);
    tokenise(&halves[0]);
    pthread_join(other, NULL);
    double seconds = seconds_now() - start;
    munmap((void *)(uintptr_t)p, (size_t)st.st_size);
    close(fd);
    assert(halves[0].nodes > 0);
    return seconds;
}

static double command_seconds(const char *gongji, const char *threads, const char *explain)
{
    double start = seconds_now();
    pid_t child = fork();
    if (child == 0) {
        execl(gongji, "gongji", "settle", "--pack", "packs/ningde", "--in", bills_path, "--out",
              out_path, "--threads", threads, "--quiet", explain, (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    assert(WIFEXITED(status));
    assert(WEXITSTATUS(status) == 0);
    return seconds_now() - start;
}

int main(int argc, char **argv)
{
    const char *gongji = argc > 1 ? argv[1] : "build/release/src/gongji";
    long count = argc > 2 ? atol(argv[2]) : 1000000;
    off_t bytes;
    bills_write(count);
    tokenise_seconds(&bytes); /* warm */
    double tokens = tokenise_seconds(&bytes);
    double two = command_seconds(gongji, "2", NULL);
    double one = command_seconds(gongji, "1", NULL);
    printf("batch: %ld bills of %ld bytes: %.0f bills/s on two threads, %.0f on one; tokenising "
           "alone %.0f "
           "bills/s; settle takes %.2f x the time of tokenising\n",
           count, (long)bytes / count, (double)count / two, (double)count / one,
           (double)count / tokens, two / tokens);
    unlink(bills_path);
    unlink(out_path);
    return 0;
}
