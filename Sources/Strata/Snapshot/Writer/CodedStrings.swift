/// The strings of a snapshot as they are written: in blocks, where that saves enough.
struct CodedStrings: ~Copyable {
    /// With `raw` the rest is empty: the strings' own offsets are written, and their bytes as the source has them.
    let coding: StringCoding
    /// The table of symbols; empty unless the coding has one.
    let symbols: [UInt8]
    /// The blocks, one behind the other.
    let bytes: [UInt8]
    /// Where each block starts, and, at the end, where the last one stops.
    let offsets: WorkArray<UInt64>

    /// - Parameters:
    ///   - wanted: the coding to use, whatever it saves; nil for the one that a sample calls for.
    ///   - others: the bytes of the file's other sections, roughly.
    init(
        _ source: borrowing some SnapshotSource & ~Copyable, _ strings: borrowing StringDictionary,
        coding wanted: StringCoding?, besides others: Int, path: String
    ) throws(StrataError) {
        var sampler = StringCodingSampler(besides: others)
        var sample = SymbolSample()
        for string in 0..<strings.count {
            let text = Span(_unsafeElements: source.utf8(of: strings.oldIDs[string]))
            if wanted == nil { sampler.add(text) }
            if wanted == .frontWithSymbols { sample.add(text) }
        }
        let table: SymbolTable
        var chosen = wanted ?? .raw
        switch wanted {
        case nil:
            let choice = sampler.choose()
            chosen = choice.coding
            table = try SymbolTable(validating: choice.symbols.serialized.span)
        case .frontWithSymbols: table = SymbolTable(training: sample)
        default: table = SymbolTable()
        }
        guard chosen != .raw else {
            self.init()
            return
        }

        let blocks = (strings.count + StringBlock.capacity - 1) / StringBlock.capacity
        let offsets = WorkArray<UInt64>(unsetCount: blocks + 1)
        var bytes: [UInt8] = []
        var encoder = StringBlockEncoder(symbols: table)
        var block = 0
        offsets[0] = 0
        for string in 0..<strings.count {
            let text = Span(_unsafeElements: source.utf8(of: strings.oldIDs[string]))
            if try encoder.append(text, into: &bytes) > 0 {
                block += 1
                offsets[block] = UInt64(bytes.count)
            }
        }
        if encoder.finish(into: &bytes) > 0 { offsets[blocks] = UInt64(bytes.count) }
        let symbols = chosen == .frontWithSymbols ? table.serialized : []
        // The sample may have promised more than the whole keeps.
        func total(_ bytes: Int, _ offsets: Int) -> Int {
            bytes + offsets * NumberColumn.stride(largest: UInt64(bytes))
        }
        let size = total(bytes.count, offsets.count) + symbols.count
        let rawSize = total(strings.byteCount, strings.count + 1)
        guard wanted != nil || size <= rawSize / 10 * 9 else {
            self.init()
            return
        }
        self.init(coding: chosen, symbols: symbols, bytes: bytes, offsets: offsets)
    }

    private init(coding: StringCoding, symbols: [UInt8], bytes: [UInt8], offsets: consuming WorkArray<UInt64>) {
        self.coding = coding
        self.symbols = symbols
        self.bytes = bytes
        self.offsets = offsets
    }

    /// No coding.
    private init() { self.init(coding: .raw, symbols: [], bytes: [], offsets: WorkArray(unsetCount: 0)) }
}
