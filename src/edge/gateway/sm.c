#include "edge/gateway/sm_internal.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define KEY_INFO_BYTES 91 /* of a SubjectPublicKeyInfo; the point stands at its end */
#define COORDINATE     32

/* ---- encodings ---- */

str sm_hex(str bytes, bool capitals, arena *a)
{
    const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    char *out = arena_new(a, char, 2 * bytes.n + 1);
    for (ptrdiff_t i = 0; i < bytes.n; i++) {
        out[2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
        out[2 * i + 1] = digits[(unsigned char)bytes.p[i] & 15];
    }
    return (str){out, 2 * bytes.n};
}

str sm_base64(str bytes, arena *a)
{
    char *out = arena_new(a, char, 4 * ((bytes.n + 2) / 3) + 1);
    int n = EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes.p, (int)bytes.n);
    return (str){out, n};
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool hex_read(str *out, str text, arena *a)
{
    char *to = arena_new(a, char, text.n / 2 + 1);
    if (text.n % 2)
        return false;
    for (ptrdiff_t i = 0; i < text.n; i += 2) {
        int high = digit_of(text.p[i]), low = digit_of(text.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i / 2] = (char)(high << 4 | low);
    }
    *out = (str){to, text.n / 2};
    return true;
}

static bool base64_read(str *out, str text, arena *a)
{
    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    ptrdiff_t all = (text.n + 3) / 4 * 4;
    char *padded = arena_new(a, char, all + 1), *to = arena_new(a, char, all / 4 * 3 + 4);
    memset(padded, '=', (size_t)all);
    for (ptrdiff_t i = 0; i < text.n; i++) {
        char c = text.p[i]; /* the alphabet of addresses, too */
        padded[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    int n = text.n % 4 == 1
                ? -1
                : EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)padded, (int)all);
    if (n < 0)
        return false;
    *out = (str){to, n - (all - text.n)};
    return true;
}

bool sm_bytes(str *out, str text, arena *a)
{
    *out = S("");
    return text.n > 0 && text.n < (64 << 20) &&
           (hex_read(out, text, a) || base64_read(out, text, a));
}

str sm3_hex(str bytes, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_Digest(bytes.p, (size_t)bytes.n, sum, &n, EVP_sm3(), NULL) != 1)
        return S("");
    return sm_hex((str){(char *)sum, (ptrdiff_t)n}, false, a);
}

/* ---- keys ---- */

bool sm2_public_read(unsigned char out[SM_POINT_BYTES], str text, arena *a)
{
    str b;
    if (!sm_bytes(&b, text, a))
        return false;
    if (b.n == KEY_INFO_BYTES)
        b = (str){b.p + KEY_INFO_BYTES - SM_POINT_BYTES, SM_POINT_BYTES};
    if (b.n == SM_POINT_BYTES && b.p[0] == 4)
        b = (str){b.p + 1, b.n - 1};
    if (b.n != SM_POINT_BYTES - 1)
        return false;
    out[0] = 4;
    memcpy(out + 1, b.p, (size_t)b.n);
    return true;
}

bool sm2_private_read(unsigned char out[SM_KEY_BYTES], str text, arena *a)
{
    str b;
    if (!sm_bytes(&b, text, a))
        return false;
    if (b.n == SM_KEY_BYTES + 1 && b.p[0] == 0) /* as Java writes large numbers */
        b = (str){b.p + 1, b.n - 1};
    if (b.n != SM_KEY_BYTES)
        return false;
    memcpy(out, b.p, SM_KEY_BYTES);
    return true;
}

bool sm2_signature_read(unsigned char out[SM_SIGNATURE_BYTES], str text, arena *a)
{
    str b;
    if (!sm_bytes(&b, text, a))
        return false;
    if (b.n == SM_SIGNATURE_BYTES) {
        memcpy(out, b.p, SM_SIGNATURE_BYTES);
        return true;
    }
    const unsigned char *p = (const unsigned char *)b.p;
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, b.n);
    bool ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), out, COORDINATE) == COORDINATE &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), out + COORDINATE, COORDINATE) == COORDINATE;
    ECDSA_SIG_free(s);
    return ok;
}

