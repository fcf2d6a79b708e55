/* Run by hand with a folder as argument it writes samples there, to be looked at. */
#include "edge/print/print.h"

#include "base/money.h"
#include "test/support/unit.h"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

/* fontconfig keeps what it has read until the process ends; cairo 1.16 forgets some bytes of each
 * font.  What is ours is watched by nothing_is_left_behind(). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libcairo\nleak:libpango";
}

#define ARENA_BYTES ((ptrdiff_t)24 << 20)

/* ---- amounts in words ---- */

static str words_of(int64_t fen, char buffer[PRINT_WORDS_BYTES])
{
    text_buffer out = {buffer, 0, PRINT_WORDS_BYTES, false};
    print_amount_words(&out, fen);
    assert_false(out.cut);
    return (str){buffer, out.n};
}

static void amounts_in_capitals(void **state)
{
    (void)state;
    static const struct {
        int64_t fen;
        const char *want;
    } cases[] = {
        {0, "零元整"},
        {1, "壹分"},
        {10, "壹角整"},
        {15, "壹角伍分"},
        {100, "壹元整"},
        {105, "壹元零伍分"},
        {120, "壹元贰角整"},
        {1000, "壹拾元整"},
        {10100, "壹佰零壹元整"},
        {100100, "壹仟零壹元整"},
        {101000, "壹仟零壹拾元整"},
        {784612, "柒仟捌佰肆拾陆元壹角贰分"},
        {1000000, "壹万元整"},
        {1000100, "壹万零壹元整"},
        {1010000, "壹万零壹佰元整"},
        {2823750, "贰万捌仟贰佰叁拾柒元伍角整"},
        {10000000, "壹拾万元整"},
        {10000000000, "壹亿元整"},
        {10000000100, "壹亿零壹元整"},
        {10001000000, "壹亿零壹万元整"},
        {10100000000, "壹亿零壹佰万元整"},
        {11000000000, "壹亿壹仟万元整"},
        {MONEY_FEN_MAX, "壹仟亿元整"},
        {999999999999999999, "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖"
                             "角玖分"},
        {-784612, "负柒仟捌佰肆拾陆元壹角贰分"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        char buffer[PRINT_WORDS_BYTES];
        unit_str_equal(words_of(cases[i].fen, buffer), cases[i].want);
    }
}

static const char *const glyphs[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖",
                                     "拾", "佰", "仟", "万", "亿", "元", "角", "分", "整", "负"};
enum { G_TEN = 10, G_WAN = 13, G_YI = 14, G_YUAN = 15, G_JIAO, G_FEN, G_WHOLE, G_MINUS };

/* What a cashier reads; -1 = not such a word. */
static int64_t words_read(str s)
{
    static const int64_t worth[] = {10, 100, 1000};
    int64_t whole = 0, part = 0, group = 0, digit = 0, fen = 0;
    int sign = 1;
    for (ptrdiff_t i = 0; i < s.n; i += 3) {
        int g = 0;
        while (g < (int)COUNTOF(glyphs) && memcmp(s.p + i, glyphs[g], 3) != 0)
            g++;
        if (g == (int)COUNTOF(glyphs))
            return -1;
        if (g < G_TEN) {
            digit = g;
        } else if (g < G_WAN) {
            group += digit * worth[g - G_TEN];
            digit = 0;
        } else if (g == G_WAN) {
            part = (group + digit) * 10000;
            group = digit = 0;
        } else if (g == G_YI) {
            whole = (part + group + digit) * 100000000;
            part = group = digit = 0;
        } else if (g == G_YUAN) {
            fen = (whole + part + group + digit) * 100;
            digit = 0;
        } else if (g == G_JIAO || g == G_FEN) {
            fen += digit * (g == G_JIAO ? 10 : 1);
            digit = 0;
        } else if (g == G_MINUS) {
            sign = -1;
        }
    }
    return sign * fen;
}

static int count_of(str text, const char *part)
{
    int found = 0;
    ptrdiff_t n = (ptrdiff_t)strlen(part);
    for (ptrdiff_t i = 0; i + n <= text.n; i++)
        found += memcmp(text.p + i, part, (size_t)n) == 0;
    return found;
}

static bool has(str text, const char *part)
{
    return count_of(text, part) > 0;
}

static void words_are_read_back(void **state)
{
    (void)state;
    uint64_t seed = 20261121;
    static const char *const never[] = {"零零", "零元", "零万", "零亿",
                                        "零角", "零分", "零整", "亿万"};
    for (int i = 0; i < 200000; i++) {
        /* Many zeros: each digit is one with even odds. */
        int64_t fen = 0;
        int places = 1 + (int)unit_below(&seed, 17);
        for (int k = 0; k < places; k++)
            fen = fen * 10 + (unit_below(&seed, 2) ? unit_below(&seed, 10) : 0);
        char buffer[PRINT_WORDS_BYTES];
        str words = words_of(fen, buffer);
        if (words_read(words) != fen)
            fail_msg("%lld is said as %.*s", (long long)fen, STR_ARG(words));
        for (int k = 0; fen && k < (int)COUNTOF(never); k++)
            if (has(words, never[k]))
                fail_msg("%lld is said as %.*s", (long long)fen, STR_ARG(words));
    }
}

/* ---- a bill to print ---- */

static print_amount amount(int64_t fen, const char *basis)
{
    return (print_amount){fen, str_of(basis)};
}

static const print_line *sample_lines(int count, bool zh, int64_t total_fen, arena *a)
{
    static const struct {
        const char *zh, *en;
    } names[] = {
        {"注射用头孢曲松钠 1g×10 瓶", "Ceftriaxone sodium for injection 1 g"},
        {"床位费（三人间）", "Bed, room for three"},
        {"腹腔镜下胆囊切除术", "Laparoscopic cholecystectomy"},
        {"一次性使用腹腔镜用穿刺器及配套组件（国产，规格 10mm×100mm）",
         "Trocar set for laparoscopy, single use, domestic, 10 mm x 100 mm, with accessories"},
        {"全血细胞计数+五分类检测", "Full blood count with differential"},
    };
    print_line *line = arena_new(a, print_line, count);
    int64_t left = total_fen;
    for (int i = 0; i < count; i++) {
        print_line *x = &line[i];
        int64_t fen = i == count - 1 ? left : total_fen / count / 7 * (1 + i % 7);
        left -= fen;
        *x =
            (print_line){.line_no = i + 1,
                         .code = arena_printf(a, "XC%03dBA%07dB001", i % 5, 1000003 + i),
                         .name = str_of(zh ? names[i % 5].zh : names[i % 5].en),
                         .item_class = zh ? (i % 5 ? S("乙") : S("甲")) : (i % 5 ? S("B") : S("A")),
                         .quantity = S("2"),
                         .unit_price = arena_printf(a, "%.2f", (double)fen / 200),
                         .amount_fen = fen,
                         .own_fen = fen / 10,
                         .over_limit_fen = i % 3 ? 0 : fen / 50,
                         .pay_first_fen = fen / 20};
        x->in_scope_fen = fen - x->own_fen - x->over_limit_fen - x->pay_first_fen;
    }
    return line;
}

#define T(literal)                                                                                 \
    {                                                                                              \
        (literal), (ptrdiff_t)sizeof(literal) - 1                                                  \
    } /* in tables */

static void sample_says(print_bill *b, bool zh)
{
    static const print_layer zh_layer[] = {
        {T("基本医疗保险"), T("统筹基金"), 2185080, 50000, 1601310, 0},
        {T("大病保险"), T("大病保险"), 583770, 750000, 0, 0},
        {T("医疗救助"), T("医疗救助"), 583770, 0, 437828, 0},
    };
    static const print_layer en_layer[] = {
        {T("Basic insurance"), T("pool fund"), 2185080, 50000, 1601310, 0},
        {T("Catastrophic insurance"), T("catastrophic"), 583770, 750000, 0, 0},
        {T("Medical assistance"), T("assistance"), 583770, 0, 437828, 0},
    };
    static const print_fund zh_fund[] = {
        {T("统筹基金支付"), 1601310, T("(21850.80－500.00)×75%　宁政办〔2023〕45号 第九条")},
        {T("医疗救助支付"), 437828, T("5837.70×75%　国办发〔2021〕42号 救助起付标准和比例")},
    };
    static const print_fund en_fund[] = {
        {T("Pool fund"), 1601310, T("(21850.80 - 500.00) x 75%, 宁政办〔2023〕45号 art. 9")},
        {T("Medical assistance"), 437828, T("5837.70 x 75%, 国办发〔2021〕42号")},
    };
    static const str zh_sentence[] = {
        T("医疗费总额 28237.50 元，共 11 项。"),
        T("全自费（丙类或目录外）4925.00 元。"),
        T("统筹基金：尚应承担起付线 500.00 元，本次实际承担 500.00 元。"),
        T("统筹基金：21350.80 元按 75% 支付，为 16013.10 元。（依据：宁政办〔2023〕45号 第九条 "
          "参保人员在三级定点医疗机构住院发生的政策范围内医疗费用，起付标准以上、最高支付限额以下的"
          "部分，"
          "由统筹基金按比例支付）"),
        T("医疗救助：5837.70 元按 75% 支付，为 4378.28 元。（依据：国办发〔2021〕42号）"),
        T("个人负担 7846.12 元。"),
    };
    static const str en_sentence[] = {
        T("The bill is 28237.50 yuan; lines: 11."),
        T("4925.00 yuan are outside the catalogue."),
        T("pool fund: 500.00 yuan of the deductible are still to be met; 500.00 yuan are met now."),
        T("pool fund: 21350.80 yuan at 75% are 16013.10 yuan. (basis: 宁政办〔2023〕45号 art. 9: "
          "what "
          "is in scope between the deductible and the cap is paid by the pool fund at the rate of "
          "the hospital's level)"),
        T("medical assistance: 5837.70 yuan at 75% are 4378.28 yuan."),
        T("The patient's part is 7846.12 yuan."),
    };
    b->layer = zh ? zh_layer : en_layer;
    b->layer_count = 3;
    b->fund = zh ? zh_fund : en_fund;
    b->fund_count = 2;
    b->sentence = zh ? zh_sentence : en_sentence;
    b->sentence_count = 6;
}

static print_bill sample(print_lang lang, print_size size, int lines, arena *a)
{
    bool zh = lang == PRINT_ZH;
    print_bill b = {
        .lang = lang,
        .size = size,
        .area_name = zh ? S("宁德市") : S("Ningde"),
        .person_name = zh ? S("王**") : S("W**"),
        .person_id_no = S("3522**********1234"),
        .provider_name = zh ? S("宁德师范学院附属宁德市医院") : S("Ningde Municipal Hospital"),
        .provider_code = S("H35090200123"),
        .provider_level = zh ? S("三级") : S("level 3"),
        .scheme = zh ? S("城乡居民基本医疗保险") : S("Resident scheme"),
        .policy =
            zh ? S("宁德市城乡居民医疗保险 2024-01-01 起") : S("Ningde residents, from 2024-01-01"),
        .channel = zh ? S("窗口") : S("counter"),
        .visit_kind = zh ? S("普通住院") : S("inpatient"),
        .visit_no = S("ZY20261103001"),
        .disease = zh ? S("K80.1 胆囊结石伴慢性胆囊炎") : S("K80.1 Gallstones, cholecystitis"),
        .admit_on = S("2026-11-12"),
        .service_on = S("2026-11-20"),
        .settlement_no = S("7398201748273102849"),
        .bill_no = S("B20261121000017"),
        .settled_at = S("2026-11-21 16:02"),
        .total = amount(2823750, ""),
        .own = amount(492500, zh ? "丙类或目录外项目" : "class C, or outside the catalogue"),
        .over_limit = amount(60000, zh ? "超过医保支付标准" : "above the price the funds accept"),
        .pay_first = amount(86170, zh ? "乙类项目个人先行自付" : "of class B items"),
        .in_scope = amount(2185080, ""),
        .deductible =
            amount(50000, zh ? "三级医院本年度第一次住院" : "first stay of the year, level 3"),
        .fund_total = amount(2039138, ""),
        .personal = amount(784612, ""),
        .cash = amount(784612, ""),
        .maker = zh ? S("李梅") : S("Li Mei"),
        .made_at_ms = 1795248180000,
    };
    sample_says(&b, zh);
    b.line_count = lines;
    b.line = sample_lines(lines, zh, b.total.fen, a);
    return b;
}

/* ---- the PDF, read by somebody else's eyes ---- */

static str pdf_of(const print_bill *b, int count, arena *a)
{
    err e = {0};
    str pdf;
    if (!print_bill_pdf(&pdf, b, count, a, &e))
        fail_msg("%s: %s", err_name(e.code), e.msg);
    assert_true(pdf.n > 1000);
    assert_memory_equal(pdf.p, "%PDF-1.5", 8);
    return pdf;
}

static str output_of(const char *command, str pdf, arena *a)
{
    char path[] = "/tmp/gongji_print_XXXXXX", line[200];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, pdf.p, (size_t)pdf.n), pdf.n);
    close(fd);
    snprintf(line, sizeof line, command, path);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    ptrdiff_t cap = 4 << 20;
    char *text = arena_new(a, char, cap);
    ptrdiff_t n = (ptrdiff_t)fread(text, 1, (size_t)cap, f);
    assert_int_equal(pclose(f), 0);
    unlink(path);
    return (str){text, n};
}

