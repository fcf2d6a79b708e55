/* access -- users, roles, sessions: who is asking, and what he may do.
 *
 * In:      logins, passwords, tokens; the tables app_user, user_role, role_right, user_session.
 * Out:     an actor with his rights; or an err (bad_login, locked, not_signed_in, no_right).
 * May use: base, store, libsodium (Argon2id), OpenSSL (SM3, random).
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

/* A line of the audit log in this actor's name. */
void access_audit(store_job *job,
                  const actor *who,
                  str action,
                  str object,
                  int64_t person_id,
                  str detail_json,
                  str outcome);

#endif
