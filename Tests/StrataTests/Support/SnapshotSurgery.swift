@testable import Strata

/// Changes bytes of a snapshot and makes all its checksums right again: the work of a hostile hand, not of a bad disk.
struct SnapshotSurgery {
    var bytes: [UInt8]
    let inspection: SnapshotInspection

    init(_ bytes: [UInt8], _ inspection: SnapshotInspection) {
        self.bytes = bytes
        self.inspection = inspection
    }

    func start(of kind: SectionKind) -> Int { Int(inspection.sections.first { $0.name == kind.name }!.offset) }

    /// The byte offset of a section's entry in the table.
    func entry(of kind: SectionKind) -> Int {
        SnapshotLayout.entryOffset(inspection.sections.firstIndex { $0.name == kind.name }!)
    }

    mutating func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: Value.self) }
    }

    func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type) -> Value {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }

    /// The file with other bytes in one section, and what is behind it moved to where it belongs.
    func replacing(_ kind: SectionKind, by content: [UInt8], elementSize: Int, parameter: UInt64 = 0) -> [UInt8] {
        var entries = inspection.sections.indices.map { load(SnapshotLayout.entryOffset($0), as: SectionEntry.self) }
        var result = SnapshotSurgery(Array(bytes[..<Int(entries[0].offset)]), inspection)
        for index in entries.indices {
            let old = Int(entries[index].offset)..<Int(entries[index].offset + entries[index].length)
            if entries[index].kind == kind.rawValue {
                entries[index].elementSize = UInt32(elementSize)
                entries[index].elementCount = UInt64(content.count / elementSize)
                entries[index].length = UInt64(content.count)
                entries[index].parameter = parameter
            }
            result.bytes += [UInt8](repeating: 0, count: -result.bytes.count & 63)
            entries[index].offset = UInt64(result.bytes.count)
            result.bytes += entries[index].kind == kind.rawValue ? content : Array(bytes[old])
            result.store(entries[index], at: SnapshotLayout.entryOffset(index))
        }
        result.store(UInt64(result.bytes.count), at: 24)
        let starts: [(SectionKind, Int)] = [(.entities, 32), (.outRelationships, 40), (.stringOffsets, 48)]
        for (section, field) in starts {
            result.store(entries.first { $0.kind == section.rawValue }!.offset, at: field)
        }
        result.seal(covered: Int(entries[0].offset)..<Int(entries.last!.offset))
        return result.bytes
    }

    /// Computes the checksums anew, by the geometry of the sound file.
    mutating func seal() {
        seal(
            covered: SnapshotFormat.coveredStart(
                sectionCount: inspection.sections.count)..<Int(inspection.sections.last!.offset))
    }

    /// Computes the checksums anew for a file whose sections and checksums start here.
    mutating func seal(covered: Range<Int>) {
        let tree = ChecksumTree(covered: covered)
        let leaves = (0..<tree.blockCount).map { block in
            bytes.withUnsafeBytes {
                ChecksumTree.hash(UnsafeRawBufferPointer(rebasing: $0[tree.bytes(ofBlock: block)]))
            }
        }
        let hashes = tree.section(leaves: leaves)
        for (index, hash) in hashes.enumerated() { store(hash, at: tree.covered.upperBound + index * 8) }
        let head = Array(bytes[..<tree.covered.lowerBound])
        let root = Array(bytes.suffix(tree.rootCount * 8))
        let checksum = head.withUnsafeBytes { head in
            root.withUnsafeBytes { ChecksumTree.rootHash(head: head, rootPage: $0) }
        }
        store(checksum, at: 56)
    }
}

extension Snapshot {
    /// Calls everything with everything, and with what it finds. Damage may be thrown, anything else may not happen.
    ///
    /// - Returns: the calls that threw.
    borrowing func readEverything() -> Int {
        var damaged = 0
        func attempt(_ call: () throws(StrataError) -> Void) {
            do { try call() } catch {
                // What was read is also used as an argument, and may be out of range as one.
                precondition(error.code == .corrupted || error.code == .invalidArgument, "\(error)")
                damaged += 1
            }
        }
        for position in 0..<entityCount {
            attempt { () throws(StrataError) in
                let entity = try entity(at: position)
                _ = try self.position(ofID: entity.id)
                _ = try degree(at: position)
            }
            attempt { () throws(StrataError) in try withUTF8(of: try type(at: position)) { _ in } }
            attempt { () throws(StrataError) in
                guard let name = try nameID(at: position) else { return }
                try withUTF8(of: name) { (utf8) throws(StrataError) in _ = try self.position(ofName: utf8) }
            }
            attempt { () throws(StrataError) in
                let pairs = try properties(at: position)
                for index in pairs.indices {
                    let pair = pairs[index]
                    _ = try text(pair.key.id)
                    _ = try properties(at: position, key: pair.key.id)
                    let positions = try self.positions(withKey: pair.key.id, value: pair.value.id)
                    for index in positions.indices { _ = try entity(at: Int(positions[index])) }
                }
            }
            for isOutgoing in [true, false] {
                attempt { () throws(StrataError) in
                    let list = isOutgoing ? try outgoing(at: position) : try incoming(at: position)
                    for index in list.indices {
                        _ = try text(try relationshipType(list[index].type))
                        _ = try outgoing(at: Int(list[index].target), type: list[index].type)
                        _ = try incoming(at: Int(list[index].target), type: list[index].type)
                    }
                }
            }
            attempt { () throws(StrataError) in _ = try embedding(at: position) }
        }
        attempt { () throws(StrataError) in _ = try embeddings(rows: 0..<embeddingCount) }
        for row in 0..<embeddingCount { attempt { () throws(StrataError) in _ = try position(ofEmbeddingRow: row) } }
        for id in 0..<UInt32(stringCount) {
            attempt { () throws(StrataError) in
                try withUTF8(of: id) { (utf8) throws(StrataError) in _ = try stringID(of: utf8) }
                _ = try relationshipTypeIndex(ofString: id)
            }
        }
        for index in 0..<entityTypeCount { attempt { () throws(StrataError) in _ = try entityType(index) } }
        attempt { () throws(StrataError) in _ = try stringID(of: "absent") }
        return damaged
    }
}
