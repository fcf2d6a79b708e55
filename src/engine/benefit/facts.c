#include "engine/benefit/settle_internal.h"

const fact_info fact_table[FACT__COUNT] = {
    [FACT_NONE] = {"", "", KIND_NONE, OF_NONE},
#define FACT(id, name, kind, of, zh) [FACT_##id] = {name, zh, KIND_##kind, OF_##of},
#include "engine/benefit/fact.tbl.h"
};

const char *const heap_names[HEAP__COUNT] = {"own",   "over_limit", "pay_first", "route_share",
                                             "scope", "deductible", "copay",     "over_cap"};

const char *const pay_field_names[FIELD__COUNT] = {
    "",          "hifp_pay", "cvlserv_pay", "hifes_pay",     "hifmi_pay", "hifob_pay",
    "hifdm_pay", "maf_pay",  "oth_pay",     "hosp_part_amt", "acct_pay",  "acct_mulaid_pay"};

const char *const account_names[ACCOUNT_COUNT] = {"current", "previous", "civil", "family"};

int policy_year_of(const benefit_policy *p, day on)
{
    civil c = day_civil(on);
    bool before_start = c.month < p->year_start_month ||
                        (c.month == p->year_start_month && c.day < p->year_start_day);
    return c.year - before_start;
}

day policy_year_first_day(const benefit_policy *p, int year)
{
    return day_of(year, p->year_start_month, p->year_start_day);
}

#define NOTHING_SYM   FACT_ABSENT
#define NOTHING_SET   0
#define NOTHING_INT   FACT_ABSENT
#define NOTHING_DAY   FACT_ABSENT
#define NOTHING_MONEY FACT_ABSENT
#define NOTHING_PRICE FACT_ABSENT
#define NOTHING_FLAG  0

static const int64_t nothing_known[FACT__COUNT] = {
    [FACT_NONE] = FACT_ABSENT,
#define FACT(id, name, kind, of, zh) [FACT_##id] = NOTHING_##kind,
#include "engine/benefit/fact.tbl.h"
};

void benefit_bill_clear(benefit_bill *bill)
{
    memcpy(bill->fact, nothing_known, sizeof bill->fact);
    memset((char *)bill + offsetof(benefit_bill, words), 0,
           sizeof *bill - offsetof(benefit_bill, words));
    bill->id = (str){0};
    bill->death_date = (day){DAY_NONE};
}

static day fact_day_of(const benefit_run *r, fact_id id)
{
    return (day){(int32_t)r->fact[id]};
}

static bool category_valid(const benefit_category *c, day on)
{
    return (c->valid.from.number == DAY_NONE || c->valid.from.number <= on.number) &&
           (c->valid.until.number == DAY_NONE || on.number <= c->valid.until.number);
}

static bool words_have(const word *words, int64_t count, word wanted)
{
    for (int64_t i = 0; i < count; i++)
        if (words[i] == wanted)
            return true;
    return false;
}

static void categories_derive(benefit_run *r, day on)
{
    const benefit_bill *bill = r->bill;
    word *words = arena_new(r->a, word, bill->category_count);
    int64_t count = 0;
    for (int i = 0; i < bill->category_count; i++)
        if (category_valid(&bill->category[i], on) &&
            !words_have(words, count, bill->category[i].category))
            words[count++] = bill->category[i].category;
    r->category_word = words;
    r->fact[FACT_CATEGORY] = SET_OF(0, count);
}

void facts_derive(benefit_run *r)
{
    const benefit_policy *p = r->p;
    day on = fact_day_of(r, FACT_DATE);
    bool stayed = r->fact[FACT_ADMIT_DATE] != FACT_ABSENT && r->fact[FACT_ADMIT_DATE] <= on.number;
    day admitted = stayed ? fact_day_of(r, FACT_ADMIT_DATE) : on;
    int year = policy_year_of(p, on);
    r->fact[FACT_YEAR] = year;
    if (r->fact[FACT_DAYS] == FACT_ABSENT)
        r->fact[FACT_DAYS] = max_i64(1, on.number - admitted.number);
    if (r->fact[FACT_STAY_PART] == FACT_ABSENT)
        r->fact[FACT_STAY_PART] = 1;
    r->fact[FACT_HAS_OVERRIDE] = r->fact[FACT_DEDUCTIBLE_OVERRIDE] != FACT_ABSENT;
    if (r->fact[FACT_BIRTH_DATE] != FACT_ABSENT) {
        day at = p->age_on == ON_DISCHARGE    ? on
                 : p->age_on == ON_YEAR_START ? policy_year_first_day(p, year)
                                              : admitted;
        day born = fact_day_of(r, FACT_BIRTH_DATE);
        r->fact[FACT_AGE] = born.number <= at.number ? age_on(born, at) : 0;
    }
    if (r->bill->category_count > 0)
        categories_derive(r, p->category_on_admission ? admitted : on);
}

