#include "service/bill/bill.h"

#include <stdlib.h>

/* Where a field goes that is not a fact. */
enum {
    SLOT_NONE = 0,
    SLOT_PERSON_ID,
    SLOT_HOUSEHOLD,
    SLOT_DEATH_DATE,
    SLOT_VISIT_ID,
    SLOT_LINE_CODE,
    SLOT_LINE_NAME,
    SLOT_LINE_PRESCRIPTION,
    SLOT_LINE_CLASS,
    SLOT_LINE_LIST,
    SLOT_LINE_ORIGIN,
    SLOT_LINE_DISEASE,
    SLOT_LINE_QUANTITY,
    SLOT_LINE_PRICE,
    SLOT_LINE_AMOUNT,
    SLOT_LINE_LIMIT,
    SLOT_LINE_SHARE,
    SLOT_LINE_DATE,
    SLOT_LINE_TAGS,
    SLOT_LINE_CONDITION,
    SLOT_LINE_REFUSE
};

#define N(literal)                                                                                 \
    {                                                                                              \
        (literal), (ptrdiff_t)sizeof(literal) - 1                                                  \
    } /* S(), for static tables */

const bill_field bill_person_fields[] = {
    {N("id"), FIELD_TEXT, FACT_NONE, SLOT_PERSON_ID, true},
    {N("household"), FIELD_TEXT, FACT_NONE, SLOT_HOUSEHOLD, false},
    {N("scheme"), FIELD_WORD, FACT_SCHEME, SLOT_NONE, true},
    {N("status"), FIELD_WORD, FACT_STATUS, SLOT_NONE, false},
    {N("sex"), FIELD_WORD, FACT_SEX, SLOT_NONE, false},
    {N("birth_date"), FIELD_DATE, FACT_BIRTH_DATE, SLOT_NONE, false},
    {N("categories"), FIELD_CATEGORIES, FACT_CATEGORY, SLOT_NONE, false},
    {N("accounts"), FIELD_ACCOUNTS, FACT_NONE, SLOT_NONE, false},
    {N("group"), FIELD_WORD, FACT_GROUP, SLOT_NONE, false},
    {N("tier"), FIELD_WORD, FACT_TIER, SLOT_NONE, false},
    {N("civil_rank"), FIELD_WORD, FACT_CIVIL_RANK, SLOT_NONE, false},
    {N("soldier_grade"), FIELD_WORD, FACT_SOLDIER_GRADE, SLOT_NONE, false},
    {N("employer"), FIELD_WORD, FACT_EMPLOYER, SLOT_NONE, false},
    {N("first_work_date"), FIELD_DATE, FACT_FIRST_WORK_DATE, SLOT_NONE, false},
    {N("death_date"), FIELD_DATE, FACT_NONE, SLOT_DEATH_DATE, false},
    {N("insured_months"), FIELD_COUNT, FACT_INSURED_MONTHS, SLOT_NONE, false},
    {N("continuous_years"), FIELD_COUNT, FACT_CONTINUOUS_YEARS, SLOT_NONE, false},
    {N("no_claim_years"), FIELD_COUNT, FACT_NO_CLAIM_YEARS, SLOT_NONE, false},
    {N("contract"), FIELD_FLAG, FACT_CONTRACT, SLOT_NONE, false},
    {N("account_credit"), FIELD_AMOUNT, FACT_ACCOUNT_CREDIT, SLOT_NONE, false},
    {N("accredited"), FIELD_WORDS, FACT_ACCREDITED, SLOT_NONE, false},
    {N("tags"), FIELD_WORDS, FACT_PERSON_TAG, SLOT_NONE, false},
    {N("entitled"), FIELD_PERIODS, FACT_NONE, SLOT_NONE, false},
    {N("enrolment"), FIELD_ENROLMENT, FACT_NONE, SLOT_NONE, false},
};

const bill_field bill_provider_fields[] = {
    {N("id"), FIELD_WORD, FACT_PROVIDER, SLOT_NONE, false},
    {N("level"), FIELD_WORD, FACT_LEVEL, SLOT_NONE, false},
    {N("kind"), FIELD_WORD, FACT_PROVIDER_KIND, SLOT_NONE, false},
    {N("grade"), FIELD_WORD, FACT_GRADE, SLOT_NONE, false},
    {N("fee_class"), FIELD_WORD, FACT_FEE_CLASS, SLOT_NONE, false},
    {N("seat"), FIELD_WORD, FACT_SEAT, SLOT_NONE, false},
    {N("area"), FIELD_WORD, FACT_PROVIDER_AREA, SLOT_NONE, false},
    {N("tcm"), FIELD_FLAG, FACT_TCM, SLOT_NONE, false},
    {N("tags"), FIELD_WORDS, FACT_PROVIDER_TAG, SLOT_NONE, false},
};

