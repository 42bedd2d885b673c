import Foundation
import Testing

@testable import GraphData

/// Two sound files: each row of `faults` puts something else in the place of a piece of one of them.
private let sound = [
    "entities.csv":
        "id,type,name,age\r\n1,person,\"Ada, \"\"Countess\"\"\",36\r\n2,person,\"two\nlines\",\r\n3,place,x,7\r\n",
    "relationships.csv": "source,type,target,weight\n1,knows,2,0.5\n2,lives in,3,\n3,has,1,1\n",
]

/// File, what stands there, what is put in its place, and how the error of it must begin.
private let faults: [(file: String, piece: String, replacement: String, error: String)] = [
    ("entities.csv", "id,type,name,age", "id;type;name;age", "entities.csv:1:1: expected the header `id,type`"),
    ("entities.csv", "id,type,name,age", "id,kind,name,age", "entities.csv:1:4: expected the header `id,type`"),
    ("entities.csv", "id,type,name,age", "id", "entities.csv:1:1: expected the header `id,type`"),
    ("entities.csv", "id,type,name,age", "id,type,,age", "entities.csv:1:9: a property without a key"),
    ("entities.csv", "3,place,x,7", "3,place,x", "entities.csv:5:9: expected 4 fields, found 3"),
    ("entities.csv", "3,place,x,7", "3,place,x,7,8", "entities.csv:5:13: expected 4 fields, found more"),
    ("entities.csv", "3,place,x,7", "", "entities.csv:5:1: an empty line; expected 4 fields"),
    ("entities.csv", "3,place,x,7", "3,pl\"ace,x,7", "entities.csv:5:5: a quote inside a field"),
    ("entities.csv", "3,place,x,7", "3,\"pl\"ace,x,7", "entities.csv:5:7: expected a comma or the end of the line"),
    ("entities.csv", "3,place,x,7", "3,\"place,x,7", "entities.csv:5:3: this quote is never closed"),
    ("entities.csv", "\"two\nlines\",", "\"two\nlines,", "entities.csv:3:10: this quote is never closed"),
    ("entities.csv", "lines\",", "lines\"\",", "entities.csv:3:10: this quote is never closed"),
    ("entities.csv", "lines\",", "lines\"x,", "entities.csv:4:7: expected a comma or the end of the line"),
    ("entities.csv", "3,place,x,7", "3,place,x\r,7", "entities.csv:5:10: a carriage return without a line feed"),
    ("entities.csv", "3,place", "1,place", "entities.csv:5:1: entity 1 of this file has the id `1` already"),
    ("entities.csv", "3,place", ",place", "entities.csv:5:1: an entity without an id"),
    ("entities.csv", "3,place", "3,\"\"", "entities.csv:5:3: an entity without a type"),
    ("relationships.csv", "source,type,target,weight", "from,type,to", "relationships.csv:1:1: expected the header"),
    ("relationships.csv", "target,weight", "target,cost", "relationships.csv:1:20: expected the header"),
    ("relationships.csv", "target,weight", "target,weight,x", "relationships.csv:1:27: expected the header"),
    ("relationships.csv", "source,type,target,weight", "source,type", "relationships.csv:1:1: expected the header"),
    (
        "relationships.csv", "2,lives in", "9,lives in",
        "relationships.csv:3:1: no entity of entities.csv has the id `9`"
    ),
    ("relationships.csv", "in,3,", "in,4,", "relationships.csv:3:12: no entity of entities.csv has the id `4`"),
    ("relationships.csv", "knows,2,", "knows,,", "relationships.csv:2:9: no entity of entities.csv has the id ``"),
    ("relationships.csv", "2,lives in", "2,", "relationships.csv:3:3: a relationship without a type"),
    ("relationships.csv", "0.5", "heavy", "relationships.csv:2:11: expected a weight, a number such as 0.5, found"),
    ("relationships.csv", "0.5", "nan", "relationships.csv:2:11: expected a weight"),
    ("relationships.csv", "0.5", "1e999", "relationships.csv:2:11: expected a weight"),
    ("relationships.csv", "3,has,1,1", "3,has,1", "relationships.csv:4:7: expected 4 fields, found 3"),
]

@Suite struct CSVMalformedTests {
    private func error(_ files: [String: [UInt8]], limits: CSVReader.Limits = CSVReader.Limits()) throws -> String {
        let directory = try TemporaryDirectory()
        for (name, bytes) in files { try directory.write(bytes, to: name) }
        do throws(GraphDataError) {
            _ = try TextGraphSink.read(
                CSVSource(directory: directory.path, scratchDirectory: directory.path, limits: limits))
            return ""
        } catch {
            return "\(error)".replacing(directory.path + "/", with: "")
        }
    }

