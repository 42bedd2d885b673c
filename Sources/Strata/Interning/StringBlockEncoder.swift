/// Makes ``StringBlock``s of ascending strings.
///
///     var encoder = StringBlockEncoder(symbols: table)
///     for string in strings {
///         let size = try encoder.append(string, into: &output)   // of the block that is complete now, or 0
///     }
///     let size = encoder.finish(into: &output)                   // of the last, shorter block, or 0
///
/// The same strings and the same table give the same bytes. Blocks do not depend on each other: ranges of strings that
/// begin at multiples of 16 may be coded by several encoders at once.
public struct StringBlockEncoder: ~Copyable {
    private let symbols: SymbolEncoder?
    /// The string before the next one, where there is one.
    private var previous: [UInt8] = []
    private var hasPrevious = false
    private var count = 0
    private var shared = [UInt8](repeating: 0, count: StringBlock.capacity)
    /// The remainders as they are, and their codes; what is behind `used` is room.
    private var plain = Remainders()
    private var coded = Remainders()

    private struct Remainders {
        var bytes: [UInt8] = []
        var used = 0
        var lengths = [Int](repeating: 0, count: StringBlock.capacity)
        /// The widest stored length decides: 0 for one byte, 1 for two, 2 for four.
        var width = 0

        /// The bytes of a block with these remainders.
        var blockBytes: Int { StringBlock.headerCount(width) + used }

        mutating func reserve(_ room: Int) {
            if bytes.count < used + room {
                bytes.append(contentsOf: repeatElement(0, count: max(used + room - bytes.count, bytes.count)))
            }
        }

        mutating func add(_ length: Int, at index: Int) {
            lengths[index] = length
            used += length
            width = max(width, length < 1 << 8 ? 0 : length < 1 << 16 ? 1 : 2)
        }

        mutating func clear() {
            used = 0
            width = 0
            for index in lengths.indices { lengths[index] = 0 }
        }
    }

    /// An encoder that leaves out shared beginnings, and codes what remains with `symbols` in the blocks where that
    /// saves an eighth and more.
    ///
    /// - Parameter symbols: an empty table for front coding alone.
    public init(symbols: borrowing SymbolTable) {
        self.symbols = symbols.count == 0 ? nil : SymbolEncoder(symbols)
    }

    /// Adds a string, and appends the block's bytes to `output` when it is the block's sixteenth.
    ///
    /// - Returns: the number of bytes appended: 0, or the size of a block (32 and more).
    /// - Throws: `invalidArgument` when the string is not behind the one before it, `limitExceeded` when it has 2 GiB
    ///   or more; the encoder is as before then.
    public mutating func append(_ text: Span<UInt8>, into output: inout [UInt8]) throws(StrataError) -> Int {
        guard text.count < 1 << 31 else {
            throw StrataError(.limitExceeded, "a string of \(text.count) bytes does not fit a block of strings")
        }
        // The pointer is used in this call only; an empty string may have no address.
        let source = text.withUnsafeBufferPointer { $0 }
        let common = previous.withUnsafeBufferPointer { previous in
            guard let left = previous.baseAddress, let right = source.baseAddress else { return 0 }
            return commonPrefix(left, right, min(previous.count, source.count))
        }
        if hasPrevious {
            guard common < source.count, common == previous.count || previous[common] < source[common] else {
                throw StrataError(
                    .invalidArgument, "a string is not behind the one before it in the order of bytes",
                    remedy: "sort the strings and leave out those that are there twice")
            }
        }
        let kept = count == 0 ? 0 : min(common, StringBlock.sharedLimit)
        add(UnsafeBufferPointer(rebasing: source[kept...]), shared: kept)
        previous.removeAll(keepingCapacity: true)
        previous.append(contentsOf: source)
        hasPrevious = true
        return count == StringBlock.capacity ? flush(into: &output) : 0
    }

    private mutating func add(_ remainder: UnsafeBufferPointer<UInt8>, shared kept: Int) {
        shared[count] = UInt8(kept)
        if let start = remainder.baseAddress, !remainder.isEmpty {
            plain.reserve(remainder.count)
            plain.bytes.withUnsafeMutableBufferPointer {
                ($0.baseAddress! + plain.used).update(from: start, count: remainder.count)
            }
            if symbols != nil {
                coded.reserve(2 * remainder.count + 1)
                let length = coded.bytes.withUnsafeMutableBufferPointer {
                    symbols!.encode(start, remainder.count, into: $0.baseAddress! + coded.used)
                }
                coded.add(length, at: count)
            }
        }
        plain.add(remainder.count, at: count)
        count += 1
    }

    /// Appends the last block, when strings are waiting for it; the encoder is as new afterwards.
    ///
    /// - Returns: the number of bytes appended, 0 when no string was waiting.
    public mutating func finish(into output: inout [UInt8]) -> Int {
        hasPrevious = false
        previous.removeAll(keepingCapacity: true)
        return count == 0 ? 0 : flush(into: &output)
    }

    private mutating func flush(into output: inout [UInt8]) -> Int {
        let isCoded = symbols != nil && coded.blockBytes + plain.blockBytes / 8 < plain.blockBytes
        let size = isCoded ? write(coded, StringBlock.codedBit, to: &output) : write(plain, 0, to: &output)
        plain.clear()
        coded.clear()
        count = 0
        return size
    }

    private func write(_ remainders: borrowing Remainders, _ bit: UInt8, to output: inout [UInt8]) -> Int {
        let before = output.count
        output.append(bit | UInt8(remainders.width) << 4 | UInt8(count - 1))
        for index in 1..<StringBlock.capacity { output.append(index < count ? shared[index] : 0) }
        for length in remainders.lengths {
            for byte in 0..<(1 << remainders.width) { output.append(UInt8(truncatingIfNeeded: length >> (8 * byte))) }
        }
        output.append(contentsOf: remainders.bytes[..<remainders.used])
        return output.count - before
    }
}
