/* One row at a time: what a form or a file may say, and what is kept of it, on both databases. */
#include "service/master/master.h"
#include "test/support/unit_office.h"

#include <pthread.h>

static const actor clerk = {.user_id = 7,
                            .login = {"data", 4},
                            .address = {"", 0},
                            .trace_id = {"t", 1},
                            .area_code = {"", 0}};

/* ---- pure ---- */

static void citizen_numbers_carry_their_check(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        bool right, male;
        int year;
    } numbers[] = {
        {"350902199003071238", true, true, 1990},
        {"35090219551224002X", true, false, 1955},
        {"350902199003071231", false, false, 0},
        {"35090219900230123X", false, false, 0},
        {"35090219551224002x", false, false, 0},
        {"350902900307123", false, false, 0},
        {"3509021990030712380", false, false, 0},
        {"35090219900307 238", false, false, 0},
        {"", false, false, 0},
    };
    for (int i = 0; i < COUNTOF(numbers); i++) {
        master_citizen c;
        assert_int_equal(master_id_no_read(&c, str_of(numbers[i].number)), numbers[i].right);
        if (!numbers[i].right)
            continue;
        assert_int_equal(c.male, numbers[i].male);
        assert_int_equal(day_civil(c.born).year, numbers[i].year);
    }
    /* any single wrong digit is found */
    char number[] = "350902199003071238";
    for (int at = 0; at < 18; at++) {
        for (int digit = '0'; digit <= '9'; digit++) {
            master_citizen c;
            char kept = number[at];
            number[at] = (char)digit;
            assert_int_equal(master_id_no_read(&c, str_of(number)), digit == kept);
            number[at] = kept;
        }
    }
}

static void initials_are_those_of_the_pinyin(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"阿莫西林胶囊", "AMXLJN"},
        {"重庆医科大学", "CQYKDX"},
        {"瘘管和窦道", "LGHDD"}, /* not in the first level of GB 2312 */
        {"维生素B12注射液(5ml)", "WSSB12ZSY5ML"},
        {"CT平扫", "CTPS"},
        {"", ""},
        {"——", ""},
    };
    for (int i = 0; i < COUNTOF(names); i++) {
        arena a = unit_arena(1 << 16);
        void *memory = a.beg;
        unit_str_equal(master_initials(str_of(names[i][0]), &a), names[i][1]);
        free(memory);
    }
}

static void days_are_read_as_spreadsheets_write_them(void **state)
{
    (void)state;
    static const char *const days[][2] = {
        {"2024-02-29", "2024-02-29"},
        {"2024/2/9", "2024-02-09"},
        {"2024.12.31", "2024-12-31"},
        {"20240229", "2024-02-29"},
        {"2024/02/9", "2024-02-09"},
        {"2023-02-29", NULL},
        {"2024-13-01", NULL},
        {"24-01-01", NULL},
        {"2024-1", NULL},
        {"2024--1-1", NULL},
        {"20240001", NULL},
        {"1/2/2024", NULL},
        {"2024-01-01 ", "2024-01-01"},
        {"2024-1-1-1", NULL},
        {"202401011", NULL},
        {"2024/123", NULL},
    };
    const master_kind *k = master_kind_of(MASTER_COVERS);
    int column = master_column_find(k, S("参保日期"));
    assert_int_equal(column, master_column_find(k, S("from_on")));
    for (int i = 0; i < COUNTOF(days); i++) {
        arena a = unit_arena(1 << 16);
        void *memory = a.beg;
        master_words words = {0};
        master_fault fault[MASTER_FAULTS_MAX];
        master_row row = {.given = UINT32_C(1) << column};
        row.cell[column] = str_of(days[i][0]);
        int count = master_check(&row, k, &words, fault, &a);
        bool bad = false;
        for (int n = 0; n < count; n++)
            bad = bad || (fault[n].column == column && fault[n].code == ERR_BAD_DATE);
        if (bad != (days[i][1] == NULL))
            fail_msg("%s", days[i][0]);
        if (!bad)
            unit_str_equal(row.cell[column], days[i][1]);
        free(memory);
    }
}

static void every_kind_is_found_by_its_name_and_headings_are_not_ambiguous(void **state)
{
    (void)state;
    for (int id = 1; id < MASTER__COUNT; id++) {
        const master_kind *k = master_kind_of((master_id)id);
        assert_ptr_equal(master_kind_named(str_of(k->name)), k);
        assert_true(k->column_count <= MASTER_COLUMNS_MAX);
        for (int i = 0; i < k->column_count; i++) {
            assert_int_equal(master_column_find(k, str_of(k->column[i].name)), i);
            const char *p = k->column[i].zh;
            while (*p) {
                ptrdiff_t n = (ptrdiff_t)strcspn(p, "|");
                assert_int_equal(master_column_find(k, ((str){p, n})), i);
                p += n + (p[n] == '|');
            }
        }
    }
    assert_null(master_kind_named(S("people")));
}

/* ---- kept ---- */

static void set(master_row *row, const master_kind *k, const char *name, const char *value)
{
    int column = master_column_find(k, str_of(name));
    assert_true(column >= 0);
    row->cell[column] = str_of(value);
    row->given |= UINT32_C(1) << column;
}

/* "column=value column=value" */
static err_code keep(unit_office *f, master_id id, master_mode mode, const char *text)
{
    char copy[500], *rest = NULL;
    master_row row = {0};
    master_form form = {.kind = master_kind_of(id), .mode = mode, .row = &row};
    snprintf(copy, sizeof copy, "%s", text);
    for (char *pair = strtok_r(copy, " ", &rest); pair; pair = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(pair, '=');
        *equals = 0;
        set(&row, form.kind, pair, equals + 1);
    }
    unit_office_again(f);
    return master_keep(&form, f->o, &clerk, &f->a, &f->e) ? ERR_OK : f->e.code;
}

