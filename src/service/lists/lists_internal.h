/* What building and reading have in common: where the next page begins, as text for the outside. */
#ifndef LISTS_LISTS_INTERNAL_H
#define LISTS_LISTS_INTERNAL_H
#include "service/lists/lists.h"

#define LIST_CURSOR_MAX 6000

/* `sort` and the values of the last row, in base64 for addresses. */
str cursor_write(str sort, const store_value *value, int count, arena *a);
/* False: not a cursor of this sorting with so many values. */
bool cursor_read(store_value *value, int count, str sort, str cursor, arena *a);

#endif
