import Glibc

/// The bytes that one thread has asked for since it began, where its allocator counts them per thread.
///
/// Only jemalloc does (`thread.allocatedp`). The counter lives with the thread: do not read it after the thread
/// has ended.
public struct AllocationCounter: @unchecked Sendable {
    // A pointer to a counter that its thread alone writes; a read from another thread may be a little old.
    private let counter: UnsafePointer<UInt64>

    /// The calling thread's counter, or nil where the allocator keeps none.
    public static func ofThisThread(kind: AllocatorKind) -> AllocationCounter? {
        guard kind == .jemalloc, let control = JemallocControl() else { return nil }
        let none: UnsafePointer<UInt64>? = nil
        return (control.value("thread.allocatedp", none) ?? nil).map { AllocationCounter(counter: $0) }
    }

    private init(counter: UnsafePointer<UInt64>) { self.counter = counter }

    /// The counter at an address that ``address`` gave, or nil for 0. Its thread must be alive.
    init?(address: UInt) {
        guard let counter = UnsafePointer<UInt64>(bitPattern: address) else { return nil }
        self.counter = counter
    }

    /// Where the counter lies.
    var address: UInt { UInt(bitPattern: counter) }

    /// Bytes asked for so far.
    public var bytes: UInt64 { counter.pointee }
}
