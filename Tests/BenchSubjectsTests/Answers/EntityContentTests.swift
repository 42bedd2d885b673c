import Testing

@testable import BenchSubjects

@Suite struct EntityContentTests {
    /// The content of an entity with these properties.
    private func hash(_ properties: [(String, String)]) -> UInt64 {
        var content = EntityContent(id: 1, type: 2, degree: 3)
        for (key, value) in properties {
            content.add(key: AnswerHash.text(key), value: value.utf8Span.span)
        }
        return content.finish()
    }

    @Test func valuesOfAKeyAreOneTextOfLines() {
        #expect(hash([("a", "x"), ("a", "y"), ("b", "z")]) == hash([("b", "z"), ("a", "x\ny")]))
        #expect(hash([("a", ""), ("a", "")]) == hash([("a", "\n")]))
    }

    @Test func everyPartMatters() {
        let all = [
            hash([]), hash([("a", "")]), hash([("a", ""), ("a", "")]), hash([("a", "x")]), hash([("b", "x")]),
            hash([("a", "x"), ("a", "y")]), hash([("a", "y"), ("a", "x")]), hash([("a", "x"), ("b", "y")]),
            hash([("a", "y"), ("b", "x")]), hash([("a", "x"), ("a", "x")]), hash([("x", "a")]),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test func theEmbeddingCountsBitByBit() {
        func hash(_ embedding: [Float]) -> UInt64 {
            var content = EntityContent(id: 1, type: 2, degree: 3)
            content.add(embedding: embedding.span)
            return content.finish()
        }
        var hashes: Set = [hash([]), hash([0]), hash([0, 0]), hash([-0.0]), hash([1, 2]), hash([2, 1])]
        #expect(hashes.count == 6)
        for bit in 0..<32 { #expect(hashes.insert(hash([3, Float(bitPattern: 1 << bit)])).inserted) }
    }
}