    private func files(_ change: (String, String, String)? = nil) -> [String: [UInt8]] {
        var files = sound
        if let (file, piece, replacement) = change { files[file] = files[file]!.replacing(piece, with: replacement) }
        return files.mapValues { Array($0.utf8) }
    }

    @Test func theSoundOneIsRead() throws { #expect(try error(files()) == "") }

    @Test(arguments: faults.indices, [16, 1 << 18])
    func theErrorNamesThePlace(row: Int, chunkBytes: Int) throws {
        let fault = faults[row]
        var limits = CSVReader.Limits()
        limits.chunkBytes = chunkBytes
        let text = try error(files((fault.file, fault.piece, fault.replacement)), limits: limits)
        #expect(text.hasPrefix(fault.error), "\(text)")
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8], [0x80]]
            as [[UInt8]])
    func bytesThatAreNotUTF8AreAnError(bytes: [UInt8]) throws {
        var files = files()
        let place = try #require(files["entities.csv"]!.firstRange(of: Array("lines".utf8))).lowerBound
        files["entities.csv"]!.insert(contentsOf: bytes, at: place + 2)
        #expect(try error(files).hasPrefix("entities.csv:4:3: the byte \(bytes[0]) is not UTF-8"))
    }

    @Test func anotherEncodingIsAnError() throws {
        var files = files()
        files["entities.csv"] =
            [0xFF, 0xFE] + sound["entities.csv"]!.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try error(files).contains("entities.csv:1:1: the byte 255 is not UTF-8"))
        files["entities.csv"] = sound["entities.csv"]!.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try error(files).hasPrefix("entities.csv:1:"))
    }

    @Test func filesThatAreNotThereAreErrors() throws {
        for name in sound.keys {
            var files = files()
            files[name] = nil
            #expect(try error(files).hasPrefix("\(name): cannot be opened: No such file"))
            files[name] = []
            #expect(try error(files).hasPrefix("\(name):1:1: is empty; expected the header"))
        }
        #expect(throws: GraphDataError.self) { _ = try TextGraphSink.read(CSVSource(directory: "/nonexistent")) }
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            atPath: directory.file("entities.csv"), withIntermediateDirectories: false)
        #expect(throws: GraphDataError.self) { _ = try TextGraphSink.read(CSVSource(directory: directory.path)) }
    }

    @Test func whatIsTooLongIsAnErrorBeforeItIsHeld() throws {
        var limits = CSVReader.Limits()
        limits.fieldBytes = 100
        limits.recordBytes = 1_000
        limits.fields = 20
        limits.chunkBytes = 64
        let long = String(repeating: "y", count: 101)
        #expect(
            try error(files(("entities.csv", "place", long)), limits: limits)
                == "entities.csv:5:3: the field that begins here is longer than 100 bytes")
        // An open quote swallows what follows.
        let rest = String(repeating: "4,place,x,7\n", count: 100)
        #expect(
            try error(files(("entities.csv", "3,place,x,7\r\n", "3,\"place,x,7\n" + rest)), limits: limits)
                == "entities.csv:5:3: the field that begins here is longer than 100 bytes; is its closing quote missing?"
        )
        #expect(
            try error(
                files(("entities.csv", "id,type", "id,type" + String(repeating: ",k", count: 20))), limits: limits
            )
            .hasPrefix("entities.csv:1:45: expected at most 20 fields"))
        limits.fields = 10_000
        #expect(
            try error(
                files(("entities.csv", "id,type", "id,type" + String(repeating: ",k", count: 9_000))), limits: limits
            )
            .hasPrefix("entities.csv:1:1: the record that begins here is longer than 1000 bytes"))
    }

    /// Whatever a file holds, it is read or refused with its place.
    @Test(arguments: randomCases)
    func damageNeverTraps(seed: UInt64) throws {
        var writing = CSVWriting(seed: seed)
        let graph = CSVSourceTests.randomGraph(&writing.generator)
        var files = [
            "entities.csv": writing.entities(graph),
            "relationships.csv": writing.relationships(graph, mixed: true).bytes,
        ]
        let pieces: [[UInt8]] = [[34], [44], [10], [13], [0], [255], [195], [34, 34], [44, 44], []]
        for _ in 0..<6 {
            let name = writing.generator.chance(50) ? "entities.csv" : "relationships.csv"
            guard let count = files[name]?.count, count > 0 else { continue }
            let place = writing.generator.below(count)
            let length = min(writing.generator.below(3), count - place)
            files[name]!.replaceSubrange(
                place..<place + length, with: pieces[writing.generator.below(pieces.count)])
        }
        var limits = CSVReader.Limits()
        limits.chunkBytes = [16, 1 << 18][writing.generator.below(2)]
        let text = try error(files, limits: limits)
        let hasPlace = text.isEmpty || text.contains(/^(entities|relationships)\.csv:[0-9]+:[0-9]+: ./)
        #expect(hasPlace, "seed \(seed): \(text)")
    }
}
