import Foundation
import Glibc
import Testing

@testable import Strata

@Suite("A chain of deltas shows what a whole snapshot would")
struct SnapshotChainTests {
    let files = MemoryFileSystem()

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func randomEditsAgainstTheModel(seed: UInt64) throws {
        var model = EditedGraph(seed: seed)
        let limit = 1 + Int(seed)
        var random = SplitMix64(seed: seed)
        var folds = 0
        for round in 0..<8 {
            let summary = try SnapshotChain.append(
                NaiveSource(model.graph), to: "x", limit: limit, fileSystem: files)
            let bytes = try model.bytes
            #expect(try chained("x", files) == bytes, "seed \(seed), round \(round)")
            let chain = try SnapshotChain(path: "x", fileSystem: files)
            #expect(chain.links.count == summary.linkCount)
            #expect(chain.links.count <= limit)
            #expect(chain.byteCount == bytes.count)
            #expect(files.names.count == 1 + chain.links.count)
            if summary.linkCount == 0 {
                if round > 0 { folds += 1 }
                #expect(files["x"] == bytes)
            }
            if round == 4 {
                try SnapshotVerifier.verify("x", fileSystem: ChainedFiles(files))
                try expectSame(
                    try Snapshot(path: "x", fileSystem: ChainedFiles(files)), model.graph, "seed \(seed)")
            }
            for _ in 0..<random.below(4) { model.edit() }
        }
        let links = try SnapshotChain(path: "x", fileSystem: files).links.count
        #expect(try SnapshotChain.fold("x", fileSystem: files) == links)
        #expect(files.names == ["x"])
        #expect(try chained("x", files) == files["x"])
        #expect(links > 0 || folds > 0)
    }

