#include "service/dip/dip_internal.h"

#include <stdlib.h>

bool dip_files_read(dip_files *out, str dir, arena *a, err *e)
{
    const char *folder = arena_str(a, dir).p;
    *out = (dip_files){0};
    if (!table_folder_check(folder, e))
        return false;
    for (int t = 1; t < DIP_TABLE__COUNT; t++) {
        const char *path = arena_printf(a, "%s/%s", folder, dip_table_file((dip_table)t)).p;
        bool there;
        if (!table_file_read(&out->text[t], &there, path, a, e))
            return false;
    }
    return true;
}

static bool load(dip *out, str dir, arena a, arena scratch, err *e)
{
    jmp_buf oom;
    dip_files files;
    a.oom = scratch.oom = &oom;
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "the catalogue is too large");
    if (!dip_files_read(&files, dir, &a, e))
        return false;
    dip_compile(out, &files, false, &a, scratch);
    out->compiled.dir = arena_str(&a, dir);
    return true;
}

/* The catalogue stands at the front of its own memory. */
dip *dip_load(str dir, err *e)
{
    char *memory = malloc((size_t)DIP_BYTES), *scratch = malloc((size_t)DIP_SCRATCH_BYTES);
    dip *out = (dip *)(void *)memory;
    bool ok = false;
    if (memory && scratch) {
        arena a = {memory + sizeof *out, memory + DIP_BYTES, NULL};
        arena work = {scratch, scratch + DIP_SCRATCH_BYTES, NULL};
        ok = load(out, dir, a, work, e);
    } else {
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the catalogue");
    }
    free(scratch);
    if (ok)
        return out;
    free(memory);
    return NULL;
}

void dip_free(dip *d)
{
    free(d);
}

void dip_case_of(dip_case *out, const case_record *r)
{
    const case_stay *s = &r->stay;
    int32_t *n = out->facts.number;
    *out = (dip_case){r->facts, s->total_fen, s->level, s->recurrent};
    out->facts.died = r->facts.died || s->died;
    if (s->wrong && !dip_reason_of((casemix_reason)r->facts.wrong))
        out->facts.wrong = REASON_BAD_NUMBER;
    if (s->admitted == DAY_NONE)
        return;
    if (n[CASE_STAY] == CASE_UNKNOWN && s->discharged >= s->admitted)
        n[CASE_STAY] = s->discharged - s->admitted;
    if (s->born == DAY_NONE || s->born > s->admitted)
        return;
    if (n[CASE_AGE] == CASE_UNKNOWN)
        n[CASE_AGE] = age_on((day){s->born}, (day){s->admitted});
    if (n[CASE_AGE_DAYS] == CASE_UNKNOWN)
        n[CASE_AGE_DAYS] = s->admitted - s->born;
}
