/* A settlement as rows, and back. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

/* ---- writing ---- */

str day_of_moment(int64_t ms, arena *a)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){(int32_t)((ms + CHINA_OFFSET_MS) / 86400000)});
    return arena_str(a, str_of(text));
}

/* Twenty steps a bill, seven numbers each: printf would be felt. */
static void number_add(text_buffer *t, int64_t n, char behind)
{
    char digits[24];
    int at = sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    digits[--at] = behind;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--at] = '-';
    text_add(t, (str){digits + at, (ptrdiff_t)sizeof digits - at});
}

/* One step a line: step layer basis line amount a b. */
static str trace_write(const desk_part *p, arena *a)
{
    text_buffer t = {arena_new(a, char, 1 + 110 * p->trace_count), 0, 110 * p->trace_count, false};
    for (ptrdiff_t i = 0; i < p->trace_count; i++) {
        const benefit_trace *s = &p->trace[i];
        const int64_t number[] = {s->step,       s->layer, s->basis, s->input_line,
                                  s->amount_fen, s->a,     s->b};
        for (ptrdiff_t k = 0; k < COUNTOF(number); k++)
            number_add(&t, number[k], k + 1 < COUNTOF(number) ? ' ' : '\n');
    }
    assert(!t.cut);
    return (str){t.p, t.n};
}

static void row_put(store_job *job, const desk_part *p, const actor *who, int64_t sign, arena *a)
{
    const store_value row[] = {
        STORE_N(p->person_id),
        STORE_N(p->settlement_id),
        STORE_N(p->part),
        STORE_N(p->bill_id),
        STORE_N(p->provider_id),
        STORE_T(p->area_code),
        STORE_T(p->kind),
        STORE_T(p->state),
        STORE_N(p->reverses_id),
        STORE_N(p->replaces_id),
        STORE_T(p->channel),
        STORE_T(p->scheme),
        STORE_T(p->visit_kind),
        STORE_N(p->year),
        STORE_T(p->service_on),
        STORE_N(p->settled_at),
        STORE_N(who->user_id),
        STORE_T(p->pack_id),
        STORE_T(p->pack_digest),
        STORE_T(p->policy_id),
        STORE_T(p->policy_from_on),
        STORE_N(sign * p->total_fen),
        STORE_N(sign * p->own_fen),
        STORE_N(sign * p->over_limit_fen),
        STORE_N(sign * (p->pay_first_fen + p->route_share_fen)),
        STORE_N(sign * p->in_scope_fen),
        STORE_N(sign * p->fund_fen),
        STORE_N(sign * p->hospital_fen),
        STORE_N(sign * p->personal_fen),
        STORE_N(sign * (p->account_fen + p->family_account_fen)),
        STORE_N(sign * p->cash_fen),
        STORE_T(p->result),
        STORE_T(sign > 0 ? trace_write(p, a) : S("")),
    };
    store_put(job, SQL_DESK_SETTLEMENT_ADD, row, COUNTOF(row));
}

static void layers_put(store_job *job, const desk_part *p, int64_t sign)
{
    for (ptrdiff_t i = 0; i < p->layer_count; i++) {
        const desk_layer *l = &p->layer[i];
        const store_value row[] = {STORE_N(p->person_id),
                                   STORE_N(p->settlement_id),
                                   STORE_N(p->part),
                                   STORE_N(i),
                                   STORE_T(l->layer),
                                   STORE_T(l->payer),
                                   STORE_N(sign * l->base_fen),
                                   STORE_N(sign * l->deductible_fen),
                                   STORE_N(sign * l->paid_fen),
                                   STORE_N(sign * l->over_cap_fen)};
        store_put(job, SQL_DESK_LAYER_ADD, row, COUNTOF(row));
    }
}

