// The kernels with AVX2, fused multiply-add and conversions of 16-bit floats.
#include "vector_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define NAME "avx2+fma"
#define TABLE strata_vectors_avx2
#define V __m256
#define LANES 8
// Sixteen bytes, widened to 16 bits as they are loaded.
#define B __m256i
#define BYTES 16
#define I __m256i
#define BIAS 0
#define ROWS1 12
#define ROWS2 6

static const int32_t part_masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

INLINE V zero(void) { return _mm256_setzero_ps(); }
INLINE V loadf(const float *from) { return _mm256_loadu_ps(from); }
INLINE V loadf_part(const float *from, size_t count) {
    return _mm256_maskload_ps(from, _mm256_loadu_si256((const __m256i *)(part_masks + 8 - count)));
}
INLINE V loadh(const uint16_t *from) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)); }
INLINE V loadh_part(const uint16_t *from, size_t count) {
    uint16_t room[8] = {0};
    memcpy(room, from, count * 2);
    return loadh(room);
}
INLINE V spread(const float *from) { return _mm256_broadcast_ss(from); }
INLINE V fma(V a, V b, V sum) { return _mm256_fmadd_ps(a, b, sum); }
INLINE V sub(V a, V b) { return _mm256_sub_ps(a, b); }
INLINE V add(V a, V b) { return _mm256_add_ps(a, b); }
INLINE void storef(float *to, V value) { _mm256_storeu_ps(to, value); }
INLINE void sum4(V a, V b, V c, V d, float *out) {
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
INLINE uint32_t any_not_below(V values, V signs, V floors) {
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_mul_ps(values, signs), floors, _CMP_NLT_UQ));
}

INLINE I izero(void) { return _mm256_setzero_si256(); }
INLINE B loadb(const int8_t *from) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)from)); }
INLINE B loadb_part(const int8_t *from, size_t count) {
    int8_t room[16] = {0};
    memcpy(room, from, count);
    return loadb(room);
}
INLINE I mul8(I sum, B q, B x) { return _mm256_add_epi32(sum, _mm256_madd_epi16(q, x)); }
INLINE I dot8(I sum, B q, B x) { return mul8(sum, q, x); }
INLINE I gap8(I sum, B q, B x) {
    B gap = _mm256_sub_epi16(q, x);
    return mul8(sum, gap, gap);
}
INLINE void isum4(I a, I b, I c, I d, int32_t *out) {
    __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    _mm_storeu_si128(
        (__m128i *)out, _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

static void narrow_f16(const float *from, size_t count, uint16_t *to) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm_storeu_si128(
            (__m128i *)(to + i), _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < count; i++) to[i] = narrowed(from[i]);
}

#include "vector_template.h"
#pragma clang attribute pop
#endif
