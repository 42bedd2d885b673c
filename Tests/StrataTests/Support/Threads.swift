import Glibc

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on `count` threads of their own at once, each with its number, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    startThreads(count, body).join()
}

/// Threads that run beside the one that started them.
struct StartedThreads {
    fileprivate let threads: [pthread_t]

    /// Waits for all of them.
    func join() { for thread in threads { pthread_join(thread, nil) } }
}

/// Starts `body` on `count` threads of their own, each with its number; whoever starts them joins them.
func startThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> StartedThreads {
    StartedThreads(threads: (0..<count).map { number in startThread { body(number) } })
}

private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    let code = pthread_create(
        &thread, nil,
        {
            Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run()
            return nil
        }, argument)
    precondition(code == 0, "no thread could be started")
    return thread
}
