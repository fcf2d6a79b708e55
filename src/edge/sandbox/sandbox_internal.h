/* What the files of the sandbox share. */
#ifndef SANDBOX_SANDBOX_INTERNAL_H
#define SANDBOX_SANDBOX_INTERNAL_H
#include "edge/sandbox/sandbox.h"

#include <pthread.h>

#define SANDBOX_LANE         UINT64_C(0x5a4d)
#define SANDBOX_INSTITUTIONS 64 /* whose answers can be held back */
#define SANDBOX_WAITING_MAX  64 /* answers at once; each keeps a connection and its thread */

struct sandbox {
    office *office;
    desk *desk;
    gateway *gateway;
    pthread_mutex_t lock; /* of what is below */
    pthread_cond_t changed;
    bool ending;
    int waiting;
    int64_t dropped; /* how often faults were taken away: nobody waits for one that is gone */
    uint64_t dice;
    int64_t last_fault_id;
    sandbox_fault fault[SANDBOX_FAULTS_MAX];
    int fault_count;
    struct {
        char code[SANDBOX_CODE_BYTES];
        int64_t answered;
    } turn[SANDBOX_INSTITUTIONS];
    int turn_count;
};

/* ---- fault.c ---- */

/* The first fault that hits this message; kind NONE = none does. */
sandbox_fault sandbox_fault_take(sandbox *s, str institution, str transaction);
const char *sandbox_fault_word(sandbox_fault_kind k);
/* An answer of this institution is ready: whoever was held back may go. */
int64_t sandbox_turn_take(sandbox *s, str institution);
void sandbox_wait_ms(sandbox *s, int64_t ms);
void sandbox_wait_turn(sandbox *s, str institution, int64_t mine);

/* ---- sandbox.c ---- */

/* One message, with whatever fault hits it; returns the number it is kept under, 0 = it is not. */
int64_t sandbox_pass(sandbox *s, const http_request *request, http_response *response, arena *a);

typedef struct {
    store_sql sql;
    const store_value *key;
    int count;
    store_rows rows;
} sandbox_ask;
bool sandbox_query(sandbox_ask *q, sandbox *s, arena *a, err *e) MUST_USE;
bool sandbox_institution(store_rows *out, sandbox *s, str code, arena *a, err *e) MUST_USE;

/* ---- record.c ---- */

typedef struct {
    gateway_head head;
    int64_t exchange_id; /* once it is kept */
    int64_t received_at, duration_us;
    const char *outcome, *fault, *noted;
    bool replayed;
    str path, headers, request, answer, fields;
    int64_t problems;
    gateway_field finding[SANDBOX_FINDINGS_MAX];
    int finding_count;
} sandbox_exchange;

void sandbox_look(sandbox_exchange *x, sandbox *s, const http_request *r, arena *a);
/* What could not be kept is lost: the message has been answered all the same. */
void sandbox_keep(sandbox_exchange *x, sandbox *s, arena *a);

/* ---- the institution, as the tables have it ---- */

enum {
    INSTITUTION_ID,
    INSTITUTION_CODE,
    INSTITUTION_NAME,
    INSTITUTION_KIND,
    INSTITUTION_LEVEL,
    INSTITUTION_STATE,
    INSTITUTION_SIGNATURE,
    INSTITUTION_VERIFY,
    INSTITUTION_KEY,
    INSTITUTION_SECRET,
    INSTITUTION_CHECKS,
    INSTITUTION_SIGN_IN,
    INSTITUTION_INFCODE,
    INSTITUTION_AMOUNTS,
    INSTITUTION_NODES
};

void sandbox_cards_json(json_out *o, arena *a);
void sandbox_items_json(json_out *o);

#endif
