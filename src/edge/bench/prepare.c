/* A database of made-up people, hospitals and items; row n is the same on every machine. */
#include "base/day.h"
#include "edge/bench/bench_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define AREA          "350900"
#define FROM_ON       "2024-01-01"
#define ROWS_AT_ONCE  2000 /* of persons or settlements, to a commit */
#define PERSON_BASE   INT64_C(100000000000)
#define PROVIDER_BASE 1000
#define COUNTIES      8
#define BIRTHDAYS     29000 /* 80 years */

static const struct {
    const char *code, *name;
} counties[COUNTIES] = {{"350902", "蕉城区"}, {"350921", "霞浦县"}, {"350922", "古田县"},
                        {"350923", "屏南县"}, {"350924", "寿宁县"}, {"350925", "周宁县"},
                        {"350981", "福安市"}, {"350982", "福鼎市"}};

typedef struct {
    const char *zh, *initial;
} syllable;

static const syllable families[] = {
    {"陈", "C"}, {"林", "L"}, {"黄", "H"}, {"张", "Z"}, {"吴", "W"}, {"李", "L"}, {"郑", "Z"},
    {"王", "W"}, {"刘", "L"}, {"苏", "S"}, {"杨", "Y"}, {"叶", "Y"}, {"谢", "X"}, {"周", "Z"},
    {"许", "X"}, {"缪", "M"}, {"阮", "R"}, {"钟", "Z"}, {"蓝", "L"}, {"雷", "L"}};
static const syllable given[] = {{"秀", "X"}, {"英", "Y"}, {"明", "M"}, {"建", "J"}, {"国", "G"},
                                 {"华", "H"}, {"芳", "F"}, {"伟", "W"}, {"丽", "L"}, {"志", "Z"},
                                 {"平", "P"}, {"强", "Q"}, {"玉", "Y"}, {"兰", "L"}, {"春", "C"},
                                 {"海", "H"}, {"文", "W"}, {"雪", "X"}, {"金", "J"}, {"生", "S"},
                                 {"永", "Y"}, {"福", "F"}, {"清", "Q"}, {"宁", "N"}};

typedef struct {
    const bench_fill *fill;
    int from, until; /* rows of this job */
} chunk;

static int64_t moment_of(int n) /* over a month, rising */
{
    return INT64_C(1725148800000) + (int64_t)n * 900;
}

/* ---- areas, providers, items ---- */

static void put_text_row(store_job *job, store_sql sql, const char *const *text, int count)
{
    store_value row[12];
    assert(count <= COUNTOF(row));
    for (int i = 0; i < count; i++)
        row[i] = STORE_T(str_of(text[i]));
    store_put(job, sql, row, count);
}

static bool areas_work(store_job *job, void *arg, arena *a, err *e)
{
    const char *const province[] = {"350000", "福建省", "province", "", ""};
    const char *const city[] = {AREA, "宁德市", "city", "350000", "ningde"};
    (void)arg, (void)a, (void)e;
    put_text_row(job, SQL_AREA_ADD, province, COUNTOF(province));
    put_text_row(job, SQL_AREA_ADD, city, COUNTOF(city));
    for (int i = 0; i < COUNTIES; i++) {
        const char *const county[] = {counties[i].code, counties[i].name, "county", AREA, ""};
        put_text_row(job, SQL_AREA_ADD, county, COUNTOF(county));
    }
    return true;
}

static bool providers_work(store_job *job, void *arg, arena *a, err *e)
{
    static const char *const level[] = {"l1", "l1", "l2", "l2", "l3"};
    const chunk *c = arg;
    (void)e;
    for (int i = c->from; i < c->until; i++) {
        const store_value row[] = {
            STORE_N(PROVIDER_BASE + i),
            STORE_T(arena_printf(a, "H3509%07d", i)),
            STORE_T(arena_printf(a, "%s第%d医院", counties[i % COUNTIES].name, i / COUNTIES + 1)),
            STORE_T(S("DYY")),
            STORE_T(str_of(counties[i % COUNTIES].code)),
            STORE_T(S("hospital")),
            STORE_T(str_of(level[i % COUNTOF(level)])),
            STORE_T(S("")),
            STORE_T(S("")),
            STORE_T(S(""))};
        const store_value agreement[] = {row[0], STORE_T(S(FROM_ON)), STORE_T(S("")),
                                         STORE_T(S("signed")), STORE_T(arena_printf(a, "A%d", i))};
        store_put(job, SQL_PROVIDER_ADD, row, COUNTOF(row));
        store_put(job, SQL_AGREEMENT_ADD, agreement, COUNTOF(agreement));
    }
    return true;
}

