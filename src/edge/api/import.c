/* Files of master data. */
#include "service/import/import.h"

#include "edge/api/api.h"

bool api_import_file(api_call *c, err *e)
{
    import_request q = {.kind = master_kind_named(http_param(c->request, "kind")),
                        .who = &c->who,
                        .area_code = http_query(c->request, "area_code")};
    str dry_run = http_query(c->request, "dry_run");
    if (!q.kind) {
        err_field(e, S("kind"));
        return FAIL(e, ERR_NOT_FOUND, "no such kind of file");
    }
    q.dry_run = str_eq(dry_run, S("1"));
    if (dry_run.n > 0 && !q.dry_run && !str_eq(dry_run, S("0"))) {
        err_field(e, S("dry_run"));
        err_expected(e, "0 or 1");
        return FAIL(e, ERR_BAD_VALUE, "%s", "");
    }
    if (q.area_code.n == 0)
        q.area_code = c->who.area_code;
    import_result r;
    bool ok = import_run(&r, c->with.office, &q, c->request->body, e);
    json_open(&c->out, '{');
    import_result_json(&c->out, &r, q.dry_run);
    json_close(&c->out, '}');
    import_result_free(&r);
    return ok;
}
