/* serve -- a server as a whole: opens database, packs, sessions and HTTP, and closes them in order.
 *
 * In:      a configuration.
 * Out:     a server that runs until it is told to stop.
 * May use: base, store, service, edge/http, edge/api.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H
#include "base/base.h"
#include "service/access/access.h"

typedef struct {
    const char *database; /* a file, or postgres://… */
    const char *packs_dir;
    const char *schemes_dir;    /* of grouping; NULL = `schemes` in packs_dir */
    const char *list_scheme;    /* settlement lists are grouped by it; NULL = the only one */
    const char *list_catalogue; /* and by this DIP catalogue */
    const char *catalogues_dir; /* of DIP; NULL = `dip` in packs_dir */
    const char *address;
    int port; /* 0 = any free one */
    int node; /* 1-62: which server of several on one database */
    int log_level;
    int message_days; /* bodies of the gateway are emptied then; 0 = never */
    bool behind_proxy;
    const char *tls_certificate, *tls_key; /* files, PEM; NULL = plain */
    const char *audit_copy;      /* a file that gets each line of the audit log; NULL = none */
    const access_config *access; /* NULL = the default; its key file is beside a SQLite database */
    const char *host; /* of a sandbox: a name it is asked by beside localhost; NULL = none */
    bool sandbox;     /* the database has to be one, and is not one otherwise */
} serve_config;

extern const serve_config serve_config_default;

typedef struct serve serve;

/* The signals that end a server.  Call before any thread is started: they are waited for, not
 * handled. */
void serve_signals_block(void);
bool serve_start(serve **out, const serve_config *c, err *e) MUST_USE;
int serve_port(const serve *s);
void serve_wait(void);     /* for SIGTERM or SIGINT */
void serve_stop(serve *s); /* finishes what runs; NULL is fine */

#endif
