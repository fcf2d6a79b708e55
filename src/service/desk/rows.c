/* A settlement as rows, and back. */
#include "service/desk/desk_internal.h"

#include <errno.h>
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
    char text[NUMBER_TEXT_MAX + 1];
    ptrdiff_t length = number_print(text, n);
    text[length++] = behind;
    text_add(t, (str){text, length});
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

static void text_or_dash(text_buffer *t, str text)
{
    text_add(t, text.n ? text : S("-"));
    text_add(t, S(" "));
}

/* One line of the bill a line: number class amount own over_limit pay_first in_scope. */
static str lines_write(const desk_part *p, arena *a)
{
    ptrdiff_t bytes = 1;
    for (ptrdiff_t i = 0; i < p->line_count; i++)
        bytes += p->line[i].item_class.n + 128;
    text_buffer t = {arena_new(a, char, bytes), 0, bytes, false};
    for (ptrdiff_t i = 0; i < p->line_count; i++) {
        const desk_line *l = &p->line[i];
        const int64_t fen[] = {l->amount_fen, l->own_fen, l->over_limit_fen, l->pay_first_fen,
                               l->in_scope_fen};
        number_add(&t, l->line_no, ' ');
        text_or_dash(&t, l->item_class);
        for (ptrdiff_t k = 0; k < COUNTOF(fen); k++)
            number_add(&t, fen[k], k + 1 < COUNTOF(fen) ? ' ' : '\n');
    }
    assert(!t.cut);
    return (str){t.p, t.n};
}

/* One change a line: home scheme year name sub before after; taken back, it moves the other way. */
static str changes_write(const desk_part *p, bool back, arena *a)
{
    ptrdiff_t bytes = 1;
    for (ptrdiff_t i = 0; i < p->change_count; i++)
        bytes += p->change[i].home.n + p->change[i].scheme.n + p->change[i].name.n + 88;
    text_buffer t = {arena_new(a, char, bytes), 0, bytes, false};
    for (ptrdiff_t i = 0; i < p->change_count; i++) {
        const desk_change *c = &p->change[back ? p->change_count - 1 - i : i];
        text_or_dash(&t, c->home);
        text_or_dash(&t, c->scheme);
        number_add(&t, c->year, ' ');
        text_or_dash(&t, c->name);
        number_add(&t, c->sub, ' ');
        number_add(&t, back ? c->after : c->before, ' ');
        number_add(&t, back ? c->before : c->after, '\n');
    }
    assert(!t.cut);
    return (str){t.p, t.n};
}

/* The lines of all parts by number, each once: so they were kept with the bill before. */
static str lines_together(const desk_settlement *s, arena *a)
{
    ptrdiff_t most = 0;
    for (int k = 0; k < s->part_count; k++)
        most += s->part[k].line_count;
    desk_part all = {.line = arena_new(a, desk_line, most)};
    for (int k = 0; k < s->part_count; k++) {
        for (ptrdiff_t i = 0; i < s->part[k].line_count; i++) {
            const desk_line *l = &s->part[k].line[i];
            ptrdiff_t at = 0;
            while (at < all.line_count && all.line[at].line_no < l->line_no)
                at++;
            if (at == all.line_count || all.line[at].line_no != l->line_no) {
                memmove(&all.line[at + 1], &all.line[at],
                        (size_t)(all.line_count - at) * sizeof *all.line);
                all.line[at] = *l;
                all.line_count++;
                continue;
            }
            all.line[at].amount_fen += l->amount_fen;
            all.line[at].own_fen += l->own_fen;
            all.line[at].over_limit_fen += l->over_limit_fen;
            all.line[at].pay_first_fen += l->pay_first_fen;
            all.line[at].in_scope_fen += l->in_scope_fen;
        }
    }
    return lines_write(&all, a);
}

