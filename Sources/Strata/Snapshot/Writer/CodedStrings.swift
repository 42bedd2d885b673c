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
        let choice = try Self.choose(sampler, sample, wanted)
        guard choice.coding != .raw else {
            self.init()
            return
        }

        let blocks = (strings.count + StringBlock.capacity - 1) / StringBlock.capacity
        let offsets = WorkArray<UInt64>(unsetCount: blocks + 1)
        var bytes: [UInt8] = []
        var encoder = StringBlockEncoder(symbols: choice.symbols)
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
        let symbols = choice.coding == .frontWithSymbols ? choice.symbols.serialized : []
        let isWorthIt = Self.isWorthIt(
            coded: bytes.count, offsets: offsets.count, symbols: symbols.count, raw: strings.byteCount,
            strings: strings.count)
        guard wanted != nil || isWorthIt else {
            self.init()
            return
        }
        self.init(coding: choice.coding, symbols: symbols, bytes: bytes, offsets: offsets)
    }

    /// A coding, and the table of symbols to write with.
    struct Choice: ~Copyable {
        let coding: StringCoding
        let symbols: SymbolTable
    }

    /// The coding for the strings that the samples were taken from; `wanted`, where there is a wish.
    static func choose(
        _ sampler: consuming StringCodingSampler, _ sample: borrowing SymbolSample, _ wanted: StringCoding?
    ) throws(StrataError) -> Choice {
        switch wanted {
        case nil:
            let choice = sampler.choose()
            return Choice(
                coding: choice.coding, symbols: try SymbolTable(validating: choice.symbols.serialized.span))
        case .frontWithSymbols: return Choice(coding: .frontWithSymbols, symbols: SymbolTable(training: sample))
        case .some(let coding): return Choice(coding: coding, symbols: SymbolTable())
        }
    }

    /// Whether coded strings are smaller by a tenth: the sample may have promised more than the whole keeps.
    static func isWorthIt(coded: Int, offsets: Int, symbols: Int, raw: Int, strings: Int) -> Bool {
        func total(_ bytes: Int, _ offsets: Int) -> Int {
            bytes + offsets * NumberColumn.stride(largest: UInt64(bytes))
        }
        return total(coded, offsets) + symbols <= total(raw, strings + 1) / 10 * 9
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
