/* Copies of slow-moving tables, built anew as a whole and swapped. */
#ifndef OFFICE_OFFICE_INTERNAL_H
#define OFFICE_OFFICE_INTERNAL_H
#include "service/office/office.h"

#include <pthread.h>

typedef struct {
    str code, parent_code, pack_id;
} area_copy;

typedef struct {
    str from_on, until_on, state;
} agreement_copy;

typedef struct {
    int64_t provider_id;
    str code, name, area_code, kind, level, tags;
    const agreement_copy *agreement;
    ptrdiff_t agreement_count;
} provider_copy;

typedef struct {
    str area_code, scheme, from_on, until_on, item_class;
    int64_t pay_first_e8, limit_e4, price_e4;
} term_copy;

typedef struct {
    str code, name, kind, spec, unit, rx;
    const term_copy *term;
    ptrdiff_t term_count;
} item_copy;

typedef struct {
    void *memory;
    const area_copy *area;
    const provider_copy *provider; /* sorted by id */
    const item_copy *item;         /* sorted by code */
    ptrdiff_t area_count, provider_count, item_count;
    int32_t *item_slot; /* hash table over code: index + 1 */
    uint32_t item_mask;
} copies;

bool copies_load(copies *out, store *s, err *e) MUST_USE;
void copies_free(copies *c);
const area_copy *copies_area(const copies *c, str code);
const provider_copy *copies_provider(const copies *c, int64_t id);
const item_copy *copies_item(const copies *c, str code);

#endif
