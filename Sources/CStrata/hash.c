#include "strata_hash.h"

// The library's code is compiled into this file, so that nothing has to be linked and no name of it is visible.
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t strata_xxh3_64(const void *bytes, size_t length) {
    return XXH3_64bits(bytes, length);
}
