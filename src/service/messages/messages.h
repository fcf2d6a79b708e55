/* messages -- what hospital systems sent: counted, found, shown masked, compared, tidied.
 *
 * In:      the gateway's log, its sums by the hour, comparisons, the table of who may come.
 * Out:     members of JSON objects; rows kept.
 * May use: base, base/json, store, service/access, lists (masks), OpenSSL (random).
 *
 * The path of a message only counts in memory; a thread adds the counts to gateway_hour and
 * credential_day, so that no two messages wait for one row.  A crash loses the counts of
 * FLUSH_SECONDS, never a message.
 */
#ifndef MESSAGES_MESSAGES_H
#define MESSAGES_MESSAGES_H
#include "base/json/json.h"
#include "base/json_out.h"
#include "service/access/access.h"
#include "store/store.h"

/* ---- counting: meter.c ---- */

typedef struct messages messages;

typedef struct {
    int flush_seconds;
    int body_days;  /* bodies are emptied after so many days; 0 = never */
    int count_days; /* sums by hour and day go after so many days; 0 = never */
} messages_config;

extern const messages_config messages_config_default;

/* Starts the thread that writes counts and empties old bodies. */
bool messages_open(messages **out, store *s, const messages_config *c, err *e) MUST_USE;
void messages_close(messages *m); /* writes what it has; NULL is fine */

typedef struct {
    int64_t at_ms, provider_id; /* 0 = unknown */
    str transaction_no;         /* "" = unknown */
    str outcome;                /* ok, recorded, replayed, or the code of the error */
    str step, credential; /* of care, and with what it was done; "" = it is none, or not done */
    int64_t duration_us;
} message_seen;

void messages_count(messages *m, const message_seen *seen);
/* Writes now what has been counted. */
bool messages_flush(messages *m, err *e) MUST_USE;

/* Empties the bodies of messages that came before `before_ms`.  What happened stays, and so do the
 * answers that a repeated message gets. */
bool messages_tidy(int64_t *emptied, store *s, int64_t before_ms, err *e) MUST_USE;
/* Drops the sums of hours and days that ended before `before_ms`. */
bool messages_tidy_counts(int64_t *dropped, store *s, int64_t before_ms, err *e) MUST_USE;

/* ---- statistics: monitor.c ---- */

#define MONITOR_BUCKETS 14 /* of durations: less than 1, 2, 5, 10 … 10000 ms, and more */

/* The time that `percent` of all took at most, in microseconds; 0 = nothing counted.  Within a
 * bucket times are taken to lie evenly, and never beyond the longest. */
int64_t monitor_percentile(const int64_t bucket[MONITOR_BUCKETS], int64_t longest_us, int percent);

typedef struct {
    str period; /* hour, day, week */
    str (*transaction_name)(str no);
} monitor_request;

bool monitor_json(
    json_out *out, store *s, const monitor_request *r, const actor *who, arena *a, err *e) MUST_USE;

/* ---- with what people showed who they are: credential.c ---- */

typedef struct {
    str month;           /* 2026-11; "" = this one */
    int64_t provider_id; /* 0 = all */
    str (*transaction_name)(str no);
} credential_request;

/* Of each step how often it was done with which kind of credential, and the shares of that. */
bool credential_json(json_out *out,
                     store *s,
                     const credential_request *r,
                     const actor *who,
                     arena *a,
                     err *e) MUST_USE;

/* ---- one message: message.c, body.c ---- */

typedef struct {
    int64_t message_id;
    bool full;  /* unmasked: whoever calls has the right, and has said why */
    str reason; /* of `full` */
    str (*transaction_name)(str no);
    /* What the descriptors say about the request, as a JSON list; may be NULL. */
    str (*findings)(void *with, str request, arena *a);
    void *findings_with;
} message_request;

/* Members of an open object.  ERR_NOT_FOUND also for another area's or provider's. */
bool message_json(
    json_out *out, store *s, const message_request *r, const actor *who, arena *a, err *e) MUST_USE;

/* A body as it may be shown: values of personal fields masked, and wherever else they stand in a
 * text of `body` or `other`; long texts cut.  What is not JSON is not shown (""). */
bool body_masked(str *out, str body, str other, arena *a, err *e) MUST_USE;
bool body_is_personal(str field); /* psn_name, psnName … */

/* ---- comparisons with providers: statement.c ---- */

typedef struct {
    int64_t count, total_fen, fund_fen, account_fen;
} statement_side;

typedef struct {
    const char *kind; /* totals, only_here, only_there, amounts */
    str reference;
    int64_t settlement_id, person_id;
    str visit_ref;
    bool refund;
    int64_t ours[3], theirs[3]; /* total, fund, account, in fen */
} statement_difference;

#define STATEMENT_ROWS_MAX 5000 /* kept of one comparison; more are only counted */

typedef struct {
    int64_t statement_id, provider_id;
    str transaction_no, trace_id;
    int64_t made_at;
    str from_on, until_on, scheme, clr_type, refunded;
    statement_side ours, theirs;
    int64_t differences; /* all of them */
    const statement_difference *row;
    int row_count;
} statement;

/* Puts it; open comparisons of the same question before it are superseded. */
void statement_put(store_job *job, const statement *s);

typedef struct {
    int64_t statement_id, line;
    str resolution; /* missing_here, missing_there, amount, reversed_later, other; "" = open */
    str note;
} statement_resolution;

bool statement_resolve(
    store *s, const statement_resolution *r, const actor *who, arena *a, err *e) MUST_USE;

typedef struct {
    int64_t provider_id;
    str from_on, until_on; /* days in Beijing; the last is in it */
    /* code of the clearing type, in the provider's area */
    str (*clr_type)(const void *with, str area_code, str visit_kind);
    const void *with;
} totals_request;

/* What 3201 is compared with: `rows` by scheme and clearing type, what was taken back and what took
 * it back in them. */
bool totals_json(
    json_out *out, store *s, const totals_request *r, const actor *who, arena *a, err *e) MUST_USE;

/* ---- keys: access.c ---- */

/* ERR_NOT_FOUND unless the provider lies where `who` may look. */
bool gateway_scope(store *s, int64_t provider_id, const actor *who, arena *a, err *e) MUST_USE;

/* A new secret, told once; the old one is good until `old_until_ms` (0 = no longer). */
bool gateway_key_new(str *secret,
                     store *s,
                     int64_t provider_id,
                     int64_t old_until_ms,
                     const actor *who,
                     arena *a,
                     err *e) MUST_USE;
/* The old secret is no good any more. */
bool gateway_key_end(store *s, int64_t provider_id, const actor *who, arena *a, err *e) MUST_USE;

#endif
