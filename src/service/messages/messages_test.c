/* Percentiles and masks; then counts and tidying on SQLite and, if GONGJI_POSTGRES names one, on
 * PostgreSQL. */
#include "service/messages/messages_internal.h"
#include "test/support/unit.h"

#include <stdio.h>
#include <unistd.h>

#define FILE_NAME "messages_test.db"

/* ---- how long ---- */

static void percentiles_lie_in_their_bucket(void **state)
{
    (void)state;
    int64_t none[MONITOR_BUCKETS] = {0};
    assert_int_equal(monitor_percentile(none, 0, 99), 0);
    int64_t one[MONITOR_BUCKETS] = {[3] = 1}; /* of 5 to 10 ms */
    assert_int_equal(monitor_percentile(one, 6000, 50), 6000);
    int64_t some[MONITOR_BUCKETS] = {[0] = 50, [4] = 49, [13] = 1};
    assert_int_equal(monitor_percentile(some, 30000000, 50), 1000);
    assert_int_equal(monitor_percentile(some, 30000000, 99), 20000);
    assert_int_equal(monitor_percentile(some, 30000000, 100), 30000000);
    int64_t half[MONITOR_BUCKETS] = {[1] = 10};
    assert_int_equal(monitor_percentile(half, 1999, 50), 1000 + 999 * 5 / 10);
}

/* ---- masks ---- */

static void check_masked(const char *body, const char *other, const char *wanted)
{
    arena a = unit_arena(1 << 20);
    arena whole = a;
    err e = {0};
    str out;
    assert_true(body_masked(&out, str_of(body), str_of(other), &a, &e));
    unit_str_equal(out, wanted);
    free(whole.beg);
}

static void whoever_it_is_about_is_masked_everywhere(void **state)
{
    (void)state;
    check_masked(
        "{\"psn_name\":\"张三丰\",\"certno\":\"350902199001011234\",\"tel\":13805931234}", "",
        "{\"psn_name\":\"张**\",\"certno\":\"3509**********1234\",\"tel\":\"138****1234\"}");
    check_masked("{\"psnName\":\"张三丰\",\"PSN_NAME\":\"李四\",\"addr\":\"宁德市\",\"cnt\":2.50,"
                 "\"ok\":true,\"no\":null}",
                 "",
                 "{\"psnName\":\"张**\",\"PSN_NAME\":\"李*\",\"addr\":\"***\",\"cnt\":2.50,\"ok\":"
                 "true,\"no\":null}");
    /* in the words of an answer, too: known from the request */
    check_masked("{\"err_msg\":\"收到 '张三丰'，张三丰\"}",
                 "{\"input\":{\"data\":{\"psn_name\":\"张三丰\"}}}",
                 "{\"err_msg\":\"收到 '张**'，张**\"}");
    /* what a fault received is of the kind of its field, however short */
    check_masked("[{\"code\":\"x\",\"field\":\"input.data.certno\",\"received\":\"12\"},"
                 "{\"field\":\"input.data.cnt\",\"received\":\"12\"}]",
                 "",
                 "[{\"code\":\"x\",\"field\":\"input.data.certno\",\"received\":\"1*\"},"
                 "{\"field\":\"input.data.cnt\",\"received\":\"12\"}]");
    /* lists of values belong to their name */
    check_masked("{\"psn_name\":[\"张三丰\",\"李四海\"]}", "",
                 "{\"psn_name\":[\"张**\",\"李**\"]}");
    check_masked("\xef\xbb\xbf{\"a\":1}", "", "{\"a\":1}");
    check_masked("not JSON 张三丰", "", "");
    check_masked("", "", "");
}

static void what_a_text_may_hold_is_masked_too(void **state)
{
    (void)state;
    /* JSON in a text; what only looks like it is not shown */
    check_masked(
        "{\"x\":\"{\\\"psn_name\\\":\\\"张三丰\\\",\\\"a\\\":[1]}\",\"memo\":\"张三丰来电\"}", "",
        "{\"x\":\"{\\\"psn_name\\\":\\\"张**\\\",\\\"a\\\":[1]}\",\"memo\":\"张**来电\"}");
    check_masked("{\"x\":\"{'psn_name':'张三丰'}\",\"y\":\"<a>\"}", "",
                 "{\"x\":\"*** (24 bytes)\",\"y\":\"*** (3 bytes)\"}");
    /* files, as text or as a list of bytes; a name that is more than a text */
    check_masked("{\"in\":[80,75],\"rxIn\":\"UEs=\"}", "", "{\"in\":\"***\",\"rxIn\":\"***\"}");
    check_masked("{\"psn_name\":{\"x\":\"张三丰\"}}", "", "{\"psn_name\":{\"x\":\"张**\"}}");
    /* with it and the masked number the number would be known */
    check_masked("{\"brdy\":\"1980-02-03\"}", "", "{\"brdy\":\"***\"}");
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char body[1400], wanted[1400];
    text_buffer t = {body, 0, sizeof body - 1, false}, w = {wanted, 0, sizeof wanted - 1, false};
    text_printf(&t, "{\"a\":\"");
    text_printf(&w, "{\"a\":\"");
    for (int i = 0; i < 300; i++)
        text_printf(&t, "文");
    for (int i = 0; i < 133; i++)
        text_printf(&w, "文");
    text_printf(&t, "\"}");
    text_printf(&w, "… (900 bytes)\"}");
    body[t.n] = wanted[w.n] = 0;
    check_masked(body, "", wanted);
}

