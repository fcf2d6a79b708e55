/* stock -- goods of pharmacies and hospitals: counted, changed, bought, sold, returned.
 *
 * In:      what a provider's system says of them, row by row.
 * Out:     movements and what is there, kept in the caller's job.
 * May use: base, store, service/access.
 *
 * Quantities are 1e-4 of the smallest pack that has a price.  Movements are only added; what is
 * there is their sum, and may be below 0.
 */
#ifndef STOCK_STOCK_H
#define STOCK_STOCK_H
#include "service/access/access.h"

typedef enum {
    STOCK_NONE = 0,
    STOCK_COUNT, /* books what differs from what was thought to be there */
    STOCK_CHANGE,
    STOCK_PURCHASE,
    STOCK_PURCHASE_RETURN,
    STOCK_SALE,
    STOCK_SALE_RETURN
} stock_kind;

typedef struct {
    stock_kind kind;
    str own_code, batch_no, item_code;
    str change_type; /* kind STOCK_CHANGE: code of the interface */
    bool out;        /* and whether goods leave by it */
    str happened_at;
    int64_t quantity_e4; /* above 0; of a count 0 or more */
    str said_key;      /* what makes it this and no other: numbers of papers, codes of packs … */
    int64_t refers_id; /* a return: of which purchase or sale; 0 = not said */
    int64_t settlement_id;
    str visit_no, cert_no;
    str detail; /* JSON, as it came */
    const str *trace;
    int trace_count;
    bool opened; /* parts of a pack: its code may come again */
} stock_goods;

typedef struct {
    int64_t movement_id, settlement_id; /* 0 = no such settlement of this provider */
    int64_t on_hand_e4;                 /* afterwards */
    bool is_short;                      /* more left than was there */
    bool sold_before;                   /* a code of it, here or elsewhere */
} stock_booked;

/* What the rows of one message did so far. */
typedef struct stock_place stock_place;
typedef struct stock_said stock_said;
typedef struct {
    stock_place *place;
    stock_said *withdrawn;
} stock_sheet;

/* ERR_EXISTS: the same was said before, and stands. */
bool stock_book(stock_booked *out,
                const stock_goods *g,
                stock_sheet *sheet,
                store_job *job,
                const actor *who,
                arena *a,
                err *e) MUST_USE;

/* Takes back what stands of a batch: "count", "change", "purchase" and "sale", these two with
 * their returns.  ERR_NOT_FOUND: nothing does. */
bool stock_withdraw(int *count,
                    str batch_no,
                    str what,
                    stock_sheet *sheet,
                    store_job *job,
                    const actor *who,
                    arena *a,
                    err *e) MUST_USE;

#endif
