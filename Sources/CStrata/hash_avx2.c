#include "hash_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The library once more, every function of it compiled for AVX2. Its header chooses the vectors by this name.
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define XXH_VECTOR 2
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t strata_xxh3_64_avx2(const void *bytes, size_t length) { return XXH3_64bits(bytes, length); }
#pragma clang attribute pop
#endif
