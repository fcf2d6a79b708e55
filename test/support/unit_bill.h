/* unit_bill -- bills from JSON, written in C with ' for ". */
#ifndef SUPPORT_UNIT_BILL_H
#define SUPPORT_UNIT_BILL_H
#include "service/bill/bill.h"
#include "test/support/unit_pack.h"

static inline json_reader *unit_reader(void)
{
    static json_reader *reader;
    if (!reader)
        reader = json_reader_new();
    assert_non_null(reader);
    return reader;
}

/* The text with its quotes turned, in memory with the padding a reader wants. */
static inline str unit_json(const char *text, arena *a)
{
    str s = str_of(text);
    char *p = arena_new(a, char, s.n + JSON_PADDING_BYTES);
    for (ptrdiff_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == '\'' ? '"' : s.p[i];
    return (str){p, s.n};
}

/* Reads a bill; false with the error. */
static inline bool unit_bill_read(claim_bill *out, const pack *p, str json, arena *a, err *e)
{
    const json_node *nodes;
    int32_t count;
    return json_parse(unit_reader(), json, &nodes, &count, e) && bill_of_json(out, nodes, p, a, e);
}

/* A bill that must be readable. */
static inline claim_bill *unit_bill(const pack *p, const char *text, arena *a)
{
    claim_bill *claim = arena_new(a, claim_bill, 1);
    err e = {0};
    if (!unit_bill_read(claim, p, unit_json(text, a), a, &e))
        fail_msg("%s %s: %s in %s", err_name(e.code), e.field, e.msg, text);
    return claim;
}

#endif