static str text_of(str pdf, arena *a)
{
    return output_of("pdftotext -layout %s -", pdf, a);
}

static int pages_of(str pdf, arena *a)
{
    str info = output_of("pdfinfo %s", pdf, a);
    const char *at = strstr(arena_str(a, info).p, "Pages:");
    assert_non_null(at);
    return atoi(at + 6);
}

static void drop_spaces(char *s)
{
    char *to = s;
    for (; *s; s++)
        if (*s != ' ' && *s != '\n')
            *to++ = *s;
    *to = 0;
}

/* Where the reader sees a gap or none depends on the font: spaces do not count. */
static int seen(str text, const char *part)
{
    char *all = malloc((size_t)text.n + 1), wanted[200];
    memcpy(all, text.p, (size_t)text.n);
    all[text.n] = 0;
    snprintf(wanted, sizeof wanted, "%s", part);
    drop_spaces(all);
    drop_spaces(wanted);
    int found = count_of(str_of(all), wanted);
    free(all);
    return found;
}

static void assert_has(str text, const char *part)
{
    if (!seen(text, part))
        fail_msg("`%s` is not in\n%.*s", part, STR_ARG(text));
}

static void sheet_tells_everything(void **state)
{
    (void)state;
    static const char *const zh[] = {"宁德市医疗保障费用结算单",
                                     "王**",
                                     "3522**********1234",
                                     "宁德师范学院附属宁德市医院",
                                     "28,237.50",
                                     "4,925.00",
                                     "600.00",
                                     "861.70",
                                     "21,850.80",
                                     "统筹基金支付",
                                     "16,013.10",
                                     "4,378.28",
                                     "20,391.38",
                                     "7,846.12",
                                     "柒仟捌佰肆拾陆元壹角贰分",
                                     "国办发〔2021〕42号",
                                     "大病保险",
                                     "7,500.00",
                                     "经办人：李梅",
                                     "复核人",
                                     "XC000BA1000003B001",
                                     "统筹基金：尚应承担起付线 500.00 元",
                                     "第 1 页 共 ",
                                     "2026-11-21 16:03",
                                     "7398201748273102849"};
    static const char *const en[] = {"Ningde Medical Insurance Settlement",
                                     "W**",
                                     "To be paid in cash",
                                     "7,846.12",
                                     "Maker: Li Mei",
                                     "柒仟捌佰肆拾陆元壹角贰分",
                                     "Lines of the bill",
                                     "How it was computed",
                                     "Page 1 of "};
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, 11, &scratch);
    str text = text_of(pdf_of(&b, 1, &scratch), &scratch);
    for (ptrdiff_t i = 0; i < COUNTOF(zh); i++)
        assert_has(text, zh[i]);
    assert_false(has(text, "预结算"));
    scratch = a;
    b = sample(PRINT_EN, PRINT_A4, 11, &scratch);
    text = text_of(pdf_of(&b, 1, &scratch), &scratch);
    for (ptrdiff_t i = 0; i < COUNTOF(en); i++)
        assert_has(text, en[i]);
    free(a.beg);
}