bool part_is_kept_as(const desk_settlement *s, int part, const part_texts *kept, arena *a)
{
    const desk_part *p = &s->part[part];
    if (!str_eq(kept->result, p->result) || !str_eq(kept->changes, changes_write(p, false, a)))
        return false;
    return str_eq(kept->lines, lines_write(p, a)) ||
           (s->part_count > 1 && str_eq(kept->lines, part == 0 ? lines_together(s, a) : S("")));
}

void part_amounts(int64_t out[PART_AMOUNTS], const desk_part *p)
{
    const int64_t fen[PART_AMOUNTS] = {p->total_fen,
                                       p->own_fen,
                                       p->over_limit_fen,
                                       p->pay_first_fen + p->route_share_fen,
                                       p->in_scope_fen,
                                       p->fund_fen,
                                       p->hospital_fen,
                                       p->personal_fen,
                                       p->account_fen + p->family_account_fen,
                                       p->cash_fen};
    memcpy(out, fen, sizeof fen);
}

static uint64_t policy_key(const desk_part *p)
{
    return (str_hash(p->pack_id) * 31 + str_hash(p->policy_id)) * 31 + str_hash(p->policy_from_on);
}

static bool policy_is_known(const desk *d, uint64_t key)
{
    for (int i = 0; i < d->used_count; i++)
        if (d->used[i] == key)
            return true;
    return false;
}

void policies_put(store_job *job, desk *d, const desk_settlement *s)
{
    for (int k = 0; k < s->part_count; k++) {
        const desk_part *p = &s->part[k];
        const store_value row[] = {STORE_T(p->pack_id), STORE_T(p->policy_id),
                                   STORE_T(p->policy_from_on)};
        pthread_mutex_lock(&d->lock);
        bool known = policy_is_known(d, policy_key(p));
        pthread_mutex_unlock(&d->lock);
        if (!known)
            store_put(job, SQL_DESK_POLICY_USED_ADD, row, COUNTOF(row));
    }
}

void policies_known(desk *d, const desk_settlement *s)
{
    pthread_mutex_lock(&d->lock);
    for (int k = 0; k < s->part_count; k++) {
        uint64_t key = policy_key(&s->part[k]);
        if (!policy_is_known(d, key) && d->used_count < POLICIES_MAX)
            d->used[d->used_count++] = key;
    }
    pthread_mutex_unlock(&d->lock);
}

static void row_put(store_job *job, const desk_part *p, const actor *who, int64_t sign, arena *a)
{
    int64_t fen[PART_AMOUNTS];
    part_amounts(fen, p);
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
        STORE_N(sign * fen[0]),
        STORE_N(sign * fen[1]),
        STORE_N(sign * fen[2]),
        STORE_N(sign * fen[3]),
        STORE_N(sign * fen[4]),
        STORE_N(sign * fen[5]),
        STORE_N(sign * fen[6]),
        STORE_N(sign * fen[7]),
        STORE_N(sign * fen[8]),
        STORE_N(sign * fen[9]),
        STORE_T(p->result),
        STORE_T(sign > 0 ? trace_write(p, a) : S("")),
        STORE_T(sign > 0 ? lines_write(p, a) : p->lines),
        STORE_T(changes_write(p, sign < 0, a)),
    };
    store_put(job, SQL_DESK_SETTLEMENT_ADD, row, COUNTOF(row));
}

/* One row is balanced by itself. */
static void entry_put(store_job *job,
                      const desk_part *p,
                      int *entry_no,
                      str booked_on,
                      str fund,
                      str debit,
                      str credit,
                      int64_t fen)
{
    const store_value row[] = {STORE_N(p->person_id),
                               STORE_N(p->settlement_id),
                               STORE_N((*entry_no)++),
                               STORE_T(booked_on),
                               STORE_T(p->area_code),
                               STORE_T(p->scheme),
                               STORE_T(fund),
                               STORE_T(debit),
                               STORE_T(credit),
                               STORE_N(p->provider_id),
                               STORE_N(fen)};
    store_put(job, SQL_DESK_ENTRY_ADD, row, COUNTOF(row));
}

