// The hash for one kind of processor; the same value from each.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// With AVX2, which must be there: one and a half times as fast as what every x86-64 processor has, where the bytes are in
/// the cache.
uint64_t strata_xxh3_64_avx2(const void *bytes, size_t length);
#endif
