/* Reconciliation: totals of a period, and its settlements one by one. */
#include "edge/gateway/gateway_internal.h"

#include "base/day.h"
#include "base/money.h"
#include "edge/gateway/file_internal.h"

#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define DAY_MS          INT64_C(86400000)

typedef struct {
    str from_on, until_on;
    int64_t from_ms, until_ms; /* the second is not in it */
    str scheme, clr_type;      /* "" = any */
    str refunded;              /* "", 0, 1 */
} period;

static bool period_read(period *p, gate_call *c, gate_value in, err *e)
{
    str from, until;
    day first, last;
    *p = (period){.clr_type = gate_text(in, "clr_type"),
                  .refunded = gate_text(in, "refd_setl_flag")};
    if (!gate_day(&from, c, in, "stmt_begndate", true, e) ||
        !gate_day(&until, c, in, "stmt_enddate", true, e))
        return false;
    if (gate_text(in, "insutype").n &&
        !gate_need_word(&p->scheme, c, in, "insutype", "insutype", e))
        return false;
    if (!day_parse(&first, from) || !day_parse(&last, until) || last.number < first.number)
        return gate_fault(c, ERR_BAD_VALUE, "stmt_enddate", until, "not before the first day", e);
    p->from_on = from;
    p->until_on = until;
    p->from_ms = first.number * DAY_MS - CHINA_OFFSET_MS;
    p->until_ms = (last.number + 1) * DAY_MS - CHINA_OFFSET_MS;
    return true;
}

/* Taken back, or what takes back. */
static bool is_refund(const store_rows *r, ptrdiff_t i, int kind)
{
    return str_eq(store_text(r, i, kind), S("reverse")) ||
           str_eq(store_text(r, i, kind + 1), S("reversed"));
}

static bool counts(const gate_call *c, const period *p, str scheme, str visit_kind, bool refund)
{
    return (p->scheme.n == 0 || str_eq(scheme, p->scheme)) &&
           (p->clr_type.n == 0 ||
            str_eq(gate_code_of(c->words, "clr_type", visit_kind, S("")).code, p->clr_type)) &&
           (p->refunded.n == 0 || refund == str_eq(p->refunded, S("1")));
}

/* What was compared, kept for those who reconcile. */
static void statement_keep(gate_call *c, const period *p, statement *s)
{
    store *st = office_store(c->with->office);
    s->statement_id = store_new_id(st);
    s->provider_id = c->access.provider_id;
    s->transaction_no = c->infno;
    s->trace_id = c->request->trace_id;
    s->made_at = c->received_at;
    s->from_on = p->from_on;
    s->until_on = p->until_on;
    s->scheme = p->scheme;
    s->clr_type = p->clr_type;
    s->refunded = p->refunded;
    statement_put(c->job, s);
}

/* ---- 3201 ---- */

typedef statement_side totals;

static bool totals_here(totals *t, gate_call *c, const period *p, err *e)
{
    enum { SCHEME, VISIT_KIND, KIND, STATE, COUNT, TOTAL, FUND, ACCOUNT };
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_N(p->from_ms),
                               STORE_N(p->until_ms)};
    store_rows r;
    *t = (totals){0};
    if (!store_query(c->job, SQL_GATEWAY_TOTALS, key, COUNTOF(key), &r, c->a, e))
        return false;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        if (!counts(c, p, store_text(&r, i, SCHEME), store_text(&r, i, VISIT_KIND),
                    is_refund(&r, i, KIND)))
            continue;
        t->count += store_number(&r, i, COUNT);
        t->total_fen += store_number(&r, i, TOTAL);
        t->fund_fen += store_number(&r, i, FUND);
        t->account_fen += store_number(&r, i, ACCOUNT);
    }
    return true;
}

static void
difference(text_buffer *t, const char *name, int64_t here, int64_t there, bool money_too)
{
    if (here == there)
        return;
    text_printf(t, "%s%s: ", t->n ? "; " : "", name);
    if (money_too) {
        text_printf(t, "%s%" PRId64 ".%02d", here < 0 ? "-" : "", (here < 0 ? -here : here) / 100,
                    (int)((here < 0 ? -here : here) % 100));
        text_printf(t, " / %s%" PRId64 ".%02d", there < 0 ? "-" : "",
                    (there < 0 ? -there : there) / 100, (int)((there < 0 ? -there : there) % 100));
    } else {
        text_printf(t, "%" PRId64 " / %" PRId64, here, there);
    }
}

