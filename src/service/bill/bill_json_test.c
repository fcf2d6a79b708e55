#include "service/bill/bill.h"

#include "test/support/unit_bill.h"

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

/* ---- what is read ---- */

static int64_t fact(const claim_bill *c, fact_id id)
{
    return c->bill.fact[id];
}

static void assert_set(const claim_bill *c, int64_t set, const char *first, int count)
{
    assert_int_equal(SET_COUNT(set), count);
    assert_true(c->bill.words[SET_OFFSET(set)] == word_of(str_of(first)));
}

static void every_field_arrives(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    const claim_bill *c = unit_bill(
        unit(),
        "{'bill':'B1','person':{'id':'P1','household':'F','scheme':'resident','status':'retired',"
        "'sex':'female','birth_date':'1950-02-28','group':'elderly','tier':'t2',"
        "'civil_rank':'staff','soldier_grade':'g1','employer':'E','first_work_date':'1970-01-01',"
        "'death_date':'2030-01-01','insured_months':12,'continuous_years':'7','no_claim_years':0,"
        "'contract':true,'account_credit':12.3,"
        "'categories':['dibao',{'category':'tekun','from':'2024-01-01','until':'2024-12-31'}],"
        "'accredited':['diabetes'],'tags':['x','y'],"
        "'accounts':{'current':'1.00','previous':2,'civil':'3','family':4.05},"
        "'entitled':[{'from':'2024-01-01'},{'until':'2030-01-01'}],"
        "'enrolment':{'kind':'late','gap_months':1,'missed_years':2,'repaid_years':'3',"
        "'age_days':4,'registered_on':'2024-01-02','paid_on':'2024-01-03','born_on':'2024-01-04',"
        "'window_year':2024}},"
        "'provider':{'id':'H','level':'l3','grade':'jia','fee_class':'f1','seat':'city',"
        "'kind':'hospital','area':'350900','tcm':true,'tags':['z']},"
        "'visit':{'id':'V','kind':'inpatient','date':'2024-05-01','admit_date':'2024-04-20',"
        "'disease':'diabetes','disease_group':'onco','cause':'illness','transfer':'up',"
        "'route':'filed','prescription':'electronic','event':'admitted','nth_stay':2,"
        "'nth_stay_at_level':3,'stay_part':1,'prev_deductible':'500','deductible_override':0,"
        "'waive_deductible':true,'filed_elsewhere':false,'chosen':true,'referred':false,"
        "'tags':['w']},"
        "'lines':[{'code':'C','name':'甲','class':'B','list':'negotiated','origin':'imported',"
        "'disease':'d','quantity':2.5,'unit_price':'10.1234','amount':'25.31','limit':'9.5',"
        "'pay_first':'12.5%','date':'2024-04-30','tags':['bed'],'condition_met':false,"
        "'refuse_over_limit':true},{'class':'A','amount':0}],"
        "'opening':{'pool':'1.05','stays':3,'level_stays':{'l3':2}}}",
        &a);
    unit_str_equal(c->bill.id, "B1");
    unit_str_equal(c->person_id, "P1");
    unit_str_equal(c->household_id, "F");
    static const struct {
        fact_id fact;
        const char *word;
    } words[] = {
        {FACT_SCHEME, "resident"},
        {FACT_STATUS, "retired"},
        {FACT_SEX, "female"},
        {FACT_GROUP, "elderly"},
        {FACT_TIER, "t2"},
        {FACT_CIVIL_RANK, "staff"},
        {FACT_SOLDIER_GRADE, "g1"},
        {FACT_EMPLOYER, "E"},
        {FACT_PROVIDER, "H"},
        {FACT_LEVEL, "l3"},
        {FACT_GRADE, "jia"},
        {FACT_FEE_CLASS, "f1"},
        {FACT_SEAT, "city"},
        {FACT_PROVIDER_KIND, "hospital"},
        {FACT_PROVIDER_AREA, "350900"},
        {FACT_VISIT_KIND, "inpatient"},
        {FACT_DISEASE, "diabetes"},
        {FACT_DISEASE_GROUP, "onco"},
        {FACT_CAUSE, "illness"},
        {FACT_TRANSFER, "up"},
        {FACT_ROUTE, "filed"},
        {FACT_PRESCRIPTION, "electronic"},
        {FACT_EVENT, "admitted"},
        {FACT_ENROL_KIND, "late"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++)
        if (fact(c, words[i].fact) != word_of(str_of(words[i].word)))
            fail_msg("%s is not %s", fact_table[words[i].fact].name, words[i].word);
    const struct {
        fact_id fact;
        int64_t value;
    } numbers[] = {
        {FACT_BIRTH_DATE, day_of(1950, 2, 28).number},
        {FACT_FIRST_WORK_DATE, 0},
        {FACT_INSURED_MONTHS, 12},
        {FACT_CONTINUOUS_YEARS, 7},
        {FACT_NO_CLAIM_YEARS, 0},
        {FACT_CONTRACT, 1},
        {FACT_ACCOUNT_CREDIT, 1230},
        {FACT_TCM, 1},
        {FACT_DATE, day_of(2024, 5, 1).number},
        {FACT_ADMIT_DATE, day_of(2024, 4, 20).number},
        {FACT_NTH_STAY, 2},
        {FACT_NTH_STAY_AT_LEVEL, 3},
        {FACT_STAY_PART, 1},
        {FACT_PREV_DEDUCTIBLE, 50000},
        {FACT_DEDUCTIBLE_OVERRIDE, 0},
        {FACT_WAIVE_DEDUCTIBLE, 1},
        {FACT_FILED_ELSEWHERE, 0},
        {FACT_CHOSEN, 1},
        {FACT_REFERRED, 0},
        {FACT_GAP_MONTHS, 1},
        {FACT_MISSED_YEARS, 2},
        {FACT_REPAID_YEARS, 3},
        {FACT_AGE_DAYS, 4},
        {FACT_REGISTERED_ON, day_of(2024, 1, 2).number},
        {FACT_PAID_ON, day_of(2024, 1, 3).number},
        {FACT_BORN_ON, day_of(2024, 1, 4).number},
        {FACT_WINDOW_YEAR, 2024},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(numbers); i++)
        if (fact(c, numbers[i].fact) != numbers[i].value)
            fail_msg("%s is %" PRId64, fact_table[numbers[i].fact].name, fact(c, numbers[i].fact));
    assert_set(c, fact(c, FACT_ACCREDITED), "diabetes", 1);
    assert_set(c, fact(c, FACT_PERSON_TAG), "x", 2);
    assert_set(c, fact(c, FACT_PROVIDER_TAG), "z", 1);
    assert_set(c, fact(c, FACT_VISIT_TAG), "w", 1);
    assert_true(c->bill.has_enrolment);
    assert_int_equal(c->bill.death_date.number, day_of(2030, 1, 1).number);
    assert_true(c->bill.episode == str_hash(S("V")));
    assert_int_equal(c->bill.category_count, 2);
    assert_true(c->bill.category[0].category == word_of(S("dibao")));
    assert_int_equal(c->bill.category[0].valid.from.number, DAY_NONE);
    assert_int_equal(c->bill.category[1].valid.until.number, day_of(2024, 12, 31).number);
    assert_int_equal(c->bill.entitled_count, 2);
    assert_int_equal(c->bill.entitled[0].until.number, DAY_NONE);
    static const int64_t accounts[ACCOUNT_COUNT] = {100, 200, 300, 405};
    for (int i = 0; i < ACCOUNT_COUNT; i++)
        assert_true(c->has_accounts[i] && c->account_fen[i] == accounts[i]);
    assert_int_equal(c->bill.line_count, 2);
    const benefit_line *l = &c->bill.line[0];
    unit_str_equal(l->code, "C");
    assert_true(l->class == word_of(S("B")) && l->list == word_of(S("negotiated")));
    assert_true(l->origin == word_of(S("imported")) && l->disease == word_of(S("d")));
    assert_true(l->quantity_e4 == 25000 && l->unit_price_e4 == 101234 && l->amount_fen == 2531);
    assert_true(l->limit_e4 == 95000 && l->share_e8 == 12500000);
    assert_int_equal(l->on.number, day_of(2024, 4, 30).number);
    assert_set(c, l->tags, "bed", 1);
    assert_true(l->condition_not_met && l->refuse_over_limit);
    l++;
    assert_true(l->amount_fen == 0 && l->unit_price_e4 == -1 && l->quantity_e4 == 10000);
    assert_true(l->limit_e4 == -1 && l->share_e8 == -1 && l->on.number == DAY_NONE);
    assert_true(!l->condition_not_met && !l->refuse_over_limit && l->code.n == 0);
    assert_int_equal(c->opening_count, 3);
    assert_true(c->opening[0].value == 105 && c->opening[1].value == 3);
    assert_true(c->opening[2].value == 2 && c->opening[2].by[0] == word_of(S("l3")));
    free(memory);
}

#define PERSON "'person':{'id':'P','scheme':'resident'}"
#define VISIT  "'visit':{'kind':'inpatient','date':'2024-05-01'}"
#define LINES  "'lines':[{'class':'A','amount':1}]"

static void null_is_as_if_not_given(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    const claim_bill *c = unit_bill(
        unit(),
        "{'bill':'B','person':{'id':'P','scheme':'resident','sex':null,'birth_date':null,"
        "'categories':null,'accounts':null,'entitled':null,'enrolment':null,'contract':null},"
        "'visit':{'kind':'inpatient','date':'2024-05-01','admit_date':null,'nth_stay':null,"
        "'deductible_override':null,'tags':null},'opening':null,"
        "'lines':[{'class':'A','amount':null,'unit_price':'1.5','quantity':null,'tags':null}]}",
        &a);
    assert_true(fact(c, FACT_SEX) == FACT_ABSENT && fact(c, FACT_BIRTH_DATE) == FACT_ABSENT);
    assert_true(fact(c, FACT_NTH_STAY) == FACT_ABSENT && fact(c, FACT_CONTRACT) == 0);
    assert_true(fact(c, FACT_DEDUCTIBLE_OVERRIDE) == FACT_ABSENT);
    assert_int_equal(c->bill.category_count, 0);
    assert_int_equal(c->bill.entitled_count, 0);
    assert_false(c->bill.has_enrolment);
    assert_false(c->has_accounts[0]);
    assert_int_equal(c->opening_count, 0);
    assert_true(c->bill.line[0].amount_fen == -1 && c->bill.line[0].unit_price_e4 == 15000);
    assert_true(c->bill.line[0].quantity_e4 == 10000);
    /* an empty word neither */
    c = unit_bill(unit(),
                  "{'bill':'B','person':{'id':'P','scheme':'resident','sex':'','categories':[''],"
                  "'tags':['','x']}," VISIT "," LINES "}",
                  &a);
    assert_true(fact(c, FACT_SEX) == FACT_ABSENT);
    assert_int_equal(c->bill.category_count, 0);
    assert_int_equal(SET_COUNT(fact(c, FACT_PERSON_TAG)), 1);
    free(memory);
}

/* ---- what is refused ---- */

typedef struct {
    const char *json;
    err_code code;
    const char *field, *expected; /* `expected` is a part of the text */
} wrong;

static void assert_wrong(const wrong *w, ptrdiff_t count)
{
    arena whole = unit_arena(1 << 20);
    for (ptrdiff_t i = 0; i < count; i++) {
        arena a = whole;
        claim_bill claim;
        err e = {0};
        if (unit_bill_read(&claim, unit(), unit_json(w[i].json, &a), &a, &e))
            fail_msg("%s was read", w[i].json);
        if (e.code != w[i].code || strcmp(e.field, w[i].field) != 0 ||
            !strstr(e.expected, w[i].expected))
            fail_msg("%s: %s `%s`: %s; expected `%s`", w[i].json, err_name(e.code), e.field, e.msg,
                     e.expected);
        assert_true(strlen(e.msg) > 0);
    }
    free(whole.beg);
}

#define WITH_PERSON(more)                                                                          \
    "{'bill':'B','person':{'id':'P','scheme':'resident'," more "}," VISIT "," LINES "}"
#define WITH_VISIT(more)                                                                           \
    "{'bill':'B'," PERSON ",'visit':{'kind':'inpatient','date':'2024-05-01'," more "}," LINES "}"
#define WITH_LINE(line)    "{'bill':'B'," PERSON "," VISIT ",'lines':[" line "]}"
#define WITH_OPENING(more) "{'bill':'B'," PERSON "," VISIT "," LINES ",'opening':{" more "}}"

static void whole_bills_refused(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {"[]", ERR_BAD_TYPE, "bill", "object"},
        {"{}", ERR_MISSING_FIELD, "bill", ""},
        {"{'bill':'B'," VISIT "," LINES "}", ERR_MISSING_FIELD, "person", ""},
        {"{'bill':'B'," PERSON "," LINES "}", ERR_MISSING_FIELD, "visit", ""},
        {"{'bill':'B'," PERSON "," VISIT "}", ERR_MISSING_FIELD, "lines", ""},
        {"{'bill':'B','bill':'C'," PERSON "," VISIT "," LINES "}", ERR_DUPLICATE_FIELD, "bill", ""},
        {"{'bill':'B'," PERSON "," VISIT "," LINES "," LINES "}", ERR_DUPLICATE_FIELD, "lines", ""},
        {"{'Bill':'B'," PERSON "," VISIT "," LINES "}", ERR_UNKNOWN_FIELD, "Bill", "person"},
        {"{'bill':'B','note':''," PERSON "," VISIT "," LINES "}", ERR_UNKNOWN_FIELD, "note", ""},
        {"{'bill':1," PERSON "," VISIT "," LINES "}", ERR_BAD_TYPE, "bill", "quotes"},
        {"{'bill':null," PERSON "," VISIT "," LINES "}", ERR_BAD_TYPE, "bill", "quotes"},
        {"{'bill':''," PERSON "," VISIT "," LINES "}", ERR_MISSING_FIELD, "bill", ""},
        {"{'bill':'B','person':'P'," VISIT "," LINES "}", ERR_BAD_TYPE, "person", "object"},
        {"{'bill':'B'," PERSON ",'provider':[]," VISIT "," LINES "}", ERR_BAD_TYPE, "provider",
         "object"},
        {"{'bill':'B'," PERSON "," VISIT ",'lines':{}}", ERR_BAD_TYPE, "lines", "list"},
        {"{'bill':'B'," PERSON "," VISIT ",'lines':[]}", ERR_MISSING_FIELD, "lines", "one line"},
        {"{'bill':'B','person':{'scheme':'resident'}," VISIT "," LINES "}", ERR_MISSING_FIELD,
         "person.id", ""},
        {"{'bill':'B','person':{'id':'','scheme':'resident'}," VISIT "," LINES "}",
         ERR_MISSING_FIELD, "person.id", ""},
        {"{'bill':'B','person':{'id':'P'}," VISIT "," LINES "}", ERR_MISSING_FIELD, "person.scheme",
         ""},
        {"{'bill':'B','person':{'id':'P','scheme':null}," VISIT "," LINES "}", ERR_MISSING_FIELD,
         "person.scheme", ""},
        {"{'bill':'B'," PERSON ",'visit':{'date':'2024-05-01'}," LINES "}", ERR_MISSING_FIELD,
         "visit.kind", ""},
        {"{'bill':'B'," PERSON ",'visit':{'kind':'inpatient'}," LINES "}", ERR_MISSING_FIELD,
         "visit.date", ""},
    };
    assert_wrong(cases, COUNTOF(cases));
}

