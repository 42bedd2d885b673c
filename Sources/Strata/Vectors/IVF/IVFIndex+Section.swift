extension IVFIndex {
    /// Length of the section that ``writeSection(into:)`` writes.
    public var sectionByteCount: Int { IVFSectionLayout(self).places?.byteCount ?? 0 }

    /// Writes the index as a section that ``IVFSection`` reads in place.
    ///
    /// - Parameter buffer: exactly ``sectionByteCount`` bytes.
    /// - Throws: `invalidArgument` when the buffer has another length.
    /// - Complexity: O(count * dimensions).
    public func writeSection(into buffer: UnsafeMutableRawBufferPointer) throws(StrataError) {
        let layout = IVFSectionLayout(self)
        guard let places = layout.places, buffer.count == places.byteCount, let base = buffer.baseAddress else {
            throw StrataError(.invalidArgument, "a buffer of \(buffer.count) bytes for a section of another length")
        }
        // What lies between the parts is zero.
        _ = buffer.initializeMemory(as: UInt8.self, repeating: 0)
        (base + places.centroids)
            .copyMemory(from: centroids.values.base, byteCount: parameters.lists * centroids.stride)
        var row = 0
        for list in 0..<parameters.lists {
            SectionBytes.store(UInt32(row), base, places.offsets + list * 4)
            let length = parts[list].ids.count
            (base + places.ids + row * 4).copyMemory(from: parts[list].ids.base, byteCount: length * 4)
            (base + places.vectors + row * stride)
                .copyMemory(from: parts[list].vectors.base, byteCount: length * stride)
            row += length
        }
        SectionBytes.store(UInt32(row), base, places.offsets + parameters.lists * 4)
        layout.write(base, byteCount: buffer.count)
    }

    /// A copy of the index as a section, in memory that ``IVFSection`` can read in place.
    public func section() throws(StrataError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: sectionByteCount)
        var failure: StrataError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(StrataError) {
                try writeSection(into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// An index that can be changed, from a section that was written.
    ///
    /// - Throws: `corrupted` when the section does not match its checksum, or a number or vector is not what it may be;
    ///   `limitExceeded` when there is no memory.
    /// - Complexity: O(count * dimensions): nothing is trained or assigned anew.
    public static func loaded(from section: borrowing IVFSection) throws(StrataError) -> IVFIndex {
        try section.verify()
        let layout = section.layout
        let shape = section.lists
        var values = IndexArray<Float>()
        try values.reserve(layout.lists * layout.dimensions)
        values.append(copying: shape.centroids.vector(0), count: layout.lists * layout.dimensions)
        var index = try IVFIndex(
            layout.parameters, Centroids(values, dimensions: layout.dimensions, metric: layout.metric),
            trainedCount: layout.trainedCount)
        for list in 0..<layout.lists {
            let rows = shape.rows(of: list)
            for position in 0..<shape.lists[list].count {
                try index.take(rows.vector(UInt32(position)), id: shape.lists[list].ids[position], list: list)
            }
        }
        return index
    }
}
