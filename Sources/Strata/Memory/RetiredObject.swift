/// An object that is out of reach for new readers and waits until old ones are gone.
public struct RetiredObject: Sendable {
    /// What to destroy.
    public let address: UInt
    /// Its size in bytes, for the accounting of garbage.
    public let byteCount: Int
    /// Destroys the object; called once, from whichever thread collects.
    public let destroy: @Sendable (UInt) -> Void

    public init(address: UInt, byteCount: Int, destroy: @escaping @Sendable (UInt) -> Void) {
        self.address = address
        self.byteCount = byteCount
        self.destroy = destroy
    }
}

/// Knows how to destroy the objects of one type. A metatype stands for the function: nothing is allocated for it, even
/// where the type is generic.
@usableFromInline
protocol TypedDestructor {
    static func destroy(_ address: UInt)
}

/// Deinitialises one value, and gives back the memory that was allocated for it.
@usableFromInline
enum PointeeDestructor<Pointee: ~Copyable>: TypedDestructor {
    @usableFromInline
    static func destroy(_ address: UInt) {
        // The address of an initialised value that nobody else can reach: what `retire` was promised.
        let pointer = UnsafeMutablePointer<Pointee>(bitPattern: address)!
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }
}
