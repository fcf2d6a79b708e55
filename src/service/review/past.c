/* What a person was given before, and where else he lies: uploaded items, standing bills, stays. */
#include "base/json/json.h"
#include "base/money.h"
#include "service/care/care.h"
#include "service/review/reviews_internal.h"

#define STAYS_MAX 400

typedef struct {
    reviews_outcome *out;
    review_line *line;
    int32_t count;
    review_stay *stay;
    int32_t stay_count;
    arena *a;
} past;

static const json_node *member(const json_node *first, const json_node *object, const char *name)
{
    for (int32_t i = (int32_t)(object - first) + 1; i < object->next; i = first[i].next)
        if (str_eq(first[i].key, str_of(name)))
            return &first[i];
    return NULL;
}

static str text_of(const json_node *first, const json_node *object, const char *name)
{
    const json_node *m = member(first, object, name);
    return m && (m->kind == JSON_STRING || m->kind == JSON_NUMBER) ? m->text : S("");
}

static void line_add(past *p, str code, str on, int64_t quantity_e4)
{
    day given;
    if (p->count >= REVIEW_LINES_MAX || code.n == 0 || quantity_e4 <= 0 || !day_parse(&given, on))
        return;
    p->line[p->count++] = (review_line){.code = arena_str(p->a, code),
                                        .on = given.number,
                                        .quantity_e4 = quantity_e4,
                                        .unit_price_e4 = -1,
                                        .limit_e4 = -1,
                                        .past = true};
}

/* Lines of a bill without a day of their own are of the day of service. */
static void bill_add(past *p, const json_node *first, str service_on)
{
    const json_node *lines = first->kind == JSON_OBJECT ? member(first, first, "lines") : NULL;
    for (int32_t i = lines ? (int32_t)(lines - first) + 1 : 0; lines && i < lines->next;
         i = first[i].next) {
        str on = text_of(first, &first[i], "date"), said = text_of(first, &first[i], "quantity");
        int64_t quantity = 10000;
        if (said.n && !decimal_parse(&quantity, said, 4, REVIEW_E4_MAX))
            continue;
        line_add(p, text_of(first, &first[i], "code"), on.n ? on : service_on, quantity);
    }
}

/* The main one of what 2401 or 2402 said; "" = none. */
static str main_diagnosis(const json_node *first, arena *a)
{
    str any = S("");
    bool list = first->kind == JSON_LIST;
    for (int32_t i = list ? 1 : 0; i < first->next; i = first[i].next) {
        str code = text_of(first, &first[i], "diag_code");
        if (str_eq(text_of(first, &first[i], "maindiag_flag"), S("1")) && code.n)
            return arena_str(a, code);
        any = any.n ? any : code;
    }
    return arena_str(a, any);
}

static void stay_add(past *p, bool same_provider, str from, str until, str main_dx)
{
    review_stay s = {.until = {DAY_NONE}, .same_provider = same_provider, .main_dx = main_dx};
    if (from.n < 10 || !day_parse(&s.from, (str){from.p, 10}) || p->stay_count == STAYS_MAX)
        return;
    if (until.n >= 10 && !day_parse(&s.until, (str){until.p, 10}))
        return;
    for (int32_t i = 0; i < p->stay_count; i++) /* announced, then settled */
        if (p->stay[i].same_provider == same_provider && p->stay[i].from.number == s.from.number)
            return;
    p->stay[p->stay_count++] = s;
}

/* Items of a visit that no bill has, less what was taken back. */
static bool uploads_add(past *p, const reviews_ask *ask, int64_t visit_id, store_job *job, err *e)
{
    const care_visit v = {.visit_id = visit_id, .person_id = ask->person_id};
    care_items all;
    if (!care_items_load(&all, job, &v, p->a, e))
        return false;
    const care_items open = care_items_of_bill(&all, 0, p->a);
    for (int i = 0; i < open.count; i++)
        line_add(p, open.at[i].item_code, open.at[i].given_on, open.at[i].quantity_e4);
    return true;
}

typedef struct {
    store_rows uploads, bills, stays, settled;
} rows;

