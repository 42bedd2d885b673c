import Testing

@testable import Strata

/// Random histories against a naive model, with checkpoints, readers that stay behind, and reopenings among them.
@Suite("A database against its model")
struct DatabaseModelTests {
    static let path = "/db"

    static func configuration(_ durability: Durability = .commit) -> DatabaseConfiguration {
        DatabaseConfiguration(
            log: LogConfiguration(durability: durability, segmentByteCount: 16 << 10), checkpointByteCount: 0,
            mergeByteCount: 8 << 20)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomHistories(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let files = SimulatedFileSystem(keepsHistory: false)
        let ids: UInt32 = seed == 2 ? 6 : 40
        var model = DatabaseModel()
        var database: GraphDatabase? = try GraphDatabase(
            path: Self.path, configuration: Self.configuration(), fileSystem: files)
        var story = ""
        for number in 0..<longRun(600) {
            switch random.below(100) {
            case 0, 2:
                try database!.checkpoint()
                story = "checkpoint"
            case 1:
                if random.chance(50) { try database!.close() }
                database = nil
                database = try GraphDatabase(
                    path: Self.path, presence: .existing, configuration: Self.configuration(), fileSystem: files)
                // What was deleted since the last checkpoint had the largest number, perhaps.
                model.nextID = try database!.write { (transaction) throws(StrataError) in
                    let id = try transaction.insert(EntityText(type: "next"))
                    try transaction.delete(id)
                    return id + 1
                }
                story = "reopening"
            default:
                let steps = (0..<(random.chance(80) ? 1 : 1 + random.below(8))).map { _ in
                    DatabaseStep.random(ids: ids, dimensions: 3, using: &random)
                }
                let isAborted = random.chance(5)
                story = "\(steps)"
                let before = model
                let expected = steps.map { model.apply($0) }
                if isAborted { model = before }
                var outcomes: [DatabaseModel.Outcome] = []
                let refusal = failure {
                    try database!.write { (transaction) throws(StrataError) in
                        for step in steps {
                            do throws(StrataError) { outcomes.append(try step.apply(to: &transaction)) } catch {
                                outcomes.append(.refused(error.code))
                            }
                        }
                        if isAborted { throw StrataError(.invalidArgument, "aborted") }
                    }
                }
                #expect((refusal?.message == "aborted") == isAborted, "seed \(seed), step \(number): \(story)")
                #expect(outcomes == expected, "seed \(seed), step \(number): \(story)")
            }
            guard number % 23 == 0 || story == "checkpoint" || story == "reopening" || number < 40 else { continue }
            let reader = try database!.reader()
            let difference = try model.difference(reader)
            #expect(difference == nil, "seed \(seed), step \(number): \(story)")
            if difference != nil { return }
        }
        // A backup and a read-only database have the same.
        try database!.backup(to: "/backup.strata")
        let expected = try Self.contents(try Snapshot(path: "/backup.strata", fileSystem: files))
        try database!.checkpoint()
        try database!.close()
        database = nil
        let readOnly = try GraphDatabase(reading: Self.path, configuration: Self.configuration(), fileSystem: files)
        let reader = try readOnly.reader()
        #expect(try model.difference(reader) == nil)
        let base = try #require(files.names.first { $0.hasSuffix(".strata") && $0.hasPrefix(Self.path) })
        #expect(try Self.contents(try Snapshot(path: base, fileSystem: files)) == expected)
        #expect(throws: StrataError.self) { try readOnly.write { _ in } }
    }

    /// What a snapshot has, for comparisons.
    static func contents(_ snapshot: borrowing Snapshot) throws -> [String] {
        var lines: [String] = []
        for position in 0..<snapshot.entityCount {
            var line = "\(try snapshot.id(at: position)) \(try snapshot.text(try snapshot.type(at: position)))"
            if let name = try snapshot.nameText(at: position) { line += " named \(name)" }
            let row = try snapshot.properties(at: position)
            for index in row.indices {
                line += " \(try snapshot.text(row[index].key.id))=\(try snapshot.text(row[index].value.id))"
            }
            let list = try snapshot.outgoing(at: position)
            for index in list.indices {
                let type = try snapshot.text(try snapshot.relationshipType(list[index].type))
                line += " -\(type)-> \(try snapshot.id(at: Int(list[index].target)))"
            }
            lines.append(line)
        }
        return lines
    }

    @Test(arguments: [4, 5] as [UInt64])
    func readersStayWhereTheyAre(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let files = SimulatedFileSystem(keepsHistory: false)
        let database = try GraphDatabase(path: Self.path, configuration: Self.configuration(), fileSystem: files)
        var model = DatabaseModel()
        var first = try database.reader()
        var second = try database.reader()
        var (firstModel, secondModel) = (model, model)
        for number in 0..<longRun(500) {
            let step = DatabaseStep.random(ids: 12, dimensions: 2, using: &random)
            let expected = model.apply(step)
            _ = failure {
                let outcome = try database.write { (transaction) throws(StrataError) in
                    try step.apply(to: &transaction)
                }
                #expect(outcome == expected)
            }
            if random.chance(2) { try database.checkpoint() }
            if random.chance(2) {
                #expect(try firstModel.difference(first) == nil, "seed \(seed), step \(number)")
                first.refresh()
                firstModel = model
                #expect(first.sequence == database.sequence)
            }
            if random.chance(1) {
                #expect(try secondModel.difference(second) == nil, "seed \(seed), step \(number)")
                second.refresh()
                secondModel = model
            }
        }
        #expect(try firstModel.difference(first) == nil, "seed \(seed)")
        #expect(try secondModel.difference(second) == nil, "seed \(seed)")
    }
}
