import Glibc

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on `count` threads of their own at once, each with its number, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).map { number in
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(ThreadBody { body(number) }).toOpaque()
        let code = pthread_create(
            &thread, nil,
            {
                Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run(); return nil
            }, argument)
        precondition(code == 0, "no thread could be started")
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}
