/* The second factor, passwords of the past, users and sessions that end; on both databases. */
#define TEST_NAME "factor_test"
#include "test/support/unit_access.h"

#include <stdio.h>

static str bytes_of(str base32)
{
    static char bytes[FACTOR_SECRET_BYTES];
    uint32_t held = 0;
    int bits = 0, n = 0;
    for (ptrdiff_t i = 0; i < base32.n; i++) {
        char c = base32.p[i];
        held = held << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
        for (bits += 5; bits >= 8; bits -= 8)
            bytes[n++] = (char)(held >> (bits - 8));
    }
    assert_int_equal(n, FACTOR_SECRET_BYTES);
    return (str){bytes, n};
}

static str code_at(char out[8], str secret, int64_t ms)
{
    snprintf(out, 8, "%06u", factor_code(secret, ms / 30000));
    return str_of(out);
}

static bool login_with(fixture *f, access_session *out, const char *name, int slot, str code)
{
    again(f);
    return access_login(out, f->ac, str_of(name), str_of(passwords[slot]), code, &outside, &f->a,
                        &f->e);
}

/* Sets one up; the bytes of its secret are good until the next one.  A recovery code is kept. */
static str factor_new(fixture *f, actor *who, const token *t, int slot, char recovery[20])
{
    access_factor factor;
    char code[8];
    str told[ACCESS_RECOVERY_CODES];
    again(f);
    fine(f, access_factor_begin(&factor, f->ac, who, str_of(passwords[slot]), &f->a, &f->e));
    str secret = bytes_of(factor.secret);
    fine(f, access_factor_confirm(told, f->ac, who, str_of(t->text),
                                  code_at(code, secret, clock_ms), &f->a, &f->e));
    assert_int_equal(told[0].n, 19);
    memcpy(recovery, told[0].p, 19);
    recovery[19] = 0;
    return secret;
}

/* The actor's texts must outlive the arena. */
static actor lasting(int64_t user_id, const char *login)
{
    return (actor){.user_id = user_id,
                   .login = str_of(login),
                   .name = {"", 0},
                   .area_code = {"", 0},
                   .address = {"10.0.0.7", 8},
                   .trace_id = {"aa", 2}};
}

static void codes_are_those_of_the_rfc(void **state)
{
    (void)state;
    const struct {
        int64_t at;
        uint32_t code;
    } known[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                 {1234567890, 5924}, {2000000000, 279037}, {INT64_C(20000000000), 353130}};
    for (ptrdiff_t i = 0; i < COUNTOF(known); i++)
        assert_int_equal(factor_code(S("12345678901234567890"), known[i].at / 30), known[i].code);
}

static void a_second_factor_is_needed_once_it_is_there(void **state)
{
    FIXTURE(f);
    access_session s;
    char recovery[20], code[8];
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0), other = login_token(f, "lisi", 0);
    actor who = lasting(id, "lisi");
    str secret = factor_new(f, &who, &t, 0, recovery);
    alive(f, &t);
    dead(f, &other);
    refused(f, login_with(f, &s, "lisi", 0, S("")), ERR_CODE_NEEDED);
    /* the code that set it up is used up; the next one counts once, and only about its time */
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)), ERR_BAD_CODE);
    clock_ms += 60000;
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms - 60000)), ERR_BAD_CODE);
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms + 60000)), ERR_BAD_CODE);
    fine(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)));
    assert_true(s.user.has_factor);
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)), ERR_BAD_CODE);
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms - 30000)), ERR_BAD_CODE);
    clock_ms += 60000;
    fine(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms - 30000))); /* a slow one */
    /* wrong codes lock like wrong passwords; asking for a code does not */
    for (int i = 0; i < 3; i++)
        refused(f, login_with(f, &s, "lisi", 0, S("")), ERR_CODE_NEEDED);
    for (int i = 0; i < 5; i++)
        refused(f, login_with(f, &s, "lisi", 0, S("000000")), ERR_BAD_CODE);
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)), ERR_LOCKED);
    clock_ms += 11 * MINUTE_MS;
    /* the telephone is lost: a recovery code, once */
    fine(f, login_with(f, &s, "lisi", 0, str_of(recovery)));
    refused(f, login_with(f, &s, "lisi", 0, str_of(recovery)), ERR_BAD_CODE);
    assert_int_equal(number_of(f, "select count(*) from user_recovery where used_at = 0"), 9);
    assert_int_equal(number_of(f, "select count(*) from audit_log where outcome = 'bad_code'"), 11);
    assert_int_equal(number_of(f, "select count(*) from audit_log where outcome = 'code_needed'"),
                     4);
    assert_int_equal(number_of(f, "select count(*) from audit_log where action = 'user.recovery'"),
                     1);
}

