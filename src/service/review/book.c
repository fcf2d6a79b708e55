/* The packs of rules an installation has, read when it starts. */
#include "service/review/reviews.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PACKS_MAX 64
#define NAME_SIZE 100
#define DIR_SIZE  1000

struct reviews {
    review_pack pack[PACKS_MAX];
    char *memory[PACKS_MAX];
    int count;
};

static int by_id(const void *x, const void *y)
{
    return str_cmp(((const review_pack *)x)->id, ((const review_pack *)y)->id);
}

static bool digest_make(review_pack *p, arena *a, err *e)
{
    char hex[SM3_HEX + 1];
    sm3 sum = sm3_begin();
    for (int i = 0; i < p->file_count; i++) {
        str path = p->file[i].path; /* without the folder that it lies in here */
        office_digest_add(&sum, (str){path.p + p->dir.n, path.n - p->dir.n}, p->file[i].text);
    }
    if (!sm3_end(hex, &sum, e))
        return false;
    str digest = arena_str(a, (str){hex, SM3_HEX});
    for (int i = 0; i < p->version_count; i++)
        p->version[i].digest = digest;
    return true;
}

static bool pack_within(review_pack *p, const char *path, arena *a, err *e)
{
    jmp_buf oom;
    arena memory = {a->beg, a->end, &oom};
    char line[600];
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "%s needs more than %td bytes", path, REVIEW_PACK_BYTES);
    if (!review_pack_load(p, str_of(path), &memory, e))
        return false;
    for (int i = 0; i < p->problem_count; i++)
        if (!p->problem[i].warning) {
            text_buffer t = {line, 0, sizeof line, false};
            pack_problem_print(&t, &p->problem[i]);
            return FAIL(e, ERR_PACK, "%.*s", (int)t.n - 1, line);
        }
    return digest_make(p, &memory, e);
}

static bool pack_add(reviews *r, const char *path, err *e)
{
    if (r->count == PACKS_MAX)
        return FAIL(e, ERR_TOO_LARGE, "more than %d packs of rules", PACKS_MAX);
    char *memory = malloc((size_t)REVIEW_PACK_BYTES);
    if (!memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the rules");
    r->memory[r->count] = memory;
    arena a = {memory, memory + REVIEW_PACK_BYTES, NULL};
    return pack_within(&r->pack[r->count++], path, &a, e);
}

bool reviews_open(reviews **out, str dir, err *e)
{
    char folder[DIR_SIZE], path[DIR_SIZE + NAME_SIZE + 2], file[DIR_SIZE + NAME_SIZE + 20];
    struct stat st;
    reviews *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the rules");
    snprintf(folder, sizeof folder, "%.*s", STR_ARG(dir));
    DIR *d = opendir(folder);
    bool ok = true;
    for (struct dirent *entry; ok && d && (entry = readdir(d));) {
        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= NAME_SIZE)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        snprintf(file, sizeof file, "%s/review.yaml", path);
        if (stat(file, &st) == 0)
            ok = pack_add(r, path, e);
    }
    if (d)
        closedir(d);
    if (!ok) {
        reviews_close(r);
        return false;
    }
    if (r->count > 1)
        qsort(r->pack, (size_t)r->count, sizeof *r->pack, by_id);
    *out = r;
    return true;
}

void reviews_close(reviews *r)
{
    for (int i = 0; r && i < r->count; i++)
        free(r->memory[i]);
    free(r);
}

int reviews_count(const reviews *r)
{
    return r->count;
}

const review_pack *reviews_at(const reviews *r, int i)
{
    return &r->pack[i];
}

const review_pack *reviews_pack(const reviews *r, str id)
{
    for (int i = 0; i < r->count; i++)
        if (str_eq(r->pack[i].id, id))
            return &r->pack[i];
    return NULL;
}

const review_rules *reviews_rules(const reviews *r, str area_code, day on)
{
    const review_pack *best = NULL;
    ptrdiff_t longest = 0;
    for (int i = 0; r && i < r->count; i++)
        for (int k = 0; k < r->pack[i].area_count; k++) {
            str begin = r->pack[i].area[k];
            bool fits = area_code.n >= begin.n && str_eq((str){area_code.p, begin.n}, begin);
            if (fits && begin.n > longest) {
                best = &r->pack[i];
                longest = begin.n;
            }
        }
    return best ? review_pack_on(best, on) : NULL;
}
