import Synchronization

/// Which slots of a map are free, and the memory that they are in. It does not know what a slot holds.
///
/// Blocks of 4,096 slots are found through the directory. They stand in chunks, which are what is taken from the
/// allocator and given back. A free slot is found by the lowest bit of three bitmaps: blocks with room, words with room
/// in a block, slots in a word; so that low blocks fill up, and high ones may become empty. A bit of the two upper ones
/// says "perhaps" and is cleared by whoever finds nothing there, so that filling a slot changes one word only.
///
/// Invariants: each slot below `bound` that is not taken is in a word with its bit in its block's `room`, and each block
/// whose `room` is not 0 has its bit in `roomyBlocks`, unless its chunk is vacant (without memory); `bound` is a multiple
/// of 64; the slots below it have tags. The chunks cover the blocks below `blockCount` in order. A chunk that loses its
/// memory has no slot that is taken.
@usableFromInline
struct SlotSpace: ~Copyable {
    @usableFromInline let layout: SlotLayout
    /// The store, where it stands in a tag.
    @usableFromInline let storeBits: UInt32
    @usableFromInline let shared: UnsafeMutablePointer<SlotMapShared>
    let usesHugePages: Bool
    let maximumBlocks: Int
    /// What chunks are taken from; nil for no bound.
    let budget: ArenaBudget?

    /// The addresses of the blocks; 0 where there is no memory. The writer's own copy of what is in `shared`.
    @usableFromInline var directory: UnsafeMutablePointer<UInt>
    /// Slots that have a tag: those at and past it were never filled. The writer's own copy as well.
    @usableFromInline var bound = 0
    /// Slots that are taken without holding a value: retired ones, and those that wait for readers.
    @usableFromInline var retiredSlots = 0
    @usableFromInline var atHand = SlotsAtHand()
    /// Slots that hold a value or are at hand.
    @usableFromInline var inUse = 0
    var waitingSlots = 0

    var directoryCapacity = 16
    var blockCount = 0
    var chunks: [SlotChunk] = []
    /// Chunks that have no memory.
    var vacantChunks = 0
    /// Blocks whose chunks have memory.
    var heldBlocks = 0
    /// Bytes of the chunks that have memory, and of those among them that hold nothing.
    var chunkBytes = 0
    var emptyBytes = 0
    /// What the allocator adds to the chunks that have memory, and to those that wait for readers.
    let added = AddedBytes()
    /// Directories that were replaced while readers may look at them.
    var replaced: [SlotDirectory] = []
    private var roomyBlocks: [UInt64] = []
    /// The words of `roomyBlocks` before it are 0.
    private var firstRoomy = 0
    var limbo = SlotLimbo()

    init(layout: SlotLayout, usesHugePages: Bool, maximumSlots: Int, budget: ArenaBudget? = nil) {
        self.budget = budget
        self.layout = layout
        self.usesHugePages = usesHugePages
        maximumBlocks = maximumSlots >> SlotBlock.shift
        storeBits = UInt32(SlotMapIdentity.take()) << 24
        directory = ReaderLines.allocate(UInt.self, count: directoryCapacity)
        directory.initialize(repeating: 0, count: directoryCapacity)
        shared = ReaderLines.allocate(SlotMapShared.self)
        shared.initialize(to: SlotMapShared(directory: directory))
    }

    // Inlinable, and nothing else to destroy but arrays: a setter of the map's, which the compiler makes for other
    // modules, may inline it.
    @inlinable
    deinit { giveEverythingBack() }

    @usableFromInline
    func giveEverythingBack() {
        limbo.giveBack()
        for chunk in chunks { chunk.base.map { SlotChunk.giveBack($0, byteCount: 0) } }
        budget?.give(chunkBytes)
        for old in replaced { old.release() }
        ReaderLines.deallocate(directory)
        shared.deinitialize(count: 1)
        ReaderLines.deallocate(shared)
        SlotMapIdentity.giveBack(UInt8(storeBits >> 24))
    }

    /// Whether readers may be at work beside the writer.
    var hasReaders: Bool { shared.pointee.hasReaders.load(ordering: .relaxed) }

    /// Slots that hold a value.
    @inlinable var count: Int { inUse &- atHand.open.nonzeroBitCount &- (atHand.recent >= 0 ? 1 : 0) }

    /// Whether each taken slot holds a value, but for those at hand.
    @usableFromInline var isDense: Bool { retiredSlots + waitingSlots == 0 }

    /// A block that has memory, or nil.
    func block(_ number: Int) -> SlotBlock? {
        let entry = directory[number]
        return entry == 0 ? nil : SlotBlock(entry: entry, of: number << SlotBlock.shift, layout)
    }

    // MARK: Finding room