/* The first amount of every row that begins with `name`. */
static int sums_read(str text, const char *name, int64_t *sum_fen)
{
    int rows = 0;
    *sum_fen = 0;
    for (ptrdiff_t i = 0; i + (ptrdiff_t)strlen(name) < text.n; i++) {
        if (memcmp(text.p + i, name, strlen(name)) != 0)
            continue;
        int64_t fen = 0;
        i += (ptrdiff_t)strlen(name);
        while (text.p[i] == ' ')
            i++;
        for (; i < text.n && strchr("0123456789,.", text.p[i]); i++)
            if (text.p[i] >= '0' && text.p[i] <= '9')
                fen = fen * 10 + (text.p[i] - '0');
        *sum_fen += fen;
        rows++;
    }
    return rows;
}

static void many_lines(int count)
{
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, count, &scratch);
    str pdf = pdf_of(&b, 1, &scratch);
    str text = text_of(pdf, &scratch);
    int pages = pages_of(pdf, &scratch);
    for (int i = 1; i <= pages; i++) {
        char footer[60];
        snprintf(footer, sizeof footer, "第 %d 页 共 %d 页", i, pages);
        assert_int_equal(seen(text, footer), 1);
    }
    for (int i = 0; i < count; i++)
        assert_int_equal(count_of(text, b.line[i].code.p), 1);
    int64_t sum;
    int heads = count_of(text, "项目名称／编码"), parts = sums_read(text, "本页小计", &sum);
    if (count > 20) {
        assert_int_equal(sum, b.total.fen);
        assert_int_equal(parts, heads);
        assert_true(parts > count / 45);
    } else {
        assert_int_equal(parts, 0);
        assert_int_equal(heads, 1);
    }
    assert_int_equal(sums_read(text, " 合计 ", &sum), 1);
    assert_int_equal(sum, b.total.fen);
    free(a.beg);
}

