import Glibc
import Synchronization

/// Blocks that are taken from the allocator and given back together.
///
/// A chunk without memory is *vacant*. Its slots keep their indices, and instead of their generations it keeps one that
/// is at least as large as any of them: when it gets memory again, all its slots go on from there.
struct SlotChunk: BitwiseCopyable {
    let firstBlock: Int
    let blockCount: Int
    /// The start of the memory; nil while the chunk is vacant.
    var base: UnsafeMutableRawPointer?
    /// Blocks in which a slot is taken.
    var filledBlocks = 0
    /// The generation at which the slots go on; even.
    var floor: UInt32 = 0

    init(firstBlock: Int, blockCount: Int) {
        self.firstBlock = firstBlock
        self.blockCount = blockCount
    }

    var blocks: Range<Int> { firstBlock..<firstBlock + blockCount }

    /// Frees memory. Its pages go back to the system whatever the allocator does with the addresses.
    ///
    /// - Parameter byteCount: the size; 0 when the pages are the allocator's affair.
    static func giveBack(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        let page = 4_096
        let start = (UInt(bitPattern: base) + UInt(page - 1)) & ~UInt(page - 1)
        let end = (UInt(bitPattern: base) + UInt(byteCount)) & ~UInt(page - 1)
        if end > start {
            _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), Int32(MADV_DONTNEED))
        }
        free(base)
    }
}

/// A directory that was replaced by a larger one.
struct SlotDirectory: BitwiseCopyable {
    let entries: UnsafeMutablePointer<UInt>
    let byteCount: Int

    func release() { ReaderLines.deallocate(entries) }

    func retire(in epochs: EpochManager) {
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: entries), byteCount: byteCount) {
                ReaderLines.deallocate(UnsafeMutablePointer<UInt>(bitPattern: $0)!)
            })
    }
}

extension SlotSpace {
    /// Chunks double in size up to this many bytes, or 64 blocks.
    private static var largestChunkBytes: Int { 32 << 20 }
    private static var hugePageBytes: Int { 2 << 20 }
    /// A chunk in which generations have come this far keeps its memory and its generations: one slot that was filled
    /// millions of times would take as many from each of its neighbours.
    private static var largestFloor: UInt32 { EntityKey.maximumGeneration / 2 }

    func bytes(of chunk: SlotChunk) -> Int { chunk.blockCount * layout.byteCount }

    /// The number of the chunk that has a block.
    func chunkIndex(ofBlock number: Int) -> Int {
        // Asked for the last blocks, mostly.
        chunks.lastIndex { $0.firstBlock <= number }!
    }

    // MARK: Growing

    /// Makes sure that as many slots can be taken without asking for memory.
    ///
    /// - Parameter taken: the slots that are taken now.
    /// - Throws: `limitExceeded`; no slot has changed then.
    mutating func reserve(_ slots: Int, taken: Int) throws(StrataError) {
        guard slots <= maximumBlocks << SlotBlock.shift - taken else { throw fullError }
        while heldBlocks << SlotBlock.shift - taken < slots || frontierIsVacant { try provideChunk() }
    }

    /// Gives the first vacant chunk memory, or adds a chunk when there is none.
    mutating func provideChunk() throws(StrataError) {
        guard vacantChunks > 0 else { return try addChunk() }
        let index = chunks.firstIndex { $0.base == nil }!
        let affordable = try affordableBlocks(chunks[index].blockCount)
        if affordable < chunks[index].blockCount { split(index, at: affordable) }
        try provideMemory(index)
    }

    /// As many blocks as a chunk may have now: at most those wanted, and a quarter of what the budget has left.
    ///
    /// - Throws: `limitExceeded` when there is no room for a single one.
    private func affordableBlocks(_ wanted: Int) throws(StrataError) -> Int {
        guard let budget else { return wanted }
        let left = budget.remainingBytes / layout.byteCount
        guard left > 0 else { throw budget.refusal(of: layout.byteCount, needing: layout.byteCount) }
        return Swift.min(wanted, Swift.max(1, left / 4))
    }

    /// Makes two vacant chunks of one.
    ///
    /// - Complexity: O(blocks).
    private mutating func split(_ index: Int, at blockCount: Int) {
        let chunk = chunks[index]
        var (first, second) = (
            SlotChunk(firstBlock: chunk.firstBlock, blockCount: blockCount),
            SlotChunk(firstBlock: chunk.firstBlock + blockCount, blockCount: chunk.blockCount - blockCount)
        )
        (first.floor, second.floor) = (chunk.floor, chunk.floor)
        chunks[index] = first
        chunks.insert(second, at: index + 1)
        vacantChunks += 1
        for later in (index + 2)..<Swift.max(index + 2, chunks.count) where chunks[later].base != nil {
            for number in chunks[later].blocks { block(number)?.head.pointee.chunk = UInt32(later) }
        }
    }

