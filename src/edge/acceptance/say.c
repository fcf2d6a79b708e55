/* Envelopes out, outputs in. */
#include "edge/acceptance/acceptance_internal.h"

#include "base/money.h"

str msgid_new(speaker *s, arena *a)
{
    str at = line_moment(line_now_ms(&s->line), a);
    str code = s->line.c->institution;
    ptrdiff_t n = code.n < 12 ? code.n : 12;
    return arena_printf(a, "%.*s%.4s%.2s%.2s%.2s%.2s%.2s%04d", (int)n, code.p, at.p, at.p + 5,
                        at.p + 8, at.p + 11, at.p + 14, at.p + 17, ++s->line.serial % 10000);
}

str envelope(speaker *s, const char *infno, str msgid, str input, arena *a)
{
    const acceptance_config *c = s->line.c;
    return arena_printf(
        a,
        "{\"infno\":\"%s\",\"msgid\":\"%.*s\",\"mdtrtarea_admvs\":\"%.*s\",\"insuplc_admdvs\":"
        "\"%.*s\",\"recer_sys_code\":\"FSI_LOCAL\",\"dev_no\":\"\",\"dev_safe_info\":\"\","
        "\"cainfo\":\"\",\"signtype\":\"\",\"infver\":\"V1.0\",\"opter_type\":\"1\",\"opter\":"
        "\"0001\",\"opter_name\":\"验收\",\"inf_time\":\"%.*s\",\"fixmedins_code\":\"%.*s\","
        "\"fixmedins_name\":\"%.*s\",\"sign_no\":\"%.*s\",\"input\":%.*s}",
        infno, STR_ARG(msgid), STR_ARG(c->area), STR_ARG(c->area),
        STR_ARG(line_moment(line_now_ms(&s->line), a)), STR_ARG(c->institution), STR_ARG(c->name),
        STR_ARG(s->sign_no), STR_ARG(input));
}

static const json_node *
member(const json_node *first, const json_node *object, const char *name, ptrdiff_t n)
{
    while (object && object->kind == JSON_LIST)
        object = object->next > object - first + 1 ? object + 1 : NULL;
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (ptrdiff_t i = object - first + 1; i < object->next; i = first[i].next)
        if (str_eq(first[i].key, (str){name, n}))
            return &first[i];
    return NULL;
}

const json_node *told_node(const speaker *s, const char *path)
{
    const json_node *at = s->doc ? member(s->doc, s->doc, "output", 6) : NULL;
    while (at && *path) {
        const char *dot = strchr(path, '.');
        ptrdiff_t n = dot ? dot - path : (ptrdiff_t)strlen(path);
        at = member(s->doc, at, path, n);
        path += n + (dot != NULL);
    }
    return at;
}

str told(const speaker *s, const char *path)
{
    const json_node *n = told_node(s, path);
    return n && (n->kind == JSON_STRING || n->kind == JSON_NUMBER) ? n->text : S("");
}

bool told_fen(int64_t *fen, const speaker *s, const char *path, err *e)
{
    str text = told(s, path);
    bool minus = text.n > 0 && text.p[0] == '-';
    money m = {0};
    *fen = 0;
    if (text.n == 0)
        return true; /* absent is nothing, as in the interface */
    if (!money_parse(&m, minus ? (str){text.p + 1, text.n - 1} : text))
        return FAIL(e, ERR_BAD_AMOUNT, "%s is '%.*s'", path, (int)(text.n < 40 ? text.n : 40),
                    text.p);
    *fen = minus ? -m.fen : m.fen;
    return true;
}

static bool answer_take(speaker *s, str answer, err *e)
{
    int32_t count;
    err broken = {0};
    s->doc = NULL;
    s->is_file = answer.n >= 4 && memcmp(answer.p, "PK\3\4", 4) == 0;
    s->file = answer;
    if (s->is_file)
        return true;
    if (!json_parse(s->reader, answer, &s->doc, &count, &broken)) {
        s->doc = NULL;
        return FAIL(e, ERR_BAD_JSON, "the answer is no JSON (%td bytes)", answer.n);
    }
    const json_node *code = member(s->doc, s->doc, "infcode", 7);
    const json_node *why = member(s->doc, s->doc, "err_msg", 7);
    if (!code)
        return FAIL(e, ERR_BAD_JSON, "the answer has no infcode");
    if (str_eq(code->text, S("0")))
        return true;
    str text = why ? why->text : S("");
    return FAIL(e, ERR_REFUSED, "infcode %.*s: %.*s", STR_ARG(code->text),
                (int)(text.n < 180 ? text.n : 180), text.p ? text.p : "");
}

bool say_again(speaker *s, str body, arena *a, err *e)
{
    str answer;
    return line_post(&answer, &s->line, body, a, e) && answer_take(s, answer, e);
}

bool say(speaker *s, const char *infno, str input, arena *a, err *e)
{
    s->last_msgid = msgid_new(s, a);
    s->last_body = envelope(s, infno, s->last_msgid, input, a);
    return say_again(s, s->last_body, a, e);
}
