/* What the files of the acceptance sequence share. */
#ifndef ACCEPTANCE_ACCEPTANCE_INTERNAL_H
#define ACCEPTANCE_ACCEPTANCE_INTERNAL_H
#include "base/json/json.h"
#include "base/json_out.h"
#include "edge/acceptance/acceptance.h"

#define ANSWER_BYTES ((ptrdiff_t)4 << 20)

/* ---- line.c: one message there, one answer back ---- */

typedef struct {
    const acceptance_config *c;
    char *answer; /* of ANSWER_BYTES */
    int serial;
} line;

int64_t line_now_ms(const line *l);
/* "2026-11-22 08:30:00" in China. */
str line_moment(int64_t ms, arena *a);
/* The body of an answer with status 200, padded for the JSON reader. */
bool line_post(str *answer, line *l, str body, arena *a, err *e);

/* ---- say.c: envelopes ---- */

typedef struct {
    line line;
    json_reader *reader;
    str sign_no;
    str last_body, last_msgid; /* as sent */
    const json_node *doc;      /* the last answer, until the next */
    bool is_file;
    str file;
} speaker;

/* Sends `input` (JSON) and takes the answer, which has to be infcode 0. */
bool say(speaker *s, const char *infno, str input, arena *a, err *e);
/* The same bytes as last time. */
bool say_again(speaker *s, str body, arena *a, err *e);
str envelope(speaker *s, const char *infno, str msgid, str input, arena *a);
str msgid_new(speaker *s, arena *a);
/* "setlinfo.setl_id" of the output; of lists the first row. "" = not there. */
str told(const speaker *s, const char *path);
bool told_fen(int64_t *fen, const speaker *s, const char *path, err *e);
const json_node *told_node(const speaker *s, const char *path);

#endif
