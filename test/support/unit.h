/* unit -- what the C tests share: memory, packs, bills written in JSON, results written out for
 * comparison.
 *
 * Every test runs by hand too: GONGJI_ROOT is compiled in, nothing is read from the environment.
 */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H
#include "base/base.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* Zeroed memory of exactly so many bytes, so that the sanitizer sees a step beyond its end.
 * Running out where no test expects it stops the program. */
static inline arena unit_arena(ptrdiff_t bytes)
{
    char *p = calloc(1, bytes ? (size_t)bytes : 1);
    assert_non_null(p);
    return (arena){p, p + bytes, NULL};
}

static inline void unit_str_equal(str got, const char *want)
{
    if (!str_eq(got, str_of(want)))
        fail_msg("got `%.*s`, expected `%s`", STR_ARG(got), want);
}

/* Numbers that look random and are the same on every machine (splitmix64). */
static inline uint64_t unit_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline int64_t unit_below(uint64_t *state, int64_t limit)
{
    return (int64_t)(unit_random(state) % (uint64_t)limit);
}

#endif
