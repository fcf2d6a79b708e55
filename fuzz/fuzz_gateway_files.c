/* Files: bodies in parts, ZIP archives. */
#include "check.h"
#include "edge/gateway/file_internal.h"
#include "fuzz.h"

#include "base/json/json.h"

static bool within(str inner, str outer)
{
    return inner.n == 0 || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

/* The first line is the content type, the rest the body. */
static void parts(str text, arena *a)
{
    const char *end = memchr(text.p, '\n', (size_t)text.n);
    str type = {text.p, end ? end - text.p : text.n};
    str body = {end ? end + 1 : "", end ? text.n - type.n - 1 : 0};
    const http_pair header = {S("content-type"), type};
    http_request request = {.header = &header, .header_count = 1, .body = body};
    gate_call c = {.request = &request, .a = a};
    err e = {0};
    bool ok = gate_parts_read(&c, &e);
    MUST(ok == (e.code == ERR_OK));
    MUST(!ok || within(c.message, body));
    MUST(within(c.upload, body) && within(c.upload_name, type.n ? text : body));
}

static void archive(str text, arena *a)
{
    str out = S(""), back = S("");
    err e = {0};
    bool ok = gate_unzip(&out, text, a, &e);
    MUST(ok == (e.code == ERR_OK));
    MUST(!ok || out.n <= GATE_FILE_BYTES_MAX);
    e = (err){0};
    MUST(gate_zip(&out, S("a.txt"), text, a, &e) && gate_unzip(&back, out, a, &e));
    MUST(str_eq(back, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory;
    enum { MEMORY = 64 << 20 };
    if (size > 100000)
        return 0;
    if (!memory)
        memory = malloc(MEMORY);
    char *copy = calloc(1, size + JSON_PADDING_BYTES);
    MUST(memory && copy);
    memcpy(copy, data, size);
    arena a = {memory, memory + MEMORY, NULL};
    jmp_buf oom;
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        parts((str){copy, (ptrdiff_t)size}, &a);
        archive((str){copy, (ptrdiff_t)size}, &a);
    }
    free(copy);
    return 0;
}
