import Synchronization
import Testing

@testable import Strata

@Suite("A database with many threads")
struct DatabaseThreadTests {
    /// Writers that count in two entities at once, checkpoints and backups, and readers who must find both alike, and never less
    /// than before.
    @Test(arguments: [0, 96 << 10])
    func readersSeeWholeTransactions(checkpointByteCount: Int) throws {
        let folder = try TemporaryFolder()
        var configuration = DatabaseModelTests.configuration(.none)
        configuration.checkpointByteCount = checkpointByteCount
        let database = try GraphDatabase(path: folder.file("db"), configuration: configuration)
        try database.write { (transaction) throws(StrataError) in
            for id in 0..<2 { try transaction.insert(EntityText(type: "counter", name: "c\(id)"), id: UInt32(id)) }
        }
        let writers = 2
        let perWriter = 150
        let problems = Mutex<[String]>([])
        let isDone = Atomic<Int>(0)
        let threads = startThreads(writers + 2) { thread in
            do {
                if thread < writers {
                    defer { isDone.add(1, ordering: .sequentiallyConsistent) }
                    for number in 0..<perWriter {
                        try database.write { (transaction) throws(StrataError) in
                            let id = try transaction.insert(EntityText(type: "step"))
                            for counter in 0..<2 as Range<UInt32> {
                                try transaction.relate(counter, "counts", id)
                                try transaction.update(
                                    counter, EntityChange(properties: ["last": ["\(thread) \(number)"]]))
                            }
                        }
                    }
                } else {
                    var reader = try database.reader()
                    var last = 0
                    while isDone.load(ordering: .sequentiallyConsistent) < writers {
                        reader.refresh()
                        let counts = (try reader.degree(of: 0), try reader.degree(of: 1))
                        var targets: [[UInt32]] = [[], []]
                        for counter in 0..<2 {
                            try reader.forEachNeighbor(of: UInt32(counter)) { targets[counter].append($0) }
                        }
                        let properties = (try reader.entity(0)?.properties, try reader.entity(1)?.properties)
                        if counts.0 != counts.1 || counts.0 < last || targets[0].count != counts.0
                            || targets[0].sorted() != targets[1].sorted() || properties.0 != properties.1
                            || Int(reader.sequence) != counts.0 + 1
                        {
                            problems.withLock { $0.append("\(counts), before \(last), at \(reader.sequence)") }
                        }
                        last = counts.0
                    }
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        for number in 0..<3 {
            if checkpointByteCount == 0 { try database.checkpoint() }
            try database.backup(to: folder.file("backup-\(number).strata"))
        }
        threads.join()
        #expect(problems.withLock { $0 } == [])
        #expect(database.checkpointFailure == nil)
        try database.close()
        let again = try GraphDatabase(path: folder.file("db"), presence: .existing, configuration: configuration)
        #expect(again.sequence == UInt64(1 + writers * perWriter))
        #expect(try again.read { (reader) throws(StrataError) in try reader.degree(of: 1) } == writers * perWriter)
        if checkpointByteCount > 0 { #expect(folder.names.contains("db")) }
        for number in 0..<3 {
            let snapshot = try Snapshot(path: folder.file("backup-\(number).strata"))
            #expect(try snapshot.degree(at: 0) == snapshot.degree(at: 1))
            #expect(try snapshot.degree(at: 0) == snapshot.entityCount - 2)
        }
    }
}