/* The insured area owes the area of treatment, and that one the provider: docs/cross-area.md. */
static void entries_between_put(store_job *job,
                                const desk_part *p,
                                int *entry_no,
                                str booked_on,
                                str fund,
                                str expense,
                                int64_t fen)
{
    const desk_between *b = &p->between;
    const struct {
        str area, debit, credit, other;
    } side[] = {{p->area_code, expense, S("due_to_area"), b->treatment_pool},
                {b->area, S("due_from_area"), S("payable_provider"), b->insured_pool}};
    for (int i = 0; i < (int)COUNTOF(side); i++) {
        const store_value row[] = {STORE_N(p->person_id),
                                   STORE_N(p->settlement_id),
                                   STORE_N((*entry_no)++),
                                   STORE_T(booked_on),
                                   STORE_T(side[i].area),
                                   STORE_T(p->scheme),
                                   STORE_T(fund),
                                   STORE_T(side[i].debit),
                                   STORE_T(side[i].credit),
                                   STORE_N(p->provider_id),
                                   STORE_N(fen),
                                   STORE_T(side[i].other)};
        store_put(job, SQL_DESK_ENTRY_BETWEEN_ADD, row, COUNTOF(row));
    }
}

bool field_is_account(int field)
{
    return field == FIELD_ACCOUNT || field == FIELD_FAMILY_ACCOUNT;
}

int64_t part_owes(const desk_part *p, int field)
{
    if (field == FIELD_HOSPITAL)
        return 0; /* what the hospital bears is not owed to it */
    return field == FIELD_ACCOUNT          ? p->account_fen
           : field == FIELD_FAMILY_ACCOUNT ? p->family_account_fen
                                           : p->paid_fen[field];
}

/* Who owes whom. */
static void
entries_put(store_job *job, const desk_part *p, int *entry_no, str booked_on, int64_t sign)
{
    bool to_person = str_eq(p->channel, S(CHANNEL_MANUAL));
    for (int field = FIELD_HIFP; field < FIELD__COUNT; field++) {
        int64_t fen = part_owes(p, field);
        str fund = str_of(pay_field_names[field]);
        str expense = field_is_account(field) ? S("account_expense") : S("benefit_expense");
        if (fen == 0)
            continue;
        if (p->between.area.n)
            entries_between_put(job, p, entry_no, booked_on, fund, expense, sign * fen);
        else
            entry_put(job, p, entry_no, booked_on, fund, expense,
                      to_person ? S("payable_person") : S("payable_provider"), sign * fen);
    }
}

static void between_put(store_job *job, const desk_part *p, str booked_on, int64_t sign)
{
    const desk_between *b = &p->between;
    const store_value row[] = {STORE_N(p->person_id),
                               STORE_N(p->settlement_id),
                               STORE_N(p->part),
                               STORE_T(p->kind),
                               STORE_T(b->insured_pool),
                               STORE_T(b->treatment_pool),
                               STORE_T(b->area),
                               STORE_N(p->provider_id),
                               STORE_T(p->scheme),
                               STORE_T(p->visit_kind),
                               STORE_T(b->route),
                               STORE_T(booked_on),
                               STORE_T((booked_on.n >= 7 ? (str){booked_on.p, 7} : booked_on)),
                               STORE_N(sign * p->total_fen),
                               STORE_N(sign * p->fund_fen),
                               STORE_N(sign * (p->account_fen + p->family_account_fen))};
    if (b->area.n)
        store_put(job, SQL_CROSS_SETTLEMENT_ADD, row, COUNTOF(row));
}

