// Kernels over rows of 32-bit floats, 16-bit floats and signed bytes. One table of them for each kind of processor; the
// best that this one can run is chosen at run time. No alignment is asked for; rows of 64-byte aligned columns are read
// fastest. A stride is the distance of consecutive rows in elements. Nothing outside `dimensions` elements of a row is
// read.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Distances of one query to `count` rows, written to `out[0..<count]`.
typedef void strata_rows_f32(
    const float *query, const float *rows, size_t stride, size_t count, size_t dimensions, float *out);
typedef void strata_rows_f16(
    const float *query, const uint16_t *rows, size_t stride, size_t count, size_t dimensions, float *out);
/// Both parts of a cosine in one pass: the inner products with the query, and the squares of the rows' lengths.
typedef void strata_cosine_f32(
    const float *query, const float *rows, size_t stride, size_t count, size_t dimensions, float *dots,
    float *squares);
typedef void strata_cosine_f16(
    const float *query, const uint16_t *rows, size_t stride, size_t count, size_t dimensions, float *dots,
    float *squares);
/// Several queries at once: `packed` holds `vectors` (1 or 2) times `lanes` of them as `strata_pack_queries` lays them
/// out; row r and query q are written to `out[r * out_stride + q]`.
typedef void strata_panel_f32(
    const float *packed, size_t vectors, const float *rows, size_t stride, size_t count, size_t dimensions, float *out,
    size_t out_stride);

/// What one kind of processor runs.
///
/// Bounds, as long as nothing overflows (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1; they
/// hold for any order of summation): a product differs from the exact one by at most
/// `dimensions * (2^-23 * |query| * |row| + 2^-149)`; a squared distance or a squared length by at most
/// `(dimensions + 2) * (2^-23 * result + 2^-149)`. Bytes are exact, up to 65,536 of them.
struct strata_vector_kernels {
    /// "scalar", "sse2", "avx2+fma", "avx512+vnni" or "neon".
    const char *name;
    /// Queries that one vector of a panel holds.
    size_t lanes;
    strata_rows_f32 *dot_f32, *l2_f32;
    strata_rows_f16 *dot_f16, *l2_f16;
    strata_cosine_f32 *cosine_f32;
    strata_cosine_f16 *cosine_f16;
    strata_panel_f32 *panel_dot_f32, *panel_l2_f32;
    void (*dot_i8)(
        const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, int32_t *out);
    void (*l2_i8)(
        const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, uint32_t *out);
    void (*cosine_i8)(
        const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, int32_t *dots,
        int32_t *squares);
    /// Conversions of `count` numbers: exact one way, to the nearest (ties to even) the other way.
    void (*widen_f16)(const uint16_t *from, size_t count, float *to);
    void (*narrow_f16)(const float *from, size_t count, uint16_t *to);
    /// Divides each of `width` inner products a row by the row's length, given its square. Where the square is so small
    /// that its last bits are gone, or is no number, the results are infinite: such rows have to be looked at exactly.
    void (*cosine_scores)(float *dots, size_t width, const float *squares, size_t count);
    /// Scores from products of codes: `out[i] = factor * scales[i] * dots[i] + weight * squares[i]`; without the last
    /// part where `squares` is null.
    void (*scale_i8)(
        const int32_t *dots, const float *scales, const float *_Nullable squares, size_t count, float factor,
        float weight, float *out);
    /// Writes the places of all `values` for which `value * sign < floor` is not so, those that are no numbers
    /// included, and returns how many there are.
    size_t (*collect)(const float *values, size_t count, float sign, float floor, uint32_t *places);
    /// The same for rows of `width` values (a multiple of `lanes`), each column with its own floor; a place is row *
    /// width + column.
    size_t (*collect_panel)(
        const float *values, size_t count, size_t width, float sign, const float *floors, uint32_t *places);
    /// Adds up `tables[part * 256 + codes[part]]` over the `parts` bytes of each of `count` rows.
    void (*lookup)(const float *tables, const uint8_t *codes, size_t parts, size_t count, float *out);
};

/// Kinds of processors, from the plainest on.
enum strata_vector_level {
    STRATA_VECTOR_SCALAR, STRATA_VECTOR_SSE2, STRATA_VECTOR_AVX2, STRATA_VECTOR_AVX512, STRATA_VECTOR_NEON,
    STRATA_VECTOR_LEVELS
};

/// The kernels of a kind; null when this processor cannot run them, or the library was built for another one.
const struct strata_vector_kernels *_Nullable strata_vector_kernels_of(enum strata_vector_level level);

/// The best kernels that this processor runs.
const struct strata_vector_kernels *strata_vector_kernels(void);

/// The best kernels for panels of so many queries: of two kinds with equal speed the one that wastes fewer lanes.
const struct strata_vector_kernels *strata_panel_kernels(size_t queries);

/// Lays out `count` queries for a panel of `vectors * lanes`: dimension by dimension, zeros for queries that are not
/// there. `packed` has room for `vectors * lanes * dimensions` floats.
void strata_pack_queries(
    const float *queries, size_t stride, size_t count, size_t dimensions, size_t vectors, size_t lanes, float *packed);

/// `dot_f32` of the best kernels, over rows without gaps.
void strata_dot_many(const float *query, const float *rows, size_t count, size_t dimensions, float *out);

/// The inner product of two rows in double precision, summed in order of the index: the same bits on every machine.
double strata_dot_exact(const float *left, const float *right, size_t dimensions);

/// The squared distance of two rows, in the same manner; each difference is exact to double precision.
double strata_l2_exact(const float *left, const float *right, size_t dimensions);

/// The name of the best kernels.
const char *strata_vector_path(void);

#pragma clang assume_nonnull end
