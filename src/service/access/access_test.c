/* Users, roles and sessions, on SQLite and, when GONGJI_POSTGRES names one, on PostgreSQL. */
#include "test/support/unit_access.h"

static void roles_of_the_start(void **state)
{
    FIXTURE(f);
    const access_role *role;
    int count;
    bool seen = false;
    fine(f, access_roles(&role, &count, f->ac, &f->a, &f->e));
    assert_int_equal(count, 11);
    for (int i = 0; i < count; i++) {
        assert_true(access_duties_fit(role[i].rights));
        if (!str_eq(role[i].role, S("clerk")))
            continue;
        seen = true;
        unit_str_equal(role[i].zh, "经办");
        assert_true(role[i].rights >> RIGHT_SETTLEMENT_SETTLE & 1);
        assert_false(role[i].rights >> RIGHT_SETTLEMENT_REVERSE_APPROVE & 1);
    }
    assert_true(seen);
    fine(f, access_seed(f->s, &f->a, &f->e)); /* a second time changes nothing */
    assert_int_equal(number_of(f, "select count(distinct role) from role_right"), 11);
}

static void a_session_from_end_to_end(void **state)
{
    FIXTURE(f);
    access_session s;
    int64_t id = user_new(f, "zhangsan", "clerk", 0);
    fine(f, login(f, &s, "zhangsan", passwords[0]));
    assert_int_equal(s.user.user_id, id);
    assert_true(s.user.must_change); /* the password was made by the program */
    assert_int_equal(s.csrf.n, 32);
    token first = login_token(f, "zhangsan", 0), second = login_token(f, "zhangsan", 0);
    assert_memory_not_equal(first.text, second.text, TOKEN_BYTES);
    fine(f, find(f, &s, &first));
    unit_str_equal(s.user.login, "zhangsan");
    unit_str_equal(s.user.name, "张三");
    unit_str_equal(s.user.area_code, "3509");
    assert_int_equal(s.user.role_count, 1);
    unit_str_equal(s.user.role[0], "clerk");
    actor who = actor_of(f, &first);
    assert_true(actor_may(&who, RIGHT_SETTLEMENT_SETTLE));
    assert_false(actor_may(&who, RIGHT_USER_WRITE));
    /* neither token nor password can be read in the database */
    char query[200];
    snprintf(query, sizeof query, "select count(*) from user_session where token_digest = '%s'",
             first.text);
    assert_int_equal(number_of(f, query), 0);
    assert_int_equal(number_of(f, "select count(*) from app_user where password_hash like "
                                  "'$argon2id$%'"),
                     1);
    fine(f, access_logout(f->ac, &who, str_of(first.text), &f->a, &f->e));
    dead(f, &first);
    alive(f, &second);
    assert_true(number_of(f, "select count(*) from audit_log where action = 'session.open' and "
                             "outcome = 'ok' and address = '10.0.0.7'") == 3);
    assert_int_equal(number_of(f, "select count(*) from audit_log where action = 'session.close'"),
                     1);
}

static void tokens_that_nobody_gave(void **state)
{
    FIXTURE(f);
    access_session s;
    token wrong = {{0}};
    memset(wrong.text, 'a', TOKEN_BYTES);
    dead(f, &wrong);
    again(f);
    refused(f, access_session_find(&s, f->ac, S(""), &f->a, &f->e), ERR_NOT_SIGNED_IN);
    refused(f, access_session_find(&s, f->ac, S("' or 1=1"), &f->a, &f->e), ERR_NOT_SIGNED_IN);
    assert_false(access_csrf_same(S(""), S("")));
    assert_false(access_csrf_same(S("ab"), S("ac")));
    assert_true(access_csrf_same(S("ab"), S("ab")));
}

static void sessions_end_by_time(void **state)
{
    FIXTURE(f);
    user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    clock_ms += 14 * MINUTE_MS;
    alive(f, &t); /* idle time begins anew */
    clock_ms += 14 * MINUTE_MS;
    alive(f, &t);
    clock_ms += 15 * MINUTE_MS + 1;
    dead(f, &t);
    assert_int_equal(number_of(f, "select count(*) from user_session"), 0);
    t = login_token(f, "lisi", 0);
    for (int minutes = 0; minutes < 8 * 60; minutes += 10) {
        alive(f, &t);
        clock_ms += 10 * MINUTE_MS;
    }
    alive(f, &t);
    clock_ms += 1;
    dead(f, &t); /* 8 hours, however busy */
}

/* What was used a moment ago is still known after a restart, but the table is not written at every
 * request. */