static void documents_read(past *p, const reviews_ask *ask, const rows *r, json_reader *reader)
{
    for (ptrdiff_t i = 0; i < r->bills.row_count; i++) {
        err ignored = {0};
        const json_node *first =
            json_parse_copy(reader, store_text(&r->bills, i, 0), p->a, &ignored);
        if (first)
            bill_add(p, first, store_text(&r->bills, i, 1));
    }
    for (ptrdiff_t i = 0; i < r->stays.row_count; i++) {
        err ignored = {0};
        str said = store_text(&r->stays, i, 3);
        const json_node *first = said.n ? json_parse_copy(reader, said, p->a, &ignored) : NULL;
        stay_add(p, store_number(&r->stays, i, 0) == ask->provider_id, store_text(&r->stays, i, 1),
                 store_text(&r->stays, i, 2), first ? main_diagnosis(first, p->a) : S(""));
    }
}

/* Memory may end while the reader is in use: it is given back then, too. */
static bool documents_within(past *p, const reviews_ask *ask, const rows *r, err *e)
{
    jmp_buf oom, *outer = p->a->oom;
    json_reader *reader = json_reader_new();
    if (!reader)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a reader");
    p->a->oom = &oom;
    if (setjmp(oom) == 0) {
        documents_read(p, ask, r, reader);
        p->a->oom = outer;
        json_reader_free(reader);
        return true;
    }
    p->a->oom = outer;
    json_reader_free(reader);
    longjmp(*outer, 1);
}

static str day_text(int64_t number, arena *a)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){(int32_t)number});
    return arena_str(a, str_of(text));
}

/* How far back the lines of this message can be answered for. */
static int32_t first_day(const reviews_outcome *out)
{
    int32_t first = out->c.on.number;
    for (int32_t i = 0; i < out->asked_count; i++)
        first = out->c.line[i].on < first ? out->c.line[i].on : first;
    return first - out->rules->days_max;
}

static bool rows_read(
    rows *r, const reviews_outcome *out, const reviews_ask *ask, store_job *job, arena *a, err *e)
{
    str visit_no = ask->visit_id ? arena_printf(a, "%" PRId64, ask->visit_id) : ask->visit_no;
    str from = day_text(first_day(out), a), year_ago = day_text(out->c.on.number - 366, a);
    const store_value person = STORE_N(ask->person_id), provider = STORE_N(ask->provider_id);
    const store_value uploads[] = {person, STORE_N(ask->visit_id)};
    const store_value bills[] = {person, STORE_T(from), provider, STORE_T(visit_no)};
    const store_value stays[] = {person, STORE_N(ask->visit_id), STORE_T(year_ago)};
    const store_value settled[] = {person, STORE_T(year_ago), provider, STORE_T(visit_no)};
    const store_ask of_lines[] = {{SQL_REVIEW_UPLOADS, uploads, COUNTOF(uploads), &r->uploads},
                                  {SQL_REVIEW_BILLS, bills, COUNTOF(bills), &r->bills}};
    const store_ask of_stays[] = {
        {SQL_REVIEW_STAYS, stays, COUNTOF(stays), &r->stays},
        {SQL_REVIEW_SETTLED_STAYS, settled, COUNTOF(settled), &r->settled}};
    if (out->rules->days_max > 0 && !store_query_all(job, of_lines, COUNTOF(of_lines), a, e))
        return false;
    return !out->rules->wants_stays || store_query_all(job, of_stays, COUNTOF(of_stays), a, e);
}

bool reviews_past(reviews_outcome *out, const reviews_ask *ask, store_job *job, arena *a, err *e)
{
    rows r = {0};
    past p = {.out = out, .a = a, .count = out->asked_count};
    if (!rows_read(&r, out, ask, job, a, e))
        return false;
    p.line = arena_new(a, review_line, REVIEW_LINES_MAX);
    memcpy(p.line, out->c.line, (size_t)p.count * sizeof *p.line);
    p.stay = arena_new(a, review_stay, STAYS_MAX);
    for (ptrdiff_t i = 0; i < r.uploads.row_count; i++)
        if (!uploads_add(&p, ask, store_number(&r.uploads, i, 0), job, e))
            return false;
    if ((r.bills.row_count || r.stays.row_count) && !documents_within(&p, ask, &r, e))
        return false;
    for (ptrdiff_t i = 0; i < r.settled.row_count; i++)
        stay_add(&p, store_number(&r.settled, i, 0) == ask->provider_id,
                 store_text(&r.settled, i, 1), store_text(&r.settled, i, 2), S(""));
    out->c.line = p.line;
    out->c.line_count = p.count;
    out->c.stay = p.stay;
    out->c.stay_count = p.stay_count;
    return true;
}
