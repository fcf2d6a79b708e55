#include "service/dip/build.h"

#include "base/csv_row.h"
#include "test/support/unit.h"

#define BYTES ((ptrdiff_t)64 << 20)

static dip *teaching(void)
{
    err e = {0};
    dip *d = dip_load(S(GONGJI_ROOT "/packs/dip/teaching"), &e);
    assert_non_null(d);
    assert_int_equal(d->error_count, 0);
    return d;
}

static dip_case case_of(const char *main_dx, const str *procedure, int32_t count)
{
    dip_case c;
    dip_case_clear(&c);
    c.facts.main_dx = str_of(main_dx);
    c.facts.procedure = procedure;
    c.facts.procedure_count = count;
    return c;
}

static dip_result group_of(const dip *d, const dip_case *c)
{
    dip_result r;
    dip_group(&r, &d->compiled, c);
    return r;
}

static void says(const dip *d, const char *main_dx, const char *procedure, const char *group)
{
    str one = str_of(procedure);
    dip_case c = case_of(main_dx, &one, 1);
    dip_result r = group_of(d, &c);
    unit_str_equal(dip_group_code(&d->compiled, &r), group);
}

static void codes_may_be_written_carelessly(void **state)
{
    (void)state;
    dip *d = teaching();
    says(d, "K35.800", "47.0100", "K35.8:47.0100");
    says(d, "k35.800", " 47.0100 ", "K35.8:47.0100");
    says(d, " K 35.8", "47.0100", "K35.8:47.0100");
    says(d, "K358", "47.0100", "K35.8:47.0100");
    says(d, "I10.X00", "", "I10.x:-");
    says(d, "I10.x00", "\t", "I10.x:-");
    says(d, "J18.900+A01.0*", "", "J18.9:-");
    says(d, "K35.800", "47.0100000000000000000000000", "K35.8:-"); /* no code, so nothing done */
    says(d, "K35.800", "47.01;00", "K35.8:-");
    dip_free(d);
}

static void what_is_no_diagnosis_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *main_dx;
        dip_reason reason;
    } cases[] = {
        {"", DIP_REASON_NO_MAIN_DX},      {"  ", DIP_REASON_NO_MAIN_DX},
        {"K3", DIP_REASON_BAD_MAIN_DX},   {"阑尾炎", DIP_REASON_BAD_MAIN_DX},
        {"K.35", DIP_REASON_BAD_MAIN_DX}, {"K35.8000000000000000000000000", DIP_REASON_BAD_MAIN_DX},
        {"???", DIP_REASON_BAD_MAIN_DX}};
    dip *d = teaching();
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        dip_case c = case_of(cases[i].main_dx, NULL, 0);
        c.cost_fen = 800000; /* the mean: 1,000 points, of which 80 % */
        dip_result r = group_of(d, &c);
        assert_int_equal(r.status, CASEMIX_UNGROUPED);
        assert_int_equal(r.reason, cases[i].reason);
        assert_int_equal(r.settled_e4, 8000000);
    }
    dip_free(d);
}

/* covers: R124 */
static void a_grass_roots_disease_scores_the_same_at_every_level(void **state)
{
    (void)state;
    dip *d = teaching();
    for (int level = 0; level < DIP_LEVELS; level++) {
        dip_case c = case_of("I10.x00", NULL, 0);
        c.level = (uint8_t)level;
        c.cost_fen = 240000;
        assert_int_equal(group_of(d, &c).settled_e4, 3000000);
    }
    dip_free(d);
}

/* 1,000 diagnoses, 5,000 procedures, all of them the same or all of them different. */
static void long_lists_are_fine(void **state)
{
    (void)state;
    static str list[5000];
    static char text[5000][8];
    dip *d = teaching();
    for (int i = 0; i < 5000; i++) {
        snprintf(text[i], sizeof text[i], "%02d.%04d", i % 100, i / 2 % 10000);
        list[i] = str_of(text[i]);
    }
    list[4999] = S("47.0100");
    dip_case c = case_of("K35.800", list, 5000);
    c.facts.other_dx = list;
    c.facts.other_dx_count = 1000;
    dip_result r = group_of(d, &c);
    unit_str_equal(dip_group_code(&d->compiled, &r), "K35.8:47.0100");
    for (int i = 0; i < 4999; i++)
        list[i] = S("47.0100");
    r = group_of(d, &c);
    assert_int_equal(r.match, DIP_EXACT);
    char *memory = malloc((size_t)BYTES);
    arena a = {memory, memory + BYTES, NULL};
    dip_path path;
    dip_explain(&path, &d->compiled, &c, &a);
    assert_memory_equal(&path.result, &r, sizeof r);
    assert_true(path.count > 2 && path.count <= DIP_STEPS_MAX);
    free(memory);
    dip_free(d);
}

/* Whatever memory there is: a catalogue, or a jump to whoever asked. */
static void a_catalogue_that_does_not_fit_is_given_up(void **state)
{
    (void)state;
    err e = {0};
    dip_files files;
    arena texts = unit_arena(1 << 20);
    char *first = texts.beg;
    assert_true(dip_files_read(&files, S(GONGJI_ROOT "/packs/dip/teaching"), &texts, &e));
    int fitted = 0;
    for (ptrdiff_t bytes = 64; bytes < 600000; bytes += 1 + bytes / 7) {
        arena a = unit_arena(bytes), scratch = unit_arena(bytes);
        char *p = a.beg, *q = scratch.beg;
        jmp_buf oom;
        dip d;
        a.oom = scratch.oom = &oom;
        if (!setjmp(oom)) {
            dip_compile(&d, &files, false, &a, scratch);
            assert_int_equal(d.error_count, 0);
            fitted++;
        }
        free(p);
        free(q);
    }
    assert_true(fitted > 3);
    free(first);
}

