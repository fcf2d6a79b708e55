#include "engine/casemix/casemix.h"

const char *casemix_step_name(casemix_step_kind kind)
{
    static const char *const names[] = {
        "",
#define STEP(id, name) name,
#include "engine/casemix/step.tbl.h"
    };
    return names[kind];
}

/* ---- terms ---- */

enum { ARGUMENT_NONE, ARGUMENT_LIST, ARGUMENT_NUMBER, ARGUMENT_DIGIT };

static int argument_of(const casemix_term *t)
{
    static const uint8_t arguments[] = {
        ARGUMENT_NONE,
#define TERM(id, name, argument, zh, en) ARGUMENT_##argument,
#include "engine/casemix/term.tbl.h"
    };
    return arguments[t->kind];
}

static const char *compare_text(const casemix_term *t)
{
    static const char *const texts[] = {"", "<", "<=", "=", ">=", ">"};
    return texts[t->compare];
}

void casemix_term_print(text_buffer *out, const casemix_term *t)
{
    int argument = argument_of(t);
    text_printf(out, "%s%s", t->negated ? "!" : "", casemix_term_name((casemix_term_kind)t->kind));
    if (argument == ARGUMENT_LIST && t->list > 1)
        text_printf(out, "%d", t->list);
    if (argument == ARGUMENT_NUMBER)
        text_printf(out, "%s%" PRId32, compare_text(t), t->value);
    if (argument == ARGUMENT_DIGIT)
        text_printf(out, "%" PRId32, t->value);
}

void casemix_term_say(text_buffer *out, const casemix_term *t, bool chinese)
{
    static const char *const words[][2] = {
        {"", ""},
#define TERM(id, name, argument, zh, en) {en, zh},
#include "engine/casemix/term.tbl.h"
    };
    static const char *const sexes[][2] = {{" male", "男"}, {" female", "女"}};
    int argument = argument_of(t);
    if (t->negated)
        text_add(out, chinese ? S("并非") : S("not: "));
    text_add(out, str_of(words[t->kind][chinese]));
    if (argument == ARGUMENT_LIST)
        text_printf(out, chinese ? "%d" : " %d", t->list);
    if (argument == ARGUMENT_NUMBER)
        text_printf(out, " %s %" PRId32, compare_text(t), t->value);
    if (argument == ARGUMENT_DIGIT)
        text_add(out, str_of(sexes[t->value == SEX_FEMALE][chinese]));
}

/* ---- sentences ---- */

typedef struct {
    text_buffer *out;
    const casemix_scheme *s;
    const casemix_step *step;
    bool chinese;
} saying;

static void say(const saying *y, const char *zh, const char *en)
{
    text_add(y->out, str_of(y->chinese ? zh : en));
}

/* A code and, where the scheme knows it, its name. */
static void say_code(const saying *y, str code)
{
    const casemix_codes *codes = y->step->procedure ? &y->s->procedure : &y->s->dx;
    const casemix_code *found = casemix_find(codes, code);
    text_add(y->out, code);
    if (found && casemix_code_name(codes, found).n)
        text_printf(y->out, " %.*s", STR_ARG(casemix_code_name(codes, found)));
}

static void say_row(const saying *y, str code, str name)
{
    text_add(y->out, code);
    if (name.n)
        text_printf(y->out, " %.*s", STR_ARG(name));
}

static void say_mdc(const saying *y)
{
    const casemix_mdc *m = &y->s->mdc[y->step->index];
    say_row(y, m->code, m->name);
}

static void say_adrg(const saying *y)
{
    const casemix_adrg *a = &y->s->adrg[y->step->index];
    say_row(y, a->code, a->name);
    text_printf(y->out, y->chinese ? "（规则 %.*s）" : " (rule %.*s)", STR_ARG(a->rule_text));
}

static void say_drg(const saying *y)
{
    const casemix_drg *d = &y->s->drg[y->step->index];
    say_row(y, d->code, d->name);
    text_printf(y->out, y->chinese ? "（条件 %.*s）" : " (condition %.*s)",
                STR_ARG(d->condition_text));
}

static void say_obstacle(const saying *y)
{
    if (!y->step->term.kind) {
        say(y, "：其中没有符合的组", ": no group in it fits");
        return;
    }
    say(y, "：不满足“", ": it does not hold that ");
    casemix_term_say(y->out, &y->step->term, y->chinese);
    say(y, "”", "");
    if (y->step->number != CASE_UNKNOWN)
        text_printf(y->out, y->chinese ? "，实为 %" PRId32 : ", it is %" PRId32, y->step->number);
}

static void say_term(const saying *y)
{
    casemix_term_say(y->out, &y->step->term, y->chinese);
    if (y->step->code.n) {
        say(y, "：", ": ");
        say_code(y, y->step->code);
    } else if (y->step->number != CASE_UNKNOWN) {
        text_printf(y->out, y->chinese ? "：%" PRId32 : ": %" PRId32, y->step->number);
    }
}

