import BenchDriver
import Strata

/// A store of records behind handles: what the phases of the slot map and of its floor are done to.
protocol RecordStore: ~Copyable {
    /// What leads to a record. All zeros lead nowhere, or are never asked for.
    associatedtype Handle: BitwiseCopyable

    /// Puts a record in.
    mutating func insert(_ record: MemoryRecord) throws(SubjectError) -> Handle

    /// Takes the record of a handle out and puts another one in; nil when the handle leads nowhere.
    mutating func replace(_ handle: Handle, with record: MemoryRecord) throws(SubjectError) -> Handle?

    /// The record of a handle, valid until it is taken out; nil when it is gone.
    borrowing func record(_ handle: Handle) -> UnsafePointer<MemoryRecord>?

    /// The records of several handles, each with its place among them.
    borrowing func forEach(
        _ handles: UnsafeBufferPointer<Handle>, _ body: (Int, UnsafePointer<MemoryRecord>?) -> Void)

    /// All records, in any order.
    borrowing func forEach(_ body: (UnsafePointer<MemoryRecord>) -> Void)

    /// The number of records.
    var count: Int { get }

    /// Whether a handle of a record that was taken out is told from one of a record that is there.
    static var knowsStaleHandles: Bool { get }

    /// Bytes held from the process's allocator.
    var reservedBytes: Int { get }
}

/// A ``SlotMap``.
struct SlotMapRecords: RecordStore, ~Copyable {
    private var map = SlotMap<MemoryRecord>()

    static var knowsStaleHandles: Bool { true }
    var count: Int { map.count }
    var reservedBytes: Int { map.reservedBytes }

    @inline(__always)
    mutating func insert(_ record: MemoryRecord) throws(SubjectError) -> EntityKey {
        do throws(StrataError) { return try map.insert(record) } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    mutating func replace(_ handle: EntityKey, with record: MemoryRecord) throws(SubjectError) -> EntityKey? {
        guard map.remove(handle) != nil else { return nil }
        return try insert(record)
    }

    @inline(__always)
    borrowing func record(_ handle: EntityKey) -> UnsafePointer<MemoryRecord>? {
        map.pointer(for: handle).map { UnsafePointer($0) }
    }

    @inline(__always)
    borrowing func forEach(
        _ handles: UnsafeBufferPointer<EntityKey>, _ body: (Int, UnsafePointer<MemoryRecord>?) -> Void
    ) {
        map.forEach(of: handles.span) { place, record in body(place, record.map { UnsafePointer($0) }) }
    }

    @inline(__always)
    borrowing func forEach(_ body: (UnsafePointer<MemoryRecord>) -> Void) {
        map.forEach { _, record in body(UnsafePointer(record)) }
    }
}

/// The floor: an array indexed by the rows themselves, in which nothing is ever taken out.
struct VectorRecords: RecordStore, ~Copyable {
    private var records: [MemoryRecord] = []

    static var knowsStaleHandles: Bool { false }
    var count: Int { records.count }
    var reservedBytes: Int { records.capacity * MemoryLayout<MemoryRecord>.stride }

    @inline(__always)
    mutating func insert(_ record: MemoryRecord) throws(SubjectError) -> UInt32 {
        records.append(record)
        return UInt32(records.count - 1)
    }

    @inline(__always)
    mutating func replace(_ handle: UInt32, with record: MemoryRecord) throws(SubjectError) -> UInt32? {
        records[Int(handle)] = record
        return handle
    }

    @inline(__always)
    borrowing func record(_ handle: UInt32) -> UnsafePointer<MemoryRecord>? {
        // Nothing moves the array while it is read, and the index is in bounds: it was handed out.
        records.withUnsafeBufferPointer { $0.baseAddress.unsafelyUnwrapped + Int(handle) }
    }

    @inline(__always)
    borrowing func forEach(
        _ handles: UnsafeBufferPointer<UInt32>, _ body: (Int, UnsafePointer<MemoryRecord>?) -> Void
    ) {
        for place in handles.indices { body(place, record(handles[place])) }
    }

    @inline(__always)
    borrowing func forEach(_ body: (UnsafePointer<MemoryRecord>) -> Void) {
        records.withUnsafeBufferPointer { records in
            for place in records.indices { body(records.baseAddress.unsafelyUnwrapped + place) }
        }
    }
}