static void changes_put(store_job *job, const desk_part *p, bool back)
{
    for (ptrdiff_t i = 0; i < p->change_count; i++) {
        const desk_change *c = &p->change[back ? p->change_count - 1 - i : i];
        const store_value row[] = {STORE_N(p->person_id),
                                   STORE_N(p->settlement_id),
                                   STORE_N(p->part),
                                   STORE_N(i),
                                   STORE_T(c->home),
                                   STORE_T(c->scheme),
                                   STORE_N(c->year),
                                   STORE_T(c->name),
                                   STORE_N(c->sub),
                                   STORE_N(back ? c->after : c->before),
                                   STORE_N(back ? c->before : c->after)};
        store_put(job, SQL_DESK_CHANGE_ADD, row, COUNTOF(row));
    }
}

/* Who owes whom: each row is balanced by itself. */
static void
entries_put(store_job *job, const desk_part *p, int *entry_no, str booked_on, int64_t sign)
{
    bool to_person = str_eq(p->channel, S(CHANNEL_MANUAL));
    for (int field = FIELD_HIFP; field < FIELD__COUNT; field++) {
        bool account = field == FIELD_ACCOUNT || field == FIELD_FAMILY_ACCOUNT;
        int64_t fen = field == FIELD_ACCOUNT          ? p->account_fen
                      : field == FIELD_FAMILY_ACCOUNT ? p->family_account_fen
                                                      : p->paid_fen[field];
        if (fen == 0 || field == FIELD_HOSPITAL)
            continue; /* what the hospital bears is not owed to it */
        const store_value row[] = {STORE_N(p->person_id),
                                   STORE_N(p->settlement_id),
                                   STORE_N((*entry_no)++),
                                   STORE_T(booked_on),
                                   STORE_T(p->area_code),
                                   STORE_T(p->scheme),
                                   STORE_T(str_of(pay_field_names[field])),
                                   STORE_T(account ? S("account_expense") : S("benefit_expense")),
                                   STORE_T(to_person ? S("payable_person") : S("payable_provider")),
                                   STORE_N(p->provider_id),
                                   STORE_N(sign * fen)};
        store_put(job, SQL_DESK_ENTRY_ADD, row, COUNTOF(row));
    }
}

static void
parts_put(store_job *job, const desk_settlement *s, const actor *who, int64_t sign, arena *a)
{
    int entry_no = 0;
    for (int k = 0; k < s->part_count; k++) {
        const desk_part *p = &s->part[k];
        row_put(job, p, who, sign, a);
    }
    for (int k = 0; k < s->part_count; k++)
        layers_put(job, &s->part[k], sign);
    for (int k = 0; k < s->part_count; k++)
        changes_put(job, &s->part[sign > 0 ? k : s->part_count - 1 - k], sign < 0);
    for (int k = 0; k < s->part_count; k++)
        entries_put(job, &s->part[k], &entry_no, day_of_moment(s->part[0].settled_at, a), sign);
}

void settlement_put(store_job *job, const desk_settlement *s, const actor *who, arena *a)
{
    parts_put(job, s, who, 1, a);
}

void settlement_put_reversal(
    store_job *job, const desk_settlement *s, const actor *who, int64_t reversal_id, arena *a)
{
    desk_settlement back = *s;
    const store_value key[] = {STORE_N(s->part[0].person_id), STORE_N(s->part[0].settlement_id)};
    for (int k = 0; k < back.part_count; k++) {
        desk_part *p = &back.part[k];
        p->reverses_id = p->settlement_id;
        p->replaces_id = 0;
        p->settlement_id = reversal_id;
        p->kind = S("reverse");
        p->settled_at = store_now_ms(store_of(job));
    }
    parts_put(job, &back, who, -1, a);
    store_put(job, SQL_DESK_SETTLEMENT_REVERSED, key, COUNTOF(key));
}

