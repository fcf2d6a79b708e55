/* A message against the descriptors of its transaction. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "base/money.h"

/* The envelope; lengths as real systems keep to them. */
static const struct {
    const char *name;
    int length;
    bool required;
} envelope[] = {
    {"infno", 6, true},
    {"msgid", 50, true},
    {"mdtrtarea_admvs", 6, true},
    {"insuplc_admdvs", 6, false},
    {"recer_sys_code", 10, true},
    {"dev_no", 100, false},
    {"dev_safe_info", 2000, false},
    {"cainfo", 1024, false},
    {"signtype", 10, false},
    {"infver", 6, true},
    {"opter_type", 3, true},
    {"opter", 30, true},
    {"opter_name", 50, true},
    {"inf_time", 19, true},
    {"fixmedins_code", 12, true},
    {"fixmedins_name", 200, true},
    {"sign_no", 50, false},
};

#define CODE_CHARACTERS 30

static int characters(str s)
{
    int n = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* Where a value stands; written down only when it is wrong. */
typedef struct {
    const char *node, *field; /* "" = the input itself */
    int row;                  /* 0 = the only one */
} place;

static str place_name(const place *at, arena *a)
{
    str row = at->row ? arena_printf(a, "[%d]", at->row) : S("");
    return arena_printf(a, "input%s%s%.*s.%s", at->node[0] ? "." : "", at->node, STR_ARG(row),
                        at->field);
}

static bool envelope_fault(gate_call *c, err_code code, const char *name, str received, err *e)
{
    c->received = received;
    err_field(e, str_of(name));
    return FAIL(e, code, "%s", "");
}

static bool fault(gate_call *c, err_code code, const place *at, str received, err *e)
{
    c->received = received;
    err_field(e, place_name(at, c->a));
    return FAIL(e, code, "%s", "");
}

/* Digits, a point, a sign.  Systems that count in binary send 11.120000000000001: only strict
 * checks mind. */
static bool number_fits(str s, int length, int scale, bool strict)
{
    int whole = 0, behind = 0, zeros = 0;
    bool point = false;
    ptrdiff_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
    for (; i < s.n; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
        } else if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        } else if (point) {
            behind++;
            zeros = s.p[i] == '0' ? zeros + 1 : 0;
        } else {
            whole += whole > 0 || s.p[i] != '0';
        }
    }
    return (!strict || behind - zeros <= scale) && (length == 0 || whole <= length - scale) &&
           s.n > 0;
}

/* Is it a number at all? */
static bool is_number(str s)
{
    bool digit = false, point = false;
    for (ptrdiff_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'); i < s.n; i++) {
        if (s.p[i] == '.' && !point)
            point = true;
        else if (s.p[i] >= '0' && s.p[i] <= '9')
            digit = true;
        else
            return false;
    }
    return digit;
}

static bool time_fits(str s)
{
    day d;
    if (s.n < 10 || !day_parse(&d, (str){s.p, 10}))
        return false;
    if (s.n == 10)
        return true;
    static const char pattern[] = " 00:00:00";
    if (s.n < 19 || s.n > 23 || (s.p[10] != ' ' && s.p[10] != 'T'))
        return false;
    for (int i = 1; i < 9; i++) {
        char p = pattern[i], x = s.p[10 + i];
        if (p == ':' ? x != ':' : x < '0' || x > '9')
            return false;
    }
    return s.p[11] < '3' && (s.p[11] < '2' || s.p[12] < '4') && s.p[14] < '6' && s.p[17] < '6';
}

/* Codes of dictionaries grow: platforms answer 1701 where three characters are agreed upon, and
 * whoever repeats it is not to be refused. */
static bool code_fits(const gate_field *f, str s)
{
    return characters(s) <= CODE_CHARACTERS && gate_dictionary_find(str_of(f->name)) > 0;
}

