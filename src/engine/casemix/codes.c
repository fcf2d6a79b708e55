#include "engine/casemix/scheme.h"

/* Eight bytes, the first one lowest, on every machine. */
static uint64_t load8(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

static uint64_t load_few(const char *p, ptrdiff_t n)
{
    uint64_t word = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        word |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return word;
}

/* The last `n` bytes of the eight that end at `end`. */
static uint64_t load_last(const char *end, ptrdiff_t n)
{
    return load8(end - 8) >> (8 * (8 - n));
}

bool casemix_key(uint64_t key[CODE_BYTES_MAX / 8], str code)
{
    key[0] = key[1] = key[2] = 0;
    if (code.n > CODE_BYTES_MAX)
        return false;
    if (code.n < 8) {
        key[0] = load_few(code.p, code.n);
        return true;
    }
    key[0] = load8(code.p);
    if (code.n > 16) {
        key[1] = load8(code.p + 8);
        key[2] = load_last(code.p + code.n, code.n - 16);
    } else if (code.n > 8) {
        key[1] = load_last(code.p + code.n, code.n - 8);
    }
    return true;
}

uint64_t casemix_key_hash(const uint64_t key[CODE_BYTES_MAX / 8])
{
    uint64_t h = key[0] * 0x9E3779B97F4A7C15u;
    h = (h ^ (h >> 29) ^ key[1]) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 31) ^ key[2]) * 0x94D049BB133111EBu;
    return h ^ (h >> 32);
}

const casemix_code *casemix_find(const casemix_codes *codes, str code)
{
    uint64_t key[CODE_BYTES_MAX / 8];
    const uint32_t index_mask = ((uint32_t)1 << SLOT_INDEX_BITS) - 1;
    if (codes->count == 0 || code.n == 0 || !casemix_key(key, code))
        return NULL;
    uint64_t hash = casemix_key_hash(key);
    const uint64_t slots = (uint64_t)1 << (64 - codes->shift);
    uint32_t tag = (uint32_t)hash & ~index_mask;
    for (uint64_t at = hash >> codes->shift;; at = (at + 1) & (slots - 1)) {
        uint32_t slot = codes->slot[at];
        if (slot == 0)
            return NULL;
        if ((slot & ~index_mask) != tag)
            continue;
        const casemix_code *c = &codes->code[(slot & index_mask) - 1];
        if (c->key[0] == key[0] && c->key[1] == key[1] && c->key[2] == key[2])
            return c;
    }
}

str casemix_code_text(const casemix_codes *codes, const casemix_code *code)
{
    return codes->text[code - codes->code].code;
}

str casemix_code_name(const casemix_codes *codes, const casemix_code *code)
{
    return codes->text[code - codes->code].name;
}

str casemix_code_tidy(char out[CODE_BYTES_MAX], str code)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (c == ' ' || c == '\t')
            continue;
        if (n == CODE_BYTES_MAX)
            return (str){0};
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        bool first = n == 0 || out[n - 1] == '+'; /* of a code, or of the second one of a pair */
        out[n++] = c == 'X' && !first ? 'x' : c;
    }
    return (str){out, n};
}

const char *casemix_term_name(casemix_term_kind kind)
{
    static const char *const names[] = {
        "",
#define TERM(id, name, argument, zh, en) name,
#include "engine/casemix/term.tbl.h"
    };
    assert(kind < TERM__COUNT);
    return names[kind];
}
