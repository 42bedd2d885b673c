import Glibc
import Synchronization

/// Records that come in any order of their rows and are handed out by rising row, those of one row in the order in
/// which they came.
///
/// What does not fit in memory lies in sorted runs in one scratch file, which has no name from the start on, so that
/// nothing is left of it however the process ends. Reading looks at the head of each run for each row: with runs of
/// millions of records, that is less than the reading itself.
struct RowSpool: ~Copyable {
    /// How many bytes it holds in memory unless another number is given.
    static let standardMemoryBytes = 64 << 20

    private static let serial = Atomic<Int>(0)

    private let scratchDirectory: String
    /// The records at hand, each a length and its bytes; a record's offset is below 2^32.
    private var bytes: UnsafeMutableRawPointer
    private var capacity: Int
    private var byteCount = 0
    /// For each record at hand the row in the upper half and the offset in the lower: sorted by value, they are in order.
    private var entries: [UInt64] = []
    private var isSorted = true
    private let memoryBytes: Int
    /// The sorted runs, one behind the other.
    private var file: ScratchFile?
    private var runs: [Run] = []
    /// The next record at hand to be handed out.
    private var nextEntry = 0
    private var isReading = false

    /// The file in a box: an optional of what cannot be copied cannot be read in place.
    private final class ScratchFile {
        var output: OutputFile

        init(path: String) throws(GraphDataError) { output = try OutputFile(creating: path, unlinked: true) }
    }

    /// A sorted run in the file, as far as it was not read.
    private struct Run {
        /// What is left of it in the file.
        var offset: Int
        var end: Int
        /// Where its bytes at hand are in `window`, and how many of them were handed out.
        var filled = 0
        var position = 0
        /// The row of its next record.
        var row: UInt32?
        /// Of the window: grown for a record that does not fit.
        var capacity: Int
        var window: UnsafeMutableRawPointer
    }

    /// The row and the length before the bytes of a record in the file.
    private static let headBytes = 8

    /// - Parameters:
    ///   - scratchDirectory: where the file lies that is made when the records do not fit in memory.
    ///   - memoryBytes: for records at hand, and again for reading runs.
    init(scratchDirectory: String, memoryBytes: Int = Self.standardMemoryBytes) {
        self.scratchDirectory = scratchDirectory
        self.memoryBytes = min(max(memoryBytes, 256), 1 << 31)
        capacity = min(self.memoryBytes, 1 << 16)
        bytes = .allocate(byteCount: capacity, alignment: 8)
    }

    deinit {
        bytes.deallocate()
        for run in runs { run.window.deallocate() }
    }

    /// The directory for scratch files of programs that were told no other: that of the variable TMPDIR, or /tmp.
    static var usualScratchDirectory: String {
        guard let value = getenv("TMPDIR"), value.pointee != 0 else { return "/tmp" }
        return String(cString: value)
    }

    /// Takes a record of two parts. Amortized constant time for a given length, apart from the sorting.
    mutating func append(
        row: UInt32, _ head: UnsafeRawBufferPointer,
        _ tail: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) throws(GraphDataError) {
        assert(!isReading)
        let length = head.count + tail.count
        let needed = 4 + length
        if byteCount + needed + entries.count * 16 > memoryBytes, !entries.isEmpty { try spill() }
        if byteCount + needed > capacity { grow(toHold: byteCount + needed) }
        let entry = UInt64(row) << 32 | UInt64(byteCount)
        if let last = entries.last, last > entry { isSorted = false }
        entries.append(entry)
        let place = bytes + byteCount
        place.storeBytes(of: UInt32(length), as: UInt32.self)
        if let base = head.baseAddress { memcpy(place + 4, base, head.count) }
        if let base = tail.baseAddress { memcpy(place + 4 + head.count, base, tail.count) }
        byteCount += needed
    }

    /// Ends the appending: from here on records are handed out.
    mutating func beginReading() throws(GraphDataError) {
        assert(!isReading)
        isReading = true
        sort()
        guard !runs.isEmpty else { return }
        try file!.output.flush()
        let window = min(max(memoryBytes / runs.count, 1 << 12), 1 << 18)
        for index in runs.indices {
            runs[index].window = .allocate(byteCount: window, alignment: 8)
            runs[index].capacity = window
            try readHead(of: index)
        }
    }

