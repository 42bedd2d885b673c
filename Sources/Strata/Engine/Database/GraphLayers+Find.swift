extension GraphLayers {
    /// The entities that have a value of a property, ascending.
    ///
    /// - Complexity: O(log values + entities found) in the base, linear in the entities that the deltas know.
    func find(_ key: Span<UInt8>, _ value: Span<UInt8>, at sequence: UInt64) throws(StrataError) -> [UInt32] {
        var ids: [UInt32] = []
        try active.forEachID { (id) throws(StrataError) in
            if try has(id, key, value, at: sequence) { ids.append(id) }
        }
        try frozen?.forEachID { (id) throws(StrataError) in
            if active.record(id) == nil, try has(id, key, value, at: sequence) { ids.append(id) }
        }
        if let base {
            try Self.forEachPosition(base.pointee.snapshot, key, value) { (position) throws(StrataError) in
                let id = try base.pointee.snapshot.id(at: position)
                // What a delta knows was looked at, also where it knows of nothing but relationships.
                if !isTouched(id) { ids.append(id) }
            }
        }
        ids.sort()
        return ids
    }

    private func has(
        _ id: UInt32, _ key: Span<UInt8>, _ value: Span<UInt8>, at sequence: UInt64
    ) throws(StrataError) -> Bool {
        var has = false
        try forEachProperty(of: try entity(id, at: sequence)) { foundKey, foundValue in
            guard !has else { return }
            has =
                foundKey.withUnsafeBufferPointer { $0.isEqual(to: key) }
                && foundValue.withUnsafeBufferPointer { $0.isEqual(to: value) }
        }
        return has
    }

    private static func forEachPosition(
        _ snapshot: borrowing Snapshot, _ key: Span<UInt8>, _ value: Span<UInt8>,
        _ body: (Int) throws(StrataError) -> Void
    ) throws(StrataError) {
        guard let key = try snapshot.stringID(of: key), let value = try snapshot.stringID(of: value) else { return }
        let positions = try snapshot.positions(withKey: key, value: value)
        for index in positions.indices { try body(Int(positions[index])) }
    }
}
