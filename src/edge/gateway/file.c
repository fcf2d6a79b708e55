/* Upload, download, ZIP. */
#include "edge/gateway/file_internal.h"
#include "edge/gateway/sm_internal.h"

#include "base/money.h"

#include <openssl/evp.h>
#include <zlib.h>

#define DAY_MS INT64_C(86400000)

/* ---- ZIP: one entry ---- */

static void put_le(unsigned char *p, uint32_t n, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(n >> (8 * i));
}

static uint32_t get_le(const char *p, int bytes)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++)
        n |= (uint32_t)(unsigned char)p[i] << (8 * i);
    return n;
}

/* Packed, or as it is where that is not shorter. */
static str deflate_all(str bytes, arena *a)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return bytes;
    unsigned char *to = arena_new(a, unsigned char, bytes.n + 1);
    z.next_in = (unsigned char *)(uintptr_t)bytes.p;
    z.avail_in = (unsigned)bytes.n;
    z.next_out = to;
    z.avail_out = (unsigned)bytes.n;
    bool shorter = deflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out > 0;
    ptrdiff_t n = (ptrdiff_t)z.total_out;
    deflateEnd(&z);
    return shorter ? (str){(char *)to, n} : bytes;
}

bool gate_zip(str *out, str name, str bytes, arena *a, err *e)
{
    if (bytes.n > GATE_FILE_BYTES_MAX)
        return FAIL(e, ERR_TOO_LARGE, "a file of %td bytes", bytes.n);
    str packed = deflate_all(bytes, a);
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)bytes.p, (unsigned)bytes.n);
    uint32_t size = (uint32_t)bytes.n, name_n = (uint32_t)name.n, packed_n = (uint32_t)packed.n;
    uint32_t method = packed.p == bytes.p ? 0 : 8;
    ptrdiff_t all = 30 + 46 + 22 + 2 * name.n + packed.n;
    unsigned char *p = arena_new(a, unsigned char, all), *directory;
    put_le(p, 0x04034b50, 4);
    put_le(p + 4, 20, 2);
    put_le(p + 8, method, 2);
    put_le(p + 12, 0x21, 2); /* 1980-01-01 */
    put_le(p + 14, crc, 4);
    put_le(p + 18, packed_n, 4);
    put_le(p + 22, size, 4);
    put_le(p + 26, name_n, 2);
    memcpy(p + 30, name.p, (size_t)name.n);
    if (packed.n)
        memcpy(p + 30 + name.n, packed.p, (size_t)packed.n);
    directory = p + 30 + name.n + packed.n;
    put_le(directory, 0x02014b50, 4);
    put_le(directory + 4, 20, 2);
    put_le(directory + 6, 20, 2);
    put_le(directory + 10, method, 2);
    put_le(directory + 14, 0x21, 2);
    put_le(directory + 16, crc, 4);
    put_le(directory + 20, packed_n, 4);
    put_le(directory + 24, size, 4);
    put_le(directory + 28, name_n, 2);
    memcpy(directory + 46, name.p, (size_t)name.n);
    unsigned char *end = directory + 46 + name.n;
    put_le(end, 0x06054b50, 4);
    put_le(end + 8, 1, 2);
    put_le(end + 10, 1, 2);
    put_le(end + 12, (uint32_t)(46 + name.n), 4);
    put_le(end + 16, (uint32_t)(directory - p), 4);
    *out = (str){(char *)p, all};
    return true;
}

static bool inflate_all(str *out, str packed, uint32_t size, arena *a, err *e)
{
    z_stream z = {0};
    char *to = arena_new(a, char, (ptrdiff_t)size + 1);
    if (inflateInit2(&z, -15) != Z_OK)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for a ZIP file");
    z.next_in = (unsigned char *)(uintptr_t)packed.p;
    z.avail_in = (unsigned)packed.n;
    z.next_out = (unsigned char *)to;
    z.avail_out = size;
    int how = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (how != Z_STREAM_END || z.avail_out != 0)
        return FAIL(e, ERR_BAD_VALUE, "the ZIP file is damaged");
    *out = (str){to, (ptrdiff_t)size};
    return true;
}

bool gate_unzip(str *out, str b, arena *a, err *e)
{
    ptrdiff_t end = b.n - 22;
    *out = b;
    if (b.n < 4 || memcmp(b.p, "PK\x03\x04", 4) != 0)
        return true;
    while (end >= 0 && b.n - end < 70000 && memcmp(b.p + end, "PK\x05\x06", 4) != 0)
        end--;
    if (end < 0 || b.n - end >= 70000)
        return FAIL(e, ERR_BAD_VALUE, "the ZIP file has no directory");
    int64_t at = get_le(b.p + end + 16, 4);
    if (at + 46 > b.n || memcmp(b.p + at, "PK\x01\x02", 4) != 0)
        return FAIL(e, ERR_BAD_VALUE, "the ZIP file's directory is damaged");
    uint32_t method = get_le(b.p + at + 10, 2), packed = get_le(b.p + at + 20, 4);
    uint32_t size = get_le(b.p + at + 24, 4);
    int64_t head = get_le(b.p + at + 42, 4);
    if (size > GATE_FILE_BYTES_MAX)
        return FAIL(e, ERR_TOO_LARGE, "the file in the ZIP has %u bytes", size);
    if (head + 30 > b.n)
        return FAIL(e, ERR_BAD_VALUE, "the ZIP file is damaged");
    int64_t from = head + 30 + get_le(b.p + head + 26, 2) + get_le(b.p + head + 28, 2);
    if (from + packed > b.n || (method != 0 && method != 8) || (method == 0 && packed != size))
        return FAIL(e, ERR_BAD_VALUE, "the ZIP file is damaged or packed in another way");
    str raw = {b.p + from, (ptrdiff_t)packed};
    if (method == 8)
        return inflate_all(out, raw, size, a, e);
    *out = raw;
    return true;
}

