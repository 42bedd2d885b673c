/// Memory that readers on other threads load at every look-up and that is written to hardly ever, such as the address
/// of a table: alone on its cache lines.
///
/// A block of the allocator would share its line with blocks beside it. Where a writer changes one of those, every
/// reader would have to fetch the line again.
enum ReaderLines {
    /// Two lines of 64 bytes, since processors fetch lines in pairs.
    private static var alignment: Int { 128 }

    /// Bytes of so many values, up to the end of their last line.
    static func byteCount<Value: ~Copyable>(of type: Value.Type, count: Int = 1) -> Int {
        (count * MemoryLayout<Value>.stride + alignment - 1) & ~(alignment - 1)
    }

    /// Memory for so many values, not initialised.
    static func allocate<Value: ~Copyable>(_ type: Value.Type, count: Int = 1) -> UnsafeMutablePointer<Value> {
        UnsafeMutableRawPointer.allocate(byteCount: byteCount(of: type, count: count), alignment: alignment)
            .bindMemory(to: type, capacity: count)
    }

    /// Frees what ``allocate(_:count:)`` gave. The values are deinitialised, or trivial.
    static func deallocate<Value: ~Copyable>(_ pointer: UnsafeMutablePointer<Value>) {
        UnsafeMutableRawPointer(pointer).deallocate()
    }
}
