/* access -- users, roles, sessions: who is asking, and what he may do.
 *
 * In:      logins, passwords, tokens; the tables app_user, user_role, role_right, user_session.
 * Out:     an actor with his rights; or an err (bad_login, locked, not_signed_in, no_right).
 * May use: base, store, libsodium (Argon2id), OpenSSL (SM3, HMAC, AES-GCM, random).
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H
#include "base/base.h"
#include "store/store.h"

typedef enum {
    RIGHT_NONE = 0, /* signed in is enough */
#define RIGHT(id, word, zh, en) RIGHT_##id,
#include "service/access/right.tbl.h"
    RIGHT__COUNT
} right;

const char *right_word(right r);
right right_of_word(str word); /* RIGHT_NONE = there is none */

/* Who is asking.  user_id 0 = the public; -1 = the program itself (command line). */
typedef struct {
    int64_t user_id;
    str login, name;
    str area_code;       /* "" = every area */
    int64_t provider_id; /* not 0: only this provider's bills */
    uint64_t rights;     /* 1 << right */
    str address, trace_id;
} actor;

static inline bool actor_may(const actor *who, right r)
{
    return r == RIGHT_NONE || ((who->rights >> r) & 1);
}

/* A city's people see its counties, a province's all below; "" sees everything. */
static inline bool actor_covers_area(const actor *who, str area_code)
{
    str mine = who->area_code;
    while (mine.n >= 2 && mine.p[mine.n - 1] == '0' && mine.p[mine.n - 2] == '0')
        mine.n -= 2;
    return mine.n == 0 ||
           (area_code.n >= mine.n && memcmp(area_code.p, mine.p, (size_t)mine.n) == 0);
}

/* A line of the audit log in this actor's name. */
void access_audit(store_job *job,
                  const actor *who,
                  str action,
                  str object,
                  int64_t person_id,
                  str detail_json,
                  str outcome);
/* The same as a job of its own, for what was refused before any work began. */
bool access_audit_alone(
    store *s, const actor *who, str action, str object, str outcome, arena *a, err *e) MUST_USE;

/* Somebody looked at personal data (`person_id` 0: a list of many); before he is answered. */
bool access_audit_look(store *s,
                       const actor *who,
                       str action,
                       str object,
                       int64_t person_id,
                       str detail_json,
                       arena *a,
                       err *e) MUST_USE;

/* ---- the service ---- */

typedef struct access_service access_service;

typedef struct {
    int idle_seconds, absolute_seconds; /* of a session */
    int sessions_max;                   /* at the same time, of one user */
    int counter_sessions_max;           /* of somebody who settles */
    int sure_seconds;                   /* so long a password that was typed counts as just now */
    int failures_max, lock_seconds;
    int password_bytes_min, password_classes_min;
    int password_days;         /* then it must be changed; 0 = never */
    int passwords_kept;        /* as many of the last ones are not taken again */
    const char *refused_file;  /* passwords that everybody knows, one a line; NULL = none */
    int unused_days;           /* then a user is disabled; 0 = never */
    const char *factor_roles;  /* who must have a second factor: roles joined by commas, or all */
    const char *key_file;      /* seals secrets; made when it is first needed; NULL = none */
    int hashes_at_once;        /* each needs hash_bytes */
    uint64_t hash_operations;  /* of Argon2id */
    size_t hash_bytes;         /* the same */
    int foreign_check_seconds; /* how soon what another process changed is noticed */
} access_config;

extern const access_config access_config_default; /* the profile mlps3 */

/* What passwords must be: mlps3 (等保: several kinds of characters, changed, not repeated) or asvs
 * (length, and none that everybody knows).  False: there is no such profile. */
bool access_profile(access_config *c, const char *name);

bool access_open(access_service **out, store *s, const access_config *c, err *e) MUST_USE;
void access_close(access_service *ac); /* NULL is fine */

/* The roles of the start, in a database without any. */
bool access_seed(store *s, arena *a, err *e) MUST_USE;

/* ---- users ---- */

typedef struct {
    int64_t user_id;
    str login, name, area_code;
    int64_t provider_id;
    str state;            /* active, locked, disabled */
    bool must_change;     /* the password */
    bool has_factor;      /* a second one */
    bool must_add_factor; /* in sessions only */
    str expires_on;       /* the last day, ISO; "" = no end */
    int64_t last_login_at;
    const str *role;
    int role_count;
    uint64_t rights;
} access_user;

/* user_id, state and the like are the service's business.  *password: made here, told once. */
bool access_user_add(int64_t *user_id,
                     str *password,
                     access_service *ac,
                     const actor *who,
                     const access_user *wanted,
                     arena *a,
                     err *e) MUST_USE;
/* All of his sessions are over; *ended: how many there were. */
bool access_sessions_end(int64_t *ended,
                         access_service *ac,
                         const actor *who,
                         int64_t user_id,
                         arena *a,
                         err *e) MUST_USE;
