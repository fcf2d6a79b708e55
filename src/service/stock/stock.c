#include "service/stock/stock.h"

struct stock_said {
    str key;
    stock_said *next;
};

struct stock_place {
    str own_code, batch_no;
    bool known; /* there is a row of it */
    int64_t on_hand_e4;
    stock_said *said;
    stock_place *next;
};

static const char *const kinds[] = {"",     "count",      "change", "purchase", "purchase_return",
                                    "sale", "sale_return"};

/* What is there by now, with what this message did. */
static bool place_of(stock_place **out,
                     stock_sheet *sheet,
                     str own_code,
                     str batch_no,
                     store_job *job,
                     const actor *who,
                     arena *a,
                     err *e)
{
    for (stock_place *p = sheet->place; p; p = p->next) {
        if (!str_eq(p->own_code, own_code) || !str_eq(p->batch_no, batch_no))
            continue;
        *out = p;
        return true;
    }
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(own_code), STORE_T(batch_no)};
    store_rows r;
    if (!store_query(job, SQL_STOCK_GET, key, COUNTOF(key), &r, a, e))
        return false;
    stock_place *p = arena_new(a, stock_place, 1);
    *p = (stock_place){.own_code = own_code,
                       .batch_no = batch_no,
                       .known = r.row_count > 0,
                       .on_hand_e4 = r.row_count ? store_number(&r, 0, 0) : 0,
                       .next = sheet->place};
    sheet->place = p;
    *out = p;
    return true;
}

/* Counts may be said again: the second one finds no difference. */
static bool
not_said(const stock_goods *g, stock_place *p, store_job *job, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(g->own_code),
                               STORE_T(g->batch_no), STORE_T(g->said_key)};
    store_rows r;
    bool again = false;
    if (g->kind == STOCK_COUNT)
        return true;
    for (stock_said *s = p->said; s; s = s->next)
        again |= str_eq(s->key, g->said_key);
    if (!again) {
        if (!store_query(job, SQL_STOCK_SAID, key, COUNTOF(key), &r, a, e))
            return false;
        again = r.row_count > 0;
    }
    if (again) {
        err_field(e, S("fixmedins_bchno"));
        err_expected(e, "what was not said before; 3507 takes back");
        return FAIL(e, ERR_EXISTS, "%s", "");
    }
    stock_said *s = arena_new(a, stock_said, 1);
    *s = (stock_said){g->said_key, p->said};
    p->said = s;
    return true;
}

/* The purchase or sale that a return names, if it is one of these goods. */
static bool
refer(int64_t *out, const stock_goods *g, store_job *job, const actor *who, arena *a, err *e)
{
    bool bought = g->kind == STOCK_PURCHASE_RETURN;
    const store_value key[] = {STORE_N(g->refers_id), STORE_N(who->provider_id),
                               STORE_T(g->own_code), STORE_T(g->batch_no),
                               STORE_T(bought ? S("purchase") : S("sale"))};
    store_rows r;
    *out = 0;
    if (g->refers_id == 0 || (!bought && g->kind != STOCK_SALE_RETURN))
        return true;
    if (!store_query(job, SQL_STOCK_REFERRED, key, COUNTOF(key), &r, a, e))
        return false;
    *out = r.row_count ? g->refers_id : 0;
    return true;
}

static bool
settled(int64_t *out, const stock_goods *g, store_job *job, const actor *who, arena *a, err *e)
{
    const store_value key[] = {STORE_N(g->settlement_id), STORE_N(who->provider_id)};
    store_rows r;
    *out = 0;
    if (g->settlement_id == 0)
        return true;
    if (!store_query(job, SQL_STOCK_SETTLEMENT, key, COUNTOF(key), &r, a, e))
        return false;
    *out = r.row_count ? g->settlement_id : 0;
    return true;
}

static bool any_sold(bool *out, const stock_goods *g, store_job *job, arena *a, err *e)
{
    store_rows r;
    *out = false;
    for (int i = 0; i < g->trace_count && g->kind == STOCK_SALE && !g->opened && !*out; i++) {
        const store_value key = STORE_T(g->trace[i]);
        if (!store_query(job, SQL_STOCK_TRACE_SOLD, &key, 1, &r, a, e))
            return false;
        *out = store_number(&r, 0, 0) > 0;
    }
    return true;
}

static int64_t moved_by(const stock_goods *g, int64_t on_hand_e4)
{
    switch (g->kind) {
    case STOCK_COUNT:
        return g->quantity_e4 - on_hand_e4;
    case STOCK_CHANGE:
        return g->out ? -g->quantity_e4 : g->quantity_e4;
    case STOCK_PURCHASE:
    case STOCK_SALE_RETURN:
        return g->quantity_e4;
    case STOCK_PURCHASE_RETURN:
    case STOCK_SALE:
        return -g->quantity_e4;
    case STOCK_NONE:
        break;
    }
    return 0;
}

