/* Messages signed (cainfo) and messages sealed: signed and encrypted as a whole. */
#include "edge/gateway/gateway_internal.h"
#include "edge/gateway/sm_internal.h"

#include <stdlib.h>

#define MEMBERS_MAX    64
#define USER           S("1234567812345678")
#define TIME_WINDOW_MS INT64_C(1800000)

/* ---- texts to sign ---- */

static str value_text(const json_node *n)
{
    return n->kind == JSON_TRUE    ? S("true")
           : n->kind == JSON_FALSE ? S("false")
           : n->kind == JSON_NULL  ? S("")
                                   : n->text;
}

static bool is_structure(const json_node *n)
{
    return n->kind == JSON_OBJECT || n->kind == JSON_LIST;
}

static int by_key(const void *x, const void *y)
{
    const gate_value *a = x, *b = y;
    return str_cmp(a->node->key, b->node->key);
}

/* Members in the order of their names' bytes. */
static gate_value *members_sorted(int *count, gate_value object, arena *a)
{
    *count = 0;
    for (gate_value m = gate_first(object); m.node; m = gate_next(object, m))
        ++*count;
    gate_value *list = arena_new(a, gate_value, *count);
    int n = 0;
    for (gate_value m = gate_first(object); m.node; m = gate_next(object, m))
        list[n++] = m;
    if (n > 1)
        qsort(list, (size_t)n, sizeof *list, by_key);
    return list;
}

/* Everything as text, in order, without what is empty; false = nothing is left. */
static bool canonical(json_out *o, gate_value v, str key, arena *a)
{
    const json_node *n = v.node;
    if (!is_structure(n)) {
        if (value_text(n).n == 0)
            return false;
        if (key.n)
            json_key(o, key);
        json_str(o, value_text(n));
        return true;
    }
    bool object = n->kind == JSON_OBJECT;
    if (!object && !gate_first(v).node)
        return false;
    if (key.n)
        json_key(o, key);
    json_open(o, object ? '{' : '[');
    if (object) {
        int count;
        gate_value *m = members_sorted(&count, v, a);
        for (int i = 0; i < count; i++)
            (void)canonical(o, m[i], m[i].node->key, a);
    } else {
        for (gate_value m = gate_first(v); m.node; m = gate_next(v, m))
            (void)canonical(o, m, S(""), a);
    }
    json_close(o, object ? '}' : ']');
    return true;
}

static bool is_one_of(str name, const char *const *names)
{
    for (; *names; names++)
        if (str_eq(name, str_of(*names)))
            return true;
    return false;
}

typedef struct {
    char *p;
    ptrdiff_t n;
} joined;

static void join(joined *j, str key, str value)
{
    if (j->n)
        j->p[j->n++] = '&';
    memcpy(j->p + j->n, key.p, (size_t)key.n);
    j->n += key.n;
    j->p[j->n++] = '=';
    if (value.n)
        memcpy(j->p + j->n, value.p, (size_t)value.n);
    j->n += value.n;
}

str gate_head_text(gate_value object, const char *const *without, bool with_empty, arena *a)
{
    int count;
    ptrdiff_t bytes = 1;
    gate_value *m = members_sorted(&count, object, a);
    for (int i = 0; i < count; i++)
        bytes += m[i].node->key.n + value_text(m[i].node).n + 2;
    joined j = {arena_new(a, char, bytes), 0};
    for (int i = 0; i < count; i++) {
        str value = value_text(m[i].node);
        if (!is_structure(m[i].node) && !is_one_of(m[i].node->key, without) &&
            (value.n || with_empty))
            join(&j, m[i].node->key, value);
    }
    return (str){j.p, j.n};
}

/* ---- where a member stands in the text: of JSON that was read without fault ---- */

static ptrdiff_t blanks_end(str s, ptrdiff_t i)
{
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r'))
        i++;
    return i;
}

static ptrdiff_t string_end(str s, ptrdiff_t i)
{
    while (++i < s.n && s.p[i] != '"')
        i += s.p[i] == '\\';
    return i + 1 < s.n ? i + 1 : s.n;
}

static ptrdiff_t value_end(str s, ptrdiff_t i)
{
    int depth = 0;
    do {
        char x = i < s.n ? s.p[i] : ' ';
        depth += (x == '{' || x == '[') - (x == '}' || x == ']');
        if (x == '"') {
            i = string_end(s, i);
        } else if (depth == 0 && x != '}' && x != ']') {
            while (i < s.n && !strchr(",}] \t\r\n", s.p[i]))
                i++;
        } else {
            i++;
        }
    } while (depth > 0 && i < s.n);
    return i;
}

