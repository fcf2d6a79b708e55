/* What the files of the gateway share. */
#ifndef GATEWAY_GATEWAY_INTERNAL_H
#define GATEWAY_GATEWAY_INTERNAL_H
#include "base/json/json.h"
#include "base/json_out.h"
#include "edge/gateway/gateway.h"
#include "service/care/care.h"
#include "service/catalogue/catalogue.h"
#include "service/discharge/discharge.h"
#include "service/stock/stock.h"

#include <pthread.h>

/* ---- what there is: table.c ---- */

typedef enum { GATE_IN = 0, GATE_OUT, GATE_FILE_IN, GATE_FILE_OUT } gate_direction;
typedef enum { GATE_TEXT = 0, GATE_NUMBER, GATE_TIME, GATE_BYTES, GATE_ANY } gate_type;

typedef struct {
    gate_direction direction;
    const char *node;
    bool repeated;
    const char *name;
    gate_type type;
    int length, scale; /* characters; digits in all and behind the point; 0 = not said */
    bool required;
    int dictionary; /* 0 = none */
} gate_field;

typedef struct {
    const char *no, *name;
    const gate_field *field;
    int field_count;
    bool has_output;
} gate_transaction;

bool gate_transaction_find(gate_transaction *out, str no);
/* The transaction a service path is named after; "" = no such path. */
str gate_transaction_of_path(str path);
bool gate_dictionary_has(int dictionary, str code);
const char *gate_dictionary_name(int dictionary);
int gate_dictionary_find(str name); /* 0 = none */
int gate_dictionary_size(int dictionary);

/* Headings of the file that a transaction makes; places from 0. */
int gate_column_count(str no);
str gate_column(str no, int place);

/* ---- codes of the interface and words of the packs: words.c; "" = there is none ---- */

typedef struct gate_words gate_words; /* what an area says otherwise; NULL = nothing */
bool gate_words_open(gateway *g, err *e);
void gate_words_close(gateway *g);
const gate_words *gate_words_of(const gateway *g, str area_code);
str gate_word_of(const gate_words *own, const char *kind, str code);
typedef struct {
    str code, label;
} gate_code;
gate_code gate_code_of(const gate_words *own, const char *kind, str word, str scheme);
/* All codes of a kind, places from 0; false = no more. */
bool gate_code_at(gate_code *out, str *said, const gate_words *own, const char *kind, int place);
gate_code gate_dictionary_at(int dictionary, int i);

/* ---- one message ---- */

typedef struct {
    const json_node *first, *node; /* node NULL = absent */
} gate_value;

typedef struct {
    int64_t provider_id;
    str code, name, area_code, kind, level;
    str state, signature, verify, access_key, secret, checks, sign_in;
    str cainfo, cainfo_form, encryption, app_id, app_secret, public_key, private_key;
    str old_secret;    /* while the key is being replaced */
    int64_t old_until; /* so long */
    bool infcode_text, amounts_text, nodes_array, sign_answers;
} gate_access;

/* An access as it was a moment ago. */
typedef struct {
    gate_access access; /* its texts in `memory` */
    char *memory;
    ptrdiff_t bytes; /* 0 = empty */
    int64_t generation, read_ms;
} gate_copy;

#define GATE_COPIES 256

struct gate_call;
typedef bool gate_handler(struct gate_call *c, err *e);

typedef struct {
    const char *no;
    gate_handler *handler; /* NULL = known to be refused */
    bool writes;
} gate_dispatch;

const gate_dispatch *gate_dispatch_find(str no); /* NULL = no use case */

