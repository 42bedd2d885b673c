import Glibc
import Testing

@testable import Strata

@Suite("The log under many threads")
struct LogGroupTests {
    /// What threads have appended, by the numbers that they got.
    private final class Book: @unchecked Sendable {
        // Unchecked: all is touched with the lock held. The thread sanitizer does not follow the library's `Mutex`.
        private let lock = PoolLock()
        private(set) var appended: [UInt64: [UInt8]] = [:]
        private(set) var acknowledged: Set<UInt64> = []
        private(set) var problemCount = 0

        func append(_ bytes: [UInt8], _ sequence: UInt64) {
            lock.lock()
            defer { lock.unlock() }
            appended[sequence] = bytes
        }

        func acknowledge(_ sequence: UInt64, isDurable: Bool) {
            lock.lock()
            defer { lock.unlock() }
            acknowledged.insert(sequence)
            if !isDurable { problemCount += 1 }
        }
    }

    private static func open(
        _ files: any FileSystem, _ configuration: LogConfiguration, _ found: inout [[UInt8]]
    ) throws -> WriteAheadLog {
        var records: [[UInt8]] = []
        let log = try WriteAheadLog(folder: "log", configuration: configuration, fileSystem: files) { _, payload in
            records.append(payload.withUnsafeBytes(Array.init))
        }
        found = records
        return log
    }

    /// Threads append and commit until they are through or the log refuses.
    private static func work(_ log: WriteAheadLog, _ book: Book, threads: Int, count: Int) {
        onThreads(threads) { thread in
            for number in 0..<count {
                let bytes = LogRun.payload(thread * 1000 + number, count: 10 + (thread &* 31 &+ number &* 7) % 90)
                do {
                    let sequence = try bytes.withUnsafeBytes { try log.append($0) }
                    book.append(bytes, sequence)
                    try log.commit(sequence)
                    book.acknowledge(sequence, isDurable: log.durableSequence >= sequence)
                } catch {
                    break
                }
            }
        }
    }

    /// No thread waits for ever, segments and full buffers come in between, and all is there in its order.
    @Test(arguments: [1, 2, 7])
    func allAreAcknowledged(threads: Int) throws {
        let files = SimulatedFileSystem(keepsHistory: false)
        let configuration = LogConfiguration(segmentByteCount: 4096, bufferByteCount: 300)
        var found: [[UInt8]] = []
        let count = min(longRun(1200), 100_000) / threads
        let book = Book()
        do {
            let log = try Self.open(files, configuration, &found)
            Self.work(log, book, threads: threads, count: count)
            #expect(book.problemCount == 0)
            #expect(log.lastSequence == UInt64(count * threads))
            #expect(log.durableSequence == log.lastSequence)
            if threads == 1 { #expect(log.synchronizationCount == count) }
        }
        _ = try Self.open(files, configuration, &found)
        let expected = (1...count * threads).map { book.appended[UInt64($0)]! }
        #expect(found == expected)
    }

    /// The power fails under them.
    @Test(arguments: Array(1...(getenv("STRATA_LONG") == nil ? 12 : 2_000)))
    func aCrashUnderManyThreads(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let files = SimulatedFileSystem()
        let configuration = LogConfiguration(segmentByteCount: 1024, bufferByteCount: 300)
        files.inject(.powerLoss, at: 20 + generator.below(80))
        let book = Book()
        var found: [[UInt8]] = []
        do {
            let log = try Self.open(files, configuration, &found)
            Self.work(log, book, threads: 4, count: 50)
        }
        #expect(book.acknowledged.count < 200)
        for _ in 0..<5 {
            let left = files.crashPoint().state(using: &generator)
            _ = try Self.open(left, configuration, &found)
            for (index, record) in found.enumerated() {
                // A thread may have been stopped between its append and the entry in the book.
                #expect(book.appended[UInt64(index + 1)] ?? record == record)
            }
            #expect(book.acknowledged.max() ?? 0 <= UInt64(found.count))
        }
    }

    /// A failure reaches all that wait.
    @Test func aFailureWakesAll() throws {
        let files = SimulatedFileSystem(keepsHistory: false)
        var found: [[UInt8]] = []
        let log = try Self.open(files, LogConfiguration(segmentByteCount: 4096), &found)
        files.inject(.failure(EIO), at: files.callCount + 60, count: .max)
        let book = Book()
        Self.work(log, book, threads: 6, count: 10_000)
        #expect(log.failure?.errno == EIO)
    }

    /// At `none` and `interval` a commit waits for the operating system only; at `interval` the rest comes by itself.
    @Test(arguments: Durability.allCases)
    func levels(durability: Durability) throws {
        let files = SimulatedFileSystem()
        var configuration = LogConfiguration(durability: durability, segmentByteCount: 4096)
        var found: [[UInt8]] = []
        configuration.intervalMilliseconds = durability == .interval ? 1 : 86_400_000
        do {
            let log = try Self.open(files, configuration, &found)
            for number in 1...5 {
                let bytes = LogRun.payload(number, count: 30)
                try log.commit(try bytes.withUnsafeBytes { try log.append($0) })
            }
            switch durability {
            case .none:
                #expect(log.synchronizationCount == 0)
                #expect(log.durableSequence == 0)
            case .interval: while log.durableSequence < 5 { usleep(100) }
            case .commit: #expect(log.synchronizationCount == 5)
            }
            let left = files.crashPoint().state(0)
            _ = try Self.open(left, configuration, &found)
            #expect(found.count == (durability == .none ? 0 : 5))
        }
        // The end of the process loses nothing.
        _ = try Self.open(files, configuration, &found)
        #expect(found.count == 5)
    }
}
