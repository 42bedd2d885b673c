/// One retired object in a ``GarbageBag``: four words that can be moved like bytes.
///
/// Invariant: `first` and `second` are what `kind` says: a C function and nothing, a metatype with its conformance, or a
/// closure of which the entry owns one reference. ``destroy()`` is called once.
@usableFromInline
struct GarbageEntry: BitwiseCopyable {
    private enum Kind {
        static let function: UInt = 0
        static let type: UInt = 1
        static let closure: UInt = 2
    }

    /// A metatype stored as it is: as a generic argument it would be taken for the type that it names.
    @usableFromInline
    struct Destructor {
        @usableFromInline let type: any TypedDestructor.Type

        @inlinable @inline(__always)
        init(_ type: any TypedDestructor.Type) { self.type = type }
    }

    /// A function stored as it is: as a generic argument it would be wrapped into an allocated thunk.
    private struct Closure {
        let destroy: @Sendable (UInt) -> Void
    }

    @usableFromInline let address: UInt
    /// The size in bytes above two bits for the kind.
    @usableFromInline let sizeAndKind: UInt
    @usableFromInline let first: UInt
    @usableFromInline let second: UInt

    @inlinable @inline(__always)
    init(_ address: UInt, byteCount: Int, function: @convention(c) @Sendable (UInt) -> Void) {
        self.address = address
        sizeAndKind = UInt(byteCount) << 2
        first = unsafeBitCast(function, to: UInt.self)
        second = 0
    }

    @inlinable @inline(__always)
    init(_ address: UInt, byteCount: Int, type: any TypedDestructor.Type) {
        self.address = address
        sizeAndKind = UInt(byteCount) << 2 | 1
        (first, second) = unsafeBitCast(Destructor(type), to: (UInt, UInt).self)
    }

    init(_ object: RetiredObject) {
        precondition(MemoryLayout<Closure>.size == MemoryLayout<(UInt, UInt)>.size)
        precondition(object.byteCount >= 0, "an object has no negative size")
        address = object.address
        sizeAndKind = UInt(object.byteCount) << 2 | Kind.closure
        var words: (UInt, UInt) = (0, 0)
        withUnsafeMutableBytes(of: &words) { bytes in
            _ = bytes.baseAddress!.initializeMemory(as: Closure.self, to: Closure(destroy: object.destroy))
        }
        (first, second) = words
    }

    var byteCount: Int { Int(sizeAndKind >> 2) }

    /// Destroys the object.
    @inline(__always)
    func destroy() {
        switch sizeAndKind & 3 {
        case Kind.function:
            unsafeBitCast(first, to: (@convention(c) @Sendable (UInt) -> Void).self)(address)
        case Kind.type:
            unsafeBitCast((first, second), to: Destructor.self).type.destroy(address)
        default:
            var words = (first, second)
            let closure = withUnsafeMutableBytes(of: &words) { bytes in
                bytes.baseAddress!.assumingMemoryBound(to: Closure.self).move()
            }
            closure.destroy(address)
        }
    }
}
