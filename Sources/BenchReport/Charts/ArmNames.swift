import BenchResults

/// Names and looks of a scenario's arms: what all arms share is left out of their names, so that a label holds only
/// what tells it from the others.
///
/// In a chart a series is an allocator and a panel is everything else (subject, strategy, threads, the sweep's point).
/// When only one allocator ran, all arms share one panel and a series is everything else.
struct ArmNames {
    /// The arms, in the order in which tables and charts show them.
    let arms: [ArmKey]
    private let groups: [ArmKey: String]
    private let allocators: [ArmKey: String]
    /// Group labels in their order; one empty label when a series is a group.
    let panels: [String]
    /// Series labels in their order.
    let series: [String]
    private let styles: [String: SeriesStyle]
    private let point: String
    private var representatives: [String: ArmKey] = [:]
    /// Whether a series is an allocator.
    let seriesAreAllocators: Bool

    /// The names of some arms.
    ///
    /// - Parameter threadsVary: whether the number of threads tells arms apart. Where it only tells phases apart, as
    ///   roles do, arms that differ in nothing else share their name. Nil finds it out from the arms alone.
    init(_ keys: some Sequence<ArmKey>, threadsVary: Bool? = nil) {
        let arms = Set(keys).sorted(by: Self.comesBefore)
        self.arms = arms
        let strategiesVary = Dictionary(grouping: arms, by: \.subject)
            .mapValues { Set($0.map(\.strategy)).count > 1 }
        let threadsVary = threadsVary ?? (Set(arms.map(\.threads)).count > 1)
        let subjectsVary = Set(arms.map(\.subject)).count > 1
        let points = SweepLabels(arms.map(\.parameters))
        point = points.common
        var groups: [ArmKey: String] = [:]
        var allocators: [ArmKey: String] = [:]
        for arm in arms {
            var parts = subjectsVary ? [arm.subject] : []
            if strategiesVary[arm.subject] == true { parts.append(arm.strategy) }
            if threadsVary { parts.append(arm.threads == 1 ? "1 thread" : "\(arm.threads) threads") }
            let point = points.label(arm.parameters)
            if !point.isEmpty { parts.append(point) }
            // Where nothing differs, the subject is the name.
            groups[arm] = parts.isEmpty ? arm.subject : parts.joined(separator: ", ")
            allocators[arm] = Self.allocator(of: arm)
        }
        self.groups = groups
        self.allocators = allocators
        let isAllocator = Set(allocators.values).count > 1
        seriesAreAllocators = isAllocator
        series = Self.unique(arms.compactMap { isAllocator ? allocators[$0] : groups[$0] })
        panels = isAllocator ? Self.unique(arms.compactMap { groups[$0] }) : [""]
        styles = SeriesStyle.styles(for: series)
        for arm in arms.reversed() { representatives[name(of: arm)] = arm }
    }

    /// An allocator and its options, as labels name it.
    static func allocator(of arm: ArmKey) -> String {
        arm.allocatorOptions.isEmpty ? arm.allocator : "\(arm.allocator) [\(arm.allocatorOptions)]"
    }

    /// The panel that an arm's data are drawn in.
    func panel(of arm: ArmKey) -> String { seriesAreAllocators ? groups[arm] ?? arm.subject : "" }

    /// Everything of an arm but its allocator.
    func group(of arm: ArmKey) -> String { groups[arm] ?? arm.subject }

    /// The series that an arm is.
    func series(of arm: ArmKey) -> String {
        seriesAreAllocators ? allocators[arm] ?? arm.allocator : groups[arm] ?? arm.subject
    }

    /// An arm's name among the others.
    func name(of arm: ArmKey) -> String {
        seriesAreAllocators && panels.count > 1
            ? "\(group(of: arm)), \(allocators[arm] ?? arm.allocator)" : series(of: arm)
    }

    /// The first of the arms that share a name.
    func representative(of arm: ArmKey) -> ArmKey { representatives[name(of: arm)] ?? arm }

    /// The names of all arms, in their order; arms that share a name have it once.
    var all: [String] { Self.unique(arms.map(name)) }

    /// The style of a series.
    func style(of series: String) -> SeriesStyle { styles[series] ?? .reference }

    /// What the arms have in common, for a figure's subtitle: "standard/-: 1 thread" would repeat on every label.
    var common: String {
        var parts: [String] = []
        if let subject = arms.first?.subject, !groups.values.contains(where: { $0.hasPrefix(subject) }) {
            parts.append("subject \(subject)")
        }
        if !seriesAreAllocators, let arm = arms.first { parts.append("allocator \(Self.allocator(of: arm))") }
        let strategies = Set(arms.map(\.strategy)).subtracting(["-", ""])
        if strategies.count == 1, let strategy = strategies.first,
            !groups.values.contains(where: { $0.contains(strategy) })
        {
            parts.append("strategy \(strategy)")
        }
        if Set(arms.map(\.threads)).count == 1, let threads = arms.first?.threads {
            parts.append(threads == 1 ? "1 thread" : "\(threads) threads")
        }
        if !point.isEmpty { parts.append(point) }
        return parts.joined(separator: ", ")
    }

    /// The legend's entries of those series that a figure shows.
    func legend(of shown: Set<String>, _ sample: LegendEntry.Sample) -> [LegendEntry] {
        // One unnamed thing needs no legend when nothing else is there to tell it from.
        series.filter(shown.contains).map { LegendEntry(label: $0, style: style(of: $0), sample: sample) }
    }

    /// Subjects by name with `strata` first, the machine's own allocator first, then by name.
    private static func comesBefore(_ left: ArmKey, _ right: ArmKey) -> Bool {
        if left.subject != right.subject {
            return (rank(left.subject, "strata"), left.subject) < (rank(right.subject, "strata"), right.subject)
        }
        if left.strategy != right.strategy { return left.strategy < right.strategy }
        if left.threads != right.threads { return left.threads < right.threads }
        if left.parameters != right.parameters { return SweepLabels.isLess(left.parameters, right.parameters) }
        if left.allocator != right.allocator {
            return (rank(left.allocator, "glibc"), left.allocator) < (rank(right.allocator, "glibc"), right.allocator)
        }
        return left.allocatorOptions < right.allocatorOptions
    }

    private static func rank(_ name: String, _ first: String) -> Int {
        name == first ? 0 : 1
    }

    private static func unique(_ labels: [String]) -> [String] {
        var seen: Set<String> = []
        return labels.filter { seen.insert($0).inserted }
    }
}
