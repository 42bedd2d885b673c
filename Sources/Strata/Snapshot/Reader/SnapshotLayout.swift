/// A snapshot's header and section table, read and checked against the file's length and against each other.
///
/// Takes the same time for every file: it reads the header, the table and the root page of the checksums. All
/// arithmetic on values from the file is done where it cannot overflow.
struct SnapshotLayout {
    let path: String
    let base: UnsafeRawPointer
    let byteCount: Int
    let header: ZeroCopyHeader
    /// The section table, in file order, with sections of kinds that this version does not know.
    let entries: [SectionEntry]
    let tree: ChecksumTree
    /// By the number of a kind, in lanes: opening allocates as little as it can, since it is measured in microseconds.
    private let indexOfKind: SIMD32<Int8>
    /// How the strings are written.
    var stringCoding: StringCoding { section(.stringBytes).flags.stringCoding ?? .raw }
    /// The strings in the dictionary.
    var stringCount: Int {
        stringCoding == .raw ? Int(section(.stringOffsets).elementCount) - 1 : Int(section(.stringOffsets).parameter)
    }

    /// The entry of a section; every kind has one.
    func section(_ kind: SectionKind) -> SectionEntry { entries[index(of: kind)] }

    private func index(of kind: SectionKind) -> Int { Int(indexOfKind[Int(kind.rawValue)]) }

    /// The byte offset, in the file, of the section table's `index`-th entry.
    static func entryOffset(_ index: Int) -> Int {
        SnapshotFormat.headerByteCount + SnapshotFormat.sectionTableHeadByteCount
            + index * SnapshotFormat.sectionEntryByteCount
    }

    /// - Throws: `unsupportedFormat` when the file is no snapshot of this version, `corrupted` when it is a damaged
    ///   one.
    init(_ file: UnsafeRawBufferPointer, path: String) throws(StrataError) {
        SnapshotFormat.assertRelations()
        self.path = path
        byteCount = file.count
        header = try Self.header(file, path)
        base = file.baseAddress!

        func damage(_ offset: Int, _ what: String) -> StrataError { .damagedSnapshot(what, path: path, offset: offset) }

        guard header.totalSize == UInt64(file.count) else {
            throw damage(
                min(file.count, Int(clamping: header.totalSize)),
                "the file has \(file.count) bytes, and its header says \(header.totalSize)")
        }
        let tableStart = SnapshotFormat.headerByteCount
        guard file.count >= Self.entryOffset(0) else { throw damage(file.count, "the file ends in the section table") }
        let count = Int(file.loadUnaligned(fromByteOffset: tableStart, as: UInt32.self))
        let entrySize = Int(file.loadUnaligned(fromByteOffset: tableStart + 4, as: UInt32.self))
        guard count <= SnapshotFormat.sectionCountMaximum, entrySize == SnapshotFormat.sectionEntryByteCount else {
            throw damage(tableStart, "the section table claims \(count) entries of \(entrySize) bytes")
        }
        let coveredStart = SnapshotFormat.coveredStart(sectionCount: count)
        guard coveredStart <= file.count else { throw damage(file.count, "the file ends in the section table") }
        entries = (0..<count).map { index in
            file.loadUnaligned(fromByteOffset: Self.entryOffset(index), as: SectionEntry.self)
        }

        // The checksums come first: with them it is known whether the table is worth reading.
        guard let last = entries.last, last.kind == SectionKind.checksums.rawValue else {
            throw damage(tableStart, "the section table does not end with the checksums")
        }
        guard let start = Int(exactly: last.offset), start % SnapshotFormat.sectionAlignment == 0,
            coveredStart...file.count ~= start
        else { throw damage(Self.entryOffset(count - 1), "the checksums start at \(last.offset), outside the file") }
        tree = ChecksumTree(covered: coveredStart..<start)
        guard tree.hashCount * MemoryLayout<UInt64>.stride == file.count - start else {
            throw damage(start, "the checksums do not end with the file")
        }
        let rootStart = file.count - tree.rootCount * MemoryLayout<UInt64>.stride
        let hash = ChecksumTree.rootHash(
            head: UnsafeRawBufferPointer(rebasing: file[..<coveredStart]),
            rootPage: UnsafeRawBufferPointer(rebasing: file[rootStart...]))
        guard hash == header.checksum else {
            throw damage(0, "the header, the section table or the root of the checksums is damaged")
        }
        indexOfKind = try Self.index(
            entries, coveredStart, checksumsStart: start, byteCount: byteCount, header.version, path)
        try checkRelations()
    }

