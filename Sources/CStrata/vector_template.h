// The kernels in terms of a vector, written once. The file that includes this one has defined
//   NAME, TABLE       the name and the variable of the table
//   V, LANES          a vector of floats and how many it holds
//   zero, loadf, loadf_part, loadh, loadh_part, spread, fma, sub, storef, sum4, any_not_below
//   B, BYTES, I       a vector of BYTES bytes, and one of sums of their products
//   izero, loadb, loadb_part, dot8, mul8, gap8, isum4; and BIAS, by which `dot8` is off for each unit of the query's sum
//   ROWS1, ROWS2      how many rows a panel of one and of two vectors takes at once: as many as there are registers
// and puts this file between the same attributes as those functions, so that all of it is compiled for the same
// processor.

enum operation { DOT, L2, COSINE };
enum element { F32, F16 };

INLINE V load_element(enum element element, const char *row, size_t i) {
    return element == F32 ? loadf((const float *)row + i) : loadh((const uint16_t *)row + i);
}

INLINE V load_element_part(enum element element, const char *row, size_t i, size_t count) {
    return element == F32 ? loadf_part((const float *)row + i, count) : loadh_part((const uint16_t *)row + i, count);
}

/// One step of a sum; of a cosine, `other` is that of the squares.
INLINE void step(enum operation operation, V q, V x, V *sum, V *other) {
    if (operation == L2) {
        V gap = sub(q, x);
        *sum = fma(gap, gap, *sum);
    } else {
        *sum = fma(q, x, *sum);
        if (operation == COSINE) *other = fma(x, x, *other);
    }
}

/// Rows whose sums are taken across their vectors at once. They are read one after the other all the same: the
/// processor fetches memory ahead of one stream, and of four beside each other a third as fast.
enum { TOGETHER = 4 };

/// The sums of one row; two of each hide the latency of the multiply-add.
INLINE void one_row(
    enum operation operation, enum element element, const float *query, const char *row, size_t dimensions, V *sum,
    V *square
) {
    V a = zero(), b = zero(), c = zero(), d = zero();
    size_t i = 0;
    for (; i + 2 * LANES <= dimensions; i += 2 * LANES) {
        step(operation, loadf(query + i), load_element(element, row, i), &a, &c);
        step(operation, loadf(query + i + LANES), load_element(element, row, i + LANES), &b, &d);
    }
    for (; i + LANES <= dimensions; i += LANES)
        step(operation, loadf(query + i), load_element(element, row, i), &a, &c);
    if (i < dimensions)
        step(
            operation, loadf_part(query + i, dimensions - i), load_element_part(element, row, i, dimensions - i), &b,
            &d);
    *sum = add(a, b);
    *square = add(c, d);
}

/// `rows` (TOGETHER or 1) rows.
INLINE void some_rows(
    enum operation operation, enum element element, int rows, const float *query, const char *base, size_t pitch,
    size_t dimensions, float *out, float *squares
) {
    V sum[TOGETHER], square[TOGETHER];
    UNROLL for (int r = 0; r < TOGETHER; r++) sum[r] = square[r] = zero();
    UNROLL for (int r = 0; r < rows; r++)
        one_row(operation, element, query, base + (size_t)r * pitch, dimensions, &sum[r], &square[r]);
    float sums[TOGETHER];
    if (operation == COSINE) {
        sum4(square[0], square[1], square[2], square[3], sums);
        UNROLL for (int r = 0; r < rows; r++) squares[r] = sums[r];
    }
    sum4(sum[0], sum[1], sum[2], sum[3], sums);
    UNROLL for (int r = 0; r < rows; r++) out[r] = sums[r];
}

