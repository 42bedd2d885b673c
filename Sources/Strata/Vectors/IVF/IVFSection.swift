/// An index of inverted lists in the bytes of a snapshot or file, searched where they lie.
///
/// Opening checks the header and where each list begins, and takes O(lists). What is behind it is checked by whoever maps
/// it or by ``verify()``; without either, damage can make an answer poor, but nothing outside is read.
///
/// The bytes must be aligned to 16, as mapped sections are. Any number of threads may search at once, each with its own
/// searcher.
public struct IVFSection: ~Copyable, ~Escapable {
    let layout: IVFSectionLayout
    private let base: UnsafeRawPointer
    private let byteCount: Int
    private let places: IVFSectionLayout.Places
    private let views: IndexArray<IVFLists.List>

    /// - Throws: `unsupportedFormat` when the bytes are no such index or of another version, `corrupted` when the header
    ///   or the places of the lists are damaged, or the bytes are cut short, `invalidArgument` when they are not aligned,
    ///   `limitExceeded` when there is no memory for the lists' places.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) throws(StrataError) {
        let buffer = bytes.withUnsafeBytes { $0 }
        let layout = try IVFSectionLayout(buffer)
        guard let places = layout.places, let base = buffer.baseAddress else {
            throw IVFSectionLayout.damage("it has no length", 72)
        }
        let views = try Self.views(layout, places, base)
        self.layout = layout
        self.places = places
        self.base = base
        byteCount = buffer.count
        self.views = views
    }

    private static func views(
        _ layout: IVFSectionLayout, _ places: IVFSectionLayout.Places, _ base: UnsafeRawPointer
    ) throws(StrataError) -> IndexArray<IVFLists.List> {
        var views = IndexArray<IVFLists.List>()
        try views.reserve(layout.lists)
        func offset(_ list: Int) -> Int { Int(SectionBytes.load(base, places.offsets + list * 4, as: UInt32.self)) }
        guard offset(0) == 0, offset(layout.lists) == layout.count else {
            throw IVFSectionLayout.damage("its lists are not all of its vectors", places.offsets)
        }
        for list in 0..<layout.lists {
            let (start, end) = (offset(list), offset(list + 1))
            guard start <= end, end <= layout.count else {
                throw IVFSectionLayout.damage("list \(list) ends before it begins", places.offsets + list * 4)
            }
            views.append(
                IVFLists.List(
                    ids: (base + places.ids + start * 4).assumingMemoryBound(to: UInt32.self),
                    vectors: base + places.vectors + start * layout.stride, count: end - start))
        }
        return views
    }

    public var parameters: IVFParameters { layout.parameters }
    /// The count of vectors.
    public var count: Int { layout.count }

    var lists: IVFLists {
        IVFLists(
            centroids: IndexRows(
                base: base + places.centroids, stride: layout.dimensions * 4, dimensions: layout.dimensions,
                metric: layout.metric),
            lists: views.base, listCount: layout.lists, count: layout.count, stride: layout.stride)
    }

    /// As ``IVFIndex/search(_:_:using:)``.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try lists.answer(query, asked, filter: nil, using: &searcher)
    }

    /// As ``IVFIndex/search(_:_:where:using:)``.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), where filter: borrowing IdentifierBitmap,
        using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try lists.answer(query, asked, filter: filter.view, using: &searcher)
    }

    /// Checks every byte against the section's checksum.
    ///
    /// - Throws: `corrupted`.
    /// - Complexity: O(bytes).
    public func verify() throws(StrataError) {
        try SectionBytes.verify(base, byteCount: byteCount, name: IVFSectionLayout.name)
    }
}
