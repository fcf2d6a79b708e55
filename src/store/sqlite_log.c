/* The writer's log, a commit at a time.  SQLite writes each page of its log with two calls, head
 * and page; here what lies side by side is gathered and written when the log is flushed, which is
 * before anybody can see the commit: SQLite syncs the log, then marks the commit in the index.
 * Where the syncer flushes what commits wrote, only a new head of the log and what a checkpoint
 * asks for go to the disk at once. */
#include "store/store_internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#define GATHERED_BYTES_MAX 0x1ffff /* what the library writes with one call */

typedef struct {
    sqlite3_file base;
    sqlite3_file *inner;
    char *gathered; /* NULL: no memory, each write goes through */
    int64_t at, bytes;
    bool apart; /* commits are flushed to the disk by somebody else */
} log_file;

static sqlite3_vfs vfs;

static log_file *log_of(sqlite3_file *f)
{
    return (log_file *)(void *)f;
}

/* What cannot be written is gone, as with a write that failed: the commit fails with it. */
static int pass_on(log_file *l)
{
    int64_t bytes = l->bytes;
    l->bytes = 0;
    return bytes ? l->inner->pMethods->xWrite(l->inner, l->gathered, (int)bytes, l->at) : SQLITE_OK;
}

static int log_close(sqlite3_file *f)
{
    log_file *l = log_of(f);
    (void)pass_on(l); /* no commit: that was written when it was flushed */
    free(l->gathered);
    return l->inner->pMethods->xClose(l->inner);
}

static int log_read(sqlite3_file *f, void *to, int bytes, sqlite3_int64 at)
{
    log_file *l = log_of(f);
    int code = pass_on(l);
    return code == SQLITE_OK ? l->inner->pMethods->xRead(l->inner, to, bytes, at) : code;
}

static int log_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 at)
{
    log_file *l = log_of(f);
    bool goes_on = l->bytes == 0 || at == l->at + l->bytes;
    if (!goes_on || l->bytes + bytes > GATHERED_BYTES_MAX) {
        int code = pass_on(l);
        if (code != SQLITE_OK)
            return code;
    }
    if (!l->gathered || bytes > GATHERED_BYTES_MAX)
        return l->inner->pMethods->xWrite(l->inner, from, bytes, at);
    if (l->bytes == 0)
        l->at = at;
    memcpy(l->gathered + l->bytes, from, (size_t)bytes);
    l->bytes += bytes;
    return SQLITE_OK;
}

static int log_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    log_file *l = log_of(f);
    int code = pass_on(l);
    return code == SQLITE_OK ? l->inner->pMethods->xTruncate(l->inner, bytes) : code;
}

static int log_sync(sqlite3_file *f, int flags)
{
    log_file *l = log_of(f);
    bool of_commit = l->bytes > 0 && l->at > 0; /* pages, and no head of the log before them */
    int code = pass_on(l);
    return code == SQLITE_OK && !(l->apart && of_commit)
               ? l->inner->pMethods->xSync(l->inner, flags)
               : code;
}

static int log_size(sqlite3_file *f, sqlite3_int64 *bytes)
{
    log_file *l = log_of(f);
    int code = pass_on(l);
    return code == SQLITE_OK ? l->inner->pMethods->xFileSize(l->inner, bytes) : code;
}

static int log_lock(sqlite3_file *f, int kind)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xLock(l->inner, kind);
}

static int log_unlock(sqlite3_file *f, int kind)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xUnlock(l->inner, kind);
}

static int log_check_lock(sqlite3_file *f, int *locked)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xCheckReservedLock(l->inner, locked);
}

static int log_control(sqlite3_file *f, int op, void *arg)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xFileControl(l->inner, op, arg);
}

static int log_sector_size(sqlite3_file *f)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xSectorSize(l->inner);
}

static int log_device(sqlite3_file *f)
{
    log_file *l = log_of(f);
    return l->inner->pMethods->xDeviceCharacteristics(l->inner);
}

static const sqlite3_io_methods log_methods = {.iVersion = 1,
                                               .xClose = log_close,
                                               .xRead = log_read,
                                               .xWrite = log_write,
                                               .xTruncate = log_truncate,
                                               .xSync = log_sync,
                                               .xFileSize = log_size,
                                               .xLock = log_lock,
                                               .xUnlock = log_unlock,
                                               .xCheckReservedLock = log_check_lock,
                                               .xFileControl = log_control,
                                               .xSectorSize = log_sector_size,
                                               .xDeviceCharacteristics = log_device};

/* Only logs are ours; every other file is the system's as it is. */
static int file_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    sqlite3_vfs *system = v->pAppData;
    if (!(flags & SQLITE_OPEN_WAL))
        return system->xOpen(system, name, f, flags, out_flags);
    log_file *l = log_of(f);
    *l = (log_file){.inner = (sqlite3_file *)(void *)(l + 1)};
    int code = system->xOpen(system, name, l->inner, flags, out_flags);
    if (code != SQLITE_OK)
        return code;
    l->gathered = malloc(GATHERED_BYTES_MAX);
    l->base.pMethods = &log_methods;
    return SQLITE_OK;
}

bool sqlite_log_apart(sqlite3 *db)
{
    sqlite3_file *f = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f) != SQLITE_OK || !f ||
        f->pMethods != &log_methods)
        return false;
    log_of(f)->apart = true;
    return true;
}

static void make(void)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!system)
        return;
    vfs = *system;
    vfs.pNext = NULL;
    vfs.zName = "gongji-writer";
    vfs.szOsFile = (int)sizeof(log_file) + system->szOsFile;
    vfs.pAppData = system;
    vfs.xOpen = file_open;
    (void)sqlite3_vfs_register(&vfs, 0);
}

const char *sqlite_writer_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make);
    return vfs.zName;
}
