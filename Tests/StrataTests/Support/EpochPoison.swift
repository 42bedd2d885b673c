import Glibc
import Strata
import Synchronization

/// Objects of eight equal words, which writers exchange while readers look at them. A destroyed one is poisoned, and its
/// memory not used again: whoever still looks at it finds that out.
final class PoisonedObjects: @unchecked Sendable {
    // The slab holds `capacity` objects of `stride` words: the address of this, then the eight. They are written before
    // an object is the current one, and when it is destroyed.
    static let poison: UInt64 = 0xDEAD_DEAD_DEAD_DEAD
    private static let stride = 9

    private let slab: UnsafeMutablePointer<UInt64>
    private let capacity: Int
    private let made = Atomic<Int>(0)
    private let gone = Atomic<Int>(0)
    let current = Atomic<UInt>(0)

    init(capacity: Int) {
        self.capacity = capacity + 1
        slab = .allocate(capacity: self.capacity * Self.stride)
        current.store(make(), ordering: .releasing)
    }

    deinit { slab.deallocate() }

    /// Objects destroyed so far.
    var destroyed: Int { gone.load(ordering: .relaxed) }

    /// Makes another object the current one, and returns the one that was.
    func exchange() -> UInt { current.exchange(make(), ordering: .acquiringAndReleasing) }

    private func make() -> UInt {
        let number = made.add(1, ordering: .relaxed).oldValue
        precondition(number < capacity, "more objects than the slab holds")
        let object = slab + number * Self.stride
        object[0] = UInt64(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))
        // Word by word: the thread sanitizer does not see what the standard library's own loops write.
        for word in 1..<Self.stride { object[word] = UInt64(number) }
        return UInt(bitPattern: object)
    }

    /// Destroys an object, where no reader may look any more: the writes race with every read that does.
    static let destroy: @convention(c) @Sendable (UInt) -> Void = { address in
        let object = UnsafeMutablePointer<UInt64>(bitPattern: address)!
        for word in 1..<stride { object[word] = poison }
        let owner = UnsafeRawPointer(bitPattern: UInt(object[0]))!
        Unmanaged<PoisonedObjects>.fromOpaque(owner).takeUnretainedValue().gone.add(1, ordering: .relaxed)
    }

    /// Whether an object is whole, and stays so for as long as it is looked at.
    static func look(at address: UInt, times: Int) -> Bool {
        let object = UnsafePointer<UInt64>(bitPattern: address)!
        let value = object[1]
        guard value != poison else { return false }
        for _ in 0..<times {
            for word in 1..<stride where object[word] != value { return false }
        }
        return true
    }

    /// Whether the current object is whole for as long as it is looked at.
    func look(times: Int) -> Bool { Self.look(at: current.load(ordering: .acquiring), times: times) }
}

/// Counts how often each of a number of objects was destroyed.
final class DestroyedObjects: @unchecked Sendable {
    // Atomics in memory of their own, as many as there are objects.
    private let counts: UnsafeMutablePointer<Atomic<Int>>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        counts = .allocate(capacity: count)
        for index in 0..<count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit { counts.deallocate() }

    /// An object that is nothing but its number.
    func object(_ number: Int, byteCount: Int = 1) -> RetiredObject {
        RetiredObject(address: UInt(number), byteCount: byteCount) { self.add(Int($0)) }
    }

    /// An object with memory of its own.
    func allocate(_ number: Int) -> UnsafeMutablePointer<Countdown> {
        let pointer = UnsafeMutablePointer<Countdown>.allocate(capacity: 1)
        pointer.initialize(to: Countdown(number: number, destroyed: self))
        return pointer
    }

    fileprivate func add(_ number: Int) { (counts + number).pointee.add(1, ordering: .relaxed) }

    subscript(number: Int) -> Int { (counts + number).pointee.load(ordering: .relaxed) }
    var all: [Int] { (0..<count).map { self[$0] } }
    var total: Int { all.reduce(0, +) }
}

/// Counts itself as destroyed when it is deinitialised.
struct Countdown: ~Copyable {
    let number: Int
    let destroyed: DestroyedObjects
    deinit { destroyed.add(number) }
}
