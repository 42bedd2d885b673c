import Synchronization

/// The slots that were emptied while readers may still hold their addresses, in batches that go through an
/// ``EpochManager`` and come back.
///
/// A batch is 256 bytes: the address of the next one, the number of slots, the slots. It is with its map, filled or
/// spare; or with the epochs, as one retired object; or, once no reader can hold any of its slots, in the list of those
/// that came back. The list belongs to the batches that are with the epochs as well, so that a map may go before them.
struct SlotLimbo {
    /// Slots a batch.
    static var batchCapacity: Int { 60 }
    private static var batchBytes: Int { 16 + batchCapacity * 4 }

    private var filling: UnsafeMutableRawPointer?
    private var spare: UnsafeMutableRawPointer?
    private var returns: SlotReturns?
    /// Batches that exist.
    private var batches = 0
    /// Bytes of slots handed to the epochs, ever.
    private var handedBytes = 0

    var reservedBytes: Int { batches * Self.batchBytes }
    /// Bytes of the slots that are with the epochs, which count them as garbage.
    var sealedBytes: Int { handedBytes - (returns?.bytes ?? 0) }

    /// Frees the batches that are with the map.
    func giveBack() {
        filling?.deallocate()
        if let spare { Self.deallocate(spare) }
    }

    /// Adds a slot to the batch that is being filled.
    ///
    /// - Returns: whether the batch is full, and has to be sealed.
    mutating func add(_ index: Int) -> Bool {
        let batch = filling ?? takeSpare()
        filling = batch
        let count = batch.load(fromByteOffset: 8, as: Int.self)
        batch.storeBytes(of: UInt32(index), toByteOffset: 16 + count * 4, as: UInt32.self)
        batch.storeBytes(of: count + 1, toByteOffset: 8, as: Int.self)
        return count + 1 == Self.batchCapacity
    }

    /// Hands the batch that is being filled to the epochs.
    ///
    /// - Parameter budget: what the slots' chunks were taken from, which have them still.
    mutating func seal(in epochs: EpochManager, slotBytes: Int, of budget: ArenaBudget?) {
        guard let batch = filling else { return }
        filling = nil
        let returns = returns ?? SlotReturns()
        self.returns = returns
        let bytes = batch.load(fromByteOffset: 8, as: Int.self) * slotBytes
        handedBytes += bytes
        budget?.noteRetired(bytes)
        epochs.retire(
            RetiredObject(address: UInt(bitPattern: batch), byteCount: bytes) {
                budget?.noteRetired(-bytes)
                returns.push(UnsafeMutableRawPointer(bitPattern: $0)!, byteCount: bytes)
            })
    }

    /// Whether a batch has come back.
    var hasReturned: Bool { returns?.isEmpty == false }

    /// Takes the batches that came back, and calls `body` with each of their slots.
    mutating func takeReturned(_ body: (Int) -> Void) {
        var rest = returns?.takeAll()
        while let batch = rest {
            rest = Self.next(batch)
            for place in 0..<batch.load(fromByteOffset: 8, as: Int.self) {
                body(Int(batch.load(fromByteOffset: 16 + place * 4, as: UInt32.self)))
            }
            Self.link(batch, to: spare)
            spare = batch
        }
    }

    private mutating func takeSpare() -> UnsafeMutableRawPointer {
        let batch: UnsafeMutableRawPointer
        if let spare {
            batch = spare
            self.spare = Self.next(batch)
        } else {
            batch = .allocate(byteCount: Self.batchBytes, alignment: 16)
            batches += 1
        }
        batch.storeBytes(of: 0, toByteOffset: 8, as: Int.self)
        return batch
    }

    fileprivate static func next(_ batch: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: batch.load(as: UInt.self))
    }

    fileprivate static func link(_ batch: UnsafeMutableRawPointer, to next: UnsafeMutableRawPointer?) {
        batch.storeBytes(of: UInt(bitPattern: next), as: UInt.self)
    }

    /// Frees a batch and those that are linked to it.
    fileprivate static func deallocate(_ first: UnsafeMutableRawPointer) {
        var rest: UnsafeMutableRawPointer? = first
        while let batch = rest {
            rest = next(batch)
            batch.deallocate()
        }
    }
}

/// The batches that came back: any thread that collects puts one in, the writer takes all.
///
/// Taking all by one exchange leaves nothing for the classic trouble of such a list, a head that comes back with another
/// tail. Source: Treiber, "Systems programming: coping with parallelism", 1986.
private final class SlotReturns: Sendable {
    private let head = Atomic<UInt>(0)
    private let returnedBytes = Atomic<Int>(0)

    /// Bytes of the slots that came back, ever.
    var bytes: Int { returnedBytes.load(ordering: .relaxed) }

    deinit {
        if let first = takeAll() { SlotLimbo.deallocate(first) }
    }

    var isEmpty: Bool { head.load(ordering: .relaxed) == 0 }

    func push(_ batch: UnsafeMutableRawPointer, byteCount: Int) {
        returnedBytes.add(byteCount, ordering: .relaxed)
        var first = head.load(ordering: .relaxed)
        while true {
            SlotLimbo.link(batch, to: UnsafeMutableRawPointer(bitPattern: first))
            // Releasing: what the collector knows (that no reader is left) is known to the writer that takes the batch.
            let (exchanged, found) = head.compareExchange(
                expected: first, desired: UInt(bitPattern: batch), ordering: .releasing)
            if exchanged { return }
            first = found
        }
    }

    func takeAll() -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: head.exchange(0, ordering: .acquiring))
    }
}
