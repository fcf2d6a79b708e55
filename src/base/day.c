#include "base/day.h"

/* Civil calendar by eras of 400 years, counted from 1 March so that the leap day comes last. */
day day_of(int year, int month, int day_of_month)
{
    assert(month >= 1);
    assert(month <= 12);
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (day){era * 146097 + day_of_era - 719468};
}

civil day_civil(day d)
{
    int z = d.number + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int day_of_era = z - era * 146097;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    civil c;
    c.day = day_of_year - (153 * shifted + 2) / 5 + 1;
    c.month = shifted < 10 ? shifted + 3 : shifted - 9;
    c.year = year_of_era + era * 400 + (c.month <= 2);
    return c;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1);
    assert(month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool digits(int *out, const char *p, int n)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

bool day_parse(day *out, str iso)
{
    civil c;
    if (iso.n != 10 || iso.p[4] != '-' || iso.p[7] != '-' || !digits(&c.year, iso.p, 4) ||
        !digits(&c.month, iso.p + 5, 2) || !digits(&c.day, iso.p + 8, 2))
        return false;
    if (c.year < 1800 || c.year > 2999 || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > days_in_month(c.year, c.month))
        return false;
    *out = day_of(c.year, c.month, c.day);
    return true;
}

void day_print(char out[DAY_TEXT_SIZE], day d)
{
    civil c = day_civil(d);
    assert(c.year >= 0);
    assert(c.year <= 9999);
    int parts[] = {c.year / 100, c.year % 100, c.month, c.day};
    char *p = out;
    for (int i = 0; i < 4; i++) {
        if (i >= 2)
            *p++ = '-';
        *p++ = (char)('0' + parts[i] / 10);
        *p++ = (char)('0' + parts[i] % 10);
    }
    *p = 0;
}

int age_on(day born, day on)
{
    civil b = day_civil(born), o = day_civil(on);
    return o.year - b.year - (o.month < b.month || (o.month == b.month && o.day < b.day));
}

day day_add_months(day d, int months)
{
    civil c = day_civil(d);
    int month = c.year * 12 + (c.month - 1) + months;
    int year = month / 12;
    month = month % 12 + 1;
    int last = days_in_month(year, month);
    return day_of(year, month, c.day < last ? c.day : last);
}

int weekday(day d)
{
    int since_thursday = d.number % 7; /* 1970-01-01 was a Thursday */
    return (since_thursday + 7 + 3) % 7 + 1;
}

bool is_working_day(const calendar *c, day d)
{
    ptrdiff_t low = 0, high = c->count;
    while (low < high) {
        ptrdiff_t mid = (low + high) / 2;
        if (c->exception[mid].on.number < d.number)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < c->count && c->exception[low].on.number == d.number)
        return c->exception[low].works;
    return weekday(d) <= 5;
}

day add_working_days(const calendar *c, day d, int count)
{
    assert(count >= 0);
    while (count > 0) {
        d.number++;
        count -= is_working_day(c, d);
    }
    return d;
}