static bool
value_check(gate_call *c, const gate_field *f, const place *at, gate_value v, bool strict, err *e)
{
    if (!v.node || v.node->kind == JSON_OBJECT || v.node->kind == JSON_LIST ||
        v.node->kind == JSON_TRUE || v.node->kind == JSON_FALSE)
        return true;
    str s = gate_text_of(v);
    if (s.n == 0) {
        if (!strict || !f->required)
            return true;
        err_expected(e, "a value");
        return fault(c, ERR_MISSING_FIELD, at, s, e);
    }
    if (f->type == GATE_NUMBER && !is_number(s)) {
        err_expected(e, "a number");
        return fault(c, ERR_BAD_NUMBER, at, s, e);
    }
    if (f->type == GATE_NUMBER && f->length && !number_fits(s, f->length, f->scale, strict)) {
        err_expected(e, "at most %d digits, %d of them behind the point", f->length, f->scale);
        return fault(c, ERR_TOO_LONG, at, s, e);
    }
    if (f->type == GATE_TIME && !time_fits(s)) {
        err_expected(e, "2024-02-29 or 2024-02-29 08:30:00");
        return fault(c, ERR_BAD_DATE, at, s, e);
    }
    if (f->type == GATE_TEXT && f->length && characters(s) > f->length &&
        (strict || !code_fits(f, s))) {
        err_expected(e, "at most %d characters, not %d", f->length, characters(s));
        return fault(c, ERR_TOO_LONG, at, s, e);
    }
    if (strict && f->dictionary && !gate_dictionary_has(f->dictionary, s)) {
        err_expected(e, "a code of the dictionary %s", gate_dictionary_name(f->dictionary));
        return fault(c, ERR_UNKNOWN_WORD, at, s, e);
    }
    return true;
}

/* The fields of a node, and where each stands in the row at hand. */
typedef struct {
    const gate_field *field;
    str name;
    gate_value value;
} slot;

typedef struct {
    slot *at;
    int count;
} slots;

static slots slots_of(const gate_call *c, const char *node)
{
    slots s = {arena_new(c->a, slot, c->t.field_count), 0};
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        if (f->direction == GATE_IN && strcmp(f->node, node) == 0)
            s.at[s.count++] = (slot){.field = f, .name = str_of(f->name)};
    }
    return s;
}

/* Written otherwise than the descriptor says: of several the first one counts. */
static void slot_fill_loosely(slots *s, gate_value m)
{
    for (int i = 0; i < s->count; i++)
        if (!s->at[i].value.node && gate_same_name(s->at[i].name, m.node->key))
            s->at[i].value = m;
}

/* Systems send fields in the order of the descriptors, nearly: each is looked for behind the last
 * one. */
static slot *slot_find(slots *s, int *next, str name)
{
    for (int tried = 0; tried < s->count; tried++) {
        slot *x = &s->at[*next];
        *next = *next + 1 < s->count ? *next + 1 : 0;
        if (str_eq(x->name, name))
            return x;
    }
    return NULL;
}

/* Of two of the same name the first one counts. */
static void slots_fill(slots *s, gate_value row)
{
    int next = 0;
    bool strangers = false;
    for (int i = 0; i < s->count; i++)
        s->at[i].value = (gate_value){row.first, NULL};
    if (!row.node || row.node->kind != JSON_OBJECT)
        return;
    for (gate_value m = gate_first(row); m.node; m = gate_next(row, m)) {
        slot *x = slot_find(s, &next, m.node->key);
        strangers |= !x;
        if (x && !x->value.node)
            x->value = m;
    }
    for (gate_value m = gate_first(row); strangers && m.node; m = gate_next(row, m))
        slot_fill_loosely(s, m);
}

/* The fields of one row. */
static bool
row_check(gate_call *c, const char *node, slots *s, gate_value row, int number, bool strict, err *e)
{
    slots_fill(s, row);
    for (int i = 0; i < s->count; i++) {
        const gate_field *f = s->at[i].field;
        const place at = {node, f->name, number};
        if (!s->at[i].value.node && strict && f->required) {
            err_expected(e, "a value");
            return fault(c, ERR_MISSING_FIELD, &at, S(""), e);
        }
        if (!value_check(c, f, &at, s->at[i].value, strict, e))
            return false;
    }
    return true;
}

/* Of some transactions (3504A, 3506A) the results are described as if they were sent. */
static bool node_is_needed(const gate_call *c, const char *node)
{
    for (int i = 0; i < c->t.field_count && !strstr(node, "ErrDetail"); i++)
        if (c->t.field[i].direction == GATE_IN && strcmp(c->t.field[i].node, node) == 0 &&
            c->t.field[i].required)
            return true;
    return false;
}

