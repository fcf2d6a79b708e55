/* Each kind of rule on a line or two; then made-up cases against a slow second implementation. */
#include "engine/review/review.h"

#include "base/money.h"
#include "test/support/unit_review.h"

static const char rules_text[] = UNIT_RULES_HEAD UNIT_RULE(
    "sex", "sex", "items: [S1], only: female") UNIT_RULE("child",
                                                         "age",
                                                         "items: [A1], age: {max: 14}")
    UNIT_RULE("adult", "age", "items: [A2], age: {min: 18}") UNIT_RULE(
        "newborn", "age", "items: [A3], age: {min: 1, max: 28, in: days}")
        UNIT_RULE("dx", "diagnosis", "items: [D1], diagnoses: [C50, C16]") UNIT_RULE(
            "contra", "contraindication", "items: [D2], diagnoses: [N18]")
            UNIT_RULE("level", "level", "items: [L1], levels: [l2, l3]") UNIT_RULE(
                "way", "setting", "items: [W1], only: [inpatient]") UNIT_RULE("stop",
                                                                              "stopped",
                                                                              "items: [XA10*]")
                UNIT_RULE("price", "price", "items: [P1], max: 10.00") UNIT_RULE(
                    "listed", "price", "items: [\"*\"], max: catalogue")
                    UNIT_RULE("qty", "quantity", "items: [group g], days: 7, max: 3") UNIT_RULE(
                        "supply", "supply", "items: [M1], per_day: 2, max: 30")
                        UNIT_RULE("repeat", "repeat", "items: [R*], days: 28") UNIT_RULE(
                            "pair", "exclusive", "items: [E1], others: [E2, E3], days: 0")
                            UNIT_RULE("class", "exclusive", "items: [F*], days: 2") UNIT_RULE(
                                "dxsex", "diagnosis_sex", "diagnoses: [O], only: female")
                                UNIT_RULE("overlap", "overlap", "stages: [before, during]")
                                    UNIT_RULE(
                                        "again", "readmission", "days: 15, same_diagnosis: yes")
                                        UNIT_RULE(
                                            "early",
                                            "stopped",
                                            "items: [T1], stages: [before], settings: [outpatient]")
                                            UNIT_RULE(
                                                "dated",
                                                "stopped",
                                                "items: [T2], from: 2026-02-01, until: 2026-02-28");

#define BYTES ((ptrdiff_t)8 << 20)

static struct {
    char *memory;
    review_pack pack;
    const review_rules *rules;
} fixed;

static int rules_open(void **state)
{
    (void)state;
    arena a = unit_arena(BYTES);
    fixed.memory = a.beg;
    unit_review_read(&fixed.pack, rules_text, &a);
    fixed.rules = fixed.pack.version_count == 1 ? &fixed.pack.version[0] : NULL;
    for (int i = 0; i < fixed.pack.problem_count; i++)
        print_message("%.*s\n", STR_ARG(fixed.pack.problem[i].message));
    return fixed.pack.problem_count != 0;
}

static int rules_close(void **state)
{
    (void)state;
    free(fixed.memory);
    return 0;
}

/* ---- what one case gives ---- */

typedef struct {
    review_case c;
    review_line line[16];
    review_stay stay[4];
    str dx[8];
} trial;

static day d(int month, int of_month)
{
    return day_of(2026, month, of_month);
}

static void trial_begin(trial *t)
{
    *t = (trial){0};
    t->c = (review_case){.stage = REVIEW_BEFORE,
                         .setting = REVIEW_OUTPATIENT,
                         .sex = REVIEW_MALE,
                         .born = day_of(1976, 5, 1),
                         .on = d(6, 10),
                         .until = {DAY_NONE},
                         .level = S("l1"),
                         .dx = t->dx,
                         .line = t->line,
                         .stay = t->stay};
}

static review_line *add(trial *t, const char *code, int day_of_june, int64_t quantity)
{
    review_line *l = &t->line[t->c.line_count++];
    *l = (review_line){.code = str_of(code),
                       .on = d(6, day_of_june).number,
                       .quantity_e4 = quantity * 10000,
                       .unit_price_e4 = 100000,
                       .limit_e4 = -1,
                       .amount_fen = quantity * 1000};
    return l;
}

