import Testing

@testable import Strata

/// Files whose checksums are all right, and which break one rule of the structure each.
@Suite("The verifier knows every rule of the structure")
struct SnapshotVerifierTests {
    let files = MemoryFileSystem()
    let sound: [UInt8]
    let inspection: SnapshotInspection

    /// Positions 0 to 2 have ids 0, 1, 2; strings are 0 a, 1 b, 2 k, 3 n, 4 r, 5 s.
    static var graph: NaiveGraph {
        var graph = NaiveGraph()
        graph.dimensions = 1
        graph.entities = [
            .init(
                id: 0, type: "a", name: "n", properties: [("k", "a"), ("k", "b")],
                relationships: [("r", 0), ("r", 2), ("s", 1)], embedding: [1]),
            .init(id: 1, type: "b", name: "k", properties: [("b", "b")], relationships: [("r", 0)]),
            .init(id: 2, type: "a", embedding: [2]),
        ]
        return graph
    }

    init() throws {
        try SnapshotWriter.write(NaiveSource(Self.graph), to: "sound", fileSystem: files)
        try SnapshotVerifier.verify("sound", fileSystem: files)
        sound = files["sound"]!
        inspection = try SnapshotInspection(path: "sound", fileSystem: files)
    }

    struct Rule: CustomTestStringConvertible, Sendable {
        var kind: SectionKind
        /// The byte in the section, and the value of so many bits to put there.
        var byte: Int
        var value: UInt32
        var bits = 32
        var message: String
        var testDescription: String { message }
    }

