#include "service/office/office.h"
#include "base/json_out.h"
#include "service/office/office_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define PACKS_MAX      64
#define FILES_MAX      256
#define FILE_BYTES_MAX (4 << 20)
#define FILES_BYTES    ((ptrdiff_t)64 << 20)
#define LOOK_AGAIN_MS  1000 /* another process may have changed something */

struct office {
    store *store;
    office_pack *pack[PACKS_MAX];
    int pack_count;
    pthread_rwlock_t lock; /* over what follows */
    copies copies;
    int64_t generation, looked_ms;
    uint64_t versions; /* hash of reference_change */
    pthread_mutex_t renewing;
};

/* ---- packs ---- */

typedef struct {
    str path, text;
} pack_file;

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const pack_file *)a)->path, ((const pack_file *)b)->path);
}

static bool file_read(str *out, const char *path, arena *a, err *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return FAIL(e, ERR_IO, "cannot read %s", path);
    char *text = arena_new(a, char, FILE_BYTES_MAX);
    size_t n = fread(text, 1, FILE_BYTES_MAX, f);
    bool bad = ferror(f) || n == FILE_BYTES_MAX;
    fclose(f);
    if (bad)
        return FAIL(e, ERR_IO, "%s cannot be read, or is too large", path);
    *out = arena_str(a, (str){text, (ptrdiff_t)n});
    return true;
}

/* What an area says otherwise at the gateway is part of its pack; what all say is the program's. */
static bool is_own_words(str path)
{
    static const str end = {"/gateway/words.csv", 18};
    return path.n > end.n && str_eq((str){path.p + path.n - end.n, end.n}, end) &&
           !str_eq((str){path.p, path.n - end.n}, S("common"));
}

/* All .yaml files below a folder; `path` is told relative to the folder of packs. */
static bool files_find(pack_file *file, int *count, str root, str path, int depth, arena *a, err *e)
{
    str full = arena_printf(a, "%.*s/%.*s", STR_ARG(root), STR_ARG(path));
    DIR *dir = opendir(full.p);
    if (!dir)
        return depth > 0 || FAIL(e, ERR_IO, "cannot open the folder %s", full.p);
    bool ok = true;
    for (struct dirent *d; ok && (d = readdir(dir));) {
        str name = str_of(d->d_name);
        if (name.p[0] == '.')
            continue;
        str below = arena_printf(a, "%.*s/%.*s", STR_ARG(path), STR_ARG(name));
        bool counts =
            (name.n > 5 && memcmp(name.p + name.n - 5, ".yaml", 5) == 0) || is_own_words(below);
        if (!counts) {
            ok = depth > 3 || files_find(file, count, root, below, depth + 1, a, e);
        } else if (*count == FILES_MAX) {
            ok = FAIL(e, ERR_TOO_LARGE, "more than %d files in %s", FILES_MAX, full.p);
        } else {
            file[(*count)++].path = below;
        }
    }
    closedir(dir);
    return ok;
}

void office_digest_add(sm3 *sum, str path, str text)
{
    sm3_add(sum, path);
    sm3_add(sum, (str){"", 1});
    sm3_add(sum, text);
    sm3_add(sum, (str){"", 1});
}

/* SM3 over path and text of each file, in the order of paths; and all of them as JSON. */
static bool files_digest(str *digest, str *json, str root, str id, arena *a, arena scratch, err *e)
{
    pack_file *file = arena_new(&scratch, pack_file, FILES_MAX);
    int count = 0;
    if (!files_find(file, &count, root, id, 0, &scratch, e) ||
        !files_find(file, &count, root, S("common"), 1, &scratch, e))
        return false;
    qsort(file, (size_t)count, sizeof *file, by_path);
    sm3 sum = sm3_begin();
    bool ok = true;
    json_out out = json_out_new(a, 4096);
    json_open(&out, '{');
    for (int i = 0; ok && i < count; i++) {
        arena inner = scratch;
        str path = arena_printf(&inner, "%.*s/%.*s", STR_ARG(root), STR_ARG(file[i].path));
        ok = file_read(&file[i].text, path.p, &inner, e);
        if (!ok)
            break;
        json_field(&out, file[i].path, file[i].text);
        office_digest_add(&sum, file[i].path, file[i].text);
    }
    json_close(&out, '}');
    char *hex = arena_new(a, char, SM3_HEX + 1);
    err unheard = {0};
    if (!sm3_end(hex, &sum, ok ? e : &unheard) || !ok)
        return false;
    *digest = str_of(hex);
    *json = json_out_text(&out);
    return true;
}

