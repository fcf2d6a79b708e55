/* Files of every kind, on both databases. */
#include "service/import/import.h"
#include "test/support/unit_office.h"

static const actor clerk = {.user_id = 7,
                            .login = {"data", 4},
                            .address = {"", 0},
                            .trace_id = {"t", 1},
                            .area_code = {"", 0}};

static import_result
load_mapped(unit_office *f, master_id kind, const char *text, const char *columns, bool dry_run)
{
    import_request q = {.kind = master_kind_of(kind),
                        .who = &clerk,
                        .area_code = S("350900"),
                        .columns = str_of(columns),
                        .dry_run = dry_run};
    import_result r;
    unit_office_again(f);
    if (!import_run(&r, f->o, &q, str_of(text), &f->e))
        fail_msg("%s %s %s", err_name(f->e.code), f->e.field, f->e.msg);
    return r;
}

static import_result load(unit_office *f, master_id kind, const char *text)
{
    return load_mapped(f, kind, text, "", false);
}

static void counts(import_result *r, int64_t added, int64_t changed, int64_t same, int64_t wrong)
{
    for (int i = 0; i < r->fault_count && r->wrong != wrong; i++)
        print_message("line %" PRId64 " %s: %s (%s)\n", r->fault[i].line, r->fault[i].column,
                      err_name(r->fault[i].code), r->fault[i].expected);
    assert_int_equal(r->added, added);
    assert_int_equal(r->changed, changed);
    assert_int_equal(r->unchanged, same);
    assert_int_equal(r->wrong, wrong);
    assert_int_equal(r->rows, added + changed + same + wrong);
}

static void loaded(unit_office *f, master_id kind, const char *text, int64_t added)
{
    import_result r = load(f, kind, text);
    counts(&r, added, 0, 0, 0);
    import_result_free(&r);
}

static void fault_is(const import_result *r, int i, int64_t line, const char *column, err_code code)
{
    assert_true(i < r->fault_count);
    if (r->fault[i].line != line || strcmp(r->fault[i].column, column) != 0 ||
        r->fault[i].code != code)
        fail_msg("fault %d: line %" PRId64 " %s %s (%s)", i, r->fault[i].line, r->fault[i].column,
                 err_name(r->fault[i].code), r->fault[i].expected);
}

#define AREAS                                                                                      \
    "行政区划代码,名称,政策包\n35,福建省,\n3509,宁德市,ningde\n350902,蕉城区,\n350981,福安市,\n"
#define PERSONS                                                                                    \
    "身份证号,姓名,area_code,电话,户号\n"                                                \
    "350902199003071238,王小明,350902,13800000000,1001\n"                                       \
    "35090219551224002X,陈秀英,350902,,1001\n"

/* ---- the way of all kinds ---- */

