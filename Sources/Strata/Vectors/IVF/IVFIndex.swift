/// An index of inverted lists over vectors that come, change and go (IVF).
///
/// It builds many times faster than a graph, takes less memory, and deletes at once; for the same recall a query compares
/// more vectors. The index keeps the vectors itself, one copy, list by list. Searches take nothing from the allocator
/// once their searcher is warm, and any number of threads may search at once, each with its own searcher. Changes are
/// for one thread at a time, with no search beside them.
///
/// Centroids are trained once, on the vectors that the index is made from; ``isWorthTraining`` tells when others would
/// be better by now.
///
/// Invariants: a list's parts have as many entries each; `places` has, for each vector, list and position; `table` leads
/// from its identifier to its entry in `places`, whose numbers are the same as those of `entryIDs`.
public struct IVFIndex: ~Copyable {
    public let parameters: IVFParameters
    let centroids: Centroids
    let stride: Int

    /// A list's memory.
    struct Part: ~Copyable {
        var ids = IndexArray<UInt32>()
        /// The entry in the index's tables of each vector.
        var entries = IndexArray<UInt32>()
        var vectors = IndexArray<Float>()
    }

    struct Place: BitwiseCopyable {
        var list: UInt32
        var position: UInt32
    }

    let parts: UnsafeMutablePointer<Part>
    /// What searches read of each list; kept as the lists change.
    var views = IndexArray<IVFLists.List>()
    var places = IndexArray<Place>()
    var entryIDs = IndexArray<UInt32>()
    var freeEntries = IndexArray<UInt32>()
    var table = IdentifierTable()
    private var room = IndexArray<Float>()
    private var distances = IndexArray<Float>()

    /// The count of vectors.
    public private(set) var count = 0
    /// Vectors that the centroids were trained for.
    public private(set) var trainedCount: Int
    /// Goes up at each change: an answer found at one version holds for that version only.
    public private(set) var version: UInt64 = 0

    /// Trains centroids on vectors, and makes an index without any.
    ///
    /// - Parameter sample: vectors one after another; at most `sampledPerList` a list are used, evenly spaced.
    /// - Throws: `invalidArgument` when a parameter is out of its range, there is no vector, or one is none of the metric;
    ///   `limitExceeded` when there is no memory.
    public init(_ parameters: IVFParameters, trainedOn sample: Span<Float>) throws(StrataError) {
        try parameters.check()
        let dimensions = parameters.dimensions
        guard sample.count > 0, sample.count % dimensions == 0 else {
            throw StrataError(
                .invalidArgument, "\(sample.count) components are no vectors of \(dimensions) to train on")
        }
        let given = sample.count / dimensions
        let used = min(given, parameters.lists * parameters.sampledPerList)
        var vectors = IndexArray<Float>()
        try vectors.reserve(used * dimensions)
        for index in 0..<used {
            let from = given * index / used * dimensions
            try IndexVector.copy(
                sample.extracting(from..<from + dimensions), dimensions: dimensions, metric: parameters.metric,
                to: vectors.base + index * dimensions)
        }
        let centroids = try Centroids(
            parameters, sample: vectors.base, sampleStride: dimensions, sampleCount: used)
        try self.init(parameters, centroids, trainedCount: given)
    }

    /// An index without vectors.
    init(_ parameters: IVFParameters, _ centroids: consuming Centroids, trainedCount: Int) throws(StrataError) {
        self.parameters = parameters
        self.centroids = centroids
        self.trainedCount = trainedCount
        stride = (parameters.dimensions * 4 + 15) & ~15
        parts = .allocate(capacity: parameters.lists)
        for list in 0..<parameters.lists { (parts + list).initialize(to: Part()) }
        try views.reserve(parameters.lists)
        for list in 0..<parameters.lists { views.append(Self.view(of: parts[list])) }
        try room.reserve(stride / 4)
        room.append(repeating: 0, count: stride / 4)
        try distances.reserve(parameters.lists)
    }

    deinit {
        parts.deinitialize(count: parameters.lists)
        parts.deallocate()
    }

