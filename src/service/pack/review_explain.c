/* Review rules read back in sentences. */
#include "service/pack/review.h"

#define CODES_SAID 8

static void number_add(text_buffer *out, int64_t e4)
{
    int64_t rest = e4 % 10000;
    int decimals = 4;
    for (; decimals > 0 && rest % 10 == 0; decimals--)
        rest /= 10;
    text_printf(out, "%" PRId64, e4 / 10000);
    if (decimals)
        text_printf(out, ".%0*" PRId64, decimals, rest);
}

static void words_add(text_buffer *out, const review_rules *r, review_words w, bool chinese)
{
    for (int32_t i = 0; i < w.count; i++)
        text_printf(out, "%s%.*s", i ? chinese ? "、" : ", " : "", STR_ARG(r->word[w.from + i]));
}

static void settings_add(text_buffer *out, unsigned settings, bool chinese)
{
    static const char *const words[][2] = {
        {"outpatient", "门诊"}, {"inpatient", "住院"}, {"pharmacy", "药店"}};
    const char *between = "";
    for (int i = 0; i < 3; i++)
        if (settings >> i & 1) {
            text_printf(out, "%s%s", between, words[i][chinese]);
            between = chinese ? "、" : ", ";
        }
}

static void age_say(text_buffer *out, const review_rule *r, bool chinese)
{
    const char *unit = r->age_in_days ? chinese ? "天" : "days" : chinese ? "岁" : "years";
    if (r->age_max == INT32_MAX)
        text_printf(out, chinese ? "限 %" PRId32 " %s及以上" : "for %" PRId32 " %s and above",
                    r->age_min, unit);
    else if (r->age_min == 0)
        text_printf(out, chinese ? "限 %" PRId32 " %s及以下" : "for %" PRId32 " %s and below",
                    r->age_max, unit);
    else
        text_printf(
            out, chinese ? "限 %" PRId32 " 至 %" PRId32 " %s" : "for %" PRId32 " to %" PRId32 " %s",
            r->age_min, r->age_max, unit);
}

static void amount_say(text_buffer *out, const review_rule *r, bool chinese)
{
    if (r->kind == REVIEW_PRICE && r->max_e4 == REVIEW_NO_LIMIT) {
        text_add(out,
                 chinese ? S("单价不超过目录限价") : S("not dearer than the catalogue's limit"));
        return;
    }
    if (r->kind == REVIEW_PRICE)
        text_add(out, chinese ? S("单价不超过（元）") : S("price at most (yuan) "));
    else if (r->kind == REVIEW_QUANTITY)
        text_printf(out, chinese ? "%" PRId32 " 天内数量不超过 " : "in %" PRId32 " days at most ",
                    r->days);
    else
        text_add(out, chinese ? S("手中药量不超过（天）") : S("days' supply in hand at most "));
    number_add(out, r->max_e4);
    if (r->kind != REVIEW_SUPPLY)
        return;
    text_add(out, chinese ? S("，每天用 ") : S(", a day uses "));
    number_add(out, r->per_day_e4);
}

static void days_say(text_buffer *out, const review_rule *r, bool chinese)
{
    static const char *const words[][2] = {
        [REVIEW_REPEAT] = {"the same item not again within %" PRId32 " days",
                           "同一项目 %" PRId32 " 天内不重复"},
        [REVIEW_EXCLUSIVE] = {"not together within %" PRId32 " days",
                              "相隔 %" PRId32 " 天以内不并收"},
        [REVIEW_READMISSION] = {"admitted again at the same institution within %" PRId32 " days",
                                "同一机构出院 %" PRId32 " 天内再入院"},
    };
    int32_t days = r->days;
    text_printf(out, words[r->kind][chinese], days);
    if (r->same_diagnosis)
        text_add(out, chinese ? S("，诊断同类") : S(", for the same kind of diagnosis"));
}

static void codes_add(text_buffer *out, const review_rules *r, int32_t rule, int side, bool chinese)
{
    int32_t count = 0;
    for (int32_t i = 0; i < r->watch_count; i++) {
        const review_watch *w = &r->watch[i];
        if (w->rule != rule || w->side != side)
            continue;
        if (count < CODES_SAID)
            text_printf(out, "%s%.*s%s", count ? chinese ? "、" : ", " : "", STR_ARG(w->code),
                        w->prefix ? "*" : "");
        count++;
    }
    if (count > CODES_SAID)
        text_printf(out, chinese ? " 等 %" PRId32 " 个" : " and others, %" PRId32 " in all", count);
}

