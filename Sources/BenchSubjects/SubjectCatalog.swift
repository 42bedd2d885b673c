public import BenchDriver
import Strata

/// The subjects that this build can measure, by name.
public struct SubjectCatalog: SubjectFactory {
    public init() {}

    public var names: [String] {
        [
            "strata", "standard", "null", "bump-arena", "raw-pointer", "size-class-pool", "malloc", "slot-map",
            "vector", "epochs",
            "plain-pointer", "interner", "interner-batch", "shared-interner", "shared-interner-batch", "interner-peer",
            "string-dictionary", "exact-search", "quantized-search", "naive-search", "hnsw", "ivf",
        ]
    }

    /// What each subject is, for people.
    public func title(_ name: String) -> String {
        switch name {
        case "strata": "the storage stack"
        case "standard": "a Swift dictionary of objects: what one writes first"
        case "bump-arena": "records of 48 bytes in a bump arena"
        case "raw-pointer": "the floor under bump-arena: a pointer that moves through a block"
        case "size-class-pool": "a pool of size classes with a heap for each thread"
        case "malloc": "the process's allocator by itself"
        case "slot-map": "records of 48 bytes in a slot map"
        case "vector": "the floor under slot-map: an array indexed by row"
        case "epochs": "readers that pin an epoch beside a writer that retires"
        case "plain-pointer": "the floor under the reads of epochs: a pointer that nothing guards"
        case "interner": "a string interner for one thread, string by string"
        case "interner-batch": "a string interner for one thread, many strings a call"
        case "shared-interner": "a string interner for many threads, string by string"
        case "shared-interner-batch": "a string interner for many threads, many strings a call"
        case "interner-peer": "a hash table of numbers over one buffer of texts: the strong rival on one thread"
        case "string-dictionary": "a Swift dictionary and an array of strings: what one writes first"
        case "exact-search": "all vectors compared, by the stack's kernels"
        case "quantized-search": "all vectors compared as bytes first, and exactly where that leaves a doubt"
        case "naive-search": "all vectors compared, by the loop that one writes first"
        case "hnsw": "vectors in a graph of neighbours"
        case "ivf": "vectors in inverted lists"
        default: "does nothing: the harness's own cost"
        }
    }

    /// The allocation strategies that a subject knows; `direct` stands for "whatever the subject does".
    public func strategies(_ name: String) -> [String] {
        name == "strata" ? AllocationStrategy.allCases.map(\.rawValue) : ["direct"]
    }

    public func make(_ name: String, _ context: SubjectContext) throws(SubjectError) -> any Subject {
        switch name {
        case "strata": return try StrataSubject(context)
        case "standard": return StandardSubject(context)
        case "null": return NullSubject(context)
        case "bump-arena": return try BumpArenaSubject(context)
        case "raw-pointer": return try RawPointerSubject(context)
        case "size-class-pool": return try AllocatorSubject(context, source: .pool(SizeClassPool()))
        case "malloc": return try AllocatorSubject(context, source: .allocator)
        case "slot-map": return try SlotMapSubject(context)
        case "vector": return try VectorSubject(context)
        case "epochs": return try EpochSubject(context)
        case "plain-pointer": return PlainPointerSubject(context)
        case "interner": return try InternerSubject(context)
        case "interner-batch": return try InternerBatchSubject(context)
        case "shared-interner": return try SharedInternerSubject(context)
        case "shared-interner-batch": return try SharedInternerBatchSubject(context)
        case "interner-peer": return try HashArenaSubject(context)
        case "string-dictionary": return try DictionaryStringsSubject(context)
        case "exact-search": return try ExactSearchSubject(context)
        case "quantized-search": return try QuantizedSearchSubject(context)
        case "naive-search": return try NaiveSearchSubject(context)
        case "hnsw": return try HNSWSubject(context)
        case "ivf": return try IVFSubject(context)
        default:
            throw SubjectError("there is no subject '\(name)'; there are \(names.joined(separator: ", "))")
        }
    }
}
