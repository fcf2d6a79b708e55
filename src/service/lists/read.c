/* Running a list: rows, the place where the next page begins, how many there are. */
#include "base/money.h"
#include "service/lists/lists_internal.h"
#include "service/lists/mask.h"

/* ---- values ---- */

static bool is_none(list_kind kind, const store_value *v)
{
    switch (kind) {
    case LIST_ID:
    case LIST_MOMENT:
        return v->number == 0;
    case LIST_E4:
    case LIST_RATE:
        return v->number < 0;
    case LIST_DAY:
        return v->text.n == 0;
    default:
        return false;
    }
}

static const store_value *value_at(const list_page *p, ptrdiff_t row, int column)
{
    assert(row < p->rows.row_count);
    assert(column < p->rows.column_count);
    return &p->rows.cell[row * p->rows.column_count + column];
}

list_cell list_cell_at(const list_page *p, ptrdiff_t row, int column, arena *a)
{
    list_kind kind = p->list->column[column].kind;
    const store_value *v = value_at(p, row, column);
    list_cell cell = {.text = v->kind == STORE_TEXT ? v->text : S(""),
                      .number = v->kind == STORE_NUMBER ? v->number : 0,
                      .none = v->kind == STORE_NULL || is_none(kind, v)};
    if (kind == LIST_NAME)
        cell.text = mask_name(cell.text, a);
    else if (kind == LIST_ID_NO)
        cell.text = mask_id_no(cell.text, a);
    return cell;
}

static str rate_text(int64_t e8, arena *a)
{
    money_text t = rate_show(e8);
    return arena_str(a, str_of(t.c));
}

static void json_words(json_out *out, str words)
{
    json_open(out, '[');
    for (ptrdiff_t from = 0, i = 0; i <= words.n; i++) {
        if (i < words.n && words.p[i] != ',')
            continue;
        if (i > from)
            json_str(out, (str){words.p + from, i - from});
        from = i + 1;
    }
    json_close(out, ']');
}

static void json_cell(json_out *out, list_kind kind, const list_cell *cell)
{
    switch (kind) {
    case LIST_NUMBER:
        json_number(out, cell->number);
        return;
    case LIST_ID:
        json_id(out, cell->number);
        return;
    case LIST_MONEY:
        json_money(out, cell->number);
        return;
    case LIST_E4:
        json_e4(out, cell->number);
        return;
    case LIST_RATE:
        json_str(out, rate_text(cell->number, out->a));
        return;
    case LIST_MOMENT:
        json_moment(out, cell->number);
        return;
    case LIST_FLAG:
        json_bool(out, cell->number != 0);
        return;
    case LIST_WORDS:
        json_words(out, cell->text);
        return;
    case LIST_JSON:
        json_raw(out, cell->text.n ? cell->text : S("{}"));
        return;
    case LIST_NONE:
    case LIST_TEXT:
    case LIST_NAME:
    case LIST_ID_NO:
    case LIST_DAY:
        break;
    }
    json_str(out, cell->text);
}

void list_row_json(json_out *out, const list_page *p, ptrdiff_t row)
{
    json_open(out, '{');
    for (int i = 0; i < p->list->column_count; i++) {
        const list_column *c = &p->list->column[i];
        if (c->flags & LIST_QUIET)
            continue;
        list_cell cell = list_cell_at(p, row, i, out->a);
        json_key(out, str_of(c->name));
        if (cell.none && c->kind != LIST_DAY)
            json_null(out);
        else
            json_cell(out, c->kind, &cell);
    }
    json_close(out, '}');
}

void list_json(json_out *out, const list_page *p)
{
    json_key(out, S("rows"));
    json_open(out, '[');
    for (ptrdiff_t i = 0; i < p->rows.row_count; i++)
        list_row_json(out, p, i);
    json_close(out, ']');
    json_key(out, S("next"));
    if (p->next.n)
        json_str(out, p->next);
    else
        json_null(out);
    json_field_number(out, S("total"), p->total);
    json_field_bool(out, S("total_is_exact"), p->total_is_exact);
}

/* ---- reading ---- */

static void page_of(list_page *out, const list_query *q, const list_request *r, arena *a)
{
    out->list = q->list;
    out->next = S("");
    if (out->rows.row_count <= q->limit)
        return;
    out->rows.row_count = q->limit;
    store_value last[LIST_ORDER_MAX];
    for (int i = 0; i < q->order_count; i++)
        last[i] = *value_at(out, q->limit - 1, q->order[i]);
    out->next = cursor_write(r->sort.n ? r->sort : str_of(q->list->sort), last, q->order_count, a);
}

typedef struct {
    const list_request *request;
    const list_query *query;
    list_page *page;
} reading;

static bool read_work(store_job *job, void *arg, arena *a, err *e)
{
    reading *r = arg;
    const list_query *q = r->query;
    store_rows count;
    if (!store_query_text(job, q->sql, q->value, q->value_count, &r->page->rows, a, e) ||
        !store_query_text(job, q->count_sql, q->value, q->value_count, &count, a, e))
        return false;
    r->page->total = store_number(&count, 0, 0);
    r->page->total_is_exact = r->page->total <= LIST_COUNT_MAX;
    if (!r->page->total_is_exact)
        r->page->total = LIST_COUNT_MAX;
    page_of(r->page, q, r->request, a);
    return true;
}

bool list_read(list_page *out, store *s, const list_request *r, const actor *who, arena *a, err *e)
{
    list_query q;
    *out = (list_page){.list = r->list};
    if (!list_build(&q, r, who, a, e))
        return false;
    reading arg = {r, &q, out};
    return store_read(s, read_work, &arg, a, e);
}

typedef struct {
    list_request request;
    const actor *who;
    list_take *take;
    void *arg;
} walk;

static bool walk_work(store_job *job, void *arg, arena *a, err *e)
{
    walk *w = arg;
    int64_t seen = 0;
    char cursor[LIST_CURSOR_MAX];
    w->request.cursor = S("");
    do {
        arena again = *a; /* what a page needs is given back after it */
        list_query q;
        list_page page = {0};
        if (!list_build(&q, &w->request, w->who, &again, e) ||
            !store_query_text(job, q.sql, q.value, q.value_count, &page.rows, &again, e))
            return false;
        page_of(&page, &q, &w->request, &again);
        seen += page.rows.row_count;
        if (seen > LIST_EXPORT_MAX || (seen == LIST_EXPORT_MAX && page.next.n))
            return FAIL(e, ERR_TOO_LARGE, "more than %d rows", LIST_EXPORT_MAX);
        if (!w->take(w->arg, &page, &again, e))
            return false;
        if (page.next.n > LIST_CURSOR_MAX)
            return FAIL(e, ERR_TOO_LARGE, "a value that is sorted by is too long");
        if (page.next.n)
            memcpy(cursor, page.next.p, (size_t)page.next.n);
        w->request.cursor = (str){cursor, page.next.n};
    } while (w->request.cursor.n);
    return true;
}

bool list_each(
    store *s, const list_request *r, const actor *who, list_take *take, void *arg, arena *a, err *e)
{
    walk w = {*r, who, take, arg};
    w.request.limit = LIST_LIMIT_MAX;
    return store_read(s, walk_work, &w, a, e);
}
