/* Amounts in Chinese capitals (大写), which nobody can alter with a stroke of the pen. */
#include "edge/print/print.h"

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};

static void say(text_buffer *out, const char *s)
{
    text_add(out, str_of(s));
}

/* 0 to 9999; 0 is silent.  Zeros in the middle are said once, those at the end are not said. */
static void say_group(text_buffer *out, int value)
{
    static const struct {
        int worth;
        const char *name;
    } place[] = {{1000, "仟"}, {100, "佰"}, {10, "拾"}, {1, ""}};
    bool begun = false, gap = false;
    for (int i = 0; i < 4; i++) {
        int digit = value / place[i].worth % 10;
        if (digit == 0) {
            gap = begun;
            continue;
        }
        if (gap)
            say(out, digits[0]);
        say(out, digits[digit]);
        say(out, place[i].name);
        begun = true;
        gap = false;
    }
}

/* Below 10^8.  A part that does not fill its places is led by 零: 壹万零壹. */
static void say_below_yi(text_buffer *out, int value)
{
    int high = value / 10000, low = value % 10000;
    if (high) {
        say_group(out, high);
        say(out, "万");
        if (low && low < 1000)
            say(out, digits[0]);
    }
    say_group(out, low);
}

static void say_yuan(text_buffer *out, uint64_t yuan)
{
    static const uint64_t yi = 100000000;
    assert(yuan < yi * yi);
    int high = (int)(yuan / yi), low = (int)(yuan % yi);
    if (high) {
        say_below_yi(out, high);
        say(out, "亿");
        if (low && low < 10000000)
            say(out, digits[0]);
    }
    say_below_yi(out, low);
}

void print_amount_words(text_buffer *out, int64_t fen)
{
    uint64_t left = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;
    assert(left < 1000000000000000000); /* all that is below 10^16 yuan */
    uint64_t yuan = left / 100;
    int jiao = (int)(left / 10 % 10), odd = (int)(left % 10);
    if (left == 0) {
        say(out, "零元整");
        return;
    }
    if (fen < 0)
        say(out, "负");
    if (yuan) {
        say_yuan(out, yuan);
        say(out, "元");
    }
    if (jiao) {
        say(out, digits[jiao]);
        say(out, "角");
    } else if (yuan && odd) {
        say(out, digits[0]);
    }
    if (odd) {
        say(out, digits[odd]);
        say(out, "分");
    } else {
        say(out, "整");
    }
}
