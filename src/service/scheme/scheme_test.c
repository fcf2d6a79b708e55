/* Schemes from the texts of their files: what is wrong is told with file and line. */
#include "service/scheme/scheme.h"

#include "engine/casemix/casemix.h"
#include "test/support/unit.h"

#define BYTES ((ptrdiff_t)8 << 20)

/* The smallest scheme: one MDC, one ADRG, two DRGs. */
static scheme_files small(void)
{
    scheme_files f = {0};
    f.text[TABLE_MDC] = S("priority,mdc,name,rule\n1,M1,one,MD\n");
    f.text[TABLE_MDC_DX] = S("mdc,icd10\nM1,A\nM1,B\n");
    f.text[TABLE_ADRG] = S("priority,adrg,name,mdc,kind,rule\n1,M1A,first,M1,medical,MD\n");
    f.text[TABLE_ADRG_DX] = S("adrg,icd10\nM1A,A\n");
    f.text[TABLE_DRG] =
        S("drg,name,adrg,priority,condition\nM1A1,x,M1A,1,MCC\nM1A9,y,M1A,2,ALWAYS\n");
    f.text[TABLE_MCC] = S("icd10,exclusion_group\nB,1\n");
    return f;
}

static void compile(scheme *out, const scheme_files *f, bool lint, char **memory)
{
    arena a = unit_arena(BYTES), scratch = unit_arena(BYTES);
    *memory = a.beg;
    scheme_compile(out, f, lint, &a, scratch);
    free(scratch.beg);
}

/* The problems, one a line. */
static void told(char out[4096], const scheme_files *f, bool lint)
{
    scheme s;
    char *memory;
    text_buffer t = {out, 0, 4095, false};
    compile(&s, f, lint, &memory);
    for (int i = 0; i < s.problem_count; i++)
        scheme_problem_print(&t, &s.problem[i]);
    out[t.n] = 0;
    free(memory);
}

static void tells(scheme_table table, const char *text, const char *want)
{
    scheme_files f = small();
    char said[4096];
    f.text[table] = text ? str_of(text) : (str){0};
    told(said, &f, false);
    if (!strstr(said, want))
        fail_msg("expected `%s` in:\n%s", want, said);
}

static const char *group_of(const scheme *s, const char *main, const char *other)
{
    static char drg[32];
    str list[] = {str_of(other)};
    casemix_case c;
    casemix_result r;
    casemix_case_clear(&c);
    c.sex = SEX_MALE;
    c.number[CASE_AGE] = 40;
    c.main_dx = str_of(main);
    c.other_dx = list;
    c.other_dx_count = list[0].n > 0;
    casemix_group(&r, &s->compiled, &c, (casemix_options){0});
    snprintf(drg, sizeof drg, "%.*s", STR_ARG(casemix_drg_code(&s->compiled, &r)));
    return drg;
}

static void a_small_scheme_groups(void **state)
{
    (void)state;
    scheme_files f = small();
    scheme s;
    char *memory;
    compile(&s, &f, true, &memory);
    assert_int_equal(s.error_count, 0);
    assert_string_equal(group_of(&s, "A", ""), "M1A9");
    assert_string_equal(group_of(&s, "A", "B"), "M1A1");
    assert_string_equal(group_of(&s, "B", ""), "0000");
    free(memory);
}

