public import BenchResults
public import BenchWorkload

/// A scenario of a campaign with its data sets.
public struct CampaignScenario: Sendable {
    /// The resolved scenario.
    public var scenario: Scenario
    /// The data set's file, which all blocks map; empty where a program is the workload.
    public var datasetPath: String
    /// The data set's file at each point of the sweep, by the point's parameters.
    public var datasetPaths: [String: String]

    public init(scenario: Scenario, datasetPath: String = "", datasetPaths: [String: String] = [:]) {
        self.scenario = scenario
        self.datasetPath = datasetPath
        self.datasetPaths = datasetPaths
    }

    /// The scenario and data set of an arm: those of its point of the sweep.
    func work(of arm: ArmKey) -> (scenario: Scenario, datasetPath: String) {
        let point = scenario.points.first { $0.parameters == arm.parameters }
        return (point?.scenario ?? scenario, datasetPaths[arm.parameters] ?? datasetPath)
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
    /// When a round is repeated; nil to keep every round.
    public var disturbance: Disturbance?
    /// Whether the samples of a scenario settle what it is to show, so that no more blocks are needed; asked after
    /// `blocks` blocks of a scenario that has a `precision`. Nil to run `blocks` blocks whatever comes out.
    public var isSettled: (@Sendable (Scenario, [SampleRow]) -> Bool)?

    public init(
        run: String, profile: String, scenarios: [CampaignScenario], customAllocators: [String: String] = [:],
        scratchDirectory: String, budgetNanoseconds: UInt64? = nil, disturbance: Disturbance? = Disturbance(),
        isSettled: (@Sendable (Scenario, [SampleRow]) -> Bool)? = nil
    ) {
        self.run = run
        self.profile = profile
        self.scenarios = scenarios
        self.customAllocators = customAllocators
        self.scratchDirectory = scratchDirectory
        self.budgetNanoseconds = budgetNanoseconds
        self.disturbance = disturbance
        self.isSettled = isSettled
    }

    /// What can be found wrong with a scenario before anything runs: options that no allocator reads, a program that
    /// is not there.
    public static func check(_ scenario: Scenario) throws(DriverError) {
        let reference = AllocatorLedger.reference(of: scenario)
        for (allocator, lists) in scenario.arms.allocatorOptions.sorted(by: { $0.key < $1.key }) {
            let name = allocator == Arms.placebo ? reference : allocator
            for options in lists {
                do throws(DriverError) {
                    _ = try AllocatorVariables.parse(allocator: name, options: options)
                } catch {
                    throw DriverError("\(scenario.name): \(error)")
                }
            }
        }
        for scenario in [scenario] + scenario.points.map(\.scenario) {
            guard let program = scenario.command.first, ProgramFile(named: program) == nil else { continue }
            throw DriverError(
                "\(scenario.name): the program `\(program)` of `command` is not there or not executable; give its path "
                    + "from the folder that strata runs in, or a name that PATH finds")
        }
    }
}
