// The one file in C++: simdjson finds the structure and checks UTF-8; this copies it into a flat array.
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
    r->node[r->count] = json_node{};
    return r->count++;
}

bool scalar_read(
    json_reader *r, int32_t at, ondemand::value &value, ondemand::json_type type, err *e)
{
    json_node *node = &r->node[at];
    error_code code;
    switch (type) {
    case ondemand::json_type::string: {
        std::string_view s;
        if ((code = value.get_string().get(s)))
            return broken(e, code);
        node->kind = JSON_STRING;
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
        ondemand::field field;
        error_code code = std::move(member).get(field);
        if (code)
            return broken(e, code);
        std::string_view key;
        if ((code = field.unescaped_key().get(key)))
            return broken(e, code);
        int32_t at = node_add(r);
        if (at < 0)
            return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
        r->node[at].key = str{key.data(), static_cast<ptrdiff_t>(key.size())};
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
    auto *reader = new (std::nothrow) json_reader{};
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