static void every_kind_loads_and_the_second_time_nothing_changes(void **state)
{
    unit_office *f = unit_office_of(state);
    static const struct {
        master_id kind;
        const char *text;
        int64_t rows;
    } files[] = {
        {MASTER_AREAS, AREAS, 4},
        {MASTER_PROVIDERS,
         "机构编码,机构名称,area_code,机构类别,机构等级\nH1,宁德一院,350902,医院,三级\n"
         "Y1,仁心大药房,350902,药店,\n",
         2},
        {MASTER_AGREEMENTS,
         "provider_code,from_on,until_on,state\nH1,2024/1/1,2024/12/31,signed\n"
         "H1,2025-01-01,,中止\n",
         2},
        {MASTER_ITEMS,
         "item_code,name,kind,unit\nXA01,阿莫西林胶囊,药品,盒\nS1,CT检查,service,次\n", 2},
        {MASTER_TERMS,
         "item_code,from_on,item_class,pay_first,limit,price,scheme\nXA01,20240101,乙类,10%,12.5,"
         "15,"
         "\nS1,2024-01-01,A,,,200.0000,居民\n",
         2},
        {MASTER_DISEASES, "icd_code,name\nI10.x00,原发性高血压\n", 1},
        {MASTER_PERSONS, PERSONS, 2},
        {MASTER_COVERS,
         "id_no,scheme,status,from_on,until_on,group,insured_months\n"
         "350902199003071238,职工,在职,2020-01-01,2023-12-31,,48\n"
         "350902199003071238,resident,居民,2024-01-01,,adult,\n"
         "35090219551224002X,resident,resident,2020-01-01,,,\n",
         3},
        {MASTER_FLAGS,
         "id_no,kind,value,from_on,note\n35090219551224002X,category,最低生活保障对象,2024-01-01,"
         "民政\n"
         "35090219551224002X,病种,hypertension,2024-01-01,\n",
         2},
    };
    for (int i = 0; i < COUNTOF(files); i++) {
        import_result r = load_mapped(f, files[i].kind, files[i].text, "", true);
        counts(&r, files[i].rows, 0, 0, 0);
        loaded(f, files[i].kind, files[i].text, files[i].rows);
        r = load(f, files[i].kind, files[i].text);
        counts(&r, 0, 0, files[i].rows, 0);
    }
    assert_int_equal(unit_sql_number(f, "select count(*) from person"), 2);
    assert_string_equal(unit_sql_text(f, "select initials || sex || birth_on from person where name"
                                         " = '王小明'"),
                        "WXMmale1990-03-07");
    assert_string_equal(unit_sql_text(f, "select parent_code from area where area_code = '350902'"),
                        "350900");
    assert_string_equal(
        unit_sql_text(f, "select facts from person_cover where scheme = 'employee'"),
        "{\"insured_months\":48}");
    assert_string_equal(unit_sql_text(f, "select value from person_flag where kind = 'category'"),
                        "dibao");
    assert_int_equal(
        unit_sql_number(f, "select pay_first_e8 from item_term where item_class = 'B'"), 10000000);
    assert_int_equal(unit_sql_number(f, "select limit_e4 from item_term where item_class = 'B'"),
                     125000);
    assert_int_equal(unit_sql_number(f, "select count(*) from audit_log where action = 'import'"),
                     2 * COUNTOF(files));
    int64_t lines;
    unit_office_again(f);
    assert_true(store_audit_verify(f->s, &lines, &(store_audit_break){0}, &f->a, &f->e));
}

static void a_changed_row_is_updated_and_only_what_it_says(void **state)
{
    unit_office *f = unit_office_of(state);
    loaded(f, MASTER_AREAS, AREAS, 4);
    loaded(f, MASTER_PERSONS, PERSONS, 2);
    import_result r = load(f, MASTER_PERSONS,
                           "id_no,name,area_code\n350902199003071238,王晓明,350902\n"
                           "35090219551224002X,陈秀英,350902\n");
    counts(&r, 0, 1, 1, 0);
    assert_string_equal(
        unit_sql_text(f, "select phone from person where name = '王晓明' and initials = 'WXM'"),
        "13800000000");
    r = load_mapped(f, MASTER_PERSONS, "id_no,name,area_code\n35090219551224002X,陈英,350902\n", "",
                    true);
    counts(&r, 0, 1, 0, 0);
    assert_int_equal(unit_sql_number(f, "select count(*) from person where name = '陈英'"), 0);
}

static void the_cache_of_the_office_learns_of_it(void **state)
{
    unit_office *f = unit_office_of(state);
    office_term t;
    loaded(f, MASTER_AREAS, AREAS, 4);
    unit_office_again(f);
    assert_true(office_term_on(&t, f->o, S("350902"), S("resident"), S("XA01"), S("2024-06-01"),
                               &f->a, &f->e));
    assert_false(t.known);
    loaded(f, MASTER_ITEMS, "item_code,name,kind\nXA01,阿莫西林胶囊,drug\n", 1);
    loaded(f, MASTER_TERMS, "item_code,from_on,item_class\nXA01,2024-01-01,B\n", 1);
    unit_office_again(f);
    assert_true(office_term_on(&t, f->o, S("350902"), S("resident"), S("XA01"), S("2024-06-01"),
                               &f->a, &f->e));
    assert_true(t.has_term);
    unit_str_equal(t.item_class, "B");
}

