/// Puts entities that come in any order in the order of their ids: as many as fit in memory are sorted and put aside, and
/// all are merged in the end.
struct EntityReordering: ~Copyable {
    /// An entity in memory: its id, and where its bytes are.
    private struct Key: BitwiseCopyable {
        var id: UInt32
        var start: Int
        var end: Int
    }

    private enum Step: UInt8 {
        case property, relationship, embedding
    }

    private var bytes: [UInt8] = []
    private var keys: [Key] = []
    private var writer: ScratchWriter
    /// Where each run that was put aside ends in the file.
    private var ends: [Int] = []
    private let memory: StreamMemory
    private let space: ScratchSpace

    init(_ memory: StreamMemory, _ space: ScratchSpace) throws(StrataError) {
        writer = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        bytes.reserveCapacity(memory.reorderByteCount)
        self.memory = memory
        self.space = space
    }

    mutating func entity(_ id: UInt32, type: Span<UInt8>, name: Span<UInt8>?) throws(StrataError) {
        closeEntity()
        if bytes.count + keys.count * MemoryLayout<Key>.stride >= memory.reorderByteCount / 2 { try putAside() }
        keys.append(Key(id: id, start: bytes.count, end: bytes.count))
        append(id)
        append(type)
        append(name == nil ? 0 : 1 as UInt8)
        if let name { append(name) }
    }

    mutating func property(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) {
        try requireRoom(key.count + value.count, "a property")
        append(Step.property.rawValue)
        append(key)
        append(value)
    }

    mutating func relationship(_ type: Span<UInt8>, to target: UInt32) throws(StrataError) {
        try requireRoom(type.count, "a relationship")
        append(Step.relationship.rawValue)
        append(type)
        append(target)
    }

    mutating func embedding(_ numbers: UnsafeBufferPointer<Float>) throws(StrataError) {
        try requireRoom(numbers.count * MemoryLayout<Float>.stride, "an embedding")
        append(Step.embedding.rawValue)
        append(UInt32(numbers.count))
        bytes.append(contentsOf: UnsafeRawBufferPointer(numbers))
    }

    private func requireRoom(_ count: Int, _ what: String) throws(StrataError) {
        guard let last = keys.last else {
            throw CollectedGraph.contradiction("\(what) comes before the first entity", space.path)
        }
        guard bytes.count - last.start + count < memory.reorderByteCount else {
            throw StrataError(
                .limitExceeded,
                "entity \(last.id) has more than the \(memory.reorderByteCount) bytes that fit in memory",
                path: space.path,
                remedy: "nothing was written; allow the writer more memory, or sort the entities first")
        }
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: Span<UInt8>) {
        append(UInt32(text.count))
        text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private mutating func closeEntity() {
        if !keys.isEmpty { keys[keys.count - 1].end = bytes.count }
    }

    private mutating func putAside() throws(StrataError) {
        keys.sort { $0.id < $1.id }
        for key in keys {
            try writer.append(UInt32(key.end - key.start))
            try bytes.withUnsafeBufferPointer { (bytes) throws(StrataError) in
                try writer.append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[key.start..<key.end])))
            }
        }
        if !keys.isEmpty { ends.append(writer.count) }
        keys.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    // MARK: - Replay

    /// Tells the log of all entities, in order.
    consuming func replay(into log: inout GraphLog) throws(StrataError) {
        closeEntity()
        try putAside()
        bytes = []
        let extent = try writer.finish()
        let piece = try memory.mergePiece(runs: ends.count, path: space.path)
        var runs: [Run] = []
        var start = 0
        for end in ends {
            let run = Run(ScratchReader(extent.file, start..<end, bufferByteCount: piece))
            if try run.advance() { runs.append(run) }
            start = end
        }
        while let first = runs.indices.min(by: { runs[$0].id < runs[$1].id }) {
            try runs[first].tell(&log)
            if try !runs[first].advance() { runs.remove(at: first) }
        }
    }

    /// The next entity of a run.
    private final class Run {
        private(set) var id: UInt32 = 0
        private var entity: [UInt8] = []
        private var reader: ScratchReader
        private var place = 0

        init(_ reader: consuming ScratchReader) { self.reader = reader }

        /// Goes on to the next entity; whether there is one.
        func advance() throws(StrataError) -> Bool {
            guard !reader.isAtEnd else { return false }
            let count = try reader.read(UInt32.self)
            try reader.read(Int(count), into: &entity)
            place = 0
            id = number(UInt32.self)
            return true
        }

        func tell(_ log: inout GraphLog) throws(StrataError) {
            let entity = entity
            let type = text()
            if number(UInt8.self) == 1 {
                let name = text()
                try log.entity(id, type: entity.span.extracting(type), name: entity.span.extracting(name))
            } else {
                try log.entity(id, type: entity.span.extracting(type), name: nil)
            }
            while place < entity.count {
                // The bytes were written by this process, so that its steps are known.
                switch Step(rawValue: number(UInt8.self))! {
                case .property:
                    let key = text()
                    let value = text()
                    try log.property(entity.span.extracting(key), entity.span.extracting(value))
                case .relationship:
                    let type = text()
                    try log.relationship(entity.span.extracting(type), to: number(UInt32.self))
                case .embedding:
                    let count = Int(number(UInt32.self))
                    let numbers = (0..<count).map { _ in Float(bitPattern: number(UInt32.self)) }
                    try numbers.withUnsafeBufferPointer { (numbers) throws(StrataError) in try log.embedding(numbers) }
                }
            }
        }

        private func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) -> Number {
            defer { place += MemoryLayout<Number>.size }
            return entity.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: type) }
        }

        /// Where a text's bytes are.
        private func text() -> Range<Int> {
            let count = Int(number(UInt32.self))
            defer { place += count }
            return place..<place + count
        }
    }
}
