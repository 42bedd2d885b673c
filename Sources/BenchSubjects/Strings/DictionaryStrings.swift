import BenchDriver

/// A dictionary from strings to numbers and an array of strings: what one writes first. Each text is one object, which
/// both hold.
struct DictionaryStrings: StringStore {
    private final class Tables {
        var numbers: [String: UInt32] = [:]
        var texts: [String] = []
    }

    // Retained until `destroy`.
    private let reference: Unmanaged<Tables>

    static var isShared: Bool { false }

    init() throws(SubjectError) { reference = Unmanaged.passRetained(Tables()) }
    func destroy() { reference.release() }

    func intern(
        _ text: UnsafePointer<UInt8>, _ offsets: UnsafeBufferPointer<Int>, into ids: UnsafeMutablePointer<UInt32>
    ) throws(SubjectError) {
        let tables = reference.takeUnretainedValue()
        for place in 0..<offsets.count - 1 {
            let bytes = UnsafeBufferPointer(
                start: text + offsets[place], count: offsets[place + 1] - offsets[place])
            let string = String(decoding: bytes, as: UTF8.self)
            if let number = tables.numbers[string] {
                ids[place] = number
            } else {
                ids[place] = UInt32(tables.texts.count)
                tables.numbers[string] = ids[place]
                tables.texts.append(string)
            }
        }
    }

    func read(_ ids: UnsafeBufferPointer<UInt32>, from first: Int) -> UInt64 {
        let tables = reference.takeUnretainedValue()
        var sum: UInt64 = 0
        for place in ids.indices {
            let bytes = tables.texts[Int(ids[place])].utf8
            sum &+= stringAnswer(first &+ place, bytes.count, bytes.first ?? 0)
        }
        return sum
    }

    func withUTF8<Result>(_ id: UInt32, _ body: (Span<UInt8>) -> Result) -> Result {
        body(reference.takeUnretainedValue().texts[Int(id)].utf8Span.span)
    }

    var count: Int { reference.takeUnretainedValue().texts.count }
    var heldBytes: Int? { nil }
}
