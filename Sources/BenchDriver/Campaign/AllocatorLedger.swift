import BenchMeasurement
import BenchResults
import BenchWorkload

/// The allocators that arms asked for: where their libraries are, and what came of the proof.
struct AllocatorLedger {
    private(set) var entries: [CampaignOutcome.Allocator] = []
    private var libraries: [String: AllocatorLibrary] = [:]
    private let custom: [String: String]

    init(custom: [String: String]) { self.custom = custom }

    /// The allocator that the placebo of a scenario is: the first of its others.
    static func reference(of scenario: Scenario) -> String {
        scenario.arms.allocators.first { $0 != Arms.placebo } ?? "glibc"
    }

    private static func name(of arm: ArmKey, in scenario: Scenario) -> String {
        arm.allocator == Arms.placebo ? reference(of: scenario) : arm.allocator
    }

    /// Looks for the library of an arm's allocator once, and notes it, found or not.
    mutating func find(_ arm: ArmKey, in scenario: Scenario) {
        let name = Self.name(of: arm, in: scenario)
        var found = libraries[name]
        var reason: String?
        if found == nil {
            do throws(MeasurementError) {
                found = try AllocatorLibrary.find(name, custom: custom)
                libraries[name] = found
            } catch {
                reason = error.description
            }
        }
        guard place(of: arm) == nil else { return }
        entries.append(
            CampaignOutcome.Allocator(
                library: AllocatorLibrary(name: arm.allocator, path: found?.path), options: arm.allocatorOptions,
                skipped: reason))
    }

    /// The library that must own `malloc` in an arm's child. That of a placebo bears the reference's name.
    func library(of arm: ArmKey, in scenario: Scenario) -> AllocatorLibrary {
        let name = Self.name(of: arm, in: scenario)
        return libraries[name] ?? AllocatorLibrary(name: name, path: nil)
    }

    /// Whether the arm's library was found and not refuted since.
    func isRunnable(_ arm: ArmKey) -> Bool { place(of: arm).map { entries[$0].skipped == nil } ?? false }

    /// Notes what owned `malloc`. False where that is not the arm's library: its arms are left out from then on, and
    /// their rows, if any, stay what they are.
    mutating func prove(_ arm: ArmKey, _ result: BlockResult) -> Bool {
        guard let place = place(of: arm) else { return false }
        if entries[place].identity == nil { entries[place].identity = result.allocator }
        guard case .unproven(let reason) = result.status else { return true }
        entries[place].skipped = reason
        return false
    }

    private func place(of arm: ArmKey) -> Int? {
        entries.firstIndex { $0.library.name == arm.allocator && $0.options == arm.allocatorOptions }
    }
}
