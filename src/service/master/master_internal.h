/* What the files of master share. */
#ifndef MASTER_MASTER_INTERNAL_H
#define MASTER_MASTER_INTERNAL_H
#include "service/master/master.h"

/* Is s one of the texts joined by | ? */
bool master_said(const char *said, str s);

/* The two halves of master_check: cells as given, then the row once it is complete. */
int master_prepare(master_row *row,
                   const master_kind *k,
                   const master_words *words,
                   master_fault fault[MASTER_FAULTS_MAX],
                   arena *a);
int master_complete(master_row *row,
                    const master_kind *k,
                    const master_words *words,
                    master_fault fault[MASTER_FAULTS_MAX],
                    arena *a);

int master_column_named(const master_kind *k, const char *name); /* the column is there */

static inline bool row_gives(const master_row *row, int column)
{
    return (row->given >> column) & 1;
}

/* Schemes of which a person has one at a time count as one group. */
str master_scheme_group(str scheme);

/* What makes a dated row one of its kind: owner, label (scheme or nothing) and first day. */
str master_key(const master_kind *k, const master_row *row, arena *a);
str master_period_label(const master_kind *k, const master_row *row);
str master_owner_text(const master_kind *k, const master_row *row, arena *a);

/* Periods of earlier batches that overlap: NULL = none, else the first day of one. */
typedef struct {
    str from, until;
} master_span;
bool master_seen_overlap(const master_seen *seen, const master_row *row, const master_kind *k);
static inline bool spans_meet(str from_a, str until_a, str from_b, str until_b)
{
    return (until_a.n == 0 || str_cmp(from_b, until_a) <= 0) &&
           (until_b.n == 0 || str_cmp(from_a, until_b) <= 0);
}

#endif