    private static func header(_ file: UnsafeRawBufferPointer, _ path: String) throws(StrataError) -> ZeroCopyHeader {
        let foreign = "this is not a Strata snapshot"
        let remedy = "name a file that `strata import` or SnapshotWriter has written"
        guard !file.isEmpty else {
            throw StrataError(.unsupportedFormat, "the file is empty", path: path, offset: 0, remedy: remedy)
        }
        for index in 0..<min(file.count, MemoryLayout<UInt64>.size)
        where file[index] != UInt8(truncatingIfNeeded: SnapshotFormat.magic >> (8 * UInt64(index))) {
            throw StrataError(.unsupportedFormat, foreign, path: path, offset: 0, remedy: remedy)
        }
        guard file.count >= SnapshotFormat.headerByteCount else {
            throw .damagedSnapshot("the file ends in the header", path: path, offset: file.count)
        }
        let header = file.loadUnaligned(as: ZeroCopyHeader.self)
        guard SnapshotFormat.oldestVersion...SnapshotFormat.version ~= header.version else {
            throw StrataError(
                .unsupportedFormat,
                "the snapshot has format version \(header.version), and this library reads "
                    + "\(SnapshotFormat.oldestVersion) to \(SnapshotFormat.version)",
                path: path, offset: UInt64(MemoryLayout<ZeroCopyHeader>.offset(of: \.version)!),
                remedy: "read it with the version of Strata that wrote it")
        }
        return header
    }

    /// Finds each known section and checks that all sections lie one behind the other between the section table and
    /// the checksums.
    private static func index(
        _ entries: [SectionEntry], _ coveredStart: Int, checksumsStart: Int, byteCount: Int, _ formatVersion: UInt32,
        _ path: String
    ) throws(StrataError) -> SIMD32<Int8> {
        assert(Int(SectionKind.last) < SIMD32<Int8>.scalarCount)
        var indexOfKind = SIMD32<Int8>(repeating: -1)
        var end = UInt64(coveredStart)
        for index in 0..<entries.count {
            let entry = entries[index]
            func wrong(_ what: String) -> StrataError {
                let name = SectionKind(rawValue: entry.kind)?.name ?? "of kind \(entry.kind)"
                return .damagedSnapshot("the section \(name) \(what)", path: path, offset: entryOffset(index))
            }
            guard entry.offset % UInt64(SnapshotFormat.sectionAlignment) == 0 else {
                throw wrong("starts at \(entry.offset), which is not a multiple of \(SnapshotFormat.sectionAlignment)")
            }
            guard entry.offset >= end else { throw wrong("overlaps what is before it") }
            let (sectionEnd, overflow) = entry.offset.addingReportingOverflow(entry.length)
            let bound = index == entries.count - 1 ? byteCount : checksumsStart
            guard !overflow, sectionEnd <= UInt64(bound) else { throw wrong("reaches out of its part of the file") }
            let (length, tooLong) = entry.elementCount.multipliedReportingOverflow(by: UInt64(entry.elementSize))
            // Elements of no length could be any number.
            guard !tooLong, length == entry.length, entry.elementSize > 0 || entry.elementCount == 0 else {
                throw wrong("has \(entry.length) bytes for \(entry.elementCount) elements of \(entry.elementSize)")
            }
            end = sectionEnd
            // A section of a later version's kind: this one can do without it.
            guard let kind = SectionKind(rawValue: entry.kind) else { continue }
            guard kind.exists(inFormatVersion: formatVersion) else {
                throw wrong("is not one of format version \(formatVersion)")
            }
            guard indexOfKind[Int(entry.kind)] < 0 else { throw wrong("is there twice") }
            guard entry.version == SnapshotFormat.sectionVersion else {
                throw StrataError(
                    .unsupportedFormat, "the section \(kind.name) has version \(entry.version)", path: path,
                    offset: UInt64(entryOffset(index)), remedy: "read it with the version of Strata that wrote it")
            }
            guard kind.allows(elementSize: Int(entry.elementSize), formatVersion: formatVersion) else {
                throw wrong("has elements of \(entry.elementSize) bytes")
            }
            guard entry.flags.subtracting(.known(in: kind, formatVersion: formatVersion)).isEmpty,
                entry.parameter == 0 || kind.hasParameter
            else {
                throw wrong("sets bits that have no meaning")
            }
            // There are no more than 64 entries.
            indexOfKind[Int(entry.kind)] = Int8(truncatingIfNeeded: index)
        }
        for number in 1...SectionKind.last where indexOfKind[Int(number)] < 0 {
            guard let kind = SectionKind(rawValue: number), kind.exists(inFormatVersion: formatVersion) else {
                continue
            }
            throw .damagedSnapshot("the section \(kind.name) is missing", path: path, offset: entryOffset(0))
        }
        return indexOfKind
    }

