/* Of api: what lives as long as the server. */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H
#include "edge/api/api.h"
#include "service/lists/lists.h"

#include <pthread.h>

#define READERS_MAX 64

struct api {
    api_services with;
    http_route *route;
    pthread_mutex_t lock; /* of the readers that nobody uses now */
    json_reader *idle[READERS_MAX];
    int idle_count;
};

/* A list of service/lists: a page as JSON, or a file when one is asked for.  `fixed` narrows
 * what lies below something else, as a person's settlements; NULL = nothing. */
bool api_list_answer(api_call *c, const char *list, const list_filter *fixed, err *e) MUST_USE;

#endif
