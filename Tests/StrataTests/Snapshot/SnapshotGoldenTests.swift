import Foundation
import Testing

@testable import Strata

/// `Tests/Golden/snapshot-vN.strata` is ``GoldenGraph`` as the writer of format version N wrote it, and
/// `snapshot.json` is what every reader says of each of them. The files are never written again.
@Suite("A snapshot of every format version is read for ever")
struct SnapshotGoldenTests {
    static let versions: [UInt32] = [1, 2]
    /// So low that every field takes the way through the wide table somewhere.
    static let limits = SnapshotLimits(degree: 3, typeID: 1, propertySize: 4, propertyOffset: 60)

    @Test(arguments: versions)
    func itsGraphComesBack(version: UInt32) throws {
        let path = golden("snapshot-v\(version).strata")
        _ = try SnapshotVerifier.verify(path, fileSystem: RealFileSystem(), limits: Self.limits)
        let snapshot = try Snapshot(path: path)
        #expect(snapshot.header.version == version)
        try expectSame(snapshot, GoldenGraph.graph, "version \(version)")
        let flags: [ZeroCopyEntity.Flags] = [
            .hasEmbedding, .hasName, .wideDegree, .wideTypeID, .widePropertySize, .widePropertyOffset,
        ]
        for flag in flags {
            let records = try snapshot.entities(at: 0..<snapshot.entityCount)
            let count = records.indices.count { records[$0].flags.contains(flag) }
            #expect(0 < count && count < records.count, "\(flag)")
        }
    }

    /// The reader in Python, the one here and the golden description say the same.
    @Test(arguments: versions)
    func allReadersSayTheSame(version: UInt32) throws {
        let path = golden("snapshot-v\(version).strata")
        let expected = try description(Data(contentsOf: URL(fileURLWithPath: golden("snapshot.json"))))
        #expect(try description(try PythonReader.read([path, "--all"])) == expected)
        #expect(try NSDictionary(dictionary: Self.described(try Snapshot(path: path))) == expected)
    }

    /// A new format version gets a new file, and no version's layout changes: the writer still writes the last one. How
    /// strings are coded may be tuned, so that their sections are left out.
    /// With `STRATA_GOLDEN` set to a folder the file is written there instead.
    @Test func theWriterWritesTheLastOne() throws {
        let last = try #require(Self.versions.last)
        #expect(SnapshotFormat.version == last)
        let files = MemoryFileSystem()
        _ = try SnapshotWriter.write(
            NaiveSource(GoldenGraph.graph), to: "x", fileSystem: files, limits: Self.limits, coding: .frontWithSymbols)
        let written = try #require(files["x"])
        if let folder = ProcessInfo.processInfo.environment["STRATA_GOLDEN"] {
            return try Data(written).write(to: URL(fileURLWithPath: "\(folder)/snapshot-v\(last).strata"))
        }
        let path = golden("snapshot-v\(last).strata")
        let kept = try sections(Array(Data(contentsOf: URL(fileURLWithPath: path))), SnapshotInspection(path: path))
        let now = try sections(written, SnapshotInspection(path: "x", fileSystem: files))
        #expect(kept.count == SectionKind.allCases.count - 4)
        for (name, bytes) in kept { #expect(now[name] == bytes, "\(name)") }
    }

    /// The bytes of the sections that do not depend on how strings are coded.
    private func sections(_ file: [UInt8], _ inspection: SnapshotInspection) -> [String: [UInt8]] {
        let coded: [SectionKind] = [.stringOffsets, .stringBytes, .symbolTable, .checksums]
        var sections: [String: [UInt8]] = [:]
        for section in inspection.sections where !coded.contains(where: { $0.name == section.name }) {
            sections[section.name] = Array(file[Int(section.offset)..<Int(section.offset + section.length)])
        }
        return sections
    }

    private func golden(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Golden/\(name)").standardizedFileURL.path
    }

    private func description(_ json: Data) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: json) as? NSDictionary)
    }

    /// What `read_snapshot.py --all` prints, told by this library.
    static func described(_ snapshot: borrowing Snapshot) throws -> [String: Any] {
        var entities: [[String: Any]] = []
        for position in 0..<snapshot.entityCount {
            let row = try snapshot.properties(at: position)
            var properties: [[String]] = []
            for index in row.indices {
                properties.append([try snapshot.text(row[index].key.id), try snapshot.text(row[index].value.id)])
            }
            var lists: [[[Any]]] = [[], []]
            for (which, direction) in [Direction.outgoing, .incoming].enumerated() {
                let list = try snapshot.relationships(at: position, nil, direction)
                for index in list.indices {
                    let type = try snapshot.text(try snapshot.relationshipType(list[index].type))
                    lists[which].append([type, Int(try snapshot.id(at: Int(list[index].target)))])
                }
            }
            var embedding: [Double]?
            if let row = try snapshot.embedding(at: position) { embedding = Array(copying: row).map { Double($0) } }
            entities.append([
                "id": Int(try snapshot.id(at: position)),
                "name": try snapshot.nameText(at: position) ?? NSNull(),
                "type": try snapshot.text(try snapshot.type(at: position)),
                "degree": try snapshot.degree(at: position), "properties": properties, "outgoing": lists[0],
                "incoming": lists[1], "embedding": embedding ?? NSNull(),
            ])
        }
        return [
            "counts": [
                "entities": snapshot.entityCount, "relationships": snapshot.relationshipCount,
                "strings": snapshot.stringCount, "properties": snapshot.propertyCount,
                "embeddings": snapshot.embeddingCount, "dimensions": snapshot.embeddingDimensions,
            ],
            "entities": entities,
        ]
    }
}

/// A small graph with everything that a snapshot can hold, made without chance.
enum GoldenGraph {
    static var graph: NaiveGraph {
        var graph = NaiveGraph()
        graph.dimensions = 3
        let types: [NaiveGraph.Bytes] = ["river", "town", "country"]
        let kinds = ["winding river", "market town", "small country"]
        let places = ["in the north of the land", "by the sea", "at the foot of the mountains", "beyond the forest"]
        for number in 0..<30 {
            let kind = number % 3
            let place = places[number / 2 % 4]
            var entity = NaiveGraph.Entity(id: UInt32(10 + number * 7 / 2), type: types[kind])
            if number % 5 != 4 { entity.name = NaiveGraph.Bytes("\(types[kind].text)-\(number / 2)") }
            if number % 7 != 6 {
                entity.properties.append(("gloss", NaiveGraph.Bytes("a \(kinds[kind]) \(place), number \(number)")))
            }
            for language in ["français", "日本語", "e\u{301}", "", "français"].prefix(number % 6) {
                entity.properties.append(("language", NaiveGraph.Bytes(language)))
            }
            entity.properties.append(("area", NaiveGraph.Bytes("\(number * number)")))
            for step in 0..<number % 5 {
                entity.relationships.append((step % 2 == 0 ? "flows to" : "near", (number * 11 + step * 3) % 30))
            }
            // A loop, and one relationship twice.
            if number == 8 { entity.relationships += [("near", 8), ("part of", 2), ("part of", 2)] }
            if number % 4 != 1 { entity.embedding = [Float(number), Float(number) / -4, 0.125] }
            graph.entities.append(entity)
        }
        return graph
    }
}
