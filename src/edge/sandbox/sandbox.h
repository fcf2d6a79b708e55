/* sandbox -- a platform to try a hospital's system on: made-up people, a record of each message,
 * and faults on demand.
 *
 * In:      messages on their way to the gateway; what the sandbox's pages ask.
 * Out:     the gateway's answers, or what a bad line would make of them; reports.
 * May use: base, store, service/{access,office,desk,master}, edge/{http,gateway,sheet}, threads.
 *
 * A database is a sandbox or not from its first day: `sandbox_mark`.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H
#include "base/json_out.h"
#include "edge/gateway/gateway.h"
#include "edge/http/http.h"
#include "service/desk/desk.h"
#include "service/master/master.h"
#include "service/office/office.h"

/* ---- the mark ---- */

bool sandbox_is_marked(bool *out, store *s, arena *a, err *e) MUST_USE;
bool sandbox_mark(store *s, arena *a, err *e) MUST_USE;

/* ---- what is in it ---- */

#define SANDBOX_AREA "350900"

/* The file of a kind, complete with its header; "" = none. */
str sandbox_csv(master_id kind, arena *a);

/* A message that is answered without any preparation. */
str sandbox_first_message(arena *a);

/* Bills of the past that make a card what it is: settled once, when the sandbox is made. */
typedef struct {
    str id_no, provider_code;
    str visit, lines; /* JSON, as POST /settlements takes them */
} sandbox_bill;
int sandbox_bill_count(void);
sandbox_bill sandbox_bill_at(int i, day today, arena *a);

/* ---- running ---- */

typedef struct sandbox sandbox;

bool sandbox_open(sandbox **out, office *o, desk *d, gateway *g, err *e) MUST_USE;
void sandbox_end(sandbox *s);   /* nobody waits any longer; NULL is fine */
void sandbox_close(sandbox *s); /* NULL is fine */
/* ERR_CSRF for what a foreign page sends through a browser: by its Host, which must be a number,
 * localhost or `name`, or by its Origin, which must be the sandbox's own. */
bool sandbox_trusts(const http_request *r, str name, err *e) MUST_USE;
/* Instead of gateway_handle; its `app` is the sandbox. */
http_handler sandbox_gateway;

/* ---- faults ---- */

typedef enum {
    SANDBOX_FAULT_NONE = 0,
#define FAULT(name, word, zh, en) SANDBOX_FAULT_##name,
#include "edge/sandbox/fault.tbl.h"
    SANDBOX_FAULT__COUNT
} sandbox_fault_kind;

#define SANDBOX_FAULTS_MAX   64
#define SANDBOX_SECONDS_MAX  600
#define SANDBOX_HOLD_SECONDS 10
#define SANDBOX_CODE_BYTES   41
#define SANDBOX_FINDINGS_MAX 50 /* kept of one message for the report */

/* Of the messages that fit: `skip` go through, then `count` (0 = any number) are hit, each with a
 * probability of `percent`. */
typedef struct {
    int64_t fault_id;
    char institution[SANDBOX_CODE_BYTES]; /* "" = any */
    char transaction[SANDBOX_CODE_BYTES]; /* "" = any */
    sandbox_fault_kind kind;
    int percent, skip, count, seconds;
    int64_t passed, hit; /* so far */
} sandbox_fault;

bool sandbox_fault_kind_read(sandbox_fault_kind *out, str word);
bool sandbox_fault_add(sandbox *s, const sandbox_fault *f, err *e) MUST_USE;
void sandbox_faults_drop(sandbox *s, str institution); /* "" = all */
void sandbox_faults_json(json_out *o, sandbox *s);     /* a list */

/* ---- what the pages show: members of an open object ---- */

bool sandbox_home_json(json_out *o, sandbox *s, str address, arena *a, err *e) MUST_USE;
/* `after` 0: the last ones; oldest first. */
bool sandbox_exchanges_json(json_out *o,
                            sandbox *s,
                            int64_t after,
                            str institution,
                            str transaction,
                            arena *a,
                            err *e) MUST_USE;
bool sandbox_exchange_json(json_out *o, sandbox *s, int64_t id, arena *a, err *e) MUST_USE;
/* The same bytes and signature headers again; with a `msgid` that one stands in them. */
bool sandbox_replay(json_out *o,
                    sandbox *s,
                    const http_request *r,
                    int64_t id,
                    str msgid,
                    arena *a,
                    err *e) MUST_USE;
bool sandbox_report_json(json_out *o, sandbox *s, str institution, arena *a, err *e) MUST_USE;
bool sandbox_report_sheet(
    str *out, sandbox *s, str institution, bool english, arena *a, err *e) MUST_USE;
/* Takes back what stands for the institution, and forgets its messages. */
bool sandbox_reset(json_out *o, sandbox *s, str institution, arena *a, err *e) MUST_USE;

#endif
