import Strata
import Testing

@Suite struct PatternTests {
    /// The matches of an engine in the model's form.
    private func matches(
        _ patterns: [GraphPattern], _ engine: ZeroCopyKnowledgeEngine
    ) throws -> (matches: [PatternGraph.Match], explanation: QueryExplanation) {
        let types = try engine.relationshipTypes()
        var matches = try engine.match(patterns)
        let memory = matches.memoryUsage
        var result: [PatternGraph.Match] = []
        while try matches.next() {
            var match = PatternGraph.Match()
            for (index, name) in matches.variables.enumerated() {
                switch try matches.value(index) {
                case .entity(let id): match.values[name] = .entity(id)
                case .relationshipType(let type): match.values[name] = .type(types[Int(type)])
                }
            }
            for index in patterns.indices {
                match.statements.append(
                    try matches.triple(index).map {
                        PatternGraph.Triple(subject: $0.subject, type: types[Int($0.type)], object: $0.object)
                    })
            }
            result.append(match)
        }
        #expect(try !matches.next() && matches.memoryUsage == memory)
        return (result, matches.explanation)
    }

    private func counts(_ matches: [PatternGraph.Match]) -> [PatternGraph.Match: Int] {
        matches.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    @Test(arguments: 0..<UInt64(longRun(12) == 12 ? 12 : 400))
    func matchesAreThoseOfTryingEverything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let folder = try TemporaryFolder()
        let graph = PatternGraph(
            entities: 1 + random.below(14), relationships: random.below(40), random: &random)
        try graph.write(to: folder.file("graph.strata"))
        let engine = try ZeroCopyKnowledgeEngine(path: folder.file("graph.strata"))
        for question in 0..<40 {
            let patterns = graph.randomPatterns(&random)
            guard let expected = graph.matches(patterns, limit: 3_000) else { continue }
            let note: Comment = "seed \(seed), question \(question): \(patterns)"
            let (found, explanation) = try matches(patterns, engine)
            #expect(counts(found) == counts(expected), note)
            if let last = explanation.steps.last, last.rows != nil {
                #expect(last.rows == expected.count && explanation.steps.count == patterns.count, note)
                // What was found was looked at.
                for step in explanation.steps {
                    #expect((step.entriesRead ?? 0) > 0 || step.rows == 0 || step.question.isEmpty, note)
                }
            } else {
                #expect(expected.isEmpty, note)
            }
            let rowBytes = try engine.match(patterns).collected(byteBudget: 1 << 30).count
            #expect(rowBytes == expected.count, note)
        }
    }

    /// A chain of thousands, and a hub that half of it leads to.
    private func hub(_ folder: TemporaryFolder, count: UInt32 = 4_000) throws -> ZeroCopyKnowledgeEngine {
        var stream = try SnapshotStream(to: folder.file("hub.strata"))
        for id in 0..<count {
            try stream.entity(id, type: "thing", name: "n\(id)")
            if id + 1 < count { try stream.relationship("next", to: id + 1) }
            if id % 2 == 0 { try stream.relationship("of", to: 1) }
            if id % 1_000 == 7 { try stream.property("mark", "x") }
        }
        _ = try stream.finish()
        return try ZeroCopyKnowledgeEngine(path: folder.file("hub.strata"))
    }

    @Test func theCheapestPatternComesFirst() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder)
        // The mark is rare, the hub has thousands: whichever is written first, the work is that of the marks.
        let patterns: [GraphPattern] = [
            .relationship(.variable("y"), .type("of"), .entity(1)),
            .relationship(.variable("x"), .type("next"), .variable("y")),
            .property(.variable("x"), key: "mark", value: "x"),
        ]
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]] {
            let asked = order.map { patterns[$0] }
            let (found, explanation) = try matches(asked, engine)
            #expect(found.count == 4)
            #expect(explanation.steps.map { order[Int(String($0.question.last!))! - 1] } == [2, 1, 0])
            #expect(explanation.steps.map(\.rows) == [4, 4, 4])
            #expect(explanation.steps.reduce(0) { $0 + ($1.entriesRead ?? 0) } <= 12)
        }
    }

    @Test func bothEndsAtHandAreASearchNotAScan() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder)
        for relation in [GraphPattern.Relation.type("of"), .any, .variable("r")] {
            let (found, explanation) = try matches([.relationship(.entity(2_000), relation, .entity(1))], engine)
            #expect(found.count == 1)
            #expect(explanation.steps[0].entriesRead! <= 3, "\(explanation)")
        }
    }

    @Test func answersThatTakeTooMuchAreRefused() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder)
        let all: [GraphPattern] = [
            .relationship(.variable("a"), .any, .variable("b")), .relationship(.variable("c"), .any, .variable("d")),
        ]
        let error = failure { try engine.match(all).collected(byteBudget: 100_000) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("100000 bytes") == true)
        // Row by row there is no end to it, and no growth.
        var matches = try engine.match(all)
        let memory = matches.memoryUsage
        for _ in 0..<50_000 { #expect(try matches.next()) }
        #expect(matches.memoryUsage == memory && memory < 4_096)
    }

    @Test func matchesGoOnInTheirSnapshotWhenAnotherComes() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder)
        var stream = try SnapshotStream(to: folder.file("other.strata"))
        try stream.entity(0, type: "thing", name: "alone")
        _ = try stream.finish()
        var matches = try engine.match([.relationship(.any, .type("next"), .any)])
        #expect(try matches.next())
        try engine.reload(path: folder.file("other.strata"))
        var count = 1
        while try matches.next() { count += 1 }
        #expect(count == 3_999)
        var none = try engine.match([.relationship(.any, .any, .any)])
        #expect(try !none.next())
    }

    @Test func questionsThatMeanNothingAreRefused() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder, count: 3)
        func code(_ patterns: [GraphPattern]) -> StrataError.Code? { failure { _ = try engine.match(patterns) }?.code }
        #expect(code([]) == .invalidArgument)
        #expect(code([.relationship(.entity(3), .any, .any)]) == .notFound)
        #expect(code([.relationship(.any, .any, .entity(.max))]) == .notFound)
        #expect(code([.relationship(.variable("x"), .variable("x"), .any)]) == .invalidArgument)
        let many = Array(repeating: GraphPattern.relationship(.any, .any, .any), count: GraphPattern.maximumCount + 1)
        #expect(code(many) == .limitExceeded)
        #expect(code(Array(many.dropLast())) == nil)
        // What the snapshot does not have is no error.
        for pattern in [
            GraphPattern.relationship(.any, .type("nothing"), .any), .property(.any, key: "nothing", value: "x"),
            .property(.any, key: "mark", value: "nothing"), .property(.entity(0), key: "mark", value: "x"),
        ] {
            #expect(try matches([pattern], engine).matches.isEmpty)
        }
    }

    @Test func touchedBytesAreThoseOfWhatWasAsked() throws {
        let folder = try TemporaryFolder()
        let engine = try hub(folder, count: 60_000)
        let before = try engine.touchedBytes()
        _ = try engine.entity(5)
        let one = try engine.touchedBytes()
        _ = try matches([.relationship(.any, .any, .any)], engine)
        let all = try engine.touchedBytes()
        #expect(before < one && one < all)
        #expect(all <= (try engine.metrics()).mappedBytes)
        _ = try matches([.relationship(.any, .any, .any)], engine)
        #expect(try engine.touchedBytes() == all)
    }
}
