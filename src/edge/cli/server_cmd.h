/* server_cmd -- what the commands around the server share.
 *
 * In:      arguments.
 * Out:     options; an open database.
 * May use: store, service/access.
 */
#ifndef CLI_SERVER_CMD_H
#define CLI_SERVER_CMD_H
#include "edge/cli/cli.h"
#include "service/access/access.h"

#define CLI_WORDS_MAX 16

typedef struct {
    const char *word[CLI_WORDS_MAX];
    int count;
} cli_words;

/* One of text, words, number and flag is where the value goes. */
typedef struct {
    const char *name;
    const char **text;
    cli_words *words; /* may be given several times */
    int *number;
    int number_max;
    bool *flag;
} cli_option;

/* Whatever begins with -- must be an option; the others go to `rest`, NULL = there are none.
 * False: the user has been told. */
bool cli_options_read(const cli_call *call, const cli_option *option, int count, cli_words *rest);
bool cli_number(const char *text, int max, int *out); /* 0 to max */
const char *cli_database_default(void);               /* $GONGJI_DB, else gongji.db */
const char *cli_database_name(const char *uri);       /* to be shown: no password */

typedef struct {
    store *store;
    access_service *access;
    char *memory;
    arena a;
    int version_before; /* 0 = there were no tables */
} cli_database;

/* With set_up the tables are made, or brought to what this program needs, and roles put in. */
bool cli_database_open(cli_database *d, const char *uri, bool set_up, err *e);
void cli_database_close(cli_database *d);

extern const actor cli_actor; /* who the command line is in the audit log */

#endif