INLINE void all_rows(
    enum operation operation, enum element element, const float *query, const void *rows, size_t stride, size_t count,
    size_t dimensions, float *out, float *squares
) {
    size_t pitch = stride * (element == F32 ? 4 : 2), row = 0;
    const char *base = rows;
    for (; row + TOGETHER <= count; row += TOGETHER)
        some_rows(
            operation, element, TOGETHER, query, base + row * pitch, pitch, dimensions, out + row,
            operation == COSINE ? squares + row : squares);
    for (; row < count; row++)
        some_rows(
            operation, element, 1, query, base + row * pitch, pitch, dimensions, out + row,
            operation == COSINE ? squares + row : squares);
}

static void dot_f32(
    const float *query, const float *rows, size_t stride, size_t count, size_t dimensions, float *out) {
    all_rows(DOT, F32, query, rows, stride, count, dimensions, out, out);
}
static void l2_f32(const float *query, const float *rows, size_t stride, size_t count, size_t dimensions, float *out) {
    all_rows(L2, F32, query, rows, stride, count, dimensions, out, out);
}
static void cosine_f32(
    const float *query, const float *rows, size_t stride, size_t count, size_t dimensions, float *dots,
    float *squares) {
    all_rows(COSINE, F32, query, rows, stride, count, dimensions, dots, squares);
}
static void dot_f16(
    const float *query, const uint16_t *rows, size_t stride, size_t count, size_t dimensions, float *out) {
    all_rows(DOT, F16, query, rows, stride, count, dimensions, out, out);
}
static void l2_f16(
    const float *query, const uint16_t *rows, size_t stride, size_t count, size_t dimensions, float *out) {
    all_rows(L2, F16, query, rows, stride, count, dimensions, out, out);
}
static void cosine_f16(
    const float *query, const uint16_t *rows, size_t stride, size_t count, size_t dimensions, float *dots,
    float *squares) {
    all_rows(COSINE, F16, query, rows, stride, count, dimensions, dots, squares);
}

/// A tile of a panel: `vectors` vectors of queries by `rows` rows, all sums in registers. Each number of a row is spread
/// over a vector and meets that many queries at once, so that no sum is ever taken across a vector.
INLINE void tile(
    enum operation operation, int vectors, int rows, const float *packed, const float *base, size_t stride,
    size_t dimensions, float *out, size_t out_stride
) {
    V sums[ROWS1 > ROWS2 ? ROWS1 : ROWS2][2];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = zero();
    // The rows of the next tile are fetched meanwhile, in the order of their addresses: of so many streams as a tile has
    // rows the processor itself fetches none well.
    const char *next = (const char *)(base + (size_t)rows * stride);
    for (size_t start = 0; start < dimensions; start += 16) {
        size_t end = start + 16 < dimensions ? start + 16 : dimensions;
        UNROLL for (int r = 0; r < rows; r++, next += 64) __builtin_prefetch(next);
        for (size_t i = start; i < end; i++) {
            V q[2];
            UNROLL for (int v = 0; v < vectors; v++) q[v] = loadf(packed + (i * (size_t)vectors + (size_t)v) * LANES);
            UNROLL for (int r = 0; r < rows; r++) {
                V x = spread(base + (size_t)r * stride + i);
                UNROLL for (int v = 0; v < vectors; v++) step(operation, q[v], x, &sums[r][v], &sums[r][v]);
            }
        }
    }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++)
            storef(out + (size_t)r * out_stride + (size_t)v * LANES, sums[r][v]);
}

INLINE void panel(
    enum operation operation, int vectors, int rows, const float *packed, const float *base, size_t stride,
    size_t count, size_t dimensions, float *out, size_t out_stride
) {
    size_t row = 0;
    for (; row + (size_t)rows <= count; row += (size_t)rows)
        tile(
            operation, vectors, rows, packed, base + row * stride, stride, dimensions, out + row * out_stride,
            out_stride);
    for (; row < count; row++)
        tile(operation, vectors, 1, packed, base + row * stride, stride, dimensions, out + row * out_stride, out_stride);
}

