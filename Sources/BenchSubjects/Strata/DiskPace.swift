import BenchDriver
import Glibc

/// What the disk under a folder allows: bytes written one after the other and synchronized.
enum DiskPace {
    /// More than this is not written: the pace does not change any more.
    private static let mostBytes = 512 << 20
    private static let pieceBytes = 1 << 20

    /// The bytes per second at which about so many bytes get into a new file and onto the disk.
    static func bytesPerSecond(_ byteCount: Int, in folder: String) throws(SubjectError) -> Double {
        let path = folder + "/disk-pace"
        let file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer {
            close(file)
            unlink(path)
        }
        // Bytes that no file system can leave out or make smaller.
        var random: UInt64 = 1
        let piece = [UInt64](
            (0..<pieceBytes / 8).map { _ in
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return random ^ random >> 32
            })
        let total = min(max(byteCount, 1), mostBytes)
        var written = 0
        let nanoseconds = try Stopwatch.nanoseconds { () throws(SubjectError) in
            while written < total {
                let count = piece.withUnsafeBytes { write(file, $0.baseAddress, min($0.count, total - written)) }
                guard count > 0 else { throw failure(path) }
                written += count
            }
            guard fdatasync(file) == 0 else { throw failure(path) }
        }
        return Double(written) / nanoseconds * 1e9
    }

    private static func failure(_ path: String) -> SubjectError {
        SubjectError("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
