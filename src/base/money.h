/* money -- exact amounts and shares: no floats, every rounding named, nothing negative by accident.
 *
 * In:      integers, or decimal text as people and machines write it.
 * Out:     money in fen, rate in units of 1e-8, decimal text; an err for text that is not a number.
 * May use: base.
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H
#include "base/base.h"

typedef struct {
    int64_t fen;
} money;

/* A share: 1e8 is 100 %.  Fine enough that 89.5 % x 85 % = 76.075 % stays exact. */
typedef struct {
    int64_t e8;
} rate;

#define RATE_ONE INT64_C(100000000)
#define MONEY_FEN_MAX                                                                              \
    INT64_C(10000000000000) /* 100 billion yuan: the largest amount read anywhere */

static inline int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* a * b / c, rounded half up; a and b not negative, c positive, exact in between. */
int64_t mul_div_half_up_wide(int64_t a, int64_t b, int64_t c);

/* fen * share, rounded half up to the fen; neither negative. */
static inline int64_t fen_share_half_up(int64_t fen, int64_t share_e8)
{
    int64_t product;
    if (__builtin_mul_overflow(fen, share_e8, &product) || product > INT64_MAX - RATE_ONE)
        return mul_div_half_up_wide(fen, share_e8, RATE_ONE);
    return (product + RATE_ONE / 2) / RATE_ONE;
}

/* Text to number.  Digits, at most one point, at most `scale` decimals (more only when zero); no
 * sign, no exponent, no spaces.  The value times 10^scale must not exceed `max`. */
bool decimal_parse(int64_t *out, str s, int scale, int64_t max);
bool money_parse(money *out, str s); /* "12", "12.3", "12.30" */
bool rate_parse(rate *out, str s);   /* "10%" (up to 10000%), or the share itself "0.1", up to 1 */

/* Number to text: two decimals always, for reading by people and machines alike. */
#define MONEY_TEXT_MAX 24
ptrdiff_t money_print(char *p, int64_t fen); /* writes at most MONEY_TEXT_MAX bytes, no NUL */
typedef struct {
    char c[MONEY_TEXT_MAX];
} money_text;
money_text money_show(int64_t fen); /* NUL-terminated */
money_text rate_show(int64_t e8);   /* "60%", "89.5%" */

/* Divides `total` over `weight[0..n)` in proportion by largest remainder; the parts sum to the
 * total. Ties go to the earlier place.  total <= sum of weights; all weights >= 0; n > 0 when total
 * > 0. */
void share_out(int64_t *part, const int64_t *weight, ptrdiff_t n, int64_t total, arena scratch);

#endif
