#include "strata_vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Eight independent sums let the compiler use whatever vectors the baseline has.
static void dot_many_portable(const float *query, const float *rows, size_t count, size_t dimensions, float *out) {
    for (size_t row = 0; row < count; row++) {
        const float *values = rows + row * dimensions;
        float sums[8] = {0};
        size_t i = 0;
        for (; i + 8 <= dimensions; i += 8)
            for (size_t lane = 0; lane < 8; lane++) sums[lane] += query[i + lane] * values[i + lane];
        float tail = 0;
        for (; i < dimensions; i++) tail += query[i] * values[i];
        out[row] = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + tail;
    }
}

#if defined(__x86_64__)
// Four accumulators hide the latency of the fused multiply-add (4 cycles at two a cycle would want eight; the rows
// come from memory, which is slower than four).
__attribute__((target("avx2,fma")))
static void dot_many_avx2(const float *query, const float *rows, size_t count, size_t dimensions, float *out) {
    for (size_t row = 0; row < count; row++) {
        const float *values = rows + row * dimensions;
        __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
        size_t i = 0;
        for (; i + 32 <= dimensions; i += 32) {
            a = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), _mm256_loadu_ps(values + i), a);
            b = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), _mm256_loadu_ps(values + i + 8), b);
            c = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 16), _mm256_loadu_ps(values + i + 16), c);
            d = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 24), _mm256_loadu_ps(values + i + 24), d);
        }
        for (; i + 8 <= dimensions; i += 8)
            a = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), _mm256_loadu_ps(values + i), a);
        __m256 sum = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
        __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
        half = _mm_add_ps(half, _mm_movehl_ps(half, half));
        half = _mm_add_ss(half, _mm_movehdup_ps(half));
        float total = _mm_cvtss_f32(half);
        for (; i < dimensions; i++) total += query[i] * values[i];
        out[row] = total;
    }
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

void strata_dot_many(const float *query, const float *rows, size_t count, size_t dimensions, float *out) {
#if defined(__x86_64__)
    if (has_avx2()) {
        dot_many_avx2(query, rows, count, dimensions, out);
        return;
    }
#endif
    dot_many_portable(query, rows, count, dimensions, out);
}

double strata_dot_exact(const float *left, const float *right, size_t dimensions) {
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) sum += (double)left[i] * (double)right[i];
    return sum;
}

const char *strata_vector_path(void) {
#if defined(__x86_64__)
    if (has_avx2()) return "avx2+fma";
#endif
    return "portable";
}
