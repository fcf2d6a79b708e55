/* Values of a message, as loosely as systems write them. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "base/money.h"

gate_value gate_first(gate_value parent)
{
    bool any = parent.node &&
               (parent.node->kind == JSON_OBJECT || parent.node->kind == JSON_LIST) &&
               parent.node->next > parent.node - parent.first + 1;
    return (gate_value){parent.first, any ? parent.node + 1 : NULL};
}

gate_value gate_next(gate_value parent, gate_value child)
{
    bool more = child.node->next < parent.node->next;
    return (gate_value){parent.first, more ? parent.first + child.node->next : NULL};
}

bool gate_same_name(str a, str b)
{
    ptrdiff_t i = 0;
    while (i < a.n && a.n == b.n) {
        int x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        x += x >= 'A' && x <= 'Z' ? 32 : 0;
        y += y >= 'A' && y <= 'Z' ? 32 : 0;
        if (x != y)
            return false;
        i++;
    }
    return a.n == b.n;
}

gate_value gate_member(gate_value object, const char *name)
{
    str wanted = str_of(name);
    gate_value other = {object.first, NULL};
    if (!object.node || object.node->kind != JSON_OBJECT)
        return other;
    bool loose = object.node != object.first; /* what is signed is the envelope */
    for (gate_value m = gate_first(object); m.node; m = gate_next(object, m)) {
        if (str_eq(m.node->key, wanted))
            return m;
        if (loose && !other.node && gate_same_name(m.node->key, wanted))
            other = m;
    }
    return other;
}

