#include "service/cases/cases.h"

#include "base/money.h"

enum {
    FIELD_NONE = 0,
    FIELD_ID,
    FIELD_SEX,
    FIELD_MAIN,
    FIELD_OTHER,
    FIELD_PROCEDURES,
    FIELD_DISCHARGE,
    FIELD_DAY_SURGERY,
    FIELD_NUMBER,                                   /* + casemix_number */
    FIELD_STAY = FIELD_NUMBER + CASE_NUMBER__COUNT, /* from here: of DIP */
    FIELD_COST = FIELD_STAY,
    FIELD_ADMITTED,
    FIELD_DISCHARGED,
    FIELD_BORN,
    FIELD_YEAR,
    FIELD_LEVEL,
    FIELD_PERSON,
    FIELD_DEATH,
    FIELD_RECURRENT,
    FIELD__COUNT
};

static_assert(FIELD__COUNT <= 32, "one bit for each");

/* The second name is that of the settlement list's exports. */
static const struct {
    const char *name;
    int field;
} fields[] = {
    {"case_id", FIELD_ID},
    {"sex", FIELD_SEX},
    {"main_dx", FIELD_MAIN},
    {"other_dx", FIELD_OTHER},
    {"procedures", FIELD_PROCEDURES},
    {"discharge_status", FIELD_DISCHARGE},
    {"leave_type", FIELD_DISCHARGE},
    {"day_surgery", FIELD_DAY_SURGERY},
    {"age", FIELD_NUMBER + CASE_AGE},
    {"age_days", FIELD_NUMBER + CASE_AGE_DAYS},
    {"birth_weight", FIELD_NUMBER + CASE_WEIGHT},
    {"birth_weight_g", FIELD_NUMBER + CASE_WEIGHT},
    {"los", FIELD_NUMBER + CASE_STAY},
    {"los_days", FIELD_NUMBER + CASE_STAY},
    {"icu_hours", FIELD_NUMBER + CASE_ICU},
    {"ventilation_hours", FIELD_NUMBER + CASE_VENTILATION},
    {"total_cost", FIELD_COST},
    {"admit_date", FIELD_ADMITTED},
    {"discharge_date", FIELD_DISCHARGED},
    {"birth_date", FIELD_BORN},
    {"year", FIELD_YEAR},
    {"provider_level", FIELD_LEVEL},
    {"person_id", FIELD_PERSON},
    {"death", FIELD_DEATH},
    {"recurrent", FIELD_RECURRENT},
};

static const int64_t number_max[CASE_NUMBER__COUNT] = {200, 80000, 20000, 40000, 900000, 900000};

static int field_of(str name)
{
    for (ptrdiff_t i = 0; i < COUNTOF(fields); i++)
        if (str_eq(name, str_of(fields[i].name)))
            return fields[i].field;
    return FIELD_NONE;
}

/* ---- the header ---- */

static bool has(const case_columns *c, int field)
{
    for (int i = 0; i < c->count; i++)
        if (c->field[i] == field)
            return true;
    return false;
}

static bool column_fails(err *e, err_code code, const char *name, const char *why)
{
    FAIL(e, code, "%s", why);
    err_field(e, str_of(name));
    e->input_line = 1;
    return false;
}

static bool columns_read(case_columns *out, const str *names, int count, bool dip, arena *a, err *e)
{
    *out = (case_columns){0};
    if (count > CASE_COLUMNS_MAX)
        return column_fails(e, ERR_BAD_CSV, "", "too many columns");
    for (int i = 0; i < count; i++) {
        int field = field_of(names[i]);
        if (field >= FIELD_STAY && field != FIELD_LEVEL && !dip)
            field = FIELD_NONE;
        out->name[i] = arena_str(a, names[i]);
        if (field && has(out, field))
            return column_fails(e, ERR_DUPLICATE_FIELD, out->name[i].p, "the column stands twice");
        out->field[i] = (uint8_t)field;
        out->count = i + 1;
    }
    return true;
}

static bool columns_need(const case_columns *c, bool sex, err *e)
{
    static const int needed[] = {FIELD_ID, FIELD_MAIN, FIELD_SEX};
    static const char *const needed_names[] = {"case_id", "main_dx", "sex"};
    for (ptrdiff_t i = 0; i < COUNTOF(needed) - !sex; i++)
        if (!has(c, needed[i]))
            return column_fails(e, ERR_MISSING_FIELD, needed_names[i], "the column is missing");
    return true;
}

bool case_columns_read_dip(case_columns *out, const str *names, int count, arena *a, err *e)
{
    return columns_read(out, names, count, true, a, e) && columns_need(out, false, e);
}

