/* The door for programs of others: C strings in, C strings out; nothing of the inside shows. */
#include "gongji.h"

#include "engine/casemix/casemix.h"
#include "service/dip/dip.h"
#include "service/scheme/scheme.h"

#include <stdlib.h>

#define SENTENCES_BYTES ((ptrdiff_t)256 << 10)
#define PATH_BYTES      ((ptrdiff_t)64 << 10)
#define CODES_MAX       5000
#define CODES_SMALL     64 /* lists that need no memory */

struct gongji_scheme {
    scheme *loaded;
};

struct gongji_dip {
    dip *loaded;
};

const char *gongji_version(void)
{
    return GONGJI_VERSION;
}

static void say(char *message, size_t size, str text)
{
    if (size == 0)
        return;
    text_buffer t = {message, 0, (ptrdiff_t)size - 1, false};
    text_add(&t, text);
    message[t.n] = 0;
}

gongji_scheme *gongji_scheme_open(const char *folder, char *message, size_t size)
{
    err e = {0};
    char line[1024];
    text_buffer t = {line, 0, sizeof line, false};
    scheme *loaded = scheme_load(str_of(folder), false, &e);
    gongji_scheme *out = loaded && !loaded->error_count ? malloc(sizeof *out) : NULL;
    say(message, size, S(""));
    if (out) {
        out->loaded = loaded;
        return out;
    }
    if (loaded && loaded->error_count) {
        for (int i = 0; i < loaded->problem_count && t.n == 0; i++)
            if (!loaded->problem[i].warning)
                scheme_problem_print(&t, &loaded->problem[i]);
        say(message, size, (str){line, t.n - 1}); /* without its line end */
    } else {
        say(message, size, str_of(e.code ? e.msg : "out of memory"));
    }
    scheme_free(loaded);
    return NULL;
}

void gongji_scheme_close(gongji_scheme *opened)
{
    if (opened)
        scheme_free(opened->loaded);
    free(opened);
}

void gongji_case_clear(gongji_case *c)
{
    *c = (gongji_case){.main_dx = "",
                       .age = GONGJI_UNKNOWN,
                       .age_days = GONGJI_UNKNOWN,
                       .birth_weight_g = GONGJI_UNKNOWN,
                       .stay_days = GONGJI_UNKNOWN,
                       .icu_hours = GONGJI_UNKNOWN,
                       .ventilation_hours = GONGJI_UNKNOWN};
}

/* ---- a case of theirs as one of ours ---- */

typedef struct {
    casemix_case facts;
    str small[2][CODES_SMALL];
    str *large[2];
} inner_case;

/* False = no memory. */
static bool codes_split(inner_case *in, int which, const char *text, int32_t *count)
{
    str left = str_of(text), *list = in->small[which];
    int32_t parts = left.n > 0;
    for (ptrdiff_t i = 0; i < left.n; i++)
        parts += left.p[i] == '|' || left.p[i] == ';';
    *count = 0;
    if (parts > CODES_MAX) {
        in->facts.wrong = REASON_TOO_MANY_CODES;
        return true;
    }
    if (parts > CODES_SMALL)
        list = in->large[which] = malloc((size_t)parts * sizeof *list);
    if (!list)
        return false;
    while (*count < parts) {
        ptrdiff_t n = (ptrdiff_t)strcspn(left.p, "|;");
        list[(*count)++] = (str){left.p, n};
        left = (str){left.p + n + 1, left.n - n - 1};
    }
    if (which == 0)
        in->facts.other_dx = list;
    else
        in->facts.procedure = list;
    return true;
}

static int32_t number(casemix_case *c, int value, int max)
{
    if (value != GONGJI_UNKNOWN && (value < 0 || value > max))
        c->wrong = REASON_BAD_NUMBER;
    return value;
}