int64_t line_fact(const benefit_run *r, const benefit_line *line, fact_id id)
{
    if (!line)
        return FACT_ABSENT;
    switch (id) {
    case FACT_CLASS:
        return line->class ? line->class : FACT_ABSENT;
    case FACT_LIST:
        return line->list ? line->list : FACT_ABSENT;
    case FACT_TAG:
        return line->tags;
    case FACT_LINE_DISEASE:
        return line->disease ? line->disease : r->bill->fact[FACT_DISEASE];
    case FACT_LINE_DATE:
        return line->on.number == DAY_NONE ? r->fact[FACT_DATE] : line->on.number;
    case FACT_ITEM:
        return line->code.n ? word_of(line->code) : FACT_ABSENT;
    case FACT_UNIT_PRICE:
        return line->unit_price_e4 < 0 ? FACT_ABSENT : line->unit_price_e4;
    case FACT_LINE_AMOUNT:
        return r->result->line[line - r->bill->line].amount.fen;
    case FACT_HAS_SHARE:
        return line->share_e8 >= 0;
    case FACT_CONDITION_MET:
        return !line->condition_not_met;
    default:
        assert(id == FACT_ORIGIN);
        return line->origin ? line->origin : FACT_ABSENT;
    }
}

static bool set_has(const benefit_run *r, fact_id id, int64_t set, word wanted)
{
    const word *words = id == FACT_CATEGORY ? r->category_word : r->bill->words;
    return SET_COUNT(set) > 0 && words_have(words + SET_OFFSET(set), SET_COUNT(set), wanted);
}

static bool test_holds(const benefit_run *r, const benefit_test *t)
{
    fact_id id = t->fact;
    int64_t value;
    if (id == FACT_NONE)
        value = accumulator_get(r, t->accumulator);
    else if (fact_table[id].of == OF_LINE)
        value = line_fact(r, r->line, id);
    else
        value = r->fact[id];
    if (value == FACT_ABSENT)
        return false;
    switch ((test_op)t->op) {
    case TEST_EQUAL:
        return value == t->a;
    case TEST_RANGE:
        return t->a <= value && value <= t->b;
    case TEST_ONE_OF:
        for (uint32_t i = 0; i < t->n; i++)
            if (r->p->words[t->a + i] == value)
                return true;
        return false;
    case TEST_HAS:
        return set_has(r, id, value, t->a);
    case TEST_HAS_ANY:
        for (uint32_t i = 0; i < t->n; i++)
            if (set_has(r, id, value, r->p->words[t->a + i]))
                return true;
        return false;
    case TEST_NONE:
        break;
    }
    NEVER("test without an operation");
    return false;
}

bool when_holds(const benefit_run *r, benefit_when when)
{
    const benefit_test *t = r->p->test + when.first;
    for (int i = 0; i < when.n; i++)
        if (!test_holds(r, t + i))
            return false;
    return true;
}

