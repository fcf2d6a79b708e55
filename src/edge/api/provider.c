/* Providers and their agreements. */
#include "edge/api/form_internal.h"

static bool provider_answer(api_call *c, int64_t provider_id, err *e)
{
    str on;
    if (!form_day(&on, c, e))
        return false;
    json_open(&c->out, '{');
    if (!master_provider_json(&c->out, c->with.office, &c->who, provider_id, on, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_provider_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "provider_id", e) && provider_answer(c, id, e);
}

bool api_provider_create(api_call *c, err *e)
{
    master_row row;
    if (!form_keep(&row, c, MASTER_PROVIDERS, MASTER_ADD, 0, 0,
                   "code name area_code kind level tags address phone", e) ||
        !provider_answer(c, row.id, e))
        return false;
    c->response->status = 201;
    return true;
}

bool api_provider_change(api_call *c, err *e)
{
    master_row row;
    int64_t id;
    return api_path_id(&id, c, "provider_id", e) &&
           form_keep(&row, c, MASTER_PROVIDERS, MASTER_CHANGE, id, 0,
                     "name kind level tags address phone", e) &&
           provider_answer(c, id, e);
}

bool api_provider_agreement_put(api_call *c, err *e)
{
    master_row row;
    int64_t id;
    return api_path_id(&id, c, "provider_id", e) &&
           form_keep(&row, c, MASTER_AGREEMENTS, MASTER_UPSERT, 0, id,
                     "from_on until_on state agreement_no", e) &&
           provider_answer(c, id, e);
}
