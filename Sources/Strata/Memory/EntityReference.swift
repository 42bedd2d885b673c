public import Synchronization

/// The record of an entity in a ``GraphArena``, in place: the part at hand and the part with its payloads.
///
/// Every word is one atomic load or store: one writer changes records while readers look at them. `isPresent` is
/// published with a release when all of an inserted entity is in place, and read with acquire before anything that it
/// vouches for. The words of payloads are exchanged with a release and loaded with acquire; what they led to before is
/// retired afterwards (see ``EntityIndex``).
///
/// Invariant: used only while the record is in its arena, or while a pin is held that began when it was.
@frozen @usableFromInline
struct EntityReference: BitwiseCopyable {
    @usableFromInline let slot: UInt32
    @usableFromInline let record: UnsafeMutableRawPointer
    @usableFromInline let payloads: UnsafeMutableRawPointer?

    @inlinable @inline(__always)
    init(_ slot: UInt32, _ record: UnsafeMutableRawPointer, _ payloads: UnsafeMutablePointer<EntityPayloads>?) {
        self.slot = slot
        self.record = record
        self.payloads = UnsafeMutableRawPointer(payloads)
    }

    // MARK: At hand

    var id: UInt32 { word(0).pointee.load(ordering: .relaxed) }

    var type: InternedString {
        get { InternedString(id: word(4).pointee.load(ordering: .relaxed)) }
        nonmutating set { word(4).pointee.store(newValue.id, ordering: .relaxed) }
    }

    var embeddingRow: UInt32 {
        get { word(8).pointee.load(ordering: .relaxed) }
        nonmutating set { word(8).pointee.store(newValue, ordering: .relaxed) }
    }

    var degree: Int { Int(word(12).pointee.load(ordering: .relaxed)) }

    var propertyCount: Int { Int(word(16).pointee.load(ordering: .relaxed) >> 8) }

    /// Whether the entity was inserted, and is not being deleted.
    @inlinable var isPresent: Bool {
        word(16).pointee.load(ordering: .acquiring) & EntityData.Flags.present.rawValue != 0
    }

    /// The part at hand; nil unless the entity is present.
    @inline(__always)
    var data: EntityData? { Self.data(at: record) }

    /// The part at hand of a record; nil unless the entity is present.
    @inlinable @inline(__always)
    static func data(at record: UnsafeMutableRawPointer) -> EntityData? {
        let attributes = (record + 16).shared(UInt32.self).pointee.load(ordering: .acquiring)
        guard attributes & EntityData.Flags.present.rawValue != 0 else { return nil }
        var data = EntityData(
            id: record.shared(UInt32.self).pointee.load(ordering: .relaxed),
            type: InternedString(id: (record + 4).shared(UInt32.self).pointee.load(ordering: .relaxed)))
        data.embeddingRow = (record + 8).shared(UInt32.self).pointee.load(ordering: .relaxed)
        data.outgoingCount = (record + 12).shared(UInt32.self).pointee.load(ordering: .relaxed)
        data.attributes = attributes
        return data
    }

    /// Makes an entity present whose every other part is in place.
    func publish(propertyCount: Int) {
        word(16).pointee.store(
            EntityData.Flags.present.rawValue | UInt32(propertyCount) << 8, ordering: .releasing)
    }

    /// Lets the entity be gone for readers that come from now on.
    func unpublish() { word(16).pointee.store(0, ordering: .releasing) }

    /// Changes the number of properties, and nothing else of the word it is in.
    func setPropertyCount(_ count: Int) {
        let old = word(16).pointee.load(ordering: .relaxed)
        let new = old & 0xFF | UInt32(count) << 8
        // Readers keep the line in their caches as long as nobody writes to it.
        if new != old { word(16).pointee.store(new, ordering: .releasing) }
    }

    /// A word of the part at hand, by its offset in bytes: id 0, type 4, embedding row 8, degree 12, attributes 16.
    @inlinable @inline(__always)
    func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> { (record + offset).shared(UInt32.self) }

    // MARK: Apart

    /// The id of the external name, or `EntityData.none`.
    var name: UInt32 {
        get { payloads.map { ($0 + 24).shared(UInt32.self).pointee.load(ordering: .relaxed) } ?? EntityData.none }
        nonmutating set { (payloads! + 24).shared(UInt32.self).pointee.store(newValue, ordering: .relaxed) }
    }

    var incomingDegree: Int {
        payloads.map { Int(($0 + 28).shared(UInt32.self).pointee.load(ordering: .relaxed)) } ?? 0
    }

    /// The number of relationships in a direction, holes not counted.
    func degree(_ direction: Direction) -> Int { direction == .outgoing ? degree : incomingDegree }

    func setDegree(_ direction: Direction, _ count: Int) {
        switch direction {
        case .outgoing: word(12).pointee.store(UInt32(count), ordering: .relaxed)
        case .incoming: (payloads! + 28).shared(UInt32.self).pointee.store(UInt32(count), ordering: .relaxed)
        }
    }

    /// The row or a list, as a word.
    @inlinable @inline(__always)
    func payload(_ part: PayloadPart) -> PayloadWord {
        guard let payloads else { return .none }
        return PayloadWord(
            rawValue: (payloads + part.rawValue).shared(UInt64.self).pointee.load(ordering: .acquiring))
    }

    /// Puts a row or list in place of another.
    ///
    /// - Returns: the other, which new readers do not find any more.
    func exchange(_ part: PayloadPart, _ new: PayloadWord) -> PayloadWord {
        PayloadWord(
            rawValue: (payloads! + part.rawValue).shared(UInt64.self).pointee
                .exchange(new.rawValue, ordering: .releasing))
    }

    // MARK: What the payloads hold

    /// The properties in place, until the entity changes. For the writer's own thread.
    var propertyBuffer: UnsafeBufferPointer<InternedProperty> {
        guard let row = payload(.properties).payload else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: row.entries(of: InternedProperty.self), count: row.count)
    }

    /// Calls `body` with each relationship that is in the list when it starts, and is still there when it comes to it.
    @inlinable @inline(__always)
    func forEachRelationship(_ direction: Direction, _ body: (Relationship) -> Void) {
        guard let list = payload(direction.list).payload else { return }
        for index in 0..<list.count {
            let word = list[word: index]
            if word != Relationship.hole { body(Relationship(word: word)) }
        }
    }
}

/// A payload of a record, by the offset of its word.
@frozen @usableFromInline
enum PayloadPart: Int, CaseIterable {
    case properties = 0
    case outgoing = 8
    case incoming = 16
}

extension Direction {
    @inlinable @inline(__always)
    var list: PayloadPart { self == .outgoing ? .outgoing : .incoming }
}
