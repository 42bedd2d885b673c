#include "column.h"

enum {
    /// Elements that are looked at together: their owners stay in the first-level cache.
    ROOM = 2048,
    /// Lists of up to so many elements get their owners by one store, without a loop.
    STEP = 8,
    /// The most values of one key that are compared with each other.
    GROUP = 64,
};

struct record {
    uint32_t id;
    uint16_t type, degree;
    uint32_t embedding, property;
    uint16_t size, flags;
};
_Static_assert(sizeof(struct record) == 20, "a record has 20 bytes");

enum { HAS_EMBEDDING = 1, HAS_NAME = 2, WIDE = 0x3C };

INLINE void decode_stride(const char *start, size_t stride, size_t count, uint64_t *numbers) {
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, start + i * stride, 8);
        numbers[i] = word & UINT64_MAX >> (64 - 8 * stride);
    }
}

/// Numbers `start ..< start + count` of a column. Each length of a number has a loop of its own.
INLINE void decode(const struct strata_column *column, size_t start, size_t count, uint64_t *numbers) {
    const char *first = (const char *)column->start + start * column->stride;
    switch (column->stride) {
    case 1: decode_stride(first, 1, count, numbers); break;
    case 2: decode_stride(first, 2, count, numbers); break;
    case 3: decode_stride(first, 3, count, numbers); break;
    case 4:
        for (size_t i = 0; i < count; i++) {
            uint32_t word;
            memcpy(&word, first + 4 * i, 4);
            numbers[i] = word;
        }
        break;
    case 5: decode_stride(first, 5, count, numbers); break;
    case 6: decode_stride(first, 6, count, numbers); break;
    case 7: decode_stride(first, 7, count, numbers); break;
    default: memcpy(numbers, first, 8 * count);
    }
}

/// A pair as a number that sorts as its indices do.
INLINE uint64_t ordered(uint64_t plain) { return plain << 32 | plain >> 32; }

INLINE uint64_t pair_number(const struct strata_pairs *pairs, size_t index) {
    uint64_t word = number(&pairs->numbers, index);
    return pairs->is_plain ? ordered(word) : word;
}

INLINE void decode_pairs(const struct strata_pairs *pairs, size_t start, size_t count, uint64_t *numbers) {
    decode(&pairs->numbers, start, count, numbers);
    if (!pairs->is_plain) return;
    for (size_t i = 0; i < count; i++) numbers[i] = ordered(numbers[i]);
}

INLINE unsigned low_bits(const struct strata_pairs *pairs) { return pairs->is_plain ? 32 : pairs->low_bits; }

/// Spreads 96 bits over 64, so that sums of the results tell sets of them apart.
INLINE uint64_t mix(uint32_t position, uint64_t pair) {
    uint64_t value = position * (uint64_t)0x9E3779B1 + pair * 0xC2B2AE3D27D4EB4F;
    value = (value ^ value >> 32) * 0xD6E8FEB86659FD93;
    return value ^ value >> 32;
}

INLINE int offsets_ascend(const struct strata_column *offsets, uint64_t end) {
    size_t count = offsets->count;
    if (count == 0 || number(offsets, 0) != 0 || number(offsets, count - 1) != end) return 0;
    uint64_t numbers[1 + ROOM];
    numbers[0] = 0;
    uint64_t descents = 0;
    for (size_t start = 0; start < count; start += ROOM) {
        size_t part = count - start < ROOM ? count - start : ROOM;
        decode(offsets, start, part, numbers + 1);
        for (size_t i = 0; i < part; i++) descents += numbers[i] > numbers[i + 1];
        numbers[0] = numbers[part];
    }
    return descents == 0;
}

