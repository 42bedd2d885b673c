import BenchDriver
import Glibc

/// The strong way for one thread, as it is written in other languages: a table of 13 bytes a place, at most seven eighths
/// full and probed eight places at a time, and every text once in one buffer that is copied when it is full.
///
/// A place is a control byte (seven bits of the hash, or free) and twelve bytes: 32 further bits, the number, and where
/// the text starts, behind its length (the layout of Abseil's and Rust's tables, by arithmetic on words in place of
/// vector instructions; group loads may begin anywhere, so that the first bytes stand once more behind the last).
///
/// Invariant: pointers are those of initialised memory of this value's own, until ``destroy()``; of `mask + 1` places at
/// least one is free.
struct HashArena: ~Copyable {
    private struct Place: BitwiseCopyable {
        var tag: UInt32
        var id: UInt32
        var start: UInt32
    }

    private var control: UnsafeMutableRawPointer
    private var places: UnsafeMutablePointer<Place>
    private var mask: Int
    private var starts: UnsafeMutablePointer<UInt32>
    private var startCapacity = 4
    private var text: UnsafeMutableRawPointer
    private var textCapacity = 64
    private var textCount = 0
    private(set) var count = 0

    private static let width = 8
    private static let free: UInt8 = 0x80
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let lowBits: UInt64 = 0x0101_0101_0101_0101

    init() {
        (control, places) = Self.table(16)
        mask = 15
        starts = .allocate(capacity: startCapacity)
        text = malloc(textCapacity)!
    }

    deinit {
        Glibc.free(control)
        Glibc.free(places)
        starts.deallocate()
        Glibc.free(text)
    }

    /// Bytes of the table, of what is written of the others, and of the room behind it.
    var heldBytes: Int { (mask + 1) * 13 + Self.width + startCapacity * 4 + textCapacity }

    private static func table(_ capacity: Int) -> (UnsafeMutableRawPointer, UnsafeMutablePointer<Place>) {
        let control = malloc(capacity + width)!
        memset(control, Int32(free), capacity + width)
        let places = malloc(capacity * MemoryLayout<Place>.stride)!
        return (control, places.bindMemory(to: Place.self, capacity: capacity))
    }

    @inline(__always)
    private static func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        func word(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        var hash: UInt64 = 0x243F_6A88_85A3_08D3 ^ UInt64(truncatingIfNeeded: count)
        if count >= 16 {
            var offset = 0
            while offset < count &- 16 {
                hash = AnswerHash.fold(hash ^ word(offset), word(offset &+ 8))
                offset &+= 16
            }
            hash = AnswerHash.fold(hash ^ word(count &- 16), word(count &- 8))
        } else if count >= 8 {
            hash = AnswerHash.fold(hash ^ word(0), word(count &- 8))
        } else {
            var rest: UInt64 = 0
            for offset in 0..<count { rest = rest &<< 8 | UInt64(bytes.load(fromByteOffset: offset, as: UInt8.self)) }
            hash = AnswerHash.fold(hash, rest)
        }
        return AnswerHash.fold(hash, 0x1319_8A2E_0370_7344)
    }

    @inline(__always)
    private func length(at start: UInt32) -> Int {
        Int((text + Int(start)).loadUnaligned(as: UInt16.self))
    }