static void dx(trial *t, const char *code)
{
    t->dx[t->c.dx_count++] = str_of(code);
}

/* "sex:1 qty:3": rules and lines from 1, 0 = the visit. */
static void gives(const trial *t, const char *want)
{
    char text[512];
    text_buffer out = {text, 0, sizeof text - 1, false};
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    const review_finding *f;
    int32_t count;
    review_check(&f, &count, fixed.rules, &t->c, &a);
    for (int32_t i = 0; i < count; i++)
        text_printf(&out, "%s%.*s:%d", i ? " " : "", STR_ARG(fixed.rules->rule[f[i].rule].id),
                    (int)f[i].line + 1);
    text[out.n] = 0;
    assert_string_equal(text, want);
    free(memory);
}

static void line_and_visit_decide(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "S1", 10, 1);
    add(&t, "A1", 10, 1);
    add(&t, "A2", 10, 1);
    add(&t, "A3", 10, 1);
    add(&t, "D1", 10, 1);
    add(&t, "D2", 10, 1);
    add(&t, "L1", 10, 1);
    add(&t, "W1", 10, 1);
    add(&t, "XA10BAE046", 10, 1);
    add(&t, "XA1", 10, 1);
    dx(&t, "N18.900");
    gives(&t, "sex:1 child:2 newborn:4 dx:5 contra:6 level:7 way:8 stop:9");
    t.c.sex = REVIEW_FEMALE;
    t.c.born = d(6, 1);
    t.c.level = S("l2");
    t.c.setting = REVIEW_INPATIENT;
    t.dx[0] = S("C50.900");
    gives(&t, "adult:3 stop:9");
}

static void what_is_not_known_finds_nothing(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "S1", 10, 1);
    add(&t, "A1", 10, 1);
    add(&t, "D1", 10, 1);
    add(&t, "L1", 10, 1);
    add(&t, "W1", 10, 1);
    add(&t, "P1", 10, 1)->unit_price_e4 = -1;
    t.c.sex = REVIEW_SEX_UNKNOWN;
    t.c.born.number = DAY_NONE;
    t.c.level = S("");
    t.c.setting = 0;
    gives(&t, "");
    add(&t, "XA10", 10, 0); /* nothing was given */
    add(&t, "XA10", 10, -1);
    gives(&t, "");
}

static void prices_have_a_limit(void **state)
{
    (void)state;
    trial t;
    const review_finding *f;
    int32_t count;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    trial_begin(&t);
    add(&t, "P1", 10, 3)->unit_price_e4 = 100000;
    add(&t, "P1", 10, 3)->unit_price_e4 = 105050;
    add(&t, "anything", 10, 1)->limit_e4 = 99999;
    add(&t, "anything", 10, 1)->limit_e4 = 100000;
    gives(&t, "price:2 listed:3");
    review_check(&f, &count, fixed.rules, &t.c, &a);
    assert_int_equal(f[0].amount_fen, 152); /* 3 x 0.505 yuan, half up */
    assert_int_equal(f[0].value, 105050);
    assert_int_equal(f[0].limit, 100000);
    free(memory);
}

static void quantities_add_up_over_days(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "G1", 3, 2)->past = true; /* seven days before the 10th: forgotten by then */
    add(&t, "G2", 4, 2)->past = true;
    add(&t, "G1", 10, 1);
    add(&t, "G1", 10, 1);
    add(&t, "G2", 11, 2);
    gives(&t, "qty:4 qty:5"); /* 2 + 1 + 1; then the 4th is forgotten: 1 + 1 + 2 */
    t.line[3].quantity_e4 = 0;
    gives(&t, "");
}

static void supply_is_used_up(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "M1", 1, 60)->past = true; /* thirty days */
    add(&t, "M1", 10, 18);             /* 42 left + 18 */
    gives(&t, "");
    t.line[1].quantity_e4 += 1;
    gives(&t, "supply:2");
    t.line[1].on = d(7, 20).number; /* all used up by then */
    t.line[1].quantity_e4 = 600000;
    gives(&t, "");
}