static void say_two(const saying *y, const char *zh, const char *en)
{
    say_code(y, y->step->code);
    say(y, zh, en);
    say_code(y, y->step->code2);
}

static void say_unknown(const saying *y)
{
    const casemix_step *t = y->step;
    text_printf(y->out,
                y->chinese ? "编码“%.*s”不在%s编码库" : "code `%.*s` is no %s of this scheme",
                STR_ARG(t->code),
                t->procedure ? (y->chinese ? "手术操作" : "procedure")
                             : (y->chinese ? "诊断" : "diagnosis"));
    if (t->code2.n)
        text_printf(y->out, y->chinese ? "，是否应为 %.*s" : "; was %.*s meant?",
                    STR_ARG(t->code2));
}

static void say_excluded(const saying *y, const char *zh, const char *en)
{
    say_code(y, y->step->code);
    text_add(y->out, str_of(y->chinese ? zh : en));
    text_add(y->out, y->step->code2);
    text_printf(y->out,
                y->chinese ? " 排除（排除组 %" PRId32 "）" : " (exclusion group %" PRId32 ")",
                y->step->number);
}

static void say_missing(const saying *y)
{
    say(y, "缺少信息：", "not known: ");
    casemix_term_say(y->out, &y->step->term, y->chinese);
    say(y, "；若有此信息，可能入 ", "; with it the case might belong to ");
    say_adrg(y);
}

static void code_step(const saying *y)
{
    switch ((casemix_step_kind)y->step->kind) {
    case CASEMIX_STEP_MAPPED:
        say_two(y, " 对应为 ", " stands for ");
        return;
    case CASEMIX_STEP_MAPPED_AWAY:
        say_code(y, y->step->code);
        say(y, " 在本版编码中没有对应", " has no counterpart in this version");
        return;
    case CASEMIX_STEP_TIDIED:
        say_two(y, " 按规范写法读作 ", " was read as ");
        return;
    case CASEMIX_STEP_GRAY:
        say_code(y, y->step->code);
        say(y, " 为灰码，医保结算不应使用", " is a gray code: not to be used for settlement");
        return;
    case CASEMIX_STEP_MCC_COUNTS:
        say_code(y, y->step->code);
        say(y, " 是严重合并症或并发症（MCC）", " is a major complication or comorbidity (MCC)");
        return;
    case CASEMIX_STEP_CC_COUNTS:
        say_code(y, y->step->code);
        say(y, " 是一般合并症或并发症（CC）", " is a complication or comorbidity (CC)");
        return;
    case CASEMIX_STEP_MCC_EXCLUDED:
        say_excluded(y, " 虽为 MCC，但被主要诊断 ", " is an MCC, excluded by main diagnosis ");
        return;
    case CASEMIX_STEP_CC_EXCLUDED:
        say_excluded(y, " 虽为 CC，但被主要诊断 ", " is a CC, excluded by main diagnosis ");
        return;
    default:
        say_unknown(y);
    }
}

void casemix_sentence(
    text_buffer *out, const casemix_scheme *s, const casemix_path *p, int step, bool chinese)
{
    saying y = {out, s, &p->step[step], chinese};
    switch ((casemix_step_kind)y.step->kind) {
    case CASEMIX_STEP_FAILED:
        say(&y, p->result.status == CASEMIX_INVALID ? "病例无效：" : "未入组：",
            p->result.status == CASEMIX_INVALID ? "invalid: " : "no group: ");
        text_add(out, str_of(casemix_reason_text(p->result.reason, chinese)));
        return;
    case CASEMIX_STEP_MDC_PASSED:
        say(&y, "不入 ", "not ");
        say_mdc(&y);
        say_obstacle(&y);
        return;
    case CASEMIX_STEP_MDC_TAKEN:
        say(&y, "进入主要诊断大类 ", "MDC ");
        say_mdc(&y);
        return;
    case CASEMIX_STEP_ADRG_PASSED:
        say(&y, "不入 ", "not ");
        say_adrg(&y);
        say_obstacle(&y);
        return;
    case CASEMIX_STEP_ADRG_TAKEN:
        say(&y, "进入核心疾病诊断相关组 ", "ADRG ");
        say_adrg(&y);
        return;
    case CASEMIX_STEP_TERM_HELD:
        say_term(&y);
        return;
    case CASEMIX_STEP_MISSING:
        say_missing(&y);
        return;
    case CASEMIX_STEP_LEVEL:
        say(&y, "同一 ADRG 的另一组：", "another group of this ADRG: ");
        say_drg(&y);
        return;
    case CASEMIX_STEP_DRG_TAKEN:
        say(&y, "入组 ", "group ");
        say_drg(&y);
        return;
    default:
        code_step(&y);
    }
}
