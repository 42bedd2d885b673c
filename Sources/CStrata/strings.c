#include "strata_strings.h"

#include "column.h"
#include "strata_utf8.h"

enum {
    BLOCK = 16,
    /// More than this many shared bytes are not told of.
    SHARED_LIMIT = 255,
    CODED = 0x80,
    ESCAPE = 255,
    /// Behind the place of the next byte so many are written at most by one step of decoding or copying.
    SLACK = 32,
    /// Rooms that are smaller are not worth the arithmetic at their ends.
    ROOM_MINIMUM = 4096,
};

/// The number of equal bytes at the beginning of two texts.
INLINE size_t common_prefix(const uint8_t *a, const uint8_t *b, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t left, right;
        memcpy(&left, a + i, 8);
        memcpy(&right, b + i, 8);
        if (left != right) return i + (size_t)__builtin_ctzll(left ^ right) / 8;
    }
    while (i < count && a[i] == b[i]) i++;
    return i;
}

/// Whether the second of two texts is behind the first, where the first `common` bytes of both are equal and no more.
INLINE int is_behind(const uint8_t *a, size_t a_count, const uint8_t *b, size_t b_count, size_t common) {
    return common < b_count && (common == a_count || a[common] < b[common]);
}

/// A string that was decoded into the room.
struct text {
    uint8_t *start;
    size_t count;
};

/// A block whose lengths add up to its own.
struct block {
    /// The bytes that each string shares with the one before it, from the second on.
    const uint8_t *shared;
    const uint8_t *lengths;
    const uint8_t *remainders;
    unsigned width;
    unsigned count;
    int is_coded;
};

INLINE size_t stored_length(const struct block *block, unsigned index) {
    uint32_t length = 0;
    switch (block->width) {
    case 0: return block->lengths[index];
    case 1: {
        uint16_t two;
        memcpy(&two, block->lengths + 2 * index, 2);
        return two;
    }
    default: memcpy(&length, block->lengths + 4 * index, 4); return length;
    }
}

/// Finds the parts of block `index`; returns whether it is one.
INLINE int find_block(const struct strata_string_blocks *blocks, size_t index, struct block *block) {
    uint64_t start = number(&blocks->offsets, index), end = number(&blocks->offsets, index + 1);
    size_t count = end - start;
    if (count < 32) return 0;
    const uint8_t *bytes = blocks->bytes + start;
    unsigned width = bytes[0] >> 4 & 7;
    size_t left = blocks->string_count - index * BLOCK;
    if (width > 2 || (bytes[0] & 15) + 1u != (left < BLOCK ? left : BLOCK)) return 0;
    size_t header = 16 + ((size_t)16 << width);
    if (count < header) return 0;
    *block = (struct block){bytes, bytes + 16, bytes + header, width, (bytes[0] & 15) + 1u, bytes[0] & CODED};
    uint64_t sum = 0;
    for (unsigned i = 0; i < BLOCK; i++) sum += stored_length(block, i);
    if (sum != count - header) return 0;
    // Of strings that a block does not have it tells nothing.
    uint64_t others = 0;
    for (unsigned i = block->count; i < BLOCK; i++) others |= bytes[i] | stored_length(block, i);
    return others == 0;
}

/// Writes the text of a remainder to `out`, whose room ends SLACK bytes behind `limit`. Returns its end; NULL when it is
/// damaged or too long.
INLINE uint8_t *decode(
    const uint8_t *code, size_t count, int is_coded, const struct strata_symbols *symbols, uint8_t *out,
    const uint8_t *limit
) {
    if (!is_coded) {
        if (count > (size_t)(limit - out)) return NULL;
        memcpy(out, code, count);
        return out + count;
    }
    const uint64_t *words = symbols->words;
    const uint8_t *lengths = symbols->lengths;
    const uint8_t *end = code + count;
    while (code < end) {
        if (out > limit) return NULL;
        if (end - code >= 4) {
            unsigned a = code[0], b = code[1], c = code[2], d = code[3];
            unsigned la = lengths[a], lb = lengths[b], lc = lengths[c], ld = lengths[d];
            if ((la != 0) & (lb != 0) & (lc != 0) & (ld != 0)) {
                memcpy(out, words + a, 8);
                memcpy(out + la, words + b, 8);
                memcpy(out + la + lb, words + c, 8);
                memcpy(out + la + lb + lc, words + d, 8);
                out += la + lb + lc + ld;
                code += 4;
                continue;
            }
        }
        unsigned next = *code++;
        if (lengths[next] != 0) {
            memcpy(out, words + next, 8);
            out += lengths[next];
        } else {
            if (next != ESCAPE || code == end) return NULL;
            *out++ = *code++;
        }
    }
    return out;
}

