import Glibc

@testable import Strata

/// What a file that anyone may have made is put through: it is opened, verified, and read as a whole.
///
/// Each call may refuse it. What may not happen is a trap, a read outside of the file, or an answer that takes for ever;
/// and a file that the verifier found sound may not refuse any read.
struct HostileReading {
    /// What came of it.
    enum Outcome: Equatable {
        /// It was not opened.
        case refused
        /// It was opened, and the verifier found it damaged; so many reads threw.
        case damaged(Int)
        case sound
    }

    /// What a hostile file did that none may do.
    struct Finding: Error, CustomStringConvertible {
        var description: String
    }

    /// Calls of the reader, one for each list or string that it looks at: enough for every call on a file of some
    /// kilobytes, and an end for one whose lists all lead everywhere.
    static let steps = 20_000

    /// What fields may hold themselves: in every file, in the golden ones, and in ``SnapshotDamageTests``. The lower ones
    /// put the wide table into use in small files.
    static let limits = [
        SnapshotLimits.standard, SnapshotLimits(degree: 3, typeID: 1, propertySize: 4, propertyOffset: 60),
        SnapshotLimits(degree: 1, typeID: 0, propertySize: 1, propertyOffset: 2),
    ]

    static func read(_ path: String, _ files: some FileSystem) throws -> Outcome {
        let errors: Set<StrataError.Code> = [.corrupted, .unsupportedFormat]
        var isSound = false
        for limits in limits where !isSound {
            do throws(StrataError) {
                try SnapshotVerifier.verify(path, fileSystem: files, limits: limits)
                isSound = true
            } catch {
                guard errors.contains(error.code), error.path == path else { throw Finding(description: "\(error)") }
            }
        }
        let snapshot: Snapshot
        do throws(StrataError) {
            snapshot = try Snapshot(path: path, fileSystem: files)
        } catch {
            guard errors.contains(error.code), error.path == path else { throw Finding(description: "\(error)") }
            guard !isSound else { throw Finding(description: "a file that was verified is not opened: \(error)") }
            return .refused
        }
        let damaged = snapshot.readEverything(steps: steps)
        guard !isSound || damaged == 0 else {
            throw Finding(description: "\(damaged) reads of a file that was verified were refused")
        }
        return isSound ? .sound : .damaged(damaged)
    }

    /// Asks an engine over the file what a user would.
    static func ask(_ path: String) throws {
        do throws(StrataError) {
            let engine = try ZeroCopyKnowledgeEngine(path: path)
            let count = try engine.metrics().entityCount
            // A cheap question of all, and dear ones of some.
            func attempt(_ call: () throws(StrataError) -> Void) throws(StrataError) {
                do throws(StrataError) { try call() } catch {
                    let expected: Set<StrataError.Code> = [
                        .corrupted, .invalidArgument, .notFound, .limitExceeded,
                    ]
                    if !expected.contains(error.code) { throw error }
                }
            }
            for number in 0..<UInt32(min(count, 40)) {
                try attempt { () throws(StrataError) in
                    guard let entity = try engine.entity(number) else { return }
                    _ = try engine.requireID(entity.name ?? "\(number)")
                    for property in entity.properties { _ = try engine.find(property.key, property.values[0]) }
                }
                for direction in [Direction.outgoing, .incoming] {
                    try attempt { () throws(StrataError) in _ = try engine.neighbors(of: number, direction) }
                }
            }
            try attempt { () throws(StrataError) in _ = try engine.relationshipTypes() }
            for direction in [Direction.outgoing, .incoming] {
                try attempt { () throws(StrataError) in _ = try engine.top(3, by: direction) }
                for number in 0..<UInt32(min(count, 4)) {
                    try attempt { () throws(StrataError) in
                        _ = try engine.hops(from: number, depth: nil, direction)
                        _ = try engine.path(from: number, to: UInt32(count - 1), direction)
                        _ = try engine.allPaths(from: number, to: UInt32(count - 1), direction, limit: 10)
                    }
                    try attempt { () throws(StrataError) in _ = try engine.similar(to: number, limit: 3) }
                }
            }
        } catch {
            guard error.code == .corrupted || error.code == .unsupportedFormat else {
                throw Finding(description: "\(error)")
            }
        }
    }
}

