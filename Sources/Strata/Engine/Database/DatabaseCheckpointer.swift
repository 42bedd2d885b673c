import Glibc
import Synchronization

/// A thread that makes a checkpoint when there is enough to merge.
final class DatabaseCheckpointer: Sendable {
    private let body: Body
    private let thread: pthread_t

    /// - Throws: `ioFailure` when no thread can be started.
    init(_ core: DatabaseCore) throws(StrataError) {
        body = Body(core)
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
            throw .refused("start the thread of checkpoints", path: core.folder.path, errno: code)
        }
        thread = handle
    }

    /// Ends the thread, behind a checkpoint that is under way.
    deinit {
        body.stop()
        pthread_join(thread, nil)
    }

    /// Tells how much there is to merge.
    @inline(__always)
    func note(_ byteCount: Int) { if byteCount >= body.threshold { body.wake() } }

    /// No checkpoint begins any more; returns when the last one has ended.
    func stop() { body.stop() }

    var failure: StrataError? { body.failure }

    private final class Body: @unchecked Sendable {
        // Unchecked: the state is reached with the mutex held.

        private enum State { case waiting, due, working, stopped }

        let threshold: Int
        private let core: DatabaseCore
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private let changed: UnsafeMutablePointer<pthread_cond_t>
        private var state = State.waiting
        private var isStopping = false
        private var lastFailure: StrataError?
        /// Whether a checkpoint is due or under way: writers look here first.
        private let isBusy = Atomic<Bool>(false)

        init(_ core: DatabaseCore) {
            self.core = core
            threshold = core.configuration.checkpointByteCount
            mutex = .allocate(capacity: 1)
            mutex.initialize(to: pthread_mutex_t())
            changed = .allocate(capacity: 1)
            changed.initialize(to: pthread_cond_t())
            let codes = (pthread_mutex_init(mutex, nil), pthread_cond_init(changed, nil))
            precondition(codes == (0, 0), "no mutex could be made")
        }

        deinit {
            pthread_cond_destroy(changed)
            pthread_mutex_destroy(mutex)
            changed.deallocate()
            mutex.deallocate()
        }

        private func locked<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return body()
        }

        var failure: StrataError? { locked { lastFailure } }

        func wake() {
            guard !isBusy.load(ordering: .relaxed) else { return }
            locked {
                guard state == .waiting, !isStopping else { return }
                state = .due
                isBusy.store(true, ordering: .relaxed)
                pthread_cond_broadcast(changed)
            }
        }

        func stop() {
            locked {
                isStopping = true
                pthread_cond_broadcast(changed)
                while state == .working { pthread_cond_wait(changed, mutex) }
            }
        }

        func run() {
            while locked({ next() }) {
                var failure: StrataError?
                do throws(StrataError) { _ = try core.checkpoint() } catch let error { failure = error }
                locked {
                    lastFailure = failure
                    state = .waiting
                    isBusy.store(false, ordering: .relaxed)
                    pthread_cond_broadcast(changed)
                }
            }
        }

        /// Waits for work; false when there is to be none any more. With the mutex held.
        private func next() -> Bool {
            while state != .due, !isStopping { pthread_cond_wait(changed, mutex) }
            if isStopping {
                state = .stopped
                return false
            }
            state = .working
            return true
        }
    }
}