static void last_use_is_written_seldom(void **state)
{
    FIXTURE(f);
    user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    int64_t commits = store_stats_now(f->s).jobs;
    for (int i = 0; i < 50; i++) {
        clock_ms += 1000;
        alive(f, &t);
    }
    assert_int_equal(store_stats_now(f->s).jobs, commits);
    clock_ms += 10000;
    alive(f, &t);
    alive(f, &t);
    assert_int_equal(store_stats_now(f->s).jobs, commits + 1);
    assert_int_equal(number_of(f, "select seen_at from user_session"), clock_ms);
    access_close(f->ac);
    access_start(f);
    clock_ms += 14 * MINUTE_MS;
    alive(f, &t);
}

static void only_so_many_at_once(void **state)
{
    FIXTURE(f);
    token t[5];
    user_new(f, "lisi", "clerk", 0);
    for (int i = 0; i < 5; i++) {
        t[i] = login_token(f, "lisi", 0);
        alive(f, &t[i]);
        clock_ms += 10;
    }
    dead(f, &t[0]);
    dead(f, &t[1]);
    for (int i = 2; i < 5; i++)
        alive(f, &t[i]);
}

static void five_failures_lock(void **state)
{
    FIXTURE(f);
    access_session s;
    user_new(f, "wangwu", "clerk", 0);
    const char *names[] = {"wangwu", "nobody-here"}; /* both answer alike */
    for (int n = 0; n < 2; n++) {
        for (int i = 0; i < 5; i++)
            refused(f, login(f, &s, names[n], "Wrong-Password-1"), ERR_BAD_LOGIN);
        refused(f, login(f, &s, names[n], "Wrong-Password-1"), ERR_LOCKED);
    }
    refused(f, login(f, &s, "wangwu", passwords[0]), ERR_LOCKED);
    access_close(f->ac);
    access_start(f);
    refused(f, login(f, &s, "wangwu", passwords[0]), ERR_LOCKED); /* after a restart too */
    access_user seen;
    const str active = S("active");
    fine(f, access_user_by_login(&seen, f->ac, S("wangwu"), &f->a, &f->e));
    unit_str_equal(seen.state, "locked");
    clock_ms += 10 * MINUTE_MS + 1;
    fine(f, login(f, &s, "wangwu", passwords[0]));
    for (int i = 0; i < 5; i++)
        refused(f, login(f, &s, "wangwu", "x"), ERR_BAD_LOGIN);
    refused(f, login(f, &s, "wangwu", passwords[0]), ERR_LOCKED);
    fine(f, access_user_change(f->ac, &program, seen.user_id, NULL, &active, NULL, &f->a, &f->e));
    fine(f, login(f, &s, "wangwu", passwords[0])); /* an administrator ended it */
    for (int i = 0; i < 4; i++)
        refused(f, login(f, &s, "wangwu", "x"), ERR_BAD_LOGIN);
    fine(f, login(f, &s, "wangwu", passwords[0])); /* counts from the beginning again */
    for (int i = 0; i < 4; i++)
        refused(f, login(f, &s, "wangwu", ""), ERR_BAD_LOGIN);
    assert_int_equal(number_of(f, "select failed_count from app_user"), 4);
    assert_int_equal(number_of(f, "select count(*) from audit_log where action = 'session.refuse' "
                                  "and login = 'nobody-here'"),
                     0); /* perhaps a password in the wrong field */
    assert_int_equal(number_of(f, "select count(*) from audit_log where action = 'session.refuse' "
                                  "and outcome = 'locked'"),
                     5);
}

static void whoever_is_disabled_is_out_at_once(void **state)
{
    FIXTURE(f);
    access_session s;
    const str disabled = S("disabled"), active = S("active"), gone = S("gone");
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    alive(f, &t);
    actor self = actor_of(f, &t);
    refused(f, access_user_change(f->ac, &self, id, NULL, &disabled, NULL, &f->a, &f->e),
            ERR_SAME_PERSON);
    refused(f, access_user_change(f->ac, &program, id, NULL, &gone, NULL, &f->a, &f->e),
            ERR_UNKNOWN_WORD);
    fine(f, access_user_change(f->ac, &program, id, NULL, &disabled, NULL, &f->a, &f->e));
    dead(f, &t);
    refused(f, login(f, &s, "lisi", passwords[0]), ERR_BAD_LOGIN);
    again(f);
    fine(f, access_user_change(f->ac, &program, id, NULL, &active, NULL, &f->a, &f->e));
    dead(f, &t); /* what has ended does not come back */
    fine(f, login(f, &s, "lisi", passwords[0]));
}