static bool case_open(inner_case *in, const gongji_case *c)
{
    casemix_case *f = &in->facts;
    in->large[0] = in->large[1] = NULL;
    casemix_case_clear(f);
    f->main_dx = str_of(c->main_dx);
    bool known = c->sex == 0 || c->sex == GONGJI_MALE || c->sex == GONGJI_FEMALE ||
                 c->sex == GONGJI_OTHER_SEX;
    f->sex = known ? (uint8_t)c->sex : SEX_MISSING;
    f->wrong = known ? REASON_NONE : REASON_BAD_SEX;
    f->number[CASE_AGE] = number(f, c->age, 200);
    f->number[CASE_AGE_DAYS] = number(f, c->age_days, 80000);
    f->number[CASE_WEIGHT] = number(f, c->birth_weight_g, 20000);
    f->number[CASE_STAY] = number(f, c->stay_days, 40000);
    f->number[CASE_ICU] = number(f, c->icu_hours, 900000);
    f->number[CASE_VENTILATION] = number(f, c->ventilation_hours, 900000);
    f->died = c->died != 0;
    f->day_surgery = c->day_surgery != 0;
    return codes_split(in, 0, c->other_dx, &f->other_dx_count) &&
           codes_split(in, 1, c->procedures, &f->procedure_count);
}

static void case_close(inner_case *in)
{
    free(in->large[0]);
    free(in->large[1]);
}

static casemix_options options_of(unsigned options)
{
    return (casemix_options){.map = options & GONGJI_MAP,
                             .tidy = options & GONGJI_TIDY,
                             .refuse_gray = options & GONGJI_REFUSE_GRAY};
}

/* ---- the answers ---- */

int gongji_group_case(gongji_group *out,
                      const gongji_scheme *opened,
                      const gongji_case *c,
                      unsigned options)
{
    const casemix_scheme *s = &opened->loaded->compiled;
    inner_case in;
    casemix_result r = {0};
    bool ok = case_open(&in, c);
    *out = (gongji_group){0};
    if (ok) {
        casemix_group(&r, s, &in.facts, options_of(options));
        out->status = (int)r.status;
        say(out->mdc, sizeof out->mdc, casemix_mdc_code(s, &r));
        say(out->adrg, sizeof out->adrg, casemix_adrg_code(s, &r));
        say(out->drg, sizeof out->drg, casemix_drg_code(s, &r));
        say(out->reason, sizeof out->reason, str_of(casemix_reason_name(r.reason)));
    }
    case_close(&in);
    return out->status;
}

static size_t path_say(char *text,
                       size_t size,
                       const casemix_scheme *s,
                       const casemix_case *c,
                       unsigned options,
                       bool chinese,
                       char *memory)
{
    jmp_buf oom;
    casemix_path path;
    arena a = {memory, memory + PATH_BYTES, &oom};
    text_buffer t = {memory + PATH_BYTES, 0, SENTENCES_BYTES, false};
    if (setjmp(oom))
        return 0;
    casemix_explain(&path, s, c, options_of(options), &a);
    for (int i = 0; i < path.count; i++) {
        casemix_sentence(&t, s, &path, i, chinese);
        text_add(&t, S("\n"));
    }
    say(text, size, (str){t.p, t.n});
    return (size_t)t.n;
}

size_t gongji_explain_case(char *text,
                           size_t size,
                           const gongji_scheme *opened,
                           const gongji_case *c,
                           unsigned options,
                           int language)
{
    inner_case in;
    size_t n = 0;
    char *memory = malloc((size_t)(PATH_BYTES + SENTENCES_BYTES));
    say(text, size, S(""));
    if (case_open(&in, c) && memory)
        n = path_say(text, size, &opened->loaded->compiled, &in.facts, options,
                     language == GONGJI_CHINESE, memory);
    case_close(&in);
    free(memory);
    return n;
}

/* ---- DIP ---- */

