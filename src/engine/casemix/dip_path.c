/* The way to a DIP group, and each step of it as a sentence. */
#include "engine/casemix/dip_internal.h"

#define PASSED_MAX 12 /* groups of the diagnosis that do not fit */

/* ---- words ---- */

static const char *const class_words[DIP_CLASS__COUNT][3] = {
    {"", "", ""},
    {"conservative", "保守治疗", "conservative treatment"},
    {"diagnostic", "诊断性操作", "diagnostic procedure"},
    {"therapeutic", "治疗性操作", "therapeutic procedure"},
    {"surgery", "相关手术", "surgery"},
};

static const char *const match_words[DIP_MATCH__COUNT][3] = {
    {"", "", ""},
    {"exact", "手术操作完全一致", "exactly its procedures"},
    {"subset", "手术操作部分一致", "some of the procedures"},
    {"nearest", "多个病种同样符合，取费用最接近者", "several fit: the nearest in cost"},
    {"conservative", "无手术操作", "no procedure"},
    {"category", "按三位类目归入综合病种", "mixed group of the category"},
    {"prefix", "按编码前几位归入综合病种", "mixed group of the code's beginning"},
    {"range", "按编码区间归入综合病种", "mixed group of the range"},
    {"comprehensive", "归入总综合病种", "mixed group of all diagnoses"},
};

static const char *const deviation_words[DIP_DEVIATION__COUNT][3] = {
    {"", "无法判断", "not known"},
    {"low", "费用偏低", "low"},
    {"normal", "费用正常", "normal"},
    {"high", "费用偏高", "high"},
};

static const char *const tier_names[DIP_TIER__COUNT] = {"", "core", "base", "mixed"};

const char *dip_class_name(dip_class c)
{
    return class_words[c][0];
}

const char *dip_class_text(dip_class c, bool chinese)
{
    return class_words[c][chinese ? 1 : 2];
}

const char *dip_tier_name(dip_tier t)
{
    return tier_names[t];
}

const char *dip_match_name(dip_match m)
{
    return match_words[m][0];
}

const char *dip_deviation_name(dip_deviation d)
{
    return deviation_words[d][0];
}

static const char *const reason_words[DIP_REASON__COUNT][3] = {
    {"", "", ""},
#define REASON(id, name, zh, en) {name, zh, en},
#include "engine/casemix/dip_reason.tbl.h"
};

const char *dip_reason_name(dip_reason r)
{
    return reason_words[r][0];
}

const char *dip_reason_text(dip_reason r, bool chinese)
{
    return reason_words[r][chinese ? 1 : 2];
}

dip_reason dip_reason_of(casemix_reason wrong)
{
    switch (wrong) {
    case REASON_BAD_NUMBER:
        return DIP_REASON_BAD_NUMBER;
    case REASON_TOO_MANY_CODES:
        return DIP_REASON_TOO_MANY_CODES;
    case REASON_BAD_ROW:
        return DIP_REASON_BAD_ROW;
    default:
        return DIP_REASON_NONE;
    }
}

static const struct {
    const char *name;
    int64_t standard, max;
} parameters[] = {
#define PARAMETER(id, name, standard, max, zh, en) {name, standard, max},
#include "engine/casemix/dip_parameter.tbl.h"
};

const char *dip_parameter_name(dip_parameter p)
{
    return parameters[p].name;
}

int64_t dip_parameter_standard_e4(dip_parameter p)
{
    return parameters[p].standard;
}

int64_t dip_parameter_max_e4(dip_parameter p)
{
    return parameters[p].max;
}

/* ---- the way ---- */

static dip_step *step_add(dip_path *p, dip_step_kind kind, int32_t index)
{
    if (p->count == DIP_STEPS_MAX) {
        p->cut = true;
        p->count--; /* the last one gives way */
    }
    dip_step *s = &p->step[p->count++];
    *s = (dip_step){.kind = (uint8_t)kind, .index = index};
    return s;
}

static void procedures_note(dip_path *p, const dip_work *w)
{
    const casemix_case *f = &w->of->facts;
    for (int32_t i = 0; i < f->procedure_count && p->count < DIP_STEPS_MAX / 2; i++) {
        char tidy[CODE_BYTES_MAX];
        if (dip_is_blank(f->procedure[i]))
            continue;
        int32_t id = dip_procedure_find(w->c, f->procedure[i]);
        bool is_code = id >= 0 || dip_procedure_tidy(tidy, f->procedure[i]).n > 0;
        dip_class treatment = is_code ? dip_class_of(w->c, id) : DIP_CONSERVATIVE;
        bool counts = treatment != DIP_CONSERVATIVE;
        dip_step *s = step_add(p, counts ? DIP_STEP_PROCEDURE : DIP_STEP_PROCEDURE_IGNORED,
                               (int32_t)treatment);
        s->code = id < 0 ? f->procedure[i] : w->c->procedure_text[id];
    }
    step_add(p, DIP_STEP_TREATMENT, (int32_t)w->set.treatment);
}

