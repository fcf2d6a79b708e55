/* Of settlement.c and print.c. */
#ifndef API_SETTLEMENT_INTERNAL_H
#define API_SETTLEMENT_INTERNAL_H
#include "edge/api/api.h"
#include "edge/print/print.h"
#include "service/desk/desk.h"

lang api_lang(const api_call *c);
void api_answer_approval(api_call *c, int64_t approval_id);
/* A settlement as the sheet wants it: texts in the language of the request. */
void api_print_part(
    print_bill *out, const api_call *c, const desk_part *p, int part_count, bool receipt);

#endif