static void fields_refused(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {WITH_PERSON("'sx':'male'"), ERR_UNKNOWN_FIELD, "person.sx", ""},
        {WITH_PERSON("'sex':'male','sex':'male'"), ERR_DUPLICATE_FIELD, "person.sex", "once"},
        {WITH_PERSON("'sex':'m'"), ERR_UNKNOWN_WORD, "person.sex", "one of male, female"},
        {WITH_PERSON("'sex':1"), ERR_BAD_TYPE, "person.sex", "quotes"},
        {WITH_PERSON("'sex':['male']"), ERR_BAD_TYPE, "person.sex", "quotes"},
        {WITH_PERSON("'birth_date':'1950-02-30'"), ERR_BAD_DATE, "person.birth_date", "2024-01-31"},
        {WITH_PERSON("'birth_date':19500101"), ERR_BAD_DATE, "person.birth_date", ""},
        {WITH_PERSON("'birth_date':''"), ERR_BAD_DATE, "person.birth_date", ""},
        {WITH_PERSON("'death_date':'2024-13-01'"), ERR_BAD_DATE, "person.death_date", ""},
        {WITH_PERSON("'insured_months':-1"), ERR_BAD_NUMBER, "person.insured_months", "whole"},
        {WITH_PERSON("'insured_months':1.5"), ERR_BAD_NUMBER, "person.insured_months", "whole"},
        {WITH_PERSON("'insured_months':1e2"), ERR_BAD_NUMBER, "person.insured_months", "whole"},
        {WITH_PERSON("'insured_months':100001"), ERR_BAD_NUMBER, "person.insured_months", ""},
        {WITH_PERSON("'insured_months':true"), ERR_BAD_NUMBER, "person.insured_months", ""},
        {WITH_PERSON("'contract':'yes'"), ERR_BAD_TYPE, "person.contract", "true or false"},
        {WITH_PERSON("'contract':1"), ERR_BAD_TYPE, "person.contract", "true or false"},
        {WITH_PERSON("'account_credit':'1.005'"), ERR_BAD_AMOUNT, "person.account_credit", "two"},
        {WITH_PERSON("'account_credit':-1"), ERR_BAD_AMOUNT, "person.account_credit", ""},
        {WITH_PERSON("'account_credit':'100000000000.01'"), ERR_BAD_AMOUNT, "person.account_credit",
         ""},
        {WITH_PERSON("'account_credit':1E400"), ERR_BAD_AMOUNT, "person.account_credit", ""},
        {WITH_PERSON("'account_credit':[]"), ERR_BAD_AMOUNT, "person.account_credit", ""},
        {WITH_PERSON("'tags':'x'"), ERR_BAD_TYPE, "person.tags", "list"},
        {WITH_PERSON("'tags':[1]"), ERR_BAD_TYPE, "person.tags", "quotes"},
        {WITH_PERSON("'categories':['poor']"), ERR_UNKNOWN_WORD, "person.categories", "tekun"},
        {WITH_PERSON("'categories':{}"), ERR_BAD_TYPE, "person.categories", "list"},
        {WITH_PERSON("'categories':[7]"), ERR_BAD_TYPE, "person.categories", ""},
        {WITH_PERSON("'categories':[{'category':'poor'}]"), ERR_UNKNOWN_WORD, "person.category",
         ""},
        {WITH_PERSON("'categories':[{'category':'dibao','to':'2024-01-01'}]"), ERR_UNKNOWN_FIELD,
         "person.to", "until"},
        {WITH_PERSON("'categories':[{'category':'dibao','from':'x'}]"), ERR_BAD_DATE, "person.from",
         ""},
        {WITH_PERSON("'accounts':[]"), ERR_BAD_TYPE, "person.accounts", ""},
        {WITH_PERSON("'accounts':{'now':1}"), ERR_UNKNOWN_FIELD, "person.now", "current"},
        {WITH_PERSON("'accounts':{'current':'x'}"), ERR_BAD_AMOUNT, "person.current", ""},
        {WITH_PERSON("'entitled':[]"), ERR_BAD_VALUE, "person.entitled", "one period"},
        {WITH_PERSON("'entitled':['2024']"), ERR_BAD_TYPE, "person.entitled", "from"},
        {WITH_PERSON("'entitled':[{'category':'x'}]"), ERR_UNKNOWN_FIELD, "person.category",
         "from, until"},
        {WITH_PERSON("'enrolment':[]"), ERR_BAD_TYPE, "person.enrolment", "object"},
        {WITH_PERSON("'enrolment':{'sort':'late'}"), ERR_UNKNOWN_FIELD, "person.sort", ""},
        {WITH_PERSON("'enrolment':{'scheme':'resident'}"), ERR_UNKNOWN_FIELD, "person.scheme", ""},
        {WITH_PERSON("'enrolment':{'paid_on':'2024'}"), ERR_BAD_DATE, "person.paid_on", ""},
        {WITH_PERSON("'enrolment':{'gap_months':'x'}"), ERR_BAD_NUMBER, "person.gap_months", ""},
        {"{'bill':'B'," PERSON ",'provider':{'name':'x'}," VISIT "," LINES "}", ERR_UNKNOWN_FIELD,
         "provider.name", ""},
        {"{'bill':'B'," PERSON ",'provider':{'level':'l9'}," VISIT "," LINES "}", ERR_UNKNOWN_WORD,
         "provider.level", "one of village"},
        {WITH_VISIT("'nth_stay':'first'"), ERR_BAD_NUMBER, "visit.nth_stay", ""},
        {WITH_VISIT("'cause':'other'"), ERR_UNKNOWN_WORD, "visit.cause", "illness"},
        {WITH_VISIT("'days':3"), ERR_UNKNOWN_FIELD, "visit.days", ""},
        {WITH_VISIT("'date':'2024-05-02'"), ERR_DUPLICATE_FIELD, "visit.date", ""},
        {WITH_VISIT("'id':7"), ERR_BAD_TYPE, "visit.id", ""},
    };
    assert_wrong(cases, COUNTOF(cases));
}

