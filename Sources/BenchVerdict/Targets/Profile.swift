public import BenchResults

/// The size at which scenarios run, in the order of their cost.
public enum Profile: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Minutes for all scenarios: a check, and a floor for claims that do not depend on size.
    case quick
    /// The size that the scenario's own values give.
    case standard = "default"
    /// A million entities and more.
    case full

    private var rank: Int {
        switch self {
        case .quick: 0
        case .standard: 1
        case .full: 2
        }
    }

    /// Orders profiles `quick` < `default` < `full`.
    public static func < (left: Profile, right: Profile) -> Bool { left.rank < right.rank }
}

/// The size at which a run measured.
public struct RunScale: Sendable, Hashable {
    /// The profile that all scenarios ran in.
    public var profile: Profile
    /// Scenario name to the number of entities of its data set.
    public var entities: [String: Int]

    /// A size by its parts.
    public init(profile: Profile, entities: [String: Int] = [:]) {
        self.profile = profile
        self.entities = entities
    }

    /// The size that a run wrote down, or nil when it names a profile that this version does not know.
    public init?(_ environment: Environment) {
        guard let profile = Profile(rawValue: environment.profile) else { return nil }
        self.init(profile: profile, entities: environment.entities)
    }
}
