import Testing

@testable import Strata

@Suite("The fast check of strings passes nothing that the exact one refuses")
struct SnapshotStringsTests {
    let files = MemoryFileSystem()

    /// What the two checks say of the strings of a file whose bytes may be anything.
    private func verdicts(_ name: String) throws -> (doubtful: [Range<Int>], isSound: Bool) {
        let mapping = try files.map(try files.open(name, .read))
        let layout = try SnapshotLayout(mapping.bytes, path: name)
        let structure = SnapshotStructure(ZeroCopyGraphStorage(layout), .standard)
        let strings = SnapshotStrings(structure.storage)
        for step in 0..<strings.stepCount { strings.check(step: step, of: structure.storage) }
        let sections = structure.storage.sections.pointee
        let all = 0..<(sections.hasCodedStrings ? sections.stringBlockCount : sections.stringCount)
        do throws(StrataError) {
            // The columns are looked at by both, so that their offsets are in order.
            try structure.check(columnsAreSound: false, doubtfulStrings: [all])
            return (strings.doubtful, true)
        } catch {
            return (strings.doubtful, false)
        }
    }

    /// A graph with one entity for each text, named by it.
    private func write(_ texts: [[UInt8]], _ name: String, _ coding: StringCoding) throws -> SnapshotSurgery {
        var graph = NaiveGraph()
        graph.entities = texts.enumerated().map {
            .init(id: UInt32($0.offset), type: "t", name: NaiveGraph.Bytes(utf8: $0.element))
        }
        _ = try SnapshotWriter.write(
            NaiveSource(graph), to: name, fileSystem: files, limits: .standard, coding: coding)
        return SnapshotSurgery(files[name]!, try SnapshotInspection(path: name, fileSystem: files))
    }

