/* The catalogue: files with versions, and what the provider's area says of items. */
#include "base/day.h"
#include "base/money.h"
#include "edge/gateway/file_internal.h"

#define DAY_MS          INT64_C(86400000)
#define CHINA_OFFSET_MS (INT64_C(8) * 3600 * 1000)
#define FILE_ROWS_MAX   20000 /* the rest is fetched with the highest version of these */
#define PAGE_ROWS_MAX   1000

/* ---- pages ---- */

void gate_put_nulls(gate_call *c, const char *names)
{
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, " ");
        json_key(&c->out, (str){p, (ptrdiff_t)n});
        json_null(&c->out);
        p += n + (p[n] == ' ');
    }
}

str gate_members(gate_call *c, gate_value row, const char *names)
{
    json_out o = json_out_new(c->a, 512);
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, " ");
        str name = arena_str(c->a, (str){p, (ptrdiff_t)n});
        json_field(&o, name, gate_text(row, name.p));
        p += n + (p[n] == ' ');
    }
    return json_out_text(&o);
}

str gate_like(gate_call *c, str said)
{
    return said.n ? arena_printf(c->a, "%%%.*s%%", STR_ARG(said)) : S("");
}

static bool count_read(
    int64_t *out, gate_call *c, gate_value in, const char *name, int64_t usual, int64_t max, err *e)
{
    str text = gate_text(in, name);
    *out = usual;
    if (text.n == 0)
        return true;
    if (!decimal_parse(out, text, 0, INT64_C(1000000000)) || *out < 1)
        return gate_fault(c, ERR_BAD_VALUE, name, text, "1 or more", e);
    *out = *out > max ? max : *out;
    return true;
}

bool gate_page_read(
    gate_page *p, gate_call *c, gate_value in, const char *number, const char *size, err *e)
{
    return count_read(&p->number, c, in, number, 1, INT64_C(1000000000), e) &&
           count_read(&p->size, c, in, size, 100, PAGE_ROWS_MAX, e);
}

void gate_page_put(gate_call *c, const gate_page *p, int64_t count)
{
    json_field_number(&c->out, S("recordCounts"), count);
    json_field_number(&c->out, S("pages"), (count + p->size - 1) / p->size);
    json_field_number(&c->out, S("pageNum"), p->number);
    json_field_number(&c->out, S("size"), p->size);
}

/* ---- files ---- */

enum { CODE, NAME, INITIALS, SPEC, UNIT, MAKER, RX, VERSION };

typedef enum { FILL_NONE = 0, FILL_TEXT, FILL_VALID, FILL_AREA, FILL_CHANGED } fill;

/* What stands under which heading; under the others nobody here knows anything. */
static const struct {
    const char *heading;
    fill how;
    int column;
} headings[] = {
    {"医疗目录编码", FILL_TEXT, CODE},
    {"唯一记录号", FILL_TEXT, CODE},
    {"数据唯一记录号", FILL_TEXT, CODE},
    {"西医疾病诊断ID", FILL_TEXT, CODE},
    {"诊断代码", FILL_TEXT, CODE},
    {"门慢门特病种目录代码", FILL_TEXT, CODE},
    {"药品通用名", FILL_TEXT, NAME},
    {"单味药名称", FILL_TEXT, NAME},
    {"医疗服务项目名称", FILL_TEXT, NAME},
    {"耗材名称", FILL_TEXT, NAME},
    {"诊断名称", FILL_TEXT, NAME},
    {"门慢门特病种名称", FILL_TEXT, NAME},
    {"拼音助记码", FILL_TEXT, INITIALS},
    {"药品规格", FILL_TEXT, SPEC},
    {"规格", FILL_TEXT, SPEC},
    {"计价单位名称", FILL_TEXT, UNIT},
    {"最小计价单位", FILL_TEXT, UNIT},
    {"生产企业名称", FILL_TEXT, MAKER},
    {"非处方药标志名称", FILL_TEXT, RX},
    {"版本号", FILL_TEXT, VERSION},
    {"有效标志", FILL_VALID, 0},
    {"医保区划", FILL_AREA, 0},
    {"数据更新时间", FILL_CHANGED, 0},
};

