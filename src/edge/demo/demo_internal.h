/* The words the demo area is made of. */
#ifndef DEMO_DEMO_INTERNAL_H
#define DEMO_DEMO_INTERNAL_H
#include "edge/demo/demo.h"

typedef struct {
    const char *code, *name;
    int weight; /* of 100 people */
} demo_county;
typedef struct {
    const char *name;
    char item_class;
    int yuan;
} demo_medicine;
typedef struct {
    const char *name;
    int yuan;
    bool has_part;
} demo_service;

#define DEMO_COUNTIES 9

extern const char *const demo_surnames[], *const demo_male[], *const demo_female[];
extern const char *const demo_good_names[], *const demo_villages[], *const demo_forms[];
extern const char *const demo_specs[], *const demo_parts[];
extern const demo_county demo_counties[DEMO_COUNTIES];
extern const demo_medicine demo_medicines[];
extern const demo_service demo_services[], demo_materials[];
extern const int demo_medicine_count, demo_service_count, demo_material_count;

/* ---- numbers: splitmix64 ---- */

typedef struct {
    uint64_t state;
} demo_dice;

static inline uint64_t demo_roll(demo_dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline int demo_below(demo_dice *d, int limit)
{
    assert(limit > 0);
    return (int)(demo_roll(d) % (uint64_t)limit);
}

static inline bool demo_chance(demo_dice *d, int percent)
{
    return demo_below(d, 100) < percent;
}

static inline const char *demo_pick(demo_dice *d, const char *const *list)
{
    int n = 0;
    while (list[n])
        n++;
    return list[demo_below(d, n)];
}

/* ---- the world ---- */

#define DEMO_PROVIDERS    300
#define DEMO_ITEMS_MAX    3000
#define DEMO_NAME_BYTES   128
#define DEMO_DISEASES_MAX 2

typedef struct {
    char id_no[19], name[16];
    uint8_t county;
    bool male, employee, retired, child;
    int age;
    int household;
    const char *category; /* NULL = not needy */
    const char *disease[DEMO_DISEASES_MAX];
} demo_person;

typedef struct {
    char code[16], name[DEMO_NAME_BYTES];
    uint8_t county;
    const char *kind, *level;
    bool suspended;
} demo_provider;

typedef struct {
    char code[16], name[DEMO_NAME_BYTES];
    const char *kind, *spec, *unit;
    char item_class;
    int pay_first_percent;    /* 0 = as the policy says */
    int price_fen, limit_fen; /* limit 0 = none */
} demo_item;

struct demo_world {
    uint64_t seed;
    demo_person *person;
    int person_count;
    demo_provider provider[DEMO_PROVIDERS];
    demo_item item[DEMO_ITEMS_MAX];
    int item_count, drug_count; /* drugs come first, then services, then materials */
    int service_count;
    int *chronic; /* persons with a recognised disease who are residents */
    int chronic_count;
};

#define DEMO_TODAY_YEAR 2026

#endif
