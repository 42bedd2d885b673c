// The kernels with what every x86-64 processor has.
#include "vector_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define NAME "sse2"
#define TABLE strata_vectors_sse2
#define V __m128
#define LANES 4
#define B struct words
#define BYTES 16
#define I __m128i
#define BIAS 0
#define ROWS1 12
#define ROWS2 6

/// Sixteen bytes as two vectors of 16-bit numbers.
struct words {
    __m128i low, high;
};

INLINE V zero(void) { return _mm_setzero_ps(); }
INLINE V loadf(const float *from) { return _mm_loadu_ps(from); }
INLINE V loadf_part(const float *from, size_t count) {
    float room[4] = {0};
    memcpy(room, from, count * 4);
    return _mm_loadu_ps(room);
}
INLINE V loadh(const uint16_t *from) {
    __m128i halves = _mm_unpacklo_epi16(_mm_loadl_epi64((const __m128i *)from), _mm_setzero_si128());
    __m128i sign = _mm_slli_epi32(_mm_and_si128(halves, _mm_set1_epi32(0x8000)), 16);
    __m128i rest = _mm_and_si128(halves, _mm_set1_epi32(0x7fff));
    // Infinite ones and those that are no numbers get the largest exponent here as well.
    __m128i odd = _mm_and_si128(_mm_cmpgt_epi32(rest, _mm_set1_epi32(0x7bff)), _mm_set1_epi32(0x7f800000));
    __m128 value = _mm_mul_ps(_mm_castsi128_ps(_mm_slli_epi32(rest, 13)), _mm_set1_ps(0x1p112f));
    return _mm_castsi128_ps(_mm_or_si128(_mm_or_si128(_mm_castps_si128(value), sign), odd));
}
INLINE V loadh_part(const uint16_t *from, size_t count) {
    uint16_t room[4] = {0};
    memcpy(room, from, count * 2);
    return loadh(room);
}
INLINE V spread(const float *from) { return _mm_set1_ps(*from); }
INLINE V fma(V a, V b, V sum) { return _mm_add_ps(_mm_mul_ps(a, b), sum); }
INLINE V sub(V a, V b) { return _mm_sub_ps(a, b); }
INLINE V add(V a, V b) { return _mm_add_ps(a, b); }
INLINE void storef(float *to, V value) { _mm_storeu_ps(to, value); }
INLINE void sum4(V a, V b, V c, V d, float *out) {
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(out, _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d)));
}
INLINE uint32_t any_not_below(V values, V signs, V floors) {
    return (uint32_t)_mm_movemask_ps(_mm_cmpnlt_ps(_mm_mul_ps(values, signs), floors));
}

INLINE I izero(void) { return _mm_setzero_si128(); }
INLINE B loadb(const int8_t *from) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)from);
    return (B){
        _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8), _mm_srai_epi16(_mm_unpackhi_epi8(bytes, bytes), 8)};
}
INLINE B loadb_part(const int8_t *from, size_t count) {
    int8_t room[16] = {0};
    memcpy(room, from, count);
    return loadb(room);
}
INLINE I mul8(I sum, B q, B x) {
    return _mm_add_epi32(sum, _mm_add_epi32(_mm_madd_epi16(q.low, x.low), _mm_madd_epi16(q.high, x.high)));
}
INLINE I dot8(I sum, B q, B x) { return mul8(sum, q, x); }
INLINE I gap8(I sum, B q, B x) {
    B gap = {_mm_sub_epi16(q.low, x.low), _mm_sub_epi16(q.high, x.high)};
    return mul8(sum, gap, gap);
}
INLINE void isum4(I a, I b, I c, I d, int32_t *out) {
    __m128i ab = _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
    __m128i cd = _mm_add_epi32(_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d));
    _mm_storeu_si128(
        (__m128i *)out, _mm_add_epi32(_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd)));
}

static void narrow_f16(const float *from, size_t count, uint16_t *to) {
    for (size_t i = 0; i < count; i++) to[i] = narrowed(from[i]);
}

#include "vector_template.h"
#endif