static void lines_refused(void **state)
{
    (void)state;
    static const wrong cases[] = {
        {WITH_LINE("7"), ERR_BAD_TYPE, "lines[1].", "object"},
        {WITH_LINE("{'class':'A','amount':1},{'amount':1}"), ERR_MISSING_FIELD, "lines[2].class",
         ""},
        {WITH_LINE("{'class':'A'}"), ERR_MISSING_FIELD, "lines[1].amount", "unit_price"},
        {WITH_LINE("{'class':'A','quantity':2}"), ERR_MISSING_FIELD, "lines[1].amount", ""},
        {WITH_LINE("{'class':'D','amount':1}"), ERR_UNKNOWN_WORD, "lines[1].class",
         "one of A, B, C"},
        {WITH_LINE("{'class':'A','amount':'1.005'}"), ERR_BAD_AMOUNT, "lines[1].amount", "two"},
        {WITH_LINE("{'class':'A','amount':-1}"), ERR_BAD_AMOUNT, "lines[1].amount", ""},
        {WITH_LINE("{'class':'A','amount':''}"), ERR_BAD_AMOUNT, "lines[1].amount", ""},
        {WITH_LINE("{'class':'A','amount':' 1'}"), ERR_BAD_AMOUNT, "lines[1].amount", ""},
        {WITH_LINE("{'class':'A','unit_price':'1.00001'}"), ERR_BAD_AMOUNT, "lines[1].unit_price",
         "four"},
        {WITH_LINE("{'class':'A','unit_price':1,'quantity':'10000000.0001'}"), ERR_BAD_AMOUNT,
         "lines[1].quantity", "four"},
        {WITH_LINE("{'class':'A','unit_price':1000000001}"), ERR_BAD_AMOUNT, "lines[1].unit_price",
         ""},
        {WITH_LINE("{'class':'A','amount':1,'pay_first':'10'}"), ERR_BAD_RATE, "lines[1].pay_first",
         "10%"},
        {WITH_LINE("{'class':'A','amount':1,'pay_first':'100.1%'}"), ERR_BAD_RATE,
         "lines[1].pay_first", ""},
        {WITH_LINE("{'class':'A','amount':1,'pay_first':true}"), ERR_BAD_RATE, "lines[1].pay_first",
         ""},
        {WITH_LINE("{'class':'A','amount':1,'date':'2024-02-30'}"), ERR_BAD_DATE, "lines[1].date",
         ""},
        {WITH_LINE("{'class':'A','amount':1,'list':'mine'}"), ERR_UNKNOWN_WORD, "lines[1].list",
         "basic"},
        {WITH_LINE("{'class':'A','amount':1,'tags':'bed'}"), ERR_BAD_TYPE, "lines[1].tags", "list"},
        {WITH_LINE("{'class':'A','amount':1,'condition_met':'no'}"), ERR_BAD_TYPE,
         "lines[1].condition_met", "true or false"},
        {WITH_LINE("{'class':'A','amount':1,'clas':'A'}"), ERR_UNKNOWN_FIELD, "lines[1].clas", ""},
        {WITH_LINE("{'class':'A','amount':1,'amount':1}"), ERR_DUPLICATE_FIELD, "lines[1].amount",
         ""},
        {WITH_OPENING("'pol':1"), ERR_UNKNOWN_FIELD, "opening.pol", "accumulator"},
        {WITH_OPENING("'pool':'x'"), ERR_BAD_AMOUNT, "opening.pool", ""},
        {WITH_OPENING("'pool':-1"), ERR_BAD_AMOUNT, "opening.pool", ""},
        {WITH_OPENING("'stays':1.5"), ERR_BAD_NUMBER, "opening.stays", ""},
        {WITH_OPENING("'stays':{'l1':1}"), ERR_BAD_TYPE, "opening.stays", ""},
        {WITH_OPENING("'level_stays':1"), ERR_BAD_TYPE, "opening.level_stays", "sub-key"},
        {WITH_OPENING("'level_stays':{'l9':1}"), ERR_UNKNOWN_WORD, "opening.l9", "village"},
        {WITH_OPENING("'level_stays':{'l1':'x'}"), ERR_BAD_NUMBER, "opening.l1", ""},
        {"{'bill':'B'," PERSON "," VISIT "," LINES ",'opening':[]}", ERR_BAD_TYPE, "opening", ""},
    };
    assert_wrong(cases, COUNTOF(cases));
}

