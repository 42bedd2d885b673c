import BenchDriver
import Glibc
import Strata

/// What names strings by numbers: what the phases of interning are done to.
///
/// A store is a handle; what it names lives until ``destroy()``. The bytes that it is given are valid for the call only.
protocol StringStore: BitwiseCopyable {
    /// Whether several threads may intern at once.
    static var isShared: Bool { get }

    /// An empty store.
    init() throws(SubjectError)
    func destroy()

    /// The numbers of strings that stand one after another, the n-th from `offsets[n]` to `offsets[n + 1]`.
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError)

    /// A sum over strings: of their places in the phase, from `first` on, their lengths and first bytes.
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64

    /// The bytes of a string, for proofs.
    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result

    /// Distinct strings.
    var count: Int { get }
    /// All bytes held for them, tables too, by the store's own count; nil for one that does not count.
    var heldBytes: Int? { get }
}

/// What a reading phase takes of a string, with its place.
@inline(__always)
func stringAnswer(_ place: Int, _ length: Int, _ first: UInt8) -> UInt64 {
    AnswerHash.fold(UInt64(truncatingIfNeeded: place), UInt64(truncatingIfNeeded: length) &<< 8 | UInt64(first))
}

@inline(__always)
private func stringAnswer(_ place: Int, _ bytes: Span<UInt8>) -> UInt64 {
    stringAnswer(place, bytes.count, bytes.isEmpty ? 0 : bytes[0])
}

@inline(__always)
private func span(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: text + start, count: end &- start)
}

/// A ``StringInterner``, string by string.
struct SingleInterner: StringStore {
    // Initialised until `destroy`.
    fileprivate let interner: UnsafeMutablePointer<StringInterner>

    static var isShared: Bool { false }

    init() throws(SubjectError) {
        do throws(StrataError) {
            let made = try StringInterner()
            interner = .allocate(capacity: 1)
            interner.initialize(to: made)
        } catch { throw SubjectError(error.description) }
    }

    func destroy() {
        interner.deinitialize(count: 1)
        interner.deallocate()
    }

    @inline(__always)
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        do throws(StrataError) {
            for place in 0..<offsets.count - 1 {
                ids[place] = try interner.pointee.intern(utf8: span(text, offsets[place], offsets[place + 1]).span).id
            }
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        var sum: UInt64 = 0
        for place in ids.indices {
            sum &+= stringAnswer(first &+ place, interner.pointee.utf8(of: InternedString(id: ids[place])))
        }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result {
        body(interner.pointee.utf8(of: InternedString(id: id)))
    }

    var count: Int { interner.pointee.count }
    var heldBytes: Int? { interner.pointee.stats.totalBytes }
}

/// A ``StringInterner``, many strings a call.
struct BatchInterner: StringStore {
    private let single: SingleInterner

    static var isShared: Bool { false }

    init() throws(SubjectError) { single = try SingleInterner() }
    func destroy() { single.destroy() }

    @inline(__always)
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        let (bytes, offsets, count) = batch(text, offsets)
        var given = MutableSpan(_unsafeStart: asStrings(ids), count: count)
        do throws(StrataError) {
            try single.interner.pointee.intern(utf8: bytes.span, offsets: offsets.span, into: &given)
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        var sum: UInt64 = 0
        single.interner.pointee.forEachUTF8(of: asStrings(ids).span) { sum &+= stringAnswer(first &+ $0, $1) }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result { single.withUTF8(id, body) }
    var count: Int { single.count }
    var heldBytes: Int? { single.heldBytes }
}

/// A ``ConcurrentStringInterner``, string by string.
struct SharedInterner: StringStore {
    // Retained until `destroy`.
    fileprivate let reference: Unmanaged<ConcurrentStringInterner>

    static var isShared: Bool { true }

    init() throws(SubjectError) {
        do throws(StrataError) { reference = Unmanaged.passRetained(try ConcurrentStringInterner()) } catch {
            throw SubjectError(error.description)
        }
    }

    func destroy() { reference.release() }

    @inline(__always)
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        let interner = reference.takeUnretainedValue()
        do throws(StrataError) {
            for place in 0..<offsets.count - 1 {
                ids[place] = try interner.intern(utf8: span(text, offsets[place], offsets[place + 1]).span).id
            }
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        let interner = reference.takeUnretainedValue()
        var sum: UInt64 = 0
        for place in ids.indices {
            sum &+= stringAnswer(first &+ place, interner.utf8(of: InternedString(id: ids[place])))
        }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result {
        body(reference.takeUnretainedValue().utf8(of: InternedString(id: id)))
    }

    var count: Int { reference.takeUnretainedValue().count }
    var heldBytes: Int? { reference.takeUnretainedValue().stats.totalBytes }
}

/// A ``ConcurrentStringInterner``, many strings a call.
struct SharedBatchInterner: StringStore {
    private let shared: SharedInterner

    static var isShared: Bool { true }

    init() throws(SubjectError) { shared = try SharedInterner() }
    func destroy() { shared.destroy() }

    @inline(__always)
    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        let (bytes, offsets, count) = batch(text, offsets)
        var given = MutableSpan(_unsafeStart: asStrings(ids), count: count)
        do throws(StrataError) {
            try shared.reference.takeUnretainedValue().intern(utf8: bytes.span, offsets: offsets.span, into: &given)
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        var sum: UInt64 = 0
        shared.reference.takeUnretainedValue().forEachUTF8(of: asStrings(ids).span) {
            sum &+= stringAnswer(first &+ $0, $1)
        }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result { shared.withUTF8(id, body) }
    var count: Int { shared.count }
    var heldBytes: Int? { shared.heldBytes }
}

/// What an interner takes a batch as: a buffer from the text's start to the last string's end, and where strings begin.
@inline(__always)
private func batch(
    _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>
) -> (bytes: UnsafeBufferPointer<UInt8>, offsets: UnsafeBufferPointer<Int>, count: Int) {
    (UnsafeBufferPointer(start: text, count: offsets[offsets.count - 1]), offsets, offsets.count - 1)
}

/// An ``InternedString`` is its number and nothing else.
@inline(__always)
private func asStrings(_ ids: UnsafeMutablePointer<UInt32>) -> UnsafeMutablePointer<InternedString> {
    UnsafeMutableRawPointer(ids).assumingMemoryBound(to: InternedString.self)
}

@inline(__always)
private func asStrings(_ ids: UnsafeBufferPointer<UInt32>) -> UnsafeBufferPointer<InternedString> {
    UnsafeRawBufferPointer(ids).assumingMemoryBound(to: InternedString.self)
}