str gate_raw_member(str body, const char *name)
{
    ptrdiff_t i = blanks_end(body, 0);
    while (i < body.n && (body.p[i] == '{' || body.p[i] == ',')) {
        ptrdiff_t key = blanks_end(body, i + 1);
        if (key >= body.n || body.p[key] != '"')
            break;
        ptrdiff_t end = string_end(body, key), from = blanks_end(body, blanks_end(body, end) + 1);
        if (memchr(body.p + key, '\\', (size_t)(end - key)))
            break; /* it may be the name that is looked for, in disguise */
        i = value_end(body, from);
        if (str_eq((str){body.p + key + 1, end - key - 2}, str_of(name)))
            return (str){body.p + from, i - from};
        i = blanks_end(body, i);
    }
    return S("");
}

/* ---- cainfo ---- */

static const char *const beside_input[] = {"cainfo", "input", NULL};
static const char *const beside_output[] = {"cainfo", "output", NULL};
static const char *const beside_data[] = {"signData", "encData", "extra", "data", NULL};

str gate_cainfo_text(const gate_call *c, bool with_empty)
{
    return str_eq(c->access.cainfo_form, S("input"))
               ? gate_raw_member(c->message, "input")
               : gate_head_text(c->body, beside_input, with_empty, c->a);
}

/* What is wrong with it; NULL = nothing. */
const char *gate_cainfo_fault(const gate_call *c)
{
    unsigned char point[SM_POINT_BYTES], signature[SM_SIGNATURE_BYTES];
    str cainfo = gate_text(c->body, "cainfo");
    if (!sm2_public_read(point, c->access.public_key, c->a))
        return "no public key of this provider is known here";
    if (cainfo.n == 0)
        return "cainfo is empty";
    if (!sm2_signature_read(signature, cainfo, c->a))
        return "cainfo is neither hex nor base64 of r and s, or of DER";
    if (sm2_verify(point, signature, gate_cainfo_text(c, false), USER) ||
        sm2_verify(point, signature, gate_cainfo_text(c, true), USER))
        return NULL;
    return "cainfo is not the signature of this message by this provider's key";
}

/* By the mode: nothing, a warning, or a refusal. */
static bool verdict(gate_call *c, const char *field, const char *why, err *e)
{
    if (!why)
        return true;
    if (str_eq(c->access.cainfo, S("lenient"))) {
        gate_warn(c, why);
        return true;
    }
    err_field(e, str_of(field));
    err_expected(e, "%s", why);
    return FAIL(e, ERR_BAD_SIGNATURE, "%s", "");
}

bool gate_cainfo_check(gate_call *c, err *e)
{
    if (c->sealed || c->access.cainfo.n == 0 || str_eq(c->access.cainfo, S("off")))
        return true;
    return verdict(c, "cainfo", gate_cainfo_fault(c), e);
}

/* ---- sealed messages ---- */

str gate_seal_text(gate_value outer, gate_value data, str secret, arena *a)
{
    json_out o = json_out_new(a, 512);
    str head = gate_head_text(outer, beside_data, false, a);
    bool any = canonical(&o, data, S(""), a);
    ptrdiff_t at = 0;
    /* `data` stands among the others where its name belongs */
    while (at < head.n && str_cmp((str){head.p + at, head.n - at}, S("data=")) < 0) {
        const char *end = memchr(head.p + at, '&', (size_t)(head.n - at));
        at = end ? end - head.p + 1 : head.n;
    }
    str before = {head.p, at}, after = {head.p + at, head.n - at};
    if (at == head.n && at > 0)
        before = arena_printf(a, "%.*s&", STR_ARG(head));
    str data_text = any ? json_out_text(&o) : S("");
    return arena_printf(a, "%.*s%s%.*s%s%.*s%skey=%.*s", STR_ARG(before), any ? "data=" : "",
                        STR_ARG(data_text), any ? "&" : "", STR_ARG(after), after.n ? "&" : "",
                        STR_ARG(secret));
}

static bool access_of_app(store_job *job, void *arg, arena *a, err *e)
{
    str *app_to_code = arg;
    const store_value key = STORE_T(*app_to_code);
    store_rows r;
    if (!store_query(job, SQL_GATEWAY_ACCESS_OF_APP, &key, 1, &r, a, e))
        return false;
    *app_to_code = r.row_count ? store_text(&r, 0, 0) : S("");
    return true;
}