    /// Relationships are type << 2 | position, of the types r and s; properties are key << 3 | value, of the keys b and k.
    static let rules: [Rule] = [
        .init(kind: .outOffsets, byte: 0, value: 1, bits: 8, message: "the first offset is not zero"),
        .init(kind: .outOffsets, byte: 1, value: 9, bits: 8, message: "an offset descends"),
        .init(kind: .inOffsets, byte: 1, value: 4, bits: 8, message: "an offset descends"),
        .init(kind: .inOffsets, byte: 3, value: 5, bits: 8, message: "the last offset is not the count of elements"),
        .init(kind: .entities, byte: 20, value: 0, message: "the ids do not ascend"),
        .init(kind: .entities, byte: 40, value: 3, message: "the mark of dense ids is wrong"),
        .init(kind: .entities, byte: 18, value: 0x43, bits: 16, message: "flags are set that have no meaning"),
        .init(kind: .entities, byte: 6, value: 2, bits: 16, message: "the degree is not the count of outgoing"),
        .init(kind: .entities, byte: 6, value: 0xFFFF, bits: 16, message: "a field is over its limit without a flag"),
        .init(kind: .entities, byte: 4, value: 2, bits: 16, message: "the type is out of range"),
        .init(kind: .entities, byte: 18, value: 0x07, bits: 16, message: "a field with a wide value holds another one"),
        .init(kind: .entities, byte: 32, value: 1, message: "the properties do not follow those before them"),
        .init(kind: .entities, byte: 16, value: 4, bits: 16, message: "the properties lead out of their section"),
        .init(kind: .entities, byte: 36, value: 0, bits: 16, message: "the properties do not follow those before them"),
        .init(kind: .entities, byte: 48, value: 0, message: "the embedding's row does not follow the one before it"),
        .init(kind: .entities, byte: 18, value: 0x01, bits: 16, message: "the flag of the name contradicts the names"),
        .init(kind: .outRelationships, byte: 0, value: 3, bits: 8, message: "a relationship leads to no entity"),
        .init(kind: .outRelationships, byte: 2, value: 0x81, bits: 8, message: "a relationship has no type"),
        .init(
            kind: .outRelationships, byte: 1, value: 0, bits: 8,
            message: "the incoming relationships are not the outgoing ones"),
        .init(
            kind: .outRelationships, byte: 3, value: 4, bits: 8,
            message: "the incoming relationships are not the outgoing"),
        .init(kind: .outRelationships, byte: 0, value: 4, bits: 8, message: "the relationships are not sorted"),
        .init(kind: .inRelationships, byte: 0, value: 2, bits: 8, message: "the relationships are not sorted"),
        .init(
            kind: .inRelationships, byte: 1, value: 2, bits: 8,
            message: "the incoming relationships are not the outgoing"),
        .init(kind: .entityTypes, byte: 4, value: 6, message: "a type or key is no string"),
        .init(kind: .entityTypes, byte: 4, value: 0, message: "the types or keys are not sorted"),
        .init(kind: .relationshipTypes, byte: 0, value: 5, message: "the types or keys are not sorted"),
        .init(kind: .propertyKeys, byte: 0, value: 6, message: "a type or key is no string"),
        .init(kind: .propertyKeys, byte: 0, value: 2, message: "the types or keys are not sorted"),
        .init(
            kind: .stringOffsets, byte: 2, value: 1, bits: 8, message: "the string 1 is not behind the one before it"),
        .init(kind: .stringBytes, byte: 0, value: 0x6E6B_6261 + 3, message: "the string 1 is not behind the one"),
        .init(kind: .stringBytes, byte: 0, value: 0x6E6B_62FF, message: "the string 0 is not UTF-8"),
        .init(kind: .names, byte: 0, value: 6, message: "a name is no string"),
        .init(kind: .nameIndex, byte: 0, value: 3, message: "the index of names leads to no entity"),
        .init(kind: .nameIndex, byte: 0, value: 2, message: "the index of names leads to one without"),
        .init(kind: .nameIndex, byte: 0, value: 0, message: "the index of names is not sorted"),
        .init(kind: .properties, byte: 0, value: 14, bits: 8, message: "a property is no string"),
        .init(kind: .properties, byte: 1, value: 0x80, bits: 8, message: "a property is no string"),
        .init(kind: .properties, byte: 1, value: 1, bits: 8, message: "the properties are not grouped by key"),
        .init(
            kind: .properties, byte: 0, value: 9, bits: 8,
            message: "the index of properties is not that of the entities"),
        .init(kind: .valuePairs, byte: 1, value: 0, bits: 8, message: "the index of properties is not sorted"),
        .init(kind: .valueOffsets, byte: 1, value: 0, bits: 8, message: "a property in the index has no entity"),
        .init(kind: .valuePositions, byte: 0, value: 3, bits: 8, message: "the index of properties leads to no entity"),
        .init(
            kind: .valuePositions, byte: 0, value: 2, bits: 8,
            message: "the index of properties is not that of the entities"),
        .init(kind: .valueOffsets, byte: 1, value: 2, bits: 8, message: "the positions of a property are not sorted"),
        .init(kind: .embeddingPositions, byte: 4, value: 3, message: "a row leads to no entity"),
        .init(kind: .embeddingPositions, byte: 4, value: 1, message: "a row leads to an entity with another one"),
    ]

