/// The properties as a snapshot holds them: each entity's pairs grouped by key, and the index from pair to entities.
struct PropertyTables: ~Copyable {
    /// The pairs of all entities, each entity's sorted by key; pairs of one key keep the source's order.
    let pairs: WorkArray<InternedProperty>
    /// The distinct pairs of the whole graph, sorted by (key, value).
    let distinctPairs: WorkArray<InternedProperty>
    /// Where the positions of each distinct pair start, and, at the end, where the last ones stop.
    let positionOffsets: WorkArray<UInt64>
    /// The positions of the entities with each distinct pair, ascending, each once.
    let positions: WorkArray<UInt32>

    private static let insertionSortMaximum = 24

    init(_ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary) {
        pairs = WorkArray(unsetCount: graph.properties.count)
        for index in 0..<pairs.count {
            let pair = graph.properties[index]
            pairs[index] = InternedProperty(
                key: InternedString(id: strings.newIDs[Int(pair.key.id)]),
                value: InternedString(id: strings.newIDs[Int(pair.value.id)]))
        }
        for position in 0..<graph.count {
            Self.group(
                pairs.slice(Int(graph.propertyOffsets[position])..<Int(graph.propertyOffsets[position + 1])))
        }

        var all = Self.sortedByPair(pairs, graph.propertyOffsets, stringCount: strings.count)
        // The same pair twice at one entity is one entry of the index.
        var distinct = 0
        var entries = 0
        let starts = WorkArray<UInt64>(unsetCount: all.pairs.count + 1)
        for index in 0..<all.pairs.count {
            let (pair, owner) = (all.pairs[index], all.owners[index])
            if distinct == 0 || all.pairs[distinct - 1] != pair {
                all.pairs[distinct] = pair
                starts[distinct] = UInt64(entries)
                distinct += 1
            } else if all.owners[entries - 1] == owner {
                continue
            }
            all.owners[entries] = owner
            entries += 1
        }
        starts[distinct] = UInt64(entries)
        all.pairs.truncate(to: distinct)
        all.owners.truncate(to: entries)
        positionOffsets = WorkArray(unsetCount: distinct + 1)
        for index in 0...distinct { positionOffsets[index] = starts[index] }
        distinctPairs = all.pairs
        positions = all.owners
    }

    /// Sorts one entity's pairs by key, keeping the order of equal keys.
    private static func group(_ list: UnsafeMutableBufferPointer<InternedProperty>) {
        guard list.count > insertionSortMaximum else {
            for index in 0..<list.count {
                let pair = list[index]
                var hole = index
                while hole > 0, list[hole - 1].key > pair.key {
                    list[hole] = list[hole - 1]
                    hole -= 1
                }
                list[hole] = pair
            }
            return
        }
        let values = Array(list)
        // The place in the list is part of what is sorted, so that the order of equal keys is kept.
        let order = values.indices.map { UInt64(values[$0].key.id) << 32 | UInt64($0) }.sorted()
        for (index, entry) in order.enumerated() { list[index] = values[Int(UInt32(truncatingIfNeeded: entry))] }
    }

    /// All pairs and the positions that have them, sorted by (key, value, position): two stable counting sorts.
    private static func sortedByPair(
        _ pairs: borrowing WorkArray<InternedProperty>, _ offsets: borrowing WorkArray<UInt64>, stringCount: Int
    ) -> OwnedPairs {
        let byValue = OwnedPairs(count: pairs.count)
        let valueSlots = WorkArray<Int>(repeating: 0, count: stringCount)
        for index in 0..<pairs.count { valueSlots[Int(pairs[index].value.id)] += 1 }
        valueSlots.accumulate()
        for position in 0..<offsets.count - 1 {
            for index in Int(offsets[position])..<Int(offsets[position + 1]) {
                let slot = valueSlots[Int(pairs[index].value.id)]
                valueSlots[Int(pairs[index].value.id)] = slot + 1
                byValue.pairs[slot] = pairs[index]
                byValue.owners[slot] = UInt32(position)
            }
        }
        let byKey = OwnedPairs(count: pairs.count)
        let keySlots = WorkArray<Int>(repeating: 0, count: stringCount)
        for index in 0..<pairs.count { keySlots[Int(pairs[index].key.id)] += 1 }
        keySlots.accumulate()
        for index in 0..<pairs.count {
            let pair = byValue.pairs[index]
            let slot = keySlots[Int(pair.key.id)]
            keySlots[Int(pair.key.id)] = slot + 1
            byKey.pairs[slot] = pair
            byKey.owners[slot] = byValue.owners[index]
        }
        return byKey
    }

    /// Pairs, each with the position of the entity that has it.
    private struct OwnedPairs: ~Copyable {
        var pairs: WorkArray<InternedProperty>
        var owners: WorkArray<UInt32>

        init(count: Int) {
            pairs = WorkArray(unsetCount: count)
            owners = WorkArray(unsetCount: count)
        }
    }
}