static void panel_dot_f32(
    const float *packed, size_t vectors, const float *rows, size_t stride, size_t count, size_t dimensions, float *out,
    size_t out_stride) {
    if (vectors == 1) panel(DOT, 1, ROWS1, packed, rows, stride, count, dimensions, out, out_stride);
    else panel(DOT, 2, ROWS2, packed, rows, stride, count, dimensions, out, out_stride);
}
static void panel_l2_f32(
    const float *packed, size_t vectors, const float *rows, size_t stride, size_t count, size_t dimensions, float *out,
    size_t out_stride) {
    if (vectors == 1) panel(L2, 1, ROWS1, packed, rows, stride, count, dimensions, out, out_stride);
    else panel(L2, 2, ROWS2, packed, rows, stride, count, dimensions, out, out_stride);
}

enum byte_operation { DOT8, L28, COSINE8 };

INLINE void step8(enum byte_operation operation, B q, B x, I *sum, I *other) {
    if (operation == DOT8) *sum = dot8(*sum, q, x);
    if (operation == L28) *sum = gap8(*sum, q, x);
    if (operation == COSINE8) {
        *sum = dot8(*sum, q, x);
        *other = mul8(*other, x, x);
    }
}

INLINE void some_rows8(
    enum byte_operation operation, int rows, const int8_t *query, const int8_t *base, size_t stride, size_t dimensions,
    int32_t bias, int32_t *out, int32_t *squares
) {
    I sum[TOGETHER], square[TOGETHER];
    UNROLL for (int r = 0; r < TOGETHER; r++) sum[r] = square[r] = izero();
    UNROLL for (int r = 0; r < rows; r++) {
        const int8_t *row = base + (size_t)r * stride;
        size_t i = 0;
        for (; i + BYTES <= dimensions; i += BYTES)
            step8(operation, loadb(query + i), loadb(row + i), &sum[r], &square[r]);
        if (i < dimensions)
            step8(
                operation, loadb_part(query + i, dimensions - i), loadb_part(row + i, dimensions - i), &sum[r],
                &square[r]);
    }
    int32_t sums[TOGETHER];
    isum4(sum[0], sum[1], sum[2], sum[3], sums);
    UNROLL for (int r = 0; r < rows; r++) out[r] = (int32_t)((uint32_t)sums[r] - (uint32_t)bias);
    if (operation == COSINE8) {
        isum4(square[0], square[1], square[2], square[3], sums);
        UNROLL for (int r = 0; r < rows; r++) squares[r] = sums[r];
    }
}

INLINE void all_rows8(
    enum byte_operation operation, const int8_t *query, const int8_t *rows, size_t stride, size_t count,
    size_t dimensions, int32_t *out, int32_t *squares
) {
    int32_t bias = 0;
    if (BIAS != 0 && operation != L28)
        for (size_t i = 0; i < dimensions; i++) bias += BIAS * query[i];
    size_t row = 0;
    for (; row + TOGETHER <= count; row += TOGETHER)
        some_rows8(
            operation, TOGETHER, query, rows + row * stride, stride, dimensions, bias, out + row,
            operation == COSINE8 ? squares + row : squares);
    for (; row < count; row++)
        some_rows8(
            operation, 1, query, rows + row * stride, stride, dimensions, bias, out + row,
            operation == COSINE8 ? squares + row : squares);
}

static void dot_i8(
    const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, int32_t *out) {
    all_rows8(DOT8, query, rows, stride, count, dimensions, out, out);
}
static void l2_i8(
    const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, uint32_t *out) {
    all_rows8(L28, query, rows, stride, count, dimensions, (int32_t *)out, (int32_t *)out);
}
static void cosine_i8(
    const int8_t *query, const int8_t *rows, size_t stride, size_t count, size_t dimensions, int32_t *dots,
    int32_t *squares) {
    all_rows8(COSINE8, query, rows, stride, count, dimensions, dots, squares);
}

static void widen_f16(const uint16_t *from, size_t count, float *to) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) storef(to + i, loadh(from + i));
    for (; i < count; i++) to[i] = widened(from[i]);
}

