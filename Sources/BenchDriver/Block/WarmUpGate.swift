/// Has the threads of a phase warm up in step: all do a slice, and one looks at the pace and says whether another
/// follows.
final class WarmUpGate: @unchecked Sendable {
    // Written by the leader while the followers wait; the barrier orders it with them.
    private var isOver = false
    private let barrier: ThreadBarrier
    private let workers: [PhaseThread]

    init(_ workers: [PhaseThread]) throws(DriverError) {
        self.workers = workers
        barrier = try ThreadBarrier(threads: workers.count + 1)
    }

    /// Does slices on the worker's thread until the leader has seen enough.
    func follow(_ worker: PhaseThread) {
        while true {
            barrier.wait()
            if isOver { return }
            worker.warmUp()
            barrier.wait()
        }
    }

    /// Leads the workers' threads through the warm-up.
    func lead() -> WarmUp {
        let result = WarmUp {
            barrier.wait()
            barrier.wait()
            return workers.reduce(0) { $0 + $1.warmedOperations }
        }
        isOver = true
        barrier.wait()
        return result
    }
}

extension WarmUp {
    /// Warms up a phase of one thread, on the calling one.
    init(on worker: PhaseThread) {
        self.init {
            worker.warmUp()
            return worker.warmedOperations
        }
    }
}
