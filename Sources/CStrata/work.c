#include "strata_work.h"

uint64_t strata_work_chain(uint64_t state, uint64_t turns) {
    for (uint64_t turn = 0; turn < turns; turn++) state = (state ^ (state >> 29)) * 0xbf58476d1ce4e5b9u;
    return state;
}

uint64_t strata_work_chase(const uint64_t *next, uint64_t start, uint64_t steps) {
    uint64_t place = start;
    for (uint64_t step = 0; step < steps; step++) place = next[place];
    return place;
}
