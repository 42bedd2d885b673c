import BenchMeasurement
import Glibc

/// Catches SIGINT and SIGTERM while a campaign runs.
///
/// The first signal is only noted, so that the campaign can end its child and keep what is complete; after it the
/// process answers to signals as before, so that a second one ends it at once. One at a time in a process.
public final class Interruption: @unchecked Sendable {
    // The descriptors never change.
    /// Readable once a signal came.
    let descriptor: Int32
    private let writeEnd: Int32

    /// Begins to catch.
    public init() throws(DriverError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw DriverError("a pipe for signals cannot be made (error \(errno))") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writeEnd = ends[1]
        do throws(MeasurementError) {
            try ProcessControl.catchInterrupts(writingTo: writeEnd)
        } catch {
            close(descriptor)
            close(writeEnd)
            throw DriverError("\(error)")
        }
    }

    deinit {
        ProcessControl.restoreInterrupts()
        close(descriptor)
        close(writeEnd)
    }

    /// Whether a signal came. Stays true.
    public var isRequested: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
