// The one file in C++: simdjson finds where tokens begin and checks UTF-8; this checks their order
// and lists them in a flat array.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

extern "C" {
#include "base/json/json.h"
}

using namespace simdjson;

struct json_reader {
    std::unique_ptr<internal::dom_parser_implementation> scanner;
    ondemand::parser unescaper;
    json_node *node;
    int32_t count;
    size_t node_cap;
    char *unescaped; /* strings that had escapes */
    size_t unescaped_n, unescaped_cap;
    const char *text;           /* of the document */
    const uint32_t *at, *until; /* where tokens begin; behind the last stands the text's length */
    bool has_escapes;           /* somewhere in the text */
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

/* The next token; only white space stands between it and the one after it. */
inline str token_take(json_reader *r)
{
    const char *p = r->text + *r->at++, *end = r->text + *r->at;
    while (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r')
        end--;
    return str{p, end - p};
}

/* The first byte of the next token; 0 at the end. */
inline char token_peek(const json_reader *r)
{
    return r->at < r->until ? r->text[*r->at] : '\0';
}

/* A token in quotes with escapes; the bytes they stand for live as long as the nodes. */
bool unescape(json_reader *r, str token, str *out, err *e)
{
    ondemand::document document;
    std::string_view s;
    size_t n = static_cast<size_t>(token.n);
    error_code code =
        r->unescaper.iterate(padded_string_view(token.p, n, n + SIMDJSON_PADDING)).get(document);
    if (!code)
        code = document.get_string().get(s);
    if (code)
        return broken(e, code);
    char *p = r->unescaped + r->unescaped_n; /* room for all: no text grows by losing escapes */
    memcpy(p, s.data(), s.size());
    r->unescaped_n += s.size();
    *out = str{p, static_cast<ptrdiff_t>(s.size())};
    return true;
}

/* Strings without escapes, that is most of them and all our keys, stay where they are. */
inline bool string_read(json_reader *r, str *out, err *e)
{
    str token = token_take(r);
    if (token.n < 2 || token.p[token.n - 1] != '"')
        return broken(e, STRING_ERROR);
    if (r->has_escapes && memchr(token.p, '\\', static_cast<size_t>(token.n)))
        return unescape(r, token, out, e);
    *out = str{token.p + 1, token.n - 2};
    return true;
}

bool number_read(json_reader *r, str *out, err *e)
{
    str digits = token_take(r);
    if (!number_valid(digits)) {
        FAIL(e, ERR_BAD_JSON, "`%.*s` is not a number", (int)(digits.n < 40 ? digits.n : 40),
             digits.p);
        err_expected(e, "%s", number_expected);
        return false;
    }
    *out = digits;
    return true;
}

bool atom_read(json_reader *r, const char *atom, error_code code, err *e)
{
    return str_eq(token_take(r), str_of(atom)) || broken(e, code);
}

bool value_read(json_reader *r, int depth, str key, err *e);

/* After a member: another one, or the end of the object or list. */
inline bool more_follow(json_reader *r, char close, bool *more, err *e)
{
    char c = token_peek(r);
    if (c != ',' && c != close)
        return broken(e, TAPE_ERROR);
    r->at++;
    *more = c == ',';
    return true;
}

bool list_read(json_reader *r, int depth, err *e)
{
    bool more = token_peek(r) != ']';
    if (!more)
        r->at++;
    while (more)
        if (!value_read(r, depth + 1, str{nullptr, 0}, e) || !more_follow(r, ']', &more, e))
            return false;
    return true;
}

bool object_read(json_reader *r, int depth, err *e)
{
    bool more = token_peek(r) != '}';
    if (!more)
        r->at++;
    while (more) {
        str key;
        if (token_peek(r) != '"')
            return broken(e, TAPE_ERROR);
        if (!string_read(r, &key, e))
            return false;
        if (token_peek(r) != ':')
            return broken(e, TAPE_ERROR);
        r->at++;
        if (!value_read(r, depth + 1, key, e) || !more_follow(r, '}', &more, e))
            return false;
    }
    return true;
}

bool nested_read(json_reader *r, int32_t at, int depth, err *e)
{
    bool is_list = r->node[at].kind == JSON_LIST;
    if (depth > JSON_DEPTH_MAX)
        return broken(e, DEPTH_ERROR);
    r->at++;
    if (!(is_list ? list_read(r, depth, e) : object_read(r, depth, e)))
        return false;
    r->node[at].next = r->count;
    return true;
}

bool value_read(json_reader *r, int depth, str key, err *e)
{
    int32_t at = r->count++; /* make_room() made room for it */
    json_node *node = &r->node[at];
    node->next = r->count;
    node->key = key;
    node->text = str{nullptr, 0};
    char first = token_peek(r);
    if (first == '-' || (first >= '0' && first <= '9')) {
        node->kind = JSON_NUMBER;
        return number_read(r, &node->text, e);
    }
    switch (first) {
    case '"':
        node->kind = JSON_STRING;
        return string_read(r, &node->text, e);
    case '{':
        node->kind = JSON_OBJECT;
        return nested_read(r, at, depth, e);
    case '[':
        node->kind = JSON_LIST;
        return nested_read(r, at, depth, e);
    case 't':
        node->kind = JSON_TRUE;
        return atom_read(r, "true", T_ATOM_ERROR, e);
    case 'f':
        node->kind = JSON_FALSE;
        return atom_read(r, "false", F_ATOM_ERROR, e);
    case 'n':
        node->kind = JSON_NULL;
        return atom_read(r, "null", N_ATOM_ERROR, e);
    default:
        return broken(e, TAPE_ERROR);
    }
}

/* Finds where the tokens begin. */
bool scan(json_reader *r, str bytes, err *e)
{
    size_t n = static_cast<size_t>(bytes.n), room = n < 4096 ? 4096 : 2 * n;
    error_code code = SUCCESS;
    if (!r->scanner)
        code = get_active_implementation()->create_dom_parser_implementation(
            room, JSON_DEPTH_MAX + 1, r->scanner);
    else if (r->scanner->capacity() < n)
        code = r->scanner->set_capacity(room);
    if (code)
        return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
    code = r->scanner->stage1(reinterpret_cast<const uint8_t *>(bytes.p), n, stage1_mode::regular);
    if (code)
        return broken(e, code);
    r->text = bytes.p;
    r->at = r->scanner->structural_indexes.get();
    r->until = r->at + r->scanner->n_structural_indexes;
    r->has_escapes = memchr(bytes.p, '\\', n) != nullptr;
    return true;
}

/* Memory for all nodes of the text, and for its strings if they have escapes: both are made anew
 * when they are too small, so what was read before is gone. */
bool make_room(json_reader *r, size_t bytes, err *e)
{
    /* before each node but the outermost stands a comma, a colon, or an opening bracket */
    size_t nodes = static_cast<size_t>(r->until - r->at) / 2 + JSON_DEPTH_MAX + 2;
    if (r->node_cap < nodes) {
        free(r->node);
        r->node = static_cast<json_node *>(malloc(2 * nodes * sizeof(json_node)));
        r->node_cap = r->node ? 2 * nodes : 0;
    }
    if (r->has_escapes && r->unescaped_cap < bytes) {
        free(r->unescaped);
        r->unescaped = static_cast<char *>(malloc(2 * bytes));
        r->unescaped_cap = r->unescaped ? 2 * bytes : 0;
    }
    if (!r->node_cap || (r->has_escapes && !r->unescaped_cap))
        return FAIL(e, ERR_OUT_OF_MEMORY, "document too large");
    r->count = 0;
    r->unescaped_n = 0;
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
    if (reader) {
        free(reader->node);
        free(reader->unescaped);
    }
    delete reader;
}

extern "C" bool
json_parse(json_reader *r, str bytes, const json_node **nodes, int32_t *count, err *e)
{
    if (bytes.n > JSON_BYTES_MAX)
        return FAIL(e, ERR_TOO_LARGE, "%td bytes, at most %d", bytes.n, JSON_BYTES_MAX);
    if (!scan(r, bytes, e) || !make_room(r, static_cast<size_t>(bytes.n), e))
        return false;
    if (token_peek(r) != '{' && token_peek(r) != '[')
        return FAIL(e, ERR_BAD_JSON, "the document is neither an object nor a list");
    if (r->text[r->until[-1]] != (token_peek(r) == '{' ? '}' : ']'))
        return broken(e, INCOMPLETE_ARRAY_OR_OBJECT);
    if (!value_read(r, 0, str{nullptr, 0}, e))
        return false;
    if (r->at != r->until)
        return broken(e, TRAILING_CONTENT);
    *nodes = r->node;
    *count = r->count;
    return true;
}
