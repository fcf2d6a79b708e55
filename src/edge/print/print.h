/* print -- the one bill (一单制) as a PDF: a sheet for the file (A4) or a receipt (A5).
 *
 * In:      a settlement as texts and fen, one print_bill for each part of a split stay.
 * Out:     PDF bytes in an arena; the same input gives the same bytes, on the same fonts.
 * May use: base, cairo, pango.
 */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H
#include "base/base.h"

typedef enum { PRINT_ZH = 0, PRINT_EN } print_lang;
typedef enum {
    PRINT_A4 = 0, /* upright, with lines and explanation */
    PRINT_A5      /* across, one page: the amounts only */
} print_size;
typedef enum {
    PRINT_VALID = 0,
    PRINT_PREVIEW,  /* nothing was settled: no voucher */
    PRINT_REVERSAL, /* takes another one back */
    PRINT_REVERSED  /* was taken back */
} print_mark;

typedef struct {
    int64_t fen;
    str basis; /* "" = none */
} print_amount;

typedef struct {
    str name; /* "统筹基金支付" */
    int64_t fen;
    str basis;
} print_fund;

typedef struct {
    str name, payer;
    int64_t base_fen, deductible_fen, paid_fen, over_cap_fen;
} print_layer;

typedef struct {
    int line_no;
    str code, name, item_class;
    str quantity, unit_price;
    int64_t amount_fen, own_fen, over_limit_fen, pay_first_fen, in_scope_fen;
} print_line;

#define PRINT_FUNDS_MAX 24

/* Texts are UTF-8 in the language asked for; "" is shown as a dash. */
typedef struct {
    print_lang lang;
    print_size size;
    print_mark mark;
    int part, part_count; /* 1 of 2; 0 of 0 when not split */

    str area_name;                 /* "宁德市" */
    str person_name, person_id_no; /* masked already */
    str provider_name, provider_code, provider_level;
    str scheme, policy, channel;
    str visit_kind, visit_no, disease, admit_on, service_on;
    str settlement_no, bill_no, settled_at;
    str other_no; /* of a reversal or a reversed one: the other settlement */

    print_amount total, own, over_limit, pay_first, in_scope, deductible, over_cap;
    const print_fund *fund; /* at most PRINT_FUNDS_MAX are shown */
    int fund_count;
    print_amount fund_total, hospital, personal, account, family_account, cash;

    const print_layer *layer;
    int layer_count;
    const print_line *line;
    int line_count;
    const str *sentence; /* why it is so, in order */
    int sentence_count;

    str maker, checker;
    int64_t made_at_ms; /* when it was printed, UTC: the only date in the file */
} print_bill;

/* Parts of one settlement follow each other on new pages; size and language are the first one's. */
bool print_bill_pdf(str *out, const print_bill *part, int count, arena *a, err *e) MUST_USE;

/* Amounts in Chinese capitals, as on cheques: 7846.12 is 柒仟捌佰肆拾陆元壹角贰分. */
#define PRINT_WORDS_BYTES 128
void print_amount_words(text_buffer *out, int64_t fen);

#endif
