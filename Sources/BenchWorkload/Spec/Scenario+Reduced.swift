import GraphData

extension Scenario {
    /// The reduced plan: the same work in the same order, so little of it that it can be counted under an instrument
    /// that slows it down fifty times. It is a function of the scenario alone, and reducing it again changes nothing.
    ///
    /// - A synthetic data set has at most ``ReducedPlan/entities`` entities (``ReducedPlan/writtenEntities`` where some
    ///   phase writes the store into a file), and fewer where entities are large. Counts of phases that insert and
    ///   `cache_entries` shrink in proportion. A real data set stays, and as many of its rows are inserted; such a part
    ///   is not written into a file, since its relationships lead out of it.
    /// - Other counts are cut to ``ReducedPlan/limit(of:)`` for the dearest operation of the phase.
    /// - Phases with roles, a duration or a rate are left out: what they do depends on the time. So are phases that read
    ///   a file which none of those before writes any more. A phase that only inserts stays without its rate, since
    ///   others need its rows.
    /// - So are phases over a snapshot that the page cache has let go of: under the instrument a part of it stays there,
    ///   and what is cold about them is time.
    /// - Nothing is warmed up, and nothing is waited for after a phase.
    /// - Of a sweep the base is taken. To count a point, reduce its scenario.
    ///
    /// `phases` may come out empty: then there is nothing that can be counted. A scenario with a `command` stays as it
    /// is, but for its sweep.
    public func reduced() -> Scenario {
        var result = self
        result.sweep = []
        result.points = []
        guard let dataset else { return result }
        result.phases = Self.countable(phases)
        var plan = ReducedPlan(dataset, result.phases)
        if plan.takesAPart {
            result.phases = Self.countable(result.phases.filter { !$0.has(.serialize) })
            plan = ReducedPlan(dataset, result.phases)
        }
        if let entities = plan.entities, let synthetic = dataset.synthetic {
            result.dataset?.synthetic = ReducedPlan.reduced(synthetic, entities: entities)
            let key = ConfigurationKey.cacheEntries.rawValue
            if let count = configuration[key].flatMap({ Int($0) }) {
                result.configuration[key] = "\(plan.scaled(count))"
            }
        }
        result.phases = plan.phases(result.phases, seed: seed)
        return result
    }

    /// The phases that do the same each time, as closed loops without anything before or after them.
    private static func countable(_ phases: [PhaseSpecification]) -> [PhaseSpecification] {
        var result: [PhaseSpecification] = []
        var isWritten = false
        for var phase in phases {
            if phase.isInsertOnly { phase.arrival = nil }
            guard phase.roles.isEmpty, phase.durationNanoseconds == nil, phase.arrival == nil else { continue }
            guard phase.store != .coldSnapshot else { continue }
            guard isWritten || !(phase.has(.open) || phase.has(.verify)) else { continue }
            isWritten = isWritten || phase.has(.serialize)
            phase.warmsUp = false
            phase.settleNanoseconds = nil
            result.append(phase)
        }
        return result
    }
}

/// The figures of the reduced plan.
///
/// They were chosen so that the standard subject takes below 0.2 s for a whole scenario: a read takes it about 0.2 us,
/// an insert 4 us, a traversal 50 us, a similarity search over 2,000 entities 1 ms, and writing an entity as JSON 60 us.
public struct ReducedPlan {
    /// The most entities.
    public static let entities = 2_000
    /// The most entities where some phase writes the store into a file.
    public static let writtenEntities = 500
    /// The most components, properties and relationships of all entities together.
    static let values = 240_000
    /// The same where some phase writes the store into a file.
    static let writtenValues = 60_000
    /// The most of each for one entity, but for the components, whose number the store's layout depends on.
    static let partsPerEntity = 64

    /// The most operations of a phase that has a kind, where a `get_batch` counts for each entity that it reads.
    public static func limit(of kind: OperationKind) -> Int {
        switch kind {
        case .traverse, .find, .pattern: 20
        case .similar: 2
        default: kind.isWholeStore ? 1 : 5_000
        }
    }

