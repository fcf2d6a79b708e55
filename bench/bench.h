/* bench -- what the benchmarks share: a clock, and bills made from a seed. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline uint64_t random_next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* One bill of ten lines for packs/ningde as JSON; returns its length without a NUL. */
static inline int bill_print(char *p, size_t room, uint64_t *seed, long number)
{
    static const char *const levels[] = {"community", "l1", "l2", "l3"};
    static const char *const categories[] = {"", "", "", "", "", "", "\"dibao\"", "\"tekun\""};
    uint64_t r = random_next(seed);
    int month = 1 + (int)(r >> 8 & 7), day = 1 + (int)(r >> 16 & 15);
    int n = snprintf(p, room,
                     "{\"bill\":\"B%ld\",\"person\":{\"id\":\"P%06u\",\"scheme\":\"resident\","
                     "\"status\":\"resident\",\"sex\":\"female\",\"birth_date\":\"19%02d-05-17\","
                     "\"categories\":[%s]},\"provider\":{\"id\":\"H%03u\",\"level\":\"%s\"},"
                     "\"visit\":{\"kind\":\"inpatient\",\"admit_date\":\"2024-%02d-%02d\","
                     "\"date\":\"2024-%02d-%02d\"},\"lines\":[",
                     number, (unsigned)(r >> 20) % 300000u, 30 + (int)(r >> 40 & 63),
                     categories[r >> 46 & 7], (unsigned)(r >> 50) % 500u, levels[r >> 60 & 3],
                     month, day, month, day + 9);
    for (int i = 0; i < 10; i++) {
        static const char *const classes[] = {"A", "A", "B", "A", "B", "A", "C", "A"};
        uint64_t q = random_next(seed);
        const char *class = classes[q & 7];
        n += snprintf(p + n, room - (size_t)n,
                      "%s{\"code\":\"%c%05u\",\"class\":\"%s\",\"quantity\":%u,"
                      "\"unit_price\":\"%u.%02u\"%s}",
                      i ? "," : "", "XZYC"[q >> 3 & 3], (unsigned)(q >> 5) % 20000u, class,
                      1 + (unsigned)(q >> 24 & 7), (unsigned)(q >> 28 & 255),
                      (unsigned)(q >> 36 & 63), class[0] == 'B' ? ",\"pay_first\":\"10%\"" : "");
    }
    return n + snprintf(p + n, room - (size_t)n, "]}");
}

#endif
