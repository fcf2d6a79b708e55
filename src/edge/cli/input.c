#include "edge/cli/input.h"

#include "base/json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((ptrdiff_t)4 << 20)
#define TAIL_BYTES ((ptrdiff_t)2 * JSON_PADDING_BYTES)

static bool io_failed(err *e, const char *what)
{
    return FAIL(e, ERR_IO, "%s: %s", what, strerror(errno));
}

bool input_open(input *in, const char *path, err *e)
{
    *in = (input){.total_bytes = -1};
    bool standard = strcmp(path, "-") == 0;
    in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY);
    if (in->fd < 0)
        return io_failed(e, path);
    struct stat st;
    if (fstat(in->fd, &st) != 0)
        return io_failed(e, path);
    if (S_ISDIR(st.st_mode))
        return FAIL(e, ERR_IO, "%s: is a folder", path);
    if (!S_ISREG(st.st_mode) || st.st_size == 0)
        return true;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, in->fd, 0);
    if (p == MAP_FAILED)
        return true; /* read it instead */
    posix_madvise(p, (size_t)st.st_size, POSIX_MADV_SEQUENTIAL);
    in->mapped = in->ended = true;
    in->map_bytes = (ptrdiff_t)st.st_size;
    in->bytes = (str){p, in->map_bytes};
    in->total_bytes = st.st_size;
    return true;
}

/* Moves what is left to the front and reads more behind it. */
static bool refill(input *in, err *e)
{
    ptrdiff_t left = in->bytes.n - in->taken;
    if (in->buffer && left)
        memmove(in->buffer, in->buffer + in->taken, (size_t)left);
    in->taken = 0;
    if (in->cap - left < READ_BYTES + JSON_PADDING_BYTES) {
        ptrdiff_t cap = 2 * in->cap + READ_BYTES + JSON_PADDING_BYTES;
        char *more = realloc(in->buffer, (size_t)cap);
        if (!more)
            return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the input");
        in->buffer = more;
        in->cap = cap;
    }
    in->bytes = (str){in->buffer, left};
    while (in->bytes.n - left < READ_BYTES) {
        ssize_t n =
            read(in->fd, in->buffer + in->bytes.n, (size_t)(READ_BYTES - (in->bytes.n - left)));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_failed(e, "input");
        if (n == 0) {
            in->ended = true;
            break;
        }
        in->bytes.n += n;
    }
    assert(in->buffer);
    memset(in->buffer + in->bytes.n, 0, JSON_PADDING_BYTES);
    return true;
}

/* Near the end of a mapping the padding would reach beyond it: those lines come from a copy. */
static str padded(input *in, str line)
{
    if (!in->mapped || line.p + line.n + JSON_PADDING_BYTES <= in->bytes.p + in->map_bytes)
        return line;
    ptrdiff_t from = in->map_bytes > TAIL_BYTES ? in->map_bytes - TAIL_BYTES : 0;
    if (line.p - in->bytes.p < from)
        from = line.p - in->bytes.p;
    if (!in->last) {
        in->last = calloc(1, (size_t)(in->map_bytes - from + JSON_PADDING_BYTES));
        if (!in->last)
            return (str){NULL, 0};
        memcpy(in->last, in->bytes.p + from, (size_t)(in->map_bytes - from));
        in->cap = from; /* where the copy begins */
    }
    return (str){in->last + (line.p - in->bytes.p - in->cap), line.n};
}

ptrdiff_t input_lines(input *in, str *line, ptrdiff_t max, ptrdiff_t bytes_max, err *e)
{
    ptrdiff_t count = 0, bytes = 0;
    if (!in->mapped && !in->ended && !refill(in, e))
        return 0;
    while (count < max && bytes < bytes_max) {
        const char *from = in->bytes.p + in->taken;
        ptrdiff_t left = in->bytes.n - in->taken;
        const char *end = left ? memchr(from, '\n', (size_t)left) : NULL;
        if (!end && !in->ended) {
            if (count > 0)
                break;
            if (!refill(in, e))
                return 0;
            continue;
        }
        if (left == 0)
            break;
        ptrdiff_t n = end ? end - from : left;
        in->taken += n + (end != NULL);
        in->done_bytes += n + 1;
        bytes += n;
        if (n > 0 && from[n - 1] == '\r')
            n--;
        line[count] = padded(in, (str){from, n});
        if (!line[count].p) {
            FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the input");
            return 0;
        }
        count++;
    }
    return count;
}

bool input_all(input *in, str *bytes, err *e)
{
    while (!in->ended)
        if (!refill(in, e))
            return false;
    *bytes = in->bytes;
    return true;
}

bool input_text(input *in, charset from, str *text, err *e)
{
    ptrdiff_t room;
    if (!input_all(in, text, e) || !charset_room(&room, *text, from, e))
        return false;
    if (room == 0)
        return true;
    in->converted = malloc((size_t)room);
    if (!in->converted)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the input");
    return charset_convert(text, *text, in->converted, room, e);
}

void input_close(input *in)
{
    if (in->mapped)
        munmap((void *)(uintptr_t)in->bytes.p, (size_t)in->map_bytes);
    free(in->buffer);
    free(in->last);
    free(in->converted);
    if (in->fd > STDERR_FILENO)
        close(in->fd);
}