/* ---- what is wrong ---- */

static void each_wrong_row_is_told_and_the_others_are_kept(void **state)
{
    unit_office *f = unit_office_of(state);
    loaded(f, MASTER_AREAS, AREAS, 4);
    import_result r = load(f, MASTER_PERSONS,
                           "id_no,name,area_code,sex,birth_on\n"
                           "350902199003071238,王小明,350902,男,1990-03-07\n" /* right */
                           "350902199003071231,王小明,350902,,\n"             /* check digit */
                           "35090219551224002X,陈秀英,350902,男,1955-12-24\n" /* sex */
                           "35090219551224002X,陈秀英,350902,女,1955-12-25\n" /* birth */
                           "35090219551224002X,,350902,女,\n"                 /* no name */
                           "35090219551224002X,陈秀英,350999,女,1955-12-24\n" /* no such area */
                           "35090219551224002X,陈秀英,350902,女,1955-02-30\n" /* no such day */
                           "35090219551224002X,陈秀英,350902,女人,\n"         /* no such word */
                           "350902199003071238,王小明,350902,,\n"             /* again */
                           "\"a,b\"x,y\n"                                     /* quotes */
                           "35090219551224002x,陈秀英,350902,,1955/12/24\n"); /* right */
    counts(&r, 2, 0, 0, 9);
    static const struct {
        int64_t line;
        const char *column;
        err_code code;
    } want[] = {
        {3, "id_no", ERR_BAD_ID_NO},
        {4, "sex", ERR_ID_MISMATCH},
        {5, "birth_on", ERR_ID_MISMATCH},
        {6, "name", ERR_MISSING_FIELD},
        {7, "area_code", ERR_UNKNOWN_REFERENCE},
        {8, "birth_on", ERR_BAD_DATE},
        {9, "sex", ERR_UNKNOWN_WORD},
        {10, "", ERR_DUPLICATE_ROW},
        {11, "", ERR_BAD_CSV},
    };
    assert_int_equal(r.fault_count, COUNTOF(want));
    for (int i = 0; i < COUNTOF(want); i++)
        fault_is(&r, i, want[i].line, want[i].column, want[i].code);
    assert_string_equal(r.fault[1].expected, "female, as the citizen number says");
    assert_string_equal(r.fault[6].expected, "male female");
    assert_int_equal(unit_sql_number(f, "select count(*) from person"), 2);
    import_result_free(&r);
}

static void periods_of_one_scheme_must_not_overlap(void **state)
{
    unit_office *f = unit_office_of(state);
    loaded(f, MASTER_AREAS, AREAS, 4);
    loaded(f, MASTER_PERSONS, PERSONS, 2);
    loaded(f, MASTER_COVERS,
           "id_no,scheme,from_on,until_on\n350902199003071238,resident,2024-01-01,\n", 1);
    const char *text =
        "id_no,scheme,from_on,until_on\n"
        "350902199003071238,employee,2024-07-01,\n"           /* two basic schemes at once */
        "350902199003071238,maternity,2024-07-01,\n"          /* another thing */
        "350902199003071238,resident,2024-01-01,2024-12-31\n" /* ends the old one */
        "350902199003071238,employee,2025-01-01,\n"           /* now there is room */
        "35090219551224002X,resident,2024-01-01,2024-12-31\n"
        "35090219551224002X,resident,2024-12-31,\n"           /* one day too many */
        "35090219551224002X,resident,2023-01-01,2022-01-01\n" /* ends before it begins */
        "35090219551224002X,gold,2023-01-01,\n"
        "350902199003071107,resident,2024-01-01,\n";
    for (int dry = 1; dry >= 0; dry--) {
        import_result r = load_mapped(f, MASTER_COVERS, text, "", dry);
        counts(&r, 3, 1, 0, 5);
        fault_is(&r, 0, 2, "from_on", ERR_OVERLAP);
        fault_is(&r, 1, 7, "from_on", ERR_OVERLAP);
        fault_is(&r, 2, 8, "until_on", ERR_BAD_DATE);
        fault_is(&r, 3, 9, "scheme", ERR_UNKNOWN_WORD);
        fault_is(&r, 4, 10, "id_no", ERR_UNKNOWN_REFERENCE);
        assert_non_null(strstr(r.fault[3].expected, "employee"));
        import_result_free(&r);
    }
    assert_int_equal(unit_sql_number(f, "select count(*) from person_cover"), 4);
}

