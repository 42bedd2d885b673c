#ifndef STRATA_HASH_H
#define STRATA_HASH_H

#include <stddef.h>
#include <stdint.h>

/// The 64-bit XXH3 hash (seed 0) of `length` bytes. `bytes` may be null when `length` is 0.
uint64_t strata_xxh3_64(const void *_Nullable bytes, size_t length);

#endif
