import CStrata

/// The rules between the columns of entities, relationships, properties and names, checked at about the memory's speed.
///
/// What it finds sound, ``SnapshotStructure`` finds sound. Of the rest it only knows that something is wrong, or not as
/// most files are: that one then tells what breaks which rule where, or that none is broken. Wide values are not for
/// it, nor are entities with very many values of one key.
///
/// The kernels read each column in one pass without a branch that depends on its values. That lists are sorted is told
/// by counting: wherever their elements descend a list must start. That two forms of the same facts agree is told by
/// comparing sums of hashes, which no accident makes equal.
struct SnapshotColumns: ~Copyable {
    /// The parts that can be checked at once.
    enum Part: Int, CaseIterable {
        // The longest first, so that two threads end at about the same time.
        case outgoing, incoming, pairs, values, records, names
    }

    /// What is known of a part: nil when it is not sound, and a sum that another part has to have as well.
    private typealias Sum = UInt64?

    private let sums: UnsafeMutablePointer<Sum>

    init() {
        sums = .allocate(capacity: Part.allCases.count)
        sums.initialize(repeating: nil, count: Part.allCases.count)
    }

    deinit { sums.deallocate() }

    /// Whether all parts were checked and are sound.
    var areSound: Bool {
        func sum(_ part: Part) -> Sum { sums[part.rawValue] }
        guard let outgoing = sum(.outgoing), let incoming = sum(.incoming), let pairs = sum(.pairs),
            let values = sum(.values), sum(.records) != nil, sum(.names) != nil
        else { return false }
        return outgoing == incoming && pairs == values
    }

    /// Checks a part. Each is one thread's, and any thread may take any.
    func check(_ part: Part, of storage: borrowing ZeroCopyGraphStorage, _ limits: SnapshotLimits) {
        let sections = storage.sections
        let columns = Columns(sections)
        sums[part.rawValue] =
            switch part {
            case .outgoing:
                Self.lists(columns.outOffsets, columns.outRelationships, incoming: false, sections)
            case .incoming:
                Self.lists(columns.inOffsets, columns.inRelationships, incoming: true, sections)
            case .records: Self.records(columns, sections, limits)
            case .pairs: Self.pairs(columns, sections)
            case .values: Self.values(columns, sections)
            case .names: Self.names(sections)
            }
    }

    private static func lists(
        _ offsets: strata_column, _ words: strata_pairs, incoming: Bool, _ sections: UnsafePointer<SnapshotSections>
    ) -> Sum {
        guard strata_offsets_ascend(offsets, UInt64(words.numbers.count)) != 0 else { return nil }
        guard words.numbers.count > 0 else { return 0 }
        let facts = strata_check_lists(offsets, words, incoming ? 1 : 0)
        guard facts.descents == 0, facts.target_max < sections.pointee.entityCount,
            facts.type_max < sections.pointee.relationshipTypeCount
        else { return nil }
        return facts.sum
    }

    private static func records(
        _ columns: Columns, _ sections: UnsafePointer<SnapshotSections>, _ limits: SnapshotLimits
    ) -> Sum {
        // Fewer properties than the limit of their offsets, hence than would need a wide one.
        guard sections.pointee.wideCount == 0, sections.pointee.propertyCount <= limits.propertyOffset else {
            return nil
        }
        let count = sections.pointee.entityCount
        let bounds = strata_record_bounds(
            degree: limits.degree, type: limits.typeID, property_size: limits.propertySize,
            type_count: UInt64(sections.pointee.entityTypeCount),
            known_flags: UInt32(ZeroCopyEntity.Flags.known.rawValue))
        let facts = strata_check_records(
            sections.pointee.entities, count, columns.outOffsets,
            sections.pointee.namedCount > 0 ? sections.pointee.names : nil, bounds)
        guard facts.is_sound != 0, facts.properties == sections.pointee.propertyCount,
            facts.rows == sections.pointee.embeddingCount, (facts.is_dense != 0) == sections.pointee.hasDenseIDs
        else { return nil }
        return 0
    }

    private static func pairs(_ columns: Columns, _ sections: UnsafePointer<SnapshotSections>) -> Sum {
        let facts = strata_check_pairs(
            sections.pointee.entities, sections.pointee.entityCount, columns.properties)
        guard facts.faults == 0 else { return nil }
        guard columns.properties.numbers.count > 0 else { return 0 }
        guard facts.key_max < columns.keyCount, facts.value_max < sections.pointee.stringCount else { return nil }
        return facts.sum
    }

    private static func values(_ columns: Columns, _ sections: UnsafePointer<SnapshotSections>) -> Sum {
        let count = columns.valuePositions.count
        guard strata_offsets_ascend(columns.valueOffsets, UInt64(count)) != 0 else { return nil }
        let facts = strata_check_values(columns.valuePairs, columns.valueOffsets, columns.valuePositions)
        guard facts.faults == 0, count == 0 || facts.position_max < sections.pointee.entityCount else { return nil }
        return facts.sum
    }

    private static func names(_ sections: UnsafePointer<SnapshotSections>) -> Sum {
        let sections = sections.pointee
        guard sections.namedCount > 0 else { return 0 }
        return strata_check_names(
            sections.names, sections.entityCount, sections.nameIndex, sections.namedCount, sections.stringCount) != 0
            ? 0 : nil
    }

    /// The columns as the kernels take them.
    private struct Columns {
        let outOffsets: strata_column
        let inOffsets: strata_column
        let valueOffsets: strata_column
        let valuePositions: strata_column
        let outRelationships: strata_pairs
        let inRelationships: strata_pairs
        let properties: strata_pairs
        let valuePairs: strata_pairs
        /// What the keys of properties are below.
        let keyCount: Int

        init(_ sections: UnsafePointer<SnapshotSections>) {
            func column(_ numbers: NumberColumn, _ count: Int) -> strata_column {
                strata_column(start: numbers.base, count: count, stride: numbers.stride)
            }
            func relationships(_ section: RelationshipColumn, _ count: Int) -> strata_pairs {
                strata_pairs(numbers: column(section.numbers, count), low_bits: UInt32(section.targetBits), is_plain: 0)
            }
            func properties(_ section: PropertyColumn, _ count: Int) -> strata_pairs {
                strata_pairs(
                    numbers: column(section.numbers, count), low_bits: UInt32(section.valueBits),
                    is_plain: section.isPlain ? 1 : 0)
            }
            let sections = sections.pointee
            outOffsets = column(sections.outOffsets, sections.entityCount + 1)
            inOffsets = column(sections.inOffsets, sections.entityCount + 1)
            valueOffsets = column(sections.valueOffsets, sections.distinctPropertyCount + 1)
            valuePositions = column(sections.valuePositions, sections.valuePositionCount)
            outRelationships = relationships(sections.outRelationships, sections.relationshipCount)
            inRelationships = relationships(sections.inRelationships, sections.relationshipCount)
            self.properties = properties(sections.properties, sections.propertyCount)
            valuePairs = properties(sections.valuePairs, sections.distinctPropertyCount)
            keyCount = sections.properties.isPlain ? sections.stringCount : sections.propertyKeyCount
        }
    }
}
