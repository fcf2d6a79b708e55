/* The three signatures in HTTP headers. */
#include "edge/gateway/gateway_internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define TIME_WINDOW_MS INT64_C(1800000)

static str hex_of(const unsigned char *p, unsigned int n, arena *a)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_new(a, char, 2 * (ptrdiff_t)n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    return (str){out, 2 * (ptrdiff_t)n};
}

static str digest_by(const EVP_MD *how, str bytes, arena *a, err *e)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_Digest(bytes.p, (size_t)bytes.n, sum, &n, how, NULL) == 1)
        return hex_of(sum, n, a);
    FAIL(e, ERR_STORE, "a digest is not available");
    return S("");
}

str gate_digest(str bytes, arena *a, err *e)
{
    return digest_by(EVP_sm3(), bytes, a, e);
}

static bool
mac_by(unsigned char sum[EVP_MAX_MD_SIZE], unsigned int *n, const EVP_MD *how, str key, str bytes)
{
    return HMAC(how, key.p, (int)key.n, (const unsigned char *)bytes.p, (size_t)bytes.n, sum, n) !=
           NULL;
}

/* In constant time; hex may be in capitals. */
static bool same(str a, str b, bool hex)
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

static bool is_recent(const gate_call *c, str digits, int64_t unit_ms)
{
    int64_t n;
    if (!id_parse(&n, digits) || n > INT64_MAX / 1000)
        return false;
    int64_t off_ms = n * unit_ms - c->received_at;
    return off_ms < TIME_WINDOW_MS && off_ms > -TIME_WINDOW_MS;
}

static bool x_tif(gate_call *c, str *expected, str *got, bool *recent, err *e)
{
    str at = http_header(c->request, "x-tif-timestamp");
    str nonce = http_header(c->request, "x-tif-nonce");
    str all = arena_printf(c->a, "%.*s%.*s%.*s%.*s", STR_ARG(at), STR_ARG(c->access.secret),
                           STR_ARG(nonce), STR_ARG(at));
    *got = http_header(c->request, "x-tif-signature");
    *recent = is_recent(c, at, 1000);
    *expected = digest_by(EVP_sha256(), all, c->a, e);
    return str_eq(http_header(c->request, "x-tif-paasid"), c->access.access_key);
}

static bool api_gateway(gate_call *c, str *expected, str *got, bool *recent, err *e)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    const http_request *r = c->request;
    str at = http_header(r, "_api_timestamp"), key = http_header(r, "_api_access_key");
    str name = http_header(r, "_api_name"), version = http_header(r, "_api_version");
    str all = arena_printf(
        c->a, "_api_access_key=%.*s&_api_name=%.*s&_api_timestamp=%.*s&_api_version=%.*s",
        STR_ARG(key), STR_ARG(name), STR_ARG(at), STR_ARG(version));
    *got = http_header(r, "_api_signature");
    *recent = is_recent(c, at, 1);
    if (!mac_by(sum, &n, EVP_sha1(), c->access.secret, all))
        return FAIL(e, ERR_STORE, "HMAC is not available");
    char *text = arena_new(c->a, char, 4 * ((ptrdiff_t)n + 2) / 3 + 4);
    *expected = (str){text, EVP_EncodeBlock((unsigned char *)text, sum, (int)n)};
    return str_eq(key, c->access.access_key);
}

static bool x_ca(gate_call *c, str *expected, str *got, bool *recent, err *e)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    str header = http_header(c->request, "x-ca-signature");
    const char *colon = header.n ? memchr(header.p, ':', (size_t)header.n) : NULL;
    str at = {header.p, colon ? colon - header.p : 0};
    str all = arena_printf(c->a, "%.*s\n%.*s", STR_ARG(at), STR_ARG(c->request->body));
    *got = colon ? (str){colon + 1, header.n - at.n - 1} : S("");
    *recent = is_recent(c, at, at.n > 11 ? 1 : 1000);
    if (!mac_by(sum, &n, EVP_sm3(), c->access.secret, all))
        return FAIL(e, ERR_STORE, "HMAC is not available");
    *expected = hex_of(sum, n, c->a);
    return str_eq(http_header(c->request, "x-ca-key"), c->access.access_key);
}

bool gate_signature_check(gate_call *c, err *e)
{
    const gate_access *access = &c->access;
    str expected = S(""), got = S("");
    bool recent = true, known = true;
    bool base64 = str_eq(access->signature, S("api"));
    if (str_eq(access->verify, S("off")) || access->verify.n == 0 ||
        str_eq(access->signature, S("none")) || access->signature.n == 0)
        return true;
    if (str_eq(access->signature, S("x-tif")))
        known = x_tif(c, &expected, &got, &recent, e);
    else if (base64)
        known = api_gateway(c, &expected, &got, &recent, e);
    else
        known = x_ca(c, &expected, &got, &recent, e);
    if (e->code != ERR_OK)
        return false;
    bool right_one = expected.n > 0 && same(expected, got, !base64);
    if (known && recent && right_one)
        return true;
    const char *why = !known    ? "not the access key of this provider"
                      : !recent ? "the time is off by more than 30 minutes"
                                : "the signature is not that of these headers and this secret";
    if (str_eq(access->verify, S("lenient"))) {
        c->warning = arena_printf(c->a, "[bad_signature] %s", why);
        return true;
    }
    err_expected(e, "%s", why);
    return FAIL(e, ERR_BAD_SIGNATURE, "%s", "");
}
