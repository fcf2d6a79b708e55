/* What the files of messages share. */
#ifndef MESSAGES_MESSAGES_INTERNAL_H
#define MESSAGES_MESSAGES_INTERNAL_H
#include "service/messages/messages.h"

#define TIDY_ROWS 500 /* as the statement says */

int64_t monitor_border_us(int bucket);

str china_day(int64_t ms, arena *a); /* "2026-11-22", of Beijing */

/* Borders of division codes for `who`: everything is "" and "". */
typedef struct {
    str from, until;
} area_span;
area_span span_of(const actor *who, arena *a);

#endif