static void mistakes_are_told_with_file_and_line(void **state)
{
    (void)state;
    tells(TABLE_MDC, NULL, "mdc.csv: the file is missing");
    tells(TABLE_MDC, "", "mdc.csv:1: the file is empty");
    tells(TABLE_MDC, "priority,mdc,name\n", "mdc.csv:1: the column `rule` is missing");
    tells(TABLE_MDC, "priority,mdc,rule\nx,M1,MD\n",
          "mdc.csv:2: the priority of `M1` is not a whole");
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MD\n1,M2,MD\n",
          "mdc.csv:3: `M2` has the priority of");
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MD\n2,M1,MD\n", "mdc.csv:3: `M1` stands here twice");
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MD\n2,\xff,MD\n", "mdc.csv:3: not UTF-8");
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MD\n2,M\"2,MD\n", "mdc.csv:3: quotes stand where");
    tells(TABLE_MDC_DX, "mdc,icd10\nM1,A\nM2,B\n", "mdc_diagnosis.csv:3: there is no MDC `M2`");
    tells(TABLE_MDC_DX, "mdc,icd10\nM1,\n", "mdc_diagnosis.csv:2: a code has 1 to 24 bytes");
    tells(TABLE_MDC_DX, "mdc,icd10\nM1,1234567890123456789012345\n", "a code has 1 to 24 bytes");
    tells(TABLE_ADRG, "priority,adrg,mdc,rule\n1,M1A,M9,MD\n", "adrg.csv:2: `M1A` belongs to `M9`");
    tells(TABLE_ADRG_DX, "adrg,icd10\nM1B,A\n", "adrg_diagnosis.csv:2: there is no ADRG `M1B`");
    tells(TABLE_ADRG_DX, "adrg,icd10,list\nM1A,A,10\n", "`10` is no list");
    tells(TABLE_ADRG_PROCEDURE, "adrg,slot,icd9cm3\nM1A,0,A\n", "adrg_procedure.csv:2: `0` is no");
    tells(TABLE_DRG, "drg,adrg,priority,condition\nM1A9,M1B,1,ALWAYS\n",
          "drg.csv:2: `M1A9` belongs");
    tells(TABLE_DX_MAP, "source_icd10,grouper_icd10\nX,A\nX,B\n", "icd10_map.csv:3: `X` is mapped");
    tells(TABLE_WEIGHT, "region,year,drg,rw\nr,2025,M1A9,1\nr,2025,Z,1\n",
          "drg_weight.csv:3: there");
    tells(TABLE_WEIGHT, "region,year,drg,rw\nr,2025,M1A9,-1\n", "weight of `M1A9` is not a number");
    tells(TABLE_WEIGHT, "region,year,drg,rw,level\nr,2025,M1A9,1,10\n", "is not 1 to 9");
    tells(TABLE_WEIGHT, "region,year,drg,rw,price\nr,2025,M1A9,1,x\n", "not an amount in yuan");
}

static void rules_that_cannot_be_read_say_why(void **state)
{
    (void)state;
    static const char *const rules[][2] = {
        {"", "there is no term ``"},
        {"md", "there is no term ``"},
        {"MX", "there is no term `MX`"},
        {"MD&", "there is no term ``"},
        {"MD MD", "`MD` is left over"},
        {"(MD", "a closing parenthesis is missing"},
        {"MD)", "`)` is left over"},
        {"((((( MD)))))", "parentheses are nested too deeply"},
        {"MP0", "lists are numbered 1 to 9"},
        {"MP12", "lists are numbered 1 to 9"},
        {"SEX3", "SEX1 is male, SEX2 is female"},
        {"MV1", "`MV` takes no number"},
        {"AGE>", "`AGE` needs a comparison"},
        {"AGE=>3", "`AGE` needs a comparison"},
        {"W<9999999", "`W` needs a comparison"},
        {"!LOS>3", "turn the comparison around"},
        {"MCC", "`MCC` is for drg.csv"},
        {"(MP1|MP2|MP3|MP4)&(MP1|MP2|MP3|MP4)&(MP1|MP2|MP3|MP4)&(MP1|MP2)",
         "more than 64 alternatives"},
        {"MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD&MD", "more than 16 terms"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rules); i++) {
        char table[400];
        snprintf(table, sizeof table, "priority,adrg,mdc,rule\n1,M1A,M1,\"%s\"\n", rules[i][0]);
        tells(TABLE_ADRG, table, rules[i][1]);
    }
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MP1\n", "an MDC has no list for `MP`");
    tells(TABLE_MDC, "priority,mdc,rule\n1,M1,MD2\n", "an MDC has no list for `MD`");
}

