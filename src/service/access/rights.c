/* Rights, roles, duties, and lines of the audit log. */
#include "service/access/access_internal.h"

static const char *const words[RIGHT__COUNT] = {
    [RIGHT_NONE] = "",
#define RIGHT(id, word, zh, en) [RIGHT_##id] = (word),
#include "service/access/right.tbl.h"
};

static_assert(RIGHT__COUNT <= 64, "rights are bits of one number");

const char *right_word(right r)
{
    assert(r >= RIGHT_NONE && r < RIGHT__COUNT);
    return words[r];
}

right right_of_word(str word)
{
    for (int i = RIGHT_NONE + 1; i < RIGHT__COUNT; i++)
        if (str_eq(word, str_of(words[i])))
            return (right)i;
    return RIGHT_NONE;
}

#define RIGHT_BIT(id) ((uint64_t)1 << RIGHT_##id)

/* Whoever may write that somebody is insured, poor or in the catalogue does not pay for it. */
static bool data_and_payment(uint64_t rights)
{
    const uint64_t data = RIGHT_BIT(PERSON_WRITE) | RIGHT_BIT(PROVIDER_WRITE) |
                          RIGHT_BIT(CATALOGUE_WRITE) | RIGHT_BIT(IMPORT);
    const uint64_t payment = RIGHT_BIT(SETTLEMENT_SETTLE) | RIGHT_BIT(SETTLEMENT_OVERRIDE) |
                             RIGHT_BIT(SETTLEMENT_MANUAL) | RIGHT_BIT(SETTLEMENT_MANUAL_APPROVE) |
                             RIGHT_BIT(SETTLEMENT_REVERSE) | RIGHT_BIT(SETTLEMENT_REVERSE_OWN) |
                             RIGHT_BIT(SETTLEMENT_REVERSE_APPROVE);
    return (rights & data) && (rights & payment);
}

/* 等保 8.1.5: system, security and audit are three persons, and none of them does the business. */
bool access_duties_fit(uint64_t rights)
{
    const uint64_t system = (uint64_t)1 << RIGHT_USER_WRITE,
                   security = (uint64_t)1 << RIGHT_ROLE_WRITE;
    const uint64_t audit = (uint64_t)1 << RIGHT_AUDIT_READ;
    const uint64_t shared = (uint64_t)1 << RIGHT_USER_READ | (uint64_t)1 << RIGHT_NONE;
    const uint64_t business = rights & ~(system | security | audit | shared);
    int duties = (rights & system) != 0;
    duties += (rights & security) != 0;
    duties += (rights & audit) != 0;
    duties += business != 0;
    return duties <= 1 && !data_and_payment(rights);
}

void access_audit(store_job *job,
                  const actor *who,
                  str action,
                  str object,
                  int64_t person_id,
                  str detail_json,
                  str outcome)
{
    store_put_audit(job, &(store_audit){.user_id = who->user_id,
                                        .login = who->login,
                                        .address = who->address,
                                        .action = action,
                                        .object = object,
                                        .person_id = person_id,
                                        .detail = detail_json,
                                        .outcome = outcome,
                                        .trace_id = who->trace_id});
}

typedef struct {
    const actor *who;
    str action, object, outcome, detail;
    int64_t person_id;
} audit_alone;

static bool audit_work(store_job *job, void *arg, arena *a, err *e)
{
    const audit_alone *t = arg;
    (void)a, (void)e;
    access_audit(job, t->who, t->action, t->object, t->person_id, t->detail, t->outcome);
    return true;
}

bool access_audit_alone(
    store *s, const actor *who, str action, str object, str outcome, arena *a, err *e)
{
    audit_alone t = {who, action, object, outcome, S("{}"), 0};
    return store_write(s, LANE, audit_work, &t, a, e);
}

bool access_audit_look(store *s,
                       const actor *who,
                       str action,
                       str object,
                       int64_t person_id,
                       str detail_json,
                       arena *a,
                       err *e)
{
    audit_alone t = {who, action, object, S("ok"), detail_json, person_id};
    return store_write(s, LANE, audit_work, &t, a, e);
}

/* ---- roles ---- */

static const struct {
    const char *word, *zh, *en, *rights;
} roles_at_start[] = {
#define ROLE(word, zh, en, rights) {word, zh, en, rights},
#include "service/access/role.tbl.h"
};

void access_bump(store_job *job)
{
    store_put(job, SQL_REFERENCE_BUMP, (store_value[]){STORE_T(S("access"))}, 1);
}

static void role_put(store_job *job, const char *role, str rights)
{
    while (rights.n > 0) {
        const char *end = memchr(rights.p, ' ', (size_t)rights.n);
        str word = {rights.p, end ? end - rights.p : rights.n};
        assert(right_of_word(word) != RIGHT_NONE);
        store_put(job, SQL_ROLE_RIGHT_ADD, (store_value[]){STORE_T(str_of(role)), STORE_T(word)},
                  2);
        ptrdiff_t taken = word.n + (end != NULL);
        rights = (str){rights.p + taken, rights.n - taken};
    }
}

static bool seed_work(store_job *job, void *arg, arena *a, err *e)
{
    (void)arg;
    store_rows rows;
    if (!store_query(job, SQL_ROLE_RIGHTS, NULL, 0, &rows, a, e))
        return false;
    if (rows.row_count > 0)
        return true;
    for (ptrdiff_t i = 0; i < COUNTOF(roles_at_start); i++)
        role_put(job, roles_at_start[i].word, str_of(roles_at_start[i].rights));
    access_bump(job);
    return true;
}

bool access_seed(store *s, arena *a, err *e)
{
    return store_write(s, LANE, seed_work, NULL, a, e);
}

static void role_name(access_role *r)
{
    r->zh = r->en = r->role;
    for (ptrdiff_t i = 0; i < COUNTOF(roles_at_start); i++) {
        if (str_eq(r->role, str_of(roles_at_start[i].word))) {
            r->zh = str_of(roles_at_start[i].zh);
            r->en = str_of(roles_at_start[i].en);
        }
    }
}

typedef struct {
    access_role *role;
    int count;
} role_list;

static bool roles_work(store_job *job, void *arg, arena *a, err *e)
{
    role_list *list = arg;
    store_rows rows;
    if (!store_query(job, SQL_ROLE_RIGHTS, NULL, 0, &rows, a, e))
        return false;
    list->count = 0;
    list->role = arena_new(a, access_role, rows.row_count);
    for (ptrdiff_t i = 0; i < rows.row_count; i++) {
        str role = store_text(&rows, i, 0);
        if (list->count == 0 || !str_eq(list->role[list->count - 1].role, role)) {
            list->role[list->count].role = role;
            role_name(&list->role[list->count++]);
        }
        right r = right_of_word(store_text(&rows, i, 1));
        if (r != RIGHT_NONE) /* a word of a later version grants nothing here */
            list->role[list->count - 1].rights |= (uint64_t)1 << r;
    }
    return true;
}

bool access_roles(const access_role **out, int *count, access_service *ac, arena *a, err *e)
{
    role_list list = {0};
    if (!store_read(ac->store, roles_work, &list, a, e))
        return false;
    *out = list.role;
    *count = list.count;
    return true;
}
