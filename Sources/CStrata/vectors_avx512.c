// The kernels with AVX-512: the foundation, its byte, double-word and shorter forms, and products of bytes (VNNI).
#include "vector_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

#define NAME "avx512+vnni"
#define TABLE strata_vectors_avx512
#define V __m512
#define LANES 16
#define B __m512i
#define BYTES 64
#define I __m512i
// `dot8` takes the row's bytes for unsigned ones, larger by this.
#define BIAS 128
#define ROWS1 12
#define ROWS2 12

INLINE V zero(void) { return _mm512_setzero_ps(); }
INLINE V loadf(const float *from) { return _mm512_loadu_ps(from); }
INLINE V loadf_part(const float *from, size_t count) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
}
INLINE V loadh(const uint16_t *from) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from)); }
INLINE V loadh_part(const uint16_t *from, size_t count) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), from));
}
INLINE V spread(const float *from) { return _mm512_set1_ps(*from); }
INLINE V fma(V a, V b, V sum) { return _mm512_fmadd_ps(a, b, sum); }
INLINE V sub(V a, V b) { return _mm512_sub_ps(a, b); }
INLINE V add(V a, V b) { return _mm512_add_ps(a, b); }
INLINE void storef(float *to, V value) { _mm512_storeu_ps(to, value); }
INLINE __m256 halved(V a) { return _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1)); }
INLINE void sum4(V a, V b, V c, V d, float *out) {
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(halved(a), halved(b)), _mm256_hadd_ps(halved(c), halved(d)));
    _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
INLINE uint32_t any_not_below(V values, V signs, V floors) {
    return _mm512_cmp_ps_mask(_mm512_mul_ps(values, signs), floors, _CMP_NLT_UQ);
}

INLINE I izero(void) { return _mm512_setzero_si512(); }
INLINE B loadb(const int8_t *from) { return _mm512_loadu_si512(from); }
INLINE B loadb_part(const int8_t *from, size_t count) {
    return _mm512_maskz_loadu_epi8(((__mmask64)1 << count) - 1, from);
}
INLINE I dot8(I sum, B q, B x) {
    return _mm512_dpbusd_epi32(sum, _mm512_xor_si512(x, _mm512_set1_epi8((char)0x80)), q);
}
INLINE __m512i low(B bytes) { return _mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes)); }
INLINE __m512i high(B bytes) { return _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(bytes, 1)); }
INLINE I mul8(I sum, B q, B x) {
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(low(q), low(x)));
    return _mm512_add_epi32(sum, _mm512_madd_epi16(high(q), high(x)));
}
INLINE I gap8(I sum, B q, B x) {
    __m512i a = _mm512_sub_epi16(low(q), low(x)), b = _mm512_sub_epi16(high(q), high(x));
    return _mm512_add_epi32(_mm512_add_epi32(sum, _mm512_madd_epi16(a, a)), _mm512_madd_epi16(b, b));
}
INLINE __m256i ihalved(I a) {
    return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
}
INLINE void isum4(I a, I b, I c, I d, int32_t *out) {
    __m256i pairs =
        _mm256_hadd_epi32(_mm256_hadd_epi32(ihalved(a), ihalved(b)), _mm256_hadd_epi32(ihalved(c), ihalved(d)));
    _mm_storeu_si128(
        (__m128i *)out, _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
}

static void narrow_f16(const float *from, size_t count, uint16_t *to) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        _mm256_storeu_si256(
            (__m256i *)(to + i), _mm512_cvtps_ph(_mm512_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < count; i++) to[i] = narrowed(from[i]);
}

#include "vector_template.h"
#pragma clang attribute pop
#endif