static void secrets_are_sealed(void **state)
{
    FIXTURE(f);
    access_session s;
    access_factor factor;
    char recovery[20], code[8];
    int64_t id = user_new(f, "lisi", "clerk", 0), two = user_new(f, "wangwu", "clerk", 1);
    token t = login_token(f, "lisi", 0);
    actor who = lasting(id, "lisi"), second = lasting(two, "wangwu");
    str secret = factor_new(f, &who, &t, 0, recovery);
    assert_int_equal(number_of(f, "select count(*) from user_factor where secret like "
                                  "'aes-256-gcm:%' and length(secret) > 90"),
                     1);
    assert_int_equal(number_of(f, "select count(*) from user_recovery where length(code_digest) "
                                  "= 64"),
                     10);
    /* the secret of one user is not that of another */
    char swap[200];
    snprintf(swap, sizeof swap, "update user_factor set user_id = %" PRId64, two);
    free_text change = {.sql = str_of(swap)};
    again(f);
    fine(f, store_write(f->s, 0, run_text, &change, &f->a, &f->e));
    clock_ms += 60000;
    refused(f, login_with(f, &s, "wangwu", 1, code_at(code, secret, clock_ms)), ERR_KEY_FILE);
    /* the key file is gone: nothing is opened, no new key is made, recovery codes still count */
    remove(KEY_NAME);
    access_again_with(f, quick());
    refused(f, access_factor_begin(&factor, f->ac, &who, str_of(passwords[0]), &f->a, &f->e),
            ERR_KEY_FILE);
    snprintf(swap, sizeof swap, "update user_factor set user_id = %" PRId64, id);
    fine(f, store_write(f->s, 0, run_text, &change, &f->a, &f->e));
    refused(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)), ERR_KEY_FILE);
    fine(f, login_with(f, &s, "lisi", 0, str_of(recovery)));
    /* an administrator takes it away; whoever is one himself needs the server's command line */
    actor system = lasting(77, "system");
    fine(f, access_factor_reset(f->ac, &system, id, &f->a, &f->e));
    fine(f, login(f, &s, "lisi", passwords[0]));
    fine(f, access_factor_begin(&factor, f->ac, &second, str_of(passwords[1]), &f->a, &f->e));
    int64_t admin = user_new(f, "admin.sec", "security_admin", 2);
    refused(f, access_factor_reset(f->ac, &system, admin, &f->a, &f->e), ERR_DUTY);
    fine(f, access_factor_reset(f->ac, &program, admin, &f->a, &f->e));
}