static int heading_find(str heading)
{
    for (int i = 0; i < (int)COUNTOF(headings); i++)
        if (str_eq(heading, str_of(headings[i].heading)))
            return i;
    return -1;
}

static str cell_of(gate_call *c, const store_rows *r, ptrdiff_t row, int heading)
{
    if (heading < 0)
        return S("");
    switch (headings[heading].how) {
    case FILL_TEXT:
        return headings[heading].column == VERSION
                   ? arena_printf(c->a, "%" PRId64, store_number(r, row, VERSION))
                   : store_text(r, row, headings[heading].column);
    case FILL_VALID:
        return S("1");
    case FILL_AREA:
        return c->access.area_code;
    case FILL_CHANGED:
        return gate_moment(store_id_moment(store_number(r, row, VERSION)), c->a);
    default:
        return S("");
    }
}

/* One line: cells between tabs, `null` where there is nothing. */
static void line_add(
    text_buffer *t, gate_call *c, const store_rows *r, ptrdiff_t row, const int *heading, int count)
{
    for (int i = 0; i < count; i++) {
        str cell = cell_of(c, r, row, heading[i]);
        if (i)
            text_add(t, S("\t"));
        if (cell.n == 0)
            text_add(t, S("null"));
        for (ptrdiff_t k = 0; k < cell.n; k++)
            text_add(t, (unsigned char)cell.p[k] < ' ' ? S(" ") : (str){cell.p + k, 1});
    }
    text_add(t, S("\r\n"));
}

static str lines_of(gate_call *c, const store_rows *r)
{
    int count = gate_column_count(c->infno);
    int *heading = arena_new(c->a, int, count);
    ptrdiff_t cap = 1;
    for (int i = 0; i < count; i++)
        heading[i] = heading_find(gate_column(c->infno, i));
    for (ptrdiff_t i = 0; i < r->row_count; i++) {
        cap += 6 * (ptrdiff_t)count + 128;
        for (int k = CODE; k < VERSION; k++)
            cap += 3 * store_text(r, i, k).n;
    }
    text_buffer t = {arena_new(c->a, char, cap), 0, cap, false};
    for (ptrdiff_t i = 0; i < r->row_count; i++)
        line_add(&t, c, r, i, heading, count);
    return (str){t.p, t.n};
}

static void chronic_add(store_rows *r, str code, str name, int64_t version)
{
    store_value *cell = r->cell + r->row_count++ * (VERSION + 1);
    for (int k = CODE; k < VERSION; k++)
        cell[k] = STORE_T(S(""));
    cell[CODE] = STORE_T(code);
    cell[NAME] = STORE_T(name);
    cell[VERSION] = STORE_N(version);
}

/* Chronic diseases are words: those the interface has a code for, and those of the pack's
 * dictionary; where it has one, no others.  All have the version of the day the pack came into
 * use. */
static bool chronic_rows(store_rows *r, gate_call *c, int64_t after, err *e)
{
    const office_pack *p = office_pack_of_area(c->with->office, c->access.area_code);
    store_rows loaded;
    gate_code code;
    str said;
    int coded = 0, own = 0;
    *r = (store_rows){0, VERSION + 1, NULL};
    if (!p)
        return true;
    const store_value key[] = {STORE_T(p->pack.id), STORE_T(p->digest)};
    if (!store_query(c->job, SQL_CATALOGUE_POLICY_VERSION, key, COUNTOF(key), &loaded, c->a, e))
        return false;
    int64_t version = store_id_at(store_number(&loaded, 0, 0));
    if (version <= after)
        return true;
    while (gate_code_at(&code, &said, c->words, "dise_codg", coded))
        coded++;
    for (int i = 0; i < p->pack.word_count; i++)
        own += p->pack.word[i].fact == FACT_DISEASE;
    r->cell = arena_new(c->a, store_value, (ptrdiff_t)(VERSION + 1) * (coded + own));
    for (int i = 0; gate_code_at(&code, &said, c->words, "dise_codg", i); i++)
        if (own == 0 || pack_word_find(&p->pack, FACT_DISEASE, said))
            chronic_add(r, code.code, code.label, version);
    for (int i = 0; i < p->pack.word_count; i++) {
        const pack_word *w = &p->pack.word[i];
        if (w->fact == FACT_DISEASE &&
            gate_code_of(c->words, "dise_codg", w->text, S("")).code.n == 0)
            chronic_add(r, w->text, w->zh, version);
    }
    return true;
}

