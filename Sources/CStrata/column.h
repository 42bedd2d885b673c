// What the kernels over columns share, and no one else sees.
#pragma once
#include "strata_columns.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/// A number of a column. Eight bytes are loaded wherever one begins.
INLINE uint64_t number(const struct strata_column *column, size_t index) {
    uint64_t word;
    memcpy(&word, (const char *)column->start + index * column->stride, 8);
    return word & UINT64_MAX >> (64 - 8 * column->stride);
}
