/* One item of the catalogue; what providers call the items, their departments and staff. */
#include "service/catalogue/catalogue.h"
#include "edge/api/api_internal.h"
#include "edge/api/form_internal.h"

#define NOTE_BYTES_MAX 500

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

bool api_mappings_list(api_call *c, err *e)
{
    return api_list_answer(c, "mappings", NULL, e);
}

bool api_departments_list(api_call *c, err *e)
{
    return api_list_answer(c, "departments", NULL, e);
}

bool api_staff_list(api_call *c, err *e)
{
    return api_list_answer(c, "staff", NULL, e);
}

static bool review(api_call *c, bool confirmed, err *e)
{
    int64_t id;
    api_value body;
    str note;
    if (!api_path_id(&id, c, "mapping_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "note", e) || !api_text(&note, body, "note", !confirmed, e))
        return false;
    if (note.n > NOTE_BYTES_MAX) {
        err_field(e, S("note"));
        return FAIL(e, ERR_TOO_LARGE, "longer than %d bytes", NOTE_BYTES_MAX);
    }
    if (!catalogue_review(&id, c->store, &c->who, confirmed, note, c->a, e))
        return false;
    json_open(&c->out, '{');
    json_field_id(&c->out, S("mapping_id"), id);
    json_field(&c->out, S("review"), confirmed ? S("approved") : S("returned"));
    json_close(&c->out, '}');
    return true;
}

bool api_mapping_confirm(api_call *c, err *e)
{
    return review(c, true, e);
}

bool api_mapping_return(api_call *c, err *e)
{
    return review(c, false, e);
}
