import BenchMeasurement
import Glibc

/// A started child process, which must be waited for once.
struct ChildProcess {
    enum End {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case interrupted
    }

    private let process: pid_t
    /// Readable when the child has ended.
    private let endDescriptor: Int32
    /// What the child reports, a line each.
    private let reports: Int32

    /// Starts a program in a process group of its own.
    init(
        executable: String, arguments: [String], environment: [String], logPath: String, reportDescriptor: Int32
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
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, logPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], reportDescriptor)

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
            throw DriverError("the worker \(executable) cannot be started: \(String(cString: strerror(status)))")
        }
        self.process = process
        reports = ends[0]
        do throws(MeasurementError) {
            endDescriptor = try ProcessControl.descriptor(of: process)
        } catch {
            Self.end(process)
            close(ends[0])
            throw DriverError("the worker cannot be watched: \(error)")
        }
    }

    /// Waits for the child's end. Whatever is left of its process group is killed, so that nothing stays behind.
    ///
    /// - Parameter line: called with each line that the child reports.
    func wait(
        timeoutNanoseconds: UInt64, interruptDescriptor: Int32?, line: (String) -> Void
    ) throws(DriverError) -> End {
        defer {
            close(endDescriptor)
            close(reports)
        }
        let deadline = MonotonicClock.now() &+ timeoutNanoseconds
        var rest: [UInt8] = []
        var watched = [
            pollfd(fd: endDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: reports, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interruptDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let now = MonotonicClock.now()
            guard now < deadline else {
                Self.end(process)
                return .timedOut
            }
            let milliseconds = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            guard poll(&watched, nfds_t(watched.count), milliseconds) >= 0 || errno == EINTR else {
                let code = errno
                Self.end(process)
                throw DriverError("the worker cannot be watched: \(String(cString: strerror(code)))")
            }
            if watched[1].revents != 0, !drain(into: &rest, line) {
                // The child has closed its end: do not ask again, or the loop would spin until the child ends.
                watched[1].fd = -1
            }
            if watched[2].revents != 0 {
                Self.end(process)
                return .interrupted
            }
            if watched[0].revents != 0 {
                _ = drain(into: &rest, line)
                return Self.decoded(Self.end(process))
            }
        }
    }

    /// Reads what is there and hands out whole lines. Returns false at the end of the stream.
    private func drain(into rest: inout [UInt8], _ line: (String) -> Void) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(reports, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 }
            rest += buffer[..<count]
            while let feed = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line(String(decoding: rest[..<feed], as: UTF8.self))
                rest.removeFirst(feed + 1)
            }
        }
    }

    /// Kills the process group and takes the child's status. A child that has ended keeps its group until it is
    /// waited for, so that the signal cannot hit a stranger, and keeps its own status.
    @discardableResult
    private static func end(_ process: pid_t) -> Int32 {
        kill(-process, SIGKILL)
        // Before the child has moved to its own group, only its own number reaches it.
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    private static func decoded(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    private static let ownPath: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return count > 0
            ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "/proc/self/exe"
    }()
}
