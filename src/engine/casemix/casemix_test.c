/* The grouper with the teaching scheme, whose tables are small enough to be read beside this file.
 */
#include "engine/casemix/casemix.h"

#include "service/cases/cases.h"
#include "service/scheme/scheme.h"
#include "test/support/unit.h"

static scheme *teaching;

static int open_scheme(void **state)
{
    (void)state;
    err e = {0};
    teaching = scheme_load(S(GONGJI_ROOT "/packs/schemes/teaching"), false, &e);
    return !teaching || teaching->error_count;
}

static int close_scheme(void **state)
{
    (void)state;
    scheme_free(teaching);
    return 0;
}

/* "key=value ..." over a man of fifty; lists with |. */
static casemix_case case_of(const char *text, arena *a)
{
    static const char *const numbers[] = {"age", "days", "weight", "los", "icu", "vent"};
    casemix_case c;
    casemix_case_clear(&c);
    c.sex = SEX_MALE;
    c.number[CASE_AGE] = 50;
    for (str left = str_of(text); left.n > 0;) {
        const char *space = memchr(left.p, ' ', (size_t)left.n);
        str word = {left.p, space ? space - left.p : left.n};
        const char *sign = memchr(word.p, '=', (size_t)word.n);
        str key = {word.p, sign ? sign - word.p : word.n};
        str value = sign ? (str){sign + 1, word.n - key.n - 1} : (str){0};
        left = space ? (str){space + 1, left.n - word.n - 1} : (str){0};
        int32_t number = value.n ? (int32_t)strtol(value.p, NULL, 10) : CASE_UNKNOWN;
        for (int i = 0; i < CASE_NUMBER__COUNT; i++)
            if (str_eq(key, str_of(numbers[i])))
                c.number[i] = number;
        if (str_eq(key, S("dx")))
            c.main_dx = value;
        else if (str_eq(key, S("other")))
            c.other_dx = case_codes(value, &c.other_dx_count, a);
        else if (str_eq(key, S("op")))
            c.procedure = case_codes(value, &c.procedure_count, a);
        else if (str_eq(key, S("sex")))
            c.sex = (uint8_t)number;
        c.died = c.died || str_eq(key, S("died"));
        c.day_surgery = c.day_surgery || str_eq(key, S("day"));
    }
    return c;
}

static void expect(const char *text, const char *drg, casemix_reason reason, casemix_options o)
{
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    casemix_case c = case_of(text, &a);
    casemix_result r;
    casemix_path path;
    casemix_group(&r, &teaching->compiled, &c, o);
    str got = casemix_drg_code(&teaching->compiled, &r);
    if (!str_eq(got, str_of(drg)) || r.reason != reason)
        fail_msg("%s: got %.*s (%s), expected %s", text, STR_ARG(got),
                 casemix_reason_name(r.reason), drg);
    casemix_explain(&path, &teaching->compiled, &c, o, &a);
    assert_memory_equal(&path.result, &r, sizeof r); /* the path changes nothing */
    free(memory);
}

