#include "service/pack/pack.h"

#include "service/pack/yaml_internal.h"
#include "test/support/unit_pack.h"

static const pack *unit(void)
{
    return unit_pack("test/packs/unit");
}

static void versions_follow_the_calendar(void **state)
{
    (void)state;
    const pack *p = unit();
    word resident = word_of(S("resident")), employee = word_of(S("employee"));
    assert_int_equal(p->policy_count, 3);
    const benefit_policy *old = pack_policy_on(p, resident, day_of(2023, 12, 31));
    const benefit_policy *new = pack_policy_on(p, resident, day_of(2024, 1, 1));
    assert_non_null(old);
    assert_non_null(new);
    assert_true(old != new);
    assert_true(old->from.number == day_of(2023, 1, 1).number);
    assert_true(pack_policy_on(p, resident, day_of(2023, 1, 1)) == old);
    assert_null(pack_policy_on(p, resident, day_of(2022, 12, 31)));
    assert_true(pack_policy_on(p, resident, day_of(2999, 12, 31)) == new);
    assert_null(pack_policy_on(p, employee, day_of(2023, 12, 31)));
    assert_non_null(pack_policy_on(p, employee, day_of(2024, 1, 1)));
    assert_null(pack_policy_on(p, word_of(S("maternity")), day_of(2024, 1, 1)));
    assert_null(pack_policy_on(p, 0, day_of(2024, 1, 1)));
}

static void words_and_accumulators_are_found(void **state)
{
    (void)state;
    const pack *p = unit();
    const pack_word *w = pack_word_find(p, FACT_LEVEL, S("l2"));
    assert_non_null(w);
    unit_str_equal(w->text, "l2");
    assert_true(w->hash == word_of(S("l2")));
    assert_true(w->zh.n > 0 && w->en.n > 0);
    assert_null(pack_word_find(p, FACT_LEVEL, S("l22")));
    assert_null(pack_word_find(p, FACT_LEVEL, S("")));
    assert_null(pack_word_find(p, FACT_STATUS, S("l2"))); /* a word of another fact */
    w = pack_word_find(p, FACT_NONE, S("hospital"));
    assert_non_null(w);
    assert_int_equal(w->field, FIELD_HOSPITAL);
    assert_true(p->fact_closed[FACT_LEVEL]);
    assert_false(p->fact_closed[FACT_DISEASE]);
    for (int i = 0; i < p->word_count; i++) /* every one, through the table */
        assert_true(pack_word_find(p, (fact_id)p->word[i].fact, p->word[i].text) == &p->word[i]);
    assert_int_equal(pack_accumulator_find(p, S("")), 0);
    assert_int_equal(pack_accumulator_find(p, S("poo")), 0);
    uint16_t pool = pack_accumulator_find(p, S("pool"));
    assert_true(pool > 0);
    unit_str_equal(p->accumulator[pool].name, "pool");
    char room[200];
    text_buffer t = {room, 0, sizeof room, false};
    pack_words_list(&t, p, FACT_CLASS);
    unit_str_equal((str){t.p, t.n}, "one of A, B, C");
}

static void the_calendar_comes_from_the_pack(void **state)
{
    (void)state;
    const calendar *c = &unit()->calendar;
    assert_true(c->count > 0);
    for (ptrdiff_t i = 1; i < c->count; i++)
        assert_true(c->exception[i - 1].on.number < c->exception[i].on.number);
    assert_false(is_working_day(c, day_of(2024, 10, 1)));
    assert_true(is_working_day(c, day_of(2024, 9, 29)));
}

static void accumulators_have_one_home(void **state)
{
    (void)state;
    const pack *p = unit();
    bool taken[DENSE_MAX] = {false};
    assert_true(p->has_household);
    for (int i = 1; i < p->accumulator_count; i++) {
        const benefit_accumulator *a = &p->accumulator[i];
        bool simple = a->period == PERIOD_YEAR && !a->by_count && !a->of_household;
        assert_int_equal(a->dense >= 0, simple);
        if (a->dense >= 0) {
            assert_true(a->dense < p->dense_count);
            assert_false(taken[a->dense]);
            taken[a->dense] = true;
        }
        assert_int_equal(benefit_home(a), a->of_household ? HOME_HOUSEHOLD
                                          : a->period == PERIOD_LIFE || a->period == PERIOD_EPISODE
                                              ? HOME_LIFE
                                              : HOME_YEAR);
    }
}

