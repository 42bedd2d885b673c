/// Room to sort a run in, shared by sorters that sort at different times.
final class SortRoom {
    let numbers: WorkArray<UInt128>

    init(count: Int) { numbers = WorkArray(unsetCount: count) }
}

/// Sorts any number of 128-bit numbers in bounded memory: runs that fit are sorted and put aside, and then merged.
///
/// A run is sorted byte by byte, least significant first (Knuth, TAOCP 3, 5.2.5), without the bytes in which all numbers
/// agree, and without the lower half when the numbers were added in its order.
struct NumberSorter: ~Copyable {
    private let numbers: WorkArray<UInt128>
    private var used = 0
    private let room: SortRoom
    private let space: ScratchSpace
    private let memory: StreamMemory
    private var file: ScratchFile?
    /// The numbers of the runs that were put aside, in file order.
    private var runs: [Int] = []
    private var lastLow: UInt64 = 0
    private var lowsAscend = true
    /// The numbers added so far.
    private(set) var count = 0

    /// - Parameter room: has `runCount` numbers and more.
    init(runCount: Int, room: SortRoom, _ memory: StreamMemory, _ space: ScratchSpace) {
        assert(room.numbers.count >= runCount)
        numbers = WorkArray(unsetCount: runCount)
        self.room = room
        self.memory = memory
        self.space = space
    }

    @inline(__always)
    mutating func add(high: UInt64, low: UInt64) throws(StrataError) {
        if used == numbers.count { try putAside() }
        if low < lastLow { lowsAscend = false }
        lastLow = low
        numbers[used] = UInt128(truncatingIfNeeded: high) << 64 | UInt128(truncatingIfNeeded: low)
        used += 1
        count += 1
    }

    private mutating func putAside() throws(StrataError) {
        let sorted = Self.sort(numbers.base, room.numbers.base, used, lowsAscend: lowsAscend)
        if file == nil { file = try space.makeFile() }
        try file!.write(
            UnsafeRawBufferPointer(start: sorted, count: used * MemoryLayout<UInt128>.stride),
            at: runs.reduce(0, +) * MemoryLayout<UInt128>.stride)
        runs.append(used)
        used = 0
        lastLow = 0
        lowsAscend = true
    }

    /// Ends the adding.
    consuming func finish() throws(StrataError) -> NumberMerge {
        guard !runs.isEmpty else {
            let sorted = Self.sort(numbers.base, room.numbers.base, used, lowsAscend: lowsAscend)
            if sorted != numbers.base { numbers.base.update(from: sorted, count: used) }
            return NumberMerge(numbers, count: used)
        }
        if used > 0 { try putAside() }
        return try NumberMerge(
            file!, runs, pieceByteCount: memory.mergePiece(runs: runs.count, path: space.path))
    }

    // MARK: - Sorting

    /// Below this many numbers counting their bytes costs more than comparing them.
    private static let comparisonMaximum = 400

    /// Sorts `count` numbers at `from`, with as much room at `other`.
    ///
    /// - Returns: the one of the two where the sorted numbers are.
    private static func sort(
        _ from: UnsafeMutablePointer<UInt128>, _ other: UnsafeMutablePointer<UInt128>, _ count: Int, lowsAscend: Bool
    ) -> UnsafeMutablePointer<UInt128> {
        guard count > comparisonMaximum else {
            var list = UnsafeMutableBufferPointer(start: from, count: count)
            list.sort()
            return from
        }
        let firstByte = lowsAscend ? 8 : 0
        let counts = WorkArray<UInt32>(repeating: 0, count: 16 * 256)
        let bytes = UnsafeRawPointer(from)
        for index in 0..<count {
            for byte in firstByte..<16 {
                counts.base[byte << 8 | Int(bytes.load(fromByteOffset: index << 4 | byte, as: UInt8.self))] += 1
            }
        }
        var (source, target) = (from, other)
        for byte in firstByte..<16 {
            let buckets = counts.base + byte << 8
            let sample = Int(UnsafeRawPointer(source).load(fromByteOffset: byte, as: UInt8.self))
            // All numbers have the same byte here.
            if buckets[sample] == UInt32(count) { continue }
            var sum: UInt32 = 0
            for bucket in 0..<256 {
                let size = buckets[bucket]
                buckets[bucket] = sum
                sum += size
            }
            let shift = UInt128(byte * 8)
            for index in 0..<count {
                let number = source[index]
                let bucket = Int(truncatingIfNeeded: number &>> shift) & 255
                let slot = buckets[bucket]
                buckets[bucket] = slot &+ 1
                target[Int(slot)] = number
            }
            swap(&source, &target)
        }
        return source
    }
}

/// Sorted numbers, from memory or merged from runs in a file.
struct NumberMerge: ~Copyable {
    /// A run's smallest number that was not yet taken.
    struct Head: BitwiseCopyable {
        var number: UInt128
        var run: Int
    }

    /// What is at hand of a run.
    struct Piece: BitwiseCopyable {
        /// Indices into `numbers`.
        var next: Int
        var end: Int
        /// Where the run goes on in the file, and where it ends, in numbers.
        var position: Int
        var last: Int
    }

    private let file: ScratchFile?
    /// The pieces of all runs.
    private let numbers: WorkArray<UInt128>
    private let pieceCount: Int
    private let pieces: WorkArray<Piece>
    /// A heap by ``Head/number``: smallest first.
    private let heads: WorkArray<Head>
    private var headCount = 0

