/* group_internal -- one case on its way to a group; shared by group.c and explain.c. */
#ifndef CASEMIX_GROUP_INTERNAL_H
#define CASEMIX_GROUP_INTERNAL_H
#include "engine/casemix/casemix.h"

#define PROCEDURES_KEPT 16 /* found once; the ones behind are looked up whenever they are needed */

typedef struct {
    const casemix_scheme *s;
    const casemix_case *c;
    casemix_options o;
    const casemix_code *main; /* NULL = not in the scheme */
    const casemix_code *procedure[PROCEDURES_KEPT];
    int32_t age;
    int sites; /* -1 = not counted yet */
    bool severity_known, mcc, cc;
    bool procedures_known;
    /* Which rows of the block at hand have, in their list n, ... */
    uint64_t main_rows[LISTS_MAX + 1], other_rows[LISTS_MAX + 1]; /* the main, another diagnosis */
    uint64_t first_rows[LISTS_MAX + 1],
        later_rows[LISTS_MAX + 1]; /* the first, another procedure */
} casemix_work;

void work_open(casemix_work *w, const casemix_scheme *s, const casemix_case *c, casemix_options o);
/* REASON_NONE = it can be grouped. */
casemix_reason work_invalid(const casemix_work *w);
const casemix_code *work_dx(const casemix_work *w, str code);
const casemix_code *work_procedure(casemix_work *w, int32_t i);

/* Turns to the rows of a block: the MDCs, or ADRGs of one.  Returns those worth a look. */
uint64_t work_mdcs(casemix_work *w);
uint64_t work_block(casemix_work *w, int32_t block);

bool work_term(casemix_work *w, const casemix_term *t, int bit);
bool work_all_of(casemix_work *w, const casemix_all_of *all, int bit);
bool work_rule(casemix_work *w, const casemix_rule *rule, int bit);
/* The number a term compares; CASE_UNKNOWN when it is not known, or the term compares none. */
int32_t work_number(casemix_work *w, const casemix_term *t);
bool work_excluded(const casemix_work *w, uint16_t group_plus_1);

void work_group(casemix_result *out, casemix_work *w);

#endif
