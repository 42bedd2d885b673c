import CStrata

/// The rules of a dictionary's strings, checked at about the speed of decoding them: each is UTF-8 and behind the one
/// before it, and blocks are as their encoder makes them.
///
/// What it finds sound, ``SnapshotStructure`` finds sound. Of the rest it only knows that something is wrong, or longer
/// than most: that one then tells what breaks which rule where, or that none is broken.
final class SnapshotStrings: @unchecked Sendable {
    // Unchecked: a step's findings are written by the one who took it, and read when all are done.

    /// The strings in a step, some 200 microseconds.
    private static let stringsInStep = 8192
    /// Room for the texts of a block; it stays in the second level of the cache.
    private static let roomByteCount = 256 << 10

    /// The steps that can be taken at once.
    let stepCount: Int
    /// The strings, or the blocks of coded ones.
    private let count: Int
    private let perStep: Int
    private let doubts: UnsafeMutablePointer<[Range<Int>]>

    init(_ storage: borrowing ZeroCopyGraphStorage) {
        let isCoded = storage.sections.pointee.hasCodedStrings
        count = isCoded ? storage.sections.pointee.stringBlockCount : storage.stringCount
        perStep = isCoded ? Self.stringsInStep / StringBlock.capacity : Self.stringsInStep
        stepCount = (count + perStep - 1) / perStep
        doubts = .allocate(capacity: stepCount)
        doubts.initialize(repeating: [], count: stepCount)
    }

    deinit {
        doubts.deinitialize(count: stepCount)
        doubts.deallocate()
    }

    /// The strings, or the blocks, that were not found sound, in ascending order; no two of the ranges touch within a step.
    var doubtful: [Range<Int>] { (0..<stepCount).flatMap { doubts[$0] } }

    /// Checks a part of the strings. Each step is one thread's, and any thread may take any.
    func check(step: Int, of storage: borrowing ZeroCopyGraphStorage) {
        let sections = storage.sections.pointee
        let range = step * perStep..<min((step + 1) * perStep, count)
        let offsets = strata_column(
            start: sections.stringOffsets.base, count: count + 1, stride: sections.stringOffsets.stride)
        // The kernels follow the offsets: of this part they have to be in order first.
        guard Self.ascend(sections.stringOffsets, range, to: sections.stringByteCount) else {
            doubts[step] = [range]
            return
        }
        if sections.hasCodedStrings {
            checkBlocks(range, step, storage, offsets)
        } else if strata_check_plain_strings(sections.stringBytes, offsets, range.lowerBound, range.upperBound) == 0 {
            doubts[step] = [range]
        }
    }

    private func checkBlocks(
        _ range: Range<Int>, _ step: Int, _ storage: borrowing ZeroCopyGraphStorage, _ offsets: strata_column
    ) {
        guard let symbols = try? storage.symbolTable() else {
            doubts[step] = [range]
            return
        }
        let decoder = symbols.pointee.decoder
        var blocks = strata_string_blocks(
            bytes: storage.sections.pointee.stringBytes, offsets: offsets, string_count: storage.stringCount,
            symbols: strata_symbols(words: decoder.words, lengths: decoder.lengths))
        let room = WorkArray<UInt8>(unsetCount: Self.roomByteCount)
        var block = range.lowerBound
        while true {
            block = strata_check_string_blocks(&blocks, block, range.upperBound, room.base, room.count)
            guard block < range.upperBound else { return }
            if let last = doubts[step].last, last.upperBound == block {
                doubts[step][doubts[step].count - 1] = last.lowerBound..<block + 1
            } else {
                doubts[step].append(block..<block + 1)
            }
            block += 1
        }
    }

    /// Whether the offsets of a part, and the one before it, are in order and inside the section.
    private static func ascend(_ offsets: NumberColumn, _ range: Range<Int>, to end: Int) -> Bool {
        var previous: UInt64 = 0
        var isInOrder = true
        for index in max(0, range.lowerBound - 1)...range.upperBound {
            let offset = offsets[index]
            isInOrder = isInOrder && previous <= offset
            previous = offset
        }
        return isInOrder && previous <= UInt64(end)
    }
}