/* Lines of a bill; a line that lies in two parts of a split stay stands once. */
void lines_put(store_job *job, const desk_settlement *s)
{
    for (int k = 0; k < s->part_count; k++) {
        const desk_part *p = &s->part[k];
        for (ptrdiff_t i = 0; i < p->line_count; i++) {
            desk_line l = p->line[i];
            bool earlier = false;
            for (int m = 0; m < s->part_count && s->part_count > 1; m++) {
                for (ptrdiff_t j = 0; m != k && j < s->part[m].line_count; j++) {
                    const desk_line *other = &s->part[m].line[j];
                    if (other->line_no != l.line_no)
                        continue;
                    earlier = earlier || m < k;
                    l.amount_fen += other->amount_fen;
                    l.own_fen += other->own_fen;
                    l.over_limit_fen += other->over_limit_fen;
                    l.pay_first_fen += other->pay_first_fen;
                    l.in_scope_fen += other->in_scope_fen;
                }
            }
            const store_value row[] = {
                STORE_N(p->person_id),  STORE_N(p->bill_id),       STORE_N(l.line_no),
                STORE_T(l.code),        STORE_T(l.name),           STORE_T(l.item_class),
                STORE_N(l.quantity_e4), STORE_N(l.unit_price_e4),  STORE_N(l.amount_fen),
                STORE_N(l.own_fen),     STORE_N(l.over_limit_fen), STORE_N(l.pay_first_fen),
                STORE_N(l.in_scope_fen)};
            if (!earlier)
                store_put(job, SQL_DESK_LINE_ADD, row, COUNTOF(row));
        }
    }
}

/* ---- reading ---- */

static int64_t amount_of(const json_node *first, const json_node *object, const char *name)
{
    money m = {0};
    for (ptrdiff_t i = object - first + 1; i < object->next; i = first[i].next)
        if (str_eq(first[i].key, str_of(name)))
            (void)money_parse(&m, first[i].text);
    return m.fen;
}

static bool result_read(desk_part *p, json_reader *reader, int64_t sign, arena *a, err *e)
{
    const json_node *n = json_parse_copy(reader, p->result, a, e);
    if (!n)
        return false;
    int64_t *const to[] = {&p->total_fen,          &p->own_fen,         &p->over_limit_fen,
                           &p->pay_first_fen,      &p->route_share_fen, &p->in_scope_fen,
                           &p->deductible_fen,     &p->over_cap_fen,    &p->fund_fen,
                           &p->hospital_fen,       &p->personal_fen,    &p->account_fen,
                           &p->family_account_fen, &p->cash_fen};
    static const char *const name[] = {
        "total",         "own",        "over_limit",     "pay_first",  "route_share",
        "in_scope",      "deductible", "over_cap",       "fund_total", "hospital_part",
        "personal_part", "account",    "family_account", "cash"};
    for (ptrdiff_t i = 0; i < COUNTOF(to); i++)
        *to[i] = sign * amount_of(n, n, name[i]);
    for (ptrdiff_t i = 1; i < n->next; i = n[i].next) {
        if (str_eq(n[i].key, S("reason")))
            p->where = arena_str(a, n[i].text);
        for (int f = FIELD_HIFP; str_eq(n[i].key, S("funds")) && f < FIELD__COUNT; f++)
            p->paid_fen[f] = sign * amount_of(n, &n[i], pay_field_names[f]);
    }
    return true;
}

static bool trace_read(desk_part *p, str text, arena *a)
{
    for (ptrdiff_t i = 0; i < text.n; i++)
        p->trace_count += text.p[i] == '\n';
    p->trace = arena_new(a, benefit_trace, p->trace_count);
    const char *at = text.p;
    for (ptrdiff_t i = 0; i < p->trace_count; i++) {
        int64_t n[7];
        for (int k = 0; k < 7; k++) {
            char *end;
            n[k] = strtoll(at, &end, 10);
            if (end == at)
                return false;
            at = end;
        }
        p->trace[i] = (benefit_trace){
            (uint8_t)n[0], (int16_t)n[1], (uint16_t)n[2], (int32_t)n[3], n[4], n[5], n[6]};
        if (n[0] <= STEP_NONE || n[0] >= STEP__COUNT || n[1] >= p->policy->layer_count ||
            n[2] < 0 || n[2] >= p->policy->source_count)
            return false;
    }
    return true;
}

