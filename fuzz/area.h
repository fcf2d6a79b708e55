/* An area in a small database of its own, which goes with the process. */
#ifndef FUZZ_AREA_H
#define FUZZ_AREA_H

#include "check.h"
#include "service/desk/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    store *store;
    office *office;
    desk *desk;
    char *memory;
    ptrdiff_t bytes;
    char file[64];
} area;

static arena area_memory(jmp_buf *oom)
{
    return (arena){area.memory, area.memory + area.bytes, oom};
}

static bool area_row(store_job *job, void *arg, arena *a, err *e)
{
    store_rows unused;
    return store_query_text(job, str_of(arg), NULL, 0, &unused, a, e);
}

static void area_close(void)
{
    static const char *const ending[] = {"", "-wal", "-shm", "-nodes"};
    char beside[80];
    desk_close(area.desk);
    office_close(area.office);
    store_close(area.store);
    free(area.memory);
    for (ptrdiff_t i = 0; i < COUNTOF(ending); i++) {
        snprintf(beside, sizeof beside, "%s%s", area.file, ending[i]);
        remove(beside);
    }
}

static void area_open(const char *name, const char *const *row, ptrdiff_t rows, ptrdiff_t bytes)
{
    store_config c = store_config_default;
    err e = {0};
    int before, after;
    snprintf(area.file, sizeof area.file, "%s_%d.db", name, (int)getpid());
    area.bytes = bytes;
    area.memory = malloc((size_t)bytes);
    c.uri = str_of(area.file);
    MUST(area.memory && store_open(&area.store, &c, &e));
    MUST(store_migrate(area.store, &before, &after, &e));
    for (ptrdiff_t i = 0; i < rows; i++) {
        arena a = area_memory(NULL);
        MUST(store_write(area.store, 0, area_row, (void *)(uintptr_t)row[i], &a, &e));
    }
    MUST(office_open(&area.office, area.store, S(GONGJI_ROOT "/packs"), &e));
    MUST(desk_open(&area.desk, area.office, &e));
    atexit(area_close);
}

#endif
