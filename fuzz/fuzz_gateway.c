/* Messages of hospital systems, as far as they are read before anybody is asked. */
#include "check.h"
#include "edge/gateway/gateway.h"
#include "fuzz.h"

#include "base/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gateway *g;
    static char *memory;
    enum { MEMORY = 8 << 20 };
    err e = {0};
    if (size > 100000)
        return 0;
    MUST(g || gateway_open(&g, NULL, NULL, NULL, &e));
    if (!memory)
        memory = malloc(MEMORY);
    char *copy = calloc(1, size + JSON_PADDING_BYTES);
    MUST(memory && copy);
    memcpy(copy, data, size);
    for (int strict = 0; strict < 2; strict++) {
        arena a = {memory, memory + MEMORY, NULL};
        jmp_buf oom;
        a.oom = &oom;
        e = (err){0};
        if (setjmp(oom) == 0) {
            bool ok = gateway_body_check(g, (str){copy, (ptrdiff_t)size}, strict, &a, &e);
            MUST(ok == (e.code == ERR_OK));
        }
    }
    free(copy);
    return 0;
}
