#include "service/lists/mask.h"

static ptrdiff_t character(str s, ptrdiff_t at)
{
    ptrdiff_t n = utf8_length(s.p + at, s.n - at);
    return n > 0 ? n : 1;
}

#define HIDDEN_MIN 4

/* Keeps so many characters at both ends if enough lie between; of a shorter text only the first. */
static str mask(str s, int first, int last, arena *a)
{
    int count = 0;
    for (ptrdiff_t i = 0; i < s.n; i += character(s, i))
        count++;
    if (count < first + last + HIDDEN_MIN) {
        first = count > 0;
        last = 0;
    }
    char *p = arena_new(a, char, s.n + 2);
    ptrdiff_t n = 0;
    int k = 0;
    for (ptrdiff_t i = 0; i < s.n; k++) {
        ptrdiff_t length = character(s, i);
        if (k < first || k >= count - last) {
            memcpy(p + n, s.p + i, (size_t)length);
            n += length;
        } else {
            p[n++] = '*';
        }
        i += length;
    }
    if (count == 1)
        p[n++] = '*'; /* a name of one character is not told either */
    return (str){p, n};
}

str mask_name(str name, arena *a)
{
    return mask(name, 1, 0, a);
}

str mask_id_no(str id_no, arena *a)
{
    return mask(id_no, 4, 4, a);
}

str mask_phone(str phone, arena *a)
{
    return mask(phone, 3, 4, a);
}
