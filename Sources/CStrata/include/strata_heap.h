// The size of a block that `malloc` gave, with what it added to the request. Every allocator that replaces `malloc`
// brings the function with it.
#pragma once
#include <malloc.h>
#include <stddef.h>

static inline size_t strata_usable_size(const void *block) { return malloc_usable_size((void *)block); }

/// Has the C library's allocator give the whole pages of its free blocks back to the system. Where another allocator
/// serves the process, that one's memory stays as it is.
static inline void strata_trim_heap(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