bool gate_totals_compare(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    period p;
    totals here, there = {0};
    char text[180];
    text_buffer t = {text, 0, sizeof text, false};
    int64_t count_e4;
    if (!period_read(&p, c, in, e) || !gate_amount(&there.total_fen, c, in, "medfee_sumamt", e) ||
        !gate_amount(&there.fund_fen, c, in, "fund_pay_sumamt", e) ||
        !gate_amount(&there.account_fen, c, in, "acct_pay", e) ||
        !gate_quantity(&count_e4, c, in, "fixmedins_setl_cnt", e) || !totals_here(&here, c, &p, e))
        return false;
    there.count = count_e4 / 10000;
    difference(&t, "fixmedins_setl_cnt", here.count, there.count, false);
    difference(&t, "medfee_sumamt", here.total_fen, there.total_fen, true);
    difference(&t, "fund_pay_sumamt", here.fund_fen, there.fund_fen, true);
    difference(&t, "acct_pay", here.account_fen, there.account_fen, true);
    statement_difference d = {.kind = "totals",
                              .reference = S(""),
                              .visit_ref = S(""),
                              .ours = {here.total_fen, here.fund_fen, here.account_fen},
                              .theirs = {there.total_fen, there.fund_fen, there.account_fen}};
    statement kept = {
        .ours = here, .theirs = there, .differences = t.n > 0, .row = &d, .row_count = t.n > 0};
    statement_keep(c, &p, &kept);
    gate_node_open(c, "stmtinfo");
    json_field(&c->out, S("setl_optins"), gate_text(in, "setl_optins"));
    json_field(&c->out, S("stmt_rslt"), t.n ? S("1") : S("0"));
    json_field(&c->out, S("stmt_rslt_dscr"), (str){t.p, t.n});
    gate_node_close(c);
    return true;
}

/* ---- 3202 ---- */

enum {
    FILE_SETL,
    FILE_VISIT,
    FILE_PERSON,
    FILE_TOTAL,
    FILE_FUND,
    FILE_ACCOUNT,
    FILE_REFUND,
    FILE_COLUMNS
};

typedef struct {
    str cell[FILE_COLUMNS];
    int64_t fen[3];
    bool met;
} file_row;

typedef struct {
    file_row *row;
    int count;
} file_rows;

static str cut(str *left, char end)
{
    const char *p = left->n ? memchr(left->p, end, (size_t)left->n) : NULL;
    str piece = {left->p, p ? p - left->p : left->n};
    ptrdiff_t taken = piece.n + (p != NULL);
    *left = (str){left->p + taken, left->n - taken};
    if (piece.n && piece.p[piece.n - 1] == '\r')
        piece.n--;
    return piece;
}

