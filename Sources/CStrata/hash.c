#include "strata_hash.h"

#include "hash_kernels.h"

// The library's code is compiled into this file, so that nothing has to be linked and no name of it is visible.
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t strata_xxh3_64(const void *bytes, size_t length) {
#if defined(__x86_64__)
    // Short inputs use no vectors, and are done in the time of the question.
    if (length > 1024 && __builtin_cpu_supports("avx2")) return strata_xxh3_64_avx2(bytes, length);
#endif
    return XXH3_64bits(bytes, length);
}