gongji_dip *gongji_dip_open(const char *folder, char *message, size_t size)
{
    err e = {0};
    char line[1024];
    text_buffer t = {line, 0, sizeof line, false};
    dip *loaded = dip_load(str_of(folder), &e);
    gongji_dip *out = loaded && !loaded->error_count ? malloc(sizeof *out) : NULL;
    say(message, size, S(""));
    if (out) {
        out->loaded = loaded;
        return out;
    }
    if (loaded && loaded->error_count) {
        scheme_problem_print(&t, &loaded->problem[0]);
        say(message, size, (str){line, t.n - 1}); /* without its line end */
    } else {
        say(message, size, str_of(e.code ? e.msg : "out of memory"));
    }
    dip_free(loaded);
    return NULL;
}

void gongji_dip_close(gongji_dip *opened)
{
    if (opened)
        dip_free(opened->loaded);
    free(opened);
}

static bool
dip_case_open(inner_case *in, dip_case *out, const gongji_case *c, long long cost, int level)
{
    bool ok = case_open(in, c);
    if ((cost != GONGJI_UNKNOWN && (cost < 0 || cost > CASE_FEN_MAX)) || level < 0 ||
        level >= DIP_LEVELS) {
        in->facts.wrong = REASON_BAD_NUMBER;
        cost = GONGJI_UNKNOWN;
        level = 0;
    }
    *out = (dip_case){in->facts, (int64_t)cost, (uint8_t)level, false};
    return ok;
}

int gongji_dip_case(gongji_dip_group *out,
                    const gongji_dip *opened,
                    const gongji_case *c,
                    long long cost_fen,
                    int level)
{
    const dip_catalogue *d = &opened->loaded->compiled;
    inner_case in;
    dip_case of;
    dip_result r = {0};
    *out = (gongji_dip_group){0};
    if (dip_case_open(&in, &of, c, cost_fen, level)) {
        dip_group(&r, d, &of);
        out->status = (int)r.status;
        say(out->group, sizeof out->group, dip_group_code(d, &r));
        say(out->tier, sizeof out->tier, str_of(dip_tier_name((dip_tier)r.tier)));
        say(out->match, sizeof out->match, str_of(dip_match_name((dip_match)r.match)));
        say(out->reason, sizeof out->reason, str_of(dip_reason_name((dip_reason)r.reason)));
        out->deviation = r.deviation;
        out->score_e4 = r.score_e4;
        out->ratio_e4 = r.ratio_e4;
        out->factor_e4 = r.factor_e4;
        out->coefficient_e4 = r.coefficient_e4;
        out->points_e4 = r.settled_e4;
    }
    case_close(&in);
    return out->status;
}

static size_t dip_path_say(
    char *text, size_t size, const dip_catalogue *d, const dip_case *c, bool chinese, char *memory)
{
    jmp_buf oom;
    dip_path path;
    arena a = {memory, memory + PATH_BYTES, &oom};
    text_buffer t = {memory + PATH_BYTES, 0, SENTENCES_BYTES, false};
    if (setjmp(oom))
        return 0;
    dip_explain(&path, d, c, &a);
    for (int i = 0; i < path.count; i++) {
        dip_sentence(&t, d, &path, i, chinese);
        text_add(&t, S("\n"));
    }
    say(text, size, (str){t.p, t.n});
    return (size_t)t.n;
}

size_t gongji_dip_explain(char *text,
                          size_t size,
                          const gongji_dip *opened,
                          const gongji_case *c,
                          long long cost_fen,
                          int level,
                          int language)
{
    inner_case in;
    dip_case of;
    size_t n = 0;
    char *memory = malloc((size_t)(PATH_BYTES + SENTENCES_BYTES));
    say(text, size, S(""));
    if (dip_case_open(&in, &of, c, cost_fen, level) && memory)
        n = dip_path_say(text, size, &opened->loaded->compiled, &of, language == GONGJI_CHINESE,
                         memory);
    case_close(&in);
    free(memory);
    return n;
}
