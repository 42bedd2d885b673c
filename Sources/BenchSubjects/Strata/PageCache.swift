import BenchDriver
import Glibc

/// What the system keeps of a file in memory.
enum PageCache {
    /// Asks the system to let go of a file's pages, and sees to it that it did.
    ///
    /// - Throws: when pages stay: the file is in use, or lies in a file system that has no other place for them.
    static func drop(_ path: String) throws(SubjectError) {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(file) }
        // What has not been written to the disk cannot go.
        guard fdatasync(file) == 0 else { throw failure(path, "cannot be synchronized") }
        var share = 1.0
        for _ in 0..<5 where share > 0.01 {
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            share = try self.share(of: path)
        }
        guard share <= 0.01 else {
            throw SubjectError(
                "\(path): \(Int(share * 100)) % of it stay in the page cache; a phase with `store: cold-snapshot` needs "
                    + "its files on a disk, so give `--out` a folder there")
        }
    }

    /// The share of a file's pages that are in memory, from 0 to 1.
    static func share(of path: String) throws(SubjectError) -> Double {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw failure(path, "cannot be opened") }
        defer { close(file) }
        let byteCount = Int(lseek(file, 0, SEEK_END))
        guard byteCount > 0 else { return 0 }
        guard let start = mmap(nil, byteCount, PROT_READ, MAP_SHARED, file, 0), start != MAP_FAILED else {
            throw failure(path, "cannot be mapped")
        }
        defer { munmap(start, byteCount) }
        let pageByteCount = Int(getpagesize())
        var pages = [UInt8](repeating: 0, count: (byteCount + pageByteCount - 1) / pageByteCount)
        guard mincore(start, byteCount, &pages) == 0 else { throw failure(path, "cannot be looked at") }
        return Double(pages.count { $0 & 1 != 0 }) / Double(pages.count)
    }

    private static func failure(_ path: String, _ what: String) -> SubjectError {
        SubjectError("\(path) \(what): \(String(cString: strerror(errno)))")
    }
}
