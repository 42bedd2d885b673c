#include "strata_utf8.h"

#include <string.h>

static int is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

int strata_utf8_is_valid_portable(const uint8_t *bytes, size_t count) {
    size_t i = 0;
    while (i < count) {
        if (count - i >= 8) {
            uint64_t word;
            memcpy(&word, bytes + i, 8);
            if ((word & 0x8080808080808080) == 0) {
                i += 8;
                continue;
            }
        }
        uint8_t lead = bytes[i];
        if (lead < 0x80) {
            i += 1;
            continue;
        }
        // The second byte has bounds of its own behind some first bytes (table 3-7 of the Unicode standard).
        size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (lead < 0xC2 || lead > 0xF4 || count - i < length) return 0;
        if (bytes[i + 1] < low || bytes[i + 1] > high) return 0;
        for (size_t k = 2; k < length; k++)
            if (!is_continuation(bytes[i + k])) return 0;
        i += length;
    }
    return 1;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// What can be wrong with two bytes that follow each other, a bit each. A pair is wrong in a way when three tables agree:
// of the first byte's upper and lower half and of the second byte's upper half.
enum {
    TOO_SHORT = 1 << 0,   // 11______ 0_______, 11______ 11______
    TOO_LONG = 1 << 1,    // 0_______ 10______
    OVERLONG_3 = 1 << 2,  // 11100000 100_____
    TOO_LARGE = 1 << 3,   // 11110100 1001____ and what is above
    SURROGATE = 1 << 4,   // 11101101 101_____
    OVERLONG_2 = 1 << 5,  // 1100000_ 10______
    OVERLONG_4 = 1 << 6,  // 11110000 1000____
    TOO_LARGE_1000 = 1 << 6, // 11110101 1000____ and what is above
    TWO_CONTINUATIONS = 1 << 7, // 10______ 10______, which is right where a third or fourth byte must be
    ANY_LOW = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS,
    LARGE = TOO_LARGE | TOO_LARGE_1000,
};

AVX2 static inline __m256i table(const uint8_t *entries) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)entries));
}

/// The bytes that stand `COUNT` places before those of `now`.
#define BEFORE(NOW, PREVIOUS, COUNT) \
    _mm256_alignr_epi8(NOW, _mm256_permute2x128_si256(PREVIOUS, NOW, 0x21), 16 - (COUNT))

AVX2 static inline __m256i errors(__m256i now, __m256i previous) {
    static const uint8_t first_high[16] = {
        TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
        TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
        TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4,
    };
    static const uint8_t first_low[16] = {
        ANY_LOW | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, ANY_LOW | OVERLONG_2, ANY_LOW, ANY_LOW, ANY_LOW | TOO_LARGE,
        ANY_LOW | LARGE, ANY_LOW | LARGE, ANY_LOW | LARGE, ANY_LOW | LARGE, ANY_LOW | LARGE, ANY_LOW | LARGE,
        ANY_LOW | LARGE, ANY_LOW | LARGE, ANY_LOW | LARGE | SURROGATE, ANY_LOW | LARGE, ANY_LOW | LARGE,
    };
    static const uint8_t second_high[16] = {
        TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
        TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE,
        TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    };
    const __m256i half = _mm256_set1_epi8(0x0F);
    __m256i first = BEFORE(now, previous, 1);
    __m256i wrong = _mm256_and_si256(
        _mm256_shuffle_epi8(table(first_high), _mm256_and_si256(_mm256_srli_epi16(first, 4), half)),
        _mm256_and_si256(
            _mm256_shuffle_epi8(table(first_low), _mm256_and_si256(first, half)),
            _mm256_shuffle_epi8(table(second_high), _mm256_and_si256(_mm256_srli_epi16(now, 4), half))));
    // Third and fourth bytes must be continuations behind continuations: there, and only there, that bit is right.
    __m256i third = _mm256_subs_epu8(BEFORE(now, previous, 2), _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(BEFORE(now, previous, 3), _mm256_set1_epi8((char)(0xF0 - 0x80)));
    __m256i wanted = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(wanted, wrong);
}

AVX2 static int is_valid_avx2(const uint8_t *bytes, size_t count) {
    __m256i previous = _mm256_setzero_si256(), wrong = previous;
    int was_ascii = 1;
    size_t i = 0;
    for (; count - i >= 32; i += 32) {
        __m256i now = _mm256_loadu_si256((const __m256i *)(bytes + i));
        int is_ascii = _mm256_movemask_epi8(now) == 0;
        if (!(is_ascii & was_ascii)) wrong = _mm256_or_si256(wrong, errors(now, previous));
        was_ascii = is_ascii;
        previous = now;
    }
    // What is left, and at least one zero: a character that the end cuts off is too short before it.
    uint8_t rest[32] = {0};
    if (count > i) memcpy(rest, bytes + i, count - i);
    wrong = _mm256_or_si256(wrong, errors(_mm256_loadu_si256((const __m256i *)rest), previous));
    return _mm256_testz_si256(wrong, wrong);
}

int strata_utf8_is_valid(const uint8_t *bytes, size_t count) {
    return __builtin_cpu_supports("avx2") ? is_valid_avx2(bytes, count) : strata_utf8_is_valid_portable(bytes, count);
}
#else
int strata_utf8_is_valid(const uint8_t *bytes, size_t count) { return strata_utf8_is_valid_portable(bytes, count); }
#endif
