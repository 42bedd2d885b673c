import Glibc

/// Threads that wait to scan their parts of a column, and the signals between them and the thread that asks.
///
/// Invariant: `job` and the workers' fields are touched by the asking thread only while no worker is busy, and by a worker
/// only between the rise of `round` and the fall of `busy` that it causes. Both happen under the lock, which orders the
/// rest.
final class SearchTeam: @unchecked Sendable {
    /// What every worker reads.
    struct Job {
        var queries: UnsafePointer<Float>?
        var count = 0
        var limit = 0
        var filter: RowBitmap?
    }

    /// A thread's part of a column, and its candidates.
    final class Worker {
        var searcher: ExactSearcher
        var blocks: [RowBlock] = []

        init(_ dimensions: Int, _ metric: SimilarityMetric) { searcher = ExactSearcher(checked: dimensions, metric) }

        /// Offers the rows of its part to the candidates of every query.
        func scan(_ job: Job) {
            guard let queries = job.queries else { return }
            searcher.prepare(job.count, job.limit)
            if let filter = job.filter {
                searcher.scanAll(queries, job.count, blocks, filter) { $0 }
            } else {
                searcher.scanAll(queries, job.count, blocks, EveryRow()) { $0 }
            }
        }
    }

    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let started: UnsafeMutablePointer<pthread_cond_t>
    private let finished: UnsafeMutablePointer<pthread_cond_t>
    private var threads: [pthread_t] = []
    let workers: [Worker]
    private var job = Job()
    private var round = 0
    private var busy = 0
    private var isStopping = false

    private init(_ count: Int, _ dimensions: Int, _ metric: SimilarityMetric) {
        lock = .allocate(capacity: 1)
        started = .allocate(capacity: 1)
        finished = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(started, nil)
        pthread_cond_init(finished, nil)
        workers = (0..<count).map { _ in Worker(dimensions, metric) }
    }

    deinit {
        pthread_cond_destroy(finished)
        pthread_cond_destroy(started)
        pthread_mutex_destroy(lock)
        finished.deallocate()
        started.deallocate()
        lock.deallocate()
    }

    /// Starts threads that hold the team until ``stop()``.
    ///
    /// - Throws: `ioFailure` when the system has no more threads.
    static func start(
        _ count: Int, dimensions: Int, metric: SimilarityMetric
    ) throws(StrataError) -> SearchTeam {
        let team = SearchTeam(count, dimensions, metric)
        for number in 0..<count {
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(Start(team: team, number: number))
            let code = pthread_create(
                &thread, nil,
                {
                    let start = Unmanaged<Start>.fromOpaque($0!).takeRetainedValue()
                    start.team.serve(start.number)
                    return nil
                }, argument.toOpaque())
            guard code == 0 else {
                argument.release()
                team.stop()
                throw StrataError(.ioFailure, "thread \(number + 1) of a search could not be started", errno: code)
            }
            team.threads.append(thread)
        }
        return team
    }

    /// What a thread is given.
    private final class Start {
        let team: SearchTeam
        let number: Int

        init(team: SearchTeam, number: Int) {
            self.team = team
            self.number = number
        }
    }

    /// Ends the threads, and waits for them.
    func stop() {
        pthread_mutex_lock(lock)
        isStopping = true
        pthread_cond_broadcast(started)
        pthread_mutex_unlock(lock)
        for thread in threads { pthread_join(thread, nil) }
        threads.removeAll()
    }

    /// Sets every worker to its part.
    func begin(_ job: Job) {
        pthread_mutex_lock(lock)
        self.job = job
        busy = workers.count
        round += 1
        pthread_cond_broadcast(started)
        pthread_mutex_unlock(lock)
    }

    /// Waits until every worker is done.
    func wait() {
        pthread_mutex_lock(lock)
        while busy > 0 { pthread_cond_wait(finished, lock) }
        job.queries = nil
        job.filter = nil
        pthread_mutex_unlock(lock)
    }

    private func serve(_ number: Int) {
        var seen = 0
        pthread_mutex_lock(lock)
        while true {
            while round == seen, !isStopping { pthread_cond_wait(started, lock) }
            if isStopping { break }
            seen = round
            let job = job
            pthread_mutex_unlock(lock)
            workers[number].scan(job)
            pthread_mutex_lock(lock)
            busy -= 1
            if busy == 0 { pthread_cond_signal(finished) }
        }
        pthread_mutex_unlock(lock)
    }
}
