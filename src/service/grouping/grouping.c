#include "service/grouping/grouping.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SCHEMES_MAX 64
#define NAME_SIZE   100

struct grouping {
    pthread_mutex_t lock;
    struct {
        char name[NAME_SIZE];
        scheme *scheme; /* NULL = nobody has wanted it yet */
    } at[SCHEMES_MAX];
    int count;
    char dir[1000];
};

static int by_name(const void *x, const void *y)
{
    return strcmp(x, y); /* the name stands first */
}

/* A folder is a scheme when it has ADRGs. */
static bool is_scheme(const grouping *g, const char *name)
{
    char path[NAME_SIZE + sizeof g->dir + 20];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/%s", g->dir, name, scheme_table_file(TABLE_ADRG));
    return name[0] != '.' && strlen(name) < NAME_SIZE && stat(path, &st) == 0;
}

bool grouping_open(grouping **out, str schemes_dir, err *e)
{
    grouping *g = calloc(1, sizeof *g);
    *out = g;
    if (!g)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the schemes");
    pthread_mutex_init(&g->lock, NULL);
    snprintf(g->dir, sizeof g->dir, "%.*s", STR_ARG(schemes_dir));
    DIR *dir = opendir(g->dir);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        if (!is_scheme(g, d->d_name))
            continue;
        if (g->count == SCHEMES_MAX) {
            closedir(dir);
            grouping_close(g);
            *out = NULL;
            return FAIL(e, ERR_TOO_LARGE, "more than %d schemes", SCHEMES_MAX);
        }
        memcpy(g->at[g->count++].name, d->d_name, strlen(d->d_name) + 1); /* is_scheme: it fits */
    }
    if (dir)
        closedir(dir);
    qsort(g->at, (size_t)g->count, sizeof g->at[0], by_name);
    return true;
}

void grouping_close(grouping *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->count; i++)
        scheme_free(g->at[i].scheme);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

int grouping_count(const grouping *g)
{
    return g->count;
}

str grouping_name(const grouping *g, int i)
{
    return str_of(g->at[i].name);
}

/* Under the lock: whoever comes second waits, and gets what the first one made. */
static scheme *compiled(grouping *g, int i, err *e)
{
    char path[NAME_SIZE + sizeof g->dir];
    if (g->at[i].scheme)
        return g->at[i].scheme;
    snprintf(path, sizeof path, "%s/%s", g->dir, g->at[i].name);
    scheme *s = scheme_load(str_of(path), false, e);
    if (!s || s->error_count == 0)
        return g->at[i].scheme = s;
    char line[600];
    text_buffer t = {line, 0, sizeof line, false};
    for (int k = 0; k < s->problem_count && t.n == 0; k++)
        if (!s->problem[k].warning)
            scheme_problem_print(&t, &s->problem[k]);
    FAIL(e, ERR_PACK, "%s/%.*s", g->at[i].name, (int)(t.n ? t.n - 1 : 0), line);
    scheme_free(s);
    return NULL;
}

const casemix_scheme *grouping_scheme(grouping *g, str name, err *e)
{
    for (int i = 0; i < g->count; i++) {
        if (name.n && !str_eq(name, str_of(g->at[i].name)))
            continue;
        pthread_mutex_lock(&g->lock);
        scheme *s = compiled(g, i, e);
        pthread_mutex_unlock(&g->lock);
        return s ? &s->compiled : NULL;
    }
    FAIL(e, ERR_NOT_FOUND, "no scheme %.*s", STR_ARG(name));
    err_field(e, S("scheme"));
    return NULL;
}

const str *grouping_weights(const casemix_scheme *s, str region, str year, arena *a)
{
    str *out = arena_new(a, str, s->drg_count + 1);
    bool some = false;
    for (int32_t i = 0; i < s->weight_count; i++) {
        const casemix_weight *w = &s->weight[i];
        if ((region.n && !str_eq(region, w->region)) || (year.n && !str_eq(year, w->year)))
            continue;
        region = w->region;
        year = w->year;
        out[w->drg] = w->weight;
        some = true;
    }
    return some ? out : NULL;
}