    /// On disk the pieces are mapped where they lie, and the stream writes the same deltas.
    @Test func onDiskAndByTheStream() throws {
        let folder = try TemporaryFolder()
        let (path, other) = (folder.file("graph.strata"), folder.file("other.strata"))
        var model = EditedGraph(seed: 7)
        for round in 0..<5 {
            try SnapshotChain.append(NaiveSource(model.graph), to: path, limit: 3)
            var stream = try SnapshotStream(
                to: other, embeddingDimensions: model.graph.dimensions, order: .ascending, SnapshotStreamTests.little,
                fileSystem: RealFileSystem(), limits: .standard, coding: nil, chainLimit: 3)
            try SnapshotWriter.tell(NaiveSource(model.graph), to: &stream, other)
            _ = try stream.finish()
            let bytes = try model.bytes
            #expect(try chained(path, RealFileSystem()) == bytes, "round \(round)")
            #expect(try chained(other, RealFileSystem()) == bytes, "round \(round)")
            let links = try SnapshotChain(path: path).links
            for (left, right) in zip(links, try SnapshotChain(path: other).links) {
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: left.path))
                        == Data(contentsOf: URL(fileURLWithPath: right.path)))
            }
            let engine = try ZeroCopyKnowledgeEngine(path: path)
            #expect(try engine.metrics().entityCount == model.graph.entities.count)
            for _ in 0..<3 { model.edit() }
        }
        try SnapshotChain.fold(path)
        #expect(folder.names.contains("graph.strata.delta-1") == false)
    }

    @Test func onlyChangedBlocksAreStored() throws {
        var model = EditedGraph(entities: 400, dimensions: 1_000, seed: 3)
        try SnapshotChain.append(NaiveSource(model.graph), to: "x", fileSystem: files)
        model.changeEmbedding(at: 200)
        let summary = try SnapshotChain.append(NaiveSource(model.graph), to: "x", fileSystem: files)
        #expect(summary.blockCount > 20)
        // The head, one or two blocks with the embedding, and the end with the checksums.
        #expect(summary.storedBlockCount <= 4)
        #expect(files["x.delta-1"]!.count <= 4 * SnapshotFormat.blockByteCount + 8_192)
        // Nothing changed: only the head is stored.
        let same = try SnapshotChain.append(NaiveSource(model.graph), to: "x", fileSystem: files)
        #expect(same.storedBlockCount == 1)
        #expect(try chained("x", files) == model.bytes)
    }

    // MARK: - Links that do not fit

    /// A base and three deltas.
    private func makeChain() throws -> EditedGraph {
        var model = EditedGraph(seed: 5)
        for _ in 0..<4 {
            try SnapshotChain.append(NaiveSource(model.graph), to: "x", fileSystem: files)
            model.changeEmbedding(at: 3)
        }
        return model
    }

    private func refusal() -> String? {
        failure { _ = try Snapshot(path: "x", fileSystem: ChainedFiles(files)) }?.description
    }

    @Test func aMissingLinkIsTold() throws {
        _ = try makeChain()
        files["x.delta-2"] = nil
        #expect(
            refusal() == "x.delta-3: the delta cannot be read without the one before it, x.delta-2, which is missing; "
                + "bring that one back, or remove this one and those behind it")
        let again = failure {
            _ = try SnapshotChain.append(NaiveSource(NaiveGraph()), to: "x", fileSystem: files)
        }
        #expect(again?.description == refusal())
        files["x.delta-1"] = nil
        files["x.delta-3"] = nil
        #expect(refusal() == nil)
    }

    @Test func aWrongBaseIsTold() throws {
        _ = try makeChain()
        let wanted = try SnapshotInspection(path: "x", fileSystem: files).header.checksum
        try SnapshotWriter.write(NaiveSource(NaiveGraph(.init(), seed: 1)), to: "x", fileSystem: files)
        let found = try SnapshotInspection(path: "x", fileSystem: files).header.checksum
        func digits(_ checksum: UInt64) -> String { String(format: "%016lx", checksum) }
        #expect(
            refusal() == "x.delta-1: the delta belongs over a snapshot with the checksum \(digits(wanted)), "
                + "and x has \(digits(found)); bring that snapshot back, or remove the delta and those behind it")
        files["x"] = nil
        let none = failure {
            _ = try SnapshotChain.append(NaiveSource(NaiveGraph()), to: "x", fileSystem: files)
        }
        #expect(none?.message == "the snapshot that x.delta-1 belongs over is missing")
    }

    @Test(arguments: [0, -1, 65])
    func theLimitIsChecked(limit: Int) {
        let error = failure {
            _ = try SnapshotChain.append(NaiveSource(NaiveGraph()), to: "x", limit: limit, fileSystem: files)
        }
        #expect(
            error?.description
                == "x: a chain of at most \(limit) deltas is not possible; use a number from 1 to 64")
        #expect(files.names.isEmpty)
    }

    // MARK: - Damage

    @Test func everyTruncationIsFound() throws {
        _ = try makeChain()
        let whole = files["x.delta-2"]!
        let extents = 200
        for length in Array(0..<200) + Array(stride(from: 200, to: whole.count, by: 3_967))
            + Array(whole.count - extents..<whole.count)
        {
            files["x.delta-2"] = Array(whole[..<length])
            #expect(refusal() != nil, "\(length)")
        }
        files["x.delta-2"] = whole + [0]
        #expect(refusal() != nil)
    }

    @Test func everyFlippedBitIsFound() throws {
        _ = try makeChain()
        let whole = files["x.delta-3"]!
        let extents = Int(whole.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 48, as: UInt64.self) })
        for byte in Array(0..<64) + Array(extents..<whole.count) {
            for bit in 0..<8 {
                files["x.delta-3"]![byte] ^= 1 << UInt8(bit)
                #expect(refusal() != nil, "byte \(byte), bit \(bit)")
                files["x.delta-3"] = whole
            }
        }
        // A stored block is checked as one of the snapshot's.
        let blocks = DeltaFormat.payloadStart..<extents
        for byte in stride(from: blocks.lowerBound + 8, to: blocks.upperBound, by: 9_973) {
            files["x.delta-3"]![byte] ^= 1
            let isPadding = failure { try SnapshotVerifier.verify("x", fileSystem: ChainedFiles(files)) } == nil
            #expect(!isPadding, "byte \(byte)")
            let found = failure { try SnapshotChain.fold("x", fileSystem: files) }
            #expect(found != nil, "byte \(byte)")
            files["x.delta-3"] = whole
        }
        #expect(files.names.count == 4)
        try SnapshotVerifier.verify("x", fileSystem: ChainedFiles(files))
    }

    /// A list of blocks with the right checksum that makes no sense.
    @Test func hostileListsOfBlocks() throws {
        _ = try makeChain()
        let whole = files["x.delta-1"]!
        let header = whole.withUnsafeBytes { $0.loadUnaligned(as: DeltaHeader.self) }
        let start = Int(header.extentOffset)
        let sound = whole.withUnsafeBytes { bytes in
            (0..<Int(header.extentCount)).map {
                bytes.loadUnaligned(fromByteOffset: start + $0 * 16, as: DeltaExtent.self)
            }
        }
        func plant(_ extents: [DeltaExtent], _ change: (inout DeltaHeader) -> Void = { _ in }) {
            var header = header
            header.extentCount = UInt32(extents.count)
            change(&header)
            header.checksum = header.hash(extents)
            var bytes = Array(whole[..<start])
            withUnsafeBytes(of: header) { bytes.replaceSubrange(0..<64, with: $0) }
            extents.withUnsafeBytes { bytes.append(contentsOf: $0) }
            files["x.delta-1"] = bytes
        }
        plant(sound)
        #expect(refusal() == nil)
        let last = sound[sound.count - 1]
        let lists: [[DeltaExtent]] = [
            [], Array(sound.dropLast()), Array(sound.dropFirst()), sound.reversed(), sound + [last],
            sound.dropLast() + [DeltaExtent(first: last.first, count: 0)],
            sound.dropLast() + [DeltaExtent(first: last.first, count: .max)],
            sound.dropLast() + [DeltaExtent(first: .max, count: last.count)],
            sound.dropLast() + [DeltaExtent(first: last.first + 1, count: last.count)],
        ]
        for (index, list) in lists.enumerated() {
            plant(list)
            #expect(refusal() != nil, "list \(index)")
        }
        plant(sound) { $0.resultSize = .max }
        #expect(refusal() != nil)
        plant(sound) { $0.extentOffset = .max - 15 }
        #expect(refusal() != nil)
        // The state before it is said to be too short for what is left out.
        plant(sound) { $0.resultSize += 1 << 20 }
        #expect(refusal() != nil)
    }

    // MARK: - Crashes

    /// Cut at any point, an append leaves the old state or the new one, and the next append goes on from there.
    @Test(arguments: [1, 3])
    func aCrashLeavesTheOldStateOrTheNew(limit: Int) throws {
        var model = EditedGraph(entities: 60, seed: 11)
        // With a limit of 1 the second delta is folded: the crash then comes in the writing or in the fold.
        for _ in 0..<2 {
            try SnapshotChain.append(NaiveSource(model.graph), to: "x", limit: limit, fileSystem: files)
            model.changeEmbedding(at: 3)
        }
        model.edit()
        let old = try chained("x", files)
        let new = try model.bytes
        let before = files.contents
        var call = 0
        var news = 0
        while true {
            call += 1
            files.contents = before
            let crashing = CrashingFileSystem(files, at: call)
            do throws(StrataError) {
                try SnapshotChain.append(NaiveSource(model.graph), to: "x", limit: limit, fileSystem: crashing)
            } catch {
                #expect(crashing.hasCrashed)
            }
            let state = try chained("x", files)
            #expect(state == old || state == new, "call \(call)")
            if state == new { news += 1 }
            try SnapshotVerifier.verify("x", fileSystem: ChainedFiles(files))
            // After the crash.
            try SnapshotChain.append(NaiveSource(model.graph), to: "x", limit: limit, fileSystem: files)
            #expect(try chained("x", files) == new, "call \(call)")
            #expect(try SnapshotChain(path: "x", fileSystem: files).links.count <= limit)
            if !crashing.hasCrashed { break }
        }
        #expect(call > 8)
        // With a fold the crash also comes between its steps.
        #expect(news > (limit == 1 ? 5 : 1))
    }

    @Test func aCrashInAFoldChangesNothing() throws {
        let model = try makeChain()
        let state = try chained("x", files)
        let before = files.contents
        var call = 0
        while true {
            call += 1
            files.contents = before
            let crashing = CrashingFileSystem(files, at: call)
            _ = failure { try SnapshotChain.fold("x", fileSystem: crashing) }
            #expect(try chained("x", files) == state, "call \(call)")
            try SnapshotChain.fold("x", fileSystem: files)
            #expect(files["x"] == state, "call \(call)")
            #expect(files.names.filter { $0.hasPrefix("x") } == ["x"], "call \(call)")
            if !crashing.hasCrashed { break }
            // A delta over what a fold has left.
            files.contents = before
            _ = failure {
                try SnapshotChain.fold("x", fileSystem: CrashingFileSystem(files, at: call))
            }
            try SnapshotChain.append(NaiveSource(model.graph), to: "x", fileSystem: files)
            #expect(try chained("x", files) == model.bytes, "call \(call)")
        }
        #expect(call > 8)
    }
}