static void cosine_scores(float *dots, size_t width, const float *squares, size_t count) {
    if (width == 1) {
        for (size_t row = 0; row < count; row++)
            dots[row] = squares[row] >= 0x1p-80f ? dots[row] / __builtin_elementwise_sqrt(squares[row]) : __builtin_inff();
        return;
    }
    for (size_t row = 0; row < count; row++) {
        float *values = dots + row * width;
        if (squares[row] >= 0x1p-80f) {
            float length = __builtin_elementwise_sqrt(squares[row]);
            for (size_t i = 0; i < width; i++) values[i] /= length;
        } else {
            for (size_t i = 0; i < width; i++) values[i] = __builtin_inff();
        }
    }
}

static void scale_i8(
    const int32_t *dots, const float *scales, const float *squares, size_t count, float factor, float weight,
    float *out) {
    if (squares == NULL)
        for (size_t i = 0; i < count; i++) out[i] = factor * scales[i] * (float)dots[i];
    else
        for (size_t i = 0; i < count; i++) out[i] = factor * scales[i] * (float)dots[i] + weight * squares[i];
}

static size_t collect(const float *values, size_t count, float sign, float floor, uint32_t *places) {
    size_t found = 0, i = 0;
    V signs = spread(&sign), floors = spread(&floor);
    for (; i + LANES <= count; i += LANES) {
        uint32_t mask = any_not_below(loadf(values + i), signs, floors);
        for (; mask != 0; mask &= mask - 1) places[found++] = (uint32_t)(i + (size_t)__builtin_ctz(mask));
    }
    for (; i < count; i++)
        if (!(values[i] * sign < floor)) places[found++] = (uint32_t)i;
    return found;
}

static size_t collect_panel(
    const float *values, size_t count, size_t width, float sign, const float *floors, uint32_t *places) {
    size_t found = 0;
    V signs = spread(&sign);
    for (size_t row = 0; row < count; row++)
        for (size_t i = 0; i < width; i += LANES) {
            uint32_t mask = any_not_below(loadf(values + row * width + i), signs, loadf(floors + i));
            for (; mask != 0; mask &= mask - 1)
                places[found++] = (uint32_t)(row * width + i + (size_t)__builtin_ctz(mask));
        }
    return found;
}

// Four rows at once: their additions do not wait for each other.
static void lookup(const float *tables, const uint8_t *codes, size_t parts, size_t count, float *out) {
    size_t row = 0;
    for (; row + 4 <= count; row += 4) {
        const uint8_t *a = codes + row * parts, *b = a + parts, *c = b + parts, *d = c + parts;
        float sums[4] = {0};
        const float *table = tables;
        for (size_t part = 0; part < parts; part++, table += 256) {
            sums[0] += table[a[part]];
            sums[1] += table[b[part]];
            sums[2] += table[c[part]];
            sums[3] += table[d[part]];
        }
        memcpy(out + row, sums, sizeof sums);
    }
    for (; row < count; row++) {
        float sum = 0;
        for (size_t part = 0; part < parts; part++) sum += tables[part * 256 + codes[row * parts + part]];
        out[row] = sum;
    }
}

const struct strata_vector_kernels TABLE = {
    .name = NAME, .lanes = LANES, .dot_f32 = dot_f32, .l2_f32 = l2_f32, .dot_f16 = dot_f16, .l2_f16 = l2_f16,
    .cosine_f32 = cosine_f32, .cosine_f16 = cosine_f16, .panel_dot_f32 = panel_dot_f32, .panel_l2_f32 = panel_l2_f32,
    .dot_i8 = dot_i8, .l2_i8 = l2_i8, .cosine_i8 = cosine_i8, .widen_f16 = widen_f16, .narrow_f16 = narrow_f16,
    .cosine_scores = cosine_scores, .scale_i8 = scale_i8, .collect = collect, .collect_panel = collect_panel,
    .lookup = lookup,
};
