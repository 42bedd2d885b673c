import Foundation
import Testing

@testable import Strata

/// A file may have been made by anyone, with every checksum right. What a reader does with it is an error or an answer.
@Suite("Hostile snapshots are refused or read, whatever they say")
struct SnapshotHostileTests {
    /// What campaigns begin with, and what each of them has found: the bytes that were a finding once.
    @Test func theCorpusIsRead() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Corpus/snapshot").standardizedFileURL.path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.count > 10)
        for name in names {
            let path = "\(folder)/\(name)"
            let outcome = try HostileReading.read(path, RealFileSystem())
            if !name.hasPrefix("found-") { #expect(outcome == .sound, "\(name)") }
            if outcome != .refused { try HostileReading.ask(path) }
        }
    }

    /// The corpus is what the seeds are. With `STRATA_CORPUS` set to a folder they are written there.
    @Test func theCorpusHasTheSeeds() throws {
        let seeds = try HostileSeeds.all()
        guard let folder = ProcessInfo.processInfo.environment["STRATA_CORPUS"] else {
            #expect(Set(seeds.map(\.name)).count == seeds.count)
            return
        }
        for seed in seeds { try Data(seed.bytes).write(to: URL(fileURLWithPath: "\(folder)/\(seed.name).strata")) }
    }

    /// Taken apart and put together again, a file is what it was.
    @Test func repairChangesNothingThatIsRight() throws {
        for seed in try HostileSeeds.all() {
            let snapshot = try #require(seed.bytes.withUnsafeBytes { HostileSnapshot($0) })
            #expect(snapshot.assembled() == seed.bytes, "\(seed.name)")
        }
    }

    /// Some of each seed's mutations, by their numbers: `HostileMutation(seed: number)` makes one again.
    @Test(arguments: 0..<8)
    func mutationsNeverTrap(part: Int) throws {
        let files = MemoryFileSystem()
        var opened = 0
        var sound = 0
        var tried = 0
        let seeds = try HostileSeeds.all().filter { $0.bytes.count < 16_384 }
        for (index, seed) in seeds.enumerated() {
            let snapshot = try #require(seed.bytes.withUnsafeBytes { HostileSnapshot($0) })
            for step in 0..<min(longRun(20), 1_000) {
                let number = UInt64(step * 1_000 + part * 100 + index)
                var mutation = HostileMutation(seed: number)
                let name = "\(seed.name), mutation \(number)"
                files[name] = mutation.mutate(snapshot, limit: 32_768)
                do {
                    let outcome = try HostileReading.read(name, files)
                    tried += 1
                    opened += outcome == .refused ? 0 : 1
                    sound += outcome == .sound ? 1 : 0
                } catch {
                    Issue.record("\(name): \(error)")
                }
                files[name] = nil
            }
        }
        // Repair takes most of them past the door, and not everything that changes is wrong.
        #expect(opened > tried / 3, "of \(tried)")
        #expect(sound > 0 && sound < opened)
    }

    /// What libFuzzer calls, called here: other callers of these would have to keep its rules.
    @Test func libFuzzerIsServed() throws {
        let seed = try #require(try HostileSeeds.all().first)
        let room = 32_768
        var buffer = seed.bytes + [UInt8](repeating: 0, count: room - seed.bytes.count)
        var different = 0
        for number in 0..<50 as Range<UInt32> {
            buffer.replaceSubrange(0..<seed.bytes.count, with: seed.bytes)
            let count = buffer.withUnsafeMutableBufferPointer {
                fuzzMutate($0.baseAddress!, seed.bytes.count, room, number)
            }
            #expect(1...room ~= count)
            if Array(buffer[..<count]) != seed.bytes { different += 1 }
            #expect(buffer.withUnsafeBufferPointer { fuzzOneInput($0.baseAddress!, count) } == 0)
        }
        #expect(different > 40)
        var out = [UInt8](repeating: 0, count: room)
        let crossed = seed.bytes.withUnsafeBufferPointer { one in
            out.withUnsafeMutableBufferPointer {
                fuzzCross(one.baseAddress!, one.count, one.baseAddress!, one.count, $0.baseAddress!, room, 1)
            }
        }
        #expect(Array(out[..<crossed]) == seed.bytes, "a file crossed with itself")
    }
}
