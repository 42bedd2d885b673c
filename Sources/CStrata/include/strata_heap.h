// The size of a block that `malloc` gave, with what it added to the request. Every allocator that replaces `malloc`
// brings the function with it.
#pragma once
#include <malloc.h>
#include <stddef.h>

static inline size_t strata_usable_size(const void *block) { return malloc_usable_size((void *)block); }
