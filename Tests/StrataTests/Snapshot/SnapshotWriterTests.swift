import Glibc
import Testing

@testable import Strata

@Suite("A snapshot is written whole or not at all")
struct SnapshotWriterTests {
    let files = MemoryFileSystem()
    let graph = NaiveGraph(.init(), seed: 1)

    @Test(arguments: [ENOSPC, EACCES, EIO])
    func everyFailedCallLeavesTheOldFile(failure: Int32) throws {
        let folder = try TemporaryFolder()
        let real = RealFileSystem()
        let path = folder.file("graph.strata")
        let old = NaiveGraph(.init(entities: 5), seed: 2)
        var call = 0
        while true {
            call += 1
            try SnapshotWriter.write(NaiveSource(old), to: path, fileSystem: real)
            let failing = FailingFileSystem(real, failing: call, with: failure)
            do throws(StrataError) {
                try SnapshotWriter.write(NaiveSource(graph), to: path, fileSystem: failing)
                break
            } catch {
                #expect(error.errno == failure, "call \(call)")
                #expect(folder.names == ["graph.strata"], "call \(call)")
                let snapshot = try Snapshot(path: path)
                // By the last call, which brings the folder to stable storage, the new file has its name.
                #expect(snapshot.entityCount == (error.path == folder.path ? 60 : 5), "call \(call)")
                try SnapshotVerifier.verify(path)
            }
        }
        #expect(call >= 7)
        try expectSame(try Snapshot(path: path), graph, "after the failures")
    }

    /// A buffer of 64 KiB means a call for each 64 KiB: the twentieth call of one with a buffer of a mebibyte never comes.
    @Test func theBufferSaysHowManyBytesGoAtOnce() throws {
        var written: [[UInt8]] = []
        for (size, isMany) in [(64 << 10, true), (1 << 20, false)] {
            var configuration = MemoryConfiguration()
            configuration.zeroCopyBufferSize = size
            let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 512)
            for id in 0..<700 as Range<UInt32> {
                try engine.insert(id: id, type: "t", embedding: [Float](repeating: Float(id), count: 512))
            }
            let failing = FailingFileSystem(files, failing: 20, with: EIO)
            #expect((failure { try engine.writeSnapshot(to: "a", fileSystem: failing) } != nil) == isMany, "\(size)")
            try engine.writeSnapshot(to: "a", fileSystem: files)
            written.append(try #require(files["a"]))
        }
        #expect(written[0].count > 1 << 20)
        #expect(written[0] == written[1])
    }

    @Test func anOpenSnapshotStaysWhenItsFileIsReplaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("graph.strata")
        try SnapshotWriter.write(NaiveSource(graph), to: path)
        let snapshot = try Snapshot(path: path)
        try SnapshotWriter.write(NaiveSource(NaiveGraph()), to: path)
        try expectSame(snapshot, graph, "the old file")
        #expect(try Snapshot(path: path).entityCount == 0)
    }

    @Test func aReadFailureIsTold() throws {
        try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
        for call in 1...2 {
            let failing = FailingFileSystem(files, failing: call, with: EIO)
            let error = #expect(throws: StrataError.self) { _ = try Snapshot(path: "x", fileSystem: failing) }
            #expect(error?.errno == EIO)
        }
    }

    /// What is wrong with a ``WrongSource``.
    enum Fault: CaseIterable {
        case idsDescend, idTwice, unknownType, unknownName, unknownKey, unknownValue, unknownRelationshipType
        case targetOutside, targetNegative, fewerRelationships, moreRelationships, negativeCount, notUTF8
        case embeddingGoes
    }

    @Test(arguments: Fault.allCases)
    func aContradictingSourceIsRefused(fault: Fault) throws {
        let error = #expect(throws: StrataError.self) {
            try SnapshotWriter.write(WrongSource(fault: fault), to: "x", fileSystem: files)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.path == "x")
        #expect(files.names.isEmpty)
    }

    /// Two string ids may have the same bytes: the file has them once.
    @Test func equalStringsOfTheSourceBecomeOne() throws {
        let summary = try SnapshotWriter.write(WrongSource(fault: nil), to: "x", fileSystem: files)
        #expect(summary.stringCount == 2)
        try SnapshotVerifier.verify("x", fileSystem: files)
        let snapshot = try Snapshot(path: "x", fileSystem: files)
        #expect(snapshot.entityTypeCount == 1)
        #expect(snapshot.relationshipTypeCount == 1)
        #expect(try snapshot.type(at: 0) == snapshot.type(at: 1))
        #expect(try snapshot.degree(at: 0) == 1)
        let positions = try snapshot.positions(withKey: 0, value: 1)
        #expect(positions.indices.map { positions[$0] } == [0, 1])
    }

    /// Two entities of one relationship each, the strings `same` twice and `value`, and at most one thing wrong.
    private final class WrongSource: SnapshotSource {
        let fault: Fault?
        private let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 9)
        private let pairs = UnsafeMutableBufferPointer<InternedProperty>.allocate(capacity: 2)
        private let numbers = UnsafeMutablePointer<Float>.allocate(capacity: 1)
        private var embeddingLooks = 0

        init(fault: Fault?) {
            self.fault = fault
            _ = bytes.initialize(from: Array("samevalue".utf8))
            if fault == .notUTF8 { bytes[2] = 0xFF }
            for position in 0..<2 {
                pairs.initializeElement(
                    at: position,
                    to: InternedProperty(
                        key: InternedString(id: fault == .unknownKey ? 3 : UInt32(position)),
                        value: InternedString(id: fault == .unknownValue ? .max : 2)))
            }
            numbers.initialize(to: 1)
        }

        deinit {
            bytes.deallocate()
            pairs.deallocate()
            numbers.deallocate()
        }

        var entityCount: Int { 2 }
        var embeddingDimensions: Int { 1 }
        var stringCount: Int { 3 }
        func utf8(of string: UInt32) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: string < 2 ? bytes[0..<4] : bytes[4..<9])
        }
        func id(at position: Int) -> UInt32 {
            fault == .idTwice ? 7 : fault == .idsDescend ? UInt32(7 - position) : UInt32(position)
        }
        func type(at position: Int) -> InternedString {
            InternedString(id: fault == .unknownType ? 3 : UInt32(position))
        }
        func name(at position: Int) -> InternedString? { fault == .unknownName ? InternedString(id: 3) : nil }
        func properties(at position: Int) -> UnsafeBufferPointer<InternedProperty> {
            UnsafeBufferPointer(rebasing: pairs[position...position])
        }
        func embedding(at position: Int) -> UnsafePointer<Float>? {
            embeddingLooks += 1
            return fault == .embeddingGoes && embeddingLooks > 3 ? nil : UnsafePointer(numbers)
        }
        func relationshipCount(at position: Int) -> Int { fault == .negativeCount ? -1 : 1 }
        func forEachRelationship(at position: Int, _ body: (InternedString, Int) -> Void) {
            let target = fault == .targetOutside ? 2 : fault == .targetNegative ? -1 : 0
            let type = InternedString(id: fault == .unknownRelationshipType ? 3 : UInt32(position))
            if fault != .fewerRelationships { body(type, target) }
            if fault == .moreRelationships { body(type, target) }
        }
    }
}
