import BenchDriver
import BenchWorkload
import Strata

/// An engine that threads read while one of them writes: what phases with roles are done to.
///
/// Each thread reads through an ``EngineReader`` of its own. What its answers need of texts, their hashes, was looked
/// up before: texts are the engine's, whose calls are the writer's alone.
final class EngineReaders: @unchecked Sendable {
    // A reader is used by its thread, `engine` and the figures by the one thread that writes; `textHashes` is written
    // before any thread comes.

    private let engine: KnowledgeEngine
    private let writer: EngineWriter
    private let memory: UnsafeMutableRawPointer
    private let count: Int
    /// The hash of each string that the engine had when the phase began, by its id.
    private let textHashes: SharedTable<UInt64>
    /// The most bytes that waited for readers at once.
    private(set) var highestGarbageBytes = 0
    /// Writes that were refused because too much garbage waited.
    private(set) var refusedWrites = 0
    /// The oldest reader that the writer saw, in epochs.
    private(set) var oldestReaderAge: UInt64 = 0
    private var writes = 0

    /// Neighbours are two cache lines apart, so that threads do not write to one line.
    private static var stride: Int { (MemoryLayout<EngineReader>.stride + 127) & ~127 }
    /// The writer looks for the oldest reader after so many writes.
    private static let lookInterval = 256

    /// - Parameter threads: how many threads will read.
    init(of engine: KnowledgeEngine, writer: EngineWriter, threads: Int) throws(SubjectError) {
        self.engine = engine
        self.writer = writer
        textHashes = try SharedTable(count: engine.internerStats.uniqueStrings)
        for id in 0..<textHashes.count {
            textHashes[id] = AnswerHash.text(engine.utf8(of: InternedString(id: UInt32(id))))
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, threads) * Self.stride, alignment: 128)
        for place in 0..<threads {
            do throws(StrataError) {
                Self.reader(place, in: memory).initialize(to: try engine.reader())
            } catch {
                for earlier in 0..<place { Self.reader(earlier, in: memory).deinitialize(count: 1) }
                memory.deallocate()
                throw SubjectError(error.description)
            }
        }
        self.memory = memory
        count = threads
    }

    deinit {
        for place in 0..<count { Self.reader(place, in: memory).deinitialize(count: 1) }
        memory.deallocate()
    }

    /// The reader of a thread, which alone uses it. Below the number of threads there is one.
    @inline(__always)
    private static func reader(_ thread: Int, in memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<EngineReader>
    {
        (memory + thread &* stride).assumingMemoryBound(to: EngineReader.self)
    }

    // MARK: Reading

    /// What a get answers.
    @inline(__always)
    func get(_ id: UInt32, thread: Int) -> UInt64 { answer(Self.reader(thread, in: memory).pointee.entity(id)) }

    /// What `neighbors` answers.
    @inline(__always)
    func neighbors(_ id: UInt32, thread: Int) -> UInt64 {
        var sum: UInt64 = 0
        Self.reader(thread, in: memory).pointee.forEachRelationship(of: id) { relationship in
            sum &+= AnswerHash.neighbor(type: hash(of: relationship.type), other: relationship.other)
        }
        return sum
    }

    /// What a reader answers that comes for one call: it registers, reads all entities under one pin, and goes.
    func visit(_ ids: Span<UInt32>) throws(StrataError) -> UInt64 {
        var reader = try engine.reader()
        var sum: UInt64 = 0
        reader.forEachEntity(ids) { place, entity in sum &+= AnswerHash.fold(UInt64(place), answer(entity)) }
        return sum
    }

    /// Holds a pin while `body` runs.
    func hold(_ body: () -> Void) throws(StrataError) {
        var reader = try engine.reader()
        reader.pinned { _ in body() }
    }

    @inline(__always)
    private func answer(_ entity: EntityData?) -> UInt64 {
        guard let entity else { return AnswerHash.absent }
        return AnswerHash.entity(id: entity.id, type: hash(of: entity.type), degree: entity.degree)
    }

    /// The hash of a type's text. Writers change properties, so that all types are known from before the phase.
    @inline(__always)
    private func hash(of string: InternedString) -> UInt64 { textHashes[Int(string.id)] }

    // MARK: Writing, on one thread

    /// What an `update` or a `replace` answers; `absent` where it was refused because too much garbage waits.
    func write(_ operation: Operation) throws(StrataError) -> UInt64 {
        defer { look() }
        do throws(StrataError) { return try writer.write(operation) } catch {
            guard error.code == .limitExceeded, engine.configuration.garbageLimit > 0 else { throw error }
            refusedWrites += 1
            return AnswerHash.absent
        }
    }

    @inline(__always)
    private func look() {
        highestGarbageBytes = max(highestGarbageBytes, engine.garbageBytes)
        writes &+= 1
        if writes % Self.lookInterval == 0 { oldestReaderAge = max(oldestReaderAge, engine.oldestReaderAge ?? 0) }
    }

    /// How far the garbage was above its limit; nil without one.
    var highestGarbageBytesOverLimit: Int? {
        let limit = engine.configuration.garbageLimit
        return limit > 0 ? max(0, highestGarbageBytes - limit) : nil
    }
}