    /// Numbers that are sorted already.
    fileprivate init(_ numbers: consuming WorkArray<UInt128>, count: Int) {
        file = nil
        pieceCount = count
        pieces = WorkArray(repeating: Piece(next: 0, end: count, position: 0, last: 0), count: 1)
        heads = WorkArray(unsetCount: 1)
        if count > 0 {
            heads[0] = Head(number: numbers[0], run: 0)
            pieces.base[0].next = 1
            headCount = 1
        }
        self.numbers = numbers
    }

    /// Runs of these counts that lie one behind the other.
    fileprivate init(_ file: ScratchFile, _ runs: [Int], pieceByteCount: Int) throws(StrataError) {
        self.file = file
        pieceCount = pieceByteCount / MemoryLayout<UInt128>.stride
        numbers = WorkArray(unsetCount: runs.count * pieceCount)
        pieces = WorkArray(unsetCount: runs.count)
        heads = WorkArray(unsetCount: runs.count)
        var position = 0
        for (run, count) in runs.enumerated() {
            pieces[run] = Piece(next: 0, end: 0, position: position, last: position + count)
            position += count
            heads[run] = Head(number: try take(run)!, run: run)
        }
        headCount = runs.count
        for index in stride(from: headCount / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    /// The next number; nil behind the last one.
    mutating func next() throws(StrataError) -> UInt128? {
        guard headCount > 0 else { return nil }
        let head = heads[0]
        let piece = pieces[head.run]
        if piece.next < piece.end {
            heads.base[0].number = numbers[piece.next]
            pieces.base[head.run].next = piece.next + 1
        } else if let number = try take(head.run) {
            heads.base[0].number = number
        } else {
            headCount -= 1
            heads[0] = heads[headCount]
        }
        if headCount > 1 { siftDown(0) }
        return head.number
    }

    /// The next number of a run, read from the file where none is at hand.
    private func take(_ run: Int) throws(StrataError) -> UInt128? {
        var piece = pieces[run]
        if piece.next == piece.end {
            let step = min(pieceCount, piece.last - piece.position)
            guard step > 0, let file else { return nil }
            let start = run * pieceCount
            try file.read(
                into: UnsafeMutableRawBufferPointer(numbers.slice(start..<start + step)),
                at: piece.position * MemoryLayout<UInt128>.stride)
            piece.next = start
            piece.end = start + step
            piece.position += step
        }
        pieces[run] = piece
        pieces.base[run].next += 1
        return numbers[piece.next]
    }

    private func siftDown(_ start: Int) {
        let heads = heads.base
        let head = heads[start]
        var hole = start
        while true {
            var child = 2 * hole + 1
            if child >= headCount { break }
            if child + 1 < headCount, heads[child + 1].number < heads[child].number { child += 1 }
            if head.number <= heads[child].number { break }
            heads[hole] = heads[child]
            hole = child
        }
        heads[hole] = head
    }
}

/// One entity's list: sorted in memory, and only a very long one in runs.
struct SortedList: ~Copyable {
    private let numbers: WorkArray<UInt128>
    private var used = 0
    private var taken = 0
    private var spill: NumberSorter?
    private var merge: NumberMerge?
    private let room: SortRoom
    private let memory: StreamMemory
    private let space: ScratchSpace

    private static let insertionSortMaximum = 24

    init(room: SortRoom, _ memory: StreamMemory, _ space: ScratchSpace) {
        numbers = WorkArray(unsetCount: memory.listCount)
        self.room = room
        self.memory = memory
        self.space = space
    }

    @inline(__always)
    mutating func add(_ number: UInt128) throws(StrataError) {
        guard used < numbers.count else { return try addToSpill(number) }
        numbers[used] = number
        used += 1
    }

    private mutating func addToSpill(_ number: UInt128) throws(StrataError) {
        if spill == nil {
            var sorter = NumberSorter(runCount: numbers.count, room: room, memory, space)
            for index in 0..<used { try Self.add(numbers[index], to: &sorter) }
            spill = consume sorter
        }
        try spill!.add(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
    }

    private static func add(_ number: UInt128, to sorter: inout NumberSorter) throws(StrataError) {
        try sorter.add(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
    }

    /// Ends the adding: ``next()`` gives what was added, sorted.
    mutating func sort() throws(StrataError) {
        if let sorter = spill.take() {
            merge = try sorter.finish()
            used = 0
            return
        }
        guard used > 1 else { return }
        var list = numbers.slice(0..<used)
        guard used <= Self.insertionSortMaximum else {
            list.sort()
            return
        }
        for index in 1..<used {
            let number = list[index]
            var hole = index
            while hole > 0, list[hole - 1] > number {
                list[hole] = list[hole - 1]
                hole -= 1
            }
            list[hole] = number
        }
    }

    /// The next number; nil behind the last one, after which the list is empty and may be filled anew.
    @inline(__always)
    mutating func next() throws(StrataError) -> UInt128? {
        if taken < used {
            taken += 1
            return numbers[taken - 1]
        }
        return try end()
    }

    private mutating func end() throws(StrataError) -> UInt128? {
        if merge != nil {
            if let number = try merge!.next() { return number }
            merge = nil
        }
        taken = 0
        used = 0
        return nil
    }
}
