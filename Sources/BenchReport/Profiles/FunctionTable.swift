public import BenchResults
import Foundation

/// Tables of functions, for a terminal.
public enum FunctionTable {
    /// The functions with the most weight of their own, as rows of columns with a head.
    public static func hottest(_ stacks: FoldedStacks, limit: Int = 15) -> [[String]] {
        let total = Double(max(stacks.total, 1))
        let rows = stacks.functions.filter { $0.own > 0 }.prefix(limit).map { function in
            [
                percent(Double(function.own) / total), percent(Double(function.total) / total),
                TextMetrics.cut(function.name, size: 1, width: 60),
            ]
        }
        return [["own", "with callees", "function"]] + rows
    }

    /// The functions whose share of the weight changed most between two runs, largest change first.
    ///
    /// Shares, not weights: two runs do not take the same number of samples.
    public static func changes(before: FoldedStacks, after: FoldedStacks, limit: Int = 15) -> [[String]] {
        func shares(_ stacks: FoldedStacks) -> [String: Double] {
            let total = Double(max(stacks.total, 1))
            return Dictionary(
                stacks.functions.map { ($0.name, Double($0.own) / total) }, uniquingKeysWith: { first, _ in first })
        }
        let (old, new) = (shares(before), shares(after))
        let changed = Set(old.keys).union(new.keys).map { name in
            (name: name, before: old[name] ?? 0, after: new[name] ?? 0)
        }.filter { $0.before != $0.after }.sorted { left, right in
            (-(left.after - left.before).magnitude, left.name) < (-(right.after - right.before).magnitude, right.name)
        }
        return [["before", "now", "change", "function"]]
            + changed.prefix(limit).map { row in
                let difference = row.after - row.before
                return [
                    percent(row.before), percent(row.after), (difference < 0 ? "" : "+") + percent(difference),
                    TextMetrics.cut(row.name, size: 1, width: 60),
                ]
            }
    }

    private static func percent(_ share: Double) -> String { "\(Unit.fixed(share * 100, 1)) %" }
}
