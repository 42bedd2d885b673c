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
    mutating func seal(covered: Range<Int>) { HostileSnapshot.seal(&bytes, ChecksumTree(covered: covered)) }
}
