/* Passwords: what is good enough, how they are kept, how new ones are made. */
#include "service/access/access_internal.h"

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 128, CLASSES_MIN = 3 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool contains(str text, str part)
{
    for (ptrdiff_t i = 0; part.n > 0 && i + part.n <= text.n; i++) {
        ptrdiff_t same = 0;
        while (same < part.n && lower(text.p[i + same]) == lower(part.p[same]))
            same++;
        if (same == part.n)
            return true;
    }
    return false;
}

static int class_count(str password)
{
    bool small = false, large = false, digit = false, other = false;
    for (ptrdiff_t i = 0; i < password.n; i++) {
        char c = password.p[i];
        bool is_small = c >= 'a' && c <= 'z', is_large = c >= 'A' && c <= 'Z';
        bool is_digit = c >= '0' && c <= '9';
        small |= is_small;
        large |= is_large;
        digit |= is_digit;
        other |= !is_small && !is_large && !is_digit;
    }
    return small + large + digit + other;
}

bool password_is_good(str login, str password, err *e)
{
    if (password.n >= PASSWORD_MIN && password.n <= PASSWORD_MAX &&
        class_count(password) >= CLASSES_MIN && !contains(password, login))
        return true;
    err_field(e, S("new"));
    err_expected(e, "%d to %d characters, 3 of: small, capital, digit, other; without the login",
                 PASSWORD_MIN, PASSWORD_MAX);
    return FAIL(e, ERR_WEAK_PASSWORD, "the rules for passwords are not met");
}

/* Letters and digits that are not mistaken for each other when read aloud or from paper. */
str password_make(str login, arena *a)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    enum { GROUPS = 4, GROUP = 5, BYTES = GROUPS * GROUP + GROUPS - 1 };
    char *p = arena_new(a, char, BYTES + 1);
    err e;
    do {
        for (int i = 0; i < BYTES; i++) {
            uint32_t n = randombytes_uniform((uint32_t)sizeof letters - 1);
            p[i] = i % (GROUP + 1) == GROUP ? '-' : letters[n];
        }
        e = (err){0};
    } while (!password_is_good(login, (str){p, BYTES}, &e));
    return (str){p, BYTES};
}

/* Each hash needs much memory: only so many at the same time. */
static void hash_begin(access_service *ac)
{
    pthread_mutex_lock(&ac->hash_lock);
    while (ac->hashing >= ac->config.hashes_at_once)
        pthread_cond_wait(&ac->hash_free, &ac->hash_lock);
    ac->hashing++;
    pthread_mutex_unlock(&ac->hash_lock);
}

static void hash_end(access_service *ac)
{
    pthread_mutex_lock(&ac->hash_lock);
    ac->hashing--;
    pthread_cond_signal(&ac->hash_free);
    pthread_mutex_unlock(&ac->hash_lock);
}

bool password_hash_make(password_hash *out, access_service *ac, str password, err *e)
{
    *out = (password_hash){0};
    hash_begin(ac);
    int failed = crypto_pwhash_str(out->text, password.p, (unsigned long long)password.n,
                                   ac->config.hash_operations, ac->config.hash_bytes);
    hash_end(ac);
    return !failed || FAIL(e, ERR_OUT_OF_MEMORY, "no memory to hash a password");
}

bool password_matches(access_service *ac, str hash, str password)
{
    password_hash kept = {0};
    if (hash.n >= (ptrdiff_t)sizeof kept.text || password.n > PASSWORD_MAX)
        return false;
    memcpy(kept.text, hash.p, (size_t)hash.n);
    hash_begin(ac);
    int differs = crypto_pwhash_str_verify(kept.text, password.p, (unsigned long long)password.n);
    hash_end(ac);
    return differs == 0;
}
