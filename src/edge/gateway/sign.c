/* The three signatures in HTTP headers. */
#include "edge/gateway/sign_internal.h"
#include "edge/gateway/sm_internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define TIME_WINDOW_MS INT64_C(1800000)

static str bytes_of(const unsigned char *p, unsigned int n)
{
    return (str){(const char *)p, (ptrdiff_t)n};
}

str sign_digest(const EVP_MD *how, str bytes, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_Digest(bytes.p, (size_t)bytes.n, sum, &n, how, NULL) != 1)
        return S("");
    return sm_hex(bytes_of(sum, n), false, a);
}

static str mac(const EVP_MD *how, str key, str bytes, bool base64, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (!HMAC(how, key.p, (int)key.n, (const unsigned char *)bytes.p, (size_t)bytes.n, sum, &n))
        return S("");
    return base64 ? sm_base64(bytes_of(sum, n), a) : sm_hex(bytes_of(sum, n), false, a);
}

/* Of the message and its file. */
static str digest_by(const EVP_MD *how, const gate_call *c)
{
    str own = sign_digest(how, c->message, c->a);
    if (own.n == 0 || !c->has_upload)
        return own;
    str file = sign_digest(how, c->upload, c->a);
    return sign_digest(how, arena_printf(c->a, "%.*s%.*s", STR_ARG(own), STR_ARG(file)), c->a);
}

/* It tells a repeat from another message and proves nothing to anybody: SHA-256, for which
 * processors have instructions, and not SM3. */
#define DIGEST_MARK "sha256:"

str gate_digest(const gate_call *c, err *e)
{
    str sum = digest_by(c->with->sha256, c);
    if (sum.n == 0)
        FAIL(e, ERR_STORE, "SHA-256 is not available");
    return sum.n ? arena_printf(c->a, DIGEST_MARK "%.*s", STR_ARG(sum)) : sum;
}

bool gate_digest_is(const gate_call *c, str kept)
{
    static const char mark[] = DIGEST_MARK;
    ptrdiff_t n = (ptrdiff_t)sizeof mark - 1;
    bool marked = kept.n > n && memcmp(kept.p, mark, (size_t)n) == 0;
    return str_eq(kept, marked ? c->digest : digest_by(EVP_sm3(), c));
}

/* In constant time; hex may be in capitals. */
bool sign_same(str a, str b, bool hex)
{
    unsigned char differs = a.n != b.n;
    for (ptrdiff_t i = 0; i < a.n && i < b.n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        if (hex && x >= 'A' && x <= 'F')
            x = (unsigned char)(x + 32);
        if (hex && y >= 'A' && y <= 'F')
            y = (unsigned char)(y + 32);
        differs |= (unsigned char)(x ^ y);
    }
    return !differs;
}

/* ---- the three ---- */

static str x_tif_text(const sign_parts *p, str secret, arena *a)
{
    return arena_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(p->at), STR_ARG(secret), STR_ARG(p->nonce),
                        STR_ARG(p->at));
}

static str api_text(const sign_parts *p, arena *a)
{
    return arena_printf(a,
                        "_api_access_key=%.*s&_api_name=%.*s&_api_timestamp=%.*s&_api_version=%.*s",
                        STR_ARG(p->key), STR_ARG(p->name), STR_ARG(p->at), STR_ARG(p->version));
}

static str x_ca_text(const sign_parts *p, str body, arena *a)
{
    return arena_printf(a, "%.*s\n%.*s", STR_ARG(p->at), STR_ARG(body));
}

