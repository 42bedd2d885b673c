// Hints to the processor about the cache line of an address. Any address may be given.
#pragma once

// The line will be read soon.
static inline void strata_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

// The line will be written soon, and is better taken from other processors at once than first shared with them.
static inline void strata_prefetch_to_write(const void *address) {
#if defined(__x86_64__)
    // The compiler has no such instruction for the oldest processors of this kind; those that lack it do nothing.
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}