static str trimmed(str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r'))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\n' ||
                       s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

str gate_text_of(gate_value v)
{
    if (!v.node || (v.node->kind != JSON_STRING && v.node->kind != JSON_NUMBER))
        return S("");
    str s = trimmed(v.node->text);
    return str_eq(s, S("null")) || str_eq(s, S("NULL")) ? S("") : s;
}

str gate_text(gate_value object, const char *name)
{
    return gate_text_of(gate_member(object, name));
}

static bool holds_rows(gate_value v)
{
    return v.node && (v.node->kind == JSON_OBJECT || v.node->kind == JSON_LIST);
}

/* Clients call nodes what they like: the only structure there is stands for the one that is
 * meant. */
static gate_value node_find(const gate_call *c, const char *name)
{
    gate_value v = gate_member(c->input, name), only = {c->input.first, NULL};
    int structures = 0, others = 0;
    if (holds_rows(v))
        return v;
    for (gate_value m = gate_first(c->input); m.node; m = gate_next(c->input, m)) {
        if (holds_rows(m)) {
            structures++;
            only = m;
        } else {
            others++;
        }
    }
    if (structures == 1)
        return only;
    return structures == 0 && others > 0 ? c->input : (gate_value){c->input.first, NULL};
}

gate_value gate_node(gate_call *c, const char *name)
{
    c->node = name;
    gate_value v = node_find(c, name);
    return v.node && v.node->kind == JSON_LIST ? gate_first(v) : v;
}

int gate_rows(gate_value **rows, const gate_call *c, const char *name)
{
    gate_value v = node_find(c, name);
    int count = 0;
    *rows = NULL;
    if (!v.node)
        return 0;
    if (v.node->kind == JSON_OBJECT) {
        *rows = arena_new(c->a, gate_value, 1);
        **rows = v;
        return 1;
    }
    for (gate_value m = gate_first(v); m.node; m = gate_next(v, m))
        count++;
    *rows = arena_new(c->a, gate_value, count);
    count = 0;
    for (gate_value m = gate_first(v); m.node; m = gate_next(v, m))
        (*rows)[count++] = m;
    return count;
}

bool gate_fault(
    gate_call *c, err_code code, const char *field, str received, const char *expected, err *e)
{
    c->received = received;
    err_field(e, str_of(field));
    if (expected)
        err_expected(e, "%s", expected);
    return FAIL(e, code, "%s", "");
}

bool gate_need(str *out, gate_call *c, gate_value object, const char *name, err *e)
{
    *out = gate_text(object, name);
    return out->n > 0 || gate_fault(c, ERR_MISSING_FIELD, name, S(""), "a value", e);
}

bool gate_need_id(int64_t *out, gate_call *c, gate_value object, const char *name, err *e)
{
    str text;
    if (!gate_need(&text, c, object, name, e))
        return false;
    if (id_parse(out, text))
        return true;
    c->received = text; /* the right form, but nothing of ours: not found */
    err_field(e, str_of(name));
    err_expected(e, "a number this platform gave");
    return FAIL(e, ERR_NOT_FOUND, "%s", "");
}

#define NOISE_DIGITS 4

/* 11.120000000000001 and 11.119999999999999 are 11.12: a few digits more are read, and have to be
 * noughts or nines. */
static bool decimal_noisy(int64_t *out, str text, int scale, int64_t max)
{
    const char *point = text.n ? memchr(text.p, '.', (size_t)text.n) : NULL;
    ptrdiff_t keep = point ? point - text.p + 1 + scale + NOISE_DIGITS : 0;
    int64_t wide, unit = 1;
    for (int i = 0; i < NOISE_DIGITS; i++)
        unit *= 10;
    if (!point || text.n < keep + 4 || max > INT64_MAX / unit)
        return false;
    for (ptrdiff_t i = keep; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    if (!decimal_parse(&wide, (str){text.p, keep}, scale + NOISE_DIGITS, max * unit))
        return false;
    *out = (wide + unit / 2) / unit;
    int64_t off = wide - *out * unit;
    return off >= -1 && off <= 1;
}

static bool decimal_signed(int64_t *out, str text, int scale, int64_t max)
{
    bool minus = text.n > 0 && text.p[0] == '-';
    if (minus)
        text = (str){text.p + 1, text.n - 1};
    if (!decimal_parse(out, text, scale, max) && !decimal_noisy(out, text, scale, max))
        return false;
    if (minus)
        *out = -*out;
    return true;
}

bool gate_amount(int64_t *fen, gate_call *c, gate_value object, const char *name, err *e)
{
    str text = gate_text(object, name);
    *fen = 0;
    return text.n == 0 || decimal_signed(fen, text, 2, MONEY_FEN_MAX) ||
           gate_fault(c, ERR_BAD_AMOUNT, name, text, "yuan with at most two decimals", e);
}

bool gate_quantity(int64_t *e4, gate_call *c, gate_value object, const char *name, err *e)
{
    str text = gate_text(object, name);
    *e4 = 0;
    return text.n == 0 || decimal_signed(e4, text, 4, INT64_C(100000000000)) ||
           gate_fault(c, ERR_BAD_VALUE, name, text, "at most 10 million, four decimals", e);
}

bool gate_day(str *out, gate_call *c, gate_value object, const char *name, bool required, err *e)
{
    day d;
    str text = gate_text(object, name);
    *out = text.n > 10 ? (str){text.p, 10} : text;
    if (text.n == 0)
        return !required || gate_fault(c, ERR_MISSING_FIELD, name, S(""), "a day", e);
    return day_parse(&d, *out) || gate_fault(c, ERR_BAD_DATE, name, text, "2024-02-29", e);
}

bool gate_need_word(
    str *out, gate_call *c, gate_value object, const char *name, const char *kind, err *e)
{
    str code;
    if (!gate_need(&code, c, object, name, e))
        return false;
    *out = gate_word_of(c->words, kind, code);
    return out->n > 0 ||
           gate_fault(c, ERR_UNKNOWN_WORD, name, code, "a code this area pays for", e);
}

static void copy(json_out *o, gate_value v)
{
    const json_node *n = v.node;
    if (n->kind == JSON_STRING) {
        json_str(o, n->text);
    } else if (n->kind == JSON_NUMBER) {
        json_raw(o, n->text);
    } else if (n->kind == JSON_OBJECT || n->kind == JSON_LIST) {
        bool object = n->kind == JSON_OBJECT;
        json_open(o, object ? '{' : '[');
        for (gate_value m = gate_first(v); m.node; m = gate_next(v, m)) {
            if (object)
                json_key(o, m.node->key);
            copy(o, m);
        }
        json_close(o, object ? '}' : ']');
    } else if (n->kind == JSON_NULL) {
        json_null(o);
    } else {
        json_bool(o, n->kind == JSON_TRUE);
    }
}

str gate_json_of(gate_call *c, gate_value v)
{
    if (!v.node)
        return S("");
    json_out o = json_out_new(c->a, 512);
    copy(&o, v);
    return json_out_text(&o);
}
