/* master -- persons, providers, catalogue and areas: what a row must be, and how it is kept.
 *
 * In:      rows as text (of a form or a file), the words of the packs.
 * Out:     rows checked, with the faults of each; rows added, changed or found unchanged; one
 *          person or provider with all that belongs to it.
 * May use: base, engine/benefit, store, service/office, access, lists (masks), pack, ICU (pinyin).
 *
 * One table of columns per kind (kinds.c) is what forms, imports and documents go by.
 */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H
#include "base/day.h"
#include "base/json_out.h"
#include "service/access/access.h"
#include "service/office/office.h"

/* ---- columns ---- */

#define MASTER_COLUMNS_MAX 20

typedef enum {
    MASTER_NONE = 0,
    MASTER_AREAS,
    MASTER_PROVIDERS,
    MASTER_AGREEMENTS,
    MASTER_ITEMS,
    MASTER_TERMS,
    MASTER_DISEASES,
    MASTER_PERSONS,
    MASTER_COVERS,
    MASTER_FLAGS,
    MASTER_GATEWAYS,
    MASTER_CREDENTIALS,
    MASTER_STAFF,
    MASTER__COUNT
} master_id;

typedef enum {
    CELL_NONE = 0,
    CELL_TEXT,
    CELL_CODE, /* printable, without blanks */
    CELL_DAY,
    CELL_CHOICE,    /* one of `choice` */
    CELL_WORD,      /* one of a pack's dictionary of `fact` */
    CELL_WORDS,     /* several, joined by | */
    CELL_RATE,      /* number: e8, -1 = none */
    CELL_E4,        /* number: four decimals, -1 = none */
    CELL_COUNT,     /* number */
    CELL_HOUSEHOLD, /* the same; of one city only */
    CELL_AREA,      /* division code, of an area that exists */
    CELL_ITEM,      /* code of an item that exists */
    CELL_PERSON,    /* certificate number of a person who exists: the owner of the row */
    CELL_PROVIDER,  /* code of a provider that exists: the owner of the row */
} master_cell_kind;

/* A word, and other ways people write it, joined by |. */
typedef struct {
    const char *word, *said;
} master_choice;

typedef struct {
    const char *name, *zh; /* zh: headings it is known by, joined by | */
    uint8_t kind;
    bool required, key;
    bool in_facts; /* not a column of its own: a member of the JSON object `facts` */
    int bytes_max;
    fact_id fact;
    const master_choice *choice;
} master_column;

typedef struct {
    master_id id;
    const char *name, *zh, *en;
    const char *topic; /* of office_changed; NULL = nobody keeps copies */
    const char *action;
    const master_column *column;
    int column_count;
    bool has_own_id; /* an id is made for each row */
    bool has_owner;  /* the first column names whose row it is */
    bool has_facts;
    bool has_version; /* the last value: it rises with each change */
    store_sql find, find_by_id, add, set, periods;
} master_kind;

const master_kind *master_kind_of(master_id id);
const master_kind *master_kind_named(str name);                    /* NULL = none */
int master_column_find(const master_kind *k, str name_or_heading); /* -1 = none */

/* ---- rows ---- */

typedef enum { ROW_NONE = 0, ROW_ADDED, ROW_CHANGED, ROW_UNCHANGED, ROW_WRONG } master_outcome;

typedef struct {
    int column; /* -1 = the row as a whole */
    err_code code;
    char expected[96];
} master_fault;

typedef struct {
    int64_t line;  /* of the file; 0 = a form */
    int64_t id;    /* of the person or provider, once known */
    int64_t owner; /* whose row it is, once known */
    uint32_t given;
    str cell[MASTER_COLUMNS_MAX];
    int64_t number[MASTER_COLUMNS_MAX]; /* of rates, prices, counts */
    str key;                            /* what makes the row one of its kind, within a file */
    str period;                         /* rows with the same text must not overlap in time */
    master_outcome outcome;
    master_fault fault; /* of ROW_WRONG */
} master_row;

/* The packs whose words are allowed. */
typedef struct {
    const pack *pack[64];
    int count;
} master_words;

/* Those of the area's pack; of all packs when the area has none. */
master_words master_words_of(office *o, str area_code);

#define MASTER_FAULTS_MAX 8
/* Makes every cell canonical ("男" becomes male, 2024/2/9 becomes 2024-02-09) and fills what
 * follows from others.  Returns how many faults were found.  Pure. */
int master_check(master_row *row,
                 const master_kind *k,
                 const master_words *words,
                 master_fault fault[MASTER_FAULTS_MAX],
                 arena *a);

/* Rows of earlier batches of the same file, kept or (in a dry run) not. */
typedef struct master_seen master_seen;
master_seen *master_seen_new(void); /* NULL = no memory; caller frees */
void master_seen_free(master_seen *seen);
int64_t master_seen_line(const master_seen *seen, str key); /* 0 = not seen */
/* False = no memory. */
bool master_seen_add(master_seen *seen, const master_row *row, const master_kind *k) MUST_USE;

typedef enum { MASTER_UPSERT = 0, MASTER_ADD, MASTER_CHANGE } master_mode;

typedef struct {
    const master_kind *kind;
    const actor *who;
    master_words words; /* of MASTER_CHANGE */
    str area_code;      /* where certificate numbers are looked for; empty = everywhere */
    master_row *row;
    int count;
    master_mode mode;
    bool save;               /* false: only tell what would happen */
    const master_seen *seen; /* may be NULL */
    bool close_open;         /* an open period before this one ends the day before */
    bool audit;              /* one line for each row */
} master_batch;

/* A store_work for store_write (or, without `save`, store_read).  Fills outcome, id and fault of
 * each row; in a batch of one row that is wrong the job fails with its fault. */
bool master_batch_work(store_job *job, void *batch, arena *a, err *e) MUST_USE;

/* ---- one row, of a form ---- */

typedef struct {
    const master_kind *kind;
    master_mode mode;
    int64_t id;      /* MASTER_CHANGE of a person or provider */
    int64_t owner;   /* person or provider the row belongs to */
    master_row *row; /* `given` says which cells are meant */
    bool close_open;
} master_form;

bool master_keep(const master_form *f, office *o, const actor *who, arena *a, err *e) MUST_USE;

/* ---- one person, provider or item, complete ---- */

/* Members of an open JSON object; `on` is today.  ERR_NOT_FOUND when there is none. */
bool master_person_json(json_out *out,
                        office *o,
                        const actor *who,
                        int64_t person_id,
                        str on,
                        arena *a,
                        err *e) MUST_USE;
bool master_provider_json(json_out *out,
                          office *o,
                          const actor *who,
                          int64_t provider_id,
                          str on,
                          arena *a,
                          err *e) MUST_USE;
bool master_item_json(
    json_out *out, office *o, const actor *who, str item_code, str on, arena *a, err *e) MUST_USE;
/* Name, certificate number and phone in full; the reason stands in the audit log. */
bool master_person_unmask(json_out *out,
                          office *o,
                          const actor *who,
                          int64_t person_id,
                          str reason,
                          arena *a,
                          err *e) MUST_USE;

/* ---- citizen numbers and initials ---- */

typedef struct {
    day born;
    bool male;
} master_citizen;

/* GB 11643: 18 characters, a day that exists, and the check digit. */
bool master_id_no_read(master_citizen *out, str id_no);
char master_id_no_check_digit(const char *first_17);

/* First letters of the pinyin of a name, capital; letters and digits stay, the rest goes. */
str master_initials(str name, arena *a);

#endif
