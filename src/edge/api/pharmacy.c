/* Pharmacies: who came for a person, what was told late. */
#include "edge/api/api_internal.h"
#include "service/lists/lists.h"
#include "service/purchase/purchase.h"

bool api_prescriptions_list(api_call *c, err *e)
{
    return api_list_answer(c, "prescriptions", NULL, e);
}

bool api_prescription_items_list(api_call *c, err *e)
{
    int64_t rx_id;
    list_filter of = {S("rx_id"), http_param(c->request, "rx_id")};
    return api_path_id(&rx_id, c, "rx_id", e) && api_list_answer(c, "prescription_items", &of, e);
}

bool api_rx_sales_list(api_call *c, err *e)
{
    return api_list_answer(c, "rx_sales", NULL, e);
}

bool api_stock_list(api_call *c, err *e)
{
    return api_list_answer(c, "stock", NULL, e);
}

bool api_stock_movements_list(api_call *c, err *e)
{
    return api_list_answer(c, "stock_movements", NULL, e);
}

bool api_proxies_list(api_call *c, err *e)
{
    return api_list_answer(c, "proxies", NULL, e);
}

bool api_proxy_unmask(api_call *c, err *e)
{
    int64_t id;
    api_value body;
    str reason;
    if (!api_path_id(&id, c, "object_id", e) || !api_body(&body, c, e) ||
        !api_known(body, "reason", e) || !api_text(&reason, body, "reason", true, e))
        return false;
    json_open(&c->out, '{');
    if (!purchase_proxy_unmask(&c->out, c->with.office, &c->who, id, reason, c->a, e))
        return false;
    json_close(&c->out, '}');
    return true;
}

bool api_uploads_list(api_call *c, err *e)
{
    return api_list_answer(c, "uploads", NULL, e);
}

bool api_upload_delays_list(api_call *c, err *e)
{
    return api_list_answer(c, "upload_delays", NULL, e);
}
