/* gongji -- DRG and DIP grouping for programs of others: libgongji.
 *
 * In:      a grouping scheme (a folder of tables, docs/casemix.md) or a DIP catalogue
 *          (docs/dip.md), and cases as C strings and numbers.
 * Out:     the group of each case, or why it has none, and the way that led there.
 * May use: the C library only.
 *
 * A scheme or catalogue is read once; any number of threads may group with it at the same time.
 * Text is UTF-8.
 */
#ifndef GONGJI_H
#define GONGJI_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GONGJI_API __attribute__((visibility("default")))
#else
#define GONGJI_API
#endif

typedef struct gongji_scheme gongji_scheme;

#define GONGJI_UNKNOWN (-1)
#define GONGJI_CODE    24 /* bytes of a code with its NUL */

enum { GONGJI_MALE = 1, GONGJI_FEMALE = 2, GONGJI_OTHER_SEX = 9 };
enum { GONGJI_GROUPED = 1, GONGJI_UNGROUPED = 2, GONGJI_INVALID = 3 };
enum {
    GONGJI_TIDY = 1,
    GONGJI_MAP = 2,
    GONGJI_REFUSE_GRAY = 4
}; /* as the options of gongji group */
enum { GONGJI_CHINESE = 0, GONGJI_ENGLISH = 1 };

typedef struct {
    const char *main_dx;
    const char *other_dx, *procedures; /* codes with | between; NULL or "" = none */
    int sex;
    int age, age_days, birth_weight_g, stay_days, icu_hours, ventilation_hours; /* GONGJI_UNKNOWN */
    int died, day_surgery;
} gongji_case;

typedef struct {
    int status;
    char mdc[GONGJI_CODE], adrg[GONGJI_CODE], drg[GONGJI_CODE]; /* "0000", "00", "0000" = none */
    char reason[GONGJI_CODE]; /* of a case without a group, such as "no_mdc"; else empty */
} gongji_group;

GONGJI_API const char *gongji_version(void);

/* Reads a scheme.  NULL = it cannot be used, and `message`, of `size` bytes, says why. */
GONGJI_API gongji_scheme *gongji_scheme_open(const char *folder, char *message, size_t size);
GONGJI_API void gongji_scheme_close(gongji_scheme *scheme);

/* To "nothing known"; set what is known afterwards. */
GONGJI_API void gongji_case_clear(gongji_case *c);

/* Returns the status; 0 = no memory. */
GONGJI_API int gongji_group_case(gongji_group *out,
                                 const gongji_scheme *scheme,
                                 const gongji_case *c,
                                 unsigned options);

/* The path as sentences, one on each line, with a NUL at the end.  Returns the bytes of the whole
 * text without the NUL, which may be more than fit; 0 = no memory. */
GONGJI_API size_t gongji_explain_case(char *text,
                                      size_t size,
                                      const gongji_scheme *scheme,
                                      const gongji_case *c,
                                      unsigned options,
                                      int language);

/* ---- DIP ---- */

typedef struct gongji_dip gongji_dip;

enum { GONGJI_LOW = 1, GONGJI_NORMAL = 2, GONGJI_HIGH = 3 };

/* Points, ratios and factors are in ten-thousandths: 17000000 are 1,700.0000 points. */
typedef struct {
    int status;               /* GONGJI_GROUPED ... */
    char group[1024];         /* "K35.8:47.0100+54.5100"; "0000" = none; cut when it does not fit */
    char tier[8];             /* "core", "base" (grass-roots disease), "mixed" */
    char match[16];           /* how it was found: "exact", "subset", "nearest" ... */
    char reason[GONGJI_CODE]; /* of a case without a group; else empty */
    int deviation;            /* GONGJI_LOW ... of the cost; 0 = not known */
    long long score_e4, ratio_e4, factor_e4, coefficient_e4;
    long long points_e4; /* after deviation, auxiliary factor and coefficient */
} gongji_dip_group;

/* Reads a catalogue.  NULL = it cannot be used, and `message`, of `size` bytes, says why. */
GONGJI_API gongji_dip *gongji_dip_open(const char *folder, char *message, size_t size);
GONGJI_API void gongji_dip_close(gongji_dip *catalogue);

/* `cost_fen`: of the case, or GONGJI_UNKNOWN; `level`: of the hospital, 1 to 9, 0 = not known.
 * Returns the status; 0 = no memory. */
GONGJI_API int gongji_dip_case(gongji_dip_group *out,
                               const gongji_dip *catalogue,
                               const gongji_case *c,
                               long long cost_fen,
                               int level);

/* As gongji_explain_case. */
GONGJI_API size_t gongji_dip_explain(char *text,
                                     size_t size,
                                     const gongji_dip *catalogue,
                                     const gongji_case *c,
                                     long long cost_fen,
                                     int level,
                                     int language);

#ifdef __cplusplus
}
#endif

#endif