    /// The entities of the reduced data set; nil for a real one, which stays.
    fileprivate let entities: Int?
    /// The rows that are inserted of a real data set; nil where all are.
    private let rows: Int?
    /// The rows of the whole scenario, and of the reduced one.
    private let proportion: (whole: Int, reduced: Int)

    /// Whether some rows of a real data set are left out.
    fileprivate var takesAPart: Bool { entities == nil && proportion.reduced < proportion.whole }

    fileprivate init(_ dataset: DatasetSpecification, _ phases: [PhaseSpecification]) {
        let isWritten = phases.contains { $0.has(.serialize) }
        let most = isWritten ? Self.writtenEntities : Self.entities
        if let synthetic = dataset.synthetic {
            let one = Self.reduced(synthetic, entities: synthetic.entities)
            let size = one.embeddingDimensions + one.propertiesPerEntity + one.edgesPerEntity
            let fitting = max((isWritten ? Self.writtenValues : Self.values) / max(size, 1), 10)
            let count = min(synthetic.entities, most, fitting)
            (entities, rows, proportion) = (count, nil, (synthetic.entities, count))
            return
        }
        entities = nil
        let loads = phases.filter(\.isInsertOnly)
        // Where all rows are inserted and their number is not known, none is cut.
        let counts = loads.compactMap(\.count).reduce(0, +)
        let whole = loads.contains { $0.count == nil } ? dataset.knownEntityCount : counts
        rows = whole.map { min($0, most) }
        proportion = (whole ?? 1, rows ?? 1)
    }

    /// The specification with fewer entities that are no larger than can be counted.
    fileprivate static func reduced(_ whole: SyntheticSpecification, entities: Int) -> SyntheticSpecification {
        var result = whole
        result.entities = entities
        result.edgesPerEntity = min(whole.edgesPerEntity, partsPerEntity, entities - 1)
        result.propertiesPerEntity = min(whole.propertiesPerEntity, partsPerEntity)
        return result
    }

    /// A number of rows in proportion, at least 1.
    fileprivate func scaled(_ count: Int) -> Int {
        guard proportion.whole != proportion.reduced else { return count }
        return max(Int(Double(count) * Double(proportion.reduced) / Double(proportion.whole)), 1)
    }

    /// The phases with their counts cut down, so that the rows that are left suffice for each that inserts.
    fileprivate func phases(_ phases: [PhaseSpecification], seed: UInt64) -> [PhaseSpecification] {
        var result: [PhaseSpecification] = []
        // What loading phases and mixtures have inserted.
        var (loaded, mixed) = (0, 0)
        for (index, phase) in phases.enumerated() {
            var phase = phase
            // A real data set has rows beyond those that are counted on here: mixtures take none from the loads.
            let later = phases[(index + 1)...].count { entities == nil ? $0.isInsertOnly : $0.has(.insert) }
            if phase.isInsertOnly {
                if let total = entities ?? rows {
                    let left = max(total - loaded - (entities == nil ? 0 : mixed) - later, 1)
                    if let count = phase.count {
                        phase.count = min(scaled(count), left)
                    } else if takesAPart {
                        phase.count = left
                    }
                    loaded += phase.count ?? left
                }
            } else {
                let limit = Self.limit(of: phase)
                phase.count = phase.count.map { min($0, limit) } ?? (phase.keys == .trace ? limit : nil)
                if phase.has(.insert) {
                    mixed += fit(&phase, loaded: loaded + mixed, later: later, seed: seed)
                }
            }
            result.append(phase)
        }
        return result
    }

    private static func limit(of phase: PhaseSpecification) -> Int {
        let count = phase.operations.map { limit(of: $0.kind) }.min() ?? 1
        return phase.has(.getBatch) ? max(count / phase.batch, 1) : count
    }

    /// Halves a mixture's count until its inserts find enough rows, and tells how many they are.
    private func fit(_ phase: inout PhaseSpecification, loaded: Int, later: Int, seed: UInt64) -> Int {
        while let count = phase.count {
            var generator = OperationGenerator(phase, loaded: max(loaded, 1), seed: seed)
            for _ in 0..<count { _ = generator.next() }
            guard let entities, generator.insertCount > entities - loaded - later, count > 1 else {
                return generator.insertCount
            }
            phase.count = count / 2
        }
        return 0
    }
}
