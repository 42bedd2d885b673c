import Synchronization

/// A reference that readers follow without a lock while a writer replaces it.
///
/// A reader pins the epoch, then loads the address; a writer exchanges the address, then retires the old object, which
/// is released when no pin is older than the exchange.
///
/// Invariant: `address` is that of an object of which this cell holds one reference.
final class EpochReference<Object: AnyObject & Sendable>: Sendable {
    private let address: Atomic<UInt>
    let epochs: EpochManager

    init(_ object: Object, epochs: EpochManager) {
        address = Atomic(Self.retain(object))
        self.epochs = epochs
    }

    deinit { Self.release(address.load(ordering: .acquiring)) }

    /// Runs `body` with the object that is current when it starts, which stays whole until it ends.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once, or what `body` throws.
    func read<Result>(_ body: (borrowing Object) throws(StrataError) -> Result) throws(StrataError) -> Result {
        try epochs.withPin { () throws(StrataError) -> Result in
            let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring))!
            let object = Unmanaged<Object>.fromOpaque(pointer)
            // The pin keeps the object: counting a reference would make readers write where all of them do.
            return try object._withUnsafeGuaranteedRef { object in
                Swift.Result { () throws(StrataError) -> Result in try body(object) }
            }.get()
        }
    }

    /// Makes another object the current one.
    func replace(with object: Object, byteCount: Int) {
        let old = address.exchange(Self.retain(object), ordering: .acquiringAndReleasing)
        epochs.retire(old, byteCount: byteCount) { address in
            Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(bitPattern: address)!).release()
        }
        epochs.collect()
    }

    private static func retain(_ object: Object) -> UInt {
        UInt(bitPattern: Unmanaged.passRetained(object).toOpaque())
    }

    private static func release(_ address: UInt) {
        Unmanaged<Object>.fromOpaque(UnsafeRawPointer(bitPattern: address)!).release()
    }
}
