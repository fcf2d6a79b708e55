/* Errors in their one shape, and the log. */
#include "base/json_out.h"
#include "edge/http/server_internal.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

void http_add_header(http_response *r, str name, str value)
{
    assert(r->header_count < HTTP_HEADERS_MAX);
    r->header[r->header_count++] = (http_pair){name, value};
}

static void field_or_null(json_out *o, str key, str value)
{
    json_key(o, key);
    if (value.n)
        json_str(o, value);
    else
        json_null(o);
}

void http_answer_error(http_response *r, const err *e, str missing_right, str trace_id, arena *a)
{
    json_out o = json_out_new(a, 1024);
    json_open(&o, '{');
    json_key(&o, S("error"));
    json_open(&o, '{');
    json_field(&o, S("code"), str_of(err_name(e->code)));
    field_or_null(&o, S("field"), str_of(e->field));
    field_or_null(&o, S("expected"), str_of(e->expected));
    field_or_null(&o, S("right"), missing_right);
    if (e->input_line) {
        json_field_number(&o, S("line"), e->input_line);
        json_field_number(&o, S("column"), e->input_column);
    }
    json_field(&o, S("zh"), str_of(err_zh(e->code)));
    json_field(&o, S("en"), str_of(err_en(e->code)));
    field_or_null(&o, S("message"), str_of(e->msg));
    json_field(&o, S("trace_id"), trace_id);
    json_field_bool(&o, S("saved"), false);
    json_close(&o, '}');
    json_close(&o, '}');
    r->status = err_http(e->code);
    r->content_type = S("");
    r->body = json_out_text(&o);
    r->error = *e;
    r->keep = false;
}

static int64_t now_utc_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One write of less than a page: lines of several threads, and of several processes that share a
 * pipe, do not mix. */
void http_log(const http_server *s, const http_log_entry *l)
{
    if (s->config.log_level < (l->status >= 500 ? 1 : 2))
        return;
    char memory[8192];
    arena a = {memory, memory + sizeof memory, NULL}; /* enough: every text is bounded */
    json_out o = json_out_new(&a, 4096);
    json_open(&o, '{');
    json_field_moment(&o, S("time"), now_utc_ms());
    json_field(&o, S("trace_id"), l->trace_id);
    json_field(&o, S("method"), l->method);
    json_field(&o, S("route"), l->route);
    json_field_number(&o, S("status"), l->status);
    json_field_number(&o, S("duration_us"), l->duration_us);
    json_field_number(&o, S("bytes"), l->bytes);
    if (l->error.code != ERR_OK) {
        json_field(&o, S("error"), str_of(err_name(l->error.code)));
        json_field(&o, S("field"), str_of(l->error.field));
        if (l->status >= 500)
            json_field(&o, S("message"), str_of(l->error.msg));
    }
    json_close(&o, '}');
    str text = arena_printf(&a, "%.*s\n", STR_ARG(json_out_text(&o)));
    ssize_t written = write(s->config.log_fd, text.p, (size_t)text.n);
    (void)written; /* a log that is gone stops nobody's work */
}
