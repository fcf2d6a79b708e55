/* Codes of the interface and words of the packs: those of all areas, before them an area's own. */
#include "base/csv_row.h"
#include "edge/gateway/gateway_internal.h"

#include <stdlib.h>

#define MEMORY_BYTES ((ptrdiff_t)32 << 20) /* for reading one */
#define ROWS_MAX     2000

typedef struct {
    str kind, code, word, scheme, label;
} word_row;

/* packs/<area>/gateway/words.csv */
struct gate_words {
    gate_words *next;
    const office_pack *pack;
    char *memory;
    int count;
    word_row row[];
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), (ptrdiff_t)sizeof(literal) - 1                                                  \
    }

static const word_row common[] = {
#define GATE_WORD(kind, code, word, scheme, label)                                                 \
    {TEXT(kind), TEXT(code), TEXT(word), TEXT(scheme), TEXT(label)},
#include "edge/gateway/gateway.tbl.h"
};

/* Where the common rows of a kind stand. */
static const struct {
    str kind;
    int first, count;
} kinds[] = {
#define GATE_KIND(kind, first, count) {TEXT(kind), first, count},
#include "edge/gateway/gateway.tbl.h"
};

/* ---- an area's file ---- */

static bool is_kind(str kind)
{
    for (ptrdiff_t i = 0; i < COUNTOF(kinds); i++)
        if (str_eq(kind, kinds[i].kind))
            return true;
    return false;
}

static bool rows_read(gate_words *w, str text, arena *a, str path, err *e)
{
    enum { CELLS = 5 };
    static const char *const heading[CELLS] = {"kind", "code", "word", "scheme", "label"};
    csv_rows in = csv_rows_of(text);
    csv_row row;
    str cell[CELLS];
    bool headed = false;
    while (csv_row_next(&row, cell, CELLS, &in, a)) {
        bool fine = row.fault == CSV_FINE && row.count == CELLS;
        if (row.count > 0 && cell[0].n > 0 && cell[0].p[0] == '#')
            continue;
        for (int i = 0; i < CELLS && fine && !headed; i++)
            fine = str_eq(cell[i], str_of(heading[i]));
        if (headed)
            fine = fine && is_kind(cell[0]) && cell[1].n > 0 && w->count < ROWS_MAX;
        if (!fine) {
            err_expected(e, "kind,code,word,scheme,label; kinds of packs/common/gateway/words.csv");
            return FAIL(e, ERR_PACK, "%.*s line %" PRId64, STR_ARG(path), row.line);
        }
        if (headed)
            w->row[w->count++] = (word_row){cell[0], cell[1], cell[2], cell[3], cell[4]};
        headed = true;
    }
    return true;
}

bool gateway_words_check(int *rows, str text, str path, arena *a, err *e)
{
    gate_words *w =
        arena_alloc(a, sizeof *w + ROWS_MAX * sizeof w->row[0], alignof(max_align_t), 1);
    bool ok = rows_read(w, text, a, path, e);
    *rows = w->count;
    return ok;
}

/* Without the file there is nothing to keep. */
static bool words_open(gateway *g, const office_pack *p, char *memory, jmp_buf *oom, err *e)
{
    arena a = {memory, memory + MEMORY_BYTES, oom};
    str text;
    bool there;
    if (!office_pack_file(&text, &there, p, "gateway/words.csv", &a, e) || !there)
        return e->code == ERR_OK;
    gate_words *w = calloc(1, sizeof *w + ROWS_MAX * sizeof w->row[0]);
    if (w)
        w->memory = malloc((size_t)(2 * text.n + 1)); /* the text, then cells with quotes */
    if (!w || !w->memory) {
        free(w);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for an area's words");
    }
    w->pack = p;
    w->next = g->words;
    g->words = w;
    if (text.n)
        memcpy(w->memory, text.p, (size_t)text.n);
    arena cells = {w->memory + text.n, w->memory + 2 * text.n + 1, oom};
    str path = arena_printf(&a, "%.*s/gateway/words.csv", STR_ARG(p->pack.dir));
    return rows_read(w, (str){w->memory, text.n}, &cells, path, e);
}

