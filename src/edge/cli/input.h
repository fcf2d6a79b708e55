/* input -- a file or standard input as lines, without copying what can be mapped.
 *
 * In:      a path, "-" for standard input.
 * Out:     bytes, all of which have JSON_PADDING_BYTES readable after them.
 * May use: base, base/charset, system files.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H
#include "base/base.h"
#include "base/charset/charset.h"

typedef struct {
    str bytes;       /* read so far and not yet taken; all of a mapped file */
    ptrdiff_t taken; /* of bytes */
    int fd;
    bool mapped, ended;
    char *buffer;
    ptrdiff_t cap, map_bytes;
    char *converted;
    char *last; /* a padded copy of the last lines of a mapped file */
    int64_t total_bytes, done_bytes;
} input;

bool input_open(input *in, const char *path, err *e) MUST_USE;
/* The next lines, at most `max`, and no more once they hold `bytes_max`; 0 at the end.  They stay
 * valid until the next call. */
ptrdiff_t input_lines(input *in, str *line, ptrdiff_t max, ptrdiff_t bytes_max, err *e);
/* Everything at once, for CSV. */
bool input_all(input *in, str *bytes, err *e) MUST_USE;
/* The same as UTF-8; nothing is known to be readable behind it. */
bool input_text(input *in, charset from, str *text, err *e) MUST_USE;
void input_close(input *in);

#endif
