#include "base/money.h"
#include "service/master/master_internal.h"

#include <stdio.h>

#define COUNT_MAX INT64_C(999999999999999)
#define CODE_MAX  60 /* bytes of codes that name something else */

typedef struct {
    master_row *row;
    const master_kind *kind;
    const master_words *words;
    master_fault *fault;
    int count;
    arena *a;
} checking;

static void PRINTF_LIKE(4, 5) fault(checking *c, int column, err_code code, const char *format, ...)
{
    for (int i = 0; i < c->count; i++)
        if (c->fault[i].column == column)
            return; /* the first fault of a cell is the cause */
    if (c->count == MASTER_FAULTS_MAX)
        return;
    master_fault *f = &c->fault[c->count++];
    *f = (master_fault){.column = column, .code = code};
    va_list args;
    va_start(args, format);
    text_buffer t = {f->expected, 0, sizeof f->expected - 1, false};
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_add(&t, str_of(text));
}

int master_column_named(const master_kind *k, const char *name)
{
    for (int i = 0; i < k->column_count; i++)
        if (strcmp(k->column[i].name, name) == 0)
            return i;
    NEVER("no such column");
    return -1;
}

/* ---- single cells ---- */

static str trimmed(str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\n' || s.p[0] == '\r'))
        s = (str){s.p + 1, s.n - 1};
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* 2024-02-09, and what spreadsheets make of it: 2024/2/9, 2024.2.9, 20240209. */
static bool day_read(str *out, str s, arena *a)
{
    int part[3] = {0}, digits[3] = {0}, at = 0, digit_count = 0;
    for (ptrdiff_t i = 0; i < s.n; i++)
        digit_count += s.p[i] >= '0' && s.p[i] <= '9';
    bool compact = s.n == 8 && digit_count == 8;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c >= '0' && c <= '9') {
            at += compact && (i == 4 || i == 6);
            if (++digits[at] > 4)
                return false;
            part[at] = part[at] * 10 + (c - '0');
        } else if ((c == '-' || c == '/' || c == '.') && at < 2 && digits[at] > 0) {
            at++;
        } else {
            return false;
        }
    }
    if (at != 2 || digits[0] != 4 || digits[1] < 1 || digits[1] > 2 || digits[2] < 1 ||
        digits[2] > 2)
        return false;
    day d;
    *out = arena_printf(a, "%04d-%02d-%02d", part[0], part[1], part[2]);
    return day_parse(&d, *out);
}

static bool choice_read(str *out, str s, const master_choice *choice)
{
    for (; choice && choice->word; choice++) {
        if (!str_eq(s, str_of(choice->word)) && !master_said(choice->said, s))
            continue;
        *out = str_of(choice->word);
        return true;
    }
    return false;
}

static void choices_tell(text_buffer *t, const master_choice *choice)
{
    for (int i = 0; choice[i].word; i++)
        text_printf(t, i ? " %s" : "%s", choice[i].word);
}

/* A word of a dictionary, as identifier or as the Chinese beside it. */
static bool word_read(str *out, str s, const master_words *w, fact_id fact)
{
    for (int i = 0; i < w->count; i++) {
        const pack *p = w->pack[i];
        for (int k = 0; k < p->word_count; k++) {
            if (p->word[k].fact != fact ||
                !(str_eq(p->word[k].text, s) || str_eq(p->word[k].zh, s)))
                continue;
            *out = p->word[k].text;
            return true;
        }
    }
    return false;
}

static void word_check(checking *c, int column, fact_id fact, const master_choice *also)
{
    str *cell = &c->row->cell[column];
    if (choice_read(cell, *cell, also) || word_read(cell, *cell, c->words, fact))
        return;
    char text[400];
    text_buffer t = {text, 0, sizeof text - 1, false};
    for (int i = 0; i < c->words->count && t.n == 0; i++)
        pack_words_list(&t, c->words->pack[i], fact);
    fault(c, column, ERR_UNKNOWN_WORD, "%.*s", STR_ARG(((str){text, t.n})));
}