    /// The number of a string, which is added when it is new.
    ///
    /// - Precondition: it has fewer than 65,536 bytes.
    @inline(__always)
    mutating func intern(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt32 {
        let hash = Self.hash(bytes, count)
        let tag = UInt32(truncatingIfNeeded: hash &>> 16)
        let top = UInt64(hash &>> 57) &* Self.lowBits
        var position = Int(truncatingIfNeeded: hash) & mask
        var step = 0
        while true {
            let group = control.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // Bytes that are the seven bits; now and then one more, which the tag tells apart.
            let difference = group ^ top
            var matches = (difference &- Self.lowBits) & ~difference & Self.highBits
            while matches != 0 {
                let place = places[(position &+ matches.trailingZeroBitCount &>> 3) & mask]
                if place.tag == tag, length(at: place.start) == count,
                    memcmp(text + Int(place.start) + 2, bytes, count) == 0
                {
                    return place.id
                }
                matches &= matches &- 1
            }
            if group & Self.highBits != 0 { return add(hash, bytes, count) }
            step &+= Self.width
            position = (position &+ step) & mask
        }
    }

    @inline(never)
    private mutating func add(_ hash: UInt64, _ bytes: UnsafeRawPointer, _ length: Int) -> UInt32 {
        precondition(length <= Int(UInt16.max))
        if count >= (mask + 1) / 8 * 7 { grow() }
        if count == startCapacity {
            let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: startCapacity * 2)
            larger.update(from: starts, count: count)
            starts.deallocate()
            starts = larger
            startCapacity *= 2
        }
        if textCount + length + 2 > textCapacity {
            textCapacity = max(textCapacity * 2, textCount + length + 2)
            text = realloc(text, textCapacity)!
        }
        let start = UInt32(textCount)
        (text + textCount).storeBytes(of: UInt16(length), as: UInt16.self)
        memcpy(text + textCount + 2, bytes, length)
        textCount += length + 2
        let id = UInt32(count)
        starts[count] = start
        count += 1
        put(hash, id, start)
        return id
    }

    private mutating func put(_ hash: UInt64, _ id: UInt32, _ start: UInt32) {
        var position = Int(truncatingIfNeeded: hash) & mask
        var step = 0
        while true {
            let free = control.loadUnaligned(fromByteOffset: position, as: UInt64.self) & Self.highBits
            if free != 0 {
                let index = (position &+ free.trailingZeroBitCount &>> 3) & mask
                let top = UInt8(truncatingIfNeeded: hash &>> 57)
                control.storeBytes(of: top, toByteOffset: index, as: UInt8.self)
                if index < Self.width { control.storeBytes(of: top, toByteOffset: mask + 1 + index, as: UInt8.self) }
                places[index] = Place(tag: UInt32(truncatingIfNeeded: hash &>> 16), id: id, start: start)
                return
            }
            step &+= Self.width
            position = (position &+ step) & mask
        }
    }

    private mutating func grow() {
        let capacity = (mask + 1) * 2
        Glibc.free(control)
        Glibc.free(places)
        (control, places) = Self.table(capacity)
        mask = capacity - 1
        for id in 0..<count {
            put(Self.hash(text + Int(starts[id]) + 2, length(at: starts[id])), UInt32(id), starts[id])
        }
    }

    /// The bytes of a string, valid until the next one is added.
    @inline(__always)
    func utf8(_ id: UInt32) -> UnsafeBufferPointer<UInt8> {
        let start = starts[Int(id)]
        return UnsafeBufferPointer(
            start: (text + Int(start) + 2).assumingMemoryBound(to: UInt8.self), count: length(at: start))
    }
}

/// A ``HashArena``, string by string.
struct HashArenaStrings: StringStore {
    // Initialised until `destroy`.
    private let arena: UnsafeMutablePointer<HashArena>

    static var isShared: Bool { false }

    init() throws(SubjectError) {
        arena = .allocate(capacity: 1)
        arena.initialize(to: HashArena())
    }

    func destroy() {
        arena.deinitialize(count: 1)
        arena.deallocate()
    }

    @inline(__always)
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        for place in 0..<offsets.count - 1 {
            ids[place] = arena.pointee.intern(text + offsets[place], offsets[place + 1] - offsets[place])
        }
    }

    @inline(__always)
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        var sum: UInt64 = 0
        for place in ids.indices {
            let bytes = arena.pointee.utf8(ids[place])
            sum &+= stringAnswer(first &+ place, bytes.count, bytes.first ?? 0)
        }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result { body(arena.pointee.utf8(id).span) }
    var count: Int { arena.pointee.count }
    var heldBytes: Int? { arena.pointee.heldBytes }
}