/* `d` NULL = the public half only. */
static EVP_PKEY *key_of(const unsigned char point[SM_POINT_BYTES], const BIGNUM *d)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *p = NULL;
    bool ok = c && b && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0) &&
              OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, SM_POINT_BYTES);
    ok = ok && (!d || OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d));
    p = ok ? OSSL_PARAM_BLD_to_param(b) : NULL;
    ok = p && EVP_PKEY_fromdata_init(c) == 1 &&
         EVP_PKEY_fromdata(c, &key, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, p) == 1;
    OSSL_PARAM_free(p);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(c);
    return ok ? key : NULL;
}

static bool point_of(unsigned char out[SM_POINT_BYTES], const BIGNUM *d)
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_sm2);
    EC_POINT *p = g ? EC_POINT_new(g) : NULL;
    bool ok = p && !BN_is_zero(d) && EC_POINT_mul(g, p, d, NULL, NULL, NULL) == 1 &&
              EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, out, SM_POINT_BYTES, NULL) ==
                  SM_POINT_BYTES;
    EC_POINT_free(p);
    EC_GROUP_free(g);
    return ok;
}

bool sm2_public_of(unsigned char out[SM_POINT_BYTES], const unsigned char key[SM_KEY_BYTES])
{
    BIGNUM *d = BN_bin2bn(key, SM_KEY_BYTES, NULL);
    bool ok = d && point_of(out, d);
    BN_clear_free(d);
    return ok;
}

/* ---- signatures ---- */

typedef struct {
    EVP_MD_CTX *digest;
    EVP_PKEY_CTX *of_key;
} signing;

static signing signing_open(EVP_PKEY *key, str user)
{
    signing s = {EVP_MD_CTX_new(), key ? EVP_PKEY_CTX_new(key, NULL) : NULL};
    if (s.digest && s.of_key && EVP_PKEY_CTX_set1_id(s.of_key, user.p, (int)user.n) == 1)
        EVP_MD_CTX_set_pkey_ctx(s.digest, s.of_key);
    else
        key = NULL;
    if (key)
        return s;
    EVP_MD_CTX_free(s.digest);
    EVP_PKEY_CTX_free(s.of_key);
    return (signing){NULL, NULL};
}

static void signing_close(signing s)
{
    EVP_MD_CTX_free(s.digest);
    EVP_PKEY_CTX_free(s.of_key);
}

static ptrdiff_t der_of(unsigned char out[80], const unsigned char signature[SM_SIGNATURE_BYTES])
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, COORDINATE, NULL);
    BIGNUM *t = BN_bin2bn(signature + COORDINATE, COORDINATE, NULL);
    unsigned char *p = out;
    int n = -1;
    if (s && r && t && ECDSA_SIG_set0(s, r, t) == 1) {
        n = i2d_ECDSA_SIG(s, NULL) <= 80 ? i2d_ECDSA_SIG(s, &p) : -1;
    } else {
        BN_free(r);
        BN_free(t);
    }
    ECDSA_SIG_free(s);
    return n;
}

bool sm2_verify(const unsigned char point[SM_POINT_BYTES],
                const unsigned char signature[SM_SIGNATURE_BYTES],
                str bytes,
                str user)
{
    unsigned char der[80];
    ptrdiff_t n = der_of(der, signature);
    EVP_PKEY *key = n > 0 ? key_of(point, NULL) : NULL;
    signing s = signing_open(key, user);
    bool ok = s.digest && EVP_DigestVerifyInit(s.digest, NULL, EVP_sm3(), NULL, key) == 1 &&
              EVP_DigestVerify(s.digest, der, (size_t)n, (const unsigned char *)bytes.p,
                               (size_t)bytes.n) == 1;
    signing_close(s);
    EVP_PKEY_free(key);
    return ok;
}

