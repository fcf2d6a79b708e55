/* What hospital systems ask for, carried out: each line is a transaction's number and its input, as
 * JSON, and is worked on against a small database.  Every answer is an envelope; what is refused
 * has a code.
 *
 * @ stands for the last number given in an answer, ~ for the first: a visit, a filing. */
#include "area.h"
#include "edge/gateway/gateway.h"
#include "fuzz.h"

#include "base/json/json.h"

#include <stdlib.h>

#define ARENA_BYTES  ((ptrdiff_t)64 << 20)
#define MESSAGES_MAX 8

static struct {
    gateway *gateway;
    json_reader *reader;
    int serial;
} fixed;

static const char *const rows[] = {
    "insert into area values ('350900', 'N', 'city', '35', 'ningde'), "
    "('130800', 'C', 'city', '13', 'chengde')",
    "insert into provider (provider_id, code, name, area_code, kind, level) values "
    "(501, 'H2', 'H', '350900', 'hospital', 'l2'), (502, 'H3', 'I', '350900', 'hospital', 'l3'), "
    "(503, 'P1', 'P', '350900', 'pharmacy', 'l1')",
    "insert into provider_agreement values (501, '2020-01-01', '', 'signed', 'A1'), "
    "(502, '2020-01-01', '', 'signed', 'A2'), (503, '2020-01-01', '', 'signed', 'A3')",
    "insert into gateway_access (provider_id, state) values (501, 'open'), (502, 'open'), "
    "(503, 'open')",
    "insert into item (item_code, name, kind) values ('A1', 'bed', 'service'), ('B1', 'd', 'drug')",
    "insert into item_term (area_code, item_code, from_on, item_class, pay_first_e8) values "
    "('350900', 'A1', '2020-01-01', 'A', -1), ('350900', 'B1', '2020-01-01', 'B', 20000000)",
    "insert into person (person_id, area_code, id_no, name) values "
    "(7, '350900', 'X7', '张三丰')",
    "insert into person_cover values (7, '2020-01-01', '', 'resident', 'resident', '')",
};

static void gateway_end(void)
{
    gateway_close(fixed.gateway);
    json_reader_free(fixed.reader);
}

static void open_fixed(void)
{
    err e = {0};
    if (area.store)
        return;
    area_open("fuzz_gateway_work", rows, COUNTOF(rows), ARENA_BYTES);
    MUST(gateway_open(&fixed.gateway, area.office, area.desk, NULL, &e));
    fixed.reader = json_reader_new();
    MUST(fixed.reader);
    atexit(gateway_end);
}

/* The last number of an answer's output that one of our ids could be. */
static str id_in(str answer)
{
    str id = S("0");
    bool output = false;
    for (ptrdiff_t i = 0, n = 0; i < answer.n; i++) {
        str rest = {answer.p + i, answer.n - i};
        output |= rest.n > 9 && str_eq((str){rest.p, 9}, S("\"output\":"));
        bool digit = output && answer.p[i] >= '0' && answer.p[i] <= '9';
        n = digit ? n + 1 : 0;
        if (n >= 17)
            id = (str){answer.p + i - n + 1, n};
    }
    return id;
}

static str filled(str line, str first, str last, arena *a)
{
    ptrdiff_t n = 0;
    char *out = arena_new(a, char, 24 * line.n + 1); /* an id has 19 digits at most */
    for (ptrdiff_t i = 0; i < line.n; i++) {
        bool mark = line.p[i] == '@' || line.p[i] == '~';
        str part = mark ? (line.p[i] == '@' ? last : first) : (str){line.p + i, 1};
        part.n = part.n > 19 ? 19 : part.n;
        memcpy(out + n, part.p, (size_t)part.n);
        n += part.n;
    }
    return (str){out, n};
}

static void answer_check(str answer, arena *a)
{
    const json_node *nodes;
    int32_t count;
    err e = {0};
    char *padded = arena_new(a, char, answer.n + JSON_PADDING_BYTES);
    memcpy(padded, answer.p, (size_t)answer.n);
    MUST(json_parse(fixed.reader, (str){padded, answer.n}, &nodes, &count, &e));
    MUST(nodes->kind == JSON_OBJECT);
    MUST(str_contains(answer, S("\"infcode\":0")) || str_contains(answer, S("\"err_msg\":\"[")));
}

/* → what came back; "" for a line without a number. */
static str line_do(str line, const char *by, arena *a)
{
    const char *space = memchr(line.p, ' ', (size_t)line.n);
    if (!space || space - line.p > 5)
        return S("");
    str number = {line.p, space - line.p}, input = {space + 1, line.n - number.n - 1};
    for (ptrdiff_t i = 0; i < number.n; i++)
        if ((unsigned char)number.p[i] <= '"' || number.p[i] == '\\')
            return S("");
    str body = arena_printf(
        a,
        "{\"infno\":\"%.*s\",\"msgid\":\"M%d\",\"fixmedins_code\":\"%s\",\"opter\":\"1\","
        "\"insuplc_admdvs\":\"350900\",\"infver\":\"V1.0\",\"input\":%.*s}",
        STR_ARG(number), ++fixed.serial, by, STR_ARG(input));
    char *padded = arena_new(a, char, body.n + HTTP_BODY_PADDING_BYTES + JSON_PADDING_BYTES);
    memcpy(padded, body.p, (size_t)body.n);
    http_request request = {.method = S("POST"),
                            .path = S("/gateway"),
                            .body = {padded, body.n},
                            .address = S("192.0.2.1"),
                            .trace_id = S("0123456789abcdef")};
    http_response response = {.status = 200};
    gateway_handle(fixed.gateway, 0, &request, &response, a);
    if (str_contains(response.content_type, S("json")))
        answer_check(response.body, a);
    return response.body;
}

/* A line that begins with > is the pharmacy's, one with ^ the other hospital's. */
static void text_do(str text, arena *a)
{
    str first = S("0"), last = S("0");
    for (int i = 0; i < MESSAGES_MAX && text.n > 0; i++) {
        const char *end = memchr(text.p, '\n', (size_t)text.n);
        str line = {text.p, end ? end - text.p : text.n};
        const char *by = line.n && line.p[0] == '>'   ? "P1"
                         : line.n && line.p[0] == '^' ? "H3"
                                                      : "H2";
        text = end ? (str){end + 1, text.n - line.n - 1} : (str){text.p, 0};
        if (by[1] != '2')
            line = (str){line.p + 1, line.n - 1};
        if (line.n == 0)
            continue;
        last = id_in(line_do(filled(line, first, last, a), by, a));
        first = i == 0 ? last : first;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 20000)
        return 0;
    open_fixed();
    arena a = area_memory(NULL);
    jmp_buf oom;
    a.oom = &oom;
    char *copy = malloc(size ? size : 1);
    MUST(copy);
    memcpy(copy, data, size);
    if (setjmp(oom) == 0)
        text_do((str){copy, (ptrdiff_t)size}, &a);
    free(copy);
    return 0;
}
