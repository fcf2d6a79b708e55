/* grouping -- the schemes an installation has, compiled when they are first wanted.
 *
 * In:      a folder with a folder for each scheme (docs/casemix.md).
 * Out:     compiled schemes that all threads share.
 * May use: base, engine/casemix, service/scheme.
 */
#ifndef GROUPING_GROUPING_H
#define GROUPING_GROUPING_H
#include "service/scheme/scheme.h"

typedef struct grouping grouping;

/* A folder that is not there has no schemes. */
bool grouping_open(grouping **out, str schemes_dir, err *e) MUST_USE;
void grouping_close(grouping *g); /* NULL is fine */

/* Their names are those of their folders, in the order of names. */
int grouping_count(const grouping *g);
str grouping_name(const grouping *g, int i);

/* "" = the only one, or the first.  ERR_NOT_FOUND; ERR_PACK: its tables have errors. */
const casemix_scheme *grouping_scheme(grouping *g, str name, err *e) MUST_USE;

/* The weights of a region and year by DRG, n = 0: none; NULL = there are none of that kind at all.
 * An empty region or year: whichever comes first. */
const str *grouping_weights(const casemix_scheme *s, str region, str year, arena *a);

#endif
