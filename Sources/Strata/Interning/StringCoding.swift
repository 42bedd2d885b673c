/// How a dictionary's strings are written.
public enum StringCoding: UInt32, Sendable, CaseIterable {
    /// Offsets and bytes, read in place: about 10 ns a string.
    case raw = 0
    /// ``StringBlock``s without symbols.
    case front = 1
    /// ``StringBlock``s with a ``SymbolTable``.
    case frontWithSymbols = 2
}

/// Chooses the coding of a dictionary by the sizes that a sample of it has in each, in bounded memory.
///
///     var sampler = StringCodingSampler()
///     for string in strings { sampler.add(string) }       // every string of the dictionary, ascending
///     let choice = sampler.choose()
///
/// Every n-th run of 16 strings is kept, of long strings the first 4 KiB; when a mebibyte is kept, every other run is
/// dropped and n doubles.
public struct StringCodingSampler: ~Copyable {
    /// What was chosen, and why.
    public struct Choice: ~Copyable {
        /// The smallest coding, or one that is faster to read and larger by less than a tenth; `raw` also where coding
        /// saves less than a sixteenth of the whole file.
        public let coding: StringCoding
        /// The symbol table to write with; empty unless `coding` is `frontWithSymbols`.
        public let symbols: SymbolTable
        /// Estimates of the whole dictionary's bytes, with offsets and tables, by the raw value of the coding.
        public let estimatedBytes: [Int]
    }

    static var limit: Int { 1 << 20 }
    static var stringLimit: Int { 4 << 10 }

    private struct Run {
        var bytes: [UInt8] = []
        var ends: [Int] = []

        /// Roughly what it takes in memory.
        var size: Int { bytes.count + 8 * ends.count + 96 }
    }

    private var runs: [Run] = []
    private var keptBytes = 0
    private var current = Run()
    private var stride = 1
    private var stringCount = 0
    private var byteCount = 0

    private let others: Int

    /// - Parameter others: the bytes of what stands beside the dictionary in its file, roughly.
    public init(besides others: Int = 0) { self.others = others }

    /// Adds the next string. Most are counted only.
    ///
    /// - Complexity: O(1), and O(length) for a string that is kept.
    public mutating func add(_ text: Span<UInt8>) {
        let run = stringCount / StringBlock.capacity
        if run % stride == 0 {
            text.withUnsafeBufferPointer { current.bytes.append(contentsOf: $0.prefix(Self.stringLimit)) }
            current.ends.append(current.bytes.count)
        }
        stringCount += 1
        byteCount += text.count
        if stringCount % StringBlock.capacity == 0, run % stride == 0 {
            keptBytes += current.size
            runs.append(current)
            current = Run()
            while keptBytes > Self.limit { halve() }
        }
    }

    private mutating func halve() {
        var kept: [Run] = []
        for index in Swift.stride(from: 0, to: runs.count, by: 2) { kept.append(runs[index]) }
        runs = kept
        keptBytes = kept.reduce(0) { $0 + $1.size }
        stride *= 2
    }

    /// Measures the codings on the sample and chooses.
    ///
    /// A coded string takes ten times as long to read as one that is not: what a graph of few strings and many entities
    /// would save is not worth that.
    ///
    /// The table is trained with every other run and measured with the rest, so that it is not praised for what it has
    /// learnt by heart. Deterministic; takes some twenty milliseconds.
    public consuming func choose() -> Choice {
        if !current.ends.isEmpty { runs.append(current) }
        let table = trained()
        let measured = runs.count < 2 ? runs : runs.indices.filter { $0 % 2 == 1 }.map { runs[$0] }
        let sampledBytes = measured.reduce(0) { $0 + $1.bytes.count }
        let offsetBytes = byteCount < 1 << 32 ? 4 : 8
        let raw = byteCount + (stringCount + 1) * offsetBytes
        var estimates = [raw]
        let empty = SymbolTable()
        let blockCount = (stringCount + StringBlock.capacity - 1) / StringBlock.capacity
        let offsets = (blockCount + 1) * offsetBytes
        for coding in [StringCoding.front, .frontWithSymbols] {
            let size =
                coding == .front ? Self.size(of: measured, symbols: empty) : Self.size(of: measured, symbols: table)
            // A block's header goes with its number of strings, the rest with their bytes.
            let headers = measured.count * 32
            let rest = sampledBytes == 0 ? 0 : Double(size - headers) / Double(sampledBytes) * Double(byteCount)
            estimates.append(blockCount * 32 + Int(rest) + offsets)
        }
        estimates[2] += table.serialized.count
        func isWorthwhile(_ coding: StringCoding, than other: StringCoding) -> Bool {
            let (size, otherSize) = (estimates[Int(coding.rawValue)], estimates[Int(other.rawValue)])
            return size * 10 <= otherSize * 9 && (other != .raw || (raw - size) * 16 >= others + raw)
        }
        var coding = StringCoding.raw
        if isWorthwhile(.front, than: .raw) { coding = .front }
        if isWorthwhile(.frontWithSymbols, than: coding) { coding = .frontWithSymbols }
        return Choice(
            coding: coding, symbols: coding == .frontWithSymbols ? table : SymbolTable(), estimatedBytes: estimates)
    }

    /// The symbols for what front coding leaves of every other run.
    private borrowing func trained() -> SymbolTable {
        var sample = SymbolSample()
        for (index, run) in runs.enumerated() where index % 2 == 0 {
            var start = 0
            var before = 0
            for end in run.ends {
                var shared = 0
                let limit = min(start - before, end - start, StringBlock.sharedLimit)
                while shared < limit, run.bytes[before + shared] == run.bytes[start + shared] {
                    shared += 1
                }
                sample.add(run.bytes.span.extracting((start + shared)..<end))
                before = start
                start = end
            }
        }
        return SymbolTable(training: sample)
    }

    /// The bytes of these runs as blocks.
    private static func size(of runs: [Run], symbols: borrowing SymbolTable) -> Int {
        var encoder = StringBlockEncoder(symbols: symbols)
        var output: [UInt8] = []
        var size = 0
        for run in runs {
            var start = 0
            for end in run.ends {
                // Long strings that are cut to the same beginning count once.
                _ = try? encoder.append(run.bytes.span.extracting(start..<end), into: &output)
                start = end
            }
            _ = encoder.finish(into: &output)
            size += output.count
            output.removeAll(keepingCapacity: true)
        }
        return size
    }
}
