/* Of api: what lives as long as the server. */
#ifndef API_API_INTERNAL_H
#define API_API_INTERNAL_H
#include "edge/api/api.h"

#include <pthread.h>

#define READERS_MAX 64

struct api {
    api_services with;
    http_route *route;
    pthread_mutex_t lock; /* of the readers that nobody uses now */
    json_reader *idle[READERS_MAX];
    int idle_count;
};

#endif
