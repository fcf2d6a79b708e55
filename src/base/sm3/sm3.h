/* sm3 -- the national digest (GM/T 0004) over one text or several, as hexadecimal digits.
 *
 * In:      bytes.
 * Out:     SM3_HEX small letters and digits, ended by 0.
 * May use: base, OpenSSL.
 */
#ifndef SM3_SM3_H
#define SM3_SM3_H
#include "base/base.h"

#define SM3_HEX 64

typedef struct {
    void *context;
    bool ok;
} sm3;

sm3 sm3_begin(void);
void sm3_add(sm3 *s, str bytes);
/* Ends it, whatever came before.  ERR_STORE: the library has no SM3. */
bool sm3_end(char hex[SM3_HEX + 1], sm3 *s, err *e) MUST_USE;
bool sm3_of(str *hex, str bytes, arena *a, err *e) MUST_USE;

#endif
