/* The audit log's chains, walked on demand. */
#include "edge/api/api_internal.h"

bool api_audit_verify(api_call *c, err *e)
{
    int64_t rows;
    json_out *o = &c->out;
    store_audit_break broken = {0};
    bool whole = store_audit_verify(c->store, &rows, &broken, c->a, e);
    if (!whole && e->code != ERR_AUDIT_CHAIN)
        return false;
    json_open(o, '{');
    json_field_bool(o, S("ok"), whole);
    json_field_number(o, S("rows"), rows);
    if (!whole) {
        json_field_number(o, S("chain"), broken.chain);
        json_field_number(o, S("seq"), broken.seq);
        *e = (err){0};
    }
    json_close(o, '}');
    return true;
}
