/// The second look at a graph: the log is read in order, the entities' records go to the snapshot at once, and the
/// columns behind them to scratch files and sorters.
struct GraphReplay: ~Copyable {
    /// What a snapshot's numbers look like: known when the first look has ended.
    struct Shape {
        let counts: GraphLog.Counts
        let limits: SnapshotLimits
        let relationships: PairPacking
        let properties: PairPacking
        /// The bytes of an offset into the relationships.
        let offsetStride: Int
    }

    private let shape: Shape
    private let path: String
    private var ids: StringEpochIDs
    private var list: SortedList
    private var values: SortedList

    // What is gathered of the entity at hand.
    private var position = -1
    private var id: UInt32 = 0
    private var type: UInt32 = 0
    private var name: UInt32 = SnapshotFormat.absent
    private var hasEmbedding = false
    private var degree: UInt64 = 0
    private var propertySize: UInt64 = 0

    // What came before it.
    private var relationshipCount: UInt64 = 0
    private var propertyCount: UInt64 = 0
    private var rows: UInt32 = 0

    private var columns: Columns

    /// The columns of all entities.
    struct Columns: ~Copyable {
        var outOffsets: ScratchWriter
        /// Where ids are dense, and positions by that known at once; empty where they are not.
        var outRelationships: ScratchWriter
        var properties: ScratchWriter
        var names: ScratchWriter
        var embeddingPositions: ScratchWriter
        var wide: ScratchWriter
        /// (target's id, type, source's position).
        var incoming: NumberSorter
        /// (key, value, position).
        var values: NumberSorter
        /// (name, position).
        var nameIndex: NumberSorter
    }

    init(
        _ shape: Shape, _ ids: consuming StringEpochIDs, room: SortRoom, _ memory: StreamMemory, _ space: ScratchSpace
    ) throws(StrataError) {
        self.shape = shape
        path = space.path
        self.ids = ids
        list = SortedList(room: room, memory, space)
        values = SortedList(room: room, memory, space)
        let buffer = memory.bufferByteCount
        columns = Columns(
            outOffsets: try ScratchWriter(space, bufferByteCount: buffer),
            outRelationships: try ScratchWriter(space, bufferByteCount: buffer),
            properties: try ScratchWriter(space, bufferByteCount: buffer),
            names: try ScratchWriter(space, bufferByteCount: buffer),
            embeddingPositions: try ScratchWriter(space, bufferByteCount: buffer),
            wide: try ScratchWriter(space, bufferByteCount: buffer),
            incoming: NumberSorter(runCount: memory.runCount, room: room, memory, space),
            values: NumberSorter(runCount: memory.runCount, room: room, memory, space),
            nameIndex: NumberSorter(runCount: memory.runCount, room: room, memory, space))
    }

    /// Reads the whole log.
    consuming func run(
        _ steps: ScratchExtent, to stream: inout ChecksummedStream, _ memory: StreamMemory
    ) throws(StrataError) -> Columns {
        var log = ScratchReader(steps, bufferByteCount: memory.bufferByteCount)
        try ids.beginEpoch()
        while !log.isAtEnd {
            // The log was written by this process, so that its steps are known.
            switch GraphLog.Step(rawValue: try log.read(UInt8.self))! {
            case .entity:
                try endEntity(to: &stream)
                position += 1
                id = try log.read(UInt32.self)
                type = ids[try log.read(UInt32.self)].entityType
                let local = try log.read(UInt32.self)
                name = local == SnapshotFormat.absent ? local : ids[local].id
            case .property:
                let key = ids[try log.read(UInt32.self)].propertyKey
                let value = ids[try log.read(UInt32.self)].id
                // The place in the list is part of what is sorted, so that values of one key keep their order.
                guard propertySize <= UInt64(UInt32.max) else {
                    throw StrataError(
                        .limitExceeded, "entity \(id) has more than 2^32 properties", path: path,
                        remedy: "give the entity fewer properties")
                }
                try values.add(UInt128(key) << 64 | UInt128(propertySize << 32 | UInt64(value)))
                propertySize += 1
            case .relationship:
                let type = ids[try log.read(UInt32.self)].relationshipType
                let target = try log.read(UInt32.self)
                if shape.counts.isDense { try list.add(UInt128(UInt64(type) << 32 | UInt64(target))) }
                try columns.incoming.add(high: UInt64(target) << 32 | UInt64(type), low: UInt64(position))
                degree += 1
            case .embedding: hasEmbedding = true
            case .epoch: try ids.beginEpoch()
            }
        }
        try endEntity(to: &stream)
        try columns.outOffsets.append(relationshipCount, stride: shape.offsetStride)
        return columns
    }

