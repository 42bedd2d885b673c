public import BenchWorkload

/// A scenario of a campaign with its data set.
public struct CampaignScenario: Sendable {
    /// The resolved scenario.
    public var scenario: Scenario
    /// The data set's file, which all blocks map.
    public var datasetPath: String

    public init(scenario: Scenario, datasetPath: String) {
        self.scenario = scenario
        self.datasetPath = datasetPath
    }
}

/// What a campaign runs.
public struct CampaignPlan: Sendable {
    /// The run's name, which its rows carry.
    public var run: String
    /// `default`, `quick` or `full`.
    public var profile: String
    /// The scenarios, in their order.
    public var scenarios: [CampaignScenario]
    /// Libraries by allocator name that the user gave; they win over the known ones.
    public var customAllocators: [String: String]
    /// A folder for the children's files. What the campaign puts there is removed again.
    public var scratchDirectory: String
    /// The time after which no block begins, once one block of its scenario is complete; shared out evenly among the
    /// scenarios that are left. Nil for no limit.
    public var budgetNanoseconds: UInt64?

    public init(
        run: String, profile: String, scenarios: [CampaignScenario], customAllocators: [String: String] = [:],
        scratchDirectory: String, budgetNanoseconds: UInt64? = nil
    ) {
        self.run = run
        self.profile = profile
        self.scenarios = scenarios
        self.customAllocators = customAllocators
        self.scratchDirectory = scratchDirectory
        self.budgetNanoseconds = budgetNanoseconds
    }
}