    /// Takes the free ones of 64 slots, for the caller to fill one by one. Nothing else is done for a slot that is
    /// filled.
    ///
    /// - Returns: the first of the 64, and a bit for each that was free.
    /// - Throws: `limitExceeded` when all slots are taken and no more can be had.
    /// - Complexity: O(1) amortised.
    @usableFromInline
    mutating func openWord() throws(StrataError) -> (first: Int, free: UInt64) {
        if limbo.hasReturned { takeBack() }
        while true {
            var found = findRoom()
            if found == nil { found = openFresh() }
            if let word = found {
                let block = block(word.first >> SlotBlock.shift)!
                let head = block.head
                if head.pointee.taken == 0 { blockFilled(head.pointee.chunk) }
                head.pointee.taken += UInt32(word.free.nonzeroBitCount)
                inUse += word.free.nonzeroBitCount
                block.take(word.free, ofWord: (word.first & SlotBlock.mask) >> 6)
                return word
            }
            try provideChunk()
        }
    }

    private mutating func findRoom() -> (first: Int, free: UInt64)? {
        while firstRoomy < roomyBlocks.count {
            let blocks = roomyBlocks[firstRoomy]
            guard blocks != 0 else {
                firstRoomy += 1
                continue
            }
            let number = firstRoomy << 6 | blocks.trailingZeroBitCount
            let block = block(number)!
            while block.head.pointee.room != 0 {
                let word = block.head.pointee.room.trailingZeroBitCount
                let free = ~block.ownWord(word)
                if free != 0 { return (number << SlotBlock.shift | word << 6, free) }
                block.head.pointee.room &= block.head.pointee.room - 1
            }
            roomyBlocks[firstRoomy] = blocks & (blocks - 1)
        }
        return nil
    }

    /// Gives the next 64 slots their tags; nil when there is no memory behind the last ones.
    private mutating func openFresh() -> (first: Int, free: UInt64)? {
        let number = bound >> SlotBlock.shift
        guard number < blockCount else { return nil }
        if directory[number] == 0 {
            let chunk = chunkIndex(ofBlock: number)
            guard let base = chunks[chunk].base else { return nil }
            makeBlock(number, tagged: 0, chunk, base)
        }
        let block = block(number)!
        block.initializeTags(bound..<bound + 64, to: storeBits | block.head.pointee.floor)
        let first = bound
        setBound(bound + 64)
        return (first, .max)
    }

    /// Notes that there may be a free slot in a word.
    @usableFromInline
    mutating func noteRoom(_ word: Int, ofBlock number: Int) {
        noteRoom(words: 1 << UInt64(word), ofBlock: number)
    }

    mutating func noteRoom(words: UInt64, ofBlock number: Int) {
        block(number)!.head.pointee.room |= words
        while number >> 6 >= roomyBlocks.count { roomyBlocks.append(0) }
        roomyBlocks[number >> 6] |= 1 << UInt64(number & 63)
        firstRoomy = Swift.min(firstRoomy, number >> 6)
    }

    /// Forgets the room in a block that loses its memory.
    mutating func forgetRoom(ofBlock number: Int) {
        if number >> 6 < roomyBlocks.count { roomyBlocks[number >> 6] &= ~(1 << UInt64(number & 63)) }
    }

    // MARK: Taking slots and giving them back

    /// Notes that a slot is free again.
    @inlinable @inline(__always)
    mutating func vacate(_ index: Int, _ block: SlotBlock) {
        let slot = index & SlotBlock.mask
        let head = block.head
        block.free(1 << UInt64(slot & 63), ofWord: slot >> 6)
        let generation = block.ownTag(index) & EntityKey.maximumGeneration
        if head.pointee.newest < generation { head.pointee.newest = generation }
        if head.pointee.room >> UInt64(slot >> 6) & 1 == 0 { noteRoom(slot >> 6, ofBlock: index >> SlotBlock.shift) }
        head.pointee.taken &-= 1
        if head.pointee.taken == 0 { blockEmptied(head.pointee.chunk) }
    }

    /// Gives back what is left of what ``openWord()`` took.
    private mutating func closeWord(_ first: Int, free: UInt64) {
        let number = first >> SlotBlock.shift
        let word = (first & SlotBlock.mask) >> 6
        let block = block(number)!
        block.free(free, ofWord: word)
        inUse -= free.nonzeroBitCount
        noteRoom(word, ofBlock: number)
        block.head.pointee.taken -= UInt32(free.nonzeroBitCount)
        if block.head.pointee.taken == 0 { blockEmptied(block.head.pointee.chunk) }
    }

    /// Gives the slot that was emptied last back.
    @usableFromInline
    mutating func giveBackRecent() {
        guard atHand.recent >= 0 else { return }
        let index = atHand.recent
        atHand.recent = -1
        inUse -= 1
        vacate(index, block(index >> SlotBlock.shift)!)
    }

    /// Gives all slots at hand back, so that their chunks may go.
    mutating func giveBackSlots() {
        giveBackRecent()
        let (first, free) = (atHand.openFirst, atHand.open)
        atHand.open = 0
        if free != 0 { closeWord(first, free: free) }
    }

