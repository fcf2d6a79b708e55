/* Signatures in HTTP headers, piece by piece: for checking them and for telling what is wrong. */
#ifndef GATEWAY_SIGN_INTERNAL_H
#define GATEWAY_SIGN_INTERNAL_H
#include "edge/gateway/gateway_internal.h"

#include <openssl/evp.h>

typedef enum { SIGN_NONE = 0, SIGN_X_TIF, SIGN_API, SIGN_X_CA, SIGN__COUNT } sign_kind;

typedef struct {
    str key, at, nonce, name, version, signature; /* as they came; "" = no such header */
} sign_parts;

sign_kind sign_kind_of(str said);
sign_parts sign_parts_of(sign_kind kind, const http_request *r);
str sign_text(sign_kind kind, const sign_parts *p, str secret, str body, arena *a);
str sign_make(sign_kind kind, const sign_parts *p, str secret, str body, arena *a);
/* Is it within 30 minutes of now? */
bool sign_time(int64_t *off_ms, sign_kind kind, str digits, int64_t now_ms);
bool sign_same(str a, str b, bool hex);
str sign_digest(const EVP_MD *how, str bytes, arena *a); /* hex; "" = not available */

#endif
