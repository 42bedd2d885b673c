import CStrata
import Glibc
import Synchronization

/// A thread that synchronizes a log once in an interval.
final class LogTicker: Sendable {
    private let body: Body
    private let thread: pthread_t

    /// - Throws: `ioFailure` when no thread can be started.
    init(_ writer: LogWriter, intervalMilliseconds: Int) throws(StrataError) {
        body = Body(writer, nanoseconds: UInt64(intervalMilliseconds) * 1_000_000)
        var handle = pthread_t()
        let argument = Unmanaged.passRetained(body)
        let code = pthread_create(
            &handle, nil,
            { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw .refused("start the log's thread", path: writer.maker.folder, errno: code)
        }
        thread = handle
    }

    /// Ends the thread.
    deinit {
        body.stop()
        pthread_join(thread, nil)
    }

    private final class Body: @unchecked Sendable {
        // Unchecked: `isStopped` is memory of its own that holds an atomic from `init` to `deinit`.
        private let writer: LogWriter
        private let nanoseconds: UInt64
        private let isStopped: UnsafeMutablePointer<Atomic<UInt32>>

        init(_ writer: LogWriter, nanoseconds: UInt64) {
            self.writer = writer
            self.nanoseconds = nanoseconds
            isStopped = .allocate(capacity: 1)
            isStopped.initialize(to: Atomic(0))
        }

        deinit {
            isStopped.deinitialize(count: 1)
            isStopped.deallocate()
        }

        private var word: UnsafePointer<UInt32> {
            UnsafeRawPointer(isStopped).assumingMemoryBound(to: UInt32.self)
        }

        func stop() {
            isStopped.pointee.store(1, ordering: .releasing)
            strata_futex_wake(word, .max)
        }

        func run() {
            while isStopped.pointee.load(ordering: .acquiring) == 0 {
                strata_futex_wait(word, 0, nanoseconds)
                // A failure poisons the log: the next one who writes to it is told.
                try? writer.synchronize()
            }
        }
    }
}
