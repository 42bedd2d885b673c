import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Strata

/// The graph in a snapshot file, read in place: what phases whose store is a snapshot are done to.
final class SnapshotReads: @unchecked Sendable {
    // Unchecked: threads only read; `scans` changes in scans alone, which one thread does.

    let snapshot: Snapshot
    /// The records in their packed form, where the phase is about that one.
    private let packed: PackedRecords?
    private let path: String
    private let dataset: MappedDataset
    /// The rows that were loaded when the phase began.
    let loaded: Int
    /// The hashes of the types' texts, by their indices: what a reader who knows the schema has at hand.
    let typeHashes: UnsafeMutableBufferPointer<UInt64>
    private let relationshipTypeHashes: UnsafeMutableBufferPointer<UInt64>
    /// Whether the phase is about random gets, one after the other.
    private let looksUp: Bool
    /// How much of the file was in memory when the phase began.
    private let cachedShare: Double
    /// How long the first way through all records took, which checks their blocks; nil where the phase itself goes it.
    private var firstScanNanoseconds: Double?
    /// The phase's own scans.
    private var scans = 0
    private var scanNanoseconds = 0.0

    /// Opens the snapshot at a path, as a phase wants it.
    init(_ path: String, _ phase: PhaseContext, _ dataset: MappedDataset) throws(SubjectError) {
        self.path = path
        self.dataset = dataset
        loaded = phase.loaded
        looksUp = phase.specification.has(.get)
        let isCold = phase.specification.store == .coldSnapshot
        do throws(StrataError) {
            // Before it is opened: pages that are mapped do not go. A file that is to be warm is read as a whole.
            if !isCold { try SnapshotVerifier.verify(path) }
        } catch { throw SubjectError(error.description) }
        if isCold { try PageCache.drop(path) }
        cachedShare = try PageCache.share(of: path)
        do throws(StrataError) {
            snapshot = try Snapshot(path: path)
            packed = phase.specification.store == .packedSnapshot ? PackedRecords(try PackedEntities(snapshot)) : nil
        } catch { throw SubjectError(error.description) }
        typeHashes = .allocate(capacity: snapshot.entityTypeCount)
        relationshipTypeHashes = .allocate(capacity: snapshot.relationshipTypeCount)
        do throws(StrataError) {
            for index in typeHashes.indices {
                typeHashes[index] = try snapshot.hash(ofString: try snapshot.entityType(index))
            }
            for index in relationshipTypeHashes.indices {
                relationshipTypeHashes[index] = try snapshot.hash(
                    ofString: try snapshot.relationshipType(UInt32(index)))
            }
            if !isCold {
                firstScanNanoseconds = try Stopwatch.nanoseconds { () throws(StrataError) in _ = try scanned() }
            }
        } catch { throw SubjectError(error.description) }
    }

    deinit {
        typeHashes.deallocate()
        relationshipTypeHashes.deallocate()
    }