const bill_field bill_visit_fields[] = {
    {N("id"), FIELD_TEXT, FACT_NONE, SLOT_VISIT_ID, false},
    {N("kind"), FIELD_WORD, FACT_VISIT_KIND, SLOT_NONE, true},
    {N("date"), FIELD_DATE, FACT_DATE, SLOT_NONE, true},
    {N("admit_date"), FIELD_DATE, FACT_ADMIT_DATE, SLOT_NONE, false},
    {N("route"), FIELD_WORD, FACT_ROUTE, SLOT_NONE, false},
    {N("nth_stay"), FIELD_COUNT, FACT_NTH_STAY, SLOT_NONE, false},
    {N("disease"), FIELD_WORD, FACT_DISEASE, SLOT_NONE, false},
    {N("disease_group"), FIELD_WORD, FACT_DISEASE_GROUP, SLOT_NONE, false},
    {N("cause"), FIELD_WORD, FACT_CAUSE, SLOT_NONE, false},
    {N("transfer"), FIELD_WORD, FACT_TRANSFER, SLOT_NONE, false},
    {N("prescription"), FIELD_WORD, FACT_PRESCRIPTION, SLOT_NONE, false},
    {N("event"), FIELD_WORD, FACT_EVENT, SLOT_NONE, false},
    {N("nth_stay_at_level"), FIELD_COUNT, FACT_NTH_STAY_AT_LEVEL, SLOT_NONE, false},
    {N("stay_part"), FIELD_COUNT, FACT_STAY_PART, SLOT_NONE, false},
    {N("prev_deductible"), FIELD_AMOUNT, FACT_PREV_DEDUCTIBLE, SLOT_NONE, false},
    {N("deductible_override"), FIELD_AMOUNT, FACT_DEDUCTIBLE_OVERRIDE, SLOT_NONE, false},
    {N("waive_deductible"), FIELD_FLAG, FACT_WAIVE_DEDUCTIBLE, SLOT_NONE, false},
    {N("filed_elsewhere"), FIELD_FLAG, FACT_FILED_ELSEWHERE, SLOT_NONE, false},
    {N("chosen"), FIELD_FLAG, FACT_CHOSEN, SLOT_NONE, false},
    {N("referred"), FIELD_FLAG, FACT_REFERRED, SLOT_NONE, false},
    {N("tags"), FIELD_WORDS, FACT_VISIT_TAG, SLOT_NONE, false},
};

const bill_field bill_line_fields[] = {
    {N("code"), FIELD_TEXT, FACT_ITEM, SLOT_LINE_CODE, false},
    {N("name"), FIELD_TEXT, FACT_NONE, SLOT_LINE_NAME, false},
    {N("class"), FIELD_WORD, FACT_CLASS, SLOT_LINE_CLASS, true},
    {N("quantity"), FIELD_DECIMAL4, FACT_NONE, SLOT_LINE_QUANTITY, false},
    {N("unit_price"), FIELD_DECIMAL4, FACT_NONE, SLOT_LINE_PRICE, false},
    {N("amount"), FIELD_AMOUNT, FACT_NONE, SLOT_LINE_AMOUNT, false},
    {N("pay_first"), FIELD_RATE, FACT_NONE, SLOT_LINE_SHARE, false},
    {N("limit"), FIELD_DECIMAL4, FACT_NONE, SLOT_LINE_LIMIT, false},
    {N("date"), FIELD_DATE, FACT_NONE, SLOT_LINE_DATE, false},
    {N("list"), FIELD_WORD, FACT_LIST, SLOT_LINE_LIST, false},
    {N("tags"), FIELD_WORDS, FACT_TAG, SLOT_LINE_TAGS, false},
    {N("disease"), FIELD_WORD, FACT_LINE_DISEASE, SLOT_LINE_DISEASE, false},
    {N("origin"), FIELD_WORD, FACT_ORIGIN, SLOT_LINE_ORIGIN, false},
    {N("condition_met"), FIELD_FLAG, FACT_NONE, SLOT_LINE_CONDITION, false},
    {N("refuse_over_limit"), FIELD_FLAG, FACT_NONE, SLOT_LINE_REFUSE, false},
    {N("prescription_no"), FIELD_TEXT, FACT_NONE, SLOT_LINE_PRESCRIPTION, false},
};

