// The one file in C++: simdjson finds the structure and checks UTF-8; this copies it into a flat
// array.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

extern "C" {
#include "edge/json/json.h"
}

using namespace simdjson;

struct json_reader {
    ondemand::parser parser;
    json_node *node;
    int32_t count, cap;
};

namespace
{
const char *const number_expected = "a JSON number such as 12.30";

/* RFC 8259: no leading zeros, plus signs or bare points. */
bool number_valid(str s)
{
    ptrdiff_t i = 0;
    if (i < s.n && s.p[i] == '-')
        i++;
    ptrdiff_t whole = i;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i == whole || (s.p[whole] == '0' && i > whole + 1))
        return false;
    if (i < s.n && s.p[i] == '.') {
        ptrdiff_t fraction = ++i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == fraction)
            return false;
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
            i++;
        ptrdiff_t exponent = i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == exponent)
            return false;
    }
    return i == s.n;
}

bool broken(err *e, error_code code)
{
    return FAIL(e, code == UTF8_ERROR ? ERR_BAD_UTF8 : ERR_BAD_JSON, "%s", error_message(code));
}

/* Length of a string as it stands in the input; -1 when it has escapes.  simdjson has already
 * refused control characters and bad UTF-8.  Most strings and all our keys are plain, and need no
 * copy. */
inline ptrdiff_t plain(const char *p)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    for (ptrdiff_t n = 0;; n += 8) { /* eight bytes at a time; the padding allows reading ahead */
        uint64_t eight;
        memcpy(&eight, p + n, 8);
        uint64_t quote = eight ^ (ones * '"'), escape = eight ^ (ones * '\\');
        uint64_t found = ((quote - ones) & ~quote & tops) | ((escape - ones) & ~escape & tops);
        if (found) { /* the lowest mark is exact: borrows only run upwards */
            n += __builtin_ctzll(found) / 8;
            return p[n] == '"' ? n : -1;
        }
    }
}

int32_t node_add(json_reader *r)
{
    if (r->count == r->cap) {
        int32_t cap = r->cap ? 2 * r->cap : 1024;
        auto *more = static_cast<json_node *>(
            realloc(r->node, static_cast<size_t>(cap) * sizeof(json_node)));
        if (!more)
            return -1;
        r->node = more;
        r->cap = cap;
    }
    json_node *node = &r->node[r->count];
    node->key.p = node->text.p = nullptr;
    node->key.n = node->text.n = 0;
    return r->count++;
}

bool scalar_read(
    json_reader *r, int32_t at, ondemand::value &value, ondemand::json_type type, err *e)
{
    json_node *node = &r->node[at];
    error_code code;
    switch (type) {
    case ondemand::json_type::string: {
        std::string_view s = value.raw_json_token();
        node->kind = JSON_STRING;
        node->text.p = s.data() + 1;
        node->text.n = plain(node->text.p);
        if (node->text.n >= 0)
            return true;
        if ((code = value.get_string().get(s)))
            return broken(e, code);
        node->text = str{s.data(), static_cast<ptrdiff_t>(s.size())};
        return true;
    }
    case ondemand::json_type::number: {
        std::string_view s = value.raw_json_token();
        str digits = {s.data(), static_cast<ptrdiff_t>(s.size())};
        while (digits.n > 0 && (digits.p[digits.n - 1] == ' ' || digits.p[digits.n - 1] == '\t' ||
                                digits.p[digits.n - 1] == '\n' || digits.p[digits.n - 1] == '\r'))
            digits.n--;
        if (!number_valid(digits)) {
            FAIL(e, ERR_BAD_JSON, "`%.*s` is not a number", (int)(digits.n < 40 ? digits.n : 40),
                 digits.p);
            err_expected(e, "%s", number_expected);
            return false;
        }
        node->kind = JSON_NUMBER;
        node->text = digits;
        return true;
    }
    case ondemand::json_type::boolean: {
        bool yes;
        if ((code = value.get_bool().get(yes)))
            return broken(e, code);
        node->kind = yes ? JSON_TRUE : JSON_FALSE;
        return true;
    }
    default: {
        bool null;
        if ((code = value.is_null().get(null)))
            return broken(e, code);
        if (!null)
            return broken(e, N_ATOM_ERROR);
        node->kind = JSON_NULL;
        return true;
    }
    }
}