    /// Checks the counts of the sections, and of the header, against each other.
    private func checkRelations() throws(StrataError) {
        func count(_ kind: SectionKind) -> Int { Int(section(kind).elementCount) }
        func require(_ kind: SectionKind, _ holds: Bool) throws(StrataError) {
            guard !holds else { return }
            throw .damagedSnapshot(
                "the section \(kind.name) has \(count(kind)) elements, which does not fit the other sections",
                path: path, offset: Self.entryOffset(index(of: kind)))
        }
        let entities = count(.entities)
        let embeddings = count(.embeddings)
        try require(.entities, entities < SnapshotFormat.countMaximum)
        try require(.outOffsets, count(.outOffsets) == entities + 1)
        try require(.inOffsets, count(.inOffsets) == entities + 1)
        try require(.checksums, count(.checksums) == tree.hashCount)
        try require(.inRelationships, count(.inRelationships) == count(.outRelationships))
        try checkStrings()
        try require(.entityTypes, count(.entityTypes) <= stringCount)
        try require(.relationshipTypes, count(.relationshipTypes) <= stringCount)
        try require(.nameIndex, count(.nameIndex) <= entities)
        try require(.names, count(.names) == (count(.nameIndex) > 0 ? entities : 0))
        try require(.valuePairs, count(.valuePairs) <= count(.properties))
        try require(.valueOffsets, count(.valueOffsets) == count(.valuePairs) + 1)
        try require(.valuePositions, count(.valuePairs)...count(.properties) ~= count(.valuePositions))
        try require(.embeddings, embeddings <= entities && (embeddings == 0 || section(.embeddings).elementSize > 0))
        try require(.embeddingPositions, count(.embeddingPositions) == (embeddings < entities ? embeddings : 0))

        try checkNumbers()

        func requireHeader(_ name: String, _ holds: Bool) throws(StrataError) {
            guard !holds else { return }
            throw .damagedSnapshot("the header's \(name) contradicts the section table", path: path, offset: 0)
        }
        try requireHeader("entity_count", header.entityCount == SnapshotFormat.saturated(entities))
        try requireHeader(
            "relationship_count", header.relationshipCount == SnapshotFormat.saturated(count(.outRelationships)))
        try requireHeader("string_count", header.stringCount == SnapshotFormat.saturated(stringCount))
        try requireHeader("entity_section_offset", header.entitySectionOffset == section(.entities).offset)
        try requireHeader(
            "relationship_section_offset", header.relationshipSectionOffset == section(.outRelationships).offset)
        try requireHeader("string_section_offset", header.stringSectionOffset == section(.stringOffsets).offset)
    }