static void a_heading_that_is_not_known_stops_the_file(void **state)
{
    unit_office *f = unit_office_of(state);
    static const struct {
        const char *text, *columns;
        err_code code;
        const char *field;
    } files[] = {
        {"", "", ERR_BAD_CSV, ""},
        {"id_no,nam\n", "", ERR_UNKNOWN_FIELD, "nam"},
        {"id_no,name,姓名\n", "", ERR_DUPLICATE_FIELD, "姓名"},
        {"id_no\n", "", ERR_MISSING_FIELD, "name"},
        {"a,b\n", "id_no=a,name=c", ERR_UNKNOWN_FIELD, "c"},
        {"a,b\n", "id_no=a,nam=b", ERR_UNKNOWN_FIELD, "nam"},
        {"a,b\n", "id_no=a,name:=x{b", ERR_BAD_VALUE, "{b"},
        {"a,b\n", "id_no=a,id_no=b", ERR_DUPLICATE_FIELD, "id_no"},
        {"\"a\n", "", ERR_BAD_CSV, ""},
        {"\xff\xff\n", "", ERR_BAD_UTF8, ""},
    };
    for (int i = 0; i < COUNTOF(files); i++) {
        import_request q = {.kind = master_kind_of(MASTER_PERSONS),
                            .who = &clerk,
                            .area_code = S("350900"),
                            .columns = str_of(files[i].columns)};
        import_result r;
        unit_office_again(f);
        assert_false(import_run(&r, f->o, &q, str_of(files[i].text), &f->e));
        assert_int_equal(f->e.code, files[i].code);
        assert_string_equal(f->e.field, files[i].field);
    }
}

/* ---- encodings, mappings ---- */

static void what_excel_in_china_saves_is_read(void **state)
{
    unit_office *f = unit_office_of(state);
    /* 编码,疾病名称 / I10,原发性高血压 in GBK */
    static const char gbk[] = "\xb1\xe0\xc2\xeb,\xbc\xb2\xb2\xa1\xc3\xfb\xb3\xc6\r\n"
                              "I10,\xd4\xad\xb7\xa2\xd0\xd4\xb8\xdf\xd1\xaa\xd1\xb9\r\n";
    loaded(f, MASTER_DISEASES, gbk, 1);
    assert_string_equal(unit_sql_text(f, "select name || initials from disease"),
                        "原发性高血压YFXGXY");
    import_result r =
        load(f, MASTER_DISEASES,
             "\xEF\xBB\xBFicd_code,name\r\nI10,原发性高血压\r\n\r\nI11,\"高血压,心脏病\"\r\n");
    counts(&r, 1, 0, 1, 0);
}

static void columns_are_taken_from_where_the_mapping_says(void **state)
{
    unit_office *f = unit_office_of(state);
    import_result r = load_mapped(
        f, MASTER_ITEMS, "id,药名,其他\n7,阿莫西林,x\n8,头孢,y\n",
        "# made for a test\nitem_code:=GX-{id}\nname=药名, kind:=drug, maker:={hash:药名}", false);
    counts(&r, 2, 0, 0, 0);
    assert_string_equal(unit_sql_text(f, "select name || kind from item where item_code = 'GX-7'"),
                        "阿莫西林drug");
    assert_int_equal(unit_sql_number(f, "select count(distinct maker) from item"), 2);
    assert_int_equal(unit_sql_number(f, "select max(length(maker)) from item"), 8);
}

/* ---- many rows ---- */

