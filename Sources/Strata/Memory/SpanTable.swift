/// The spans of a ``SlabDepot``, and which of their slabs are empty.
///
/// Invariants: `spans` is sorted by address; each slab of a span is in use, in `resident` or in `vacant`.
struct SpanTable: ~Copyable {
    struct Span {
        let base: UInt
        let kind: SlabGeometry.Kind
        /// Slabs of the span that are in `vacant`.
        var vacantSlabs: Int
    }

    private(set) var spans: [Span] = []
    /// Empty slabs that still have their header and pages, the one that was empty longest first.
    private var resident: [PoolSlab] = []
    /// The bytes of the resident slabs' pages.
    private(set) var residentBytes = 0
    /// The addresses of slabs without pages, for each kind.
    private var vacant: [[UInt]] = Array(repeating: [], count: SlabGeometry.Kind.allCases.count)

    /// Adds a span of which every slab is vacant.
    mutating func add(_ base: UInt, _ kind: SlabGeometry.Kind) {
        let slabs = SlabDepot.spanBytes / kind.slabBytes
        spans.insert(Span(base: base, kind: kind, vacantSlabs: slabs), at: place(of: base))
        // The lowest is taken first.
        vacant[kind.rawValue].append(contentsOf: (0..<slabs).reversed().map { base + UInt($0 * kind.slabBytes) })
    }

    /// The resident slab that was in use last.
    mutating func takeResident(_ kind: SlabGeometry.Kind, pageShift: Int) -> PoolSlab? {
        guard let place = resident.lastIndex(where: { $0.geometry.kind == kind }) else { return nil }
        let slab = resident.remove(at: place)
        residentBytes -= slab.header.pointee.committedPages.nonzeroBitCount << pageShift
        return slab
    }

    /// The resident slab that has been empty longest; its pages are about to go.
    mutating func takeOldestResident(pageShift: Int) -> PoolSlab? {
        guard !resident.isEmpty else { return nil }
        let slab = resident.removeFirst()
        residentBytes -= slab.header.pointee.committedPages.nonzeroBitCount << pageShift
        return slab
    }

    /// Keeps an empty slab with its pages.
    mutating func addResident(_ slab: PoolSlab, pageShift: Int) {
        resident.append(slab)
        residentBytes += slab.header.pointee.committedPages.nonzeroBitCount << pageShift
    }

    mutating func takeVacant(_ kind: SlabGeometry.Kind) -> UInt? {
        guard let slab = vacant[kind.rawValue].popLast() else { return nil }
        spans[index(of: slab)!].vacantSlabs -= 1
        return slab
    }

    /// Keeps the address of a slab whose pages are gone.
    ///
    /// - Returns: the span to free, when all of it is vacant now.
    mutating func addVacant(_ slab: UInt) -> UInt? {
        let place = index(of: slab)!
        let span = spans[place]
        vacant[span.kind.rawValue].append(slab)
        spans[place].vacantSlabs += 1
        guard spans[place].vacantSlabs == SlabDepot.spanBytes / span.kind.slabBytes else { return nil }
        spans.remove(at: place)
        vacant[span.kind.rawValue].removeAll { $0 & ~UInt(SlabDepot.spanBytes - 1) == span.base }
        return span.base
    }

    /// The number of the span that an address lies in.
    func index(of address: UInt) -> Int? {
        let base = address & ~UInt(SlabDepot.spanBytes - 1)
        let place = place(of: base)
        return place < spans.count && spans[place].base == base ? place : nil
    }

    /// The number of the first span that does not lie before an address.
    private func place(of base: UInt) -> Int {
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].base < base { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