/// Goes through groups of elements and calls `FLUSH(start, count)` for the elements `start ..< start + count`, whose
/// owners are then in `owners[1 ... count]`, with that of the element before them in `owners[0]`.
///
/// A group of some elements costs a store and no branch that is hard to foresee.
#define FOR_OWNED(TYPE, GROUPS, COUNT_OF, OWNER_OF, FLUSH)                              \
    TYPE owners[1 + ROOM + STEP];                                                       \
    size_t start = 0, filled = 0;                                                       \
    owners[0] = 0;                                                                      \
    for (size_t group = 0; group < (GROUPS); group++) {                                 \
        size_t left = COUNT_OF;                                                         \
        TYPE owner = OWNER_OF;                                                          \
        for (size_t k = 0; k < STEP; k++) owners[1 + filled + k] = owner;               \
        if (__builtin_expect(left > STEP, 0)) {                                         \
            while (left > ROOM - filled) {                                              \
                for (size_t k = filled; k < ROOM; k++) owners[1 + k] = owner;           \
                left -= ROOM - filled;                                                  \
                FLUSH(start, ROOM);                                                     \
                start += ROOM;                                                          \
                owners[0] = owner;                                                      \
                filled = 0;                                                             \
            }                                                                           \
            for (size_t k = 0; k < left; k++) owners[1 + filled + k] = owner;           \
        }                                                                               \
        filled += left;                                                                 \
        if (__builtin_expect(filled >= ROOM, 0)) {                                      \
            FLUSH(start, filled);                                                       \
            start += filled;                                                            \
            owners[0] = owner;                                                          \
            filled = 0;                                                                 \
        }                                                                               \
    }                                                                                   \
    FLUSH(start, filled)

INLINE void hash_lists(
    const struct strata_pairs *words, size_t start, size_t count, const uint32_t *owners, int incoming,
    uint64_t *numbers, struct strata_list_facts *facts
) {
    // The number before the first is there from the piece before, and its owner as well.
    decode_pairs(words, start, count, numbers + 1);
    uint64_t descents = 0;
    for (size_t i = start == 0; i < count; i++)
        descents += (numbers[i] > numbers[i + 1]) & (owners[i] == owners[i + 1]);
    facts->descents += descents;
    const unsigned bits = low_bits(words);
    const uint64_t target_mask = ((uint64_t)1 << bits) - 1;
    uint64_t sum = 0, target_max = 0, type_max = 0;
    for (size_t i = 1; i <= count; i++) {
        uint64_t target = numbers[i] & target_mask, type = numbers[i] >> bits;
        target_max = target > target_max ? target : target_max;
        type_max = type > type_max ? type : type_max;
        sum += incoming ? mix((uint32_t)target, type << 32 | owners[i]) : mix(owners[i], type << 32 | target);
    }
    facts->sum += sum;
    if (target_max > facts->target_max) facts->target_max = target_max;
    if (type_max > facts->type_max) facts->type_max = type_max;
    numbers[0] = numbers[count];
}

INLINE void check_lists(
    const struct strata_column *offsets, const struct strata_pairs *words, int incoming,
    struct strata_list_facts *facts
) {
    uint64_t numbers[1 + ROOM + STEP];
#define COUNT number(offsets, group + 1) - number(offsets, group)
#define FLUSH(START, COUNT_) hash_lists(words, START, COUNT_, owners, incoming, numbers, facts)
    FOR_OWNED(uint32_t, offsets->count - 1, COUNT, (uint32_t)group, FLUSH);
#undef FLUSH
#undef COUNT
}

INLINE void check_records(
    const struct record *records, size_t count, const struct strata_column *offsets, const uint32_t *names,
    const struct strata_record_bounds *bounds, struct strata_record_facts *facts
) {
    // What differs leaves a bit; what has a bound leaves its maximum.
    uint64_t wrong = 0, scattered = 0;
    uint32_t flags = 0, row = 0, property = 0;
    uint16_t degree_max = 0, type_max = 0, size_max = 0;
    int64_t previous = -1;
    uint64_t offset = number(offsets, 0);
    for (size_t p = 0; p < count; p++) {
        const struct record *record = records + p;
        int64_t id = record->id;
        // Negative, hence with the highest bit, where the id is not above the one before.
        wrong |= (uint64_t)(id - previous - 1) & (uint64_t)1 << 63;
        previous = id;
        scattered |= (uint64_t)id ^ p;
        uint64_t end = number(offsets, p + 1);
        wrong |= record->degree ^ (end - offset);
        offset = end;
        wrong |= record->property ^ property;
        property += record->size;
        uint32_t embedded = record->flags & HAS_EMBEDDING;
        wrong |= record->embedding ^ (row | (embedded - 1));
        row += embedded;
        flags |= record->flags;
        degree_max = record->degree > degree_max ? record->degree : degree_max;
        type_max = record->type > type_max ? record->type : type_max;
        size_max = record->size > size_max ? record->size : size_max;
    }
    uint64_t unnamed = 0;
    if (names)
        for (size_t p = 0; p < count; p++)
            unnamed += ((records[p].flags & HAS_NAME) != 0) != (names[p] != UINT32_MAX);
    int isSound = wrong == 0 && unnamed == 0 && (flags & ~bounds->known_flags) == 0 && (flags & WIDE) == 0
        && (names || (flags & HAS_NAME) == 0)
        && (count == 0
            || (type_max < bounds->type_count && type_max <= bounds->type && degree_max <= bounds->degree
                && size_max <= bounds->property_size));
    // Properties are counted in as many bits as their offsets have: the offsets ascend only where that is enough.
    *facts = (struct strata_record_facts){isSound, property, row, scattered == 0};
}