/* Its own secret and keys, before the message can be read. */
static bool application_find(gate_call *c, gate_value outer, err *e)
{
    str code = gate_text(outer, "appId");
    err_field(e, S("appId"));
    c->received = code;
    if (code.n && !store_read(office_store(c->with->office), access_of_app, &code, c->a, e))
        return false;
    if (code.n == 0)
        return FAIL(e, ERR_GATEWAY_CLOSED, "%s", "");
    if (!gate_access_find(&c->access, c->with, code, c->a, e))
        return false;
    if (str_eq(c->access.encryption, S("off")) || c->access.encryption.n == 0)
        return FAIL(e, ERR_GATEWAY_CLOSED, "sealed messages are not agreed upon");
    c->received = S("");
    e->field[0] = 0;
    return true;
}

static bool is_recent(str digits, int64_t now_ms)
{
    int64_t n;
    if (!id_parse(&n, digits) || n > INT64_MAX / 1000)
        return false;
    int64_t off_ms = (digits.n > 11 ? n : n * 1000) - now_ms;
    return off_ms < TIME_WINDOW_MS && off_ms > -TIME_WINDOW_MS;
}

static const char *sealed_fault(gate_call *c, gate_value outer)
{
    unsigned char point[SM_POINT_BYTES], signature[SM_SIGNATURE_BYTES];
    str text = gate_seal_text(outer, c->body, c->access.app_secret, c->a);
    const str users[] = {USER, c->access.app_secret};
    c->seal_user = USER;
    if (!sm2_public_read(point, c->access.public_key, c->a))
        return "no public key of this provider is known here";
    if (!sm2_signature_read(signature, gate_text(outer, "signData"), c->a))
        return "signData is neither hex nor base64 of r and s, or of DER";
    for (int i = 0; i < 2; i++) {
        c->seal_user = users[i];
        if (users[i].n && sm2_verify(point, signature, text, users[i]))
            return is_recent(gate_text(outer, "timestamp"), c->received_at)
                       ? NULL
                       : "the time is off by more than 30 minutes";
    }
    c->seal_user = USER;
    return "signData is not the signature of this message by this provider's key";
}

static bool padded_parse(json_reader *reader, gate_value *out, str text, arena *a, err *e)
{
    int32_t count;
    char *p = arena_new(a, char, text.n + JSON_PADDING_BYTES);
    if (text.n == 0)
        return FAIL(e, ERR_BAD_JSON, "nothing");
    memcpy(p, text.p, (size_t)text.n);
    if (!json_parse(reader, (str){p, text.n}, &out->first, &count, e))
        return false;
    out->node = out->first;
    return true;
}

static bool decrypt(str *out, gate_call *c, gate_value outer, err *e)
{
    str key, bytes;
    if (!sm4_key_of(&key, c->access.app_id, c->access.app_secret, c->a) ||
        !sm_bytes(&bytes, gate_text(outer, "encData"), c->a) ||
        !sm4_decrypt(out, key, bytes, c->a)) {
        err_field(e, S("encData"));
        err_expected(e, "SM4 of the message under the key of this application, hex or base64");
        return FAIL(e, ERR_BAD_VALUE, "it cannot be decrypted");
    }
    return true;
}

bool gate_unseal(gate_call *c, json_reader *inner, err *e)
{
    gate_value outer = c->body, data = gate_member(outer, "data");
    c->encrypted = gate_text(outer, "encData").n > 0;
    if (gate_text(outer, "appId").n == 0 || (!c->encrypted && !data.node))
        return true;
    if (!application_find(c, outer, e))
        return false;
    c->seal_user = USER;
    c->seal_version = arena_str(c->a, gate_text(outer, "version"));
    c->seal_ms = gate_text(outer, "timestamp").n > 11;
    c->seal_access = c->access;
    c->sealed = true;
    str text = gate_raw_member(c->message, "data");
    if ((c->encrypted && !decrypt(&text, c, outer, e)) ||
        !padded_parse(inner, &c->body, text, c->a, e))
        return false;
    c->message = text;
    if (c->body.node->kind != JSON_OBJECT)
        return FAIL(e, ERR_BAD_TYPE, "a message is an object");
    c->seal_text = gate_seal_text(outer, c->body, S("******"), c->a);
    c->seal_fault = sealed_fault(c, outer);
    if (str_eq(c->access.cainfo, S("off")) || c->access.cainfo.n == 0 ||
        str_eq(gate_text(c->body, "infno"), S("GJ02"))) /* asks what is wrong with it */
        return true;
    return verdict(c, "signData", c->seal_fault, e);
}

