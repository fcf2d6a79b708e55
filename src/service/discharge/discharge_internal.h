/* What the files of discharge share. */
#ifndef DISCHARGE_INTERNAL_H
#define DISCHARGE_INTERNAL_H
#include "service/discharge/discharge.h"

/* "1/13/24", days, hours and minutes: whole hours.  False = it is none. */
bool discharge_hours(int32_t *hours, str text);
/* Fills the findings; out->facts and out->group are there. */
void discharge_check(discharge_outcome *out, const discharge_list *l, const casemix_scheme *s);

#endif
