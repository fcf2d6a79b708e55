#include "base/money.h"

__extension__ typedef unsigned __int128 wide;

int64_t mul_div_half_up_wide(int64_t a, int64_t b, int64_t c)
{
    assert(a >= 0);
    assert(b >= 0);
    assert(c > 0);
    wide product = (wide)(uint64_t)a * (uint64_t)b;
    wide result = (product + (uint64_t)c / 2) / (uint64_t)c;
    assert(result <= INT64_MAX);
    return (int64_t)result;
}

bool decimal_parse(int64_t *out, str s, int scale, int64_t max)
{
    assert(max <= INT64_MAX / 10 - 9);
    int64_t value = 0;
    int decimals = -1; /* -1 = before the point */
    ptrdiff_t digits = 0;
    for (ptrdiff_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        digits++;
        if (decimals >= scale) {
            if (c != '0')
                return false;
            decimals++;
            continue;
        }
        if (decimals >= 0)
            decimals++;
        value = value * 10 + (c - '0');
        if (value > max)
            return false;
    }
    if (digits == 0 || decimals == 0)
        return false;
    for (int i = decimals < 0 ? 0 : decimals; i < scale; i++) {
        value *= 10;
        if (value > max)
            return false;
    }
    *out = value;
    return true;
}

bool money_parse(money *out, str s)
{
    return decimal_parse(&out->fen, s, 2, MONEY_FEN_MAX);
}

bool rate_parse(rate *out, str s)
{
    if (s.n > 1 && s.p[s.n - 1] == '%')
        return decimal_parse(&out->e8, (str){s.p, s.n - 1}, 6, 100 * RATE_ONE);
    return decimal_parse(&out->e8, s, 8, RATE_ONE);
}

/* Two digits at a time, from the end. */
ptrdiff_t money_print(char *p, int64_t fen)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[MONEY_TEXT_MAX], *start = digits + MONEY_TEXT_MAX;
    uint64_t left = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;
    start -= 2;
    memcpy(start, pairs + 2 * (left % 100), 2);
    *--start = '.';
    left /= 100;
    while (left >= 10) {
        start -= 2;
        memcpy(start, pairs + 2 * (left % 100), 2);
        left /= 100;
    }
    if (left > 0 || start[0] == '.')
        *--start = (char)('0' + left);
    if (fen < 0)
        *--start = '-';
    ptrdiff_t n = digits + MONEY_TEXT_MAX - start;
    memcpy(p, start, (size_t)n);
    return n;
}

money_text money_show(int64_t fen)
{
    money_text t;
    t.c[money_print(t.c, fen)] = 0;
    return t;
}

money_text rate_show(int64_t e8)
{
    money_text t;
    char digits[MONEY_TEXT_MAX];
    uint64_t left = e8 < 0 ? -(uint64_t)e8 : (uint64_t)e8;
    ptrdiff_t n = 0, out = 0;
    int decimals = 6;
    while (decimals > 0 && left % 10 == 0) {
        left /= 10;
        decimals--;
    }
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
        if (n == decimals)
            digits[n++] = '.';
    } while (left > 0 || n < (decimals ? decimals + 2 : 1));
    if (e8 < 0)
        t.c[out++] = '-';
    while (n > 0)
        t.c[out++] = digits[--n];
    t.c[out++] = '%';
    t.c[out] = 0;
    return t;
}

void share_out(int64_t *part, const int64_t *weight, ptrdiff_t n, int64_t total, arena scratch)
{
    int64_t sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += weight[i];
    assert(total >= 0);
    assert(total <= sum);
    if (total == 0 || total == sum) {
        for (ptrdiff_t i = 0; i < n; i++)
            part[i] = total ? weight[i] : 0;
        return;
    }
    int64_t *remainder = arena_new(&scratch, int64_t, n);
    int64_t left = total;
    for (ptrdiff_t i = 0; i < n; i++) {
        wide product = (wide)(uint64_t)total * (uint64_t)weight[i];
        part[i] = (int64_t)(product / (uint64_t)sum);
        remainder[i] = (int64_t)(product % (uint64_t)sum);
        left -= part[i];
    }
    while (left-- > 0) { /* at most n - 1 times */
        ptrdiff_t best = 0;
        for (ptrdiff_t i = 1; i < n; i++)
            if (remainder[i] > remainder[best])
                best = i;
        part[best]++;
        remainder[best] = -1;
    }
}