void gate_seal_diagnose(gate_call *c)
{
    json_out *o = &c->out;
    json_open(o, '{');
    json_field_bool(o, S("encrypted"), c->encrypted);
    json_field(o, S("rule"),
               S("SM2 over SM3 of k=v joined by &, names in the order of their bytes, data as "
                 "canonical JSON, without signData, encData, extra and what is empty; at the end "
                 "key=secret"));
    json_field(o, S("accepted"), S("r and s of 32 bytes each, or DER; hex or base64"));
    json_field(o, S("string_to_sign"), c->seal_text);
    json_field_bool(o, S("signature_fits"), c->seal_fault == NULL);
    json_field(o, S("cause"), c->seal_fault ? str_of(c->seal_fault) : S(""));
    json_close(o, '}');
}

bool gate_seal_fits(gate_call *c, err *e)
{
    bool required = str_eq(c->access.encryption, S("required"));
    if (required && !(c->sealed && c->encrypted)) {
        err_field(e, S("encData"));
        err_expected(e, "an encrypted message");
        return FAIL(e, ERR_MISSING_FIELD, "%s", "");
    }
    if (c->sealed && !str_eq(c->access.app_id, c->seal_access.app_id)) {
        err_field(e, S("fixmedins_code"));
        return FAIL(e, ERR_GATEWAY_CLOSED, "this provider does not come through this application");
    }
    return true;
}

/* ---- answers ---- */

/* The answer with cainfo as its last member; as it is when there is no key. */
static str answer_signed(const gate_call *c, gate_value answer, str text)
{
    unsigned char key[SM_KEY_BYTES], signature[SM_SIGNATURE_BYTES];
    str what = str_eq(c->access.cainfo_form, S("input"))
                   ? gate_raw_member(text, "output")
                   : gate_head_text(answer, beside_output, false, c->a);
    if (!sm2_private_read(key, c->access.private_key, c->a) ||
        !sm2_sign(signature, key, what, USER))
        return text;
    str hex = sm_hex((str){(char *)signature, sizeof signature}, true, c->a);
    return arena_printf(c->a, "%.*s,\"cainfo\":\"%.*s\"}", (int)(text.n - 1), text.p, STR_ARG(hex));
}

static str
answer_sealed(const gate_call *c, json_reader *reader, gate_value answer, str text, err *e)
{
    unsigned char key[SM_KEY_BYTES], signature[SM_SIGNATURE_BYTES];
    str sm4_key, packed, sign = S("");
    gate_value head = {NULL, NULL};
    int64_t now = c->seal_ms ? c->received_at : c->received_at / 1000;
    json_out o = json_out_new(c->a, 2 * text.n + 512);
    json_open(&o, '{');
    json_field(&o, S("appId"), c->seal_access.app_id);
    json_field(&o, S("version"), c->seal_version);
    json_field(&o, S("timestamp"), arena_printf(c->a, "%" PRId64, now));
    json_field(&o, S("signType"), S("SM2"));
    if (c->encrypted)
        json_field(&o, S("encType"), S("SM4"));
    json_close(&o, '}');
    str open = json_out_text(&o);
    if (!padded_parse(reader, &head, open, c->a, e))
        return S("");
    str what = gate_seal_text(head, answer, c->seal_access.app_secret, c->a);
    if (sm2_private_read(key, c->seal_access.private_key, c->a) &&
        sm2_sign(signature, key, what, c->seal_user))
        sign = sm_base64((str){(char *)signature, sizeof signature}, c->a);
    str data = text;
    if (c->encrypted &&
        sm4_key_of(&sm4_key, c->seal_access.app_id, c->seal_access.app_secret, c->a) &&
        sm4_encrypt(&packed, sm4_key, text, c->a))
        data = arena_printf(c->a, "\"%.*s\"", STR_ARG(sm_hex(packed, true, c->a)));
    else if (c->encrypted)
        data = S("\"\"");
    return arena_printf(c->a, "%.*s,\"signData\":\"%.*s\",\"%s\":%.*s}", (int)(open.n - 1), open.p,
                        STR_ARG(sign), c->encrypted ? "encData" : "data", STR_ARG(data));
}

bool gate_seal(str *out, const gate_call *c, json_reader *of_answer, json_reader *of_head, err *e)
{
    gate_value answer = {NULL, NULL};
    *out = c->answer;
    if (!c->sealed && !c->access.sign_answers)
        return true;
    if (!padded_parse(of_answer, &answer, c->answer, c->a, e))
        return false;
    *out = c->sealed ? answer_sealed(c, of_head, answer, c->answer, e)
                     : answer_signed(c, answer, c->answer);
    return e->code == ERR_OK;
}