static void page_totals_sum_to_the_total(void **state)
{
    (void)state;
    many_lines(1);
    many_lines(40);
    many_lines(500);
}

static void same_input_same_bytes(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    for (int size = PRINT_A4; size <= PRINT_A5; size++) {
        arena scratch = a;
        print_bill b = sample(PRINT_ZH, (print_size)size, 40, &scratch);
        str first = pdf_of(&b, 1, &scratch), second = pdf_of(&b, 1, &scratch);
        assert_int_equal(first.n, second.n);
        assert_memory_equal(first.p, second.p, (size_t)first.n);
        str info = output_of("TZ=UTC pdfinfo -isodates %s", first, &scratch);
        assert_has(info, "2026-11-21T08:03:00");
        b.made_at_ms += 60000;
        str third = pdf_of(&b, 1, &scratch);
        assert_false(str_eq(first, third));
    }
    free(a.beg);
}

typedef struct {
    const print_bill *bill;
    arena a;
    str pdf;
} print_job;

static void *print_aside(void *arg)
{
    print_job *job = arg;
    job->pdf = pdf_of(job->bill, 1, &job->a);
    return NULL;
}

static void several_threads_print_the_same(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, 20, &scratch);
    str alone = pdf_of(&b, 1, &scratch);
    print_job job[4];
    pthread_t thread[4];
    for (int i = 0; i < 4; i++) {
        char *memory = arena_new(&scratch, char, 2 << 20);
        job[i] = (print_job){&b, {memory, memory + (2 << 20), NULL}, S("")};
        assert_int_equal(pthread_create(&thread[i], NULL, print_aside, &job[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_true(str_eq(job[i].pdf, alone));
    }
    free(a.beg);
}

static void receipt_is_one_page(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    for (int lang = PRINT_ZH; lang <= PRINT_EN; lang++) {
        arena scratch = a;
        print_bill b = sample((print_lang)lang, PRINT_A5, 40, &scratch);
        print_fund fund[8];
        for (int i = 0; i < 8; i++) /* as many payers as any policy has */
            fund[i] = (print_fund){arena_printf(&scratch, "fund %d", i), 100 + i, S("")};
        b.fund = fund;
        b.fund_count = 8;
        b.hospital.fen = b.family_account.fen = b.over_cap.fen = 1234;
        b.mark = PRINT_REVERSED;
        str pdf = pdf_of(&b, 1, &scratch);
        str text = text_of(pdf, &scratch);
        assert_int_equal(pages_of(pdf, &scratch), 1);
        assert_has(text, "柒仟捌佰肆拾陆元壹角贰分");
        assert_has(text, "fund 7");
        assert_has(text, lang == PRINT_ZH ? "复核人" : "Checker");
    }
    free(a.beg);
}

static void marks_stand_on_every_page(void **state)
{
    (void)state;
    static const struct {
        print_mark mark;
        const char *text;
    } marks[] = {
        {PRINT_PREVIEW, "预结算 不作报销凭证"},
        {PRINT_REVERSAL, "撤销原结算 7398201748273100001"},
        {PRINT_REVERSED, "撤销单 7398201748273100001"},
    };
    arena a = unit_arena(ARENA_BYTES);
    for (ptrdiff_t i = 0; i < COUNTOF(marks); i++) {
        arena scratch = a;
        print_bill b = sample(PRINT_ZH, PRINT_A4, 60, &scratch);
        b.mark = marks[i].mark;
        b.other_no = S("7398201748273100001");
        if (b.mark == PRINT_PREVIEW)
            b.settlement_no = S("");
        str pdf = pdf_of(&b, 1, &scratch);
        str text = output_of("pdftotext -raw %s -", pdf, &scratch);
        assert_has(text, marks[i].text);
        if (b.mark == PRINT_PREVIEW)
            assert_int_equal(seen(text, "不作报销凭证"), pages_of(pdf, &scratch) + 1);
    }
    free(a.beg);
}

static void parts_follow_each_other(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b[2] = {sample(PRINT_ZH, PRINT_A5, 1, &scratch),
                       sample(PRINT_ZH, PRINT_A5, 1, &scratch)};
    b[0].part = 1;
    b[1].part = 2;
    b[0].part_count = b[1].part_count = 2;
    b[1].cash.fen = -10005;
    str pdf = pdf_of(b, 2, &scratch);
    str text = text_of(pdf, &scratch);
    assert_int_equal(pages_of(pdf, &scratch), 2);
    assert_has(text, "第 2 段 共 2 段");
    assert_has(text, "第 2 页 共 2 页");
    assert_has(text, "-100.05");
    assert_has(text, "负壹佰元零伍分");
    free(a.beg);
}

static void poor_input_is_printed_all_the_same(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, 1, &scratch);
    b.person_name = S("\xff\xfe");
    b.provider_name = S("a <b> & \"c\" %s");
    char *wide = arena_new(&scratch, char, 4000);
    memset(wide, 'w', 4000);
    b.bill_no = (str){wide, 300};
    b.area_name = (str){wide, 4000};
    b.maker = (str){wide, 4000};
    wide[150] = wide[299] = (char)0xe5; /* half a character */
    assert_has(text_of(pdf_of(&b, 1, &scratch), &scratch), "a <b> & \"c\" %s");
    print_bill empty = {.line_count = 0};
    pdf_of(&empty, 1, &scratch);
    free(a.beg);
}

static void memory_that_is_too_small(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, 40, &scratch);
    arena small = {scratch.beg, scratch.beg + 5000, NULL};
    err e = {0};
    str pdf;
    assert_false(print_bill_pdf(&pdf, &b, 1, &small, &e));
    assert_int_equal(e.code, ERR_OUT_OF_MEMORY);
    assert_ptr_equal(small.beg, scratch.beg);
    free(a.beg);
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    arena a = unit_arena(ARENA_BYTES);
    arena scratch = a;
    print_bill b = sample(PRINT_ZH, PRINT_A4, 5, &scratch);
    size_t before = 0, after = 0;
    for (int i = 0; i < 45; i++) {
        if (i == 5)
            before = mallinfo2().uordblks;
        arena again = scratch;
        pdf_of(&b, 1, &again);
    }
    after = mallinfo2().uordblks;
    if (after > before + (size_t)40 * 6000)
        fail_msg("40 bills left %zu bytes", after - before);
    free(a.beg);
}

