// What belongs to the calling thread: its number, and the places that it has among the readers of epochs.
#pragma once

#include <stdint.h>

// The kernel's number of the calling thread, as `ps -L` and debuggers show it.
int64_t strata_thread_number(void);

// The places that a thread found last, by the number of the manager: a direct-mapped cache of four. Numbers of managers
// start at 1 and are never used again, so that an entry whose manager is gone is only never found.
enum { STRATA_PLACES = 4 };
struct strata_place { uint64_t manager; void *address; };

// In the executable's or library's own static block: reached without a call.
extern _Thread_local __attribute__((tls_model("initial-exec"))) struct strata_place strata_places[STRATA_PLACES];

// The calling thread's place with a manager; NULL when the cache does not know it.
static inline void *strata_place_of(uint64_t manager) {
    const struct strata_place *entry = &strata_places[manager % STRATA_PLACES];
    return entry->manager == manager ? entry->address : 0;
}

static inline void strata_place_keep(uint64_t manager, void *address) {
    struct strata_place *entry = &strata_places[manager % STRATA_PLACES];
    entry->manager = manager;
    entry->address = address;
}

// Empties the calling thread's cache.
static inline void strata_places_forget(void) {
    for (int index = 0; index < STRATA_PLACES; ++index) strata_places[index].manager = 0;
}
