#include "strata_index.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Floats of a row that are summed before it is looked whether the sum is beyond the bound already.
enum { floats_between_looks = 192 };

// Rows that are asked for before their turn, and how much of each: what is behind it, the processor foresees itself.
enum { rows_ahead = 4, prefetched_bytes = 1024, line_bytes = 64 };

static inline const char *row_address(const void *base, size_t stride, const uint32_t *rows, size_t index) {
    return (const char *)base + (rows ? (size_t)rows[index] : index) * stride;
}

static inline void prefetch_row(const char *row, size_t bytes) {
    for (size_t at = 0; at < bytes; at += line_bytes) __builtin_prefetch(row + at, 0, 3);
}

// Eight independent sums let the compiler use whatever vectors the baseline has.
static inline void portable(
    int euclidean, const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count,
    size_t dimensions, float *out) {
    for (size_t index = 0; index < count; index++) {
        const float *values = (const float *)row_address(base, stride, rows, index);
        float sums[8] = {0};
        size_t i = 0;
        for (; i + 8 <= dimensions; i += 8)
            for (size_t lane = 0; lane < 8; lane++) {
                float difference = query[i + lane] - values[i + lane];
                sums[lane] += euclidean ? difference * difference : query[i + lane] * values[i + lane];
            }
        float tail = 0;
        for (; i < dimensions; i++) {
            float difference = query[i] - values[i];
            tail += euclidean ? difference * difference : query[i] * values[i];
        }
        float total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + tail;
        out[index] = euclidean ? total : -total;
    }
}

#if defined(__x86_64__)
#define WITH_AVX2 __attribute__((target("avx2,fma"), always_inline)) static inline

WITH_AVX2 __m256 step(int euclidean, __m256 left, __m256 right, __m256 sum) {
    if (!euclidean) return _mm256_fmadd_ps(left, right, sum);
    __m256 difference = _mm256_sub_ps(left, right);
    return _mm256_fmadd_ps(difference, difference, sum);
}

// The first `8 - n` words at `tail_masks + n` are set: the last, partial vector of a row is loaded under a mask.
static const int32_t tail_masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

WITH_AVX2 float total_of(__m256 a, __m256 b, __m256 c, __m256 d) {
    __m256 sum = _mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d));
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

// Four sums hide the latency of the multiply-add.
WITH_AVX2 void avx2(
    int euclidean, const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count,
    size_t dimensions, float bound, float *out) {
    size_t bytes = dimensions * sizeof(float);
    if (bytes > prefetched_bytes) bytes = prefetched_bytes;
    // Consecutive rows are foreseen by the processor.
    if (rows)
        for (size_t index = 0; index < rows_ahead && index < count; index++)
            prefetch_row(row_address(base, stride, rows, index), bytes);
    size_t rest = dimensions % 8;
    __m256i mask = _mm256_loadu_si256((const __m256i *)(tail_masks + (8 - rest)));
    for (size_t index = 0; index < count; index++) {
        if (rows && index + rows_ahead < count)
            prefetch_row(row_address(base, stride, rows, index + rows_ahead), bytes);
        const float *values = (const float *)row_address(base, stride, rows, index);
        __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
        size_t i = 0;
        while (i + 32 <= dimensions) {
            // Squares only add up: what is beyond the bound stays there.
            size_t end = euclidean && dimensions - i > floats_between_looks ? i + floats_between_looks : dimensions;
            for (; i + 32 <= end; i += 32) {
                a = step(euclidean, _mm256_loadu_ps(query + i), _mm256_loadu_ps(values + i), a);
                b = step(euclidean, _mm256_loadu_ps(query + i + 8), _mm256_loadu_ps(values + i + 8), b);
                c = step(euclidean, _mm256_loadu_ps(query + i + 16), _mm256_loadu_ps(values + i + 16), c);
                d = step(euclidean, _mm256_loadu_ps(query + i + 24), _mm256_loadu_ps(values + i + 24), d);
            }
            if (euclidean && end < dimensions && total_of(a, b, c, d) >= bound) break;
        }
        if (i + 32 <= dimensions) {
            out[index] = total_of(a, b, c, d);
            continue;
        }
        for (; i + 8 <= dimensions; i += 8)
            a = step(euclidean, _mm256_loadu_ps(query + i), _mm256_loadu_ps(values + i), a);
        if (rest)
            b = step(euclidean, _mm256_maskload_ps(query + i, mask), _mm256_maskload_ps(values + i, mask), b);
        float total = total_of(a, b, c, d);
        out[index] = euclidean ? total : -total;
    }
}

__attribute__((target("avx2,fma"))) static void squared_avx2(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float bound, float *out) {
    avx2(1, query, base, stride, rows, count, dimensions, bound, out);
}

__attribute__((target("avx2,fma"))) static void products_avx2(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float *out) {
    avx2(0, query, base, stride, rows, count, dimensions, 0, out);
}

static inline int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

void strata_index_squared_distances(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float bound, float *out) {
#if defined(__x86_64__)
    if (has_avx2()) {
        squared_avx2(query, base, stride, rows, count, dimensions, bound, out);
        return;
    }
#endif
    (void)bound;
    portable(1, query, base, stride, rows, count, dimensions, out);
}

void strata_index_negative_products(
    const float *query, const void *base, size_t stride, const uint32_t *rows, size_t count, size_t dimensions,
    float *out) {
#if defined(__x86_64__)
    if (has_avx2()) {
        products_avx2(query, base, stride, rows, count, dimensions, out);
        return;
    }
#endif
    portable(0, query, base, stride, rows, count, dimensions, out);
}
