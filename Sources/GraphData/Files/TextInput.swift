import Glibc

/// A text file that is read from front to back through one buffer, which always holds all of the current piece.
///
/// Plain `read`, no mapping: a file that somebody else cuts short meanwhile is then an early end, not a signal.
struct TextInput: ~Copyable {
    /// What errors call the file.
    let path: String
    /// The first byte of the current piece. At least eight bytes behind the last one at hand may be read too.
    var bytes: UnsafeMutablePointer<UInt8> { buffer + start }
    /// How many bytes of the current piece and behind it are at hand.
    var count: Int { end - start }
    /// How many bytes came from the file so far.
    private(set) var bytesRead = 0

    private let descriptor: Int32
    private let chunkBytes: Int
    private var buffer: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The bytes at hand are `start ..< end` of the buffer.
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// Bytes behind `capacity`, for readers of whole words.
    private static let slack = 8

    /// Opens a file or a pipe.
    ///
    /// - Parameter chunkBytes: how much is asked of the file at a time, and the buffer's size until a piece needs more.
    init(path: String, chunkBytes: Int = 1 << 18) throws(GraphDataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot be opened", path: path) }
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        guard isKnown, status.st_mode & S_IFMT != S_IFDIR else {
            let failure =
                isKnown
                ? GraphDataError("is a directory; name a file in it", path: path)
                : .system("cannot be examined", path: path)
            close(descriptor)
            throw failure
        }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        self.path = path
        self.descriptor = descriptor
        self.chunkBytes = max(chunkBytes, 16)
        capacity = self.chunkBytes
        buffer = Self.room(capacity)
    }

    deinit {
        free(buffer)
        close(descriptor)
    }

    /// Skips a byte order mark; the first thing to do with a file.
    mutating func skipByteOrderMark() throws(GraphDataError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        while count < mark.count, try readMore() {}
        if count >= mark.count, bytes[0] == mark[0], bytes[1] == mark[1], bytes[2] == mark[2] { advance(mark.count) }
    }

    /// Goes on: the current piece begins so many bytes further on.
    mutating func advance(_ byteCount: Int) {
        assert(byteCount >= 0 && byteCount <= count)
        start += byteCount
    }

    /// Reads on behind what is at hand; `false` at the end of the file. `bytes` is another address then, at which the
    /// bytes at hand stand in the same order.
    mutating func readMore() throws(GraphDataError) -> Bool {
        if isAtEnd { return false }
        if start > 0 {
            memmove(buffer, buffer + start, end - start)
            end -= start
            start = 0
        }
        if capacity - end < chunkBytes / 2 {
            let larger = Self.room(capacity * 2)
            memcpy(larger, buffer, end)
            free(buffer)
            buffer = larger
            capacity *= 2
        }
        while true {
            let result = read(descriptor, buffer + end, capacity - end)
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw .system("cannot be read", path: path) }
            isAtEnd = result == 0
            end += result
            bytesRead += result
            return !isAtEnd
        }
    }

    private static func room(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
        // Zeroed, so that the words that reach behind the last byte are of bytes that somebody wrote.
        guard let room = calloc(capacity + slack, 1) else { fatalError("no memory for \(capacity) bytes of text") }
        return room.bindMemory(to: UInt8.self, capacity: capacity + slack)
    }
}