/// Decodes the last string of a block to `room`.
static int decode_last(
    const struct strata_string_blocks *blocks, size_t index, uint8_t *room, const uint8_t *limit, struct text *text
) {
    struct block block;
    if (!find_block(blocks, index, &block)) return 0;
    const uint8_t *remainder = block.remainders;
    size_t count = 0;
    for (unsigned i = 0; i < block.count; i++) {
        size_t stored = stored_length(&block, i), shared = i == 0 ? 0 : block.shared[i];
        if (shared > count) return 0;
        // What is shared stands at the beginning already.
        uint8_t *end = decode(remainder, stored, block.is_coded, &blocks->symbols, room + shared, limit);
        if (!end) return 0;
        count = (size_t)(end - room);
        remainder += stored;
    }
    *text = (struct text){room, count};
    return 1;
}

/// The codes that stand for ASCII alone, and no escape, as bits: of the low half of a code in `low[h / 8][l]` bit `h % 8`.
struct plain_codes {
    uint8_t low[2][16];
};

static struct plain_codes plain_codes(const struct strata_symbols *symbols) {
    struct plain_codes codes = {{{0}}};
    for (unsigned code = 0; code < 256; code++) {
        // Behind a symbol's bytes its word has zeros.
        if (symbols->lengths[code] != 0 && (symbols->words[code] & 0x8080808080808080) == 0)
            codes.low[code >> 7][code & 15] |= (uint8_t)(1 << (code >> 4 & 7));
    }
    return codes;
}

INLINE int is_plain(const struct plain_codes *codes, uint8_t code) {
    return codes->low[code >> 7][code & 15] >> (code >> 4 & 7) & 1;
}

INLINE int are_plain_portable(const struct plain_codes *codes, const uint8_t *bytes, size_t count) {
    int all = 1;
    for (size_t i = 0; i < count; i++) all &= is_plain(codes, bytes[i]);
    return all;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2")))
static int are_plain_avx2(const struct plain_codes *codes, const uint8_t *bytes, size_t count) {
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)codes->low[0]));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)codes->low[1]));
    const __m256i bits = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    const __m256i half = _mm256_set1_epi8(0x0F);
    __m256i missing = _mm256_setzero_si256();
    size_t i = 0;
    for (; count - i >= 32; i += 32) {
        __m256i now = _mm256_loadu_si256((const __m256i *)(bytes + i));
        __m256i below = _mm256_and_si256(now, half);
        // The upper bit of a code chooses the table.
        __m256i set = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, below), _mm256_shuffle_epi8(high, below), now);
        __m256i bit = _mm256_shuffle_epi8(bits, _mm256_and_si256(_mm256_srli_epi16(now, 4), half));
        missing = _mm256_or_si256(missing, _mm256_cmpeq_epi8(_mm256_and_si256(set, bit), _mm256_setzero_si256()));
    }
    return _mm256_testz_si256(missing, missing) && are_plain_portable(codes, bytes + i, count - i);
}

static int are_plain(const struct plain_codes *codes, const uint8_t *bytes, size_t count) {
    return __builtin_cpu_supports("avx2") ? are_plain_avx2(codes, bytes, count)
                                          : are_plain_portable(codes, bytes, count);
}
#else
#define are_plain are_plain_portable
#endif

/// Checks a block of which every byte of every string is ASCII by its code: what is left is the order, and for that only
/// those bytes are decoded that the next string shares, and the one in which it differs.
///
/// Returns whether it is sound, with its last string in `now`, whose room ends SLACK bytes behind `limit`.
static int check_plain_block(
    const struct block *block, const struct strata_symbols *symbols, struct text before, int has_before, uint8_t *room,
    const uint8_t *limit, struct text *now
) {
    const uint8_t *remainder = block->remainders;
    size_t stored = stored_length(block, 0);
    uint8_t *out = decode(remainder, stored, block->is_coded, symbols, room, limit);
    if (!out) return 0;
    size_t known = (size_t)(out - room), shorter = known < before.count ? known : before.count;
    size_t common = common_prefix(before.start, room, shorter);
    if (has_before && !is_behind(before.start, before.count, room, known, common)) return 0;
    remainder += stored;
    for (unsigned i = 1; i < block->count; i++) {
        size_t shared = block->shared[i];
        stored = stored_length(block, i);
        // Of the string before so much is known that it ends with that, or goes on behind what is shared.
        if (shared > known || shared == SHARED_LIMIT || stored == 0) return 0;
        uint8_t first = block->is_coded ? (uint8_t)symbols->words[*remainder] : *remainder;
        if (known > shared && room[shared] >= first) return 0;
        // The string takes the place of the one before it, behind what it shares.
        out = room + shared;
        if (i + 1 == block->count) {
            out = decode(remainder, stored, block->is_coded, symbols, out, limit);
            if (!out) return 0;
        } else {
            const uint8_t *code = remainder, *end = remainder + stored;
            size_t enough = (size_t)block->shared[i + 1] + 1;
            // No more than 256 bytes are enough: they fit the room.
            if (block->is_coded)
                while (code < end && (size_t)(out - room) < enough) {
                    memcpy(out, symbols->words + *code, 8);
                    out += symbols->lengths[*code++];
                }
            else
                while (code < end && (size_t)(out - room) < enough) *out++ = *code++;
        }
        known = (size_t)(out - room);
        remainder += stored;
    }
    *now = (struct text){room, known};
    return 1;
}

