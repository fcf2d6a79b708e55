/* Signed and sealed messages: keys, signatures, ciphertexts, the texts that are signed. */
#include "check.h"
#include "edge/gateway/gateway_internal.h"
#include "edge/gateway/sm_internal.h"
#include "fuzz.h"

static const char *const without[] = {"cainfo", "input", NULL};

/* What a member says is what stands in the text. */
static void envelope(str text, arena *a)
{
    static json_reader *outer, *inner;
    gate_value body = {NULL, NULL};
    const json_node *again;
    int32_t count;
    err e = {0};
    if (!outer) {
        outer = json_reader_new();
        inner = json_reader_new();
    }
    MUST(outer && inner);
    str raw = gate_raw_member(text, "input");
    MUST(raw.n >= 0 && raw.n <= text.n);
    if (text.n == 0 || !json_parse(outer, text, &body.first, &count, &e))
        return;
    body.node = body.first;
    if (body.node->kind != JSON_OBJECT)
        return;
    str head = gate_head_text(body, without, false, a);
    MUST(gate_head_text(body, without, true, a).n >= head.n);
    char *copy = arena_new(a, char, raw.n + JSON_PADDING_BYTES);
    if (raw.n)
        memcpy(copy, raw.p, (size_t)raw.n);
    if (raw.n && (raw.p[0] == '{' || raw.p[0] == '[')) {
        MUST(json_parse(inner, (str){copy, raw.n}, &again, &count, &e));
        MUST(again->kind == gate_member(body, "input").node->kind);
    }
    (void)gate_seal_text(body, body, S("secret"), a);
}

static void ciphers(str text, arena *a)
{
    unsigned char point[SM_POINT_BYTES], key[SM_KEY_BYTES], signature[SM_SIGNATURE_BYTES];
    str bytes = S(""), key4 = S(""), packed = S(""), back = S("");
    bool has_point = sm2_public_read(point, text, a);
    bool has_signature = sm2_signature_read(signature, text, a);
    (void)sm2_private_read(key, text, a);
    if (!has_point)
        memset(point, 4, sizeof point);
    if (has_point || has_signature) /* nobody signs by chance */
        MUST(!sm2_verify(point, has_signature ? signature : point, text, S("1234567812345678")));
    if (sm_bytes(&bytes, text, a)) {
        MUST(bytes.n <= text.n);
        MUST(sm_bytes(&back, sm_base64(bytes, a), a) || bytes.n == 0);
    }
    MUST(sm4_key_of(&key4, S("0123456789ABCDEF"), S("secret"), a) && key4.n == 16);
    MUST(sm4_encrypt(&packed, key4, text, a) && sm4_decrypt(&back, key4, packed, a));
    MUST(str_eq(back, text));
    (void)sm4_decrypt(&back, key4, text, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory;
    enum { MEMORY = 16 << 20 };
    if (size > 20000)
        return 0;
    if (!memory)
        memory = malloc(MEMORY);
    char *copy = calloc(1, size + JSON_PADDING_BYTES);
    MUST(memory && copy);
    memcpy(copy, data, size);
    arena a = {memory, memory + MEMORY, NULL};
    jmp_buf oom;
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        envelope((str){copy, (ptrdiff_t)size}, &a);
        ciphers((str){copy, (ptrdiff_t)size}, &a);
    }
    free(copy);
    return 0;
}
