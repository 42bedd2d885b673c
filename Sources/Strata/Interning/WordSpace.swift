public import Synchronization

/// Words of 32 bits under consecutive numbers, in blocks that never move: one thread at a time adds blocks, while any
/// thread reads words whose numbers it was given.
///
/// Numbers are cut into pages of 2^`pageShift` words; a directory names each page's address. A block fills whole pages,
/// the last one perhaps in part (the numbers behind it stay unused), and within a block addresses follow each other over
/// the ends of pages. A directory that is full is copied into a larger one, and kept for those who still read it: all
/// of them together are less than twice the last.
///
/// Publication: a page's address stands in the directory before the directory is published (release), and both before
/// the bound is raised over its numbers (release) or any of them is given to another thread, which happens by a release
/// and an acquire of the giver's. So whoever holds a number, or finds it below the bound, finds its page, through
/// whichever directory it loads afterwards.
///
/// Invariant: `head` and `published` are initialised from `init` to ``destroy(_:)``, which its one owner calls when
/// nobody reads any more; `published` has two lines of its own, since all readers load it.
@usableFromInline
@frozen
struct WordSpace<let pageShift: Int>: BitwiseCopyable, @unchecked Sendable {
    /// The addresses of pages, one word each.
    @usableFromInline typealias Directory = UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>

    struct Block: BitwiseCopyable {
        var memory: UnsafeMutableRawPointer
        var byteCount: Int
    }

    /// What the thread that adds blocks notes.
    struct Head: ~Copyable {
        /// All that was allocated, directories too.
        var blocks: [Block]
        var directoryCapacity: Int
        var pageCount = 0
        /// Words that blocks hold.
        var wordCount = 0
    }

    /// What readers load: it changes only when a block is added.
    @usableFromInline
    struct Published: ~Copyable {
        /// The directory's address.
        @usableFromInline let directory: Atomic<UInt>
        /// Numbers below have a page.
        @usableFromInline let bound = Atomic<UInt>(0)

        init(_ directory: Directory) { self.directory = Atomic(UInt(bitPattern: directory)) }
    }

    /// Of a ``Head``, which those who read know nothing of.
    @usableFromInline let headAddress: UnsafeMutableRawPointer
    @usableFromInline let published: UnsafeMutablePointer<Published>

    private var head: UnsafeMutablePointer<Head> { headAddress.assumingMemoryBound(to: Head.self) }

    static var pageWords: Int { 1 << pageShift }
    static var maximumPages: Int { 1 << (32 - pageShift) }

    init(_ memory: InternerMemory) throws(StrataError) {
        let capacity = 32
        let byteCount = capacity * MemoryLayout<UInt>.stride
        let directory = try memory.allocate(byteCount)
        directory.initializeMemory(as: UnsafeMutablePointer<UInt32>?.self, repeating: nil, count: capacity)
        let head = UnsafeMutablePointer<Head>.allocate(capacity: 1)
        head.initialize(
            to: Head(blocks: [Block(memory: directory, byteCount: byteCount)], directoryCapacity: capacity))
        headAddress = UnsafeMutableRawPointer(head)
        published = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
            .bindMemory(to: Published.self, capacity: 1)
        published.initialize(to: Published(directory.assumingMemoryBound(to: UnsafeMutablePointer<UInt32>?.self)))
    }

    func destroy(_ memory: InternerMemory) {
        for block in head.pointee.blocks { memory.release(block.memory, block.byteCount) }
        head.deinitialize(count: 1)
        head.deallocate()
        // Atomics of integers are trivial: nothing to deinitialise.
        UnsafeMutableRawPointer(published).deallocate()
    }

    /// Bytes of blocks and directories; the owner's to ask.
    var heldBytes: Int { head.pointee.blocks.reduce(0) { $0 + $1.byteCount } }
    /// Words that blocks hold; the owner's to ask.
    var wordCount: Int { head.pointee.wordCount }

    /// Whether a number has a page, hence an address: in a space whose blocks are whole pages, whether it is a block's.
    @inlinable @inline(__always)
    func hasPage(_ number: UInt32) -> Bool { UInt(number) < published.pointee.bound.load(ordering: .acquiring) }

    /// The address of a word.
    ///
    /// - Precondition: the number is of a block.
    @inlinable @inline(__always)
    func address(_ number: UInt32) -> UnsafeMutablePointer<UInt32> {
        let directory = Directory(bitPattern: published.pointee.directory.load(ordering: .acquiring)).unsafelyUnwrapped
        return directory[Int(number >> UInt32(pageShift))].unsafelyUnwrapped
            + Int(number & UInt32(1 << pageShift - 1))
    }

    /// Adds a block. One thread at a time.
    ///
    /// - Parameters:
    ///   - isZeroed: whether its words are 0; else they are anything.
    ///   - onHugePages: whether it begins where a huge page does.
    /// - Returns: its first number and how many words it has; nil when no numbers are left.
    /// - Throws: `limitExceeded` when there is no memory; the space is as before.
    func addBlock(
        byteCount: Int, isZeroed: Bool, onHugePages: Bool = false, _ memory: InternerMemory
    ) throws(StrataError) -> (first: UInt32, count: Int)? {
        let words = byteCount / 4
        let pages = (words + Self.pageWords - 1) >> pageShift
        let first = head.pointee.pageCount
        guard first + pages <= Self.maximumPages else { return nil }
        try reserveDirectory(first + pages, memory)
        let block = try memory.allocate(words * 4, isZeroed: isZeroed, onHugePages: onHugePages)
        let base = block.bindMemory(to: UInt32.self, capacity: words)
        head.pointee.blocks.append(Block(memory: block, byteCount: words * 4))
        let directory = Directory(bitPattern: published.pointee.directory.load(ordering: .relaxed)).unsafelyUnwrapped
        // Beside readers of other entries; nobody has a number of these pages yet.
        for page in 0..<pages { directory[first + page] = base + page << pageShift }
        head.pointee.pageCount += pages
        head.pointee.wordCount += words
        published.pointee.bound.store(UInt(first + pages) << UInt(pageShift), ordering: .releasing)
        return (UInt32(first << pageShift), words)
    }

    private func reserveDirectory(_ pages: Int, _ memory: InternerMemory) throws(StrataError) {
        let capacity = head.pointee.directoryCapacity
        guard pages > capacity else { return }
        var larger = capacity * 2
        while larger < pages { larger *= 2 }
        let byteCount = larger * MemoryLayout<UInt>.stride
        let block = try memory.allocate(byteCount)
        let directory = block.bindMemory(to: UnsafeMutablePointer<UInt32>?.self, capacity: larger)
        directory.initialize(repeating: nil, count: larger)
        let old = Directory(bitPattern: published.pointee.directory.load(ordering: .relaxed)).unsafelyUnwrapped
        for page in 0..<head.pointee.pageCount { directory[page] = old[page] }
        head.pointee.blocks.append(Block(memory: block, byteCount: byteCount))
        published.pointee.directory.store(UInt(bitPattern: directory), ordering: .releasing)
        head.pointee.directoryCapacity = larger
    }
}
