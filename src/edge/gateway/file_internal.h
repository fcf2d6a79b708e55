/* Files that go beside the messages: kept as text, carried as ZIP. */
#ifndef GATEWAY_FILE_INTERNAL_H
#define GATEWAY_FILE_INTERNAL_H
#include "edge/gateway/gateway_internal.h"

#define GATE_FILE_BYTES_MAX (16 << 20)

str gate_file_keep(gate_call *c, str name, str bytes); /* its number */
bool gate_file_load(str *name, str *bytes, gate_call *c, str file_no, err *e);

/* One file in it. */
bool gate_zip(str *out, str name, str bytes, arena *a, err *e);
/* The first file in it; what is no ZIP is taken as it is. */
bool gate_unzip(str *out, str bytes, arena *a, err *e);

#endif
