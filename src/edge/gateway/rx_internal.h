/* What the two files of electronic prescriptions share. */
#ifndef GATEWAY_RX_INTERNAL_H
#define GATEWAY_RX_INTERNAL_H
#include "edge/gateway/gateway_internal.h"

#include "service/prescription/prescription.h"

/* A member of an answer that is no copy of what came: its value as JSON. */
typedef struct {
    const char *name;
    str json;
} rx_member;

str rx_quoted(gate_call *c, str text);
str rx_number(gate_call *c, int64_t id); /* quoted */
str rx_e4(gate_call *c, int64_t e4);     /* "2.5000" */
/* Members of the open object, as the descriptor of the node names them: `own`, else as they came in
 * one of `from`, else null. */
void rx_members_put(gate_call *c,
                    const char *node,
                    const str *from,
                    int from_count,
                    const rx_member *own,
                    int own_count);
/* rxDetlList, rxOtpinfo, rxDiseList */
bool rx_details_put(gate_call *c, const prescription *p, err *e);
/* The name (quoted) of a code of the message. */
str rx_named(gate_call *c, const prescription *p, const char *member, const char *kind);

/* Faults that say no field are about this one; until rx_fine(). */
void rx_about(gate_call *c, const char *field, str received, err *e);
bool rx_fine(gate_call *c, err *e); /* true */
/* fixmedinsCode has to be the sender's. */
bool rx_sender_is(gate_call *c, gate_value in, err *e);
/* By hiRxno. */
bool rx_read(prescription *p, gate_call *c, gate_value in, err *e);
/* ERR_ID_MISMATCH unless certificate and name, where they are given, are his. */
bool rx_person_is(gate_call *c, int64_t person_id, gate_value in, const char *name_field, err *e);
/* SM3 of a public key (hex), where certificates have their number. */
str rx_key_serial(str public_key, arena *a);

#endif