static void goods_put(const stock_goods *g,
                      const stock_booked *b,
                      int64_t moved_e4,
                      int64_t refers_id,
                      bool describes,
                      store_job *job,
                      const actor *who)
{
    store *st = store_of(job);
    const store_value movement[] = {
        STORE_N(b->movement_id), STORE_N(who->provider_id), STORE_T(g->own_code),
        STORE_T(g->batch_no),    STORE_T(g->item_code),     STORE_T(str_of(kinds[g->kind])),
        STORE_T(g->change_type), STORE_T(g->happened_at),   STORE_N(moved_e4),
        STORE_N(g->quantity_e4), STORE_T(g->said_key),      STORE_N(0),
        STORE_N(refers_id),      STORE_N(b->settlement_id), STORE_T(g->visit_no),
        STORE_T(g->cert_no),     STORE_T(g->detail),        STORE_N(store_now_ms(st)),
        STORE_T(who->name)};
    store_put(job, SQL_STOCK_MOVEMENT_ADD, movement, COUNTOF(movement));
    const store_value row[] = {STORE_N(who->provider_id), STORE_T(g->own_code),
                               STORE_T(g->batch_no),      STORE_T(g->item_code),
                               STORE_N(moved_e4),         STORE_T(g->happened_at),
                               STORE_N(b->movement_id),   STORE_T(describes ? g->detail : S(""))};
    store_put(job, SQL_STOCK_ADD, row, COUNTOF(row));
    for (int i = 0; i < g->trace_count; i++) {
        const store_value code[] = {STORE_N(b->movement_id), STORE_T(g->trace[i]),
                                    STORE_N(who->provider_id)};
        store_put(job, SQL_STOCK_TRACE_ADD, code, COUNTOF(code));
    }
}

bool stock_book(stock_booked *out,
                const stock_goods *g,
                stock_sheet *sheet,
                store_job *job,
                const actor *who,
                arena *a,
                err *e)
{
    stock_place *p = NULL;
    int64_t refers_id = 0;
    *out = (stock_booked){0};
    if (!place_of(&p, sheet, g->own_code, g->batch_no, job, who, a, e) ||
        !not_said(g, p, job, who, a, e) || !refer(&refers_id, g, job, who, a, e) ||
        !settled(&out->settlement_id, g, job, who, a, e) ||
        !any_sold(&out->sold_before, g, job, a, e))
        return false;
    int64_t moved_e4 = moved_by(g, p->on_hand_e4);
    out->movement_id = store_new_id(store_of(job));
    out->on_hand_e4 = p->on_hand_e4 + moved_e4;
    out->is_short = moved_e4 < 0 && out->on_hand_e4 < 0;
    goods_put(g, out, moved_e4, refers_id,
              !p->known || g->kind == STOCK_COUNT || g->kind == STOCK_PURCHASE, job, who);
    p->on_hand_e4 = out->on_hand_e4;
    p->known = true;
    return true;
}

/* A row of SQL_STOCK_LIVE. */
enum { MOVEMENT, OWN, ITEM, MOVED, AT };

static void
undo_put(const store_rows *r, ptrdiff_t i, str batch_no, store_job *job, const actor *who)
{
    int64_t id = store_new_id(store_of(job)), undone = -store_number(r, i, MOVED);
    str own = store_text(r, i, OWN), item = store_text(r, i, ITEM), at = store_text(r, i, AT);
    const store_value movement[] = {STORE_N(id),       STORE_N(who->provider_id),
                                    STORE_T(own),      STORE_T(batch_no),
                                    STORE_T(item),     STORE_T(S("reversal")),
                                    STORE_T(S("")),    STORE_T(at),
                                    STORE_N(undone),   STORE_N(undone),
                                    STORE_T(S("")),    STORE_N(store_number(r, i, MOVEMENT)),
                                    STORE_N(0),        STORE_N(0),
                                    STORE_T(S("")),    STORE_T(S("")),
                                    STORE_T(S("")),    STORE_N(store_now_ms(store_of(job))),
                                    STORE_T(who->name)};
    const store_value row[] = {
        STORE_N(who->provider_id), STORE_T(own), STORE_T(batch_no), STORE_T(item),
        STORE_N(undone),           STORE_T(at),  STORE_N(id),       STORE_T(S(""))};
    store_put(job, SQL_STOCK_MOVEMENT_ADD, movement, COUNTOF(movement));
    store_put(job, SQL_STOCK_ADD, row, COUNTOF(row));
}

bool stock_withdraw(int *count,
                    str batch_no,
                    str what,
                    stock_sheet *sheet,
                    store_job *job,
                    const actor *who,
                    arena *a,
                    err *e)
{
    str returned = arena_printf(a, "%.*s_return", STR_ARG(what));
    str name = arena_printf(a, "%.*s %.*s", STR_ARG(what), STR_ARG(batch_no));
    const store_value key[] = {STORE_N(who->provider_id), STORE_T(batch_no), STORE_T(what),
                               STORE_T(returned)};
    store_rows r;
    if (!store_query(job, SQL_STOCK_LIVE, key, COUNTOF(key), &r, a, e))
        return false;
    for (stock_said *s = sheet->withdrawn; s; s = s->next)
        if (str_eq(s->key, name))
            r.row_count = 0;
    *count = (int)r.row_count;
    if (r.row_count == 0) {
        err_field(e, S("fixmedins_bchno"));
        err_expected(e, "a batch of which something of this type stands");
        return FAIL(e, ERR_NOT_FOUND, "%s", "");
    }
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        undo_put(&r, i, batch_no, job, who);
    stock_said *s = arena_new(a, stock_said, 1);
    *s = (stock_said){name, sheet->withdrawn};
    sheet->withdrawn = s;
    return true;
}
