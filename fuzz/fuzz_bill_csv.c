/* Bills in CSV: whatever the bytes, the rows either become JSON that is read as one bill, or an
 * error with its row. */
#include "check.h"
#include "fuzz.h"

#define ARENA_BYTES ((ptrdiff_t)16 << 20)

static struct {
    pack pack;
    json_reader *reader;
    char *memory;
} fixed;

static void open_fixed(void)
{
    static arena a;
    err e = {0};
    jmp_buf oom;
    if (fixed.reader)
        return;
    char *memory = malloc((size_t)PACK_ARENA_BYTES);
    MUST(memory);
    a = (arena){memory, memory + PACK_ARENA_BYTES, &oom};
    MUST(setjmp(oom) == 0);
    MUST(pack_load(&fixed.pack, S(GONGJI_ROOT "/test/packs/unit"), &a, &e));
    MUST(fixed.pack.error_count == 0);
    fixed.memory = malloc((size_t)ARENA_BYTES);
    fixed.reader = json_reader_new();
    MUST(fixed.memory && fixed.reader);
}

/* The bill that some rows became: bad text is the input's fault, everything else ours. */
static void one_bill(str json, arena *a)
{
    const json_node *nodes;
    int32_t count;
    claim_bill claim;
    err e = {0};
    char *padded = arena_new(a, char, json.n + JSON_PADDING_BYTES);
    memcpy(padded, json.p, (size_t)json.n);
    if (!json_parse(fixed.reader, (str){padded, json.n}, &nodes, &count, &e)) {
        if (e.code != ERR_BAD_UTF8) {
            fprintf(stderr, "%.*s: %s\n", (int)json.n, padded, e.msg);
            abort();
        }
        return;
    }
    MUST(bill_of_json(&claim, nodes, &fixed.pack, a, &e) || e.code != ERR_OK);
}

static void rows(bill_csv *csv, size_t size, arena a)
{
    int64_t last = 0;
    for (size_t turns = 0;; turns++) {
        arena fresh = a;
        str json;
        int64_t line = 0;
        err e = {0};
        MUST(turns <= size + 2); /* every turn takes a row, or it would never end */
        if (bill_csv_next(csv, &json, &line, &e)) {
            MUST(line >= last); /* rows parted by a bare CR stand on one line */
            last = line;
            one_bill(json, &fresh);
        } else if (e.code == ERR_OK) {
            return;
        } else {
            MUST(e.input_line > 0);
        }
    }
}

/* A bill that needs more memory than there is ends the input. */
static void rows_within(bill_csv *csv, size_t size)
{
    jmp_buf oom;
    if (setjmp(oom) == 0)
        rows(csv, size, (arena){fixed.memory, fixed.memory + ARENA_BYTES, &oom});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_fixed();
    err e = {0};
    bill_csv *csv = bill_csv_open((str){(const char *)data, (ptrdiff_t)size}, &fixed.pack, &e);
    MUST(csv || e.code != ERR_OK);
    if (csv)
        rows_within(csv, size);
    bill_csv_close(csv);
    return 0;
}