static void
parts_put(store_job *job, const desk_settlement *s, const actor *who, int64_t sign, arena *a)
{
    int entry_no = 0;
    str booked_on = day_of_moment(s->part[0].settled_at, a);
    for (int k = 0; k < s->part_count; k++)
        row_put(job, &s->part[k], who, sign, a);
    for (int k = 0; k < s->part_count; k++)
        entries_put(job, &s->part[k], &entry_no, booked_on, sign);
    for (int k = 0; k < s->part_count; k++)
        between_put(job, &s->part[k], booked_on, sign);
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

ptrdiff_t lines_of_bill(const desk_settlement *s)
{
    ptrdiff_t count = 0;
    for (int k = 0; k < s->part_count; k++) {
        for (ptrdiff_t i = 0; i < s->part[k].line_count; i++) {
            bool earlier = false;
            for (int m = 0; m < k; m++)
                for (ptrdiff_t j = 0; j < s->part[m].line_count; j++)
                    earlier = earlier || s->part[m].line[j].line_no == s->part[k].line[i].line_no;
            count += !earlier;
        }
    }
    return count;
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

static void
layers_read(desk_part *p, const json_node *first, ptrdiff_t list, int64_t sign, arena *a)
{
    int count = 0;
    for (ptrdiff_t i = list + 1; i < first[list].next; i = first[i].next)
        count++;
    p->layer = arena_new(a, desk_layer, count);
    for (ptrdiff_t i = list + 1; i < first[list].next; i = first[i].next) {
        desk_layer *l = &p->layer[p->layer_count++];
        *l = (desk_layer){.base_fen = sign * amount_of(first, &first[i], "base"),
                          .deductible_fen = sign * amount_of(first, &first[i], "deductible"),
                          .paid_fen = sign * amount_of(first, &first[i], "paid"),
                          .over_cap_fen = sign * amount_of(first, &first[i], "over_cap")};
        for (ptrdiff_t k = i + 1; k < first[i].next; k = first[k].next) {
            if (str_eq(first[k].key, S("layer")))
                l->layer = arena_str(a, first[k].text);
            if (str_eq(first[k].key, S("payer")))
                l->payer = arena_str(a, first[k].text);
        }
        for (int k = 0; p->policy && k < p->policy->layer_count; k++)
            if (str_eq(p->policy->layer[k].name, l->layer)) {
                l->zh = p->policy->layer[k].zh;
                l->en = p->policy->layer[k].en;
            }
    }
}

bool result_read(desk_part *p, json_reader *reader, int64_t sign, arena *a, err *e)
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
        if (str_eq(n[i].key, S("layers")))
            layers_read(p, n, i, sign, a);
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
    ROW_DISEASE,
    ROW_LINES,
    ROW_CHANGES,
    ROW_INSURED_POOL,
    ROW_TREATMENT_POOL,
    ROW_TREATMENT_AREA,
    ROW_ROUTE
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
    str *const to[] = {&p->area_code,
                       &p->kind,
                       &p->state,
                       &p->channel,
                       &p->scheme,
                       &p->visit_kind,
                       &p->service_on,
                       &p->pack_id,
                       &p->pack_digest,
                       &p->policy_id,
                       &p->policy_from_on,
                       &p->result,
                       &p->bill_no,
                       &p->document,
                       &p->admit_on,
                       &p->person_name,
                       &p->visit_no,
                       &p->id_no,
                       &p->disease,
                       &p->lines,
                       &p->between.insured_pool,
                       &p->between.treatment_pool,
                       &p->between.area,
                       &p->between.route};
    static const int from[] = {
        ROW_AREA,         ROW_KIND,           ROW_STATE,          ROW_CHANNEL,  ROW_SCHEME,
        ROW_VISIT_KIND,   ROW_SERVICE_ON,     ROW_PACK,           ROW_DIGEST,   ROW_POLICY,
        ROW_POLICY_FROM,  ROW_RESULT,         ROW_BILL_NO,        ROW_DOCUMENT, ROW_ADMIT_ON,
        ROW_NAME,         ROW_VISIT_NO,       ROW_ID_NO,          ROW_DISEASE,  ROW_LINES,
        ROW_INSURED_POOL, ROW_TREATMENT_POOL, ROW_TREATMENT_AREA, ROW_ROUTE};
    for (ptrdiff_t k = 0; k < COUNTOF(to); k++)
        *to[k] = store_text(r, i, from[k]);
}

/* The next piece of a line of text; false: there is none. */
static bool piece_take(str *piece, str *text, char end)
{
    const char *stop = text->n ? memchr(text->p, end, (size_t)text->n) : NULL;
    if (!stop || stop == text->p)
        return false;
    *piece = (str){text->p, stop - text->p};
    *text = (str){stop + 1, text->n - piece->n - 1};
    if (str_eq(*piece, S("-")))
        *piece = S("");
    return true;
}

static bool number_take(int64_t *out, str *text, char end)
{
    str piece;
    char digits[24], *stop;
    if (!piece_take(&piece, text, end) || piece.n == 0 || piece.n >= (ptrdiff_t)sizeof digits)
        return false;
    memcpy(digits, piece.p, (size_t)piece.n);
    digits[piece.n] = 0;
    errno = 0;
    *out = strtoll(digits, &stop, 10);
    return *stop == 0 && errno == 0;
}

static ptrdiff_t newlines(str text)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

bool changes_read(desk_part *p, str changes, arena *a, err *e)
{
    p->change = arena_new(a, desk_change, newlines(changes) + 1);
    p->change_count = 0;
    while (changes.n > 0) {
        desk_change *c = &p->change[p->change_count++];
        int64_t year;
        c->is_money = true;
        if (!piece_take(&c->home, &changes, ' ') || !piece_take(&c->scheme, &changes, ' ') ||
            !number_take(&year, &changes, ' ') || !piece_take(&c->name, &changes, ' ') ||
            !number_take(&c->sub, &changes, ' ') || !number_take(&c->before, &changes, ' ') ||
            !number_take(&c->after, &changes, '\n'))
            return FAIL(e, ERR_INVARIANT, "what settlement %" PRId64 " moved cannot be read",
                        p->settlement_id);
        c->year = (int)year;
        uint16_t k = p->pack ? pack_accumulator_find(&p->pack->pack, c->name) : 0;
        if (k)
            c->is_money = p->pack->pack.accumulator[k].unit != UNIT_COUNT;
    }
    return true;
}

static bool line_take(desk_line *l, str *lines)
{
    int64_t number;
    *l = (desk_line){0};
    if (!number_take(&number, lines, ' ') || number < 1 || number > LINES_MAX ||
        !piece_take(&l->item_class, lines, ' ') || !number_take(&l->amount_fen, lines, ' ') ||
        !number_take(&l->own_fen, lines, ' ') || !number_take(&l->over_limit_fen, lines, ' ') ||
        !number_take(&l->pay_first_fen, lines, ' ') || !number_take(&l->in_scope_fen, lines, '\n'))
        return false;
    l->line_no = (int)number;
    return true;
}

bool lines_sum(int64_t *fen, str lines)
{
    desk_line l;
    *fen = 0;
    while (lines.n > 0) {
        if (!line_take(&l, &lines) || __builtin_add_overflow(*fen, l.amount_fen, fen))
            return false;
    }
    return true;
}

/* What the bill itself says of a line. */
static void line_describe(desk_line *l, const json_node *first, ptrdiff_t at, arena *a)
{
    l->quantity_e4 = 10000;
    l->unit_price_e4 = -1;
    for (ptrdiff_t i = at + 1; i < first[at].next; i = first[i].next) {
        const json_node *n = &first[i];
        if (str_eq(n->key, S("code")))
            l->code = arena_str(a, n->text);
        else if (str_eq(n->key, S("name")) && n->kind == JSON_STRING)
            l->name = arena_str(a, n->text);
        else if (str_eq(n->key, S("quantity")))
            (void)decimal_parse(&l->quantity_e4, n->text, 4, QUANTITY_E4_MAX);
        else if (str_eq(n->key, S("unit_price")))
            (void)decimal_parse(&l->unit_price_e4, n->text, 4, UNIT_PRICE_E4_MAX);
    }
}

/* Adds what one part says of its lines; line[n]: number n + 1 of the bill. */
static bool lines_add(desk_line *line, ptrdiff_t count, const desk_part *p, int64_t sign, err *e)
{
    str lines = p->lines;
    while (lines.n > 0) {
        desk_line l;
        if (!line_take(&l, &lines) || l.line_no > count)
            return FAIL(e, ERR_INVARIANT, "the lines of settlement %" PRId64 " cannot be read",
                        p->settlement_id);
        desk_line *to = &line[l.line_no - 1];
        to->line_no = l.line_no;
        to->item_class = l.item_class;
        to->amount_fen += sign * l.amount_fen;
        to->own_fen += sign * l.own_fen;
        to->over_limit_fen += sign * l.over_limit_fen;
        to->pay_first_fen += sign * l.pay_first_fen;
        to->in_scope_fen += sign * l.in_scope_fen;
    }
    return true;
}

static ptrdiff_t member_of(const json_node *doc, const char *name)
{
    for (ptrdiff_t i = 1; i < doc->next; i = doc[i].next)
        if (str_eq(doc[i].key, str_of(name)))
            return i;
    return 0;
}

/* All lines of the bill, for each part: a line that lies in two of them stands once. */
static bool lines_read(desk_settlement *s, int64_t sign, json_reader *reader, arena *a, err *e)
{
    const json_node *doc = json_parse_copy(reader, s->part[0].document, a, e);
    ptrdiff_t count = 0, kept = 0, at = 0;
    if (!doc)
        return false;
    ptrdiff_t list = member_of(doc, "lines"), end = list ? doc[list].next : 0;
    for (ptrdiff_t i = list + 1; i < end; i = doc[i].next)
        count++;
    desk_line *line = arena_new(a, desk_line, count);
    for (int k = 0; k < s->part_count; k++)
        if (!lines_add(line, count, &s->part[k], sign, e))
            return false;
    for (ptrdiff_t i = list + 1; i < end; i = doc[i].next, at++) {
        if (line[at].line_no == 0)
            continue;
        line_describe(&line[at], doc, i, a);
        line[kept++] = line[at];
    }
    for (int k = 0; k < s->part_count; k++) {
        s->part[k].line = line;
        s->part[k].line_count = kept;
    }
    return true;
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
    store_rows rows, reversed;
    const store_ask ask[] = {{SQL_DESK_SETTLEMENT_ROWS, key, 2, &rows},
                             {SQL_DESK_REVERSED_BY, key, 2, &reversed}};
    int64_t sign = 1;
    out->part_count = 0;
    if (!store_query_all(job, ask, COUNTOF(ask), a, e))
        return false;
    if (rows.row_count == 0)
        return FAIL(e, ERR_NOT_FOUND, "no settlement %" PRId64, settlement_id);
    for (ptrdiff_t i = 0; i < rows.row_count && i < PARTS_MAX; i++) {
        desk_part *p = &out->part[i];
        *p = (desk_part){.person_id = person_id, .reversed_by_id = store_number(&reversed, 0, 0)};
        header_read(p, &rows, i);
        if (!policy_find(p, d, job, reader, a, e))
            return false;
        sign = str_eq(p->kind, S("reverse")) ? -1 : 1;
        if (!result_read(p, reader, sign, a, e) ||
            !changes_read(p, store_text(&rows, i, ROW_CHANGES), a, e))
            return false;
        if (p->policy && !trace_read(p, store_text(&rows, i, ROW_TRACE), a))
            p->trace_count = 0;
        out->part_count++;
    }
    return lines_read(out, sign, reader, a, e);
}