static void samples_write(const char *folder)
{
    static const int counts[] = {1, 11, 40, 500};
    arena a = unit_arena(ARENA_BYTES);
    for (int i = 0; i < 24; i++) {
        arena scratch = a;
        char path[300];
        int lang = i % 2, size = i / 2 % 2, mark = i / 4 % 4;
        print_bill b =
            sample((print_lang)lang, (print_size)size, i < 16 ? 11 : counts[i / 2 % 4], &scratch);
        b.mark = i < 16 ? (print_mark)mark : PRINT_VALID;
        b.other_no = S("7398201748273100001");
        str pdf = pdf_of(&b, 1, &scratch);
        snprintf(path, sizeof path, "%s/%s_%s_%d_%d.pdf", folder, size ? "a5" : "a4",
                 lang ? "en" : "zh", b.line_count, b.mark);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(pdf.p, 1, (size_t)pdf.n, f);
        fclose(f);
    }
    free(a.beg);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_in_capitals),
        cmocka_unit_test(words_are_read_back),
        cmocka_unit_test(sheet_tells_everything),
        cmocka_unit_test(page_totals_sum_to_the_total),
        cmocka_unit_test(same_input_same_bytes),
        cmocka_unit_test(several_threads_print_the_same),
        cmocka_unit_test(receipt_is_one_page),
        cmocka_unit_test(marks_stand_on_every_page),
        cmocka_unit_test(parts_follow_each_other),
        cmocka_unit_test(poor_input_is_printed_all_the_same),
        cmocka_unit_test(memory_that_is_too_small),
        cmocka_unit_test(nothing_is_left_behind),
    };
    if (argc > 1) {
        samples_write(argv[1]);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
