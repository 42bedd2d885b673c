public import BenchResults

/// The grids of a run as text for a terminal.
public enum GridTable {
    /// Tables of phases, the frontier and the sentence of each scenario, and the sentence over all.
    public static func text(_ grids: [GridDocument]) -> String {
        var parts = grids.map(text(of:))
        if grids.count > 1, let sentence = overallSentence(grids) { parts.append(sentence) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func text(of grid: GridDocument) -> String {
        var lines = ["\(grid.scenario): throughput x \(grid.reference), \(grid.blocks) blocks"]
        lines += alignedColumns(rows(grid))
        if let floor = grid.noiseFloor {
            lines.append("noise floor (widest placebo interval): \(percentText(floor))")
        }
        for test in grid.memoryPlacebo ?? [] where !test.passes || test.margin != nil {
            let moment = test.metric.hasPrefix("resident_bytes_after_") ? "after the drain" : "at the peak"
            let rule = test.margin.map { "counts beyond \(percentText($0)) only" } ?? "is not ranked"
            lines.append(
                "\(test.subject)/\(test.strategy): memory \(moment) \(rule), since the placebo's is "
                    + "\(ratioText(test.contest)) x that of \(grid.reference) (\(intervalText(test.contest)))")
        }
        let front = grid.paretoSet
        if !front.isEmpty {
            let told = front.map { point in
                "\(point.label) (\(factorText(point.throughput)) x, \(bytesText(point.residentBytesPeak)))"
            }
            lines.append("not dominated in throughput and peak memory: " + told.joined(separator: ", "))
            let dominated = grid.frontier.compactMap { point in point.dominatedBy.map { "\(point.label) by \($0)" } }
            if !dominated.isEmpty { lines.append("dominated: " + dominated.joined(separator: ", ")) }
        }
        for standing in grid.standings {
            lines.append(
                "\(standing.subject)/\(standing.strategy): \(standing.order.joined(separator: " > ")); the leader stays "
                    + "in \(shareText(standing.stability.leader)) of resamples, the order in "
                    + shareText(standing.stability.order))
        }
        lines += (grid.strategies ?? []).flatMap(strategies)
        lines.append(grid.sentence)
        return lines.joined(separator: "\n")
    }

    /// What strategies come to on one allocator.
    private static func strategies(_ standing: GridDocument.StrategyStanding) -> [String] {
        standing.contests.map { contest in
            "\(standing.subject) on \(standing.contender): \(contest.contender) is \(ratioText(contest)) x "
                + "\(contest.rival) (\(intervalText(contest))), \(contest.verdict.rawValue)"
        }
    }

    /// A line for each place; cells that the leader is not told apart from, or ties with, carry a mark.
    private static func rows(_ grid: GridDocument) -> [[String]] {
        let header = ["phase", "arm"] + grid.contenders + ["leader"]
        return [header]
            + grid.rankings.map { ranking in
                let place = ranking.place
                let role = place.role.isEmpty ? "" : "/\(place.role)"
                let point = place.parameters.isEmpty ? "" : "/\(place.parameters)"
                let cells = grid.contenders.map { name -> String in
                    guard let cell = ranking.cells.first(where: { $0.contender == name }) else { return "-" }
                    guard let low = cell.low, let high = cell.high else { return factorText(cell.ratio) }
                    return "\(factorText(cell.ratio)) (\(factorText(low))-\(factorText(high)))"
                }
                return [
                    place.phase + role, "\(place.subject)/\(place.strategy)/\(place.threads)\(point)",
                ] + cells + [leader(ranking)]
            }
    }

    private static func leader(_ ranking: GridDocument.Ranking) -> String {
        guard let first = ranking.contests.first?.contender else { return "not ranked" }
        let own = ranking.contests.filter { $0.contender == first }
        let ties = own.filter { $0.verdict == .tie }.map(\.rival)
        let open = own.filter { $0.verdict == .unresolved || $0.verdict == .slower }.map(\.rival)
        var text = first
        if !ties.isEmpty { text += " = " + ties.joined(separator: " = ") }
        if !open.isEmpty { text += " ~ " + open.joined(separator: " ~ ") }
        return text
    }

    private static func shareText(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func bytesText(_ bytes: Double) -> String { quantityText(bytes, unit: "bytes") }
}

/// Rows with their columns padded to one width each; the last column is not padded.
func alignedColumns(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        row.enumerated().map { column, cell in
            column + 1 == row.count ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
        }.joined(separator: "  ")
    }
}
