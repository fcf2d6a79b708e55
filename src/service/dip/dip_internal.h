/* dip_internal -- tables on their way to a compiled catalogue; private to this module. */
#ifndef DIP_DIP_INTERNAL_H
#define DIP_DIP_INTERNAL_H
#include "service/dip/dip.h"
#include "service/scheme/table.h"

typedef struct dip_compiler dip_compiler;

struct dip_compiler {
    dip *out;
    dip_catalogue *s;
    arena *a;      /* for what stays */
    arena scratch; /* for what goes */
    bool basis;
    table_rows rows[DIP_TABLE__COUNT];
    text_index procedure, group, list;
    uint8_t *procedure_class;
    dip_term *term;
    int32_t *alternative;
    int32_t term_count, alternative_count;
    void (*note)(dip_compiler *c, dip_table table, int64_t line, const char *format, ...)
        PRINTF_LIKE(4, 5);
};

dip_class dip_class_read(str s); /* DIP_CLASS_NONE = no class */

/* Lists of diagnoses, and the grades that ask for them. */
void dip_lists_read(dip_compiler *c);
void dip_grades_read(dip_compiler *c);

#endif
