#include "service/bill/bill.h"

#include "test/support/unit_bill.h"

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

#define EMPLOYEE(id, visit, lines)                                                                 \
    "{'bill':" id ",'person':{'id':'P','scheme':'employee','accounts':{'current':'1.00',"          \
    "'family':'2.00'}},'provider':{'id':'H','level':'l1'},'visit':{" visit "},'lines':[" lines     \
    "]}"
#define INPATIENT "'kind':'inpatient','date':'2024-05-10'"

typedef struct {
    benefit_result part[PARTS_MAX];
    int count;
    const claim_bill *claim;
} settled;

static settled settle(const char *json, bool trace, arena *a)
{
    settled s;
    err e = {0};
    claim_ledger *ledger = claim_ledger_new(unit());
    s.claim = unit_bill(unit(), json, a);
    if (!claim_settle(s.part, &s.count, ledger, s.claim, trace, a, &e))
        fail_msg("%s: %s", err_name(e.code), e.msg);
    claim_ledger_free(ledger);
    return s;
}

/* The lines of all parts, in memory of `a`. */
static str written(const settled *s, bool explain, lang l, arena *a)
{
    byte_buffer out = {0};
    for (int i = 0; i < s->count; i++)
        assert_true(settlement_to_json(&out, s->claim, &s->part[i], i + 1, s->count, explain, l));
    str kept = arena_str(a, (str){out.p, out.n});
    free(out.p);
    return kept;
}

static void a_settlement_in_full(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    settled s = settle(
        EMPLOYEE("'B1'", INPATIENT, "{'class':'A','amount':'1300.00'},{'class':'C','amount':0.05}"),
        false, &a);
    unit_str_equal(
        written(&s, false, LANG_EN, &a),
        "{\"bill\":\"B1\",\"person\":\"P\",\"status\":\"settled\",\"policy\":\"unit-employee\","
        "\"version\":\"2024-01-01\",\"year\":2024,\"total\":\"1300.05\",\"own\":\"0.05\","
        "\"over_limit\":\"0.00\",\"pay_first\":\"0.00\",\"route_share\":\"0.00\","
        "\"in_scope\":\"1300.00\",\"deductible\":\"300.00\",\"over_cap\":\"0.00\","
        "\"funds\":{\"hifp_pay\":\"900.00\"},\"fund_total\":\"900.00\",\"hospital_part\":\"0.00\","
        "\"personal_part\":\"400.05\",\"account\":\"1.00\",\"family_account\":\"2.00\","
        "\"cash\":\"397.05\",\"layers\":["
        "{\"layer\":\"pool\",\"payer\":\"pool\",\"base\":\"1300.00\",\"deductible\":\"300.00\","
        "\"paid\":\"900.00\",\"over_cap\":\"0.00\"},"
        "{\"layer\":\"account\",\"payer\":\"account\",\"base\":\"400.05\",\"deductible\":\"0.00\","
        "\"paid\":\"1.00\",\"over_cap\":\"0.00\"},"
        "{\"layer\":\"previous\",\"payer\":\"account\",\"base\":\"399.05\","
        "\"deductible\":\"0.00\",\"paid\":\"0.00\",\"over_cap\":\"0.00\"},"
        "{\"layer\":\"civil\",\"payer\":\"account\",\"base\":\"399.05\",\"deductible\":\"0.00\","
        "\"paid\":\"0.00\",\"over_cap\":\"0.00\"},"
        "{\"layer\":\"family\",\"payer\":\"family_account\",\"base\":\"399.05\","
        "\"deductible\":\"0.00\",\"paid\":\"2.00\",\"over_cap\":\"0.00\"}],"
        "\"accumulators\":{\"pool\":\"900.00\",\"stays\":1}}\n");
    free(memory);
}

/* Identities with every byte that JSON treats specially; read back they are what they were. */
static void texts_are_escaped(void **state)
{
    (void)state;
    arena whole = unit_arena(1 << 20);
    static const char *const ids[] = {
        "'\\\"\\\\/'",       "'\\u0000\\u0001\\u001f'",
        "'\\n\\r\\t\\b\\f'", "'\\u007f\\u0080'",
        "'\\u2028\\u2029'",  "'医保 é 😀'",
        "'\\ud83d\\ude00'",  "'</script>'",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ids); i++) {
        arena a = whole;
        str json = arena_printf(&a, EMPLOYEE("%s", INPATIENT, "{'class':'A','amount':1}"), ids[i]);
        settled s = settle(json.p, true, &a);
        str line = written(&s, true, LANG_ZH, &a), padded = unit_json(line.p, &a);
        const json_node *nodes;
        int32_t count;
        err e = {0};
        assert_int_equal(line.p[line.n - 1], '\n');
        for (ptrdiff_t k = 0; k + 1 < line.n; k++)
            assert_true((unsigned char)line.p[k] >=
                        0x20); /* one line, nothing that controls a terminal */
        memcpy((char *)(uintptr_t)padded.p, line.p, (size_t)line.n); /* with its quotes unturned */
        padded.n = line.n;
        if (!json_parse(unit_reader(), padded, &nodes, &count, &e))
            fail_msg("%.*s: %s", STR_ARG(line), e.msg);
        unit_str_equal(nodes[1].key, "bill");
        assert_true(str_eq(nodes[1].text, s.claim->bill.id));
    }
    free(whole.beg);
}