static void a_folder_that_is_none(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    pack p;
    err e = {0};
    assert_false(pack_load(&p, S("/nonexistent/pack"), &a, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.msg, "/nonexistent/pack"));
    free(memory);
}

static void a_problem_is_one_line(void **state)
{
    (void)state;
    char room[400];
    text_buffer t = {room, 0, sizeof room, false};
    const pack_problem problem = {false,           S("a/x.yaml"), 12, 3, S("layers.pool.rate"),
                                  S("`60` is no"), S("60%")};
    pack_problem_print(&t, &problem);
    unit_str_equal((str){t.p, t.n},
                   "a/x.yaml:12:3: error: layers.pool.rate: `60` is no (expected: 60%)\n");
    t.n = 0;
    const pack_problem bare = {.warning = true, .file = S("a"), .message = S("m")};
    pack_problem_print(&t, &bare);
    unit_str_equal((str){t.p, t.n}, "a: warning: m\n");
}

/* ---- YAML ---- */

static bool reads(const char *text, yaml_node *root, arena *a, err *e)
{
    *e = (err){0};
    return yaml_read(root, str_of(text), a, e);
}

static void yaml_keeps_lines(void **state)
{
    (void)state;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    yaml_node root;
    err e;
    assert_true(reads("# c\na: 1\nb:\n  - x\n  - {y: 'q', z: \"\"}\n", &root, &a, &e));
    assert_int_equal(root.kind, NODE_MAP);
    assert_int_equal(root.count, 2);
    assert_int_equal(root.line, 2);
    unit_str_equal(root.key[1].text, "b");
    assert_int_equal(root.key[1].line, 3);
    const yaml_node *list = &root.item[1];
    assert_int_equal(list->kind, NODE_LIST);
    assert_int_equal(list->count, 2);
    assert_false(list->item[0].quoted);
    assert_int_equal(list->item[0].line, 4);
    assert_int_equal(list->item[0].column, 5);
    assert_true(list->item[1].item[0].quoted);
    assert_int_equal(list->item[1].item[1].text.n, 0);
    free(memory);
}

static void yaml_refuses_what_a_pack_may_not_have(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *said;
    } cases[] = {
        {"", 1, "empty"},
        {"# only this\n", 2, "empty"},
        {"a: 1\n---\nb: 2\n", 2, "document"},
        {"a: &x 1\n", 1, "anchor"},
        {"a: 1\nb: *x\n", 2, ""},
        {"a: !!str 1\n", 1, "anchor"},
        {"a: &x [1]\n", 1, "anchor"},
        {"a: &x {b: 1}\n", 1, "anchor"},
        {"a: [1\nb: 2\n", 2, ""},
        {"a:\n\t- 1\n", 2, ""},
        {"a: 'x\n", 2, ""},
        {"a: \xff\n", 0, ""},
        {"a: 1\n  b: 2\n", 2, ""},
    };
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        yaml_node root;
        err e;
        if (reads(cases[i].text, &root, &a, &e))
            fail_msg("`%s` was read", cases[i].text);
        assert_int_equal(e.code, ERR_BAD_YAML);
        if (cases[i].line && e.input_line != cases[i].line)
            fail_msg("`%s`: line %d, %s", cases[i].text, e.input_line, e.msg);
        if (!strstr(e.msg, cases[i].said))
            fail_msg("`%s`: %s", cases[i].text, e.msg);
    }
    char deep[200];
    memset(deep, '[', sizeof deep);
    yaml_node root;
    err e = {0};
    assert_false(yaml_read(&root, (str){deep, sizeof deep}, &a, &e));
    assert_non_null(strstr(e.msg, "deep"));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_follow_the_calendar),
        cmocka_unit_test(words_and_accumulators_are_found),
        cmocka_unit_test(the_calendar_comes_from_the_pack),
        cmocka_unit_test(accumulators_have_one_home),
        cmocka_unit_test(a_folder_that_is_none),
        cmocka_unit_test(a_problem_is_one_line),
        cmocka_unit_test(yaml_keeps_lines),
        cmocka_unit_test(yaml_refuses_what_a_pack_may_not_have),
    };
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
