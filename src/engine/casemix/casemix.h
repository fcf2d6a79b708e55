/* casemix -- which group a discharge belongs to, and the way that led there.
 *
 * In:      a compiled scheme (scheme.h) and one case: values only.
 * Out:     the MDC, ADRG and DRG as indexes, or a reason why there is none; on request the path.
 *          No clock, files, globals or malloc; same input, same output.
 * May use: base.
 *
 * Rules: docs/casemix.md.
 */
#ifndef CASEMIX_CASEMIX_H
#define CASEMIX_CASEMIX_H
#include "engine/casemix/scheme.h"

typedef enum {
    REASON_NONE = 0,
#define REASON(id, name, zh, en) REASON_##id,
#include "engine/casemix/reason.tbl.h"
    REASON__COUNT
} casemix_reason;

const char *casemix_reason_name(casemix_reason r);
const char *casemix_reason_text(casemix_reason r, bool chinese);

typedef enum {
    CASE_AGE = 0,
    CASE_AGE_DAYS,
    CASE_WEIGHT,
    CASE_STAY,
    CASE_ICU,
    CASE_VENTILATION,
    CASE_NUMBER__COUNT
} casemix_number;

#define CASE_UNKNOWN (-1)

enum { SEX_MISSING = 0, SEX_MALE = 1, SEX_FEMALE = 2, SEX_OTHER = 9 };

typedef struct {
    str main_dx;
    const str *other_dx;
    const str *procedure; /* [0] is the main one, and may be empty */
    int32_t other_dx_count, procedure_count;
    int32_t number[CASE_NUMBER__COUNT]; /* CASE_UNKNOWN = not given */
    uint8_t sex;
    bool died, day_surgery;
    uint8_t wrong; /* a casemix_reason: the reader found something that makes it invalid */
} casemix_case;

void casemix_case_clear(casemix_case *c); /* to "nothing known" */

typedef struct {
    bool map;         /* take codes through the maps of the scheme first */
    bool tidy;        /* repair case and spaces of codes */
    bool refuse_gray; /* a gray code makes the case invalid */
} casemix_options;

typedef enum {
    CASEMIX_NONE = 0,
    CASEMIX_GROUPED,
    CASEMIX_UNGROUPED,
    CASEMIX_INVALID
} casemix_status;

typedef struct {
    casemix_status status;
    casemix_reason reason;  /* of a case without a group */
    int32_t mdc, adrg, drg; /* -1 = none */
} casemix_result;

const char *casemix_status_name(casemix_status s);

void casemix_group(casemix_result *out,
                   const casemix_scheme *s,
                   const casemix_case *c,
                   casemix_options o);

/* The codes people write: "MDCA" "AA1" "AA19", or "0000" "00" "0000". */
str casemix_mdc_code(const casemix_scheme *s, const casemix_result *r);
str casemix_adrg_code(const casemix_scheme *s, const casemix_result *r);
str casemix_drg_code(const casemix_scheme *s, const casemix_result *r);

typedef enum {
    CASEMIX_STEP_NONE = 0,
#define STEP(id, name) CASEMIX_STEP_##id,
#include "engine/casemix/step.tbl.h"
    CASEMIX_STEP__COUNT
} casemix_step_kind;

typedef struct {
    uint8_t kind;
    casemix_term term;
    int32_t index; /* of an MDC, ADRG or DRG, as the kind says */
    int32_t number;
    bool procedure; /* the codes are of procedures */
    str code, code2;
} casemix_step;

#define CASEMIX_STEPS_MAX 400

typedef struct {
    casemix_result result;
    casemix_step *step;
    int count;
    bool cut; /* there were more */
} casemix_path;

/* Groups the case and says why.  The result is that of casemix_group.  The path lives in `a`; its
 * codes are the scheme's or the case's. */
void casemix_explain(
    casemix_path *out, const casemix_scheme *s, const casemix_case *c, casemix_options o, arena *a);

const char *casemix_step_name(casemix_step_kind kind);
/* One step as a sentence. */
void casemix_sentence(
    text_buffer *out, const casemix_scheme *s, const casemix_path *p, int step, bool chinese);
/* A term as it stands in a rule, and in words. */
void casemix_term_print(text_buffer *out, const casemix_term *t);
void casemix_term_say(text_buffer *out, const casemix_term *t, bool chinese);

#endif
