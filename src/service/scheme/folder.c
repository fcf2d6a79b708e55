#include "service/scheme/scheme_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX ((long)48 << 20)

static bool read_all(FILE *f, const char *path, str *out, arena *a, err *e)
{
    struct stat st;
    if (fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode))
        return FAIL(e, ERR_IO, "%s: not a file", path);
    if (st.st_size > FILE_BYTES_MAX || st.st_size > a->end - a->beg - 64)
        return FAIL(e, ERR_TOO_LARGE, "%s: too large", path);
    char *p = arena_new(a, char, st.st_size + 1);
    *out = (str){p, (ptrdiff_t)fread(p, 1, (size_t)st.st_size, f)};
    return !ferror(f) || FAIL(e, ERR_IO, "%s: cannot be read", path);
}

bool table_file_read(str *out, bool *there, const char *path, arena *a, err *e)
{
    FILE *f = fopen(path, "rb");
    *out = (str){0};
    *there = f != NULL;
    if (!f && errno == ENOENT)
        return true;
    if (!f)
        return FAIL(e, ERR_IO, "%s: %s", path, strerror(errno));
    bool ok = read_all(f, path, out, a, e);
    fclose(f);
    return ok;
}

bool table_folder_check(const char *folder, err *e)
{
    struct stat st;
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
        return FAIL(e, ERR_IO, "%s: no such folder", folder);
    return true;
}

bool scheme_files_read(scheme_files *out, str dir, arena *a, err *e)
{
    *out = (scheme_files){0};
    const char *folder = arena_str(a, dir).p;
    if (!table_folder_check(folder, e))
        return false;
    for (int t = 1; t < TABLE__COUNT; t++) {
        const char *path = arena_printf(a, "%s/%s", folder, scheme_table_file((scheme_table)t)).p;
        bool there;
        if (!table_file_read(&out->text[t], &there, path, a, e))
            return false;
    }
    return true;
}

static bool load(scheme *out, str dir, bool lint, arena a, arena scratch, err *e)
{
    jmp_buf oom;
    scheme_files files;
    a.oom = scratch.oom = &oom;
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "the scheme is too large");
    if (!scheme_files_read(&files, dir, &a, e))
        return false;
    scheme_compile(out, &files, lint, &a, scratch);
    out->compiled.dir = arena_str(&a, dir);
    return true;
}

/* The scheme stands at the front of its own memory. */
scheme *scheme_load(str dir, bool lint, err *e)
{
    char *memory = malloc((size_t)SCHEME_BYTES), *scratch = malloc((size_t)SCHEME_SCRATCH_BYTES);
    scheme *out = (scheme *)(void *)memory;
    bool ok = false;
    if (memory && scratch) {
        arena a = {memory + sizeof *out, memory + SCHEME_BYTES, NULL};
        arena work = {scratch, scratch + SCHEME_SCRATCH_BYTES, NULL};
        ok = load(out, dir, lint, a, work, e);
    } else {
        FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the scheme");
    }
    free(scratch);
    if (ok)
        return out;
    free(memory);
    return NULL;
}

void scheme_free(scheme *s)
{
    free(s);
}

void scheme_problem_print(text_buffer *out, const scheme_problem *problem)
{
    text_add(out, problem->file);
    if (problem->line > 0)
        text_printf(out, ":%" PRId64, problem->line);
    text_printf(out, ": %s%.*s\n", problem->warning ? "warning: " : "", STR_ARG(problem->message));
}
