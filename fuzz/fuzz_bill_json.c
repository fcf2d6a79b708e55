/* Bills in JSON, one a line, as they come through the door of `settle`: read, settled one after
 * another against one ledger, written out. */
#include "check.h"
#include "fuzz.h"

#define ARENA_BYTES ((ptrdiff_t)16 << 20)
#define BILLS_MAX   6

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

static void one_bill(claim_ledger *ledger, str json, arena *a)
{
    const json_node *nodes;
    int32_t node_count;
    claim_bill claim;
    benefit_result part[PARTS_MAX];
    int count = 0;
    err e = {0};
    if (!json_parse(fixed.reader, json, &nodes, &node_count, &e) ||
        !bill_of_json(&claim, nodes, &fixed.pack, a, &e)) {
        MUST(e.code != ERR_OK);
        return;
    }
    if (!claim_settle(part, &count, ledger, &claim, true, a, &e)) {
        MUST(e.code != ERR_OK);
        return;
    }
    MUST(count >= 1 && count <= PARTS_MAX);
    for (int i = 0; i < count; i++) {
        check_result(&part[i]);
        check_line(fixed.reader, &claim, &part[i]);
    }
}

static void bills(claim_ledger *ledger, str left, arena *a)
{
    for (int i = 0; i < BILLS_MAX && left.n > 0; i++) {
        const char *end = memchr(left.p, '\n', (size_t)left.n);
        ptrdiff_t n = end ? end - left.p : left.n;
        one_bill(ledger, (str){left.p, n}, a);
        n += end != NULL;
        left = (str){left.p + n, left.n - n};
    }
}

/* A bill that needs more memory than there is ends the input. */
static void bills_within(claim_ledger *ledger, str input)
{
    jmp_buf oom;
    arena a = {fixed.memory, fixed.memory + ARENA_BYTES, &oom};
    if (setjmp(oom) == 0)
        bills(ledger, input, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_fixed();
    claim_ledger *ledger = claim_ledger_new(&fixed.pack);
    char *padded = calloc(1, size + JSON_PADDING_BYTES);
    MUST(ledger && padded);
    if (size)
        memcpy(padded, data, size);
    bills_within(ledger, (str){padded, (ptrdiff_t)size});
    free(padded);
    claim_ledger_free(ledger);
    return 0;
}
