/* dip_internal -- one case on its way to a DIP group; shared by dip.c and dip_path.c. */
#ifndef CASEMIX_DIP_INTERNAL_H
#define CASEMIX_DIP_INTERNAL_H
#include "engine/casemix/dip.h"

/* The best group so far; -1 = none. */
typedef struct {
    int32_t group, matched;
    bool tied;
} dip_best;

typedef struct {
    const dip_catalogue *c;
    const dip_case *of;
    dip_result *out;
    dip_key key; /* 0 = none: nothing below is known */
    char key_text[DIP_KEY_TEXT];
    dip_procedure_set set;
    dip_best best[DIP_TIER__COUNT][DIP_CLASS__COUNT];
} dip_work;

void dip_work_group(dip_work *w, dip_result *out, const dip_catalogue *c, const dip_case *of);
/* The first term of the group that the case has no procedure for; -1 = it fits. */
int32_t dip_lacks(int32_t *matched,
                  const dip_catalogue *c,
                  const dip_group_row *g,
                  const dip_procedure_set *s);
dip_class dip_class_of(const dip_catalogue *c, int32_t procedure); /* -1 = not known */
bool dip_is_blank(str s);

#endif