/* & binds tighter than |; ! turns one term around. */
static void rules_mean_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *with_b, *without_b;
    } rules[] = {
        {"MD&OD2|MD", "M1A1", "M1A9"},
        {"OD2&MD | SEX2&MD", "M1A1", "0000"},
        {"MD&!OD2", "0000", "M1A9"},
        {"MD&(OD2|SEX2)", "M1A1", "0000"},
        {"(MD&(SEX2|(OD2)))", "M1A1", "0000"},
        {"ALWAYS", "M1A1", "M1A9"},
        {"MD&AGE=40&AGE>39&AGE<=40&AGE40", "M1A1", "M1A9"},
        {"MD&AGE<40", "0000", "0000"},
        {"NP&NV&!MV&!AV", "M1A1", "M1A9"},
        {"MD&DEATH|DAYSURGERY", "0000", "0000"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rules); i++) {
        scheme_files f = small();
        char table[200], *memory;
        scheme s;
        snprintf(table, sizeof table, "priority,adrg,mdc,rule\n1,M1A,M1,%s\n", rules[i].rule);
        f.text[TABLE_ADRG] = str_of(table);
        f.text[TABLE_ADRG_DX] = S("adrg,icd10,list\nM1A,A,1\nM1A,B,2\n");
        compile(&s, &f, false, &memory);
        assert_int_equal(s.error_count, 0);
        assert_string_equal(group_of(&s, "A", "B"), rules[i].with_b);
        assert_string_equal(group_of(&s, "A", ""), rules[i].without_b);
        free(memory);
    }
}

/* More ADRGs in one MDC than a block has bits: the order stays that of the priorities. */
static void many_adrgs_of_one_mdc_keep_their_order(void **state)
{
    (void)state;
    static char adrg[40000], list[40000], drg[40000];
    int a = sprintf(adrg, "priority,adrg,mdc,rule\n"), l = sprintf(list, "adrg,icd10\n"),
        d = sprintf(drg, "drg,adrg,priority,condition\n");
    for (int i = 0; i < 200; i++) {
        a += sprintf(adrg + a, "%d,R%d,M1,MD\n", 200 - i, i);
        d += sprintf(drg + d, "D%d,R%d,1,ALWAYS\n", i, i);
        if (i % 3 == 0)
            l += sprintf(list + l, "R%d,A\n", i);
    }
    l += sprintf(list + l, "R7,B\n");
    scheme_files f = small();
    scheme s;
    char *memory;
    f.text[TABLE_ADRG] = str_of(adrg);
    f.text[TABLE_ADRG_DX] = str_of(list);
    f.text[TABLE_DRG] = str_of(drg);
    compile(&s, &f, true, &memory);
    assert_int_equal(s.error_count, 0);
    assert_int_equal(s.compiled.block_count, 4);
    assert_string_equal(group_of(&s, "A", ""), "D198"); /* the last row has the first priority */
    assert_string_equal(group_of(&s, "B", ""), "D7");
    free(memory);
}