static void words_check(checking *c, int column)
{
    str left = c->row->cell[column];
    while (left.n > 0) {
        const char *bar = memchr(left.p, '|', (size_t)left.n);
        ptrdiff_t n = bar ? bar - left.p : left.n;
        bool plain = n > 0 && n <= CODE_MAX;
        for (ptrdiff_t i = 0; i < n; i++)
            plain = plain && (unsigned char)left.p[i] > ' ';
        if (!plain) {
            fault(c, column, ERR_BAD_VALUE, "words joined by |");
            return;
        }
        left = (str){left.p + n + (bar ? 1 : 0), left.n - n - (bar ? 1 : 0)};
    }
}

static bool is_code(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool is_text(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* Two, four or six digits, to six: 35 is 350000. */
static bool area_read(str *out, str s, arena *a)
{
    if (s.n != 2 && s.n != 4 && s.n != 6)
        return false;
    char *six = arena_new(a, char, 6);
    memset(six, '0', 6);
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        six[i] = s.p[i];
    }
    *out = (str){six, 6};
    return true;
}

static void number_check(checking *c, int column)
{
    const master_column *m = &c->kind->column[column];
    str s = c->row->cell[column];
    int64_t *number = &c->row->number[column];
    rate share;
    if (m->kind == CELL_RATE) {
        *number = -1;
        if (s.n > 0 && (!rate_parse(&share, s) || share.e8 > RATE_ONE))
            fault(c, column, ERR_BAD_RATE, "10%% or 0.1, at most 100%%");
        else if (s.n > 0)
            *number = share.e8;
    } else if (m->kind == CELL_E4) {
        *number = -1;
        if (s.n > 0 && !decimal_parse(number, s, 4, INT64_C(10000000000000)))
            fault(c, column, ERR_BAD_AMOUNT, "yuan with at most four decimals");
    } else if (s.n > 0 && !decimal_parse(number, s, 0, COUNT_MAX)) {
        fault(c, column, ERR_BAD_NUMBER, "digits only");
    }
}

static void cell_check(checking *c, int column)
{
    const master_column *m = &c->kind->column[column];
    str *cell = &c->row->cell[column];
    char said[400];
    text_buffer t = {said, 0, sizeof said - 1, false};
    *cell = trimmed(*cell);
    if (cell->n > (m->bytes_max ? m->bytes_max : CODE_MAX)) {
        fault(c, column, ERR_TOO_LARGE, "at most %d bytes", m->bytes_max ? m->bytes_max : CODE_MAX);
        return;
    }
    if (m->kind == CELL_RATE || m->kind == CELL_E4 || m->kind == CELL_COUNT ||
        m->kind == CELL_HOUSEHOLD) {
        number_check(c, column);
        return;
    }
    if (cell->n == 0)
        return;
    switch ((master_cell_kind)m->kind) {
    case CELL_TEXT:
        if (!is_text(*cell))
            fault(c, column, ERR_BAD_VALUE, "text on one line");
        break;
    case CELL_CODE:
    case CELL_ITEM:
    case CELL_PERSON:
    case CELL_PROVIDER:
        if (!is_code(*cell))
            fault(c, column, ERR_BAD_VALUE, "a code without blanks");
        break;
    case CELL_DAY:
        if (!day_read(cell, *cell, c->a))
            fault(c, column, ERR_BAD_DATE, "2024-02-29");
        break;
    case CELL_CHOICE:
        if (choice_read(cell, *cell, m->choice))
            break;
        choices_tell(&t, m->choice);
        fault(c, column, ERR_UNKNOWN_WORD, "%.*s", STR_ARG(((str){said, t.n})));
        break;
    case CELL_WORD:
        word_check(c, column, m->fact, m->choice);
        break;
    case CELL_WORDS:
        words_check(c, column);
        break;
    case CELL_AREA:
        if (!area_read(cell, *cell, c->a))
            fault(c, column, ERR_BAD_VALUE, "a division code such as 350900");
        break;
    case CELL_NONE:
    case CELL_RATE:
    case CELL_E4:
    case CELL_COUNT:
    case CELL_HOUSEHOLD:
        NEVER("read above");
    }
}

/* ---- what follows from other cells ---- */

static void fill_cell(checking *c, int column, str s)
{
    if (row_gives(c->row, column) && c->row->cell[column].n > 0)
        return;
    c->row->cell[column] = s;
    c->row->given |= UINT32_C(1) << column;
}

static void fill_initials(checking *c)
{
    int name = master_column_named(c->kind, "name");
    int initials = master_column_named(c->kind, "initials");
    int max = c->kind->column[initials].bytes_max;
    if (!row_gives(c->row, name) || (row_gives(c->row, initials) && c->row->cell[initials].n > 0))
        return;
    str s = master_initials(c->row->cell[name], c->a);
    fill_cell(c, initials, (str){s.p, s.n < max ? s.n : max});
}

static void fill_citizen(checking *c)
{
    int id_no = master_column_named(c->kind, "id_no");
    int type = master_column_named(c->kind, "id_type");
    str *number = &c->row->cell[id_no];
    bool is_card = c->row->cell[type].n == 0 || str_eq(c->row->cell[type], S("01"));
    if (!row_gives(c->row, id_no) || number->n == 0 || !is_card)
        return;
    fill_cell(c, type, S("01"));
    if (number->n == 18 && number->p[17] == 'x')
        *number = arena_printf(c->a, "%.17sX", number->p);
    master_citizen citizen;
    if (!master_id_no_read(&citizen, *number)) {
        fault(c, id_no, ERR_BAD_ID_NO, "18 digits, a day of birth and the right check digit");
        return;
    }
    char born[DAY_TEXT_SIZE];
    day_print(born, citizen.born);
    fill_cell(c, master_column_named(c->kind, "birth_on"), arena_str(c->a, str_of(born)));
    fill_cell(c, master_column_named(c->kind, "sex"), citizen.male ? S("male") : S("female"));
}

static void fill_area(checking *c)
{
    str *code = &c->row->cell[0];
    if (!row_gives(c->row, 0) || code->n == 0)
        return;
    if (!area_read(code, *code, c->a)) {
        fault(c, 0, ERR_BAD_VALUE, "a division code such as 350900");
        return;
    }
    bool province = memcmp(code->p + 2, "0000", 4) == 0;
    bool city = !province && memcmp(code->p + 4, "00", 2) == 0;
    str parent = province
                     ? S("")
                     : arena_printf(c->a, "%.*s%s", city ? 2 : 4, code->p, city ? "0000" : "00");
    fill_cell(c, master_column_named(c->kind, "level"),
              province ? S("province")
              : city   ? S("city")
                       : S("county"));
    int above = master_column_named(c->kind, "parent_code");
    fill_cell(c, above, parent);
    if (str_eq(c->row->cell[above], *code)) /* a city without counties, listed below itself */
        c->row->cell[above] = parent;
}

int master_prepare(master_row *row,
                   const master_kind *k,
                   const master_words *words,
                   master_fault fault_list[MASTER_FAULTS_MAX],
                   arena *a)
{
    checking c = {row, k, words, fault_list, 0, a};
    for (int i = 0; i < k->column_count; i++)
        if (row_gives(row, i))
            cell_check(&c, i);
        else if (k->column[i].kind == CELL_RATE || k->column[i].kind == CELL_E4)
            row->number[i] = -1;
    if (k->id == MASTER_AREAS)
        fill_area(&c);
    if (k->id == MASTER_PERSONS)
        fill_citizen(&c);
    if (k->id == MASTER_PERSONS || k->id == MASTER_PROVIDERS || k->id == MASTER_ITEMS ||
        k->id == MASTER_DISEASES)
        fill_initials(&c);
    return c.count;
}

/* ---- the row as a whole ---- */

static void check_citizen(checking *c)
{
    const master_row *r = c->row;
    int birth = master_column_named(c->kind, "birth_on");
    int death = master_column_named(c->kind, "death_on");
    int sex = master_column_named(c->kind, "sex");
    master_citizen citizen;
    if (str_eq(r->cell[master_column_named(c->kind, "id_type")], S("01")) &&
        master_id_no_read(&citizen, r->cell[master_column_named(c->kind, "id_no")])) {
        char born[DAY_TEXT_SIZE];
        day_print(born, citizen.born);
        if (!str_eq(r->cell[birth], str_of(born)))
            fault(c, birth, ERR_ID_MISMATCH, "%s, as the citizen number says", born);
        const char *said = citizen.male ? "male" : "female";
        if (!str_eq(r->cell[sex], str_of(said)))
            fault(c, sex, ERR_ID_MISMATCH, "%s, as the citizen number says", said);
    }
    if (r->cell[death].n > 0 && str_cmp(r->cell[death], r->cell[birth]) < 0)
        fault(c, death, ERR_BAD_DATE, "not before the day of birth");
}

static void check_flag(checking *c)
{
    str kind = c->row->cell[master_column_named(c->kind, "kind")];
    int value = master_column_named(c->kind, "value");
    if (str_eq(kind, S("category")))
        word_check(c, value, FACT_CATEGORY, NULL);
    else if (str_eq(kind, S("filing")))
        word_check(c, value, FACT_ROUTE, NULL);
    else if (!is_code(c->row->cell[value]))
        fault(c, value, ERR_BAD_VALUE, "a word without blanks");
}

static void check_period(checking *c)
{
    int from = master_column_named(c->kind, "from_on");
    int until = master_column_named(c->kind, "until_on");
    str last = c->row->cell[until];
    if (last.n > 0 && str_cmp(last, c->row->cell[from]) < 0)
        fault(c, until, ERR_BAD_DATE, "not before from_on");
}

int master_complete(master_row *row,
                    const master_kind *k,
                    const master_words *words,
                    master_fault fault_list[MASTER_FAULTS_MAX],
                    arena *a)
{
    checking c = {row, k, words, fault_list, 0, a};
    for (int i = 0; i < k->column_count; i++)
        if (k->column[i].required && row->cell[i].n == 0)
            fault(&c, i, ERR_MISSING_FIELD, "a value");
    if (c.count > 0)
        return c.count;
    if (k->id == MASTER_PERSONS)
        check_citizen(&c);
    if (k->id == MASTER_FLAGS)
        check_flag(&c);
    if (k->periods != SQL_NONE)
        check_period(&c);
    row->key = master_key(k, row, a);
    if (k->periods != SQL_NONE) {
        str label = master_period_label(k, row);
        str group = k->id == MASTER_COVERS ? master_scheme_group(label) : label;
        str owner = master_owner_text(k, row, a);
        row->period = arena_printf(a, "%.*s\x1f%.*s", STR_ARG(owner), STR_ARG(group));
    }
    return c.count;
}

int master_check(master_row *row,
                 const master_kind *k,
                 const master_words *words,
                 master_fault fault_list[MASTER_FAULTS_MAX],
                 arena *a)
{
    int count = master_prepare(row, k, words, fault_list, a);
    if (count > 0) {
        /* A cell that cannot be read is not missing; one that is missing is told beside it. */
        checking c = {row, k, words, fault_list, count, a};
        for (int i = 0; i < k->column_count; i++)
            if (k->column[i].required && row->cell[i].n == 0)
                fault(&c, i, ERR_MISSING_FIELD, "a value");
        return c.count;
    }
    return master_complete(row, k, words, fault_list, a);
}

/* ---- keys ---- */

str master_scheme_group(str scheme)
{
    return str_eq(scheme, S("employee")) || str_eq(scheme, S("resident")) ? S("basic") : scheme;
}

str master_period_label(const master_kind *k, const master_row *row)
{
    if (k->id == MASTER_COVERS || k->id == MASTER_TERMS)
        return row->cell[master_column_named(k, "scheme")];
    return S("");
}

str master_owner_text(const master_kind *k, const master_row *row, arena *a)
{
    switch (k->id) {
    case MASTER_TERMS:
        return arena_printf(a, "%.*s\x1f%.*s", STR_ARG(row->cell[0]), STR_ARG(row->cell[1]));
    case MASTER_FLAGS:
        return arena_printf(a, "%.*s\x1f%.*s\x1f%.*s", STR_ARG(row->cell[0]), STR_ARG(row->cell[1]),
                            STR_ARG(row->cell[2]));
    default:
        return row->cell[0];
    }
}

str master_key(const master_kind *k, const master_row *row, arena *a)
{
    if (k->periods == SQL_NONE) {
        str key = S("");
        for (int i = 0; i < k->column_count; i++)
            if (k->column[i].key)
                key = arena_printf(a, "%.*s\x1f%.*s", STR_ARG(key), STR_ARG(row->cell[i]));
        return key;
    }
    str owner = master_owner_text(k, row, a), label = master_period_label(k, row);
    return arena_printf(a, "%.*s\x1f%.*s\x1f%.*s", STR_ARG(owner), STR_ARG(label),
                        STR_ARG(row->cell[master_column_named(k, "from_on")]));
}