static void items_say(text_buffer *out, const review_rules *r, int32_t rule, bool chinese)
{
    if (review_kind_of_visit((review_kind)r->rule[rule].kind))
        return;
    text_add(out, chinese ? S("；项目 ") : S("; items "));
    codes_add(out, r, rule, 0, chinese);
    if (!r->rule[rule].two_sides)
        return;
    text_add(out, chinese ? S(" 与 ") : S(" with "));
    codes_add(out, r, rule, 1, chinese);
}

void review_rule_say(text_buffer *out, const review_rules *r, int32_t rule, bool chinese)
{
    const review_rule *one = &r->rule[rule];
    static const char *const sexes[][2] = {
        [REVIEW_MALE] = {"males", "男性"}, [REVIEW_FEMALE] = {"females", "女性"}};
    switch ((review_kind)one->kind) {
    case REVIEW_SEX:
    case REVIEW_DIAGNOSIS_SEX:
        text_printf(out, chinese ? "限%s" : "for %s only", sexes[one->sex][chinese]);
        break;
    case REVIEW_AGE:
        age_say(out, one, chinese);
        break;
    case REVIEW_SETTING:
        text_add(out, chinese ? S("限") : S("for "));
        settings_add(out, one->only, chinese);
        break;
    case REVIEW_PRICE:
    case REVIEW_QUANTITY:
    case REVIEW_SUPPLY:
        amount_say(out, one, chinese);
        break;
    case REVIEW_REPEAT:
    case REVIEW_EXCLUSIVE:
    case REVIEW_READMISSION:
        days_say(out, one, chinese);
        break;
    default:
        text_printf(out, "%s", review_kind_text((review_kind)one->kind, chinese));
    }
    if (one->diagnosis.count) {
        text_add(out, chinese ? S("；诊断 ") : S("; diagnoses "));
        words_add(out, r, one->diagnosis, chinese);
    }
    if (one->level.count) {
        text_add(out, chinese ? S("：") : S(": "));
        words_add(out, r, one->level, chinese);
    }
    items_say(out, r, rule, chinese);
    if (one->settings != REVIEW_SETTINGS_ALL) {
        text_add(out, chinese ? S("；看") : S("; looked at: "));
        settings_add(out, one->settings, chinese);
    }
}

static void version_say(text_buffer *out, const review_rules *r, bool chinese)
{
    static const char *const handlings[REVIEW_HANDLINGS][2] = {
        {"", ""}, {"remind", "提醒"}, {"warn", "预警"}, {"refuse", "禁止"}};
    char from[DAY_TEXT_SIZE], until[DAY_TEXT_SIZE] = "";
    day_print(from, r->from);
    if (r->until.number != DAY_NONE)
        day_print(until, r->until);
    text_printf(out,
                chinese ? "%.*s：自 %s 起%s%s，%" PRId32 " 条规则\n"
                        : "%.*s: from %s%s%s, %" PRId32 " rules\n",
                STR_ARG(chinese ? r->zh : r->en), from, until[0] ? chinese ? "至 " : " to " : "",
                until, r->rule_count);
    for (int32_t i = 0; i < r->rule_count; i++) {
        const review_rule *one = &r->rule[i];
        text_printf(
            out, chinese ? "  %.*s %.*s（%s）：%.*s\n      " : "  %.*s %.*s (%s): %.*s\n      ",
            STR_ARG(one->id), STR_ARG(chinese ? one->zh : one->en),
            handlings[one->handling][chinese], STR_ARG(chinese ? one->say_zh : one->say_en));
        review_rule_say(out, r, i, chinese);
        text_printf(out, chinese ? "。依据：%.*s\n" : ". Basis: %.*s\n", STR_ARG(one->source));
    }
}

void review_pack_explain(text_buffer *out, const review_pack *p, bool chinese)
{
    for (int i = 0; i < p->version_count; i++)
        version_say(out, &p->version[i], chinese);
}