static bool node_check(gate_call *c, const char *node, bool strict, err *e)
{
    gate_value *rows = NULL;
    int count = 0;
    gate_value v = node[0] ? gate_member(c->input, node) : c->input;
    if (!v.node || (v.node->kind != JSON_OBJECT && v.node->kind != JSON_LIST)) {
        if (!strict || !node[0] || !node_is_needed(c, node))
            return true; /* what is needed the use case asks for */
        err_expected(e, "an object");
        return fault(c, ERR_MISSING_FIELD, &(place){"", node, 0}, S(""), e);
    }
    count = node[0] ? gate_rows(&rows, c, node) : 1;
    if (!node[0])
        rows = &v;
    slots s = slots_of(c, node);
    for (int i = 0; i < count; i++)
        if (!row_check(c, node, &s, rows[i], count > 1 ? i + 1 : 0, strict, e))
            return false;
    return true;
}

bool gate_check(gate_call *c, bool strict, err *e)
{
    for (ptrdiff_t i = 0; i < COUNTOF(envelope); i++) {
        str s = gate_text(c->body, envelope[i].name);
        if (s.n == 0 && strict && envelope[i].required) {
            err_expected(e, "a value");
            return envelope_fault(c, ERR_MISSING_FIELD, envelope[i].name, s, e);
        }
        if (characters(s) > envelope[i].length) {
            err_expected(e, "at most %d characters", envelope[i].length);
            return envelope_fault(c, ERR_TOO_LONG, envelope[i].name, s, e);
        }
    }
    const char *last = NULL;
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        if (f->direction != GATE_IN || (last && strcmp(last, f->node) == 0))
            continue;
        last = f->node;
        if (!node_check(c, f->node, strict, e))
            return false;
    }
    return true;
}

/* ---- for those who look on ---- */

#define LOOK_FIELDS_MAX 5000
#define SHOWN_BYTES     120

typedef struct {
    gate_call *c;
    gateway_seen *seen;
    void *arg;
    int left;
} looker;

static str shown(const looker *l, gate_value v)
{
    if (!v.node || v.node->kind == JSON_NULL)
        return S("");
    if (v.node->kind == JSON_OBJECT)
        return S("{…}");
    if (v.node->kind == JSON_LIST)
        return S("[…]");
    if (v.node->kind == JSON_TRUE || v.node->kind == JSON_FALSE)
        return v.node->kind == JSON_TRUE ? S("true") : S("false");
    ptrdiff_t n = 0, step;
    while (n < v.node->text.n && n < SHOWN_BYTES &&
           (step = utf8_length(v.node->text.p + n, v.node->text.n - n)) > 0)
        n += step;
    return arena_str(l->c->a, (str){v.node->text.p, n});
}

static void tell(looker *l, gateway_field *f)
{
    if (l->left-- > 0)
        l->seen(l->arg, f);
}

static str joined(const looker *l, str path, const char *name)
{
    return arena_printf(l->c->a, "%.*s.%s", STR_ARG(path), name);
}

static const char *copied(const looker *l, const char *text)
{
    return arena_str(l->c->a, str_of(text)).p;
}

/* Of a row beyond the first only what is wrong. */
static void
look_field(looker *l, const gate_field *f, gate_value v, str path, str name_path, bool first)
{
    static const char *const types[] = {"text", "number", "time", "bytes", "any"};
    err e = {0};
    bool missing = !v.node && f->required;
    if (!v.node && !missing)
        return;
    const place at = {f->node, f->name, 0};
    bool fine = !missing && value_check(l->c, f, &at, v, true, &e);
    if (fine && !first)
        return;
    tell(l, &(gateway_field){.path = joined(l, path, f->name),
                             .name_path = joined(l, name_path, f->name),
                             .received = shown(l, v),
                             .problem = fine      ? ""
                                        : missing ? err_name(ERR_MISSING_FIELD)
                                                  : err_name(e.code),
                             .type = types[f->type],
                             .length = f->length,
                             .scale = f->scale,
                             .required = f->required,
                             .dictionary = f->dictionary ? gate_dictionary_name(f->dictionary) : "",
                             .expected = copied(l, e.expected)});
}

/* `as`: a field's name, when this one differs only in capitals. */
static void look_stranger(looker *l, gate_value v, str path, str name_path, const char *as)
{
    const char *name = arena_str(l->c->a, v.node->key).p;
    tell(l, &(gateway_field){.path = path.n ? joined(l, path, name) : str_of(name),
                             .name_path = path.n ? joined(l, name_path, name) : str_of(name),
                             .received = shown(l, v),
                             .problem = err_name(ERR_UNKNOWN_FIELD),
                             .type = "",
                             .dictionary = "",
                             .expected = as});
}

