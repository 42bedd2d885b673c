// Sleeping until a word of memory changes: the futex(2) system call of Linux, for threads of one process.
#pragma once
#include <stdint.h>

// Sleeps while `*word` is `expected`: until the word's sleepers are woken, at most `nanoseconds`, or for ever when that is
// 0. May return early: the caller looks again.
void strata_futex_wait(const uint32_t *word, uint32_t expected, uint64_t nanoseconds);

// Wakes at most `count` threads that sleep on the word.
void strata_futex_wake(const uint32_t *word, int count);
