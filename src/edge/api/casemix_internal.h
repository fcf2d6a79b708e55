/* What the files about case mix share. */
#ifndef API_CASEMIX_INTERNAL_H
#define API_CASEMIX_INTERNAL_H
#include "base/json_out.h"
#include "engine/casemix/casemix.h"

/* Members of an object: code, name, condition in words, weight. */
void casemix_drg_json(
    json_out *o, const casemix_scheme *s, int32_t drg, const str *weight, bool chinese);

#endif