/* Which list of items a file is of: its type, and how their codes begin. */
static const struct {
    const char *no, *list_type;
} lists[] = {{"1301", "101"}, {"1302", "102"},  {"1303", "103"}, {"1305", "201"},
             {"1306", "301"}, {"1306A", "301"}, {"1320", "106"}};

static bool item_rows(store_rows *r, bool *held, gate_call *c, str list_type, int64_t after, err *e)
{
    str kind = gate_word_of(c->words, "list_type", list_type), begins = S("");
    bool drug = str_eq(kind, S("drug")),
         plain = drug || str_eq(kind, S("service")) || str_eq(kind, S("material"));
    if (!plain)
        begins = gate_code_of(c->words, "code_begins", kind, S("")).code;
    else if (drug)
        begins = gate_code_of(c->words, "code_begins", S("herb"), S("")).code;
    *held = plain || begins.n;
    if (!*held)
        return true;
    const store_value key[] = {
        STORE_T(plain ? kind : S("drug")), STORE_N(after), STORE_N(!plain),
        STORE_T(begins.n ? arena_printf(c->a, "%.*s%%", STR_ARG(begins)) : S("")),
        STORE_N(FILE_ROWS_MAX)};
    return store_query(c->job, SQL_CATALOGUE_ITEMS, key, COUNTOF(key), r, c->a, e);
}

static bool rows_find(store_rows *r, bool *held, gate_call *c, int64_t after, err *e)
{
    *r = (store_rows){0};
    *held = true;
    if (str_eq(c->infno, S("1309")))
        return chronic_rows(r, c, after, e);
    if (str_eq(c->infno, S("1307"))) {
        const store_value key[] = {STORE_N(after), STORE_N(FILE_ROWS_MAX)};
        return store_query(c->job, SQL_CATALOGUE_DISEASES, key, COUNTOF(key), r, c->a, e);
    }
    for (ptrdiff_t i = 0; i < COUNTOF(lists); i++)
        if (str_eq(c->infno, str_of(lists[i].no)))
            return item_rows(r, held, c, str_of(lists[i].list_type), after, e);
    *held = false;
    return true;
}

/* "v0000", "V0", "0": everything. */
static bool version_read(int64_t *after, gate_call *c, gate_value in, err *e)
{
    str text;
    if (!gate_need(&text, c, in, "ver", e))
        return false;
    str digits = text.p[0] == 'v' || text.p[0] == 'V' ? (str){text.p + 1, text.n - 1} : text;
    while (digits.n > 1 && digits.p[0] == '0')
        digits = (str){digits.p + 1, digits.n - 1};
    *after = -1;
    return str_eq(digits, S("0")) || id_parse(after, digits) ||
           gate_fault(c, ERR_BAD_VALUE, "ver", text, "v0000, or a version of an earlier file", e);
}

