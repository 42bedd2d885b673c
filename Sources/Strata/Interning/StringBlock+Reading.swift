import Glibc

extension StringBlock {
    /// The length of string `index` in bytes, not decoded; nil when its remainder is damaged or there is no such string.
    /// At most 8 times the bytes of the block, so that room can be taken for it; that the string is damaged in what it
    /// shares with those before it may come out only when it is copied.
    ///
    /// - Complexity: O(stored length of the string's remainder).
    public func length(of index: Int) -> Int? {
        guard index >= 0, index < count else { return nil }
        let stored = length(ofRemainder: index)
        let length = isCoded ? decoder.decodedCount(remainder(index), stored) : stored
        // No more than 255 bytes are shared: less than 8 times a header.
        return length < 0 ? nil : shared(index) &+ length
    }

    /// Writes string `index` to the beginning of `room` and returns its length; nil when the block is damaged, has no
    /// such string, or the string is longer than the room. Never writes outside the room; what is behind the string in
    /// it is undefined. Fastest with 32 bytes of room more than the string has. Of the strings before it only what it
    /// shares with them is decoded.
    ///
    /// - Complexity: O(16 + length).
    public func copy(_ index: Int, into room: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        guard index >= 0, index < count else { return nil }
        guard let out = room.baseAddress else { return length(of: index) == 0 ? 0 : nil }
        var bits = parts(of: index)
        while bits != 0 {
            let part = bits.trailingZeroBitCount
            bits &= bits &- 1
            // This part of the string goes from what it shares itself to what the next one shares with it.
            let from = shared(part)
            let to = bits == 0 ? shared(index) : shared(bits.trailingZeroBitCount)
            guard to <= room.count, write(part, to: out + from, room: room.count &- from, enough: to &- from) >= 0
            else { return nil }
        }
        let from = shared(index)
        guard from <= room.count else { return nil }
        let written = write(index, to: out + from, room: room.count &- from, enough: .max)
        return written < 0 ? nil : from &+ written
    }

    /// Calls `body` with the bytes of string `index`, in room on the stack up to 1 KiB; nil (and no call) when the
    /// block is damaged or has no such string.
    @inlinable
    public func withUTF8<Result, Failure: Error>(
        of index: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let (result, known) = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) {
            room throws(Failure) -> (Result?, Bool) in
            guard let count = copy(index, into: room) else { return (nil, false) }
            // The room is initialised as far as the string goes, and lives until this closure ends.
            return (try body(unsafe Span(_unsafeStart: room.baseAddress!, count: count)), true)
        }
        if known { return result }
        // Too long for the stack, or damaged.
        guard let count = length(of: index), count > 1024 else { return nil }
        let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count + 32)
        defer { room.deallocate() }
        guard let written = copy(index, into: room) else { return nil }
        return try body(unsafe Span(_unsafeStart: room.baseAddress!, count: written))
    }

    /// Calls `body` with each string in order: every byte is decoded once, into room on the stack up to 1 KiB.
    ///
    /// - Returns: whether all were read; false, after those that could be, when the block is damaged.
    /// - Complexity: O(bytes), a third of the time of reading each string alone.
    @inlinable
    public func forEach<Failure: Error>(
        _ body: (Int, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        let read = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) {
            room throws(Failure) -> Int in
            var previous = 0
            for index in 0..<count {
                // The string before it stands at the beginning of the room, with what is shared.
                let length = extend(to: index, in: room, from: previous)
                guard length >= 0 else { return index }
                try body(index, unsafe Span(_unsafeStart: room.baseAddress!, count: length))
                previous = length
            }
            return count
        }
        // What is too long for the stack is read string by string.
        for index in read..<count {
            let known: Void? = try withUTF8(of: index) { (bytes: Span<UInt8>) throws(Failure) -> Void in
                try body(index, bytes)
            }
            guard known != nil else { return false }
        }
        return true
    }

    /// Writes the remainder of string `index` behind what it shares with the string before it, which is in the room.
    ///
    /// - Returns: the length of the string; -1 when the room is too small or the block is damaged.
    @usableFromInline
    func extend(to index: Int, in room: UnsafeMutableBufferPointer<UInt8>, from previous: Int) -> Int {
        let shared = shared(index)
        guard shared <= previous, let out = room.baseAddress else { return -1 }
        let written = write(index, to: out + shared, room: room.count &- shared, enough: .max)
        return written < 0 ? -1 : shared &+ written
    }

    /// The strings before `index` whose remainders it shares bytes of, as bits: each has what the next one shares and it
    /// does not share itself.
    @inline(__always)
    private func parts(of index: Int) -> UInt32 {
        var needed = shared(index)
        var parts: UInt32 = 0
        var earlier = index
        // Ends at string 0, which shares nothing.
        while needed > 0 {
            earlier &-= 1
            let shared = shared(earlier)
            if shared < needed {
                parts |= 1 &<< UInt32(earlier)
                needed = shared
            }
        }
        return parts
    }

    /// Writes at least the first `enough` bytes of a remainder, or all of it for `.max`, and no more than fit `room`.
    ///
    /// - Returns: the number of bytes written; -1 when there are fewer, or the block is damaged.
    @inline(__always)
    private func write(_ index: Int, to out: UnsafeMutablePointer<UInt8>, room: Int, enough: Int) -> Int {
        let start = remainder(index)
        let stored = length(ofRemainder: index)
        if isCoded {
            let written = decoder.decode(start, stored, into: out, room: room, enough: enough)
            return enough != .max && written < enough ? -1 : written
        }
        let wanted = min(stored, enough)
        guard wanted <= room, enough == .max || wanted == enough else { return -1 }
        // Two words are faster than a call, where the block and the room have them.
        if wanted <= 16, room >= 16, start + 16 <= base + byteCount {
            let (from, to) = (UnsafeRawPointer(start), UnsafeMutableRawPointer(out))
            let first = from.loadUnaligned(as: UInt64.self)
            let second = from.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            to.storeBytes(of: first, as: UInt64.self)
            to.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        } else {
            memcpy(out, start, wanted)
        }
        return wanted
    }
}
