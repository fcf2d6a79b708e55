#include "service/cases/cases.h"

#include "base/json_out.h"

static void quotes_double(text_buffer *out, str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            text_add(out, S("\""));
        text_add(out, (str){s.p + i, 1});
    }
}

void csv_cell_add(text_buffer *out, str s)
{
    bool quote = false;
    for (ptrdiff_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!quote) {
        text_add(out, s);
        return;
    }
    text_add(out, S("\""));
    quotes_double(out, s);
    text_add(out, S("\""));
}

void answer_header(text_buffer *out, const answer_form *f)
{
    text_add(out, S("case_id,status,mdc,adrg,drg"));
    if (f->worth)
        text_add(out, f->priced ? S(",weight,price") : S(",weight"));
    if (f->explain)
        text_add(out, S(",reason,path"));
    for (int i = 0; i < f->columns->pass_count; i++) {
        text_add(out, S(","));
        csv_cell_add(out, f->columns->name[f->columns->pass[i]]);
    }
    text_add(out, S("\n"));
}

static casemix_worth
worth_of(const answer_form *f, const case_record *r, const casemix_result *result)
{
    const casemix_worth *worth = casemix_worth_at(f->worth, result->drg, r->stay.level);
    return worth ? *worth : (casemix_worth){0};
}

/* The steps as sentences, one after the other, as one cell. */
static void path_add(text_buffer *out, const answer_form *f, const casemix_path *path, arena a)
{
    text_add(out, S("\""));
    ptrdiff_t from = out->n;
    for (int i = 0; i < path->count; i++) {
        text_add(out, i ? (f->chinese ? S("；") : S("; ")) : S(""));
        casemix_sentence(out, f->scheme, path, i, f->chinese);
    }
    str said = {out->p + from, out->n - from};
    if (said.n && memchr(said.p, '"', (size_t)said.n)) { /* seldom: written once more, doubled */
        said = arena_str(&a, said);
        out->n = from;
        quotes_double(out, said);
    }
    text_add(out, S("\""));
}

void answer_csv(text_buffer *out,
                const answer_form *f,
                const case_record *r,
                const casemix_result *result,
                const casemix_path *path,
                arena a)
{
    csv_cell_add(out, r->id);
    text_add(out, S(","));
    text_add(out, str_of(casemix_status_name(result->status)));
    text_add(out, S(","));
    text_add(out, casemix_mdc_code(f->scheme, result));
    text_add(out, S(","));
    text_add(out, casemix_adrg_code(f->scheme, result));
    text_add(out, S(","));
    text_add(out, casemix_drg_code(f->scheme, result));
    if (f->worth) {
        casemix_worth worth = worth_of(f, r, result);
        text_add(out, S(","));
        text_add(out, worth.weight);
        text_add(out, f->priced ? S(",") : S(""));
        text_add(out, f->priced ? worth.price : S(""));
    }
    if (f->explain) {
        text_add(out, S(","));
        text_add(out, str_of(casemix_reason_name(result->reason)));
        text_add(out, S(","));
        path_add(out, f, path, a);
    }
    for (int i = 0; i < f->columns->pass_count; i++) {
        int column = f->columns->pass[i];
        text_add(out, S(","));
        csv_cell_add(out, column < r->cell_count ? r->cell[column] : (str){0});
    }
    text_add(out, S("\n"));
}

void answer_step_json(json_out *o, const answer_form *f, const casemix_path *path, int i)
{
    const casemix_step *s = &path->step[i];
    char text[2048];
    text_buffer t = {text, 0, sizeof text, false};
    casemix_sentence(&t, f->scheme, path, i, f->chinese);
    json_open(o, '{');
    json_field(o, S("step"), str_of(casemix_step_name((casemix_step_kind)s->kind)));
    if (s->code.n)
        json_field(o, S("code"), s->code);
    if (s->term.kind) {
        char rule[40];
        text_buffer term = {rule, 0, sizeof rule, false};
        casemix_term_print(&term, &s->term);
        json_field(o, S("term"), (str){rule, term.n});
    }
    json_field(o, S("text"), (str){text, t.n});
    json_close(o, '}');
}

void answer_json(text_buffer *out,
                 const answer_form *f,
                 const case_record *r,
                 const casemix_result *result,
                 const casemix_path *path,
                 arena a)
{
    json_out o = json_out_new(&a, 256);
    json_open(&o, '{');
    json_field(&o, S("case_id"), r->id);
    json_field(&o, S("status"), str_of(casemix_status_name(result->status)));
    json_field(&o, S("mdc"), casemix_mdc_code(f->scheme, result));
    json_field(&o, S("adrg"), casemix_adrg_code(f->scheme, result));
    json_field(&o, S("drg"), casemix_drg_code(f->scheme, result));
    casemix_worth worth = worth_of(f, r, result);
    if (worth.weight.n)
        json_field(&o, S("weight"), worth.weight);
    if (worth.price.n)
        json_field(&o, S("price"), worth.price);
    if (f->explain && result->reason)
        json_field(&o, S("reason"), str_of(casemix_reason_name(result->reason)));
    if (f->explain) {
        json_key(&o, S("path"));
        json_open(&o, '[');
        for (int i = 0; i < path->count; i++)
            answer_step_json(&o, f, path, i);
        json_close(&o, ']');
    }
    json_close(&o, '}');
    text_add(out, json_out_text(&o));
    text_add(out, S("\n"));
}
