/* Cases and their DIP groups, written back. */
#include "service/dip/dip.h"

#include "base/json_out.h"

typedef struct {
    char c[32];
} number_text;

/* "12.3456" of 1e-4. */
static number_text e4_text(int64_t e4)
{
    number_text out;
    text_buffer t = {out.c, 0, sizeof out.c - 1, false};
    text_printf(&t, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000);
    out.c[t.n] = 0;
    return out;
}

/* What stands in the columns behind the case's identity; empty = nothing to say. */
enum { STATUS, GROUP, TIER, MATCH, SCORE, DEVIATION, RATIO, FACTOR, COEFFICIENT, POINTS, ANSWERS };

static const char *const answer_names[] = {"status",    "group", "tier",   "match",       "score",
                                           "deviation", "ratio", "factor", "coefficient", "points"};

static_assert(COUNTOF(answer_names) == ANSWERS, "each column has a name");

typedef struct {
    str cell[ANSWERS];
    number_text number[ANSWERS];
} answers;

static void number_put(answers *a, int column, int64_t e4)
{
    a->number[column] = e4_text(e4);
    a->cell[column] = str_of(a->number[column].c);
}

static void answers_make(answers *a, const dip_answer_form *f, const dip_result *r)
{
    *a = (answers){0};
    a->cell[STATUS] = str_of(casemix_status_name(r->status));
    a->cell[GROUP] = dip_group_code(f->catalogue, r);
    a->cell[TIER] = str_of(dip_tier_name((dip_tier)r->tier));
    a->cell[MATCH] = str_of(dip_match_name((dip_match)r->match));
    a->cell[DEVIATION] = str_of(dip_deviation_name((dip_deviation)r->deviation));
    if (r->status != CASEMIX_INVALID)
        number_put(a, POINTS, r->settled_e4);
    if (r->group < 0)
        return;
    number_put(a, SCORE, r->score_e4);
    number_put(a, FACTOR, r->factor_e4);
    number_put(a, COEFFICIENT, r->coefficient_e4);
    if (r->deviation)
        number_put(a, RATIO, r->ratio_e4);
}

void dip_answer_header(text_buffer *out, const dip_answer_form *f)
{
    text_add(out, S("case_id"));
    for (int i = 0; i < ANSWERS; i++)
        text_printf(out, ",%s", answer_names[i]);
    if (f->explain)
        text_add(out, S(",reason,path"));
    for (int i = 0; i < f->columns->pass_count; i++) {
        text_add(out, S(","));
        csv_cell_add(out, f->columns->name[f->columns->pass[i]]);
    }
    text_add(out, S("\n"));
}

/* The steps as sentences, one after the other. */
static str path_text(const dip_answer_form *f, const dip_path *path, arena *a)
{
    ptrdiff_t cap = (a->end - a->beg) / 2;
    text_buffer t = {arena_new(a, char, cap < 65536 ? cap : 65536), 0, cap < 65536 ? cap : 65536,
                     false};
    for (int i = 0; i < path->count; i++) {
        text_add(&t, i ? (f->chinese ? S("；") : S("; ")) : S(""));
        dip_sentence(&t, f->catalogue, path, i, f->chinese);
    }
    return (str){t.p, t.n};
}

void dip_answer_csv(text_buffer *out,
                    const dip_answer_form *f,
                    const case_record *r,
                    const dip_result *result,
                    const dip_path *path,
                    arena a)
{
    answers said;
    answers_make(&said, f, result);
    csv_cell_add(out, r->id);
    for (int i = 0; i < ANSWERS; i++) {
        text_add(out, S(","));
        csv_cell_add(out, said.cell[i]);
    }
    if (f->explain) {
        text_printf(out, ",%s,", dip_reason_name((dip_reason)result->reason));
        csv_cell_add(out, path_text(f, path, &a));
    }
    for (int i = 0; i < f->columns->pass_count; i++) {
        int column = f->columns->pass[i];
        text_add(out, S(","));
        csv_cell_add(out, column < r->cell_count ? r->cell[column] : (str){0});
    }
    text_add(out, S("\n"));
}

static void step_json(json_out *o, const dip_answer_form *f, const dip_path *path, int i)
{
    const dip_step *s = &path->step[i];
    char text[2048];
    text_buffer t = {text, 0, sizeof text, false};
    dip_sentence(&t, f->catalogue, path, i, f->chinese);
    json_open(o, '{');
    json_field(o, S("step"), str_of(dip_step_name((dip_step_kind)s->kind)));
    if (s->code.n)
        json_field(o, S("code"), s->code);
    json_field(o, S("text"), (str){text, t.n});
    json_close(o, '}');
}

void dip_answer_members(json_out *o,
                        const dip_answer_form *f,
                        const case_record *r,
                        const dip_result *result,
                        const dip_path *path)
{
    answers said;
    answers_make(&said, f, result);
    json_field(o, S("case_id"), r->id);
    for (int i = 0; i < ANSWERS; i++)
        if (said.cell[i].n)
            json_field(o, str_of(answer_names[i]), said.cell[i]);
    if (f->explain && result->reason)
        json_field(o, S("reason"), str_of(dip_reason_name((dip_reason)result->reason)));
    if (f->explain) {
        json_key(o, S("path"));
        json_open(o, '[');
        for (int i = 0; i < path->count; i++)
            step_json(o, f, path, i);
        json_close(o, ']');
    }
}

int dip_answer_cells(str *cell, const dip_answer_form *f, const dip_result *result, arena *a)
{
    answers *said = arena_new(a, answers, 1);
    answers_make(said, f, result);
    memcpy(cell, said->cell, sizeof said->cell);
    return ANSWERS;
}

const char *dip_answer_name(int i)
{
    return answer_names[i];
}

void dip_answer_json(text_buffer *out,
                     const dip_answer_form *f,
                     const case_record *r,
                     const dip_result *result,
                     const dip_path *path,
                     arena a)
{
    json_out o = json_out_new(&a, 512);
    json_open(&o, '{');
    dip_answer_members(&o, f, r, result, path);
    json_close(&o, '}');
    text_add(out, json_out_text(&o));
    text_add(out, S("\n"));
}
