/* What the two files share. */
#ifndef PRESCRIPTION_PRESCRIPTION_INTERNAL_H
#define PRESCRIPTION_PRESCRIPTION_INTERNAL_H
#include "service/prescription/prescription.h"

/* ERR_RX_STATE */
bool rx_refuse(const char *expected, const char *is, err *e);
/* Uploaded, in force, not used up. */
bool rx_dispensable(const prescription *p, int64_t now_ms, err *e) MUST_USE;

#endif
