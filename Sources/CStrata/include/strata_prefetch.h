// A hint to the processor: the cache line of an address will be read soon. Any address may be given.
#pragma once

static inline void strata_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