extension Snapshot {
    /// Calls everything with everything, and with what it finds. Damage may be thrown, anything else may not happen.
    ///
    /// - Parameter steps: after so many looks at lists and strings it ends.
    /// - Returns: the calls that threw.
    borrowing func readEverything(steps: Int = .max) -> Int {
        var damaged = 0
        var steps = steps
        func attempt(_ call: () throws(StrataError) -> Void) {
            steps -= 1
            guard steps > 0 else { return }
            do { try call() } catch {
                // What was read is also used as an argument, and may be out of range as one.
                precondition(error.code == .corrupted || error.code == .invalidArgument, "\(error)")
                damaged += 1
            }
        }
        func goesOn() -> Bool {
            steps -= 1
            return steps > 0
        }
        for position in 0..<entityCount where steps > 0 {
            attempt { () throws(StrataError) in
                let entity = try entity(at: position)
                _ = try self.position(ofID: entity.id)
                _ = try self.entity(withID: entity.id)
                _ = try degree(at: position)
            }
            attempt { () throws(StrataError) in try withUTF8(of: try type(at: position)) { _ in } }
            attempt { () throws(StrataError) in
                guard let name = try nameID(at: position) else { return }
                try withUTF8(of: name) { (utf8) throws(StrataError) in _ = try self.position(ofName: utf8) }
            }
            attempt { () throws(StrataError) in
                let pairs = try properties(at: position)
                for index in pairs.indices where goesOn() {
                    let pair = pairs[index]
                    _ = try text(pair.key.id)
                    _ = try properties(at: position, key: pair.key.id)
                    let positions = try self.positions(withKey: pair.key.id, value: pair.value.id)
                    for index in positions.indices where goesOn() { _ = try entity(at: Int(positions[index])) }
                }
            }
            for isOutgoing in [true, false] {
                attempt { () throws(StrataError) in
                    let list = isOutgoing ? try outgoing(at: position) : try incoming(at: position)
                    for index in list.indices where goesOn() {
                        _ = try text(try relationshipType(list[index].type))
                        _ = try outgoing(at: Int(list[index].target), type: list[index].type)
                        _ = try incoming(at: Int(list[index].target), type: list[index].type)
                    }
                }
            }
            attempt { () throws(StrataError) in
                guard let row = try embedding(at: position) else { return }
                var sum: Float = 0
                for index in row.indices where goesOn() { sum += row[index] }
                if sum == 1e30 { damaged += 0 }
            }
        }
        attempt { () throws(StrataError) in _ = try embeddings(rows: 0..<embeddingCount) }
        for row in 0..<embeddingCount where steps > 0 {
            attempt { () throws(StrataError) in _ = try position(ofEmbeddingRow: row) }
        }
        for id in 0..<UInt32(stringCount) where steps > 0 {
            attempt { () throws(StrataError) in
                try withUTF8(of: id) { (utf8) throws(StrataError) in _ = try stringID(of: utf8) }
                _ = try relationshipTypeIndex(ofString: id)
            }
        }
        for index in 0..<entityTypeCount { attempt { () throws(StrataError) in _ = try entityType(index) } }
        attempt { () throws(StrataError) in _ = try stringID(of: "absent") }
        attempt { () throws(StrataError) in _ = try position(ofName: "absent") }
        let ids: [UInt32] = [0, 1, .max]
        attempt { () throws(StrataError) in
            var sum = 0
            try forEachEntity(at: 0..<entityCount) { position, record throws(StrataError) in
                sum &+= try degree(of: record, at: position) &+ (try typeIndex(of: record, at: position))
            }
            _ = try entities(at: 0..<entityCount)
            try forEachEntity(withIDs: ids.span) { _, found throws(StrataError) in
                sum &+= found?.position ?? 0
            }
        }
        attempt { () throws(StrataError) in
            let packed = try PackedEntities(self)
            for id in 0..<UInt32(packed.count) { _ = packed.entity(withID: id) }
        }
        return damaged
    }
}
