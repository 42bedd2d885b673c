import BenchResults
import Foundation

/// Which functions a regression is due to, as far as counts tell.
enum GateDifference {
    /// A table of what changed most in each phase that became worse, or nil where nothing is known.
    ///
    /// - Parameter functions: of the arms `baseline` and `candidate`.
    static func text(_ document: GateDocument, _ functions: [FunctionRow]) -> String? {
        let worse = document.tests.filter { $0.outcome == .regression }
        guard !worse.isEmpty, !functions.isEmpty else { return nil }
        func rows(_ arm: String) -> [FunctionRow] {
            functions.filter { row in
                row.arm == arm && worse.contains { $0.scenario == row.scenario && $0.phase == row.phase }
            }
        }
        var changed = FunctionDifference.largest(
            before: rows("baseline"), after: rows("candidate"), by: .instructions, limit: 5)
        if worse.contains(where: { $0.metric.hasPrefix("alloc") }) {
            let sites = FunctionDifference.largest(
                before: rows("baseline"), after: rows("candidate"), by: .allocations, limit: 5)
            changed += sites.filter { site in
                !changed.contains { ($0.scenario, $0.phase, $0.function) == (site.scenario, site.phase, site.function) }
            }
        }
        guard !changed.isEmpty else { return nil }
        let header = ["phase", "instructions", "of the phase", "allocations", "function"]
        return Terminal.columns(
            [header]
                + changed.map { change in
                    [
                        "\(change.scenario)/\(change.phase)", signed(change.instructionChange),
                        change.shareOfPhase.map { "\(($0 * 100).formatted(.number.precision(.fractionLength(1)))) %" }
                            ?? "-",
                        signed(change.allocationChange), change.function,
                    ]
                })
    }

    private static func signed(_ number: Int) -> String { number > 0 ? "+\(number)" : "\(number)" }
}