/* ---- accumulators ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        hash = (hash ^ (value & 0xFF)) * 0x100000001b3u;
    return hash;
}

static int64_t
period_index(const benefit_policy *p, const benefit_accumulator *acc, day on, uint64_t episode)
{
    civil c;
    switch ((accumulator_period)acc->period) {
    case PERIOD_YEAR:
        return policy_year_of(p, on);
    case PERIOD_DAY:
        return on.number;
    case PERIOD_MONTH:
        c = day_civil(on);
        return c.year * 12 + c.month - 1;
    case PERIOD_QUARTER:
        c = day_civil(on);
        return c.year * 4 + (c.month - 1) / 3;
    case PERIOD_EPISODE:
        return (int64_t)episode;
    case PERIOD_LIFE:
        return 0;
    }
    NEVER("accumulator without a period");
    return 0;
}

static uint64_t episode_of(const benefit_bill *bill)
{
    return bill->episode ? bill->episode : str_hash(bill->id);
}

uint64_t benefit_sub_key_of(const benefit_policy *p,
                            const benefit_accumulator *acc,
                            int64_t period,
                            const word *by)
{
    bool year_is_known = acc->period == PERIOD_YEAR && !acc->of_household;
    uint64_t hash = mix((uint64_t)p->scheme, year_is_known ? 0 : (uint64_t)period);
    for (int i = 0; i < acc->by_count; i++)
        hash = mix(hash, (uint64_t)by[i]);
    return hash;
}

int64_t benefit_period_index(const benefit_policy *p,
                             const benefit_accumulator *acc,
                             const benefit_bill *bill)
{
    day on = {(int32_t)bill->fact[FACT_DATE]};
    return period_index(p, acc, on, episode_of(bill));
}

static void by_words(const benefit_accumulator *acc, const int64_t *fact, word by[BY_MAX])
{
    for (int i = 0; i < acc->by_count; i++)
        by[i] = fact[acc->by[i]] == FACT_ABSENT ? 0 : fact[acc->by[i]];
}

static uint64_t sub_key(const benefit_policy *p,
                        const benefit_accumulator *acc,
                        const benefit_bill *bill,
                        const int64_t *fact)
{
    word by[BY_MAX];
    by_words(acc, fact, by);
    return benefit_sub_key_of(p, acc, benefit_period_index(p, acc, bill), by);
}

entry_home benefit_home(const benefit_accumulator *a)
{
    if (a->of_household)
        return HOME_HOUSEHOLD;
    return a->period == PERIOD_LIFE || a->period == PERIOD_EPISODE ? HOME_LIFE : HOME_YEAR;
}

static int64_t entry_before(const benefit_run *r, uint16_t accumulator, uint64_t sub)
{
    entry_home home = benefit_home(&r->p->accumulator[accumulator]);
    const benefit_entry *entry = r->before->entry[home];
    for (ptrdiff_t i = 0; i < r->before->entry_count[home]; i++)
        if (entry[i].accumulator == accumulator && entry[i].sub == sub)
            return entry[i].value;
    return 0;
}

int64_t accumulator_get(const benefit_run *r, uint16_t accumulator)
{
    assert(accumulator > 0);
    const benefit_accumulator *acc = &r->p->accumulator[accumulator];
    if (acc->dense >= 0)
        return r->dense[acc->dense];
    uint64_t sub = sub_key(r->p, acc, r->bill, r->fact);
    for (int i = 0; i < r->w.change_count; i++)
        if (r->change[i].accumulator == accumulator && r->change[i].sub == sub)
            return r->change[i].after;
    return entry_before(r, accumulator, sub);
}

void accumulator_set(benefit_run *r, uint16_t accumulator, int64_t value)
{
    assert(accumulator > 0);
    const benefit_accumulator *acc = &r->p->accumulator[accumulator];
    if (acc->dense >= 0) {
        r->dense[acc->dense] = value;
        return;
    }
    word by[BY_MAX] = {0};
    by_words(acc, r->fact, by);
    uint64_t sub = benefit_sub_key_of(r->p, acc, benefit_period_index(r->p, acc, r->bill), by);
    for (int i = 0; i < r->w.change_count; i++) {
        if (r->change[i].accumulator == accumulator && r->change[i].sub == sub) {
            r->change[i].after = value;
            return;
        }
    }
    if (r->w.change_count == r->change_cap) {
        benefit_change *more = arena_new(r->a, benefit_change, 2 * r->change_cap + 8);
        if (r->w.change_count)
            memcpy(more, r->change, (size_t)r->w.change_count * sizeof *more);
        r->change = more;
        r->change_cap = 2 * r->change_cap + 8;
    }
    benefit_change *change = &r->change[r->w.change_count++];
    *change = (benefit_change){accumulator, sub, entry_before(r, accumulator, sub), value, {0}};
    memcpy(change->by, by, sizeof by);
}

bool accumulator_add(benefit_run *r, uint16_t accumulator, int64_t by)
{
    int64_t value = accumulator_get(r, accumulator);
    if (by > ACCUMULATOR_FEN_MAX - value)
        return refuse(r, REFUSED_TOO_LARGE, r->p->accumulator[accumulator].name);
    accumulator_set(r, accumulator, value + by);
    return true;
}