static void every_term_decides(void **state)
{
    (void)state;
    static const struct {
        const char *text, *drg;
    } cases[] = {
        {"dx=K35.800 op=47.0100", "GD15"},
        {"dx=K35.800 op=47.0100 other=E11.900", "GD13"},
        {"dx=K35.800 op=99.0400|47.0100", "GZ15"}, /* MP looks at the first procedure only */
        {"dx=K35.800 op=|47.0100", "GZ15"},        /* which may be empty */
        {"dx=K35.800", "GZ15"},
        {"dx=K92.200", "GS19"},            /* NV */
        {"dx=K92.200 op=99.0400", "GS19"}, /* a procedure, but no valid one */
        {"dx=K92.200 op=51.2300", "GE15"}, /* MP without MD */
        {"dx=K92.200 op=60.2900", "GZ15"}, /* a valid one of another MDC */
        {"dx=C34.900 op=32.4100|40.3x00", "EB15"},
        {"dx=C34.900 op=40.3x00|32.4100", "EB15"}, /* AP: any place */
        {"dx=C34.900 op=32.4100", "ET19"},         /* AP1&AP2 needs both */
        {"dx=C34.900 op=32.2000", "EB15"},         /* the other alternative, third list */
        {"dx=C34.900 op=32.2000 other=A41.900", "EB11"},
        {"dx=C34.900 op=32.2000 other=I10.x00", "EB13"},
        {"dx=J18.900 other=J96.000", "ER19"}, /* OD2 */
        {"dx=J18.900 other=J96.000 icu=72", "ER17"},
        {"dx=J18.900 other=J96.000 icu=71", "ER19"},
        {"dx=J96.000 other=J96.000", "EZ15"}, /* OD2 needs MD as well; excluded by itself */
        {"dx=J18.900 other=A41.900", "ES11"},
        {"dx=J18.900 other=J44.100", "ES15"}, /* excluded by the main diagnosis */
        {"dx=J18.900 age=16", "ES13"},        /* AGE<17 */
        {"dx=J18.900 age=17", "ES15"},
        {"dx=J18.900 op=93.9000 vent=24", "EK19"},
        {"dx=J18.900 op=93.9000 vent=23", "ES15"},
        {"dx=J18.900 op=93.9000", "ES15"}, /* not known is not 24 */
        {"dx=K40.900 op=53.0500 day los=2", "GC19"},
        {"dx=K40.900 op=53.0500 day los=3", "GC29"},
        {"dx=K40.900 op=53.0500 los=2", "GC29"},
        {"dx=K40.900 op=53.0500 day", "GC29"},
        {"dx=N40.x00 op=60.2900", "MB15"},
        {"dx=N40.x00 sex=2", "0000"},
        {"dx=S27.300 other=S36.000", "ZZ19"},
        {"dx=S27.300 other=S36.000 died los=2", "ZZ17"},
        {"dx=S27.300 other=S36.000 died los=3", "ZZ19"},
        {"dx=S27.300 other=S36.000 op=51.2300", "ZB19"},
        {"dx=S72.000 other=S82.200", "0000"}, /* one site twice */
        {"dx=P07.300 age=0 days=28 weight=1499", "PS19"},
        {"dx=P59.900 age=0 days=28 weight=1500 other=P07.000", "PS29"}, /* AD */
        {"dx=P07.300 age=0 days=29 weight=1499", "PR15"},
        {"dx=P07.300 age=0 days=3 weight=0", "PR15"}, /* 0 grams: not known */
        {"dx=P07.300 age=0 days=3 weight=2500", "PR15"},
        {"dx=P07.300 age= days=3 weight=900", "PS19"}, /* the age follows from the days */
        {"dx=P07.300 age=1 days=400", "0000"},
        {"dx=R99.x00 op=50.5900", "AA19"}, /* before all: no list for the main diagnosis */
        {"dx=K35.800 op=51.2300 vent=96", "AB19"},
        {"dx=P07.000 age=0 days=3 weight=900 op=51.2300 vent=96", "PS19"}, /* !AD */
        {"dx=C34.900 sex=9", "ET19"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = unit_arena(1 << 16);
        char *memory = a.beg;
        casemix_case c = case_of(cases[i].text, &a);
        casemix_result r;
        casemix_group(&r, &teaching->compiled, &c, (casemix_options){0});
        expect(cases[i].text, cases[i].drg, r.reason, (casemix_options){0});
        free(memory);
    }
}

static void a_case_without_a_group_says_why(void **state)
{
    (void)state;
    const casemix_options o = {0};
    expect("dx=K35.800 sex=9", "GZ15", REASON_NONE, o);
    expect("dx=K35.800 age=", "0000", REASON_NO_AGE, o);
    expect("dx=K35.800 age=0", "0000", REASON_NO_AGE_DAYS, o);
    expect("", "0000", REASON_NO_MAIN_DX, o);
    expect("dx=K35.8000", "0000", REASON_UNKNOWN_MAIN_DX, o);
    expect("dx=K35.800x00123456789012345", "0000", REASON_UNKNOWN_MAIN_DX, o);
    expect("dx=Z00.000", "0000", REASON_NO_MDC, o);
    expect("dx=N40.x00 sex=2", "0000", REASON_NO_MDC, o);
    expect("dx=S06.000 other=S06.000", "0000", REASON_NO_MDC, o);
    arena a = unit_arena(64);
    casemix_case c = case_of("dx=K35.800", &a);
    casemix_result r;
    c.sex = SEX_MISSING;
    casemix_group(&r, &teaching->compiled, &c, o);
    assert_int_equal(r.reason, REASON_NO_SEX);
    assert_int_equal(r.status, CASEMIX_INVALID);
    c.wrong = REASON_BAD_NUMBER; /* what the reader found comes first */
    casemix_group(&r, &teaching->compiled, &c, o);
    assert_int_equal(r.reason, REASON_BAD_NUMBER);
    free(a.beg);
}

static void codes_are_repaired_mapped_and_refused_on_request(void **state)
{
    (void)state;
    const casemix_options none = {0}, tidy = {.tidy = true}, map = {.map = true},
                          gray = {.refuse_gray = true}, both = {.tidy = true, .map = true};
    expect("dx=k35.800", "0000", REASON_UNKNOWN_MAIN_DX, none);
    expect("dx=k35.800", "GZ15", REASON_NONE, tidy);
    expect("dx=N40.X00", "MR19", REASON_NONE, tidy);
    expect("dx=K35.8", "0000", REASON_UNKNOWN_MAIN_DX, tidy);
    expect("dx=K35.8", "GZ15", REASON_NONE, map);
    expect("dx=K35.900 op=47.01", "GD15", REASON_NONE, map);
    expect("dx=K35.900 op=47.0", "GZ15", REASON_NONE, map); /* no counterpart: no procedure */
    expect("dx=k35.900 op=47.01", "GD15", REASON_NONE, both);
    expect("dx=R69.x00", "0000", REASON_UNKNOWN_MAIN_DX, map);
    expect("dx=K35.800 op=47.0900", "GD15", REASON_NONE, none);
    expect("dx=K35.800 op=47.0900", "0000", REASON_GRAY_CODE, gray);
    expect("dx=K35.800 other=R99.x00", "0000", REASON_GRAY_CODE, gray);
    expect("dx=R99.x00", "0000", REASON_GRAY_CODE, gray);
    expect("dx=K35.800 op=47.0100", "GD15", REASON_NONE, gray);
}

static void very_long_cases_are_grouped(void **state)
{
    (void)state;
    char text[40000] = "dx=K35.800 op=";
    for (int i = 0; i < 1000; i++)
        strcat(text, "99.0400|");
    strcat(text, "47.0100 other=");
    for (int i = 0; i < 1000; i++)
        strcat(text, "K35.200|");
    strcat(text, "E11.900");
    expect(text, "GZ13", REASON_NONE, (casemix_options){0});
    expect(text, "GZ13", REASON_NONE, (casemix_options){true, true, true});
}

/* ---- the path ---- */

static void
path_has(const char *text, const char *const *zh, const char *const *en, casemix_options o)
{
    for (int chinese = 0; chinese < 2; chinese++) {
        static char said[20000];
        text_buffer t = {said, 0, sizeof said - 1, false};
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        casemix_case c = case_of(text, &a);
        casemix_path path;
        casemix_explain(&path, &teaching->compiled, &c, o, &a);
        for (int i = 0; i < path.count; i++) {
            assert_true(casemix_step_name((casemix_step_kind)path.step[i].kind)[0]);
            casemix_sentence(&t, &teaching->compiled, &path, i, chinese);
            text_add(&t, S("\n"));
        }
        said[t.n] = 0;
        for (const char *const *want = chinese ? zh : en; *want; want++)
            if (!strstr(said, *want))
                fail_msg("%s: `%s` is not said in:\n%s", text, *want, said);
        free(memory);
    }
}

static void the_path_names_what_decided(void **state)
{
    (void)state;
    path_has("dx=K35.800 op=47.0100 other=K65.000|E11.900",
             (const char *const[]){"进入主要诊断大类 MDCG 消化系统",
                                   "主要诊断在诊断表1：K35.800 急性阑尾炎",
                                   "进入核心疾病诊断相关组 GD1 阑尾切除（规则 MD&MP1）",
                                   "主要手术操作在手术表1：47.0100 腹腔镜阑尾切除术",
                                   "K65.000 急性腹膜炎 虽为 MCC，但被主要诊断 K35.800 排除",
                                   "E11.900 2 型糖尿病 是一般合并症或并发症（CC）",
                                   "同一 ADRG 的另一组：GD15", "入组 GD13", NULL},
             (const char *const[]){"MDC MDCG", "the main diagnosis is in diagnosis list 1: K35.800",
                                   "ADRG GD1",
                                   "K65.000 急性腹膜炎 is an MCC, excluded by main diagnosis "
                                   "K35.800 (exclusion group 3)",
                                   "another group of this ADRG: GD15", "group GD13", NULL},
             (casemix_options){0});
    path_has("dx=P07.300 age=0 days=3",
             (const char *const[]){"缺少信息：出生体重（克） < 1500；若有此信息，可能入 PS1", NULL},
             (const char *const[]){"not known: birth weight in grams < 1500", NULL},
             (casemix_options){0});
    path_has("dx=N40.x00 sex=2",
             (const char *const[]){"不入 MDCM 男性生殖系统：不满足“性别为男”", "未入组：", NULL},
             (const char *const[]){"not MDCM", "it does not hold that sex is male", NULL},
             (casemix_options){0});
    path_has("dx=J18.900 op=93.9000 vent=3",
             (const char *const[]){"不入 EK1", "呼吸机小时 >= 24”，实为 3", NULL},
             (const char *const[]){"hours of ventilation >= 24, it is 3", NULL},
             (casemix_options){0});
    path_has("dx=S27.300 other=S36.000", (const char *const[]){"受伤部位数 >= 2：2", NULL},
             (const char *const[]){"injured body sites >= 2: 2", NULL}, (casemix_options){0});
}

static void the_path_speaks_of_codes(void **state)
{
    (void)state;
    path_has(
        "dx=k35.800 op=47.010",
        (const char *const[]){"编码“k35.800”不在诊断编码库，是否应为 K35.800",
                              "编码“47.010”不在手术操作编码库", NULL},
        (const char *const[]){"code `k35.800` is no diagnosis of this scheme; was K35.800 meant?",
                              "no group: the main diagnosis is not in the code list", NULL},
        (casemix_options){0});
}

static void the_path_speaks_of_repairs(void **state)
{
    (void)state;
    path_has("dx=k35.800", (const char *const[]){"k35.800 按规范写法读作 K35.800", NULL},
             (const char *const[]){"k35.800 was read as K35.800", NULL},
             (casemix_options){.tidy = true});
    path_has("dx=K35.900 other=R69.x00 op=47.01",
             (const char *const[]){"K35.900 对应为 K35.800 急性阑尾炎",
                                   "R69.x00 在本版编码中没有对应", "47.01 对应为 47.0100", NULL},
             (const char *const[]){"K35.900 stands for K35.800",
                                   "R69.x00 has no counterpart in this version", NULL},
             (casemix_options){.map = true});
    path_has(
        "dx=K35.800 op=47.0900",
        (const char *const[]){"47.0900 阑尾切除术 为灰码", "病例无效：使用了灰码", NULL},
        (const char *const[]){"47.0900 阑尾切除术 is a gray code", "invalid: a gray code", NULL},
        (casemix_options){.refuse_gray = true});
}

static void a_path_too_long_is_cut_at_its_end(void **state)
{
    (void)state;
    char text[12000] = "dx=K35.800 other=";
    for (int i = 0; i < 1000; i++)
        strcat(text, "Q99.999|");
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    casemix_case c = case_of(text, &a);
    casemix_path path;
    casemix_explain(&path, &teaching->compiled, &c, (casemix_options){0}, &a);
    assert_int_equal(path.count, CASEMIX_STEPS_MAX);
    assert_true(path.cut);
    assert_int_equal(path.step[path.count - 1].kind, CASEMIX_STEP_DRG_TAKEN);
    free(memory);
}

/* Memory that ends while a path is made jumps out; without a path none is needed. */
static void memory_of_a_path_ends_anywhere(void **state)
{
    (void)state;
    arena b = unit_arena(4096);
    char *lists = b.beg;
    casemix_case c = case_of("dx=k35.800 other=e11.900|Z op=47.0100", &b);
    int too_small = 0;
    for (volatile ptrdiff_t size = 0; size < 1 << 12; size += 16) {
        arena a = unit_arena(size);
        char *memory = a.beg;
        jmp_buf oom;
        casemix_path path;
        volatile bool done = false;
        a.oom = &oom;
        if (setjmp(oom) == 0) {
            casemix_explain(&path, &teaching->compiled, &c, (casemix_options){0}, &a);
            assert_int_equal(path.result.status, CASEMIX_UNGROUPED);
            done = true;
        }
        too_small += !done;
        free(memory);
    }
    assert_true(too_small > 10 && too_small < 200);
    free(lists);
}

/* ---- codes ---- */

static void keys_keep_every_byte(void **state)
{
    (void)state;
    const char text[] = "A18.000x004+H75.0*123456789";
    uint64_t before[3] = {1, 1, 1}, key[3];
    for (ptrdiff_t n = 0; n <= CODE_BYTES_MAX; n++) {
        char *exact = malloc((size_t)n + 1); /* so that a step beyond the end is seen */
        memcpy(exact, text, (size_t)n);
        assert_true(casemix_key(key, (str){exact, n}));
        assert_true(memcmp(key, before, sizeof key) != 0);
        for (ptrdiff_t i = 0; i < CODE_BYTES_MAX; i++)
            assert_int_equal((key[i / 8] >> (8 * (i % 8))) & 255,
                             i < n ? (unsigned char)text[i] : 0);
        memcpy(before, key, sizeof key);
        free(exact);
    }
    assert_false(casemix_key(key, (str){text, CODE_BYTES_MAX + 1}));
}

static void tidy_codes_look_like_the_lists(void **state)
{
    (void)state;
    char out[CODE_BYTES_MAX];
    static const char *const pairs[][2] = {{"k35.800", "K35.800"},
                                           {" n40.X00\t", "N40.x00"},
                                           {"a18.000X004+h75.0*", "A18.000x004+H75.0*"},
                                           {"x99.x00", "X99.x00"},
                                           {"17.972h0", "17.972H0"},
                                           {"", ""}};
    for (ptrdiff_t i = 0; i < COUNTOF(pairs); i++)
        unit_str_equal(casemix_code_tidy(out, str_of(pairs[i][0])), pairs[i][1]);
    assert_int_equal(casemix_code_tidy(out, S("1234567890123456789012345")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_term_decides),
        cmocka_unit_test(a_case_without_a_group_says_why),
        cmocka_unit_test(codes_are_repaired_mapped_and_refused_on_request),
        cmocka_unit_test(very_long_cases_are_grouped),
        cmocka_unit_test(the_path_names_what_decided),
        cmocka_unit_test(the_path_speaks_of_codes),
        cmocka_unit_test(the_path_speaks_of_repairs),
        cmocka_unit_test(a_path_too_long_is_cut_at_its_end),
        cmocka_unit_test(memory_of_a_path_ends_anywhere),
        cmocka_unit_test(keys_keep_every_byte),
        cmocka_unit_test(tidy_codes_look_like_the_lists),
    };
    return cmocka_run_group_tests(tests, open_scheme, close_scheme);
}