bool gate_words_open(gateway *g, err *e)
{
    jmp_buf oom;
    bool ok = true;
    char *memory = malloc((size_t)MEMORY_BYTES);
    if (!memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for words");
    if (setjmp(oom)) {
        free(memory);
        return FAIL(e, ERR_TOO_LARGE, "a pack's words.csv");
    }
    int count = g->office ? office_pack_count(g->office) : 0;
    for (int i = 0; ok && i < count; i++)
        ok = words_open(g, office_pack_at(g->office, i), memory, &oom, e);
    free(memory);
    return ok;
}

void gate_words_close(gateway *g)
{
    while (g->words) {
        gate_words *w = g->words;
        g->words = w->next;
        free(w->memory);
        free(w);
    }
}

const gate_words *gate_words_of(const gateway *g, str area_code)
{
    const office_pack *p = g->words ? office_pack_of_area(g->office, area_code) : NULL;
    const gate_words *w = p ? g->words : NULL;
    while (w && w->pack != p)
        w = w->next;
    return w;
}

/* ---- finding: the area's rows, then the common ones ---- */

/* The rows of a kind, one after the other. */
typedef struct {
    const gate_words *own;
    str kind;
    int at;                    /* the next one of the area's */
    const word_row *row, *end; /* the next one of the common ones */
} word_walk;

static word_walk walk_of(const gate_words *own, const char *kind)
{
    word_walk w = {.own = own, .kind = str_of(kind)};
    for (ptrdiff_t i = 0; i < COUNTOF(kinds) && !w.row; i++) {
        if (!str_eq(kinds[i].kind, w.kind))
            continue;
        w.row = common + kinds[i].first;
        w.end = w.row + kinds[i].count;
    }
    return w;
}

/* `own` says whether it is the area's.  NULL = no more. */
static const word_row *walk_next(word_walk *w, bool *own)
{
    *own = true;
    while (w->own && w->at < w->own->count) {
        const word_row *r = &w->own->row[w->at++];
        if (str_eq(r->kind, w->kind))
            return r;
    }
    *own = false;
    return w->row < w->end ? w->row++ : NULL;
}

str gate_word_of(const gate_words *own, const char *kind, str code)
{
    bool here;
    word_walk w = walk_of(own, kind);
    for (const word_row *r; (r = walk_next(&w, &here));)
        if (str_eq(code, r->code))
            return r->word;
    return S("");
}

bool gate_code_at(gate_code *out, str *said, const gate_words *own, const char *kind, int place)
{
    bool here;
    word_walk w = walk_of(own, kind);
    for (const word_row *r; (r = walk_next(&w, &here));) {
        if (place-- > 0)
            continue;
        *out = (gate_code){r->code, r->label};
        *said = r->word;
        return true;
    }
    return false;
}

/* The row of the word, of this scheme before that of all; else the row without a word. */
gate_code gate_code_of(const gate_words *own, const char *kind, str said, str scheme)
{
    gate_code found = {S(""), S("")};
    int best = 0;
    bool here;
    word_walk w = walk_of(own, kind);
    for (const word_row *r; (r = walk_next(&w, &here));) {
        bool same = str_eq(said, r->word), of_scheme = r->scheme.n && str_eq(scheme, r->scheme);
        int rank = same && of_scheme      ? (here ? 6 : 4)
                   : same && !r->scheme.n ? (here ? 5 : 3)
                   : !r->word.n           ? (here ? 2 : 1)
                                          : 0;
        if (rank <= best)
            continue;
        best = rank;
        found = (gate_code){r->code, r->label};
    }
    return found;
}

str gateway_clearing_type(const gateway *g, str area_code, str visit_kind)
{
    return gate_code_of(gate_words_of(g, area_code), "clr_type", visit_kind, S("")).code;
}
