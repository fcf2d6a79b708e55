/* The facts of packs/common/gateway, and how to find them. */
#include "edge/gateway/gateway_internal.h"

static const struct {
    const char *code, *label;
} codes[] = {
#define GATE_CODE(code, label) {code, label},
#include "edge/gateway/gateway.tbl.h"
};

static const struct {
    const char *name;
    int first, count;
} dictionaries[] = {
    {"", 0, 0},
#define GATE_DICTIONARY(name, first, count) {name, first, count},
#include "edge/gateway/gateway.tbl.h"
};

static const gate_field fields[] = {
#define GATE_FIELD(direction, node, repeated, name, type, length, scale, required, dictionary)     \
    {GATE_##direction, node, repeated, name, GATE_##type, length, scale, required, dictionary},
#include "edge/gateway/gateway.tbl.h"
};

static const struct {
    const char *no, *name;
    int first, count;
} transactions[] = {
#define GATE_TRANSACTION(no, name, first, count) {no, name, first, count},
#include "edge/gateway/gateway.tbl.h"
};

static const struct {
    const char *no, *path;
} paths[] = {
#define GATE_PATH(no, path) {no, path},
#include "edge/gateway/gateway.tbl.h"
};

static const struct {
    const char *no, *heading;
} columns[] = {
#define GATE_COLUMN(no, heading) {no, heading},
#include "edge/gateway/gateway.tbl.h"
};

/* Most differ in the first characters. */
static bool is(str said, const char *name)
{
    return said.n > 0 && strncmp(name, said.p, (size_t)said.n) == 0 && name[said.n] == 0;
}

bool gate_transaction_find(gate_transaction *out, str no)
{
    /* our own: what became of a message, what is wrong with a signature */
    static const char *const own[] = {"GJ01", "GJ02"};
    for (ptrdiff_t i = 0; i < COUNTOF(own); i++) {
        if (!str_eq(no, str_of(own[i])))
            continue;
        *out = (gate_transaction){.no = own[i], .name = "", .has_output = true};
        return true;
    }
    for (ptrdiff_t i = 0; i < COUNTOF(transactions); i++) {
        if (!is(no, transactions[i].no))
            continue;
        *out = (gate_transaction){transactions[i].no, transactions[i].name,
                                  &fields[transactions[i].first], transactions[i].count, false};
        for (int k = 0; k < out->field_count; k++)
            out->has_output |= out->field[k].direction == GATE_OUT;
        return true;
    }
    return false;
}

str gateway_transaction_name(str no)
{
    gate_transaction t;
    return gate_transaction_find(&t, no) ? str_of(t.name) : S("");
}

str gate_transaction_of_path(str path)
{
    for (ptrdiff_t i = 0; i < COUNTOF(paths); i++)
        if (str_eq(path, str_of(paths[i].path)))
            return str_of(paths[i].no);
    return S("");
}

int gate_dictionary_find(str name)
{
    for (int i = 1; i < (int)COUNTOF(dictionaries); i++)
        if (str_eq(name, str_of(dictionaries[i].name)))
            return i;
    return 0;
}

int gate_dictionary_size(int dictionary)
{
    return dictionaries[dictionary].count;
}

gate_code gate_dictionary_at(int dictionary, int i)
{
    int at = dictionaries[dictionary].first + i;
    return (gate_code){str_of(codes[at].code), str_of(codes[at].label)};
}

bool gate_dictionary_has(int dictionary, str code)
{
    for (int i = 0; i < dictionaries[dictionary].count; i++)
        if (str_eq(code, str_of(codes[dictionaries[dictionary].first + i].code)))
            return true;
    return false;
}

const char *gate_dictionary_name(int dictionary)
{
    return dictionaries[dictionary].name;
}

int gate_column_count(str no)
{
    int count = 0;
    for (ptrdiff_t i = 0; i < COUNTOF(columns); i++)
        count += str_eq(no, str_of(columns[i].no));
    return count;
}

str gate_column(str no, int place)
{
    for (ptrdiff_t i = 0; i < COUNTOF(columns); i++)
        if (str_eq(no, str_of(columns[i].no)) && place-- == 0)
            return str_of(columns[i].heading);
    return S("");
}

static const gate_dispatch dispatch[] = {
#define GATE_HANDLER(no, name, writes) {no, name, writes},
#define GATE_REFUSED(no)               {no, NULL, false},
#include "edge/gateway/handler.tbl.h"
};

const gate_dispatch *gate_dispatch_find(str no)
{
    for (ptrdiff_t i = 0; i < COUNTOF(dispatch); i++)
        if (is(no, dispatch[i].no))
            return &dispatch[i];
    return NULL;
}
