public import Synchronization

/// The symbol table of a snapshot's strings, made when the first string is decoded: opening a file needs none.
@frozen
@usableFromInline
struct StringSymbols: ~Copyable, @unchecked Sendable {
    // Unchecked: a table is complete before its address is published, and is never changed.

    /// The address of a `SymbolTable`, or 0 before there is one. Behind a pointer, because a structure with an atomic in
    /// it cannot be passed in registers, and the snapshot is one that is passed often.
    @usableFromInline let address: UnsafeMutablePointer<Atomic<UInt>>

    init() {
        address = .allocate(capacity: 1)
        address.initialize(to: Atomic(0))
    }

    deinit {
        if let table = UnsafeMutablePointer<SymbolTable>(bitPattern: address.pointee.load(ordering: .acquiring)) {
            table.deinitialize(count: 1)
            table.deallocate()
        }
        address.deinitialize(count: 1)
        address.deallocate()
    }

    /// The table that `read` gives, which lives as long as this. Threads that come first together each make one, and
    /// one of these stays.
    func table(_ read: () throws(StrataError) -> SymbolTable) throws(StrataError) -> UnsafePointer<SymbolTable> {
        if let table = UnsafePointer<SymbolTable>(bitPattern: address.pointee.load(ordering: .acquiring)) {
            return table
        }
        let made = try read()
        let table = UnsafeMutablePointer<SymbolTable>.allocate(capacity: 1)
        table.initialize(to: made)
        let (isFirst, other) = address.pointee.compareExchange(
            expected: 0, desired: UInt(bitPattern: table), ordering: .acquiringAndReleasing)
        if isFirst { return UnsafePointer(table) }
        table.deinitialize(count: 1)
        table.deallocate()
        return UnsafePointer(bitPattern: other)!
    }
}
