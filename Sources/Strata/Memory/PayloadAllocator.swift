import Glibc

/// The memory of payloads (property rows, relationship lists) under one ``AllocationStrategy``, counted.
///
/// With `direct`, a retired payload is freed when no pinned reader can see it; with `bump` its bytes are only counted
/// as dead, and the owner moves what is live into a fresh allocator when ``deadShare`` has grown past its threshold.
///
/// Invariant: with `bump`, live and dead bytes together are what the arena has handed out.
struct PayloadAllocator: ~Copyable {
    let strategy: AllocationStrategy
    private var arena: BumpArena
    /// What payloads and records did; the records are counted here so that the peak is that of both.
    private(set) var metrics = MemoryMetrics()
    /// Bytes of payloads handed out and not given back.
    private(set) var liveBytes = 0
    /// Retired bytes that the arena still holds.
    private(set) var deadBytes = 0

    init(strategy: AllocationStrategy, byteLimit: Int?) {
        self.strategy = strategy
        arena = BumpArena(byteLimit: byteLimit)
    }

    /// Uninitialised memory for `count` values.
    ///
    /// - Throws: `limitExceeded` when the budget or the allocator's memory is exhausted; nothing has changed then.
    /// - Complexity: O(1).
    mutating func allocate<Value: BitwiseCopyable>(
        _ type: Value.Type, count: Int
    ) throws(StrataError) -> UnsafeMutablePointer<Value> {
        let byteCount = count * MemoryLayout<Value>.stride
        let pointer: UnsafeMutablePointer<Value>
        switch strategy {
        case .bump:
            pointer = try arena.allocate(type, count: count)
        case .direct:
            guard let memory = malloc(byteCount) else {
                throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
            }
            pointer = memory.bindMemory(to: type, capacity: count)
        }
        metrics.allocated(byteCount)
        liveBytes += byteCount
        return pointer
    }

    /// A copy of a payload in this allocator; 0 for none.
    mutating func copy<Value: BitwiseCopyable>(
        _ source: UnsafeMutablePointer<Value>?, count: Int
    ) throws(StrataError) -> UInt {
        guard let source, count > 0 else { return 0 }
        let target = try allocate(Value.self, count: count)
        target.initialize(from: source, count: count)
        return UInt(bitPattern: target)
    }

    /// Gives back a payload that no record names any more.
    mutating func retire<Value: BitwiseCopyable>(
        _ pointer: UnsafeMutablePointer<Value>, count: Int, in epochs: EpochManager
    ) {
        let byteCount = count * MemoryLayout<Value>.stride
        metrics.freed(byteCount)
        liveBytes -= byteCount
        switch strategy {
        case .bump: deadBytes += byteCount
        case .direct:
            epochs.retire(
                RetiredObject(address: UInt(bitPattern: pointer), byteCount: byteCount) { address in
                    Glibc.free(UnsafeMutableRawPointer(bitPattern: address))
                })
        }
    }

    /// Frees a payload of a `direct` allocator at once, when its owner goes.
    static func free<Value: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Value>) { Glibc.free(pointer) }

    /// Takes over a fresh arena into which every live payload was copied, and retires the old one.
    mutating func replace(with fresh: consuming PayloadAllocator, in epochs: EpochManager) {
        let reserved = arena.reservedBytes
        let retired = UnsafeMutablePointer<BumpArena>.allocate(capacity: 1)
        // Moving is no new use of memory by the store: the counters of the old allocator go on, but for room that the
        // copies no longer have.
        let trimmed = liveBytes - fresh.liveBytes
        precondition(trimmed >= 0)
        metrics.freed(bytesOnly: trimmed)
        liveBytes = fresh.liveBytes
        let old = takeArena(from: fresh)
        retired.initialize(to: old)
        deadBytes = 0
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: retired), byteCount: reserved) { address in
                let arena = UnsafeMutablePointer<BumpArena>(bitPattern: address)!
                arena.deinitialize(count: 1)
                arena.deallocate()
            })
    }

    private mutating func takeArena(from fresh: consuming PayloadAllocator) -> BumpArena {
        var other = fresh
        swap(&arena, &other.arena)
        return other.intoArena()
    }

    private consuming func intoArena() -> BumpArena { arena }

    /// The share of dead bytes in all that the arena handed out; 0 with `direct`.
    var deadShare: Double {
        arena.allocatedBytes == 0 ? 0 : Double(deadBytes) / Double(arena.allocatedBytes)
    }

    /// Bytes held from the process's allocator: the arena's chunks, or what was asked of `malloc`.
    var reservedBytes: Int { strategy == .bump ? arena.reservedBytes : liveBytes }

    /// Counts a record that its owner has put in.
    mutating func recordInserted() { metrics.allocated(MemoryLayout<EntityData>.stride) }
    /// Counts a record that its owner has taken out.
    mutating func recordRemoved() { metrics.freed(MemoryLayout<EntityData>.stride) }
}