bool gate_catalogue_file(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    int64_t after;
    bool held;
    str zip;
    store_rows r;
    if (!version_read(&after, c, in, e) || !rows_find(&r, &held, c, after, e))
        return false;
    str name = arena_printf(c->a, "%.*s_%" PRId64 ".txt", STR_ARG(c->infno), c->message_id);
    if (!gate_zip(&zip, name, lines_of(c, &r), c->a, e))
        return false;
    name = arena_printf(c->a, "%.*s.zip", STR_ARG(name));
    json_field(&c->out, S("file_qury_no"), gate_file_keep(c, name, zip));
    json_field(&c->out, S("filename"), name);
    str until = gate_moment(c->received_at + 7 * DAY_MS, c->a);
    json_field(&c->out, S("dld_end_time"), (str){until.p, 10});
    json_field_number(&c->out, S("data_cnt"), r.row_count);
    if (!held)
        c->warning = S("[not_held] 本平台没有此目录的数据，文件为空");
    else if (r.row_count == FILE_ROWS_MAX)
        c->warning = S("[more] 未完，请以本文件的最大版本号再次下载");
    return true;
}

/* ---- 1304, 1312, 1316, 1318, 1319: what the area says ---- */

enum {
    T_CODE,
    T_NAME,
    T_INITIALS,
    T_KIND,
    T_AREA,
    T_SCHEME,
    T_FROM,
    T_UNTIL,
    T_CLASS,
    T_FIRST,
    T_LIMIT,
    T_VERSION,
    T_COUNT
};

/* The smallest version of a moment in China. */
bool gate_since(int64_t *version, gate_call *c, gate_value in, err *e)
{
    str on, text = gate_text(in, "updt_time");
    day d;
    int64_t h = 0, m = 0, s = 0;
    *version = -1;
    if (!gate_day(&on, c, in, "updt_time", false, e) || on.n == 0 || !day_parse(&d, on))
        return on.n == 0 && e->code == ERR_OK;
    if (text.n >= 19 && (!decimal_parse(&h, (str){text.p + 11, 2}, 0, 23) ||
                         !decimal_parse(&m, (str){text.p + 14, 2}, 0, 59) ||
                         !decimal_parse(&s, (str){text.p + 17, 2}, 0, 59)))
        return gate_fault(c, ERR_BAD_DATE, "updt_time", text, "2024-02-29 08:30:00", e);
    int64_t ms = d.number * DAY_MS + ((h * 60 + m) * 60 + s) * 1000 - CHINA_OFFSET_MS;
    *version = store_id_at(ms) - 1;
    return true;
}

str gate_list_type(const gate_call *c, str kind, str code)
{
    str herb = gate_code_of(c->words, "code_begins", S("herb"), S("")).code;
    if (str_eq(kind, S("drug")) && herb.n && code.n > herb.n &&
        memcmp(code.p, herb.p, (size_t)herb.n) == 0)
        kind = S("herb");
    return gate_code_of(c->words, "list_type", kind, S("")).code;
}

static void rate_put(gate_call *c, const char *name, int64_t e8)
{
    int64_t e4 = e8 / 10000;
    gate_put_number(c, name, arena_printf(c->a, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000));
}

/* What only one of the questions asks for. */
static void term_own_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    str kind = store_text(r, i, T_KIND), code = store_text(r, i, T_CODE);
    str scheme = store_text(r, i, T_SCHEME);
    if (str_eq(c->infno, S("1312"))) {
        json_field(&c->out, S("hilist_name"), store_text(r, i, T_NAME));
        json_field(&c->out, S("med_chrgitm_type"),
                   gate_code_of(c->words, "med_chrgitm_type", kind, S("")).code);
        json_field(&c->out, S("chrgitm_lv"),
                   gate_code_of(c->words, "chrgitm_lv", store_text(r, i, T_CLASS), S("")).code);
        json_field(&c->out, S("pinyin"), store_text(r, i, T_INITIALS));
        gate_put_nulls(c, "lmt_used_flag med_use_flag matn_used_flag hilist_use_type "
                          "lmt_cpnd_type wubi");
    }
    if (str_eq(c->infno, S("1316")))
        json_field(&c->out, S("med_list_codg"), code);
    if (str_eq(c->infno, S("1312")) || str_eq(c->infno, S("1316"))) {
        json_field(&c->out, S("list_type"), gate_list_type(c, kind, code));
        gate_put_nulls(c, "memo");
    }
    if (str_eq(c->infno, S("1318"))) {
        int64_t e4 = store_number(r, i, T_LIMIT);
        gate_put_number(c, "hilist_pric_uplmt_amt",
                        arena_printf(c->a, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000));
        gate_put_nulls(c, "hilist_lmtpric_type overlmt_dspo_way tabname");
    }
    if (str_eq(c->infno, S("1319"))) {
        json_field(&c->out, S("selfpay_prop_psn_type"),
                   scheme.n ? gate_code_of(c->words, "insutype", scheme, S("")).code : S("99"));
        json_field(&c->out, S("selfpay_prop_type"), S("10"));
        rate_put(c, "selfpay_prop", store_number(r, i, T_FIRST));
        gate_put_nulls(c, "tabname");
    }
}

