/* Requests handed to the api without a socket: what helpers read, and memory that ends anywhere. */
#include "edge/api/api.h"

#include "edge/api/api_internal.h"
#include "test/support/unit_office.h"

#include <sodium.h>

typedef struct {
    unit_office office;
    access_service *access;
    api *api;
    char token[65];
} fixture;

static const actor program = {
    .user_id = -1, .login = {"program", 7}, .address = {"", 0}, .trace_id = {"", 0}};

static void signed_in(fixture *f)
{
    unit_office *o = &f->office;
    const access_user wanted = {.login = S("admin"), .name = S("n"), .area_code = S("")};
    const str role = S("system_admin");
    int64_t id;
    str password;
    access_session s;
    unit_office_again(o);
    assert_true(access_user_add(&id, &password, f->access, &program, &wanted, &o->a, &o->e));
    assert_true(access_roles_set(f->access, &program, id, &role, 1, &o->a, &o->e));
    assert_true(access_login(&s, f->access, S("admin"), password, S(""), &program, &o->a, &o->e));
    assert_true(access_password_change(
        f->access,
        &(actor){.user_id = id, .login = S("admin"), .address = S(""), .trace_id = S("")}, s.token,
        password, S("Tested-Passw0rd"), &o->a, &o->e));
    memcpy(f->token, s.token.p, 64);
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    access_config c = access_config_default;
    unit_office *o = &f->office;
    o->memory = calloc(1, UNIT_OFFICE_BYTES);
    snprintf(o->file, sizeof o->file, "api_test.db");
    unit_office_remove(o);
    unit_office_again(o);
    unit_office_start(o, o->file);
    c.hash_operations = crypto_pwhash_OPSLIMIT_MIN;
    c.hash_bytes = crypto_pwhash_MEMLIMIT_MIN;
    c.failures_max = 1 << 30;
    if (!access_seed(o->s, &o->a, &o->e) || !access_open(&f->access, o->s, &c, &o->e))
        fail_msg("%s", o->e.msg);
    const api_services with = {.office = o->o, .access = f->access};
    assert_true(api_open(&f->api, &with, &o->e));
    signed_in(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    api_close(f->api);
    access_close(f->access);
    office_close(f->office.o);
    store_close(f->office.s);
    unit_office_remove(&f->office);
    free(f->office.memory);
    free(f);
    return 0;
}

/* ---- what helpers read ---- */

typedef struct {
    api_call call;
    http_request request;
    char body[512 + HTTP_BODY_PADDING_BYTES];
    api_value value;
} reading;

static bool read_body(reading *r, fixture *f, const char *json, err *e)
{
    memset(r, 0, sizeof *r);
    assert_true(strlen(json) < 512);
    memcpy(r->body, json, strlen(json));
    r->request.body = (str){r->body, (ptrdiff_t)strlen(json)};
    r->call = (api_call){.api = f->api, .request = &r->request};
    *e = (err){0};
    return api_body(&r->value, &r->call, e);
}

static void members_are_found_at_every_depth(void **state)
{
    reading r;
    err e;
    assert_true(read_body(
        &r, *state, "{\"a\":{\"b\":[1,{\"c\":\"x\"},[]],\"d\":2},\"e\":[],\"f\":{},\"g\":\"last\"}",
        &e));
    api_value a = api_member(r.value, "a"), b = api_member(a, "b");
    assert_int_equal(b.node->kind, JSON_LIST);
    api_value item = api_first(b);
    unit_str_equal(item.node->text, "1");
    item = api_next(b, item);
    unit_str_equal(api_member(item, "c").node->text, "x");
    item = api_next(b, item);
    assert_int_equal(item.node->kind, JSON_LIST);
    assert_null(api_first(item).node);
    assert_null(api_next(b, item).node);
    unit_str_equal(api_member(a, "d").node->text, "2");
    assert_null(api_next(a, api_member(a, "d")).node); /* not the neighbour of its parent */
    assert_null(api_first(api_member(r.value, "e")).node);
    assert_null(api_member(api_member(r.value, "f"), "g").node);
    unit_str_equal(api_member(r.value, "g").node->text, "last");
    assert_null(api_member(api_member(r.value, "none"), "x").node);
    assert_true(api_known(r.value, "a e f g", &e));
    assert_false(api_known(r.value, "a e f", &e));
    assert_string_equal(e.field, "g");
    json_reader_free(r.call.reader);
}

static void texts_ids_days_and_flags(void **state)
{
    static const struct {
        const char *json;
        char kind; /* t i d f, capitals: required */
        err_code code;
    } rows[] = {
        {"{\"x\":\"y\"}", 'T', ERR_OK},
        {"{\"x\":\"\"}", 'T', ERR_MISSING_FIELD},
        {"{\"x\":\"\"}", 't', ERR_OK},
        {"{\"x\":null}", 'T', ERR_MISSING_FIELD},
        {"{}", 't', ERR_OK},
        {"{\"x\":5}", 't', ERR_BAD_TYPE},
        {"{\"x\":\"12\"}", 'I', ERR_OK},
        {"{\"x\":12}", 'I', ERR_OK},
        {"{\"x\":\"9223372036854775807\"}", 'I', ERR_OK},
        {"{\"x\":\"9223372036854775808\"}", 'I', ERR_BAD_NUMBER},
        {"{\"x\":\"0\"}", 'I', ERR_BAD_NUMBER},
        {"{\"x\":-1}", 'I', ERR_BAD_NUMBER},
        {"{\"x\":1.5}", 'I', ERR_BAD_NUMBER},
        {"{\"x\":\"1a\"}", 'I', ERR_BAD_NUMBER},
        {"{\"x\":true}", 'I', ERR_BAD_TYPE},
        {"{\"x\":\"\"}", 'i', ERR_OK},
        {"{\"x\":\"2024-02-29\"}", 'D', ERR_OK},
        {"{\"x\":\"2023-02-29\"}", 'D', ERR_BAD_DATE},
        {"{\"x\":\"2024-2-9\"}", 'D', ERR_BAD_DATE},
        {"{\"x\":\"\"}", 'd', ERR_OK},
        {"{\"x\":true}", 'f', ERR_OK},
        {"{\"x\":\"true\"}", 'f', ERR_BAD_TYPE},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        reading r;
        err e;
        str text;
        int64_t id;
        bool flag, required = rows[i].kind < 'a';
        assert_true(read_body(&r, *state, rows[i].json, &e));
        switch (rows[i].kind | 32) {
        case 't':
            (void)!api_text(&text, r.value, "x", required, &e);
            break;
        case 'i':
            (void)!api_id(&id, r.value, "x", required, &e);
            break;
        case 'd':
            (void)!api_day(&text, r.value, "x", required, &e);
            break;
        default:
            (void)!api_flag(&flag, r.value, "x", false, &e);
        }
        if (e.code != rows[i].code)
            fail_msg("%s as %c: %s", rows[i].json, rows[i].kind, err_name(e.code));
        assert_true(e.code == ERR_OK || strcmp(e.field, "x") == 0);
        json_reader_free(r.call.reader);
    }
}

static void lists_say_what_they_want(void **state)
{
    (void)state;
    const http_pair query[] = {{S("limit"), S("7")}, {S("sort"), S("-day")},
                               {S("q"), S("张")},    {S("kind"), S("drug")},
                               {S("empty"), S("")},  {S("lang"), S("en")}};
    http_request r = {.query = query, .query_count = COUNTOF(query)};
    const api_call c = {.request = &r};
    api_list l;
    err e = {0};
    assert_true(api_list_read(&l, &c, &e));
    assert_int_equal(l.limit, 7);
    unit_str_equal(l.sort, "-day");
    unit_str_equal(l.cursor, "");
    assert_int_equal(l.filter_count, 1);
    unit_str_equal(l.filter[0].name, "kind");
    http_pair many[API_FILTERS_MAX + 1];
    for (int i = 0; i <= API_FILTERS_MAX; i++)
        many[i] = (http_pair){S("x"), S("y")};
    r = (http_request){.query = many, .query_count = API_FILTERS_MAX + 1};
    assert_false(api_list_read(&l, &c, &e));
    assert_int_equal(e.code, ERR_TOO_LARGE);
}

/* ---- memory ends anywhere ---- */

static int route_named(const fixture *f, const char *method, const char *path)
{
    int count;
    const http_route *route = api_routes(f->api, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(route[i].method, method) == 0 && strcmp(route[i].path, path) == 0)
            return i;
    fail_msg("no route %s %s", method, path);
    return 0;
}

/* The status; 0 = there was not even memory to say so. */
static int
handle_within(fixture *f, const char *method, const char *path, const char *json, ptrdiff_t bytes)
{
    char body[512 + HTTP_BODY_PADDING_BYTES] = "", bearer[80];
    jmp_buf oom;
    arena a = unit_arena(bytes);
    char *memory = a.beg;
    volatile int status = 0;
    http_response response = {.status = 200};
    snprintf(bearer, sizeof bearer, "Bearer %s", f->token);
    memcpy(body, json, strlen(json));
    const http_pair header[] = {{S("Authorization"), str_of(bearer)}};
    const http_request r = {.method = str_of(method),
                            .path = str_of(path),
                            .header = header,
                            .header_count = 1,
                            .body = {body, (ptrdiff_t)strlen(json)},
                            .address = S("10.0.0.1"),
                            .trace_id = S("00000000000000aa")};
    a.oom = &oom;
    if (setjmp(oom) == 0) {
        api_handle(f->api, route_named(f, method, path), &r, &response, &a);
        status = response.status;
        assert_ptr_equal(a.oom, &oom);
        assert_true(response.body.n == 0 || response.body.p >= memory);
    }
    free(memory);
    return status;
}

static void memory_ends_anywhere(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *method, *path, *body;
        int status;
    } calls[] = {
        {"POST", "/api/v1/session", "{\"login\":\"nobody\",\"password\":\"x\"}", 401},
        {"GET", "/api/v1/session", "", 200},
        {"GET", "/api/v1/users", "", 200},
        {"GET", "/api/v1/roles", "", 200},
        {"PUT", "/api/v1/users/{user_id}/roles", "{\"roles\":[\"clerk\"]}", 403},
        {"POST", "/api/v1/users", "{\"login\":\"a.b\",\"name\":\"n\",\"area_code\":\"x\"}", 400},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(calls); i++) {
        int without = 0, status = 0;
        for (ptrdiff_t size = 2048; size < 1 << 17 && status != calls[i].status; size += 256) {
            status = handle_within(f, calls[i].method, calls[i].path, calls[i].body, size);
            if (status != 0 && status != 503 && status != calls[i].status)
                fail_msg("%s %s in %td bytes: %d", calls[i].method, calls[i].path, size, status);
            without += status == 0 || status == 503;
            assert_true(f->api->idle_count <= 1); /* the reader came back, and is the same */
        }
        assert_int_equal(status, calls[i].status);
        assert_true(without > 2);
    }
    assert_int_equal(f->api->idle_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_at_every_depth),
        cmocka_unit_test(texts_ids_days_and_flags),
        cmocka_unit_test(lists_say_what_they_want),
        cmocka_unit_test(memory_ends_anywhere),
    };
    return cmocka_run_group_tests_name("api", tests, setup, teardown);
}
