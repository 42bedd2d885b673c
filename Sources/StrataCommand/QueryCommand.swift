import ArgumentParser
import BenchYAML
import Strata

/// Questions to a snapshot.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Ask a snapshot or a database.",
        discussion: """
            Verbs:
              entity ID                                    everything about an entity
              neighbors ID [--type T] [--in]               what its relationships lead to
              path A B [--type T] [--in] [--all]           the shortest path, or all paths
              hops ID --depth K [--type T] [--in]          how many entities at each distance
              pattern S P O [S P O ...] [--k N]            what fits a statement, or several together
              find KEY VALUE                               who has a property
              similar ID [--k 10]                          the nearest by embedding
              top [--by out|in] [--k 10]                   who has the most relationships
            An ID is the number or the external name (n02084071). In a pattern S and O are IDs and P is a type; `?`
            is anything, and `?x` the same thing wherever it stands. `S KEY =VALUE` fits who has a property,
            `S :type TYPE` who is of a type:
              pattern '?x' hypernym '?y'  '?y' words =dog  '?x' :type noun
            --explain tells after the answer how it was found.
            """)

    enum Verb: String, ExpressibleByArgument, CaseIterable {
        case entity, neighbors, path, hops, pattern, find, similar, top

        /// The words that follow the verb.
        var arguments: [String] {
            switch self {
            case .entity, .neighbors, .hops, .similar: ["ID"]
            case .path: ["A", "B"]
            case .pattern: ["S", "P", "O"]
            case .find: ["KEY", "VALUE"]
            case .top: []
            }
        }

        /// The options that mean something with the verb, beside --json.
        var options: [String] {
            switch self {
            case .entity, .find: []
            case .neighbors: ["--type", "--in"]
            case .path: ["--type", "--in", "--all"]
            case .hops: ["--depth", "--type", "--in"]
            case .similar, .pattern: ["--k"]
            case .top: ["--by", "--k"]
            }
        }
    }

    enum Side: String, ExpressibleByArgument, CaseIterable { case out, `in` }

    @Argument(help: "The snapshot, or the folder of a database.") var file: String
    @Argument(help: "What to ask.") var verb: Verb
    @Argument(help: "What the verb needs.") var words: [String] = []
    @Option(help: "Only relationships of this type.") var type: String?
    @Flag(name: .customLong("in"), help: "Against the relationships.") var incoming = false
    @Flag(help: "All paths, not the shortest.") var all = false
    @Option(help: "The largest distance.") var depth: Int?
    @Option(help: "How many results; 10 by default, of a pattern all.") var k: Int?
    @Option(help: "Relationships out or in; out by default.") var by: Side?
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Tell how the answer was found.") var explain = false

    func validate() throws {
        let given: [(option: String, isGiven: Bool)] = [
            ("--type", type != nil), ("--in", incoming), ("--all", all), ("--depth", depth != nil), ("--k", k != nil),
            ("--by", by != nil),
        ]
        for (option, isGiven) in given where isGiven && !verb.options.contains(option) {
            let options = verb.options.isEmpty ? "no options" : verb.options.joined(separator: ", ")
            throw ValidationError("`\(verb.rawValue)` does not take \(option); it takes \(options)")
        }
        // Several patterns are answered together.
        let takesMore = verb == .pattern && !words.isEmpty && words.count.isMultiple(of: 3)
        guard takesMore || words.count == verb.arguments.count else {
            throw ValidationError(
                "`\(verb.rawValue)` takes \(verb.arguments.isEmpty ? "no words" : verb.arguments.joined(separator: " "))"
            )
        }
        if verb == .hops, depth == nil { throw ValidationError("`hops` takes --depth") }
        if let depth, depth < 0 { throw ValidationError("--depth is 0 or more") }
        guard (k ?? 0) >= 0 else { throw ValidationError("--k is 0 or more") }
    }

    func run() throws {
        let answer: (QueryAnswer, MeasuredExplanation?)? = try readingInput {
            let database = try DatabaseQuestion(file)
            if !explain, let answer = try database?.answer(verb, words, type: type, incoming ? .incoming : .outgoing) {
                return (answer, nil)
            }
            let engine = try ZeroCopyKnowledgeEngine(path: try database?.snapshot() ?? file)
            defer { extendLifetime(database) }
            if let type, case let types = try engine.relationshipTypes(), !types.contains(type) {
                let nearest = nearestName(to: type, in: types)
                Terminal.note(
                    "strata: no relationship has the type `\(type)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "")
                )
            }
            if verb == .pattern {
                try PatternAnswer(words, limit: k, json: json, explain: explain).print(from: engine)
                return nil
            }
            return try explained(engine)
        }
        guard let (answer, explanation) = answer else { return }
        if json {
            try Terminal.printJSON(ExplainedAnswer(answer: answer, explanation: explanation))
        } else {
            print(answer.text)
            if let explanation { print("\n" + explanation.text) }
        }
    }

    /// The answer, and how it was found where that is asked.
    private func explained(
        _ engine: ZeroCopyKnowledgeEngine
    ) throws(StrataError) -> (QueryAnswer, MeasuredExplanation?) {
        guard explain else { return (try ask(engine), nil) }
        let measurement = try ExplanationMeasurement(engine)
        let answer = try ask(engine)
        let step = QueryExplanation.Step(
            verb.rawValue,
            index: verb.index(direction: incoming ? .incoming : .outgoing, by: by ?? .out, isTyped: type != nil, all),
            rows: answer.rowCount)
        return (answer, try measurement.end(QueryExplanation(steps: [step])))
    }

    private func ask(_ engine: ZeroCopyKnowledgeEngine) throws(StrataError) -> QueryAnswer {
        let direction: Direction = incoming ? .incoming : .outgoing
        switch verb {
        case .entity: return .entity(try engine.entity(try engine.requireID(words[0]))!)
        case .neighbors:
            return .neighbors(try engine.neighbors(of: try engine.requireID(words[0]), type: type, direction))
        case .path:
            let (source, target) = (try engine.requireID(words[0]), try engine.requireID(words[1]))
            if all { return .paths(try engine.allPaths(from: source, to: target, type: type, direction)) }
            return .path(try engine.path(from: source, to: target, type: type, direction))
        case .hops:
            return .hops(try engine.hops(from: try engine.requireID(words[0]), depth: depth, type: type, direction))
        case .pattern: preconditionFailure("patterns are answered row by row")
        case .find: return .found(try engine.find(words[0], words[1]))
        case .similar: return .similar(try engine.similar(to: try engine.requireID(words[0]), limit: k ?? 10))
        case .top: return .top(try engine.top(k ?? 10, by: by == .in ? .incoming : .outgoing))
        }
    }
}
