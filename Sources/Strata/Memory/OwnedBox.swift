/// A heap cell that owns one value that cannot be copied.
///
/// A class that keeps its state in `let state: OwnedBox<State>` reaches it without the exclusivity check that a
/// stored class property pays on every access (SE-0176), and the value never moves.
///
/// Invariant: `pointer` is initialised from `init` to `deinit`, and only this box holds it. Like any class, the owner
/// must not let two threads change the value at once.
@frozen
public struct OwnedBox<Value: ~Copyable>: ~Copyable {
    @usableFromInline let pointer: UnsafeMutablePointer<Value>

    @inlinable
    public init(_ value: consuming Value) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: value)
    }

    @inlinable
    deinit {
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    /// The value, read and changed in place.
    @inlinable
    public var value: Value {
        unsafeAddress { UnsafePointer(pointer) }
        nonmutating unsafeMutableAddress { pointer }
    }
}
