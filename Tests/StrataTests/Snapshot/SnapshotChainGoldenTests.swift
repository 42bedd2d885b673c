import Foundation
import Testing

@testable import Strata

/// `Tests/Golden/chain-v1.strata` and its two deltas are the states of ``GoldenChain`` as the writer of delta version 1
/// wrote them. They are never written again.
@Suite("A chain of every delta version is read for ever")
struct SnapshotChainGoldenTests {
    @Test func itsLastStateComesBack() throws {
        let path = golden("chain-v1.strata")
        let chain = try SnapshotChain(path: path)
        #expect(chain.links.map(\.number) == [1, 2])
        // Each has the head, the block with the embedding that changed, and the checksums.
        #expect(chain.links.map(\.blockCount) == [3, 3])
        try SnapshotVerifier.verify(path, fileSystem: ChainedFiles())
        try expectSame(try Snapshot(path: path, fileSystem: ChainedFiles()), GoldenChain.state(2), "the last state")
        try expectSame(try Snapshot(path: path), GoldenChain.state(0), "the base alone")
    }

    /// The reader in Python and the one here say the same of each state.
    @Test(arguments: 0...2)
    func bothReadersSayTheSame(state: Int) throws {
        let folder = try TemporaryFolder()
        let names = ["chain-v1.strata", "chain-v1.strata.delta-1", "chain-v1.strata.delta-2"]
        for name in names.prefix(state + 1) {
            try FileManager.default.copyItem(atPath: golden(name), toPath: folder.file(name))
        }
        let path = folder.file(names[0])
        let said = try #require(
            try JSONSerialization.jsonObject(with: try PythonReader.read([path, "--all"])) as? NSDictionary)
        let snapshot = try Snapshot(path: path, fileSystem: ChainedFiles())
        try expectSame(snapshot, GoldenChain.state(state), "state \(state)")
        #expect(try NSDictionary(dictionary: SnapshotGoldenTests.described(snapshot)) == said, "state \(state)")
    }

    /// With `STRATA_GOLDEN` set to a folder the files are written there instead.
    @Test func theWriterWritesTheSame() throws {
        let files = MemoryFileSystem()
        let name = "chain-v1.strata"
        for state in 0...2 {
            // How strings are coded may be tuned.
            _ = try SnapshotChain.append(
                NaiveSource(GoldenChain.state(state)), to: name, limit: 8, fileSystem: files, limits: .standard,
                coding: .raw)
        }
        #expect(files.names == [name, "\(name).delta-1", "\(name).delta-2"])
        for name in files.names {
            let written = Data(try #require(files[name]))
            if let folder = ProcessInfo.processInfo.environment["STRATA_GOLDEN"] {
                try written.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            } else {
                #expect(try Data(contentsOf: URL(fileURLWithPath: golden(name))) == written, "\(name)")
            }
        }
    }

    private func golden(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Golden/\(name)").standardizedFileURL.path
    }
}

/// A graph of four blocks, most of them embeddings, and two changes to it.
enum GoldenChain {
    static func state(_ number: Int) -> NaiveGraph {
        var graph = NaiveGraph()
        graph.dimensions = 512
        for index in 0..<98 {
            var entity = NaiveGraph.Entity(id: UInt32(index), type: index % 2 == 0 ? "even" : "odd")
            entity.name = NaiveGraph.Bytes("n\(index)")
            entity.properties = [("half", NaiveGraph.Bytes("\(index / 2)"))]
            entity.relationships = [("next", (index + 1) % 98)]
            entity.embedding = (0..<512).map { Float((index + $0) % 8) }
            graph.entities.append(entity)
        }
        if number > 0 { graph.entities[40].embedding = [Float](repeating: 0.5, count: 512) }
        if number > 1 { graph.entities[70].embedding = [Float](repeating: 0.25, count: 512) }
        return graph
    }
}
