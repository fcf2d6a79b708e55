#include "base/sm3/sm3.h"

#include <openssl/evp.h>

sm3 sm3_begin(void)
{
    sm3 s = {.context = EVP_MD_CTX_new()};
    s.ok = s.context && EVP_DigestInit_ex(s.context, EVP_sm3(), NULL) == 1;
    return s;
}

void sm3_add(sm3 *s, str bytes)
{
    if (bytes.n)
        s->ok = s->ok && EVP_DigestUpdate(s->context, bytes.p, (size_t)bytes.n) == 1;
}

bool sm3_end(char hex[SM3_HEX + 1], sm3 *s, err *e)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    bool ok = s->ok && EVP_DigestFinal_ex(s->context, sum, &length) == 1 && 2 * length == SM3_HEX;
    EVP_MD_CTX_free(s->context);
    *s = (sm3){0};
    if (!ok)
        return FAIL(e, ERR_STORE, "SM3 is not available");
    for (size_t i = 0; i < SM3_HEX / 2; i++) {
        hex[2 * i] = digit[sum[i] >> 4];
        hex[2 * i + 1] = digit[sum[i] & 15];
    }
    hex[SM3_HEX] = 0;
    return true;
}

bool sm3_of(str *hex, str bytes, arena *a, err *e)
{
    sm3 s = sm3_begin();
    char *text = arena_new(a, char, SM3_HEX + 1);
    sm3_add(&s, bytes);
    *hex = (str){text, SM3_HEX};
    return sm3_end(text, &s, e);
}