/* ---- on the databases ---- */

typedef struct {
    store *s;
    arena whole;
} fixture;

static fixture opened[2];

static int setup(void **state, int which, str uri)
{
    fixture *f = &opened[which];
    int before, after;
    err e = {0};
    if (!f->s) {
        store_config c = store_config_default;
        c.uri = uri;
        f->whole = unit_arena((ptrdiff_t)16 << 20);
        assert_true(store_open(&f->s, &c, &e) && store_migrate(f->s, &before, &after, &e));
    }
    *state = f;
    return 0;
}

static int sqlite_setup(void **state)
{
    if (!opened[0].s) {
        unlink(FILE_NAME);
        unlink(FILE_NAME "-wal");
        unlink(FILE_NAME "-shm");
    }
    return setup(state, 0, S(FILE_NAME));
}

static int postgres_setup(void **state)
{
    const char *uri = getenv("GONGJI_POSTGRES");
    *state = NULL;
    return uri ? setup(state, 1, str_of(uri)) : 0;
}

static int close_all(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        store_close(opened[i].s);
        free(opened[i].whole.beg);
    }
    return 0;
}

typedef struct {
    const char *sql;
    store_rows rows;
} query;

static bool query_work(store_job *job, void *arg, arena *a, err *e)
{
    query *q = arg;
    return store_query_text(job, str_of(q->sql), NULL, 0, &q->rows, a, e);
}

static int64_t number_of(fixture *f, const char *sql)
{
    arena a = f->whole;
    err e = {0};
    query q = {.sql = sql};
    if (!store_write(f->s, 0, query_work, &q, &a, &e))
        fail_msg("%s: %s", sql, e.msg);
    return q.rows.row_count ? store_number(&q.rows, 0, 0) : 0;
}

static void counts_are_added_up_and_none_is_lost(void **state)
{
    fixture *f = *state;
    if (!f)
        skip();
    messages *m;
    err e = {0};
    messages_config c = {.flush_seconds = 3600};
    number_of(f, "delete from gateway_hour");
    assert_true(messages_open(&m, f->s, &c, &e));
    for (int i = 0; i < 5000; i++) /* 2 hours x 100 providers x 5 transactions */
        messages_count(m, &(message_seen){.at_ms = INT64_C(3600000) * (400000 + i % 2) + i,
                                          .provider_id = 1 + i / 2 % 100,
                                          .transaction_no = i % 5 ? S("2207") : S("1101"),
                                          .outcome = i % 7 ? S("ok") : S("not_found"),
                                          .duration_us = i});
    assert_true(messages_flush(m, &e));
    assert_int_equal(number_of(f, "select cast(sum(messages) as bigint) from gateway_hour"), 5000);
    messages_count(m, &(message_seen){.at_ms = INT64_C(3600000) * 400000,
                                      .provider_id = 1,
                                      .transaction_no = S("1101"),
                                      .outcome = S("not_found"),
                                      .duration_us = 99999999});
    messages_close(m); /* writes the last one */
    assert_int_equal(number_of(f, "select cast(sum(messages) as bigint) from gateway_hour"), 5001);
    assert_int_equal(number_of(f, "select max(longest_us) from gateway_hour"), 99999999);
    assert_int_equal(number_of(f, "select cast(sum(d13) as bigint) from gateway_hour"), 1);
    assert_int_equal(number_of(f, "select cast(sum(d0) as bigint) from gateway_hour"), 1000);
    assert_int_equal(number_of(f, "select cast(sum(d0 + d1 + d2 + d3 + d4 + d5 + d6 + d7 + d8 + d9 "
                                  "+ d10 + d11 + d12 + d13"
                                  ") as bigint) from gateway_hour"),
                     5001);
    assert_int_equal(number_of(f, "select count(*) from gateway_hour where last_at >= hour_at + "
                                  "3600000 or last_at < hour_at"),
                     0);
}

static void seen_at(messages *m, int64_t at_ms, const char *no, const char *credential)
{
    messages_count(m, &(message_seen){.at_ms = at_ms,
                                      .provider_id = 7,
                                      .transaction_no = str_of(no),
                                      .outcome = credential[0] ? S("ok") : S("replayed"),
                                      .step = S("settle"),
                                      .credential = str_of(credential)});
}