INLINE void hash_pairs(
    const struct strata_pairs *pairs, size_t start, size_t count, const uint32_t *owners, uint64_t *numbers,
    uint64_t *repeated, struct strata_pair_facts *facts
) {
    decode_pairs(pairs, start, count, numbers + 1);
    const unsigned bits = low_bits(pairs);
    const uint64_t value_mask = ((uint64_t)1 << bits) - 1;
    uint64_t descents = 0, same = 0;
    for (size_t i = start == 0; i < count; i++) {
        uint64_t before = numbers[i] >> bits, key = numbers[i + 1] >> bits;
        descents += (before > key) & (owners[i] == owners[i + 1]);
        same += (before == key) & (owners[i] == owners[i + 1]);
    }
    facts->faults += descents;
    *repeated += same;
    uint64_t sum = 0, key_max = 0, value_max = 0;
    for (size_t i = 1; i <= count; i++) {
        uint64_t key = numbers[i] >> bits, value = numbers[i] & value_mask;
        key_max = key > key_max ? key : key_max;
        value_max = value > value_max ? value : value_max;
        sum += mix(owners[i], numbers[i]);
    }
    facts->sum += sum;
    if (key_max > facts->key_max) facts->key_max = key_max;
    if (value_max > facts->value_max) facts->value_max = value_max;
    numbers[0] = numbers[count];
}

/// Takes the pairs that an entity has a second time out of the sum.
static void drop_repeated(
    const struct strata_pairs *pairs, size_t first, size_t count, uint32_t position, struct strata_pair_facts *facts
) {
    const unsigned bits = low_bits(pairs);
    size_t start = first;
    for (size_t i = first + 1; i < first + count; i++) {
        uint64_t pair = pair_number(pairs, i);
        if (pair >> bits != pair_number(pairs, start) >> bits) start = i;
        if (i - start >= GROUP) {
            facts->faults++;
            return;
        }
        for (size_t k = start; k < i; k++) {
            if (pair_number(pairs, k) != pair) continue;
            facts->sum -= mix(position, pair);
            break;
        }
    }
}

INLINE void check_pairs(
    const struct record *records, size_t count, const struct strata_pairs *pairs, struct strata_pair_facts *facts
) {
    uint64_t total = 0, repeated = 0;
    // Gathered into vectors the sizes would take longer.
    #pragma clang loop vectorize(disable)
    for (size_t p = 0; p < count; p++) total += records[p].size;
    if (total != pairs->numbers.count) {
        facts->faults++;
        return;
    }
    uint64_t numbers[1 + ROOM + STEP];
#define FLUSH(START, COUNT) hash_pairs(pairs, START, COUNT, owners, numbers, &repeated, facts)
    FOR_OWNED(uint32_t, count, records[group].size, (uint32_t)group, FLUSH);
#undef FLUSH
    if (repeated == 0 || facts->faults != 0) return;
    size_t first = 0;
    for (size_t p = 0; p < count; p++) {
        if (records[p].size > 1) drop_repeated(pairs, first, records[p].size, (uint32_t)p, facts);
        first += records[p].size;
    }
}

INLINE void hash_values(
    const struct strata_column *positions, size_t start, size_t count, const uint64_t *owners, uint64_t *numbers,
    struct strata_pair_facts *facts
) {
    decode(positions, start, count, numbers + 1);
    uint64_t descents = 0;
    for (size_t i = start == 0; i < count; i++)
        descents += (numbers[i] >= numbers[i + 1]) & (owners[i] == owners[i + 1]);
    facts->faults += descents;
    uint64_t sum = 0, position_max = 0;
    for (size_t i = 1; i <= count; i++) {
        position_max = numbers[i] > position_max ? numbers[i] : position_max;
        sum += mix((uint32_t)numbers[i], owners[i]);
    }
    facts->sum += sum;
    if (position_max > facts->position_max) facts->position_max = position_max;
    numbers[0] = numbers[count];
}

