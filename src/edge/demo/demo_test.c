/* The demo area: the same for everybody, and right by the rules of the import. */
#include "base/json/json.h"
#include "edge/demo/demo.h"
#include "service/import/import.h"
#include "test/support/unit_office.h"

#define PERSONS 3000

static int64_t some_id(void *arg, str text)
{
    (void)arg;
    return 1 + (int64_t)(str_hash(text) % 1000000);
}

static const demo_ids ids = {some_id, some_id, NULL};

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    uint64_t hash[3] = {0};
    for (int i = 0; i < 3; i++) {
        demo_world *w = demo_new(i == 2 ? 8 : 7, 500);
        arena a = unit_arena(8 << 20);
        void *memory = a.beg;
        assert_non_null(w);
        for (int k = 1; k <= MASTER_FLAGS; k++) {
            ptrdiff_t bytes;
            char *text = demo_csv(w, (master_id)k, &bytes);
            assert_non_null(text);
            hash[i] = hash[i] * 31 + str_hash((str){text, bytes});
            free(text);
        }
        for (int n = 0; n < 200; n++)
            hash[i] = hash[i] * 31 + str_hash(demo_bill(w, n, 200, day_of(2026, 10, 1), &ids, &a));
        free(memory);
        demo_free(w);
    }
    assert_true(hash[0] == hash[1]);
    assert_true(hash[0] != hash[2]);
    /* Another number here is another demo area for everybody: say so in the change log. */
    assert_int_equal(hash[0], UINT64_C(0x3a43df47bfdaa265));
}

static void every_file_is_taken_without_an_error(void **state)
{
    unit_office *f = unit_office_of(state);
    static const master_id order[] = {MASTER_AREAS,   MASTER_PROVIDERS, MASTER_AGREEMENTS,
                                      MASTER_ITEMS,   MASTER_TERMS,     MASTER_DISEASES,
                                      MASTER_PERSONS, MASTER_COVERS,    MASTER_FLAGS};
    const actor who = {.user_id = -1, .login = S("test"), .address = S(""), .trace_id = S("")};
    demo_world *w = demo_new(1, PERSONS);
    assert_non_null(w);
    for (int i = 0; i < COUNTOF(order); i++) {
        import_request q = {
            .kind = master_kind_of(order[i]), .who = &who, .area_code = S(DEMO_AREA)};
        import_result r;
        ptrdiff_t bytes;
        char *text = demo_csv(w, order[i], &bytes);
        unit_office_again(f);
        if (!import_run(&r, f->o, &q, (str){text, bytes}, &f->e))
            fail_msg("%s: %s", q.kind->name, f->e.msg);
        if (r.wrong)
            fail_msg("%s line %d %s %s", q.kind->name, (int)r.fault[0].line, r.fault[0].column,
                     err_name(r.fault[0].code));
        assert_int_equal(r.added, r.rows);
        import_result_free(&r);
        free(text);
    }
    demo_free(w);
    assert_int_equal(unit_sql_number(f, "select count(*) from person"), PERSONS);
    assert_int_equal(unit_sql_number(f, "select count(*) from provider"), 300);
    int64_t needy = unit_sql_number(
        f, "select count(distinct person_id) from person_flag where kind = 'category'");
    assert_true(needy > PERSONS * 3 / 100 && needy < PERSONS * 10 / 100);
    int64_t employees =
        unit_sql_number(f, "select count(*) from person_cover where scheme = 'employee'");
    assert_true(employees > PERSONS * 12 / 100 && employees < PERSONS * 35 / 100);
}

static int64_t number(const json_node *nodes, int32_t count, const char *key)
{
    int64_t n = 0;
    for (int32_t i = 0; i < count; i++)
        n += str_eq(nodes[i].key, str_of(key));
    return n;
}

static void bills_are_json_spread_over_the_month(void **state)
{
    (void)state;
    demo_world *w = demo_new(3, 2000);
    json_reader *reader = json_reader_new();
    str last = S("2026-02-01");
    char kept[11] = "2026-02-01";
    int long_bills = 0;
    for (int n = 0; n < 1000; n++) {
        arena a = unit_arena(1 << 20);
        void *memory = a.beg;
        str body = demo_bill(w, n, 1000, day_of(2026, 2, 1), &ids, &a);
        char *padded = arena_new(&a, char, body.n + JSON_PADDING_BYTES);
        memcpy(padded, body.p, (size_t)body.n);
        const json_node *nodes;
        int32_t count;
        err e = {0};
        if (!json_parse(reader, (str){padded, body.n}, &nodes, &count, &e))
            fail_msg("%s", e.msg);
        int64_t lines = number(nodes, count, "quantity");
        assert_true(lines >= 1 && lines <= 60);
        long_bills += lines > 15;
        for (int32_t i = 0; i < count; i++) {
            if (!str_eq(nodes[i].key, S("date")))
                continue;
            assert_true(str_cmp(nodes[i].text, last) >= 0); /* in the order of days */
            memcpy(kept, nodes[i].text.p, 10);
            last = (str){kept, 10};
        }
        free(memory);
    }
    unit_str_equal(last, "2026-02-28");
    assert_true(long_bills > 20);
    json_reader_free(reader);
    demo_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        UNIT_ON_BOTH(every_file_is_taken_without_an_error),
        cmocka_unit_test(bills_are_json_spread_over_the_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