bool case_columns_read(case_columns *out, const str *names, int count, arena *a, err *e)
{
    if (!columns_read(out, names, count, false, a, e) || !columns_need(out, true, e))
        return false;
    if (!has(out, FIELD_NUMBER + CASE_AGE) && !has(out, FIELD_NUMBER + CASE_AGE_DAYS))
        return column_fails(e, ERR_MISSING_FIELD, "age", "neither age nor age_days is there");
    return true;
}

bool case_columns_pass(case_columns *columns, str names, err *e)
{
    if (str_eq(names, S("all"))) {
        for (int i = 0; i < columns->count; i++)
            if (!columns->field[i])
                columns->pass[columns->pass_count++] = i;
        return true;
    }
    while (names.n > 0) {
        const char *comma = memchr(names.p, ',', (size_t)names.n);
        str name = {names.p, comma ? comma - names.p : names.n};
        int found = -1;
        for (int i = 0; i < columns->count; i++)
            if (str_eq(columns->name[i], name))
                found = i;
        if (found < 0 || columns->pass_count == CASE_COLUMNS_MAX) {
            FAIL(e, ERR_UNKNOWN_FIELD, "the file has no such column");
            err_field(e, name);
            return false;
        }
        columns->pass[columns->pass_count++] = found;
        names = comma ? (str){comma + 1, names.n - name.n - 1} : (str){0};
    }
    return true;
}

/* ---- values ---- */

static str trim(str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static void wrong(casemix_case *c, casemix_reason reason)
{
    if (!c->wrong)
        c->wrong = (uint8_t)reason;
}

/* The two classes of GB/T 2261.1 that are neither: 0 unknown, 9 not stated. */
static void sex_set(casemix_case *c, str s)
{
    static const struct {
        const char *said;
        int sex;
    } words[] = {{"1", SEX_MALE},   {"2", SEX_FEMALE}, {"男", SEX_MALE}, {"女", SEX_FEMALE},
                 {"", SEX_MISSING}, {"0", SEX_OTHER},  {"9", SEX_OTHER}};
    s = trim(s);
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++) {
        if (str_eq(s, str_of(words[i].said))) {
            c->sex = (uint8_t)words[i].sex;
            return;
        }
    }
    wrong(c, REASON_BAD_SEX);
}

static void number_set(casemix_case *c, int number, str s)
{
    int64_t value;
    s = trim(s);
    if (s.n == 0)
        return;
    if (decimal_parse(&value, s, 0, number_max[number]))
        c->number[number] = (int32_t)value;
    else
        wrong(c, REASON_BAD_NUMBER);
}

static bool is_yes(str s)
{
    return str_eq(s, S("1")) || str_eq(s, S("true")) || str_eq(s, S("yes")) || str_eq(s, S("是"));
}

static bool parts_codes(char c)
{
    return c == '|' || c == ';';
}

const str *case_codes(str text, int32_t *count, arena *a)
{
    ptrdiff_t parts = text.n > 0;
    for (ptrdiff_t i = 0; i < text.n; i++)
        parts += parts_codes(text.p[i]);
    *count = 0;
    if (parts == 0)
        return NULL;
    if (parts > CASE_CODES_MAX) {
        *count = CASE_CODES_MAX + 1;
        return NULL;
    }
    str *list = arena_new(a, str, parts);
    const char *from = text.p, *end = text.p + text.n;
    for (const char *p = from; p <= end; p++) {
        if (p < end && !parts_codes(*p))
            continue;
        list[(*count)++] = (str){from, p - from};
        from = p + 1;
    }
    return list;
}

static void list_set(casemix_case *c, int field, const str *list, int32_t count)
{
    if (count > CASE_CODES_MAX) {
        wrong(c, REASON_TOO_MANY_CODES);
        return;
    }
    if (field == FIELD_OTHER) {
        c->other_dx = list;
        c->other_dx_count = count;
    } else {
        c->procedure = list;
        c->procedure_count = count;
    }
}

static void day_set(case_stay *stay, int32_t *to, str s)
{
    day d;
    s = trim(s);
    if (s.n == 0)
        return;
    if (day_parse(&d, s))
        *to = d.number;
    else
        stay->wrong = true;
}

/* 3, 三级, 三级甲等. */
static void level_set(case_stay *stay, str s)
{
    static const char *const words[] = {"一", "二", "三"};
    s = trim(s);
    if (s.n == 0)
        return;
    if (*s.p >= '1' && *s.p <= '9' && s.n == 1)
        stay->level = (uint8_t)(*s.p - '0');
    for (int i = 0; i < 3 && s.n > 3; i++)
        if (memcmp(s.p, words[i], 3) == 0)
            stay->level = (uint8_t)(i + 1);
    stay->wrong = stay->wrong || stay->level == 0;
}

