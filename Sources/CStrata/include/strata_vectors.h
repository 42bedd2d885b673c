// Kernels over rows of 32-bit floats. Each picks AVX2 with FMA at run time where the processor has it, and plain C
// elsewhere. No alignment is asked for; rows of 64-byte aligned columns are read fastest.
#pragma once
#include <stddef.h>

/// Inner products of one query with `count` consecutive rows of `dimensions` floats, written to `out[0..<count]`.
/// Each result differs from the exact inner product by at most `dimensions * (2^-23 * |query| * |row| + 2^-149)`, as long
/// as nothing overflows.
void strata_dot_many(const float *query, const float *rows, size_t count, size_t dimensions, float *out);

/// The inner product of two rows in double precision, summed in order of the index: the same bits on every machine.
double strata_dot_exact(const float *left, const float *right, size_t dimensions);

/// The name of the path that `strata_dot_many` takes on this processor: "avx2+fma" or "portable".
const char *strata_vector_path(void);