static void credentials_are_counted_by_the_day_in_beijing(void **state)
{
    fixture *f = *state;
    if (!f)
        skip();
    messages *m;
    err e = {0};
    messages_config c = {.flush_seconds = 3600};
    const int64_t midnight = INT64_C(1795190400000) / 86400000 * 86400000 - 28800000;
    number_of(f, "delete from gateway_hour");
    number_of(f, "delete from credential_day");
    assert_true(messages_open(&m, f->s, &c, &e));
    for (int i = 0; i < 12; i++) { /* one row of hours, two kinds; two hours of one day */
        seen_at(m, midnight + i % 2 * 3600000, "2207", i % 3 ? "01" : "none");
        seen_at(m, midnight - 1, "2207", "02");
    }
    seen_at(m, midnight, "2207", ""); /* a repeat */
    assert_true(messages_flush(m, &e));
    seen_at(m, midnight, "2207", "01");
    messages_close(m);
    assert_int_equal(number_of(f, "select count(*) from credential_day"), 3);
    assert_int_equal(number_of(f, "select messages from credential_day where credential = '01' and "
                                  "provider_id = 7 and step = 'settle'"),
                     9);
    assert_int_equal(number_of(f, "select messages from credential_day where credential = 'none'"),
                     4);
    assert_int_equal(number_of(f,
                               "select messages from credential_day a where credential = '02' and "
                               "counted_on < (select min(counted_on) from credential_day b where "
                               "b.credential = '01')"),
                     12);
    /* the hours have all of them, whatever was shown */
    assert_int_equal(number_of(f, "select cast(sum(messages) as bigint) from gateway_hour"), 26);
    assert_int_equal(number_of(f, "select count(*) from gateway_hour where outcome = 'ok'"), 3);
    int64_t dropped;
    assert_true(messages_tidy_counts(&dropped, f->s, midnight, &e));
    assert_int_equal(dropped, 2); /* an hour and a day before it */
    assert_int_equal(number_of(f, "select count(*) from credential_day"), 2);
    number_of(f, "delete from gateway_hour");
    number_of(f, "delete from credential_day");
}

#define SERIES "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1700) "

static void old_bodies_go_and_answers_to_repeats_stay(void **state)
{
    fixture *f = *state;
    if (!f)
        skip();
    int64_t emptied;
    err e = {0};
    number_of(f, "delete from gateway_message");
    number_of(
        f, "insert into gateway_message (message_id, trace_id, provider_id, transaction_no, msgid, "
           "received_at, outcome,"
           " request, answer) " SERIES
           "select i, 't', 1, '2207', 'm' || i, 1000 + i / 600, 'ok', 'question', 'answer' from n");
    number_of(f, "update gateway_message set body_digest = 'd' where message_id = 7");
    assert_true(messages_tidy(&emptied, f->s, 1002, &e));
    /* 599 of the first moment, 600 of the second: pieces of 500 end inside of moments */
    assert_int_equal(number_of(f, "select count(*) from gateway_message where request = ''"), 1199);
    assert_int_equal(
        number_of(f, "select count(*) from gateway_message where request = '' and answer <> ''"),
        1);
    assert_int_equal(
        number_of(
            f, "select count(*) from gateway_message where received_at = 1002 and request <> ''"),
        501);
    assert_true(messages_tidy(&emptied, f->s, 1002, &e));
    assert_int_equal(emptied, 0);
    assert_true(messages_tidy(&emptied, f->s, 2000, &e));
    assert_int_equal(number_of(f, "select count(*) from gateway_message where request <> ''"), 0);
    number_of(f, "delete from gateway_tidied");
}

static void sums_of_old_hours_go(void **state)
{
    fixture *f = *state;
    if (!f)
        skip();
    int64_t dropped, day_ms = INT64_C(86400000);
    err e = {0};
    number_of(f, "delete from gateway_hour");
    number_of(f, "insert into gateway_hour (hour_at, provider_id, transaction_no, outcome, "
                 "messages, total_us, longest_us,"
                 " last_at, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13) " SERIES
                 "select i * 3600000, 1, '2207', 'ok', 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                 "0, 0, 0, 0 from n"
                 " where i < 48");
    assert_true(messages_tidy_counts(&dropped, f->s, day_ms, &e));
    assert_int_equal(dropped, 23); /* hours 1 to 23 of the first day */
    assert_int_equal(number_of(f, "select min(hour_at) from gateway_hour"), day_ms);
    assert_true(messages_tidy_counts(&dropped, f->s, day_ms, &e));
    assert_int_equal(dropped, 0);
    number_of(f, "delete from gateway_hour");
}

#define ON_BOTH(f)                                                                                 \
    {"sqlite: " #f, f, sqlite_setup, NULL, NULL},                                                  \
    {                                                                                              \
        "postgres: " #f, f, postgres_setup, NULL, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_lie_in_their_bucket),
        cmocka_unit_test(whoever_it_is_about_is_masked_everywhere),
        cmocka_unit_test(what_a_text_may_hold_is_masked_too),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        ON_BOTH(counts_are_added_up_and_none_is_lost),
        ON_BOTH(credentials_are_counted_by_the_day_in_beijing),
        ON_BOTH(old_bodies_go_and_answers_to_repeats_stay),
        ON_BOTH(sums_of_old_hours_go),
    };
    return cmocka_run_group_tests(tests, NULL, close_all);
}
