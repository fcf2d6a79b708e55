/* The body that a counter or a hospital sends: read, previewed and settled against a small
 * database, answered; the answer is JSON and its amounts add up. */
#include "area.h"
#include "fuzz.h"

#include <stdlib.h>

#define ARENA_BYTES ((ptrdiff_t)32 << 20)

static struct {
    json_reader *reader, *answer_reader;
} fixed;

static const char *const rows[] = {
    "insert into area values ('350900', 'N', 'city', '35', 'ningde')",
    "insert into provider (provider_id, code, name, area_code, kind, level) values "
    "(501, 'H2', 'H', '350900', 'hospital', 'l2')",
    "insert into provider_agreement values (501, '2020-01-01', '', 'signed', 'A1')",
    "insert into item (item_code, name, kind) values ('A1', 'bed', 'service'), ('B1', 'd', 'drug')",
    "insert into item_term (area_code, item_code, from_on, item_class, pay_first_e8) values "
    "('350900', 'A1', '2020-01-01', 'A', -1), ('350900', 'B1', '2020-01-01', 'B', 20000000)",
    "insert into person (person_id, area_code, id_no, name) values (7, '350900', 'X', 'Z')",
    "insert into person_cover values (7, '2020-01-01', '', 'resident', 'resident', '')",
};

static void readers_free(void)
{
    json_reader_free(fixed.reader);
    json_reader_free(fixed.answer_reader);
}

static void open_fixed(void)
{
    if (area.store)
        return;
    area_open("fuzz_counter", rows, COUNTOF(rows), ARENA_BYTES);
    fixed.reader = json_reader_new();
    fixed.answer_reader = json_reader_new();
    MUST(fixed.reader && fixed.answer_reader);
    atexit(readers_free);
}

static void answer_check(const desk_settlement *s, arena *a)
{
    json_out o = json_out_new(a, 4096);
    const json_node *nodes;
    int32_t count;
    err e = {0};
    desk_answer(&o, s, LANG_EN, false);
    str text = json_out_text(&o);
    str padded = arena_printf(a, "%.*s%*s", STR_ARG(text), JSON_PADDING_BYTES, "");
    padded.n = text.n;
    MUST(json_parse(fixed.answer_reader, padded, &nodes, &count, &e));
    for (int i = 0; i < s->part_count; i++) {
        const desk_part *p = &s->part[i];
        MUST(p->total_fen == p->fund_fen + p->hospital_fen + p->personal_fen);
        MUST(p->personal_fen == p->account_fen + p->family_account_fen + p->cash_fen);
    }
}

static void body_try(str body, arena *a)
{
    const actor who = {.user_id = 1, .login = S("fuzz"), .rights = ~UINT64_C(0)};
    const json_node *nodes;
    int32_t count;
    desk_bill bill;
    bool replayed;
    err e = {0};
    desk_settlement *preview = arena_new(a, desk_settlement, 1);
    desk_settlement *settled = arena_new(a, desk_settlement, 1);
    if (!json_parse(fixed.reader, body, &nodes, &count, &e) || !desk_bill_read(&bill, nodes, &e) ||
        !desk_preview(preview, area.desk, &who, &bill, a, &e)) {
        MUST(e.code != ERR_OK);
        return;
    }
    answer_check(preview, a);
    if (!desk_settle(settled, &replayed, area.desk, &who, &bill, S(""), body, a, &e)) {
        MUST(e.code != ERR_OK); /* a number that is settled already */
        return;
    }
    answer_check(settled, a);
    MUST(settled->part_count == preview->part_count);
    for (int i = 0; i < settled->part_count; i++)
        MUST(settled->part[i].cash_fen == preview->part[i].cash_fen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jmp_buf oom;
    open_fixed();
    char *padded = calloc(1, size + JSON_PADDING_BYTES);
    MUST(padded);
    if (size)
        memcpy(padded, data, size);
    arena a = area_memory(&oom);
    if (setjmp(oom) == 0)
        body_try((str){padded, (ptrdiff_t)size}, &a);
    free(padded);
    return 0;
}
