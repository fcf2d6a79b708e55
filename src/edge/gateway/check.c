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

static bool
value_check(gate_call *c, const gate_field *f, const place *at, gate_value v, bool strict, err *e)
{
    if (!v.node || v.node->kind == JSON_OBJECT || v.node->kind == JSON_LIST ||
        v.node->kind == JSON_TRUE || v.node->kind == JSON_FALSE)
        return true;
    str s = v.node->kind == JSON_NULL ? S("") : v.node->text;
    if (str_eq(s, S("null")) || str_eq(s, S("NULL")))
        s = S("");
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
    if (f->type == GATE_TEXT && f->length && characters(s) > f->length) {
        err_expected(e, "at most %d characters, not %d", f->length, characters(s));
        return fault(c, ERR_TOO_LONG, at, s, e);
    }
    if (strict && f->dictionary && !gate_dictionary_has(f->dictionary, s)) {
        err_expected(e, "a code of the dictionary %s", gate_dictionary_name(f->dictionary));
        return fault(c, ERR_UNKNOWN_WORD, at, s, e);
    }
    return true;
}

/* The fields of one row. */
static bool
row_check(gate_call *c, const char *node, gate_value row, int number, bool strict, err *e)
{
    for (int i = 0; i < c->t.field_count; i++) {
        const gate_field *f = &c->t.field[i];
        const place at = {node, f->name, number};
        if (f->direction != GATE_IN || strcmp(f->node, node) != 0)
            continue;
        gate_value v = gate_member(row, f->name);
        if (!v.node && strict && f->required) {
            err_expected(e, "a value");
            return fault(c, ERR_MISSING_FIELD, &at, S(""), e);
        }
        if (!value_check(c, f, &at, v, strict, e))
            return false;
    }
    return true;
}

static bool node_check(gate_call *c, const char *node, bool strict, err *e)
{
    gate_value *rows = NULL;
    int count = 0;
    gate_value v = node[0] ? gate_member(c->input, node) : c->input;
    if (!v.node || (v.node->kind != JSON_OBJECT && v.node->kind != JSON_LIST)) {
        if (!strict || !node[0])
            return true; /* what is needed the use case asks for */
        err_expected(e, "an object");
        return fault(c, ERR_MISSING_FIELD, &(place){"", node, 0}, S(""), e);
    }
    count = node[0] ? gate_rows(&rows, c, node) : 1;
    if (!node[0])
        rows = &v;
    for (int i = 0; i < count; i++)
        if (!row_check(c, node, rows[i], count > 1 ? i + 1 : 0, strict, e))
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