static void items_and_terms_are_added_and_changed(void **state)
{
    unit_office *f = unit_office_of(state);
    assert_int_equal(keep(f, MASTER_AREAS, MASTER_ADD, "area_code=35 name=福建省"), ERR_OK);
    assert_int_equal(keep(f, MASTER_AREAS, MASTER_ADD, "area_code=350900 name=宁德市"), ERR_OK);
    assert_int_equal(
        keep(f, MASTER_ITEMS, MASTER_ADD, "item_code=X name=头孢克肟 kind=drug unit=盒"), ERR_OK);
    assert_int_equal(keep(f, MASTER_ITEMS, MASTER_ADD, "item_code=X name=头孢 kind=drug"),
                     ERR_EXISTS);
    assert_int_equal(keep(f, MASTER_ITEMS, MASTER_CHANGE, "item_code=X name=头孢拉定"), ERR_OK);
    assert_int_equal(keep(f, MASTER_ITEMS, MASTER_CHANGE, "item_code=Y name=头孢拉定"),
                     ERR_NOT_FOUND);
    assert_string_equal(unit_sql_text(f, "select name || initials || unit from item"),
                        "头孢拉定TBLD盒");
    static const char *const term = "area_code=350900 item_code=X from_on=2024-01-01 ";
    char text[300];
    snprintf(text, sizeof text, "%sitem_class=B pay_first=15%% until_on=2024-12-31", term);
    assert_int_equal(keep(f, MASTER_TERMS, MASTER_ADD, text), ERR_OK);
    assert_int_equal(keep(f, MASTER_TERMS, MASTER_ADD,
                          "area_code=350900 item_code=X from_on=2024-12-31 item_class=A"),
                     ERR_OVERLAP);
    assert_int_equal(keep(f, MASTER_TERMS, MASTER_ADD,
                          "area_code=350900 item_code=X from_on=2025-01-01 item_class=A"),
                     ERR_OK);
    assert_int_equal(keep(f, MASTER_TERMS, MASTER_ADD,
                          "area_code=350900 item_code=Z from_on=2025-01-01 item_class=A"),
                     ERR_UNKNOWN_REFERENCE);
    snprintf(text, sizeof text, "%slimit=12.5", term);
    assert_int_equal(keep(f, MASTER_TERMS, MASTER_CHANGE, text), ERR_OK);
    assert_int_equal(
        unit_sql_number(f, "select pay_first_e8 + limit_e4 from item_term where item_class = 'B'"),
        15000000 + 125000);
    assert_int_equal(unit_sql_number(f,
                                     "select count(*) from audit_log where action in ('term.add',"
                                     " 'term.change', 'item.add', 'item.change')"),
                     5);
}

typedef struct {
    unit_office *f;
    int number;
    err_code code;
} changer;

static void *change_main(void *arg)
{
    changer *c = arg;
    arena a = unit_arena(1 << 20);
    void *memory = a.beg;
    err e = {0};
    char from[32];
    master_row row = {0};
    master_form form = {.kind = master_kind_of(MASTER_COVERS),
                        .mode = MASTER_UPSERT,
                        .owner = unit_sql_number(c->f, "select person_id from person"),
                        .row = &row};
    snprintf(from, sizeof from, "2024-%02d-01", c->number + 1);
    set(&row, form.kind, "scheme", "resident");
    set(&row, form.kind, "from_on", from);
    (void)!master_keep(&form, c->f->o, &clerk, &a, &e);
    c->code = e.code;
    free(memory);
    return NULL;
}

/* Each thread would open a cover without end: one may. */
static void of_covers_made_at_once_only_one_is_kept(void **state)
{
    unit_office *f = unit_office_of(state);
    changer c[6];
    pthread_t thread[COUNTOF(c)];
    int kept = 0;
    assert_int_equal(keep(f, MASTER_AREAS, MASTER_ADD, "area_code=35 name=福建省"), ERR_OK);
    assert_int_equal(
        keep(f, MASTER_PERSONS, MASTER_ADD, "area_code=350000 id_no=350902199003071238 name=王某"),
        ERR_OK);
    for (int i = 0; i < COUNTOF(c); i++)
        c[i] = (changer){f, i, ERR_OK};
    for (int i = 0; i < COUNTOF(c); i++) {
        unit_office *own = malloc(sizeof *own); /* an arena of its own for the look-up */
        *own = *f;
        own->memory = malloc(UNIT_OFFICE_BYTES);
        c[i].f = own;
        assert_int_equal(pthread_create(&thread[i], NULL, change_main, &c[i]), 0);
    }
    for (int i = 0; i < COUNTOF(c); i++) {
        pthread_join(thread[i], NULL);
        kept += c[i].code == ERR_OK;
        if (c[i].code != ERR_OK)
            assert_int_equal(c[i].code, ERR_OVERLAP);
        free(c[i].f->memory);
        free(c[i].f);
    }
    assert_int_equal(kept, 1);
    assert_int_equal(unit_sql_number(f, "select count(*) from person_cover"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(citizen_numbers_carry_their_check),
        cmocka_unit_test(initials_are_those_of_the_pinyin),
        cmocka_unit_test(days_are_read_as_spreadsheets_write_them),
        cmocka_unit_test(every_kind_is_found_by_its_name_and_headings_are_not_ambiguous),
        UNIT_ON_BOTH(items_and_terms_are_added_and_changed),
        UNIT_ON_BOTH(of_covers_made_at_once_only_one_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
