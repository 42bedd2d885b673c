/// The bytes of an index of inverted lists: the one place that says how they lie. All numbers are little-endian.
///
/// The header has 128 bytes:
///
/// | offset | type | field |
/// | --- | --- | --- |
/// | 0 | 8 bytes | `STRAIVFL` |
/// | 8 | u32 | version, 1 |
/// | 12 | u32 | zero |
/// | 16 | u32 | metric: 1 squared Euclidean, 2 cosine, 3 inner product |
/// | 20 | u32 | dimensions |
/// | 24 | u32 | vectors |
/// | 28 | u32 | lists |
/// | 32 | u32 | bytes from one vector to the next |
/// | 36 | u32 | rounds of training |
/// | 40 | u32 | sampled vectors a list |
/// | 44 | u32 | vectors that the centroids were trained for |
/// | 48 | u64 | seed |
/// | 56 | 16 bytes | zero |
/// | 72 | u64 | length of the section |
/// | 80 | 32 bytes | zero |
/// | 112 | u64 | XXH3 of all bytes behind the header |
/// | 120 | u64 | XXH3 of the 120 bytes before |
///
/// Then, each from the next multiple of 64 on: the centroids (32-bit floats, without gaps); where each list begins and
/// the last ends (u32 row numbers, one more than lists); the rows' identifiers (u32); the rows' vectors.
struct IVFSectionLayout: Equatable {
    static let magic: UInt64 = 0x4C46_5649_4152_5453
    static let version: UInt32 = 1

    var metric: IndexMetric
    var dimensions: Int
    var count: Int
    var lists: Int
    var stride: Int
    var rounds: Int
    var sampledPerList: Int
    var trainedCount: Int
    var seed: UInt64

    struct Places {
        let centroids: Int
        let offsets: Int
        let ids: Int
        let vectors: Int
        let byteCount: Int
    }

    /// nil when the section would be longer than anything.
    var places: Places? {
        var next = SectionPlaces()
        let places = (
            next.place(lists, of: dimensions * 4), next.place(lists + 1, of: 4), next.place(count, of: 4),
            next.place(count, of: stride)
        )
        guard !next.overflows else { return nil }
        return Places(
            centroids: places.0, offsets: places.1, ids: places.2, vectors: places.3, byteCount: next.end)
    }

    init(_ index: borrowing IVFIndex) {
        metric = index.parameters.metric
        dimensions = index.parameters.dimensions
        count = index.count
        lists = index.parameters.lists
        stride = index.stride
        rounds = index.parameters.rounds
        sampledPerList = index.parameters.sampledPerList
        trainedCount = index.trainedCount
        seed = index.parameters.seed
    }

    var parameters: IVFParameters {
        IVFParameters(
            dimensions: dimensions, metric: metric, lists: lists, rounds: rounds, sampledPerList: sampledPerList,
            seed: seed)
    }

    /// Writes the header; all behind it is written.
    func write(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        SectionBytes.store(Self.magic, base, 0)
        SectionBytes.store(Self.version, base, 8)
        SectionBytes.store(metric.rawValue, base, 16)
        SectionBytes.store(UInt32(dimensions), base, 20)
        SectionBytes.store(UInt32(count), base, 24)
        SectionBytes.store(UInt32(lists), base, 28)
        SectionBytes.store(UInt32(stride), base, 32)
        SectionBytes.store(UInt32(rounds), base, 36)
        SectionBytes.store(UInt32(sampledPerList), base, 40)
        SectionBytes.store(UInt32(clamping: trainedCount), base, 44)
        SectionBytes.store(seed, base, 48)
        SectionBytes.store(UInt64(byteCount), base, 72)
        SectionBytes.sign(base, byteCount: byteCount)
    }

    /// Reads and checks the header.
    ///
    /// - Throws: as ``HNSWSectionLayout``'s.
    init(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let base = try SectionBytes.open(bytes, magic: Self.magic, version: Self.version, name: Self.name)
        func number(_ offset: Int) -> Int { Int(SectionBytes.load(base, offset, as: UInt32.self)) }
        guard number(12) == 0, let metric = IndexMetric(rawValue: UInt32(number(16))) else {
            throw Self.damage("its metric is unknown", 16)
        }
        self.metric = metric
        dimensions = number(20)
        count = number(24)
        lists = number(28)
        stride = number(32)
        rounds = number(36)
        sampledPerList = number(40)
        trainedCount = number(44)
        seed = SectionBytes.load(base, 48, as: UInt64.self)
        do {
            try parameters.check()
        } catch {
            throw Self.damage(error.message, 20)
        }
        guard count <= CandidatePool.nodeLimit, stride >= dimensions * 4, stride % 4 == 0 else {
            throw Self.damage("its counts do not agree", 24)
        }
        guard let places, places.byteCount == bytes.count,
            UInt64(bytes.count) == SectionBytes.load(base, 72, as: UInt64.self)
        else { throw Self.damage("it is not \(bytes.count) bytes long", 72) }
    }

    static let name = "an index of inverted lists"

    static func damage(_ what: String, _ offset: Int) -> StrataError {
        SectionBytes.damage(name, what, offset)
    }
}
