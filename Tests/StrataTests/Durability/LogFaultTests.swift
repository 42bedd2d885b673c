import Glibc
import Testing

@testable import Strata

@Suite("The log when calls fail")
struct LogFaultTests {
    static let histories: [[LogStep]] = [
        [.small, .waiting, .large, .small],
        [.large, .large, .discard, .large, .large],
        [.small, .reopen, .small, .startSegment, .small, .discard, .waiting, .reopen],
    ]

    /// Every call fails, once and from then on: what was acknowledged stays, in the process and after a crash.
    @Test(arguments: [EIO, ENOSPC], [1, Int.max])
    func everyCallFails(number: Int32, count: Int) throws {
        var generator = SplitMix64(seed: 1)
        for steps in Self.histories {
            var call = 0
            while true {
                call += 1
                let files = SimulatedFileSystem()
                files.inject(.failure(number), at: call, count: count)
                let run = LogRun(files)
                run.run(steps)
                #expect(run.fault == nil, "\(steps), call \(call)")
                if files.faultCount == 0 { break }
                #expect(run.failures > 0 || count == 1, "\(steps), call \(call)")
                files.removeFaults()

                // The machine stops at once.
                files.crashPoint().forEachState(limit: 4, using: &generator) { left in
                    let problem = run.problem(after: left)
                    #expect(problem == nil, "\(steps), call \(call)")
                }
                // Or it goes on, and stops later: what a failed synchronization has lost must not be relied upon.
                run.kill()
                run.open()
                #expect(run.log != nil, "\(steps), call \(call)")
                run.append(25, commits: true)
                #expect(run.fault == nil, "\(steps), call \(call)")
                files.crashPoint().forEachState(limit: 4, using: &generator) { left in
                    let problem = run.problem(after: left)
                    #expect(problem == nil, "\(steps), call \(call), later")
                }
            }
            #expect(call > 20)
        }
    }

    /// Signals and calls that are done by half change nothing.
    @Test(arguments: [SimulatedFault.interruption, .shortCall])
    func interruptedAndShortCalls(fault: SimulatedFault) {
        for steps in Self.histories {
            let files = SimulatedFileSystem()
            files.inject(fault, at: 1, count: .max)
            let run = LogRun(files)
            run.run(steps)
            #expect(run.fault == nil)
            #expect(run.failures == 0)
            #expect(files.faultCount > 10)
            let problem = run.problem(after: files.crashPoint().state(0))
            #expect(problem == nil)
        }
    }

    /// A synchronization that failed ends the writing: a second one would succeed, and mean nothing.
    @Test func aFailedSynchronizationPoisons() throws {
        let files = SimulatedFileSystem()
        let log = try open(files)
        let first = try append(log, 10)
        try log.commit(first)
        let second = try append(log, 10)
        // A write is in front of it.
        files.inject(.failure(EIO), at: files.callCount + 2)
        let error = failure { try log.commit(second) }
        #expect(files.faultCount == 1)
        #expect(error?.errno == EIO)
        #expect(error?.remedy == "close the database and open it again")
        #expect(error?.path == "log/log-0000000001")
        try log.commit(first)
        #expect(failure { try log.commit(second) } == error)
        #expect(failure { try append(log, 10) } == error)
        #expect(failure { try log.synchronize() } == error)
        #expect(failure { try log.startSegment() } == error)
        #expect(failure { try log.discard(through: 1) } == error)
        #expect(log.failure == error)
        #expect(failure { try log.close() } == error)
        // It is closed all the same: the next one gets the lock.
        #expect(try open(files).lastSequence == 2)
    }

    /// A full disk refuses the next segment, and nothing is lost; with space again it goes on.
    @Test func aFullDiskIsTold() throws {
        let files = SimulatedFileSystem()
        let log = try open(files)
        try log.commit(try append(log, 600))
        files.capacity = 1500
        let error = failure { try append(log, 600) }
        #expect(error?.errno == ENOSPC)
        #expect(error?.description.contains("no space is left on the device; free some space") == true)
        #expect(log.failure == nil)
        try log.commit(try append(log, 20))
        files.capacity = .max
        try log.commit(try append(log, 600))
        try log.close()
        #expect(try open(files).lastSequence == 3)
    }

    @Test func oneProcessWrites() throws {
        let files = SimulatedFileSystem()
        let log = try open(files)
        let error = failure { try open(files) }
        #expect(error?.errno == EWOULDBLOCK)
        #expect(error?.description.contains("is being written by another process; end that process") == true)
        try log.close()
        #expect(failure { try append(log, 1) }?.code == .invalidArgument)
        _ = try open(files)
    }

    @Test func whatCannotBeIsRefused() throws {
        let files = SimulatedFileSystem()
        #expect(failure { try open(files, presence: .existing) }?.code == .notFound)
        var configuration = LogConfiguration(segmentByteCount: 100)
        #expect(failure { try open(files, configuration) }?.code == .invalidArgument)
        configuration = LogConfiguration(intervalMilliseconds: 0)
        #expect(failure { try open(files, configuration) }?.code == .invalidArgument)
        let log = try open(files)
        #expect(failure { try log.commit(1) }?.code == .invalidArgument)
        let huge = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: 64), count: 1 << 31)
        #expect(failure { try log.append(huge) }?.code == .limitExceeded)
        try log.close()
        #expect(failure { try open(files, presence: .new) }?.code == .alreadyExists)
        files["file"] = [1]
        let error = failure {
            try WriteAheadLog(folder: "file", fileSystem: files) { _, _ in }
        }
        #expect(error?.errno == ENOTDIR)
    }

    private func open(
        _ files: SimulatedFileSystem, _ configuration: LogConfiguration = LogConfiguration(segmentByteCount: 1024),
        presence: LogPresence = .any
    ) throws -> WriteAheadLog {
        try WriteAheadLog(
            folder: "log", presence: presence, configuration: configuration, fileSystem: files
        ) { _, _ in }
    }

    private func append(_ log: WriteAheadLog, _ count: Int) throws -> UInt64 {
        try [UInt8](repeating: 7, count: count).withUnsafeBytes { try log.append($0) }
    }
}