static bool items_work(store_job *job, void *arg, arena *a, err *e)
{
    static const char *const class[] = {"A", "A", "B", "A", "B", "A", "C", "A"};
    static const char *const kind[] = {"drug", "service", "drug", "material"};
    const chunk *c = arg;
    (void)e;
    for (int i = c->from; i < c->until; i++) {
        str code = arena_printf(a, "X%07d", i);
        bool is_b = class[i % COUNTOF(class)][0] == 'B';
        const store_value row[] = {STORE_T(code),    STORE_T(arena_printf(a, "项目%d", i)),
                                   STORE_T(S("XM")), STORE_T(str_of(kind[i % COUNTOF(kind)])),
                                   STORE_T(S("")),   STORE_T(S("次")),
                                   STORE_T(S("")),   STORE_T(S("")),
                                   STORE_N(i + 1)};
        const store_value term[] = {STORE_T(S(AREA)),
                                    row[0],
                                    STORE_T(S("")),
                                    STORE_T(S(FROM_ON)),
                                    STORE_T(S("")),
                                    STORE_T(str_of(class[i % COUNTOF(class)])),
                                    STORE_N(is_b ? 10000000 : -1),
                                    STORE_N(-1),
                                    STORE_N(-1),
                                    STORE_N(i + 1)};
        store_put(job, SQL_ITEM_ADD, row, COUNTOF(row));
        store_put(job, SQL_TERM_ADD, term, COUNTOF(term));
    }
    return true;
}

/* ---- persons ---- */

