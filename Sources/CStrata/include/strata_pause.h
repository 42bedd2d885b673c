// A hint to the processor: the thread waits in a loop, so that the other thread of the core may have its units.
#pragma once

static inline void strata_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
