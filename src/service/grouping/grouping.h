/* grouping -- the schemes and catalogues an installation has, compiled when they are first wanted.
 *
 * In:      a folder with a folder for each DRG scheme (docs/casemix.md), one for DIP (docs/dip.md).
 * Out:     compiled schemes and catalogues that all threads share.
 * May use: base, engine/casemix, service/scheme, service/dip.
 */
#ifndef GROUPING_GROUPING_H
#define GROUPING_GROUPING_H
#include "service/dip/dip.h"
#include "service/scheme/scheme.h"

typedef struct grouping grouping;

typedef enum { GROUPING_DRG = 0, GROUPING_DIP, GROUPING_KINDS } grouping_kind;

/* A folder that is not there has none. */
bool grouping_open(grouping **out, str schemes_dir, str catalogues_dir, err *e) MUST_USE;
void grouping_close(grouping *g); /* NULL is fine */

/* Their names are those of their folders, in the order of names. */
int grouping_count(const grouping *g, grouping_kind kind);
str grouping_name(const grouping *g, grouping_kind kind, int i);

/* The one that is wanted, else ERR_NOT_FOUND; with "" the only one beside `teaching`, or "". */
bool grouping_choose(str *name, const grouping *g, grouping_kind kind, str wanted, err *e) MUST_USE;

/* "" = the only one, or the first.  ERR_NOT_FOUND; ERR_PACK: its tables have errors. */
const casemix_scheme *grouping_scheme(grouping *g, str name, err *e) MUST_USE;
const dip_catalogue *grouping_catalogue(grouping *g, str name, err *e) MUST_USE;

/* Weights and prices of a region and year, for casemix_worth_at(); NULL = there are none of that
 * kind at all.  An empty region or year: whichever comes first. */
const casemix_worth *grouping_worths(const casemix_scheme *s, str region, str year, arena *a);

#endif