static int errors_with(const char *parameter)
{
    err e = {0};
    dip_files files;
    arena texts = unit_arena(1 << 20), a = unit_arena(64 << 20), scratch = unit_arena(64 << 20);
    char *first = texts.beg, *p = a.beg, *q = scratch.beg;
    dip d;
    assert_true(dip_files_read(&files, S(GONGJI_ROOT "/packs/dip/teaching"), &texts, &e));
    str was = files.text[DIP_TABLE_PARAMETER];
    files.text[DIP_TABLE_PARAMETER] = arena_printf(&texts, "%.*s%s\n", STR_ARG(was), parameter);
    dip_compile(&d, &files, false, &a, scratch);
    int errors = d.error_count;
    free(first);
    free(p);
    free(q);
    return errors;
}

/* The dearest case that is kept would lie before the first. */
static void what_is_trimmed_leaves_something(void **state)
{
    (void)state;
    assert_int_equal(errors_with("trim_high,0.975"), 0);
    assert_int_equal(errors_with("trim_high,0"), 1);
    assert_int_equal(errors_with("trim_high,0.5"), 1);
}

/* ---- a build ---- */

static dip_history *history(const dip_catalogue *basis, int cases)
{
    static const char *const dx[] = {"K35.800", "K35.900", "J18.900", "Z51.100"};
    static const char *const op[] = {"", "47.0100", "47.0901", "99.2500"};
    static str procedure[4];
    dip_history *h = dip_history_open(basis);
    uint64_t seed = 3;
    assert_non_null(h);
    for (int i = 0; i < cases; i++) {
        case_record r = {.stay = {.total_fen = 100000 + unit_below(&seed, 90000),
                                  .level = 1,
                                  .year = 2023,
                                  .admitted = DAY_NONE,
                                  .discharged = DAY_NONE,
                                  .born = DAY_NONE}};
        err e = {0};
        casemix_case_clear(&r.facts);
        r.facts.main_dx = str_of(dx[unit_below(&seed, 4)]);
        int64_t which = unit_below(&seed, 4);
        procedure[which] = str_of(op[which]);
        r.facts.procedure = &procedure[which];
        r.facts.procedure_count = 1;
        assert_true(dip_history_add(h, &r, DIP_NO_DRG, &e));
    }
    return h;
}

static void a_build_without_memory_says_so(void **state)
{
    (void)state;
    arena b = unit_arena(8 << 20), work = unit_arena(8 << 20);
    char *b_first = b.beg, *work_first = work.beg;
    dip_files none = {0};
    dip basis;
    dip_build_options o;
    int built = 0, refused = 0;
    jmp_buf oom;
    b.oom = work.oom = &oom;
    assert_int_equal(setjmp(oom), 0);
    dip_compile(&basis, &none, true, &b, work);
    basis.compiled.unlisted = DIP_THERAPEUTIC;
    dip_build_options_of(&o, &basis.compiled);
    dip_history *h = history(&basis.compiled, 400);
    for (ptrdiff_t bytes = 1 << 10; bytes < 4 << 20; bytes += bytes / 5) {
        arena a = unit_arena(bytes), scratch = unit_arena(bytes);
        char *p = a.beg, *q = scratch.beg;
        dip_built *out = calloc(1, sizeof *out);
        err e = {0};
        if (dip_build(out, h, &none, &o, &a, scratch, &e)) {
            built++;
            assert_int_equal(out->measure[DIP_M_CASES], 400);
        } else {
            refused++;
            assert_int_equal(e.code, ERR_OUT_OF_MEMORY);
        }
        free(out);
        free(p);
        free(q);
    }
    assert_true(built > 2 && refused > 2);
    dip_history_close(h);
    free(b_first);
    free(work_first);
}

static void a_history_without_cases_is_no_history(void **state)
{
    (void)state;
    arena b = unit_arena(8 << 20), work = unit_arena(8 << 20);
    char *b_first = b.beg, *work_first = work.beg;
    dip_files none = {0};
    dip basis;
    dip_built *out = calloc(1, sizeof *out);
    err e = {0};
    jmp_buf oom;
    b.oom = work.oom = &oom;
    assert_int_equal(setjmp(oom), 0);
    dip_compile(&basis, &none, true, &b, work);
    dip_build_options o;
    dip_build_options_of(&o, &basis.compiled);
    dip_history *h = history(&basis.compiled, 0);
    assert_false(dip_build(out, h, &none, &o, &b, work, &e));
    assert_int_equal(e.code, ERR_BAD_VALUE);
    dip_history_close(h);
    free(out);
    free(b_first);
    free(work_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_may_be_written_carelessly),
        cmocka_unit_test(what_is_no_diagnosis_is_said),
        cmocka_unit_test(a_grass_roots_disease_scores_the_same_at_every_level),
        cmocka_unit_test(long_lists_are_fine),
        cmocka_unit_test(a_catalogue_that_does_not_fit_is_given_up),
        cmocka_unit_test(what_is_trimmed_leaves_something),
        cmocka_unit_test(a_build_without_memory_says_so),
        cmocka_unit_test(a_history_without_cases_is_no_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