/* Disables whoever has not signed in for unused_days (-1: as configured; 0: never), or is past his
 * last day, but not the last one who can enable users again; *disabled: how many. */
bool access_tidy(int64_t *disabled, access_service *ac, int unused_days, arena *a, err *e) MUST_USE;
/* NULL = as it is.  A user who is disabled is out at once. */
bool access_user_change(access_service *ac,
                        const actor *who,
                        int64_t user_id,
                        const str *name,
                        const str *state,
                        const str *expires_on,
                        arena *a,
                        err *e) MUST_USE;
/* ERR_DUTY when one person cannot hold them together; his sessions end. */
bool access_roles_set(access_service *ac,
                      const actor *who,
                      int64_t user_id,
                      const str *role,
                      int role_count,
                      arena *a,
                      err *e) MUST_USE;
bool access_password_reset(str *password,
                           access_service *ac,
                           const actor *who,
                           int64_t user_id,
                           arena *a,
                           err *e) MUST_USE;
bool access_user_find(access_user *out,
                      access_service *ac,
                      const actor *who,
                      int64_t user_id,
                      arena *a,
                      err *e) MUST_USE;
bool access_user_by_login(
    access_user *out, access_service *ac, str login, arena *a, err *e) MUST_USE;

typedef struct {
    str q, state;
    str after;       /* login; "" = from the beginning */
    bool descending; /* sorted by login */
    int limit;
} access_user_filter;

typedef struct {
    access_user *user;
    int count;
    bool more;
    int64_t total;
} access_user_page;

bool access_users(access_user_page *out,
                  access_service *ac,
                  const actor *who,
                  const access_user_filter *f,
                  arena *a,
                  err *e) MUST_USE;

/* Whether one person may hold all these rights. */
bool access_duties_fit(uint64_t rights);

typedef struct {
    str role, zh, en;
    uint64_t rights;
} access_role;
bool access_roles(
    const access_role **out, int *count, access_service *ac, arena *a, err *e) MUST_USE;

/* ---- sessions ---- */

typedef struct {
    str token; /* only from access_login */
    str csrf;
    access_user user;
    bool sure; /* the password was typed a short while ago */
} access_session;

/* `from` says address and trace.  Every refusal is ERR_BAD_LOGIN or ERR_LOCKED, whether there is
 * such a user or not, and takes as long.  Who has a second factor also needs a code:
 * ERR_CODE_NEEDED when it is "", ERR_BAD_CODE, which counts as a failure, when it is not his. */
bool access_login(access_session *out,
                  access_service *ac,
                  str login,
                  str password,
                  str code,
                  const actor *from,
                  arena *a,
                  err *e) MUST_USE;
/* ERR_NOT_SIGNED_IN: unknown, idle for too long, too old, ended. */
bool access_session_find(
    access_session *out, access_service *ac, str token, arena *a, err *e) MUST_USE;
bool access_logout(access_service *ac, const actor *who, str token, arena *a, err *e) MUST_USE;
/* The session of `token` goes on, all others of the user end. */
bool access_password_change(access_service *ac,
                            const actor *who,
                            str token,
                            str old_password,
                            str new_password,
                            arena *a,
                            err *e) MUST_USE;
/* The password once more (and a code, of who has a second factor): the session is `sure` again. */
bool access_confirm(access_service *ac,
                    const actor *who,
                    str token,
                    str password,
                    str code,
                    arena *a,
                    err *e) MUST_USE;

/* ---- the second factor: codes of six digits, RFC 6238 ---- */

#define ACCESS_RECOVERY_CODES 10

/* What is shown once: the secret as text (base32) and as an address for a QR code.  It counts only
 * when a code of it was told to access_factor_confirm. */
typedef struct {
    str secret, uri;
} access_factor;

bool access_factor_begin(access_factor *out,
                         access_service *ac,
                         const actor *who,
                         str password,
                         arena *a,
                         err *e) MUST_USE;
/* Tells the codes for the day the telephone is lost; all other sessions end. */
bool access_factor_confirm(str recovery[ACCESS_RECOVERY_CODES],
                           access_service *ac,
                           const actor *who,
                           str token,
                           str code,
                           arena *a,
                           err *e) MUST_USE;
bool access_factor_end(
    access_service *ac, const actor *who, str password, str code, arena *a, err *e) MUST_USE;
/* By an administrator, of somebody whose telephone is lost; his sessions end. */
bool access_factor_reset(
    access_service *ac, const actor *who, int64_t user_id, arena *a, err *e) MUST_USE;

/* What a new password needs: for whoever has to think of one. */
void access_password_needs(const access_service *ac, int *bytes_min, int *classes_min);

bool access_csrf_same(str a, str b); /* in constant time */
void access_actor_of(actor *out, const access_user *u, str address, str trace_id);

/* Random hexadecimal digits that nobody guesses: an even number, at most 128.  For keys, tokens and
 * numbers that only who was told knows. */
str access_random_hex(ptrdiff_t digits, arena *a);

#endif
