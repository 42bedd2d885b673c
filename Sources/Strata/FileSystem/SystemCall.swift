import Glibc

/// How a file system makes system calls: again when a signal interrupts one, on from where one stopped in the middle,
/// and as a sentence when one is refused.
///
/// Both the real and the simulated file system make their calls through it. A call returns what the kernel does: a number
/// that is not negative, or an error number with a minus in front.
enum SystemCall {
    /// What a function of the C library returned, as a call returns it. To be asked before anything else touches `errno`.
    @inline(__always)
    static func result(_ value: Int) -> Int { value >= 0 ? value : -Int(errno) }

    /// Makes a call again for as long as a signal interrupts it.
    @discardableResult
    static func retried(_ action: String, _ path: String, _ call: () -> Int) throws(StrataError) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if result != -Int(EINTR) { throw .refused(action, path: path, errno: Int32(-result)) }
        }
    }

    /// Makes a call again, from where it stopped, until `count` bytes are done or it makes no progress.
    ///
    /// - Returns: the bytes that are done.
    static func continued(
        _ verb: String, _ path: String, _ count: Int, _ call: (_ done: Int) -> Int
    ) throws(StrataError) -> Int {
        var done = 0
        while done < count {
            let step = call(done)
            if step > 0 {
                done += step
                continue
            }
            if step == 0 { break }
            if step != -Int(EINTR) { throw .refused("\(verb) \(count) bytes", path: path, errno: Int32(-step)) }
        }
        return done
    }

    /// Refuses a path that the kernel would read only in part.
    static func requireWholePath(_ path: String) throws(StrataError) {
        guard path.utf8.contains(0) else { return }
        throw StrataError(.invalidArgument, "the path holds a zero byte", path: path, remedy: "check the path")
    }

    /// Refuses an offset that the kernel's signed type cannot hold.
    static func requireOffset(_ offset: UInt64, adding count: Int, _ path: String) throws(StrataError) -> Int {
        guard let start = Int(exactly: offset), !start.addingReportingOverflow(count).overflow else {
            throw .refused("reach byte \(offset)", path: path, errno: EFBIG)
        }
        return start
    }
}