static void a_second_factor_that_is_required(void **state)
{
    FIXTURE(f);
    access_session s;
    char recovery[20];
    access_config c = quick();
    c.factor_roles = "finance,clerk";
    access_again_with(f, c);
    int64_t id = user_new(f, "lisi", "clerk", 0);
    user_new(f, "wangwu", "supervisor", 1);
    fine(f, login(f, &s, "wangwu", passwords[1]));
    assert_false(s.user.must_add_factor);
    fine(f, login(f, &s, "lisi", passwords[0]));
    assert_true(s.user.must_add_factor);
    token t = login_token(f, "lisi", 0);
    fine(f, find(f, &s, &t));
    assert_true(s.user.must_add_factor);
    actor who = lasting(id, "lisi");
    str told[ACCESS_RECOVERY_CODES];
    again(f);
    refused(f, access_factor_confirm(told, f->ac, &who, str_of(t.text), S("123456"), &f->a, &f->e),
            ERR_NOT_FOUND);
    (void)factor_new(f, &who, &t, 0, recovery);
    fine(f, find(f, &s, &t));
    assert_false(s.user.must_add_factor);
    refused(f, access_factor_end(f->ac, &who, S("wrong"), str_of(recovery), &f->a, &f->e),
            ERR_BAD_VALUE);
    refused(f, access_factor_end(f->ac, &who, str_of(passwords[0]), S("zzzz"), &f->a, &f->e),
            ERR_BAD_CODE);
    fine(f, access_factor_end(f->ac, &who, str_of(passwords[0]), str_of(recovery), &f->a, &f->e));
    c.factor_roles = "all";
    access_again_with(f, c);
    fine(f, login(f, &s, "wangwu", passwords[1]));
    assert_true(s.user.must_add_factor);
}

static void a_password_that_was_typed_a_while_ago(void **state)
{
    FIXTURE(f);
    access_session s;
    char recovery[20], code[8];
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    actor who = lasting(id, "lisi");
    fine(f, find(f, &s, &t));
    assert_true(s.sure);
    clock_ms += 10 * MINUTE_MS + 1;
    fine(f, find(f, &s, &t));
    assert_false(s.sure);
    refused(f, access_confirm(f->ac, &who, str_of(t.text), S("wrong"), S(""), &f->a, &f->e),
            ERR_BAD_VALUE);
    fine(f, find(f, &s, &t));
    assert_false(s.sure);
    again(f);
    fine(f, access_confirm(f->ac, &who, str_of(t.text), str_of(passwords[0]), S(""), &f->a, &f->e));
    fine(f, find(f, &s, &t));
    assert_true(s.sure);
    str secret = factor_new(f, &who, &t, 0, recovery); /* from now on a code, too */
    clock_ms += 11 * MINUTE_MS;
    refused(f,
            access_confirm(f->ac, &who, str_of(t.text), str_of(passwords[0]), S(""), &f->a, &f->e),
            ERR_BAD_CODE);
    fine(f, access_confirm(f->ac, &who, str_of(t.text), str_of(passwords[0]),
                           code_at(code, secret, clock_ms), &f->a, &f->e));
    fine(f, find(f, &s, &t));
    assert_true(s.sure);
}

static bool change_to(fixture *f, const actor *who, const token *t, char now[40], const char *next)
{
    again(f);
    if (!access_password_change(f->ac, who, str_of(t->text), str_of(now), str_of(next), &f->a,
                                &f->e))
        return false;
    snprintf(now, 40, "%s", next);
    return true;
}

static void old_passwords_are_not_taken_again(void **state)
{
    FIXTURE(f);
    char now[40];
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    actor who = lasting(id, "lisi");
    memcpy(now, passwords[0], sizeof now);
    for (int i = 1; i <= 5; i++) {
        char next[40];
        snprintf(next, sizeof next, "Good-Password-%d", i);
        clock_ms += 1000;
        fine(f, change_to(f, &who, &t, now, next));
    }
    for (int i = 1; i <= 5; i++) {
        char next[40];
        snprintf(next, sizeof next, "Good-Password-%d", i);
        refused(f, change_to(f, &who, &t, now, next), ERR_WEAK_PASSWORD);
    }
    clock_ms += 1000;
    fine(f, change_to(f, &who, &t, now, "Good-Password-6"));
    clock_ms += 1000;
    fine(f, change_to(f, &who, &t, now, "Good-Password-1")); /* the sixth before */
    assert_int_equal(number_of(f, "select count(*) from user_password_past"), 4);
}

