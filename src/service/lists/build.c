/* One list and one request become one SQL text and the values beside it.  Pure. */
#include "base/day.h"
#include "service/lists/lists_internal.h"

#define SQL_BYTES 12000
#define Q_BYTES   600

typedef struct {
    const list_request *r;
    const actor *who;
    arena *a;
    err *e;
    list_query *out;
    text_buffer sql; /* the one that is being written */
    int today, area, city, q, value,
        number;    /* places of values that stand in several spots; 0 = not yet */
    str area_code; /* of {area} */
    bool has_where;
} builder;

static bool fault(builder *b, err_code code, str field, const char *expected)
{
    FAIL(b->e, code, "list %s", b->r->list->name);
    err_field(b->e, field);
    err_expected(b->e, "%s", expected);
    return false;
}

static int value_add(builder *b, store_value v)
{
    assert(b->out->value_count < LIST_VALUES_MAX);
    b->out->value[b->out->value_count++] = v;
    return b->out->value_count;
}

static bool number_read(int64_t *out, str s)
{
    int64_t number = 0;
    if (s.n == 0 || s.n > 19)
        return false;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *out = number;
    return true;
}

static int64_t q_number(str q)
{
    int64_t number;
    return number_read(&number, q) ? number : -1;
}

/* 350902 lies in 350900. */
static str city_of(const builder *b)
{
    if (b->area_code.n != 6)
        return b->area_code;
    return arena_printf(b->a, "%.4s00", b->area_code.p);
}

static int place_of(builder *b, const char *name, size_t n)
{
    if (n == 5 && memcmp(name, "today", n) == 0)
        return b->today ? b->today : (b->today = value_add(b, STORE_T(b->r->today)));
    if (n == 4 && memcmp(name, "area", n) == 0)
        return b->area ? b->area : (b->area = value_add(b, STORE_T(b->area_code)));
    if (n == 4 && memcmp(name, "city", n) == 0)
        return b->city ? b->city : (b->city = value_add(b, STORE_T(city_of(b))));
    if (n == 6 && memcmp(name, "number", n) == 0)
        return b->number ? b->number : (b->number = value_add(b, STORE_N(q_number(b->r->q))));
    if (n == 5 && memcmp(name, "value", n) == 0)
        return b->value;
    assert(n == 1 && *name == 'q');
    return b->q ? b->q : (b->q = value_add(b, STORE_T(b->r->q)));
}

/* Text of tables.c; {today}, {area} … become places of values. */
static void add(builder *b, const char *text)
{
    for (const char *brace; (brace = strchr(text, '{')); text = strchr(brace, '}') + 1) {
        text_add(&b->sql, (str){text, brace - text});
        text_printf(&b->sql, "$%d", place_of(b, brace + 1, strcspn(brace + 1, "}")));
    }
    text_add(&b->sql, str_of(text));
}

static void add_value(builder *b, store_value v)
{
    text_printf(&b->sql, "$%d", value_add(b, v));
}

static void add_and(builder *b)
{
    add(b, b->has_where ? " and " : " where ");
    b->has_where = true;
}

static int column_named(const list_spec *l, str name)
{
    for (int i = 0; i < l->column_count; i++)
        if (str_eq(name, str_of(l->column[i].name)))
            return i;
    return -1;
}

/* ---- filters ---- */

static bool is_area(str s)
{
    bool digits = s.n >= 2 && s.n <= 12;
    for (ptrdiff_t i = 0; digits && i < s.n; i++)
        digits = s.p[i] >= '0' && s.p[i] <= '9';
    return digits;
}

/* 3509 and all of 3509..: a range of texts of digits, which every database sorts alike.  350900 is
 * the same city. */
static void add_within(builder *b, const char *sql, str code)
{
    while (code.n > 2 && code.n % 2 == 0 && memcmp(code.p + code.n - 2, "00", 2) == 0)
        code.n -= 2;
    add(b, sql);
    add(b, " >= ");
    add_value(b, STORE_T(code));
    add(b, " and ");
    add(b, sql);
    add(b, " <= ");
    add_value(b, STORE_T(arena_printf(b->a, "%.*s999999999999", STR_ARG(code))));
}

static void add_area(builder *b, const char *sql, str code)
{
    add_and(b);
    add_within(b, sql, code);
}

static void add_either_area(builder *b, const char *sql, const char *other_sql, str code)
{
    add_and(b);
    add(b, "((");
    add_within(b, sql, code);
    add(b, ") or (");
    add_within(b, other_sql, code);
    add(b, "))");
}

