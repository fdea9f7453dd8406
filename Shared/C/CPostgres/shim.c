#include "include/CPostgres.h"

#include <poll.h>

static void ignore(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

void cpostgres_ignore_notices(PGconn *connection) { PQsetNoticeReceiver(connection, ignore, 0); }

int cpostgres_has_input(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&entry, 1, 0) > 0;
}
