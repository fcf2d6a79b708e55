/* build -- a DIP catalogue from an area's own history.
 *
 * In:      cases with their costs, one after the other; the basis (parameters, classes of
 *          procedures, lists and grades); a seed.
 * Out:     the texts of the catalogue's tables and a report.  The same cases in the same order
 *          give the same bytes.
 * May use: base, engine/casemix, service/cases, service/dip.
 *
 * Integers throughout: costs in fen, means in 1e-4 fen, scores and shares in 1e-4.  What is
 * computed is in docs/dip.md.
 */
#ifndef DIP_BUILD_H
#define DIP_BUILD_H
#include "service/dip/dip.h"

#define DIP_YEARS_MAX  10
#define DIP_HALVES_MAX 64 /* half samples */
#define DIP_CASES_MAX  20000000
#define DIP_WEIGHT_MAX 100
#define DIP_NO_DRG     (-1)

typedef struct dip_history dip_history;

/* Borrows the basis; it must stay until the history is closed.  NULL = no memory. */
dip_history *dip_history_open(const dip_catalogue *basis);
void dip_history_close(dip_history *h);
/* `drg`: any number that tells groups of another grouper apart, or DIP_NO_DRG.  A case that cannot
 * be used is counted and left out.  False = no memory, or more than DIP_CASES_MAX. */
bool dip_history_add(dip_history *h, const case_record *r, int32_t drg, err *e) MUST_USE;
int64_t dip_history_count(const dip_history *h); /* of those that can be used */

typedef struct {
    int64_t parameter_e4[DIP_PARAMETER__COUNT]; /* those of the catalogue to be */
    int32_t year_weight[DIP_YEARS_MAX];         /* oldest first; one = years do not matter */
    int year_count;
    int32_t last_year; /* 0 = the newest of the history */
    int halves;
    uint64_t seed;
    bool accept_base;           /* candidates become grass-roots diseases */
    const dip_catalogue *since; /* NULL = not compared */
    bool with_drg;
    void (*progress)(void *to, const char *zh, const char *en, int64_t done, int64_t total);
    void *progress_to;
} dip_build_options;

/* What a basis says; the usual where it is silent. */
void dip_build_options_of(dip_build_options *out, const dip_catalogue *basis);

/* The files of a catalogue, and those that tell about it. */
typedef enum {
    DIP_OUT_NONE = 0,
#define OUT(id, file) DIP_OUT_##id,
#include "service/dip/out.tbl.h"
    DIP_OUT__COUNT
} dip_out;

const char *dip_out_file(dip_out out);

typedef enum {
    DIP_M_NONE = 0,
#define MEASURE(id, name, kind, zh, en) DIP_M_##id,
#include "service/dip/measure.tbl.h"
    DIP_MEASURE__COUNT
} dip_measure;

typedef enum { DIP_KIND_COUNT, DIP_KIND_FEN, DIP_KIND_E4, DIP_KIND_SHARE } dip_measure_kind;

const char *dip_measure_name(dip_measure m);
const char *dip_measure_text(dip_measure m, bool chinese);
dip_measure_kind dip_measure_kind_of(dip_measure m);
#define DIP_NOT_MEASURED INT64_MIN

typedef struct {
    str text[DIP_OUT__COUNT];
    int64_t measure[DIP_MEASURE__COUNT]; /* DIP_NOT_MEASURED = not asked for, or none */
} dip_built;

/* `basis` are the texts the basis was compiled from.  Everything lives in `a`. */
bool dip_build(dip_built *out,
               dip_history *h,
               const dip_files *basis,
               const dip_build_options *o,
               arena *a,
               arena scratch,
               err *e) MUST_USE;
/* How much memory a build of this history takes at most. */
ptrdiff_t dip_build_bytes(const dip_history *h);
ptrdiff_t dip_build_scratch_bytes(const dip_history *h);

/* "12.3456", "12.30" or "12", as the kind says. */
void dip_measure_print(text_buffer *out, dip_measure m, int64_t value);

#endif
