/* Of access: passwords, the copies of sessions, rows of users. */
#ifndef ACCESS_ACCESS_INTERNAL_H
#define ACCESS_ACCESS_INTERNAL_H
#include "service/access/access.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>

#define LANE         str_hash(S("access")) /* all changes of access run in one lane */
#define DIGEST_BYTES 64                    /* SM3, hex */
#define TOKEN_BYTES  64                    /* 256 random bits, hex */
#define LOGIN_MAX    32
#define NAME_MAX_UTF 192
#define AREA_MAX     12
#define ROLES_MAX    32

/* ---- passwords ---- */

typedef struct {
    char text[crypto_pwhash_STRBYTES];
} password_hash;

/* ERR_WEAK_PASSWORD */
bool password_is_good(const access_service *ac, str login, str password, err *e);
bool password_refused_load(access_service *ac, const char *file, err *e) MUST_USE;
str password_make(str login, arena *a);
bool password_hash_make(password_hash *out, access_service *ac, str password, err *e) MUST_USE;
bool password_matches(access_service *ac, str hash, str password);

/* ---- tokens ---- */

str digest_of(access_service *ac, str token, arena *a);

/* ---- the key file ---- */

#define KEY_BYTES    32
#define KEY_HEX      64
#define KEY_ID_BYTES 16 /* hex: begins of its SM3 */

typedef struct {
    unsigned char bytes[KEY_BYTES];
    char id[KEY_ID_BYTES + 1]; /* "" = not there yet */
} key_file;

/* Fine when there is none yet; ERR_KEY_FILE when it is there and cannot be used. */
bool key_load(key_file *k, access_service *ac, err *e) MUST_USE;
bool key_make(access_service *ac, err *e) MUST_USE; /* unless it is there meanwhile */
/* As text "aes-256-gcm:key:…"; `bound` is what it belongs to, and has to be told again. */
bool key_seal(str *out, const key_file *k, str secret, str bound, arena *a, err *e) MUST_USE;
bool key_open(str *out, const key_file *k, str sealed, str bound, arena *a, err *e) MUST_USE;

/* ---- codes ---- */

#define FACTOR_SECRET_BYTES 20
#define FACTOR_STEP_SECONDS 30

uint32_t factor_code(str secret, int64_t step); /* six digits */
/* Inside a job that holds the user's row, `user`: the code is used up by it.  A wrong one is
 * counted and written down in that job, so that others at the same moment have no try more; the job
 * goes through, and wrong->code says ERR_BAD_CODE, or ERR_LOCKED. */
bool factor_try(err *wrong,
                store_job *job,
                access_service *ac,
                const actor *who,
                const store_rows *user,
                str code,
                const char *action,
                arena *a,
                err *e) MUST_USE;
bool factor_is_required(const access_service *ac, str roles); /* joined by blanks */

/* ---- copies of sessions ---- */

typedef struct {
    char digest[DIGEST_BYTES];
    bool used;
    int64_t user_id, provider_id, last_login_at, created_at, seen_at, written_at, password_at,
        sure_at;
    uint64_t rights;
    bool must_change, has_factor;
    char expires_on[11];
    char csrf[33], login[LOGIN_MAX + 1], name[NAME_MAX_UTF + 1], area_code[AREA_MAX + 1];
    char roles[256]; /* joined by blanks */
} session_copy;

#define CACHE_SETS 1024
#define CACHE_WAYS 4

/* Failures of logins that nobody has, so that they lock like others. */
#define PHANTOMS 1024

typedef struct {
    uint64_t login_hash;
    int failed_count;
    int64_t locked_until;
} phantom;

struct access_service {
    store *store;
    access_config config;
    EVP_MD *sm3;
    key_file key;      /* written under `lock` */
    uint64_t *refused; /* hashes of passwords that everybody knows, sorted */
    ptrdiff_t refused_count;
    password_hash nobody; /* what a password is compared with when there is no such user */
    pthread_mutex_t hash_lock;
    pthread_cond_t hash_free;
    int hashing;
    pthread_mutex_t lock;    /* of all below */
    uint64_t generation;     /* rises when copies were thrown away */
    int64_t version;         /* of the topic `access` */
    int64_t version_seen_at; /* when it was looked at */
    phantom phantom[PHANTOMS];
    session_copy copy[CACHE_SETS][CACHE_WAYS];
};

void copies_drop_user(access_service *ac, int64_t user_id);

/* ---- rows ---- */

enum {
    U_ID,
    U_LOGIN,
    U_NAME,
    U_AREA,
    U_PROVIDER,
    U_HASH,
    U_MUST_CHANGE,
    U_STATE,
    U_FAILED,
    U_LOCKED_UNTIL,
    U_PASSWORD_AT,
    U_LAST_LOGIN,
    U_EXPIRES,
    U_FACTOR,
    U__COUNT
};

/* Without roles and rights. */
void user_of_row(access_user *out, const store_rows *rows, ptrdiff_t row);
bool user_roles_load(access_user *u, store_job *job, arena *a, err *e) MUST_USE;
/* ERR_NOT_FOUND when there is none. */
bool user_row(
    store_rows *out, store_job *job, store_sql sql, store_value key, arena *a, err *e) MUST_USE;
/* The user that is to be changed, locked until the end of the job; of another area: not found. */
bool user_target(
    access_user *out, store_job *job, const actor *who, int64_t user_id, arena *a, err *e) MUST_USE;
/* Administrators are reset on the server only: ERR_DUTY. */
bool user_may_be_reset(const access_user *u, const actor *who, err *e) MUST_USE;
bool user_is_over(const access_user *u, int64_t now_ms); /* past his last day */
/* The hash that is replaced is kept, so that the password is not taken again. */
void password_keep(store_job *job, const access_service *ac, int64_t user_id, str hash);
/* The user's own password, told once more: ERR_BAD_VALUE of `field`, counted as a failure. */
bool own_password_check(str *hash,
                        access_service *ac,
                        const actor *who,
                        str password,
                        const char *field,
                        const char *action,
                        arena *a,
                        err *e) MUST_USE;
/* Inside a job that holds the user's row: one failure more, and too many lock him. */
void failure_count(store_job *job, const access_service *ac, const store_rows *user);
/* ERR_LOCKED: others failed too often while his password was compared. */
bool user_not_locked(const access_service *ac, const store_rows *user, err *e) MUST_USE;
bool failure_keep(access_service *ac,
                  const actor *who,
                  int64_t user_id,
                  const char *action,
                  err_code why,
                  arena *a,
                  err *e) MUST_USE;
/* Other processes throw their copies away. */
void access_bump(store_job *job);
str user_object(int64_t user_id, arena *a);

#endif
