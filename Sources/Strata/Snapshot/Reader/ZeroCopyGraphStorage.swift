/// Where each section of a mapped snapshot lies: checked to be inside the file, aligned, and of the right length.
///
/// What is *in* a section is not checked here. Every access first touches the blocks it reads, which checks their
/// bytes once, and then checks each value that it uses as an index. The ``Snapshot`` that holds the storage keeps the
/// mapping alive.
@frozen
public struct ZeroCopyGraphStorage: ~Copyable, @unchecked Sendable {
    // Unchecked: the pointers lead to bytes that are only read.

    /// One pointer, so that a snapshot is passed in two registers and never copied as a whole.
    @usableFromInline let places: UnsafeMutablePointer<Places>

    /// What the storage owns.
    @frozen
    @usableFromInline
    struct Places: ~Copyable {
        /// The first, so that its address is that of all.
        @usableFromInline let sections: SnapshotSections
        @usableFromInline let blocks: BlockVerification
        @usableFromInline let symbols: StringSymbols
    }

    init(_ layout: SnapshotLayout) {
        places = .allocate(capacity: 1)
        places.initialize(
            to: Places(
                sections: SnapshotSections(layout),
                blocks: BlockVerification(
                    base: layout.base, tree: layout.tree, checksumsStart: Int(layout.section(.checksums).offset),
                    path: layout.path),
                symbols: StringSymbols()))
    }

    deinit {
        places.deinitialize(count: 1)
        places.deallocate()
    }

    /// The counts and the places of the sections, which live as long as the storage.
    @inlinable
    @inline(__always)
    var sections: UnsafePointer<SnapshotSections> {
        UnsafeRawPointer(places).assumingMemoryBound(to: SnapshotSections.self)
    }

    /// The file's path.
    @usableFromInline var path: String { places.pointee.blocks.path }

    @inlinable
    public var entityCount: Int { sections.pointee.entityCount }
    /// Each relationship counted once.
    @inlinable
    public var relationshipCount: Int { sections.pointee.relationshipCount }
    @inlinable
    public var stringCount: Int { sections.pointee.stringCount }
    /// The pairs of key and value over all entities.
    @inlinable
    public var propertyCount: Int { sections.pointee.propertyCount }
    /// The distinct pairs of key and value.
    @inlinable
    public var distinctPropertyCount: Int { sections.pointee.distinctPropertyCount }
    @inlinable
    public var entityTypeCount: Int { sections.pointee.entityTypeCount }
    @inlinable
    public var relationshipTypeCount: Int { sections.pointee.relationshipTypeCount }
    /// The entities with a name.
    @inlinable
    public var namedCount: Int { sections.pointee.namedCount }
    /// The entities with an embedding, each with its row.
    @inlinable
    public var embeddingCount: Int { sections.pointee.embeddingCount }
    /// The numbers in an embedding.
    @inlinable
    public var embeddingDimensions: Int { sections.pointee.embeddingDimensions }
    /// Whether the id of every entity is its position.
    @inlinable
    public var hasDenseIDs: Bool { sections.pointee.hasDenseIDs }
    /// The file's length.
    @inlinable
    public var byteCount: Int { sections.pointee.byteCount }

    // MARK: - Checked reads

    /// One element of a section, its block checked. `index` is inside the section.
    @inlinable
    @inline(__always)
    func read<Element: BitwiseCopyable>(
        _ section: UnsafePointer<Element>, _ index: Int
    ) throws(StrataError) -> Element {
        try places.pointee.blocks.touch(UnsafeRawPointer(section + index), MemoryLayout<Element>.size)
        return section[index]
    }

    /// Makes sure that elements of a section may be trusted. The range is inside the section.
    @inlinable
    @inline(__always)
    func touch<Element: BitwiseCopyable>(
        _ section: UnsafePointer<Element>, _ range: Range<Int>
    ) throws(StrataError) {
        if range.isEmpty { return }
        try places.pointee.blocks.touch(
            UnsafeRawPointer(section + range.lowerBound), range.count &* MemoryLayout<Element>.stride)
    }

    /// Makes sure that numbers of a section may be trusted. The range is inside the section.
    @inlinable
    @inline(__always)
    func touch(_ numbers: NumberColumn, _ range: Range<Int>) throws(StrataError) {
        if range.isEmpty { return }
        try places.pointee.blocks.touch(numbers.place(range.lowerBound), range.count &* numbers.stride)
    }

    /// Elements `offsets[index]..<offsets[index + 1]`, checked to be in order and at most `count`.
    @inlinable
    @inline(__always)
    func range(
        _ offsets: NumberColumn, _ index: Int, of count: Int
    ) throws(StrataError) -> Range<Int> {
        let place = offsets.place(index)
        try places.pointee.blocks.touch(place, 2 &* offsets.stride)
        let (start, end) = (offsets[index], offsets[index + 1])
        guard start <= end, end <= UInt64(count) else { throw offsetsLeadOut(place, start, end, count) }
        return Int(start)..<Int(end)
    }

    /// Makes sure that a caller's position is one of an entity.
    @inlinable
    @inline(__always)
    func requirePosition(_ position: Int) throws(StrataError) {
        guard UInt(bitPattern: position) < UInt(bitPattern: entityCount) else {
            throw outOfRange("position", position, entityCount)
        }
    }

    @usableFromInline
    @inline(never)
    func outOfRange(_ what: String, _ value: Int, _ count: Int) -> StrataError {
        StrataError(
            .invalidArgument, "there is no \(what) \(value): the snapshot has \(count)", path: path,
            remedy: count > 0 ? "use a number from 0 to \(count - 1)" : nil)
    }

    @usableFromInline
    @inline(never)
    func offsetsLeadOut(_ place: UnsafeRawPointer, _ start: UInt64, _ end: UInt64, _ count: Int) -> StrataError {
        damage(at: place, "offsets \(start) and \(end) lead out of \(count) elements")
    }

    /// A value in the file that contradicts the rest of it.
    @usableFromInline
    @inline(never)
    func damage(at place: UnsafeRawPointer, _ what: @autoclosure () -> String) -> StrataError {
        .damagedSnapshot(what(), path: path, offset: place - places.pointee.blocks.base)
    }

    /// The value of a field that did not fit the entity's record. O(log n) in the count of such values.
    @usableFromInline
    @inline(never)
    func wideValue(_ position: Int, _ field: UInt32, atMost maximum: Int) throws(StrataError) -> Int {
        let wanted = WideEntry.order(UInt32(position), field)
        var (low, high) = (0, sections.pointee.wideCount)
        while low < high {
            let middle = low + (high - low) / 2
            let entry = try read(sections.pointee.wide, middle)
            let order = WideEntry.order(entry.position, entry.field)
            if order == wanted {
                guard entry.value <= UInt64(maximum) else {
                    throw damage(at: sections.pointee.wide + middle, "the wide value \(entry.value) is over \(maximum)")
                }
                return Int(entry.value)
            }
            if order < wanted { low = middle + 1 } else { high = middle }
        }
        throw damage(
            at: sections.pointee.entities + position,
            "field \(field) of the entity at position \(position) is not in the wide table")
    }
}