static void the_profile_asvs(void **state)
{
    FIXTURE(f);
    char now[40];
    access_session s;
    access_config c = quick();
    FILE *words = fopen("access_test.words", "w");
    fputs("password\r\nsunshine1\n\n", words);
    fclose(words);
    assert_false(access_profile(&c, "none"));
    assert_true(access_profile(&c, "asvs"));
    c.refused_file = "access_test.words";
    access_again_with(f, c);
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    actor who = lasting(id, "lisi");
    memcpy(now, passwords[0], sizeof now);
    refused(f, change_to(f, &who, &t, now, "sevenxx"), ERR_WEAK_PASSWORD);
    refused(f, change_to(f, &who, &t, now, "SunShine1"), ERR_WEAK_PASSWORD); /* everybody's */
    fine(f, change_to(f, &who, &t, now, "eightxxx"));
    fine(f, change_to(f, &who, &t, now, "a long sentence in small letters"));
    fine(f, change_to(f, &who, &t, now, "eightxxx")); /* nothing but the one before is refused */
    refused(f, change_to(f, &who, &t, now, "eightxxx"), ERR_WEAK_PASSWORD);
    clock_ms += (int64_t)400 * 86400000;
    fine(f, login(f, &s, "lisi", "eightxxx"));
    assert_false(s.user.must_change);
    c.refused_file = "access_test.none";
    access_service *none;
    refused(f, access_open(&none, f->s, &c, &f->e), ERR_IO);
}

static void who_is_not_needed_is_disabled(void **state)
{
    FIXTURE(f);
    access_session s;
    int64_t disabled;
    const str active = S("active"), tomorrow = S("2025-11-26"); /* in China it is the 25th */
    int64_t used = user_new(f, "used", "clerk", 0), unused = user_new(f, "unused", "clerk", 1);
    int64_t ends = user_new(f, "ends", "supervisor", 2);
    refused(f,
            access_user_change(f->ac, &program, ends, NULL, NULL, &(str){"2025-13-01", 10}, &f->a,
                               &f->e),
            ERR_BAD_DATE);
    fine(f, access_user_change(f->ac, &program, ends, NULL, NULL, &tomorrow, &f->a, &f->e));
    token t = login_token(f, "ends", 2);
    clock_ms += (int64_t)24 * 3600000;
    fine(f, login(f, &s, "ends", passwords[2])); /* the last day still counts */
    clock_ms += (int64_t)24 * 3600000;
    refused(f, login(f, &s, "ends", passwords[2]), ERR_BAD_LOGIN); /* before any job ran */
    dead(f, &t);
    fine(f, access_tidy(&disabled, f->ac, -1, &f->a, &f->e));
    assert_int_equal(disabled, 1);
    clock_ms += (int64_t)80 * 86400000;
    fine(f, login(f, &s, "used", passwords[0]));
    clock_ms += (int64_t)20 * 86400000;
    fine(f, access_tidy(&disabled, f->ac, -1, &f->a, &f->e));
    assert_int_equal(disabled, 1);
    refused(f, login(f, &s, "unused", passwords[1]), ERR_BAD_LOGIN);
    fine(f, login(f, &s, "used", passwords[0]));
    /* who is enabled again has as long as a new user */
    fine(f, access_user_change(f->ac, &program, unused, NULL, &active, NULL, &f->a, &f->e));
    fine(f, access_tidy(&disabled, f->ac, -1, &f->a, &f->e));
    assert_int_equal(disabled, 0);
    assert_int_equal(number_of(f, "select count(*) from audit_log where action = 'user.disable' "
                                  "and login = 'daily task'"),
                     2);
    (void)used;
}