/* ---- limits ---- */

static str bill_of_lines(int lines, arena *a)
{
    static const char head[] = "{\"bill\":\"B\",\"person\":{\"id\":\"P\",\"scheme\":\"resident\"},"
                               "\"visit\":{\"kind\":\"inpatient\",\"date\":\"2024-05-01\"},"
                               "\"lines\":[",
                      line[] = "{\"class\":\"A\",\"amount\":1},";
    ptrdiff_t cap = (ptrdiff_t)sizeof head + lines * (ptrdiff_t)sizeof line + 8;
    text_buffer t = {arena_new(a, char, cap + JSON_PADDING_BYTES), 0, cap, false};
    text_add(&t, S(head));
    for (int i = 0; i < lines; i++)
        text_add(&t, S(line));
    t.n -= lines > 0;
    text_add(&t, S("]}"));
    return (str){t.p, t.n};
}

static void five_thousand_lines_and_no_more(void **state)
{
    (void)state;
    arena whole = unit_arena(1 << 23), a = whole;
    claim_bill c;
    err e = {0};
    assert_true(unit_bill_read(&c, unit(), bill_of_lines(LINES_MAX, &a), &a, &e));
    assert_int_equal(c.bill.line_count, LINES_MAX);
    a = whole;
    assert_false(unit_bill_read(&c, unit(), bill_of_lines(LINES_MAX + 1, &a), &a, &e));
    assert_int_equal(e.code, ERR_TOO_LARGE);
    assert_string_equal(e.field, "lines");
    free(whole.beg);
}