    /// Lets the chunks of a map that became empty go, if there are several.
    @usableFromInline
    mutating func becameEmpty() {
        if chunks.count - vacantChunks > 1 { giveBackSlots() }
    }

    @usableFromInline
    mutating func blockFilled(_ chunk: UInt32) {
        if chunks[Int(chunk)].filledBlocks == 0 { emptyBytes -= bytes(of: chunks[Int(chunk)]) }
        chunks[Int(chunk)].filledBlocks += 1
    }

    @usableFromInline
    mutating func blockEmptied(_ chunk: UInt32) {
        chunks[Int(chunk)].filledBlocks -= 1
        guard chunks[Int(chunk)].filledBlocks == 0 else { return }
        emptyBytes += bytes(of: chunks[Int(chunk)])
        // Beside readers memory goes by way of the epochs, when the writer hands them over the next time.
        if !hasReaders { _ = releaseSurplus(keepingSpare: true, in: nil) }
    }

    /// Keeps a slot, whose value is out of reach, until no reader can hold its address.
    @usableFromInline
    mutating func keepForReaders(_ index: Int, in epochs: EpochManager) {
        shared.pointee.hasReaders.store(true, ordering: .relaxed)
        waitingSlots += 1
        if limbo.add(index) { _ = reclaim(in: epochs, keepingSpare: true) }
    }

    /// Hands everything that waits for readers to the epochs, and takes what came back from them.
    mutating func reclaim(in epochs: EpochManager, keepingSpare: Bool) -> (slots: Int, releasedBytes: Int) {
        limbo.seal(in: epochs, slotBytes: layout.byteCount / SlotBlock.capacity, of: budget)
        for old in replaced { old.retire(in: epochs) }
        replaced.removeAll()
        let slots = limbo.hasReturned ? takeBack() : 0
        return (slots, emptyBytes > 0 ? releaseSurplus(keepingSpare: keepingSpare, in: epochs) : 0)
    }

    @discardableResult
    private mutating func takeBack() -> Int {
        var indices: [Int] = []
        limbo.takeReturned { indices.append($0) }
        for index in indices {
            vacate(index, block(index >> SlotBlock.shift)!)
        }
        waitingSlots -= indices.count
        return indices.count
    }

    /// Takes all values out.
    ///
    /// - Precondition: no reader is at work.
    mutating func removeAll() {
        // From the end on: the lowest slots are filled first, and should be the ones left in the cache.
        for number in (0..<blockCount).reversed() {
            guard let block = block(number), block.head.pointee.taken > 0 else { continue }
            var newest = block.head.pointee.newest
            for word in (0..<SlotBlock.words).reversed() {
                var bits = block.ownWord(word)
                var freed: UInt64 = 0
                while bits != 0 {
                    let index = block.first | word << 6 | bits.trailingZeroBitCount
                    let tag = block.ownTag(index)
                    // Retired slots and those that wait stay taken.
                    if tag & 1 == 1 {
                        let next = SlotSpace.tag(after: tag)
                        block.withdraw(index, tag: next)
                        if next & EntityKey.maximumGeneration == 0 {
                            retiredSlots += 1
                        } else {
                            freed |= bits & (0 &- bits)
                            newest = Swift.max(newest, next & EntityKey.maximumGeneration)
                        }
                    }
                    bits &= bits - 1
                }
                guard freed != 0 else { continue }
                block.free(freed, ofWord: word)
                block.head.pointee.taken -= UInt32(freed.nonzeroBitCount)
                noteRoom(word, ofBlock: number)
            }
            block.head.pointee.newest = newest
            if block.head.pointee.taken == 0 {
                chunks[Int(block.head.pointee.chunk)].filledBlocks -= 1
                let chunk = chunks[Int(block.head.pointee.chunk)]
                if chunk.filledBlocks == 0 { emptyBytes += bytes(of: chunk) }
            }
        }
    }

    /// The tag of a slot whose value, with this tag, is gone: the next generation, or 0 after the last one, which marks
    /// a retired slot.
    @inlinable @inline(__always)
    static func tag(after tag: UInt32) -> UInt32 {
        tag & EntityKey.maximumGeneration == EntityKey.maximumGeneration
            ? tag & ~EntityKey.maximumGeneration : tag &+ 1
    }

    /// Bytes held for the slots and for what is noted of them.
    var reservedBytes: Int { chunkBytes + tableBytes }

    /// Bytes held for what is noted of the slots.
    var tableBytes: Int {
        directoryCapacity * 8 + replaced.reduce(0) { $0 + $1.byteCount }
            + chunks.capacity * MemoryLayout<SlotChunk>.stride + roomyBlocks.capacity * 8
            + ReaderLines.byteCount(of: SlotMapShared.self) + limbo.reservedBytes
    }
}
