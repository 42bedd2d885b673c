import Testing

@testable import GraphData

/// Files that are no data sets, were damaged, or were made to mislead: each is refused, none traps.
@Suite struct HostileDatasetTests {
    /// A small sound data set with a few accesses, as bytes.
    static func sound() throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        var writer = try DatasetWriter(path: directory.file("d"), embeddingDimensions: 4)
        try DatasetTests.prepared(entities: 12, dimensions: 4, seed: 3).stream(into: &writer, progress: { _ in })
        for row in [3, 11, 0, 3, 3] as [UInt32] { try writer.access(row) }
        try writer.finish()
        return try directory.read("d")
    }

    /// What opening says, "" when it succeeds; a data set that opens is read through and through.
    static func opening(_ bytes: [UInt8]) throws -> String {
        let directory = try TemporaryDirectory()
        let path = try directory.write(bytes, to: "d")
        do throws(GraphDataError) {
            _ = model(of: try MappedDataset(path: path))
            return ""
        } catch {
            #expect(error.path == path)
            return "\(error)"
        }
    }

    @Test func foreignFilesAreRefused() throws {
        let directory = try TemporaryDirectory()
        #expect { try MappedDataset(path: directory.path) } throws: { "\($0)".contains("is a directory") }
        #expect { try MappedDataset(path: directory.file("x")) } throws: { "\($0)".contains("No such file") }
        #expect(try Self.opening([]).contains("is no data set: it has 0 bytes"))
        #expect(try Self.opening(Array("name: wordnet\n".utf8)).contains("is no data set"))
        #expect(try Self.opening(Array(repeating: 0x55, count: 5_000)).contains("begins with other bytes"))
        var future = try Self.sound()
        future[8] = 9
        #expect(try Self.opening(future).contains("version 9"))
    }

    @Test func everyTruncationIsRefused() throws {
        let sound = try Self.sound()
        #expect(try Self.opening(sound) == "")
        for count in stride(from: 0, to: sound.count, by: 131) {
            #expect(try Self.opening(Array(sound[..<count])) != "", "\(count) of \(sound.count) bytes")
        }
        #expect(try Self.opening(sound + [0]).contains("has grown"))
    }

    @Test func everyFlippedHeaderByteIsRefused() throws {
        let sound = try Self.sound()
        for index in 0..<DatasetLayout.headerBytes {
            var bytes = sound
            bytes[index] ^= 0x10
            #expect(try Self.opening(bytes) != "", "byte \(index)")
        }
    }

    /// Damage behind the header opens or is refused, but is always found by the full check, unless it hit padding.
    @Test func damageBehindTheHeaderNeverTraps() throws {
        let seed: UInt64 = 21
        var generator = SplitMix64(seed: seed)
        let directory = try TemporaryDirectory()
        let sound = try Self.sound()
        let header = try sound.withUnsafeBytes { try DatasetHeader(decoding: $0, path: "") }
        for trial in 0..<150 {
            var bytes = sound
            let index = DatasetLayout.headerBytes + generator.below(bytes.count - DatasetLayout.headerBytes)
            bytes[index] = bytes[index] &+ UInt8(1 + generator.below(255))
            let path = try directory.write(bytes, to: "d")
            let isContent = header.extents.contains { $0.offset <= index && index < $0.offset + $0.length }
            var isFound = false
            do throws(GraphDataError) {
                let dataset = try MappedDataset(path: path)
                _ = model(of: dataset)
                try dataset.verifyContent()
            } catch {
                isFound = true
            }
            #expect(isFound == isContent, "seed \(seed), trial \(trial), byte \(index)")
        }
    }

    /// A header whose checksum and digest are right, but whose figures lie.
    @Test func sealedLiesAreRefused() throws {
        let sound = try Self.sound()
        let header = try sound.withUnsafeBytes { try DatasetHeader(decoding: $0, path: "") }
        func opening(_ change: (inout DatasetHeader) -> Void) throws -> String {
            var lie = header
            change(&lie)
            return try Self.opening(lie.encoded() + sound[DatasetLayout.headerBytes...])
        }
        #expect(try opening { _ in } == "")
        for figure in [0, 1, 1 << 20, 1 << 40, Int.max, Int.max / 32, Int.max / 8 - 1] {
            #expect(try opening { $0.entities = figure } != "", "entities \(figure)")
            #expect(try opening { $0.relationships = figure } != "", "relationships \(figure)")
            #expect(try opening { $0.properties = figure } != "", "properties \(figure)")
            #expect(try opening { $0.strings = figure } != "", "strings \(figure)")
            #expect(try opening { $0.embeddings = figure } != "", "embeddings \(figure)")
            #expect(try opening { $0.accesses = figure } != "", "accesses \(figure)")
            #expect(try opening { $0.fileBytes = figure } != "", "file length \(figure)")
            for section in header.extents.indices {
                #expect(try opening { $0.extents[section].offset = figure } != "", "offset \(figure) of \(section)")
                #expect(try opening { $0.extents[section].length = figure } != "", "length \(figure) of \(section)")
            }
        }
        #expect(try opening { $0.dimensions = 5 } != "")
        #expect(try opening { $0.extents.swapAt(2, 3) } != "")
    }

    /// Rows, ids and targets that lead out of the file are refused at opening, before anything follows them.
    @Test func wildContentIsRefused() throws {
        let sound = try Self.sound()
        let header = try sound.withUnsafeBytes { try DatasetHeader(decoding: $0, path: "") }
        func opening(_ section: DatasetLayout.Section, _ offset: Int, _ value: UInt32) throws -> String {
            var bytes = sound
            let place = header.extents[section.rawValue].offset + offset
            bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: place, as: UInt32.self) }
            return try Self.opening(bytes)
        }
        #expect(try opening(.entities, 0, 1).contains("lists"))
        #expect(try opening(.entities, 32, .max).contains("begin before"))
        #expect(try opening(.entities, 32 + 8, .max).contains("begin before"))
        #expect(try opening(.entities, 16, 999).contains("type of entity 0"))
        #expect(try opening(.entities, 20, 999).contains("name of entity 0"))
        #expect(try opening(.entities, 24, 999).contains("embedding of entity 0"))
        #expect(try opening(.entities, 12 * 32, .max).contains("do not fill"))
        #expect(try opening(.properties, 0, 999).contains("property 0"))
        #expect(try opening(.properties, 4, 999).contains("property 0"))
        #expect(try opening(.relationships, 0, 999).contains("relationship 0"))
        #expect(try opening(.relationships, 4, 12).contains("relationship 0"))
        #expect(try opening(.stringStarts, 8, .max).contains("string 2 begins before"))
        #expect(try opening(.stringStarts, 0, 1).contains("string"))
        #expect(try opening(.accesses, 8, 12).contains("access 2 of its trace"))
    }
}
