import Testing

@testable import Strata

@Suite struct ByteHashTests {
    @Test func everyByteAndTheLengthCount() {
        var hashes = Set<UInt64>()
        var strings = 0
        func add(_ bytes: [UInt8]) {
            bytes.withUnsafeBufferPointer { _ = hashes.insert(ByteHash.hash($0)) }
            strings += 1
        }
        for length in 0...40 { add(Array(repeating: 0, count: length)) }
        for length in 1...33 {
            for place in 0..<length {
                for bit in 0..<8 {
                    var bytes = Array(repeating: 0 as UInt8, count: length)
                    bytes[place] = 1 << UInt8(bit)
                    add(bytes)
                }
            }
        }
        #expect(hashes.count == strings)
        // Homes come from the low bits, marks from the high ones: neither may be few.
        #expect(Set(hashes.map { $0 & 0xFFFF }).count > strings * 9 / 10)
        #expect(Set(hashes.map { $0 >> 48 }).count > strings * 9 / 10)
    }

    @Test func theEmptyStringHasOneHash() {
        let bytes: [UInt8] = [1]
        let withAddress = bytes.withUnsafeBufferPointer { ByteHash.hash(UnsafeBufferPointer(rebasing: $0[0..<0])) }
        #expect(withAddress == ByteHash.hash(UnsafeBufferPointer(start: nil, count: 0)))
    }
}
