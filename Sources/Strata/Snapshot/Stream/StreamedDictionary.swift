/// The strings of a snapshot as they will be written, in scratch files.
struct StreamedDictionary {
    let coding: StringCoding
    /// The distinct strings.
    let count: Int
    /// Numbers of 8 bytes: where each string starts, or each block, and where the last one stops.
    let offsets: ScratchExtent
    /// All strings, or all blocks.
    let bytes: ScratchExtent
    let symbols: [UInt8]
    /// String ids of 4 bytes, ascending.
    let entityTypes: ScratchExtent
    let relationshipTypes: ScratchExtent
    let propertyKeys: ScratchExtent

    /// - Parameters:
    ///   - wanted: the coding to use, whatever it saves; nil for the one that a sample calls for.
    ///   - others: the bytes of the file's other sections, roughly.
    ///   - ids: gets what the epochs' strings are called in the file.
    init(
        _ epochs: consuming StringEpochs, coding wanted: StringCoding?, besides others: Int,
        ids: inout StringEpochIDs?,
        _ memory: StreamMemory, _ space: ScratchSpace
    ) throws(StrataError) {
        var offsets = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var bytes = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var lists = Lists(
            entityTypes: try ScratchWriter(space, bufferByteCount: memory.bufferByteCount),
            relationshipTypes: try ScratchWriter(space, bufferByteCount: memory.bufferByteCount),
            propertyKeys: try ScratchWriter(space, bufferByteCount: memory.bufferByteCount))
        var sampler = StringCodingSampler(besides: others)
        var sample = SymbolSample()
        var count: UInt32 = 0
        ids = try epochs.merge { (text, usage) throws(StrataError) in
            try offsets.append(UInt64(bytes.count))
            try text.withUnsafeBufferPointer { (text) throws(StrataError) in
                try bytes.append(UnsafeRawBufferPointer(text))
            }
            try lists.append(count, usage)
            if wanted == nil { sampler.add(text) }
            if wanted == .frontWithSymbols { sample.add(text) }
            count += 1
        }
        try offsets.append(UInt64(bytes.count))
        entityTypes = try lists.entityTypes.finish()
        relationshipTypes = try lists.relationshipTypes.finish()
        propertyKeys = try lists.propertyKeys.finish()
        self.count = Int(count)
        let raw = (offsets: try offsets.finish(), bytes: try bytes.finish())

        let choice = try CodedStrings.choose(sampler, sample, wanted)
        if choice.coding != .raw {
            let coded = try Self.coded(raw.offsets, raw.bytes, choice.symbols, memory, space)
            let symbols = choice.coding == .frontWithSymbols ? choice.symbols.serialized : []
            let word = MemoryLayout<UInt64>.stride
            let isWorthIt = CodedStrings.isWorthIt(
                coded: coded.bytes.byteCount, offsets: coded.offsets.byteCount / word, symbols: symbols.count,
                raw: raw.bytes.byteCount, strings: Int(count))
            if wanted != nil || isWorthIt {
                self.coding = choice.coding
                self.offsets = coded.offsets
                self.bytes = coded.bytes
                self.symbols = symbols
                return
            }
        }
        self.coding = .raw
        self.offsets = raw.offsets
        self.bytes = raw.bytes
        symbols = []
    }

    /// Which strings are types and keys.
    private struct Lists: ~Copyable {
        var entityTypes: ScratchWriter
        var relationshipTypes: ScratchWriter
        var propertyKeys: ScratchWriter

        mutating func append(_ string: UInt32, _ usage: StringEpochs.Usage) throws(StrataError) {
            if usage.contains(.entityType) { try entityTypes.append(string) }
            if usage.contains(.relationshipType) { try relationshipTypes.append(string) }
            if usage.contains(.propertyKey) { try propertyKeys.append(string) }
        }
    }

    /// The strings in blocks.
    private static func coded(
        _ offsets: ScratchExtent, _ bytes: ScratchExtent, _ symbols: borrowing SymbolTable, _ memory: StreamMemory,
        _ space: ScratchSpace
    ) throws(StrataError) -> (offsets: ScratchExtent, bytes: ScratchExtent) {
        var blockOffsets = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var blocks = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var starts = ScratchReader(offsets, bufferByteCount: memory.bufferByteCount)
        var strings = ScratchReader(bytes, bufferByteCount: memory.bufferByteCount)
        var encoder = StringBlockEncoder(symbols: symbols)
        var text: [UInt8] = []
        var block: [UInt8] = []
        try blockOffsets.append(UInt64(0))
        var start = try starts.read(UInt64.self)
        while !starts.isAtEnd {
            let end = try starts.read(UInt64.self)
            try strings.read(Int(end - start), into: &text)
            start = end
            if try encoder.append(text.span, into: &block) > 0 {
                try append(&block, to: &blocks, &blockOffsets)
            }
        }
        if encoder.finish(into: &block) > 0 { try append(&block, to: &blocks, &blockOffsets) }
        return (try blockOffsets.finish(), try blocks.finish())
    }

    private static func append(
        _ block: inout [UInt8], to blocks: inout ScratchWriter, _ offsets: inout ScratchWriter
    ) throws(StrataError) {
        try block.withUnsafeBufferPointer { (block) throws(StrataError) in
            try blocks.append(UnsafeRawBufferPointer(block))
        }
        try offsets.append(UInt64(blocks.count))
        block.removeAll(keepingCapacity: true)
    }
}