static void new_roles_end_sessions(void **state)
{
    FIXTURE(f);
    access_session s;
    const str finance[] = {S("finance"), S("head"), S("finance")};
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    alive(f, &t);
    fine(f, access_roles_set(f->ac, &program, id, finance, 3, &f->a, &f->e));
    dead(f, &t);
    t = login_token(f, "lisi", 0);
    fine(f, find(f, &s, &t));
    assert_int_equal(s.user.role_count, 2);
    actor who = actor_of(f, &t);
    assert_false(actor_may(&who, RIGHT_SETTLEMENT_SETTLE));
    assert_true(actor_may(&who, RIGHT_EXPORT));
    refused(f, access_roles_set(f->ac, &who, id, finance, 1, &f->a, &f->e), ERR_SAME_PERSON);
    const str unknown[] = {S("emperor")};
    refused(f, access_roles_set(f->ac, &program, id, unknown, 1, &f->a, &f->e), ERR_UNKNOWN_WORD);
    alive(f, &t); /* nothing of that was kept */
}

/* Information and business are two persons (services 6.3): else one makes somebody poor, and pays
 * for it. */
static void who_keeps_the_data_does_not_settle(void **state)
{
    static const char *const pays[] = {"clerk", "supervisor", "hospital"};
    static const char *const looks[] = {"finance", "head"};
    FIXTURE(f);
    int64_t id = user_new(f, "lisi", "", 0);
    for (ptrdiff_t i = 0; i < COUNTOF(pays); i++) {
        const str two[] = {S("data"), str_of(pays[i])};
        again(f);
        refused(f, access_roles_set(f->ac, &program, id, two, 2, &f->a, &f->e), ERR_DUTY);
    }
    for (ptrdiff_t i = 0; i < COUNTOF(looks); i++) {
        const str two[] = {S("data"), str_of(looks[i])};
        again(f);
        fine(f, access_roles_set(f->ac, &program, id, two, 2, &f->a, &f->e));
    }
}

/* The three administrators are three persons, and none of them does the business. */
static void duties_are_separate(void **state)
{
    FIXTURE(f);
    const char *admin[] = {"system_admin", "security_admin", "audit_admin"};
    const char *business[] = {"clerk", "supervisor", "data", "finance", "hospital", "head"};
    int64_t id = user_new(f, "lisi", "", 0);
    for (int i = 0; i < 3; i++) {
        const str alone[] = {str_of(admin[i])};
        for (int j = 0; j < 3; j++) {
            const str two[] = {str_of(admin[i]), str_of(admin[j])};
            again(f);
            bool ok = access_roles_set(f->ac, &program, id, two, 2, &f->a, &f->e);
            if (i == j)
                fine(f, ok);
            else
                refused(f, ok, ERR_DUTY);
        }
        for (ptrdiff_t j = 0; j < COUNTOF(business); j++) {
            const str two[] = {str_of(business[j]), str_of(admin[i])};
            again(f);
            refused(f, access_roles_set(f->ac, &program, id, two, 2, &f->a, &f->e), ERR_DUTY);
        }
        again(f);
        fine(f, access_roles_set(f->ac, &program, id, alone, 1, &f->a, &f->e));
    }
    const str clerks[] = {S("clerk"), S("finance")};
    fine(f, access_roles_set(f->ac, &program, id, clerks, 2, &f->a, &f->e));
}

static void passwords_have_rules(void **state)
{
    FIXTURE(f);
    access_session s;
    user_new(f, "zhaoliu", "clerk", 0);
    token t = login_token(f, "zhaoliu", 0), other = login_token(f, "zhaoliu", 0);
    actor who = actor_of(f, &t);
    char old[40], who_login[] = "zhaoliu";
    who.login = str_of(who_login);
    memcpy(old, passwords[0], sizeof old);
    const char *weak[] = {"Short1-", "onlysmallletters", "smalland12345", "xZhaoLiu-2026x",
                          "ALLCAPITAL-----"};
    for (ptrdiff_t i = 0; i < COUNTOF(weak); i++) {
        again(f);
        refused(f,
                access_password_change(f->ac, &who, str_of(t.text), str_of(old), str_of(weak[i]),
                                       &f->a, &f->e),
                ERR_WEAK_PASSWORD);
    }
    refused(
        f,
        access_password_change(f->ac, &who, str_of(t.text), str_of(old), str_of(old), &f->a, &f->e),
        ERR_WEAK_PASSWORD);
    bool wrong_old = access_password_change(f->ac, &who, str_of(t.text), S("nonsense"),
                                            S("Good-Password-7"), &f->a, &f->e);
    assert_string_equal(f->e.field, "old");
    refused(f, wrong_old, ERR_BAD_VALUE);
    fine(f, access_password_change(f->ac, &who, str_of(t.text), str_of(old), S("Good-Password-7"),
                                   &f->a, &f->e));
    fine(f, find(f, &s, &t));
    assert_false(s.user.must_change);
    dead(f, &other); /* whoever else was signed in with the old one */
    refused(f, login(f, &s, "zhaoliu", old), ERR_BAD_LOGIN);
    fine(f, login(f, &s, "zhaoliu", "Good-Password-7"));
    clock_ms += (int64_t)91 * 86400000;
    fine(f, login(f, &s, "zhaoliu", "Good-Password-7"));
    assert_true(s.user.must_change);
}

