/* lists -- the one engine behind every list: what may be seen, filtered, sorted, searched.
 *
 * In:      the name of a list, filters, sorting, a cursor; who is asking.
 * Out:     one SQL text with values beside it; rows, masked, as JSON or cell by cell.
 * May use: base, store, service/access.
 *
 * A list is a table in tables.c.  Nothing that a user sends becomes SQL: names are looked up there,
 * values travel as $1 …
 */
#ifndef LISTS_LISTS_H
#define LISTS_LISTS_H
#include "base/json_out.h"
#include "service/access/access.h"
#include "store/store.h"

typedef enum {
    LIST_NONE = 0,
    LIST_TEXT,
    LIST_NAME,   /* of a person: masked */
    LIST_ID_NO,  /* certificate number: masked */
    LIST_ID,     /* 64 bits; JSON text; 0 is null */
    LIST_NUMBER, /* a whole number */
    LIST_MONEY,  /* fen */
    LIST_E4,     /* ten-thousandths; negative is null */
    LIST_RATE,   /* 1e-8; negative is null */
    LIST_DAY,    /* "" = none */
    LIST_MOMENT, /* UTC milliseconds; 0 is null */
    LIST_FLAG,   /* 0 or 1 */
    LIST_WORDS,  /* joined by commas; a JSON array */
    LIST_JSON    /* a JSON value already */
} list_kind;

enum {
    LIST_FILTER = 1, /* ?name=value, equal */
    LIST_AREA = 2,   /* ?name=value, the area and all that lies in it */
    LIST_SORT = 4,
    LIST_QUIET = 8 /* for filters only: not shown */
};

typedef struct {
    const char *name, *zh, *en;
    const char *sql;
    list_kind kind;
    int flags;
    int width; /* characters in a sheet, 0 = by its kind */
} list_column;

typedef enum {
    SEARCH_NONE = 0,
    SEARCH_EXACT,    /* sql = q */
    SEARCH_PREFIX,   /* sql begins with q, by its bytes */
    SEARCH_INITIALS, /* the same with q in capitals, when q is ASCII */
    SEARCH_CONTAINS, /* somewhere in it */
    SEARCH_NUMBER,   /* sql = q, when q is a number */
    SEARCH_ID_NO, /* sql = q, when q looks like a certificate number: then nothing else is tried */
    SEARCH_IN     /* `sql` is a condition with {q} in it */
} search_kind;

typedef struct {
    search_kind kind;
    const char *sql;
} list_search;

#define LIST_KEYS_MAX   4
#define LIST_SEARCH_MAX 4

typedef struct {
    const char *name, *zh, *en;
    right needs;
    const char *from;  /* the table whose rows are listed; {today}, {area}, {city} are values */
    const char *pick;  /* with `joins`: the primary key, picked first; NULL = all at once */
    const char *joins; /* the table itself and what the columns need, joined to the page `k` */
    const char *where; /* always; NULL = nothing */
    const list_column *column;
    int column_count;
    const char *key[LIST_KEYS_MAX]; /* columns that tell rows apart; also the end of each sorting */
    const char *sort;               /* "settled_at", "-settled_at" = falling */
    list_search search[LIST_SEARCH_MAX];
    struct {
        const char *name, *sql; /* a filter that is more than "equal": a condition with {value} */
    } filter;
    const char *area_sql;       /* an actor with an area sees what lies in it; NULL = everything */
    const char *other_area_sql; /* of what lies between two areas: rows of either are seen */
    const char
        *provider_sql; /* an actor of a provider sees its rows; NULL = everything, 0 = nothing */
    const char *maker_sql;  /* an actor of a provider sees what he made; NULL = everything */
    const char *moment_sql; /* ?from=&until= are days in Beijing; NULL = there are none */
    bool takes_area;        /* {area} is ?area_code=, else the actor's */
    bool q_for_provider;    /* an actor of a provider has to say whom he looks for */
} list_spec;

const list_spec *list_named(str name); /* NULL = none */
int list_count(void);
const list_spec *list_at(int i);

typedef struct {
    str name, value;
} list_filter;

#define LIST_LIMIT       50
#define LIST_LIMIT_MAX   500
#define LIST_COUNT_MAX   10000
#define LIST_EXPORT_MAX  100000
#define LIST_FILTERS_MAX 12

typedef struct {
    const list_spec *list;
    const list_filter *filter; /* by column name; also from, until */
    int filter_count;
    str q, sort, cursor; /* "" = none, the list's, from the beginning */
    int limit;
    str today; /* "2026-11-21" */
} list_request;

#define LIST_VALUES_MAX 48 /* as many as the store takes */
#define LIST_ORDER_MAX  (LIST_KEYS_MAX + 1)

/* A statement ready to run; `count_sql` takes the same values. */
typedef struct {
    const list_spec *list;
    str sql, count_sql;
    store_value value[LIST_VALUES_MAX];
    int value_count;
    int limit;
    int order[LIST_ORDER_MAX]; /* columns, all in the same direction */
    int order_count;
    bool falling;
} list_query;

/* Pure.  Faults name the query parameter and what would have been right. */
bool list_build(
    list_query *out, const list_request *r, const actor *who, arena *a, err *e) MUST_USE;

typedef struct {
    const list_spec *list;
    store_rows rows; /* one column for each of the list, in its order */
    str next;        /* cursor; "" = that was all */
    int64_t total;
    bool total_is_exact;
} list_page;

bool list_read(
    list_page *out, store *s, const list_request *r, const actor *who, arena *a, err *e) MUST_USE;
/* Members of an open object: rows, next, total, total_is_exact. */
void list_json(json_out *out, const list_page *p);
/* One row as an object. */
void list_row_json(json_out *out, const list_page *p, ptrdiff_t row);

/* A value as people see it. */
typedef struct {
    str text;       /* texts, days, words; masked */
    int64_t number; /* ids, numbers, money, moments */
    bool none;
} list_cell;
list_cell list_cell_at(const list_page *p, ptrdiff_t row, int column, arena *a);

/* All rows of one consistent view, page by page, at most LIST_EXPORT_MAX; more is ERR_TOO_LARGE.
 * `take` may run out of `a` only in its own time: each page's memory is given back. */
typedef bool list_take(void *arg, const list_page *p, arena *a, err *e);
bool list_each(store *s,
               const list_request *r,
               const actor *who,
               list_take *take,
               void *arg,
               arena *a,
               err *e) MUST_USE;

#endif