    /// Whether the slots that never had a tag begin in a vacant chunk.
    private var frontierIsVacant: Bool {
        let number = bound >> SlotBlock.shift
        return number < blockCount && chunks[chunkIndex(ofBlock: number)].base == nil
    }

    private var fullError: StrataError {
        StrataError(.limitExceeded, "a store holds at most \(maximumBlocks << SlotBlock.shift) slots")
    }

    mutating func addChunk() throws(StrataError) {
        guard blockCount < maximumBlocks else { throw fullError }
        // A quarter of a million slots fill whole huge pages, whatever a slot's size in units of 8 bytes.
        let largest = Swift.min(64, Swift.max(1, Self.largestChunkBytes / layout.byteCount))
        let blocks = try affordableBlocks(Swift.min(Swift.max(1, blockCount), largest, maximumBlocks - blockCount))
        chunks.append(SlotChunk(firstBlock: blockCount, blockCount: blocks))
        vacantChunks += 1
        do throws(StrataError) { try provideMemory(chunks.count - 1) } catch {
            chunks.removeLast()
            vacantChunks -= 1
            throw error
        }
        while blockCount + blocks > directoryCapacity { growDirectory() }
        blockCount += blocks
    }

    /// Gives a vacant chunk memory.
    mutating func provideMemory(_ index: Int) throws(StrataError) {
        let chunk = chunks[index]
        let byteCount = bytes(of: chunk)
        let isHuge = usesHugePages && byteCount >= Self.hugePageBytes
        if let budget, !budget.take(byteCount) { throw budget.refusal(of: byteCount, needing: byteCount) }
        var memory: UnsafeMutableRawPointer?
        let code = posix_memalign(&memory, isHuge ? Self.hugePageBytes : 64, byteCount)
        guard code == 0, let memory else {
            budget?.give(byteCount)
            throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: code)
        }
        // Advice: where it is refused, pages are small. The end that fills no huge page is left alone.
        if isHuge { _ = madvise(memory, byteCount & ~(Self.hugePageBytes - 1), Int32(MADV_HUGEPAGE)) }
        chunks[index].base = memory
        vacantChunks -= 1
        heldBlocks += chunk.blockCount
        chunkBytes += byteCount
        emptyBytes += byteCount
        added.note(HeapBlock.addedByteCount(to: memory, requested: byteCount))
        // Blocks whose slots have tags get them anew; the others are made one by one when they are come to.
        for number in chunk.blocks where number << SlotBlock.shift < bound {
            let tagged = Swift.min(bound - number << SlotBlock.shift, SlotBlock.capacity)
            makeBlock(number, tagged: tagged, index, memory)
            noteRoom(words: UInt64.max >> UInt64(64 - tagged >> 6), ofBlock: number)
        }
    }

    /// Makes an empty block in the memory of its chunk, whose first `tagged` slots get their tags at once.
    mutating func makeBlock(_ number: Int, tagged: Int, _ chunk: Int, _ memory: UnsafeMutableRawPointer) {
        let base = memory + (number - chunks[chunk].firstBlock) * layout.byteCount
        let entry = SlotBlock.entry(base, number, layout)
        let block = SlotBlock(entry: entry, of: number << SlotBlock.shift, layout)
        block.initialize(floor: chunks[chunk].floor, chunk: chunk)
        block.initializeTags(block.first..<block.first + tagged, to: storeBits | chunks[chunk].floor)
        SlotMapShared.entry(directory, number).pointee.store(entry, ordering: .releasing)
    }

    // MARK: Giving back

    /// Gives the memory of chunks that hold nothing back, the smallest first.
    ///
    /// - Parameters:
    ///   - keepingSpare: keep the largest of them, and an eighth of all memory, so that a map whose size goes up and
    ///     down must fill a chunk at least as large as the one it gave back before it asks for memory again.
    ///   - epochs: where the memory waits for readers; nil when there are none.
    /// - Returns: the bytes given back.
    mutating func releaseSurplus(keepingSpare: Bool, in epochs: EpochManager?) -> Int {
        var released = 0
        while emptyBytes > 0 {
            var candidate: Int?
            var largest = 0
            for index in chunks.indices where chunks[index].base != nil && chunks[index].filledBlocks == 0 {
                largest = Swift.max(largest, bytes(of: chunks[index]))
                // Of equal ones the last, so that the map becomes shorter.
                if candidate.map({ chunks[index].blockCount <= chunks[$0].blockCount }) ?? true,
                    newestGeneration(in: chunks[index]) <= Self.largestFloor
                {
                    candidate = index
                }
            }
            guard let candidate else { break }
            let byteCount = bytes(of: chunks[candidate])
            let spare = keepingSpare ? Swift.max(largest, chunkBytes / 8) : 0
            guard emptyBytes - byteCount >= spare else { break }
            release(candidate, in: epochs)
            released += byteCount
        }
        return released
    }

    private func newestGeneration(in chunk: SlotChunk) -> UInt32 {
        var newest = chunk.floor
        for number in chunk.blocks {
            if let block = block(number) { newest = Swift.max(newest, block.head.pointee.newest) }
        }
        return newest
    }

    private mutating func release(_ index: Int, in epochs: EpochManager?) {
        let chunk = chunks[index]
        let byteCount = bytes(of: chunk)
        chunks[index].floor = newestGeneration(in: chunk)
        chunks[index].base = nil
        for number in chunk.blocks {
            withdraw(number)
            forgetRoom(ofBlock: number)
        }
        vacantChunks += 1
        heldBlocks -= chunk.blockCount
        chunkBytes -= byteCount
        emptyBytes -= byteCount
        let addedBytes = HeapBlock.addedByteCount(to: chunk.base!, requested: byteCount)
        if let epochs {
            epochs.retire(
                RetiredObject(address: UInt(bitPattern: chunk.base!), byteCount: byteCount) { [added] in
                    added.note(-addedBytes)
                    SlotChunk.giveBack(UnsafeMutableRawPointer(bitPattern: $0)!, byteCount: byteCount)
                }, takenFrom: budget)
        } else {
            added.note(-addedBytes)
            SlotChunk.giveBack(chunk.base!, byteCount: byteCount)
            budget?.give(byteCount)
            if !hasReaders { lowerBound() }
        }
    }

    /// Takes the slots at the end that have no memory back among those that were never filled: they get their tags one
    /// by one then, and not all at once. Not beside readers: one that read the bound before would read tags that are
    /// not there.
    private mutating func lowerBound() {
        guard let last = chunks.lastIndex(where: { $0.base != nil }) else { return setBound(0) }
        let end = chunks[last].blocks.upperBound << SlotBlock.shift
        if end < bound { setBound(end) }
    }

    // MARK: Figures

    /// The size of each chunk, with memory or without.
    var chunkByteCounts: [Int] { chunks.map { bytes(of: $0) } }

    /// Bytes of the chunks that were never handed out, and that have no memory behind them.
    ///
    /// - Complexity: O(pages of the last chunk), with a system call: some microseconds.
    var untouchedBytes: Int {
        var bytes = 0
        for chunk in chunks.reversed() {
            guard chunk.blocks.upperBound << SlotBlock.shift > bound else { break }
            guard let base = chunk.base else { continue }
            let full = Swift.max(0, bound >> SlotBlock.shift - chunk.firstBlock)
            let isBegun = chunk.firstBlock << SlotBlock.shift < bound && bound & SlotBlock.mask != 0
            let start = full * layout.byteCount + (isBegun ? (bound & SlotBlock.mask) * layout.valueStride : 0)
            bytes += BackedMemory.unbackedByteCount(from: base + start, byteCount: self.bytes(of: chunk) - start)
        }
        return bytes
    }

    // MARK: What readers see

    mutating func setBound(_ bound: Int) {
        self.bound = bound
        shared.pointee.bound.store(bound, ordering: .releasing)
    }

    private mutating func growDirectory() {
        let larger = ReaderLines.allocate(UInt.self, count: directoryCapacity * 2)
        larger.initialize(repeating: 0, count: directoryCapacity * 2)
        larger.update(from: directory, count: blockCount)
        _ = shared.pointee.directory.exchange(UInt(bitPattern: larger), ordering: .sequentiallyConsistent)
        let old = SlotDirectory(entries: directory, byteCount: directoryCapacity * MemoryLayout<UInt>.stride)
        if hasReaders { replaced.append(old) } else { old.release() }
        directory = larger
        directoryCapacity *= 2
    }

    private func withdraw(_ number: Int) {
        _ = SlotMapShared.entry(directory, number).pointee.exchange(0, ordering: .sequentiallyConsistent)
    }
}
