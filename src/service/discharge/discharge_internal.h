/* What the files of discharge share. */
#ifndef DISCHARGE_INTERNAL_H
#define DISCHARGE_INTERNAL_H
#include "service/discharge/discharge.h"

/* "1/13/24", days, hours and minutes: whole hours.  False = it is none. */
bool discharge_hours(int32_t *hours, str text);
/* Fills the findings; out->facts and out->group are there. */
/* Groups by the catalogue and keeps that; without one what was kept goes. */
void discharge_dip_put(store_job *job,
                       discharge_outcome *o,
                       const discharge_list *l,
                       const discharge_grouping *by,
                       arena *a);
/* As large a text as a path may have. */
#define DISCHARGE_PATH_BYTES 16384

void discharge_check(discharge_outcome *out, const discharge_list *l, const casemix_scheme *s);

#endif
