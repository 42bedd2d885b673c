import Testing

@testable import Strata

@Suite("Numbers in a snapshot take as few bytes as they need")
struct SnapshotNumberTests {
    @Test func aNumberHasTheBytesOfTheLargest() {
        #expect(NumberColumn.stride(largest: 0) == 1)
        #expect(NumberColumn.stride(largest: .max) == 8)
        for bytes in 1..<8 {
            #expect(NumberColumn.stride(largest: 1 << UInt64(8 * bytes) - 1) == bytes)
            #expect(NumberColumn.stride(largest: 1 << UInt64(8 * bytes)) == bytes + 1)
        }
    }

    @Test(arguments: [
        (0, 0, 0, 1), (1, 1, 0, 1), (2, 1, 1, 1), (1, 2, 0, 1), (256, 1, 8, 1), (256, 2, 8, 2), (257, 1, 9, 2),
        (1_000_000, 16, 20, 3), (1_000_000, 17, 20, 4), (1_000_000, 4_096, 20, 4), (1_000_000, 4_097, 20, 5),
        (Int(UInt32.max), Int(UInt32.max), 32, 8),
    ])
    func aPairHasTheBitsOfItsCounts(low: Int, high: Int, lowBits: Int, stride: Int) {
        for packing in [
            PairPacking.relationships(entityCount: low, typeCount: high), .properties(stringCount: low, keyCount: high),
        ] {
            #expect(packing.lowBits == UInt64(lowBits))
            #expect(packing.stride == stride)
            let (lowLast, highLast) = (UInt32(max(low - 1, 0)), UInt32(max(high - 1, 0)))
            let number = packing.number(high: highLast, low: lowLast)
            #expect(NumberColumn.stride(largest: number) <= stride)
            var bytes = number
            withUnsafeBytes(of: &bytes) { bytes in
                let column = NumberColumn(base: bytes.baseAddress!, stride: stride)
                let found = RelationshipColumn(column, targetBits: packing.lowBits)[0]
                #expect(found == ZeroCopyRelationship(target: lowLast, type: highLast))
            }
        }
    }

    /// Numbers of every length, many more than the buffer holds, so that some lie across its end.
    @Test(arguments: 1...8)
    func whatIsWrittenIsRead(stride: Int) throws {
        let files = MemoryFileSystem()
        let count = 50_000
        var random = SplitMix64(seed: UInt64(stride))
        let mask = UInt64.max >> UInt64(64 - 8 * stride)
        let numbers = (0..<count).map { _ in UInt64.random(in: 0...mask, using: &random) }
        var stream = try ChecksummedStream(
            path: "x", fileSystem: files, coveredStart: 64, bufferByteCount: SnapshotFormat.blockByteCount)
        try stream.pad(to: 67)
        try stream.append(count: count, stride: stride) { numbers[$0] }
        #expect(stream.offset == 67 + count * stride)
        try stream.append(UInt64.max)
        let head = [UInt8](repeating: 7, count: 64)
        let start = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { start.deallocate() }
        start.copyBytes(from: head)
        try stream.commit(head: UnsafeRawBufferPointer(start))
        let bytes = try #require(files["x"])
        #expect(bytes.count == 67 + count * stride + 8)
        bytes.withUnsafeBytes { bytes in
            let column = NumberColumn(base: bytes.baseAddress! + 67, stride: stride)
            #expect((0..<count).map { column[$0] } == numbers)
        }
    }
}
