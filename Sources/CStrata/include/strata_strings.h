// Checks of the strings of a snapshot's dictionary, many in a call: that they are UTF-8, and that each is behind the one
// before it in the order of bytes.
//
// What a kernel finds sound is so. Of the rest it only knows that something is wrong, or too large for its room: the
// caller then tells which. The kernels read nothing outside what they are given, whatever is in it.
#pragma once
#include "strata_columns.h"

/// What coded strings are decoded with: for each of 256 codes its bytes, the first in the lowest bits and
/// zeros behind the last, and their number,
/// 0 where a code has none; that of code 255 is 0.
struct strata_symbols {
    const uint64_t *words;
    const uint8_t *lengths;
};

/// A dictionary of blocks of 16 coded strings each, `offsets[b] ..< offsets[b + 1]` of `bytes`.
struct strata_string_blocks {
    const uint8_t *bytes;
    /// Those of the checked blocks and of the one before them must ascend and lie inside the bytes.
    struct strata_column offsets;
    /// The strings in all blocks: 16 in each but the last one.
    size_t string_count;
    struct strata_symbols symbols;
};

/// Checks blocks `first ..< last` with `room_count` bytes to work in, and that their first string is behind the block
/// before.
///
/// Returns the first block that was not found sound, or `last`.
size_t strata_check_string_blocks(
    const struct strata_string_blocks *blocks, size_t first, size_t last, uint8_t *room, size_t room_count);

/// Checks strings `first ..< last`, which lie one behind the other, and that the first is behind the one before it.
/// Their offsets, and those of the one before, must ascend and lie inside the bytes. Returns whether they are sound.
int strata_check_plain_strings(const uint8_t *bytes, struct strata_column offsets, size_t first, size_t last);

/// Checks an index of names: the positions in it are below `entity_count`, their names are below `string_count`, and it
/// is sorted by (name, position); as many of `names` are not UINT32_MAX as it has positions, and those are below
/// `string_count`. Returns whether it is sound.
int strata_check_names(
    const uint32_t *names, size_t entity_count, const uint32_t *index, size_t index_count, size_t string_count);