/* The groups of the diagnosis: those that fit, and what the others ask for in vain. */
static void core_note(dip_path *p, const dip_work *w)
{
    const dip_catalogue *c = w->c;
    int32_t at = dip_keys_find(&c->core, w->key);
    int passed = 0;
    for (int32_t i = at < 0 ? 0 : c->core_first[at]; at >= 0 && i < c->core_first[at + 1]; i++) {
        const dip_group_row *g = &c->group[i];
        int32_t matched, lacks = dip_lacks(&matched, c, g, &w->set);
        bool fits = lacks < 0 && (g->term_count > 0 || w->set.treatment == DIP_CONSERVATIVE);
        if (fits) {
            step_add(p, DIP_STEP_CANDIDATE, i)->number = g->nearest_fen;
        } else if (lacks >= 0 && passed++ < PASSED_MAX) {
            const dip_term *t = &c->term[lacks];
            step_add(p, DIP_STEP_PASSED, i)->code = c->procedure_text[c->alternative[t->first]];
        }
    }
}

static void mixed_note(dip_path *p, const dip_work *w, arena *a)
{
    const dip_result *r = w->out;
    bool is_mixed = r->group < 0 || r->tier == DIP_MIXED;
    for (int n = 3; is_mixed && n > 0; n--) {
        int32_t at = dip_keys_find(&w->c->mixed, dip_key_mixed(w->key, n, w->set.treatment));
        if (at >= 0)
            return;
        step_add(p, DIP_STEP_LOOKED_FOR, (int32_t)w->set.treatment)->code =
            arena_str(a, (str){w->key_text, n});
    }
}

static void score_note(dip_path *p, const dip_work *w)
{
    const dip_result *r = w->out;
    if (r->group < 0 || r->score_e4 == 0) {
        if (r->settled_e4 > 0)
            step_add(p, DIP_STEP_CONVERTED, r->group)->number = r->settled_e4;
        return;
    }
    step_add(p, DIP_STEP_SCORE, r->group)->number = r->score_e4;
    dip_step *s = step_add(p, DIP_STEP_DEVIATION, r->deviation);
    s->number = r->ratio_e4;
    s->number2 = r->yardstick_fen;
    uint8_t grade[DIP_KINDS_MAX];
    dip_grades(grade, w->c, w->of);
    for (int k = 0; k < w->c->kind_count; k++)
        if (grade[k])
            step_add(p, DIP_STEP_GRADE, grade[k] - 1);
    if (r->factor >= 0)
        step_add(p, DIP_STEP_FACTOR, r->factor);
    step_add(p, DIP_STEP_COEFFICIENT, r->tier == DIP_BASE ? 0 : w->of->level)->number =
        r->coefficient_e4;
    step_add(p, DIP_STEP_SETTLED, r->group)->number = r->settled_e4;
}

void dip_explain(dip_path *out, const dip_catalogue *c, const dip_case *of, arena *a)
{
    dip_work w;
    *out = (dip_path){.step = arena_new(a, dip_step, DIP_STEPS_MAX)};
    dip_work_group(&w, &out->result, c, of);
    if (w.key) {
        step_add(out, DIP_STEP_DIAGNOSIS, -1)->code = arena_str(a, str_of(w.key_text));
        procedures_note(out, &w);
        core_note(out, &w);
        mixed_note(out, &w, a);
    }
    if (out->result.group < 0)
        step_add(out, DIP_STEP_FAILED, -1);
    else
        step_add(out, DIP_STEP_TAKEN, out->result.group)->number = out->result.match;
    score_note(out, &w);
}

/* ---- sentences ---- */

const char *dip_step_name(dip_step_kind kind)
{
    static const char *const names[] = {
        "",
#define STEP(id, name) name,
#include "engine/casemix/dip_step.tbl.h"
    };
    return names[kind];
}

static void e4_add(text_buffer *out, int64_t e4)
{
    text_printf(out, "%" PRId64 ".%04" PRId64, e4 / 10000, e4 % 10000);
}

static void fen_add(text_buffer *out, int64_t fen)
{
    text_printf(out, "%" PRId64 ".%02" PRId64, fen / 100, fen % 100);
}

static void group_add(text_buffer *out, const dip_catalogue *c, int32_t group)
{
    const dip_group_row *g = &c->group[group];
    text_add(out, g->code);
    if (g->name.n)
        text_printf(out, " %.*s", STR_ARG(g->name));
}