static bool rows_read(file_rows *out, gate_call *c, str text, err *e)
{
    int lines = 1;
    for (ptrdiff_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    *out = (file_rows){arena_new(c->a, file_row, lines), 0};
    while (text.n > 0) {
        str line = cut(&text, '\n');
        if (line.n == 0)
            continue;
        file_row *r = &out->row[out->count++];
        for (int k = 0; k < FILE_COLUMNS; k++)
            r->cell[k] = cut(&line, '\t');
        for (int k = 0; k < 3; k++) {
            str cell = r->cell[FILE_TOTAL + k];
            bool minus = cell.n > 0 && cell.p[0] == '-';
            money m;
            if (!money_parse(&m, minus ? (str){cell.p + 1, cell.n - 1} : cell))
                return gate_fault(c, ERR_BAD_AMOUNT,
                                  arena_printf(c->a, "input.file[%d]", out->count).p, cell,
                                  "setl_id mdtrt_id psn_no and three amounts", e);
            r->fen[k] = minus ? -m.fen : m.fen;
        }
    }
    return true;
}

static str fen_text(gate_call *c, int64_t fen)
{
    return arena_str(c->a, str_of(money_show(fen).c));
}

typedef struct {
    gate_call *c;
    text_buffer t;
    int different;
    statement kept;
    statement_difference *row; /* of what is kept */
} file_writer;

static void side_add(statement_side *s, const int64_t fen[3])
{
    s->count++;
    s->total_fen += fen[0];
    s->fund_fen += fen[1];
    s->account_fen += fen[2];
}

/* Beyond STATEMENT_ROWS_MAX only the number grows. */
static void
difference_add(file_writer *w, statement_difference d, const int64_t *ours, const int64_t *theirs)
{
    w->kept.differences++;
    if (w->kept.row_count == STATEMENT_ROWS_MAX)
        return;
    for (int k = 0; k < 3; k++) {
        d.ours[k] = ours ? ours[k] : 0;
        d.theirs[k] = theirs ? theirs[k] : 0;
    }
    w->row[w->kept.row_count++] = d;
}

static void row_write(file_writer *w,
                      str person,
                      str visit,
                      str settlement,
                      bool equal,
                      bool refund,
                      const char *memo,
                      const int64_t fen[3])
{
    const str null = S("null");
    text_printf(&w->t, "%.*s\t%.*s\t%.*s\t%s\t%d\t%d\t%s", STR_ARG(person),
                STR_ARG(visit.n ? visit : null), STR_ARG(settlement.n ? settlement : null), "null",
                !equal, refund, memo);
    for (int k = 0; k < 3; k++)
        text_printf(&w->t, "\t%.*s", STR_ARG(fen_text(w->c, fen[k])));
    text_add(&w->t, S("\n"));
    w->different += !equal;
}

static file_row *row_find(file_rows *rows, str id)
{
    for (int i = 0; i < rows->count; i++)
        if (str_eq(rows->row[i].cell[FILE_SETL], id) && !rows->row[i].met)
            return &rows->row[i];
    return NULL;
}

/* Both sides, one row for each settlement of either. */
static bool both_write(file_writer *w, file_rows *theirs, const period *p, err *e)
{
    enum { SETL, PERSON, VISIT, SCHEME, VISIT_KIND, KIND, STATE, TOTAL, FUND, ACCOUNT };
    gate_call *c = w->c;
    const store_value key[] = {STORE_N(c->access.provider_id), STORE_N(p->from_ms),
                               STORE_N(p->until_ms)};
    store_rows r;
    if (!store_query(c->job, SQL_GATEWAY_SETTLED, key, COUNTOF(key), &r, c->a, e))
        return false;
    ptrdiff_t room = 240 * (r.row_count + theirs->count) + 1;
    w->t = (text_buffer){arena_new(c->a, char, room), 0, room, false};
    w->row = arena_new(c->a, statement_difference, STATEMENT_ROWS_MAX);
    w->kept.row = w->row;
    for (ptrdiff_t i = 0; i < r.row_count; i++) {
        bool refund = is_refund(&r, i, KIND);
        const int64_t fen[3] = {store_number(&r, i, TOTAL), store_number(&r, i, FUND),
                                store_number(&r, i, ACCOUNT)};
        str id = arena_printf(c->a, "%" PRId64, store_number(&r, i, SETL));
        str person = arena_printf(c->a, "%" PRId64, store_number(&r, i, PERSON));
        if (!counts(c, p, store_text(&r, i, SCHEME), store_text(&r, i, VISIT_KIND), refund))
            continue;
        file_row *f = row_find(theirs, id);
        if (f)
            f->met = true;
        bool equal = f && memcmp(f->fen, fen, sizeof fen) == 0;
        side_add(&w->kept.ours, fen);
        if (!equal)
            difference_add(w,
                           (statement_difference){.kind = f ? "amounts" : "only_here",
                                                  .reference = id,
                                                  .settlement_id = store_number(&r, i, SETL),
                                                  .person_id = store_number(&r, i, PERSON),
                                                  .visit_ref = store_text(&r, i, VISIT),
                                                  .refund = refund},
                           fen, f ? f->fen : NULL);
        row_write(w, person, f ? store_text(&r, i, VISIT) : S(""), f ? id : S(""), equal, refund,
                  !f      ? "only here"
                  : equal ? ""
                          : "amounts differ",
                  fen);
    }
    for (int i = 0; i < theirs->count; i++) {
        const file_row *f = &theirs->row[i];
        bool refund = str_eq(f->cell[FILE_REFUND], S("1"));
        side_add(&w->kept.theirs, f->fen);
        if (f->met)
            continue;
        difference_add(w,
                       (statement_difference){.kind = "only_there",
                                              .reference = f->cell[FILE_SETL],
                                              .visit_ref = f->cell[FILE_VISIT],
                                              .refund = refund},
                       NULL, f->fen);
        row_write(w, f->cell[FILE_PERSON], f->cell[FILE_VISIT], f->cell[FILE_SETL], false, refund,
                  "not here", f->fen);
    }
    return true;
}

bool gate_details_compare(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    period p;
    str file_no, name, bytes, text, zip;
    file_rows theirs;
    file_writer w = {.c = c};
    if (!period_read(&p, c, in, e) || !gate_need(&file_no, c, in, "file_qury_no", e) ||
        !gate_file_load(&name, &bytes, c, file_no, e) || !gate_unzip(&text, bytes, c->a, e) ||
        !rows_read(&theirs, c, text, e) || !both_write(&w, &theirs, &p, e))
        return false;
    name = arena_printf(c->a, "3202_%" PRId64 ".zip", c->message_id);
    if (!gate_zip(&zip, S("result.txt"), (str){w.t.p, w.t.n}, c->a, e))
        return false;
    statement_keep(c, &p, &w.kept);
    str made = gate_file_keep(c, name, zip);
    gate_node_open(c, "fileinfo");
    json_field(&c->out, S("file_qury_no"), made);
    json_field(&c->out, S("filename"), name);
    json_field(&c->out, S("dld_endtime"), gate_moment(c->received_at + 7 * DAY_MS, c->a));
    gate_node_close(c);
    if (w.different)
        c->warning = arena_printf(c->a, "%d rows differ", w.different);
    return true;
}