const int bill_person_field_count = (int)COUNTOF(bill_person_fields);
const int bill_provider_field_count = (int)COUNTOF(bill_provider_fields);
const int bill_visit_field_count = (int)COUNTOF(bill_visit_fields);
const int bill_line_field_count = (int)COUNTOF(bill_line_fields);

enum { GROUP_PERSON, GROUP_PROVIDER, GROUP_VISIT, GROUP_LINE };

typedef struct {
    claim_bill *claim;
    const pack *pack;
    arena *a;
    err *e;
    const json_node *first; /* node 0 */
    word *words;            /* all set facts of the bill */
    int32_t word_count;
    claim_word *kept;
    int kept_cap;
    benefit_line *line;
    int line_number; /* 1-based while a line is read, else 0 */
    const char *group;
} reader;

static bool fail(reader *r, err_code code, str field, const char *expected, const char *message)
{
    char path[120];
    text_buffer t = {path, 0, sizeof path, false};
    if (r->line_number)
        text_printf(&t, "lines[%d].", r->line_number);
    else if (r->group)
        text_printf(&t, "%s.", r->group);
    text_buffer name = {path + t.n, 0, 60, false}; /* cut at a character, if it must be */
    text_add(&name, field);
    t.n += name.n;
    FAIL(r->e, code, "%s", message);
    err_field(r->e, (str){path, t.n});
    if (expected)
        err_expected(r->e, "%s", expected);
    return false;
}

static bool text_read(reader *r, const json_node *node, str *out)
{
    if (node->kind != JSON_STRING)
        return fail(r, ERR_BAD_TYPE, node->key, "a text in quotes", "not a text");
    if (node->text.n > TEXT_MAX)
        return fail(r, ERR_TOO_LARGE, node->key, "at most 200 bytes", "text too long");
    *out = node->text;
    return true;
}

/* A text that outlives the nodes. */
static bool text_keep(reader *r, const json_node *node, str *out)
{
    if (!text_read(r, node, out))
        return false;
    *out = arena_str(r->a, *out);
    return true;
}

static bool word_check(reader *r, fact_id fact, const json_node *node, str s, word *out)
{
    *out = 0;
    if (s.n == 0)
        return true; /* as if not given */
    fact_id listed = fact == FACT_LINE_DISEASE || fact == FACT_ACCREDITED ? FACT_DISEASE : fact;
    if (r->pack->fact_closed[listed]) {
        const pack_word *w = pack_word_find(r->pack, listed, s);
        if (!w) {
            char list[96];
            text_buffer t = {list, 0, sizeof list - 1, false};
            pack_words_list(&t, r->pack, listed);
            list[t.n] = 0;
            return fail(r, ERR_UNKNOWN_WORD, node->key, list, "this word is not in the dictionary");
        }
        *out = w->hash;
        return true;
    }
    *out = word_of(s);
    return true;
}

/* Accumulators may be kept by these: their text is wanted again when the settlement is printed. */
static void word_keep(reader *r, fact_id fact, word hash, str s)
{
    bool wanted = fact == FACT_LEVEL || fact == FACT_DISEASE || fact == FACT_LINE_DISEASE ||
                  fact == FACT_DISEASE_GROUP || fact == FACT_PROVIDER || fact == FACT_TIER ||
                  fact == FACT_CAUSE || fact == FACT_EVENT;
    if (!wanted || !r->pack->has_by)
        return;
    for (int i = 0; i < r->claim->word_count; i++)
        if (r->kept[i].hash == hash)
            return;
    if (r->claim->word_count == r->kept_cap) {
        int cap = 2 * r->kept_cap + 8;
        claim_word *more = arena_new(r->a, claim_word, cap);
        if (r->kept_cap)
            memcpy(more, r->kept, (size_t)r->kept_cap * sizeof *more);
        r->kept = more;
        r->kept_cap = cap;
        r->claim->word = more;
    }
    r->kept[r->claim->word_count++] = (claim_word){hash, arena_str(r->a, s)};
}