static bool is_node_of(const gate_call *c, str name)
{
    for (int i = 0; i < c->t.field_count; i++)
        if (c->t.field[i].direction == GATE_IN && str_eq(str_of(c->t.field[i].node), name))
            return true;
    return false;
}

static void
look_row(looker *l, const char *node, gate_value row, str path, str name_path, bool first)
{
    const gate_transaction *t = &l->c->t;
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].direction == GATE_IN && strcmp(t->field[i].node, node) == 0)
            look_field(l, &t->field[i], gate_member(row, t->field[i].name), path, name_path, first);
    for (gate_value m = gate_first(row); m.node; m = gate_next(row, m)) {
        bool known = !node[0] && is_node_of(l->c, m.node->key);
        const char *as = "";
        for (int i = 0; i < t->field_count && !known; i++) {
            if (t->field[i].direction != GATE_IN || strcmp(t->field[i].node, node) != 0)
                continue;
            known = str_eq(str_of(t->field[i].name), m.node->key);
            if (gate_same_name(str_of(t->field[i].name), m.node->key))
                as = t->field[i].name;
        }
        if (!known)
            look_stranger(l, m, path, name_path, as);
    }
}

static void look_node(looker *l, const char *node)
{
    gate_value *rows = NULL, v = node[0] ? gate_member(l->c->input, node) : l->c->input;
    str name_path = node[0] ? arena_printf(l->c->a, "input.%s", node) : S("input");
    bool there = v.node && (v.node->kind == JSON_OBJECT || v.node->kind == JSON_LIST);
    int count = !there ? 0 : node[0] ? gate_rows(&rows, l->c, node) : 1;
    if (!node[0])
        rows = &v;
    if (!there && node_is_needed(l->c, node))
        tell(l, &(gateway_field){.path = name_path,
                                 .name_path = name_path,
                                 .received = shown(l, v),
                                 .problem = err_name(ERR_MISSING_FIELD),
                                 .type = "any",
                                 .required = true,
                                 .dictionary = "",
                                 .expected = "an object or a list"});
    for (int i = 0; i < count; i++) {
        str path =
            count > 1 ? arena_printf(l->c->a, "%.*s[%d]", STR_ARG(name_path), i + 1) : name_path;
        look_row(l, node, rows[i], path, name_path, i == 0);
    }
}

static void look_envelope(looker *l)
{
    gate_call *c = l->c;
    for (ptrdiff_t i = 0; i < COUNTOF(envelope); i++) {
        gate_value v = gate_member(c->body, envelope[i].name);
        str s = gate_text(c->body, envelope[i].name), name = str_of(envelope[i].name);
        bool missing = s.n == 0 && envelope[i].required,
             longer = characters(s) > envelope[i].length;
        if (!v.node && !missing)
            continue;
        tell(l, &(gateway_field){.path = name,
                                 .name_path = name,
                                 .received = shown(l, v),
                                 .problem = missing  ? err_name(ERR_MISSING_FIELD)
                                            : longer ? err_name(ERR_TOO_LONG)
                                                     : "",
                                 .type = "text",
                                 .length = envelope[i].length,
                                 .required = envelope[i].required,
                                 .dictionary = "",
                                 .expected = ""});
    }
    for (gate_value m = gate_first(c->body); m.node; m = gate_next(c->body, m)) {
        bool known = str_eq(m.node->key, S("input"));
        for (ptrdiff_t i = 0; i < COUNTOF(envelope) && !known; i++)
            known = str_eq(m.node->key, str_of(envelope[i].name));
        if (!known)
            look_stranger(l, m, S(""), S(""), "");
    }
}

void gate_check_all(gate_call *c, gateway_seen *seen, void *arg)
{
    looker l = {c, seen, arg, LOOK_FIELDS_MAX};
    const char *last = NULL;
    bool whole = false; /* fields of the input itself: it has been looked at for strangers */
    look_envelope(&l);
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        if (f->direction != GATE_IN || (last && strcmp(last, f->node) == 0))
            continue;
        last = f->node;
        whole |= f->node[0] == 0;
        look_node(&l, f->node);
    }
    if (whole || c->t.field_count == 0)
        return;
    for (gate_value m = gate_first(c->input); m.node; m = gate_next(c->input, m))
        if (!is_node_of(c, m.node->key))
            look_stranger(&l, m, S("input"), S("input"), "");
}
