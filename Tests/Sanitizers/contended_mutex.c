// Preloaded under the thread sanitizer: tells it of the mutex of Swift's Synchronization module.
//
// A mutex that is free is taken and given back by atomics that the compiler writes into the caller, where the sanitizer
// sees them. One that is contended goes through these two functions of a library that was built without it: the order
// that they make is real, but unseen, and everything that such a mutex guards would be reported. So they are wrapped.
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// Absent in a process without the sanitizer, such as the one that starts the tests.
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

typedef SWIFT void (*lock_function)(uint32_t thread, SELF mutex);
typedef SWIFT void (*unlock_function)(SELF mutex);

static lock_function lock;
static unlock_function unlock;

__attribute__((constructor)) static void find_wrapped(void) {
    lock = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

SWIFT void lock_slow(uint32_t thread, SELF mutex) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(SELF mutex) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, SELF mutex) {
    lock(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF mutex) {
    if (__tsan_release) __tsan_release(mutex);
    unlock(mutex);
}
