/* cli -- the command line: parse arguments, call, print.
 *
 * In:      argv.
 * Out:     text on the standard streams and an exit status.
 * May use: everything below it.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include "base/base.h"
#include "engine/benefit/benefit.h"
#include "service/dip/dip.h"
#include "service/pack/pack.h"
#include "service/scheme/scheme.h"

enum {
    EXIT_OK = 0,
    EXIT_TROUBLE = 1, /* a file or pack cannot be read */
    EXIT_USAGE = 2,
    EXIT_PARTLY = 3 /* some bills were refused or unreadable */
};

typedef struct {
    lang lang;
    char **argv; /* of the subcommand: argv[0] is its name */
    int argc;
} cli_call;

int cli_settle(const cli_call *call);
int cli_pack(const cli_call *call);
int cli_serve(const cli_call *call);
int cli_init(const cli_call *call);
int cli_user(const cli_call *call);
int cli_import(const cli_call *call);
int cli_bench(const cli_call *call);
int cli_demo(const cli_call *call);
int cli_sandbox(const cli_call *call);
int cli_acceptance(const cli_call *call);
int cli_check(const cli_call *call);
int cli_backup(const cli_call *call);
int cli_restore(const cli_call *call);
int cli_tidy(const cli_call *call);
int cli_group(const cli_call *call);
int cli_scheme(const cli_call *call);
int cli_dip(const cli_call *call);
int cli_review(const cli_call *call);
int cli_help(const cli_call *call, const char *topic);

int cli_usage(const cli_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* In the language of the user. */
const char *cli_say(const cli_call *call, const char *zh, const char *en);
bool cli_on_terminal(void); /* somebody reads standard error while it is written */
void cli_print_err(const cli_call *call, const err *e);

/* Loads a pack into fresh memory that lives until the process ends; prints what is wrong.  NULL =
 * cannot be used. */
const pack *cli_pack_load(const cli_call *call, const char *dir);
/* The same with a grouping scheme; for scheme_free. */
scheme *cli_scheme_load(const cli_call *call, const char *dir, bool lint);
/* The same with a DIP catalogue; for dip_free. */
dip *cli_dip_load(const cli_call *call, const char *dir);
bool cli_dip_usable(const cli_call *call, const dip *d, const char *dir); /* says what is wrong */

#endif
