// Checks of whole columns of a snapshot: one pass each, in which nothing branches on what the values are as long as they
// are as a writer makes them. Each kernel is compiled for the vectors of several processors, and picks at run time.
//
// The kernels read nothing outside the columns that they are given, whatever the values are.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A column of unsigned numbers of one to eight bytes each, at any address. Eight bytes may be read where the last number
/// begins.
struct strata_column {
    const void *start;
    size_t count;
    /// The bytes of a number: 1 to 8.
    size_t stride;
};

/// A column of pairs, each a number with an upper and a lower index in it.
struct strata_pairs {
    struct strata_column numbers;
    /// The bits of the lower index: 0 to 32.
    unsigned low_bits;
    /// Whether a number is instead two of four bytes, the upper index first.
    int is_plain;
};

/// What there is to say about the lists of all entities in one direction.
struct strata_list_facts {
    /// The sum, over all relationships, of a hash of source, target and type: equal for the two directions.
    uint64_t sum;
    /// Places in the lists, other than their starts, where the order of type and target descends.
    uint64_t descents;
    /// The largest position and the largest type.
    uint64_t target_max, type_max;
};

/// Whether offsets begin with zero, never descend and end with `end`. An empty column does not.
int strata_offsets_ascend(struct strata_column offsets, uint64_t end);

/// Checks the lists `offsets[p] ..< offsets[p + 1]` of `words`, each of a type and a target's position.
///
/// `offsets` must have passed `strata_offsets_ascend` with the count of the words. `incoming` says that a list is its
/// target's.
struct strata_list_facts strata_check_lists(struct strata_column offsets, struct strata_pairs words, int incoming);

/// What the records of all entities have to agree with.
struct strata_record_bounds {
    uint64_t degree, type, property_size;
    uint64_t type_count;
    uint32_t known_flags;
};

struct strata_record_facts {
    /// Whether all records keep the rules and have no wide field, for which this is not the check.
    int is_sound;
    /// The properties, in 32 bits, and the rows of embeddings.
    uint32_t properties, rows;
    /// Whether every id is its position.
    int is_dense;
};

/// Checks `count` records of 20 bytes: ids ascend; degrees are those of `offsets`, which has one element more; fields
/// are in their bounds; properties and embeddings follow each other; whether there is a name is as `names` says, which
/// is NULL when there are none.
struct strata_record_facts strata_check_records(
    const void *records, size_t count, struct strata_column offsets, const uint32_t *names,
    struct strata_record_bounds bounds);

struct strata_pair_facts {
    /// The sum, over each entity's distinct pairs, of a hash of position, key and value.
    uint64_t sum;
    /// Rules that are broken, or entities with too many values of a key for this check.
    uint64_t faults;
    /// The largest key, the largest value, and the largest position.
    uint64_t key_max, value_max, position_max;
};

/// Checks the pairs of key and value of `count` records: as many as the records' sizes add up to, grouped by key.
struct strata_pair_facts strata_check_pairs(const void *records, size_t count, struct strata_pairs pairs);

/// Checks the index from distinct pairs, which ascend, to the ascending positions of the entities that have them.
///
/// `offsets` must have passed `strata_offsets_ascend` with the count of `positions`, and has one element more than there
/// are pairs.
struct strata_pair_facts strata_check_values(
    struct strata_pairs pairs, struct strata_column offsets, struct strata_column positions);
