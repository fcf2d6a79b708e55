/* unit_review -- review rules from a text, cases from another. */
#ifndef SUPPORT_UNIT_REVIEW_H
#define SUPPORT_UNIT_REVIEW_H
#include "service/pack/review.h"
#include "test/support/unit.h"

#define UNIT_RULES_HEAD                                                                            \
    "from: 2026-01-01\nsources: {s: {title: 样本, grade: M}}\ngroups: {g: [G1, G2]}\nrules:\n"
#define UNIT_RULE(id, kind, rest)                                                                  \
    "  - {id: " id ", kind: " kind ", name: {zh: 名, en: n}, say: {zh: 说, en: say}, "           \
    "handling: warn, basis: s, " rest "}\n"

static inline void unit_review_read(review_pack *p, const char *rules, arena *a)
{
    const pack_text file[] = {
        {S("t/review.yaml"), S("review: t\nname: {zh: 试, en: trial}\nareas: [\"3509\"]\n")},
        {S("t/rules/a.yaml"), str_of(rules)}};
    review_pack_texts(p, S("t"), file, 2, a);
}

#endif
