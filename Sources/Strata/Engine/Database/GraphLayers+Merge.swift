extension GraphLayers {
    /// Tells a stream of everything that is there at a sequence number.
    ///
    /// - Complexity: O(graph), and O(c log c) in the entities that the deltas know, which take 4 bytes each.
    func tell(
        _ stream: inout SnapshotStream, at sequence: UInt64, types: ConcurrentStringInterner
    ) throws(StrataError) {
        // The stream cannot be changed inside of closures that also may throw: what an entity consists of is copied first.
        var (type, name, text): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        var ends: [(key: Int, value: Int)] = []
        var edges: [Edge] = []
        var embedding: [Float] = []
        try LayeredWalk(self, at: sequence).forEachEntity { (id, found) throws(StrataError) in
            type.removeAll(keepingCapacity: true)
            name.removeAll(keepingCapacity: true)
            _ = try withType(of: found) { type.append($0) }
            let hasName = try withName(of: found) { name.append($0) } != nil
            if hasName {
                try stream.entity(id, type: type.span, name: name.span)
            } else {
                try stream.entity(id, type: type.span, name: nil)
            }

            text.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
            try forEachProperty(of: found) { key, value in
                text.append(key)
                let keyEnd = text.count
                text.append(value)
                ends.append((keyEnd, text.count))
            }
            var start = 0
            for end in ends {
                try stream.property(text.span.extracting(start..<end.key), text.span.extracting(end.key..<end.value))
                start = end.value
            }

            embedding.removeAll(keepingCapacity: true)
            _ = try withEmbedding(of: found) { $0.withUnsafeBufferPointer { embedding.append(contentsOf: $0) } }
            if !embedding.isEmpty { try stream.embedding(embedding.span) }

            edges.removeAll(keepingCapacity: true)
            try forEachEdge(of: id, .outgoing, at: sequence) { edges.append($0) }
            for edge in edges {
                try stream.relationship(types.utf8(of: InternedString(id: edge.type)), to: edge.other)
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ span: Span<UInt8>) {
        span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
