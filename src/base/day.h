/* day -- calendar days, ages and working days; no clock: today is an argument.
 *
 * In:      ISO dates, or day numbers.
 * Out:     day numbers (days since 1970-01-01) and plain integers.
 * May use: base.
 */
#ifndef BASE_DAY_H
#define BASE_DAY_H
#include "base/base.h"

typedef struct {
    int32_t number; /* days since 1970-01-01, proleptic Gregorian */
} day;

typedef struct {
    int year, month, day;
} civil;

#define DAY_NONE (INT32_MIN) /* a date that was not given */

day day_of(int year, int month, int day_of_month); /* a date that exists */
civil day_civil(day d);
bool day_parse(day *out, str iso); /* "2024-02-29", years 1800-2999 */
#define DAY_TEXT_SIZE 11
void day_print(char out[DAY_TEXT_SIZE], day d); /* ISO, NUL-terminated */

int days_in_month(int year, int month);
int age_on(day born, day on);          /* completed years; on 1 March for 29 February */
day day_add_months(day d, int months); /* the last day of a shorter month */
int weekday(day d);                    /* 1 = Monday ... 7 = Sunday */

/* Days that differ from the Monday-to-Friday rule, sorted by day; from a calendar pack. */
typedef struct {
    day on;
    bool works;
} calendar_exception;

typedef struct {
    const calendar_exception *exception;
    ptrdiff_t count;
} calendar;

bool is_working_day(const calendar *c, day d);
day add_working_days(const calendar *c, day d, int count); /* the count-th working day after d */

#endif
