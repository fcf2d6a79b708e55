/* Review rules on made-up visits of eight lines, one core, against a loop that only reads the same
 * lines as JSON. */
#include "bench.h"

#include "base/json/json.h"
#include "service/pack/review.h"

#define VISITS 20000
#define LINES  8
#define ROUNDS 10
#define BYTES  ((ptrdiff_t)64 << 20)

static const char *const codes[] = {"DEMOF01580", "DEMOF01581", "DEMOF01588", "DEMOF01590",
                                    "DEMOF01600", "DEMOY00740", "DEMOY00606", "DEMOY00615",
                                    "DEMOY01012", "DEMOY00001", "DEMOF01567", "DEMOY00960"};

static void visit_make(review_line *line, uint64_t *seed, char *text, size_t room)
{
    int n = snprintf(text, room, "{\"fsi_order_dtos\":[");
    for (int i = 0; i < LINES; i++) {
        uint64_t r = random_next(seed);
        const char *code = codes[r % (uint64_t)COUNTOF(codes)];
        int quantity = 1 + (int)(r >> 8 & 3), price = 5 + (int)(r >> 16 & 63);
        line[i] = (review_line){.code = str_of(code),
                                .on = 20600 + (int32_t)(r >> 24 & 7),
                                .quantity_e4 = quantity * INT64_C(10000),
                                .unit_price_e4 = price * INT64_C(10000),
                                .limit_e4 = 400000,
                                .amount_fen = 100 * quantity * price};
        n += snprintf(text + n, room - (size_t)n,
                      "%s{\"rx_id\":\"%d\",\"hilist_code\":\"%s\",\"cnt\":%d,\"pric\":%d,"
                      "\"sumamt\":%d,\"drord_begn_date\":\"2026-05-2%d 09:00:00\"}",
                      i ? "," : "", i, code, quantity, price, quantity * price, i);
    }
    snprintf(text + n, room - (size_t)n, "]}");
}

#define TEXT_BYTES (1200 + JSON_PADDING_BYTES)

static double tokenise(char (*text)[TEXT_BYTES])
{
    json_reader *reader = json_reader_new();
    double begin = seconds_now();
    assert(reader);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < VISITS; i++) {
            const json_node *nodes;
            int32_t count;
            err e = {0};
            bool ok = json_parse(reader, str_of(text[i]), &nodes, &count, &e);
            assert(ok);
        }
    double end = seconds_now();
    json_reader_free(reader);
    return end - begin;
}

int main(void)
{
    static const str dx[] = {{"N18.900", 7}, {"I10.x00", 7}};
    char *memory = malloc((size_t)BYTES);
    char(*text)[TEXT_BYTES] = calloc(VISITS, sizeof *text);
    review_line *line = calloc((size_t)VISITS * LINES, sizeof *line);
    arena a = {memory, memory ? memory + BYTES : NULL, NULL};
    review_pack p;
    err e = {0};
    uint64_t seed = 3101;
    int64_t findings = 0;
    assert(memory);
    assert(text);
    assert(line);
    bool ok = review_pack_load(&p, S("packs/review/demo"), &a, &e);
    assert(ok);
    assert(p.error_count == 0);
    for (int i = 0; i < VISITS; i++)
        visit_make(line + (ptrdiff_t)i * LINES, &seed, text[i], TEXT_BYTES - JSON_PADDING_BYTES);
    tokenise(text); /* warm */
    double tokens = tokenise(text), begin = seconds_now();
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < VISITS; i++) {
            arena fresh = a;
            const review_finding *f;
            int32_t count;
            review_case c = {.stage = REVIEW_BEFORE,
                             .setting = REVIEW_OUTPATIENT,
                             .sex = (uint8_t)(1 + i % 2),
                             .born = {8000},
                             .on = {20603},
                             .until = {DAY_NONE},
                             .level = S("l1"),
                             .dx = dx,
                             .dx_count = 2,
                             .line = line + (ptrdiff_t)i * LINES,
                             .line_count = LINES};
            review_check(&f, &count, &p.version[0], &c, &fresh);
            findings += count;
        }
    double checks = seconds_now() - begin;
    double lines = (double)VISITS * LINES * ROUNDS;
    printf("review: %.0f lines/s by %d rules on one core, %.0f findings/s; reading the same lines "
           "as JSON: %.0f lines/s; checking takes %.2f x that time\n",
           lines / checks, (int)p.version[0].rule_count, (double)findings / checks, lines / tokens,
           checks / tokens);
    free(line);
    free(text);
    free(memory);
    return 0;
}
