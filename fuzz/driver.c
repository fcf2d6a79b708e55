/* Replays stored inputs through one fuzz target: what a fuzzer once found is tested on every build.
 * Arguments: files, or folders of files. Prints each name before its run, so that after a crash the
 * last name is the culprit. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { PATH_BYTES_MAX = 4096 };

static void die(const char *what, const char *path)
{
    fprintf(stderr, "fuzz driver: %s %s: %s\n", what, path, strerror(errno));
    exit(EXIT_FAILURE);
}

static int replay_file(const char *path, size_t size)
{
    printf("%s\n", path);
    fflush(stdout);
    /* exactly as large as the input, so that the sanitizer sees a read one byte past it */
    uint8_t *data = malloc(size > 0 ? size : 1);
    FILE *in = fopen(path, "rb");
    if (data == NULL || in == NULL || fread(data, 1, size, in) != size)
        die("cannot read", path);
    fclose(in);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static int replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        die("cannot find", path);
    if (!S_ISDIR(st.st_mode))
        return replay_file(path, (size_t)st.st_size);

    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    int replayed = 0;
    if (count < 0)
        die("cannot list", path);
    for (int i = 0; i < count; i++) {
        char inner[PATH_BYTES_MAX];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replayed += replay(inner);
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    int replayed = 0;
    for (int i = 1; i < argc; i++)
        replayed += replay(argv[i]);
    if (replayed == 0) {
        fprintf(stderr, "fuzz driver: no input to replay\n");
        return EXIT_FAILURE;
    }
    printf("%d inputs replayed\n", replayed);
    return EXIT_SUCCESS;
}