typedef struct {
    const office_pack *pack;
    str files;
} registration;

static bool pack_register(store_job *job, void *arg, arena *a, err *e)
{
    const registration *r = arg;
    const store_value row[] = {STORE_T(r->pack->pack.id), STORE_T(r->pack->digest),
                               STORE_T(r->pack->pack.area), STORE_N(store_now_ms(store_of(job))),
                               STORE_T(r->files)};
    (void)a;
    (void)e;
    store_put(job, SQL_OFFICE_POLICY_ADD, row, COUNTOF(row));
    return true;
}

static bool pack_open(office *o, str root, str id, arena scratch, err *e)
{
    char *memory = malloc((size_t)PACK_ARENA_BYTES);
    if (!memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for packs");
    arena a = {memory, memory + PACK_ARENA_BYTES, scratch.oom};
    office_pack *p = arena_new(&a, office_pack, 1);
    str dir = arena_printf(&a, "%.*s/%.*s", STR_ARG(root), STR_ARG(id));
    registration r = {.pack = p};
    bool ok = pack_load(&p->pack, dir, &a, e);
    if (ok && p->pack.error_count > 0)
        ok = FAIL(e, ERR_PACK, "%.*s has mistakes; `gongji pack check` tells them", STR_ARG(dir));
    if (ok && p->pack.policy_count == 0) { /* words only: nothing to settle by */
        free(memory);
        return true;
    }
    ok = ok && files_digest(&p->digest, &r.files, root, id, &a, scratch, e);
    ok = ok && store_write(o->store, 0, pack_register, &r, &a, e);
    if (!ok) {
        free(memory);
        return false;
    }
    p->pack.memory = memory;
    o->pack[o->pack_count++] = p;
    return true;
}

static bool packs_open(office *o, str root, arena a, err *e)
{
    pack_file *folder = arena_new(&a, pack_file, PACKS_MAX + 1);
    int count = 0;
    str path = arena_str(&a, root);
    DIR *dir = opendir(path.p);
    if (!dir) {
        FAIL(e, ERR_IO, "cannot open the folder of packs %s", path.p);
        err_expected(e, "a folder such as packs (--packs DIR)");
        return false;
    }
    for (struct dirent *d; (d = readdir(dir)) && count < PACKS_MAX;) {
        str yaml = arena_printf(&a, "%s/%s/pack.yaml", path.p, d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(yaml.p, "rb");
        if (!f)
            continue;
        fclose(f);
        folder[count++].path = arena_str(&a, str_of(d->d_name));
    }
    closedir(dir);
    qsort(folder, (size_t)count, sizeof *folder, by_path);
    for (int i = 0; i < count; i++)
        if (!pack_open(o, root, folder[i].path, a, e))
            return false;
    return o->pack_count > 0 || FAIL(e, ERR_PACK, "no pack in %s", path.p);
}

/* ---- opening ---- */

bool office_open(office **out, store *s, str packs_dir, err *e)
{
    office *o = calloc(1, sizeof *o);
    char *memory = malloc((size_t)FILES_BYTES);
    *out = NULL;
    if (!o || !memory) {
        free(o);
        free(memory);
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the office");
    }
    o->store = s;
    pthread_rwlock_init(&o->lock, NULL);
    pthread_mutex_init(&o->renewing, NULL);
    o->generation = -1;
    jmp_buf oom;
    bool ok = false;
    if (setjmp(oom))
        FAIL(e, ERR_OUT_OF_MEMORY, "the packs are too large");
    else
        ok = packs_open(o, packs_dir, (arena){memory, memory + FILES_BYTES, &oom}, e);
    free(memory);
    if (!ok) {
        office_close(o);
        return false;
    }
    *out = o;
    return true;
}

void office_close(office *o)
{
    if (!o)
        return;
    for (int i = 0; i < o->pack_count; i++)
        free(o->pack[i]->pack.memory);
    copies_free(&o->copies);
    pthread_rwlock_destroy(&o->lock);
    pthread_mutex_destroy(&o->renewing);
    free(o);
}

store *office_store(const office *o)
{
    return o->store;
}

int office_pack_count(const office *o)
{
    return o->pack_count;
}

const office_pack *office_pack_at(const office *o, int i)
{
    assert(i >= 0 && i < o->pack_count);
    return o->pack[i];
}

const office_pack *office_pack_by_id(const office *o, str id)
{
    for (int i = 0; i < o->pack_count; i++)
        if (str_eq(o->pack[i]->pack.id, id))
            return o->pack[i];
    return NULL;
}

bool office_pack_file(
    str *out, bool *there, const office_pack *p, const char *name, arena *a, err *e)
{
    str path = arena_printf(a, "%.*s/%s", STR_ARG(p->pack.dir), name);
    FILE *f = fopen(path.p, "rb");
    *out = S("");
    *there = f != NULL;
    if (!f)
        return true;
    fclose(f);
    return file_read(out, path.p, a, e);
}

/* ---- copies ---- */

static bool versions_read(store_job *job, void *arg, arena *a, err *e)
{
    store_rows r;
    if (!store_query(job, SQL_REFERENCE_VERSIONS, NULL, 0, &r, a, e))
        return false;
    uint64_t hash = 1;
    for (ptrdiff_t i = 0; i < r.row_count; i++)
        hash = hash * UINT64_C(0x9E3779B97F4A7C15) + str_hash(store_text(&r, i, 0)) +
               (uint64_t)store_number(&r, i, 1);
    *(uint64_t *)arg = hash;
    return true;
}

static bool copies_are_fresh(office *o, int64_t generation, int64_t now_ms)
{
    pthread_rwlock_rdlock(&o->lock);
    bool fresh = o->generation == generation && now_ms - o->looked_ms < LOOK_AGAIN_MS &&
                 now_ms >= o->looked_ms;
    pthread_rwlock_unlock(&o->lock);
    return fresh;
}

/* One thread looks, the others wait for it or go on with what they have. */
static bool renew(office *o, int64_t generation, int64_t now_ms, err *e)
{
    _Alignas(16) char memory[8192];
    arena a = {memory, memory + sizeof memory, NULL};
    uint64_t versions;
    if (!store_read(o->store, versions_read, &versions, &a, e))
        return false;
    copies fresh = {0};
    bool changed = o->generation < 0 || versions != o->versions;
    if (changed && !copies_load(&fresh, o->store, e))
        return false;
    pthread_rwlock_wrlock(&o->lock);
    copies old = o->copies;
    if (changed)
        o->copies = fresh;
    o->versions = versions;
    o->generation = generation;
    o->looked_ms = now_ms;
    pthread_rwlock_unlock(&o->lock);
    if (changed)
        copies_free(&old);
    return true;
}

/* Gives the copies, locked for reading; the caller unlocks. */
static bool copies_take(office *o, err *e)
{
    int64_t generation = store_reference_generation(o->store), now_ms = store_now_ms(o->store);
    if (!copies_are_fresh(o, generation, now_ms)) {
        pthread_mutex_lock(&o->renewing);
        bool ok = copies_are_fresh(o, generation, now_ms) || renew(o, generation, now_ms, e);
        pthread_mutex_unlock(&o->renewing);
        if (!ok)
            return false;
    }
    pthread_rwlock_rdlock(&o->lock);
    return true;
}

static bool in_force(str from_on, str until_on, str on)
{
    return str_cmp(from_on, on) <= 0 && (until_on.n == 0 || str_cmp(on, until_on) <= 0);
}

bool office_has_area(office *o, str area_code)
{
    err e = {0};
    if (!copies_take(o, &e))
        return false;
    bool has = copies_area(&o->copies, area_code) != NULL;
    pthread_rwlock_unlock(&o->lock);
    return has;
}

const office_pack *office_pack_of_area(office *o, str area_code)
{
    err e = {0};
    const office_pack *p = NULL;
    if (copies_take(o, &e)) {
        const area_copy *area = copies_area(&o->copies, area_code);
        for (int up = 0; area && !p && up < 4; up++) {
            p = area->pack_id.n ? office_pack_by_id(o, area->pack_id) : NULL;
            area = copies_area(&o->copies, area->parent_code);
        }
        pthread_rwlock_unlock(&o->lock);
    }
    /* Without a word in the table: the pack of the code itself, or of the city it lies in. */
    for (int i = 0; !p && i < o->pack_count; i++)
        if (str_eq(o->pack[i]->pack.area, area_code))
            p = o->pack[i];
    for (int i = 0; !p && area_code.n == 6 && i < o->pack_count; i++) {
        str of = o->pack[i]->pack.area;
        if (of.n == 6 && memcmp(of.p, area_code.p, 4) == 0 && memcmp(of.p + 4, "00", 2) == 0)
            p = o->pack[i];
    }
    return p;
}

/* Copies texts out of the copies, under their lock: so nothing may jump, and what does not fit is
 * told. */
static bool texts_copy(str *const *to, const str *from, int count, arena *a, err *e)
{
    ptrdiff_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += from[i].n + 1;
    if (a->end - a->beg < bytes)
        return FAIL(e, ERR_OUT_OF_MEMORY, "the memory of one request is used up");
    for (int i = 0; i < count; i++)
        *to[i] = arena_str(a, from[i]);
    return true;
}

/* The pool is the highest area above this one that the same pack governs. */
bool office_pool_of(str *pool, office *o, str area_code, arena *a, err *e)
{
    const office_pack *governing = office_pack_of_area(o, area_code);
    *pool = S("");
    if (!governing)
        return true;
    if (!copies_take(o, e))
        return false;
    str code = governing->pack.area;
    bool met = false, ok = true;
    const area_copy *area = copies_area(&o->copies, area_code);
    for (int up = 0; area && up < 4; up++) {
        bool same = str_eq(area->pack_id, governing->pack.id);
        if (met && !same)
            break;
        if (same)
            code = area->code;
        met = met || same;
        area = copies_area(&o->copies, area->parent_code);
    }
    str *const to[] = {pool};
    ok = texts_copy(to, &code, 1, a, e);
    pthread_rwlock_unlock(&o->lock);
    return ok;
}

bool office_provider_on(office_provider *out, office *o, int64_t id, str on, arena *a, err *e)
{
    *out = (office_provider){.provider_id = id};
    if (!copies_take(o, e))
        return false;
    const provider_copy *p = copies_provider(&o->copies, id);
    bool ok = p != NULL;
    if (p) {
        str state = S("");
        for (ptrdiff_t i = 0; i < p->agreement_count; i++)
            if (in_force(p->agreement[i].from_on, p->agreement[i].until_on, on))
                state = p->agreement[i].state;
        out->has_agreement = str_eq(state, S("signed"));
        const str from[] = {p->code, p->name, p->area_code, p->kind, p->level, p->tags, state};
        str *const to[] = {&out->code,  &out->name, &out->area_code,      &out->kind,
                           &out->level, &out->tags, &out->agreement_state};
        ok = texts_copy(to, from, COUNTOF(from), a, e);
    }
    pthread_rwlock_unlock(&o->lock);
    return ok;
}

/* The term of an item in an area on a day: that of the scheme before that of all schemes; of the
 * county before that of the city. */
static const term_copy *term_find(const item_copy *item, str area_code, str scheme, str on)
{
    char city[6];
    if (area_code.n == 6) {
        memcpy(city, area_code.p, 4);
        city[4] = city[5] = '0';
    }
    const term_copy *best = NULL;
    int best_rank = 0;
    for (ptrdiff_t i = 0; i < item->term_count; i++) {
        const term_copy *t = &item->term[i];
        int rank = str_eq(t->area_code, area_code)                                      ? 4
                   : area_code.n == 6 && str_eq(t->area_code, (str){city, sizeof city}) ? 2
                                                                                        : 0;
        if (!rank || (t->scheme.n && !str_eq(t->scheme, scheme)) ||
            !in_force(t->from_on, t->until_on, on))
            continue;
        rank += t->scheme.n ? 1 : 0;
        if (rank >= best_rank) {
            best = t;
            best_rank = rank;
        }
    }
    return best;
}

bool office_term_on(
    office_term *out, office *o, str area_code, str scheme, str code, str on, arena *a, err *e)
{
    *out = (office_term){.pay_first_e8 = -1, .limit_e4 = -1, .price_e4 = -1};
    if (!copies_take(o, e))
        return false;
    const item_copy *item = copies_item(&o->copies, code);
    bool ok = true;
    if (item) {
        const term_copy *t = term_find(item, area_code, scheme, on);
        const str from[] = {item->code,
                            item->name,
                            item->kind,
                            item->spec,
                            item->unit,
                            item->rx,
                            t ? t->item_class : S("")};
        str *const to[] = {&out->code, &out->name, &out->kind,      &out->spec,
                           &out->unit, &out->rx,   &out->item_class};
        ok = texts_copy(to, from, COUNTOF(from), a, e);
        out->known = true;
        out->has_term = t != NULL;
        if (t) {
            out->pay_first_e8 = t->pay_first_e8;
            out->limit_e4 = t->limit_e4;
            out->price_e4 = t->price_e4;
        }
    }
    pthread_rwlock_unlock(&o->lock);
    return ok;
}

void office_changed(store_job *job, str topic, arena *a)
{
    store_value value = STORE_T(arena_str(a, topic));
    store_put(job, SQL_REFERENCE_BUMP, &value, 1);
}