static bool word_read(reader *r, fact_id fact, const json_node *node, word *out)
{
    str s = {0};
    if (!text_read(r, node, &s) || !word_check(r, fact, node, s, out))
        return false;
    if (*out)
        word_keep(r, fact, *out, s);
    return true;
}

static bool date_read(reader *r, const json_node *node, int64_t *out)
{
    day d;
    if (node->kind != JSON_STRING || !day_parse(&d, node->text))
        return fail(r, ERR_BAD_DATE, node->key, "a date such as \"2024-01-31\"", "not a day");
    *out = d.number;
    return true;
}

static bool decimal_read(reader *r, const json_node *node, int scale, int64_t max, int64_t *out)
{
    bool number = node->kind == JSON_NUMBER || node->kind == JSON_STRING;
    if (number && decimal_parse(out, node->text, scale, max))
        return true;
    return fail(r, scale == 0 ? ERR_BAD_NUMBER : ERR_BAD_AMOUNT, node->key,
                scale == 2   ? "yuan with at most two decimals, such as \"12.30\""
                : scale == 0 ? "a whole number"
                             : "a number with at most four decimals",
                "not a number of this kind, or too large");
}

static bool flag_read(reader *r, const json_node *node, bool *out)
{
    if (node->kind != JSON_TRUE && node->kind != JSON_FALSE)
        return fail(r, ERR_BAD_TYPE, node->key, "true or false", "not a flag");
    *out = node->kind == JSON_TRUE;
    return true;
}

static bool twice(reader *r, const json_node *member)
{
    return fail(r, ERR_DUPLICATE_FIELD, member->key, "each field once", "the field stands twice");
}

static bool list_check(reader *r, const json_node *node)
{
    return node->kind == JSON_LIST || fail(r, ERR_BAD_TYPE, node->key, "a list", "not a list");
}

static int list_count(const reader *r, const json_node *node)
{
    int count = 0;
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next)
        count++;
    return count;
}

/* Room for the words of one set; the whole bill shares one array that only grows. */
static bool words_read(reader *r, fact_id fact, const json_node *node, int64_t *set)
{
    if (!list_check(r, node))
        return false;
    int32_t index = (int32_t)(node - r->first), first = r->word_count;
    if (list_count(r, node) > LIST_MAX)
        return fail(r, ERR_TOO_LARGE, node->key, "at most 64 words", "list too long");
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        word w;
        json_node item = r->first[i];
        item.key = node->key;
        if (!word_read(r, fact, &item, &w))
            return false;
        for (int32_t k = first; k < r->word_count && w; k++)
            if (r->words[k] == w)
                w = 0; /* a set holds a word once */
        if (w)
            r->words[r->word_count++] = w;
    }
    *set = SET_OF(first, r->word_count - first);
    return true;
}

static bool period_read(
    reader *r, const json_node *node, const json_node *owner, word *category, benefit_period *out)
{
    out->from = out->until = (day){DAY_NONE};
    if (node->kind != JSON_OBJECT)
        return fail(r, ERR_BAD_TYPE, owner->key, "{from, until}", "not an object");
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        const json_node *member = &r->first[i];
        int64_t on = 0;
        if (member->kind == JSON_NULL)
            continue;
        if (category && str_eq(member->key, S("category"))) {
            if (!word_read(r, FACT_CATEGORY, member, category))
                return false;
        } else if (str_eq(member->key, S("from")) || str_eq(member->key, S("until"))) {
            if (!date_read(r, member, &on))
                return false;
            if ((str_eq(member->key, S("from")) ? out->from : out->until).number != DAY_NONE)
                return twice(r, member);
            *(str_eq(member->key, S("from")) ? &out->from : &out->until) = (day){(int32_t)on};
        } else {
            return fail(r, ERR_UNKNOWN_FIELD, member->key,
                        category ? "category, from, until" : "from, until", "no such field");
        }
    }
    return true;
}

static bool categories_read(reader *r, const json_node *node)
{
    benefit_bill *bill = &r->claim->bill;
    if (!list_check(r, node))
        return false;
    int count = list_count(r, node);
    if (count > LIST_MAX)
        return fail(r, ERR_TOO_LARGE, node->key, "at most 64", "list too long");
    benefit_category *list = arena_new(r->a, benefit_category, count);
    bill->category = list;
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        benefit_category *c = &list[bill->category_count];
        json_node item = r->first[i];
        item.key = node->key;
        c->valid.from = c->valid.until = (day){DAY_NONE};
        if (item.kind == JSON_STRING) {
            if (!word_read(r, FACT_CATEGORY, &item, &c->category))
                return false;
        } else if (!period_read(r, &r->first[i], node, &c->category, &c->valid)) {
            return false;
        }
        if (item.kind == JSON_OBJECT && c->category == 0)
            return fail(r, ERR_MISSING_FIELD, S("categories.category"), "a category",
                        "it is missing");
        bill->category_count += c->category != 0;
    }
    return true;
}

