import GraphData
import Strata

/// The hashes of the types' texts by the engine's ids, found before a phase: what a reader who knows the schema has at
/// hand. Any number of threads may read it.
final class TypeHashes: @unchecked Sendable {
    // Unchecked: nothing changes after the set-up.

    /// By id; 0 where it is not known.
    private let hashes: UnsafeMutableBufferPointer<UInt64>

    /// Types with larger ids are not kept.
    private static let idLimit: UInt32 = 1 << 16

    /// Of the types of the data set's first rows.
    init(_ dataset: MappedDataset, rows: Int, _ engine: KnowledgeEngine) {
        var known: [UInt32: UInt64] = [:]
        var last: UInt32?
        var texts: Set<UInt32> = []
        for row in 0..<min(rows, dataset.entityCount) {
            let text = dataset.type(of: row)
            guard text != last, texts.insert(text).inserted else { continue }
            last = text
            guard let string = engine.lookup(dataset.text(text)), string.id < Self.idLimit else { continue }
            known[string.id] = AnswerHash.text(engine.utf8(of: string))
        }
        hashes = .allocate(capacity: Int(known.keys.max() ?? 0) + 1)
        hashes.initialize(repeating: 0)
        for (id, hash) in known { hashes[Int(id)] = hash }
    }

    deinit { hashes.deallocate() }

    /// The hash of a type's text.
    @inline(__always)
    func hash(_ type: InternedString, _ engine: KnowledgeEngine) -> UInt64 {
        if Int(type.id) < hashes.count {
            let hash = hashes.baseAddress.unsafelyUnwrapped[Int(type.id)]
            if hash != 0 { return hash }
        }
        return AnswerHash.text(engine.utf8(of: type))
    }
}