    /// Does a batch.
    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        // A loop of its own, so that neither form pays for asking which it is.
        if let packed { return try execute(batch, on: packed.entities, into: &outcome) }
        do throws(StrataError) {
            var index = batch.firstIndex
            // One kind at a time has a loop of its own: what is looked up together overlaps.
            for operation in batch.operations {
                var items: UInt64 = 1
                let answer: UInt64
                switch operation.operationKind! {
                case .get: answer = try get(operation.key)
                case .getBatch:
                    items = UInt64(operation.limit)
                    answer = try getBatch(operation)
                case .neighbors: answer = try neighbors(operation.key)
                case .find: answer = try find(operation)
                default:
                    items = UInt64(snapshot.entityCount)
                    outcome.bytes &+= items &* UInt64(MemoryLayout<ZeroCopyEntity>.stride)
                    answer = try scan()
                }
                outcome.digest &+= AnswerHash.operation(index, answer)
                outcome.items &+= items
                index &+= 1
            }
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    private func get(_ id: UInt32) throws(StrataError) -> UInt64 {
        guard let found = try snapshot.entity(withID: id) else { return AnswerHash.absent }
        return try answer(found.record, found.position)
    }

    /// What a get answers of a record.
    @inline(__always)
    private func answer(_ record: ZeroCopyEntity, _ position: Int) throws(StrataError) -> UInt64 {
        let type = Int(record.typeID)
        guard !record.hasWideFields, type < typeHashes.count else { return try wideAnswer(record, position) }
        return AnswerHash.entity(
            id: record.id, type: typeHashes.baseAddress.unsafelyUnwrapped[type], degree: Int(record.degree))
    }

    @inline(never)
    func wideAnswer(_ record: ZeroCopyEntity, _ position: Int) throws(StrataError) -> UInt64 {
        AnswerHash.entity(
            id: record.id, type: typeHashes[try snapshot.typeIndex(of: record, at: position)],
            degree: try snapshot.degree(of: record, at: position))
    }

    private func getBatch(_ operation: Operation) throws(StrataError) -> UInt64 {
        // Memory of the call's own: several threads may be here.
        try withUnsafeTemporaryAllocation(
            of: UInt32.self, capacity: Int(operation.limit)
        ) { ids throws(StrataError) -> UInt64 in
            for place in ids.indices {
                ids.initializeElement(at: place, to: operation.batchKey(at: place, entityCount: loaded))
            }
            var sum: UInt64 = 0
            try snapshot.forEachEntity(withIDs: ids.span) { place, found throws(StrataError) in
                var answer = AnswerHash.absent
                if let found { answer = try self.answer(found.record, found.position) }
                sum &+= AnswerHash.fold(UInt64(place), answer)
            }
            return sum
        }
    }

    func neighbors(_ id: UInt32) throws(StrataError) -> UInt64 {
        guard let position = try snapshot.position(ofID: id) else { return 0 }
        return try snapshot.neighborsAnswer(at: position, relationshipTypeHashes)
    }

    func find(_ operation: Operation) throws(StrataError) -> UInt64 {
        let properties = dataset.properties(of: Int(operation.key))
        guard !properties.isEmpty else { return AnswerHash.absent }
        let pair = properties[Int(operation.argument) % properties.count]
        guard let key = try snapshot.stringID(of: dataset.string(pair.key).span),
            let value = try snapshot.stringID(of: dataset.string(pair.value).span)
        else { return AnswerHash.set([]) }
        return try snapshot.findAnswer(key, value)
    }

    private func scan() throws(StrataError) -> UInt64 {
        var sum: UInt64 = 0
        scanNanoseconds += try Stopwatch.nanoseconds { () throws(StrataError) in sum = try scanned() }
        scans += 1
        return sum
    }

    /// Goes through all records.
    private func scanned() throws(StrataError) -> UInt64 {
        var sum: UInt64 = 0
        try snapshot.forEachEntity(at: 0..<snapshot.entityCount) { position, record throws(StrataError) in
            sum &+= AnswerHash.scanned(
                entity: try answer(record, position),
                hasProperties: record.propertySize > 0, hasEmbedding: record.flags.contains(.hasEmbedding))
        }
        return sum
    }

    /// The phase's own figures.
    func finish() throws(SubjectError) -> PhaseReport {
        var report = PhaseReport()
        report.measurements.append(
            Measurement(metric: "cached_share", value: cachedShare, unit: "ratio", direction: .none))
        if let packed {
            let bytes = Double(packed.entities.byteCount) / Double(max(packed.entities.count, 1))
            report.measurements.append(
                Measurement(metric: "bytes_per_entity", value: bytes, unit: "bytes", direction: .lower))
            return report
        }
        if firstScanNanoseconds != nil, looksUp, snapshot.entityCount > 0, snapshot.storage.hasDenseIDs {
            do throws(StrataError) {
                report.measurements.append(
                    Measurement(
                        metric: "dependent_misses_per_get", value: try DependentLoads.perGet(snapshot), unit: "misses",
                        direction: .lower))
            } catch { throw SubjectError(error.description) }
        }
        let entities = Double(snapshot.entityCount)
        if let firstScanNanoseconds, scans > 0 {
            report.measurements.append(
                Measurement(
                    metric: "first_scan_throughput", value: entities / firstScanNanoseconds * 1e9, unit: "entities/s",
                    direction: .higher))
            let pace = scanNanoseconds / Double(scans)
            do throws(StrataError) {
                report.measurements.append(
                    Measurement(
                        metric: "memory_bandwidth_share", value: try snapshot.plainReadNanoseconds() / pace,
                        unit: "ratio",
                        direction: .higher))
            } catch { throw SubjectError(error.description) }
        }
        return report
    }
}

// Views of a snapshot end with the call that borrowed it: what needs one stands here.
extension Snapshot {
    fileprivate borrowing func hash(ofString id: UInt32) throws(StrataError) -> UInt64 {
        try withUTF8(of: id) { AnswerHash.text($0) }
    }

    fileprivate borrowing func neighborsAnswer(
        at position: Int, _ typeHashes: UnsafeMutableBufferPointer<UInt64>
    ) throws(StrataError) -> UInt64 {
        let list = try outgoing(at: position)
        var sum: UInt64 = 0
        for place in list.indices {
            let relationship = list[place]
            sum &+= AnswerHash.neighbor(
                type: typeHashes[Int(relationship.type)], other: try id(at: Int(relationship.target)))
        }
        return sum
    }

    fileprivate borrowing func findAnswer(_ key: UInt32, _ value: UInt32) throws(StrataError) -> UInt64 {
        let positions = try positions(withKey: key, value: value)
        var sum: UInt64 = 0
        for place in positions.indices {
            sum &+= AnswerHash.set(CollectionOfOne(try id(at: Int(positions[place]))))
        }
        return sum
    }

    /// How long it takes to add up the bytes of all records, eight at a time: what the memory allows a scan. The best of
    /// five.
    fileprivate borrowing func plainReadNanoseconds() throws(StrataError) -> Double {
        let records = try entities(at: 0..<entityCount)
        var best = Double.infinity
        var sum = SIMD8<UInt64>()
        for _ in 0..<5 {
            let time = records.withUnsafeBytes { bytes in
                Stopwatch.nanoseconds {
                    var offset = 0
                    while offset + 64 <= bytes.count {
                        sum &+= bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
                        offset += 64
                    }
                }
            }
            best = min(best, time)
        }
        // A sum that is used is not left out.
        return sum == SIMD8(repeating: 1) ? best.nextUp : best
    }
}
