// The kernels with what every 64-bit Arm processor has.
#include "vector_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define NAME "neon"
#define TABLE strata_vectors_neon
#define V float32x4_t
#define LANES 4
#define B int8x16_t
#define BYTES 16
#define I int32x4_t
#define BIAS 0
#define ROWS1 12
#define ROWS2 12

INLINE V zero(void) { return vdupq_n_f32(0); }
INLINE V loadf(const float *from) { return vld1q_f32(from); }
INLINE V loadf_part(const float *from, size_t count) {
    float room[4] = {0};
    memcpy(room, from, count * 4);
    return vld1q_f32(room);
}
INLINE V loadh(const uint16_t *from) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from))); }
INLINE V loadh_part(const uint16_t *from, size_t count) {
    uint16_t room[4] = {0};
    memcpy(room, from, count * 2);
    return loadh(room);
}
INLINE V spread(const float *from) { return vld1q_dup_f32(from); }
INLINE V fma(V a, V b, V sum) { return vfmaq_f32(sum, a, b); }
INLINE V sub(V a, V b) { return vsubq_f32(a, b); }
INLINE V add(V a, V b) { return vaddq_f32(a, b); }
INLINE void storef(float *to, V value) { vst1q_f32(to, value); }
INLINE void sum4(V a, V b, V c, V d, float *out) {
    vst1q_f32(out, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
}
INLINE uint32_t any_not_below(V values, V signs, V floors) {
    const uint32x4_t bits = {1, 2, 4, 8};
    return vaddvq_u32(vbicq_u32(bits, vcltq_f32(vmulq_f32(values, signs), floors)));
}

INLINE I izero(void) { return vdupq_n_s32(0); }
INLINE B loadb(const int8_t *from) { return vld1q_s8(from); }
INLINE B loadb_part(const int8_t *from, size_t count) {
    int8_t room[16] = {0};
    memcpy(room, from, count);
    return vld1q_s8(room);
}
INLINE I mul8(I sum, B q, B x) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(q), vget_low_s8(x)));
    return vpadalq_s16(sum, vmull_high_s8(q, x));
}
INLINE I dot8(I sum, B q, B x) { return mul8(sum, q, x); }
INLINE I gap8(I sum, B q, B x) {
    int16x8_t a = vsubl_s8(vget_low_s8(q), vget_low_s8(x)), b = vsubl_high_s8(q, x);
    sum = vmlal_high_s16(vmlal_s16(sum, vget_low_s16(a), vget_low_s16(a)), a, a);
    return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(b), vget_low_s16(b)), b, b);
}
INLINE void isum4(I a, I b, I c, I d, int32_t *out) {
    vst1q_s32(out, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)));
}

static void narrow_f16(const float *from, size_t count, uint16_t *to) {
    for (size_t i = 0; i < count; i++) to[i] = narrowed(from[i]);
}

#include "vector_template.h"
#endif
