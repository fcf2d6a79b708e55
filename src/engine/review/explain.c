/* A finding as a sentence: what was found, what would have been right. */
#include "engine/review/review_internal.h"

static void number_add(text_buffer *out, int64_t e4, int decimals_min)
{
    int64_t rest = e4 % 10000;
    int decimals = 4;
    while (decimals > decimals_min && rest % 10 == 0) {
        rest /= 10;
        decimals--;
    }
    text_printf(out, "%" PRId64, e4 / 10000);
    if (decimals)
        text_printf(out, ".%0*" PRId64, decimals, rest);
}

static void day_add(text_buffer *out, int32_t number)
{
    char text[DAY_TEXT_SIZE];
    day_print(text, (day){number});
    text_add(out, str_of(text));
}

static const char *sex_text(int64_t sex, bool chinese)
{
    static const char *const words[][2] = {{"", ""}, {"male", "男性"}, {"female", "女性"}};
    return words[sex][chinese];
}

static void settings_add(text_buffer *out, int64_t settings, bool chinese)
{
    static const char *const words[][2] = {
        {"outpatient", "门诊"}, {"inpatient", "住院"}, {"pharmacy", "药店"}};
    bool some = false;
    for (int i = 0; i < 3; i++)
        if (settings >> i & 1) {
            text_printf(out, "%s%s", some ? chinese ? "、" : ", " : "", words[i][chinese]);
            some = true;
        }
}

static void words_add(text_buffer *out, const review_rules *r, review_words words, bool chinese)
{
    for (int32_t i = 0; i < words.count; i++)
        text_printf(out, "%s%.*s", i ? chinese ? "、" : ", " : "",
                    STR_ARG(r->word[words.from + i]));
}

static void diagnoses_add(text_buffer *out, const review_case *c, bool chinese)
{
    for (int32_t i = 0; i < c->dx_count; i++)
        text_printf(out, "%s%.*s", i ? chinese ? "、" : ", " : "", STR_ARG(c->dx[i]));
}

static const review_rule *rule_of(const review_rules *r, const review_finding *f)
{
    return &r->rule[f->rule];
}

void review_value(text_buffer *out,
                  const review_rules *r,
                  const review_case *c,
                  const review_finding *f)
{
    switch ((review_kind)rule_of(r, f)->kind) {
    case REVIEW_SEX:
    case REVIEW_DIAGNOSIS_SEX:
        text_printf(out, "%s", sex_text(f->value, false));
        return;
    case REVIEW_DIAGNOSIS:
        diagnoses_add(out, c, false);
        return;
    case REVIEW_CONTRAINDICATION:
        text_add(out, c->dx[f->other]);
        return;
    case REVIEW_LEVEL:
        text_add(out, c->level);
        return;
    case REVIEW_SETTING:
        settings_add(out, f->value, false);
        return;
    case REVIEW_PRICE:
        number_add(out, f->value, 2);
        return;
    case REVIEW_QUANTITY:
    case REVIEW_SUPPLY:
        number_add(out, f->value, 0);
        return;
    case REVIEW_EXCLUSIVE:
        text_add(out, c->line[f->other].code);
        return;
    case REVIEW_OVERLAP:
        day_add(out, c->stay[f->other].from.number);
        return;
    case REVIEW_STOPPED:
        return;
    default:
        text_printf(out, "%" PRId64, f->value);
    }
}

void review_limit(text_buffer *out,
                  const review_rules *r,
                  const review_case *c,
                  const review_finding *f)
{
    const review_rule *rule = rule_of(r, f);
    (void)c;
    switch ((review_kind)rule->kind) {
    case REVIEW_SEX:
    case REVIEW_DIAGNOSIS_SEX:
        text_printf(out, "%s", sex_text(f->limit, false));
        return;
    case REVIEW_DIAGNOSIS:
    case REVIEW_CONTRAINDICATION:
        words_add(out, r, rule->diagnosis, false);
        return;
    case REVIEW_LEVEL:
        words_add(out, r, rule->level, false);
        return;
    case REVIEW_SETTING:
        settings_add(out, f->limit, false);
        return;
    case REVIEW_PRICE:
        number_add(out, f->limit, 2);
        return;
    case REVIEW_QUANTITY:
    case REVIEW_SUPPLY:
        number_add(out, f->limit, 0);
        return;
    case REVIEW_STOPPED:
    case REVIEW_OVERLAP:
        return;
    default:
        text_printf(out, "%" PRId64, f->limit);
    }
}

/* ---- sentences ---- */

static void age_say(text_buffer *out, const review_rule *r, const review_finding *f, bool chinese)
{
    const char *unit = r->age_in_days ? chinese ? "天" : " days" : chinese ? "岁" : " years";
    bool young = f->value < f->limit;
    if (chinese)
        text_printf(out, "患者 %" PRId64 " %s，应%s %" PRId64 " %s", f->value, unit,
                    young ? "不小于" : "不大于", f->limit, unit);
    else
        text_printf(out, "the patient is %" PRId64 "%s old; %s %" PRId64 "%s", f->value, unit,
                    young ? "not below" : "not above", f->limit, unit);
}

static void pair_say(text_buffer *out, const review_case *c, const review_finding *f, bool chinese)
{
    const review_line *other = &c->line[f->other];
    bool same = str_eq(other->code, c->line[f->line].code);
    day_add(out, other->on);
    if (same)
        text_printf(out,
                    chinese ? "已有同一项目，间隔 %" PRId64 " 天，%" PRId64 " 天内不得重复"
                            : ": the same item, %" PRId64 " days apart; not again within "
                              "%" PRId64 " days",
                    f->value, f->limit);
    else if (f->limit == 0)
        text_printf(out,
                    chinese ? " 的 %.*s %.*s 与本项目不得在同一天收取"
                            : ": %.*s %.*s, which does not go with this one on the same day",
                    STR_ARG(other->code), STR_ARG(other->name));
    else
        text_printf(out,
                    chinese ? " 的 %.*s %.*s 与本项目不得在 %" PRId64 " 天内并收"
                            : ": %.*s %.*s, which does not go with this one within %" PRId64
                              " days",
                    STR_ARG(other->code), STR_ARG(other->name), f->limit);
}

