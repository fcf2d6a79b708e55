#include "service/grouping/grouping.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FOLDERS_MAX 64
#define NAME_SIZE   100
#define DIR_SIZE    1000

typedef struct {
    char name[NAME_SIZE];
    void *loaded; /* scheme or dip; NULL = nobody has wanted it yet */
} folder;

struct grouping {
    pthread_mutex_t lock;
    struct {
        char dir[DIR_SIZE];
        folder at[FOLDERS_MAX];
        int count;
    } kind[GROUPING_KINDS];
};

static int by_name(const void *x, const void *y)
{
    return strcmp(((const folder *)x)->name, ((const folder *)y)->name);
}

/* A folder is a scheme when it has ADRGs, a catalogue when it has core groups. */
static bool is_one(const char *dir, const char *name, grouping_kind kind)
{
    char path[DIR_SIZE + NAME_SIZE + 40];
    struct stat st;
    if (name[0] == '.' || strlen(name) >= NAME_SIZE)
        return false;
    snprintf(path, sizeof path, "%s/%s/%s", dir, name,
             kind == GROUPING_DRG ? scheme_table_file(TABLE_ADRG) : dip_table_file(DIP_TABLE_CORE));
    return stat(path, &st) == 0;
}

static bool folders_find(grouping *g, grouping_kind kind, str where, err *e)
{
    snprintf(g->kind[kind].dir, DIR_SIZE, "%.*s", STR_ARG(where));
    DIR *dir = opendir(g->kind[kind].dir);
    bool ok = true;
    for (struct dirent *d; ok && dir && (d = readdir(dir));) {
        if (!is_one(g->kind[kind].dir, d->d_name, kind))
            continue;
        ok = g->kind[kind].count < FOLDERS_MAX ||
             FAIL(e, ERR_TOO_LARGE, "more than %d folders in %s", FOLDERS_MAX, g->kind[kind].dir);
        if (ok)
            memcpy(g->kind[kind].at[g->kind[kind].count++].name, d->d_name,
                   strlen(d->d_name) + 1); /* is_one: it fits */
    }
    if (dir)
        closedir(dir);
    qsort(g->kind[kind].at, (size_t)g->kind[kind].count, sizeof(folder), by_name);
    return ok;
}

bool grouping_open(grouping **out, str schemes_dir, str catalogues_dir, err *e)
{
    grouping *g = calloc(1, sizeof *g);
    *out = g;
    if (!g)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the schemes");
    pthread_mutex_init(&g->lock, NULL);
    if (folders_find(g, GROUPING_DRG, schemes_dir, e) &&
        folders_find(g, GROUPING_DIP, catalogues_dir, e))
        return true;
    grouping_close(g);
    *out = NULL;
    return false;
}

void grouping_close(grouping *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->kind[GROUPING_DRG].count; i++)
        scheme_free(g->kind[GROUPING_DRG].at[i].loaded);
    for (int i = 0; i < g->kind[GROUPING_DIP].count; i++)
        dip_free(g->kind[GROUPING_DIP].at[i].loaded);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

int grouping_count(const grouping *g, grouping_kind kind)
{
    return g->kind[kind].count;
}

str grouping_name(const grouping *g, grouping_kind kind, int i)
{
    return str_of(g->kind[kind].at[i].name);
}

bool grouping_choose(str *name, const grouping *g, grouping_kind kind, str wanted, err *e)
{
    int others = 0;
    *name = S("");
    for (int i = 0; i < g->kind[kind].count; i++) {
        str one = str_of(g->kind[kind].at[i].name);
        if (wanted.n ? str_eq(one, wanted) : !str_eq(one, S("teaching"))) {
            *name = one;
            others++;
        }
    }
    if (others > 1)
        *name = S("");
    return others || !wanted.n ||
           FAIL(e, ERR_NOT_FOUND, "no %s is called %.*s",
                kind == GROUPING_DRG ? "scheme" : "DIP catalogue", STR_ARG(wanted));
}

/* ---- compiling ---- */

static void problem_tell(const folder *f, const scheme_problem *problem, int count, err *e)
{
    char line[600];
    text_buffer t = {line, 0, sizeof line, false};
    for (int k = 0; k < count && t.n == 0; k++)
        if (!problem[k].warning)
            scheme_problem_print(&t, &problem[k]);
    FAIL(e, ERR_PACK, "%s/%.*s", f->name, (int)(t.n ? t.n - 1 : 0), line);
}

static scheme *scheme_make(const folder *f, str path, err *e)
{
    scheme *s = scheme_load(path, false, e);
    if (!s || s->error_count == 0)
        return s;
    problem_tell(f, s->problem, s->problem_count, e);
    scheme_free(s);
    return NULL;
}

static dip *catalogue_make(const folder *f, str path, err *e)
{
    dip *d = dip_load(path, e);
    if (!d || d->error_count == 0)
        return d;
    problem_tell(f, d->problem, d->problem_count, e);
    dip_free(d);
    return NULL;
}

/* Whoever comes second waits, and gets what the first one made. */
static void *loaded_of(grouping *g, grouping_kind kind, str name, err *e)
{
    char path[DIR_SIZE + NAME_SIZE + 2];
    for (int i = 0; i < g->kind[kind].count; i++) {
        folder *f = &g->kind[kind].at[i];
        if (name.n && !str_eq(name, str_of(f->name)))
            continue;
        snprintf(path, sizeof path, "%s/%s", g->kind[kind].dir, f->name);
        pthread_mutex_lock(&g->lock);
        if (!f->loaded && kind == GROUPING_DRG)
            f->loaded = scheme_make(f, str_of(path), e);
        else if (!f->loaded)
            f->loaded = catalogue_make(f, str_of(path), e);
        void *out = f->loaded;
        pthread_mutex_unlock(&g->lock);
        return out;
    }
    FAIL(e, ERR_NOT_FOUND, "nothing is called %.*s", STR_ARG(name));
    err_field(e, kind == GROUPING_DRG ? S("scheme") : S("catalogue"));
    return NULL;
}

const casemix_scheme *grouping_scheme(grouping *g, str name, err *e)
{
    const scheme *s = loaded_of(g, GROUPING_DRG, name, e);
    return s ? &s->compiled : NULL;
}

const dip_catalogue *grouping_catalogue(grouping *g, str name, err *e)
{
    const dip *d = loaded_of(g, GROUPING_DIP, name, e);
    return d ? &d->compiled : NULL;
}

const casemix_worth *grouping_worths(const casemix_scheme *s, str region, str year, arena *a)
{
    ptrdiff_t places = ((ptrdiff_t)s->drg_count + 1) * CASEMIX_LEVELS;
    casemix_worth *out = arena_new(a, casemix_worth, places);
    return scheme_worths(out, s, region, year) ? out : NULL;
}
