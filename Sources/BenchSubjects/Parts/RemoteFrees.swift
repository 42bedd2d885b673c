import BenchDriver
import Synchronization

/// What threads hand to one another to be given back: a ring for each thread, which fills it; the next thread empties
/// it.
///
/// A thread's turn to empty comes with its own operations, so that memory which one thread took goes back on another
/// while both work. What does not fit is the filler's own to give back. The rings lie in shared memory, which does not
/// count as the subject's.
///
/// Invariant: in each ring the entries from `tail` to `head` are filled. Its `head` and entries are written by the
/// filling thread alone, its `tail` by the emptying one.
struct RemoteFrees: ~Copyable, @unchecked Sendable {
    /// An allocation that waits.
    struct Entry: BitwiseCopyable {
        var address: UInt
        var byteCount: Int
    }

    /// Entries of a ring.
    static var capacity: Int { 4_096 }
    /// Two cache lines: head and tail, which different threads write, are that far apart.
    private static var lineBytes: Int { 128 }
    private static var ringBytes: Int { 2 * lineBytes + capacity * MemoryLayout<Entry>.stride }

    private let memory: SharedTable<UInt8>
    private let threads: Int

    init(threads: Int) throws(SubjectError) {
        self.threads = threads
        memory = try SharedTable(count: threads * Self.ringBytes)
        for thread in 0..<threads {
            ring(thread).initializeMemory(as: Atomic<Int>.self, to: Atomic(0))
            (ring(thread) + Self.lineBytes).initializeMemory(as: Atomic<Int>.self, to: Atomic(0))
        }
    }

    /// Hands an allocation on; false when there is no other thread or no room.
    @inline(__always)
    func push(_ entry: Entry, from thread: Int) -> Bool {
        guard threads > 1 else { return false }
        let place = head(thread).pointee.load(ordering: .relaxed)
        // Acquiring: an entry is overwritten only after it was read.
        guard place &- tail(thread).pointee.load(ordering: .acquiring) < Self.capacity else { return false }
        self.entry(thread, place).pointee = entry
        head(thread).pointee.store(place &+ 1, ordering: .releasing)
        return true
    }

    /// The next allocation that a thread is to give back for the one before it; nil when nothing waits.
    @inline(__always)
    func pop(on thread: Int) -> Entry? {
        guard threads > 1 else { return nil }
        let filler = thread == 0 ? threads &- 1 : thread &- 1
        let place = tail(filler).pointee.load(ordering: .relaxed)
        guard place != head(filler).pointee.load(ordering: .acquiring) else { return nil }
        let entry = self.entry(filler, place).pointee
        tail(filler).pointee.store(place &+ 1, ordering: .releasing)
        return entry
    }

    @inline(__always)
    private func ring(_ thread: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(memory.pointer(thread &* Self.ringBytes))
    }

    @inline(__always)
    private func head(_ thread: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        ring(thread).assumingMemoryBound(to: Atomic<Int>.self)
    }

    @inline(__always)
    private func tail(_ thread: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        (ring(thread) + Self.lineBytes).assumingMemoryBound(to: Atomic<Int>.self)
    }

    @inline(__always)
    private func entry(_ thread: Int, _ place: Int) -> UnsafeMutablePointer<Entry> {
        (ring(thread) + 2 &* Self.lineBytes).assumingMemoryBound(to: Entry.self) + (place & (Self.capacity &- 1))
    }
}
