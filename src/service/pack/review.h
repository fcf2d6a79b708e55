/* review -- packs of review rules: read, checked, compiled, explained.
 *
 * In:      a folder as docs/review.md describes.
 * Out:     versions that review_check can use; or what is wrong, each with file and line.
 * May use: base, engine/review, libyaml, files.
 */
#ifndef PACK_REVIEW_H
#define PACK_REVIEW_H
#include "engine/review/review.h"
#include "service/pack/pack.h"

typedef struct {
    str dir, id, zh, en;
    const str *area; /* beginnings of the codes of the areas whose institutions it is for */
    int area_count;
    review_rules *version; /* by the day they begin */
    int version_count;
    const pack_text *file; /* what it was read from */
    int file_count;
    pack_problem *problem;
    int problem_count, error_count;
} review_pack;

#define REVIEW_PACK_BYTES ((ptrdiff_t)64 << 20)

/* As pack_load() and pack_load_texts(): mistakes are in `problem`. */
bool review_pack_load(review_pack *out, str dir, arena *a, err *e) MUST_USE;
void review_pack_texts(review_pack *out, str dir, const pack_text *text, int count, arena *a);

const review_rules *review_pack_on(const review_pack *p, day on); /* NULL = none */

/* What one rule looks at, as a sentence: "数量：7 天内最多 3". */
void review_rule_say(text_buffer *out, const review_rules *r, int32_t rule, bool chinese);
/* All versions as a person would read them. */
void review_pack_explain(text_buffer *out, const review_pack *p, bool chinese);

#endif
