#include "strata_vectors.h"

#include "vector_kernels.h"

const struct strata_vector_kernels *strata_vector_kernels_of(enum strata_vector_level level) {
    switch (level) {
    case STRATA_VECTOR_SCALAR: return &strata_vectors_scalar;
#if defined(__x86_64__)
    case STRATA_VECTOR_SSE2: return &strata_vectors_sse2;
    case STRATA_VECTOR_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
                   ? &strata_vectors_avx2
                   : NULL;
    case STRATA_VECTOR_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                       && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                       && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("f16c")
                   ? &strata_vectors_avx512
                   : NULL;
#elif defined(__aarch64__)
    case STRATA_VECTOR_NEON: return &strata_vectors_neon;
#endif
    default: return NULL;
    }
}

const struct strata_vector_kernels *strata_vector_kernels(void) {
    static const struct strata_vector_kernels *best;
    // Whichever thread asks first, the answer is the same.
    const struct strata_vector_kernels *known = __atomic_load_n(&best, __ATOMIC_RELAXED);
    if (known != NULL) return known;
    for (int level = 0; level < STRATA_VECTOR_LEVELS; level++) {
        const struct strata_vector_kernels *kernels = strata_vector_kernels_of((enum strata_vector_level)level);
        if (kernels != NULL) known = kernels;
    }
    __atomic_store_n(&best, known, __ATOMIC_RELAXED);
    return known;
}

const struct strata_vector_kernels *strata_panel_kernels(size_t queries) {
    const struct strata_vector_kernels *best = strata_vector_kernels();
    if (queries <= 8 && best->lanes > 8) {
        const struct strata_vector_kernels *shorter = strata_vector_kernels_of(STRATA_VECTOR_AVX2);
        if (shorter != NULL) return shorter;
    }
    return best;
}

void strata_pack_queries(
    const float *queries, size_t stride, size_t count, size_t dimensions, size_t vectors, size_t lanes, float *packed
) {
    size_t width = vectors * lanes;
    for (size_t query = 0; query < width; query++)
        for (size_t i = 0; i < dimensions; i++)
            packed[i * width + query] = query < count ? queries[query * stride + i] : 0;
}

void strata_dot_many(const float *query, const float *rows, size_t count, size_t dimensions, float *out) {
    strata_vector_kernels()->dot_f32(query, rows, dimensions, count, dimensions, out);
}

double strata_dot_exact(const float *left, const float *right, size_t dimensions) {
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) sum += (double)left[i] * (double)right[i];
    return sum;
}

double strata_l2_exact(const float *left, const float *right, size_t dimensions) {
    // A product that is fused with its sum would give other last bits where the processor can do that.
#pragma STDC FP_CONTRACT OFF
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) {
        double gap = (double)left[i] - (double)right[i];
        sum += gap * gap;
    }
    return sum;
}

const char *strata_vector_path(void) { return strata_vector_kernels()->name; }
