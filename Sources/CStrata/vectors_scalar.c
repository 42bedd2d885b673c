// The kernels in plain C, for processors that have no file of their own; and the model of the others.
#include "vector_kernels.h"

#define NAME "scalar"
#define TABLE strata_vectors_scalar
#define V float
#define LANES 1
#define B int32_t
#define BYTES 1
#define I uint32_t
#define BIAS 0
#define ROWS1 8
#define ROWS2 4

INLINE V zero(void) { return 0; }
INLINE V loadf(const float *from) { return *from; }
INLINE V loadf_part(const float *from, size_t count) { return count > 0 ? *from : 0; }
INLINE V loadh(const uint16_t *from) { return widened(*from); }
INLINE V loadh_part(const uint16_t *from, size_t count) { return count > 0 ? widened(*from) : 0; }
INLINE V spread(const float *from) { return *from; }
INLINE V fma(V a, V b, V sum) { return a * b + sum; }
INLINE V sub(V a, V b) { return a - b; }
INLINE V add(V a, V b) { return a + b; }
INLINE void storef(float *to, V value) { *to = value; }
INLINE void sum4(V a, V b, V c, V d, float *out) { out[0] = a, out[1] = b, out[2] = c, out[3] = d; }
INLINE uint32_t any_not_below(V values, V signs, V floors) { return !(values * signs < floors); }

INLINE I izero(void) { return 0; }
INLINE B loadb(const int8_t *from) { return *from; }
INLINE B loadb_part(const int8_t *from, size_t count) { return count > 0 ? *from : 0; }
INLINE I dot8(I sum, B q, B x) { return sum + (uint32_t)(q * x); }
INLINE I mul8(I sum, B q, B x) { return sum + (uint32_t)(q * x); }
INLINE I gap8(I sum, B q, B x) { return sum + (uint32_t)((q - x) * (q - x)); }
INLINE void isum4(I a, I b, I c, I d, int32_t *out) {
    out[0] = (int32_t)a, out[1] = (int32_t)b, out[2] = (int32_t)c, out[3] = (int32_t)d;
}

static void narrow_f16(const float *from, size_t count, uint16_t *to) {
    for (size_t i = 0; i < count; i++) to[i] = narrowed(from[i]);
}

#include "vector_template.h"
