// A library to be preloaded in front of an allocator: it counts what a process asks `malloc` and its kin for, and hands
// everything on to the definitions behind it. Programs do not link it; they look its functions up by name.
#ifndef STRATA_COUNTING_H
#define STRATA_COUNTING_H

#include <stddef.h>
#include <stdint.h>

enum { STRATA_COUNTING_FIELDS = 4 };

/// The counts since the process began, of all threads, those that have ended included. In this order: allocations; bytes
/// asked for; frees; and those among them that were temporary: of the block that the thread allocated last, with nothing
/// allocated or freed by it in between (as heaptrack has it). A `realloc` of a block counts as a free and an allocation.
/// Allocates nothing.
void strata_counting_read(uint64_t counts[STRATA_COUNTING_FIELDS]);

/// The file of the `malloc` that does the work, as the loader knows it. Returns 0, or -1 when the path does not fit or
/// is not known.
int strata_counting_owner(char *path, size_t capacity);

#endif
