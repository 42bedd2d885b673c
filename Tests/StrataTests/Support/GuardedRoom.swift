import Glibc

/// Bytes that end where a page begins that nobody may touch: one byte read or written behind them stops the test.
final class GuardedRoom {
    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int
    private let limit: UnsafeMutablePointer<UInt8>
    private let capacity: Int

    init(capacity: Int) {
        let page = 4_096
        let pages = (capacity + page - 1) / page + 1
        mappedBytes = (pages + 1) * page
        mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(mapping != MAP_FAILED, "no memory for a guarded room")
        precondition(mprotect(mapping + pages * page, page, PROT_NONE) == 0, "no guard page")
        limit = (mapping + pages * page).bindMemory(to: UInt8.self, capacity: 0)
        self.capacity = capacity
    }

    deinit { munmap(mapping, mappedBytes) }

    /// The last `count` bytes before the guard.
    func last(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
        precondition(count <= capacity)
        return UnsafeMutableBufferPointer(start: limit - count, count: count)
    }

    /// A copy of these bytes that ends at the guard.
    func copy(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let room = last(bytes.count)
        _ = room.initialize(from: bytes)
        return UnsafeBufferPointer(room)
    }
}
