/* For those who run the server: is it there, does it work, how much. */
#include "edge/api/api_internal.h"

#define PLAIN S("text/plain; charset=utf-8")

bool api_health_get(api_call *c, err *e)
{
    (void)e;
    api_answer_text(c, 200, PLAIN, S("ok\n"));
    return true;
}

bool api_ready_get(api_call *c, err *e)
{
    int version = 0;
    err trouble = {0};
    (void)e;
    bool ready = store_version(c->store, &version, &trouble) && version == store_version_needed();
    if (ready)
        api_answer_text(c, 200, PLAIN, S("ready\n"));
    else
        api_answer_text(c, 503, PLAIN,
                        S("the database does not answer, or is of another version\n"));
    return true;
}

bool api_metrics_get(api_call *c, err *e)
{
    (void)e;
    store_stats s = store_stats_now(c->store);
    str http = http_metrics(c->request->server, c->a);
    str all = arena_printf(
        c->a,
        "%.*s# TYPE gongji_store_commits_total counter\ngongji_store_commits_total %" PRId64
        "\n# TYPE gongji_store_jobs_total counter\ngongji_store_jobs_total %" PRId64
        "\n# TYPE gongji_store_flushes_total counter\ngongji_store_flushes_total %" PRId64
        "\n# TYPE gongji_store_retries_total counter\ngongji_store_retries_total %" PRId64
        "\n# TYPE gongji_store_queued gauge\ngongji_store_queued %" PRId64 "\n",
        STR_ARG(http), s.commits, s.jobs, s.syncs, s.retries, s.queued);
    api_answer_text(c, 200, S("text/plain; version=0.0.4; charset=utf-8"), all);
    return true;
}

bool api_version_get(api_call *c, err *e)
{
    (void)e;
    json_open(&c->out, '{');
    json_field(&c->out, S("version"), S(GONGJI_VERSION));
    json_field(&c->out, S("database"), store_is_postgres(c->store) ? S("postgres") : S("sqlite"));
    json_field_bool(&c->out, S("sandbox"), c->with.sandbox != NULL);
    json_close(&c->out, '}');
    return true;
}
