// libpq for the Swift target Postgres, the only one that imports it.
#pragma once
#include <postgresql/libpq-fe.h>

// Character-constant macros, given types that Swift can pass on.
enum {
    CPOSTGRES_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
    CPOSTGRES_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
    CPOSTGRES_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME
};

// What the server says beside results (NOTICE and the like) is dropped: libpq would print it to stderr.
void cpostgres_ignore_notices(PGconn *_Nonnull connection);

// Whether the socket has bytes to read now; PQconsumeInput may leave some, and an edge-triggered watch says so once.
int cpostgres_has_input(int descriptor);