/* The last digit of a certificate number. */
static char check_digit(const char *digits)
{
    static const int weight[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (digits[i] - '0') * weight[i];
    return "10X98765432"[sum % 11];
}

static void person_put(store_job *job, int i, arena *a)
{
    uint64_t seed = (uint64_t)i, r = bench_random(&seed);
    const syllable *f = &families[r % COUNTOF(families)], *g = &given[(r >> 8) % COUNTOF(given)],
                   *h = &given[(r >> 16) % COUNTOF(given)];
    char born[DAY_TEXT_SIZE];
    day birth;
    bool known = day_parse(&birth, S("1940-01-01"));
    assert(known);
    birth.number += i / COUNTIES % BIRTHDAYS;
    day_print(born, birth);
    str digits = arena_printf(a, "%s%.4s%.2s%.2s%03d", counties[i % COUNTIES].code, born, born + 5,
                              born + 8, i / (COUNTIES * BIRTHDAYS));
    const store_value row[] = {
        STORE_N(PERSON_BASE + i),
        STORE_T(str_of(counties[i % COUNTIES].code)),
        STORE_T(S("01")),
        STORE_T(arena_printf(a, "%.17s%c", digits.p, check_digit(digits.p))),
        STORE_T(arena_printf(a, "%s%s%s", f->zh, g->zh, r >> 24 & 3 ? h->zh : "")),
        STORE_T(arena_printf(a, "%s%s%s", f->initial, g->initial, r >> 24 & 3 ? h->initial : "")),
        STORE_T(r >> 30 & 1 ? S("male") : S("female")),
        STORE_T(arena_str(a, str_of(born))),
        STORE_T(S("")),
        STORE_N(0),
        STORE_T(S("")),
        STORE_T(S("")),
        STORE_N(moment_of(0))};
    const store_value cover[] = {
        row[0],         STORE_T(S("resident")), STORE_T(S("resident")), STORE_T(S(FROM_ON)),
        STORE_T(S("")), STORE_T(S(""))};
    const store_value flag[] = {
        row[0],         STORE_T(S("category")), STORE_T(S("dibao")), STORE_T(S(FROM_ON)),
        STORE_T(S("")), STORE_T(S(""))};
    store_put(job, SQL_PERSON_ADD, row, COUNTOF(row));
    store_put(job, SQL_COVER_ADD, cover, COUNTOF(cover));
    if ((r >> 40 & 15) == 0)
        store_put(job, SQL_FLAG_ADD, flag, COUNTOF(flag));
}

static bool persons_work(store_job *job, void *arg, arena *a, err *e)
{
    const chunk *c = arg;
    (void)e;
    for (int i = c->from; i < c->until; i++)
        person_put(job, i, a);
    return true;
}

/* ---- settlements, for lists to show ---- */

static void settlement_row_put(store_job *job, const chunk *c, int i, arena *a)
{
    uint64_t seed = (uint64_t)i * 7 + 1, r = bench_random(&seed);
    int person = (int)(r % (unsigned)c->fill->persons);
    int64_t id = PERSON_BASE * 100 + i, total = 1000 + (int64_t)(r >> 32 & 0xFFFFF);
    int64_t fund = total * 6 / 10, at = moment_of(i);
    const store_value p = STORE_N(PERSON_BASE + person), n = STORE_N(id),
                      v = STORE_N(PROVIDER_BASE + (int64_t)(r >> 8) % c->fill->providers),
                      none = STORE_T(S("")), zero = STORE_N(0), on = STORE_T(S("2024-09-01"));
    str no = arena_printf(a, "B%09d", i);
    str text = arena_printf(a, "{\"bill\":\"%.*s\",\"note\":\"%0600d\"}", STR_ARG(no), i);
    const store_value visit[] = {p, n, v, STORE_T(no), STORE_T(S("inpatient")), on, on, none};
    const store_value bill[] = {p,
                                n,
                                n,
                                STORE_T(no),
                                v,
                                STORE_T(S("counter")),
                                on,
                                zero,
                                STORE_N(total),
                                STORE_T(text),
                                STORE_N(at),
                                STORE_N(-1)};
    const store_value row[] = {p,
                               n,
                               zero,
                               n,
                               v,
                               STORE_T(str_of(counties[person % COUNTIES].code)),
                               STORE_T(S("settle")),
                               STORE_T(S("settled")),
                               zero,
                               zero,
                               STORE_T(S("counter")),
                               STORE_T(S("resident")),
                               STORE_T(S("inpatient")),
                               STORE_N(2024),
                               on,
                               STORE_N(at),
                               STORE_N(-1),
                               STORE_T(S("ningde")),
                               none,
                               STORE_T(S("resident")),
                               STORE_T(S(FROM_ON)),
                               STORE_N(total),
                               zero,
                               zero,
                               zero,
                               STORE_N(total),
                               STORE_N(fund),
                               zero,
                               STORE_N(total - fund),
                               zero,
                               STORE_N(total - fund),
                               STORE_T(text),
                               none,
                               none,
                               none};
    const store_value policy[] = {row[17], row[19], row[20]};
    if (i == 0)
        store_put(job, SQL_DESK_POLICY_USED_ADD, policy, COUNTOF(policy));
    store_put(job, SQL_DESK_VISIT_ADD, visit, COUNTOF(visit));
    store_put(job, SQL_DESK_BILL_ADD, bill, COUNTOF(bill));
    store_put(job, SQL_DESK_SETTLEMENT_ADD, row, COUNTOF(row));
}

static bool settlements_work(store_job *job, void *arg, arena *a, err *e)
{
    const chunk *c = arg;
    (void)e;
    for (int i = c->from; i < c->until; i++)
        settlement_row_put(job, c, i, a);
    return true;
}

/* ---- the whole ---- */

static bool fill_run(store *s,
                     const bench_fill *fill,
                     const char *what,
                     int count,
                     store_work *work,
                     arena *a,
                     err *e)
{
    for (int from = 0; from < count; from += ROWS_AT_ONCE) {
        chunk c = {fill, from, from + ROWS_AT_ONCE < count ? from + ROWS_AT_ONCE : count};
        arena once = *a;
        if (!store_write(s, 0, work, &c, &once, e))
            return false;
        if (fill->progress)
            fill->progress(what, c.until, count);
    }
    return true;
}

static bool is_empty(store_job *job, void *arg, arena *a, err *e)
{
    const store_value any = STORE_T(S(AREA));
    store_rows rows;
    (void)arg;
    if (!store_query(job, SQL_AREA_FIND, &any, 1, &rows, a, e))
        return false;
    return rows.row_count == 0 || FAIL(e, ERR_EXISTS, "the database is not empty");
}

bool bench_prepare(store *s, const bench_fill *fill, arena *a, err *e)
{
    const struct {
        const char *what;
        int count;
        store_work *work;
    } step[] = {{"areas", 1, areas_work},
                {"providers", fill->providers, providers_work},
                {"items", fill->items, items_work},
                {"persons", fill->persons, persons_work},
                {"settlements", fill->settlements, settlements_work}};
    if (!store_read(s, is_empty, NULL, a, e))
        return false;
    for (ptrdiff_t i = 0; i < COUNTOF(step); i++)
        if (!fill_run(s, fill, step[i].what, step[i].count, step[i].work, a, e))
            return false;
    return true;
}