    var floatsPerRow: Int { stride / 4 }

    private static func view(of part: borrowing Part) -> IVFLists.List {
        IVFLists.List(ids: part.ids.base, vectors: UnsafeRawPointer(part.vectors.base), count: part.ids.count)
    }

    /// Whether the index has grown to four times what its centroids were trained for: lists are long then, and new
    /// centroids, in a new index, would save comparisons.
    public var isWorthTraining: Bool { count > 4 * max(trainedCount, parameters.lists) }

    /// Bytes held from the process's allocator.
    public var reservedBytes: Int {
        var bytes =
            centroids.values.reservedBytes + views.reservedBytes + places.reservedBytes + entryIDs.reservedBytes
            + freeEntries.reservedBytes + table.reservedBytes + room.reservedBytes + distances.reservedBytes
            + parameters.lists * MemoryLayout<Part>.stride
        for list in 0..<parameters.lists {
            bytes +=
                parts[list].ids.reservedBytes + parts[list].entries.reservedBytes + parts[list].vectors.reservedBytes
        }
        return bytes
    }

    /// Whether there is a vector of this identifier.
    public func contains(_ id: UInt32) -> Bool { table.row(of: id, ids: entryIDs.base) != nil }

    /// Inserts a vector under a new identifier.
    ///
    /// - Throws: `alreadyExists` when there is a vector of this identifier; `invalidArgument` when the vector is none of
    ///   the metric; `limitExceeded` when there is no memory. The index is as before then.
    /// - Complexity: O(lists * dimensions).
    public mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) {
        guard !contains(id) else {
            throw StrataError(
                .alreadyExists, "the index has a vector of identifier \(id)", remedy: "update or remove it")
        }
        try IndexVector.copy(
            vector, dimensions: parameters.dimensions, metric: parameters.metric, to: room.base)
        let list = try centroids.nearest(to: room.base, &distances)
        try place(id, in: list)
    }

    /// Puts a vector that was stored into the list that it was stored in.
    mutating func take(_ vector: UnsafePointer<Float>, id: UInt32, list: Int) throws(StrataError) {
        guard !contains(id) else { throw IVFSectionLayout.damage("identifier \(id) is there twice", 0) }
        do {
            try IndexVector.check(vector, dimensions: parameters.dimensions, metric: parameters.metric)
        } catch {
            throw IVFSectionLayout.damage("the vector of identifier \(id) is none of its metric", 0)
        }
        room.base.update(from: vector, count: parameters.dimensions)
        try place(id, in: list)
    }

    /// Puts the vector in ``room`` at the end of a list.
    private mutating func place(_ id: UInt32, in list: Int) throws(StrataError) {
        guard count < CandidatePool.nodeLimit else {
            throw StrataError(.limitExceeded, "an index holds at most \(CandidatePool.nodeLimit) vectors")
        }
        try parts[list].ids.reserveMore(1)
        try parts[list].entries.reserveMore(1)
        try parts[list].vectors.reserveMore(floatsPerRow)
        views[list] = Self.view(of: parts[list])
        try entryIDs.reserveMore(1)
        try places.reserveMore(1)
        try table.reserve(count + 1, ids: entryIDs.base)
        let place = Place(list: UInt32(list), position: UInt32(parts[list].ids.count))
        let entry: UInt32
        if let reused = freeEntries.popLast() {
            entry = reused
            entryIDs[Int(entry)] = id
            places[Int(entry)] = place
        } else {
            entry = UInt32(entryIDs.count)
            entryIDs.append(id)
            places.append(place)
        }
        parts[list].ids.append(id)
        parts[list].entries.append(entry)
        parts[list].vectors.append(copying: room.base, count: floatsPerRow)
        views[list] = Self.view(of: parts[list])
        table.insert(entry, ids: entryIDs.base)
        count += 1
        version += 1
    }

    /// Inserts many vectors, one after another in `vectors`.
    ///
    /// - Throws: as ``insert(_:id:)``; the vectors in front of the one that is refused are in.
    public mutating func insert(_ vectors: Span<Float>, ids: Span<UInt32>) throws(StrataError) {
        let dimensions = parameters.dimensions
        guard vectors.count == ids.count * dimensions else {
            throw StrataError(
                .invalidArgument,
                "\(vectors.count) components are not \(ids.count) vectors of \(dimensions) components")
        }
        for index in 0..<ids.count {
            try insert(vectors.extracting(index * dimensions..<(index + 1) * dimensions), id: ids[index])
        }
    }

    /// Gives an identifier another vector.
    ///
    /// - Throws: `notFound` when there is no vector of this identifier; otherwise as ``insert(_:id:)``, and the index is
    ///   as before then.
    public mutating func update(_ vector: Span<Float>, id: UInt32) throws(StrataError) {
        guard contains(id) else {
            throw StrataError(.notFound, "the index has no vector of identifier \(id)", remedy: "insert it")
        }
        try IndexVector.copy(
            vector, dimensions: parameters.dimensions, metric: parameters.metric, to: room.base)
        let list = try centroids.nearest(to: room.base, &distances)
        // What could fail below is done before anything goes.
        try freeEntries.reserveMore(1)
        try parts[list].ids.reserveMore(1)
        try parts[list].entries.reserveMore(1)
        try parts[list].vectors.reserveMore(floatsPerRow)
        views[list] = Self.view(of: parts[list])
        try remove(id)
        try place(id, in: list)
    }

    /// Takes the vector of an identifier out: its place is taken by the last of its list.
    ///
    /// - Throws: `notFound` when there is none; `limitExceeded` when there is no memory for the place's number.
    /// - Complexity: O(dimensions).
    public mutating func remove(_ id: UInt32) throws(StrataError) {
        try freeEntries.reserveMore(1)
        guard let entry = table.remove(id, ids: entryIDs.base) else {
            throw StrataError(.notFound, "the index has no vector of identifier \(id)")
        }
        let (list, position) = (Int(places[Int(entry)].list), Int(places[Int(entry)].position))
        let last = parts[list].ids.count - 1
        if position < last {
            parts[list].ids[position] = parts[list].ids[last]
            parts[list].entries[position] = parts[list].entries[last]
            (parts[list].vectors.base + position * floatsPerRow)
                .update(from: parts[list].vectors.base + last * floatsPerRow, count: floatsPerRow)
            places[Int(parts[list].entries[position])].position = UInt32(position)
        }
        parts[list].ids.truncate(to: last)
        parts[list].entries.truncate(to: last)
        parts[list].vectors.truncate(to: last * floatsPerRow)
        views[list] = Self.view(of: parts[list])
        freeEntries.append(entry)
        count -= 1
        version += 1
    }

    /// What searches read.
    var lists: IVFLists {
        IVFLists(
            centroids: IndexRows(
                base: UnsafeRawPointer(centroids.values.base), stride: centroids.stride,
                dimensions: parameters.dimensions, metric: parameters.metric),
            lists: views.base, listCount: parameters.lists, count: count, stride: stride)
    }

    /// The nearest vectors to `query` in the lists of the `breadth` nearest centroids, in `searcher.matches`.
    ///
    /// - Returns: how the answer was found, and why so. With as many lists as there are it is exact.
    /// - Throws: `invalidArgument` when the query or the limits are none; `limitExceeded` when the searcher cannot grow.
    /// - Complexity: O((lists + vectors in the lists read) * dimensions).
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try lists.answer(query, asked, filter: nil, using: &searcher)
    }

    /// The same among those whose identifiers are in `filter`.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), where filter: borrowing IdentifierBitmap,
        using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try lists.answer(query, asked, filter: filter.view, using: &searcher)
    }

    /// The nearest vectors by comparison with all: what recall is measured against.
    public func searchExactly(
        _ query: Span<Float>, limit: Int = 10, using searcher: inout IndexSearcher
    ) throws(StrataError) {
        _ = try lists.answer(
            query, IndexQuery(limit: limit, breadth: IndexQuery.largest), filter: nil, using: &searcher)
    }
}