static void pairs_look_at_what_came_before(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "R1", 1, 1)->past = true;
    add(&t, "R2", 10, 1);
    add(&t, "R1", 10, 1);
    add(&t, "E1", 10, 1);
    add(&t, "E3", 10, 1);
    add(&t, "E2", 11, 1);
    add(&t, "F1", 10, 1);
    add(&t, "F1", 11, 1);
    add(&t, "F2", 12, 1);
    add(&t, "F3", 15, 1);
    gives(&t, "repeat:3 pair:5 class:9");
    t.line[0].on = d(5, 12).number; /* 29 days */
    gives(&t, "pair:5 class:9");
    t.line[0].on = d(5, 13).number;
    gives(&t, "repeat:3 pair:5 class:9");
}

static void the_visit_is_looked_at(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    dx(&t, "J18.9");
    dx(&t, "O80.0");
    t.stay[0] = (review_stay){d(6, 8), d(6, 12), false, S("")};
    t.c.stay_count = 1;
    gives(&t, "dxsex:0 overlap:0");
    t.stay[0].until = d(6, 10); /* the day of discharge is no clash */
    t.dx[1] = S("J20");
    gives(&t, "");
    t.stay[0].until.number = DAY_NONE;
    gives(&t, "overlap:0");
    t.c.setting = REVIEW_INPATIENT;
    t.c.until = d(6, 20);
    t.stay[0] = (review_stay){d(5, 1), d(5, 26), true, S("J18.0")};
    gives(&t, "again:0");
    t.stay[0].until = d(5, 25); /* sixteen days */
    gives(&t, "");
    t.stay[0] = (review_stay){d(5, 1), d(6, 1), true, S("K35")};
    gives(&t, "");
    t.stay[0] = (review_stay){d(5, 1), d(6, 1), false, S("J18")};
    gives(&t, "");
}

static void stage_place_and_day_decide(void **state)
{
    (void)state;
    trial t;
    trial_begin(&t);
    add(&t, "T1", 10, 1);
    add(&t, "T2", 10, 1)->on = d(2, 28).number;
    add(&t, "T2", 10, 1);
    gives(&t, "early:1 dated:2");
    t.c.stage = REVIEW_DURING;
    gives(&t, "dated:2");
    t.c.stage = REVIEW_BEFORE;
    t.c.setting = REVIEW_PHARMACY;
    gives(&t, "dated:2");
}

static void findings_explain_themselves(void **state)
{
    (void)state;
    static const char *const want[] = {
        "限女性使用，患者为男性",
        "患者 50 岁，应不大于 14 岁",
        "诊断 N18.9 均不在限定范围 C50、C16",
        "诊断 N18.9 时不宜使用",
        "限机构级别 l2、l3，本机构为 l1",
        "限住院使用，本次为门诊",
        "不予支付",
        "单价 10.50，最多 10.00 元",
        "7 天内共 4，最多 3",
        "手中药量可用 31.5 天，最多 30 天",
        "2026-06-09已有同一项目，间隔 1 天，28 天内不得重复",
        "2026-06-10 的 E1 心电图 与本项目不得在同一天收取",
        "住院 2026-06-01 至 今",
    };
    trial t;
    const review_finding *f;
    int32_t count;
    arena a = unit_arena(1 << 20);
    char *memory = a.beg;
    trial_begin(&t);
    dx(&t, "N18.9");
    add(&t, "S1", 10, 1);
    add(&t, "A1", 10, 1);
    add(&t, "D1", 10, 1);
    add(&t, "D2", 10, 1);
    add(&t, "L1", 10, 1);
    add(&t, "W1", 10, 1);
    add(&t, "XA10", 10, 1);
    add(&t, "P1", 10, 1)->unit_price_e4 = 105000;
    add(&t, "G1", 10, 4);
    add(&t, "M1", 10, 63);
    add(&t, "R1", 9, 1)->past = true;
    add(&t, "R1", 10, 1);
    add(&t, "E1", 10, 1)->name = S("心电图");
    add(&t, "E2", 10, 1);
    t.stay[0] = (review_stay){d(6, 1), {DAY_NONE}, false, S("")};
    t.c.stay_count = 1;
    review_check(&f, &count, fixed.rules, &t.c, &a);
    assert_int_equal(count, COUNTOF(want));
    for (int32_t i = 0; i < count; i++)
        for (int chinese = 0; chinese < 2; chinese++) {
            char text[300], value[100], limit[100];
            text_buffer out = {text, 0, sizeof text, false};
            text_buffer v = {value, 0, sizeof value, false}, l = {limit, 0, sizeof limit, false};
            review_sentence(&out, fixed.rules, &t.c, &f[i], chinese);
            review_value(&v, fixed.rules, &t.c, &f[i]);
            review_limit(&l, fixed.rules, &t.c, &f[i]);
            assert_true(out.n > 0);
            if (chinese)
                unit_str_equal((str){text, out.n}, want[i]);
        }
    free(memory);
}