typedef struct gate_call {
    gateway *with;
    const http_request *request;
    http_response *response;
    json_reader *reader[5]; /* given back at the end */
    int reader_count;
    gate_access access;
    const gate_words *words; /* of its area */
    actor who;
    gate_transaction t;
    const gate_dispatch *dispatch;
    gate_value body, input;
    str message;             /* the bytes that count: of the part, or decrypted */
    str upload, upload_name; /* a file that came beside the message */
    bool has_upload;
    bool sealed, encrypted;  /* came signed as a whole, and encrypted; so goes the answer */
    bool seal_ms;            /* its time is in milliseconds */
    gate_access seal_access; /* of the application that sealed it */
    str seal_user, seal_version, seal_text; /* the text that was to be signed, without the key */
    const char *seal_fault;                 /* NULL = signData is right */
    str infno, msgid, digest;
    int64_t received_at, message_id, started_us;

    /* while the job runs */
    store_job *job;
    arena *a;
    json_out out;                 /* members of the node `output` */
    int64_t person_id, object_id; /* what it was about, what it made */
    str warning, answer;
    str signature_warning; /* of a signature that is wrong, but not minded */
    bool replayed, output_null, output_list;
    char visit_cert[8]; /* with what its visit was registered */
    str file;           /* not JSON: the bytes of a download */
    str received;       /* with a fault: what stood in the field */
    const char *node;   /* the one that was looked into last */
    json_reader *of_kept;
} gate_call;

struct gateway {
    office *office;
    desk *desk;
    messages *messages;
    struct grouping *grouping;
    struct reviews *reviews;         /* NULL = there are no rules */
    str list_scheme, list_catalogue; /* "" = lists are not grouped by that */
    http_route *route;
    int route_count;
    pthread_mutex_t lock;
    json_reader *idle[64];
    int idle_count;
    gate_words *words;
    struct evp_md_st *sha256;    /* found once */
    gate_copy copy[GATE_COPIES]; /* by hash of the code */
};

/* ---- who may come: access.c ---- */

/* ERR_GATEWAY_CLOSED unless the provider's system may come.  What another process changed counts
 * after ACCESS_MS. */
bool gate_access_find(gate_access *out, gateway *g, str code, arena *a, err *e);
void gate_copies_free(gateway *g);

/* ---- reading: value.c ---- */

bool gate_same_name(str a, str b); /* but for capitals */
/* Of what is in an envelope also one whose name differs in capitals, when there is none without. */
gate_value gate_member(gate_value object, const char *name);
gate_value gate_first(gate_value parent);
gate_value gate_next(gate_value parent, gate_value child);
/* Without blanks around it; null, "null" and absent are "". */
str gate_text(gate_value object, const char *name);
str gate_text_of(gate_value v); /* the same of a value */
/* The node, or what stands in its place: one object, whatever it is called. */
gate_value gate_node(gate_call *c, const char *name);
/* Rows of a node: a list, or one object. */
int gate_rows(gate_value **rows, const gate_call *c, const char *name);
/* 1 to 5000 of them. */
bool gate_rows_need(gate_value **rows, int *count, gate_call *c, const char *node, err *e);
/* "input.data[3].cnt", when there are several rows; false. */
bool gate_row_fault(gate_call *c, const char *node, int number, int count, err *e);
bool gate_fault(
    gate_call *c, err_code code, const char *field, str received, const char *expected, err *e);
/* A JSON text that was kept; its node is NULL when it cannot be read. */
gate_value gate_kept_json(gate_call *c, str text, err *e);
bool gate_need(str *out, gate_call *c, gate_value object, const char *name, err *e);
bool gate_need_id(int64_t *out, gate_call *c, gate_value object, const char *name, err *e);
/* Absent is 0.  Signed; more decimals only when they are zeros. */
bool gate_amount(int64_t *fen, gate_call *c, gate_value object, const char *name, err *e);
bool gate_quantity(int64_t *e4, gate_call *c, gate_value object, const char *name, err *e);
/* "2026-11-22" of a day or a moment. */
bool gate_day(str *out, gate_call *c, gate_value object, const char *name, bool required, err *e);
/* A word of the packs for a code. */
bool gate_need_word(
    str *out, gate_call *c, gate_value object, const char *name, const char *kind, err *e);
str gate_json_of(gate_call *c, gate_value v); /* as it came */
/* Members of the row that are named, as texts: "spec unit memo"; to be put into an object. */
str gate_members(gate_call *c, gate_value row, const char *names);