    @Test(arguments: rules)
    func aBrokenRuleIsNamed(rule: Rule) throws {
        var surgery = SnapshotSurgery(sound, inspection)
        let start = surgery.start(of: rule.kind)
        switch rule.bits {
        case 8: surgery.store(UInt8(rule.value), at: start + rule.byte)
        case 16: surgery.store(UInt16(rule.value), at: start + rule.byte)
        default: surgery.store(rule.value, at: start + rule.byte)
        }
        surgery.seal()
        files["broken"] = surgery.bytes
        let error = #expect(throws: StrataError.self) { try SnapshotVerifier.verify("broken", fileSystem: files) }
        #expect(error?.code == .corrupted)
        #expect(error?.message.hasPrefix(rule.message) == true, "\(error?.description ?? "")")
        let offset = Int(try #require(error?.offset))
        #expect(inspection.sections.last { Int($0.offset) <= offset } != nil)
        let snapshot = try Snapshot(path: "broken", fileSystem: files)
        _ = snapshot.readEverything()
    }

    /// The same numbers in more bytes than they need are refused: each graph has one file.
    @Test(arguments: [
        SectionKind.outOffsets, .inOffsets, .stringOffsets, .valueOffsets, .outRelationships, .inRelationships,
        .properties, .valuePairs, .valuePositions,
    ])
    func numbersAreAsShortAsTheyCanBe(kind: SectionKind) throws {
        let section = try #require(inspection.sections.first { $0.name == kind.name })
        #expect(section.elementSize == 1)
        let surgery = SnapshotSurgery(sound, inspection)
        let start = Int(section.offset)
        let parameter = surgery.load(surgery.entry(of: kind) + 40, as: UInt64.self)
        let content = sound[start..<start + Int(section.length)]
        files["same"] = surgery.replacing(kind, by: Array(content), elementSize: 1, parameter: parameter)
        #expect(files["same"] == sound)
        files["longer"] = surgery.replacing(
            kind, by: content.flatMap { [$0, 0] }, elementSize: 2, parameter: parameter)
        let error = #expect(throws: StrataError.self) { _ = try Snapshot(path: "longer", fileSystem: files) }
        #expect(error?.message.hasPrefix("the section \(kind.name) has elements of 2 bytes") == true)
    }

    /// A block of the strings `aaab`, `aaac` and `t`, front coded: the form, 15 shared counts, 16 lengths, `aaab`, `c`, `t`.
    @Test(
        arguments: [
            (0, 3, "the 38 bytes from here are no block of strings"), (0, 0x12, "the 38 bytes from here are no block"),
            (1, 5, "the 38 bytes from here are no block of strings"), (16, 5, "the 38 bytes from here are no block"),
            (3, 1, "a block of strings tells of strings that it does not have"),
            (36, 0xFF, "the string 1 is not UTF-8"), (36, 0x62, "the string 1 is not behind"),
            (37, 0x61, "the string 2 is not behind"), (37, 0x74, "nothing"),
        ] as [(Int, UInt8, String)])
    func aBlockOfStringsIsAsItsEncoderMakesIt(byte: Int, value: UInt8, message: String) throws {
        let (sound, inspection) = try codedSnapshot()
        var surgery = SnapshotSurgery(sound, inspection)
        surgery.store(value, at: surgery.start(of: .stringBytes) + byte)
        surgery.seal()
        files["broken"] = surgery.bytes
        let error = failure { _ = try SnapshotVerifier.verify("broken", fileSystem: files) }
        #expect(
            message == "nothing" ? error == nil : error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        let snapshot = try Snapshot(path: "broken", fileSystem: files)
        _ = snapshot.readEverything()
    }

    /// A string that shares less with the one before it than it could is decoded right, but a search may miss it.
    @Test func stringsShareAllThatTheyCan() throws {
        let (sound, inspection) = try codedSnapshot()
        var block = Array(sound[SnapshotSurgery(sound, inspection).start(of: .stringBytes)...].prefix(38))
        block[1] = 2
        block[17] = 2
        block.insert(UInt8(ascii: "a"), at: 36)
        var surgery = SnapshotSurgery(
            SnapshotSurgery(sound, inspection).replacing(.stringBytes, by: block, elementSize: 1), inspection)
        surgery.store(UInt8(39), at: surgery.start(of: .stringOffsets) + 1)
        surgery.seal()
        files["broken"] = surgery.bytes
        let error = failure { _ = try SnapshotVerifier.verify("broken", fileSystem: files) }
        #expect(error?.message == "a string does not share with the one before it what both begin with")
        let snapshot = try Snapshot(path: "broken", fileSystem: files)
        #expect(try snapshot.text(1) == "aaac")
    }

    private func codedSnapshot() throws -> ([UInt8], SnapshotInspection) {
        var graph = NaiveGraph()
        graph.entities = [.init(id: 0, type: "t", name: "aaab"), .init(id: 1, type: "t", name: "aaac")]
        _ = try SnapshotWriter.write(
            NaiveSource(graph), to: "coded", fileSystem: files, limits: .standard, coding: .front)
        try SnapshotVerifier.verify("coded", fileSystem: files)
        return (try #require(files["coded"]), try SnapshotInspection(path: "coded", fileSystem: files))
    }

    @Test func paddingIsZero() throws {
        var surgery = SnapshotSurgery(sound, inspection)
        var padding = Set(SnapshotLayout.entryOffset(inspection.sections.count)..<surgery.start(of: .checksums))
        for section in inspection.sections {
            padding.subtract(Int(section.offset)..<Int(section.offset + section.length))
        }
        #expect(padding.count > 100)
        for offset in padding.sorted() {
            surgery.bytes = sound
            surgery.bytes[offset] = 1
            surgery.seal()
            files["broken"] = surgery.bytes
            let error = #expect(throws: StrataError.self) { try SnapshotVerifier.verify("broken", fileSystem: files) }
            #expect(error?.message == "the padding is not zero")
            #expect(error?.offset == UInt64(offset))
        }
    }

    @Test func anUnusedWideValueIsFound() throws {
        let limits = SnapshotLimits(degree: 1, typeID: 1, propertySize: 5, propertyOffset: 5)
        var graph = NaiveGraph()
        graph.entities = [.init(id: 0, type: "t", relationships: [("r", 0), ("r", 0)])]
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "wide", fileSystem: files, limits: limits)
        _ = try SnapshotVerifier.verify("wide", fileSystem: files, limits: limits)
        let inspection = try SnapshotInspection(path: "wide", fileSystem: files)
        for (byte, value) in [(0, 1), (4, 2), (8, 1), (8, 3)] as [(Int, UInt32)] {
            var surgery = SnapshotSurgery(files["wide"]!, inspection)
            surgery.store(value, at: surgery.start(of: .wide) + byte)
            surgery.seal()
            files["broken"] = surgery.bytes
            #expect(throws: StrataError.self) {
                _ = try SnapshotVerifier.verify("broken", fileSystem: files, limits: limits)
            }
            let snapshot = try Snapshot(path: "broken", fileSystem: files)
            _ = snapshot.readEverything()
        }
        // The flag taken away, the value stays.
        var surgery = SnapshotSurgery(files["wide"]!, inspection)
        surgery.store(UInt16(0), at: surgery.start(of: .entities) + 18)
        surgery.seal()
        files["broken"] = surgery.bytes
        #expect(throws: StrataError.self) {
            _ = try SnapshotVerifier.verify("broken", fileSystem: files, limits: limits)
        }
    }

    @Test(arguments: [
        (64, [1]), (65_536, [1]), (65_537, [2]), (512 << 16, [512]), ((512 << 16) + 1, [513, 2]),
        ((512 * 512) << 16, [512 * 512, 512]), (((512 * 512) << 16) + 1, [512 * 512 + 1, 513, 2]),
        (Int.max & ~0xFFFF, [1 << 47 - 1, 1 << 38, 1 << 29, 1 << 20, 1 << 11, 4]),
    ])
    func theTreeOfChecksumsHasOneRootPage(length: Int, levels: [Int]) {
        let tree = ChecksumTree(covered: 64..<length)
        #expect(tree.levelCounts == levels)
        #expect(tree.hashCount == levels.reduce(0, +))
        #expect(tree.rootCount <= SnapshotFormat.hashesPerPage)
        #expect(tree.pageCount == levels.dropFirst().reduce(0, +))
    }

    @Test func theConstantsFitTogether() {
        SnapshotFormat.assertRelations()
        #expect(SnapshotFormat.saturated(0xFFFF_FFFE) == 0xFFFF_FFFE)
        #expect(SnapshotFormat.saturated(1 << 40) == .max)
        #expect(SnapshotFormat.aligned(.max) == nil)
        #expect(SnapshotFormat.aligned(65) == 128)
        #expect(MemoryLayout<ZeroCopyHeader>.offset(of: \.checksum) == 56)
        #expect(MemoryLayout<ZeroCopyEntity>.offset(of: \.flags) == 18)
        #expect(MemoryLayout<SectionEntry>.offset(of: \.parameter) == 40)
    }
}
