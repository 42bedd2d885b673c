/// The strings of a snapshot: those in use, sorted by their bytes, each once.
struct StringDictionary: ~Copyable {
    /// For each of the source's strings, its id in the file, or ``SnapshotFormat/absent`` when it is not used.
    let newIDs: WorkArray<UInt32>
    /// For each string of the file, an id that the source knows it by.
    let oldIDs: WorkArray<UInt32>
    /// Where each string's bytes start in the section, and, at the end, where the last one stops.
    let offsets: WorkArray<UInt64>
    /// The strings, as file ids in ascending order, that are the type of an entity.
    let entityTypes: WorkArray<UInt32>
    /// The strings, as file ids in ascending order, that are the type of a relationship.
    let relationshipTypes: WorkArray<UInt32>
    /// The strings, as file ids in ascending order, that are the key of a property.
    let propertyKeys: WorkArray<UInt32>

    var count: Int { oldIDs.count }
    var byteCount: Int { Int(offsets[count]) }

    /// - Throws: `invalidArgument` when a string in use is not UTF-8.
    init(
        _ source: borrowing some SnapshotSource & ~Copyable, _ usage: borrowing WorkArray<CollectedGraph.Usage>,
        path: String
    ) throws(StrataError) {
        var used = 0
        for old in 0..<usage.count where !usage[old].isEmpty { used += 1 }
        let keys = WorkArray<StringKey>(unsetCount: used)
        used = 0
        for old in 0..<usage.count where !usage[old].isEmpty {
            let bytes = source.utf8(of: UInt32(old))
            guard (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil else {
                throw StrataError(
                    .invalidArgument, "the graph to write is not consistent: string \(old) is not UTF-8", path: path,
                    remedy: "nothing was written; check the source of the snapshot")
            }
            keys[used] = StringKey(bytes, depth: 0, id: UInt32(old))
            used += 1
        }
        StringKey.sort(keys) { source.utf8(of: $0) }

        var distinct = 0
        for index in 0..<used where !keys[index].repeatsPrevious { distinct += 1 }
        let newIDs = WorkArray<UInt32>(repeating: SnapshotFormat.absent, count: usage.count)
        let oldIDs = WorkArray<UInt32>(unsetCount: distinct)
        let offsets = WorkArray<UInt64>(unsetCount: distinct + 1)
        let uses = WorkArray<CollectedGraph.Usage>(repeating: [], count: distinct)
        offsets[0] = 0
        var new = -1
        for index in 0..<used {
            let old = keys[index].id
            if !keys[index].repeatsPrevious {
                new += 1
                oldIDs[new] = old
                offsets[new + 1] = offsets[new] + UInt64(source.utf8(of: old).count)
            }
            newIDs[Int(old)] = UInt32(new)
            uses[new].formUnion(usage[Int(old)])
        }
        self.newIDs = newIDs
        self.oldIDs = oldIDs
        self.offsets = offsets
        entityTypes = Self.strings(usedFor: .entityType, uses)
        relationshipTypes = Self.strings(usedFor: .relationshipType, uses)
        propertyKeys = Self.strings(usedFor: .propertyKey, uses)
    }

    /// For each string of the file, its index in `list`; ``SnapshotFormat/absent`` for one that is not in it.
    func indices(in list: borrowing WorkArray<UInt32>) -> WorkArray<UInt32> {
        let indices = WorkArray<UInt32>(repeating: SnapshotFormat.absent, count: count)
        for index in 0..<list.count { indices[Int(list[index])] = UInt32(index) }
        return indices
    }

    private static func strings(
        usedFor use: CollectedGraph.Usage, _ uses: borrowing WorkArray<CollectedGraph.Usage>
    ) -> WorkArray<UInt32> {
        var list = WorkArray<UInt32>(unsetCount: uses.count)
        var count = 0
        for string in 0..<uses.count where uses[string].contains(use) {
            list[count] = UInt32(string)
            count += 1
        }
        list.truncate(to: count)
        return list
    }
}