static bool add_equal(builder *b, const list_column *c, const list_filter *f)
{
    store_value v = STORE_T(f->value);
    if (c->kind == LIST_ID || c->kind == LIST_NUMBER || c->kind == LIST_FLAG) {
        int64_t number;
        if (!number_read(&number, f->value))
            return fault(b, ERR_BAD_NUMBER, f->name, "a whole number");
        v = STORE_N(number);
    } else if (f->value.n > 200) {
        return fault(b, ERR_BAD_VALUE, f->name, "at most 200 bytes");
    }
    add_and(b);
    if (b->r->list->filter.sql && str_eq(f->name, str_of(b->r->list->filter.name))) {
        b->value = value_add(b, v);
        add(b, b->r->list->filter.sql);
        return true;
    }
    add(b, c->sql);
    add(b, " = ");
    add_value(b, v);
    return true;
}

/* Days of people in Beijing, moments in UTC. */
static bool add_moment(builder *b, const list_filter *f, bool until)
{
    day on;
    if (!day_parse(&on, f->value))
        return fault(b, ERR_BAD_DATE, f->name, "a day, like 2026-11-21");
    int64_t ms = ((int64_t)on.number + until) * 86400000 - 28800000;
    add_and(b);
    add(b, b->r->list->moment_sql);
    add(b, until ? " < " : " >= ");
    add_value(b, STORE_N(ms));
    return true;
}

static bool add_filter(builder *b, const list_filter *f)
{
    const list_spec *l = b->r->list;
    bool until = str_eq(f->name, S("until"));
    int at = column_named(l, f->name);
    const list_column *c = at < 0 ? NULL : &l->column[at];
    if (f->value.n == 0)
        return true; /* a form that was left empty */
    if (l->moment_sql && (until || str_eq(f->name, S("from"))))
        return add_moment(b, f, until);
    bool area = (c && (c->flags & LIST_AREA)) || (l->takes_area && str_eq(f->name, S("area_code")));
    if (area && !is_area(f->value))
        return fault(b, ERR_BAD_VALUE, f->name, "a division code of 2 to 12 digits");
    if (area && c) {
        add_area(b, c->sql, f->value);
        return true;
    }
    if (area)
        return true; /* stands in {area} */
    if (!c || !(c->flags & LIST_FILTER)) {
        char known[90];
        text_buffer t = {known, 0, sizeof known - 1, false};
        for (int i = 0; i < l->column_count; i++)
            if (l->column[i].flags & (LIST_FILTER | LIST_AREA))
                text_printf(&t, "%s%s", t.n ? ", " : "", l->column[i].name);
        known[t.n] = 0;
        return fault(b, ERR_UNKNOWN_FIELD, f->name, known);
    }
    return add_equal(b, c, f);
}

/* ---- free text ---- */