static bool periods_read(reader *r, const json_node *node)
{
    benefit_bill *bill = &r->claim->bill;
    if (!list_check(r, node))
        return false;
    int count = list_count(r, node);
    if (count > LIST_MAX)
        return fail(r, ERR_TOO_LARGE, node->key, "at most 64", "list too long");
    if (count == 0)
        return fail(r, ERR_BAD_VALUE, node->key, "at least one period; leave it out when covered",
                    "the list is empty");
    benefit_period *list = arena_new(r->a, benefit_period, count);
    bill->entitled = list;
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next)
        if (!period_read(r, &r->first[i], node, NULL, &list[bill->entitled_count++]))
            return false;
    return true;
}

static bool accounts_read(reader *r, const json_node *node)
{
    if (node->kind != JSON_OBJECT)
        return fail(r, ERR_BAD_TYPE, node->key, "{current: amount, …}", "not an object");
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        const json_node *member = &r->first[i];
        int k = 0;
        while (k < ACCOUNT_COUNT && !str_eq(member->key, str_of(account_names[k])))
            k++;
        if (k == ACCOUNT_COUNT)
            return fail(r, ERR_UNKNOWN_FIELD, member->key, "current, previous, civil or family",
                        "no such account");
        if (r->claim->has_accounts[k])
            return twice(r, member);
        if (member->kind == JSON_NULL)
            continue;
        if (!decimal_read(r, member, 2, MONEY_FEN_MAX, &r->claim->account_fen[k]))
            return false;
        r->claim->has_accounts[k] = true;
    }
    return true;
}

static bool fact_read(reader *r, fact_id fact, bill_field_kind kind, const json_node *node);

static bool enrolment_read(reader *r, const json_node *node)
{
    if (node->kind != JSON_OBJECT)
        return fail(r, ERR_BAD_TYPE, node->key, "an object", "not an object");
    r->claim->bill.has_enrolment = true;
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        const json_node *member = &r->first[i];
        int fact = FACT__COUNT - 1;
        while (fact > 0 && !(fact_table[fact].of == OF_ENROLMENT &&
                             str_eq(member->key, str_of(fact_table[fact].name))))
            fact--;
        if (fact == 0)
            return fail(r, ERR_UNKNOWN_FIELD, member->key, "a fact of an enrolment",
                        "no such field");
        bill_field_kind kind = fact_table[fact].kind == KIND_DAY   ? FIELD_DATE
                               : fact_table[fact].kind == KIND_SYM ? FIELD_WORD
                                                                   : FIELD_COUNT;
        if (r->claim->bill.fact[fact] != FACT_ABSENT)
            return twice(r, member);
        if (member->kind != JSON_NULL && !fact_read(r, (fact_id)fact, kind, member))
            return false;
    }
    return true;
}

static bool fact_read(reader *r, fact_id fact, bill_field_kind kind, const json_node *node)
{
    benefit_bill *bill = &r->claim->bill;
    int64_t *value = &bill->fact[fact];
    bool yes = false;
    word w;
    switch (kind) {
    case FIELD_WORD:
        if (!word_read(r, fact, node, &w))
            return false;
        *value = w ? w : FACT_ABSENT;
        return true;
    case FIELD_COUNT:
        return decimal_read(r, node, 0, 100000, value);
    case FIELD_DATE:
        return date_read(r, node, value);
    case FIELD_AMOUNT:
        return decimal_read(r, node, 2, MONEY_FEN_MAX, value);
    case FIELD_FLAG:
        if (!flag_read(r, node, &yes))
            return false;
        *value = yes;
        return true;
    case FIELD_WORDS:
        return words_read(r, fact, node, value);
    case FIELD_CATEGORIES:
        return categories_read(r, node);
    case FIELD_PERIODS:
        return periods_read(r, node);
    case FIELD_ACCOUNTS:
        return accounts_read(r, node);
    case FIELD_ENROLMENT:
        return enrolment_read(r, node);
    default:
        NEVER("field kind without a reader");
        return false;
    }
}