/// Checks any block. As ``check_plain_block``.
static int check_any_block(
    const struct block *block, const struct strata_symbols *symbols, struct text before, int has_before, uint8_t *room,
    const uint8_t *limit, struct text *now
) {
    // The strings come one behind the other, each with a byte behind it that is no part of a longer character. What one
    // shares is copied in steps that may end behind it.
    limit -= SHARED_LIMIT + SLACK;
    uint8_t *out = room;
    const uint8_t *remainder = block->remainders;
    for (unsigned i = 0; i < block->count; i++) {
        size_t stored = stored_length(block, i), shared = i == 0 ? 0 : block->shared[i];
        if (shared > before.count || out > limit) return 0;
        uint8_t *start = out;
        for (size_t k = 0; k < shared; k += SLACK) {
            uint8_t step[SLACK];
            memcpy(step, before.start + k, SLACK);
            memcpy(start + k, step, SLACK);
        }
        out = decode(remainder, stored, block->is_coded, symbols, start + shared, limit + SHARED_LIMIT);
        if (!out) return 0;
        size_t count = (size_t)(out - start);
        size_t common = shared;
        // The block's first string tells nothing of the one before, and 255 stands for more.
        if (i == 0 || shared == SHARED_LIMIT) {
            size_t shorter = count < before.count ? count : before.count;
            common += common_prefix(before.start + shared, start + shared, shorter - shared);
        }
        // That the bytes behind the shared ones differ says also that no more are shared.
        if ((has_before || i > 0) && !is_behind(before.start, before.count, start, count, common)) return 0;
        before = (struct text){start, count};
        *out++ = '\n';
        remainder += stored;
    }
    if (!strata_utf8_is_valid(room, (size_t)(out - room))) return 0;
    memmove(room, before.start, before.count);
    *now = (struct text){room, before.count};
    return 1;
}

size_t strata_check_string_blocks(
    const struct strata_string_blocks *blocks, size_t first, size_t last, uint8_t *room, size_t room_count
) {
    // One half has the last string of the block before, the other one the strings of this block.
    size_t half = room_count / 2;
    if (half < ROOM_MINIMUM || first >= last) return first;
    uint8_t *other = room + half;
    const struct strata_symbols *symbols = &blocks->symbols;
    const struct plain_codes codes = plain_codes(symbols);
    struct plain_codes ascii = {{{0}}};
    memset(ascii.low[0], 255, sizeof ascii.low[0]);
    struct text before = {room, 0};
    if (first > 0 && !decode_last(blocks, first - 1, room, room + half - SLACK, &before)) return first;
    for (size_t index = first; index < last; index++) {
        struct block block;
        if (!find_block(blocks, index, &block)) return index;
        const uint8_t *limit = other + half - SLACK;
        size_t stored = (size_t)(blocks->bytes + number(&blocks->offsets, index + 1) - block.remainders);
        struct text now;
        if (!(are_plain(block.is_coded ? &codes : &ascii, block.remainders, stored)
                && check_plain_block(&block, symbols, before, index > 0, other, limit, &now))
            && !check_any_block(&block, symbols, before, index > 0, other, limit, &now))
            return index;
        other = before.start;
        before = now;
    }
    return last;
}

int strata_check_plain_strings(const uint8_t *bytes, struct strata_column offsets, size_t first, size_t last) {
    if (first >= last) return 1;
    uint64_t start = number(&offsets, first), before = first > 0 ? number(&offsets, first - 1) : start;
    if (!strata_utf8_is_valid(bytes + start, number(&offsets, last) - start)) return 0;
    uint64_t from = start;
    for (size_t i = first; i < last; i++) {
        uint64_t end = number(&offsets, i + 1);
        size_t left = from - before, right = end - from;
        size_t shorter = left < right ? left : right;
        size_t common = common_prefix(bytes + before, bytes + from, shorter);
        if (i > 0 && !is_behind(bytes + before, left, bytes + from, right, common)) return 0;
        // A string that begins within a character ends the one before within it.
        if (right > 0 && (bytes[from] & 0xC0) == 0x80) return 0;
        before = from;
        from = end;
    }
    return 1;
}

int strata_check_names(
    const uint32_t *names, size_t entity_count, const uint32_t *index, size_t index_count, size_t string_count
) {
    size_t named = 0, wrong = 0;
    for (size_t p = 0; p < entity_count; p++) {
        named += names[p] != UINT32_MAX;
        wrong += (names[p] != UINT32_MAX) & (names[p] >= string_count);
    }
    if (named != index_count || wrong != 0) return 0;
    uint64_t previous = 0;
    for (size_t i = 0; i < index_count; i++) {
        uint64_t position = index[i];
        if (position >= entity_count) return 0;
        uint64_t order = (uint64_t)names[position] << 32 | position;
        // Those without a name are behind all others, and would be more than are named.
        wrong |= (i > 0) & (previous >= order);
        previous = order;
    }
    return wrong == 0 && (index_count == 0 || previous >> 32 != UINT32_MAX);
}