static void stay_say(text_buffer *out,
                     const review_rule *r,
                     const review_case *c,
                     const review_finding *f,
                     bool chinese)
{
    const review_stay *s = &c->stay[f->other];
    text_add(out, chinese ? S("住院 ") : S("in hospital from "));
    day_add(out, s->from.number);
    text_add(out, chinese ? S(" 至 ") : S(" to "));
    if (s->until.number == DAY_NONE)
        text_add(out, chinese ? S("今") : S("now"));
    else
        day_add(out, s->until.number);
    if (r->kind == REVIEW_READMISSION)
        text_printf(out,
                    chinese ? "，出院 %" PRId64 " 天后再入院，规则为 %" PRId64 " 天"
                            : "; admitted again %" PRId64 " days later, the rule says %" PRId64,
                    f->value, f->limit);
}

static void
amounts_say(text_buffer *out, const review_rule *r, const review_finding *f, bool chinese)
{
    int decimals = r->kind == REVIEW_PRICE ? 2 : 0;
    if (r->kind == REVIEW_PRICE)
        text_add(out, chinese ? S("单价 ") : S("the price is "));
    else if (r->kind == REVIEW_SUPPLY)
        text_add(out, chinese ? S("手中药量可用 ") : S("in hand for "));
    else
        text_printf(out, chinese ? "%" PRId32 " 天内共 " : "in %" PRId32 " days ", r->days);
    number_add(out, f->value, decimals);
    if (r->kind == REVIEW_SUPPLY)
        text_add(out, chinese ? S(" 天") : S(" days"));
    text_add(out, chinese ? S("，最多 ") : S("; at most "));
    number_add(out, f->limit, decimals);
    if (r->kind == REVIEW_PRICE)
        text_add(out, chinese ? S(" 元") : S(" yuan"));
    else if (r->kind == REVIEW_SUPPLY)
        text_add(out, chinese ? S(" 天") : S(" days"));
}

static void diagnosis_say(text_buffer *out,
                          const review_rules *r,
                          const review_case *c,
                          const review_finding *f,
                          bool chinese)
{
    const review_rule *rule = rule_of(r, f);
    if (rule->kind == REVIEW_DIAGNOSIS_SEX) {
        text_printf(
            out, chinese ? "诊断 %.*s 限%s，患者为%s" : "diagnosis %.*s is of a %s, not a %s",
            STR_ARG(c->dx[f->other]), sex_text(f->limit, chinese), sex_text(f->value, chinese));
    } else if (rule->kind == REVIEW_CONTRAINDICATION) {
        text_printf(out, chinese ? "诊断 %.*s 时不宜使用" : "not with diagnosis %.*s",
                    STR_ARG(c->dx[f->other]));
    } else {
        text_add(out, chinese ? S("诊断 ") : S("none of "));
        diagnoses_add(out, c, chinese);
        text_add(out, chinese ? S(" 均不在限定范围 ") : S(" is among "));
        words_add(out, r, rule->diagnosis, chinese);
    }
}

static void place_say(text_buffer *out,
                      const review_rules *r,
                      const review_case *c,
                      const review_finding *f,
                      bool chinese)
{
    const review_rule *rule = rule_of(r, f);
    if (rule->kind == REVIEW_LEVEL) {
        text_add(out, chinese ? S("限机构级别 ") : S("for institutions of level "));
        words_add(out, r, rule->level, chinese);
        text_printf(out, chinese ? "，本机构为 %.*s" : "; this one is %.*s", STR_ARG(c->level));
        return;
    }
    text_add(out, chinese ? S("限") : S("for "));
    settings_add(out, f->limit, chinese);
    text_add(out, chinese ? S("使用，本次为") : S(" only; this is "));
    settings_add(out, f->value, chinese);
}

void review_sentence(text_buffer *out,
                     const review_rules *r,
                     const review_case *c,
                     const review_finding *f,
                     bool chinese)
{
    const review_rule *rule = rule_of(r, f);
    switch ((review_kind)rule->kind) {
    case REVIEW_SEX:
        text_printf(out, chinese ? "限%s使用，患者为%s" : "for a %s only, the patient is %s",
                    sex_text(f->limit, chinese), sex_text(f->value, chinese));
        return;
    case REVIEW_AGE:
        age_say(out, rule, f, chinese);
        return;
    case REVIEW_DIAGNOSIS:
    case REVIEW_CONTRAINDICATION:
    case REVIEW_DIAGNOSIS_SEX:
        diagnosis_say(out, r, c, f, chinese);
        return;
    case REVIEW_LEVEL:
    case REVIEW_SETTING:
        place_say(out, r, c, f, chinese);
        return;
    case REVIEW_STOPPED:
        text_add(out, chinese ? S("不予支付") : S("not payable"));
        return;
    case REVIEW_PRICE:
    case REVIEW_QUANTITY:
    case REVIEW_SUPPLY:
        amounts_say(out, rule, f, chinese);
        return;
    case REVIEW_REPEAT:
    case REVIEW_EXCLUSIVE:
        pair_say(out, c, f, chinese);
        return;
    case REVIEW_OVERLAP:
    case REVIEW_READMISSION:
        stay_say(out, rule, c, f, chinese);
        return;
    case REVIEW_NONE:
    case REVIEW__COUNT:
        NEVER("a compiled rule has a kind");
    }
}
