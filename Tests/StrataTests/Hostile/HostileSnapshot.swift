@testable import Strata

/// A snapshot's file taken apart, so that its parts can be changed and put together again with whatever must be right for
/// a reader to come as far as the change: offsets, counts, header, checksums.
///
/// It is itself made from any bytes: what a section's entry says of its place is cut to what the file has.
struct HostileSnapshot {
    /// A section with its entry in the table. The entry's place and length are those of the file that it came from.
    struct Section {
        var entry: SectionEntry
        var content: [UInt8]

        var kind: SectionKind? { SectionKind(rawValue: entry.kind) }
        /// The bytes of an element, at least 1.
        var stride: Int { max(1, Int(entry.elementSize)) }
    }

    /// What is made right again. Without the checksums a reader comes no further than to the header.
    struct Repair: OptionSet {
        let rawValue: Int
        /// Sections that must have as many elements as others say get them, numbers the width that the counts ask for.
        static let counts = Repair(rawValue: 1 << 0)
        /// Each entry of the table says where its section is and what it has.
        static let table = Repair(rawValue: 1 << 1)
        /// The header says what the table says.
        static let header = Repair(rawValue: 1 << 2)
        static let checksums = Repair(rawValue: 1 << 3)
        static let all: Repair = [.counts, .table, .header, .checksums]
    }

    var header: ZeroCopyHeader
    /// In the order of the table, without the checksums.
    var sections: [Section]

    /// Takes a file apart; nil when it is too short for a table.
    init?(_ file: UnsafeRawBufferPointer) {
        let tableStart = SnapshotFormat.headerByteCount
        guard file.count >= SnapshotLayout.entryOffset(0) else { return nil }
        header = file.loadUnaligned(as: ZeroCopyHeader.self)
        let count = Int(file.loadUnaligned(fromByteOffset: tableStart, as: UInt32.self))
        guard count <= SnapshotFormat.sectionCountMaximum, SnapshotLayout.entryOffset(count) <= file.count else {
            return nil
        }
        sections = []
        for index in 0..<count {
            let entry = file.loadUnaligned(fromByteOffset: SnapshotLayout.entryOffset(index), as: SectionEntry.self)
            if entry.kind == SectionKind.checksums.rawValue { continue }
            let start = Int(min(entry.offset, UInt64(file.count)))
            let length = Int(min(entry.length, UInt64(file.count - start)))
            sections.append(Section(entry: entry, content: Array(file[start..<start + length])))
        }
    }

    subscript(_ kind: SectionKind) -> Section? {
        get { sections.first { $0.kind == kind } }
        set {
            guard let newValue, let index = sections.firstIndex(where: { $0.kind == kind }) else { return }
            sections[index] = newValue
        }
    }

    /// The elements that the section's bytes are enough for.
    func count(_ kind: SectionKind) -> Int {
        guard let section = self[kind] else { return 0 }
        return section.content.count / section.stride
    }

    // MARK: - Numbers

    /// The numbers of a section, each of at most eight bytes.
    func numbers(_ kind: SectionKind) -> [UInt64] {
        guard let section = self[kind] else { return [] }
        let stride = min(section.stride, 8)
        return (0..<section.content.count / stride).map { Self.number(section.content, $0 * stride, stride) }
    }