/* 200 bytes that all need six: the buffer is large enough (the sanitizer watches its end). */
static void the_longest_texts_fit(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    char id[TEXT_MAX * 6 + 1];
    for (int i = 0; i < TEXT_MAX; i++)
        memcpy(id + i * 6, "\\u0001", 6);
    id[TEXT_MAX * 6] = 0;
    str json = arena_printf(&a,
                            "{'bill':'%s','person':{'id':'%s','scheme':'employee'},"
                            "'provider':{'level':'l1'},'visit':{" INPATIENT
                            "},'lines':[{'class':'A','amount':1}]}",
                            id, id);
    settled s = settle(json.p, true, &a);
    str line = written(&s, true, LANG_ZH, &a);
    assert_true(line.n > 2 * 6 * TEXT_MAX);
    free(memory);
}

static bool has(str line, const char *part)
{
    return strstr(line.p, part) != NULL; /* a kept text ends with a NUL */
}

static void parts_are_numbered(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    settled s = settle("{'bill':'S','person':{'id':'R','scheme':'resident'},"
                       "'provider':{'level':'l2'},'visit':{'kind':'inpatient',"
                       "'admit_date':'2023-12-20','date':'2024-01-05'},"
                       "'lines':[{'class':'A','amount':'2000.00','date':'2023-12-30'},"
                       "{'class':'A','amount':'3000.00','date':'2024-01-02'}]}",
                       false, &a);
    str lines = written(&s, false, LANG_EN, &a);
    assert_true(has(lines, "\"person\":\"R\",\"part\":1,\"status\":\"settled\""));
    assert_true(has(lines, "\"person\":\"R\",\"part\":2,\"status\":\"settled\""));
    assert_true(has(lines, "\"version\":\"2023-01-01\",\"year\":2023"));
    s = settle(EMPLOYEE("'B'", INPATIENT, "{'class':'A','amount':1}"), false, &a);
    assert_false(has(written(&s, false, LANG_EN, &a), "\"part\""));
    free(memory);
}

static void refusals_and_what_is_not_covered(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    settled s = settle(
        EMPLOYEE("'B'", "'kind':'maternity','date':'2024-05-10'", "{'class':'A','amount':1}"),
        false, &a);
    str line = written(&s, false, LANG_EN, &a);
    assert_true(has(line, "\"status\":\"refused\""));
    assert_true(has(line, "\"code\":\"no_stack\",\"field\":\"stacks\",\"reason\":\"the policy"));
    assert_false(has(line, "\"total\""));
    assert_true(has(written(&s, false, LANG_ZH, &a), "\"reason\":\"政策"));
    s = settle(EMPLOYEE("'B'", INPATIENT,
                        "{'class':'A','amount':1},{'class':'B','amount':1,'tags':['unshared']}"),
               false, &a);
    line = written(&s, false, LANG_EN, &a);
    assert_true(has(line, "\"code\":\"no_share\",\"field\":\"lines[2]"));
    s = settle(EMPLOYEE("'B'", INPATIENT ",'cause':'work_injury'", "{'class':'A','amount':1}"),
               true, &a);
    line = written(&s, true, LANG_ZH, &a);
    assert_true(has(line, "\"status\":\"not_covered\""));
    assert_true(has(line, "\"reason\":\"work_injury\""));
    assert_true(has(line, "\"funds\":{},"));
    assert_true(has(line, "\"layers\":[],\"accumulators\":{}"));
    assert_true(has(line, "\"explain\":[{\"step\":\"not_covered\""));
    free(memory);
}

static void explanations_name_rate_and_basis(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    settled s = settle(EMPLOYEE("'B'", INPATIENT, "{'class':'A','amount':'1300.00'}"), true, &a);
    str zh = written(&s, true, LANG_ZH, &a), en = written(&s, true, LANG_EN, &a);
    for (int l = 0; l < 2; l++) {
        str line = l ? en : zh;
        assert_true(has(line, "\"step\":\"segment\",\"layer\":\"pool\",\"amount\":\"1000.00\","
                              "\"rate\":\"90%\",\"pays\":\"900.00\""));
        assert_true(has(line, "\"basis\":\"自编\""));
        assert_true(has(line, "\"step\":\"cash\",\"amount\":\"397.00\""));
        assert_false(has(line, "\"text\":\"\""));
    }
    assert_false(str_eq(zh, en));
    assert_false(has(written(&s, false, LANG_EN, &a), "explain"));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_settlement_in_full),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(parts_are_numbered),
        cmocka_unit_test(refusals_and_what_is_not_covered),
        cmocka_unit_test(explanations_name_rate_and_basis),
    };
    return cmocka_run_group_tests_name("settlement_json", tests, NULL, NULL);
}