    /// Checks the sections of the strings against each other, and leaves ``stringCount`` below 2^32 - 1.
    private func checkStrings() throws(StrataError) {
        let (offsets, bytes) = (section(.stringOffsets), section(.stringBytes))
        func damage(_ kind: SectionKind, _ what: String) -> StrataError {
            .damagedSnapshot(
                "the section \(kind.name) \(what)", path: path,
                offset: Self.entryOffset(index(of: kind)))
        }
        guard let coding = bytes.flags.stringCoding else { throw damage(.stringBytes, "sets bits without meaning") }
        guard coding == .raw ? offsets.parameter == 0 : offsets.parameter < UInt64(SnapshotFormat.countMaximum) else {
            throw damage(.stringOffsets, "has the parameter \(offsets.parameter)")
        }
        let groups = coding == .raw ? offsets.elementCount &- 1 : SnapshotFormat.stringBlockCount(offsets.parameter)
        guard groups < UInt64(SnapshotFormat.countMaximum), offsets.elementCount == groups + 1 else {
            throw damage(
                .stringOffsets, "has \(offsets.elementCount) elements, which does not fit the other sections")
        }
        guard header.version > 1 else { return }
        let symbols = section(.symbolTable).elementCount
        guard coding == .frontWithSymbols ? 1...SnapshotFormat.symbolTableByteMaximum ~= symbols : symbols == 0 else {
            throw damage(.symbolTable, "has \(symbols) bytes, which does not fit the other sections")
        }
    }

    /// Checks that numbers have the bits and bytes that they must have by the counts, so that each file has one form.
    private func checkNumbers() throws(StrataError) {
        func count(_ kind: SectionKind) -> Int { Int(section(kind).elementCount) }
        func require(_ kind: SectionKind, stride: Int, parameter: UInt64?) throws(StrataError) {
            let entry = section(kind)
            guard Int(entry.elementSize) != stride || parameter ?? entry.parameter != entry.parameter else { return }
            throw .damagedSnapshot(
                "the section \(kind.name) has elements of \(entry.elementSize) bytes with the parameter "
                    + "\(entry.parameter), which does not fit the other sections",
                path: path, offset: Self.entryOffset(index(of: kind)))
        }
        guard header.version > 1 else {
            try require(.outRelationships, stride: 8, parameter: 0)
            try require(.inRelationships, stride: 8, parameter: 0)
            try require(.properties, stride: 8, parameter: 0)
            try require(.valuePairs, stride: 8, parameter: 0)
            return
        }
        func require(_ kind: SectionKind, _ packing: PairPacking) throws(StrataError) {
            try require(kind, stride: packing.stride, parameter: packing.lowBits)
        }
        func require(_ kind: SectionKind, offsetsOf target: SectionKind) throws(StrataError) {
            let stride = NumberColumn.stride(largest: section(target).elementCount)
            try require(kind, stride: stride, parameter: kind == .stringOffsets ? nil : 0)
        }
        let relationships = PairPacking.relationships(
            entityCount: count(.entities), typeCount: count(.relationshipTypes))
        let properties = PairPacking.properties(stringCount: stringCount, keyCount: count(.propertyKeys))
        try require(.outRelationships, relationships)
        try require(.inRelationships, relationships)
        try require(.properties, properties)
        try require(.valuePairs, properties)
        try require(.outOffsets, offsetsOf: .outRelationships)
        try require(.inOffsets, offsetsOf: .inRelationships)
        try require(.stringOffsets, offsetsOf: .stringBytes)
        try require(.valueOffsets, offsetsOf: .valuePositions)
        let largest = UInt64(max(count(.entities) - 1, 0))
        try require(.valuePositions, stride: NumberColumn.stride(largest: largest), parameter: 0)
    }
}
