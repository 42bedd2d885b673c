// The tables of kernels, one a file.
#pragma once
#include "strata_vectors.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

extern const struct strata_vector_kernels strata_vectors_scalar;
#if defined(__x86_64__)
extern const struct strata_vector_kernels strata_vectors_sse2, strata_vectors_avx2, strata_vectors_avx512;
#elif defined(__aarch64__)
extern const struct strata_vector_kernels strata_vectors_neon;
#endif

/// A 16-bit float as a 32-bit one: every value exactly, also the subnormal ones; what is no number stays none.
INLINE float widened(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7fff, bits;
    if (rest >= 0x7c00) {
        bits = sign | 0x7f800000 | (rest & 0x3ff) << 13 | (rest > 0x7c00 ? 0x400000 : 0);
    } else {
        // The exponent moves by multiplication, which makes numbers of subnormal ones by itself.
        bits = rest << 13;
        float value;
        memcpy(&value, &bits, 4);
        value *= 0x1p112f;
        memcpy(&bits, &value, 4);
        bits |= sign;
    }
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

/// A 32-bit float as the nearest 16-bit one, ties to even; what is too large becomes infinite.
INLINE uint16_t narrowed(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x477ff000) return sign | 0x7c00;
    if (rest < 0x38800000) {
        // Below the normal numbers: adding 0.5 rounds to their step, which is that of the sum's last bit.
        float magnitude;
        memcpy(&magnitude, &rest, 4);
        magnitude += 0.5f;
        memcpy(&rest, &magnitude, 4);
        return (uint16_t)(sign | (rest - 0x3f000000));
    }
    return (uint16_t)(sign | ((rest + 0xfff + (rest >> 13 & 1) - 0x38000000) >> 13));
}
