import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Glibc
import Testing

@testable import BenchSubjects

/// The interners and their rivals: the same answers from all, which are those of the data set.
@Suite struct StringSubjectTests {
    private static let names = [
        "interner", "interner-batch", "shared-interner", "shared-interner-batch", "interner-peer", "string-dictionary",
    ]

    /// The strings of operations, in their order.
    private static func strings(_ operations: [Operation], _ dataset: MappedDataset) -> [[UInt8]] {
        operations.flatMap { dataset.properties(of: Int($0.key)).map { Array(dataset.string($0.value)) } }
    }

    private static func internDigest(_ strings: [[UInt8]]) -> UInt64 {
        strings.enumerated().reduce(0) {
            $0 &+ AnswerHash.operation(UInt64($1.offset), AnswerHash.text($1.element.span))
        }
    }

    private static func resolveDigest(_ strings: [[UInt8]]) -> UInt64 {
        strings.enumerated().reduce(0) { $0 &+ stringAnswer($1.offset, $1.element.count, $1.element.first ?? 0) }
    }

    @Test(arguments: names)
    func `the answers are those of the data set`(name: String) throws {
        let folder = try TestFolder()
        for dataset in [try SharedDataset.varied.get(), try SharedDataset.synthetic.get()] {
            let arm = try Arm(name + "/direct", dataset, in: folder)
            let rows = dataset.entityCount
            let all = (0..<rows).map { Operation(kind: .intern, key: UInt32($0)) }
            let expected = Self.strings(all, dataset)
            let unique = Double(Set(expected).count)
            for _ in 0..<2 {
                let answer = try arm.run(PhaseSpecification(.intern, keys: .sequential), all, loaded: 0)
                #expect(answer.items == UInt64(expected.count))
                #expect(answer.digest == Self.internDigest(expected))
                #expect(answer.measurement("unique_strings") == unique)
                if let bytes = answer.measurement("bytes_per_string") { #expect(bytes > 4) }
            }
            for seed in 1...3 as ClosedRange<UInt64> {
                let phase = PhaseSpecification(.resolve)
                let asked = plan(phase, count: 200, entityCount: rows, loaded: rows, seed: seed)
                let strings = Self.strings(asked, dataset)
                let answer = try arm.run(phase, asked, loaded: rows)
                #expect(answer.items == UInt64(strings.count))
                #expect(answer.digest == Self.resolveDigest(strings), "seed \(seed)")
            }
        }
    }

    @Test(arguments: names)
    func `threads share what can be shared`(name: String) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm(name + "/direct", dataset, in: folder, threads: 2)
        #expect(arm.subject.supports(.intern) == name.hasPrefix("shared"))
        #expect(arm.subject.supports(.resolve) == name.hasPrefix("shared"))
        guard arm.subject.supports(.intern) else { return }
        let all = (0..<dataset.entityCount).map { Operation(kind: .intern, key: UInt32($0)) }
        let strings = Self.strings(all, dataset)
        let digest = try arm.runSlices(PhaseSpecification(.intern, keys: .sequential), all, loaded: 0, threads: 2)
        #expect(digest == Self.internDigest(strings))
        let asked = all.map { Operation(kind: .resolve, key: $0.key) }
        let answer = try arm.runSlices(PhaseSpecification(.resolve), asked, loaded: 0, threads: 2)
        #expect(answer == Self.resolveDigest(strings))
    }

    @Test func `a phase has one kind of operation`() throws {
        let folder = try TestFolder()
        let arm = try Arm("interner/direct", try SharedDataset.varied.get(), in: folder)
        let mixed = PhaseSpecification(
            name: "mixed", operations: [WeightedOperation(.intern), WeightedOperation(.resolve)])
        let error = #expect(throws: SubjectError.self) { try arm.run(mixed, [], loaded: 0) }
        #expect(error?.message == "`mixed` mixes operations or has roles; give each kind a phase of its own")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the rival agrees with a dictionary`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var arena = HashArena()
        var model: [[UInt8]: UInt32] = [:]
        var strings: [[UInt8]] = []
        for _ in 0..<5_000 {
            let text = (0..<random.below(40 as UInt64)).map { _ in UInt8(random.below(3 as UInt64)) }
            let id = text.withUnsafeBytes { bytes in
                // Without bytes there may be no address, and none is read.
                withUnsafeTemporaryAllocation(byteCount: 1, alignment: 8) { none in
                    arena.intern(bytes.baseAddress ?? UnsafeRawPointer(none.baseAddress!), bytes.count)
                }
            }
            if model[text] == nil {
                model[text] = UInt32(strings.count)
                strings.append(text)
            }
            #expect(id == model[text], "seed \(seed)")
        }
        let count = arena.count
        #expect(count == strings.count && count > 1_000)
        for (id, text) in strings.enumerated() {
            let isRight = arena.utf8(UInt32(id)).elementsEqual(text)
            #expect(isRight, "seed \(seed), string \(id)")
        }
    }

    @Test func `an array's strings are counted as the allocator does`() throws {
        for length in [0, 1, 15, 16, 26, 31, 32, 100, 1_000] {
            let bytes = Array(repeating: UInt8(ascii: "x"), count: length)
            let texts = (0..<64).map { _ in String(decoding: bytes, as: UTF8.self) }
            // The second word of a native string is its object's address, under four bits of flags. The allocator may give
            // a free block that is somewhat larger, and not to all.
            let fewest = try texts.map { text in
                guard length > 15 else { return 16 }
                let (_, object) = unsafeBitCast(text, to: (UInt, UInt).self)
                return 16 + usableSize(try #require(UnsafeRawPointer(bitPattern: object & 0x0FFF_FFFF_FFFF_FFFF))) + 8
            }.min()!
            let said = StringSaving.arrayBytes(length)
            // Where sixteen bytes would be left over, which are too few for another object, the allocator adds them.
            withExtendedLifetime(texts) {
                #expect(fewest == said || fewest == said + 16, "\(length) bytes: \(fewest), not \(said)")
            }
        }
    }

    @Test func `savings are those of the references`() throws {
        let folder = try TestFolder()
        // Each value of 26 bytes a hundred times, and a gloss that stands once.
        let entity = TestGraph.Entity(properties: [("words", "abcdefghijklmnopqrstuvwxyz")])
        var graph = TestGraph(entities: Array(repeating: entity, count: 10_000))
        graph.entities[0].properties.append(("gloss", String(repeating: "g", count: 200)))
        let measured = try StringSaving.measurements(try graph.dataset(in: folder))
        func value(_ metric: String) -> Double { measured.first { $0.metric == metric }?.value ?? .nan }
        #expect(value("reference_length_without_glosses") == 26)
        #expect(value("string_length_without_glosses") == 26)
        #expect(value("string_length") == 113)
        // Ids are 4 of 96 bytes; the tables of so few strings add 16 KiB twice and some.
        let share = 1 - Double(4 * 10_000 + 40_000) / Double(96 * 10_000)
        #expect(value("interner_saving_without_glosses") > share - 0.02)
        #expect(value("interner_saving_without_glosses") < 1 - 4.0 / 96)
        #expect(value("frozen_saving_without_glosses") >= value("interner_saving_without_glosses"))
        #expect(value("packed_saving_without_glosses") > value("frozen_saving_without_glosses"))
        let without = try StringSaving.measurements(try SharedDataset.synthetic.get())
        #expect(!without.contains { $0.metric.hasSuffix("_without_glosses") })
    }
}

@_silgen_name("malloc_usable_size") private func usableSize(_ memory: UnsafeRawPointer) -> Int
