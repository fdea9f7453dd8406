#pragma once
// What Glibc's Swift module map leaves out, with nullability. Functions return -1 and set errno as the calls they wrap.
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

int cloakroom_epoll_create(void);
/// Registers edge-triggered for reading and the peer's half-close, and for writing if asked; `token` comes back with
/// each event.
int cloakroom_epoll_add(int epoll, int descriptor, uint64_t token, bool writing);
/// As `cloakroom_epoll_add`, for a descriptor that is registered. What is ready is told again.
int cloakroom_epoll_change(int epoll, int descriptor, uint64_t token, bool writing);
/// Registers a listening socket level-triggered and exclusively: one waiting process is woken for one connection.
int cloakroom_epoll_add_listener(int epoll, int descriptor, uint64_t token);
int cloakroom_epoll_remove(int epoll, int descriptor);
/// Fills `tokens` and `events` (EPOLLIN and so on) with at most 256 events; returns how many.
int cloakroom_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int capacity, int timeout_ms);
int cloakroom_eventfd(void);
/// Blocks the signals in this thread and all that it starts later, and returns a descriptor that reads them.
int cloakroom_signalfd(const int *signals, int count);
/// Reads one pending signal's number; 0 when none is pending.
int cloakroom_signalfd_read(int descriptor);
void cloakroom_ignore_sigpipe(void);
int cloakroom_accept(int listener);
/// The peer of a Unix socket as the kernel recorded it when it connected.
int cloakroom_peer_credentials(int descriptor, uid_t *uid, gid_t *gid);
int cloakroom_duplicate(int descriptor);
int cloakroom_set_nonblocking(int descriptor);
/// Opens a file for reading without waiting; neither `..` nor a symbolic link leads out of the directory.
int cloakroom_open_beneath(int directory, const char *path);
void cloakroom_keep_heap_reserve(void);
/// No core dumps, not traceable by the same uid, no new privileges.
int cloakroom_harden_process(void);
/// From now on every thread of this process gets EACCES for sockets other than Unix ones.
int cloakroom_refuse_inet_sockets(void);
/// How many cores this process may use.
int cloakroom_usable_cores(void);

#pragma clang assume_nonnull end
