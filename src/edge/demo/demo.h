/* demo -- an area that never was: people, providers, catalogue and bills, all from one number.
 *
 * In:      a seed and how many people there are to be.
 * Out:     files as docs/import.md describes them; bills as the counter sends them.
 * May use: base, service/master (check digits).
 *
 * The same seed gives the same bytes on every machine.  Division names and names of medicines are
 * facts, everything else is invented.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H
#include "service/master/master.h"

#define DEMO_AREA "350900"

typedef struct demo_world demo_world;

demo_world *demo_new(uint64_t seed, int person_count); /* NULL = no memory */
void demo_free(demo_world *w);                         /* NULL is fine */

/* The file of a kind, complete with its header.  malloc'd; NULL = no memory. */
char *demo_csv(const demo_world *w, master_id kind, ptrdiff_t *bytes);

/* The body of POST /settlements for bill n of `count`, spread over the month that begins on
 * `first`.  `id` tells the numbers the database gave to a person or a provider. */
typedef struct {
    int64_t (*person)(void *arg, str id_no);
    int64_t (*provider)(void *arg, str code);
    void *arg;
} demo_ids;
str demo_bill(const demo_world *w, int n, int count, day first, const demo_ids *ids, arena *a);
/* Whose bill it is: bills of one person belong in the order of n. */
int demo_bill_person(const demo_world *w, int n);

#endif
