/* GJ02: what is wrong with a signature.  Never tells a secret, nor what a right signature would
 * have been: whoever could ask for that could sign. */
#include "edge/gateway/sign_internal.h"
#include "edge/gateway/sm_internal.h"

#include <openssl/hmac.h>

#define SAMPLE     S("SECRET")
#define MASK       S("******")
#define SHOWN_MAX  4000
#define DEFAULT_ID S("1234567812345678")

static const struct {
    const char *name, *rule, *encoding;
} kinds[SIGN__COUNT] = {
    [SIGN_X_TIF] = {"x-tif", "SHA-256(timestamp + secret + nonce + timestamp)",
                    "hex, upper or lower case; timestamp in seconds"},
    [SIGN_API] =
        {"api", "HMAC-SHA1(secret, _api_access_key=…&_api_name=…&_api_timestamp=…&_api_version=…)",
         "base64; timestamp in milliseconds"},
    [SIGN_X_CA] = {"x-ca", "HMAC-SM3(secret, timestamp + LF + body)",
                   "timestamp, a colon, hex in upper or lower case; timestamp in seconds or "
                   "milliseconds"},
};

/* ---- usual mistakes: a signature that fits one of these was made with the right secret ---- */

typedef struct {
    const char *cause;
    str signature;
} mistake;

static str hmac_by(const EVP_MD *how, str key, str bytes, bool base64, arena *a)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (!HMAC(how, key.p, (int)key.n, (const unsigned char *)bytes.p, (size_t)bytes.n, sum, &n))
        return S("");
    str raw = {(char *)sum, (ptrdiff_t)n};
    return base64 ? sm_base64(raw, a) : sm_hex(raw, false, a);
}

static str cat(arena *a, str w, str x, str y, str z)
{
    return arena_printf(a, "%.*s%.*s%.*s%.*s", STR_ARG(w), STR_ARG(x), STR_ARG(y), STR_ARG(z));
}

static const char *mistake_find(sign_kind kind, const sign_parts *p, const gate_call *c)
{
    arena *a = c->a;
    str secret = c->access.secret, body = c->request->body, text;
    mistake list[6] = {{NULL, {NULL, 0}}};
    if (kind == SIGN_X_TIF) {
        text = sign_text(kind, p, secret, body, a);
        list[0] = (mistake){"SM3 was taken instead of SHA-256", sm3_hex(text, a)};
        text = cat(a, p->at, p->nonce, secret, p->at);
        list[1] = (mistake){"nonce and secret are in each other's place",
                            sign_digest(EVP_sha256(), text, a)};
        text = cat(a, p->at, secret, p->nonce, S(""));
        list[2] =
            (mistake){"the timestamp is missing at the end", sign_digest(EVP_sha256(), text, a)};
    } else if (kind == SIGN_API) {
        text = sign_text(kind, p, secret, body, a);
        list[0] =
            (mistake){"it is in hex, not base64", hmac_by(EVP_sha1(), secret, text, false, a)};
        list[1] = (mistake){"HMAC-SHA256 was taken instead of HMAC-SHA1",
                            hmac_by(EVP_sha256(), secret, text, true, a)};
        text = arena_printf(
            a, "_api_name=%.*s&_api_version=%.*s&_api_timestamp=%.*s&_api_access_key=%.*s",
            STR_ARG(p->name), STR_ARG(p->version), STR_ARG(p->at), STR_ARG(p->key));
        list[2] = (mistake){"the names are not in the order of the alphabet",
                            hmac_by(EVP_sha1(), secret, text, true, a)};
    } else {
        list[0] = (mistake){"only the body was signed", hmac_by(EVP_sm3(), secret, body, false, a)};
        text = cat(a, p->at, body, S(""), S(""));
        list[1] = (mistake){"no line feed between timestamp and body",
                            hmac_by(EVP_sm3(), secret, text, false, a)};
        text = cat(a, p->at, S("\n"), body, S(""));
        list[2] = (mistake){"HMAC-SHA256 was taken instead of HMAC-SM3",
                            hmac_by(EVP_sha256(), secret, text, false, a)};
    }
    for (int i = 0; list[i].cause; i++)
        if (sign_same(list[i].signature, p->signature, true))
            return list[i].cause;
    return "another secret, or another text than the one shown here";
}

/* ---- headers ---- */

/* Of a long text the beginning, cut between characters. */
static str shown(str s)
{
    if (s.n <= SHOWN_MAX)
        return s;
    s.n = SHOWN_MAX;
    while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
        s.n--;
    return s;
}

static bool made_with(const gate_call *c, sign_kind kind, const sign_parts *p, str secret)
{
    str expected = sign_make(kind, p, secret, c->request->body, c->a);
    return secret.n && expected.n && sign_same(expected, p->signature, kind != SIGN_API);
}