INLINE void check_values(
    const struct strata_pairs *pairs, const struct strata_column *offsets, const struct strata_column *positions,
    struct strata_pair_facts *facts
) {
    size_t groups = offsets->count - 1;
    for (size_t group = 0; group < groups; group++) {
        facts->faults += number(offsets, group) == number(offsets, group + 1);
        if (group > 0) facts->faults += pair_number(pairs, group - 1) >= pair_number(pairs, group);
    }
    uint64_t numbers[1 + ROOM + STEP];
#define COUNT number(offsets, group + 1) - number(offsets, group)
#define FLUSH(START, COUNT_) hash_values(positions, START, COUNT_, owners, numbers, facts)
    FOR_OWNED(uint64_t, groups, COUNT, pair_number(pairs, group), FLUSH);
#undef FLUSH
#undef COUNT
}

// The kernels for one kind of processor.
#define KERNELS(NAME, TARGET)                                                                                       \
    TARGET static int offsets_##NAME(const struct strata_column *offsets, uint64_t end) {                           \
        return offsets_ascend(offsets, end);                                                                        \
    }                                                                                                               \
    TARGET static void lists_##NAME(                                                                                \
        const struct strata_column *offsets, const struct strata_pairs *words, int incoming,                        \
        struct strata_list_facts *facts                                                                             \
    ) {                                                                                                             \
        if (incoming) check_lists(offsets, words, 1, facts);                                                        \
        else check_lists(offsets, words, 0, facts);                                                                 \
    }                                                                                                               \
    TARGET static void records_##NAME(                                                                              \
        const struct record *records, size_t count, const struct strata_column *offsets, const uint32_t *names,     \
        const struct strata_record_bounds *bounds, struct strata_record_facts *facts                                \
    ) {                                                                                                             \
        check_records(records, count, offsets, names, bounds, facts);                                               \
    }                                                                                                               \
    TARGET static void pairs_##NAME(                                                                                \
        const struct record *records, size_t count, const struct strata_pairs *pairs,                               \
        struct strata_pair_facts *facts                                                                             \
    ) {                                                                                                             \
        check_pairs(records, count, pairs, facts);                                                                  \
    }                                                                                                               \
    TARGET static void values_##NAME(                                                                               \
        const struct strata_pairs *pairs, const struct strata_column *offsets,                                      \
        const struct strata_column *positions, struct strata_pair_facts *facts                                      \
    ) {                                                                                                             \
        check_values(pairs, offsets, positions, facts);                                                             \
    }

KERNELS(portable, )
#if defined(__x86_64__)
KERNELS(avx2, __attribute__((target("avx2,bmi2"))))
KERNELS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,bmi2"))))
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }
static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw");
}
#define PICK(KERNEL, ...)                                    \
    (has_avx512() ? KERNEL##_avx512(__VA_ARGS__)             \
                  : has_avx2() ? KERNEL##_avx2(__VA_ARGS__) : KERNEL##_portable(__VA_ARGS__))
#else
#define PICK(KERNEL, ...) KERNEL##_portable(__VA_ARGS__)
#endif

int strata_offsets_ascend(struct strata_column offsets, uint64_t end) { return PICK(offsets, &offsets, end); }

struct strata_list_facts strata_check_lists(struct strata_column offsets, struct strata_pairs words, int incoming) {
    struct strata_list_facts facts = {0};
    PICK(lists, &offsets, &words, incoming, &facts);
    return facts;
}

struct strata_record_facts strata_check_records(
    const void *records, size_t count, struct strata_column offsets, const uint32_t *names,
    struct strata_record_bounds bounds
) {
    struct strata_record_facts facts = {0};
    PICK(records, records, count, &offsets, names, &bounds, &facts);
    return facts;
}

struct strata_pair_facts strata_check_pairs(const void *records, size_t count, struct strata_pairs pairs) {
    struct strata_pair_facts facts = {0};
    PICK(pairs, records, count, &pairs, &facts);
    return facts;
}

struct strata_pair_facts strata_check_values(
    struct strata_pairs pairs, struct strata_column offsets, struct strata_column positions
) {
    struct strata_pair_facts facts = {0};
    PICK(values, &pairs, &offsets, &positions, &facts);
    return facts;
}