static void texts_of_two_hundred_bytes(void **state)
{
    (void)state;
    arena whole = unit_arena(1 << 20);
    char id[TEXT_MAX + 2];
    for (int n = TEXT_MAX; n <= TEXT_MAX + 1; n++) {
        arena a = whole;
        claim_bill c;
        err e = {0};
        memset(id, 'x', sizeof id);
        id[n] = 0;
        str json = arena_printf(&a, "{'bill':'%s'," PERSON "," VISIT "," LINES "}", id);
        assert_int_equal(unit_bill_read(&c, unit(), unit_json(json.p, &a), &a, &e), n == TEXT_MAX);
        assert_int_equal(e.code, n == TEXT_MAX ? ERR_OK : ERR_TOO_LARGE);
    }
    free(whole.beg);
}

static void lists_of_sixty_four(void **state)
{
    (void)state;
    static const struct {
        const char *open, *item, *close;
    } kinds[] = {
        {"'tags':[", "'x',", "]"},
        {"'categories':[", "'dibao',", "]"},
        {"'entitled':[", "{'from':'2024-01-01'},", "]"},
    };
    arena whole = unit_arena(1 << 20);
    for (ptrdiff_t k = 0; k < COUNTOF(kinds); k++) {
        for (int n = LIST_MAX; n <= LIST_MAX + 1; n++) {
            arena a = whole;
            char text[4000];
            text_buffer t = {text, 0, sizeof text - 1, false};
            claim_bill c;
            err e = {0};
            text_printf(&t, "{'bill':'B','person':{'id':'P','scheme':'resident',%s", kinds[k].open);
            for (int i = 0; i < n; i++)
                text_printf(&t, "%s", kinds[k].item);
            t.n--;
            text_printf(&t, "%s}," VISIT "," LINES "}", kinds[k].close);
            text[t.n] = 0;
            assert_int_equal(unit_bill_read(&c, unit(), unit_json(text, &a), &a, &e),
                             n == LIST_MAX);
            assert_int_equal(e.code, n == LIST_MAX ? ERR_OK : ERR_TOO_LARGE);
        }
    }
    free(whole.beg);
}