/* The policy a settlement was made by; without it only words are told, by the pack of today. */
static bool
policy_find(desk_part *p, desk *d, store_job *job, json_reader *reader, arena *a, err *e)
{
    day from;
    if (!version_find(&p->pack, d, job, p->pack_id, p->pack_digest, reader, a, e))
        return false;
    if (!p->pack || !day_parse(&from, p->policy_from_on)) {
        p->pack = p->pack ? p->pack : office_pack_by_id(d->office, p->pack_id);
        return true;
    }
    for (int i = 0; i < p->pack->pack.policy_count; i++) {
        const benefit_policy *policy = &p->pack->pack.policy[i];
        if (str_eq(policy->id, p->policy_id) && policy->from.number == from.number)
            p->policy = policy;
    }
    return true;
}

enum {
    ROW_PART,
    ROW_BILL,
    ROW_PROVIDER,
    ROW_AREA,
    ROW_KIND,
    ROW_STATE,
    ROW_REVERSES,
    ROW_REPLACES,
    ROW_CHANNEL,
    ROW_SCHEME,
    ROW_VISIT_KIND,
    ROW_YEAR,
    ROW_SERVICE_ON,
    ROW_SETTLED_AT,
    ROW_PACK,
    ROW_DIGEST,
    ROW_POLICY,
    ROW_POLICY_FROM,
    ROW_RESULT,
    ROW_TRACE,
    ROW_BILL_NO,
    ROW_DOCUMENT,
    ROW_ADMIT_ON,
    ROW_NAME,
    ROW_VISIT_NO,
    ROW_SETTLEMENT,
    ROW_ID_NO,
    ROW_SETTLED_BY,
    ROW_VISIT,
    ROW_DISEASE
};

static void header_read(desk_part *p, const store_rows *r, ptrdiff_t i)
{
    p->settlement_id = store_number(r, i, ROW_SETTLEMENT);
    p->part = (int)store_number(r, i, ROW_PART);
    p->bill_id = store_number(r, i, ROW_BILL);
    p->provider_id = store_number(r, i, ROW_PROVIDER);
    p->visit_id = store_number(r, i, ROW_VISIT);
    p->reverses_id = store_number(r, i, ROW_REVERSES);
    p->replaces_id = store_number(r, i, ROW_REPLACES);
    p->year = (int)store_number(r, i, ROW_YEAR);
    p->settled_at = store_number(r, i, ROW_SETTLED_AT);
    p->settled_by = store_number(r, i, ROW_SETTLED_BY);
    str *const to[] = {&p->area_code,   &p->kind,       &p->state,          &p->channel,
                       &p->scheme,      &p->visit_kind, &p->service_on,     &p->pack_id,
                       &p->pack_digest, &p->policy_id,  &p->policy_from_on, &p->result,
                       &p->bill_no,     &p->document,   &p->admit_on,       &p->person_name,
                       &p->visit_no,    &p->id_no,      &p->disease};
    static const int from[] = {ROW_AREA,     ROW_KIND,       ROW_STATE,       ROW_CHANNEL,
                               ROW_SCHEME,   ROW_VISIT_KIND, ROW_SERVICE_ON,  ROW_PACK,
                               ROW_DIGEST,   ROW_POLICY,     ROW_POLICY_FROM, ROW_RESULT,
                               ROW_BILL_NO,  ROW_DOCUMENT,   ROW_ADMIT_ON,    ROW_NAME,
                               ROW_VISIT_NO, ROW_ID_NO,      ROW_DISEASE};
    for (ptrdiff_t k = 0; k < COUNTOF(to); k++)
        *to[k] = store_text(r, i, from[k]);
}

