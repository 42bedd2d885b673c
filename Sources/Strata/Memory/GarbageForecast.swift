/// What a write will leave behind for readers, found out before anything has changed.
///
/// It is an upper bound, and exact but for two things: lists that the write both makes and replaces, since it adds
/// several entries to them, are counted with what an allocator may add; and of an area whose last payload goes, all is
/// counted, though the write may put a new one there.
struct GarbageForecast {
    /// A list as it will be.
    private struct List {
        var capacity: Int
        var length: Int
        var live: Int
        /// Whether it is still the one that the record has.
        var isOriginal = true
    }

    /// The payloads of records that will be replaced.
    private(set) var replaced: [PayloadWord] = []
    /// Bytes of what the write makes and replaces itself, at most.
    private(set) var passingBytes = 0
    /// The lists that get entries, by slot and direction.
    private var lists: [UInt64: List] = [:]

    /// Takes note that a row or list will be replaced.
    mutating func replace(_ part: PayloadPart, of record: EntityReference) {
        let word = record.payload(part)
        if word != .none { replaced.append(word) }
    }

    /// Takes note that a relationship will be added to a list.
    mutating func append(to direction: Direction, of record: EntityReference) {
        let key = UInt64(record.slot) << 8 | UInt64(direction.list.rawValue)
        let payload = record.payload(direction.list).payload
        var list =
            lists[key]
            ?? List(capacity: payload?.capacity ?? 0, length: payload?.count ?? 0, live: record.degree(direction))
        list.live += 1
        list.length += 1
        if list.length > list.capacity {
            if list.isOriginal {
                replace(direction.list, of: record)
            } else {
                passingBytes += Payload.byteCount(capacity: list.capacity) * 5 / 4 + 256
            }
            list = List(
                capacity: Payload.capacity(for: list.live, outgrowing: list.capacity), length: list.live,
                live: list.live, isOriginal: false)
        }
        lists[key] = list
    }
}

extension GraphArena {
    /// The most that is retired with one payload that is replaced, whichever it is.
    ///
    /// - Complexity: O(1).
    var largestGarbageBytes: Int { payloads.largestGarbageBytes }

    /// Bytes of tables that are retired when records are put in, at most.
    ///
    /// - Complexity: O(1).
    func tableGarbageBytes(inserting count: Int) -> Int {
        // Slots are taken 64 at a time.
        column.garbageBytes(upTo: Int(slotBound) + count + 64)
    }

    /// Bytes that a write will leave behind, at most: those that will wait for readers, and those that will be dead
    /// among the living.
    ///
    /// - Complexity: O(payloads that it replaces).
    func garbageBytes(of forecast: GarbageForecast) -> Int {
        payloads.garbageBytes(retiring: forecast.replaced) + forecast.passingBytes
    }
}
