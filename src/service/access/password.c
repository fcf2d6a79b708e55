/* Passwords: what is good enough, how they are kept, how new ones are made. */
#include "service/access/access_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define PASSWORD_MAX 128

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

/* ---- passwords that everybody knows ---- */

static int order(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t known_hash(str password)
{
    char small[PASSWORD_MAX];
    ptrdiff_t n = password.n < PASSWORD_MAX ? password.n : PASSWORD_MAX;
    for (ptrdiff_t i = 0; i < n; i++)
        small[i] = lower(password.p[i]);
    return str_hash((str){small, n});
}

static bool is_known(const access_service *ac, str password)
{
    uint64_t hash = known_hash(password);
    return ac->refused_count > 0 &&
           bsearch(&hash, ac->refused, (size_t)ac->refused_count, sizeof hash, order) != NULL;
}

bool password_refused_load(access_service *ac, const char *file, err *e)
{
    char line[1024];
    ptrdiff_t room = 0;
    FILE *f = fopen(file, "r");
    if (!f)
        return FAIL(e, ERR_IO, "%s cannot be read", file);
    while (fgets(line, sizeof line, f)) {
        str word = {line, (ptrdiff_t)strcspn(line, "\r\n")};
        if (word.n == 0)
            continue;
        if (ac->refused_count == room) {
            room = room ? 2 * room : 4096;
            uint64_t *more = realloc(ac->refused, (size_t)room * sizeof *more);
            if (!more) {
                fclose(f);
                return FAIL(e, ERR_OUT_OF_MEMORY, "no memory for %s", file);
            }
            ac->refused = more;
        }
        ac->refused[ac->refused_count++] = known_hash(word);
    }
    fclose(f);
    if (ac->refused_count == 0)
        return FAIL(e, ERR_IO, "%s holds no password", file);
    qsort(ac->refused, (size_t)ac->refused_count, sizeof *ac->refused, order);
    return true;
}

void access_password_needs(const access_service *ac, int *bytes_min, int *classes_min)
{
    *bytes_min = ac->config.password_bytes_min;
    *classes_min = ac->config.password_classes_min;
}

bool password_is_good(const access_service *ac, str login, str password, err *e)
{
    const access_config *c = &ac->config;
    err_field(e, S("new"));
    if (is_known(ac, password)) {
        err_expected(e, "a password that is not on the list of well-known ones");
        return FAIL(e, ERR_WEAK_PASSWORD, "everybody knows this password");
    }
    if (password.n >= c->password_bytes_min && password.n <= PASSWORD_MAX &&
        class_count(password) >= c->password_classes_min && !contains(password, login)) {
        *e = (err){0};
        return true;
    }
    if (c->password_classes_min > 1)
        err_expected(e,
                     "%d to %d characters, %d of: small, capital, digit, other; without the login",
                     c->password_bytes_min, PASSWORD_MAX, c->password_classes_min);
    else
        err_expected(e, "%d to %d characters, without the login", c->password_bytes_min,
                     PASSWORD_MAX);
    return FAIL(e, ERR_WEAK_PASSWORD, "the rules for passwords are not met");
}

bool access_profile(access_config *c, const char *name)
{
    if (strcmp(name, "asvs") == 0) {
        c->password_bytes_min = 8;
        c->password_classes_min = 1;
        c->password_days = c->passwords_kept = 0;
        return true;
    }
    c->password_bytes_min = access_config_default.password_bytes_min;
    c->password_classes_min = access_config_default.password_classes_min;
    c->password_days = access_config_default.password_days;
    c->passwords_kept = access_config_default.passwords_kept;
    return strcmp(name, "mlps3") == 0;
}

/* Letters and digits that are not mistaken for each other when read aloud or from paper. */
str password_make(str login, arena *a)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    enum { GROUPS = 4, GROUP = 5, BYTES = GROUPS * GROUP + GROUPS - 1 };
    char *p = arena_new(a, char, BYTES + 1);
    do {
        for (int i = 0; i < BYTES; i++) {
            uint32_t n = randombytes_uniform((uint32_t)sizeof letters - 1);
            p[i] = i % (GROUP + 1) == GROUP ? '-' : letters[n];
        }
    } while (class_count((str){p, BYTES}) < 4 || contains((str){p, BYTES}, login));
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