static bool slot_read(reader *r, const bill_field *field, const json_node *node)
{
    claim_bill *claim = r->claim;
    benefit_line *line = r->line;
    int64_t value = 0;
    str s = {0};
    bool yes = false;
    switch (field->slot) {
    case SLOT_PERSON_ID:
        return text_keep(r, node, &claim->person_id);
    case SLOT_HOUSEHOLD:
        return text_keep(r, node, &claim->household_id);
    case SLOT_VISIT_ID:
        if (!text_read(r, node, &s))
            return false;
        claim->bill.episode = s.n ? str_hash(s) : 0;
        return true;
    case SLOT_DEATH_DATE:
        if (!date_read(r, node, &value))
            return false;
        claim->bill.death_date = (day){(int32_t)value};
        return true;
    case SLOT_LINE_CODE:
        return text_keep(r, node, &line->code);
    case SLOT_LINE_NAME:
    case SLOT_LINE_PRESCRIPTION:
        return text_read(r, node, &s);
    case SLOT_LINE_CLASS:
        return word_read(r, FACT_CLASS, node, &line->class);
    case SLOT_LINE_LIST:
        return word_read(r, FACT_LIST, node, &line->list);
    case SLOT_LINE_ORIGIN:
        return word_read(r, FACT_ORIGIN, node, &line->origin);
    case SLOT_LINE_DISEASE:
        return word_read(r, FACT_LINE_DISEASE, node, &line->disease);
    case SLOT_LINE_QUANTITY:
        return decimal_read(r, node, 4, QUANTITY_E4_MAX, &line->quantity_e4);
    case SLOT_LINE_PRICE:
        return decimal_read(r, node, 4, UNIT_PRICE_E4_MAX, &line->unit_price_e4);
    case SLOT_LINE_LIMIT:
        return decimal_read(r, node, 4, UNIT_PRICE_E4_MAX, &line->limit_e4);
    case SLOT_LINE_AMOUNT:
        return decimal_read(r, node, 2, MONEY_FEN_MAX, &line->amount_fen);
    case SLOT_LINE_SHARE: {
        rate share;
        bool number = node->kind == JSON_NUMBER || node->kind == JSON_STRING;
        if (!number || !rate_parse(&share, node->text) || share.e8 > RATE_ONE)
            return fail(r, ERR_BAD_RATE, node->key, "\"10%\" or 0.1", "not a share");
        line->share_e8 = share.e8;
        return true;
    }
    case SLOT_LINE_DATE:
        if (!date_read(r, node, &value))
            return false;
        line->on = (day){(int32_t)value};
        return true;
    case SLOT_LINE_TAGS:
        return words_read(r, FACT_TAG, node, &line->tags);
    case SLOT_LINE_CONDITION:
        if (!flag_read(r, node, &yes))
            return false;
        line->condition_not_met = !yes;
        return true;
    case SLOT_LINE_REFUSE:
        return flag_read(r, node, &line->refuse_over_limit);
    default:
        NEVER("slot without a reader");
        return false;
    }
}

/* str_eq for names: they are short, and calling memcmp would take longer than comparing. */
static bool name_eq(str a, str b)
{
    uint64_t x = 0, y = 0;
    if (a.n != b.n || a.n == 0)
        return a.n == b.n;
    if (a.n < 8) {
        for (ptrdiff_t i = 0; i < a.n; i++)
            if (a.p[i] != b.p[i])
                return false;
        return true;
    }
    for (ptrdiff_t i = 0; i + 8 < a.n; i += 8) {
        memcpy(&x, a.p + i, 8);
        memcpy(&y, b.p + i, 8);
        if (x != y)
            return false;
    }
    memcpy(&x, a.p + a.n - 8, 8); /* the last eight, whether compared before or not */
    memcpy(&y, b.p + b.n - 8, 8);
    return x == y;
}

/* The field of this name, or `count`.  Members mostly come in the order of the table, so the search
 * starts behind the last one found. */
static int field_find(const bill_field *fields, int count, int last, str name)
{
    int at = last;
    for (int tried = 0; tried < count; tried++) {
        at = at + 1 < count ? at + 1 : 0;
        if (name_eq(name, fields[at].name))
            return at;
    }
    return count;
}

static uint64_t required_of(const bill_field *fields, int count)
{
    uint64_t required = 0;
    for (int i = 0; i < count; i++)
        required |= (uint64_t)fields[i].required << i;
    return required;
}

