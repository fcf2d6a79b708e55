/* What the files of the review engine share. */
#ifndef REVIEW_REVIEW_INTERNAL_H
#define REVIEW_REVIEW_INTERNAL_H
#include "engine/review/review.h"

/* Does a diagnosis begin with one of these? */
bool review_diagnosis_in(const review_rules *r, review_words words, str dx);

#endif