static void deviation_say(text_buffer *out, const dip_step *s, bool chinese)
{
    text_add(out, chinese ? S("费用偏差：") : S("cost: "));
    text_add(out, str_of(deviation_words[s->index][chinese ? 1 : 2]));
    if (s->index == DIP_DEVIATION_NONE)
        return;
    text_add(out, chinese ? S("，为均费 ") : S(", against a mean of "));
    fen_add(out, s->number2);
    text_add(out, chinese ? S(" 元的 ") : S(" yuan: "));
    e4_add(out, s->number);
    text_add(out, chinese ? S(" 倍") : S(" times"));
}

static void factor_say(text_buffer *out, const dip_catalogue *c, const dip_step *s, bool chinese)
{
    const dip_factor *f = &c->factor[s->index];
    const dip_grade *g = &c->grade[f->grade];
    text_printf(out, chinese ? "辅助目录系数（%.*s %.*s）：" : "auxiliary factor of %.*s %.*s: ",
                STR_ARG(c->kind[g->kind]), STR_ARG(g->name));
    e4_add(out, f->factor_e4);
}

static void coefficient_say(text_buffer *out, const dip_step *s, bool chinese)
{
    if (s->index == 0)
        text_add(out, chinese ? S("系数：") : S("coefficient: "));
    else
        text_printf(out, chinese ? "%d 级机构系数：" : "coefficient of level %d: ", (int)s->index);
    e4_add(out, s->number);
}

static void score_say(text_buffer *out, const dip_step *s, bool chinese)
{
    static const char *const words[][2] = {
        {"score of the group: ", "病种分值："},
        {"points by cost: ", "按费用折算分值："},
        {"points of the case: ", "病例分值："},
    };
    int which = s->kind == DIP_STEP_SCORE ? 0 : s->kind == DIP_STEP_CONVERTED ? 1 : 2;
    text_add(out, str_of(words[which][chinese]));
    e4_add(out, s->number);
}

static void group_say(text_buffer *out, const dip_catalogue *c, const dip_step *s, bool chinese)
{
    if (s->kind == DIP_STEP_PASSED) {
        text_add(out, chinese ? S("不入 ") : S("not "));
        group_add(out, c, s->index);
        text_printf(out, chinese ? "：没有 %.*s" : ": there is no %.*s", STR_ARG(s->code));
    } else if (s->kind == DIP_STEP_CANDIDATE) {
        text_add(out, chinese ? S("符合 ") : S("fits "));
        group_add(out, c, s->index);
    } else {
        text_add(out, chinese ? S("入组 ") : S("group "));
        group_add(out, c, s->index);
        text_printf(out, chinese ? "（%s）" : " (%s)", match_words[s->number][chinese ? 1 : 2]);
    }
}

void dip_sentence(
    text_buffer *out, const dip_catalogue *c, const dip_path *p, int step, bool chinese)
{
    const dip_step *s = &p->step[step];
    switch ((dip_step_kind)s->kind) {
    case DIP_STEP_FAILED:
        text_printf(out, chinese ? "未入组：%s" : "no group: %s",
                    dip_reason_text((dip_reason)p->result.reason, chinese));
        return;
    case DIP_STEP_DIAGNOSIS:
        text_printf(out, chinese ? "主要诊断取 %.*s" : "main diagnosis %.*s", STR_ARG(s->code));
        return;
    case DIP_STEP_PROCEDURE:
        text_printf(out, chinese ? "手术操作 %.*s：%s" : "procedure %.*s: %s", STR_ARG(s->code),
                    class_words[s->index][chinese ? 1 : 2]);
        return;
    case DIP_STEP_PROCEDURE_IGNORED:
        text_printf(out, chinese ? "手术操作 %.*s 不参与入组" : "procedure %.*s does not count",
                    STR_ARG(s->code));
        return;
    case DIP_STEP_TREATMENT:
        text_printf(out, chinese ? "治疗方式：%s" : "treatment: %s",
                    class_words[s->index][chinese ? 1 : 2]);
        return;
    case DIP_STEP_LOOKED_FOR:
        text_printf(out, chinese ? "没有综合病种 %.*s（%s）" : "there is no mixed group %.*s (%s)",
                    STR_ARG(s->code), class_words[s->index][chinese ? 1 : 2]);
        return;
    case DIP_STEP_DEVIATION:
        deviation_say(out, s, chinese);
        return;
    case DIP_STEP_GRADE:
        text_printf(out, chinese ? "辅助目录 %.*s：%.*s" : "%.*s: %.*s",
                    STR_ARG(c->kind[c->grade[s->index].kind]), STR_ARG(c->grade[s->index].name));
        return;
    case DIP_STEP_FACTOR:
        factor_say(out, c, s, chinese);
        return;
    case DIP_STEP_COEFFICIENT:
        coefficient_say(out, s, chinese);
        return;
    case DIP_STEP_SCORE:
    case DIP_STEP_CONVERTED:
    case DIP_STEP_SETTLED:
        score_say(out, s, chinese);
        return;
    default:
        group_say(out, c, s, chinese);
    }
}