bool value_read(json_reader *r, int32_t at, ondemand::value value, int depth, err *e);

bool list_read(json_reader *r, ondemand::array list, int depth, err *e)
{
    for (auto element : list) {
        ondemand::value value;
        error_code code = element.get(value);
        if (code)
            return broken(e, code);
        int32_t at = node_add(r);
        if (at < 0)
            return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
        if (!value_read(r, at, value, depth + 1, e))
            return false;
    }
    return true;
}

bool object_read(json_reader *r, ondemand::object object, int depth, err *e)
{
    for (auto member : object) {
        if (member.error())
            return broken(e, member.error());
        ondemand::field &field = member.value_unsafe();
        int32_t at = node_add(r);
        if (at < 0)
            return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
        const char *raw = field.key().raw();
        ptrdiff_t n = plain(raw);
        if (n < 0) {
            std::string_view key;
            error_code code = field.unescaped_key().get(key);
            if (code)
                return broken(e, code);
            raw = key.data();
            n = static_cast<ptrdiff_t>(key.size());
        }
        r->node[at].key.p = raw;
        r->node[at].key.n = n;
        if (!value_read(r, at, field.value(), depth + 1, e))
            return false;
    }
    return true;
}

template <typename T>
bool nested_read(json_reader *r, int32_t at, T &value, ondemand::json_type type, int depth, err *e)
{
    error_code code;
    if (depth > JSON_DEPTH_MAX)
        return broken(e, DEPTH_ERROR);
    if (type == ondemand::json_type::array) {
        ondemand::array list;
        r->node[at].kind = JSON_LIST;
        if ((code = value.get_array().get(list)))
            return broken(e, code);
        if (!list_read(r, list, depth, e))
            return false;
    } else {
        ondemand::object object;
        r->node[at].kind = JSON_OBJECT;
        if ((code = value.get_object().get(object)))
            return broken(e, code);
        if (!object_read(r, object, depth, e))
            return false;
    }
    r->node[at].next = r->count;
    return true;
}

bool value_read(json_reader *r, int32_t at, ondemand::value value, int depth, err *e)
{
    ondemand::json_type type;
    error_code code = value.type().get(type);
    if (code)
        return broken(e, code);
    if (type == ondemand::json_type::array || type == ondemand::json_type::object)
        return nested_read(r, at, value, type, depth, e);
    if (!scalar_read(r, at, value, type, e))
        return false;
    r->node[at].next = r->count;
    return true;
}
} // namespace

extern "C" json_reader *json_reader_new(void)
{
    auto *reader = new (std::nothrow) json_reader();
    return reader;
}

extern "C" void json_reader_free(json_reader *reader)
{
    if (reader)
        free(reader->node);
    delete reader;
}

extern "C" bool
json_parse(json_reader *r, str bytes, const json_node **nodes, int32_t *count, err *e)
{
    ondemand::document document;
    r->count = 0;
    if (bytes.n > JSON_BYTES_MAX)
        return FAIL(e, ERR_TOO_LARGE, "%td bytes, at most %d", bytes.n, JSON_BYTES_MAX);
    size_t n = static_cast<size_t>(bytes.n);
    error_code code =
        r->parser.iterate(padded_string_view(bytes.p, n, n + SIMDJSON_PADDING)).get(document);
    if (code)
        return broken(e, code);
    int32_t at = node_add(r);
    if (at < 0)
        return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
    ondemand::json_type type;
    if ((code = document.type().get(type)))
        return broken(e, code);
    if (type != ondemand::json_type::array && type != ondemand::json_type::object)
        return FAIL(e, ERR_BAD_JSON, "the document is neither an object nor a list");
    if (!nested_read(r, at, document, type, 0, e))
        return false;
    if (!document.current_location().error())
        return broken(e, TRAILING_CONTENT);
    *nodes = r->node;
    *count = r->count;
    return true;
}
