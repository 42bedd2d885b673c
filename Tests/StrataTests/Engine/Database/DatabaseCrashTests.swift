import Glibc
import Testing

@testable import Strata

/// The story that these tests are against: a program inserts a person, is told that the person is there, and the machine loses
/// its power while a checkpoint is under way. The new base has its name already and not all of its bytes, or the log was
/// cut while the root still leads to the old base; and the person is gone, or half of a transaction is there.
@Suite("A database after a crash")
struct DatabaseCrashTests {
    /// A history of a database, and what it had come to.
    final class Run {
        private(set) var states: [DatabaseModel] = [DatabaseModel()]
        /// How many transactions were acknowledged.
        private(set) var acknowledged = 0
        /// How many calls there were when the database was there for the first time.
        private(set) var openingCalls = 0

        /// Runs transactions with checkpoints and reopenings among them, until the end or a failure.
        func run(_ files: SimulatedFileSystem, seed: UInt64, count: Int, _ durability: Durability = .commit) throws {
            var random = SplitMix64(seed: seed)
            var database: GraphDatabase? = try DatabaseCrashTests.open(files, durability)
            openingCalls = files.callCount
            for _ in 0..<count {
                switch random.below(12) {
                case 0, 1: try database!.checkpoint()
                case 2:
                    if random.chance(50) { try database!.close() }
                    database = nil
                    database = try DatabaseCrashTests.open(files, durability)
                default:
                    var model = states.last!
                    let steps = (0..<(1 + random.below(3))).map { _ in
                        DatabaseStep.random(ids: 8, dimensions: 2, using: &random)
                    }
                    // Numbers that depend on what was deleted before a reopening are of no matter here.
                    let sure = steps.filter { if case .insert(nil, _) = $0 { false } else { true } }
                    let changes = sure.filter { step in
                        if case .refused = model.apply(step) { false } else { true }
                    }
                    let submitted = try database!.submit { (transaction) throws(StrataError) in
                        for step in changes { _ = try step.apply(to: &transaction) }
                    }
                    if Int(submitted.sequence) == states.count { states.append(model) }
                    try database!.acknowledge(submitted.sequence)
                    acknowledged = states.count - 1
                }
            }
            try database!.close()
        }