static void lint_finds_what_is_unlikely_to_be_meant(void **state)
{
    (void)state;
    static const char *const want[] = {
        "mdc_diagnosis.csv:2: warning: 1 codes stand in several MDCs, the first that fits",
        "adrg_diagnosis.csv:4: warning: 1 diagnoses of `M1B` are taken by an ADRG before it: A",
        "adrg.csv:3: warning: `M1B` can never be reached",
        "adrg_diagnosis.csv:5: warning: 1 diagnoses of `M2A` are not in its MDC `M2`: Q",
        "adrg.csv:5: warning: the list of MP2 in `M2B` is empty",
        "adrg.csv:5: warning: `M2B` can never be reached",
        "drg.csv:4: warning: `M1A8` can never be reached: a group before it takes its cases",
        "drg.csv: warning: the ADRG `M2B` has no DRG",
        "drg.csv:6: warning: no DRG of `M2A` is for ALWAYS",
        "mdc.csv:4: warning: the MDC `M3` has no ADRG",
        "cc.csv:2: warning: 1 codes are in mcc.csv as well, where they count: B",
        "mdc_diagnosis.csv:5: warning: 1 codes are not in icd10.csv: b ",
        "mdc_diagnosis.csv:5: warning: 1 codes are not written as usual: b ",
        "adrg_diagnosis.csv:3: warning: 1 rows stand here twice: A",
        "drg_weight.csv: warning: 4 groups have no weight in r 2025: M1A9, M1A8, M1B9, M2A1",
    };
    scheme_files f = small();
    char said[4096];
    f.text[TABLE_MDC] = S("priority,mdc,rule\n1,M1,MD\n2,M2,MD\n3,M3,MD\n");
    f.text[TABLE_MDC_DX] = S("mdc,icd10\nM1,A\nM2,A\nM1,B\nM2,b \n");
    f.text[TABLE_ADRG] =
        S("priority,adrg,mdc,rule\n1,M1A,M1,MD\n2,M1B,M1,MD\n3,M2A,M2,MD\n4,M2B,M2,MD&MP2\n");
    f.text[TABLE_ADRG_DX] = S("adrg,icd10\nM1A,A\nM1A,A\nM1B,A\nM2A,Q\nM2A,b \nM2B,A\n");
    f.text[TABLE_DRG] = S("drg,adrg,priority,condition\nM1A1,M1A,1,MCC\nM1A9,M1A,2,ALWAYS\n"
                          "M1A8,M1A,3,CC\nM1B9,M1B,1,ALWAYS\nM2A1,M2A,1,MCC\n");
    f.text[TABLE_CC] = S("icd10,exclusion_group\nB,1\n");
    f.text[TABLE_DX] = S("icd10,name\nA,a\nB,b\nQ,q\n");
    f.text[TABLE_WEIGHT] = S("region,year,drg,rw\nr,2025,M1A1,1.5\n");
    told(said, &f, true);
    for (ptrdiff_t i = 0; i < COUNTOF(want); i++)
        if (!strstr(said, want[i]))
            fail_msg("`%s` is not in:\n%s", want[i], said);
    f = small();
    told(said, &f, true);
    assert_string_equal(said, ""); /* and nothing where all is well */
}

static void lint_of(const scheme_files *f, const char *const *want, const char *unwanted)
{
    char said[4096];
    told(said, f, true);
    for (; *want; want++)
        if (!strstr(said, *want))
            fail_msg("`%s` is not in:\n%s", *want, said);
    if (unwanted && strstr(said, unwanted))
        fail_msg("`%s` is in:\n%s", unwanted, said);
}

/* A diagnosis is wanted by `MD&MP1` as by `MD`; severities and lists of MDCs may be empty, too. */
static void lint_looks_into_longer_rules(void **state)
{
    (void)state;
    static const char *const want[] = {
        "adrg_diagnosis.csv:4: warning: 1 diagnoses of `M1B` are not in its MDC `M1`: Q",
        "adrg_diagnosis.csv:3: warning: 1 diagnoses of `M1B` are taken by an ADRG before it: A",
        "adrg.csv:3: warning: `M1B` can never be reached",
        "drg.csv:2: warning: `M1A1` can never be reached",
        "mdc.csv:3: warning: the list of `M2` is empty: it can never be reached",
        "drg_weight.csv: warning: 1 groups have several weights in r 2025: M1A9",
        NULL};
    static const char *const nothing[] = {NULL};
    scheme_files f = small();
    f.text[TABLE_MDC] = S("priority,mdc,rule\n1,M1,MD\n2,M2,MD&SEX1\n");
    f.text[TABLE_ADRG] = S("priority,adrg,mdc,rule\n1,M1A,M1,MD\n2,M1B,M1,MD&MP1\n");
    f.text[TABLE_ADRG_DX] = S("adrg,icd10\nM1A,A\nM1B,A\nM1B,Q\n");
    f.text[TABLE_ADRG_PROCEDURE] = S("adrg,icd9cm3\nM1B,P\n");
    f.text[TABLE_DRG] = S("drg,adrg,priority,condition\nM1A1,M1A,1,MCC\nM1A9,M1A,2,ALWAYS\n"
                          "M1B9,M1B,1,ALWAYS\n");
    f.text[TABLE_MCC] = (str){0};
    f.text[TABLE_WEIGHT] = S("region,year,drg,rw,level\nr,2025,M1A9,1,3\nr,2025,M1A9,2,3\n"
                             "r,2025,M1A9,1.5,\nr,2025,M1A1,2,\nr,2025,M1B9,1,\n");
    lint_of(&f, want, "no weight");
    f.text[TABLE_MDC] = S("priority,mdc,rule\n1,M1,ALWAYS\n"); /* it does not go by its list */
    lint_of(&f, nothing, "not in its MDC");
}

