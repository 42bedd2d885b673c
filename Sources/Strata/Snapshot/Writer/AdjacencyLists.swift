/// The relationships of all entities from one end: a list for each position, sorted by (type, other end).
struct AdjacencyLists: ~Copyable {
    /// Where each position's list starts, and, at the end, where the last one stops.
    let offsets: WorkArray<UInt64>
    /// A ``ZeroCopyRelationship`` each, read as one number: the type is its upper half, so numbers sort by (type, other
    /// end) and their bytes in memory are the record's.
    let records: WorkArray<UInt64>

    /// Below this many elements an insertion sort needs fewer steps than setting up a better one.
    private static let insertionSortMaximum = 24

    /// The outgoing lists of `graph`, with its types replaced by `typeIndices` of the strings' `newIDs`.
    init(
        outgoing graph: borrowing CollectedGraph, newIDs: borrowing WorkArray<UInt32>,
        typeIndices: borrowing WorkArray<UInt32>
    ) {
        offsets = WorkArray(unsetCount: graph.count + 1)
        for index in 0...graph.count { offsets[index] = graph.relationshipOffsets[index] }
        records = WorkArray(unsetCount: graph.relationships.count)
        for index in 0..<records.count {
            let relationship = graph.relationships[index]
            let type = typeIndices[Int(newIDs[Int(relationship.type)])]
            records[index] = UInt64(type) << 32 | UInt64(relationship.target)
        }
        sortLists()
    }

    /// The same relationships from their other ends: a counting sort by target, then each list by type.
    init(reversing lists: borrowing AdjacencyLists) {
        let count = lists.offsets.count - 1
        offsets = WorkArray(repeating: 0, count: count + 1)
        records = WorkArray(unsetCount: lists.records.count)
        for index in 0..<records.count { offsets[Int(UInt32(truncatingIfNeeded: lists.records[index]))] += 1 }
        offsets.accumulate()
        // The start of each list serves as its cursor, and then is the start of the next: shifted back below.
        for source in 0..<count {
            for index in Int(lists.offsets[source])..<Int(lists.offsets[source + 1]) {
                let record = lists.records[index]
                let target = Int(UInt32(truncatingIfNeeded: record))
                let slot = Int(offsets[target])
                offsets[target] += 1
                records[slot] = (record >> 32) << 32 | UInt64(source)
            }
        }
        for index in stride(from: count, to: 0, by: -1) { offsets[index] = offsets[index - 1] }
        offsets[0] = 0
        sortLists()
    }

    private func sortLists() {
        for position in 0..<offsets.count - 1 {
            var list = records.slice(Int(offsets[position])..<Int(offsets[position + 1]))
            guard list.count > 1 else { continue }
            guard list.count <= Self.insertionSortMaximum else {
                list.sort()
                continue
            }
            for index in 1..<list.count {
                let record = list[index]
                var hole = index
                while hole > 0, list[hole - 1] > record {
                    list[hole] = list[hole - 1]
                    hole -= 1
                }
                list[hole] = record
            }
        }
    }
}
