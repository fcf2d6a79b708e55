/* CSV files of every kind, with and without a mapping: read and checked, without a database. */
#include "check.h"
#include "fuzz.h"
#include "service/import/import.h"

#include <stdlib.h>

#define MEMORY_BYTES ((ptrdiff_t)4 << 20)

static const pack *words_pack(void)
{
    static pack p;
    static bool loaded;
    if (!loaded) {
        char *memory = malloc((size_t)PACK_ARENA_BYTES);
        arena a = {memory, memory + PACK_ARENA_BYTES, NULL};
        err e = {0};
        if (!memory || !pack_load(&p, S(GONGJI_ROOT "/packs/ningde"), &a, &e))
            abort();
        loaded = true;
    }
    return &p;
}

/* A row found right is right again as it was made: canonical forms are stable. */
static void check_row(const master_kind *k, master_row *row, const master_words *w, arena *a)
{
    master_fault fault[MASTER_FAULTS_MAX];
    int count = master_check(row, k, w, fault, a);
    MUST(count >= 0 && count <= MASTER_FAULTS_MAX);
    if (count > 0) {
        for (int i = 0; i < count; i++)
            MUST(fault[i].code != ERR_OK && fault[i].column < k->column_count);
        return;
    }
    master_row again = *row;
    MUST(master_check(&again, k, w, fault, a) == 0);
    for (int i = 0; i < k->column_count; i++)
        MUST(str_eq(again.cell[i], row->cell[i]) && again.number[i] == row->number[i]);
    MUST(str_eq(again.key, row->key) && str_eq(again.period, row->period));
}

typedef struct {
    import_file *file;
    const master_kind *kind;
    const master_words *words;
    int64_t line;
    char *memory;
} reading;

/* False at the end, or when a cell becomes longer than the arena through a mapping. */
static bool next_row(reading *r)
{
    jmp_buf oom;
    arena a = {r->memory, r->memory + MEMORY_BYTES, &oom};
    master_row row;
    master_fault fault;
    err e = {0};
    if (setjmp(oom) || !import_file_next(r->file, &row, &fault, &a, &e))
        return false;
    MUST(row.line >= r->line);
    r->line = row.line;
    if (!fault.code)
        check_row(r->kind, &row, r->words, &a);
    return true;
}

/* First byte: the kind; a first line that begins with = is a mapping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory;
    if (!memory)
        memory = malloc((size_t)MEMORY_BYTES);
    if (!memory || size < 1)
        return 0;
    const master_kind *k = master_kind_of((master_id)(1 + data[0] % (MASTER__COUNT - 1)));
    str text = {(const char *)data + 1, (ptrdiff_t)size - 1}, columns = S("");
    if (text.n > 1 && text.p[0] == '=') {
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        ptrdiff_t n = end ? end - text.p : text.n;
        columns = (str){text.p + 1, n - 1};
        text = (str){text.p + n, text.n - n};
    }
    master_words w = {.pack = {words_pack()}, .count = 1};
    err e = {0};
    import_file *f = import_file_open(k, text, columns, S("350900"), &e);
    MUST((f == NULL) == (e.code != ERR_OK));
    reading r = {f, k, &w, 0, memory};
    while (f && next_row(&r))
        ;
    import_file_close(f);
    return 0;
}
