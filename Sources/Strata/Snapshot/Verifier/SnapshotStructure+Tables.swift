import Glibc

extension SnapshotStructure {
    /// Types, and keys, are strings in ascending order.
    func checkTypes(_ types: UnsafePointer<UInt32>, _ count: Int) throws(StrataError) {
        for index in 0..<count {
            try require(types[index] < storage.stringCount, at: types + index, "a type or key is no string")
            try require(
                index == 0 || types[index - 1] < types[index], at: types + index, "the types or keys are not sorted")
        }
    }

    /// The strings of a range, or of a range of blocks, are UTF-8, in ascending order of their bytes, each once, and
    /// behind the string before the range.
    func checkStrings(_ range: Range<Int>) throws(StrataError) {
        guard !sections.pointee.hasCodedStrings else { return try checkCodedStrings(range) }
        var previous = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        for string in max(0, range.lowerBound - 1)..<range.upperBound {
            let start = sections.pointee.stringBytes + Int(sections.pointee.stringOffsets[string])
            let bytes = UnsafeBufferPointer(
                start: start,
                count: Int(sections.pointee.stringOffsets[string + 1] - sections.pointee.stringOffsets[string]))
            if range.contains(string) { try checkString(string, bytes, behind: previous, at: start) }
            previous = bytes
        }
    }

    /// The same for coded strings, each of which is decoded. Blocks are as their encoder makes them.
    private func checkCodedStrings(_ range: Range<Int>) throws(StrataError) {
        let symbols = try storage.symbolTable()
        // The string before, and the one that is decoded behind it.
        var previous = WorkArray<UInt8>(unsetCount: 1024)
        var previousCount = 0
        var room = WorkArray<UInt8>(unsetCount: 1024)

        /// Decodes a whole string into the room, which grows for it.
        func decode(_ index: Int, of strings: borrowing StringBlock, at bytes: UnsafeBufferPointer<UInt8>)
            throws(StrataError) -> Int
        {
            guard let length = strings.length(of: index) else { throw storage.damagedStrings(bytes) }
            if room.count < length + 32 { room = WorkArray(unsetCount: 2 * (length + 32)) }
            guard strings.copy(index, into: room.slice(0..<room.count)) == length else {
                throw storage.damagedStrings(bytes)
            }
            return length
        }

        for block in max(0, range.lowerBound - 1)..<range.upperBound {
            let offsets = sections.pointee.stringOffsets
            let start = sections.pointee.stringBytes + Int(offsets[block])
            let bytes = UnsafeBufferPointer(start: start, count: Int(offsets[block + 1] - offsets[block]))
            guard let strings = StringBlock(Span(_unsafeElements: bytes), symbols: symbols.pointee),
                strings.count == storage.stringCount(inBlock: block)
            else { throw storage.damagedStrings(bytes) }
            guard range.contains(block) else {
                // Of the block before the range only the last string is needed.
                previousCount = try decode(strings.count - 1, of: strings, at: bytes)
                swap(&previous, &room)
                continue
            }
            for index in 0..<strings.count {
                var length = -1
                let shared = strings.shared(index)
                if index > 0, shared <= previousCount {
                    // What is shared stands in the string before, so that only the remainder is decoded.
                    room.base.update(from: previous.base, count: shared)
                    length = strings.extend(to: index, in: room.slice(0..<room.count), from: shared)
                }
                if length < 0 { length = try decode(index, of: strings, at: bytes) }
                let before = UnsafeBufferPointer(previous.slice(0..<previousCount))
                let now = UnsafeBufferPointer(room.slice(0..<length))
                try checkString(block * StringBlock.capacity + index, now, behind: before, at: start)
                let common = commonPrefix(previous.base, room.base, min(previousCount, length))
                try require(
                    index == 0 || strings.shared(index) == min(common, StringBlock.sharedLimit), at: start,
                    "a string does not share with the one before it what both begin with")
                swap(&previous, &room)
                previousCount = length
            }
            for index in strings.count..<StringBlock.capacity {
                try require(
                    strings.shared(index) == 0 && strings.length(ofRemainder: index) == 0, at: start,
                    "a block of strings tells of strings that it does not have")
            }
        }
    }