/* `required`: a bit for each field that may not be missing. */
static bool
group_read(reader *r, const json_node *node, const bill_field *fields, int count, uint64_t required)
{
    uint64_t seen = 0;
    if (node->kind != JSON_OBJECT) {
        r->group = NULL;
        return fail(r, ERR_BAD_TYPE, node->key, "an object", "not an object");
    }
    int32_t index = (int32_t)(node - r->first);
    int at = -1;
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        const json_node *member = &r->first[i];
        at = field_find(fields, count, at, member->key);
        if (at == count)
            return fail(r, ERR_UNKNOWN_FIELD, member->key, "a field of docs/bill-format.md",
                        "no such field");
        if (seen >> at & 1)
            return fail(r, ERR_DUPLICATE_FIELD, member->key, "each field once",
                        "the field stands twice");
        seen |= UINT64_C(1) << at;
        const bill_field *field = &fields[at];
        if (member->kind == JSON_NULL) {
            seen &= ~(UINT64_C(1) << at); /* null = not given */
            continue;
        }
        if (!(field->slot ? slot_read(r, field, member)
                          : fact_read(r, field->fact, field->kind, member)))
            return false;
    }
    uint64_t missing = required & ~seen;
    if (missing)
        return fail(r, ERR_MISSING_FIELD, fields[__builtin_ctzll(missing)].name, "a value",
                    "a required field is missing");
    return true;
}

static bool lines_read(reader *r, const json_node *node)
{
    benefit_bill *bill = &r->claim->bill;
    if (!list_check(r, node))
        return false;
    int count = list_count(r, node);
    if (count > LINES_MAX)
        return fail(r, ERR_TOO_LARGE, node->key, "at most 5000 lines", "too many lines");
    benefit_line *line = arena_new(r->a, benefit_line, count);
    bill->line = line;
    uint64_t required = required_of(bill_line_fields, bill_line_field_count);
    int32_t index = (int32_t)(node - r->first);
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        *line = (benefit_line){.on = {DAY_NONE},
                               .quantity_e4 = 10000,
                               .unit_price_e4 = -1,
                               .amount_fen = -1,
                               .limit_e4 = -1,
                               .share_e8 = -1};
        r->line = line;
        r->line_number = (int)++bill->line_count;
        line->number = r->line_number;
        if (!group_read(r, &r->first[i], bill_line_fields, bill_line_field_count, required))
            return false;
        if (line->amount_fen < 0 && line->unit_price_e4 < 0)
            return fail(r, ERR_MISSING_FIELD, S("amount"), "amount, or unit_price and quantity",
                        "the line has no amount");
        line++;
    }
    r->line_number = 0;
    return true;
}

/* "l3", or "l3|x" for an accumulator with several sub-keys. */
static bool opening_by_read(reader *r,
                            const benefit_accumulator *acc,
                            const json_node *node,
                            claim_opening *out)
{
    str left = node->key;
    for (int i = 0; i < acc->by_count; i++) {
        ptrdiff_t n = 0;
        while (n < left.n && left.p[n] != '|')
            n++;
        if (!word_check(r, acc->by[i], node, (str){left.p, n}, &out->by[i]))
            return false;
        left = n < left.n ? (str){left.p + n + 1, left.n - n - 1} : (str){0};
    }
    return true;
}

static bool opening_value_read(reader *r,
                               const benefit_accumulator *acc,
                               const json_node *node,
                               claim_opening *out)
{
    bool count = acc->unit == UNIT_COUNT;
    return decimal_read(r, node, count ? 0 : 2, count ? 1000000 : MONEY_FEN_MAX, &out->value);
}