/* ---- the slow second implementation: each rule asks each line ---- */

static bool watches(const review_rule *rule, int side, str code)
{
    const review_rules *r = fixed.rules;
    for (int32_t i = 0; i < r->watch_count; i++) {
        const review_watch *w = &r->watch[i];
        str begin = w->prefix && code.n > w->code.n ? (str){code.p, w->code.n} : code;
        if (&r->rule[w->rule] == rule && w->side == side && str_eq(begin, w->code))
            return true;
    }
    return false;
}

static bool before(const review_case *c, int32_t x, int32_t y)
{
    const review_line *l = c->line;
    if (l[x].on != l[y].on)
        return l[x].on < l[y].on;
    return l[x].past != l[y].past ? l[x].past : x < y;
}

static bool quantity_slow(const review_case *c, const review_rule *r, int32_t line)
{
    int64_t sum = c->line[line].quantity_e4;
    for (int32_t i = 0; i < c->line_count; i++)
        if (before(c, i, line) && watches(r, 0, c->line[i].code) &&
            c->line[i].on > c->line[line].on - r->days)
            sum += c->line[i].quantity_e4;
    return sum > r->max_e4;
}

/* Day by day from the first line on. */
static bool supply_slow(const review_case *c, const review_rule *r, int32_t line)
{
    int64_t stock = 0;
    for (int32_t on = d(1, 1).number; on <= c->line[line].on; on++) {
        stock = max_i64(stock - r->per_day_e4, 0);
        for (int32_t i = 0; i < c->line_count; i++)
            if (c->line[i].on == on && (before(c, i, line) || i == line) &&
                watches(r, 0, c->line[i].code))
                stock += c->line[i].quantity_e4;
    }
    return stock * 10000 > r->max_e4 * r->per_day_e4;
}

static bool pair_slow(const review_case *c, const review_rule *r, int32_t line)
{
    for (int32_t i = 0; i < c->line_count; i++) {
        if (!before(c, i, line) || c->line[line].on - c->line[i].on > r->days)
            continue;
        bool same = str_eq(c->line[i].code, c->line[line].code);
        for (int side = 0; side < 2; side++) {
            int other = r->kind == REVIEW_REPEAT || !r->two_sides ? side : 1 - side;
            if (watches(r, side, c->line[line].code) && watches(r, other, c->line[i].code) &&
                same == (r->kind == REVIEW_REPEAT))
                return true;
        }
    }
    return false;
}

