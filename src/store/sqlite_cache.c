/* SQLite's own page cache with one question answered outside it.  After each commit SQLite cuts off
 * what lies behind the end of the file.  While it splits a page it numbers one as if the file had
 * 1 GB, so that a smaller file is searched for such pages each time, 16,000 chains of them: a
 * twelfth of the writer's time.  Here the largest page number that was real is kept, and a cut
 * behind it is not passed on. */
#include "store/store_internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#define LOCK_BYTE 0x40000000 /* the page that holds it is never one of the file */

static sqlite3_pcache_methods2 own;

typedef struct {
    sqlite3_pcache *inner;
    unsigned lock_page, last; /* last: the largest number of a page that may be here */
} cache;

static cache *cache_of(sqlite3_pcache *p)
{
    return (cache *)(void *)p;
}

static void seen(cache *c, unsigned page)
{
    if (page > c->last && page != c->lock_page)
        c->last = page;
}

static sqlite3_pcache *cache_create(int page_bytes, int extra_bytes, int purgeable)
{
    cache *c = calloc(1, sizeof *c);
    if (c)
        c->inner = own.xCreate(page_bytes, extra_bytes, purgeable);
    if (!c || !c->inner) {
        free(c);
        return NULL;
    }
    c->lock_page = (unsigned)(LOCK_BYTE / page_bytes) + 1;
    return (sqlite3_pcache *)(void *)c;
}

static void cache_destroy(sqlite3_pcache *p)
{
    own.xDestroy(cache_of(p)->inner);
    free(p);
}

static void cache_size(sqlite3_pcache *p, int pages)
{
    own.xCachesize(cache_of(p)->inner, pages);
}

static int cache_count(sqlite3_pcache *p)
{
    return own.xPagecount(cache_of(p)->inner);
}

static sqlite3_pcache_page *cache_fetch(sqlite3_pcache *p, unsigned page, int create)
{
    cache *c = cache_of(p);
    seen(c, page);
    return own.xFetch(c->inner, page, create);
}

static void cache_unpin(sqlite3_pcache *p, sqlite3_pcache_page *page, int discard)
{
    own.xUnpin(cache_of(p)->inner, page, discard);
}

static void cache_rekey(sqlite3_pcache *p, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    cache *c = cache_of(p);
    seen(c, to);
    own.xRekey(c->inner, page, from, to);
}

static void cache_truncate(sqlite3_pcache *p, unsigned from)
{
    cache *c = cache_of(p);
    if (from > c->last)
        return;
    own.xTruncate(c->inner, from);
    c->last = from - 1;
}

static void cache_shrink(sqlite3_pcache *p)
{
    own.xShrink(cache_of(p)->inner);
}

static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a lock around each allocation */
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &own) != SQLITE_OK || own.iVersion != 1)
        return; /* in use already, or another library than the one known: its own serves, too */
    sqlite3_pcache_methods2 ours = own;
    ours.xCreate = cache_create;
    ours.xDestroy = cache_destroy;
    ours.xCachesize = cache_size;
    ours.xPagecount = cache_count;
    ours.xFetch = cache_fetch;
    ours.xUnpin = cache_unpin;
    ours.xRekey = cache_rekey;
    ours.xTruncate = cache_truncate;
    ours.xShrink = cache_shrink;
    (void)sqlite3_config(SQLITE_CONFIG_PCACHE2, &ours);
}

void sqlite_cache_configure(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
}