static void layers_read(desk_part *p, const store_rows *r, arena *a)
{
    p->layer = arena_new(a, desk_layer, r->row_count);
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (store_number(r, i, 0) != p->part)
            continue;
        desk_layer *l = &p->layer[p->layer_count++];
        *l = (desk_layer){store_text(r, i, 1),
                          store_text(r, i, 2),
                          S(""),
                          S(""),
                          store_number(r, i, 3),
                          store_number(r, i, 4),
                          store_number(r, i, 5),
                          store_number(r, i, 6)};
        for (int k = 0; p->policy && k < p->policy->layer_count; k++)
            if (str_eq(p->policy->layer[k].name, l->layer)) {
                l->zh = p->policy->layer[k].zh;
                l->en = p->policy->layer[k].en;
            }
    }
}

static void changes_read(desk_part *p, const store_rows *r, arena *a)
{
    p->change = arena_new(a, desk_change, r->row_count);
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        if (store_number(r, i, 0) != p->part)
            continue;
        desk_change *c = &p->change[p->change_count++];
        *c = (desk_change){.home = store_text(r, i, 1),
                           .scheme = store_text(r, i, 2),
                           .year = (int)store_number(r, i, 3),
                           .name = store_text(r, i, 4),
                           .sub = store_number(r, i, 5),
                           .before = store_number(r, i, 6),
                           .after = store_number(r, i, 7),
                           .is_money = true};
        uint16_t k = p->pack ? pack_accumulator_find(&p->pack->pack, c->name) : 0;
        if (k)
            c->is_money = p->pack->pack.accumulator[k].unit != UNIT_COUNT;
    }
}

static void lines_read(desk_part *p, const store_rows *r, int64_t sign, arena *a)
{
    p->line = arena_new(a, desk_line, r->row_count);
    p->line_count = r->row_count;
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        p->line[i] = (desk_line){(int)store_number(r, i, 0),   store_text(r, i, 1),
                                 store_text(r, i, 2),          store_text(r, i, 3),
                                 store_number(r, i, 4),        store_number(r, i, 5),
                                 sign * store_number(r, i, 6), sign * store_number(r, i, 7),
                                 sign * store_number(r, i, 8), sign * store_number(r, i, 9),
                                 sign * store_number(r, i, 10)};
}

bool settlement_rows(desk_settlement *out,
                     desk *d,
                     store_job *job,
                     int64_t person_id,
                     int64_t settlement_id,
                     json_reader *reader,
                     arena *a,
                     err *e)
{
    const store_value key[] = {STORE_N(person_id), STORE_N(settlement_id)};
    store_rows rows, layers, changes, lines, reversed;
    const store_ask ask[] = {{SQL_DESK_SETTLEMENT_ROWS, key, 2, &rows},
                             {SQL_DESK_LAYER_ROWS, key, 2, &layers},
                             {SQL_DESK_CHANGE_ROWS, key, 2, &changes},
                             {SQL_DESK_REVERSED_BY, key, 2, &reversed}};
    out->part_count = 0;
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    if (rows.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, settlement_id);
    const store_value bill[] = {STORE_N(person_id), STORE_N(store_number(&rows, 0, ROW_BILL))};
    if (!store_query(job, SQL_DESK_LINE_ROWS, bill, 2, &lines, a, e))
        return false;
    for (ptrdiff_t i = 0; i < rows.row_count && i < PARTS_MAX; i++) {
        desk_part *p = &out->part[i];
        *p = (desk_part){.person_id = person_id, .reversed_by_id = store_number(&reversed, 0, 0)};
        header_read(p, &rows, i);
        if (!policy_find(p, d, job, reader, a, e))
            return false;
        int64_t sign = str_eq(p->kind, S("reverse")) ? -1 : 1;
        layers_read(p, &layers, a);
        changes_read(p, &changes, a);
        lines_read(p, &lines, sign, a);
        if (!result_read(p, reader, sign, a, e))
            return false;
        if (p->policy && !trace_read(p, store_text(&rows, i, ROW_TRACE), a))
            p->trace_count = 0;
        out->part_count++;
    }
    return true;
}