    /// Writes the entity at hand.
    private mutating func endEntity(to stream: inout ChecksummedStream) throws(StrataError) {
        guard position >= 0 else { return }
        try stream.append(try record())
        try columns.outOffsets.append(relationshipCount, stride: shape.offsetStride)
        try endRelationships()
        try endProperties()
        try columns.names.append(name)
        if name != SnapshotFormat.absent {
            try columns.nameIndex.add(high: UInt64(name), low: UInt64(position))
        }
        if hasEmbedding {
            try columns.embeddingPositions.append(UInt32(position))
            rows += 1
        }
        relationshipCount += degree
        propertyCount += propertySize
        degree = 0
        propertySize = 0
        hasEmbedding = false
    }

    private mutating func record() throws(StrataError) -> ZeroCopyEntity {
        var fields = NarrowFields(position: UInt32(position))
        // In the order of the fields' numbers, which the wide table is sorted by.
        let limits = shape.limits
        let narrowDegree: UInt16 = fields.narrow(degree, limit: limits.degree, .degree, .wideDegree)
        let narrowType: UInt16 = fields.narrow(UInt64(type), limit: limits.typeID, .typeID, .wideTypeID)
        let narrowSize: UInt16 = fields.narrow(
            propertySize, limit: limits.propertySize, .propertySize, .widePropertySize)
        let narrowOffset: UInt32 = fields.narrow(
            propertyCount, limit: limits.propertyOffset, .propertyOffset, .widePropertyOffset)
        if !fields.wide.isEmpty {
            for entry in fields.wide { try columns.wide.append(entry) }
        }
        if hasEmbedding { fields.flags.insert(.hasEmbedding) }
        if name != SnapshotFormat.absent { fields.flags.insert(.hasName) }
        return ZeroCopyEntity(
            id: id, typeID: narrowType, degree: narrowDegree,
            embeddingOffset: hasEmbedding ? rows : SnapshotFormat.absent, propertyOffset: narrowOffset,
            propertySize: narrowSize, flags: fields.flags)
    }

    private mutating func endRelationships() throws(StrataError) {
        guard shape.counts.isDense, degree > 0 else { return }
        try list.sort()
        while let number = try list.next() {
            let number = UInt64(truncatingIfNeeded: number)
            let target = UInt32(truncatingIfNeeded: number)
            guard target < shape.counts.entities else {
                throw CollectedGraph.contradiction("entity \(id) leads to entity \(target), which is not there", path)
            }
            try columns.outRelationships.append(
                shape.relationships.number(high: UInt32(number >> 32), low: target), stride: shape.relationships.stride)
        }
    }

    private mutating func endProperties() throws(StrataError) {
        guard propertySize > 0 else { return }
        try values.sort()
        while let number = try values.next() {
            let key = UInt32(truncatingIfNeeded: number >> 64)
            let value = UInt32(truncatingIfNeeded: number)
            try columns.properties.append(
                shape.properties.number(high: key, low: value), stride: shape.properties.stride)
            try columns.values.add(high: UInt64(key) << 32 | UInt64(value), low: UInt64(position))
        }
    }
}
