#include "service/import/import.h"

#include <stdio.h>
#include <stdlib.h>

/* One import on its way. */
typedef struct {
    office *office;
    const import_request *q;
    import_result *result;
    import_file *file;
    master_seen *seen;
    master_words words;
    master_row *row; /* of the chunk */
    int count;
    char *memory; /* cells of the chunk in front, the job's own behind */
} import;

static bool fault_add(import *m, int64_t line, const master_fault *f, err *e)
{
    import_result *r = m->result;
    r->fault_total++;
    if (r->fault_count == IMPORT_FAULTS_MAX)
        return true;
    if (!r->fault)
        r->fault = calloc(IMPORT_FAULTS_MAX, sizeof *r->fault);
    if (!r->fault)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the list of errors");
    import_fault *to = &r->fault[r->fault_count++];
    *to = (import_fault){.line = line, .code = f->code};
    if (f->column >= 0)
        snprintf(to->column, sizeof to->column, "%s", m->q->kind->column[f->column].name);
    memcpy(to->expected, f->expected, sizeof to->expected);
    return true;
}

/* ---- keeping a chunk ---- */

static bool keep(import *m, arena *a, err *e)
{
    master_batch b = {.kind = m->q->kind,
                      .who = m->q->who,
                      .words = m->words,
                      .area_code = m->q->area_code,
                      .row = m->row,
                      .count = m->count,
                      .mode = MASTER_UPSERT,
                      .save = !m->q->dry_run,
                      .seen = m->seen};
    store *s = office_store(m->office);
    return m->q->dry_run ? store_read(s, master_batch_work, &b, a, e)
                         : store_write(s, 0, master_batch_work, &b, a, e);
}

static bool chunk_close(import *m, arena *a, err *e)
{
    import_result *r = m->result;
    if (m->count == 0)
        return true;
    if (!keep(m, a, e))
        return false;
    for (int i = 0; i < m->count; i++) {
        const master_row *row = &m->row[i];
        int64_t *counter = row->outcome == ROW_ADDED     ? &r->added
                           : row->outcome == ROW_CHANGED ? &r->changed
                           : row->outcome == ROW_WRONG   ? &r->wrong
                                                         : &r->unchanged;
        ++*counter;
        if (row->outcome == ROW_WRONG && !fault_add(m, row->line, &row->fault, e))
            return false;
        if (row->outcome != ROW_WRONG && !master_seen_add(m->seen, row, m->q->kind))
            return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the rows of the file");
    }
    m->count = 0;
    if (m->q->progress)
        m->q->progress(m->q->progress_arg, r->rows, import_file_done(m->file),
                       import_file_bytes(m->file));
    return true;
}

/* ---- one row ---- */

static int64_t same_in_chunk(const import *m, str key)
{
    for (int i = 0; i < m->count; i++)
        if (str_eq(m->row[i].key, key))
            return m->row[i].line;
    return 0;
}

static bool row_take(import *m, master_fault *of_file, arena *a, err *e)
{
    master_row *row = &m->row[m->count];
    master_fault fault[MASTER_FAULTS_MAX];
    int count = 0;
    m->result->rows++;
    if (of_file->code) {
        fault[count++] = *of_file;
    } else {
        count = master_check(row, m->q->kind, &m->words, fault, a);
    }
    if (count == 0) {
        int64_t line = master_seen_line(m->seen, row->key);
        line = line ? line : same_in_chunk(m, row->key);
        if (line) {
            fault[count] = (master_fault){.column = -1, .code = ERR_DUPLICATE_ROW};
            snprintf(fault[count].expected, sizeof fault[count].expected,
                     "another than line %" PRId64, line);
            count++;
        }
    }
    if (count == 0) {
        m->count++;
        return true;
    }
    m->result->wrong++;
    for (int i = 0; i < count; i++)
        if (!fault_add(m, row->line, &fault[i], e))
            return false;
    return true;
}

/* Rows until the chunk is full or its memory low; *more = the file goes on. */
static bool chunk_fill(import *m, arena *a, bool *more, err *e)
{
    *more = true;
    while (m->count < IMPORT_CHUNK_ROWS && a->end - a->beg > IMPORT_CHUNK_BYTES / 2) {
        master_fault fault;
        *more = import_file_next(m->file, &m->row[m->count], &fault, a, e);
        if (e->code)
            return false;
        if (!*more)
            return true;
        if (!row_take(m, &fault, a, e))
            return false;
    }
    return true;
}