    private static func isText(_ bytes: [UInt8]) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }

    @Test(arguments: StringCoding.allCases, 0..<4 as Range<UInt64>)
    func bytesThatAreChangedAreFound(coding: StringCoding, seed: UInt64) throws {
        let name = "graph \(coding) \(seed)"
        let texts = CodedStringCases.dictionary(300, seed: seed).filter(Self.isText)
        var surgery = try write(texts, name, coding)
        #expect(try verdicts(name) == ([], true))
        let sound = surgery.bytes
        var random = SplitMix64(seed: seed)
        var refused = 0
        for round in 0..<longRun(300) {
            surgery.bytes = sound
            let kinds: [SectionKind] = [.stringOffsets, .stringBytes, .stringBytes, .stringBytes, .symbolTable]
            let kind = kinds[random.below(kinds.count)]
            guard let section = surgery.inspection.sections.first(where: { $0.name == kind.name }), section.length > 0
            else { continue }
            let first = Int(section.offset) + random.below(Int(section.length))
            let second = Int(section.offset) + random.below(Int(section.length))
            switch random.below(4) {
            case 0: surgery.bytes[first] = UInt8(random.below(256))
            case 1: surgery.bytes[first] ^= 1 << UInt8(random.below(8))
            case 2: surgery.bytes[first] &+= random.below(2) == 0 ? 1 : 255
            default: surgery.bytes.swapAt(first, second)
            }
            surgery.seal()
            files[name] = surgery.bytes
            let (doubtful, isSound) = try verdicts(name)
            if !isSound { refused += 1 }
            #expect(
                doubtful.isEmpty == isSound, "\(coding), seed \(seed), round \(round), \(section.name) at \(first)")
        }
        #expect(refused > 50)
    }

    /// Many strings are looked at in steps, in any order: each begins behind the one before it, wherever a step does.
    @Test(arguments: StringCoding.allCases)
    func everyStepLooksAtItsBeginning(coding: StringCoding) throws {
        let texts = (0..<8_500).map { Array("\(100_000 + $0)".utf8) }
        var surgery = try write(texts, "many", coding)
        #expect(try verdicts("many") == ([], true))
        let sound = surgery.bytes
        let group = coding == .raw ? 1 : StringBlock.capacity
        for first in [8_192 - group, 8_192, 8_192 + group] {
            surgery.bytes = sound
            let stride = Int(surgery.load(surgery.entry(of: .stringOffsets) + 32, as: UInt32.self))
            func offset(_ index: Int) -> Int {
                let place = surgery.start(of: .stringOffsets) + index * stride
                return surgery.start(of: .stringBytes)
                    + (0..<stride).reduce(0) { $0 | Int(surgery.bytes[place + $1]) << (8 * $1) }
            }
            // The last byte of a string, or of a block's first string: as large as a text may have it, or as small.
            let index = first / group
            let place =
                coding == .raw
                ? offset(index + 1) - 1 : offset(index) + 32 + Int(surgery.bytes[offset(index) + 16]) - 1
            for value in [0x00, 0x7E, 0x80] as [UInt8] {
                surgery.bytes[place] = value
                surgery.seal()
                files["many"] = surgery.bytes
                let (doubtful, isSound) = try verdicts("many")
                #expect(doubtful.isEmpty == isSound, "\(coding), string \(first), byte \(value)")
                // A code may stand for anything.
                if coding != .frontWithSymbols { #expect(!isSound, "\(coding), string \(first), byte \(value)") }
            }
        }
    }

    /// What does not fit the room of the fast check is left to the exact one: that block, and no other.
    @Test(arguments: [StringCoding.front, .frontWithSymbols])
    func longStringsAreForTheExactCheck(coding: StringCoding) throws {
        var texts = (0..<200).map { Array("text \(1_000 + $0)".utf8) }
        // Of ASCII alone no more would be decoded than the next string shares.
        texts[100] += [UInt8](String(repeating: "\u{E9}", count: 150_000).utf8)
        var surgery = try write(texts, "long", coding)
        // The type is a string too, before the texts. Of the block before its own the next one needs the last string.
        let (long, isRight) = try verdicts("long")
        #expect(long == [6..<8] && isRight, "\(long), \(isRight)")
        try SnapshotVerifier.verify("long", fileSystem: files)
        let sound = surgery.bytes
        var random = SplitMix64(seed: 9)
        for _ in 0..<40 {
            surgery.bytes = sound
            let section = surgery.inspection.sections.first { $0.name == SectionKind.stringBytes.name }!
            surgery.bytes[Int(section.offset) + random.below(Int(section.length))] ^= 0x80
            surgery.seal()
            files["long"] = surgery.bytes
            let (doubtful, isSound) = try verdicts("long")
            let error = failure { _ = try SnapshotVerifier.verify("long", fileSystem: files) }
            #expect((error == nil) == isSound)
            #expect(isSound || !doubtful.isEmpty)
        }
    }

    @Test(arguments: StringCoding.allCases)
    func sharedBeginningsOfAllLengths(coding: StringCoding) throws {
        // Around 255, from where on what is shared is not told in full.
        let beginning = [UInt8](repeating: 0x61, count: 300)
        var texts: [[UInt8]] = [[]]
        for length in [1, 2, 31, 32, 33, 253, 254, 255, 256, 257, 299, 300] {
            texts.append(Array(beginning[..<length]))
            texts.append(beginning[..<length] + Array("é".utf8))
            texts.append(beginning[..<length] + Array("日本".utf8))
        }
        let surgery = try write(texts, "shared", coding)
        #expect(try verdicts("shared") == ([], true))
        let sound = surgery.bytes
        // Every byte of the strings, changed in one bit.
        var damaged = surgery
        let section = surgery.inspection.sections.first { $0.name == SectionKind.stringBytes.name }!
        for byte in Int(section.offset)..<Int(section.offset + section.length) {
            damaged.bytes = sound
            damaged.bytes[byte] ^= 1 << UInt8(byte % 8)
            damaged.seal()
            files["shared"] = damaged.bytes
            let (doubtful, isSound) = try verdicts("shared")
            #expect(doubtful.isEmpty == isSound, "\(coding), byte \(byte - Int(section.offset))")
        }
    }
}

extension NaiveGraph.Bytes {
    fileprivate init(utf8: [UInt8]) {
        self.init("")
        self.utf8 = utf8
    }
}
