import Foundation
import Testing

@Suite("Snapshot files that are not whole, or none")
struct SnapshotFileTests {
    @Test("a file that is no snapshot is refused by every command that reads one")
    func foreign() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "empty")
        try folder.write("short", to: "short")
        try folder.write("id,type\n" + String(repeating: "1,person\n", count: 500), to: "table.csv")
        try folder.write(Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 3) }), to: "noise")
        try folder.write("", to: "folder/within")
        for name in ["empty", "short", "table.csv", "noise", "folder", "missing"] {
            let file = folder.path(name)
            expectRefusal(try await Strata.run("verify", file), exit: 2, saying: [file])
            expectRefusal(try await Strata.run("inspect", file), exit: 2, saying: [file])
            expectRefusal(try await Strata.run("query", file, "top"), exit: 2, saying: [file])
        }
    }

    @Test("a snapshot cut off anywhere is refused by every command that reads one")
    func truncated() async throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: try await SmallWordNet.snapshot(in: folder)))
        for length in [1, 63, 64, 100, whole.count / 2, whole.count - 1] {
            let file = try folder.write(whole.prefix(length), to: "cut-\(length).strata").path
            expectRefusal(try await Strata.run("verify", file), exit: 2, saying: [file])
            expectRefusal(try await Strata.run("inspect", file), exit: 2, saying: [file])
            expectRefusal(try await Strata.run("query", file, "top"), exit: 2, saying: [file])
        }
        let longer = try folder.write(whole + Data([0]), to: "longer.strata").path
        expectRefusal(try await Strata.run("verify", longer), exit: 2, saying: [longer])
    }

    @Test("verify finds a flipped bit wherever it is, and says where")
    func flippedBit() async throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: try await SmallWordNet.snapshot(in: folder)))
        // Twelve places over the file, with the first and last byte, and the header's fields.
        let places = [0, 8, 12, 16, 24, 56] + (1...6).map { $0 * whole.count / 7 } + [whole.count - 1]
        for place in places {
            var damaged = whole
            damaged[place] ^= 1 << UInt8(place % 8)
            let file = try folder.write(damaged, to: "flipped-\(place).strata").path
            let outcome = try await Strata.run("verify", file)
            expectRefusal(outcome, exit: 2, saying: [file])
            if place >= 64 { #expect(outcome.errors.contains(/\d+/), "no offset in \(outcome)") }
            if place < 64 { expectRefusal(try await Strata.run("inspect", file), exit: 2, saying: [file]) }
        }
    }

    @Test("a damaged file never makes a query trap")
    func queriesOfDamagedFiles() async throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: try await SmallWordNet.snapshot(in: folder)))
        for step in 1...8 {
            var damaged = whole
            damaged[64 + (whole.count - 64) * step / 9] ^= 0xFF
            let file = try folder.write(damaged, to: "damaged-\(step).strata").path
            for words in [["entity", SmallWordNet.dog], ["hops", SmallWordNet.dog, "--depth", "4"]] {
                let outcome = try await Strata.run(["query", file] + words)
                #expect(!outcome.wasSignalled && [0, 2].contains(outcome.exitCode), "\(outcome)")
            }
        }
    }
}
