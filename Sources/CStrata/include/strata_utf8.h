#pragma once
#include <stddef.h>
#include <stdint.h>

/// Whether `count` bytes are valid UTF-8 as Unicode defines it: no surrogates, nothing overlong, nothing above U+10FFFF.
/// `bytes` may be null when `count` is 0. With AVX2 at several gigabytes a second whatever the text is, by the lookup
/// algorithm of Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2021.
int strata_utf8_is_valid(const uint8_t *_Nullable bytes, size_t count);

/// The same without vectors, for processors that have none; here for tests.
int strata_utf8_is_valid_portable(const uint8_t *_Nullable bytes, size_t count);
