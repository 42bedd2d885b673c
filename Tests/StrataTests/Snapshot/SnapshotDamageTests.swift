import Glibc
import Testing

@testable import Strata

@Suite("Damage in a snapshot is found, and never harms the reader")
struct SnapshotDamageTests {
    let files = MemoryFileSystem()

    /// A graph that uses every section, in as few bytes as will do.
    static let limits = SnapshotLimits(degree: 1, typeID: 0, propertySize: 1, propertyOffset: 2)

    static func smallGraph() -> NaiveGraph {
        var graph = NaiveGraph()
        graph.dimensions = 2
        graph.entities = [
            .init(
                id: 2, type: "a", name: "x",
                properties: [("k", "v"), ("k", "w the wide and windy way, the wide and windy way")],
                relationships: [("r", 1), ("s", 0)], embedding: [1, 2]),
            .init(id: 5, type: "b", name: "y", properties: [("k", "w")], relationships: [("r", 0)]),
            .init(id: 6, type: "a", properties: [("l", "v")], embedding: [3, -4]),
        ]
        return graph
    }

    private func smallSnapshot(_ coding: StringCoding = .frontWithSymbols) throws -> [UInt8] {
        _ = try SnapshotWriter.write(
            NaiveSource(Self.smallGraph()), to: "small", fileSystem: files, limits: Self.limits, coding: coding)
        _ = try SnapshotVerifier.verify("small", fileSystem: files, limits: Self.limits)
        let inspection = try SnapshotInspection(path: "small", fileSystem: files)
        let unused = inspection.sections.filter { $0.length == 0 }.map(\.name)
        #expect(unused == (coding == .frontWithSymbols ? [] : ["symbol_table"]), "every other section is in use")
        return try #require(files["small"])
    }