bool sm2_sign(unsigned char out[SM_SIGNATURE_BYTES],
              const unsigned char private_key[SM_KEY_BYTES],
              str bytes,
              str user)
{
    unsigned char point[SM_POINT_BYTES], der[80];
    size_t n = sizeof der;
    BIGNUM *d = BN_bin2bn(private_key, SM_KEY_BYTES, NULL);
    EVP_PKEY *key = d && point_of(point, d) ? key_of(point, d) : NULL;
    signing s = signing_open(key, user);
    bool ok =
        s.digest && EVP_DigestSignInit(s.digest, NULL, EVP_sm3(), NULL, key) == 1 &&
        EVP_DigestSign(s.digest, der, &n, (const unsigned char *)bytes.p, (size_t)bytes.n) == 1;
    const unsigned char *p = der;
    ECDSA_SIG *rs = ok ? d2i_ECDSA_SIG(NULL, &p, (long)n) : NULL;
    ok = rs && BN_bn2binpad(ECDSA_SIG_get0_r(rs), out, COORDINATE) == COORDINATE &&
         BN_bn2binpad(ECDSA_SIG_get0_s(rs), out + COORDINATE, COORDINATE) == COORDINATE;
    ECDSA_SIG_free(rs);
    signing_close(s);
    EVP_PKEY_free(key);
    BN_clear_free(d);
    return ok;
}

/* GB/T 32918.2: coefficients of the curve and its base point. */
static const char curve[] = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
                            "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
                            "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
                            "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0";

str sm2_digest(const unsigned char point[SM_POINT_BYTES], str bytes, str user, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE],
        bits[2] = {(unsigned char)(user.n * 8 >> 8), (unsigned char)(user.n * 8)};
    unsigned int n = 0;
    str known;
    if (!hex_read(&known, S(curve), a))
        return S("");
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c && EVP_DigestInit_ex(c, EVP_sm3(), NULL) == 1 &&
              EVP_DigestUpdate(c, bits, sizeof bits) == 1 &&
              EVP_DigestUpdate(c, user.p, (size_t)user.n) == 1 &&
              EVP_DigestUpdate(c, known.p, (size_t)known.n) == 1 &&
              EVP_DigestUpdate(c, point + 1, SM_POINT_BYTES - 1) == 1 &&
              EVP_DigestFinal_ex(c, sum, &n) == 1 && EVP_DigestInit_ex(c, EVP_sm3(), NULL) == 1 &&
              EVP_DigestUpdate(c, sum, n) == 1 &&
              EVP_DigestUpdate(c, bytes.p, (size_t)bytes.n) == 1 &&
              EVP_DigestFinal_ex(c, sum, &n) == 1;
    EVP_MD_CTX_free(c);
    return ok ? sm_hex((str){(char *)sum, (ptrdiff_t)n}, false, a) : S("");
}

/* ---- SM4 ---- */

static bool sm4(str *out, str key, str bytes, bool encrypt, arena *a)
{
    char *to = arena_new(a, char, bytes.n + 32);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, rest = 0;
    bool ok = c && key.n == 16 && bytes.n < (64 << 20) &&
              EVP_CipherInit_ex(c, EVP_sm4_ecb(), NULL, (const unsigned char *)key.p, NULL,
                                encrypt) == 1 &&
              EVP_CipherUpdate(c, (unsigned char *)to, &n, (const unsigned char *)bytes.p,
                               (int)bytes.n) == 1 &&
              EVP_CipherFinal_ex(c, (unsigned char *)to + n, &rest) == 1;
    EVP_CIPHER_CTX_free(c);
    *out = (str){to, n + rest};
    return ok;
}

bool sm4_encrypt(str *out, str key, str bytes, arena *a)
{
    return sm4(out, key, bytes, true, a);
}

bool sm4_decrypt(str *out, str key, str bytes, arena *a)
{
    return sm4(out, key, bytes, false, a);
}

bool sm4_key_of(str *out, str app_id, str app_secret, arena *a)
{
    str packed;
    if (app_id.n < 16 || app_secret.n == 0 ||
        !sm4_encrypt(&packed, (str){app_id.p, 16}, app_secret, a))
        return false;
    *out = (str){sm_hex(packed, true, a).p, 16};
    return true;
}