/* ---- checking against the descriptors: check.c ---- */

bool gate_check(gate_call *c, bool strict, err *e);
/* All of it, whatever is found. */
void gate_check_all(gate_call *c, gateway_seen *seen, void *arg);

/* ---- header signatures: sign.c ---- */

bool gate_signature_check(gate_call *c, err *e);
str gate_digest(const gate_call *c, err *e); /* of the message and its file */
/* Is the message the one this was kept of?  Older rows have SM3. */
bool gate_digest_is(const gate_call *c, str kept);
/* A wrong signature where it is not minded. */
void gate_warn(gate_call *c, const char *why);

str gate_file_text(str bytes, arena *a); /* base64 */

/* ---- bodies in parts: parts.c ---- */

/* c->message: the part that is one, or the whole body. */
bool gate_parts_read(gate_call *c, err *e);

/* ---- signed and sealed messages: seal.c ---- */

/* Members of an object as k=v joined by &, in the order of their names' bytes. */
str gate_head_text(gate_value object, const char *const *without, bool with_empty, arena *a);
/* A member's value as it stands in the text of an object that is well formed; "" = none. */
str gate_raw_member(str body, const char *name);
str gate_cainfo_text(const gate_call *c, bool with_empty);
const char *gate_cainfo_fault(const gate_call *c); /* NULL = it is right */
bool gate_cainfo_check(gate_call *c, err *e);
/* "appId=…&data=…&…&key=…": names in order, data as canonical JSON. */
str gate_seal_text(gate_value outer, gate_value data, str secret, arena *a);
/* Takes c->body out of its envelope, if it came in one. */
bool gate_unseal(gate_call *c, json_reader *inner, err *e);
void gate_seal_diagnose(gate_call *c); /* an object of c->out */
bool gate_seal_fits(gate_call *c, err *e);
/* The answer as it goes out. */
bool gate_seal(str *out, const gate_call *c, json_reader *of_answer, json_reader *of_head, err *e);

/* ---- writing: answer.c ---- */

void gate_node_open(gate_call *c, const char *name); /* of one row */
void gate_node_close(gate_call *c);
str gate_share(const gate_call *c, int64_t e4); /* not negative; "0.2000" */
void gate_put_fen(gate_call *c, const char *name, int64_t fen);
void gate_put_number(gate_call *c, const char *name, str digits);
str gate_decimal(const gate_call *c, int64_t e4); /* "2.5" */
str gate_moment(int64_t ms, arena *a);            /* "2026-11-22 08:30:00" in China */
str gate_today(const gate_call *c);
/* Members that nobody here knows a value for. */
void gate_put_nulls(gate_call *c, const char *names);

/* ---- questions that are answered in pages ---- */

typedef struct {
    int64_t number, size; /* number from 1 */
} gate_page;

bool gate_page_read(
    gate_page *p, gate_call *c, gate_value in, const char *number, const char *size, err *e);
/* After the rows: how many there are in all. */
void gate_page_put(gate_call *c, const gate_page *p, int64_t count);
/* Members that rows of such answers end with. */
void gate_put_record(gate_call *c, str rid, int64_t version, bool valid);
/* What `updt_time` asks for: versions above this one. */
bool gate_since(int64_t *version, gate_call *c, gate_value in, err *e);
str gate_list_type(const gate_call *c, str kind, str code); /* code of the interface for an item */
str gate_like(gate_call *c, str said);                      /* "%said%"; "" = anything */
/* The envelope around c->out, or around a fault. */
str gate_answer_of(gate_call *c, const err *fault);

/* ---- what several use cases need ---- */

bool gate_person_rows(store_rows *out, gate_call *c, int64_t person_id, err *e);
/* Whose token or card it is, where the message names one (mdtrt_cert_type 01, 03); *person_id 0 =
 * whoever's.  ERR_UNKNOWN_CREDENTIAL, ERR_CREDENTIAL_LOST, ERR_CREDENTIAL_ENDED,
 * ERR_ID_MISMATCH. */