    @Test(arguments: StringCoding.allCases)
    func everyFlippedBitIsFound(coding: StringCoding) throws {
        let sound = try smallSnapshot(coding)
        var missed: [Int] = []
        var bytes = sound
        for bit in 0..<sound.count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            files["flipped"] = bytes
            bytes[bit / 8] = sound[bit / 8]
            do throws(StrataError) {
                _ = try SnapshotVerifier.verify("flipped", fileSystem: files, limits: Self.limits)
                missed.append(bit)
            } catch {
                let known: [StrataError.Code] = [.corrupted, .unsupportedFormat]
                if !known.contains(error.code) || error.offset == nil || error.path != "flipped" { missed.append(bit) }
            }
        }
        #expect(missed.isEmpty, "of \(sound.count * 8) bits")
    }

    /// A block of the disk that was never written.
    @Test(arguments: StringCoding.allCases)
    func everyZeroedBlockIsFound(coding: StringCoding) throws {
        let sound = try smallSnapshot(coding)
        for size in [16, 512, 4096] {
            for start in stride(from: 0, to: sound.count, by: size) {
                let block = start..<min(start + size, sound.count)
                if sound[block].allSatisfy({ $0 == 0 }) { continue }
                files["zeroed"] = Array(sound[..<block.lowerBound]) + block.map { _ in 0 } + sound[block.upperBound...]
                #expect(throws: StrataError.self, "\(block)") {
                    _ = try SnapshotVerifier.verify("zeroed", fileSystem: files, limits: Self.limits)
                }
            }
        }
    }

    @Test(arguments: StringCoding.allCases)
    func everyOtherLengthIsFound(coding: StringCoding) throws {
        let sound = try smallSnapshot(coding)
        for length in 0..<sound.count {
            files["cut"] = Array(sound[..<length])
            let error = #expect(throws: StrataError.self) { _ = try Snapshot(path: "cut", fileSystem: files) }
            let expected: StrataError.Code = length == 0 ? .unsupportedFormat : .corrupted
            #expect(error?.code == expected, "length \(length)")
            #expect(error?.offset == UInt64(length), "the first byte that is missing")
        }
        for surplus in [1, 8, 64, 4096] {
            files["long"] = sound + [UInt8](repeating: 0, count: surplus)
            let error = #expect(throws: StrataError.self) { _ = try Snapshot(path: "long", fileSystem: files) }
            #expect(error?.offset == UInt64(sound.count))
        }
    }

    @Test func foreignFilesAreNamedAsSuch() throws {
        let sound = try smallSnapshot()
        files["empty"] = []
        #expect(
            opening("empty")?.description == """
                empty:0: the file is empty; name a file that `strata import` or SnapshotWriter has written
                """)
        for text in ["S", "PK\u{3}\u{4}", "id,type\n1,x\n" + String(repeating: "2,y\n", count: 50)] {
            files["foreign"] = Array(text.utf8)
            let error = opening("foreign")
            #expect(text == "S" ? error?.code == .corrupted : error?.code == .unsupportedFormat)
            #expect(text == "S" || error?.message == "this is not a Strata snapshot")
        }
        var newer = SnapshotSurgery(sound, try SnapshotInspection(path: "small", fileSystem: files))
        newer.store(UInt32(3), at: 8)
        newer.seal()
        files["newer"] = newer.bytes
        #expect(
            opening("newer")?.description == """
                newer:8: the snapshot has format version 3, and this library reads 1 to 2; \
                read it with the version of Strata that wrote it
                """)
        #expect(opening("missing")?.errno == ENOENT)
    }

    /// A block is checked when it is first touched: a read of it fails, reads of others go on.
    @Test func aDamagedBlockStopsOnlyItsOwnReads() throws {
        let graph = NaiveGraph(.init(entities: 4_000, dimensions: 64, embedded: 100, idStep: 1), seed: 5)
        let summary = try SnapshotWriter.write(NaiveSource(graph), to: "sound", fileSystem: files)
        let embeddings = try #require(summary.sections.first { $0.kind == .embeddings })
        var bytes = try #require(files["sound"])
        // In the middle of the embeddings, on a block's first and last byte.
        let block = Int((embeddings.offset + embeddings.byteCount / 2) >> 16)
        for offset in [block << 16, (block << 16) + 65_535] {
            bytes[offset] ^= 0x10
            files["damaged"] = bytes
            bytes[offset] ^= 0x10
            let snapshot = try Snapshot(path: "damaged", fileSystem: files)
            var failures = 0
            for position in 0..<4_000 {
                #expect(try snapshot.entity(at: position).id == UInt32(position))
                do throws(StrataError) {
                    let row = try snapshot.embedding(at: position)!
                    #expect(Array(copying: row) == graph.entities[position].embedding)
                } catch {
                    failures += 1
                    #expect(error.code == .corrupted)
                    #expect(error.offset == UInt64(block << 16))
                }
            }
            // Rows of 256 bytes: the block has 256 of them, and may share one with each neighbour.
            #expect(256...257 ~= failures)
            let error = #expect(throws: StrataError.self) { try snapshot.embeddings(rows: 0..<4_000) }
            #expect(error?.offset == UInt64(block << 16))
            let found = #expect(throws: StrataError.self) { try SnapshotVerifier.verify("damaged", fileSystem: files) }
            #expect(found?.offset == UInt64(block << 16))
        }
    }

    /// Over 32 MiB the checksums have a second level, and its pages are checked on the way to a block.
    @Test func damagedChecksumsAreFoundOnTheWayToABlock() throws {
        var graph = NaiveGraph()
        graph.dimensions = 1 << 20
        graph.entities = (0..<9).map { index in
            .init(id: UInt32(index), type: "t", embedding: [Float](repeating: Float(index), count: graph.dimensions))
        }
        let summary = try SnapshotWriter.write(NaiveSource(graph), to: "large", fileSystem: files)
        let checksums = try #require(summary.sections.last)
        let blocks = (Int(checksums.offset) + 65_535) >> 16
        #expect(checksums.elementCount == blocks + 2, "577 leaves in two pages, and the root page")
        let bytes = try #require(files["large"])
        try SnapshotVerifier.verify("large", fileSystem: files)
        do {
            let snapshot = try Snapshot(path: "large", fileSystem: files)
            #expect(try firstNumber(snapshot, 8) == 8)
        }
        // The last leaf, which is in the second page of leaves.
        var damaged = bytes
        damaged[Int(checksums.offset) + (blocks - 1) * 8] ^= 1
        files["damaged"] = damaged
        let snapshot = try Snapshot(path: "damaged", fileSystem: files)
        #expect(try firstNumber(snapshot, 0) == 0)
        let error = #expect(throws: StrataError.self) { _ = try snapshot.embedding(at: 8) }
        #expect(error?.offset == checksums.offset + 4096)
        // The root page.
        damaged = bytes
        damaged[bytes.count - 1] ^= 1
        files["damaged"] = damaged
        #expect(opening("damaged")?.code == .corrupted)
    }

    /// Any byte may hold any value while all checksums are right: opening and reading may refuse, but not trap.
    @Test(arguments: [0x00, 0x7F, 0xFF] as [UInt8], [StringCoding.raw, .frontWithSymbols])
    func hostileBytesNeverTrap(value: UInt8, coding: StringCoding) throws {
        let sound = try smallSnapshot(coding)
        let inspection = try SnapshotInspection(path: "small", fileSystem: files)
        var surgery = SnapshotSurgery(sound, inspection)
        let name = "hostile \(value)"
        var refusals = 0
        for offset in 8..<surgery.start(of: .checksums) where sound[offset] != value && !(56..<64 ~= offset) {
            surgery.bytes = sound
            surgery.bytes[offset] = value
            surgery.seal()
            files[name] = surgery.bytes
            var damaged = -1
            if opening(name) == nil {
                let snapshot = try Snapshot(path: name, fileSystem: files)
                damaged = snapshot.readEverything()
            }
            do throws(StrataError) {
                _ = try SnapshotVerifier.verify(name, fileSystem: files, limits: Self.limits)
                // Another graph, and a sound one: a letter, a number or an id was changed for another.
                #expect(damaged == 0, "offset \(offset)")
            } catch {
                refusals += 1
                #expect(error.code == .corrupted || error.code == .unsupportedFormat, "offset \(offset)")
            }
        }
        #expect(refusals > 200)
    }

    /// The tables of a file are an attacker's first choice.
    @Test func hostileTablesAreRefused() throws {
        let sound = try smallSnapshot()
        let inspection = try SnapshotInspection(path: "small", fileSystem: files)
        let values: [UInt64] = [0, 1, 63, 64, 72, 1 << 31, 1 << 32, 1 << 60, 1 << 61, 1 << 63, .max - 63, .max]
        // Offset, length, count, parameter and size of every section; the header's total and offsets.
        for kind in SectionKind.allCases {
            for (field, value) in [8, 16, 24, 40].flatMap({ field in values.map { (field, $0) } }) {
                var surgery = SnapshotSurgery(sound, inspection)
                let place = surgery.entry(of: kind) + field
                if surgery.load(place, as: UInt64.self) == value { continue }
                surgery.store(value, at: place)
                surgery.seal()
                files["hostile"] = surgery.bytes
                let error = opening("hostile")
                #expect(error?.code == .corrupted, "\(kind.name) + \(field) = \(value)")
            }
            for value in [0, 1, 2, 3, 0x7FFF_FFFF, 0x8000_0000, .max] as [UInt32] {
                var surgery = SnapshotSurgery(sound, inspection)
                let place = surgery.entry(of: kind) + 32
                if surgery.load(place, as: UInt32.self) == value { continue }
                surgery.store(value, at: place)
                surgery.seal()
                files["hostile"] = surgery.bytes
                #expect(opening("hostile")?.code == .corrupted, "\(kind.name), element size \(value)")
            }
            // The same number of bytes as no elements, and any number of elements of no bytes.
            var surgery = SnapshotSurgery(sound, inspection)
            surgery.store(UInt64(0), at: surgery.entry(of: kind) + 16)
            surgery.store(UInt64.max, at: surgery.entry(of: kind) + 24)
            surgery.store(UInt32(0), at: surgery.entry(of: kind) + 32)
            surgery.seal()
            files["hostile"] = surgery.bytes
            #expect(opening("hostile")?.code == .corrupted, "\(kind.name) without bytes")
        }
        for field in [12, 16, 20, 24, 28, 32, 40, 48, 64, 68] {
            for value in [0, 1, 20, 0x7FFF_FFFF, .max] as [UInt32] {
                var surgery = SnapshotSurgery(sound, inspection)
                if surgery.load(field, as: UInt32.self) == value { continue }
                surgery.store(value, at: field)
                surgery.seal()
                files["hostile"] = surgery.bytes
                #expect(opening("hostile")?.code == .corrupted, "header + \(field) = \(value)")
            }
        }
        // A section twice, and sections that swap their places.
        for (first, second) in [(SectionKind.names, SectionKind.nameIndex), (.outOffsets, .inOffsets)] {
            var surgery = SnapshotSurgery(sound, inspection)
            surgery.store(first.rawValue, at: surgery.entry(of: second))
            surgery.seal()
            files["hostile"] = surgery.bytes
            #expect(opening("hostile")?.code == .corrupted)
            surgery.bytes = sound
            let (one, other) = (surgery.entry(of: first), surgery.entry(of: second))
            let (entry, otherEntry) = (
                surgery.load(one, as: SectionEntry.self), surgery.load(other, as: SectionEntry.self)
            )
            surgery.store(otherEntry, at: one)
            surgery.store(entry, at: other)
            surgery.seal()
            files["hostile"] = surgery.bytes
            #expect(opening("hostile")?.code == .corrupted)
        }
    }

    /// A kind of section that this version does not know is skipped; a missing one is not.
    @Test func unknownSectionsAreSkipped() throws {
        let sound = try smallSnapshot()
        let inspection = try SnapshotInspection(path: "small", fileSystem: files)
        var missing = SnapshotSurgery(sound, inspection)
        missing.store(UInt32(4711), at: missing.entry(of: .wide))
        missing.seal()
        files["missing"] = missing.bytes
        #expect(opening("missing")?.message == "the section wide is missing")

        // One entry more, before the checksums, moves every section, unless there was room for it.
        let oldStart = SnapshotFormat.coveredStart(sectionCount: inspection.sections.count)
        let moved = UInt64(SnapshotFormat.coveredStart(sectionCount: inspection.sections.count + 1) - oldStart)
        let checksums = Int(inspection.sections.last!.offset)
        var surgery = SnapshotSurgery(sound, inspection)
        let last = surgery.load(surgery.entry(of: .checksums), as: SectionEntry.self)
        surgery.bytes.insert(contentsOf: repeatElement(0, count: Int(moved)), at: oldStart)
        let newPlace = surgery.entry(of: .checksums) + SnapshotFormat.sectionEntryByteCount
        surgery.store(last, at: newPlace)
        surgery.store(
            SectionEntry(
                kind: 4711, version: 9, offset: last.offset, length: 0, elementCount: 0, elementSize: 3,
                flags: SectionEntry.Flags(rawValue: .max), parameter: 5),
            at: surgery.entry(of: .checksums))
        for index in 0...inspection.sections.count {
            let place = SnapshotLayout.entryOffset(index) + 8
            surgery.store(surgery.load(place, as: UInt64.self) + moved, at: place)
        }
        for field in [24, 32, 40, 48] { surgery.store(surgery.load(field, as: UInt64.self) + moved, at: field) }
        surgery.store(UInt32(inspection.sections.count + 1), at: 64)
        surgery.seal(covered: oldStart + Int(moved)..<checksums + Int(moved))
        files["newer"] = surgery.bytes
        _ = try SnapshotVerifier.verify("newer", fileSystem: files, limits: Self.limits)
        try expectSame(try Snapshot(path: "newer", fileSystem: files), Self.smallGraph(), "an unknown section")
        #expect(try SnapshotInspection(path: "newer", fileSystem: files).sections.map(\.name).contains("kind_4711"))
    }

    private func firstNumber(_ snapshot: borrowing Snapshot, _ position: Int) throws -> Float? {
        guard let embedding = try snapshot.embedding(at: position) else { return nil }
        return embedding[0]
    }

    private func opening(_ path: String) -> StrataError? {
        do throws(StrataError) {
            _ = try Snapshot(path: path, fileSystem: files)
            return nil
        } catch { return error }
    }
}
