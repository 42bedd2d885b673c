import BenchMeasurement
import Glibc

/// A started child process. It is taken away, with whatever it has started, when it has been waited for, and with the
/// last reference to it at the latest.
final class ChildProcess {
    enum End {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case interrupted
    }

    /// Why ``watch(until:interruptDescriptor:line:)`` came back.
    enum Event {
        /// The child has ended and waits to be taken away.
        case ended
        /// The line that it reported last was not to be followed by others yet.
        case paused
        case deadline
        case interrupted
    }

    let identifier: pid_t
    /// What the child and those that it waited for have used; nil before it was taken away.
    private(set) var usage: rusage?
    /// Readable when the child has ended.
    private let endDescriptor: Int32
    /// What the child reports, a line each.
    private let reports: Int32
    private var reportsAreOpen = true
    private var unread: [UInt8] = []

    /// Starts a program in a process group of its own.
    ///
    /// - Parameters:
    ///   - logPath: where its standard error goes, and its standard output.
    ///   - keepsOutput: false to throw standard output away.
    ///   - reportDescriptor: the descriptor that it reports lines on, or nil for none.
    init(
        executable: String, arguments: [String], environment: [String], logPath: String, keepsOutput: Bool = true,
        reportDescriptor: Int32?
    ) throws(DriverError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw DriverError("a pipe for a worker cannot be made (error \(errno))") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, logPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        if keepsOutput {
            posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        if let reportDescriptor { posix_spawn_file_actions_adddup2(&actions, ends[1], reportDescriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // The first argument is the program's own path even where it is started through /proc.
        let name = executable == "/proc/self/exe" ? Self.ownPath : executable
        var argumentPointers = ([name] + arguments).map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in argumentPointers { free(pointer) }
            for pointer in environmentPointers { free(pointer) }
        }
        var process: pid_t = 0
        let status = posix_spawn(
            &process, executable, &actions, &attributes, &argumentPointers, &environmentPointers)
        guard status == 0 else {
            close(ends[0])
            throw DriverError("the program \(executable) cannot be started: \(String(cString: strerror(status)))")
        }
        do throws(MeasurementError) {
            endDescriptor = try ProcessControl.descriptor(of: process)
        } catch {
            _ = Self.end(process)
            close(ends[0])
            throw DriverError("the worker cannot be watched: \(error)")
        }
        identifier = process
        reports = ends[0]
    }

    deinit {
        if usage == nil { _ = Self.end(identifier) }
        close(endDescriptor)
        close(reports)
    }

    /// Waits for the child's end, and ends it when that takes too long or the user interrupts. Whatever is left of its
    /// process group is killed, so that nothing stays behind.
    ///
    /// - Parameter line: called with each line that the child reports.
    func wait(
        timeoutNanoseconds: UInt64, interruptDescriptor: Int32?, line: (String) -> Void
    ) throws(DriverError) -> End {
        let event = try watch(
            until: MonotonicClock.now() &+ timeoutNanoseconds, interruptDescriptor: interruptDescriptor
        ) {
            line($0)
            return true
        }
        return end(after: event)
    }

    /// Takes the child away, killed where it still runs, and says how it ended.
    func end(after event: Event) -> End {
        guard usage == nil else { preconditionFailure("a child ends once") }
        let (status, usage) = Self.end(identifier)
        self.usage = usage
        switch event {
        case .ended, .paused:
            let signal = status & 0x7F
            return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
        case .deadline: return .timedOut
        case .interrupted: return .interrupted
        }
    }

    /// Watches the child for a while.
    ///
    /// - Parameters:
    ///   - deadline: when to come back at the latest, in nanoseconds of the monotonic clock.
    ///   - line: called with each line that the child reports; false to come back after it.
    func watch(
        until deadline: UInt64, interruptDescriptor: Int32?, line: (String) -> Bool
    ) throws(DriverError) -> Event {
        while true {
            let now = MonotonicClock.now()
            let left = deadline > now ? deadline - now : 0
            // A closed stream is not asked again, or the loop would spin until the child ends.
            var watched = [
                pollfd(fd: endDescriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: reportsAreOpen ? reports : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interruptDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = left == 0 ? 0 : Int32(clamping: (left - 1) / 1_000_000 + 1)
            guard poll(&watched, nfds_t(watched.count), milliseconds) >= 0 || errno == EINTR else {
                let code = errno
                _ = end(after: .interrupted)
                throw DriverError("the worker cannot be watched: \(String(cString: strerror(code)))")
            }
            let hasEnded = watched[0].revents != 0
            if hasEnded || watched[1].revents != 0 {
                while let text = nextLine() { if !line(text), !hasEnded { return .paused } }
            }
            if watched[2].revents != 0 { return .interrupted }
            if hasEnded { return .ended }
            if left == 0 { return .deadline }
        }
    }

    /// Whether the child has ended.
    var isOver: Bool {
        var request = pollfd(fd: endDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    /// The next whole line that the child reported, or nil when there is none yet.
    private func nextLine() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            if let feed = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(feed + 1) }
                return String(decoding: unread[..<feed], as: UTF8.self)
            }
            guard reportsAreOpen else { return nil }
            let count = read(reports, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count == 0 { reportsAreOpen = false }
            guard count > 0 else { return nil }
            unread += buffer[..<count]
        }
    }

    /// Kills the process group and takes the child's status. A child that has ended keeps its group until it is
    /// waited for, so that the signal cannot hit a stranger, and keeps its own status.
    private static func end(_ process: pid_t) -> (status: Int32, usage: rusage) {
        kill(-process, SIGKILL)
        // Before the child has moved to its own group, only its own number reaches it.
        kill(process, SIGKILL)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
        return (status, usage)
    }

    private static let ownPath: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0
            ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "/proc/self/exe"
    }()
}