        /// What is wrong with a database that is opened after a crash; nil when it has all that was acknowledged, and nothing
        /// that was not submitted.
        func problem(_ files: SimulatedFileSystem, isThere: Bool) -> String? {
            do {
                let database = try DatabaseCrashTests.open(files, .commit, isThere ? .existing : .any)
                let sequence = Int(database.sequence)
                guard (acknowledged..<states.count).contains(sequence) else {
                    return "\(sequence) transactions, of which \(acknowledged) were acknowledged"
                }
                let reader = try database.reader()
                if let difference = try states[sequence].difference(reader) {
                    return "after \(sequence) transactions: \(difference)"
                }
                // It can be written to.
                try database.write { (transaction) throws(StrataError) in
                    try transaction.insert(EntityText(type: "new"))
                }
                try database.checkpoint()
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    static func open(
        _ files: SimulatedFileSystem, _ durability: Durability, _ presence: LogPresence = .any
    ) throws -> GraphDatabase {
        var configuration = DatabaseModelTests.configuration(durability)
        configuration.log.segmentByteCount = 4096
        return try GraphDatabase(
            path: DatabaseModelTests.path, presence: presence, configuration: configuration, fileSystem: files)
    }

    private static func calls(seed: UInt64, count: Int) throws -> (opening: Int, all: Int) {
        let files = SimulatedFileSystem(keepsHistory: false)
        let run = Run()
        try run.run(files, seed: seed, count: count)
        return (run.openingCalls, files.callCount)
    }

    /// The power fails in every call, or in many, of a history with checkpoints and reopenings; states of what is left are
    /// sampled.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func powerLoss(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let isLong = getenv("STRATA_LONG") != nil
        let count = isLong ? 40 : 12
        let (opening, all) = try Self.calls(seed: seed, count: count)
        var call = 1 + random.below(isLong ? 1 : 20)
        while call <= all {
            let files = SimulatedFileSystem()
            files.inject(.powerLoss, at: call)
            let run = Run()
            _ = failure { try run.run(files, seed: seed, count: count) }
            let point = files.crashPoint()
            for _ in 0..<(isLong ? 20 : 1) {
                let problem = run.problem(point.state(using: &random), isThere: call > opening)
                #expect(problem == nil, "seed \(seed), call \(call) of \(all)")
                if problem != nil { return }
            }
            call += isLong ? 1 : 20 + random.below(60)
        }
    }

    /// Less durability loses more, and leaves a state that there was.
    @Test func powerLossWithoutDurability() throws {
        var random = SplitMix64(seed: 5)
        let (opening, all) = try Self.calls(seed: 5, count: 12)
        for _ in 0..<(getenv("STRATA_LONG") == nil ? 8 : 2_000) {
            let call = opening + 1 + random.below(all - opening)
            let files = SimulatedFileSystem()
            files.inject(.powerLoss, at: call)
            let run = Run()
            _ = failure { try run.run(files, seed: 5, count: 12, .none) }
            let left = files.crashPoint().state(using: &random)
            let problem = failure {
                let database = try Self.open(left, .commit, .existing)
                let reader = try database.reader()
                let difference = try run.states[Int(database.sequence)].difference(reader)
                #expect(difference == nil, "call \(call)")
            }
            #expect(problem == nil, "call \(call)")
        }
    }

    /// A crash while a database is opened after a crash.
    @Test(arguments: [6, 7] as [UInt64])
    func powerLossInTheRecovery(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (opening, all) = try Self.calls(seed: seed, count: 10)
        for _ in 0..<(getenv("STRATA_LONG") == nil ? 4 : 400) {
            let call = opening + 1 + random.below(all - opening)
            let files = SimulatedFileSystem()
            files.inject(.powerLoss, at: call)
            let run = Run()
            _ = failure { try run.run(files, seed: seed, count: 10) }
            let left = files.crashPoint().state(using: &random)
            left.inject(.powerLoss, at: 1 + random.below(60))
            _ = run.problem(left, isThere: true)
            // What the interrupted opening has added is not in the model: its transaction is looked away from.
            let again = left.crashPoint().state(using: &random)
            let problem = failure {
                let database = try Self.open(again, .commit, .existing)
                #expect(Int(database.sequence) >= run.acknowledged, "seed \(seed), call \(call)")
                guard Int(database.sequence) < run.states.count, left.callCount < 40 else { return }
                let reader = try database.reader()
                let difference = try run.states[Int(database.sequence)].difference(reader)
                #expect(difference == nil || Int(database.sequence) == run.acknowledged + 1, "call \(call)")
            }
            #expect(problem == nil, "seed \(seed), call \(call)")
        }
    }

    /// One call fails, and all calls from one on: what was acknowledged is there when the database is opened again.
    @Test(arguments: [1, 2] as [UInt64], [1, Int.max])
    func failingCalls(seed: UInt64, failures: Int) throws {
        var random = SplitMix64(seed: seed)
        let isLong = getenv("STRATA_LONG") != nil
        let (opening, all) = try Self.calls(seed: seed, count: 12)
        var call = 1 + random.below(isLong ? 1 : 30)
        while call <= all {
            let files = SimulatedFileSystem(keepsHistory: false)
            files.inject(.failure(random.chance(50) ? EIO : ENOSPC), at: call, count: failures)
            let run = Run()
            _ = failure { try run.run(files, seed: seed, count: 12) }
            files.removeFaults()
            let problem = run.problem(files, isThere: call > opening)
            #expect(problem == nil, "seed \(seed), \(failures) failures from call \(call) of \(all) on")
            if problem != nil { return }
            call += isLong ? 1 : 20 + random.below(90)
        }
    }

    /// A log that fails ends the writing and not the reading.
    @Test func aFailedLogEndsTheWriting() throws {
        let files = SimulatedFileSystem()
        let database = try Self.open(files, .commit)
        try database.write { (transaction) throws(StrataError) in
            try transaction.insert(EntityText(type: "kept", name: "first"))
        }
        files.inject(.failure(EIO), at: files.callCount + 1, count: 2)
        #expect(
            failure {
                try database.write { (transaction) throws(StrataError) in
                    try transaction.insert(EntityText(type: "lost"))
                }
            } != nil)
        files.removeFaults()
        let refusal = failure {
            try database.write { (transaction) throws(StrataError) in
                try transaction.insert(EntityText(type: "refused"))
            }
        }
        #expect(refusal?.remedy?.contains("open it again") == true)
        #expect(failure { try database.checkpoint() } != nil)
        let reader = try database.reader()
        #expect(try reader.id(named: "first") == 0)
        #expect(try !reader.contains(1))
        #expect(reader.sequence == 1)
    }
}