/* ---- kept ---- */

str gate_file_text(str bytes, arena *a)
{
    return sm_base64(bytes, a);
}

str gate_file_keep(gate_call *c, str name, str bytes)
{
    str file_no = arena_printf(c->a, "%" PRId64, store_new_id(store_of(c->job)));
    const store_value row[] = {STORE_T(file_no), STORE_N(c->access.provider_id), STORE_T(name),
                               STORE_T(gate_file_text(bytes, c->a)), STORE_N(c->received_at)};
    store_put(c->job, SQL_GATEWAY_FILE_ADD, row, COUNTOF(row));
    return file_no;
}

/* Of standard base64 with its padding. */
static bool bytes_of(str *out, str text, arena *a)
{
    char *to = arena_new(a, char, 3 * (text.n / 4) + 4);
    int n = EVP_DecodeBlock((unsigned char *)to, (const unsigned char *)text.p, (int)text.n);
    if (n < 0 || text.n % 4)
        return false;
    for (ptrdiff_t i = text.n - 1; i >= 0 && i >= text.n - 2 && text.p[i] == '='; i--)
        n--;
    *out = (str){to, n};
    return true;
}

bool gate_file_load(str *name, str *bytes, gate_call *c, str file_no, err *e)
{
    const store_value key[] = {STORE_T(file_no), STORE_N(c->access.provider_id)};
    store_rows r;
    if (!store_query(c->job, SQL_GATEWAY_FILE_GET, key, COUNTOF(key), &r, c->a, e))
        return false;
    if (r.row_count == 0)
        return gate_fault(c, ERR_NOT_FOUND, "file_qury_no", file_no, "what 9101 answered", e);
    *name = store_text(&r, 0, 0);
    return bytes_of(bytes, store_text(&r, 0, 1), c->a) ||
           FAIL(e, ERR_INVARIANT, "a kept file cannot be read");
}

/* ---- 9101, 9102 ---- */

/* A list of numbers, as Java writes an array of bytes, or base64. */
static bool content_read(str *out, gate_call *c, gate_value v, err *e)
{
    if (v.node && v.node->kind == JSON_STRING && v.node->text.n)
        return bytes_of(out, v.node->text, c->a) ||
               gate_fault(c, ERR_BAD_VALUE, "in", S("…"), "base64, or a list of bytes", e);
    if (!v.node || v.node->kind != JSON_LIST)
        return gate_fault(c, ERR_MISSING_FIELD, "in", S(""), "base64, or a list of bytes", e);
    char *to = arena_new(c->a, char, v.node->next - (v.node - v.first) + 1);
    ptrdiff_t n = 0;
    for (gate_value m = gate_first(v); m.node; m = gate_next(v, m)) {
        str s = m.node->text;
        bool minus = s.n > 0 && s.p[0] == '-';
        int64_t byte;
        if (!decimal_parse(&byte, minus ? (str){s.p + 1, s.n - 1} : s, 0, 255))
            return gate_fault(c, ERR_BAD_VALUE, "in", s, "bytes: -128 to 255", e);
        to[n++] = (char)(unsigned char)(minus ? 256 - byte : byte);
    }
    *out = (str){to, n};
    return true;
}

bool gate_file_put(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "fsUploadIn");
    str name = gate_text(in, "filename"), bytes = c->upload;
    if (name.n == 0)
        name = c->upload_name;
    if (name.n == 0)
        return gate_fault(c, ERR_MISSING_FIELD, "filename", S(""), "a file's name", e);
    if (!c->has_upload && !content_read(&bytes, c, gate_member(in, "in"), e))
        return false;
    json_field(&c->out, S("file_qury_no"), gate_file_keep(c, name, bytes));
    json_field(&c->out, S("filename"), name);
    json_field(&c->out, S("fixmedins_code"), c->access.code);
    json_field(&c->out, S("dld_endtime"), gate_moment(c->received_at + 7 * DAY_MS, c->a));
    return true;
}

bool gate_file_get(gate_call *c, err *e)
{
    gate_value in = gate_node(c, "fsDownloadIn");
    str file_no, name;
    return gate_need(&file_no, c, in, "file_qury_no", e) &&
           gate_file_load(&name, &c->file, c, file_no, e);
}
