import Glibc

/// What a process has asked of `malloc` and its kin since it began, on all threads.
public struct AllocationCount: Sendable, Equatable {
    /// Blocks that were handed out; a `realloc` of a block counts as a free and an allocation.
    public var allocations: UInt64
    /// Bytes asked for, without what allocators add.
    public var bytes: UInt64
    /// Blocks that were given back.
    public var frees: UInt64
    /// Blocks that were given back by the thread that took them before it took or gave back another: temporary
    /// allocations as heaptrack counts them.
    public var temporary: UInt64

    public init(allocations: UInt64 = 0, bytes: UInt64 = 0, frees: UInt64 = 0, temporary: UInt64 = 0) {
        self.allocations = allocations
        self.bytes = bytes
        self.frees = frees
        self.temporary = temporary
    }

    public static func - (later: AllocationCount, earlier: AllocationCount) -> AllocationCount {
        AllocationCount(
            allocations: later.allocations &- earlier.allocations, bytes: later.bytes &- earlier.bytes,
            frees: later.frees &- earlier.frees, temporary: later.temporary &- earlier.temporary)
    }
}

/// The counting library of this process, where one was preloaded in front of the allocator.
public struct CountingLibrary: Sendable {
    /// The library's file name. It is built beside the executable.
    public static let fileName = "libstrata-counting.so"

    private typealias Read = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void
    private typealias Owner = @convention(c) (UnsafeMutablePointer<CChar>, Int) -> Int32

    private let readCounts: Read
    private let findOwner: Owner

    /// Nil when the process has no such library.
    public init?() {
        guard let read = Symbol.function("strata_counting_read", as: Read.self),
            let owner = Symbol.function("strata_counting_owner", as: Owner.self)
        else { return nil }
        readCounts = read
        findOwner = owner
    }

    /// The counts now. Allocates nothing.
    public func read() -> AllocationCount {
        var counts: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutablePointer(to: &counts) { pointer in
            // A tuple of equal elements lies in memory as an array does.
            pointer.withMemoryRebound(to: UInt64.self, capacity: 4) { readCounts($0) }
        }
        return AllocationCount(allocations: counts.0, bytes: counts.1, frees: counts.2, temporary: counts.3)
    }

    /// The allocator behind the library, which does the work.
    public func allocator() throws(MeasurementError) -> AllocatorIdentity {
        let capacity = Int(PATH_MAX) + 1
        let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> String? in
            findOwner(buffer.baseAddress!, capacity) == 0 ? String(cString: buffer.baseAddress!) : nil
        }
        guard let path, let resolved = resolvedPath(path) else {
            throw MeasurementError("no file is known for the malloc behind it", source: Self.fileName)
        }
        return AllocatorIdentity.ofLibrary(at: resolved)
    }

    /// The library in the folder of an executable.
    ///
    /// - Throws: when it is not there, with what to do.
    public static func find(beside executable: String) throws(MeasurementError) -> String {
        let folder = executable.lastIndex(of: "/").map { executable[..<$0] } ?? "."
        return try find(at: "\(folder)/\(fileName)")
    }

    /// The library at a path.
    ///
    /// - Throws: when it is not there, with what to do.
    public static func find(at path: String) throws(MeasurementError) -> String {
        guard let resolved = resolvedPath(path), AllocatorLibrary.isSharedObject(resolved) else {
            throw MeasurementError(
                "the counting library is not there; build it with `swift build --product strata-counting`",
                source: path)
        }
        return resolved
    }
}
