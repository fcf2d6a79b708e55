/* What the files of this module share. */
#ifndef REVIEW_REVIEWS_INTERNAL_H
#define REVIEW_REVIEWS_INTERNAL_H
#include "service/review/reviews.h"

/* Lines given before, behind those that were asked about, and other stays. */
bool reviews_past(
    reviews_outcome *out, const reviews_ask *ask, store_job *job, arena *a, err *e) MUST_USE;

#endif