static bool line_slow(const review_case *c, const review_rule *r, int32_t line)
{
    const review_line *l = &c->line[line];
    bool in_force = (r->from.number == DAY_NONE || r->from.number <= l->on) &&
                    (r->until.number == DAY_NONE || l->on <= r->until.number);
    if (l->past || !in_force || !(watches(r, 0, l->code) || watches(r, 1, l->code)) ||
        !(r->stages & c->stage) || !(r->settings & c->setting))
        return false;
    int age = age_on(c->born, (day){l->on}), days = l->on - c->born.number;
    bool some = false;
    for (int32_t i = 0; i < c->dx_count; i++)
        for (int32_t k = 0; k < r->diagnosis.count; k++) {
            str begin = fixed.rules->word[r->diagnosis.from + k];
            some |= c->dx[i].n >= begin.n && memcmp(c->dx[i].p, begin.p, (size_t)begin.n) == 0;
        }
    switch ((review_kind)r->kind) {
    case REVIEW_SEX:
        return c->sex != r->sex;
    case REVIEW_AGE:
        return r->age_in_days ? days < r->age_min || days > r->age_max
                              : age < r->age_min || age > r->age_max;
    case REVIEW_DIAGNOSIS:
        return c->dx_count && !some;
    case REVIEW_CONTRAINDICATION:
        return some;
    case REVIEW_LEVEL:
        return !str_eq(c->level, S("l2")) && !str_eq(c->level, S("l3"));
    case REVIEW_SETTING:
        return !(r->only & c->setting);
    case REVIEW_PRICE:
        return r->max_e4 == REVIEW_NO_LIMIT ? l->limit_e4 >= 0 && l->unit_price_e4 > l->limit_e4
                                            : l->unit_price_e4 > r->max_e4;
    case REVIEW_QUANTITY:
        return quantity_slow(c, r, line);
    case REVIEW_SUPPLY:
        return supply_slow(c, r, line);
    case REVIEW_REPEAT:
    case REVIEW_EXCLUSIVE:
        return pair_slow(c, r, line);
    default:
        return r->kind == REVIEW_STOPPED;
    }
}

/* ---- made-up cases ---- */

#define LINES 40

typedef struct {
    review_case c;
    review_line line[LINES];
    str dx[3];
} invented;

static void invent(invented *v, uint64_t *seed)
{
    static const char *const codes[] = {"S1",    "A1", "A2", "A3", "D1", "D2",   "L1", "W1",
                                        "XA10Z", "P1", "G1", "G2", "M1", "R1",   "R2", "E1",
                                        "E2",    "E3", "F1", "F2", "F3", "none", "T1", "T2"};
    static const char *const diagnoses[] = {"C50.1", "N18", "O80", "I10.x00", "C1"};
    static const char *const levels[] = {"l1", "l2", "l3"};
    int kinds = (int)unit_below(seed, COUNTOF(codes)) + 1;
    *v = (invented){0};
    v->c = (review_case){.stage = (uint8_t)(1 + unit_below(seed, 2)),
                         .setting = (uint8_t)(1 << unit_below(seed, 3)),
                         .sex = (uint8_t)(1 + unit_below(seed, 2)),
                         .born = day_add_months(d(6, 1), -(int)unit_below(seed, 900)),
                         .on = d(6, 10),
                         .until = {DAY_NONE},
                         .level = str_of(levels[unit_below(seed, 3)]),
                         .dx = v->dx,
                         .dx_count = (int32_t)unit_below(seed, 4),
                         .line = v->line,
                         .line_count = 1 + (int32_t)unit_below(seed, LINES)};
    for (int i = 0; i < v->c.dx_count; i++)
        v->dx[i] = str_of(diagnoses[unit_below(seed, COUNTOF(diagnoses))]);
    for (int i = 0; i < v->c.line_count; i++)
        v->line[i] = (review_line){.code = str_of(codes[unit_below(seed, kinds)]),
                                   .on = d(6, 1).number + (int32_t)unit_below(seed, 40),
                                   .quantity_e4 = 5000 * (1 + unit_below(seed, 6)) *
                                                  (unit_below(seed, 8) ? 1 : 15),
                                   .unit_price_e4 = 90000 + unit_below(seed, 3) * 10000,
                                   .limit_e4 = unit_below(seed, 3) ? -1 : 100000,
                                   .amount_fen = unit_below(seed, 100000),
                                   .past = unit_below(seed, 4) == 0};
}

static bool has(const review_finding *f, int32_t count, int32_t rule, int32_t line)
{
    for (int32_t i = 0; i < count; i++)
        if (f[i].rule == rule && f[i].line == line)
            return true;
    return false;
}

