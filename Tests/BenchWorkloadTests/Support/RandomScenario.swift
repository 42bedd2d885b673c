import BenchWorkload
import GraphData

/// Draws valid scenarios that use everything a scenario can say.
struct RandomScenario {
    private var draws: SplitMix64

    init(seed: UInt64) { draws = SplitMix64(seed: seed) }

    private static let sizes: [SizeDistribution] = [
        .fixed(9), .uniform(1, 77), .logUniform(16, 1 << 20), .logNormal(mean: 4.2, deviation: 0.9, 16, 1_024),
        .logNormal(mean: -1, deviation: 0, 1, 1),
    ]

    private mutating func coin(_ one: Int = 2) -> Bool { draws.below(one) == 0 }

    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + draws.below(range.count)
    }

    private mutating func any<Element>(_ elements: [Element]) -> Element { elements[draws.below(elements.count)] }

    private mutating func some<Element>(_ elements: [Element]) -> [Element] {
        let start = draws.below(elements.count)
        return Array(elements[start..<(start + 1 + draws.below(elements.count - start))])
    }

    private mutating func text() -> String {
        var result = ""
        for _ in 0..<number(1...8) {
            result += any(["a", "\"", "\\", ": ", "#", "\n", "é", "7", "{", "'", "\u{2028}"])
        }
        return result
    }

    /// A scenario without a sweep.
    mutating func next() throws -> Scenario {
        var result = try scenario("name: drawn\ncommand: [x]\n")
        (result.title, result.description) = (text(), coin() ? "" : text())
        result.command = []
        (result.blocks, result.warmupBlocks, result.seed) = (number(1...50), number(0...3), draws.next())
        result.tolerance = coin() ? [:] : ["throughput": 0.03, "instructions": draws.unit()]
        result.targets = coin() ? [] : ["one", "two-2"]
        result.maximumBlocks = result.blocks
        if coin() {
            result.precision = draws.unit() / 2 + 0.001
            result.maximumBlocks += number(0...50)
        }
        result.arms.allocators = some(["glibc", "jemalloc", "mimalloc", "tcmalloc"])
        if coin() { result.arms.allocatorOptions = ["jemalloc": ["", text().filter { !$0.isNewline } + "x"]] }
        if coin(5) {
            result.command = ["run"] + (0..<number(0...3)).map { _ in any(["", "1", "true", "null", text()]) }
            result.arms.subjects = [Scenario.commandSubject]
            result.arms.strategies = ["direct"]
            return result
        }
        result.arms.subjects = some(["strata", "standard", "null"])
        result.arms.strategies = some(["bump", "direct"])
        result.arms.threads = some([1, 2, 7])
        let entities = number(1_000...100_000)
        result.dataset = DatasetSpecification(source: .wordnet, file: coin() ? "7" : nil)
        if coin(3) { result.dataset = DatasetSpecification(source: coin() ? .csv : .ntriples, file: "1e3 \"a\"") }
        if coin(3) == false {
            result.dataset = DatasetSpecification(
                source: .synthetic,
                synthetic: SyntheticSpecification(
                    entities: entities, edgesPerEntity: number(0...90),
                    degreeDistribution: any(DegreeDistribution.allCases),
                    propertiesPerEntity: number(1...90), distinctValues: number(1...1000),
                    embeddingDimensions: number(1...300), seed: result.seed))
        }
        if coin() { result.configuration["cache_entries"] = "\(number(1...10_000))" }
        if coin() { result.configuration["gc_threshold"] = "\(draws.unit())" }
        result.phases = phases(entities)
        if result.dataset?.source.needsFile == true, result.phases.contains(where: { $0.has(.similar) }) {
            result.dataset = DatasetSpecification(source: .wordnet)
        }
        return result
    }

    private mutating func phases(_ entities: Int) -> [PhaseSpecification] {
        var result: [PhaseSpecification] = []
        let loads = number(1...3)
        for load in 0..<loads {
            // The loads together need fewer rows than there are, so that mixtures find some.
            var phase = PhaseSpecification(
                name: "load-\(load)", operations: [WeightedOperation(.insert)], count: number(1...entities / 4),
                keys: .sequential)
            if coin(4) { phase.arrival = ArrivalSpecification(ratePerSecond: 1000) }
            result.append(phase)
        }
        for index in 0..<number(1...6) { result.append(phase("phase-\(index)", entities)) }
        if coin() {
            result.append(PhaseSpecification(name: "write", operations: [WeightedOperation(.serialize)], count: 1))
            result.append(
                PhaseSpecification(
                    name: "open", operations: [WeightedOperation(.open), WeightedOperation(.verify, weight: 2)],
                    count: number(1...50)))
            for index in result.indices.suffix(2) { result[index].keys = .sequential }
            if coin(3) {
                // A file that is written for a time is none that a count can rely on.
                result[result.count - 2].count = nil
                result[result.count - 2].durationNanoseconds = 1_000_000_000
            }
        }
        return result
    }

    private mutating func phase(_ name: String, _ entities: Int) -> PhaseSpecification {
        if coin(4) {
            var roles = [
                RoleSpecification(
                    name: "reader", threads: number(1...4),
                    operations: mixture([.get, .neighbors, .traverse, .similar]),
                    keys: keys(), depth: 2, arrival: arrival()),
                RoleSpecification(
                    name: "stalled", threads: 1, operations: [WeightedOperation(.get)], isStalled: true),
            ]
            if coin() {
                roles.append(
                    RoleSpecification(
                        name: "writer", threads: 1, operations: mixture([.update, .delete]), keys: keys(),
                        arrival: arrival()))
            }
            var weights: [OperationKind: Int] = [:]
            for operation in roles.flatMap(\.operations) { weights[operation.kind, default: 0] += operation.weight }
            return PhaseSpecification(
                name: name, operations: weights.map { WeightedOperation($0.key, weight: $0.value) },
                durationNanoseconds: UInt64(number(1_000_000...2_000_000_000)), roles: roles)
        }
        var phase = PhaseSpecification(
            name: name,
            operations: mixture(
                any([
                    [.get, .neighbors, .find], [.get, .update, .traverse], [.similar], [.allocate, .free, .cacheGet],
                    [.insert, .get],
                ])), count: number(1...entities / 8), keys: keys())
        if phase.isInsertOnly { phase.keys = .sequential }
        if !phase.has(.insert), coin(4) {
            phase.durationNanoseconds = UInt64(number(1000...5000)) * 1_000_000
            phase.count = nil
        }
        if phase.has(.similar) { phase.k = number(1...20) }
        if phase.has(.traverse) { phase.depth = number(1...5) }
        if phase.has(.allocate) { phase.sizes = any(Self.sizes) }
        if phase.has(.allocate) || phase.has(.free), coin() { phase.remoteFrees = draws.unit() }
        phase.arrival = arrival()
        let reads: Set<OperationKind> = [.get, .neighbors, .find]
        if phase.operations.allSatisfy({ reads.contains($0.kind) }) { phase.store = any(StoreForm.allCases) }
        if phase.arrival == nil, phase.store != .coldSnapshot, phase.operations.allSatisfy({ reads.contains($0.kind) })
        {
            phase.warmsUp = coin()
        }
        if coin(4) { phase.settleNanoseconds = UInt64(number(100...30_000)) * 1_000_000 }
        return phase
    }

    private mutating func mixture(_ kinds: [OperationKind]) -> [WeightedOperation] {
        some(kinds).map { WeightedOperation($0, weight: number(1...100)) }
    }

    private mutating func keys() -> KeyDistribution {
        any([
            .uniform, .zipf(exponent: 0.1 + draws.unit()), .latest, .sequential,
            .hotspot(fraction: 0.01 + draws.unit() / 2, probability: draws.unit()),
        ])
    }

    private mutating func arrival() -> ArrivalSpecification? {
        guard coin(4) else { return nil }
        let rate = coin() ? Double(number(1...50_000)) : 0.001 + draws.unit() * 1000
        return ArrivalSpecification(ratePerSecond: rate, law: any(ArrivalSpecification.Law.allCases))
    }
}