bool gate_credential_use(int64_t *person_id, gate_call *c, gate_value in, err *e);
/* The same of one that stands elsewhere; `field` for faults, `serial` = the chip of a card. */
bool gate_credential_is(
    int64_t *person_id, gate_call *c, str kind, str number, str serial, const char *field, err *e);
bool gate_visit(care_visit *v, gate_call *c, gate_value node, err *e);
/* The step of care the message is (step.tbl.h); "" = none. */
str gate_step_of(const gate_call *c);
/* Remembers with what the visit was registered. */
void gate_visit_credential(gate_call *c, const care_visit *v);
/* A code of mdtrt_cert_type: the message's own, else its visit's; "other" = not in the dictionary,
 * "none" = neither says. */
str gate_credential_shown(gate_call *c);
/* Whoever is insured elsewhere has to be let in there. */
bool gate_admissible(care_visit *v, gate_call *c, err *e);
/* The word for a disease: the pack's, if it has a dictionary of them; "" = it decides nothing. */
str gate_disease_word(const gate_call *c, const office_pack *p, str code);
/* The pack of the place of insurance decides which diseases count. */
bool gate_pack_of(const office_pack **out, gate_call *c, int64_t person_id, err *e);
bool gate_item_read(care_item *m, gate_call *c, gate_value row, bool inpatient, err *e);
void gate_put_splits(gate_call *c,
                     const char *node,
                     const desk_settlement *s,
                     const care_items *items,
                     bool with_limit_flag);
/* The same as rows alone, with what 5204 tells beside. */
void gate_put_split_rows(gate_call *c,
                         const desk_settlement *s,
                         const care_items *items,
                         const care_visit *v,
                         int64_t settlement_id);
/* A line that says only the provider's own code has the item that 3301 mapped it to. */
bool gate_item_code(str *out, gate_call *c, gate_value row, str on, err *e);
#define GATE_FUNDS_MAX 64
/* What each fund paid in all parts; returns how many. */
int gate_funds(discharge_fund out[GATE_FUNDS_MAX], const gate_call *c, const desk_settlement *s);
bool gate_diagnoses_take(gate_call *c, care_visit *v);
/* "202405" */
bool gate_month_read(str *out, gate_call *c, gate_value in, const char *name, err *e);
/* When the visit ends: as the message says, as the discharge said, or today. */
str gate_end_of(const gate_call *c, const care_visit *v, str said);

/* ---- prescriptions behind the bill of a pharmacy: rx_sale.c ---- */

typedef struct gate_prescriptions gate_prescriptions;
/* Lines that name one of ours have to fit it; at a pharmacy those that need one have to have one.
 * `node`: of the rows in this message, in the order of the items; NULL = they came before. */
bool gate_prescriptions_fit(gate_prescriptions **out,
                            gate_call *c,
                            const char *node,
                            const care_items *items,
                            int64_t person_id,
                            err *e);
bool gate_prescriptions_settled(
    gate_prescriptions *all, gate_call *c, int64_t person_id, int64_t bill_id, err *e);
/* A sale of goods (3505) that need one says which, and which pharmacist signed. */
bool gate_goods_rx(const stock_goods *g, gate_call *c, gate_value row, err *e);

/* ---- beside the bill: purchase.c ---- */

/* ERR_ID_MISMATCH unless name and certificate, where they are given, are the person's. */
bool gate_shown_is(gate_call *c, gate_value in, int64_t person_id, err *e);
/* Who came for c->person_id, where the message says it (agnter_…); kind: visit, filing. */
bool gate_proxy_take(gate_call *c, gate_value in, const char *kind, int64_t object_id, err *e);
/* What a pharmacy sold at this moment it tells now; kind: settlement, goods. */
void gate_upload_take(gate_call *c, str when, const char *kind, int64_t purchase_id);

#define GATE_HANDLER(no, name, writes) gate_handler name;
#define GATE_REFUSED(no)
#include "edge/gateway/handler.tbl.h"

#endif