static void a_file_of_many_pieces_goes_on_where_it_was(void **state)
{
    unit_office *f = unit_office_of(state);
    static char text[400000];
    text_buffer t = {text, 0, sizeof text - 1, false};
    text_add(&t, S("icd_code,name\n"));
    for (int i = 0; i < 2600; i++)
        text_printf(&t, "D%d,病%d\n", i % 2599, i);
    ptrdiff_t half = 0;
    for (int lines = 0; lines < 1301; half++)
        lines += text[half] == '\n';
    char *part = strndup(text, (size_t)half);
    loaded(f, MASTER_DISEASES, part, 1300);
    free(part);
    for (int dry = 1; dry >= 0; dry--) {
        import_result r = load_mapped(f, MASTER_DISEASES, text, "", dry);
        counts(&r, 1299, 0, 1300, 1);
        fault_is(&r, 0, 2601, "", ERR_DUPLICATE_ROW);
        assert_string_equal(r.fault[0].expected, "another than line 2");
        import_result_free(&r);
    }
}

static void a_user_of_one_area_changes_nothing_elsewhere(void **state)
{
    unit_office *f = unit_office_of(state);
    loaded(f, MASTER_AREAS, AREAS "11,北京市\n1101,市辖区\n110101,东城区\n", 7);
    import_result self = load_mapped(f, MASTER_AREAS, "c,n,p\n441900,东莞市,4419\n44,广东省,\n",
                                     "area_code=c,name=n,parent_code=p", true);
    counts(&self, 1, 0, 0, 1); /* what lies above stands before */
    fault_is(&self, 0, 2, "parent_code", ERR_UNKNOWN_REFERENCE);
    import_result_free(&self);
    self = load_mapped(f, MASTER_AREAS, "c,n,p\n44,广东省,\n441900,东莞市,4419\n",
                       "area_code=c,name=n,parent_code=p", false);
    counts(&self, 2, 0, 0, 0);
    assert_string_equal(unit_sql_text(f, "select parent_code from area where area_code = '441900'"),
                        "440000");
    actor of_ningde = clerk;
    of_ningde.area_code = S("350900");
    import_request q = {.kind = master_kind_of(MASTER_PROVIDERS), .who = &of_ningde};
    import_result r;
    unit_office_again(f);
    assert_true(import_run(
        &r, f->o, &q, S("code,name,area_code,kind\nA,甲,350902,hospital\nB,乙,110101,hospital\n"),
        &f->e));
    counts(&r, 1, 0, 0, 1);
    fault_is(&r, 0, 3, "area_code", ERR_NO_RIGHT);
    import_result_free(&r);
    /* nor a provider of elsewhere by taking it over, nor the areas of others */
    loaded(f, MASTER_PROVIDERS, "code,name,area_code,kind\nB,乙,110101,hospital\n", 1);
    assert_true(
        import_run(&r, f->o, &q, S("code,name,area_code,kind\nB,乙,350902,hospital\n"), &f->e));
    counts(&r, 0, 0, 0, 1);
    fault_is(&r, 0, 2, "", ERR_NO_RIGHT);
    import_result_free(&r);
    q.kind = master_kind_of(MASTER_AREAS);
    assert_true(import_run(&r, f->o, &q,
                           S("area_code,name\n350981,福安\n110101,东城\n350000,福建\n"), &f->e));
    counts(&r, 0, 1, 0, 2);
    fault_is(&r, 1, 4, "area_code", ERR_NO_RIGHT);
    import_result_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_ON_BOTH(every_kind_loads_and_the_second_time_nothing_changes),
        UNIT_ON_BOTH(a_changed_row_is_updated_and_only_what_it_says),
        UNIT_ON_BOTH(the_cache_of_the_office_learns_of_it),
        UNIT_ON_BOTH(each_wrong_row_is_told_and_the_others_are_kept),
        UNIT_ON_BOTH(periods_of_one_scheme_must_not_overlap),
        UNIT_ON_BOTH(a_heading_that_is_not_known_stops_the_file),
        UNIT_ON_BOTH(what_excel_in_china_saves_is_read),
        UNIT_ON_BOTH(columns_are_taken_from_where_the_mapping_says),
        UNIT_ON_BOTH(a_file_of_many_pieces_goes_on_where_it_was),
        UNIT_ON_BOTH(a_user_of_one_area_changes_nothing_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
