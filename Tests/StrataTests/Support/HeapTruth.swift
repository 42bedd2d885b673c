import CStrata
import Foundation
import Glibc

/// What the allocator and the kernel say about this process, for tests that have a process of their own.
struct HeapTruth {
    /// Bytes that the allocator has handed out, with what it adds to each block.
    var heldBytes: Int
    /// Private bytes that have memory behind them.
    var residentBytes: Int

    /// The figures now; nil where glibc's allocator does not serve this process, as under a sanitizer: what it would
    /// tell is then not about the blocks in use.
    static func now() -> HeapTruth? {
        // What is free is not the store's: glibc gives it back to the system when it is asked to.
        if let trim = dlsym(nil, "malloc_trim") {
            _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> CInt).self)(0)
        }
        let before = inUse()
        guard let block = malloc(3 << 20) else { return nil }
        let grown = inUse() - before
        free(block)
        guard (3 << 20..<(3 << 20) + 65_536).contains(grown) else { return nil }
        guard let text = try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Anonymous:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return HeapTruth(heldBytes: inUse(), residentBytes: kibibytes << 10)
    }

    /// Bytes that the allocator has handed out.
    static func inUse() -> Int {
        var heap = strata_libc_heap()
        strata_libc_heap_read(&heap)
        return Int(heap.bytes_in_use)
    }
}