static void passwords_are_reset(void **state)
{
    FIXTURE(f);
    access_session s;
    str made;
    char fresh[40] = "";
    int64_t id = user_new(f, "lisi", "clerk", 0),
            admin = user_new(f, "admin.sys", "system_admin", 1),
            security = user_new(f, "admin.sec", "security_admin", 2);
    token t = login_token(f, "lisi", 0), at = login_token(f, "admin.sys", 1);
    alive(f, &t);
    actor who = actor_of(f, &at);
    who.login = S("admin.sys");
    who.name = who.area_code = S("");
    fine(f, access_password_reset(&made, f->ac, &who, id, &f->a, &f->e));
    assert_true(made.n >= 20);
    memcpy(fresh, made.p, (size_t)made.n);
    dead(f, &t);
    refused(f, login(f, &s, "lisi", passwords[0]), ERR_BAD_LOGIN);
    fine(f, login(f, &s, "lisi", fresh));
    assert_true(s.user.must_change);
    /* whoever manages users cannot become another administrator */
    again(f);
    refused(f, access_password_reset(&made, f->ac, &who, security, &f->a, &f->e), ERR_DUTY);
    fine(f, access_password_reset(&made, f->ac, &program, admin, &f->a, &f->e));
}

static void users_are_checked_when_created(void **state)
{
    FIXTURE(f);
    int64_t id;
    str password;
    user_new(f, "lisi", "clerk", 0);
    const access_user wrong[] = {
        {.login = S(""), .name = S("n"), .area_code = S("")},
        {.login = S("Li Si"), .name = S("n"), .area_code = S("")},
        {.login = S("lisi2"), .name = S(""), .area_code = S("")},
        {.login = S("lisi2"), .name = S("a\nb"), .area_code = S("")},
        {.login = S("lisi2"), .name = S("n"), .area_code = S("35x9")},
        {.login = S("lisi2"), .name = S("n"), .area_code = S("3508")},
    };
    actor in_ningde = program;
    in_ningde.area_code = S("3509");
    for (ptrdiff_t i = 0; i < COUNTOF(wrong); i++) {
        again(f);
        refused(f, access_user_add(&id, &password, f->ac, &in_ningde, &wrong[i], &f->a, &f->e),
                ERR_BAD_VALUE);
    }
    const access_user same = {.login = S("lisi"), .name = S("n"), .area_code = S("3509")};
    refused(f, access_user_add(&id, &password, f->ac, &program, &same, &f->a, &f->e), ERR_EXISTS);
}

static void users_are_listed_by_area(void **state)
{
    FIXTURE(f);
    char name[20];
    access_user u;
    int64_t id = 0;
    str password;
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "user%02d", i);
        id = user_new(f, name, "clerk", 0);
    }
    const access_user far = {.login = S("far_away"), .name = S("李%四"), .area_code = S("3601")};
    int64_t far_id;
    again(f);
    fine(f, access_user_add(&far_id, &password, f->ac, &program, &far, &f->a, &f->e));
    access_user_page page;
    access_user_filter filter = {.q = S(""), .state = S(""), .after = S(""), .limit = 10};
    fine(f, access_users(&page, f->ac, &program, &filter, &f->a, &f->e));
    assert_int_equal(page.count, 10);
    assert_int_equal(page.total, 26);
    assert_true(page.more);
    unit_str_equal(page.user[0].login, "far_away");
    filter.after = S("user19");
    fine(f, access_users(&page, f->ac, &program, &filter, &f->a, &f->e));
    assert_int_equal(page.count, 5);
    assert_false(page.more);
    filter = (access_user_filter){.q = S("%四"), .state = S(""), .after = S(""), .limit = 10};
    fine(f, access_users(&page, f->ac, &program, &filter, &f->a, &f->e));
    assert_int_equal(page.count, 1); /* % is a character like others */
    filter.q = S("r_a");
    fine(f, access_users(&page, f->ac, &program, &filter, &f->a, &f->e));
    assert_int_equal(page.count, 1);
    actor in_ningde = program;
    in_ningde.area_code = S("35");
    filter = (access_user_filter){
        .q = S(""), .state = S("active"), .after = S(""), .descending = true, .limit = 50};
    fine(f, access_users(&page, f->ac, &in_ningde, &filter, &f->a, &f->e));
    assert_int_equal(page.count, 25);
    unit_str_equal(page.user[0].login, "user24");
    fine(f, access_user_find(&u, f->ac, &in_ningde, id, &f->a, &f->e));
    refused(f, access_user_find(&u, f->ac, &in_ningde, far_id, &f->a, &f->e), ERR_NOT_FOUND);
    fine(f, access_user_by_login(&u, f->ac, S("far_away"), &f->a, &f->e));
    assert_int_equal(u.user_id, far_id);
}

