import CStrata
import Glibc

/// A joinable POSIX thread. Unlike a task it stays one kernel thread from start to end, which time and resource
/// accounting per thread need.
public final class NativeThread: @unchecked Sendable {
    // The handle is written once before anyone can join, and joined by one caller.
    private var handle: pthread_t
    private var joined = false

    /// Starts `body` on a new thread.
    ///
    /// - Parameter name: shown by debuggers; cut to 15 bytes.
    public init(name: String, body: @escaping @Sendable () -> Void) throws(MeasurementError) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let status = pthread_create(
            &handle, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                strata_thread_name(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw MeasurementError("a thread cannot be started", source: "pthread_create", errno: status)
        }
        self.handle = handle
    }

    /// Waits for the end of the thread. Call it exactly once.
    public func join() {
        precondition(!joined, "a thread is joined once")
        joined = true
        pthread_join(handle, nil)
    }

    /// Nanoseconds of processor time that the thread has used. Only before ``join()``.
    public func processorTime() throws(MeasurementError) -> UInt64 {
        var clock = clockid_t()
        let status = pthread_getcpuclockid(handle, &clock)
        guard status == 0 else {
            throw MeasurementError("the thread has no clock", source: "pthread_getcpuclockid", errno: status)
        }
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else {
            throw MeasurementError("the thread's clock cannot be read", source: "clock_gettime", errno: errno)
        }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
