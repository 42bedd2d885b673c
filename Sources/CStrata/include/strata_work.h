// Pieces of work whose amount is fixed: the harness times them, or adds them to a subject's own, so that they must not
// depend on what an optimizer makes of them.
#ifndef STRATA_WORK_H
#define STRATA_WORK_H

#include <stdint.h>

// Goes on from `state` by `turns` steps of integer arithmetic, each of which needs the one before, and returns where it
// came to. The number of instructions grows by the same amount with each turn.
uint64_t strata_work_chain(uint64_t state, uint64_t turns);

// Follows the numbers in `next`, each the place of another, `steps` times from place `start`, and returns where it came
// to. Each step waits for memory that the one before has named.
uint64_t strata_work_chase(const uint64_t *next, uint64_t start, uint64_t steps);

#endif
