// The two sides of an asymmetric fence. One side passes often and must be cheap: it only keeps the compiler from moving
// memory accesses. The other passes seldom, and makes every running thread of the process pass a full fence: the
// membarrier(2) system call (Linux 4.14). Where the system has none, both sides take a full fence.
#pragma once

// No access to memory that others can reach moves across this place in the machine code. Costs no instruction.
static inline void strata_compiler_barrier(void) { __asm__ volatile("" ::: "memory"); }

// No load after this place is done before a store in front of it is seen by everybody.
static inline void strata_full_fence(void) {
#if defined(__x86_64__)
    // Any locked instruction is a full fence, and takes a tenth of the time of `mfence`.
    __asm__ volatile("lock; orl $0, -64(%%rsp)" ::: "memory", "cc");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

// Makes the process one whose threads `strata_membarrier` can reach. Returns 0, or -1 when the system cannot do it.
int strata_membarrier_register(void);

// Between the call and the return, every thread of the process has passed a full fence. Returns 0, or -1 with errno.
int strata_membarrier(void);