    mutating func store(_ numbers: [UInt64], stride: Int, in kind: SectionKind) {
        guard var section = self[kind] else { return }
        section.content = []
        section.content.reserveCapacity(numbers.count * stride)
        for number in numbers {
            for byte in 0..<stride { section.content.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
        }
        section.entry.elementSize = UInt32(stride)
        self[kind] = section
    }

    static func number(_ bytes: [UInt8], _ offset: Int, _ stride: Int) -> UInt64 {
        var number: UInt64 = 0
        for byte in 0..<stride { number |= UInt64(bytes[offset + byte]) << UInt64(8 * byte) }
        return number
    }

    // MARK: - Repair

    /// The strings that the sections of the dictionary are for.
    private var stringCount: Int {
        guard let offsets = self[.stringOffsets], let bytes = self[.stringBytes] else { return 0 }
        if bytes.entry.flags.stringCoding ?? .raw == .raw { return max(0, count(.stringOffsets) - 1) }
        return Int(clamping: min(offsets.entry.parameter, UInt64(UInt32.max)))
    }

    private mutating func resize(_ kind: SectionKind, to count: Int, stride: Int, parameter: UInt64? = nil) {
        var numbers = numbers(kind)
        let last = numbers.last ?? 0
        numbers = Array(numbers.prefix(count)) + [UInt64](repeating: last, count: max(0, count - numbers.count))
        store(numbers, stride: stride, in: kind)
        if let parameter { self[kind]?.entry.parameter = parameter }
    }

    /// Makes the counts and widths of the sections fit each other, by the rules that opening a file checks.
    private mutating func repairCounts() {
        let entities = count(.entities)
        let surplus = (self[.entities]?.content.count ?? 0) - entities * (self[.entities]?.stride ?? 0)
        self[.entities]?.content.removeLast(surplus)
        let isFirst = header.version == 1
        let strings = stringCount
        let isRaw = self[.stringBytes]?.entry.flags.stringCoding ?? .raw == .raw
        func width(_ largest: Int) -> Int { isFirst ? 8 : NumberColumn.stride(largest: UInt64(largest)) }

        let relationships = count(.outRelationships)
        let distinct = min(count(.valuePairs), count(.properties))
        let positions = min(max(count(.valuePositions), distinct), count(.properties))
        let ofRelationships = PairPacking.relationships(entityCount: entities, typeCount: count(.relationshipTypes))
        let ofProperties = PairPacking.properties(stringCount: strings, keyCount: count(.propertyKeys))
        let pairs: [(SectionKind, Int, PairPacking)] = [
            (.outRelationships, relationships, ofRelationships), (.inRelationships, relationships, ofRelationships),
            (.properties, count(.properties), ofProperties), (.valuePairs, distinct, ofProperties),
        ]
        for (kind, count, packing) in pairs {
            resize(kind, to: count, stride: isFirst ? 8 : packing.stride, parameter: isFirst ? 0 : packing.lowBits)
        }
        resize(.outOffsets, to: entities + 1, stride: width(relationships))
        resize(.inOffsets, to: entities + 1, stride: width(relationships))
        resize(.valueOffsets, to: distinct + 1, stride: width(positions))
        resize(.valuePositions, to: positions, stride: isFirst ? 4 : width(max(entities - 1, 0)))
        let groups = isRaw ? strings : Int(SnapshotFormat.stringBlockCount(UInt64(strings)))
        // A count that the file claims may be far beyond what it has.
        if groups <= 4 * count(.stringOffsets) + 16 {
            resize(.stringOffsets, to: groups + 1, stride: width(self[.stringBytes]?.content.count ?? 0))
        }
        if count(.nameIndex) > entities { resize(.nameIndex, to: entities, stride: 4) }
        resize(.names, to: count(.nameIndex) > 0 ? entities : 0, stride: 4)
        let rows = count(.embeddings)
        resize(.embeddingPositions, to: rows < entities ? rows : 0, stride: 4)
    }

    /// The file, with what is asked for made right. What is not stays as it was in the file that this came from, as far
    /// as there is room for it.
    func assembled(_ repair: Repair = .all) -> [UInt8] {
        var copy = self
        if repair.contains(.counts) { copy.repairCounts() }
        return copy.laidOut(repair)
    }

    private func laidOut(_ repair: Repair) -> [UInt8] {
        let coveredStart = SnapshotFormat.coveredStart(sectionCount: sections.count + 1)
        var bytes = [UInt8](repeating: 0, count: coveredStart)
        var entries: [SectionEntry] = []
        func align() { bytes += [UInt8](repeating: 0, count: -bytes.count & (SnapshotFormat.sectionAlignment - 1)) }
        for section in sections {
            align()
            var entry = section.entry
            if repair.contains(.table) {
                entry.offset = UInt64(bytes.count)
                entry.elementCount = UInt64(section.content.count / section.stride)
                entry.length = entry.elementCount * UInt64(entry.elementSize)
            }
            entries.append(entry)
            bytes += section.content
        }
        align()
        let tree = ChecksumTree(covered: coveredStart..<bytes.count)
        entries.append(
            SectionEntry(
                kind: SectionKind.checksums.rawValue, version: SnapshotFormat.sectionVersion,
                offset: UInt64(bytes.count), length: UInt64(tree.hashCount * 8), elementCount: UInt64(tree.hashCount),
                elementSize: 8, flags: [], parameter: 0))
        bytes += [UInt8](repeating: 0, count: tree.hashCount * 8)

        var header = header
        if repair.contains(.header) {
            func entry(_ kind: SectionKind) -> SectionEntry? { entries.first { $0.kind == kind.rawValue } }
            header.magic = SnapshotFormat.magic
            header.totalSize = UInt64(bytes.count)
            header.entityCount = UInt32(clamping: entry(.entities)?.elementCount ?? 0)
            header.relationshipCount = UInt32(clamping: entry(.outRelationships)?.elementCount ?? 0)
            header.stringCount = UInt32(clamping: stringCount)
            header.entitySectionOffset = entry(.entities)?.offset ?? 0
            header.relationshipSectionOffset = entry(.outRelationships)?.offset ?? 0
            header.stringSectionOffset = entry(.stringOffsets)?.offset ?? 0
        }
        bytes.withUnsafeMutableBytes { file in
            file.storeBytes(of: header, as: ZeroCopyHeader.self)
            file.storeBytes(of: UInt32(entries.count), toByteOffset: 64, as: UInt32.self)
            file.storeBytes(of: UInt32(SnapshotFormat.sectionEntryByteCount), toByteOffset: 68, as: UInt32.self)
            for (index, entry) in entries.enumerated() {
                file.storeBytes(of: entry, toByteOffset: SnapshotLayout.entryOffset(index), as: SectionEntry.self)
            }
        }
        if repair.contains(.checksums) { Self.seal(&bytes, tree) }
        return bytes
    }

    /// Computes all checksums anew, those of the header last.
    static func seal(_ bytes: inout [UInt8], _ tree: ChecksumTree) {
        bytes.withUnsafeMutableBytes { file in
            let leaves = (0..<tree.blockCount).map { block in
                ChecksumTree.hash(UnsafeRawBufferPointer(rebasing: file[tree.bytes(ofBlock: block)]))
            }
            for (index, hash) in tree.section(leaves: leaves).enumerated() {
                file.storeBytes(of: hash, toByteOffset: tree.covered.upperBound + index * 8, as: UInt64.self)
            }
            let root = file.count - tree.rootCount * 8
            let hash = ChecksumTree.rootHash(
                head: UnsafeRawBufferPointer(rebasing: file[..<tree.covered.lowerBound]),
                rootPage: UnsafeRawBufferPointer(rebasing: file[root...]))
            file.storeBytes(of: hash, toByteOffset: 56, as: UInt64.self)
        }
    }
}