static void stay_set(case_stay *stay, int field, str s)
{
    int64_t n;
    str text = trim(s);
    switch (field) {
    case FIELD_COST:
        if (text.n && !decimal_parse(&stay->total_fen, text, 2, CASE_FEN_MAX))
            stay->wrong = true;
        return;
    case FIELD_ADMITTED:
        day_set(stay, &stay->admitted, s);
        return;
    case FIELD_DISCHARGED:
        day_set(stay, &stay->discharged, s);
        return;
    case FIELD_BORN:
        day_set(stay, &stay->born, s);
        return;
    case FIELD_YEAR:
        if (text.n && decimal_parse(&n, text, 0, 2999) && n >= 1800)
            stay->year = (int32_t)n;
        else
            stay->wrong = stay->wrong || text.n > 0;
        return;
    case FIELD_LEVEL:
        level_set(stay, s);
        return;
    case FIELD_PERSON:
        stay->person = s;
        return;
    case FIELD_DEATH:
        stay->died = is_yes(text);
        return;
    default:
        stay->recurrent = is_yes(text);
    }
}

static void field_set(case_record *r, int field, str s, arena *a)
{
    casemix_case *c = &r->facts;
    int32_t count;
    switch (field) {
    case FIELD_NONE:
        return;
    case FIELD_ID:
        r->id = s;
        return;
    case FIELD_SEX:
        sex_set(c, s);
        return;
    case FIELD_MAIN:
        c->main_dx = s;
        return;
    case FIELD_OTHER:
    case FIELD_PROCEDURES: {
        const str *list = case_codes(s, &count, a);
        list_set(c, field, list, count);
        return;
    }
    case FIELD_DISCHARGE:
        c->died = str_eq(trim(s), S("5"));
        return;
    case FIELD_DAY_SURGERY:
        c->day_surgery = is_yes(trim(s));
        return;
    default:
        if (field >= FIELD_STAY)
            stay_set(&r->stay, field, s);
        else
            number_set(c, field - FIELD_NUMBER, s);
    }
}

static void record_clear(case_record *out)
{
    *out = (case_record){.stay = {.total_fen = CASE_UNKNOWN,
                                  .admitted = DAY_NONE,
                                  .discharged = DAY_NONE,
                                  .born = DAY_NONE}};
    casemix_case_clear(&out->facts);
}

void case_of_cells(
    case_record *out, const case_columns *columns, const str *cell, int count, arena *a)
{
    record_clear(out);
    out->cell = cell;
    out->cell_count = count;
    if (count > columns->count)
        wrong(&out->facts, REASON_BAD_ROW);
    for (int i = 0; i < count && i < columns->count; i++)
        field_set(out, columns->field[i], cell[i], a);
}

/* ---- JSON ---- */

static void
list_of_json(case_record *r, int field, const json_node *node, int32_t from, int32_t next, arena *a)
{
    int32_t count = 0, until = next;
    str *list = arena_new(a, str, next - from);
    for (int32_t i = from; i < until; i = node[i].next) {
        if (node[i].kind != JSON_STRING) {
            wrong(&r->facts, REASON_BAD_ROW);
            return;
        }
        list[count++] = arena_str(a, node[i].text);
    }
    list_set(&r->facts, field, list, count);
}

void case_of_json(case_record *out, const json_node *node, int32_t at, arena *a)
{
    record_clear(out);
    if (!node || node[at].kind != JSON_OBJECT) {
        wrong(&out->facts, REASON_BAD_ROW);
        return;
    }
    uint32_t seen = 0;
    for (int32_t i = at + 1; i < node[at].next; i = node[i].next) {
        int field = field_of(node[i].key);
        bool is_list = field == FIELD_OTHER || field == FIELD_PROCEDURES;
        if (!field || node[i].kind == JSON_NULL)
            continue;
        if (seen >> field & 1)
            wrong(&out->facts, REASON_BAD_ROW);
        seen |= (uint32_t)1 << field;
        if (node[i].kind == JSON_LIST && is_list)
            list_of_json(out, field, node, i + 1, node[i].next, a);
        else if (node[i].kind == JSON_TRUE || node[i].kind == JSON_FALSE)
            field_set(out, field, node[i].kind == JSON_TRUE ? S("true") : S("false"), a);
        else if (node[i].kind == JSON_STRING || node[i].kind == JSON_NUMBER)
            field_set(out, field, arena_str(a, node[i].text), a);
        else
            wrong(&out->facts, REASON_BAD_ROW);
    }
}
