import Glibc
import Synchronization

/// Several threads that link rows into one graph.
///
/// Vocabulary: a row is linked by the thread that drew its number from `next`. A node's list is read and written under its
/// lock. The entry is read and changed under `gate`; a row that goes above the highest level is linked while the gate is
/// held, so that nobody begins at a node without links.
final class HNSWCrew: @unchecked Sendable {
    // Unchecked: what the linker points to is written under the locks, or before the threads start; `places` and the
    // vectors only before.

    struct Place: BitwiseCopyable {
        var row: UInt32
        var slot: UInt32
        var level: Int
    }

    private let linker: HNSWLinker
    private let places: UnsafePointer<Place>
    private let count: Int
    private let room: Int
    private let rowCapacity: Int
    private let locks: SpinLocks
    private let next = Atomic<Int>(0)
    /// 1 while a thread reads or changes the entry.
    private let gate = Atomic<UInt8>(0)
    private(set) var entry: HNSWEntry

    /// - Parameters:
    ///   - places: `count` rows to be linked, valid until ``run(threads:using:)`` returns.
    init(
        _ linker: HNSWLinker, _ places: UnsafePointer<Place>, _ count: Int, room: Int, rowCapacity: Int,
        entry: HNSWEntry
    ) throws(StrataError) {
        locks = try SpinLocks()
        self.linker = linker
        self.places = places
        self.count = count
        self.room = room
        self.rowCapacity = rowCapacity
        self.entry = entry
    }

    deinit { locks.deallocate() }

    /// Links all rows, on the calling thread and others.
    ///
    /// - Throws: `limitExceeded` when a thread has no memory to work in; rows that are not linked have empty lists.
    func run(threads: Int, using scratch: inout HNSWScratch) throws(StrataError) {
        var others: [pthread_t] = []
        for _ in 1..<max(threads, 1) {
            var handle = pthread_t()
            let argument = Unmanaged.passRetained(self)
            let code = pthread_create(
                &handle, nil,
                { argument in
                    let crew = Unmanaged<HNSWCrew>.fromOpaque(argument!).takeRetainedValue()
                    var scratch = HNSWScratch()
                    // Without memory the others do its part.
                    try? crew.link(using: &scratch)
                    return nil
                }, argument.toOpaque())
            guard code == 0 else {
                // Then those that are there do it.
                argument.release()
                break
            }
            others.append(handle)
        }
        defer { for other in others { pthread_join(other, nil) } }
        try link(using: &scratch)
    }

    private func link(using scratch: inout HNSWScratch) throws(StrataError) {
        try scratch.reserve(rows: rowCapacity, breadth: linker.breadth, room: room, width: linker.graph.width)
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let place = places[index]
            close()
            let start = entry
            let isHighest = place.level > start.level
            if !isHighest { open() }
            defer {
                if isHighest {
                    entry = HNSWEntry(level: place.level, slot: place.slot, row: place.row)
                    open()
                }
            }
            if let states = linker.graph.states {
                try linker.link(
                    place.row, slot: place.slot, level: place.level, from: start, accepting: LiveRows(states: states),
                    room: room, locks: locks, using: &scratch)
            } else {
                try linker.link(
                    place.row, slot: place.slot, level: place.level, from: start, accepting: Unfiltered(), room: room,
                    locks: locks, using: &scratch)
            }
        }
    }

    private func close() {
        var turns = 0
        while gate.exchange(1, ordering: .acquiring) != 0 {
            turns += 1
            if turns % 64 == 0 { sched_yield() }
        }
    }

    private func open() { gate.store(0, ordering: .releasing) }
}