/* ---- memory ends at every point ---- */

static bool reads_within(const json_node *nodes, ptrdiff_t bytes, err *e)
{
    arena a = unit_arena(bytes);
    char *memory = a.beg;
    jmp_buf oom;
    claim_bill c;
    volatile bool done = false;
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        done = bill_of_json(&c, nodes, unit(), &a, e);
        assert_true(done);
        assert_int_equal(c.bill.line_count, 2);
        unit_str_equal(c.person_id, "PPPPPPPPPPPPPPPPP");
    }
    free(memory);
    return done;
}

static void memory_ends_anywhere(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 16);
    char *memory = a.beg;
    const json_node *nodes;
    int32_t count;
    err e = {0};
    str json = unit_json("{'bill':'B1','person':{'id':'PPPPPPPPPPPPPPPPP','scheme':'resident',"
                         "'household':'F','categories':['dibao','tekun'],'tags':['x'],"
                         "'entitled':[{'from':'2024-01-01'}],'accounts':{'current':1}},"
                         "'visit':{'id':'V','kind':'inpatient','date':'2024-05-01'},"
                         "'lines':[{'code':'CCCC','class':'A','amount':1,'tags':['a','b']},"
                         "{'code':'D','class':'A','amount':1}],"
                         "'opening':{'pool':1,'level_stays':{'l1':1}}}",
                         &a);
    assert_true(json_parse(unit_reader(), json, &nodes, &count, &e));
    ptrdiff_t bytes = 0;
    int too_small = 0;
    for (; bytes < 1 << 16 && !reads_within(nodes, bytes, &e); bytes++)
        too_small++;
    assert_true(too_small > 500);
    assert_true(bytes < 1 << 16);
    for (ptrdiff_t more = 0; more < 64; more++)
        assert_true(reads_within(nodes, bytes + more, &e));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(null_is_as_if_not_given),
        cmocka_unit_test(whole_bills_refused),
        cmocka_unit_test(fields_refused),
        cmocka_unit_test(lines_refused),
        cmocka_unit_test(five_thousand_lines_and_no_more),
        cmocka_unit_test(texts_of_two_hundred_bytes),
        cmocka_unit_test(lists_of_sixty_four),
        cmocka_unit_test(memory_ends_anywhere),
    };
    return cmocka_run_group_tests_name("bill_json", tests, NULL, NULL);
}
