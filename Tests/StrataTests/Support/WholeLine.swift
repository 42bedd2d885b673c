/// A value that fills a cache line.
struct WholeLine: BitwiseCopyable {
    private var words: InlineArray<8, UInt64>

    init(_ word: UInt64) { words = InlineArray(repeating: word) }
}