static void a_scheme_reads_itself_out(void **state)
{
    (void)state;
    scheme_files f = small();
    static char text[8192];
    char *memory;
    scheme s;
    f.text[TABLE_WEIGHT] = S("region,year,drg,rw\nr,2025,M1A1,1.5\n");
    compile(&s, &f, false, &memory);
    for (int zh = 0; zh < 2; zh++) {
        text_buffer t = {text, 0, sizeof text - 1, false};
        assert_true(scheme_explain(&t, &s.compiled, S("M1A1"), zh));
        text[t.n] = 0;
        assert_non_null(strstr(text, zh ? "权重 r 2025：1.5" : "weight r 2025: 1.5"));
        assert_non_null(strstr(text, zh ? "诊断表 1：A" : "diagnosis list 1: A"));
        t = (text_buffer){text, 0, sizeof text - 1, false};
        assert_true(scheme_explain(&t, &s.compiled, S(""), zh));
        assert_false(scheme_explain(&t, &s.compiled, S("Z"), zh));
    }
    free(memory);
}

/* Memory ends at every point: it jumps out, nothing crashes. */
static void memory_ends_anywhere(void **state)
{
    (void)state;
    scheme_files f = small();
    volatile int too_small = 0;
    for (volatile ptrdiff_t size = 0; size < 1 << 17; size += 640) {
        for (volatile int which = 0; which < 2; which++) {
            jmp_buf oom;
            arena a = unit_arena(which ? BYTES / 8 : size),
                  scratch = unit_arena(which ? size : BYTES / 8);
            char *memory = a.beg, *memory2 = scratch.beg;
            volatile bool done = false;
            a.oom = scratch.oom = &oom;
            if (setjmp(oom) == 0) {
                scheme s;
                scheme_compile(&s, &f, true, &a, scratch);
                assert_int_equal(s.error_count, 0);
                done = true;
            }
            too_small += !done;
            free(memory);
            free(memory2);
        }
    }
    assert_true(too_small > 20);
}

static void folders_that_cannot_be_read_are_trouble(void **state)
{
    (void)state;
    err e = {0};
    assert_null(scheme_load(S("/nowhere/at/all"), false, &e));
    assert_int_equal(e.code, ERR_IO);
    e = (err){0};
    scheme *s =
        scheme_load(S(GONGJI_ROOT "/packs/ningde"), false, &e); /* a folder without tables */
    assert_non_null(s);
    assert_true(s->error_count >= 5);
    scheme_free(s);
    s = scheme_load(S(GONGJI_ROOT "/packs/schemes/teaching"), true, &e);
    assert_non_null(s);
    assert_int_equal(s->error_count, 0);
    unit_str_equal(s->compiled.name, "教学分组方案（自编，不可用于结算）");
    scheme_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_scheme_groups),
        cmocka_unit_test(mistakes_are_told_with_file_and_line),
        cmocka_unit_test(rules_that_cannot_be_read_say_why),
        cmocka_unit_test(rules_mean_what_they_say),
        cmocka_unit_test(many_adrgs_of_one_mdc_keep_their_order),
        cmocka_unit_test(lint_finds_what_is_unlikely_to_be_meant),
        cmocka_unit_test(lint_looks_into_longer_rules),
        cmocka_unit_test(a_scheme_reads_itself_out),
        cmocka_unit_test(memory_ends_anywhere),
        cmocka_unit_test(folders_that_cannot_be_read_are_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
