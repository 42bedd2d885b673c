/// Eight bytes of a string as a number, so that most comparisons of a sort touch nothing else.
struct StringKey: BitwiseCopyable {
    /// The bytes from the current depth, the first one highest, filled up with zeros.
    private var prefix: UInt64
    /// The count of bytes from the current depth to the end, at most 9; the top bit is ``repeatsPrevious``.
    private var rest: UInt32
    /// The source's id of the string.
    private(set) var id: UInt32

    private static let repeatMark: UInt32 = 1 << 31

    /// Whether the string before it has the same bytes.
    var repeatsPrevious: Bool { rest & Self.repeatMark != 0 }

    private mutating func markRepeated() { rest |= Self.repeatMark }

    init(_ bytes: UnsafeBufferPointer<UInt8>, depth: Int, id: UInt32) {
        let left = bytes.count - depth
        prefix = 0
        if left >= 8 {
            prefix = UInt64(bigEndian: UnsafeRawPointer(bytes.baseAddress! + depth).loadUnaligned(as: UInt64.self))
        } else {
            for index in 0..<left { prefix |= UInt64(bytes[depth + index]) << (56 - 8 * index) }
        }
        rest = UInt32(min(left, 9))
        self.id = id
    }

    /// Sorts by eight bytes, then each run of equal ones by the next eight.
    ///
    /// - Parameter utf8: the bytes of a string by its id.
    static func sort(_ keys: borrowing WorkArray<StringKey>, _ utf8: (UInt32) -> UnsafeBufferPointer<UInt8>) {
        var waiting = [(range: 0..<keys.count, depth: 0)]
        while let (range, depth) = waiting.popLast() {
            var run = keys.slice(range)
            run.sort { $0.prefix != $1.prefix ? $0.prefix < $1.prefix : $0.rest < $1.rest }
            var start = range.lowerBound
            while start < range.upperBound {
                let first = keys[start]
                var end = start + 1
                while end < range.upperBound, keys[end].prefix == first.prefix, keys[end].rest == first.rest {
                    end += 1
                }
                if end - start > 1 {
                    if first.rest <= 8 {
                        // They end here, so they are the same string.
                        for index in start + 1..<end { keys.base[index].markRepeated() }
                    } else {
                        for index in start..<end {
                            let id = keys[index].id
                            keys[index] = StringKey(utf8(id), depth: depth + 8, id: id)
                        }
                        waiting.append((start..<end, depth + 8))
                    }
                }
                start = end
            }
        }
    }
}