/* A second process on the same database, as `gongji user` beside a running server. */
static void other_processes_are_heard(void **state)
{
    FIXTURE(f);
    const str disabled = S("disabled");
    access_service *other;
    access_config c = quick();
    int64_t id = user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    clock_ms += 2000;
    alive(f, &t);
    fine(f, access_open(&other, f->s, &c, &f->e));
    fine(f, access_user_change(other, &program, id, NULL, &disabled, NULL, &f->a, &f->e));
    clock_ms += 1000;
    dead(f, &t);
    access_close(other);
}

/* More sessions than there is room for copies: slower, not wrong. */
static void copies_are_only_copies(void **state)
{
    FIXTURE(f);
    token t[12];
    user_new(f, "lisi", "clerk", 0);
    user_new(f, "wangwu", "clerk", 1);
    user_new(f, "zhaoliu", "clerk", 2);
    user_new(f, "sunqi", "clerk", 3);
    const char *names[] = {"lisi", "wangwu", "zhaoliu", "sunqi"};
    for (int i = 0; i < 12; i++)
        t[i] = login_token(f, names[i / 3], i / 3);
    for (int round = 0; round < 3; round++) {
        memset(f->ac->copy, 0, sizeof f->ac->copy);
        for (int i = 0; i < 12; i++) {
            access_session s;
            fine(f, find(f, &s, &t[i]));
            unit_str_equal(s.user.login, names[i / 3]);
            /* somebody else's copy in each place of the set */
            session_copy *set = f->ac->copy[0];
            for (int w = 0; w < CACHE_WAYS; w++)
                set[w].seen_at = clock_ms + 1;
            fine(f, find(f, &s, &t[i]));
            unit_str_equal(s.user.login, names[i / 3]);
        }
    }
}

static void refusals_are_written_down(void **state)
{
    FIXTURE(f);
    int64_t rows;
    user_new(f, "lisi", "clerk", 0);
    token t = login_token(f, "lisi", 0);
    actor who = actor_of(f, &t);
    fine(f, access_audit_alone(f->s, &who, S("user.add"), S("POST /api/v1/users"), S("no_right"),
                               &f->a, &f->e));
    assert_int_equal(number_of(f, "select count(*) from audit_log where outcome = 'no_right' and "
                                  "login = 'lisi'"),
                     1);
    fine(f, store_audit_verify(f->s, &rows, &(store_audit_break){0}, &f->a, &f->e));
    assert_int_equal(rows, number_of(f, "select count(*) from audit_log"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(roles_of_the_start),
        ON_BOTH(a_session_from_end_to_end),
        ON_BOTH(tokens_that_nobody_gave),
        ON_BOTH(sessions_end_by_time),
        ON_BOTH(last_use_is_written_seldom),
        ON_BOTH(only_so_many_at_once),
        ON_BOTH(five_failures_lock),
        ON_BOTH(whoever_is_disabled_is_out_at_once),
        ON_BOTH(new_roles_end_sessions),
        ON_BOTH(duties_are_separate),
        ON_BOTH(who_keeps_the_data_does_not_settle),
        ON_BOTH(passwords_have_rules),
        ON_BOTH(passwords_are_reset),
        ON_BOTH(users_are_checked_when_created),
        ON_BOTH(users_are_listed_by_area),
        ON_BOTH(other_processes_are_heard),
        ON_BOTH(copies_are_only_copies),
        ON_BOTH(refusals_are_written_down),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
