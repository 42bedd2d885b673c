import Glibc

extension Snapshot {
    /// Calls `body` with the UTF-8 bytes of a string, which are good until it returns.
    ///
    /// A dictionary that is not coded hands out the mapped bytes, O(1). A coded one decodes the string alone, into room
    /// on the stack when it is not longer than 1 KiB, O(length + 16). The bytes are those that were written, which are
    /// valid UTF-8; ``SnapshotVerifier`` proves it of a file from elsewhere.
    @inlinable
    @inline(__always)
    public func withUTF8<Result>(
        of id: UInt32, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        guard Int(id) < stringCount else { throw noString(id) }
        guard sections.pointee.hasCodedStrings else {
            let bytes = try stringBytes(Int(id))
            return try body(Span(_unsafeElements: bytes))
        }
        return try withDecodedUTF8(of: id, body)
    }

    /// A string as text of its own. Allocates when it is longer than 15 bytes. Invalid bytes, which a file from
    /// elsewhere may hold, become replacement characters.
    public func text(_ id: UInt32) throws(StrataError) -> String {
        try withUTF8(of: id) { (utf8) throws(StrataError) in
            utf8.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The id of the string with these bytes; nil when the snapshot does not have it. O(log n) in the strings.
    public func stringID(of utf8: Span<UInt8>) throws(StrataError) -> UInt32? {
        if sections.pointee.hasCodedStrings { return try decodedStringID(of: utf8) }
        var (low, high) = (0, stringCount)
        while low < high {
            let middle = low + (high - low) / 2
            let order = Self.compare(try stringBytes(middle), utf8)
            if order == 0 { return UInt32(middle) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The id of a string; nil when the snapshot does not have it. O(log n) in the strings.
    public func stringID(of text: String) throws(StrataError) -> UInt32? { try stringID(of: text.utf8Span.span) }

    /// The bytes of a string, or of a block of coded ones: in the mapping, checked and touched.
    @inlinable
    @inline(__always)
    func stringBytes(_ group: Int) throws(StrataError) -> UnsafeBufferPointer<UInt8> {
        let range = try storage.range(sections.pointee.stringOffsets, group, of: sections.pointee.stringByteCount)
        try storage.touch(sections.pointee.stringBytes, range)
        return UnsafeBufferPointer(start: sections.pointee.stringBytes + range.lowerBound, count: range.count)
    }

    /// Below zero when the stored string is before the wanted one, in the order of the dictionary: by bytes, and a
    /// string before those that it begins.
    private static func compare(_ stored: UnsafeBufferPointer<UInt8>, _ wanted: Span<UInt8>) -> Int {
        let common = min(stored.count, wanted.count)
        // An empty buffer may have no address.
        let order =
            common == 0
            ? 0 : wanted.withUnsafeBufferPointer { Int(memcmp(stored.baseAddress!, $0.baseAddress!, common)) }
        return order != 0 ? order : stored.count - wanted.count
    }
}

// MARK: - Coded dictionaries

extension Snapshot {
    /// Decodes into room on the stack, and into allocated room what is longer than that.
    @inlinable
    func withDecodedUTF8<Result>(
        of id: UInt32, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        let (result, length) = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.roomOnStack) {
            room throws(StrataError) -> (Result?, Int) in
            let length = try decode(id, into: room)
            guard length <= room.count else { return (nil, length) }
            // The room is initialised as far as the string goes, and lives until this closure ends.
            return (try body(unsafe Span(_unsafeStart: room.baseAddress.unsafelyUnwrapped, count: length)), length)
        }
        if let result { return result }
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: length &+ 32)
        defer { room.deallocate() }
        let count = try decode(id, into: room)
        return try body(unsafe Span(_unsafeStart: room.baseAddress.unsafelyUnwrapped, count: count))
    }

    /// Room for the strings of nearly all dictionaries, with what makes decoding fastest behind them; the most that the
    /// standard library takes from the stack rather than from the heap.
    @inlinable
    static var roomOnStack: Int { 1024 }

    /// Writes a coded string to the beginning of `room`; of one that is longer than that only the length is told. The id
    /// is one of a string.
    @usableFromInline
    @inline(never)
    func decode(_ id: UInt32, into room: UnsafeMutableBufferPointer<UInt8>) throws(StrataError) -> Int {
        let (block, index) = Int(id).quotientAndRemainder(dividingBy: StringBlock.capacity)
        let bytes = try stringBytes(block)
        let symbols = try symbols()
        guard let strings = StringBlock(Span(_unsafeElements: bytes), symbols: symbols.pointee),
            strings.count == storage.stringCount(inBlock: block)
        else { throw storage.damagedStrings(bytes) }
        if let count = strings.copy(index, into: room) { return count }
        // Too long for the room, or damaged.
        guard let length = strings.length(of: index), length > room.count else { throw storage.damagedStrings(bytes) }
        return length
    }

    @usableFromInline
    @inline(never)
    func noString(_ id: UInt32) -> StrataError { storage.outOfRange("string", Int(id), stringCount) }

    private func decodedStringID(of utf8: Span<UInt8>) throws(StrataError) -> UInt32? {
        // The last block whose first string is not behind the wanted one.
        var (low, high) = (0, sections.pointee.stringBlockCount)
        let symbols = try symbols()
        while low < high {
            let middle = low + (high - low) / 2
            let bytes = try stringBytes(middle)
            guard let strings = StringBlock(Span(_unsafeElements: bytes), symbols: symbols.pointee),
                let order = strings.compareFirst(with: utf8)
            else { throw storage.damagedStrings(bytes) }
            if order == 0 { return UInt32(middle * StringBlock.capacity) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let bytes = try stringBytes(low - 1)
        guard let strings = StringBlock(Span(_unsafeElements: bytes), symbols: symbols.pointee),
            strings.count == storage.stringCount(inBlock: low - 1)
        else { throw storage.damagedStrings(bytes) }
        switch strings.find(utf8) {
        case .found(let index): return UInt32((low - 1) * StringBlock.capacity + index)
        case .absent: return nil
        case .damaged: throw storage.damagedStrings(bytes)
        }
    }

    /// What the coded strings are decoded with.
    func symbols() throws(StrataError) -> UnsafePointer<SymbolTable> { try storage.symbolTable() }
}

extension ZeroCopyGraphStorage {
    /// What the coded strings are decoded with. O(1) after the first call.
    func symbolTable() throws(StrataError) -> UnsafePointer<SymbolTable> {
        try places.pointee.symbols.table { () throws(StrataError) in
            let bytes = UnsafeBufferPointer(
                start: sections.pointee.symbolTable, count: sections.pointee.symbolTableByteCount)
            guard !bytes.isEmpty else { return SymbolTable() }
            try touch(sections.pointee.symbolTable, 0..<bytes.count)
            do throws(StrataError) {
                return try SymbolTable(validating: Span(_unsafeElements: bytes))
            } catch {
                throw damage(at: sections.pointee.symbolTable, "the symbol table is damaged: \(error.message)")
            }
        }
    }

    /// The strings that a block of coded ones must have.
    func stringCount(inBlock block: Int) -> Int {
        min(StringBlock.capacity, stringCount - block * StringBlock.capacity)
    }

    func damagedStrings(_ block: UnsafeBufferPointer<UInt8>) -> StrataError {
        damage(
            at: UnsafeRawPointer(block.baseAddress!), "the \(block.count) bytes from here are no block of strings")
    }
}