    /// Hands out the records of a row. Rows are asked for in rising order.
    mutating func drain(
        row: UInt32, _ body: (UnsafeRawBufferPointer) throws(GraphDataError) -> Void
    ) throws(GraphDataError) {
        assert(isReading)
        for index in runs.indices {
            while runs[index].row == row {
                try hold(Self.headBytes, of: index)
                let length = Int(
                    (runs[index].window + runs[index].position).loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                try hold(Self.headBytes + length, of: index)
                let start = runs[index].window + runs[index].position + Self.headBytes
                try body(UnsafeRawBufferPointer(start: start, count: length))
                runs[index].position += Self.headBytes + length
                try readHead(of: index)
            }
        }
        while nextEntry < entries.count, UInt32(entries[nextEntry] >> 32) == row {
            let place = bytes + Int(entries[nextEntry] & 0xFFFF_FFFF)
            let length = Int(place.loadUnaligned(as: UInt32.self))
            try body(UnsafeRawBufferPointer(start: place + 4, count: length))
            nextEntry += 1
        }
    }

    // MARK: Runs

    private mutating func grow(toHold needed: Int) {
        var larger = capacity
        while larger < needed { larger *= 2 }
        let room = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        room.copyMemory(from: bytes, byteCount: byteCount)
        bytes.deallocate()
        bytes = room
        capacity = larger
    }

    private mutating func sort() {
        if !isSorted { RadixSort.sortByUpperHalf(&entries) }
        isSorted = true
    }

    /// Writes the records at hand as a run, and begins with none.
    private mutating func spill() throws(GraphDataError) {
        sort()
        if file == nil {
            let number = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
            file = try ScratchFile(path: "\(scratchDirectory)/strata-rows.\(getpid())-\(number).partial")
        }
        let start = file!.output.byteCount
        for entry in entries {
            let place = UnsafeRawPointer(bytes + Int(entry & 0xFFFF_FFFF))
            let length = place.loadUnaligned(as: UInt32.self)
            try file!.output.append(value: UInt64(entry >> 32) | UInt64(length) << 32)
            try file!.output.append(UnsafeRawBufferPointer(start: place + 4, count: Int(length)))
        }
        runs.append(
            Run(offset: start, end: file!.output.byteCount, capacity: 0, window: .allocate(byteCount: 0, alignment: 8)))
        entries.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    /// Finds the row of a run's next record; nil at its end.
    private mutating func readHead(of index: Int) throws(GraphDataError) {
        let left = runs[index].filled - runs[index].position + runs[index].end - runs[index].offset
        guard left > 0 else {
            runs[index].row = nil
            return
        }
        try hold(Self.headBytes, of: index)
        runs[index].row = (runs[index].window + runs[index].position).loadUnaligned(as: UInt32.self)
    }

    /// Sees to it that so many bytes of a run are at hand.
    private mutating func hold(_ needed: Int, of index: Int) throws(GraphDataError) {
        var run = runs[index]
        if run.filled - run.position >= needed { return }
        memmove(run.window, run.window + run.position, run.filled - run.position)
        run.filled -= run.position
        run.position = 0
        if needed > run.capacity {
            let larger = UnsafeMutableRawPointer.allocate(byteCount: needed * 2, alignment: 8)
            larger.copyMemory(from: run.window, byteCount: run.filled)
            run.window.deallocate()
            run.window = larger
            run.capacity = needed * 2
        }
        while run.filled < needed {
            let wanted = min(run.capacity - run.filled, run.end - run.offset)
            // `run` is the owner of its window until it is put back.
            runs[index] = run
            let count = try file!.output.read(
                UnsafeMutableRawBufferPointer(start: run.window + run.filled, count: wanted), at: run.offset)
            run.filled += count
            run.offset += count
        }
        runs[index] = run
    }
}

/// Sorting of numbers by their upper halves, equal ones in the order that they had.
enum RadixSort {
    /// Four passes of a byte each, without those in which all are equal. O(n), and n more numbers of memory.
    static func sortByUpperHalf(_ numbers: inout [UInt64]) {
        var other = [UInt64](repeating: 0, count: numbers.count)
        for shift in stride(from: 32 as UInt64, to: 64, by: 8) {
            var starts = [Int](repeating: 0, count: 256)
            for number in numbers { starts[Int(number >> shift & 0xFF)] += 1 }
            if starts.contains(numbers.count) { continue }
            var sum = 0
            for digit in 0..<256 { (starts[digit], sum) = (sum, sum + starts[digit]) }
            for number in numbers {
                let digit = Int(number >> shift & 0xFF)
                other[starts[digit]] = number
                starts[digit] += 1
            }
            swap(&numbers, &other)
        }
    }
}