static void every_line_is_checked_by_every_rule(void **state)
{
    (void)state;
    uint64_t seed = 3101;
    int64_t found = 0;
    for (int n = 0; n < 3000; n++) {
        invented v;
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        const review_finding *f;
        int32_t count;
        invent(&v, &seed);
        review_check(&f, &count, fixed.rules, &v.c, &a);
        for (int32_t r = 0; r < fixed.rules->rule_count; r++)
            for (int32_t l = 0; l < v.c.line_count; l++) {
                bool want = !review_kind_of_visit((review_kind)fixed.rules->rule[r].kind) &&
                            line_slow(&v.c, &fixed.rules->rule[r], l);
                if (has(f, count, r, l) != want)
                    fail_msg("case %d, rule %.*s, line %d (%.*s): expected %s", n,
                             STR_ARG(fixed.rules->rule[r].id), (int)l, STR_ARG(v.line[l].code),
                             want ? "a finding" : "none");
            }
        for (int32_t i = 0; i < count; i++) {
            assert_true(f[i].amount_fen >= 0);
            assert_true(i == 0 || f[i].line < 0 || f[i - 1].line <= f[i].line);
            assert_true(f[i].line < 0 || !v.line[f[i].line].past);
        }
        found += count;
        free(memory);
    }
    assert_true(found > 5000);
}

static void a_line_more_takes_no_finding_away(void **state)
{
    (void)state;
    uint64_t seed = 3102;
    for (int n = 0; n < 3000; n++) {
        invented v, more;
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        const review_finding *f, *g;
        int32_t count, after;
        invent(&v, &seed);
        more = v;
        more.c.line = more.line;
        more.c.dx = more.dx;
        /* one of the lines is taken out of the first case */
        int32_t out = (int32_t)unit_below(&seed, v.c.line_count);
        v.line[out].quantity_e4 = 0;
        review_check(&f, &count, fixed.rules, &v.c, &a);
        review_check(&g, &after, fixed.rules, &more.c, &a);
        for (int32_t i = 0; i < count; i++)
            if (!has(g, after, f[i].rule, f[i].line))
                fail_msg("case %d: with line %d the finding %.*s of line %d went away", n, (int)out,
                         STR_ARG(fixed.rules->rule[f[i].rule].id), (int)f[i].line);
        free(memory);
    }
}

/* What is too much of a day is shared out among the lines without a rest. */
static void the_excess_is_shared_out(void **state)
{
    (void)state;
    uint64_t seed = 3103;
    for (int n = 0; n < 500; n++) {
        trial t;
        const review_finding *f;
        int32_t count;
        int64_t sum = 0, said = 0;
        arena a = unit_arena(1 << 20);
        char *memory = a.beg;
        trial_begin(&t);
        for (int i = 0; i < 6; i++) {
            int64_t quantity = 1 + unit_below(&seed, 4);
            add(&t, "G1", 10, quantity);
            sum += quantity;
        }
        review_check(&f, &count, fixed.rules, &t.c, &a);
        for (int32_t i = 0; i < count; i++)
            said += f[i].amount_fen;
        assert_int_equal(said, 1000 * max_i64(sum - 3, 0));
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_and_visit_decide),
        cmocka_unit_test(what_is_not_known_finds_nothing),
        cmocka_unit_test(prices_have_a_limit),
        cmocka_unit_test(quantities_add_up_over_days),
        cmocka_unit_test(supply_is_used_up),
        cmocka_unit_test(pairs_look_at_what_came_before),
        cmocka_unit_test(the_visit_is_looked_at),
        cmocka_unit_test(stage_place_and_day_decide),
        cmocka_unit_test(findings_explain_themselves),
        cmocka_unit_test(every_line_is_checked_by_every_rule),
        cmocka_unit_test(a_line_more_takes_no_finding_away),
        cmocka_unit_test(the_excess_is_shared_out),
    };
    return cmocka_run_group_tests(tests, rules_open, rules_close);
}
