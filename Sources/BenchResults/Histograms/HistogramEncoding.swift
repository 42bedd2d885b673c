import Histogram

/// The byte form of a histogram that HdrHistogram's tools read: version 2, whose counts are ZigZag LEB128 numbers with
/// runs of zeros folded, inside a zlib stream.
enum HistogramEncoding {
    /// Version 2 of the plain form, with the word size that says "variable length".
    static let plainCookie: UInt32 = 0x1C84_9313
    /// Version 2 of the compressed form.
    static let compressedCookie: UInt32 = 0x1C84_9314

    /// The compressed form.
    static func compressed<Count>(_ histogram: Histogram<Count>) -> [UInt8] {
        let stream = ZlibStored.encode(plain(histogram))
        return bigEndian(compressedCookie) + bigEndian(UInt32(stream.count)) + stream
    }

    /// The plain form: a header of 40 bytes and the counts up to the largest value.
    static func plain<Count>(_ histogram: Histogram<Count>) -> [UInt8] {
        let payload = counts(histogram)
        return bigEndian(plainCookie) + bigEndian(UInt32(payload.count))
            + bigEndian(UInt32(0))  // the offset of a shifted counts array: none
            + bigEndian(UInt32(histogram.numberOfSignificantValueDigits.rawValue))
            + bigEndian(histogram.lowestDiscernibleValue) + bigEndian(histogram.highestTrackableValue)
            + bigEndian(Double(1).bitPattern)  // the ratio of integer to double values: none
            + payload
    }

    /// The counts by index, each as a number and each run of two or more zeros as its negative length.
    private static func counts<Count>(_ histogram: Histogram<Count>) -> [UInt8] {
        let layout = HistogramLayout(
            lowestDiscernibleValue: histogram.lowestDiscernibleValue,
            significantDigits: Int(histogram.numberOfSignificantValueDigits.rawValue))
        var bytes: [UInt8] = []
        var nextIndex = 0
        for recorded in histogram.recordedValues() {
            let index = layout.index(of: recorded.value)
            let zeros = index - nextIndex
            if zeros == 1 { append(0, to: &bytes) } else if zeros > 1 { append(Int64(-zeros), to: &bytes) }
            append(Int64(recorded.count), to: &bytes)
            nextIndex = index + 1
        }
        return bytes
    }

    /// Adds a ZigZag LEB128 number of at most nine bytes: seven bits a byte, and eight in the ninth.
    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        for _ in 0..<8 {
            if rest < 0x80 {
                bytes.append(UInt8(rest))
                return
            }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// Where a value's count stands: the layout that every implementation of HdrHistogram derives from the lowest value and
/// the number of digits.
struct HistogramLayout {
    private let unitMagnitude: Int
    private let subBucketHalfCountMagnitude: Int

    init(lowestDiscernibleValue: UInt64, significantDigits: Int) {
        unitMagnitude = 63 - lowestDiscernibleValue.leadingZeroBitCount
        // Single units are told apart up to twice ten to the number of digits, rounded up to a power of two.
        var largest: UInt64 = 2
        for _ in 0..<significantDigits { largest *= 10 }
        let subBucketCountMagnitude = 64 - (largest - 1).leadingZeroBitCount
        subBucketHalfCountMagnitude = max(subBucketCountMagnitude, 1) - 1
    }

    /// The index of a value's count.
    func index(of value: UInt64) -> Int {
        let mask = ((UInt64(2) << UInt64(subBucketHalfCountMagnitude)) - 1) << UInt64(unitMagnitude)
        let base = 64 - unitMagnitude - subBucketHalfCountMagnitude - 1
        let bucket = base - (value | mask).leadingZeroBitCount
        let subBucket = Int(value >> UInt64(bucket + unitMagnitude))
        return ((bucket + 1) << subBucketHalfCountMagnitude) + subBucket - (1 << subBucketHalfCountMagnitude)
    }

    /// The smallest value whose count stands at an index, or nil where no value of 64 bits does.
    func value(at index: Int) -> UInt64? {
        guard index >= 0 else { return nil }
        let half = 1 << subBucketHalfCountMagnitude
        let bucket = index / half - 1
        let shift = max(bucket, 0) + unitMagnitude
        let subBucket = UInt64(bucket < 0 ? index : index % half + half)
        guard shift < subBucket.leadingZeroBitCount else { return nil }
        return subBucket << UInt64(shift)
    }
}