static bool is_ascii(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static str upper(str s, arena *a)
{
    str copy = arena_str(a, s);
    char *p = (char *)copy.p;
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    return copy;
}

/* Letters and digits, and enough of these: a citizen number, a passport, a permit. */
static bool is_id_no(str s)
{
    int digits = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        bool letter = (s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z';
        if (!digit && !letter)
            return false;
        digits += digit;
    }
    return s.n >= 8 && digits >= 6;
}

/* `%` and `_` of the user are letters like others. */
static str like_text(str q, arena *a)
{
    char *p = arena_new(a, char, 2 * q.n + 3);
    ptrdiff_t n = 0;
    p[n++] = '%';
    for (ptrdiff_t i = 0; i < q.n; i++) {
        if (strchr("%_!", q.p[i]))
            p[n++] = '!';
        p[n++] = q.p[i];
    }
    p[n++] = '%';
    return (str){p, n};
}

/* What begins with `q` lies between it and it with the last of all characters behind. */
static void add_prefix(builder *b, const char *sql, str q)
{
    add(b, "(");
    add(b, sql);
    add(b, " >= ");
    add_value(b, STORE_T(q));
    add(b, " and ");
    add(b, sql);
    add(b, " < ");
    add_value(b, STORE_T(arena_printf(b->a, "%.*s\xF4\x8F\xBF\xBF", STR_ARG(q))));
    add(b, ")");
}

static void add_search_rule(builder *b, const list_search *s, int64_t number)
{
    str q = b->r->q;
    switch (s->kind) {
    case SEARCH_PREFIX:
        add_prefix(b, s->sql, q);
        return;
    case SEARCH_INITIALS:
        add_prefix(b, s->sql, upper(q, b->a));
        return;
    case SEARCH_CONTAINS:
        add(b, s->sql);
        add(b, " like ");
        add_value(b, STORE_T(like_text(q, b->a)));
        add(b, " escape '!'");
        return;
    case SEARCH_IN:
        add(b, s->sql);
        return;
    case SEARCH_NONE:
    case SEARCH_EXACT:
    case SEARCH_NUMBER:
    case SEARCH_ID_NO:
        break;
    }
    add(b, s->sql);
    add(b, " = ");
    if (s->kind == SEARCH_NUMBER)
        add_value(b, STORE_N(number));
    else
        add_value(b, STORE_T(s->kind == SEARCH_ID_NO ? upper(q, b->a) : q));
}

static bool rule_fits(const list_search *s, str q, int64_t *number)
{
    if (s->kind == SEARCH_NUMBER)
        return number_read(number, q);
    if (s->kind == SEARCH_ID_NO)
        return is_id_no(q);
    return s->kind != SEARCH_NONE && (s->kind != SEARCH_INITIALS || is_ascii(q));
}

static bool add_search(builder *b)
{
    const list_spec *l = b->r->list;
    str q = b->r->q;
    int64_t number = 0;
    bool any = false;
    if (q.n == 0)
        return true;
    if (q.n > Q_BYTES || l->search[0].kind == SEARCH_NONE)
        return fault(b, ERR_BAD_VALUE, S("q"), "a text of at most 600 bytes");
    add_and(b);
    add(b, "(");
    for (int i = 0; i < LIST_SEARCH_MAX; i++) {
        if (!rule_fits(&l->search[i], q, &number))
            continue;
        if (any)
            add(b, " or ");
        any = true;
        add_search_rule(b, &l->search[i], number);
        if (l->search[i].kind == SEARCH_ID_NO)
            break;
    }
    add(b, any ? ")" : "1 = 0)");
    return true;
}

/* ---- scope, order, the whole ---- */

static bool add_scope(builder *b)
{
    const list_spec *l = b->r->list;
    if (l->area_sql && b->who->area_code.n) {
        if (!is_area(b->who->area_code))
            return fault(b, ERR_NO_RIGHT, S("area_code"), "an actor with a division code");
        if (l->other_area_sql)
            add_either_area(b, l->area_sql, l->other_area_sql, b->who->area_code);
        else
            add_area(b, l->area_sql, b->who->area_code);
    }
    if (l->maker_sql && b->who->provider_id) {
        add_and(b);
        add(b, l->maker_sql);
        add(b, " = ");
        add_value(b, STORE_N(b->who->user_id));
    }
    if (l->provider_sql && b->who->provider_id) {
        add_and(b);
        add(b, l->provider_sql);
        add(b, " = ");
        add_value(b, STORE_N(b->who->provider_id));
    }
    if (l->q_for_provider && b->who->provider_id && b->r->q.n == 0)
        return fault(b, ERR_MISSING_FIELD, S("q"), "a name or certificate number");
    return true;
}

static void order_add(list_query *out, int column)
{
    for (int i = 0; i < out->order_count; i++)
        if (out->order[i] == column)
            return;
    assert(column >= 0);
    out->order[out->order_count++] = column;
}

static bool order_find(builder *b, str sort)
{
    const list_spec *l = b->r->list;
    str name = sort;
    if (name.n && name.p[0] == '-') {
        b->out->falling = true;
        name = (str){name.p + 1, name.n - 1};
    }
    int at = column_named(l, name);
    if (at < 0 || !(l->column[at].flags & LIST_SORT)) {
        char known[90];
        text_buffer t = {known, 0, sizeof known - 1, false};
        for (int i = 0; i < l->column_count; i++)
            if (l->column[i].flags & LIST_SORT)
                text_printf(&t, "%s%s", t.n ? ", " : "", l->column[i].name);
        known[t.n] = 0;
        return fault(b, ERR_BAD_VALUE, S("sort"), known);
    }
    order_add(b->out, at);
    for (int i = 0; i < LIST_KEYS_MAX && l->key[i]; i++)
        order_add(b->out, column_named(l, str_of(l->key[i])));
    return true;
}

/* (a, b) > ($1, $2): what comes after the last row of the page before. */
static bool add_cursor(builder *b, str sort)
{
    const list_query *q = b->out;
    store_value value[LIST_ORDER_MAX];
    if (b->r->cursor.n == 0)
        return true;
    if (b->r->cursor.n > LIST_CURSOR_MAX ||
        !cursor_read(value, q->order_count, sort, b->r->cursor, b->a))
        return fault(b, ERR_BAD_VALUE, S("cursor"), "`next` of the page before");
    add_and(b);
    for (int i = 0; i < q->order_count; i++) {
        const list_column *c = &q->list->column[q->order[i]];
        bool number = c->kind == LIST_ID || c->kind == LIST_NUMBER || c->kind == LIST_MOMENT;
        if (number != (value[i].kind == STORE_NUMBER))
            return fault(b, ERR_BAD_VALUE, S("cursor"), "`next` of the page before");
        add(b, i ? ", " : "(");
        add(b, c->sql);
    }
    add(b, q->falling ? ") < " : ") > ");
    for (int i = 0; i < q->order_count; i++) {
        add(b, i ? ", " : "(");
        add_value(b, value[i]);
    }
    add(b, ")");
    return true;
}

static bool add_where(builder *b)
{
    const list_request *r = b->r;
    if (r->list->where) {
        add_and(b);
        add(b, r->list->where);
    }
    for (int i = 0, given = 0; i < r->filter_count; i++) {
        given += r->filter[i].value.n > 0;
        if (given > LIST_FILTERS_MAX)
            return fault(b, ERR_TOO_LARGE, r->filter[i].name, "at most 12 filters");
        if (!add_filter(b, &r->filter[i]))
            return false;
    }
    return add_scope(b) && add_search(b);
}

static void add_order(builder *b)
{
    const list_query *q = b->out;
    add(b, " order by ");
    for (int i = 0; i < q->order_count; i++)
        text_printf(&b->sql, "%s%s%s", i ? ", " : "", q->list->column[q->order[i]].sql,
                    q->falling ? " desc" : "");
}

/* The keys of the page are picked from one index before anything is joined to them: wide rows are
 * read for the page only, and no planner has to guess how many rows a join will have. */
static bool add_page(builder *b, str where, str sort)
{
    const list_spec *l = b->r->list;
    add(b, "select ");
    for (int i = 0; i < l->column_count; i++) {
        add(b, i ? ", " : "");
        add(b, l->column[i].sql);
    }
    add(b, " from ");
    if (l->joins)
        text_printf(&b->sql, "(select %s from ", l->pick);
    add(b, l->from);
    text_add(&b->sql, where);
    if (!add_cursor(b, sort))
        return false;
    add_order(b);
    add(b, " limit ");
    add_value(b, STORE_N(b->out->limit + 1));
    if (l->joins) {
        add(b, ") k");
        add(b, l->joins);
        add_order(b);
    }
    return true;
}

static text_buffer sql_room(arena *a)
{
    return (text_buffer){arena_new(a, char, SQL_BYTES), 0, SQL_BYTES, false};
}

bool list_build(list_query *out, const list_request *r, const actor *who, arena *a, err *e)
{
    const list_spec *l = r->list;
    builder b = {.r = r, .who = who, .a = a, .e = e, .out = out, .area_code = who->area_code};
    str sort = r->sort.n ? r->sort : str_of(l->sort);
    *out = (list_query){.list = l, .limit = r->limit ? r->limit : LIST_LIMIT};
    if (out->limit < 1 || out->limit > LIST_LIMIT_MAX)
        return fault(&b, ERR_BAD_VALUE, S("limit"), "1 to 500");
    for (int i = 0; i < r->filter_count; i++)
        if (l->takes_area && r->filter[i].value.n && str_eq(r->filter[i].name, S("area_code")))
            b.area_code = r->filter[i].value;
    if (!order_find(&b, sort))
        return false;

    b.sql = sql_room(a);
    if (!add_where(&b))
        return false;
    text_buffer where = b.sql;

    b.sql = sql_room(a);
    add(&b, "select count(*) from (select 1 as one from ");
    add(&b, l->from);
    text_add(&b.sql, (str){where.p, where.n});
    text_printf(&b.sql, " limit %d) counted", LIST_COUNT_MAX + 1);
    out->count_sql = (str){b.sql.p, b.sql.n};
    bool cut = b.sql.cut;

    b.sql = sql_room(a);
    if (!add_page(&b, (str){where.p, where.n}, sort))
        return false;
    out->sql = (str){b.sql.p, b.sql.n};
    assert(!cut && !where.cut && !b.sql.cut);
    return true;
}