static void the_last_administrator_stays(void **state)
{
    FIXTURE(f);
    access_session s;
    int64_t disabled;
    user_new(f, "sys.one", "system_admin", 0);
    user_new(f, "sys.two", "system_admin", 1);
    user_new(f, "lisi", "clerk", 2);
    clock_ms += (int64_t)50 * 86400000;
    fine(f, login(f, &s, "sys.two", passwords[1]));
    clock_ms += (int64_t)60 * 86400000;
    fine(f, access_tidy(&disabled, f->ac, 0, &f->a, &f->e));
    assert_int_equal(disabled, 0);
    fine(f, access_tidy(&disabled, f->ac, -1, &f->a, &f->e));
    assert_int_equal(disabled, 2);
    clock_ms += (int64_t)400 * 86400000; /* as a clock that was set wrong would */
    fine(f, access_tidy(&disabled, f->ac, -1, &f->a, &f->e));
    assert_int_equal(disabled, 0);
    refused(f, login(f, &s, "sys.one", passwords[0]), ERR_BAD_LOGIN);
    fine(f, login(f, &s, "sys.two", passwords[1]));
    /* nor does he end himself by the way */
    actor who = lasting(s.user.user_id, "sys.two");
    const str yesterday = S("2025-01-01");
    refused(f, access_user_change(f->ac, &who, who.user_id, NULL, NULL, &yesterday, &f->a, &f->e),
            ERR_SAME_PERSON);
}

/* A server that was started before there was a key file, and one that did not see a session. */
static void two_servers_share_what_they_need(void **state)
{
    FIXTURE(f);
    access_session s;
    char recovery[20], code[8];
    access_service *one = f->ac, *other;
    access_config c = quick();
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    fine(f, access_open(&other, f->s, &c, &f->e));
    actor who = lasting(id, "lisi");
    str secret = factor_new(f, &who, &t, 0, recovery);
    clock_ms += 60000;
    f->ac = other;
    fine(f, login_with(f, &s, "lisi", 0, code_at(code, secret, clock_ms)));
    f->ac = one;
    alive(f, &t);
    for (int i = 0; i < 3; i++) {
        clock_ms += 8 * MINUTE_MS;
        f->ac = other;
        alive(f, &t);
    }
    f->ac = one;
    alive(f, &t);
    clock_ms += 16 * MINUTE_MS;
    dead(f, &t);
    access_close(other);
}

static void sessions_are_limited_and_ended(void **state)
{
    FIXTURE(f);
    int64_t ended;
    access_config c = quick();
    c.counter_sessions_max = 1;
    access_again_with(f, c);
    int64_t id = user_new(f, "counter", "clerk", 0), boss = user_new(f, "boss", "supervisor", 1);
    token one = login_token(f, "counter", 0);
    clock_ms += 10;
    token two = login_token(f, "counter", 0);
    dead(f, &one); /* whoever settles sits at one counter */
    alive(f, &two);
    token a = login_token(f, "boss", 1);
    clock_ms += 10;
    token b = login_token(f, "boss", 1);
    alive(f, &a);
    alive(f, &b);
    actor system = lasting(77, "system");
    fine(f, access_sessions_end(&ended, f->ac, &system, boss, &f->a, &f->e));
    assert_int_equal(ended, 2);
    dead(f, &a);
    dead(f, &b);
    alive(f, &two);
    actor far = lasting(78, "far");
    far.area_code = S("3601");
    refused(f, access_sessions_end(&ended, f->ac, &far, id, &f->a, &f->e), ERR_NOT_FOUND);
    alive(f, &two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_rfc),
        ON_BOTH(a_second_factor_is_needed_once_it_is_there),
        ON_BOTH(secrets_are_sealed),
        ON_BOTH(a_second_factor_that_is_required),
        ON_BOTH(a_password_that_was_typed_a_while_ago),
        ON_BOTH(old_passwords_are_not_taken_again),
        ON_BOTH(the_profile_asvs),
        ON_BOTH(who_is_not_needed_is_disabled),
        ON_BOTH(the_last_administrator_stays),
        ON_BOTH(two_servers_share_what_they_need),
        ON_BOTH(sessions_are_limited_and_ended),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
