/* Persons, covers, flags. */
#include "edge/api/form_internal.h"

static bool person_answer(api_call *c, int64_t person_id, err *e)
{
    str on;
    if (!form_day(&on, c, e))
        return false;
    json_open(&c->out, '{');
    if (!master_person_json(&c->out, c->with.office, &c->who, person_id, on, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_person_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "person_id", e) && person_answer(c, id, e) &&
           access_audit_look(c->store, &c->who, S("person.read"),
                             arena_printf(c->a, "person %" PRId64, id), id, S("{}"), c->a, e);
}

bool api_person_create(api_call *c, err *e)
{
    master_row row;
    if (!form_keep(&row, c, MASTER_PERSONS, MASTER_ADD, 0, 0,
                   "area_code id_type id_no name sex birth_on household_id phone address", e) ||
        !person_answer(c, row.id, e))
        return false;
    c->response->status = 201;
    return true;
}

bool api_person_change(api_call *c, err *e)
{
    master_row row;
    int64_t id;
    return api_path_id(&id, c, "person_id", e) &&
           form_keep(&row, c, MASTER_PERSONS, MASTER_CHANGE, id, 0,
                     "name sex birth_on death_on household_id phone address", e) &&
           person_answer(c, id, e);
}

bool api_person_unmask(api_call *c, err *e)
{
    int64_t id;
    api_value body;
    str reason;
    if (!api_path_id(&id, c, "person_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "reason", e) || !api_text(&reason, body, "reason", true, e))
        return false;
    json_open(&c->out, '{');
    if (!master_person_unmask(&c->out, c->with.office, &c->who, id, reason, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

static bool of_person(api_call *c, master_id kind, master_mode mode, const char *names, err *e)
{
    master_row row;
    int64_t id;
    return api_path_id(&id, c, "person_id", e) && form_keep(&row, c, kind, mode, 0, id, names, e) &&
           person_answer(c, id, e);
}

bool api_person_cover_put(api_call *c, err *e)
{
    return of_person(c, MASTER_COVERS, MASTER_UPSERT, "scheme status from_on until_on facts", e);
}

bool api_person_flag_add(api_call *c, err *e)
{
    return of_person(c, MASTER_FLAGS, MASTER_ADD, "kind value from_on until_on note", e);
}

bool api_person_flag_end(api_call *c, err *e)
{
    return of_person(c, MASTER_FLAGS, MASTER_CHANGE, "kind value from_on until_on", e);
}