sign_parts sign_parts_of(sign_kind kind, const http_request *r)
{
    if (kind == SIGN_X_TIF)
        return (sign_parts){.key = http_header(r, "x-tif-paasid"),
                            .at = http_header(r, "x-tif-timestamp"),
                            .nonce = http_header(r, "x-tif-nonce"),
                            .signature = http_header(r, "x-tif-signature")};
    if (kind == SIGN_API)
        return (sign_parts){.key = http_header(r, "_api_access_key"),
                            .at = http_header(r, "_api_timestamp"),
                            .name = http_header(r, "_api_name"),
                            .version = http_header(r, "_api_version"),
                            .signature = http_header(r, "_api_signature")};
    str header = http_header(r, "x-ca-signature");
    const char *colon = header.n ? memchr(header.p, ':', (size_t)header.n) : NULL;
    str at = {header.p, colon ? colon - header.p : 0};
    return (sign_parts){.key = http_header(r, "x-ca-key"),
                        .at = at,
                        .signature = colon ? (str){colon + 1, header.n - at.n - 1} : header};
}

str sign_text(sign_kind kind, const sign_parts *p, str secret, str body, arena *a)
{
    return kind == SIGN_X_TIF ? x_tif_text(p, secret, a)
           : kind == SIGN_API ? api_text(p, a)
                              : x_ca_text(p, body, a);
}

str sign_make(sign_kind kind, const sign_parts *p, str secret, str body, arena *a)
{
    str text = sign_text(kind, p, secret, body, a);
    return kind == SIGN_X_TIF ? sign_digest(EVP_sha256(), text, a)
           : kind == SIGN_API ? mac(EVP_sha1(), secret, text, true, a)
                              : mac(EVP_sm3(), secret, text, false, a);
}

bool sign_time(int64_t *off_ms, sign_kind kind, str digits, int64_t now_ms)
{
    int64_t n;
    *off_ms = 0;
    if (!id_parse(&n, digits) || n > INT64_MAX / 1000)
        return false;
    bool ms = kind == SIGN_API || (kind == SIGN_X_CA && digits.n > 11);
    *off_ms = (ms ? n : n * 1000) - now_ms;
    return *off_ms<TIME_WINDOW_MS && * off_ms> - TIME_WINDOW_MS;
}

sign_kind sign_kind_of(str said)
{
    return str_eq(said, S("x-tif"))  ? SIGN_X_TIF
           : str_eq(said, S("api"))  ? SIGN_API
           : str_eq(said, S("x-ca")) ? SIGN_X_CA
                                     : SIGN_NONE;
}

void gate_warn(gate_call *c, const char *why)
{
    c->signature_warning =
        arena_printf(c->a, "%.*s%s[bad_signature] %s", STR_ARG(c->signature_warning),
                     c->signature_warning.n ? "；" : "", why);
}

bool gate_signature_check(gate_call *c, err *e)
{
    const gate_access *access = &c->access;
    sign_kind kind = sign_kind_of(access->signature);
    int64_t off_ms;
    if (str_eq(access->verify, S("off")) || access->verify.n == 0 || kind == SIGN_NONE)
        return true;
    sign_parts p = sign_parts_of(kind, c->request);
    str expected = sign_make(kind, &p, access->secret, c->request->body, c->a);
    if (expected.n == 0)
        return FAIL(e, ERR_STORE, "a digest is not available");
    if (access->old_secret.n && access->old_until > c->received_at &&
        !sign_same(expected, p.signature, kind != SIGN_API))
        expected = sign_make(kind, &p, access->old_secret, c->request->body, c->a);
    bool kept = access->secret.n > 0; /* without one anybody could sign */
    bool known = str_eq(p.key, access->access_key);
    bool recent = sign_time(&off_ms, kind, p.at, c->received_at);
    if (kept && known && recent && sign_same(expected, p.signature, kind != SIGN_API))
        return true;
    const char *why = !kept     ? "no secret of this provider is kept here"
                      : !known  ? "not the access key of this provider"
                      : !recent ? "the time is off by more than 30 minutes"
                                : "the signature is not that of these headers and this secret";
    if (str_eq(access->verify, S("lenient"))) {
        gate_warn(c, why);
        return true;
    }
    err_expected(e, "%s", why);
    return FAIL(e, ERR_BAD_SIGNATURE, "%s", "");
}