static void header_put(gate_call *c, sign_kind kind)
{
    sign_parts p = sign_parts_of(kind, c->request);
    json_out *o = &c->out;
    int64_t off_ms;
    bool configured = sign_kind_of(c->access.signature) == kind;
    bool recent = sign_time(&off_ms, kind, p.at, c->received_at);
    bool key_right = str_eq(p.key, c->access.access_key);
    str body = c->request->body;
    bool is_new = made_with(c, kind, &p, c->access.secret);
    bool is_old = !is_new && made_with(c, kind, &p, c->access.old_secret);
    bool fits = is_new || (is_old && c->access.old_until > c->received_at);
    str told = kind == SIGN_X_CA ? arena_printf(c->a, "(%td bytes, as they came)", body.n) : body;
    json_open(o, '{');
    json_field(o, S("kind"), str_of(kinds[kind].name));
    json_field_bool(o, S("configured"), configured);
    json_field(o, S("verify"), configured ? c->access.verify : S("off"));
    json_field_bool(o, S("present"), p.signature.n > 0);
    json_field(o, S("rule"), str_of(kinds[kind].rule));
    json_field(o, S("accepted"), str_of(kinds[kind].encoding));
    if (p.signature.n) {
        json_field(o, S("received"), p.signature);
        json_field(o, S("string_to_sign"), shown(sign_text(kind, &p, MASK, told, c->a)));
        json_field(o, S("sample_secret"), SAMPLE);
        json_field(o, S("sample_signature"), sign_make(kind, &p, SAMPLE, body, c->a));
        json_field_bool(o, S("access_key_fits"), key_right);
        json_field_bool(o, S("time_fits"), recent);
        json_field_number(o, S("time_off_seconds"), off_ms / 1000);
        json_field_bool(o, S("signature_fits"), fits);
        json_field_bool(o, S("old_secret"), is_old);
        json_field(o, S("cause"),
                   !key_right        ? S("the access key is not this provider's")
                   : fits && !recent ? S("the time is off by more than 30 minutes")
                   : fits            ? S("")
                   : is_old
                       ? S("it was made with the secret before this one, which counts no longer")
                       : str_of(mistake_find(kind, &p, c)));
    }
    json_close(o, '}');
}

/* ---- cainfo ---- */

static bool fits(const gate_call *c, str text, str user)
{
    unsigned char point[SM_POINT_BYTES], signature[SM_SIGNATURE_BYTES];
    return sm2_public_read(point, c->access.public_key, c->a) &&
           sm2_signature_read(signature, gate_text(c->body, "cainfo"), c->a) &&
           sm2_verify(point, signature, text, user);
}

static str cainfo_cause(const gate_call *c)
{
    static const char *const none[] = {NULL}, *const only_cainfo[] = {"cainfo", NULL};
    const char *why = gate_cainfo_fault(c);
    bool input = str_eq(c->access.cainfo_form, S("input"));
    str own = gate_cainfo_text(c, false), raw = gate_raw_member(c->message, "input");
    static const char *const beside[] = {"cainfo", "input", NULL};
    str head = gate_head_text(c->body, beside, false, c->a);
    if (!why)
        return S("");
    const struct {
        str text, user;
        const char *cause;
    } list[] = {
        {own, S(""), "the signer's id is empty, not 1234567812345678"},
        {own, c->access.code, "the signer's id is the provider's code, not 1234567812345678"},
        {sm3_hex(own, c->a), DEFAULT_ID, "the hex digest was signed, not the text itself"},
        {input ? head : raw, DEFAULT_ID,
         input ? "the envelope was signed; agreed upon is input"
               : "input was signed; agreed upon is the envelope"},
        {gate_head_text(c->body, only_cainfo, false, c->a), DEFAULT_ID,
         "members other than cainfo and input were signed, too"},
        {gate_head_text(c->body, none, false, c->a), DEFAULT_ID, "cainfo itself was signed, too"},
        {c->message, DEFAULT_ID, "the whole body was signed"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(list); i++)
        if (fits(c, list[i].text, list[i].user))
            return str_of(list[i].cause);
    return str_of(why);
}

static void cainfo_put(gate_call *c)
{
    unsigned char point[SM_POINT_BYTES];
    json_out *o = &c->out;
    str text = gate_cainfo_text(c, false), cause = cainfo_cause(c);
    bool known = sm2_public_read(point, c->access.public_key, c->a);
    json_open(o, '{');
    json_field(o, S("verify"), c->access.cainfo);
    json_field(o, S("form"), c->access.cainfo_form);
    json_field_bool(o, S("present"), gate_text(c->body, "cainfo").n > 0);
    json_field(o, S("rule"),
               str_eq(c->access.cainfo_form, S("input"))
                   ? S("SM2 over SM3 of the bytes of input as sent")
                   : S("SM2 over SM3 of k=v joined by &, names in the order of their "
                       "bytes, without cainfo, input and what is empty"));
    json_field(o, S("accepted"), S("r and s of 32 bytes each, or DER; hex or base64"));
    json_field(o, S("signer_id"), DEFAULT_ID);
    json_field(o, S("string_to_sign"), shown(text));
    json_field_number(o, S("string_bytes"), text.n);
    json_field(o, S("sm3"), sm3_hex(text, c->a));
    json_field(o, S("digest"), known ? sm2_digest(point, text, DEFAULT_ID, c->a) : S(""));
    json_field(o, S("public_key"),
               known ? sm_hex((str){(char *)point, SM_POINT_BYTES}, true, c->a) : S(""));
    json_field_bool(o, S("signature_fits"), cause.n == 0);
    json_field(o, S("cause"), cause);
    json_close(o, '}');
}

bool gate_signature_diagnose(gate_call *c, err *e)
{
    (void)e;
    json_key(&c->out, S("signatures"));
    json_open(&c->out, '[');
    for (int kind = SIGN_X_TIF; kind < SIGN__COUNT; kind++)
        header_put(c, (sign_kind)kind);
    json_close(&c->out, ']');
    json_key(&c->out, S("cainfo"));
    cainfo_put(c);
    if (c->sealed) {
        json_key(&c->out, S("sealed"));
        gate_seal_diagnose(c);
    }
    return true;
}
