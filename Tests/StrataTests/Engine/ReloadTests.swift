import Foundation
import Strata
import Synchronization
import Testing

@Suite struct ReloadTests {
    /// A chain of entities that all tell which snapshot they are of. The lengths differ, so that positions of one are
    /// none of the other.
    private func write(_ mark: String, length: UInt32, to path: String) throws {
        let engine = try KnowledgeEngine(embeddingDimensions: 2)
        for id in 0..<length {
            try engine.insert(
                id: id, type: mark, name: "\(mark)\(id)", properties: ["mark": mark, "other": "\(id)"],
                embedding: id == 1 ? [1, 1] : [Float(length), Float(id)])
        }
        for id in 1..<length { try engine.relate(id - 1, mark, id) }
        try engine.writeSnapshot(to: path)
    }

    /// Whether every answer is wholly of one snapshot.
    private func isSound(_ engine: ZeroCopyKnowledgeEngine, _ lengths: [String: UInt32]) throws -> Bool {
        guard let entity = try engine.entity(3), let length = lengths[entity.type], entity.name == "\(entity.type)3",
            entity.properties.map(\.values) == [[entity.type], ["3"]], entity.degree == 1, length > 3
        else { return false }
        let neighbors = try engine.neighbors(of: 4, .incoming)
        guard neighbors.count == 1, neighbors[0].id == 3, neighbors[0].name == "\(neighbors[0].type)3" else {
            return false
        }
        let hops = try engine.hops(from: 0, depth: nil)
        guard lengths.values.contains(UInt32(hops.count)), hops.allSatisfy({ $0 == 1 }) else { return false }
        guard let path = try engine.path(from: 2, to: 4), path.map(\.id) == [2, 3, 4],
            Set(path.map { $0.name!.first! }).count == 1
        else { return false }
        // The same question in both snapshots; the longest vector is the last entity's, and tells which one answered.
        let similar = try engine.similar(to: 1, limit: 1)
        guard similar.count == 1, let name = similar[0].name, let last = lengths["\(name.first!)"] else { return false }
        return similar[0].id == last - 1 && similar[0].score == Double(last) + Double(last - 1)
    }

    /// The lines of the process's memory map that name a file of the folder. The map comes a page at a time.
    private func mappings(of folder: TemporaryFolder) -> [String] {
        guard let file = fopen("/proc/self/maps", "r") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var line = [CChar](repeating: 0, count: 8_192)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.contains(folder.path) { lines.append(String(text.dropLast())) }
        }
        return lines
    }

    @Test func everyAnswerIsOfOneSnapshotWhileSnapshotsAreExchanged() throws {
        let folder = try TemporaryFolder()
        let lengths: [String: UInt32] = ["a": 20, "b": 33]
        for (mark, length) in lengths { try write(mark, length: length, to: folder.file("\(mark).strata")) }
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        let writing = Atomic<Bool>(true)
        let questions = Atomic<Int>(0)
        let bad = Atomic<Int>(0)
        let problems = Mutex<[String]>([])
        onThreads(4) { thread in
            do {
                if thread == 0 {
                    for round in 0..<150 {
                        try engine.reload(path: folder.file(round % 2 == 0 ? "b.strata" : "a.strata"))
                        if round % 10 == 0 { sched_yield() }
                    }
                    writing.store(false, ordering: .relaxed)
                } else {
                    while writing.load(ordering: .relaxed) {
                        if try !isSound(engine, lengths) { bad.add(1, ordering: .relaxed) }
                        questions.add(1, ordering: .relaxed)
                    }
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
                writing.store(false, ordering: .relaxed)
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(bad.load(ordering: .relaxed) == 0)
        #expect(questions.load(ordering: .relaxed) > 0)
        #expect(try isSound(engine, lengths))
        // No reader is left: a last exchange unmaps all the others.
        try engine.reload(path: folder.file("a.strata"))
        let mapped = mappings(of: folder)
        #expect(mapped.count == 1, "old snapshots are still mapped")
        #expect(mapped.first?.hasSuffix("a.strata") == true)
        #expect(try isSound(engine, lengths))
    }

    @Test func aBadFileLeavesTheCurrentOneInPlace() throws {
        let folder = try TemporaryFolder()
        try write("a", length: 20, to: folder.file("a.strata"))
        try Data("no snapshot at all, but long enough for a header of sixty-four bytes and more".utf8)
            .write(to: URL(fileURLWithPath: folder.file("b.strata")))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        #expect(failure { try engine.reload(path: folder.file("b.strata")) }?.code == .unsupportedFormat)
        #expect(failure { try engine.reload(path: folder.file("c.strata")) }?.code == .ioFailure)
        #expect(try isSound(engine, ["a": 20]))
        #expect(failure { try ZeroCopyKnowledgeEngine(path: folder.file("c.strata")) }?.code == .ioFailure)
    }

    @Test func answersOfAnOldSnapshotAreNotKept() throws {
        let folder = try TemporaryFolder()
        let engine = try KnowledgeEngine(embeddingDimensions: 1)
        try engine.insert(id: 1, type: "t", embedding: [1])
        try engine.insert(id: 2, type: "t", embedding: [1])
        try engine.writeSnapshot(to: folder.file("a.strata"))
        try engine.insert(id: 3, type: "t", embedding: [2])
        try engine.writeSnapshot(to: folder.file("b.strata"))
        let reader = try ZeroCopyKnowledgeEngine(path: folder.file("a.strata"))
        for _ in 0..<2 { #expect(try reader.similar(to: 1, limit: 1).map(\.id) == [2]) }
        try reader.reload(path: folder.file("b.strata"))
        #expect(reader.memoryUsage == 0)
        for _ in 0..<2 { #expect(try reader.similar(to: 1, limit: 1).map(\.id) == [3]) }
        try reader.reload(path: folder.file("a.strata"))
        #expect(try reader.similar(to: 1, limit: 1).map(\.id) == [2])
    }
}
