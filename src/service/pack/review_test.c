/* Packs of review rules: what is wrong is told with file and line; the shipped one is right. */
#include "service/pack/review.h"

#include "test/support/unit_review.h"

#define BYTES ((ptrdiff_t)8 << 20)

static void tells(const char *rules, const char *want)
{
    char text[4096];
    text_buffer t = {text, 0, sizeof text - 1, false};
    arena a = unit_arena(BYTES);
    char *memory = a.beg;
    review_pack p;
    unit_review_read(&p, rules, &a);
    for (int i = 0; i < p.problem_count; i++)
        pack_problem_print(&t, &p.problem[i]);
    text[t.n] = 0;
    if (*want ? !strstr(text, want) : t.n > 0)
        fail_msg("expected `%s` in:\n%s", want, text);
    free(memory);
}

#define OK UNIT_RULE("ok", "stopped", "items: [group g]")

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *want;
    } all[] = {
        {UNIT_RULES_HEAD OK, ""},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "sexx", "items: [A]"),
         "t/rules/a.yaml:6:19: error: rules[2].kind: `sexx` is not known here"},
        {UNIT_RULES_HEAD OK OK, "rules[2].id: `ok` already stands in line 5"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "sex", "items: [A]"),
         "a rule of kind `sex` needs `only`"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped", "items: [A], days: 3"),
         "a rule of kind `stopped` does not look at `days`"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped", "items: [group h]"), "there is no group `h`"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped", "items: [A*B]"), "neither a code nor"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped", "items: []"), "the list is empty"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped", "items: [A, A]"),
         "warning: rules[2].items[2]"},
        {UNIT_RULES_HEAD UNIT_RULE("x", "stopped", "items: [A]"), "no rule uses this group"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "age", "items: [A], age: {min: 5, max: 4}"),
         "nobody is of this age"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "age", "items: [A], age: {in: days}"), "no bound"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "quantity", "items: [A], days: 0, max: 1"),
         "over at least one day"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "quantity", "items: [A], days: 1, max: 0"),
         "a number above 0"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "setting",
                                      "items: [A], only: [outpatient, inpatient, "
                                      "pharmacy]"),
         "never finds anything"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "contraindication", "items: [A], diagnoses: [I10*]"),
         "cannot be the beginning"},
        {UNIT_RULES_HEAD OK UNIT_RULE("x", "stopped",
                                      "items: [A], from: 2026-03-01, until: "
                                      "2026-02-01"),
         "ends before it begins"},
        {UNIT_RULES_HEAD OK "  - {id: \"a b\"}\n", "no id of a rule"},
        {UNIT_RULES_HEAD OK "  - {id: y, handing: warn}\n", "did you mean `handling`"},
        {"from: 2026-01-01\nsources: {}\nrules: []\n", "sources"},
        {"- x\n", "not a mapping"},
        {"", "error"},
        {"rules: [", "valid YAML"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(all); i++)
        tells(all[i].rules, all[i].want);
}

static void versions_follow_the_calendar(void **state)
{
    (void)state;
    arena a = unit_arena(BYTES);
    char *memory = a.beg;
    review_pack p;
    const str manifest = S("review: t\nname: {zh: 试, en: trial}\nareas: [\"35\"]\n");
    pack_text file[] = {
        {S("t/review.yaml"), manifest},
        {S("t/rules/b.yaml"),
         S("from: 2026-01-01\nsources: {s: {title: x, grade: M}}\nrules: []\n")},
        {S("t/rules/a.yaml"), S("from: 2025-01-01\nuntil: 2025-12-31\nsources: {s: {title: x, "
                                "grade: M}}\nrules: []\n")}};
    review_pack_texts(&p, S("t"), file, 3, &a);
    assert_int_equal(p.problem_count, 0);
    assert_int_equal(p.version_count, 2);
    assert_int_equal(p.file_count, 3);
    assert_null(review_pack_on(&p, day_of(2024, 12, 31)));
    assert_ptr_equal(review_pack_on(&p, day_of(2025, 12, 31)), &p.version[0]);
    assert_ptr_equal(review_pack_on(&p, day_of(2030, 1, 1)), &p.version[1]);
    file[2].text = S("from: 2025-01-01\nsources: {s: {title: x, grade: M}}\nrules: []\n");
    review_pack_texts(&p, S("t"), file, 3, &a);
    assert_int_equal(p.error_count, 1);
    assert_true(str_contains(p.problem[0].message, S("is in force on the same days")));
    review_pack_texts(&p, S("t"), file, 1, &a);
    assert_int_equal(p.error_count, 1);
    file[0].text = S("review: t\nname: {zh: 试, en: trial}\nareas: [ningde]\n");
    review_pack_texts(&p, S("t"), file, 2, &a);
    assert_true(str_contains(p.problem[0].message, S("`ningde` is no area")));
    free(memory);
}

static void the_demo_pack_is_right(void **state)
{
    (void)state;
    static bool kind[REVIEW__COUNT];
    arena a = unit_arena(BYTES);
    char *memory = a.beg;
    review_pack p;
    err e = {0};
    assert_true(review_pack_load(&p, S(GONGJI_ROOT "/packs/review/demo/"), &a, &e));
    assert_int_equal(p.problem_count, 0);
    const review_rules *r = review_pack_on(&p, day_of(2026, 11, 22));
    assert_non_null(r);
    assert_true(r->wants_stays);
    assert_int_equal(r->days_max, 31); /* of a supply for thirty days */
    for (int chinese = 0; chinese < 2; chinese++)
        for (int32_t i = 0; i < r->rule_count; i++) {
            char text[1024];
            text_buffer t = {text, 0, sizeof text, false};
            kind[r->rule[i].kind] = true;
            review_rule_say(&t, r, i, chinese);
            assert_true(t.n > 0);
            assert_false(t.cut);
        }
    for (int k = 1; k < REVIEW__COUNT; k++)
        if (!kind[k])
            fail_msg("the demo pack has no rule of kind %s", review_kind_name((review_kind)k));
    text_buffer t = {arena_new(&a, char, 1 << 16), 0, 1 << 16, false};
    review_pack_explain(&t, &p, true);
    assert_true(str_contains((str){t.p, t.n}, S("QTY-02 血液透析每周次数（提醒）")));
    assert_true(str_contains((str){t.p, t.n}, S("7 天内数量不超过 3；项目 DEMOF01600")));
    free(memory);
}

static void a_folder_that_is_not_there(void **state)
{
    (void)state;
    arena a = unit_arena(BYTES);
    char *memory = a.beg;
    review_pack p;
    err e = {0};
    assert_false(review_pack_load(&p, S(GONGJI_ROOT "/packs/review/none"), &a, &e));
    assert_int_equal(e.code, ERR_IO);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(versions_follow_the_calendar),
        cmocka_unit_test(the_demo_pack_is_right),
        cmocka_unit_test(a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
