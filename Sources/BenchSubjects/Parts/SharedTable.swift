import BenchDriver
import Glibc

/// A table of plain values in shared anonymous memory, zero at first: resident bytes are counted over private memory,
/// so that what a subject only keeps books in does not count as its own.
struct SharedTable<Element: BitwiseCopyable>: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    let count: Int

    init(count: Int) throws(SubjectError) {
        self.count = count
        byteCount = max(1, count * MemoryLayout<Element>.stride)
        let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw SubjectError("no shared memory for a table of \(byteCount) bytes (error \(errno))")
        }
        memory = mapped
    }

    deinit { munmap(memory, byteCount) }

    /// The address of an element, in bounds by the caller's word.
    @inline(__always)
    func pointer(_ index: Int) -> UnsafeMutablePointer<Element> {
        (memory + index &* MemoryLayout<Element>.stride).assumingMemoryBound(to: Element.self)
    }

    @inline(__always)
    subscript(index: Int) -> Element {
        get { pointer(index).pointee }
        nonmutating set { pointer(index).pointee = newValue }
    }
}
