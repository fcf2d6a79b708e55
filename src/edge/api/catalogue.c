/* One item of the catalogue. */
#include "edge/api/form_internal.h"

bool api_item_get(api_call *c, err *e)
{
    str on;
    if (!form_day(&on, c, e))
        return false;
    json_open(&c->out, '{');
    if (!master_item_json(&c->out, c->with.office, &c->who, http_param(c->request, "item_code"), on,
                          c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}
