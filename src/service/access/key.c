/* The key file of the installation, and what is sealed with it: a stolen database tells nothing. */
#include "service/access/access_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALGORITHM   "aes-256-gcm"
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define SECRET_MAX  64

static bool trouble(err *e, const char *file, const char *what)
{
    return FAIL(e, ERR_KEY_FILE, "%s: %s", file, what);
}

static void key_named(key_file *k, const unsigned char *bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    int done = EVP_Digest(bytes, KEY_BYTES, digest, &size, EVP_sm3(), NULL);
    assert(done == 1 && size >= KEY_ID_BYTES / 2);
    memcpy(k->bytes, bytes, KEY_BYTES);
    sodium_bin2hex(k->id, sizeof k->id, digest, KEY_ID_BYTES / 2);
}

bool key_load(key_file *k, access_service *ac, err *e)
{
    const char *file = ac->config.key_file;
    char text[KEY_HEX + 2];
    unsigned char bytes[KEY_BYTES];
    struct stat about;
    size_t n = 0;
    *k = (key_file){0};
    if (!file)
        return true;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || trouble(e, file, "cannot be opened");
    ssize_t got = read(fd, text, sizeof text);
    bool open_to_others = fstat(fd, &about) != 0 || (about.st_mode & 077) != 0;
    close(fd);
    if (open_to_others)
        return trouble(e, file, "others may read it: chmod 600");
    bool fine = got >= KEY_HEX &&
                sodium_hex2bin(bytes, sizeof bytes, text, KEY_HEX, NULL, &n, NULL) == 0 &&
                n == KEY_BYTES;
    if (fine)
        key_named(k, bytes);
    sodium_memzero(text, sizeof text);
    sodium_memzero(bytes, sizeof bytes);
    return fine || trouble(e, file, "is no key file: 64 hex digits");
}

/* The name of a new file is on the disk, too: what it seals may be there at once. */
static bool folder_flush(const char *file)
{
    char folder[4096] = ".";
    const char *end = strrchr(file, '/');
    if (end && end - file + 2 < (ptrdiff_t)sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", (int)(end - file) + 1, file);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Complete, or not there at all: another process may look at any time. */
static bool key_write(const char *file, const char *text, err *e)
{
    char beside[4096];
    int n = snprintf(beside, sizeof beside, "%s.%ld", file, (long)getpid());
    if (n < 0 || n >= (int)sizeof beside)
        return trouble(e, file, "the name is too long");
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return trouble(e, file, "cannot be made");
    ssize_t length = (ssize_t)strlen(text);
    bool written = write(fd, text, (size_t)length) == length && fsync(fd) == 0;
    written = close(fd) == 0 && written;
    bool there = written && (link(beside, file) == 0 || errno == EEXIST);
    unlink(beside);
    there = there && folder_flush(file);
    return there || trouble(e, file, "cannot be written");
}

bool key_make(access_service *ac, err *e)
{
    unsigned char bytes[KEY_BYTES];
    char text[KEY_HEX + 2];
    key_file k;
    if (!ac->config.key_file)
        return FAIL(e, ERR_KEY_FILE, "none is named: gongji serve --key-file FILE");
    if (RAND_priv_bytes(bytes, sizeof bytes) != 1)
        return FAIL(e, ERR_KEY_FILE, "no random numbers");
    sodium_bin2hex(text, sizeof text - 1, bytes, sizeof bytes);
    memcpy(text + KEY_HEX, "\n", 2);
    bool ok = key_write(ac->config.key_file, text, e) && key_load(&k, ac, e);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(text, sizeof text);
    if (!ok)
        return false;
    pthread_mutex_lock(&ac->lock);
    ac->key = k;
    pthread_mutex_unlock(&ac->lock);
    return k.id[0] || FAIL(e, ERR_KEY_FILE, "%s: was taken away", ac->config.key_file);
}

static bool seal(unsigned char *out, const key_file *k, str secret, str bound)
{
    unsigned char *sealed = out + NONCE_BYTES;
    int n = 0, more = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok =
        c && RAND_bytes(out, NONCE_BYTES) == 1 &&
        EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->bytes, out) == 1 &&
        EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)bound.p, (int)bound.n) == 1 &&
        EVP_EncryptUpdate(c, sealed, &n, (const unsigned char *)secret.p, (int)secret.n) == 1 &&
        EVP_EncryptFinal_ex(c, sealed + n, &more) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + secret.n) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

bool key_seal(str *out, const key_file *k, str secret, str bound, arena *a, err *e)
{
    unsigned char raw[NONCE_BYTES + SECRET_MAX + TAG_BYTES];
    assert(secret.n <= SECRET_MAX && k->id[0]);
    size_t n = NONCE_BYTES + (size_t)secret.n + TAG_BYTES;
    if (!seal(raw, k, secret, bound))
        return FAIL(e, ERR_KEY_FILE, "a secret cannot be sealed");
    char *hex = arena_new(a, char, 2 * (ptrdiff_t)n + 1);
    sodium_bin2hex(hex, 2 * n + 1, raw, n);
    *out = arena_printf(a, ALGORITHM ":%s:%s", k->id, hex);
    return true;
}

static bool unseal(char *out, const key_file *k, unsigned char *raw, int n, str bound)
{
    int length = n - NONCE_BYTES - TAG_BYTES, done = 0, more = 0;
    unsigned char *sealed = raw + NONCE_BYTES;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok =
        c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->bytes, raw) == 1 &&
        EVP_DecryptUpdate(c, NULL, &done, (const unsigned char *)bound.p, (int)bound.n) == 1 &&
        EVP_DecryptUpdate(c, (unsigned char *)out, &done, sealed, length) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, sealed + length) == 1 &&
        EVP_DecryptFinal_ex(c, (unsigned char *)out + done, &more) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

bool key_open(str *out, const key_file *k, str sealed, str bound, arena *a, err *e)
{
    unsigned char raw[NONCE_BYTES + SECRET_MAX + TAG_BYTES];
    str begin = arena_printf(a, ALGORITHM ":%s:", k->id);
    size_t n = 0;
    if (!k->id[0] || sealed.n < begin.n || memcmp(sealed.p, begin.p, (size_t)begin.n) != 0)
        return FAIL(e, ERR_KEY_FILE, "not the key that this secret was sealed with");
    bool fine = sodium_hex2bin(raw, sizeof raw, sealed.p + begin.n, (size_t)(sealed.n - begin.n),
                               NULL, &n, NULL) == 0 &&
                n > NONCE_BYTES + TAG_BYTES;
    ptrdiff_t length = fine ? (ptrdiff_t)n - NONCE_BYTES - TAG_BYTES : 0;
    char *text = arena_new(a, char, length + 1);
    fine = fine && unseal(text, k, raw, (int)n, bound);
    *out = (str){text, length};
    return fine || FAIL(e, ERR_KEY_FILE, "a sealed secret was changed");
}