static bool opening_read(reader *r, const json_node *node)
{
    claim_bill *claim = r->claim;
    if (node->kind != JSON_OBJECT)
        return fail(r, ERR_BAD_TYPE, node->key, "{accumulator: value}", "not an object");
    int32_t index = (int32_t)(node - r->first);
    claim_opening *list = arena_new(r->a, claim_opening, node->next - index);
    claim->opening = list;
    r->group = "opening";
    for (int32_t i = index + 1; i < node->next; i = r->first[i].next) {
        const json_node *member = &r->first[i];
        uint16_t accumulator = pack_accumulator_find(r->pack, member->key);
        if (!accumulator)
            return fail(r, ERR_UNKNOWN_FIELD, member->key, "an accumulator of the pack",
                        "no such accumulator");
        const benefit_accumulator *acc = &r->pack->accumulator[accumulator];
        for (int k = 0; k < claim->opening_count; k++)
            if (list[k].accumulator == accumulator)
                return twice(r, member);
        if (member->kind == JSON_NULL)
            continue;
        if (member->kind != JSON_OBJECT) {
            claim_opening *o = &list[claim->opening_count++];
            o->accumulator = accumulator;
            if (acc->by_count)
                return fail(r, ERR_BAD_TYPE, member->key, "{sub-key: value}",
                            "this accumulator is kept by sub-keys");
            if (!opening_value_read(r, acc, member, o))
                return false;
            continue;
        }
        if (!acc->by_count)
            return fail(r, ERR_BAD_TYPE, member->key, "a value",
                        "this accumulator has no sub-keys");
        for (int32_t k = i + 1; k < member->next; k = r->first[k].next) {
            claim_opening *o = &list[claim->opening_count++];
            o->accumulator = accumulator;
            for (int32_t m = i + 1; m < k; m = r->first[m].next)
                if (str_eq(r->first[m].key, r->first[k].key))
                    return twice(r, &r->first[k]);
            if (!opening_by_read(r, acc, &r->first[k], o) ||
                !opening_value_read(r, acc, &r->first[k], o))
                return false;
        }
    }
    return true;
}

bool bill_of_json(claim_bill *out, const json_node *node, const pack *p, arena *a, err *e)
{
    enum { BILL, PERSON, PROVIDER, VISIT, LINES, OPENING, KEYS };
    static const str keys[KEYS] = {N("bill"),  N("person"), N("provider"),
                                   N("visit"), N("lines"),  N("opening")};
    const json_node *found[KEYS] = {0};
    memset((char *)out + sizeof out->bill, 0, sizeof *out - sizeof out->bill);
    benefit_bill_clear(&out->bill);
    reader r = {.claim = out, .pack = p, .a = a, .e = e, .first = node};
    if (node->kind != JSON_OBJECT)
        return fail(&r, ERR_BAD_TYPE, S("bill"), "an object", "a bill is a JSON object");
    for (int32_t i = 1; i < node->next; i = node[i].next) {
        int k = 0;
        while (k < KEYS && !name_eq(node[i].key, keys[k]))
            k++;
        if (k == KEYS)
            return fail(&r, ERR_UNKNOWN_FIELD, node[i].key,
                        "bill, person, provider, visit, lines, opening", "no such field");
        if (found[k])
            return fail(&r, ERR_DUPLICATE_FIELD, node[i].key, "each field once",
                        "the field stands twice");
        found[k] = &node[i];
    }
    for (int k = 0; k < KEYS; k++)
        if (!found[k] && k != PROVIDER && k != OPENING)
            return fail(&r, ERR_MISSING_FIELD, keys[k], "a value", "a required field is missing");
    r.words = arena_new(a, word, node->next); /* no more words than nodes */
    out->bill.words = r.words;
    if (!text_keep(&r, found[BILL], &out->bill.id))
        return false;
    if (out->bill.id.n == 0)
        return fail(&r, ERR_MISSING_FIELD, S("bill"), "the identity of the bill", "empty");
    const struct {
        const json_node *node;
        const bill_field *fields;
        int count;
    } groups[] = {
        {found[PERSON], bill_person_fields, bill_person_field_count},
        {found[PROVIDER], bill_provider_fields, bill_provider_field_count},
        {found[VISIT], bill_visit_fields, bill_visit_field_count},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(groups); i++) {
        if (!groups[i].node || (i == PROVIDER - PERSON && groups[i].node->kind == JSON_NULL))
            continue;
        r.group = keys[PERSON + i].p;
        if (!group_read(&r, groups[i].node, groups[i].fields, groups[i].count,
                        required_of(groups[i].fields, groups[i].count)))
            return false;
    }
    r.group = NULL;
    if (out->person_id.n == 0) {
        r.group = "person";
        return fail(&r, ERR_MISSING_FIELD, S("id"), "the identity of the person", "empty");
    }
    if (!lines_read(&r, found[LINES]))
        return false;
    if (out->bill.line_count == 0)
        return fail(&r, ERR_MISSING_FIELD, S("lines"), "at least one line",
                    "the bill has no lines");
    return !found[OPENING] || found[OPENING]->kind == JSON_NULL || opening_read(&r, found[OPENING]);
}
