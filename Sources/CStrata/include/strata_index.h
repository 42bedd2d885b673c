// Distances from one vector to rows that are picked out of a matrix of 32-bit floats, as the similarity indexes ask for
// them: a list of row numbers at a time, so that the next rows come from memory while one is worked on. AVX2 with FMA
// where the processor has it, plain C elsewhere.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Writes to `out[0..<count]` the squared Euclidean distances from `query` to `count` rows of `dimensions` floats.
///
/// Row `r` is at `base + r * stride`; `stride` counts bytes and is a multiple of 4. The rows are `rows[0..<count]`, or
/// `0..<count` when `rows` is NULL. A result differs from the exact one by at most `(dimensions + 2) * 2^-23` of it, as
/// long as nothing overflows or vanishes; one that is not a number stays one.
///
/// Of a distance that is `bound` or more, the result may be any number from `bound` to the distance: the rest of such a
/// row need not be read.
void strata_index_squared_distances(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float bound, float *out);

/// The same with the inner product's negative: off by at most `dimensions * 2^-23 * |query| * |row|`.
void strata_index_negative_products(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float *out);
