import CStrata
public import Synchronization

/// The records of an ``InternerStore`` as those who read and write them see them: two addresses that never change, and
/// nothing that is counted or locked.
///
/// An interner keeps a copy beside its store, so that a look at a string touches no object and no line that adding
/// strings changes.
///
/// Invariant: `text` and `ids` are the store's; who uses this keeps the store.
@usableFromInline
@frozen
struct InternerRecords: BitwiseCopyable, @unchecked Sendable {
    @usableFromInline let text: WordSpace<14>
    /// The location of each id. Its blocks are whole pages, and 0 where no id was given out.
    @usableFromInline let ids: WordSpace<12>

    init(_ memory: InternerMemory) throws(StrataError) {
        let text = try WordSpace<14>(memory)
        do throws(StrataError) { ids = try WordSpace<12>(memory) } catch {
            text.destroy(memory)
            throw error
        }
        self.text = text
    }

    func destroy(_ memory: InternerMemory) {
        text.destroy(memory)
        ids.destroy(memory)
    }

    /// Words that the record of a string takes.
    @inline(__always)
    static func words(of byteCount: Int) -> Int {
        byteCount < InternerStore.longBytes
            ? (InternerRecord.headerBytes + byteCount + 3) / 4 : InternerStore.longRecordWords
    }

    /// The record at a location.
    @inlinable @inline(__always)
    func record(at location: UInt32) -> InternerRecord { InternerRecord(address: text.address(location)) }

    /// The record of an id.
    ///
    /// - Precondition: the id was given out by this store. What is not is found out, but for an id that another thread
    ///   is just being given.
    @inlinable @inline(__always)
    func record(of id: UInt32) -> InternerRecord { record(at: location(of: id)) }

    /// The location of an id.
    ///
    /// - Precondition: as of ``record(of:)``.
    @inlinable @inline(__always)
    func location(of id: UInt32) -> UInt32 {
        precondition(ids.hasPage(id), "the id belongs to another interner")
        let location = idWord(id).pointee.load(ordering: .acquiring)
        precondition(location != 0, "the id was not given out yet, or belongs to another interner")
        return location
    }

    /// `UInt32` and its atomic have one layout, and zeroed memory is an initialised atomic.
    @inlinable @inline(__always)
    func idWord(_ id: UInt32) -> UnsafeMutablePointer<Atomic<UInt32>> {
        UnsafeMutableRawPointer(ids.address(id)).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Writes a record and the location of its id; afterwards the id may be given away.
    ///
    /// - Parameters:
    ///   - location: room for it, for the caller alone.
    ///   - long: a copy of the bytes, when they are too long for a record.
    @inline(__always)
    func write(
        _ id: UInt32, _ bytes: UnsafeRawPointer?, count: Int, long: UnsafeMutableRawPointer?, at location: UInt32
    ) {
        let record = UnsafeMutableRawPointer(text.address(location))
        record.storeBytes(of: id, as: UInt32.self)
        if let long {
            record.storeBytes(of: InternerRecord.longMark, toByteOffset: 4, as: UInt16.self)
            record.storeBytes(of: UInt(bitPattern: long), toByteOffset: 8, as: UInt.self)
            record.storeBytes(of: count, toByteOffset: 16, as: Int.self)
        } else {
            record.storeBytes(of: UInt16(count), toByteOffset: 4, as: UInt16.self)
            if let bytes { (record + InternerRecord.headerBytes).copyMemory(from: bytes, byteCount: count) }
        }
        idWord(id).pointee.store(location, ordering: .releasing)
    }

    /// The bytes of many strings, each with its place among them: all locations of a group are waited for together, then
    /// all its records.
    ///
    /// - Precondition: as of ``record(of:)``.
    @inline(__always)
    func forEach(
        of strings: UnsafeBufferPointer<InternedString>, _ body: (Int, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        // Records of the group.
        withUnsafeTemporaryAllocation(of: InternerRecord.self, capacity: InternerBatch.groupSize) { records in
            let records = records.baseAddress.unsafelyUnwrapped
            var first = 0
            while first < strings.count {
                let size = min(InternerBatch.groupSize, strings.count &- first)
                for index in 0..<size {
                    let id = strings[first &+ index].id
                    precondition(ids.hasPage(id), "the id belongs to another interner")
                    strata_prefetch(ids.address(id))
                }
                for index in 0..<size {
                    let record = record(of: strings[first &+ index].id)
                    strata_prefetch(record.address)
                    (records + index).initialize(to: record)
                }
                for index in 0..<size { body(first &+ index, records[index].bytes) }
                first &+= size
            }
        }
    }
}
