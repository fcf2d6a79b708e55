/* Bodies of messages as they may be shown: who it was about is masked, wherever it stands. */
#include "service/lists/mask.h"
#include "service/messages/messages_internal.h"

#include <stdlib.h>

#define FIELD_MAX  40
#define VALUES_MAX 1000 /* different ones, of both bodies */
#define TEXT_MAX   400  /* bytes of a text that is shown */
#define FREE_MAX   40   /* longer texts may hold anything */
#define SCAN_MAX   16000
#define NESTED_MAX 4  /* JSON in a text in JSON … */
#define FAULT_MAX  60 /* so much of a value is told in err_msg */
/* shorter ones would be found everywhere */
#define NAME_BYTES   4
#define NUMBER_BYTES 6

typedef enum { MASK_NONE = 0, MASK_NAME, MASK_ID_NO, MASK_PHONE, MASK_HIDDEN } mask_kind;

static const struct {
    const char *field;
    mask_kind kind;
} personal[] = {
#define PERSONAL(field, kind) {field, MASK_##kind},
#include "service/messages/personal.tbl.h"
};

static mask_kind kind_of(str field)
{
    char plain[FIELD_MAX];
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < field.n; i++) {
        char c = field.p[i];
        if (c == '_')
            continue;
        if (n == FIELD_MAX)
            return MASK_NONE;
        plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(personal); i++)
        if (str_eq((str){plain, n}, str_of(personal[i].field)))
            return personal[i].kind;
    return MASK_NONE;
}

bool body_is_personal(str field)
{
    return kind_of(field) != MASK_NONE;
}

static str masked(str s, mask_kind kind, arena *a)
{
    switch (kind) {
    case MASK_NAME:
        return mask_name(s, a);
    case MASK_ID_NO:
        return mask_id_no(s, a);
    case MASK_PHONE:
        return mask_phone(s, a);
    case MASK_HIDDEN:
        return s.n ? S("***") : S("");
    case MASK_NONE:
        break;
    }
    return s;
}

/* ---- who is in it ---- */

