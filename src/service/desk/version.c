/* The pack a settlement was made by.  When somebody edited it since, the one of that day is
 * compiled from its files as they were kept: the past is not settled again by what is in force
 * today. */
#include "service/desk/desk_internal.h"

#include <stdlib.h>

static const office_pack *version_known(desk *d, str pack_id, str digest)
{
    const office_pack *p = office_pack_by_id(d->office, pack_id);
    if (p && str_eq(p->digest, digest))
        return p;
    p = NULL;
    pthread_mutex_lock(&d->lock);
    for (int i = 0; i < d->version_count; i++)
        if (str_eq(d->version[i]->pack.id, pack_id) && str_eq(d->version[i]->digest, digest))
            p = d->version[i];
    pthread_mutex_unlock(&d->lock);
    return p;
}

/* As the office made it: path and text of each file, in the order of paths. */
static bool is_digest(const pack_text *text, int count, str digest)
{
    char hex[SM3_HEX + 1];
    err unheard = {0};
    sm3 sum = sm3_begin();
    for (int i = 0; i < count; i++)
        office_digest_add(&sum, text[i].path, text[i].text);
    return sm3_end(hex, &sum, &unheard) && str_eq(str_of(hex), digest);
}

static bool files_of(pack_text **out, int *count, json_reader *reader, str files, arena *a, err *e)
{
    int members = 0;
    const json_node *n = json_parse_copy(reader, files, a, e);
    if (!n)
        return false;
    for (ptrdiff_t i = 1; i < n->next; i = n[i].next)
        members++;
    *out = arena_new(a, pack_text, members);
    *count = members;
    members = 0;
    for (ptrdiff_t i = 1; i < n->next; i = n[i].next)
        (*out)[members++] = (pack_text){arena_str(a, n[i].key), arena_str(a, n[i].text)};
    return true;
}

/* In a function of its own, for the jump when the arena is full. */
static office_pack *version_compile(str digest, const pack_text *text, int count, str dir)
{
    char *memory = malloc((size_t)PACK_ARENA_BYTES);
    err e = {0};
    jmp_buf oom;
    if (!memory)
        return NULL;
    arena a = {memory, memory + PACK_ARENA_BYTES, &oom};
    if (setjmp(oom)) {
        free(memory);
        return NULL;
    }
    office_pack *p = arena_new(&a, office_pack, 1);
    pack_text *kept = arena_new(&a, pack_text, count);
    for (int i = 0; i < count; i++)
        kept[i] = (pack_text){arena_str(&a, text[i].path), arena_str(&a, text[i].text)};
    p->digest = arena_str(&a, digest);
    if (!pack_load_texts(&p->pack, dir, kept, count, &a, &e) || p->pack.error_count > 0) {
        free(memory);
        return NULL;
    }
    p->pack.memory = memory;
    return p;
}

/* The folder of a pack need not be called as the pack is. */
static str folder_of(const pack_text *text, int count, str pack_id, arena *a)
{
    str name = S("/pack.yaml");
    for (int i = 0; i < count; i++) {
        str path = text[i].path, dir = {path.p, path.n - name.n};
        if (dir.n > 0 && !str_eq(dir, S("common")) &&
            memcmp(path.p + dir.n, name.p, (size_t)name.n) == 0 &&
            !memchr(dir.p, '/', (size_t)dir.n))
            return arena_str(a, dir);
    }
    return pack_id;
}

/* Of two threads that compiled the same one the second gives its own back. */
static const office_pack *version_keep(desk *d, office_pack *fresh)
{
    const office_pack *kept = fresh;
    pthread_mutex_lock(&d->lock);
    for (int i = 0; i < d->version_count; i++)
        if (str_eq(d->version[i]->pack.id, fresh->pack.id) &&
            str_eq(d->version[i]->digest, fresh->digest))
            kept = d->version[i];
    bool new = kept == fresh && d->version_count < VERSIONS_MAX;
    if (new)
        d->version[d->version_count++] = fresh;
    pthread_mutex_unlock(&d->lock);
    if (new)
        return fresh;
    kept = kept == fresh ? NULL : kept;
    free(fresh->pack.memory);
    return kept;
}

bool version_find(const office_pack **out,
                  desk *d,
                  store_job *job,
                  str pack_id,
                  str digest,
                  json_reader *reader,
                  arena *a,
                  err *e)
{
    const store_value key[] = {STORE_T(pack_id), STORE_T(digest)};
    store_rows r;
    pack_text *text;
    int count;
    *out = version_known(d, pack_id, digest);
    if (*out)
        return true;
    if (!store_query(job, SQL_DESK_POLICY_FILES, key, 2, &r, a, e))
        return false;
    if (r.row_count == 0)
        return true;
    if (!files_of(&text, &count, reader, store_text(&r, 0, 0), a, e))
        return false;
    if (!is_digest(text, count, digest))
        return true; /* not what was in force */
    office_pack *fresh = version_compile(digest, text, count, folder_of(text, count, pack_id, a));
    *out = fresh ? version_keep(d, fresh) : NULL;
    return true;
}

void versions_free(desk *d)
{
    for (int i = 0; i < d->version_count; i++)
        free(d->version[i]->pack.memory);
    d->version_count = 0;
}