    private func checkString(
        _ string: Int, _ bytes: UnsafeBufferPointer<UInt8>, behind previous: UnsafeBufferPointer<UInt8>,
        at start: UnsafePointer<UInt8>
    ) throws(StrataError) {
        try require(
            (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil, at: start,
            "the string \(string) is not UTF-8")
        try require(
            string == 0 || Self.isBefore(previous, bytes), at: start,
            "the string \(string) is not behind the one before it")
    }

    private static func isBefore(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>) -> Bool {
        let common = min(first.count, second.count)
        let order = common == 0 ? 0 : memcmp(first.baseAddress!, second.baseAddress!, common)
        return order != 0 ? order < 0 : first.count < second.count
    }

    /// Names are strings, and the index has every named position once, sorted by (name, position).
    func checkNames() throws(StrataError) {
        guard storage.namedCount > 0 else { return }
        var named = 0
        for position in 0..<storage.entityCount where sections.pointee.names[position] != SnapshotFormat.absent {
            try require(
                sections.pointee.names[position] < storage.stringCount, at: sections.pointee.names + position,
                "a name is no string")
            named += 1
        }
        try require(
            named == storage.namedCount, at: sections.pointee.nameIndex, "the index of names has another length")
        var previous: UInt64 = 0
        for index in 0..<named {
            let place = sections.pointee.nameIndex + index
            let position = place.pointee
            try require(position < storage.entityCount, at: place, "the index of names leads to no entity")
            let name = sections.pointee.names[Int(position)]
            let order = UInt64(name) << 32 | UInt64(position)
            try require(name != SnapshotFormat.absent, at: place, "the index of names leads to one without")
            try require(index == 0 || previous < order, at: place, "the index of names is not sorted")
            previous = order
        }
    }

    /// Keys and values are strings, each entity's pairs are grouped by key, and the index from pair to positions has
    /// each of them once.
    func checkProperties() throws(StrataError) {
        for index in 0..<storage.propertyCount {
            let pair = sections.pointee.properties[index]
            try require(
                pair.key.id < storage.stringCount && pair.value.id < storage.stringCount,
                at: sections.pointee.properties.numbers.place(index), "a property is no string")
        }
        var forward: UInt64 = 0
        var start = 0
        var group: [UInt64] = []
        for position in 0..<storage.entityCount {
            // Sizes and their sum were checked with the entities.
            let entity = sections.pointee.entities[position]
            let count =
                entity.flags.contains(.widePropertySize)
                ? try storage.wideValue(position, WideEntry.Field.propertySize.rawValue, atMost: storage.propertyCount)
                : Int(entity.propertySize)
            forward &+= try checkPairs(start..<start + count, of: position, &group)
            start += count
        }

        var indexed: UInt64 = 0
        for distinct in 0..<storage.distinctPropertyCount {
            let pair = sections.pointee.valuePairs[distinct]
            try require(
                distinct == 0 || Self.order(sections.pointee.valuePairs[distinct - 1]) < Self.order(pair),
                at: sections.pointee.valuePairs.numbers.place(distinct), "the index of properties is not sorted")
            let range = Int(sections.pointee.valueOffsets[distinct])..<Int(sections.pointee.valueOffsets[distinct + 1])
            try require(
                !range.isEmpty, at: sections.pointee.valueOffsets.place(distinct),
                "a property in the index has no entity")
            for index in range {
                let position = sections.pointee.valuePositions[index]
                let slot = sections.pointee.valuePositions.place(index)
                try require(position < storage.entityCount, at: slot, "the index of properties leads to no entity")
                try require(
                    index == range.lowerBound || sections.pointee.valuePositions[index - 1] < position, at: slot,
                    "the positions of a property are not sorted")
                indexed &+= Self.mix(Self.order(pair), UInt64(position))
            }
        }
        try require(
            forward == indexed, at: sections.pointee.valuePairs.numbers.base,
            "the index of properties is not that of the entities' properties")
    }

    /// Checks the order of one entity's pairs. `group` is room to work in, empty before and after.
    ///
    /// - Returns: the sum over its distinct pairs, as the index must have them.
    private func checkPairs(
        _ range: Range<Int>, of position: Int, _ group: inout [UInt64]
    ) throws(StrataError) -> UInt64 {
        var sum: UInt64 = 0
        for index in range {
            let pair = sections.pointee.properties[index]
            if index > range.lowerBound {
                let previous = sections.pointee.properties[index - 1]
                try require(
                    previous.key <= pair.key, at: sections.pointee.properties.numbers.place(index),
                    "the properties are not grouped by key")
                if previous.key != pair.key {
                    sum &+= Self.distinctSum(&group, position)
                }
            }
            group.append(Self.order(pair))
        }
        return sum &+ Self.distinctSum(&group, position)
    }

    /// The sum over the distinct pairs of a group, which is emptied.
    private static func distinctSum(_ group: inout [UInt64], _ position: Int) -> UInt64 {
        var sum: UInt64 = 0
        if group.count > 1 { group.sort() }
        for (index, pair) in group.enumerated() where index == 0 || group[index - 1] != pair {
            sum &+= mix(pair, UInt64(position))
        }
        group.removeAll(keepingCapacity: true)
        return sum
    }

    private static func order(_ pair: InternedProperty) -> UInt64 {
        UInt64(pair.key.id) << 32 | UInt64(pair.value.id)
    }

    /// Where only some entities have an embedding, each row names its own.
    func checkEmbeddingPositions() throws(StrataError) {
        guard storage.embeddingCount < storage.entityCount else { return }
        for row in 0..<storage.embeddingCount {
            let place = sections.pointee.embeddingPositions + row
            let position = Int(place.pointee)
            try require(position < storage.entityCount, at: place, "a row leads to no entity")
            try require(
                sections.pointee.entities[position].embeddingOffset == UInt32(row), at: place,
                "a row leads to an entity with another one")
        }
    }
}