void gate_put_record(gate_call *c, str rid, int64_t version, bool valid)
{
    json_field(&c->out, S("vali_flag"), valid ? S("1") : S("0"));
    json_field(&c->out, S("rid"), rid);
    json_field(&c->out, S("updt_time"), gate_moment(store_id_moment(version), c->a));
    gate_put_nulls(c, "crter_id crter_name crte_time crte_optins_no opter_id opter_name opt_time "
                      "optins_no");
    json_field(&c->out, S("poolarea_no"), c->access.area_code);
}

static void term_put(gate_call *c, const store_rows *r, ptrdiff_t i)
{
    str until = store_text(r, i, T_UNTIL), code = store_text(r, i, T_CODE);
    json_open(&c->out, '{');
    json_field(&c->out, S("hilist_code"), code);
    term_own_put(c, r, i);
    json_field(&c->out, S("insu_admdvs"), store_text(r, i, T_AREA));
    json_field(&c->out, S("begndate"), store_text(r, i, T_FROM));
    json_field(&c->out, S("enddate"), until);
    gate_put_record(
        c, arena_printf(c->a, "%.*s-%" PRId64, STR_ARG(code), store_number(r, i, T_VERSION)),
        store_number(r, i, T_VERSION), until.n == 0 || str_cmp(until, gate_today(c)) >= 0);
    json_close(&c->out, '}');
}

static bool
terms_find(store_rows *r, gate_call *c, gate_value in, const gate_page *p, int64_t only, err *e)
{
    str code = gate_text(in, "hilist_code"), area = c->access.area_code, on, from;
    int64_t since;
    if (code.n == 0)
        code = gate_text(in, "med_list_codg");
    if (!gate_day(&on, c, in, "query_date", false, e) ||
        !gate_day(&from, c, in, "begndate", false, e) || !gate_since(&since, c, in, e))
        return false;
    str city = area.n == 6 ? arena_printf(c->a, "%.4s00", area.p) : area;
    const store_value key[] = {STORE_T(area),
                               STORE_T(city),
                               STORE_N(since),
                               STORE_T(code),
                               STORE_T(gate_like(c, gate_text(in, "hilist_name"))),
                               STORE_T(on),
                               STORE_T(from),
                               STORE_T(gate_text(in, "vali_flag")),
                               STORE_T(gate_today(c)),
                               STORE_N(only),
                               STORE_N(p->size),
                               STORE_N((p->number - 1) * p->size)};
    return store_query(c->job, SQL_CATALOGUE_TERMS, key, COUNTOF(key), r, c->a, e);
}

bool gate_terms_show(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "data");
    gate_page p;
    store_rows r = {0};
    int64_t only = str_eq(c->infno, S("1318")) ? 1 : str_eq(c->infno, S("1319")) ? 2 : 0;
    if (!gate_page_read(&p, c, in, "page_num", "page_size", e))
        return false;
    if (str_eq(c->infno, S("1304")))
        c->warning = S("[not_held] 本平台没有此目录的数据");
    else if (!terms_find(&r, c, in, &p, only, e))
        return false;
    json_key(&c->out, S("data"));
    json_open(&c->out, '[');
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        term_put(c, &r, i);
    json_close(&c->out, ']');
    gate_page_put(c, &p, r.row_count ? store_number(&r, 0, T_COUNT) : 0);
    return true;
}
