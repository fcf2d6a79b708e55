/* Groups of settlement lists, and disputes over them. */
#include "service/discharge/dispute.h"
#include "edge/api/api_internal.h"

bool api_settlement_lists_list(api_call *c, err *e)
{
    return api_list_answer(c, "settlement_lists", NULL, e);
}

bool api_group_disputes_list(api_call *c, err *e)
{
    return api_list_answer(c, "group_disputes", NULL, e);
}

bool api_settlement_list_get(api_call *c, err *e)
{
    int64_t id;
    return api_path_id(&id, c, "list_id", e) &&
           dispute_list_show(&c->out, c->store, &c->who, id, c->a, e);
}

/* What a folder that is gone had, nobody knows: then the decision has to do without. */
static bool group_known(void *with, str system, str folder, str group)
{
    err none = {0};
    if (str_eq(system, S("drg"))) {
        const casemix_scheme *s = grouping_scheme(with, folder, &none);
        for (int32_t i = 0; s && i < s->drg_count; i++)
            if (str_eq(s->drg[i].code, group))
                return true;
        return !s;
    }
    const dip_catalogue *k = grouping_catalogue(with, folder, &none);
    for (int32_t i = 0; k && i < k->group_count; i++)
        if (str_eq(k->group[i].code, group))
            return true;
    return !k;
}

bool api_settlement_list_dispute(api_call *c, err *e)
{
    int64_t id;
    api_value body;
    dispute_claim d = {.known = group_known, .with = c->with.grouping};
    if (!api_path_id(&id, c, "list_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "system wanted_group grounds", e) ||
        !api_text(&d.system, body, "system", true, e) ||
        !api_text(&d.wanted_group, body, "wanted_group", true, e) ||
        !api_text(&d.grounds, body, "grounds", true, e) ||
        !dispute_file(&d, c->store, &c->who, id, c->a, e) ||
        !dispute_list_show(&c->out, c->store, &c->who, id, c->a, e))
        return false;
    c->response->status = 201;
    return true;
}

bool api_group_dispute_step(api_call *c, err *e)
{
    int64_t id, list_id;
    api_value body;
    dispute_step d = {.known = group_known, .with = c->with.grouping};
    return api_path_id(&id, c, "dispute_id", e) && api_body(&body, c, e) &&
           api_known(body, "step note group", e) && api_text(&d.step, body, "step", true, e) &&
           api_text(&d.note, body, "note", true, e) &&
           api_text(&d.group, body, "group", false, e) &&
           dispute_do(&list_id, &d, c->store, &c->who, id, c->a, e) &&
           dispute_list_show(&c->out, c->store, &c->who, list_id, c->a, e);
}

bool api_casemix_coverage(api_call *c, err *e)
{
    return dip_coverage_show(&c->out, c->store, &c->who, http_query(c->request, "month"), c->a, e);
}
