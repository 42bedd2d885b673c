import CStrata
import Glibc
import Synchronization

/// Where threads sleep until a flight of the log has landed.
///
/// A *flight* is one write of all records that wait, with at most one synchronization behind it; flights follow each
/// other and never overlap. There are two rooms: who waits for the flight that is under way sleeps in its room, and who
/// waits for the one behind it in the other, so that a landing wakes those that it was for, and of the others one, to
/// lead the next.
///
/// No wake-up is lost: a thread takes the room's ticket with the log's lock held, in which it saw that it has to wait;
/// each landing changes the tickets of both rooms with the lock held; and the kernel lets nobody sleep whose ticket is not
/// the room's any more. That the second room's ticket changes as well is needed although only one of its sleepers is
/// woken: that one wake-up may come when all of them are still on their way to bed, and these must then look again.
///
/// Invariant: `rooms` is 256 bytes of initialised memory, a cache line for each room; the counts are touched with the
/// log's lock held only.
struct LogGate: ~Copyable {
    private let rooms: UnsafeMutableRawPointer

    init() {
        rooms = .allocate(byteCount: 256, alignment: 128)
        for room in 0..<2 {
            ticket(room).initialize(to: Atomic(0))
            sleepers(room).initialize(to: 0)
        }
    }

    deinit { rooms.deallocate() }

    /// A room's ticket, to be used by reference only.
    private func ticket(_ room: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        (rooms + 128 * room).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    private func sleepers(_ room: Int) -> UnsafeMutablePointer<Int> {
        (rooms + 128 * room + 64).assumingMemoryBound(to: Int.self)
    }

    /// How many have taken a ticket since the room was last emptied. With the lock held.
    borrowing func sleeperCount(_ room: Int) -> Int { sleepers(room).pointee }

    /// Takes the room's ticket. With the lock held.
    borrowing func enter(_ room: Int) -> UInt32 {
        sleepers(room).pointee += 1
        return ticket(room).pointee.load(ordering: .relaxed)
    }

    /// Sleeps until the room's ticket is another one, or for a shorter time. Without the lock.
    borrowing func sleep(_ room: Int, _ number: UInt32) {
        // The kernel compares the word once more before it lets the thread sleep.
        guard ticket(room).pointee.load(ordering: .acquiring) == number else { return }
        strata_futex_wait(UnsafeRawPointer(ticket(room)).assumingMemoryBound(to: UInt32.self), number, 0)
    }

    /// Whom to wake, once the lock is given back.
    struct Landing {
        fileprivate let room: Int
        fileprivate let wakesRoom: Bool
        fileprivate let wakesOther: Bool
    }

    /// Changes the tickets: those in `room` are done, and one of the others is to go on. With the lock held.
    borrowing func land(_ room: Int, wakesAll: Bool) -> Landing {
        let landing = Landing(
            room: room, wakesRoom: sleeperCount(room) > 0, wakesOther: sleeperCount(1 - room) > 0)
        ticket(0).pointee.add(1, ordering: .releasing)
        ticket(1).pointee.add(1, ordering: .releasing)
        sleepers(room).pointee = 0
        if wakesAll { sleepers(1 - room).pointee = 0 }
        return landing
    }

    /// Wakes them. Without the lock.
    borrowing func wake(_ landing: Landing, wakesAll: Bool) {
        func wake(_ room: Int, _ count: Int32) {
            strata_futex_wake(UnsafeRawPointer(ticket(room)).assumingMemoryBound(to: UInt32.self), count)
        }
        // The next leader first: the disk is idle until it goes on.
        if landing.wakesOther { wake(1 - landing.room, wakesAll ? .max : 1) }
        if landing.wakesRoom { wake(landing.room, .max) }
    }
}