typedef struct {
    str value[VALUES_MAX];
    mask_kind kind[VALUES_MAX];
    int count;
    bool full; /* there were more */
    json_reader *reader[NESTED_MAX];
} known;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static str trimmed(str s)
{
    while (s.n > 0 && is_blank(s.p[0]))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static void learn(known *k, str value, mask_kind kind, arena *a)
{
    value = trimmed(value);
    if (value.n < (kind == MASK_NAME ? NAME_BYTES : NUMBER_BYTES) || value.n > SCAN_MAX)
        return;
    for (int i = 0; i < k->count; i++)
        if (str_eq(k->value[i], value))
            return;
    k->full = k->full || k->count == VALUES_MAX;
    if (k->full)
        return;
    k->value[k->count] = arena_str(a, value);
    k->kind[k->count++] = kind;
    if (value.n > FAULT_MAX) /* err_msg has only its beginning */
        learn(k, (str){value.p, utf8_cut(value, FAULT_MAX)}, kind, a);
}

/* Kind of what stands in `path`, as "input.data.certno". */
static mask_kind kind_of_path(str path)
{
    ptrdiff_t from = path.n;
    while (from > 0 && path.p[from - 1] != '.')
        from--;
    return kind_of((str){path.p + from, path.n - from});
}

static bool
parse(json_reader *r, str body, const json_node **nodes, int32_t *count, arena *a, err *e)
{
    char *padded = arena_new(a, char, body.n + JSON_PADDING_BYTES + 1);
    if (body.n >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
        body = (str){body.p + 3, body.n - 3};
    memcpy(padded, body.p, (size_t)body.n);
    return json_parse(r, (str){padded, body.n}, nodes, count, e);
}

/* A text may be JSON itself, as some write their extensions. */
static bool nested_read(
    const json_node **nodes, int32_t *count, known *k, const json_node *n, int depth, arena *a)
{
    str s = trimmed(n->text);
    err unseen = {0};
    if (n->kind != JSON_STRING || depth == NESTED_MAX || s.n < 2 ||
        (s.p[0] != '{' && s.p[0] != '['))
        return false;
    if (!k->reader[depth])
        k->reader[depth] = json_reader_new();
    return k->reader[depth] && parse(k->reader[depth], s, nodes, count, a, &unseen);
}

static void learn_all(known *k, const json_node *nodes, int32_t count, int depth, arena *a)
{
    str received = S("");
    mask_kind of_fault = MASK_NONE;
    for (int32_t i = 0; i < count; i++) {
        const json_node *n = &nodes[i];
        mask_kind kind = kind_of(n->key);
        if (kind != MASK_NONE && (n->kind == JSON_STRING || n->kind == JSON_NUMBER))
            learn(k, n->text, kind, a);
        /* the error of an answer names the field, and tells what stood in it */
        if (str_eq(n->key, S("field")) && n->kind == JSON_STRING)
            of_fault = kind_of_path(n->text);
        if (str_eq(n->key, S("received")) && n->kind == JSON_STRING)
            received = n->text;
        const json_node *inner;
        int32_t inner_count;
        if (kind == MASK_NONE && nested_read(&inner, &inner_count, k, n, depth, a))
            learn_all(k, inner, inner_count, depth + 1, a);
    }
    if (of_fault != MASK_NONE)
        learn(k, received, of_fault, a);
}

/* ---- writing ---- */

static const char *find(str in, ptrdiff_t from, str what)
{
    for (ptrdiff_t i = from; i + what.n <= in.n; i++)
        if (memcmp(in.p + i, what.p, (size_t)what.n) == 0)
            return in.p + i;
    return NULL;
}

/* Every value that is known, out of a text.  What could hold anything is not shown. */
static str without(str s, const known *k, arena *a)
{
    bool markup = s.n > 0 && (s.p[0] == '{' || s.p[0] == '<');
    if (markup || s.n > SCAN_MAX || (k->full && s.n > FREE_MAX))
        return arena_printf(a, "*** (%td bytes)", s.n);
    for (int i = 0; i < k->count; i++) {
        if (!find(s, 0, k->value[i]))
            continue;
        str instead = masked(k->value[i], k->kind[i], a);
        ptrdiff_t room = (s.n / k->value[i].n + 1) * instead.n + s.n + 1;
        text_buffer t = {arena_new(a, char, room), 0, room, false};
        ptrdiff_t at = 0;
        for (const char *p; (p = find(s, at, k->value[i])); at = p - s.p + k->value[i].n) {
            text_add(&t, (str){s.p + at, p - s.p - at});
            text_add(&t, instead);
        }
        text_add(&t, (str){s.p + at, s.n - at});
        s = (str){t.p, t.n};
    }
    return s;
}

static str cut(str s, arena *a)
{
    if (s.n <= TEXT_MAX)
        return s;
    return arena_printf(a, "%.*s… (%td bytes)", (int)utf8_cut(s, TEXT_MAX), s.p, s.n);
}

typedef struct {
    json_out *o;
    const json_node *nodes;
    known *k;
    int depth;
    arena *a;
} writer;

static int32_t node_write(const writer *w, int32_t at, mask_kind kind);

static bool nested_write(const writer *w, const json_node *n)
{
    const json_node *nodes;
    int32_t count;
    if (!nested_read(&nodes, &count, w->k, n, w->depth, w->a))
        return false;
    json_out o = json_out_new(w->a, n->text.n + 256);
    node_write(&(writer){&o, nodes, w->k, w->depth + 1, w->a}, 0, MASK_NONE);
    json_str(w->o, cut(json_out_text(&o), w->a));
    return true;
}

static void value_write(const writer *w, const json_node *n, mask_kind kind)
{
    if (kind == MASK_NONE && nested_write(w, n))
        return;
    switch (n->kind) {
    case JSON_STRING:
        json_str(w->o,
                 cut(kind != MASK_NONE ? masked(n->text, kind, w->a) : without(n->text, w->k, w->a),
                     w->a));
        break;
    case JSON_NUMBER:
        if (kind != MASK_NONE)
            json_str(w->o, masked(n->text, kind, w->a));
        else
            json_raw(w->o, n->text);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        json_bool(w->o, n->kind == JSON_TRUE);
        break;
    default:
        json_null(w->o);
    }
}

/* `kind`: of the list's or value's own name; a fault's `received` is of what its `field` names. */
static int32_t node_write(const writer *w, int32_t at, mask_kind kind)
{
    const json_node *n = &w->nodes[at];
    mask_kind of_fault = MASK_NONE;
    if (n->kind != JSON_LIST && n->kind != JSON_OBJECT) {
        value_write(w, n, kind);
        return n->next;
    }
    if (kind == MASK_HIDDEN) { /* a file as a list of bytes */
        json_str(w->o, S("***"));
        return n->next;
    }
    json_open(w->o, n->kind == JSON_LIST ? '[' : '{');
    for (int32_t i = at + 1; i < n->next;) {
        const json_node *child = &w->nodes[i];
        mask_kind own = n->kind == JSON_LIST ? kind : kind_of(child->key);
        if (own == MASK_NONE)
            own = kind;
        if (n->kind == JSON_OBJECT)
            json_key(w->o, child->key);
        if (str_eq(child->key, S("field")) && child->kind == JSON_STRING)
            of_fault = kind_of_path(child->text);
        if (str_eq(child->key, S("received")) && own == MASK_NONE)
            own = of_fault;
        i = node_write(w, i, own);
    }
    json_close(w->o, n->kind == JSON_LIST ? ']' : '}');
    return n->next;
}

bool body_masked(str *out, str body, str other, arena *a, err *e)
{
    const json_node *nodes;
    int32_t count;
    err unseen = {0};
    *out = S("");
    known *k = arena_new(a, known, 1);
    json_reader *r = json_reader_new();
    if (!r)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    /* what may run out of memory must give the readers back */
    jmp_buf oom, *outer = a->oom;
    a->oom = &oom;
    bool enough = setjmp(oom) == 0;
    if (enough) {
        if (other.n && parse(r, other, &nodes, &count, a, &unseen))
            learn_all(k, nodes, count, 0, a);
        if (body.n && parse(r, body, &nodes, &count, a, &unseen)) {
            learn_all(k, nodes, count, 0, a);
            json_out o = json_out_new(a, body.n + 256);
            node_write(&(writer){&o, nodes, k, 0, a}, 0, MASK_NONE);
            *out = json_out_text(&o);
        }
    }
    a->oom = outer;
    json_reader_free(r);
    for (int i = 0; i < NESTED_MAX; i++)
        json_reader_free(k->reader[i]);
    return enough || FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a body");
}
