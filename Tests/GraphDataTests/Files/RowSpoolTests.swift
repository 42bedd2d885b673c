import Testing

@testable import GraphData

@Suite struct RowSpoolTests {
    @Test(arguments: randomCases)
    func recordsComeBackByRowInTheOrderOfTheirComing(seed: UInt64) throws {
        var generator = TextGraphGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let memory = [256, 700, 5_000, 1 << 20][generator.below(4)]
        var spool = RowSpool(scratchDirectory: directory.path, memoryBytes: memory)
        let rows = 1 + generator.below(60)
        var model = Array(repeating: [[UInt8]](), count: rows)
        let isSorted = generator.chance(20)
        for index in 0..<generator.below(400) {
            let row = isSorted ? min(index / 7, rows - 1) : generator.below(rows)
            // Now and then one that is longer than all memory.
            let length = generator.chance(2) ? 1_000 + generator.below(2_000) : generator.below(30)
            let record = (0..<length).map { UInt8(truncatingIfNeeded: index &+ $0) }
            let cut = generator.below(length + 1)
            try record.withUnsafeBytes { bytes in
                try spool.append(
                    row: UInt32(row), UnsafeRawBufferPointer(rebasing: bytes[..<cut]),
                    UnsafeRawBufferPointer(rebasing: bytes[cut...]))
            }
            model[row].append(record)
        }
        try spool.beginReading()
        for row in 0..<rows {
            var found: [[UInt8]] = []
            try spool.drain(row: UInt32(row)) { found.append(Array($0)) }
            #expect(found == model[row], "seed \(seed), row \(row)")
        }
        #expect(try directory.names().isEmpty)
    }

    @Test func rowsUpToTheLastNumber() throws {
        var spool = RowSpool(scratchDirectory: "/nonexistent")
        for row in [UInt32.max, 0, 1 << 31, 255, 256, 0] {
            try withUnsafeBytes(of: row) { try spool.append(row: row, $0) }
        }
        try spool.beginReading()
        var found: [(UInt32, Int)] = []
        for row in [0, 255, 256, 1 << 31, UInt32.max] {
            var count = 0
            try spool.drain(row: row) { record in
                #expect(record.loadUnaligned(as: UInt32.self) == row)
                count += 1
            }
            found.append((row, count))
        }
        #expect(found.map(\.1) == [2, 1, 1, 1, 1])
    }

    @Test func aScratchDirectoryThatIsNotThereIsAnError() {
        var spool = RowSpool(scratchDirectory: "/nonexistent", memoryBytes: 256)
        #expect(throws: GraphDataError.self) {
            for row in 0..<100 as Range<UInt32> { try withUnsafeBytes(of: row) { try spool.append(row: row, $0) } }
        }
    }
}