static bool chunk(import *m, bool *more, err *e)
{
    jmp_buf oom;
    arena a = {m->memory, m->memory + IMPORT_CHUNK_BYTES, &oom};
    if (setjmp(oom))
        return FAIL(e, ERR_OUT_OF_MEMORY, "rows too large for the memory of a chunk");
    return chunk_fill(m, &a, more, e) && chunk_close(m, &a, e);
}

/* ---- the line of the audit log ---- */

typedef struct {
    const import *m;
    err_code code;
} closing;

static bool audit_work(store_job *job, void *arg, arena *a, err *e)
{
    const closing *c = arg;
    const import_result *r = c->m->result;
    (void)e;
    json_out out = json_out_new(a, 256);
    json_open(&out, '{');
    json_field(&out, S("area_code"), c->m->q->area_code);
    json_field_number(&out, S("rows"), r->rows);
    json_field_number(&out, S("added"), r->added);
    json_field_number(&out, S("changed"), r->changed);
    json_field_number(&out, S("unchanged"), r->unchanged);
    json_field_number(&out, S("wrong"), r->wrong);
    json_close(&out, '}');
    access_audit(job, c->m->q->who, S("import"), str_of(c->m->q->kind->name), 0,
                 json_out_text(&out), c->code ? str_of(err_name(c->code)) : S("ok"));
    return true;
}

static bool audit_line(import *m, err_code code, err *e)
{
    arena a = {m->memory, m->memory + IMPORT_CHUNK_BYTES, NULL};
    closing c = {m, code};
    return store_write(office_store(m->office), 0, audit_work, &c, &a, e);
}

/* ---- the whole ---- */

/* What the file shows by itself is found before what the tables show. */
static int by_line(const void *a, const void *b)
{
    int64_t x = ((const import_fault *)a)->line, y = ((const import_fault *)b)->line;
    return (x > y) - (x < y);
}

static bool run(import *m, str bytes, err *e)
{
    const import_request *q = m->q;
    m->file = import_file_open(q->kind, bytes, q->columns, q->area_code, e);
    if (!m->file)
        return false;
    m->words = master_words_of(m->office, q->area_code);
    m->seen = master_seen_new();
    m->row = calloc(IMPORT_CHUNK_ROWS + 1, sizeof *m->row);
    m->memory = malloc((size_t)IMPORT_CHUNK_BYTES);
    if (!m->seen || !m->row || !m->memory)
        return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for the import");
    bool more = true, ok = true;
    while (ok && more)
        ok = chunk(m, &more, e);
    err again = {0};
    if (!q->dry_run && !audit_line(m, e->code, &again) && ok) {
        *e = again;
        return false;
    }
    return ok;
}

bool import_run(import_result *out, office *o, const import_request *q, str bytes, err *e)
{
    *out = (import_result){0};
import m = {.office = o, .q = q, .result = out };
    bool ok = run(&m, bytes, e);
    if (out->fault_count > 1)
        qsort(out->fault, (size_t)out->fault_count, sizeof *out->fault, by_line);
    import_file_close(m.file);
    master_seen_free(m.seen);
    free(m.row);
    free(m.memory);
    return ok;
}

void import_result_free(import_result *r)
{
    free(r->fault);
    *r = (import_result){0};
}

void import_result_json(json_out *out, const import_result *r, bool dry_run)
{
    json_field_number(out, S("rows"), r->rows);
    json_field_number(out, S("added"), r->added);
    json_field_number(out, S("changed"), r->changed);
    json_field_number(out, S("unchanged"), r->unchanged);
    json_field_number(out, S("wrong"), r->wrong);
    json_field_bool(out, S("dry_run"), dry_run);
    json_field_number(out, S("error_count"), r->fault_total);
    json_key(out, S("errors"));
    json_open(out, '[');
    for (int i = 0; i < r->fault_count; i++) {
        const import_fault *f = &r->fault[i];
        json_open(out, '{');
        json_field_number(out, S("line"), f->line);
        json_field(out, S("column"), str_of(f->column));
        json_field(out, S("code"), str_of(err_name(f->code)));
        json_field(out, S("expected"), str_of(f->expected));
        json_field(out, S("zh"), str_of(err_zh(f->code)));
        json_field(out, S("en"), str_of(err_en(f->code)));
        json_close(out, '}');
    }
    json_close(out, ']');
}
